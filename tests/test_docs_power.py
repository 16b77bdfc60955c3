"""The page on power: its tables are what the engine says, its code runs, its words hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from multipolar.engines.power import engine
from multipolar.engines.power.data import INDICES
from multipolar.world import World

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "power.md").read_text("utf-8")


def test_the_tables_of_the_page_are_what_the_engine_says() -> None:
    command = [sys.executable, str(ROOT / "tools" / "power_page.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or "run: python tools/power_page.py"


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.S))
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "docs/power.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all("given in the scenario 20" in line for line in lines)


def rows(name: str) -> dict[str, list[float]]:
    """A table's numbers by its first column."""
    block = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", PAGE, re.S)
    assert block is not None
    found = {}
    for line in block[1].strip().splitlines()[2:]:
        first, *cells = (c.strip() for c in line.strip("|").split("|"))
        found[first] = [float(c) for c in cells if re.fullmatch(r"[0-9.]+", c)]
    return found


def test_what_the_page_says_of_the_pact_holds() -> None:
    for name in ("pact", "shipped"):
        table = rows(name)
        loyal, with_pact, _, free = table["Russia"]
        assert with_pact < loyal / 4
        assert free > with_pact
        assert table["China"][1] > 0.8 * table["China"][0]
        assert min(table["Russia"][1], table["China"][1]) > 1  # neither is safe


def test_the_page_names_every_metric_and_index() -> None:
    for metric in engine.metrics(World.load()):
        assert f"`{metric.name}`" in PAGE, metric.name
    for index in INDICES:
        assert f"`{index}`" in PAGE, index
