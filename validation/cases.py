"""What a case may hold, by what reads it."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from multipolar.policy import KINDS
from validation.page import grid, table

COMMON = {"measure", "since", "until", "note"}


def options(annotation: Any) -> tuple[str, ...]:
    """Return the words a field allows, of a union too; none if it is open."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(w for part in get_args(annotation) for w in options(part))


@table()
def measures() -> str:
    """Every measure with its fields, those that may be left out behind a semicolon."""
    rows = []
    for kind, measure in KINDS.items():
        parts: dict[bool, list[str]] = {True: [], False: []}
        for name, f in measure.model_fields.items():
            words = ", ".join(options(f.annotation))
            if name not in COMMON:
                parts[f.is_required()].append(f"`{name}`" + (f" ({words})" if words else ""))
        fields = "; ".join(", ".join(part) for part in parts.values() if part)
        rows.append([f"`{kind}`", (measure.__doc__ or "").partition(".")[0], fields])
    return grid(("measure", "what", "fields"), rows)
