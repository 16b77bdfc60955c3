"""Voyages of LNG: who can ship to whom, at what freight, and how much of it is usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from multipolar.engines.gas.calibrate import STRATEGIC, Base, dispersion, freight, spread_out
from multipolar.engines.gas.data import Tables
from multipolar.engines.gas.kernel import Network
from multipolar.numerics.arrays import Flags, Floats, Ints

REACH = 8000.0  # nautical miles over which a trade that does not exist yet falls by 1/e


def opened(n: Network, base: Base, tables: Tables, p: Mapping[str, float], new: Flags) -> Network:
    """Return the network with the voyages that plants and terminals of some nodes open.

    Others go on trading with whom they did. As much of the new trade is usual as would spread,
    given plants and what buyers lack.

    Args:
        n: with all plants and terminals there are.
        new: which nodes have plants or terminals that open trade, shape (N,).
    """
    here = np.zeros((len(new), len(new)), bool)
    here[n.seller, n.buyer] = True
    ports = (n.liquefaction > 0)[:, None] & (n.regasification > 0)
    at = np.isfinite(tables.distance) & ports & ~here
    seller, buyer = np.nonzero(at & (new[:, None] | new))
    if not len(seller):
        return n
    added = voyages(n, base, tables, p, seller, buyer)
    both: dict[str, Any] = {k: np.append(getattr(n, k), v) for k, v in added.items()}
    return replace(n, **both)


def voyages(
    n: Network, base: Base, tables: Tables, p: Mapping[str, float], seller: Ints, buyer: Ints
) -> dict[str, Any]:
    """Return the part of a network that says of voyages what it knows of them, by attribute."""
    codes = tables.codes
    power = [sale(base, tables, codes[i], codes[j]) for i, j in zip(seller, buyer, strict=True)]
    return {
        "seller": seller,
        "buyer": buyer,
        "freight": freight(tables, p, seller, buyer),
        "usual": _usual(base, tables, n)[seller, buyer],
        "spread": dispersion(tables, p, seller),
        "least": np.zeros(len(seller)),
        "most": np.full(len(seller), np.inf),
        "power_voyage": np.array(power, np.intp),
    }


def _usual(base: Base, tables: Tables, n: Network) -> Floats:
    """Return LNG by seller and buyer as it would spread, given plants and what buyers lack."""
    old, N = base.network, len(n.demand)
    plants, terminals = n.liquefaction, n.regasification
    was = np.zeros((N, N))
    was[old.seller, old.buyer] = old.usual
    by_pipe = np.bincount(old.head, base.flow, N) - np.bincount(old.tail, base.flow, N)
    europe = np.array([r == "Europe" for r in tables.region])
    from_russia = np.array([x.tail.startswith("RUS") for x in base.pipes])
    lost = sum(base.flow[from_russia & europe[old.head]].tolist())
    lost_here = lost * n.demand / n.demand[europe].sum()
    by_pipe = np.where(europe, by_pipe - lost_here, by_pipe)
    need = np.maximum(n.demand - n.supply - by_pipe, 0.3 * was.sum(axis=0))
    need = np.where(terminals > 0, np.clip(need, 0.02 * terminals, 0.9 * terminals), 0.0)
    need *= plants.sum() / need.sum()
    near = np.exp(-np.minimum(tables.distance, 1e6) / REACH)
    near = np.where(np.isfinite(tables.distance), near, 0.0)
    even = np.outer(plants, need) / plants.sum() * near
    return spread_out(np.where(near > 0, np.maximum(was, 0.2 * even), 0.0), plants, need, 100)


def sale(base: Base, tables: Tables, seller: str, buyer: str) -> int:
    """Return which strategic exporter's sale gas from node to node is, or -1."""
    abroad = tables.market[tables.index[buyer]]
    if abroad == tables.market[tables.index[seller]]:
        return -1
    return base.sales.get((STRATEGIC.get(seller, ""), abroad), -1)
