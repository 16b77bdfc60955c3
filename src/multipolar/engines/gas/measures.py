"""Measures as what they change in the network: pipes, voyages and plants, by year."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from multipolar.engines.api import Support
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.gas.data import EAST, RUSSIA, Pipe, Tables, share_of_year
from multipolar.errors import EngineError, nearest
from multipolar.policy import LINKS, ResolvedScenario, whole_years
from multipolar.world.units import MMBTU_PER_BCM_EI, convert

CARRIERS = ("pipeline_gas", "lng")
SUPPORTS = frozenset({*(Support(k, commodity=CARRIERS) for k in LINKS), "embargo", "price_cap"})
PARTS_OF_RUSSIA = {  # where in Russia a pipe starts or ends, by a word in its name
    "power of siberia 1": "RUS-E",
    "far east": "RUS-S",
    "sakhalin": "RUS-S",
}
YAMAL = ("yamal", "arctic", "baltic", "murmansk", "portovaya", "ust-luga", "vysotsk")
PLANTS_OF_RUSSIA = {  # where in Russia LNG is made, the same way
    "sakhalin": "RUS-S",
    "far east": "RUS-S",
    **dict.fromkeys(YAMAL, "RUS-Y"),
}
DRAWN = "power of siberia 2"  # whose first year is a parameter, where a scenario gives none


@dataclass(frozen=True, slots=True)
class Built:
    """A pipe that a scenario adds: it fills over ``ramp`` years.

    Without a first day it is there in full in every year, or, if ``drawn``, as drawn.
    ``measure`` is the position of the measure it comes from.
    """

    pipe: Pipe
    ramp: float
    via: tuple[str, ...] = ()
    drawn: bool = False
    measure: int = 0

    def capacity(self, year: int, first: float) -> float:
        """Return capacity in a year; ``first`` is the year of first gas where it is drawn.

        Example:
            >>> line = Built(Pipe("RUS-W", "CHN", "line", 50, since="2030"), 5)
            >>> [line.capacity(y, 2032) for y in (2029, 2030, 2034, 2036)]
            [0.0, 10.0, 50.0, 50.0]
        """
        start, end = whole_years(self.pipe.since, self.pipe.until)
        if self.drawn:
            start = round(first)
        if not start <= year < end:
            return 0.0
        return self.pipe.capacity * min(1.0, (year - start + 1) / max(self.ramp, 1.0))


@dataclass(frozen=True, slots=True)
class Plant:
    """Liquefaction or regasification capacity that a scenario adds at a node."""

    node: str
    kind: str
    capacity: float
    since: str
    until: str
    measure: int = 0

    def open(self, year: int) -> float:
        """Return the share of a year in which it is there."""
        return share_of_year(self.since, self.until, year)


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
    measure: int = 0

    def holds(self, year: int) -> bool:
        """Say whether it holds in a year, by its first day."""
        first, end = whole_years(self.since, self.until)
        return first <= year < end


@dataclass(frozen=True, slots=True)
class Changes:
    """All that a scenario changes, and what a reader should know of how it was read.

    ``measures`` are the scenario's as they were resolved, in order: what is built and limited
    says which of them it comes from.
    """

    built: tuple[Built, ...] = ()
    plants: tuple[Plant, ...] = ()
    limits: tuple[Limit, ...] = ()
    notes: tuple[str, ...] = ()
    measures: tuple[Mapping[str, Any], ...] = ()


def changes_of(scenario: ResolvedScenario, tables: Tables) -> Changes:
    """Read a scenario's measures.

    Raises:
        EngineError: a measure is about something else than gas, or names no link of the network,
            or a country where the network has no port.
    """
    built: list[Built] = []
    plants: list[Plant] = []
    limits: list[Limit] = []
    notes: list[str] = []
    for k, m in enumerate(scenario.measures):
        place = f"scenario {m['scenario']}: measure {m['number']}"
        match m["measure"]:
            case "build_link" if m["commodity"] == "lng":
                plants += [replace(x, measure=k) for x in _plants(m, tables, place, notes)]
            case "build_link":
                built.append(replace(_pipe(m, tables, place, notes), measure=k))
            case "cut_link" | "set_capacity":
                limit = _limit(m, tables, place, built, plants, notes)
                limits.append(replace(limit, measure=k))
            case "embargo":
                limits += [replace(x, measure=k) for x in _embargo(m, tables, place, notes)]
            case "price_cap":
                limits.append(replace(_cap(m, tables, place, notes), measure=k))
    return Changes(
        tuple(built), tuple(plants), tuple(limits), tuple(dict.fromkeys(notes)), scenario.measures
    )


def _nodes(
    codes: str | Sequence[str], tables: Tables, place: str, notes: list[str]
) -> frozenset[str]:
    listed = [codes] if isinstance(codes, str) else codes
    if EVERYBODY in listed:
        return frozenset(tables.codes)
    found, others = tables.nodes_of(listed)
    if not found:
        whole = tables.home.get(listed[0])
        hint = "name a country that produces, uses or carries gas"
        raise EngineError(
            f"{', '.join(listed[:4])}: not told apart in the gas network",
            where=place,
            hint=f"it is counted in {tables.title[whole]}" if whole in tables.title else hint,
        )
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
            f"the engine gas does not carry {m['commodity']}",
            where=place,
            hint="use commodity: pipeline_gas or lng",
        )


def node_of(country: str, name: str, tables: Tables, end: Literal["tail", "head"] = "tail") -> str:
    """Return the node where a pipe starts in a country, or ends: in Russia by its name."""
    if country != RUSSIA:
        return tables.home[country]
    word = name.lower()
    known = [getattr(p, end) for p in tables.pipes if name and p.name.lower() == word]
    found = [node for part, node in PARTS_OF_RUSSIA.items() if part in word]
    return next((n for n in (*known, *found) if n.startswith(RUSSIA)), tables.home[country])


def _pipe(m: Mapping[str, Any], tables: Tables, place: str, notes: list[str]) -> Built:
    """Return the pipe a measure builds."""
    _gas(m, place)
    for end in ("origin", "destination"):
        _nodes(m[end], tables, place, notes)
    name = m.get("name", f"{m['origin']} to {m['destination']}")
    tail = node_of(m["origin"], name, tables)
    head = node_of(m["destination"], name, tables, "head")
    if tail == head:
        raise EngineError(
            f"both ends lie in {tables.title[tail]}",
            where=place,
            hint="name countries that the gas network tells apart",
        )
    since, ramp = m.get("since", ""), m["ramp_years"]
    drawn = not since and DRAWN in name.lower()
    if not since and not drawn:
        if ramp:
            raise EngineError(
                f"{name} fills over {ramp:g} years from a day that is not given",
                where=place,
                hint="say since when, or leave ramp_years out",
            )
        notes.append(f"{name}: no first day is given, so that it is there in full in every year.")
    if tail in EAST:
        notes.append(f"{name}: gas for it is taken to be found in {tables.title[tail]}.")
    pipe = Pipe(tail, head, name, _volume(m, place), since, m.get("until", ""))
    return Built(pipe, ramp, tuple(m.get("via", ())), drawn)


def _plants(m: Mapping[str, Any], tables: Tables, place: str, notes: list[str]) -> list[Plant]:
    """Return the plant and the terminal that a measure builds: LNG needs a port at both ends."""
    if m["ramp_years"]:
        raise EngineError(
            "the engine gas does not fill plants over years",
            where=place,
            hint="leave ramp_years out, or write a measure for each step",
        )
    if m.get("via"):
        raise EngineError(
            "ships take the way there is", where=f"{place}: via", hint="leave via out for lng"
        )
    seller = _port(m, "origin", tables, place, notes)
    buyer = _port(m, "destination", tables, place, notes)
    if seller == buyer or not tables.reach(seller, buyer):
        raise EngineError(
            f"no LNG is shipped from {tables.title[seller]} to {tables.title[buyer]}",
            where=place,
            hint="name countries that the gas network tells apart",
        )
    volume, when = _volume(m, place), (m.get("since", ""), m.get("until", ""))
    ends = ((seller, "liquefaction"), (buyer, "regasification"))
    return [Plant(node, kind, volume, *when) for node, kind in ends]


def _port(m: Mapping[str, Any], end: str, tables: Tables, place: str, notes: list[str]) -> str:
    """Return the node of a country where ships can load; of several, by the link's name."""
    nodes = _nodes(m[end], tables, place, notes)
    ports = [c for c in tables.codes if c in nodes and tables.has_port(c)]
    if not ports:
        every = [tables.title[c] for c in tables.codes if tables.has_port(c)]
        raise EngineError(
            f"no LNG can leave or reach {m[end]}: the gas network has no port there",
            where=place,
            hint=f"it has ports of {', '.join(every[:8])} and {len(every) - 8} more",
        )
    meant = (_plants_named(m, ports) or ports)[0]
    if len(ports) > 1:
        notes.append(f"LNG of {m[end]} is taken to be that of {tables.title[meant]}.")
    return meant


def _plants_named(m: Mapping[str, Any], nodes: Collection[str]) -> list[str]:
    """Return the nodes that the name of a link of LNG speaks of."""
    name = m.get("name", "").lower()
    return [node for word, node in PLANTS_OF_RUSSIA.items() if word in name and node in nodes]


def _limit(
    m: Mapping[str, Any],
    tables: Tables,
    place: str,
    built: Sequence[Built],
    plants: Sequence[Plant],
    notes: list[str],
) -> Limit:
    _gas(m, place)
    if m.get("via"):
        raise EngineError(
            "the way that gas goes picks no pipe that is there",
            where=f"{place}: via",
            hint="name the pipe (name: ...), or leave via out: the measure is on all there are",
        )
    sellers, buyers = (_nodes(m[end], tables, place, notes) for end in ("origin", "destination"))
    routes: frozenset[str] = frozenset()
    if m["commodity"] == "pipeline_gas":
        routes = _routes(m, sellers, buyers, tables, place, built)
    else:
        sellers = _shipping(m, sellers, buyers, tables, place, plants)
    capacity = _volume(m, place) if m["measure"] == "set_capacity" else None
    left, when = m.get("remaining", 1.0), {k: m.get(k, "") for k in ("since", "until")}
    return Limit(sellers, buyers, (m["commodity"],), routes, left, capacity, **when)


def _routes(
    m: Mapping[str, Any],
    sellers: frozenset[str],
    buyers: frozenset[str],
    tables: Tables,
    place: str,
    built: Sequence[Built],
) -> frozenset[str]:
    """Return the pipes that a measure names, none where it is on all; refuse what is no pipe."""
    pipes = (*tables.pipes, *(b.pipe for b in built))
    names = {p.name for p in pipes if p.tail in sellers and p.head in buyers}
    word = m.get("name", "").lower()
    routes = frozenset(n for n in names if n.lower() == word)
    routes = routes or frozenset(n for n in names if n.lower().startswith(word))
    if not names or ("name" in m and not routes):
        raise EngineError(
            f"no pipe {m.get('name', '')!r} from {m['origin']} to {m['destination']}",
            where=place,
            hint=nearest(
                m.get("name", m["origin"]), sorted(names) or [p.name for p in tables.pipes]
            ),
        )
    return routes if "name" in m else frozenset()


def _shipping(
    m: Mapping[str, Any],
    sellers: frozenset[str],
    buyers: frozenset[str],
    tables: Tables,
    place: str,
    plants: Sequence[Plant],
) -> frozenset[str]:
    """Return the sellers of a trade in LNG that there is in some year, or refuse it."""
    meant = frozenset(_plants_named(m, sellers))
    if "name" in m and not meant:
        raise EngineError(
            f"LNG is told apart by country and not by plant: {m['name']!r}",
            where=place,
            hint="leave the name out: the measure is on all LNG from the one to the other",
        )
    sellers = meant or sellers
    ships, lands = (
        tables.with_plants(kind) | {x.node for x in plants if x.kind == kind}
        for kind in ("liquefaction", "regasification")
    )
    if not any(tables.reach(a, b) for a in sellers & ships for b in buyers & lands):
        every = sorted(tables.title[c] for c in ships)
        raise EngineError(
            f"no LNG goes from {m['origin']} to {m['destination']}",
            where=place,
            hint=f"it is shipped by {', '.join(every[:8])} and {len(every) - 8} more",
        )
    return sellers


def _carriers(m: Mapping[str, Any], place: str) -> tuple[str, ...]:
    found = tuple(c for c in CARRIERS if c in m["commodities"])
    if not found:
        raise EngineError(
            f"the scope {', '.join(m.get('scope_names', ())) or 'given'} holds no gas",
            where=place,
            hint="use scope: gas, pipeline_gas, lng, energy or all",
        )
    return found


def _embargo(m: Mapping[str, Any], tables: Tables, place: str, notes: list[str]) -> list[Limit]:
    carriers = _carriers(m, place)
    senders, targets = (_nodes(m[side], tables, place, notes) for side in ("senders", "targets"))
    bought, sold = (targets, senders), (senders, targets)
    ways = {"imports": [bought], "exports": [sold], "both": [bought, sold]}[m["direction"]]
    when = {k: m.get(k, "") for k in ("since", "until")}
    return [Limit(a, b, carriers, share=m["leakage"], **when) for a, b in ways]


def _cap(m: Mapping[str, Any], tables: Tables, place: str, notes: list[str]) -> Limit:
    per_mmbtu = {"USD/MMBtu": 1.0, "USD/1000m3": 1 / MMBTU_PER_BCM_EI}
    if m["unit"] not in per_mmbtu:
        raise EngineError(
            f"a cap in {m['unit']} is not a price of gas in dollars",
            where=place,
            hint="give USD/MMBtu or USD/1000m3",
        )
    if m["compliance"] < 1:
        raise EngineError(
            "the engine gas reads a cap that everybody keeps",
            where=place,
            hint="leave compliance out",
        )
    sellers, buyers = (_nodes(m[side], tables, place, notes) for side in ("targets", "senders"))
    price, when = m["cap"] * per_mmbtu[m["unit"]], {k: m.get(k, "") for k in ("since", "until")}
    return Limit(sellers, buyers, _carriers(m, place), price=price, **when)
