"""Groups that everybody speaks of and nobody has a list of: what to name in their place.

No published list says who belongs to the West, the Global North or the Middle East, and a list of
ours would decide what is to be tested. Each is refused with coalitions that do have a list.
"""

from __future__ import annotations

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
    second world, warsaw pact
the group of former Soviet republics | CIS, Baltic states | former soviet republics, soviet
    republics, post soviet states, post soviet space
the group of emerging economies | BRICS, G20, G77 | emerging markets, emerging economies, emerging
    powers, rising powers, middle powers
Europe | EU, Euro area, EFTA, NATO | europe, european, europeans, european countries, western
    europe, northern europe, southern europe, continental europe, council of europe, european
    allies
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
the Muslim world | Arab League, GCC | muslim world, islamic world, muslim countries, oic,
    organisation of islamic cooperation, organization of islamic cooperation
Africa | African Union, UN African Group, Alliance of Sahel States | africa, african, african
    countries, sub saharan africa, subsaharan africa, west africa, western africa, east africa,
    eastern africa, southern africa, horn of africa, sahel, ecowas
Latin America | UN Latin American and Caribbean Group, Mercosur | latin america, south america,
    central america, caribbean, americas, latin america and the caribbean, western hemisphere,
    celac
North America | USMCA | north america, northern america
the Non-Aligned Movement | G77 | non aligned movement, non aligned countries, non aligned,
    nonaligned movement, neutral states
the Anglosphere | Five Eyes, AUKUS | anglosphere, anglo saxons, english speaking world,
    commonwealth, commonwealth of nations
the axis | SCO, BRICS | axis of resistance, axis of upheaval, axis of evil, crink, autocracies,
    authoritarian states, axis
the set of democracies | G7, NATO, EU, OECD | democracies, liberal democracies, us allies,
    american allies, allies, like minded countries, partners and allies
the international community | P5, G20 | international community, united nations, un, unga, imf,
    wto, world bank, un members, general assembly
"""


def _read() -> dict[str, tuple[str, list[str]]]:
    found: dict[str, tuple[str, list[str]]] = {}
    for line in _GROUPS.replace("\n    ", " ").strip().splitlines():
        said, instead, words = line.split(" | ")
        # by the letters alone, as names are looked up
        found |= {w.replace(" ", ""): (said, instead.split(", ")) for w in words.split(", ")}
    return found


UNLISTED = _read()


def refusal(letters: str) -> tuple[str, str] | None:
    """Return what is said of a group without a list and the hint, or None for any other name.

    Example:
        >>> refusal("collectivewest")
        ('the West has no list of members here', 'name G7, NATO, EU or OECD')
    """
    found = UNLISTED.get(letters)
    if found is None:
        return None
    said, instead = found
    named = " or ".join(filter(None, (", ".join(instead[:-1]), instead[-1])))
    return f"{said} has no list of members here", f"name {named}"
