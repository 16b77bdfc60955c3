"""A test of a scenario that the scenario itself decides is no finding, in whatever words it asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from multipolar.engines import Outcome, Reading
from multipolar.engines.api.contract import Where
from multipolar.pipeline import CaseResult
from multipolar.run import run_case
from toy import Toy

CUT = {"measure": "embargo", "senders": "China", "targets": "Russia", "scope": "all"}
SCENARIOS: dict[str, list[dict[str, Any]]] = {
    "cut": [CUT],
    "nothing": [],
    "cut-and-more": [CUT, {**CUT, "senders": ["EU", "United States"]}],
    "dearer": [{**CUT, "measure": "trade_barrier", "senders": ["EU", "Japan"], "rate": 0.5}],
}
INCOME = {"metric": "trade.real_income", "where": {"country": "Russia"}, "scenario": "cut"}
VALUE = {**INCOME, "metric": "trade.real_income_value"}
FLOW = {"metric": "trade.flow", "where": {"exporter": "China", "importer": "Russia"}}
ENDED = {**FLOW, "scenario": "cut"}
DEARER = {**FLOW, "where": {"exporter": "Germany", "importer": "Russia"}, "scenario": "dearer"}
OUTPUT = {"metric": "trade.output", "where": {"country": "Russia"}, "scenario": "cut"}
BASE = {"scenario": "baseline"}

SIGN: dict[str, dict[str, Any]] = {
    "below nought": {**INCOME, "below": 0},
    "a gain": {**INCOME, "above": 0},
    "a large gain": {**INCOME, "at_least": 2},
    "below next to nought": {**INCOME, "below": -0.05},
    "in another unit": {**INCOME, "below": -0.0005, "unit": "share"},
    "at most": {**INCOME, "at_most": -0.01},
    "less than the world as it is": {**INCOME, "minus": BASE, "below": -0.01},
    "short of it": {**INCOME, "short_of": BASE},
    "short of it by next to nothing": {**INCOME, "short_of": {**BASE, "plus": -0.01}},
    "short of another name for it": {**INCOME, "short_of": {"scenario": "nothing"}},
    "the other way round": {**INCOME, "scenario": "baseline", "exceeds": {"scenario": "cut"}},
    "a typed nought": {**INCOME, "short_of": {"evidence": "nought"}},
    "from a fall to all of it": {**INCOME, "between": [-100, -0.01]},
    "differs": {**INCOME, "differs": 0, "within": 0.001},
    "in dollars": {**VALUE, "below": -0.1},
    "in output": {**OUTPUT, "over": BASE, "below": 1},
    "one more measure": {**INCOME, "scenario": "cut-and-more", "short_of": {"scenario": "cut"}},
    "what an embargo ends": {**ENDED, "below": 40},
    "the same as a ratio": {**ENDED, "over": BASE, "below": 0.5},
    "the same as a change": {**ENDED, "metric": "trade.flow_change", "at_most": -50},
    "the same held against it": {**FLOW, "exceeds": {"scenario": "cut", "times": 3}},
    "a dearer flow": {**DEARER, "short_of": BASE},
    "a dearer flow as a change": {**DEARER, "metric": "trade.flow_change", "below": 0},
}
SIZE: dict[str, dict[str, Any]] = {
    "a loss of some size": {**INCOME, "below": -0.5},
    "a loss within a range": {**INCOME, "between": [-9, -0.01]},
    "one loses more than the other": {**INCOME, "short_of": {"where": {"country": "China"}}},
    "a flow between others": {
        **ENDED,
        "where": {"exporter": "China", "importer": "India"},
        "exceeds": {**BASE, "times": 1.001},
    },
    "a flow halved": {**DEARER, "over": BASE, "below": 0.9},
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what each test comes to, all of them in one run."""
    root: Path = tmp_path_factory.mktemp("case")
    tests = [*SIGN.values(), *SIZE.values()]
    claims = [
        {
            "id": f"A-{k}",
            "source": "A",
            "speaker": "the author",
            "kind": "causal",
            "topic": "tests",
            "says": "Something is so.",
            "chosen": "To test it.",
            "test": test,
        }
        for k, test in enumerate(tests)
    ]
    nought = {"says": "So it is.", "value": 0.0, "unit": "percent", "date": "2022-01-01"}
    case = {
        "schema": 1,
        "case": "constructed",
        "title": "A case",
        "deck": "For tests.",
        "as_of": "2026-06-30",
        "engines": ["trade"],
        "sources": {"A": {"title": "One", "author": "X", "stance": "Says it."}},
        "claims": claims,
        "evidence": {"nought": {**nought, "source": "A yearbook", "grade": "official"}},
    }
    scenarios = [
        {"schema": 1, "name": name, "title": name, "reason": "To test it.", "measures": measures}
        for name, measures in SCENARIOS.items()
    ]
    for name, content in (("case", case), ("scenarios", scenarios)):
        # JSON is YAML, and writes no aliases
        text = yaml.safe_dump(json.loads(json.dumps(content)))
        (root / f"{name}.yaml").write_text(text, "utf-8")
    document = run_case(root, draws=3, seed=1, workers=1, progress=False).document()
    return {
        name: claim["label"] for name, claim in zip([*SIGN, *SIZE], document["claims"], strict=True)
    }


@pytest.mark.parametrize("name", SIGN)
def test_a_sign_is_by_assumption_in_whatever_words(name: str, found: dict[str, str]) -> None:
    assert found[name] == "by assumption"


@pytest.mark.parametrize("name", SIZE)
def test_a_size_is_a_finding(name: str, found: dict[str, str]) -> None:
    assert found[name] != "by assumption"


# What is of no state ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved(Toy):
    """A line that the scenario ``cut`` moves: up at 1, and at 2 as the draw has it."""

    basis: str = "published"

    def solve(self, prepared: str, parameters: Mapping[str, float]) -> Outcome:
        slope = parameters["slope"]  # from 0 to 2
        found = super().solve(prepared, parameters)

        def scalar(metric: str, where: Where) -> Reading:
            push = {"1": 1 + slope, "2": slope - 1}[str(where["x"])]
            line = found.read(metric, where).value
            return Reading(float(line) + (push if prepared == "cut" else 0.0), "Mt")

        return Outcome("toy", prepared, scalar, found.array)


LINE: dict[str, Any] = {"metric": "toy.line", "where": {"x": "1"}, "scenario": "cut"}


@pytest.mark.parametrize(
    ("test", "assumed"),
    [
        ({**LINE, "exceeds": BASE}, True),
        ({**LINE, "short_of": BASE}, True),
        ({**LINE, "minus": BASE, "above": 0.05}, True),
        ({**LINE, "exceeds": {**BASE, "plus": 0.9}}, False),  # a size
        ({**LINE, "above": 0.3}, False),  # a level
        ({**LINE, "where": {"x": "2"}, "exceeds": BASE}, False),  # the draws decide
    ],
)
def test_a_sign_of_what_is_of_no_state_is_by_assumption_where_every_draw_has_it(
    test: dict[str, Any], assumed: bool, run: Callable[..., CaseResult]
) -> None:
    claim = {"id": "A-1", "source": "A", "speaker": "x", "kind": "causal", "topic": "tests"}
    claim |= {"says": "Something is so.", "chosen": "To test it.", "test": test}
    ban = {"schema": 1, "name": "cut", "measures": [CUT]}
    (found,) = run([claim], toy=Moved(), draws=8, scenarios=[ban]).document()["claims"]
    assert (found["label"] == "by assumption") is assumed
    # without draws there is nothing that could have come out the other way
    (once,) = run([claim], toy=Moved(), draws=1, scenarios=[ban]).document()["claims"]
    assert once["label"] != "by assumption"
