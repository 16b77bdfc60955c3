"""Looking up a metric's reader and asking it: what the engines that solve models share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from multipolar.engines.contract import Metric, Reading
from multipolar.errors import EngineError, nearest

if TYPE_CHECKING:
    import xarray as xr

T_contra = TypeVar("T_contra", contravariant=True)


class Reader(Protocol[T_contra]):
    """A metric, and how it is read from what was solved."""

    @property
    def metric(self) -> Metric:
        """Its declaration."""
        ...

    def scalar(self, solved: T_contra, place: Mapping[str, Any]) -> Reading:
        """Read one number."""
        ...

    def labelled(self, solved: T_contra, place: Mapping[str, Any]) -> xr.DataArray:
        """Read an array over the dimensions left open."""
        ...


def reading(
    readers: Mapping[str, Reader[T_contra]], solved: T_contra, metric: str, where: Mapping[str, Any]
) -> Reading:
    """Read one number; every dimension that is required has to be given."""
    reader = _reader(readers, metric, where)
    gone = [d.name for d in reader.metric.dims if d.required and d.name not in where]
    if gone:
        raise EngineError(
            f"{metric} needs {', '.join(gone)}", hint="give one value for each dimension"
        )
    return reader.scalar(solved, where)


def array(
    readers: Mapping[str, Reader[T_contra]], solved: T_contra, metric: str, where: Mapping[str, Any]
) -> xr.DataArray:
    """Read an array over the dimensions left open."""
    return _reader(readers, metric, where).labelled(solved, where)


def _reader(
    readers: Mapping[str, Reader[T_contra]], metric: str, where: Mapping[str, Any]
) -> Reader[T_contra]:  # fmt: skip
    if metric not in readers:
        raise EngineError(f"no metric {metric!r}", hint=nearest(metric, readers))
    for name, value in where.items():
        dim = readers[metric].metric.dim(name)
        if dim.kind == "choice" and isinstance(value, str) and value not in dim.values:
            raise EngineError(
                f"{name} has no {value!r}", where=metric, hint=nearest(value, dim.values)
            )
    return readers[metric]
