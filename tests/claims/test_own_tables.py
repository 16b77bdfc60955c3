"""A CSV of a case's folder becomes a metric by three lines of YAML."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from multipolar.cli import main
from multipolar.engines import Registry
from multipolar.pipeline.checking import check
from multipolar.pipeline.keys import Keys
from multipolar.pipeline.result import ClaimVerdict
from multipolar.run import checked_as_of, run_case
from multipolar.world import World

# the figures are made up
COAL = """\
country,year,value
Germany,2021,126.3
Germany,2022,130.8
POL,2022,107.5
Czech Republic,2022,
India,2022,910
"""
HEAD = {
    "schema": 1, "case": "own", "title": "-", "deck": "-", "as_of": "2026-06-30",
    "engines": ["record"],
    "sources": {"A": {"title": "-", "author": "-", "stance": "-", "published": "2024-01-01"}},
}  # fmt: skip
CLAIM = {"source": "A", "speaker": "-", "kind": "record", "topic": "-", "says": "-", "chosen": "-"}
THREE = {"file": "coal.csv", "metric": "own.coal", "unit": "Mt"}
TEST = {"metric": "own.coal", "where": {"country": "Germany", "year": 2022}, "at_least": 100}


def case(folder: Path, test: dict[str, Any] | None = None, text: str = COAL, **said: Any) -> Path:
    folder.mkdir(exist_ok=True)
    head = {**HEAD, "claims": [{**CLAIM, "id": "A-1", "test": test or TEST}]}
    (folder / "case.yaml").write_text(yaml.safe_dump(head), "utf-8")
    (folder / "tables.yaml").write_text(yaml.safe_dump([{**THREE, **said}]), "utf-8")
    (folder / "coal.csv").write_text(text, "utf-8")
    return folder


@cache
def shipped() -> Registry:
    return Registry.default(World.load())


def verdict(folder: Path) -> ClaimVerdict:
    (found,) = run_case(folder, draws=2, cache=False, progress=False, registry=shipped()).verdicts
    return found


def test_three_lines_make_a_metric_that_is_cited(tmp_path: Path) -> None:
    found = verdict(case(tmp_path))
    (part,) = found.parts
    assert (part.value, part.unit) == (130.8, "Mt")
    (source,) = found.evidence
    digest = hashlib.sha256(COAL.encode()).hexdigest()
    assert "coal.csv" in source.source and f"coal.csv, sha256 {digest[:12]}" in source.note
    assert source.grade == "recalled"  # nobody is named who says it
    assert found.grade == "mostly holds"


def test_what_is_said_of_the_source_counts(tmp_path: Path) -> None:
    found = verdict(case(tmp_path, source="Statistical office, table 7", url="https://a.org/7"))
    assert found.evidence[0].grade == "second-hand"
    assert found.evidence[0].source == "Statistical office, table 7"
    found = verdict(case(tmp_path, source="Statistical office, table 7", grade="official"))
    assert found.evidence[0].grade == "official" and found.grade == "holds"


def test_values_of_several_countries(tmp_path: Path) -> None:
    both = {**TEST, "where": {"country": ["Germany", "Poland"], "year": 2022}}
    found = verdict(case(tmp_path, both, aggregate="sum"))
    assert found.parts[0].value == pytest.approx(238.3)
    found = verdict(case(tmp_path, both, aggregate="mean"))
    assert found.parts[0].value == pytest.approx(119.15)
    (said,) = check(case(tmp_path, both), shipped())  # nobody said what they make together
    assert "country" in said.where


@pytest.mark.parametrize("year", [2020, 2023])
def test_a_year_without_a_row_is_not_zero(tmp_path: Path, year: int) -> None:
    (said,) = check(
        case(tmp_path, {**TEST, "where": {"country": "Germany", "year": year}}), shipped()
    )
    assert f"for {year}" in said.what and "2021 to 2022" in said.hint


def test_an_empty_cell_is_not_zero(tmp_path: Path) -> None:
    (said,) = check(
        case(tmp_path, {**TEST, "where": {"country": "Czechia", "year": 2022}}), shipped()
    )
    assert "CZE 2022" in said.what


def test_years_after_the_date_of_the_case_are_not_read(tmp_path: Path) -> None:
    folder = case(tmp_path)
    early = run_case(folder, draws=2, cache=False, progress=False, as_of="2022-06-30")
    assert early.verdicts[0].grade == "unresolved"
    assert World.load().own == {}  # the tables of a case are its own alone


def test_a_kept_answer_is_of_the_same_file_and_unit(tmp_path: Path) -> None:
    keys = set()
    for change in (
        {},
        {"text": COAL.replace("130.8", "130.9")},
        {"unit": "kt"},
        {"grade": "report"},
    ):
        ready = checked_as_of(case(tmp_path, **change)).ready()
        keys.add(Keys(ready.registry).engine("record"))
    assert len(keys) == 4


# What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "text", "what"),
    [
        ({"file": "../coal.csv"}, COAL, "outside the case's folder"),
        ({"file": "/etc/passwd"}, COAL, "outside the case's folder"),
        ({"file": "gone.csv"}, COAL, "no such file"),
        ({"metric": "coal"}, COAL, "metric"),
        ({"metric": "own.Coal"}, COAL, "metric"),
        ({"unit": "MT"}, COAL, "did you mean 'Mt'"),
        ({"grade": "gospel"}, COAL, "grade"),
        ({"command": "rm"}, COAL, "command"),
        ({"aggregate": "max"}, COAL, "aggregate"),
        ({}, COAL.replace("value", "amount"), "no line with the heads country, year, value"),
        ({}, COAL.replace("value", "value,note"), "'note', which is not read"),
        ({}, COAL.replace("Germany,2021", "Ruritania,2021"), "Ruritania"),
        ({}, COAL.replace("2021", "soon"), "'soon' is no year"),
        ({}, COAL.replace("126.3", "=1+1"), "'=1+1', which is no number"),
        ({}, COAL.replace("126.3", "nan"), "no number"),
        ({}, COAL.replace("POL", "DEU"), "two values of DEU in 2022"),
        ({}, COAL.replace("POL,2022,107.5", "POL,2022"), "a line has 2 cells"),
        ({}, COAL.splitlines()[0] + "\n", "has no value"),
        ({}, COAL + '"India', "is not a CSV that can be read"),
        ({}, "<html>", "is a web page"),
        ({}, "", "no line with the heads"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_line(
    tmp_path: Path, said: dict[str, str], text: str, what: str
) -> None:
    folder = case(tmp_path / "case", text=text, **said)
    (tmp_path / "coal.csv").write_text(COAL, "utf-8")
    found = check(folder, shipped())
    (mistake,) = [m for m in found if m.file == "tables.yaml"]
    assert len(found) == 1 + ("metric" in said)  # nothing is said of the tests that read it
    assert what in str(mistake) and str(mistake).startswith("tables.yaml:")
    assert "\n" not in str(mistake)


def test_the_command_ends_with_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = case(tmp_path, text="country,year,value\nGermany,2022,much\n")
    for command in ("check", "run"):
        assert main([command, str(folder)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "tables.yaml:1: table own.coal, file: coal.csv: the value of Germany in 2022" in line


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(COAL, "utf-8")
    folder = case(tmp_path / "case")
    (folder / "coal.csv").unlink()
    (folder / "coal.csv").symlink_to(tmp_path / "secret.csv")
    assert any("outside the case's folder" in m.what for m in check(folder, shipped()))


def test_a_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multipolar.limits.OWN_BYTES", 50)
    assert any("larger than 50 bytes" in m.what for m in check(case(tmp_path), shipped()))


def test_what_is_said_is_escaped_on_the_page(tmp_path: Path) -> None:
    from multipolar.render import write

    folder = case(tmp_path / "case", says="Coal <script>alert(1)</script>", source="<b>Office</b>")
    written = write(
        run_case(folder, draws=2, cache=False, progress=False, registry=shipped()), tmp_path / "out"
    )
    page = written["index.html"].read_text("utf-8")
    assert "<script>alert(1)" not in page and "<b>Office" not in page
    assert "&lt;b&gt;Office" in page
