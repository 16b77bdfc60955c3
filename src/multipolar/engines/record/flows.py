"""What states sell each other, from tables that a user adds: BACI, FIGARO, SIPRI's arms register.

These tables list what there is, and have no rows of zero: a place without any row is not known. Of
a list of states, what there is of it is added up, and the reading says how many of the pairs have
rows. A state that has no row at all in a year is not covered then, and the place is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Own, Scalar, Where
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import joined, some, table_source
from multipolar.engines.record import widths
from multipolar.engines.record.places import (
    calendar_year,
    check_size,
    dated,
    labelled,
    left_open,
    listed,
)
from multipolar.errors import DataMissing, EngineError
from multipolar.world import hs

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from multipolar.world import World

SIDES = ("exporter", "importer")
MAX_UNQUANTIFIED = 0.1  # beyond this share of the value a sum in tonnes would mislead
REST = "ROW"
_GOODS = (*(s for s, *_ in hs.SECTIONS), *(f"{c:02}" for c in sorted(hs.SECTION_OF)))
# codes of what stands together in BACI, and whom a reader may have asked for
_TOGETHER = {"BEL": "BLX to 1998", "LUX": "BLX to 1998", "SRB": "SCG to 2005", "MNE": "SCG to 2005",
             "BWA": "ZA1 to 1999", "LSO": "ZA1 to 1999", "NAM": "ZA1 to 1999",
             "SWZ": "ZA1 to 1999", "ZAF": "ZA1 to 1999", "RUS": "SUN to 1991",
             "SSD": "SDN to 2011"}  # fmt: skip


@dataclass(frozen=True)
class Flows:
    """A metric over tables of flows.

    Attributes:
        name: of the metric.
        table: of all years; or its name before ``_YYYY`` where each year has its own.
        yearly: whether each year has a table.
        value: the column that is added up.
        unit, scale: of a reading, and what the column is multiplied by to be in it.
        says: what is measured.
        kind: of a dimension more, with its words and the columns that hold them.
        share: whether a reading is the exporter's share in all that the importer buys.
        weighed: the column of value without a quantity, of quantities.
        command: what adds the table.
        columns: of the sides, where they go by other names.
        own: whether a state may be both sides: its sales at home.
    """

    name: str
    table: str
    value: str
    unit: str
    says: str
    command: str
    scale: float = 1.0
    yearly: bool = False
    kind: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)
    share: bool = False
    weighed: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    error_share: float = 0.0
    error_of: str = ""
    siblings: tuple[str, ...] = ()
    own: Own = "in a group"

    def tables(self, world: World) -> dict[int, str]:
        """Return the table of each year that a world has."""
        if not self.yearly:
            if self.table not in world.names:
                return {}
            span = world.info(self.table).field("year").span or (0, -1)
            return dict.fromkeys(range(span[0], span[1] + 1), self.table)
        found = (re.fullmatch(rf"{self.table}_(\d{{4}})", name) for name in world.names)
        return {int(m[1]): m[0] for m in sorted(filter(None, found), key=lambda m: m[1])}

    def _kinds(self, world: World) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return the dimensions more; words that are not said are those of the newest table."""
        newest = self.tables(world)[max(self.tables(world))]
        return {
            name: (words or world.info(newest).field(columns[-1]).words, columns)
            for name, (words, columns) in self.kind.items()
        }

    def column(self, name: str) -> str:
        """Return the column that holds the words of a dimension."""
        return self.columns.get(name, name)

    def declared(self, world: World) -> Declared[World] | None:
        """Declare the metric; None where there is no table of it."""
        years = self.tables(world)
        if not years:
            return None
        more = (
            dimension(name, "which; all if left out", words, required=False, many=True, opens=False)
            for name, (words, _) in self._kinds(world).items()
        )
        metric = Metric(
            self.name,
            (
                dimension("exporter", "who sells; World for everybody", own=self.own),
                dimension("importer", "who buys; World for everybody"),
                *more,
                calendar_year(min(years), max(years)),
            ),
            "percent" if self.share else self.unit,
            self.says,
            "sum",
            error_share=0.0 if self.share else self.error_share,
            error_of=self.error_of,
            siblings=self.siblings,
            bounds=(0.0, 100.0) if self.share else None,
        )
        return Declared(
            metric,
            lambda world, at: dated(self.read(world, at), at),
            grid=lambda world, at: self.array(world, metric, at),
            many=True,
        )

    # Rows -----------------------------------------------------------------------------------

    def frame(self, world: World, year: int) -> pd.DataFrame:
        """Return the rows of a year.

        Raises:
            DataMissing: no table of it is at hand.
        """
        years = self.tables(world)
        if year not in years:
            have = sorted(years)
            raise DataMissing(
                f"no {self.name} for {year}",
                hint=f"{some(list(map(str, have)), most=8)} are at hand; `{self.command}` adds more"
                if self.yearly
                else f"the table covers {have[0]} to {have[-1]}",
            )
        return _rows(world, years[year], None if self.yearly else year)

    def _picked(self, world: World, at: Place, year: int) -> pd.DataFrame:
        rows = self.frame(world, year)
        for side in SIDES:
            words = listed(at, side)
            column = self.column(side)
            if words is None:
                continue
            known = _known(world, self.tables(world)[year], None if self.yearly else year)
            gone = [str(w) for w in words if w not in known]
            if gone:
                why = [f"{c} stands in {_TOGETHER[c]}" for c in gone if c in _TOGETHER]
                raise DataMissing(
                    f"{self.table} of {year} has nothing of {some(gone)}",
                    hint="; ".join(why) or "leave it out, or take another year",
                )
            rows = rows[rows[column].isin(words)]
        for name, (_, columns) in self.kind.items():
            if (words := listed(at, name)) is not None:
                rows = rows[_among(rows, columns, words, name)]
        return rows

    def _years(self, world: World, at: Place) -> list[int]:
        years = listed(at, "year")
        return [int(y) for y in years] if years else sorted(self.tables(world))

    def read(self, world: World, at: Place) -> Value:
        """Read one value: what the rows of a place add up to, or a share."""
        years = self._years(world, at)
        parts = [self._picked(world, at, y) for y in years]
        count = sum(map(len, parts))
        if not count:
            raise DataMissing(
                f"{self.table} lists no such flow, which may be nothing or unknown",
                hint="name more states, goods or years",
            )
        total = sum(float(p[self.value].sum()) for p in parts) * self.scale
        notes = [self._pairs(parts, at), self._without_quantity(parts)]
        sources = tuple(
            dict.fromkeys(table_source(world, self.tables(world)[y], self.unit) for y in years)
        )
        error = None
        if self.share:
            whole = {**at, "exporter": EVERYBODY}
            bought = sum(float(self._picked(world, whole, y)[self.value].sum()) for y in years)
            bought *= self.scale
            if bought <= 0:
                raise DataMissing("nothing is listed that the share is of")
            error = 100 * widths.of_ratio(total, bought, self.error_share)
            total = 100 * total / bought
        return Value(
            total, sources, note=joined(*notes), error=error,
            error_of=self.error_of if error is not None else "",
        )  # fmt: skip

    def _pairs(self, parts: Sequence[pd.DataFrame], at: Place) -> str:
        """Say how many of the pairs asked for have rows, where some have none."""
        sides = [listed(at, s) for s in SIDES]
        if any(s is None for s in sides):
            return ""
        due = len({(a, b) for a in sides[0] or () for b in sides[1] or () if a != b})
        have = {
            pair
            for p in parts
            for pair in p[[self.column(s) for s in SIDES]].drop_duplicates().itertuples(index=False)
        }
        short = due - len({tuple(p) for p in have if p[0] != p[1]})
        return f"Of {due} pairs, {short} have no flow listed." if short > 0 else ""

    def _without_quantity(self, parts: Sequence[pd.DataFrame]) -> str:
        if not self.weighed:
            return ""
        value = sum(float(p["value"].sum()) for p in parts)
        open_ = sum(float(p[self.weighed].sum()) for p in parts)
        if open_ > MAX_UNQUANTIFIED * value:
            raise DataMissing(
                f"{open_ / value:.0%} of the value has no quantity",
                hint="read the value, or goods that are weighed",
            )
        return f"{open_ / value:.1%} of the value has no quantity, and is left out." * bool(open_)

    def array(self, world: World, metric: Metric, at: Place) -> xr.DataArray:
        """Read values over the dimensions left open; what has no row is NaN."""
        sums = self._sums(world, metric, at)
        if not self.share:
            return sums
        if set(left_open(metric, at)) - {"exporter"}:
            raise EngineError(f"{self.name} runs over exporters alone", hint="name the others")
        bought = sum(
            float(self._picked(world, {**at, "exporter": EVERYBODY}, y)[self.value].sum())
            for y in self._years(world, at)
        )
        return 100 * sums / bought if bought > 0 else sums * np.nan

    def _sums(self, world: World, metric: Metric, at: Place) -> xr.DataArray:
        import pandas as pd

        wanted = left_open(metric, at)
        years = self._years(world, at)
        parts = [self._picked(world, at, y).assign(year=y) for y in years]
        rows = pd.concat(parts, ignore_index=True)
        if rows.empty:
            raise DataMissing(f"{self.table} lists no such flow")
        self._without_quantity([rows])
        columns = [self.kind[n][1][-1] if n in self.kind else self.column(n) for n in wanted]
        source = table_source(world, self.tables(world)[years[0]], self.unit)
        if not wanted:
            return labelled(float(rows[self.value].sum()) * self.scale, {}, source)
        series = rows.groupby(columns, observed=True)[self.value].sum(min_count=1) * self.scale
        labels = {
            n: sorted(rows[c].astype(object).unique().tolist())
            for n, c in zip(wanted, columns, strict=True)
        }
        check_size(self.name, [len(v) for v in labels.values()])
        index = [series.index.get_level_values(k) for k in range(len(wanted))]
        cells = np.full([len(v) for v in labels.values()], np.nan)
        places = [
            pd.Index(words).get_indexer(pd.Index(level.astype(object)))
            for words, level in zip(labels.values(), index, strict=True)
        ]
        cells[tuple(places)] = series.to_numpy(float)
        return labelled(cells, labels, source)

    def covers(self, world: World, dim: Dimension, where: Where) -> Sequence[Scalar] | None:
        """Return the years at hand, or the states that have rows in the years asked for."""
        if dim.name == "year":
            return tuple(self.tables(world))
        if dim.name in self.kind:
            return self._kinds(world)[dim.name][0]
        years = where.get("year")
        asked = years if isinstance(years, (list, tuple)) else [years]
        have = self.tables(world)
        known: set[str] = set()
        for y in asked if years is not None else have:
            if y in have:
                known |= _known(world, have[int(str(y))], None if self.yearly else int(str(y)))
        return tuple(sorted(known - {REST}))


@per_world
def _rows(world: World, table: str, year: int | None) -> pd.DataFrame:
    rows: pd.DataFrame = world.table(table)
    return rows if year is None else rows[rows["year"] == year]


@per_world
def _known(world: World, table: str, year: int | None) -> frozenset[str]:
    """Return who has a row of a year, on either side."""
    rows = _rows(world, table, year)
    sides = [c for c in (*SIDES, "supplier", "recipient") if c in rows]
    return frozenset(str(w) for c in sides for w in rows[c].unique())


def _among(rows: pd.DataFrame, columns: Sequence[str], words: Sequence[Any], name: str) -> Any:
    """Mark rows of any of the words; a word and a part of it count once, and are refused."""
    held = [rows[c].isin(words).to_numpy() for c in columns]
    if len(held) > 1 and (np.sum(held, axis=0) > 1).any():
        raise EngineError(
            f"{some([str(w) for w in words])}: a section and a chapter of it",
            where=f"{name}",
            hint="name the section, or its chapters",
        )
    return np.any(held, axis=0)


_BACI = {"commodity": (_GOODS, ("section", "hs2"))}
FLOWS: tuple[Flows, ...] = (
    Flows(
        "baci.value", "baci", "value", "USD mn", "Value of trade in goods, free on board",
        "multipolar data add baci FILE", scale=1e-6, yearly=True, kind=_BACI,
        error_share=widths.TRADE, error_of=widths.REPORTERS,
        siblings=("baci.quantity", "baci.share"),
    ),
    Flows(
        "baci.quantity", "baci", "quantity", "t", "Quantity of trade in goods",
        "multipolar data add baci FILE", yearly=True, kind=_BACI, weighed="unquantified",
        error_share=widths.TRADE, error_of=widths.REPORTERS, siblings=("baci.value",),
    ),
    Flows(
        "baci.share", "baci", "value", "percent",
        "Share of the exporter in all goods that the importer buys, by value",
        "multipolar data add baci FILE", yearly=True, kind=_BACI, share=True,
        error_share=widths.TRADE, error_of=widths.REPORTERS, siblings=("baci.value",),
    ),
    Flows(
        "figaro.sales", "figaro", "value", "EUR mn",
        "Sales of an economy's industries to users in another, or at home",
        "multipolar data add figaro FILE", yearly=True, own="itself",
        kind={"sector": ((), ("sector",)), "part": (("intermediate", "final"), ("part",))},
        error_share=widths.GOODS, error_of=widths.TABLE,
    ),
    Flows(
        "sipri.deliveries", "sipri_arms", "tiv", "million TIV",
        "Major arms delivered, in SIPRI's trend indicator values, spread evenly over the years of "
        "a deal",
        "multipolar data add arms FILE",
        columns={"exporter": "supplier", "importer": "recipient"},
    ),
)  # fmt: skip
NAMED: Mapping[str, Flows] = {f.name: f for f in FLOWS}
TABLES = frozenset(
    {
        *(f.table for f in FLOWS if not f.yearly),
        *(f"{t}_{y}" for t in {f.table for f in FLOWS if f.yearly} for y in range(1900, 2201)),
    }
)


def flows(world: World) -> tuple[Declared[World], ...]:
    """Declare the metrics of the tables of flows that a world has."""
    return tuple(d for f in FLOWS if (d := f.declared(world)) is not None)
