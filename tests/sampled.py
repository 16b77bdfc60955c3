"""Steps solved over draws without a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from multipolar.engines import Registry
from multipolar.engines.coupling import Passed, Step
from multipolar.pipeline.asks import Answer, Ask, Term
from multipolar.pipeline.plan import Plan
from multipolar.pipeline.solve import Answers, solve


@dataclass(frozen=True)
class Sampled:
    answers: Answers

    def answer(self, step: Step, ask: Ask) -> Answer:
        return self.answers.terms[Term(step.engine, step.scenario.name, ask)]

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        return self.answers.parameters

    @property
    def passed(self) -> tuple[Passed, ...]:
        return self.answers.passed


def sample_steps(
    registry: Registry, wanted: Sequence[tuple[Step, Sequence[Ask]]], **how: Any
) -> Sampled:
    places = {(s.engine, s.scenario.name): s for s, _ in wanted}
    assert len(places) == len(wanted)
    drawn = {(s.engine, s.scenario.name): tuple(asks) for s, asks in wanted}
    passes = tuple(step for last, _ in wanted for step in last.order())
    return Sampled(solve(Plan(passes, places, drawn, {}, {}), registry, **how))
