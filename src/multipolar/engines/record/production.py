"""``production.*``: who produces fuels and minerals."""

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
