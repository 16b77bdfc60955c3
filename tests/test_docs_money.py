"""The page on money: its tables are what the engine says, its code runs, its words hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from multipolar.engines.money import engine
from multipolar.engines.money.calibrate import MOMENTS
from multipolar.world import World

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "money.md").read_text("utf-8")


def test_the_tables_of_the_page_are_what_the_engine_says() -> None:
    command = [sys.executable, str(ROOT / "tools" / "money_page.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or "run: python tools/money_page.py"


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.S))
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "docs/money.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"[567]\d percent", first)
    assert second == "('exporter', 'importer') 0.0"


def rows(name: str) -> dict[str, list[str]]:
    """A table's cells by its first column."""
    block = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", PAGE, re.S)
    assert block is not None
    found = {}
    for line in block[1].strip().splitlines()[2:]:
        first, *cells = (c.strip() for c in line.strip("|").split("|"))
        found[first] = cells
    return found


def test_misses_are_shown_as_misses_with_their_size() -> None:
    table = rows("fit")
    for moment in MOMENTS[2:5]:
        assert table[moment][4] == "hit"
    for moment in MOMENTS[5:]:
        assert re.fullmatch(r"miss by \d+", table[moment][4]), moment


def test_what_the_page_says_of_the_balance_holds() -> None:
    table = rows("fit")
    for year in ("2022", "2023"):
        aim, _, plain, _, _, _, balance = table[f"exports-yuan-{year}"]
        mended = (float(balance) - float(plain)) / (float(aim) - float(plain))
        assert 0.35 < mended < 0.65
    aim, _, plain, _, _, _, balance = table["imports-yuan-2023"]
    assert float(balance) < float(plain) < float(aim)


def test_the_page_names_every_metric() -> None:
    for metric in engine.metrics(World.load()):
        assert f"`{metric.name}`" in PAGE, metric.name
