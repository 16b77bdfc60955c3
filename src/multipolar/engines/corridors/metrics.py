"""What can be read from a solved scenario of freight.

To add a metric, write what reads one value of it and list it in :data:`METRICS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from multipolar.engines.api import Declared, Dimension, Metric, Place, Source, Value
from multipolar.engines.api.contract import FROM_ZERO, UNBOUNDED
from multipolar.engines.api.coverage import by_table
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.halfwidth import SOLVER, Width, with_width
from multipolar.engines.api.proof import unproven, unseen
from multipolar.engines.api.reader import through_of
from multipolar.engines.corridors.calibrate import (
    PARTS,
    SANCTIONS,
    THOUSAND,
    days,
    premium,
    theta_range,
)
from multipolar.engines.corridors.data import DEMANDS, ROUTES, YEARS
from multipolar.engines.corridors.kernel import scarcity
from multipolar.engines.corridors.measures import POLYGON
from multipolar.engines.corridors.proof import FAILED
from multipolar.engines.corridors.proof import MISSED as MISSED_YEARS
from multipolar.engines.corridors.solved import DRAWS, Solved
from multipolar.errors import DataMissing

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.policy import Scenario
    from multipolar.world import World

LAST = 2035  # to which the usual rates are taken to hold
Theta = Literal["low", "high", "drawn"]


def _known(solved: Solved, word: Any) -> list[str]:
    """Return the codes of a word that the input-output table tells apart."""
    codes = [str(c) for c in word] if isinstance(word, tuple) else [str(word)]
    if EVERYBODY in codes:
        return list(solved.tables.countries)
    found = [c for c in codes if c in solved.tables.countries]
    if not found:
        raise DataMissing(f"{', '.join(codes[:4])}: not in the input-output table")
    return found


def _year(at: Place) -> int:
    year = int(at["year"])
    if not YEARS[0] <= year <= LAST:
        raise DataMissing(f"no corridors in {year}", hint=f"they go from {YEARS[0]} to {LAST}")
    return year


def _through(year: int) -> str:
    """Return the end of a year; what is after the last with figures rests on that."""
    return f"{min(year, YEARS[-1])}-12-31"


def lacks(world: World, scenario: Scenario) -> Callable[[Metric, Mapping[str, Any]], None]:
    """Return what says whether there are corridors in a year, and countries in the table."""
    known = by_table("io_2022")(world, scenario)

    def covered(metric: Metric, place: Mapping[str, Any]) -> None:
        known(metric, place)
        if "year" in place and not metric.name.startswith("corridors.polygon"):
            _year(place)

    return covered


def _route(at: Place) -> int:
    return ROUTES.index(str(at["route"]))


def _rows(solved: Solved, year: int, *quantities: str) -> tuple[Source, ...]:
    """Return the figures of a year, the tables' own source first."""
    word = f" {year}"
    rows = [s for q in quantities for s in solved.tables.sources.get(q, ()) if word in s.note]
    return (*solved.prepared.sources, *rows)


def _share(solved: Solved, at: Place) -> Value:
    s, k = solved.year(_year(at)), _route(at)
    low, high = solved.prepared.ranges(_year(at))
    note = (
        f"The facts do not pin shares: over the priors {low[k]:.2g} to {high[k]:.2g} percent "
        f"(5th to 95th percentile of {DRAWS} draws)."
    )
    part = float(s.flow[k] / s.flow.sum())
    rows, error = _rows(solved, _year(at), "transit", "market"), 100 * _missed(part)
    last = _through(_year(at))
    return Value(100 * part, rows, note=note, error=error, error_of=HINDCAST, through=last)


def _flow(solved: Solved, at: Place) -> Value:
    s, k = solved.year(_year(at)), _route(at)
    low, high = solved.prepared.ranges(_year(at))
    note = (
        f"The facts do not pin it: over the priors {low[k] * s.demand / 100:.3g} to "
        f"{high[k] * s.demand / 100:.3g} thousand TEU."
    )
    total, value, last = float(s.flow.sum()), float(s.flow[k]), _through(_year(at))
    rows, error = (
        _rows(solved, _year(at), "transit", "market"),
        float(total * _missed(value / total)),
    )
    return Value(value, rows, note=note, error=error, error_of=HINDCAST, through=last)


def _cost(solved: Solved, at: Place) -> Value:
    s = solved.year(_year(at))
    part = next(p for p in PARTS if p == at["part"])
    note = "Without the shadow price of capacity." if part == "total" else ""
    value = float(s.costs.part(part)[_route(at)])
    rows = _rows(solved, _year(at), "rail_rate")
    return Value(value, rows, note=note, through=_through(_year(at)))


def _days(solved: Solved, at: Place) -> Value:
    k = _route(at)
    value = float(days(solved.parameters)[k])
    if at["between"] == "terminal":
        mode = "rail" if ROUTES[k] in ("northern", "middle") else "sea"
        value -= solved.tables.ends[mode]
    rows = solved.tables.sources["days"]
    return Value(value, (*solved.prepared.sources, *rows), through=through_of(*rows))


def _distance(solved: Solved, at: Place) -> Value:
    route = str(at["route"])
    return Value(solved.tables.distance[route], solved.prepared.sources)


def _price(solved: Solved, at: Place) -> Value:
    s = solved.year(_year(at))
    note = "Zero where there is room; the capacity is an assumed range."
    value = THOUSAND * float(s.price[_route(at)])
    rows = _rows(solved, _year(at), "transit")
    return Value(value, rows, note=note, through=_through(_year(at)))


def _premium(*, of_box: bool) -> Callable[[Solved, Place], Value]:
    def answer(solved: Solved, at: Place) -> Value:
        low, high = theta_range(solved.tables)
        theta = {"low": low, "high": high, "drawn": solved.parameters["theta"]}[str(at["theta"])]
        value = premium(solved.tables, theta)
        box = THOUSAND * solved.parameters["value"]
        note = f"theta {theta:.3g} per thousand USD; the market is taken as constant."
        rows = _rows(solved, SANCTIONS, "transit", "rail_rate")
        value = 100 * value / box if of_box else value
        return Value(value, rows, note=note, through=_through(SANCTIONS))

    return answer


def _polygon(solved: Solved, at: Place) -> tuple[float, float, tuple[Source, ...], str]:
    d = solved.tables.demands[str(at["demand"])]
    year = int(at["year"]) if "year" in at and at["year"] is not None else d.year
    before = solved.tables.polygon_capacity(year)
    room = solved.prepared.changes.capacity(POLYGON, before, year)
    if not room > 0:
        raise DataMissing("the Eastern Polygon is closed", hint="leave it some capacity")
    known = d.source.note.partition(". ")[2]
    note = f"{d.value:g} Mt against a capacity of {room:g} in {year}: {known}."
    rows = [s for s in solved.tables.sources["polygon_capacity"] if f" {year}." in s.note]
    return d.value, room, (d.source, *rows), note


def _polygon_price(solved: Solved, at: Place) -> Value:
    wanted, room, evidence, note = _polygon(solved, at)
    value = 100 * scarcity(wanted, room, solved.parameters["polygon_elasticity"])
    return Value(value, evidence, note=note, through=through_of(*evidence))


def _polygon_use(solved: Solved, at: Place) -> Value:
    wanted, room, evidence, note = _polygon(solved, at)
    value = 100 * min(wanted, room) / room
    return Value(value, evidence, note=note, through=through_of(*evidence))


def _polygon_capacity(solved: Solved, at: Place) -> Value:
    _, room, evidence, note = _polygon(solved, at)
    return Value(room, evidence, note=note, through=through_of(*evidence))


PAIR = ("exporter", "importer")
_TRADE_NOTE = (
    "Ours: change of the expected cost of a box over its value, times the share of trade in "
    "containers (a range)."
)


def _trade_costs(solved: Solved, at: Place) -> xr.DataArray:
    """Return all pairs at once, or the rows and columns asked for."""
    import xarray as xr

    coords = {key: list(solved.tables.countries) for key in PAIR}
    source = "; ".join(s.source for s in solved.prepared.sources)
    attrs = {"source": source, "note": _TRADE_NOTE}
    found = xr.DataArray(solved.trade_cost(_year(at)), coords, PAIR, attrs=attrs)
    for name in (d for d in PAIR if d in at):
        found = found.sel({name: _known(solved, at[name])}).mean(name, keep_attrs=True)
    return found


def _trade_cost(solved: Solved, at: Place) -> Value:
    matrix = solved.trade_cost(_year(at))
    place = {c: k for k, c in enumerate(solved.tables.countries)}
    sellers, buyers = ([place[c] for c in _known(solved, at[d])] for d in PAIR)
    value = float(np.mean([matrix[i, j] for i, j in product(sellers, buyers)]))
    return Value(value, solved.prepared.sources, note=_TRADE_NOTE, through=_through(_year(at)))


ROUTE = dimension("route", "which way", ROUTES)
_YEARS = f"{YEARS[0]} to {YEARS[-1]}; later ones at the rates of 2023; the scenario's or 2023 if "
YEAR = dimension("year", f"{_YEARS}left out", required=False)
THETA = dimension("theta", "scale of the choice: ends of its range, or as drawn", get_args(Theta))
_PARTS = "total is freight, time and premium; the constant is what these do not explain of 2019"
PART = dimension("part", _PARTS, PARTS, required=False)
_ENDS = "door to door, or between terminals or ports"
BETWEEN = dimension("between", _ENDS, ("door", "terminal"), required=False)
DEMAND = dimension("demand", "which published figure of demand", DEMANDS)
FOR = dimension("year", "year of the capacity; that of the demand if left out", required=False)
EXPORTER = dimension("exporter", formerly=("origin",))
IMPORTER = dimension("importer", formerly=("destination",))
TEXTS = {
    "share": "Share of the containers between Asia and Europe, in TEU",
    "flow": "Containers between Asia and Europe, both ways",
    "cost": "Generalised cost of a forty-foot box from door to door: freight, time in transit, "
    "premium for sanctions and insurance",
    "days": "Time in transit",
    "distance": "Length, Shanghai or Xi'an to Rotterdam or Duisburg",
    "shadow_price": "What one more box of capacity is worth; 0 where there is room",
    "premium_2022": "Premium on the Northern route that its transit of the first half of 2022 "
    "implies, on a year before",
    "premium_2022_share": "The same over the value of a box",
    "polygon_shadow_price": "What capacity of the Eastern Polygon (BAM and Trans-Siberian) is "
    "worth, under one published figure of demand",
    "polygon_use": "Tonnes on the Eastern Polygon over its capacity, under one published figure of "
    "demand",
    "polygon_capacity": "Capacity of the Eastern Polygon in the year of a published figure of "
    "demand",
    "trade_cost": "Change in the log of the cost of goods trade between Asian and European "
    "economies, on the same year without the scenario's measures",
}


# how far the containers by rail of 2020 to 2024 were missed, as a share of those observed: the 80th
# percentile (docs/errors.md)
MISSED = 1.2
HINDCAST = "error of the hindcast"
FORECAST = Width(HINDCAST)  # said by each reading
SOLVED = Width(SOLVER, share=1e-9)  # the total of the routes is met to 1e-13
EXACT = ("distance", "polygon_capacity")  # figures of the tables
# what a reading can be where its unit does not say it
BOUNDS = {
    **dict.fromkeys(("cost", "shadow_price", "polygon_shadow_price"), FROM_ZERO),
    "premium_2022_share": UNBOUNDED,
}
WIDTHS = {"share": FORECAST, "flow": FORECAST}
UNIT = "thousand TEU"
LATER = range(max(s.last for s in FAILED) + 1, LAST + 1)
MARKS = dict.fromkeys(
    ("share", "flow"), (*unproven(MISSED_YEARS, UNIT), *unseen(FAILED, UNIT, LATER))
)


def _missed(share: float) -> float:
    """Return the half width of a route's share of all containers, both in units of one.

    A share is off by as much as all others together: one that has everything is not.
    """
    return MISSED * share * (1 - share)


def _metric(
    name: str, unit: str, *dims: Dimension, aggregate: Literal["mean", "none"] = "none"
) -> Metric:
    metric = Metric(
        f"corridors.{name}",
        dims,
        unit,
        TEXTS[name],
        aggregate,
        as_of="2022-12-31",
        bounds=BOUNDS.get(name),
        unproven=MARKS.get(name, ()),
    )
    return with_width(metric, None if name in EXACT else WIDTHS.get(name, SOLVED))


_here = partial(Declared, hint="the route is closed")
# of the Polygon, a year left out is that of the demand
_at_demand = partial(Declared, defaults={"year": None})

METRICS: tuple[Declared[Solved], ...] = (
    _here(_metric("share", "percent", ROUTE, YEAR), _share),
    _here(_metric("flow", "thousand TEU/yr", ROUTE, YEAR), _flow),
    _here(_metric("cost", "USD/FEU", ROUTE, PART, YEAR), _cost),
    _here(_metric("days", "days", ROUTE, BETWEEN), _days),
    _here(_metric("distance", "km", ROUTE), _distance),
    _here(_metric("shadow_price", "USD/FEU", ROUTE, YEAR), _price),
    _here(_metric("premium_2022", "USD/FEU", THETA), _premium(of_box=False)),
    _here(_metric("premium_2022_share", "percent", THETA), _premium(of_box=True)),
    _at_demand(
        _metric("polygon_shadow_price", "percent of the tariff", DEMAND, FOR), _polygon_price
    ),
    _at_demand(_metric("polygon_use", "percent", DEMAND, FOR), _polygon_use),
    _at_demand(_metric("polygon_capacity", "Mt/yr", DEMAND, FOR), _polygon_capacity),
    Declared(
        _metric("trade_cost", "log points", EXPORTER, IMPORTER, YEAR, aggregate="mean"),
        _trade_cost,
        grid=_trade_costs,
        many=True,
    ),
)
