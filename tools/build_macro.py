"""macro_2022: GDP and trade totals that the input-output reconstruction is scaled to."""

from __future__ import annotations

import pandas as pd

from common import SOURCES, Built, column


def read() -> pd.DataFrame:
    """The typed table, by country."""
    return pd.read_csv(SOURCES / "macro_2022.csv")


def build() -> Built:
    """Build the table."""
    frame = read().rename(columns={"iso3": "country"})
    frame["read_at_source"] = frame["flag"].eq("read")
    return Built(
        name="macro_2022",
        read="2026-11-23",
        refresh="the next edition of the World Development Indicators",
        grade="official",
        public={
            "rule": "at",
            "date": "2023-07",
            "why": "World Development Indicators have a year's accounts from the following July on; "
            "the figures are as revised since",
        },
        title="GDP, exports and imports of goods and services, 2022",
        description=(
            "Country totals used as net exports in the reconstruction of final demand in io_2022. "
            "Rows whose trade figures were not read at the source are marked: read_at_source is "
            "false for them, and `flag` says which figure is meant."
        ),
        source="World Bank, World Development Indicators",
        url="https://data.worldbank.org",
        licence="CC BY 4.0",
        version="2022",
        fields=(
            column("country", "string", "ISO 3166 alpha-3 code"),
            column("gdp_usd_bn", "number", "GDP at market prices", "USD bn"),
            column("exports_gs_usd_bn", "number", "Exports of goods and services", "USD bn"),
            column("imports_gs_usd_bn", "number", "Imports of goods and services", "USD bn"),
            column("read_at_source", "boolean", "True if every figure was read at the source"),
            column("flag", "string", "What was read and what was not"),
            column("source", "string", "Series of the source"),
        ),
        frame=frame,
    )
