"""Measures as what they change in the market for crude."""

from __future__ import annotations

from dataclasses import dataclass, replace

from multipolar.engines.api import Support
from multipolar.engines.api.asked import Asked
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.oil.changes import Change, Changes
from multipolar.engines.oil.data import CPC, DRUZHBA, KAZAKHSTAN, PACIFIC, RUSSIA, Tables
from multipolar.errors import nearest
from multipolar.policy import LINKS, ResolvedScenario, measure_faults

CRUDE = ("crude",)
BARRELS = 7.33  # a tonne
SUPPORTS = frozenset(
    {
        *(Support(k, commodity=CRUDE) for k in LINKS),
        *(Support(k, commodities=CRUDE) for k in ("embargo", "tariff")),
        Support("price_cap", commodities=CRUDE, unit=("USD/bbl",)),
        Support("secondary_sanction_threat", commodities=CRUDE, consequence=("embargo",)),
        "production_cut",
        "close_strait",
    }
)
STRAITS = {
    "Hormuz": ("hormuz", "strait of hormuz", "persian gulf"),
    "Suez": ("suez", "suez canal", "red sea", "bab el-mandeb", "bab al-mandab"),
}
LINKED = {  # links with a capacity here, and what they are called
    PACIFIC: ("espo", "espo pipeline", "eastern siberia-pacific ocean", "kozmino"),
    DRUZHBA: ("druzhba", "friendship pipeline"),
    CPC: ("cpc", "caspian pipeline consortium"),
    "bypass SAU": ("east-west pipeline", "petroline", "yanbu"),
    "bypass ARE": ("habshan-fujairah pipeline", "habshan-fujairah", "fujairah", "adcop"),
    "bypass IRN": ("goreh-jask pipeline", "goreh-jask", "jask"),
    "bypass IRQ": ("kirkuk-ceyhan pipeline", "kirkuk-ceyhan"),
}
SHOWN = ("ESPO", "Druzhba", "CPC", "East-West pipeline", "Habshan-Fujairah", "Goreh-Jask")
BY_DRUZHBA = frozenset({"BLR", "CZE", "DEU", "HUN", "POL", "SVK"})
SERVED = frozenset({"GBR", "GRC"})  # whose ships and insurers a cap works through
CODE = {word: name for name, words in (*STRAITS.items(), *LINKED.items()) for word in words}


@dataclass(frozen=True, slots=True)
class CrudeMeasure(Asked[Tables]):
    """A measure on the tables of the engine."""

    def states(self, word: str, *, needed: bool = False) -> frozenset[str]:
        """Return the states that a word names, of those that pump, sell or buy crude.

        Where there are none, a measure that is not of crude alone changes nothing, and a note
        says so; one that cannot be without them (``needed``) is refused.
        """
        codes, every = self[word], frozenset(self.tables.codes)
        listed = frozenset([codes] if isinstance(codes, str) else codes)
        if EVERYBODY in listed:
            return every
        found = listed & every
        if not found:
            what = f"{', '.join(sorted(listed)[:4])}: no crude is told apart there"
            if needed:
                raise self.refused(what, "name a state that pumps or buys crude")
            self.notes.append(f"Measure {self['number']} ({self['measure']}), {what}.")
        return found


@measure_faults()
def changes_of(scenario: ResolvedScenario, tables: Tables) -> Changes:
    """Read a scenario's measures.

    Raises:
        EngineError: a measure names no state that pumps or buys crude, or a link or strait that
            is not in the model, or a unit that measures no crude.
    """
    items: list[Change] = []
    notes: list[str] = []
    for k, words in enumerate(scenario.measures):
        m = CrudeMeasure(words, tables, notes)
        items += [replace(c, measure=k, **m.when) for c in READERS[m["measure"]](m)]
    return Changes(tuple(items), tuple(dict.fromkeys(notes)), scenario.measures)


def _embargo(m: CrudeMeasure) -> list[Change]:
    senders, targets = m.states("senders"), m.states("targets")
    ways = {"imports": [(targets, senders)], "exports": [(senders, targets)]}
    ways["both"] = ways["imports"] + ways["exports"]
    return [Change("ban", m["leakage"], a, b) for a, b in ways[m["direction"]]]


def _tariff(m: CrudeMeasure) -> list[Change]:
    m.notes.append("A tariff is taken as an amount a barrel, at the prices of the base year.")
    return [Change("tariff", m["rate"], m.states("targets"), m.states("senders"))]


def _cap(m: CrudeMeasure) -> list[Change]:
    if m.states("targets") != {RUSSIA}:
        raise m.refused(
            "a cap on crude is on what leaves Russia's western ports: no fleet of others is known",
            "give targets: Russia",
        )
    if not SERVED & m.states("senders"):
        raise m.refused(
            "a cap works through the ships and insurers of those who set it",
            "name the European Union, the United Kingdom or the G7 among the senders",
        )
    m.notes.append(
        "The cap is on crude by sea from Russia's western ports; the Pacific ones and pipes are "
        "exempt. The share that keeps it is multiplied by what users of Western ships keep."
    )
    return [Change("cap", m["cap"], frozenset({RUSSIA}), kept=m["compliance"])]


def _threat(m: CrudeMeasure) -> list[Change]:
    m.notes.append(
        "A threat is taken as a price reduction at which a buyer still buys as before (parameter "
        "aversion) times its probability: an assumption of ours."
    )
    sellers, buyers = m.states("targets"), m.states("third_parties")
    return [Change("threat", m["probability"], sellers, buyers)]


def _cut(m: CrudeMeasure) -> list[Change]:
    m.notes.append("Those who cut hold to what they announce, whatever the price.")
    relative = m["unit"] == "share of output"
    who = m.states("members", needed=True)
    return [Change("cut", m["amount"], who, relative=relative)]


def _strait(m: CrudeMeasure) -> list[Change]:
    name = CODE.get(" ".join(m["name"].casefold().split()))
    if name not in STRAITS:
        raise m.refused(
            f"no strait {m['name']!r} here", nearest(m["name"], list(STRAITS)) or "Hormuz or Suez"
        )
    if name == "Hormuz":
        m.notes.append(
            "Through Hormuz: what bypasses can carry still leaves; the rest is shut in. Stocks and "
            "products are not in the model."
        )
    return [Change("strait", m["share"], name=name)]


def _link(m: CrudeMeasure) -> list[Change]:
    if m.get("via"):
        raise m.refused("crude takes the way there is", "leave via out, or name the link")
    if m.get("ramp_years", 0):
        raise m.refused(
            "the engine oil does not fill links over years",
            "leave ramp_years out, or write a measure for each step",
        )
    name = _named(m)
    kind = m["measure"]
    if name is None:
        if kind != "cut_link":
            raise m.refused(
                f"crude from {m['origin']} to {m['destination']} has no capacity here to change",
                f"name a link: {', '.join(SHOWN)}",
            )
        seller, buyer = (m.states(end, needed=True) for end in ("origin", "destination"))
        return [Change("ban", m["remaining"], seller, buyer)]
    match kind:
        case "build_link":
            return [Change("add", _mbd(m), name=name)]
        case "set_capacity":
            return [Change("set", _mbd(m), name=name)]
        case _:
            return [Change("keep", m["remaining"], name=name)]


def _named(m: CrudeMeasure) -> str | None:
    """Return the link that is meant, by its name or by its ends; None for a pair without one."""
    if m.get("name"):
        name = CODE.get(" ".join(m["name"].casefold().split()))
        if name not in LINKED:
            raise m.refused(f"no link {m['name']!r} for crude", nearest(m["name"], SHOWN))
        return name
    for end in ("origin", "destination"):
        m.states(end, needed=True)
    ends = (m["origin"], m["destination"])
    if ends == (RUSSIA, "CHN"):
        return PACIFIC
    if ends[0] == RUSSIA and ends[1] in BY_DRUZHBA:
        return DRUZHBA
    return CPC if ends[0] == KAZAKHSTAN and ends[1] == RUSSIA else None


def _mbd(m: CrudeMeasure) -> float:
    match m["unit"]:
        case "mb/d":
            return float(m["capacity"])
        case "Mt/yr":
            return float(m["capacity"]) * BARRELS / 365
        case unit:
            raise m.refused(f"{unit} does not measure crude", "use mb/d or Mt/yr")


READERS = {
    "embargo": _embargo,
    "tariff": _tariff,
    "price_cap": _cap,
    "secondary_sanction_threat": _threat,
    "production_cut": _cut,
    "close_strait": _strait,
    **dict.fromkeys(LINKS, _link),
}
