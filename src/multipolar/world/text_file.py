"""Large files of separated values: CSV or tab, alone or in a zip archive, read in batches."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from multipolar import limits
from multipolar.errors import DataError
from multipolar.text.clean import printable
from multipolar.world.archive import entries, is_archive, name_of, unpacked
from multipolar.world.boundary import Bounded, reading, reason, regular
from multipolar.world.icio_source import Watched

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
_HEADER = 1_000_000  # bytes; no header line is near it
_BLOCK = 1 << 23
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_END = "\x1aend"
_AGAIN = "download it again"
_TEXT = (".csv", ".tab", ".tsv", ".txt")
# a dialect after the other until one reads the whole file: R escapes quotes by a backslash, and
# older releases are not in UTF-8
_DIALECTS: tuple[tuple[str, str | bool], ...] = (
    ("utf8", False),
    ("utf8", "\\"),
    ("cp1252", False),
    ("cp1252", "\\"),
)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file of separated values and its header.

    Attributes:
        path: of the file, or of the archive it is in.
        inside: names of the archives in archives, and last the file's, that lead to it.
        columns: the header as it stands, by its lower-case form without blanks and underscores.
        names: the header as it stands.
    """

    path: Path
    inside: tuple[str, ...]
    size: int
    delimiter: str
    columns: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the file."""
        return name_of(self.inside[-1]) if self.inside else self.path.name

    def fault(self, what: str, hint: str = "") -> DataError:
        """Return an error about this file."""
        return DataError(what, where=self.name, hint=hint)

    def open(self) -> AbstractContextManager[Bounded]:
        """Give the file as a stream; what fails while it is read becomes an error of one line."""
        return unpacked(self.path, self.inside)


def key(name: str) -> str:
    """Return a column's name as it is looked up.

    Example:
        >>> key("Important Vote"), key("important_vote")
        ('importantvote', 'importantvote')
    """
    return "".join(c for c in name.casefold() if c.isalnum())


def find(path: str | Path, *, member: str = "", hint: str = "") -> TextFile:
    """Return the file of separated values at a path, and read its header.

    Args:
        path: the file, or a zip archive with it, also in an archive in the archive.
        member: if the archive has several files, part of the name of the right one.
        hint: what to do if it is not such a file.

    Raises:
        DataError: there is none, or it has no header line.
    """
    path = regular(path, hint=hint)
    inside, size = _member(path, member, hint) if is_archive(path) else ((), path.stat().st_size)
    return header_of(TextFile(path, inside, size, ","), hint)


def header_of(file: TextFile, hint: str = "") -> TextFile:
    """Return a file with what its header line says.

    Raises:
        DataError: it has no header line.
    """
    with file.open() as stream:
        line = stream.readline(_HEADER)
    if line.lstrip()[:1] == b"<":
        raise file.fault("is a web page, not data", hint or "download the file itself")
    if line.startswith(_UTF16):
        raise file.fault("is text in UTF-16", "save it again as CSV in UTF-8")
    if not line.strip() or b"\0" in line or len(line) >= _HEADER:
        raise file.fault("is not a text file with a header line", hint)
    delimiter, names = _header(line, file)
    columns: dict[str, str] = {}
    for name in names:
        columns.setdefault(key(name), name)
    return replace(file, delimiter=delimiter, columns=columns, names=tuple(names))


def _header(line: bytes, file: TextFile) -> tuple[str, list[str]]:
    """Return what sets columns apart, and their names.

    Names need not be in UTF-8: what tells columns apart are plain letters.
    """
    text = line.decode("utf-8-sig", "replace").rstrip("\r\n")
    delimiter = max(",\t;", key=text.count)
    try:
        names = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as fault:
        raise file.fault(
            f"has a header that cannot be read ({fault})",
            "save it again as CSV, with one kind of line ending",
        ) from None
    if len(names) > limits.COLUMNS:
        raise file.fault(f"has more than {limits.COLUMNS:,} columns")
    return delimiter, names


def _member(path: Path, wanted: str, hint: str) -> tuple[tuple[str, ...], int]:
    """Return the way to the one text file in an archive, and its size."""
    held = [
        e
        for e in entries(path)
        if Path(e.name).suffix.casefold() in _TEXT and "readme" not in e.name.casefold()
    ]
    found = [e for e in held if wanted.casefold() in e.name.casefold()] or held
    if len(found) != 1:
        names = ", ".join(sorted(name_of(e.name) for e in found)[:6])
        raise DataError(
            f"the archive has {'several files: ' + names if found else 'no CSV'}",
            where=path.name,
            hint=hint or "unpack it and name the right file",
        )
    return found[0].inside, found[0].size


def gather(
    file: TextFile,
    columns: Collection[str],
    take: Callable[[pa.RecordBatch], T],
    *,
    progress: bool = False,
    restart: Callable[[], object] = bool,
) -> list[T]:
    """Read the columns asked for as text, and return what ``take`` makes of each batch of lines.

    An empty cell is an empty string. Columns come under the names asked for.

    Args:
        file: as :func:`find` returns it.
        columns: names in the form :func:`key` gives; those the file lacks are left out.
        take: called for each batch in turn; from the start again if a dialect did not fit.
        progress: show a bar.
        restart: called before the first line, each time; for a ``take`` that keeps what it saw.

    Raises:
        DataError: the file is damaged, or is not what its header says.
    """
    import pyarrow as pa

    for name in columns:
        same = [n for n in file.names if key(n) == name]
        if len(same) > 1:
            raise file.fault(
                f"two columns are named {printable(repr(same[1]))}", "rename one of them"
            )
    first = ""
    for dialect in _DIALECTS:
        with reading(file.name, hint=_AGAIN):
            restart()
            try:
                return [take(b) for b in _read(file, columns, dialect, progress)]
            except (pa.ArrowInvalid, UnicodeDecodeError) as fault:
                first = first or reason(fault)
    raise file.fault(f"is damaged or cut short ({first})", _AGAIN)


def _read(
    file: TextFile, columns: Collection[str], dialect: tuple[str, str | bool], progress: bool
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyarrow import csv as pacsv

    encoding, escape = dialect
    keys = [key(n) for n in file.names]
    names = [f"c{i}" for i in range(len(keys))]
    places = {k: names[keys.index(k)] for k in columns if k in file.columns}
    with file.open() as stream, Watched(stream, file.size, file.name, progress) as watched:
        watched.readline()  # the header, which is read already
        reader = pacsv.open_csv(
            _Ended(watched, file.delimiter.join([_END] * len(keys))),
            read_options=pacsv.ReadOptions(
                block_size=_BLOCK, encoding=encoding, column_names=names
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=file.delimiter, newlines_in_values=True, escape_char=escape
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=list(places.values()),
                column_types={n: pa.string() for n in places.values()},
                strings_can_be_null=False,
            ),
        )
        for batch in _without_end(reader, file):
            yield pa.RecordBatch.from_arrays(batch.columns, names=list(places))


class _Ended(io.RawIOBase):
    """A stream with one line more, by which a quote that is never closed is told.

    Arrow takes the end of the file for its end, and so all lines after it for one cell.
    """

    def __init__(self, file: io.RawIOBase, line: str) -> None:
        self._file, self._left = file, f"\n{line}\n".encode()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        content = self._file.read(size)
        if not content:
            content, self._left = self._left, b""
        return content or b""


def _without_end(reader: Iterable[pa.RecordBatch], file: TextFile) -> Iterator[pa.RecordBatch]:
    """Yield what was read, without the line that was added."""
    rows, last = 0, None
    for batch in reader:
        if not batch.num_rows:
            continue
        rows += batch.num_rows
        if rows > limits.ROWS + 1:
            raise file.fault(f"has more than {limits.ROWS:,} lines")
        if last is not None:
            yield last
        last = batch
    if last is None or any(c[-1].as_py() != _END for c in last.columns):
        raise file.fault(
            "has a quote that is not closed, and all after it would be one cell", _AGAIN
        )
    if last.num_rows > 1:
        yield last.slice(0, last.num_rows - 1)


def require(file: TextFile, columns: Sequence[str], kind: str, hint: str) -> None:
    """Refuse a file that lacks a column.

    Raises:
        DataError: it does; the column is named.
    """
    gone = [c for c in columns if c not in file.columns]
    if gone:
        raise file.fault(
            f"{kind} needs the column{'s' * (len(gone) > 1)} {', '.join(gone)}, which it lacks",
            hint,
        )
