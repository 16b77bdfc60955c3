"""Plan -> Answers: the one place that solves, at the central parameters and over draws.

Draw by draw, an engine gets what those before it found. What was answered before is taken from the
cache: a step is solved only for what is not there.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from multipolar.engines.api.contract import Coupled, Engine, Input, Outcome, Reading
from multipolar.engines.contained import contained
from multipolar.engines.coupling import (
    Key,
    Passed,
    Step,
    outcome_with_notes,
    pass_on,
    reading_with_notes,
)
from multipolar.engines.registry import Registry
from multipolar.errors import EngineError, EngineFailed, MultipolarError
from multipolar.limits import DRAW_SECONDS
from multipolar.pipeline.answers import Answers
from multipolar.pipeline.asks import (
    Answer,
    Ask,
    Term,
    Value,
    answer,
    read,
    unanswered,
    whole,
)
from multipolar.pipeline.cache import Cache, Draws
from multipolar.pipeline.keys import Keys
from multipolar.uncertainty.draws import Floats, child_seed, design
from multipolar.uncertainty.workers import Failed, shared_out

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.pipeline.plan import Plan
    from multipolar.policy import Scenario
    from multipolar.world import World

Inputs: TypeAlias = "Mapping[str, xr.DataArray]"
Taken: TypeAlias = "Mapping[str, xr.DataArray | Failed]"
Row: TypeAlias = "list[Value | Failed] | Failed"


# One engine -------------------------------------------------------------------------------------


def solved(engine: Engine, prepared: Any, inputs: Inputs, values: Mapping[str, float]) -> Outcome:
    """Solve one engine at one point: every outcome there is comes from here.

    Args:
        engine: the engine.
        prepared: what its ``prepare`` returned.
        inputs: what it takes from others, by name.
        values: one value for each parameter, in its unit.

    Raises:
        EngineError: it failed, or did not converge.
    """
    with contained(engine.name):
        ready = (
            engine.couple(prepared, inputs) if inputs and isinstance(engine, Coupled) else prepared
        )
        outcome = engine.solve(ready, values)
        outcome.require_converged()
        return outcome


def at_once(engine: Engine, world: World, scenario: Scenario) -> Outcome:
    """Solve an engine that only reads, at its central parameters: what a check may do.

    Raises:
        EngineError: it failed, or a measure of the scenario is none that it reads.
    """
    with contained(engine.name):
        values = {p.name: p.value for p in engine.parameters(world)}
        return solved(engine, engine.prepare(world, scenario), {}, values)


@dataclass(frozen=True)
class Sample:
    """The answers of one engine to one scenario over its draws.

    ``parameters`` are of shape (draws,), each in its unit, empty without priors. ``varies`` says
    whether there is one value for each draw, be it one draw.
    """

    answers: Mapping[Ask, Answer]
    parameters: Mapping[str, Floats]
    draws: int
    varies: bool = False


@dataclass(frozen=True)
class _Draws:
    """Every draw of one engine on one scenario, each solved and read by its number."""

    engine: Engine
    prepared: Any
    asks: tuple[Ask, ...]
    points: Sequence[tuple[Mapping[str, float], Taken]]

    def __call__(self, i: int) -> Row:
        point, taken = self.points[i]
        inputs = {}
        for name, given in taken.items():
            if isinstance(given, Failed):  # nothing to solve it with
                return given
            inputs[name] = given
        try:
            outcome = solved(self.engine, self.prepared, inputs, point)
        except MultipolarError as fault:
            return _failed(fault)
        return [self._read(outcome, ask) for ask in self.asks]

    @staticmethod
    def _read(outcome: Outcome, ask: Ask) -> Value | Failed:
        try:
            return read(outcome, ask)
        except MultipolarError as gap:
            return _failed(gap)


def _failed(fault: MultipolarError) -> Failed:
    return Failed(str(fault), lost=isinstance(fault.__cause__, MemoryError))


def sample(
    engine: Engine,
    prepared: Any,
    values: Mapping[str, float],
    asks: Sequence[Ask],
    draws: Mapping[str, Floats],
    *,
    inputs: Mapping[str, Sequence[xr.DataArray | Failed]] | None = None,
    central: Outcome | None = None,
    workers: int = 1,
    progress: bool | None = None,
    limit: float = DRAW_SECONDS,
) -> Sample:
    """Solve the central point, then every draw, and answer each ask.

    Args:
        engine: the engine.
        prepared: what its ``prepare`` returned.
        values: the central value of every parameter.
        asks: what to read; scalars, values along a dimension, and whole arrays.
        draws: arrays of shape (draws,) by parameter, from :func:`~multipolar.uncertainty.design`;
            empty for an engine without priors, which is then solved once unless its inputs vary.
        inputs: what it takes from other engines, by name: the central array first, then one for
            each draw, or none where it is the same in all. A draw in which the other engine
            failed has the sentence that says so, and fails too without being solved.
        central: the outcome at the central point, where it is there already.
        workers: processes; 1 stays in this one.
        progress: show a bar on stderr; by default if it is a terminal.
        limit: seconds a worker process may take for one draw.

    Raises:
        EngineError: the central point, or no draw, did solve: no numbers without it. Whatever an
            engine's code raises is told in one line. A draw that fails, or gives nothing to an
            ask, is None among its values; where all do, the ask has no answer.
    """
    taken = inputs or {}
    if central is None:
        centre: dict[str, Any] = {k: v[0] for k, v in taken.items()}
        central = solved(engine, prepared, centre, values)
    answers = {a: answer(central, a) for a in asks}
    n = max([len(v) for v in draws.values()] + [len(v) - 1 for v in taken.values()], default=0)
    live = tuple(a for a in asks if not answers[a].missing)
    if n == 0 or not live:
        return Sample(answers, draws, max(n, 1), varies=n > 0)
    points = [
        (
            {**values, **{k: float(v[i]) for k, v in draws.items()}},
            {k: v[i + 1] if len(v) > 1 else v[0] for k, v in taken.items()},
        )
        for i in range(n)
    ]
    work = _Draws(engine, prepared, live, points)
    try:
        with closing(shared_out(work, n, workers, limit=limit)) as rows:
            found = dict(_with_progress(rows, n, f"{engine.name}: draws", progress))
    except EngineError as lost:
        raise lost.at(f"engine {engine.name}") from None
    rows_in_order = [found[i] for i in range(n)]
    _some_solved(rows_in_order)
    for k, ask in enumerate(live):
        column = [row if isinstance(row, Failed) else row[k] for row in rows_in_order]
        answers[ask] = _drawn(answers[ask].central, column)
    return Sample(answers, draws, n, varies=True)


def _some_solved(rows: Sequence[Row]) -> None:
    """Refuse draws none of which solved, or one of which another machine might have solved."""
    failed = [row for row in rows if isinstance(row, Failed)]
    cells = (cell for row in rows if not isinstance(row, Failed) for cell in row)
    lost = [f for f in (*failed, *cells) if isinstance(f, Failed) and f.lost]
    first = lost or (failed if len(failed) == len(rows) else [])
    if first:
        raise EngineFailed(
            f"{len(first)} of {len(rows)} draws did not solve, the first: {first[0].why}"
        )


def _drawn(central: Reading | None, column: Sequence[Value | Failed]) -> Answer:
    """Return the answer to one ask: a value for each draw, or the sentence that says why not."""
    gaps = [v.why for v in column if isinstance(v, Failed)]
    n = len(column) - len(gaps)
    if not n:
        return Answer(None, (), f"nothing to read in any draw, the first: {gaps[0]}")
    words = sum(isinstance(v, str) for v in column)
    if 0 < words < n:
        return Answer(None, (), f"{words} of {n} draws gave a word, the rest a number")
    values = tuple(None if isinstance(v, Failed) else v for v in column)
    return Answer(central, _alike(values), failure=gaps[0] if gaps else "")


def _alike(values: tuple[Value | None, ...]) -> tuple[Value | None, ...]:
    """Make what one draw leaves unknown unknown in all: a label is ranked in each or in none.

    A draw that failed leaves nothing unknown: it is left out.
    """
    rows = [v for v in values if isinstance(v, dict)]
    labels = dict.fromkeys(k for row in rows for k in row)
    unknown = {k for k in labels if any(not math.isfinite(r.get(k, math.nan)) for r in rows)}
    return tuple(
        {k: math.nan if k in unknown else v[k] for k in labels} if isinstance(v, dict) else v
        for v in values
    )


def _with_progress(
    items: Iterator[tuple[int, Row]], n: int, label: str, progress: bool | None
) -> Iterator[tuple[int, Row]]:
    show = sys.stderr.isatty() if progress is None else progress
    if not show:
        yield from items
        return
    from tqdm import tqdm

    yield from tqdm(items, total=n, desc=label, unit="draw", file=sys.stderr, leave=False)


# The central point ------------------------------------------------------------------------------


class Central:
    """What every step answers at the central parameters.

    A step is solved once, with what it takes from others, when something is asked of it that the
    cache does not hold.

    Args:
        registry: the engines at hand.
        changed: values that replace central ones, by engine; nothing is then kept.
        cache: answers of earlier runs; none where it is left out.
    """

    def __init__(
        self,
        registry: Registry,
        changed: Mapping[str, Mapping[str, float]] | None = None,
        cache: Cache | None = None,
    ) -> None:
        self.registry, self.changed = registry, changed or {}
        self.cache = None if self.changed else cache
        self.keys = Keys(registry, self.cache)
        self.passed: dict[Passed, None] = {}
        self.used: dict[str, Mapping[str, float]] = {}
        self._outcomes: dict[Key, Outcome | MultipolarError] = {}
        self._prepared: dict[Key, Any] = {}
        self._answers: dict[tuple[Key, Ask], Answer] = {}

    def values(self, engine: str) -> Mapping[str, float]:
        """Return the central value of each of an engine's parameters, in its unit."""
        if engine not in self.used:
            own = self.keys.parameters(engine)
            self.used[engine] = {p.name: p.value for p in own} | dict(self.changed.get(engine, {}))
        return self.used[engine]

    def prepared(self, step: Step) -> Any:
        """Do a step's work that no parameter changes, once."""
        if step.key not in self._prepared:
            with contained(step.engine):
                engine = self.registry.engines[step.engine]
                self._prepared[step.key] = engine.prepare(self.registry.world, step.read)
        return self._prepared[step.key]

    def outcome(self, step: Step) -> Outcome:
        """Return a step's outcome, whose readings say which measures the engine left.

        Raises:
            MultipolarError: it cannot answer, or one it takes from cannot.
        """
        return outcome_with_notes(self.plain(step), step)

    def plain(self, step: Step) -> Outcome:
        """Return a step's outcome as the engine gave it."""
        inputs = self.inputs(step)  # steps of one key may have different names
        if step.key not in self._outcomes:
            engine = self.registry.engines[step.engine]
            try:
                self._outcomes[step.key] = solved(
                    engine, self.prepared(step), inputs, self.values(step.engine)
                )
            except MultipolarError as fault:
                self._outcomes[step.key] = fault
        found = self._outcomes[step.key]
        if isinstance(found, MultipolarError):
            raise found
        return found

    def inputs(self, step: Step) -> dict[str, xr.DataArray]:
        """Return what a step takes, and keep a line of each for the manifest."""
        found = {}
        for need, before in step.inputs:
            found[need.name] = self.array(before, whole(need.metric, need.where))
            self.passed[pass_on(step, need, before.engine, found[need.name])] = None
        return found

    def answer(self, step: Step, ask: Ask) -> Answer:
        """Return what a step answers; a step that cannot be solved answers why.

        Raises:
            MultipolarError: the step cannot be solved.
        """
        at = (step.key, ask)
        if at not in self._answers:
            key = self.keys.central(step, ask)
            kept = self.cache.answer(key) if self.cache else None
            if kept is None:
                kept = answer(self.plain(step), ask)
                if self.cache and not kept.broke:
                    self.cache.put(key, kept)
            self._answers[at] = kept
        found = self._answers[at]
        if found.central is None or ask.along is not None:
            return found
        return replace(found, central=reading_with_notes(found.central, step))

    def array(self, step: Step, ask: Ask) -> xr.DataArray:
        """Return a labelled array.

        Raises:
            EngineError: there is none; the message says why.
        """
        found = self.answer(step, ask)
        if found.missing:
            fault = found.fault
            raise fault if isinstance(fault, EngineError) else EngineError(found.missing)
        array: Any = found.values[0]
        return array  # type: ignore[no-any-return]


# A plan -----------------------------------------------------------------------------------------


def solve(
    plan: Plan,
    registry: Registry,
    *,
    draws: int,
    seed: int,
    workers: int = 1,
    progress: bool | None = None,
    cache: Cache | None = None,
) -> Answers:
    """Answer everything a plan asks, each step solved once over its draws.

    An engine's draws hang on the seed and its name alone, so that draw ``i`` of one engine meets
    draw ``i`` of another wherever they meet. An engine that cannot answer (a measure it does not
    support, no convergence) leaves its terms with the sentence that says so.

    Args:
        plan: what is asked of which step.
        registry: the engines at hand.
        draws: number of draws.
        seed: fixes them.
        workers: processes.
        progress: show bars on stderr; by default if it is a terminal.
        cache: answers of earlier runs, and where those of this one go.
    """
    run = _Run(plan, Central(registry, cache=cache), draws, seed, workers, progress)
    run.all()
    terms = dict(plan.known)
    for term, why in plan.gaps.items():
        fault = plan.refused.get((str(term.engine), term.scenario), EngineError(why))
        terms[term] = unanswered(fault)
    for place, asks in plan.drawn.items():
        for ask in asks:
            terms[Term(*place, ask)] = run.answer(plan.places[place], ask)
    return Answers(
        terms,
        run.parameters,
        plan.places,
        registry.world.names_index.labels,
        tuple(run.passed),
        run.point,
        plan.refused,
    )


@dataclass
class _Run:
    """A plan while it is solved."""

    plan: Plan
    point: Central
    draws: int
    seed: int
    workers: int
    progress: bool | None
    samples: dict[Key, Sample] = field(default_factory=dict)
    failures: dict[Key, MultipolarError] = field(default_factory=dict)
    parameters: dict[str, Mapping[str, Floats]] = field(default_factory=dict)
    passed: dict[Passed, None] = field(default_factory=dict)

    @cached_property
    def asks(self) -> dict[Key, dict[Ask, None]]:
        """What is asked of each step: by claims, and by steps that are not in the cache."""
        asks: dict[Key, dict[Ask, None]] = {step.key: {} for step in self.plan.steps}
        for place, own in self.plan.drawn.items():
            asks[self.plan.places[place].key].update(dict.fromkeys(own))
        for step in reversed(self.plan.steps):
            self._fetch(step, asks[step.key])
            if asks[step.key]:
                for need, before in step.inputs:
                    asks[before.key][whole(need.metric, need.where)] = None
        return asks

    def _fetch(self, step: Step, asks: dict[Ask, None]) -> None:
        """Take from the cache what it holds; what is left in ``asks`` has to be solved."""
        cache, keys = self.point.cache, self.point.keys
        head = cache.draws(keys.drawn(step, self.draws, self.seed, None)) if cache else None
        if cache is None or head is None:
            return
        found = {}
        for ask in tuple(asks):
            kept = cache.answer(keys.drawn(step, self.draws, self.seed, ask))
            if kept is not None:
                found[ask] = kept
                del asks[ask]
        self.samples[step.key] = Sample(found, head.parameters, head.draws, head.varies)

    def all(self) -> None:
        """Solve every step in order, each after those it takes from."""
        asks = self.asks
        for step in self.plan.passes:
            if step.key in self.failures:
                continue
            try:
                if asks[step.key]:
                    self._solve(step, list(asks[step.key]))
                    asks[step.key].clear()
                lines = self._lines(step)  # steps of one key may have different names
                self.parameters[step.engine] = self._parameters(step)
            except MultipolarError as gap:
                self.failures[step.key] = gap
            else:
                self.passed |= lines

    def _parameters(self, step: Step) -> Mapping[str, Floats]:
        """Return an engine's draws, also where all that was asked of it was kept by its takers."""
        if step.key in self.samples:
            return self.samples[step.key].parameters
        if step.engine in self.parameters:
            return self.parameters[step.engine]
        return self._design(step)

    def _design(self, step: Step) -> dict[str, Floats]:
        with contained(step.engine):
            declared = self.point.keys.parameters(step.engine)
            return design(declared, self.draws, child_seed(self.seed, step.engine))

    def _lines(self, step: Step) -> dict[Passed, None]:
        given = self.point.inputs(step)
        return {
            pass_on(step, need, before.engine, given[need.name]): None
            for need, before in step.inputs
        }

    def _solve(self, step: Step, asks: list[Ask]) -> None:
        engine = self.point.registry.engines[step.engine]
        inputs = {need.name: self._handed(before, need, step) for need, before in step.inputs}
        drawn = self._design(step)
        varies = bool(drawn) or any(len(v) > 1 for v in inputs.values())
        found = sample(
            engine,
            self.point.prepared(step),
            self.point.values(step.engine),
            asks,
            drawn,
            inputs=inputs,
            central=self.point.plain(step),
            workers=self.workers if varies else 1,
            progress=self.progress,
        )
        before = self.samples.get(step.key)
        self.samples[step.key] = (
            found if before is None else replace(found, answers={**before.answers, **found.answers})
        )
        self._keep(step, found)

    def _keep(self, step: Step, found: Sample) -> None:
        cache, keys = self.point.cache, self.point.keys
        if cache is None:
            return
        for ask, given in found.answers.items():
            if given.broke:
                continue
            cache.put(keys.drawn(step, self.draws, self.seed, ask), given)
        head = Draws(found.parameters, found.draws, found.varies)
        cache.put(keys.drawn(step, self.draws, self.seed, None), head)

    def _handed(self, before: Step, need: Input, taker: Step) -> list[xr.DataArray | Failed]:
        """Return what a step found: the central array, then one for each draw where they differ.

        Where a draw failed, its place is taken by the sentence that says whose fault it is.
        """
        ask = whole(need.metric, need.where)
        given = self.answer(before, ask)
        if given.missing:
            kind = EngineFailed if given.broke else EngineError
            raise kind(f"engine {taker.engine} takes {ask.metric}, and {given.missing}")
        centre = self.point.array(before, ask)
        if not self.samples[before.key].varies:
            return [centre]
        gone = Failed(f"engine {before.engine} gave no {ask.metric}: {given.failure}")
        values: Any = given.values
        return [centre, *(gone if v is None else v for v in values)]

    def answer(self, step: Step, ask: Ask) -> Answer:
        """Return the answer to one ask, which may be why there is none."""
        if step.key in self.failures:
            return unanswered(self.failures[step.key])
        found = self.samples[step.key].answers[ask]
        if found.central is None:
            return found
        return replace(found, central=reading_with_notes(found.central, step))


__all__ = ["Answers", "Central", "Sample", "sample", "solve", "solved"]
