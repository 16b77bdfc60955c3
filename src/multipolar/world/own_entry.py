"""The entry in a data package of a table that was read from an official file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from multipolar.text.dates import last_day
from multipolar.world.dictionary import Field, Grade


def entry_of(
    name: str,
    *,
    title: str,
    description: str,
    version: str,
    public: Mapping[str, Any],
    fields: Sequence[Field],
    source: str,
    url: str,
    licence: str,
    grade: Grade = "official",
) -> dict[str, Any]:
    """Return an entry, but for the file's name, size and hash.

    Of a rule ``at``, first and last day are those of its date, but not after today: a table at
    hand is public.

    Example:
        >>> found = entry_of(
        ...     "a", title="A", description="", version="1", fields=(), source="S", url="",
        ...     licence="", public={"rule": "at", "date": "2024-01", "why": "a guess"},
        ... )
        >>> found["public"]["first"], found["format"]
        ('2024-01-31', 'parquet')
    """  # fmt: skip
    today = date.today().isoformat()
    if public["rule"] == "at":
        day = min(last_day(str(public["date"])), today)
        public = {**public, "first": day, "last": day}
        if day == today:
            public["date"] = today
    return {
        "name": name,
        "format": "parquet",
        "title": title,
        "description": description,
        "version": version,
        "date": today,
        "grade": grade,
        "public": dict(public),
        "schema": {
            "fields": [
                {"name": f.name, "type": f.type, "unit": f.unit, "description": f.description}
                for f in fields
            ]
        },
        "sources": [{"title": source, "path": url}],
        "licenses": [{"name": licence}],
    }
