"""All equilibria of one crisis game, by an enumeration that cannot step over one; numba kernels.

With z = Phi^-1(P(B resists)) and p = Phi(z), an equilibrium is a fixed point of

    T(z) = (war_b - back_b) + (resist_b - back_b) r(c),     c = concede_a + (sq_a - concede_a) / p,

where r = P_a / P_W are the odds that A backs down (:mod:`.tails`). It is the published condition
p = Phi([p_F war_b + (1 - p_F) resist_b - back_b] / p_F) on a scale that does not saturate.

r is monotone in c: f_a / f_W, the ratio of the densities of max(W, a) by which is the larger, is
that of two reversed hazards of the normal law, whose logarithm is concave. c is monotone in p, so
T is monotone in z (ours). If it falls there is one fixed point. If it rises, T(z1) > z2 or
T(z2) < z1 rules the whole of [z1, z2] out: intervals are halved until that settles them, or until
T is smooth within them and the signs and slopes at their ends, and the turning point in between,
decide. Three fixed points closer to each other than a hundredth could be taken for one of them.

Outside of [LEFT, RIGHT] T is constant to rounding; a fixed point there is known at once. One more
lies at p = 0, z = -inf, if T falls without bound: A prefers the status quo to a concession, would
back down rather than fight as p goes to zero, and B would then rather concede.
"""

from __future__ import annotations

import math

import numpy as np

from multipolar.engines.strategy.tails import (
    FAR,
    cdf,
    log_cdf,
    log_density,
    masses,
    mills,
)
from multipolar.numerics.arrays import Floats
from multipolar.numerics.compiled import compiled

LEFT, RIGHT = -37.5, 9.0  # Phi is above the least number, and one to rounding
MOST = 15  # equilibria there is room for; three are the most that were ever met
SMALL = 1e-5  # width of an interval below which signs decide
SMOOTH, BEND = 0.02, 0.05  # width, and change of log r, below which slopes may decide
_TINY = 1e-200
_STACK = 64
_HUGE = 700.0


@compiled
def threshold(z: float, sq_a: float, concede_a: float) -> float:
    """Return c: A challenges if the better of its last two moves is worth that much."""
    gain = sq_a - concede_a
    if abs(gain) < _TINY:
        return sq_a
    if z > 0.0:  # so that c is sq_a, to the last digit, where B is sure to resist
        q = 0.5 * math.erfc(z / math.sqrt(2.0))
        c = sq_a + gain * q / (1.0 - q)
    else:
        low = -log_cdf(z) if z > -1e150 else math.inf
        c = concede_a + gain * math.exp(low) if low < _HUGE else math.copysign(FAR, gain)
    return min(max(c, -FAR), FAR)


@compiled
def best(z: float, g: Floats) -> float:
    """Return T(z) of the game g: the seven payoffs in the order of ``Payoffs``."""
    edge = g[6] - g[2]
    if edge == 0.0:
        return float(g[4] - g[2])
    odds = masses(threshold(z, g[0], g[1]), g[3], g[5])[3]
    return float(g[4] - g[2] + edge * (math.exp(odds) if odds < _HUGE else math.inf))


@compiled
def with_slope(z: float, g: Floats) -> tuple[float, float]:
    """Return T(z) and dT/dz."""
    edge = g[6] - g[2]
    if edge == 0.0:
        return float(g[4] - g[2]), 0.0
    c = threshold(z, g[0], g[1])
    log_w, log_a, _, odds = masses(c, g[3], g[5])
    if odds >= _HUGE:
        return float(g[4] - g[2] + edge * math.inf), math.nan
    r = math.exp(odds)
    if abs(c) >= FAR:
        return float(g[4] - g[2] + edge * r), 0.0
    x, y = c - g[3], c - g[5]
    rise = math.exp(log_density(x) + log_cdf(y) - log_w) - math.exp(
        log_density(y) + log_cdf(x) - log_a
    )
    # phi / p^2, in logarithms
    turn = (g[1] - g[0]) * math.exp(min(log_density(z) - 2.0 * log_cdf(z), _HUGE))
    return float(g[4] - g[2] + edge * r), float(edge * r * rise * turn)


@compiled
def _polish(z1: float, z2: float, falls: bool, g: Floats) -> float:
    """Return the zero of T(z) - z in [z1, z2]: Newton's steps, halved where they leave it.

    Args:
        z1, z2: ends with different signs.
        falls: whether T(z) - z is positive at z1.
        g: the game.
    """
    z = 0.5 * (z1 + z2)
    last = math.inf
    for _ in range(200):
        t, slope = with_slope(z, g)
        gap = t - z
        if gap == 0.0:
            return z
        if (gap > 0.0) == falls:
            z1 = z
        else:
            z2 = z
        step = gap / (1.0 - slope)
        new = z + step
        if not (z1 < new < z2) or abs(step) > 0.5 * last:
            new = 0.5 * (z1 + z2)
            last = z2 - z1
        else:
            last = abs(step)
        done = 4e-16 * max(1.0, abs(z))
        if abs(new - z) <= done or z2 - z1 <= done:
            return new
        z = new
    return z


@compiled
def _turning(z1: float, z2: float, up: bool, g: Floats) -> float:
    """Return where T(z) - z turns in [z1, z2], from a rise if ``up``; nan if it does not."""
    first, second = with_slope(z1, g)[1] - 1.0, with_slope(z2, g)[1] - 1.0
    if math.isnan(first) or math.isnan(second):
        first = 1.0 if up else -1.0
    if (first > 0.0) != up or (second > 0.0) == up:
        return math.nan
    for _ in range(60):
        z = 0.5 * (z1 + z2)
        if ((with_slope(z, g)[1] - 1.0) > 0.0) == up:
            z1 = z
        else:
            z2 = z
    return 0.5 * (z1 + z2)


@compiled
def _close(z1: float, z2: float, above: bool, below: bool, g: Floats, out: Floats, n: int) -> int:
    """Settle a small interval by its signs; return how many equilibria there are now."""
    if above == below:
        out[n] = _polish(z1, z2, above, g)
        return n + 1
    turn = _turning(z1, z2, not above, g)
    if not math.isnan(turn) and (best(turn, g) > turn) != above:
        out[n] = _polish(z1, turn, above, g)
        out[n + 1] = _polish(turn, z2, not above, g)
        return n + 2
    return n


@compiled
def _bend(z1: float, z2: float, g: Floats) -> float:
    """Return a bound of how far log r moves in an interval, to first order."""
    far = abs(threshold(z1, g[0], g[1]) - threshold(z2, g[0], g[1]))
    return float(far * (1.0 + abs(g[3] - g[5])))


@compiled
def _plain(z1: float, z2: float, above: bool, below: bool, g: Floats) -> bool:
    """Return whether T(z) - z, smooth here, goes one way, or turns once without need to ask more.

    By its slope at both ends and in the middle; where signs change, it has to go one way.
    """
    a = with_slope(z1, g)[1] > 1.0
    b = with_slope(0.5 * (z1 + z2), g)[1] > 1.0
    c = with_slope(z2, g)[1] > 1.0
    if above == below:
        return a == b == c == (not above)
    return not (a == c != b)  # not there and back


@compiled
def _rising(t_left: float, t_right: float, g: Floats, out: Floats, n: int) -> int:
    """Add the fixed points of a rising T within [LEFT, RIGHT], in order.

    Whether T lies above the diagonal at the left end of an interval, and below it at the right,
    goes along with the interval: taken anew where it has shrunk to a point, rounding would decide.
    """
    ends = np.empty((_STACK, 4))
    signs = np.empty((_STACK, 2), np.bool_)
    ends[0, 0], ends[0, 1], ends[0, 2], ends[0, 3] = LEFT, t_left, RIGHT, t_right
    signs[0, 0], signs[0, 1] = t_left > LEFT, t_right < RIGHT
    top = 0
    while top >= 0 and n < MOST - 2:
        z1, t1, z2, t2 = ends[top, 0], ends[top, 1], ends[top, 2], ends[top, 3]
        above, below = signs[top, 0], signs[top, 1]
        top -= 1
        if (above and not below and t1 > z2) or (below and not above and t2 < z1):
            continue
        if z2 - z1 < SMALL:
            n = _close(z1, z2, above, below, g, out, n)
            continue
        if z2 - z1 < SMOOTH and _bend(z1, z2, g) < BEND and _plain(z1, z2, above, below, g):
            n = _close(z1, z2, above, below, g, out, n)
            continue
        low = max(z1, t1) if above else z1  # nothing outside of these
        high = min(z2, t2) if below else z2
        if above and below and high - low < SMALL:
            out[n] = _polish(max(z1, low - SMALL), min(z2, high + SMALL), True, g)
            n += 1
            continue
        if high - low < 0.5 * (z2 - z1):
            if above:
                z1, t1 = low, best(low, g)
            if below:
                z2, t2 = high, best(high, g)
            top += 1
            ends[top, 0], ends[top, 1], ends[top, 2], ends[top, 3] = z1, t1, z2, t2
            continue
        middle = 0.5 * (z1 + z2)
        t = best(middle, g)
        top += 1
        ends[top, 0], ends[top, 1], ends[top, 2], ends[top, 3] = middle, t, z2, t2
        signs[top, 0], signs[top, 1] = t > middle, below
        top += 1
        ends[top, 0], ends[top, 1], ends[top, 2], ends[top, 3] = z1, t1, middle, t
        signs[top, 0], signs[top, 1] = above, t <= middle
    return n


@compiled
def equilibria_of(g: Floats, out: Floats) -> int:
    """Write the z of every equilibrium of a game to ``out``, rising; return how many there are."""
    n = 0
    t_left, t_right = best(LEFT, g), best(RIGHT, g)
    gain = g[0] - g[1]
    if abs(gain) < _TINY or (g[6] - g[2]) * (g[3] - g[5]) * gain <= 0.0:
        if t_right >= RIGHT:
            out[0] = t_right
        elif t_left <= LEFT:
            out[0] = t_left
        else:  # T falls, so what it takes at the ends holds the fixed point
            out[0] = _polish(max(LEFT, t_right - SMALL), min(RIGHT, t_left + SMALL), True, g)
        return 1
    if t_left <= LEFT:
        out[0] = t_left
        n = 1
    n = _rising(t_left, t_right, g, out, n)
    if t_right >= RIGHT:
        out[n] = t_right
        n += 1
    return n


@compiled
def solve_all(games: Floats, z: Floats) -> Floats:
    """Solve games (n, 7): z (n, MOST) is filled; return the numbers of equilibria, (n,)."""
    counts = np.empty(len(games))
    for i in range(len(games)):
        counts[i] = equilibria_of(games[i], z[i])
    return counts


@compiled
def log_outcomes(z: float, g: Floats, out: Floats) -> None:
    """Write the logarithms of the four outcomes, and of P_F and P_C, to ``out`` (6,)."""
    c = threshold(z, g[0], g[1])
    log_w, log_a, log_c, _ = masses(c, g[3], g[5])
    p = log_cdf(z) if z > -1e150 else -math.inf
    out[0] = log_cdf(c - g[3]) + log_cdf(c - g[5])
    out[1] = log_c + log_cdf(-z)
    out[2] = p + log_w
    out[3] = p + log_a
    out[4] = log_w - log_c
    out[5] = log_c


@compiled
def describe_all(z: Floats, games: Floats, out: Floats, residual: Floats) -> None:
    """Fill the logarithms (m, 6) and the residuals (m,) of equilibria z (m,) of games (m, 7)."""
    for i in range(len(z)):
        log_outcomes(z[i], games[i], out[i])
        if math.isinf(z[i]):
            residual[i] = 0.0
            continue
        t, slope = with_slope(z[i], games[i])
        residual[i] = abs(t - z[i]) / max(1.0, abs(slope - 1.0))


@compiled
def derivatives(z: float, g: Floats, out: Floats) -> None:
    """Write d log P(outcome) / d payoff at an equilibrium to ``out`` (4, 7), z moving along.

    With T(z; g) = z, dz = (dT/dg) / (1 - dT/dz). The masses move by the densities on the edge:
    by f_W and f_a in c, and by the density h of W = a beyond c where one mean moves.
    """
    p = log_cdf(z)
    c = threshold(z, g[0], g[1])
    log_w, log_a, log_c, odds = masses(c, g[3], g[5])
    x, y, gap = c - g[3], c - g[5], (g[3] - g[5]) / math.sqrt(2.0)
    edge_w, edge_a = log_density(x) + log_cdf(y), log_density(y) + log_cdf(x)
    h = log_density(gap) - 0.5 * math.log(2.0) + log_cdf(-(x + y) / math.sqrt(2.0))
    in_w, in_a = math.exp(edge_w - log_w), math.exp(edge_a - log_a)
    swap_w, swap_a = math.exp(h - log_w), math.exp(h - log_a)
    # of the logarithms of P_W and P_a in c, war_a, back_a
    w = (-in_w, in_w + swap_w, -swap_w)
    a = (-in_a, -swap_a, in_a + swap_a)
    r, edge = math.exp(min(odds, _HUGE)), g[6] - g[2]
    q = 0.5 * math.erfc(z / math.sqrt(2.0))
    c_z = (g[1] - g[0]) * math.exp(log_density(z) - 2.0 * p)
    c_sq = math.exp(-p)
    c_concede = -q * c_sq
    by_c = edge * r * (a[0] - w[0])
    solve = 1.0 / (1.0 - by_c * c_z)
    direct = np.zeros(7)
    direct[0], direct[1] = by_c * c_sq, by_c * c_concede
    direct[2], direct[4], direct[6] = -1.0 - r, 1.0, r
    direct[3], direct[5] = edge * r * (a[1] - w[1]), edge * r * (a[2] - w[2])
    reach = 1.0 / mills(-z) if z < 0.0 else math.exp(log_density(z)) / cdf(z)
    give = 1.0 / mills(z) if z > 0.0 else math.exp(log_density(z)) / cdf(-z)
    stay_x = math.exp(log_density(x) - log_cdf(x))
    stay_y = math.exp(log_density(y) - log_cdf(y))
    begin_x, begin_y = math.exp(edge_w - log_c), math.exp(edge_a - log_c)
    for k in range(7):
        z_k = direct[k] * solve
        c_k = c_z * z_k + (c_sq if k == 0 else c_concede if k == 1 else 0.0)
        own_w, own_a = 1.0 if k == 3 else 0.0, 1.0 if k == 5 else 0.0
        out[0, k] = stay_x * (c_k - own_w) + stay_y * (c_k - own_a)
        out[1, k] = -begin_x * (c_k - own_w) - begin_y * (c_k - own_a) - give * z_k
        out[2, k] = reach * z_k + w[0] * c_k + w[1] * own_w + w[2] * own_a
        out[3, k] = reach * z_k + a[0] * c_k + a[1] * own_w + a[2] * own_a


@compiled
def likelihood(games: Floats, counts: Floats, slopes: Floats) -> float:
    """Return the log-likelihood, each game at its likeliest equilibrium; fill slopes (n, 7).

    minus infinity if an outcome that was observed has no probability.
    """
    total = 0.0
    z = np.empty(MOST)
    log_p = np.empty(6)
    d = np.empty((4, 7))
    for i in range(len(games)):
        n = equilibria_of(games[i], z)
        top, at = -math.inf, z[0]
        for j in range(n):
            log_outcomes(z[j], games[i], log_p)
            value = 0.0
            for o in range(4):
                if counts[i, o] > 0.0:
                    value += counts[i, o] * log_p[o]
            if value > top:
                top, at = value, z[j]
        if top == -math.inf or math.isnan(top):
            return -math.inf
        total += top
        derivatives(at, games[i], d)
        for k in range(7):
            s = 0.0
            for o in range(4):
                if counts[i, o] > 0.0:
                    s += counts[i, o] * d[o, k]
            slopes[i, k] = s
    return total
