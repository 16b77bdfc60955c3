"""What a sceptic tries: the same question asked another way has the same verdict, or is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import multipolar as mp
from multipolar.run import run_case

CRUDE = {"exporter": "Russia", "importer": "China", "commodity": "crude", "year": 2022}
SHARE = {"metric": "energy.trade_share", "where": CRUDE}
VALUE = {"metric": "energy.trade_value", "where": CRUDE}
ROWS: dict[str, dict[str, Any]] = {
    "one": {"value": 1},
    "two": {"value": 2},
    "less": {"value": -1, "beyond": True},
    "rough": {"value": 2, "error": 0.5},
    "month": {"value": "2023-03", "unit": "date"},
    "day": {"value": "2023-03-23", "unit": "date"},
    "hearsay-a": {"value": 1, "grade": "second-hand"},
    "hearsay-b": {"value": 2, "grade": "second-hand"},
    "hearsay-c": {"value": 3, "grade": "second-hand"},
    "ours-a": {"value": 1, "made_by": "money"},
    "ours-b": {"value": 2, "made_by": "money"},
}


def above(row: str, bound: float = 0.0) -> dict[str, Any]:
    return {"evidence": row, "above": bound}


def folder(root: Path, *tests: Mapping[str, Any], as_of: str, **more: Any) -> Path:
    """Write a case of the tests; ``more`` goes into each of its claims."""
    claims = [
        {
            "id": f"A-{k}",
            "source": "A",
            "paragraph": 1,
            "speaker": "the author",
            "kind": "record",
            "topic": "tests",
            "says": "Something is so.",
            "chosen": "To test it.",
            "chosen_year": "To test it.",
            "test": dict(test),
            **more,
        }
        for k, test in enumerate(tests, 1)
    ]
    sources = {
        "A": {"title": "One", "author": "X", "stance": "Says it.", "published": "2022-01-01"}
    }
    case = {
        "schema": 1,
        "case": "sceptic",
        "title": "A case",
        "deck": "For tests.",
        "as_of": as_of,
        "engines": ["record", "money"],
        "sources": sources,
        "claims": claims,
        "evidence": {
            key: {
                "says": "It says so.",
                "unit": "count",
                "date": "2021-01-31",
                "source": f"Source {key}",
                "grade": "official",
                **row,
            }
            for key, row in ROWS.items()
        },
    }
    # JSON is YAML, and writes no aliases
    (root / "case.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(case))), "utf-8")
    return root


def labels(
    root: Path, *tests: Mapping[str, Any], as_of: str = "2026-06-30", **more: Any
) -> list[dict[str, Any]]:
    path = folder(root, *tests, as_of=as_of, **more)
    found = run_case(path, draws=8, seed=1, workers=1, progress=False)
    claims: list[dict[str, Any]] = found.document()["claims"]
    return claims


def test_what_a_claim_needs_counts_though_it_is_a_measure_too(tmp_path: Path) -> None:
    measures = [above("one"), above("two"), above("less")]
    (found,) = labels(tmp_path, {"across": measures, "needs": [above("less")]})
    assert found["label"] == "fails"


AGAIN: dict[str, dict[str, Any]] = {
    "a code": {**SHARE, "where": {**CRUDE, "exporter": "RUS"}, "above": 10.0},
    "a list of one": {**SHARE, "where": {**CRUDE, "exporter": ["Russia"]}, "above": 10.0},
    "its own unit": {**SHARE, "above": 10.0, "unit": "percent"},
    "another unit": {**SHARE, "above": 0.1, "unit": "share"},
    "the world as it is": {**SHARE, "scenario": "baseline", "above": 10.0},
}


def test_a_part_said_again_in_other_words_counts_once(tmp_path: Path) -> None:
    own, no = [{**SHARE, "above": 10.0}], [above("less")]
    tests = [{"across": {"a": own, "b": no}}]
    tests += [{"across": {"a": own, "b": no, "c": [again]}} for again in AGAIN.values()]
    first, *others = labels(tmp_path, *tests)
    assert first["label"] == "split"
    assert {name: c["label"] for name, c in zip(AGAIN, others, strict=True)} == dict.fromkeys(
        AGAIN, "split"
    )


def test_one_good_kind_of_measure_does_not_speak_for_the_others(tmp_path: Path) -> None:
    hearsay = {name: [above(f"hearsay-{name}")] for name in "abc"}
    ours = {name: [above(f"ours-{name}")] for name in "ab"}
    found = labels(
        tmp_path,
        {"across": {**hearsay, "d": [above("one")]}},
        {"across": {**ours, "d": [above("one")]}},
    )
    assert [c["label"] for c in found] == ["mostly holds", "by assumption"]


@pytest.mark.parametrize(
    "comparison",
    [
        {"above": "2023-03-10"},
        {"at_least": "2023-03-10"},
        {"below": "2023-03-20"},
        {"between": ["2023-03-20", "2023-03-22"]},
        {"equals": "2023-03-22"},
        {"differs": "2023-03-22"},
    ],
    ids=str,
)
def test_a_day_within_a_month_is_too_close_to_call(
    comparison: Mapping[str, Any], tmp_path: Path
) -> None:
    (found,) = labels(tmp_path, {"evidence": "month", **comparison})
    assert found["label"] == "too close to call"


def test_a_month_against_what_lies_outside_it_is_sure(tmp_path: Path) -> None:
    tests = [
        {"evidence": "month", "above": "2023-02"},
        {"evidence": "month", "below": "2023-03-01"},
    ]
    assert [c["label"] for c in labels(tmp_path, *tests)] == ["holds", "fails"]


def test_members_after_the_date_of_judgement_are_not_known(tmp_path: Path) -> None:
    nato = {"group": "NATO", "country": "Finland"}
    found = labels(
        tmp_path,
        {"metric": "coalitions.member", "where": {**nato, "date": "2023-05-01"}, "equals": "yes"},
        {
            "metric": "coalitions.size",
            "where": {"group": "BRICS", "date": "2024-02"},
            "at_least": 8,
        },
        {"metric": "coalitions.size", "where": {"group": "BRICS"}, "at_least": 5},
        as_of="2022-08-22",
    )
    assert [c["verdict"] for c in found[:2]] == ["unresolved"] * 2
    assert found[2]["value"] == 5
    assert found[2]["data_through"] <= "2022-08-22"


def test_a_list_of_years_is_drawn(tmp_path: Path) -> None:
    (found,) = labels(tmp_path, {**SHARE, "where": {**CRUDE, "year": [2021, 2022]}, "above": 1.0})
    assert found["label"] == "holds"


def test_framings_do_not_hang_on_the_spelling_of_a_group(tmp_path: Path) -> None:
    tests = [
        {"metric": "gdp.share", "where": {"country": name}, "above": 30.0}
        for name in ("G7", "g7", "G-7", "Group of Seven", ["G7"])
    ]
    found = [c["framings"] for c in labels(tmp_path, *tests)]
    assert {(f["stands"], f["total"]) for f in found} == {(7, 7)}


def test_framings_of_a_window_stay_before_its_end(tmp_path: Path) -> None:
    rises = {"since": {"year": 2021}, "by": 0.1}
    where = {**CRUDE, "importer": "EU"}
    (found,) = labels(tmp_path, {**SHARE, "where": where, "rises": rises})
    assert "since 2023" not in found["framings"]["says"]


def test_framings_of_a_count_are_whole(tmp_path: Path) -> None:
    where = {"group": "BRICS", "date": "2024"}
    (found,) = labels(tmp_path, {"metric": "coalitions.size", "where": where, "at_least": 9})
    nearest = found["framings"]["nearest"]
    changes = dict(nearest["changes"]) if nearest else {}
    assert float(changes.get("threshold", 10)).is_integer()


@pytest.mark.parametrize(
    "wrong",
    [
        {"evidence": "one", "above": 3, "unit": "furlongs"},
        {**SHARE, "rises": {"since": {"year": 2023}}},
        {**SHARE, "above": 101},
        {**VALUE, "plus": [{"where": {"exporter": "RUS"}}], "above": 1},
        {**SHARE, "rises": {"since": {"year": 2022}}},
    ],
    ids=[
        "an unknown unit",
        "a window run backwards",
        "beyond the whole",
        "twice in a sum",
        "itself",
    ],
)
def test_what_cannot_be_asked_is_said(wrong: Mapping[str, Any], tmp_path: Path) -> None:
    said = mp.check(folder(tmp_path, wrong, {**SHARE, "above": 10}, as_of="2026-06-30"))
    assert any(m.where.startswith("claim A-1") for m in said)
    assert not any(m.where.startswith("claim A-2") for m in said)


def test_a_forecast_that_is_not_due_is_not_decided_by_the_record(tmp_path: Path) -> None:
    more = {"kind": "forecast", "horizon": "2030-12-31"}
    tests: list[dict[str, Any]] = [
        {**SHARE, "above": 10},
        {**SHARE, "above": 90},
        above("two"),
        {"all": [above("one"), {**SHARE, "above": 10}]},
        {"any": [above("one"), {**SHARE, "above": 10}]},
        {"across": {"a": [above("one")], "b": [{**SHARE, "above": 10}]}},
        {"across": {"a": [above("one")], "b": [above("two")]}, "needs": [above("two")]},
        {"evidence": "day", "above": "2024"},
    ]
    assert [c["verdict"] for c in labels(tmp_path, *tests, **more)] == ["unresolved"] * len(tests)


def test_what_has_come_already_settles_a_forecast(tmp_path: Path) -> None:
    test = {"evidence": "day", "below": "2025"}
    more = {"kind": "forecast", "horizon": "2030-12-31"}
    (found,) = labels(tmp_path, test, **more)
    assert found["grade"] == "mostly holds"
    (due,) = labels(tmp_path, test, kind="forecast", horizon="2024-12-31")
    assert due["grade"] == "holds"


def test_a_sum_of_two_kinds_of_measures_is_told(tmp_path: Path) -> None:
    both = {"evidence": "one", "plus": [{"evidence": "two"}], "above": 0}
    more = [above("one"), above("two")]
    named = [{**both, "family": "both"}, *more]
    said = mp.check(
        folder(tmp_path, {"across": [both, *more]}, {"across": named}, as_of="2026-06-30")
    )
    told = [m for m in said if "one kind of measures" in m.what]
    assert [m.severity for m in told] == ["warning"]
    assert told[0].where.startswith("claim A-1")


def test_a_sum_of_unlike_errors_is_told(tmp_path: Path) -> None:
    sums = [
        {"evidence": "one", "plus": [{"evidence": "rough"}], "above": 0},
        {"evidence": "one", "plus": [{"evidence": "two"}], "above": 0},
    ]
    unlike, like = labels(tmp_path, *sums)
    assert "unlike errors: none stated, error of the source" in json.dumps(unlike)
    assert "unlike errors" not in json.dumps(like)
