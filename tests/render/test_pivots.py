"""The sentence that a pivot makes, for every parameter that comes with multipolar."""

from __future__ import annotations

import re
from importlib.metadata import entry_points

import pytest

from multipolar.engines import Parameter
from multipolar.render.pivots import amount, clause, pivot_sentence
from multipolar.uncertainty import Assumed, Bound, Box, Choice, Cut
from multipolar.uncertainty.pivot import _bound
from multipolar.world import World

BEHAVIOUR = {"1", "log odds", "ways", "per thousand USD/FEU"}  # units of no thing in the world


@pytest.fixture(scope="module")
def shipped() -> dict[str, Parameter]:
    world, found = World.load(), {}
    for point in entry_points(group="multipolar.engines"):
        engine = point.load()
        engine = engine() if isinstance(engine, type) else engine
        if type(engine).__module__.startswith("multipolar."):
            found |= {f"{engine.name}.{p.name}": p for p in engine.parameters(world)}
    return found


def cut(bound: Bound, accuracy: float = 1.0) -> Cut:
    return Cut(bound, accuracy, accuracy, 128)


def test_every_drawn_parameter_makes_a_sentence(shipped: dict[str, Parameter]) -> None:
    drawn = {k: p for k, p in shipped.items() if p.prior is not None}
    assert len(drawn) > 60
    for name, p in drawn.items():
        low, high = p.prior.quantile(0.3), p.prior.quantile(0.7)
        if low == high:
            low, high = p.options[0], p.options[-1]
        at = (low + high) / 2
        for bound in (_bound(name, at, None, {name: p}), _bound(name, None, at, {name: p})):
            said = pivot_sentence(cut(bound))
            assert said.startswith("holds if ")
            assert not re.search(r"[{}_]|\bis is\b|  |MMBtu|TEU/yr", said), said
            assert not p.identified or not re.search("FEU|log odds", said), said
            assert clause(bound) in said


def test_behaviour_that_is_assumed_is_not_identified(shipped: dict[str, Parameter]) -> None:
    for name, p in shipped.items():
        if p.prior is not None and p.unit in BEHAVIOUR and "ssum" in p.source.text:
            assert not p.identified, name
    for name in ("money.beta", "power.exponent", "corridors.nest", "gas.conjecture"):
        assert not shipped[name].identified
    for name in ("gas.pos2_first_gas", "gas.elasticity_short", "trade.elasticities"):
        assert shipped[name].identified


def test_first_gas_in_the_years_that_the_engine_counts(shipped: dict[str, Parameter]) -> None:
    # the engine rounds: 2031.4 is 2031, 2031.6 is 2032; parted at 2031.5 the last year is 2031
    told = {"gas.pos2_first_gas": shipped["gas.pos2_first_gas"]}
    first = _bound("gas.pos2_first_gas", None, 2031.5, told)
    said = pivot_sentence(cut(first))
    assert said == "holds if first gas flows by Power of Siberia 2 in 2031 or before"


@pytest.mark.parametrize(
    ("year", "said"),
    [(2031.0, "early 2031"), (2031.5, "mid-2031"), (2031.9, "late 2031"), (2030.99, "late 2030")],
)
def test_years(year: float, said: str) -> None:
    assert amount(year, "year") == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.6, "share", "60%"),
        (1500.0, "USD/FEU", "USD 1,500 per forty-foot container"),
        (50.0, "thousand USD/FEU", "USD 50,000 per forty-foot container"),
        (0.00018, "USD/MMBtu/nm", "USD 0.18 per million Btu and 1,000 nautical miles"),
        (520.0, "bcm_ei", "520 billion cubic metres"),
        (12.0, "days", "12 days"),
        (-3.0, "percent", "−3%"),
        (1.2345678, "ratio", "1.235"),
    ],
)
def test_amounts(value: float, unit: str, said: str) -> None:
    assert amount(value, unit) == said


def test_how_sure_a_cut_is() -> None:
    bound = Bound("a", 0.2, None, "share", "the share of coal")
    assert pivot_sentence(cut(bound, 0.97)) == "holds if the share of coal is above 20%"
    near = pivot_sentence(cut(bound, 0.88))
    assert near == "holds if the share of coal is above 20%; that is right for 9 of 10 draws"


def test_a_box_that_fails() -> None:
    a, b = Bound("a", 0.2, None, "share", "A"), Bound("b", None, 3.0, "days", "B")
    assert pivot_sentence(Box((a, b), 0.71, 1.0, 0.3, 128, passes=False)) == (
        "fails in all draws where A is above 20% and B is below 3 days; that covers 7 of 10 of the "
        "draws in which it fails"
    )


def test_a_box_that_is_sure_says_no_shares() -> None:
    a, b = Bound("a", 0.2, None, "share", "A"), Bound("b", None, 3.0, "days", "B")
    sure = Box((a, b), 0.96, 0.99, 0.3, 128)
    assert pivot_sentence(sure) == "holds if A is above 20% and B is below 3 days"


def test_assumptions_are_named_without_values() -> None:
    found = Assumed((Bound("b", 1.7, None, "1", "the pull", identified=False),), 128)
    assert pivot_sentence(found) == "turns on an assumption that no data pin down: the pull"


def test_choices() -> None:
    assert pivot_sentence(Choice("measure", ("weight", "value"))) == (
        "holds by weight and value only"
    )
    assert pivot_sentence(Choice("measure", ("weight",), ("value",))) == (
        "holds by weight, fails by value"
    )
