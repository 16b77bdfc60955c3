"""Which engines a question needs, in which order, and what each hands to the next.

Engines know no other engine. One that takes results of others names their metrics
(:class:`~multipolar.engines.api.Coupled`); here the names are traced back to the engines that
declare them, until the whole pass is in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from multipolar.engines.api.contract import (
    Coupled,
    Engine,
    Input,
    Outcome,
    Reading,
    Where,
)
from multipolar.engines.api.support import answers
from multipolar.engines.contained import contained
from multipolar.engines.registry import Registry
from multipolar.errors import DataMissing, EngineError, nearest
from multipolar.policy import Scenario, check_supported, resolve, restrict

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.policy import AnyMeasure

Key: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class Step:
    """One engine on one scenario, with the steps its inputs come from.

    Attributes:
        engine: its name.
        scenario: the whole scenario, bases composed.
        read: the same with only the measures the engine reads itself.
        inputs: what it takes, each with the step that answers it.
        left: measures that neither it nor an engine it takes from reads, with who would.
        applied: ``read`` with every name resolved, without the words that change nothing.
    """

    engine: str
    scenario: Scenario
    read: Scenario
    inputs: tuple[tuple[Input, Step], ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    applied: str = ""

    @cached_property
    def key(self) -> Key:
        """What decides the outcome: two steps of one key need to be solved once only."""
        rest = tuple((i.name, i.metric, _frozen(i.where), s.key) for i, s in self.inputs)
        return (self.engine, self.applied, self.read.year, self.read.horizon, rest)

    @property
    def engines(self) -> tuple[str, ...]:
        """The engine and all it takes from, each once."""
        return tuple(dict.fromkeys([self.engine, *(e for _, s in self.inputs for e in s.engines)]))

    @property
    def answered(self) -> tuple[AnyMeasure, ...]:
        """Measures of the scenario at hand that it or one it takes from reads."""
        same = (m for i, s in self.inputs if i.scenario is None for m in s.answered)
        return (*self.read.measures, *same)

    def order(self) -> Iterator[Step]:
        """Yield every step of the pass, each after those it takes from."""
        for _, before in self.inputs:
            yield from before.order()
        yield self


@dataclass(frozen=True, slots=True)
class Passed:
    """One result that one engine took from another, for the manifest.

    ``low`` and ``high`` are the smallest and the largest of its ``size`` numbers.
    """

    giver: str
    metric: str
    taker: str
    name: str
    scenario: str
    unit: str
    size: int
    low: float
    high: float


def trace(registry: Registry, engine: str, scenario: Scenario) -> Step:
    """Return the pass that answers a scenario on an engine.

    A measure has to be read by the engine or by one it takes from. Where at least one is, others
    may be left to engines that read them; the outcome says so.

    Raises:
        EngineError: no measure is read, or one is read by no engine at hand; an input names a
            metric nobody declares; engines take from each other in a circle.

    Example:
        >>> from multipolar.policy import BASELINE
        >>> from multipolar.world import World
        >>> trace(Registry.default(World.load()), "record", BASELINE).engines
        ('record',)
    """
    return _trace(registry, engine, scenario, ())


def _trace(registry: Registry, name: str, scenario: Scenario, path: tuple[str, ...]) -> Step:
    if name in path:
        circle = " takes from ".join([*path[path.index(name) :], name])
        raise EngineError(f"engines run in a circle: {circle}", hint="drop one of the inputs")
    engine = registry.engines[name]
    scenario.require_composed()
    with contained(name):
        needs = engine.takes(registry.world, scenario) if isinstance(engine, Coupled) else ()
    inputs = []
    for need in needs:
        try:
            giver, _ = registry.find(need.metric)
        except EngineError:
            raise EngineError(
                f"engine {name} takes {need.metric}, which no engine at hand has",
                hint=_giver_hint(registry, need.metric),
            ) from None
        inputs.append(
            (need, _trace(registry, giver.name, need.scenario or scenario, (*path, name)))
        )
    read = restrict(scenario, lambda m: _reads(engine, m))
    step = Step(name, scenario, read, tuple(inputs), applied=_applied(read, registry))
    unread = [m for m in scenario.measures if m not in step.answered]
    readers = [_reader(registry, m) for m in unread]
    # inside a pass an engine may have nothing to read: it then gives the world as it is
    if not path and ((scenario.measures and not step.answered) or not all(readers)):
        _refuse(engine, scenario, unread)
    left: dict[str, str] = {m.measure: who for m, who in zip(unread, readers, strict=True)}
    return replace(step, left=left)


def _giver_hint(registry: Registry, metric: str) -> str:
    """Return which metric of the engine at hand is meant, or which engine is to be installed."""
    word = metric.partition(".")[0]
    owner = registry.words.get(word, word)
    if owner in registry.engines:
        return nearest(metric, [m.name for m in registry.declared(owner)])
    return registry.left_out.get(word, f"install engine {word}")


def _applied(read: Scenario, registry: Registry) -> str:
    """Write a scenario's measures so that those that do the same are written the same."""
    rows = [
        {
            k: sorted(v) if isinstance(v, list) else v
            for k, v in m.items()
            if k not in ("note", "scenario", "number", "scope_names")
        }
        for m in resolve(read, registry.world).measures
    ]
    return json.dumps(rows, sort_keys=True)


def _reads(engine: Engine, measure: AnyMeasure) -> bool:
    with contained(engine.name):
        return answers(engine.supports, measure)


def _reader(registry: Registry, measure: AnyMeasure) -> str:
    for engine in registry.shown.values():
        with suppress(EngineError):  # one that cannot say is no reason to refuse another
            if _reads(engine, measure):
                return engine.name
    return ""


def _refuse(engine: Engine, scenario: Scenario, unread: Sequence[AnyMeasure]) -> None:
    """Say which measure no engine of the pass reads."""
    kinds = {m.measure for m in scenario.measures if m not in unread}
    check_supported(engine.name, engine.supports | kinds, scenario)
    odd = next((m for m in unread if m.measure in engine.supports), unread[0])
    what = getattr(odd, "commodity", "")
    raise EngineError(
        f"engine {engine.name} does not read {odd.measure}" + (f" for {what}" if what else ""),
        where=f"scenario {scenario.name}",
        hint="`multipolar metrics` lists the engines at hand",
    )


def _frozen(where: Where) -> tuple[tuple[str, Any], ...]:
    return tuple(
        sorted((k, v if isinstance(v, (str, int, float)) else tuple(v)) for k, v in where.items())
    )


def outcome_with_notes(outcome: Outcome, step: Step) -> Outcome:
    """Return an outcome whose readings say which measures the engine did not read."""
    if not step.left:
        return outcome

    def scalar(metric: str, where: Where) -> Reading:
        return reading_with_notes(outcome.scalar(metric, where), step)

    return replace(outcome, scalar=scalar)


def reading_with_notes(found: Reading, step: Step) -> Reading:
    """Return a reading that says which measures its engine did not read."""
    if not step.left:
        return found
    listed = ", ".join(f"{kind} ({by})" if by else kind for kind, by in step.left.items())
    note = f"Measures that engine {step.engine} does not read: {listed}."
    return replace(found, note=f"{found.note} {note}".strip())


def pass_on(step: Step, need: Input, giver: str, array: xr.DataArray) -> Passed:
    """Return the manifest's line for one input."""
    if array.dtype.kind not in "fiu":
        raise EngineError(f"{need.metric} is not in numbers, and engine {step.engine} takes it")
    values = np.asarray(array.values, float)
    known = values[np.isfinite(values)]
    if not known.size:
        raise DataMissing(f"{need.metric} has no value for engine {step.engine}")
    return Passed(
        giver=giver,
        metric=need.metric,
        taker=step.engine,
        name=need.name,
        scenario=(need.scenario or step.scenario).name,
        unit=str(array.attrs.get("unit", "")),
        size=int(values.size),
        low=float(known.min()),
        high=float(known.max()),
    )


__all__ = ["Key", "Passed", "Step", "outcome_with_notes", "pass_on", "reading_with_notes", "trace"]
