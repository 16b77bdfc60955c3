"""How concentrated power is: effective number of poles and the index of Singer and others.

Letters: N states, s[i] share of state i, with the shares adding up to one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from multipolar.errors import EngineError
from multipolar.numerics.arrays import Floats


def shares(weights: ArrayLike, world: float | None = None) -> Floats:
    """Return shares of the sum of the weights, or of a larger world total, shape (N,), in [0, 1].

    Args:
        weights: of the states, any unit, shape (N,); none negative.
        world: total of all states, in the same unit; the sum of ``weights`` if left out.

    Raises:
        EngineError: a weight is negative or not finite, all are zero, or they exceed the total.

    Example:
        >>> shares([2, 1, 1]).tolist(), shares([2, 1, 1], 8).tolist()
        ([0.5, 0.25, 0.25], [0.25, 0.125, 0.125])
    """
    w = np.asarray(weights, dtype=float)
    if w.ndim != 1 or not np.isfinite(w).all() or (w < 0).any() or not w.sum() > 0:
        raise EngineError(
            "weights are not a list of numbers of which none is negative and one is above zero",
            hint="give one weight a state",
        )
    total = w.sum() if world is None else world
    # a total that rounding puts a little below the sum of its parts is the sum
    if total < w.sum() * (1 - 1e-3):
        raise EngineError(
            f"the weights add up to {w.sum():.6g}, more than the world total {total:.6g}",
            hint="take both from one source",
        )
    return np.asarray(w / max(total, w.sum()))


def effective_number(s: ArrayLike) -> float:
    """Return the effective number of poles, ``1 / sum of s[i]**2``.

    Shares that add up to less than one leave a rest made of states too small to matter, and the
    number is then the most that the rest allows. Source: Laakso and Taagepera (1979), Comparative
    Political Studies 12(1):3-27, doi:10.1177/001041407901200101.

    Args:
        s: shares, shape (N,).

    Returns:
        A number between 1 and N where the shares add up to one.

    Example:
        >>> effective_number([0.25, 0.25, 0.25, 0.25])
        4.0
    """
    return float(1 / np.square(np.asarray(s, dtype=float)).sum())


def concentration(s: ArrayLike) -> float:
    """Return the concentration of capabilities among N states, between 0 and 1.

    ``CON = sqrt((sum of s[i]**2 - 1/N) / (1 - 1/N))``: 0 where all are equal, 1 where one has
    everything. Source: Singer, Bremer and Stuckey (1972), Capability Distribution, Uncertainty,
    and Major Power War, 1820-1965, in Russett (ed.), Peace, War, and Numbers, 19-48.

    Args:
        s: shares that add up to one, shape (N,), N at least 2.

    Raises:
        EngineError: there is one state alone, or the shares do not add up to one.

    Example:
        >>> concentration([0.5, 0.5]), concentration([1, 0])
        (0.0, 1.0)
    """
    share = np.asarray(s, dtype=float)
    n = len(share)
    if n < 2 or abs(share.sum() - 1) > 1e-9:
        raise EngineError(
            f"{n} shares that add up to {share.sum():.6g}",
            hint="give shares of at least two states that add up to one",
        )
    excess = float(np.square(share).sum()) - 1 / n
    return float(np.sqrt(max(0.0, excess) / (1 - 1 / n)))
