"""Solving one scenario outside a case, and setting two side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.contract import Outcome
from multipolar.engines.contained import contained
from multipolar.engines.coupling import Passed, Step, trace
from multipolar.engines.registry import Registry, installed
from multipolar.errors import (
    DataMissing,
    EngineError,
    EngineFailed,
    MeasureError,
    MultipolarError,
    ScenarioError,
    nearest,
)
from multipolar.pipeline.solve import Central
from multipolar.policy import Scenario, compose, events, load_scenarios, resolve
from multipolar.text.clean import printable
from multipolar.world import World
from multipolar.world.boundary import regular

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Pass:
    """What came of solving a scenario at the central parameters on one engine or several."""

    outcomes: Mapping[str, Outcome]
    passed: tuple[Passed, ...]
    parameters: Mapping[str, Mapping[str, float]]
    left: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By engine, the measures it left, with who reads them."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """By engine, why it has no outcome, where others have one."""
    broken: frozenset[str] = frozenset()
    """Those of them that did not answer by no design: no solution was found, or the code broke."""


def solve_steps(
    registry: Registry,
    steps: Sequence[Step],
    changed: Mapping[str, float] | None = None,
    *,
    some: bool = False,
) -> Pass:
    """Solve steps in order at the central parameters, each thing once.

    ``changed`` replaces central values: a bare name in the engines asked for, ``engine.name``
    wherever that engine runs. With ``some``, engines that fail are left out while any answers.

    Raises:
        MultipolarError: one did not converge or cannot answer.
    """
    point = Central(registry, _changes(registry, steps, changed or {}))
    outcomes, failed, broken, first = {}, {}, set(), None
    for step in steps:
        try:
            outcomes[step.engine] = point.outcome(step)
        except MeasureError:  # a mistake in the scenario, not a limit of the engine
            raise
        except MultipolarError as fault:
            first = first or fault
            failed[step.engine] = str(fault)
            broken |= {step.engine} if isinstance(fault, EngineFailed) else set()
    if first is not None and not (some and outcomes):
        raise first
    left = {s.engine: s.left for s in steps if s.left}
    return Pass(outcomes, tuple(point.passed), point.used, left, failed, frozenset(broken))


def _changes(
    registry: Registry, steps: Sequence[Step], changed: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Return what is changed by engine; refuse a parameter that no engine of the pass has."""
    asked = {s.engine for s in steps}
    found: dict[str, dict[str, float]] = {}
    names: list[str] = []
    for engine in dict.fromkeys(e for s in steps for e in s.engines):
        with contained(engine):
            own = [p.name for p in registry.engines[engine].parameters(registry.world)]
        bare = own if engine in asked else []
        names += [f"{engine}.{n}" for n in own] + bare
        mine = {
            n: changed[k]
            for n in own
            for k in (n, f"{engine}.{n}")
            if k in changed and (k != n or n in bare)
        }
        if mine:
            found[engine] = mine
    for key, value in changed.items():
        if key not in names:
            raise EngineError(f"no parameter {key!r}", hint=nearest(key, names))
        if isinstance(value, (bool, str)) or not np.isfinite(value):
            raise EngineError(f"parameter {key} is {printable(repr(value))}", hint="give a number")
    return {e: {k: float(v) for k, v in own.items()} for e, own in found.items()}


def read_scenario(file: str | Path) -> Scenario:
    """Read a scenario from ``FILE.yaml``, or ``FILE.yaml:NAME`` where a file holds several.

    The name alone will do for one of the events that ship with the package.

    Raises:
        ScenarioError: no such file or name, or the file holds several and none is named.
    """
    if str(file) in events():
        return events()[str(file)]
    path, _, name = str(file).partition(".yaml:")
    hint = "name a scenario's YAML file"
    source = regular(f"{path}.yaml" if name else path, hint=hint, error=ScenarioError)
    library = load_scenarios(source)
    if name:
        if name not in library:
            raise ScenarioError(
                f"no scenario {name!r}", where=str(source), hint=nearest(name, library)
            )
        return compose(name, library)
    if len(library) != 1:
        raise ScenarioError(
            f"the file holds {len(library)} scenarios",
            where=str(source),
            hint=f"pick one, say {source}:{next(iter(library), 'NAME')}",
        )
    return compose(next(iter(library)), library)


def solve(
    scenario: Scenario | str | Path,
    *,
    engine: str | None = None,
    parameters: Mapping[str, float] | None = None,
    registry: Registry | None = None,
) -> dict[str, Outcome]:
    """Solve a scenario at the central parameters on one engine, or on all that support it.

    Engines that take results of others get them, solved first: see :func:`solve_pass`.

    Args:
        scenario: a scenario, or the file it is in.
        engine: an engine's name; all that can answer if left out.
        parameters: values that replace the central ones; ``engine.name`` says whose is meant.
        registry: engines and world; the installed and shipped ones if left out.

    Returns:
        A converged outcome per engine, by name.

    Raises:
        ScenarioError: the scenario is wrong.
        EngineError: the engine does not support a measure, or did not converge.

    Example:
        >>> from multipolar.policy import BASELINE
        >>> solve(BASELINE, engine="record")["record"].status
        'converged'
    """
    found = solve_pass(scenario, engine=engine, parameters=parameters, registry=registry)
    return dict(found.outcomes)


def solve_pass(
    scenario: Scenario | str | Path,
    *,
    engine: str | None = None,
    parameters: Mapping[str, float] | None = None,
    registry: Registry | None = None,
) -> Pass:
    """Solve a scenario as :func:`solve` does, and keep what each engine took from the others.

    Every measure has to be read by an engine at hand. An engine answers if it reads one of them,
    or takes from an engine that does; its readings name the measures left to others. Where no
    engine is named, one that cannot solve the scenario is left out, and ``failed`` says why.

    Returns:
        Outcomes by engine, what was passed on, and the parameters each engine ran with.

    Example:
        >>> from multipolar.policy import Scenario
        >>> ban = Scenario.model_validate({"name": "ban", "measures": [
        ...     {"measure": "embargo", "senders": "G7", "targets": "Russia"}]})
        >>> line = solve_pass(ban, engine="power").passed[0]
        >>> line.giver, line.metric, line.taker
        ('trade', 'trade.real_income', 'power')
    """
    registry = registry or Registry.default(World.load())
    chosen = scenario if isinstance(scenario, Scenario) else read_scenario(scenario)
    steps = _steps(chosen, engine, registry)
    return solve_steps(registry, steps, parameters, some=engine is None)


def manifest(scenario: Scenario, found: Pass) -> dict[str, Any]:
    """Return what was applied, with what, and what engines passed on, as JSON can hold it.

    Example:
        >>> from multipolar.policy import BASELINE
        >>> sorted(manifest(BASELINE, solve_pass(BASELINE, engine="record")))
        ['engines', 'failed', 'multipolar', 'parameters', 'passed', 'scenario']
    """
    engines = installed()
    return {
        "scenario": resolve(scenario, World.load()).applied(),
        "engines": {
            name: {
                "status": outcome.status,
                "basis": engines[name].basis,
                "left": dict(found.left.get(name, {})),
            }
            for name, outcome in found.outcomes.items()
        },
        "failed": dict(found.failed),
        "multipolar": version("multipolar"),
        "parameters": {name: dict(values) for name, values in sorted(found.parameters.items())},
        "passed": [asdict(p) for p in found.passed],
    }


def _steps(scenario: Scenario, engine: str | None, registry: Registry) -> list[Step]:
    if engine is not None:
        if engine in registry.left_out:
            raise registry.absent(engine)
        if engine not in registry.engines:
            raise EngineError(
                f"engine {engine} is not installed", hint=nearest(engine, registry.engines)
            )
        return [trace(registry, engine, scenario)]
    steps = []
    refusals = []
    for name in registry.engines:
        try:
            steps.append(trace(registry, name, scenario))
        except EngineError as refusal:
            refusals.append(refusal.what)
    if not steps:
        raise EngineError(
            f"no installed engine supports scenario {scenario.name!r} ({'; '.join(refusals)})",
            hint="`multipolar metrics` lists the engines at hand",
        )
    return steps


def answers(
    outcomes: Mapping[str, Outcome], registry: Registry | None = None
) -> list[dict[str, Any]]:
    """Return the headline metrics of outcomes as flat rows: engine, metric, place, value, unit.

    A headline without data for the scenario is left out.

    Raises:
        DataMissing: none has any.
    """
    registry = registry or Registry.default(World.load())
    rows: list[dict[str, Any]] = []
    gap: DataMissing | None = None
    for name, outcome in outcomes.items():
        for metric, where in registry.engines[name].headlines:
            _, declared = registry.find(metric)
            place = registry.resolve(declared, where, complete=False)
            try:
                array = outcome.array(metric, place)
            except DataMissing as fault:
                gap = gap or fault
                continue
            fixed = {k: v for k, v in place.items() if isinstance(v, (str, int, float))}
            rows += [{"engine": name, "metric": metric, **fixed, **row} for row in _flat(array)]
    if gap is not None and not rows:
        raise gap
    return rows


def _flat(array: xr.DataArray) -> Iterator[dict[str, Any]]:
    unit = array.attrs.get("unit", "")
    if not array.dims:
        yield {"value": array.item(), "unit": unit}
        return
    for key, value in array.to_series().dropna().items():
        keys = key if isinstance(key, tuple) else (key,)
        labels = dict(zip(map(str, array.dims), map(str, keys), strict=True))
        yield {**labels, "value": value if isinstance(value, str) else float(value), "unit": unit}


def compare(
    first: Scenario | str | Path,
    second: Scenario | str | Path,
    *,
    engine: str | None = None,
    registry: Registry | None = None,
) -> list[dict[str, Any]]:
    """Solve two scenarios and return their headline metrics with the difference of each.

    Example:
        >>> from multipolar.policy import BASELINE
        >>> rows = compare(BASELINE, BASELINE, engine="record")
        >>> {row["difference"] for row in rows if row["difference"] is not None} <= {0.0}
        True
    """
    registry = registry or Registry.default(World.load())
    one = answers(solve(first, engine=engine, registry=registry), registry)
    two = answers(solve(second, engine=engine, registry=registry), registry)
    firsts, seconds = ({_key(row): row for row in rows} for rows in (one, two))
    rows = []
    for key, row in (firsts | seconds).items():
        a, b = firsts.get(key, {}).get("value"), seconds.get(key, {}).get("value")
        apart = b - a if isinstance(a, float) and isinstance(b, float) else None
        place = {k: v for k, v in row.items() if k != "value"}
        rows.append({**place, "first": a, "second": b, "difference": apart})
    return rows


def _key(row: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((k, v) for k, v in row.items() if k != "value")
