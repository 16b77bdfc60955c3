"""``facts.value``: sourced figures, with every source that gives the same one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from multipolar.engines.api.contract import UNBOUNDED, UNIT_OF_ROW, Metric, Source
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import some, table_source, through_of
from multipolar.engines.record import widths
from multipolar.engines.record.places import declared, labelled, left_open, single
from multipolar.errors import DataError, DataMissing, nearest
from multipolar.text.near import letters
from multipolar.text.ranking import currency
from multipolar.world import convert
from multipolar.world.units import rounding

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World
    from multipolar.world.names import Names

CONFIDENCE = ("high", "medium", "low")
READING = ("read", "computed", "second-hand")


class Fact(NamedTuple):
    """One row: a figure, a word or a date, and who says so.

    ``error`` is the half width of the figure that its source prints; NaN where it prints none.
    """

    value: float | str
    unit: str
    label: str
    source: Source
    rank: tuple[int, int]
    error: float

    def width(self) -> tuple[float, str]:
        """Return by how much the figure may be off, and for what."""
        if isinstance(self.value, str):
            return 0.0, widths.ROUNDED
        if math.isfinite(self.error):
            return self.error, widths.PRINTED
        return rounding(self.value), widths.ROUNDED


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, eq=False)
class FactsTable:
    """``facts``, indexed by series, entity and date.

    Attributes:
        frame: pandas.DataFrame, a row a figure and source.
        source: who stands behind the table.
        names: of countries, and ``date`` at which coalitions are taken.
    """

    frame: Any
    source: Source
    names: Names
    date: str

    @cached_property
    def _rows(self) -> dict[str, dict[str, dict[str, list[Fact]]]]:
        rows: dict[str, dict[str, dict[str, list[Fact]]]] = {}
        for r in self.frame.itertuples(index=False):
            value = _text(r.text) or float(r.value)
            note = _text(r.note)
            source = Source(
                str(r.source),
                str(r.date),
                _text(r.url),
                value,
                str(r.unit),
                str(r.reading),
                note,
                known=_text(r.known),
                grade=r.grade,
                interested=bool(r.interested),
            )
            rank = (CONFIDENCE.index(r.confidence), READING.index(r.reading))
            fact = Fact(value, str(r.unit), str(r.label), source, rank, float(r.error))
            place = rows.setdefault(str(r.series), {}).setdefault(str(r.entity), {})
            place.setdefault(str(r.date), []).append(fact)
        # equal ranks keep the order of the table
        for dates in (d for entities in rows.values() for d in entities.values()):
            for found in dates.values():
                found.sort(key=lambda f: f.rank)
        return rows

    @cached_property
    def series(self) -> tuple[str, ...]:
        """Every series."""
        return tuple(sorted(map(str, self.frame["series"].unique())))

    @cached_property
    def units(self) -> dict[str, str]:
        """The unit of each series whose rows all have the same."""
        found: dict[str, set[str]] = {}
        for series, unit in zip(self.frame["series"], self.frame["unit"], strict=True):
            found.setdefault(str(series), set()).add(str(unit))
        return {s: next(iter(units)) for s, units in found.items() if len(units) == 1}

    def may_change(self, series: str) -> bool:
        """Say whether a series in percent may be a change: a share says so in its name."""
        words = set(re.split(r"[._]", series))
        share = "share" in words and not words & {"change", "growth"}
        return self.units[series] in ("percent", "share") and not share

    def _dates(self, series: str, entity: str) -> dict[str, list[Fact]]:
        """Return the rows of an entity by date; a country may go by any of its names."""
        entities = self._rows.get(series, {})
        if entity in entities:
            return entities[entity]
        for name in self._other_names(entity):
            if name in entities:
                return entities[name]
        same = [e for e in entities if self._key(e) == self._key(entity)]
        if len(same) == 1:
            return entities[same[0]]
        there = f"there are figures of {some(sorted(entities))}"
        if self._is_known(entity):
            raise DataMissing(f"{series} has no figures of {entity}", hint=there)
        meant = nearest(entity, entities)
        raise DataMissing(
            f"{series} has no {entity!r}", hint=meant if meant.startswith("did you") else there
        )

    def _is_known(self, entity: str) -> bool:
        """Say whether this is a state or a coalition, of which there may be no figure."""
        try:
            return bool(self.names.countries(entity, self.date))
        except DataError:
            return False

    def _other_names(self, entity: str) -> Iterable[str]:
        try:
            yield from self.names.countries(entity, self.date)
        except DataError:
            yield from (e for e in self._all_entities if e.casefold() == entity.casefold())

    def _key(self, entity: str) -> tuple[tuple[str, ...], ...]:
        """Return what an entity is, however it is written: a side of a pair after the other."""
        return tuple(self._side(side.strip()) for side in entity.split("-"))

    def _side(self, side: str) -> tuple[str, ...]:
        try:
            return self.names.countries(side, self.date)
        except DataError:
            return (currency(side) or letters(side),)

    @cached_property
    def _all_entities(self) -> tuple[str, ...]:
        return tuple(sorted({e for entities in self._rows.values() for e in entities}))

    def find(self, series: str, entity: str, date: str) -> list[Fact]:
        """Return the rows of a date, best source first.

        A year, or a month, also finds the one date within it.

        Raises:
            DataMissing: there is none, or more than one; the dates there are are named.
        """
        dates = self._dates(series, entity)
        if date in dates:
            return dates[date]
        within = sorted(d for d in dates if d.startswith(f"{date}-"))
        if len(within) == 1:
            return dates[within[0]]
        if within:
            raise DataMissing(
                f"{series} of {entity} has several dates in {date}",
                hint=f"name one of {some(within)}",
            )
        raise DataMissing(
            f"{series} of {entity} has no figure for {date}",
            hint=f"there are {some(sorted(dates), most=12)}",
        )

    def value(self, metric: Metric, at: Place) -> Value:
        """Read the figure of the best source; the others that differ are alternatives."""
        series, entity, date = (str(single(at, d.name, metric.name)) for d in metric.dims)
        first, *rest = self.find(series, entity, date)
        evidence, alternatives, notes = [first.source], [], [first.source.note]
        for other in rest:
            source = _in_unit(other, first.unit)
            if source is None:
                notes.append(f"{other.source.source} gives it in {other.unit}.")
            elif _same(source.value, first.value):
                evidence.append(source)
            else:
                alternatives.append(source)
        note = " ".join(n for n in notes if n)
        error, error_of = first.width()
        return Value(
            first.value,
            tuple(evidence),
            tuple(alternatives),
            note,
            first.unit,
            error=error,
            error_of=error_of,
            through=through_of(first.source),
        )

    def array(self, metric: Metric, at: Place) -> xr.DataArray:
        """Read the best figure over the series, entities or dates left open."""
        wanted = left_open(metric, at)
        given = {d: str(single(at, d, metric.name)) for d in at}
        places = self._places(given)
        if not places:
            raise DataMissing(f"facts hold nothing for {', '.join(given.values())}")
        dims = ("series", "entity", "date")
        axes = {d: sorted({p[k] for p in places}) for k, d in enumerate(dims)}
        facts = list(places.values())
        words = any(isinstance(f.value, str) for f in facts)
        shape = tuple(len(a) for a in axes.values())
        values = np.full(shape, "" if words else np.nan, dtype=object if words else float)
        for place, fact in places.items():
            values[tuple(axes[d].index(p) for d, p in zip(dims, place, strict=True))] = fact.value
        units = {f.unit for f in facts}
        sources = {f.source.source for f in facts}
        source = facts[0].source if len(sources) == 1 else self.source
        unit = units.pop() if len(units) == 1 else metric.unit
        array = labelled(values, axes, source, unit)
        if len({f.label for f in facts}) == 1:
            array.attrs["long_name"] = facts[0].label
        return array.isel({d: 0 for d in dims if d not in wanted}, drop=True).transpose(*wanted)

    def _places(self, given: Place) -> dict[tuple[str, str, str], Fact]:
        chosen: Sequence[str] = [given["series"]] if "series" in given else self.series
        found: dict[tuple[str, str, str], Fact] = {}
        for series in chosen:
            if "entity" in given:
                inside = {given["entity"]: self._dates(series, given["entity"])}
            else:
                inside = self._rows.get(series, {})
            for entity, dates in inside.items():
                wanted = self._of_date(dates, given.get("date"))
                found |= {(series, entity, d): rows[0] for d, rows in wanted.items()}
        return found

    @staticmethod
    def _of_date(dates: dict[str, list[Fact]], date: str | None) -> dict[str, list[Fact]]:
        if date is None:
            return dates
        within = [d for d in dates if d == date] or [d for d in dates if d.startswith(f"{date}-")]
        return {date: dates[within[0]]} if len(within) == 1 else {}


def _in_unit(fact: Fact, unit: str) -> Source | None:
    """Return a row's source with its value in ``unit``; None if it measures something else."""
    s = fact.source
    if fact.unit == unit or isinstance(fact.value, str):
        return s
    try:
        value = convert(fact.value, fact.unit, unit)
    except DataError:
        return None
    return replace(s, value=value, unit=unit)


def _same(a: float | str | None, b: float | str) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return bool(np.isclose(a, b, rtol=1e-9, atol=0))
    return a == b


@per_world
def _table(world: World) -> FactsTable:
    source = table_source(world, "facts")
    return FactsTable(world.table("facts"), source, world.names_index, world.date)


def facts(world: World) -> tuple[Declared[World], ...]:
    """Declare the metric of the ``facts`` table."""
    table = _table(world)
    metric = Metric(
        "facts.value",
        (
            dimension("series", "what is measured", table.series),
            dimension("entity", "a country, an ordered pair, or a name"),
            dimension("date", "day, month or year, ISO 8601"),
        ),
        UNIT_OF_ROW,
        "A sourced figure, word or date",
        units=table.units,
        # by name: a share is one of a whole, and what else is in percent may be a change
        bounds=dict.fromkeys(filter(table.may_change, table.units), UNBOUNDED),
        error_of=widths.ROUNDED,
    )
    return (declared(metric, "facts", _table, FactsTable.value, FactsTable.array),)
