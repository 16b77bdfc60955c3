"""The tables a user adds: a data package of one's own, beside the shipped one."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from multipolar import limits
from multipolar.errors import DataError, nearest
from multipolar.world import boundary, lock, writer

VARIABLE = "MULTIPOLAR_DATA"
PACKAGE = "datapackage.json"
_REPAIR = f"repair or delete it, or name another folder in {VARIABLE}"
_ELSEWHERE = f"name a folder you may write to in {VARIABLE}"


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
    writer.try_folder(folder, hint=_ELSEWHERE)


def put(folder: Path, resource: Mapping[str, Any], content: bytes) -> dict[str, Any] | None:
    """Write a table into a user's folder, and return the entry it replaces, if there was one.

    The data package changes last and at once, so that whatever happens in between the folder
    holds the old table or the new one, whole. Runs that add at the same time wait for each other.

    Args:
        folder: made if need be.
        resource: the table's entry, but for its file, size and hash.
        content: the table's file, in the entry's ``format``.

    Raises:
        DataError: the folder cannot be written to, or its data package not read.
    """
    digest = hashlib.sha256(content).hexdigest()
    entry = dict(resource) | {
        "path": f"{resource['name']}-{digest[:12]}.{resource['format']}",
        "bytes": len(content),
        "hash": f"sha256:{digest}",
    }
    with writer.reported(folder, _ELSEWHERE), writer.made(folder), _alone(folder):
        package = read_package(folder) or {
            "profile": "data-package",
            "name": "multipolar-user",
            "title": "Tables added by the user",
        }
        entries = {r["name"]: r for r in package.get("resources", [])}
        before: dict[str, Any] | None = entries.get(entry["name"])
        listed = {str(e["path"]) for e in entries.values()}
        entries[entry["name"]] = entry
        try:
            writer.place(folder / entry["path"], content)
            _write_package(folder, package, entries)
        except BaseException:
            _forget(folder, entry["name"], listed)
            raise
        _forget(folder, entry["name"], {str(e["path"]) for e in entries.values()})
    return before


def remove(folder: Path, name: str) -> None:
    """Take a table out of a user's folder.

    Raises:
        DataError: there is no such table, or the folder cannot be written to.
    """
    with writer.reported(folder, _ELSEWHERE), _alone(folder):
        package = read_package(folder) or {"resources": []}
        entries = {r["name"]: r for r in package["resources"]}
        if name not in entries:
            raise DataError(
                f"you have added no table {name!r}",
                where=str(folder),
                hint=nearest(name, entries)
                or "`multipolar data list` shows yours in its last line",
            )
        gone = str(entries.pop(name)["path"])
        _write_package(folder, package, entries)
        if gone not in {str(e["path"]) for e in entries.values()}:
            with contextlib.suppress(OSError):  # what is not listed is not read
                (folder / gone).unlink(missing_ok=True)
        _forget(folder, name, {str(e["path"]) for e in entries.values()})


def _alone(folder: Path) -> contextlib.AbstractContextManager[bool]:
    return lock.alone(folder, file=".lock")


def _write_package(
    folder: Path, package: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]
) -> None:
    content = dict(package) | {"resources": list(entries.values())}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    writer.place(folder / PACKAGE, text.encode("utf-8", "backslashreplace"))


def _forget(folder: Path, name: str, listed: Collection[str]) -> None:
    """Remove files of a table that are listed no more, and what killed runs have left."""
    file = re.compile(re.escape(name) + r"-[0-9a-f]{12}\.(npz|parquet)")
    with contextlib.suppress(OSError):  # what is not listed is not read: it does no harm
        for path in list(folder.iterdir()):
            if file.fullmatch(path.name) and path.name not in listed:
                path.unlink(missing_ok=True)
    writer.sweep(folder)
