"""Input that is extreme but legal: an answer that holds, or none and the reason why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import Economy, Rule, Shock, Solution, solve
from multipolar.numerics.arrays import Floats
from trade_by_root import solve_by_root
from trade_economies import (
    FIELDS,
    RULES,
    barrier,
    gap,
    no_numbers,
    one_sector,
    random_economy,
    random_shock,
    ring,
    solved,
    unchanged,
)

seeds = st.integers(0, 2**32 - 1)


def holds(e: Economy, theta: Floats, shock: Shock, s: Solution) -> None:
    """The equations hold at a solution, evaluated anew, and all its numbers are finite."""
    for name in FIELDS:
        assert np.isfinite(getattr(s, name)).all(), name
    assert (s.wage > 0).all() and (s.price > 0).all() and (s.output >= 0).all()
    kept, log_cost = np.ones(e.share.size), np.zeros(e.share.size)
    kept[shock.cells], log_cost[shock.cells] = shock.kept, shock.log_cost
    th = theta[:, None, None]
    log_cost = log_cost.reshape(e.share.shape) + np.log(s.cost)[:, :, None]
    drawn = e.share * kept.reshape(e.share.shape) * np.exp(-th * log_cost)
    buys = e.share.sum(axis=1) > 0
    price = -np.log(drawn.sum(axis=1), where=buys, out=np.log(s.cost)) / th[:, :, 0]
    assert np.abs(np.log(s.price) - price)[buys].max() < 1e-8
    cost = e.labour * np.log(s.wage) + np.einsum("dkj,kd->jd", e.inputs, np.log(s.price))
    assert np.abs(np.log(s.cost) - cost).max() < 1e-8
    # a cell's output against the country's, as tiny ones carry no weight
    sold = s.flows.sum(axis=2)
    assert np.abs(s.output - sold).max() < 1e-8 * s.output.max()
    paid = (e.labour * s.output).sum(axis=0)
    assert paid == pytest.approx(s.wage * e.value_added, rel=1e-8)
    bought = np.einsum("dkj,jd->kd", e.inputs, s.output)
    assert gap(s.spending, bought + e.final * s.income) < 1e-8


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("tariffs", [False, True], ids=["untaxed", "tariffs"])
@pytest.mark.parametrize("theta", ["0.5", "65", "mixed"])
@pytest.mark.parametrize("seed", range(3))
def test_elasticities_from_half_to_65(seed: int, theta: str, tariffs: bool, rule: Rule) -> None:
    rng = np.random.default_rng(seed)
    e = random_economy(rng, 4, 5, tariffs=tariffs, empty=0.3)
    th = rng.choice([0.5, 65.0], 4) if theta == "mixed" else np.full(4, float(theta))
    shock = random_shock(rng, e, rule)
    shock = replace(shock, log_cost=shock.log_cost * 0.1)
    if tariffs:
        shock = replace(
            shock,
            log_cost=np.log((1 + shock.tariff) / (1 + e.tariff)).ravel(),
        )
    s = solved(e, th, shock, 1e-10)
    holds(e, th, shock, s)
    assert np.abs(s.wage - 1).max() > 1e-6


@pytest.mark.parametrize("theta", [0.5, 65.0])
def test_extreme_elasticities_against_the_root_finder(theta: float) -> None:
    rng = np.random.default_rng(11)
    e = random_economy(rng, 2, 4)
    th = np.full(2, theta)
    shock = random_shock(rng, e)
    shock = replace(shock, log_cost=shock.log_cost * 0.1)
    ours, theirs = solved(e, th, shock), solve_by_root(e, th, shock)
    for name, other in zip(("wage", "price", "output", "income"), theirs, strict=True):
        assert getattr(ours, name) == pytest.approx(other, rel=1e-8, abs=1e-10), name


def hollow(rng: np.random.Generator) -> Economy:
    """A third of the cells empty; country 0 makes none of sector 0, country 1 buys none."""
    e = random_economy(rng, 3, 5, empty=0.9)
    share, final, inputs = e.share.copy(), e.final.copy(), e.inputs.copy()
    share[0, 0, :] = 0
    share[0, 1, 0] += share[0].sum(axis=0)[0] == 0
    share /= share.sum(axis=1, keepdims=True)
    final[0, 1] = 0
    final /= final.sum(axis=0)
    labour = e.labour.copy()
    labour[:, 1] += inputs[1, 0]
    inputs[1, 0] = 0
    share[0, :, 1] = 0
    J, N = labour.shape
    chain = np.einsum("dkj,jdn->kdjn", inputs, share).reshape(J * N, J * N)
    income = rng.uniform(4, 6, N)
    spent = np.linalg.solve(np.eye(J * N) - chain, (final * income).ravel()).reshape(J, N)
    output = np.einsum("jod,jd->jo", share, spent)
    value_added = (labour * output).sum(axis=0)
    return Economy(share, inputs, labour, final, output, value_added, income - value_added)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(4))
def test_empty_cells_stay_empty(seed: int, rule: Rule) -> None:
    rng = np.random.default_rng(seed)
    e = hollow(rng)
    assert (e.output == 0).any() and (e.share == 0).mean() > 0.3
    theta = rng.uniform(1, 8, 3)
    shock = replace(random_shock(rng, e, rule), kept=np.ones(e.share.size))
    s = solved(e, theta, shock, 1e-11)
    assert solved(e, theta, unchanged(e)).sweeps == 1
    holds(e, theta, shock, s)
    assert (s.flows[e.share == 0] == 0).all()
    assert (s.output[e.output == 0] == 0).all()
    assert (s.spending[0, 1] == 0) and np.isfinite(Effects(e, s).production).all()


def island(e: Economy, n: int, rule: Rule) -> Shock:
    """Country n is cut off from everybody."""
    hit = np.zeros(e.share.shape, bool)
    hit[:, n, :] = hit[:, :, n] = True
    hit[:, n, n] = False
    return barrier(e, hit, kept=0.0, rule=rule)


@pytest.mark.parametrize("seed", range(4))
def test_a_country_cut_off_can_live_from_home_supply(seed: int) -> None:
    rng = np.random.default_rng(seed)
    e = random_economy(rng)
    theta = rng.uniform(1, 8, 3)
    shock = island(e, 2, "balanced")
    s = solved(e, theta, shock)
    holds(e, theta, shock, s)
    assert s.flows[:, 2, 2].sum() == pytest.approx(s.output[:, 2].sum(), rel=1e-9)
    assert s.income[2] == pytest.approx(s.wage[2] * e.value_added[2], rel=1e-9)
    # its prices over its wage are those of a closed economy
    less = -np.log(e.share[:, 2, 2]) / theta
    log_price = np.linalg.solve(np.eye(3) - e.inputs[2].T, less)
    real = 100 * np.expm1(-e.final[:, 2] @ log_price)
    assert Effects(e, s).real_wage[2] == pytest.approx(real, rel=1e-8)


@pytest.mark.parametrize("rule", ["fixed", "share"])
def test_a_country_cut_off_cannot_keep_its_balance(rule: Rule) -> None:
    e = random_economy(np.random.default_rng(0))
    assert abs(e.deficit[2]) > 1e-3
    s = solve(e, np.full(3, 4.0), island(e, 2, rule))
    assert not s.converged
    assert no_numbers(s)
    assert "cannot keep their balance" in s.message
    assert "balances trade" in s.message  # the remedy
    assert s.culprits


def test_the_country_that_is_cut_off_is_named_not_everybody_else() -> None:
    e = random_economy(np.random.default_rng(0))
    s = solve(e, np.full(3, 4.0), island(e, 2, "fixed"))
    assert s.culprits == ((None, 2),)


def test_a_country_cut_off_without_a_balance_needs_no_other_rule() -> None:
    e = random_economy(np.random.default_rng(0), balanced=True)
    theta = np.full(3, 4.0)
    fixed, balanced = (solved(e, theta, island(e, 2, r)) for r in ("fixed", "balanced"))
    for name in ("income", "price"):
        apart = getattr(fixed, name) / getattr(balanced, name)
        real = apart / apart[..., :1]
        assert np.isfinite(apart).all(), name
        assert real[..., 1] == pytest.approx(real[..., 0] * np.ones_like(real[..., 1]), rel=1e-7)
    a, b = (Effects(e, s).real_income for s in (fixed, balanced))
    assert a == pytest.approx(b, rel=1e-7)


@pytest.mark.parametrize("rule", RULES)
def test_nobody_left_to_supply(rule: Rule) -> None:
    rng = np.random.default_rng(3)
    e = random_economy(rng)
    share = e.share.copy()
    share[1, :, 3] = [0.5, 0.5, 0, 0]
    hit = np.zeros(share.shape, bool)
    hit[1, :2, 3] = True
    e = replace(e, share=share)
    s = solve(e, np.full(3, 4.0), barrier(e, hit, kept=0.0, rule=rule))
    assert not s.converged
    assert "nobody is left to supply" in s.message
    assert s.culprits == ((1, 3),)
    assert no_numbers(s)
    # a barrier so high that nothing is left of the trade in numbers is told the same way
    far = solve(e, np.full(3, 4.0), barrier(e, hit, log_cost=1e6, rule=rule))
    assert not far.converged and far.culprits == ((1, 3),)
    # leakage of a millionth is enough to live on
    assert solve(e, np.full(3, 4.0), barrier(e, hit, kept=1e-6, rule="balanced")).converged


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("balanced", [False, True])
def test_all_trade_ended(rule: Rule, balanced: bool) -> None:
    e = random_economy(np.random.default_rng(6), balanced=balanced)
    hit = np.ones(e.share.shape, bool)
    hit[:, range(4), range(4)] = False
    theta = np.full(3, 4.0)
    shock = barrier(e, hit, kept=0.0, rule=rule)
    s = solve(e, theta, shock)
    if rule == "balanced" or balanced:
        assert s.converged, s.message
        holds(e, theta, shock, s)
        less = -np.log(np.einsum("jnn->jn", e.share)) / theta[:, None]
        real = [
            -e.final[:, n] @ np.linalg.solve(np.eye(3) - e.inputs[n].T, less[:, n])
            for n in range(4)
        ]
        assert Effects(e, s).real_wage == pytest.approx(100 * np.expm1(real), rel=1e-8)
    else:
        assert not s.converged
        assert no_numbers(s)
        assert {n for _, n in s.culprits} <= set(range(4)) and s.culprits


def test_too_few_sweeps_give_no_numbers() -> None:
    rng = np.random.default_rng(2)
    e = random_economy(rng)
    s = solve(e, np.full(3, 4.0), random_shock(rng, e), max_sweeps=3)
    assert not s.converged
    assert s.sweeps == 3
    assert s.residual > 1e-10
    assert no_numbers(s) and s.message


@given(
    seeds,
    st.tuples(st.integers(1, 4), st.integers(2, 5)),
    st.sampled_from(RULES),
    st.sampled_from([0.0, 0.3, 0.8]),
    st.booleans(),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_whatever_converges_is_an_equilibrium(
    seed: int, size: tuple[int, int], rule: Rule, ended: float, tariffs: bool
) -> None:
    """Embargoes at random, few and many, the neighbours' among them."""
    rng = np.random.default_rng(seed)
    e = random_economy(rng, *size, empty=0.3)
    theta = np.exp(rng.uniform(np.log(0.5), np.log(20), size[0]))
    shape = e.share.shape
    kept = np.where(rng.random(shape) < ended, 0.0, 1.0)
    kept[:, range(size[1]), range(size[1])] = 1
    tariff = None
    log_cost = np.zeros(shape)
    if tariffs:
        tariff = rng.uniform(0, 1, shape)
        tariff[:, range(size[1]), range(size[1])] = 0
        log_cost = np.log1p(tariff)
    shock = Shock(np.arange(kept.size), log_cost.ravel(), kept.ravel(), tariff, rule)
    s = solve(e, theta, shock, max_sweeps=300)
    if s.converged:
        holds(e, theta, shock, s)
        assert s.residual < 1e-10
    else:
        assert s.message
        assert no_numbers(s)


@pytest.mark.parametrize("ended", [0.3, 0.8])
def test_most_embargoes_have_an_answer(ended: float) -> None:
    """So that the test above is not one of failures.

    With balanced trade there is an equilibrium if everybody who can buy from a part of the world
    can also, through others, sell to it.
    """
    asked = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        e = random_economy(rng, 3, 5, empty=0.3)
        kept = np.where(rng.random(e.share.shape) < ended, 0.0, 1.0)
        kept[:, range(5), range(5)] = 1
        shock = Shock(np.arange(kept.size), np.zeros(kept.size), kept.ravel(), rule="balanced")
        links = (e.share * kept).sum(axis=0) > 0
        parts = [connected_components(links, connection=c)[0] for c in ("strong", "weak")]
        if parts[0] == parts[1]:
            asked += 1
            solved(e, rng.uniform(1, 6, 3), shock, 1e-10)
    assert asked >= 8


@pytest.mark.parametrize("seed", [25, 37, 43, 74, 105])
def test_large_barriers_to_all_imports_of_a_country(seed: int) -> None:
    """Costs times 4.5 on all it buys abroad; trade is balanced, so an equilibrium exists.

    Single precision stalls in these, and has to hand over to double.
    """
    e, theta, shock = walled(seed)
    s = solve(e, theta, shock)
    assert s.converged, s.message
    holds(e, theta, shock, s)


def test_a_state_that_runs_away_is_no_crash() -> None:
    """Imports cost 20 times as much: an equilibrium or a message, but not a linear algebra error."""
    e, theta, shock = walled(187, 3.0, "fixed")
    s = solve(e, theta, shock)
    assert s.converged or (s.message and no_numbers(s))


def walled(
    seed: int, log_cost: float = 1.5, rule: Rule = "balanced"
) -> tuple[Economy, Floats, Shock]:
    rng = np.random.default_rng(seed)
    J, N = int(rng.integers(1, 6)), int(rng.integers(3, 7))
    e = random_economy(rng, J, N, empty=0.1)
    theta = rng.uniform(0.8, 9, J)
    hit = np.zeros(e.share.shape, bool)
    hit[:, :, 0] = True
    hit[:, 0, 0] = False
    return e, theta, barrier(e, hit, log_cost=log_cost, rule=rule)


@pytest.mark.parametrize("seed", [25, 37, 43])
def test_those_barriers_have_an_equilibrium(seed: int) -> None:
    """By the other solver, so that the test above asks for something that is there."""
    e, theta, shock = walled(seed)
    wage, price, output, _ = solve_by_root(e, theta, shock)
    assert np.isfinite(price).all()
    assert (e.labour * output).sum(axis=0) == pytest.approx(wage * e.value_added, rel=1e-8)


def test_ring_keeps_neighbours_and_one_sector_is_balanced() -> None:
    """What the tests above rest on."""
    assert ring(4).sum() == 8 and not ring(4)[0, 2]
    e = one_sector(np.random.default_rng(0))
    assert np.abs(e.share[0] @ e.value_added - e.value_added).max() < 1e-12


@pytest.mark.parametrize("side", ["buys", "sells"])
def test_a_country_that_only_buys_or_only_sells_cannot_balance(side: str) -> None:
    e = random_economy(np.random.default_rng(1))
    hit = np.zeros(e.share.shape, bool)
    hit[:, 2, :] = side == "buys"
    hit[:, :, 2] |= side == "sells"
    hit[:, 2, 2] = False
    s = solve(e, np.full(3, 4.0), barrier(e, hit, kept=0.0, rule="balanced"))
    assert not s.converged
    assert "one way" in s.message
    assert s.culprits == ((None, 2),)
    assert s.sweeps == 0
    assert no_numbers(s)
