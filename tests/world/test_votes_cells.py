"""A table in memory is checked as a file is, and what is wrong is named: row or line, column, value."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from multipolar.engines.alignment.positions import positions
from multipolar.errors import DataError, MultipolarError
from multipolar.world.votes_file import frame_votes, read_votes
from multipolar.world.votes_table import COLUMNS, VOTES
from voting_files import LIBRARY, OWN, VOETEN, legislature

MEMBERS = [f"M{k:02d}" for k in range(6)]
Change = Callable[[pd.DataFrame], Any]


def base() -> pd.DataFrame:
    return legislature(MEMBERS, 20)


def put(row: int, column: str, value: Any) -> Change:
    """Return a change of one cell."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        cells = frame[column].astype(object).tolist()
        cells[row] = value
        return frame.assign(**{column: pd.Series(cells, dtype=object, index=frame.index)})

    return change


# frames


def test_rows_given_twice_count_once() -> None:
    once, twice = (positions(f, high="M05", low="M00") for f in (base(), pd.concat([base()] * 2)))
    pd.testing.assert_frame_equal(once, twice)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda f: pd.concat([f, f[f["country"] == "M03"].assign(vote="no")]),
            "M03 has two votes on roll call",
        ),
        (
            lambda f: pd.concat([f, f.assign(session=2)]),
            "row 120 .*: roll call 1 is in session '1' and in '2'",
        ),
        (put(7, "session", None), "row 7 .*: column session has no value"),
        (put(7, "rollcall", np.nan), "row 7 .*: column rollcall has no value"),
        (put(7, "country", pd.NA), "row 7 .*: column country has no value"),
        (put(7, "country", " \u00a0 "), "row 7 .*: column country has no value"),
        (put(7, "vote", None), "row 7 .*: column vote has no value"),
        (put(7, "vote", 1), "row 7 .*: column vote has '1', which is none of its words"),
        (
            lambda f: f.assign(rollcall="RH" + f["rollcall"].astype(str)),
            "row 0 .*: column rollcall has 'RH1', which is no whole number",
        ),
        (put(7, "rollcall", 1.5), "row 7 .*: column rollcall has '1.5'"),
        (put(7, "rollcall", -1), "row 7 .*: column rollcall has '-1'"),
        (put(7, "rollcall", 2**31), "row 7 .*: column rollcall has '2147483648'"),
        (put(7, "rollcall", 10**40), "row 7 .*: column rollcall has '1.00000E"),
        (put(7, "rollcall", True), "row 7 .*: column rollcall has True, which is a truth value"),
        (put(7, "session", 0), "row 7 .*: column session has '0'"),
        (put(7, "session", float("inf")), "row 7 .*: column session has 'inf'"),
        (
            put(7, "session", dt.date(2019, 1, 1)),
            "row 7 .*: column session has 2019-01-01, which is a date",
        ),
        (put(7, "country", b"M01"), "row 7 .*: column country has b'M01', which is of type bytes"),
        (put(7, "country", ["M01"]), "row 7 .*: column country has .*, which is of type list"),
        (
            put(7, "country", "x" * 301),
            "row 7 .*: column country has .*, which has more than 300 characters",
        ),
        (put(7, "country", "\ud800"), "row 7 .*: column country has .*half a character"),
        (put(7, "country", Decimal("sNaN")), "row 7 .*: column country has"),
        (
            lambda f: f.assign(date="2019-01-01").pipe(put(7, "date", "2019-01-02")),
            "row 7 .*: roll call 2 is given date '2019-01-01' and '2019-01-02'",
        ),
        (lambda f: f.assign(link=1).pipe(put(7, "link", 2)), "row 7 .*: roll call 2 is given link"),
        (lambda f: f.assign(amendment="perhaps"), "column amendment has 'perhaps'"),
        (lambda f: f.assign(Vote="no"), "columns 'vote' and 'Vote' are both vote"),
        (lambda f: pd.concat([f, f[["vote"]]], axis=1), "columns 'vote' and 'vote' are both vote"),
        (lambda f: f.drop(columns=["vote", "session"]), "no column session, vote"),
        (lambda f: f.set_index("country"), "no column country"),
        (lambda f: f.iloc[:0], "has no rows"),
        (lambda f: f.set_axis(pd.MultiIndex.from_product([["a"], f.columns]), axis=1), "no column"),
        (lambda f: f["vote"], "a Series is no table"),
        (lambda f: f.values.tolist(), "a list is no table"),
    ],
)
def test_a_frame_is_refused_where_a_file_is(change: Change, words: str) -> None:
    with pytest.raises(DataError, match=words) as fault:
        positions(change(base()))
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.astype({"country": "category", "vote": "category", "rollcall": "category"}),
        lambda f: f.astype({"session": "Int64", "rollcall": "Int32"}),
        lambda f: f.astype({"session": float, "rollcall": float}),
        lambda f: f.astype({"session": "int64[pyarrow]", "vote": "string[pyarrow]"}),
        lambda f: f.astype({"session": str, "rollcall": str}),
        lambda f: f.assign(country=np.array(f["country"], dtype=str)),
        lambda f: f.assign(
            country="  " + f["country"] + "\u00a0", vote=f["vote"].str.upper() + " "
        ),
        lambda f: f.set_axis([0] * len(f)),
        lambda f: f.sample(frac=1, random_state=1),
        lambda f: f.rename(columns=str.upper).assign(note=[[1]] * len(f), vote_2=None),
        lambda f: f.assign(session=[Decimal(1)] * len(f)),
        lambda f: f[f.columns[::-1]],
    ],
)
def test_a_frame_of_other_types_is_the_same_table(change: Change) -> None:
    pd.testing.assert_frame_equal(frame_votes(change(base())), frame_votes(base()))


def test_a_frame_and_its_files_make_one_table(tmp_path: Path) -> None:
    frame = base().assign(date="13/12/2019", link=1, title='of "x", y', important=[True, None] * 60)
    frame["important"] = frame.groupby("rollcall")["important"].transform("first")
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    made = frame_votes(frame)
    assert set(made["date"]) == {"2019-12-13"}
    for name in ("a.csv", "a.parquet"):
        pd.testing.assert_frame_equal(read_votes(tmp_path / name).table, made)


def test_members_are_named_by_numbers_too_and_letters_with_accents_are_one() -> None:
    frame = pd.DataFrame({"rollcall": [1, 1, 2, 2], "session": 1, "vote": ["yes", "no"] * 2})
    named = frame_votes(frame.assign(country=[101, 102.0, 101, 102]))
    assert named["country"].astype(str).unique().tolist() == ["101", "102"]
    named = frame_votes(frame.assign(country=["Jos\u00e9", "Bo", "Jose\u0301", "Bo"]))
    assert named["country"].nunique() == 2


def test_sessions_numbered_by_years_keep_them() -> None:
    frame = pd.DataFrame(
        {"rollcall": [1, 2, 3], "session": [74, 2019, 3200], "country": "A", "vote": "yes"}
    )
    assert frame_votes(frame)["year"].tolist() == [2019, 2019, -1]


def test_links_in_a_circle_are_refused_and_long_chains_are_not() -> None:
    n = 20_000
    frame = pd.DataFrame({"rollcall": range(n), "session": 1, "country": "A", "vote": "yes"})
    chain = frame.assign(link=np.maximum(np.arange(n) - 1, 0))
    assert set(frame_votes(chain)["link"]) == {0}
    with pytest.raises(DataError, match="links of roll calls 1, 2 lead in a circle"):
        frame_votes(frame[1:3].assign(link=[2, 1]))


# files


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "rollcall,session,country,vote\n1,9,A,yes\n 1,9,B,no\n",
            "line 3: column rollcall has ' 1', and elsewhere '1'",
        ),
        (
            "rollcall,session,country,vote\n7,9,A,yes\n\n07,9,B,no\n",
            "line 4: column rollcall has '07'",
        ),
        (
            "rollcall,session,country,vote\n1,9,A,yes\n1.0,9,B,no\n",
            "line 3: column rollcall has '1.0'",
        ),
        (
            "rollcall,session,country,vote\n1,9,A,yes\n1e0,9,B,no\n",
            "line 3: column rollcall has '1e0'",
        ),
        ("rollcall,session,country,vote\n\uff11,9,A,yes\n", "line 2: column rollcall has '\uff11'"),
        ("rollcall,session,country,vote\n+1,9,A,yes\n", r"line 2: column rollcall has '\+1'"),
        ("rollcall,session,country,vote\n1_000,9,A,yes\n", "line 2: column rollcall has '1_000'"),
        ('rollcall,session,country,vote\n"1,000",9,A,yes\n', "line 2: column rollcall has '1,000'"),
        (
            "rollcall,session,country,vote\n99999999999999999999,9,A,yes\n",
            "line 2: column rollcall has",
        ),
        ("rollcall,session,country,vote\n1,IX,A,yes\n", "line 2: column session has 'IX'"),
        ("rollcall,session,country,vote\n1,,A,yes\n", "line 2: column session has no value"),
        (
            "rollcall,session,country,vote\n1,9,A,yes\n1,9, ,no\n",
            "line 3: column country has no value",
        ),
        ("rollcall,session,country,vote\n1,9,A,yes\n2,9,A,\n", "line 3: column vote has no value"),
        (
            "rollcall,session,country,vote\n1,9,A,yes\n1,9,\u00a0A,no\n",
            "line 3: A has two votes on roll call 1: no, and yes in line 2",
        ),
        (
            'rollcall,session,country,vote,title\n1,9,A,yes,"a\nb"\n2,9,A,aye,c\n',
            "line 4: column vote has 'aye'",
        ),
        ("rollcall,session,country,vote,Vote\n1,9,A,yes,no\n", "two columns are named 'Vote'"),
        (VOETEN.replace('"3",3,817', '"3",03,817'), "line 4: column rcid has '03'"),
        (
            VOETEN.replace('"RUS","Russia",1,', '"RUS","Russia",2,'),
            "line 3: roll call 3 is in session '1' and in '2'",
        ),
        (LIBRARY.replace(",74,A/RES/74/299", ",0,A/RES/74/299"), "line 3: column session has '0'"),
        (LIBRARY.replace("2022-03-02", "1000-03-02"), "special session '11emsp' has no date"),
    ],
)
def test_a_cell_of_a_file_is_named_by_its_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "votes.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(DataError, match=words) as fault:
        read_votes(file)
    assert str(fault.value).startswith("votes.csv: ")
    assert "\n" not in str(fault.value)


def test_a_header_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    file = tmp_path / "votes.csv"
    file.write_bytes(OWN.replace("Session", "Session\u00a0").encode("latin-1"))
    with pytest.raises(DataError, match="line 1: column 'Session"):
        read_votes(file)
    file.write_text(OWN.replace("Session", "Session\u00a0"), "utf-8")  # where it can be read it is
    assert len(read_votes(file).table) == 3


def test_numbers_as_r_and_pandas_write_them(tmp_path: Path) -> None:
    file = tmp_path / "votes.csv"
    file.write_text("rollcall,session,country,vote\n1e+05,9.0,A,yes\n1e+05, 9,B,no\n")
    table = read_votes(file).table
    assert table[["rollcall", "session"]].to_numpy().tolist() == [[100000, 9]] * 2


def test_a_second_file_that_adds_nothing_is_refused(tmp_path: Path) -> None:
    for name, text in (("old.csv", VOETEN), ("new.csv", LIBRARY)):
        (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=r"old.csv: adds no roll call to those of new.csv"):
        read_votes(tmp_path / "new.csv", tmp_path / "old.csv")


# whatever is put in


def sound(table: pd.DataFrame) -> bool:
    """Whether a table keeps what every reader of it relies on."""
    text = table.drop(columns="important")
    return (
        tuple(table.columns) == COLUMNS
        and len(table) > 0
        and bool(text.notna().all().all())
        and not table.duplicated(["rollcall", "country"]).any()
        and set(table["vote"].astype(str)) <= set(VOTES)
        and bool((table["session"] > 0).all() and (table["rollcall"] >= 0).all())
        and bool((table.groupby("rollcall")["session"].nunique() == 1).all())
        and all(len(dt.date.fromisoformat(d).isoformat()) == 10 for d in set(table["date"]) if d)
    )


def outcome(read: Callable[[], pd.DataFrame]) -> str:
    """Read a table that is sound, or give the one line that refuses it."""
    try:
        assert sound(read())
    except MultipolarError as refusal:
        assert isinstance(refusal, DataError)
        assert "\n" not in str(refusal)
        return str(refusal)
    return ""


ODD = [None, True, 0, -1, 2**63 - 1, 1.0, 1.5, float("nan"), float("inf"), "", " 1", "01", "1e0", "yes",
       "NA", "\x1b[31m", "a\nb", "13/12/2019", "0000-00-00", b"yes", Decimal("1"), Decimal("NaN"),
       dt.date(2019, 12, 13), pd.Timestamp("2019-12-13", tz="Asia/Tokyo"), pd.NaT, np.datetime64("200000-01-01"), dt.time(1), [1],
       [1, [2]], {"a": 1}, {1}, (1, 2), np.array([1, 2]), 1 + 2j, object(), np.float16(1)]  # fmt: skip


def small(**more: Any) -> pd.DataFrame:
    return legislature(["A", "B"], 2).assign(**more)


@pytest.mark.parametrize("column", ["rollcall", "session", "country", "vote", "date", "important"])
def test_whatever_is_in_a_cell_of_a_frame(column: str) -> None:
    frame = small(date="2019-12-13") if column == "date" else small(important=True)
    read = [outcome(lambda v=v: frame_votes(put(1, column, v)(frame))) for v in ODD]  # type: ignore[misc]
    assert all(line.startswith("votes: row 1 ") for line in read if line)
    assert sum(map(bool, read)) > (12 if column == "country" else len(ODD) / 2)


TYPES = [
    pa.null(),
    pa.int8(),
    pa.uint64(),
    pa.float16(),
    pa.decimal128(5, 0),
    pa.decimal256(60, 2),
    pa.string(),
    pa.large_string(),
    pa.binary(),
    pa.binary(1),
    pa.bool_(),
    pa.date32(),
    pa.timestamp("ns", "Asia/Tokyo"),
    pa.time64("us"),
    pa.duration("s"),
    pa.list_(pa.int64()),
    pa.struct([("a", pa.int64())]),
    pa.map_(pa.string(), pa.int64()),
    pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.int8(), pa.int64()),
]
FILLS: list[list[Any]] = [[1, 1, 2, 2], ["1", None, "2", "2"], [b"a"] * 4, [True] * 4, [[1]] * 4, [{"a": 1}] * 4,
         [dt.datetime(2019, 1, 1)] * 4, [dt.time(1)] * 4, [dt.timedelta(1)] * 4, [None] * 4]  # fmt: skip


@pytest.mark.parametrize("column", ["rollcall", "country", "date"])
def test_whatever_type_a_column_of_parquet_has(tmp_path: Path, column: str) -> None:
    table = pa.Table.from_pandas(small(date="2019-12-13"), preserve_index=False)
    place = table.column_names.index(column) if column in table.column_names else None
    path, tried = tmp_path / "votes.parquet", 0
    for kind in TYPES:
        for fill in FILLS:
            try:
                cells = pa.array(fill, type=kind)
            except (pa.ArrowException, TypeError, ValueError):
                continue
            here = (
                table.set_column(place, column, cells)
                if place is not None
                else (table.append_column(column, cells))
            )
            parquet.write_table(here, path)
            line = outcome(lambda: read_votes(path).table)
            assert not line or line.startswith("votes.parquet: ")
            tried += 1
    assert tried > 20


def test_parquet_with_one_name_twice_or_a_stray_byte(tmp_path: Path) -> None:
    table = pa.Table.from_pandas(small(date="2019-12-13"), preserve_index=False)
    path = tmp_path / "votes.parquet"
    parquet.write_table(table.append_column("vote", table["vote"]), path)
    assert "two columns are named 'vote'" in outcome(lambda: read_votes(path).table)
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    rng = np.random.default_rng(0)
    for _ in range(40):
        content = bytearray(buffer.getvalue())
        for at in rng.integers(4, len(content), rng.integers(1, 8)):
            content[at] = rng.integers(256)
        path.write_bytes(content)
        outcome(lambda: read_votes(path).table)


@pytest.mark.parametrize("text", [OWN, VOETEN, LIBRARY], ids=["own", "voeten", "library"])
def test_whatever_byte_of_a_text_file_is_another(tmp_path: Path, text: str) -> None:
    rng = np.random.default_rng(1)
    path, stray = tmp_path / "votes.csv", b'\0\n\r",;\t\\\xff\xa0 019"'
    refused = 0
    for _ in range(25):
        content = bytearray(text.encode())
        for at in rng.integers(0, len(content), rng.integers(1, 4)):
            content[at] = stray[rng.integers(len(stray))]
        path.write_bytes(content)
        refused += bool(outcome(lambda: read_votes(path).table))
    assert refused > 8


def test_days_of_years_that_no_calendar_has_are_left_out() -> None:
    days = pd.Series(np.array(["200000-01-01"] * 4, dtype="datetime64[s]"))
    assert set(frame_votes(small(date=days))["date"]) == {""}
    with pytest.raises(
        DataError, match=r"row 0 .*: column session has 200000-01-01, which is a date"
    ):
        frame_votes(small(session=days))
