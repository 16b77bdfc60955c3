"""Array kernel of the dynamic ordinal ideal point model; symbols as in the paper.

Bailey, Strezhnev and Voeten (2017), Journal of Conflict Resolution 61(2),
https://doi.org/10.1177/0022002715595700: member i of period t votes on item j by

    z = beta_j theta_it + e,  e ~ N(0, 1):   yes if z < g1_j,  abstain between,  no if z > g2_j.

Ballots come sorted by item for the item step, and by unit (a member in a period) for the unit
step. Both sides are Gaussian: q(theta_u) = N(m_u, s2_u), and (beta, g1, g2) of item j has the
covariance ``C[j]``, stored as var(beta), var(g1), var(g2), cov(beta, g1), cov(beta, g2),
cov(g1, g2). The argument of a ballot's likelihood, g - beta theta, then has a mean and a
variance, and expectations over it are taken by Gauss and Hermite's rule with three nodes.

Items, and units, do not depend on each other within a step: a stretch of them can be given to a
thread of its own, with ``first`` and what is of the stretch cut to it. Results do not depend on how
they are cut.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from multipolar.engines.alignment.ballots import Ints
from multipolar.numerics.arrays import Floats
from multipolar.numerics.compiled import compiled

Bytes: TypeAlias = NDArray[np.int8]

YES, ABSTAIN, NO = 0, 1, 2
_SIDE = 1.0 / 6.0  # weight of the outer nodes, which lie at sqrt(3) standard deviations
_MIDDLE = 2.0 / 3.0
_NODE = math.sqrt(3.0)
_ROOT2 = math.sqrt(2.0)
_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
_LEAST = 1e-300
EDGE = 7.0  # the published prior of the cut points is flat on plus and minus this
PRECISION = 3.0 / EDGE**2  # of the normal prior with the same variance
LONGEST = 1.0  # of a Newton step, in each coordinate
KEEP = 0.25  # share of an abstention's width that a step keeps at least
DAMPING = 0.2  # share of the way an item's covariance goes in a step: all of it can swing


@compiled(inline="always")
def _phi(x: float) -> float:
    return _DENSITY * math.exp(-0.5 * x * x)


@compiled(inline="always")
def _cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / _ROOT2)


def _exact_mills(x: Floats) -> Floats:
    """Return phi(x) / Phi(x), by logarithms where both are small."""
    return np.asarray(np.exp(-0.5 * x * x - log_ndtr(x)) * _DENSITY)


# phi/Phi falls smoothly, and its slope is -r (x + r): a cubic through both ends of each step
# is off by less than 1e-9, at a fifth of the time of the exact ratio
_LEFT, _RIGHT, _STEPS = -20.0, 10.0, 64
_KNOTS = np.arange(_LEFT, _RIGHT + 2.0 / _STEPS, 1.0 / _STEPS)
_RATIO = _exact_mills(_KNOTS)
_RISE = -_RATIO * (_KNOTS + _RATIO) / _STEPS  # over a step


@compiled(inline="always")
def _mills(x: float) -> float:
    """Return phi(x) / Phi(x)."""
    if x < _LEFT:  # the asymptotic series
        y = 1.0 / (x * x)
        return -x / (1.0 - y * (1.0 - 3.0 * y * (1.0 - 5.0 * y)))
    if x >= _RIGHT:
        return 0.0
    at = (x - _LEFT) * _STEPS
    k = int(at)
    t = at - k
    a, b, p, q = _RATIO[k], _RATIO[k + 1], _RISE[k], _RISE[k + 1]
    c = b - a
    return float(a + t * (p + t * (3.0 * c - 2.0 * p - q + t * (p + q - 2.0 * c))))


@compiled
def _between(a: float, b: float) -> tuple[float, float, float, float, float]:
    """Return derivatives of log[Phi(a) - Phi(b)], a > b: d/da, d/db, and minus the second ones.

    The second derivatives come as aa, bb and ab. Where both points lie far out, the difference is
    taken in the tail in which it does not cancel.
    """
    mass = _cdf(-b) - _cdf(-a) if b > 0.0 else _cdf(a) - _cdf(b)
    if mass < _LEAST:  # a sliver: density times width, at the nearer end
        near = b if b > 0.0 else a
        width = max(a - b, 1e-12)
        push = -0.5 * near
        return push + 1.0 / width, push - 1.0 / width, 0.25, 0.25, 0.0
    fa, fb = _phi(a) / mass, _phi(b) / mass
    return fa, -fb, a * fa + fa * fa, -b * fb + fb * fb, -fa * fb


@compiled(inline="always")
def _overflow(d: float) -> float:
    """Return E[(z - d)+] for z ~ N(0, 1): by how much a latent vote beyond a clip is cut."""
    return _phi(d) - d * _cdf(-d)


@compiled
def _expect(x: float, variance: float) -> tuple[float, float]:
    """Return E[r] and E[r (X + r)], r = phi(X)/Phi(X), for X ~ N(x, variance)."""
    spread = _NODE * math.sqrt(max(variance, 0.0))
    e1, e2 = 0.0, 0.0
    for node in range(3):
        w = _MIDDLE if node == 1 else _SIDE
        y = x + (node - 1) * spread
        r = _mills(y)
        e1 += w * r
        e2 += w * r * (y + r)
    return e1, e2


@compiled
def _solve3(
    bb: float,
    ll: float,
    hh: float,
    bl: float,
    bh: float,
    lh: float,
    gb: float,
    gl: float,
    gh: float,
) -> tuple[float, float, float]:
    """Solve a positive definite system of three by elimination."""
    p, q = bl / bb, bh / bb
    ll, hh, lh = ll - p * bl, hh - q * bh, lh - p * bh
    gl, gh = gl - p * gb, gh - q * gb
    r = lh / ll
    dh = (gh - r * gl) / (hh - r * lh)
    dl = (gl - lh * dh) / ll
    return (gb - bl * dl - bh * dh) / bb, dl, dh


@compiled
def _ballot(
    vote: int, lo: float, hi: float, place: float, t: float, base: float, C: Floats
) -> tuple[float, float, float, float, float]:
    """Return expected derivatives of a ballot's log likelihood with respect to its item's cuts.

    Args:
        vote: yes, abstain or no.
        lo, hi: the item's cut points g1 and g2.
        place: beta times the unit's mean position.
        t: the unit's mean position.
        base: variance of beta theta.
        C: covariance of the item, shape (6,).

    Returns:
        d/dg1, d/dg2, and minus the second derivatives g1 g1, g2 g2 and g1 g2.
    """
    if vote == YES:
        e1, e2 = _expect(lo - place, base + C[1] - 2.0 * t * C[3])
        return e1, 0.0, e2, 0.0, 0.0
    if vote == NO:
        e1, e2 = _expect(place - hi, base + C[2] - 2.0 * t * C[4])
        return 0.0, -e1, 0.0, e2, 0.0
    middle = 0.25 * (C[1] + C[2] + 2.0 * C[5]) - t * (C[3] + C[4])
    spread = _NODE * math.sqrt(max(base + middle, 0.0))
    dl, dh, ll, hh, lh = 0.0, 0.0, 0.0, 0.0, 0.0
    for node in range(3):
        w = _MIDDLE if node == 1 else _SIDE
        x = (node - 1) * spread - place
        da, db, aa, cc, ac = _between(hi + x, lo + x)
        dh += w * da
        dl += w * db
        hh += w * aa
        ll += w * cc
        lh += w * ac
    return dl, dh, ll, hh, lh


@compiled(inline="always")
def _clipped(vote: int, place: float, clip: float) -> tuple[float, float]:
    """Return by how much a latent vote is cut, and how fast that grows with its place."""
    sign = 1.0 if vote == NO else -1.0
    d = clip - sign * place
    if vote == ABSTAIN or d >= 5.0:
        return 0.0, 0.0
    return sign * _overflow(d), _cdf(-d)


@compiled
def _prior(lo: float, hi: float) -> tuple[float, float, float, float]:
    """Return derivatives of the log prior of an item's cuts: d/dg1, d/dg2, -g1 g1, -g2 g2.

    The published prior, flat between its edges, is taken by its variance, with a quadratic barrier
    at the edges. The mode is that of the log width log(g2 - g1), whose derivatives are added
    where the cuts' common ones are: -g1 g2 is minus the square of the inverse width.
    """
    wide = 1.0 / (hi - lo)
    gl, gh = -PRECISION * lo - wide, -PRECISION * hi + wide
    ll, hh = PRECISION + wide * wide, PRECISION + wide * wide
    if abs(lo) > EDGE:
        gl -= lo - math.copysign(EDGE, lo)
        ll += 1.0
    if abs(hi) > EDGE:
        gh -= hi - math.copysign(EDGE, hi)
        hh += 1.0
    return gl, gh, ll, hh


@compiled
def _toward_inverse(
    C: Floats, bb: float, ll: float, hh: float, bl: float, bh: float, lh: float
) -> None:
    """Move an item's covariance, in place, part of the way to the inverse of its information."""
    det = bb * (ll * hh - lh * lh) - bl * (bl * hh - lh * bh) + bh * (bl * lh - ll * bh)
    C[0] += DAMPING * ((ll * hh - lh * lh) / det - C[0])
    C[1] += DAMPING * ((bb * hh - bh * bh) / det - C[1])
    C[2] += DAMPING * ((bb * ll - bl * bl) / det - C[2])
    C[3] += DAMPING * ((bh * lh - bl * hh) / det - C[3])
    C[4] += DAMPING * ((bl * lh - bh * ll) / det - C[4])
    C[5] += DAMPING * ((bl * bh - bb * lh) / det - C[5])


@compiled(nogil=True)
def _item_newton(
    unit: Ints, vote: Bytes, m: Floats, s2: Floats, item: Floats, C: Floats, clip: float
) -> float:
    """Move one item, ``item`` its beta, g1 and g2, in place; return the largest move."""
    b, lo, hi = item[0], item[1], item[2]
    gl, gh, ll, hh = _prior(lo, hi)
    gb, bb, bl, bh = -b, 1.0, 0.0, 0.0
    lh = -1.0 / (hi - lo) ** 2
    for k in range(unit.size):
        u, v = unit[k], vote[k]
        t, w2 = m[u], s2[u]
        t2 = t * t + w2
        dl, dh, cl, ch, cc = _ballot(v, lo, hi, b * t, t, b * b * w2 + t2 * C[0], C)
        curve = cl + ch + 2.0 * cc
        push, bend = _clipped(v, b * t, clip)
        gl += dl
        gh += dh
        gb -= t * (dl + dh + push) + b * w2 * curve
        ll += cl
        hh += ch
        lh += cc
        bb += t2 * curve + t * t * bend
        bl -= t * (cl + cc)
        bh -= t * (ch + cc)
    db, dl, dh = _solve3(bb, ll, hh, bl, bh, lh, gb, gl, gh)
    _toward_inverse(C, bb, ll, hh, bl, bh, lh)
    most = max(abs(db), abs(dl), abs(dh))
    step = 1.0 if most <= LONGEST else LONGEST / most
    while hi - lo + step * (dh - dl) < KEEP * (hi - lo):
        step *= 0.5
    item[0], item[1], item[2] = b + step * db, lo + step * dl, hi + step * dh
    return step * most


@compiled(nogil=True)
def item_step(
    first: NDArray[np.int64],
    unit: Ints,
    vote: Bytes,
    m: Floats,
    s2: Floats,
    beta: Floats,
    g1: Floats,
    g2: Floats,
    C: Floats,
    clip: float,
    rounds: int,
) -> float:
    """Move every item by Newton steps on its expected log posterior; return the largest move.

    The expected log likelihood is concave in (beta, g1, g2). beta ~ N(0, 1); for the cut points see
    ``_prior``: an item on which nobody abstained keeps the width that so many voters leave open.

    Args:
        first: where each item's ballots begin, and their end; shape (items + 1,).
        unit, vote: of each ballot, sorted by item, shape (ballots,).
        m, s2: mean and variance of each unit, shape (units,), sd and its square.
        beta, g1, g2: of each item, shape (items,); changed in place.
        C: covariance of each item, shape (items, 6); changed in place.
        clip: latent votes are cut there, as the published sampler does; infinite for none.
        rounds: Newton steps.
    """
    largest = 0.0
    item = np.empty(3)
    for j in range(first.size - 1):
        ballots = slice(first[j], first[j + 1])
        item[0], item[1], item[2] = beta[j], g1[j], g2[j]
        moved = 0.0
        for _ in range(rounds):
            moved = _item_newton(unit[ballots], vote[ballots], m, s2, item, C[j], clip)
        beta[j], g1[j], g2[j] = item[0], item[1], item[2]
        largest = max(largest, moved)
    return largest


@compiled(nogil=True)
def unit_step(
    first: NDArray[np.int64],
    item: Ints,
    vote: Bytes,
    m: Floats,
    s2: Floats,
    beta: Floats,
    g1: Floats,
    g2: Floats,
    C: Floats,
    clip: float,
    G: Floats,
    H: Floats,
    B: Floats,
) -> None:
    """Fill each unit's score G = d E[log p]/dm, information H, and complete-data information B.

    Args:
        first: where each unit's ballots begin, and their end; shape (units + 1,).
        item, vote: of each ballot, sorted by unit, shape (ballots,).
        m, s2: mean and variance of each unit, shape (units,), sd and its square.
        beta, g1, g2: of each item, shape (items,).
        C: covariance of each item, shape (items, 6).
        clip: as for :func:`item_step`.
        G, H, B: shape (units,), filled in place; B is the sum of E[beta squared].
    """
    for u in range(first.size - 1):
        grad, info, full = 0.0, 0.0, 0.0
        t, w2 = m[u], s2[u]
        t2 = t * t + w2
        for k in range(first[u], first[u + 1]):
            j, v = item[k], vote[k]
            b, vb, c1, c2 = beta[j], C[j, 0], C[j, 3], C[j, 4]
            square = b * b + vb
            full += square
            dl, dh, cl, ch, cc = _ballot(v, g1[j], g2[j], b * t, t, b * b * w2 + t2 * vb, C[j])
            curve = cl + ch + 2.0 * cc
            push, bend = _clipped(v, b * t, clip)
            common = c1 if v == YES else c2 if v == NO else 0.5 * (c1 + c2)
            grad -= b * (dl + dh + push) - curve * (common - t * vb)
            info += square * curve + b * b * bend
        G[u], H[u], B[u] = grad, info, full


@compiled
def forward_pass(
    chain: NDArray[np.int64],
    v: Floats,
    G: Floats,
    H: Floats,
    m: Floats,
    s2: Floats,
    ridge: Floats,
    new: Floats,
    new2: Floats,
) -> None:
    """One Newton step a unit with the prior N(theta of the period before, v), oldest first.

    The published sampler's prior: a unit is drawn given the one before it, not the one after. A
    member's first period leans on its second, a member of one period alone on nought.

    Args:
        chain: where each member's units begin, and their end; shape (members + 1,).
        v: prior variance of each unit's step, shape (units,).
        G, H: score and information of each unit, same shape.
        m, s2: means and variances of positions, same shape.
        ridge: pull to nought that identifies the scale, a precision a unit, same shape.
        new, new2: means and variances, filled in place, same shape.
    """
    for i in range(chain.size - 1):
        start, end = chain[i], chain[i + 1]
        for u in range(start, end):
            first = m[u + 1] if end - start > 1 else 0.0
            lag = new[u - 1] if u > start else first
            precision = 1.0 / v[u]
            step = (G[u] - (m[u] - lag) * precision - ridge[u] * m[u]) / (
                H[u] + precision + ridge[u]
            )
            new[u] = m[u] + min(max(step, -LONGEST), LONGEST)
            new2[u] = 1.0 / (H[u] + precision)


@compiled
def smoothing_pass(
    chain: NDArray[np.int64],
    v: Floats,
    G: Floats,
    H: Floats,
    m: Floats,
    s2: Floats,
    ridge: Floats,
    new: Floats,
    new2: Floats,
) -> None:
    """Kalman's filter and the Rauch, Tung and Striebel smoother on each member's random walk.

    Each unit is a pseudo-observation m + G/H with variance 1/H. A member enters with N(0, 1), the
    population that the scale is set by. Arguments and shapes as :func:`forward_pass`.
    """
    longest = 0
    for i in range(chain.size - 1):
        longest = max(longest, chain[i + 1] - chain[i])
    ahead, ahead2 = np.zeros(longest), np.zeros(longest)
    for i in range(chain.size - 1):
        start, end = chain[i], chain[i + 1]
        for u in range(start, end):
            k = u - start
            ahead[k] = 0.0 if k == 0 else new[u - 1]
            ahead2[k] = 1.0 if k == 0 else new2[u - 1] + v[u]
            score = G[u] + H[u] * m[u]
            new2[u] = 1.0 / (1.0 / ahead2[k] + H[u] + ridge[u])
            new[u] = new2[u] * (ahead[k] / ahead2[k] + score)
        for u in range(end - 2, start - 1, -1):
            k = u + 1 - start
            gain = new2[u] / ahead2[k]
            new[u] += gain * (new[u + 1] - ahead[k])
            new2[u] += gain * gain * (new2[u + 1] - ahead2[k])
        for u in range(start, end):
            new[u] = m[u] + min(max(new[u] - m[u], -LONGEST), LONGEST)


def offsets(index: NDArray[Any], size: int) -> NDArray[np.int64]:
    """Return where each of ``size`` groups begins in a sorted index, and the end of the last.

    Shape (size + 1,).

    Example:
        >>> offsets(np.array([0, 0, 2]), 3).tolist()
        [0, 2, 2, 3]
    """
    return np.concatenate([[0], np.cumsum(np.bincount(index, minlength=size))]).astype(np.int64)
