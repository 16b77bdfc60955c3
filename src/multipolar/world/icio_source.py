"""A table as downloaded: a CSV, alone or in a zip archive."""

from __future__ import annotations

import hashlib
import io
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from multipolar.errors import DataError

DOWNLOAD = (
    "download the regular (SML) tables of release 2025 as CSV from https://oe.cd/icio and add "
    "YYYY_SML.csv"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
# an archive that is cut short or damaged, locked, or packed in a way we cannot read
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Source:
    """A CSV, on its own or as ``member`` of an archive; ``size`` is that of the CSV in bytes."""

    path: Path
    member: str
    size: int
    year: int

    @property
    def name(self) -> str:
        """The name of the CSV."""
        return Path(self.member).name if self.member else self.path.name

    def fault(self, what: str, hint: str = DOWNLOAD) -> DataError:
        """Return an error about this file."""
        return DataError(what, where=self.name, hint=hint)

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Give the CSV as a stream; what fails while it is read becomes an error of one line."""
        try:
            if not self.member:
                with self.path.open("rb") as file:
                    yield file
                return
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                yield file
        except OSError as fault:
            raise self.fault(
                f"cannot be read ({fault.strerror or fault})", "check the path and your permission"
            ) from None
        except BROKEN as fault:
            raise self.fault(
                f"the archive cannot be read ({fault})", "download it again, or unpack it first"
            ) from None


def find(path: Path, year: int | None) -> Source:
    """Return the CSV of a table: the file itself, or the one in an archive that ``year`` picks.

    Raises:
        DataError: there is none, or it cannot be told which one or of which year.
    """
    try:
        size = path.stat().st_size
        packed = path.is_file() and zipfile.is_zipfile(path)
    except OSError as fault:
        raise DataError(
            f"cannot be read ({fault.strerror})", where=str(path), hint="name the downloaded file"
        ) from None
    if path.is_dir():
        raise DataError("is a folder", where=str(path), hint="name the YYYY_SML.csv in it")
    member = ""
    if packed:
        member, size = _member(path, year)
    name = Path(member).name if member else path.name
    named = set(_YEAR.findall(name))
    if year is None and len(named) != 1:
        raise DataError(
            "the file name does not say which year the table is of",
            where=name,
            hint="add --year, say --year 2022",
        )
    return Source(path, member, size, year or int(named.pop()))


def _member(path: Path, year: int | None) -> tuple[str, int]:
    try:
        with zipfile.ZipFile(path) as archive:
            held = {
                i.filename: i.file_size
                for i in archive.infolist()
                if i.filename.casefold().endswith(".csv") and not i.filename.startswith("__MACOSX")
            }
    except (zipfile.BadZipFile, OSError) as fault:
        raise DataError(
            f"the archive cannot be read ({fault})", where=path.name, hint="download it again"
        ) from None
    if not held:
        raise DataError("the archive has no CSV", where=path.name, hint=DOWNLOAD)
    years = {name: _YEAR.findall(Path(name).name) for name in held}
    right = [n for n in held if year is None or str(year) in years[n]]
    if year is not None and not right and len(held) == 1 and not any(years.values()):
        right = list(held)
    if len(right) != 1:
        there = ", ".join(sorted(Path(n).name for n in held)[:8])
        raise DataError(
            f"the archive has {'several tables' if right else f'no table of {year}'}: {there}",
            where=path.name,
            hint="pick one with --year, say --year 2022",
        )
    return right[0], held[right[0]]


class Watched(io.RawIOBase):
    """The stream of a file that hashes what passes, and shows a bar if asked to."""

    def __init__(self, file: IO[bytes], size: int, name: str, progress: bool) -> None:
        from tqdm import tqdm

        self._file = file
        self._bar = tqdm(total=size, unit="B", unit_scale=True, desc=name, leave=False,
                         disable=not progress, file=sys.stderr)  # fmt: skip
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        content = self._file.read(size)
        self.digest.update(content)
        self._bar.update(len(content))
        return content

    def drain(self) -> None:
        """Hash what is left, if the reader stopped early."""
        while self.read(1 << 20):
            pass

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
        super().close()
