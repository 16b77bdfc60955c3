"""Tables that a case brings along: three lines of YAML make a metric of a CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from multipolar.claims.forms import Date, Short, Strict, Url
from multipolar.errors import DataError
from multipolar.world.dictionary import Grade
from multipolar.world.own_table import OwnTable, Said, read_own
from multipolar.world.units import misspelt

OWN = "own"  # the first word of the metrics of all tables of a case


class Table(Strict):
    """A CSV of the case's folder with the columns country, year and value, and what it measures."""

    file: Short = Field(description="name of the CSV in the case's folder")
    metric: Annotated[
        str, StringConstraints(pattern=rf"^{OWN}\.[a-z][a-z0-9_]{{0,59}}$", max_length=64)
    ] = Field(description="what tests call it: own. and a word of small letters, as own.coal")
    unit: Short = Field(description="unit of the values")
    says: Short | None = Field(default=None, description="what is measured, in words")
    source: Short | None = Field(default=None, description="who says it, in what document")
    url: Url | None = None
    date: Date | None = Field(default=None, description="since when it is public")
    grade: Literal["primary", "official", "report", "second-hand", "recalled"] | None = Field(
        default=None,
        description="how good the source is; second-hand if left out, recalled where no source is "
        "named",
    )
    aggregate: Literal["sum", "mean", "none"] = Field(
        default="none", description="what the values of several countries make"
    )

    @field_validator("unit")
    @classmethod
    def _known(cls, unit: str) -> str:
        if meant := misspelt(unit):
            raise ValueError(f"{unit!r} is no unit that is known: did you mean {meant!r}?")
        return unit

    def read(self, folder: Path) -> OwnTable:
        """Read the CSV.

        Raises:
            DataError: it is not in the folder, is too large, or is wrong.
        """
        grade: Grade = self.grade or ""
        said = Said(
            self.metric,
            self.unit,
            self.says or "",
            self.source or "",
            self.url or "",
            self.date or "",
            grade,
            self.aggregate,
        )
        return read_own(folder, self.file, said, _codes())


@cache
def _codes() -> Callable[[str], str]:
    """Return what gives the code of a country by any of its names."""
    from multipolar.world import World

    names = World.load().names_index

    def code(name: str) -> str:
        if name.casefold() in ("world", "wld"):
            return "WLD"
        if not name:
            raise DataError("a line names no country", hint="name one, or World")
        return names.country(name)

    return code


Tables = Mapping[str, OwnTable]
