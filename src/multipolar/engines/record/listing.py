"""Every table that is read by saying its columns: the modules of this package that have some."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from multipolar.engines.api.memo import per_world
from multipolar.engines.record import economy, markets, official, society, war
from multipolar.engines.record.counts import Count
from multipolar.engines.record.panel import WORLD_ROW, Panel

if TYPE_CHECKING:
    from multipolar.world import World

MODULES: tuple[ModuleType, ...] = (
    economy,
    markets,
    society,
    war,
    official,
)
PANELS: Mapping[str, Panel | Count] = {p.name: p for m in MODULES for p in m.PANELS}


@per_world
def panels(world: World) -> Mapping[str, Panel | Count]:
    """Return those of the tables that a world has, and of the tables of its case, by name."""
    own = {name: _own(world, name) for name in world.own}
    return {**{n: p for n, p in PANELS.items() if p.table in world.names}, **own}


def _own(world: World, name: str) -> Panel:
    """Return how a table of a case is read; the world is its row for it, or the sum of all."""
    table = world.own[name]
    unit, value = table.info.field("value").unit, table.frame["country"]
    whole = "row" if (value == WORLD_ROW).any() else "sum" if table.aggregate == "sum" else "none"
    return Panel(
        name,
        name,
        {"country": "whose", "year": ""},
        unit,
        table.info.title,
        table.aggregate,
        whole=whole,  # type: ignore[arg-type]
        years_add=table.aggregate == "sum",
        note="The case's own table.",
    )
