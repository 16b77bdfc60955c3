"""The data dictionary: what a data package says of each table and of its columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast, get_args

from multipolar.world.public import Public, public_of

# how good a source is, the strongest first; empty where nothing is said of it
Grade: TypeAlias = Literal["", "primary", "official", "report", "second-hand", "recalled"]


@dataclass(frozen=True, slots=True)
class Field:
    """One column or array of a table, as its data dictionary has it.

    A column that rows are looked up by lists its ``words``, or has the first and the last of its
    numbers as ``span``.
    """

    name: str
    type: str
    unit: str
    description: str
    dims: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class TableInfo:
    """What the data dictionary says of a table.

    ``date`` is the day its sources were read, ``newest`` the last period it has figures for, and
    ``refresh`` says what would have newer ones; ``review_days`` is how long typed rows may stand.
    """

    name: str
    title: str
    description: str
    path: str
    source: str
    url: str
    licence: str
    grade: Grade
    version: str
    date: str
    bytes: int
    sha256: str
    fields: tuple[Field, ...]
    public: Public
    newest: str = ""
    refresh: str = ""
    review_days: int = 0

    def field(self, name: str) -> Field:
        """Return a column by its name.

        Raises:
            KeyError: there is none.
        """
        return {f.name: f for f in self.fields}[name]


def table_info(resource: Mapping[str, Any]) -> TableInfo:
    """Read the entry of a table in a data package.

    Raises:
        KeyError, TypeError, ValueError: the entry is not as the format has it.
    """
    source, digest, size = resource["sources"][0], _text(resource, "hash"), resource["bytes"]
    if not re.fullmatch("sha256:[0-9a-f]{64}", digest):
        raise ValueError("hash is no sha256:...")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ValueError("bytes is no number of bytes")
    return TableInfo(
        name=_text(resource, "name"),
        title=_text(resource, "title"),
        description=_text(resource, "description"),
        path=_text(resource, "path"),
        source=_text(source, "title"),
        url=_text(source, "path", ""),
        licence=_text(resource["licenses"][0], "name"),
        grade=_grade(_text(resource, "grade", "")),
        version=_text(resource, "version"),
        date=_text(resource, "date"),
        bytes=size,
        sha256=digest.removeprefix("sha256:"),
        fields=tuple(_field(f) for f in resource["schema"]["fields"]),
        public=public_of(resource),
        newest=_text(resource, "newest", ""),
        refresh=_text(resource, "refresh", ""),
        review_days=int(resource.get("review_days", 0)),
    )


def _grade(said: str) -> Grade:
    if said not in get_args(Grade):
        raise ValueError(f"grade is none of {', '.join(get_args(Grade)[1:])}")
    return cast(Grade, said)


def _field(said: Mapping[str, Any]) -> Field:
    dims = said.get("dims", [])
    if not (isinstance(dims, list) and all(isinstance(d, str) for d in dims)):
        raise TypeError("dims is no list of names")
    limits = said.get("constraints", {})
    words, ends = limits.get("enum", []), [limits[k] for k in ("minimum", "maximum") if k in limits]
    if not all(isinstance(w, str) for w in words) or not all(isinstance(e, int) for e in ends):
        raise TypeError("constraints hold what is no word and no whole number")
    return Field(
        _text(said, "name"),
        _text(said, "type"),
        _text(said, "unit", ""),
        _text(said, "description"),
        tuple(dims),
        tuple(words),
        (ends[0], ends[1]) if len(ends) == len(("minimum", "maximum")) else None,
    )


def _text(holder: Mapping[str, Any], name: str, default: str | None = None) -> str:
    found = holder[name] if default is None else holder.get(name, default)
    if not isinstance(found, str):
        raise TypeError(f"{name} is no text")
    return found
