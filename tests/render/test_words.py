"""What is said of a verdict beside its figures: what would turn it, and what it rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from multipolar.claims.schema import VERDICT_GRADES, Leaf
from multipolar.engines import Source
from multipolar.pipeline.grading import verdict_of
from multipolar.pipeline.reasons import Code, Reason
from multipolar.pipeline.result import ClaimVerdict, Family, Part, Pivot
from multipolar.render.cards import card
from multipolar.render.words import (
    LOOKS,
    closeness,
    label,
    look,
    margin,
    marks,
    newest,
    outcome,
    reason,
    sign,
    tally,
    turning,
)
from multipolar.run import run_case


@pytest.fixture(scope="module")
def result() -> Any:
    return run_case("critical-minerals-2023", draws=4, progress=False)


@pytest.fixture(scope="module")
def one(result: Any) -> ClaimVerdict:
    return next(v for v in result.verdicts if len(v.parts) == 1 and v.verdict == "holds")


def test_a_pivot_is_named_with_value_and_side(one: ClaimVerdict) -> None:
    pivot = Pivot("trade.scale", 1.2345, "above", 0.97, "ratio", "scale of elasticities")
    assert turning(replace(one, verdict="depends", pivot=pivot)) == (
        "Scale of elasticities: passes above 1.23 ratio"
    )
    year = replace(pivot, unit="year", at=2031.46, description="first gas")
    assert turning(replace(one, verdict="depends", pivot=year)) == "First gas: passes above 2031.5"
    measure = Pivot("measure", ("votes", "goods"), "is", 1.0)
    assert (
        turning(replace(one, verdict="depends", pivot=measure)) == "Passes for votes and goods only"
    )


def test_without_a_pivot_it_says_how_far_the_answer_is_from_turning(one: ClaimVerdict) -> None:
    drawn = replace(one, passes=(True,) * 8, share=1.0)
    assert turning(drawn) == "Nowhere in the ranges drawn: passes in all of 8 draws"
    some = replace(one, verdict="fails", grade="fails", passes=(False,) * 19 + (True,), share=0.05)
    assert turning(some) == "Nowhere in the ranges drawn: passes in 5% of 20 draws"
    mixed = replace(one, verdict="depends", passes=(False, True) * 4, share=0.5)
    assert turning(replace(mixed, grade="split")) == ""
    assert turning(replace(mixed, grade="mostly holds", share=0.7)) == ""
    assert turning(replace(one, verdict="depends", grade="split", close=True)) == ""
    assert "to spare" in turning(one) or "limit" in turning(one)
    assert turning(replace(one, verdict="untestable", grade="untestable")) == ""


def test_figures_of_one_source_make_one_row(result: Any, one: ClaimVerdict) -> None:
    same = [
        Source("Office", "2022", "https://example.org/a", v, "USD bn", "read") for v in (1.0, 2.0)
    ]
    later = replace(same[0], value=3.0, date="2023", note="revised")
    other = Source("Office", "2022", "https://example.org/b", 4.0, "USD bn", "read")
    rows = card(result, replace(one, evidence=(*same, later, other))).evidence
    assert len(rows) == 2
    assert rows[0].value == "USD 1 bn (2022), USD 2 bn (2022), USD 3 bn (2023)"
    assert rows[0].note == "revised"
    assert rows[1].value == "USD 4 bn"
    assert rows[1].about == "2022 · read at source"


def test_decided_claims_are_counted_by_what_they_rest_on(result: Any) -> None:
    found = result.bases()
    assert sum(found.values()) == sum(
        v.verdict in ("holds", "fails", "depends") for v in result.verdicts
    )
    assert found["record"] > 0


def leaf_part(passed: bool | None = True, **more: Any) -> Part:
    """A comparison of a share with a half."""
    leaf = Leaf(metric="toy.line", below=50.0)
    found = Part(leaf, "share", 49.97, "percent", 50.0, 0.03, passed, {}, None)
    return replace(found, **more)


NEAR = {"close": True, "error": 0.5, "error_of": ("rounding of the source",)}


@pytest.mark.parametrize(
    ("part", "kind", "words"),
    [
        (leaf_part(**NEAR), "close", "(±0.5 percentage points, rounding of the source)"),
        (leaf_part(False, **NEAR), "close", "(±0.5 percentage points, rounding of the source)"),
        (leaf_part(**NEAR | {"unit": "share of the earlier value"}), "close", "(±50 percentage"),
        (leaf_part(**NEAR | {"value": "2023-03-20", "unit": "date"}), "close", "(±0.5 days"),
        (leaf_part(**NEAR | {"error": float("inf")}), "close", "(rounding of the source)"),
        (leaf_part(**NEAR | {"values": (1.0,) * 8, "near": 5}), "close", "in 5 of 8 draws (±0.5"),
        (leaf_part(), "passes", ""),
        (leaf_part(False), "fails", ""),
        (leaf_part(None, value=None), "unread", ""),
    ],
)
def test_a_part_within_its_error_is_neither_passed_nor_failed(
    part: Part, kind: str, words: str
) -> None:
    assert outcome(part) == kind
    assert words in closeness(part)


def of_kinds(one: ClaimVerdict, *passes: bool | None, needed: bool | None = None) -> ClaimVerdict:
    """A verdict across as many kinds of measures, and with a part that it needs or without."""
    parts = [leaf_part(p, family=f"kind {k}") for k, p in enumerate(passes)]
    families = tuple(Family(f"kind {k}", int(bool(p)), 1, p) for k, p in enumerate(passes))
    need = [leaf_part(needed, needed=True)] if needed is not None else []
    return replace(one, parts=(*parts, *need), families=families)


def test_kinds_are_counted_and_what_is_needed_is_told_beside_them(one: ClaimVerdict) -> None:
    said = "2 of 3 kinds of measures pass"
    assert tally(of_kinds(one, True, True, False)) == said
    assert tally(of_kinds(one, True, True, None)) == f"{said}, 1 could be either"
    assert tally(of_kinds(one, True, True)) == "both kinds of measures pass"
    assert tally(of_kinds(one, False, False, False)) == "none of 3 kinds of measures passes"
    needed = of_kinds(one, True, True, needed=False)
    assert tally(needed) == "both kinds of measures pass; the part it needs does not pass"


def test_what_is_close_or_unread_is_in_no_count_of_what_passes(one: ClaimVerdict) -> None:
    near = replace(one, parts=(leaf_part(), leaf_part(**NEAR)))
    assert tally(near) == "1 of 2 parts passes, 1 too close to call"
    assert tally(replace(one, parts=(leaf_part(False), leaf_part(None)))) == (
        "0 of 2 parts pass, 1 not read"
    )
    assert tally(replace(one, parts=(leaf_part(), leaf_part()))) == "both parts pass"
    assert margin(replace(one, parts=(leaf_part(**NEAR),))).startswith("too close to call (±0.5")


@pytest.mark.parametrize("grade", VERDICT_GRADES)
def test_a_verdict_looks_as_it_is_counted(one: ClaimVerdict, grade: Any) -> None:
    v = replace(one, grade=grade, verdict=verdict_of(grade))
    assert (LOOKS[look(v)], sign(v)) == (grade, look(v))
    assumed = replace(v, by_assumption=True, close=True)
    assert (LOOKS[look(assumed)], sign(assumed), label(assumed)) == (
        *("by assumption", "assumed"),
        "by assumption",
    )


def test_only_what_could_be_either_is_too_close_to_call(one: ClaimVerdict) -> None:
    split = replace(one, grade="split", verdict="depends", close=True)
    assert (label(split), look(split), sign(split)) == ("too close to call", "split", "close")
    # close between holding and mostly holding
    assert label(replace(split, grade="mostly holds")) == "mostly holds"


def test_the_card_says_once_what_marks_and_parts_say(one: ClaimVerdict) -> None:
    stale = Reason(Code.STALE, {"through": "2022", "as_of": "2024-06-30"})
    weak = Reason(Code.WEAK, {"grade": "recalled"})
    v = replace(one, reasons=(stale, weak), stale=True, through="2022", standing="recalled")
    assert "stale" not in reason(v)
    assert "a figure recalled" in reason(v)
    assert marks(v).startswith("on recalled evidence; stale: data through 2022")


def test_the_newest_data_are_those_that_run_longest(one: ClaimVerdict) -> None:
    of = [replace(one, through=d) for d in ("2024-05-16", "2024", "2023-12-31", "")]
    assert newest(of) == "2024"  # the whole of it
    assert newest(of[:1]) == "2024-05-16"
