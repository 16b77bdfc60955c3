"""A claim goes one way: compile, plan, solve, judge; nothing is solved anywhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from multipolar.claims import load_case
from multipolar.claims.schema import Verdict
from multipolar.engines import Outcome, Registry
from multipolar.pipeline import compile_case, make_plan
from multipolar.pipeline.asks import Ask, Term
from multipolar.pipeline.cache import Cache
from multipolar.pipeline.judge import judge
from multipolar.pipeline.solve import solve
from multipolar.run import run_case
from multipolar.world import World
from toy import Toy

PACKAGE = Path(__file__).parents[2] / "src" / "multipolar"
CASE = {
    "schema": 1,
    "case": "line",
    "title": "A line",
    "deck": "For tests.",
    "as_of": "2023-03-20",
    "engines": ["toy"],
    "sources": {"A": {"title": "On lines", "author": "Nobody", "stance": "Says it."}},
    "claims": [
        {
            "id": "A-1",
            "source": "A",
            "paragraph": 1,
            "kind": "record",
            "speaker": "the author",
            "topic": "tests",
            "says": "The line is high.",
            "chosen": "It is the line.",
            "test": {"metric": "toy.line", "where": {"x": "2"}, "at_least": 1.0},
        }
    ],
}


@dataclass(frozen=True)
class Counted(Toy):
    times: Any = ()

    def solve(self, prepared: str, parameters: Any) -> Outcome:
        self.times.append(parameters["slope"])
        return super().solve(prepared, parameters)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[float], Path]:
    def write(bound: float) -> Path:
        CASE["claims"][0]["test"]["at_least"] = bound  # type: ignore[index]
        (tmp_path / "case.yaml").write_text(yaml.safe_dump(CASE), "utf-8")
        return tmp_path

    return write


def registry(toy: Toy) -> Registry:
    import_module("toy").engine = toy  # type: ignore[attr-defined]
    points = {"toy": EntryPoint("toy", "toy:engine", "multipolar.engines")}
    return Registry(World.load(), {"toy": toy}, points=points)  # type: ignore[dict-item]


def test_a_claim_is_followed_in_five_steps(written: Callable[[float], Path]) -> None:
    engines = registry(Counted(times=[]))
    program = compile_case(load_case(written(1.0)), engines)
    (leaf,) = program.claims["A-1"]
    ask = Ask("toy.line", (("x", "2"),))
    assert leaf.value == Term("toy", "baseline", ask)
    plan = make_plan(program, engines)
    assert plan.drawn == {("toy", "baseline"): (ask,)}
    assert [step.engine for step in plan.steps] == ["toy"]
    answers = solve(plan, engines, draws=8, seed=1)
    assert len(answers.terms[leaf.value].values) == 8
    (verdict,) = judge(program, answers, engines)
    # the slope is uniform on 0..2, and the line is twice the slope
    assert verdict.verdict == "depends"
    assert verdict.share == 0.75


def test_an_edited_claim_solves_nothing_again(
    written: Callable[[float], Path], tmp_path: Path
) -> None:
    cache = Cache(tmp_path / "answers")
    first, second, third = (Counted(times=[]) for _ in range(3))

    def run(toy: Toy, bound: float, **more: Any) -> Any:
        options = {"draws": 8, "seed": 1, "workers": 1, "progress": False, **more}
        return run_case(written(bound), registry=registry(toy), **options)

    before = run(first, 1.0, cache=cache)
    after = run(second, -1.0, cache=cache)
    assert (len(first.times), second.times) == (9, [])
    assert [r.verdicts[0].verdict for r in (before, after)] == ["depends", "holds"]
    plain = run(third, -1.0, cache=False)
    assert len(third.times) == 9
    assert plain.document() == after.document()


def test_the_page_on_how_a_run_goes_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (PACKAGE.parents[1] / "docs" / "pipeline.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(code, "pipeline.md", "exec"), {})
    term, steps, reading, verdict = capsys.readouterr().out.splitlines()
    assert term.startswith("Term(engine='record', scenario='baseline'")
    assert "('record', 'baseline')" in steps
    assert reading.startswith("Reading(value=")
    assert verdict.split()[0] in get_args(Verdict)


def test_one_module_calls_the_engines() -> None:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        inside = path.relative_to(PACKAGE)
        if inside.parts[0] in {"engines", "numerics", "world", "testing"}:
            continue  # engines solve systems of equations, and each by itself; tests try one
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in {"solve", "prepare", "couple"}:
                found.add(str(inside))
    assert found == {"pipeline/solve.py"}
