"""A table as downloaded: a CSV, alone or in a zip archive."""

from __future__ import annotations

import hashlib
import io
import re
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from multipolar.errors import DataError
from multipolar.world.archive import entries, is_archive, name_of, unpacked
from multipolar.world.boundary import Bounded, regular

DOWNLOAD = (
    "download the regular (SML) tables of release 2025 as CSV from https://oe.cd/icio and add "
    "YYYY_SML.csv"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


@dataclass(frozen=True, slots=True)
class Source:
    """A CSV of ``size`` bytes; ``inside`` is its way in an archive, nothing for the file itself."""

    path: Path
    inside: tuple[str, ...]
    size: int
    year: int

    @property
    def name(self) -> str:
        """The name of the CSV."""
        return name_of(self.inside[-1]) if self.inside else self.path.name

    def fault(self, what: str, hint: str = DOWNLOAD) -> DataError:
        """Return an error about this file."""
        return DataError(what, where=self.name, hint=hint)

    def open(self) -> AbstractContextManager[Bounded]:
        """Give the CSV as a stream; what fails while it is read becomes an error of one line."""
        return unpacked(self.path, self.inside)


def find(path: str | Path, year: int | None) -> Source:
    """Return the CSV of a table: the file itself, or the one in an archive that ``year`` picks.

    Raises:
        DataError: there is none, or it cannot be told which one or of which year.
    """
    path = regular(path)
    inside, size = _member(path, year) if is_archive(path) else ((), path.stat().st_size)
    name = name_of(inside[-1]) if inside else path.name
    named = set(_YEAR.findall(name))
    if year is None and len(named) != 1:
        raise DataError(
            "the file name does not say which year the table is of",
            where=name,
            hint="add --year, say --year 2022",
        )
    return Source(path, inside, size, year or int(named.pop()))


def _member(path: Path, year: int | None) -> tuple[tuple[str, ...], int]:
    held = [e for e in entries(path) if e.name.casefold().endswith(".csv")]
    if not held:
        raise DataError("the archive has no CSV", where=path.name, hint=DOWNLOAD)
    years = {e: _YEAR.findall(e.name) for e in held}
    right = [e for e in held if year is None or str(year) in years[e]]
    if year is not None and not right and len(held) == 1 and not any(years.values()):
        right = held
    if len(right) != 1:
        there = ", ".join(sorted(name_of(e.name) for e in held)[:8])
        raise DataError(
            f"the archive has {'several tables' if right else f'no table of {year}'}: {there}",
            where=path.name,
            hint="pick one with --year, say --year 2022",
        )
    return right[0].inside, right[0].size


class Watched(io.RawIOBase):
    """The stream of a file that hashes what passes, and shows a bar if asked to."""

    def __init__(self, file: Bounded, size: int, name: str, progress: bool) -> None:
        from tqdm import tqdm

        self._file = file
        self._bar = tqdm(
            total=size,
            unit="B",
            unit_scale=True,
            desc=name,
            leave=False,
            disable=not progress,
            file=sys.stderr,
        )
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

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return the next line."""
        line = self._file.readline(-1 if size is None else size)
        self.digest.update(line)
        self._bar.update(len(line))
        return line

    def drain(self) -> None:
        """Hash what is left, if the reader stopped early."""
        while self.read(1 << 20):
            pass

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
        super().close()
