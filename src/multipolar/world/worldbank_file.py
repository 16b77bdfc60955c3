"""Indicators of the World Bank, read from the file that its pages give under "Download: CSV".

The archive ``API_<indicator>_DS2_en_csv_v2_<number>.zip`` holds a CSV of the same name and two of
metadata. Its lines, as seen in a file of 13 November 2024: ``"Data Source",...``, an empty one,
``"Last Updated Date","2024-11-13",``, an empty one, then the heads ``Country Name``, ``Country
Code``, ``Indicator Name``, ``Indicator Code`` and the years, and a line for each country and
indicator; each line ends in a comma. An empty cell is a year without a figure.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar import limits
from multipolar.text.clean import printable
from multipolar.text.dates import is_date
from multipolar.world.dictionary import Field
from multipolar.world.own_entry import Official, entry_of, span
from multipolar.world.public import dated
from multipolar.world.small_file import Row, Rows, read_csv

if TYPE_CHECKING:
    import pandas as pd

NAME = "worldbank"
SOURCE = "World Bank, World Development Indicators"
URL = "https://data.worldbank.org/"
LAG = 212  # days from the end of a year until it is public
_WHY = "The first figures of a year come in July of the next, and are revised after"
_HINT = "name API_..._DS2_en_csv_v2_....zip as a page of data.worldbank.org gives it"
_MEMBER = r"API_.*\.csv"
FIELDS = (
    Field("country", "string", "", "ISO 3166 alpha-3 code, XKX Kosovo, WLD the world"),
    Field("indicator", "string", "", "Code of the indicator"),
    Field("year", "integer", "year", "Calendar year"),
    Field("value", "number", "", "Value, in the unit of the row"),
    Field("unit", "string", "", "Unit"),
    Field("name", "string", "", "Name of the indicator"),
    Field("vintage", "string", "", "Day the source was last updated"),
    Field("source", "string", "", "Who publishes it"),
)


def read_worldbank(
    path: str | Path, *, countries: Collection[str], before: pd.DataFrame | None = None
) -> Official:
    """Read indicators, and return the table with them and with those that were there.

    Of an indicator that was there already, what another vintage has is dropped: one indicator is
    of one vintage.

    Args:
        path: the zip archive as published, or the CSV in it.
        countries: codes that are taken; others are groups of countries, which are counted.
        before: the table that was added before, if there was one.

    Raises:
        DataError: it is no such file, or a cell is no number.
    """
    import pandas as pd

    file = read_csv(path, member=_MEMBER, hint=_HINT)
    vintage = _vintage(file)
    heads, lines = file.below("Country Code", "Indicator Code")
    years = {n: int(h) for n, h in enumerate(heads) if re.fullmatch(r"(18|19|20)\d\d", h)}
    if not years:
        raise file.fault("has no columns of years")
    if len({heads[n] for n in years}) < len(years):
        raise file.fault("a year has two columns")
    places = file.places(heads, "Country Code", "Indicator Code", "Indicator Name")
    rows, groups = _rows(file, lines, years, places, countries)
    if not rows:
        raise file.fault("has no figure of a country")
    table = pd.DataFrame(rows, columns=["country", "indicator", "year", "value", "name"])
    table["unit"], table["vintage"] = table["name"].map(unit_of), vintage
    table["source"] = SOURCE
    table = table[[f.name for f in FIELDS]]
    dropped = 0
    if before is not None and len(before):
        known = before["indicator"].isin(table["indicator"])
        other = known & (before["vintage"] != vintage)
        pairs = set(zip(table["country"], table["indicator"], strict=True))
        again = [p in pairs for p in zip(before["country"], before["indicator"], strict=True)]
        dropped = int((other & ~pd.Series(again, index=before.index)).sum())
        table = pd.concat([before[~other & ~pd.Series(again, index=before.index)], table])
    table = table.sort_values(["indicator", "country", "year"], ignore_index=True)
    table["year"] = table["year"].astype("int16")
    out = [f"{len(groups)} groups of countries left out"] if groups else []
    if dropped:
        out.append(f"{dropped:,} figures of another vintage of the same indicators dropped")
    named = {r[1]: r[4] for r in rows}
    code = next(iter(named))
    says = (
        f"{len(rows):,} figures of {printable(named[code], limit=60)} ({code})"
        if len(named) == 1
        else f"{len(rows):,} figures of {len(named)} indicators"
    )
    says += f", {span(r[2] for r in rows)}, as of {vintage}"
    return Official(table, _entry(table), says, tuple(out))


def _vintage(file: Rows) -> str:
    for row in file.rows[: limits.PREFACE]:
        if row and row[0].strip() == "Last Updated Date" and len(row) > 1 and is_date(row[1]):
            return row[1].strip()
    raise file.fault("does not say when it was last updated")


def _rows(
    file: Rows,
    lines: Any,
    years: dict[int, int],
    places: list[int],
    countries: Collection[str],
) -> tuple[list[tuple[str, str, int, float, str]], set[str]]:
    found: list[tuple[str, str, int, float, str]] = []
    seen: set[tuple[str, str]] = set()
    groups: set[str] = set()
    for line in lines:
        country, indicator, name = _keys(file, line, places)
        if country not in countries:
            groups.add(country)
            continue
        if (country, indicator) in seen:
            raise file.fault(f"has two lines of {indicator} for {country}")
        seen.add((country, indicator))
        for n, year in years.items():
            cell = line[n].strip() if n < len(line) else ""
            if cell:
                value = file.number(cell, f"{indicator} of {country} in {year}")
                found.append((country, indicator, year, value, name))
    return found, groups


def _keys(file: Rows, line: Row, places: list[int]) -> tuple[str, str, str]:
    if len(line) <= max(places):
        raise file.fault(f"a line has {len(line)} cells: the file is cut short or damaged")
    country, indicator, name = (line[n].strip() for n in places)
    if not re.fullmatch(r"[A-Z0-9]{3}", country):
        raise file.fault(f"{printable(repr(country), limit=30)} is no code of a country")
    if not re.fullmatch(r"[A-Za-z0-9_.]{3,60}", indicator):
        raise file.fault(f"{printable(repr(indicator), limit=30)} is no code of an indicator")
    return country, indicator, printable(name, limit=limits.NAME)


def unit_of(name: str) -> str:
    """Return the unit that an indicator's name ends in, as it is written here.

    Example:
        >>> unit_of("GDP (current US$)"), unit_of("GDP growth (annual %)")
        ('USD', 'percent')
        >>> unit_of("GDP (constant 2015 US$)"), unit_of("Rural population")
        ('constant 2015 US$', 'as named')
    """
    said = re.search(r"\(([^()]+)\)\s*$", name)
    if said is None:
        return "people" if name == "Population, total" else "as named"
    unit = said[1].strip()
    if unit == "current US$":
        return "USD"
    return "percent" if re.match(r"(annual )?%", unit) else unit


def _entry(table: pd.DataFrame) -> dict[str, Any]:
    vintages = sorted(set(table["vintage"]))
    names = table.drop_duplicates("indicator")
    listed = "; ".join(
        f"{r.indicator}: {r.name}, as of {r.vintage}" for r in names.itertuples(index=False)
    )
    return entry_of(
        NAME,
        title=f"Indicators of the World Bank, {span(table['year'])}",
        description="A country and year without a row has no figure, which is not zero. "
        + printable(listed, limit=2000)
        + ".",
        version=" and ".join(vintages[-2:]),
        public=dated("year", table, column="year", lag_days=LAG, date=vintages[-1], why=_WHY),
        fields=FIELDS,
        source=SOURCE,
        url=URL,
        licence="Creative Commons Attribution 4.0",
        table=table,
        keys=("indicator", "year"),
    )
