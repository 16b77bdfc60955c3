"""What consumers, producers and those who move gas gain in an equilibrium, in USD bn a year."""

from __future__ import annotations

import numpy as np

from multipolar.engines.gas.kernel import Network, Solution, slope_of
from multipolar.numerics.arrays import Floats
from multipolar.world.units import MMBTU_PER_BCM_EI

BILLION = MMBTU_PER_BCM_EI / 1000  # USD bn in one USD/MMBtu on one bcm of 40 MJ/m3


def _constant_elasticity(n: Network, price: Floats) -> Floats:
    """Return consumers' surplus up to the choke price, by node, in USD/MMBtu times bcm."""
    choke = 10 * np.maximum(n.price, 1e-9)
    p = np.minimum(np.maximum(price, 1e-9), choke)
    e = n.elasticity
    with np.errstate(divide="ignore", invalid="ignore"):
        area = np.where(
            np.abs(1 - e) > 1e-9,
            n.demand * n.price**e * (choke ** (1 - e) - p ** (1 - e)) / (1 - e),
            n.demand * n.price * np.log(choke / p),
        )
    return np.where(n.demand > 0, area, 0.0)


def surplus(network: Network, found: Solution) -> tuple[Floats, Floats, Floats]:
    """Return what consumers, producers and the sellers of LNG gain, by node, in USD bn a year.

    Each has shape (N,). Consumers' surplus under demand of constant elasticity is counted from a
    choke price of ten times the reference, so only differences of it mean anything.
    """
    n = network
    if n.linear:
        consumers = 0.5 * slope_of(n, found.consumption)[1] * found.consumption**2
    else:
        consumers = _constant_elasticity(n, found.price)
    produced = found.production
    cost = n.cost * produced + n.steep * (0.5 * produced**2 - n.supply * produced)
    producers = found.price * produced - cost
    rent = found.lng * found.plant_rent[n.seller]
    sellers = np.bincount(n.seller, rent, len(n.demand)).astype(np.float64)
    return consumers * BILLION, producers * BILLION, sellers * BILLION


def welfare(n: Network, found: Solution) -> Floats:
    """Return consumers' and producers' surplus with the rents of trade, shape (N,), USD bn a year.

    Rents of pipes and voyages go to the seller, those of terminals to the buyer, and the loss on
    gas that has to flow to the buyer.
    """
    consumers, producers, plants = surplus(n, found)
    N = len(n.demand)
    gap = (found.price[n.head] - found.price[n.tail] - n.tariff) * found.flow
    terminal = found.terminal_rent[n.buyer]
    spare = found.price[n.buyer] - (1 + n.own_use) * found.price[n.seller] - n.freight
    spare = (spare - found.plant_rent[n.seller] - terminal) * found.lng
    rents = (
        np.bincount(n.tail, np.maximum(gap, 0.0), N)
        + np.bincount(n.head, np.minimum(gap, 0.0), N)
        + np.bincount(n.seller, np.maximum(spare, 0.0), N)
        + np.bincount(n.buyer, np.minimum(spare, 0.0), N)
        + np.bincount(n.buyer, terminal * found.lng, N)
    )
    return consumers + producers + plants + BILLION * rents
