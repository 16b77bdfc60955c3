"""The years after 2021 that are 2021 with what is known of them: 2022 to 2026.

Dated facts change: pipes that were shut or opened, plants, contracts, limits of output, the savings
rule of the EU, adopted bans on Russian gas. Nothing is fitted. Up to 2023 demand and fields are
those of 2021; from 2024 they also grow at the rates of the outlooks, trade opens that plants and
terminals built since make possible, and a route of which no flow is known any more keeps the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from multipolar.engines.gas.calibrate import Base
from multipolar.engines.gas.data import BASE, Pipe, Tables, share_of_year
from multipolar.engines.gas.kernel import Network
from multipolar.engines.gas.voyages import opened
from multipolar.numerics.arrays import Floats

Cut = Literal["events", "volumes"]
GROWN = 2024  # from then on demand and fields have grown since 2021
UNION = ("DEU", "ITA", "FRA", "ESP", "NLD", "BEL", "POL", "XNB", "XCE", "XSE")
SAVING = ("2022-08-05", "2025-04-01")  # while the rule on savings and its extensions asked for them
CENTRAL_ASIA = ("KAZ", "UZB", "TKM")
LNG = "lng"
GOAL = 2030  # the year for which parameters give consumption


def recent(
    base: Base, tables: Tables, p: Mapping[str, float], year: int, cut: Cut, before: Floats | None
) -> Network:
    """Return the network of a year from 2022 to 2026; ``before`` as in ``network_of``."""
    n, index = base.network, tables.index
    grown = year >= GROWN
    demand = _demand(base, tables, p, year, before)
    stock = n.stock.copy()
    europe = np.array([r == "Europe" for r in tables.region])
    drawn = stock[europe].sum()
    stock[europe] *= -p["refill"] if year == BASE + 1 and drawn > 0 else 0.0
    plants = liquefaction(tables, p, year, n.liquefaction)
    growth = np.divide(plants, n.liquefaction, np.ones_like(plants), where=n.liquefaction > 0)
    extra = (plants - n.liquefaction) * (1 + n.own_use)
    fields = (1 + rates(tables, p, "production_growth")) ** (year - BASE) if grown else 1.0
    supply, ceiling = n.supply * fields + extra, n.ceiling * fields + 5 * extra
    for place, limit in _limits(tables, year).items():
        ceiling[index[place]] = limit
    capacity = _capacity(base, tables, p, year, cut)
    sent = capacity[[k for k, x in enumerate(base.pipes) if x.tail == "RUS-E"]].sum()
    supply[index["RUS-E"]] = n.demand[index["RUS-E"]] + sent
    from_russia = np.array([x.tail.startswith("RUS") for x in base.pipes])
    into = np.array([x.head == "RUS-W" for x in base.pipes]) & ~from_russia & (base.flow > 0)
    to_central_asia = np.array([x.tail == "RUS-W" and x.head in CENTRAL_ASIA for x in base.pipes])
    if not grown:  # later it is Russia that sells to Central Asia
        capacity = np.where(to_central_asia, np.minimum(capacity, base.flow), capacity)
    floor = np.where(into & (not grown), p["central_asian_sales"] * base.flow, 0.0)
    network = replace(
        n,
        demand=demand,
        stock=stock,
        supply=supply,
        ceiling=ceiling,
        capacity=capacity,
        floor=np.minimum(floor, capacity),
        liquefaction=plants,
        usual=n.usual * growth[n.seller],
        regasification=np.maximum(
            tables.capacity("regasification", year, p["assumed_terminals"]), n.regasification
        ),
    )
    if not grown:
        return network
    traded = np.zeros((2, len(demand)), bool)
    traded[0, n.seller] = traded[1, n.buyer] = True
    first = (plants > 0) & ~traded[0] | (network.regasification > 0) & ~traded[1]
    return opened(network, base, tables, p, first)


def trend(base: Base, tables: Tables, p: Mapping[str, float], year: int) -> Floats:
    """Return by how much demand at given prices has grown since 2021, shape (N,)."""
    if year < GROWN:
        return np.ones(len(tables.codes))
    found = (1 + rates(tables, p, "consumption_growth")) ** (year - BASE)
    china = tables.index["CHN"]
    goal = p["china_2030"] / base.network.demand[china]
    found[china] = goal ** ((year - BASE) / (GOAL - BASE))
    return np.asarray(found)


def _demand(
    base: Base, tables: Tables, p: Mapping[str, float], year: int, before: Floats | None
) -> Floats:
    """Return demand at the prices of 2021: it still answers to those of the year before.

    The savings rule asks for a level, not for a further cut each year: what of it demand has taken
    over already is in the consumption of the year before.
    """
    index = tables.index
    demand = base.network.demand.copy()
    demand[index["UKR"]] *= p["war_demand"]
    lag, saved = 1 - p["elasticity_short"] / p["elasticity_long"], p["saving_rule"]
    savers = [index[c] for c in UNION]
    if year < GROWN:
        if before is not None:
            demand *= before**lag
            demand[savers] *= 1 - saved
        return demand
    demand *= trend(base, tables, p, year)
    if before is not None:
        ratio = before / trend(base, tables, p, year - 1)
        ratio[index["UKR"]] = 1.0  # less for the war, not for prices
        demand *= ratio**lag
        demand[savers] *= (1 - saved * share_of_year(*SAVING, year)) ** (1 - lag)
    return demand


def _limits(tables: Tables, year: int) -> dict[str, float]:
    """Return what fields can produce at most where that was announced: from 2024 the last word."""
    rows = tables.records("production_limit", None if year >= GROWN else year)
    known = [r for r in rows if int(r["since"][:4]) <= year]
    return {r["place"]: r["bcm"] for r in sorted(known, key=lambda r: str(r["since"]))}


def _flows(tables: Tables, year: int, cut: Cut) -> dict[str, float]:
    """Return what flowed or could flow through Russian pipes: from 2024 the last that is known."""
    seen = {r["route"]: r["bcm"] for r in tables.records("pipe_event", year)}
    if cut == "events":
        return seen
    for y in range(BASE + 1, year + 1) if year >= GROWN else (year,):
        rows = tables.records("pipe_flow", y)
        seen |= {r["route"]: r["bcm"] for r in rows if r["place"].startswith("RUS-")}
    return seen


def _capacity(base: Base, tables: Tables, p: Mapping[str, float], year: int, cut: Cut) -> Floats:
    """Return capacities of pipes: what was full in 2021 stays full, but for events."""
    seen = _flows(tables, year, cut)
    if year >= GROWN:
        contract = contracts(tables, year)
    else:
        contract = {r["route"]: r["bcm"] for r in tables.records("contract", year)}
    both = seen.get("TurkStream and Blue Stream to Turkey") if cut == "volumes" else None
    to_turkey = sum(x.capacity for x in base.pipes if (x.tail, x.head) == ("RUS-W", "TUR"))
    found = np.zeros(len(base.pipes))
    for k, pipe in enumerate(base.pipes):
        usable, russian = pipe.open(year), pipe.tail.startswith("RUS")
        room = _room(base, k, pipe, 1.0 if russian else p["other_pipes"], usable)
        if pipe.name in contract and russian:
            room = contract[pipe.name]
        elif pipe.name in seen and (usable > 0 or year < GROWN):
            room = seen[pipe.name]
        elif both is not None and (pipe.tail, pipe.head) == ("RUS-W", "TUR"):
            room = both * pipe.capacity / to_turkey
        found[k] = room
    return found


def _room(base: Base, k: int, pipe: Pipe, ratio: float, usable: float) -> float:
    room = pipe.capacity * usable
    if not base.effective[k]:
        return room
    return float(min(room, ratio * base.flow[k] / pipe.open(BASE) * usable))


def rates(tables: Tables, p: Mapping[str, float], quantity: str) -> Floats:
    """Return growth a year, shape (nodes,): a node's own, else its country's or its region's."""
    rows = {r["place"]: r["value"] for r in tables.records(quantity)}
    ends = zip(tables.codes, tables.region, strict=True)
    shift = p[f"{quantity}_shift"]
    return np.array([(rows.get(c, rows.get(region, 0.0)) + shift) / 100 for c, region in ends])


def contracts(tables: Tables, year: int) -> dict[str, float]:
    """Return the contracted volume of each route in a year: the latest step reached."""
    found: dict[str, float] = {}
    for r in sorted(tables.records("contract"), key=lambda r: str(r["since"])):
        if int(r["since"][:4]) <= year:
            found[r["route"]] = r["bcm"]
    return found


def liquefaction(tables: Tables, p: Mapping[str, float], year: int, base: Floats) -> Floats:
    """Return what plants can ship in a year: exports of 2021 and plants that started since.

    Like ``base``, the exports of 2021, of shape (N,) in bcm.
    """
    return base + tables.capacity("liquefaction", year, p["assumed_plants"])


def banned(n: Network, pipes: Sequence[Pipe], tables: Tables, year: int) -> Network:
    """Return a network under the bans on Russian gas that are adopted, each from its day.

    A ban leaves a share of what is usual, over the part of the year in which it holds.
    """
    codes, most, capacity = np.array(tables.codes), n.most.copy(), n.capacity.copy()
    for (partner, route), left in _left(tables, year).items():
        if route == LNG:
            buys = np.isin(codes, UNION if partner == "EU" else (partner,))
            sells = np.array([c.startswith("RUS-") for c in tables.codes])
            hit = sells[n.seller] & buys[n.buyer]
            most[hit] = np.minimum(most[hit], left * n.usual[hit])
        else:
            capacity[[x.name == route for x in pipes]] *= left
    return replace(n, most=most, capacity=capacity, floor=np.minimum(n.floor, capacity))


def _left(tables: Tables, year: int) -> dict[tuple[str, str], float]:
    """Return what bans leave of each trade in a year, where they leave less than all."""
    steps: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for r in tables.records("ban"):
        steps.setdefault((r["partner"], r["route"]), []).append((r["since"], r["value"]))
    found = {}
    for key, dated in steps.items():
        dated.sort()
        ends = [*(d for d, _ in dated[1:]), ""]
        held = [share_of_year(d, e, year) for (d, _), e in zip(dated, ends, strict=True)]
        left = 1 - sum(h * (1 - v) for h, (_, v) in zip(held, dated, strict=True))
        if left < 1:
            found[key] = left
    return found
