"""Program -> Plan: which engine is solved on which scenario, in which order, and what it is asked.

Comparisons and views ask alike. Nothing is solved here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from multipolar.claims.schema import Cited
from multipolar.engines.api.contract import Reading
from multipolar.engines.coupling import Key, Step, trace
from multipolar.engines.registry import Registry
from multipolar.errors import DataMissing, EngineError, MultipolarError, ScenarioError
from multipolar.pipeline.asks import Answer, Ask, Term
from multipolar.pipeline.compile import Program, cited_source
from multipolar.policy import Scenario, compose
from multipolar.world.units import rounding

Place: TypeAlias = tuple[str, str]  # an engine and a scenario, by name


@dataclass(frozen=True)
class Plan:
    """Steps in order, and what is asked of each.

    Attributes:
        passes: the steps of every pass, each after those it takes from; the same work may come
            under several names.
        places: the step that answers an engine's name under a scenario's.
        drawn: what comparisons ask at each place, over all draws.
        known: terms that need no engine: cited evidence.
        gaps: terms that no engine answers, with the sentence that says why.
        refused: why an engine does not answer a scenario at all.
    """

    passes: tuple[Step, ...]
    places: Mapping[Place, Step]
    drawn: Mapping[Place, tuple[Ask, ...]]
    known: Mapping[Term, Answer]
    gaps: Mapping[Term, str]
    refused: Mapping[Place, MultipolarError] = field(default_factory=dict)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step that has to be solved, once, each after those it takes from."""
        first: dict[Key, Step] = {}
        for step in self.passes:
            first.setdefault(step.key, step)
        return tuple(first.values())


def make_plan(program: Program, registry: Registry) -> Plan:
    """Trace every term of a program back to the steps that answer it."""
    wanted: dict[Place, dict[Ask, None]] = defaultdict(dict)
    known: dict[Term, Answer] = {}
    for term in program.terms():
        if term.evidence is not None:
            row = program.loaded.case.evidence[term.evidence]
            source = cited_source(program.loaded, term.evidence)
            width, kind = _width(row)
            reading = Reading(
                row.value, row.unit, (source,), error=width, error_of=kind, through=row.date
            )
            known[term] = Answer(reading, (row.value,))
        elif term.engine is not None and term.ask is not None:
            wanted[term.engine, term.scenario][term.ask] = None
    places: dict[Place, Step] = {}
    gaps: dict[Term, str] = {}
    refused: dict[Place, MultipolarError] = {}
    for place in sorted({*wanted, *program.views.places}):
        try:
            places[place] = trace(registry, place[0], _composed(program, place[1]))
        except (DataMissing, EngineError, ScenarioError) as gap:
            refused[place] = gap
            gaps |= {Term(*place, ask): str(gap) for ask in wanted.get(place, ())}
    drawn = {p: tuple(sorted(asks, key=repr)) for p, asks in wanted.items() if p in places}
    return Plan(_ordered(places, drawn), places, drawn, known, gaps, refused)


def _width(row: Cited) -> tuple[float, str]:
    """Return the half width of a cited figure and its kind: as given, or else its rounding."""
    if row.error is not None:
        return row.error, "error of the source"
    if isinstance(row.value, str):
        return 0.0, ""
    typed = f"{row.value:.{row.decimals}f}" if row.decimals else row.value
    return rounding(typed), "rounding of the source"


def _composed(program: Program, scenario: str) -> Scenario:
    return compose(scenario, program.loaded.scenarios)


def _ordered(places: Mapping[Place, Step], drawn: Collection[Place]) -> tuple[Step, ...]:
    return tuple(step for place in sorted(drawn) for step in places[place].order())


__all__ = ["Place", "Plan", "make_plan"]
