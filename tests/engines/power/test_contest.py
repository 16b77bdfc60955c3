"""The contest with aid: a sourced check, closed forms, and what has to hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.engines.power.contest import gain, over_exponents, stock, win_probability
from multipolar.errors import EngineError

MEANS, EXPONENT = st.floats(0.01, 1e5), st.floats(0.5, 2.0)


def test_ukraine_and_its_aid_in_2023() -> None:
    """64.8 and 35 of aid against 109 (SIPRI): the odds at both ends of the range."""
    low, high = over_exponents(64.8 + 35, 109)
    assert (low, high) == pytest.approx((0.4560, 0.4890), abs=5e-5)
    assert win_probability(64.8, 109, 1.0) == pytest.approx(64.8 / 173.8)


@given(MEANS, MEANS, EXPONENT)
def test_odds_of_both_add_up_and_follow_means(a: float, b: float, g: float) -> None:
    p = win_probability(a, b, g)
    assert p + win_probability(b, a, g) == pytest.approx(1)
    assert win_probability(1.5 * a, b, g) > p
    assert win_probability(7 * a, 7 * b, g) == pytest.approx(p)


@given(MEANS, MEANS, EXPONENT)
def test_a_larger_exponent_favours_the_stronger(a: float, b: float, g: float) -> None:
    strong = max(a, b), min(a, b)
    assert win_probability(*strong, g + 0.1) >= win_probability(*strong, g) - 1e-15
    low, high = over_exponents(a, b)
    assert low - 1e-12 <= win_probability(a, b, g) <= high + 1e-12


@given(st.floats(1, 1e3), st.floats(1, 1e3), EXPONENT)
def test_the_derivative_is_that_of_the_odds(a: float, b: float, g: float) -> None:
    step = 1e-5 * a
    slope = (win_probability(a + step, b, g) - win_probability(a - step, b, g)) / (2 * step)
    assert gain(a, b, g) == pytest.approx(slope, rel=1e-6)


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=8), st.floats(0, 1))
def test_stock_is_built_year_by_year(spending: list[float], delta: float) -> None:
    """S[t] = m[t] + (1 - delta) S[t-1], from the oldest year on."""
    expected = 0.0
    for m in reversed(spending):
        expected = m + (1 - delta) * expected
    assert stock(spending, delta) == pytest.approx(expected)
    assert stock(spending, 1.0) == spending[0]
    assert stock(spending, 0.0) == pytest.approx(np.sum(spending))


def test_bad_input_is_refused() -> None:
    for bad in ((0, 0, 1), (-1, 1, 1), (1, 1, 0), (1, np.inf, 1)):
        with pytest.raises(EngineError):
            win_probability(*bad)
    with pytest.raises(EngineError, match="depreciation"):
        stock([1.0], 1.5)
    with pytest.raises(EngineError, match="not known"):
        stock([np.nan], 0.5)
    with pytest.raises(EngineError, match="zero"):
        gain(0.0, 1.0, 1.0)
