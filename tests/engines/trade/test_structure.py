"""Power and dependence against the model they approximate, or the inverse they sum up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import Economy, Shock, purchases
from multipolar.engines.trade.structure import exposure, reliance, withdrawal_loss
from multipolar.numerics.arrays import Floats
from trade_economies import one_sector, random_economy, solved

few = settings(max_examples=20, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)
countries = st.integers(2, 6)


def flows_of(e: Economy) -> Floats:
    return np.asarray((e.share * purchases(e)[:, None, :])[0])


def real_income_after_growth(e: Economy, theta: float, i: int, growth: float) -> Floats:
    """Log change in real income when everything that i makes needs less of everything."""
    N = len(e.value_added)
    cells = i * N + np.arange(N)
    shock = Shock(cells, np.full(N, -growth), np.ones(N), rule="balanced")
    s = solved(e, np.array([theta]), shock, 1e-13)
    return np.log1p(Effects(e, s).real_income / 100)


@given(seeds, countries, st.floats(0.6, 10))
@few
def test_exposure_is_the_derivative_of_the_model(seed: int, N: int, theta: float) -> None:
    e = one_sector(np.random.default_rng(seed), N)
    table = exposure(flows_of(e), theta)
    assert table.shape == (N, N)
    h = 1e-4
    for i in range(N):
        up, down = (real_income_after_growth(e, theta, i, g) for g in (h, -h))
        assert table[:, i] == pytest.approx((up - down) / (2 * h), abs=1e-5)
    # growth everywhere is growth
    assert table.sum(axis=1) == pytest.approx(np.ones(N), abs=1e-9)


def test_exposure_reads_n_then_i() -> None:
    """A small country depends on a large one, not the other way round."""
    flows = np.array([[96.0, 4.0], [4.0, 6.0]])
    table = exposure(flows, 4.0)
    assert table[1, 0] > 2 * table[0, 1] > 0


@given(seeds, countries, st.floats(0.6, 10))
@few
def test_withdrawal_loss_is_the_exact_price_rise_in_one_sector(
    seed: int, N: int, theta: float
) -> None:
    rng = np.random.default_rng(seed)
    e = one_sector(rng, N)
    senders = rng.choice(N, int(rng.integers(1, N)), replace=False).tolist()
    loss = withdrawal_loss(e, np.array([theta]), senders)
    for n in range(N):
        left = 1 - sum(e.share[0, s, n] for s in senders if s != n)
        price = left ** (-1 / theta)  # of the CES basket, others' costs as they were
        assert loss[n] == pytest.approx(100 * np.log(price), rel=1e-9)


@given(seeds, countries)
@few
def test_withdrawal_loss_over_sectors_without_inputs(seed: int, N: int) -> None:
    """Then spending over income is the share in final spending, and the index is exact."""
    rng = np.random.default_rng(seed)
    e = random_economy(rng, 4, N, inputs=False)
    theta = rng.uniform(0.6, 9, 4)
    senders = [0]
    left = 1 - e.share[:, 0, :]
    left[:, 0] = 1
    expected = (e.final * -np.log(left) / theta[:, None]).sum(axis=0)
    loss = withdrawal_loss(e, theta, senders)
    assert loss == pytest.approx(100 * expected, rel=1e-9)
    assert loss[0] == 0


def test_withdrawal_loss_counts_inputs() -> None:
    """Inputs bought from the coalition weigh by spending over income, which exceeds one."""
    e = random_economy(np.random.default_rng(5), 1, 4, balanced=True)
    loss = withdrawal_loss(e, np.array([3.0]), [1])
    ratio = (purchases(e) / e.value_added)[0]
    assert ratio.min() > 1
    expected = -100 * ratio * np.log(1 - e.share[0, 1]) / 3
    expected[1] = 0
    assert loss == pytest.approx(expected, rel=1e-9)


def test_withdrawal_loss_of_the_only_suppliers_is_infinite() -> None:
    e = one_sector(np.random.default_rng(1), 3)
    share = e.share.copy()
    share[0, :, 2] = [0.5, 0.5, 0.0]
    loss = withdrawal_loss(replace(e, share=share), np.array([2.0]), [0, 1])
    assert loss[2] == np.inf
    assert np.isfinite(loss[:2]).all()


@given(seeds)
@few
def test_a_larger_coalition_withdraws_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    e = random_economy(rng, 3, 5, tariffs=True)
    theta = rng.uniform(0.6, 9, 3)
    order = rng.permutation(5).tolist()
    losses = np.array([withdrawal_loss(e, theta, order[:n]) for n in range(6)])
    assert (losses[0] == 0).all()
    joined = np.diff(losses, axis=0)
    for n, member in enumerate(order):
        others = [c for c in range(5) if c != member]
        assert (joined[n, others] > -1e-12).all()
        assert joined[n, member] == pytest.approx(0, abs=1e-12)


def leontief(e: Economy) -> Floats:
    """The inverse, shape (J, N, J, N): [i, o, j, d]."""
    J, N = e.labour.shape
    A = np.zeros((J * N, J * N))
    for i in range(J):
        for o in range(N):
            for j in range(J):
                for d in range(N):
                    A[i * N + o, j * N + d] = e.share[i, o, d] * e.inputs[d, i, j]
    return np.asarray(np.linalg.inv(np.eye(J * N) - A).reshape(J, N, J, N))


@given(seeds, st.integers(1, 4), countries)
@few
def test_reliance_is_the_inverse_of_leontief(seed: int, J: int, N: int) -> None:
    rng = np.random.default_rng(seed)
    e = random_economy(rng, J, N, empty=0.2)
    baskets = rng.uniform(0, 3, (J, N, 4))
    baskets[:, :, 0] = 0
    baskets[0, 0, 0] = 1  # one unit of one industry
    baskets[:, :, 3] *= 1e-6  # a small basket next to large ones
    made = (np.einsum("iojd,jdk->iok", leontief(e), baskets) - baskets).sum(axis=0).T
    expected = made / made.sum(axis=1, keepdims=True)
    shares = reliance(e, baskets)
    assert shares.shape == (4, N)
    assert shares[:3] == pytest.approx(expected[:3], abs=1e-8)
    assert shares.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-12)
    # the rounds stop by the largest basket
    assert shares[3] == pytest.approx(expected[3], abs=1e-3)


def test_reliance_of_a_basket_that_needs_nothing() -> None:
    e = one_sector(np.random.default_rng(2), 4)
    assert (reliance(e, np.ones((1, 4, 2))) == 0).all()
    assert (reliance(e, np.zeros((1, 4, 1))) == 0).all()


def test_reliance_does_not_depend_on_the_size_of_the_basket() -> None:
    e = random_economy(np.random.default_rng(3))
    basket = np.random.default_rng(4).uniform(0, 1, (3, 4, 1))
    assert reliance(e, basket * 1e6) == pytest.approx(reliance(e, basket), abs=1e-9)
