"""tariffs: rates of duty and the time they held, typed row by row in tools/sources/tariffs.yaml."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

import pandas as pd
from pydantic import Field

from common import FACTS, Built, column
from dated_rows import CODE, DATE, Sourced, rows, states


class Tariff(Sourced):
    """One row."""

    imposer: Annotated[str, Field(pattern=CODE)]
    target: Annotated[str, Field(pattern=CODE)]
    product: Annotated[str, Field(min_length=3)]
    rate: Annotated[float, Field(ge=0, le=400)]
    since: Annotated[str, Field(pattern=DATE)]
    until: Annotated[str, Field(pattern=DATE)] | str = ""
    law: Annotated[str, Field(min_length=3)]
    but: str = ""


def build() -> Built:
    """Build the table, a row for each member of a union of states."""
    spread = []
    for t in rows("tariffs.yaml", Tariff):
        own = {**t.model_dump(), "but": " ".join(states(t.but.split(), t.since))}
        spread += [
            {**own, "importer": a, "exporter": b}
            for a in states([t.imposer], t.since)
            for b in states([t.target], t.since)
        ]
    frame = pd.DataFrame(spread).drop(columns=["imposer", "target"])
    frame["year"] = frame["since"].str[:4].astype("int16")
    frame = frame.sort_values(["importer", "exporter", "product", "since", "law"])
    for key, same in frame.groupby(["importer", "exporter", "product"]):
        spells = list(zip(same["since"], same["until"], same["law"], strict=True))
        for (_, until, _), (since, _, _) in pairwise(spells):
            if not until or until >= since:
                raise SystemExit(f"tariffs.yaml: {' '.join(key)}: two rows hold on {since}")
    frame["until"] = frame["until"].replace("", None)
    return Built(
        name="tariffs",
        read="2026-12-01",
        review_days=60,
        refresh="the press and gazettes, row by row",
        grade="",
        public={
            "rule": "spell",
            "column": "since",
            "until": "until",
            "why": "A tariff is public before it is in force; that it ends is known when it ends",
        },
        title="Tariffs of the trade conflicts, 2018-2026",
        description=(
            "Rates and the days they held: of the United States on their partners, of China, Canada, "
            "the European Union and others on each other. Percent on top of the normal duty, unless "
            "the note says that it is included. What is under one law only: those of several add up "
            "or leave each other out as the notes say. A choice, not all there are: what is not here "
            "may be taxed all the same. `WLD` stands for all who have no row of their own and are "
            "not in `but`."
        ),
        source="many; each row names its own",
        url="",
        licence=FACTS,
        version=f"{frame['since'].min()} to {frame['since'].max()}",
        fields=(
            column("importer", "string", "Who asks for it, ISO 3166 alpha-3 code"),
            column("exporter", "string", "On whose goods; WLD for all others"),
            column("product", "string", "On which goods", key=True),
            column("rate", "number", "Rate of duty", "percent"),
            column("since", "string", "First day, ISO 8601"),
            column("until", "string", "Last day; null where it holds, or where its end is not known"),
            column("year", "integer", "Year of the first day", "year", key=True),
            column("law", "string", "Under which law"),
            column("but", "string", "For whom a row for WLD does not hold, codes set apart by spaces"),
            column("source", "string", "Where it was read"),
            column("url", "string", "Address"),
            column("grade", "string", "How good that source is: primary, official, report or second-hand"),
            column("note", "string", "Exemptions and what else is to be known; may be empty"),
        ),
        frame=frame,
    )  # fmt: skip
