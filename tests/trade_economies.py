"""World economies for the tests of the trade engine: random ones, and one after a shock."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from multipolar.engines.trade.kernel import Economy, Rule, Shock, Solution, solve
from multipolar.numerics.arrays import Floats
from validation.economies import ICIO, NAFTA

needs_nafta = pytest.mark.skipif(not NAFTA.exists(), reason="the NAFTA calibration is not here")
needs_icio = pytest.mark.skipif(not ICIO.exists(), reason="the table of 2022 is not here")

RULES: tuple[Rule, ...] = ("fixed", "share", "balanced")
FIELDS = ("wage", "price", "cost", "spending", "output", "income", "revenue", "deficit")


def random_economy(
    rng: np.random.Generator,
    J: int = 3,
    N: int = 4,
    *,
    tariffs: bool = False,
    balanced: bool = False,
    inputs: bool = True,
    empty: float = 0.0,
) -> Economy:
    """An economy in which all accounts hold at wages and prices of one.

    ``empty`` is the share of the cells between countries that are zero; ``balanced`` has no
    deficits. Everybody trades with two neighbours in a ring, and deficits are small, so that
    there is an equilibrium after a shock, too.
    """
    share = rng.dirichlet(np.full(N, 0.6), size=(J, N)).transpose(0, 2, 1).copy()
    share[rng.random(share.shape) < empty] = 0.0
    share[:, ring(N)] += 0.1
    at_home = np.arange(N)
    share[:, at_home, at_home] += 1
    share /= share.sum(axis=1, keepdims=True)
    labour = rng.uniform(0.2, 0.9, (J, N)) if inputs else np.ones((J, N))
    recipe = rng.dirichlet(np.ones(J), size=(N, J)).transpose(0, 2, 1)
    recipe = recipe * (1 - labour).T[:, None, :]
    final = rng.dirichlet(np.ones(J), size=N).T.copy()
    tariff = None
    if tariffs:
        tariff = rng.uniform(0, 0.3, (J, N, N))
        tariff[:, at_home, at_home] = 0
    over = None if balanced else rng.uniform(0.9, 1.1, N)
    return closed(share, recipe, labour, final, tariff, over)


def ring(N: int) -> NDArray[np.bool_]:
    """Which (origin, destination) are neighbours, shape (N, N)."""
    apart = (np.arange(N)[:, None] - np.arange(N)) % N
    return np.asarray((apart == 1) | (apart == N - 1))


def closed(
    share: Floats,
    inputs: Floats,
    labour: Floats,
    final: Floats,
    tariff: Floats | None = None,
    over: Floats | None = None,
) -> Economy:
    """The quantities that go with these coefficients, 5 of income a country on average.

    Trade is balanced, unless countries spend ``over`` times what they would then.
    """
    J, N = labour.shape
    net = share if tariff is None else share / (1 + tariff)
    chain = np.einsum("dkj,jdn->kdjn", inputs, net).reshape(J * N, J * N)
    per_income = np.zeros((J * N, N))
    for n in range(N):
        per_income[n::N, n] = final[:, n]
    spent = np.linalg.solve(np.eye(J * N) - chain, per_income).reshape(J, N, N)
    made = np.einsum("jod,jdn->jon", net, spent)
    earned = np.einsum("jo,jon->on", labour, made)
    earned += np.einsum("jod,jdn->dn", share - net, spent)
    # the incomes that reproduce themselves
    kept = np.vstack([earned - np.eye(N), np.ones(N)])
    income = np.linalg.lstsq(kept, np.append(np.zeros(N), 5.0 * N), rcond=None)[0]
    if over is not None:
        income = income * over
    output = made @ income
    value_added = (labour * output).sum(axis=0)
    deficit = np.zeros(N) if over is None else income - earned @ income
    return Economy(share, inputs, labour, final, output, value_added, deficit, tariff)


def one_sector(rng: np.random.Generator, N: int = 5, home: float = 1.0) -> Economy:
    """One sector, no inputs, balanced trade."""
    share = rng.dirichlet(np.ones(N), size=N).T[None] + home * np.eye(N)
    share /= share.sum(axis=1, keepdims=True)
    ones = np.ones((1, N))
    return closed(share, np.zeros((N, 1, 1)), ones, ones)


def random_shock(
    rng: np.random.Generator, economy: Economy, rule: Rule = "fixed", *, embargoes: bool = True
) -> Shock:
    """Dearer trade in a third of the cells between countries, ended in some, and new tariffs.

    Neighbours go on trading.
    """
    shape = economy.share.shape
    log_cost = np.where(rng.random(shape) < 0.3, rng.uniform(0, 1, shape), 0.0)
    kept = np.where(rng.random(shape) < 0.1, 0.0, 1.0) if embargoes else np.ones(shape)
    at_home = np.arange(shape[1])
    log_cost[:, at_home, at_home], kept[:, at_home, at_home] = 0, 1
    kept[:, ring(shape[1])] = 1
    tariff = None
    if economy.tariff is not None:
        tariff = economy.tariff * rng.uniform(0, 2, shape)
        log_cost += np.log((1 + tariff) / (1 + economy.tariff))
    cells = np.arange(log_cost.size)
    return Shock(cells, log_cost.ravel(), kept.ravel(), tariff, rule)


def unchanged(economy: Economy, rule: Rule = "fixed") -> Shock:
    """No shock: the tariffs stay what they are."""
    return Shock(tariff=economy.tariff, rule=rule)


def barrier(
    economy: Economy,
    touched: NDArray[np.bool_],
    *,
    log_cost: float = 0.0,
    kept: float = 1.0,
    rule: Rule = "fixed",
) -> Shock:
    """One barrier on all the cells of (J, N, N) that are touched."""
    cells = np.flatnonzero(touched)
    n = len(cells)
    return Shock(cells, np.full(n, log_cost), np.full(n, kept), economy.tariff, rule)


def solved(
    economy: Economy, theta: Floats, shock: Shock, tolerance: float = 1e-12, most: int = 2000
) -> Solution:
    """The equilibrium, which has to exist."""
    solution = solve(economy, theta, shock, tolerance=tolerance, max_sweeps=most)
    assert solution.converged, solution.message
    return solution


def gap(new: Floats, old: Floats) -> float:
    """The largest difference, relative to the largest absolute value of its row."""
    size = np.abs(old).max(axis=-1, keepdims=True)
    return float((np.abs(new - old) / np.where(size > 0, size, 1.0)).max())


def no_numbers(solution: Solution) -> bool:
    """Whether a solution that did not converge holds none."""
    return all(getattr(solution, name).size == 0 for name in (*FIELDS, "weight", "power", "total"))


def after_shock(economy: Economy, solution: Solution, tariff: Floats | None) -> Economy:
    """The new equilibrium as an economy of its own, from which a second shock may start."""
    return replace(
        economy,
        share=solution.share,
        output=solution.output,
        value_added=solution.wage * economy.value_added,
        deficit=solution.deficit,
        tariff=tariff,
    )
