"""The fixed point of currencies: closed forms, a plain loop, invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.engines.money.kernel import (
    Flows,
    flows_of,
    inclusive_value,
    mixes,
    respond,
    solve,
    spectral_radius,
)
from multipolar.errors import EngineError
from multipolar.numerics.arrays import Floats


def world(seed: int, N: int = 5, K: int = 4) -> tuple[Flows, Floats]:
    rng = np.random.default_rng(seed)
    s0 = rng.dirichlet(np.full(K, 0.7), (N, N))
    return flows_of(s0, rng.lognormal(0, 1, (N, N))), rng.normal(0, 1, (N, N, K))


def two(beta: float, start: float) -> float:
    """One share of two like countries that trade with each other in two currencies."""
    flows = flows_of(np.full((2, 2, 2), 0.5), np.ones((2, 2)))
    m = np.tile([start, 1 - start], (2, 1))
    return float(solve(flows, np.zeros((2, 2, 2)), beta, m).s[0, 1, 0])


@pytest.mark.parametrize("beta", [2.2, 3.0, 5.0])
def test_two_like_countries_are_a_magnet_in_its_mean_field(beta: float) -> None:
    # x = tanh(beta x / 2) with x = 2 s - 1, which has a solution above 0 from beta 2 on
    x = 2 * two(beta, 0.9) - 1
    assert x > 0.1
    assert x == pytest.approx(np.tanh(beta * x / 2), abs=1e-9)
    assert two(beta, 0.1) == pytest.approx(1 - two(beta, 0.9), abs=1e-9)
    assert two(beta, 0.5) == 0.5


@pytest.mark.parametrize("beta", [0.5, 1.0, 1.9])
def test_below_the_bound_they_have_one_equilibrium(beta: float) -> None:
    assert two(beta, 0.99) == pytest.approx(0.5, abs=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 3))
def test_a_fixed_point_meets_the_equation_flow_by_flow(seed: int, beta: float) -> None:
    flows, dU = world(seed)
    found = solve(flows, dU, beta)
    assert found.converged
    N, _, K = dU.shape
    m = np.zeros((N, K))
    for j in range(N):
        for i in range(N):
            m[j] += flows.W[i, j] * found.s[i, j]
    for i in range(N):
        for j in range(N):
            around = (m[i] + m[j] - flows.m0[i] - flows.m0[j]) / 2
            e = flows.s0[i, j] * np.exp(dU[i, j] + beta * around)
            np.testing.assert_allclose(found.s[i, j], e / e.sum(), atol=2e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 3))
def test_without_a_shock_nothing_changes(seed: int, beta: float) -> None:
    flows, dU = world(seed)
    found = solve(flows, 0 * dU, beta)
    np.testing.assert_allclose(found.s, flows.s0, atol=1e-14)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 2), st.floats(-3, 3))
def test_what_all_currencies_gain_alike_changes_nothing(
    seed: int, beta: float, gain: float
) -> None:
    flows, dU = world(seed)
    np.testing.assert_allclose(solve(flows, dU, beta).s, solve(flows, dU + gain, beta).s, atol=1e-8)


def test_a_currency_without_a_share_never_gets_one() -> None:
    flows, dU = world(1)
    s0 = flows.s0.copy()
    s0[..., 0] = 0
    s0 /= s0.sum(axis=2, keepdims=True)
    dU[..., 0] = 9.0
    assert solve(flows_of(s0, flows.value), dU, 1.0).s[..., 0].max() == 0


def test_the_accelerated_fixed_point_is_the_damped_one() -> None:
    flows, dU = world(3, N=8)
    m = flows.m0
    for _ in range(4000):
        m = 0.5 * m + 0.5 * mixes(respond(flows, dU, 2.0, m), flows.W)
    np.testing.assert_allclose(solve(flows, dU, 2.0).m, m, atol=1e-9)


def test_the_spectral_radius_is_that_of_finite_differences() -> None:
    for N in (4, 16):  # the second takes the iterative way
        flows, dU = world(5, N=N)
        s = solve(flows, dU, 0.0).s
        # shares s are a fixed point of the map around themselves
        here = flows_of(s, flows.value)
        K, h = s.shape[2], 1e-6
        J = np.zeros((N * K, N * K))
        for q in range(N * K):
            step = np.zeros(N * K)
            step[q] = h
            for sign in (1, -1):
                m = here.m0 + sign * step.reshape(N, K)
                image = mixes(respond(here, 0 * dU, 1.0, m), here.W)
                J[:, q] += sign * image.ravel() / (2 * h)
        expected = np.abs(np.linalg.eigvals(J)).max()
        assert spectral_radius(here, s) == pytest.approx(expected, rel=1e-6)


def test_a_currency_that_does_not_pull_leaves_the_others_to_pull() -> None:
    flows, dU = world(5)
    o = np.array([1.0, 1.0, 1.0, 0.0])
    some = flows_of(flows.s0, flows.value, o=o)
    found = solve(some, dU, 1.5)
    around = 0.75 * o * (found.m - some.m0)
    e = some.s0[1, 2] * np.exp(dU[1, 2] + around[1] + around[2])
    np.testing.assert_allclose(found.s[1, 2], e / e.sum(), atol=1e-9)
    assert spectral_radius(some, some.s0) < spectral_radius(flows, flows.s0)


def test_flows_that_are_fixed_are_paid_in_that_currency() -> None:
    flows, dU = world(7)
    which = np.zeros(flows.value.shape, dtype=bool)
    which[0, 1:] = True
    found = solve(flows, dU, 1.0, fixed=(which, 2))
    assert (found.s[which][:, 2] == 1).all()
    assert found.s[1:, 1:, 2].max() < 1


def test_the_inclusive_value_is_what_a_lost_currency_leaves() -> None:
    flows, dU = world(9)
    gone = np.zeros_like(dU)
    gone[2, 3, 1] = -60.0
    value = inclusive_value(flows, gone, 0.0, flows.m0)
    assert value[2, 3] == pytest.approx(np.log(1 - flows.s0[2, 3, 1]))
    value[2, 3] = 0
    assert (value == 0).all()


def test_shares_that_do_not_sum_to_one_are_refused() -> None:
    with pytest.raises(EngineError, match="sum to 1"):
        flows_of(np.full((2, 2, 2), 0.4), np.ones((2, 2)))
