r"""The one way in for anything that is read: files, archives, JSON, Parquet.

What comes from a disk may be anything: a pipe that never ends, an archive that unpacks to a
thousand times its size, a table that a library trips over. Here each becomes bytes or a table
within :mod:`multipolar.limits`, or an error of one line with the file and what to do.
"""

from __future__ import annotations

import errno
import io
import json
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from multipolar import limits
from multipolar.errors import DataError, MultipolarError
from multipolar.text.clean import one_line, printable

if TYPE_CHECKING:
    import pandas as pd

Error = type[MultipolarError]
_SHOWN_PATH = 300
_CHUNK = 1 << 20
# a pipe that is swapped in between the look and the opening does not hang
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_FLAGS |= getattr(os, "O_NOCTTY", 0)
_KINDS: tuple[tuple[Callable[[int], bool], str, str], ...] = (
    (stat.S_ISDIR, "this is a folder, not a file", "name a file in it"),
    (stat.S_ISFIFO, "this is a pipe, not a file", "save what comes through it, and name that"),
    (stat.S_ISSOCK, "this is a socket, not a file", "name a file"),
    (stat.S_ISCHR, "this is a device, not a file", "name a file"),
    (stat.S_ISBLK, "this is a device, not a file", "name a file"),
)
_REASONS = {
    errno.ENOENT: ("no such file", "check the path"),
    errno.ENOTDIR: ("no such file: a part of the path is no folder", "check the path"),
    errno.ELOOP: ("a link that leads to itself", "name the file itself"),
    errno.ENAMETOOLONG: ("a name longer than the system allows", "check the path"),
    errno.EACCES: ("no permission to read it", "change its permission, or copy it"),
    errno.EPERM: ("no permission to read it", "change its permission, or copy it"),
}


# Files ------------------------------------------------------------------------------------


def expanded(path: str | Path, *, error: Error = DataError) -> Path:
    """Return a path with ``~`` and ``~user`` written out.

    Raises:
        MultipolarError: of class ``error``, if there is no such user.

    Example:
        >>> expanded("votes.csv").name
        'votes.csv'
    """
    place = Path(path)
    try:
        return place.expanduser()
    except (RuntimeError, KeyError, ValueError):
        if os.path.lexists(place):  # what an office leaves beside an open file: ~$votes.csv
            return place
        what = f"nobody here is called {place.parts[0][1:]!r}" if place.parts[0][1:] else "no home"
        raise error(what, where=shown(place), hint="write the path out") from None


def regular(
    path: str | Path, *, most: int | None = None, hint: str = "", error: Error = DataError
) -> Path:
    """Return the path of a plain file that can be read, with ``~`` written out.

    Args:
        path: of the file.
        most: bytes it may have, by default ``limits.FILE_BYTES``.
        hint: what to do if it is not such a file.
        error: the class of error to raise.

    Raises:
        MultipolarError: of class ``error``: there is none, it is a folder, a pipe or a device,
            its links lead in a circle, its name is no name, it may not be read or is too large.

    Example:
        >>> try:
        ...     regular("/nowhere.csv")
        ... except DataError as refusal:
        ...     print(refusal)
        /nowhere.csv: no such file. Hint: check the path
    """
    with opened(path, most=most, hint=hint, error=error):
        return expanded(path, error=error)


@contextmanager
def opened(
    path: str | Path, *, most: int | None = None, hint: str = "", error: Error = DataError
) -> Iterator[IO[bytes]]:
    """Give a plain file as a stream; never waits for one that is not.

    Args:
        path: of the file.
        most: bytes it may have, by default ``limits.FILE_BYTES``.
        hint: what to do if it is not such a file.
        error: the class of error to raise.

    Raises:
        MultipolarError: as :func:`regular`.
    """
    place = expanded(path, error=error)
    most = limits.FILE_BYTES if most is None else most
    try:
        _refuse_odd(place.stat(), place, most, hint, error)
        file = os.fdopen(os.open(place, _FLAGS), "rb")
    except (OSError, ValueError) as fault:
        _refuse(fault, place, hint, error)
    with file:
        _refuse_odd(os.fstat(file.fileno()), place, most, hint, error)
        yield file


def _refuse_odd(found: os.stat_result, place: Path, most: int, hint: str, error: Error) -> None:
    for is_such, what, remedy in _KINDS:
        if is_such(found.st_mode):
            raise error(what, where=shown(place), hint=hint or remedy)
    if not stat.S_ISREG(found.st_mode):
        raise error("this is not a plain file", where=shown(place), hint=hint or "name a file")
    if found.st_size > most:
        raise error(f"the file is larger than {most:,} bytes", where=shown(place), hint="split it")


def _refuse(fault: Exception, place: Path, hint: str, error: Error) -> NoReturn:
    what, remedy = _REASONS.get(getattr(fault, "errno", None) or 0, ("", ""))
    what = what or f"the file cannot be read ({reason(fault)})"
    raise error(what, where=shown(place), hint=hint or remedy or "check the path") from None


def shown(path: str | Path) -> str:
    """Return a path as an error names it."""
    return printable(str(path), limit=_SHOWN_PATH)


def read_file(
    path: str | Path, *, most: int | None = None, hint: str = "", error: Error = DataError
) -> bytes:
    """Return the bytes of a plain file.

    Args:
        path: of the file.
        most: bytes it may have, by default ``limits.FILE_BYTES``.
        hint: what to do if it is not such a file.
        error: the class of error to raise.

    Raises:
        MultipolarError: as :func:`regular`.
    """
    most = limits.FILE_BYTES if most is None else most
    where = shown(path)
    with (
        opened(path, most=most, hint=hint, error=error) as file,
        reading(where, hint=hint, error=error),
    ):
        content = file.read(most + 1)
    if len(content) > most:  # it grew, or its size was not told
        raise error(f"the file is larger than {most:,} bytes", where=where, hint="split it")
    return content


def files_in(folder: str | Path, *patterns: str, most: int, error: Error = DataError) -> list[Path]:
    """Return the files of a folder that match the first pattern that any do, in order.

    Args:
        folder: where they are.
        patterns: of names, as ``scenarios*.yaml``.
        most: how many there may be.
        error: the class of error to raise.

    Raises:
        MultipolarError: of class ``error``: there is no such folder, there are too many, or one is
            a link out of it.
    """
    place = expanded(folder, error=error)
    with reading(shown(place), what="the folder cannot be read", error=error):
        found: list[Path] = next(filter(None, (sorted(place.glob(p)) for p in patterns)), [])
        root = place.resolve()
        outside = [f for f in found if not f.resolve().is_relative_to(root)]
    if outside:
        raise error(
            "the file lies outside its folder",
            where=shown(outside[0].name),
            hint="copy it into the folder",
        )
    if len(found) > most:
        raise error(f"more than {most} files", where=shown(place), hint="name one file")
    return found


# Faults -----------------------------------------------------------------------------------


@contextmanager
def reading(
    where: str, *, what: str = "cannot be read", hint: str = "", error: Error = DataError
) -> Iterator[None]:
    """Turn whatever a library raises while it parses a file into one error of one line.

    As little as can be stands in it: a mistake of our own would be told as one of the file.
    An error of the project's own passes, and so does an interrupt.

    Args:
        where: file and place.
        what: what it means, before the reason in brackets.
        hint: what to do about it.
        error: the class of error to raise.

    Raises:
        MultipolarError: of class ``error``.

    Example:
        >>> try:
        ...     with reading("a.json", hint="save it again"):
        ...         json.loads("{")
        ... except DataError as refusal:
        ...     print(str(refusal)[:32])
        a.json: cannot be read (Expectin
    """
    try:
        yield
    except MultipolarError:
        raise
    except Exception as fault:
        raise error(f"{what} ({reason(fault)})", where=where, hint=hint) from None


def reason(fault: BaseException) -> str:
    """Return in a few words why something could not be read.

    Example:
        >>> reason(MemoryError()), reason(KeyError("vote")), reason(ValueError("two names"))
        ('it does not fit into memory', "it lacks 'vote'", 'two names')
    """
    if isinstance(fault, MemoryError):
        return "it does not fit into memory"
    if isinstance(fault, RecursionError):
        return "it is nested too deep"
    if isinstance(fault, UnicodeDecodeError):
        return f"byte {fault.start} is not {fault.encoding.upper()}"
    if isinstance(fault, OSError) and fault.strerror:
        return printable(fault.strerror)
    if isinstance(fault, KeyError) and fault.args:
        return f"it lacks {printable(repr(fault.args[0]))}"
    return printable(one_line(str(fault)), limit=120) or type(fault).__name__


# Streams ----------------------------------------------------------------------------------


class Bounded(io.RawIOBase):
    """A stream that ends in an error when it gives more than was allowed, or a line without end.

    Args:
        file: the stream within.
        where: its name, for the error.
        most: bytes it may give.
        size: bytes it has to give, if that is known.
        lines: False for what has no lines, as an archive.
        what: what it means if the stream within fails.
        hint: what to do about it, or if it gives more.
        error: the class of error to raise.

    Example:
        >>> stream = Bounded(io.BytesIO(b"a,b\\n" * 9), "a.csv", most=20)
        >>> try:
        ...     stream.readall()
        ... except DataError as refusal:
        ...     print(refusal.what)
        unpacks to more than 20 bytes
    """

    def __init__(
        self,
        file: IO[bytes],
        where: str,
        *,
        most: int,
        size: int | None = None,
        lines: bool = True,
        what: str = "cannot be read",
        hint: str = "",
        error: Error = DataError,
    ) -> None:
        self._file, self._where, self._lines = file, where, lines
        self._most, self._size = most, size
        self._what, self._hint, self._error = what, hint or "check where it comes from", error
        self._given = self._open = 0  # bytes in all, and since the last end of a line

    @property
    def name(self) -> str:
        """The name of the file."""
        return self._where

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most as many as a line may have."""
        if size < 0:
            return self.readall()
        with self._reading():
            content = self._file.read(min(size, limits.LINE_BYTES))
        if size:
            self._count(content)
        return content

    def readall(self) -> bytes:
        """Return all there is."""
        parts = []
        while part := self.read(_CHUNK):
            parts.append(part)
        return b"".join(parts)

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return the next line."""
        allowed = limits.LINE_BYTES + 1
        with self._reading():
            line = self._file.readline(allowed if size is None or size < 0 else min(size, allowed))
        self._count(line)
        return line

    def _reading(self) -> AbstractContextManager[None]:
        return reading(self._where, what=self._what, hint=self._hint, error=self._error)

    def _count(self, content: bytes) -> None:
        if not content and self._size not in (None, self._given):
            raise self._fault(f"{self._what} (it has not the size it says)")
        self._given += len(content)
        if self._given > self._most:
            raise self._fault(f"unpacks to more than {self._most:,} bytes")
        if not self._lines:
            return
        first, last = _first_and_last_end(content)
        self._open += len(content) if first < 0 else first
        if self._open > limits.LINE_BYTES:
            raise self._fault(f"a line is longer than {limits.LINE_BYTES:,} bytes")
        if first >= 0:
            self._open = len(content) - last - 1

    def _fault(self, what: str) -> MultipolarError:
        return self._error(what, where=self._where, hint=self._hint)


def _first_and_last_end(content: bytes) -> tuple[int, int]:
    """Return where the first and the last line ends; -1 where none does."""
    ends = [e for e in (content.find(b"\n"), content.find(b"\r")) if e >= 0]
    return min(ends, default=-1), max(content.rfind(b"\n"), content.rfind(b"\r"))


# JSON -------------------------------------------------------------------------------------


_NO_JSON = "this is not JSON that can be read"


def read_json(
    path: str | Path, *, what: str = _NO_JSON, hint: str = "", error: Error = DataError
) -> Any:
    """Return what a JSON file holds, under the rules of :func:`parse_json`.

    Raises:
        MultipolarError: as :func:`regular` and :func:`parse_json`.
    """
    content = read_file(path, most=limits.JSON_BYTES, hint=hint, error=error)
    return parse_json(content, shown(path), what=what, hint=hint, error=error)


def parse_json(
    content: bytes, where: str, *, what: str = _NO_JSON, hint: str = "", error: Error = DataError
) -> Any:
    """Return what JSON holds that is in memory.

    Refused are numbers that are none (``NaN``), a name given twice, halves of characters, what is
    over ``limits.JSON_BYTES``, and what is nested over ``limits.JSON_DEPTH`` deep.

    Args:
        content: in UTF-8.
        where: file and place, for the error.
        what: what it means if it cannot be read.
        hint: what to do about it.
        error: the class of error to raise.

    Raises:
        MultipolarError: of class ``error``.

    Example:
        >>> parse_json(b'{"a": [1, 2]}', "a.json")
        {'a': [1, 2]}
    """
    if len(content) > limits.JSON_BYTES:
        raise error(f"more than {limits.JSON_BYTES:,} bytes of JSON", where=where, hint=hint)
    with reading(where, what=what, hint=hint, error=error):
        found = json.loads(
            content.decode("utf-8-sig"), parse_constant=_no_number, object_pairs_hook=_once
        )
        _refuse_deep(found)
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(n for n in names if names.count(n) > 1)
        raise ValueError(f"{printable(repr(twice))} is given twice")
    return found


def _refuse_deep(found: Any) -> None:
    level = [found]
    for _ in range(limits.JSON_DEPTH):
        for text in (t for item in level for t in _texts(item)):
            text.encode()  # halves of characters cannot be written again
            if len(text) > limits.JSON_BYTES:
                raise ValueError("a text is too long")
        level = [v for item in level for v in _held(item)]
        if not level:
            return
    raise RecursionError


def _texts(item: Any) -> Sequence[str]:
    return (item,) if isinstance(item, str) else tuple(item) if isinstance(item, dict) else ()


def _held(item: Any) -> Sequence[Any]:
    return (
        tuple(item.values()) if isinstance(item, dict) else item if isinstance(item, list) else ()
    )


# Parquet ----------------------------------------------------------------------------------


def is_parquet(path: str | Path, *, hint: str = "", error: Error = DataError) -> bool:
    """Say whether a plain file begins as Parquet does.

    Raises:
        MultipolarError: as :func:`regular`.
    """
    with opened(path, hint=hint, error=error) as file:
        return file.read(4) == b"PAR1"


def read_parquet(
    source: str | Path | bytes,
    *,
    name: str,
    columns: Sequence[str] | None = None,
    nested: bool = False,
    hint: str = "",
    error: Error = DataError,
) -> pd.DataFrame:
    """Return a table in Parquet, of plain columns under names of their own.

    What its footer says is looked at first, and what is decoded is counted as it comes, so that a
    small file does not become a table larger than the memory.

    Args:
        source: the file, or its bytes.
        name: of the file, for the error.
        columns: those to read; by default all.
        nested: whether columns of lists are read too.
        hint: what to do about it.
        error: the class of error to raise.

    Raises:
        MultipolarError: of class ``error``: it is damaged or too large, has two columns of one
            name, or a column of what is neither text, number, truth nor date.

    Example:
        >>> import pandas as pd
        >>> buffer = io.BytesIO()
        >>> pd.DataFrame({"vote": ["yes", "no"]}).to_parquet(buffer)
        >>> read_parquet(buffer.getvalue(), name="a.parquet")["vote"].tolist()
        ['yes', 'no']
    """
    from multipolar.world.parquet_file import table

    content = source if isinstance(source, bytes) else read_file(source, hint=hint, error=error)
    what = "the Parquet file cannot be read"
    with reading(name, what=what, hint=hint, error=error):
        return table(content, columns, nested=nested)
