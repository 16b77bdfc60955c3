"""A world ready to be read: what the record has in the place of a solved scenario."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from multipolar.engines.api.contract import Reading
from multipolar.engines.api.gate import admit
from multipolar.engines.record.entry import Entry, Family, Place
from multipolar.errors import EngineError, nearest

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World


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
