"""The engine strategy with its inputs: trade, power and money solved by hand, as a run would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xarray as xr

from multipolar.engines import Outcome, Reading, Registry
from multipolar.engines.money import engine as money
from multipolar.engines.power import engine as power
from multipolar.engines.strategy import engine
from multipolar.engines.trade import engine as trade
from multipolar.policy import BASELINE, Scenario
from multipolar.world import World

Values = Mapping[str, float]
WORLD = World.load()
UPSTREAM: Mapping[str, Any] = {"trade": trade, "power": power, "money": money}
_OUTCOMES: dict[Any, Outcome] = {}


def central(model: Any, changed: Values | None = None) -> dict[str, float]:
    return {p.name: p.value for p in model.parameters(WORLD)} | dict(changed or {})


def upstream(model: str, scenario: Scenario, values: dict[str, float]) -> Outcome:
    key = (model, scenario.model_dump_json(), tuple(values.items()))
    if key not in _OUTCOMES:
        solver = UPSTREAM[model]
        _OUTCOMES[key] = solver.solve(solver.prepare(WORLD, scenario), values)
    return _OUTCOMES[key]


def inputs(
    scenario: Scenario,
    trade: Values | None = None,
    power: Values | None = None,
    money: Values | None = None,
) -> dict[str, xr.DataArray]:
    changed = {"trade": trade, "power": power, "money": money}
    found = {}
    for i in engine.takes(WORLD, scenario):
        model = i.metric.partition(".")[0]
        values = central(UPSTREAM[model], changed[model])
        assert i.scenario is not None
        found[i.name] = upstream(model, i.scenario, values).array(i.metric, i.where)
    return found


def solved(
    scenario: Scenario = BASELINE,
    *,
    trade: Values | None = None,
    power: Values | None = None,
    money: Values | None = None,
    own: Values | None = None,
) -> Outcome:
    prepared = engine.couple(engine.prepare(WORLD, scenario), inputs(scenario, trade, power, money))
    return engine.solve(prepared, central(engine, own))


def read(outcome: Outcome, name: str, /, **where: Any) -> Reading:
    registry = Registry(WORLD, {"strategy": engine})
    metric = registry.find(f"strategy.{name}")[1]
    return outcome.read(metric.name, registry.resolve(metric, where, complete=True))


def number(outcome: Outcome, name: str, /, **where: Any) -> float:
    return float(read(outcome, name, **where).value)
