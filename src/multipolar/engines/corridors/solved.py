"""A scenario ready to be read: each year is solved when a metric first asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from multipolar.engines.api import Metric, Parameter, Place, Source
from multipolar.engines.api.memo import Memo
from multipolar.engines.corridors.calibrate import NEST, THOUSAND, Costs, constants, costs
from multipolar.engines.corridors.data import (
    ARCTIC,
    ASIA,
    CAPE,
    EUROPE,
    MIDDLE,
    NORTHERN,
    ROUTES,
    SEA,
    SUEZ,
    YEARS,
    Tables,
)
from multipolar.engines.corridors.kernel import Programme, Split, solve
from multipolar.engines.corridors.measures import POLYGON, Changes
from multipolar.errors import Infeasible
from multipolar.numerics.arrays import Flags, Floats

USUAL = 2023  # stands for years without rates of their own: the last with Suez open
DRAWS = 100
LEAST = 1e-9  # thousand TEU a year: less is a closed route
BY_RAIL = frozenset({"CHN"})  # whose boxes can go by any route; the others' go by sea


@dataclass(frozen=True, slots=True)
class State:
    """A year solved, over R routes.

    Attributes:
        costs: by route and part.
        flow: shape (R,), thousand TEU a year.
        price: shadow price of capacity, shape (R,), thousand USD a box; nan where a route is
            closed.
        expected, by_sea: the expected cost of a box that can go by any route, and by sea alone,
            thousand USD; inf where no such route is open.
        demand: what is carried in all, thousand TEU a year.
        residual: largest relative violation of the optimality conditions.
        iterations: rounds of the active set.
    """

    costs: Costs
    flow: Floats
    price: Floats
    expected: float
    by_sea: float
    demand: float
    residual: float
    iterations: int


@dataclass(frozen=True)
class Prepared:
    """A scenario on the tables, ready for any parameters.

    ``memo`` holds the ranges over the priors, which no parameter changes.
    """

    tables: Tables
    parameters: tuple[Parameter, ...]
    changes: Changes
    year: int
    sources: tuple[Source, ...]
    note: str
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)

    def ranges(self, year: int) -> tuple[Floats, Floats]:
        """Return 5th and 95th percentile over the priors of each route's share, (R,), percent."""
        return self.memo.once(year, lambda: _ranges(self, year))


@dataclass(frozen=True)
class Solved:
    """A scenario and one value for each parameter."""

    prepared: Prepared
    parameters: Mapping[str, float]
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)

    @property
    def tables(self) -> Tables:
        """The tables it rests on."""
        return self.prepared.tables

    def remarks(self, year: int) -> str:
        """Return the note on how the scenario was read, and which measures are idle in a year."""
        t, changes = self.tables, self.prepared.changes
        room = capacities(t, self.parameters, Changes(), year).tolist()
        before = {**dict(zip(ROUTES, room, strict=True)), POLYGON: t.polygon_capacity(year)}
        return " ".join(filter(None, (self.prepared.note, *changes.idle(before, year))))

    @property
    def message(self) -> str:
        """What is to be known of the scenario's year."""
        return self.remarks(self.prepared.year)

    @property
    def residual(self) -> float:
        """How far the scenario's year is from solved."""
        return self.year(self.prepared.year).residual

    @property
    def iterations(self) -> int:
        """Steps its solution took."""
        return self.year(self.prepared.year).iterations

    @property
    def through(self) -> str:
        """The end of the last year that has figures."""
        return f"{YEARS[-1]}-12-31"

    @property
    def countries(self) -> tuple[str, ...]:
        """Codes that the input-output table tells apart."""
        return self.tables.countries

    known = countries

    @property
    def defaults(self) -> dict[str, int]:
        """What stands for a year that is left out."""
        return {"year": self.prepared.year}

    def note(self, metric: Metric, place: Place) -> str:
        """Return the note for the year read: of the Polygon, that of the demand."""
        year = place.get("year")
        if year is None:
            demand = self.tables.demands.get(str(place.get("demand")))
            year = demand.year if demand else self.prepared.year
        return self.remarks(int(year))

    def year(self, year: int, *, base: bool = False) -> State:
        """Return a year solved; with ``base`` without the scenario's measures.

        Raises:
            Infeasible: the routes left open cannot carry the demand.
        """
        base = base or not self.prepared.changes.touches(year)
        changes = Changes() if base else self.prepared.changes
        return self.memo.once(
            (year, base), lambda: state(self.tables, self.parameters, changes, year)
        )

    def trade_cost(self, year: int) -> Floats:
        """Return the log change of the cost of goods trade, shape (exporter, importer).

        Exactly 0 where nothing changed: between other countries, and without measures.
        """
        codes = self.tables.countries
        out = np.zeros((len(codes), len(codes)))
        now, before = self.year(year), self.year(year, base=True)
        if now is before:
            return out
        p = self.parameters
        scale = p["containers"] / p["value"]
        by_rail = scale * (now.expected - before.expected)
        by_sea = scale * (now.by_sea - before.by_sea)
        europe = [k for k, c in enumerate(codes) if c in EUROPE]
        for k, code in enumerate(codes):
            if code in ASIA:
                out[k, europe] = out[europe, k] = by_rail if code in BY_RAIL else by_sea
        return out


def mapped(year: int) -> int:
    """Return the year whose rates stand for a year.

    Example:
        >>> [mapped(y) for y in (2015, 2022, 2030)]
        [2019, 2022, 2023]
    """
    return YEARS[0] if year < YEARS[0] else year if year <= YEARS[-1] else USUAL


def capacities(t: Tables, p: Mapping[str, float], changes: Changes, year: int) -> Floats:
    """Return capacity by route in a year, thousand TEU, shape (R,).

    The slots offered by sea bound either way; Suez has those of the ships that still go there.
    """
    k = np.empty(len(ROUTES))
    k[SUEZ] = t.slots * t.suez_open.get(year, 1.0)
    k[CAPE] = t.slots
    k[NORTHERN], k[MIDDLE] = p["capacity_northern"], p["capacity_middle"]
    k[ARCTIC] = p["capacity_arctic"]
    return np.array([changes.capacity(r, k[n], year) for n, r in enumerate(ROUTES)])


def demand(t: Tables, year: int) -> float:
    """Return what is carried between Asia and Europe by sea and rail, thousand TEU a year."""
    y = mapped(year)
    middle = t.transit.get(("middle", str(y)), 0.0)
    return t.market[y] + t.northern(y) + middle


def state(t: Tables, p: Mapping[str, float], changes: Changes, year: int) -> State:
    """Solve a year.

    Raises:
        Infeasible: the routes left open cannot carry the demand.
    """
    c = costs(t, p, mapped(year), constants(t, p))
    k, wanted = capacities(t, p, changes, year), demand(t, year)
    felt = (c.part("total") + c.constant) / THOUSAND
    is_open = k > LEAST
    try:
        split = solve(
            Programme(felt[is_open], k[is_open], NEST[is_open], wanted, p["theta"], p["nest"])
        )
    except Infeasible as fault:
        names = ", ".join(r for r, o in zip(ROUTES, is_open, strict=True) if o) or "none"
        raise Infeasible(
            f"routes between Asia and Europe in {year}: {fault.what} thousand TEU",
            hint=f"open routes: {names}",
        ) from None
    return _state(c, felt, is_open, split, wanted, p)


def _state(
    c: Costs, felt: Floats, is_open: Flags, split: Split, wanted: float, p: Mapping[str, float]
) -> State:
    flow, price = np.zeros(len(ROUTES)), np.full(len(ROUTES), np.nan)
    flow[is_open], price[is_open] = split.flow, split.price
    sea = is_open & np.isin(np.arange(len(ROUTES)), SEA)
    paid = felt[sea] + price[sea]
    scale = p["theta"] / p["nest"]
    by_sea = np.inf
    if sea.any():
        least = float(paid.min())
        by_sea = least - float(np.log(np.exp(-scale * (paid - least)).sum())) / scale
    return State(c, flow, price, split.expected, by_sea, wanted, split.residual, split.iterations)


def _ranges(prepared: Prepared, year: int) -> tuple[Floats, Floats]:
    """Solve draws from the priors, the same each time; those with no solution are left out."""
    unit = np.random.default_rng(0).random((DRAWS, len(prepared.parameters)))
    drawn = {
        q.name: np.full(DRAWS, q.value) if q.prior is None else q.prior.quantile(unit[:, k])
        for k, q in enumerate(prepared.parameters)
    }
    found = []
    for k in range(DRAWS):
        p = {name: float(values[k]) for name, values in drawn.items()}
        try:
            s = state(prepared.tables, p, prepared.changes, year)
        except Infeasible:
            continue
        found.append(100 * s.flow / s.flow.sum())
    if not found:
        nothing = np.full(len(ROUTES), np.nan)
        return nothing, nothing
    low, high = np.quantile(np.array(found), (0.05, 0.95), axis=0)
    return low, high
