"""What every registered engine has to keep. A stranger's engine is tested by the same functions.

Installed engines are found by entry point; in a checkout that is not installed, the built-in
ones are taken directly.
"""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import pytest
import xarray as xr

from multipolar.engines import Coupled, Engine, Metric, Outcome, Registry, installed
from multipolar.engines.coupling import trace
from multipolar.engines.record import engine as record
from multipolar.errors import EngineError, Infeasible, NotConverged
from multipolar.pipeline.solve import Central
from multipolar.policy import BASELINE, KINDS, Scenario
from multipolar.world import World

ENGINES: dict[str, Engine] = installed() or {"record": record}
WORLD = World.load()
REGISTRY = Registry(WORLD, ENGINES)
METRICS = [pytest.param(e, m, id=m.name) for e in ENGINES.values() for m in e.metrics(WORLD)]
OUTCOMES: dict[str, Outcome] = {}
INPUTS: dict[str, dict[str, xr.DataArray]] = {}
DOTTED = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
BASES = {"record", "published", "published form, our calibration", "ours"}

# one complete example of each kind of measure, for engines that do not support it
EXAMPLES: dict[str, dict[str, Any]] = {
    "tariff": {"senders": ["USA"], "targets": ["CHN"], "rate": 0.1},
    "embargo": {"senders": ["USA"], "targets": ["CHN"]},
    "trade_barrier": {"senders": ["USA"], "targets": ["CHN"], "rate": 0.1},
    "export_control": {"senders": ["USA"], "targets": ["CHN"]},
}

each_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=list(ENGINES))


def solved(engine: Engine) -> Outcome:
    """The baseline at central parameters, once an engine."""
    if engine.name not in OUTCOMES:
        OUTCOMES[engine.name] = solve(engine, engine.prepare(WORLD, BASELINE))
    return OUTCOMES[engine.name]


def solve(engine: Engine, prepared: Any) -> Outcome:
    """Solve at the central parameters, with what the engine takes from others."""
    if engine.name not in INPUTS:
        INPUTS[engine.name] = Central(REGISTRY).inputs(trace(REGISTRY, engine.name, BASELINE))
    if isinstance(engine, Coupled) and INPUTS[engine.name]:
        prepared = engine.couple(prepared, INPUTS[engine.name])
    return engine.solve(prepared, {p.name: p.value for p in engine.parameters(WORLD)})


def opened(engine: Engine, metric: Metric) -> tuple[dict[str, Any], xr.DataArray]:
    """A metric over everything but its choices, each of which takes its first word with data."""
    where: dict[str, Any] = {
        d.name: d.values[0] for d in metric.dims if d.kind == "choice" and d.required
    }
    array = solved(engine).array(metric.name, where)
    if array.dims:
        return where, array
    # nothing but choices: leave the last one open
    where.popitem()
    return where, solved(engine).array(metric.name, where)


def example(array: xr.DataArray) -> dict[str, Any]:
    """The coordinates of the last cell of an array that holds a value."""
    values = array.values
    held = values != "" if values.dtype.kind in "OUS" else np.isfinite(values)
    at = tuple(np.argwhere(held)[-1])
    return {str(d): array[d].values[k].item() for d, k in zip(array.dims, at, strict=True)}


@each_engine
def test_keeps_the_protocol(engine: Engine) -> None:
    assert isinstance(engine, Engine)
    assert engine.name
    assert engine.title
    assert engine.basis in BASES
    assert engine.references
    assert all(r.text for r in engine.references)
    assert engine.supports <= set(KINDS)


@each_engine
def test_metric_names_are_unique_and_described(engine: Engine) -> None:
    metrics = engine.metrics(WORLD)
    names = [m.name for m in metrics]
    assert len(set(names)) == len(names)
    for m in metrics:
        assert DOTTED.fullmatch(m.name), m.name
        assert m.unit, m.name
        assert len(m.description) > 10, m.name
        assert len({d.name for d in m.dims}) == len(m.dims), m.name
        assert all(d.values for d in m.dims if d.kind == "choice"), m.name


@each_engine
def test_parameters_have_source_and_monotone_prior(engine: Engine) -> None:
    for p in engine.parameters(WORLD):
        assert p.unit, p.name
        assert p.description, p.name
        assert p.source.text, p.name
        if p.prior is None:
            continue
        draws = [p.prior.quantile(u) for u in np.linspace(0, 1, 41)]
        if p.prior.kind != "choice":
            assert np.all(np.diff(draws) >= 0), p.name
            assert draws[0] <= p.value <= draws[-1], p.name
        else:
            assert p.value in p.prior.args, p.name


@each_engine
def test_baseline_solves(engine: Engine) -> None:
    outcome = solved(engine)
    assert outcome.status == "converged"
    assert outcome.engine == engine.name
    assert outcome.scenario == BASELINE.name


@each_engine
def test_headlines_can_be_read(engine: Engine) -> None:
    for name, where in engine.headlines:
        found, metric = REGISTRY.find(name)
        assert found is engine
        place = REGISTRY.resolve(metric, where, complete=False)
        assert solved(engine).array(name, place).size


@pytest.mark.parametrize(("engine", "metric"), METRICS)
def test_scalar_is_the_cell_of_labelled(engine: Engine, metric: Metric) -> None:
    where, array = opened(engine, metric)
    assert {*where, *map(str, array.dims)} <= {d.name for d in metric.dims}
    assert array.attrs["unit"]
    assert array.attrs["source"]
    cell = example(array)
    place = {**where, **cell}
    reading = solved(engine).read(metric.name, place)
    assert reading.unit
    assert reading.evidence
    expected = array.sel(cell).item()
    if isinstance(reading.value, str):
        assert reading.value == expected
    else:
        assert reading.value == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize(("engine", "metric"), METRICS)
def test_unknown_dimension_is_refused(engine: Engine, metric: Metric) -> None:
    with pytest.raises(EngineError, match="no dimension"):
        solved(engine).array(metric.name, {"colour": "red"})


@each_engine
def test_unsupported_measure_is_refused(engine: Engine) -> None:
    kinds = [k for k in EXAMPLES if k not in engine.supports]
    if not kinds:
        pytest.skip("the engine supports every measure in the examples")
    for kind in kinds:
        scenario = Scenario.model_validate(
            {"name": "refused", "measures": [{"measure": kind, **EXAMPLES[kind]}]}
        )
        with pytest.raises(EngineError, match=kind):
            engine.prepare(WORLD, scenario)


@each_engine
def test_unknown_metric_is_refused_with_the_nearest_name(engine: Engine) -> None:
    known = engine.metrics(WORLD)[0].name
    with pytest.raises(EngineError, match=re.escape(known)):
        solved(engine).read(known + "x", {})


@each_engine
def test_solving_again_gives_the_same(engine: Engine) -> None:
    again = solve(engine, engine.prepare(WORLD, BASELINE))
    for metric in engine.metrics(WORLD):
        where, first = opened(engine, metric)
        xr.testing.assert_identical(first, again.array(metric.name, where))


@each_engine
def test_prepared_survives_pickling(engine: Engine) -> None:
    metric = engine.metrics(WORLD)[0]
    where, array = opened(engine, metric)
    prepared = engine.prepare(WORLD, BASELINE)
    solve(engine, prepared).array(metric.name, where)  # a prepared that has been used
    copy = solve(engine, pickle.loads(pickle.dumps(prepared)))
    xr.testing.assert_identical(array, copy.array(metric.name, where))


@each_engine
@pytest.mark.parametrize(
    ("status", "error"), [("not converged", NotConverged), ("infeasible", Infeasible)]
)
def test_no_number_without_convergence(
    engine: Engine, status: Any, error: type[EngineError]
) -> None:
    good = solved(engine)
    bad = Outcome(good.engine, good.scenario, good.scalar, good.labelled, status, "raise the limit")
    name = engine.metrics(WORLD)[0].name
    with pytest.raises(error, match="raise the limit"):
        bad.read(name, {})
    with pytest.raises(error, match="raise the limit"):
        bad.array(name, {})
