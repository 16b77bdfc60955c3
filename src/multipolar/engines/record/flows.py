"""What states sell each other, from tables that a user adds: BACI, FIGARO, SIPRI's arms register.

These tables list what there is, and have no rows of zero. What a pair without a row means is one
rule a table (:attr:`Flows.absent`): in BACI nothing, where both have trade that year and one of
them reports it, for BACI takes what either side reports (Gaulier and Zignago 2010), and unknown
where neither does; in FIGARO, which has every cell, nothing; on SIPRI's register unknown. A state
that has no row at all in a year is not covered then, and the place is refused, with who has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Own, Scalar, Where
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import joined, some, table_source
from multipolar.engines.record import widths
from multipolar.engines.record.history import silent
from multipolar.engines.record.places import (
    calendar_year,
    check_size,
    dated,
    labelled,
    left_open,
    listed,
    spread,
)
from multipolar.engines.record.unions import absent, apart, unreported, with_former
from multipolar.errors import DataMissing, EngineError
from multipolar.numerics.arrays import Floats
from multipolar.world import former, hs

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from multipolar.world import World

SIDES = ("exporter", "importer")
MAX_UNQUANTIFIED = 0.1  # beyond this share of the value a sum in tonnes would mislead
REST = "ROW"
_GOODS = (*(s for s, *_ in hs.SECTIONS), *(f"{c:02}" for c in sorted(hs.SECTION_OF)))
# unions of BACI under the code of the state that shipped tables have them under
_UNITED = {"BLX": "BEL", "ZA1": "ZAF"}
MILLION = 1e6


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
        absent: what a pair without a row is: ``nothing``, nothing where one of the two has
            ``reported`` its trade, or ``unknown``.
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
    absent: Literal["nothing", "reported", "unknown"] = "unknown"

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
                with_former(
                    dimension("exporter", "who sells; World for everybody", own=self.own),
                    self.table,
                ),
                with_former(dimension("importer", "who buys; World for everybody"), self.table),
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
        return self._held(world, year).rows

    def _held(self, world: World, year: int) -> Held:
        table = self.tables(world)[year]
        return _held(world, table, year, self.yearly, self.absent == "reported")

    def known(self, world: World, year: int) -> frozenset[str]:
        """Return who has a row of a year, on either side."""
        return self._held(world, year).known

    def _asked(self, world: World, at: Place, side: str, year: int) -> tuple[list[str] | None, str]:
        """Return the states of one side as the table has them in a year, and what to know of them.

        Raises:
            DataMissing: the table has nothing of one of them that year.
        """
        words = listed(at, side)
        if words is None:
            return None, ""
        held, labels = self._held(world, year), world.names_index.labels
        codes = [held.code(str(w)) for w in words]
        note = apart(codes, [year], held.table, labels)
        there = [c for c in codes if c in held.known]
        gone = [c for c in codes if c not in held.known and not former.part_of(c, year, held.table)]
        if gone or not there:
            raise absent(gone or codes, held.known, [year], held.table)
        return there, note

    def _picked(self, world: World, at: Place, year: int) -> pd.DataFrame:
        rows = self.frame(world, year)
        for side in SIDES:
            codes, _ = self._asked(world, at, side, year)
            if codes is not None:
                rows = rows[rows[self.column(side)].isin(codes)]
        for name, (_, columns) in self.kind.items():
            if (words := listed(at, name)) is not None:
                rows = rows[_among(rows, columns, words, name)]
        return rows

    def _gaps(
        self, world: World, at: Place, year: int, rows: pd.DataFrame
    ) -> tuple[list[tuple[str, str]], int]:
        """Return the pairs asked for that are not known, and how many were asked for."""
        sides = [self._asked(world, at, s, year)[0] for s in SIDES]
        sellers, buyers = sides
        if sellers is None or buyers is None:
            return [], 0
        pairs = [(a, b) for a, b in product(sellers, buyers) if a != b]
        if not pairs and not len(rows):
            raise DataMissing("a state with itself is no trade", hint="name two states")
        if self.absent == "nothing":
            return [], len(pairs)
        have = set(zip(*(rows[self.column(s)].astype(str) for s in SIDES), strict=True))
        quiet = self._held(world, year).silent
        loud = self.absent == "reported"
        unknown = [p for p in pairs if p not in have and not (loud and set(p) - quiet)]
        return unknown, len(pairs)

    def _years(self, world: World, at: Place) -> list[int]:
        years = listed(at, "year")
        return [int(y) for y in years] if years else sorted(self.tables(world))

    def read(self, world: World, at: Place) -> Value:
        """Read one value: what the rows of a place add up to, or a share."""
        years = self._years(world, at)
        parts = [self._picked(world, at, y) for y in years]
        notes = [*self._notes(world, at, years, parts), self._without_quantity(parts)]
        total = sum(float(p[self.value].sum()) for p in parts) * self.scale
        sources = tuple(
            dict.fromkeys(table_source(world, self.tables(world)[y], self.unit) for y in years)
        )
        error = self.error_share * total if self.error_share else None
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

    def _notes(
        self, world: World, at: Place, years: Sequence[int], parts: Sequence[pd.DataFrame]
    ) -> list[str]:
        """Say who stands in whom, and how many of the pairs asked for are not known.

        Raises:
            DataMissing: there is no row, and none of the pairs is known to have no flow.
        """
        notes = [self._asked(world, at, s, y)[1] for s in SIDES for y in years]
        gaps = [self._gaps(world, at, y, p) for y, p in zip(years, parts, strict=True)]
        short, due = (sum(n) for n in zip(*((len(g), n) for g, n in gaps), strict=True))
        if sum(map(len, parts)):
            lack = f"Of {due} pairs, {short} have no flow listed, and it may be unknown."
            return [*notes, lack * (short > 0)]
        if self.absent == "reported" and due and short == due:
            sellers, buyers = (listed(at, s) or () for s in SIDES)
            raise unreported(sellers, buyers, years[-1])
        if self.absent == "unknown":
            raise DataMissing(
                f"{self.table} lists no such flow, which may be nothing or unknown",
                hint="name more states, goods or years",
            )
        return [*notes, "No flow is on record."]

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
            n: self._labels(world, n, rows[c], years) for n, c in zip(wanted, columns, strict=True)
        }
        check_size(self.name, [len(v) for v in labels.values()])
        return labelled(
            self._filled(world, at, spread(series, labels, np.nan), labels), labels, source
        )

    def _labels(self, world: World, name: str, column: Any, years: Sequence[int]) -> list[Any]:
        """Return the words along a dimension; of states also those without a flow of that kind."""
        if name in SIDES and self.absent != "unknown" and len(years) == 1:
            return sorted(self.known(world, years[0]))
        return sorted(column.astype(object).unique().tolist())

    def _filled(
        self, world: World, at: Place, cells: Any, labels: Mapping[str, Sequence[Any]]
    ) -> Any:
        """Put nothing where it is known that there is no flow; of a year, by pair of states."""
        years = self._years(world, at)
        if self.absent == "unknown" or len(years) > 1:
            return cells
        sides = [
            list(map(str, labels[s])) if s in labels else self._asked(world, at, s, years[0])[0]
            for s in SIDES
        ]
        quiet = self._held(world, years[0]).silent if self.absent == "reported" else frozenset()
        # of everybody one reports
        loud = [np.array([c not in quiet for c in s] if s else [True]) for s in sides]
        known = loud[0][:, None] | loud[1][None, :]
        if sides[0] and sides[1]:
            known &= np.not_equal.outer(sides[0], sides[1])
        known = known if SIDES[0] in labels else known.any(axis=0, keepdims=True)
        known = known if SIDES[1] in labels else known.any(axis=1, keepdims=True)
        axes = [n for n in SIDES if n in labels]
        known = known.squeeze(tuple(k for k, s in enumerate(SIDES) if s not in labels))
        known = known.reshape([len(w) if n in axes else 1 for n, w in labels.items()])
        return np.where(np.isnan(cells) & known, 0.0, cells)

    def square(self, world: World, year: int, codes: Sequence[str]) -> Floats:
        """Return all flows of a year by exporter and importer; NaN where they are not known.

        In the metric's unit, shape (codes, codes).
        """
        held = self._held(world, year)
        place = {c: k for k, c in enumerate(codes)}
        cells = np.full((len(codes),) * 2, np.nan)
        own = [place[c] for c in codes if c in held.known]
        cells[np.ix_(own, own)] = 0.0
        quiet = [place[c] for c in codes if c in held.known & held.silent]
        cells[np.ix_(quiet, quiet)] = np.nan
        keys = [self.column(s) for s in SIDES]
        sums = held.rows.groupby(keys, observed=True)[self.value].sum() * self.scale
        found = spread(sums, dict.fromkeys(SIDES, codes), np.nan)
        cells = np.where(np.isnan(found), cells, found)
        np.fill_diagonal(cells, np.nan)
        return cells

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
                known |= self._held(world, int(str(y))).known
        return tuple(sorted(known - {REST}))


@dataclass(frozen=True, eq=False)
class Held:
    """What a table has of a year.

    Attributes:
        table: its name.
        rows: of the year.
        year: of the rows.
        silent: who was not reporting trade that year; nobody where that is no matter.
    """

    table: str
    rows: pd.DataFrame
    year: int
    silent: frozenset[str]

    @cached_property
    def known(self) -> frozenset[str]:
        """Who has a row, on either side."""
        return _codes(self.rows)

    def code(self, asked: str) -> str:
        """Return the code that a union has in the table that year."""
        whole = _UNITED.get(asked, asked)
        return whole if former.held(whole, self.year, self.table) else asked


def _codes(rows: pd.DataFrame) -> frozenset[str]:
    sides = [c for c in (*SIDES, "supplier", "recipient") if c in rows]
    return frozenset(str(w) for c in sides for w in rows[c].unique())


@per_world
def _held(world: World, table: str, year: int, whole: bool, reported: bool) -> Held:
    """Return a year of a table: all of it, or what it has of the year."""
    rows: pd.DataFrame = world.table(table)
    rows = rows if whole else rows[rows["year"] == year]
    if reported:  # by the codes of the shipped tables
        rows = rows.assign(**{s: rows[s].astype(object).replace(_UNITED) for s in SIDES})
    quiet = silent(world, sorted(_codes(rows)), year) if reported else frozenset[str]()
    return Held(table, rows, year, quiet)


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
        siblings=("baci.quantity", "baci.share"), absent="reported",
    ),
    Flows(
        "baci.quantity", "baci", "quantity", "t", "Quantity of trade in goods",
        "multipolar data add baci FILE", yearly=True, kind=_BACI, weighed="unquantified",
        error_share=widths.TRADE, error_of=widths.REPORTERS, siblings=("baci.value",),
        absent="reported",
    ),
    Flows(
        "baci.share", "baci", "value", "percent",
        "Share of the exporter in all goods that the importer buys, by value",
        "multipolar data add baci FILE", yearly=True, kind=_BACI, share=True,
        error_share=widths.TRADE, error_of=widths.REPORTERS, siblings=("baci.value",),
        absent="reported",
    ),
    Flows(
        "figaro.sales", "figaro", "value", "EUR mn",
        "Sales of an economy's industries to users in another, or at home",
        "multipolar data add figaro FILE", yearly=True, own="itself",
        kind={"sector": ((), ("sector",)), "part": (("intermediate", "final"), ("part",))},
        error_share=widths.GOODS, error_of=widths.TABLE, absent="nothing",
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
