"""Ideal points: the kernel against independent solutions, the estimator against known positions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr
from scipy.stats import norm

from multipolar.engines.alignment import kernel
from multipolar.engines.alignment.ballots import RollCalls
from multipolar.engines.alignment.ideal_points import (
    IdealPoints,
    Settings,
    estimate,
)
from multipolar.errors import DataError, NotConverged

Floats = NDArray[np.float64]


def cast(
    theta: Floats, items: int, seed: int, width: float = 0.4, slope: float = 1.5
) -> NDArray[np.int64]:
    """Votes 0, 1, 2 of members at theta on random items, shape (members, items)."""
    rng = np.random.default_rng(seed)
    beta, middle = rng.normal(0, slope, items), rng.normal(0, 1, items)
    z = beta * theta[:, None] + rng.normal(size=(theta.size, items))
    return np.where(z < middle - width, 0, np.where(z < middle + width, 1, 2))


def long(
    votes: NDArray[np.int64], period: int = 0, first_item: int = 0
) -> list[tuple[str, int, int, int]]:
    return [
        (f"m{i:02d}", period, first_item + j, int(votes[i, j]))
        for i in range(votes.shape[0])
        for j in range(votes.shape[1])
    ]


def calls(rows: list[tuple[str, int, int, int]]) -> RollCalls:
    member, period, item, vote = zip(*rows, strict=True)
    return RollCalls.build(member, period, item, vote)


# the kernel


def test_mills_ratio() -> None:
    x = np.concatenate([np.linspace(-45, 15, 60_001), [-20.0, -20.0001, 9.9999, 10.0]])
    exact = np.exp(norm.logpdf(x) - log_ndtr(x))
    found = np.array([kernel._mills(v) for v in x])
    assert np.abs(found - exact).max() < 1e-8 * 45
    assert np.abs(found / exact - 1)[x < 3].max() < 1e-7


@settings(deadline=None)  # the first example compiles
@given(st.floats(-6, 6), st.floats(0.02, 5))
def test_derivatives_of_an_abstention(b: float, width: float) -> None:
    a = b + width

    def log_mass(p: float, q: float) -> float:
        return float(np.log(ndtr(-q) - ndtr(-p) if q > 0 else ndtr(p) - ndtr(q)))

    h = 1e-4 * min(1.0, width)
    da, db, aa, bb, ab = kernel._between(a, b)
    assert da == pytest.approx(
        (log_mass(a + h, b) - log_mass(a - h, b)) / (2 * h), rel=1e-4, abs=1e-4
    )
    assert db == pytest.approx(
        (log_mass(a, b + h) - log_mass(a, b - h)) / (2 * h), rel=1e-4, abs=1e-4
    )
    one, two = kernel._between(a + h, b), kernel._between(a - h, b)
    assert aa == pytest.approx(-(one[0] - two[0]) / (2 * h), rel=1e-3, abs=1e-3)
    assert ab == pytest.approx(-(one[1] - two[1]) / (2 * h), rel=1e-3, abs=1e-3)
    three, four = kernel._between(a, b + h), kernel._between(a, b - h)
    assert bb == pytest.approx(-(three[1] - four[1]) / (2 * h), rel=1e-3, abs=1e-3)


def test_a_sliver_far_out_stays_finite() -> None:
    for b in (-60.0, 60.0):
        assert np.isfinite(kernel._between(b + 1e-9, b)).all()


def test_the_item_step_finds_the_posterior_mode_and_its_curvature() -> None:
    theta = np.linspace(-2, 2, 40)
    votes = cast(theta, 1, seed=3)[:, 0].astype(np.int8)
    assert len(set(votes)) == 3

    def objective(x: Floats) -> float:
        b, lo, hi = x
        if hi <= lo:
            return 1e6
        yes, no = log_ndtr(lo - b * theta), log_ndtr(b * theta - hi)
        abstain = np.log(ndtr(hi - b * theta) - ndtr(lo - b * theta))
        like = np.where(votes == 0, yes, np.where(votes == 1, abstain, no)).sum()
        # the flat prior on +-7 by its variance, 49/3; and the mode of the log width
        prior = -0.5 * b * b - 0.5 * 3 / 49 * (lo * lo + hi * hi) + np.log(hi - lo)
        return -float(like + prior)

    best = minimize(
        objective,
        [0.0, -0.5, 0.5],
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 9000},
    ).x
    beta, g1, g2 = np.zeros(1), np.array([-0.5]), np.array([0.5])
    for _ in range(60):
        C = np.zeros((1, 6))  # at the point itself, not over a distribution
        kernel.item_step(
            np.array([0, 40]),
            np.arange(40, dtype=np.int32),
            votes,
            theta,
            np.zeros(40),
            beta,
            g1,
            g2,
            C,
            np.inf,
            1,
        )
    assert [beta[0], g1[0], g2[0]] == pytest.approx(best, abs=1e-5)
    h, e = 1e-3, np.eye(3)
    curvature = np.array(
        [
            [
                (
                    objective(best + h * (e[i] + e[j]))
                    - objective(best + h * (e[i] - e[j]))
                    - objective(best - h * (e[i] - e[j]))
                    + objective(best - h * (e[i] + e[j]))
                )
                / (4 * h * h)
                for j in range(3)
            ]
            for i in range(3)
        ]
    )
    V = np.linalg.inv(curvature)
    expected = [V[0, 0], V[1, 1], V[2, 2], V[0, 1], V[0, 2], V[1, 2]]
    assert C[0] / kernel.DAMPING == pytest.approx(expected, rel=1e-3)


def test_an_item_nobody_abstained_on_keeps_a_width() -> None:
    theta = np.linspace(-2, 2, 40)
    votes = np.where(theta > 0.3, 2, 0).astype(np.int8)
    beta, g1, g2, C = np.zeros(1), np.array([-0.5]), np.array([0.5]), np.zeros((1, 6))
    for _ in range(200):
        kernel.item_step(
            np.array([0, 40]),
            np.arange(40, dtype=np.int32),
            votes,
            theta,
            np.zeros(40),
            beta,
            g1,
            g2,
            C,
            np.inf,
            1,
        )
    assert beta[0] > 1
    assert 0.01 < g2[0] - g1[0] < 1
    assert g1[0] < 0.3 * beta[0] < g2[0] + 0.3


def test_the_smoother_solves_the_random_walk() -> None:
    rng = np.random.default_rng(0)
    n = 6
    m, G, H = rng.normal(size=n), rng.normal(size=n), rng.uniform(0.5, 3, n)
    v, ridge = rng.uniform(0.1, 0.5, n), rng.uniform(0, 1, n)
    precision = np.diag(H + ridge)
    precision[0, 0] += 1.0  # a member enters with N(0, 1)
    for t in range(1, n):
        precision[t - 1 : t + 1, t - 1 : t + 1] += np.array([[1, -1], [-1, 1]]) / v[t]
    covariance = np.linalg.inv(precision)
    expected = covariance @ (G + H * m)
    new, new2 = np.empty(n), np.empty(n)
    m = expected + 0.1 * rng.normal(size=n)  # near enough for full steps
    expected = covariance @ (G + H * m)
    kernel.smoothing_pass(np.array([0, n]), v, G, H, m, np.ones(n), ridge, new, new2)
    assert np.abs(expected - m).max() < kernel.LONGEST
    assert new == pytest.approx(expected)
    assert new2 == pytest.approx(np.diag(covariance))


def test_the_forward_pass_leans_on_the_past_alone() -> None:
    m, G, H = np.array([0.0, 0.2, 0.1]), np.array([0.3, -0.1, 0.2]), np.array([2.0, 1.0, 4.0])
    v, new, new2 = np.full(3, 0.25), np.empty(3), np.empty(3)
    kernel.forward_pass(np.array([0, 3]), v, G, H, m, np.ones(3), np.zeros(3), new, new2)
    first = 0.0 + (0.3 - (0.0 - 0.2) / 0.25) / (2 + 4)  # the first leans on the second
    second = 0.2 + (-0.1 - (0.2 - first) / 0.25) / (1 + 4)
    assert new[:2] == pytest.approx([first, second])
    assert new2 == pytest.approx(1 / (H + 4))
    G[2] += 1.0  # what comes later changes nothing before it
    again = np.empty(3)
    kernel.forward_pass(np.array([0, 3]), v, G, H, m, np.ones(3), np.zeros(3), again, new2)
    assert again[:2] == pytest.approx(new[:2])
    assert again[2] > new[2]


# the estimator


def test_known_positions_are_recovered() -> None:
    theta = np.random.default_rng(5).normal(size=60)
    found = estimate(calls(long(cast(theta, 200, seed=6))), Settings.smoothed())
    r = np.corrcoef(found.position, theta)[0, 1]
    assert abs(r) > 0.98
    line = found.position * np.sign(r) * theta.std() + theta.mean()
    assert (np.abs(line - theta) < 1.645 * found.se).mean() > 0.8


def test_scale_and_place_are_fixed() -> None:
    found = estimate(calls(long(cast(np.linspace(0, 3, 30), 80, seed=1))))
    assert found.position.mean() == pytest.approx(0, abs=1e-9)
    assert found.position.var() + (found.se**2).mean() == pytest.approx(1, abs=1e-9)


def drifting() -> RollCalls:
    """Twenty members over five periods; some enter late, leave early, or stay away once."""
    rng = np.random.default_rng(9)
    theta = np.cumsum(rng.normal(0, [1.0] + [0.4] * 4, (20, 5)), axis=1)
    rows = []
    for t in range(5):
        for who, period, item, vote in long(cast(theta[:, t], 40, seed=20 + t), t, 100 * t):
            i = int(who[1:])
            away = (i < 4 and t < 2) or (4 <= i < 8 and t > 3) or (i == 9 and t == 2)
            if not away and rng.random() < 0.9:
                rows.append((who, period, item, vote))
    return calls(rows)


def test_the_order_of_the_rows_does_not_matter() -> None:
    given_ = drifting()
    rows = list(
        zip(
            np.array(given_.members)[given_.member],
            np.array(given_.periods)[given_.period],
            np.array(given_.items)[given_.item],
            given_.vote,
            strict=True,
        )
    )
    np.random.default_rng(0).shuffle(rows)  # type: ignore[arg-type]
    again = RollCalls.build(*zip(*rows, strict=True))
    one, two = estimate(given_), estimate(again)
    assert np.array_equal(one.position, two.position)
    assert np.array_equal(one.se, two.se)


@pytest.mark.parametrize("chosen", [Settings.published(), Settings.smoothed()])
def test_the_answer_stays_where_iteration_stopped(chosen: Settings) -> None:
    votes = drifting()
    one = estimate(votes, chosen)
    least = 5 * one.iterations
    five = estimate(
        votes, Settings(prior=chosen.prior, clip=chosen.clip, least=least, most=least + 50)
    )
    assert five.iterations >= least
    assert np.corrcoef(one.position, five.position)[0, 1] > 0.998


def test_yes_and_no_exchanged_changes_nothing() -> None:
    votes = drifting()
    mirrored = RollCalls(
        votes.members,
        votes.periods,
        votes.items,
        votes.member,
        votes.period,
        votes.item,
        (2 - votes.vote).astype(np.int8),
    )
    anchors = {"m00": 2.0, "m19": -2.0}
    one = estimate(votes, Settings(anchors=anchors, tolerance=1e-7, most=5000))
    two = estimate(mirrored, Settings(anchors=anchors, tolerance=1e-7, most=5000))
    assert one.position == pytest.approx(two.position, abs=1e-4)
    assert one.beta == pytest.approx(-two.beta, abs=1e-3)


def test_anchors_set_the_direction() -> None:
    votes = drifting()
    one = estimate(votes, Settings(anchors={"m00": 2.0, "m19": -2.0}))
    two = estimate(votes, Settings(anchors={"m00": -2.0, "m19": 2.0}))
    assert np.corrcoef(one.position, two.position)[0, 1] < -0.99


def test_shared_items_tie_periods_together() -> None:
    """A whole body that moves is seen only where it votes on the same question twice."""
    rng = np.random.default_rng(2)
    theta = rng.normal(size=40)
    shift = 1.0
    both = [long(cast(theta + k * shift, 60, seed=4), k, 0) for k in (0, 1)]  # one seed: same items
    apart = [(who, p, item + 1000 * p, vote) for rows in both for who, p, item, vote in rows]
    chosen = Settings.smoothed()

    def moved(found: IdealPoints) -> float:
        table = found.table()
        return float(abs((table[:, 1] - table[:, 0]).mean()))

    linked = moved(estimate(calls(both[0] + both[1]), chosen))
    alone = moved(estimate(calls(apart), chosen))
    assert linked > 0.5
    assert alone < 0.5 * linked


def test_a_member_without_a_contested_vote_is_left_out() -> None:
    rows = [*long(cast(np.linspace(-2, 2, 10), 20, seed=8)), ("zz", 0, 999, 0), ("m00", 0, 999, 0)]
    found = calls(rows)
    assert 999 not in found.items
    assert "zz" in found.members
    assert np.isnan(estimate(found).table()[found.members.index("zz"), 0])


def test_nothing_contested_is_refused() -> None:
    with pytest.raises(DataError, match="no roll call divides"):
        RollCalls.build(["A", "B"], [1, 1], [1, 1], [0, 0])


def test_odd_votes_are_refused() -> None:
    with pytest.raises(DataError, match="a vote is 0"):
        RollCalls.build(["A", "B"], [1, 1], [1, 1], [0, 3])


def test_no_convergence_is_said() -> None:
    with pytest.raises(NotConverged, match="still move"):
        estimate(drifting(), Settings(tolerance=1e-12, most=3))


def test_two_members_and_one_vote() -> None:
    found = estimate(RollCalls.build(["A", "B"], [1, 1], [1, 1], [0, 2]))
    assert np.isfinite(found.position).all()
    assert found.position[0] == pytest.approx(-found.position[1])
