"""``distance.*``: how far apart two states are, and what they share, from ``distances``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.contract import FROM_ZERO, Dimension, Metric, Scalar, Source
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import joined
from multipolar.engines.record import widths
from multipolar.engines.record.places import Book
from multipolar.engines.record.unions import with_former
from multipolar.errors import DataMissing
from multipolar.world import former

if TYPE_CHECKING:
    from multipolar.world import World

TABLE = "distances"
BETWEEN = ("largest_cities", "capitals", "people", "people_harmonic")
ANSWERS = ("yes", "no")
YEAR = 2011  # of whose states GeoDist is
LEFT = {"SRB": "SCG"}  # whose capital and largest city are those of the state it was part of
SIDES = ("country", "partner")


@dataclass(frozen=True, eq=False)
class DistanceTable(Book):
    """``distances``, a row a pair of states."""

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The states of the table, sorted."""
        return tuple(sorted({*self.frame["one"], *self.frame["other"]}))

    @cached_property
    def _at(self) -> dict[str, int]:
        return {c: k for k, c in enumerate(self.codes)}

    @cached_property
    def _columns(self) -> dict[str, Any]:
        """Each column as a square of states by states, NaN where nothing is known."""
        one, other = (self.frame[c].map(self._at).to_numpy() for c in ("one", "other"))
        found = {}
        for name in self.frame.columns.drop(["one", "other"]):
            square = np.full((len(self.codes),) * 2, np.nan)
            cells = self.frame[name].to_numpy(float, na_value=np.nan)
            square[one, other] = square[other, one] = cells
            found[name] = square
        return found

    def square(self, column: str) -> Any:
        """Return a column laid out by the states of :attr:`codes`, the first word's row first."""
        found = self._columns[column].copy()
        if column == "border":
            return found
        for state, whole in LEFT.items():
            if state in self._at and whole in self._at:
                k, w = self._at[state], self._at[whole]
                found[k, :], found[:, k] = found[w, :], found[:, w]
                found[k, w] = found[w, k] = found[k, k] = np.nan
        return found

    def read(self, column: str, at: Place) -> tuple[float, str]:
        """Return what a column has of a pair, and what to know of it.

        Raises:
            DataMissing: GeoDist does not have the pair.
        """
        pair = [str(at[s]) for s in SIDES]
        own = pair if column == "border" else [LEFT.get(c, c) for c in pair]
        notes = []
        for code, asked in zip(own, pair, strict=True):
            part = former.part_of(code, YEAR, TABLE) if column != "border" else None
            if part is not None and part.whole != code:
                what, hint = former.gone(part, self.names)
                raise DataMissing(what, hint=hint)
            if code not in self._at:
                raise DataMissing(f"{asked}: not in the table {TABLE}", hint="name another state")
            if code != asked:
                whole = former.label(code)
                notes.append(f"{self.names.get(asked, asked)} as {whole}, with the same capital.")
            elif column != "border":
                notes.append(former.said([code], [YEAR], TABLE, self.names))
        value = float(self._columns[column][self._at[own[0]], self._at[own[1]]])
        if not np.isfinite(value):
            raise DataMissing(
                f"no {column.replace('_', ' ')} of {pair[0]} and {pair[1]} in the table {TABLE}",
                hint="ask for capitals" if column.startswith("people") else "name another state",
            )
        return value, joined(*notes)

    def distance(self, at: Place) -> Value:
        """Read how far apart two states are, km."""
        value, note = self.read(str(at["between"]), at)
        return Value(value, (replace(self.source, unit="km"),), note=note)

    def word(self, column: str, at: Place) -> Value:
        """Read whether two states share something."""
        value, note = self.read(column, at)
        if column != "border":
            return Value(ANSWERS[int(value == 0)], (self.source,), note=note)
        pair = [str(at[s]) for s in SIDES]
        then = self._columns["border_2011"][self._at[pair[0]], self._at[pair[1]]]
        others: tuple[Source, ...] = ()
        changed = any(former.held(c, YEAR, TABLE) for c in pair)
        if np.isfinite(then) and then != value and not changed:
            told = ANSWERS[int(then == 0)]
            others = (replace(self.source, source="CEPII, GeoDist", date=str(YEAR), value=told),)
            note = joined(note, f"GeoDist, of {YEAR}, says {told}.")
        return Value(ANSWERS[int(value == 0)], (self.source,), others, note)


@per_world
def _table(world: World) -> DistanceTable:
    return DistanceTable.of(world, TABLE)


def covered(world: World, dim: Dimension, place: Place) -> Sequence[Scalar] | None:
    """Return the states that have a distance from the other one, if one is named."""
    if dim.kind != "country":
        return None
    table = _table(world)
    known = np.isfinite(table.square(str(place.get("between", BETWEEN[0]))))
    other = place.get(SIDES[dim.name == SIDES[0]])
    if isinstance(other, str) and other in table.codes:
        known = known[[table.codes.index(other)]]
    return tuple(c for c, k in zip(table.codes, known.any(axis=0), strict=True) if k)


def distance(world: World) -> tuple[Declared[World], ...]:
    """Declare the metrics of the ``distances`` table."""
    if TABLE not in world.names:
        return ()
    pair = tuple(
        with_former(dimension(n, says), TABLE)
        for n, says in (("country", "one of two states"), ("partner", "the other one"))
    )
    ends = dimension(
        "between", "largest cities, capitals, or people (cities by population)", BETWEEN,
        required=False, opens=False,
    )  # fmt: skip
    metric = Metric(
        "distance.km",
        (*pair, ends),
        "km",
        "Distance between two states, by great circle",
        error_share=widths.DISTANCE,
        error_of=widths.MEASURES,
        quantity="distance",
        label="Distance",
        bounds=FROM_ZERO,
    )
    found: list[Declared[World]] = [
        Declared(
            metric,
            lambda w, at: _table(w).distance(at),
            lambda w, dim, at: _table(w).codes,
            lambda w, at: _laid(_table(w).square(str(at["between"])), _table(w), at),
        )
    ]
    for name, column, says in (
        ("distance.border", "border", "Whether two states share a land border"),
        ("distance.language", "language", "Whether two states share an official or main language"),
        ("distance.colony", "colony", "Whether one of two states ever was the other's colony"),
    ):
        found.append(_shared(Metric(name, pair, "word", says, words=ANSWERS), column))
    return tuple(found)


def _shared(metric: Metric, column: str) -> Declared[World]:
    def grid(world: World, at: Place) -> Any:
        square = _table(world).square(column)
        words = np.where(np.isnan(square), "", np.where(square > 0, *ANSWERS)).astype(object)
        return _laid(words, _table(world), at)

    return Declared(
        metric,
        lambda w, at: _table(w).word(column, at),
        lambda w, dim, at: _table(w).codes,
        grid,
    )


def _laid(square: Any, table: DistanceTable, at: Place) -> Any:
    """Return the cells of the sides left open."""
    for axis, side in reversed(list(enumerate(SIDES))):
        if side in at:
            code = at[side]
            if code not in table.codes:
                raise DataMissing(f"{code}: not in the table {TABLE}", hint="name another state")
            square = np.take(square, table.codes.index(code), axis=axis)
    return square
