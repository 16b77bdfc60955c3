"""Files of roll calls become one table; the real record comes back as it was."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.errors import DataError
from multipolar.world import World, states
from multipolar.world.title_links import normal_title, title_links
from multipolar.world.votes_file import add_votes, read_votes
from multipolar.world.votes_table import COLUMNS, ISSUES, content
from validation.unga_record import FILES, present, record
from voting_files import LIBRARY, OWN, VOETEN

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "votes.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding, newline="")
        return path

    return write


def rows(table: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return list(table[list(columns)].astype(object).itertuples(index=False, name=None))


def test_the_columns_and_their_types(write: Write) -> None:
    table = read_votes(write(VOETEN)).table
    assert tuple(table.columns) == COLUMNS
    kinds = table.dtypes.astype(str).to_dict()
    assert kinds == {
        "rollcall": "int32",
        "session": "int16",
        "year": "int16",
        "cow": "int16",
        "link": "int32",
        "amendment": "bool",
        "paragraph": "bool",
        "important": "boolean",
        **dict.fromkeys(("date", "resolution", "title", "country", "vote", "issues"), "category"),
    }


def test_voetens_file(write: Write) -> None:
    found = read_votes(write(VOETEN))
    assert rows(found.table, "rollcall", "session", "year", "country", "cow", "vote") == [
        (3, 1, 1946, "RUS", 365, "no"),
        (3, 1, 1946, "USA", 2, "yes"),
        (900, 30, 1975, "DDR", 265, "absent"),
        (900, 30, 1975, "YUG", 345, "abstain"),
        (901, 74, 2019, "CHN", 710, "yes"),
        (901, 74, 2019, "IDN", 850, "absent"),
        (901, 74, 2019, "SRB", 345, "yes"),
    ]
    assert found.outside == 1
    one = found.table.drop_duplicates("rollcall").set_index("rollcall")
    assert one["resolution"].tolist() == ["R/1/66", "R/30/5", "A/RES/74/38"]
    assert one["title"].tolist() == [
        "AMENDMENTS, RULES",
        "Missiles : resolution / adopted by the General Assembly",
        "Conventional arms control",
    ]
    assert one["important"].tolist() == [False, pd.NA, True]
    assert one["amendment"].tolist() == [True, False, False]
    assert one["paragraph"].tolist() == [False, True, False]
    assert one["issues"].tolist() == ["", "nu di", "me hr"]
    assert one["link"].tolist() == [3, 900, 901]


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("importantvote", "important vote"),
        lambda t: t.replace('"rcid"', '"RCID"').replace('"vote"', '"Vote"'),
        lambda t: "\n".join(line.split(",", 1)[1] for line in t.splitlines()) + "\n",
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace('""amendment""', '\\"amendment\\"'),
        lambda t: t.replace("1946-01-01", "1/1/1946"),
    ],
    ids=["older name", "other case", "no index", "crlf", "R's escapes", "US dates"],
)
def test_releases_of_voetens_file_differ(write: Write, change: Callable[[str], str]) -> None:
    here = read_votes(write(VOETEN, "a.csv")).table
    there = read_votes(write(change(VOETEN), "b.csv")).table
    pd.testing.assert_frame_equal(here, there)


def test_tabs_another_encoding_and_an_archive(write: Write, tmp_path: Path) -> None:
    here = read_votes(write(VOETEN)).table
    lines = csv.reader(io.StringIO(VOETEN))
    text = "\n".join("\t".join(line) for line in lines).replace('"', "") + "\n"
    pd.testing.assert_frame_equal(read_votes(write(text, "votes.tab")).table, here)
    accent = VOETEN.replace("Conventional", "Contrôle")
    old = read_votes(write(accent, "old.csv", "cp1252")).table
    assert "Contrôle arms control" in set(old["title"])
    archive = tmp_path / "votes.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("UNVotes.csv", VOETEN)
        file.writestr("readme.txt", "hello")
    pd.testing.assert_frame_equal(read_votes(archive).table, here)


def test_the_librarys_file(write: Write) -> None:
    table = read_votes(write(LIBRARY, "2025_9_19_ga_voting.csv")).table
    assert rows(table, "rollcall", "session", "year", "country", "cow", "vote") == [
        (3850000, 74, 2019, "CHN", 710, "no"),
        (3879561, 74, 2019, "CHN", 710, "yes"),
        (3999999, 76, 2021, "CHN", 710, "yes"),
        (3959039, 77, 2022, "CHN", 710, "abstain"),
        (3959039, 77, 2022, "RUS", 365, "no"),
        (3959039, 77, 2022, "VEN", 101, "absent"),
    ]
    assert table["important"].isna().all()
    one = table.drop_duplicates("rollcall").set_index("rollcall")
    assert one.loc[3959039, "resolution"] == "A/RES/ES-11/1"
    assert one.loc[3959039, "date"] == "2022-03-02"
    assert one["link"].to_dict()[3999999] == 3999999  # the file says nothing of repeats


@pytest.mark.parametrize("word", ["11emsp", "ES-11", "1es"])
def test_a_special_session_counts_to_its_year(write: Write, word: str) -> None:
    table = read_votes(write(LIBRARY.replace("11emsp", word))).table
    assert set(table.loc[table["country"] == "RUS", "session"]) == {77}
    bare = LIBRARY.replace("11emsp", word).replace("A/RES/ES-11/1,", ",")
    table = read_votes(write(bare, "bare.csv")).table
    assert set(table.loc[table["country"] == "RUS", "resolution"]) == {word}


def test_codes_of_the_un_become_ours(write: Write) -> None:
    old = LIBRARY.replace("74,A/RES", "40,A/RES").replace("2019-12-12", "1985-12-12")
    table = read_votes(write(old.replace(",CHN,CHINA,N", ",SUN,USSR,N"))).table
    assert rows(table[table["session"] == 40], "country", "cow")[0] == ("RUS", 365)


def test_two_files_follow_each_other(write: Write) -> None:
    first, second = write(VOETEN, "UNVotes.csv"), write(LIBRARY, "2025_9_19_ga_voting.csv")
    found = read_votes(first, second)
    votes = found.table.groupby("rollcall", observed=True).size().to_dict()
    # 3850000 is A/RES/74/38 again, which the first has; 3879561 came late in the last session
    assert votes == {3: 2, 900: 2, 901: 3, 3879561: 1, 3959039: 3, 3999999: 1}
    assert [p[::2] for p in found.parts] == [("voeten", 3), ("undl", 3)]
    assert found.linked == 0


def test_a_table_of_ones_own_may_be_short(write: Write) -> None:
    table = read_votes(write(OWN)).table
    assert rows(table, "rollcall", "year", "country", "cow", "vote", "title", "link") == [
        (1, 1954, "Alpha", -1, "yes", "", 1),
        (1, 1954, "Beta", -1, "no", "", 1),
        (2, 1955, "Alpha", -1, "absent", "", 2),
    ]
    assert table["important"].isna().all()
    assert not table["amendment"].any()


def test_a_table_of_ones_own_is_read_back_as_it_was(write: Write, tmp_path: Path) -> None:
    table = read_votes(write(VOETEN)).table.assign(link=np.int32(3))
    text, parquet = tmp_path / "own.csv", tmp_path / "own.parquet"
    table.to_csv(text, index=False)
    table.to_parquet(parquet)
    pd.testing.assert_frame_equal(read_votes(text).table, table)
    pd.testing.assert_frame_equal(read_votes(parquet).table, table)


def test_a_roll_call_has_one_session(write: Write) -> None:
    text = "rollcall,session,country,vote\n1,1,A,yes\n1,2,B,no\n"
    with pytest.raises(DataError, match="roll call 1 is in session '1' and in '2'"):
        read_votes(write(text))


def test_a_header_with_a_stray_line_ending_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match="header that cannot be read"):
        read_votes(write("rollcall,session,country,vote\r,year\n1,1,A,yes,2001\n"))


def test_given_links_lead_to_the_start(write: Write) -> None:
    text = "rollcall,session,country,vote,link\n1,1,A,yes,1\n2,2,A,yes,1\n3,3,A,yes,2\n4,4,A,yes,\n"
    assert read_votes(write(text)).table["link"].tolist() == [1, 1, 1, 4]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (VOETEN.replace('"ccode"', '"code"'), "needs the column ccode"),
        (VOETEN.replace('"session"', '"time"').replace('"vote"', '"cast"'), "vote, session"),
        (LIBRARY.replace("ms_vote", "vote"), "needs the column msvote"),
        (OWN.replace("Country", "Who"), "needs the column country"),
        ("a,b\n1,2\n", "none of the columns"),
        ("", "header line"),
        ("<html><body>no</body>", "web page"),
        (VOETEN.replace("3,365,1,3", "3,365,1,7"), "column vote has '7'"),
        (VOETEN.replace("3,365,1,3", "3,xyz,1,3"), "column ccode has 'xyz'"),
        (VOETEN.replace("3,365,1,3", "3,199,1,3"), "ccode 199 has a vote and is no state"),
        (VOETEN.replace("3,365,1,3", "3,817,1,3"), "ccode 817 has a vote"),
        (VOETEN.replace("3,365,1,3", "3,2,1,3"), "USA has two votes on roll call 3"),
        (LIBRARY.replace(",Y,", ",maybe,"), "column ms_vote has 'MAYBE'"),
        (LIBRARY.replace("2022-03-02", ""), "special session '11emsp' has no date"),
        (LIBRARY.replace(",CHN,CHINA,Y", ",,CHINA,Y"), "has no ms_code"),
        (OWN.replace("1,9,Beta,no", "1,9,Beta,nay"), "column vote has 'nay'"),
        (OWN.replace("1,9,Beta", "x,9,Beta"), "column rollcall has 'x'"),
        (VOETEN[: VOETEN.rindex("0,0,0")], "damaged or cut short"),
        (VOETEN.splitlines()[0] + "\n", "header and no"),
        (
            OWN.replace("Rollcall", "issues,Rollcall")
            .replace("\n1,", "\nxx,1,")
            .replace("\n2,", "\n,2,"),
            "column issues has 'xx'",
        ),
    ],
)
def test_a_wrong_file_is_one_line(write: Write, text: str, words: str) -> None:
    with pytest.raises(DataError) as fault:
        read_votes(write(text, "wrong.csv"))
    assert words in str(fault.value)
    assert str(fault.value).startswith("wrong.csv: ")
    assert "\n" not in str(fault.value)


def test_what_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_votes(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_votes(tmp_path)
    (tmp_path / "x.RData").write_bytes(b"RDX3\n\0\0\0")
    with pytest.raises(DataError):
        read_votes(tmp_path / "x.RData")
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match="Parquet file cannot be read"):
        read_votes(tmp_path / "x.parquet")


def test_ids_that_clash_are_refused(write: Write) -> None:
    other = OWN.replace("1,9,", "1,90,").replace("2,10,", "2,91,")
    with pytest.raises(DataError, match="has a roll call 1, too"):
        read_votes(write(OWN, "a.csv"), write(other, "b.csv"))


def test_the_table_stands_among_the_users(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MULTIPOLAR_DATA", str(tmp_path / "mine"))
    first = add_votes(write(VOETEN), licence="CC0 1.0", version="12.0")
    assert first.before is None
    world = World.load()
    pd.testing.assert_frame_equal(world.table("unga"), first.table)
    info = world.info("unga")
    assert tuple(f.name for f in info.fields) == COLUMNS
    assert all(f.description for f in info.fields)
    assert (info.licence, info.version, info.title) == (
        "CC0 1.0",
        "12.0",
        "Roll calls of sessions 1-74, by state",
    )
    assert "10.7910/DVN/LEJUQZ" in info.url
    again = add_votes(write(LIBRARY, "b.csv"))
    assert again.before is not None
    assert "non-commercial" in World.load().info("unga").licence
    with pytest.raises(DataError):
        add_votes(write("a,b\n", "c.csv"))
    assert len(World.load().table("unga")) == len(again.table)  # the old one stands


# Titles ---------------------------------------------------------------------------------


def test_links_by_title() -> None:
    def linked(*calls: tuple[int, int, str]) -> list[int]:
        return [int(x) for x in title_links(*zip(*calls, strict=True))]

    assert linked((1, 1, "A"), (2, 2, "a!"), (3, 3, "Á"), (4, 6, "a")) == [1, 1, 1, 4]
    assert linked((1, 1, "a"), (2, 3, "a")) == [1, 1]  # two sessions back
    assert linked((1, 1, "a"), (2, 4, "a")) == [1, 2]  # three
    assert linked((1, 1, "a"), (2, 1, "a"), (3, 2, "a")) == [1, 2, 3]  # twice before
    assert linked((1, 1, "a"), (2, 2, "a"), (3, 2, "a")) == [1, 2, 3]  # twice now
    assert linked((1, 1, "a"), (2, 2, "a"), (3, 2, "a"), (4, 3, "a")) == [1, 2, 3, 4]
    assert linked((1, 1, ""), (2, 2, "")) == [1, 2]
    assert linked((9, 2, "a"), (1, 1, "a")) == [1, 1]  # in any order


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from("abc")), min_size=1, max_size=20))
def test_links_lead_back_to_the_same_title_and_no_further(calls: list[tuple[int, str]]) -> None:
    ids = list(range(len(calls)))
    link = title_links(ids, [s for s, _ in calls], [t for _, t in calls])
    for n in ids:
        start = int(link[n])
        assert int(link[start]) == start
        assert calls[start][1] == calls[n][1]
        assert calls[start][0] < calls[n][0] or start == n


def test_a_title_without_the_librarys_words() -> None:
    plain = normal_title("Question of X")
    for end in (": resolution / adopted by the General Assembly", " : resolutions/adopted ..."):
        assert normal_title("Question of X " + end) == plain
    assert normal_title("Resolutions adopted") == "resolutions adopted"


# The real record ------------------------------------------------------------------------


@pytest.mark.skipif(not present(), reason="the votes of the General Assembly are not here")
def test_codes_agree_with_the_record() -> None:
    votes = pd.read_parquet(FILES[0], columns=["iso3", "ccode", "session"]).drop_duplicates()
    found = states.iso3_all(votes["ccode"].tolist(), (1945 + votes["session"]).tolist())
    assert len(votes) == 11_892
    assert found == votes["iso3"].astype(str).tolist()


@pytest.mark.skipif(not present(), reason="the votes of the General Assembly are not here")
def test_the_record_has_the_published_size() -> None:
    table = record()
    assert len(table) == 1_033_805
    assert table["rollcall"].nunique() == 6_588
    assert table["vote"].value_counts().to_dict() == {
        "yes": 747_990,
        "abstain": 118_682,
        "absent": 96_325,
        "no": 70_808,
    }
    assert int((table.drop_duplicates("rollcall").eval("link != rollcall")).sum()) == 949
    assert table.memory_usage(deep=True).sum() < 60e6
    assert len(content(table)) < 4e6


@pytest.mark.skipif(not present(), reason="the votes of the General Assembly are not here")
def test_the_record_comes_back_from_voetens_layout(tmp_path: Path) -> None:
    table = record().query("session >= 24 and session <= 34").reset_index(drop=True)
    codes = {"yes": 1, "abstain": 2, "no": 3, "absent": 8}
    flags = {i: table["issues"].map(lambda t, i=i: int(i in str(t).split())) for i in ISSUES}
    file = pd.DataFrame(
        {
            "rcid": table["rollcall"],
            "ccode": table["cow"],
            "member": 1,
            "vote": table["vote"].map(codes),
            "session": table["session"],
            "importantvote": table["important"].astype("Int8"),
            "date": table["date"],
            "unres": table["resolution"],
            "amend": table["amendment"].astype(int),
            "para": table["paragraph"].astype(int),
            "short": table["title"],
            "descr": "",
            **flags,
        }
    )
    file.to_csv(tmp_path / "UNVotes.csv", na_rep="NA")
    found = read_votes(tmp_path / "UNVotes.csv").table
    for name in COLUMNS:
        if name == "link":
            assert found[name].equals(found["rollcall"])  # the layout has no room for them
            continue
        assert found[name].astype(object).equals(table[name].astype(object)), name
