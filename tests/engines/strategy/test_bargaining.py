"""The bargaining range and the chance of refusal, beside what can be derived by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.engines.strategy.bargaining import (
    needed_prestige,
    rejection,
    says_nothing,
    swept,
    width,
)

shares = st.floats(0.0, 1.0)
bounds = st.floats(0.02, 1.0)
odds = st.floats(0.05, 0.95)


def best_offer(p: float, c_A: float, cbar: float, d: float) -> float:
    """Chance of refusal at the demand that is best for A on a fine grid of demands.

    A gets its demand less d if B accepts, and its odds less its cost of war if B refuses.
    """
    x = np.linspace(p, 1.0, 40_001)
    refused = np.clip((x - p) / cbar, 0.0, 1.0)
    worth = (1 - refused) * (x - d) + refused * (p - c_A)
    return float(refused[np.argmax(worth)])


@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("c_A", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("cbar", [0.05, 0.25, 1.0])
@pytest.mark.parametrize("d", [0.0, 0.1])
def test_the_formula_is_the_best_demand(p: float, c_A: float, cbar: float, d: float) -> None:
    assert float(rejection(p, c_A, cbar, d)) == pytest.approx(best_offer(p, c_A, cbar, d), abs=2e-3)


def test_published_form() -> None:
    """(cbar - c_A)/(2 cbar): 0.49 whatever the data if the own cost is small beside the bound."""
    assert float(rejection(0.3, 0.01, 0.5)) == pytest.approx(0.49)
    assert float(rejection(0.3, 0.5, 0.5)) == 0.0
    assert float(rejection(0.9, 0.0, 1.0)) == pytest.approx(0.1)  # the cap: (1 - p)/cbar


@given(odds, shares, bounds, st.floats(0.0, 0.5))
def test_prestige_never_lowers_and_costs_never_raise_the_chance(
    p: float, c_A: float, cbar: float, d: float
) -> None:
    plain = float(rejection(p, c_A, cbar))
    assert 0 <= plain <= 0.5 + 1e-12
    assert plain <= float(rejection(p, c_A, cbar, d)) <= 1
    assert float(rejection(p, c_A + 0.1, cbar, d)) <= float(rejection(p, c_A, cbar, d)) + 1e-12


@given(odds, shares, bounds)
def test_needed_prestige_is_just_enough(p: float, c_A: float, cbar: float) -> None:
    need = needed_prestige(p, c_A, cbar)
    plain = float(rejection(p, c_A, cbar))
    if np.isinf(need):
        assert float(rejection(p, c_A, cbar, 100.0)) < plain + 0.5
        return
    assert float(rejection(p, c_A, cbar, need)) == pytest.approx(plain + 0.5)
    assert float(rejection(p, c_A, cbar, 0.99 * need)) < plain + 0.5


def test_no_settlement_where_prestige_exceeds_both_costs() -> None:
    assert float(width(0.02, 0.1, 0.12)) == pytest.approx(0.0, abs=1e-15)
    assert float(width(0.02, 0.1, 0.2)) < 0 < float(width(0.02, 0.1, 0.1))


def test_what_says_nothing() -> None:
    assert says_nothing(0.5, 0.001, 0.0, 0.5)  # the form alone: one half
    assert says_nothing(0.7, 0.2, 0.25, 0.5)  # from one at a low bound to 0.3 at a high one
    assert not says_nothing(0.5, 0.2, 0.0, 0.5)
    assert np.ptp(swept(0.5, 0.5)) < 0.5
