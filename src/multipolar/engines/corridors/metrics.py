"""What can be read from a solved scenario of freight.

To add a metric, write a reader and list it in :data:`READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import xarray as xr

from multipolar.engines.api.contract import Dimension, Metric, Reading, Source
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.reader import without
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
from multipolar.engines.corridors.solved import DRAWS, Solved
from multipolar.errors import DataMissing

LAST = 2035  # to which the usual rates are taken to hold
Theta = Literal["low", "high", "drawn"]
Place: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """A value, the rows behind it, and what a reader should know of it."""

    value: float
    evidence: tuple[Source, ...]
    note: str = ""


@dataclass(frozen=True)
class Reader:
    """A metric, how one value of it is read, and what its open dimensions run over."""

    metric: Metric
    answer: Callable[[Solved, Place], Answer]

    def scalar(self, solved: Solved, place: Place) -> Reading:
        """Read one number."""
        given = self._filled(solved, place)
        found = self.answer(solved, given)
        if not np.isfinite(found.value):
            raise DataMissing(f"{self.metric.name} has no value here", hint="the route is closed")
        gone = without(self.metric, place, solved.tables.countries)
        note = " ".join(filter(None, (found.note, gone, _remarks(solved, given))))
        return Reading(found.value, self.metric.unit, found.evidence, note=note)

    def labelled(self, solved: Solved, place: Place) -> xr.DataArray:
        """Read an array over the dimensions that are required and left open."""
        given = self._filled(solved, place)
        left = [d for d in self.metric.dims if d.required and d.name not in place]
        coords = {d.name: list(_labels(solved, d)) for d in left}
        values = np.full([len(c) for c in coords.values()], np.nan)
        notes: dict[str, None] = {}
        for at in np.ndindex(*values.shape):
            here = {d.name: coords[d.name][k] for d, k in zip(left, at, strict=True)}
            found = self.answer(solved, {**given, **here})
            values[at] = found.value
            notes[found.note] = None
        return self._array(solved, values, coords, [*notes, _remarks(solved, given)])

    def _array(
        self, solved: Solved, values: np.ndarray, coords: Mapping[str, list[Any]],
        notes: Sequence[str],
    ) -> xr.DataArray:  # fmt: skip
        prepared = solved.prepared
        return xr.DataArray(
            values, coords=coords, dims=list(coords), name=self.metric.name,
            attrs={"unit": self.metric.unit,
                   "source": "; ".join(s.source for s in prepared.sources),
                   "long_name": self.metric.description,
                   "note": " ".join(filter(None, notes))},
        )  # fmt: skip

    def _filled(self, solved: Solved, place: Place) -> dict[str, Any]:
        """Return a place with what was left out: the year, and the first of each choice."""
        optional = {d.name: d.values[0] for d in self.metric.dims if not d.required and d.values}
        return {"year": solved.prepared.year, **optional, **place}


@dataclass(frozen=True)
class TradeReader(Reader):
    """The reader of trade costs: all pairs at once."""

    def labelled(self, solved: Solved, place: Place) -> xr.DataArray:
        """Read the matrix, or the rows and columns asked for."""
        given = self._filled(solved, place)
        codes = solved.tables.countries
        found = xr.DataArray(
            solved.trade_cost(_year(given)),
            coords={"origin": list(codes), "destination": list(codes)},
            dims=["origin", "destination"],
        )
        for name in ("origin", "destination"):
            if name in given:
                found = found.sel({name: _known(solved, given[name])}).mean(name)
        coords = {str(d): found[d].values.tolist() for d in found.dims}
        return self._array(solved, found.values, coords, [_TRADE_NOTE, _remarks(solved, given)])


def _labels(solved: Solved, dim: Dimension) -> Sequence[Any]:
    return solved.tables.countries if dim.kind == "country" else dim.values


def _known(solved: Solved, word: Any) -> list[str]:
    """Return the codes of a word that the input-output table tells apart."""
    codes = [str(c) for c in word] if isinstance(word, tuple) else [str(word)]
    if EVERYBODY in codes:
        return list(solved.tables.countries)
    found = [c for c in codes if c in solved.tables.countries]
    if not found:
        raise DataMissing(f"{', '.join(codes[:4])}: not in the input-output table")
    return found


def _remarks(solved: Solved, at: Place) -> str:
    """Return the scenario's note for the year read: of the Polygon, that of the demand."""
    year = at["year"]
    if year is None:
        demand = solved.tables.demands.get(str(at.get("demand")))
        year = demand.year if demand else solved.prepared.year
    return solved.remarks(int(year))


def _year(at: Place) -> int:
    year = int(at["year"])
    if not YEARS[0] <= year <= LAST:
        raise DataMissing(f"no corridors in {year}", hint=f"they go from {YEARS[0]} to {LAST}")
    return year


def _route(at: Place) -> int:
    return ROUTES.index(str(at["route"]))


def _rows(solved: Solved, year: int, *quantities: str) -> tuple[Source, ...]:
    """Return the figures of a year, the tables' own source first."""
    word = f" {year}"
    rows = [s for q in quantities for s in solved.tables.sources.get(q, ()) if word in s.note]
    return (*solved.prepared.sources, *rows)


def _share(solved: Solved, at: Place) -> Answer:
    s, k = solved.year(_year(at)), _route(at)
    low, high = solved.prepared.ranges(_year(at))
    note = (
        f"The facts do not pin shares: over the priors {low[k]:.2g} to {high[k]:.2g} percent "
        f"(5th to 95th percentile of {DRAWS} draws)."
    )
    value = 100 * float(s.flow[k] / s.flow.sum())
    return Answer(value, _rows(solved, _year(at), "transit", "market"), note)


def _flow(solved: Solved, at: Place) -> Answer:
    s, k = solved.year(_year(at)), _route(at)
    low, high = solved.prepared.ranges(_year(at))
    note = (
        f"The facts do not pin it: over the priors {low[k] * s.demand / 100:.3g} to "
        f"{high[k] * s.demand / 100:.3g} thousand TEU."
    )
    return Answer(float(s.flow[k]), _rows(solved, _year(at), "transit", "market"), note)


def _cost(solved: Solved, at: Place) -> Answer:
    s = solved.year(_year(at))
    part = next(p for p in PARTS if p == at["part"])
    note = "Without the shadow price of capacity." if part == "total" else ""
    value = float(s.costs.part(part)[_route(at)])
    return Answer(value, _rows(solved, _year(at), "rail_rate"), note)


def _days(solved: Solved, at: Place) -> Answer:
    k = _route(at)
    value = float(days(solved.parameters)[k])
    if at["between"] == "terminal":
        mode = "rail" if ROUTES[k] in ("northern", "middle") else "sea"
        value -= solved.tables.ends[mode]
    return Answer(value, (*solved.prepared.sources, *solved.tables.sources["days"]))


def _distance(solved: Solved, at: Place) -> Answer:
    route = str(at["route"])
    return Answer(solved.tables.distance[route], solved.prepared.sources)


def _price(solved: Solved, at: Place) -> Answer:
    s = solved.year(_year(at))
    return Answer(
        THOUSAND * float(s.price[_route(at)]), _rows(solved, _year(at), "transit"),
        "Zero where there is room; the capacity is an assumed range.",
    )  # fmt: skip


def _premium(*, of_box: bool) -> Callable[[Solved, Place], Answer]:
    def answer(solved: Solved, at: Place) -> Answer:
        low, high = theta_range(solved.tables)
        theta = {"low": low, "high": high, "drawn": solved.parameters["theta"]}[str(at["theta"])]
        value = premium(solved.tables, theta)
        box = THOUSAND * solved.parameters["value"]
        note = f"theta {theta:.3g} per thousand USD; the market is taken as constant."
        rows = _rows(solved, SANCTIONS, "transit", "rail_rate")
        return Answer(100 * value / box if of_box else value, rows, note)

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
    evidence = (d.source, *(s for s in solved.tables.sources["polygon_capacity"]
                            if f" {year}." in s.note))  # fmt: skip
    return d.value, room, evidence, note


def _polygon_price(solved: Solved, at: Place) -> Answer:
    wanted, room, evidence, note = _polygon(solved, at)
    value = 100 * scarcity(wanted, room, solved.parameters["polygon_elasticity"])
    return Answer(value, evidence, note)


def _polygon_use(solved: Solved, at: Place) -> Answer:
    wanted, room, evidence, note = _polygon(solved, at)
    return Answer(100 * min(wanted, room) / room, evidence, note)


def _polygon_capacity(solved: Solved, at: Place) -> Answer:
    _, room, evidence, note = _polygon(solved, at)
    return Answer(room, evidence, note)


_TRADE_NOTE = (
    "Ours: change of the expected cost of a box over its value, times the share of trade in "
    "containers (a range)."
)


def _trade_cost(solved: Solved, at: Place) -> Answer:
    matrix = solved.trade_cost(_year(at))
    place = {c: k for k, c in enumerate(solved.tables.countries)}
    origins, destinations = (
        [place[c] for c in _known(solved, at[d])] for d in ("origin", "destination")
    )
    value = float(np.mean([matrix[i, j] for i, j in product(origins, destinations)]))
    return Answer(value, solved.prepared.sources, _TRADE_NOTE)


ROUTE = Dimension("route", "choice", ROUTES, description="which way")
YEAR = Dimension("year", "year", required=False, description=f"{YEARS[0]} to {YEARS[-1]}; later "
                 "ones at the rates of 2023; the scenario's or 2023 if left out")  # fmt: skip
THETA = Dimension("theta", "choice", get_args(Theta),
                  description="scale of the choice: ends of its range, or as drawn")  # fmt: skip
PART = Dimension("part", "choice", PARTS, required=False,
                 description="total is freight, time and premium; the constant is what these do "
                 "not explain of the choice of 2019")  # fmt: skip
BETWEEN = Dimension("between", "choice", ("door", "terminal"), required=False,
                    description="door to door, or between terminals or ports")  # fmt: skip
DEMAND = Dimension("demand", "choice", DEMANDS, description="which published figure of demand")
FOR = Dimension("year", "year", required=False,
                description="year of the capacity; that of the demand if left out")  # fmt: skip


def _metric(
    name: str, unit: str, description: str, *dims: Dimension,
    aggregate: Literal["sum", "mean", "none"] = "none",
) -> Metric:  # fmt: skip
    return Metric(f"corridors.{name}", dims, unit, description, aggregate, as_of="2022-12-31")


@dataclass(frozen=True)
class PolygonReader(Reader):
    """A reader of the Polygon, for which a year left out is that of the demand."""

    def _filled(self, solved: Solved, place: Place) -> dict[str, Any]:
        return {"year": None, **place}


READERS: tuple[Reader, ...] = (
    Reader(_metric("share", "percent", "Share of the containers between Asia and Europe, in TEU",
                   ROUTE, YEAR), _share),
    Reader(_metric("flow", "thousand TEU/yr", "Containers between Asia and Europe, both ways",
                   ROUTE, YEAR), _flow),
    Reader(_metric("cost", "USD/FEU", "Generalised cost of a forty-foot box from door to door: "
                   "freight, time in transit, premium for sanctions and insurance", ROUTE, PART,
                   YEAR), _cost),
    Reader(_metric("days", "days", "Time in transit", ROUTE, BETWEEN), _days),
    Reader(_metric("distance", "km", "Length, Shanghai or Xi'an to Rotterdam or Duisburg", ROUTE),
           _distance),
    Reader(_metric("shadow_price", "USD/FEU", "What one more box of capacity is worth; 0 where "
                   "there is room", ROUTE, YEAR), _price),
    Reader(_metric("premium_2022", "USD/FEU", "Premium on the Northern route that its transit of "
                   "the first half of 2022 implies, on a year before", THETA),
           _premium(of_box=False)),
    Reader(_metric("premium_2022_share", "percent", "The same over the value of a box", THETA),
           _premium(of_box=True)),
    PolygonReader(_metric("polygon_shadow_price", "percent of the tariff", "What capacity of the "
                          "Eastern Polygon (BAM and Trans-Siberian) is worth, under one published "
                          "figure of demand", DEMAND, FOR), _polygon_price),
    PolygonReader(_metric("polygon_use", "percent", "Tonnes on the Eastern Polygon over its "
                          "capacity, under one published figure of demand", DEMAND, FOR),
                  _polygon_use),
    PolygonReader(_metric("polygon_capacity", "Mt/yr", "Capacity of the Eastern Polygon in the "
                          "year of a published figure of demand", DEMAND, FOR),
                  _polygon_capacity),
    TradeReader(_metric("trade_cost", "log points", "Change in the log of the cost of goods trade "
                        "between Asian and European economies, on the same year without the "
                        "scenario's measures",
                        Dimension("origin", "country", description="who sells"),
                        Dimension("destination", "country", description="who buys"), YEAR,
                        aggregate="mean"), _trade_cost),
)  # fmt: skip
BY_NAME = {r.metric.name: r for r in READERS}
