"""Every metric of the engine, by name. To add one, write an answer and list it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import xarray as xr

from multipolar.engines.api.contract import Dimension, Metric, Reading, Source
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.reader import without
from multipolar.engines.strategy import alliance, bargaining, wedge
from multipolar.engines.strategy.deterrence import COVARIATES, SCOPES, SENDERS
from multipolar.engines.strategy.inputs import CAPABILITY_YEAR, CHINA, RUSSIA
from multipolar.engines.strategy.solved import Solved
from multipolar.errors import DataMissing

Place: TypeAlias = Mapping[str, Any]
AS_OF = "2022-12-31"
VALUES = {"drawn": None, "quarter": 0.25, "one": 1.0, "two-and-a-half": 2.5}
OUTCOMES = ("alliance", "china-consents", "russia-consents", "united-states-rejects")
RISK = {"pushed": alliance.CORNERS, "drawn": ("stake", "answer", "entrapment")}


@dataclass(frozen=True)
class Answer:
    """A value, what it rests on besides trade losses, and what a reader should know of it."""

    value: float
    note: str
    rests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """A metric, how one value of it is read, and the labels of its open country dimensions."""

    metric: Metric
    answer: Callable[[Solved, Place], Answer]
    labels: Callable[[Solved], Sequence[str]] = lambda solved: sorted(solved.taken.income)

    def scalar(self, solved: Solved, place: Place) -> Reading:
        """Read one number."""
        found = self.answer(solved, self._filled(place))
        if not np.isfinite(found.value):
            raise DataMissing(f"{self.metric.name} has no finite value here", hint=found.note)
        gone = without(self.metric, place, solved.taken.income)
        note = f"{found.note} {gone}".strip()
        return Reading(found.value, self.metric.unit, evidence(solved, found.rests), note=note)

    def labelled(self, solved: Solved, place: Place) -> xr.DataArray:
        """Read an array over the dimensions that are required and left open."""
        given = self._filled(place)
        left = [d for d in self.metric.dims if d.required and d.name not in place]
        coords = {
            d.name: list(self.labels(solved) if d.kind == "country" else d.values) for d in left
        }
        values = np.full([len(c) for c in coords.values()], np.nan)
        sources: dict[str, None] = {}
        note = ""
        for at in np.ndindex(*values.shape):
            here = {d.name: coords[d.name][k] for d, k in zip(left, at, strict=True)}
            with suppress(DataMissing):
                found = self.answer(solved, {**given, **here})
                values[at], note = found.value, found.note
                sources |= {s.source: None for s in evidence(solved, found.rests)}
        return xr.DataArray(
            np.where(np.isfinite(values), values, np.nan), coords=coords, dims=list(coords),
            name=self.metric.name,
            attrs={"unit": self.metric.unit, "source": "; ".join(sources) or "no source answers",
                   "long_name": self.metric.description, "note": note},
        )  # fmt: skip

    def _filled(self, place: Place) -> dict[str, Any]:
        optional = {d.name: d.values[0] for d in self.metric.dims if not d.required and d.values}
        return {**optional, **place}


def evidence(solved: Solved, rests: Sequence[str]) -> tuple[Source, ...]:
    """Return the rows behind a value: trade always, and what else it rests on."""
    rows = [
        Source(solved.taken.source, AS_OF, note="Real incomes of the engine trade, in variants.")
    ]
    if "estimates" in rests:
        source = solved.estimates.source
        rows.append(source if isinstance(source, Source) else Source(str(source)))
    if "odds" in rests:
        rows.append(Source(solved.taken.arms_source, note="Contest of the engine power."))
    if "capabilities" in rests:
        rows.append(
            Source(
                "Correlates of War, National Material Capabilities", str(CAPABILITY_YEAR),
                "https://correlatesofwar.org/data-sets/national-material-capabilities/",
                note="Facts, series power.cinc.",
            )
        )  # fmt: skip
    return tuple(rows)


# threats


def _game(solved: Solved, place: Place) -> str:
    s, p = solved.scales, solved.parameters
    fixed = ", ".join(f"{c.name} {c.value:g}" for c in COVARIATES)
    return (
        f"Published game and estimates; payoffs by losses are ours: {s.kappa_b:.3g} for each "
        f"percent of China's income, {s.kappa_a:.2g} of the senders' by the published effect, "
        f"which cannot be told from none. Dependence {solved.dependence[0]:.3f} of income, counted "
        f"{p['dependence']:g}-way; payment cost {100 * solved.taken.commission:.3g} percent (of "
        f"engine money, ours, 2 to 12). Stated covariates: {fixed}."
    )


def _threat(solved: Solved, place: Place) -> tuple[str, Any]:
    return str(place["scope"]), place["sender"]


def _concession(solved: Solved, place: Place) -> Answer:
    scope, sender = _threat(solved, place)
    value = solved.concession(scope, sender, place["equilibrium"])
    count = len(solved.answer(scope, sender).concede)
    more = "One equilibrium. " if count == 1 else f"{count} equilibria: read lowest and highest. "
    return Answer(value, more + _game(solved, place), ("estimates", "capabilities"))


def _equilibria(solved: Solved, place: Place) -> Answer:
    found = solved.answer(*_threat(solved, place))
    listed = ", ".join(f"{v:.3f}" for v in found.concede)
    note = f"Concession in each: {listed}. {_game(solved, place)}"
    return Answer(float(len(found.concede)), note, ("estimates", "capabilities"))


def _deterred(solved: Solved, place: Place) -> Answer:
    found = _concession(solved, place)
    return Answer(float(found.value >= 0.5), found.note, found.rests)


def _codes(place: Place) -> tuple[str, ...]:
    value = place["party"]
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def _party(solved: Solved, place: Place) -> tuple[str, ...]:
    codes = _codes(place)
    return tuple(solved.taken.income) if EVERYBODY in codes else codes


def _lost(solved: Solved, scope: str) -> str:
    note = "On top of a Western embargo of Russia; the threat carried out in full."
    if solved.on_payments(scope):
        cost = 100 * solved.taken.commission
        note += (
            f" Payments blocked cost {cost:.3g} percent on all trade (the commission of engine "
            "money, ours, 2 to 12)."
        )
    return note


def _loss(solved: Solved, place: Place) -> Answer:
    scope = str(place["scope"])
    return Answer(solved.loss(scope, _party(solved, place)), _lost(solved, scope))


def _loss_value(solved: Solved, place: Place) -> Answer:
    codes, scope = _party(solved, place), str(place["scope"])
    value = solved.loss(scope, codes) / 100.0 * solved.size(codes)
    return Answer(value, f"{_lost(solved, scope)} A year, of {AS_OF[:4]}.")


def _break_even(solved: Solved, place: Place) -> Answer:
    scope, sender = _threat(solved, place)
    carried = str(place["carried_out"])
    value = solved.break_even(scope, carried, sender, place["equilibrium"])
    if carried == "sure":
        note = f"Arming pays only if it is worth more each year. {_lost(solved, scope)}"
        return Answer(value, note)
    note = f"The loss times the chance that the threat is carried out. {_game(solved, place)}"
    return Answer(value, note, ("estimates", "capabilities"))


def _break_even_value(solved: Solved, place: Place) -> Answer:
    found = _break_even(solved, place)
    return Answer(found.value / 100.0 * solved.size((CHINA,)), found.note, found.rests)


def _scale(solved: Solved, place: Place) -> Answer:
    s = solved.scales
    value = s.kappa_b if place["of"] == "target" else s.kappa_a
    return Answer(value, _game(solved, place), ("estimates",))


# the plan

_PRIORS = "; ".join(
    f"{r.name} {r.low:.3g} to {r.high:.3g} {'' if r.unit in ('1', 'ratio') else r.unit}".strip()
    for r in alliance.PRIORS if r.name != "scope"
) + "; each scope of sanctions as likely"  # fmt: skip
_OURS = (
    f"Share of {alliance.POINTS} points of priors of ours, at these losses: {_PRIORS}. The model "
    "of mutual consent is ours."
)


def _fixed(solved: Solved) -> str:
    if solved.threat is None:
        return ""
    return (
        f" After rejection the scenario's threat (chance {solved.threat.probability:g}) counts "
        "where it costs more than what a pact risks anyway."
    )


def _plan(solved: Solved, place: Place) -> alliance.Plan:
    found: alliance.Plan = place["plan"] if place["plan"] != "scenario" else solved.plan
    return found


def _pact(solved: Solved, place: Place) -> alliance.World:
    return solved.pact(entrapment=place["entrapment"] == "on")


def _outcome(solved: Solved, place: Place) -> Answer:
    if place["outcome"] == "united-states-rejects":
        return _rejection(solved, {"bound": "middle", "prestige": place["prestige"]})
    plan = _plan(solved, place)
    both, china, russia = alliance.share(_pact(solved, place), plan)
    value = {"alliance": both, "china-consents": china, "russia-consents": russia}
    note = f"Plan: {plan}. {_OURS}{_fixed(solved)}"
    return Answer(value[str(place["outcome"])], note, ("capabilities",))


def _difference(solved: Solved, place: Place) -> Answer:
    world = _pact(solved, place)
    value, boxes = alliance.difference(world), alliance.positive_boxes(world)
    sign = "" if boxes in (0.0, 1.0) else " The sign is not determined."
    note = (
        f"Rejected less accepted. Above zero in {100 * boxes:.0f} percent of the sub-boxes of the "
        f"priors.{sign} {_OURS}{_fixed(solved)}"
    )
    return Answer(value, note, ("capabilities",))


def _sign(solved: Solved, place: Place) -> Answer:
    value = alliance.positive_boxes(_pact(solved, place))
    halves = ", ".join(alliance.SPLIT)
    return Answer(value, f"Sub-boxes are halves of {halves}. {_OURS}", ("capabilities",))


def _needed_stake(solved: Solved, place: Place) -> Answer:
    world = _pact(solved, place)
    loss = solved.loss(str(place["scope"]), (CHINA,))
    quantile = 0.5 if place["priors"] == "half" else 0.9
    value = alliance.needed_stake(world, loss, quantile)
    note = (
        "Stake in a conflict times its yearly risk, in percent of a year's income, at which China "
        f"gains by a pact under {place['priors']} of the priors of ours.{_fixed(solved)}"
    )
    return Answer(value, note, ("capabilities",))


def _corner(solved: Solved, place: Place) -> Answer:
    pushed = RISK[str(place["risk"])]
    value, held = alliance.best_corner(_pact(solved, place), _plan(solved, place), pushed)
    where = ", ".join(f"{k} {low:.2g} to {high:.2g}" for k, (low, high) in held.items())
    return Answer(value, f"With {where}; other priors as they are. {_OURS}", ("capabilities",))


def _bargain(solved: Solved) -> str:
    p = solved.parameters
    costs = solved.costs
    return (
        f"Costs are the yearly losses of an embargo of Russia, {costs[0]:.3g} percent of income to "
        f"the West and {costs[1]:.3g} to Russia, over a prize of {p['prize']:.3g} years of income "
        "(ours, 0.1 to 2.5)."
    )


def _prestige(solved: Solved, with_it: bool) -> str:
    d = solved.prestige(with_it)
    return f" Prestige costs {d:.2g} of the prize (ours, 0 to 0.5)." if with_it else ""


def _rejection(solved: Solved, place: Place) -> Answer:
    with_it = place["prestige"] == "with"
    bound = str(place["bound"])
    c_A, d = solved.shares()[0], solved.prestige(with_it)
    empty = bargaining.says_nothing(solved.arms["odds"], c_A, d, bargaining.BOUNDS[bound])
    note = (
        f"{_bargain(solved)}{_prestige(solved, with_it)} Other side's cost uniform up to "
        f"{bargaining.BOUNDS[bound]:g} of the prize (ours)."
    )
    said = "Not informative: the form and free numbers decide, not costs. " if empty else ""
    return Answer(solved.rejection(bound, with_it), said + note, ("odds",))


def _range(solved: Solved, place: Place) -> Answer:
    with_it = place["prestige"] == "with"
    values = bargaining.swept(
        solved.arms["odds"], solved.shares()[0], solved.prestige(with_it)
    )  # fmt: skip
    value = float(np.ptp(values))
    said = "Not informative: more than half of all there is. " if value > 0.5 else ""
    note = f"{said}From {values.min():.2f} to {values.max():.2f} over bounds of 0.02 to 1 (ours)."
    return Answer(value, f"{note} {_bargain(solved)}{_prestige(solved, with_it)}", ("odds",))


def _prestige_effect(solved: Solved, place: Place) -> Answer:
    bound = str(place["bound"])
    value = solved.rejection(bound, True) - solved.rejection(bound, False)
    note = f"By the form, cost over twice the bound.{_prestige(solved, True)} {_bargain(solved)}"
    return Answer(value, note, ("odds",))


def _needed_prestige(solved: Solved, place: Place) -> Answer:
    bound = bargaining.BOUNDS[str(place["bound"])]
    value = bargaining.needed_prestige(solved.arms["odds"], solved.shares()[0], bound)
    note = (
        f"To raise the chance by one half, with costs of the other side up to {bound:g} of the "
        f"prize (ours). No settlement at all beyond {100 * sum(solved.shares()):.3g} percent."
    )
    return Answer(100.0 * value, note, ("odds",))


def _width(solved: Solved, place: Place) -> Answer:
    prize = VALUES[str(place["value"])]
    value = float(bargaining.width(*solved.shares(prize)))
    return Answer(100.0 * value, f"{_bargain(solved)} Asked for: {place['value']}.")


# wedge and arms


def _wedge_note(place: Place) -> str:
    offer = (
        "leaves China or Russia and the embargo of Russia ends" if place["offer"] == wedge.OFFERS[0]
        else "leaves while the embargo of Russia stays"
    )  # fmt: skip
    return f"The party {offer}. Trade alone; on the table of {AS_OF[:4]}, when trade still went on."


def _one(place: Place) -> str:
    codes = _codes(place)
    if len(codes) != 1:
        raise DataMissing("one party is asked about at a time", hint="name one country")
    return codes[0]


def _wedge_gain(solved: Solved, place: Place) -> Answer:
    stay, leave = solved.wedge(_one(place), str(place["offer"]))
    return Answer(wedge.gain(stay, leave), _wedge_note(place))


def _wedge_transfer(solved: Solved, place: Place) -> Answer:
    code = _one(place)
    stay, leave = solved.wedge(code, str(place["offer"]))
    value = wedge.transfer(stay, leave, solved.size((code,)))
    negative = "Below zero, trade is not what holds the link. " if value < 0 else ""
    return Answer(value, negative + _wedge_note(place))


def _link_worth(solved: Solved, place: Place) -> Answer:
    stay, leave = solved.wedge(_one(place), wedge.OFFERS[1])
    note = f"Trade alone, under the embargo of Russia; on the table of {AS_OF[:4]}."
    return Answer(-wedge.gain(stay, leave), note)


_CONTEST = "Ratio form on yearly flows, exponent assumed in the engine power: no forecast."


def _odds(solved: Solved, place: Place) -> Answer:
    p = solved.arms["odds" if place["arms"] == "scenario" else "odds.none"]
    return Answer(p if place["side"] == "Ukraine" else 1.0 - p, _CONTEST, ("odds",))


def _arms_effect(solved: Solved, place: Place) -> Answer:
    return Answer(solved.arms_effect(str(place["giver"])), _CONTEST, ("odds",))


def _offset(solved: Solved, place: Place) -> Answer:
    return Answer(solved.offset(str(place["giver"])), _CONTEST, ("odds",))


def _stake(solved: Solved, place: Place) -> Answer:
    value = solved.escalation_stake(*_threat(solved, place))
    note = f"Per USD 10 bn of arms a year. {_CONTEST} {_game(solved, place)}"
    if len(solved.answer(*_threat(solved, place)).concede) > 1:
        note = f"Several equilibria: the one of most concession. {note}"
    if value == 0:
        note = f"Even odds of resisting need no stake. {note}"
    return Answer(value, note, ("estimates", "capabilities", "odds"))


def _metric(
    name: str,
    unit: str,
    description: str,
    *dims: Dimension,
    aggregate: Literal["sum", "mean", "none"] = "none",
) -> Metric:
    return Metric(f"strategy.{name}", dims, unit, description, aggregate, AS_OF)


def _ours(name: str, unit: str, description: str, *dims: Dimension) -> Metric:
    """Declare a metric that priors of ours decide."""
    return Metric(f"strategy.{name}", dims, unit, description, "none", AS_OF, "ours")


def _choice(name: str, values: Sequence[str], text: str, required: bool = True) -> Dimension:
    return Dimension(name, "choice", tuple(values), required, text)


SCOPE = _choice("scope", SCOPES, "what is threatened; scenario: what the scenario threatens")
SENDER = _choice(
    "sender", SENDERS, "how the sender's own loss enters: published effect, at the target's scale, "
    "not at all", False,
)  # fmt: skip
EQUILIBRIUM = _choice(
    "equilibrium", ("lowest", "highest"), "by concession, if there are several", False
)
CARRIED = _choice("carried_out", ("sure", "model"), "for sure, or with the game's chance")
PARTY = Dimension("party", "country", description="whose; several are taken together")
ONE = Dimension("party", "country", description="who leaves")
ENTRAPMENT = _choice("entrapment", ("on", "off"), "whether a pact may draw China into the war")
ENTRAPMENT_TOO = _choice("entrapment", ("on", "off"), ENTRAPMENT.description, False)
PLAN = _choice(
    "plan", ("scenario", *alliance.PLANS),
    "what became of the plan; scenario: rejected if arms go to Ukraine or China is threatened, "
    "else as it is", False,
)  # fmt: skip
BOUND = _choice("bound", tuple(bargaining.BOUNDS), "on the other side's cost, a free number")
PRESTIGE = _choice("prestige", ("with", "without"), "whether China's standing is a cost")
PRESTIGE_TOO = _choice("prestige", ("with", "without"), PRESTIGE.description, False)
OFFER = _choice("offer", wedge.OFFERS, "what is offered for leaving")
GIVER = _choice("giver", ("China", "West"), "who gives: China to Russia, the West to Ukraine")

READERS: tuple[Reader, ...] = (
    Reader(_metric("concession_probability", "share", "Chance that China stops arming Russia once "
                   "threatened, in the game of Lewis and Schultz", SCOPE, SENDER, EQUILIBRIUM),
           _concession),
    Reader(_metric("equilibria", "equilibria", "Equilibria of the game of a threat", SCOPE, SENDER),
           _equilibria),
    Reader(_metric("deterred", "0 or 1", "Whether China more likely concedes than not", SCOPE,
                   SENDER, EQUILIBRIUM), _deterred),
    Reader(_metric("loss", "percent", "Real income lost if a threat to China is carried out",
                   PARTY, SCOPE, aggregate="mean"), _loss),
    Reader(_metric("loss_value", "USD bn", "The same in dollars of 2022, a year", PARTY, SCOPE,
                   aggregate="sum"), _loss_value),
    Reader(_metric("break_even_share", "percent", "Yearly value of arming Russia to China at which "
                   "it pays in spite of a threat, of its income", SCOPE, CARRIED, SENDER,
                   EQUILIBRIUM), _break_even),
    Reader(_metric("break_even_value", "USD bn", "The same in dollars of 2022, a year", SCOPE,
                   CARRIED, SENDER, EQUILIBRIUM), _break_even_value),
    Reader(_metric("scale", "1 per percent", "Payoff for each percent of real income",
                   _choice("of", ("target", "sender"), "whose payoff")), _scale),
    Reader(_ours("outcome_probability", "share", "Chance of an outcome of the plan: of a pact, "
                   "the share of the priors; of rejection, by bargaining",
                   _choice("outcome", OUTCOMES, "which"), PLAN, ENTRAPMENT_TOO, PRESTIGE_TOO),
           _outcome),
    Reader(_ours("alliance_difference", "share", "Share of the priors with a pact if the plan is "
                   "rejected, less that if it is accepted", ENTRAPMENT), _difference),
    Reader(_ours("alliance_sign", "share", "Share of sub-boxes of the priors in which rejection "
                   "makes a pact likelier", ENTRAPMENT), _sign),
    Reader(_ours("needed_stake", "percent", "Stake times yearly risk, of income, from which a "
                   "pact pays for China", SCOPE, ENTRAPMENT_TOO,
                   _choice("priors", ("half", "nine-tenths"), "under how many", False)),
           _needed_stake),
    Reader(_ours("best_corner", "share", "Highest share with a pact over corners of the priors",
                   _choice("risk", tuple(RISK), "whether the risk is pushed to its end too"),
                   PLAN, ENTRAPMENT_TOO), _corner),
    Reader(_ours("rejection_probability", "share", "Chance that a settlement is refused, by "
                   "bargaining under unknown costs", BOUND, PRESTIGE_TOO), _rejection),
    Reader(_ours("rejection_range", "share", "Highest less lowest chance of refusal over the "
                   "free bound", PRESTIGE), _range),
    Reader(_ours("prestige_effect", "share", "What the mediator's prestige alone adds to the "
                   "chance of refusal", BOUND), _prestige_effect),
    Reader(_ours("needed_prestige", "percent", "Cost of prestige, of the prize, that alone "
                   "raises the chance of refusal by one half", BOUND), _needed_prestige),
    Reader(_metric("bargaining_range", "percent", "Width of the settlements both sides prefer to "
                   "war, of the prize", _choice("value", tuple(VALUES), "the prize, in years of "
                   "income; drawn: the parameter")), _width),
    Reader(_metric("wedge_gain", "percent", "What a party gains in real income by leaving the "
                   "other", ONE, OFFER), _wedge_gain, lambda _: (CHINA, RUSSIA)),
    Reader(_metric("wedge_transfer", "USD bn", "Smallest yearly transfer at which leaving does "
                   "not lose; below zero none is needed", ONE, OFFER), _wedge_transfer,
           lambda _: (CHINA, RUSSIA)),
    Reader(_metric("link_worth", "percent", "What trade between China and Russia is worth to a "
                   "party: the real income it would lose without it",
                   Dimension("party", "country", description="whose")), _link_worth,
           lambda _: (CHINA, RUSSIA)),
    Reader(_metric("odds", "share", "Odds in the contest of the war, with the scenario's arms or "
                   "none of them", _choice("side", ("Ukraine", "Russia"), "whose"),
                   _choice("arms", ("scenario", "none"), "which arms count", False)), _odds),
    Reader(_metric("arms_effect", "pp", "What USD 10 bn of arms add to the odds of the side that "
                   "gets them", GIVER), _arms_effect),
    Reader(_metric("offset_aid", "USD bn", "What undoes USD 10 bn of arms given to the other side",
                   GIVER), _offset),
    Reader(_ours("escalation_break_even", "percent", "Stake in the war, of China's income, at "
                   "which it arms Russia with even odds in spite of a threat", SCOPE, SENDER),
           _stake),
)  # fmt: skip
BY_NAME = {r.metric.name: r for r in READERS}
