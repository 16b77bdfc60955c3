"""The page on corridors: its tables are what the engine says, its code runs, its words hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from multipolar.engines.corridors import engine
from multipolar.engines.corridors.measures import SHOWN
from multipolar.world import World

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "corridors.md").read_text("utf-8")


def test_the_tables_of_the_page_are_what_the_engine_says() -> None:
    command = [sys.executable, str(ROOT / "tools" / "corridors_page.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or "run: python tools/corridors_page.py"


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.S))
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "docs/corridors.md", "exec"), {})
    assert capsys.readouterr().out == "log points\n"


def rows(name: str) -> dict[str, list[float]]:
    """A table's numbers by its first column."""
    block = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", PAGE, re.S)
    assert block is not None
    found = {}
    for line in block[1].strip().splitlines()[2:]:
        first, *cells = (c.strip().replace(",", "") for c in line.strip("|").split("|"))
        found[first] = [float(c) for c in cells if re.fullmatch(r"[0-9.]+", c)]
    return found


def test_what_the_page_says_of_the_misses_holds() -> None:
    table = rows("transit")
    seen, central, low, high = table["2020"][:4]
    assert low < central < high < seen
    seen, central, low, high = table["2022"][:4]
    assert seen < min(central, low, high)
    seen, central, low, _ = table["2023"][:4]
    assert abs(seen - low) < 0.05 * seen
    assert seen > 1.5 * central
    seen, central, low, high = table["2024"][:4]
    assert seen < min(central, low, high)
    assert table["2023"][-1] == pytest.approx(table["2023"][-2], rel=0.2)  # Middle Corridor


def test_what_the_page_says_of_suez_holds() -> None:
    for bare, here, flow, _ in rows("suez").values():
        assert bare > 50
        assert here < 5
        assert flow / (2 * 189) < 2.1


def test_the_page_names_every_metric_and_route() -> None:
    for metric in engine.metrics(World.load()):
        assert f"`{metric.name}`" in PAGE, metric.name
    for name in SHOWN:
        assert name in PAGE, name
