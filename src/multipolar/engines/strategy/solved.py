"""A scenario with its inputs and one draw: losses, games, prices and odds, computed when read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from multipolar.engines.api.memo import Memo
from multipolar.engines.strategy import alliance, bargaining, deterrence, escalation, wedge
from multipolar.engines.strategy.deterrence import Case, Scales, Sender
from multipolar.errors import DataMissing

if TYPE_CHECKING:
    from multipolar.engines.strategy.crisis import Payoffs
    from multipolar.engines.strategy.data import CoupledResults, Setting
    from multipolar.engines.strategy.estimates import Estimates
    from multipolar.engines.strategy.measures import Threat
    from multipolar.numerics.arrays import Floats

WIN = 100.0  # percent in a share


@dataclass(frozen=True)
class Prepared:
    """A scenario on a world.

    Attributes:
        setting: of the crisis.
        senders: ISO codes of all who threaten together.
        threat: what the scenario threatens the target with, if anything.
        plan: what became of the peace plan, as the scenario has it.
        estimates: the published ones.
        scenario: its name.
        taken: results of other engines; None until they are put in.
        note: what a reader of any number should know.
    """

    setting: Setting
    senders: tuple[str, ...]
    threat: Threat | None
    plan: alliance.Plan
    estimates: Estimates
    scenario: str
    taken: CoupledResults | None = None
    note: str = ""


@dataclass(frozen=True)
class Solved:
    """What the metrics are read from: a scenario, other engines' results, and one draw.

    Attributes:
        prepared: the scenario.
        taken: results of the engines trade, power and money at this draw.
        estimates: the published ones at this draw.
        parameters: one value each.
    """

    prepared: Prepared
    taken: CoupledResults
    estimates: Estimates
    parameters: Mapping[str, float]
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)

    @property
    def setting(self) -> Setting:
        """The crisis that is asked about."""
        return self.prepared.setting

    @property
    def target(self) -> tuple[str]:
        """Its target's code, as a group of one."""
        return (self.setting.target.code,)

    @property
    def partner(self) -> tuple[str]:
        """The code of the target's partner, as a group of one."""
        return (self.setting.partner.code,)

    @property
    def through(self) -> str:
        """The end of the year that trade and capabilities are of."""
        return self.setting.as_of

    @property
    def note(self) -> str:
        """What a reader of any number should know."""
        return self.prepared.note

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """Codes of the table of trade, in order."""
        return tuple(sorted(self.taken.income))

    @property
    def known(self) -> Mapping[str, float]:
        """Those whose figures there are."""
        return self.taken.income

    # threats

    def senders(self, scope: str) -> tuple[str, ...]:
        """Return who threatens, by scope."""
        if scope == self.setting.leader.word:
            return (self.setting.leader.code,)
        return self._threat.senders if scope == "scenario" else self.prepared.senders

    @property
    def _threat(self) -> Threat:
        if self.prepared.threat is None:
            raise DataMissing(
                f"the scenario threatens {self.setting.target.text} with nothing",
                hint="ask for another scope, or add a secondary_sanction_threat",
            )
        return self.prepared.threat

    def on_payments(self, scope: str) -> bool:
        """Say whether a threat is to payments."""
        return scope == "payment" or (scope == "scenario" and self._threat.payment)

    def loss(self, scope: str, codes: tuple[str, ...]) -> float:
        """Return what a threat carried out takes from a group, percent of its real income.

        Costs of payments are solved at two values, with a parabola through both and none.
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
        """Return the loss at the cost of payments drawn over that at the lower of those solved."""
        first, second = (self.taken.loss(name, codes) for name in ("payment", "payment-high"))
        if first == 0:
            return 1.0
        low, high = self.setting.payment
        rate = self.taken.commission / low
        bend = (second / first - high / low) / (high / low * (high / low - 1))
        return float(rate + bend * rate * (rate - 1))

    @cached_property
    def dependence(self) -> tuple[float, float]:
        """The target's trade with the senders, and theirs with it, as shares of income."""
        senders = self.prepared.senders
        sold = sum(self.taken.exports.get(c, 0.0) for c in senders)
        bought = sum(self.taken.imports.get(c, 0.0) for c in senders)
        target, sender = self.taken.size(self.target), self.taken.size(senders)
        if self.parameters["dependence"] < 2:
            return sold / target, bought / sender
        return (sold + bought) / target, (sold + bought) / sender

    @cached_property
    def scales(self) -> Scales:
        """Payoffs per percent of real income."""
        senders, whole = self.prepared.senders, self.setting.senders
        full_b, full_a = (self.loss(whole.word, codes) for codes in (self.target, senders))
        if not (full_b > 0 and full_a > 0):
            of, by = self.setting.target.text, whole.called
            raise DataMissing(f"an embargo of {of} by {by} costs one of them nothing here")
        return deterrence.scales(self.estimates, *self.dependence, full_b, full_a)

    def case(self, scope: str) -> Case:
        """Return the threat of a scope."""
        senders, ratio = self.senders(scope), self.taken.ratio
        alone = senders == (self.setting.leader.code,)
        strength = -np.log(ratio["target"]) if alone else np.log(ratio["senders"])
        return Case(self.loss(scope, self.target), self.loss(scope, senders), float(strength))

    def games(self, scope: str, sender: Sender, resolve: Floats | None = None) -> Payoffs:
        """Return a threat's game, or n that differ in what resisting is worth, (n,)."""
        shift = np.zeros(1) if resolve is None else resolve
        cases = [(self.case(scope), sender)] * len(shift)
        return deterrence.payoffs(self.estimates, self.scales, cases, self.setting.stated, shift)

    def answer(self, scope: str, sender: Sender) -> deterrence.Answer:
        """Return all equilibria of a threat's game."""
        return self.memo.once(
            (scope, sender), lambda: deterrence.answers(self.games(scope, sender), 1)[0]
        )

    def concession(self, scope: str, sender: Sender, equilibrium: str) -> float:
        """Return the chance that the target concedes once challenged."""
        found = self.answer(scope, sender)
        return float(found.concede[found.at(equilibrium)])

    def break_even(self, scope: str, carried: str, sender: Sender, equilibrium: str) -> float:
        """Return the value of arming at which it pays, percent of the target's income a year."""
        loss = self.loss(scope, self.target)
        if carried == "sure":
            return loss
        found = self.answer(scope, sender)
        return loss * float(found.fight[found.at(equilibrium)])

    # arms

    def arms_effect(self, side: str) -> float:
        """Return what further arms add to the odds of the side that gets them, points."""
        odds = self.taken.odds
        return 100.0 * abs(odds[side] - odds["scenario"])

    def offset(self, side: str) -> float:
        """Return what the other side has to get to undo further arms to this one, USD bn."""
        odds, arms = self.taken.odds, self.setting.arms
        aid = escalation.offset(odds["scenario"], odds["partner"], odds["defender"], arms)
        return aid if side == "partner" else arms * arms / aid

    def escalation_stake(self, scope: str, sender: Sender) -> float:
        """Return the stake at which the target resists with even odds, percent of its income.

        Further arms to its partner make resisting worth ``kappa_b dP V`` more.
        """

        def resist(shift: Floats) -> Floats:
            found = deterrence.answers(self.games(scope, sender, shift), len(shift))
            return np.array([1.0 - a.concede[-1] for a in found])

        shift = escalation.break_even_shift(resist)
        return shift / (self.scales.kappa_b * self.arms_effect("partner") / WIN)

    # the plan

    def pact(self, entrapment: bool) -> alliance.Terms:
        """Return what a pact of target and partner is judged by."""
        threat, ratio = self.prepared.threat, self.taken.ratio
        first, second, third, whole = (self.loss(s, self.target) for s in self.setting.sanctions)
        return alliance.Terms(
            target=ratio["target"],
            partner=ratio["partner"],
            pact=ratio["pact"],
            loss=(first, second, third, whole),
            loss_all=whole,
            loss_partner=self.costs[1],
            answer=None if threat is None else threat.probability,
            threatened=None if threat is None else self.loss("scenario", self.target),
            entrapment=entrapment,
        )

    @cached_property
    def costs(self) -> tuple[float, float]:
        """Losses of senders and partner while the embargo lasts, percent of income."""
        senders = self.prepared.senders
        return -self.taken.change("base", senders), -self.taken.change("base", self.partner)

    def shares(self, prize: float | None = None) -> tuple[float, float]:
        """Return the same as shares of the prize, which is in years of income."""
        prize = self.parameters["prize"] if prize is None else prize
        return self.costs[0] / WIN / prize, self.costs[1] / WIN / prize

    def prestige(self, with_it: bool) -> float:
        """Return what the target's plan costs the leader in standing, share of the prize."""
        return self.parameters["prestige"] if with_it else 0.0

    def rejection(self, bound: str, with_prestige: bool) -> float:
        """Return the chance that the plan fails."""
        odds, most = self.taken.odds["scenario"], bargaining.BOUNDS[bound]
        d = self.prestige(with_prestige)
        return float(bargaining.rejection(odds, self.shares()[0], most, d))

    # parting the two

    def wedge(self, code: str, offer: str) -> tuple[float, float]:
        """Return a party's change in income if it stays and if it leaves, percent."""
        leave = "no-link-no-embargo" if offer == wedge.OFFERS[0] else "no-link"
        if code not in self.taken.income:
            raise DataMissing(f"{code} is not told apart in the trade table")
        return self.taken.change("base", (code,)), self.taken.change(leave, (code,))
