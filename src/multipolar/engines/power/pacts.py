"""Who is allied with whom in a year, from the world's tables and a scenario's treaties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.api.contract import Source
from multipolar.engines.api.reader import table_source
from multipolar.errors import DataMissing, EngineError
from multipolar.policy import ResolvedScenario

if TYPE_CHECKING:
    from multipolar.world import World

Flags: TypeAlias = NDArray[np.bool_]
LISTED, DYADS = "listed", "dyads"
KINDS = (LISTED, DYADS)
SHIPPED, ADDED = "alliances", "alliances_dyads"
FIRST = 2022  # the shipped table leaves out what had ended by then
ADD = "`multipolar data add alliances PATH` brings alliances by pair and year"


@dataclass(frozen=True)
class Treaty:
    """A defence treaty of a scenario: its members, and when it holds."""

    members: tuple[str, ...]
    since: str = ""
    until: str = ""

    def holds(self, year: int) -> bool:
        """Say whether it holds at the end of a year."""
        return _holds(self.since, self.until, year)


@dataclass(frozen=True)
class Supply:
    """Arms given in a scenario: to whom, worth how much a year in USD bn, and when."""

    senders: tuple[str, ...]
    recipient: str
    value: float
    since: str = ""
    until: str = ""

    def holds(self, year: int) -> bool:
        """Say whether it goes on at the end of a year."""
        return _holds(self.since, self.until, year)


@dataclass(frozen=True)
class Changes:
    """What a scenario does: treaties, and arms given."""

    treaties: tuple[Treaty, ...] = ()
    supplies: tuple[Supply, ...] = ()
    notes: tuple[str, ...] = ()


def changes_of(scenario: ResolvedScenario) -> Changes:
    """Read the measures of a resolved scenario.

    Raises:
        EngineError: a treaty is none of defence or has one member, or arms have no value.
    """
    treaties: list[Treaty] = []
    supplies: list[Supply] = []
    notes: list[str] = []
    for m in scenario.measures:
        where = f"scenario {m['scenario']}: {m['measure']}"
        days = (str(m.get("since", "")), str(m.get("until", "")))
        if m["measure"] == "ally":
            if m["obligation"] != "defence":
                raise EngineError(
                    f"a duty of {m['obligation']} does not change who defends whom",
                    where=where,
                    hint="the engine power answers obligation: defence",
                )
            if len(m["members"]) < 2:
                raise EngineError("a treaty of one", where=where, hint="name two members or more")
            treaties.append(Treaty(tuple(m["members"]), *days))
        elif m["measure"] == "supply_arms":
            if "value" not in m:
                raise EngineError(
                    "arms without a value", where=where, hint="add value: in USD bn a year"
                )
            supplies.append(Supply(tuple(m["senders"]), m["recipient"], m["value"], *days))
            if m.get("kind", "all") != "all":
                notes.append(f"Measure {m['number']} (supply_arms) counts by its value alone: "
                             "kinds of arms are not told apart.")  # fmt: skip
    return Changes(tuple(treaties), tuple(supplies), tuple(notes))


@dataclass(frozen=True)
class Network:
    """Alliances among states in a year, and who says so.

    Attributes:
        links: shape (states, states), symmetric, in the order the states were given.
        pacts: names of the pacts behind it; empty where the table has none.
    """

    states: tuple[str, ...]
    links: Flags
    pacts: tuple[str, ...]
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
    pairs, pacts, source, note = (_listed if kind == LISTED else _dyads)(world, year)
    bound = [t for t in treaties if t.holds(year)]
    for a, b in (*pairs, *((a, b) for t in bound for a in t.members for b in t.members)):
        if a != b and a in place and b in place:
            links[place[a], place[b]] = links[place[b], place[a]] = True
    return Network(tuple(states), links, pacts, source, note)


def allies_of(found: Network, state: str) -> tuple[str, ...]:
    """Return the allies of a state, in order."""
    row = found.links[found.states.index(state)]
    return tuple(s for s, linked in zip(found.states, row, strict=True) if linked)


Pairs: TypeAlias = "tuple[tuple[str, str], ...]"


def _listed(world: World, year: int) -> tuple[Pairs, tuple[str, ...], Source, str]:
    if year < FIRST:
        raise DataMissing(
            f"the listed pacts do not cover {year}",
            hint=f"they hold from {FIRST} on; for earlier years take pacts: {DYADS} ({ADD})",
        )
    frame = world.table(SHIPPED)
    rows = [
        r for r in frame.itertuples(index=False) if _holds(str(r.since), _text(r.until), year)
    ]  # fmt: skip
    pacts = tuple(sorted({str(r.pact) for r in rows}))
    note = f"Alliances: {len(pacts)} defence pacts in force at the end of {year}."
    pairs = tuple((str(r.country), str(r.other)) for r in rows)
    return pairs, pacts, table_source(world, SHIPPED), note


def _dyads(world: World, year: int) -> tuple[Pairs, tuple[str, ...], Source, str]:
    if ADDED not in world.names:
        raise DataMissing(f"there is no table {ADDED}", hint=ADD)
    frame: Any = world.table(ADDED)
    years = sorted(int(y) for y in frame["year"].unique() if int(y) <= year)
    if not years:
        raise DataMissing(
            f"{ADDED} has nothing up to {year}", hint=f"its first year is {frame['year'].min()}"
        )
    duty = frame["defence"].astype("boolean").fillna(False).astype(bool)  # null: not coded
    rows = frame[(frame["year"] == years[-1]) & duty]
    pairs = tuple(zip(rows["country"].astype(str), rows["other"].astype(str), strict=True))
    late = "" if years[-1] == year else f", the newest up to {year}"
    note = f"Alliances: duties to defend of {years[-1]}{late}."
    return pairs, (), table_source(world, ADDED), note


def _holds(since: str, until: str, year: int) -> bool:
    """Say whether a span of dates covers the last day of a year."""
    day = f"{year}-12-31"
    return (not since or since <= day) and (not until or day < _padded(until))


def _padded(until: str) -> str:
    return f"{until}-01-01"[:10]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def given(supplies: Sequence[Supply], recipient: str, year: int) -> float:
    """Return what a scenario gives a state in a year, USD bn."""
    return sum(s.value for s in supplies if s.recipient == recipient and s.holds(year))
