"""Files in zip archives, also in an archive in an archive, as bounded streams."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from multipolar import limits
from multipolar.errors import DataError
from multipolar.text.clean import printable
from multipolar.world.boundary import Bounded, opened, reading

_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGED, _AGAIN = "the archive cannot be read", "download it again, or unpack it first"
_UNPACK = "unpack it first"
_LAST_LETTER = 0x10FFFF
_NAMED = 1_000  # bytes an archive's list has for a file in it, at most
_PACKING = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # others unpack without bounds


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in an archive.

    Attributes:
        inside: names of the archives in the archive, and last the file's, that lead to it.
        size: in bytes, unpacked, as the archive says.
    """

    inside: tuple[str, ...]
    size: int

    @property
    def name(self) -> str:
        """The name of the file, without folders."""
        return PurePosixPath(self.inside[-1]).name


def is_archive(path: Path, *, hint: str = "") -> bool:
    """Say whether a plain file begins as a zip archive does.

    Raises:
        DataError: as :func:`multipolar.world.boundary.regular`.
    """
    with opened(path, hint=hint) as file, reading(path.name):
        return file.read(4) in _BEGINS


def entries(path: Path) -> list[Entry]:
    """Return the files in an archive and in archives in it, but for what a Mac adds.

    Raises:
        DataError: it is damaged, or has too many of them.
    """
    with opened(path) as file:
        found = list(_entries(file, path.name, ()))
    if len(found) > limits.MEMBERS:
        raise _too_many(path.name)
    return found


def _entries(file: IO[bytes], name: str, above: tuple[str, ...]) -> Iterator[Entry]:
    with _archive(file, name) as archive:
        for info in archive.infolist():
            if info.filename.endswith("/") or info.filename.startswith("__MACOSX"):
                continue
            inside = (*above, info.filename)
            if not info.filename.casefold().endswith(".zip"):
                yield Entry(inside, info.file_size)
            elif len(inside) <= limits.ARCHIVES_DEEP:
                yield from _entries(_inner(archive, info), name_of(info.filename), inside)


@contextmanager
def unpacked(path: Path, inside: tuple[str, ...] = ()) -> Iterator[Bounded]:
    """Give a file, or one in an archive, as a bounded stream.

    Args:
        path: of the file, or of the archive.
        inside: as :class:`Entry` has it; nothing for the file itself.

    Raises:
        DataError: it is damaged, locked, or larger than its limit, now or while it is read.
    """
    with ExitStack() as stack:
        file = stack.enter_context(opened(path))
        if not inside:
            yield Bounded(file, path.name, most=limits.FILE_BYTES)
            return
        archive = stack.enter_context(_archive(file, path.name))
        name = path.name
        for inner in inside[:-1]:
            content = _inner(archive, _info(archive, inner, name))
            name = name_of(inner)
            archive = stack.enter_context(_archive(content, name))
        info = _info(archive, inside[-1], name)
        yield stack.enter_context(_member(archive, info, lines=True))


def read_arrays(content: bytes, name: str, *, hint: str = "") -> dict[str, NDArray[Any]]:
    """Return the arrays that numpy has put into an archive, each in the shape it was stored in.

    Args:
        content: of the archive.
        name: of the file, for the error.
        hint: what to do about it.

    Raises:
        DataError: it is damaged, or an array is larger than its limit or of objects.
    """
    found = {}
    with _archive(io.BytesIO(content), name) as archive:
        for info in archive.infolist():
            with _member(archive, info, lines=False) as stream:
                array = stream.readall()
            with reading(name, what="an array cannot be read", hint=hint):
                found[info.filename.removesuffix(".npy")] = _array(array)
    return found


def _array(content: bytes) -> NDArray[Any]:
    file = io.BytesIO(content)
    version = npy.read_magic(file)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = header(file)
    # what the header claims is not set aside before it is there
    if dtype.kind not in "biufU" or math.prod(shape) * dtype.itemsize > len(content):
        raise ValueError("its header does not fit what follows")
    file.seek(0)
    found: NDArray[Any] = npy.read_array(file, allow_pickle=False)
    if dtype.kind == "U" and found.size:  # Python fails on what is no character when it is shown
        letters = np.frombuffer(found.tobytes(), found.dtype.byteorder + "u4")
        if (letters > _LAST_LETTER).any():
            raise ValueError("its text holds what is no character")
    return found


@contextmanager
def _archive(file: IO[bytes], name: str) -> Iterator[zipfile.ZipFile]:
    with reading(name, what=_DAMAGED, hint=_AGAIN):
        if _list_size(file) > limits.MEMBERS * _NAMED:
            raise _too_many(name)
        file.seek(0)
        archive = zipfile.ZipFile(file)
    with archive:
        if len(archive.infolist()) > limits.MEMBERS:
            raise _too_many(name)
        yield archive


def _list_size(file: IO[bytes]) -> int:
    """Return the bytes of the list of files that an archive says it has at its end."""
    file.seek(max(0, file.seek(0, io.SEEK_END) - (1 << 16) - 100))
    tail = file.read()
    end, large = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    size = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
    if large >= 0:
        return int.from_bytes(tail[large + 40 : large + 48], "little")
    return size


def _too_many(name: str) -> DataError:
    return DataError(
        f"the archive has more than {limits.MEMBERS:,} files", where=name, hint=_UNPACK
    )


def _info(archive: zipfile.ZipFile, inner: str, name: str) -> zipfile.ZipInfo:
    with reading(name, what=_DAMAGED, hint=_AGAIN):
        return archive.getinfo(inner)


def _inner(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> io.BytesIO:
    """Return an archive in an archive; they are small."""
    with _member(archive, info, lines=False) as stream:
        return io.BytesIO(stream.readall())


@contextmanager
def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, lines: bool) -> Iterator[Bounded]:
    name = name_of(info.filename)
    most = limits.PACKED_FREE + limits.PACKED_RATIO * info.compress_size
    most = min(most, limits.UNPACKED_BYTES if lines else limits.INNER_BYTES)
    if info.flag_bits & 1:
        raise DataError("is locked with a password", where=name, hint=_UNPACK)
    if info.compress_type not in _PACKING:
        what = f"is packed in a way that is not read (method {info.compress_type})"
        raise DataError(what, where=name, hint=_UNPACK)
    if info.file_size > most:
        raise DataError(
            f"unpacks to {info.file_size:,} bytes, and at most {most:,} are read",
            where=name,
            hint=_UNPACK,
        )
    with reading(name, what=_DAMAGED, hint=_AGAIN):
        file = archive.open(info)
    with file:
        size = info.file_size
        yield Bounded(file, name, most=most, size=size, lines=lines, what=_DAMAGED, hint=_AGAIN)


def name_of(member: str) -> str:
    """Return the name of a file in an archive as an error shows it: without folders, not too long.

    Example:
        >>> name_of("deep/down/a.csv"), len(name_of("a" * 999))
        ('a.csv', 100)
    """
    return printable(PurePosixPath(member).name, limit=100)
