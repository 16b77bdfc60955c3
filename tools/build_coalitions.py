"""coalitions: dated membership, typed with a source each."""

from __future__ import annotations

from typing import Any

import pandas as pd
import yaml

import build_countries
from common import SOURCES, Built, column


def build() -> Built:
    """Build the table."""
    frame = build_countries.build().frame
    assert frame is not None
    codes = set(frame["iso3"])
    typed: dict[str, Any] = yaml.safe_load((SOURCES / "coalitions.yaml").read_text("utf-8"))
    rows = []
    for name, group in typed.items():
        joined = {c: str(group["since"]) for c in group["members"]}
        joined |= {c: str(d) for c, d in group.get("joined", {}).items()}
        left = {c: str(d) for c, d in group.get("left", {}).items()}
        if not left.keys() <= joined.keys() or any(left[c] <= joined[c] for c in left):
            raise SystemExit(f"{name}: somebody left before joining")
        spells = [(c, joined[c], left.get(c)) for c in joined]
        for country, (since, until) in group.get("earlier", {}).items():
            if not str(since) < str(until) < joined[country]:
                raise SystemExit(f"{name}: the earlier spell of {country} is not before the later")
            spells.append((country, str(since), str(until)))
        for country, since, until in sorted(spells, key=lambda s: s[:2]):
            if country not in codes:
                raise SystemExit(f"{name}: no country {country}")
            rows.append(
                {
                    "coalition": name,
                    "name": group["name"],
                    "aliases": group.get("also", []),
                    "country": country,
                    "since": since,
                    "until": until,
                    "source": group["source"],
                }
            )
    return Built(
        name="coalitions",
        read="2026-12-01",
        review_days=90,
        refresh="the membership lists of the groups, one by one",
        grade="report",
        public={
            "rule": "spell",
            "column": "since",
            "until": "until",
            "why": "A membership is dated by the day it began; an end that was still to come was not "
            "known",
        },
        title="Coalitions and their dated membership",
        description=(
            "Alliances, blocs and groups by member and date. `until` is the first day outside; "
            "null means still a member; who left and came back has a row for each time. UN regional groups are those of today. Groups whose "
            "membership nobody lists, such as the West, are left out and refused by name."
        ),
        source="treaties and membership lists; each row names its own",
        url="",
        licence="facts",
        version="2026-11",
        fields=(
            column("coalition", "string", "Name of the coalition"),
            column("name", "string", "Its name in full"),
            column("aliases", "array", "What else it is called"),
            column("country", "string", "ISO 3166 alpha-3 code of the member"),
            column("since", "string", "First day of membership, ISO 8601"),
            column("until", "string", "First day outside, ISO 8601; null for members today"),
            column("source", "string", "Where the membership is from"),
        ),
        frame=pd.DataFrame(rows),
    )
