"""What says the same thing is as close to call, and nothing is off by more than it can be."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from multipolar.claims.comparison import Leaf
from multipolar.engines.api.contract import FROM_ZERO, PERCENT_CHANGE, Bounds, Metric, Reading
from multipolar.engines.api.halfwidth import declared_width
from multipolar.pipeline.asks import Answer, Ask, Term
from multipolar.pipeline.compile import LeafPlan
from multipolar.pipeline.grading import Mark
from multipolar.pipeline.parts import evaluate, mark_of
from multipolar.pipeline.solve import Answers

HERE = {"metric": "toy.size", "where": {"country": "A"}}
VALUES = st.floats(1.0, 100.0)
SHARES = st.sampled_from([0.0, 0.02, 0.3, 0.9, 1.2])


def term(scenario: str, country: str) -> Term:
    return Term("toy", scenario, Ask("toy.size", (("country", country),)))


def planned(
    test: dict[str, Any],
    value: tuple[float, float],
    other: tuple[float, float],
    *,
    place: str = "A",
    scenario: str = "baseline",
    bounds: Bounds = FROM_ZERO,
) -> tuple[LeafPlan, Answers]:
    """Plan a comparison of two readings of a model, each with its half width."""
    leaf = Leaf.model_validate({**HERE, "scenario": "one", **test})
    role = next((r for r in ("over", "minus") if r in test), "rival")
    role = "earlier" if {"rises", "falls"} & set(test) else role
    own, its = term("one", "A"), term(scenario, place)
    plan = LeafPlan(leaf, value=own, limits={"value": bounds, role: bounds}, **{role: its})  # type: ignore[arg-type]
    read = {
        t: Answer(Reading(x, "Mt", error=error, error_of="a test"), (x,))
        for t, (x, error) in ((own, value), (its, other))
    }
    return plan, Answers(read, {})


def mark(*given: Any, **more: Any) -> Mark | None:
    return mark_of(*planned(*given, **more))


@pytest.mark.parametrize(("place", "scenario"), [("A", "baseline"), ("B", "one"), ("B", "other")])
@given(VALUES, VALUES, SHARES, st.sampled_from([0.5, 1.0, 1.01, 2.0]))
def test_a_ratio_a_rival_and_a_change_are_as_close(
    place: str, scenario: str, x: float, y: float, share: float, times: float
) -> None:
    assume(abs(x - times * y) > 1e-6)
    both = (x, share * x), (y, share * y)
    more: dict[str, Any] = {"place": place, "scenario": scenario}
    at = {"where": {"country": "B"}} if place == "B" else {"scenario": "baseline"}
    ratio = mark({"over": at, "above": times}, *both, **more)
    assert ratio == mark({"exceeds": {**at, "times": times}}, *both, **more)
    if times == 1:
        assert ratio == mark({"minus": at, "above": 0}, *both, **more)
    if scenario == "one" and times > 1:
        rises = {"rises": {"since": {"country": "B"}, "by": times - 1}}
        assert ratio == mark(rises, *both, **more)


@given(VALUES, VALUES, st.sampled_from([1.0, 5.0, 27.0]))
def test_it_is_as_close_whichever_is_named_first(x: float, y: float, error: float) -> None:
    assume(abs(x - y) > 1e-6)
    at = {"scenario": "baseline"}
    first = mark({"exceeds": at}, (x, error), (y, error))
    assert first == mark({"minus": at, "above": 0}, (x, error), (y, error))
    other = mark({"short_of": at}, (y, error), (x, error))
    assert first == other


def test_a_difference_of_one_model_is_off_by_the_part_that_it_may_be_wrong() -> None:
    both = (90.0, 27.0), (100.0, 30.0)
    plan, answers = planned({"minus": {"scenario": "baseline"}, "below": 0}, *both)
    assert evaluate(plan, answers, "").part.error == pytest.approx(3.0)
    plan, answers = planned({"over": {"scenario": "baseline"}, "below": 1}, *both)
    assert evaluate(plan, answers, "").part.error == pytest.approx(0.03)


def test_what_is_never_below_nought_is_not_read_as_less() -> None:
    # 5, give or take 6, less 2 is above -3 even where there is nothing of it
    test = {"minus": {"where": {"country": "B"}}, "above": -3}
    more: dict[str, Any] = {"place": "B", "scenario": "one"}
    assert mark(test, (5.0, 6.0), (2.0, 0.0), **more) is Mark.PASS
    assert mark({**test, "above": -1}, (5.0, 6.0), (2.0, 0.0), **more) is Mark.CLOSE
    loose = (-math.inf, math.inf)
    assert mark(test, (5.0, 6.0), (2.0, 0.0), **more, bounds=loose) is Mark.CLOSE


@given(st.floats(-100.0, 500.0), st.floats(0.0, 2.0))
def test_a_fall_is_off_by_no_more_than_is_left(value: float, share: float) -> None:
    metric = Metric(
        "toy.growth", (), "percent", "Growth", error=0.001, error_share=share, bounds=PERCENT_CHANGE
    )
    width = declared_width(metric, value)
    assert width is not None
    assert value - width >= -100.0 - 1e-9
    assert width <= max(0.001, share * abs(value))


def test_what_is_ended_is_ended() -> None:
    metric = Metric("toy.growth", (), "percent", "Growth", error_share=0.3, bounds=PERCENT_CHANGE)
    assert declared_width(metric, -100.0) == 0
    assert declared_width(metric, -10.0) == pytest.approx(3.0)
