"""What engines share: looking up a metric's reader, naming a table's source, listing codes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from multipolar.engines.api.contract import Metric, Parameter, Prior, Reading, Reference, Source
from multipolar.engines.api.gate import EVERYBODY, admit
from multipolar.errors import EngineError, nearest

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

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
    readers: Mapping[str, Reader[T_contra]],
    solved: T_contra,
    metric: str,
    where: Mapping[str, Any],
    note: str = "",
) -> Reading:
    """Read one number; every dimension that is required has to be given.

    ``note`` is what a reader of any number should know of how the scenario was read.
    """
    reader = _reader(readers, metric)
    found = reader.scalar(solved, admit(reader.metric, where, complete=True))
    return replace(found, note=f"{found.note} {note}".strip()) if note else found


def array(
    readers: Mapping[str, Reader[T_contra]], solved: T_contra, metric: str, where: Mapping[str, Any]
) -> xr.DataArray:
    """Read an array over the dimensions left open."""
    reader = _reader(readers, metric)
    return reader.labelled(solved, admit(reader.metric, where, complete=False))


def _reader(readers: Mapping[str, Reader[T_contra]], metric: str) -> Reader[T_contra]:
    if metric not in readers:
        raise EngineError(f"no metric {metric!r}", hint=nearest(metric, readers))
    return readers[metric]


def table_source(world: World, table: str, unit: str = "") -> Source:
    """Return who stands behind a table: source, version, retrieval date and address.

    Example:
        >>> from multipolar.world import World
        >>> table_source(World.load(), "un_votes").source
        'United Nations, voting records'
    """
    info = world.info(table)
    return Source(
        source=info.source,
        date=info.date,
        url=info.url,
        unit=unit,
        note=f"Table {table}, version {info.version}, retrieved {info.date}.",
    )


def table_parameters(world: World, table: str) -> tuple[Parameter, ...]:
    """Return the parameters of a table: name, value, unit, prior, args, source, url, description.

    Example:
        >>> from multipolar.world import World
        >>> table_parameters(World.load(), "gas_parameters")[0].source.text != ""
        True
    """
    rows = world.table(table).fillna("").to_dict("records")
    return tuple(
        Parameter(
            r["name"], r["value"], r["unit"], r["description"],
            Reference(r["source"] or "An assumption: no source was found", r["url"]),
            Prior(r["prior"], tuple(map(float, r["args"].split()))) if r["prior"] else None,
        )
        for r in rows
    )  # fmt: skip


def without(metric: Metric, place: Mapping[str, Any], known: Collection[str]) -> str:
    """Say which of the states named have no figures of their own, where others have.

    Example:
        >>> from multipolar.engines.api.contract import Dimension
        >>> size = Metric("toy.size", (Dimension("country", "country"),), "t", "size", "sum")
        >>> without(size, {"country": ("DEU", "LIE")}, {"DEU"})
        'Without LIE, which the table does not tell apart.'
    """
    named = [place[d.name] for d in metric.dims if d.kind == "country" and d.name in place]
    groups = [g for g in named if isinstance(g, tuple) and EVERYBODY not in g]
    gone = sorted({str(c) for g in groups for c in g} - set(known))
    return f"Without {some(gone)}, which the table does not tell apart." if gone else ""


def some(codes: Sequence[str], most: int = 6) -> str:
    """List a few codes, and how many more there are.

    Example:
        >>> some(["DEU", "FRA", "POL"], most=2)
        'DEU, FRA and 1 more'
    """
    head = ", ".join(codes[:most])
    return head + (f" and {len(codes) - most} more" if len(codes) > most else "")
