"""A reading of a year in which a model did no better than the year before decides no claim alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from claims.conftest import claim
from multipolar.engines import Metric, Outcome
from multipolar.engines.api import Unproven
from multipolar.engines.api.declare import Declared
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.proof import Miss, unproven
from multipolar.engines.api.reader import outcome, unproven_at
from multipolar.pipeline import CaseResult
from multipolar.pipeline.reasons import Code
from toy import Toy

WHY = "It was further off than the year before."
SURE = {"metric": "toy.line", "where": {"x": "1"}, "at_most": 5}
MARKED = {"metric": "toy.line", "where": {"x": "2"}, "at_most": 5}
Run = Callable[..., CaseResult]


@dataclass(frozen=True)
class Marked(Toy):
    """The toy, whose second point is unproven."""

    def metrics(self, world: object) -> tuple[Metric, ...]:
        (line,) = super().metrics(world)
        return (replace(line, unproven=(Unproven(WHY, where={"x": "2"}),)),)

    def solve(self, prepared: str, parameters: Mapping[str, float]) -> Outcome:
        found = super().solve(prepared, parameters)
        (line,) = self.metrics(None)

        def scalar(metric: str, where: Any) -> Any:
            return replace(found.scalar(metric, where), unproven=unproven_at(line, where))

        return replace(found, scalar=scalar)


def grade(run: Run, test: Any, toy: Toy | None = None) -> tuple[str, str, bool]:
    found = run([claim(test=test)], toy=toy or Marked()).verdict("A-1")
    said = Code.UNPROVEN in {r.code for r in found.reasons}
    return found.grade, found.verdict, said


@pytest.mark.parametrize(
    ("test", "graded"),
    [
        (MARKED, ("mostly holds", "depends", True)),
        ({**MARKED, "at_most": -1}, ("mostly fails", "depends", True)),
        (SURE, ("holds", "holds", False)),
        ({"any": [SURE, MARKED]}, ("holds", "holds", False)),  # it stands without the marked one
        ({"all": [SURE, MARKED]}, ("mostly holds", "depends", True)),  # it does not
        ({"all": [{**SURE, "at_most": -1}, MARKED]}, ("fails", "fails", False)),
    ],
)
def test_a_marked_reading_decides_nothing_alone(
    run: Run, test: Any, graded: tuple[str, str, bool]
) -> None:
    assert grade(run, test) == graded
    assert grade(run, test, Toy())[2] is False


def test_marks_hold_where_they_are_set() -> None:
    two = Unproven(WHY, (2024, 2025), {"country": "RUS"})
    assert two.at({"year": 2025, "country": "RUS"})
    assert two.at({"year": "2024", "country": ("BLR", "RUS")})
    for place in ({"year": 2026, "country": "RUS"}, {"year": 2024, "country": "BLR"}, {}):
        assert not two.at(place)
    assert Unproven(WHY).at({})


def test_a_year_in_which_the_model_was_nearer_is_not_marked() -> None:
    found = unproven([Miss(2023, 2, 3.0, 4.0), Miss(2024, 2, 4.0, 4.0)], "bcm")
    assert [u.years for u in found] == [(2024,)]


def test_the_host_says_it_of_declared_metrics_also_where_the_year_is_left_out() -> None:
    year = dimension("year", "which", required=False)
    metric = Metric("toy.size", (year,), "Mt", "Size", unproven=(Unproven(WHY, (2024,)),))

    @dataclass(frozen=True)
    class Solved:
        defaults: Mapping[str, int]

    for default, said in ((2024, WHY), (2025, "")):
        found = outcome("toy", "", [Declared(metric, lambda *_: 1.0)], Solved({"year": default}))
        reading = found.read("toy.size", {})
        assert (reading.unproven, reading.note) == (said, said)
