"""The pivot: which single parameter, cut where, sorts the draws that pass from those that fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

LEAST_ACCURACY = 0.85
LEAST_GAIN = 0.5


@dataclass(frozen=True, slots=True)
class Cut:
    """One parameter cut at one value; draws on the ``direction`` side of ``at`` pass."""

    parameter: str
    at: float
    direction: Literal["above", "below"]
    accuracy: float


def best_cut(name: str, values: NDArray[np.float64], passes: NDArray[np.bool_]) -> Cut | None:
    """Return the cut of one parameter that puts most draws on the right side.

    Equal values are never separated. Where several cuts are equally good the middle one is given.
    None if the parameter does not vary.

    Example:
        >>> x = np.array([1.0, 2.0, 3.0, 4.0])
        >>> best_cut("x", x, x > 2.5)
        Cut(parameter='x', at=2.5, direction='above', accuracy=1.0)
    """
    order = np.argsort(values, kind="stable")
    x, ok = values[order], passes[order].astype(float)
    edges = np.flatnonzero(np.diff(x) > 0)
    if edges.size == 0:
        return None
    below = np.cumsum(ok)[edges]
    n_below, total = edges + 1, ok.sum()
    right_above = (n_below - below) + (total - below)
    score = np.maximum(right_above, len(x) - right_above)
    best = np.flatnonzero(score == score.max())
    k = best[(len(best) - 1) // 2]
    at = float((x[edges[k]] + x[edges[k] + 1]) / 2)
    direction: Literal["above", "below"] = "above" if right_above[k] * 2 >= len(x) else "below"
    return Cut(name, at, direction, float(score[k] / len(x)))


def find_pivot(parameters: Mapping[str, Sequence[float]], passes: Sequence[bool]) -> Cut | None:
    """Return the parameter and value at which the answer turns, or None if none explains it.

    A cut counts as the pivot if it sorts at least 85% of the draws, and if it removes at least
    half of the errors that one would make by always giving the commoner answer. Both thresholds
    are conventions of ours.

    Args:
        parameters: the drawn values by name, each of shape (draws,).
        passes: whether the test passed, shape (draws,).

    Example:
        >>> a = [0.1 * k for k in range(40)]
        >>> find_pivot({"a": a}, [v > 2.04 for v in a]).parameter
        'a'
    """
    ok = np.asarray(passes, dtype=bool)
    if ok.size == 0 or ok.all() or not ok.any():
        return None
    cuts = [
        c
        for name, values in parameters.items()
        if (c := best_cut(name, np.asarray(values, dtype=float), ok)) is not None
    ]
    if not cuts:
        return None
    best = max(cuts, key=lambda c: c.accuracy)
    commoner = max(ok.mean(), 1 - ok.mean())
    gain = (best.accuracy - commoner) / (1 - commoner)
    return best if best.accuracy >= LEAST_ACCURACY and gain >= LEAST_GAIN else None
