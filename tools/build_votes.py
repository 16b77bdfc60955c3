"""un_votes: recorded votes on the war in Ukraine, state by state."""

from __future__ import annotations

import pandas as pd
import yaml

from common import SOURCES, Built, column

NUMBERS = [
    "No",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
]
CHOICES = {"in_favour": "yes", "against": "no", "abstain": "abstain", "absent": "absent"}


def rows() -> list[dict[str, str]]:
    """One row a state and vote; totals and completeness are checked."""
    votes = yaml.safe_load((SOURCES / "un_votes.yaml").read_text("utf-8"))
    out: list[dict[str, str]] = []
    members: set[str] | None = None
    for resolution, vote in votes.items():
        for field, choice in CHOICES.items():
            states = vote.get(field) or []
            total = vote["totals"]["yes" if choice == "yes" else "no" if choice == "no" else choice]
            if len(states) != total:
                raise SystemExit(f"{resolution}: {len(states)} {choice}, totals say {total}")
            out += [
                {
                    "resolution": resolution,
                    "body": vote["body"],
                    "date": str(vote["date"]),
                    "title": vote["title"],
                    "country": state,
                    "vote": choice,
                }
                for state in states
            ]
        cast = [r["country"] for r in out if r["resolution"] == resolution]
        if len(cast) != len(set(cast)):
            raise SystemExit(f"{resolution}: a state is listed twice")
        if vote["body"] == "UNGA":
            members = members or set(cast)
            if set(cast) != members or len(cast) != 193:
                raise SystemExit(f"{resolution}: not the 193 members")
    return out


def build() -> Built:
    """Build the table."""
    frame = pd.DataFrame(rows()).sort_values(["date", "resolution", "country"])
    first, last = frame["date"].min(), frame["date"].max()
    held = frame.drop_duplicates("resolution")["body"].value_counts()
    return Built(
        name="un_votes",
        read="2026-12-01",
        review_days=180,
        refresh="the voting records of the United Nations; `multipolar data fetch unga` for all of them",
        grade="official",
        public={
            "rule": "column",
            "column": "date",
            "why": "Votes are public the day they are cast",
        },
        title=f"{NUMBERS[held.sum()]} recorded UN votes on the war in Ukraine, {first[:4]}-{last[:4]}",
        description=(
            f"{NUMBERS[held['UNGA']]} resolutions of the eleventh emergency special session of the "
            f"General Assembly, with all 193 members, and {NUMBERS[held['UNSC']].lower()} draft of the "
            "Security Council with its 15. Those of 24 February 2025 were read in a copy of the "
            "record. How each state voted in the Assembly in December 2025 and February 2026 could "
            "not be read: those votes are not here."
        ),
        source="United Nations, voting records",
        url="https://digitallibrary.un.org",
        licence="public record",
        version=f"{first} to {last}",
        fields=(
            column("resolution", "string", "Symbol of the resolution or draft"),
            column("body", "string", "UNGA or UNSC"),
            column("date", "string", "Date of the vote, ISO 8601"),
            column("title", "string", "Title"),
            column("country", "string", "ISO 3166 alpha-3 code"),
            column("vote", "string", "yes, no, abstain or absent"),
        ),
        frame=frame,
    )
