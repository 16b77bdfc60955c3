"""How many things of a kind a table lists: conflicts, vetoes, events, by the words of its columns.

A :class:`Count` is to a table of things what a panel is to a table of figures. A thing that stands
in several rows (a veto of two states, a conflict of several years) is counted once. Where a table
claims to be complete nothing found is nought; where it does not, nothing found is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Scalar, Source, Where
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.reader import joined, some, table_source
from multipolar.engines.record.places import declared, labelled, left_open, listed, spread
from multipolar.engines.record.unions import with_former
from multipolar.errors import DataMissing

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from multipolar.world import World

NAMED = 6  # things that are named in the note of a reading
SOURCES = 6  # and sources behind them


@dataclass(frozen=True, eq=False)
class Count:
    """One metric that counts the things of a table.

    Attributes:
        name, table, unit, says: of the metric.
        dims: each dimension with what it is; of kind country, year or a choice of the column's
            words. All but those in ``asked`` may be left out, and then everything counts.
        key: columns that tell one thing from another.
        title: the column that names a thing.
        asked: dimensions that have to be given.
        columns: the column of a dimension, where it goes by another name.
        lists: columns that hold several codes, set apart by spaces.
        fixed: words of other columns that rows have to have.
        complete: whether nothing found is nought.
        error, error_of, quantity: as metrics have them.
        note: what is to be known of every reading.
        since, doubt: year from which ``doubt`` is to be known of readings too.

    Example:
        >>> from multipolar.world import World
        >>> fought = Count(
        ...     "conflicts.count", "conflicts", "conflicts", "Armed conflicts", {"year": ""},
        ...     key=("conflict",), title="location", asked=("year",),
        ... )
        >>> fought.declared(World.load()).value(World.load(), {"year": 2024}).value
        61.0
    """  # fmt: skip

    name: str
    table: str
    unit: str
    says: str
    dims: Mapping[str, str]
    key: tuple[str, ...]
    title: str
    asked: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True
    error: float | None = None
    error_of: str = ""
    quantity: str = ""
    note: str = ""
    since: int = 9999
    doubt: str = ""

    def column(self, dim: str) -> str:
        """Return the column that holds the words of a dimension."""
        return self.columns.get(dim, dim)

    def metric(self, world: World) -> Metric:
        """Return the metric, with the years and words that the world's table has."""
        info = world.info(self.table)
        dims = []
        for name, says in self.dims.items():
            found, required = info.field(self.column(name)), name in self.asked
            span = f"calendar year, {found.span[0]} to {found.span[1]}" if found.span else ""
            text = says or span
            asked = dimension(name, text, found.words, required=required, many=True)
            dims.append(with_former(asked, self.table))
        return Metric(
            self.name,
            tuple(dims),
            self.unit,
            self.says,
            error=self.error,
            error_of=self.error_of,
            quantity=self.quantity,
        )

    def declared(self, world: World) -> Declared[World]:
        """Declare the metric with what reads it."""
        return declared(self.metric(world), self.table, lambda w: Things(self, w), *READERS)

    def rows(self, world: World) -> pd.DataFrame:
        """Return the rows that have the words fixed."""
        frame: pd.DataFrame = world.table(self.table)
        for column, word in self.fixed.items():
            frame = frame[frame[column] == word]
        return frame

    def covers(self, world: World, dim: Dimension, where: Where) -> Sequence[Scalar]:
        """Return the words of a dimension that have rows where the others are as asked."""
        frame = self.rows(world)
        for name, word in where.items():
            words = word if isinstance(word, (list, tuple)) else (word,)
            if name in self.dims and name != dim.name and EVERYBODY not in words:
                frame = frame[self.among(frame, name, words)]
        column = self.column(dim.name)
        if column in self.lists:
            return tuple(sorted({c for words in frame[column] for c in words.split()}))
        return tuple(sorted(frame[column].unique().tolist()))

    def among(self, frame: pd.DataFrame, name: str, words: Sequence[Any]) -> Any:
        """Say which rows have one of the words of a dimension."""
        column = self.column(name)
        if column not in self.lists:
            return frame[column].isin(words)
        wanted = set(words)
        return frame[column].map(lambda codes: not wanted.isdisjoint(codes.split()))


@dataclass(frozen=True, eq=False)
class Things:
    """The things of a table in a world, and how they are counted."""

    count: Count
    world: World

    def _found(self, at: Place) -> pd.DataFrame:
        count, frame = self.count, self.count.rows(self.world)
        years = sorted(map(int, frame["year"].unique())) if "year" in frame else []
        for name in count.dims:
            words = listed(at, name)
            if words is None:
                continue
            gone = [y for y in words if name == "year" and not years[0] <= int(y) <= years[-1]]
            if gone:
                raise DataMissing(
                    f"no {count.says[:1].lower()}{count.says[1:]} for {some(list(map(str, gone)))}",
                    hint=f"the table covers {years[0]} to {years[-1]}",
                )
            frame = frame[count.among(frame, name, words)]
        return frame

    def value(self, metric: Metric, at: Place) -> Value:
        """Count what is asked for."""
        count, found = self.count, self._found(at)
        things = found.drop_duplicates([*count.key])
        if things.empty and not count.complete:
            raise DataMissing(
                f"table {count.table} lists nothing here: there may be others",
                hint=f"`multipolar data show {count.table}` says what it has",
            )
        names = list(dict.fromkeys(things[count.title].astype(str)))
        late = "year" in found and bool((found["year"] >= count.since).any())
        asked = [int(y) for y in listed(at, "year") or ()]
        doubt = count.doubt if late or any(y >= count.since for y in asked) else ""
        return Value(
            float(len(things)),
            self._evidence(found),
            note=joined(f"{some(names, most=NAMED)}." if names else "", count.note, doubt),
        )

    def _evidence(self, found: pd.DataFrame) -> tuple[Source, ...]:
        whole = table_source(self.world, self.count.table, self.count.unit)
        if "source" not in found or found.empty:
            return (whole,)
        rows = found[["source", "url", "grade"]].drop_duplicates("source").head(SOURCES)
        return tuple(
            replace(whole, source=r["source"], url=r["url"], grade=r["grade"], unit=self.count.unit)
            for r in rows.to_dict("records")
        )

    def array(self, metric: Metric, at: Place) -> xr.DataArray:
        """Count over the dimensions left open; what is not found is nought, or not known."""
        wanted, count, found = left_open(metric, at), self.count, self._found(at)
        columns = [count.column(n) for n in wanted]
        for column in columns:
            if column in count.lists:
                found = found.assign(**{column: found[column].str.split()}).explode(column)
        labels = {
            n: sorted(found[c].dropna().unique().tolist())
            for n, c in zip(wanted, columns, strict=True)
        }
        things = found.drop_duplicates([*count.key, *columns])
        if not wanted:
            return labelled(float(len(things)), {}, table_source(self.world, count.table))
        cells = spread(things.groupby(columns).size(), labels, 0.0 if count.complete else np.nan)
        return labelled(cells, labels, table_source(self.world, count.table))


READERS = (Things.value, Things.array)
