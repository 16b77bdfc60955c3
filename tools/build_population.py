"""population: people by country and year, from the World Development Indicators."""

from __future__ import annotations

import pandas as pd

from common import SOURCES, Built, column


def build() -> Built:
    """Build the table."""
    wide = pd.read_csv(SOURCES / "population.csv")
    long = wide.melt(id_vars=["iso3"], var_name="year", value_name="people").dropna()
    frame = long.rename(columns={"iso3": "country"}).astype({"year": int, "people": int})
    return Built(
        name="population",
        read="2026-12-01",
        refresh="the next edition of the World Development Indicators",
        grade="official",
        public={
            "rule": "year",
            "column": "year",
            "lag_days": 212,
            "why": "World Development Indicators have a year's population from the following July on: "
            "a year is taken as public seven months after its end. Figures are those of the edition of "
            "2026, as revised",
        },
        title="Population, 1960-2024",
        description=(
            "Everybody who lives in a country, whatever their citizenship, at the middle of the "
            "year. Estimates between censuses. The source has no row for Taiwan and leaves out "
            "territories that are counted with a state."
        ),
        source="World Bank, World Development Indicators, SP.POP.TOTL, edition of March 2026",
        url="https://data.worldbank.org/indicator/SP.POP.TOTL",
        licence="CC BY 4.0",
        version="1960-2024",
        fields=(
            column("country", "string", "ISO 3166 alpha-3 code"),
            column("year", "integer", "Calendar year", "year"),
            column("people", "integer", "Population at the middle of the year", "people"),
        ),
        frame=frame.sort_values(["country", "year"]),
    )
