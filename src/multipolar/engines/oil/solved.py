"""A scenario ready to be read: each year is solved when a metric first asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from multipolar.engines.api import Metric, Place, Source
from multipolar.engines.api.memo import Memo
from multipolar.engines.api.reader import joined
from multipolar.engines.oil.changes import Changes
from multipolar.engines.oil.data import CPC, DRUZHBA, LATEST, PACIFIC, RUSSIA, Tables
from multipolar.engines.oil.kernel import State, residual, solve
from multipolar.engines.oil.network import BENCHMARK, Made, make
from multipolar.numerics.arrays import Floats

DAYS = 365
OWN_RENT = (PACIFIC, DRUZHBA, CPC, "Hormuz")  # what is scarce there belongs to the seller


@dataclass(frozen=True)
class Prepared:
    """A scenario on the tables, ready for any parameters."""

    tables: Tables
    changes: Changes
    year: int
    horizon: str
    sources: tuple[Source, ...]
    note: str


@dataclass(frozen=True)
class Year:
    """A year solved, by state, in the order of the tables' codes.

    Attributes:
        made, state: the network and what solves it.
        flow: from seller to buyer, what is kept on the diagonal, shape (C, C), mb/d.
        paid: what sellers get for it, rents of their own ways included, (C, C), USD bn a year.
        head: well-head price, shape (C,), USD a barrel; nan where nothing is pumped.
        market: price in the port of loading, the same.
        landed: mean price of what a state uses, the same; nan where nothing is bought.
        brent: USD a barrel.
        rent: of each capacity by name, USD a barrel.
    """

    made: Made
    state: State
    flow: Floats
    paid: Floats
    head: Floats
    market: Floats
    landed: Floats
    brent: float
    rent: Mapping[str, float]


def year_of(made: Made, state: State) -> Year:
    """Lay out by state what solves a network."""
    base, n = made.base, made.network
    C = len(base.codes)
    seller, buyer = base.seller[made.arcs], base.buyer[made.arcs]
    flow, paid = np.zeros((C, C)), np.zeros((C, C))
    np.add.at(flow, (seller, buyer), state.flow)
    own = np.array([name.startswith(OWN_RENT) for name in made.groups], dtype=float)
    price = state.head[n.seller] + (own * state.rent) @ n.member
    np.add.at(paid, (seller, buyer), state.flow * price * DAYS / 1000)
    head, landed = np.full(C, np.nan), np.full(C, np.nan)
    head[made.sellers] = state.head
    market = head.copy()
    market[base.codes.index(RUSSIA)] += state.wedge
    spent = np.bincount(made.buyers, state.demand * state.price, C)
    used = np.bincount(made.buyers, state.demand, C)
    np.divide(spent, used, landed, where=used > 0)
    at = [base.codes.index(c) for c in BENCHMARK]
    before = base.brent * base.grade[at]
    brent = base.brent + float(np.mean(head[at] - before))
    rent = dict(zip(made.groups, state.rent.tolist(), strict=True))
    return Year(made, state, flow, paid, head, market, landed, brent, rent)


@dataclass(frozen=True)
class Solved:
    """A scenario and one value for each parameter."""

    prepared: Prepared
    parameters: Mapping[str, float]
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)

    def year(self, year: int) -> Year:
        """Return a year solved.

        Raises:
            DataMissing: the tables do not reach it.
            Infeasible: a state is left without a seller.
            NotConverged: prices were not found.
        """
        return self.memo.once(year, lambda: self._year(year))

    def _year(self, year: int) -> Year:
        p = self.prepared
        base, changes = p.tables.of(year), p.changes.in_force(year)
        made = make(
            p.tables, base, self.parameters, p.horizon, changes, fleet_year=max(year, base.year)
        )
        return year_of(made, solve(made.network))

    @property
    def residual(self) -> float:
        """How far the scenario's year is from solved, told apart from the solver."""
        found = self.year(self.prepared.year)
        return residual(found.made.network, found.state)

    @property
    def iterations(self) -> int:
        """Steps its solution took."""
        return self.year(self.prepared.year).state.iterations

    @property
    def message(self) -> str:
        """What is to be known of the scenario's year."""
        return self.remarks(self.prepared.year)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Who stands behind the tables."""
        return self.prepared.sources

    @property
    def through(self) -> str:
        """The end of the last year that has figures."""
        return f"{LATEST}-12-31"

    @property
    def countries(self) -> tuple[str, ...]:
        """Codes that the tables tell apart."""
        return self.prepared.tables.codes

    known = countries

    @property
    def defaults(self) -> dict[str, int]:
        """What stands for a year that is left out."""
        return {"year": self.prepared.year}

    def remarks(self, year: int) -> str:
        """Return how the scenario was read, and which measures are idle in a year."""
        stands = f"Flows of {LATEST} stand for {year}." if year > LATEST else ""
        if year >= LATEST:
            stands = joined(stands, f"Output is that of {LATEST - 1}, the last published.")
        regime = self.year(year).state.regime
        ways = {
            "own fleet": "Russia's western ports ship above the cap, by its own fleet.",
            "both": "Russia's western ports ship by its own fleet and, under the cap, by others.",
            "below the cap": "Russia's crude is below the cap.",
        }
        return joined(
            self.prepared.note, stands, ways.get(regime, ""), *self.prepared.changes.idle(year)
        )

    def note(self, metric: Metric, at: Place) -> str:
        """Return the note for the year read."""
        return self.remarks(int(at.get("year", self.prepared.year)))
