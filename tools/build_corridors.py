"""The tables of the corridors engine: links, figures and parameters.

Run as a script it sails the sea legs once more with searoute (``pip install searoute==1.6.0``) and
writes their lengths into ``sources/corridors/sea.csv``; building the tables needs no searoute.
"""

from __future__ import annotations

import pandas as pd

from common import FACTS, PRIOR, SOURCED, SOURCES, Built, column, sourced, typed
from publication import MODEL

CORRIDORS = SOURCES / "corridors"
STATUS = {"read", "second-hand", "computed", "assumption"}
PUBLISHERS = "Drewry, UTLC ERA, RZD, Container Trades Statistics and others, named row by row"


def sailed(start: tuple[float, float], end: tuple[float, float], closed: str) -> float:
    """Return the length of the shortest way by sea in km, some passages closed.

    With Suez closed and nothing else, searoute answers with the way through the Arctic, which it
    files under ``northwest``: that has to be closed by name too.
    """
    import searoute  # type: ignore[import-untyped, import-not-found, unused-ignore]

    found = searoute.searoute(start, end, units="km", restrictions=closed.split())
    return float(found.properties["length"])


def sail() -> None:
    """Write the lengths of the sea legs."""
    legs = typed("corridors", "sea")
    for k, leg in legs.iterrows():
        start, end = ((float(leg[f"{p}_lon"]), float(leg[f"{p}_lat"])) for p in ("start", "end"))
        legs.loc[k, "km"] = f"{sailed(start, end, leg['closed']):.0f}"
    legs.to_csv(CORRIDORS / "sea.csv", index=False, lineterminator="\n")


def links() -> Built:
    """Build the links that the routes are made of."""
    frame = typed("corridors", "links")
    sourced(frame, STATUS)
    legs = {(r["route"], r["step"]): r["km"] for r in typed("corridors", "sea").to_dict("records")}
    at_sea = frame["mode"] == "sea"
    frame.loc[at_sea, "km"] = [
        legs[key] for key in zip(frame.loc[at_sea, "route"], frame.loc[at_sea, "step"], strict=True)
    ]
    frame["step"] = frame["step"].astype(int)
    for name in ("km", "days_low", "days_high"):
        frame[name] = pd.to_numeric(frame[name]).astype(float)
    return Built(
        name="corridor_links",
        read="2026-11-25",
        refresh="nothing: distances",
        grade="report",
        public={
            "rule": "always",
            "why": "Lengths of routes, from coordinates and round figures of ours",
        },
        title="Links of the freight routes between Asia and Europe",
        description=(
            "Routes as lists of links. Lengths by sea are those of searoute 1.6.0 between the "
            "ports, with the passages closed that the note names; lengths by rail are round figures "
            "of ours, marked `assumption`. Days stand where they are known of a link."
        ),
        source="searoute, UTLC ERA, others named row by row",
        url="https://pypi.org/project/searoute/",
        licence=FACTS,
        version="2026-11",
        fields=(
            column("route", "string", "Route the link belongs to"),
            column("step", "integer", "Place of the link in the route"),
            column("name", "string", "Name"),
            column("mode", "string", "rail or sea"),
            column("start", "string", "Where it starts"),
            column("end", "string", "Where it ends"),
            column("km", "number", "Length", "km"),
            column("days_low", "number", "Days, least; empty where not known", "days"),
            column("days_high", "number", "Days, most; empty where not known", "days"),
            column("operator", "string", "Who runs it"),
            column("status", "string", "read, second-hand, computed or assumption"),
            *SOURCED,
        ),
        frame=frame,
    )


def figures() -> Built:
    """Build the figures: rates, volumes, days, capacities and demand."""
    frame = typed("corridors", "figures")
    sourced(frame, STATUS)
    frame["value"] = frame["value"].astype(float)
    return Built(
        name="corridor_figures",
        read="2026-11-25",
        review_days=180,
        refresh="the sources of the rows, one by one",
        grade="report",
        public={"rule": "at", "column": "dated", "why": f"Drewry and others; {MODEL}"},
        title="Freight between Asia and Europe, and the Eastern Polygon",
        description=(
            "One row a figure. `read` stood at the source named, in a stored copy; `second-hand` "
            "is quoted by another; `computed` follows from others as the note says; `assumption` "
            "is ours. Demand for the Eastern Polygon is published on definitions that do not "
            "agree; each stands as it is."
        ),
        source=PUBLISHERS,
        url="",
        licence=FACTS,
        version="2026-11",
        fields=(
            column(
                "quantity",
                "string",
                "sea_rate, rail_rate, price, transit, "
                "transit_westbound, market, slots, suez_open, days, ratio, distance, "
                "nsr_transit, polygon_capacity or polygon_demand",
            ),
            column("place", "string", "Route, lane or railway"),
            column("label", "string", "What tells figures of one place and date apart"),
            column("date", "string", "Day, month, half-year or year of the figure"),
            column("value", "number", "Figure, in `unit`"),
            column("unit", "string", "Unit of `value`"),
            column("status", "string", "read, second-hand, computed or assumption"),
            *SOURCED,
        ),
        frame=frame,
    )


def parameters() -> Built:
    """Build the parameters with their priors; theta is not here, it follows from the figures."""
    frame = typed("corridors", "parameters")
    frame["value"] = frame["value"].astype(float)
    if not set(frame["basis"]) <= {"sourced", "assumption"}:
        raise ValueError("a parameter is sourced or an assumption")
    return Built(
        name="corridor_parameters",
        read="2026-11-25",
        review_days=365,
        refresh="the sources of the rows, one by one",
        grade="",
        public={
            "rule": "at",
            "column": "dated",
            "why": f"Each row names its own; {MODEL}",
        },
        title="Parameters of the corridors engine",
        description=(
            "Value, prior and source of every parameter but theta, whose range is computed from "
            "the transit of 2019 to 2021."
        ),
        source="Published figures and assumptions, named row by row",
        url="",
        licence=FACTS,
        version="2026-11",
        fields=(
            column("name", "string", "Name of the parameter"),
            *PRIOR,
        ),
        frame=frame,
    )


if __name__ == "__main__":
    sail()
