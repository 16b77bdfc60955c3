"""Large files of separated values: CSV or tab, alone or in a zip archive, read in batches."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from multipolar.errors import DataError
from multipolar.world.icio_source import BROKEN, Watched

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
_HEADER = 1_000_000  # bytes; no header line is near it
_BLOCK = 1 << 23
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
    """

    path: Path
    inside: tuple[str, ...]
    size: int
    delimiter: str
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the file."""
        return Path(self.inside[-1]).name if self.inside else self.path.name

    def fault(self, what: str, hint: str = "") -> DataError:
        """Return an error about this file."""
        return DataError(what, where=self.name, hint=hint)

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Give the file as a stream; what fails while it is read becomes an error of one line."""
        try:
            if not self.inside:
                with self.path.open("rb") as file:
                    yield file
                return
            with zipfile.ZipFile(self.path) as outer:
                archive = outer
                for name in self.inside[:-1]:  # they are small: a few MB
                    archive = zipfile.ZipFile(io.BytesIO(archive.read(name)))
                with archive.open(self.inside[-1]) as file:
                    yield file
        except OSError as fault:
            raise _unreadable(self.path, fault) from None
        except BROKEN as fault:
            raise self.fault(
                f"the archive cannot be read ({fault})", "download it again, or unpack it first"
            ) from None


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
    path = Path(path).expanduser()
    try:
        size = path.stat().st_size
        packed = path.is_file() and zipfile.is_zipfile(path)
    except OSError as fault:
        raise _unreadable(path, fault) from None
    if path.is_dir():
        raise DataError("is a folder", where=str(path), hint="name the file in it")
    inside: tuple[str, ...] = ()
    if packed:
        inside, size = _member(path, member, hint)
    file = TextFile(path, inside, size, ",")
    with file.open() as stream:
        line = stream.readline(_HEADER)
    if line.lstrip()[:1] == b"<":
        raise file.fault("is a web page, not data", hint or "download the file itself")
    if not line.strip() or b"\0" in line or len(line) >= _HEADER:
        raise file.fault("is not a text file with a header line", hint)
    text = line.decode("utf-8-sig", "replace").rstrip("\r\n")
    delimiter = max(",\t;", key=text.count)
    try:
        names = next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error as fault:
        raise file.fault(
            f"has a header that cannot be read ({fault})",
            "save it again as CSV, with one kind of line ending",
        ) from None
    columns: dict[str, str] = {}
    for name in names:
        columns.setdefault(key(name), name)
    return TextFile(path, inside, size, delimiter, columns)


def _member(path: Path, wanted: str, hint: str) -> tuple[tuple[str, ...], int]:
    """Return the way to the one text file in an archive, and its size."""
    try:
        with zipfile.ZipFile(path) as archive:
            held = dict(_members(archive))
    except (*BROKEN, OSError) as fault:
        raise DataError(
            f"the archive cannot be read ({fault})", where=path.name, hint="download it again"
        ) from None
    right = {k: n for k, n in held.items() if wanted.casefold() in Path(k[-1]).name.casefold()}
    found = right or held
    if len(found) != 1:
        names = ", ".join(sorted(Path(k[-1]).name for k in found)[:6])
        raise DataError(
            f"the archive has {'several files: ' + names if found else 'no CSV'}",
            where=path.name,
            hint=hint or "unpack it and name the right file",
        )
    return found.popitem()


def _members(
    archive: zipfile.ZipFile, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], int]]:
    for info in archive.infolist():
        suffix = Path(info.filename).suffix.casefold()
        if info.filename.startswith("__MACOSX"):
            continue
        if suffix in _TEXT and "readme" not in info.filename.casefold():
            yield (*above, info.filename), info.file_size
        elif suffix == ".zip" and len(above) < 2:
            with zipfile.ZipFile(io.BytesIO(archive.read(info))) as inner:
                yield from _members(inner, (*above, info.filename))


def gather(
    file: TextFile,
    columns: Collection[str],
    take: Callable[[pa.RecordBatch], T],
    *,
    progress: bool = False,
) -> list[T]:
    """Read the columns asked for as text, and return what ``take`` makes of each batch of lines.

    An empty cell is an empty string. Columns come under the names asked for.

    Args:
        file: as :func:`find` returns it.
        columns: names in the form :func:`key` gives; those the file lacks are left out.
        take: called for each batch in turn; from the start again if a dialect did not fit.
        progress: show a bar.

    Raises:
        DataError: the file is damaged, or is not what its header says.
    """
    import pyarrow as pa

    first = ""
    for dialect in _DIALECTS:
        try:
            return [take(b) for b in _read(file, columns, dialect, progress)]
        except (pa.ArrowInvalid, UnicodeDecodeError) as fault:
            first = first or str(fault)
    raise file.fault(f"is damaged or cut short ({first[:120]})", "download it again")


def _read(
    file: TextFile, columns: Collection[str], dialect: tuple[str, str | bool], progress: bool
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyarrow import csv as pacsv

    encoding, escape = dialect
    named = {k: file.columns[k] for k in columns if k in file.columns}
    with file.open() as stream, Watched(stream, file.size, file.name, progress) as watched:
        reader = pacsv.open_csv(
            watched,
            read_options=pacsv.ReadOptions(block_size=_BLOCK, encoding=encoding),
            parse_options=pacsv.ParseOptions(
                delimiter=file.delimiter, newlines_in_values=True, escape_char=escape
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=list(named.values()),
                column_types={n: pa.string() for n in named.values()},
                strings_can_be_null=False,
            ),
        )
        for batch in reader:
            yield pa.RecordBatch.from_arrays(batch.columns, names=list(named))


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


def _unreadable(path: Path, fault: OSError) -> DataError:
    return DataError(
        f"cannot be read ({fault.strerror or fault})",
        where=str(path),
        hint="check the path and your permission",
    )
