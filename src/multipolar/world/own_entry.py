"""The entry in a data package of a table that was read from an official file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar.text.dates import last_day
from multipolar.world import store
from multipolar.world.dictionary import Field, Grade

if TYPE_CHECKING:
    import pandas as pd


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
    table: pd.DataFrame | None = None,
    keys: Sequence[str] = (),
) -> dict[str, Any]:
    """Return an entry, but for the file's name, size and hash.

    Of the columns ``keys`` it lists the words that the table has, or the first and last number.

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
        "schema": {"fields": [_field(f, table if f.name in keys else None) for f in fields]},
        "sources": [{"title": source, "path": url}],
        "licenses": [{"name": licence}],
    }


def _field(field: Field, table: pd.DataFrame | None) -> dict[str, Any]:
    said = {
        "name": field.name,
        "type": field.type,
        "unit": field.unit,
        "description": field.description,
    }
    if table is None:
        return said
    values = table[field.name].dropna()
    if field.type == "integer":
        ends = {"minimum": int(values.min()), "maximum": int(values.max())}
        return {**said, "constraints": ends}
    return {**said, "constraints": {"enum": sorted(map(str, values.unique()))}}


@dataclass(frozen=True)
class Official:
    """A table that was read from an official file, and its entry.

    Attributes:
        table: as it is put.
        entry: of it, but for the file, size and hash.
        says: what was read, in a few words.
        left_out: what was not taken, and why, each in a clause.
        before: the entry of the table it replaces, if there was one.
    """

    table: pd.DataFrame
    entry: Mapping[str, Any]
    says: str
    left_out: tuple[str, ...] = ()
    before: dict[str, Any] | None = None


def put(found: Official, folder: Path | None = None) -> Official:
    """Put a table among the user's.

    Raises:
        DataError: the folder cannot be written to.
    """
    folder = folder or store.user_folder()
    store.check_writable(folder)
    buffer = io.BytesIO()
    found.table.to_parquet(buffer, compression="zstd", index=False)
    return replace(found, before=store.put(folder, found.entry, buffer.getvalue()))


def span(years: Iterable[int]) -> str:
    """Write the years of a table.

    Example:
        >>> span([2020, 2018]), span([2020])
        ('2018-2020', '2020')
    """
    first, last = min(years := list(years)), max(years)
    return f"{first}-{last}" if last > first else str(first)
