"""The engine ``trade``: scenarios in, labelled outcomes out.

Example:
    >>> from multipolar.policy import Scenario
    >>> from multipolar.world import World
    >>> ban = Scenario.model_validate({"name": "ban", "measures": [
    ...     {"measure": "embargo", "senders": "G7", "targets": "Russia"}]})
    >>> world = World.load()
    >>> prepared = engine.prepare(world, ban)
    >>> outcome = engine.solve(prepared, {p.name: p.value for p in engine.parameters(world)})
    >>> outcome.read("trade.real_income", {"country": "RUS"}).value < -1
    True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.contract import (
    Dimension,
    Metric,
    Parameter,
    Prior,
    Reference,
    Source,
)
from multipolar.engines.api.coverage import by_table
from multipolar.engines.api.declare import Place
from multipolar.engines.api.model import Model
from multipolar.engines.api.reader import joined
from multipolar.engines.trade.data import (
    AUTHORS,
    SETS,
    TABLES,
    read_elasticities,
    read_table,
    table_name,
)
from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.inforce import schedule, with_start
from multipolar.engines.trade.kernel import Rule, Shock, solve
from multipolar.engines.trade.measures import (
    SUPPORTS,
    coupled_costs,
    inputs_of,
    shock_of,
    with_costs,
)
from multipolar.engines.trade.metrics import METRICS
from multipolar.engines.trade.solved import Prepared, Solved
from multipolar.errors import EngineError
from multipolar.numerics.arrays import Floats
from multipolar.policy import Scenario, resolve

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

RULES: tuple[Rule, ...] = ("fixed", "share", "balanced")
HORIZONS = {
    "short": "short run (about one year)",
    "medium": "medium run (about four years)",
    "long": "long run (ten years and more)",
}
CALIENDO_PARRO = Reference(
    "Caliendo and Parro (2015), Estimates of the Trade and Welfare Effects of NAFTA, "
    "Review of Economic Studies 82(1)",
    "https://doi.org/10.1093/restud/rdu035",
)
BOEHM = Reference(
    "Boehm, Levchenko and Pandalai-Nayar (2023), The Long and Short (Run) of Trade Elasticities, "
    "American Economic Review 113(4)",
    "https://doi.org/10.1257/aer.20210225",
)
PARAMETERS = (
    Parameter(
        "elasticities",
        float(SETS.index("fontagne")),
        "number of the set",
        "trade elasticities, from low to high: "
        + ", ".join(f"{k} {name}" for k, name in enumerate(SETS)),
        Reference("Table elasticities, with the source of each set"),
        Prior("choice", tuple(map(float, range(len(SETS))))),
        label="which published set of trade elasticities is taken",
        says=tuple(f"trade elasticities are those of the set {name}" for name in SETS),
    ),
    Parameter(
        "elasticity_scale",
        1.0,
        "ratio",
        "all trade elasticities of the set times this: the error of their estimation",
        Reference(
            "Boehm, Levchenko and Pandalai-Nayar (2023): standard error of about 15% of "
            "the estimate, after one and after five years",
            BOEHM.url,
        ),
        Prior("normal", (1.0, 0.15)),
        label="the ratio of trade elasticities to their estimates",
    ),
    Parameter(
        "gas_passed_on",
        1.0,
        "share",
        "how much of a change in gas flows, where the gas engine hands one over, is a "
        "change in what trade in crude and gas offers",
        Reference("An assumption of ours, from half of it to all"),
        Prior("uniform", (0.5, 1.0)),
        label="the share of a change in gas flows that trade in crude and gas follows",
        identified=False,
    ),
    Parameter(
        "tariffs_in_force",
        0.0,
        "year",
        "year whose tariffs in force at its end, of the table tariffs, hold before the measures; 0 "
        "for those that are in the input-output table",
        Reference(
            "Table tariffs, with the source of each rate; on which industries they are put is ours"
        ),
        label="the year whose tariffs hold at the start",
    ),
    Parameter(
        "balance_rule",
        0.0,
        "number of the rule",
        "deficits: 0 fixed in units of world value added, 1 a fixed share of world income, "
        "2 none, before and after",
        CALIENDO_PARRO,
    ),
)


def lacks(world: World, scenario: Scenario) -> Callable[[Metric, Mapping[str, Any]], None]:
    """Return what says whether the newest table tells the countries of a place apart."""
    return by_table(table_name(world))(world, scenario)


def prepared(world: World, scenario: Scenario) -> Prepared:
    """Read the table and the elasticities, and turn the measures into costs of trade.

    Raises:
        ScenarioError: a name in the scenario is unknown.
    """
    table = read_table(world)
    shock, notes = shock_of(resolve(scenario, world), table)
    sets, thetas = read_elasticities(world, table.sectors, scenario.horizon)
    info, rates = world.info(table.name), world.info("elasticities")
    sources = (
        Source(
            info.source,
            info.date,
            info.url,
            note=f"Table {info.name}, model trade.",
            grade=info.grade,
        ),
        Source(rates.source, rates.date, rates.url, note="Table elasticities.", grade=rates.grade),
    )
    note = " ".join((f"In the {HORIZONS[scenario.horizon]}.", *notes))
    return Prepared(table, shock, sets, thetas, sources, note, schedule(world, table.countries))


def solved(
    prepared: Prepared, parameters: Mapping[str, float], inputs: Mapping[str, xr.DataArray]
) -> Solved:
    """Solve one parameter point, with what other engines found.

    Raises:
        EngineError: a parameter is out of its range.
    """
    theta, which = _elasticities(prepared, parameters)
    rule = RULES[_whole(parameters, "balance_rule", len(RULES))]
    table, economy = prepared.table, prepared.table.economy
    costs = coupled_costs(inputs, table)
    shock = replace(prepared.shock, rule=rule)
    if inputs:
        shock = with_costs(shock, table, costs, parameters["gas_passed_on"])
    start, added, said = Shock(rule=rule), None, ""
    if year := _year(prepared, parameters):
        added, said = prepared.schedule.start(table, year)
        start, shock = with_start(start, added), with_start(shock, added)
    moved = rule == "balanced" or added is not None
    before = solve(economy, theta, start) if moved else None
    after = solve(economy, theta, shock) if before is None or before.converged else before
    remark = joined(prepared.note, said, *costs.notes, f"Trade elasticities: {which}.")
    effects = Effects(economy, after, before, added)
    return Solved(table, effects, theta, prepared.sources, remark)


def _year(prepared: Prepared, parameters: Mapping[str, float]) -> int:
    """Return the year whose tariffs it starts from; 0 if it starts from the table as it is.

    Raises:
        EngineError: the table of tariffs has none of that year.
    """
    year, have = round(parameters["tariffs_in_force"]), prepared.schedule.years
    if year and year not in have:
        raise EngineError(
            f"tariffs_in_force is {parameters['tariffs_in_force']:g}",
            hint=f"give 0, or a year from {min(have)} to {max(have)}"
            if have
            else "there is no table tariffs: give 0",
        )
    return year


def _whole(parameters: Mapping[str, float], name: str, n: int) -> int:
    value = round(parameters[name])
    if not 0 <= value < n:
        raise EngineError(f"{name} is {parameters[name]:g}", hint=f"give 0 to {n - 1}")
    return value


def _elasticities(prepared: Prepared, parameters: Mapping[str, float]) -> tuple[Floats, str]:
    which = _whole(parameters, "elasticities", len(SETS)) if len(prepared.sets) > 1 else 0
    scale = parameters["elasticity_scale"]
    if not 0 < scale < np.inf:
        raise EngineError(f"elasticity_scale is {scale:g}", hint="give a number above 0")
    name = AUTHORS[prepared.sets[which]]
    return prepared.thetas[which] * scale, name if scale == 1 else f"{name}, times {scale:.3g}"


def covers(world: World, metric: Metric, dim: Dimension, place: Place) -> Sequence[str] | None:
    """Say which states the input-output table in use tells apart."""
    return read_table(world).countries if dim.kind == "country" else None


engine: Model[Solved] = Model(
    name="trade",
    title="Trade and sanctions: general equilibrium with input-output links",
    basis="published form, our calibration",
    references=(
        CALIENDO_PARRO,
        Reference(
            "Chowdhry, Hinz, Kamin and Wanner (2024), Brothers in Arms: The Value of Coalitions in "
            "Sanctions Regimes, Economic Policy 39(118)",
            "https://doi.org/10.1093/epolic/eiae019",
        ),
    ),
    supports=SUPPORTS,
    tables=TABLES,
    parameters=PARAMETERS,
    takes=lambda world, scenario: inputs_of(scenario),
    prepare=prepared,
    solve=solved,
    metrics=METRICS,
    covers=covers,
    lacks=lacks,
    headlines=(
        ("trade.real_income", {}),
        ("trade.real_income_value", {}),
        ("trade.real_wage", {}),
    ),
)
