"""The official OECD Inter-Country Input-Output table, read from the CSV that the OECD publishes.

Layout, for N countries (with ``ROW``), K industries and final demand by C categories: a row for
each ``CCC_IND``, then ``TLS`` (taxes less subsidies on products), ``VA`` and ``OUT``; a column of
row labels, one for each ``CCC_IND``, one for each ``CCC_CATEGORY``, and ``OUT``. USD million at
current prices. Rows and columns are found by their labels, in any order.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multipolar import limits
from multipolar.text.clean import printable
from multipolar.world import store
from multipolar.world.boundary import reason
from multipolar.world.dictionary import Field
from multipolar.world.icio_source import DOWNLOAD, Source, Watched, find
from multipolar.world.io_table import Floats, derive

URL = "https://www.oecd.org/en/data/datasets/inter-country-input-output-tables.html"
FINAL = frozenset(
    {"HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR", "P33", "NONRES", "DIRP"}
)  # categories of final demand, with those of older releases
ACCOUNTS = ("TLS", "VA", "OUT")
SPLIT = frozenset({"CN1", "CN2", "MX1", "MX2"})  # the extended tables cut China and Mexico in two
REST = "ROW"
LEAST_ADDED = 0.02  # share of value added in output, as in the shipped table: models divide by it
_LABEL = re.compile(r"([A-Z][A-Z0-9]{2})_([A-Z0-9_]+)")
_HEADER = 4_000_000  # bytes; no table's header line is near it
_BLOCK = 1 << 24  # bytes of text parsed at once
_TOLERANCE, _SMALL = 1e-3, 1.0  # relative, and USD mn: what is below 0.1 may be a zero in the file
_BALANCED, _CHANGED = 0.99, 0.05  # rows that must balance; share of output that may be cut away


@dataclass(frozen=True, slots=True)
class Layout:
    """What the header line says: places of the columns, in the table's order.

    Attributes:
        uses: columns of industries, shape (country, sector).
        final: columns of final demand, shape (country, category).
        out: column of output.
    """

    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    uses: NDArray[np.intp]
    final: NDArray[np.intp]
    out: int


@dataclass(frozen=True, slots=True)
class Checked:
    """How well the file's accounts close, and what was changed to make a table of it.

    Attributes:
        cells: countries times industries.
        rows, columns: of these, how many have uses, or costs, within 0.1% of output.
        output: world output, USD mn.
        negative: net sales below zero that were set to zero, as a share of world output.
        thin: industries whose purchases were cut to leave them 2% of value added.
        cut: purchases cut, as a share of world output.
    """

    cells: int
    rows: int
    columns: int
    output: float
    negative: float
    thin: int
    cut: float


@dataclass(frozen=True, slots=True)
class IcioFile:
    """An official table in the stored form of ``io_2022``, with what its reading found.

    Attributes:
        intermediate_sales, final_sales: shape (sector, origin, destination), USD mn.
        inputs: purchases of each input, shape (country, input, sector), USD mn.
        sha256: of the CSV.
    """

    file: str
    sha256: str
    year: int
    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    intermediate_sales: Floats
    final_sales: Floats
    inputs: Floats
    checked: Checked


def read_icio(
    path: str | Path,
    *,
    industries: Sequence[str],
    year: int | None = None,
    progress: bool = False,
) -> IcioFile:
    """Read an official table from a CSV, or from a zip archive with one.

    Args:
        path: the file as downloaded.
        industries: codes the file may have, in the order the table shall have.
        year: of the table; by default the one in the file's name. Picks the file in an archive.
        progress: show a bar while lines.

    Raises:
        DataError: the file is not to be read, does not have the layout, or does not balance.
    """
    source = find(path, year)
    with source.open() as file, Watched(file, source.size, source.name, progress) as watched:
        layout = _layout(watched.readline(_HEADER), source, industries)
        lines = _Lines.empty(layout)
        for labels, values in _batches(watched, layout, source):
            lines.take(labels, values, source)
        watched.drain()
    lines.complete(source)
    return _table(lines, source, watched.digest.hexdigest())


def add_icio(
    path: str | Path,
    *,
    industries: Sequence[str],
    fields: Sequence[Field],
    year: int | None = None,
    folder: Path | None = None,
    progress: bool = False,
) -> tuple[IcioFile, dict[str, Any] | None]:
    """Read an official table and put it among the user's tables as ``icio_YYYY``.

    Args:
        path: the file as downloaded, CSV or zip.
        industries: codes the file may have, in the order the table shall have.
        fields: the data dictionary of the shipped table.
        year: of the table; by default the one in the file's name.
        folder: where to; by default :func:`multipolar.world.store.user_folder`.
        progress: show a bar while lines.

    Returns:
        What was read, and the entry of the table it replaces, if there was one.

    Raises:
        DataError: the file is not such a table, or the folder cannot be written to.
    """
    folder = folder or store.user_folder()
    store.check_writable(folder)
    store.read_package(folder)
    found = read_icio(path, industries=industries, year=year, progress=progress)
    return found, store.put(folder, entry(found, industries, fields), _content(found))


# The header ---------------------------------------------------------------------------------


def _layout(line: bytes, source: Source, industries: Sequence[str]) -> Layout:
    try:
        names = next(csv.reader([line.decode("utf-8-sig").rstrip("\r\n")], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        names = []
    if len(names) < 5 or len(line) >= _HEADER:
        raise source.fault("is not a CSV with a table: its first line has no column labels")
    if len(names) > limits.COLUMNS:
        raise source.fault(f"has more than {limits.COLUMNS:,} columns")
    if max(map(len, names)) > limits.NAME:
        raise source.fault(f"a column's name has more than {limits.NAME} characters")
    names = [n.strip().upper() for n in names]
    if _LABEL.fullmatch(names[0]):
        raise source.fault(
            f"the first column is {names[0]}; it has to hold the row labels, under V1 or no header"
        )
    twice = next((n for n in names if names.count(n) > 1), None) if _repeats(names) else None
    if twice is not None:
        raise source.fault(f"two columns are named {twice!r}")
    if "OUT" not in names[1:]:
        raise source.fault("has no column OUT, so it is not the whole OECD table")
    place = {n: i for i, n in enumerate(names) if i}
    pairs = {}
    for name in place:
        match = _LABEL.fullmatch(name)
        if match:
            pairs[name] = (match[1], match[2])
        elif name != "OUT":
            raise source.fault(
                f"column {name!r} is neither COUNTRY_INDUSTRY, as in AGO_A01, nor OUT"
            )
    countries = _countries(source, {c: None for c, i in pairs.values() if i not in FINAL})
    sectors = _sectors(source, {i for _, i in pairs.values() if i not in FINAL}, industries)
    categories = sorted({i for _, i in pairs.values() if i in FINAL})
    if not categories:
        raise source.fault("has no columns of final demand, as USA_HFCE")

    def columns(items: Sequence[str]) -> NDArray[np.intp]:
        gone = [f"{c}_{i}" for c in countries for i in items if f"{c}_{i}" not in place]
        if gone:
            raise source.fault(f"{_count(gone, 'column')} missing, {gone[0]} the first")
        return np.array([[place[f"{c}_{i}"] for i in items] for c in countries])

    strange = next((n for n, (c, _) in pairs.items() if c not in countries), None)
    if strange is not None:
        raise source.fault(f"column {strange!r} is of a country without industries")
    return Layout(countries, sectors, columns(sectors), columns(categories), place["OUT"])


def _repeats(names: list[str]) -> bool:
    return len(set(names)) < len(names)


def _countries(source: Source, found: dict[str, None]) -> tuple[str, ...]:
    """Return the countries in the file's order, the rest of the world last."""
    split = sorted(SPLIT & set(found))
    if split:
        raise source.fault(
            f"is the extended table, with China and Mexico in parts ({', '.join(split)})",
            f"{source.year}_SML.csv has them whole: {DOWNLOAD}",
        )
    if REST not in found:
        raise source.fault(f"has no columns of the rest of the world, as {REST}_A01")
    return (*(c for c in found if c != REST), REST)


def _sectors(source: Source, found: set[str], industries: Sequence[str]) -> tuple[str, ...]:
    """Return the industries in their usual order.

    Models and measures go by the codes of release 2025, so that a table in others would answer no
    question: it is refused.
    """
    strange = sorted(found - set(industries))
    if strange:
        raise source.fault(
            f"has industries that release 2025 does not have ({', '.join(strange[:4])}), so it is "
            "of an older release, and measures by industry and trade elasticities do not fit it"
        )
    return tuple(s for s in industries if s in found)


def _count(things: Sequence[str], word: str) -> str:
    return f"{len(things)} {word}s are" if len(things) > 1 else f"1 {word} is"


# The body -----------------------------------------------------------------------------------


def _batches(file: Watched, layout: Layout, source: Source) -> Iterator[tuple[list[str], Floats]]:
    """Yield row labels and all numbers, a block of lines at a time; empty cells are NaN."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    width = 1 + layout.uses.size + layout.final.size + 1
    names = [f"c{i}" for i in range(width)]
    try:
        reader = arrow.open_csv(
            file,
            arrow.ReadOptions(column_names=names, block_size=_BLOCK),
            convert_options=arrow.ConvertOptions(
                column_types={n: pa.float64() if i else pa.string() for i, n in enumerate(names)},
                null_values=["", "NA", "na", "NaN", "nan", "..", "-"],
            ),
        )
        for batch in reader:
            values = np.empty((batch.num_rows, width))
            values[:, 0] = np.nan
            for i in range(1, width):
                values[:, i] = batch.column(i).to_numpy(zero_copy_only=False)
            yield [str(label).strip().upper() for label in batch.column(0).to_pylist()], values
    except (pa.ArrowException, MemoryError) as fault:
        raise source.fault(_why(reason(fault), width)) from None


def _why(text: str, width: int) -> str:
    """Say in words of the file what the reader of CSV stumbled over."""
    wrong = re.search(r"column #\w+: CSV conversion error to \w+: invalid value '(.{0,40})", text)
    if wrong:
        return f"has a cell that is not a number: {wrong[1].rstrip(chr(39))!r}"
    short = re.search(r"Expected \d+ columns, got (\d+)", text)
    if short:
        return (
            f"a line has {short[1]} cells where the header has {width}: the file is cut short or "
            "damaged"
        )
    if "Empty CSV" in text:
        return "has a header and no lines"
    return f"is not to be read as CSV ({text})"


@dataclass(slots=True)
class _Lines:
    """Sums over the lines of the file that have passed."""

    layout: Layout
    intermediate: Floats  # sector, origin, destination
    final: Floats
    inputs: Floats  # country, input, sector
    uses: Floats  # of each line, shape (country, sector)
    out: Floats
    spent: Floats  # by each industry, shape (country, sector)
    negative: float = 0.0
    accounts: dict[str, Floats] = field(default_factory=dict)
    lines: set[tuple[int, int]] = field(default_factory=set)
    _place: dict[str, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def empty(cls, layout: Layout) -> _Lines:
        N, K = layout.uses.shape
        place = {
            f"{c}_{s}": (o, k)
            for o, c in enumerate(layout.countries)
            for k, s in enumerate(layout.sectors)
        }
        flows, cells = (K, N, N), (N, K)
        return cls(
            layout,
            np.zeros(flows),
            np.zeros(flows),
            np.zeros((N, K, K)),
            np.zeros(cells),
            np.zeros(cells),
            np.zeros(cells),
            _place=place,
        )

    def take(self, labels: list[str], values: Floats, source: Source) -> None:
        """Add lines."""
        values = np.nan_to_num(values, copy=False, nan=0.0, posinf=np.inf, neginf=-np.inf)
        if np.abs(values).max(initial=0) > limits.LARGEST:
            raise source.fault(f"has a cell that is not a finite number up to {limits.LARGEST:g}")
        used, bought = values[:, self.layout.uses], values[:, self.layout.final].sum(axis=2)
        for n, label in enumerate(labels):
            if label in ACCOUNTS and label not in self.accounts:
                self.accounts[label] = used[n].copy()  # not a view that keeps the block
                continue
            at, shown = self._place.get(label), printable(repr(label), limit=40)
            if at is None and label not in ACCOUNTS:
                raise source.fault(
                    f"row label {shown} has no column of its name, and is not TLS, VA or OUT"
                )
            if at is None or at in self.lines:
                raise source.fault(f"two rows are named {shown}")
            self.lines.add(at)
            self._line(*at, used[n], bought[n], values[n, self.layout.out])

    def _line(self, o: int, k: int, used: Floats, bought: Floats, out: float) -> None:
        self.uses[o, k] = used.sum() + bought.sum()
        self.out[o, k] = out
        self.spent += used
        self.negative -= float(np.minimum(used, 0).sum() + np.minimum(bought, 0).sum())
        used = np.maximum(used, 0)
        self.intermediate[k, o] = used.sum(axis=1)
        self.inputs[:, k] += used
        self.final[k, o] = np.maximum(bought, 0)

    def complete(self, source: Source) -> None:
        """Refuse a file without all its lines."""
        gone = [label for label, at in self._place.items() if at not in self.lines]
        gone += [label for label in ACCOUNTS if label not in self.accounts]
        if gone:
            raise source.fault(
                f"{_count(gone, 'row')} missing, {gone[0]} the first: the file is cut short or "
                "not the whole table"
            )


# The table ----------------------------------------------------------------------------------


def _table(lines: _Lines, source: Source, digest: str) -> IcioFile:
    layout, accounts = lines.layout, lines.accounts
    uses = np.abs(lines.uses - lines.out)
    costs = np.abs(lines.spent + accounts["TLS"] + accounts["VA"] - accounts["OUT"])
    allowed = np.maximum(_TOLERANCE * np.abs(lines.out), _SMALL)
    rows, columns = int((uses <= allowed).sum()), int((costs <= allowed).sum())
    world = float(lines.out.sum())
    _balances(lines, source, uses, costs, rows, columns)
    final, inputs = lines.final, lines.inputs
    empty = final.sum(axis=(0, 1)) <= 0
    if empty.any() or (lines.out.sum(axis=1) <= 0).any():
        n = int(np.flatnonzero(empty | (lines.out.sum(axis=1) <= 0))[0])
        raise source.fault(f"{layout.countries[n]} has no output or no final demand")
    inputs, thin = _fatten(lines.intermediate, final, inputs)
    return IcioFile(
        source.name,
        digest,
        source.year,
        layout.countries,
        layout.sectors,
        lines.intermediate,
        final,
        inputs,
        Checked(
            lines.out.size,
            rows,
            columns,
            world,
            lines.negative / world,
            thin,
            float(lines.inputs.sum() - inputs.sum()) / world,
        ),
    )


def _balances(
    lines: _Lines, source: Source, uses: Floats, costs: Floats, rows: int, columns: int
) -> None:
    """Refuse accounts that do not close, or that need much change to be of use."""
    cells, world = lines.out.size, float(lines.out.sum())
    if world <= 0:
        raise source.fault("its column OUT is empty")
    for count, off, what in ((rows, uses, "uses"), (columns, costs, "costs")):
        if count < _BALANCED * cells:
            o, k = np.unravel_index(int(np.argmax(off)), off.shape)
            worst = f"{lines.layout.countries[o]}_{lines.layout.sectors[k]}"
            raise source.fault(
                f"does not balance: {what} and output of {cells - count} of {cells} industries "
                f"differ by more than {_TOLERANCE:.1%}, {worst} the most"
            )
    if lines.negative > _CHANGED * world:
        raise source.fault(
            f"has sales below zero worth {lines.negative / world:.0%} of output; the OECD's "
            "tables have few"
        )


def _fatten(Z: Floats, F: Floats, inputs: Floats) -> tuple[Floats, int]:
    """Return purchases that leave every industry some value added, and how many were cut.

    Cutting one industry's purchases lowers its suppliers' output, so it is done again until
    nothing is short.
    """
    inputs, cut = inputs.copy(), np.zeros(Z.shape[:2], bool)
    for _ in range(200):
        found = derive(Z, F, inputs)
        output = found["output"][1]
        short = (found["value_added_share"][1] < 0.99 * LEAST_ADDED) | (output <= 0)
        used = inputs.sum(axis=1).T
        short &= used > 0
        if not short.any():
            break
        cut |= short & (output > 0)
        room = (1 - LEAST_ADDED) * np.maximum(output, 0)
        keep = np.divide(room, used, out=np.ones_like(used), where=short)
        inputs *= keep.T[:, None, :]
    return inputs, int(cut.sum())


def entry(found: IcioFile, industries: Sequence[str], fields: Sequence[Field]) -> dict[str, Any]:
    """Return the table's entry for a data package, but for file, size and hash."""
    N, K = len(found.countries), len(found.sectors)
    better = {
        "final_sales": "Sales to final users",
        "value_added": "Value added, with taxes less subsidies on inputs",
    }
    return {
        "name": f"icio_{found.year}",
        "format": "npz",
        "title": f"Inter-country input-output table {found.year}, {N - 1} countries and rest of "
        f"world x {K} industries, official",
        "description": describe(found, industries),
        "version": f"{found.year}, industries of release 2025",
        "date": date.today().isoformat(),
        "public": _public(found.year),
        "schema": {
            "fields": [
                {
                    "name": f.name,
                    "type": f.type,
                    "unit": f.unit,
                    "description": better.get(f.name, f.description),
                    "dims": list(f.dims),
                }
                for f in fields
            ]
        },
        "sources": [
            {"title": f"OECD, Inter-Country Input-Output tables, {found.file}", "path": URL}
        ],
        "licenses": [{"name": "OECD terms and conditions"}],
    }


def _public(year: int) -> dict[str, str]:
    """Return when a year's table is public: editions end three years before they come out."""
    day = min(f"{year + 3}-12-31", date.today().isoformat())
    why = "The edition of 2025 ends with 2022, that of 2023 with 2020"
    return {"rule": "at", "date": str(year + 3), "first": day, "last": day, "why": why}


def describe(found: IcioFile, industries: Sequence[str]) -> str:
    """Return what a reader has to know of the table."""
    c = found.checked
    gone = [s for s in industries if s not in found.sectors]
    text = (
        f"OECD ICIO {found.year} as published, read from {found.file} (sha256 {found.sha256}), in "
        "model-ready form: nothing is reconstructed, for the file has bilateral final demand, of "
        "which the categories are added up. Basic prices: taxes less subsidies on inputs count as "
        "value added, those on final purchases are left out. Shares, output and balances are "
        f"derived from the flows. The file's accounts: uses are within 0.1% of output in {c.rows} "
        f"of {c.cells} industries, costs in {c.columns}. Net sales below zero, which drawing down "
        f"inventories leaves, are set to zero: {c.negative:.2%} of world output. "
    )
    if c.thin:
        text += (
            f"Where purchases leave value added below {LEAST_ADDED:.0%} of output, without which "
            f"models have no answer, they are cut in proportion ({c.thin} of {c.cells} "
            f"industries): {c.cut:.2%} of world output. "
        )
    if gone:
        text += f"The file lacks {', '.join(gone)}: a measure on these does nothing. "
    return text.strip()


def _content(found: IcioFile) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        intermediate_sales=found.intermediate_sales,
        final_sales=found.final_sales,
        inputs=found.inputs,
        country=np.array(found.countries),
        sector=np.array(found.sectors),
    )
    return buffer.getvalue()
