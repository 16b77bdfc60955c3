"""Groups that everybody speaks of and nobody has a list of: what to name in their place.

No published list says who belongs to the West, the Global North or the Middle East, and a list of
ours would decide what is to be tested. Each is refused with coalitions that do have a list, and so
is an organisation whose members are not among the tables. The Global South alone is read as a group
that many take for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# what is said of it, what to name instead, and its names
_GROUPS = """
the West | G7, NATO, EU, OECD | west, western countries, western states, western nations, western
    powers, western world, western bloc, western alliance, western allies, western, westerners,
    collective west, global west, political west, free world, occident, transatlantic alliance
the Global North | OECD, G7 | global north, north, developed countries, developed world, advanced
    economies, industrialised countries, industrialized countries, rich countries, high income
    countries, first world
the South | G77, BRICS, African Union | south, developing countries, developing world, developing
    economies, third world, non west, global majority, world majority, poor countries
the East | CIS, CSTO, EAEU, SCO | east, global east, eastern bloc, soviet bloc, communist bloc,
    second world
the group of former Soviet republics | CIS, Baltic states | former soviet republics, soviet
    republics, post soviet states, post soviet space
the group of emerging economies | BRICS, G20, G77 | emerging markets, emerging economies, emerging
    powers, rising powers, middle powers
Europe | EU, Euro area, EFTA, NATO | europe, european, europeans, european countries, western
    europe, northern europe, southern europe, continental europe, european allies
Eastern Europe | Visegrad Group, Baltic states, UN Eastern European Group | eastern europe,
    central europe, central and eastern europe, cee, new europe, balkans, western balkans
the Caucasus | CIS, EAEU | caucasus, south caucasus, transcaucasia
Asia | ASEAN, APEC, RCEP, UN Asia-Pacific Group | asia, asian, asian countries, east asia,
    northeast asia, eurasia, indo pacific, asia pacific, pacific, oceania, southeast asia, south
    east asia
South Asia | SAARC | south asia, southern asia, indian subcontinent
the Middle East | GCC, Arab League, OPEC | middle east, near east, mena, gulf, gulf states, gulf
    countries, persian gulf, arab world, arab states, arab countries, arabs, levant, north africa,
    maghreb
the Muslim world | Arab League, GCC | muslim world, islamic world, muslim countries
Africa | African Union, UN African Group, Alliance of Sahel States | africa, african, african
    countries, sub saharan africa, subsaharan africa, west africa, western africa, east africa,
    eastern africa, southern africa, horn of africa, sahel
Latin America | UN Latin American and Caribbean Group, Mercosur | latin america, south america,
    central america, caribbean, americas, latin america and the caribbean, western hemisphere
North America | USMCA | north america, northern america
the Non-Aligned Movement | G77 | non aligned movement, non aligned countries, non aligned,
    nonaligned movement, neutral states
the Anglosphere | Five Eyes, AUKUS | anglosphere, anglo saxons, english speaking world,
    anglo saxon world
the axis | SCO, BRICS | axis of resistance, axis of upheaval, axis of evil, crink, autocracies,
    authoritarian states, axis
the set of democracies | G7, NATO, EU, OECD | democracies, liberal democracies, us allies,
    american allies, allies, like minded countries, partners and allies
the international community | P5, G20 | international community, international society,
    world community
"""
# organisations with members of their own, of which no table has a list: written in the same way
_ORGANISATIONS = """
the Warsaw Pact | CIS, CSTO, NATO | warsaw pact, warsaw treaty organization
the Council of Europe | EU, Euro area | council of europe
the Organisation of Islamic Cooperation | Arab League, GCC | oic, organisation of islamic
    cooperation, organization of islamic cooperation
ECOWAS | African Union, Alliance of Sahel States | ecowas, economic community of west african states
the Southern African Development Community | African Union, UN African Group | sadc, southern
    african development community
the African free trade area | African Union, UN African Group | afcfta, african continental free
    trade area
CELAC | UN Latin American and Caribbean Group, Mercosur | celac, community of latin american and
    caribbean states
the Organization of American States | UN Latin American and Caribbean Group, USMCA | oas,
    organization of american states, organisation of american states
UNASUR | Mercosur, UN Latin American and Caribbean Group | unasur, union of south american nations
CARICOM | UN Latin American and Caribbean Group | caricom, caribbean community
the Commonwealth | Five Eyes, AUKUS | commonwealth, commonwealth of nations
the Organization of Turkic States | Central Asia, CIS | organization of turkic states, organisation
    of turkic states, turkic states, turkic council
BIMSTEC | SAARC, ASEAN | bimstec
the Pacific Islands Forum | APEC, UN Asia-Pacific Group | pacific islands forum
the Indo-Pacific Economic Framework | Quad, CPTPP, RCEP | ipef, indo pacific economic framework
the group of least developed countries | G77, African Union | least developed countries, ldcs
the Security Council | P5 | security council, unsc, un security council
the United Nations | P5, G20, G77 | united nations, un, unga, un members, general assembly
the International Monetary Fund | G20, OECD | imf, international monetary fund
the World Bank | G20, OECD | world bank
the World Trade Organization | G20, OECD | wto, world trade organization, world trade organisation
"""


_STANDING = {"globalsouth": ("the Global South", "G77")}  # who is taken for it, as an alias there
PHRASE = 5  # words of the longest name


def _read(rows: str) -> dict[str, tuple[str, list[str]]]:
    found: dict[str, tuple[str, list[str]]] = {}
    for line in rows.replace("\n    ", " ").strip().splitlines():
        said, instead, words = line.split(" | ")
        # by the letters alone, as names are looked up
        found |= {w.replace(" ", ""): (said, instead.split(", ")) for w in words.split(", ")}
    return found


UNLISTED, ORGANISATIONS = _read(_GROUPS), _read(_ORGANISATIONS)


@dataclass(frozen=True)
class Spoken:
    """A group that is spoken of, the coalitions to look at in its place, and why those."""

    coalitions: tuple[str, ...]
    says: str
    whole: bool


def refusal(letters: str) -> tuple[str, str] | None:
    """Return what is said of a group without a list and the hint, or None for any other name.

    Example:
        >>> refusal("collectivewest")
        ('the West has no list of members here', 'name G7, NATO, EU or OECD')
        >>> refusal("ecowas")[0]
        'there is no list of the members of ECOWAS here'
    """
    if letters in UNLISTED:
        said, instead = UNLISTED[letters]
        return f"{said} has no list of members here", f"name {_either(instead)}"
    if letters in ORGANISATIONS:
        said, instead = ORGANISATIONS[letters]
        what = f"there is no list of the members of {said} here"
        return what, f"list the states, or name {_either(instead)}"
    return None


def spoken_of(words: list[str]) -> Spoken | None:
    """Return the group that words are about, in whole or, where it has several, in part.

    Example:
        >>> spoken_of(["global", "south"]).says
        'the Global South has no list of members; the G77 stands for it here'
        >>> spoken_of(["east", "germany"]), spoken_of(["oil", "of", "the", "middle", "east"]).whole
        (None, False)
    """
    words = words[1:] if words[:1] == ["the"] else words
    for n in range(min(PHRASE, len(words)), 0, -1):
        whole = n == len(words)
        for part in _runs(words, n) if whole or n > 1 else ():
            letters = "".join(part)
            if letters in _STANDING:
                said, group = _STANDING[letters]
                says = f"{said} has no list of members; the {group} stands for it here"
                return Spoken((group,), says, whole)
            found = refusal(letters)
            if found is not None:
                _, instead = {**UNLISTED, **ORGANISATIONS}[letters]
                return Spoken(tuple(instead), f"{found[0]}: look at {_either(instead)}", whole)
    return None


def _runs(words: list[str], n: int) -> Iterator[list[str]]:
    yield from (words[k : k + n] for k in range(len(words) - n + 1))


def _either(names: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
