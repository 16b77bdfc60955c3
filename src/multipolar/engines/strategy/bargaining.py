"""Fearon's bargaining range, and the chance that an offer fails when costs are not known.

Letters: p odds of A, c[A] and c[B] costs of war as shares of the prize, cbar the most that B's
cost may be, d what A loses by a settlement that does not come from itself (prestige).
Source: Fearon (1995), Rationalist Explanations for War, International Organization 49(3):379-414,
doi:10.1017/S0020818300033324. The term d is ours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from multipolar.numerics.arrays import Floats

BOUNDS = {"low": 0.05, "middle": 0.25, "high": 1.0}  # cbar, share of the prize; ours
SWEPT = np.geomspace(0.02, 1.0, 41)
INFORMATIVE = 0.5  # a sweep that covers more than this share of the unit interval says nothing
FLAT = 0.02  # what costs of war have to change for the data to matter


def width(c_A: ArrayLike, c_B: ArrayLike, d: ArrayLike = 0.0) -> Floats:
    """Return the width of the range of settlements both prefer to war, ``c[A] + c[B] - d``.

    All are shares of the prize, of one shape; below zero there is no such settlement.

    Example:
        >>> float(width(0.05, 0.15)), round(float(width(0.05, 0.15, d=0.3)), 6)
        (0.2, -0.1)
    """
    return np.asarray(np.asarray(c_A, float) + c_B - np.asarray(d, float))


def rejection(p: ArrayLike, c_A: ArrayLike, cbar: ArrayLike, d: ArrayLike = 0.0) -> Floats:
    """Return the chance that the best offer of A is refused, with B's cost uniform on [0, cbar].

    A asks for ``x = min(1, p + max(0, (cbar - c[A] + d)/2))``, and B refuses if its cost is below
    ``x - p``: ``(cbar - c[A] + d)/(2 cbar)``, between 0 and 1, or ``(1 - p)/cbar`` where A cannot
    ask for more than everything.

    Args:
        p: odds of A, 0 to 1.
        c_A: cost of war to A, share of the prize.
        cbar: bound on B's cost, above 0.
        d: what a settlement costs A besides, share of the prize.

    Returns:
        Probabilities, of the shape that the four have together.

    Example:
        >>> float(rejection(0.5, 0.1, 0.5)), float(rejection(0.5, 0.6, 0.5))
        (0.4, 0.0)
        >>> float(rejection(0.9, 0.0, 1.0).round(6))  # it cannot ask for more than all
        0.1
    """
    p, c_A, cbar, d = np.broadcast_arrays(*(np.asarray(v, float) for v in (p, c_A, cbar, d)))
    more = np.maximum(0.0, (cbar - c_A + d) / 2.0)
    asked = np.minimum(1.0 - p, more)
    return np.asarray(np.clip(asked / cbar, 0.0, 1.0))


def swept(p: float, c_A: float, d: float = 0.0) -> Floats:
    """Return the chance over the sweep of the free bound, shape (41,)."""
    return rejection(p, c_A, SWEPT, d)


def needed_prestige(p: float, c_A: float, cbar: float, lift: float = 0.5) -> float:
    """Return the cost of prestige that alone lifts the chance by ``lift``; inf if none does.

    Example:
        >>> round(needed_prestige(0.1, 0.05, 0.25), 6), needed_prestige(0.9, 0.0, 1.0)
        (0.25, inf)
    """
    goal = float(rejection(p, c_A, cbar)) + lift
    if goal > min(1.0, (1.0 - p) / cbar) + 1e-12:
        return float("inf")
    return max(0.0, 2.0 * cbar * goal - cbar + c_A)


def says_nothing(p: float, c_A: float, d: float, cbar: float) -> bool:
    """Say whether the free bound decides the chance, or the costs of war hardly touch it."""
    values = swept(p, c_A, d)
    data = float(rejection(p, 0.0, cbar, d) - rejection(p, c_A, cbar, d))
    return bool(np.ptp(values) > INFORMATIVE or abs(data) < FLAT)
