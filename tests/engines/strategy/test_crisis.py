"""The crisis game: published equilibria, none missed, and agreement with 40 digits."""

from __future__ import annotations

import itertools
from dataclasses import replace

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from crisis_games import excess, random_games, sanctions
from multipolar.engines.strategy import roots
from multipolar.engines.strategy.crisis import (
    UTILITIES,
    Payoffs,
    concession_given_challenge,
    equilibria,
    example,
    log_probabilities,
    outcome_probabilities,
    select,
)
from multipolar.engines.strategy.data import published
from multipolar.engines.strategy.tails import masses
from multipolar.errors import EngineError
from multipolar.world import World


def made(games: np.ndarray) -> Payoffs:
    return Payoffs.of(**dict(zip(UTILITIES, games.T, strict=True)))


def test_the_worked_example_has_its_three_equilibria() -> None:
    found = equilibria(example())
    np.testing.assert_allclose(found.resist, [0.2964518, 0.4724232, 0.8740314], atol=1e-7)
    assert found.counts.tolist() == [3]
    np.testing.assert_allclose(concession_given_challenge(found), 1 - found.resist, atol=1e-15)


def test_the_equilibria_solve_the_published_equations() -> None:
    """With Phi2 by scipy and the best response as printed."""
    p, found = example(), equilibria(example())
    for j, resist in enumerate(found.resist):
        c = (p.sq_a[0] - (1 - resist) * p.concede_a[0]) / resist
        challenge = 1 - ndtr(c - p.war_a[0]) * ndtr(c - p.back_a[0])
        rho = 1 / np.sqrt(2)
        both = multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf(
            [(p.war_a[0] - p.back_a[0]) * rho, p.war_a[0] - c]
        )
        fight = both / challenge
        again = ndtr((fight * p.war_b[0] + (1 - fight) * p.resist_b[0] - p.back_b[0]) / fight)
        assert challenge == pytest.approx(found.challenge[j], abs=1e-8)
        assert fight == pytest.approx(found.fight[j], abs=1e-6)
        assert again == pytest.approx(resist, abs=1e-5)


def test_every_game_has_an_odd_number_of_equilibria() -> None:
    found = equilibria(made(random_games(10_000, seed=11)))
    assert (found.counts % 2 == 1).all()
    assert found.corner.any() and not found.corner.all()
    assert (found.counts > 1).sum() > 20
    assert np.isneginf(found.z).any()  # corners at which nobody challenges
    assert found.residual.max() < 1e-10
    assert (np.diff(found.game) >= 0).all()
    same = np.diff(found.game) == 0
    assert (found.z[1:][same] > found.z[:-1][same]).all()


@njit
def scan(z: np.ndarray, game: np.ndarray) -> np.ndarray:
    return np.array([roots.best(v, game) for v in z])


def test_a_fine_scan_finds_no_other_equilibrium() -> None:
    """Signs on a grid fine where T bends; a pair closer than its step could escape it."""
    rng = np.random.default_rng(5)
    near = example().games + 0.15 * rng.normal(size=(60, 7))
    games = np.concatenate([near, random_games(60, seed=12)])
    found = equilibria(made(games))
    z = np.concatenate([np.linspace(-37.5, -8, 2000), np.linspace(-8, 9, 8001)[1:]])
    for i, game in enumerate(games):
        above = scan(z, game) > z
        at = np.flatnonzero(above[1:] != above[:-1])
        inner = found.z[(found.game == i) & (found.z > z[0]) & (found.z < z[-1])]
        assert len(inner) == len(at)
        assert ((inner >= z[at] - 1e-12) & (inner <= z[at + 1] + 1e-12)).all()


def test_equilibria_agree_with_arithmetic_of_40_digits() -> None:
    """The excess changes sign within 1e-8 of each interior equilibrium."""
    games = random_games(60, seed=21)
    found = equilibria(made(games))
    inner = np.flatnonzero(np.abs(found.z) < 8)
    with mp.workdps(40):
        for j in inner[:8]:
            game, z = games[found.game[j]], mp.mpf(float(found.z[j]))
            assert excess(z - mp.mpf("1e-8"), game) * excess(z + mp.mpf("1e-8"), game) < 0


def test_masses_add_up_and_mirror() -> None:
    for c, war, back in itertools.product([-40.0, -2.0, 0.3, 5.0, 60.0], [-3, 0, 9], [-3, 0.5, 7]):
        firm, down, either, odds = masses(c, float(war), float(back))
        assert np.logaddexp(firm, down) == pytest.approx(either, rel=1e-12, abs=1e-15)
        assert down - firm == pytest.approx(odds, rel=1e-12, abs=1e-9)
        other = masses(c, float(back), float(war))
        assert other[:2] == pytest.approx((down, firm), rel=1e-13)


def test_masses_far_below_are_those_without_a_threshold() -> None:
    firm = masses(-90.0, -1.9, -1.2)[0]
    assert firm == pytest.approx(np.log(ndtr((-1.9 + 1.2) / np.sqrt(2))), rel=1e-14)


def test_rare_challenges_keep_their_digits() -> None:
    """P(challenge) is q1 + q2 - q1 q2 of the tails; one minus a product would be zero here."""
    found = equilibria(Payoffs.of(sq_a=6, concede_a=6, war_a=-3, back_a=-4, war_b=0.5))
    q1, q2 = ndtr(-9.0), ndtr(-10.0)
    assert found.challenge[0] == pytest.approx(q1 + q2 - q1 * q2, rel=1e-12)
    assert 1 - ndtr(9.0) * ndtr(10.0) == 0.0


def test_a_corner_where_nobody_challenges() -> None:
    """A prefers the status quo, would back down, and B would then rather concede: p = 0 holds."""
    found = equilibria(Payoffs.of(1.0, 0.0, 0.0, -2.0, 1.0, -1.0, -1.0))
    assert np.isneginf(found.z[0]) and found.corner[0] and found.resist[0] == 0
    assert outcome_probabilities(found)[0].tolist() == [1, 0, 0, 0]
    assert concession_given_challenge(found)[0] == 1


def test_a_corner_where_the_target_is_sure_to_resist() -> None:
    found = equilibria(Payoffs.of(concede_a=1, war_a=-2, back_a=-2, war_b=20))
    assert found.z[0] > 9 and found.corner[0] and found.resist[0] == 1
    assert found.residual[0] < 1e-12


shock = st.floats(-6, 6)


@settings(max_examples=80, deadline=None)
@given(st.lists(shock, min_size=7, max_size=7), shock, shock)
def test_only_differences_matter(values: list[float], a: float, b: float) -> None:
    """A constant on all of A's payoffs, or on all of B's, changes nothing."""
    game = np.array(values)
    moved = game + np.array([a, a, b, a, b, a, b])
    one, two = equilibria(made(game[None])), equilibria(made(moved[None]))
    if len(one.z) == len(two.z):  # rounding may close or open a pair that is about to vanish
        safe = np.isfinite(one.z)
        steep = [abs(1 - roots.with_slope(z, game)[1]) for z in one.z[safe]]
        apart = np.abs(one.z[safe] - two.z[safe])
        assert (apart * np.minimum(1, steep) <= 1e-5).all()
    assert len(one.z) % 2 == len(two.z) % 2 == 1


@settings(max_examples=100, deadline=None)
@given(st.lists(shock, min_size=7, max_size=7))
def test_probabilities_are_probabilities(values: list[float]) -> None:
    payoffs = made(np.array([values]))
    found = equilibria(payoffs)
    four = outcome_probabilities(found)
    assert (four >= 0).all()
    np.testing.assert_allclose(four.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(np.exp(log_probabilities(found, payoffs)), four, atol=1e-12)


def test_more_to_gain_by_conceding_lowers_resistance() -> None:
    """At the least and at the largest equilibrium, as for any game with ordered responses."""
    base = Payoffs.of(concede_a=1, war_a=-1.9, war_b=-2.8, back_a=-1.2, resist_b=1)
    steps = np.linspace(-1, 1, 41)
    found = equilibria(
        Payoffs.of(**{u: getattr(base, u) for u in UTILITIES if u != "back_b"}, back_b=steps)
    )
    for rule in ("lowest", "highest"):
        kept = select(found, base, rule)
        assert kept.game.tolist() == list(range(41))
        assert (np.diff(kept.resist) <= 1e-12).all()


def test_the_likeliest_equilibrium_is_kept() -> None:
    payoffs, found = example(), equilibria(example())
    four = outcome_probabilities(found)
    for j in range(3):
        kept = select(found, payoffs, "likelihood", 1000 * four[[j]])
        assert kept.z.tolist() == [found.z[j]]


def test_published_totals() -> None:
    estimates = published(World.load())
    data = sanctions(estimates)
    payoffs = data.payoffs(estimates.values)
    found = equilibria(payoffs)
    assert found.counts.tolist() == [1] * 418
    kept = select(found, payoffs, "likelihood", data.counts)
    totals = (outcome_probabilities(kept) * data.counts.sum(axis=1)[:, None]).sum(axis=0)
    np.testing.assert_allclose(totals, [49070.9, 144.6, 348.0, 140.5], atol=0.1)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda: Payoffs.of(sq_a=[1, 2], war_a=[1, 2, 3]), "different lengths"),
        (lambda: Payoffs.of(sq_a=np.nan), "sq_a is not a number"),
        (lambda: Payoffs.of(war_b=[[1.0]]), "more than one dimension"),
        (lambda: select(equilibria(example()), example(), "high"), "no rule"),
        (lambda: select(equilibria(example()), example(), "likelihood"), "four outcomes a game"),
    ],
)
def test_what_is_refused(broken, words: str) -> None:
    with pytest.raises(EngineError, match=words):
        broken()


def test_payoffs_broadcast_and_keep_their_order() -> None:
    payoffs = Payoffs.of(0, 1, 2, 3, 4, 5, [6, 7])
    assert payoffs.games.tolist() == [[0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5, 7]]
    assert replace(payoffs, sq_a=payoffs.sq_a + 1).games[0, 0] == 1
