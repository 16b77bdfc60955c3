"""Whether there is an answer to what a test reads, as far as it is known without solving.

The record and its like are read; engines that solve say of a place whether they cover it. A
comparison all of whose readings are there is made, so that what cannot be compared is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from multipolar import errors
from multipolar.claims.kinds import PEOPLE, base_of
from multipolar.claims.load import Loaded
from multipolar.engines.api.contract import Outcome, Reading
from multipolar.engines.contained import contained
from multipolar.engines.coupling import trace
from multipolar.engines.registry import Registry
from multipolar.errors import (
    DataMissing,
    EngineError,
    EngineFailed,
    EngineMissing,
    MultipolarError,
    ScenarioError,
    TableMissing,
)
from multipolar.pipeline.asks import Answer, Term, answer
from multipolar.pipeline.compile import LeafPlan, cited_source
from multipolar.pipeline.parts import evaluate
from multipolar.pipeline.reasons import Code, Reason
from multipolar.pipeline.solve import Answers, at_once
from multipolar.pipeline.wanted import added_steps
from multipolar.policy import compose
from multipolar.policy.files import Steps

WAITS = (EngineMissing, EngineFailed, TableMissing)  # what is not there yet, by nobody's mistake


@dataclass
class Coverage:
    """What is known, without solving, of what a case's tests read."""

    loaded: Loaded
    registry: Registry
    _outcomes: dict[tuple[str, str], Outcome | MultipolarError | None] = field(default_factory=dict)
    _lacks: dict[tuple[str, str], Any] = field(default_factory=dict)
    _answers: dict[Term, Answer | None] = field(default_factory=dict)

    def faults(self, plan: LeafPlan) -> Iterator[tuple[Steps, MultipolarError]]:
        """Yield what keeps a comparison from being made, with the way to it in the comparison.

        Of one that is wrong in part, what is right is read all the same.
        """
        found: dict[Term, Answer] = {}
        faulty = plan.value is None
        terms = plan.roles() or dict(plan.sound)
        for role, term in terms.items():
            if role == "field":
                continue
            if term.evidence is None and term.scenario not in self.loaded.scenarios:
                faulty = True
                continue
            try:
                known = self._answer(term)
            except MultipolarError as fault:
                faulty = True
                at = ("scenario",) if isinstance(fault, ScenarioError) else ("where",)
                steps = _steps(plan, role)
                yield steps if steps == ("per",) else (*steps, *at), fault
                continue
            if known is not None:
                found[term] = known
        if faulty:
            return
        if plan.field is not None and plan.value in found:
            found[plan.field] = answer(self._outcome(plan.field), plan.field.ask)  # type: ignore[arg-type]
        elif plan.field is not None:
            yield from self._rivals(plan)
        if all(term in found for term in plan.terms()):
            yield from _made(plan, found)

    def _answer(self, term: Term) -> Answer | None:
        """Return what is read; None if only solving can tell.

        Raises:
            MultipolarError: nothing is.
        """
        if term not in self._answers:
            self._answers[term] = self._asked(term)
        known = self._answers[term]
        if known is not None and known.missing:
            raise known.fault
        return known

    def _asked(self, term: Term) -> Answer | None:
        if term.evidence is not None:
            row = self.loaded.case.evidence[term.evidence]
            source = cited_source(self.loaded, term.evidence)
            return Answer(Reading(row.value, row.unit, (source,)), (row.value,))
        assert term.ask is not None and term.engine is not None
        outcome = self._outcome(term)
        if outcome is not None:
            return answer(outcome, term.ask)
        self._covered(term, term.ask.place)
        return None

    def _outcome(self, term: Term) -> Any:
        """Return what an engine that only reads has read; None for one that solves.

        Raises:
            MultipolarError: the engine does not answer the scenario.
        """
        assert term.engine is not None
        key = (term.engine, term.scenario)
        if key not in self._outcomes:
            self._outcomes[key] = self._read(*key)
        found = self._outcomes[key]
        if isinstance(found, MultipolarError):
            raise found
        return found

    def _read(self, name: str, scenario: str) -> Outcome | MultipolarError | None:
        engine, world = self.registry.engines[name], self.registry.world
        composed = compose(scenario, self.loaded.scenarios)
        try:
            trace(self.registry, name, composed)
            if not getattr(engine, "reads", False):
                return None
            return at_once(engine, world, composed)
        except ScenarioError as fault:
            return fault
        except EngineError as fault:
            if isinstance(fault, WAITS):
                return fault
            return ScenarioError(fault.what, where=fault.where, hint=fault.hint)

    def _covered(self, term: Term, place: Mapping[str, Any]) -> None:
        """Ask an engine that solves whether it has an answer at a place.

        Raises:
            MultipolarError: it has none.
        """
        assert term.engine is not None and term.ask is not None
        key = (term.engine, term.scenario)
        metric = self.registry.metrics[term.ask.metric][1]
        with contained(term.engine):
            if key not in self._lacks:
                lacks = getattr(self.registry.engines[term.engine], "lacks", None)
                scenario = compose(term.scenario, self.loaded.scenarios)
                self._lacks[key] = lacks and lacks(self.registry.world, scenario)
            if self._lacks[key] is not None:
                self._lacks[key](metric, place)

    def _rivals(self, plan: LeafPlan) -> Iterator[tuple[Steps, MultipolarError]]:
        """Yield those a rank is taken among of whom there is nothing to be known."""
        rule, value = plan.leaf.rank, plan.value
        if rule is None or value is None or value.ask is None:
            return
        for rival in sorted(plan.among - {plan.subject}):
            try:
                self._covered(value, {**value.ask.place, rule.of: rival})
            except MultipolarError as fault:
                yield ("rank", "among"), fault


def _steps(plan: LeafPlan, role: str) -> Steps:
    """Return where a reading is written in its comparison."""
    base, part = base_of(role)
    if part == PEOPLE:
        return ("per",)
    if base == "earlier":
        return (plan.leaf.comparison, "since")
    if base == "rival":
        return (plan.leaf.comparison,)
    if base in ("over", "minus"):
        return (base,)
    return added_steps(plan.leaf)[int(part) - 1] if part else ()


def _made(plan: LeafPlan, found: Mapping[Term, Answer]) -> Iterator[tuple[Steps, MultipolarError]]:
    """Make a comparison of what was read; yield why it cannot be made."""
    gap = evaluate(plan, Answers(found, {}), "").part.gap
    if gap is not None:
        steps = ("rank",) if plan.field is not None else (plan.leaf.comparison,)
        yield steps, _fault(gap)


def _fault(gap: Reason) -> MultipolarError:
    """Return why a comparison cannot be made as the error it is."""
    match gap.code:
        case Code.NO_ROW:
            return DataMissing(f"{gap['subject']} is not among those that are ranked")
        case Code.UNKNOWN_RIVALS | Code.NO_RIVALS:
            return DataMissing(
                f"there are no figures of {', '.join(gap['rivals'][:6])}", hint="rank among others"
            )
        case Code.SEVERAL_UNITS:
            return DataMissing("the values along it are in several units", hint="compare two")
        case Code.NO_ANSWER:
            return EngineError(str(gap["text"]))
        case _:
            figures = gap.figures
            kind = getattr(errors, "DataMissing" if gap.code is Code.NO_DATA else "CaseError")
            fault: MultipolarError = kind(
                figures.get("what", "nothing was read"), hint=figures.get("hint", "")
            )
            return fault


__all__ = ["WAITS", "Coverage"]
