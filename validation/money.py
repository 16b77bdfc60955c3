"""Currencies of trade beside what was reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from multipolar.engines import Outcome
from multipolar.engines.money import engine
from multipolar.engines.money.calibrate import MOMENTS, targets
from multipolar.engines.money.data import CURRENCIES, read_facts, trade_of
from multipolar.engines.money.solved import GROUPS
from validation.page import grid, table
from validation.runs import scenario, solved, value, world

WEST = "Russia sanctions coalition"
BLOCK = {"measure": "payment_block", "senders": WEST, "targets": "Russia", "channel": "SWIFT"}
THREAT = {
    "measure": "secondary_sanction_threat",
    "senders": "USA",
    "third_parties": ["China"],
    "targets": "Russia",
    "probability": 0.5,
    "consequence": "payment_block",
}
SCENARIOS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "baseline": [],
    "block": [BLOCK],
    "threat": [BLOCK, THREAT],
}
# what counts as a hit, in points: set before the fit for the first three
WITHIN = {"imports-yuan-china-2022": 10.0, "imports-yuan-third-2022": 3.0, "swap-effect-2022": 3.0}
OTHERS = 5.0
BETAS = (0.0, 2.0, 3.0)


@cache
def outcome(name: str = "baseline", **changed: float) -> Outcome:
    return solved(engine, scenario(*SCENARIOS[name]), **changed)


def read(of: Outcome, name: str, **where: Any) -> float:
    return value(of, f"money.{name}", **where)


def verdict(moment: str, error: float) -> str:
    return "hit" if abs(error) <= WITHIN.get(moment, OTHERS) else f"miss by {abs(error):.0f}"


@table()
def fit() -> str:
    """Moments as reported and as the model has them."""
    aims = targets(read_facts(world()))
    cells = []
    for moment in MOMENTS:
        row = [moment, f"{aims[moment]:g}"]
        row += [f"{read(outcome(beta=b), 'fit', moment=moment):.1f}" for b in BETAS]
        error = read(outcome(), "error", moment=moment)
        row.append("fitted" if moment in MOMENTS[:2] else verdict(moment, error))
        for mechanism in ("block-only", "balance"):
            row.append(f"{read(outcome(), 'fit', moment=moment, mechanism=mechanism):.1f}")
        cells.append(row)
    for name in ("delta", "eta", "nu"):
        row = [f"{name} (log odds)", ""]
        row += [f"{read(outcome(beta=b), 'fitted', parameter=name):.2f}" for b in BETAS]
        row.append("")
        for mechanism in ("block-only", "balance"):
            row.append(f"{read(outcome(), 'fitted', parameter=name, mechanism=mechanism):.2f}")
        cells.append(row)
    head = (
        "moment",
        "reported",
        "beta 0",
        "beta 2",
        "beta 3",
        "at beta 2",
        "block only, beta 2",
        "yuan balance, beta 2",
    )
    return grid(head, cells)


@table()
def before() -> str:
    """The same with other shares before 2022."""
    cells = []
    for china in (12.0, 17.0, 24.0):
        for third in (0.5, 1.0, 1.5):
            of = outcome(from_china=china, third=third)
            cells.append(
                [f"{china:g}", f"{third:g}", *(f"{read(of, 'fit', moment=m):.1f}" for m in WITHIN)]
            )
    return grid(("yuan from China before", "from third countries before", *WITHIN), cells)


@table()
def prior() -> str:
    """Prior predictive."""
    aims = targets(read_facts(world()))
    cells = [
        [
            m,
            f"{aims[m]:g}",
            *(
                f"{read(outcome(), 'prior_predictive', moment=m, quantile=q):.1f}"
                for q in ("5", "50", "95")
            ),
            f"{read(outcome(), 'prior_exceeds', moment=m):.0f}",
        ]
        for m in MOMENTS
    ]
    head = ("moment", "reported", "5 percent", "median", "95 percent", "draws at or above, percent")
    return grid(head, cells)


@table()
def ratio() -> str:
    """Roubles for each yuan in exports."""
    cells = [
        [case, *(f"{read(outcome(beta=b), 'rouble_yuan_ratio', variant=case):.1f}" for b in BETAS)]
        for case in ("before", "block-only", "fitted", "reported")
    ]
    return grid(("roubles for each yuan in exports", "beta 0", "beta 2", "beta 3"), cells)


@table()
def shares() -> str:
    """World shares, before and after the block of Russia."""
    cells = []
    for basis in ("invoicing", "settlement"):
        of = outcome("block")
        row = [basis]
        for k in ("USD", "EUR", "CNY"):
            after = read(of, "world_share", currency=k, basis=basis)
            change = read(of, "world_share_change", currency=k, basis=basis)
            row += [f"{after - change:.2f}", f"{change:+.2f}"]
        cells.append(row)
    head = ("percent of world trade", "USD", "change", "EUR", "change", "CNY", "change")
    return grid(head, cells)


@table()
def clash() -> str:
    """Published figures for the yuan."""
    metric = "money.official_yuan_share"
    cells = []
    for source in ("pboc-2023-9m", "pboc-2023", "ecb", "swift"):
        found = outcome().read(metric, {"source": source})
        row = found.evidence[0]
        cells.append([source, f"{float(found.value):.1f}", row.source, row.note])
    return grid(("figure", "percent of the world", "source", "what it is"), cells)


@table()
def dollar() -> str:
    """What it takes to displace the dollar."""
    cells = []
    for group in GROUPS[:3]:
        row = [group, f"{read(outcome(), 'conversion_share', group=group):.1f}"]
        for k in ("USD", "CNY"):
            row += [
                f"{read(outcome(beta=b), 'scenario_world_share', group=group, currency=k):.0f}"
                for b in BETAS
            ]
        cells.append(row)
    head = (
        "all paid in yuan",
        "percent of world trade",
        *(f"dollar, beta {b:g}" for b in BETAS),
        *(f"yuan, beta {b:g}" for b in BETAS),
    )
    return grid(head, cells)


@table()
def tipping() -> str:
    """Bonus the yuan needs on all flows."""
    cells = []
    for beta in BETAS:
        row = [f"{beta:g}"]
        for goal in ("quarter", "overtake-dollar"):
            bonus = read(outcome(beta=beta), "tipping_value", currency="CNY", goal=goal)
            row.append(f"e^{bonus:.1f} = {np.exp(bonus):.0f}")
        cells.append(row)
    return grid(("beta", "odds times, for a quarter of trade", "to overtake the dollar"), cells)


@table()
def equilibria() -> str:
    """Equilibria by beta, and the stability bound."""
    cells = []
    for b in (0.0, 2.0, 3.0, 3.5, 4.0, 4.5):
        row = [f"{b:g}"]
        row += [
            f"{read(outcome(s, beta=b), 'equilibria', basis='invoicing'):.0f}"
            for s in ("baseline", "block")
        ]
        found = outcome(beta=b).read("money.equilibria", {"basis": "invoicing"})
        cells.append([*row, found.note.partition(";")[0]])
    bound = read(outcome(), "stability_bound", basis="invoicing")
    cells.append(["stable below", f"{bound:.2f}", "", ""])
    head = (
        "beta",
        "equilibria before",
        "after the block of Russia",
        "dollar, euro and yuan in each, before",
    )
    return grid(head, cells)


@table()
def cost() -> str:
    """Payment costs."""
    cells = []
    for name, a, b in (
        ("Russia to China", "Russia", "China"),
        ("China to Russia", "China", "Russia"),
        ("Russia to Germany", "Russia", "Germany"),
        ("India to Russia", "India", "Russia"),
        ("India to China", "India", "China"),
    ):
        cells.append(
            [
                name,
                *(
                    f"{100 * read(outcome(s, commission=c), 'payment_cost', exporter=a, importer=b):.1f}"
                    for s, c in (
                        ("block", 0.02),
                        ("block", 0.05),
                        ("block", 0.12),
                        ("threat", 0.05),
                    )
                ),
            ]
        )
    head = ("percent", "block, 2", "block, 5", "block, 12", "and threat to China's banks, 5")
    return grid(head, cells)


@table()
def trade() -> str:
    """Spread of Russian trade."""
    facts, cells = read_facts(world()), []
    for year in (2021, 2022, 2023):
        flows, r = trade_of(facts, year), facts.russia
        row = [str(year)]
        for line in (flows[r], flows[:, r]):
            eu = facts.groups["eu"]
            row += [
                f"{100 * line[facts.china] / line.sum():.0f}",
                f"{100 * line[eu].sum() / line.sum():.0f}",
            ]
        x, m = (facts.trade[year, f, "total"] for f in ("exports", "imports"))
        cells.append([*row, f"{m / x:.2f}"])
    head = (
        "year",
        "China in exports",
        "EU in exports",
        "China in imports",
        "EU in imports",
        "imports over exports",
    )
    return grid(head, cells)


@table()
def russia() -> str:
    """Currencies of Russian trade under the block."""
    of, cells = outcome("block"), []
    for flow in ("exports", "imports"):
        for year in ("table", "2022", "2023"):
            cells.append(
                [
                    f"{flow}, {year}",
                    *(
                        f"{read(of, 'share', currency=k, flow=flow, country='Russia', trade=year):.0f}"
                        for k in CURRENCIES
                    ),
                ]
            )
    return grid(("spread of trade", *CURRENCIES), cells)
