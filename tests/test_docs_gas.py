"""The page and the notebook on gas: their tables are computed, their code runs, targets are met."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import types
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "gas.md").read_text("utf-8")


@cache
def tool() -> Any:
    sys.path.append(str(ROOT / "tools"))  # for what it shares with the other pages' tools
    spec = importlib.util.spec_from_file_location("gas_page", ROOT / "tools" / "gas_page.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["gas_page"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("name", re.findall(r"<!-- table: (\w+) -->", PAGE))
def test_the_tables_of_the_page_are_what_the_engine_says(name: str) -> None:
    block = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", PAGE, re.S)
    assert block is not None
    assert block[1].strip() == tool().BLOCKS[name](), "run: python tools/gas_page.py"


def test_every_table_has_its_place() -> None:
    assert set(re.findall(r"<!-- table: (\w+) -->", PAGE)) == set(tool().BLOCKS)


@pytest.mark.parametrize(
    "name",
    ["European LNG imports, bcm", "European consumption, bcm", "Asian LNG imports, bcm",
     "Russian output, bcm", "TTF, USD/MMBtu", "JKM, USD/MMBtu"],
)  # fmt: skip
def test_2022_given_the_volumes_of_russian_pipes(name: str) -> None:
    found = tool().changes(tool().central_run("volumes"))
    assert abs(found[name] / tool().actual()[name] - 1) <= tool().TARGETS[name]


def test_signs_and_order_of_prices_in_2022() -> None:
    found = tool().changes(tool().central_run("volumes"))
    for name, truth in tool().actual().items():
        if "MMBtu" not in name:
            assert found[name] * truth > 0, name
    assert found["TTF, USD/MMBtu"] > found["JKM, USD/MMBtu"]


def test_lng_by_exporter_is_nearer_than_persistence() -> None:
    ours, stay, _ = tool().errors_by_exporter()
    assert ours < 0.7 * stay


def test_2023_consumption_and_routes() -> None:
    table = tool().table_2023()
    for row in ("European consumption", "Power of Siberia 1"):
        (line,) = [x for x in table.splitlines() if x.startswith(f"| {row}")]
        assert "met, 30%" in line


def test_nothing_of_2022_is_known_to_the_calibration() -> None:
    """Later figures, turned upside down, leave 2021 and its wedges as they are."""
    t = tool().tables()
    twisted = t.figures.copy()
    late = twisted["since"].str[:4].between("2022", "2024") & ~twisted["quantity"].eq("pipe")
    twisted.loc[late, "bcm"] *= 7
    from dataclasses import replace

    from multipolar.engines.api.memo import Memo
    from multipolar.engines.gas.calibrate import calibrate
    from multipolar.engines.gas.model import central
    from multipolar.world import World

    p = central(World.load())
    one = calibrate(t, p).wedges
    other = calibrate(replace(t, figures=twisted, memo=Memo()), p).wedges
    assert one.equals(other)


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.S))
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(code, {})
    assert len(capsys.readouterr().out.splitlines()) > 2


class _Drawing:
    """Takes any call on a figure or its axes."""

    def __getattr__(self, name: str) -> Any:
        return _Drawing()

    def __getitem__(self, key: Any) -> Any:
        return _Drawing()

    def __call__(self, *args: Any, **named: Any) -> Any:
        return _Drawing()


@pytest.mark.slow
def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas as pd

    pyplot = types.ModuleType("matplotlib.pyplot")
    pyplot.subplots = lambda **_: (_Drawing(), _Drawing())  # type: ignore[attr-defined]
    package = types.ModuleType("matplotlib")
    package.pyplot = pyplot  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "matplotlib", package)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", pyplot)
    monkeypatch.setattr(pd.DataFrame, "plot", _Drawing())
    cells = json.loads((ROOT / "docs" / "pos2.ipynb").read_text("utf-8"))["cells"]
    space: dict[str, Any] = {}
    with pd.option_context("display.float_format", None):
        for cell in cells:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), space)
    # what the prose says of the tables
    assert (space["volumes"][2030] < 98).all()
    full = space["full"]
    assert full.loc["central"].to_numpy().min() > 49.9
    gloomy = full.loc["low end of the priors"].xs("none", level="contract")
    assert (gloomy["1"] < 1).all()
    assert (gloomy["0"] > 40).all()
    assert (full.xs("take-or-pay", level="contract").to_numpy() > 40).all()
    one, other = space["hand"](space["solve"]()), space["hand"](space["solve"](space["STOP"]))
    assert other["Russia's gain, USD bn"] < 0.6 * one["Russia's gain, USD bn"]
    assert other["Russia on China, %"] > 1.8 * one["Russia on China, %"]
    assert other["China's gain"] == pytest.approx(one["China's gain"], rel=0.05)
