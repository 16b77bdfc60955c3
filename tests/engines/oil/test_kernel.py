"""The market for crude against another solver, and what has to hold of any market like it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import root

from multipolar.engines.oil.kernel import Cap, Network, State, residual, solve, toy, with_cap

SEEDS = range(6)


def drawn(seed: int, sellers: int = 4, markets: int = 5) -> Network:
    """Return a random market that solves itself, with one full capacity."""
    rng = np.random.default_rng(seed)
    seller, market = np.divmod(np.arange(sellers * markets), markets)
    flow = rng.lognormal(0, 1, len(seller))
    output, demand = np.bincount(seller, flow), np.bincount(market, flow)
    member = np.zeros((2, len(seller)))
    member[0, seller == 0] = 1.0
    member[1, (seller == 1) & (market < 2)] = 1.0
    return Network(
        output=output,
        price=rng.uniform(50, 90, sellers),
        elastic=rng.uniform(0.02, 0.3, sellers),
        lifting=rng.uniform(8, 30, sellers),
        demand=demand,
        landed=rng.uniform(60, 95, markets),
        response=rng.uniform(0.05, 0.4, markets),
        spread=rng.uniform(0.8, 8, markets),
        seller=seller,
        market=market,
        share=flow / demand[market],
        extra=np.zeros(len(seller)),
        member=member,
        room=member @ flow,
        capped=(seller == 1) & (market >= 2),
    )


def shocked(seed: int) -> Network:
    n = drawn(seed)
    rng = np.random.default_rng(100 + seed)
    return replace(n, extra=rng.normal(0, 6, len(n.extra)), room=n.room * rng.uniform(0.6, 1.1, 2))


def by_hand(n: Network, x: np.ndarray) -> np.ndarray:
    """Return the conditions of the market as they stand in the docs, for another solver."""
    S, G = len(n.output), len(n.room)
    h, r = x[:S], np.maximum(x[S:], 0.0)
    slack = np.maximum(-x[S:], 0.0)  # one number a group: its rent, or minus its room
    flow = np.zeros(len(n.seller))
    for m in range(len(n.demand)):
        arcs = np.flatnonzero(n.market == m)
        d = [h[n.seller[a]] - n.price[n.seller[a]] + n.extra[a] + r @ n.member[:, a] for a in arcs]
        odds = n.share[arcs] * np.exp(-np.array(d) / n.spread[m])
        price = n.landed[m] - n.spread[m] * np.log(odds.sum())
        bought = n.demand[m] * (price / n.landed[m]) ** -n.response[m]
        flow[arcs] = bought * odds / odds.sum()
    out = np.zeros(S + G)
    for i in range(S):
        shut = [1 / (1 + np.exp(-(v - n.lifting[i]) / 2.0)) for v in (h[i], n.price[i])]
        pumped = n.output[i] * (h[i] / n.price[i]) ** n.elastic[i] * shut[0] / shut[1]
        out[i] = pumped - flow[n.seller == i].sum()
    out[S:] = n.room - n.member @ flow - slack
    return out


@pytest.mark.parametrize("seed", SEEDS)
def test_another_solver_finds_the_same(seed: int) -> None:
    n = shocked(seed)
    ours = solve(n)
    room = n.room - n.member @ ours.flow
    near = np.concatenate([ours.head, ours.rent - room]) + 0.5
    theirs = root(lambda x: by_hand(n, x), near, tol=1e-12)
    assert theirs.success
    assert np.allclose(theirs.x[: len(n.output)], ours.head, atol=1e-6)
    assert np.allclose(np.maximum(theirs.x[len(n.output) :], 0), ours.rent, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_residual_is_small_where_it_is_solved_and_large_where_it_is_not(seed: int) -> None:
    n = shocked(seed)
    s = solve(n)
    assert residual(n, s) < 1e-7
    assert residual(n, replace(s, head=s.head + 0.01)) > 0.005
    assert residual(n, replace(s, flow=s.flow * 1.01)) > 1e-3
    assert residual(n, replace(s, rent=s.rent + 0.1)) > 0.05


def test_the_base_is_exact() -> None:
    n = drawn(0)
    s = solve(n)
    assert s.iterations == 0
    assert np.array_equal(s.head, n.price) and np.allclose(s.flow, n.share * n.demand[n.market])


@pytest.mark.parametrize("seed", SEEDS)
def test_every_start_ends_in_the_same_market(seed: int) -> None:
    n = shocked(seed)
    rng = np.random.default_rng(seed)
    found = solve(n).flow
    for _ in range(3):
        start = (rng.uniform(30, 140, len(n.output)), rng.uniform(0, 20, len(n.room)))
        assert np.abs(solve(n, start).flow - found).max() < 1e-6


def test_relabelling_permutes() -> None:
    n = shocked(1)
    s = solve(n)
    order = np.random.default_rng(5).permutation(len(n.seller))
    arcs = {k: getattr(n, k)[order] for k in ("seller", "market", "share", "extra", "capped")}
    other = solve(replace(n, **arcs, member=n.member[:, order]))
    assert np.allclose(other.flow, s.flow[order], atol=1e-8)
    to = np.array([2, 0, 3, 1])  # seller k becomes seller to[k]
    back = np.argsort(to)
    moved = {k: getattr(n, k)[back] for k in ("output", "price", "elastic", "lifting")}
    assert np.allclose(
        solve(replace(n, seller=to[n.seller], **moved)).head, s.head[back], atol=1e-8
    )


def test_barrels_scale_and_prices_do_not_move() -> None:
    n = shocked(2)
    s = solve(n)
    twice = solve(replace(n, output=2 * n.output, demand=2 * n.demand, room=2 * n.room))
    assert np.allclose(twice.flow, 2 * s.flow, atol=1e-7)
    assert np.allclose(twice.head, s.head, atol=1e-7)


def cap(price: float, fleet: float = 2.0, kept: float = 0.8) -> Cap:
    return Cap(price, kept, fleet, 4.0, 10.0)


@pytest.fixture(scope="module")
def states() -> dict[float, State]:
    """One market under caps from above its price to far below it."""
    n = drawn(3)
    return {p: solve(with_cap(n, cap(p), n.capped)) for p in (500.0, 65.0, 55.0, 45.0, 1.0)}


def test_a_cap_above_the_market_does_nothing(states: dict[float, State]) -> None:
    free = solve(drawn(3))
    assert states[500.0].regime == "below the cap"
    assert np.allclose(states[500.0].flow, free.flow, atol=1e-8)


def test_a_lower_cap_never_helps_the_seller(states: dict[float, State]) -> None:
    heads = [s.head[1] for s in states.values()]
    assert all(a >= b - 1e-8 for a, b in pairwise(heads))
    assert len({s.regime for s in states.values()}) > 1


@pytest.mark.parametrize("seed", SEEDS)
def test_each_case_of_the_cap_meets_its_own_conditions(seed: int) -> None:
    for price, kept in ((70.0, 1.0), (55.0, 0.6), (30.0, 0.9)):
        n = with_cap(shocked(seed), cap(price, kept=kept), drawn(seed).capped)
        assert residual(n, solve(n)) < 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_a_larger_fleet_never_lowers_the_sellers_revenue(seed: int) -> None:
    n = drawn(seed)
    got = []
    for fleet in (0.5, 1.0, 2.0, 4.0, 8.0):
        s = solve(with_cap(n, cap(50.0, fleet), n.capped))
        got.append(s.head[1] * s.output[1])
    assert all(b >= a - 1e-7 for a, b in pairwise(got))


def test_at_full_compliance_the_seller_gets_the_cap_while_both_ways_are_used() -> None:
    n = drawn(3)
    s = solve(with_cap(n, cap(float(n.price[1]) - 5, fleet=1.0, kept=1.0), n.capped))
    assert s.regime == "both" and s.head[1] == pytest.approx(n.price[1] - 5)


def test_a_dearer_way_costs_the_buyer_and_the_seller() -> None:
    n = toy()
    s = solve(replace(n, extra=np.array([3.0, 0.0, 0.0, 0.0])))
    assert s.head[0] < 60 and s.price[0] > 62  # between them they bear it
    assert s.flow[0] < 4.0


def test_a_field_that_cannot_ship_is_shut_in_near_its_lifting_cost() -> None:
    n = toy()
    tight = replace(n, member=np.array([[1.0, 0.0, 1.0, 0.0]]), room=np.array([1.0]))
    s = solve(tight)
    assert s.output[0] == pytest.approx(1.0, abs=1e-6)
    assert s.head[0] < 25 and s.rent[0] > 40
    assert residual(tight, s) < 1e-6
