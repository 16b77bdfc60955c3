"""The engine ``record``: what the tables say, read like any other engine's outcome.

It solves nothing and has no parameters, so its answers are the same in every draw. A family of
metrics is one function that takes the world and returns entries: a metric with its two readers.
To add one, write it in its own module and list it in :data:`FAMILIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multipolar.engines.api.contract import Basis, Metric, Outcome, Parameter, Reference
from multipolar.engines.record.accounts import gdp, goods
from multipolar.engines.record.entry import Entry, Family
from multipolar.engines.record.facts import facts
from multipolar.engines.record.panels import governance, production
from multipolar.engines.record.solved import Prepared
from multipolar.engines.record.trade import energy, minerals
from multipolar.engines.record.votes import votes
from multipolar.policy import check_supported

if TYPE_CHECKING:
    from multipolar.policy import Scenario
    from multipolar.world import World

FAMILIES: tuple[Family, ...] = (
    energy,
    minerals,
    production,
    governance,
    goods,
    gdp,
    votes,
    facts,
)


@dataclass(frozen=True)
class RecordEngine:
    """Reads metrics from the world's tables; keeps :class:`~multipolar.engines.Engine`."""

    families: tuple[Callable[[World], tuple[Entry, ...]], ...] = FAMILIES
    name: str = "record"
    title: str = "The record: trade, production, votes, accounts and sourced figures"
    basis: Basis = "record"
    references: tuple[Reference, ...] = (
        Reference(
            "Gaulier and Zignago, BACI: International Trade Database at the Product-Level, "
            "CEPII Working Paper 2010-23",
            "https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37",
        ),
        Reference(
            "OECD, Inter-Country Input-Output tables",
            "https://www.oecd.org/en/data/datasets/inter-country-input-output-tables.html",
        ),
    )
    supports: frozenset[str] = frozenset()
    headlines: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("gdp.share", {}),
        ("votes.count", {"country": "World"}),
    )

    def parameters(self, world: World) -> tuple[Parameter, ...]:
        """Return nothing: the record has no parameters."""
        return ()

    def metrics(self, world: World) -> tuple[Metric, ...]:
        """Return every metric of every family.

        Example:
            >>> from multipolar.world import World
            >>> "votes.agreement" in {m.name for m in RecordEngine().metrics(World.load())}
            True
        """
        return tuple(e.metric for family in self.families for e in family(world))

    def prepare(self, world: World, scenario: Scenario) -> Prepared:
        """Return the world ready to be read.

        Raises:
            EngineError: the scenario has a measure; the record answers only for what was.
        """
        check_supported(self.name, self.supports, scenario)
        return Prepared(world, scenario.name, self.families)

    def solve(self, prepared: Prepared, parameters: Mapping[str, float]) -> Outcome:
        """Return the record as an outcome.

        Example:
            >>> from multipolar.policy import BASELINE
            >>> from multipolar.world import World
            >>> engine = RecordEngine()
            >>> outcome = engine.solve(engine.prepare(World.load(), BASELINE), {})
            >>> where = {"country": "IND", "resolution": "A/RES/ES-11/1"}
            >>> outcome.read("votes.choice", where).value
            'abstain'
        """
        return Outcome(self.name, prepared.scenario, prepared.scalar, prepared.labelled)
