"""FIGARO, Eurostat's inter-country input-output table, industry by industry, flat or as a matrix.

``flatfile_eu-ic-io_ind-by-ind_26ed_2024.zip`` holds a CSV of that name, a line for each cell, with
the columns ``icioiRow,icioiCol,refArea,rowIi,counterpartArea,colIi,obsValue``, as programs that
read it state: who sells, which industry's output, who buys, to which use, million euro at current
basic prices. ``matrix_eu-ic-io_ind-by-ind_26ed_2024.csv`` has the same cells as a matrix, whose
first column ``rowLabels`` and whose heads join area and industry: ``AT_A01``, ``AT_P3_S14``,
``W2_D1``; that layout is as several programs read it. Areas are codes of two letters, with
``FIGW1`` for the rest of the world; rows of ``W2`` are value added and taxes. Uses ``P3_S13``,
``P3_S14``, ``P3_S15``, ``P51G`` and ``P5M`` are final, others are industries. Uses are added up to
intermediate and final ones, so that the table says who sells whom what; a model is not built of it,
for its industries are others than the OECD's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multipolar import limits
from multipolar.text.clean import printable
from multipolar.world.dictionary import Field
from multipolar.world.own_entry import Official, entry_of
from multipolar.world.text_file import TextFile, find, gather, require
from multipolar.world.text_file import key as plain

if TYPE_CHECKING:
    import pyarrow as pa

URL = "https://ec.europa.eu/eurostat/web/esa-supply-use-input-tables/database"
_HINT = "name flatfile_eu-ic-io_ind-by-ind_26ed_2024.zip, or matrix_..., of industry by industry"
_NAME = re.compile(
    r"(?:flatfile|matrix)_eu-ic-io_ind-by-ind_(\d\d)ed_(\d{4})(_v\d)?\.csv", re.IGNORECASE
)
_LABELS = "rowlabels"  # the first head of a matrix
_COLUMNS = ("refarea", "rowii", "counterpartarea", "colii", "obsvalue")
_FINAL = frozenset({"P3_S13", "P3_S14", "P3_S15", "P51G", "P5M"})
_VALUE_ADDED = "W2"
_REST = {"FIGW1": "ROW"}
# codes of Eurostat that ISO 3166 does not have
_ISO2 = {"EL": "GR", "UK": "GB"}
_MOST = 1000  # areas or industries
FIELDS = (
    Field("exporter", "string", "", "ISO 3166 alpha-3 code of who sells; ROW rest of the world"),
    Field("importer", "string", "", "ISO 3166 alpha-3 code of who buys, itself too"),
    Field("sector", "string", "", "Industry of the seller, NACE Rev. 2 as FIGARO groups it"),
    Field("part", "string", "", "intermediate or final"),
    Field("value", "number", "EUR mn", "Sales at current basic prices"),
)
PARTS = ("intermediate", "final")


def read_figaro(path: str | Path, *, codes: Mapping[str, str], progress: bool = False) -> Official:
    """Read who sells whom what, by industry of the seller and whether it is used up.

    Args:
        path: the zip archive as published, or the CSV in it.
        codes: ISO codes of three letters by those of two.
        progress: show a bar.

    Raises:
        DataError: it is no such file, or a line is wrong: an area or an industry that is none, a
            cell that stands twice, a value that is no number.
    """
    import pandas as pd

    file = find(path, member="_eu-ic-io_ind-by-ind", hint=_HINT)
    named = _NAME.fullmatch(file.name)
    if named is None:
        raise file.fault("its name does not say edition and year", _HINT)
    sums = _Sums(file, codes)
    if plain(file.names[0]) == _LABELS:
        heads = tuple(map(plain, file.names))
        gather(file, heads, sums.take_matrix, progress=progress, restart=sums.restart)
    else:
        require(file, _COLUMNS, "FIGARO's flat file or matrix", _HINT)
        gather(file, _COLUMNS, sums.take, progress=progress, restart=sums.restart)
    rows = sums.rows()
    table = pd.DataFrame(rows, columns=[f.name for f in FIELDS])
    for name in ("exporter", "importer", "sector", "part"):
        table[name] = table[name].astype("category")
    table = table.sort_values(["exporter", "importer", "sector", "part"], ignore_index=True)
    edition, year = 2000 + int(named[1]), int(named[2])
    entry = entry_of(
        f"figaro_{year}",
        title=f"Sales between economies by industry, {year} (FIGARO)",
        description=f"Read from {printable(file.name, limit=100)}: {sums.lines:,} cells, added up "
        "by seller, industry, buyer and intermediate or final use. Sales at home are in it. "
        "Changes of inventories can be below zero. A cell that is not here is nothing in the "
        "source.",
        version=f"{year}, edition of {edition}",
        public={
            "rule": "at",
            "date": f"{min(edition, year + 2)}-12",
            "why": "The edition of a year ends two years before it",
        },
        fields=FIELDS,
        source="Eurostat, FIGARO inter-country input-output tables",
        url=URL,
        licence="Eurostat: reuse with the source named (Creative Commons Attribution 4.0)",
        table=table,
        keys=("sector", "part"),
    )
    total = table["value"].sum()
    says = (
        f"{sums.lines:,} cells in {len(table):,} rows, {table['exporter'].nunique()} economies, "
        f"sales of EUR {total / 1e6:,.1f} tn"
    )
    return Official(table, entry, says)


@dataclass
class _Sums:
    """Sums of the cells that have passed."""

    file: TextFile
    codes: Mapping[str, str]
    lines: int = 0
    areas: dict[str, int] = field(default_factory=dict)
    industries: dict[str, int] = field(default_factory=dict)
    total: dict[int, float] = field(default_factory=dict)
    cells: list[NDArray[np.int64]] = field(default_factory=list)

    def restart(self) -> None:
        """Forget all: the file is read from the start again."""
        self.lines = 0
        self.areas, self.industries, self.total, self.cells = {}, {}, {}, []

    def take(self, batch: pa.RecordBatch) -> None:
        """Add a batch of cells."""
        import pyarrow.compute as pc

        trimmed = pc.utf8_trim_whitespace(batch.column(_COLUMNS[0]))
        sold = pc.not_equal(trimmed, _VALUE_ADDED)
        picked = [batch.column(c).filter(sold) for c in _COLUMNS]
        if not len(picked[0]):
            return
        numbers = self._numbers(picked[4])
        a, b = (self._placed(picked[k], self._area) for k in (0, 2))
        k, u = (self._placed(picked[n], self._industry) for n in (1, 3))
        final = np.array([w in _FINAL for w in self.industries])
        if final[k].any():
            raise self.file.fault("a line sells a final use", _HINT)
        self.lines += len(numbers)
        self.cells.append(((a * _MOST + k) * _MOST + b) * _MOST + u)
        keys = ((a * _MOST + k) * _MOST + b) * 2 + final[u]
        unique, place = np.unique(keys, return_inverse=True)
        for key, amount in zip(unique.tolist(), np.bincount(place, numbers).tolist(), strict=True):
            self.total[key] = self.total.get(key, 0.0) + amount

    def take_matrix(self, batch: pa.RecordBatch) -> None:
        """Add rows of a matrix: who sells down, who buys across."""
        labels = [str(w).strip().partition("_") for w in batch.column(0).to_pylist()]
        sold = np.array([area != _VALUE_ADDED for area, _, _ in labels])
        bought = [n.strip().partition("_") for n in self.file.names[1:]]
        b = np.array([self._area(area) for area, _, _ in bought])
        u = np.array([self._industry(use) for _, _, use in bought])
        final = np.array([use in _FINAL for _, _, use in bought])
        kept = [label for label, s in zip(labels, sold, strict=True) if s]
        if any(industry in _FINAL for _, _, industry in kept):
            raise self.file.fault("a line sells a final use", _HINT)
        a = np.array([self._area(area) for area, _, _ in kept], np.int64)
        k = np.array([self._industry(industry) for _, _, industry in kept], np.int64)
        columns = range(1, batch.num_columns)
        numbers = np.stack([self._numbers(batch.column(n))[sold] for n in columns], axis=1)
        rows = a * _MOST + k
        self.lines += numbers.size
        self.cells.append(((rows[:, None] * _MOST + b) * _MOST + u).ravel())
        groups, place = np.unique(b * 2 + final, return_inverse=True)
        sums = np.zeros((len(rows), len(groups)))
        np.add.at(sums.T, place, numbers.T)
        for row, line in zip(rows.tolist(), sums.tolist(), strict=True):
            for group, amount in zip(groups.tolist(), line, strict=True):
                found = row * _MOST * 2 + group
                self.total[found] = self.total.get(found, 0.0) + amount

    def _placed(self, column: pa.Array, of: Any) -> NDArray[np.int64]:
        words = column.dictionary_encode()
        codes = np.array([of(str(w).strip()) for w in words.dictionary.to_pylist()], dtype=np.int64)
        found: NDArray[np.int64] = codes[words.indices.to_numpy(zero_copy_only=False)]
        return found

    def _area(self, code: str) -> int:
        iso = _REST.get(code) or self.codes.get(_ISO2.get(code, code))
        if iso is None:
            raise self.file.fault(f"{printable(repr(code), limit=30)} is no area", _HINT)
        return self.areas.setdefault(iso, len(self.areas))

    def _industry(self, code: str) -> int:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,11}", code) or len(self.industries) >= _MOST:
            raise self.file.fault(f"{printable(repr(code), limit=30)} is no industry", _HINT)
        return self.industries.setdefault(code, len(self.industries))

    def _numbers(self, column: pa.Array) -> NDArray[Any]:
        import pyarrow as pa
        import pyarrow.compute as pc

        try:
            found = pc.cast(pc.utf8_trim_whitespace(column), pa.float64())
        except pa.ArrowInvalid:
            raise self.file.fault("has a cell that is no number", _HINT) from None
        values: NDArray[Any] = found.to_numpy(zero_copy_only=False)
        if not (np.abs(values) <= limits.LARGEST).all():
            raise self.file.fault("has a cell that is no number", _HINT)
        return values

    def rows(self) -> list[tuple[str, str, str, str, float]]:
        """Return the sums, those that are nothing left out."""
        if not self.lines:
            raise self.file.fault("has no line of sales", _HINT)
        cells = np.concatenate(self.cells)
        self.cells = []
        cells.sort()
        if (cells[1:] == cells[:-1]).any():
            raise self.file.fault("a cell stands twice", _HINT)
        areas, industries = list(self.areas), list(self.industries)
        found = []
        for key, amount in self.total.items():
            rest, part = divmod(key, 2)
            rest, buyer = divmod(rest, _MOST)
            seller, industry = divmod(rest, _MOST)
            if amount:
                found.append(
                    (areas[seller], areas[buyer], industries[industry], PARTS[part], amount)
                )
        return found
