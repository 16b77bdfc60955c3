"""``trade_partners``: the five largest partners of each state, and flows made of their shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from multipolar.engines.api.declare import Value
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import joined, some
from multipolar.engines.record import widths
from multipolar.engines.record.history import Asked
from multipolar.engines.record.places import Book
from multipolar.errors import DataMissing

if TYPE_CHECKING:
    from multipolar.world import World

TABLE = "trade_partners"
MILLION = 1e6
ROUNDED = 0.5  # shares are whole percent


class Row(NamedTuple):
    """One partner of one list."""

    share: float
    total: float  # USD mn of goods and services, NaN where not known
    doubtful: bool


@dataclass(frozen=True, eq=False)
class Partners(Book):
    """The lists of partners: what is in neither of two states' lists is not known."""

    @cached_property
    def _rows(self) -> dict[tuple[int, str, str, str], Row]:
        """Rows by year, flow, reporter and partner."""
        found = {}
        for r in self.frame.itertuples(index=False):
            other = r.importer if r.flow == "exports" else r.exporter
            row = Row(float(r.share), float(r.total_usd) / MILLION, r.quality != "ok")
            found[int(r.year), str(r.flow), str(r.reporter), str(other)] = row
        return found

    @cached_property
    def years(self) -> tuple[int, ...]:
        """The years of the table."""
        return tuple(sorted({y for y, *_ in self._rows}))

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The states of the table."""
        return tuple(sorted({c for _, _, *pair in self._rows for c in pair}))

    @cached_property
    def usual(self) -> tuple[int, ...]:
        """The years of most states: a few territories have others."""
        years = self.frame["year"].value_counts()
        return tuple(sorted(int(y) for y, n in years.items() if 2 * n > len(self.frame)))

    def beside(self, code: str) -> set[str]:
        """Return the states of which a flow with another one is known; all if none is named."""
        pairs = [{reporter, other} for _, _, reporter, other in self._rows]
        return set[str]().union(*(p for p in pairs if not code or code in p)) - {code}

    def _listed(self, year: int, flow: str, reporter: str) -> list[str]:
        return [p for y, f, r, p in self._rows if (y, f, r) == (year, flow, reporter)]

    def _missing(self, exporter: str, importer: str, year: int) -> DataMissing:
        if year not in self.years:
            years = some([str(y) for y in self.usual])
            return DataMissing(
                f"no partners of {year} in the table {TABLE}", hint=f"it has {years}"
            )
        sold, bought = (
            self._listed(year, flow, code)
            for flow, code in (("exports", exporter), ("imports", importer))
        )
        names = self.names.get(exporter, exporter), self.names.get(importer, importer)
        there = [f"{names[0]} sells most to {some(sold)}"] if sold else []
        there += [f"{names[1]} buys most from {some(bought)}"] if bought else []
        return DataMissing(
            f"{names[0]} to {names[1]} is not among the five largest flows of either in {year}",
            hint="; ".join(there) or f"the table {TABLE} has no list of either",
        )

    def one(self, exporter: str, importer: str, year: int) -> tuple[float, str, bool]:
        """Return one flow in USD mn, what to know of it, and whether it is the importer's figure.

        Raises:
            DataMissing: it is in neither list, or the total that its share is of is not known.
        """
        own = self._rows.get((year, "exports", exporter, importer))
        other = self._rows.get((year, "imports", importer, exporter))
        if own is None and other is None:
            raise self._missing(exporter, importer, year)
        by_exporter = own is not None and np.isfinite(own.total)
        row = own if by_exporter else other
        if row is None or not np.isfinite(row.total):
            raise DataMissing(
                f"what {exporter} sold in {year} is not known in all, only the share of {importer}",
                hint="read merchandise.trade_share",
            )
        who, what = (exporter, "exports") if by_exporter else (importer, "imports")
        says = f"{row.share:g}% of the {what} of {self.names.get(who, who)} in goods and services."
        mirrored = "" if by_exporter else "By the importer: the exporter's list does not have it."
        doubt = "Doubtful in the source." if row.doubtful else ""
        return row.share / 100 * row.total, joined(says, mirrored, doubt), not by_exporter

    def value(self, exporters: Asked, importers: Asked, year: int) -> Value:
        """Add up flows between states named, USD mn; a share of goods times all trade."""
        if exporters is None or importers is None:
            raise DataMissing(
                f"the table {TABLE} has the five largest partners, not all trade",
                hint="name both sides",
            )
        found = [self.one(e, i, year) for e in exporters for i in importers if e != i]
        if not found:
            raise DataMissing("a state with itself is no trade", hint="name two states")
        notes = dict.fromkeys(n for _, n, _ in found)
        said = joined(*notes) if len(notes) <= len("few") else f"Sum of {len(found)} flows."
        value = sum(v for v, *_ in found)
        parts = [widths.PARTNERS * v for v, *_ in found]
        return Value(
            value,
            (replace(self.source, unit="USD mn"),),
            note=joined(said, "Made of a share in trade of goods, in whole percent: ours."),
            error=float(np.hypot.reduce(parts)),
            error_of=widths.REPORTERS,
        )

    def share(self, country: str, flow: str, partner: str, year: int) -> Value:
        """Read the share of a partner in a state's exports or imports, percent.

        Raises:
            DataMissing: the partner is not among the five largest of the state.
        """
        row = self._rows.get((year, flow, country, partner))
        if row is None:
            listed = self._listed(year, flow, country)
            if year not in self.years or not listed:
                raise self._missing(country, partner, year)
            name = self.names.get(country, country)
            raise DataMissing(
                f"{partner} is not among the five largest in the {flow} of {name} in {year}",
                hint=f"there it has {some(listed)}",
            )
        error = np.hypot(ROUNDED, 100 * widths.of_ratio(row.share, 100.0, widths.TRADE))
        return Value(
            row.share,
            (replace(self.source, unit="percent"),),
            note=joined("Whole percent.", "Doubtful in the source." if row.doubtful else ""),
            error=float(error),
            error_of=widths.REPORTERS,
        )


@per_world
def partners(world: World) -> Partners:
    """Return the table of a world."""
    return Partners.of(world, TABLE)
