"""Coalitions that reach a weight, against going through all of them one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.engines.power.coalitions import MOST, reaching
from multipolar.errors import EngineError


@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=8),
    st.integers(1, 40),
    st.integers(1, 8),
)
def test_every_coalition_and_no_other(w: list[int], target: int, most: int) -> None:
    expected = {
        group: all(sum(w[k] for k in group if k != i) < target for i in group)
        for size in range(1, min(most, len(w)) + 1)
        for group in combinations(range(len(w)), size)
        if sum(w[k] for k in group) >= target
    }
    found = reaching(w, target, most)
    assert dict(zip(found.members(), found.minimal.tolist(), strict=True)) == expected
    assert found.weight.tolist() == [sum(w[k] for k in m) for m in found.members()]
    keys = list(zip(found.size, -found.weight, strict=True))
    assert keys == sorted(keys)


def test_only_the_two_strongest_together() -> None:
    found = reaching([0.18, 0.04, 0.03, 0.02, 0.02], 0.22, 3)
    assert next(iter(found.members())) == (0, 1)
    smallest = [m for m, ok in zip(found.members(), found.minimal, strict=True) if ok]
    assert smallest == [(0, 1), (0, 2, 3), (0, 2, 4), (0, 3, 4)]


def test_a_sum_reaches_itself_whatever_the_order() -> None:
    w = np.array([0.1, 0.7, 0.2, 0.3])
    assert (0, 1, 2, 3) in list(reaching(w, float(w[::-1].sum())).members())


@given(
    st.lists(st.integers(0, 120), min_size=1, max_size=8), st.integers(1, 300), st.integers(1, 8)
)
def test_decimals_are_added_as_they_are_written(w: list[int], target: int, most: int) -> None:
    whole, tenths = reaching(w, target, most), reaching([x / 10 for x in w], target / 10, most)
    assert (whole.masks == tenths.masks).all()
    assert (whole.minimal == tenths.minimal).all()
    assert tenths.weight == pytest.approx(whole.weight / 10)


def test_computed_weights_far_apart_in_size_still_reach_their_sum() -> None:
    w = np.array([1 / 3 * 1e-9, 2 / 3, 1e12 / 7])
    found = reaching(w, float(w.sum()))
    assert (0, 1, 2) in list(found.members())
    assert found.minimal.sum() == 1


def test_bad_input_is_refused() -> None:
    with pytest.raises(EngineError, match="at most"):
        reaching(np.ones(MOST + 1), 1)
    for w, target in (([1.0], 0.0), ([-1.0], 1.0), ([np.nan], 1.0)):
        with pytest.raises(EngineError, match="above zero"):
            reaching(w, target)
