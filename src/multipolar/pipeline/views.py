"""Sections of the page that engines give: who is asked, what about the case, and what they show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from multipolar.claims.load import Loaded, leaves
from multipolar.engines.api import gate
from multipolar.engines.api import views as api
from multipolar.engines.api.views import Brief, Question, Read, Section, View
from multipolar.engines.contained import contained
from multipolar.engines.discovery import unlike, views
from multipolar.engines.registry import Registry
from multipolar.errors import EngineError, MultipolarError
from multipolar.pipeline.asks import Answered, Ask, Term, whole
from multipolar.policy import compose, resolve

KEY = re.compile(r"[a-z]{4,20}")


@dataclass(frozen=True)
class Views:
    """Views of the engines that a case lists and reads, by engine, and what each wants to know.

    Attributes:
        terms: what each question reads, or why it can read nothing.
        tells: names of the scenarios that a view shows whole.
        left_out: a sentence for each view that failed.
    """

    brief: Brief
    views: Mapping[str, View] = field(default_factory=dict)
    asks: Mapping[str, tuple[Question, ...]] = field(default_factory=dict)
    terms: Mapping[Question, Term | MultipolarError] = field(default_factory=dict)
    tells: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()

    @property
    def places(self) -> set[tuple[str, str]]:
        """Engines and scenarios that are asked."""
        terms = (t for t in self.terms.values() if isinstance(t, Term))
        return {(t.engine, t.scenario) for t in terms if t.engine is not None}


def views_of(loaded: Loaded, registry: Registry) -> Views:
    """Return the views that a case gets, asked what they want to know."""
    brief = brief_of(loaded, registry)
    owners = {
        registry.metrics[r.metric][0].name for r in brief.read if r.metric in registry.metrics
    }
    used = owners & set(loaded.case.engines)
    found, left_out = views(used, registry.builtin)
    found = {name: v for name, v in (found | dict(registry.views)).items() if name in used}
    asks: dict[str, tuple[Question, ...]] = {}
    tells: set[str] = set()
    for name in sorted(found):
        try:
            with contained(name):
                asks[name] = _fits(found[name].asks(brief), tuple[Question, ...], "asks")
                tells |= set(getattr(found[name], "tells", lambda _: ())(brief))
        except MultipolarError as fault:
            asks.pop(name, None)
            left_out.append(f"the view of engine {name} is left out: {fault}")
    terms = {q: _term(q, registry) for own in asks.values() for q in own}
    used_views = {name: found[name] for name in asks}
    return Views(brief, used_views, asks, terms, frozenset(tells), tuple(left_out))


def sections_of(asked: Views, answers: Answered) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """Return the sections that views make of the answers, and a sentence for each that failed.

    Sections of one key are one, in which the views follow each other.
    """
    sections: dict[str, Section] = {}
    left_out = list(asked.left_out)
    for name, view in asked.views.items():
        try:
            with contained(name):
                given = {q: _answered(asked.terms[q], answers) for q in asked.asks[name]}
                shown = view.show(asked.brief, api.Answers(given))
                _fits(shown, tuple[Section, ...], "show")
            odd = next((s.key for s in shown if not KEY.fullmatch(s.key)), None)
            if odd is not None:
                raise EngineError(f"{odd!r} is no key of a section: four small letters or more")
        except MultipolarError as fault:
            left_out.append(f"the view of engine {name} is left out: {fault}")
            continue
        for s in shown:
            first = sections.get(s.key)
            sections[s.key] = s if first is None else _joined(first, s)
    return tuple(sections.values()), tuple(left_out)


def _joined(first: Section, second: Section) -> Section:
    items, rows = first.items + second.items, first.rows + second.rows
    return Section(first.key, first.title, first.lead, items, rows, first.short)


def _fits(value: Any, kind: Any, at: str) -> Any:
    wrong = unlike(value, kind, at)
    if wrong:
        raise EngineError(wrong)
    return value


def brief_of(loaded: Loaded, registry: Registry) -> Brief:
    """Return what views may know of a case."""
    scenarios = {name: compose(name, loaded.scenarios) for name in loaded.scenarios}
    return Brief(
        registry.world,
        tuple(loaded.case.engines),
        scenarios,
        {n: resolve(s, registry.world).measures for n, s in scenarios.items()},
        tuple(_read(registry, metric, where) for metric, where in _places(loaded)),
    )


def _places(loaded: Loaded) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every metric the case's tests read, with its place, rivals and bases too."""
    for claim in loaded.case.claims:
        for leaf in leaves(claim.test):
            if leaf.metric is not None:
                yield leaf.metric, leaf.where
            for at in leaf.slots()[1:]:
                metric = at.metric or leaf.metric
                if metric is not None:
                    yield metric, {k: v for k, v in at.where.items() if v is not None}


def _read(registry: Registry, name: str, where: Mapping[str, Any]) -> Read:
    if name not in registry.metrics:
        return Read(name)
    metric = registry.metrics[name][1]
    given = {gate.current_name(metric, key): words for key, words in where.items()}
    words = (given[d.name] for d in metric.dims if d.kind == "country" and d.name in given)
    lists = ((w,) if isinstance(w, str) else tuple(w) for w in words)
    return Read(name, tuple(tuple(_code(registry, w) for w in some) for some in lists))


def _code(registry: Registry, word: Any) -> str:
    """Return the code of a state; nothing for a coalition, or a name nobody has."""
    try:
        codes = registry.world.countries_named(str(word))
    except MultipolarError:
        return ""
    return codes[0] if len(codes) == 1 and codes[0] in registry.world.names_index.labels else ""


def _term(question: Question, registry: Registry) -> Term | MultipolarError:
    try:
        engine, metric = registry.find(question.metric)
        place = registry.resolve(metric, dict(question.place), complete=not question.open)
    except MultipolarError as fault:
        return fault
    ask = whole(metric.name, place) if question.open else Ask(metric.name, tuple(place.items()))
    return Term(engine.name, question.scenario, ask)


def _answered(term: Term | MultipolarError, answers: Answered) -> Any:
    """Return a reading, an array, or why there is none."""
    if isinstance(term, MultipolarError):
        return term
    assert term.engine is not None and term.ask is not None
    found = answers.at(term.engine, term.scenario, term.ask)
    if found.missing:
        return found.fault
    return found.central if term.ask.along is None else found.values[0]


__all__ = ["Views", "brief_of", "sections_of", "views_of"]
