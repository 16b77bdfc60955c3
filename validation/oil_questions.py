"""What measures do in the market for crude, over published elasticities and over the priors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from multipolar.engines.oil.model import engine
from multipolar.engines.oil.solved import Solved
from multipolar.numerics.arrays import Floats
from validation.oil import monthly, tables
from validation.page import grid, table
from validation.runs import central, scenario, world

DRAWS = 120
# elasticities of supply and demand within a year or less, as Bilgin and Ellwanger tabulate them
SETS: Mapping[str, tuple[float, float]] = {
    "Kilian and Murphy": (0.015, 0.26),
    "Caldara, Cavallo and Iacoviello": (0.11, 0.13),
    "Baumeister and Hamilton": (0.15, 0.35),
}
WEST = ["EU", "G7"]
BAN = {
    "measure": "embargo",
    "senders": WEST,
    "targets": "Russia",
    "scope": "crude",
    "direction": "imports",
}
CAP = {
    "measure": "price_cap",
    "senders": WEST,
    "targets": "Russia",
    "scope": "crude",
    "unit": "USD/bbl",
}
STOP = {"measure": "embargo", "targets": "Russia", "scope": "crude", "direction": "imports"}
OPEC = ["SAU", "IRQ", "ARE", "KWT", "KAZ", "RUS", "OMN", "DZA"]
ENDS = {"measure": "embargo", "senders": "World", "scope": "crude", "direction": "imports"}
HORMUZ = {"measure": "close_strait", "name": "Hormuz"}
QUESTIONS: Mapping[str, tuple[int, tuple[Mapping[str, Any], ...]]] = {
    "the EU and the G7 buy no Russian crude": (2021, (BAN,)),
    "the same with a cap of 60": (2021, (BAN, {**CAP, "cap": 60.0})),
    "the same with a cap of 47.6": (2021, (BAN, {**CAP, "cap": 47.6})),
    "a cap of 47.6": (2024, ({**CAP, "cap": 47.6},)),
    "India buys no Russian crude": (2024, ({**STOP, "senders": "India"},)),
    "India, China and Turkey buy none": (2024, ({**STOP, "senders": ["IND", "CHN", "TUR"]},)),
    "OPEC+ pumps 2 mb/d less": (
        2024,
        ({"measure": "production_cut", "members": OPEC, "amount": 2.0},),
    ),
    "Iran sells nothing": (2024, ({**ENDS, "targets": "Iran"},)),
    "Venezuela sells nothing": (2024, ({**ENDS, "targets": "Venezuela"},)),
    "Hormuz is shut": (2024, (HORMUZ,)),
    "Suez is shut": (2024, ({**HORMUZ, "name": "Suez"},)),
}


@cache
def prepared(name: str, horizon: str) -> Any:
    if name not in QUESTIONS:
        return engine.prepare(world(), scenario()).work
    year, measures = QUESTIONS[name]
    return engine.prepare(world(), scenario(*measures, year=year, horizon=horizon)).work


def read(name: str, horizon: str, p: Mapping[str, float]) -> Floats:
    """Return Brent, Urals' discount and Russia's revenue: changes in USD, USD and percent."""
    work = prepared(name, horizon)
    year, k = work.year, tables().codes.index("RUS")

    def at(work: Any) -> tuple[float, float, float]:
        y = Solved(work, dict(p)).year(year)
        revenue = float(y.paid[k].sum() - y.paid[k, k])
        return y.brent, y.brent - float(y.head[k]), revenue

    now, was = at(work), at(prepared("nothing", horizon))
    return np.array([now[0] - was[0], now[1] - was[1], 100 * (now[2] / was[2] - 1)])


@cache
def drawn() -> tuple[dict[str, float], ...]:
    """Return draws from the priors, the same each time."""
    asked = engine.parameters(world())
    unit = np.random.default_rng(0).random((DRAWS, len(asked)))
    values = {
        q.name: q.prior.quantile(unit[:, k]) if q.prior else np.full(DRAWS, q.value)
        for k, q in enumerate(asked)
    }
    return tuple({n: float(v[k]) for n, v in values.items()} for k in range(DRAWS))


@table()
def sets() -> str:
    """Change of Brent within a year under published elasticities."""
    names = ("OPEC+ pumps 2 mb/d less", "Iran sells nothing", "Hormuz is shut")
    rows = []
    for label, (supply, demand) in SETS.items():
        p = central(engine, supply_short=supply, demand_short=demand)
        found = [f"{read(n, 'short', p)[0]:+.1f}" for n in names]
        rows.append([label, f"{supply:g}", f"{demand:g}", *found])
    return grid(["elasticities of", "supply", "demand", *names], rows)


@table(slow=True)
def measures() -> str:
    """What measures do within a year and over ten, with ranges over the priors."""
    rows = []
    for name, (year, _) in QUESTIONS.items():
        short = read(name, "short", central(engine))
        ranges = np.quantile([read(name, "short", p) for p in drawn()], (0.1, 0.9), axis=0)
        long = read(name, "long", central(engine))
        cells = [
            f"{v:+.1f} ({low:.1f} to {high:.1f})"
            for v, low, high in zip(short, *ranges, strict=True)
        ]
        rows.append([name, str(year), *cells, f"{long[0]:+.1f}"])
    head = ["", "on", "Brent, USD", "Urals below Brent, USD", "Russia's revenue, percent"]
    return grid([*head, "Brent over ten years"], rows)


@table()
def hormuz_2026() -> str:
    """The closure of 2026 beside the model, in percent of the price before."""
    before, during = monthly(2026, range(2, 3)), monthly(2026, range(3, 6))
    rows = [["Brent, March to May 2026 on February", f"{100 * (during / before - 1):+.0f}"]]
    brent = tables().base[2024].brent
    for share in (0.865, 1.0):
        asked = scenario({**HORMUZ, "share": share}, year=2024, horizon="short")
        year = Solved(engine.prepare(world(), asked).work, central(engine)).year(2024)
        label = f"model, {100 * share:g} percent of the strait shut for a year"
        rows.append([label, f"{100 * (year.brent / brent - 1):+.0f}"])
    return grid(["", "percent"], rows)
