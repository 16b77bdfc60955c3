"""Effects against closed forms: home shares, differentials and plain sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import Economy, Shock, Solution, purchases
from multipolar.numerics.arrays import Floats
from trade_economies import barrier, one_sector, random_economy, random_shock, solved, unchanged

few = settings(max_examples=25, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)
thetas = st.floats(0.6, 12)


def abroad(N: int) -> Floats:
    """Which cells of one sector cross a border, shape (1, N, N)."""
    return np.asarray(~np.eye(N, dtype=bool)[None])


@given(st.floats(0.05, 0.95), thetas)
@few
def test_autarky_of_a_symmetric_pair(home: float, theta: float) -> None:
    """Real income falls to ``home ** (1 / theta)``."""
    share = np.array([[[home, 1 - home], [1 - home, home]]])
    ones = np.ones((1, 2))
    e = Economy(share, np.zeros((2, 1, 1)), ones, ones, ones, ones[0], np.zeros(2))
    s = solved(e, np.array([theta]), barrier(e, abroad(2), kept=0.0))
    effects = Effects(e, s)
    expected = 100 * (home ** (1 / theta) - 1)
    assert effects.real_income == pytest.approx([expected] * 2, rel=1e-8)
    assert effects.real_wage == pytest.approx([expected] * 2, rel=1e-8)
    assert effects.terms_of_trade == pytest.approx([0, 0], abs=1e-9)


@given(st.floats(0.05, 0.95), thetas, st.floats(0, 2))
@few
def test_a_barrier_between_a_symmetric_pair(home: float, theta: float, cost: float) -> None:
    """Wages do not move, so that the price index is known."""
    share = np.array([[[home, 1 - home], [1 - home, home]]])
    ones = np.ones((1, 2))
    e = Economy(share, np.zeros((2, 1, 1)), ones, ones, ones, ones[0], np.zeros(2))
    s = solved(e, np.array([theta]), barrier(e, abroad(2), log_cost=cost))
    price = (home + (1 - home) * np.exp(-theta * cost)) ** (-1 / theta)
    expected = 100 * (1 / price - 1)
    assert Effects(e, s).real_income == pytest.approx([expected] * 2, rel=1e-8, abs=1e-10)


@given(seeds, st.integers(2, 6), st.floats(0.6, 6))
@few
def test_real_income_follows_from_the_home_share(seed: int, N: int, theta: float) -> None:
    """Arkolakis, Costinot & Rodriguez-Clare (2012): one sector, balanced, no tariffs.

    ``I^ / P^ = (home share^) ** (-1 / theta)``, whatever happened abroad.
    """
    rng = np.random.default_rng(seed)
    e = one_sector(rng, N)
    s = solved(e, np.array([theta]), random_shock(rng, e))
    home = np.einsum("nn->n", s.share[0]) / np.einsum("nn->n", e.share[0])
    expected = 100 * (home ** (-1 / theta) - 1)
    assert Effects(e, s).real_income == pytest.approx(expected, rel=1e-7, abs=1e-7)
    assert Effects(e, s).real_wage == pytest.approx(expected, rel=1e-7, abs=1e-7)


@given(seeds, st.integers(1, 5), st.integers(2, 6))
@few
def test_real_wages_follow_from_home_shares_through_inputs(seed: int, J: int, N: int) -> None:
    """The same with many sectors and inputs: Caliendo & Parro (2015), equation 17.

    At home ``P^ = w^labour prod P^inputs (home share^) ** (1 / theta)``; solved for prices.
    """
    rng = np.random.default_rng(seed)
    e = random_economy(rng, J, N, tariffs=True)
    theta = rng.uniform(0.8, 9, J)
    s = solved(e, theta, random_shock(rng, e))
    home = np.einsum("jnn->jn", s.share) / np.einsum("jnn->jn", e.share)
    for n in range(N):
        less = np.log(home[:, n]) / theta
        log_price = np.linalg.solve(np.eye(J) - e.inputs[n].T, less)  # over the wage
        expected = 100 * np.expm1(-e.final[:, n] @ log_price)
        assert Effects(e, s).real_wage[n] == pytest.approx(expected, rel=1e-7, abs=1e-7)


@given(seeds, st.integers(1, 4), st.integers(2, 6))
@few
def test_terms_of_trade_of_the_world_sum_to_zero_in_money(seed: int, J: int, N: int) -> None:
    rng = np.random.default_rng(seed)
    e = random_economy(rng, J, N, tariffs=True)
    theta = rng.uniform(0.8, 9, J)
    effects = Effects(e, solved(e, theta, random_shock(rng, e)))
    money = effects.terms_of_trade * effects.income_before
    assert np.abs(money).max() > 1e-3
    assert abs(money.sum()) < 1e-9 * np.abs(money).sum()


def exports_less_imports(e: Economy, s: Solution) -> tuple[Floats, Floats]:
    """Terms and volume of trade as equation 15 has them, sum by sum."""
    J, N = e.labour.shape
    assert e.tariff is not None
    X = purchases(e)
    terms, volume = np.zeros(N), np.zeros(N)
    dc = s.cost - 1
    for n in range(N):
        for i in range(N):
            for j in range(J):
                imports = e.share[j, i, n] * X[j, n] / (1 + e.tariff[j, i, n])
                new = s.flows[j, i, n]
                if i != n:
                    exports = e.share[j, n, i] * X[j, i] / (1 + e.tariff[j, n, i])
                    terms[n] += exports * dc[j, n] - imports * dc[j, i]
                volume[n] += e.tariff[j, i, n] * (new - imports - imports * dc[j, i])
    income = X.sum(axis=0) - np.einsum("dkj,jd->d", e.inputs, e.output)
    return 100 * terms / income, 100 * volume / income


def test_decomposition_is_equation_15() -> None:
    rng = np.random.default_rng(8)
    e = random_economy(rng, tariffs=True)
    s = solved(e, rng.uniform(1, 6, 3), random_shock(rng, e))
    terms, volume = exports_less_imports(e, s)
    assert Effects(e, s).terms_of_trade == pytest.approx(terms, rel=1e-9)
    assert Effects(e, s).volume_of_trade == pytest.approx(volume, rel=1e-9)


@given(seeds, st.integers(1, 4), st.integers(2, 6))
@few
def test_decomposition_is_the_differential_of_real_income(seed: int, J: int, N: int) -> None:
    """With balanced trade and nothing but tariffs changed, equation 15 holds to first order."""
    rng = np.random.default_rng(seed)
    e = random_economy(rng, J, N, tariffs=True, balanced=True)
    theta = rng.uniform(0.8, 6, J)
    assert e.tariff is not None
    direction = rng.uniform(-1, 1, e.tariff.shape) * (e.tariff > 0)
    errors, sizes = [], []
    for step in (2e-3, 1e-3):
        tariff = e.tariff + step * direction
        log_cost = np.log((1 + tariff) / (1 + e.tariff)).ravel()
        cells = np.arange(log_cost.size)
        shock = Shock(cells, log_cost, np.ones(cells.size), tariff, "balanced")
        effects = Effects(e, solved(e, theta, shock, 1e-13))
        first_order = effects.terms_of_trade + effects.volume_of_trade
        errors.append(np.abs(effects.real_income - first_order).max())
        sizes.append(np.abs(effects.real_income).max())
    assert errors[1] < 0.02 * sizes[1]
    assert errors[1] == pytest.approx(errors[0] / 4, rel=0.2)  # of second order


@given(seeds, st.integers(1, 4), st.integers(2, 6))
@few
def test_from_one_equilibrium_to_another(seed: int, J: int, N: int) -> None:
    """Effects between two solutions are those from the table, one over the other."""
    rng = np.random.default_rng(seed)
    e = random_economy(rng, J, N, tariffs=True)
    theta = rng.uniform(0.8, 9, J)
    one, two = (solved(e, theta, random_shock(rng, e)) for _ in range(2))
    base, both = Effects(e, one), Effects(e, two)
    between = Effects(e, two, one)
    for name in ("real_income", "real_wage", "production"):
        a, b, c = (1 + getattr(x, name) / 100 for x in (base, both, between))
        assert c == pytest.approx(b / a, rel=1e-8), name
    null = solved(e, theta, unchanged(e))
    for name in ("real_income", "terms_of_trade", "volume_of_trade", "real_wage"):
        from_table, from_null = getattr(both, name), getattr(Effects(e, two, null), name)
        assert from_table == pytest.approx(from_null, rel=1e-8, abs=1e-9), name
    assert both.flows_before.sum(axis=2) == pytest.approx(e.output, rel=1e-9)


def test_a_group_is_weighted_by_income() -> None:
    rng = np.random.default_rng(9)
    e = random_economy(rng, 3, 5)
    effects = Effects(e, solved(e, rng.uniform(1, 6, 3), random_shock(rng, e)))
    income = e.value_added + e.deficit
    real = effects.real_income
    expected = (real[1] * income[1] + real[3] * income[3]) / (income[1] + income[3])
    assert effects.group([1, 3]) == pytest.approx(expected, rel=1e-12)
    assert effects.group([3, 1]) == pytest.approx(expected, rel=1e-12)
    assert effects.group([2]) == pytest.approx(real[2], rel=1e-12)
    assert abs(effects.group([1, 3]) - real[[1, 3]].mean()) > 1e-3
    lowest, highest = real.min(), real.max()
    assert lowest < effects.group(list(range(5))) < highest


def test_production_is_output_over_its_price() -> None:
    rng = np.random.default_rng(10)
    e = random_economy(rng, 3, 5)
    s = solved(e, rng.uniform(1, 6, 3), random_shock(rng, e))
    quantity = s.output / s.cost
    assert Effects(e, s).production == pytest.approx(100 * (quantity / e.output - 1), rel=1e-9)
    # without inputs, the labour of a country goes into making things, all of it
    plain = random_economy(rng, 3, 5, inputs=False)
    moved = solved(plain, rng.uniform(1, 6, 3), random_shock(rng, plain))
    made = 1 + Effects(plain, moved).production / 100
    assert (made * plain.output).sum(axis=0) == pytest.approx(plain.value_added, rel=1e-9)
    # and nothing can be said where nothing was made
    closed_down = plain.output * (np.arange(3) > 0)[:, None]
    hollow = Economy(
        plain.share,
        plain.inputs,
        plain.labour,
        plain.final,
        closed_down,
        plain.value_added,
        plain.deficit,
    )
    assert (Effects(hollow, moved).production[0] == 0).all()
