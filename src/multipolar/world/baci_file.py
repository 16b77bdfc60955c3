"""BACI, the CEPII's bilateral trade by product, read from the zip archive as it is published.

The archive holds ``BACI_HSrr_Yyyyy_Vvvvvvv.csv`` for each year (columns ``t,i,j,k,v,q``: year,
exporter, importer, product of six digits, thousand USD, tonnes), ``country_codes_Vvvvvvv.csv`` and
``product_codes_HSrr_Vvvvvvv.csv``. Columns, names of files and units are those of the CEPII's page
(https://www.cepii.fr/DATA_DOWNLOAD/baci/doc/baci_webpage.html); the list of countries was seen in
its release V202501 (``country_code,country_name,country_iso2,country_iso3``), and releases up to
V202301 call its columns ``iso_3digit_alpha`` and ``country_name_full``. Only trade above zero is in
it: a pair and product that are not there may be nothing, or unknown.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multipolar import limits
from multipolar.errors import DataError
from multipolar.text.clean import printable
from multipolar.world import hs, store
from multipolar.world.archive import Entry, entries, is_archive, unpacked
from multipolar.world.boundary import regular
from multipolar.world.dictionary import Field
from multipolar.world.own_entry import entry_of
from multipolar.world.text_file import TextFile, gather, header_of, require

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

URL = "https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37"
LICENCE = "Etalab Open Licence 2.0"
LAG = "the CEPII adds a year every January: a year is public 13 months after its end"
FIELDS = (
    Field("exporter", "string", "", "Code of the exporter, see the table's description"),
    Field("importer", "string", "", "Code of the importer"),
    Field("section", "string", "", "Section of the Harmonized System, I to XXI"),
    Field("hs2", "string", "", "Chapter of the Harmonized System, two digits"),
    Field("value", "number", "USD", "Value, free on board, current prices"),
    Field("quantity", "number", "t", "Quantity of what has one; null where nothing has"),
    Field("unquantified", "number", "USD", "Part of the value that has no quantity"),
)
_HINT = f"name BACI_HS92_V202601.zip or another revision as downloaded from {URL}"
_TRADE = re.compile(r"BACI_HS(\d\d)_Y(\d{4})_V(\w{1,12})\.csv", re.IGNORECASE)
_COUNTRIES = re.compile(r"country_codes_V\w{1,12}\.csv", re.IGNORECASE)
_COLUMNS = ("t", "i", "j", "k", "v", "q")
_CODES, _CHAPTERS = 1000, 100  # numbers of countries and chapters are below these
_PENDING = 4_000_000  # rows of parts that wait to be added up
# what BACI's list puts under a code that another entry has, or that stands for a place elsewhere
_OWN = {58: "BLX", 490: "TWN"}


@dataclass(frozen=True)
class BaciYear:
    """A year of BACI, added up by pair and chapter.

    Attributes:
        table: with the columns of :data:`FIELDS`.
        lines: of the file.
        names: of codes that ISO 3166 does not have, or that stand for something else in BACI.
    """

    table: pd.DataFrame
    year: int
    revision: str
    version: str
    file: str
    lines: int
    names: Mapping[str, str]
    before: dict[str, Any] | None = None


def years_of(path: str | Path) -> list[int]:
    """Return the years that an archive has trade of.

    Raises:
        DataError: it is no archive of BACI.
    """
    return sorted(_members(regular(path, hint=_HINT)))


def read_baci(path: str | Path, year: int, *, progress: bool = False) -> BaciYear:
    """Read a year of BACI and add it up by exporter, importer and chapter.

    The file goes by in batches, so that a year of 11 million lines needs little memory.

    Args:
        path: the zip archive as published.
        year: which of its years.
        progress: show a bar.

    Raises:
        DataError: it is no such archive, lacks the year or its list of countries, or a line is
            wrong: a country or product that is none, another year, a value below zero, a flow
            that stands twice.
    """
    path = regular(path, hint=_HINT)
    members = _members(path)
    if year not in members:
        have = sorted(members)
        raise DataError(
            f"has no trade of {year}",
            where=path.name,
            hint=f"it has {have[0]} to {have[-1]}",
        )
    member, (revision, version) = members[year]
    file = header_of(TextFile(path, member.inside, member.size, ","), _HINT)
    require(file, _COLUMNS, "BACI", _HINT)
    codes, names = _countries(path)
    sums = _Sums(file, year, codes)
    gather(file, _COLUMNS, sums.take, progress=progress, restart=sums.restart)
    table, seen = sums.table()
    return BaciYear(
        table, year, f"HS{revision}", f"V{version}", file.name, sums.lines,
        {c: n for c, n in names.items() if c in seen},
    )  # fmt: skip


def _members(path: Path) -> dict[int, tuple[Entry, tuple[str, str]]]:
    """Return the file of each year, with its revision and version."""
    if not is_archive(path, hint=_HINT):
        raise DataError("is not a zip archive", where=path.name, hint=_HINT)
    found: dict[int, tuple[Entry, tuple[str, str]]] = {}
    for member in entries(path):
        match = _TRADE.fullmatch(member.name)
        if not match:
            continue
        year = int(match[2])
        if year in found:
            raise DataError(f"has two files of {year}", where=path.name, hint=_HINT)
        found[year] = member, (match[1], match[3].upper())
    if not found:
        raise DataError("has no file BACI_HSrr_Yyyyy_V....csv", where=path.name, hint=_HINT)
    return found


# The list of countries ----------------------------------------------------------------------


def _countries(path: Path) -> tuple[dict[int, str], dict[str, str]]:
    """Return codes by BACI's number, and names of the codes."""
    lists = [e for e in entries(path) if _COUNTRIES.fullmatch(e.name)]
    if len(lists) != 1:
        what = "no country_codes_V....csv" if not lists else "several lists of countries"
        raise DataError(f"has {what}", where=path.name, hint=_HINT)
    with unpacked(path, lists[0].inside) as stream:
        text = _decoded(stream.read(limits.LINE_BYTES))
    rows = csv.reader(io.StringIO(text))
    where = lists[0].name
    try:
        heads = next(rows, [])
        number = heads.index("country_code")
        code = _place(heads, "country_iso3", "iso_3digit_alpha")
        name = _place(heads, "country_name", "country_name_full")
        listed = [(int(r[number]), r[code].strip(), r[name].strip()) for r in rows if r]
    except (ValueError, IndexError, csv.Error):
        raise DataError(
            "is not BACI's list of countries", where=printable(where), hint=_HINT
        ) from None
    codes: dict[int, str] = {}
    names: dict[str, str] = {}
    for n, iso, label in listed:
        found = _OWN.get(n, iso)
        if not (0 <= n < _CODES and re.fullmatch(r"[A-Z][A-Z0-9]{2}", found)):
            continue  # a remainder without a code: refused if there is trade of it
        codes[n] = found
        names.setdefault(found, _mended(printable(label, limit=80)))
    return codes, names


def _place(heads: Sequence[str], *names: str) -> int:
    return next(heads.index(n) for n in names if n in heads) if set(names) & set(heads) else -99


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:  # releases up to V202201
        return content.decode("cp1252", "replace")


def _mended(name: str) -> str:
    """Return a name that was turned into UTF-8 twice, as the releases of 2025 have them."""
    try:
        return name.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return name


# The sums -----------------------------------------------------------------------------------


@dataclass
class _Sums:
    """What has passed of a file, added up by pair and chapter."""

    file: TextFile
    year: int
    codes: Mapping[int, str]
    lines: int = 0
    parts: list[NDArray[Any]] = field(default_factory=list)
    flows: list[NDArray[np.int64]] = field(default_factory=list)
    pending: int = 0
    products: dict[str, int] = field(default_factory=dict)

    def restart(self) -> None:
        """Forget all: the file is read from the start again."""
        self.lines = self.pending = 0
        self.parts, self.flows, self.products = [], [], {}

    def take(self, batch: pa.RecordBatch) -> None:
        """Add a batch of lines."""
        t, i, j, k, v, q = (batch.column(n) for n in _COLUMNS)
        _known(t, self._this_year)
        exporter, importer = (_known(c, self._country) for c in (i, j))
        product = _known(k, self._product)
        chapter = np.array([int(p[:2]) for p in self.products], dtype=np.int64)[product]
        value, quantity = self._numbers(v, "v"), self._numbers(q, "q")
        if np.isnan(value).any():
            raise self.file.fault("a line has no value", _HINT)
        pair = exporter * _CODES + importer
        self.flows.append(pair * limits.PRODUCTS + product)
        self.lines += len(value)
        rows = np.stack(
            [
                1000.0 * value,
                np.nan_to_num(quantity),
                np.where(np.isnan(quantity), 1000.0 * value, 0.0),
                (~np.isnan(quantity)).astype(float),
            ]
        )
        self._put(pair * _CHAPTERS + chapter, rows)

    def _put(self, keys: NDArray[np.int64], rows: NDArray[Any]) -> None:
        self.parts.append(_added(keys, rows))
        self.pending += self.parts[-1].shape[1]
        if self.pending > _PENDING and len(self.parts) > 1:
            whole = np.concatenate(self.parts, axis=1)
            self.parts = [_added(whole[0].astype(np.int64), whole[1:])]
            self.pending = self.parts[0].shape[1] // 2  # what is added up once more stays so

    def _this_year(self, text: str) -> int:
        if text != str(self.year):
            raise self.file.fault(
                f"a line is of {printable(repr(text), limit=30)}, not of {self.year}", _HINT
            )
        return self.year

    def _country(self, text: str) -> int:
        if re.fullmatch(r"[0-9]{1,3}", text) and int(text) in self.codes:
            return int(text)
        raise self.file.fault(
            f"{printable(repr(text), limit=30)} is not in its list of countries", _HINT
        )

    def _product(self, text: str) -> int:
        code = text.zfill(6)
        if not re.fullmatch(r"[0-9]{4}[0-9A-Z]{2}", code) or int(code[:2]) not in hs.SECTION_OF:
            raise self.file.fault(
                f"{printable(repr(text), limit=30)} is no product of the Harmonized System", _HINT
            )
        found = self.products.setdefault(code, len(self.products))
        if found >= limits.PRODUCTS:
            raise self.file.fault(f"has more than {limits.PRODUCTS:,} products", _HINT)
        return found

    def _numbers(self, column: pa.Array, name: str) -> NDArray[Any]:
        """Return a column as numbers, NaN where there is none."""
        import pyarrow as pa
        import pyarrow.compute as pc

        text = pc.utf8_trim_whitespace(column)
        empty = pc.is_in(text, pa.array(["", "NA"]))
        try:
            found = pc.cast(pc.if_else(empty, pa.scalar(None, pa.string()), text), pa.float64())
        except pa.ArrowInvalid:
            raise self.file.fault(f"column {name} has a cell that is no number", _HINT) from None
        values: NDArray[Any] = found.to_numpy(zero_copy_only=False)
        if not (np.isnan(values) | ((values >= 0) & (values <= limits.LARGEST))).all():
            raise self.file.fault(
                f"column {name} has a number below zero, or none that can be", _HINT
            )
        return values

    def table(self) -> tuple[pd.DataFrame, set[str]]:
        """Return the table, and the codes in it."""
        import pandas as pd

        if not self.lines:
            raise self.file.fault("has a header and no lines", _HINT)
        flows = np.concatenate(self.flows)
        self.flows = []
        flows.sort()
        if (flows[1:] == flows[:-1]).any():
            raise self.file.fault("has two lines for one pair and product", _HINT)
        del flows
        whole = np.concatenate(self.parts, axis=1)
        done = _added(whole[0].astype(np.int64), whole[1:])
        keys, rows = done[0].astype(np.int64), done[1:]
        pair, chapter = np.divmod(keys, _CHAPTERS)
        exporter, importer = np.divmod(pair, _CODES)
        table = pd.DataFrame(
            {
                "exporter": _categories(exporter, self.codes),
                "importer": _categories(importer, self.codes),
                "section": _categories(chapter, hs.SECTION_OF),
                "hs2": _categories(chapter, {c: f"{c:02}" for c in hs.SECTION_OF}),
                "value": rows[0],
                "quantity": np.where(rows[3] > 0, rows[1], np.nan),
                "unquantified": rows[2],
            }
        )
        by = ["exporter", "importer", "hs2"]
        table = table.sort_values(by, ignore_index=True)
        return table, {*table["exporter"].unique(), *table["importer"].unique()}


def _known(column: pa.Array, of: Any) -> NDArray[np.int64]:
    """Return what each text of a column stands for, looked up once a text."""
    words = column.dictionary_encode()
    codes = np.array([of(str(w).strip()) for w in words.dictionary.to_pylist()], dtype=np.int64)
    found: NDArray[np.int64] = codes[words.indices.to_numpy(zero_copy_only=False)]
    return found


def _added(keys: NDArray[np.int64], rows: NDArray[Any]) -> NDArray[Any]:
    """Return rows added up by key, the keys first."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    return np.vstack([keys[starts].astype(float), np.add.reduceat(rows[:, order], starts, axis=1)])


def _categories(values: NDArray[Any], names: Mapping[int, str]) -> Any:
    import pandas as pd

    used, place = np.unique(values, return_inverse=True)
    labels = [names[int(u)] for u in used]
    order = sorted(set(labels))
    at = np.array([order.index(x) for x in labels], dtype=np.int16)
    return pd.Categorical.from_codes(at[place], categories=pd.Index(order))


# The entry ----------------------------------------------------------------------------------


def add_baci(
    path: str | Path,
    *,
    years: Sequence[int] = (),
    folder: Path | None = None,
    progress: bool = False,
) -> Iterator[BaciYear]:
    """Read years of BACI and put each among the user's tables as ``baci_YYYY``, one by one.

    Args:
        path: the zip archive as published.
        years: which; by default all it has.
        folder: where to; by default :func:`multipolar.world.store.user_folder`.
        progress: show a bar.

    Raises:
        DataError: as :func:`read_baci`, or the folder cannot be written to.
    """
    folder = folder or store.user_folder()
    store.check_writable(folder)
    store.read_package(folder)
    for year in years or years_of(path):
        found = read_baci(path, year, progress=progress)
        buffer = io.BytesIO()
        found.table.to_parquet(buffer, compression="zstd", index=False)
        yield replace(found, before=store.put(folder, _entry(found), buffer.getvalue()))


def _entry(found: BaciYear) -> dict[str, Any]:
    return entry_of(
        f"baci_{found.year}",
        title=f"Trade in goods by pair and chapter, {found.year} (BACI)",
        description=_describe(found),
        version=f"{found.revision}, {found.version}",
        public={"rule": "at", "date": f"{found.year + 2}-01", "why": LAG},
        fields=FIELDS,
        source="CEPII, BACI (Gaulier and Zignago 2010)",
        url=URL,
        licence=LICENCE,
        grade="official",
    )


def _describe(found: BaciYear) -> str:
    text = (
        f"Read from {found.file}: {found.lines:,} flows by product, added up by chapter. BACI "
        "reconciles what exporters and importers report, and lists trade above zero alone: a flow "
        "that is not here may be nothing, or unknown. Thousands of dollars in the source are "
        "dollars here. Codes are those of BACI's list of countries, but that Belgium with "
        "Luxembourg to 1998 is BLX, and Other Asia, not elsewhere specified, is TWN; Sudan is SDN "
        "with and without its south"
    )
    odd = {c: n for c, n in found.names.items() if "(..." in n or not c.isalpha()}
    if odd:
        text += ". " + "; ".join(f"{c}: {n}" for c, n in sorted(odd.items()))
    return text + "."
