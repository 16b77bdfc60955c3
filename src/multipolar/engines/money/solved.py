"""A solved scenario: shares after, and what is computed from them only when it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from multipolar.engines.api.contract import Source
from multipolar.engines.api.memo import Memo
from multipolar.engines.money.baseline import Basis, Before, Pattern, baseline
from multipolar.engines.money.calibrate import LOOSE, Fitted, Mechanism, bench, fit
from multipolar.engines.money.data import (
    CNY,
    CURRENCIES,
    USD,
    WEST_DATE,
    Facts,
    flows_between,
    trade_of,
)
from multipolar.engines.money.kernel import (
    Flows,
    Solution,
    inclusive_value,
    solve,
    spectral_radius,
)
from multipolar.engines.money.measures import Shock, change, western_block
from multipolar.numerics.arrays import Flags, Floats

FAR = 12.0  # odds bonus beyond which nothing is looked for
DISTINCT = 1e-6


@dataclass(frozen=True)
class Values:
    """One value for each parameter; see the engine's ``parameters``."""

    beta: float
    delta: float
    eta: float
    before: Before
    commission: float

    @property
    def mu(self) -> float:
        """Gain of a currency by a swap line, logs of odds."""
        return float(np.log(self.before.swap_odds))


@dataclass(frozen=True)
class Prepared:
    """A scenario on a world, ready for any parameters."""

    pattern: Pattern
    shock: Shock
    note: str


@dataclass(frozen=True)
class Solved:
    """A scenario at one parameter point."""

    pattern: Pattern
    shock: Shock
    values: Values
    flows: Flows
    after: Solution
    note: str
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)

    @property
    def facts(self) -> Facts:
        """The tables."""
        return self.pattern.facts

    @property
    def sources(self) -> tuple[Source, ...]:
        """The tables it rests on."""
        return self.facts.sources

    @property
    def through(self) -> str:
        """The last of what it rests on: shares and trade of 2022."""
        return WEST_DATE

    @property
    def countries(self) -> tuple[str, ...]:
        """ISO codes, and ``ROW``: those that have figures."""
        return self.facts.countries

    known = countries

    @property
    def message(self) -> str:
        """How the scenario was read."""
        return self.note

    @property
    def residual(self) -> float:
        """Largest change of a share in imports in one more step."""
        return self.after.residual

    @property
    def iterations(self) -> int:
        """Steps taken."""
        return self.after.iterations

    @property
    def gains(self) -> Floats:
        """Change in the value of each currency, log odds, shape (N, N, K)."""
        return change(self.shock, self.values.delta, self.values.eta, self.values.mu)

    @cached_property
    def settled(self) -> tuple[Flows, Solution]:
        """The same with the yuan's share in China's trade by settlement."""
        s0 = baseline(self.pattern, self.values.before, "settlement")
        flows = flows_between(s0, self.facts.value)
        return flows, solve(flows, self.gains, self.values.beta)

    def with_trade(self, year: str) -> tuple[Flows, Solution]:
        """Return flows and shares with Russian trade spread over partners as in a year."""
        if year == "table":
            return self.flows, self.after
        return self.memo.once(("trade", year), lambda: self._with_trade(int(year)))

    def _with_trade(self, year: int) -> tuple[Flows, Solution]:
        flows = flows_between(self.flows.s0, trade_of(self.facts, year), self.flows.m0)
        return flows, solve(flows, self.gains, self.values.beta)

    def on(self, basis: Basis) -> tuple[Flows, Solution]:
        """Return flows and shares on a basis."""
        return (self.flows, self.after) if basis == "invoicing" else self.settled

    @cached_property
    def lam(self) -> float:
        """Logs of odds that a payment cost of 1 (100 percent) is worth.

        Pinned by what agents take for payments of countries under a full block: the mean loss of
        value on Russia's trade outside the West, over their commission.
        """
        facts = self.facts
        loss = self._loss(western_block(facts))
        r, out = facts.russia, ~facts.west
        v = facts.value
        pairs = [(v[r, out], loss[r, out]), (v[out, r], loss[out, r])]
        mean = sum(float(w @ x) for w, x in pairs) / sum(float(w.sum()) for w, _ in pairs)
        return mean / self.values.commission

    def _loss(self, shock: Shock) -> Floats:
        """Return what payments lose in value, log odds, shape (N, N)."""
        dU = change(shock, self.values.delta, 0.0, self.values.mu)
        return -inclusive_value(self.flows, dU, 0.0, self.flows.m0)

    @cached_property
    def cost(self) -> Floats:
        """Ad valorem cost of payments, shape (N, N), share; exactly 0 where nothing changed.

        exp(loss / lambda) - 1, the loss that of the inclusive value at given surroundings: neither
        eta nor the network is a cost of the pair.
        """
        cost = np.expm1(self._loss(self.shock) / self.lam)
        return np.where(self.shock.touched, cost, 0.0)

    def world(self, s: Floats) -> Floats:
        """Return shares of world trade, percent, shape (K,)."""
        v = self.flows.value
        return np.asarray(100 * np.einsum("ij,ijk->k", v, s) / v.sum())

    def equilibria(self, basis: Basis) -> list[Solution]:
        """Return the distinct fixed points reached from the baseline and one currency for all."""
        flows, after = self.on(basis)
        found = [after]
        for k in range(len(CURRENCIES)):
            start = np.tile(np.eye(len(CURRENCIES))[k], (len(flows.m0), 1))
            one = solve(flows, self.gains, self.values.beta, start)
            if one.converged and all(np.abs(one.m - f.m).max() > DISTINCT for f in found):
                found.append(one)
        return found

    def stability_bound(self, basis: Basis) -> float:
        """Return the beta above which the shares before would not be stable."""
        flows, _ = self.on(basis)
        return self.memo.once(("bound", basis), lambda: 1 / spectral_radius(flows, flows.s0))

    def with_bonus(self, currency: int, bonus: float) -> Floats:
        """Return shares of world trade if a currency gains on all flows, percent, shape (K,)."""
        dU = self.gains
        dU[..., currency] += bonus
        return self.world(solve(self.flows, dU, self.values.beta, tolerance=LOOSE).s)

    def tipping(self, currency: int, goal: str) -> float:
        """Return the smallest bonus on all flows that lets a currency reach a goal, logs of odds.

        Not a number if none below 12 does. Found by halving, from the baseline's side: between two
        equilibria the currency has to climb.
        """

        def reached(bonus: float) -> bool:
            world = self.with_bonus(currency, bonus)
            return bool(world[currency] >= (25.0 if goal == "quarter" else world[USD]))

        low, high = 0.0, FAR
        if reached(low):
            return 0.0
        if not reached(high):
            return float("nan")
        while high - low > 1e-4:
            middle = (low + high) / 2
            low, high = (low, middle) if reached(middle) else (middle, high)
        return high

    def converted(self, group: str) -> tuple[float, Floats]:
        """Return a group's share of world trade, and shares once it pays in yuan, (K,); percent."""
        which = pairs(self.facts, group)
        share = 100 * float(self.flows.value[which].sum() / self.flows.value.sum())
        after = solve(self.flows, self.gains, self.values.beta, fixed=(which, CNY))
        return share, self.world(after.s)

    def fitted(self, mechanism: Mechanism) -> Fitted:
        """Return the fit to the end of 2022 at this beta and these shares before."""

        def made() -> Fitted:
            return fit(bench(self.facts, self.flows.s0, self.values.beta), mechanism)

        return self.memo.once(("fit", mechanism), made)


GROUPS = ("china-nonwest", "nonwest-nonwest", "china-all", "west-west")


def pairs(facts: Facts, group: str) -> Flags:
    """Return the flows between two groups of countries, shape (N, N).

    The West is who has sanctions on Russia.
    """
    west, china = facts.west, np.zeros(len(facts.west), dtype=bool)
    china[facts.china] = True
    one, other = {
        "china-nonwest": (china, ~west),
        "nonwest-nonwest": (~west, ~west),
        "china-all": (china, np.ones_like(west)),
        "west-west": (west, west),
    }[group]
    out = one[:, None] & other[None, :]
    out |= out.T
    np.fill_diagonal(out, False)
    return np.asarray(out)
