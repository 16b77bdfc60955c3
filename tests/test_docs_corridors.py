"""The page on corridors: its tables are what the engine says, its code runs, its words hold."""

from __future__ import annotations

import pytest

from docs_page import Page
from multipolar.engines.corridors import engine
from multipolar.engines.corridors.measures import SHOWN
from multipolar.engines.corridors.proof import FAILED, MISSED
from multipolar.world import World
from validation import corridors

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


def test_what_is_marked_is_what_the_test_finds() -> None:
    assert corridors.missed() == MISSED
    assert corridors.failed() == FAILED


@pytest.mark.parametrize("year", [2026, 2030])
def test_years_that_nothing_was_compared_with_are_marked_where_the_latest_failed(year: int) -> None:
    found = corridors.outcome()
    for name in ("flow", "share"):
        marks = {
            route: found.read(f"corridors.{name}", {"route": route, "year": year}).unproven
            for route in ("northern", "middle", "sea-cape")
        }
        assert "2022 to 2025" in marks["northern"] and "2022 to 2025" in marks["middle"]
        assert marks["sea-cape"] == ""
    seen = found.read("corridors.flow", {"route": "northern", "year": 2023})
    assert seen.unproven == ""  # the one year in which the engine was nearer


def test_the_canal_is_avoided_from_2024_to_2026() -> None:
    by_suez = {y: corridors.read("share", route="sea-suez", year=y) for y in range(2023, 2028)}
    assert by_suez[2023] > 95 and by_suez[2027] > 95
    assert all(10 < by_suez[y] < 35 for y in (2024, 2025, 2026))
