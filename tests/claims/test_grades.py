"""Grades of evidence: every piece has one, none is stronger than how it was read allows."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from multipolar.claims import load_case
from multipolar.claims.schema import Cited
from multipolar.engines import Registry
from multipolar.engines.api.contract import GRADES
from multipolar.engines.api.reader import grade_of, table_source
from multipolar.pipeline import compile_case
from multipolar.pipeline.compile import Program, cited_source
from multipolar.world import World
from multipolar.world.dictionary import Grade, table_info

ROOT = Path(__file__).parents[2]
DATA = ROOT / "src" / "multipolar" / "world" / "data"
CASES = ("critical-minerals-2023", "moscow-2023")
# the strongest grade that a row of a reading can have
BEST = {"read": "primary", "computed": "primary", "second-hand": "report"}


@cache
def registry() -> Registry:
    return Registry.default(World.load())


@cache
def program(case: str) -> Program:
    return compile_case(load_case(case), registry())


def deciding(case: str) -> dict[str, Cited]:
    """Every piece of evidence that a test reads."""
    leaves = [leaf for leaves in program(case).claims.values() for leaf in leaves]
    keys = {t.evidence for leaf in leaves for t in leaf.terms() if t.evidence is not None}
    evidence = program(case).loaded.case.evidence
    return {k: evidence[k] for k in sorted(keys)}


def too_strong(grade: str, reading: str) -> bool:
    return GRADES.index(grade) < GRADES.index(BEST[reading])


def test_what_too_strong_means() -> None:
    assert too_strong("official", "second-hand")
    assert too_strong("primary", "second-hand")
    assert not too_strong("report", "second-hand")
    assert not too_strong("primary", "read")


@pytest.mark.parametrize("case", CASES)
def test_all_evidence_that_decides_a_claim_has_a_grade(case: str) -> None:
    rows = deciding(case)
    assert len(rows) > 10
    assert [k for k, row in rows.items() if row.grade is None] == []


@pytest.mark.parametrize("case", CASES)
def test_no_grade_is_stronger_than_the_reading_allows(case: str) -> None:
    evidence = program(case).loaded.case.evidence
    rows = [(k, row) for k, row in evidence.items() if row.grade is not None]
    assert [k for k, row in rows if too_strong(str(row.grade), row.reading)] == []


@pytest.mark.parametrize("case", CASES)
def test_what_an_engine_made_names_one_that_there_is(case: str) -> None:
    for key, row in program(case).loaded.case.evidence.items():
        assert row.made_by is None or row.made_by in registry().engines, key
        assert ("computed by multipolar" in row.source) == (row.made_by is not None), key


@pytest.mark.parametrize("case", CASES)
def test_no_evidence_was_public_before_its_date_began(case: str) -> None:
    for key, row in program(case).loaded.case.evidence.items():
        assert row.known is None or row.known >= row.date[: len(row.known)], key


def test_a_case_hands_on_what_it_says_of_a_source() -> None:
    source = cited_source(program("moscow-2023").loaded, "b-bali-china-account")
    assert (source.grade, source.interested) == ("primary", True)
    assert not cited_source(program("moscow-2023").loaded, "b-icj-order").interested


# facts and the other shipped tables


def test_every_fact_has_a_grade_that_its_reading_allows() -> None:
    facts = World.load().table("facts")
    assert set(facts["grade"]) <= set(GRADES)
    assert [p for p in zip(facts["grade"], facts["reading"], strict=True) if too_strong(*p)] == []
    assert facts["interested"].any()
    assert not facts["interested"].all()


def test_a_table_hands_its_grade_to_its_readings() -> None:
    world = World.load()
    found = {name: table_source(world, name).grade for name in world.names}
    assert found["un_votes"] == found["io_2022"] == "official"
    assert found["energy_trade"] == "report"  # reconciled by scholars
    assert found["russia_trade"] == "second-hand"
    assert found["facts"] == ""  # each row has its own


def test_a_dictionary_with_a_grade_that_there_is_not_is_refused() -> None:
    package = json.loads((DATA / "datapackage.json").read_text("utf-8"))
    entry = next(r for r in package["resources"] if r["name"] == "un_votes")
    assert table_info(entry).grade == "official"
    assert table_info({k: v for k, v in entry.items() if k != "grade"}).grade == ""
    for wrong in ("excellent", "Official"):
        with pytest.raises(ValueError, match="grade is none of primary, official"):
            table_info({**entry, "grade": wrong})


def test_grades_are_the_same_in_all_that_name_them() -> None:
    assert ("", *GRADES) == get_args(Grade)
    named = get_args(get_args(Cited.model_fields["grade"].annotation)[0])
    assert named == GRADES
    assert {grade_of(r) for r in ("read", "second-hand", "recalled")} < set(GRADES)


# the builder of the table of facts


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return importlib.import_module("build_facts")


def row(builder: Any, source: str, reading: str = "read") -> Any:
    said = {"series": "a.b", "label": "A label", "entity": "CHN", "value": 1, "unit": "percent"}
    rest = {"date": "2022", "confidence": "high", "reading": reading, "kind": "a"}
    rest["url"] = "https://example.org"
    return builder.Fact(**said, **rest, source=source)


@pytest.fixture
def listed(builder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def write(**grades: list[str]) -> None:
        empty: dict[str, list[str]] = {g: [] for g in (*GRADES, "interested")}
        given = {k.replace("_", "-"): v for k, v in grades.items()}
        path = tmp_path / "sources.yaml"
        path.write_text(json.dumps({**empty, **given}), "utf-8")
        monkeypatch.setattr(builder, "GRADED", path)

    return write


def test_the_builder_grades_every_row(builder: Any, listed: Callable[..., None]) -> None:
    listed(official=["A series"], report=["A paper"], interested=["A paper"])
    rows = [row(builder, "A series"), row(builder, "A paper", "second-hand")]
    graded, interested = builder.grades(rows)
    assert graded == {"A series": "official", "A paper": "report"}
    assert interested == {"A paper"}


@pytest.mark.parametrize(
    ("grades", "reading"),
    [
        ({}, "read"),  # none
        ({"official": ["A series"], "report": ["A series"]}, "read"),  # two
        ({"official": ["A series", "Another"]}, "read"),  # no row has it
        ({"official": ["A series"], "interested": ["Another"]}, "read"),
        ({"official": ["A series"]}, "second-hand"),  # stronger than its reading
        ({"primary": ["A series"]}, "second-hand"),
        ({"excellent": ["A series"]}, "read"),
    ],
)
def test_the_builder_stops_at_a_wrong_grade(
    builder: Any, listed: Callable[..., None], grades: dict[str, list[str]], reading: str
) -> None:
    listed(**grades)
    with pytest.raises(SystemExit, match=r"sources\.yaml"):
        builder.grades([row(builder, "A series", reading)])


G7 = [  # of one year: the World Bank's edition of 2025, and the IMF's outlook of April 2023
    {"value": 29.39, "source": "World Bank"},
    {"value": 30.31, "source": "IMF"},
]
WHY = "Of an older comparison of prices."


@pytest.mark.parametrize(
    ("pair", "unit", "clash"),
    [
        (G7, "percent", True),
        ([G7[0], {**G7[1], "differs": WHY}], "percent", False),
        ([G7[0], {**G7[1], "date": "2023"}], "percent", False),
        ([{"value": 86.2, "source": "a"}, {"value": 86.25, "source": "b"}], "Mt", False),
        ([{"value": 86.2, "source": "a"}, {"value": 86.31, "source": "b"}], "Mt", True),
        ([{"value": 107, "source": "a"}, {"value": 107.4, "source": "b"}], "Mt", False),
        ([{"value": 38, "source": "a"}, {"value": 39, "source": "b"}], "count", True),
        ([{"value": 3616, "source": "a"}, {"value": 3616, "source": "b"}], "count", False),
        ([{"value": 86.2, "source": "a", "error": 5}, {"value": 90, "source": "b"}], "Mt", False),
        ([{"value": 86.2, "source": "a", "error": 3}, {"value": 90, "source": "b"}], "Mt", True),
        ([{"value": "2022-03", "source": "a"}, {"value": "2022-04", "source": "b"}], "date", True),
    ],
)
def test_two_figures_of_one_series_say_why_they_differ(
    builder: Any, pair: list[dict[str, Any]], unit: str, clash: bool
) -> None:
    plain = row(builder, "A source").model_dump()
    rows = [
        builder.Fact(**{**plain, "unit": unit, **changed, "source": "A source"}) for changed in pair
    ]
    assert bool(builder.clashes(rows)) == clash


def test_the_rows_as_typed_hold_no_clash_and_all_have_an_address(builder: Any) -> None:
    rows = builder.rows()
    assert builder.clashes(rows) == []
    with pytest.raises(ValueError, match="url"):
        builder.Fact(**{k: v for k, v in rows[0].model_dump().items() if k != "url"})


def test_a_word_has_no_error(builder: Any) -> None:
    plain = row(builder, "A source").model_dump()
    assert builder.Fact(**{**plain, "value": 3.2, "error": 0.4}).error == 0.4
    for wrong in ({"value": "2022-03", "error": 0.4}, {"value": 3.2, "error": -1}):
        with pytest.raises(ValueError, match="error"):
            builder.Fact(**{**plain, **wrong})


def test_what_was_read_is_not_said_to_be_sought(builder: Any) -> None:
    plain = row(builder, "A source", "second-hand").model_dump()
    assert "could not be read" in builder.Fact(**{**plain, "sought": "2026-12-01"}).about()
    with pytest.raises(ValueError, match="sought"):
        builder.Fact(**{**plain, "reading": "read", "sought": "2026-12-01"})
    said = {"says": "x", "value": 1, "unit": "percent", "date": "2022", "source": "A source"}
    with pytest.raises(ValueError, match="sought"):
        Cited(**said, sought="2026-12-01")


def test_evidence_whose_original_was_sought_says_so_beside_it() -> None:
    source = cited_source(program("moscow-2023").loaded, "a-paragraph-vote")
    assert source.note.endswith("looked for on 1 December 2026, could not be read.")


def test_the_shipped_table_is_as_the_builder_has_it(builder: Any) -> None:
    facts = World.load().table("facts")
    rows = [row(builder, *pair) for pair in zip(facts["source"], facts["reading"], strict=True)]
    graded, interested = builder.grades(rows)
    assert facts["source"].map(graded).equals(facts["grade"])
    assert facts["source"].isin(interested).equals(facts["interested"])
