"""What a scenario changes: treaties of defence, and arms given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from multipolar.errors import EngineError
from multipolar.policy import ResolvedScenario

SUPPORTS = frozenset({"ally", "supply_arms"})


@dataclass(frozen=True)
class Span:
    """When something holds, from a date until another; either may be empty."""

    since: str = ""
    until: str = ""

    def holds(self, year: int) -> bool:
        """Say whether it covers the last day of a year.

        Example:
            >>> Span("2024-12-04").holds(2024), Span("2020", "2024-12-31").holds(2024)
            (True, False)
        """
        day, end = f"{year}-12-31", f"{self.until}-01-01"[:10]
        return (not self.since or self.since <= day) and (not self.until or day < end)


@dataclass(frozen=True)
class Treaty:
    """A defence treaty of a scenario: its members, and when it holds."""

    members: tuple[str, ...]
    span: Span = Span()


@dataclass(frozen=True)
class Supply:
    """Arms given in a scenario: to whom, worth how much a year in USD bn, and when."""

    senders: tuple[str, ...]
    recipient: str
    value: float
    span: Span = Span()


@dataclass(frozen=True)
class Changes:
    """What a scenario does: treaties, and arms given."""

    treaties: tuple[Treaty, ...] = ()
    supplies: tuple[Supply, ...] = ()
    note: str = ""

    def given(self, recipient: str, year: int) -> float:
        """Return what the scenario gives a state in a year, USD bn."""
        mine = (s for s in self.supplies if s.recipient == recipient)
        return sum(s.value for s in mine if s.span.holds(year))


def changes_of(scenario: ResolvedScenario) -> Changes:
    """Read the measures of a resolved scenario.

    Raises:
        EngineError: a treaty is none of defence or has one member, or arms have no value.
    """
    rows = scenario.measures
    arms = [m for m in rows if m["measure"] == "supply_arms"]
    notes = [
        f"Measure {m['number']} (supply_arms) counts by its value alone: kinds of arms are not "
        "told apart."
        for m in arms
        if m.get("kind", "all") != "all"
    ]
    treaties = tuple(_treaty(m) for m in rows if m["measure"] == "ally")
    return Changes(treaties, tuple(map(_supply, arms)), " ".join(notes))


def _span(m: Mapping[str, Any]) -> Span:
    return Span(str(m.get("since", "")), str(m.get("until", "")))


def _treaty(m: Mapping[str, Any]) -> Treaty:
    where = f"scenario {m['scenario']}: ally"
    if m["obligation"] != "defence":
        raise EngineError(
            f"a duty of {m['obligation']} does not change who defends whom",
            where=where,
            hint="the engine power answers obligation: defence",
        )
    if len(m["members"]) < 2:
        raise EngineError("a treaty of one", where=where, hint="name two members or more")
    return Treaty(tuple(m["members"]), _span(m))


def _supply(m: Mapping[str, Any]) -> Supply:
    if "value" not in m:
        where, hint = f"scenario {m['scenario']}: supply_arms", "add value: in USD bn a year"
        raise EngineError("arms without a value", where=where, hint=hint)
    return Supply(tuple(m["senders"]), m["recipient"], m["value"], _span(m))
