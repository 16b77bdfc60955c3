"""What there are figures for: states of a table, and whether it has those that a place names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from multipolar.engines.api.contract import Dimension, Metric
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import some
from multipolar.errors import DataMissing

if TYPE_CHECKING:
    from multipolar.policy import Scenario
    from multipolar.world import World

ACCOUNTS = "io_2022"
REST = "ROW"  # the rest of the world: part of every total, never a country of its own
# of a world and a scenario: what raises DataMissing for a metric at a complete place
Lacks: TypeAlias = "Callable[[World, Scenario], Callable[[Metric, Mapping[str, Any]], None]]"


def named(metric: Metric, place: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the states that a place names, by dimension."""
    return {
        d.name: tuple(map(str, word if isinstance(word := place[d.name], tuple) else (word,)))
        for d in metric.dims
        if d.kind == "country" and d.name in place
    }


def told_apart(
    metric: Metric, place: Mapping[str, Any], known: Collection[str], table: str, hint: str
) -> None:
    """Refuse a place of whose states, in one of its dimensions, a table knows none.

    Raises:
        DataMissing: it does; or everybody is named where one is due.

    Example:
        >>> from multipolar.engines.api import Dimension
        >>> size = Metric("toy.size", (Dimension("country", "country"),), "t", "size", "sum")
        >>> told_apart(size, {"country": ("DEU", "LIE")}, {"DEU"}, "the table", "")
        >>> told_apart(size, {"country": "LIE"}, {"DEU"}, "the table", "name Germany")
        Traceback (most recent call last):
        multipolar.errors.DataMissing: LIE: not told apart in the table. Hint: name Germany
    """
    for name, codes in named(metric, place).items():
        if EVERYBODY in codes:
            if not metric.takes_many(metric.dim(name)):
                raise DataMissing(f"{name}: the world has no value here", hint="name one")
        elif not set(codes) & set(known):
            raise DataMissing(f"{some(codes)}: not told apart in {table}", hint=hint)


@per_world
def countries_of(world: World, table: str) -> frozenset[str]:
    """Return the codes of the countries that an input-output table tells apart."""
    return frozenset(map(str, world.table(table)["country"].values))


@per_world
def countries_of_accounts(world: World) -> tuple[str, ...]:
    """Return the codes of the states that the input-output table tells apart, sorted.

    Example:
        >>> from multipolar.world import World
        >>> len(countries_of_accounts(World.load()))
        80
    """
    return tuple(sorted(countries_of(world, ACCOUNTS) - {REST}))


def of_accounts(world: World, dim: Dimension) -> tuple[str, ...] | None:
    """Say what an engine covers whose states are those of the input-output table."""
    return countries_of_accounts(world) if dim.kind == "country" else None


def by_table(table: str, hint: str = "it has 80 countries and the rest of the world") -> Lacks:
    """Return what says that an engine covers the countries of an input-output table."""

    def lacks(world: World, scenario: Scenario) -> Callable[[Metric, Mapping[str, Any]], None]:
        def covered(metric: Metric, place: Mapping[str, Any]) -> None:
            told_apart(metric, place, countries_of(world, table), f"the table {table}", hint)

        return covered

    return lacks


__all__ = [
    "Lacks",
    "by_table",
    "countries_of",
    "countries_of_accounts",
    "named",
    "of_accounts",
    "told_apart",
]
