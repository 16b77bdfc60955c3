"""How far accounts, arms, prices, rates and energy are from a second source of the same figures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from multipolar.engines.api.memo import per_world
from multipolar.engines.record import widths
from multipolar.errors import DataError
from multipolar.world import World
from validation import DATA
from validation.measured import Measured, gaps

SOURCES, RESTRICTED = DATA.parent / "sources", DATA / "restricted"
WDI = SOURCES / "wdi-core" / "wdi_gdp_population_inflation.parquet"
SIPRI = RESTRICTED / "sipri-milex" / "sipri_milex_1949_2024_long.parquet"
REGISTER = RESTRICTED / "sipri-arms-register" / "derived_tiv_supplier_recipient_year.parquet"
FUELS = SOURCES / "owid-energy" / "energy-consumption-by-source-and-country_to_2022.csv.gz"
FACTBOOK = SOURCES / "cia-factbook-extract" / "country_figures.parquet"
FILES = (WDI, SIPRI, REGISTER, FUELS, FACTBOOK)
RECENT = 2020  # accounts of earlier years are hardly revised
LARGE = 0.005  # share of the world from which a country counts
TIV = 100.0  # arms of a year in smaller amounts are left out
EJ_PER_TWH = 0.0036
ZONES = {
    "AUS": "AUD", "BRA": "BRL", "CAN": "CAD", "CHN": "CNY", "DNK": "DKK", "DEU": "EUR",
    "IND": "INR", "JPN": "JPY", "MEX": "MXN", "NOR": "NOK", "ZAF": "ZAR", "KOR": "KRW",
    "SWE": "SEK", "CHE": "CHF", "TWN": "TWD", "THA": "THB", "GBR": "GBP", "LKA": "LKR",
}  # fmt: skip


def _series(world: World, name: str, publisher: str) -> pd.Series:
    rows = world.table("country_year")
    rows = rows[(rows["series"] == name) & (rows["publisher"] == publisher)]
    keyed: pd.Series = rows.astype({"country": str}).set_index(["country", "year"])["value"]
    return keyed


def _codes(world: World, names: pd.Series) -> pd.Series:
    """Codes of the names of states; nothing for what is no state of ours."""
    return names.map({name: _code(world, name) for name in names.unique()})


@per_world
def _code(world: World, name: str) -> str | None:
    try:
        return world.names_index.country(name)
    except DataError:  # a territory, a group, a state that is gone
        return None


def _years(rows: pd.Series) -> pd.Index:
    return rows.index.get_level_values("year")


def accounts(world: World) -> list[Measured]:
    """Product in two editions; growth and prices of the World Bank and of the Factbook, points."""
    older = pd.read_parquet(WDI).dropna(subset=["gdp_usd"]).set_index(["iso3", "year"])["gdp_usd"]
    ours = _series(world, "gdp", "world-bank")
    found = [
        Measured(
            f"GDP {RECENT}-2023, two editions of WDI",
            widths.PRODUCT,
            gaps(ours[_years(ours) >= RECENT], older.rename_axis(["country", "year"])),
        )
    ]
    for name, width in (("growth", widths.GROWTH), ("inflation", widths.INFLATION)):
        both = [_series(world, name, p) for p in ("world-bank", "cia")]
        pair = pd.concat(both, axis=1, join="inner")
        points = np.asarray((pair.iloc[:, 0] - pair.iloc[:, 1]).abs(), dtype=float)
        what = f"{name}, WDI and the Factbook, points"
        found.append(Measured(what, width / 100, points / 100))
    return found


def arms(world: World) -> list[Measured]:
    """Military spending, its share of product and deliveries of arms beside SIPRI's own files."""
    held = pd.read_parquet(SIPRI)
    held = held.assign(country=_codes(world, held["country"])).dropna(subset=["country"])
    by = {m: g.groupby(["country", "year"])["value"].first() for m, g in held.groupby("measure")}
    spent = _series(world, "military_spending", "world-bank")
    burden = _series(world, "military_burden", "cia")
    register = pd.read_parquet(REGISTER)
    found = []
    for side, name in (("supplier", "arms_exports"), ("recipient", "arms_imports")):
        rows = register.assign(country=_codes(world, register[side]))
        ours = _series(world, name, "world-bank")
        found.append(gaps(ours[ours >= TIV], rows.groupby(["country", "year"])["tiv"].sum()))
    return [
        Measured(
            "military spending 2019-20, WDI of 2021 and SIPRI of 2025",
            widths.SPENDING,
            gaps(spent[_years(spent) >= 2019] / 1e6, by["current_usd_m"]),
        ),
        Measured(
            "its share of product, the Factbook and SIPRI",
            widths.BURDEN,
            gaps(burden, 100 * by["share_gdp"]),
        ),
        Measured(
            "arms delivered or received in a year, WDI of 2021 and SIPRI of 2025",
            widths.DELIVERIES,
            np.concatenate(found),
        ),
    ]


def markets(world: World) -> list[Measured]:
    """Oil and gas of the World Bank and the EIA by month, rates of the Fed and the CIA by year."""
    prices = world.table("prices_monthly")
    whole = prices[~prices["note"].astype(str).str.startswith("Mean of")]
    by = [
        whole[whole["publisher"] == p].astype({"commodity": str, "date": str})
        for p in ("world-bank", "eia")
    ]
    ours, theirs = (rows.set_index(["commodity", "date"])["price"] for rows in by)
    rates = world.table("fx_monthly").astype({"currency": str})
    factbook = pd.read_parquet(FACTBOOK)
    factbook = factbook[factbook["series"] == "Exchange rates"]
    zone = _codes(world, factbook["country"]).map(ZONES)
    yearly = factbook.assign(currency=zone).dropna(subset=["currency"])
    return [
        Measured("Brent and gas at Henry Hub by month, World Bank and EIA", widths.PRICE,
                 gaps(ours, theirs)),
        Measured("exchange rates by year, Federal Reserve and the Factbook", widths.RATE,
                 gaps(rates.groupby(["currency", "year"])["rate"].mean(),
                      yearly.set_index(["currency", "year"])["value"])),
    ]  # fmt: skip


def energy(world: World) -> list[Measured]:
    """Fuels of the EIA and electricity of Ember beside the Energy Institute."""
    rows = world.table("energy_year").astype({"country": str, "series": str, "fuel": str})
    other = pd.read_csv(FUELS).dropna(subset=["Code"]).rename(columns={"Year": "year"})
    other["country"] = other["Code"].replace({"OWID_WRL": "WLD", "OWID_USS": "SUN"})
    other = other.set_index(["country", "year"])
    level: list[np.ndarray] = []
    part: list[np.ndarray] = []
    power: list[np.ndarray] = []
    for fuel in ("coal", "gas", "oil", "nuclear", "hydro", "wind", "solar"):
        burnt = fuel in ("coal", "gas", "oil")
        of = rows[(rows["series"] == ("consumption" if burnt else "generation"))]
        ours = of[of["fuel"] == fuel].set_index(["country", "year"])["value"].astype(float)
        theirs = other[f"{fuel.capitalize()} Consumption"]
        share = _of_world(ours)
        large = share[(share >= LARGE) & (share < 1)].index
        between = gaps(share[large], _of_world(theirs))
        (part if burnt else power).append(between)
        if burnt:
            level.append(gaps(ours[large], EJ_PER_TWH * theirs))
    return [
        Measured("coal, gas and oil used, EIA and Energy Institute", widths.ENERGY,
                 np.concatenate(level)),
        Measured("their shares in the world's use", widths.ENERGY_SHARE, np.concatenate(part)),
        Measured("shares in the world's electricity from four sources, Ember and Energy Institute",
                 widths.POWER, np.concatenate(power)),
    ]  # fmt: skip


def _of_world(rows: pd.Series) -> pd.Series:
    world = rows.xs("WLD").reindex(_years(rows)).to_numpy(float)
    return pd.Series(rows.to_numpy(float) / np.where(world > 0, world, np.nan), rows.index)


MEASURES: tuple[Callable[[World], list[Measured]], ...] = (accounts, arms, markets, energy)
