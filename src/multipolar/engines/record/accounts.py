"""``goods.*`` and ``gdp.*``: bilateral trade by industry and value added, from ``io_2022``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Reading, Source
from multipolar.engines.api.reader import some, table_source
from multipolar.engines.record.entry import (
    Entry,
    Place,
    country,
    labelled_array,
    left_open,
    listed,
)
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats
from multipolar.policy import GROUPS, SECTORS, sectors

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

TABLE = "io_2022"
YEAR = "2022"
REST = "ROW"  # the rest of the world: part of every total, never a country of its own


@dataclass(frozen=True)
class AccountsReader:
    """Reads ``io_2022``: sales of an industry's products by origin and destination."""

    world: World

    @cached_property
    def _trade(self) -> Floats:
        """Cross-border sales, shape (sector, origin, destination), USD mn; no domestic sales."""
        io = self.world.table(TABLE)
        flows = io["trade_share"].to_numpy() * io["spending"].to_numpy()[:, None, :]
        here = np.arange(flows.shape[1])
        flows[:, here, here] = 0.0
        return np.asarray(flows, dtype=float)

    @cached_property
    def _added(self) -> Floats:
        return np.asarray(self.world.table(TABLE)["value_added"].to_numpy(), dtype=float)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Countries of the table, with the rest of the world."""
        return tuple(map(str, self.world.table(TABLE)["country"].to_numpy()))

    @cached_property
    def industries(self) -> tuple[str, ...]:
        """Industries of the table."""
        return tuple(map(str, self.world.table(TABLE)["sector"].to_numpy()))

    def source(self, unit: str = "") -> Source:
        """Who stands behind the table."""
        return table_source(self.world, TABLE, unit)

    def _scope(self, where: Place) -> list[int]:
        """Positions of the industries asked for, each once."""
        asked = listed(where, "sector")
        wanted = sectors(tuple(asked)) if asked else self.industries
        return [self.industries.index(s) for s in wanted]

    def weights(self, where: Place, name: str, wanted: Sequence[str]) -> tuple[list[str], Floats]:
        """Return the labels along a country dimension and which countries each one sums.

        Weights have shape (labels, countries). An open dimension has a label a country; the rest
        of the world is in sums over everybody only.
        """
        if name in wanted:
            labels = [c for c in self.codes if c != REST]
            return sorted(labels), np.eye(len(self.codes))[
                [self.codes.index(c) for c in sorted(labels)]
            ]
        asked = listed(where, name)
        if asked is None:
            return ["WLD"], np.ones((1, len(self.codes)))
        gone = [c for c in asked if c not in self.codes]
        if gone:
            raise DataMissing(
                f"{some(gone)}: not apart in the table {TABLE}, which has 80 countries",
                hint="they are in the rest of the world; name others",
            )
        return [str(asked[0])], np.array([[float(c in asked) for c in self.codes]])

    def value(self, where: Place, wanted: Sequence[str]) -> tuple[dict[str, list[str]], Floats]:
        """Trade from exporters to importers, shape (sector, exporter, importer)."""
        _, exporters = self.weights(where, "exporter", wanted)
        _, importers = self.weights(where, "importer", wanted)
        scope = self._scope(where)
        flows = self._trade[scope]
        if "sector" not in wanted:
            flows = flows.sum(axis=0, keepdims=True)
        summed = np.einsum("ei,kij,mj->kem", exporters, flows, importers, optimize=True)
        coords = {
            "sector": [self.industries[k] for k in scope],
            "exporter": self.weights(where, "exporter", wanted)[0],
            "importer": self.weights(where, "importer", wanted)[0],
        }
        return coords, np.asarray(summed)

    def share(self, where: Place, wanted: Sequence[str]) -> tuple[dict[str, list[str]], Floats]:
        """Share of partners in a country's trade, shape (sector, country, partner)."""
        own, countries = self.weights(where, "country", wanted)
        others, partners = self.weights(where, "partner", wanted)
        scope = self._scope(where)
        both = self._trade[scope] + self._trade[scope].transpose(0, 2, 1)
        if "sector" not in wanted:
            both = both.sum(axis=0, keepdims=True)
        part = np.einsum("ei,kij,mj->kem", countries, both, partners, optimize=True)
        total = np.einsum("ei,kij->ke", countries, both)[:, :, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = 100 * part / total
        names = [self.industries[k] for k in scope]
        return {"sector": names, "country": own, "partner": others}, np.asarray(shares)

    def output(self, where: Place, wanted: Sequence[str]) -> tuple[dict[str, list[str]], Floats]:
        """Value added of countries, shape (country,)."""
        labels, weights = self.weights(where, "country", wanted)
        return {"country": labels}, np.asarray(weights @ self._added)

    def output_share(
        self, where: Place, wanted: Sequence[str]
    ) -> tuple[dict[str, list[str]], Floats]:
        """Share of countries in the world's value added, shape (country,)."""
        coords, added = self.output(where, wanted)
        return coords, 100 * added / self._added.sum()

    def scalar(self, compute: Any, metric: Metric, where: Place) -> Reading:
        """Read one number by one of the methods above."""
        _, values = compute(where, ())
        value = float(values.item())
        if not np.isfinite(value):
            raise DataMissing(f"{metric.name}: there is no trade to take a share of")
        source = self.source(metric.unit)
        return Reading(value, metric.unit, (source,), note=_at_home(metric, where))

    def labelled(self, compute: Any, metric: Metric, where: Place) -> xr.DataArray:
        """Read a labelled array by one of the methods above."""
        wanted = left_open(metric, where)
        coords, values = compute(where, wanted)
        closed = tuple(k for k, d in enumerate(coords) if d not in wanted)
        kept: Mapping[str, Sequence[str]] = {d: c for d, c in coords.items() if d in wanted}
        array = labelled_array(metric, values.squeeze(closed), kept, self.source())
        return array.transpose(*wanted)


def _at_home(metric: Metric, where: Place) -> str:
    """Say that a country's sales to itself are no trade, where both sides are one country."""
    sides = [listed(where, d.name) for d in metric.dims if d.kind == "country"]
    same = len(sides) == 2 and sides[0] is not None and sides[0] == sides[1] and len(sides[0]) == 1
    return "Sales at home are not trade." if same else ""


SECTOR = Dimension(
    "sector",
    "choice",
    (*GROUPS, *SECTORS),
    description="an industry code (ISIC Rev. 4) or a group: goods, services, all, energy, ...",
    many=True,
)


def goods(world: World) -> tuple[Entry, ...]:
    """Declare the metrics of bilateral trade by industry."""
    reader = AccountsReader(world)
    value = Metric(
        "goods.trade_value",
        (
            country("exporter", "who sells; World for everybody", required=False),
            country("importer", "who buys; World for everybody", required=False),
            SECTOR,
        ),
        "USD mn",
        "Cross-border sales of an industry's products in 2022, final part reconstructed",
        "sum",
        YEAR,
    )
    share = Metric(
        "goods.trade_share",
        (country("country", "whose trade"), country("partner", "the other side"), SECTOR),
        "percent",
        "Share of the partner in the country's exports and imports together, 2022",
        "sum",
        YEAR,
    )
    return _entries(reader, ((value, reader.value), (share, reader.share)))


def gdp(world: World) -> tuple[Entry, ...]:
    """Declare the metrics of value added."""
    reader = AccountsReader(world)
    whose = (country("country", "whose output; World for everybody"),)
    output = Metric("gdp.output", whose, "USD mn", "Value added in 2022, market rates", "sum", YEAR)
    share = Metric(
        "gdp.share", whose, "percent", "Share in the world's value added in 2022, market rates",
        "sum",
        YEAR,
    )  # fmt: skip
    return _entries(reader, ((output, reader.output), (share, reader.output_share)))


def _entries(reader: AccountsReader, pairs: Sequence[tuple[Metric, Any]]) -> tuple[Entry, ...]:
    return tuple(
        Entry(m, partial(reader.scalar, compute, m), partial(reader.labelled, compute, m))
        for m, compute in pairs
    )
