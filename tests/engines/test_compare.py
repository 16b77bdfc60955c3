"""Setting scenarios side by side: each number has its own place, and none is left out."""

from __future__ import annotations

import pytest

from multipolar.engines import Registry
from multipolar.pipeline.scenarios import answers, compare, solve
from multipolar.policy import BASELINE, Scenario
from multipolar.world import World

REGISTRY = Registry.default(World.load())


@pytest.mark.parametrize("engine", sorted(REGISTRY.engines))
def test_a_scenario_beside_itself_differs_nowhere(engine: str) -> None:
    rows = compare(BASELINE, BASELINE, engine=engine, registry=REGISTRY)
    assert {row["difference"] for row in rows} <= {0.0, None}
    places = [
        tuple(v for k, v in row.items() if k not in ("first", "second", "difference"))
        for row in rows
    ]
    assert len(set(places)) == len(places), "two numbers have one place"


def test_what_one_scenario_alone_has_is_shown_from_both_sides() -> None:
    arms = Scenario.model_validate(
        {
            "name": "arms",
            "measures": [
                {
                    "measure": "supply_arms",
                    "senders": "United States",
                    "recipient": "Ukraine",
                    "value": 20,
                }
            ],
        }
    )
    one = compare(BASELINE, arms, engine="power", registry=REGISTRY)
    other = compare(arms, BASELINE, engine="power", registry=REGISTRY)
    assert len(one) == len(other)
    for row in answers(solve(arms, engine="power", registry=REGISTRY), REGISTRY):
        assert any(row["value"] == r["second"] for r in one)


def test_arms_that_change_nothing_or_are_not_told_apart_are_said() -> None:
    arms = Scenario.model_validate(
        {
            "name": "arms",
            "measures": [
                {
                    "measure": "supply_arms",
                    "senders": "United States",
                    "recipient": "Chad",
                    "value": 1,
                    "kind": "artillery",
                }
            ],
        }
    )
    power = solve(arms, engine="power", registry=REGISTRY)["power"]
    assert "kinds of arms are not told apart" in power.message
    strategy = solve(arms, engine="strategy", registry=REGISTRY)["strategy"]
    assert "changes nothing here" in strategy.message
    found = strategy.read("strategy.odds", {"side": "Ukraine"})
    assert "Measure 1 (supply_arms) changes nothing here" in found.note
