"""The network in a year: as measured up to 2023, by published outlooks from 2024.

Up to 2023 a year is 2021 with what is known of it: dated events, plants that start, the refill of
stocks. From 2024 the rents of 2021 are gone: demand and supply hold at reference prices of the
outlooks, elasticities are those of the long run, and pipes have the capacity they were built with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.gas.calibrate import STRATEGIC, Base, spread_out
from multipolar.engines.gas.kernel import Network
from multipolar.engines.gas.measures import Changes, Limit
from multipolar.engines.gas.programme import Floats
from multipolar.engines.gas.tables import BASE, EAST, Pipe, Tables

FIRST, LAST, OUTLOOK = 2021, 2035, 2024
Cut = Literal["events", "volumes"]
Flags: TypeAlias = NDArray[np.bool_]
# price of a market over that of LNG in East Asia, of the IEA's outlook of 2024 and its neighbours
REFERENCE = {"Europe": 0.81, "Turkey": 0.85, "China": 0.875, "East Asia": 1.0, "South Asia": 1.0,
             "South-East Asia": 0.8, "South America": 0.8}  # fmt: skip
# what can be produced over what is expected at reference prices: little where fields decline
HEADROOM = {
    "Europe": 1.05, "Africa": 1.05, "Asia Pacific": 1.05, "CIS": 1.15, "Middle East": 1.10,
    "North America": 1.30, "South and Central America": 1.10,
}  # fmt: skip
SAVERS = ("DEU", "ITA", "FRA", "ESP", "NLD", "BEL", "POL", "XNB", "XCE", "XSE")
REGULATED_LONG = 0.3  # share of a change in price that regulated markets pass on in the long run
REACH = 8000.0  # nautical miles over which a trade that does not exist yet falls by 1/e
CENTRAL_ASIA = ("KAZ", "UZB", "TKM")
CONTRACTED = 0.9  # of what a node can produce: the most that a new pipe is contracted for
NO_TRADE = 1e-9  # bcm a year: less is none


@dataclass(frozen=True)
class Year:
    """A year's network, its pipes, and by which price each buyer's bill is capped.

    ``moved`` holds the positions of the scenario's measures that change something in it.
    """

    network: Network
    pipes: tuple[Pipe, ...]
    capped: Floats  # most that is paid on a pipe, then on a voyage; infinite without a cap
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
) -> Year:
    """Return the network of a year under a scenario's changes.

    Args:
        base: the calibration.
        tables: the shipped tables.
        p: the parameters.
        year: 2021 to 2035.
        changes: what a scenario changes.
        cut: for 2022 and 2023, whether Russian pipes are limited by what flowed (``volumes``) or by
            dated physical events alone (``events``).
        before: consumption of the year before over that of 2021, where demand lags (2023).

    Example:
        >>> from multipolar.engines.gas.model import prepared_base
        >>> from multipolar.world import World
        >>> base, tables, p = prepared_base(World.load())
        >>> found = network_of(base, tables, p, 2030)
        >>> [x.name for x, c in zip(found.pipes, found.network.capacity) if c > 0][-1]
        'Indonesia to Malaysia'
    """
    changes = changes or Changes()
    made = (
        _recent(base, tables, p, year, cut, before) if year < OUTLOOK
        else _outlook(base, tables, p, year)
    )  # fmt: skip
    return _changed(made, base, tables, p, year, changes)


def liquefaction(tables: Tables, year: int, base: Floats) -> Floats:
    """Return what plants can ship in a year: exports of 2021 and plants that started since."""
    return base + tables.capacity("liquefaction", year)


def _recent(
    base: Base, tables: Tables, p: Mapping[str, float], year: int, cut: Cut, before: Floats | None
) -> Year:
    n = base.network
    if year == BASE:
        return _plain(n, base.pipes, year)
    index = tables.index
    plants = liquefaction(tables, year, n.liquefaction)
    growth = np.divide(plants, n.liquefaction, np.ones_like(plants), where=n.liquefaction > 0)
    demand = n.demand.copy()
    demand[index["UKR"]] *= p["war_demand"]
    if before is not None:
        lag = 1 - p["elasticity_short"] / p["elasticity_long"]
        demand *= before**lag
        demand[[index[c] for c in SAVERS]] *= 1 - p["saving_rule"]
    stock = n.stock.copy()
    europe = np.array([r == "Europe" for r in tables.region])
    drawn = stock[europe].sum()
    stock[europe] *= -p["refill"] if year == BASE + 1 and drawn > 0 else 0.0
    supply, ceiling = n.supply.copy(), n.ceiling.copy()
    extra = (plants - n.liquefaction) * (1 + n.own_use)
    supply, ceiling = supply + extra, ceiling + 5 * extra
    for r in tables.records("production_limit", year):
        ceiling[index[r["place"]]] = r["bcm"]
    capacity = _recent_capacity(base, tables, p, year, cut)
    east = index["RUS-E"]
    sent = capacity[[k for k, x in enumerate(base.pipes) if x.tail == "RUS-E"]].sum()
    supply[east] = n.demand[east] + sent
    into_russia = np.array([
        x.head == "RUS-W" and not x.tail.startswith("RUS") and base.flow[k] > 0
        for k, x in enumerate(base.pipes)
    ])  # fmt: skip
    floor = np.where(into_russia, p["central_asian_sales"] * base.flow, 0.0)
    to_central_asia = np.array([x.tail == "RUS-W" and x.head in CENTRAL_ASIA for x in base.pipes])
    capacity = np.where(to_central_asia, np.minimum(capacity, base.flow), capacity)
    network = replace(
        n, demand=demand, stock=stock, supply=supply, ceiling=ceiling, capacity=capacity,
        floor=np.minimum(floor, capacity), liquefaction=plants, usual=n.usual * growth[n.seller],
        regasification=np.maximum(tables.capacity("regasification", year), n.regasification),
    )  # fmt: skip
    return _plain(network, base.pipes, year)


def _recent_capacity(
    base: Base, tables: Tables, p: Mapping[str, float], year: int, cut: Cut
) -> Floats:
    """Return capacities of 2022 and 2023: what was full stays full, but for events."""
    seen = {r["route"]: r["bcm"] for r in tables.records("pipe_event", year)}
    if cut == "volumes":
        seen |= {r["route"]: r["bcm"] for r in tables.records("pipe_flow", year)
                 if r["place"].startswith("RUS-")}  # fmt: skip
    contract = {r["route"]: r["bcm"] for r in tables.records("contract", year)}
    found = np.zeros(len(base.pipes))
    for k, pipe in enumerate(base.pipes):
        usable = pipe.open(year)
        room = pipe.capacity * usable
        if base.effective[k]:
            was = pipe.open(BASE)
            ratio = p["other_pipes"] if not pipe.tail.startswith("RUS") else 1.0
            room = min(room, ratio * base.flow[k] / was * usable)
        if pipe.name in contract and pipe.tail.startswith("RUS"):
            room = contract[pipe.name]
        if pipe.name in seen:
            room = seen[pipe.name] if pipe.name not in contract else room
        elif cut == "volumes" and pipe.tail == "RUS-W" and pipe.head == "TUR":
            both = seen.get("TurkStream and Blue Stream to Turkey")
            if both is not None:
                room = both * pipe.capacity / sum(
                    x.capacity for x in base.pipes if (x.tail, x.head) == ("RUS-W", "TUR")
                )  # fmt: skip
        found[k] = room
    return found


def _plain(network: Network, pipes: tuple[Pipe, ...], year: int) -> Year:
    return Year(network, pipes, np.full(len(pipes) + len(network.seller), np.inf), year)


def _rates(tables: Tables, quantity: str) -> Floats:
    """Return growth a year by node: of its own, else of its country, else of its region."""
    rows = {r["place"]: r["value"] for r in tables.records(quantity)}
    return np.array([
        rows.get(code, rows.get(region, 0.0)) / 100
        for code, region in zip(tables.codes, tables.region, strict=True)
    ])  # fmt: skip


def reference_demand(base: Base, tables: Tables, p: Mapping[str, float], year: int) -> Floats:
    """Return consumption expected at reference prices in a year from 2024, by node."""
    was = base.network.demand
    rate = _rates(tables, "consumption_growth")
    known = tables.by_place("consumption", OUTLOOK)
    at = was * (1 + rate) ** (OUTLOOK - BASE)
    for place, value in known.items():
        nodes = [k for k, c in enumerate(tables.codes)
                 if c == place or tables.region[k] == place
                 or (place == "RUS" and c.startswith("RUS-"))]  # fmt: skip
        if place in {"Asia Pacific", "World"} or not nodes:
            continue  # too coarse: their members are told apart
        at[nodes] = was[nodes] * value / was[nodes].sum()
    ahead = (1 + rate) ** (year - OUTLOOK)
    for place, goal in (("CHN", p["china_2030"]), ("Europe", p["europe_2030"])):
        nodes = [k for k, c in enumerate(tables.codes) if place in (c, tables.region[k])]
        growth = (goal / at[nodes].sum()) ** (1 / (2030 - OUTLOOK))
        ahead[nodes] = growth ** min(year - OUTLOOK, 2030 - OUTLOOK) * growth ** (
            max(year - 2030, 0) / 2
        )
    return np.asarray(at * ahead)


def contracts(tables: Tables, year: int) -> dict[str, float]:
    """Return the contracted volume of each route in a year: the latest step reached."""
    found: dict[str, float] = {}
    for r in sorted(tables.records("contract"), key=lambda r: str(r["since"])):
        if int(r["since"][:4]) <= year:
            found[r["route"]] = r["bcm"]
    return found


def _outlook(base: Base, tables: Tables, p: Mapping[str, float], year: int) -> Year:
    n = base.network
    index = tables.index
    market = list(tables.nodes["market"])
    demand = reference_demand(base, tables, p, year)
    plants = liquefaction(tables, year, n.liquefaction)
    added = (plants - n.liquefaction) * (1 + p["own_use"])
    supply = n.supply * (1 + _rates(tables, "production_growth")) ** (year - BASE) + added
    price = np.where(
        np.isin(market, list(REFERENCE)),
        p["reference_price"] * np.array([REFERENCE.get(m, 1.0) for m in market]), n.price,
    )  # fmt: skip
    cost = np.minimum(n.price, price)
    cost[index["RUS-W"]] = p["west_siberia_cost"]
    price[index["RUS-W"]] = p["west_siberia_cost"]
    exporter = n.supply > 1.02 * n.demand
    price = np.where(exporter, cost, price)
    capacity = np.array([x.capacity * x.open(year) for x in base.pipes])
    floor = np.zeros(len(base.pipes))
    for route, volume in contracts(tables, year).items():
        hit = [k for k, x in enumerate(base.pipes) if x.name == route and capacity[k] > 0]
        for k in hit:
            if base.pipes[k].tail in EAST:
                capacity[k] = min(capacity[k], volume)
            floor[k] = p["take_or_pay"] * min(capacity[k], volume)
    for node in EAST:
        sent = sum(c for x, c in zip(base.pipes, capacity, strict=True) if x.tail == node)
        supply[index[node]] = demand[index[node]] + sent + (1 + p["own_use"]) * plants[index[node]]
    terminals = np.maximum(
        tables.capacity("regasification", year), 1.02 * n.regasification * (n.demand > 0)
    )
    seller, buyer = np.nonzero(
        np.isfinite(tables.distance) & (plants > 0)[:, None] & (terminals > 0)
    )
    usual = _usual(base, tables, plants, demand, supply, terminals)
    freight = (p["liquefaction_cost"] + p["shipping_fixed"]
               + p["shipping_per_nm"] * tables.distance[seller, buyer])  # fmt: skip
    share = np.where(np.isin(market, list(REFERENCE)), 1.0, REGULATED_LONG)
    headroom = np.array([HEADROOM[r] for r in tables.region])
    spread = np.where(seller == index["USA"], p["dispersion_flexible"], p["dispersion"])
    by_voyage = np.array([
        sale(base, tables, tables.codes[i], tables.codes[j])
        for i, j in zip(seller, buyer, strict=True)
    ], np.intp)  # fmt: skip
    network = replace(
        n, demand=demand, price=price, elasticity=np.maximum(p["elasticity_long"] * share, 0.02),
        supply=supply, cost=cost, steep=cost / (p["supply_long"] * np.maximum(supply, 1e-9)),
        ceiling=headroom * supply, stock=np.zeros(len(demand)),
        tariff=np.full(len(base.pipes), p["pipe_tariff"]), floor=floor, capacity=capacity,
        seller=seller.astype(np.intp), buyer=buyer.astype(np.intp), freight=freight,
        usual=usual[seller, buyer], spread=spread, least=np.zeros(len(seller)),
        most=np.full(len(seller), np.inf), liquefaction=plants, regasification=terminals,
        power_voyage=by_voyage,
    )  # fmt: skip
    return _plain(network, base.pipes, year)


def _usual(
    base: Base, tables: Tables, plants: Floats, demand: Floats, supply: Floats, terminals: Floats
) -> Floats:
    """Return LNG by seller and buyer as it would spread, given plants and what buyers lack."""
    n = base.network
    N = len(demand)
    was = np.zeros((N, N))
    was[n.seller, n.buyer] = n.usual
    by_pipe = np.bincount(n.head, base.flow, N) - np.bincount(n.tail, base.flow, N)
    lost = sum(
        f for x, f in zip(base.pipes, base.flow, strict=True)
        if x.tail.startswith("RUS") and tables.region[tables.index[x.head]] == "Europe"
    )  # fmt: skip
    europe = np.array([r == "Europe" for r in tables.region])
    by_pipe = np.where(europe, by_pipe - lost * demand / demand[europe].sum(), by_pipe)
    need = np.maximum(demand - supply - by_pipe, 0.3 * was.sum(axis=0))
    need = np.where(terminals > 0, np.clip(need, 0.02 * terminals, 0.9 * terminals), 0.0)
    need *= plants.sum() / need.sum()
    near = np.where(
        np.isfinite(tables.distance), np.exp(-np.minimum(tables.distance, 1e6) / REACH), 0.0
    )
    even = np.outer(plants, need) / plants.sum() * near
    return spread_out(np.where(near > 0, np.maximum(was, 0.2 * even), 0.0), plants, need, 100)


def sale(base: Base, tables: Tables, seller: str, buyer: str) -> int:
    """Return which strategic exporter's sale gas from node to node is, or -1."""
    abroad = tables.market[tables.index[buyer]]
    if abroad == tables.market[tables.index[seller]]:
        return -1
    return base.sales.get((STRATEGIC.get(seller, ""), abroad), -1)


def _changed(
    made: Year, base: Base, tables: Tables, p: Mapping[str, float], year: int, changes: Changes
) -> Year:
    """Apply a scenario: pipes, then plants, then what limits them, in order."""
    n, pipes = made.network, made.pipes
    moved: set[int] = set()
    if changes.built:
        n = _with_pipes(n, base, tables, p, year, changes)
        pipes = (*pipes, *(b.pipe for b in changes.built))
    if changes.plants:
        n = _with_plants(n, base, tables, p, year, changes)
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
    index = tables.index
    new = [b.pipe for b in changes.built]
    room = np.array([b.capacity(year, p["pos2_first_gas"]) for b in changes.built])
    sold = np.where([x.head == "CHN" for x in new], p["pos2_contract"] * p["take_or_pay"], 0.0)
    field = np.zeros(len(n.supply))
    for x, more in zip(new, room, strict=True):
        field[index[x.tail]] += more * (x.tail in EAST)
    supply = n.supply + field
    # nobody contracts for gas that there is not
    most = (n.ceiling + HEADROOM["CIS"] * field)[[index[x.tail] for x in new]]
    steep = n.steep * np.divide(n.supply, supply, np.ones_like(supply), where=field > 0)
    return replace(
        n, supply=supply, ceiling=n.ceiling + HEADROOM["CIS"] * field, steep=steep,
        tail=np.append(n.tail, [index[x.tail] for x in new]),
        head=np.append(n.head, [index[x.head] for x in new]),
        tariff=np.append(n.tariff, np.full(len(new), p["pos2_annuity"])),
        floor=np.append(n.floor, np.minimum(sold * room, CONTRACTED * most)),
        capacity=np.append(n.capacity, room),
        power_pipe=np.append(n.power_pipe, [sale(base, tables, x.tail, x.head) for x in new]),
    )  # fmt: skip


def _with_plants(
    n: Network, base: Base, tables: Tables, p: Mapping[str, float], year: int, changes: Changes
) -> Network:
    """Return the network with the plants and terminals that a scenario builds.

    Where the first of them at a node opens trade that there was none of, the voyages are added:
    as much of it is usual as :func:`_usual` would spread.
    """
    index = tables.index
    plants, terminals = n.liquefaction.copy(), n.regasification.copy()
    for plant in changes.plants:
        place = Pipe("", "", "", plant.capacity, plant.since, plant.until)
        target = plants if plant.kind == "liquefaction" else terminals
        target[index[plant.node]] += place.capacity * place.open(year)
    here = np.zeros((len(plants), len(plants)), bool)
    here[n.seller, n.buyer] = True
    at = np.isfinite(tables.distance) & (plants > 0)[:, None] & (terminals > 0) & ~here
    own = np.zeros(len(plants), bool)
    own[[index[x.node] for x in changes.plants]] = True  # others trade with whom they did
    seller, buyer = np.nonzero(at & (own[:, None] | own))
    if len(seller):
        usual = _usual(base, tables, plants, n.demand, n.supply, terminals)[seller, buyer]
        freight = (p["liquefaction_cost"] + p["shipping_fixed"]
                   + p["shipping_per_nm"] * tables.distance[seller, buyer])  # fmt: skip
        spread = np.where(seller == index["USA"], p["dispersion_flexible"], p["dispersion"])
        power = [sale(base, tables, tables.codes[i], tables.codes[j])
                 for i, j in zip(seller, buyer, strict=True)]  # fmt: skip
        n = replace(
            n, seller=np.append(n.seller, seller), buyer=np.append(n.buyer, buyer),
            freight=np.append(n.freight, freight), usual=np.append(n.usual, usual),
            spread=np.append(n.spread, spread), least=np.append(n.least, np.zeros(len(seller))),
            most=np.append(n.most, np.full(len(seller), np.inf)),
            power_voyage=np.append(n.power_voyage, np.array(power, np.intp)),
        )  # fmt: skip
    return replace(n, liquefaction=plants, regasification=terminals)


def _usable(n: Network) -> Flags:
    """Return which pipes, then which voyages, can carry gas at all."""
    ships = ((n.most > 0) & (n.usual > NO_TRADE) & (n.liquefaction[n.seller] > 0)
             & (n.regasification[n.buyer] > 0))  # fmt: skip
    return np.concatenate([n.capacity > 0, ships])


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
        there = Pipe("", "", "", x.capacity, x.since, x.until).open(year) > 0
        visited = ships[at] if x.kind == "liquefaction" else ships[:, at]
        if there and visited.any():
            found.add(x.measure)
    return found


def _limited(
    n: Network, pipes: tuple[Pipe, ...], tables: Tables, limit: Limit, capped: Floats
) -> Network:
    codes = tables.codes
    line = np.array([
        "pipeline_gas" in limit.carriers and x.tail in limit.sellers and x.head in limit.buyers
        and (not limit.routes or x.name in limit.routes) for x in pipes
    ])  # fmt: skip
    ship = np.array([
        "lng" in limit.carriers and codes[i] in limit.sellers and codes[j] in limit.buyers
        for i, j in zip(n.seller, n.buyer, strict=True)
    ], dtype=bool)  # fmt: skip
    if limit.price is not None:
        capped[: len(pipes)][line] = np.minimum(capped[: len(pipes)][line], limit.price)
        capped[len(pipes) :][ship] = np.minimum(capped[len(pipes) :][ship], limit.price)
        return n
    if limit.capacity is not None:
        capacity, most = n.capacity.copy(), n.most.copy()
        if line.any():
            weight = np.array([x.capacity for x in pipes])[line]
            capacity[line] = limit.capacity * weight / weight.sum()
        if ship.any():
            weight = np.maximum(n.usual[ship], NO_TRADE)
            most[ship] = limit.capacity * weight / weight.sum()
        return replace(n, capacity=capacity, most=most, floor=np.minimum(n.floor, capacity))
    if limit.share == 1:
        return n  # all of it is left
    capacity = np.where(line, n.capacity * limit.share, n.capacity)
    most = np.where(ship, n.usual * limit.share, n.most)
    return replace(n, capacity=capacity, most=np.minimum(n.most, most),
                   floor=np.minimum(n.floor, capacity))  # fmt: skip
