"""Arms in the contest of the power engine, and what they do in the crisis game.

Letters: P odds, m means of the two sides; dP what the arms add to the odds; V the stake.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from multipolar.errors import EngineError
from multipolar.numerics.arrays import Floats


def log_odds(p: float) -> float:
    """Return ``ln(p / (1 - p))``.

    Raises:
        EngineError: p is not strictly between 0 and 1.
    """
    if not 0 < p < 1:
        raise EngineError(f"odds of {p:g}", hint="both sides need means in the contest")
    return float(np.log(p / (1.0 - p)))


def offset(before: float, other_armed: float, own_armed: float, amount: float = 10.0) -> float:
    """Return the aid to one side that offsets ``amount`` given to the other.

    In a contest in ratio form log odds are ``g (ln m[A] - ln m[B])``: a gift that shifts them by
    as much as the other's. Linear between no gift and one of ``amount``.

    Args:
        before: odds of the side that is to be aided.
        other_armed: its odds when the other side gets ``amount``.
        own_armed: its odds when it gets ``amount`` itself.
        amount: of both gifts.

    Returns:
        The aid, in the unit of ``amount``.

    Example:
        >>> p = [m / (m + n) for m, n in ((90, 100), (90, 110), (100, 100))]
        >>> 8.9 < offset(*p, amount=10) < 9.1  # means of 90 against 100: nine tenths
        True
    """
    start = log_odds(before)
    down, up = start - log_odds(other_armed), log_odds(own_armed) - start
    if not up > 0:
        raise EngineError("aid does not raise the odds", hint="check the contest's figures")
    return amount * down / up


def break_even_shift(
    resist: Callable[[Floats], Floats], goal: float = 0.5, most: float = 16.0, steps: int = 40
) -> float:
    """Return the smallest shift of payoffs at which resistance reaches ``goal``.

    A grid first, since equilibria may jump, then halving within the first step that crosses.

    Args:
        resist: probability of resistance by shift, shape (k,) to (k,).
        goal: probability to reach.
        most: largest shift tried; payoffs have shocks of unit variance.

    Returns:
        The shift; 0 if it is reached without one, inf if not by ``most``.

    Example:
        >>> round(break_even_shift(lambda x: x / 4), 6)
        2.0
    """
    grid = np.linspace(0.0, most, 65)
    reached = resist(grid) >= goal
    if not reached.any():
        return float("inf")
    k = int(np.argmax(reached))
    if k == 0:
        return 0.0
    low, high = grid[k - 1], grid[k]
    for _ in range(steps):
        middle = (low + high) / 2
        if resist(np.array([middle]))[0] >= goal:
            high = middle
        else:
            low = middle
    return float(high)
