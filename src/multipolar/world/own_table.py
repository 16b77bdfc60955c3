"""A table of a case's own: figures by country and year, from a CSV in the case's folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from multipolar import limits
from multipolar.errors import DataError
from multipolar.text.clean import printable
from multipolar.text.dates import last_day
from multipolar.world.boundary import expanded, read_file
from multipolar.world.dictionary import Field, Grade, TableInfo
from multipolar.world.public import Public
from multipolar.world.small_file import Rows, csv_rows

if TYPE_CHECKING:
    import pandas as pd

Aggregate: TypeAlias = Literal["sum", "mean", "none"]
COLUMNS = ("country", "year", "value")
_YEARS = (1000, 2200)
_MAKES = {
    "sum": "Those of several countries or years are added up",
    "mean": "Of those of several countries or years the mean is taken",
    "none": "Those of several countries are not put together",
}
_HINT = "write a CSV with the columns country, year and value"


@dataclass(frozen=True, eq=False)
class OwnTable:
    """Figures by country and year that a case brings along.

    Attributes:
        info: its entry in the dictionary; it is named as its metric.
        frame: with the columns ``country``, ``year`` and ``value``.
        aggregate: what figures of several countries make.
    """

    info: TableInfo
    frame: pd.DataFrame
    aggregate: Aggregate = "none"


@dataclass(frozen=True)
class Said:
    """What a case says of a table of its own."""

    metric: str
    unit: str
    says: str = ""
    source: str = ""
    url: str = ""
    date: str = ""
    grade: Grade = ""
    aggregate: Aggregate = "none"


def read_own(folder: str | Path, file: str, said: Said, code: Callable[[str], str]) -> OwnTable:
    """Read a CSV of a case's folder.

    A row is a country, a year and a value; an empty value is not known, and no zero. The table is
    hashed, and its hash is its version.

    Args:
        folder: of the case.
        file: name of the CSV in it.
        said: what the case says of it.
        code: gives the ISO code of a name of a country, ``WLD`` of the world.

    Raises:
        DataError: the file is not in the folder, is too large, has other columns, or a cell is
            wrong.
    """
    import pandas as pd

    content = read_file(_within(folder, file), most=limits.OWN_BYTES, hint=_HINT)
    rows = csv_rows(content, file, hint=_HINT)
    heads, lines = rows.below(*COLUMNS)
    strange = [h for h in heads if h.casefold() not in COLUMNS]
    if strange or len(heads) != len(COLUMNS):
        shown = printable(repr(strange[0]), limit=40) if strange else "a column twice"
        raise rows.fault(
            f"has {shown}, which is not read", "leave three columns: " + ", ".join(COLUMNS)
        )
    if len(lines) > limits.OWN_ROWS:
        raise rows.fault(f"has more than {limits.OWN_ROWS:,} lines")
    found = _values(rows, lines, rows.places(heads, *COLUMNS), code)
    table = pd.DataFrame([(c, y, v) for (c, y), v in sorted(found.items())], columns=list(COLUMNS))
    table["year"] = table["year"].astype("int16")
    return OwnTable(_info(content, file, said, table), table, said.aggregate)


def _within(folder: str | Path, file: str) -> Path:
    """Return the path of a file of a folder; what lies elsewhere is refused."""
    place = expanded(folder)
    path = place / file
    plain = file == Path(file).name and "\\" not in file and file not in ("", ".", "..")
    try:
        inside = plain and path.resolve().is_relative_to(place.resolve())
    except (OSError, RuntimeError, ValueError):
        inside = False
    if not inside:
        raise DataError(
            "the file lies outside the case's folder",
            where=printable(file, limit=100),
            hint="copy it into the folder, and give its name alone",
        )
    return path


def _values(
    rows: Rows, lines: Any, places: list[int], code: Callable[[str], str]
) -> dict[tuple[str, int], float]:
    found: dict[tuple[str, int], float] = {}
    codes: dict[str, str] = {}
    for line in lines:
        if len(line) != len(COLUMNS):
            raise rows.fault(f"a line has {len(line)} cells where the heads have {len(COLUMNS)}")
        name, year, cell = (line[n].strip() for n in places)
        if name not in codes:
            try:
                codes[name] = code(name)
            except DataError as fault:
                raise rows.fault(fault.what, fault.hint or "write the ISO code") from None
        if not re.fullmatch(r"[0-9]{4}", year) or not _YEARS[0] <= int(year) <= _YEARS[1]:
            raise rows.fault(f"{printable(repr(year), limit=30)} is no year")
        key = codes[name], int(year)
        if key in found:
            raise rows.fault(f"has two values of {printable(name, limit=60)} in {year}")
        if cell:
            found[key] = rows.number(cell, f"the value of {printable(name, limit=60)} in {year}")
    if not found:
        raise rows.fault("has no value")
    return found


def _info(content: bytes, file: str, said: Said, table: pd.DataFrame) -> TableInfo:
    digest = hashlib.sha256(content).hexdigest()
    span = int(table["year"].min()), int(table["year"].max())
    grade: Grade = said.grade or ("second-hand" if said.source else "recalled")
    name = printable(file, limit=100)
    title = said.says or f"Figures of {name}"
    # a year is public at its end, or on the day the table is of, if that is earlier
    day = last_day(said.date) if said.date else ""
    first, last = (min(f"{y}-12-31", day or "9999") for y in span)
    return TableInfo(
        name=said.metric,
        title=title,
        description=f"{title}. The case's own table, {name}: what has no row is not known.",
        path=file,
        source=said.source or f"{name}, without a source",
        url=said.url,
        licence="the case's own",
        grade=grade,
        version=f"{name}, sha256 {digest[:12]}",
        date=said.date,
        bytes=len(content),
        sha256=digest,
        fields=(
            Field("country", "string", "", "ISO 3166 alpha-3 code"),
            Field("year", "integer", "year", "Calendar year", span=span),
            Field("value", "number", said.unit, f"{title}. {_MAKES[said.aggregate]}"),
        ),
        public=Public("year", column="year", date=day, first=first, last=last),
        newest=str(span[1]),
    )
