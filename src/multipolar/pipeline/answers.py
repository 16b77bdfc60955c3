"""Everything read for a case, and where more can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from multipolar.engines.api.contract import Outcome
from multipolar.engines.coupling import Passed, Step, trace
from multipolar.engines.registry import Registry
from multipolar.errors import MultipolarError
from multipolar.pipeline.asks import Answer, Ask, Term, answer, unanswered
from multipolar.policy import BASELINE
from multipolar.uncertainty.draws import Floats

if TYPE_CHECKING:
    from multipolar.pipeline.plan import Place


class Point(Protocol):
    """Where more can be asked at the central parameters."""

    registry: Registry

    def answer(self, step: Step, ask: Ask) -> Answer:
        """Return what a step answers, and keep it."""

    def outcome(self, step: Step) -> Outcome:
        """Return a step's outcome."""


@dataclass(frozen=True)
class Answers:
    """Everything read for a case.

    Attributes:
        terms: what each term of a comparison reads, over draws.
        parameters: each engine's draws, by its name: shape (draws,), each in its unit.
        places: the step behind an answer of one engine to one scenario.
        labels: names by code.
        passed: what engines handed on.
        point: where more can be asked, at the central parameters.
        refused: why an engine does not answer a scenario at all.
    """

    terms: Mapping[Term, Answer]
    parameters: Mapping[str, Mapping[str, Floats]]
    places: Mapping[Place, Step] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    passed: tuple[Passed, ...] = field(default=(), repr=False)
    point: Point | None = field(default=None, repr=False)
    refused: Mapping[Place, MultipolarError] = field(default_factory=dict, repr=False)

    def behind(self, engine: str, scenario: str | None) -> tuple[str, ...]:
        """Return the engine and all it took from to answer a scenario."""
        step = self.places.get((engine, scenario or BASELINE.name))
        return step.engines if step is not None else (engine,)

    def at(self, engine: str, scenario: str | None, ask: Ask) -> Answer:
        """Return what an engine answers under a scenario at the central parameters.

        An engine that was not asked in the plan, or could not be solved, answers why.
        """
        place = (engine, scenario or BASELINE.name)
        if place in self.refused:
            return unanswered(self.refused[place])
        step = self.places.get(place)
        if step is None or self.point is None:
            return Answer(None, (), f"engine {engine} was not asked under {scenario}")
        try:
            return self.point.answer(step, ask)
        except MultipolarError as gap:
            return unanswered(gap)

    def peek(self, engine: str, scenario: str | None, ask: Ask) -> Answer:
        """Return what an engine answers at the central parameters, asked for in passing.

        What an engine reads without solving is read as fast as it is found: it is not kept.
        """
        step = self.places.get((engine, scenario or BASELINE.name))
        if self.point is None:
            return self.at(engine, scenario, ask)
        try:
            if step is None and (scenario or BASELINE.name) == BASELINE.name:
                step = trace(self.point.registry, engine, BASELINE)
            if step is None:
                return self.at(engine, scenario, ask)
            reads = getattr(self.point.registry.engines[engine], "reads", False)
            if step.inputs or not reads:
                return self.point.answer(step, ask)
            return answer(self.point.outcome(step), ask)
        except MultipolarError as gap:
            return unanswered(gap)
