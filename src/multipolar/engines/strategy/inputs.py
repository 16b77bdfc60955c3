"""What the engine takes from trade, power and money, and in which variants of the world.

All trade variants stand on an embargo of Russia by the West, so that a loss is what a threat adds
to the world after 2022. They do not depend on the scenario at hand but for its horizon (and what
it threatens China with), so that scenarios share them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.contract import Input
from multipolar.errors import EngineError
from multipolar.policy import Scenario, resolve

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

WEST = (
    "G7", "EU", "Australia", "New Zealand", "South Korea", "Norway", "Switzerland", "Iceland",
)  # fmt: skip
FIVE = ("USA", "DEU", "FRA", "GBR", "JPN")  # the senders with a capability index in the facts
PAYMENT, HIGH = 0.05, 0.10  # costs of payments at which the trade engine is asked
COMMISSION = "commission"
TEN = 10.0  # USD bn of arms
CAPABILITY_YEAR = 2022
CHINA, RUSSIA, UKRAINE, AMERICA = "CHN", "RUS", "UKR", "USA"
THREAT = "secondary_sanction_threat"

Measure = dict[str, Any]


def _embargo(senders: Sequence[str], target: str) -> Measure:
    return {"measure": "embargo", "senders": list(senders), "targets": target}


BASE: tuple[Measure, ...] = (_embargo(WEST, "Russia"),)
LINK = _embargo(("China",), "Russia")
# by name, what comes on top of nothing
TRADE: Mapping[str, tuple[Measure, ...]] = {
    "base": BASE,
    "industry": (
        *BASE,
        {"measure": "export_control", "senders": list(WEST), "targets": "China", "scope": "C26"},
    ),
    "payment": (
        *BASE,
        {"measure": "trade_barrier", "senders": list(WEST), "targets": "China", "rate": PAYMENT},
    ),
    "payment-high": (
        *BASE,
        {"measure": "trade_barrier", "senders": list(WEST), "targets": "China", "rate": HIGH},
    ),
    "united-states": (*BASE, _embargo(("United States",), "China")),
    "west": (*BASE, _embargo(WEST, "China")),
    "no-link": (*BASE, LINK),
    "no-link-no-embargo": (LINK,),
}
ODDS = ("odds", "odds.none", "odds.china", "odds.west")
RATIOS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ratio.china": ((CHINA,), (AMERICA,)),
    "ratio.pact": ((CHINA, RUSSIA), (AMERICA,)),
    "ratio.russia": ((RUSSIA,), (AMERICA,)),
    "ratio.senders": (FIVE, (CHINA,)),
}


@dataclass(frozen=True, slots=True)
class Threat:
    """What a scenario threatens China with.

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


def threat_of(world: World, scenario: Scenario) -> Threat | None:
    """Return the threat a scenario makes to China, or None.

    Several are taken together: senders and industries of all, the highest probability; trade is
    cut if any of them would cut it.
    """
    rows = [
        m for m in resolve(scenario, world).measures
        if m["measure"] == THREAT and CHINA in m["third_parties"]
    ]  # fmt: skip
    if not rows:
        return None
    senders = dict.fromkeys(c for m in rows for c in m["senders"] if c != CHINA)
    return Threat(
        tuple(senders),
        all(m["consequence"] == "payment_block" for m in rows),
        tuple(dict.fromkeys(s for m in rows for s in m["scope"])),
        max(float(m["probability"]) for m in rows),
    )


def arms_of(scenario: Scenario) -> tuple[Measure, ...]:
    """Return the arms a scenario supplies, as plain data."""
    return tuple(
        m.model_dump(mode="json", exclude_none=True)
        for m in scenario.measures if m.measure == "supply_arms"
    )  # fmt: skip


def variant(name: str, measures: Sequence[Measure], horizon: str = "long") -> Scenario:
    """Return a scenario of the engine's own; its name tells the horizon.

    Example:
        >>> variant("west", TRADE["west"]).name, len(variant("west", TRADE["west"]).measures)
        ('strategy.west', 2)
    """
    ending = "" if horizon == "long" else f".{horizon}"
    return Scenario.model_validate(
        {"name": f"strategy.{name}{ending}"[:64], "measures": list(measures), "horizon": horizon}
    )


def _threatened(threat: Threat) -> Measure:
    on = {"senders": list(threat.senders), "targets": CHINA, "scope": list(threat.scope)}
    if threat.payment:
        return {"measure": "trade_barrier", **on, "rate": PAYMENT}
    return {"measure": "embargo", **on}


def inputs(world: World, scenario: Scenario) -> tuple[Input, ...]:
    """Return all that is taken: eight or nine solves of trade, four of power."""
    horizon = scenario.horizon
    worlds = {k: variant(k, v, horizon) for k, v in TRADE.items()}
    threat = threat_of(world, scenario)
    if threat is not None:
        name = f"threat.{scenario.name}"[:48]
        worlds["scenario"] = variant(name, (*BASE, _threatened(threat)), horizon)
    taken = [Input(f"percent.{k}", "trade.real_income", {}, v) for k, v in worlds.items()]
    taken.append(Input("value.west", "trade.real_income_value", {}, worlds["west"]))
    for name, side in (("exports", "exporter"), ("imports", "importer")):
        where = {side: CHINA, "sector": "all"}
        taken.append(Input(name, "trade.flow", where, worlds["base"]))
    # what a full block of payments costs: drawn once, there, for all engines
    cost = Input(COMMISSION, "money.cost_scale", {"of": COMMISSION}, variant("capabilities", ()))
    return (*taken, *_arms(arms_of(scenario)), *_ratios(), cost)


def _arms(arms: Sequence[Measure]) -> list[Input]:
    """Return the odds of Ukraine with the scenario's arms, without, and with ten billion more."""
    with_arms = "arms" if arms else "no-arms"
    more = {
        "odds": (with_arms, arms),
        "odds.none": ("no-arms", ()),
        "odds.china": (f"{with_arms}-and-china", (*arms, _supply("China", "Russia"))),
        "odds.west": (f"{with_arms}-and-west", (*arms, _supply("United States", "Ukraine"))),
    }
    where = {"country": UKRAINE, "other": RUSSIA}
    return [
        Input(name, "power.win_probability", where, variant(label, measures))
        for name, (label, measures) in more.items()
    ]


def _supply(sender: str, recipient: str) -> Measure:
    return {"measure": "supply_arms", "senders": sender, "recipient": recipient, "value": TEN}


def _ratios() -> list[Input]:
    calm = variant("capabilities", ())
    return [
        Input(
            name, "power.ratio",
            {"country": one if len(one) > 1 else one[0], "other": other[0], "index": "cinc",
             "year": CAPABILITY_YEAR}, calm,
        )
        for name, (one, other) in RATIOS.items()
    ]  # fmt: skip


@dataclass(frozen=True)
class Taken:
    """The inputs, read.

    Attributes:
        percent: change in real income by country, by variant, in percent.
        income: income of the table's year by country, USD bn.
        exports: what China sells to each country in the base, USD bn.
        imports: what it buys from each, USD bn.
        odds: Ukraine's odds by variant.
        ratio: capabilities of one side over another's, by pair.
        commission: what paying costs under a full block, share of the value.
        source: who stands behind the trade figures.
    """

    percent: Mapping[str, Mapping[str, float]]
    income: Mapping[str, float]
    exports: Mapping[str, float]
    imports: Mapping[str, float]
    odds: Mapping[str, float]
    ratio: Mapping[str, float]
    source: str
    arms_source: str
    commission: float

    def change(self, name: str, codes: Sequence[str]) -> float:
        """Return the change in a variant of a group's income, percent; 0 in an open world."""
        if name == "open":
            return 0.0
        known = [c for c in codes if c in self.income]
        weight = np.array([self.income[c] for c in known])
        return float(weight @ [self.percent[name][c] for c in known] / weight.sum())

    def size(self, codes: Sequence[str]) -> float:
        """Return a group's income, USD bn."""
        return float(sum(self.income.get(c, 0.0) for c in codes))

    def loss(self, name: str, codes: Sequence[str]) -> float:
        """Return what a variant takes from a group on top of the base, percent of its income."""
        base, after = self.change("base", codes), self.change(name, codes)
        return 100.0 * (1.0 - (1.0 + after / 100.0) / (1.0 + base / 100.0))


def _series(array: xr.DataArray) -> dict[str, float]:
    (dim,) = array.dims
    return {
        str(c): float(v) for c, v in zip(array[dim].values, array.values, strict=True)
        if np.isfinite(v)
    }  # fmt: skip


def read(found: Mapping[str, xr.DataArray]) -> Taken:
    """Read the inputs.

    Raises:
        EngineError: one is missing; the engine that has it is named.
    """
    required = {f"percent.{k}": "trade" for k in TRADE}
    required |= dict.fromkeys(("value.west", "exports", "imports"), "trade")
    required |= {**dict.fromkeys((*ODDS, *RATIOS), "power"), COMMISSION: "money"}
    gone = {engine for name, engine in required.items() if name not in found}
    if gone:
        raise missing(sorted(gone))
    percent = {
        k.removeprefix("percent."): _series(v) for k, v in found.items() if k.startswith("percent.")
    }
    value, west = _series(found["value.west"]), percent["west"]
    income = {c: 100.0 * v / west[c] for c, v in value.items() if west.get(c)}
    return Taken(
        percent, income, _series(found["exports"]), _series(found["imports"]),
        {k: float(found[k]) for k in ODDS}, {k: float(found[k]) for k in RATIOS},
        str(found["value.west"].attrs.get("source", "engine trade")),
        str(found["odds"].attrs.get("source", "engine power")),
        float(found[COMMISSION]),
    )  # fmt: skip


def missing(engines: Sequence[str]) -> EngineError:
    """Return the error for engines whose results were not handed over."""
    return EngineError(
        f"the engine strategy needs results of {' and '.join(engines)}",
        hint="run the scenario through all engines, or hand them over with couple()",
    )
