"""What is printed is fit for the terminal, the pipe or the spreadsheet it goes to."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar import commands, output
from multipolar.cli import main
from multipolar.engines import catalogue
from multipolar.render import exports
from multipolar.text.forms import csv_lines, csv_text, json_text, safe

EVIL = "\x1b]0;owned\x07\x9b31m\u202egnp\u2028\u2066x\ufeff\r\x00\ud800"
STEERING = {c for c in EVIL if not c.isascii() or not c.isprintable()}


class Stream(io.TextIOWrapper):
    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)

    def text(self) -> str:
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


# Spreadsheets -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\ufeff=1",
        "\u00a0@x",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "\u200b=1",
        "\x00=1",
        "  \ufeff -2",
        "\tplain",
        "\rplain",
        "-",
    ],
)
def test_a_text_that_begins_like_a_formula_is_led_by_an_apostrophe(text: str) -> None:
    assert safe(text).startswith("'")
    assert csv_text([{text: text}]).replace('"', "").startswith("'")


@pytest.mark.parametrize(
    "value", [-2.5, -1, 0, True, np.float64(-2.5), np.int64(-3), np.float32(-0.5)]
)
def test_a_number_stays_a_number(value: Any) -> None:
    assert safe(value) is value
    assert float(
        next(csv.reader([csv_text([{"a": value}]).splitlines()[1]]))[0] == "True"
        or csv_text([{"a": value}]).splitlines()[1]
    ) == float(value)


def test_what_is_no_number_is_an_empty_cell() -> None:
    rows = [{"a": math.nan}, {"a": None}, {"a": np.float32("nan")}, {}]
    assert csv_text(rows, ("a",)) == 'a\n""\n""\n""\n""\n'
    assert safe([-10, 3]) == "'-10 to 3"


def test_a_row_is_a_row_whatever_stands_in_it() -> None:
    rows = [{"a": "x\ny", "b": 'q"u,o'}, {"b": EVIL}]
    found = list(csv.DictReader(io.StringIO(csv_text(rows))))
    assert found[0] == {"a": "x\ny", "b": 'q"u,o'}
    assert not STEERING & set(found[1]["b"])


def test_a_frame_is_printed_as_its_rows_are() -> None:
    frame = pd.DataFrame(
        {
            "=name": ["-A", "B", None],
            "x": [-1.5, math.nan, 3],
            "n": pd.array([1, None, 3], dtype="Int64"),
            "k": pd.Categorical(["=a", "b", None]),
        }
    )
    found = list(csv.reader("".join(output.frame_lines(frame)).splitlines()))
    assert found == [
        ["'=name", "x", "n", "k"],
        ["'-A", "-1.5", "1", "'=a"],
        ["B", "", "", "b"],
        ["", "3.0", "3", ""],
    ]


def test_arrays_are_printed_one_number_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = xr.Dataset(
        {"a": (("y", "x"), [[1.0, -2.0], [3.0, math.nan]]), "b": (("x",), [5.0, 6.0])},
        {"x": ["=p", "q"], "y": ["r", "s"]},
    )
    stream = Stream("utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    output.arrays_as_csv(arrays)
    found = list(csv.DictReader(io.StringIO(stream.text())))
    cells = {(r["array"], r["x"], r["y"]): r["value"] for r in found}
    assert len(found) == 6
    assert cells["a", "q", "r"] == "-2.0"
    assert cells["a", "'=p", "s"] == "3.0"
    assert cells["a", "q", "s"] == ""
    assert cells["b", "q", ""] == "6.0"


@given(st.lists(st.one_of(st.text(), st.floats(), st.integers(), st.none()), min_size=2))
def test_no_cell_of_any_row_is_a_formula(row: list[Any]) -> None:
    heads = [f"h{k}" for k in range(len(row))]
    text = "".join(csv_lines(heads, [row]))
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert len(found) == 2
    for cell, value in zip(found[1], row, strict=True):
        if isinstance(value, str):
            assert cell.lstrip("\ufeff \t\r\n")[:1] not in {"=", "+", "-", "@"} or not cell
            assert not cell.startswith(("\t", "\r"))
        elif isinstance(value, float) and not math.isnan(value):
            assert float(cell) == value


def test_every_csv_goes_the_one_way(capsys: pytest.CaptureFixture[str]) -> None:
    sources = Path(commands.__file__).parent
    for path in sources.rglob("*.py"):
        text = path.read_text("utf-8")
        if path.name != "forms.py":
            assert "csv.writer" not in text and "DictWriter" not in text and ".to_csv(" not in text
        if (
            path.name not in {"output.py", "forms.py"}
            and "multipolar/world/" not in path.as_posix()
        ):
            assert "json.dumps(" not in text or path.name in {
                "coupling.py",
                "cache.py",
                "keys.py",
                "finding.py",
            }, path
    assert main(["data", "show", "un_votes", "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(next(csv.reader([lines[0]]))) == len(next(csv.reader([lines[1]])))
    assert "document" in exports.to_csv.__annotations__


# JSON -------------------------------------------------------------------------------------------


def test_json_holds_no_word_that_json_has_not() -> None:
    value = {"a": [math.nan, math.inf, -math.inf, 1.5], "b": (np.float64("nan"), np.int64(3))}
    text = json_text(value)
    assert json.loads(text, parse_constant=pytest.fail) == {"a": [None] * 3 + [1.5], "b": [None, 3]}
    with pytest.raises(TypeError, match="set has no form"):
        json_text({"a": {1}})


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.text(), st.lists(st.text() | st.floats(allow_nan=False, allow_infinity=False))
    )
)
def test_json_reads_back_and_steers_nothing(value: Any) -> None:
    for plain in (False, True):
        text = json_text(value, plain=plain)
        assert json.loads(text) == value
        assert not STEERING & set(text)
        assert not plain or text.isascii()


def test_json_escapes_what_steers() -> None:
    text = json_text({EVIL: EVIL})
    assert json.loads(text) == {EVIL: EVIL}
    assert not STEERING & set(text)
    assert "é" in json_text("é")


# Encodings --------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-8", "cp437", "utf-16"])
def test_any_encoding_of_the_output_will_do(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "● 3 ≥ −2 … “Türkiye” → Łódź 北京 \x1b[2J"
    stream = Stream(encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    output.line(said)
    output.as_json({"said": said})
    output.as_csv([{"said": said}])
    text = stream.text()
    assert "\x1b" not in text
    if encoding in {"utf-8", "utf-16"}:
        assert "● 3 ≥ −2 … “Türkiye” → Łódź 北京 \\x1b[2J" in text
    if encoding == "ascii":
        assert text.startswith('* 3 >= -2 ... "Turkiye" -> Lodz \\u5317\\u4eac \\x1b[2J\n')
    start = text.index("{")
    assert json.loads(text[start : text.index("}") + 1]) == {"said": said}


def test_the_verdicts_are_the_same_document_in_any_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from multipolar import run

    found: list[Any] = []
    done: list[Any] = []
    tested = run.run_case

    def once(*args: Any, **options: Any) -> Any:
        done.extend([] if done else [tested(*args, **options)])
        return done[0]

    monkeypatch.setattr(run, "run_case", once)
    assert main(["new", str(tmp_path / "case")]) == 0
    for encoding in ("utf-8", "ascii", "cp1252"):
        stream = Stream(encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["run", str(tmp_path / "case"), "--draws", "1", "--json"]) == 0
        assert (
            main(["run", str(tmp_path / "case"), "--draws", "1", "--out", str(tmp_path / "o")]) == 0
        )
        text, end = json.JSONDecoder().raw_decode(stream.text())
        assert "holds" in stream.text()[end:]
        found.append(text)
    assert found[0] == found[1] == found[2]


# Terminals --------------------------------------------------------------------------------------


def test_nothing_printed_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.line(f"said: {EVIL}")
    output.line(output.grid([{f"head{EVIL}": EVIL, "b": 1}]))
    output.line(output.cell(EVIL * 9))
    output.as_json({EVIL: EVIL})
    output.as_csv([{EVIL: EVIL}])
    output.note(f"fault\n{EVIL}")
    shown = capsys.readouterr()
    assert not STEERING & set(shown.out + shown.err)
    assert shown.err.count("\n") == 1
    assert shown.err.startswith("multipolar: fault ")


def test_words_of_engines_and_of_the_user_are_cleaned(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {
        "name": f"m{EVIL}",
        "engine": "e",
        "basis": f"b{EVIL}",
        "unit": EVIL,
        "description": EVIL,
        "aggregate": "",
        "dimensions": [
            {"name": EVIL, "kind": EVIL, "required": True, "values": [EVIL], "description": EVIL}
        ],
    }
    monkeypatch.setattr(catalogue, "declaration", lambda *_: row)
    assert main(["metrics", "votes.agreement"]) == 0
    assert main(["metrics", "votes.agreement", "--json"]) == 0
    assert main(["metrics", EVIL]) == 0
    assert main(["check", EVIL.replace("\0", "").replace("\ud800", "\udcff")]) == 2
    shown = capsys.readouterr()
    assert not STEERING & set(shown.out + shown.err)


@settings(max_examples=50)
@given(st.text())
def test_cleaning_keeps_what_prints_and_nothing_else(text: str) -> None:
    shown = output.clean(text)
    assert all(c.isprintable() or c == "\n" for c in shown)
    assert output.clean(shown) == shown
    assert shown.count("\n") == text.count("\n")
