"""Files of SIPRI: the workbook of military spending, and the register of arms transfers as CSV.

``SIPRI-Milex-data-1949-2024.xlsx`` (the layout was read from the release of 2025) has the sheets
``Current US$``, ``Constant (2023) US$``, ``Share of GDP`` and others, each with lines of notes, the
heads ``Country``, ``Notes`` and the years, and below names of regions and lines of countries. What
``...`` stands for is not known, ``xxx`` is no state then, and shares are stored as fractions.

``trade-register.csv`` (read from a download of 2026) has a line for each deal, whose ``Year(s) of
delivery`` are set apart by semicolons. A break in a comment puts the three last cells on a line of
their own, which is mended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar.text.clean import printable
from multipolar.world.dictionary import Field
from multipolar.world.own_entry import Official, entry_of, span
from multipolar.world.public import dated
from multipolar.world.small_file import Row, Rows, read_csv, read_sheet, sheets_of

if TYPE_CHECKING:
    import pandas as pd

MILEX, ARMS = "sipri_milex", "sipri_arms"
MILEX_URL, ARMS_URL = "https://www.sipri.org/databases/milex", "https://armstransfers.sipri.org"
_TERMS = "SIPRI: free for non-commercial use with attribution; not to be passed on as a whole"
_MILEX_HINT = "name SIPRI-Milex-data-1949-2024.xlsx or a later one from " + MILEX_URL
_ARMS_HINT = "name trade-register.csv as " + ARMS_URL + " gives it, of all suppliers and recipients"
_UNKNOWN = frozenset({"...", ". .", "..", "xxx", "", "-"})
REST = "ROW"
# states that are gone, under the codes of ISO 3166-3; Yemen's code was the north's before 1990
_FORMER = {
    "czechoslovakia": "CSK", "german democratic republic": "DDR", "east germany (gdr)": "DDR",
    "yugoslavia": "YUG", "ussr": "SUN", "soviet union": "SUN", "yemen, north": "YEM",
    "north yemen": "YEM", "yemen arab republic (north yemen)": "YEM", "south yemen": "YMD",
}  # fmt: skip
# the column, the sheet, and by what its numbers are multiplied
_SHEETS = (
    ("current", re.compile(r"Current US\$"), 1.0),
    ("constant", re.compile(r"Constant \((\d{4})\) US\$"), 1.0),
    ("gdp_share", re.compile(r"Share of GDP"), 100.0),
)
MILEX_FIELDS = (
    Field("country", "string", "", "ISO 3166 alpha-3 code; SUN, DDR, CSK, YUG for states gone"),
    Field("year", "integer", "year", "Calendar year"),
    Field("current", "number", "USD mn", "Military spending, current prices and exchange rates"),
    Field("constant", "number", "USD mn", "The same at the prices the description names"),
    Field("gdp_share", "number", "percent", "The same as a share of gross domestic product"),
)
ARMS_FIELDS = (
    Field("supplier", "string", "", "ISO 3166 alpha-3 code; ROW who has none, or is not known"),
    Field("recipient", "string", "", "ISO 3166 alpha-3 code; ROW who has none, or is not known"),
    Field("year", "integer", "year", "Calendar year of delivery"),
    Field("tiv", "number", "million TIV", "Volume delivered, in trend indicator values"),
    Field("deals", "number", "count", "Deals of which something was delivered that year"),
)


def read_milex(path: str | Path, *, code: Callable[[str], str | None]) -> Official:
    """Read military spending by country and year.

    Args:
        path: the workbook as published.
        code: gives the ISO code of a name, None for one that is no state.

    Raises:
        DataError: it is no such workbook, a cell is no number, or a name is not known.
    """
    import pandas as pd

    columns: dict[str, dict[tuple[str, int], float]] = {}
    prices, left = "", set()
    for column, pattern, scale in _SHEETS:
        file, match = _sheet(path, pattern)
        prices = match[1] if match.groups() else prices
        columns[column], gone = _spent(file, code, scale)
        left |= gone
    table = pd.DataFrame({c: pd.Series(v, dtype=float) for c, v in columns.items()})
    table.index.names = ["country", "year"]
    table = table.reset_index().sort_values(["country", "year"], ignore_index=True)
    table["year"] = table["year"].astype("int16")
    years = span(table["year"])
    entry = entry_of(
        MILEX,
        title=f"Military spending, {years} (SIPRI)",
        description=f"Read from {printable(Path(path).name, limit=100)}. SIPRI's estimates, of "
        f"which many are uncertain; constant prices are those of {prices}. A country and year "
        "without a row is not known, or was no state: it is not zero. The Soviet Union is SUN, "
        "and Russia has no figures before it.",
        version=f"{years}, prices of {prices}",
        public=dated(
            "year", table, column="year", lag_days=120, why="SIPRI publishes a year in April"
        ),
        fields=MILEX_FIELDS,
        source="SIPRI Military Expenditure Database",
        url=MILEX_URL,
        licence=_TERMS,
        table=table,
        keys=("year",),
    )
    says = f"{len(table):,} countries and years, {years}, constant prices of {prices}"
    return Official(
        table,
        entry,
        says,
        (f"{', '.join(sorted(left))} left out, which is no state",) if left else (),
    )


def _sheet(path: str | Path, pattern: re.Pattern[str]) -> tuple[Rows, re.Match[str]]:
    for name in sheets_of(path, hint=_MILEX_HINT):
        if match := pattern.fullmatch(name.strip()):
            return read_sheet(path, name, hint=_MILEX_HINT), match
    shown = pattern.pattern.replace("\\", "").replace("(d{4})", "2023")
    raise Rows(Path(path).name, (), _MILEX_HINT).fault(f"has no sheet {shown}")


def _spent(
    file: Rows, code: Callable[[str], str | None], scale: float
) -> tuple[dict[tuple[str, int], float], set[str]]:
    heads, lines = file.below("Country", "2000")
    years = {n: int(h) for n, h in enumerate(heads) if re.fullmatch(r"(19|20)\d\d", h)}
    (at,) = file.places(heads, "Country")
    found: dict[tuple[str, int], float] = {}
    left = set()
    for line in lines:
        name = line[at].strip() if at < len(line) else ""
        cells = {y: line[n].strip() for n, y in years.items() if n < len(line)}
        known = {y: c for y, c in cells.items() if c not in _UNKNOWN}
        if not cells:
            continue  # the name of a region
        iso = _code(name, code)
        if iso is None and name == "European Union":
            left.add(name)
            continue
        if iso is None:
            raise file.fault(f"{printable(repr(name), limit=60)} is no state that is known")
        for year, cell in known.items():
            value = scale * file.number(cell, f"{name} in {year}")
            if value < 0 or (iso, year) in found:
                what = "is below zero" if value < 0 else "has two figures"
                raise file.fault(f"{name} in {year} {what}")
            found[iso, year] = value
    return found, left


def _code(name: str, code: Callable[[str], str | None]) -> str | None:
    return _FORMER.get(name.casefold()) or code(name)


# Arms --------------------------------------------------------------------------------------


def read_arms(path: str | Path, *, code: Callable[[str], str | None]) -> Official:
    """Read deliveries of arms by supplier, recipient and year.

    SIPRI says of a deal in which years something was delivered, not how much in each: its volume is
    spread evenly over them, which is ours.

    Args:
        path: the register as CSV.
        code: gives the ISO code of a name, None for one that is no state.

    Raises:
        DataError: it is no such file, or a cell is wrong.
    """
    import pandas as pd

    file = read_csv(path, hint=_ARMS_HINT)
    wanted = ("Recipient", "Supplier", "Year(s) of delivery", "SIPRI TIV of delivered weapons")
    heads, lines = file.below(*wanted)
    place = file.places(heads, *wanted)
    sums: dict[tuple[str, str, int], list[float]] = {}
    others: set[str] = set()
    deals = open_ = 0
    for line in _mended(file, lines, len(heads), place):
        recipient, supplier, said, tiv = (line[n].strip() for n in place)
        deals += 1
        years = _years(file, said)
        volume = file.number(tiv, f"the volume of a deal of {recipient}") if tiv else 0.0
        if volume < 0:
            raise file.fault(f"the volume of a deal of {printable(recipient, limit=40)} is below 0")
        if not years:
            open_ += 1
            if volume > 0:
                raise file.fault(
                    f"a deal of {printable(recipient, limit=40)} has a volume and no year"
                )
            continue
        pair = []
        for name in (supplier, recipient):
            iso = _code(name, code)
            if iso is None:
                others.add(name)
            pair.append(iso or REST)
        for year in years:
            entry = sums.setdefault((pair[0], pair[1], year), [0.0, 0.0])
            entry[0] += volume / len(years)
            entry[1] += 1
    if not sums:
        raise file.fault("has no deal with a year of delivery")
    rows = [(*k, *v) for k, v in sorted(sums.items())]
    table = pd.DataFrame(rows, columns=[f.name for f in ARMS_FIELDS])
    table["year"] = table["year"].astype("int16")
    return Official(
        table,
        _arms_entry(table, file.name),
        f"{deals:,} deals, {len(table):,} pairs and years, {span(table['year'])}",
        (
            f"{open_:,} deals left out, of which nothing was delivered",
            f"{len(others)} who are no state count as the rest of the world",
        ),
    )


def _mended(file: Rows, lines: Sequence[Row], width: int, place: Sequence[int]) -> list[Row]:
    """Return the lines, with those joined that a break in a comment has cut in two."""
    found: list[Row] = []
    for line in lines:
        cells = [c.strip() for c in line]
        named = len(cells) > place[0] and cells[place[0]]
        if named and len(cells) >= width:
            found.append([*cells])
            continue
        rest = [c for c in cells if c]
        whole = found and not any(found[-1][-3:])
        if named or not whole or len(rest) != 3:
            raise file.fault(
                f"a line has {len(cells)} cells where the heads have {width}: it is damaged"
            )
        found[-1][-3:] = rest
    return found


def _years(file: Rows, said: str) -> list[int]:
    years = [y.strip() for y in said.split(";") if y.strip()]
    if not all(re.fullmatch(r"(19|20)\d\d", y) for y in years):
        raise file.fault(f"{printable(repr(said), limit=40)} is no list of years")
    return sorted({int(y) for y in years})


def _arms_entry(table: pd.DataFrame, name: str) -> dict[str, Any]:
    years = span(table["year"])
    return entry_of(
        ARMS,
        title=f"Deliveries of major arms by pair of states, {years} (SIPRI)",
        description=f"Read from {printable(name, limit=100)}. Volumes are trend indicator values: "
        "what the arms are worth as arms, not what was paid. The register says in which years a "
        "deal was delivered, not how much in each: it is spread evenly over them, which is ours. "
        "Rebels, organisations and who is not known are ROW; the Soviet Union is SUN. A pair and "
        "year without a row had no delivery on the register.",
        version=years,
        public=dated(
            "year", table, column="year", lag_days=75, why="SIPRI publishes a year in March"
        ),
        fields=ARMS_FIELDS,
        source="SIPRI Arms Transfers Database, trade register",
        url=ARMS_URL,
        licence=_TERMS,
        table=table,
        keys=("year",),
    )
