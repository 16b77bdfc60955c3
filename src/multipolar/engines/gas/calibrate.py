"""Calibration on 2021: balances that close, then prices under which 2021 is an equilibrium.

Two quadratic programmes. The first finds the flows of pipes nearest to those known, such that each
node's balance closes but for a residual that is penalised; in Europe that residual is the draw on
stocks. The second finds node prices, near the hubs, and the wedge of each pipe and voyage: the
price gap less the cost of moving gas. On pipes that leave an exporter a positive wedge is the rent
of a capacity that was full, not a cost. 2021 is fitted by construction: what the calibration tells
is in the wedges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from multipolar.engines.gas.kernel import Ints, Network, market_slope, slope_of
from multipolar.engines.gas.programme import Floats, Programme, Solver, optimise
from multipolar.engines.gas.tables import BASE, Pipe, Tables
from multipolar.errors import NotConverged

PASS = {  # market -> parameter that says what share of a change in price its consumers see
    "Europe": "pass_europe", "Norway": "pass_europe", "Turkey": "pass_turkey",
    "China": "pass_east_asia", "East Asia": "pass_east_asia", "South Asia": "pass_south_asia",
    "South-East Asia": "pass_south_east_asia", "North America": "pass_north_america",
    "South America": "pass_south_america",
}  # fmt: skip
FLEXIBLE = "USA"  # sells its LNG free of destination
STRATEGIC = {"RUS-W": "RUS", "RUS-E": "RUS", "RUS-Y": "RUS", "RUS-S": "RUS", "NOR": "NOR",
             "DZA": "DZA", "QAT": "QAT"}  # fmt: skip
HUBS = ("NLD", "GBR", "USA", "JPN", "KOR", "TWN")
HUB_OF = {"KOR": "JPN", "TWN": "JPN"}
HUB_SD, GUESS_SD, EUROPE_SD = 0.03, 2.0, 0.5
SPARSE_FLOW = 0.005  # of what an even spread would give: the usual flow of a voyage nobody made
LEAST_ELASTICITY = 0.005
ROUNDS, CLOSE = 8, 0.02
CLOSED = 1e-3  # bcm below which a pipe counts as empty


@dataclass(frozen=True)
class Base:
    """2021 as an equilibrium.

    Attributes:
        network: the year, at effective capacities.
        pipes: the pipelines of the network, in its order.
        flow, lng: what moved, by pipe and by voyage.
        residual: what closes each node's balance: stocks and statistical differences.
        wedges: one row a pipe or voyage with its price gap, cost, rent and wedge.
        effective: pipes on which the flow of 2021 is the capacity.
        sales: number of each strategic exporter's sales to a market.
    """

    network: Network
    pipes: tuple[Pipe, ...]
    flow: Floats
    lng: Floats
    residual: Floats
    wedges: pd.DataFrame
    effective: tuple[bool, ...]
    sales: Mapping[tuple[str, str], int]


def balances(tables: Tables) -> dict[str, Floats]:
    """Return production, consumption, lng_exports and lng_imports of 2021 by node, in bcm.

    What the review lists stands; what it hides is scaled so that each region closes.
    """
    n = len(tables.codes)
    regions = sorted(set(tables.region))
    found = {q: np.zeros(n) for q in ("production", "consumption", "lng_exports", "lng_imports")}
    for quantity, values in found.items():
        listed = tables.by_place(quantity, BASE, sourced=True)
        guessed = tables.by_place(quantity, BASE, sourced=False)
        if quantity == "production":
            unlisted = {c: v for c, v in tables.produced.items()
                        if c not in listed.index and c not in guessed.index}  # fmt: skip
            guessed = pd.concat([guessed, pd.Series(unlisted, dtype=float)])
        parts = {k: v for k, v in guessed.items() if str(k).startswith("RUS-")}
        guessed = guessed.drop(list(parts))
        region_of = dict(zip(tables.codes, tables.region, strict=True))
        hidden = dict.fromkeys(regions, 0.0)
        for place, value in listed.items():
            if place in tables.home:
                values[tables.index[tables.home[str(place)]]] += value
        known = {r: sum(v for v, at in zip(values, tables.region, strict=True) if at == r)
                 for r in regions}  # fmt: skip
        for place, value in guessed.items():
            if place in tables.home:
                hidden[region_of[tables.home[str(place)]]] += value
        for place, value in guessed.items():
            if place not in tables.home:
                continue
            at = tables.home[str(place)]
            region = region_of[at]
            total = listed.get(region)
            scale = 1.0 if total is None or not hidden[region] else (
                (total - known[region]) / hidden[region]
            )  # fmt: skip
            values[tables.index[at]] += value * max(scale, 0.0)
        for place, value in parts.items():  # of Russia's total
            values[tables.index[str(place)]] += value
            values[tables.index[tables.home["RUS"]]] -= value
    found["lng_imports"] *= found["lng_exports"].sum() / found["lng_imports"].sum()
    return found


def spread_out(seed: Floats, rows: Floats, columns: Floats, sweeps: int = 2000) -> Floats:
    """Scale a matrix to row and column sums (RAS); sums have to agree in total.

    Example:
        >>> spread_out(np.ones((2, 2)), np.array([1.0, 3.0]), np.array([2.0, 2.0])).tolist()
        [[0.5, 0.5], [1.5, 1.5]]
    """
    at = seed.copy()
    for _ in range(sweeps):
        at *= _ratio(rows, at.sum(axis=1))[:, None]
        at *= _ratio(columns, at.sum(axis=0))
        if np.max(np.abs(at.sum(axis=1) - rows), initial=0.0) < 1e-7:
            break
    return at


def _ratio(over: Floats, under: Floats) -> Floats:
    return np.divide(over, under, np.zeros_like(over), where=under > 0)


def shipments(tables: Tables, exports: Floats, imports: Floats) -> Floats:
    """Return LNG by seller and buyer that adds up to exports and imports, shape (N, N)."""
    seed = np.where(np.isfinite(tables.distance), tables.traded, 0.0)
    even = np.outer(exports, imports) / max(exports.sum(), 1e-9)
    seed = np.where(np.isfinite(tables.distance), np.maximum(seed, SPARSE_FLOW * even), 0.0)
    imports = imports * exports.sum() / max(imports.sum(), 1e-9)
    return spread_out(seed, exports, imports)


def _reconcile(
    tables: Tables, pipes: tuple[Pipe, ...], net: Floats, use: Floats
) -> tuple[Floats, Floats]:
    """Return the flow of each pipe, and what is left of each node's balance.

    ``net`` is what a node has to spare before pipes; ``use`` its consumption.
    """
    known: dict[tuple[str, str, str], tuple[float, float]] = {}
    for r in tables.records("pipe_flow", BASE):
        sd = 0.02 if r["status"] == "sourced" else 0.15
        known[r["place"], r["partner"], r["route"]] = (r["bcm"], max(sd * r["bcm"], 0.2))
    routes = {(p.tail, p.head) for p in pipes}
    several = {ends for ends in routes if sum((p.tail, p.head) == ends for p in pipes) > 1}
    target, weight = np.zeros(len(pipes)), np.full(len(pipes), 1e-3)
    for k, p in enumerate(pipes):
        both = {a: known[a] for a in ((p.tail, p.head, p.name), (p.tail, p.head, "")) if a in known}
        if both:
            value, sd = next(iter(both.values()))
            shares = [
                q.capacity * q.open(BASE) for q in pipes if (q.tail, q.head) == (p.tail, p.head)
            ]
            if (p.tail, p.head) in several and next(iter(both))[2] == "":
                value *= p.capacity * p.open(BASE) / sum(shares)
            target[k], weight[k] = value, 1 / sd**2
    groups = _group_rows(tables, pipes)
    A, N = len(pipes), len(tables.codes)
    tail = np.array([tables.index[p.tail] for p in pipes])
    head = np.array([tables.index[p.head] for p in pipes])
    europe = np.array([r == "Europe" for r in tables.region])
    loose = np.where(europe, 0.08 * use, 0.03 * use) + 0.5
    total, total_weight, member = groups
    G = len(total)
    # flows, residuals of nodes, misses of known totals
    pipe = np.arange(A)
    network = sparse.csc_array(
        (np.repeat([1.0, -1.0], A), (np.concatenate([tail, head]), np.concatenate([pipe, pipe]))),
        shape=(N, A),
    )
    equal = sparse.block_array(
        [[network, -sparse.eye_array(N), None], [member, None, -sparse.eye_array(G)]]
    )
    cap = np.array([p.capacity * max(p.open(BASE), 1e-9) for p in pipes])
    cap = np.maximum(cap, 1.1 * target)
    answer = optimise(
        Programme(
            np.concatenate([weight, 1 / loose**2, total_weight]),
            np.concatenate([-weight * target + 0.02, np.zeros(N + G)]),
            sparse.csc_array(equal), np.concatenate([net, total]),
            sparse.csc_array((0, A + N + G)), np.zeros(0),
            np.concatenate([np.zeros(A), np.full(N + G, -np.inf)]),
            np.concatenate([cap, np.full(N + G, np.inf)]),
        )
    )  # fmt: skip
    if answer.status != "solved":
        raise NotConverged("the balances of 2021 do not close", hint="check the table gas_figures")
    flow = np.where(answer.x[:A] < CLOSED, 0.0, answer.x[:A])
    moved = np.bincount(tail, flow, N) - np.bincount(head, flow, N)
    return flow, moved - net


def _group_rows(tables: Tables, pipes: tuple[Pipe, ...]) -> tuple[Floats, Floats, sparse.csc_array]:
    """Return totals between regions that pipes have to add up to, with weights."""
    inside = {r: {c for c, at in zip(tables.codes, tables.region, strict=True) if at == r}
              for r in set(tables.region)}  # fmt: skip
    russia = {c for c in tables.codes if c.startswith("RUS-")}

    def nodes(word: str) -> set[str]:
        return russia if word == "RUS" else inside.get(word, {word})

    total: list[float] = []
    weight: list[float] = []
    row: list[int] = []
    col: list[int] = []
    for r in tables.records("pipe_flow", BASE):
        if r["place"] in tables.index and r["partner"] in tables.index:
            continue
        a, b = nodes(r["place"]), nodes(r["partner"])
        a = a - russia if r["place"] == "CIS" else a
        b = b - russia if r["partner"] == "CIS" else b
        hit = [k for k, p in enumerate(pipes) if p.tail in a and p.head in b]
        if not hit or (r["place"] == "RUS" and r["partner"] in {"CIS", "WLD"}):
            continue  # gross of swaps that the network nets
        if r["place"] == "CIS" and r["partner"] == "RUS":
            continue
        row += [len(total)] * len(hit)
        col += hit
        total.append(r["bcm"])
        weight.append(1 / max(0.01 * r["bcm"], 0.3) ** 2)
    shape = (len(total), len(pipes))
    return (np.array(total), np.array(weight),
            sparse.csc_array((np.ones(len(row)), (row, col)), shape=shape))  # fmt: skip


def power(
    tables: Tables, tail: list[str], head: list[str], seller: list[str], buyer: list[str]
) -> tuple[Ints, Ints, dict[tuple[str, str], int]]:
    """Return which sale each pipe and voyage is, or -1, and every (exporter, market) numbered.

    A sale is what crosses from an exporter's own market into another.
    """
    market = dict(zip(tables.codes, tables.nodes["market"], strict=True))
    keys: dict[tuple[str, str], int] = {}

    def whose(a: str, b: str) -> int:
        if a not in STRATEGIC or market[a] == market[b]:
            return -1
        return keys.setdefault((STRATEGIC[a], market[b]), len(keys))

    by_pipe = np.array([whose(a, b) for a, b in zip(tail, head, strict=True)], np.intp)
    by_voyage = np.array([whose(a, b) for a, b in zip(seller, buyer, strict=True)], np.intp)
    return by_pipe, by_voyage, keys


@dataclass(frozen=True)
class Known:
    """What the calibration takes from the tables alone, whatever the parameters."""

    had: Mapping[str, Floats]
    lng: Floats


def known_of(tables: Tables) -> Known:
    """Return the balances of 2021 and LNG by seller and buyer."""
    had = balances(tables)
    return Known(had, shipments(tables, had["lng_exports"], had["lng_imports"]))


def calibrate(tables: Tables, parameters: Mapping[str, float], known: Known | None = None) -> Base:
    """Calibrate the network on 2021.

    Args:
        tables: the shipped tables.
        parameters: a value for each parameter used for the calibration.
        known: what :func:`known_of` returns, to save the time.

    Raises:
        NotConverged: the balances or prices of 2021 could not be met.

    Example:
        >>> from multipolar.engines.gas.kernel import solve
        >>> from multipolar.engines.gas.model import prepared_base
        >>> from multipolar.world import World
        >>> base, tables, parameters = prepared_base(World.load())
        >>> bool(abs(solve(base.network).consumption - base.network.demand).max() < 0.01)
        True
    """
    p = parameters
    known = known or known_of(tables)
    had, lng = known.had, known.lng
    net = (had["production"] - had["consumption"] + lng.sum(axis=0)
           - (1 + p["own_use"]) * lng.sum(axis=1))  # fmt: skip
    pipes = tables.pipes
    now = tuple(k for k, pipe in enumerate(pipes) if pipe.open(BASE) > 0)
    flow = np.zeros(len(pipes))
    flow[list(now)], residual = _reconcile(
        tables, tuple(pipes[k] for k in now), net, had["consumption"]
    )
    sell, buy = np.nonzero(np.isfinite(tables.distance)
                           & (had["lng_exports"] > 0)[:, None]
                           & (had["lng_imports"] > 0))  # fmt: skip
    shipped = lng[sell, buy]
    tail = np.array([tables.index[x.tail] for x in pipes])
    head = np.array([tables.index[x.head] for x in pipes])
    codes = tables.codes
    by_pipe, by_voyage, sales = power(
        tables, [x.tail for x in pipes], [x.head for x in pipes],
        [codes[i] for i in sell], [codes[j] for j in buy],
    )  # fmt: skip
    market = np.array([tables.markets.index(m) for m in tables.nodes["market"]], np.intp)
    share = np.array([p[PASS.get(m, "pass_regulated")] for m in tables.nodes["market"]])
    elasticity = np.maximum(p["elasticity_short"] * share, LEAST_ELASTICITY)
    freight = (p["liquefaction_cost"] + p["shipping_fixed"]
               + p["shipping_per_nm"] * tables.distance[sell, buy])  # fmt: skip
    spread = np.where(np.array(codes)[sell] == FLEXIBLE, p["dispersion_flexible"], p["dispersion"])
    exporter = had["production"] > 1.02 * had["consumption"]
    exporter[tables.index["TUR"]] = False
    n = len(codes)
    network = Network(
        demand=had["consumption"], price=np.ones(n), elasticity=elasticity,
        supply=had["production"], cost=np.ones(n), steep=np.ones(n),
        ceiling=5 * had["production"], stock=residual, tail=tail, head=head,
        tariff=np.full(len(pipes), p["pipe_tariff"]), floor=np.zeros(len(pipes)),
        capacity=np.array([x.capacity * x.open(BASE) for x in pipes]),
        seller=sell.astype(np.intp), buyer=buy.astype(np.intp), freight=freight,
        usual=shipped, spread=spread, least=np.zeros(len(sell)),
        most=np.full(len(sell), np.inf), own_use=p["own_use"],
        liquefaction=had["lng_exports"],
        regasification=np.maximum(tables.capacity("regasification", BASE), had["lng_imports"]),
        linear=p["linear_demand"] >= 0.5, market=market, power_pipe=by_pipe, power_voyage=by_voyage,
        conjecture=np.full(len(sales), p["conjecture"]),
        abroad=np.array([tables.markets.index(m) for _, m in sales], np.intp),
    )  # fmt: skip
    return _price(tables, network, pipes, flow, residual, exporter, sales, p)


def _price(
    tables: Tables, n: Network, pipes: tuple[Pipe, ...], flow: Floats, residual: Floats,
    exporter: NDArrayBool, sales: Mapping[tuple[str, str], int], p: Mapping[str, float],
) -> Base:  # fmt: skip
    """Find node prices and wedges under which the flows are an equilibrium."""
    N, A, V = len(n.demand), len(n.tail), len(n.seller)
    guess = tables.nodes["price_2021"].to_numpy(float).copy()
    sd = np.where(np.array(tables.region) == "Europe", EUROPE_SD, GUESS_SD)
    for hub in HUBS:
        at = tables.index[hub]
        guess[at], sd[at] = tables.one("price", HUB_OF.get(hub, hub), BASE), HUB_SD
    used = flow > 0
    border = used & exporter[n.tail]
    # variables: prices, wedges of pipes, rents of pipes, wedges of voyages, rents of plants
    pipe, ship = np.arange(A), np.arange(V)
    row = np.concatenate([pipe, pipe, pipe, pipe, A + ship, A + ship, A + ship, A + ship])
    col = np.concatenate([n.head, n.tail, N + pipe, N + A + pipe, n.buyer, n.seller,
                          N + 2 * A + ship, N + 2 * A + V + n.seller])  # fmt: skip
    value = np.concatenate([np.ones(A), -np.ones(A), -np.ones(A), -np.ones(A), np.ones(V),
                            np.full(V, -(1 + n.own_use)), -np.ones(V), -np.ones(V)])  # fmt: skip
    width = 2 * N + 2 * A + V
    equal = sparse.csc_array((value, (row, col)), shape=(A + V, width))
    # what an open but unused pipe costs more than the gap is no wedge, hence the slight weight
    low = np.concatenate([np.full(N, 0.2), np.full(A, -np.inf), np.zeros(A),
                          np.full(V, -np.inf), np.zeros(N)])  # fmt: skip
    high = np.concatenate([np.full(N + A, np.inf), np.where(border, np.inf, 0.0),
                           np.full(V + N, np.inf)])  # fmt: skip
    curvature = np.concatenate([
        1 / sd**2, np.where(used, 0.05 + 0.02 * flow, np.where(n.capacity > 0, 1e-3, 0.0)),
        np.full(A, 1e-6),
        0.05 * n.usual + 1e-4, np.full(N, 1e-6),
    ])  # fmt: skip

    def priced(price: Floats, solver: Solver) -> Floats:
        by_pipe, by_voyage = _margins(n, price, flow)
        answer = optimise(
            Programme(
                curvature, np.concatenate([-guess / sd**2, np.zeros(width - N)]), equal,
                np.concatenate([n.tariff + by_pipe, n.freight + by_voyage]),
                sparse.csc_array((0, width)), np.zeros(0), low, high,
            ),
            solver,
        )  # fmt: skip
        if answer.status != "solved":
            raise NotConverged(
                "no prices make 2021 an equilibrium", hint="check gas_nodes.price_2021"
            )
        return answer.x

    price = guess
    for step in range(ROUNDS if n.conjecture.max(initial=0.0) > 0 else 0):
        # margins of market power hang on the prices that they are part of
        found = priced(price, "piqp")[:N]
        moved = float(np.max(np.abs(found - price)))
        price = 0.5 * (price + found) if step else found
        if moved < CLOSE:
            break
    x = priced(price, "clarabel")
    price = x[:N]
    by_pipe, by_voyage = _margins(n, price, flow)
    rent = np.where(border, np.maximum(x[N + A : N + 2 * A], 0.0), 0.0)
    plant = np.maximum(x[N + 2 * A + V :], 0.0)
    wedge = np.where(used, price[n.head] - price[n.tail] - n.tariff - by_pipe - rent, 0.0)
    voyage_wedge = (price[n.buyer] - (1 + n.own_use) * price[n.seller] - n.freight - by_voyage
                    - plant[n.seller])  # fmt: skip
    full = border & (rent > 1e-3)
    gap = price[n.head] - price[n.tail]
    stopped = ~used & (n.capacity > 0)  # it must not have paid to use an open pipe
    tariff = np.where(
        used, n.tariff + wedge,
        np.where(stopped, np.maximum(n.tariff, gap - by_pipe + 1e-6), n.tariff),
    )  # fmt: skip
    elasticity = _supply_elasticity(tables, p)
    made = np.maximum(n.supply, 1e-9)
    network = replace(
        n, price=price, cost=price, steep=price / (elasticity * made), tariff=tariff,
        freight=n.freight + voyage_wedge,
        capacity=np.where(full, flow, np.maximum(n.capacity, flow)),
    )  # fmt: skip
    table = pd.DataFrame({
        "kind": ["pipeline"] * A + ["lng"] * V,
        "from": [tables.codes[i] for i in (*n.tail, *n.seller)],
        "to": [tables.codes[i] for i in (*n.head, *n.buyer)],
        "route": [x.name for x in pipes] + [""] * V,
        "flow": np.concatenate([flow, n.usual]),
        "gap": np.concatenate([gap, price[n.buyer] - (1 + n.own_use) * price[n.seller]]),
        "cost": np.concatenate([n.tariff, n.freight]),
        "margin": np.concatenate([by_pipe, by_voyage]),
        "rent": np.concatenate([rent, plant[n.seller]]),
        "wedge": np.concatenate([wedge, voyage_wedge]),
    })  # fmt: skip
    return Base(network, pipes, flow, n.usual, residual, table, tuple(map(bool, full)), sales)


NDArrayBool = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def _margins(n: Network, price: Floats, flow: Floats) -> tuple[Floats, Floats]:
    """Return the margin that market power adds at a price, by pipe and by voyage."""
    _, slope = slope_of(replace(n, price=price), n.demand)
    by_pipe, by_voyage = n.power_pipe >= 0, n.power_voyage >= 0
    K = len(n.conjecture)
    sold = np.bincount(n.power_pipe[by_pipe], flow[by_pipe], K) + np.bincount(
        n.power_voyage[by_voyage], n.usual[by_voyage], K
    )
    margin = n.conjecture * market_slope(n, slope) * sold
    return (
        np.where(by_pipe, margin[np.maximum(n.power_pipe, 0)], 0.0),
        np.where(by_voyage, margin[np.maximum(n.power_voyage, 0)], 0.0),
    )


def _supply_elasticity(tables: Tables, p: Mapping[str, float]) -> Floats:
    return np.array([
        p["supply_europe"] if region == "Europe" and code != "NOR"
        else p["supply_asia"] if region == "Asia Pacific" and code != "AUS"
        else p["supply_exporters"]
        for code, region in zip(tables.codes, tables.region, strict=True)
    ])  # fmt: skip
