"""Compute the tables of docs/trade.md and write them between their marks.

Usage: python tools/trade_page.py [--check]

With --check nothing is written and the exit status is 1 if a table is not what it would write.
Tables that need validation data, which is not shipped, are left as they are where it is absent.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from multipolar.engines.trade import engine
from multipolar.engines.trade.data import AUTHORS, SETS, read_table
from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import Economy, Shock, solve
from multipolar.engines.trade.measures import embargo_at, positions, shock_of
from multipolar.engines.trade.questions import Sanctions, parties
from multipolar.pipeline.scenarios import read_scenario
from multipolar.policy import resolve
from multipolar.world import World
from pages import fill, grid

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "trade.md"
SCENARIOS = ROOT / "cases" / "moscow-2023" / "scenarios.yaml"
VALIDATION = (
    Path(os.environ.get("MULTIPOLAR_VALIDATION", ROOT.parent / "shared" / "validation")) / "trade"
)
WEST = ("EU", "G7", "Australia", "New Zealand", "South Korea", "Norway", "Switzerland", "Iceland")
MEMBERS = ("EU", "United States", "United Kingdom", "Japan", "Canada", "South Korea")
SHOWN = {"RUS": "Russia", "DEU": "Germany", "POL": "Poland", "USA": "United States",
         "CHN": "China", "IND": "India"}  # fmt: skip


def percent(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace("-", "−")


def nafta() -> str | None:
    """Table 2 of the paper beside the engine."""
    file = VALIDATION / "cp2015_nafta.npz"
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as data:
        total = data["gamma_nkj"].sum(axis=1)
        per = np.divide(1 - data["gamma_nj"], total, np.zeros_like(total), where=total > 1e-12)
        old, new = (data[k].transpose(2, 1, 0) for k in ("tau_nij", "tau_nij_cfl"))
        economy = Economy(
            np.ascontiguousarray(data["pi_nij"].transpose(2, 1, 0)),
            data["gamma_nkj"] * per[:, None, :],
            np.ascontiguousarray(data["gamma_nj"].T),
            np.ascontiguousarray(data["alpha_nj"].T),
            np.ascontiguousarray(data["GO_nj"].T),
            data["wL_n"],
            np.zeros(len(data["wL_n"])),
            old,
        )
        theta, names = data["theta_j"], [str(r) for r in data["regions"]]
    cells = np.flatnonzero(new != old)
    cost = np.log((1 + new) / (1 + old)).reshape(-1)[cells]
    before = solve(economy, theta, Shock(tariff=old, rule="balanced"))
    after = solve(economy, theta, Shock(cells, cost, np.ones(len(cells)), new, "balanced"))
    effects = Effects(economy, after, before)
    with (VALIDATION / "cp2015_table2.csv").open(encoding="utf-8", newline="") as table:
        published = {r["region"]: r for r in csv.DictReader(table)}
    rows = []
    for name in ("Mexico", "Canada", "USA"):
        n = names.index(name)
        first = effects.terms_of_trade[n] + effects.volume_of_trade[n]
        ours = (first, effects.terms_of_trade[n], effects.volume_of_trade[n], effects.real_wage[n])
        kinds = ("welfare", "tot", "vot", "realwage")
        theirs = [float(published[name][f"published_{k}_pct"]) for k in kinds]
        cells_ = [f"{percent(a)} / {percent(b)}" for a, b in zip(ours, theirs, strict=True)]
        rows.append([name, *cells_, percent(effects.real_income[n], 3)])
    head = ("ours / published, percent", "welfare", "terms of trade", "volume of trade",
            "real wage", "exact real income (ours)")  # fmt: skip
    return grid(head, rows)


def observed() -> str | None:
    """The embargo on the table with observed final demand, beside the shipped one."""
    file = VALIDATION / "icio2022_81x50.npz"
    if not file.exists():
        return None
    world = World.load(ROOT / "src" / "multipolar" / "world" / "data")
    table = read_table(world)
    with np.load(file, allow_pickle=False) as d:
        economy = Economy(
            d["pi_jod"],
            d["gamma_dkj"] * (1 - d["beta_jd"]).T[:, None, :],
            d["beta_jd"],
            d["alpha_jd"],
            d["Y_jd"],
            d["VA_d"],
            -d["D_d"],
        )
        names = [str(c) for c in d["countries"]]
    assert names == list(table.countries)
    west = positions([c for name in WEST for c in world.countries_named(name)], table)
    shock = embargo_at(table, west, positions(["RUS"], table))
    theta = np.full(len(table.sectors), 4.0)
    pair = [Effects(e, solve(e, theta, shock)) for e in (economy, table.economy)]
    apart = abs(pair[0].real_income - pair[1].real_income)
    places = {"Russia": positions(["RUS"], table), "the West": west,
              "Germany": positions(["DEU"], table)}  # fmt: skip
    rows = [[k, *(percent(e.group(p)) for e in pair)] for k, p in places.items()]
    rows.append(["mean absolute difference over all", "", percent(float(apart.mean()), 4)])
    return grid(("real income, percent", "observed final demand", "as shipped"), rows)


def solved(world: World, name: str, horizon: str, which: float, rule: float) -> Effects | None:
    scenario = read_scenario(f"{SCENARIOS}:{name}").model_copy(update={"horizon": horizon})
    values = {p.name: p.value for p in engine.parameters(world)}
    outcome = engine.solve(
        engine.prepare(world, scenario), {**values, "elasticities": which, "balance_rule": rule}
    )
    return outcome if outcome.status == "converged" else None


def horizons() -> str:
    """The embargo at each horizon."""
    world = World.load(ROOT / "src" / "multipolar" / "world" / "data")
    found = {h: solved(world, "west-embargo-russia", h, 2, 0) for h in ("short", "medium", "long")}
    rows = [
        [
            name,
            *(percent(o.read("trade.real_income", {"country": c}).value) for o in found.values()),
        ]
        for c, name in SHOWN.items()
    ]
    return grid(("real income, percent", "short run", "medium run", "long run"), rows)


def spread() -> str:
    """The embargo at each set of elasticities, and under each balance rule."""
    world = World.load(ROOT / "src" / "multipolar" / "world" / "data")
    runs = [(AUTHORS[s], k, 0) for k, s in enumerate(SETS)]
    runs += [("the central set, deficits a share of world income", 2, 1),
             ("the central set, trade balanced before and after", 2, 2)]  # fmt: skip
    rows = []
    for name, which, rule in runs:
        outcome = solved(world, "west-embargo-russia", "long", which, rule)
        cells = ["no equilibrium"] * 2
        if outcome is not None:
            cells = [percent(outcome.read("trade.real_income", {"country": c}).value)
                     for c in ("RUS", "DEU")]  # fmt: skip
        rows.append([name, *cells])
    return grid(("real income in the long run, percent", "Russia", "Germany"), rows)


def published() -> str:
    """Published magnitudes beside the engine's."""
    world = World.load(ROOT / "src" / "multipolar" / "world" / "data")
    asked = Sanctions.load(world)
    russia, china = parties(["Russia"], world), parties(["China"], world)
    west, members = parties(list(WEST), world), parties(list(MEMBERS), world)

    def ours(frame: object, party: str, measure: str) -> str:
        row = frame[(frame["party"] == party) & (frame["measure"] == measure)].iloc[0]  # type: ignore[index]
        return f"{percent(row['value'], 1)} ({percent(row['low'], 1)} to {percent(row['high'], 1)})"

    loss = asked.loss(west, russia)
    value = asked.value(members, russia)
    joins = asked.joins(west, russia, china)
    barrier, _ = shock_of(resolve(read_scenario(f"{SCENARIOS}:barriers-doubled"), world),
                          asked.table)  # fmt: skip
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
    range_ = f"{percent(doubled[asked.central], 1)} ({percent(min(doubled), 1)} to " \
             f"{percent(max(doubled), 1)})"  # fmt: skip
    rows = [
        ["West-Russia decoupling: Russia", "Felbermayr, Mahlkow and Sandkamp (2022)", "−9.7%",
         ours(loss, "Russia", "real income"), "their year, table and elasticities "
         "are others"],
        ["the same: the West", "the same", "−0.2%", ours(loss, "all senders", "real income"), ""],
        ["barriers doubled: Russia", "Trade decoupling from Russia (2023)", "−4.8%", range_,
         "here an ad valorem 100% on all trade with the West, both ways"],
        ["loss by the coalition over the sum of its members alone", "Chowdhry et al. (2024)",
         "+9.3%", f"{percent(more[0], 1)} ({percent(min(more), 1)} to {percent(max(more), 1)})",
         "six members here; an embargo, not the sanctions in place"],
        ["loss by the coalition, of that by a world-wide one", "the same", "57.9%",
         ours(potential, "Russia", potential.iloc[0]["measure"]),
         "trade balanced before and after; a full embargo"],
        ["China joining raises the loss by", "the same", "22%",
         ours(joins, "Russia", "loss increased by"),
         "trade of 2022, when China's share in Russia's was larger"],
        ["measures in place, of the embargo's loss", "the same", "32 to 37%",
         ours(both, "Russia", both.iloc[1]["measure"]),
         "not the same measures: here a 100% barrier; those in place are not in the table"],
    ]  # fmt: skip
    head = (
        "magnitude",
        "published by",
        "published",
        "here (range over elasticities)",
        "what differs",
    )
    return grid(head, rows)


BLOCKS: dict[str, Callable[[], str | None]] = {
    "nafta": nafta,
    "observed": observed,
    "published": published,
    "horizons": horizons,
    "spread": spread,
}


if __name__ == "__main__":
    sys.exit(fill(PAGE, BLOCKS, "--check" in sys.argv))
