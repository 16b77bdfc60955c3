"""Calibration on 2021: balances that close, then prices under which 2021 is an equilibrium.

Two quadratic programmes. The first finds the flows of pipes nearest to those known, such that each
node's balance closes but for a residual that is penalised; in Europe that residual is the draw on
stocks. The second finds node prices, near the hubs, and the wedge of each pipe and voyage: the
price gap less the cost of moving gas. On pipes that leave an exporter a positive wedge is the rent
of a capacity that was full, not a cost. 2021 is fitted by construction: what the calibration tells
is in the wedges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from multipolar.engines.gas.data import BASE, Pipe, Tables
from multipolar.engines.gas.kernel import Network, market_slope, slope_of
from multipolar.engines.gas.programme import Programme, Solver, optimise
from multipolar.errors import NotConverged
from multipolar.numerics.arrays import Flags, Floats, Ints

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csc_array

PASS = {  # market -> parameter that says what share of a change in price its consumers see
    "Europe": "pass_europe",
    "Norway": "pass_europe",
    "Turkey": "pass_turkey",
    "China": "pass_east_asia",
    "East Asia": "pass_east_asia",
    "South Asia": "pass_south_asia",
    "South-East Asia": "pass_south_east_asia",
    "North America": "pass_north_america",
    "South America": "pass_south_america",
}
FLEXIBLE = "USA"  # sells its LNG free of destination
STRATEGIC = {"NOR": "NOR", "DZA": "DZA", "QAT": "QAT"} | dict.fromkeys(
    ("RUS-W", "RUS-E", "RUS-Y", "RUS-S"), "RUS"
)
HUBS = ("NLD", "GBR", "USA", "JPN", "KOR", "TWN")
HUB_OF = {"KOR": "JPN", "TWN": "JPN"}
HUB_SD, GUESS_SD, EUROPE_SD = 0.03, 2.0, 0.5
SPARSE_FLOW = 0.005  # of what an even spread would give: the usual flow of a voyage nobody made
LEAST_ELASTICITY = 0.005
ROUNDS, CLOSE = 8, 0.02
CLOSED = 1e-3  # bcm below which a pipe counts as empty


@dataclass(frozen=True)
class Base:
    """2021 as an equilibrium, of N nodes, A pipes and V voyages.

    Attributes:
        network: the year, at effective capacities.
        pipes: the pipelines of the network, in its order.
        codes: of the nodes.
        flow: what moved by pipe, shape (A,), bcm.
        lng: what moved by voyage, shape (V,), bcm.
        residual: what closes each node's balance, stocks and statistical differences, shape (N,),
            bcm.
        parts: ``gap`` in price, ``cost`` of moving gas, ``margin`` of market power, ``rent`` and
            ``wedge`` of the pipes and then the voyages, each of shape (A + V,), USD/MMBtu.
        effective: whether the flow of 2021 is the capacity, by pipe.
        sales: number of each strategic exporter's sales to a market.
    """

    network: Network
    pipes: tuple[Pipe, ...]
    codes: tuple[str, ...]
    flow: Floats
    lng: Floats
    residual: Floats
    parts: Mapping[str, Floats]
    effective: tuple[bool, ...]
    sales: Mapping[tuple[str, str], int]

    @cached_property
    def wedges(self) -> pd.DataFrame:
        """One row a pipe or voyage: who is joined, what moved, and the parts of its price gap."""
        import pandas as pd

        n = self.network
        names = {
            "kind": ["pipeline"] * len(self.flow) + ["lng"] * len(self.lng),
            "from": [self.codes[i] for i in (*n.tail, *n.seller)],
            "to": [self.codes[i] for i in (*n.head, *n.buyer)],
            "route": [x.name for x in self.pipes] + [""] * len(self.lng),
        }
        return pd.DataFrame(names | {"flow": np.append(self.flow, self.lng)} | dict(self.parts))


def balances(tables: Tables) -> dict[str, Floats]:
    """Return production, consumption, lng_exports and lng_imports of 2021, each (N,), in bcm.

    What the review lists stands; what it hides is scaled so that each region closes.
    """
    quantities = ("production", "consumption", "lng_exports", "lng_imports")
    found = {q: _balance(tables, q) for q in quantities}
    found["lng_imports"] *= found["lng_exports"].sum() / found["lng_imports"].sum()
    return found


def _balance(tables: Tables, quantity: str) -> Floats:
    home, index = tables.home, tables.index
    listed = tables.by_place(quantity, BASE, sourced=True)
    guessed = tables.by_place(quantity, BASE, sourced=False)
    if quantity == "production":
        known = listed.keys() | guessed.keys()
        guessed |= {c: v for c, v in tables.produced.items() if c not in known}
    parts = {c: v for c, v in guessed.items() if c.startswith("RUS-")}
    guessed = {c: v for c, v in guessed.items() if c in home and c not in parts}
    values = np.zeros(len(tables.codes))
    for place, value in listed.items():
        if place in home:
            values[index[home[place]]] += value
    region_of = dict(zip(tables.codes, tables.region, strict=True))
    shown, hidden = dict.fromkeys(tables.region, 0.0), dict.fromkeys(tables.region, 0.0)
    for value, region in zip(values.tolist(), tables.region, strict=True):
        shown[region] += value
    for place, value in guessed.items():
        hidden[region_of[home[place]]] += value
    for place, value in guessed.items():
        region, scale = region_of[home[place]], 1.0
        if region in listed and hidden[region]:
            scale = max((listed[region] - shown[region]) / hidden[region], 0.0)
        values[index[home[place]]] += value * scale
    for place, value in parts.items():  # of Russia's total
        values[index[place]] += value
        values[index[home["RUS"]]] -= value
    return values


def spread_out(seed: Floats, rows: Floats, columns: Floats, sweeps: int = 2000) -> Floats:
    """Scale a matrix to row and column sums (RAS); sums have to agree in total.

    ``seed`` has shape (R, C), ``rows`` (R,) and ``columns`` (C,), in the unit of the answer (R, C).

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
    """Return LNG by seller and buyer, shape (N, N), that adds up to ``exports`` and ``imports``.

    Both have shape (N,); all are in bcm a year.
    """
    seed = np.where(np.isfinite(tables.distance), tables.traded, 0.0)
    even = np.outer(exports, imports) / max(exports.sum(), 1e-9)
    seed = np.where(np.isfinite(tables.distance), np.maximum(seed, SPARSE_FLOW * even), 0.0)
    imports = imports * exports.sum() / max(imports.sum(), 1e-9)
    return spread_out(seed, exports, imports)


def _reconcile(
    tables: Tables, pipes: Sequence[Pipe], net: Floats, use: Floats
) -> tuple[Floats, Floats]:
    """Return the flow of each pipe, and what is left of each node's balance.

    ``net`` is what a node has to spare before pipes; ``use`` its consumption.
    """
    from scipy import sparse

    target, weight = _targets(tables, pipes)
    total, total_weight, member = _group_rows(tables, pipes)
    A, N, G = len(pipes), len(tables.codes), len(total)
    tail = np.array([tables.index[p.tail] for p in pipes])
    head = np.array([tables.index[p.head] for p in pipes])
    europe = np.array([r == "Europe" for r in tables.region])
    loose = np.where(europe, 0.08 * use, 0.03 * use) + 0.5
    # flows, residuals of nodes, misses of known totals
    ends, pipe = np.append(tail, head), np.append(np.arange(A), np.arange(A))
    network = sparse.csc_array((np.repeat([1.0, -1.0], A), (ends, pipe)), shape=(N, A))
    nodes, totals = -sparse.eye_array(N), -sparse.eye_array(G)
    room = np.array([p.capacity * max(p.open(BASE), 1e-9) for p in pipes])
    free = np.full(N + G, np.inf)
    answer = optimise(
        Programme(
            curvature=np.concatenate([weight, 1 / loose**2, total_weight]),
            slope=np.concatenate([-weight * target + 0.02, np.zeros(N + G)]),
            equal=sparse.csc_array(
                sparse.block_array([[network, nodes, None], [member, None, totals]])
            ),
            right=np.concatenate([net, total]),
            below=sparse.csc_array((0, A + N + G)),
            limit=np.zeros(0),
            low=np.concatenate([np.zeros(A), -free]),
            high=np.concatenate([np.maximum(room, 1.1 * target), free]),
        )
    )
    if answer.status != "solved":
        raise NotConverged("the balances of 2021 do not close", hint="check the table gas_figures")
    flow = np.where(answer.x[:A] < CLOSED, 0.0, answer.x[:A])
    moved = np.bincount(tail, flow, N) - np.bincount(head, flow, N)
    return flow, moved - net


def _targets(tables: Tables, pipes: Sequence[Pipe]) -> tuple[Floats, Floats]:
    """Return the flow known of each pipe, and how much it weighs; of pipes together, a share."""
    known: dict[tuple[str, str, str], tuple[float, float]] = {}
    for r in tables.records("pipe_flow", BASE):
        sd = 0.02 if r["status"] == "sourced" else 0.15
        known[r["place"], r["partner"], r["route"]] = (r["bcm"], max(sd * r["bcm"], 0.2))
    target, weight = np.zeros(len(pipes)), np.full(len(pipes), 1e-3)
    for k, p in enumerate(pipes):
        own, whole = (p.tail, p.head, p.name), (p.tail, p.head, "")
        key = own if own in known else whole
        if key not in known:
            continue
        value, sd = known[key]
        beside = [q for q in pipes if (q.tail, q.head) == (p.tail, p.head)]
        if key == whole and len(beside) > 1:
            value *= p.capacity * p.open(BASE) / sum(q.capacity * q.open(BASE) for q in beside)
        target[k], weight[k] = value, 1 / sd**2
    return target, weight


def _group_rows(tables: Tables, pipes: Sequence[Pipe]) -> tuple[Floats, Floats, csc_array]:
    """Return totals between regions that pipes have to add up to, with weights."""
    from scipy import sparse

    inside: dict[str, set[str]] = {}
    for code, region in zip(tables.codes, tables.region, strict=True):
        inside.setdefault(region, set()).add(code)
    russia = {c for c in tables.codes if c.startswith("RUS-")}

    def nodes(word: str) -> set[str]:
        found = russia if word == "RUS" else inside.get(word, {word})
        return found - russia if word == "CIS" else found

    total: list[float] = []
    weight: list[float] = []
    row: list[int] = []
    col: list[int] = []
    for r in tables.records("pipe_flow", BASE):
        place, partner = r["place"], r["partner"]
        if place in tables.index and partner in tables.index:
            continue
        if (place == "RUS" and partner in {"CIS", "WLD"}) or (place, partner) == ("CIS", "RUS"):
            continue  # gross of swaps that the network nets
        a, b = nodes(place), nodes(partner)
        hit = [k for k, p in enumerate(pipes) if p.tail in a and p.head in b]
        if hit:
            row += [len(total)] * len(hit)
            col += hit
            total.append(r["bcm"])
            weight.append(1 / max(0.01 * r["bcm"], 0.3) ** 2)
    member = sparse.csc_array((np.ones(len(row)), (row, col)), shape=(len(total), len(pipes)))
    return np.array(total), np.array(weight), member


def power(
    tables: Tables,
    tail: Sequence[str],
    head: Sequence[str],
    seller: Sequence[str],
    buyer: Sequence[str],
) -> tuple[Ints, Ints, dict[tuple[str, str], int]]:
    """Return which sale each pipe and voyage is, or -1, and every (exporter, market) numbered.

    The first two have shapes (A,) and (V,). A sale is what crosses from an exporter's own market
    into another.
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
    """What the calibration takes from the tables alone, whatever the parameters.

    Attributes:
        had: balances by quantity, each of shape (N,), bcm a year.
        lng: by seller and buyer, shape (N, N), bcm a year.
    """

    had: Mapping[str, Floats]
    lng: Floats


def known_of(tables: Tables) -> Known:
    """Return the balances of 2021 and LNG by seller and buyer."""

    def make() -> Known:
        had = balances(tables)
        return Known(had, shipments(tables, had["lng_exports"], had["lng_imports"]))

    return tables.memo.once("known", make)


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
    lost = (1 + p["own_use"]) * lng.sum(axis=1)
    net = had["production"] - had["consumption"] + lng.sum(axis=0) - lost
    room = p["assumed_pipes"]
    pipes = tuple(
        replace(x, capacity=room * x.capacity) if x.assumed and room != 1 else x
        for x in tables.pipes
    )
    now = np.flatnonzero(tables.open(BASE) > 0).tolist()
    flow = np.zeros(len(pipes))
    flow[now], residual = _reconcile(tables, [pipes[k] for k in now], net, had["consumption"])
    network, sales = _network(tables, p, pipes, known, residual)
    return _price(tables, network, pipes, flow, sales, p)


def _network(
    tables: Tables,
    p: Mapping[str, float],
    pipes: Sequence[Pipe],
    known: Known,
    residual: Floats,
) -> tuple[Network, dict[tuple[str, str], int]]:
    """Return 2021 before its prices are known, and the sales of the strategic exporters."""
    had, codes, index = known.had, tables.codes, tables.index
    reach = np.isfinite(tables.distance)
    sell, buy = np.nonzero(reach & (had["lng_exports"] > 0)[:, None] & (had["lng_imports"] > 0))
    tail, head = [x.tail for x in pipes], [x.head for x in pipes]
    by_pipe, by_voyage, sales = power(
        tables, tail, head, [codes[i] for i in sell], [codes[j] for j in buy]
    )
    one, open_ = np.ones(len(codes)), tables.open(BASE) * [x.capacity for x in pipes]
    network = Network(
        demand=had["consumption"],
        price=one,
        elasticity=np.maximum(p["elasticity_short"] * passed_on(tables, p), LEAST_ELASTICITY),
        supply=had["production"],
        cost=one,
        steep=one,
        ceiling=5 * had["production"],
        stock=residual,
        tail=np.array([index[c] for c in tail]),
        head=np.array([index[c] for c in head]),
        tariff=np.full(len(pipes), p["pipe_tariff"]),
        floor=np.zeros(len(pipes)),
        capacity=open_,
        seller=sell.astype(np.intp),
        buyer=buy.astype(np.intp),
        freight=freight(tables, p, sell, buy),
        usual=known.lng[sell, buy],
        spread=dispersion(tables, p, sell),
        least=np.zeros(len(sell)),
        most=np.full(len(sell), np.inf),
        own_use=p["own_use"],
        liquefaction=had["lng_exports"],
        regasification=np.maximum(
            tables.capacity("regasification", BASE, p["assumed_terminals"]), had["lng_imports"]
        ),
        market=np.array([tables.markets.index(m) for m in tables.market], np.intp),
        power_pipe=by_pipe,
        power_voyage=by_voyage,
        conjecture=np.full(len(sales), p["conjecture"]),
        abroad=np.array([tables.markets.index(m) for _, m in sales], np.intp),
        linear=p["linear_demand"] >= 0.5,
    )
    return network, sales


def passed_on(tables: Tables, p: Mapping[str, float]) -> Floats:
    """Return the share of a change in price that consumers see within a year, shape (N,)."""
    return np.array([p[PASS.get(m, "pass_regulated")] for m in tables.market])


def freight(tables: Tables, p: Mapping[str, float], seller: Ints, buyer: Ints) -> Floats:
    """Return the cost of liquefying and shipping by voyage, shape (V,), USD/MMBtu."""
    sailed = p["shipping_per_nm"] * tables.distance[seller, buyer]
    return np.asarray(p["liquefaction_cost"] + p["shipping_fixed"] + sailed)


def dispersion(tables: Tables, p: Mapping[str, float], seller: Ints) -> Floats:
    """Return by how much the price of a voyage rises as its usual flow doubles, (V,), USD/MMBtu."""
    flexible = np.array(tables.codes)[seller] == FLEXIBLE
    return np.where(flexible, p["dispersion_flexible"], p["dispersion"])


def _price(
    tables: Tables,
    n: Network,
    pipes: tuple[Pipe, ...],
    flow: Floats,
    sales: Mapping[tuple[str, str], int],
    p: Mapping[str, float],
) -> Base:
    """Find node prices and wedges under which the flows are an equilibrium."""
    N, A, V = len(n.demand), len(n.tail), len(n.seller)
    exporter = n.supply > 1.02 * n.demand
    exporter[tables.index["TUR"]] = False
    used = flow > 0
    border = used & exporter[n.tail]
    guess, sd = tables.memo.once("guess", lambda: _guess(tables))
    x = _prices(n, flow, _wedge_programme(n, flow, border, guess, sd), guess)
    price = x[:N]
    by_pipe, by_voyage = _margins(n, price, flow)
    rent = np.where(border, np.maximum(x[N + A : N + 2 * A], 0.0), 0.0)
    plant = np.maximum(x[N + 2 * A + V :], 0.0)[n.seller]
    gap = price[n.head] - price[n.tail]
    shipped = price[n.buyer] - (1 + n.own_use) * price[n.seller]
    wedge = np.where(used, gap - n.tariff - by_pipe - rent, 0.0)
    voyage_wedge = shipped - n.freight - by_voyage - plant
    full = border & (rent > 1e-3)
    stopped = ~used & (n.capacity > 0)  # it must not have paid to use an open pipe
    dearer = np.where(stopped, np.maximum(n.tariff, gap - by_pipe + 1e-6), n.tariff)
    network = replace(
        n,
        price=price,
        cost=price,
        steep=price / (supply_elasticity(tables, p) * np.maximum(n.supply, 1e-9)),
        tariff=np.where(used, n.tariff + wedge, dearer),
        freight=n.freight + voyage_wedge,
        capacity=np.where(full, flow, np.maximum(n.capacity, flow)),
    )
    parts = {
        "gap": np.append(gap, shipped),
        "cost": np.append(n.tariff, n.freight),
        "margin": np.append(by_pipe, by_voyage),
        "rent": np.append(rent, plant),
        "wedge": np.append(wedge, voyage_wedge),
    }
    effective = tuple(map(bool, full))
    return Base(network, pipes, tables.codes, flow, n.usual, n.stock, parts, effective, sales)


def _guess(tables: Tables) -> tuple[Floats, Floats]:
    """Return the price guessed at each node, near the hubs known, and its standard deviation."""
    guess = tables.nodes["price_2021"].to_numpy(float).copy()
    sd = np.where(np.array(tables.region) == "Europe", EUROPE_SD, GUESS_SD)
    for hub in HUBS:
        at = tables.index[hub]
        guess[at], sd[at] = tables.one("price", HUB_OF.get(hub, hub), BASE), HUB_SD
    return guess, sd


def _wedge_programme(
    n: Network, flow: Floats, border: Flags, guess: Floats, sd: Floats
) -> Programme:
    """Return the programme of prices, wedges of pipes, their rents, wedges of voyages, and rents
    of plants, before the costs that its equalities have on the right."""
    from scipy import sparse

    N, A, V = len(n.demand), len(n.tail), len(n.seller)
    pipe, ship = np.arange(A), np.arange(V)
    width, at = 2 * N + 2 * A + V, N + 2 * A
    row = np.concatenate([pipe] * 4 + [A + ship] * 4)
    col = np.concatenate(
        [n.head, n.tail, N + pipe, N + A + pipe, n.buyer, n.seller, at + ship, at + V + n.seller]
    )
    sign = (1.0, -1.0, -1.0, -1.0)
    value = np.concatenate([np.repeat(sign, A), np.repeat((1.0, -(1 + n.own_use), -1.0, -1.0), V)])
    # what an open but unused pipe costs more than the gap is no wedge, hence the slight weight
    weight = np.where(flow > 0, 0.05 + 0.02 * flow, np.where(n.capacity > 0, 1e-3, 0.0))
    free, plants = np.full(V, np.inf), np.full(N, 1e-6)
    return Programme(
        curvature=np.concatenate(
            [1 / sd**2, weight, np.full(A, 1e-6), 0.05 * n.usual + 1e-4, plants]
        ),
        slope=np.concatenate([-guess / sd**2, np.zeros(width - N)]),
        equal=sparse.csc_array((value, (row, col)), shape=(A + V, width)),
        right=np.zeros(A + V),
        below=sparse.csc_array((0, width)),
        limit=np.zeros(0),
        low=np.concatenate([np.full(N, 0.2), np.full(A, -np.inf), np.zeros(A), -free, 0 * plants]),
        high=np.concatenate(
            [np.full(N + A, np.inf), np.where(border, np.inf, 0.0), free, plants + np.inf]
        ),
    )


def _prices(n: Network, flow: Floats, programme: Programme, guess: Floats) -> Floats:
    """Return what solves the programme; margins of market power hang on prices they are part of."""

    def priced(price: Floats, solver: Solver) -> Floats:
        by_pipe, by_voyage = _margins(n, price, flow)
        right = np.append(n.tariff + by_pipe, n.freight + by_voyage)
        answer = optimise(replace(programme, right=right), solver)
        if answer.status != "solved":
            raise NotConverged(
                "no prices make 2021 an equilibrium", hint="check gas_nodes.price_2021"
            )
        return answer.x

    price = guess
    for step in range(ROUNDS if n.conjecture.max(initial=0.0) > 0 else 0):
        found = priced(price, "piqp")[: len(guess)]
        moved = float(np.max(np.abs(found - price)))
        price = 0.5 * (price + found) if step else found
        if moved < CLOSE:
            break
    return priced(price, "clarabel")


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


def supply_elasticity(tables: Tables, p: Mapping[str, float]) -> Floats:
    """Return the price elasticity of production within a year by node, shape (N,)."""
    own = {"Europe": ("NOR", "supply_europe"), "Asia Pacific": ("AUS", "supply_asia")}
    found = []
    for code, region in zip(tables.codes, tables.region, strict=True):
        exporter, name = own.get(region, (code, ""))
        found.append(p["supply_exporters"] if code == exporter else p[name])
    return np.array(found)
