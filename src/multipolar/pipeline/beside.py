"""Readings of the same thing from other shipped tables, set beside those that tests make."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from multipolar.engines.api.contract import Reading, Source
from multipolar.engines.api.reader import joined
from multipolar.engines.registry import Registry
from multipolar.errors import MultipolarError
from multipolar.pipeline.asks import Answer, Ask, Term
from multipolar.pipeline.compile import Program
from multipolar.pipeline.same import Same, same_thing
from multipolar.pipeline.solve import Answers
from multipolar.policy import BASELINE
from multipolar.world.units import convert


def beside(program: Program, answers: Answers, registry: Registry) -> Answers:
    """Return the answers with what other tables give of the same thing as alternatives.

    They count like the figures of sources that disagree: where the verdict turns on whose figure
    is taken, it depends.
    """
    terms = dict(answers.terms)
    for group in program.claims.values():
        for plan in group:
            read = [t for role, t in plan.roles().items() if role != "field" and t.ask is not None]
            if len(read) == 1:  # of a ratio or a change, both figures are of one table
                terms[read[0]] = _with_others(read[0], answers, registry)
    return replace(answers, terms=terms)


def _with_others(term: Term, answers: Answers, registry: Registry) -> Answer:
    own = answers.terms[term]
    plain = term.ask is not None and term.scenario == BASELINE.name and own.central is not None
    if not plain or term.ask is None or own.central is None or isinstance(own.central.value, str):
        return own
    there = [*own.central.evidence[:1], *own.central.alternatives]
    others: list[Source] = []
    for same in same_thing(term.ask.metric, term.ask.place, registry):
        for source in _read(same, own.central, answers, registry):
            if not any(_again(source, known, own.central) for known in (*there, *others)):
                others.append(source)
    if not others:
        return own
    found = (*own.central.alternatives, *others)
    return replace(own, central=replace(own.central, alternatives=found))


def _again(source: Source, known: Source, own: Reading) -> bool:
    """Say whether a figure is another's, rounded: of one publisher, or all but equal."""
    value = known.value if isinstance(known.value, float) else own.value
    if not isinstance(value, float) or not isinstance(source.value, float):
        return False
    one_house = source.source.split(",")[0] == known.source.split(",")[0]
    return math.isclose(source.value, value, rel_tol=0.01 if one_house else 1e-3)


def _read(same: Same, own: Reading, answers: Answers, registry: Registry) -> Iterator[Source]:
    try:
        engine, metric = registry.find(same.metric)
        place = registry.resolve(metric, same.place, complete=True)
        found = answers.peek(engine.name, None, Ask(metric.name, tuple(place.items()))).central
        if found is None or isinstance(found.value, str) or isinstance(own.value, str):
            return
        value = convert(found.value, found.unit, own.unit)
    except MultipolarError:
        return  # no such figure, or in a unit that does not convert
    if not math.isfinite(value) or math.isclose(value, own.value, rel_tol=1e-9):
        return
    row = found.evidence[0] if found.evidence else Source(metric.title)
    note = joined(f"{metric.title}.", same.note)
    yield replace(row, value=value, unit=own.unit, note=note, reading="computed")
