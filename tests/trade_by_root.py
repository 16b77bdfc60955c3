"""The trade engine's model solved the plain way, to check its kernel against."""

from __future__ import annotations

import numpy as np
from scipy.optimize import root

from multipolar.engines.trade.kernel import Economy, Shock, weights, world_income
from multipolar.numerics.arrays import Floats


def state_at(
    wage: Floats, economy: Economy, theta: Floats, shock: Shock, tolerance: float = 1e-13
) -> tuple[Floats, Floats, Floats]:
    """Return prices, output and income at given wages: prices iterated, quantities solved whole.

    All equations that do not clear the labour market hold at the result. Prices and output have
    shape (J, N), income (N,).
    """
    J, N = economy.labour.shape
    weight = weights(economy, theta, shock)
    tariff = np.zeros_like(weight) if shock.tariff is None else shock.tariff
    log_price = np.zeros((J, N))
    for _ in range(100_000):
        bought = np.einsum("dkj,kd->jd", economy.inputs, log_price)
        cost = np.exp(economy.labour * np.log(wage) + bought)
        drawn = weight * cost[:, :, None] ** -theta[:, None, None]
        new = -np.log(drawn.sum(axis=1)) / theta[:, None]
        gap = abs(new - log_price).max()
        log_price = new
        if gap < tolerance:
            break
    pi = drawn / drawn.sum(axis=1, keepdims=True)
    net = pi / (1 + tariff)
    lost = (pi - net).sum(axis=1)
    earned = wage * economy.value_added
    # unknowns: spending (J N), then world income where deficits move with it
    A = np.zeros((J * N + 1, J * N + 1))
    b = np.zeros(J * N + 1)
    fixed = economy.deficit if shock.rule == "fixed" else np.zeros(N)
    moving = economy.deficit / world_income(economy) if shock.rule == "share" else np.zeros(N)
    for k in range(J):
        for d in range(N):
            row = k * N + d
            A[row, row] += 1
            for j in range(J):
                # inputs of k bought by sector j of d, which sells to everybody
                A[row, j * N : (j + 1) * N] -= economy.inputs[d, k, j] * net[j, d, :]
                A[row, j * N + d] -= economy.final[k, d] * lost[j, d]
            A[row, -1] -= economy.final[k, d] * moving[d]
            b[row] = economy.final[k, d] * (earned[d] + fixed[d])
    A[-1, -1] = 1
    for j in range(J):
        A[-1, j * N : (j + 1) * N] -= lost[j]
    b[-1] = (earned + fixed).sum()
    A[-1, -1] -= moving.sum()
    x = np.linalg.solve(A, b)
    spending = x[:-1].reshape(J, N)
    output = np.einsum("jod,jd->jo", net, spending)
    income = earned + fixed + moving * x[-1] + (lost * spending).sum(axis=0)
    return np.exp(log_price), output, income


def solve_by_root(
    economy: Economy, theta: Floats, shock: Shock
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return wages, prices, output and income, by scipy's root finder on wages alone.

    For small economies: the work grows with (J N) cubed.
    """
    world = economy.value_added.sum()

    def full(log_wage: Floats) -> Floats:
        wage = np.exp(np.append(log_wage, 0.0))
        return np.asarray(wage * world / (wage * economy.value_added).sum())

    def excess(log_wage: Floats) -> Floats:
        wage = full(log_wage)
        _, output, _ = state_at(wage, economy, theta, shock)
        paid = (economy.labour * output).sum(axis=0)
        return np.asarray((paid / (wage * economy.value_added) - 1)[:-1])

    found = root(excess, np.zeros(len(economy.value_added) - 1), method="hybr", tol=1e-13)
    wage = full(found.x)
    return (wage, *state_at(wage, economy, theta, shock))
