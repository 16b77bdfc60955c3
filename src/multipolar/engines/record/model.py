"""The engine ``record``: what the tables say, read like any other engine's outcome.

It solves nothing and has no parameters, so its answers are the same in every draw. A table of
figures by country, year and other words is read by saying its columns (:mod:`~.record.panel`); of
others, a family of metrics is one function that takes the world and declares them, written in a
module of its own and listed in :data:`FAMILIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from multipolar.engines.api.contract import Reference
from multipolar.engines.api.declare import Declared
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.model import Model
from multipolar.engines.record.accounts import gdp, goods
from multipolar.engines.record.coalitions import coalitions
from multipolar.engines.record.covers import covers
from multipolar.engines.record.dated import dated_tables
from multipolar.engines.record.distance import distance
from multipolar.engines.record.facts import facts
from multipolar.engines.record.flows import TABLES, flows
from multipolar.engines.record.listing import PANELS, panels
from multipolar.engines.record.merchandise import merchandise
from multipolar.engines.record.production import production
from multipolar.engines.record.russia import russia
from multipolar.engines.record.trade import energy, minerals
from multipolar.engines.record.votes import votes

if TYPE_CHECKING:
    from multipolar.world import World

Family: TypeAlias = "Callable[[World], tuple[Declared[World], ...]]"
FAMILIES: tuple[Family, ...] = (
    energy,
    minerals,
    production,
    goods,
    gdp,
    votes,
    facts,
    coalitions,
    russia,
    distance,
    merchandise,
    dated_tables,
    flows,
)


@per_world
def declared(world: World) -> tuple[Declared[World], ...]:
    """Return every metric of every family.

    Example:
        >>> from multipolar.world import World
        >>> "votes.agreement" in {d.metric.name for d in declared(World.load())}
        True
    """
    read = (p.declared(world) for p in panels(world).values())
    return (*(d for family in FAMILIES for d in family(world)), *read)


engine: Model[World] = Model(
    name="record",
    title="The record: trade, production, votes, accounts and sourced figures",
    basis="record",
    references=(
        Reference(
            "Gaulier and Zignago, BACI: International Trade Database at the Product-Level, "
            "CEPII Working Paper 2010-23",
            "https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37",
        ),
        Reference(
            "OECD, Inter-Country Input-Output tables",
            "https://www.oecd.org/en/data/datasets/inter-country-input-output-tables.html",
        ),
    ),
    prepare=lambda world, scenario: world,
    solve=lambda world, parameters, inputs: world,  # what is read is the world itself
    metrics=declared,
    covers=covers,
    reads=True,
    tables=frozenset(
        {
            *(p.table for p in PANELS.values()),
            *TABLES,
            "coalitions",
            "distances",
            "energy_trade",
            "facts",
            "io_2022",
            "minerals_trade",
            "production",
            "russia_trade",
            "trade_history",
            "trade_partners",
            "events",
            "tariffs",
            "un_votes",
        }
    ),
    headlines=(("gdp.share", {}), ("votes.count", {"country": "World"})),
)
