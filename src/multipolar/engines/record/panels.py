"""``production.*`` and ``governance.*``: tables of country by year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Reading
from multipolar.engines.api.reader import some, table_source
from multipolar.engines.record.entry import (
    Entry,
    Place,
    counted,
    country,
    labelled_array,
    left_open,
    listed,
    within,
    year,
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


@dataclass(frozen=True)
class ProductionReader:
    """Reads ``production``: a country without a row is not a listed producer."""

    world: World

    @cached_property
    def _rows(self) -> dict[tuple[str, int], dict[str, Made]]:
        """Producers by commodity and year."""
        frame = self.world.table("production")
        rows: dict[tuple[str, int], dict[str, Made]] = {}
        for r in frame.itertuples(index=False):
            place = rows.setdefault((str(r.commodity), int(r.year)), {})
            place[str(r.country)] = Made(float(r.quantity), str(r.unit), bool(r.reported))
        return rows

    @cached_property
    def commodities(self) -> tuple[str, ...]:
        """The commodities of the table."""
        return tuple(sorted({c for c, _ in self._rows}))

    @cached_property
    def span(self) -> tuple[int, int]:
        """First and last year of the table."""
        years = [y for _, y in self._rows]
        return min(years), max(years)

    def _asked(self, where: Place) -> tuple[tuple[str, ...], list[int]]:
        commodities = tuple(listed(where, "commodity") or self.commodities)
        have = sorted({y for c, y in self._rows if c in commodities})
        years = [int(y) for y in listed(where, "year") or have]
        within(years, have[0], have[-1], f"production of {some(commodities)}")
        return commodities, years

    def _pick(self, where: Place) -> list[Made]:
        commodities, years = self._asked(where)
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
        countries = listed(where, "country")
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

    def scalar(self, metric: Metric, where: Place) -> Reading:
        """Read the quantity, or the share of the world, at a place."""
        made = self._pick(where)
        share = metric.name.endswith("share")
        total = sum(m.quantity for m in made)
        if share:
            world = sum(m.quantity for m in self._pick({**where, "country": "WLD"}))
            total = 100 * total / world
        unit = metric.unit if share else _one_unit(made)
        guesses = sum(not m.reported for m in made)
        note = counted("Estimated by the source", guesses, len(made), "figure")
        return Reading(total, unit, (table_source(self.world, "production", unit),), note=note)

    def labelled(self, metric: Metric, where: Place) -> xr.DataArray:
        """Read quantities or shares over commodities, years or producers left open."""
        wanted = left_open(metric, where)
        commodities, years = self._asked(where)
        countries = listed(where, "country")
        rows = {k: self._rows.get(k, {}) for k in ((c, y) for c in commodities for y in years)}
        labels = sorted({c for r in rows.values() for c in r if not countries or c in countries})
        values = np.full((len(commodities), len(years), len(labels)), np.nan)
        for (c, y), producers in rows.items():
            total = sum(m.quantity for m in producers.values())
            scale = 100 / total if metric.name.endswith("share") and total else 1.0
            for k, code in enumerate(labels):
                if code in producers:
                    at = (commodities.index(c), years.index(y), k)
                    values[at] = scale * producers[code].quantity
        array = labelled_array(
            metric,
            values,
            {"commodity": commodities, "year": years, "country": labels},
            table_source(self.world, "production"),
            unit=self._unit(metric, rows.values()),  # type: ignore[arg-type]
        )
        closed = [d for d in array.dims if d not in wanted]
        return array.sum(closed, min_count=1, keep_attrs=True).transpose(*wanted)

    def _unit(self, metric: Metric, places: Sequence[dict[str, Made]]) -> str:
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


def production(world: World) -> tuple[Entry, ...]:
    """Declare the metrics of the ``production`` table."""
    reader = ProductionReader(world)
    dims = (
        country("country", "who produces; World for everybody"),
        Dimension(
            "commodity", "choice", reader.commodities, description="what is produced", many=True
        ),
        year(*reader.span),
    )
    quantity = Metric(
        "production.quantity", dims, "unit of the row", "Production by country of origin", "sum"
    )
    share = Metric("production.share", dims, "percent", "Share in the world's production", "sum")
    return tuple(
        Entry(m, partial(reader.scalar, m), partial(reader.labelled, m)) for m in (quantity, share)
    )


@dataclass(frozen=True)
class GovernanceReader:
    """Reads ``governance``: one estimate and its standard error a country and year."""

    world: World

    @cached_property
    def _rows(self) -> dict[tuple[str, int], tuple[float, float]]:
        frame = self.world.table("governance")
        columns = (frame[c] for c in ("country", "year", "estimate", "standard_error"))
        return {(str(c), int(y)): (float(v), float(e)) for c, y, v, e in zip(*columns, strict=True)}

    @cached_property
    def years(self) -> list[int]:
        """The years of the table."""
        return sorted({y for _, y in self._rows})

    def _asked(self, where: Place) -> tuple[list[str], list[int]]:
        years = [int(y) for y in listed(where, "year") or self.years]
        for y in years:
            if y not in self.years:
                gaps = sorted(set(range(self.years[0], self.years[-1])) - set(self.years))
                raise DataMissing(
                    f"no governance estimate for {y}",
                    hint=f"the table covers {self.years[0]} to {self.years[-1]}"
                    + (f" without {some([str(g) for g in gaps])}" if gaps else ""),
                )
        countries = listed(where, "country") or sorted({c for c, y in self._rows if y in years})
        return list(countries), years

    def scalar(self, metric: Metric, where: Place) -> Reading:
        """Read one estimate, or the plain mean over a list."""
        countries, years = self._asked(where)
        places = [(c, y) for c in countries for y in years]
        gone = [f"{c} {y}" for c, y in places if (c, y) not in self._rows]
        if gone and listed(where, "country") is not None:
            raise DataMissing(f"no governance estimate for {some(gone)}")
        found = [self._rows[p] for p in places if p in self._rows]
        mean = sum(v for v, _ in found) / len(found)
        note = (
            f"Standard error {found[0][1]:.2f}."
            if len(found) == 1
            else f"Plain mean of {len(found)} estimates."
        )
        source = table_source(self.world, "governance", metric.unit)
        return Reading(mean, metric.unit, (source,), note=note)

    def labelled(self, metric: Metric, where: Place) -> xr.DataArray:
        """Read estimates over the countries or years left open."""
        wanted = left_open(metric, where)
        countries, years = self._asked(where)
        values = [[self._rows.get((c, y), (np.nan,))[0] for y in years] for c in countries]
        source = table_source(self.world, "governance")
        array = labelled_array(metric, values, {"country": countries, "year": years}, source)
        closed = [d for d in array.dims if d not in wanted]
        return array.mean(closed, skipna=False, keep_attrs=True).transpose(*wanted)


def governance(world: World) -> tuple[Entry, ...]:
    """Declare the metric of the ``governance`` table."""
    reader = GovernanceReader(world)
    metric = Metric(
        "governance.estimate",
        (country("country", "whose institutions"), year(reader.years[0], reader.years[-1])),
        "1",
        f"{world.info('governance').title}: standard normal units, higher is better",
        "mean",
    )
    return (Entry(metric, partial(reader.scalar, metric), partial(reader.labelled, metric)),)
