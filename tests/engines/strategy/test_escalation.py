"""Arms that offset each other, and the shift of payoffs that turns an answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.engines.strategy.escalation import break_even_shift, log_odds, offset
from multipolar.errors import EngineError


def odds(own: float, other: float, g: float) -> float:
    return float(own**g / (own**g + other**g))


@pytest.mark.parametrize("g", [0.5, 1.0, 2.0])
def test_aid_of_2023_that_offsets_ten_billion(g: float) -> None:
    """64.8 + 35 against 109: 9.2 of aid, whatever the exponent."""
    own, other = 64.8 + 35.0, 109.0
    aid = offset(odds(own, other, g), odds(own, other + 10, g), odds(own + 10, other, g))
    assert aid == pytest.approx(9.2, abs=0.05)


@given(st.floats(20.0, 200.0), st.floats(20.0, 200.0), st.floats(0.5, 2.0))
def test_the_offset_restores_the_odds(own: float, other: float, g: float) -> None:
    p = odds(own, other, g)
    aid = offset(p, odds(own, other + 1, g), odds(own + 1, other, g), 1.0)
    assert odds(own + aid, other + 1, g) == pytest.approx(p, abs=2e-4)


def test_certain_odds_are_refused() -> None:
    with pytest.raises(EngineError, match="odds of 1"):
        log_odds(1.0)
    with pytest.raises(EngineError, match="does not raise"):
        offset(0.5, 0.4, 0.5)


def test_the_shift_is_found_also_where_the_answer_jumps() -> None:
    assert break_even_shift(lambda x: (x >= 1.2345).astype(float)) == pytest.approx(1.2345)
    assert break_even_shift(lambda x: np.full(len(x), 0.7)) == 0.0
    assert break_even_shift(lambda x: np.full(len(x), 0.3)) == np.inf
    # resistance that rises, falls and rises again: the first crossing counts
    assert break_even_shift(np.sin) == pytest.approx(np.pi / 6)
