"""Vulnerability against all coalitions, against a theorem, and against figures computed before."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.engines.power.alliances import (
    coalition,
    ratios,
    threats,
    war_stable,
    with_alliance,
)
from multipolar.errors import EngineError
from power_world import capabilities, dyads, validation


def effect(A: Any, M: Any, members: Any, loyal: bool = False) -> np.ndarray:
    """Every state's ratio before and after an alliance of ``members``."""
    nets = (np.asarray(A, bool), with_alliance(A, members))
    return np.stack([threats(net, M, loyal).ratio for net in nets], axis=1)


@st.composite
def networks(draw: st.DrawFn, most: int = 6) -> tuple[Any, Any]:
    n = draw(st.integers(2, most))
    A = np.zeros((n, n), bool)
    for i, j in combinations(range(n), 2):
        A[i, j] = A[j, i] = draw(st.booleans())
    return A, np.array(draw(st.lists(st.integers(1, 20), min_size=n, max_size=n)), float)


def worst(A: Any, M: Any, i: int, j: int, loyal: bool) -> float:
    """The greatest ratio over every coalition C of j and its allies, by the definition."""
    n, best = len(M), 0.0
    pool = [k for k in range(n) if (k == j or A[j, k]) and k != i]
    if loyal:
        if A[i, j]:
            return 0.0
        pool = [k for k in pool if not A[i, k]]
    for size in range(1, len(pool) + 1):
        for C in combinations(pool, size):
            defence = M[i] + sum(M[k] for k in range(n) if A[i, k] and k not in C)
            best = max(best, sum(M[k] for k in C) / defence)
    return best


@given(networks(), st.booleans())
def test_the_whole_alliance_is_the_worst_coalition(net: tuple[Any, Any], loyal: bool) -> None:
    A, M = net
    found = ratios(A, M, loyal)
    for i, j in product(range(len(M)), repeat=2):
        expected = 0.0 if i == j else worst(A, M, i, j, loyal)
        assert found[i, j] == pytest.approx(expected), (i, j)


@given(networks(8))
def test_the_leader_s_coalition_has_the_ratio(net: tuple[Any, Any]) -> None:
    A, M = net
    threat = threats(A, M)
    for i in range(len(M)):
        C = coalition(A, i, int(threat.leader[i]))
        allies = [k for k in range(len(M)) if A[i, k] and k not in C]
        assert i not in C
        assert threat.ratio[i] == pytest.approx(M[C].sum() / (M[i] + M[allies].sum()))


@given(networks(8), st.floats(0.1, 10))
def test_units_do_not_matter_and_loyalty_never_hurts(net: tuple[Any, Any], unit: float) -> None:
    A, M = net
    assert ratios(A, unit * M) == pytest.approx(ratios(A, M))
    assert (threats(A, M, True).ratio <= threats(A, M).ratio + 1e-9).all()


@given(networks(7), st.integers(0, 6), st.integers(0, 6), st.booleans())
def test_an_alliance_never_exposes_its_own_members(
    net: tuple[Any, Any], a: int, b: int, loyal: bool
) -> None:
    """Whom the new ally could bring against a state it could bring before; others may suffer."""
    A, M = net
    i, j = a % len(M), b % len(M)
    if i == j:
        return
    before, after = effect(A, M, [i, j], loyal)[[i, j]].T
    assert (after <= before + 1e-9).all()


def test_an_alliance_can_expose_others() -> None:
    table = effect(np.zeros((3, 3), bool), np.array([2.0, 2.0, 3.0]), [0, 1])
    assert table[2].tolist() == [2 / 3, 4 / 3]


@pytest.mark.parametrize("gamma", [1.0, 1.5])
def test_no_network_with_an_alliance_is_war_stable(gamma: float) -> None:
    """Jackson and Nei (2015), theorem 1: every network of four states, several strengths."""
    rng = np.random.default_rng(0)
    pairs = list(combinations(range(4), 2))
    for M in (np.ones(4), *(rng.uniform(0.2, 2, 4) for _ in range(6))):
        for chosen in product([False, True], repeat=len(pairs)):
            A = np.zeros((4, 4), bool)
            for (i, j), linked in zip(pairs, chosen, strict=True):
                A[i, j] = A[j, i] = linked
            if A.any():
                assert not war_stable(A, M, gamma)[0], (A, M)


def test_without_alliances_equals_are_safe_where_two_cannot_beat_one() -> None:
    assert war_stable(np.zeros((4, 4), bool), np.ones(4), 2.5) == (True, "")
    stable, why = war_stable(np.zeros((4, 4), bool), np.ones(4), 1.5)
    assert not stable
    assert "if 0 and 1 ally" in why


def test_benefits_hold_a_network_together() -> None:
    """A ring of four equals, where nobody is at risk: only benefits keep the alliances."""
    A = np.zeros((4, 4), bool)
    for i in range(4):
        A[i, (i + 1) % 4] = A[(i + 1) % 4, i] = True
    assert not war_stable(A, np.ones(4), 3.5)[0]
    assert war_stable(A, np.ones(4), 3.5, benefit=np.ones((4, 4)))[0]


def test_what_is_no_network_is_refused() -> None:
    lopsided = np.array([[False, True], [False, False]])
    for A, M in ((lopsided, [1.0, 1.0]), (np.eye(2, dtype=bool), [1.0, 1.0])):
        with pytest.raises(EngineError, match="symmetric"):
            ratios(A, M)
    with pytest.raises(EngineError, match="strength"):
        ratios(np.zeros((2, 2), bool), [1.0, -1.0])


@pytest.fixture(scope="module")
def system() -> tuple[list[str], Any, Any]:
    """CINC of 2022 with the defence duties of 2018."""
    strength = capabilities().query("year == 2022").set_index("country")["cinc"].fillna(0.0)
    states = list(strength.index)
    place = {s: k for k, s in enumerate(states)}
    A = np.zeros((len(states), len(states)), bool)
    rows = dyads().query("year == 2018 and defence")
    for a, b in zip(rows["country"], rows["other"], strict=True):
        if a in place and b in place:
            A[place[a], place[b]] = A[place[b], place[a]] = True
    return states, A, strength.to_numpy()


@pytest.mark.parametrize(
    ("state", "before", "after"),
    [("RUS", 7.6, 1.30), ("CHN", 1.48, 1.28), ("USA", 0.68, 0.78), ("UKR", 42.9, 42.9)],
)
def test_a_sino_russian_pact(
    system: tuple[list[str], Any, Any], state: str, before: float, after: float
) -> None:
    """Computed before from the same data, loyal coalitions."""
    states, A, M = system
    row = effect(A, M, [states.index("RUS"), states.index("CHN")], loyal=True)[states.index(state)]
    assert row == pytest.approx([before, after], rel=0.007)


def test_without_loyalty_the_pact_helps_russia_less(system: tuple[list[str], Any, Any]) -> None:
    """By the published definition China itself, with North Korea and Cuba, is then the threat."""
    states, A, M = system
    i, j = states.index("RUS"), states.index("CHN")
    assert effect(A, M, [i, j])[i] == pytest.approx([7.634, 5.184], abs=1e-3)
    threat = threats(with_alliance(A, [i, j]), M)
    names = {states[k] for k in coalition(with_alliance(A, [i, j]), i, int(threat.leader[i]))}
    assert names == {"CHN", "PRK", "CUB"}


def test_alliances_per_country() -> None:
    """The count's means; Jackson and Nei print 2.525 and 10.523 from another count."""
    frame = pd.read_csv(validation("strategy/cow_alliances_per_country.csv"))
    series = frame.set_index("year")["cow_alliances_per_country"]
    assert series.loc[1816:1950].mean() == pytest.approx(2.43, abs=5e-3)
    assert series.loc[1951:2003].mean() == pytest.approx(10.56, abs=5e-3)
