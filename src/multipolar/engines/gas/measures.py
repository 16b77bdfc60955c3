"""Measures as what they change in the network: pipes, voyages and plants, by year."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from multipolar.engines.api import Support
from multipolar.engines.api.asked import Asked
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.gas.data import EAST, RUSSIA, Pipe, Tables, share_of_year
from multipolar.errors import nearest
from multipolar.policy import LINKS, ResolvedScenario, measure_faults, whole_years
from multipolar.world.units import MMBTU_PER_BCM_EI, convert

CARRIERS = ("pipeline_gas", "lng")
SUPPORTS = frozenset(
    {
        *(Support(k, commodity=CARRIERS) for k in LINKS),
        *(Support(k, commodities=CARRIERS) for k in ("embargo", "price_cap")),
    }
)
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
    horizon: str = "long"


@dataclass(frozen=True, slots=True)
class GasMeasure(Asked[Tables]):
    """A measure on the tables of the engine."""

    def nodes(self, word: str) -> frozenset[str]:
        """Return the nodes of the countries that a word names."""
        codes, tables = self[word], self.tables
        unknown = "name a country that produces, uses or carries gas"
        listed = [codes] if isinstance(codes, str) else codes
        if EVERYBODY in listed:
            return frozenset(tables.codes)
        found, others = tables.nodes_of(listed)
        if not found:
            whole = tables.title.get(tables.home.get(listed[0], ""))
            hint = f"it is counted in {whole}" if whole else unknown
            raise self.refused(f"{', '.join(listed[:4])}: not told apart in the gas network", hint)
        if others:
            names = ", ".join(others[:6]) + (" and others" if len(others) > 6 else "")
            self.notes.append(f"Counted with those named: {names}.")
        return frozenset(found)

    def volume(self) -> float:
        """Return a capacity in bcm of 40 MJ/m3; a plain bcm is the supplier's own count."""
        unit = self["unit"]
        if unit == "bcm/yr":
            own = "bcm_ru" if self["origin"] == "RUS" else "bcm_ei"
            return convert(self["capacity"], own, "bcm_ei")
        if unit == "Mt/yr":
            return convert(self["capacity"], "Mt LNG", "bcm_ei")
        raise self.refused(f"{unit} does not measure gas", "use bcm/yr or Mt/yr")

    def carriers(self) -> tuple[str, ...]:
        """Return the ways of moving gas that its scope holds."""
        found = tuple(c for c in CARRIERS if c in self["commodities"])
        if not found:
            raise self.refused(
                f"the scope {', '.join(self.get('scope_names', ())) or 'given'} holds no gas",
                "use scope: gas, pipeline_gas, lng, energy or all",
            )
        return found


@measure_faults()
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
    for k, words in enumerate(scenario.measures):
        m = GasMeasure(words, tables, notes)
        match m["measure"]:
            case "build_link" if m["commodity"] == "lng":
                plants += [replace(x, measure=k) for x in _plants(m)]
            case "build_link":
                built.append(replace(_pipe(m), measure=k))
            case "cut_link" | "set_capacity":
                limits.append(replace(_limit(m, built, plants), measure=k))
            case "embargo":
                limits += [replace(x, measure=k) for x in _embargo(m)]
            case "price_cap":
                limits.append(replace(_cap(m), measure=k))
    said = tuple(dict.fromkeys(notes))
    return Changes(
        tuple(built), tuple(plants), tuple(limits), said, scenario.measures, scenario.horizon
    )


def _gas(m: GasMeasure) -> None:
    if m["commodity"] not in CARRIERS:
        raise m.refused(
            f"the engine gas does not carry {m['commodity']}", "use commodity: pipeline_gas or lng"
        )


def node_of(country: str, name: str, tables: Tables, end: Literal["tail", "head"] = "tail") -> str:
    """Return the node where a pipe starts in a country, or ends: in Russia by its name."""
    if country != RUSSIA:
        return tables.home[country]
    word = name.lower()
    known = [getattr(p, end) for p in tables.pipes if name and p.name.lower() == word]
    found = [node for part, node in PARTS_OF_RUSSIA.items() if part in word]
    return next((n for n in (*known, *found) if n.startswith(RUSSIA)), tables.home[country])


def _pipe(m: GasMeasure) -> Built:
    """Return the pipe a measure builds."""
    _gas(m)
    for end in ("origin", "destination"):
        m.nodes(end)
    tables, name = m.tables, m.get("name", f"{m['origin']} to {m['destination']}")
    tail = node_of(m["origin"], name, tables)
    head = node_of(m["destination"], name, tables, "head")
    if tail == head:
        hint = "name countries that the gas network tells apart"
        raise m.refused(f"both ends lie in {tables.title[tail]}", hint)
    since, ramp = m.get("since"), m["ramp_years"]
    drawn = not since and DRAWN in name.lower()
    if not since and not drawn:
        if ramp:
            raise m.refused(
                f"{name} fills over {ramp:g} years from a day that is not given",
                "say since when, or leave ramp_years out",
            )
        m.notes.append(f"{name}: no first day is given, so that it is there in full in every year.")
    if tail in EAST:
        m.notes.append(f"{name}: gas for it is taken to be found in {tables.title[tail]}.")
    pipe = Pipe(tail, head, name, m.volume(), **m.when)
    return Built(pipe, ramp, tuple(m.get("via", ())), drawn)


def _plants(m: GasMeasure) -> list[Plant]:
    """Return the plant and the terminal that a measure builds: LNG needs a port at both ends."""
    if m["ramp_years"]:
        raise m.refused(
            "the engine gas does not fill plants over years",
            "leave ramp_years out, or write a measure for each step",
        )
    if m.get("via"):
        raise m.refused("ships take the way there is", "leave via out for lng", "via")
    seller, buyer = _port(m, "origin"), _port(m, "destination")
    if seller == buyer or not m.tables.reach(seller, buyer):
        title = m.tables.title
        raise m.refused(
            f"no LNG is shipped from {title[seller]} to {title[buyer]}",
            "name countries that the gas network tells apart",
        )
    ends = ((seller, "liquefaction"), (buyer, "regasification"))
    return [Plant(node, kind, m.volume(), **m.when) for node, kind in ends]


def _port(m: GasMeasure, end: str) -> str:
    """Return the node of a country where ships can load; of several, by the link's name."""
    tables, nodes = m.tables, m.nodes(end)
    harbours = [c for c in tables.codes if tables.has_port(c)]
    ports = [c for c in harbours if c in nodes]
    if not ports:
        every = [tables.title[c] for c in harbours]
        raise m.refused(
            f"no LNG can leave or reach {m[end]}: the gas network has no port there",
            f"it has ports of {', '.join(every[:8])} and {len(every) - 8} more",
        )
    meant = (_plants_named(m, ports) or ports)[0]
    if len(ports) > 1:
        m.notes.append(f"LNG of {m[end]} is taken to be that of {tables.title[meant]}.")
    return meant


def _plants_named(m: GasMeasure, nodes: Collection[str]) -> list[str]:
    """Return the nodes that the name of a link of LNG speaks of."""
    name = m.get("name").lower()
    return [node for word, node in PLANTS_OF_RUSSIA.items() if word in name and node in nodes]


def _limit(m: GasMeasure, built: Sequence[Built], plants: Sequence[Plant]) -> Limit:
    _gas(m)
    if m.get("via"):
        raise m.refused(
            "the way that gas goes picks no pipe that is there",
            "name the pipe (name: ...), or leave via out: the measure is on all there are",
            "via",
        )
    sellers, buyers, routes = m.nodes("origin"), m.nodes("destination"), frozenset[str]()
    if m["commodity"] == "pipeline_gas":
        routes = _routes(m, sellers, buyers, built)
    else:
        sellers = _shipping(m, sellers, buyers, plants)
    capacity = m.volume() if m["measure"] == "set_capacity" else None
    left = m.get("remaining", 1.0)
    return Limit(sellers, buyers, (m["commodity"],), routes, left, capacity, **m.when)


def _routes(
    m: GasMeasure, sellers: frozenset[str], buyers: frozenset[str], built: Sequence[Built]
) -> frozenset[str]:
    """Return the pipes that a measure names, none where it is on all; refuse what is no pipe."""
    pipes = (*m.tables.pipes, *(b.pipe for b in built))
    names = {p.name for p in pipes if p.tail in sellers and p.head in buyers}
    word = m.get("name").lower()
    routes = frozenset(n for n in names if n.lower() == word)
    routes = routes or frozenset(n for n in names if n.lower().startswith(word))
    if not names or (word and not routes):
        every = sorted(names) or [p.name for p in m.tables.pipes]
        raise m.refused(
            f"no pipe {m.get('name')!r} from {m['origin']} to {m['destination']}",
            nearest(m.get("name", m["origin"]), every),
        )
    return routes if word else frozenset()


def _shipping(
    m: GasMeasure, sellers: frozenset[str], buyers: frozenset[str], plants: Sequence[Plant]
) -> frozenset[str]:
    """Return the sellers of a trade in LNG that there is in some year, or refuse it."""
    tables, meant = m.tables, frozenset(_plants_named(m, sellers))
    if m.get("name") and not meant:
        raise m.refused(
            f"LNG is told apart by country and not by plant: {m['name']!r}",
            "leave the name out: the measure is on all LNG from the one to the other",
        )
    sellers = meant or sellers
    ships, lands = (
        tables.with_plants(kind) | {x.node for x in plants if x.kind == kind}
        for kind in ("liquefaction", "regasification")
    )
    if not any(tables.reach(a, b) for a in sellers & ships for b in buyers & lands):
        every = sorted(tables.title[c] for c in ships)
        raise m.refused(
            f"no LNG goes from {m['origin']} to {m['destination']}",
            f"it is shipped by {', '.join(every[:8])} and {len(every) - 8} more",
        )
    return sellers


def _embargo(m: GasMeasure) -> list[Limit]:
    carriers, senders, targets = m.carriers(), m.nodes("senders"), m.nodes("targets")
    bought, sold = (targets, senders), (senders, targets)
    ways = {"imports": [bought], "exports": [sold], "both": [bought, sold]}[m["direction"]]
    return [Limit(a, b, carriers, share=m["leakage"], **m.when) for a, b in ways]


def _cap(m: GasMeasure) -> Limit:
    per_mmbtu = {"USD/MMBtu": 1.0, "USD/1000m3": 1 / MMBTU_PER_BCM_EI}
    if m["unit"] not in per_mmbtu:
        what = f"a cap in {m['unit']} is not a price of gas in dollars"
        raise m.refused(what, "give USD/MMBtu or USD/1000m3")
    if m["compliance"] < 1:
        raise m.refused("the engine gas reads a cap that everybody keeps", "leave compliance out")
    price = m["cap"] * per_mmbtu[m["unit"]]
    return Limit(m.nodes("targets"), m.nodes("senders"), m.carriers(), price=price, **m.when)
