"""The engine ``record``: what the tables say, read like any other engine's outcome.

It solves nothing and has no parameters, so its answers are the same in every draw. A family of
metrics is one function that takes the world and returns entries: a metric with its two readers.
To add one, write it in its own module and list it in :data:`FAMILIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import xarray as xr

from multipolar.engines.api.contract import Basis, Metric, Outcome, Parameter, Reading, Reference
from multipolar.engines.api.gate import admit
from multipolar.engines.record.accounts import gdp, goods
from multipolar.engines.record.entry import Entry, Family, Place
from multipolar.engines.record.facts import facts
from multipolar.engines.record.panels import governance, production
from multipolar.engines.record.trade import energy, minerals
from multipolar.engines.record.votes import votes
from multipolar.errors import EngineError, nearest
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
class Prepared:
    """A world ready to be read; tables are indexed when a metric first needs them."""

    world: World
    scenario: str
    families: tuple[Family, ...]

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Every metric with its readers, by name."""
        return {e.metric.name: e for family in self.families for e in family(self.world)}

    def __getstate__(self) -> dict[str, Any]:
        # another process reads the tables it needs itself
        return {"world": self.world, "scenario": self.scenario, "families": self.families}

    def entry(self, metric: str) -> Entry:
        """Return a metric's entry, or say which name is nearest."""
        if metric not in self.entries:
            raise EngineError(f"no metric {metric!r}", hint=nearest(metric, self.entries))
        return self.entries[metric]

    def scalar(self, metric: str, where: Place) -> Reading:
        """Read one number, word or date."""
        entry = self.entry(metric)
        return entry.scalar(admit(entry.metric, where, complete=True))

    def labelled(self, metric: str, where: Place) -> xr.DataArray:
        """Read an array over the dimensions left open."""
        entry = self.entry(metric)
        return entry.labelled(admit(entry.metric, where, complete=False))


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
            >>> "votes.agreement" in {m.name for m in engine.metrics(World.load())}
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
            >>> outcome = engine.solve(engine.prepare(World.load(), BASELINE), {})
            >>> where = {"country": "IND", "resolution": "A/RES/ES-11/1"}
            >>> outcome.read("votes.choice", where).value
            'abstain'
        """
        return Outcome(self.name, prepared.scenario, prepared.scalar, prepared.labelled)


engine = RecordEngine()

__all__ = ["FAMILIES", "Prepared", "RecordEngine", "engine"]
