"""From the crude of a year, parameters and changes to the programme that is solved.

The base solves itself: without changes prices, flows and output are those of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from multipolar.engines.oil.changes import Change
from multipolar.engines.oil.data import (
    BY_LAND_OR_LAKE,
    CPC,
    DRUZHBA,
    KAZAKHSTAN,
    PACIFIC,
    RUSSIA,
    SEA,
    WAYS,
    Base,
    Tables,
    latest,
)
from multipolar.engines.oil.kernel import Cap, Network
from multipolar.errors import Infeasible
from multipolar.numerics.arrays import Flags, Floats, Ints

GULF = frozenset({"SAU", "IRQ", "ARE", "KWT", "IRN", "QAT", "BHR", "OMN"})
CHEAP_AT_HOME = GULF | {RUSSIA}
LEAST_LEAK = 1e-4  # mb/d: less of a flow that is banned is nothing
FIRST_BANS = 2022
BARRED = "what still goes to buyers who barred it"
HORMUZ = "Hormuz"
NOTHING = 1e-9  # mb/d: a capacity below it is none
BENCHMARK = ("NOR", "GBR")  # whose crude Brent is


@dataclass(frozen=True)
class Made:
    """A network and what its places stand for.

    Attributes:
        network: what is solved.
        base: the flows it rests on.
        arcs: place in the base of each arc and market of the network, shape (A,).
        sellers: place in ``base.codes`` of each seller of the network, shape (S,).
        buyers: the same of each market, shape (M,); the first half of the markets that are not at
            home buy by contract, the others cargo by cargo.
        groups: names of the capacities.
    """

    network: Network
    base: Base
    arcs: Ints
    sellers: Ints
    buyers: Ints
    groups: tuple[str, ...]


def elasticities(p: Mapping[str, float], horizon: str) -> tuple[float, float, float]:
    """Return the elasticities of output, of Russia's output and of demand at a horizon.

    In the medium term they are the geometric means of those in the short and the long run.

    Example:
        >>> p = {"supply_short": 0.1, "supply_long": 0.4, "demand_short": 0.2, "demand_long": 0.8,
        ...      "supply_russia": 0.02}
        >>> [round(v, 3) for v in elasticities(p, "medium")]
        [0.2, 0.04, 0.4]
    """
    at = {"short": 0.0, "medium": 0.5, "long": 1.0}[horizon]
    output, demand = (
        p[f"{k}_short"] ** (1 - at) * p[f"{k}_long"] ** at for k in ("supply", "demand")
    )
    return output, p["supply_russia"] * output / p["supply_short"], demand


def cap_of(t: Tables, p: Mapping[str, float], year: int, changes: Sequence[Change]) -> Cap | None:
    """Return the cap that holds in a year: the last one of the changes, else that in force."""
    asked = [c for c in changes if c.kind == "cap"]
    known = [y for y in t.cap if y <= year]
    if not asked and not known:
        return None
    price = asked[-1].amount if asked else t.cap[max(known)]
    kept = p["compliance"] * (asked[-1].kept if asked else 1.0)
    fleet = p["fleet"] * latest(t.fleet, year)
    return Cap(price, kept, fleet, p["fleet_base"], p["fleet_rise"])


def make(
    t: Tables,
    base: Base,
    p: Mapping[str, float],
    horizon: str,
    changes: Sequence[Change] = (),
    *,
    fleet_year: int | None = None,
) -> Made:
    """Return the network of a base year with changes.

    Args:
        t: tables.
        base: flows of the year it rests on.
        p: parameters by name.
        horizon: short, medium or long.
        changes: those that hold.
        fleet_year: year whose cap and fleet count; that of the base if left out.

    Raises:
        Infeasible: a state that buys crude is left without a seller.
    """
    d = _draft(t, base, p)
    for c in changes:
        _apply(d, c, p)
    _straits(t, d, p, changes)
    _links(t, d, changes)
    for k in np.flatnonzero(np.isfinite(d.leak) & (d.leak > LEAST_LEAK)):
        d.groups.append((f"leak {k}", np.arange(len(d.flow)) == k, float(d.leak[k])))
    gone = d.leak <= LEAST_LEAK
    for _, held, room in d.groups:
        gone |= held & (room <= NOTHING)
    d.groups = [g for g in d.groups if g[2] > NOTHING]
    cap = cap_of(t, p, base.year if fleet_year is None else fleet_year, changes)
    return _network(d, p, horizon, gone, cap)


@dataclass
class _Draft:
    """A network while it is put together, by state (C,) and by arc of the base (A,).

    Attributes:
        base: where it starts.
        flow, odds, extra, leak: base flow, what the odds of a purchase are multiplied by, change
            of cost, and the most that may still flow, (A,).
        freight: USD a barrel, (A,).
        capped: arcs by Russia's western ports, (A,).
        groups: name, arcs and room of each capacity.
        price: well-head prices, (C,). wedge: what a cap in force takes off at the ports.
        output, scale: base output, and what is left of it, (C,).
        rigid: who holds to an output whatever the price, (C,).
    """

    base: Base
    flow: Floats
    odds: Floats
    extra: Floats
    leak: Floats
    freight: Floats
    capped: Flags
    groups: list[tuple[str, Flags, float]]
    price: Floats
    wedge: float
    output: Floats
    scale: Floats
    rigid: Flags


def _draft(t: Tables, base: Base, p: Mapping[str, float]) -> _Draft:
    """Return the base without changes; what is barred in it, by law or by choice, stays so."""
    A, C = len(base.flow), len(base.codes)
    russia = base.at(frozenset({RUSSIA}))[base.seller] & base.abroad
    capped = russia & (base.way == WAYS.index(SEA))
    flow, groups = base.flow.copy(), []
    if base.year >= FIRST_BANS:
        shut = base.at(frozenset(t.bans) | frozenset(t.unwilling))[base.buyer] & russia
        flow[shut & base.seed] = 0.0
        shut &= (base.way != WAYS.index(DRUZHBA)) & (flow > 0)  # pipes are exempt
        if shut.any():
            groups.append((BARRED, shut, float(flow[shut].sum())))
    price, wedge = _prices(t, base, p, float(flow[capped].sum()))
    return _Draft(
        base=base,
        flow=flow,
        odds=np.ones(A),
        extra=np.zeros(A),
        leak=np.full(A, np.inf),
        freight=p["freight"] * base.km / 1000,
        capped=capped,
        groups=groups,
        price=price,
        wedge=wedge,
        output=_sums(base.seller, flow, C),
        scale=np.ones(C),
        rigid=np.zeros(C, dtype=bool),
    )


def _sums(place: Ints, value: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(place, value, size), float)


def _apply(d: _Draft, c: Change, p: Mapping[str, float]) -> None:
    """Put a change of trade or output in; those of straits, links and caps come after."""
    base = d.base
    hit = base.at(c.sellers)[base.seller] & base.at(c.buyers)[base.buyer] & base.abroad
    if c.by_sea:
        hit &= base.way == WAYS.index(SEA)
    match c.kind:
        case "ban":
            d.leak[hit] = np.minimum(d.leak[hit], c.amount * d.flow[hit])
        case "tariff":
            d.extra[hit] += c.amount * (d.price[base.seller] + d.freight)[hit]
        case "threat":
            d.extra[hit] += p["aversion"] * c.amount
        case "odds":
            d.odds[hit] *= c.amount
        case "cut":
            who = base.at(c.sellers)
            part = c.amount if c.relative else c.amount / float((d.output * d.scale)[who].sum())
            d.scale[who] *= max(0.0, 1 - part)
            d.rigid |= who


def _prices(t: Tables, base: Base, p: Mapping[str, float], shipped: float) -> tuple[Floats, float]:
    """Return well-head prices, shape (C,), and what Russia's western ports lose to the cap.

    Where a cap is in force Urals sells at its usual distance from Brent, and Russia gets that less
    the cost of its fleet, or less what users of Western ships keep from it.
    """
    price = base.brent * base.grade
    russia = base.codes.index(RUSSIA)
    price[russia] = base.brent - t.normal
    cap = cap_of(t, p, base.year, ())
    if cap is None:
        return price, 0.0
    wedge = min(cap.own(shipped), cap.kept * max(0.0, float(price[russia]) - cap.price))
    price[russia] -= wedge
    return price, wedge


def _straits(t: Tables, d: _Draft, p: Mapping[str, float], changes: Sequence[Change]) -> None:
    """Put closed straits in: Hormuz as what each state can still ship, Suez as a longer way."""
    base, closed = d.base, dict[str, float]()
    for c in changes:
        if c.kind == "strait":
            closed[c.name] = 1 - (1 - closed.get(c.name, 0.0)) * (1 - c.amount)
    east, west = base.at(t.east), base.at(t.west)
    if part := closed.get("Suez"):
        crosses = (east[base.seller] & west[base.buyer]) | (west[base.seller] & east[base.buyer])
        crosses &= base.way == WAYS.index(SEA)  # Russia's Pacific ports and pipes do not pass it
        d.extra[crosses] += part * p["freight"] * t.detour / 1000
    if part := closed.get("Hormuz"):
        for code in sorted(t.behind & set(base.codes)):
            ships = base.at(frozenset({code}))[base.seller] & base.abroad
            room = (1 - part) * float(d.flow[ships].sum()) + part * bypass_of(t, code, changes)
            d.groups.append((f"{HORMUZ}: {code}", ships, room))


def bypass_of(t: Tables, code: str, changes: Sequence[Change]) -> float:
    """Return what a state can ship round the Strait of Hormuz, mb/d."""
    return _changed(t.bypass.get(code, 0.0), f"bypass {code}", changes)


def _changed(room: float, name: str, changes: Sequence[Change]) -> float:
    for c in changes:
        if c.name == name:
            if c.kind == "add":
                room += c.amount
            elif c.kind == "set":
                room = c.amount
            elif c.kind == "keep":
                room *= c.amount
    return room


def _links(t: Tables, d: _Draft, changes: Sequence[Change]) -> None:
    """Put the links with a capacity in; what passed in the base always fits."""
    base = d.base
    by_cpc = base.at(frozenset({KAZAKHSTAN}))[base.seller] & base.abroad
    by_cpc &= ~base.at(BY_LAND_OR_LAKE)[base.buyer]
    held = {name: base.way == WAYS.index(name) for name in (PACIFIC, DRUZHBA)} | {CPC: by_cpc}
    for name, arcs in held.items():
        room = max(latest(t.room[name], base.year), float(d.flow[arcs].sum()))
        d.groups.append((name, arcs, _changed(room, name, changes)))


def _network(d: _Draft, p: Mapping[str, float], horizon: str, gone: Flags, cap: Cap | None) -> Made:
    """Lay markets out: what a state keeps and buys by contract is one, the rest another."""
    base, C = d.base, len(d.base.codes)
    first = np.flatnonzero(d.flow > 0)
    second = np.flatnonzero((d.flow > 0) & base.abroad)
    arcs = np.concatenate([first, second])
    bought = np.where(base.abroad[first], 1 - p["spot_share"], 1.0)
    amount = np.concatenate([bought, np.full(len(second), p["spot_share"])]) * d.flow[arcs]
    market = np.concatenate([base.buyer[first], C + base.buyer[second]])
    demand = _sums(market, amount, 2 * C)
    paid = (d.price[base.seller] + d.freight + np.where(d.capped, d.wedge, 0.0))[arcs]
    landed = _sums(market, amount * paid, 2 * C) / np.maximum(demand, 1e-300)
    seller = base.seller[arcs]
    kept = ~gone[arcs] & (d.scale > 0)[seller]
    _served(base, demand, np.bincount(market[kept], minlength=2 * C))
    new_s, used_s = _renumbered(seller[kept], C)
    new_m, used_m = _renumbered(market[kept], 2 * C)
    es, es_russia, ed = elasticities(p, horizon)
    russia = base.codes.index(RUSSIA)
    elastic = np.full(C, es)
    elastic[russia] = es_russia
    elastic[d.rigid] = 0.0
    lifting = np.where(base.at(GULF), p["lifting_gulf"], p["lifting_other"])
    lifting[russia] = p["lifting_russia"]
    response = np.where(np.tile(base.at(CHEAP_AT_HOME), 2), p["demand_home"], ed)
    held = [h[arcs[kept]] for _, h, _ in d.groups]
    network = Network(
        output=(d.output * d.scale)[used_s],
        price=d.price[used_s],
        elastic=elastic[used_s],
        lifting=lifting[used_s],
        demand=demand[used_m],
        landed=landed[used_m],
        response=response[used_m],
        spread=np.repeat([p["dispersion_term"], p["dispersion_spot"]], C)[used_m],
        seller=new_s,
        market=new_m,
        share=(amount / demand[market] * d.odds[arcs])[kept],
        extra=d.extra[arcs[kept]],
        member=np.array(held, dtype=float).reshape(len(held), int(kept.sum())),
        room=np.array([room for *_, room in d.groups], dtype=float),
        capped=d.capped[arcs[kept]],
        wedge=d.wedge,
        cap=cap,
    )
    names = tuple(name for name, *_ in d.groups)
    return Made(network, base, arcs[kept], used_s, used_m % C, names)


def _renumbered(place: Ints, size: int) -> tuple[Ints, Ints]:
    """Return places among those that occur, and which those are."""
    used = np.flatnonzero(np.bincount(place, minlength=size))
    new = np.full(size, -1, dtype=np.intp)
    new[used] = np.arange(len(used))
    return new[place], used


def _served(base: Base, demand: Floats, sellers: Ints) -> None:
    """Refuse to leave a state that buys without anybody to buy from.

    Raises:
        Infeasible: naming the states.
    """
    C = len(base.codes)
    left = sorted({base.codes[k % C] for k in np.flatnonzero((demand > 0) & (sellers == 0))})
    if left:
        names = ", ".join(left[:6]) + (f" and {len(left) - 6} more" if len(left) > 6 else "")
        raise Infeasible(
            f"nobody is left to sell crude to {names}", hint="leave a way open, or some leakage"
        )
