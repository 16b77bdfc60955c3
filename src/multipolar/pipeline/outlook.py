"""What each scenario of a case does, country by country, whether or not a claim asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from multipolar.claims.load import Loaded
from multipolar.engines.api.contract import Engine, Metric
from multipolar.engines.coupling import trace
from multipolar.engines.registry import Registry
from multipolar.errors import EngineError, ScenarioError
from multipolar.pipeline.asks import Answered, Ask, Term, whole
from multipolar.policy import ResolvedScenario, Scenario, compose, resolve

LOW, HIGH = 0.05, 0.95  # of the draws


@dataclass(frozen=True, slots=True)
class Band:
    """A value at the central parameters, and what nine draws in ten lie between."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Outlook:
    """The first headline of one engine under one scenario, by country.

    Attributes:
        scenario: as written, with its bases composed.
        senders, targets: codes of those that act and those acted on.
        bands: by country code, over the draws that gave them.
        draws, failed: how many there were, and how many of them gave nothing.
        note: horizon and what else a reader should know.
    """

    scenario: Scenario
    senders: tuple[str, ...]
    targets: tuple[str, ...]
    engine: Engine
    metric: Metric
    bands: Mapping[str, Band]
    draws: int
    source: str
    note: str
    failed: int = 0


def outlook_terms(loaded: Loaded, registry: Registry, told: Collection[str] = ()) -> list[Term]:
    """Return one term for each scenario and each engine that answers all of it, by country.

    An engine may have measures read by those it takes from; where one of those has an outlook,
    that is the one given. A scenario without measures is the world as it is and has none; one that
    is ``told`` by an engine's view has none of an engine that leaves a part of it to others.
    """
    asked = registry.shown if registry.asked is None else sorted(registry.asked)
    names = [name for name in asked if name in registry.engines]
    headlines = {name: _headline(registry.engines[name], registry) for name in names}
    found = []
    for name in loaded.scenarios:
        scenario = compose(name, loaded.scenarios)
        for engine, headline in headlines.items():
            if not scenario.measures or headline is None:
                continue
            try:
                step = trace(registry, engine, scenario)
            except (EngineError, ScenarioError):
                continue
            through = len(step.read.measures) < len(scenario.measures)
            if through and name in told:
                continue
            if not step.left and not any(map(headlines.get, step.engines[1:])):
                found.append(Term(engine, name, Ask(headline.name, (), along="country")))
    return found


def _headline(engine: Engine, registry: Registry) -> Metric | None:
    """Return the engine's first headline metric whose one dimension is the country."""
    for name, where in engine.headlines:
        _, metric = registry.find(name)
        if not where and [d.name for d in metric.dims] == ["country"]:
            return metric if engine.supports else None
    return None


def outlooks(
    terms: Sequence[Term],
    answers: Answered,
    loaded: Loaded,
    registry: Registry,
) -> tuple[Outlook, ...]:
    """Return the outlook of each term that was answered, in the order of the case's file."""
    found = []
    for term in terms:
        drawn = answers.terms[term]
        if term.ask is None or term.engine is None or not drawn.values:
            continue
        scenario = compose(term.scenario, loaded.scenarios)
        resolved = resolve(scenario, registry.world)
        rows = [v for v in drawn.known if isinstance(v, Mapping)]
        array: Any = answers.at(term.engine, term.scenario, whole(term.ask.metric, {})).values[0]
        engine, metric = registry.find(term.ask.metric)
        central = {str(k): float(v) for k, v in array.to_series().items()}
        found.append(
            Outlook(
                scenario=scenario,
                senders=_named(resolved, "senders"),
                targets=_named(resolved, "third_parties", "targets"),
                engine=engine,
                metric=metric,
                bands={c: _band(v, [row[c] for row in rows]) for c, v in central.items()},
                draws=len(drawn.values),
                source=str(array.attrs.get("source", "")),
                note=str(array.attrs.get("note", "")),
                failed=drawn.failed,
            )
        )
    return tuple(found)


def _band(value: float, drawn: Sequence[float]) -> Band:
    low, high = np.quantile(np.array(drawn, float), (LOW, HIGH))
    return Band(value, float(low), float(high))


def parties(resolved: ResolvedScenario) -> tuple[str, ...]:
    """Return the codes of all that act in a scenario's measures, or are acted on, once."""
    found = (*_named(resolved, "senders"), *_named(resolved, "third_parties", "targets"))
    return tuple(dict.fromkeys(found))


def _named(resolved: ResolvedScenario, *fields: str) -> tuple[str, ...]:
    """Return the codes in the first of the fields that each measure has, in order, once."""
    codes = []
    for measure in resolved.measures:
        field = next((f for f in fields if f in measure), None)
        codes += list(measure[field]) if field else []
    return tuple(dict.fromkeys(codes))
