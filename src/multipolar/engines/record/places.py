"""How the families of the record read a place, and lay out what they found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Source
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.errors import DataMissing, EngineError

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

T = TypeVar("T")
MAX_CELLS = 2_000_000  # a labelled answer larger than this is refused, not computed


def declared(
    metric: Metric,
    table: Callable[[World], T],
    value: Callable[[T, Metric, Place], Value],
    array: Callable[[T, Metric, Place], xr.DataArray],
    hint: str = "",
) -> Declared[World]:
    """Declare a metric that two methods of a table read: one value, and a labelled array."""
    return Declared(
        metric,
        lambda world, at: value(table(world), metric, at),
        grid=lambda world, at: array(table(world), metric, at),
        many=True,
        hint=hint,
    )


def calendar_year(first: int, last: int) -> Dimension:
    """Declare the year dimension of a table."""
    return dimension("year", f"calendar year, {first} to {last}", many=True)


def listed(at: Place, name: str) -> tuple[Any, ...] | None:
    """Return the values given for a dimension, or None if it is left out or means everybody.

    Example:
        >>> listed({"exporter": "RUS"}, "exporter"), listed({"exporter": "WLD"}, "exporter")
        (('RUS',), None)
    """
    value = at.get(name)
    if value is None:
        return None
    words = value if isinstance(value, tuple) else (value,)
    return None if EVERYBODY in words else words


def single(at: Place, name: str, metric: str) -> Any:
    """Return the one value given for a dimension that takes no list.

    Raises:
        EngineError: a list, a coalition or nothing was given.
    """
    words = listed(at, name)
    if words is None or len(words) != 1:
        raise EngineError(
            f"{name} takes one value, not {'a list' if words else 'everybody'}",
            where=f"where of {metric}",
            hint=f"name one {name}",
        )
    return words[0]


def left_open(metric: Metric, at: Place) -> tuple[str, ...]:
    """Return the dimensions a labelled answer runs over, in the metric's order."""
    return tuple(d.name for d in metric.dims if d.name not in at and metric.opens(d))


def check_size(metric: str, shape: Sequence[int]) -> None:
    """Refuse a labelled answer that would not fit a sensible amount of memory."""
    if int(np.prod(shape)) > MAX_CELLS:
        raise EngineError(
            f"{metric} over {' x '.join(map(str, shape))} is too large",
            hint="give more of the dimensions",
        )


def within(years: Sequence[int], first: int, last: int, what: str) -> None:
    """Raise :class:`DataMissing`, naming the range, if a year lies outside a table's."""
    for y in years:
        if not first <= y <= last:
            raise DataMissing(f"no {what} for {y}", hint=f"the table covers {first} to {last}")


def labelled(
    values: Any, coords: Mapping[str, Sequence[Any]], source: Source, unit: str = ""
) -> xr.DataArray:
    """Lay values out along labels, in the order of ``coords``; ``unit`` if not the metric's."""
    import xarray as xr

    labels = {k: list(v) for k, v in coords.items()}
    attrs = {"source": source.source} | ({"unit": unit} if unit else {})
    return xr.DataArray(values, coords=labels, dims=list(labels), attrs=attrs)


def counted(defect: str, n: int, total: int, noun: str) -> str:
    """Say how many of the rows behind a number have a defect, or nothing if none has.

    Example:
        >>> counted("Quantity imputed", 2, 5, "flow")
        'Quantity imputed: 2 of 5 flows.'
    """
    return f"{defect}: {n} of {total} {noun}{'' if total == 1 else 's'}." if n else ""
