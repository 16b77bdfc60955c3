"""What a scenario says of a route takes effect, is refused, or is said to change nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from multipolar.engines.api import Outcome
from multipolar.engines.api.model import Prepared
from multipolar.engines.corridors import engine
from multipolar.engines.corridors.measures import NAMES, changes_of
from multipolar.engines.corridors.solved import Solved, capacities
from multipolar.errors import EngineError, MultipolarError
from multipolar.policy import Scenario, resolve
from multipolar.world import World

WORLD = World.load()
CENTRAL = {p.name: p.value for p in engine.parameters(WORLD)}
YEAR = 2023
IDLE = "changes nothing"


def prepared(*measures: dict[str, Any], year: int | None = YEAR) -> Prepared[Solved]:
    scenario = {"name": "test", "year": year, "measures": measures}
    return engine.prepare(WORLD, Scenario.model_validate(scenario))


def outcome(made: Prepared[Solved]) -> Outcome:
    return engine.solve(made, CENTRAL)


def rooms(made: Prepared[Solved], year: int = YEAR) -> list[float]:
    """Capacity of every route, and of the Polygon."""
    tables, changes = made.work.tables, made.work.changes
    found = capacities(tables, CENTRAL, changes, year).tolist()
    polygon = tables.polygon_capacity(year)
    return [*found, changes.capacity("eastern-polygon", polygon, year)]


def link(**more: Any) -> dict[str, Any]:
    return {
        "measure": "build_link",
        "origin": "China",
        "destination": "Germany",
        "commodity": "rail",
        "name": "Middle Corridor",
        "capacity": 50_000,
        "unit": "TEU/yr",
        **more,
    }


def cut(**more: Any) -> dict[str, Any]:
    return {
        "measure": "cut_link",
        "origin": "China",
        "destination": "Germany",
        "commodity": "rail",
        "name": "Middle Corridor",
        **more,
    }


def test_what_is_built_without_a_day_is_there_and_the_note_says_so() -> None:
    dated, undated = prepared(link(since="2020")), prepared(link())
    assert rooms(dated) == rooms(undated) != rooms(prepared())
    assert "no first day is given" in outcome(undated).message
    read = outcome(undated).read("corridors.share", {"route": "middle", "year": YEAR})
    assert "no first day is given" in read.note
    with pytest.raises(EngineError, match="a day that is not given"):
        prepared(link(ramp_years=4))


@pytest.mark.parametrize(
    ("measure", "why"),
    [
        (link(since="2027"), "it starts in 2027"),
        (link(until="2021"), "it ends before, with 2021"),
        (cut(since="2024-03"), "it starts in 2024"),
        (cut(remaining=1.0), "nothing for it to change"),
        (link(measure="set_capacity", capacity=100_000), "nothing for it to change"),
    ],
)
def test_what_changes_nothing_in_the_year_is_said_to(measure: dict[str, Any], why: str) -> None:
    made = prepared(measure)
    assert rooms(made) == rooms(prepared())
    for text in (
        outcome(made).message,
        outcome(made).read("corridors.share", {"route": "middle"}).note,
        outcome(made).array("corridors.share", {}).attrs["note"],
    ):
        assert IDLE in text and why in text


def test_the_note_is_that_of_the_year_read() -> None:
    found = outcome(prepared(link(since="2024")))
    at = {"route": "middle"}
    assert IDLE in found.read("corridors.share", {**at, "year": 2023}).note
    assert IDLE not in found.read("corridors.share", {**at, "year": 2024}).note


def test_a_measure_within_one_year_counts_for_it() -> None:
    made = prepared(cut(since="2023-02", until="2023-11"))
    assert rooms(made)[3] == 0
    assert IDLE not in outcome(made).message
    assert rooms(made, 2022) == rooms(prepared(), 2022)
    assert rooms(made, 2024) == rooms(prepared(), 2024)


@pytest.mark.parametrize(
    "measure",
    [
        cut(commodity="rail", name="Suez"),
        cut(commodity="sea", name="Northern route"),
        cut(commodity="sea", name="BAM"),
        link(commodity="sea"),
        cut(name="Hormuz", commodity="sea"),
        cut(name="Malacca", commodity="sea"),
        cut(name="Panama Canal", commodity="sea"),
        cut(name="Bosporus", commodity="sea"),
    ],
)
def test_a_strait_or_line_that_the_model_does_not_have_is_refused(measure: dict[str, Any]) -> None:
    with pytest.raises(EngineError) as refusal:
        prepared(measure)
    assert refusal.value.hint


def test_a_route_that_others_use_is_cut_for_all_and_the_note_says_so() -> None:
    away = cut(origin="Brazil", destination="Argentina", name="Suez", commodity="sea")
    assert "for all freight" in outcome(prepared(away)).message
    assert "for all freight" not in outcome(prepared(cut(name="Northern route"))).message


def test_every_link_takes_effect_is_refused_or_is_said_to_change_nothing() -> None:
    kinds: list[dict[str, Any]] = [
        {"measure": "build_link", "capacity": 40_000},
        {"measure": "cut_link"},
        {"measure": "cut_link", "remaining": 1.0},
        {"measure": "set_capacity", "capacity": 0},
        {"measure": "build_link", "capacity": 9, "since": "2030"},
        {"measure": "cut_link", "until": "2020"},
    ]
    ends = [("China", "Germany"), ("China", "Russia"), ("Japan", "Netherlands"), ("Chad", "Peru")]
    base = prepared()
    plain = rooms(base)
    seen = set()
    names = [None, *sorted({min(n for n in NAMES if NAMES[n] == r) for r in NAMES.values()})]
    for kind, (a, b), name, mode in product(kinds, ends, names, ("sea", "rail", "road")):
        unit = {"unit": "Mt/yr" if name == "bam" else "TEU/yr"} if "capacity" in kind else {}
        measure = {
            **kind,
            **unit,
            "origin": a,
            "destination": b,
            "commodity": mode,
            **({"name": name} if name else {}),
        }
        try:
            scenario = Scenario.model_validate({"name": "s", "measures": [measure]})
            work = replace(base.work, changes=changes_of(resolve(scenario, WORLD)))
            made = replace(base, work=work)
        except MultipolarError as refusal:
            assert refusal.args and "measure 1" in str(refusal)
            seen.add("refused")
            continue
        changed = rooms(made) != plain
        note = Solved(made.work, CENTRAL).remarks(YEAR)
        assert changed != (IDLE in note), (measure, note)
        seen.add("effect" if changed else "noted")
    assert seen == {"refused", "effect", "noted"}
