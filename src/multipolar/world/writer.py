"""Writing to the disk: whole or not at all, and never through a name that can be guessed.

A file is written without a name (``O_TMPFILE``), brought to the disk, and only then named and moved
to its place; a folder of files is put together elsewhere and exchanged with what is there. A run
that is killed leaves the old or the new. What it may leave besides, in the instant between naming
and moving, is a ``.multipolar-...`` in the user's folder of caches, or beside the place if that is
on another disk, and the next run clears it.

Three kinds of folder are not exchanged, so that nothing else is moved with them: one that is a
mount point or some program's working folder, and one with folders or many files of others in it.
There the files take their places one after the other, each whole.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from multipolar.errors import DataError
from multipolar.limits import CARRIED_FILES, PATH_BYTES, ROOM_BYTES
from multipolar.world.lock import alone

HINT = "name a place you may write to"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_UNNAMED = getattr(os, "O_TMPFILE", 0)
_HIDDEN = ".multipolar-"
_DEFAULT_ACL = "system.posix_acl_default"
_NAMED = "/proc/self/fd"  # where a file without a name is found, to be given one
_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of the disk is used up",
    errno.EFBIG: "it is larger than a file may be here",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOTDIR: "not a folder",
}


def save(path: str | Path, content: bytes, *, hint: str = HINT) -> Path:
    """Write a file, whole or not at all, and return where it lies.

    A link is followed to the file it names. A file that is there keeps its permissions; a new one
    gets those the umask leaves.

    Raises:
        DataError: it cannot be written; what was there is as it was.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(Path(folder) / "a.txt", b"whole").read_bytes()
        b'whole'
    """
    with reported(path, hint):
        real = _free_file(path)
        with alone(real.parent) as sure:
            if sure:
                _sweep(real, ())
            place(real, content)
    return real


def save_folder(
    folder: str | Path,
    contents: Mapping[str, bytes],
    *,
    hint: str = HINT,
    fresh: bool = False,
) -> dict[str, Path]:
    """Write a folder of files, all or none; what others have put into it stays.

    Args:
        folder: made if need be, with the folders above it.
        contents: the files by name; in a fresh one, names may lead into folders: ``src/a.py``.
        hint: ends the line that refuses a place.
        fresh: refuse a folder that is there already.

    Returns:
        The paths by file name.

    Raises:
        DataError: it cannot be written; what was there is as it was.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as place:
        ...     sorted(save_folder(Path(place) / "new", {"a": b"1", "b": b"2"}))
        ['a', 'b']
    """
    with reported(folder, hint):
        real = _real(folder)
        _check_folder(real, contents, fresh=fresh)
        with made(real.parent), alone(real.parent) as sure:
            _check_folder(real, contents, fresh=fresh)
            _write_folder(real, contents, sure=sure)
    return {name: Path(folder) / name for name in contents}


def try_file(path: str | Path, *, hint: str = HINT) -> None:
    """Refuse a place for a file before work is spent on what would go there.

    Raises:
        DataError: no such folder, something else in the way, no permission, no room.
    """
    with reported(path, hint):
        _room(_free_file(path).parent)


def try_folder(
    folder: str | Path, names: Collection[str] = (), *, hint: str = HINT, fresh: bool = False
) -> None:
    """Refuse a place for a folder before work is spent on what would go there; make nothing.

    Raises:
        DataError: something else in the way, no permission, no room, a name that is too long.
    """
    with reported(folder, hint):
        real = _real(folder)
        _room(_check_folder(real, names, fresh=fresh))


@contextlib.contextmanager
def reported(where: str | Path, hint: str = HINT) -> Iterator[None]:
    """Turn what the system says of a place that cannot be written into a :class:`DataError`."""
    try:
        yield
    except OSError as fault:
        why = _WORDS.get(fault.errno or 0) or fault.strerror or str(fault)
        raise DataError(f"cannot write ({why})", where=str(where), hint=hint) from None


# The place ------------------------------------------------------------------------------------


def _real(path: str | Path) -> Path:
    """Return where a path leads."""
    text = os.fspath(path)
    if not text or "\0" in text:
        raise DataError("not the name of a file or folder", where=text, hint=HINT)
    real = Path(os.path.realpath(text))
    if real.is_symlink():
        raise DataError("the link leads back to itself", where=text, hint=HINT)
    return real


def _free_file(path: str | Path) -> Path:
    real = _real(path)
    if not real.parent.is_dir():
        missing = not os.path.lexists(real.parent)
        raise DataError(
            "no such folder" if missing else "not a folder",
            where=str(real.parent),
            hint="make it first" if missing else HINT,
        )
    _short(real, real.parent)
    if os.path.lexists(real):
        if not real.is_file():
            raise DataError("not a file", where=str(path), hint="name a file you may write to")
        if not os.access(real, os.W_OK):  # what its owner has locked stays as it is
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return real


def _check_folder(real: Path, names: Collection[str], *, fresh: bool) -> Path:
    """Return the folder that is there: this one, or the nearest above it."""
    base = real
    while not os.path.lexists(base) and base != base.parent:
        base = base.parent
    if fresh and base == real:
        raise DataError("there is one already", where=str(real), hint="name another one")
    if not base.is_dir():
        raise OSError(errno.ENOTDIR, "Not a directory")
    _short(real, base)
    for name in names if base == real else ():
        if (real / name).is_dir() and not (real / name).is_symlink():
            raise DataError("a folder is in the way", where=str(real / name), hint=HINT)
    return base


def _short(real: Path, base: Path) -> None:
    """Refuse a name that the disk does not take, though its folder is not there yet."""
    longest = os.pathconf(base, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
    names = [len(os.fsencode(part)) for part in real.relative_to(base).parts]
    if max(names, default=0) > longest or len(os.fsencode(real)) > PATH_BYTES:
        raise OSError(errno.ENAMETOOLONG, "File name too long")


def _room(folder: Path) -> None:
    """Write what is about the size of a dossier, and let it go."""
    with _Unnamed(folder, folder, bytes(ROOM_BYTES), lasting=False):
        pass


@contextlib.contextmanager
def made(folder: Path) -> Iterator[None]:
    """Make a folder and those above it; those that were not there go again if the work fails."""
    new: list[Path] = []
    at = folder
    while not os.path.lexists(at) and at != at.parent:
        new.append(at)
        at = at.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for at in new:
            with contextlib.suppress(OSError):
                at.rmdir()
        raise


# One file -------------------------------------------------------------------------------------


def place(path: Path, content: bytes) -> None:
    """Put a file into its place at once; for a caller that holds the folder, see
    :func:`multipolar.world.lock.alone`.

    Raises:
        OSError: it cannot be written.
    """
    with _Unnamed(path.parent, path, content, like=path) as file:
        for base in _bases(path.parent):
            beside = base / _hidden(path)
            try:
                file.name(beside)
                beside.replace(path)
                break
            except OSError:  # out of sight may be another disk, after all
                if base == path.parent or file.named:
                    raise
            finally:
                beside.unlink(missing_ok=True)
                _leave(base)
    _settled(path.parent)


def keep(path: Path, content: bytes) -> None:
    """Put a file into its place at once, without waiting for the disk: one that can be made again.

    Raises:
        OSError: it cannot be written.
    """
    with _Unnamed(path.parent, path, content, lasting=False) as file:
        beside = path.parent / _hidden(path)
        try:
            file.name(beside)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def _bases(folder: Path) -> list[Path]:
    """Return where to put together what goes into a folder: out of sight, and at worst there.

    The first is the user's folder of caches, if it is on the same disk and nobody else's.
    """
    base = _out_of_sight()
    with contextlib.suppress(OSError):
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        own, there = base.lstat(), folder.stat()
        mine = not hasattr(os, "geteuid") or own.st_uid == os.geteuid()
        private = stat.S_ISDIR(own.st_mode) and not own.st_mode & 0o022
        # what is made in such folders takes on their group or their rights
        marked = there.st_mode & stat.S_ISGID or _DEFAULT_ACL in _marks(folder)
        if own.st_dev == there.st_dev and mine and private and not marked:
            return [base, folder]
    _leave(base)
    return [folder]


def _out_of_sight() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("multipolar", appauthor=False))


def _marks(folder: Path) -> list[str]:
    return os.listxattr(folder) if sys.platform == "linux" else []


def _leave(base: Path) -> None:
    """Remove the folder in the user's caches if nothing is in it."""
    if base == _out_of_sight():
        with contextlib.suppress(OSError):
            base.rmdir()


class _Unnamed:
    """A file that is written and on the disk, but has no name yet.

    Where the system knows no such file, it has one that nobody can guess until it gets its own.
    """

    def __init__(
        self,
        folder: Path,
        goal: Path,
        content: bytes,
        *,
        like: Path | None = None,
        lasting: bool = True,
    ) -> None:
        self.named = False  # once: what had a name and lost it is gone
        self._path: Path | None = None
        self._file = self._open(folder, goal)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            if like is not None:
                _as_before(self._file, like)
            if lasting:
                os.fsync(self._file)
        except BaseException:
            self.__exit__()
            raise

    def _open(self, folder: Path, goal: Path) -> int:
        if _UNNAMED and Path(_NAMED).exists():
            try:
                return os.open(folder, _UNNAMED | os.O_WRONLY, 0o666)
            except OSError as fault:  # a disk, or a system, without
                if fault.errno not in {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT}:
                    raise
        self._path = folder / _hidden(goal)
        return os.open(self._path, _NEW | getattr(os, "O_BINARY", 0), 0o666)

    def name(self, path: Path) -> None:
        """Give it a name that is free."""
        if self._path is not None:
            self._path.rename(path)
            self._path, self.named = None, True
            return
        # with a folder given, the system call is the one that follows the link to the file
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.link(f"{_NAMED}/{self._file}", path, src_dir_fd=folder)
            self.named = True
        finally:
            os.close(folder)

    def __enter__(self) -> _Unnamed:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _as_before(file: int, like: Path) -> None:
    """Give a file the permissions and the owner of the one it takes the place of."""
    try:
        old = like.lstat()
    except OSError:
        return
    if stat.S_ISREG(old.st_mode) and hasattr(os, "fchmod"):
        new = os.fstat(file)
        if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
            with contextlib.suppress(OSError):  # only root may
                os.fchown(file, old.st_uid, old.st_gid)
        os.fchmod(file, old.st_mode & 0o777)


def _settled(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system does that for folders."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what killed runs left in a folder of ours, which the caller holds."""
    with contextlib.suppress(OSError):
        for path in list(folder.glob(f"{_HIDDEN}*")):
            with contextlib.suppress(OSError):
                path.unlink()


def _prefix(goal: Path) -> str:
    return f"{_HIDDEN}{hashlib.sha256(os.fsencode(goal)).hexdigest()[:12]}-"


def _hidden(goal: Path) -> str:
    return _prefix(goal) + secrets.token_hex(8)


# A folder of files ----------------------------------------------------------------------------


def _write_folder(real: Path, contents: Mapping[str, bytes], *, sure: bool) -> None:
    there = real.is_dir()
    if sure:
        _sweep(real, contents)
    others = [e for e in os.scandir(real) if e.name not in contents] if there else []
    swap = not there or _swappable(real, others)
    home = real.parent if swap else real
    with contextlib.ExitStack() as stack:
        files = {
            name: stack.enter_context(_Unnamed(home, real, content, like=real / name))
            for name, content in contents.items()
        }
        for base in _bases(home):
            try:
                _move_in(base / _hidden(real), real, files, others if swap else None)
                break
            except OSError:  # out of sight may be another disk, after all
                if base == home or any(f.named for f in files.values()):
                    raise
            finally:
                _leave(base)
    _settled(real)
    _settled(real.parent)


def _move_in(
    stage: Path, real: Path, files: Mapping[str, _Unnamed], others: list[os.DirEntry[str]] | None
) -> None:
    """Name the files in a new folder and move it, or them, to their place."""
    stage.mkdir()
    try:
        there = real.is_dir()
        if there and others is not None:
            shutil.copystat(real, stage)
            _owned_like(stage, real)
        for name, file in files.items():
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            file.name(stage / name)
        if not there:
            stage.rename(real)
        elif others is None or not (_carried(others, stage) and _exchanged(stage, real)):
            for name in files:
                (stage / name).replace(real / name)
    finally:
        _clear(stage, real, files)


def _swappable(real: Path, others: list[os.DirEntry[str]]) -> bool:
    """Whether a folder can be exchanged for another without a loss to anybody."""
    files = all(e.is_symlink() or e.is_file() for e in others)
    return (
        files
        and len(others) <= CARRIED_FILES
        and os.access(real.parent, os.W_OK | os.X_OK)
        and not real.is_mount()
        and not _worked_in(real)
    )


def _worked_in(folder: Path) -> bool:
    """Whether a program, be it a shell or a web server, has its working folder in this one."""
    places = [os.getcwd()]  # noqa: PTH109 - compared as text
    with contextlib.suppress(OSError):
        for number in os.listdir("/proc"):  # noqa: PTH208
            if number.isdigit():
                with contextlib.suppress(OSError):
                    places.append(os.readlink(f"/proc/{number}/cwd"))  # noqa: PTH115
    return any(Path(place).is_relative_to(folder) for place in places)


def _carried(others: list[os.DirEntry[str]], stage: Path) -> bool:
    """Give the files of others a second name in the folder that is to come."""
    try:
        for entry in others:
            os.link(entry.path, stage / entry.name, follow_symlinks=False)
    except OSError:  # not allowed, or not known to this disk
        return False
    return True


def _owned_like(folder: Path, like: Path) -> None:
    old, new = like.stat(), folder.stat()
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid) and hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(folder, old.st_uid, old.st_gid)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system or the disk cannot."""
    call = _exchange_call()
    return call is not None and call(os.fsencode(one), os.fsencode(other)) == 0


def _exchange_call() -> Callable[[bytes, bytes], int] | None:
    here, swap = -100, 2  # AT_FDCWD; RENAME_EXCHANGE, on macOS RENAME_SWAP
    try:
        system = ctypes.CDLL(None)
        if sys.platform == "linux":
            rename = system.renameat2
            return lambda one, other: int(rename(here, one, here, other, swap))
        if sys.platform == "darwin":
            rename = system.renamex_np
            return lambda one, other: int(rename(one, other, swap))
    except (OSError, AttributeError, TypeError):
        pass
    return None


def _sweep(real: Path, names: Collection[str]) -> None:
    """Clear what a killed run left; the caller holds the folder, so no run is at it now."""
    for folder in {*_bases(real.parent), real.parent, real}:
        with contextlib.suppress(OSError):
            for path in list(folder.glob(f"{_prefix(real)}*")):
                with contextlib.suppress(OSError):
                    if hasattr(os, "geteuid") and path.lstat().st_uid != os.geteuid():
                        continue  # laid there by somebody else
                    if path.is_dir() and not path.is_symlink():
                        _clear(path, real, names)
                    else:
                        path.unlink()
        _leave(folder)


def _clear(stage: Path, real: Path, names: Collection[str]) -> None:
    """Remove a folder that was put together or taken out; the files of others go on in ``real``."""
    folders = {name.partition("/")[0] for name in names if "/" in name}
    with contextlib.suppress(OSError):
        for kept in list(stage.iterdir()):
            with contextlib.suppress(OSError):
                at = real / kept.name
                if kept.name in folders:
                    shutil.rmtree(kept)
                    continue
                if kept.name not in names and real.is_dir() and _newer(kept, at):
                    kept.replace(at)  # came while the folders were exchanged
                kept.unlink(missing_ok=True)
        stage.rmdir()


def _newer(one: Path, other: Path) -> bool:
    return not os.path.lexists(other) or other.lstat().st_mtime < one.lstat().st_mtime
