"""What is read from a disk: plain files within limits, and one line for all else."""

from __future__ import annotations

import io
import os
import socket
import struct
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from multipolar import limits
from multipolar.errors import CaseError, DataError, MultipolarError
from multipolar.policy.files import read_yaml
from multipolar.policy.scenario import load_scenarios
from multipolar.world import World, archive, boundary, cow_file, icio_source, store, text_file
from voting_files import NMC


def refusal(action: Callable[[], object], kind: type[MultipolarError] = DataError) -> str:
    """The one line in which something is refused."""
    with pytest.raises(kind) as caught:
        action()
    text = str(caught.value)
    assert text.isprintable() and text
    return text


# Files ------------------------------------------------------------------------------------

READERS: dict[str, Callable[[Path], object]] = {
    "regular": boundary.regular,
    "read_file": boundary.read_file,
    "read_json": boundary.read_json,
    "read_parquet": lambda p: boundary.read_parquet(p, name="a.parquet"),
    "is_parquet": boundary.is_parquet,
    "yaml": read_yaml,
    "scenarios": load_scenarios,
    "text": text_file.find,
    "capabilities": cow_file.read_nmc,
    "alliances": cow_file.read_dyads,
    "icio": lambda p: icio_source.find(p, 2022),
    "icio of a year named": lambda p: icio_source.find(p, None),
}
ODD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "pipe": (lambda f: made(f / "2022.csv", os.mkfifo), "a pipe, not a file"),
    "link to a pipe": (
        lambda f: linked(f / "2022.csv", made(f / "pipe", os.mkfifo)),
        "a pipe, not a file",
    ),
    "device": (lambda f: Path("/dev/zero"), "a device, not a file"),
    "circle": (lambda f: linked(f / "2022.csv", f / "2022.csv"), "a link that leads to itself"),
    "nowhere": (lambda f: f / "2022.csv", "no such file"),
    "in a file": (lambda f: made(f / "a", Path.touch) / "2022.csv", "is no folder"),
    "long name": (lambda f: f / ("2022" * 100), "longer than the system allows"),
    "long path": (lambda f: Path("/".join(["2022"] * 2000)), "longer than the system allows"),
    "no name": (lambda f: f / "2022\0.csv", "cannot be read"),
    "nobody": (lambda f: Path("~nobody-of-this-name/2022.csv"), "nobody here is called"),
}


def made(path: Path, make: Callable[[Path], object]) -> Path:
    make(path)
    return path


def linked(path: Path, to: Path) -> Path:
    path.symlink_to(to)
    return path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_plain_file_is_one_line_at_once(odd: str, reader: str, tmp_path: Path) -> None:
    make, words = ODD[odd]
    assert words in refusal(lambda: READERS[reader](make(tmp_path)), MultipolarError)


@pytest.mark.parametrize("reader", sorted(set(READERS) - {"scenarios"}))
def test_a_folder_is_no_file(reader: str, tmp_path: Path) -> None:
    (tmp_path / "2022.csv").mkdir()
    assert "a folder, not a file" in refusal(lambda: READERS[reader](tmp_path / "2022.csv"))


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs sockets with names")
def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.csv")
        assert "a socket, not a file" in refusal(lambda: boundary.read_file("socket.csv"))


def test_a_pipe_that_comes_in_between_does_not_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look at the path saw a file; what was opened is a pipe."""
    (tmp_path / "plain").touch()
    os.mkfifo(tmp_path / "pipe")
    plain = (tmp_path / "plain").stat()
    monkeypatch.setattr(Path, "stat", lambda self, **_: plain)
    assert "a pipe, not a file" in refusal(lambda: boundary.read_file(tmp_path / "pipe"))


@pytest.mark.parametrize(
    ("number", "words"), [(13, "no permission to read it"), (5, "Input/output error")]
)
def test_a_file_that_may_not_be_read(
    number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").touch()

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    assert words in refusal(lambda: boundary.read_file(tmp_path / "a"))


def test_a_disk_that_fails_while_it_is_read(tmp_path: Path) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    stream = boundary.Bounded(Failing(), "a.csv", most=9)
    assert "Input/output error" in refusal(lambda: stream.read(4))


def test_a_home_is_written_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.csv").write_bytes(b"a")
    assert boundary.read_file("~/a.csv") == b"a"
    assert boundary.regular("~/a.csv") == tmp_path / "a.csv"
    monkeypatch.chdir(tmp_path)
    Path("~$a.csv").write_bytes(b"lock")  # what an office leaves beside an open file
    assert boundary.read_file("~$a.csv") == b"lock"


def test_sizes_are_looked_at_when_a_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "a.csv", lambda p: p.write_bytes(b"a,b\n"))
    assert boundary.read_file(path) == b"a,b\n"
    monkeypatch.setattr(limits, "FILE_BYTES", 3)
    for read in (boundary.read_file, boundary.regular, text_file.find):
        assert "larger than 3 bytes" in refusal(lambda read=read: read(path))
    assert boundary.read_file(path, most=4) == b"a,b\n"


def test_a_file_whose_size_is_not_told_is_read_to_its_limit() -> None:
    path = Path("/proc/self/status")  # zero bytes, by what the system says
    if not path.exists():
        pytest.skip("needs /proc")
    assert path.stat().st_size == 0
    assert "larger than 10 bytes" in refusal(lambda: boundary.read_file(path, most=10))


def test_errors_are_of_the_class_asked_for(tmp_path: Path) -> None:
    for read in (boundary.read_file, boundary.read_json, boundary.regular):
        refusal(lambda read=read: read(tmp_path / "a", error=CaseError), CaseError)
    assert "mine" in refusal(lambda: boundary.read_file(tmp_path, hint="mine"))


def test_files_in_a_folder(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "a-2.yaml", "c.txt"):
        (tmp_path / name).touch()
    names = [p.name for p in boundary.files_in(tmp_path, "z*.yaml", "*.yaml", most=3)]
    assert names == ["a-2.yaml", "a.yaml", "b.yaml"]
    assert "more than 2 files" in refusal(lambda: boundary.files_in(tmp_path, "*.yaml", most=2))
    linked(tmp_path / "d.yaml", Path(__file__))
    assert "outside" in refusal(lambda: boundary.files_in(tmp_path, "*.yaml", most=9))
    (tmp_path / "d.yaml").unlink()
    linked(tmp_path / "d.yaml", tmp_path / "d.yaml")
    refusal(lambda: boundary.files_in(tmp_path, "*.yaml", most=9))


# Faults -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        pa.ArrowInvalid("bad\nblock"),
        pa.ArrowCapacityError("full"),
        pa.ArrowKeyError("x"),
        pd.errors.ParserError("x"),
        zipfile.BadZipFile("x"),
        RecursionError(),
        MemoryError(),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"),
        OverflowError(),
        KeyError("a\x1b"),
        KeyError(),
        TypeError("\u202e"),
        IndexError(),
        AttributeError("x"),
        EOFError(),
        OSError(5, "x"),
        OSError("y" * 999),
        struct.error("x"),
        ValueError(),
        AssertionError(),
    ],
    ids=lambda f: type(f).__name__,
)
def test_whatever_a_library_raises_is_one_line(fault: Exception) -> None:
    def fails() -> None:
        with boundary.reading("a.csv", hint="look"):
            raise fault

    text = refusal(fails)
    assert text.startswith("a.csv: cannot be read (") and text.endswith("). Hint: look")
    assert len(text) < 200


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_none_of_it(kind: type[BaseException]) -> None:
    with pytest.raises(kind), boundary.reading("a.csv"):
        raise kind


def test_an_error_of_our_own_passes() -> None:
    with pytest.raises(CaseError, match="mine"), boundary.reading("a.csv"):
        raise CaseError("mine")


# JSON -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 100_000, "nested too deep"),
        ("[" * 50 + "]" * 50, "nested too deep"),
        ("[NaN]", "NaN is no number"),
        ("[-Infinity]", "-Infinity is no number"),
        ('{"a": 1, "a": 2}', "'a' is given twice"),
        ('["\\ud800"]', "surrogates not allowed"),
        ('{"\\ud800": 1}', "surrogates not allowed"),
        ("9" * 5000, "digits"),
        ("", "Expecting value"),
        ("[1] [2]", "Extra data"),
        (b"\xff\xfe[\0", "not UTF-8"),
    ],
)
def test_json_that_is_not_read(text: str | bytes, words: str) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    assert words in refusal(lambda: boundary.parse_json(content, "a.json"))


def test_json_that_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert boundary.parse_json("\ufeff[1.5, {}]".encode(), "a.json") == [1.5, {}]
    assert boundary.parse_json(b"[" * 40 + b"]" * 40, "a.json")
    monkeypatch.setattr(limits, "JSON_BYTES", 3)
    assert "more than 3 bytes" in refusal(lambda: boundary.parse_json(b"[1, 2]", "a.json"))


# Streams and archives ---------------------------------------------------------------------


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_the_length_of_a_line_is_counted_over_the_parts_it_comes_in(
    end: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LINE_BYTES", 10)

    def read(content: bytes) -> bytes:
        return boundary.Bounded(io.BytesIO(content), "a.csv", most=10**6).readall()

    fits = (b"x" * 10 + end) * 5
    assert read(fits) == fits
    assert read(fits + b"y" * 10) == fits + b"y" * 10
    assert "line is longer than 10" in refusal(lambda: read(fits + b"x" * 11 + end))
    assert "line is longer than 10" in refusal(lambda: read(fits + b"x" * 11))
    assert "line is longer than 10" in refusal(lambda: read(b"x" * 999))


def packed(members: dict[str, bytes], **more: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **more) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def read_all(path: Path) -> bytes:
    """The one file of an archive, through the way that every loader goes."""
    (entry,) = archive.entries(path)
    with archive.unpacked(path, entry.inside) as stream:
        return stream.readall()


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[[bytes], Path]:
    return lambda content: made(tmp_path / "a.zip", lambda p: p.write_bytes(content))


Zipped = Callable[[bytes], Path]


def test_files_in_archives_in_archives(zipped: Zipped) -> None:
    once = packed({"a.csv": b"a,b\n"})
    assert read_all(zipped(once)) == b"a,b\n"
    assert read_all(zipped(packed({"deep/x.zip": once, "__MACOSX/x.csv": b""}))) == b"a,b\n"
    twice = packed({"y.zip": packed({"x.zip": once})})
    assert read_all(zipped(twice)) == b"a,b\n"
    assert archive.entries(zipped(packed({"z.zip": twice}))) == []  # too deep


def test_an_archive_that_unpacks_to_too_much(
    zipped: Zipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = packed({"a.csv": b"0,0\n" * 100_000})
    assert len(read_all(zipped(bomb))) == 400_000
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 300_000)
    assert "unpacks to 400,000 bytes" in refusal(lambda: read_all(zipped(bomb)))
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 10**9)
    monkeypatch.setattr(limits, "PACKED_FREE", 1000)  # small files may be packed as they like
    assert "unpacks to 400,000 bytes" in refusal(lambda: read_all(zipped(bomb)))
    nested = packed({"x.zip": packed({"a.csv": b"0" * 10**6})})
    assert "unpacks to 1,000,000 bytes" in refusal(lambda: read_all(zipped(nested)))
    monkeypatch.setattr(limits, "INNER_BYTES", 100)
    assert "x.zip: unpacks to" in refusal(lambda: read_all(zipped(nested)))


def test_an_archive_that_lies_about_a_size(zipped: Zipped) -> None:
    content = packed({"a.csv": b"0,0\n" * 1000})
    for size in (0, 10, 5000, 2**32 - 2):
        lie = content.replace(struct.pack("<L", 4000), struct.pack("<L", size))
        assert lie != content
        refusal(lambda lie=lie: read_all(zipped(lie)))


def changed(content: bytes, at: int, value: int, length: int) -> bytes:
    """An archive of one file with a field of its list of files changed."""
    place = content.rindex(b"PK\x01\x02") + at
    return content[:place] + value.to_bytes(length, "little") + content[place + length :]


@pytest.mark.parametrize(
    ("at", "value", "length", "words"),
    [
        (8, 1, 2, "locked with a password"),
        (10, 12, 2, "packed in a way that is not read"),  # bzip2
        (10, 99, 2, "packed in a way that is not read"),
        (6, 166, 1, "cannot be read"),  # a version to come
        (16, 7, 4, "cannot be read"),  # another checksum
        (42, 9, 4, "cannot be read"),  # another place
    ],
)
def test_a_member_that_is_not_read(
    at: int, value: int, length: int, words: str, zipped: Zipped
) -> None:
    content = changed(packed({"a.csv": b"a,b\n1,2\n"}), at, value, length)
    assert words in refusal(lambda: read_all(zipped(content)))


def test_every_cut_of_an_archive_is_one_line(zipped: Zipped) -> None:
    content = packed({"a.csv": b"a,b\n1,2\n"})
    for length in range(4, len(content)):
        refusal(lambda length=length: read_all(zipped(content[:length])))


def test_an_archive_of_many_files(zipped: Zipped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MEMBERS", 3)
    assert len(archive.entries(zipped(packed({f"{k}.csv": b"" for k in range(3)})))) == 3
    many = packed({f"{k}.csv": b"" for k in range(4)})
    assert "more than 3 files" in refusal(lambda: archive.entries(zipped(many)))
    monkeypatch.setattr(archive, "_NAMED", 1)  # before the list is read
    assert "more than 3 files" in refusal(lambda: archive.entries(zipped(many)))
    nested = packed({f"{k}.zip": packed({"a.csv": b"", "b.csv": b""}) for k in range(2)})
    monkeypatch.setattr(archive, "_NAMED", 1000)
    assert "more than 3 files" in refusal(lambda: archive.entries(zipped(nested)))


# Text files -------------------------------------------------------------------------------


def lines(path: Path, *columns: str) -> list[list[str]]:
    found = text_file.gather(text_file.find(path), columns, lambda b: b.to_pydict())
    return [list(row) for part in found for row in zip(*part.values(), strict=True)]


def written(folder: Path, content: bytes) -> Path:
    return made(folder / "a.csv", lambda p: p.write_bytes(content))


@pytest.mark.parametrize(
    "content",
    [
        b"A,b_1\n1,2\n",
        b"\xef\xbb\xbfA,b 1\r\n1,2\r\n",
        b"a;B1\n1;2",
        b"A\tb1\n1\t2\n\n",
        b"x,A,b1\n\xe9,1,2\n",
        b"A\xa0,b1\n1,2\n",
        b"A,\xa0b1,\xe9\n1,2,\xe9\n",
        b'"A","b1","x"\n1,2,"\\"q\\", x"\n',
        b'A,b1,x\n1,2,"two\nlines"\n',
        packed({"x.csv": b"A,b1\n1,2\n"}),
    ],
)
def test_texts_of_many_makers(content: bytes, tmp_path: Path) -> None:
    assert lines(written(tmp_path, content), "a", "b1") == [["1", "2"]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a text file with a header"),
        (b"\n\n", "not a text file with a header"),
        (b"\x1f\x8b\x08\x00", "not a text file with a header"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"<html>\n", "a web page"),
        (b"a,b\n1,2,3\n", "damaged or cut short"),
        (b"a,b\n1\n", "damaged or cut short"),
        (b'a,b\n1,"2\n3,4\n', "a quote that is not closed"),
        (b'"a,b\n1,2\n', "header that cannot be read"),
        (b"a,b\r1,2\r3,4\n", "header that cannot be read"),
        (b"a,A,b\n1,2,3\n", "two columns are named 'A'"),
        (b"a,b,a \n1,2,3\n", "two columns are named 'a '"),
    ],
)
def test_texts_that_are_refused(content: bytes, words: str, tmp_path: Path) -> None:
    assert words in refusal(lambda: lines(written(tmp_path, content), "a", "b"))


def test_a_header_alone_has_no_lines(tmp_path: Path) -> None:
    for content in (b"a,b", b"a,b\n", b"a,b\r\n\r\n", b"\xef\xbb\xbfa,b\n"):
        assert lines(written(tmp_path, content), "a") == []


def test_limits_of_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, b"a,b\n" + b"1,2\n" * 9)
    assert len(lines(path, "a")) == 9
    with monkeypatch.context() as patch:
        patch.setattr(limits, "ROWS", 8)
        assert "more than 8 lines" in refusal(lambda: lines(path, "a"))
    with monkeypatch.context() as patch:
        patch.setattr(limits, "COLUMNS", 1)
        assert "more than 1 columns" in refusal(lambda: lines(path, "a"))
    with monkeypatch.context() as patch:
        patch.setattr(limits, "LINE_BYTES", 1000)
        for content in (b"a,b\n1," + b"2" * 2000 + b"\n1,2\n", b"a,b\n1,2\n1," + b"2" * 5000):
            path = written(tmp_path, content)
            assert "line is longer than 1,000" in refusal(lambda path=path: lines(path, "a"))


# Parquet ----------------------------------------------------------------------------------


def columnar(table: pa.Table | pd.DataFrame, **more: Any) -> bytes:
    buffer = io.BytesIO()
    if isinstance(table, pd.DataFrame):
        table.to_parquet(buffer, **more)
    else:
        parquet.write_table(table, buffer, **more)
    return buffer.getvalue()


def read(content: bytes, **more: Any) -> pd.DataFrame:
    return boundary.read_parquet(content, name="a.parquet", **more)


def test_parquet_is_read_as_pandas_reads_it() -> None:
    for path in sorted((Path(boundary.__file__).parent / "data").glob("*.parquet")):
        ours = boundary.read_parquet(path, name=path.name, nested=True)
        theirs = pd.read_parquet(path)
        # pandas' own assertion looks at texts one by one: 20 s for these tables
        assert ours.equals(theirs) and (ours.dtypes == theirs.dtypes).all(), path.name
    frame = pd.DataFrame(
        {
            "text": ["a", None, "c"] * 40,
            "kind": pd.Categorical(["x", "y", "x"] * 40, ["y", "x"], ordered=True),
            "flag": pd.array([True, None, False] * 40, dtype="boolean"),
            "day": pd.to_datetime(["2022-03-02", None, "1946-01-01"] * 40),
            "number": [1.5, None, 3] * 40,
        }
    )
    for more in ({}, {"row_group_size": 7}, {"compression": None}, {"use_dictionary": False}):
        content = columnar(frame, **more)
        pd.testing.assert_frame_equal(read(content), pd.read_parquet(io.BytesIO(content)))
    nothing = read(columnar(frame.head(0)))
    assert not len(nothing) and list(nothing) == list(frame)


@pytest.mark.parametrize(
    "form", ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "RLE_DICTIONARY"]
)
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_texts_of_every_form(form: str, version: str) -> None:
    table = pa.table({"a": ["aa", "ab", "b", None] * 300})
    more = {} if "DICT" in form else {"use_dictionary": False, "column_encoding": {"a": form}}
    content = columnar(table, data_page_version=version, **more)
    assert read(content)["a"].dropna().tolist() == ["aa", "ab", "b"] * 300


def test_an_index_with_a_name_is_a_column() -> None:
    frame = pd.DataFrame({"vote": ["yes", "no"]}, index=pd.Index([0, 1], name="rollcall"))
    assert read(columnar(frame)).columns.tolist() == ["rollcall", "vote"]
    unnamed = pd.DataFrame({"vote": ["yes", "no"]}, index=[7, 3])
    assert read(columnar(unnamed)).to_dict("list") == {"vote": ["yes", "no"]}


def test_columns_may_be_picked() -> None:
    content = columnar(pa.table({"a": [1], "b": ["x"]}))
    assert read(content, columns=["b"]).to_dict("list") == {"b": ["x"]}
    assert "it lacks 'c'" in refusal(lambda: read(content, columns=["c"]))


@pytest.mark.parametrize(
    "column",
    [
        pa.array([2**60], pa.timestamp("us")),
        pa.array([-(2**60)], pa.timestamp("us", "UTC")),
        pa.array([0, 10**8], pa.date32()),
        pa.array([None, -(10**14)], pa.date64()),
    ],
)
def test_days_that_no_calendar_has(column: pa.Array) -> None:
    text = refusal(lambda: read(columnar(pa.table({"date": column}))))
    assert "column 'date' has a day out of years" in text
    day = pa.array([0, None], column.type)
    assert str(read(columnar(pa.table({"date": day})))["date"].iloc[0])[:10] == "1970-01-01"


def test_decimals_are_numbers() -> None:
    column = pa.array([Decimal(1), Decimal(2)], pa.decimal128(10, 0))
    share = pa.array([Decimal("0.5"), Decimal("0.25")], pa.decimal128(10, 2))
    found = read(columnar(pa.table({"a": column, "b": share})))
    assert found["a"].dtype == np.int64 and found["b"].tolist() == [0.5, 0.25]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pa.array([[1]]), "list"),
        (pa.array([{"a": 1}]), "struct"),
        (pa.array([b"x"]), "binary"),
        (pa.array([1], pa.duration("s")), "duration"),
        (pa.array([1], pa.time32("s")), "time32"),
        (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), "map"),
        (pa.array([b"xx"], pa.binary(2)), "fixed_size_binary"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_columns_of_other_kinds_are_named(column: pa.Array, kind: str) -> None:
    text = refusal(lambda: read(columnar(pa.table({"vote": column}))))
    assert f"column 'vote' holds {kind}" in text


def test_a_table_with_two_columns_of_one_name() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    assert "two columns are named 'a'" in refusal(lambda: read(columnar(table)))
    table = pa.table({"a" * 301: [1]})
    assert "name has more than 300" in refusal(lambda: read(columnar(table)))


def bombs() -> dict[str, bytes]:
    """Small files that stand for much."""
    zeros = pa.array(np.zeros(300_000, np.int32))
    long = pa.DictionaryArray.from_arrays(zeros, pa.array(["x" * 100]))
    plain = {"use_dictionary": False, "compression": "zstd"}
    texts = pa.table({"a": pa.array(["x" * 10_000] * 300)})
    delta = {**plain, "column_encoding": {"a": "DELTA_BYTE_ARRAY"}}
    return {
        "a run of one value": columnar(pa.table({"a": zeros}), compression="zstd"),
        "a text pointed at": columnar(pa.table({"a": long}), compression="zstd"),
        "a page of nothing": columnar(pa.table({"a": np.zeros(300_000)}), **plain),
        "a text that changes little": columnar(texts, **delta),
    }


@pytest.mark.parametrize(
    ("bomb", "words"),
    [
        ("a run of one value", "300,000 rows of 1 columns"),
        ("a text pointed at", "bytes in memory"),
        ("a page of nothing", "unpacks to more"),
        ("a text that changes little", "bytes in memory"),
    ],
)
def test_a_small_file_does_not_fill_the_memory(
    bomb: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bombs()[bomb]
    assert len(content) < 8_000
    assert len(read(content))
    if "rows" in words:
        monkeypatch.setattr(limits, "CELLS_FREE", 100_000)
    monkeypatch.setattr(limits, "TABLE_FREE", 10_000)
    monkeypatch.setattr(limits, "TABLE_RATIO", 10)
    assert words in refusal(lambda: read(content))


def test_limits_of_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    content = columnar(pa.table({"a": [1, 2, 3], "b": [1, 2, 3]}))
    for name, words in (("ROWS", "more than 2 rows"), ("COLUMNS", "more than 1 columns")):
        with monkeypatch.context() as patch:
            patch.setattr(limits, name, int(words.split()[2]))
            assert words in refusal(lambda: read(content))


def test_texts_that_are_no_utf8() -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(struct.pack("<2i", 0, 2)), pa.py_buffer(b"\xff\xfe")]
    )
    assert "UTF" in refusal(lambda: read(columnar(pa.table({"a": broken}), use_dictionary=False)))


# The user's tables ------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "mine"
    monkeypatch.setenv(store.VARIABLE, str(place))
    file = made(tmp_path / "nmc.csv", lambda p: p.write_text(NMC))
    cow_file.add_nmc(file)
    return place


def replaced(folder: Path, content: bytes, **more: object) -> None:
    """Put other bytes in the place of the table, under a data package that lists them."""
    import hashlib
    import json

    package = json.loads((folder / store.PACKAGE).read_text())
    (entry,) = package["resources"]
    (folder / entry["path"]).write_bytes(content)
    entry |= {"hash": f"sha256:{hashlib.sha256(content).hexdigest()}", **more}
    (folder / store.PACKAGE).write_text(json.dumps(package))


def test_a_table_that_is_not_what_it_is_said_to_be(folder: Path) -> None:
    good = World.load().table("cow_nmc")
    for change, words in (
        (good.drop(columns="cinc"), "no column 'cinc'"),
        (good.assign(year="then"), "column 'year' of table cow_nmc is not of type 'integer'"),
        (good.assign(cow=1.5), "not of type 'integer'"),
        (good.assign(milex=True), "not of type 'number'"),
        (good.assign(country=7), "not of type 'string'"),
    ):
        replaced(folder, columnar(change))
        assert words in refusal(lambda: World.load().table("cow_nmc"))
    replaced(folder, b"PAR1" * 9)
    assert "Parquet file cannot be read" in refusal(lambda: World.load().table("cow_nmc"))


def test_a_data_package_cannot_leave_out_what_engines_read(folder: Path) -> None:
    frame = pd.DataFrame({"country": ["USA"]})
    fields = [{"name": "country", "type": "string", "description": "x"}]
    replaced(folder, columnar(frame), schema={"fields": fields})
    assert "no column 'year'" in refusal(lambda: World.load().table("cow_nmc"))


def test_a_table_is_of_the_kind_that_its_name_says(folder: Path) -> None:
    content = next(folder.glob("*.parquet")).read_bytes()
    replaced(folder, content, name="icio_2020")
    assert "icio_2020 is a table, and no arrays" in refusal(lambda: World.load().table("icio_2020"))
    (folder / "a.npz").write_bytes(content)
    replaced(folder, content, path="a.npz", name="cow_nmc")
    assert "cow_nmc is arrays" in refusal(lambda: World.load().table("cow_nmc"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", ["a"]),
        ("title", None),
        ("bytes", "9"),
        ("bytes", True),
        ("bytes", -1),
        ("hash", 7),
        ("hash", "md5:1"),
        ("sources", []),
        ("sources", {}),
        ("sources", ["x"]),
        ("licenses", None),
        ("licenses", [{"name": 1}]),
        ("schema", {}),
        ("schema", {"fields": 3}),
        ("schema", {"fields": [{"name": "a"}]}),
        ("version", 1),
        ("date", {}),
        ("schema", {"fields": [{"name": "a", "type": "b", "description": "c", "dims": "d"}]}),
    ],
)
def test_an_entry_that_is_not_in_its_form(folder: Path, name: str, value: object) -> None:
    replaced(folder, b"", **{name: value})
    assert "the entry of table 'cow_nmc' cannot be read" in refusal(World.load)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", 7),
        ("name", ["a"]),
        ("name", "a\x1b"),
        ("name", "a" * 256),
        ("path", ""),
        ("path", "."),
        ("path", "a/b"),
        ("path", "../a"),
        ("path", "a\\b"),
        ("path", "/etc/passwd"),
        ("path", "a\x00"),
        ("path", store.PACKAGE),
        ("path", "é" * 200),
    ],
)
def test_a_name_or_path_that_is_none(folder: Path, name: str, value: object) -> None:
    replaced(folder, b"", **{name: value})
    assert "your data package cannot be read" in refusal(World.load)


def arrays(**found: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **found)
    return buffer.getvalue()


def test_arrays_that_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    good = arrays(a=np.eye(3), names=np.array(["x"]))
    found = archive.read_arrays(good, "a.npz")
    assert found["a"].tolist() == np.eye(3).tolist() and found["names"].tolist() == ["x"]
    objects = io.BytesIO()
    np.savez(objects, a=np.array([{}], dtype=object))
    assert "an array cannot be read" in refusal(
        lambda: archive.read_arrays(objects.getvalue(), "a.npz")
    )
    head = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (%s,), }"
    for shape in (b"9" * 12, b"9" * 40, b"-4", b"[" * 60):
        claim = packed({"a.npy": (head % shape).ljust(127) + b"\n"})
        assert "an array cannot be read" in refusal(
            lambda claim=claim: archive.read_arrays(claim, "a.npz")
        )
    monkeypatch.setattr(limits, "PACKED_FREE", 100)
    assert "unpacks to" in refusal(lambda: archive.read_arrays(arrays(a=np.zeros(10**6)), "a.npz"))
