"""``production.*``, ``governance.*`` and ``population.*``: tables of country by year."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from multipolar.engines.api.contract import FROM_ZERO, UNIT_OF_ROW, Metric, Source
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.halfwidth import PASSES, combined
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import some, table_source
from multipolar.engines.record import widths
from multipolar.engines.record.places import (
    calendar_year,
    counted,
    declared,
    labelled,
    left_open,
    listed,
    within,
)
from multipolar.errors import DataMissing, EngineError

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World


class Made(NamedTuple):
    """One row of ``production``."""

    quantity: float
    unit: str
    reported: bool


PARTS = {"coal": ("steam_coal", "coking_coal", "lignite")}  # what the table adds up, and shows


@dataclass(frozen=True, eq=False)
class ProductionTable:
    """``production``: a country without a row is not a listed producer.

    Attributes:
        frame: the table, a pandas.DataFrame.
        source: who stands behind it.
    """

    frame: Any
    source: Source

    @cached_property
    def _rows(self) -> dict[tuple[str, int], dict[str, Made]]:
        """Producers by commodity and year."""
        rows: dict[tuple[str, int], dict[str, Made]] = {}
        for r in self.frame.itertuples(index=False):
            place = rows.setdefault((str(r.commodity), int(r.year)), {})
            place[str(r.country)] = Made(float(r.quantity), str(r.unit), bool(r.reported))
        return rows

    @cached_property
    def commodities(self) -> tuple[str, ...]:
        """The commodities of the table."""
        return tuple(sorted(self.frame["commodity"].unique()))

    @cached_property
    def span(self) -> tuple[int, int]:
        """First and last year of the table."""
        years = self.frame["year"]
        return int(years.min()), int(years.max())

    def _asked(self, at: Place) -> tuple[tuple[str, ...], list[int]]:
        commodities = tuple(listed(at, "commodity") or self.commodities)
        have = sorted({y for c, y in self._rows if c in commodities})
        years = [int(y) for y in listed(at, "year") or have]
        within(years, have, f"production of {some(commodities)}")
        return commodities, years

    def _pick(self, at: Place) -> list[Made]:
        commodities, years = self._asked(at)
        for whole, parts in PARTS.items():
            twice = [p for p in parts if p in commodities and whole in commodities]
            if twice:
                raise EngineError(
                    f"{some(twice)}: part of {whole}, which is asked for as well",
                    where="where of production",
                    hint="name the whole, or its parts",
                )
        for c, y in product(commodities, years):
            if (c, y) not in self._rows:
                raise DataMissing(f"no production of {c} for {y}", hint="name other years")
        countries = listed(at, "country")
        places = [self._rows.get((c, y), {}) for c in commodities for y in years]
        found = [
            made
            for rows in places
            for code, made in rows.items()
            if countries is None or code in countries
        ]
        if not found:
            raise DataMissing(
                f"production of {some(commodities)}: {some(countries or ())} is not among the "
                f"producers listed for {some([str(y) for y in years])}"
            )
        return found

    def value(self, metric: Metric, at: Place) -> Value:
        """Read the quantity, or the share of the world, at a place."""
        made = self._pick(at)
        share = metric.name.endswith("share")
        total = sum(m.quantity for m in made)
        if share:
            world = sum(m.quantity for m in self._pick({**at, "country": EVERYBODY}))
            total = 100 * total / world
        unit = metric.unit if share else _one_unit(made)
        guesses = sum(not m.reported for m in made)
        note = counted("Estimated by the source", guesses, len(made), "figure")
        error = 100 * widths.of_ratio(total, 100.0, widths.PRODUCTION) if share else None
        source = replace(self.source, unit=unit)
        return Value(total, (source,), note=note, unit=unit, error=error, error_of=metric.error_of)

    def array(self, metric: Metric, at: Place) -> xr.DataArray:
        """Read quantities or shares over commodities, years or producers left open."""
        wanted = left_open(metric, at)
        commodities, years = self._asked(at)
        countries = listed(at, "country")
        rows = {k: self._rows.get(k, {}) for k in ((c, y) for c in commodities for y in years)}
        labels = sorted({c for r in rows.values() for c in r if not countries or c in countries})
        values = np.full((len(commodities), len(years), len(labels)), np.nan)
        for (c, y), producers in rows.items():
            total = sum(m.quantity for m in producers.values())
            scale = 100 / total if metric.name.endswith("share") and total else 1.0
            for k, code in enumerate(labels):
                if code in producers:
                    cell = (commodities.index(c), years.index(y), k)
                    values[cell] = scale * producers[code].quantity
        coords = {"commodity": commodities, "year": years, "country": labels}
        array = labelled(values, coords, self.source, self._unit(metric, rows.values()))
        closed = [d for d in array.dims if d not in wanted]
        return array.sum(closed, min_count=1, keep_attrs=True).transpose(*wanted)

    def _unit(self, metric: Metric, places: Collection[dict[str, Made]]) -> str:
        units = {m.unit for rows in places for m in rows.values()}
        return units.pop() if metric.name.endswith("quantity") and len(units) == 1 else metric.unit


def _one_unit(made: Sequence[Made]) -> str:
    units = sorted({m.unit for m in made})
    if len(units) > 1:
        raise DataMissing(
            f"production in {' and in '.join(units)} does not add up",
            hint="name commodities of one unit",
        )
    return units[0]


@per_world
def _production(world: World) -> ProductionTable:
    return ProductionTable(world.table("production"), table_source(world, "production"))


def production(world: World) -> tuple[Declared[World], ...]:
    """Declare the metrics of the ``production`` table."""
    table = _production(world)
    dims = (
        dimension("country", "who produces; World for everybody"),
        dimension("commodity", "what is produced", table.commodities, many=True),
        calendar_year(*table.span),
    )
    says = "Production by country of origin"
    quantity = Metric(
        "production.quantity",
        dims,
        UNIT_OF_ROW,
        says,
        "sum",
        error_share=widths.PRODUCTION,
        error_of=widths.REPORTERS,
        quantity="production",
        bounds=FROM_ZERO,
        siblings=("production.share",),
    )
    share = Metric(
        "production.share",
        dims,
        "percent",
        "Share in the world's production",
        "sum",
        error_of=widths.REPORTERS,
        quantity="share in production",
        part="country",
        siblings=("production.quantity",),
    )
    read = ("production", _production, ProductionTable.value, ProductionTable.array)
    return declared(quantity, *read), declared(share, *read)


@dataclass(frozen=True, eq=False)
class GovernanceTable:
    """``governance``: one estimate and its standard error a country and year.

    Attributes:
        frame: the table, a pandas.DataFrame.
        source: who stands behind it.
    """

    frame: Any
    source: Source

    @cached_property
    def _rows(self) -> dict[tuple[str, int], tuple[float, float]]:
        columns = (self.frame[c] for c in ("country", "year", "estimate", "standard_error"))
        return {(str(c), int(y)): (float(v), float(e)) for c, y, v, e in zip(*columns, strict=True)}

    @cached_property
    def years(self) -> list[int]:
        """The years of the table."""
        return sorted(map(int, self.frame["year"].unique()))

    def _asked(self, at: Place) -> tuple[list[str], list[int]]:
        years = [int(y) for y in listed(at, "year") or self.years]
        for y in years:
            if y not in self.years:
                gaps = sorted(set(range(self.years[0], self.years[-1])) - set(self.years))
                raise DataMissing(
                    f"no governance estimate for {y}",
                    hint=f"the table covers {self.years[0]} to {self.years[-1]}"
                    + (f" without {some([str(g) for g in gaps])}" if gaps else ""),
                )
        countries = listed(at, "country") or sorted({c for c, y in self._rows if y in years})
        return list(countries), years

    def value(self, metric: Metric, at: Place) -> Value:
        """Read one estimate, or the plain mean over a list."""
        countries, years = self._asked(at)
        places = [(c, y) for c in countries for y in years]
        gone = [f"{c} {y}" for c, y in places if (c, y) not in self._rows]
        if gone and listed(at, "country") is not None:
            raise DataMissing(f"no governance estimate for {some(gone)}")
        found = [self._rows[p] for p in places if p in self._rows]
        mean = sum(v for v, _ in found) / len(found)
        note = (
            f"Standard error {found[0][1]:.2f}."
            if len(found) == 1
            else f"Plain mean of {len(found)} estimates."
        )
        error = combined([PASSES * e for _, e in found], "mean")
        source = replace(self.source, unit=metric.unit)
        return Value(mean, (source,), note=note, error=error, error_of=metric.error_of)

    def array(self, metric: Metric, at: Place) -> xr.DataArray:
        """Read estimates over the countries or years left open."""
        wanted = left_open(metric, at)
        countries, years = self._asked(at)
        values = [[self._rows.get((c, y), (np.nan,))[0] for y in years] for c in countries]
        array = labelled(values, {"country": countries, "year": years}, self.source)
        closed = [d for d in array.dims if d not in wanted]
        return array.mean(closed, skipna=False, keep_attrs=True).transpose(*wanted)


@per_world
def _governance(world: World) -> GovernanceTable:
    return GovernanceTable(world.table("governance"), table_source(world, "governance"))


def governance(world: World) -> tuple[Declared[World], ...]:
    """Declare the metric of the ``governance`` table."""
    table = _governance(world)
    metric = Metric(
        "governance.estimate",
        (
            dimension("country", "whose institutions"),
            calendar_year(table.years[0], table.years[-1]),
        ),
        "1",
        f"{world.info('governance').title}: standard normal units, higher is better",
        "mean",
        error_of=widths.STANDARD,
        quantity="governance",
    )
    return (
        declared(metric, "governance", _governance, GovernanceTable.value, GovernanceTable.array),
    )


@dataclass(frozen=True, eq=False)
class PopulationTable:
    """``population``: people of a country in a year.

    Attributes:
        frame: the table, a pandas.DataFrame.
        source: who stands behind it.
    """

    frame: Any
    source: Source

    @cached_property
    def _rows(self) -> dict[tuple[str, int], float]:
        columns = (self.frame[c] for c in ("country", "year", "people"))
        return {(str(c), int(y)): float(v) for c, y, v in zip(*columns, strict=True)}

    @cached_property
    def years(self) -> list[int]:
        """The years of the table."""
        return sorted(map(int, self.frame["year"].unique()))

    def _asked(self, at: Place) -> tuple[list[str], list[int]]:
        years = [int(y) for y in listed(at, "year") or self.years]
        within(years, self.years, "population")
        codes = listed(at, "country") or sorted({c for c, y in self._rows if y in years})
        gone = [f"{c} {y}" for c in codes for y in years if (c, y) not in self._rows]
        if gone and listed(at, "country") is not None:
            raise DataMissing(
                f"no population of {some(gone)}",
                hint="the World Bank has no figures of it: leave it out, or cite evidence",
            )
        return list(codes), years

    def value(self, metric: Metric, at: Place) -> Value:
        """Read the people of a country, or of several together."""
        codes, years = self._asked(at)
        found = [self._rows[c, y] for c in codes for y in years if (c, y) in self._rows]
        whole = "" if listed(at, "country") else f"Sum of {len(codes)} countries, without Taiwan."
        source = replace(self.source, unit=metric.unit)
        return Value(sum(found), (source,), note=whole)

    def array(self, metric: Metric, at: Place) -> xr.DataArray:
        """Read people over the countries or years left open."""
        wanted = left_open(metric, at)
        codes, years = self._asked(at)
        values = [[self._rows.get((c, y), np.nan) for y in years] for c in codes]
        array = labelled(values, {"country": codes, "year": years}, self.source)
        closed = [d for d in array.dims if d not in wanted]
        return array.sum(closed, min_count=1, keep_attrs=True).transpose(*wanted)


@per_world
def _population(world: World) -> PopulationTable:
    return PopulationTable(world.table("population"), table_source(world, "population"))


def population(world: World) -> tuple[Declared[World], ...]:
    """Declare the metric of the ``population`` table."""
    table = _population(world)
    year = calendar_year(table.years[0], table.years[-1])
    metric = Metric(
        "population.people",
        (dimension("country", "who lives there; World for everybody"), replace(year, many=False)),
        "people",
        "Population at the middle of the year",
        "sum",
        error_share=widths.PEOPLE,
        error_of=widths.VINTAGES,
        quantity="population",
    )
    return (
        declared(metric, "population", _population, PopulationTable.value, PopulationTable.array),
    )
