"""conflicts and violence_year: armed conflicts and those who died in them, as Uppsala counts."""

from __future__ import annotations

import pandas as pd

from common import SOURCES, Built, column
from gleditsch_ward import code, codes

FOLDER = SOURCES / "ucdp"
PUBLIC = {
    "rule": "year",
    "column": "year",
    "lag_days": 181,
    "why": "the Uppsala Conflict Data Program publishes a year in the following June: a year is taken as "
    "public six months after its end. Figures are those of version 25.1, earlier years as revised",
}
LICENCE = "CC BY 4.0"
VERSION = "25.1"
REFRESH = "the next yearly version of the Uppsala Conflict Data Program"
TYPES = {1: "colonial", 2: "between states", 3: "within a state", 4: "within a state, others in it"}
OVER = {1: "territory", 2: "government", 3: "both"}
# a row that is cut in two in the copy read: its second half lies one row below, shifted
CUT = (11349, {"year": 2008, "intensity_level": 1, "type_of_conflict": 3, "gwno_loc": "710",
               "gwno_a": "710", "start_date": "5-4-1990"})  # fmt: skip
KINDS = {"sb": "state-based", "ns": "non-state", "os": "one-sided"}


def conflicts() -> Built:
    """Build the table of conflicts, a row a conflict and year in which it was active."""
    raw = pd.read_parquet(FOLDER / "armed_conflict_25_1.parquet")
    raw = raw[raw["conflict_id"].notna()].reset_index(drop=True)
    broken = raw["conflict_id"].eq(CUT[0]) & raw["year"].isna()
    for name, value in CUT[1].items():
        raw.loc[broken, name] = str(value) if raw[name].dtype != float else value
    year = raw["year"].astype(int)
    seconds = raw[["side_a_2nd", "side_b_2nd"]].fillna("").agg(", ".join, axis=1).str.strip(", ")
    started = pd.to_datetime(raw["start_date"], format="%d-%m-%Y")
    frame = pd.DataFrame(
        {
            "conflict": raw["conflict_id"].astype(int),
            "year": year.astype("int16"),
            "countries": [codes(n, y) for n, y in zip(raw["gwno_loc"], year, strict=True)],
            "location": raw["location"],
            "side_a": raw["side_a"],
            "side_b": raw["side_b"],
            "others": seconds,
            "over": raw["incompatibility"].astype(float).astype(int).map(OVER),
            "territory": raw["territory_name"].fillna(""),
            "type": raw["type_of_conflict"].astype(float).astype(int).map(TYPES),
            "level": raw["intensity_level"].astype(int).map({1: "minor", 2: "war"}),
            "since": started.dt.strftime("%Y-%m-%d"),
        }
    )
    return Built(
        name="conflicts",
        read="2026-12-01",
        refresh=REFRESH,
        grade="report",
        public=PUBLIC,
        title="Armed conflicts in which a state takes part, 1946-2024",
        description=(
            "A row for each conflict and year in which fighting over a government or a territory, "
            "with a state on one side at least, killed 25 people or more; a war killed 1,000 or "
            "more in the year. A conflict without a row in a year stayed below that."
        ),
        source="UCDP/PRIO Armed Conflict Dataset, version 25.1",
        url="https://ucdp.uu.se/downloads/",
        licence=LICENCE,
        version=VERSION,
        fields=(
            column("conflict", "integer", "Number of the conflict in the source"),
            column("year", "integer", "Calendar year", "year", key=True),
            column("countries", "string", "Where, ISO 3166 alpha-3 codes set apart by spaces"),
            column("location", "string", "The same in the words of the source"),
            column("side_a", "string", "A state; several are set apart by commas"),
            column("side_b", "string", "Whom it fights, a state or a group"),
            column("others", "string", "States with troops on either side; may be empty"),
            column("over", "string", "Territory, government or both", key=True),
            column("territory", "string", "Which territory; empty if none"),
            column("type", "string", "Between states, within a state, with others in it, colonial", key=True),
            column("level", "string", "minor: 25 to 999 killed in battle in the year; war: 1,000 or more", key=True),
            column("since", "string", "Day of the first death in battle, ISO 8601"),
        ),
        frame=frame.sort_values(["year", "conflict"]),
    )  # fmt: skip


def violence_year() -> Built:
    """Build the table of deaths by country, year and kind of violence."""
    raw = pd.read_parquet(FOLDER / "organised_violence_25_1.parquet")
    places = list(zip(raw["country_id_cy"], raw["year_cy"], strict=True))
    parts = [
        pd.DataFrame(
            {
                "country": [code(int(n), int(y)) for n, y in places],
                "year": raw["year_cy"].astype("int16"),
                "kind": kind,
                **{b: raw[f"{k}_total_deaths_{b}_cy"].astype("int32") for b in ("best", "low", "high")},
            }
        )
        for k, kind in KINDS.items()
    ]  # fmt: skip
    frame = pd.concat(parts)
    return Built(
        name="violence_year",
        read="2026-12-01",
        refresh=REFRESH,
        grade="report",
        public=PUBLIC,
        title="Deaths in organised violence by country, 1989-2024",
        description=(
            "People killed in fighting with a state on one side at least, in fighting between other "
            "armed groups, and in attacks on civilians, by where they died, as far as events are "
            "reported and a conflict killed 25 in the year: the low figure holds what sources agree "
            "on, the high one what any reliable one says. Nought is the source's own: nothing that "
            "passed its threshold was reported."
        ),
        source="UCDP Country-Year Dataset on Organized Violence within Country Borders, version 25.1",
        url="https://ucdp.uu.se/downloads/",
        licence=LICENCE,
        version=VERSION,
        fields=(
            column("country", "string", "Where, ISO 3166 alpha-3 code"),
            column("year", "integer", "Calendar year", "year", key=True),
            column("kind", "string", "state-based, non-state or one-sided", key=True),
            column("best", "integer", "Deaths, the source's best estimate", "deaths"),
            column("low", "integer", "Deaths, low estimate", "deaths"),
            column("high", "integer", "Deaths, high estimate", "deaths"),
        ),
        frame=frame.sort_values(["country", "year", "kind"]),
    )
