"""Mistakes do not hide each other: however many one claim or evidence holds, all are said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims.conftest import claim
from multipolar import commands
from multipolar.cli import main
from multipolar.engines import Registry
from multipolar.engines.registry import installed
from multipolar.pipeline.checking import check
from multipolar.run import run_case
from multipolar.world import World
from toy import Toy

Write = Callable[..., Path]
OIL = {"exporter": "Russia", "importer": "China", "commodity": "crude", "year": 2022}
SHARE = {"metric": "energy.trade_share", "where": OIL}
ONE = {"says": "x", "value": 1, "unit": "count", "date": "2021", "source": "s"}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.default(World.load())


def places(folder: Path, registry: Registry) -> list[str]:
    """Return where something is wrong, in order, without whose it is."""
    found = [m for m in check(folder, registry) if m.severity == "error"]
    assert all(m.line for m in found)
    assert all(str(m).count("\n") == 0 for m in found)
    return sorted(m.where.partition(", ")[2] for m in found)


@pytest.mark.parametrize(
    ("test", "where"),
    [
        (
            {"evidnce": "two", "above": 1, "below": 2, "within": "much", "unit": 7},
            ["test", "test, below", "test, evidence", "test, unit", "test, within"],
        ),
        (
            {**SHARE, "above": "much", "over": {"metric": "gdp.shar"}, "unit": "vots"},
            ["test, above", "test, over, metric", "test, unit"],
        ),
        (
            {"metric": "energy.trade_share", "where": {**OIL, "year": 1950, "commodity": "crud"},
             "above": 1},
            ["test, where, commodity", "test, where, year"],
        ),
        (
            {"metric": "energy.trade_share", "where": {**OIL, "year": True}, "scenaro": "x",
             "label": "", "above": 1},
            ["test", "test, label", "test, scenario", "test, where, year"],
        ),
        (
            {**SHARE, "rank": {"of": "exporter", "among": ["Rusiaa", "Chnia"], "at_most": "x"}},
            ["test, rank, among 1", "test, rank, among 2", "test, rank, at_most"],
        ),
        (
            {**SHARE, "scenario": "a", "above": 1, "minus": {"scenario": "b"}, "foo": 1},
            ["test", "test, minus, scenario", "test, scenario"],
        ),
        (
            {"across": {"a": [{"evidence": "one", "above": 1, "below": 2}], "b": 3,
                        "c": [{"evidence": "two", "above": 1, "foo": 2}]},
             "needs": [{"evidence": "three", "above": 2}]},
            ["test, across 1, below", "test, across 2", "test, across 3",
             "test, across 3, evidence", "test, needs 1, evidence"],
        ),
        (
            {"evidence": "one", "where": {"a": 1}, "above": 1, "over": {"evidence": "two"},
             "minus": {"evidence": "three"}},
            ["test, minus", "test, minus, evidence", "test, over, evidence", "test, where"],
        ),
    ],
    ids=str,
)  # fmt: skip
def test_all_that_is_wrong_with_one_test_is_said(
    test: dict[str, Any], where: list[str], write: Write, registry: Registry
) -> None:
    folder = write([claim(test=test)], evidence={"one": ONE})
    found = places(folder, registry)
    # of what stands for something that was cut nothing is said
    assert set(found) <= set(where)
    assert set(where) - set(found) <= {"test, minus, evidence"}


def test_what_is_wrong_beside_a_test_does_not_hide_it(write: Write, registry: Registry) -> None:
    quantity = {"value": "1", "unit": "count", "kind": "a b", "label": ""}
    wrong = claim(test={**SHARE, "above": "much"}, quantities=[quantity], horizon="soon", foo=1)
    assert places(write([wrong | {"kind": "recrd"}]), registry) == [
        *("", "horizon", "kind", "quantities 1, kind", "quantities 1, label"),
        *("quantities 1, value", "test, above"),
    ]


def test_what_is_wrong_with_an_evidence_is_said_of_it_and_of_those_that_cite_it(
    write: Write, registry: Registry
) -> None:
    row = {**ONE, "value": "a", "reading": "second-hand", "grade": "primary", "foo": 1, "says": ""}
    folder = write(
        [claim(test={"evidence": "one", "above": 1, "unit": "vots"})], evidence={"one": row}
    )
    assert places(folder, registry) == ["", "grade", "says", "test, unit", "value"]


def test_a_slip_in_a_field_is_one_mistake(write: Write, registry: Registry) -> None:
    one = claim(test={"evidence": "one", "above": 1})
    one["speakr"] = one.pop("speaker")
    (found,) = check(write([one], evidence={"one": ONE}), registry)
    assert (found.what, found.hint) == ("no field 'speakr'", "did you mean 'speaker'?")


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"date": "2901"}, True),
        ({"date": "2901", "known": "2019"}, False),
        ({"known": "2901"}, True),
        ({"value": 0.1234567890123456789}, False),
    ],
)
def test_nothing_is_known_from_a_day_to_come(
    row: dict[str, Any], wrong: bool, write: Write, registry: Registry
) -> None:
    folder = write([claim(test={"evidence": "one", "above": 1})], evidence={"one": {**ONE, **row}})
    assert ["yet to come" in m.what for m in check(folder, registry)] == [True] * wrong


def test_the_date_of_judgement_has_come(write: Write, registry: Registry) -> None:
    folder = write([claim(test={"evidence": "one", "above": 1})], evidence={"one": ONE},
                   as_of="2901-01-01")  # fmt: skip
    assert places(folder, registry) == [""]


@pytest.mark.parametrize(
    ("heading", "says"),
    [
        ("It is {value} {unit}", ""),
        ("The two of them, and one third party", ""),
        ("It is {valu}", "nothing fills in {valu}"),
        ("It is {value", "a brace"),
        ("It is forty-eight percent", "holds no figures (forty)"),
        ("A third of it", "holds no figures (third)"),
        ("It has doubled", "holds no figures (doubled)"),
    ],
)
def test_a_heading_leaves_figures_to_be_computed(
    heading: str, says: str, write: Write, registry: Registry
) -> None:
    story = [{"claim": "A-1", "heading": {"holds": heading}}]
    test = {"evidence": "one", "above": 1}
    found = check(write([claim(test=test)], evidence={"one": ONE}, story=story), registry)
    assert [says in m.what for m in found] == [True] * bool(says)


@pytest.mark.parametrize(
    ("test", "year", "warned"),
    [
        ({"evidence": "one", "above": 1}, 2021, False),
        ({"evidence": "one", "above": 1}, 2020, False),  # its figures come out in the next year
        ({"evidence": "one", "above": 1}, 2018, True),
        ({**SHARE, "exceeds": {"where": {"year": 2020}}}, 2020, False),
        ({**SHARE, "exceeds": {"where": {"year": 2020}}}, 2019, True),
    ],
)
def test_the_year_claimed_is_read_by_one_of_the_readings(
    test: dict[str, Any], year: int, warned: bool, write: Write, registry: Registry
) -> None:
    quantity = {"value": 1, "unit": "count", "kind": "a", "label": "b", "year": year}
    folder = write([claim(test=test, quantities=[quantity])], evidence={"one": ONE})
    assert [m.severity for m in check(folder, registry)] == ["warning"] * warned


def test_a_registry_that_is_handed_over_is_cut_at_the_date(
    write: Write, registry: Registry
) -> None:
    folder = write([claim(test={**SHARE, "above": 1})], as_of="2022-08-22")
    found = run_case(folder, registry=registry, draws=2, progress=False)
    assert found.world.day == "2022-08-22"
    assert found.verdict("A-1").verdict == "unresolved"


def test_an_engine_of_several_that_did_not_answer_ends_a_solution_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plain.yaml"
    file.write_text("name: plain\n", "utf-8")
    for toy, status in ((Toy(), 0), (Toy(breaks_above=0.5), 1)):
        engines: Any = {"record": installed()["record"], "toy": toy}
        monkeypatch.setattr(commands, "_registry", lambda e=engines: Registry(World.load(), e))
        assert main(["solve", str(file), "--json"]) == status
        rows = json.loads(capsys.readouterr().out)
        assert [row["engine"] for row in rows if "failed" in row] == ["toy"] * status
        assert main(["solve", str(file)]) == status
        assert ("no answer" in capsys.readouterr().out) == bool(status)
