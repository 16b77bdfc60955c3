"""What there are figures for, as engines say it without solving anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multipolar.engines.api.contract import Dimension
from multipolar.engines.api.coverage import countries_of
from multipolar.engines.api.memo import per_world

if TYPE_CHECKING:
    from multipolar.world import World

ACCOUNTS = "io_2022"
REST = "ROW"  # the rest of the world: part of every total, never a country of its own


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
