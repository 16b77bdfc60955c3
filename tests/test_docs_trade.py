"""The page and the notebook on trade: their tables are computed, and their code runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "trade.md").read_text("utf-8")


def test_the_tables_of_the_page_are_what_the_engine_says() -> None:
    command = [sys.executable, str(ROOT / "tools" / "trade_page.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or "run: python tools/trade_page.py"


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.S))
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "docs/trade.md", "exec"), {})
    assert "Russia" in capsys.readouterr().out


class _Drawing:
    """Takes every call on a figure or an axis; the charts are looked at, not tested."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __getitem__(self, key: object) -> Any:
        return self

    def __call__(self, *args: object, **more: object) -> Any:
        return self

    def __iter__(self) -> Any:
        return iter((self, self))


@pytest.mark.slow
def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas as pd

    pyplot = types.ModuleType("matplotlib.pyplot")
    axes = (_Drawing(), _Drawing())
    pyplot.subplots = lambda *n, **_: (_Drawing(), axes if n else _Drawing())  # type: ignore[attr-defined]
    package = types.ModuleType("matplotlib")
    package.pyplot = pyplot  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "matplotlib", package)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", pyplot)
    for kind in (pd.DataFrame, pd.Series):
        monkeypatch.setattr(kind, "plot", _Drawing())
    cells = json.loads((ROOT / "docs" / "embargo.ipynb").read_text("utf-8"))["cells"]
    space: dict[str, Any] = {}
    with pd.option_context("display.float_format", None):
        for cell in cells:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), space)
    # what the prose says of the tables
    table = space["table"]
    assert (table.loc["Russia"].diff().dropna() > 0).all()
    assert table.loc["Russia", "short"] < 3 * table.loc["Russia", "long"]
    shares = space["value"].query("measure == 'share'").set_index("party")["value"]
    assert shares["EU"] > shares.sum() / 2
    threat = space["asked"].threat(space["members"], space["russia"], space["china"])
    assert threat.iloc[-1]["high"] < 0.25
    assert threat.iloc[2]["value"] > 3 * abs(space["asked"].loss(
        space["members"], space["russia"])["value"].iloc[-1])  # fmt: skip
