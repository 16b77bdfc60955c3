"""alliances: mutual defence pacts in force in 2022 to 2025, pair by pair, typed with a source each."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, Any, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

import build_coalitions
import build_countries
from common import SOURCES, Built, column

FIRST = "2022-01-01"
Day = Annotated[str, BeforeValidator(str), Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Pact(BaseModel):
    """One pact."""

    model_config = ConfigDict(extra="forbid")

    name: str
    coalition: str | None = None
    since: Day | None = None
    until: Day | None = None
    members: tuple[str, ...] = ()
    joined: dict[str, Day] = {}
    source: Annotated[str, Field(min_length=3)]
    url: Annotated[str, Field(pattern=r"^https?://")]
    confidence: Literal["high", "medium", "low"]
    reading: Literal["read", "second-hand", "recalled"]
    note: str | None = None


def times(pact: Pact, coalitions: pd.DataFrame) -> dict[str, tuple[str, str | None]]:
    """When each member is bound: first day, and first day no longer."""
    if pact.coalition:
        own = coalitions[coalitions["coalition"] == pact.coalition]
        return {
            r.country: (
                max(str(r.since), pact.since or ""),
                r.until if isinstance(r.until, str) else pact.until,
            )
            for r in own.itertuples(index=False)
        }
    first = dict.fromkeys(pact.members, pact.since) | pact.joined
    return {c: (str(day), pact.until) for c, day in first.items()}


def rows() -> list[dict[str, Any]]:
    """One row a pair and pact, the pair in alphabetical order."""
    frame, coalitions = build_countries.build().frame, build_coalitions.build().frame
    assert frame is not None
    assert coalitions is not None
    codes = set(frame["iso3"])
    typed = yaml.safe_load((SOURCES / "alliances.yaml").read_text("utf-8"))
    out = []
    for key, row in typed.items():
        pact = Pact.model_validate(row)
        bound = times(pact, coalitions)
        unknown = sorted(set(bound) - codes)
        if unknown or len(bound) < 2:
            raise SystemExit(f"{key}: no country {unknown[0]}" if unknown else f"{key}: no pair")
        for a, b in combinations(sorted(bound), 2):
            since = max(bound[a][0], bound[b][0])
            ends = [u for u in (bound[a][1], bound[b][1]) if u]
            until = min(ends) if ends else None
            if until is not None and until <= max(since, FIRST):
                continue  # one had left before the other came, or before the table starts
            out.append(
                {
                    "country": a,
                    "other": b,
                    "pact": key,
                    "name": pact.name,
                    "since": since,
                    "until": until,
                    "source": pact.source,
                    "url": pact.url,
                    "confidence": pact.confidence,
                    "reading": pact.reading,
                    "note": pact.note,
                }
            )
    return out


def build() -> Built:
    """Build the table."""
    frame = pd.DataFrame(rows()).sort_values(["pact", "country", "other"])
    for name in ("until", "note"):
        frame[name] = frame[name].astype("object")
    return Built(
        name="alliances",
        read="2026-11-25",
        review_days=180,
        refresh="the texts of the pacts, one by one",
        grade="report",
        public={
            "rule": "spell",
            "column": "since",
            "until": "until",
            "why": "A pact is dated by the day the pair was bound; an end that was still to come was "
            "not known",
        },
        title="Mutual defence pacts, 2022 to 2025",
        description=(
            "Pairs of states that have promised to defend each other, by pact: those in force at "
            "some time from 2022 to 2025, with the day the pair was bound. Not in it: promises to "
            "consult (Five Power Defence Arrangements, AUKUS), one-sided assurances (Taiwan, the "
            "Budapest memorandum), the Sino-Russian treaty of 2001, which has no duty to defend, and "
            "pacts whose force could not be confirmed (the joint defence treaties of the Arab League "
            "and of the Gulf Cooperation Council, the ECOWAS protocol of 1981). Obligations that "
            "ended before 2022 are not in it, so it answers for no earlier year."
        ),
        source="treaties, depositaries and reports; each row names its own",
        url="",
        licence="facts",
        version="2026-11",
        fields=(
            column("country", "string", "ISO 3166 alpha-3 code, the first of the pair by alphabet"),
            column("other", "string", "ISO 3166 alpha-3 code, the second of the pair"),
            column("pact", "string", "Short name of the pact"),
            column("name", "string", "The treaty, and the article where one holds the duty"),
            column("since", "string", "First day both were bound, ISO 8601"),
            column(
                "until", "string", "First day they no longer were, ISO 8601; null if they still are"
            ),
            column("source", "string", "Who says so, in what"),
            column("url", "string", "Where it can be read"),
            column("confidence", "string", "high, medium or low"),
            column(
                "reading",
                "string",
                "read (treaty, depositary, government), second-hand or recalled",
            ),
            column("note", "string", "What is left out or uncertain"),
        ),
        frame=frame,
    )
