"""Effective number of poles and concentration: known values and what has to hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.engines.power.concentration import concentration, effective_number, shares
from multipolar.errors import EngineError
from power_world import capabilities

WEIGHTS = st.lists(st.floats(0.01, 1e6), min_size=2, max_size=30)


def test_capabilities_of_2022_among_the_seven_major_powers() -> None:
    """Computed before from the same release: CON .485 and 2.90 poles."""
    frame = capabilities().query("year == 2022").set_index("country")["cinc"]
    majors = frame.reindex(["USA", "GBR", "FRA", "DEU", "RUS", "CHN", "JPN"])
    assert concentration(shares(majors)) == pytest.approx(0.485, abs=5e-4)
    assert effective_number(shares(majors)) == pytest.approx(2.90, abs=5e-3)
    # without Germany and Japan, or with India, it is not that number
    assert concentration(shares(majors.drop(["DEU", "JPN"]))) == pytest.approx(0.510, abs=5e-4)
    with_india = [*majors, frame["IND"]]
    assert concentration(shares(with_india)) == pytest.approx(0.399, abs=1e-3)


@given(st.integers(2, 40))
def test_equal_states(n: int) -> None:
    assert effective_number(shares(np.ones(n))) == pytest.approx(n)
    assert concentration(shares(np.ones(n))) == pytest.approx(0, abs=1e-6)


@given(WEIGHTS, st.floats(0.01, 100))
def test_bounds_and_units(w: list[float], unit: float) -> None:
    s = shares(w)
    assert 1 - 1e-9 <= effective_number(s) <= len(w) + 1e-9
    assert 0 <= concentration(s) <= 1
    assert effective_number(shares(np.array(w) * unit)) == pytest.approx(effective_number(s))


@given(WEIGHTS, st.integers(0, 29), st.floats(0.01, 0.99))
def test_taking_from_the_weak_concentrates(w: list[float], at: int, part: float) -> None:
    """The principle of transfers: what the strongest takes from another raises both measures."""
    before = np.array(w)
    strong = int(before.argmax())
    weak = at % len(w)
    if weak == strong:
        return
    after = before.copy()
    after[strong] += part * before[weak]
    after[weak] -= part * before[weak]
    assert effective_number(shares(after)) < effective_number(shares(before)) * (1 + 1e-12)
    assert concentration(shares(after)) >= concentration(shares(before)) - 1e-9


@given(WEIGHTS)
def test_the_two_measures_say_the_same(w: list[float]) -> None:
    """CON is a function of the effective number and of N alone."""
    s, n = shares(w), len(w)
    expected = np.sqrt(max(0.0, 1 / effective_number(s) - 1 / n) / (1 - 1 / n))
    assert concentration(s) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("w", [[], [0.0, 0.0], [1.0, -1.0], [1.0, np.nan]])
def test_what_is_no_weight_is_refused(w: list[float]) -> None:
    with pytest.raises(EngineError, match="weights"):
        shares(w)


def test_a_total_below_its_parts_is_refused() -> None:
    with pytest.raises(EngineError, match="more than the world total"):
        shares([3.0, 3.0], 5.0)


def test_one_state_has_no_concentration() -> None:
    with pytest.raises(EngineError, match="at least two"):
        concentration([1.0])
