"""A table of figures by country, year and other words, read as a metric by saying which columns.

A :class:`Panel` is all that a table needs to be read: its name, the columns that rows are looked up
by, the column of values and how they add up. Names, lists, coalitions, years that are not covered,
labelled arrays, evidence and errors are the same for every one of them::

    Panel(
        "warheads.stockpile", "warheads",
        {"country": "who has them", "year": ""},
        "warheads", "Nuclear warheads in military stockpiles", "sum",
        value="warheads", whole="sum",
    )

To add one, list it in the ``PANELS`` of a module of this package that ``listing.py`` names. What
the table has no row for is unknown, never zero.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from multipolar.engines.api.contract import (
    UNBOUNDED,
    UNIT_OF_ROW,
    Bounds,
    Dimension,
    Metric,
    Scalar,
    Source,
    Where,
)
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.halfwidth import PASSES, combined, declared_width
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import joined, some, table_source
from multipolar.engines.record import widths
from multipolar.engines.record.places import (
    check_size,
    declared,
    labelled,
    left_open,
    listed,
    spread,
)
from multipolar.engines.record.unions import with_former
from multipolar.errors import DataMissing, EngineError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from multipolar.world import World

WORLD_ROW = "WLD"  # the code of a row that the source itself gives for the world
MONTHS = 12
SOURCES = 6  # sources behind a reading that are named one by one
NOTES = 3  # and notes on its rows


@dataclass(frozen=True, eq=False)
class Panel:
    """One metric over a table of figures by country, year and other words.

    Attributes:
        name: of the metric.
        table: the world's table.
        dims: each dimension with what it is, or nothing where the vocabulary says it well enough;
            of kind country, year, date or a choice whose words are those of the column. ``month``
            may be left out of a place: the mean over the months there are is read.
        unit: of a reading, or ``UNIT_OF_ROW`` where the table has a column ``unit``.
        says: what is measured, in words.
        how: what a list means: the sum or the mean over it, or that none may be given.
        value: the column of values.
        scale: what a value is multiplied by to be in ``unit``.
        fixed: words of other columns that rows have to have.
        columns: the column of a dimension, where it goes by another name.
        choices: the words of a dimension, where rows of this metric have fewer than the column.
        whole: what the world is: the source's own ``row`` (code WLD), the ``sum`` of all rows, or
            nothing.
        over: words that change where a share is asked for: the whole of which a reading is a share,
            in percent.
        defaults: what stands for a dimension left out.
        years_add: whether figures of several years may be added up; a mean may always be taken.
        error, error_share, error_of: half width of a value, as metrics have it.
        deviation: the column of standard errors, or ``low`` and ``high`` those of a range.
        quantity, siblings, label, words: as metrics have them.
        note: what is to be known of every reading.
        hint: what to do where there is no row.
        bounds: the least and the most that a reading can be, where the unit does not say it.
        newer: where years after the table's last one are to be had.

    Example:
        >>> from multipolar.world import World
        >>> people = Panel(
        ...     "population.people", "population",
        ...     {"country": "who lives there", "year": ""}, "people", "Population", "sum",
        ...     value="people", whole="sum",
        ... )
        >>> read = people.declared(World.load())
        >>> round(read.value(World.load(), {"country": ("DEU", "FRA"), "year": 2020}).value / 1e6)
        151
    """  # fmt: skip

    name: str
    table: str
    dims: Mapping[str, str]
    unit: str
    says: str
    how: Literal["sum", "mean", "none"] = "none"
    value: str = "value"
    scale: float = 1.0
    fixed: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    whole: Literal["row", "sum", "none"] = "none"
    over: Mapping[str, str] | None = None
    defaults: Mapping[str, Scalar] = field(default_factory=dict)
    years_add: bool = False
    error: float | None = None
    error_share: float = 0.0
    error_of: str = ""
    deviation: str = ""
    low: str = ""
    high: str = ""
    quantity: str = ""
    siblings: tuple[str, ...] = ()
    label: str = ""
    words: tuple[str, ...] = ()
    note: str = ""
    hint: str = ""
    newer: str = ""
    bounds: Bounds | None = None

    def column(self, dim: str) -> str:
        """Return the column that holds the words of a dimension."""
        return self.columns.get(dim, dim)

    def metric(self, world: World) -> Metric:
        """Return the metric as the world's table bears it: years and words are those it has."""
        info = world.info(self.table)
        dims = []
        for name, says in self.dims.items():
            found = info.field(self.column(name))
            optional = name in self.defaults or name == "month"
            if name == "year":
                span = says  # a long table has series of other spans than its own
                if found.span and not self.fixed:
                    span = f"calendar year, {found.span[0]} to {found.span[1]}"
                many = self.how == "mean" or self.years_add
                dims.append(dimension(name, says or span, many=many, required=not optional))
            elif name == "month":
                dims.append(dimension(name, says, required=False, bounds=(1, MONTHS)))
            else:
                many = self.how != "none"
                words = self.choices.get(name, found.words)
                found_dim = dimension(name, says, words, many=many, required=not optional)
                dims.append(with_former(found_dim, self.table))
        shared = self.over is not None
        return Metric(
            self.name,
            tuple(dims),
            "percent" if shared else self.unit,
            self.says,
            self.how,
            label=self.label,
            error=None if shared else self.error,
            error_share=0.0 if shared else self.error_share,
            error_of=self.error_of,
            quantity=self.quantity,
            siblings=self.siblings,
            words=self.words,
            bounds=self.bounds if not shared or self.bounds == UNBOUNDED else None,
            part=next((d for d, w in (self.over or {}).items() if w == EVERYBODY), ""),
        )

    def declared(self, world: World) -> Declared[World]:
        """Declare the metric with what reads it."""
        metric = self.metric(world)

        def rows(world: World) -> Rows:
            return Rows(self, _frame(world, self.table, tuple(self.fixed.items())), world)

        readers = Rows.value, Rows.array
        return declared(metric, self.table, rows, *readers, self.hint, self.defaults)

    def covers(self, world: World, dim: Dimension, where: Where) -> Sequence[Scalar]:
        """Return the words of a dimension that have rows where the others are as asked."""
        frame = _frame(world, self.table, tuple(self.fixed.items()))
        for name, word in where.items():
            words = word if isinstance(word, (list, tuple)) else (word,)
            if name in self.dims and name != dim.name and EVERYBODY not in words:
                frame = frame[frame[self.column(name)].isin(words)]
        found = frame[self.column(dim.name)].dropna().unique().tolist()
        words = self.choices.get(dim.name, found)
        return tuple(sorted(w for w in found if w != WORLD_ROW and w in words))


@per_world
def _frame(world: World, table: str, fixed: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Return the rows of a table that have the words given, those without a value left out."""
    frame: pd.DataFrame = world.table(table)
    for column, word in fixed:
        frame = frame[frame[column] == word]
    return frame.reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a panel in a world, and how a place is read from them."""

    panel: Panel
    frame: pd.DataFrame
    world: World

    def value(self, metric: Metric, at: Place) -> Value:
        """Read one value: a row, what rows of a list add up to or their mean, or a share."""
        panel = self.panel
        if panel.over is None:
            return self._total(metric, at)
        part = self._total(metric, at)
        whole = self._total(metric, {**at, **panel.over})
        of = float(part.value), float(whole.value)
        if of[1] == 0:
            raise DataMissing(f"the whole of which {metric.name} is a share is nothing here")
        return Value(
            100 * of[0] / of[1],
            part.evidence,
            note=joined(part.note, whole.note if whole.note != part.note else ""),
            error=100 * widths.of_ratio(*of, panel.error_share),
            error_of=metric.error_of,
            through=part.through,
        )

    def _total(self, metric: Metric, at: Place) -> Value:
        found = self._asked(at)
        panel = self.panel
        numbers = found[panel.value].to_numpy(float) * panel.scale
        unit = self._unit(found)
        total = numbers.mean() if self._averaged(at) else numbers.sum()
        return Value(
            float(total),
            self._evidence(found),
            note=joined(*self._notes(found, at)),
            unit=unit,
            error=self._error(metric, found, numbers, at),
            error_of=metric.error_of,
            through=_through(found, at),
        )

    def _averaged(self, at: Place) -> bool:
        """Say whether rows are averaged: as the metric has it, or over the months of a year.

        Raises:
            EngineError: months would be averaged and something else added up.
        """
        if "month" not in self.panel.dims or listed(at, "month"):
            return self.panel.how == "mean"
        lists = [n for n in self.panel.dims if len(listed(at, n) or ()) > 1]
        if lists and self.panel.how == "sum":
            raise EngineError(
                f"{some(lists)} is a list, and the mean of months is read",
                where=f"where of {self.panel.name}",
                hint="name one month, or one word",
            )
        return True

    def _asked(self, at: Place) -> pd.DataFrame:
        """Return the rows of a place.

        Raises:
            DataMissing: some of what is asked for has no row.
        """
        found, lists = self.frame, {}
        for name in self.panel.dims:
            column = self.panel.column(name)
            words = listed(at, name)
            if words is None and at.get(name) is not None:
                words = self._everybody(column)
            if words is not None:
                found = found[found[column].isin(words)]
                lists[name] = words
            elif self._is_country(name):
                found = found[found[column] != WORLD_ROW]
        found = found[found[self.panel.value].notna()]
        self._complete(found, lists, at)
        return found

    def _everybody(self, column: str) -> tuple[str, ...] | None:
        if self.panel.whole == "row":
            return (WORLD_ROW,)
        if self.panel.whole == "none" and self._is_country(column):
            raise DataMissing(
                f"table {self.panel.table} has no figure for the world",
                hint="name the countries",
            )
        return None

    def _is_country(self, name: str) -> bool:
        return name in ("country", "exporter", "importer", "partner", "origin")

    def _complete(self, found: pd.DataFrame, lists: dict[str, Any], at: Place) -> None:
        """Refuse a place of which a part has no row, and say what there is."""
        names = list(lists)
        have = set(zip(*(found[self.panel.column(n)] for n in names), strict=True))
        due = math.prod(len(w) for w in lists.values())
        if names and len(have) == due and len(found):
            return
        if not names and len(found):
            return
        gone = [k for k in _product(lists.values()) if k not in have] if names else [()]
        what = "; ".join(" ".join(map(str, k)) for k in gone[:3])
        more = f" and {len(gone) - 3} more" if len(gone) > len(gone[:3]) else ""
        years = [y for y in lists.get("year", ()) if y not in set(self.frame["year"])]
        says = (self.panel.says[:1].lower() + self.panel.says[1:]).split(",")[0]
        if years:
            hint = f"the table covers {_ranges(sorted(set(self.frame['year'])))}"
            if self.panel.newer and max(years) > max(self.frame["year"]):
                hint = f"{hint}; {self.panel.newer}"
            raise DataMissing(f"no {says} for {some([str(y) for y in years])}", hint=hint)
        raise DataMissing(
            f"no {says} for {what}{more}" if what else f"no {says} in table {self.panel.table}",
            hint=self._there_is(lists, gone),
        )

    def _there_is(self, lists: dict[str, Any], gone: Sequence[tuple[Any, ...]]) -> str:
        """Say which years there are for the rest of a place, or else which words."""
        first = dict(zip(lists, gone[0], strict=True)) if gone and gone[0] else {}
        for name in (n for n in self.panel.defaults if n in first):
            if words := self._words_for(name, first):
                return f"with {name} {some([str(w) for w in words])} it has one"
        for name in sorted(first, key=lambda n: (n != "year", n != "month")):
            if words := self._words_for(name, first):
                return f"there it has {_ranges(words)}"
        return self.panel.hint or f"`multipolar data show {self.panel.table}` says what it covers"

    def _words_for(self, name: str, place: Mapping[str, Any]) -> list[Any]:
        """Return the words of a dimension that have rows where the rest is as in a place."""
        rows = self.frame[self.frame[self.panel.value].notna()]
        for other, word in place.items():
            if other != name:
                rows = rows[rows[self.panel.column(other)] == word]
        return sorted(set(rows[self.panel.column(name)]) - {WORLD_ROW})

    def _unit(self, found: pd.DataFrame) -> str:
        if self.panel.unit != UNIT_OF_ROW:
            return "" if self.panel.over is not None else self.panel.unit
        units = sorted(set(found["unit"]))
        if len(units) > 1:
            raise DataMissing(
                f"{self.panel.name} in {' and in '.join(units)} does not add up",
                hint="name what has one unit",
            )
        return str(units[0])

    def _error(self, metric: Metric, found: pd.DataFrame, numbers: Any, at: Place) -> float | None:
        """Return the half width of a reading from the rows; None where the metric says it."""
        panel = self.panel
        how = "mean" if self._averaged(at) else "sum"
        if panel.deviation:
            own = PASSES * found[panel.deviation].to_numpy(float) * panel.scale
        elif panel.low and panel.high:
            ends = found[[panel.low, panel.high]].to_numpy(float) * panel.scale
            own = np.abs(ends - numbers[:, None]).max(axis=1)
        else:
            if len(numbers) == 1 or declared_width(metric, 1.0) is None:
                return None
            return combined([declared_width(metric, float(n)) for n in numbers], how)
        return combined(own.tolist(), how)

    def _notes(self, found: pd.DataFrame, at: Place) -> list[str]:
        panel = self.panel
        notes = [panel.note]
        if "note" in found:
            kept = [str(n) for n in found["note"].dropna().unique() if n]
            notes += kept[:3] + (
                [f"{len(kept) - 3} more notes."] if len(kept) > len(kept[:3]) else []
            )
        if "month" in panel.dims and not listed(at, "month"):
            months = sorted({int(m) for m in found["month"]})
            if len(months) < MONTHS:
                names = calendar.month_name[months[0]], calendar.month_name[months[-1]]
                span = names[0] if len(months) == 1 else f"{names[0]} to {names[1]}"
                notes.append(f"Mean of {len(months)} of 12 months, {span}.")
            else:
                notes.append("Mean of 12 months.")
        if panel.deviation and len(found) == 1:
            notes.append(f"Standard error {float(found[panel.deviation].iloc[0]):.2f}.")
        everybody = [n for n in panel.dims if self._is_country(n) and EVERYBODY in _words(at, n)]
        if everybody and panel.whole == "sum":
            n = found[panel.column(everybody[0])].nunique()
            notes.append(f"Sum of the {n} countries that have a figure.")
        return notes

    def _evidence(self, found: pd.DataFrame) -> tuple[Source, ...]:
        """Return who stands behind the rows: the table, or the sources its rows name."""
        whole = table_source(self.world, self.panel.table, self.panel.unit)
        if "source" not in found:
            return (whole,)
        keep = [c for c in ("source", "url", "vintage", "grade") if c in found]
        rows = found[keep].drop_duplicates().head(SOURCES).to_dict("records")
        known = "" if "known" not in found else max(map(str, found["known"]))
        return tuple(
            Source(
                source=str(r["source"]),
                date=str(r.get("vintage") or whole.date),
                known=known,
                url=str(r.get("url") or whole.url),
                unit=self.panel.unit,
                note=whole.note,
                grade=r.get("grade") or whole.grade,
            )
            for r in rows
        )

    def array(self, metric: Metric, at: Place) -> xr.DataArray:
        """Read values over the dimensions left open; what has no row is NaN."""
        wanted = left_open(metric, at)
        closed = {n: at[n] for n in self.panel.dims if at.get(n) is not None and n not in wanted}
        rows = self._rows(closed, wanted)
        if rows.empty:
            raise DataMissing(
                f"table {self.panel.table} has no row here",
                hint=f"`multipolar data show {self.panel.table}` says what it covers",
            )
        columns = [self.panel.column(n) for n in wanted]
        source = table_source(self.world, self.panel.table)
        if not wanted:
            return labelled(self.value(metric, at).value, {}, source, self._unit(rows))
        grouped = rows.groupby(columns, observed=True)[self.panel.value]
        series = grouped.mean() if self._averaged(at) else grouped.sum(min_count=1)
        lists = [n for n, w in closed.items() if len(listed({n: w}, n) or ()) > 1]
        if lists:  # a list of which a part is missing has no sum
            due = math.prod(len(closed[n]) for n in lists)
            series = series.where(grouped.count() >= due)
        labels = {
            n: sorted(rows[c].unique().tolist()) for n, c in zip(wanted, columns, strict=True)
        }
        check_size(metric.name, [len(v) for v in labels.values()])
        cells = spread(series, labels, np.nan)
        cells *= self.panel.scale
        if self.panel.over is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                cells = 100 * cells / self._whole(metric, at, wanted, labels)
            cells = np.where(np.isfinite(cells), cells, np.nan)
        return labelled(cells, labels, source, self._unit(rows))

    def _rows(self, closed: Mapping[str, Any], wanted: Sequence[str]) -> pd.DataFrame:
        """Return the rows that have the words given, over all of what is left open."""
        rows = self.frame[self.frame[self.panel.value].notna()]
        for name, word in closed.items():
            words = listed({name: word}, name)
            if words is None:
                words = self._everybody(self.panel.column(name))
            if words is not None:
                rows = rows[rows[self.panel.column(name)].isin(words)]
        for name in wanted:
            if name in self.panel.choices:
                rows = rows[rows[self.panel.column(name)].isin(self.panel.choices[name])]
            if self._is_country(name):
                rows = rows[rows[self.panel.column(name)] != WORLD_ROW]
        return rows

    def _whole(
        self, metric: Metric, at: Place, wanted: Sequence[str], labels: Mapping[str, Sequence[Any]]
    ) -> Any:
        """Return the wholes of a labelled answer, laid out to divide its cells."""
        over = dict(self.panel.over or {})
        kept = [n for n in wanted if n not in over]
        if not kept:
            return float(self._total(metric, {**at, **over}).value)
        closed = {n: w for n in self.panel.dims if (w := {**at, **over}.get(n)) and n not in kept}
        rows = self._rows(closed, kept)
        grouped = rows.groupby([self.panel.column(n) for n in kept], observed=True)
        value = grouped[self.panel.value]
        series = value.mean() if self._averaged(at) else value.sum(min_count=1)
        wholes = spread(series, {n: labels[n] for n in kept}, np.nan) * self.panel.scale
        return np.expand_dims(wholes, [k for k, n in enumerate(wanted) if n not in kept])


def _words(at: Place, name: str) -> tuple[Any, ...]:
    word = at.get(name)
    return word if isinstance(word, tuple) else (word,)


def _through(found: pd.DataFrame, at: Place) -> str:
    """Return the last day that the rows are for, where they are by month; the year says it else."""
    if "month" not in found or "year" not in found:
        return ""
    year = int(found["year"].max())
    month = int(found.loc[found["year"] == year, "month"].max())
    return f"{year}-{month:02d}-{calendar.monthrange(year, month)[1]}"


def _product(lists: Any) -> list[tuple[Any, ...]]:
    start: list[tuple[Any, ...]] = [()]
    return reduce(lambda done, words: [(*d, w) for d in done for w in words], lists, start)


def _ranges(words: Sequence[Any]) -> str:
    """Say which words there are: runs of years as spans, others listed.

    Example:
        >>> _ranges([1990, 1991, 1992, 2000]), _ranges(["DEU", "FRA"])
        ('1990 to 1992, 2000', 'DEU, FRA')
    """
    if not all(isinstance(w, (int, np.integer)) for w in words):
        return some([str(w) for w in words])
    runs: list[list[int]] = []
    for word in map(int, words):
        if runs and word == runs[-1][1] + 1:
            runs[-1][1] = word
        else:
            runs.append([word, word])
    said = [str(a) if a == b else f"{a} to {b}" for a, b in runs]
    return some(said, most=8)
