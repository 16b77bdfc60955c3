"""A scenario's years, solved as they are asked for, and what follows from them by country."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from multipolar.engines.api.contract import Source
from multipolar.engines.gas.bargaining import Game
from multipolar.engines.gas.calibrate import Base
from multipolar.engines.gas.kernel import BILLION, Network, Solution, solve, surplus
from multipolar.engines.gas.measures import Changes
from multipolar.engines.gas.programme import Floats
from multipolar.engines.gas.tables import RUSSIA, Tables
from multipolar.engines.gas.years import FIRST, LAST, Year, network_of
from multipolar.errors import EngineError, Infeasible, NotConverged
from multipolar.policy import idle

T = TypeVar("T")
CAP_ROUNDS, CAP_STEP, CAP_SETTLED = 60, 0.5, 1e-4


@dataclass
class Solved:
    """A scenario at one parameter point; ``first`` is the year meant where none is named;
    ``tried``, ``games`` and ``kept`` hold what was found."""

    base: Base
    tables: Tables
    parameters: Mapping[str, float]
    changes: Changes
    scenario: str
    first: int
    sources: tuple[Source, ...]
    note: str
    tried: dict[int, tuple[Year, Solution]] = field(default_factory=dict)
    games: dict[int, Game] = field(default_factory=dict)
    kept: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """Codes that outcomes are labelled by: the nodes, Russia's parts as one."""
        return tuple(
            dict.fromkeys(RUSSIA if c.startswith("RUS-") else c for c in self.tables.codes)
        )

    @cached_property
    def member(self) -> Floats:
        """Which nodes make up each country, shape (countries, N)."""
        own = [RUSSIA if c.startswith("RUS-") else c for c in self.tables.codes]
        return np.array([[float(o == c) for o in own] for c in self.countries])

    def once(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """Return what was made under a key, making it if it was not."""
        if key not in self.kept:
            self.kept[key] = make()
        found: T = self.kept[key]
        return found

    def year(self, year: int) -> tuple[Year, Solution]:
        """Return a year's network and equilibrium.

        Raises:
            EngineError: the year is not within the model's.
            Infeasible: limits cannot all be kept; they are named.
            NotConverged: the solver did not find an equilibrium.
        """
        if not FIRST <= year <= LAST:
            raise EngineError(f"the engine gas has no year {year}", hint=f"{FIRST} to {LAST}")
        if year not in self.tried:
            before = None
            if year == 2023:  # demand of this year still answers to the prices of the last
                was = self.year(2022)[1].consumption
                now = self.base.network.demand
                before = np.divide(was, now, np.ones_like(was), where=now > 0)
            made = network_of(
                self.base, self.tables, self.parameters, year, self.changes, before=before
            )
            self.tried[year] = (made, solve_capped(made))
        made, found = self.tried[year]
        if found.status != "converged":
            raise refusal(self, made, found)
        return made, found

    def remarks(self, year: int) -> str:
        """Return the note on how the scenario was read, and which measures are idle in a year."""
        if year not in self.tried:
            return self.note
        moved = self.tried[year][0].moved
        rest = [idle(m, year) for k, m in enumerate(self.changes.measures) if k not in moved]
        return " ".join((self.note, *rest))

    def flows(self, year: int, carrier: str) -> Floats:
        """Return what moved from country to country, shape (countries, countries)."""
        return self.once(("flows", year, carrier), lambda: self._flows(year, carrier))

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
        """Return the gas of each origin that each country uses, shape (origins, countries).

        What passes through a country is taken to be mixed there with its own.
        """
        return self.once(("origins", year), lambda: self._origins(year))

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
        """Return the gain of each country from the gas it uses, makes and sells, in USD bn."""
        made, found = self.year(year)
        return self.once(
            ("welfare", year), lambda: np.asarray(self.member @ welfare(made.network, found))
        )


def refusal(solved: Solved, made: Year, found: Solution) -> EngineError:
    """Return the error that says why a year has no equilibrium, in the network's words."""
    what = f"gas in {made.year} under {solved.scenario!r} has no equilibrium"
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


def solve_capped(made: Year) -> Solution:
    """Solve a year; where what is paid is capped, sellers get the cap and buyers keep the rest.

    A cap is a tax that is just high enough: it is found by repeating the solution.
    """
    if not np.isfinite(made.capped).any():
        return _solve(made.network)
    n = made.network
    A = len(n.tail)
    tax = np.zeros(len(made.capped))
    found = _solve(n)
    for _ in range(CAP_ROUNDS):
        if found.status != "converged":
            return found
        paid = np.concatenate([found.price[n.head], found.price[n.buyer]])
        due = np.where(np.isfinite(made.capped), np.maximum(paid - made.capped, 0.0), 0.0)
        if np.max(np.abs(due - tax)) < CAP_SETTLED:
            return found
        tax = tax + CAP_STEP * (due - tax)
        found = _solve(replace(n, tariff=n.tariff + tax[:A], freight=n.freight + tax[A:]))
    return replace(found, status="not converged")


def _solve(n: Network) -> Solution:
    """Solve by the faster library; by the surer one where that does not do."""
    found = solve(n, "piqp")
    return found if found.status == "converged" else solve(n)


def welfare(n: Network, found: Solution) -> Floats:
    """Return consumers' and producers' surplus with the rents of trade, by node, in USD bn.

    Rents of pipes and voyages go to the seller, those of terminals to the buyer, and the loss on
    gas that has to flow to the buyer.
    """
    consumers, producers, plants = surplus(n, found)
    N = len(n.demand)
    gap = (found.price[n.head] - found.price[n.tail] - n.tariff) * found.flow
    spare = (
        found.price[n.buyer] - (1 + n.own_use) * found.price[n.seller] - n.freight
        - found.plant_rent[n.seller] - found.terminal_rent[n.buyer]
    ) * found.lng  # fmt: skip
    rents = (
        np.bincount(n.tail, np.maximum(gap, 0.0), N) + np.bincount(n.head, np.minimum(gap, 0.0), N)
        + np.bincount(n.seller, np.maximum(spare, 0.0), N)
        + np.bincount(n.buyer, np.minimum(spare, 0.0), N)
        + np.bincount(n.buyer, found.terminal_rent[n.buyer] * found.lng, N)
    )  # fmt: skip
    return consumers + producers + plants + BILLION * rents
