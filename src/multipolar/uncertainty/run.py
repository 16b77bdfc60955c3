"""Solving a scenario over many draws, in parallel processes, and reading only what is asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from threadpoolctl import threadpool_limits

from multipolar.engines.contract import Engine, Outcome, Reading
from multipolar.engines.coupling import coupled
from multipolar.errors import DataMissing, EngineError, MultipolarError
from multipolar.uncertainty.draws import Floats

if TYPE_CHECKING:
    import xarray as xr

Along: TypeAlias = dict[str, float]
Value: TypeAlias = "float | str | Along | xr.DataArray"
WHOLE = "*"  # an ask along everything left open


@dataclass(frozen=True)
class Ask:
    """One thing to read from an outcome.

    A scalar; the values along one open dimension; or, along ``WHOLE``, the labelled array.
    """

    metric: str
    where: tuple[tuple[str, Any], ...]
    along: str | None = None

    @property
    def place(self) -> dict[str, Any]:
        """The ``where`` as a mapping."""
        return dict(self.where)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one :class:`Ask`: a central reading, and a value per draw.

    ``missing`` is the sentence that says why there is no value.
    """

    central: Reading | None
    values: tuple[Value, ...]
    missing: str = ""


@dataclass(frozen=True)
class Sample:
    """The answers of one engine to one scenario over its draws."""

    answers: Mapping[Ask, Answer]
    parameters: Mapping[str, Floats]
    draws: int
    central: Outcome | None = field(default=None, repr=False)
    varies: bool = False  # whether there is one value for each draw, be it one draw


def read(outcome: Outcome, ask: Ask) -> Value:
    """Read one :class:`Ask` from an outcome."""
    if ask.along is None:
        return outcome.read(ask.metric, ask.place).value
    array = outcome.array(ask.metric, ask.place)
    if ask.along == WHOLE:
        return array
    flat = array.sum([d for d in array.dims if d != ask.along], skipna=False)
    labels = [str(v) for v in flat[ask.along].values]
    return {k: float(v) for k, v in zip(labels, flat.values, strict=True)}


def _central(outcome: Outcome, ask: Ask) -> Answer:
    try:
        value = read(outcome, ask)
        if ask.along is None:
            return Answer(outcome.read(ask.metric, ask.place), (value,))
        unit = str(outcome.array(ask.metric, ask.place).attrs.get("unit", ""))
        return Answer(Reading("", unit), (value,))
    except (DataMissing, EngineError) as gap:
        return Answer(None, (), str(gap))


Inputs: TypeAlias = "Mapping[str, xr.DataArray]"
_WORK: dict[str, Any] = {}


def _start(engine: Engine, prepared: Any, asks: tuple[Ask, ...]) -> None:
    _WORK.update(engine=engine, prepared=prepared, asks=asks)


def _start_worker(engine: Engine, prepared: Any, asks: tuple[Ask, ...]) -> None:
    # one thread for linear algebra in each process: the processes already fill the cores
    threadpool_limits(1)
    _start(engine, prepared, asks)


def _one(work: tuple[Mapping[str, float], Inputs]) -> list[Value] | str:
    point, inputs = work
    try:
        engine = _WORK["engine"]
        outcome = engine.solve(coupled(engine, _WORK["prepared"], inputs), point)
        return [read(outcome, a) for a in _WORK["asks"]]
    except MultipolarError as fault:
        return str(fault)


def _solve_all(
    engine: Engine,
    prepared: Any,
    asks: tuple[Ask, ...],
    points: Sequence[tuple[Mapping[str, float], Inputs]],
    workers: int,
) -> Iterator[list[Value] | str]:
    if workers <= 1:
        _start(engine, prepared, asks)
        try:
            yield from map(_one, points)
        finally:
            _WORK.clear()
        return
    chunk = max(1, len(points) // (8 * workers))
    with ProcessPoolExecutor(
        workers, initializer=_start_worker, initargs=(engine, prepared, asks)
    ) as pool:
        yield from pool.map(_one, points, chunksize=chunk)


def sample(
    engine: Engine,
    prepared: Any,
    values: Mapping[str, float],
    asks: Sequence[Ask],
    draws: Mapping[str, Floats],
    *,
    inputs: Mapping[str, Sequence[xr.DataArray]] | None = None,
    workers: int = 1,
    progress: bool | None = None,
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
            each draw, or none where it is the same in all.
        workers: processes; 1 stays in this one.
        progress: show a bar on stderr; by default if it is a terminal.

    Raises:
        EngineError: the central point, or any draw, did not solve: no numbers without it.
    """
    taken = inputs or {}
    central = engine.solve(coupled(engine, prepared, {k: v[0] for k, v in taken.items()}), values)
    central.require_converged()
    answers = {a: _central(central, a) for a in asks}
    n = max([len(v) for v in draws.values()] + [len(v) - 1 for v in taken.values()], default=0)
    live = tuple(a for a in asks if not answers[a].missing)
    if n == 0 or not live:
        return Sample(answers, draws, max(n, 1), central)
    points = [
        ({**values, **{k: float(v[i]) for k, v in draws.items()}},
         {k: v[i + 1] if len(v) > 1 else v[0] for k, v in taken.items()})
        for i in range(n)
    ]  # fmt: skip
    solved = _solve_all(engine, prepared, live, points, workers)
    rows = list(_with_progress(solved, n, f"{engine.name}: draws", progress))
    failed = [r for r in rows if isinstance(r, str)]
    if failed:
        raise EngineError(f"{len(failed)} of {n} draws did not solve, the first: {failed[0]}")
    for k, ask in enumerate(live):
        column = tuple(r[k] for r in rows if not isinstance(r, str))
        answers[ask] = Answer(answers[ask].central, column)
    return Sample(answers, draws, n, central, varies=True)


def _with_progress(
    items: Iterator[list[Value] | str], n: int, label: str, progress: bool | None
) -> Iterator[list[Value] | str]:
    show = sys.stderr.isatty() if progress is None else progress
    if not show:
        yield from items
        return
    from tqdm import tqdm

    yield from tqdm(items, total=n, desc=label, unit="draw", file=sys.stderr, leave=False)


__all__ = ["WHOLE", "Answer", "Ask", "Sample", "read", "sample"]
