"""Currencies in reserves and in payments: the IMF's COFER, and SWIFT's tracker typed from its PDF.

COFER in the two layouts of data.imf.org since 2025, and in that of the portal before it. As a
table: a line for each series, with its key under ``SERIES_CODE`` (``G001.AFXRA.CI_USD.SHRO_PT.Q``:
world, reserves by currency, dollar, share in percent, by quarter) and a column for each quarter
(``2024-Q4``). As SDMX-CSV of the API: a line for each value, with ``COUNTRY``, ``INDICATOR``,
``FXR_CURRENCY``, ``TYPE_OF_TRANSFORMATION``, ``FREQUENCY``, ``TIME_PERIOD`` and ``OBS_VALUE``. Both
were seen in public programs that read them, with values of 7.0.1. ``COFER_..._timeSeries.csv`` of
the portal before, read from a download of July 2023: ``Country Name``, ``Country Code``,
``Indicator Name``, ``Indicator Code``, ``Attribute``, then years and quarters (``2022Q4``). There
the world is ``001``, shares are ``RAXGFXARUSDRT_PT`` and the like, and the years and the quarters
of one series stand on lines of their own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from multipolar.text.clean import printable
from multipolar.text.dates import last_day
from multipolar.world.dictionary import Field, Grade
from multipolar.world.own_entry import Official, entry_of
from multipolar.world.public import dated
from multipolar.world.small_file import Rows, read_csv

if TYPE_CHECKING:
    import pandas as pd

# period, currency, share and rank
Share: TypeAlias = tuple[str, str, float, float | None]
COFER, SWIFT = "cofer", "swift_payments"
COFER_URL = "https://data.imf.org/en/datasets/IMF.STA:COFER"
SWIFT_URL = "https://www.swift.com/products/rmb-tracker"
_COFER_HINT = f"name the CSV of COFER as {COFER_URL} gives it"
_SWIFT_HINT = "write a CSV with the columns month, currency, share_percent and rank"
_SERIES = re.compile(r"G001\.AFXRA\.CI_([A-Z_]{1,12})\.SHRO_PT\.Q")
_OLD_SHARE = re.compile(r"RAXGFXAR([A-Z]{2,4})RT_PT")  # without a currency: of what is reported
_OLD_QUARTER = re.compile(r"(\d{4})Q([1-4])")
_OLD_NAMES = {"EURO": "EUR", "ECU": "XEU"}
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_KEY = ("COUNTRY", "INDICATOR", "FXR_CURRENCY", "TYPE_OF_TRANSFORMATION", "FREQUENCY")
_TOTALS = frozenset({"T", "TOTAL", "_T"})  # of all currencies: 100 in each quarter
_MOST, _ROUNDING = 100.0, 0.5  # percent, of a share and of a period's shares together
COFER_FIELDS = (
    Field("period", "string", "", "Quarter, as 2024-Q4"),
    Field("year", "integer", "year", "Calendar year"),
    Field("month", "integer", "month", "Last month of the period"),
    Field("currency", "string", "", "ISO 4217 code, or the IMF's own of other currencies"),
    Field("share", "number", "percent", "Share in reserves whose currency is reported"),
    Field("known", "string", "", "Day the quarter was first public: three months after its end"),
)
SWIFT_FIELDS = (
    Field("period", "string", "", "Month, as 2025-05"),
    Field("year", "integer", "year", "Calendar year"),
    Field("month", "integer", "month", "Last month of the period"),
    Field("currency", "string", "", "ISO 4217 code"),
    Field("share", "number", "percent", "Share in the value of payments by SWIFT"),
    Field("rank", "number", "rank", "Rank by that share; null where it was not typed"),
    Field("known", "string", "", "Day the month was first public: 25 days after its end"),
)


def read_cofer(path: str | Path) -> Official:
    """Read the shares of currencies in the world's reserves, by quarter.

    Raises:
        DataError: it is no such file, a share is none, or a quarter's shares are over 100%.
    """
    file = read_csv(path, hint=_COFER_HINT)
    flat = {c.strip().upper() for row in file.rows[:30] for c in row}
    old = "INDICATOR CODE" in flat
    found = _old(file) if old else _long(file) if "TIME_PERIOD" in flat else _wide(file)
    rows = [r for r in found if r[1] not in _TOTALS]
    if not rows:
        raise file.fault("has no share of a currency in the world's reserves by quarter")
    table = _table(file, rows, lambda p: _quarter_end(p) + dt.timedelta(91))
    periods = sorted(set(table["period"]))
    entry = _entry(
        COFER,
        table,
        COFER_FIELDS,
        title=f"Currencies in the world's reserves, {periods[0]} to {periods[-1]}",
        description=f"Read from {printable(file.name, limit=100)}. Shares of currencies in the "
        "foreign exchange reserves of the world as the IMF publishes them: from the release of "
        "the third quarter of 2025 on, what was not reported is estimated and counted in, over "
        "the whole series; earlier releases leave it out. Two releases do not compare.",
        source="IMF, Currency Composition of Official Foreign Exchange Reserves (COFER)",
        url=COFER_URL,
        licence="IMF terms of use",
        why="The IMF publishes a quarter about three months after its end",
    )
    return Official(table, entry, _says(table))


def _long(file: Rows) -> list[Share]:
    heads, lines = file.below(*_KEY, "TIME_PERIOD", "OBS_VALUE")
    place = {h.upper(): n for n, h in enumerate(heads)}
    found: list[Share] = []
    for line in lines:
        cells = {h: line[n].strip() if n < len(line) else "" for h, n in place.items()}
        match = _SERIES.fullmatch(".".join(cells[k] for k in _KEY))
        if match and _QUARTER.fullmatch(cells["TIME_PERIOD"]) and cells["OBS_VALUE"]:
            share = file.number(cells["OBS_VALUE"], f"{match[1]} in {cells['TIME_PERIOD']}")
            found.append((cells["TIME_PERIOD"], match[1], share, None))
    return found


def _wide(file: Rows) -> list[Share]:
    heads, lines = file.below("SERIES_CODE")
    (at,) = file.places(heads, "SERIES_CODE")
    quarters = {n: h for n, h in enumerate(heads) if _QUARTER.fullmatch(h)}
    found: list[Share] = []
    for line in lines:
        match = _SERIES.fullmatch(line[at].strip()) if at < len(line) else None
        for n, quarter in quarters.items() if match else ():
            cell = line[n].strip() if n < len(line) else ""
            if match and cell:
                share = file.number(cell, f"{match[1]} in {quarter}")
                found.append((quarter, match[1], share, None))
    return found


def _old(file: Rows) -> list[Share]:
    heads, lines = file.below("Country Code", "Indicator Code", "Attribute")
    country, indicator, kind = file.places(heads, "Country Code", "Indicator Code", "Attribute")
    quarters = {
        n: f"{m[1]}-Q{m[2]}" for n, h in enumerate(heads) if (m := _OLD_QUARTER.fullmatch(h))
    }
    found: list[Share] = []
    for line in lines:
        cells = [c.strip() for c in line]
        match = _OLD_SHARE.fullmatch(cells[indicator]) if len(cells) > kind else None
        if match is None or cells[country] != "001" or cells[kind] != "Value":
            continue
        currency = _OLD_NAMES.get(match[1], match[1])
        for n, quarter in quarters.items():
            if n < len(cells) and cells[n]:
                share = file.number(cells[n], f"{currency} in {quarter}")
                found.append((quarter, currency, share, None))
    return found


def _says(table: pd.DataFrame) -> str:
    first, last, n = table["period"].min(), table["period"].max(), table["currency"].nunique()
    return f"{len(table):,} shares of {n} currencies, {first} to {last}"


def _quarter_end(period: str) -> dt.date:
    year, quarter = period.split("-Q")
    return dt.date.fromisoformat(last_day(f"{year}-{3 * int(quarter):02}"))


def read_swift(path: str | Path) -> Official:
    """Read shares of currencies in payments, as a person typed them from SWIFT's monthly PDF.

    The layout is our own, for SWIFT publishes no table: ``month`` (2025-05), ``currency`` (ISO
    4217), ``share_percent``, ``rank``, which may be empty.

    Raises:
        DataError: a column lacks, a cell is wrong, or a month's shares are over 100%.
    """
    file = read_csv(path, hint=_SWIFT_HINT)
    heads, lines = file.below("month", "currency", "share_percent")
    names = [h.casefold() for h in heads]
    rows = []
    for line in lines:
        cells = dict(zip(names, (c.strip() for c in line), strict=False))
        month, currency = cells.get("month", ""), cells.get("currency", "")
        if not re.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])", month):
            raise file.fault(f"{printable(repr(month), limit=30)} is no month, as 2025-05")
        if not re.fullmatch(r"[A-Z]{3}", currency):
            raise file.fault(f"{printable(repr(currency), limit=30)} is no code of a currency")
        where = f"{currency} in {month}"
        rank = file.number(cells["rank"], f"the rank of {where}") if cells.get("rank") else None
        if rank is not None and not (rank >= 1 and rank == int(rank)):
            raise file.fault(f"the rank of {where} is no whole number from 1")
        rows.append((month, currency, file.number(cells.get("share_percent", ""), where), rank))
    if not rows:
        raise file.fault("has a header and no lines")
    table = _table(
        file, rows, lambda p: dt.date.fromisoformat(last_day(p)) + dt.timedelta(25), ranked=True
    )
    periods = sorted(set(table["period"]))
    entry = _entry(
        SWIFT,
        table,
        SWIFT_FIELDS,
        title=f"Currencies in payments by SWIFT, {periods[0]} to {periods[-1]}",
        description=f"Typed from SWIFT's monthly tracker, read from "
        f"{printable(file.name, limit=100)}. A currency without a row was not typed or not listed.",
        source="SWIFT, RMB Tracker and Global Currency Tracker, as typed",
        url=SWIFT_URL,
        licence="SWIFT: for the figures that are cited",
        why="SWIFT publishes a month in the second half of the next",
        grade="report",
    )
    return Official(table, entry, _says(table))


def _table(
    file: Rows,
    rows: Iterable[Share],
    known: Any,
    *,
    ranked: bool = False,
) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(list(rows), columns=["period", "currency", "share", "rank"])
    twice = table[table.duplicated(["period", "currency"])]
    if len(twice):
        raise file.fault(
            f"has two shares of {twice.iloc[0]['currency']} in {twice.iloc[0]['period']}"
        )
    wrong = table[~table["share"].between(0, _MOST)]
    if len(wrong):
        what = "the share of {currency} in {period} is not from 0 to 100"
        raise file.fault(what.format(**wrong.iloc[0]))
    sums = table.groupby("period")["share"].sum()
    if (sums > _MOST + _ROUNDING).any():
        raise file.fault(f"the shares of {sums.idxmax()} add up to {sums.max():.1f}%")
    table["year"] = table["period"].str[:4].astype("int16")
    month = table["period"].str[-2:].where(table["period"].str[5] != "Q", table["period"].str[-1])
    table["month"] = month.astype(int) * table["period"].str[5].eq("Q").map({True: 3, False: 1})
    table["month"] = table["month"].astype("int8")
    table["known"] = table["period"].map(lambda p: known(p).isoformat())
    table["rank"] = table["rank"].astype(float)
    columns = [f.name for f in (SWIFT_FIELDS if ranked else COFER_FIELDS)]
    return table.sort_values(["currency", "period"], ignore_index=True)[columns]


def _entry(
    name: str,
    table: pd.DataFrame,
    fields: tuple[Field, ...],
    *,
    title: str,
    description: str,
    source: str,
    url: str,
    licence: str,
    why: str,
    grade: Grade = "official",
) -> dict[str, Any]:
    return entry_of(
        name,
        title=title,
        description=description,
        version=f"to {max(table['period'])}",
        public=dated("column", table, column="known", why=why),
        fields=fields,
        source=source,
        url=url,
        licence=licence,
        grade=grade,
        table=table,
        keys=("currency", "year", "month"),
    )
