"""The honest test: two figures of the end of 2022 are fitted, all others predicted.

Fitted are delta, the loss of odds of a blocked currency, and eta, what only the yuan gains where
the dollar and the euro are blocked. Neither the probability of a blocked payment, nor its cost, nor
what a point of cost is worth in odds can be told apart: delta is their product.

Mechanisms: ``logit`` is the model of the engine; ``block-only`` has no eta; ``balance`` demands
besides that as many yuan are paid in for Russian exports as are paid out for imports, as if yuan
could be bought for nothing else: exporters gain and importers lose a premium nu on the yuan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from multipolar.engines.money.baseline import Before, Pattern, baseline
from multipolar.engines.money.data import CNY, EUR, RUB, USD, Facts, flows_between, trade_of
from multipolar.engines.money.kernel import Flows, Solution, mixes, solve
from multipolar.engines.money.measures import Shock, change, western_block
from multipolar.errors import NotConverged
from multipolar.numerics.arrays import Floats

LOOSE = 1e-6  # a ten-thousandth of a point
Mechanism = Literal["logit", "block-only", "balance"]
MECHANISMS: tuple[Mechanism, ...] = ("logit", "block-only", "balance")
FITTED = ("exports-dollar-euro-2022", "imports-yuan-2022")
MOMENTS = (
    *FITTED,
    "imports-yuan-china-2022",
    "imports-yuan-third-2022",
    "swap-effect-2022",
    "exports-yuan-2022",
    "exports-rouble-2022",
    "imports-rouble-2022",
    "imports-dollar-euro-2022",
    "exports-yuan-2023",
    "imports-yuan-2023",
)


# ranges of the prior predictive: no figure from after 2021 stands behind them
PRIORS = {
    "beta": (0.0, 3.5),
    "delta": (0.3, 2.5),
    "eta": (0.0, 2.8),
    "from_china": (12.0, 24.0),
    "third": (0.5, 1.5),
    "swap_odds": (2.0, 6.0),
}
DRAWS = 128


@dataclass(frozen=True)
class Fitted:
    """What was fitted, log odds, and every moment, percent or points."""

    delta: float
    eta: float
    nu: float
    moments: dict[str, float]


@dataclass(frozen=True)
class Bench:
    """Russian trade of 2022 and 2023 under the payments block of 2022, ready for any delta, eta."""

    facts: Facts
    shock: Shock
    years: dict[int, Flows]
    beta: float

    def solved(
        self, year: int, delta: float, eta: float, nu: float = 0.0, tolerance: float = 1e-10
    ) -> Solution:
        """Return the shares of a year."""
        dU = change(self.shock, delta, eta)
        r = self.facts.russia
        dU[r, :, CNY] += nu
        dU[:, r, CNY] -= nu
        return solve(self.years[year], dU, self.beta, tolerance=tolerance)

    def of_exports(self, year: int, s: Floats, *currencies: int) -> float:
        """Return a share of Russian exports at shares (N, N, K), percent."""
        w = self.years[year].value[self.facts.russia]
        return float(100 * w @ s[self.facts.russia][:, currencies].sum(axis=1) / w.sum())

    def of_imports(self, year: int, s: Floats, *currencies: int) -> float:
        """Return a share of Russian imports at shares (N, N, K), percent."""
        w = self.years[year].value[:, self.facts.russia]
        return float(100 * w @ s[:, self.facts.russia][:, currencies].sum(axis=1) / w.sum())

    def surplus(self, year: int, s: Floats) -> float:
        """Return yuan paid in less paid out at shares (N, N, K), USD bn, on goods of the year."""
        total = self.facts.trade
        return (
            self.of_exports(year, s, CNY) * total[year, "exports", "total"]
            - self.of_imports(year, s, CNY) * total[year, "imports", "total"]
        ) / 100

    def swap_effect(self, s: Floats) -> float:
        """Return the rise of the yuan in imports from third countries with a line, less without.

        Points, at shares of shape (N, N, K).
        """
        r, third, lined = self.facts.russia, self.facts.third, self.facts.swap
        w = self.years[2022].value[:, r]
        rise = 100 * (s - self.years[2022].s0)[:, r, CNY]
        with_line, without = (
            float(w[who] @ rise[who] / w[who].sum()) for who in (third & lined, third & ~lined)
        )
        return with_line - without

    def moments(self, early: Floats, late: Floats) -> dict[str, float]:
        """Return every moment from the shares of 2022 and 2023, each of shape (N, N, K)."""
        r, third = self.facts.russia, self.facts.third
        w = self.years[2022].value[third, r]
        return {
            "exports-dollar-euro-2022": self.of_exports(2022, early, USD, EUR),
            "imports-yuan-2022": self.of_imports(2022, early, CNY),
            "imports-yuan-china-2022": 100 * float(early[self.facts.china, r, CNY]),
            "imports-yuan-third-2022": 100 * float(w @ early[third, r, CNY] / w.sum()),
            "swap-effect-2022": self.swap_effect(early),
            "exports-yuan-2022": self.of_exports(2022, early, CNY),
            "exports-rouble-2022": self.of_exports(2022, early, RUB),
            "imports-rouble-2022": self.of_imports(2022, early, RUB),
            "imports-dollar-euro-2022": self.of_imports(2022, early, USD, EUR),
            "exports-yuan-2023": self.of_exports(2023, late, CNY),
            "imports-yuan-2023": self.of_imports(2023, late, CNY),
        }


def bench(facts: Facts, s0: Floats, beta: float, trade: tuple[int, int] = (2022, 2023)) -> Bench:
    """Return Russian trade of 2022 and 2023, with the network as it was before.

    Args:
        facts: the tables.
        s0: shares before, shape (N, N, K).
        beta: strength of the network term.
        trade: years that the spread over partners is taken of.
    """
    before = mixes(s0, flows_between(s0, facts.value).W)
    years = {
        y: flows_between(s0, trade_of(facts, t), before)
        for y, t in zip((2022, 2023), trade, strict=True)
    }
    return Bench(facts, western_block(facts), years, beta)


def fit(made: Bench, mechanism: Mechanism = "logit", tolerance: float = 1e-10) -> Fitted:
    """Fit the two aggregates and return every moment.

    Raises:
        NotConverged: no parameters meet the two figures.

    Example:
        >>> from multipolar.engines.money.baseline import Before, baseline, read_pattern
        >>> from multipolar.engines.money.data import read_facts
        >>> from multipolar.world import World
        >>> facts = read_facts(World.load())
        >>> s0 = baseline(read_pattern(facts), Before(17.0, 1.0, 4.0, 12.5))
        >>> found = fit(bench(facts, s0, 0.0))
        >>> round(found.moments["imports-yuan-2022"], 6)
        23.0
    """
    aims = targets(made.facts)

    def gaps(x: Floats) -> list[float]:
        delta, eta, nu = (*x, 0.0, 0.0)[:3]
        s = made.solved(2022, delta, eta, nu, tolerance).s
        found = [made.of_exports(2022, s, USD, EUR) - aims[FITTED[0]]]
        if len(x) > 1:
            found.append(made.of_imports(2022, s, CNY) - aims[FITTED[1]])
        if len(x) > 2:
            found.append(made.surplus(2022, s))
        return found

    start = {"logit": [1.2, 1.1], "block-only": [1.2], "balance": [1.2, 1.5, 0.5]}[mechanism]
    delta, eta, nu = (*map(float, _root(gaps, np.array(start))), 0.0, 0.0)[:3]
    early = made.solved(2022, delta, eta, nu, tolerance).s
    later = nu
    if mechanism == "balance":
        from scipy.optimize import brentq

        later = float(
            brentq(
                lambda n: made.surplus(2023, made.solved(2023, delta, eta, n, tolerance).s), -6, 6
            )
        )
    late = made.solved(2023, delta, eta, later, tolerance).s
    return Fitted(delta, eta, nu, made.moments(early, late))


def targets(facts: Facts) -> dict[str, float]:
    """Return the reported value of each moment, percent or points.

    Example:
        >>> from multipolar.engines.money.data import read_facts
        >>> from multipolar.world import World
        >>> targets(read_facts(World.load()))["exports-yuan-2023"]
        34.5
    """
    return {str(row["place"]): float(row["value"]) for row in facts.of_kind("fit", "held-out")}


def _root(gaps: Callable[[Floats], list[float]], start: Floats) -> Floats:
    from scipy.optimize import root

    found = root(gaps, start, method="hybr", options={"xtol": 1e-11})
    if np.abs(found.fun).max() > 1e-6:
        raise NotConverged(
            "the two figures of the end of 2022 cannot be met",
            hint="take beta or the shares before 2022 nearer to their central values",
        )
    return np.asarray(found.x)


def prior_moments(pattern: Pattern) -> dict[str, Floats]:
    """Return the moments over draws from figures of before 2022, each of shape (draws,)."""
    return pattern.memo.once("prior moments", lambda: _prior_moments(pattern))


def _prior_moments(pattern: Pattern) -> dict[str, Floats]:
    from scipy.stats import qmc

    low, high = np.array(list(PRIORS.values())).T
    design = qmc.scale(qmc.Sobol(len(PRIORS), seed=2022).random(DRAWS), low, high)
    rows = [_predicted(pattern, *map(float, row)) for row in design]
    return {k: np.array([row[k] for row in rows]) for k in rows[0]}


def _predicted(
    pattern: Pattern, beta: float, delta: float, eta: float, china: float, third: float, odds: float
) -> dict[str, float]:
    """Return the moments of one draw, with Russia's trade of before the war in both years."""
    s0 = baseline(pattern, Before(china, third, odds, 12.5))
    made = bench(pattern.facts, s0, beta, trade=(2021, 2021))
    s = made.solved(2022, delta, eta, tolerance=LOOSE).s
    return made.moments(s, s)
