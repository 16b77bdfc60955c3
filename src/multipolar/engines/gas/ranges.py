"""Between what the flow of a pipe may lie: flows are not unique where gas can go two ways.

Consumption, output, LNG and every exporter's sales stay as they are; the flow of each pipe is made
as small and as large as balances and capacities allow, at a cost of moving gas that exceeds the
least by no more than a stated slack.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multipolar.engines.gas.kernel import Network, Solution, rows_of
from multipolar.engines.gas.surplus import BILLION
from multipolar.errors import NotConverged
from multipolar.numerics.arrays import Floats

SLACK = 0.038  # USD bn a year: one USD/MMBtu on one bcm


def flow_ranges(
    network: Network, found: Solution, slack: float = SLACK, pipes: Sequence[int] | None = None
) -> tuple[Floats, Floats]:
    """Return the least and the most that each pipe can carry in an equilibrium.

    Args:
        network: the year.
        found: its equilibrium.
        slack: how much dearer moving gas may be in all, USD bn a year.
        pipes: which pipes, by position; all if left out.

    Returns:
        Two arrays over the pipes asked for, shape (len(pipes),), in bcm a year.

    Raises:
        NotConverged: a programme was not solved.

    Example:
        Two pipes side by side with the same tariff can share 10 in any way:

        >>> from dataclasses import replace
        >>> from multipolar.engines.gas.kernel import solve
        >>> z, i, e = np.zeros(2), np.zeros(0, np.intp), np.zeros(0)
        >>> n = Network(
        ...     demand=np.array([0.0, 10.0]), price=np.array([0.0, 3.0]), elasticity=np.ones(2),
        ...     supply=z, cost=np.array([2.0, 0.0]), steep=z, ceiling=np.array([100.0, 0.0]),
        ...     stock=z, tail=np.array([0, 0]), head=np.array([1, 1]), tariff=np.ones(2),
        ...     floor=z, capacity=np.full(2, 20.0), seller=i, buyer=i, freight=e, usual=e,
        ...     spread=e, least=e, most=e, own_use=0.0, liquefaction=z, regasification=z,
        ...     market=np.array([0, 1]), power_pipe=np.full(2, -1), power_voyage=i, conjecture=e,
        ...     abroad=i)
        >>> low, high = flow_ranges(n, solve(n))
        >>> low.round(3).tolist(), high.round(3).tolist()
        ([0.0, 0.0], [10.0, 10.0])
    """
    from scipy.optimize import linprog

    n = network
    N, A = len(n.demand), len(n.tail)
    flows: Any = rows_of(n)[0][:, 2 * N : 2 * N + A]
    right = flows @ found.flow  # what balances and sales take of the pipes
    tariff, limit = n.tariff[None, :], [float(n.tariff @ found.flow) + slack / BILLION]
    floor, capacity = np.minimum(n.floor, found.flow), np.maximum(n.capacity, found.flow)
    bounds: Any = list(zip(floor, capacity, strict=True))
    least: list[float] = []
    most: list[float] = []
    for k in range(A) if pipes is None else pipes:
        goal = np.zeros(A)
        goal[k] = 1.0
        for sign, into in ((1, least), (-1, most)):
            done = linprog(sign * goal, tariff, limit, flows, right, bounds, method="highs")
            if done.x is None:
                raise NotConverged("the range of a pipe's flow was not found")
            into.append(float(goal @ np.asarray(done.x)))
    return np.array(least), np.array(most)
