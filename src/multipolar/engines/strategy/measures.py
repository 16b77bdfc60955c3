"""What a scenario threatens and arms, and the variants of the world that other engines solve.

All variants of trade stand on an embargo of the partner by the senders, so that a loss is what a
threat adds to the world as it is. They do not depend on the scenario at hand but for its horizon
(and what it threatens the target with), so that scenarios share them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from multipolar.engines.api.contract import Input
from multipolar.policy import Scenario, holds, resolve

if TYPE_CHECKING:
    from multipolar.engines.strategy.data import Setting
    from multipolar.world import World

Measure: TypeAlias = Mapping[str, Any]
SUPPORTS = frozenset({"secondary_sanction_threat", "supply_arms"})


@dataclass(frozen=True, slots=True)
class Threat:
    """What a scenario threatens the target with.

    Attributes:
        senders: ISO codes.
        payment: whether payments are to be blocked, at a cost to trade, or trade itself.
        scope: industry codes.
        probability: that it is carried out.
    """

    senders: tuple[str, ...]
    payment: bool
    scope: tuple[str, ...]
    probability: float


def threat_of(setting: Setting, world: World, scenario: Scenario) -> Threat | None:
    """Return the threat a scenario makes to the target, or None.

    Several are taken together: senders and industries of all, the highest probability; trade is
    cut if any of them would cut it.
    """
    target = setting.target.code
    rows = _rows(world, scenario, "secondary_sanction_threat")
    rows = [m for m in rows if target in m["third_parties"]]
    if not rows:
        return None
    senders = dict.fromkeys(c for m in rows for c in m["senders"] if c != target)
    return Threat(
        tuple(senders),
        all(m["consequence"] == "payment_block" for m in rows),
        tuple(dict.fromkeys(s for m in rows for s in m["scope"])),
        max(float(m["probability"]) for m in rows),
    )


def arms_of(setting: Setting, world: World, scenario: Scenario) -> tuple[bool, str]:
    """Return whether a scenario arms the defender, and a note on what changes nothing."""
    rows = _rows(world, scenario, "supply_arms")
    defender = setting.defender
    notes = [
        f"Measure {m['number']} (supply_arms) changes nothing here: the war that is asked about is "
        f"{defender.text}'s, not that of {m['recipient']}."
        for m in rows
        if m["recipient"] != defender.code
    ]
    left_out = resolve(scenario, world).in_force()[1]
    return len(notes) < len(rows), " ".join(dict.fromkeys((*left_out, *notes)))


def _rows(world: World, scenario: Scenario, kind: str) -> list[Measure]:
    return [m for m in resolve(scenario, world).in_force()[0] if m["measure"] == kind]


def needed(setting: Setting) -> dict[str, str]:
    """Return the names of the inputs there are in every scenario, each with its engine."""
    names = {f"percent.{k}": "trade" for k in _worlds(setting)}
    names |= dict.fromkeys(("value", "exports", "imports"), "trade")
    names |= dict.fromkeys((f"odds.{k}" for k in _arms(setting, ())), "power")
    names |= dict.fromkeys((f"ratio.{k}" for k in _pairs(setting)), "power")
    return {**names, "commission": "money"}


def inputs(setting: Setting, world: World, scenario: Scenario) -> tuple[Input, ...]:
    """Return all that is taken: eight or nine solves of trade, four of power, one of money."""
    horizon = scenario.horizon
    worlds = {k: variant(k, v, horizon) for k, v in _worlds(setting).items()}
    threat = threat_of(setting, world, scenario)
    if threat is not None:
        measures = (_base(setting), _threatened(setting, threat))
        worlds["scenario"] = variant(f"threat.{scenario.name}"[:48], measures, horizon)
    taken = [Input(f"percent.{k}", "trade.real_income", {}, v) for k, v in worlds.items()]
    whole = worlds[setting.senders.word]
    taken.append(Input("value", "trade.real_income_value", {}, whole))
    for name, side in (("exports", "exporter"), ("imports", "importer")):
        where = {side: setting.target.code, "sector": "all"}
        taken.append(Input(name, "trade.flow", where, worlds["base"]))
    calm = variant("capabilities", ())
    # what a full block of payments costs: drawn once, there, for all engines
    cost = Input("commission", "money.cost_scale", {"parameter": "commission"}, calm)
    return (*taken, *_odds(setting, scenario), *_ratios(setting, calm), cost)


def variant(name: str, measures: Sequence[Measure], horizon: str = "long") -> Scenario:
    """Return a scenario of the engine's own; its name tells the horizon.

    Example:
        >>> calm = variant("capabilities", ())
        >>> calm.name, len(calm.measures)
        ('strategy.capabilities', 0)
    """
    ending = "" if horizon == "long" else f".{horizon}"
    return Scenario.model_validate(
        {"name": f"strategy.{name}{ending}"[:64], "measures": list(measures), "horizon": horizon}
    )


def _embargo(senders: Sequence[str], target: str) -> Measure:
    return {"measure": "embargo", "senders": list(senders), "targets": target}


def _base(setting: Setting) -> Measure:
    return _embargo(setting.senders.members, setting.partner.name)


def _worlds(setting: Setting) -> dict[str, tuple[Measure, ...]]:
    """Return the variants that trade is solved in, by name: what is done on top of nothing."""
    s, base, target = setting, _base(setting), setting.target.name
    by_all = {"senders": list(s.senders.members), "targets": target}
    link = _embargo((target,), s.partner.name)
    barrier = {"measure": "trade_barrier", **by_all}
    low, high = s.payment
    return {
        "base": (base,),
        "industry": (base, {"measure": "export_control", **by_all, "scope": s.industry}),
        "payment": (base, {**barrier, "rate": low}),
        "payment-high": (base, {**barrier, "rate": high}),
        s.leader.word: (base, _embargo((s.leader.name,), target)),
        s.senders.word: (base, _embargo(s.senders.members, target)),
        "no-link": (base, link),
        "no-link-no-embargo": (link,),
    }


def _threatened(setting: Setting, threat: Threat) -> Measure:
    cut = {**_embargo(threat.senders, setting.target.code), "scope": list(threat.scope)}
    if not threat.payment:
        return cut
    return {**cut, "measure": "trade_barrier", "rate": setting.payment[0]}


def _arms(setting: Setting, given: Sequence[Measure]) -> dict[str, tuple[str, Sequence[Measure]]]:
    """Return arms by variant, each with its label: the scenario's, none, and ten billion more."""
    s, label = setting, "arms" if given else "no-arms"

    def more(giver: str, recipient: str) -> Sequence[Measure]:
        supply = {"measure": "supply_arms", "senders": giver, "recipient": recipient}
        return (*given, {**supply, "value": s.arms})

    return {
        "scenario": (label, given),
        "none": ("no-arms", ()),
        "partner": (f"{label}-and-{s.target.word}", more(s.target.name, s.partner.name)),
        "defender": (f"{label}-and-{s.senders.word}", more(s.leader.name, s.defender.name)),
    }


def _odds(setting: Setting, scenario: Scenario) -> list[Input]:
    """Ask for the defender's odds with the scenario's arms, without, and with more on a side."""
    given = tuple(
        m.model_dump(mode="json", exclude_none=True)
        for m in scenario.measures
        if m.measure == "supply_arms" and holds(m.since or "", m.until or "", scenario.year)
    )
    where = {"country": setting.defender.code, "opponent": setting.partner.code}
    return [
        Input(f"odds.{k}", "power.win_probability", where, variant(label, measures))
        for k, (label, measures) in _arms(setting, given).items()
    ]


def _pairs(setting: Setting) -> dict[str, tuple[str | tuple[str, ...], str]]:
    """Return whose capabilities are set beside whose, by name."""
    target, partner, leader = (a.code for a in (setting.target, setting.partner, setting.leader))
    return {
        "target": (target, leader),
        "pact": ((target, partner), leader),
        "partner": (partner, leader),
        "senders": (setting.senders.measured, target),
    }


def _ratios(setting: Setting, calm: Scenario) -> list[Input]:
    year = setting.year
    found = []
    for name, (one, other) in _pairs(setting).items():
        where = {"country": one, "partner": other, "index": "cinc", "year": year}
        found.append(Input(f"ratio.{name}", "power.ratio", where, calm))
    return found
