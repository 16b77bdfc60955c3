"""Draws that fail and engines that do not answer: what still stands, and who is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml

import multipolar.run as run_module
from engines.test_coupling import Faulty, Taker
from multipolar.cli import main
from multipolar.engines import Dimension, Metric, Outcome, Parameter, Prior, Reading, Registry
from multipolar.engines.api import PERCENT_CHANGE
from multipolar.render import choose
from multipolar.render.whatif import whatifs
from multipolar.run import CaseRun, run_case
from multipolar.world import World
from toy import Toy

WORLD = World.load()
LINE = {"metric": "toy.line", "where": {"x": "2"}}
WEIGHED = {"metric": "taker.weighed", "where": {"side": "own"}}
HIGH = {**LINE, "at_least": -1.0}
BAN = {"measure": "embargo", "senders": "EU", "targets": "Russia"}
TARIFF = {"measure": "tariff", "senders": "EU", "targets": "India", "rate": 0.1}
SCENARIOS = [
    {"name": "ban", "title": "A ban", "reason": "For tests.", "measures": [BAN]},
    {"name": "duty", "title": "A duty", "reason": "For tests.", "measures": [TARIFF]},
]
STEEPEST = 1.991  # of 256 draws of the slope, one is above


@pytest.fixture
def case(tmp_path: Path) -> Callable[..., Path]:
    """Write a case whose claims are tests, for the engines named."""

    def write(*tests: Mapping[str, Any], engines: tuple[str, ...] = ("toy",)) -> Path:
        claims = [
            {
                "id": f"A-{k}",
                "source": "A",
                "paragraph": 1,
                "kind": "record",
                "speaker": "the author",
                "topic": "tests",
                "says": "The line is high.",
                "chosen": "It is the line.",
                "test": dict(test),
            }
            for k, test in enumerate(tests, 1)
        ]
        content = {
            "schema": 1,
            "case": "line",
            "title": "A line",
            "deck": "For tests.",
            "as_of": "2023-03-20",
            "engines": list(engines),
            "sources": {"A": {"title": "On lines", "author": "Nobody", "stance": "Says it."}},
            "claims": claims,
        }
        folder = tmp_path / "case"
        folder.mkdir()
        (folder / "case.yaml").write_text(yaml.safe_dump(content), "utf-8")
        (folder / "scenarios.yaml").write_text(yaml.safe_dump(SCENARIOS), "utf-8")
        return folder

    return write


def run(folder: Path, *engines: Any, draws: int = 8) -> CaseRun:
    registry = Registry(WORLD, {e.name: e for e in engines})
    how: dict[str, Any] = {"draws": draws, "seed": 1, "workers": 1, "progress": False}
    return run_case(folder, registry=registry, cache=False, **how)


def test_one_failed_draw_of_256_leaves_the_verdict_and_is_said(case: Callable[..., Path]) -> None:
    found = run(case(HIGH), Toy(breaks_above=STEEPEST), draws=256)
    (verdict,) = found.verdicts
    assert verdict.verdict == "holds"
    assert sum(v is None for v in verdict.parts[0].values) == 1
    document = found.document()
    assert document["failures"] == []
    (row,) = document["failed_draws"]
    first = row.pop("first")
    assert row == {"engine": "toy", "scenario": "baseline", "failed": 1, "draws": 256}
    assert first.startswith("toy did not solve 'baseline' (not converged")


def test_a_draw_that_failed_for_several_readings_is_counted_once(
    case: Callable[..., Path],
) -> None:
    tests = HIGH, {**HIGH, "where": {"x": "1"}}, {**WEIGHED, "at_least": -1.0}
    folder = case(*tests, engines=("toy", "taker"))
    toy, taker = Toy(breaks_above=1.5), Taker()
    found = run(folder, toy, taker).document()
    assert [v["verdict"] for v in found["claims"]] == ["unresolved"] * 3
    atop, own = found["failed_draws"]
    assert (own["engine"], own["draws"]) == ("toy", 8)
    assert 0 < own["failed"] < 8
    assert (atop["engine"], atop["failed"]) == ("taker", own["failed"])
    assert atop["first"] == f"engine toy gave no toy.line: {own['first']}"


@dataclass(frozen=True)
class Steep(Toy):
    """A toy all of whose draws are steeper than its middle."""

    def parameters(self, world: object) -> tuple[Parameter, ...]:
        slope, *rest = super().parameters(world)
        return (replace(slope, prior=Prior("uniform", (1.5, 2.0))), *rest)


@pytest.mark.parametrize(
    ("toy", "says"),
    [
        (Toy(breaks_above=0.5), "toy did not solve 'baseline' (not converged"),
        (Steep(breaks_above=1.2), "8 of 8 draws did not solve, the first: toy did not solve"),
    ],
    ids=["the middle", "every draw"],
)
def test_an_engine_that_did_not_answer_is_named(
    toy: Toy, says: str, case: Callable[..., Path]
) -> None:
    tests = HIGH, {**WEIGHED, "at_least": -1.0}
    found = run(case(*tests, engines=("toy", "taker")), toy, Taker()).document()
    assert [v["verdict"] for v in found["claims"]] == ["unresolved"] * 2
    assert found["failed_draws"] == []
    taker, own = found["failures"]
    assert (taker["engine"], own["engine"]) == ("taker", "toy")
    assert own["why"].startswith(says)
    assert says in taker["why"]


REFUSED = [{**LINE, "where": {"x": "3"}}]


def test_a_refusal_by_design_is_no_failure(case: Callable[..., Path]) -> None:
    absent = {"metric": "tides.height", "where": {}, "at_least": 0.0}
    found = run(
        case(*({**t, "at_least": -1.0} for t in REFUSED), absent, engines=("toy", "tides")), Toy()
    ).document()
    assert [v["verdict"] for v in found["claims"]] == ["unresolved"] * 2
    assert (found["failures"], found["failed_draws"]) == ([], [])


@pytest.mark.parametrize("at", ["takes", "prepare", "solve"])
def test_an_engine_whose_code_failed_is_named(at: str, case: Callable[..., Path]) -> None:
    weighed = {**WEIGHED, "metric": "faulty.weighed", "at_least": -1.0}
    found = run(case(weighed, HIGH, engines=("toy", "faulty")), Faulty(at=at), Toy()).document()
    assert [v["verdict"] for v in found["claims"]] == ["unresolved", "holds"]
    why = f"engine faulty failed: ZeroDivisionError: {at}"
    assert found["failures"] == [{"engine": "faulty", "scenario": "baseline", "why": why}]


@pytest.mark.parametrize(
    ("toy", "test", "status"),
    [
        (Toy(), HIGH, 0),
        (Toy(breaks_above=1.5), HIGH, 0),
        (Toy(), {**REFUSED[0], "at_least": -1.0}, 0),
        (Toy(breaks_above=0.5), HIGH, 1),
    ],
    ids=["all solve", "some draws fail", "a refusal", "none solves"],
)
@pytest.mark.parametrize("json_only", [False, True])
def test_the_exit_status_says_whether_all_who_were_asked_answered(
    toy: Toy,
    test: Mapping[str, Any],
    status: int,
    json_only: bool,
    case: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(run_module, "registry_as_of", lambda date: Registry(WORLD, {"toy": toy}))  # type: ignore[dict-item]
    out = tmp_path / "out"
    how = ["--out", str(out), "--draws", "8", "--workers", "1", "--no-cache"]
    assert main(["run", str(case(test)), *how, *(["--json"] if json_only else [])]) == status
    document = json.loads((out / "verdicts.json").read_text("utf-8"))
    page = (out / "index.html").read_text("utf-8")
    assert ("<dt>No answer</dt><dd>Engine toy under baseline: toy did not" in page) == bool(status)
    failed = [f["failed"] for f in document["failed_draws"]]
    assert [
        f"<dt>Failed draws</dt><dd>Engine toy under baseline: {n} of 8; the first" in page
        for n in failed
    ] == [True] * len(failed)
    assert bool(failed) == (toy.breaks_above == 1.5)
    assert [f["engine"] for f in document["failures"]] == ["toy"] * status
    assert ("engine toy gave no answer under baseline: " in capsys.readouterr().err) == bool(status)


# What else is made of draws -------------------------------------------------------------------------


@dataclass(frozen=True)
class Land(Toy):
    """Income by country: the slope for Russia, nothing for others."""

    name: str = "land"
    headlines: tuple[tuple[str, Mapping[str, Any]], ...] = (("land.income", {}),)

    def metrics(self, world: object) -> tuple[Metric, ...]:
        country = Dimension("country", "country", description="whose")
        return (
            Metric(
                "land.income",
                (country,),
                "percent",
                "Income of a country, changed",
                bounds=PERCENT_CHANGE,
            ),
        )

    def solve(self, prepared: str, parameters: Mapping[str, float]) -> Outcome:
        slope = parameters["slope"]
        if slope > self.breaks_above:
            return super().solve(prepared, parameters)
        array = xr.DataArray([slope, 0.0], {"country": ["RUS", "DEU"]}, ["country"])
        array = array.assign_attrs(unit="percent", source="land", note="")
        return Outcome("land", prepared, lambda m, w: Reading(slope, "percent"), lambda m, w: array)


def test_an_outlook_spans_the_draws_that_solved_and_counts_the_rest(
    case: Callable[..., Path],
) -> None:
    income = {"metric": "land.income", "where": {"country": "Russia"}, "scenario": "ban"}
    found = run(case({**income, "at_least": 0.0}, engines=("land",)), Land(breaks_above=1.5))
    (outlook,) = found.outlooks
    part = found.verdicts[0].parts[0]
    solved = [v for v in part.values if v is not None]
    assert (outlook.draws, outlook.failed) == (8, 8 - len(solved))
    assert 0 < outlook.failed < 8
    low, high = np.quantile(np.array(solved, float), (0.05, 0.95))
    assert (outlook.bands["RUS"].low, outlook.bands["RUS"].high) == (low, high)
    assert found.document()["outlooks"][0]["failed"] == outlook.failed
    (shown,) = whatifs(found)
    assert f"; {outlook.failed} of 8 draws failed" in str(shown.bars)


def test_a_chart_of_draws_shows_those_that_solved(case: Callable[..., Path]) -> None:
    found = run(case({**LINE, "at_least": 2.0}), Toy(breaks_above=1.9), draws=64)
    (verdict,) = found.verdicts
    failed = sum(v is None for v in verdict.parts[0].values)
    assert (verdict.verdict, failed > 0) == ("depends", True)
    chart = choose._draws(found, verdict, 640.0)
    assert chart is not None
    assert chart.source.startswith(f"Source: engine toy, 64 draws, of which {failed} failed.")
