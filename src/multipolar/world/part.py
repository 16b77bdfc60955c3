"""What has arrived of a download, and what was said of it, safe from others and from other runs.

Three files lie beside the one to come: ``NAME.part``, ``NAME.json`` and, while a run is at work,
``.NAME.lock``. None is opened through a link, or where somebody else may have put it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO

from multipolar import limits
from multipolar.errors import DataError
from multipolar.text.clean import printable
from multipolar.world import writer
from multipolar.world.web import BY_HAND

_OURS = (".part", ".json", ".lock")
# a link is not followed, and a pipe not waited for, where the system can be told so
_ITSELF = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def check_name(name: str, where: str) -> str:
    """Return the name of a file, if it can be one in a folder of ours.

    Raises:
        DataError: it would leave the folder, hides, does not print, is too long, or ends as the
            files beside a download do.
    """
    why = ""
    if not name.strip(". ") or name.startswith(".") or re.search(r"[/\\:]", name):
        why = "it would not stay in its folder"
    elif not name.isprintable():
        why = "a character in it does not print"
    elif len(os.fsencode(name)) > limits.FILE_NAME:
        why = f"over {limits.FILE_NAME} bytes"
    elif name.casefold().endswith(_OURS):
        why = f"{', '.join(_OURS)} are ours"
    if why:
        raise DataError(
            f"{printable(name)!r} is not a file name ({why})",
            where=where,
            hint=BY_HAND,
        )
    return name


@dataclass(frozen=True, slots=True)
class Note:
    """What the server said of a file.

    Attributes:
        url: that was asked for it.
        validator: what tells whether it is still the same; empty if nothing does.
        etag: as sent, weak or strong.
        modified: date of change, as sent.
        size: of the whole, in bytes; 0 if it was not said.
        complete: the file is there under its name.
    """

    url: str
    validator: str = ""
    etag: str = ""
    modified: str = ""
    size: int = 0
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """The files of a download beside the one to come.

    Attributes:
        path: of the file to come.
    """

    path: Path

    @property
    def place(self) -> Path:
        """Where that lies which has arrived."""
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def told(self, url: str) -> Note:
        """Return what the server said of the file at an address, nothing if no run asked it."""
        try:
            with os.fdopen(os.open(self._note, os.O_RDONLY | _ITSELF), "rb") as file:
                _check_own(file.fileno())
                found = json.loads(file.read(limits.ADDRESS * 4))
        except (OSError, ValueError, RecursionError):
            return Note(url)
        if not isinstance(found, dict) or found.get("url") != url:
            return Note(url)
        found = {f.name: found[f.name] for f in fields(Note) if f.name in found}
        if any(type(v) is not type(getattr(Note(""), k)) for k, v in found.items()):
            return Note(url)
        texts = (found.get(k, "") for k in ("validator", "etag", "modified"))
        if not all(t.isascii() and t.isprintable() for t in texts) or found.get("size", 0) < 0:
            return Note(url)  # not as we write it
        return Note(**found)

    def tell(self, note: Note) -> None:
        """Keep what the server said, at once or not at all."""
        said = {k: v for k, v in asdict(note).items() if v}
        writer.place(self._note, json.dumps(said).encode())

    def size(self) -> int:
        """Return how many bytes have arrived; 0 too if what lies there is not ours alone."""
        try:
            found = os.lstat(self.place)
        except OSError:
            return 0
        return found.st_size if _is_own(found) else 0

    def forget(self) -> None:
        """Remove what has arrived, and what was said of it."""
        self.place.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    @contextlib.contextmanager
    def open(self, have: int) -> Iterator[IO[bytes]]:
        """Open what has arrived, to go on after ``have`` bytes, or anew if that is 0."""
        if have:
            handle = os.open(self.place, os.O_WRONLY | os.O_APPEND | _ITSELF)
        else:
            self.place.unlink(missing_ok=True)
            handle = os.open(self.place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _ITSELF, 0o666)
        with os.fdopen(handle, "ab" if have else "wb") as file:
            if have:
                _check_own(handle, have)
            try:
                yield file
            finally:
                file.flush()
                os.fsync(handle)  # or a run after a power cut would build on zeros

    def finish(self, note: Note) -> None:
        """Give what has arrived its name."""
        self.place.replace(self.path)
        self.tell(note)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other runs from the same file.

        Raises:
            DataError: another run is at it.
        """
        try:
            import fcntl
        except ImportError:  # there is no such lock on this system
            yield
            return
        lock = self.path.with_name(f".{self.path.name}.lock")
        while True:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | _ITSELF, 0o600)
            try:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise DataError(
                        "another run is downloading this file",
                        where=str(self.path),
                        hint="wait until it has ended",
                    ) from None
                if not _still(lock, handle):  # the run before removed it as it ended
                    continue
                try:
                    yield
                finally:
                    lock.unlink(missing_ok=True)
                return
            finally:
                os.close(handle)


def _still(lock: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.lstat(lock), os.fstat(handle))
    except FileNotFoundError:
        return False


def _is_own(found: os.stat_result) -> bool:
    mine = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and mine


def _check_own(handle: int, size: int | None = None) -> None:
    found = os.fstat(handle)
    if not _is_own(found) or (size is not None and found.st_size != size):
        raise OSError("it was changed from outside")
