"""An engine on the bench: what its tests solve and read, each thing once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines import Engine, Metric, Outcome, Registry
from multipolar.engines.contained import fault_text
from multipolar.engines.coupling import Step, trace
from multipolar.errors import EngineError, MultipolarError
from multipolar.pipeline.solve import Central, solved
from multipolar.policy import BASELINE, Scenario
from multipolar.world import World

if TYPE_CHECKING:
    import xarray as xr

RAISE = "raise EngineError or DataMissing, with a reason"


class Bench:
    """An engine with a world, and with the engines that are installed, for what it takes.

    Args:
        engine: the engine under test; it need not be installed.
        world: the tables; those that are shipped, with those the user has added, if left out.
        places: by metric, where it is read if the first word of each choice will not do.
    """

    def __init__(
        self,
        engine: Engine,
        world: World | None = None,
        places: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.engine, self.places = engine, places or {}
        self.world = World.load() if world is None else world
        self._arrays: dict[str, xr.DataArray] = {}

    @cached_property
    def registry(self) -> Registry:
        """What is installed, with the engine under test in the place of its name."""
        found = Registry.default(self.world)
        if found.engines.get(self.engine.name) is self.engine:
            return found
        return replace(found, engines={**found.engines, self.engine.name: self.engine})

    @cached_property
    def central(self) -> Central:
        """Steps at the central parameters."""
        return Central(self.registry)

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """What the engine declares."""
        return self.engine.metrics(self.world)

    def values(self, share: float | None = None) -> dict[str, float]:
        """Return a value for each parameter: the central one, or one at a share of its prior."""
        own = self.engine.parameters(self.world)
        return {
            p.name: p.value if share is None or p.prior is None else p.prior.quantile(share)
            for p in own
        }

    def step(self, scenario: Scenario = BASELINE) -> Step:
        """Return the pass that answers a scenario."""
        return trace(self.registry, self.engine.name, scenario)

    @cached_property
    def inputs(self) -> dict[str, xr.DataArray]:
        """What the engine takes from others in the baseline, by name."""
        return self.central.inputs(self.step())

    @cached_property
    def outcome(self) -> Outcome:
        """The baseline at the central parameters."""
        return self.central.plain(self.step())

    def again(self, prepared: Any, values: Mapping[str, float] | None = None) -> Outcome:
        """Solve the baseline from something prepared, with the inputs handed over."""
        return solved(self.engine, prepared, self.inputs, values or self.values())

    def place(self, metric: Metric) -> dict[str, Any]:
        """Return where a metric is read: the first word of each choice, the rest left open."""
        if metric.name in self.places:
            return dict(self.places[metric.name])
        choices = [d for d in metric.dims if d.kind == "choice" and d.required]
        if len(choices) == len(metric.dims):  # nothing but choices: leave the last one open
            choices = choices[:-1]
        return {d.name: d.values[0] for d in choices}

    def array(self, metric: Metric, outcome: Outcome | None = None) -> xr.DataArray:
        """Return a metric over all that its place leaves open; of the baseline if left out."""
        if outcome is not None:
            return outcome.array(metric.name, self.place(metric))
        if metric.name not in self._arrays:
            self._arrays[metric.name] = self.array(metric, self.outcome)
        return self._arrays[metric.name]

    def cells(self, metric: Metric, *, held: bool = True) -> Iterator[dict[str, Any]]:
        """Yield complete places of a metric: a few that hold a value, or that hold none."""
        array = self.array(metric)
        values = array.values
        known = values != "" if values.dtype.kind in "OUS" else np.isfinite(values)
        found = np.argwhere(known if held else ~known)
        for k in sorted({*range(0, len(found), max(1, len(found) // 4)), len(found) - 1} - {-1}):
            coords = zip(array.dims, found[k], strict=True)
            yield self.place(metric) | {str(d): array[d].values[i].item() for d, i in coords}


def crash(said: str, call: Callable[..., object], *args: Any) -> Iterator[str]:
    """Say what is wrong where code neither answers nor refuses with a reason."""
    try:
        call(*args)
    except Exception as fault:
        yield from _unreasoned(said, fault)


def refused(said: str, word: str, call: Callable[..., object], *args: Any) -> Iterator[str]:
    """Say what is wrong where code does not refuse, with a word in the reason."""
    try:
        found = call(*args)
    except Exception as fault:
        odd = list(_unreasoned(said, fault))
        if not odd and word not in str(fault):
            odd = [f"{said}: the refusal does not name {word}: {fault}"]
        yield from odd
    else:
        yield f"{said}: it gives {found!r}; {RAISE}"


def _unreasoned(said: str, fault: Exception) -> Iterator[str]:
    """Say what is wrong with an error: that it is a fault, or says nothing."""
    cause = fault.__cause__
    if isinstance(fault, EngineError) and cause is not None and fault_text(cause) in str(fault):
        fault = (
            cause if isinstance(cause, Exception) else RuntimeError(fault_text(cause))
        )  # contained
    if not isinstance(fault, MultipolarError):
        yield f"{said}: it fails with {fault_text(fault)}; {RAISE}"
    elif not str(fault).strip():
        yield f"{said}: it is refused without a reason; say why in the error"


def require(faults: Iterable[str]) -> None:
    """Raise with every fault there is, one a line."""
    found = list(faults)
    if found:
        raise AssertionError("\n".join([f"{len(found)} to mend:", *found[:20]]))


__all__ = ["Bench", "crash", "refused", "require"]
