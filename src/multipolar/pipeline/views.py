"""Sections of the page that engines give: who is asked, what about the case, and what they show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from multipolar.claims.load import Loaded, leaves
from multipolar.engines.api.contract import Outcome, Reading
from multipolar.engines.api.views import Answers, Brief, Question, Read, Section, View
from multipolar.engines.contained import contained
from multipolar.engines.coupling import run, trace
from multipolar.engines.discovery import unlike, views
from multipolar.engines.registry import Registry
from multipolar.errors import EngineError, MultipolarError
from multipolar.policy import compose, resolve

if TYPE_CHECKING:
    import xarray as xr

KEY = re.compile(r"[a-z]{4,20}")
Outcomes: TypeAlias = Mapping[tuple[str, str], Outcome]


@dataclass(frozen=True)
class Views:
    """Views of the engines that a case lists and reads, by engine, and what each wants to know.

    Attributes:
        tells: names of the scenarios that a view shows whole.
        left_out: a sentence for each view that failed.
    """

    brief: Brief
    views: Mapping[str, View] = field(default_factory=dict)
    asks: Mapping[str, tuple[Question, ...]] = field(default_factory=dict)
    tells: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()


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
    return Views(brief, {n: found[n] for n in asks}, asks, frozenset(tells), tuple(left_out))


def sections_of(
    asked: Views, found: Mapping[Question, Reading | xr.DataArray | MultipolarError]
) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """Return the sections that views make of the answers, and a sentence for each that failed.

    Sections of one key are one, in which the views follow each other.
    """
    sections: dict[str, Section] = {}
    left_out = list(asked.left_out)
    for name, view in asked.views.items():
        try:
            with contained(name):
                own = {q: found[q] for q in asked.asks[name]}
                shown = _fits(view.show(asked.brief, Answers(own)), tuple[Section, ...], "show")
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
            for at in (leaf.exceeds, leaf.short_of, leaf.over, leaf.minus):
                metric = (at.metric or leaf.metric) if at is not None else None
                if at is not None and metric is not None:
                    yield metric, at.where


def _read(registry: Registry, name: str, where: Mapping[str, Any]) -> Read:
    if name not in registry.metrics:
        return Read(name)
    words = (where[d.name] for d in registry.metrics[name][1].dims
             if d.kind == "country" and d.name in where)  # fmt: skip
    lists = ((w,) if isinstance(w, str) else tuple(w) for w in words)
    return Read(name, tuple(tuple(_code(registry, w) for w in some) for some in lists))


def _code(registry: Registry, word: Any) -> str:
    """Return the code of a state; nothing for a coalition, or a name nobody has."""
    try:
        codes = registry.world.countries_named(str(word))
    except MultipolarError:
        return ""
    return codes[0] if len(codes) == 1 and codes[0] in registry.world.names_index.labels else ""


def answers_to(
    questions: Sequence[Question], loaded: Loaded, registry: Registry, solved: Outcomes
) -> dict[Question, Reading | xr.DataArray | MultipolarError]:
    """Answer questions at the central parameters: what was solved for the claims is read again.

    Whatever else is needed is solved with all that its engine takes from others.
    """
    outcomes: dict[tuple[str, str], Outcome | MultipolarError] = dict(solved)
    found: dict[Question, Reading | xr.DataArray | MultipolarError] = {}
    for question in dict.fromkeys(questions):
        try:
            engine, metric = registry.find(question.metric)
            key = engine.name, question.scenario
            if key not in outcomes:
                outcomes[key] = _solved(engine.name, question.scenario, loaded, registry)
            outcome = outcomes[key]
            if isinstance(outcome, MultipolarError):
                raise outcome
            place = registry.resolve(metric, dict(question.place), complete=not question.open)
            with contained(engine.name):
                read = outcome.array if question.open else outcome.read
                found[question] = read(metric.name, place)
        except MultipolarError as gap:
            found[question] = gap
    return found


def _solved(
    engine: str, scenario: str, loaded: Loaded, registry: Registry
) -> Outcome | MultipolarError:
    try:
        step = trace(registry, engine, compose(scenario, loaded.scenarios))
        return run(registry, [step]).outcomes[engine]
    except MultipolarError as gap:
        return gap


__all__ = ["Views", "answers_to", "brief_of", "sections_of", "views_of"]
