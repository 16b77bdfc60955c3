"""The page on corridors: its tables are what the engine says, its code runs, its words hold."""

from __future__ import annotations

import pytest

from docs_page import Page
from multipolar.engines.corridors import engine
from multipolar.engines.corridors.measures import SHOWN
from multipolar.world import World

PAGE = Page("corridors")


@pytest.mark.parametrize("code", PAGE.examples)
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    PAGE.run(code)
    assert capsys.readouterr().out == "log points\n"


def test_what_the_page_says_of_the_misses_holds() -> None:
    table = PAGE.numbers("transit")
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
    for bare, here, flow, _ in PAGE.numbers("suez").values():
        assert bare > 50
        assert here < 5
        assert flow / (2 * 189) < 2.1


def test_the_page_names_every_metric_and_route() -> None:
    for metric in engine.metrics(World.load()):
        assert f"`{metric.name}`" in PAGE.text, metric.name
    for name in SHOWN:
        assert name in PAGE.text, name
