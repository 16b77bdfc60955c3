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
            for role, term in plan.roles().items():
                if role != "field":
                    terms[term] = _with_others(term, answers, registry)
    return replace(answers, terms=terms)


def _with_others(term: Term, answers: Answers, registry: Registry) -> Answer:
    own = answers.terms[term]
    plain = term.ask is not None and term.scenario == BASELINE.name and own.central is not None
    if not plain or term.ask is None or own.central is None or isinstance(own.central.value, str):
        return own
    there = {(s.source, s.value) for s in (*own.central.evidence, *own.central.alternatives)}
    others = [
        source
        for same in same_thing(term.ask.metric, term.ask.place, registry)
        for source in _read(same, own.central, answers, registry)
        if (source.source, source.value) not in there
    ]
    if not others:
        return own
    found = (*own.central.alternatives, *others)
    return replace(own, central=replace(own.central, alternatives=found))


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
