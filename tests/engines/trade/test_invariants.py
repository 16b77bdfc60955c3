"""What holds in every economy and under every shock."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import Economy, Rule, Shock, Solution
from multipolar.numerics.arrays import Floats
from trade_economies import (
    FIELDS,
    RULES,
    after_shock,
    barrier,
    gap,
    random_economy,
    random_shock,
    ring,
    solved,
    unchanged,
)

few = settings(max_examples=50, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)
sizes = st.tuples(st.integers(1, 5), st.integers(2, 6))
rules = st.sampled_from(RULES)
EFFECTS = (
    "real_income",
    "real_wage",
    "terms_of_trade",
    "volume_of_trade",
    "production",
    "log_price_index",
)


def drawn(
    seed: int, size: tuple[int, int], *, tariffs: bool = False, balanced: bool = False
) -> tuple[np.random.Generator, Economy, Floats]:
    """A random economy with a tenth of its trade cells empty, and elasticities from 0.8 to 9."""
    rng = np.random.default_rng(seed)
    economy = random_economy(rng, *size, tariffs=tariffs, balanced=balanced, empty=0.1)
    return rng, economy, rng.uniform(0.8, 9, size[0])


def same(ours: Solution, theirs: Solution, tolerance: float = 1e-9) -> None:
    """All fields equal, relative to the largest of their kind."""
    for name in FIELDS:
        a, b = getattr(ours, name), getattr(theirs, name)
        size = max(np.abs(b).max(), np.abs(theirs.income).max() if name == "deficit" else 0)
        assert np.abs(a - b).max() <= tolerance * size, name


@given(seeds, sizes, st.booleans(), st.sampled_from(["fixed", "share"]))
@few
def test_no_shock_changes_nothing(
    seed: int, size: tuple[int, int], tariffs: bool, rule: Rule
) -> None:
    _, e, theta = drawn(seed, size, tariffs=tariffs)
    s = solved(e, theta, unchanged(e, rule))
    assert s.sweeps == 1
    for hat in (s.wage, s.price, s.cost):
        assert np.abs(hat - 1).max() < 1e-12
    assert gap(s.output, e.output) < 1e-12
    assert gap(s.share, e.share) < 1e-12
    effects = Effects(e, s)
    for name in EFFECTS:
        assert np.abs(getattr(effects, name)).max() < 1e-10, name


@given(seeds, sizes)
@few
def test_balancing_what_is_balanced_changes_nothing(seed: int, size: tuple[int, int]) -> None:
    _, e, theta = drawn(seed, size, tariffs=True, balanced=True)
    s = solved(e, theta, unchanged(e, "balanced"))
    assert s.sweeps == 1
    assert np.abs(s.wage - 1).max() < 1e-12


@given(seeds, sizes)
@few
def test_kept_one_and_cost_zero_are_no_shock(seed: int, size: tuple[int, int]) -> None:
    _, e, theta = drawn(seed, size)
    everything = barrier(e, np.ones(e.share.shape, bool))
    assert solved(e, theta, everything).sweeps == 1


@given(seeds, sizes, st.booleans(), rules, st.sampled_from([1e-6, 1e-3, 7.0, 1e9]))
@few
def test_scaling_all_money_changes_nothing_real(
    seed: int, size: tuple[int, int], tariffs: bool, rule: Rule, unit: float
) -> None:
    rng, e, theta = drawn(seed, size, tariffs=tariffs)
    shock = random_shock(rng, e, rule)
    rich = replace(
        e, output=e.output * unit, value_added=e.value_added * unit, deficit=e.deficit * unit
    )
    a, b = solved(e, theta, shock), solved(rich, theta, shock)
    in_old_money = {f: getattr(b, f) / unit for f in FIELDS if f not in {"wage", "price", "cost"}}
    same(a, replace(b, **in_old_money))
    assert b.flows / unit == pytest.approx(a.flows, rel=1e-8, abs=1e-11)
    for name in EFFECTS:
        ours, theirs = getattr(Effects(e, a), name), getattr(Effects(rich, b), name)
        assert ours == pytest.approx(theirs, rel=1e-7, abs=1e-7), name


def in_numeraire(s: Solution, theta: Floats, unit: float) -> Solution:
    """The same equilibrium with all prices and all money multiplied."""
    nominal = {name: getattr(s, name) * unit for name in FIELDS}
    power = s.power * unit ** -theta[:, None]
    return replace(s, **nominal, power=power, total=s.total * unit ** -theta[:, None])


@given(seeds, sizes, st.booleans(), rules, st.floats(0.01, 100))
@few
def test_a_new_numeraire_changes_no_real_outcome(
    seed: int, size: tuple[int, int], tariffs: bool, rule: Rule, unit: float
) -> None:
    rng, e, theta = drawn(seed, size, tariffs=tariffs)
    first, second = (solved(e, theta, random_shock(rng, e, rule)) for _ in range(2))
    restated = in_numeraire(second, theta, unit)
    # real outcomes do not know the unit of the second equilibrium, nor of the table
    for before in (None, first):
        ours, theirs = Effects(e, second, before), Effects(e, restated, before)
        for name in ("real_income", "real_wage", "production"):
            a, b = getattr(ours, name), getattr(theirs, name)
            assert a == pytest.approx(b, rel=1e-9, abs=1e-9), name
    # first-order measures need both in one unit, whichever
    ours = Effects(e, second, first)
    theirs = Effects(e, restated, in_numeraire(first, theta, unit))
    for name in EFFECTS:
        a, b = getattr(ours, name), getattr(theirs, name)
        assert a == pytest.approx(b, rel=1e-9, abs=1e-9), name


@given(
    seeds,
    st.tuples(st.integers(1, 5), st.integers(3, 6)),
    st.booleans(),
    rules,
    st.sampled_from([1.0, 13.0]),
)
@few
def test_two_shocks_in_turn_are_one(
    seed: int, size: tuple[int, int], tariffs: bool, rule: Rule, unit: float
) -> None:
    """The equilibrium after one shock is a table from which another may start, in any money."""
    rng, e, theta = drawn(seed, size, tariffs=tariffs)
    first = random_shock(rng, e, rule)
    middle = solved(e, theta, first)
    halfway = after_shock(e, middle, first.tariff)
    halfway = replace(
        halfway,
        output=halfway.output * unit,
        value_added=halfway.value_added * unit,
        deficit=halfway.deficit * unit,
    )
    second = random_shock(rng, halfway, rule)
    both = Shock(
        first.cells,
        first.log_cost + second.log_cost,
        first.kept * second.kept,
        second.tariff,
        rule,
    )
    step, whole = solved(halfway, theta, second), solved(e, theta, both)
    assert step.wage * middle.wage == pytest.approx(whole.wage, rel=1e-9)
    assert step.price * middle.price == pytest.approx(whole.price, rel=1e-9)
    assert step.income / unit == pytest.approx(whole.income, rel=1e-9)
    assert step.flows / unit == pytest.approx(whole.flows, rel=1e-8, abs=1e-10)
    assert Effects(halfway, step).real_income == pytest.approx(
        Effects(e, whole, middle).real_income, rel=1e-7, abs=1e-7
    )


@given(seeds, sizes, st.booleans(), rules)
@few
def test_accounts_add_up_and_markets_clear(
    seed: int, size: tuple[int, int], tariffs: bool, rule: Rule
) -> None:
    rng, e, theta = drawn(seed, size, tariffs=tariffs)
    shock = random_shock(rng, e, rule)
    s = solved(e, theta, shock)
    tariff = np.zeros_like(e.share) if shock.tariff is None else shock.tariff
    world = e.value_added.sum()
    earned = s.wage * e.value_added
    # the numeraire, and the world's books
    assert earned.sum() == pytest.approx(world, rel=1e-12)
    assert abs(s.deficit.sum()) < 1e-9 * world
    assert s.income.sum() == pytest.approx(world + s.revenue.sum(), rel=1e-9)
    assert s.income == pytest.approx(earned + s.revenue + s.deficit, rel=1e-12)
    # every market
    assert s.share.sum(axis=1) == pytest.approx(np.ones(e.labour.shape), abs=1e-9)
    assert s.flows == pytest.approx(s.share * s.spending[:, None, :] / (1 + tariff), rel=1e-9)
    assert s.revenue == pytest.approx((tariff * s.flows).sum(axis=(0, 1)), rel=1e-9, abs=1e-12)
    assert gap(s.output, s.flows.sum(axis=2)) < 1e-9
    bought = np.einsum("dkj,jd->kd", e.inputs, s.output)
    assert gap(s.spending, bought + e.final * s.income) < 1e-9
    assert (e.labour * s.output).sum(axis=0) == pytest.approx(earned, rel=1e-9)
    # prices: unit costs, and the price of the best supply
    cost = e.labour * np.log(s.wage) + np.einsum("dkj,kd->jd", e.inputs, np.log(s.price))
    assert np.log(s.cost) == pytest.approx(cost, abs=1e-9)
    change = np.zeros(e.share.size)
    change[shock.cells] = shock.log_cost
    kept = np.ones(e.share.size)
    kept[shock.cells] = shock.kept
    delivered = np.exp(change.reshape(e.share.shape)) * s.cost[:, :, None]
    th = theta[:, None]
    total = e.share * kept.reshape(e.share.shape) * delivered ** -th[:, :, None]
    assert s.price == pytest.approx(total.sum(axis=1) ** (-1 / th), rel=1e-9)
    assert s.share == pytest.approx(total / total.sum(axis=1, keepdims=True), rel=1e-8)


def test_the_numeraire_holds_at_any_tolerance() -> None:
    rng, e, theta = drawn(1, (3, 5))
    rough = solved(e, theta, random_shock(rng, e), 1e-3)
    assert rough.residual > 1e-9
    world = e.value_added.sum()
    assert (rough.wage * e.value_added).sum() == pytest.approx(world, rel=1e-14)
    assert rough.income.sum() == pytest.approx(world + rough.revenue.sum(), rel=1e-2)


@given(seeds, sizes, st.booleans())
@few
def test_each_rule_keeps_what_it_says(seed: int, size: tuple[int, int], tariffs: bool) -> None:
    _, e, theta = drawn(seed, size, tariffs=tariffs)
    after = {r: solved(e, theta, random_shock(np.random.default_rng(seed), e, r)) for r in RULES}
    world = e.value_added.sum()
    assert after["fixed"].deficit == pytest.approx(e.deficit, abs=1e-10 * world)
    assert np.abs(after["balanced"].deficit).max() < 1e-10 * world
    revenue = 0.0 if e.tariff is None else Effects(e, after["fixed"]).flows_before * e.tariff
    before = world + np.sum(revenue)
    assert after["share"].deficit / after["share"].income.sum() == pytest.approx(
        e.deficit / before, abs=1e-10
    )


@given(seeds, sizes, st.booleans(), rules)
@few
def test_relabelling_permutes_the_results(
    seed: int, size: tuple[int, int], tariffs: bool, rule: Rule
) -> None:
    rng, e, theta = drawn(seed, size, tariffs=tariffs)
    shock = random_shock(rng, e, rule)
    j, n = rng.permutation(size[0]), rng.permutation(size[1])

    def cells(array: Floats | None) -> Floats | None:
        return None if array is None else array[np.ix_(j, n, n)]

    def places(array: Floats) -> Floats:
        return array[n] if array.ndim == 1 else array[np.ix_(j, n)]

    other = Economy(
        share=e.share[np.ix_(j, n, n)],
        inputs=e.inputs[np.ix_(n, j, j)],
        labour=places(e.labour),
        final=places(e.final),
        output=places(e.output),
        value_added=places(e.value_added),
        deficit=places(e.deficit),
        tariff=cells(e.tariff),
    )
    moved = Shock(
        shock.cells,
        shock.log_cost.reshape(e.share.shape)[np.ix_(j, n, n)].ravel(),
        shock.kept.reshape(e.share.shape)[np.ix_(j, n, n)].ravel(),
        cells(shock.tariff),
        rule,
    )
    a, b = solved(e, theta, shock), solved(other, theta[j], moved)
    same(b, replace(a, **{name: places(getattr(a, name)) for name in FIELDS}))
    for name in EFFECTS:
        ours, theirs = getattr(Effects(e, a), name), getattr(Effects(other, b), name)
        assert theirs == pytest.approx(places(ours), rel=1e-7, abs=1e-7), name


@given(
    seeds,
    st.tuples(st.integers(1, 5), st.integers(3, 6)),
    st.booleans(),
    rules,
    st.floats(0.05, 1.0),
)
@few
def test_a_deeper_barrier_never_raises_the_trade_it_hits(
    seed: int, size: tuple[int, int], tariffs: bool, rule: Rule, more: float
) -> None:
    rng, e, theta = drawn(seed, size, tariffs=tariffs)
    o, d = rng.choice(size[1], 2, replace=False)
    hit = np.zeros(e.share.shape, bool)
    hit[:, o, d] = True
    levels = [0.0, 0.3, 0.3 + more]
    trade = [
        solved(e, theta, barrier(e, hit, log_cost=c, rule=rule)).flows[hit].sum() for c in levels
    ]
    assert trade[0] > trade[1] > trade[2] > 0 or trade == [0, 0, 0]


@given(seeds, sizes, rules)
@few
def test_effects_are_monotone_in_leakage(seed: int, size: tuple[int, int], rule: Rule) -> None:
    rng, e, theta = drawn(seed, size, balanced=True)
    hit = np.zeros(e.share.shape, bool)
    o, d = rng.choice(size[1], 2, replace=False)
    hit[:, [o, d], [d, o]] = True
    path = [solved(e, theta, barrier(e, hit, kept=k, rule=rule)) for k in (1, 0.7, 0.3, 0.1, 0)]
    trade = [s.flows[hit].sum() for s in path]
    assert np.all(np.diff(trade) < 0) or not any(trade)
    assert trade[-1] == 0
    everybody = list(range(size[1]))
    loss = [Effects(e, s).group(everybody) for s in path]
    assert loss[0] == pytest.approx(0, abs=1e-9)
    assert np.all(np.diff(loss) < 0) or not any(trade)


@given(seeds, sizes, rules, st.floats(0.01, 0.99))
@few
def test_leakage_is_a_barrier_by_another_name(
    seed: int, size: tuple[int, int], rule: Rule, kept: float
) -> None:
    """Losing varieties and paying ``kept ** (-1 / theta)`` for all of them are the same."""
    rng, e, theta = drawn(seed, size)
    hit = rng.random(e.share.shape) < 0.4
    hit[:, range(size[1]), range(size[1])] = False
    fewer = barrier(e, hit, kept=kept, rule=rule)
    sector = fewer.cells // size[1] ** 2
    dearer = Shock(fewer.cells, -np.log(kept) / theta[sector], np.ones(len(fewer.cells)), rule=rule)
    same(solved(e, theta, fewer), solved(e, theta, dearer))


@given(seeds, st.tuples(st.integers(1, 5), st.integers(4, 6)), rules)
@few
def test_an_embargo_is_the_limit_of_growing_barriers(
    seed: int, size: tuple[int, int], rule: Rule
) -> None:
    rng, e, _ = drawn(seed, size)
    theta = rng.uniform(0.8, 1.5, size[0])
    hit = rng.random(e.share.shape) < 0.4
    hit &= (e.share > 0) & ~(ring(size[1]) | np.eye(size[1], dtype=bool))
    assume(hit.any())
    ended = solved(e, theta, barrier(e, hit, kept=0.0, rule=rule))
    assert ended.flows[hit].max() == 0
    far = [
        np.abs(
            np.log(solved(e, theta, barrier(e, hit, log_cost=c, rule=rule)).price / ended.price)
        ).max()
        for c in (1.0, 3.0, 6.0, 10.0, 40.0)
    ]
    assert np.all(np.diff(far) < 0)
    assert far[0] > 1e-6
    assert far[-1] < 1e-10
    infinite = solved(e, theta, barrier(e, hit, log_cost=np.inf, rule=rule))
    same(infinite, ended, 1e-12)


def split(e: Economy, shock: Shock, n: int) -> tuple[Economy, Shock]:
    """Country n as two identical halves: the second is added at the end.

    Who bought from n buys half from each; each half buys what n did, and of what n bought at
    home half from itself and half from its twin.
    """
    places = [*range(len(e.value_added)), n]
    half = np.ones(len(places))
    half[[n, -1]] = 0.5
    shape = e.share.shape

    def spread(values: Floats, default: float) -> Floats:
        full = np.full(shape, default).ravel()
        full[shock.cells] = values
        return full.reshape(shape)[:, places][:, :, places].ravel()

    def doubled(array: Floats | None) -> Floats | None:
        return None if array is None else array[:, places][:, :, places]

    share = e.share[:, places][:, :, places] * half[None, :, None]
    economy = Economy(
        share=share,
        inputs=e.inputs[places],
        labour=e.labour[:, places],
        final=e.final[:, places],
        output=e.output[:, places] * half,
        value_added=e.value_added[places] * half,
        deficit=e.deficit[places] * half,
        tariff=doubled(e.tariff),
    )
    return economy, Shock(
        np.arange(share.size),
        spread(shock.log_cost, 0.0),
        spread(shock.kept, 1.0),
        doubled(shock.tariff),
        shock.rule,
    )


@given(seeds, sizes, st.booleans(), rules)
@few
def test_a_country_and_its_two_halves_are_the_same_world(
    seed: int, size: tuple[int, int], tariffs: bool, rule: Rule
) -> None:
    rng, e, theta = drawn(seed, size, tariffs=tariffs)
    shock = random_shock(rng, e, rule)
    n = int(rng.integers(size[1]))
    finer, spread = split(e, shock, n)
    assert solved(finer, theta, unchanged(finer)).sweeps == 1
    whole, halves = solved(e, theta, shock), solved(finer, theta, spread)
    places = [*range(size[1]), n]
    assert halves.wage == pytest.approx(whole.wage[places], rel=1e-9)
    assert halves.price == pytest.approx(whole.price[:, places], rel=1e-9)
    assert halves.income[[n, -1]] == pytest.approx([whole.income[n] / 2] * 2, rel=1e-9)
    for name in ("real_income", "real_wage", "terms_of_trade", "volume_of_trade"):
        merged, apart = getattr(Effects(e, whole), name), getattr(Effects(finer, halves), name)
        assert apart == pytest.approx(merged[places], rel=1e-7, abs=1e-7), name
    # as a group the two are what the one was
    assert Effects(finer, halves).group([n, size[1]]) == pytest.approx(
        Effects(e, whole).real_income[n], rel=1e-7, abs=1e-7
    )
