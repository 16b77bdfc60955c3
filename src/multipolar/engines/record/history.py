"""``trade_history`` as a cube of year, exporter and importer, with what is not known left open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.declare import Value
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import joined, some
from multipolar.engines.record import widths
from multipolar.engines.record.places import Book
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats, Ints
from multipolar.world import former

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.world import World

TABLE = "trade_history"
UNTOLD = "XXX"  # partners that an exporter does not tell
MILLION = 1e6
# states that went on under the same code with more land, or less: what they were, to which year
SMALLER = {
    "DEU": (1990, "the Federal Republic alone"),
    "YEM": (1990, "the north alone"),
}

# whose sales here are short of what it publishes, as was seen of 2012 and 2016
SHORT = {"USA": "What the United States sold is short here of what it publishes, by up to"}

Asked = tuple[str, ...] | None  # the states of one side; None for everybody


@dataclass(frozen=True, eq=False)
class History(Book):
    """Exports of goods by year, exporter and importer, as the exporters reported them."""

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Every code of the table."""
        both = (self.frame["exporter"].unique(), self.frame["importer"].unique())
        return tuple(sorted({str(c) for side in both for c in side}))

    @cached_property
    def years(self) -> tuple[int, ...]:
        """The years of the table."""
        return tuple(map(int, sorted(self.frame["year"].unique())))

    @cached_property
    def _at(self) -> dict[str, int]:
        return {c: k for k, c in enumerate(self.codes)}

    @cached_property
    def _flows(self) -> Floats:
        """Flows in USD mn, shape (year, exporter, importer), NaN where the table has no row."""
        size = len(self.codes)
        cube = np.full((len(self.years), size, size), np.nan)
        year = np.searchsorted(self.years, self.frame["year"].to_numpy(int))
        sides = (self._places(self.frame[s]) for s in ("exporter", "importer"))
        cube[(year, *sides)] = self.frame["value_usd"].to_numpy(float) / MILLION
        return cube

    def _places(self, codes: pd.Series[Any]) -> Ints:
        """Return the place of each row's code; there are few codes and many rows."""
        import pandas as pd

        rows, names = pd.factorize(codes)
        return np.array([self._at[str(n)] for n in names])[rows]

    @cached_property
    def cube(self) -> Floats:
        """The same with nothing where an exporter that reported has no flow to a known partner.

        USD mn, shape (years, codes, codes), exporters before importers.

        NaN is what is not known: the exporter did not report, no exporter knows the partner that
        year, or both are one state.
        """
        have = np.isfinite(self._flows)
        known = np.array(have.any(axis=2, keepdims=True) & have.any(axis=1, keepdims=True))
        here = np.arange(len(self.codes))
        known[:, here, here] = False
        return np.where(known, np.nan_to_num(self._flows), np.nan)

    def reporters(self, year: int) -> frozenset[str]:
        """Return the states that reported what they sold in a year."""
        there = np.isfinite(self._flows[self._of(year)]).any(axis=1)
        return frozenset(c for c, t in zip(self.codes, there, strict=True) if t)

    def partners(self, year: int) -> frozenset[str]:
        """Return the states that somebody reported to have sold to in a year."""
        there = np.isfinite(self._flows[self._of(year)]).any(axis=0)
        return frozenset(c for c, t in zip(self.codes, there, strict=True) if t and c != UNTOLD)

    def _of(self, year: int) -> int:
        if year not in self.years:
            raise DataMissing(
                f"no trade of {year} in the table {TABLE}",
                hint=f"it has every fourth year from {self.years[0]} to {self.years[-1]}",
            )
        return self.years.index(year)

    def _side(self, asked: Asked, year: int, side: str) -> tuple[list[str], str]:
        """Return the codes of one side that have flows, and what to know of them.

        Raises:
            DataMissing: one of them is inside another, has not reported, or is not known.
        """
        have = self.reporters(year) if side == "exporter" else self.partners(year)
        if asked is None:
            return sorted(have) + ([UNTOLD] if side == "importer" else []), ""
        kept: dict[str, None] = {}
        silent, left = [], []
        for code in asked:
            part = former.part_of(code, year, TABLE)
            if part is not None:
                whole = former.former().get(part.whole)
                others = whole.heirs if whole else (part.whole,)
                if part.whole in asked or (len(asked) > 1 and set(others) <= set(asked)):
                    kept[part.whole] = None
                    continue
                what, hint = former.gone(part, self.names)
                raise DataMissing(what, hint=hint)
            if code in have:
                kept[code] = None
            elif side == "exporter":
                silent.append(code)
            else:
                left.append(code)
        if silent:
            raise self._silent(silent[0], year)
        if not kept:
            raise DataMissing(
                f"no exporter reported trade with {some(left)} for {year} in {TABLE}",
                hint=self._when(left[0], 1),
            )
        note = f"Without {some(left)}, to whom nobody reported to sell." if left else ""
        return list(kept), note

    def _silent(self, code: str, year: int) -> DataMissing:
        name = self.names.get(code) or former.label(code)
        sold = code in self.partners(year)
        return DataMissing(
            f"{name} did not report to UN Comtrade what it sold in {year}",
            hint=self._when(code, 2) + ("; what others sold to it is there" if sold else ""),
        )

    def _when(self, code: str, axis: int) -> str:
        if code not in self._at:
            return f"{code} is not in the table {TABLE}"
        there = np.take(np.isfinite(self._flows).any(axis=axis), self._at[code], axis=1)
        years = [str(y) for y, t in zip(self.years, there, strict=True) if t]
        verb = "was sold to" if axis == 1 else "reported"
        return f"it {verb} in {some(years, most=14)}" if years else f"it never {verb} in {TABLE}"

    def value(self, exporters: Asked, importers: Asked, year: int) -> Value:
        """Read what exporters sold to importers in a year, USD mn."""
        self._of(year)
        sold, about = self._side(exporters, year, "exporter")
        bought, more = self._side(importers, year, "importer")
        rows, columns = ([self._at[c] for c in codes] for codes in (sold, bought))
        flows = self._flows[self._of(year)]
        cells = flows[np.ix_(rows, columns)].copy()
        cells[np.equal.outer(rows, columns)] = np.nan  # what returns home is no trade
        if len(rows) == 1 and len(columns) == 1 and rows == columns:
            raise DataMissing(f"{sold[0]} with itself is no trade", hint="name two states")
        value = float(np.nansum(cells))
        short = float(np.nansum(cells[[c in SHORT for c in sold]]))
        lack = short * widths.SHORT / (1 - widths.SHORT)
        notes = [about, more, *self._notes(exporters, importers, year)]
        untold = 0.0
        if exporters is None:
            notes.append(f"Sum of the {len(sold)} states that reported.")
        elif importers is not None and not np.isfinite(cells).any():
            untold = float(np.nansum(flows[rows, self._at[UNTOLD]]))
            notes.append("The exporter reported and has no such flow.")
        return Value(
            value,
            (replace(self.source, unit="USD mn"),),
            note=joined(*notes),
            error=float(np.hypot.reduce([widths.TRADE * (value - short), lack, untold])),
            error_of=widths.REPORTERS,
        )

    def _notes(self, exporters: Asked, importers: Asked, year: int) -> list[str]:
        asked = [*(exporters or ()), *(importers or ())]
        found = [former.said(asked, [year], TABLE, self.names)]
        for code, (last, what) in SMALLER.items():
            if code in asked and year <= last:
                found.append(f"{self.names.get(code, code)} is {what} to {last}.")
        found += [f"{SHORT[c]} {widths.SHORT:.0%}." for c in exporters or () if c in SHORT]
        return found


@per_world
def history(world: World) -> History:
    """Return the table of a world."""
    return History.of(world, TABLE)


# customs that publish no partners any more, and since when: the Russian service suspended its
# statistics in April 2022
STOPPED = {"RUS": 2022}


def silent(world: World, codes: Sequence[str], year: int) -> frozenset[str]:
    """Return which states were not reporting their trade to the United Nations about a year.

    Those that did not in the years of ``trade_history`` next to it, before and after.

    Example:
        >>> from multipolar.world import World
        >>> sorted(silent(World.load(), ["DEU", "PRK", "TKM"], 2014))
        ['PRK', 'TKM']
    """
    if TABLE not in world.whole.names:
        return frozenset()
    table = history(world.whole)
    before = [y for y in table.years if y <= year][-1:] or list(table.years[:1])
    after = [y for y in table.years if y >= year][:1] or list(table.years[-2:])
    told = frozenset[str]().union(*(table.reporters(y) for y in {*before, *after}))
    return frozenset(
        c
        for c in codes
        if (c not in told and former.part_of(c, before[0], TABLE) is None)
        or STOPPED.get(c, 9999) <= year
    )
