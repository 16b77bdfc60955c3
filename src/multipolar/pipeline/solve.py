"""Draws through a chain of engines: draw by draw, each gets what those before it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from multipolar.engines.api.contract import Input, Outcome
from multipolar.engines.contained import contained
from multipolar.engines.coupling import (
    Key,
    Passed,
    Step,
    noted,
    noted_reading,
    pass_on,
    prepared,
)
from multipolar.engines.registry import Registry
from multipolar.errors import EngineError, MultipolarError
from multipolar.uncertainty.draws import Floats, child_seed, design
from multipolar.uncertainty.sampling import WHOLE, Answer, Ask, Sample, read, sample

if TYPE_CHECKING:
    import xarray as xr


@dataclass
class Sampled:
    """What was found: a sample per step, or the sentence that says why there is none."""

    samples: dict[Key, Sample] = field(default_factory=dict)
    failures: dict[Key, str] = field(default_factory=dict)
    parameters: dict[str, Mapping[str, Floats]] = field(default_factory=dict)
    passed: dict[Passed, None] = field(default_factory=dict)

    def answer(self, step: Step, ask: Ask) -> Answer:
        """Return the answer to one ask, which may be why there is none."""
        if step.key in self.failures:
            return Answer(None, (), self.failures[step.key])
        found = self.samples[step.key].answers[ask]
        if found.central is None:
            return found
        return replace(found, central=noted_reading(found.central, step))

    def outcome(self, step: Step) -> Outcome | None:
        """Return the central outcome of a step, if there is one."""
        sample = self.samples.get(step.key)
        return noted(sample.central, step) if sample and sample.central else None


def sample_steps(
    registry: Registry,
    wanted: Sequence[tuple[Step, Sequence[Ask]]],
    *,
    draws: int,
    seed: int,
    workers: int = 1,
    progress: bool | None = None,
) -> Sampled:
    """Solve every step once over its draws, in order, and answer what is asked of it.

    An engine's draws hang on the seed and its name alone, so that draw ``i`` of one engine meets
    draw ``i`` of another wherever they meet.

    Args:
        registry: the engines at hand.
        wanted: steps, and what is to be read from each.
        draws: number of draws.
        seed: fixes them.
        workers: processes.
        progress: show bars on stderr; by default if it is a terminal.
    """
    steps = [step for last, _ in wanted for step in last.order()]
    asks: dict[Key, dict[Ask, None]] = {step.key: {} for step in steps}
    for step in steps:
        for need, before in step.inputs:
            asks[before.key][_whole(need)] = None
    for last, own in wanted:
        asks[last.key].update(dict.fromkeys(own))
    found = Sampled()
    for step in steps:
        if step.key in found.failures:
            continue
        try:
            inputs = {need.name: _handed(found, before, need, step) for need, before in step.inputs}
            lines = [pass_on(step, need, before.engine, inputs[need.name][0])
                     for need, before in step.inputs]  # fmt: skip
            if step.key not in found.samples:
                found.samples[step.key] = _sampled(
                    registry, step, list(asks[step.key]), inputs, draws, seed, workers, progress
                )
        except MultipolarError as gap:
            found.failures[step.key] = str(gap)
        else:  # steps of one key may have different names
            found.passed |= dict.fromkeys(lines)
            found.parameters[step.engine] = found.samples[step.key].parameters
    return found


def _sampled(
    registry: Registry,
    step: Step,
    asks: list[Ask],
    inputs: Mapping[str, list[xr.DataArray]],
    draws: int,
    seed: int,
    workers: int,
    progress: bool | None,
) -> Sample:
    engine = registry.engines[step.engine]
    with contained(step.engine):
        declared = engine.parameters(registry.world)
        drawn = design(declared, draws, child_seed(seed, step.engine))
        ready = prepared(registry, step)
    varies = bool(drawn) or any(len(v) > 1 for v in inputs.values())
    return sample(
        engine,
        ready,
        {p.name: p.value for p in declared},
        asks,
        drawn,
        inputs=inputs,
        workers=workers if varies else 1,
        progress=progress,
    )


def _whole(need: Input) -> Ask:
    return Ask(need.metric, tuple(sorted(need.where.items())), along=WHOLE)


def _handed(found: Sampled, before: Step, need: Input, taker: Step) -> list[xr.DataArray]:
    """Return what a step found: the central array, then one for each draw where they differ."""
    ask = _whole(need)
    answer = found.answer(before, ask)
    if answer.missing:
        raise EngineError(f"engine {taker.engine} takes {ask.metric}, and {answer.missing}")
    taken = found.samples[before.key]
    assert taken.central is not None
    centre = read(taken.central, ask)
    return [centre, *answer.values] if taken.varies else [centre]  # type: ignore[list-item]


__all__ = ["Sampled", "sample_steps"]
