"""A scenario with its inputs and one draw: losses, games, prices and odds, computed when read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from multipolar.engines.strategy import alliance, bargaining, deterrence, escalation, wedge
from multipolar.engines.strategy.deterrence import Case, Scales, Sender
from multipolar.engines.strategy.inputs import AMERICA, CHINA, HIGH, PAYMENT, RUSSIA, TEN
from multipolar.errors import DataMissing

if TYPE_CHECKING:
    from multipolar.engines.strategy.crisis import Payoffs
    from multipolar.engines.strategy.estimates import Estimates
    from multipolar.engines.strategy.inputs import Taken, Threat

WIN = 100.0  # percent in a share


@dataclass(frozen=True)
class Solved:
    """What the metrics are read from.

    Attributes:
        taken: results of the trade and power engines at this draw.
        west: ISO codes of the senders.
        threat: what the scenario threatens China with, if anything.
        plan: what became of the peace plan, as the scenario has it.
        estimates: the published ones at this draw.
        parameters: one value each.
    """

    taken: Taken
    west: tuple[str, ...]
    threat: Threat | None
    plan: alliance.Plan
    estimates: Estimates
    parameters: Mapping[str, float]

    # threats

    def senders(self, scope: str) -> tuple[str, ...]:
        """Return who threatens, by scope."""
        if scope == "united-states":
            return (AMERICA,)
        if scope == "scenario":
            return self._threat.senders
        return self.west

    @property
    def _threat(self) -> Threat:
        if self.threat is None:
            raise DataMissing(
                "the scenario threatens China with nothing",
                hint="ask for another scope, or add a secondary_sanction_threat",
            )
        return self.threat

    def on_payments(self, scope: str) -> bool:
        """Say whether a threat is to payments."""
        return scope == "payment" or (scope == "scenario" and self._threat.payment)

    def loss(self, scope: str, codes: tuple[str, ...]) -> float:
        """Return what a threat carried out takes from a group, percent of its real income.

        Costs of payments are solved at 5 and 10 percent, with a parabola through both and none.
        """
        if scope == "none":
            return 0.0
        if not any(c in self.taken.income for c in codes):
            raise DataMissing(
                f"{', '.join(codes[:5])}: not told apart in the trade table",
                hint="name one of its 80 countries",
            )
        payment = self._payment(codes) if self.on_payments(scope) else 1.0
        return self.taken.loss(scope, codes) * payment

    def _payment(self, codes: tuple[str, ...]) -> float:
        """Return the loss at the cost of payments drawn over that at 5 percent."""
        first, second = (self.taken.loss(name, codes) for name in ("payment", "payment-high"))
        if first == 0:
            return 1.0
        rate = self.taken.commission / PAYMENT
        bend = (second / first - HIGH / PAYMENT) / (HIGH / PAYMENT * (HIGH / PAYMENT - 1))
        return float(rate + bend * rate * (rate - 1))

    def size(self, codes: tuple[str, ...]) -> float:
        """Return a group's real income, USD bn."""
        return self.taken.size(codes)

    @cached_property
    def dependence(self) -> tuple[float, float]:
        """China's trade with the West, and the West's with China, as shares of income."""
        sold = sum(self.taken.exports.get(c, 0.0) for c in self.west)
        bought = sum(self.taken.imports.get(c, 0.0) for c in self.west)
        china, west = self.size((CHINA,)), self.size(self.west)
        if self.parameters["dependence"] < 2:
            return sold / china, bought / west
        return (sold + bought) / china, (sold + bought) / west

    @cached_property
    def scales(self) -> Scales:
        """Payoffs per percent of real income."""
        full_b, full_a = self.loss("west", (CHINA,)), self.loss("west", self.west)
        if not (full_b > 0 and full_a > 0):
            raise DataMissing("an embargo of China by the West costs one of them nothing here")
        return deterrence.scales(self.estimates, *self.dependence, full_b, full_a)

    def case(self, scope: str) -> Case:
        """Return the threat of a scope."""
        senders = self.senders(scope)
        ratio = self.taken.ratio
        strength = -np.log(ratio["ratio.china"]) if senders == (AMERICA,) else np.log(
            ratio["ratio.senders"]
        )  # fmt: skip
        return Case(self.loss(scope, (CHINA,)), self.loss(scope, senders), float(strength))

    def games(self, scope: str, sender: Sender, resolve: np.ndarray | None = None) -> Payoffs:
        """Return a threat's game, or several that differ in what resisting is worth."""
        shift = np.zeros(1) if resolve is None else resolve
        cases = [(self.case(scope), sender)] * len(shift)
        return deterrence.payoffs(self.estimates, self.scales, cases, resolve=shift)

    def answer(self, scope: str, sender: Sender) -> deterrence.Answer:
        """Return all equilibria of a threat's game."""
        key = (scope, sender)
        if key not in self._answers:
            (self._answers[key],) = deterrence.answers(self.games(scope, sender), 1)
        return self._answers[key]

    @cached_property
    def _answers(self) -> dict[tuple[str, Sender], deterrence.Answer]:
        return {}

    def concession(self, scope: str, sender: Sender, equilibrium: str) -> float:
        """Return the chance that China concedes once challenged."""
        found = self.answer(scope, sender)
        return float(found.concede[found.at(equilibrium)])

    def break_even(self, scope: str, carried: str, sender: Sender, equilibrium: str) -> float:
        """Return the value of arming Russia at which it pays, percent of China's income a year."""
        loss = self.loss(scope, (CHINA,))
        if carried == "sure":
            return loss
        found = self.answer(scope, sender)
        return loss * float(found.fight[found.at(equilibrium)])

    # arms

    @cached_property
    def arms(self) -> dict[str, float]:
        """Odds of Ukraine by variant."""
        return dict(self.taken.odds)

    def arms_effect(self, giver: str) -> float:
        """Return what ten billion add to the odds of the side that gets them, points."""
        odds = self.arms
        if giver == "China":
            return 100.0 * (odds["odds"] - odds["odds.china"])
        return 100.0 * (odds["odds.west"] - odds["odds"])

    def offset(self, giver: str) -> float:
        """Return what the other side's friends have to give to undo ten billion, USD bn."""
        odds = self.arms
        aid = escalation.offset(odds["odds"], odds["odds.china"], odds["odds.west"], TEN)
        return aid if giver == "China" else TEN * TEN / aid

    def escalation_stake(self, scope: str, sender: Sender) -> float:
        """Return the stake at which China resists with even odds, percent of its income.

        Arms of ten billion make resisting worth ``kappa_b dP V`` more.
        """

        def resist(shift: np.ndarray) -> np.ndarray:
            found = deterrence.answers(self.games(scope, sender, shift), len(shift))
            return np.array([1.0 - a.concede[-1] for a in found])

        shift = escalation.break_even_shift(resist)
        return shift / (self.scales.kappa_b * self.arms_effect("China") / WIN)

    # the plan

    def pact(self, entrapment: bool) -> alliance.World:
        """Return what a pact of China and Russia is judged by."""
        threat = self.threat
        losses = [self.loss(s, (CHINA,)) for s in alliance.SCOPES]
        return alliance.World(
            china=self.taken.ratio["ratio.china"],
            russia=self.taken.ratio["ratio.russia"],
            pact=self.taken.ratio["ratio.pact"],
            loss=(losses[0], losses[1], losses[2], losses[3]),
            loss_all=losses[3],
            loss_russia=-self.taken.change("base", (RUSSIA,)),
            answer=None if threat is None else threat.probability,
            threatened=None if threat is None else self.loss("scenario", (CHINA,)),
            entrapment=entrapment,
        )

    @cached_property
    def costs(self) -> tuple[float, float]:
        """Losses of the West and of Russia while the embargo lasts, percent of income."""
        return -self.taken.change("base", self.west), -self.taken.change("base", (RUSSIA,))

    def shares(self, prize: float | None = None) -> tuple[float, float]:
        """Return the same as shares of the prize, which is in years of income."""
        prize = self.parameters["prize"] if prize is None else prize
        return self.costs[0] / WIN / prize, self.costs[1] / WIN / prize

    def prestige(self, with_it: bool) -> float:
        """Return what a plan of China's costs the United States in standing, share of the prize."""
        return self.parameters["prestige"] if with_it else 0.0

    def rejection(self, bound: str, with_prestige: bool) -> float:
        """Return the chance that the plan fails."""
        c_A, _ = self.shares()
        d = self.prestige(with_prestige)
        return float(
            bargaining.rejection(self.arms["odds"], c_A, bargaining.BOUNDS[bound], d)
        )  # fmt: skip

    # parting the two

    def wedge(self, code: str, offer: str) -> tuple[float, float]:
        """Return a party's change in income if it stays and if it leaves, percent."""
        leave = "no-link-no-embargo" if offer == wedge.OFFERS[0] else "no-link"
        if code not in self.taken.income:
            raise DataMissing(f"{code} is not told apart in the trade table")
        return self.taken.change("base", (code,)), self.taken.change(leave, (code,))
