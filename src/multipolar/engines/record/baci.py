"""The years of BACI that a user added (tables ``baci_2023`` and the like), all goods together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.contract import Source
from multipolar.engines.api.declare import Value
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import joined, table_source
from multipolar.engines.record import widths
from multipolar.engines.record.history import Asked, silent
from multipolar.engines.record.unions import absent, apart, unreported
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats

if TYPE_CHECKING:
    from multipolar.world import World

MILLION = 1e6
# unions under the code of the state that shipped tables have them under
UNITED = {"BLX": "BEL", "ZA1": "ZAF"}


@dataclass(frozen=True, eq=False)
class Baci:
    """All goods between states in a year, USD mn.

    Attributes:
        name: of the table.
        year: its year.
        frame: pandas.DataFrame of exporter, importer and value in USD, a row a chapter.
        source: who stands behind it.
        names: labels of states by code.
        silent: states that did not report their trade in the year.
    """

    name: str
    year: int
    frame: Any
    source: Source
    names: dict[str, str]
    silent: frozenset[str]

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Every code of the year."""
        return tuple(sorted({*self._pairs["exporter"], *self._pairs["importer"]}))

    @cached_property
    def _pairs(self) -> Any:
        flows = self.frame[["exporter", "importer", "value"]].copy()
        for side in ("exporter", "importer"):
            flows[side] = flows[side].astype(str).replace(UNITED)
        keys = ["exporter", "importer"]
        return flows.groupby(keys, as_index=False, observed=True)["value"].sum()

    def laid(self, codes: Sequence[str]) -> Floats:
        """Return flows by exporter and importer, USD mn, shape (codes, codes); NaN if not known."""
        at = {c: k for k, c in enumerate(codes)}
        there = [c for c in codes if c in set(self.codes)]
        square = np.full((len(codes),) * 2, np.nan)
        own = [at[c] for c in there]
        square[np.ix_(own, own)] = 0.0
        quiet = [at[c] for c in there if c in self.silent]
        square[np.ix_(quiet, quiet)] = np.nan
        sides = (self._pairs[s].map(at).to_numpy(int) for s in ("exporter", "importer"))
        square[tuple(sides)] = self._pairs["value"].to_numpy(float) / MILLION
        np.fill_diagonal(square, np.nan)
        return square

    @cached_property
    def _square(self) -> Floats:
        return self.laid(self.codes)

    def value(self, exporters: Asked, importers: Asked) -> Value:
        """Read what exporters sold to importers, USD mn."""
        notes, sides = [], []
        for asked in (exporters, importers):
            if asked is None:
                sides.append(list(range(len(self.codes))))
                continue
            notes.append(apart(asked, [self.year], self.name, self.names))
            there = [c for c in asked if c in self.codes]
            if not there:
                raise absent(asked, self.codes, [self.year], self.name)
            sides.append([self.codes.index(c) for c in there])
        cells = self._square[np.ix_(*sides)]
        if not np.isfinite(cells).any():
            if exporters is not None and exporters == importers:
                raise DataMissing("a state with itself is no trade", hint="name two states")
            raise unreported(exporters or (), importers or (), self.year)
        value = float(np.nansum(cells))
        if not value:
            notes.append("No flow is on record.")
        return Value(
            value,
            (replace(self.source, unit="USD mn"),),
            note=joined(*notes),
            error=widths.TRADE * value,
            error_of=widths.REPORTERS,
        )


@per_world
def _book(world: World, year: int) -> Baci:
    name = f"baci_{year}"
    frame = world.table(name, ("exporter", "importer", "value"))
    codes = {str(c) for side in ("exporter", "importer") for c in frame[side].unique()}
    quiet = silent(world, sorted(codes), year)
    return Baci(name, year, frame, table_source(world, name), world.names_index.labels, quiet)


def baci(world: World, year: int) -> Baci:
    """Return a year of BACI that a user added.

    Raises:
        DataMissing: that year was not added.
    """
    if f"baci_{year}" not in world.names:
        raise DataMissing(
            f"no year {year} of BACI was added", hint="`multipolar data add baci FILE` adds it"
        )
    return _book(world, year)
