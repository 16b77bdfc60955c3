"""warheads: nuclear warheads in military stockpiles by state and year."""

from __future__ import annotations

import pandas as pd

from common import SOURCES, Built, column

STATES = {
    "Russia": "RUS",
    "United States": "USA",
    "China": "CHN",
    "France": "FRA",
    "United Kingdom": "GBR",
    "India": "IND",
    "Pakistan": "PAK",
    "Israel": "ISR",
    "North Korea": "PRK",
    "South Africa": "ZAF",
}


def build() -> Built:
    """Build the table; the source's column for the world counts retired warheads and is left out."""
    wide = pd.read_csv(SOURCES / "warheads.csv").rename(columns=STATES)
    long = wide.melt("Year", [*STATES.values()], "country", "warheads").dropna()
    frame = long.rename(columns={"Year": "year"}).astype({"year": "int16", "warheads": "int32"})
    return Built(
        name="warheads",
        read="2026-12-01",
        refresh="the Nuclear Notebook of the Federation of American Scientists, state by state each year",
        grade="report",
        public={
            "rule": "year",
            "column": "year",
            "lag_days": 0,
            "why": "the Federation publishes its estimates for a year in the course of that year. Figures "
            "are those of 2025, earlier years as revised since",
        },
        title="Nuclear warheads in military stockpiles, 1945-2025",
        description=(
            "Warheads assigned to military forces; retired ones that wait to be taken apart are not "
            "among them. Estimates: no state publishes its full figures. A year in which a state "
            "had none, or none is known of, has no row. Russia is the Soviet Union up to 1991."
        ),
        source="Federation of American Scientists, Status of World Nuclear Forces, 2025",
        url="https://fas.org/initiative/status-world-nuclear-forces/",
        licence="CC BY 4.0",
        version="1945-2025",
        fields=(
            column("country", "string", "ISO 3166 alpha-3 code"),
            column("year", "integer", "Calendar year", "year", key=True),
            column("warheads", "integer", "Warheads in the military stockpile", "warheads"),
        ),
        frame=frame.sort_values(["country", "year"]),
    )
