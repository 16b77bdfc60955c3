"""The Shapley value and the nucleolus: published games, axioms, and a proof of each optimum."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from multipolar.errors import EngineError
from multipolar.numerics.cooperative import (
    Floats,
    gains,
    nucleolus,
    sampled_shapley,
    shapley,
)

few = settings(max_examples=40, deadline=None, derandomize=True)
many = settings(max_examples=150, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)


def tabulate(n: int, worth: Callable[[frozenset[int]], float]) -> Floats:
    """Values by bitmask of a game given as a function of sets."""
    return np.array([float(worth(members(S, n))) for S in range(2**n)])


def members(S: int, n: int) -> frozenset[int]:
    return frozenset(i for i in range(n) if S >> i & 1)


def excesses(values: Floats, x: Floats) -> Floats:
    """Excess of every coalition but nobody and everybody."""
    n = len(x)
    return np.array([values[S] - sum(x[i] for i in members(S, n)) for S in range(1, 2**n - 1)])


@st.composite
def games(draw: st.DrawFn, least: int = 2, most: int = 5, low: int = -4, high: int = 8) -> Floats:
    """Small whole numbers, so that many coalitions tie."""
    n = draw(st.integers(least, most))
    size = 2**n - 1
    return np.array([0.0, *draw(st.lists(st.integers(low, high), min_size=size, max_size=size))])


@st.composite
def essential_games(draw: st.DrawFn, most: int = 5) -> Floats:
    """Games with imputations: the whole is worth at least what the players have alone."""
    values = draw(games(most=most))
    n = len(values).bit_length() - 1
    values[-1] = values[1 << np.arange(n)].sum() + draw(st.integers(1, 12))
    return values


# -- the network of shared/methods/bargaining.md, section 4 -----------------------------------------

R, U, B, G = range(4)
BASE = [({R, U}, 95, 140), ({R, B}, 85, 33)]  # who must be in, cost in $/kcm, capacity in bcm
# The readings that give the table's numbers, all of them. The bypass of U needs R and B, not U. It
# is a second route of 28 bcm beside B's 33, at 85 + 45, so that its annuity is in the 45. The
# unbuilt Baltic line costs 80 + 60 per kcm that flows: an annuity on use, not on capacity.
BYPASS = ({R, B}, 85 + 45, 28)
OPTION = ({R}, 80 + 60, 55)
BUILT = ({R}, 80, 55)
Route = tuple[set[int], int, int]


def market(routes: Iterable[Route], players: int) -> Floats:
    """Merit order: the cheapest open route flows first, until what it earns is not worth its cost.

    Without the buyer the last unit earns marginal revenue, 300 - 2.4 Q; with the buyer at the table
    it is worth the price, 300 - 1.2 Q, and nothing is sold without him.
    """
    slope, buyer = (2.4, set[int]()) if players == 3 else (1.2, {G})

    def worth(S: frozenset[int]) -> float:
        sold = surplus = 0.0
        for cost, capacity in sorted((c, k) for need, c, k in routes if need | buyer <= S):
            flow = min(capacity, max(0.0, (300 - cost) / slope - sold))
            last = 300 - slope * sold - cost
            surplus += flow * (last - slope * flow / 2)
            sold += flow
        return surplus

    return tabulate(players, worth)


@pytest.mark.parametrize(
    ("routes", "players", "total", "value", "kernel"),
    [
        (BASE, 3, 9085.2, [5452.3, 2558.2, 1074.7], [7271.7, 1648.5, 165.0]),
        ([*BASE, BYPASS], 3, 9085.2, [5719.2, 2024.3, 1341.6], [8072.5, 847.7, 165.0]),
        ([*BASE, OPTION], 3, 9085.2, [7402.3, 1243.2, 439.7], [7951.8, 968.4, 165.0]),
        ([*BASE, BUILT], 3, 9902.2, [9371.1, 185.0, 346.0], [9741.2, 0, 161.0]),
        (BASE, 4, 17840.4, [6408.6, 4261.4, 761.9, 6408.6], [5845.4, 5699.4, 450.2, 5845.4]),
        (
            [*BASE, BUILT],
            4,
            18665.4,
            [8263.8, 1700.1, 437.8, 8263.8],
            [8221.0, 2058.4, 165.0, 8221.0],
        ),
    ],
    ids=["base", "bypass", "option", "built", "buyer", "buyer-built"],
)
def test_small_network(
    routes: list[Route], players: int, total: float, value: list[float], kernel: list[float]
) -> None:
    game = market(routes, players)
    assert game[-1] == pytest.approx(total, abs=0.051)
    assert shapley(game) == pytest.approx(value, abs=0.051)
    assert nucleolus(game) == pytest.approx(kernel, abs=0.051)


# -- published games --------------------------------------------------------------------------------


def test_gloves() -> None:
    """Shapley & Shubik (1969): the scarce side has the whole core, not the whole value."""
    one_left = tabulate(3, lambda S: min(len(S & {0}), len(S & {1, 2})))
    assert shapley(one_left) == pytest.approx([2 / 3, 1 / 6, 1 / 6], rel=1e-12)
    assert nucleolus(one_left) == pytest.approx([1, 0, 0], abs=1e-9)
    two_left = tabulate(5, lambda S: min(len(S & {0, 1}), len(S & {2, 3, 4})))
    assert shapley(two_left) == pytest.approx([0.65] * 2 + [0.7 / 3] * 3, rel=1e-12)
    assert nucleolus(two_left) == pytest.approx([1, 1, 0, 0, 0], abs=1e-9)


def test_airport() -> None:
    """Littlechild & Owen (1973) and Littlechild (1974): a runway for the largest aircraft.

    Each section is shared equally by its users; the nucleolus solves 12 / 2 = 6 (less than 20 / 3),
    then (20 - 6) / 2 = 7, and leaves 30 - 13 = 17.
    """
    cost = [12, 20, 30]
    runway = tabulate(3, lambda S: -max((cost[i] for i in S), default=0))
    assert -shapley(runway) == pytest.approx([12 / 3, 12 / 3 + 8 / 2, 12 / 3 + 8 / 2 + 10])
    assert -nucleolus(runway) == pytest.approx([6, 7, 17])


@pytest.mark.parametrize("weights", [[1, 1, 1], [2, 1, 1, 1], [3, 2, 2, 1, 1], [4, 1, 1, 1, 1, 1]])
def test_majority_nucleolus_is_the_weights(weights: list[int]) -> None:
    """Peleg (1968): so it is in constant-sum homogeneous weighted majority games."""
    total = sum(weights)
    game = tabulate(len(weights), lambda S: 2 * sum(weights[i] for i in S) > total)
    assert nucleolus(game) == pytest.approx(np.array(weights) / total, abs=1e-9)


def test_majority_shapley() -> None:
    """Shapley & Shubik (1954): 51 of 50-49-1, an apex of four, the Security Council of 15."""
    held = [50, 49, 1]
    assert shapley(tabulate(3, lambda S: sum(held[i] for i in S) >= 51)) == pytest.approx(
        [2 / 3, 1 / 6, 1 / 6]
    )
    apex = tabulate(4, lambda S: len(S) >= 2 if 0 in S else len(S) == 3)
    assert shapley(apex) == pytest.approx([1 / 2] + [1 / 6] * 3)
    permanent = frozenset(range(5))
    council = tabulate(15, lambda S: permanent <= S and len(S) >= 9)
    assert shapley(council) == pytest.approx([421 / 2145] * 5 + [4 / 2145] * 10)


@pytest.mark.parametrize("need", [{0}, {1, 3}, {0, 2, 3}, {0, 1, 2, 3}])
def test_unanimity(need: set[int]) -> None:
    """Those who are needed share equally; the others are dummies."""
    game = tabulate(4, lambda S: 8 * (need <= S))
    equal = [8 / len(need) if i in need else 0 for i in range(4)]
    assert shapley(game) == pytest.approx(equal, abs=1e-12)
    assert nucleolus(game) == pytest.approx(equal, abs=1e-9)


def bankruptcy(estate: float, claims: list[float]) -> Floats:
    """A coalition is sure of what is left when the others have had their claims."""
    total = sum(claims)
    return tabulate(len(claims), lambda S: max(0.0, estate - (total - sum(claims[i] for i in S))))


@pytest.mark.parametrize(
    ("estate", "expected"),
    [(100, [100 / 3] * 3), (200, [50, 75, 75]), (300, [50, 100, 150])],
)
def test_talmud(estate: float, expected: list[float]) -> None:
    """Aumann & Maschler (1985), doi:10.1016/0022-0531(85)90102-4: Kethubot 93a."""
    assert nucleolus(bankruptcy(estate, [100, 200, 300])) == pytest.approx(expected, rel=1e-8)


def contested_garment(estate: float, claims: list[float]) -> Floats:
    """Aumann & Maschler's rule: equal awards up to half the claims, then equal losses."""
    halves = sorted(c / 2 for c in claims)
    short = min(estate, sum(claims) - estate)
    left, level, people = short, 0.0, len(halves)
    for half in halves:
        step = min(half - level, left / people)
        level, left, people = level + step, left - step * people, people - 1
        if left <= 0:
            break
    part = np.minimum(level, np.array(claims) / 2)
    return part if short == estate else np.array(claims) - part


claims = st.lists(st.integers(1, 40), min_size=2, max_size=7)


@given(claims, st.floats(0.01, 0.99))
@few
def test_bankruptcy_nucleolus_is_the_contested_garment(owed: list[float], part: float) -> None:
    """Aumann & Maschler (1985), theorem D."""
    estate = part * sum(owed)
    expected = contested_garment(estate, owed)
    assert nucleolus(bankruptcy(estate, owed)) == pytest.approx(expected, rel=1e-7)


@given(claims, st.floats(0.1, 0.9), seeds)
@few
def test_small_gains_beside_large_values(owed: list[float], part: float, seed: int) -> None:
    """A link worth 1.5 in an economy of thousands is divided as exactly as alone."""
    estate = part * sum(owed)
    small = bankruptcy(estate, owed) * 1.5 / estate
    alone = np.random.default_rng(seed).uniform(0, 3000, len(owed))
    large = small + tabulate(len(owed), lambda S: sum(alone[i] for i in S))
    expected = contested_garment(estate, owed) * 1.5 / estate - small[1 << np.arange(len(owed))]
    assert gains(large, nucleolus(large)) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_small_game_beside_a_large_one() -> None:
    """Two pairs that have nothing to do with each other: 1500 in one, 1.5 in the other."""
    pairs = tabulate(4, lambda S: 1500.0 * ({0, 1} <= S) + 1.5 * ({2, 3} <= S))
    for solve in (shapley, nucleolus):
        assert solve(pairs) == pytest.approx([750, 750, 0.75, 0.75], rel=1e-9)


# -- axioms of the Shapley value --------------------------------------------------------------------


@given(games(most=6))
@few
def test_shapley_is_efficient(v: Floats) -> None:
    assert shapley(v).sum() == pytest.approx(v[-1], abs=1e-9)


@given(seeds, st.integers(2, 6), st.data())
@few
def test_shapley_treats_equals_equally(seed: int, n: int, data: st.DataObject) -> None:
    """If i and j can stand in for each other they get the same; renaming players renames shares."""
    i, j = data.draw(st.permutations(range(n)))[:2]
    worth = np.random.default_rng(seed).normal(size=(2**n, 3))
    others = frozenset(range(n)) - {i, j}

    def bits(S: Iterable[int]) -> int:
        return sum(1 << p for p in S)

    v = tabulate(n, lambda S: worth[bits(S & others), len(S & {i, j})] if S else 0)
    phi = shapley(v)
    assert phi[i] == pytest.approx(phi[j], abs=1e-9)
    assert nucleolus(v)[i] == pytest.approx(nucleolus(v)[j], abs=1e-7)
    new = data.draw(st.permutations(range(n)))
    u = worth[:, 0] - worth[0, 0]
    renamed = tabulate(n, lambda S: u[bits(new[p] for p in S)])
    assert shapley(renamed) == pytest.approx(shapley(u)[new], abs=1e-9)
    assert nucleolus(renamed) == pytest.approx(nucleolus(u)[new], abs=1e-6)


@given(games(most=5), st.integers(0, 5), st.integers(-3, 3))
@few
def test_a_dummy_gets_what_it_has_alone(v: Floats, place: int, alone: int) -> None:
    n = len(v).bit_length() - 1
    place = min(place, n)
    low = (1 << place) - 1

    def worth(S: frozenset[int]) -> float:
        mask = sum(1 << i for i in S)
        return float(v[mask & low | mask >> place + 1 << place] + alone * (place in S))

    phi = shapley(tabulate(n + 1, worth))
    assert phi[place] == pytest.approx(alone, abs=1e-9)
    assert np.delete(phi, place) == pytest.approx(shapley(v), abs=1e-9)


@given(seeds, st.integers(1, 7), st.floats(-3, 3))
@few
def test_shapley_is_additive(seed: int, n: int, factor: float) -> None:
    v, w = np.random.default_rng(seed).normal(size=(2, 2**n))
    v[0] = w[0] = 0
    assert shapley(v + factor * w) == pytest.approx(shapley(v) + factor * shapley(w), abs=1e-9)


@given(games(least=2, most=6))
@few
def test_balanced_contributions(v: Floats) -> None:
    """Myerson (1980), doi:10.1007/BF01781371: each would lose as much if the other left."""
    n = len(v).bit_length() - 1
    masks = np.arange(2**n)
    phi = shapley(v)
    loss = np.zeros((n, n))
    for j in range(n):
        rest = np.delete(np.arange(n), j)
        loss[rest, j] = phi[rest] - shapley(v[masks[(masks >> j & 1) == 0]])
    assert loss == pytest.approx(loss.T, abs=1e-9)


# -- the nucleolus ----------------------------------------------------------------------------------


def unbalanced(v: Floats, x: Floats, floored: bool) -> float:
    """Kohlberg (1971), doi:10.1137/0120009: 0 if and only if x is the (pre)nucleolus.

    At every level of excess, no transfer y with y(N) = 0 that lowers no coalition at or above that
    level (nor anybody at the floor) may raise one of them. Returns the largest sum of raises.
    """
    n = len(x)
    e = excesses(v, x)
    rows = np.array([[S >> i & 1 for i in range(n)] for S in range(1, 2**n - 1)], float)
    close = 1e-6 * max(1.0, abs(e).max())
    floors = np.eye(n)[x - v[1 << np.arange(n)] < close] if floored else np.zeros((0, n))
    largest = 0.0
    for level in e:
        above = rows[e >= level - close]
        kept = np.vstack([above, floors])
        found = linprog(
            -above.sum(axis=0),
            A_ub=-kept,
            b_ub=np.zeros(len(kept)),
            A_eq=np.ones((1, n)),
            b_eq=[0.0],
            bounds=[(-1, 1)] * n,
        )
        assert found.fun is not None
        largest = max(largest, -found.fun)
    return largest


def test_kohlberg_sees_a_wrong_division() -> None:
    v = bankruptcy(200, [100, 200, 300])
    assert unbalanced(v, np.array([50.0, 75, 75]), True) == pytest.approx(0, abs=1e-7)
    assert unbalanced(v, np.array([50.0, 74, 76]), True) > 0.1
    assert unbalanced(v, np.array([200 / 3] * 3), True) > 0.1


@given(essential_games())
@many
def test_nucleolus_is_proven(v: Floats) -> None:
    """Efficient, individually rational, and balanced at every level of excess."""
    x = nucleolus(v)
    assert x.sum() == pytest.approx(v[-1], abs=1e-9)
    assert (gains(v, x) >= -1e-9).all()
    assert unbalanced(v, x, floored=True) == pytest.approx(0, abs=1e-6)


@given(games())
@many
def test_prenucleolus_is_proven(v: Floats) -> None:
    """Without imputations there are no floors."""
    n = len(v).bit_length() - 1
    v[-1] = min(v[-1], v[1 << np.arange(n)].sum() - 1)
    x = nucleolus(v)
    assert x.sum() == pytest.approx(v[-1], abs=1e-9)
    assert unbalanced(v, x, floored=False) == pytest.approx(0, abs=1e-6)


def test_floors_bind() -> None:
    """Two who are worth more without the third would leave it less than it has alone."""
    v = np.array([0, 0, 0, 10, 0, 0, 0, 4.0])  # only {0, 1} does well
    assert nucleolus(v) == pytest.approx([2, 2, 0], abs=1e-9)
    v[-1] = -1  # no imputations: now the third may be charged
    x = nucleolus(v)
    assert x[2] < -1 and x[0] == pytest.approx(x[1]) and x.sum() == pytest.approx(-1)


def test_no_joint_gains() -> None:
    """Then there is one imputation, whatever the others say, and rounding does not change it."""
    alone = np.array([0.1, 0.2, 1000.3])
    v = tabulate(3, lambda S: sum(alone[i] for i in S))
    v[3] = 50
    for noise in (-1e-9, 0, 1e-9):
        v[-1] = alone.sum() + noise
        assert nucleolus(v) == pytest.approx(alone, abs=1e-8)


@given(seeds, st.integers(2, 6), st.floats(0, 0.9))
@few
def test_nucleolus_is_in_the_core(seed: int, n: int, ties: float) -> None:
    """Wherever there is one: here a division exists that no coalition can improve on."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 3, n)
    slack = rng.uniform(0, 2, 2**n) * (rng.random(2**n) > ties)
    slack[[0, -1]] = 0
    v = tabulate(n, lambda S: sum(x[i] for i in S)) - slack
    assert excesses(v, nucleolus(v)).max() <= 1e-8


@given(essential_games(), seeds, st.integers(-12, 12))
@few
def test_nucleolus_is_covariant(v: Floats, seed: int, digits: int) -> None:
    """Other units and other stand-alone values leave the bargain as it is."""
    scale = 10.0**digits
    n = len(v).bit_length() - 1
    shift = scale * np.random.default_rng(seed).uniform(-1000, 1000, n)
    moved = scale * v + tabulate(n, lambda S: sum(shift[i] for i in S))
    assert (nucleolus(moved) - shift) / scale == pytest.approx(nucleolus(v), abs=1e-6)


@given(essential_games(), seeds)
@few
def test_no_imputation_is_lexicographically_better(v: Floats, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = nucleolus(v)
    alone = v[1 << np.arange(len(x))]
    best = np.sort(excesses(v, x))[::-1]
    far = alone + rng.dirichlet(np.ones(len(x)), 40) * (v[-1] - alone.sum())
    for other in np.concatenate([far, x + 0.01 * (far - x)]):
        theirs = np.sort(excesses(v, other))[::-1]
        differs = np.flatnonzero(abs(theirs - best) > 1e-7)
        assert not len(differs) or theirs[differs[0]] > best[differs[0]]


@pytest.mark.parametrize("n", [7, 8])
def test_larger_nucleolus_is_proven(n: int) -> None:
    rng = np.random.default_rng(n)
    v = rng.integers(0, 6, 2**n).astype(float)
    v[0], v[-1] = 0, 8 * n
    assert unbalanced(v, nucleolus(v), floored=True) == pytest.approx(0, abs=1e-6)


# -- sampling ---------------------------------------------------------------------------------------


class Asked:
    """A game that remembers what it was asked."""

    def __init__(self, values: Floats) -> None:
        self.values, self.coalitions = values, list[int]()

    def __call__(self, coalitions: list[int]) -> Floats:
        self.coalitions += coalitions
        return np.asarray(self.values[coalitions])


def noisy(n: int, seed: int) -> Floats:
    """Increasing returns with noise: neither symmetric nor additive."""
    rng = np.random.default_rng(seed)
    weight = rng.uniform(0, 1, n)
    v = tabulate(n, lambda S: sum(weight[i] for i in S) ** 2) + rng.normal(0, 0.3, 2**n)
    v[0] = 0
    return np.asarray(v)


def test_sampling_covers_the_value() -> None:
    """Standard errors mean what they say, over seeds."""
    v = noisy(8, 0)
    exact = shapley(v)
    runs = [sampled_shapley(Asked(v), 8, 120, seed) for seed in range(300)]
    z = np.array([(phi - exact) / error for phi, error in runs])
    assert abs(z).max() < 6
    assert 0.92 < (abs(z) < 1.96).mean() < 0.97
    assert abs(z.mean(axis=0)).max() < 4 / np.sqrt(300)  # unbiased
    phi, error = sampled_shapley(Asked(v), 8, 4000, seed=1)
    assert (abs(phi - exact) < 4 * error).all()
    assert error == pytest.approx(runs[0][1] * np.sqrt(120 / 4000), rel=0.3)


def test_standard_error_is_unbiased() -> None:
    """Even with two pairs its square is, on average, the variance of the estimate."""
    v = noisy(5, 2)
    runs = [sampled_shapley(Asked(v), 5, 4, seed) for seed in range(3000)]
    phi, error = (np.array(part) for part in zip(*runs, strict=True))
    assert (error**2).mean(axis=0) == pytest.approx(phi.var(axis=0), rel=0.1)


@given(seeds, st.integers(1, 8), st.integers(2, 40))
@few
def test_sampling_is_efficient_and_asks_once(seed: int, n: int, pairs: int) -> None:
    game = Asked(noisy(n, 1))
    phi, _ = sampled_shapley(game, n, 2 * pairs, seed)
    assert phi.sum() == pytest.approx(game.values[-1], abs=1e-11)
    assert len(game.coalitions) == len(set(game.coalitions))
    assert set(game.coalitions) <= set(range(1, 2**n))
    again, _ = sampled_shapley(game, n, 2 * pairs, np.random.default_rng(seed))
    assert again.tolist() == phi.tolist()


@given(seeds, st.integers(2, 8))
@few
def test_pairs_of_orders_are_exact_where_players_meet_in_twos(seed: int, n: int) -> None:
    """In an order or in its reverse, each joins after the other: half the joint gain, always."""
    joint = np.random.default_rng(seed).normal(size=(n, n))
    v = tabulate(n, lambda S: sum(joint[i, j] for i in S for j in S))
    phi, error = sampled_shapley(Asked(v), n, 4, seed)
    assert phi == pytest.approx(
        joint.diagonal() + (joint + joint.T - 2 * np.diag(joint.diagonal())).sum(axis=1) / 2
    )
    assert error == pytest.approx(np.zeros(n), abs=1e-9)


def test_sampling_many_players() -> None:
    """60 players with quadratic worth: no array of coalitions is made."""
    phi, _ = sampled_shapley(
        lambda S: np.array([float(s.bit_count() ** 2) for s in S]), 60, 10, seed=0
    )
    assert phi == pytest.approx([60.0] * 60)


# -- the rest ---------------------------------------------------------------------------------------


def test_gains() -> None:
    assert gains([0, 1, 5, 10], [3, 7]).tolist() == [2, 2]


@given(games(), st.sampled_from([shapley, nucleolus]))
@few
def test_the_game_is_not_changed(v: Floats, solve: Callable[[Floats], Floats]) -> None:
    before = v.copy()
    solve(v)
    assert (v == before).all()


@pytest.mark.parametrize("solve", [shapley, nucleolus, lambda v: gains(v, [0.0, 0.0])])
@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0, 1, 2], "3 values in 1 dimension.*2\\*\\*n"),
        ([0], "1 values"),
        ([], "0 values"),
        ([[0, 1], [2, 3]], "2 dimension"),
        ([1, 1, 2, 3], "empty coalition is worth 1.*Hint: subtract"),
        ([0, 1, np.nan, 3], "1 of 4 values are not finite, the first at position 2"),
        ([0, 1, 2, np.inf], "position 3"),
    ],
)
def test_not_a_game(solve: Callable[[object], Floats], values: object, text: str) -> None:
    with pytest.raises(EngineError, match=text):
        solve(values)


@pytest.mark.parametrize(
    ("n", "samples", "answer", "text"),
    [
        (0, 10, 1.0, "0 players"),
        (63, 10, 1.0, "63 players"),
        (3, 2, 1.0, "2 samples"),
        (3, 7, 1.0, "7 samples.*pairs"),
        (3, 10, np.nan, "not finite"),
    ],
)
def test_cannot_be_sampled(n: int, samples: int, answer: float, text: str) -> None:
    with pytest.raises(EngineError, match=text):
        sampled_shapley(lambda S: np.full(len(S), answer), n, samples, 0)


def test_wrong_number_of_answers() -> None:
    with pytest.raises(EngineError, match="shape \\(1,\\) where \\(7,\\)"):
        sampled_shapley(lambda S: np.zeros(1), 3, 100, 0)
    with pytest.raises(EngineError, match="shape \\(3,\\) where \\(2,\\)"):
        gains([0, 1, 2, 3], [1, 1, 1])
