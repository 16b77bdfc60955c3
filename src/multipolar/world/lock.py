"""One run at a time: holding a folder against other runs that write to it."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from multipolar.errors import DataError
from multipolar.limits import LOCK_SECONDS

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextlib.contextmanager
def alone(folder: Path, *, file: str = "", wait: float = LOCK_SECONDS) -> Iterator[bool]:
    """Hold a folder against other runs that write to it; it has to be there.

    What is locked is the folder itself, which leaves nothing behind.

    Args:
        folder: what to hold.
        file: a file in it to lock on a system or a disk that locks no folders.
        wait: seconds to wait for another run.

    Yields:
        Whether it is held: without ``file``, not every system can.

    Raises:
        DataError: another run held it all the time.
    """
    held = _locked(lambda: os.open(folder, os.O_RDONLY), folder, wait)
    if held is None and file:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        held = _locked(lambda: os.open(folder / file, flags, 0o666), folder, wait)
    try:
        yield held is not None
    finally:
        if held is not None:
            os.close(held)


def _locked(opened: Callable[[], int], folder: Path, wait: float) -> int | None:
    """Open and lock; None where that cannot be done."""
    try:
        handle = opened()
    except OSError:
        return None
    until = time.monotonic() + wait
    try:
        while not _try_lock(handle):
            if time.monotonic() > until:
                raise DataError(
                    f"another run has been writing there for {wait:g} seconds",
                    where=str(folder),
                    hint="wait for it to end, and run the command again",
                )
            time.sleep(0.02)
    except OSError:
        os.close(handle)
        return None
    except BaseException:
        os.close(handle)
        raise
    return handle


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        if fault.errno in {errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}:
            return False
        raise
    return True
