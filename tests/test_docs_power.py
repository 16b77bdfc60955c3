"""The page on power: its tables are what the engine says, its code runs, its words hold."""

from __future__ import annotations

import pytest

from docs_page import Page
from multipolar.engines.power import engine
from multipolar.engines.power.data import INDICES
from multipolar.world import World

PAGE = Page("power")


@pytest.mark.parametrize("code", PAGE.examples)
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    PAGE.run(code)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all("given in the scenario 20" in line for line in lines)


def test_what_the_page_says_of_the_pact_holds() -> None:
    for name in ("pact", "shipped"):
        table = PAGE.numbers(name)
        loyal, with_pact, _, free = table["Russia"]
        assert with_pact < loyal / 4
        assert free > with_pact
        assert table["China"][1] > 0.8 * table["China"][0]
        assert min(table["Russia"][1], table["China"][1]) > 1  # neither is safe


def test_the_page_names_every_metric_and_index() -> None:
    for metric in engine.metrics(World.load()):
        assert f"`{metric.name}`" in PAGE.text, metric.name
    for index in INDICES:
        assert f"`{index}`" in PAGE.text, index
