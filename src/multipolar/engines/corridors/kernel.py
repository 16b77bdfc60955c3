"""The capacity-constrained logit as a convex programme, solved by a monotone active set.

Flows f of R routes, in groups n (the nests of the logit), solve

    min  sum_r c_r f_r + (nu/theta) sum_r f_r (ln f_r - 1)
         + ((1 - nu)/theta) sum_n F_n (ln F_n - 1),    F_n = sum of f over the routes of n
    s.t. sum_r f_r = demand (mu),  f_r <= K_r (lambda_r >= 0)

with 0 < nu <= 1. At nu = 1 the last sum drops out and this is the plain logit with capacities,
the programme of Bell (1995, Transportation Research B 29(2), 10.1016/0191-2615(94)00030-4) on
routes side by side, whose multipliers are the delays in queues; below 1 it is the nested logit of
McFadden (1978). Without capacities its solution is the logit itself.

Its conditions are, with alpha_n = (theta mu - (1 - nu) ln F_n) / nu,

    f_r = min(K_r, exp(alpha_n - theta c_r / nu)),
    lambda_r = max(0, nu (alpha_n - ln K_r) / theta - c_r)

so that a shadow price is zero wherever the unconstrained flow fits. Adding a route to those at
capacity raises alpha everywhere; the set therefore only grows and is found in at most R rounds,
each a search for one number.

A line of its own, the Eastern Polygon, has a fixed tariff instead: :func:`scarcity`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multipolar.errors import EngineError, Infeasible, NotConverged
from multipolar.numerics.arrays import Flags, Floats, Ints

CLOSE = 1e-13  # relative error of the total
MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class Programme:
    """Routes that share a demand.

    Attributes:
        cost: generalised cost c, shape (R,), thousand USD a box.
        capacity: K, shape (R,), in the unit of ``demand``; inf is none. All above 0: a route that
            is closed is left out.
        nest: group of each route, whole numbers, shape (R,).
        demand: total to be carried, above 0.
        theta: scale of the choice between groups, per thousand USD, above 0.
        nu: dissimilarity within a group, above 0 and at most 1.
    """

    cost: Floats
    capacity: Floats
    nest: Ints
    demand: float
    theta: float
    nu: float = 1.0


@dataclass(frozen=True, slots=True)
class Split:
    """What solves a programme.

    Attributes:
        flow: f, shape (R,).
        price: shadow price lambda, shape (R,), in the unit of the cost; exactly 0 where there is
            room.
        expected: the least expected cost of a box, the log-sum at c + lambda.
        residual: largest relative violation of the optimality conditions.
        iterations: rounds of the active set.
    """

    flow: Floats
    price: Floats
    expected: float
    residual: float
    iterations: int


def shares(cost: Floats, nest: Ints, theta: float, nu: float) -> tuple[Floats, float]:
    """Return the nested logit's shares, shape (R,), and its log-sum, the expected cost.

    Example:
        >>> s, cost = shares(np.array([1.0, 1.0]), np.array([0, 1]), 0.5, 1.0)
        >>> s.tolist(), round(cost, 6)  # two equal ways: 1 - ln 2 / theta
        ([0.5, 0.5], -0.386294)
    """
    scaled = -theta * cost / nu
    groups = np.unique(nest)
    within = np.empty_like(cost)
    logs = np.empty(len(groups))
    for k, n in enumerate(groups):
        at = nest == n
        logs[k] = _log_sum(scaled[at])
        within[at] = scaled[at] - logs[k]
    total = _log_sum(nu * logs)
    group = dict(zip(groups.tolist(), (nu * logs - total).tolist(), strict=True))
    log_share = within + np.array([group[int(n)] for n in nest])
    return np.exp(log_share), -total / theta


def solve(p: Programme) -> Split:
    """Solve a programme.

    Raises:
        Infeasible: capacities add up to less than the demand.
        NotConverged: the search for the multiplier did not end.

    Example:
        >>> p = Programme(np.array([1.0, 1.0]), np.array([30.0, np.inf]), np.array([0, 1]),
        ...               demand=100.0, theta=0.5)
        >>> s = solve(p)  # 50 each without the limit
        >>> s.flow.round(9).tolist(), s.price.round(4).tolist()  # ln(70/30) / theta
        ([30.0, 70.0], [1.6946, 0.0])
    """
    room = float(p.capacity.sum())
    if not room > p.demand * (1 + 1e-12):
        raise Infeasible(
            f"capacities add up to {room:.6g} and {p.demand:.6g} are to be carried",
            hint="raise a capacity or leave a route open",
        )
    scaled = -p.theta * p.cost / p.nu
    full = np.zeros(len(p.cost), dtype=bool)
    rounds, over = 0, full
    while rounds == 0 or over.any():
        full = full | over
        alpha = _alphas(p, scaled, full)
        wanted = alpha[p.nest] + scaled  # logarithm of the flow
        over = ~full & (wanted > np.log(p.capacity))
        rounds += 1
    flow = np.where(full, p.capacity, np.exp(np.where(full, 0.0, wanted)))
    price = np.zeros(len(flow))
    price[full] = p.nu / p.theta * (alpha[p.nest[full]] - np.log(p.capacity[full])) - p.cost[full]
    price = np.maximum(price, 0.0)
    logit, expected = shares(p.cost + price, p.nest, p.theta, p.nu)
    return Split(flow, price, expected, _residual(p, flow, price, logit), rounds)


def _residual(p: Programme, flow: Floats, price: Floats, logit: Floats) -> float:
    """Return the largest violation, with the flows that the prices imply computed anew."""
    over = np.where(np.isfinite(p.capacity), flow / p.capacity - 1, -1.0)
    idle = np.where(price > 0, np.abs(over), 0.0)
    implied = np.abs(flow / p.demand - logit)
    return float(
        max(abs(flow.sum() / p.demand - 1), over.max(initial=0.0), idle.max(), implied.max())
    )


def _log_sum(x: Floats) -> float:
    top = float(x.max(initial=-np.inf))
    return top if not np.isfinite(top) else top + float(np.log(np.exp(x - top).sum()))


def _alphas(p: Programme, scaled: Floats, full: Flags) -> Floats:
    """Return alpha by group for which the routes not at capacity carry what is left."""
    count = int(p.nest.max()) + 1
    log_k = np.full(count, -np.inf)  # carried at capacity, by group
    log_t = np.full(count, -np.inf)  # weight of the others
    for n in range(count):
        at = p.nest == n
        log_k[n] = _log_sum(np.log(p.capacity[at & full]))
        log_t[n] = _log_sum(scaled[at & ~full])
    used = np.isfinite(log_k) | np.isfinite(log_t)
    log_k, log_t = log_k[used], log_t[used]
    target = float(np.log(p.demand))
    if not np.isfinite(log_t).any():
        raise Infeasible(
            "capacities add up to no more than the demand", hint="raise one of them a little"
        )
    low, high = -np.inf, np.inf
    m = target - _log_sum(p.nu * log_t)  # exact where nothing is at capacity
    for _ in range(MOST_STEPS):
        alpha, slope = _given(m, log_k, log_t, p.nu)
        by_group = np.logaddexp(log_k, log_t + alpha)
        total = _log_sum(by_group)
        gap = total - target
        if abs(gap) <= CLOSE:
            break
        low, high = (m, high) if gap < 0 else (low, m)
        # d ln(total) / dm: what is not at capacity, over the slope of the inner equation
        rise = float((np.exp(log_t + alpha - total) / slope).sum())
        step = m - gap / max(rise, 1e-12)
        inside = low < step < high
        if inside:
            m = step
        elif np.isfinite(low) and np.isfinite(high):
            if high - low <= 4e-16 * max(1.0, abs(low), abs(high)):
                break
            m = (low + high) / 2
        else:
            m += 1.0 if gap < 0 else -1.0
    else:
        raise NotConverged("the multiplier of the demand was not found")
    found = np.full(count, -np.inf)
    found[used] = alpha
    return found


def _given(m: float, log_k: Floats, log_t: Floats, nu: float) -> tuple[Floats, Floats]:
    """Solve nu alpha + (1 - nu) ln(k + T exp(alpha)) = m for each group, by Newton.

    The left side is convex and rises with a slope between nu and 1, so that Newton's steps from
    the right come down without passing the root.
    """
    alpha = np.full(len(log_k), np.inf)
    free = np.isfinite(log_t)
    alpha[~free] = (m - (1 - nu) * log_k[~free]) / nu
    # both lower bounds of the logarithm bound the root from the right
    with np.errstate(invalid="ignore"):
        alpha[free] = np.minimum(
            m - (1 - nu) * log_t[free],
            np.where(np.isfinite(log_k[free]), (m - (1 - nu) * log_k[free]) / nu, np.inf),
        )
    slope = np.full(len(log_k), nu)
    for _ in range(MOST_STEPS):
        log_f = np.logaddexp(log_k, log_t + alpha)
        slope = np.where(free, nu + (1 - nu) * np.exp(log_t + alpha - log_f), nu)
        change = (nu * alpha + (1 - nu) * log_f - m) / slope
        alpha = alpha - change
        if np.all(np.abs(change) <= 1e-15 * np.maximum(1.0, np.abs(alpha))):
            return alpha, slope
    return alpha, slope  # the outer test of the total decides


def scarcity(demand: float, capacity: float, elasticity: float) -> float:
    """Return the shadow price of capacity over the tariff, a share; 0 where there is room.

    ``demand`` is what would be carried at the tariff. With demand(p) = demand p^-elasticity in
    the price over the tariff, the price at which demand meets capacity is
    (demand/capacity)^(1/elasticity), and the shadow price what exceeds 1.

    Raises:
        EngineError: nothing can be carried, or the elasticity is not above 0.

    Example:
        >>> round(scarcity(258, 158, 2.0), 3), scarcity(150, 158, 2.0)
        (0.278, 0.0)
    """
    if not capacity > 0:
        raise EngineError("the Eastern Polygon is closed", hint="leave it some capacity")
    if not elasticity > 0:
        raise EngineError(f"the elasticity is {elasticity:g}", hint="give a number above 0")
    return float((demand / capacity) ** (1 / elasticity) - 1) if demand > capacity else 0.0
