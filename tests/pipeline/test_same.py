"""What measures the same thing elsewhere: found from both sides, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from multipolar.engines import Registry
from multipolar.pipeline.same import _fits, rules, same_thing
from multipolar.world import World

CRUDE = {"exporter": "RUS", "importer": "CHN", "commodity": "crude", "year": 2022}
FACT = {"series": "crude.value", "entity": "RUS-CHN", "date": "2022"}
OIL = {"exporter": "RUS", "importer": "IND", "sector": "oil"}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.default(World.load())


@pytest.mark.parametrize(
    ("metric", "place", "other", "where"),
    [
        ("energy.trade_value", CRUDE, "facts.value", FACT),
        ("energy.trade_value", {**CRUDE, "exporter": "Russia"}, "facts.value", FACT),
        ("energy.trade_value", {**CRUDE, "commodity": ["crude"]}, "facts.value", FACT),
        ("facts.value", FACT, "energy.trade_value", CRUDE),
        (
            "goods.trade_value",
            OIL,
            "energy.trade_value",
            {**CRUDE, "importer": "IND"},
        ),
        (
            "gdp.output",
            {"country": "China"},
            "facts.value",
            {"series": "gdp.mer", "entity": "CHN", "date": "2022"},
        ),
        (
            "merchandise.trade_value",
            {"exporter": "Russia", "importer": "China", "year": 2022},
            "russia.trade_value",
            {"flow": "exports", "partner": "CHN", "year": 2022},
        ),
        (
            "merchandise.trade_share",
            {"country": "RUS", "flow": "both", "partner": "CHN", "year": 2022},
            "goods.trade_share",
            {"country": "RUS", "partner": "CHN", "sector": "goods"},
        ),
        (
            "facts.value",
            {"series": "trade.exports", "entity": "CHN-RUS", "date": "2024"},
            "merchandise.trade_value",
            {"exporter": "CHN", "importer": "RUS", "year": 2024},
        ),
        (
            "votes.choice",
            {"country": "India", "resolution": "A/RES/ES-11/1"},
            "facts.value",
            {"series": "votes.choice", "entity": "IND on A/RES/ES-11/1", "date": "2022-03-02"},
        ),
    ],
)
def test_found(
    registry: Registry, metric: str, place: dict[str, Any], other: str, where: dict[str, Any]
) -> None:
    assert (other, where) in [(s.metric, s.place) for s in same_thing(metric, place, registry)]


@pytest.mark.parametrize(
    ("metric", "place"),
    [
        ("goods.trade_value", {**OIL, "sector": "vehicles"}),
        ("energy.trade_value", {**CRUDE, "commodity": ["crude", "lng"]}),
        # another currency's share is no other source for this one's
        ("facts.value", {"series": "settlement.yuan_share_exports", "entity": "RUS",
                         "date": "2022-12"}),
        ("no.metric", {}),
        ("energy.trade_value", {**CRUDE, "exporter": "Atlantis"}),
    ],
)  # fmt: skip
def test_nothing_else_is(registry: Registry, metric: str, place: dict[str, Any]) -> None:
    assert same_thing(metric, place, registry) == []


def test_the_year_of_a_table_binds(registry: Registry) -> None:
    later = same_thing("energy.trade_value", {**CRUDE, "year": 2023}, registry)
    assert {s.metric for s in later} == {"facts.value"}


def test_every_rule_names_dimensions_and_words_there_are(registry: Registry) -> None:
    for rule in rules():
        for name, place in zip(rule.metrics, rule.places, strict=True):
            if name in registry.metrics:
                fixed = {k: v for k, v in place.items() if not isinstance(v, str) or "{" not in v}
                assert _fits(registry.metrics[name][1], fixed), rule
                dims = {d.name for d in registry.metrics[name][1].dims}
                assert {*place} <= dims, rule
