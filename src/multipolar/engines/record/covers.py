"""What the tables of the record have figures for: the words of a column, the others as asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from multipolar.engines.api.contract import Dimension, Metric, Scalar, Where
from multipolar.engines.api.coverage import countries_of_accounts
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.memo import per_world
from multipolar.engines.record import coalitions, dated, distance, merchandise, russia
from multipolar.engines.record.flows import NAMED
from multipolar.engines.record.listing import panels
from multipolar.errors import DataError

if TYPE_CHECKING:
    from multipolar.world import World

# the table of each first word, whose columns go by the names of dimensions, but for those renamed
TABLES: Mapping[str, str] = {
    "energy": "energy_trade",
    "minerals": "minerals_trade",
    "production": "production",
    "votes": "un_votes",
    "facts": "facts",
}
OWN = {
    "coalitions": coalitions.covered,
    "distance": distance.covered,
    "merchandise": merchandise.covered,
    "russia": russia.covered,
    "events": dated.covered,
    "tariffs": dated.covered,
}
COLUMNS = {("votes", "partner"): "country"}
GONE = "missing_partner"  # the quality of a flow that is known to exist and is not on record


def covers(world: World, metric: Metric, dim: Dimension, where: Where) -> Sequence[Scalar] | None:
    """Say which words of a dimension have rows where the others are as asked.

    Example:
        >>> from multipolar.world import World
        >>> world, metric = World.load(), Metric("production.share", (), "percent", "")
        >>> cobalt = {"commodity": "cobalt", "country": "COD"}
        >>> covers(world, metric, Dimension("year", "year"), cobalt)[-1]
        2024
    """
    if metric.name in panels(world):
        return panels(world)[metric.name].covers(world, dim, where)
    if metric.name in NAMED:
        return NAMED[metric.name].covers(world, dim, where)
    word = metric.name.partition(".")[0]
    if word in ("goods", "gdp"):
        return countries_of_accounts(world) if dim.kind == "country" else None
    if word in OWN:
        return OWN[word](world, dim, where)
    if word not in TABLES:
        return None
    given = {d: tuple(v) if isinstance(v, (list, tuple)) else (v,) for d, v in where.items()}
    if word == "votes" and dim.kind == "year":
        return tuple(sorted({int(d[:4]) for d in world.table(TABLES[word])["date"]}))
    rest = sorted((d, v) for d, v in given.items() if d != dim.name and EVERYBODY not in v)
    return _words(world, word, dim.name, tuple(rest))


@per_world
def _words(
    world: World, word: str, dim: str, given: tuple[tuple[str, tuple[Scalar, ...]], ...]
) -> tuple[Scalar, ...] | None:
    rows = _rows(world, word)
    if COLUMNS.get((word, dim), dim) not in rows:
        return None
    for name, words in given:
        column = COLUMNS.get((word, name), name)
        if column in rows and column != COLUMNS.get((word, dim), dim):
            rows = rows[_among(world, rows[column], name, words)]
    return tuple(sorted(rows[COLUMNS.get((word, dim), dim)].unique().tolist()))


@per_world
def _rows(world: World, word: str) -> Any:
    rows = world.table(TABLES[word])
    return rows[rows["quality"] != GONE] if "quality" in rows else rows


def _among(world: World, column: Any, name: str, words: Sequence[Scalar]) -> Any:
    if name == "date":
        return column.str.startswith(tuple(map(str, words)))
    if name == "entity":
        words = [w for word in words for w in (word, *_codes(world, str(word)))]
    return column.isin(words)


def _codes(world: World, name: str) -> Sequence[str]:
    try:
        return world.countries_named(name)
    except DataError:
        return ()
