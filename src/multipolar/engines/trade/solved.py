"""A scenario before it is solved, and after."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from multipolar.engines.api.contract import Source
from multipolar.engines.trade.data import Table
from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import Shock, purchases
from multipolar.engines.trade.measures import CoupledCosts
from multipolar.numerics.arrays import Floats


@dataclass(frozen=True)
class Prepared:
    """A scenario on a table, ready for any parameters; ``thetas`` has shape (sets, J)."""

    table: Table
    shock: Shock
    scenario: str
    sets: tuple[str, ...]
    thetas: Floats
    sources: tuple[Source, ...]
    note: str
    due: tuple[str, ...] = ()  # metrics of other engines that it still lacks
    costs: CoupledCosts | None = None


@dataclass(frozen=True)
class Solved:
    """A solved scenario: the effects, the elasticities they rest on, and where all is from."""

    table: Table
    effects: Effects
    theta: Floats
    sources: tuple[Source, ...]
    note: str

    @cached_property
    def mean_theta(self) -> float:
        """Trade elasticity, by what crosses borders."""
        abroad = (1 - np.einsum("jnn->jn", self.table.economy.share)) * purchases(
            self.table.economy
        )
        return float(abroad.sum(axis=1) @ self.theta / abroad.sum())
