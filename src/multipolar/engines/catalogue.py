"""What engines there are, each with what it declares, and which are left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import metadata
from typing import Any

from multipolar.engines.api.contract import VERSION, Coupled, Engine, Metric
from multipolar.engines.contained import contained
from multipolar.engines.discovery import GROUP
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
    packages = _packages()
    return [
        _row(engine, registry, packages.get(registry.modules.get(name, ""), ("", "")))
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


def _packages() -> Mapping[str, tuple[str, str]]:
    """Return name and version of the package behind each module that is registered."""
    try:
        points = metadata.entry_points(group=GROUP)
    except Exception:  # one package whose list is damaged hides those of all
        return {}
    return {p.module: (p.dist.name, p.dist.version) for p in points if p.dist is not None}


__all__ = ["catalogue", "declaration"]
