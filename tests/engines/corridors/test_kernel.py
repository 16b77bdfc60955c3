"""The capacity-constrained logit: its conditions, known cases, and another solver's answer."""

from __future__ import annotations

from typing import Any

import clarabel
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from multipolar.engines.corridors.kernel import Programme, shares, solve
from multipolar.errors import Infeasible
from multipolar.numerics.arrays import Floats

TOLERANCE = 1e-9


@st.composite
def programmes(draw: st.DrawFn, *, limited: bool = True) -> Programme:
    """Up to six routes in up to three groups, some without a limit."""
    routes = draw(st.integers(1, 6))
    each = {"min_size": routes, "max_size": routes}
    cost = np.array(draw(st.lists(st.floats(0, 80), **each)))
    nest = np.array(draw(st.lists(st.integers(0, 2), **each)))
    nest = np.unique(nest, return_inverse=True)[1].astype(np.intp)
    capacity = np.full(routes, np.inf)
    if limited:
        limits = st.one_of(st.floats(1e-3, 1e3), st.just(float("inf")))
        capacity = np.array(draw(st.lists(limits, **each)))
    room = min(float(capacity.sum()), 2e3)
    demand = room * draw(st.floats(0.01, 0.999))
    theta, nu = draw(st.floats(0.05, 1.0)), draw(st.floats(0.02, 1.0))
    return Programme(cost, capacity, nest, demand, theta, nu)


@given(programmes())
def test_the_conditions_of_optimality_hold(p: Programme) -> None:
    s = solve(p)
    assert s.residual <= TOLERANCE
    assert s.flow.sum() == pytest.approx(p.demand, rel=TOLERANCE)
    assert np.all(s.flow <= p.capacity)
    assert np.all(s.price >= 0)
    # stationarity: the flows are the logit's at the cost with the shadow price
    implied = p.demand * shares(p.cost + s.price, p.nest, p.theta, p.nu)[0]
    np.testing.assert_allclose(s.flow, implied, rtol=0, atol=TOLERANCE * p.demand)


@given(programmes())
def test_a_shadow_price_is_exactly_zero_exactly_where_there_is_slack(p: Programme) -> None:
    s = solve(p)
    slack = s.flow < p.capacity
    assert np.all(s.price[slack] == 0.0)
    wanted = p.demand * shares(p.cost, p.nest, p.theta, p.nu)[0]
    # and above zero somewhere if what is wanted does not fit by more than rounding
    if np.any(wanted > p.capacity * (1 + 1e-6)):
        assert np.any((s.price > 0) & (s.flow == p.capacity))
    if np.all(wanted < p.capacity * (1 - 1e-9)):
        assert np.all(s.price == 0.0)


@given(programmes(limited=False))
def test_without_limits_it_is_the_logit(p: Programme) -> None:
    s = solve(p)
    share, expected = shares(p.cost, p.nest, p.theta, p.nu)
    np.testing.assert_allclose(s.flow / p.demand, share, atol=1e-11)
    assert s.expected == expected
    assert s.iterations == 1


@given(programmes(), st.floats(1.01, 5), st.integers(0, 5))
def test_more_capacity_never_makes_a_box_dearer(p: Programme, more: float, at: int) -> None:
    k = p.capacity.copy()
    k[at % len(k)] *= more
    wider = Programme(p.cost, k, p.nest, p.demand, p.theta, p.nu)
    assert solve(wider).expected <= solve(p).expected + 1e-8


@given(programmes(), st.floats(-20, 20))
def test_a_cost_on_every_route_moves_nothing(p: Programme, extra: float) -> None:
    moved = Programme(p.cost + extra, p.capacity, p.nest, p.demand, p.theta, p.nu)
    one, other = solve(p), solve(moved)
    np.testing.assert_allclose(one.flow, other.flow, rtol=0, atol=1e-9 * p.demand)
    assert other.expected == pytest.approx(one.expected + extra, abs=1e-8)


def test_a_plain_logit_with_one_limit_by_hand() -> None:
    cost, theta = np.array([2.0, 3.0, 5.0]), 0.5
    s = solve(Programme(cost, np.array([10.0, np.inf, np.inf]), np.arange(3), 100.0, theta))
    # the other two share what is left as a logit of their own
    weight = np.exp(-theta * cost[1:])
    np.testing.assert_allclose(s.flow[1:], 90 * weight / weight.sum(), rtol=1e-12)
    level = np.log(90 / weight.sum())
    assert s.price[0] == pytest.approx((level - np.log(10)) / theta - cost[0], rel=1e-12)


def test_near_nought_dissimilarity_takes_the_cheapest_of_a_group() -> None:
    s = solve(
        Programme(
            np.array([1.0, 2.0, 1.0]), np.full(3, np.inf), np.array([0, 0, 1]), 10.0, 0.5, 0.01
        )
    )
    np.testing.assert_allclose(s.flow, [5.0, 0.0, 5.0], atol=1e-12)


def test_demand_above_all_capacities_is_named() -> None:
    p = Programme(np.zeros(2), np.array([3.0, 4.0]), np.arange(2), 7.5, 1.0)
    with pytest.raises(Infeasible, match=r"add up to 7 and 7\.5"):
        solve(p)


def conic(p: Programme) -> Floats:
    """Solve the programme with clarabel, entropies as exponential cones; flows over demand.

    Variables are f, t (one for each entropy of a route), then F and s for each group:
    t <= -f ln f is (t, f, 1) in the cone.
    """
    routes, groups = len(p.cost), int(p.nest.max()) + 1
    n = 2 * routes + 2 * groups
    goal = np.concatenate(
        [
            p.cost,
            np.full(routes, -p.nu / p.theta),
            np.zeros(groups),
            np.full(groups, -(1 - p.nu) / p.theta),
        ]
    )
    rows: list[Floats] = []
    right: list[float] = []

    def row(value: float, **at: float) -> None:
        new = np.zeros(n)
        for key, x in at.items():
            new[int(key[1:])] = x
        rows.append(new)
        right.append(value)

    row(1.0, **{f"x{r}": 1.0 for r in range(routes)})
    for g in range(groups):
        row(
            0.0,
            **{f"x{r}": 1.0 for r in range(routes) if p.nest[r] == g},
            **{f"x{2 * routes + g}": -1.0},
        )
    limited = [r for r in range(routes) if np.isfinite(p.capacity[r])]
    for r in limited:
        row(p.capacity[r] / p.demand, **{f"x{r}": 1.0})
    pairs = [(routes + r, r) for r in range(routes)]
    pairs += [(2 * routes + groups + g, 2 * routes + g) for g in range(groups)]
    for t, f in pairs:
        row(0.0, **{f"x{t}": -1.0})
        row(0.0, **{f"x{f}": -1.0})
        row(1.0)
    cones: list[Any] = [clarabel.ZeroConeT(1 + groups)]
    cones += [clarabel.NonnegativeConeT(len(limited))] if limited else []
    cones += [clarabel.ExponentialConeT() for _ in pairs]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    done = clarabel.DefaultSolver(
        sparse.csc_matrix((n, n)),
        goal,
        sparse.csc_matrix(np.array(rows)),
        np.array(right),
        cones,
        settings,
    ).solve()
    return np.array(done.x[:routes])


@pytest.mark.parametrize("seed", range(12))
def test_another_solver_finds_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    capacity = rng.uniform(5, 40, 5)
    capacity[0] = np.inf
    p = Programme(
        rng.uniform(0, 8, 5),
        capacity,
        np.array([0, 0, 1, 2, 0]),
        100.0,
        rng.uniform(0.1, 0.9),
        rng.uniform(0.3, 1.0),
    )
    np.testing.assert_allclose(solve(p).flow / p.demand, conic(p), atol=2e-6)
