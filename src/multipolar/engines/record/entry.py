"""What a family of record metrics is made of, and how the parts of a ``where`` are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Reading, Source
from multipolar.engines.api.gate import EVERYBODY
from multipolar.errors import DataMissing, EngineError

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

MAX_CELLS = 2_000_000  # a labelled answer larger than this is refused, not computed

Place: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """A metric with its two readers: one number, and a labelled array over what is left open."""

    metric: Metric
    scalar: Callable[[Place], Reading]
    labelled: Callable[[Place], xr.DataArray]


Family: TypeAlias = "Callable[[World], tuple[Entry, ...]]"


def country(name: str, description: str, *, required: bool = True) -> Dimension:
    """Declare a country dimension; ``World`` stands for every country."""
    return Dimension(name, "country", required=required, description=description)


def year(first: int, last: int) -> Dimension:
    """Declare the year dimension of a table."""
    return Dimension("year", "year", description=f"calendar year, {first} to {last}", many=True)


def listed(where: Place, name: str) -> tuple[Any, ...] | None:
    """Return the values given for a dimension, or None if it is left out or means everybody.

    Example:
        >>> listed({"exporter": "RUS"}, "exporter"), listed({"exporter": "WLD"}, "exporter")
        (('RUS',), None)
    """
    value = where.get(name)
    if value is None:
        return None
    found = value if isinstance(value, tuple) else (value,)
    return None if EVERYBODY in found else found


def single(where: Place, name: str, metric: str) -> Any:
    """Return the one value given for a dimension that takes no list.

    Raises:
        EngineError: a list, a coalition or nothing was given.
    """
    found = listed(where, name)
    if found is None or len(found) != 1:
        raise EngineError(
            f"{name} takes one value, not {'a list' if found else 'everybody'}",
            where=f"where of {metric}",
            hint=f"name one {name}",
        )
    return found[0]


def left_open(metric: Metric, where: Place) -> tuple[str, ...]:
    """Return the dimensions a labelled answer runs over, in the metric's order.

    A dimension left out is open if the metric needs it, or adds up over it (the sum of the answer
    is then the scalar). Else what is left out stands for all, as it does in a scalar.
    """
    return tuple(d.name for d in metric.dims if d.name not in where and metric.opens(d))


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


def labelled_array(
    metric: Metric,
    values: Any,
    coords: Mapping[str, Sequence[Any]],
    source: Source,
    unit: str = "",
) -> xr.DataArray:
    """Put a plain array into its labelled form, with unit, source and long name."""
    import xarray as xr

    return xr.DataArray(
        values,
        coords={k: list(v) for k, v in coords.items()},
        dims=list(coords),
        name=metric.name,
        attrs={
            "unit": unit or metric.unit,
            "source": source.source,
            "long_name": metric.description,
        },
    )


def counted(defect: str, n: int, total: int, noun: str) -> str:
    """Say how many of the rows behind a number have a defect, or nothing if none has.

    Example:
        >>> counted("Quantity imputed", 2, 5, "flow")
        'Quantity imputed: 2 of 5 flows.'
    """
    return f"{defect}: {n} of {total} {noun}{'' if total == 1 else 's'}." if n else ""
