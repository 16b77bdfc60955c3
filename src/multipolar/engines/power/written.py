"""Weights and the quota they have to reach as whole numbers, so that sums are those of the paper.

In floating point 23.8 + 6.6 + 25.2 is less than 55.6, and a vote in which all have to agree would
have no winner. What a person writes is a decimal fraction, and these add up exactly once they are
counted in their smallest unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, gcd, lcm
from typing import SupportsFloat, TypeAlias

Number: TypeAlias = SupportsFloat | Fraction | Decimal
DIGITS = 15  # that a decimal keeps on its way through a float; more of them were computed
WHOLE = 2**53  # whole numbers below it are exact in a float
ROUNDING = Fraction(1, 10**12)  # of a quota that was computed, or of computed weights


def scaled(weights: Sequence[Number], quota: Number) -> tuple[tuple[int, ...], int, Fraction]:
    """Return weights and quota as whole numbers, and what one of them is worth.

    A coalition reaches the quota exactly where its whole numbers do. If a number was computed
    (it has more digits than a person writes), the quota is lower by one part in 10**12, for sums
    of the same weights in another order differ by rounding.

    Args:
        weights: finite numbers, none negative.
        quota: a finite number above zero.

    Example:
        >>> scaled((23.8, 6.6, 25.2), 55.6)
        ((119, 33, 126), 278, Fraction(1, 5))
        >>> scaled((0.1, 0.2), 0.1 + 0.2)[:2]  # 0.30000000000000004
        ((1, 2), 3)
    """
    numbers = [_fraction(w) for w in weights]
    goal = _fraction(quota)
    if not all(_as_written(x) for x in (*weights, quota)):
        goal *= 1 - ROUNDING
    unit = lcm(*(x.denominator for x in numbers))
    whole = [int(x * unit) for x in numbers]
    common = gcd(*whole) or 1
    return (
        tuple(x // common for x in whole),
        ceil(goal * unit / common),
        Fraction(common, unit),
    )


def _fraction(number: Number) -> Fraction:
    return Fraction(str(number))


def _as_written(number: Number) -> bool:
    if isinstance(number, int | Fraction | Decimal):
        return True
    value = float(number)
    if value.is_integer() and abs(value) < WHOLE:
        return True
    return len(Decimal(str(number)).normalize().as_tuple().digits) <= DIGITS
