"""``coalitions.*``: who belongs to what at a date, since when, and how many they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from multipolar.engines.api.contract import Dimension, Metric, Scalar, Source
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import table_source
from multipolar.engines.record.places import day_of
from multipolar.errors import DataMissing
from multipolar.text.phrases import long_date

if TYPE_CHECKING:
    from multipolar.world import World

TABLE = "coalitions"
ANSWERS = ("yes", "no")


@dataclass(frozen=True)
class Spell:
    """One state's time in a coalition: ISO dates; ``until`` is the first day outside, or empty."""

    since: str
    until: str
    source: str

    def covers(self, day: str) -> bool:
        """Say whether it holds on a day."""
        return self.since <= day and (not self.until or day < self.until)

    @property
    def text(self) -> str:
        """Say from when to when it lasts."""
        return f"Since {self.since}" + (f", until {self.until}." if self.until else ".")


@dataclass(frozen=True, eq=False)
class CoalitionsTable:
    """``coalitions``, by coalition and state.

    Attributes:
        frame: pandas.DataFrame, a row a spell of membership.
        source: who stands behind the table.
        states: codes of all states.
        date: of the tables, ISO.
    """

    frame: Any
    source: Source
    states: tuple[str, ...]
    date: str

    @cached_property
    def spells(self) -> Mapping[str, Mapping[str, tuple[Spell, ...]]]:
        """Spells of membership, by coalition and state, the earliest first."""
        found: dict[str, dict[str, tuple[Spell, ...]]] = {}
        for row in self.frame.sort_values("since").itertuples(index=False):
            spell = Spell(
                str(row.since), row.until if isinstance(row.until, str) else "", row.source
            )
            states = found.setdefault(str(row.coalition), {})
            states[str(row.country)] = (*states.get(str(row.country), ()), spell)
        return found

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Full name of each coalition."""
        return dict(zip(self.frame["coalition"], self.frame["name"], strict=True))

    def day(self, at: Place) -> str:
        """Return the last day of the date asked for, or of the tables."""
        return day_of(at, self.date, TABLE, "who belongs to what")

    def _begun(self, at: Place) -> str:
        """Return the day asked for, from the first on for which the table has members."""
        day, group = self.day(at), str(at["group"])
        first = min(s.since for own in self.spells[group].values() for s in own)
        if day < first:
            raise DataMissing(
                f"{group} has no members here before {long_date(first)}", hint="name a later date"
            )
        return day

    def evidence(self, spells: Sequence[Spell], day: str) -> tuple[Source, ...]:
        """Return who says it, each source once."""
        rows = dict.fromkeys(s.source for s in spells) or {self.source.source: None}
        return tuple(replace(self.source, source=r, date=day) for r in rows)

    def member(self, at: Place) -> Value:
        """Say whether a state belongs at a date."""
        day, states = self._begun(at), self.spells[str(at["group"])]
        spells = states.get(str(at["country"]), ())
        now = [s for s in spells if s.covers(day)]
        known = now or spells or next(iter(states.values()))
        note = " ".join(s.text for s in spells)
        return Value(ANSWERS[not now], self.evidence(known[:1], day), note=note, through=day)

    def joined(self, at: Place) -> Value:
        """Read since when a state belongs that does at a date."""
        day, group, state = self.day(at), str(at["group"]), str(at["country"])
        now = [s for s in self.spells[group].get(state, ()) if s.covers(day)]
        if not now:
            raise DataMissing(
                f"{state} is no member of {group} on {long_date(day)}",
                hint="coalitions.member says who is",
            )
        return Value(now[0].since, self.evidence(now, now[0].since), through=day)

    def size(self, at: Place) -> Value:
        """Count the members at a date."""
        day = self._begun(at)
        now = {
            c: s for c, own in self.spells[str(at["group"])].items() for s in own if s.covers(day)
        }
        found = self.evidence(list(now.values()), day)
        return Value(float(len(now)), found, note=self.titles[str(at["group"])] + ".", through=day)


@per_world
def _table(world: World) -> CoalitionsTable:
    states = tuple(sorted(map(str, world.table("countries")["iso3"])))
    day = world.day or world.date
    return CoalitionsTable(world.table(TABLE), table_source(world, TABLE), states, day)


def covered(world: World, dim: Dimension, place: Place) -> Sequence[Scalar] | None:
    """Return the states that ever were members, or the dates at which membership changed."""
    spells, group = _table(world).spells, place.get("group")
    chosen = [spells[str(group)]] if group in spells else list(spells.values())
    own = [(c, s) for of in chosen for c, found in of.items() for s in found]
    if dim.kind == "country":
        return sorted({c for c, _ in own})
    if dim.kind == "date":
        return sorted({d for _, s in own for d in (s.since, s.until) if d})
    return None


def coalitions(world: World) -> tuple[Declared[World], ...]:
    """Declare the metrics of the ``coalitions`` table."""
    table = _table(world)
    group = dimension(
        "group", "a coalition, as in the table coalitions", tuple(sorted(table.spells))
    )
    who = dimension("country", "whose membership")
    date = dimension(
        "date", "day, month or year: its last day; the tables' if left out", required=False
    )

    def over(world: World, dim: Dimension, at: Place) -> Sequence[Scalar]:
        return _table(world).states if dim.kind == "country" else dim.values

    member = Metric(
        "coalitions.member",
        (group, who, date),
        "word",
        "Whether a state is a member of a coalition, bloc or group",
        words=ANSWERS,
        label="Membership",
    )
    joined = Metric(
        "coalitions.joined", (group, who, date), "date", "Since when a state is a member"
    )
    size = Metric(
        "coalitions.size", (group, date), "states", "Members of a coalition, bloc or group"
    )
    return (
        Declared(member, lambda w, at: _table(w).member(at), over),
        Declared(joined, lambda w, at: _table(w).joined(at), over),
        Declared(size, lambda w, at: _table(w).size(at), over),
    )
