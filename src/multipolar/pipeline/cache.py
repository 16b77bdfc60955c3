"""Answers of earlier runs, kept on disk by the key of the step and of what was asked.

One file an answer: arrays beside JSON, never code. It is written whole or not at all, and what is
damaged counts as not there. The oldest go where all take more room than they may.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar import limits
from multipolar.engines.api.contract import Reading, Source
from multipolar.pipeline.asks import Answer
from multipolar.world import boundary, writer

if TYPE_CHECKING:
    import xarray as xr

VARIABLE = "MULTIPOLAR_CACHE"
OFF = "off"
ENDING = ".npz"


@dataclass(frozen=True)
class Cache:
    """A folder of answers.

    Attributes:
        folder: made when something is first kept.
        most: bytes it may take; 1 GB by default.

    Example:
        >>> import tempfile
        >>> cache = Cache(Path(tempfile.mkdtemp()))
        >>> cache.put("k", {"answer": Answer(None, (1.0, 2.0), "")})
        >>> cache.get("k")["answer"].values
        (1.0, 2.0)
    """

    folder: Path
    most: int = limits.CACHE_BYTES

    @classmethod
    def default(cls) -> Cache | None:
        """Return the user's own: in ``MULTIPOLAR_CACHE``, or the platform's folder of caches.

        None where ``MULTIPOLAR_CACHE`` is ``off``.
        """
        named = os.environ.get(VARIABLE, "")
        if named == OFF:
            return None
        if named:
            return cls(boundary.expanded(named))
        import platformdirs

        return cls(Path(platformdirs.user_cache_dir("multipolar", appauthor=False)) / "answers")

    def get(self, key: str | None) -> dict[str, Any] | None:
        """Return what is kept under a key; None where there is nothing, or it is damaged."""
        if key is None:
            return None
        path = self._path(key)
        try:
            content = path.read_bytes()
            found = _decoded(content)
        except Exception:  # whatever it holds, or hides: it can be worked out again
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # the oldest to be read go first
        return found

    def put(self, key: str | None, what: Mapping[str, Any]) -> None:
        """Keep something under a key, if it can be kept: what cannot is worked out again."""
        if key is None:
            return
        with contextlib.suppress(OSError, _Unkept):
            content = _encoded(what)
            path = self._path(key)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            writer.keep(path, content)

    def entries(self) -> Iterator[os.stat_result]:
        """Yield size and time of all that is kept."""
        yield from (stat for _, stat in self._files())

    def trim(self) -> None:
        """Remove what was read longest ago, until the rest takes no more room than it may."""
        files = sorted(self._files(), key=lambda f: -f[1].st_mtime)
        total = 0
        for path, stat in files:
            total += stat.st_size
            if total > self.most:
                with contextlib.suppress(OSError):
                    path.unlink()

    def clear(self) -> int:
        """Remove everything, and return how many answers there were."""
        n = 0
        for path, _ in self._files():
            with contextlib.suppress(OSError):
                path.unlink()
                n += 1
        return n

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / (key[2:] + ENDING)

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self.folder.glob(f"??/*{ENDING}"):
            with contextlib.suppress(OSError):
                yield path, path.lstat()


class _Unkept(Exception):
    """A value of no kind that is kept."""


# What is kept, as JSON with the numbers of arrays beside it ------------------------------------


def _encoded(what: Mapping[str, Any]) -> bytes:
    arrays: dict[str, np.ndarray] = {}

    def put(values: Any) -> str:
        array = np.asarray(values)
        if array.dtype.kind not in "fiub":
            raise _Unkept
        name = f"a{len(arrays)}"
        arrays[name] = array
        return name

    text = json.dumps({k: _plain(v, put) for k, v in what.items()}, default=_number)
    held = io.BytesIO()
    np.savez(held, _=np.frombuffer(text.encode(), np.uint8), **arrays)  # type: ignore[arg-type]
    return held.getvalue()


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise _Unkept


def _plain(value: Any, put: Callable[[Any], str]) -> Any:
    if isinstance(value, Answer):
        central = None if value.central is None else asdict(value.central)
        return {
            "central": central,
            "values": _column(value.values, put),
            "missing": value.missing,
            "gap": list(value.gap),
        }
    if isinstance(value, Mapping):
        return {k: put(v) for k, v in value.items()}
    return value


def _column(values: tuple[Any, ...], put: Callable[[Any], str]) -> Any:
    """Write the values of all draws: numbers together, words as they are, arrays stacked."""
    if all(isinstance(v, str) for v in values):
        return {"words": list(values)}
    if all(isinstance(v, dict) for v in values):
        labels = list(values[0])
        if any(list(v) != labels for v in values):
            raise _Unkept
        return {"along": labels, "rows": put([list(v.values()) for v in values])}
    if all(hasattr(v, "dims") for v in values):
        return _arrays(values, put)
    if any(isinstance(v, bool) or not isinstance(v, (int, float, np.number)) for v in values):
        raise _Unkept
    whole = all(isinstance(v, (int, np.integer)) for v in values)
    return {"whole": list(values)} if whole else {"numbers": put(np.array(values, float))}


def _arrays(values: tuple[Any, ...], put: Callable[[Any], str]) -> Any:
    first = values[0]
    coords = {str(d): first[d].values.tolist() for d in first.dims}
    for v in values:
        if v.dims != first.dims or any(v[d].values.tolist() != coords[str(d)] for d in coords):
            raise _Unkept
    words = first.dtype.kind in "OU"
    cells = [v.values.tolist() for v in values] if words else put([v.values for v in values])
    attrs = {str(k): v for k, v in first.attrs.items()}
    return {
        "dims": list(map(str, first.dims)),
        "coords": coords,
        "cells": cells,
        "words": words,
        "name": first.name,
        "attrs": attrs,
    }


def _decoded(content: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(content), allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files}
    found = json.loads(arrays.pop("_").tobytes())
    return {k: _read(v, arrays) for k, v in found.items()}


def _read(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if not isinstance(value, dict):
        return value
    if "missing" not in value:
        return {k: arrays[v] for k, v in value.items()}
    row = value["central"]
    central = None if row is None else Reading(**{k: _field(v) for k, v in row.items()})
    values = _values(value["values"], arrays)
    return Answer(central, values, value["missing"], tuple(value["gap"]))


def _field(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return tuple(Source(**row) if isinstance(row, dict) else row for row in value)


def _values(column: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> tuple[Any, ...]:
    if "dims" in column:
        return tuple(_labelled(column, cells) for cells in _cells(column, arrays))
    if "along" in column:
        rows = arrays[column["rows"]].tolist()
        return tuple(dict(zip(column["along"], row, strict=True)) for row in rows)
    if "numbers" in column:
        return tuple(arrays[column["numbers"]].tolist())
    return tuple(column["words" if "words" in column else "whole"])


def _cells(column: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    if column["words"]:
        return [np.array(rows, dtype=object) for rows in column["cells"]]
    return arrays[column["cells"]]


def _labelled(column: Mapping[str, Any], cells: np.ndarray) -> xr.DataArray:
    import xarray as xr

    return xr.DataArray(
        cells,
        coords=column["coords"],
        dims=column["dims"],
        name=column["name"],
        attrs=column["attrs"],
    )
