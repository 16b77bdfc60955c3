"""Engines solved at central values on the shipped tables, and their metrics read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from multipolar.engines import Outcome, Registry
from multipolar.policy import BASELINE, Scenario
from multipolar.world import World
from validation import ROOT


@cache
def world() -> World:
    """The shipped tables, whatever the user has added."""
    return World.load(ROOT / "src" / "multipolar" / "world" / "data")


def scenario(*measures: Mapping[str, Any], **more: Any) -> Scenario:
    """Return a scenario of these measures; the baseline if there are none."""
    if not measures:
        return BASELINE
    return Scenario.model_validate({"name": "asked", "measures": list(measures), **more})


def central(engine: Any, **changed: float) -> dict[str, float]:
    """Return an engine's parameters at their central values, some of them changed."""
    return {p.name: p.value for p in engine.parameters(world())} | changed


def solved(engine: Any, asked: Scenario = BASELINE, **changed: float) -> Outcome:
    """Solve an engine alone, without what it would take from others."""
    found: Outcome = engine.solve(engine.prepare(world(), asked), central(engine, **changed))
    return found


@cache
def _registry() -> Registry:
    return Registry.default(world())


def value(outcome: Outcome, name: str, /, **where: Any) -> float:
    """Return a metric of a solved engine.

    Raises:
        DataMissing: the tables do not say.

    Example:
        >>> from multipolar.engines.power import engine
        >>> round(value(solved(engine), "power.aid_ratio", country="Ukraine", opponent="Russia"))
        92
    """
    metric = _registry().find(name)[1]
    return float(outcome.read(metric.name, _registry().resolve(metric, where, complete=True)).value)
