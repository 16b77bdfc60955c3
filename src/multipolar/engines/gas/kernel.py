"""The gas market of one year: arrays in, arrays out.

Letters: n node, a pipe, v voyage (a seller and a buyer of LNG), k exporter in a market. Volumes in
bcm of 40 MJ/m3 (that is, units of 40 PJ), prices in USD/MMBtu.

    demand      p[n] = price[n] (Q[n] / demand[n])^(-1/elasticity[n])     or linear through it
    supply      p[n] = cost[n] + steep[n] (S[n] - supply[n]),  0 <= S[n] <= ceiling[n]
    pipe        p[head] <= p[tail] + tariff[a] + margin + rent[a]          equal where F[a] > 0
    voyage      p[buyer] <= (1 + own_use) p[seller] + freight[v] + spread[v] (L[v]/usual[v] - 1)
                            + margin + rent of liquefaction + rent of regasification
    margin      conjecture[k] * (slope of demand in the market) * X[k],  X[k] what k sells there
    node        Q[n] + out of it = S[n] + into it + stock[n]

This is the equilibrium of exporters with conjectured power over price at the border of a market,
written as one convex programme (the potential of Egging and Holz 2019 and of Baltensperger, Egging
and Tomasgard 2018), with demand of constant elasticity by repeated linearisation. ``spread`` keeps
LNG from rushing to one buyer for a cent: a gain of ``spread`` doubles a usual flow.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from multipolar.engines.gas.programme import Answer, Programme, Solver, conflict, optimise
from multipolar.numerics.anderson import Anderson
from multipolar.numerics.arrays import Flags, Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csc_array

STEPS = 80  # linearisations at most
NEAR = 0.02  # change of consumption below which steps are extrapolated
DEPTH = 5  # earlier steps that the next is extrapolated from, where margins follow demand
SETTLED_POWER = 3e-7  # the same under market power, where steps shrink by a ratio
SETTLED = 2e-5  # relative change of consumption at which linearising ends; its error is the square
ACCEPTED = 1e-3  # largest violation of an equilibrium condition, USD/MMBtu or bcm
STEEP = 12.0  # log of the largest change in price that is looked at
Ending = Literal["converged", "not converged", "infeasible"]
LEAST = 1e-6  # share of the reference below which consumption is not linearised


@dataclass(frozen=True, slots=True)
class Network:
    """A year's network: N nodes, A pipes, V voyages, K exporters each in one market.

    Volumes are bcm a year, prices and costs USD/MMBtu, slopes USD/MMBtu for each bcm a year.

    Attributes:
        demand: consumption at ``price``, shape (N,), bcm; may be zero.
        price: shape (N,), USD/MMBtu.
        elasticity: of demand, above 0, shape (N,), a ratio.
        supply: production at ``cost``, shape (N,), bcm.
        cost: shape (N,), USD/MMBtu.
        steep: slope of marginal cost, shape (N,), USD/MMBtu a bcm.
        ceiling: the most that can be produced, shape (N,), bcm.
        stock: what stores give, less what they take, shape (N,), bcm.
        tail, head: nodes where pipes start and end, shape (A,).
        tariff: of moving gas, shape (A,), USD/MMBtu.
        floor, capacity: what has to flow, and what can, shape (A,), bcm.
        seller, buyer: nodes of the voyages, shape (V,).
        freight: cost of liquefying and shipping, shape (V,), USD/MMBtu.
        usual: usual flow, shape (V,), bcm.
        spread: dispersion, shape (V,), USD/MMBtu.
        least, most: what has to be shipped, and what may be, shape (V,), bcm.
        own_use: gas used by plants, as a share of what they ship.
        liquefaction, regasification: capacities, shape (N,), bcm.
        market: number of the market of each node, shape (N,).
        power_pipe, power_voyage: the exporter whose sale it is, or -1, shapes (A,) and (V,).
        conjecture: of each exporter, 0 to 1, shape (K,).
        abroad: number of the market that each exporter sells to, shape (K,).
        linear: whether demand is a straight line instead of one of constant elasticity.
    """

    demand: Floats
    price: Floats
    elasticity: Floats
    supply: Floats
    cost: Floats
    steep: Floats
    ceiling: Floats
    stock: Floats
    tail: Ints
    head: Ints
    tariff: Floats
    floor: Floats
    capacity: Floats
    seller: Ints
    buyer: Ints
    freight: Floats
    usual: Floats
    spread: Floats
    least: Floats
    most: Floats
    own_use: float
    liquefaction: Floats
    regasification: Floats
    market: Ints
    power_pipe: Ints
    power_voyage: Ints
    conjecture: Floats
    abroad: Ints
    linear: bool = False


@dataclass(frozen=True, slots=True)
class Solution:
    """An equilibrium and how well it is one.

    Attributes:
        consumption, production: shape (N,), bcm a year.
        price: shape (N,), USD/MMBtu.
        flow: by pipe, shape (A,), bcm a year.
        pipe_rent: what one more unit of a pipe's capacity would earn, shape (A,), USD/MMBtu.
        lng: by voyage, shape (V,), bcm a year.
        plant_rent, terminal_rent: of liquefaction and regasification, shape (N,), USD/MMBtu.
        sold: by exporter and market, shape (K,), bcm a year.
        residual: largest violation of a condition above, in USD/MMBtu or bcm, whichever is less.
        iterations: of the solver, over all linearisations.
        status: how it ended; unless ``converged`` the arrays are not to be used.
        conflict: names of the limits that cannot all be kept, as (kind, position).
    """

    consumption: Floats
    production: Floats
    price: Floats
    flow: Floats
    pipe_rent: Floats
    lng: Floats
    plant_rent: Floats
    terminal_rent: Floats
    sold: Floats
    residual: float
    iterations: int
    status: Ending = "converged"
    conflict: tuple[tuple[str, int], ...] = field(default=())


def slope_of(network: Network, consumption: Floats) -> tuple[Floats, Floats]:
    """Return the price that consumers pay at a consumption, and how fast it falls with it.

    ``consumption`` is in bcm a year, the answers in USD/MMBtu and USD/MMBtu a bcm, each of shape
    (N,); where there is no demand they are zero.
    """
    here = network.demand > 0
    q0 = np.where(here, network.demand, 1.0)
    p0, e = network.price, network.elasticity
    if network.linear:
        slope = p0 / (e * q0)
        price = p0 - slope * (consumption - q0)
    else:
        q = np.maximum(consumption, LEAST * q0)
        price = p0 * np.exp(np.clip(-np.log(q / q0) / e, -STEEP, STEEP))
        slope = price / (e * q)
    return np.where(here, price, 0.0), np.where(here, slope, 0.0)


def market_slope(network: Network, slope: Floats) -> Floats:
    """Return the slope of demand in the market of each exporter, shape (K,), USD/MMBtu a bcm.

    ``slope`` is that of each node, shape (N,).
    """
    give = np.divide(1.0, slope, np.zeros_like(slope), where=slope > 0)
    total = np.bincount(network.market, give, minlength=int(network.market.max(initial=0)) + 1)
    abroad = total[network.abroad]
    return np.divide(1.0, abroad, np.zeros_like(abroad), where=abroad > 0)


def pieces(n: Network) -> tuple[slice, slice, slice, slice, slice]:
    """Return where consumption, production, pipes, voyages and sales lie among the variables."""
    sizes = [len(n.demand), len(n.supply), len(n.tail), len(n.seller), len(n.conjecture)]
    ends = np.cumsum([0, *sizes])
    q, s, f, v, x = (slice(int(a), int(b)) for a, b in pairwise(ends))
    return q, s, f, v, x


def rows_of(n: Network) -> tuple[csc_array, csc_array]:
    """Return the equalities (a row a node, then one an exporter) and the limits of the plants.

    Shapes (N + K, W) and (2 N, W), where W = 2 N + A + V + K counts the variables.
    """
    from scipy import sparse

    N, A, V, K = len(n.demand), len(n.tail), len(n.seller), len(n.conjecture)
    q, s, f, v, x = (piece.start for piece in pieces(n))
    width = 2 * N + A + V + K
    node, pipe, ship, firm = np.arange(N), np.arange(A), np.arange(V), np.arange(K)
    of_pipe, of_ship = np.flatnonzero(n.power_pipe >= 0), np.flatnonzero(n.power_voyage >= 0)
    entries = (
        (node, q + node, 1.0),
        (node, s + node, -1.0),
        (n.tail, f + pipe, 1.0),
        (n.head, f + pipe, -1.0),
        (n.seller, v + ship, 1.0 + n.own_use),
        (n.buyer, v + ship, -1.0),
        (N + firm, x + firm, 1.0),
        (N + n.power_pipe[of_pipe], f + of_pipe, -1.0),
        (N + n.power_voyage[of_ship], v + of_ship, -1.0),
    )
    row, col = (np.concatenate([e[k] for e in entries]) for k in (0, 1))
    value = np.concatenate([np.full(len(r), w) for r, _, w in entries])
    equal = sparse.csc_array((value, (row, col)), shape=(N + K, width))
    plant = np.concatenate([n.seller, N + n.buyer])
    shipped = np.concatenate([v + ship, v + ship])
    below = sparse.csc_array((np.ones(2 * V), (plant, shipped)), shape=(2 * N, width))
    return equal, below


def programme_of(n: Network, rows: tuple[csc_array, csc_array], consumption: Floats) -> Programme:
    """Return the programme with demand linearised at a consumption, shape (N,), bcm a year."""
    price, slope = slope_of(n, consumption)
    bend, tilt = n.spread / np.maximum(n.usual, 1e-9), n.cost - n.steep * n.supply
    power = n.conjecture * market_slope(n, slope)
    reach = np.where(n.demand > 0, np.inf, 0.0)
    none, sold = np.zeros(len(n.demand)), np.zeros(len(n.conjecture))
    worth, straight = price + slope * consumption, np.zeros(len(n.tail))
    return Programme(
        curvature=np.concatenate([slope, n.steep, straight, bend, power]),
        slope=np.concatenate([-worth, tilt, n.tariff, n.freight - n.spread, sold]),
        equal=rows[0],
        right=np.concatenate([n.stock, sold]),
        below=rows[1],
        limit=np.concatenate([n.liquefaction, n.regasification]),
        low=np.concatenate([none, none, n.floor, n.least, sold]),
        high=np.concatenate([reach, n.ceiling, n.capacity, n.most, sold + np.inf]),
    )


def solve(network: Network, solver: Solver = "clarabel", start: Floats | None = None) -> Solution:
    """Solve for the equilibrium of a year.

    Args:
        network: the year.
        solver: which library solves the programmes.
        start: consumption to linearise at first, shape (N,), bcm; the reference if left out.

    Returns:
        An equilibrium; if ``status`` is not ``converged`` the numbers are not to be used.

    Example:
        A seller with marginal cost 2 and a buyer with demand 10 at price 4, joined by a pipe with
        tariff 1 and room for 20:

        >>> z, i = np.zeros(2), np.zeros(0, np.intp)
        >>> e = np.zeros(0)
        >>> two = Network(
        ...     demand=np.array([0.0, 10.0]), price=np.array([0.0, 4.0]),
        ...     elasticity=np.array([1.0, 0.5]), supply=z, cost=np.array([2.0, 0.0]), steep=z,
        ...     ceiling=np.array([100.0, 0.0]), stock=z, tail=np.array([0]), head=np.array([1]),
        ...     tariff=np.ones(1), floor=np.zeros(1), capacity=np.full(1, 20.0), seller=i, buyer=i,
        ...     freight=e, usual=e, spread=e, least=e, most=e, own_use=0.0, liquefaction=z,
        ...     regasification=z, market=np.array([0, 1]), power_pipe=np.array([-1]),
        ...     power_voyage=i, conjecture=e, abroad=i)
        >>> found = solve(two)
        >>> found.price.round(4).tolist(), round(found.flow.item(), 3)  # 10 (3/4)^-0.5
        ([2.0, 3.0], 11.547)
    """
    n = network
    rows = rows_of(n)
    q = pieces(n)[0]
    at = n.demand if start is None else start
    iterations = 0
    answer: Answer | None = None
    power = n.conjecture.max(initial=0.0) > 0
    settled = SETTLED_POWER if power else SETTLED
    here, last = n.demand > 0, np.inf
    mixer = Anderson(int(here.sum()), depth=DEPTH)
    for _ in range(STEPS):
        programme = programme_of(n, rows, at)
        answer = optimise(programme, solver)
        iterations += answer.iterations
        if answer.status != "solved":
            break
        found = np.maximum(answer.x[q], LEAST * n.demand)
        moved = float(np.max(np.abs(found - at) / np.maximum(n.demand, 1.0), initial=0.0))
        if (n.linear and not power) or moved < settled:
            at = found
            break
        if moved > NEAR or moved > 3 * last:
            mixer = Anderson(int(here.sum()), depth=DEPTH)
        last = moved
        ahead = _ahead(mixer, at, found, here) if power else found
        # where a linearised demand falls too far, do not follow it all the way
        at = np.where(here, np.clip(ahead, at / 3, at * 3), 0.0)
    assert answer is not None
    return _solution(n, answer, programme, at, iterations)


def _ahead(mixer: Anderson, at: Floats, found: Floats, here: Flags) -> Floats:
    """Return the consumption that earlier steps point to, in logs."""
    state, image = np.log(at[here]), np.log(found[here])
    ahead = mixer.next(state, image - state)
    if mixer.seen < 2:
        return found
    # not further than a factor of two from where a plain step would lead
    made = np.zeros_like(found)
    made[here] = np.exp(np.clip(ahead, image - np.log(2), image + np.log(2)))
    return made


def _solution(
    n: Network, answer: Answer, programme: Programme, consumption: Floats, iterations: int
) -> Solution:
    if answer.status != "solved":
        broken = _conflict(n, programme) if answer.status == "infeasible" else ()
        return _unsolved(n, iterations, broken)
    _, s, f, v, x = pieces(n)
    N = len(n.demand)
    on_curve, slope = slope_of(n, consumption)
    tells = (n.demand > 0) & (consumption > LEAST * n.demand)
    found = Solution(
        consumption,
        production=np.maximum(answer.x[s], 0.0),
        price=np.where(tells, on_curve, answer.price[:N]),
        flow=np.maximum(answer.x[f], 0.0),
        pipe_rent=np.zeros(len(n.tail)),
        lng=np.maximum(answer.x[v], 0.0),
        plant_rent=np.where(n.liquefaction > 0, answer.rent[:N], 0.0),
        terminal_rent=np.where(n.regasification > 0, answer.rent[N:], 0.0),
        sold=answer.x[x],
        residual=np.inf,
        iterations=iterations,
    )
    residual = violation(n, found, slope)
    rent = rent_of_pipes(n, found, slope)
    status: Ending = "converged" if residual < ACCEPTED else "not converged"
    return replace(found, pipe_rent=rent, residual=residual, status=status)


def _unsolved(n: Network, iterations: int, broken: tuple[tuple[str, int], ...]) -> Solution:
    node, pipe = np.full(len(n.demand), np.nan), np.full(len(n.tail), np.nan)
    ship, sold = np.full(len(n.seller), np.nan), np.full(len(n.conjecture), np.nan)
    status: Ending = "infeasible" if broken else "not converged"
    return Solution(
        node, node, node, pipe, pipe, ship, node, node, sold, np.inf, iterations, status, broken
    )


def _conflict(n: Network, programme: Programme) -> tuple[tuple[str, int], ...]:
    _, _, f, v, _ = pieces(n)
    firm = np.ones(len(programme.slope), bool)
    firm[f], firm[v] = n.floor <= 0, n.least <= 0  # no gas flows backwards to keep a limit
    nodes, limits, bounds = conflict(programme, firm)
    N = len(n.demand)
    names = [("balance of node", int(k)) for k in nodes if k < N]
    names += [("liquefaction" if k < N else "regasification", int(k) % N) for k in limits]
    for k in map(int, bounds):
        if f.start <= k < f.stop:
            names.append(("least flow of pipe", k - f.start))
        elif v.start <= k < v.stop:
            names.append(("least flow of voyage", k - v.start))
    return tuple(names)


def pipe_gap(n: Network, found: Solution, slope: Floats) -> Floats:
    """Return by how much the price at the end of each pipe exceeds the cost of getting there.

    Shape (A,), USD/MMBtu; ``slope`` is that of demand, shape (N,).
    """
    margin = _margin(n, found, slope, n.power_pipe)
    return np.asarray(found.price[n.head] - found.price[n.tail] - n.tariff - margin)


def rent_of_pipes(n: Network, found: Solution, slope: Floats) -> Floats:
    """Return what one more unit of each pipe's capacity would earn, shape (A,), USD/MMBtu.

    ``slope`` is that of demand, shape (N,).
    """
    gap = pipe_gap(n, found, slope)
    full = found.flow > n.capacity - np.maximum(1e-6, gap)
    return np.where(full, np.maximum(gap, 0.0), 0.0)


def voyage_gap(n: Network, found: Solution, slope: Floats) -> Floats:
    """Return by how much the price at the end of each voyage exceeds its cost, rents included.

    Shape (V,), USD/MMBtu; ``slope`` is that of demand, shape (N,).
    """
    scatter = n.spread * (found.lng / np.maximum(n.usual, 1e-9) - 1)
    cost = (1 + n.own_use) * found.price[n.seller] + n.freight + scatter
    rent = found.plant_rent[n.seller] + found.terminal_rent[n.buyer]
    return np.asarray(found.price[n.buyer] - cost - rent - _margin(n, found, slope, n.power_voyage))


def _margin(n: Network, found: Solution, slope: Floats, whose: Ints) -> Floats:
    if not len(n.conjecture):
        return np.zeros(len(whose))
    margin = n.conjecture * market_slope(n, slope) * found.sold
    return np.where(whose >= 0, margin[np.maximum(whose, 0)], 0.0)


def violation(n: Network, found: Solution, slope: Floats) -> float:
    """Return the largest violation of the conditions of equilibrium, from their definition.

    A price gap at a flow strictly within its limits counts as the lesser of the gap and the room
    to the limit that the gap points to; a node's imbalance counts in full.
    """

    def off(gap: Floats, value: Floats, low: Floats, high: Floats) -> Floats:
        room = np.where(gap > 0, high - value, value - low)
        beyond = np.maximum(low - value, value - high)
        return np.maximum(np.minimum(np.abs(gap), np.maximum(room, 0.0)), beyond)

    N, none = len(n.demand), np.zeros(len(n.demand))
    shipped, landed = np.bincount(n.seller, found.lng, N), np.bincount(n.buyer, found.lng, N)
    into = np.bincount(n.head, found.flow, N) + landed
    out = np.bincount(n.tail, found.flow, N) + (1 + n.own_use) * shipped
    balance = found.consumption + out - found.production - into - n.stock
    supply_gap = found.price - n.cost - n.steep * (found.production - n.supply)
    plants = np.minimum(found.plant_rent, n.liquefaction - shipped)
    terminals = np.minimum(found.terminal_rent, n.regasification - landed)
    room = np.where((n.liquefaction[n.seller] > 0) & (n.regasification[n.buyer] > 0), n.most, 0.0)
    curve = slope_of(n, found.consumption)[0] - found.price
    asked = np.where(n.demand > 0, found.consumption, 0.0)
    parts = (
        np.abs(balance),
        off(np.where(n.demand > 0, curve, 0.0), asked, none, np.where(n.demand > 0, np.inf, 0.0)),
        off(supply_gap, found.production, none, n.ceiling),
        off(pipe_gap(n, found, slope), found.flow, n.floor, n.capacity),
        off(voyage_gap(n, found, slope), found.lng, n.least, room),
        np.abs(plants),
        np.abs(terminals),
    )
    return float(max(np.max(part, initial=0.0) for part in parts))
