"""Half widths of readings: what they are, how they add up, and that every metric declares one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from multipolar.engines import Registry
from multipolar.engines.api.contract import Dimension, Metric, Outcome
from multipolar.engines.api.declare import Declared, Value
from multipolar.engines.api.reader import error_along, outcome
from multipolar.engines.power.balance import width
from multipolar.engines.record import widths
from multipolar.pipeline.asks import Ask, answer
from multipolar.pipeline.cache import Cache
from multipolar.policy import Scenario
from multipolar.world import World

SIZES = {"CHN": 3.0, "IND": 4.0}
# counts of what was cast or found, names, and lengths: there is nothing to be off by
EXACT = {
    "votes.choice", "votes.count", "votes.times", "votes.agreement", "alignment.bloc",
    "alignment.blocs", "alignment.bloc_stability", "alignment.contested_votes",
    "alignment.position_error", "corridors.distance", "corridors.polygon_capacity",
    "money.equilibria", "power.banzhaf", "power.shapley", "power.coalitions", "power.attackers",
    "distance.border", "distance.colony", "distance.language", "events.count", "events.date",
    "tariffs.rate", "vetoes.count", "vetoes.drafts", "votes.change", "votes.changed",
    "coalitions.member", "coalitions.joined", "coalitions.size", "power.vulnerable", "strategy.equilibria", "strategy.deterred",
}  # fmt: skip


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.default(World.load())


def toy(aggregate: Any = "sum", value: Any = None, **said: Any) -> Outcome:
    """A metric of two countries, and another that holds its standard error."""
    dims = (Dimension("country", "country"),)
    size = Metric("toy.size", dims, "Mt", "Size", aggregate, **said)
    off = Metric("toy.off", dims, "Mt", "Standard error", "mean")
    read = value or (lambda solved, at: solved[at["country"]])
    half = Declared(off, lambda solved, at: solved[at["country"]] / 10, lambda *_: list(SIZES))
    return outcome("toy", "", [Declared(size, read, lambda *_: list(SIZES)), half], SIZES)


def off_by(found: Outcome, where: Mapping[str, Any]) -> float:
    return found.read("toy.size", where).error


BOTH = {"country": ["CHN", "IND"]}


@pytest.mark.parametrize(
    ("aggregate", "said", "one", "both"),
    [
        ("sum", {}, 0.0, 0.0),
        ("sum", {"error": 1.0}, 1.0, 2**0.5),
        ("sum", {"error_share": 0.1}, 0.3, 0.5),
        ("mean", {"error_share": 0.1}, 0.3, 0.25),
        ("sum", {"error": 0.35, "error_share": 0.1}, 0.35, (0.35**2 + 0.4**2) ** 0.5),
        ("sum", {"error": "toy.off"}, 1.2816 * 0.3, 1.2816 * 0.5),
        ("mean", {"error": "toy.off"}, 1.2816 * 0.3, 1.2816 * 0.25),
    ],
)
def test_declared_widths_add_up_in_squares(
    aggregate: str, said: dict[str, Any], one: float, both: float
) -> None:
    found = toy(aggregate, error_of="standard error", **said)
    assert off_by(found, {"country": "CHN"}) == pytest.approx(one)
    assert off_by(found, BOTH) == pytest.approx(both)
    kind = found.read("toy.size", BOTH).error_of
    assert kind == ("standard error" if both else "")


def test_what_a_reading_says_goes_before_what_its_metric_declares() -> None:
    def value(solved: dict[str, float], at: Mapping[str, Any]) -> Value:
        return Value(solved[at["country"]], error=0.0 if at["country"] == "IND" else 2.0)

    found = toy("sum", value, error=9.0, error_of="rounding of the source")
    assert off_by(found, {"country": "CHN"}) == 2.0
    assert off_by(found, {"country": "IND"}) == 0.0


@pytest.mark.parametrize(
    ("said", "widths_"),
    [
        ({}, {}),
        ({"error": 1.0}, {"CHN": 1.0, "IND": 1.0}),
        ({"error_share": 0.1}, {"CHN": 0.3, "IND": 0.4}),
        ({"error": "toy.off"}, {"CHN": 0.38448, "IND": 0.51264}),
    ],
)
def test_every_label_along_a_dimension_has_its_width(
    said: dict[str, Any], widths_: dict[str, float]
) -> None:
    assert error_along(toy(**said), "toy.size", {}, "country") == pytest.approx(widths_)


def test_a_reading_that_says_its_own_is_asked_label_by_label() -> None:
    def value(solved: dict[str, float], at: Mapping[str, Any]) -> Value:
        return Value(1.0, error=solved[at["country"]])

    found = toy("sum", value, error_of="rounding of the source")
    assert error_along(found, "toy.size", {}, "country") == SIZES


def test_a_word_has_no_width() -> None:
    found = toy("none", lambda solved, at: Value("yes"), error=1.0)
    assert off_by(found, {"country": "CHN"}) == 0.0


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_is_off_as_a_simulated_one(share: float) -> None:
    drawn = np.random.default_rng(3).normal(1.0, 0.02, (2, 200_000))
    part, rest = share * drawn[0], (1 - share) * drawn[1]
    spread = float((part / (part + rest)).std())
    assert widths.of_ratio(share, 1.0, 0.02) == pytest.approx(spread, rel=0.02, abs=1e-9)


def test_what_is_made_of_weights_is_off_as_a_simulated_one() -> None:
    weights = np.array([3.0, 2.0, 1.0])
    drawn = weights * np.random.default_rng(4).normal(1.0, 0.01, (100_000, 3))

    def poles(w: np.ndarray) -> float:
        return float(w.sum() ** 2 / (w**2).sum())

    spread = (drawn.sum(axis=1) ** 2 / (drawn**2).sum(axis=1)).std()
    assert width(poles, weights, 0.01) == pytest.approx(float(spread), rel=0.02)
    assert width(poles, weights, 0.0) == 0.0


def test_widths_along_a_dimension_are_kept(tmp_path: Path) -> None:
    asked = answer(toy(error_share=0.1), Ask("toy.size", (), along="country"))
    kept = Cache(tmp_path)
    kept.put("0" * 64, asked)
    found = kept.answer("0" * 64)
    assert found is not None
    assert found.central is not None
    assert found.central.errors == pytest.approx({"CHN": 0.3, "IND": 0.4})


def test_every_metric_says_how_far_it_may_be_off(registry: Registry) -> None:
    metrics = [m for _, m in registry.metrics.values()]
    silent = {m.name for m in metrics if not (m.error or m.error_share or m.error_of)}
    assert silent == EXACT
    assert not [m.name for m in metrics if (m.error or m.error_share) and not m.error_of]
    names = {m.name for m in metrics}
    assert {m.error for m in metrics if isinstance(m.error, str)} <= names
    assert {s for m in metrics for s in m.siblings} <= names


@pytest.mark.parametrize(
    ("metric", "where", "error"),
    [
        # half of the last decimal of 86.4; 292 is whole
        ("facts.value", {"series": "military.spending", "entity": "RUS", "date": "2022"}, 0.05),
        ("facts.value", {"series": "military.spending", "entity": "CHN", "date": "2022"}, 0.0),
        # the table's standard error times 1.2816
        ("governance.estimate", {"country": "RUS", "year": 2022}, 0.29866),
        ("gdp.output", {"country": "CHN"}, 348_853),
        # s is 1/3: of six votes China abstained on four and said no on two
        ("alignment.similarity", {"country": "CHN", "partner": "RUS", "index": "s", "year": 2023}, 0.27019),
    ],
)  # fmt: skip
def test_known_widths(registry: Registry, metric: str, where: dict[str, Any], error: float) -> None:
    engine, _ = registry.metrics[metric]
    world = registry.world
    prepared = engine.prepare(world, Scenario(name="baseline"))
    solved = engine.solve(prepared, {p.name: p.value for p in engine.parameters(world)})
    assert solved.read(metric, where).error == pytest.approx(error, rel=1e-4)
