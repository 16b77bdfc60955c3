"""A year's market, settled: by Newton's method in prices, by programmes where that does not do.

Newton starts from an equilibrium that is known to be near, or from one programme with demand made
straight. What it finds is an equilibrium only if the conditions say so, which are looked at apart
from it; if they do not, the programmes of :func:`multipolar.engines.gas.kernel.solve` decide, and
name the limits that cannot all be kept.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multipolar.engines.gas.kernel import (
    Ending,
    Network,
    Solution,
    market_slope,
    pieces,
    programme_of,
    rent_of_pipes,
    rows_of,
    slope_of,
    solve,
    violation,
)
from multipolar.engines.gas.newton import Packed, equilibrium
from multipolar.engines.gas.programme import optimise
from multipolar.numerics.arrays import Floats

EXACT = 1e-6  # the largest violation, USD/MMBtu or bcm, at which Newton's answer stands
NEAR, PROGRAMME = 0.05, 0.01  # hold of flows at first, from a known equilibrium, from a programme
CHEAPEST = 0.05  # share of the reference price below which no start lies
CAP_ROUNDS, CAP_STEP, CAP_SETTLED = 60, 0.5, 1e-4  # the last in USD/MMBtu


def settle(n: Network, start: Solution | None = None) -> Solution:
    """Return the equilibrium of a year; if ``status`` is not ``converged`` it has no numbers.

    Args:
        n: the year.
        start: an equilibrium of a network with the same nodes, pipes and voyages.

    Example:
        >>> from multipolar.engines.gas.model import prepared_base
        >>> from multipolar.world import World
        >>> base, _, _ = prepared_base(World.load())
        >>> bool(settle(base.network).residual < 1e-9)
        True
    """
    if start is not None and start.status == "converged":
        found = _newton(n, *_known(n, start), NEAR)
        if found.residual < EXACT:
            return found
    begun = _programme(n)
    if begun is not None:
        found = _newton(n, *begun, PROGRAMME)
        if found.residual < EXACT:
            return found
    by_programmes = solve(n, "piqp")
    if by_programmes.status != "converged":
        by_programmes = solve(n)
    if by_programmes.status != "converged":
        return by_programmes
    found = _newton(n, *_known(n, by_programmes), PROGRAMME)
    return found if found.residual < EXACT else by_programmes


def _known(n: Network, found: Solution) -> tuple[Floats, Floats]:
    """Return prices, margins and rents of an equilibrium, and its quantities."""
    margin = n.conjecture * market_slope(n, slope_of(n, found.consumption)[1]) * found.sold
    rents = (found.plant_rent, found.terminal_rent)
    unknowns = np.concatenate([found.price, margin, *rents])
    return unknowns, np.concatenate([found.production, found.flow, found.lng])


def _programme(n: Network) -> tuple[Floats, Floats] | None:
    """Return the same of a programme in which demand is straight."""
    answer = optimise(programme_of(n, rows_of(n), n.demand), "piqp")
    if answer.status != "solved":
        return None
    _, s, f, v, _ = pieces(n)
    N = len(n.demand)
    price = answer.price[:N]
    if not n.linear:
        price = np.where(n.demand > 0, np.maximum(price, CHEAPEST * n.price), price)
    above = np.maximum(np.append(-answer.price[N:], answer.rent), 0.0)
    return np.append(price, above), np.concatenate([answer.x[s], answer.x[f], answer.x[v]])


def _newton(n: Network, unknowns: Floats, quantities: Floats, hold: float) -> Solution:
    """Return what Newton's method finds, with how far that is from an equilibrium."""
    N, A, K = len(n.demand), len(n.tail), len(n.conjecture)
    z, moved = unknowns.copy(), quantities.copy()
    try:
        _, steps = equilibrium(_packed(n), z, moved, hold)
    except ZeroDivisionError:  # prices ran away
        steps, z = 0, np.full(len(z), np.nan)
    production, flow, lng = np.split(moved, [N, N + A])
    price, _, plants, terminals = np.split(z, [N, N + K, 2 * N + K])
    consumption = _consumption(n, price)
    slope = slope_of(n, consumption)[1]
    sold = np.zeros(K)
    for whose, quantity in ((n.power_pipe, flow), (n.power_voyage, lng)):
        np.add.at(sold, whose[whose >= 0], quantity[whose >= 0])
    made, idle = (consumption, production, price), np.zeros(A)
    found = Solution(*made, flow, idle, lng, plants, terminals, sold, np.inf, steps)
    residual = violation(n, found, slope)
    rent = rent_of_pipes(n, found, slope)
    ended: Ending = "converged" if residual < EXACT else "not converged"
    return replace(found, pipe_rent=rent, residual=residual, status=ended)


def _consumption(n: Network, price: Floats) -> Floats:
    """Return what is used at a price, shape (N,), bcm a year."""
    here = n.demand > 0
    over = np.where(here, price, 1.0) / np.where(here, n.price, 1.0)
    if n.linear:
        return np.where(here, np.maximum(n.demand * (1 - n.elasticity * (over - 1)), 0.0), 0.0)
    return np.where(here, n.demand * np.maximum(over, 1e-12) ** -n.elasticity, 0.0)


def _packed(n: Network) -> Packed:
    """Return a network as :func:`multipolar.engines.gas.newton.equilibrium` takes it."""
    A, V = len(n.tail), len(n.seller)
    none, ports = np.zeros(A), (n.liquefaction[n.seller] > 0) & (n.regasification[n.buyer] > 0)
    node = np.array(
        [n.demand, n.price, n.elasticity, n.supply, n.cost, n.steep, n.ceiling, n.stock,
         n.liquefaction, n.regasification], float
    )  # fmt: skip
    link = np.array(
        [
            np.append(n.tariff, n.freight),
            np.append(none + 1, n.usual),
            np.append(none, n.spread),
            np.append(n.floor, n.least),
            np.append(n.capacity, np.where(ports, n.most, 0.0)),
            np.append(none, np.full(V, n.own_use)),
        ]
    )
    ends = np.array([np.append(n.tail, n.seller), np.append(n.head, n.buyer)], np.int64)
    whose = np.append(n.power_pipe, n.power_voyage).astype(np.int64)
    abroad, market = n.abroad.astype(np.int64), n.market.astype(np.int64)
    return node, link, ends, whose, market, abroad, n.conjecture.astype(float), A, bool(n.linear)


def solve_capped(n: Network, capped: Floats, start: Solution | None = None) -> Solution:
    """Solve a year in which what is paid is capped: sellers get the cap, buyers keep the rest.

    A cap is a tax that is just high enough: it is found by repeating the solution.

    Args:
        n: the year.
        capped: the most that is paid on each pipe, then on each voyage, shape (A + V,), USD/MMBtu;
            infinite where there is no cap.
        start: an equilibrium of a network with the same nodes, pipes and voyages.
    """
    found = settle(n, start)
    if not np.isfinite(capped).any():
        return found
    A = len(n.tail)
    tax = np.zeros(len(capped))
    for _ in range(CAP_ROUNDS):
        if found.status != "converged":
            return found
        paid = np.concatenate([found.price[n.head], found.price[n.buyer]])
        due = np.where(np.isfinite(capped), np.maximum(paid - capped, 0.0), 0.0)
        if np.max(np.abs(due - tax)) < CAP_SETTLED:
            return found
        tax = tax + CAP_STEP * (due - tax)
        taxed = replace(n, tariff=n.tariff + tax[:A], freight=n.freight + tax[A:])
        found = settle(taxed, found)
    return replace(found, status="not converged")
