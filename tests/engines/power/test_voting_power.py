"""Voting power against published indices, enumeration, and what has to hold."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.engines.power import voting_power
from multipolar.engines.power.voting_power import (
    Game,
    banzhaf,
    banzhaf_normalised,
    in_parts,
    shapley_shubik,
)
from multipolar.errors import EngineError

COUNCIL_1958 = Game((4, 4, 4, 2, 2, 1), 12)
COUNCIL_1995 = Game((10,) * 4 + (8,) + (5,) * 4 + (4,) * 2 + (3,) * 3 + (2,), 62)
SECURITY_COUNCIL = Game((7,) * 5 + (1,) * 10, 39)


def test_council_of_1958() -> None:
    """Luxembourg never decided; Brams and Affuso (1976), Felsenthal and Machover (1998)."""
    assert banzhaf_normalised(COUNCIL_1958) == pytest.approx(np.array([5, 5, 5, 3, 3, 0]) / 21)
    assert shapley_shubik(COUNCIL_1958) == pytest.approx(np.array([14, 14, 14, 9, 9, 0]) / 60)
    assert banzhaf(COUNCIL_1958)[5] == 0


def test_security_council() -> None:
    """Shapley-Shubik 0.1963 and 0.001865; Banzhaf 848 and 84 swings of 5,080."""
    phi = shapley_shubik(SECURITY_COUNCIL)
    assert phi[0] == pytest.approx(0.1963, abs=5e-5)
    assert phi[-1] == pytest.approx(0.001865, abs=5e-7)
    assert banzhaf_normalised(SECURITY_COUNCIL)[[0, -1]] == pytest.approx([848 / 5080, 84 / 5080])


def test_council_of_fifteen() -> None:
    """Germany, Spain, Netherlands, Austria, Denmark, Luxembourg: Felsenthal and Machover (1998)."""
    at = [0, 4, 5, 9, 11, 14]
    assert banzhaf_normalised(COUNCIL_1995)[at] == pytest.approx(
        [0.1116, 0.0924, 0.0587, 0.0479, 0.0359, 0.0226], abs=5e-5
    )
    assert shapley_shubik(COUNCIL_1995)[at] == pytest.approx(
        [0.1167, 0.0955, 0.0552, 0.0454, 0.0353, 0.0207], abs=5e-5
    )


def test_many_voters_are_counted_exactly() -> None:
    """Too many to enumerate: indices add up, the largest has more than its share of votes."""
    college = (54, 33, 32, 25, 23, 22, 21, 18, 15, 14, 13, 13, 12, 12, 11, 11, 11, 11, 10, 10, 10,
               9, 9, 8, 8, 8, 8, 8, 8, 7, 7, 7, 6, 6, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4, 4, 3, 3, 3,
               3, 3, 3, 3)  # fmt: skip
    game = Game(college, sum(college) // 2 + 1)
    phi = shapley_shubik(game)
    assert phi.sum() == pytest.approx(1, abs=1e-12)
    assert phi[0] > 54 / sum(college)  # the largest has more than its share of votes
    assert phi[-1] < 3 / sum(college)
    assert (np.diff(phi) <= 1e-15).all()


def pivots(game: Game) -> np.ndarray:
    """Shapley-Shubik by going through every order of voting."""
    n = len(game.weights)
    out = np.zeros(n)
    orders = list(permutations(range(n)))
    for order in orders:
        total: float = 0
        for s, i in enumerate(order):
            total += game.weights[i]
            if total >= game.quota and s + 1 >= game.states:
                out[i] += 1
                break
    return out / len(orders)


def swings(game: Game) -> np.ndarray:
    """Absolute Banzhaf by going through every coalition."""
    n = len(game.weights)
    out = np.zeros(n)
    for i in range(n):
        rest = [k for k in range(n) if k != i]
        for s in range(n):
            for group in combinations(rest, s):
                x = sum(game.weights[k] for k in group)
                loses = not (x >= game.quota and s >= game.states)
                wins = x + game.weights[i] >= game.quota and s + 1 >= game.states
                out[i] += loses and wins
    return out / 2 ** (n - 1)


@st.composite
def games(draw: st.DrawFn, most: int = 6) -> Game:
    w = tuple(draw(st.lists(st.integers(0, 9), min_size=2, max_size=most).filter(sum)))
    return Game(w, draw(st.integers(1, sum(w))), draw(st.integers(0, len(w))))


@given(games())
def test_counting_and_enumerating_agree_with_the_definitions(game: Game) -> None:
    counted, enumerated = voting_power._counted(game), voting_power._enumerated(game)
    assert (counted == enumerated).all()
    assert banzhaf(game) == pytest.approx(swings(game))
    assert shapley_shubik(game) == pytest.approx(pivots(game))


@given(games(12))
def test_power_is_divided_and_follows_weight(game: Game) -> None:
    phi = shapley_shubik(game)
    assert phi.sum() == pytest.approx(1)
    order = np.argsort(game.weights, kind="stable")
    assert (np.diff(phi[order]) >= -1e-12).all()
    assert (np.diff(banzhaf(game)[order]) >= -1e-12).all()


@given(games(8))
def test_more_than_the_quota_of_states_matters_only_if_it_binds(game: Game) -> None:
    """A second majority of one state changes nothing; one of all gives everybody a veto."""
    once = Game(game.weights, game.quota, 1)
    assert banzhaf(once) == pytest.approx(banzhaf(Game(game.weights, game.quota)))
    veto = Game(game.weights, game.quota, len(game.weights))
    assert shapley_shubik(veto) == pytest.approx(1 / len(game.weights))


def test_fractions_are_counted_and_too_many_units_of_them_refused() -> None:
    assert shapley_shubik(Game((0.5, 0.3, 0.2), 0.5)) == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    halves = Game((0.5,) * 30, 8)
    assert banzhaf(halves) == pytest.approx(banzhaf(Game((1,) * 30, 16)))
    with pytest.raises(EngineError, match="cannot be counted"):
        banzhaf(Game((*(0.5,) * 30, 0.0000001), 8))


@pytest.mark.parametrize(
    ("w", "q"),
    [
        ((23.8, 6.6, 25.2), 55.6),
        ((2.8, 18.4, 29.9), 51.1),
        ((0.1, 13.3, 13.5, 9.2, 12.0), 48.1),
        ((0.1, 0.2), 0.3),
        ((0.1,) * 10, 1.0),
        ((1e-9, 2e-9, 3e-9), 6e-9),
        ((0.1, 0.2), 0.1 + 0.2),
        ((0.1,) * 3, sum((0.1,) * 3)),
        ((1 / 3,) * 3, 1.0),
        ((0.7, 0.1, 0.3), 1.0999999999999999),
    ],
)
def test_where_all_have_to_agree_all_have_the_same(w: tuple[float, ...], q: float) -> None:
    assert shapley_shubik(Game(w, q)) == pytest.approx(1 / len(w), abs=1e-15)
    assert banzhaf_normalised(Game(w, q)) == pytest.approx(1 / len(w), abs=1e-15)


def test_a_quota_as_it_is_written_is_met_and_one_above_is_not() -> None:
    # 0.1 + 0.2 is 0.30000000000000004 in floating point, and 0.3 as it is written
    assert shapley_shubik(Game((0.1, 0.2, 0.3), 0.3)).tolist() == pytest.approx(
        [1 / 6, 1 / 6, 2 / 3]
    )
    assert shapley_shubik(Game((0.1, 0.2, 0.3), 0.30001)).tolist() == pytest.approx(
        [1 / 6, 1 / 6, 2 / 3]
    )
    assert banzhaf(Game((0.1, 0.2, 0.3), 0.3)).tolist() == [0.25, 0.25, 0.75]
    assert banzhaf(Game((0.1, 0.2, 0.3), 0.30001)).tolist() == [0.25, 0.25, 0.75]
    with pytest.raises(EngineError, match=r"a quota of 55\.60001 of 55\.6 "):
        Game((23.8, 6.6, 25.2), 55.60001)
    with pytest.raises(EngineError):
        Game((1e15, 1.0), 1e15 + 2)


tenths = st.integers(0, 400).map(lambda k: k / 10)


@st.composite
def decimal_games(draw: st.DrawFn) -> tuple[tuple[float, ...], float, int]:
    """Weights and a quota with one decimal: the quota is mostly what some coalition has."""
    w = tuple(draw(st.lists(tenths, min_size=2, max_size=6).filter(any)))
    some = draw(st.lists(st.booleans(), min_size=len(w), max_size=len(w)))
    tenfold = sum(round(10 * x) for x, held in zip(w, some, strict=True) if held)
    quota = tenfold or draw(st.integers(1, sum(round(10 * x) for x in w)))
    return w, quota / 10, draw(st.integers(0, len(w)))


@given(decimal_games())
def test_decimals_are_what_they_are_in_tenths(game: tuple[tuple[float, ...], float, int]) -> None:
    w, q, k = game
    exact = tuple(Fraction(round(10 * x), 10) for x in w)
    plain = Game(exact, Fraction(round(10 * q), 10), k)
    assert banzhaf(Game(w, q, k)) == pytest.approx(swings(plain), abs=1e-15)
    assert shapley_shubik(Game(w, q, k)) == pytest.approx(pivots(plain), abs=1e-12)
    in_tenths = Game(tuple(round(10 * x) for x in w), round(10 * q), k)
    assert (Game(w, q, k).swings == in_tenths.swings).all()


def test_weights_of_very_different_size_are_told_apart() -> None:
    assert banzhaf(Game((1e15, 1.0), 1e15 + 1)).tolist() == [0.5, 0.5]
    assert banzhaf(Game((1e15, 1.0), 1e15)).tolist() == [1.0, 0.0]
    assert banzhaf(Game((1e300, 1e-300), 1e300)).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("w", "q"),
    [
        ((1, 1), 3),
        ((1, 1), 0),
        ((), 1),
        ((1, -1), 1),
        ((1, 1), float("nan")),
        ((1, 1), -1),
        ((1, float("inf")), 1),
        ((0, 0), 0),
        ((1, 1), float("inf")),
    ],
)
def test_what_is_no_vote_is_refused(w: tuple[float, ...], q: float) -> None:
    with pytest.raises(EngineError):
        Game(w, q)


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=40))
def test_parts_are_near_the_weights(w: list[float]) -> None:
    parts = np.array(in_parts(w, 1000))
    assert abs(parts - 1000 * np.array(w) / sum(w)).max() <= 0.5 + 1e-9
