"""The market for crude: supply, demand and logit sourcing, solved by Newton in well-head prices.

Seller i pumps Y_i(h_i) at its well-head price h_i; market m buys D_m(P_m) at a price that is the
log-sum of what its ways of buying cost. With d_a the rise of the cost of arc a over the base,

    Y_i(h) = Y0_i (h/h0_i)^es_i S_i(h)/S_i(h0_i),   S_i(h) = 1/(1 + exp(-(h - c_i)/w))
    d_a    = h_i - h0_i + e_a + sum_g r_g [a in g] + (l - l0) [a by the capped outlet]
    P_m    = P0_m - mu_m ln sum_a s_a exp(-d_a/mu_m)
    D_m(P) = D0_m (P/P0_m)^-ed_m
    x_a    = D_m s_a exp(-d_a/mu_m) / sum
    sum_a x_a = Y_i;   0 <= r_g,  sum_{a in g} x_a <= K_g,  one of them with equality

which are the conditions of one convex programme in h and r: the spatial price equilibrium of
Samuelson (1952) and Takayama and Judge (1971), with the logit sourcing of Anderson, de Palma and
Thisse (1992). Without a cap, l is 0.

A cap on the price at one outlet splits its ships in two: those that keep the cap pay the seller a
share less of what the market price exceeds it by, and a fleet of its own costs m(X), which rises:

    l = min(m(X), kappa max(0, h + l - cap)),   m(X) = m0 + gam (X/F)^4

Each of the three cases (below the cap, both ways at once, the fleet alone) is a monotone system of
its own; they are solved in turn and the one that fits is kept.

Units: million barrels a day and USD a barrel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from threadpoolctl import threadpool_limits

from multipolar.errors import NotConverged
from multipolar.numerics.arrays import Flags, Floats, Ints

WIDTH = 2.0  # USD: how far around its lifting cost a field is shut in
LEAST_PRICE = 1.0  # USD: below it elasticities say nothing more
TOLERANCE = 1e-9  # mb/d and USD
MOST_STEPS, HALVINGS = 80, 30
SCALE = 0.02  # mb/d a dollar: weighs violations in prices against those in quantities
POWER = 4
Regime: TypeAlias = Literal["open", "below the cap", "both", "own fleet"]


@dataclass(frozen=True, slots=True)
class Cap:
    """A ceiling on the price at one outlet.

    Attributes:
        price: the cap, USD a barrel.
        kept: kappa, share of what exceeds it that is kept from the seller, 0 to 1.
        fleet: F, what the seller's own ships carry before their cost is that of a full fleet.
        base, rise: m0 and gam, USD a barrel.
    """

    price: float
    kept: float
    fleet: float
    base: float
    rise: float

    def own(self, flow: float) -> float:
        """Return m(X), what a barrel by the seller's own ships costs above the market."""
        return float(self.base + self.rise * (flow / self.fleet) ** POWER)

    def slope(self, flow: float) -> float:
        """Return dm/dX."""
        return float(self.rise * POWER * (flow / self.fleet) ** (POWER - 1) / self.fleet)

    def carried(self, wedge: float) -> float:
        """Return how much own ships carry where a barrel is worth ``wedge`` above the market."""
        return float(self.fleet * max(0.0, (wedge - self.base) / self.rise) ** (1 / POWER))


@dataclass(frozen=True, slots=True)
class Network:
    """A market: S sellers, M markets, A arcs, G groups of arcs that share a capacity.

    Attributes:
        output, price, elastic, lifting: Y0, h0, es and c, shape (S,); price above 0.
        demand, landed, response, spread: D0, P0, ed and mu, shape (M,); all above 0.
        seller, market: ends of each arc, shape (A,).
        share: s, share of the arc in its market's base, shape (A,), above 0.
        extra: e, change of its cost on the base, USD a barrel, shape (A,).
        member: 1 for the arcs a group holds, else 0, shape (G, A).
        room: K, shape (G,), above 0.
        capped: which arcs leave by the outlet that a cap is on, shape (A,).
        wedge: l0, what the outlet's market price is above the well-head in the base.
        cap: the cap, if there is one.
    """

    output: Floats
    price: Floats
    elastic: Floats
    lifting: Floats
    demand: Floats
    landed: Floats
    response: Floats
    spread: Floats
    seller: Ints
    market: Ints
    share: Floats
    extra: Floats
    member: Floats
    room: Floats
    capped: Flags
    wedge: float = 0.0
    cap: Cap | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What solves a network.

    Attributes:
        head: h, shape (S,). rent: r, shape (G,). wedge: l, USD a barrel.
        price: P, shape (M,). flow: x, shape (A,). output: Y, shape (S,). demand: D, shape (M,).
        regime: which case of the cap holds.
        residual: largest violation of the conditions, mb/d or USD.
        iterations: Newton steps, over all cases tried.
    """

    head: Floats
    rent: Floats
    wedge: float
    price: Floats
    flow: Floats
    output: Floats
    demand: Floats
    regime: Regime
    residual: float
    iterations: int


def supply(n: Network, h: Floats) -> tuple[Floats, Floats]:
    """Return output and its slope at well-head prices, shape (S,): mb/d, and mb/d per USD.

    Example:
        >>> n = toy()
        >>> y, slope = supply(n, n.price)
        >>> y.round(9).tolist(), bool(slope[0] > 0)
        ([6.0, 4.0], True)
    """
    felt = np.maximum(h, LEAST_PRICE)
    open_, at_base = _open(n, h), _open(n, n.price)
    y = n.output * (felt / n.price) ** n.elastic * open_ / at_base
    relative = np.where(h > LEAST_PRICE, n.elastic / felt, 0.0) + (1 - open_) / WIDTH
    return y, y * relative


def _open(n: Network, h: Floats) -> Floats:
    """Return the share of fields that are not shut in."""
    return 1 / (1 + np.exp(-np.clip((h - n.lifting) / WIDTH, -500.0, 500.0)))


@dataclass(frozen=True, slots=True)
class _Trade:
    """What buyers do at given prices: share, flow, price, demand and its relative slope."""

    share: Floats
    flow: Floats
    price: Floats
    demand: Floats
    relative: Floats


def _trade(n: Network, h: Floats, r: Floats, wedge: float) -> _Trade:
    M = len(n.demand)
    cost = (h - n.price)[n.seller] + n.extra + np.where(n.capped, wedge - n.wedge, 0.0)
    if len(r):
        cost = cost + r @ n.member
    mu = n.spread[n.market]
    least = np.full(M, np.inf)  # so that no exponential is above 1
    np.minimum.at(least, n.market, cost)
    weight = n.share * np.exp(-(cost - least[n.market]) / mu)
    total = np.bincount(n.market, weight, M)
    price = n.landed + least - n.spread * np.log(total)
    felt = np.maximum(price, LEAST_PRICE)
    demand = n.demand * (felt / n.landed) ** -n.response
    share = weight / total[n.market]
    relative = np.where(price > LEAST_PRICE, n.response / felt, 0.0)
    return _Trade(share, demand[n.market] * share, price, demand, relative)


def _slopes(n: Network, t: _Trade, columns: Floats) -> Floats:
    """Return minus the derivative of flows to each column by the cost on each, (n, n).

    Columns are sellers first, then groups and the capped outlet as rows of ``columns`` (C, A).
    It is symmetric and positive semidefinite: the second derivative of consumers' surplus.
    """
    S, M, C = len(n.output), len(n.demand), len(columns)
    each = t.flow / n.spread[n.market]
    within = np.zeros((M, S + C))
    within[:, :S] = np.bincount(n.market * S + n.seller, t.share, M * S).reshape(M, S)
    out = np.zeros((S + C, S + C))
    out[np.arange(S), np.arange(S)] = np.bincount(n.seller, each, S)
    for k, row in enumerate(columns):
        within[:, S + k] = np.bincount(n.market, row * t.share, M)
        out[S + k, :S] = out[:S, S + k] = np.bincount(n.seller, row * each, S)
    out[S:, S:] = (columns * each) @ columns.T
    weight = t.demand * (1 / n.spread - t.relative)
    return out - within.T @ (weight[:, None] * within)


def _violation(
    n: Network, h: Floats, r: Floats, wedge: float, regime: Regime
) -> tuple[Floats, _Trade]:
    """Return the conditions of a case as numbers to be 0, shape (S + G + 1,), and the trade."""
    t = _trade(n, h, r, wedge)
    carried = n.member @ t.flow
    gap = supply(n, h)[0] - np.bincount(n.seller, t.flow, len(h))
    tight = np.minimum(SCALE * r, n.room - carried)
    last = SCALE * _cap_gap(n, h, wedge, regime, t)
    return np.concatenate([gap, tight, [last]]), t


def _cap_gap(n: Network, h: Floats, wedge: float, regime: Regime, t: _Trade) -> float:
    if n.cap is None or regime in ("open", "below the cap"):
        return wedge
    if regime == "both":
        head = float(h[_outlet(n)])
        return (1 - n.cap.kept) * wedge - n.cap.kept * (head - n.cap.price)
    return wedge - n.cap.own(float(t.flow[n.capped].sum()))


def _outlet(n: Network) -> int:
    """Return the seller whose outlet the cap is on."""
    return int(n.seller[int(np.flatnonzero(n.capped)[0])])


def _jacobian(n: Network, h: Floats, r: Floats, regime: Regime, t: _Trade) -> Floats:
    """Return the derivative of :func:`_violation`, a group held to its room where that binds."""
    S, G = len(h), len(r)
    columns = np.vstack([n.member, n.capped.astype(float)[None]])
    falls = _slopes(n, t, columns)
    out = np.zeros((S + G + 1, S + G + 1))
    out[:S] = falls[:S]
    out[np.arange(S), np.arange(S)] += supply(n, h)[1]
    binds = SCALE * r > n.room - n.member @ t.flow
    out[S : S + G] = np.where(binds[:, None], falls[S : S + G], 0.0)
    free = S + np.flatnonzero(~binds)
    out[free, free] = SCALE
    last = S + G
    if n.cap is None or regime in ("open", "below the cap"):
        out[last, last] = 1.0
    elif regime == "both":
        out[last, last] = 1 - n.cap.kept
        out[last, _outlet(n)] = -n.cap.kept
    else:
        out[last] = n.cap.slope(float(t.flow[n.capped].sum())) * falls[last]
        out[last, last] += 1.0
    out[last] *= SCALE
    return out


def _newton(
    n: Network, start: tuple[Floats, Floats, float], regime: Regime
) -> tuple[Floats, Floats, float, float, int]:
    """Solve one case by Newton with halved steps; return h, r, l, the residual and the steps.

    Raises:
        NotConverged: the conditions are not met.
    """
    S, G = len(n.output), len(n.room)
    x = np.concatenate([start[0], start[1], [start[2]]])

    def at(x: Floats) -> tuple[Floats, Floats, float]:
        return x[:S], x[S : S + G], float(x[-1])

    gap, t = _violation(n, *at(x), regime)
    size = float(np.abs(gap).max())
    for step in range(MOST_STEPS):
        if size <= TOLERANCE:
            return *at(x), size, step
        J = _jacobian(n, *at(x)[:2], regime, t)
        try:
            move = np.linalg.solve(J, -gap)
        except np.linalg.LinAlgError:
            move = np.linalg.lstsq(J, -gap, rcond=None)[0]
        move *= min(1.0, 30.0 / max(float(np.abs(move).max()), 1e-300))
        best = None
        for k in range(HALVINGS):
            tried = x + move * 0.5**k
            new, bought = _violation(n, *at(tried), regime)
            found = float(np.abs(new).max())
            if best is None or found < best[0]:
                best = (found, tried, new, bought)
            if found <= (1 - 1e-4 * 0.5**k) * size:
                break
        assert best is not None
        size, x, gap, t = best
    raise NotConverged(
        f"prices of crude were not found: {size:.2g} after {MOST_STEPS} steps",
        hint="make the shock smaller, or report the case",
    )


def solve(n: Network, start: tuple[Floats, Floats] | None = None) -> State:
    """Solve a network from the base or from well-head prices and rents.

    Raises:
        NotConverged: no case of the cap fits, or Newton did not end.

    Example:
        >>> n = toy()
        >>> s = solve(n)  # the base solves itself
        >>> s.head.round(9).tolist(), s.regime
        ([60.0, 60.0], 'open')
    """
    with threadpool_limits(1, "blas"):  # matrices this small lose time on more
        return _solve(n, *(start or (n.price.copy(), np.zeros(len(n.room)))))


def _solve(n: Network, h: Floats, r: Floats) -> State:
    if n.cap is None or not n.capped.any():
        found = _newton(n, (h, r, 0.0), "open")
        return _state(n, found, "open", found[-1])
    steps = 0
    last: NotConverged | None = None
    order: tuple[Regime, ...] = ("own fleet", "both", "below the cap")
    if n.wedge == 0:
        order = ("below the cap", "both", "own fleet")
    wedge = n.wedge
    for regime in order:
        try:
            found = _newton(n, (h, r, wedge), regime)
        except NotConverged as fault:
            last = fault
            continue
        steps += found[-1]
        if _fits(n, found, regime):
            return _state(n, found, regime, steps)
        h, r, wedge = found[:3]
    raise last or NotConverged(
        "no case of the price cap fits its own conditions", hint="report the case"
    )


def _fits(n: Network, found: tuple[Floats, Floats, float, float, int], regime: Regime) -> bool:
    """Say whether a case that was solved is the one that holds."""
    h, r, wedge = found[:3]
    assert n.cap is not None
    over = float(h[_outlet(n)]) + wedge - n.cap.price
    if regime == "below the cap":
        return over <= 1e-7
    own = n.cap.own(float(_trade(n, h, r, wedge).flow[n.capped].sum()))
    if regime == "both":
        return over >= -1e-7 and wedge <= own + 1e-7
    return own <= n.cap.kept * max(over, 0.0) + 1e-7


def _state(
    n: Network, found: tuple[Floats, Floats, float, float, int], regime: Regime, steps: int
) -> State:
    h, r, wedge, size, _ = found
    t = _trade(n, h, r, wedge)
    y = supply(n, h)[0]
    return State(h, r, wedge, t.price, t.flow, y, t.demand, regime, size, steps)


def residual(n: Network, s: State) -> float:
    """Return the largest violation of what was solved, from quantities and prices alone.

    Apart from the solver: flows are turned back into costs by the odds of each market, output and
    demand into the prices at which they are sold and bought, and these are compared. Relative to
    quantities in mb/d and prices in USD.
    """
    S, M = len(n.output), len(n.demand)
    balance = np.abs(np.bincount(n.seller, s.flow, S) - s.output).max()
    bought = np.abs(np.bincount(n.market, s.flow, M) - s.demand).max()
    paid = n.landed * (s.demand / n.demand) ** (-1 / n.response)  # by the demand curve
    rise = np.zeros(len(n.seller))  # of the cost of each arc, by its odds
    held = s.flow / np.bincount(n.market, s.flow, M)[n.market]
    rise = (paid - n.landed)[n.market] - n.spread[n.market] * np.log(held / n.share)
    said = (s.head - n.price)[n.seller] + n.extra + (s.rent @ n.member if len(s.rent) else 0.0)
    said = said + np.where(n.capped, s.wedge - n.wedge, 0.0)
    real = paid[n.market] > LEAST_PRICE * 1.001
    odds = np.abs(np.where(real & (s.flow > 1e-250), rise - said, 0.0)).max(initial=0.0)
    carried = n.member @ s.flow
    over = np.maximum(carried - n.room, 0.0).max(initial=0.0)
    idle = np.minimum(s.rent, np.abs(n.room - carried)).max(initial=0.0)
    below = np.maximum(-s.rent, 0.0).max(initial=0.0)
    return float(max(balance, bought, odds, over, idle, below, _cap_residual(n, s)))


def _cap_residual(n: Network, s: State) -> float:
    if n.cap is None or not n.capped.any():
        return abs(s.wedge)
    flow = float(s.flow[n.capped].sum())
    over = max(0.0, float(s.head[_outlet(n)]) + s.wedge - n.cap.price)
    return abs(s.wedge - min(n.cap.own(flow), n.cap.kept * over))


def toy() -> Network:
    """Return two sellers and two buyers, for examples.

    Example:
        >>> n = toy()
        >>> dearer = replace(n, extra=np.array([5.0, 0.0, 5.0, 0.0]))  # all of the first seller's
        >>> s = solve(dearer)
        >>> bool(s.head[0] < 60 < s.price[0]), bool(residual(dearer, s) < 1e-6)
        (True, True)
    """
    pair = np.array([0, 1, 0, 1])
    return Network(
        output=np.array([6.0, 4.0]),
        price=np.array([60.0, 60.0]),
        elastic=np.array([0.1, 0.1]),
        lifting=np.array([20.0, 20.0]),
        demand=np.array([5.0, 5.0]),
        landed=np.array([62.0, 62.0]),
        response=np.array([0.2, 0.2]),
        spread=np.array([5.0, 5.0]),
        seller=pair,
        market=np.array([0, 0, 1, 1]),
        share=np.array([0.8, 0.2, 0.4, 0.6]),
        extra=np.zeros(4),
        member=np.zeros((0, 4)),
        room=np.zeros(0),
        capped=np.zeros(4, dtype=bool),
    )


def with_cap(n: Network, cap: Cap, arcs: Flags, wedge: float = 0.0) -> Network:
    """Return a network with a cap on the outlet that some arcs leave by."""
    return replace(n, cap=cap, capped=arcs, wedge=wedge)
