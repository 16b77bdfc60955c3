"""A transparent engine with a known answer: line = slope * x + shift, x given in `where`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import xarray as xr

from multipolar.engines import Dimension, Metric, Outcome, Parameter, Prior, Reading, Reference
from multipolar.engines.api.contract import UNBOUNDED, Where
from multipolar.errors import DataMissing

OURS = Reference("a toy, for tests")


@dataclass(frozen=True)
class Toy:
    """value = slope * x + shift; slope is uniform on 0..2, shift on 0..spread."""

    name: str = "toy"
    title: str = "Toy line"
    basis: str = "ours"
    references: tuple[Reference, ...] = (OURS,)
    supports: frozenset[str] = frozenset({"embargo"})
    headlines: tuple[tuple[str, Mapping[str, Any]], ...] = (("toy.line", {}),)
    spread: float = 0.0
    breaks_above: float = field(default=float("inf"))

    def parameters(self, world: object) -> tuple[Parameter, ...]:
        return (
            Parameter("slope", 1.0, "1", "the slope", OURS, Prior("uniform", (0.0, 2.0))),
            Parameter(
                "shift",
                self.spread / 2,
                "1",
                "the shift",
                OURS,
                Prior("uniform", (0.0, self.spread)),
            ),
            Parameter("fixed", 7.0, "1", "never drawn", OURS),
        )

    def metrics(self, world: object) -> tuple[Metric, ...]:
        x = Dimension("x", "choice", ("1", "2", "3"), description="the point")
        return (Metric("toy.line", (x,), "Mt", "Height of the line", bounds=UNBOUNDED),)

    def prepare(self, world: object, scenario: object) -> str:
        return getattr(scenario, "name", "baseline")

    def solve(self, prepared: str, parameters: Mapping[str, float]) -> Outcome:
        slope, shift = parameters["slope"], parameters["shift"]
        if slope > self.breaks_above:
            return Outcome(
                "toy", prepared, _never, _never, status="not converged", message="ease it"
            )
        scalar = _Line(slope, shift)
        return Outcome("toy", prepared, scalar, scalar.array)


def _never(metric: str, where: Where) -> Any:
    raise AssertionError("read although it did not converge")


@dataclass(frozen=True)
class _Line:
    slope: float
    shift: float

    def __call__(self, metric: str, where: Where) -> Reading:
        if where["x"] == "3":
            raise DataMissing("no row for x = 3")
        return Reading(self.slope * float(str(where["x"])) + self.shift, "Mt")

    def array(self, metric: str, where: Where) -> xr.DataArray:
        points = [str(where["x"])] if "x" in where else ["1", "2"]
        values = [self.slope * float(p) + self.shift for p in points]
        return xr.DataArray(values, {"x": points}, ["x"], attrs={"unit": "Mt", "source": "toy"})
