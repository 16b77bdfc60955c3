"""democracy: five indices of V-Dem by country and year."""

from __future__ import annotations

import pandas as pd

from common import SOURCES, Built, categories, column

INDICES = {
    "v2x_polyarchy": "electoral",
    "v2x_libdem": "liberal",
    "v2x_partipdem": "participatory",
    "v2x_delibdem": "deliberative",
    "v2x_egaldem": "egalitarian",
}
# what V-Dem codes in these years under a code that means another territory, or less of it, today
NAMED = {
    ("CZE", 1960, 1991): "Czechoslovakia.",
    ("DEU", 1960, 1989): "West Germany.",
    ("RUS", 1960, 1990): "The Soviet Union.",
    ("SRB", 1960, 1991): "Yugoslavia.",
    ("SRB", 1992, 2002): "The Federal Republic of Yugoslavia.",
    ("SRB", 2003, 2005): "Serbia and Montenegro.",
    ("VNM", 1960, 1975): "North Vietnam.",
    ("YEM", 1960, 1989): "North Yemen.",
    ("PSE", 1967, 2024): "The West Bank.",
}


def build() -> Built:
    """Build the table."""
    there = pd.read_parquet(SOURCES / "democracy" / "vdem.parquet")
    there = there.rename(columns={"country_text_id": "country", **INDICES})
    frame = there.melt(["country", "year"], list(INDICES.values()), "index").dropna()
    frame["note"] = ""
    for (code, first, last), says in NAMED.items():
        meant = frame["country"].eq(code) & frame["year"].between(first, last)
        frame.loc[meant, "note"] = says
    frame["value"] = frame["value"].astype("float32")
    frame = frame.sort_values(["index", "country", "year"])
    return Built(
        name="democracy",
        read="2026-12-01",
        refresh="the next edition of the V-Dem data set, each March",
        grade="report",
        public={
            "rule": "year",
            "column": "year",
            "lag_days": 90,
            "why": "V-Dem adds a year every March: a year is taken as public 90 days after its end. "
            "Figures are those of the edition of 2025, as revised",
        },
        title="Indices of democracy, 1960-2024",
        description=(
            "How far five ideals of democracy are reached, from 0 to 1, estimated from what experts "
            "on each country say: electoral (are rulers chosen in free and fair elections), liberal "
            "(and bound by law and courts), participatory, deliberative, egalitarian. States that "
            "are gone stand under the code that V-Dem gives them: the Soviet Union under RUS, "
            "Yugoslavia under SRB, Czechoslovakia under CZE, North Yemen under YEM; the note of a "
            "row says so. East Germany, South Yemen and South Vietnam are not in the copy that was "
            "read. The margins of the estimates are not in it either."
        ),
        source="V-Dem Institute, University of Gothenburg, V-Dem data set, edition of 2025",
        url="https://www.v-dem.net/data/the-v-dem-dataset/",
        licence="CC BY-SA 4.0 as V-Dem states it (Our World in Data records CC BY 4.0)",
        version="1960-2024",
        fields=(
            column("country", "string", "ISO 3166 alpha-3 code"),
            column("year", "integer", "Calendar year", "year", key=True),
            column("index", "string", "Which ideal", key=True),
            column("value", "number", "0 none to 1 full", "index"),
            column("note", "string", "Which state it is, where the code now means another"),
        ),
        frame=categories(frame, "country", "index", "note"),
    )
