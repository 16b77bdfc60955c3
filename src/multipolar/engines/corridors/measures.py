"""Measures as what they change: capacities of routes in TEU, and of the Eastern Polygon in Mt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from multipolar.engines.api import Support
from multipolar.engines.corridors.data import ASIA, EUROPE, ROUTES, SEA
from multipolar.errors import EngineError, nearest
from multipolar.policy import FREIGHT, LINKS, ResolvedScenario, idle, measure_faults, whole_years

SUPPORTS = frozenset(Support(k, commodity=FREIGHT) for k in LINKS)
POLYGON = "eastern-polygon"
BY_SEA = frozenset(ROUTES[k] for k in SEA)
MEANT = {  # what a route is called by those who write scenarios
    "sea-suez": ("suez", "suez canal", "red sea", "bab el-mandeb"),
    "sea-cape": ("cape", "cape of good hope"),
    "northern": (
        "northern route",
        "northern corridor",
        "trans-siberian",
        "transsib",
        "trans-siberian railway",
        "utlc",
        "china-europe railway express",
    ),
    "middle": (
        "middle corridor",
        "trans-caspian",
        "titr",
        "trans-caspian international transport route",
    ),
    "northern-sea-route": ("northern sea route", "nsr", "arctic route"),
    POLYGON: ("eastern polygon", "bam", "baikal-amur mainline", "bam and trans-siberian"),
}
NAMES = {word: route for route, words in MEANT.items() for word in (route, *words)}
TRANSSIB = frozenset({"trans-siberian", "transsib", "trans-siberian railway"})
SHOWN: tuple[str, ...] = ("Suez", "Cape", "Northern route", "Trans-Siberian", "Middle Corridor")
SHOWN += ("Northern Sea Route", "Eastern Polygon")


@dataclass(frozen=True, slots=True)
class Change:
    """What one measure does to one route while it holds.

    Attributes:
        kind: ``add`` to its capacity, ``set`` it, or leave a share (``keep``).
        amount: thousand TEU or Mt a year, or a share.
        measure: position of the measure among the scenario's.
    """

    route: str
    kind: str
    amount: float
    since: str = ""
    until: str = ""
    ramp: float = 0.0
    measure: int = 0

    def holds(self, year: int) -> bool:
        """Say whether it holds in a year, by its first day's year and the year before its last."""
        first, end = whole_years(self.since, self.until)
        return first <= year < end

    def apply(self, capacity: float, year: int) -> float:
        """Return a capacity in a year.

        Example:
            >>> Change("middle", "add", 60.0, since="2023", ramp=3).apply(100.0, 2024)
            140.0
        """
        if not self.holds(year):
            return capacity
        start = int(self.since[:4]) if self.since else None
        match self.kind:
            case "add":
                # without a first day the link is there in full
                done = 1.0 if start is None else min(1.0, (year - start + 1) / max(self.ramp, 1.0))
                return capacity + done * self.amount
            case "set":
                return self.amount
            case _:
                return capacity * self.amount


@dataclass(frozen=True, slots=True)
class Changes:
    """All that a scenario changes, and what a reader should know of how it was read.

    ``measures`` are the scenario's as they were resolved, in order.
    """

    items: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    measures: tuple[Mapping[str, Any], ...] = ()

    def idle(self, before: Mapping[str, float], year: int) -> list[str]:
        """Return a sentence for each measure that changes no capacity in a year.

        Args:
            before: capacity by route without any.
            year: in which.
        """
        room, moved = dict(before), set()
        for change in self.items:
            after = change.apply(room[change.route], year)
            if after != room[change.route]:
                moved.add(change.measure)
            room[change.route] = after
        asked = dict.fromkeys(c.measure for c in self.items)
        return [idle(self.measures[k], year) for k in asked if k not in moved]

    def capacity(self, route: str, before: float, year: int) -> float:
        """Return a route's capacity in a year, the measures applied in their order."""
        for change in self.items:
            if change.route == route:
                before = change.apply(before, year)
        return before

    def touches(self, year: int) -> bool:
        """Say whether any measure bears on a container route in a year."""
        return any(c.route != POLYGON and c.holds(year) for c in self.items)


@measure_faults()
def changes_of(scenario: ResolvedScenario) -> Changes:
    """Read a scenario's measures; those on pipes, ships of oil and cables are other engines'.

    Raises:
        EngineError: a link of freight is none of the routes, or its unit is not the route's.
    """
    items: list[Change] = []
    notes: list[str] = []
    for k, m in enumerate(scenario.measures):
        if m["commodity"] not in FREIGHT:
            notes.append(f"Links of {m['commodity'].replace('_', ' ')} bear on no freight here.")
            continue
        place = f"scenario {m['scenario']}: measure {m['number']}"
        items.append(replace(_change(m, place, notes), measure=k))
    return Changes(tuple(items), tuple(dict.fromkeys(notes)), scenario.measures)


def _change(m: Mapping[str, Any], place: str, notes: list[str]) -> Change:
    """Return what one measure does to a route."""
    route = _route(m, place, notes)
    amount = m["remaining"] if m["measure"] == "cut_link" else _amount(m, route, place)
    _check_mode(m, route, place)
    if {m["origin"] in ASIA, m["destination"] in ASIA} != {True, False} or not (
        {m["origin"], m["destination"]} & (EUROPE | {"RUS"})
    ):
        notes.append(
            f"{m.get('name', route)} is taken for all freight that goes by it, and not only for "
            f"that from {m['origin']} to {m['destination']}."
        )
    when = {"since": m.get("since", ""), "until": m.get("until", "")}
    match m["measure"]:
        case "build_link":
            if not when["since"]:
                _without_a_day(m, route, place, notes)
            return Change(route, "add", amount, ramp=m["ramp_years"], **when)
        case "set_capacity":
            return Change(route, "set", amount, **when)
        case _:
            return Change(route, "keep", amount, **when)


def _without_a_day(m: Mapping[str, Any], route: str, place: str, notes: list[str]) -> None:
    name = m.get("name", route)
    if m["ramp_years"]:
        raise EngineError(
            f"{name} fills over {m['ramp_years']:g} years from a day that is not given",
            where=place,
            hint="say since when, or leave ramp_years out",
        )
    notes.append(
        f"{name}: no first day is given, so that what is built is there in full in every year."
    )


def _check_mode(m: Mapping[str, Any], route: str, place: str) -> None:
    """Refuse a route by sea that is said to be a railway, and the other way round."""
    by_sea = route in BY_SEA
    if by_sea != (m["commodity"] == "sea"):
        raise EngineError(
            f"{m.get('name', route)} is no link by {m['commodity']}",
            where=place,
            hint=f"use commodity: {'sea' if by_sea else 'rail'}, or name another route",
        )


def _route(m: Mapping[str, Any], place: str, notes: list[str]) -> str:
    """Return the route a link is, by its name or else by its mode and the countries it crosses."""
    if "name" in m:
        word = " ".join(m["name"].casefold().split())
        found = NAMES.get(word)
        if found is None:
            raise EngineError(
                f"no freight route {m['name']!r}", where=place, hint=nearest(m["name"], SHOWN)
            )
        if word in TRANSSIB:
            return _transsib(m, notes)
        return found
    ends, via = {m["origin"], m["destination"]}, set(m.get("via", ()))
    if m["commodity"] == "sea":
        ways = {"EGY": "sea-suez", "ZAF": "sea-cape", "RUS": "northern-sea-route"}
        for code, route in ways.items():
            if code in via:
                return route
    elif via & {"AZE", "GEO", "TUR"}:
        return "middle"
    elif ends == {"CHN", "RUS"} or m.get("unit") == "Mt/yr":
        return POLYGON
    elif via & {"RUS", "BLR"}:
        return "northern"
    raise EngineError(
        f"no freight route from {m['origin']} to {m['destination']} is meant",
        where=place,
        hint=f"give it a name: {', '.join(SHOWN)}",
    )


def _transsib(m: Mapping[str, Any], notes: list[str]) -> str:
    """Tell the line's two uses apart: tonnes to the Far East, and boxes in transit to Europe."""
    if m.get("unit") == "Mt/yr" or {m["origin"], m["destination"]} == {"CHN", "RUS"}:
        return POLYGON
    notes.append(
        "The Trans-Siberian is read as the Northern route of containers; its tonnes to the Far "
        "East are the Eastern Polygon's, and not tied to them."
    )
    return "northern"


def _amount(m: Mapping[str, Any], route: str, place: str) -> float:
    """Return a capacity in thousand TEU, or in Mt for the Eastern Polygon."""
    wanted = "Mt/yr" if route == POLYGON else "TEU/yr"
    if m["unit"] != wanted:
        raise EngineError(
            f"{m['unit']} does not measure {'the Eastern Polygon' if route == POLYGON else route}",
            where=place,
            hint=f"use {wanted}",
        )
    assert route == POLYGON or route in ROUTES
    return float(m["capacity"]) / (1.0 if route == POLYGON else 1000.0)
