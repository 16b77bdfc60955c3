"""Capabilities and alliances of the Correlates of War layouts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from multipolar.errors import DataError
from multipolar.world import World, states
from multipolar.world.cow_file import (
    DYAD_FIELDS,
    NMC_FIELDS,
    OBLIGATIONS,
    add_dyads,
    add_nmc,
    read_dyads,
    read_nmc,
)
from validation import DATA
from voting_files import ATOP, COW_DYADS, NMC

CAPABILITIES = DATA / "alignment" / "cow_nmc7.parquet"
DYADS = DATA / "strategy" / "atop_dyads_2014_2018.csv"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write


def test_the_list_of_states_is_sound() -> None:
    known = {s.cow for s in states.states()}
    assert len(known) == 217  # members of the state system 1816-2016
    world = World.load()
    codes = {s.iso3 for s in states.states()} - {""}
    members = world.table("countries").query("un_member")["iso3"]
    assert set(members) <= codes  # every member of the UN has a number
    gone = {"CSK", "DDR", "YUG", "YMD", "EAZ"}
    assert codes - set(world.table("countries")["iso3"]) == gone
    for state in states.states():
        if state.iso3:
            year = min(max(state.since, 1990), state.until)
            assert states.iso3(states.cow(state.iso3, year), year) == state.iso3


@pytest.mark.parametrize(
    ("cow", "year", "code"),
    [
        (365, 1950, "RUS"),
        (365, 2020, "RUS"),
        (345, 1910, "SRB"),
        (345, 1960, "YUG"),
        (345, 1999, "YUG"),
        (345, 2000, "SRB"),
        (265, 1980, "DDR"),
        (255, 1930, "DEU"),
        (255, 2000, "DEU"),
        (260, 1980, "DEU"),
        (315, 1950, "CSK"),
        (316, 1995, "CZE"),
        (678, 1980, "YEM"),
        (679, 2000, "YEM"),
        (680, 1980, "YMD"),
        (511, 1963, "EAZ"),
        (300, 1900, ""),
        (817, 1970, ""),
        (713, 1960, "TWN"),
        (347, 2015, "XKX"),
        (999, 2000, None),
    ],
)
def test_codes_of_states_that_changed(cow: int, year: int, code: str | None) -> None:
    assert states.iso3(cow, year) == code


def test_capabilities(write: Write) -> None:
    found = read_nmc(write(NMC))
    table = found.table
    assert tuple(table.columns) == tuple(f.name for f in NMC_FIELDS)
    assert table[["cow", "year", "country"]].values.tolist() == [
        [2, 1816, "USA"],
        [2, 2016, "USA"],
        [245, 1850, ""],
        [255, 1990, "DEU"],
        [260, 1990, "DEU"],
        [345, 2001, "SRB"],
    ]
    usa = table.query("cow == 2 and year == 2016").iloc[0]
    assert (usa["milex"], usa["upop"], usa["cinc"]) == (593_372_000, 174_064, 0.1332993)
    bavaria = table.query("cow == 245").iloc[0]
    assert np.isnan(bavaria["milex"]) and np.isnan(bavaria["milper"]) and bavaria["irst"] == 1
    assert found.kind == "version 2021"


def test_capabilities_from_the_projects_archive(write: Write, tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("NMC-70-abridged.csv", NMC)
    more = io.BytesIO()
    with zipfile.ZipFile(more, "w") as file:
        file.writestr("NMC-70-wsupplementary.csv", "stateabb,ccode\n")
    outer = tmp_path / "NMCv7.zip"
    with zipfile.ZipFile(outer, "w") as file:
        file.writestr("NMCv7/NMC-v7-abridged.zip", inner.getvalue())
        file.writestr("NMCv7/NMC-v7-wsupplementary.zip", more.getvalue())
        file.writestr("__MACOSX/._x.csv", "")
    pd.testing.assert_frame_equal(read_nmc(outer).table, read_nmc(write(NMC)).table)
    semicolons = write(NMC.replace(",", ";"), "semicolons.csv")
    pd.testing.assert_frame_equal(read_nmc(semicolons).table, read_nmc(write(NMC)).table)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (NMC.replace("cinc", "cnic"), "needs the column cinc"),
        (NMC.replace("1347", "many"), "column milper has 'many'"),
        (NMC.replace("USA,2,1816", "USA,2,2016"), "state 2 has two lines for 2016"),
        (NMC.replace("BAV,245", "BAV,249"), "249 is no state"),
        (NMC.replace("BAV,245,1850", "BAV,245,"), "column year has a cell"),
        (NMC.splitlines()[0] + "\n", "no lines"),
    ],
)
def test_wrong_capabilities_are_one_line(write: Write, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_nmc(write(text))


@pytest.mark.skipif(not CAPABILITIES.exists(), reason="the capabilities are not here")
def test_the_published_capabilities(tmp_path: Path) -> None:
    truth = pd.read_parquet(CAPABILITIES)
    path = tmp_path / "NMC-70-abridged.csv"
    truth.fillna(-9).assign(stateabb="", version=7).to_csv(path, index=False)
    table = read_nmc(path).table
    assert len(table) == 17_121
    assert table["milex"].isna().sum() == 2360
    cinc = table.query("year == 2022").set_index("country")["cinc"]
    assert cinc[["USA", "CHN", "RUS", "IND"]].round(4).tolist() == [0.1236, 0.2341, 0.0382, 0.0994]
    assert round(float(cinc.sum()), 4) == 1.0071
    twice = table[(table["country"] != "") & table.duplicated(["country", "year"], keep=False)]
    assert set(twice["country"]) == {"DEU", "YEM"} and set(twice["year"]) == {1990}


def test_alliances_of_atop(write: Write) -> None:
    found = read_dyads(write(ATOP))
    table = found.table
    assert tuple(table.columns) == tuple(f.name for f in DYAD_FIELDS)
    assert found.kind == "ATOP"
    assert found.left_out == 1  # Bavaria and Austria-Hungary have no code
    keys = table[["country", "other", "year"]].values.tolist()
    assert keys == [
        ["CAN", "USA", 2000],
        ["DEU", "RUS", 1990],
        ["RUS", "DEU", 1990],
        ["USA", "CAN", 2000],
    ]
    assert table[list(OBLIGATIONS)].astype(int).values.tolist() == [
        [1, 0, 0, 1, 1],
        [0, 0, 1, 1, 0],
        [0, 0, 1, 1, 0],
        [1, 0, 0, 1, 1],
    ]


def test_directed_alliances_keep_their_direction(write: Write) -> None:
    text = (
        "ddyad,year,stateA,stateB,defense,offense,neutral,nonagg,consul\n"
        "2020,2000,2,20,1,0,0,0,0\n20002,2000,20,2,0,0,0,0,0\n"
    )
    table = read_dyads(write(text)).table
    assert table[["country", "other", "defence"]].values.tolist() == [["USA", "CAN", True]]


def test_alliances_of_cow(write: Write) -> None:
    found = read_dyads(write(COW_DYADS))
    assert found.kind == "COW"
    assert found.table["country"].tolist() == ["GBR", "PRT"]
    assert found.table["offence"].isna().all()
    assert found.table["defence"].all() and found.table["nonaggression"].all()
    assert not found.table["consultation"].any()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ATOP.replace("mem1", "a"), "no columns of two states"),
        (ATOP.replace("consul", "c"), "ATOP's file of alliances needs the column consul"),
        (COW_DYADS.replace("entente", "e"), "COW's file of alliances needs the column entente"),
        (ATOP.replace("2020,2000,2,20", "2020,2000,1,20"), "1 is no state"),
        (ATOP.splitlines()[0] + "\n1,1,2000,2,20,0,0,0,0,0,0\n", "no pair of states"),
    ],
)
def test_wrong_alliances_are_one_line(write: Write, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_dyads(write(text))


@pytest.mark.skipif(not DYADS.exists(), reason="the alliances are not here")
def test_the_published_alliances() -> None:
    found = read_dyads(DYADS)
    truth = pd.read_csv(DYADS)
    assert found.kind == "ATOP, as peacesciencer has it"
    assert found.left_out == 0
    assert len(found.table) == 2 * len(truth[truth.filter(like="atop_").any(axis=1)])
    assert int(found.table["defence"].sum()) == 2 * 8479
    nato = found.table.query("country == 'USA' and other == 'DEU' and year == 2018")
    assert bool(nato["defence"].item())


def test_both_stand_among_the_users_tables(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MULTIPOLAR_DATA", str(tmp_path / "mine"))
    capabilities, alliances = add_nmc(write(NMC)), add_dyads(write(ATOP, "b.csv"))
    assert capabilities.before is None and alliances.before is None
    world = World.load()
    pd.testing.assert_frame_equal(world.table("cow_nmc"), capabilities.table)
    pd.testing.assert_frame_equal(world.table("alliances_dyads"), alliances.table)
    for name in ("cow_nmc", "alliances_dyads"):
        info = world.info(name)
        assert tuple(f.name for f in info.fields) == tuple(world.table(name).columns)
        assert info.licence.startswith("free for research") and info.url
    assert {f.name: f.unit for f in world.info("cow_nmc").fields}["milex"] == "thousand USD"
    assert add_nmc(write(NMC)).before is not None


# Directions -------------------------------------------------------------------------------

HEADER = "year,atopally,defense,offense,neutral,nonagg,consul\n"
KOREA, BACK, JAPAN = (
    "2,732,2000,1,1,0,0,0,1\n",
    "732,2,2000,1,0,0,0,0,1\n",
    "2,740,2000,1,1,0,0,0,1\n",
)


def defended(path: Path) -> set[tuple[str, str]]:
    table = read_dyads(path).table
    return {(r.country, r.other) for r in table[table["defence"] == True].itertuples()}  # noqa: E712


@pytest.mark.parametrize("names", ["stateA,stateB", "ddyad,stateA,stateB", "ddyad,mem1,mem2"])
@pytest.mark.parametrize("rows", [KOREA + BACK + JAPAN, KOREA + BACK, KOREA + JAPAN, JAPAN + KOREA])
def test_a_directed_file_says_each_side_itself(write: Write, names: str, rows: str) -> None:
    """That Korea helps the United States is said nowhere, and so is not so."""
    number = "1," * ("ddyad" in names)
    text = f"{names},{HEADER}" + "".join(f"{number}{row}\n" for row in rows.splitlines())
    found = read_dyads(write(text))
    assert found.directed
    expected = {("USA", "KOR")} | ({("USA", "JPN")} if JAPAN in rows else set())
    assert defended(write(text)) == expected


@pytest.mark.parametrize("names", ["mem1,mem2", "ccode1,ccode2"])
def test_where_the_columns_do_not_say_it_the_pairs_do(write: Write, names: str) -> None:
    both = write(f"{names},{HEADER}{KOREA}{BACK}")
    assert read_dyads(both).directed and defended(both) == {("USA", "KOR")}
    one_left_out = write(f"{names},{HEADER}{KOREA}{BACK}{JAPAN}")
    assert read_dyads(one_left_out).directed
    assert defended(one_left_out) == {("USA", "KOR"), ("USA", "JPN")}
    once = write(f"{names},{HEADER}{KOREA}{JAPAN}")
    assert not read_dyads(once).directed
    assert defended(once) == {
        (a, b) for a, b in [("USA", "KOR"), ("KOR", "USA"), ("USA", "JPN"), ("JPN", "USA")]
    }
    few = write(f"{names},{HEADER}{KOREA}{BACK}{JAPAN}2,20,2000,1,1,0,0,0,1\n")
    with pytest.raises(DataError, match="1 pairs and years both ways and 2 one way"):
        read_dyads(few)


def test_a_pair_in_two_alliances_has_the_duties_of_both(write: Write) -> None:
    text = f"mem1,mem2,{HEADER}{KOREA}2,732,2000,1,0,1,0,0,0\n"
    table = read_dyads(write(text)).table
    assert table[["defence", "offence", "consultation"]].all(axis=None) and len(table) == 2


def test_a_duty_that_is_not_coded_is_null(write: Write) -> None:
    for cell in ("", "-9", "NA"):
        table = read_dyads(write(f"mem1,mem2,{HEADER}2,732,2000,1,1,{cell},0,0,1\n")).table
        assert table["offence"].isna().all() and table["defence"].all()
        assert (table["neutrality"] == False).all()  # noqa: E712
    known = f"{KOREA}2,732,2000,1,1,,0,0,1\n2,740,2000,1,1,,0,0,1\n740,2,2000,1,0,,0,0,1\n"
    table = read_dyads(
        write(f"ddyad,stateA,stateB,{HEADER}" + "".join(f"1,{r}\n" for r in known.splitlines()))
    ).table
    assert table.set_index("other")["offence"].isna().to_dict() == {
        "JPN": True,
        "KOR": True,
        "USA": True,
    }


@pytest.mark.parametrize("cell", ["2", "-1", "0.5", "yes", "inf", "nan", "1e999"])
def test_a_duty_is_had_or_not(write: Write, cell: str) -> None:
    with pytest.raises(DataError, match="column offense has"):
        read_dyads(write(f"mem1,mem2,{HEADER}2,732,2000,1,1,{cell},0,0,1\n"))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("1347", "-5", "milper has -5, which is below zero"),
        ("1347", "inf", "milper has 'inf'"),
        ("1347", "nan", "milper has 'nan'"),
        ("1347", "1e31", "milper has '1e31'"),
        ("1347", "1\x1b[31m", r"milper has '1\\x1b\[31m'"),
        ("USA,2,2016", "USA,2,20160", "no whole number from 1800 to 2200: 20160"),
        ("USA,2,2016", "USA,2,2016.5", "no whole number from 1800 to 2200: 2016.5"),
        ("USA,2,2016", "USA,,2016", "no whole number from 1 to 9999: nothing"),
        ("USA,2,2016", "USA,-2,2016", "no whole number from 1 to 9999: -2"),
    ],
)
def test_capabilities_are_numbers_that_can_be(
    write: Write, before: str, after: str, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        read_nmc(write(NMC.replace(before, after)))
