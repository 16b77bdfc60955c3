"""How the families of the record read a place, and lay out what they found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Scalar, Source
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import table_source
from multipolar.errors import DataMissing, EngineError
from multipolar.text.clean import printable
from multipolar.text.dates import is_date, last_day
from multipolar.text.phrases import long_date
from multipolar.world.public import published

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from multipolar.world import World
    from multipolar.world.public import Public

T = TypeVar("T")
MAX_CELLS = 2_000_000  # a labelled answer larger than this is refused, not computed

KEPT = ("events", "tariffs", "coalitions")  # what holds on a day; known up to when it was read


@dataclass(frozen=True, eq=False)
class Book:
    """A table with who stands behind it and how states are called.

    Attributes:
        frame: the table, a pandas.DataFrame.
        source: who stands behind it.
        names: labels of states by code.
    """

    frame: Any
    source: Source
    names: Mapping[str, str]

    @classmethod
    def of(cls, world: World, table: str) -> Self:
        """Return a table of a world."""
        return cls(world.table(table), table_source(world, table), world.names_index.labels)


def declared(
    metric: Metric,
    name: str,
    table: Callable[[World], T],
    value: Callable[[T, Metric, Place], Value],
    array: Callable[[T, Metric, Place], xr.DataArray],
    hint: str = "",
    defaults: Mapping[str, Scalar] | None = None,
) -> Declared[World]:
    """Declare a metric that two methods of a table read: one value, and a labelled array.

    ``name`` is that of the world's table.
    """

    def one(world: World, at: Place) -> Value:
        found = dated(value(table(world), metric, at), at)
        read = world.info(name).date if name in KEPT else ""
        last = min((day for day in (world.day, read) if day), default="")
        late = last and found.through > last  # of a year that was not over, or not yet read
        return replace(found, through=last) if late else found

    def grid(world: World, at: Place) -> xr.DataArray:
        return array(table(world), metric, at)

    return Declared(
        metric,
        _public(one, metric, name),
        grid=_public(grid, metric, name, grid=True),
        many=True,
        defaults=defaults or {},
        hint=hint,
    )


def _public(
    read: Callable[[World, Place], T], metric: Metric, table: str, *, grid: bool = False
) -> Callable[[World, Place], T]:
    """Make a reader tell what was not public yet, at a world's date, from what there is not."""

    def told(world: World, at: Place) -> T:
        try:
            return read(world, at) if grid else _once(world, read, tuple(sorted(at.items())))
        except DataMissing:
            if not world.day or table not in world.names:
                raise
            found = read(world.whole, at)  # what there is not at all is said so
            since = _since(world.whole.info(table).public, found, at)
            if since and last_day(since) <= world.day:
                raise
            by = long_date(world.day)
            raise DataMissing(
                f"{metric.name} at this place was published {published(since)}, after {by}"
                if since
                else f"{metric.name} at this place was not public by {by}",
                hint="name an earlier year or date",
            ) from None

    return told


def yearly(
    read: Callable[[World, Place], Value], metric: Metric
) -> Callable[[World, Place], Value]:
    """Make a reader of several tables tell what was not public yet from what there is not."""

    def told(world: World, at: Place) -> Value:
        try:
            return dated(read(world, at), at)
        except DataMissing:
            if not world.day:
                raise
            read(world.whole, at)  # what there is not at all is said so
            raise DataMissing(
                f"{metric.name} at this place was not public by {long_date(world.day)}",
                hint="name an earlier year or date",
            ) from None

    return told


@per_world
def _once(world: World, read: Callable[[World, Place], T], at: tuple[tuple[str, Any], ...]) -> T:
    """Read a place once: what a case is checked with, it is judged with again."""
    return read(world, dict(at))


def _since(public: Public, found: object, at: Place) -> str:
    """Return the day since when something is public, or about the month, as far as it is known."""
    years = listed(at, "year")
    if public.rule == "year":
        return public.of(max(years))[: len("2022-08")] if years else ""
    rows = found.evidence[:1] if isinstance(found, Value) else ()
    return rows[0].known or rows[0].date if rows else ""


def dated(found: Value, at: Place) -> Value:
    """Return a value that says through which date its figures run: the last year that is named."""
    years = [int(y) for y in listed(at, "year") or ()]
    if found.through or not years:
        return found
    return replace(found, through=f"{max(years)}-12-31")


def day_of(at: Place, today: str, table: str, what: str) -> str:
    """Return the last day of the date asked for, or the last that a table knows of.

    Args:
        at: where ``date`` may be a day, a month or a year.
        today: the day the table is read as of.
        table: its name.
        what: cannot be known of a later day, as the start of a sentence.

    Raises:
        DataMissing: it is no date, or a later one.

    Example:
        >>> day_of({"date": "2023-08"}, "2026-11-23", "coalitions", "who belongs to what")
        '2023-08-31'
    """
    date, known = str(at.get("date") or today), last_day(today)
    if not is_date(date):
        raise DataMissing(f"{table}: {printable(date)} is no date", hint="say 2023-08")
    day = last_day(date)
    if day > known:
        raise DataMissing(
            f"{what} on {long_date(date)} was not known on {long_date(known)}",
            hint="name a date before",
        )
    return day


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


def within(years: Sequence[int], have: Sequence[int], what: str) -> None:
    """Raise :class:`DataMissing`, naming the range, if a year lies outside a table's."""
    if not have:
        raise DataMissing(f"no {what}")
    for y in years:
        if not have[0] <= y <= have[-1]:
            hint = f"the table covers {have[0]} to {have[-1]}"
            raise DataMissing(f"no {what} for {y}", hint=hint)


def labelled(
    values: Any, coords: Mapping[str, Sequence[Any]], source: Source, unit: str = ""
) -> xr.DataArray:
    """Lay values out along labels, in the order of ``coords``; ``unit`` if not the metric's."""
    import xarray as xr

    labels = {k: list(v) for k, v in coords.items()}
    attrs = {"source": source.source} | ({"unit": unit} if unit else {})
    return xr.DataArray(values, coords=labels, dims=list(labels), attrs=attrs)


def spread(sums: pd.Series[Any], labels: Mapping[str, Sequence[Any]], empty: float) -> Any:
    """Return sums by one word or several as cells along the labels; ``empty`` where there is none.

    Words that are no labels are left out.
    """
    cells = np.full([len(v) for v in labels.values()], empty)
    spots = [{word: k for k, word in enumerate(words)} for words in labels.values()]
    for key, number in sums.items():
        keys = key if isinstance(key, tuple) else (key,)
        if all(k in spot for k, spot in zip(keys, spots, strict=True)):
            cells[tuple(spot[k] for k, spot in zip(keys, spots, strict=True))] = number
    return cells


def counted(defect: str, n: int, total: int, noun: str) -> str:
    """Say how many of the rows behind a number have a defect, or nothing if none has.

    Example:
        >>> counted("Quantity imputed", 2, 5, "flow")
        'Quantity imputed: 2 of 5 flows.'
    """
    return f"{defect}: {n} of {total} {noun}{'' if total == 1 else 's'}." if n else ""
