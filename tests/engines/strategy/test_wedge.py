"""The price of parting two partners, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.engines.strategy.wedge import gain, transfer

changes = st.floats(-50.0, 50.0)


def test_four_incomes_by_hand() -> None:
    """100 at the start; 95 with embargo and link, 93 without link, 97.5 with neither."""
    assert gain(-5.0, -2.5) == pytest.approx(100 * (97.5 / 95 - 1))
    assert transfer(-5.0, -2.5, 2000.0) == pytest.approx(-50.0)  # it pays by itself
    assert transfer(-5.0, -7.0, 2000.0) == pytest.approx(40.0)


@given(changes, changes, st.floats(1.0, 1e5))
def test_a_transfer_is_needed_exactly_where_leaving_loses(
    stay: float, leave: float, income: float
) -> None:
    price, won = transfer(stay, leave, income), gain(stay, leave)
    assert (price > 0) == (leave < stay)
    # paid out, it makes up for the loss
    assert (100 + stay) * won / 100 == pytest.approx(-100 * price / income, abs=1e-9)
