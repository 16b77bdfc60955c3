"""Since when the rows of each shipped table are public: the rule, and what speaks for it.

The rules are those of :mod:`multipolar.world.public`. Tables of which a model is built are dated as
a whole, by the newest source among their rows: with some of the rows it would be another model.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from multipolar.world.public import Public, dated

BACI = (
    "CEPII adds a year every January, so that 2018 is in the version of January 2020 (FAQ of "
    "BACI): a year is public 13 months after its end. Figures are those of later versions, as "
    "revised"
)
MODEL = "a model is built of all of it: the date is that of its newest source"
PUBLIC: dict[str, dict[str, Any]] = {
    "countries": {"rule": "always", "why": "Names and codes, no figures"},
    "coalitions": {
        "rule": "spell",
        "column": "since",
        "until": "until",
        "why": "A membership is dated by the day it began; an end that was still to come was not "
        "known",
    },
    "alliances": {
        "rule": "spell",
        "column": "since",
        "until": "until",
        "why": "A pact is dated by the day the pair was bound; an end that was still to come was "
        "not known",
    },
    "crisis_estimates": {
        "rule": "at",
        "date": "2019-12-09",
        "why": "Published online on 9 December 2019, in the journal's volume of 2021",
    },
    "un_votes": {
        "rule": "column",
        "column": "date",
        "why": "Votes are public the day they are cast",
    },
    "facts": {"rule": "column", "column": "known", "why": "Each row has the date of its source"},
    "macro_2022": {
        "rule": "at",
        "date": "2023-07",
        "why": "World Development Indicators have a year's accounts from the following July on; "
        "the figures are as revised since",
    },
    "elasticities": {
        "rule": "at",
        "date": "2023-04",
        "why": f"Boehm and others, American Economic Review, April 2023; {MODEL}",
    },
    "energy_trade": {"rule": "year", "column": "year", "lag_days": 396, "why": BACI},
    "minerals_trade": {"rule": "year", "column": "year", "lag_days": 396, "why": BACI},
    "gas_nodes": {"rule": "always", "why": "A division of the map, no figures"},
    "gas_figures": {
        "rule": "at",
        "column": "dated",
        "why": f"Energy Institute and others; {MODEL}",
    },
    "gas_voyages": {"rule": "always", "why": "Distances by sea, from coordinates"},
    "gas_parameters": {"rule": "at", "column": "dated", "why": f"Each row names its own; {MODEL}"},
    "corridor_links": {
        "rule": "always",
        "why": "Lengths of routes, from coordinates and round figures of ours",
    },
    "corridor_figures": {"rule": "at", "column": "dated", "why": f"Drewry and others; {MODEL}"},
    "corridor_parameters": {
        "rule": "at",
        "column": "dated",
        "why": f"Each row names its own; {MODEL}",
    },
    "population": {
        "rule": "year",
        "column": "year",
        "lag_days": 212,
        "why": "World Development Indicators have a year's population from the following July on: "
        "a year is taken as public seven months after its end. Figures are those of the edition of "
        "2026, as revised",
    },
    "production": {
        "rule": "year",
        "column": "year",
        "lag_days": 516,
        "why": "The edition of a year has figures to two years before and comes out in spring, "
        "early in May at times: a year is taken as public 17 months after its end. Figures are "
        "those of the edition of 2026, as revised",
    },
    "governance": {
        "rule": "year",
        "column": "year",
        "lag_days": 273,
        "begun": "1999-10-31",
        "why": "Updated every September with the year before (23 September 2022, 24 September 2021, "
        "21 September 2018); first out in 1999. Figures are those of the edition of 2025, by a new "
        "method",
    },
    "settlement": {
        "rule": "at",
        "date": "2025",
        "why": f"Reuters and the European Central Bank, 2025; {MODEL}",
    },
    "russia_trade": {
        "rule": "at",
        "date": "2024-02-17",
        "why": f"Customs of Russia, 2024; {MODEL}",
    },
    "io_2022": {
        "rule": "at",
        "date": "2025",
        "why": "OECD edition of 2025; the day was not found, so that the year's last is taken",
    },
}


def publication(name: str, frame: pd.DataFrame | None, built: str) -> dict[str, Any]:
    """Return a table's entry ``public`` in the data package, with its first and last date.

    ``built`` is the day on which the sources were retrieved.
    """
    said = dict(PUBLIC[name])
    if said["rule"] == "always":
        return said
    if said["rule"] == "at":
        column = said.pop("column", None)
        if column is not None:
            assert frame is not None
            rows = Public("column", column=column)
            said["date"] = max((v for v in frame[column].unique() if v), key=rows.of)
        day = min(Public("at").of(said["date"]), built)  # what was retrieved was public
        return {**said, "first": day, "last": day}
    assert frame is not None
    return dated(said.pop("rule"), frame, **said)
