"""The network in a year: as it is known up to 2026, by published outlooks from 2027.

Up to 2026 a year is 2021 with what is known of it (:mod:`multipolar.engines.gas.recent`). From 2027
the rents of 2021 are gone: demand and supply hold at reference prices of the outlooks, elasticities
are those of the long run, and pipes have the capacity they were built with. Bans on Russian gas
that are adopted hold from their day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from multipolar.engines.gas.calibrate import Base
from multipolar.engines.gas.data import BASE, EAST, Pipe, Tables
from multipolar.engines.gas.horizon import age_of, answered
from multipolar.engines.gas.kernel import Network, Solution
from multipolar.engines.gas.measures import Changes, Limit
from multipolar.engines.gas.recent import (
    GROWN,
    Cut,
    banned,
    contracts,
    liquefaction,
    rates,
    recent,
)
from multipolar.engines.gas.voyages import opened, sale, voyages
from multipolar.numerics.arrays import Flags, Floats

FIRST, LAST, OUTLOOK = 2021, 2035, 2027
REVIEWED = 2024  # the last year whose consumption outlooks start from
# price of a market over that of LNG in East Asia, of the IEA's outlook of 2024 and its neighbours
REFERENCE = {
    "Europe": 0.81,
    "Turkey": 0.85,
    "China": 0.875,
    "East Asia": 1.0,
    "South Asia": 1.0,
    "South-East Asia": 0.8,
    "South America": 0.8,
}
# what can be produced over what is expected at reference prices: little where fields decline
HEADROOM = {
    "Europe": 1.05,
    "Africa": 1.05,
    "Asia Pacific": 1.05,
    "CIS": 1.15,
    "Middle East": 1.10,
    "North America": 1.30,
    "South and Central America": 1.10,
}
REGULATED_LONG = 0.3  # share of a change in price that regulated markets pass on in the long run
CONTRACTED = 0.9  # of what a node can produce: the most that a new pipe is contracted for
NO_TRADE = 1e-9  # bcm a year: less is none


@dataclass(frozen=True)
class Year:
    """A year's network, its pipes, and by which price each buyer's bill is capped.

    Attributes:
        network: of A pipes and V voyages.
        pipes: in the order of the network.
        capped: the most that is paid on a pipe, then on a voyage, shape (A + V,), USD/MMBtu;
            infinite without a cap.
        year: which.
        moved: positions of the scenario's measures that change something in it.
    """

    network: Network
    pipes: tuple[Pipe, ...]
    capped: Floats
    year: int
    moved: frozenset[int] = frozenset()


def network_of(
    base: Base,
    tables: Tables,
    p: Mapping[str, float],
    year: int,
    changes: Changes | None = None,
    *,
    cut: Cut = "volumes",
    before: Floats | None = None,
    usual: Callable[[], Solution] | None = None,
) -> Year:
    """Return the network of a year under a scenario's changes.

    Args:
        base: the calibration.
        tables: the shipped tables.
        p: the parameters.
        year: 2021 to 2035.
        changes: what a scenario changes.
        cut: up to 2026, whether Russian pipes are limited by what flowed (``volumes``) or by dated
            physical events alone (``events``).
        before: consumption of the year before over that of 2021, shape (N,), where demand lags
            (2023 to 2026).
        usual: from 2027, makes the equilibrium of the year without the scenario's cuts, which a cut
            is answered from by how long it has lasted; left out, as if it had lasted for ever.

    Example:
        >>> from multipolar.engines.gas.model import prepared_base
        >>> from multipolar.world import World
        >>> base, tables, p = prepared_base(World.load())
        >>> found = network_of(base, tables, p, 2030)
        >>> [x.name for x, c in zip(found.pipes, found.network.capacity) if c > 0][-1]
        'Indonesia to Malaysia'
    """
    changes = changes or Changes()
    if year == BASE:
        n = base.network
    elif year < OUTLOOK:
        n = recent(base, tables, p, year, cut, before)
    else:
        n = _outlook(base, tables, p, year)
    if year >= GROWN and p["bans"]:
        n = banned(n, base.pipes, tables, year)
    return _changed(n, base, tables, p, year, changes, usual if year >= OUTLOOK else None)


def reference_demand(base: Base, tables: Tables, p: Mapping[str, float], year: int) -> Floats:
    """Return consumption expected at reference prices in a year from 2024, shape (N,), bcm."""

    def inside(place: str) -> list[int]:
        ends = enumerate(zip(tables.codes, tables.region, strict=True))
        return [k for k, (c, region) in ends if place in (c, region)]

    was = base.network.demand
    rate = rates(tables, p, "consumption_growth")
    at = was * (1 + rate) ** (REVIEWED - BASE)
    for place, value in tables.by_place("consumption", REVIEWED).items():
        nodes = inside(place)
        if place == "RUS":
            nodes = [k for k, c in enumerate(tables.codes) if c.startswith("RUS-")]
        if place in {"Asia Pacific", "World"} or not nodes:
            continue  # too coarse: their members are told apart
        at[nodes] = was[nodes] * value / was[nodes].sum()
    ahead = (1 + rate) ** (year - REVIEWED)
    for place, goal in (("CHN", p["china_2030"]), ("Europe", p["europe_2030"])):
        nodes = inside(place)
        growth = (goal / at[nodes].sum()) ** (1 / (2030 - REVIEWED))
        later = growth ** (max(year - 2030, 0) / 2)
        ahead[nodes] = growth ** min(year - REVIEWED, 2030 - REVIEWED) * later
    return np.asarray(at * ahead)


def _outlook(base: Base, tables: Tables, p: Mapping[str, float], year: int) -> Network:
    n, index, market = base.network, tables.index, list(tables.market)
    demand = reference_demand(base, tables, p, year)
    plants = liquefaction(tables, p, year, n.liquefaction)
    added = (plants - n.liquefaction) * (1 + p["own_use"])
    supply = n.supply * (1 + rates(tables, p, "production_growth")) ** (year - BASE) + added
    free = np.isin(market, list(REFERENCE))
    price = p["reference_price"] * np.array([REFERENCE.get(m, 1.0) for m in market])
    price = np.where(free, price, n.price)
    cost = np.minimum(n.price, price)
    cost[index["RUS-W"]] = p["west_siberia_cost"]
    price = np.where(n.supply > 1.02 * n.demand, cost, price)
    price[index["RUS-W"]] = p["west_siberia_cost"]
    floor, capacity = _contracted(base, tables, p, year)
    for node in EAST:
        sent = sum(c for x, c in zip(base.pipes, capacity, strict=True) if x.tail == node)
        supply[index[node]] = demand[index[node]] + sent + (1 + p["own_use"]) * plants[index[node]]
    terminals = 1.02 * n.regasification * (n.demand > 0)
    terminals = np.maximum(
        tables.capacity("regasification", year, p["assumed_terminals"]), terminals
    )
    reach = np.isfinite(tables.distance)
    seller, buyer = np.nonzero(reach & (plants > 0)[:, None] & (terminals > 0))
    share = np.where(free, 1.0, REGULATED_LONG)
    headroom = np.array([HEADROOM[r] for r in tables.region])
    network = replace(
        n,
        demand=demand,
        price=price,
        elasticity=np.maximum(p["elasticity_long"] * share, 0.02),
        supply=supply,
        cost=cost,
        steep=cost / (p["supply_long"] * np.maximum(supply, 1e-9)),
        ceiling=headroom * supply,
        stock=np.zeros(len(demand)),
        tariff=np.full(len(base.pipes), p["pipe_tariff"]),
        floor=floor,
        capacity=capacity,
        liquefaction=plants,
        regasification=terminals,
    )
    return replace(network, **voyages(network, base, tables, p, seller, buyer))


def _contracted(
    base: Base, tables: Tables, p: Mapping[str, float], year: int
) -> tuple[Floats, Floats]:
    """Return what has to flow through each pipe, and what can, as contracts have it."""
    capacity = tables.open(year) * [x.capacity for x in base.pipes]
    floor = np.zeros(len(base.pipes))
    for route, volume in contracts(tables, year).items():
        for k, x in enumerate(base.pipes):
            if x.name != route or not capacity[k] > 0:
                continue
            if x.tail in EAST:
                capacity[k] = min(capacity[k], volume)
            floor[k] = p["take_or_pay"] * min(capacity[k], volume)
    return floor, capacity


def _changed(
    n: Network,
    base: Base,
    tables: Tables,
    p: Mapping[str, float],
    year: int,
    changes: Changes,
    usual: Callable[[], Solution] | None,
) -> Year:
    """Apply a scenario: pipes, then plants, then what limits them, in order."""
    pipes = base.pipes
    moved: set[int] = set()
    if changes.built:
        n = _with_pipes(n, base, tables, p, year, changes)
        pipes = (*pipes, *(b.pipe for b in changes.built))
    if changes.plants:
        n = _with_plants(n, base, tables, p, year, changes)
    age = age_of(changes, year)
    if usual is not None and age is not None:
        n = answered(n, usual(), tables, p, age)
    capped = np.full(len(pipes) + len(n.seller), np.inf)
    for limit in changes.limits:
        if limit.holds(year):
            before, was = n, capped.copy()
            n = _limited(n, pipes, tables, limit, capped)
            if _differ(before, n) or (_usable(n) & (was != capped)).any():
                moved.add(limit.measure)
    moved |= _built_to_use(n, tables, year, p["pos2_first_gas"], changes)
    return Year(n, pipes, capped, year, frozenset(moved))


def _with_pipes(
    n: Network, base: Base, tables: Tables, p: Mapping[str, float], year: int, changes: Changes
) -> Network:
    """Return the network with the pipes that a scenario builds; those from the East have fields."""
    new = [b.pipe for b in changes.built]
    tail, head = ([tables.index[getattr(x, end)] for x in new] for end in ("tail", "head"))
    room = np.array([b.capacity(year, p["pos2_first_gas"]) for b in changes.built])
    sold = np.where([x.head == "CHN" for x in new], p["pos2_contract"] * p["take_or_pay"], 0.0)
    field = np.zeros(len(n.supply))
    np.add.at(field, tail, np.where([x.tail in EAST for x in new], room, 0.0))
    supply, ceiling = n.supply + field, n.ceiling + HEADROOM["CIS"] * field
    # nobody contracts for gas that there is not
    floor = np.minimum(sold * room, CONTRACTED * ceiling[tail])
    return replace(
        n,
        supply=supply,
        ceiling=ceiling,
        steep=n.steep * np.divide(n.supply, supply, np.ones_like(supply), where=field > 0),
        tail=np.append(n.tail, tail),
        head=np.append(n.head, head),
        tariff=np.append(n.tariff, np.full(len(new), p["pos2_annuity"])),
        floor=np.append(n.floor, floor),
        capacity=np.append(n.capacity, room),
        power_pipe=np.append(n.power_pipe, [sale(base, tables, x.tail, x.head) for x in new]),
    )


def _with_plants(
    n: Network, base: Base, tables: Tables, p: Mapping[str, float], year: int, changes: Changes
) -> Network:
    """Return the network with the plants and terminals that a scenario builds.

    Where the first of them at a node opens trade that there was none of, the voyages are added.
    """
    index = tables.index
    plants, terminals = n.liquefaction.copy(), n.regasification.copy()
    for plant in changes.plants:
        target = plants if plant.kind == "liquefaction" else terminals
        target[index[plant.node]] += plant.capacity * plant.open(year)
    own = np.zeros(len(plants), bool)
    own[[index[x.node] for x in changes.plants]] = True
    return opened(replace(n, liquefaction=plants, regasification=terminals), base, tables, p, own)


def _usable(n: Network) -> Flags:
    """Return which pipes, then which voyages, can carry gas at all."""
    ports = (n.liquefaction[n.seller] > 0) & (n.regasification[n.buyer] > 0)
    return np.concatenate([n.capacity > 0, ports & (n.most > 0) & (n.usual > NO_TRADE)])


def _differ(one: Network, other: Network) -> bool:
    """Say whether two networks differ in what can move on a link that either can use."""
    use = _usable(one) | _usable(other)
    room = [np.concatenate([n.capacity, n.most]) for n in (one, other)]
    return bool((use & (room[0] != room[1])).any())


def _built_to_use(
    n: Network, tables: Tables, year: int, first: float, changes: Changes
) -> set[int]:
    """Return the measures whose pipe or plant is there in a year and can carry gas.

    There has to be gas where it starts, made there or coming in, and use for it where it ends.
    """
    use, A, N = _usable(n), len(n.tail), len(n.demand)
    ships = np.zeros((N, N), bool)
    ships[n.seller[use[A:]], n.buyer[use[A:]]] = True
    moves = ships.copy()
    moves[n.tail[use[:A]], n.head[use[:A]]] = True
    made, used = n.ceiling > NO_TRADE, n.demand > 0
    found = set()
    for b in changes.built:
        a, z = tables.index[b.pipe.tail], tables.index[b.pipe.head]
        gas = made[a] or np.delete(moves[:, a], z).any()
        use_of_it = used[z] or np.delete(moves[z], a).any()
        if b.capacity(year, first) > 0 and gas and use_of_it:
            found.add(b.measure)
    for x in changes.plants:
        at = tables.index[x.node]
        visited = ships[at] if x.kind == "liquefaction" else ships[:, at]
        if x.open(year) > 0 and visited.any():
            found.add(x.measure)
    return found


def _limited(
    n: Network, pipes: Sequence[Pipe], tables: Tables, limit: Limit, capped: Floats
) -> Network:
    def among(nodes: frozenset[str]) -> Flags:
        return np.array([c in nodes for c in tables.codes])

    sells, buys = among(limit.sellers), among(limit.buyers)
    named = np.array([not limit.routes or x.name in limit.routes for x in pipes])
    line = named & sells[n.tail] & buys[n.head] & ("pipeline_gas" in limit.carriers)
    ship = sells[n.seller] & buys[n.buyer] & ("lng" in limit.carriers)
    if limit.price is not None:
        hit = np.concatenate([line, ship])
        capped[hit] = np.minimum(capped[hit], limit.price)
        return n
    capacity, most = n.capacity.copy(), n.most.copy()
    if limit.capacity is not None:
        if line.any():
            weight = np.array([x.capacity for x in pipes])[line]
            capacity[line] = limit.capacity * weight / weight.sum()
        if ship.any():
            weight = np.maximum(n.usual[ship], NO_TRADE)
            most[ship] = limit.capacity * weight / weight.sum()
    elif limit.share != 1:  # or else all of it is left
        capacity[line] *= limit.share
        most[ship] = np.minimum(most[ship], n.usual[ship] * limit.share)
    return replace(n, capacity=capacity, most=most, floor=np.minimum(n.floor, capacity))
