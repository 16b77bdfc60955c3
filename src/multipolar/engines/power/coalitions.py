"""Which groups of states together weigh as much as a bloc: all of them, by enumeration.

Letters: n candidates, S a coalition as a bitmask over them, w(S) its weight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multipolar.engines.power.written import ROUNDING, scaled
from multipolar.errors import EngineError
from multipolar.numerics.arrays import Flags, Floats

Ints: TypeAlias = NDArray[np.int64]
MOST = 22  # candidates: four million coalitions, a few tens of megabytes
FITS = 2**62  # sums below it are whole numbers of 64 bits


@dataclass(frozen=True, slots=True)
class Found:
    """Coalitions that reach a weight, smallest first, then heaviest.

    Attributes:
        masks: bit i says whether candidate i is in, shape (K,).
        weight: of each, shape (K,).
        size: members of each, shape (K,).
        minimal: whether it would miss the weight without any one of its members, shape (K,).
    """

    masks: Ints
    weight: Floats
    size: Ints
    minimal: Flags

    def members(self) -> Iterator[tuple[int, ...]]:
        """Yield the positions of each coalition's members."""
        for mask in self.masks.tolist():
            yield tuple(i for i in range(mask.bit_length()) if mask >> i & 1)


def reaching(weights: ArrayLike, target: float, most: int | None = None) -> Found:
    """Return every coalition whose weight is at least ``target``.

    All 2**n sums are built by doubling: those with candidate i are those without, plus w[i]. Sizes
    and the lightest member follow the same way; a coalition is minimal if it misses the target
    without its lightest member, for then it does without any other.

    Args:
        weights: of the candidates, none negative, shape (n,), n at most 22.
        target: weight to be reached, above zero, in the same unit.
        most: members a coalition may have; any number if left out.

    Returns:
        The coalitions, those of fewest members first and of equal size the heaviest first.

    Raises:
        EngineError: too many candidates, a weight is negative, or the target is not above zero.

    Example:
        >>> found = reaching([5, 4, 3, 1], 8)
        >>> list(found.members()), found.minimal.tolist()[:2]
        ([(0, 1), (0, 2), (0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3), (0, 1, 2, 3)], [True, True])
    """
    w = np.asarray(weights, dtype=float)
    n = len(w)
    if n > MOST:
        raise EngineError(f"{n} candidates", hint=f"enumerate at most {MOST}, say the largest")
    if not (np.isfinite(w).all() and (w >= 0).all() and 0 < target < np.inf):
        raise EngineError(
            "weights and target have to be numbers, the target above zero", hint="check the units"
        )
    counted: tuple[float, ...]
    least: float
    counted, least, unit = scaled(w.tolist(), target)
    if sum(counted) + least >= FITS:  # computed, and far apart in size
        counted, least, unit = tuple(w.tolist()), target * (1 - float(ROUNDING)), Fraction(1)
    most_of_all = max(counted, default=0)
    total, lightest = np.zeros(1, type(least)), np.full(1, most_of_all)
    size = np.zeros(1, dtype=np.int64)
    for weight in counted:
        total = np.concatenate([total, total + weight])
        lightest = np.concatenate([lightest, np.minimum(lightest, weight)])
        size = np.concatenate([size, size + 1])
    masks = np.flatnonzero((total >= least) & (size <= (n if most is None else most)))
    order = np.lexsort((masks, -total[masks], size[masks]))
    masks = masks[order]
    minimal = total[masks] - lightest[masks] < least
    return Found(masks, total[masks] * float(unit), size[masks], minimal)
