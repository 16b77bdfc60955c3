"""``events.date`` and ``tariffs.rate``: when something happened, and which tariff held when."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Scalar, Source
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import joined, some, table_source
from multipolar.engines.record.places import day_of, declared, labelled, left_open, listed
from multipolar.errors import DataMissing
from multipolar.text.clean import printable
from multipolar.text.dates import last_day
from multipolar.text.phrases import long_date

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

EVENTS, TARIFFS = "events", "tariffs"
REST = "WLD"  # a row for all who have none of their own
SIDES = ("importer", "exporter")
COLUMNS = {"commodity": "product"}


def _sourced(row: Mapping[str, Any], whole: Source, date: str, unit: str) -> Source:
    """Return who says what a row does."""
    return replace(
        whole, source=row["source"], url=row["url"], grade=row["grade"], date=date, unit=unit
    )


@dataclass(frozen=True, eq=False)
class EventsTable:
    """``events``, by name."""

    frame: Any
    source: Source

    @cached_property
    def rows(self) -> dict[str, Mapping[str, Any]]:
        """Rows by the name of the event."""
        return {str(r["event"]): r for r in self.frame.to_dict("records")}

    def date(self, metric: Metric, at: Place) -> Value:
        """Read when an event happened."""
        row = self.rows.get(str(at["event"]))
        if row is None:
            raise DataMissing(f"no event {printable(str(at['event']))} yet")
        until = f"Until {long_date(row['until'])}." if row["until"] else ""
        note = joined(f"{row['title']}.", until, row["note"])
        source = _sourced(row, self.source, row["date"], metric.unit)
        return Value(row["date"], (source,), note=note, through=last_day(row["date"]))

    def dates(self, metric: Metric, at: Place) -> xr.DataArray:
        """Lay the dates of all events out."""
        if not left_open(metric, at):
            return labelled(self.date(metric, at).value, {}, self.source)
        coords = {"event": list(self.rows)}
        return labelled(np.array([r["date"] for r in self.rows.values()]), coords, self.source)


@dataclass(frozen=True, eq=False)
class TariffsTable:
    """``tariffs``, by who asks for them, on whose goods and on which."""

    frame: Any
    source: Source
    today: str  # the day the table is read as of

    @cached_property
    def rows(self) -> dict[tuple[str, str, str], list[Mapping[str, Any]]]:
        """Rows by importer, exporter and product, the earliest first."""
        found: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
        ordered = self.frame.sort_values("since").fillna({"until": ""})
        for row in ordered.to_dict("records"):
            key = (str(row["importer"]), str(row["exporter"]), str(row["product"]))
            found.setdefault(key, []).append(row)
        return found

    def day(self, at: Place) -> str:
        """Return the last day of the date asked for, or of the table."""
        return day_of(at, self.today, TARIFFS, "which tariff holds")

    def held(
        self, importer: str, exporter: str, product: str, day: str
    ) -> Mapping[str, Any] | None:
        """Return the row that holds on a day: of the state itself, else the one for all others."""
        own = self._on((importer, exporter, product), day)
        if own is not None or importer == exporter:
            return own
        rest = self._on((importer, REST, product), day)
        return None if rest is None or exporter in rest["but"].split() else rest

    def _on(self, key: tuple[str, str, str], day: str) -> Mapping[str, Any] | None:
        held = [r for r in self.rows.get(key, ()) if r["since"] <= day <= (r["until"] or day)]
        return held[-1] if held else None

    def rate(self, metric: Metric, at: Place) -> Value:
        """Read the rate; of several states, if it is the same for all."""
        day, product = self.day(at), str(at["commodity"])
        sides = [listed(at, name) for name in SIDES]
        if None in sides:
            raise DataMissing("a tariff is one state's on the goods of another", hint="name both")
        pairs = [(a, b) for a in sides[0] or () for b in sides[1] or () if a != b]
        rows = {pair: self.held(*pair, product, day) for pair in pairs}
        gone = [f"{a} on {b}" for (a, b), row in rows.items() if row is None]
        if gone or not rows:
            raise DataMissing(
                f"no tariff on {product} on {long_date(day)} is on record: {some(gone)}",
                hint=self._spells(pairs[0] if pairs else ("", ""), product),
            )
        found = [row for row in rows.values() if row is not None]
        rates = sorted({float(r["rate"]) for r in found})
        if len(rates) > 1:
            said = ", ".join(f"{r:g}" for r in rates)
            raise DataMissing(f"the rates differ: {said} percent", hint="name one state")
        row = found[0]
        until = f" to {long_date(row['until'])}" if row["until"] else ""
        others = "For all without a rate of their own." if row["exporter"] == REST else ""
        note = joined(f"{row['law']}, {long_date(row['since'])}{until}.", others, row["note"])
        source = _sourced(row, self.source, row["since"], metric.unit)
        return Value(rates[0], (source,), note=note, through=day)

    def _spells(self, pair: tuple[str, str], product: str) -> str:
        rows = [*self.rows.get((*pair, product), ()), *self.rows.get((pair[0], REST, product), ())]
        spells = [f"from {r['since']} to {r['until'] or 'now'}" for r in rows]
        return f"there are some {some(spells)}" if spells else "the table is a choice, not all"

    def rates(self, metric: Metric, at: Place) -> xr.DataArray:
        """Lay rates out over what is left open; NaN where no tariff is on record."""
        wanted, day = left_open(metric, at), self.day(at)
        labels: dict[str, list[str]] = {}
        for name in ("importer", "exporter", "commodity"):
            words = listed(at, name)
            column = self.frame[COLUMNS.get(name, name)]
            labels[name] = list(words or sorted(set(column) - {REST}))
        cells = np.full([len(v) for v in labels.values()], np.nan)
        for i, a in enumerate(labels["importer"]):
            for j, b in enumerate(labels["exporter"]):
                for k, product in enumerate(labels["commodity"]):
                    row = self.held(a, b, product, day)
                    cells[i, j, k] = np.nan if row is None else row["rate"]
        array = labelled(cells, labels, self.source)
        array = array.isel({d: 0 for d in labels if d not in wanted}, drop=True)
        for dim in array.dims:
            array = array.dropna(dim, how="all")
        return array.transpose(*wanted)


@per_world
def _events(world: World) -> EventsTable:
    return EventsTable(world.table(EVENTS), table_source(world, EVENTS))


@per_world
def _tariffs(world: World) -> TariffsTable:
    day = world.day or world.date
    return TariffsTable(world.table(TARIFFS), table_source(world, TARIFFS), last_day(day))


def covered(world: World, dim: Dimension, where: Place) -> Sequence[Scalar] | None:
    """Return the words of a dimension that have rows where the others are as asked."""
    name = COLUMNS.get(dim.name, dim.name)
    if name == "event":
        return tuple(_events(world).rows)
    frame = _tariffs(world).frame
    for other, word in where.items():
        column, words = (
            COLUMNS.get(other, other),
            word if isinstance(word, (list, tuple)) else [word],
        )
        if column in frame and column != name and EVERYBODY not in words:
            kept = [*words, REST] if column == "exporter" else list(words)
            frame = frame[frame[column].isin(kept)]
    if dim.kind == "date":
        return tuple(sorted(frame["since"].unique().tolist()))
    if name not in frame:
        return None
    return tuple(sorted(set(map(str, frame[name])) - {REST}))


def dated_tables(world: World) -> tuple[Declared[World], ...]:
    """Declare the metrics of the tables ``events`` and ``tariffs``, where a world has them."""
    found: list[Declared[World]] = []
    if EVENTS in world.names:
        names = world.info(EVENTS).field("event").words
        metric = Metric(
            "events.date", (dimension("event", values=names),), "date", "Day or month of an event"
        )
        found.append(declared(metric, EVENTS, _events, EventsTable.date, EventsTable.dates))
    if TARIFFS in world.names:
        goods = world.info(TARIFFS).field("product").words
        metric = Metric(
            "tariffs.rate",
            (
                dimension("importer", "who asks for it", many=True),
                dimension("exporter", "on whose goods", many=True),
                dimension("commodity", "on which goods", goods),
                dimension("date", "day or month; the newest if left out", required=False),
            ),
            "percent",
            "Tariff in force, on top of the normal duty",
            label="Additional tariff",
            bounds=(0.0, math.inf),
        )
        found.append(declared(metric, TARIFFS, _tariffs, TariffsTable.rate, TariffsTable.rates))
    return tuple(found)
