"""What is said of a verdict beside its figures: what would turn it, and what it rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from multipolar.engines import Source
from multipolar.pipeline.result import ClaimVerdict, Pivot
from multipolar.render.cards import card
from multipolar.render.words import turning
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
