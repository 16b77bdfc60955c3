"""A contest with help from outside: who is likely to prevail, given what each side spends.

Letters: m[A], m[B] means of the two sides (own and given), g how far an advantage in means
decides, p the odds of A, delta what is lost of a stock in a year.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from multipolar.errors import EngineError
from multipolar.numerics.arrays import Floats


def stock(spending: ArrayLike, delta: float) -> float:
    """Return what is left of yearly spending, ``sum over t of (1 - delta)**t * m[t]``.

    Args:
        spending: own and given, newest year first, any one unit, shape (T,).
        delta: share lost in a year, 0 to 1; at 1 the newest year alone counts.

    Returns:
        The stock, in the unit of ``spending``.

    Raises:
        EngineError: ``delta`` is not a share, or spending is negative or not known.

    Example:
        >>> stock([10, 10, 10], 0.5), stock([10, 10, 10], 1.0)
        (17.5, 10.0)
    """
    m = np.asarray(spending, dtype=float)
    if not 0 <= delta <= 1:
        raise EngineError(f"depreciation is {delta:g}", hint="give 0 to 1")
    if not np.isfinite(m).all() or (m < 0).any():
        raise EngineError("spending is negative or not known", hint="give one figure a year")
    return float(m @ (1.0 - delta) ** np.arange(len(m)))


def win_probability(own: float, other: float, g: float) -> float:
    """Return the odds of A, ``p = m[A]**g / (m[A]**g + m[B]**g)``.

    The ratio form. Sources: Tullock (1980); Hirshleifer (1989), Conflict and Rent-Seeking Success
    Functions, Public Choice 63:101-112, doi:10.1007/BF00153394, who sets it against the form in
    differences; Skaperdas (1996), Contest Success Functions, Economic Theory 7:283-290,
    doi:10.1007/BF01213906, who derives both from axioms. It orders outcomes; it is no forecast.

    Args:
        own: means of A, any unit.
        other: means of B, the same unit.
        g: above 0; the larger, the more an advantage decides.

    Returns:
        A share, 0 to 1.

    Raises:
        EngineError: both have nothing, a mean is negative, or ``g`` is not above zero.

    Example:
        >>> win_probability(1, 1, 2.0), win_probability(2, 1, 1.0)
        (0.5, 0.6666666666666666)
    """
    if not (own >= 0 and other >= 0 and own + other > 0 and np.isfinite(own + other)):
        raise EngineError(f"means of {own:g} and {other:g}", hint="one of them has to be above 0")
    if not 0 < g < np.inf:
        raise EngineError(f"the exponent is {g:g}", hint="give a number above 0")
    most = max(own, other)
    a, b = (own / most) ** g, (other / most) ** g
    return float(a / (a + b))


def gain(own: float, other: float, g: float) -> float:
    """Return what one more unit of means adds to the odds, ``dp/dm[A] = g p (1 - p) / m[A]``.

    Args:
        own: means of A, above zero.
        other: means of B, the same unit.
        g: as in :func:`win_probability`.

    Returns:
        A share per unit of means.

    Raises:
        EngineError: as :func:`win_probability`, or A has nothing.

    Example:
        >>> gain(100.0, 100.0, 1.0)
        0.0025
    """
    if not own > 0:
        raise EngineError("the derivative has no value at zero", hint="give means above 0")
    p = win_probability(own, other, g)
    return float(g * p * (1 - p) / own)


def over_exponents(own: float, other: float, low: float = 0.5, high: float = 2.0) -> Floats:
    """Return the odds of A at both ends of a range of exponents, lower first, shape (2,).

    They are monotone in g, so that these are the bounds over the whole range.

    Example:
        >>> over_exponents(1.0, 2.0).round(4).tolist()
        [0.2, 0.4142]
    """
    return np.sort([win_probability(own, other, low), win_probability(own, other, high)])
