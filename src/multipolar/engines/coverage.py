"""What a metric has figures for: its years and dates, its states, the words of its choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from multipolar.engines.api.contract import Covering, Dimension, Engine, Metric, Scalar, Where
from multipolar.engines.contained import contained
from multipolar.engines.registry import Registry

Coverage: TypeAlias = "dict[str, tuple[Scalar, ...]]"
TIMES = ("year", "date")
NAMED = 12  # words that are still listed one by one
SPANS = 6  # runs of years that are


def labels(
    registry: Registry, engine: Engine, metric: Metric, dim: Dimension, where: Where
) -> tuple[Scalar, ...] | None:
    """Return the words of a dimension that have figures, the others as asked; None if not known.

    Nothing is solved. An engine that does not say it is taken at its declaration: the years within
    bounds, the words of a choice.
    """
    if isinstance(engine, Covering):
        with contained(engine.name):
            found = engine.covers(registry.world, metric, dim, where)
        if found is not None:
            return tuple(found)
    if dim.kind == "year" and dim.bounds is not None:
        low, high = map(int, dim.bounds)
        return tuple(range(low, high + 1))
    return dim.values or None


def coverage(
    registry: Registry, engine: Engine, metric: Metric, where: Where | None = None
) -> Coverage:
    """Return the words that have figures by dimension, for those of which it is known.

    Args:
        registry: engines and world.
        engine: whose metric it is.
        metric: what is read.
        where: what is asked of the other dimensions; each is left free in turn.

    Example:
        >>> from multipolar.world import World
        >>> registry = Registry.default(World.load())
        >>> found = coverage(registry, *registry.find("governance.estimate"))
        >>> found["year"][0], found["year"][-1], len(found["country"])
        (1996, 2024, 213)
    """
    found: Coverage = {}
    for dim in metric.dims:
        others = {k: v for k, v in (where or {}).items() if k != dim.name}
        words = labels(registry, engine, metric, dim, others)
        if words is not None:
            found[dim.name] = words
    return found


def places(metric: Metric, found: Coverage) -> int:
    """Return of how many states, pairs or names there are figures: the most along a dimension."""
    kinds = {d.name: d.kind for d in metric.dims}
    return max((len(w) for d, w in found.items() if kinds.get(d) in ("country", "text")), default=0)


def when(metric: Metric, found: Coverage) -> str:
    """Return the years or dates there are figures for; where it takes none, as of when they are."""
    spans = [spelt(metric.dim(d), w) for d, w in found.items() if metric.dim(d).kind in TIMES and w]
    return ", ".join(spans) or metric.as_of


def spelt(dim: Dimension, words: Sequence[Scalar], most: int = NAMED) -> str:
    """Write the words of a dimension as short as it goes: years as spans, many as their number.

    Example:
        >>> spelt(Dimension("year", "year"), (1996, 1998, 2000, 2001, 2002))
        '1996, 1998, 2000-2002'
        >>> spelt(Dimension("country", "country"), ("CHN", "IND", "RUS"), most=2)
        '3 places'
    """
    if not words:
        return "none"
    if dim.kind == "year":
        return _years([int(w) for w in words])
    if dim.kind == "date":
        few = len(words) <= most
        return ", ".join(map(str, words)) if few else f"{words[0]} to {words[-1]} ({len(words)})"
    if len(words) <= most:
        return ", ".join(map(str, words))
    return f"{len(words)} {'places' if dim.kind == 'country' else 'words'}"


def _years(years: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][1] + 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    if len(runs) > SPANS:
        return f"{runs[0][0]}-{runs[-1][1]} with gaps ({len(years)} years)"
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def told(metric: Metric, found: Mapping[str, Sequence[Scalar]], most: int = NAMED) -> str:
    """Write a coverage on one line: ``year 2019-2024; country 180 places``."""
    parts = [f"{d} {spelt(metric.dim(d), w, most)}" for d, w in found.items() if w]
    return "; ".join(parts)


def as_json(metric: Metric, found: Coverage) -> dict[str, Any]:
    """Return a coverage as JSON can hold it, choices left out: they are declared."""
    return {d: list(w) for d, w in found.items() if metric.dim(d).kind != "choice"}


__all__ = ["Coverage", "as_json", "coverage", "labels", "places", "spelt", "told", "when"]
