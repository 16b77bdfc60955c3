"""Trade and sanctions beside published magnitudes, horizons and elasticities."""

from __future__ import annotations

import numpy as np

from multipolar.engines import Outcome
from multipolar.engines.trade import engine
from multipolar.engines.trade.data import AUTHORS, SETS, read_table
from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import solve
from multipolar.engines.trade.measures import embargo_at, positions, shock_of
from multipolar.engines.trade.questions import Sanctions, parties
from multipolar.pipeline.scenarios import read_scenario
from multipolar.policy import resolve
from validation import ROOT, runs
from validation.economies import ICIO, NAFTA, TABLE_2, read_icio, read_nafta
from validation.page import grid, number, table
from validation.runs import world

SCENARIOS = ROOT / "cases" / "moscow-2023" / "scenarios.yaml"
WEST = ("EU", "G7", "Australia", "New Zealand", "South Korea", "Norway", "Switzerland", "Iceland")
MEMBERS = ("EU", "United States", "United Kingdom", "Japan", "Canada", "South Korea")
SHOWN = {
    "RUS": "Russia",
    "DEU": "Germany",
    "POL": "Poland",
    "USA": "United States",
    "CHN": "China",
    "IND": "India",
}


@table(NAFTA, TABLE_2)
def nafta() -> str:
    """Table 2 of the paper beside the engine."""
    read = read_nafta()
    before, after = (solve(read.economy, read.theta, shock) for shock in read.shocks())
    effects, names, published = Effects(read.economy, after, before), read.regions, read.table
    rows = []
    for name in ("Mexico", "Canada", "USA"):
        n = names.index(name)
        first = effects.terms_of_trade[n] + effects.volume_of_trade[n]
        ours = (first, effects.terms_of_trade[n], effects.volume_of_trade[n], effects.real_wage[n])
        kinds = ("welfare", "tot", "vot", "realwage")
        theirs = [float(published[name][f"published_{k}_pct"]) for k in kinds]
        cells_ = [f"{number(a)} / {number(b)}" for a, b in zip(ours, theirs, strict=True)]
        rows.append([name, *cells_, number(effects.real_income[n], 3)])
    head = (
        "ours / published, percent",
        "welfare",
        "terms of trade",
        "volume of trade",
        "real wage",
        "exact real income (ours)",
    )
    return grid(head, rows)


@table(ICIO)
def observed() -> str:
    """The embargo on the table with observed final demand, beside the shipped one."""
    shipped = read_table(world())
    economy, names = read_icio()
    assert names == tuple(shipped.countries)
    west = positions([c for name in WEST for c in world().countries_named(name)], shipped)
    shock = embargo_at(shipped, west, positions(["RUS"], shipped))
    theta = np.full(len(shipped.sectors), 4.0)
    pair = [Effects(e, solve(e, theta, shock)) for e in (economy, shipped.economy)]
    apart = abs(pair[0].real_income - pair[1].real_income)
    places = {
        "Russia": positions(["RUS"], shipped),
        "the West": west,
        "Germany": positions(["DEU"], shipped),
    }
    rows = [[k, *(number(e.group(p)) for e in pair)] for k, p in places.items()]
    rows.append(["mean absolute difference over all", "", number(float(apart.mean()), 4)])
    return grid(("real income, percent", "observed final demand", "as shipped"), rows)


def solved(name: str, horizon: str, which: float, rule: float) -> Outcome:
    scenario = read_scenario(f"{SCENARIOS}:{name}").model_copy(update={"horizon": horizon})
    return runs.solved(engine, scenario, elasticities=which, balance_rule=rule)


def income(outcome: Outcome, country: str) -> float:
    return float(outcome.read("trade.real_income", {"country": country}).value)


@table()
def horizons() -> str:
    """The embargo at each horizon."""
    found = {h: solved("west-embargo-russia", h, 2, 0) for h in ("short", "medium", "long")}
    rows = [
        [
            name,
            *(number(income(o, c)) for o in found.values()),
        ]
        for c, name in SHOWN.items()
    ]
    return grid(("real income, percent", "short run", "medium run", "long run"), rows)


@table()
def spread() -> str:
    """The embargo at each set of elasticities, and under each balance rule."""
    asked = [(AUTHORS[s], k, 0) for k, s in enumerate(SETS)]
    asked += [
        ("the central set, deficits a share of world income", 2, 1),
        ("the central set, trade balanced before and after", 2, 2),
    ]
    rows = []
    for name, which, rule in asked:
        outcome = solved("west-embargo-russia", "long", which, rule)
        cells = ["no equilibrium"] * 2
        if outcome.status == "converged":
            cells = [number(income(outcome, c)) for c in ("RUS", "DEU")]
        rows.append([name, *cells])
    return grid(("real income in the long run, percent", "Russia", "Germany"), rows)


@table()
def published() -> str:
    """Published magnitudes beside the engine's."""
    asked = Sanctions.load(world())
    russia, china = parties(["Russia"], world()), parties(["China"], world())
    west, members = parties(list(WEST), world()), parties(list(MEMBERS), world())

    def ours(frame: object, party: str, measure: str) -> str:
        row = frame[(frame["party"] == party) & (frame["measure"] == measure)].iloc[0]  # type: ignore[index]
        return f"{number(row['value'], 1)} ({number(row['low'], 1)} to {number(row['high'], 1)})"

    loss = asked.loss(west, russia)
    value = asked.value(members, russia)
    joins = asked.joins(west, russia, china)
    barrier, _ = shock_of(
        resolve(read_scenario(f"{SCENARIOS}:barriers-doubled"), world()), asked.table
    )
    doubled = [
        Effects(asked.table.economy, solve(asked.table.economy, theta, barrier)).group(
            positions(["RUS"], asked.table)
        )
        for theta in asked.thetas
    ]
    alone = value[value["measure"] == "alone"]
    whole = value.iloc[0]
    more = [100 * (whole[k] / alone[k].sum() - 1) for k in ("value", "low", "high")]
    potential = asked.potential(west, russia)
    both = asked.potential(west, russia, barrier)
    range_ = (
        f"{number(doubled[asked.central], 1)} ({number(min(doubled), 1)} to "
        f"{number(max(doubled), 1)})"
    )
    rows = [
        [
            "West-Russia decoupling: Russia",
            "Felbermayr, Mahlkow and Sandkamp (2022)",
            "−9.7%",
            ours(loss, "Russia", "real income"),
            "their year, table and elasticities are others",
        ],
        ["the same: the West", "the same", "−0.2%", ours(loss, "all senders", "real income"), ""],
        [
            "barriers doubled: Russia",
            "Trade decoupling from Russia (2023)",
            "−4.8%",
            range_,
            "here an ad valorem 100% on all trade with the West, both ways",
        ],
        [
            "loss by the coalition over the sum of its members alone",
            "Chowdhry et al. (2024)",
            "+9.3%",
            f"{number(more[0], 1)} ({number(min(more), 1)} to {number(max(more), 1)})",
            "six members here; an embargo, not the sanctions in place",
        ],
        [
            "loss by the coalition, of that by a world-wide one",
            "the same",
            "57.9%",
            ours(potential, "Russia", potential.iloc[0]["measure"]),
            "trade balanced before and after; a full embargo",
        ],
        [
            "China joining raises the loss by",
            "the same",
            "22%",
            ours(joins, "Russia", "loss increased by"),
            "trade of 2022, when China's share in Russia's was larger",
        ],
        [
            "measures in place, of the embargo's loss",
            "the same",
            "32 to 37%",
            ours(both, "Russia", both.iloc[1]["measure"]),
            "not the same measures: here a 100% barrier; those in place are not in the table",
        ],
    ]
    head = (
        "magnitude",
        "published by",
        "published",
        "here (range over elasticities)",
        "what differs",
    )
    return grid(head, rows)
