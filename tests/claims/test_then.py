"""Dates bind: what was not public is not used, and a claim may be judged then and now."""

from __future__ import annotations

from typing import Any

import pytest

from claims.conftest import Run, claim
from multipolar.engines import Registry
from multipolar.errors import CaseError
from multipolar.pipeline.reasons import Code
from multipolar.render.sentences import why
from multipolar.run import run_case


def row(value: Any, date: str, **more: Any) -> dict[str, Any]:
    base = {"says": "So it says.", "unit": "Mt", "source": "A yearbook", "grade": "official"}
    return {**base, "value": value, "date": date, **more}


EVIDENCE = {
    "old": row(9, "2022-12-31", known="2023-01-31"),
    "new": row(12, "2023-12-31", known="2024-02-01"),
    "late": row(14, "2024-06-30", known="2024-09-01"),
    "year": row(5, "2024"),
}
# the sources were published in March 2023, and the case is judged on 30 June 2024


def test_a_claim_is_judged_as_of_its_writing_and_as_of_now(run: Run) -> None:
    test = {"any": [{"evidence": "old", "at_least": 10}, {"evidence": "new", "at_least": 10}]}
    found = run([claim(test=test, judge=["then", "now"])], evidence=EVIDENCE).verdict("A-1")
    assert (found.verdict, found.as_of) == ("holds", "2024-06-30")
    assert found.then is not None
    assert (found.then.verdict, found.then.as_of) == ("unresolved", "2023-03-20")
    assert "was not public by 20 March 2023" in why(found.then)


def test_then_alone_stands_in_the_place_of_now(run: Run) -> None:
    test = {"evidence": "old", "at_least": 5}
    found = run([claim(test=test, judge=["then"])], evidence=EVIDENCE).verdict("A-1")
    assert (found.verdict, found.as_of, found.then) == ("holds", "2023-03-20", None)


@pytest.mark.parametrize("key", ["late", "year"])
def test_evidence_of_after_the_date_of_judgement_is_not_used(run: Run, key: str) -> None:
    found = run([claim(test={"evidence": key, "at_least": 1})], evidence=EVIDENCE).verdict("A-1")
    assert found.verdict == "unresolved"
    (part,) = found.parts
    assert part.gap is not None
    assert part.gap.code is Code.NOT_PUBLIC


@pytest.mark.parametrize(
    ("about", "date", "stale"),
    [
        ("present", "2022-12-30", False),
        ("present", "2022-11-30", True),
        ("trend", "2020-01-01", True),
        ("past", "2020-01-01", False),
        ("future", "2020-01-01", False),
    ],
)
def test_what_is_said_of_the_present_goes_stale(
    run: Run, about: str, date: str, stale: bool
) -> None:
    test = {"evidence": "e", "at_least": 5}
    evidence = {"e": row(9, date)}
    found = run([claim(test=test, about=about)], evidence=evidence).verdict("A-1")
    assert (found.verdict, found.through, found.stale) == ("holds", date, stale)
    assert ("Stale: " in why(found)) is stale


def test_then_needs_the_date_of_the_source(run: Run) -> None:
    sources = {"A": {"title": "One", "author": "X", "stance": "Says one thing."}}
    claims = [claim(test={"evidence": "old", "at_least": 5}, judge=["then"])]
    with pytest.raises(CaseError, match="source A has no date"):
        run(claims, evidence=EVIDENCE, sources=sources)


@pytest.mark.parametrize(
    ("value", "test", "passed", "near"),
    [
        ("2023-03", {"above": "2023-03-10"}, False, True),
        ("2023-03", {"at_least": "2023-03-01"}, True, False),
        ("2023-03", {"between": ["2023-03-20", "2023-03-22"]}, False, True),
        ("2023-03", {"equals": "2023-03-22"}, True, True),
        ("2023-03", {"equals": "2023-03"}, True, False),
        ("2023-03", {"equals": "2023-04-22"}, False, False),
        ("2023", {"below": "2023-06"}, False, True),
        ("2023-03-22", {"above": "2023-03-10"}, True, False),
    ],
)
def test_a_date_known_to_the_month_is_close_within_it(
    run: Run, value: str, test: Any, passed: bool, near: bool
) -> None:
    evidence = {"e": row(value, "2023-04-01", unit="date")}
    found = run([claim(test={"evidence": "e", **test})], evidence=evidence).verdict("A-1")
    assert (found.parts[0].passed, found.parts[0].close) == (passed, near)


def test_a_date_may_have_an_error_of_days(run: Run) -> None:
    evidence = {"e": row("2023-03-23", "2023-04-01", unit="date", error=2)}
    test = {"evidence": "e", "at_most": "2023-03-22"}
    assert run([claim(test=test)], evidence=evidence).verdict("A-1").close


@pytest.mark.parametrize(("typed", "bound", "near"), [("20.0", 20.04, True), ("6.30", 6.34, False)])
def test_a_figure_is_rounded_to_the_decimals_it_is_written_with(
    write: Any, world: Any, typed: str, bound: float, near: bool
) -> None:
    folder = write(
        [claim(test={"evidence": "e", "at_least": bound})], evidence={"e": row(1, "2023")}
    )
    file = folder / "evidence.yaml"
    file.write_text(file.read_text("utf-8").replace("value: 1", f"value: {typed}"), "utf-8")
    assert run_case(folder, registry=Registry(world, {})).verdict("A-1").close is near
