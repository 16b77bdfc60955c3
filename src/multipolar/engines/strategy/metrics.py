"""Every metric of the engine, and how it is read. To add one, write its function and list it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np

from multipolar.engines.api.contract import FROM_ZERO, UNBOUNDED, Basis, Dimension, Metric, Source
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.halfwidth import SOLVER, Width, with_width
from multipolar.engines.strategy import alliance, bargaining, wedge
from multipolar.engines.strategy.data import Setting
from multipolar.engines.strategy.deterrence import SENDERS
from multipolar.engines.strategy.solved import Solved

Metrics: TypeAlias = tuple[Declared[Solved], ...]
PRIZES = {"drawn": None, "quarter": 0.25, "one": 1.0, "two-and-a-half": 2.5}
RISK = {"pushed": alliance.CORNERS, "drawn": ("stake", "answer", "entrapment")}
CAPABILITIES = "https://correlatesofwar.org/data-sets/national-material-capabilities/"


def _value(solved: Solved, value: float, note: str, *rests: str) -> Value:
    """Return a value with the rows behind it: trade always, and what else it rests on."""
    taken, year = solved.taken, solved.setting.year
    incomes = "Real incomes of the engine trade, in variants."
    rows = {
        "trade": Source(taken.trade_source, solved.setting.as_of, note=incomes),
        "estimates": Source(solved.estimates.source),
        "odds": Source(taken.odds_source, note="Contest of the engine power."),
        "capabilities": Source(
            "Correlates of War, National Material Capabilities",
            str(year),
            CAPABILITIES,
            note="Facts, series power.cinc.",
        ),
    }
    wanted = {"trade", *rests}
    return Value(value, tuple(row for k, row in rows.items() if k in wanted), note=note)


# threats


def _game(solved: Solved) -> str:
    s, setting = solved.scales, solved.setting
    fixed = ", ".join(f"{c.name} {c.value:g}" for c in setting.covariates)
    return (
        f"Published game and estimates; payoffs by losses are ours: {s.kappa_b:.3g} for each "
        f"percent of {setting.target.text}'s income, {s.kappa_a:.2g} of the senders' by the "
        f"published effect, which cannot be told from none. Dependence "
        f"{solved.dependence[0]:.3f} of income, counted {solved.parameters['dependence']:g}-way; "
        f"payment cost {100 * solved.taken.commission:.3g} percent (of engine money, ours, 2 to "
        f"12). Stated covariates: {fixed}."
    )


def _threat(place: Place) -> tuple[str, Any]:
    return str(place["scope"]), place["own_loss"]


def _concession(solved: Solved, place: Place) -> Value:
    value = solved.concession(*_threat(place), place["equilibrium"])
    count = len(solved.answer(*_threat(place)).concede)
    more = "One equilibrium. " if count == 1 else f"{count} equilibria: read lowest and highest. "
    return _value(solved, value, more + _game(solved), "estimates", "capabilities")


def _equilibria(solved: Solved, place: Place) -> Value:
    found = solved.answer(*_threat(place)).concede
    listed = ", ".join(f"{v:.3f}" for v in found)
    note = f"Concession in each: {listed}. {_game(solved)}"
    return _value(solved, float(len(found)), note, "estimates", "capabilities")


def _deterred(solved: Solved, place: Place) -> Value:
    found = _concession(solved, place)
    return Value(float(float(found.value) >= 0.5), found.evidence, note=found.note)


def _party(solved: Solved, place: Place) -> tuple[str, ...]:
    value = place["country"]
    codes = tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)
    return tuple(solved.taken.income) if EVERYBODY in codes else codes


def _lost(solved: Solved, scope: str) -> str:
    setting = solved.setting
    note = (
        f"On top of a {setting.senders.adjective} embargo of {setting.partner.text}; the threat "
        "carried out in full."
    )
    if solved.on_payments(scope):
        cost = 100 * solved.taken.commission
        note += (
            f" Payments blocked cost {cost:.3g} percent on all trade (the commission of engine "
            "money, ours, 2 to 12)."
        )
    return note


def _loss(solved: Solved, place: Place) -> Value:
    scope = str(place["scope"])
    return _value(solved, solved.loss(scope, _party(solved, place)), _lost(solved, scope))


def _loss_value(solved: Solved, place: Place) -> Value:
    codes, scope = _party(solved, place), str(place["scope"])
    value = solved.loss(scope, codes) / 100.0 * solved.taken.size(codes)
    return _value(solved, value, f"{_lost(solved, scope)} A year, of {solved.setting.year}.")


def _break_even(solved: Solved, place: Place) -> Value:
    (scope, sender), carried = _threat(place), str(place["carried_out"])
    value = solved.break_even(scope, carried, sender, place["equilibrium"])
    if carried == "sure":
        note = f"Arming pays only if it is worth more each year. {_lost(solved, scope)}"
        return _value(solved, value, note)
    note = f"The loss times the chance that the threat is carried out. {_game(solved)}"
    return _value(solved, value, note, "estimates", "capabilities")


def _break_even_value(solved: Solved, place: Place) -> Value:
    found = _break_even(solved, place)
    value = float(found.value) / 100.0 * solved.taken.size(solved.target)
    return Value(value, found.evidence, note=found.note)


def _scale(solved: Solved, place: Place) -> Value:
    s = solved.scales
    value = s.kappa_b if place["role"] == "target" else s.kappa_a
    return _value(solved, value, _game(solved), "estimates")


# the plan


def _ours(first: str, last: str = "") -> str:
    """Say what a share of the priors is, between two sentences."""
    priors = "; ".join(
        f"{r.name} {r.low:.3g} to {r.high:.3g} {'' if r.unit in ('1', 'ratio') else r.unit}".strip()
        for r in alliance.PRIORS
        if r.name != "scope"
    )
    return (
        f"{first} Share of {alliance.POINTS} points of priors of ours, at these losses: {priors}; "
        f"each scope of sanctions as likely. The model of mutual consent is ours.{last}"
    )


def _fixed(solved: Solved) -> str:
    threat = solved.prepared.threat
    if threat is None:
        return ""
    return (
        f" After rejection the scenario's threat (chance {threat.probability:g}) counts "
        "where it costs more than what a pact risks anyway."
    )


def _plan(solved: Solved, place: Place) -> alliance.Plan:
    found: alliance.Plan = place["plan"] if place["plan"] != "scenario" else solved.prepared.plan
    return found


def _pact(solved: Solved, place: Place) -> alliance.Terms:
    return solved.pact(entrapment=place["entrapment"] == "on")


def _outcomes(s: Setting) -> tuple[str, ...]:
    consents = (f"{actor.word}-consents" for actor in (s.target, s.partner))
    return ("alliance", *consents, f"{s.leader.word}-rejects")


def _outcome(solved: Solved, place: Place) -> Value:
    at = _outcomes(solved.setting).index(place["outcome"])
    if at == 3:
        return _rejection(solved, {"bound": "middle", "prestige": place["prestige"]})
    plan = _plan(solved, place)
    value = alliance.share(_pact(solved, place), plan)[at]
    return _value(solved, value, _ours(f"Plan: {plan}.", _fixed(solved)), "capabilities")


def _difference(solved: Solved, place: Place) -> Value:
    terms = _pact(solved, place)
    value, boxes = alliance.difference(terms), alliance.positive_boxes(terms)
    sign = "" if boxes in (0.0, 1.0) else " The sign is not determined."
    first = (
        f"Rejected less accepted. Above zero in {100 * boxes:.0f} percent of the sub-boxes of the "
        f"priors.{sign}"
    )
    return _value(solved, value, _ours(first, _fixed(solved)), "capabilities")


def _sign(solved: Solved, place: Place) -> Value:
    value = alliance.positive_boxes(_pact(solved, place))
    first = f"Sub-boxes are halves of {', '.join(alliance.SPLIT)}."
    return _value(solved, value, _ours(first), "capabilities")


def _needed_stake(solved: Solved, place: Place) -> Value:
    terms = _pact(solved, place)
    loss = solved.loss(str(place["scope"]), solved.target)
    quantile = 0.5 if place["priors"] == "half" else 0.9
    note = (
        "Stake in a conflict times its yearly risk, in percent of a year's income, at which "
        f"{solved.setting.target.text} gains by a pact under {place['priors']} of the priors of "
        f"ours.{_fixed(solved)}"
    )
    return _value(solved, alliance.needed_stake(terms, loss, quantile), note, "capabilities")


def _corner(solved: Solved, place: Place) -> Value:
    pushed = RISK[str(place["risk"])]
    value, held = alliance.best_corner(_pact(solved, place), _plan(solved, place), pushed)
    where = ", ".join(f"{k} {low:.2g} to {high:.2g}" for k, (low, high) in held.items())
    note = _ours(f"With {where}; other priors as they are.")
    return _value(solved, value, note, "capabilities")


def _bargain(solved: Solved) -> str:
    setting, costs = solved.setting, solved.costs
    partner = setting.partner.text
    return (
        f"Costs are the yearly losses of an embargo of {partner}, {costs[0]:.3g} percent of income "
        f"to {setting.senders.called} and {costs[1]:.3g} to {partner}, over a prize of "
        f"{solved.parameters['prize']:.3g} years of income (ours, 0.1 to 2.5)."
    )


def _prestige(solved: Solved, with_it: bool) -> str:
    d = solved.prestige(with_it)
    return f" Prestige costs {d:.2g} of the prize (ours, 0 to 0.5)." if with_it else ""


def _offer(solved: Solved) -> tuple[float, float]:
    """Return the defender's odds, and the senders' cost of war over the prize."""
    return solved.taken.odds["scenario"], solved.shares()[0]


def _rejection(solved: Solved, place: Place) -> Value:
    with_it, bound = place["prestige"] == "with", str(place["bound"])
    most = bargaining.BOUNDS[bound]
    empty = bargaining.says_nothing(*_offer(solved), solved.prestige(with_it), most)
    said = "Not informative: the form and free numbers decide, not costs. " if empty else ""
    note = (
        f"{said}{_bargain(solved)}{_prestige(solved, with_it)} Other side's cost uniform up to "
        f"{most:g} of the prize (ours)."
    )
    return _value(solved, solved.rejection(bound, with_it), note, "odds")


def _range(solved: Solved, place: Place) -> Value:
    with_it = place["prestige"] == "with"
    values = bargaining.swept(*_offer(solved), solved.prestige(with_it))
    value = float(np.ptp(values))
    said = "Not informative: more than half of all there is. " if value > 0.5 else ""
    note = f"{said}From {values.min():.2f} to {values.max():.2f} over bounds of 0.02 to 1 (ours)."
    return _value(solved, value, f"{note} {_bargain(solved)}{_prestige(solved, with_it)}", "odds")


def _prestige_effect(solved: Solved, place: Place) -> Value:
    bound = str(place["bound"])
    value = solved.rejection(bound, True) - solved.rejection(bound, False)
    note = f"By the form, cost over twice the bound.{_prestige(solved, True)} {_bargain(solved)}"
    return _value(solved, value, note, "odds")


def _needed_prestige(solved: Solved, place: Place) -> Value:
    bound = bargaining.BOUNDS[str(place["bound"])]
    value = bargaining.needed_prestige(*_offer(solved), bound)
    note = (
        f"To raise the chance by one half, with costs of the other side up to {bound:g} of the "
        f"prize (ours). No settlement at all beyond {100 * sum(solved.shares()):.3g} percent."
    )
    return _value(solved, 100.0 * value, note, "odds")


def _width(solved: Solved, place: Place) -> Value:
    prize = PRIZES[str(place["prize"])]
    value = float(bargaining.width(*solved.shares(prize)))
    return _value(solved, 100.0 * value, f"{_bargain(solved)} Asked for: {place['prize']}.")


# wedge and arms


def _wedge_note(s: Setting, place: Place) -> str:
    partner = s.partner.text
    offer = (
        f"leaves {s.target.text} or {partner} and the embargo of {partner} ends"
        if place["offer"] == wedge.OFFERS[0]
        else f"leaves while the embargo of {partner} stays"
    )
    return f"The party {offer}. Trade alone; on the table of {s.year}, when trade still went on."


def _wedge_gain(solved: Solved, place: Place) -> Value:
    stay, leave = solved.wedge(place["country"], place["offer"])
    return _value(solved, wedge.gain(stay, leave), _wedge_note(solved.setting, place))


def _wedge_transfer(solved: Solved, place: Place) -> Value:
    stay, leave = solved.wedge(place["country"], place["offer"])
    value = wedge.transfer(stay, leave, solved.taken.size((place["country"],)))
    negative = "Below zero, trade is not what holds the link. " if value < 0 else ""
    return _value(solved, value, negative + _wedge_note(solved.setting, place))


def _link_worth(solved: Solved, place: Place) -> Value:
    s = solved.setting
    stay, leave = solved.wedge(place["country"], wedge.OFFERS[1])
    note = f"Trade alone, under the embargo of {s.partner.text}; on the table of {s.year}."
    return _value(solved, -wedge.gain(stay, leave), note)


_CONTEST = "Ratio form on yearly flows, exponent assumed in the engine power: no forecast."


def _armed(solved: Solved, place: Place) -> str:
    """Return the side that gets the arms of whoever gives."""
    return "partner" if place["giver"] == solved.setting.target.name else "defender"


def _odds(solved: Solved, place: Place) -> Value:
    p = solved.taken.odds[str(place["arms"])]
    mine = place["side"] == solved.setting.defender.name
    return _value(solved, p if mine else 1.0 - p, _CONTEST, "odds")


def _arms_effect(solved: Solved, place: Place) -> Value:
    return _value(solved, solved.arms_effect(_armed(solved, place)), _CONTEST, "odds")


def _offset(solved: Solved, place: Place) -> Value:
    return _value(solved, solved.offset(_armed(solved, place)), _CONTEST, "odds")


def _stake(solved: Solved, place: Place) -> Value:
    value = solved.escalation_stake(*_threat(place))
    note = f"Per USD {solved.setting.arms:g} bn of arms a year. {_CONTEST} {_game(solved)}"
    if len(solved.answer(*_threat(place)).concede) > 1:
        note = f"Several equilibria: the one of most concession. {note}"
    if value == 0:
        note = f"Even odds of resisting need no stake. {note}"
    return _value(solved, value, note, "estimates", "capabilities", "odds")


# declarations

TEXT = {
    "concession_probability": "Chance that {target} stops arming {partner} once threatened, in the "
    "game of Lewis and Schultz",
    "equilibria": "Equilibria of the game of a threat",
    "deterred": "Whether {target} more likely concedes than not",
    "loss": "Real income lost if a threat to {target} is carried out",
    "loss_value": "The same in dollars of {year}, a year",
    "break_even_share": "Yearly value of arming {partner} to {target} at which it pays in spite of "
    "a threat, of its income",
    "break_even_value": "The same in dollars of {year}, a year",
    "scale": "Payoff for each percent of real income",
    "outcome_probability": "Chance of an outcome of the plan: of a pact, the share of the priors; "
    "of rejection, by bargaining",
    "alliance_difference": "Share of the priors with a pact if the plan is rejected, less that if "
    "it is accepted",
    "alliance_sign": "Share of sub-boxes of the priors in which rejection makes a pact likelier",
    "needed_stake": "Stake times yearly risk, of income, from which a pact pays for {target}",
    "best_corner": "Highest share with a pact over corners of the priors",
    "rejection_probability": "Chance that a settlement is refused, by bargaining under unknown "
    "costs",
    "rejection_range": "Highest less lowest chance of refusal over the free bound",
    "prestige_effect": "What the mediator's prestige alone adds to the chance of refusal",
    "needed_prestige": "Cost of prestige, of the prize, that alone raises the chance of refusal by "
    "one half",
    "bargaining_range": "Width of the settlements both sides prefer to war, of the prize",
    "wedge_gain": "What a party gains in real income by leaving the other",
    "wedge_transfer": "Smallest yearly transfer at which leaving does not lose; below zero none is "
    "needed",
    "link_worth": "What trade between {target} and {partner} is worth to a party: the real income "
    "it would lose without it",
    "odds": "Odds in the contest of the war, with the scenario's arms or none of them",
    "arms_effect": "What USD {arms:g} bn of arms add to the odds of the side that gets them",
    "offset_aid": "What undoes USD {arms:g} bn of arms given to the other side",
    "escalation_break_even": "Stake in the war, of {target}'s income, at which it arms {partner} "
    "with even odds in spite of a threat",
}


def _choice(
    name: str, values: Sequence[str], text: str, required: bool = True, formerly: str = ""
) -> Dimension:
    old = (formerly,) if formerly else ()
    return dimension(name, text, tuple(values), required=required, formerly=old)


# losses are the trade engine's, off by as much as the shipped table makes those (docs/errors.md)
RECONSTRUCTED = Width("reconstruction of the table", 1e-6, 0.3)
# shares of the priors are counted on a net of 4,096 points: the 80th percentile of the differences
# from one of 65,536, over 120 sets of losses
NET = Width(SOLVER, 0.003)
SOLVED = Width(SOLVER, 1e-6)
EXACT = ("equilibria", "deterred")
# what a reading can be where its unit does not say it
BOUNDS = {
    **dict.fromkeys(("loss", "link_worth", "wedge_gain"), UNBOUNDED),
    **dict.fromkeys(("alliance_difference", "prestige_effect"), (-1.0, 1.0)),
    **dict.fromkeys(("break_even_share", "escalation_break_even"), UNBOUNDED),
    **dict.fromkeys(("needed_prestige", "needed_stake", "bargaining_range"), UNBOUNDED),
    "deterred": (0.0, 1.0),
    "equilibria": FROM_ZERO,
}
WIDTHS = {
    **dict.fromkeys(("loss", "loss_value", "link_worth"), RECONSTRUCTED),
    **dict.fromkeys(("wedge_gain", "wedge_transfer"), RECONSTRUCTED),
    **dict.fromkeys(("outcome_probability", "alliance_difference", "best_corner"), NET),
}


def _declared(
    s: Setting,
    value: Callable[[Solved, Place], Value],
    name: str,
    unit: str,
    *dims: Dimension,
    aggregate: Literal["sum", "mean", "none"] = "none",
    basis: Basis | None = None,
) -> Declared[Solved]:
    text = TEXT[name].format(target=s.target.text, partner=s.partner.text, arms=s.arms, year=s.year)
    bounds = BOUNDS.get(name)
    metric = Metric(f"strategy.{name}", dims, unit, text, aggregate, s.as_of, basis, bounds=bounds)
    metric = with_width(metric, None if name in EXACT else WIDTHS.get(name, SOLVED))
    return Declared(metric, value, many=any(d.kind == "country" for d in dims))


EQUILIBRIUM = _choice(
    "equilibrium", ("lowest", "highest"), "by concession, if there are several", False
)
OWN_LOSS = _choice(
    "own_loss",
    SENDERS,
    "how the sender's own loss enters: published effect, at the target's scale, not at all",
    required=False,
    formerly="sender",
)
CARRIED = _choice("carried_out", ("sure", "model"), "for sure, or with the game's chance")
PARTY = dimension("country", "whose; several are taken together", formerly=("party",))
ROLE = _choice("role", ("target", "sender"), "whose payoff", formerly="of")
BOUND = _choice("bound", tuple(bargaining.BOUNDS), "on the other side's cost, a free number")
OFFER = _choice("offer", wedge.OFFERS, "what is offered for leaving")
LEAVER = dimension("country", "who leaves", formerly=("party",))
WHOSE = dimension("country", "whose", formerly=("party",))
PRIZE = _choice(
    "prize",
    tuple(PRIZES),
    "the prize, in years of income; drawn: the parameter",
    formerly="value",
)
PUSHED = _choice("risk", tuple(RISK), "whether the risk is pushed to its end too")
HALF = _choice("priors", ("half", "nine-tenths"), "under how many", False)
ARMS = _choice("arms", ("scenario", "none"), "which arms count", False)


def _scope(s: Setting) -> Dimension:
    return _choice("scope", s.scopes, "what is threatened; scenario: what the scenario threatens")


def _threats(s: Setting) -> Metrics:
    declare, scope = partial(_declared, s), _scope(s)
    game, carried = (scope, OWN_LOSS, EQUILIBRIUM), (scope, CARRIED, OWN_LOSS, EQUILIBRIUM)
    return (
        declare(_concession, "concession_probability", "share", *game),
        declare(_equilibria, "equilibria", "equilibria", scope, OWN_LOSS),
        declare(_deterred, "deterred", "0 or 1", *game),
        declare(_loss, "loss", "percent", PARTY, scope, aggregate="mean"),
        declare(_loss_value, "loss_value", "USD bn", PARTY, scope, aggregate="sum"),
        declare(_break_even, "break_even_share", "percent", *carried),
        declare(_break_even_value, "break_even_value", "USD bn", *carried),
        declare(_scale, "scale", "1 per percent", ROLE),
    )


def _plans(s: Setting) -> Metrics:
    declare = partial(_declared, s, basis="ours")
    war = f"whether a pact may draw {s.target.text} into the war"
    drawn, maybe_drawn = (_choice("entrapment", ("on", "off"), war, due) for due in (True, False))
    cost = f"whether {s.target.text}'s standing is a cost"
    prestige, maybe = (_choice("prestige", ("with", "without"), cost, due) for due in (True, False))
    became = (
        f"what became of the plan; scenario: rejected if arms go to {s.defender.text} or "
        f"{s.target.text} is threatened, else as it is"
    )
    plan = _choice("plan", ("scenario", *alliance.PLANS), became, False)
    outcome = _choice("outcome", _outcomes(s), "which")
    return (
        declare(_outcome, "outcome_probability", "share", outcome, plan, maybe_drawn, maybe),
        declare(_difference, "alliance_difference", "share", drawn),
        declare(_sign, "alliance_sign", "share", drawn),
        declare(_needed_stake, "needed_stake", "percent", _scope(s), maybe_drawn, HALF),
        declare(_corner, "best_corner", "share", PUSHED, plan, maybe_drawn),
        declare(_rejection, "rejection_probability", "share", BOUND, maybe),
        declare(_range, "rejection_range", "share", prestige),
        declare(_prestige_effect, "prestige_effect", "share", BOUND),
        declare(_needed_prestige, "needed_prestige", "percent", BOUND),
        declare(_width, "bargaining_range", "percent", PRIZE, basis=None),
    )


def _partings(s: Setting) -> Metrics:
    parties = (s.target.code, s.partner.code)
    found = (
        _declared(s, _wedge_gain, "wedge_gain", "percent", LEAVER, OFFER),
        _declared(s, _wedge_transfer, "wedge_transfer", "USD bn", LEAVER, OFFER),
        _declared(s, _link_worth, "link_worth", "percent", WHOSE),
    )
    return tuple(
        replace(d, over=lambda _, dim, __: parties if dim.kind == "country" else dim.values)
        for d in found
    )


def _contests(s: Setting) -> Metrics:
    declare, partner, defender = partial(_declared, s), s.partner.text, s.defender.text
    gives = f"who gives: {s.target.text} to {partner}, {s.senders.called} to {defender}"
    giver = _choice("giver", (s.target.name, s.senders.name), gives)
    side = _choice("side", (s.defender.name, s.partner.name), "whose")
    return (
        declare(_odds, "odds", "share", side, ARMS),
        declare(_arms_effect, "arms_effect", "pp", giver),
        declare(_offset, "offset_aid", "USD bn", giver),
        declare(_stake, "escalation_break_even", "percent", _scope(s), OWN_LOSS, basis="ours"),
    )


def declared(setting: Setting) -> Metrics:
    """Return every metric of a crisis.

    Example:
        >>> from multipolar.engines.strategy.data import setting
        >>> declared(setting())[0].metric.name
        'strategy.concession_probability'
    """
    parts = (_threats, _plans, _partings, _contests)
    return tuple(d for part in parts for d in part(setting))
