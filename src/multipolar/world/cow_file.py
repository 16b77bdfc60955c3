"""Correlates of War files: material capabilities, and alliances by pair and year."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar import limits
from multipolar.text.clean import printable
from multipolar.world import states, store
from multipolar.world.dictionary import Field
from multipolar.world.public import dated
from multipolar.world.text_file import TextFile, find, gather, require

if TYPE_CHECKING:
    import pandas as pd

NMC, ALLIANCES = "cow_nmc", "alliances_dyads"
NMC_URL = "https://correlatesofwar.org/data-sets/national-material-capabilities/"
ATOP_URL = "http://www.atopdata.org"
COW_ALLIANCES_URL = "https://correlatesofwar.org/data-sets/formal-alliances/"
MISSING = -9
_NMC_HINT = "name NMC-70-abridged.csv, NMC-60-abridged.csv or the project's zip archive"
_DYAD_HINT = (
    "name ATOP's dyad-year file (atop5_1dy.csv, atop5_1ddyr.csv) or COW's "
    "alliance_v4.1_by_dyad_yearly.csv"
)
_MEASURES = ("milex", "milper", "irst", "pec", "tpop", "upop", "cinc")
NMC_FIELDS = (
    Field(
        "country",
        "string",
        "",
        "ISO 3166 alpha-3 code; empty for states that are gone and "
        "never had one, as Bavaria and Austria-Hungary",
    ),
    Field("cow", "integer", "", "Correlates of War code of the state"),
    Field("year", "integer", "year", "Calendar year"),
    Field(
        "milex",
        "number",
        "thousand USD",
        "Military expenditure at current prices (thousand "
        "pounds sterling before 1914); null where missing",
    ),
    Field("milper", "number", "thousands", "Military personnel"),
    Field("irst", "number", "thousand t", "Iron and steel production"),
    Field("pec", "number", "thousand t of coal equivalent", "Primary energy consumption"),
    Field("tpop", "number", "thousands", "Total population"),
    Field("upop", "number", "thousands", "Urban population, in cities above 100,000"),
    Field(
        "cinc",
        "number",
        "share",
        "Composite Index of National Capability: mean of the shares of the world in the six",
    ),
)
_SIDES = {
    True: "A row is the duty of the one state to the other, as the file states it for each",
    False: "Each pair stands both ways",
}
OBLIGATIONS = ("defence", "offence", "neutrality", "nonaggression", "consultation")
DYAD_FIELDS = (
    Field("country", "string", "", "ISO 3166 alpha-3 code of the one state"),
    Field("other", "string", "", "ISO 3166 alpha-3 code of the other"),
    Field("year", "integer", "year", "Calendar year"),
    Field(
        "defence",
        "boolean",
        "",
        "To help the other if it is attacked; null where not coded, as in the next four",
    ),
    Field("offence", "boolean", "", "To help the other in other wars"),
    Field("neutrality", "boolean", "", "Not to help its attacker"),
    Field("nonaggression", "boolean", "", "Not to attack it"),
    Field("consultation", "boolean", "", "To consult in a crisis; for COW an entente"),
)
# columns of the layouts that are read, in the order of the fields; those in one place are the same
_PAIRS = (("mem1", "mem2"), ("statea", "stateb"), ("ccode1", "ccode2"))
_DIRECTED = ("ddyad", "statea")  # columns of files whose rows are of one state's duty to another
YEARS = (1800, 2200)
_LAYOUTS: Mapping[str, tuple[str, ...]] = {
    "ATOP": ("defense", "offense", "neutral", "nonagg", "consul"),
    "ATOP, as peacesciencer has it": ("atopdefense", "atopoffense", "atopneutral", "atopnonagg",
                                      "atopconsul"),
    "COW": ("defense", "", "neutrality", "nonaggression", "entente"),
}  # fmt: skip


@dataclass(frozen=True)
class AddedTable:
    """A table that was read and put.

    Attributes:
        table: as it was put.
        kind: what the file was.
        file: its name.
        left_out: rows left out, for a state in them has no ISO code.
        directed: of pairs, whether a row is the duty of the one state alone.
        before: the entry of the table it replaces, if there was one.
    """

    table: pd.DataFrame
    kind: str
    file: str
    left_out: int = 0
    directed: bool = False
    before: dict[str, Any] | None = None


def read_nmc(path: str | Path, *, progress: bool = False) -> AddedTable:
    """Read COW National Material Capabilities (Singer 1987,
    https://doi.org/10.1080/03050628808434695).

    Args:
        path: the abridged CSV, or the project's zip archive with it.
        progress: show a bar.

    Raises:
        DataError: a column lacks, a cell is no number, or a state is not of the COW list.
    """
    import pandas as pd

    file = find(path, member="abridged", hint=_NMC_HINT)
    need = ("ccode", "year", *_MEASURES)
    require(file, need, "COW's file of capabilities", _NMC_HINT)
    frame = _numbers(file, need, progress)
    cow, year = _codes(frame["ccode"], "ccode", file), _years(frame["year"], file)
    country = _iso(cow, year, file)
    table = pd.DataFrame(
        {"country": country, "cow": cow.astype("int16"), "year": year.astype("int16")}
    )
    for name in _MEASURES:
        table[name] = _measure(frame[name], name, file).to_numpy(float)
    twice = table.duplicated(["cow", "year"])
    if twice.any():
        row = table[twice].iloc[0]
        raise file.fault(f"state {row['cow']} has two lines for {row['year']}", _NMC_HINT)
    table["country"] = table["country"].astype("category")
    table = table.sort_values(["cow", "year"]).reset_index(drop=True)
    return AddedTable(table, _version(file), file.name)


def _measure(values: pd.Series[Any], name: str, file: TextFile) -> pd.Series[Any]:
    known = values.where(values != MISSING)
    wrong = known[known < 0]
    if len(wrong):
        raise file.fault(f"column {name} has {wrong.iloc[0]:g}, which is below zero", _NMC_HINT)
    return known


def _version(file: TextFile) -> str:
    if "version" not in file.columns:
        return ""
    said = gather(file, ("version",), lambda b: b.column(0).unique().to_pylist())
    words = sorted({str(w) for batch in said for w in batch} - {""})
    return f"version {printable(words[0], limit=30)}" if len(words) == 1 else ""


def read_dyads(path: str | Path, *, progress: bool = False) -> AddedTable:
    """Read alliances by pair and year, of ATOP or COW.

    ATOP: Leeds, Ritter, Mitchell and Long (2002, https://doi.org/10.1080/03050620213653). In a file
    of directed pairs a row is the duty of its first state, and what it does not state of the
    other's is not made up; a pair of other files enters both ways. Rows without an obligation are
    left out.

    Args:
        path: CSV, or a zip archive with it.
        progress: show a bar.

    Raises:
        DataError: a column lacks, a cell is no number, or a state is not of the COW list.
    """
    import pandas as pd

    file = find(path, member="dyad" if "cow" in str(path).casefold() else "dy", hint=_DYAD_HINT)
    pair, kind, names = _layout(file)
    frame = _numbers(file, (*pair, "year", *filter(None, names)), progress)
    year = _years(frame["year"], file)
    codes = [_codes(frame[p], p, file) for p in pair]
    country, other = (_iso(c, year, file) for c in codes)
    table = pd.DataFrame({"country": country, "other": other, "year": year.astype("int16")})
    for field, name in zip(OBLIGATIONS, names, strict=True):
        table[field] = _duty(frame[name], name, file) if name else np.nan
    directed = _is_directed(file, codes, year)
    some = (table[list(OBLIGATIONS)] == 1).any(axis=1)
    coded = (table["country"] != "") & (table["other"] != "") & (table["country"] != table["other"])
    left_out = int((some & ~coded).sum())
    table = table[some & coded]
    if not len(table):
        raise file.fault("has no pair of states with an obligation", _DYAD_HINT)
    table = _together(table if directed else _both_ways(table))
    for name in ("country", "other"):
        table[name] = table[name].astype("category")
    table = table[[f.name for f in DYAD_FIELDS]]
    return AddedTable(table, kind, file.name, left_out, directed)


def _layout(file: TextFile) -> tuple[tuple[str, str], str, tuple[str, ...]]:
    pair = next((p for p in _PAIRS if all(c in file.columns for c in p)), None)
    if pair is None:
        raise file.fault("has no columns of two states, as mem1 and mem2", _DYAD_HINT)
    require(file, ("year",), "a file of alliances", _DYAD_HINT)
    found = {
        kind: [c for c in names if c and c not in file.columns] for kind, names in _LAYOUTS.items()
    }
    kind = min(found, key=lambda k: len(found[k]))
    require(file, found[kind], f"{kind.split(',')[0]}'s file of alliances", _DYAD_HINT)
    return pair, kind, _LAYOUTS[kind]


def _is_directed(file: TextFile, codes: list[pd.Series[Any]], year: pd.Series[Any]) -> bool:
    """Say whether a row is the duty of one state alone: by the columns, else by the pairs.

    Files of pairs have each once; of directed pairs, twice. A few that stand both ways among many
    that do not are of neither kind.
    """
    if any(c in file.columns for c in _DIRECTED):
        return True
    pairs = {(a, b, y) for a, b, y in zip(*codes, year, strict=True) if a != b}
    twice = sum((b, a, y) in pairs for a, b, y in pairs) // 2
    once = len(pairs) - 2 * twice
    if 0 < twice < once:
        raise file.fault(
            f"has {twice:,} pairs and years both ways and {once:,} one way, so that it cannot be "
            "told whether a row is of one state's duty or of both",
            "give every pair once, or both ways; or name the states stateA and stateB, which says "
            "that each row is the duty of the first",
        )
    return twice > 0


def _both_ways(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    back = table.rename(columns={"country": "other", "other": "country"})
    return pd.concat([table, back], ignore_index=True)


def _together(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a direction: what some row says counts, and what none knows is null."""
    by = ["country", "other", "year"]
    duties = list(OBLIGATIONS)
    known = table[by].join(table[duties] == 1).groupby(by, sort=True)[duties].any()
    null = table[by].join(table[duties].isna()).groupby(by, sort=True)[duties].any() & ~known
    for name in duties:
        if null[name].any():
            known[name] = known[name].astype("boolean").mask(null[name])
    return known.reset_index()


# Cells ------------------------------------------------------------------------------------


def _numbers(file: TextFile, columns: tuple[str, ...], progress: bool) -> pd.DataFrame:
    """Return columns as numbers; an empty cell is null."""
    import pandas as pd

    parts = gather(file, columns, lambda b: _cells(b.to_pandas(), file), progress=progress)
    if not parts or not sum(map(len, parts)):
        raise file.fault("has a header and no lines")
    return pd.concat(parts, ignore_index=True)


def _cells(text: pd.DataFrame, file: TextFile) -> pd.DataFrame:
    """Return text as numbers, all columns at once."""
    import pandas as pd

    cells = pd.concat([text[c] for c in text], ignore_index=True).str.strip()
    empty = cells.isin(["", "NA", "."]).to_numpy()
    values = pd.to_numeric(cells.mask(empty), errors="coerce").to_numpy(float)
    wrong = np.flatnonzero(~empty & ~(np.abs(values) <= limits.LARGEST))
    if len(wrong):
        shown = printable(repr(str(cells.iloc[wrong[0]])), limit=30)
        name = text.columns[wrong[0] // len(text)]
        raise file.fault(f"column {name} has {shown}, which is no number")
    return pd.DataFrame(values.reshape(len(text.columns), -1).T, columns=text.columns)


def _codes(values: pd.Series[Any], name: str, file: TextFile) -> pd.Series[Any]:
    return _whole(values, name, file, 1, 9999)


def _years(values: pd.Series[Any], file: TextFile) -> pd.Series[Any]:
    return _whole(values, "year", file, *YEARS)


def _whole(
    values: pd.Series[Any], name: str, file: TextFile, low: int, high: int
) -> pd.Series[Any]:
    right = values.between(low, high) & (np.floor(values) == values)
    if not right.all():
        shown = f"{values[~right].iloc[0]:g}".replace("nan", "nothing")
        raise file.fault(
            f"column {name} has a cell that is no whole number from {low} to {high}: {shown}"
        )
    return values.astype(int)


def _duty(values: pd.Series[Any], name: str, file: TextFile) -> pd.Series[Any]:
    """Return 1 for a duty, 0 for none, null where it is not coded."""
    values = values.where(values != MISSING)
    wrong = values[values.notna() & ~values.isin([0, 1])]
    if len(wrong):
        raise file.fault(f"column {name} has {wrong.iloc[0]:g}; it may have 0, 1 or {MISSING}")
    return values


def _iso(cows: pd.Series[Any], years: pd.Series[Any], file: TextFile) -> list[str]:
    found = states.iso3_all(cows.tolist(), years.tolist())
    for cow, code in zip(cows, found, strict=True):
        if code is None:
            raise file.fault(f"{cow} is no state of the Correlates of War list")
    return [c or "" for c in found]


# The entries ------------------------------------------------------------------------------


def add_nmc(path: str | Path, *, folder: Path | None = None, progress: bool = False) -> AddedTable:
    """Read capabilities and put them among the user's tables as ``cow_nmc``.

    Raises:
        DataError: as :func:`read_nmc`, or the folder cannot be written to.
    """
    return _add(read_nmc, path, folder, progress, _nmc_entry)


def add_dyads(
    path: str | Path, *, folder: Path | None = None, progress: bool = False
) -> AddedTable:
    """Read alliances and put them among the user's tables as ``alliances_dyads``.

    Raises:
        DataError: as :func:`read_dyads`, or the folder cannot be written to.
    """
    return _add(read_dyads, path, folder, progress, _dyad_entry)


def _add(
    reader: Callable[..., AddedTable],
    path: str | Path,
    folder: Path | None,
    progress: bool,
    entry: Callable[[AddedTable], dict[str, Any]],
) -> AddedTable:
    folder = folder or store.user_folder()
    store.check_writable(folder)
    store.read_package(folder)
    found = reader(path, progress=progress)
    buffer = io.BytesIO()
    found.table.to_parquet(buffer, compression="zstd", index=False)
    return replace(found, before=store.put(folder, entry(found), buffer.getvalue()))


LAG = 1826  # days from the end of a year until it is public
_LATE = (
    "Capabilities to 2012 came out in 2017 and to 2016 in 2021, alliances (ATOP) to 2018 in 2022: "
    "a year is taken as public five years after its end"
)


def _nmc_entry(found: AddedTable) -> dict[str, Any]:
    years = f"{found.table['year'].min()}-{found.table['year'].max()}"
    today = date.today().isoformat()
    return {
        "name": NMC,
        "format": "parquet",
        "title": f"National material capabilities, {years}",
        "description": f"Read from {found.file}. Null where the source has -9 (missing). In 1990 "
        "Germany and Yemen have a row for each of the states that became one, so that a country "
        "may have two rows in a year; cow and year are unique.",
        "version": found.kind or years,
        "date": today,
        "public": dated("year", found.table, column="year", lag_days=LAG, date=today, why=_LATE),
        "schema": {"fields": _fields(NMC_FIELDS)},
        "sources": [
            {"title": "Correlates of War Project, National Material Capabilities", "path": NMC_URL}
        ],
        "licenses": [
            {"name": "free for research with citation: Singer, Bremer and Stuckey (1972)"}
        ],
    }


def _dyad_entry(found: AddedTable) -> dict[str, Any]:
    years = f"{found.table['year'].min()}-{found.table['year'].max()}"
    today = date.today().isoformat()
    cow = found.kind == "COW"
    return {
        "name": ALLIANCES,
        "format": "parquet",
        "title": f"Obligations in alliances by pair of states, {years}",
        "description": f"Read from {found.file}. {_SIDES[found.directed]}; pairs without an "
        "obligation are left out, and so are states without an ISO code.",
        "version": years,
        "date": today,
        "public": dated("year", found.table, column="year", lag_days=LAG, date=today, why=_LATE),
        "schema": {"fields": _fields(DYAD_FIELDS)},
        "sources": [
            {"title": "Correlates of War Project, Formal Alliances", "path": COW_ALLIANCES_URL}
            if cow
            else {"title": "Alliance Treaty Obligations and Provisions", "path": ATOP_URL}
        ],
        "licenses": [
            {
                "name": "free for research with citation: "
                + ("Gibler (2009)" if cow else "Leeds, Ritter, Mitchell and Long (2002)")
            }
        ],
    }


def _fields(fields: tuple[Field, ...]) -> list[dict[str, str]]:
    return [
        {"name": f.name, "type": f.type, "unit": f.unit, "description": f.description}
        for f in fields
    ]
