"""The model's arrays from the world's tables: the economy, and the trade elasticities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multipolar.engines.api.memo import per_world
from multipolar.engines.trade.kernel import Economy
from multipolar.errors import DataError
from multipolar.numerics.arrays import Floats

if TYPE_CHECKING:
    from multipolar.world import World

TABLE = "io_2022"
# that, the rates, and the table of any year that a user may have added
TABLES = frozenset(
    {TABLE, "elasticities", "tariffs", *(f"icio_{year}" for year in range(1900, 2201))}
)
REST = "ROW"
# the elasticity sets of the long run, from the least to the most elastic
SETS = ("boehm", "flat", "fontagne", "caliendo-parro")
AUTHORS = {
    "boehm": "Boehm, Levchenko and Pandalai-Nayar (2023)",
    "flat": "4 throughout, Simonovska and Waugh (2014)",
    "fontagne": "Fontagné, Guimbard and Orefice (2022)",
    "caliendo-parro": "Caliendo and Parro (2015)",
}
HORIZON_SET = "boehm"  # the one source with estimates by horizon


@dataclass(frozen=True, slots=True)
class Table:
    """An input-output table in the kernel's form, with its labels.

    Attributes:
        name: which table of the world it is.
        economy: the arrays; money in USD million.
        countries: ISO codes, and ``ROW`` for the rest of the world; N of them.
        sectors: industry codes; J of them.
    """

    name: str
    economy: Economy
    countries: tuple[str, ...]
    sectors: tuple[str, ...]


def table_name(world: World) -> str:
    """Return the name of the newest inter-country table a user has added, or the shipped one."""
    added = sorted(name for name in world.names if name.startswith("icio_"))
    return added[-1] if added else TABLE


@per_world
def read_table(world: World) -> Table:
    """Return the newest inter-country table a user has added, or else the shipped one.

    Example:
        >>> from multipolar.world import World
        >>> table = read_table(World.load())
        >>> table.economy.share.shape == (50, 81, 81)
        True
    """
    name = table_name(world)
    data = world.table(name)
    labour = data["value_added_share"].values
    economy = Economy(
        share=data["trade_share"].values,
        inputs=data["input_coefficient"].values * (1 - labour).T[:, None, :],
        labour=labour,
        final=data["final_demand_share"].values,
        output=data["output"].values,
        value_added=data["value_added"].values,
        deficit=-data["balance"].values,
    )
    return Table(
        name,
        economy,
        tuple(map(str, data["country"].values)),
        tuple(map(str, data["sector"].values)),
    )


def read_elasticities(
    world: World, sectors: tuple[str, ...], horizon: str
) -> tuple[tuple[str, ...], Floats]:
    """Return the sets of trade elasticities at a horizon, and their values, shape (sets, J).

    In the long run there are four, in the order of :data:`SETS`; at shorter horizons one.

    Raises:
        DataError: an industry of the table has no elasticity.

    Example:
        >>> from multipolar.world import World
        >>> names, theta = read_elasticities(World.load(), ("B06", "C26"), "short")
        >>> names, theta.tolist()
        (('boehm',), [[0.76, 0.76]])
    """
    frame = world.table("elasticities")
    frame = frame[frame["horizon"] == horizon]
    names = SETS if horizon == "long" else (HORIZON_SET,)
    wide = frame.pivot_table(index="set", columns="sector", values="value", sort=False)
    gone = [s for s in sectors if s not in wide.columns]
    if gone:
        raise DataError(
            f"no trade elasticity for industry {gone[0]}",
            hint="the table elasticities has those of the release of 2025",
        )
    return names, np.ascontiguousarray(wide.loc[list(names), list(sectors)].to_numpy(float))
