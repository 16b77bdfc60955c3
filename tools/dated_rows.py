"""What the tables of typed, dated events share: rows checked, and unions of states by their members."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field

from common import SOURCES

DATE = r"^\d{4}-\d{2}(-\d{2})?$"
CODE = r"^([A-Z]{3}|EU)$"
M = TypeVar("M", bound=BaseModel)


class Sourced(BaseModel):
    """Who says it, where, and how good that source is."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    source: Annotated[str, Field(min_length=3)]
    url: Annotated[str, Field(pattern=r"^https?://")]
    grade: Literal["primary", "official", "report", "second-hand"]
    note: str = ""


def rows(name: str, model: type[M]) -> list[M]:
    """Every row of a typed file, checked."""
    found = []
    for k, row in enumerate(yaml.safe_load((SOURCES / name).read_text("utf-8")), 1):
        try:
            found.append(model.model_validate(row))
        except ValueError as fault:
            raise SystemExit(f"{name}: row {k}: {fault}") from None
    return found


@lru_cache(maxsize=1)
def union() -> dict[str, Any]:
    """The European Union as the table of coalitions has it."""
    groups: dict[str, Any] = yaml.safe_load((SOURCES / "coalitions.yaml").read_text("utf-8"))
    found: dict[str, Any] = groups["EU"]
    return found


def states(codes: list[str], date: str) -> list[str]:
    """The states meant by codes, the Union's members at a date for EU."""
    day = dt.date.fromisoformat(date if len(date) == len("2022-01-01") else f"{date}-01")
    joined, left = union()["joined"], union()["left"]
    members = [c for c in (*union()["members"], *joined) if joined.get(c, day) <= day]
    members = [c for c in members if c not in left or day < left[c]]
    found = [s for c in codes for s in (sorted(members) if c == "EU" else [c])]
    return list(dict.fromkeys(found))
