"""``goods.*`` and ``gdp.*``: bilateral trade by industry and value added, from ``io_2022``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from multipolar.engines.api.contract import FROM_ZERO, Metric, Source
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import some, table_source
from multipolar.engines.record import widths
from multipolar.engines.record.places import declared, labelled, left_open, listed
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats
from multipolar.policy import GROUPS, SECTORS, sectors

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

TABLE = "io_2022"
YEAR = "2022"
THROUGH = "2022-12-31"
REST = "ROW"  # the rest of the world: part of every total, never a country of its own


Laid: TypeAlias = tuple[dict[str, list[str]], Floats]  # labels by dimension, and the values


@dataclass(frozen=True, eq=False)
class AccountsTable:
    """``io_2022``: sales of an industry's products by origin and destination.

    Attributes:
        data: the arrays of the table.
        source: who stands behind it.
    """

    data: xr.Dataset
    source: Source

    @cached_property
    def _trade(self) -> Floats:
        """Cross-border sales, shape (sector, origin, destination), USD mn; no domestic sales."""
        flows = self.data["trade_share"].to_numpy() * self.data["spending"].to_numpy()[:, None, :]
        here = np.arange(flows.shape[1])
        flows[:, here, here] = 0.0
        return np.asarray(flows, dtype=float)

    @cached_property
    def _added(self) -> Floats:
        """Value added, shape (country,), USD mn."""
        return np.asarray(self.data["value_added"].to_numpy(), dtype=float)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Countries of the table, with the rest of the world."""
        return tuple(map(str, self.data["country"].to_numpy()))

    @cached_property
    def industries(self) -> tuple[str, ...]:
        """Industries of the table."""
        return tuple(map(str, self.data["sector"].to_numpy()))

    def _scope(self, at: Place) -> list[int]:
        """Positions of the industries asked for, each once."""
        asked = listed(at, "sector")
        wanted = sectors(tuple(asked)) if asked else self.industries
        return [self.industries.index(s) for s in wanted]

    def width(self, metric: Metric, at: Place, value: float) -> float | None:
        """Return the half width of trade, in the metric's unit; None where the metric says it.

        That of one industry is wider than that of many together.
        """
        if not metric.name.startswith("goods."):
            return None
        one = len(self._scope(at)) == 1
        if metric.name == "goods.trade_value":
            return (widths.INDUSTRY if one else widths.GOODS) * value
        return (
            100 * widths.of_ratio(value, 100.0, widths.INDUSTRY)
            if one
            else (widths.PARTNER * value)
        )

    def weights(self, at: Place, name: str, wanted: Sequence[str]) -> tuple[list[str], Floats]:
        """Return the labels along a country dimension and which countries each one sums.

        Weights have shape (labels, countries). An open dimension has a label a country; the rest
        of the world is in sums over everybody only.
        """
        if name in wanted:
            labels = sorted(c for c in self.codes if c != REST)
            return labels, np.eye(len(self.codes))[[self.codes.index(c) for c in labels]]
        asked = listed(at, name)
        if asked is None:
            return [EVERYBODY], np.ones((1, len(self.codes)))
        gone = [c for c in asked if c not in self.codes]
        if gone:
            raise DataMissing(
                f"{some(gone)}: not apart in the table {TABLE}, which has 80 countries",
                hint="they are in the rest of the world; name others",
            )
        return [str(asked[0])], np.array([[float(c in asked) for c in self.codes]])

    def value(self, at: Place, wanted: Sequence[str]) -> Laid:
        """Trade from exporters to importers, USD mn, shape (sector, exporter, importer)."""
        sellers, exporters = self.weights(at, "exporter", wanted)
        buyers, importers = self.weights(at, "importer", wanted)
        scope = self._scope(at)
        flows = self._trade[scope]
        if "sector" not in wanted:
            flows = flows.sum(axis=0, keepdims=True)
        summed = np.einsum("ei,kij,mj->kem", exporters, flows, importers, optimize=True)
        names = [self.industries[k] for k in scope]
        return {"sector": names, "exporter": sellers, "importer": buyers}, np.asarray(summed)

    def share(self, at: Place, wanted: Sequence[str]) -> Laid:
        """Share of partners in a country's trade, percent, shape (sector, country, partner)."""
        own, countries = self.weights(at, "country", wanted)
        others, partners = self.weights(at, "partner", wanted)
        scope = self._scope(at)
        both = self._trade[scope] + self._trade[scope].transpose(0, 2, 1)
        if "sector" not in wanted:
            both = both.sum(axis=0, keepdims=True)
        part = np.einsum("ei,kij,mj->kem", countries, both, partners, optimize=True)
        total = np.einsum("ei,kij->ke", countries, both)[:, :, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = 100 * part / total
        names = [self.industries[k] for k in scope]
        return {"sector": names, "country": own, "partner": others}, np.asarray(shares)

    def output(self, at: Place, wanted: Sequence[str]) -> Laid:
        """Value added of countries, USD mn, shape (country,)."""
        labels, weights = self.weights(at, "country", wanted)
        return {"country": labels}, np.asarray(weights @ self._added)

    def output_share(self, at: Place, wanted: Sequence[str]) -> Laid:
        """Share of countries in the world's value added, percent, shape (country,)."""
        coords, added = self.output(at, wanted)
        return coords, 100 * added / self._added.sum()


@per_world
def _table(world: World) -> AccountsTable:
    return AccountsTable(world.table(TABLE), table_source(world, TABLE))


def _declared(
    metric: Metric, compute: Callable[[AccountsTable, Place, Sequence[str]], Laid]
) -> Declared[World]:
    """Declare a metric that a method of the table computes."""

    def value(table: AccountsTable, metric: Metric, at: Place) -> Value:
        _, values = compute(table, at, ())
        source, value = replace(table.source, unit=metric.unit), float(values.item())
        error = table.width(metric, at, value)
        return Value(
            value,
            (source,),
            error=error,
            error_of=metric.error_of,
            through=THROUGH,
        )

    def array(table: AccountsTable, metric: Metric, at: Place) -> xr.DataArray:
        wanted = left_open(metric, at)
        coords, values = compute(table, at, wanted)
        closed = tuple(k for k, d in enumerate(coords) if d not in wanted)
        kept = {d: c for d, c in coords.items() if d in wanted}
        return labelled(values.squeeze(closed), kept, table.source).transpose(*wanted)

    return declared(
        metric, TABLE, _table, value, array, hint="there is no trade to take a share of"
    )


def traded(world: World, at: Place) -> Value:
    """Read goods sold across borders at a place of exporter, importer and sector, USD mn."""
    table = _table(world)
    _, found = table.value(at, ())
    value = float(found.item())
    return Value(
        value,
        (replace(table.source, unit="USD mn"),),
        error=widths.GOODS * value,
        error_of=widths.TABLE,
        through=THROUGH,
    )


def laid(world: World) -> tuple[tuple[str, ...], Floats]:
    """Return the countries, and goods sold from each to each, shape (countries, countries).

    In USD mn; NaN from one to itself.
    """
    table = _table(world)
    at = {"sector": "goods"}
    flows = table._trade[table._scope(at)].sum(axis=0)
    np.fill_diagonal(flows, np.nan)
    return table.codes, flows


SECTOR = dimension(
    "sector",
    "an industry code (ISIC Rev. 4) or a group: goods, services, all, energy, ...",
    (*GROUPS, *SECTORS),
    many=True,
    groups=GROUPS,
)


def goods(world: World) -> tuple[Declared[World], ...]:
    """Declare the metrics of bilateral trade by industry."""
    value = Metric(
        "goods.trade_value",
        (
            dimension("exporter", "who sells; World for everybody", required=False),
            dimension("importer", "who buys; World for everybody", required=False),
            SECTOR,
        ),
        "USD mn",
        "Cross-border sales of an industry's products in 2022, final part reconstructed",
        "sum",
        YEAR,
        error_of=widths.TABLE,
        quantity="goods trade",
        bounds=FROM_ZERO,
        siblings=("goods.trade_share",),
    )
    share = Metric(
        "goods.trade_share",
        (
            dimension("country", "whose trade"),
            dimension("partner", "the other side", own="in a group"),
            SECTOR,
        ),
        "percent",
        "Share of the partner in the country's exports and imports together, 2022",
        "sum",
        YEAR,
        error_of=widths.TABLE,
        quantity="share in trade",
        part="partner",
        siblings=("goods.trade_value",),
    )
    return _declared(value, AccountsTable.value), _declared(share, AccountsTable.share)


def gdp(world: World) -> tuple[Declared[World], ...]:
    """Declare the metrics of value added."""
    whose = (dimension("country", "whose output; World for everybody"),)
    output = Metric(
        "gdp.output",
        whose,
        "USD mn",
        "Value added in 2022, market rates",
        "sum",
        YEAR,
        error_share=widths.OUTPUT,
        error_of=widths.VINTAGES,
        quantity="output, market rates",
        bounds=FROM_ZERO,
        siblings=("gdp.share",),
    )
    share = Metric(
        "gdp.share",
        whose,
        "percent",
        "Share in the world's value added in 2022, market rates",
        "sum",
        YEAR,
        error_share=widths.OUTPUT_SHARE,
        error_of=widths.TABLE,
        quantity="share in output, market rates",
        part="country",
        siblings=("gdp.output",),
    )
    return _declared(output, AccountsTable.output), _declared(share, AccountsTable.output_share)
