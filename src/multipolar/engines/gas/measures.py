"""Measures as what they change in the network: pipes, voyages and plants, by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from multipolar.engines.gas.tables import Pipe, Tables
from multipolar.errors import EngineError, nearest
from multipolar.policy import LINKS, ResolvedScenario
from multipolar.world.units import convert

SUPPORTS = frozenset({*LINKS, "embargo", "price_cap"})
CARRIERS = ("pipeline_gas", "lng")
EVERYBODY = "WLD"
PARTS_OF_RUSSIA = {  # where in Russia a new pipe starts, by a word in its name
    "power of siberia 1": "RUS-E", "far east": "RUS-S", "sakhalin": "RUS-S",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Built:
    """A pipe that a scenario adds: it fills over ``ramp`` years; no ``since`` means as drawn."""

    pipe: Pipe
    ramp: float
    via: tuple[str, ...] = ()

    def capacity(self, year: int, first: float) -> float:
        """Return capacity in a year; ``first`` is the year of first gas where none is given.

        Example:
            >>> line = Built(Pipe("RUS-W", "CHN", "line", 50, since="2030"), 5)
            >>> [line.capacity(y, 2032) for y in (2029, 2030, 2034, 2036)]
            [0.0, 10.0, 50.0, 50.0]
        """
        start = int(self.pipe.since[:4]) if self.pipe.since else round(first)
        end = int(self.pipe.until[:4]) if self.pipe.until else 9999
        if not start <= year < end:
            return 0.0
        return self.pipe.capacity * min(1.0, (year - start + 1) / max(self.ramp, 1.0))


@dataclass(frozen=True, slots=True)
class Plant:
    """Liquefaction or regasification capacity that a scenario adds or takes away at a node."""

    node: str
    kind: str
    capacity: float
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Limit:
    """What a scenario leaves of the trade between nodes: a share, or a capacity.

    ``routes`` names pipes; empty, it is all trade of the ``carriers`` between the nodes.
    """

    sellers: frozenset[str]
    buyers: frozenset[str]
    carriers: tuple[str, ...]
    routes: frozenset[str] = frozenset()
    share: float = 1.0
    capacity: float | None = None
    price: float | None = None
    since: str = ""
    until: str = ""

    def holds(self, year: int) -> bool:
        """Say whether it holds in a year, by its first day."""
        return (not self.since or int(self.since[:4]) <= year) and (
            not self.until or year < int(self.until[:4])
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """All that a scenario changes, and what a reader should know of how it was read."""

    built: tuple[Built, ...] = ()
    plants: tuple[Plant, ...] = ()
    limits: tuple[Limit, ...] = ()
    notes: tuple[str, ...] = ()


def changes_of(scenario: ResolvedScenario, tables: Tables) -> Changes:
    """Read a scenario's measures.

    Raises:
        EngineError: a measure is about something else than gas, or names no link of the network.
    """
    built: list[Built] = []
    plants: list[Plant] = []
    limits: list[Limit] = []
    notes: list[str] = []
    for m in scenario.measures:
        place = f"scenario {m['scenario']}: measure {m['number']}"
        match m["measure"]:
            case "build_link":
                _build(m, tables, place, built, plants, notes)
            case "cut_link" | "set_capacity":
                limits.append(_limit(m, tables, place, built, notes))
            case "embargo":
                limits += _embargo(m, tables, place, notes)
            case "price_cap":
                limits.append(_cap(m, tables, place, notes))
    return Changes(tuple(built), tuple(plants), tuple(limits), tuple(dict.fromkeys(notes)))


def _nodes(
    codes: str | Sequence[str], tables: Tables, place: str, notes: list[str]
) -> frozenset[str]:
    listed = [codes] if isinstance(codes, str) else codes
    if EVERYBODY in listed:
        return frozenset(tables.codes)
    found, others = tables.nodes_of(listed)
    if not found:
        whole = tables.home.get(listed[0])
        raise EngineError(
            f"{', '.join(listed[:4])}: not told apart in the gas network",
            where=place,
            hint=f"it is counted in {tables.title[whole]}" if whole in tables.title
            else "name a country that produces, uses or carries gas",
        )  # fmt: skip
    if others:
        names = ", ".join(others[:6]) + (" and others" if len(others) > 6 else "")
        notes.append(f"Counted with those named: {names}.")
    return frozenset(found)


def _volume(m: Mapping[str, Any], place: str) -> float:
    """Return a capacity in bcm of 40 MJ/m3; a plain bcm is the supplier's own count."""
    unit = m["unit"]
    if unit == "bcm/yr":
        return convert(m["capacity"], "bcm_ru" if m["origin"] == "RUS" else "bcm_ei", "bcm_ei")
    if unit == "Mt/yr":
        return convert(m["capacity"], "Mt LNG", "bcm_ei")
    raise EngineError(f"{unit} does not measure gas", where=place, hint="use bcm/yr or Mt/yr")


def _gas(m: Mapping[str, Any], place: str) -> None:
    if m["commodity"] not in CARRIERS:
        raise EngineError(
            f"the engine gas does not carry {m['commodity']}", where=place,
            hint="use commodity: pipeline_gas or lng",
        )  # fmt: skip


def start_of(origin: str, name: str, tables: Tables) -> str:
    """Return the node where a pipe from a country starts: in Russia by its name."""
    if origin != "RUS":
        return tables.home[origin]
    known = [p.tail for p in tables.pipes if name and p.name.lower() == name.lower()]
    if known:
        return known[0]
    found = [node for word, node in PARTS_OF_RUSSIA.items() if word in name.lower()]
    return found[0] if found else tables.home[origin]


def _build(
    m: Mapping[str, Any],
    tables: Tables,
    place: str,
    built: list[Built],
    plants: list[Plant],
    notes: list[str],
) -> None:
    _gas(m, place)
    sellers, buyers = (
        _nodes(m["origin"], tables, place, notes),
        _nodes(m["destination"], tables, place, notes),
    )
    since, until = m.get("since", ""), m.get("until", "")
    if m["commodity"] == "lng":
        volume = _volume(m, place)
        plants.append(Plant(min(sellers), "liquefaction", volume, since, until))
        plants.append(Plant(min(buyers), "regasification", volume, since, until))
        return
    name = m.get("name", f"{m['origin']} to {m['destination']}")
    start = start_of(m["origin"], name, tables)
    pipe = Pipe(start, min(buyers), name, _volume(m, place), since, until)
    built.append(Built(pipe, m["ramp_years"], tuple(m.get("via", ()))))


def _limit(
    m: Mapping[str, Any], tables: Tables, place: str, built: list[Built], notes: list[str]
) -> Limit:
    _gas(m, place)
    sellers, buyers = (
        _nodes(m["origin"], tables, place, notes),
        _nodes(m["destination"], tables, place, notes),
    )
    routes: frozenset[str] = frozenset()
    if m["commodity"] == "pipeline_gas":
        names = {p.name for p in (*tables.pipes, *(b.pipe for b in built))
                 if p.tail in sellers and p.head in buyers}  # fmt: skip
        if "name" in m:
            word = m["name"].lower()
            routes = frozenset(n for n in names if n.lower() == word)
            routes = routes or frozenset(n for n in names if n.lower().startswith(word))
        if not names or ("name" in m and not routes):
            every = [p.name for p in tables.pipes]
            raise EngineError(
                f"no pipe {m.get('name', '')!r} from {m['origin']} to {m['destination']}",
                where=place, hint=nearest(m.get("name", m["origin"]), sorted(names) or every),
            )  # fmt: skip
    capacity = _volume(m, place) if m["measure"] == "set_capacity" else None
    return Limit(
        sellers, buyers, (m["commodity"],), routes, m.get("remaining", 1.0), capacity,
        since=m.get("since", ""), until=m.get("until", ""),
    )  # fmt: skip


def _carriers(m: Mapping[str, Any], place: str) -> tuple[str, ...]:
    found = tuple(c for c in CARRIERS if c in m["commodities"])
    if not found:
        raise EngineError(
            f"the scope {', '.join(m.get('scope_names', ())) or 'given'} holds no gas",
            where=place, hint="use scope: gas, pipeline_gas, lng, energy or all",
        )  # fmt: skip
    return found


def _embargo(m: Mapping[str, Any], tables: Tables, place: str, notes: list[str]) -> list[Limit]:
    carriers = _carriers(m, place)
    senders, targets = (
        _nodes(m["senders"], tables, place, notes),
        _nodes(m["targets"], tables, place, notes),
    )
    ways = {"imports": [(targets, senders)], "exports": [(senders, targets)],
            "both": [(targets, senders), (senders, targets)]}[m["direction"]]  # fmt: skip
    return [
        Limit(
            a, b, carriers, share=m["leakage"], since=m.get("since", ""), until=m.get("until", "")
        )
        for a, b in ways
    ]


def _cap(m: Mapping[str, Any], tables: Tables, place: str, notes: list[str]) -> Limit:
    per_mmbtu = {"USD/MMBtu": 1.0, "USD/1000m3": 1 / 37.9}
    if m["unit"] not in per_mmbtu:
        raise EngineError(
            f"a cap in {m['unit']} is not a price of gas in dollars", where=place,
            hint="give USD/MMBtu or USD/1000m3",
        )  # fmt: skip
    return Limit(
        _nodes(m["targets"], tables, place, notes), _nodes(m["senders"], tables, place, notes),
        _carriers(m, place), price=m["cap"] * per_mmbtu[m["unit"]], share=m["compliance"],
        since=m.get("since", ""), until=m.get("until", ""),
    )  # fmt: skip
