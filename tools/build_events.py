"""events: what happened when, typed row by row in tools/sources/events.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from common import FACTS, Built, column
from dated_rows import CODE, DATE, Sourced, rows, states

Kind = Literal[
    "agreement", "attack", "ban", "closure", "cut-off", "export control", "membership",
    "price cap", "ruling", "sanctions", "statement", "summit", "treaty", "truce", "vote", "war",
]  # fmt: skip
Code = Annotated[str, Field(pattern=CODE)]


READ = "2026-12-01"  # the day the sources were last read


class Event(Sourced):
    """One row."""

    event: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    date: Annotated[str, Field(pattern=DATE)]
    known: Annotated[str, Field(pattern=DATE)] | None = None  # if before it happens
    until: Annotated[str, Field(pattern=DATE)] | None = None
    kind: Kind
    title: Annotated[str, Field(min_length=8)]
    by: list[Code]
    against: list[Code]


def build() -> Built:
    """Build the table."""
    found = rows("events.yaml", Event)
    names = [e.event for e in found]
    if len(names) > len(set(names)):
        raise SystemExit("events.yaml: an event is given twice")
    frame = pd.DataFrame([e.model_dump() for e in found])
    frame["year"] = frame["date"].str[:4].astype("int16")
    for side in ("by", "against"):
        pairs = zip(frame[side], frame["date"], strict=True)
        frame[side] = [" ".join(states(codes, date)) for codes, date in pairs]
    frame["who"] = [
        " ".join(dict.fromkeys(f"{a} {b}".split()))
        for a, b in zip(frame["by"], frame["against"], strict=True)
    ]
    frame["until"] = frame["until"].fillna("")
    frame["known"] = frame["known"].fillna(frame["date"])
    if ahead := sorted(frame.loc[frame["known"] > READ, "event"]):
        raise SystemExit(f"events.yaml: {ahead[0]} is still to come: say since when it is known")
    return Built(
        name="events",
        read=READ,
        review_days=60,
        refresh="the press, row by row",
        grade="",
        public={
            "rule": "column",
            "column": "known",
            "why": "An event is public the day it happens, and what was adopted before since then",
        },
        title="Dated events: sanctions, cut-offs, closures, bans, summits, memberships",
        description=(
            "What happened when, each with where it was read: a choice of what models and claims "
            "rest on, not all there was. What is not here may have happened all the same."
        ),
        source="many; each row names its own",
        url="",
        licence=FACTS,
        version=f"{frame['date'].min()} to {frame['date'].max()}",
        fields=(
            column("event", "string", "Short name", key=True),
            column("date", "string", "Day or month on which it happened or takes effect, ISO 8601"),
            column("known", "string", "Since when it is known, ISO 8601"),
            column("until", "string", "Last day, for what lasts; empty if it is one day, or not known"),
            column("year", "integer", "Year of the date", "year", key=True),
            column("kind", "string", "sanctions, cut-off, closure, ban, summit and others", key=True),
            column("title", "string", "What happened, in words"),
            column("by", "string", "Who did it, ISO 3166 alpha-3 codes set apart by spaces; may be empty"),
            column("against", "string", "Whom it is aimed at or hits first; may be empty"),
            column("who", "string", "Both"),
            column("source", "string", "Where it was read"),
            column("url", "string", "Address"),
            column("grade", "string", "How good that source is: primary, official, report or second-hand"),
            column("note", "string", "What is to be known about it; may be empty"),
        ),
        frame=frame.sort_values(["date", "event"]),
    )  # fmt: skip
