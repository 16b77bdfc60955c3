"""Names of countries: every spelling of a state is that state, and no hint names another."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.errors import DataError, nearest
from multipolar.limits import NAME
from multipolar.world import World
from multipolar.world.names import Names, fold
from multipolar.world.states import states

WORLD = World.load()
NAMES = WORLD.names_index
TABLE = WORLD.table("countries")
EVERY = [
    (word, row.iso3)
    for row in TABLE.itertuples()
    for word in dict.fromkeys((row.name, row.iso2, row.iso3, *row.names, *row.aliases))
]
FULL = [
    (word, row.iso3) for row in TABLE.itertuples() for word in dict.fromkeys((row.name, *row.names))
]
HINT = re.compile(r"did you mean (.*)\?")


def hinted(name: str) -> set[str]:
    """Codes of the states that the refusal of a name names as meant."""
    with pytest.raises(DataError) as refusal:
        NAMES.country(name)
    found = HINT.search(refusal.value.hint)
    return {NAMES.country(n) for n in re.findall(r"'([^']+)'", found[1])} if found else set()


def test_every_name_and_code_is_its_own_country() -> None:
    wrong = [(name, code) for name, code in EVERY if NAMES.country(name) != code]
    assert not wrong
    assert {code for _, code in EVERY} == set(TABLE["iso3"])


def test_every_state_of_the_un_has_a_formal_name() -> None:
    members = TABLE[TABLE["un_member"]]
    # whose formal name is the short one
    short = {"BHS", "CAN", "ATG", "GRD", "JAM", "SLB", "TUV", "NZL", "LCA", "VCT", "PNG", "BLZ"}
    short |= {"AUS", "HUN", "ROU", "UKR", "KIR", "SMR", "ARE", "DOM"}
    bare = {r.iso3 for r in members.itertuples() if not len(r.names)}
    assert bare <= short


def spellings(name: str) -> list[str]:
    """A name as files and people write it."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return [
        name.upper(),
        name.lower(),
        plain,
        f"  {name} ",
        f"the {name}",
        f"The {name}",
        name.replace("-", "\u2013"),
        name.replace("-", "\u2011"),
        name.replace("-", " "),
        name.replace(" ", "_"),
        name.replace(" ", "\u00a0"),
        name.replace("'", "\u2019"),
        name.replace("'", ""),
        name.replace(" and ", " & "),
        name.replace("&", "and"),
        name.replace("St.", "Saint"),
        name.replace("Saint ", "St. "),
        name.replace("Saint ", "St "),
        name.replace(".", ""),
        unicodedata.normalize("NFD", name),
        name + ".",
    ]


def inverted(name: str) -> list[str]:
    """A formal name as lists invert it: by its form of state, and in parentheses."""
    found = []
    for form in re.finditer(
        r"\b(?:Republic|Kingdom|State|States|Commonwealth|Principality|"
        r"Union|Sultanate|Federation|Duchy|Bailiwick|Territory) of (?:the )?",
        name,
    ):
        first, rest = name[: form.end()].strip(), name[form.end() :].strip()
        short = first.replace("Republic", "Rep.").replace("Democratic", "Dem.")
        found += [f"{rest}, {first}", f"{rest} ({first})", f"{rest}, {short}", f"{rest} {first}"]
    if name.endswith(" Republic"):
        head = name.removesuffix(" Republic")
        found += [f"{head} Rep.", f"{head} Rep"]
    return found


def test_spellings_and_inversions_of_full_names_are_the_same_country() -> None:
    wrong = [
        (text, code)
        for name, code in FULL
        for text in (*spellings(name), *inverted(name), *map(str.upper, inverted(name)))
        if NAMES.country(text) != code
    ]
    assert not wrong
    assert sum(len(inverted(name)) for name, _ in FULL) > 400


def test_names_of_the_state_system_are_their_state() -> None:
    known = set(TABLE["iso3"])
    today = [s for s in states() if s.iso3 in known and s.until == 9999 and "," not in s.name]
    assert len(today) > 180
    assert [s.name for s in today if NAMES.country(s.name) != s.iso3] == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        # where two states differ in a word or its place
        ("Democratic People's Republic of Korea", "PRK"),
        ("Republic of Korea", "KOR"),
        ("Korea, Dem. People\u2019s Rep.", "PRK"),
        ("Korea, Rep.", "KOR"),
        ("Korea, Rep. of", "KOR"),
        ("Korea (the Republic of)", "KOR"),
        ("Korea (the Democratic People's Republic of)", "PRK"),
        ("D.P.R. Korea", "PRK"),
        ("D.P.R.K.", "PRK"),
        ("R.O.K.", "KOR"),
        ("Korea, South", "KOR"),
        ("Republic of the Congo", "COG"),
        ("Congo, Rep.", "COG"),
        ("Congo", "COG"),
        ("Democratic Republic of the Congo", "COD"),
        ("Congo, Dem. Rep.", "COD"),
        ("Congo (the Democratic Republic of the)", "COD"),
        ("DR Congo", "COD"),
        ("Congo, D.R.", "COD"),
        ("People's Republic of China", "CHN"),
        ("Republic of China", "TWN"),
        ("P.R. China", "CHN"),
        ("Taiwan, Province of China", "TWN"),
        ("Taiwan (Province of China)", "TWN"),
        ("Taiwan, China", "TWN"),
        ("China, P.R.: Mainland", "CHN"),
        ("China, Republic of", "TWN"),
        ("Hong Kong SAR, China", "HKG"),
        ("China, Hong Kong SAR", "HKG"),
        ("Macao SAR, China", "MAC"),
        ("China, P.R.: Hong Kong", "HKG"),
        ("China, P.R.: Macao", "MAC"),
        ("Macau", "MAC"),
        ("Guinea", "GIN"),
        ("Republic of Guinea", "GIN"),
        ("Guinea\u2013Bissau", "GNB"),
        ("Guinea Bissau", "GNB"),
        ("Guinea, Equatorial", "GNQ"),
        ("Papua New Guinea", "PNG"),
        ("Niger", "NER"),
        ("Niger, Republic of the", "NER"),
        ("Nigeria", "NGA"),
        ("Federal Republic of Nigeria", "NGA"),
        ("Nigerien", "NER"),
        ("Nigerian", "NGA"),
        ("Dominica", "DMA"),
        ("Commonwealth of Dominica", "DMA"),
        ("Dominican Rep.", "DOM"),
        ("Samoa", "WSM"),
        ("American Samoa", "ASM"),
        ("Western Samoa", "WSM"),
        ("Sudan", "SDN"),
        ("South Sudan", "SSD"),
        ("S. Sudan", "SSD"),
        ("Sudan, South", "SSD"),
        ("Ireland", "IRL"),
        ("Republic of Ireland", "IRL"),
        ("United Kingdom of Great Britain and Northern Ireland", "GBR"),
        ("Virgin Islands (U.S.)", "VIR"),
        ("Virgin Islands, British", "VGB"),
        ("U.S. Virgin Is.", "VIR"),
        ("Micronesia (Federated States of)", "FSM"),
        ("Micronesia, Fed. Sts.", "FSM"),
        ("Georgia", "GEO"),
        ("South Georgia and the South Sandwich Islands", "SGS"),
        ("St. Martin (French part)", "MAF"),
        ("Sint Maarten (Dutch part)", "SXM"),
        # lists of the World Bank, the IMF, ISO and the UN
        ("Egypt, Arab Rep.", "EGY"),
        ("Bolivia (Plurinational State of)", "BOL"),
        ("Iran (Islamic Republic of)", "IRN"),
        ("Iran, Islamic Rep.", "IRN"),
        ("Iran, I.R. of", "IRN"),
        ("Venezuela, RB", "VEN"),
        ("Venezuela (Bolivarian Republic of)", "VEN"),
        ("Yemen, Rep.", "YEM"),
        ("Lao P.D.R.", "LAO"),
        ("Lao People's Dem. Rep.", "LAO"),
        ("Kyrgyz Rep.", "KGZ"),
        ("Slovak Rep.", "SVK"),
        ("Czech Republic", "CZE"),
        ("Syrian Arab Rep.", "SYR"),
        ("Gambia, The", "GMB"),
        ("Bahamas (the)", "BHS"),
        ("Netherlands (Kingdom of the)", "NLD"),
        ("Moldova, Rep. of", "MDA"),
        ("Tanzania, United Rep. of", "TZA"),
        ("Somalia, Fed. Rep.", "SOM"),
        ("Ethiopia, The Federal Dem. Rep. of", "ETH"),
        ("Palestine, State of", "PSE"),
        ("West Bank and Gaza", "PSE"),
        ("Côte D'Ivoire", "CIV"),
        ("Cote dIvoire", "CIV"),
        ("Cote d Ivoire", "CIV"),
        ("Ivory Coast", "CIV"),
        ("Türkiye", "TUR"),
        ("Turkiye", "TUR"),
        ("Turkey", "TUR"),
        ("Eswatini", "SWZ"),
        ("Swaziland", "SWZ"),
        ("Eswatini (Swaziland)", "SWZ"),
        ("Cabo Verde", "CPV"),
        ("Cape Verde", "CPV"),
        ("Timor-Leste", "TLS"),
        ("East Timor", "TLS"),
        ("Burma", "MMR"),
        ("Myanmar (Burma)", "MMR"),
        ("Macedonia", "MKD"),
        ("FYR Macedonia", "MKD"),
        ("Holy See", "VAT"),
        ("Vatican City State", "VAT"),
        ("Brunei Darussalam", "BRN"),
        ("Viet Nam", "VNM"),
        ("Russian Federation", "RUS"),
        ("Saint Kitts & Nevis", "KNA"),
        ("St. Kitts-Nevis", "KNA"),
        ("St. Vincent and the Grenadines", "VCT"),
        ("Bosnia & Herzegovina", "BIH"),
        ("Sao Tome & Principe", "STP"),
        ("Trinidad & Tobago", "TTO"),
        ("German Federal Republic", "DEU"),
        # abbreviations and codes
        ("UK", "GBR"),
        ("U.K.", "GBR"),
        ("U.S.", "USA"),
        ("U. S. A.", "USA"),
        ("US", "USA"),
        ("UAE", "ARE"),
        ("U.A.E.", "ARE"),
        ("DRC", "COD"),
        ("DPRK", "PRK"),
        ("ROK", "KOR"),
        ("PRC", "CHN"),
        ("NA", "NAM"),
        ("na", "NAM"),
        ("NO", "NOR"),
        ("Turkey/Türkiye", "TUR"),
        ("ＦＲＡＮＣＥ", "FRA"),
        ("Fran\u00adce", "FRA"),
    ],
)
def test_a_name_is_its_own_state_and_no_other(name: str, code: str) -> None:
    assert NAMES.country(name) == code
    assert NAMES.countries(name, "2024-12-31") == (code,)


@pytest.mark.parametrize(
    "name",
    [
        # states that are no more, parts of states, states that others do not recognise
        "USSR",
        "Soviet Union",
        "Union of Soviet Socialist Republics",
        "Yugoslavia",
        "Czechoslovakia",
        "East Germany",
        "German Democratic Republic",
        "West Germany",
        "Prussia",
        "Austria-Hungary",
        "Republic of Vietnam",
        "Democratic Republic of Vietnam",
        "Yemen Arab Republic",
        "People's Democratic Republic of Yemen",
        "Serbia and Montenegro",
        "Ottoman Empire",
        "Zanzibar",
        "Republic of Germany",
        "Northern Ireland",
        "Scotland",
        "Wales",
        "Somaliland",
        "Northern Cyprus",
        "Turkish Republic of Northern Cyprus",
        "Transnistria",
        "Abkhazia",
        "South Ossetia",
        "Tibet",
        "Chechnya",
        "Kurdistan",
        "Donetsk People's Republic",
        "Islamic State",
        "Islamic State of Iraq",
        "State of Georgia",
        "New Jersey",
        "New Mexico",
        "West Virginia",
        "Gaza",
        "Texas",
        "Siberia",
        # the words that states share
        "Republic",
        "Democratic Republic",
        "Islands",
        "United",
        "Republic of",
        "State of",
        "the",
        "",
        "Federal Republic",
        "People's Republic",
        "Kingdom",
        "Saint",
        "New",
        "South",
        "of the",
        "(",
        "()",
        "Arab Republic",
        "Federated States",
        "xx",
        "zzz",
        "Europe",
        "Asia",
        "Guinea Republic of Korea",
    ],
)
def test_what_is_no_state_of_the_table_is_refused_and_no_state_is_hinted_at(name: str) -> None:
    assert hinted(name) == set()
    with pytest.raises(DataError):
        NAMES.countries(name, "2024-12-31")


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("Korea", ("North Korea", "South Korea")),
        ("korean", ("North Korea", "South Korea")),
        ("Virgin Islands", ("British Virgin Islands", "U.S. Virgin Islands")),
        ("Dominican", ("Dominica", "Dominican Republic")),
        ("Congolese", ("DR Congo", "Congo")),
    ],
)
def test_a_name_of_two_states_is_refused_and_both_are_named(
    name: str, others: tuple[str, ...]
) -> None:
    for look in (NAMES.country, lambda n: NAMES.countries(n, "2024")):
        with pytest.raises(DataError) as refusal:
            look(name)
        assert all(other in refusal.value.what for other in others)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Germny", {"DEU"}),
        ("Grmany", {"DEU"}),
        ("Gemrany", {"DEU"}),
        ("Phillipines", {"PHL"}),
        ("Kazakstan", {"KAZ"}),
        ("Republic of Germny", {"DEU"}),
        ("Lichtenstein", {"LIE"}),
        ("Equitorial Guinea", {"GNQ"}),
        ("Columbia", {"COL"}),
        # as near to the one as to the other
        ("Nigera", {"NER", "NGA"}),
        ("Slovania", {"SVK", "SVN"}),
        ("Austrlia", {"AUS", "AUT"}),
    ],
)
def test_a_slip_of_the_pen_is_hinted_at_with_everyone_as_near(name: str, meant: set[str]) -> None:
    assert hinted(name) == meant


def test_one_letter_more_never_hints_at_another_state_alone() -> None:
    """A slip in the name of a state has that state among those that the hint names."""
    wrong = []
    for name, code in FULL:
        for k in range(1, len(name), 7):
            slip = name[:k] + name[k + 1 :]
            try:
                NAMES.country(slip)
            except DataError as refusal:
                found = HINT.search(refusal.hint)
                if found and repr(NAMES.label(code)) not in found[1]:
                    wrong.append((slip, code, refusal.hint))
    assert not wrong


def test_no_two_countries_share_letters_or_words() -> None:
    letters: dict[str, set[str]] = defaultdict(set)
    words: dict[frozenset[str], set[str]] = defaultdict(set)
    for name, code in EVERY:
        letters[fold(name).replace(" ", "")].add(code)
    for name, code in FULL:
        words[frozenset(fold(name).split()) - {"of", "the", "and"}].add(code)
    assert not {k: v for k, v in letters.items() if len(v) > 1}
    assert not {k: v for k, v in words.items() if len(v) > 1}
    assert not set(letters) & set(NAMES.groups)


@pytest.mark.parametrize(
    "name", ["G-7", "G 7", "the EU", "european union", "E.U.", "Five-Eyes", "BRICS"]
)
def test_coalitions_are_read_the_same_way(name: str) -> None:
    assert len(NAMES.countries(name, "2024-12-31")) > 4


@pytest.mark.parametrize("name", ["x" * 100_000, "Korea " * 20_000, "é" * (NAME + 1)])
def test_a_name_that_is_too_long_is_refused_by_its_length(name: str) -> None:
    for look in (
        NAMES.country,
        lambda n: NAMES.countries(n, "2024"),
        lambda n: NAMES.members(n, "2024"),
    ):
        with pytest.raises(DataError) as refusal:
            look(name)
        assert len(str(refusal.value)) < 2 * NAME


def test_nothing_that_is_too_long_is_compared() -> None:
    assert nearest("x" * 100_000, ["exporter", "importer"]) == "use one of exporter, importer"
    assert nearest("exporte", ["exporter", "e" * 100_000]) == "did you mean 'exporter'?"
    assert nearest("x" * 100_000, ["e" * 100_000]) == ""


@given(st.text(max_size=40))
def test_any_text_is_a_country_or_refused_in_one_line(text: str) -> None:
    try:
        assert NAMES.country(text) in NAMES.labels
    except DataError as refusal:
        assert "\n" not in str(refusal)


def test_a_table_without_full_names_is_read() -> None:
    bare = Names.build(TABLE.drop(columns="names"), WORLD.table("coalitions"))
    assert bare.country("Republic of Austria") == "AUT"
    assert bare.country("Guinea, Equatorial") == "GNQ"
