"""How strongly demand and supply answer to a cut, by how long it has lasted.

Outlooks hold where everybody had time to adapt. A cut that comes on top of them is answered from
where the market stood without it, with what is left to do in the time there was:

    e(t) = long - (long - short) * (1 - short of demand / long of demand)^(t - 1),   t in years

which is the partial adjustment that demand up to 2026 follows as well. In its first year a cut
meets elasticities within a year, after ten years those of the long run to within two percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from multipolar.engines.gas.calibrate import (
    LEAST_ELASTICITY,
    passed_on,
    supply_elasticity,
)
from multipolar.engines.gas.data import Tables
from multipolar.engines.gas.kernel import Network, Solution
from multipolar.engines.gas.measures import Changes
from multipolar.numerics.arrays import Floats

WITHIN = {"short": 1, "medium": 3}  # years that a scenario without dates is told to look at


def age_of(changes: Changes, year: int) -> int | None:
    """Return how many years the latest cut has lasted by a year; None where all is long known.

    What is built is planned, and comes as no surprise. A limit without a date is as old as the
    scenario's horizon says.

    Example:
        >>> from multipolar.engines.gas.measures import Limit
        >>> cut = Limit(frozenset(), frozenset(), ("lng",), share=0.0, since="2030")
        >>> [age_of(Changes(limits=(cut,)), y) for y in (2029, 2030, 2033)]
        [None, 1, 4]
    """
    asked = WITHIN.get(changes.horizon)
    ages = [
        year - int(x.since[:4]) + 1 if x.since else asked
        for x in changes.limits
        if x.holds(year) and x.price is None
    ]
    known = [a for a in ages if a is not None]
    return min(known) if known else None


def answered(
    n: Network, found: Solution, tables: Tables, p: Mapping[str, float], age: int
) -> Network:
    """Return a network whose demand and supply stand where an equilibrium has them.

    They answer to what comes on top of it as strongly as ``age`` years allow.

    Args:
        n: a year of the outlook.
        found: its equilibrium.
        tables: the shipped tables.
        p: the parameters.
        age: years, from 1.
    """
    left = (1 - p["elasticity_short"] / p["elasticity_long"]) ** (age - 1)

    def after(short: Floats, long: Floats) -> Floats:
        return long - (long - short) * left

    used, made = found.consumption, found.production
    soon = np.maximum(p["elasticity_short"] * passed_on(tables, p), LEAST_ELASTICITY)
    cost = n.cost + n.steep * (made - n.supply)
    rise = after(supply_elasticity(tables, p), np.full(len(made), p["supply_long"]))
    works = made > 0
    return replace(
        n,
        demand=used,
        price=np.where(used > 0, found.price, n.price),
        elasticity=after(np.minimum(soon, n.elasticity), n.elasticity),
        supply=np.where(works, made, n.supply),
        cost=np.where(works, cost, n.cost),
        steep=np.where(works, cost / (rise * np.maximum(made, 1e-9)), n.steep),
    )
