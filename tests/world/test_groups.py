"""Coalitions by all their names and dates, groups without a list, and hints that name nobody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from multipolar.engines.api.contract import Source
from multipolar.engines.record.facts import FactsTable
from multipolar.errors import DataError, DataMissing, nearest
from multipolar.text.near import TELLING, near, slip
from multipolar.world import World
from multipolar.world.names import fold
from multipolar.world.unlisted import ORGANISATIONS, UNLISTED, spoken_of

WORLD = World.load()
NAMES = WORLD.names_index
TABLE = WORLD.table("countries")
GROUPS = WORLD.table("coalitions")
ROOT = Path(__file__).parents[2]
LISTED: dict[str, list[str]] = yaml.safe_load(
    (ROOT / "tools" / "sources" / "iso_3166.yaml").read_text("utf-8")
)
TODAY = "2026-11-23"
ALL_NAMES = [
    (name, row.iso3) for row in TABLE.itertuples() for name in dict.fromkeys((row.name, *row.names))
]
# in other states, a letter or two from the name of a state, its people or its capital
PLACES = """
Chiba Konya Tanga Moxico Araba Jazan Penama Indre Soria Tainan Indiana Namibe Comoe Tunis Rubanda
Almeria Malaga Masaya Manica Manisa Bursa Baden Vienne Bartin Warrington Madriz Siberia Prussia
Galicia Bavaria Moravia Crimea Kashmir Punjab Catalonia Bohemia Manchuria Serbien
"""
HINT = re.compile(r"did you mean (.*)\?")


def meant(name: str) -> set[str]:
    """The codes of all states and coalitions that a refusal names; whatever is read names none."""
    try:
        NAMES.countries(name, TODAY)
    except DataError as refusal:
        found = HINT.search(refusal.hint)
        named = re.findall(r"'([^']+)'|\"([^\"]+)\"", found[1]) if found else []
        return {code for pair in named for code in NAMES.countries("".join(pair), TODAY)}
    return set()


# Every name of ISO 3166 ---------------------------------------------------------------------------


def test_all_249_short_official_and_common_names_of_iso_are_their_own_country() -> None:
    assert len(LISTED) == 249
    wrong = [
        (text, code)
        for code, names in LISTED.items()
        for name in names
        for text in (
            name,
            name.upper(),
            f"the {name}",
            name.replace("'", "\u2019"),
            name.replace(" and ", " & "),
            name.replace("Saint ", "St. "),
        )
        if NAMES.countries(text, TODAY) != (code,)
    ]
    assert not wrong


# Coalitions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "date", "size", "member", "stranger"),
    [
        ("OPEC+", "2016-12-10", 24, "RUS", "COG"),
        ("OPEC+", "2022", 23, "RUS", "QAT"),
        ("OPEC Plus", TODAY, 21, "RUS", "ARE"),
        ("OPEC", "2026-04-30", 12, "ARE", "RUS"),
        ("OPEC", TODAY, 11, "SAU", "ARE"),
        ("BRICS+", "2024", 9, "IRN", "IDN"),
        ("BRICS plus", "2025", 10, "IDN", "SAU"),
        ("BRIC", "2022", 4, "RUS", "ZAF"),
        ("G77", "2023", 134, "CHN", "MEX"),
        ("the Global South", "2023", 134, "IND", "RUS"),
        ("Group of 77 and China", "2023", 134, "CHN", "TUR"),
        ("GCC", "2022", 6, "OMN", "IRQ"),
        ("Gulf Cooperation Council", "2022", 6, "OMN", "YEM"),
        ("EU27", "2010", 27, "HRV", "GBR"),
        ("EU-28", "2022", 28, "GBR", "NOR"),
        ("OECD", "1990", 24, "TUR", "POL"),
        ("OECD", "2022", 38, "CRI", "RUS"),
        ("the eurozone", "2022", 19, "DEU", "HRV"),
        ("Euro area", TODAY, 21, "BGR", "POL"),
        ("G8", "2013", 8, "RUS", "CHN"),
        ("V4", "2022", 4, "SVK", "AUT"),
        ("Visegr\u00e1d Group", "1992", 2, "HUN", "CZE"),
        ("CIS", "1995", 12, "GEO", "EST"),
        ("CIS", "2022", 9, "MDA", "UKR"),
        ("African Union", "2022", 55, "ESH", "YEM"),
        ("Arab League", "2022", 22, "SYR", "IRN"),
        ("Mercosur", "2013", 5, "VEN", "BOL"),
        ("Mercosur", "2025", 5, "BOL", "VEN"),
        ("EFTA", "2022", 4, "ISL", "GBR"),
        ("Nordics", "2022", 5, "ISL", "EST"),
        ("the Baltics", "2022", 3, "EST", "FIN"),
        ("CPTPP", "2022", 9, "MYS", "GBR"),
        ("RCEP", "2023", 15, "CHN", "IND"),
        ("APEC", "2022", 21, "TWN", "IND"),
        ("P5+1", "2015", 6, "DEU", "IRN"),
        ("E3", "2015", 3, "DEU", "ITA"),
        ("unfriendly countries", "2022-06", 52, "CHE", "TUR"),
        ("NATO member states", "2022", 30, "TUR", "FIN"),
        ("the Quad countries", "2022", 4, "IND", "KOR"),
    ],
)
def test_members_at_a_date(name: str, date: str, size: int, member: str, stranger: str) -> None:
    found = NAMES.countries(name, date)
    assert len(found) == size
    assert member in found
    assert stranger not in found


# How many members there were at ten dates and more, counted from the rounds of enlargement and, for
# OPEC, from the years of each member in the glossary of the US Energy Information Administration.
SIZES = {
    "EU": "1958:6 1973:9 1981:10 1986:12 1994:12 1995:15 2004-04-30:15 2004-05-01:25 2007:27 "
    "2013-07-01:28 2020-01-31:28 2020-02-01:27 2026-11:27",
    "NATO": "1949-08-24:12 1952-02-18:14 1955-05-06:15 1982-05-30:16 1999-03-12:19 2004-03-29:26 "
    "2009-04-01:28 2017-06-05:29 2020-03-27:30 2023-04-04:31 2024-03-07:32 2026-11:32",
    "OPEC": "1960-09-14:5 1961:6 1962:8 1967:9 1969:10 1971:11 1973:12 1975:13 1994:12 1996:11 "
    "2007-12:13 2009:12 2016-06:13 2016-12:13 2018-12:15 2019:14 2021:13 2024:12 2026-05-01:11",
    "BRICS": "2009-06-16:4 2010-12-23:4 2010-12-24:5 2013:5 2016:5 2019:5 2023-12-31:5 2024:9 "
    "2025-01-05:9 2025-01-06:10 2026-11:10",
    "SCO": "2001-06-15:6 2005:6 2010:6 2016:6 2017-06-08:6 2017-06-09:8 2021:8 2023-07-04:9 "
    "2024-07-03:9 2024-07-04:10 2026-11:10",
    "Euro area": "1999:11 2001:12 2007:13 2008:15 2009:16 2011:17 2014:18 2015:19 2022:19 2023:20 "
    "2026:21",
    "ASEAN": "1967-08-08:5 1984-01-07:6 1995-07-28:7 1997-07-23:9 1999-04-30:10 2005:10 2015:10 "
    "2020:10 2025-10-25:10 2025-10-26:11",
    "OECD": "1973-06:24 1990:24 1994-06:25 1996-03:26 1996-06:27 1997:29 2001:30 2011:34 2016-07-01:35 2019:36 "
    "2020-05:37 2022:38",
    "CSTO": "2002-10-07:6 2004:6 2006-08-16:7 2008:7 2010:7 2012-12-18:7 2012-12-19:6 2016:6 2020:6 "
    "2026-11:6",
    "G7": "1976-06-27:7 1980:7 1985:7 1991:7 1998:7 2003:7 2010:7 2014:7 2020:7 2026-11:7",
}


@pytest.mark.parametrize("name", SIZES)
def test_as_many_members_as_published_at_ten_dates(name: str) -> None:
    said = dict(pair.rsplit(":", 1) for pair in SIZES[name].split())
    assert len(said) >= 10
    assert {d: str(len(NAMES.members(name, d))) for d in said} == said


# Who joined in which year, by lists of others; who left since is after a dash.
JOINED = {
    # University of Illinois Library, guide to European Union enlargement; Britain: AFP, 30 Dec 2020
    "EU": """1958 BEL DEU FRA ITA LUX NLD 1973 DNK GBR IRL 1981 GRC 1986 ESP PRT 1995 AUT FIN SWE
        2004 CYP CZE EST HUN LTU LVA MLT POL SVK SVN 2007 BGR ROU 2013 HRV 2020 -GBR""",
    # Estonian Atlantic Treaty Association, NATO member countries; Sweden: The Guardian, March 2024
    "NATO": """1949 BEL CAN DNK FRA GBR ISL ITA LUX NLD NOR PRT USA 1952 GRC TUR 1955 DEU 1982 ESP
        1999 CZE HUN POL 2004 BGR EST LTU LVA ROU SVK SVN 2009 ALB HRV 2017 MNE 2020 MKD 2023 FIN
        2024 SWE""",
    # ASEAN-Japan Centre, Outline of ASEAN; Timor-Leste: Jagran Josh, list of members, 2025
    "ASEAN": """1967 IDN MYS PHL SGP THA 1984 BRN 1995 VNM 1997 LAO MMR 1999 KHM 2025 TLS""",
    # Head-Post on Belarus in the SCO, July 2024
    "SCO": """2001 CHN KAZ KGZ RUS TJK UZB 2017 IND PAK 2023 IRN 2024 BLR""",
    # Los Angeles Times, 24 August 2023; Saudi Arabia, which reports count, has not confirmed
    "BRICS": """2009 BRA CHN IND RUS 2010 ZAF 2024 ARE EGY ETH IRN""",
    # Commonspace, 2 January 2015; Kyrgyzstan: Member states of the EEU, Wikipedia
    "EAEU": """2015 ARM BLR KAZ KGZ RUS""",
    # Encyclopaedia Britannica, summary of the Gulf Cooperation Council
    "GCC": """1981 ARE BHR KWT OMN QAT SAU""",
    # Government of Japan, G7 Hiroshima Summit, questions and answers
    "G7": """1976 CAN DEU FRA GBR ITA JPN USA""",
}


def members_said(name: str, year: int) -> set[str]:
    """Who had joined a group by the end of a year, by the list of others."""
    found: set[str] = set()
    for word in JOINED[name].split():
        if word.isdigit() and int(word) > year:
            break
        if word.startswith("-"):
            found.discard(word[1:])
        elif not word.isdigit():
            found.add(word)
    return found


@pytest.mark.parametrize("name", JOINED)
def test_members_by_name_are_those_of_others_at_ten_dates(name: str) -> None:
    first = int(JOINED[name].split()[0])
    # BRICS: Indonesia is in since 2025, after the list; the others run to now
    last = 2024 if name == "BRICS" else 2025
    years = sorted({first + round(k * (last - first) / 9) for k in range(10)})
    assert len(years) >= min(10, last - first + 1)
    for year in years:
        assert set(NAMES.members(name, f"{year}-12-31")) == members_said(name, year), year


@pytest.mark.parametrize(
    ("country", "inside", "outside"),
    [
        ("ECU", ("1980", "2010"), ("1972", "2000", "2020-06")),
        ("GAB", ("1990", "2017"), ("1974", "2005")),
        ("IDN", ("1970", "2016-06"), ("2012", "2017")),
        ("QAT", ("1970", "2018"), ("1960-12", "2019-06")),
        ("ARE", ("1970", "2026-04-30"), ("1966", "2026-05-01")),
    ],
)
def test_who_left_and_came_back_was_out_between(
    country: str, inside: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    assert all(country in NAMES.members("OPEC", d) for d in inside)
    assert not any(country in NAMES.members("OPEC", d) for d in outside)


def test_every_coalition_goes_by_all_its_names_and_every_row_has_a_source() -> None:
    for code, name, others in zip(
        GROUPS["coalition"], GROUPS["name"], GROUPS["aliases"], strict=True
    ):
        for word in (code, name, *others):
            assert NAMES.groups[fold(word).replace(" ", "")] == code
    assert GROUPS["source"].str.len().min() > 8
    assert GROUPS["since"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    left = GROUPS.dropna(subset=["until"])
    assert (left["since"] < left["until"]).all()


def test_groups_that_are_subsets_of_others_are() -> None:
    for part, whole, date in [
        ("OPEC", "OPEC+", "2022"),
        ("BRIC", "BRICS", "2022"),
        ("G7", "OECD", "2022"),
        ("Benelux", "EU", "1970"),
        ("EU27", "EU28", "2022"),
        ("EU", "EU27", "2022"),
        ("Central Asia", "CIS", "2000"),
        ("P5", "P5+1", "2010"),
        ("GCC", "Arab League", "2022"),
        ("UN African Group", "African Union", "2022"),
        ("EU", "Unfriendly states", "2022-06"),
    ]:
        assert set(NAMES.members(part, date)) <= set(NAMES.members(whole, date)), part


def test_before_its_first_member_a_coalition_is_refused_with_the_day() -> None:
    with pytest.raises(DataError, match=r"G77 has no members at 2015.*2021-01-01"):
        NAMES.countries("G77", "2015")


# Groups without a list ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["the West", "West", "WEST", "the collective West", "Western countries", "free world"]
)
def test_the_west_is_refused_with_what_to_name(name: str) -> None:
    for look in (lambda: NAMES.countries(name, TODAY), lambda: NAMES.country(name)):
        with pytest.raises(DataError) as refusal:
            look()
        assert refusal.value.what == "the West has no list of members here"
        assert refusal.value.hint == "name G7, NATO, EU or OECD"


def test_no_group_without_a_list_is_a_name_and_what_to_name_instead_is_a_coalition() -> None:
    assert not set(UNLISTED) & set(ORGANISATIONS)
    for rows, says in (
        (UNLISTED, "has no list of members"),
        (ORGANISATIONS, "no list of the memb"),
    ):
        for letters, (_, instead) in rows.items():
            assert letters not in NAMES.codes
            assert letters not in NAMES.groups
            assert NAMES.members(instead[0], TODAY)
            assert all(name in NAMES.coalitions for name in instead)
            with pytest.raises(DataError, match=says):
                NAMES.countries(letters, TODAY)


def test_an_organisation_is_refused_in_its_own_name_and_not_in_that_of_a_region() -> None:
    """All of these have a published list of members, so it is not said that nobody has one."""
    for name in ("ECOWAS", "CELAC", "Warsaw Pact", "OIC", "the Commonwealth", "Council of Europe"):
        with pytest.raises(DataError) as refusal:
            NAMES.countries(name, TODAY)
        assert name.removeprefix("the ") in refusal.value.what or name == "OIC"
        assert refusal.value.what.startswith("there is no list of the members of")
        assert refusal.value.hint.startswith("list the states, or name ")


def test_who_stands_for_a_group_is_the_coalition_that_its_name_leads_to() -> None:
    for words in (["global", "south"], ["votes", "of", "the", "global", "south"]):
        found = spoken_of(words)
        assert found is not None
        assert found.coalitions == (NAMES.coalition("Global South"),)


# Hints --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Visegard Group", "Visegrd Group", "Mercosr", "Benelx"])
def test_a_slip_in_a_coalition_is_hinted_at(name: str) -> None:
    with pytest.raises(DataError, match=r"did you mean '(Visegrad Group|Mercosur|Benelux)'"):
        NAMES.countries(name, TODAY)


@given(st.sampled_from(ALL_NAMES), st.sampled_from(sorted(TELLING)), st.integers(0, 9))
def test_a_telling_word_more_or_another_never_hints_at_anybody(
    named: tuple[str, str], word: str, at: int
) -> None:
    name, _ = named
    words = name.split()
    places = [k for k, w in enumerate(words) if fold(w) in TELLING]
    if places:  # another in its place
        words[places[at % len(places)]] = word
    else:
        words.insert(min(at, len(words)), word)
    text = " ".join(words)
    if fold(text) != fold(name):
        assert meant(text) == set()


@given(st.text("ABCDEFGHIKLMNOPRSTUVWYZ", min_size=1, max_size=4), st.sampled_from(["", "+", " 7"]))
def test_an_abbreviation_is_never_guessed_at(name: str, end: str) -> None:
    assert meant(name + end) == set()


@pytest.mark.parametrize("name", PLACES.split())
def test_a_place_elsewhere_is_no_slip_of_a_state(name: str) -> None:
    assert meant(name) == set()


def test_no_name_of_a_state_is_a_slip_of_another() -> None:
    """Wherever names or codes of states are the choices, as in a table that lacks the one meant."""
    choices = [(text, r.iso3) for r in TABLE.itertuples() for text in (r.name, r.iso3)]
    wrong = [
        (name, other)
        for name, code in ALL_NAMES[::5]
        for other in near(name, [text for text, c in choices if c != code], 3)
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("GCC", ["GEC", "Cocos (Keeling) Islands"]),
        ("West", ["Western Sahara", "West Bank"]),
        ("Global South", ["South Georgia", "Heard Island", "South Korea"]),
        ("Democratic People's Republic of Korea", ["South Korea", "Republic of Korea"]),
        ("Iraq", ["Iran", "IRN"]),
        ("Austria", ["Australia"]),
        ("Niger", ["Nigeria"]),
        ("Guinea", ["Guinea-Bissau", "Equatorial Guinea", "Papua New Guinea"]),
        ("Congo", ["DR Congo"]),
        ("S. Sudan", ["Sudan"]),
        ("Serbia", ["Serbia and Montenegro"]),
        ("exports", ["imports"]),
        ("at_lest", ["at_most"]),
    ],
)
def test_what_is_another_thing_is_no_hint_anywhere(name: str, options: list[str]) -> None:
    assert nearest(name, options, n=3).startswith("use one of ")


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("exportr", "exporter"),
        ("energy.trade", "energy.trade_quantity"),
        ("energy.tradequantity", "energy.trade_quantity"),
        ("enrgy.trade_quantiy", "energy.trade_quantity"),
        ("moscow-2032", "moscow-2023"),
        ("HILL", "HILL, Hal"),
        ("crud", "crude"),
        ("Mtt", "Mt"),
        ("DEU", "deu"),
        ("C\u00f4te d\u2019Ivoire", "Cote d'Ivoire"),
    ],
)
def test_a_slip_is_told_everywhere(name: str, option: str) -> None:
    assert nearest(name, ["something else", option]) == f"did you mean {option!r}?"


@given(st.text("abcdefgh", min_size=1, max_size=14), st.integers(0, 13), st.sampled_from("xyz"))
def test_a_slip_is_one_both_ways_and_at_most_two_letters(word: str, at: int, other: str) -> None:
    longer = word[: at % len(word) + 1] + other + word[at % len(word) + 1 :]
    assert slip(longer, word)
    assert slip(word, longer)
    assert not slip(word + "xyz", word)
    assert not slip(other + word, word)


def test_a_fact_nobody_has_of_a_known_state_is_another_error_than_an_unknown_name() -> None:
    frame = WORLD.table("facts")
    of = frame.groupby("series")["entity"].agg(set)
    series = next(name for name, entities in of.items() if {"RUS", "CHN"} <= entities)
    table = FactsTable(frame, Source("facts", "2026"), NAMES, TODAY)
    for name in ("Tuvalu", "TUV", "Baltic states"):
        with pytest.raises(DataMissing, match=f"has no figures of {name}") as refusal:
            table.find(series, name, "2022")
        assert "did you mean" not in refusal.value.hint
        assert "CHN" in refusal.value.hint
    with pytest.raises(DataMissing, match="has no 'Atlantis'") as unknown:
        table.find(series, "Atlantis", "2022")
    assert "did you mean" not in unknown.value.hint


def test_how_to_add_tables_stands_in_the_docs_as_it_is_typed() -> None:
    typed = (ROOT / "tools" / "sources" / "own_tables.md").read_text("utf-8")
    assert typed.strip() in (ROOT / "docs" / "data.md").read_text("utf-8")
