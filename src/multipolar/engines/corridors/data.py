"""The tables of the engine as plain numbers, by year and route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multipolar.engines.api.contract import Source
from multipolar.engines.api.reader import figure_source
from multipolar.errors import DataMissing

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.world import World

ROUTES = ("sea-suez", "sea-cape", "northern", "middle", "northern-sea-route")
SUEZ, CAPE, NORTHERN, MIDDLE, ARCTIC = range(len(ROUTES))
SEA = (SUEZ, CAPE, ARCTIC)
# countries whose containers between the two are counted
EAST = "BRN CHN HKG IDN JPN KHM KOR LAO MMR MYS PHL SGP THA TWN VNM"
WEST = """AUT BEL BGR CHE CYP CZE DEU DNK ESP EST FIN FRA GBR GRC HRV HUN IRL ISL ITA LTU LUX LVA
MLT NLD NOR POL PRT ROU SVK SVN SWE"""
ASIA, EUROPE = frozenset(EAST.split()), frozenset(WEST.split())
YEARS = tuple(range(2019, 2025))
BASE = 2019  # constants are fitted here: before the pandemic, with room on the railways
WEEKS = 52
DEMANDS = ("stated-2022", "forecast-2030", "refused-2021")


@dataclass(frozen=True)
class Demand:
    """A published figure of demand for the Eastern Polygon, and the year it is for."""

    label: str
    year: int
    value: float
    source: Source


@dataclass(frozen=True)
class Tables:
    """What the tables say.

    Attributes:
        rate: Shanghai-Rotterdam, USD per forty-foot box, by period (a year, or 2021-H1).
        rail: rate of the broad-gauge section, USD per forty-foot box, by period.
        transit: thousand TEU by route and period.
        market: thousand TEU by sea between Asia and Europe, both ways, by year.
        slots: capacity offered by sea, both ways, thousand TEU a year.
        suez_open: share of ships that go by Suez, by year; 1 where the year is not in it.
        polygon: capacity of the Eastern Polygon, Mt a year, by year.
        demands: published figures of demand for it.
        distance: km by route.
        ends: days from door to terminal and from terminal to door, by mode.
        countries: codes of the input-output table.
        sources: rows behind rates, transit and market.
    """

    rate: Mapping[str, float]
    rail: Mapping[str, float]
    transit: Mapping[tuple[str, str], float]
    market: Mapping[int, float]
    slots: float
    suez_open: Mapping[int, float]
    polygon: Mapping[int, float]
    demands: Mapping[str, Demand]
    distance: Mapping[str, float]
    ends: Mapping[str, float]
    countries: tuple[str, ...]
    sources: Mapping[str, tuple[Source, ...]]

    def rail_rate(self, period: str) -> float:
        """Return the rail rate of a period, or of the last one before it that has one."""
        known = [p for p in sorted(self.rail) if p <= period]
        return self.rail[known[-1] if known else min(self.rail)]

    def northern(self, year: int) -> float:
        """Return what the Northern route carried in a year, twice a half where that is known."""
        for period, factor in ((str(year), 1.0), (f"{year}-H1", 2.0)):
            if ("northern", period) in self.transit:
                return factor * self.transit["northern", period]
        raise DataMissing(f"no transit by the Northern route in {year}")

    def polygon_capacity(self, year: int) -> float:
        """Return the Polygon's capacity of the last year known by then.

        Example:
            >>> from multipolar.world import World
            >>> tables = read_tables(World.load())
            >>> [tables.polygon_capacity(y) for y in (2022, 2026, 2030)]
            [158.0, 180.0, 210.0]
        """
        known = [y for y in self.polygon if y <= year]
        return self.polygon[max(known) if known else min(self.polygon)]


def read_tables(world: World) -> Tables:
    """Read the tables of freight from a world."""
    rows = world.table("corridor_figures").fillna({"label": "", "url": "", "note": "", "dated": ""})
    links = world.table("corridor_links")
    of = {str(q): part for q, part in rows.groupby("quantity")}
    transit = {(r["place"], r["date"]): float(r["value"]) for r in of["transit"].to_dict("records")}
    demands = {
        r["label"]: Demand(r["label"], int(r["date"]), float(r["value"]), source_of(r))
        for r in of["polygon_demand"].to_dict("records")
    }
    market = {}
    for r in of["market"].to_dict("records"):
        half = r["date"].endswith("-H1")
        market[int(r["date"][:4])] = (2 if half else 1) * float(r["value"])
    return Tables(
        rate=_periods(of["sea_rate"]),
        rail=_periods(of["rail_rate"]),
        transit=transit,
        market=market,
        slots=2 * WEEKS * float(of["slots"]["value"].iloc[0]),
        suez_open={int(d): float(v) for d, v in _pairs(of["suez_open"])},
        polygon={int(d): float(v) for d, v in _pairs(of["polygon_capacity"])},
        demands=demands,
        distance={str(k): float(v) for k, v in links.groupby("route")["km"].sum().items()},
        ends=_ends(of["days"]),
        countries=tuple(map(str, world.table("io_2022")["origin"].values)),
        sources={q: tuple(source_of(r) for r in part.to_dict("records")) for q, part in of.items()},
    )


def _pairs(part: pd.DataFrame) -> list[tuple[str, float]]:
    return list(zip(part["date"], part["value"], strict=True))


def _ends(part: pd.DataFrame) -> dict[str, float]:
    """Return days at both ends: from door to door less those between terminals or ports."""
    means = {
        key: group["value"].mean()
        for key, group in part.groupby(["place", part["label"].str.partition(",")[0]])
    }
    return {
        "sea": float(means["sea-suez", "door"] - means["sea-suez", "port"]),
        "rail": float(means["northern", "door"] - means["northern", "terminal"]),
    }


def _periods(part: pd.DataFrame) -> dict[str, float]:
    """Average readings by month, then months by half-year and year, so that no week counts twice.

    Readings without a month count as a month each.
    """
    months: dict[str, list[float]] = {}
    for k, (date, value) in enumerate(_pairs(part)):
        months.setdefault(date[:7] if len(date) > 4 else f"{date}-?{k}", []).append(float(value))
    means = {m: sum(v) / len(v) for m, v in months.items()}
    groups: dict[str, list[float]] = {}
    for month, mean in means.items():
        groups.setdefault(month[:4], []).append(mean)
        if month[5:].isdigit():
            half = "H1" if int(month[5:]) <= 6 else "H2"
            groups.setdefault(f"{month[:4]}-{half}", []).append(mean)
    return {g: sum(v) / len(v) for g, v in groups.items()}


def source_of(row: Mapping[str, object]) -> Source:
    """Return a row of the figures as evidence, with its status and note."""
    what = f"{str(row['quantity']).replace('_', ' ').capitalize()}, {row['date']}."
    return figure_source(row, what)
