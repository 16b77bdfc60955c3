"""A scenario's years, solved as they are asked for, and what follows from them by country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from multipolar.engines.api.contract import Metric, Source
from multipolar.engines.api.declare import Place
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.memo import Memo
from multipolar.engines.api.reader import joined, some
from multipolar.engines.gas.calibrate import Base, Known
from multipolar.engines.gas.data import BASE, RUSSIA, Tables
from multipolar.engines.gas.horizon import age_of
from multipolar.engines.gas.kernel import Solution
from multipolar.engines.gas.market import settle, solve_capped
from multipolar.engines.gas.measures import Changes
from multipolar.engines.gas.surplus import welfare
from multipolar.engines.gas.years import FIRST, LAST, OUTLOOK, Year, network_of
from multipolar.errors import EngineError, Infeasible, NotConverged
from multipolar.numerics.arrays import Floats
from multipolar.policy import idle

# years whose demand still answers to the prices of the year before
LAGS = {2023: 2022, 2024: 2023, 2025: 2024, 2026: 2025}


@dataclass(frozen=True)
class Prepared:
    """A scenario on the tables, ready for any parameters; ``year`` is meant where none is named."""

    tables: Tables
    known: Known
    changes: Changes
    scenario: str
    year: int
    sources: tuple[Source, ...]
    note: str


@dataclass(frozen=True)
class Solved:
    """A scenario at one parameter point, with C countries over N nodes."""

    prepared: Prepared
    parameters: Mapping[str, float]
    base: Base
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)

    @property
    def tables(self) -> Tables:
        """The tables it rests on."""
        return self.prepared.tables

    @property
    def sources(self) -> tuple[Source, ...]:
        """Rows behind every reading: the tables."""
        return self.prepared.sources

    @property
    def through(self) -> str:
        """The end of the year it is calibrated on; later ones are the model's."""
        return f"{BASE}-12-31"

    @property
    def defaults(self) -> dict[str, int]:
        """What stands for a dimension left out."""
        return {"year": self.prepared.year}

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """Codes that outcomes are labelled by: the nodes, Russia's parts as one."""
        return tuple(dict.fromkeys(map(country_of, self.tables.codes)))

    @cached_property
    def member(self) -> Floats:
        """Which nodes make up each country, 1 or 0, shape (C, N)."""
        own = np.array([country_of(c) for c in self.tables.codes])
        return np.asarray(own == np.array(self.countries)[:, None], float)

    def network(self, year: int) -> Year:
        """Return a year's network.

        Raises:
            EngineError: the year is not within the model's.
            NotConverged: the year before it has no equilibrium and it hangs on that.
        """
        if not FIRST <= year <= LAST:
            raise EngineError(f"the engine gas has no year {year}", hint=f"{FIRST} to {LAST}")
        return self.memo.once(("network", year), lambda: self._network(year))

    def _network(self, year: int) -> Year:
        base, prepared, before = self.base, self.prepared, None
        if year in LAGS:
            was, now = self.year(LAGS[year])[1].consumption, base.network.demand
            before = np.divide(was, now, np.ones_like(was), where=now > 0)

        def usual() -> Solution:
            plans = replace(prepared.changes, limits=())
            made = network_of(base, prepared.tables, self.parameters, year, plans)
            found = settle(made.network)
            if found.status != "converged":
                raise refusal(self, made, found)
            return found

        known, parameters, changes = prepared.tables, self.parameters, prepared.changes
        return network_of(base, known, parameters, year, changes, before=before, usual=usual)

    def lasting(self, year: int) -> Year:
        """Return a year's network as if what is cut had been cut for long: what is bargained over.

        ``year`` is within the model's.
        """
        made, changes = self.network(year), self.prepared.changes
        if year < OUTLOOK or age_of(changes, year) is None:
            return made
        given = (self.base, self.tables, self.parameters, year, changes)
        return self.memo.once(("lasting", year), lambda: network_of(*given))

    def solution(self, year: int) -> Solution:
        """Return how a year's solution ended, whether or not it is an equilibrium."""
        made = self.network(year)
        return self.memo.once(("solution", year), lambda: solve_capped(made.network, made.capped))

    def year(self, year: int) -> tuple[Year, Solution]:
        """Return a year's network and equilibrium.

        Raises:
            EngineError: the year is not within the model's.
            Infeasible: limits cannot all be kept; they are named.
            NotConverged: the solver did not find an equilibrium.
        """
        made, found = self.network(year), self.solution(year)
        if found.status != "converged":
            raise refusal(self, made, found)
        return made, found

    def failed(self, year: int) -> Solution:
        """Return the solution that a year has no equilibrium for: its own or that it hangs on."""
        if year in LAGS:
            before = self.failed(LAGS[year])
            if before.status != "converged":
                return before
        return self.solution(year)

    def remarks(self, year: int) -> str:
        """Return the note on how the scenario was read, and which measures are idle in a year."""
        moved, measures = self.network(year).moved, self.prepared.changes.measures
        rest = [idle(m, year) for k, m in enumerate(measures) if k not in moved]
        return " ".join((self.prepared.note, *rest))

    def note(self, metric: Metric, at: Place) -> str:
        """Return what to know of a reading: the year's remarks, and whom nodes merge."""
        gone: dict[str, None] = {}
        more: dict[str, None] = {}
        for dim in metric.dims:
            word = at.get(dim.name)
            codes = tuple(map(str, word)) if isinstance(word, tuple) else (str(word),)
            if word is None or EVERYBODY in codes or not metric.takes_many(dim):
                continue
            nodes, others = self.tables.nodes_of(codes)
            held = {m for n, members in self.tables.members if n in nodes for m in (n, *members)}
            gone |= dict.fromkeys(c for c in codes if c not in held)
            more |= dict.fromkeys(others)
        together = (
            f"Counted together with {some(list(more))}: the network does not tell them apart."
        )
        out = f"Without {some(list(gone))}: not apart in the network."
        apart = (
            f"Prices from {OUTLOOK} on follow the outlooks, those before what is known of 2021 and "
            "since: the two do not compare."
        )
        priced = metric.name.endswith("price") and int(at["year"]) >= OUTLOOK
        return joined(
            self.remarks(int(at["year"])),
            apart if priced else "",
            together if more else "",
            out if gone else "",
        )

    def flows(self, year: int, carrier: str) -> Floats:
        """Return what moved from country to country, shape (C, C), bcm a year."""
        return self.memo.once(("flows", year, carrier), lambda: self._flows(year, carrier))

    def _flows(self, year: int, carrier: str) -> Floats:
        made, found = self.year(year)
        n, N = made.network, len(self.tables.codes)
        at = np.zeros((N, N))
        if carrier != "lng":
            np.add.at(at, (n.tail, n.head), found.flow)
        if carrier != "pipeline":
            np.add.at(at, (n.seller, n.buyer), found.lng)
        moved = self.member @ at @ self.member.T
        np.fill_diagonal(moved, 0.0)
        return np.asarray(moved)

    def origins(self, year: int) -> Floats:
        """Return the gas of each origin that each country uses, shape (C, C), bcm a year.

        What passes through a country is taken to be mixed there with its own.
        """
        return self.memo.once(("origins", year), lambda: self._origins(year))

    def _origins(self, year: int) -> Floats:
        _, found = self.year(year)
        moved = self.flows(year, "any")
        produced = self.member @ found.production
        pool = produced + moved.sum(axis=0)
        share = np.divide(moved, pool, np.zeros_like(moved), where=pool > 0)
        own = np.divide(produced, pool, np.zeros_like(pool), where=pool > 0)
        # mix[o, c] = own[c] if o is c, plus what comes with the gas of each neighbour
        mix = np.linalg.solve(np.eye(len(pool)) - share.T, np.diag(own)).T
        return np.asarray(mix * (self.member @ found.consumption))

    def welfare(self, year: int) -> Floats:
        """Return each country's gain from the gas it uses, makes and sells, (C,), USD bn a year."""
        made, found = self.year(year)
        return self.memo.once(("welfare", year), lambda: self.member @ welfare(made.network, found))


def country_of(node: str) -> str:
    """Return the code that a node's outcomes are labelled by."""
    return RUSSIA if node.startswith("RUS-") else node


def refusal(solved: Solved, made: Year, found: Solution) -> EngineError:
    """Return the error that says why a year has no equilibrium, in the network's words."""
    what = f"gas in {made.year} under {solved.prepared.scenario!r} has no equilibrium"
    if found.status != "infeasible":
        return NotConverged(f"{what} (residual {found.residual:.2g})", hint="try other parameters")
    names = []
    for kind, k in found.conflict[:6]:
        if "pipe" in kind:
            pipe = made.pipes[k]
            names.append(f"{kind} {pipe.name} ({pipe.tail} to {pipe.head})")
        else:
            names.append(f"{kind} {solved.tables.codes[k] if 'voyage' not in kind else k}")
    return Infeasible(
        f"{what}: limits conflict", hint=f"these cannot all be kept: {', '.join(names)}"
    )
