"""Small files of others, held in memory: CSV, also with lines before its header, and workbooks.

Workbooks (``.xlsx``) are read without a library: an archive with the sheets as XML, as ECMA-376
has them. Formulas are not computed, the value that was saved with a cell is taken.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from multipolar import limits
from multipolar.errors import DataError
from multipolar.text.clean import printable
from multipolar.world.archive import entries, is_archive, name_of, unpacked
from multipolar.world.boundary import read_file, reading, regular

Row = list[str]
_AGAIN = "download it again"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class Rows:
    """The cells of a file as text, line by line; an empty cell is an empty string.

    Attributes:
        name: of the file.
        rows: the lines.
        hint: what to do if it is not the file that was meant.
    """

    name: str
    rows: Sequence[Row]
    hint: str = ""

    def fault(self, what: str, hint: str = "") -> DataError:
        """Return an error about this file."""
        return DataError(what, where=self.name, hint=hint or self.hint)

    def below(self, *heads: str) -> tuple[Row, Sequence[Row]]:
        """Return the first line that has all these heads, and the lines below that say something.

        Raises:
            DataError: there is none among the first lines.
        """
        wanted = {h.casefold() for h in heads}
        for n, row in enumerate(self.rows[: limits.PREFACE]):
            if wanted <= {c.strip().casefold() for c in row}:
                return [c.strip() for c in row], [r for r in self.rows[n + 1 :] if any(r)]
        raise self.fault(f"has no line with the heads {', '.join(heads)}")

    def places(self, heads: Row, *names: str) -> list[int]:
        """Return where the columns of these names stand, in any case of letters.

        Raises:
            DataError: one is not there.
        """
        known = [h.casefold() for h in heads]
        for name in names:
            if name.casefold() not in known:
                raise self.fault(f"has no column {name}")
        return [known.index(n.casefold()) for n in names]

    def number(self, cell: str, what: str) -> float:
        """Return a cell as a number.

        Raises:
            DataError: it is none.
        """
        try:
            found = float(cell)
        except ValueError:
            found = float("nan")
        if not abs(found) <= limits.LARGEST:
            raise self.fault(f"{what} is {printable(repr(cell), limit=30)}, which is no number")
        return found


def read_csv(path: str | Path, *, member: str = "", hint: str = "") -> Rows:
    """Read a small CSV, or the one in an archive.

    Args:
        path: of the file.
        member: a pattern that the name of the right file in an archive matches, whole.
        hint: what to do if it is not such a file.

    Raises:
        DataError: it is too large, damaged, a web page, or there is no such file in the archive.
    """
    path = regular(path, hint=hint)
    name = path.name
    if is_archive(path):
        found = [e for e in entries(path) if re.fullmatch(member or r".*\.csv", e.name, re.I)]
        if len(found) != 1:
            names = ", ".join(sorted(name_of(e.name) for e in found)[:6])
            what = f"several files: {names}" if found else "no such CSV"
            raise DataError(f"the archive has {what}", where=name, hint=hint)
        name = name_of(found[0].inside[-1])
        content = _bounded(path, found[0].inside, name)
    else:
        content = read_file(path, most=limits.SMALL_BYTES, hint=hint)
    return csv_rows(content, name, hint=hint)


def csv_rows(content: bytes, name: str, *, hint: str = "") -> Rows:
    """Return the cells of a CSV that is in memory; commas, semicolons or tabs set them apart.

    Raises:
        DataError: it is damaged, a web page, or has too many lines or columns.
    """
    text = _text(content, name)
    if text.lstrip()[:1] == "<":
        raise DataError("is a web page, not data", where=name, hint=hint)
    with reading(name, what="is not a CSV that can be read", hint=hint):
        delimiter = max(",;\t", key=text[:10_000].count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    return _checked(name, rows, hint)


def sheets_of(path: str | Path, *, hint: str = "") -> list[str]:
    """Return the names of the sheets of a workbook.

    Raises:
        DataError: it is no workbook, or is damaged.
    """
    return list(_Book(path, hint).sheets())


def read_sheet(path: str | Path, sheet: str, *, hint: str = "") -> Rows:
    """Read a sheet of a workbook.

    Args:
        path: of the ``.xlsx``.
        sheet: its name.
        hint: what to do if it is not such a file.

    Raises:
        DataError: it is no workbook, is damaged or too large, or has no such sheet.
    """
    return _Book(path, hint).rows(sheet)


class _Book:
    """The parts of a workbook."""

    def __init__(self, path: str | Path, hint: str) -> None:
        self.path = regular(path, hint=hint)
        self.name, self.hint = self.path.name, hint or _AGAIN
        if not is_archive(self.path, hint=hint):
            raise DataError("is not a workbook (.xlsx)", where=self.name, hint=self.hint)
        self._parts = {e.inside[0]: e.inside for e in entries(self.path) if len(e.inside) == 1}

    def _reading(self) -> AbstractContextManager[None]:
        return reading(self.name, what="the workbook cannot be read", hint=self.hint)

    def _part(self, name: str) -> ElementTree.Element:
        if name not in self._parts:
            raise DataError("is not a whole workbook", where=self.name, hint=self.hint)
        content = _bounded(self.path, self._parts[name], self.name)
        with self._reading():
            return _xml(content)

    def sheets(self) -> dict[str, str]:
        """Return the part of each sheet, by its name."""
        book, links = self._part("xl/workbook.xml"), self._part("xl/_rels/workbook.xml.rels")
        with self._reading():
            targets = {r.get("Id"): r.get("Target", "") for r in links}
            return {
                s.get("name", ""): f"xl/{targets[s.get(_LINK)].removeprefix('/xl/')}"
                for s in book.iter(f"{_MAIN}sheet")
            }

    def rows(self, sheet: str) -> Rows:
        """Return the lines of a sheet."""
        sheets = self.sheets()
        if sheet not in sheets:
            names = ", ".join(printable(n, limit=40) for n in list(sheets)[:12])
            raise DataError(
                f"has no sheet {sheet!r}; there are {names}", where=self.name, hint=self.hint
            )
        shared: list[str] = []
        if "xl/sharedStrings.xml" in self._parts:
            shared = [_said(s) for s in self._part("xl/sharedStrings.xml").iter(f"{_MAIN}si")]
        cells = self._part(sheets[sheet])
        with self._reading():
            return _checked(self.name, _cells(cells, shared), self.hint)


def _bounded(path: Path, inside: tuple[str, ...], name: str) -> bytes:
    with unpacked(path, inside) as stream:
        content = bytearray()
        while piece := stream.read(1 << 20):
            content += piece
            if len(content) > limits.SMALL_BYTES:
                raise DataError(
                    f"has more than {limits.SMALL_BYTES:,} bytes", where=name, hint=_AGAIN
                )
    return bytes(content)


def _text(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise DataError("is not text in UTF-8", where=name, hint="save it again as CSV in UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _checked(name: str, rows: list[Row], hint: str) -> Rows:
    if len(rows) > limits.SMALL_ROWS or any(len(r) > limits.COLUMNS for r in rows):
        what = f"has more than {limits.SMALL_ROWS:,} lines or {limits.COLUMNS:,} columns"
        raise DataError(what, where=name, hint=hint)
    return Rows(name, rows, hint)


def _xml(content: bytes) -> ElementTree.Element:
    text = content.decode("utf-8-sig")
    if "<!" in text:  # what a document declares of itself can grow without bounds
        raise ValueError("it declares names of its own")
    return ElementTree.fromstring(text)


def _said(item: ElementTree.Element) -> str:
    return "".join(t.text or "" for t in item.iter(f"{_MAIN}t"))


def _cells(sheet: ElementTree.Element, shared: Sequence[str]) -> list[Row]:
    """Return the cells of a sheet, each in its place."""
    rows: list[Row] = []
    total = 0
    for line in sheet.iter(f"{_MAIN}row"):
        row: Row = []
        for cell in line.iter(f"{_MAIN}c"):
            at = _column(cell.get("r", "")) if cell.get("r") else len(row)
            if at < len(row) or at >= limits.COLUMNS:
                raise ValueError("a cell is out of its place")
            row += [""] * (at - len(row)) + [_cell(cell, shared)]
        number = int(line.get("r") or len(rows) + 1)
        if not len(rows) < number <= limits.SMALL_ROWS:
            raise ValueError("a row is out of its place")
        rows += [[] for _ in range(number - len(rows) - 1)] + [row]
        total += len(row)
        if total > limits.CELLS_FREE:
            raise ValueError("it has too many cells")
    return rows


def _cell(cell: ElementTree.Element, shared: Sequence[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return _said(cell)
    value = cell.findtext(f"{_MAIN}v") or ""
    return shared[int(value)] if kind == "s" and value else "" if kind == "e" else value


def _column(place: str) -> int:
    """Return the number of a column from a cell's place.

    Example:
        >>> _column("A1"), _column("AB12")
        (0, 27)
    """
    letters = re.match(r"[A-Z]{1,3}", place)
    if letters is None:
        raise ValueError("a cell has no place")
    found = 0
    for letter in letters[0]:
        found = 26 * found + ord(letter) - 64
    return found - 1
