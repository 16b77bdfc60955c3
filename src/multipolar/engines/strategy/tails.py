"""Normal tails in logarithms, and the last move of a crisis as a bivariate normal; numba kernels.

A crisis that its target resists ends with the sender comparing W = war_a + e with a = back_a + e',
e and e' standard normal and independent, and it was begun only if max(W, a) >= c. All that the
game needs are the masses

    P_W = P(W > a, W >= c) = Phi2((war_a - back_a) / sqrt 2, war_a - c; 1 / sqrt 2),
    P_a = P(a > W, a >= c),    P_C = P_W + P_a = 1 - Phi(c - war_a) Phi(c - back_a),

each to full relative accuracy. Where challenges are rare all three underflow or cancel, while their
ratios stay of order one; so they are taken as logarithms. The smaller of P_W and P_a is that of
the lower mean, whatever c is. It is one integral of a log-concave function, from c away from the
mode, and the larger is the rest of P_C: no step subtracts numbers that are nearly equal.

The curvature of the integrand's logarithm is one at least, which bounds the stretch that counts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import erfcx

from multipolar.numerics.compiled import compiled

_ROOT2 = math.sqrt(2.0)
_LOG_ROOT_2PI = 0.5 * math.log(2.0 * math.pi)
_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
FAR = 1e100  # as good as infinite: its square is still a number
_DROP = 66.0  # twice the fall of the logarithm after which nothing is left: exp(-33) = 5e-15
_NODES, _WEIGHTS = (0.5 * np.asarray(v) for v in np.polynomial.legendre.leggauss(24))
_NODES = _NODES + 0.5  # on (0, 1)


def _scaled(t: Any) -> Any:
    """Return (1 + x) Q(x) / phi(x) at x = 5 (1 + t) / (1 - t)."""
    with np.errstate(divide="ignore"):
        x = np.minimum(5.0 * (1.0 + t) / (1.0 - t), 1e15)
    return (1.0 + x) * math.sqrt(math.pi / 2.0) * erfcx(x / _ROOT2)


_SERIES = chebyshev.chebinterpolate(_scaled, 24)


@compiled
def mills(x: float) -> float:
    """Return Q(x) / phi(x) for x >= 0, relative error below 1e-14; Q is the upper tail.

    One Chebyshev series in (x - 5) / (x + 5), since the ratio falls like 1 / x.
    """
    t = 2.0 * (x - 5.0) / (x + 5.0)
    b1 = 0.0
    b2 = 0.0
    for k in range(24, 0, -1):
        b1, b2 = _SERIES[k] + t * b1 - b2, b1
    return float((_SERIES[0] + 0.5 * t * b1 - b2) / (1.0 + x))


@compiled
def cdf(x: float) -> float:
    """Return Phi(x)."""
    return 0.5 * math.erfc(-x / _ROOT2)


@compiled
def log_cdf(x: float) -> float:
    """Return log Phi(x) in either tail."""
    if x < -1.0:
        return -0.5 * x * x - _LOG_ROOT_2PI + math.log(mills(-x))
    return math.log1p(-0.5 * math.erfc(x / _ROOT2))


@compiled
def log_density(x: float) -> float:
    """Return log phi(x)."""
    return -0.5 * x * x - _LOG_ROOT_2PI


@compiled
def _away(x: float, y: float, slope: float, side: float) -> float:
    """Return log of the integral over t > 0 of f(x + side t) / f(x), f(u) = phi(u) Phi(u + y - x).

    Args:
        x, y: where the integral begins, measured from either mean.
        slope: how fast log f falls there, 0 or more.
        side: 1 towards the upper tail, -1 towards the lower.
    """
    length = _DROP / (slope + math.sqrt(slope * slope + _DROP))
    total = 0.0
    if y < 0.0:
        base = mills(-y)
        for k in range(24):
            t = side * length * _NODES[k]
            u = y + t
            if u < 0.0:
                f = math.exp(-(x + y + t) * t) * mills(-u) / base
            else:  # y is no lower than -length here
                f = math.exp(-(x + 0.5 * t) * t + 0.5 * y * y) * cdf(u) / (_DENSITY * base)
            total += _WEIGHTS[k] * f
    else:
        base = cdf(y)
        for k in range(24):
            t = side * length * _NODES[k]
            total += _WEIGHTS[k] * math.exp(-(x + 0.5 * t) * t) * cdf(y + t) / base
    return math.log(total * length)


@compiled
def _lower(c: float, low: float, high: float) -> tuple[float, float]:
    """Return log P_C, and log of P_C over the mass of the variable with the lower mean."""
    x, y, gap = c - low, c - high, low - high
    if c >= FAR:
        return -0.5 * FAR * FAR, (math.inf if gap < 0.0 else math.log(2.0))
    whole = log_cdf(gap / _ROOT2)
    if c <= -FAR:
        return 0.0, -whole
    log_y = log_cdf(y)
    hazard = 1.0 / mills(-y) if y < 0.0 else math.exp(log_density(y) - log_y)
    slope = hazard - x
    if slope > 0.0:  # below the mode: the rest of the whole, which holds a third at least
        below = log_density(x) + log_y + _away(x, y, slope, -1.0)
        small = whole + math.log1p(-math.exp(below - whole))
        log_c = math.log(cdf(-y) + cdf(-x) * cdf(y))
        return log_c, log_c - small
    tail = _away(x, y, -slope, 1.0)
    if y <= 0.0:
        log_c = math.log(cdf(-y) + cdf(-x) * cdf(y))
        return log_c, log_c - log_density(x) - log_y - tail
    # both far out: the common factor phi(y) is taken out before anything is compared
    apart = -0.5 * gap * (x + y)
    body = math.log(mills(y) + math.exp(-apart) * mills(x) * cdf(y))
    return log_density(y) + body, apart + body - log_y - tail


@compiled
def masses(c: float, war_a: float, back_a: float) -> tuple[float, float, float, float]:
    """Return log P_W, log P_a, log P_C and log(P_a / P_W) for a sender who challenges from c on."""
    if war_a <= back_a:
        log_c, share = _lower(c, war_a, back_a)
        log_w = log_c - share
        odds = share + math.log1p(-math.exp(-share))
        return log_w, log_c + math.log1p(-math.exp(-share)), log_c, odds
    log_c, share = _lower(c, back_a, war_a)
    log_a = log_c - share
    odds = share + math.log1p(-math.exp(-share))
    return log_c + math.log1p(-math.exp(-share)), log_a, log_c, -odds
