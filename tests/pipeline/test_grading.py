"""The rules of judgement on marks alone: properties a sceptic would ask for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.claims.compare import Readings, close, judge
from multipolar.claims.schema import VERDICT_GRADES, Claim, Leaf
from multipolar.engines import Reading
from multipolar.pipeline.answers import Answers
from multipolar.pipeline.asks import Answer, Ask, Term
from multipolar.pipeline.compile import LeafPlan
from multipolar.pipeline.grading import Mark, Marks, families_of, grade_of, told_apart, verdict_of
from multipolar.pipeline.parts import Evaluated, evaluate
from multipolar.pipeline.result import Part
from multipolar.pipeline.weighing import Weighed, standing_of, through_of, without

BASE: dict[str, Any] = {
    "id": "A-1",
    "source": "A",
    "speaker": "somebody",
    "kind": "record",
    "topic": "tests",
    "says": "So it is.",
    "chosen": "To test it.",
}
STRENGTH = {g: 2 - k for k, g in enumerate(VERDICT_GRADES[:5])}
marks = st.lists(st.sampled_from(list(Mark)[:4]), min_size=1, max_size=6)


def column(values: list[Mark]) -> Marks:
    return np.array(values, dtype=np.int8)


def evaluated(values: list[Mark], metric: str, **part: Any) -> Evaluated:
    leaf = Leaf(metric=metric, at_least=1.0)
    passed = None if values == [Mark.UNREAD] else Mark.PASS in values
    made = Part(leaf, metric, 1.0, "Mt", 1.0, 0.0, passed, {}, None, **part)
    return Evaluated(made, column(values), reads=(metric,))


def weighed(form: str, done: list[Evaluated], needs: int = 0) -> Weighed:
    leaves = [e.part.leaf for e in done]
    if form == "across":
        counted = leaves[: len(leaves) - needs]
        test: dict[str, Any] = {"across": counted, "needs": leaves[len(counted) :]}
    else:
        test = {form: leaves}
    return Weighed.of(Claim.model_construct(**{**BASE, "test": _form(test)}), done)


def _form(test: dict[str, Any]) -> Any:
    from multipolar.claims.schema import Across, All, AnyOf

    forms = {"across": Across, "all": All, "any": AnyOf}
    return forms[next(iter(test))].model_construct(**test)


@pytest.mark.parametrize(
    ("share", "grade", "verdict"),
    [
        (1, "holds", "holds"),
        (0.9, "holds", "holds"),
        (0.89, "mostly holds", "depends"),
        (2 / 3, "mostly holds", "depends"),
        (0.66, "split", "depends"),
        (0.34, "split", "depends"),
        (1 / 3, "mostly fails", "depends"),
        (0.11, "mostly fails", "depends"),
        (0.1, "fails", "fails"),
    ],
)
def test_the_scale(share: float, grade: str, verdict: str) -> None:
    assert grade_of(share) == grade
    assert verdict_of(grade_of(share)) == verdict


@pytest.mark.parametrize(
    ("form", "given_marks", "grade"),
    [
        ("all", [[Mark.PASS], [Mark.PASS]], "holds"),
        ("all", [[Mark.PASS], [Mark.FAIL]], "fails"),
        ("all", [[Mark.FAIL], [Mark.CLOSE]], "fails"),  # what is close changes nothing
        ("all", [[Mark.PASS], [Mark.CLOSE]], "split"),
        ("all", [[Mark.PASS], [Mark.UNREAD]], "unresolved"),
        ("all", [[Mark.FAIL], [Mark.UNREAD]], "fails"),
        ("any", [[Mark.PASS], [Mark.UNREAD]], "holds"),
        ("any", [[Mark.FAIL], [Mark.CLOSE]], "split"),
        ("across", [[Mark.PASS], [Mark.PASS], [Mark.PASS]], "holds"),
        ("across", [[Mark.PASS], [Mark.PASS], [Mark.FAIL]], "mostly holds"),
        ("across", [[Mark.PASS], [Mark.FAIL]], "split"),
        ("across", [[Mark.FAIL], [Mark.FAIL], [Mark.PASS]], "mostly fails"),
        ("across", [[Mark.PASS], [Mark.PASS], [Mark.UNREAD]], "unresolved"),
        ("across", [[Mark.PASS]] * 9 + [[Mark.UNREAD]], "holds"),
        # one way it is holds, the other way mostly holds: what can be said either way
        ("across", [[Mark.PASS]] * 3 + [[Mark.CLOSE]], "mostly holds"),
        ("all", [[Mark.PASS] * 95 + [Mark.LOST] * 5], "holds"),
        ("all", [[Mark.PASS] * 85 + [Mark.LOST] * 15], "unresolved"),
        ("all", [[Mark.FAIL] * 95 + [Mark.CLOSE] * 5], "fails"),
    ],
)
def test_either_way(form: str, given_marks: list[list[Mark]], grade: str) -> None:
    done = [evaluated(m, f"m.{k}") for k, m in enumerate(given_marks)]
    assert weighed(form, done).graded().grade == grade


def test_what_is_needed_is_not_averaged() -> None:
    """Only X can: the measures on which X can hold, one of those on which others cannot fails."""
    done = [evaluated([Mark.PASS], f"m.{k}") for k in range(9)] + [evaluated([Mark.FAIL], "only")]
    assert weighed("across", done).graded().grade == "holds"
    assert weighed("across", done, needs=1).graded().grade == "fails"


def test_parts_of_one_metric_are_one_family() -> None:
    done = [evaluated([Mark.FAIL], "votes")] * 1
    done += [Evaluated(e.part, e.marks, reads=("votes",)) for e in _apart("v", 5, Mark.FAIL)]
    done += _apart("g", 2, Mark.PASS)
    found = weighed("across", done)
    assert [(f.passed, f.parts) for f in found.by_family()] == [(0, 6), (1, 1), (1, 1)]
    assert found.graded().grade == "mostly holds"


def _apart(name: str, n: int, mark: Mark) -> list[Evaluated]:
    return [evaluated([mark], f"{name}.{k}") for k in range(n)]


@given(st.lists(marks, min_size=2, max_size=5), st.sampled_from(["all", "any", "across"]))
def test_a_part_said_twice_changes_nothing(columns: list[list[Mark]], form: str) -> None:
    done = [evaluated(m[:1], f"m.{k}") for k, m in enumerate(columns)]
    once = weighed(form, done).graded()
    for k in range(len(done)):
        assert weighed(form, [*done, done[k]]).graded() == once


@given(st.lists(st.sampled_from([Mark.PASS, Mark.FAIL, Mark.CLOSE]), min_size=2, max_size=8))
def test_a_family_that_agrees_never_weakens(given_marks: list[Mark]) -> None:
    done = [evaluated([m], f"m.{k}") for k, m in enumerate(given_marks)]
    before = weighed("across", done).graded()
    for mark, side in ((Mark.PASS, 1), (Mark.FAIL, -1)):
        if STRENGTH[before.grade] * side <= 0:
            continue
        after = weighed("across", [*done, evaluated([mark], "more")]).graded()
        assert STRENGTH[after.grade] * side >= STRENGTH[before.grade] * side


@given(
    value=st.floats(1, 100),
    error=st.floats(0.01, 10),
    moves=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    name=st.sampled_from(["at_least", "at_most", "above", "below"]),
)
def test_a_threshold_moved_inside_the_error_never_turns_holds_to_fails(
    value: float, error: float, moves: tuple[float, float], name: str
) -> None:
    outcomes = set()
    for move in moves:
        leaf = Leaf.model_validate({"evidence": "e", name: value + move * error})
        read = Readings(value)
        judged = judge(leaf, read)
        outcomes.add("close" if close(leaf, judged, read, error) else judged.passed)
    assert outcomes != {True, False}
    assert outcomes == {"close"} or any(abs(abs(m) - 1) < 1e-6 for m in moves)


@pytest.mark.parametrize(
    ("field", "errors", "expected"),
    [
        ({"a": 3.0, "b": 2.0}, {}, False),
        ({"a": 3.0, "b": 2.9}, {"b": 0.2}, True),  # b may be the first
        ({"a": 3.0, "b": 2.0}, {"b": 0.2}, False),
        ({"a": 3.0, "b": 2.0, "c": 1.99}, {"c": 0.2}, False),  # second or third, never first
    ],
)
def test_a_place_within_the_errors_is_close(
    field: dict[str, float], errors: dict[str, float], expected: bool
) -> None:
    leaf = Leaf.model_validate({"metric": "m", "rank": {"of": "country", "at_most": 1}})
    read = Readings(field["b"], field=field, subject="b", errors=errors)
    assert close(leaf, judge(leaf, read), read, 0.0) is expected


def test_the_same_figure_is_equal_whatever_its_rounding() -> None:
    leaf = Leaf(evidence="e", equals=6.3)
    for value, near in ((6.3, False), (6.34, True), (6.5, False)):
        read = Readings(value)
        assert close(leaf, judge(leaf, read), read, 0.05) is near


def test_families_are_told_by_what_is_read() -> None:
    leaves = [Leaf(metric="m", at_least=float(k)) for k in range(4)]
    reads = [["a"], ["b"], ["a", "c"], ["c"]]
    assert families_of(leaves, reads) == ("a", "b", "a", "a")
    named = [leaf.model_copy(update={"family": f"f{k}"}) for k, leaf in enumerate(leaves)]
    assert families_of(named, reads) == ("f0", "f1", "f2", "f3")
    assert told_apart(["a", "b", "a"]) == (0, 1)


def test_a_verdict_hangs_on_the_evidence_it_cannot_do_without() -> None:
    strong = evaluated([Mark.PASS], "m.0", grade="primary", through="2024-12-31")
    weak = evaluated([Mark.PASS], "m.1", grade="recalled", through="2019-12-31", basis="ours")
    for form, standing, through, assumed in (
        ("all", "recalled", "2019-12-31", (1,)),
        ("any", "primary", "2024-12-31", ()),
    ):
        found = weighed(form, [strong, weak])
        graded = found.graded()
        assert standing_of(found, graded) == standing
        assert through_of(found, graded) == through
        assert without(found, graded, [False, True]) == assumed


def test_what_a_model_misses_in_one_scenario_it_misses_in_the_other() -> None:
    """The error of a difference between scenarios is that of the difference, not of two levels."""
    term = {s: Term("gas", s, Ask("gas.flow", ())) for s in ("baseline", "cut")}
    leaf = Leaf.model_validate(
        {"metric": "gas.flow", "scenario": "cut", "minus": {"scenario": "baseline"}, "below": -40}
    )
    plan = LeafPlan(leaf, value=term["cut"], minus=term["baseline"])
    flows = {"cut": 50.0, "baseline": 100.0}
    read = {
        t: Answer(Reading(flows[s], "bcm", error=0.2 * flows[s]), (flows[s],))
        for s, t in term.items()
    }
    part = evaluate(plan, Answers(read, {}), "the cut").part
    assert part.margin == pytest.approx(10)
    assert part.error == pytest.approx(10)  # a fifth of the difference of 50


def test_one_good_family_does_not_lend_its_grade_to_the_others() -> None:
    weak = [evaluated([Mark.PASS], f"m.{k}", grade="second-hand", basis="ours") for k in range(3)]
    good = [evaluated([Mark.PASS], f"n.{k}", grade="primary") for k in range(2)]
    one, two = weighed("across", [*weak, good[0]]), weighed("across", [*weak, *good])
    assert standing_of(one, one.graded()) == "second-hand"
    assert without(one, one.graded(), [True] * 3 + [False]) == (0, 1, 2)
    assert standing_of(two, two.graded()) == "primary"


def test_what_is_needed_counts_though_it_is_a_measure_too() -> None:
    done = [evaluated([Mark.PASS], "m.0"), evaluated([Mark.FAIL], "m.1")]
    assert weighed("across", [*done, done[1]], needs=1).graded().grade == "fails"
