"""Solving a scenario over many draws, in parallel processes, and reading only what is asked."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from multipolar.engines.api.contract import Engine, Outcome, Reading
from multipolar.engines.contained import contained
from multipolar.engines.coupling import coupled
from multipolar.errors import EngineError, MultipolarError
from multipolar.limits import DRAW_SECONDS
from multipolar.uncertainty.draws import Floats
from multipolar.uncertainty.workers import Failed, shared_out

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
    """Read one :class:`Ask` from an outcome.

    A scalar is text or a finite number. Along a dimension NaN stands for what is not known, and
    so it does for what an engine gives as infinite.

    Raises:
        DataMissing: nothing answers, or the number is not finite.
        EngineError: what the engine gave is neither a number nor text, or its reader failed.
    """
    with contained(outcome.engine):
        if ask.along is None:
            return outcome.read(ask.metric, ask.place).value
        array = outcome.array(ask.metric, ask.place)
        if array.dtype.kind not in "fiu":
            raise EngineError(f"engine {outcome.engine} has no numbers for {ask.metric}")
        if ask.along == WHOLE:
            return array
        flat = array.sum([d for d in array.dims if d != ask.along], skipna=False)
        labels = [str(v) for v in flat[ask.along].values]
        return {k: float(v) for k, v in zip(labels, flat.values, strict=True)}


def _central(outcome: Outcome, ask: Ask) -> Answer:
    try:
        with contained(outcome.engine):
            if ask.along is None:
                found = outcome.read(ask.metric, ask.place)
                return Answer(found, (found.value,))
            unit = str(outcome.array(ask.metric, ask.place).attrs.get("unit", ""))
            return Answer(Reading("", unit), (read(outcome, ask),))
    except MultipolarError as gap:
        return Answer(None, (), str(gap))


Inputs: TypeAlias = "Mapping[str, xr.DataArray]"
Row: TypeAlias = "list[Value | Failed] | Failed"


@dataclass(frozen=True)
class _Draws:
    """Every draw of one engine on one scenario, each solved and read by its number."""

    engine: Engine
    prepared: Any
    asks: tuple[Ask, ...]
    points: Sequence[tuple[Mapping[str, float], Inputs]]

    def __call__(self, i: int) -> Row:
        point, inputs = self.points[i]
        try:
            outcome = _solved(self.engine, self.prepared, inputs, point)
        except MultipolarError as fault:
            return Failed(str(fault))
        return [self._read(outcome, ask) for ask in self.asks]

    @staticmethod
    def _read(outcome: Outcome, ask: Ask) -> Value | Failed:
        try:
            return read(outcome, ask)
        except MultipolarError as gap:
            return Failed(str(gap))


def _solved(
    engine: Engine, prepared: Any, inputs: Inputs, values: Mapping[str, float]
) -> Outcome:  # fmt: skip
    with contained(engine.name):
        outcome = engine.solve(coupled(engine, prepared, inputs), values)
        outcome.require_converged()
        return outcome


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
            each draw, or none where it is the same in all.
        workers: processes; 1 stays in this one.
        progress: show a bar on stderr; by default if it is a terminal.
        limit: seconds a worker process may take for one draw.

    Raises:
        EngineError: the central point, or any draw, did not solve: no numbers without it. Whatever
            an engine's code raises is told in one line; where a draw gives nothing to one ask,
            that ask has no answer.
    """
    taken = inputs or {}
    central = _solved(engine, prepared, {k: v[0] for k, v in taken.items()}, values)
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
    work = _Draws(engine, prepared, live, points)
    try:
        with closing(shared_out(work, n, workers, limit=limit)) as solved:
            found = dict(_with_progress(solved, n, f"{engine.name}: draws", progress))
    except EngineError as lost:
        raise lost.at(f"engine {engine.name}") from None
    failed = [row for _, row in sorted(found.items()) if isinstance(row, Failed)]
    if failed:
        raise EngineError(f"{len(failed)} of {n} draws did not solve, the first: {failed[0].why}")
    rows = [row for _, row in sorted(found.items()) if not isinstance(row, Failed)]
    for k, ask in enumerate(live):
        answers[ask] = _drawn(answers[ask].central, [r[k] for r in rows])
    return Sample(answers, draws, n, central, varies=True)


def _drawn(central: Reading | None, column: Sequence[Value | Failed]) -> Answer:
    """Return the answer to one ask: a value for each draw, or the sentence that says why not."""
    gaps = [v.why for v in column if isinstance(v, Failed)]
    if gaps:
        where = f"{len(gaps)} of {len(column)} draws"
        return Answer(None, (), f"nothing to read in {where}, the first: {gaps[0]}")
    words = sum(isinstance(v, str) for v in column)
    if 0 < words < len(column):
        return Answer(None, (), f"{words} of {len(column)} draws gave a word, the rest a number")
    if not isinstance(column[0], dict):
        return Answer(central, tuple(v for v in column if not isinstance(v, Failed)))
    return Answer(central, _alike([v for v in column if isinstance(v, dict)]))


def _alike(rows: Sequence[Along]) -> tuple[Along, ...]:
    """Make what one draw leaves unknown unknown in all: a label is ranked in each or in none."""
    labels = dict.fromkeys(k for row in rows for k in row)
    unknown = {k for k in labels if any(not math.isfinite(r.get(k, math.nan)) for r in rows)}
    return tuple({k: math.nan if k in unknown else row[k] for k in labels} for row in rows)


def _with_progress(
    items: Iterator[tuple[int, Row]], n: int, label: str, progress: bool | None
) -> Iterator[tuple[int, Row]]:
    show = sys.stderr.isatty() if progress is None else progress
    if not show:
        yield from items
        return
    from tqdm import tqdm

    yield from tqdm(items, total=n, desc=label, unit="draw", file=sys.stderr, leave=False)


__all__ = ["WHOLE", "Answer", "Ask", "Sample", "read", "sample"]
