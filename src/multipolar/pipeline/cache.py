"""Answers of earlier runs, kept on disk by the key of the step and of what was asked.

One file an answer: arrays beside JSON, never code. It is written whole or not at all, and what is
damaged counts as not there. The oldest go where all take more room than they may.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import math
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from multipolar import limits
from multipolar.engines.api.contract import Parameter, Prior, Reading, Reference, Source
from multipolar.errors import DataError
from multipolar.pipeline.asks import Answer
from multipolar.uncertainty.draws import Floats
from multipolar.world import boundary, writer

if TYPE_CHECKING:
    import xarray as xr

VARIABLE = "MULTIPOLAR_CACHE"
OFF = "off"
FOLDER = "answers"
MAGIC = b"\x93NUMPY\x01\x00"  # an array of version 1
FILE = re.compile(r"[0-9a-f]{62}\.npz")
LOG = logging.getLogger("multipolar")


@dataclass(frozen=True)
class Draws:
    """The draws behind the answers of a step.

    Attributes:
        parameters: arrays of shape (draws,) by parameter, in its unit; empty without priors.
        draws: how many there are.
        varies: whether answers have one value for each.
    """

    parameters: Mapping[str, Floats]
    draws: int
    varies: bool


Kept: TypeAlias = "Answer | Draws | tuple[Parameter, ...]"


@dataclass(frozen=True)
class Cache:
    """A folder of answers.

    Attributes:
        folder: made when something is first kept.
        most: bytes it may take; 1 GB by default.

    Example:
        >>> import tempfile
        >>> cache = Cache(Path(tempfile.mkdtemp()))
        >>> cache.put("0" * 64, Answer(None, (1.0, 2.0), ""))
        >>> cache.answer("0" * 64).values
        (1.0, 2.0)
    """

    folder: Path
    most: int = limits.CACHE_BYTES
    _told: list[str] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def default(cls) -> Cache | None:
        """Return the user's own: in ``MULTIPOLAR_CACHE``, or the platform's folder of caches.

        None where ``MULTIPOLAR_CACHE`` is ``off``.

        Raises:
            DataError: ``MULTIPOLAR_CACHE`` names something that is no folder.
        """
        named = os.environ.get(VARIABLE, "")
        if named.casefold() == OFF:
            return None
        if not named:
            import platformdirs

            base = Path(platformdirs.user_cache_dir("multipolar", appauthor=False))
        else:
            base = boundary.expanded(named)
            if base.exists() and not base.is_dir():
                hint = f"name a folder in {VARIABLE}, or {OFF}"
                raise DataError(
                    "it is no folder for answers", where=boundary.shown(base), hint=hint
                )
        return cls(base / FOLDER)

    def answer(self, key: str | None) -> Answer | None:
        """Return the answer kept under a key; None where there is none, or it is damaged."""
        found = self._get(key)
        return found if isinstance(found, Answer) else None

    def draws(self, key: str | None) -> Draws | None:
        """Return the draws kept under a key; None where there are none, or they are damaged."""
        found = self._get(key)
        return found if isinstance(found, Draws) else None

    def parameters(self, key: str | None) -> tuple[Parameter, ...] | None:
        """Return the parameters kept under a key; None where there are none, or are damaged."""
        found = self._get(key)
        return found if isinstance(found, tuple) else None

    def _get(self, key: str | None) -> Kept | None:
        if key is None or not (path := self._path(key)).is_file():
            return None
        try:
            with boundary.opened(path) as file:
                found = _decoded(file.read(limits.FILE_BYTES))
        except Exception:  # whatever it holds, or hides: it can be worked out again
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # those read longest ago go first
        return found

    def put(self, key: str | None, what: Kept) -> None:
        """Keep something under a key, if it can be kept: what cannot is worked out again."""
        if key is None:
            return
        try:
            content = _encoded(what)
        except Exception:  # a value of no kind that is kept as it is
            return
        path = self._path(key)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            writer.keep(path, content)
        except OSError as fault:
            if not self._told:
                self._told.append(str(fault))
                LOG.warning("answers cannot be kept: %s", fault)

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
        return self.folder / key[:2] / f"{key[2:]}.npz"

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Yield the files that are answers: nothing else in the folder is ours."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*.npz"):
            if FILE.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                with contextlib.suppress(OSError):
                    yield path, path.lstat()


class _Unkept(Exception):
    """A value of no kind that is kept as it is."""


# What is kept, as JSON with the numbers of arrays beside it ------------------------------------


def _encoded(what: Kept) -> bytes:
    arrays: dict[str, np.ndarray] = {}

    def put(values: Any) -> str:
        array = np.asarray(values)
        if array.dtype.kind not in "fiub":
            raise _Unkept
        name = f"a{len(arrays)}"
        arrays[name] = array
        return name

    text = json.dumps(_plain(what, put), default=_number)
    held = io.BytesIO()
    np.savez(held, _=np.frombuffer(text.encode(), np.uint8), **arrays)  # type: ignore[arg-type]
    return held.getvalue()


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise _Unkept


def _plain(what: Kept, put: Callable[[Any], str]) -> dict[str, Any]:
    if isinstance(what, tuple):
        return {"stated": [asdict(parameter) for parameter in what]}
    if isinstance(what, Draws):
        parameters = {name: put(values) for name, values in what.parameters.items()}
        return {"parameters": parameters, "draws": what.draws, "varies": what.varies}
    return {
        "central": None if what.central is None else asdict(what.central),
        "values": _column(what.values, put),
        "missing": what.missing,
        "gap": list(what.gap),
        "failure": what.failure,
    }


def _column(values: tuple[Any, ...], put: Callable[[Any], str]) -> Any:
    """Write the values of all draws: numbers together, words as they are, arrays stacked.

    Those of draws that failed are left out, and their numbers stand beside the rest.
    """
    if failed := [i for i, v in enumerate(values) if v is None]:
        return {"failed": failed, "rest": _column(tuple(v for v in values if v is not None), put)}
    if all(isinstance(v, str) for v in values):
        return {"words": list(values)}
    if all(isinstance(v, dict) for v in values):
        labels = list(values[0])
        if any(list(v) != labels for v in values):
            raise _Unkept
        return {"along": labels, "rows": put([list(v.values()) for v in values])}
    if all(hasattr(v, "dims") for v in values):
        return _arrays(values, put)
    for kind, name in ((int, "whole"), (float, "numbers")):
        if all(isinstance(v, kind) and not isinstance(v, bool) for v in values):
            return {name: list(values) if kind is int else put(np.array(values, float))}
    raise _Unkept


def _arrays(values: tuple[Any, ...], put: Callable[[Any], str]) -> Any:
    """Write labelled arrays that differ in their numbers, or words, and in what is said of them."""
    first = values[0]
    axes = _axes(first)
    if any(v.dtype != first.dtype or v.name != first.name or _axes(v) != axes for v in values):
        raise _Unkept
    words = first.dtype.kind in "OU"
    cells = [_words(v.values) for v in values] if words else put([v.values for v in values])
    said = [{str(k): _scalar(x) for k, x in v.attrs.items()} for v in values]
    kind = first.dtype.str if words else ""
    return {"axes": axes, "cells": cells, "kind": kind, "name": first.name, "attrs": said}


def _axes(array: Any) -> list[list[Any]]:
    """Write the dimensions, each with the kind and the values of its labels."""
    if {*array.coords} != {*array.dims}:
        raise _Unkept
    axes = []
    for dim in array.dims:
        labels = array[dim].values
        if labels.dtype.kind in "OU":
            _words(labels)
        elif labels.dtype.kind not in "iuf":
            raise _Unkept
        axes.append([dim, labels.dtype.str, labels.tolist()])
    return axes


def _words(cells: np.ndarray) -> list[Any]:
    if not all(isinstance(v, str) for v in cells.ravel()):
        raise _Unkept
    return list(cells.tolist()) if cells.ndim else [cells.item()]


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise _Unkept


def _decoded(content: bytes) -> Kept:
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        arrays = {name.removesuffix(".npy"): _array(held.read(name)) for name in held.namelist()}
    row = json.loads(arrays.pop("_").tobytes())
    if "parameters" in row:
        return _draws(row, arrays)
    if "stated" in row:
        return tuple(map(_parameter, row["stated"]))
    central = row["central"]
    if central is not None:
        central = Reading(**{k: _field(v) for k, v in central.items()})
    values = _values(row["values"], arrays)
    gap = tuple(map(str, row["gap"]))
    return Answer(central, values, str(row["missing"]), gap, str(row["failure"]))


def _array(content: bytes) -> np.ndarray:
    """Read what ``numpy.savez`` writes of one array of numbers; its own reader takes longer."""
    end = len(MAGIC) + 2 + int.from_bytes(content[len(MAGIC) : len(MAGIC) + 2], "little")
    if not content.startswith(MAGIC):
        raise ValueError("no array")
    shape, by_column, dtype = _header(content[len(MAGIC) : end])
    flat = np.frombuffer(content, dtype, math.prod(shape), end)  # refuses objects
    return flat.reshape(shape, order="F" if by_column else "C").copy("K")


@lru_cache(maxsize=4096)
def _header(content: bytes) -> tuple[tuple[int, ...], bool, np.dtype]:
    return np.lib.format.read_array_header_1_0(io.BytesIO(content))


def _draws(row: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Draws:
    parameters = {name: arrays[at] for name, at in row["parameters"].items()}
    n, varies = row["draws"], row["varies"]
    if not isinstance(n, int) or not isinstance(varies, bool):
        raise TypeError("no draws")
    if any(values.shape != (n,) for values in parameters.values()):
        raise ValueError("draws of several numbers")
    return Draws(parameters, n, varies)


def _parameter(row: Mapping[str, Any]) -> Parameter:
    source, prior = Reference(**row["source"]), row["prior"]
    drawn = None if prior is None else Prior(prior["kind"], tuple(prior["args"]))
    said = {"source": source, "prior": drawn, "says": tuple(row["says"])}
    return Parameter(**{**row, **said})


def _field(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return tuple(Source(**row) if isinstance(row, dict) else row for row in value)


def _values(column: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> tuple[Any, ...]:
    if "failed" in column:
        rest = list(_values(column["rest"], arrays))
        for i in column["failed"]:  # in rising order
            rest.insert(i, None)
        return tuple(rest)
    if "axes" in column:
        return tuple(_labelled(column, arrays, k) for k in range(len(column["attrs"])))
    if "along" in column:
        rows = arrays[column["rows"]].tolist()
        return tuple(dict(zip(column["along"], row, strict=True)) for row in rows)
    if "numbers" in column:
        return tuple(arrays[column["numbers"]].tolist())
    return tuple(column["words" if "words" in column else "whole"])


def _labelled(column: Mapping[str, Any], arrays: Mapping[str, np.ndarray], k: int) -> xr.DataArray:
    import xarray as xr

    dims = [dim for dim, _, _ in column["axes"]]
    coords = {dim: np.array(labels, dtype=kind) for dim, kind, labels in column["axes"]}
    shape = [len(coords[dim]) for dim in dims]
    cells = column["cells"][k] if column["kind"] else arrays[column["cells"]][k]
    made = np.array(cells, dtype=column["kind"]).reshape(shape) if column["kind"] else cells
    return xr.DataArray(
        made, coords=coords, dims=dims, name=column["name"], attrs=column["attrs"][k]
    )
