"""ideal_points: where states stand by their votes, as Bailey, Strezhnev and Voeten estimate it."""

from __future__ import annotations

import pandas as pd

from common import SOURCES, Built, column
from multipolar.world.states import iso3

SETS = {"all": "all", "final": "fp"}  # word of ours, ending of the source's columns


def build() -> Built:
    """Build the table, a row a state, year and set of votes."""
    raw = pd.read_parquet(SOURCES / "votes" / "ideal_points_2025_07.parquet")
    places = list(zip(raw["ccode"], raw["year"], strict=True))
    parts = [
        pd.DataFrame(
            {
                "country": [iso3(int(c), int(y)) for c, y in places],
                "year": raw["year"].astype("int16"),
                "votes": word,
                "point": raw[f"idealpoint{end}"],
                "low": raw[f"q10{end}"],
                "high": raw[f"q90{end}"],
                "cast": raw[f"nvotes{end}"],
            }
        )
        for word, end in SETS.items()
    ]
    frame = pd.concat(parts).dropna(subset=["point"])
    if not frame["country"].all() or (frame["cast"] < 0).any():
        raise SystemExit("ideal_points: a state without a code, or without votes")
    return Built(
        name="ideal_points",
        read="2026-12-01",
        refresh="the yearly release of the authors at the Harvard Dataverse (LEJUQZ)",
        grade="report",
        public={
            "rule": "year",
            "column": "year",
            "lag_days": 212,
            "begun": "2015-08-01",
            "why": "the authors add a session about July of the next year, since their paper of 2015: a "
            "year is taken as public seven months after its end. Each release estimates all years anew",
        },
        title="Positions of states in the General Assembly, 1946-2024",
        description=(
            "One line on which states that vote alike stand near each other, higher towards the "
            "United States, with the range that holds the position in eight cases of ten. `all` "
            "rests on all recorded votes and ends in 2023, `final` on votes on whole resolutions and "
            "ends in 2024; each has a scale of its own, so that points of the two are not compared."
        ),
        source="Bailey, Strezhnev and Voeten, Estimating Dynamic State Preferences from United Nations "
        "Voting Data, release of July 2025",
        url="https://doi.org/10.7910/DVN/LEJUQZ",
        licence="CC0 1.0",
        version="July 2025",
        fields=(
            column("country", "string", "ISO 3166 alpha-3 code"),
            column("year", "integer", "Year in which the session began", "year", key=True),
            column("votes", "string", "all or final: which votes it rests on", key=True),
            column("point", "number", "Position", "1"),
            column("low", "number", "10% quantile of the position", "1"),
            column("high", "number", "90% quantile of the position", "1"),
            column("cast", "integer", "Votes of the state in the year", "votes"),
        ),
        frame=frame.sort_values(["country", "year", "votes"]),
    )
