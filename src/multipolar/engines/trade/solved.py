"""A scenario before it is solved, and after."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from multipolar.engines.api.contract import Code, Dimension, Metric, Source
from multipolar.engines.api.declare import Place
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.reader import joined
from multipolar.engines.trade.data import REST, Table
from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.inforce import Schedule
from multipolar.engines.trade.kernel import Shock, purchases
from multipolar.engines.trade.measures import positions
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats
from multipolar.policy import GROUPS


@dataclass(frozen=True)
class Prepared:
    """A scenario on a table, ready for any parameters.

    Attributes:
        table: the economy before.
        shock: what the measures change.
        sets: names of the elasticity sets; ``thetas`` their values, shape (sets, J).
        sources: rows behind every reading.
        note: how the scenario was read.
        schedule: tariffs in force by year, which it can start from.
    """

    table: Table
    shock: Shock
    sets: tuple[str, ...]
    thetas: Floats
    sources: tuple[Source, ...]
    note: str
    schedule: Schedule = field(default_factory=Schedule)


@dataclass(frozen=True)
class Solved:
    """A solved scenario: the effects, the elasticities they rest on, and where all is from.

    Attributes:
        table: the economy before.
        effects: what the measures did.
        theta: trade elasticities, shape (J,).
        sources: rows behind every reading.
        remark: how the scenario was read and solved.
    """

    table: Table
    effects: Effects
    theta: Floats
    sources: tuple[Source, ...]
    remark: str

    @property
    def through(self) -> str:
        """The end of the year that the input-output table is of."""
        return f"{self.table.name[-4:]}-12-31"

    @cached_property
    def mean_theta(self) -> float:
        """Trade elasticity, by what crosses borders."""
        abroad = (1 - np.einsum("jnn->jn", self.table.economy.share)) * purchases(
            self.table.economy
        )
        return float(abroad.sum(axis=1) @ self.theta / abroad.sum())

    @property
    def status(self) -> Code:
        """Whether there is an equilibrium, and it was reached."""
        if self.effects.after.converged:
            return "converged"
        return "infeasible" if self.effects.after.culprits else "not converged"

    @property
    def message(self) -> str:
        """Why there is no equilibrium, in the table's words; else how it was solved."""
        after, table = self.effects.after, self.table
        if not after.culprits:
            return after.message or self.remark
        named = [
            table.countries[n] if j is None else f"{table.sectors[j]} to {table.countries[n]}"
            for j, n in after.culprits[:6]
        ]
        more = len(after.culprits) - len(named)
        return f"{after.message}: {', '.join(named)}" + (f" and {more} more" if more else "")

    @property
    def residual(self) -> float:
        """Largest violation of an equation, relative."""
        return self.effects.after.residual

    @property
    def iterations(self) -> int:
        """Evaluations of the whole system."""
        return self.effects.after.sweeps

    def positions(self, dim: Dimension, value: object) -> list[int]:
        """Return the positions in the table that the words of a dimension stand for.

        Raises:
            DataMissing: the table tells none of the countries apart.
        """
        words = _words(value)
        if dim.name == "sector":
            codes = {c for w in words or ("all",) for c in GROUPS.get(w, (w,))}
            return [k for k, c in enumerate(self.table.sectors) if c in codes]
        if not words or EVERYBODY in words:
            return list(range(len(self.table.countries)))
        places = positions(words, self.table)
        if not places:
            raise DataMissing(
                f"{', '.join(words[:5])}: not told apart in the table {self.table.name}",
                hint="it has 80 countries and the rest of the world",
            )
        return places

    def note(self, metric: Metric, at: Place) -> str:
        """Say how it was solved, and which of the countries asked for are not in the table."""
        sides = [_words(at.get(d.name)) for d in metric.dims if d.kind == "country"]
        return joined(self.remark, *(_left_out(words, self.table) for words in sides))


def _words(value: object) -> tuple[str, ...]:
    """Return what is asked for as a tuple; empty if nothing is."""
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def _left_out(words: tuple[str, ...], table: Table) -> str:
    gone = sorted(set(words) - set(table.countries))
    if not gone or EVERYBODY in words or REST in words:
        return ""
    return f"Not in the table: {', '.join(gone[:6])}."
