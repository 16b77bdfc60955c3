"""Tariffs in force on a day, from the table ``tariffs``, as the start of the model.

The input-output table is of a year whose tariffs are in it. Starting from those of another year
puts on top of its trade what they have grown by since: ``(1 + then) / (1 + in the table's year)``.
A tariff on part of an industry cannot be put on it and is left out, by name. That a rate on an
industry of its own stands in the place of the one on all goods is ours, after the orders of 2025,
which exempt goods under Section 232 from the general rates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import some
from multipolar.engines.trade.data import Table
from multipolar.engines.trade.kernel import Shock
from multipolar.numerics.arrays import Floats
from multipolar.policy import GROUPS
from multipolar.text.phrases import long_date

if TYPE_CHECKING:
    from multipolar.world import World

TABLE = "tariffs"
EVERYTHING = "all goods"
OTHERS = "WLD"  # a row for all exporters without one of their own
# industries whose goods have rates of their own, with the products that make up all of them
WHOLE: Mapping[str, tuple[str, ...]] = {"C24A": ("steel",), "C29": ("cars", "car parts")}
PRODUCTS = (EVERYTHING, *(p for own in WHOLE.values() for p in own))


@dataclass(frozen=True)
class InForce:
    """Rates on a day.

    Attributes:
        day: ISO date.
        rates: by product of :data:`PRODUCTS`, shape (N, N), origin before destination; shares of
            the value, NaN where there is none of its own.
        left: products with a rate that day that are part of an industry.
    """

    day: str
    rates: Mapping[str, Floats]
    left: tuple[str, ...]

    def by_sector(self, table: Table) -> Floats:
        """Return the rates on the table's trade, shape (J, N, N); 0 where there is none."""
        found = np.zeros((len(table.sectors), len(table.countries), len(table.countries)))
        general = np.nan_to_num(self.rates[EVERYTHING])
        for j, sector in enumerate(table.sectors):
            if sector not in GROUPS["goods"]:
                continue
            own = np.min([self.rates[p] for p in WHOLE.get(sector, (EVERYTHING,))], axis=0)
            found[j] = np.where(np.isnan(own), general, own)
        return found


@dataclass(frozen=True)
class Schedule:
    """Tariffs at the end of each year there are some, or as of a world's date."""

    years: Mapping[int, InForce] = field(default_factory=dict)

    def start(self, table: Table, year: int) -> tuple[Floats, str]:
        """Return what tariffs of a year add to those of the table's, and what to know of it.

        Shape (J, N, N); below zero where they are lower.
        """
        then, own = self.years[year], self.years.get(int(table.name[-4:]))
        base = np.zeros(table.economy.share.shape) if own is None else own.by_sector(table)
        added = (1 + then.by_sector(table)) / (1 + base) - 1
        note = (
            f"It starts from the tariffs in force on {long_date(then.day)}, as far as the table "
            f"tariffs has them and by what they differ from those of {table.name[-4:]}."
        )
        if then.left:
            note += f" Left out, for they are on part of an industry: {some(then.left, most=4)}."
        return added, note


def _on(frame: Any, day: str, countries: tuple[str, ...]) -> InForce:
    """Return the rates of a day between the countries of a table."""
    held = frame[(frame["since"] <= day) & (frame["until"].isna() | (frame["until"] >= day))]
    place = {c: n for n, c in enumerate(countries)}
    rates = {p: np.full((len(countries), len(countries)), np.nan) for p in PRODUCTS}
    # those for all others first, which rows of a state's own stand in the place of
    ordered = sorted(held.to_dict("records"), key=lambda r: (r["exporter"] != OTHERS, r["since"]))
    for row in ordered:
        if row["product"] not in rates or row["importer"] not in place:
            continue
        cells, buyer = rates[row["product"]], place[row["importer"]]
        if row["exporter"] != OTHERS:
            sellers = [place[row["exporter"]]] if row["exporter"] in place else []
        else:
            exempt = {row["importer"], *row["but"].split()}
            sellers = [n for c, n in place.items() if c not in exempt]
        cells[sellers, buyer] = row["rate"] / 100
    left = set(held["product"]) - {*PRODUCTS}
    return InForce(day, rates, tuple(sorted(left)))


@per_world
def schedule(world: World, countries: tuple[str, ...]) -> Schedule:
    """Return the tariffs of each year between the countries of a table; none without a table.

    Example:
        >>> from multipolar.world import World
        >>> found = schedule(World.load(), ("CHN", "USA", "ROW"))
        >>> float(found.years[2025].rates["all goods"][0, 1])
        0.2
    """
    if TABLE not in world.names:
        return Schedule()
    frame, last = world.table(TABLE), world.day or world.date
    years = range(int(frame["since"].min()[:4]), int(last[:4]) + 1)
    days = {year: min(f"{year}-12-31", last) for year in years}
    return Schedule({year: _on(frame, day, countries) for year, day in days.items()})


def with_start(shock: Shock, added: Floats) -> Shock:
    """Return a shock that comes on top of tariffs: their rates and those of measures add up.

    Args:
        shock: of the measures, with the rates of its tariffs.
        added: rates at the start, shape (J, N, N).
    """
    log_cost, kept = np.zeros(added.size), np.ones(added.size)
    log_cost[shock.cells], kept[shock.cells] = shock.log_cost, shock.kept
    own = np.zeros(added.shape) if shock.tariff is None else shock.tariff
    total = own + added
    log_cost += (np.log1p(total) - np.log1p(own)).ravel()
    cells = np.flatnonzero((log_cost != 0) | (kept != 1))
    tariff = total if total.any() else None
    return Shock(cells, log_cost[cells], kept[cells], tariff, shock.rule)
