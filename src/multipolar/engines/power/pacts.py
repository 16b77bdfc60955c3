"""Who is allied with whom in a year, from the world's tables and a scenario's treaties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from multipolar.engines.api.contract import Source
from multipolar.engines.api.reader import table_source
from multipolar.engines.power.measures import Span, Treaty
from multipolar.errors import DataMissing, TableMissing
from multipolar.numerics.arrays import Flags

if TYPE_CHECKING:
    from multipolar.world import World

Pairs: TypeAlias = tuple[tuple[str, str], ...]
LISTED, DYADS = "listed", "dyads"
KINDS = (LISTED, DYADS)
SHIPPED, ADDED = "alliances", "alliances_dyads"
FIRST = 2022  # the shipped table leaves out what had ended by then
ADD = "`multipolar data add alliances PATH` brings alliances by pair and year"


@dataclass(frozen=True)
class Network:
    """Alliances among states in a year, and who says so.

    Attributes:
        links: shape (states, states), symmetric, in the order the states were given.
        source: the table behind it.
    """

    states: tuple[str, ...]
    links: Flags
    source: Source
    note: str


def network(
    world: World, kind: str, states: Sequence[str], year: int, treaties: Sequence[Treaty] = ()
) -> Network:
    """Return the alliances among ``states`` at the end of a year, with a scenario's treaties.

    Args:
        world: holds the tables.
        kind: ``listed`` for the shipped pacts, ``dyads`` for the table the user has added, of
            which the newest year up to ``year`` is taken.
        states: ISO codes.
        year: whose end counts.
        treaties: of the scenario.

    Raises:
        DataMissing: the table does not cover the year, or is not there.
    """
    place = {s: k for k, s in enumerate(states)}
    links = np.zeros((len(states), len(states)), dtype=bool)
    pairs, source, note = (_listed if kind == LISTED else _dyads)(world, year)
    bound = [t for t in treaties if t.span.holds(year)]
    for a, b in (*pairs, *((a, b) for t in bound for a in t.members for b in t.members)):
        if a != b and a in place and b in place:
            links[place[a], place[b]] = links[place[b], place[a]] = True
    return Network(tuple(states), links, source, note)


def _pairs(rows: Any) -> Pairs:
    return tuple(zip(rows["country"].astype(str), rows["other"].astype(str), strict=True))


def _listed(world: World, year: int) -> tuple[Pairs, Source, str]:
    if year < FIRST:
        raise DataMissing(
            f"the listed pacts do not cover {year}",
            hint=f"they hold from {FIRST} on; for earlier years take pacts: {DYADS} ({ADD})",
        )
    frame = world.table(SHIPPED)
    until = (end if isinstance(end, str) else "" for end in frame["until"])
    spans = (Span(str(since), end) for since, end in zip(frame["since"], until, strict=True))
    rows = frame[[span.holds(year) for span in spans]]
    note = f"Alliances: {rows['pact'].nunique()} defence pacts in force at the end of {year}."
    return _pairs(rows), table_source(world, SHIPPED), note


def _dyads(world: World, year: int) -> tuple[Pairs, Source, str]:
    if ADDED not in world.names:
        raise TableMissing(f"there is no table {ADDED}", hint=ADD)
    frame: Any = world.table(ADDED)
    years = sorted(int(y) for y in frame["year"].unique() if int(y) <= year)
    if not years:
        raise DataMissing(
            f"{ADDED} has nothing up to {year}", hint=f"its first year is {frame['year'].min()}"
        )
    duty = frame["defence"].astype("boolean").fillna(False).astype(bool)  # null: not coded
    rows = frame[(frame["year"] == years[-1]) & duty]
    late = "" if years[-1] == year else f", the newest up to {year}"
    note = f"Alliances: duties to defend of {years[-1]}{late}."
    return _pairs(rows), table_source(world, ADDED), note
