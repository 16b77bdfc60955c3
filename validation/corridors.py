"""Corridors beside what was observed and what was computed with assumed rates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from multipolar.engines import Outcome
from multipolar.engines.api.model import Prepared
from multipolar.engines.api.proof import Miss, Span
from multipolar.engines.corridors import engine
from multipolar.engines.corridors.calibrate import costs, premium, theta_range
from multipolar.engines.corridors.data import CAPE, DEMANDS, NORTHERN, ROUTES, YEARS, Tables
from multipolar.engines.corridors.kernel import scarcity, shares
from multipolar.engines.corridors.proof import MISSED
from multipolar.engines.corridors.solved import Solved
from validation.page import grid, table
from validation.runs import central, scenario, world

LATEST = range(2022, YEARS[-1] + 2)
TESTED = (*YEARS[1:], YEARS[-1] + 1)  # against the year before
CLOSED: Mapping[str, Any] = {
    "measure": "cut_link",
    "origin": "China",
    "destination": "Netherlands",
    "commodity": "sea",
    "name": "Suez",
}
SHUT: Mapping[str, Any] = {**CLOSED, "commodity": "rail", "name": "Northern route"}


@cache
def prepared(measure: str = "") -> Prepared[Solved]:
    given = {"suez": [CLOSED], "northern": [SHUT]}.get(measure, [])
    return engine.prepare(world(), scenario(*given))


@cache
def outcome(measure: str = "", theta: float | None = None) -> Outcome:
    changed = {} if theta is None else {"theta": theta}
    return engine.solve(prepared(measure), central(engine, **changed))


def read(name: str, measure: str = "", theta: float | None = None, **where: Any) -> float:
    return float(outcome(measure, theta).read(f"corridors.{name}", where).value)


def tables() -> Tables:
    found: Tables = prepared().work.tables
    return found


@table()
def routes() -> str:
    """Length, days and cost of each route in 2023 at central parameters."""
    cells = []
    for r in ROUTES:
        parts = [
            f"{read('cost', route=r, part=p):,.0f}"
            for p in ("freight", "time", "premium", "total", "constant")
        ]
        cells.append(
            [
                r,
                f"{read('distance', route=r):,.0f}",
                f"{read('days', route=r, between='terminal'):.1f}",
                f"{read('days', route=r):.0f}",
                *parts,
            ]
        )
    head = (
        "route",
        "km",
        "days, terminal to terminal",
        "days, door to door",
        "freight",
        "time",
        "premium",
        "total, USD/FEU",
        "constant",
    )
    return grid(head, cells)


@table()
def theta() -> str:
    """Theta and the premium of 2022 beside what was found before with assumed rates."""
    low, high = theta_range(tables())
    t = tables()
    rows = [
        ["Shanghai-Rotterdam, mean of 2019, USD/FEU", "1,500 (assumed)", f"{t.rate['2019']:,.0f}"],
        ["of 2020", "2,200 (assumed)", f"{t.rate['2020']:,.0f}"],
        ["of the first half of 2021", "7,500 to 8,500 (assumed)", f"{t.rate['2021-H1']:,.0f}"],
        ["of the first half of 2022", "11,000 to 12,000 (assumed)", f"{t.rate['2022-H1']:,.0f}"],
        ["theta from 2019 to 2020, per thousand USD", "0.72", f"{high:.2f}"],
        ["theta from 2019 to the first half of 2021", "0.13", f"{low:.3f}"],
        ["premium at the high theta, USD/FEU", "2,600", f"{premium(t, high):,.0f}"],
        ["premium at the low theta", "4,700", f"{premium(t, low):,.0f}"],
        [
            "the same over a box of 50,000 USD, percent",
            "5 to 9",
            f"{premium(t, high) / 500:.1f} to {premium(t, low) / 500:.1f}",
        ],
    ]
    return grid(("quantity", "computed before", "here"), rows)


@table()
def polygon() -> str:
    """What the Polygon's capacity is worth under each published figure of demand."""
    cells = []
    for label in DEMANDS:
        d = tables().demands[label]
        room = tables().polygon_capacity(d.year)
        worth = [100 * scarcity(d.value, room, e) for e in (2.0, 1.0, 0.5)]
        cells.append(
            [
                f"`{label}`",
                f"{d.value:.0f}",
                f"{room:.0f}",
                *(f"{w:.1f}" for w in worth),
                f"{read('polygon_use', demand=label):.0f}",
            ]
        )
    head = (
        "demand",
        "Mt/yr",
        "capacity, Mt/yr",
        "shadow price at elasticity 2",
        "at 1",
        "at 0.5",
        "use, percent",
    )
    return grid(head, cells)


@table()
def transit() -> str:
    """Containers by the Northern route and the Middle Corridor, observed and computed."""
    t, (low, high) = tables(), theta_range(tables())
    cells = []
    for year in YEARS:
        seen = t.northern(year)
        lows, highs = prepared().work.ranges(year)
        total = sum(read("flow", route=r, year=year) for r in ROUTES)
        row = [str(year), f"{seen:.0f}", f"{read('flow', route='northern', year=year):.0f}"]
        row += [f"{read('flow', '', x, route='northern', year=year):.0f}" for x in (low, high)]
        row.append(f"{lows[NORTHERN] * total / 100:.0f} to {highs[NORTHERN] * total / 100:.0f}")
        other = t.transit.get(("middle", str(year)))
        row += [f"{other:.0f}" if other else "", f"{read('flow', route='middle', year=year):.0f}"]
        cells.append(row)
    head = (
        "year",
        "northern, observed",
        "central",
        "theta low",
        "theta high",
        "5th to 95th percentile",
        "middle, observed",
        "central",
    )
    return grid(head, cells)


def missed() -> tuple[Miss, ...]:
    """Return the years in which the containers of the year before were as near: what is declared."""
    found = []
    for year in TESTED:
        for route in ("northern", "middle"):
            seen, was = _seen(route, year), _seen(route, year - 1)
            if seen is None or was is None:
                continue
            ours, stay = abs(read("flow", route=route, year=year) - seen), abs(was - seen)
            if ours >= stay:
                found.append(Miss(year, 1, round(ours), round(stay), {"route": route}))
    return tuple(found)


def failed() -> tuple[Span, ...]:
    """Return the routes on which the years before were as near over the latest years: declared."""
    found = []
    for route in ("northern", "middle"):
        pairs = [(y, _seen(route, y), _seen(route, y - 1)) for y in LATEST]
        rows = [(y, now, was) for y, now, was in pairs if now is not None and was is not None]
        ours = np.mean([abs(read("flow", route=route, year=y) - now) for y, now, _ in rows])
        stay = np.mean([abs(was - now) for _, now, was in rows])
        if ours >= stay:
            years = (rows[0][0], rows[-1][0])
            found.append(Span(*years, round(float(ours)), round(float(stay)), {"route": route}))
    return tuple(found)


def _seen(route: str, year: int) -> float | None:
    t = tables()
    return t.northern(year) if route == "northern" else t.transit.get(("middle", str(year)))


@table()
def proof() -> str:
    """Containers by rail, in thousand TEU: the engine beside the year before."""
    marked = {(m.year, str(m.where["route"])) for m in MISSED}
    cells = []
    for year in TESTED:
        for route in ("northern", "middle"):
            seen, was = _seen(route, year), _seen(route, year - 1)
            if seen is None or was is None:
                continue
            ours = read("flow", route=route, year=year)
            nearer = "year before: marked" if (year, route) in marked else "engine"
            cells.append([str(year), route, *(f"{x:.0f}" for x in (seen, ours, was)), nearer])
    return grid(("year", "route", "observed", "engine", "year before", "nearer"), cells)


@table()
def suez() -> str:
    """Suez closed in 2023: the plain logit on bare costs against the one used here."""
    p = central(engine)
    cells = []
    for word, x in zip(("low", "high"), theta_range(tables()), strict=True):
        c = costs(tables(), {**p, "theta": x}, 2023).part("total")[[CAPE, NORTHERN]] / 1000
        bare = shares(c, np.arange(2), x, 1.0)[0][1]
        cells.append(
            [
                f"theta {word}, {x:.2g}",
                f"{100 * bare:.0f}",
                f"{read('share', 'suez', x, route='northern'):.1f}",
                f"{read('flow', 'suez', x, route='northern'):.0f}",
                f"{read('shadow_price', 'suez', x, route='northern'):,.0f}",
            ]
        )
    head = (
        "",
        "northern, percent, plain logit without constants and capacity",
        "here, percent",
        "here, thousand TEU",
        "shadow price, USD/FEU",
    )
    return grid(head, cells)


@table()
def costs_of_trade() -> str:
    """What closing a route does to the cost of trade, at central parameters and over draws."""
    cells = []
    for word, name in (("suez", "Suez closed"), ("northern", "Northern route closed")):
        found = [
            read("trade_cost", word, exporter=a, importer=b)
            for a, b in (("CHN", "DEU"), ("JPN", "DEU"), ("USA", "DEU"))
        ]
        low, high = np.quantile(drawn(word), (0.05, 0.95))
        cells.append(
            [name, f"{found[0]:.4f}", f"{low:.4f} to {high:.4f}", *(f"{v:.4f}" for v in found[1:])]
        )
    head = (
        "2023",
        "China to Germany",
        "5th to 95th percentile",
        "Japan to Germany",
        "United States to Germany",
    )
    return grid(head, cells)


def drawn(measure: str, draws: int = 200) -> list[float]:
    """The change in the cost of trade from China to Germany over draws, the same each time."""
    rng = np.random.default_rng(1)
    found = []
    for row in rng.random((draws, len(prepared().work.parameters))):
        p = {
            q.name: q.prior.quantile(float(u))
            for q, u in zip(prepared().work.parameters, row, strict=True)
            if q.prior
        }
        solved = engine.solve(prepared(measure), p)
        where = {"exporter": "CHN", "importer": "DEU"}
        found.append(float(solved.read("corridors.trade_cost", where).value))
    return found
