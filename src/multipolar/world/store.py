"""The tables a user adds: a data package of one's own, beside the shipped one."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multipolar import limits
from multipolar.errors import DataError, nearest
from multipolar.world import boundary

VARIABLE = "MULTIPOLAR_DATA"
PACKAGE = "datapackage.json"
_REPAIR = f"repair or delete it, or name another folder in {VARIABLE}"


def user_folder() -> Path:
    """Return the folder of the tables a user adds: ``MULTIPOLAR_DATA``, or the platform's own."""
    named = os.environ.get(VARIABLE)
    if named:
        return boundary.expanded(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("multipolar", appauthor=False))


def read_package(folder: Path) -> dict[str, Any] | None:
    """Return the data package of a user's folder, or None when nothing was ever added.

    Raises:
        DataError: there is one, but it cannot be read.
    """
    path = folder / PACKAGE
    try:
        path.lstat()
    except FileNotFoundError:
        return None
    except OSError:
        pass  # what is wrong with it is said where it is read
    what = "your data package cannot be read"
    package = boundary.read_json(path, what=what, hint=_REPAIR)
    with boundary.reading(boundary.shown(path), what=what, hint=_REPAIR):
        _check(package)
    return dict(package)


def _check(package: Any) -> None:
    """Refuse a data package whose tables have no names and files of their own."""
    if not isinstance(package, dict) or not isinstance(package.get("resources"), list):
        raise ValueError("it has no list of resources")
    if not all(isinstance(r, dict) for r in package["resources"]):
        raise ValueError("a resource holds no names with values")
    names = [r["name"] for r in package["resources"]]
    files = [r["path"] for r in package["resources"]]
    if len(names) > limits.MEMBERS:
        raise ValueError(f"more than {limits.MEMBERS:,} tables")
    for text in (*names, *files):
        if not (isinstance(text, str) and 0 < len(text.encode()) < 256 and text.isprintable()):
            raise ValueError("a name or path is no plain text of up to 255 bytes")
    if len(set(names)) < len(names) or len(set(files)) < len(files):
        raise ValueError("two tables have one name or file")
    if any(Path(f).name != f or "\\" in f or f == PACKAGE for f in files):
        raise ValueError("a table lies outside of the folder")


def check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written to, before work is spent on what would go there.

    Raises:
        DataError: it, or the nearest folder above it that exists, does not let us write.
    """
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if not (place.is_dir() and os.access(place, os.W_OK)):
        raise _cannot_write(folder, "not a folder" if not place.is_dir() else "permission denied")


def put(folder: Path, resource: Mapping[str, Any], content: bytes) -> dict[str, Any] | None:
    """Write a table into a user's folder, and return the entry it replaces, if there was one.

    The data package changes last and at once, so that whatever happens in between the folder
    holds the old table or the new one, whole.

    Args:
        folder: made if need be.
        resource: the table's entry, but for its file, size and hash.
        content: the table's file, in the entry's ``format``.

    Raises:
        DataError: the folder cannot be written to, or its data package not read.
    """
    package = read_package(folder) or {"profile": "data-package", "name": "multipolar-user",
                                       "title": "Tables added by the user"}  # fmt: skip
    digest = hashlib.sha256(content).hexdigest()
    entry = dict(resource) | {
        "path": f"{resource['name']}-{digest[:12]}.{resource['format']}",
        "bytes": len(content),
        "hash": f"sha256:{digest}",
    }
    entries = {r["name"]: r for r in package.get("resources", [])}
    before = entries.get(entry["name"])
    entries[entry["name"]] = entry
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / entry["path"], content)
        _write_package(folder, package, entries)
    except OSError as fault:
        raise _cannot_write(folder, fault.strerror or str(fault)) from None
    if before and before["path"] != entry["path"]:
        _forget(folder / before["path"])
    return before


def remove(folder: Path, name: str) -> None:
    """Take a table out of a user's folder.

    Raises:
        DataError: there is no such table, or the folder cannot be written to.
    """
    package = read_package(folder) or {"resources": []}
    entries = {r["name"]: r for r in package["resources"]}
    if name not in entries:
        raise DataError(
            f"you have added no table {name!r}",
            where=str(folder),
            hint=nearest(name, entries) or "`multipolar data list` shows yours in its last line",
        )
    gone = entries.pop(name)
    try:
        _write_package(folder, package, entries)
    except OSError as fault:
        raise _cannot_write(folder, fault.strerror or str(fault)) from None
    _forget(folder / gone["path"])


def _write_package(
    folder: Path, package: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]
) -> None:
    content = dict(package) | {"resources": list(entries.values())}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    replace_file(folder / PACKAGE, text.encode())


def replace_file(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there: readers find the old or the new, whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _forget(path: Path) -> None:
    # what is no longer listed is not read: a file that stays does no harm
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _cannot_write(folder: Path, why: str) -> DataError:
    return DataError(
        f"cannot write ({why})",
        where=str(folder),
        hint=f"name a folder you may write to in {VARIABLE}",
    )
