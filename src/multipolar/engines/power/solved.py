"""A scenario ready to be read, and the form every metric of the engine has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import xarray as xr

from multipolar.engines.api.contract import Dimension, Metric, Reading, Source
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.reader import some
from multipolar.engines.power.pacts import Changes
from multipolar.engines.power.weights import INDICES, Indices, Weights, missing
from multipolar.errors import DataMissing

if TYPE_CHECKING:
    from multipolar.world import World

AS_OF = "2024-12-31"
Place: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Solved:
    """A scenario, the indices it is read from, and one value for each parameter."""

    world: World
    indices: Indices
    changes: Changes
    year: int | None
    parameters: Mapping[str, float]

    def kept(self, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        """Return what was computed under a key before, or compute it: no parameter may matter."""
        if key not in self.indices.kept:
            self.indices.kept[key] = compute()
        return self.indices.kept[key]


@dataclass(frozen=True)
class Answer:
    """A value, the rows behind it, and what a reader should know of it."""

    value: float | str
    evidence: tuple[Source, ...]
    note: str = ""


@dataclass(frozen=True)
class PowerReader:
    """A metric, how one value of it is read, and what its open dimensions run over."""

    metric: Metric
    answer: Callable[[Solved, Place], Answer]
    labels: Callable[[Solved, Dimension, Place], Sequence[str]]

    def scalar(self, solved: Solved, place: Place) -> Reading:
        """Read one number, or word."""
        found = self.answer(solved, self._filled(place))
        if not isinstance(found.value, str) and not np.isfinite(found.value):
            raise DataMissing(f"{self.metric.name} has no finite value here")
        return Reading(found.value, self.metric.unit, found.evidence, note=found.note)

    def labelled(self, solved: Solved, place: Place) -> xr.DataArray:
        """Read an array over the dimensions that are required and left open."""
        given = self._filled(place)
        left = [d for d in self.metric.dims if d.required and d.name not in place]
        coords = {d.name: list(self.labels(solved, d, given)) for d in left}
        words = self.metric.unit == "word"
        shape = [len(c) for c in coords.values()]
        values = np.full(shape, "" if words else np.nan, dtype=object if words else float)
        sources: dict[str, None] = {}
        for at in np.ndindex(*shape):
            here = {d.name: coords[d.name][k] for d, k in zip(left, at, strict=True)}
            with suppress(DataMissing):
                found = self.answer(solved, {**given, **here})
                values[at] = found.value
                sources |= dict.fromkeys(s.source for s in found.evidence)
        if not words:
            values = np.where(np.isfinite(values), values, np.nan)
        return xr.DataArray(
            values, coords=coords, dims=list(coords), name=self.metric.name,
            attrs={"unit": self.metric.unit, "source": "; ".join(sources) or "no source answers",
                   "long_name": self.metric.description},
        )  # fmt: skip

    def _filled(self, place: Place) -> dict[str, Any]:
        """Return a place with the first word of each choice that was left out."""
        optional = {d.name: d.values[0] for d in self.metric.dims if not d.required and d.values}
        return {**optional, **place}


def metric(
    name: str,
    unit: str,
    description: str,
    *dims: Dimension,
    aggregate: Literal["sum", "mean", "none"] = "sum",
) -> Metric:
    """Declare a metric; a list of countries is counted together."""
    return Metric(f"power.{name}", dims, unit, description, aggregate, AS_OF)


def country(name: str, description: str, *, required: bool = True) -> Dimension:
    """Declare a country dimension."""
    return Dimension(name, "country", required=required, description=description)


INDEX = Dimension("index", "choice", INDICES, description="what weight is measured by")
YEAR = Dimension("year", "year", required=False, description="the newest with figures if left out")


def codes(place: Place, name: str) -> tuple[str, ...]:
    """Return the states a dimension names; none if it was left out.

    Raises:
        DataMissing: it names the world.
    """
    value = place.get(name)
    found = tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)
    if value is None:
        return ()
    if EVERYBODY in found:
        raise DataMissing(f"{name}: the world has no weight beside itself", hint="name states")
    return found


def present(weights: Weights, states: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return those of ``states`` that have a weight, and a note on those that have none.

    A group in a table of all states may lack a few small ones; nobody else may lack any.

    Raises:
        DataMissing: a state has none.
    """
    have = tuple(s for s in states if s in weights.values)
    gone = [s for s in states if s not in weights.values]
    if gone and (not weights.whole or not have):
        raise missing(weights, gone)
    return have, f"Counted without {some(gone)}, which the table does not tell apart." if gone \
        else ""  # fmt: skip


def joined(*notes: str) -> str:
    """Join what there is to say.

    Example:
        >>> joined("One.", "", "Two.", "One.")
        'One. Two.'
    """
    return " ".join(dict.fromkeys(n for n in notes if n))
