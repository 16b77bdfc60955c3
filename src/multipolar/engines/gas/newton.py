"""A year's equilibrium by Newton's method in node prices, compiled: arrays in, arrays out.

Consumption, output and voyages are functions of prices, margins and the rents of plants; only the
flow of a pipe that is neither full nor empty is not. It is held near a flow known before,

    F = F_before + (price gap) / hold,    within its limits

so that every quantity is a piecewise smooth function of prices, and what is left to solve are the
balances of nodes, the sales of exporters with power, and the plants that are full: a hundred
unknowns where the programme has a thousand. Newton steps go as far as the balances ask for; as they
close, ``F_before`` moves to ``F`` and the hold loosens, so that in the end the gap is zero. That is
the proximal point method (Rockafellar 1976) with steps of semismooth Newton (Qi and Sun 1993).

Whether what is found is an equilibrium is not decided here:
:func:`multipolar.engines.gas.kernel.violation` looks at the conditions by themselves. Letters are
those of :mod:`multipolar.engines.gas.kernel`; rows and unknowns are the N nodes with their prices,
then the K exporters with their margins, then 2 N plants and terminals with their rents.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from multipolar.numerics.arrays import Floats, Ints
from multipolar.numerics.compiled import compiled

Packed: TypeAlias = tuple[Floats, Floats, Ints, Ints, Ints, Ints, Floats, int, bool]
Slopes: TypeAlias = tuple[Floats, Floats, Floats, Floats, Floats]

LAST_HOLD, LOOSENED = 1e-3, 5.0  # USD/MMBtu a bcm, and the ratio by which a hold loosens
BENT = 1e-3  # slope beyond which a link or a field needs no hold, USD/MMBtu a bcm
EXACT = 1e-10  # the largest violation at which steps end, USD/MMBtu or bcm
STEPS, SHORTER = 120, 8  # steps at most, and how often one is shortened
FURTHEST = 3.0  # ratio by which a price rises or falls in a step at most
AWAY = 20.0  # the same where a price or a rent may be zero, USD/MMBtu
OVERSHOT = 0.3  # share of what was open that a step may open the other way
CLOSER = 0.1  # balances are closed to this share of the price gaps before flows are held anew
STEEP = 12.0  # log of the largest change in price that demand answers to
LOST = 1e6  # an open balance beyond which no way leads back, bcm
GENTLY = 0.3  # USD/MMBtu: the largest change where balances alone say where to
TINY = 1e-9  # on the diagonal, where nothing may answer


@compiled(nogil=True)
def used(
    p: float, demand: float, price: float, elasticity: float, linear: bool
) -> tuple[float, float, float]:
    """Return consumption at a price, what it falls by when the price rises by one, and by how much
    that fall itself rises."""
    if demand <= 0:
        return 0.0, 0.0, 0.0
    if linear:
        fall = elasticity * demand / price
        q = demand - fall * (p - price)
        return (q, fall, 0.0) if q > 0 else (0.0, 0.0, 0.0)
    u = np.log(max(p, 1e-300) / price)
    if abs(u) >= STEEP:
        return demand * np.exp(-elasticity * np.sign(u) * STEEP), 0.0, 0.0
    q = demand * np.exp(-elasticity * u)
    return q, elasticity * q / p, -(1 + elasticity) * elasticity * q / (p * p)


@compiled(nogil=True)
def moved(
    gap: float, before: float, hold: float, bend: float, low: float, high: float
) -> tuple[float, float]:
    """Return what moves at a gap, and by how much more if the gap rises by one.

    The gap is that at no flow; it falls by ``bend`` for each unit that moves.
    """
    own = 0.0 if bend > BENT else hold
    trial = (gap + own * before) / (bend + own)
    if trial <= low:
        return low, 0.0
    if trial >= high:
        return high, 0.0
    return trial, 1.0 / (bend + own)


@compiled(nogil=True)
def off(gap: float, value: float, low: float, high: float) -> float:
    """Return by how much a flow is off: the gap, or the room to the limit it points to."""
    room = high - value if gap > 0 else value - low
    return max(min(abs(gap), max(room, 0.0)), low - value, value - high)


@compiled(nogil=True)
def respond(
    year: Packed,
    z: Floats,
    before: Floats,
    hold: float,
    answer: Floats,
    slopes: Slopes,
    rows: Floats,
) -> float:
    """Fill in what is made and moved at the unknowns ``z``, how that rises, and what is open.

    Returns:
        The largest price gap that no limit explains, USD/MMBtu or bcm.
    """
    node, link, ends, whose, market, abroad, conjecture, pipes, linear = year
    demand, price, elasticity, supply, cost, steep, ceiling, stock, plants, terminals = node
    charge, usual, spread, low, high, loss = link
    N, K, E = len(demand), len(conjecture), len(charge)
    fall, bend, total = slopes[1], slopes[2], slopes[3]
    off_by = 0.0
    for n in range(N):
        q, fall[n], bend[n] = used(z[n], demand[n], price[n], elasticity[n], linear)
        gap = z[n] - cost[n] + steep[n] * supply[n]
        s, slopes[0][n] = moved(gap, before[n], hold, steep[n], 0.0, ceiling[n])
        off_by = max(off_by, off(gap - steep[n] * s, s, 0.0, ceiling[n]))
        answer[n] = s
        rows[n] = q - s - stock[n]
    for k in range(K):
        total[k] = 0.0
        for n in range(N):
            if market[n] == abroad[k] and demand[n] > 0:
                total[k] += elasticity[n] * demand[n] / price[n] if linear else fall[n]
        open_ = conjecture[k] > 0 and total[k] > 0
        rows[N + k] = -z[N + k] * total[k] / conjecture[k] if open_ else 0.0
        if not open_:
            z[N + k] = total[k] = 0.0
    for n in range(N):
        rows[N + K + n], rows[2 * N + K + n] = -plants[n], -terminals[n]
    for e in range(E):
        a, b, k = ends[0, e], ends[1, e], whose[e]
        gap = z[b] - (1.0 + loss[e]) * z[a] - charge[e] + spread[e]
        if k >= 0:
            gap -= z[N + k]
        if e >= pipes:
            gap -= z[N + K + a] + z[2 * N + K + b]
        rise = spread[e] / max(usual[e], 1e-9)
        x, slopes[4][e] = moved(gap, before[N + e], hold, rise, low[e], high[e])
        off_by = max(off_by, off(gap - rise * x, x, low[e], high[e]))
        answer[N + e] = x
        rows[a] += (1.0 + loss[e]) * x
        rows[b] -= x
        if k >= 0 and total[k] > 0:
            rows[N + k] += x
        if e >= pipes:
            rows[N + K + a] += x
            rows[2 * N + K + b] += x
    return off_by


@compiled(nogil=True)
def numbered(year: Packed, z: Floats, rows: Floats, total: Floats) -> tuple[Ints, int]:
    """Return the position of each row among those that are equations now, or -1, and their number.

    A rent is solved for where its plant is full, and is zero elsewhere; shape (unknowns,).
    """
    node, conjecture = year[0], year[6]
    N, K = node.shape[1], len(conjecture)
    at = np.full(len(z), -1, np.int64)
    size = 0
    for i in range(len(z)):
        if i < N:
            on = True
        elif i < N + K:
            on = total[i - N] > 0
        else:
            j = i - N - K
            cap = node[8, j] if j < N else node[9, j - N]
            on = cap > 0 and z[i] + rows[i] > 0
        if on:
            at[i] = size
            size += 1
    return at, size


@compiled(nogil=True)
def eliminated(M: Floats, right: Floats) -> Floats:
    """Return x of ``M x = right``, shape (equations,), by elimination; both are overwritten.

    Most of what has to be eliminated is zero, and numba takes nine seconds to compile LAPACK's.
    """
    size = len(right)
    for k in range(size):
        top = k
        for i in range(k + 1, size):
            if abs(M[i, k]) > abs(M[top, k]):
                top = i
        if top != k:
            for j in range(k, size):
                M[k, j], M[top, j] = M[top, j], M[k, j]
            right[k], right[top] = right[top], right[k]
        if M[k, k] == 0.0:
            M[k, k] = TINY
        for i in range(k + 1, size):
            if M[i, k] == 0.0:
                continue
            share = M[i, k] / M[k, k]
            for j in range(k + 1, size):
                M[i, j] -= share * M[k, j]
            right[i] -= share * right[k]
    for k in range(size - 1, -1, -1):
        for j in range(k + 1, size):
            right[k] -= M[k, j] * right[j]
        right[k] /= M[k, k]
    return right


@compiled(nogil=True)
def direction(year: Packed, z: Floats, slopes: Slopes, rows: Floats) -> Floats:
    """Return the Newton step of all unknowns, shape (unknowns,)."""
    node, link, ends, whose, market, abroad, conjecture, pipes, linear = year
    loss = link[5]
    made, fall, bend, total, carried = slopes
    N, K, E = node.shape[1], len(conjecture), len(loss)
    at, size = numbered(year, z, rows, total)
    M, right = np.zeros((size, size)), np.zeros(size)
    for i in range(len(z)):
        if at[i] >= 0:
            M[at[i], at[i]] = TINY
            right[at[i]] = rows[i]
    for n in range(N):
        M[n, n] += fall[n] + made[n]
    for k in range(K):
        if at[N + k] >= 0:
            i = at[N + k]
            M[i, i] += total[k] / conjecture[k]
            for n in range(N):
                if market[n] == abroad[k] and not linear:
                    M[i, n] += z[N + k] / conjecture[k] * bend[n]
    row, coefficient = np.zeros(5, np.int64), np.zeros(5)
    for e in range(E):
        if carried[e] == 0.0:
            continue
        a, b, k = ends[0, e], ends[1, e], whose[e]
        row[0], coefficient[0] = a, 1.0 + loss[e]
        row[1], coefficient[1] = b, -1.0
        width = 2
        if k >= 0 and at[N + k] >= 0:
            row[width], coefficient[width] = at[N + k], 1.0
            width += 1
        if e >= pipes:
            for i in (N + K + a, 2 * N + K + b):
                if at[i] >= 0:
                    row[width], coefficient[width] = at[i], 1.0
                    width += 1
        for i in range(width):
            for j in range(width):
                M[row[i], row[j]] += carried[e] * coefficient[i] * coefficient[j]
    found = eliminated(M, right)
    step = np.zeros(len(z))
    for i in range(len(z)):
        if at[i] < 0:
            step[i] = -z[i]
        elif i < N and node[0, i] > 0 and not linear:
            step[i] = min(max(found[at[i]], z[i] / FURTHEST - z[i]), z[i] * FURTHEST - z[i])
        else:
            step[i] = min(max(found[at[i]], -AWAY), AWAY)
            if i >= N:
                step[i] = max(step[i], -z[i])
    return step


@compiled(nogil=True)
def unclosed(year: Packed, z: Floats, rows: Floats, total: Floats) -> float:
    """Return the largest balance, margin or plant that is open, USD/MMBtu or bcm."""
    node, conjecture = year[0], year[6]
    N, K = node.shape[1], len(conjecture)
    worst = 0.0
    for i in range(len(z)):
        if i < N:
            worst = max(worst, abs(rows[i]))
        elif i < N + K:
            if total[i - N] > 0:
                worst = max(worst, abs(rows[i] * conjecture[i - N] / total[i - N]))
        else:
            j = i - N - K
            if (node[8, j] if j < N else node[9, j - N]) > 0:
                worst = max(worst, abs(min(z[i], -rows[i])))
    return worst


@compiled(nogil=True)
def recentre(year: Packed, before: Floats, answer: Floats, boost: float) -> None:
    """Move what flows are held near to what they are, and ``boost`` times as far again.

    No further than to where the first of them meets a limit.
    """
    N, link = year[0].shape[1], year[1]
    change = answer - before
    for i in range(len(before)):  # the rest is not a ring but what is left of closing balances
        bend = year[0][5, i] if i < N else link[2, i - N] / max(link[1, i - N], 1e-9)
        if bend > BENT:
            change[i] = 0.0
    least = 0.1 * np.max(np.abs(change))
    for i in range(len(before)):
        low, high = (0.0, year[0][6, i]) if i < N else (link[3, i - N], link[4, i - N])
        room = high - answer[i] if change[i] > 0 else answer[i] - low
        if abs(change[i]) <= least:
            change[i] = 0.0
        elif boost > 0 and room > 0:
            boost = min(boost, room / abs(change[i]))
    before[:] = answer + boost * change


@compiled(nogil=True)
def equilibrium(year: Packed, z: Floats, before: Floats, hold: float) -> tuple[float, int]:
    """Move unknowns and quantities to equilibrium in place.

    Args:
        year: demand, price, elasticity, supply, cost, steep, ceiling, stock, plants and terminals,
            shape (10, N); cost, usual flow, spread, least, most and loss of the pipes and then the
            voyages, shape (6, A + V); where each starts and ends, shape (2, A + V); the exporter
            whose sale each is, or -1, shape (A + V,); market, abroad and conjecture as in a
            network; A; whether demand is a straight line.
        z: prices, margins, rents of plants and of terminals, shape (N + K + 2 N,), USD/MMBtu.
        before: output and flows, shape (N + A + V,), bcm a year.
        hold: of the first steps, USD/MMBtu a bcm; the smaller, the nearer the start has to be.

    Returns:
        The violation left, USD/MMBtu or bcm, and the number of steps.
    """
    N, K, E = year[0].shape[1], len(year[6]), year[1].shape[1]
    answer, rows, trial = np.zeros(N + E), np.zeros(len(z)), z.copy()
    slopes = (np.zeros(N), np.zeros(N), np.zeros(N), np.zeros(K), np.zeros(E))
    boost, last, worst = 0.0, np.inf, np.inf
    for step in range(STEPS):
        gaps = respond(year, z, before, hold, answer, slopes, rows)
        open_ = unclosed(year, z, rows, slopes[3])
        worst = max(gaps, open_)
        if worst < EXACT or not open_ < LOST:
            before[:] = answer
            return worst, step
        if open_ <= max(CLOSER * gaps, 0.5 * EXACT):
            # gas that drifts round a ring at next to no gain is sent on faster and faster
            boost = min(2 * boost + 1, 1e6) if gaps > 0.5 * last and hold <= LAST_HOLD else 0.0
            last = gaps
            recentre(year, before, answer, boost)
            hold = max(hold / LOOSENED, LAST_HOLD)
            continue
        along = direction(year, z, slopes, rows)
        asked = float(rows @ along)
        if not asked > 0:  # cut short, a step may lead away: then each price for itself
            for i in range(len(z)):
                along[i] = rows[i] if z[i] + rows[i] > 0 or i < N else -z[i]
            along *= GENTLY / max(np.max(np.abs(along)), 1e-300)
            asked = float(rows @ along)
        part = 1.0
        for _ in range(SHORTER):
            trial[:] = z + part * along
            respond(year, trial, before, hold, answer, slopes, rows)
            still = float(rows @ along)
            if still >= -OVERSHOT * abs(asked):
                break
            reach = asked / (asked - still)
            part *= min(max(reach, 0.1), 0.7)
        z[:] = trial
    return worst, STEPS
