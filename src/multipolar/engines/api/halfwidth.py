"""How far a reading can be off: half widths, as metrics declare them and as they add up."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from multipolar.engines.api.contract import Metric

SOLVER = "solver tolerance"

# standard errors within which a reading at the margin passes in 90 of 100 draws: the quantile of
# the normal distribution
PASSES = 1.2816


@dataclass(frozen=True, slots=True)
class Width:
    """What an engine declares of a metric's half width.

    Attributes:
        of: what kind of error.
        error: half width in the metric's unit.
        share: half width as a share of the reading, where that is more.
    """

    of: str
    error: float | None = None
    share: float = 0.0


def with_width(metric: Metric, width: Width | None) -> Metric:
    """Return a metric with the half width declared for it; itself where it is exact.

    Example:
        >>> with_width(Metric("toy.size", (), "Mt", "Size"), Width(SOLVER, 1e-6)).error
        1e-06
    """
    if width is None:
        return metric
    return replace(metric, error=width.error, error_share=width.share, error_of=width.of)


def declared_width(metric: Metric, value: float) -> float | None:
    """Return the half width that a metric declares for a value, in its unit; None if it does not.

    Where it declares both a width and a share, the wider of the two. A fall is off by no more than
    is left to fall: what an embargo ends is ended.

    Example:
        >>> declared_width(Metric("toy.size", (), "Mt", "Size", error=0.5, error_share=0.1), 20.0)
        2.0
    """
    least = metric.error if isinstance(metric.error, (int, float)) else None
    if least is None and not metric.error_share:
        return None
    found = max(float(least or 0.0), metric.error_share * abs(value))
    low = metric.bounds[0] if isinstance(metric.bounds, tuple) else -math.inf
    return min(found, max(value - low, 0.0)) if low < 0 else found


def standard(metric: Metric) -> str:
    """Return the name of the metric that holds the standard error of another; "" if none does.

    Example:
        >>> standard(Metric("toy.place", (), "sd", "Place", error="toy.place_error"))
        'toy.place_error'
    """
    return metric.error if isinstance(metric.error, str) else ""


def combined(widths: Iterable[float | None], aggregate: str) -> float | None:
    """Return the half width of a sum or a mean of readings whose errors are independent.

    None where no reading has one.

    Example:
        >>> combined([3.0, 4.0, None], "sum"), combined([3.0, 4.0], "mean")
        (5.0, 2.5)
    """
    found = list(widths)
    if all(w is None for w in found):
        return None
    root = math.hypot(*(w or 0.0 for w in found))
    return root / len(found) if aggregate == "mean" else root
