"""What engines there are, each with what it declares, and which are left out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import EntryPoint
from typing import Any

from multipolar.engines.api.contract import VERSION, Coupled, Engine, Metric
from multipolar.engines.contained import contained
from multipolar.engines.registry import Registry
from multipolar.errors import MultipolarError
from multipolar.policy import BASELINE, KINDS
from multipolar.policy.examples import scenarios


def catalogue(registry: Registry) -> list[dict[str, Any]]:
    """Return a row for each engine at hand, in their order.

    ``takes`` holds the metrics of other engines that it is handed in the baseline, or where an
    example of any measure is in force, by the engine that gives them.

    Example:
        >>> from multipolar.world import World
        >>> rows = {row["name"]: row for row in catalogue(Registry.default(World.load()))}
        >>> rows["power"]["takes"], rows["record"]["supports"]
        ({'trade': ['trade.real_income']}, [])
    """
    return [
        _row(engine, registry, _package(registry.points.get(name)))
        for name, engine in registry.engines.items()
    ]


def declaration(engine: Engine, metric: Metric) -> dict[str, Any]:
    """Return what an engine declares of a metric."""
    return {
        "name": metric.name,
        "engine": engine.name,
        "basis": metric.basis or engine.basis,
        "unit": metric.unit,
        "description": metric.description,
        "aggregate": metric.aggregate,
        "dimensions": [
            {
                "name": d.name,
                "kind": d.kind,
                "required": d.required,
                "many": metric.takes_many(d),
                "values": list(d.values),
                "description": d.description,
            }
            for d in metric.dims
        ],
    }


def _row(engine: Engine, registry: Registry, package: tuple[str, str]) -> dict[str, Any]:
    takes: dict[str, list[str]] = {}
    for metric in sorted(set(_taken(engine, registry))):
        with suppress(MultipolarError):
            takes.setdefault(registry.find(metric)[0].name, []).append(metric)
    with contained(engine.name):
        return {
            "name": engine.name,
            "title": engine.title,
            "package": package[0],
            "version": package[1],
            "api": getattr(engine, "api", VERSION),
            "basis": engine.basis,
            "supports": sorted(map(str, engine.supports)),
            "metrics": len(engine.metrics(registry.world)),
            "parameters": len(engine.parameters(registry.world)),
            "takes": takes,
        }


def _taken(engine: Engine, registry: Registry) -> Iterator[str]:
    """Yield the metrics it takes; a scenario that it does not read gives none."""
    if not isinstance(engine, Coupled):
        return
    for scenario in (BASELINE, *(s for kind in KINDS for s in scenarios(kind))):
        with suppress(MultipolarError), contained(engine.name):
            yield from [need.metric for need in engine.takes(registry.world, scenario)]


def _package(point: EntryPoint | None) -> tuple[str, str]:
    """Return the package an engine is from, and its version."""
    if point is None or point.dist is None:
        return ("", "")
    return (str(point.dist.name), str(point.dist.version))


__all__ = ["catalogue", "declaration"]
