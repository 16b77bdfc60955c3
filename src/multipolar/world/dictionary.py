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
    """One column or array of a table, as its data dictionary has it."""

    name: str
    type: str
    unit: str
    description: str
    dims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableInfo:
    """What the data dictionary says of a table."""

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
    )


def _grade(said: str) -> Grade:
    if said not in get_args(Grade):
        raise ValueError(f"grade is none of {', '.join(get_args(Grade)[1:])}")
    return cast(Grade, said)


def _field(said: Mapping[str, Any]) -> Field:
    dims = said.get("dims", [])
    if not (isinstance(dims, list) and all(isinstance(d, str) for d in dims)):
        raise TypeError("dims is no list of names")
    return Field(
        _text(said, "name"),
        _text(said, "type"),
        _text(said, "unit", ""),
        _text(said, "description"),
        tuple(dims),
    )


def _text(holder: Mapping[str, Any], name: str, default: str | None = None) -> str:
    found = holder[name] if default is None else holder.get(name, default)
    if not isinstance(found, str):
        raise TypeError(f"{name} is no text")
    return found
