"""The engine ``trade``: scenarios in, labelled outcomes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.contract import (
    Basis,
    Input,
    Metric,
    Outcome,
    Parameter,
    Prior,
    Reference,
    Source,
)
from multipolar.engines.api.reader import array, reading
from multipolar.engines.trade.data import AUTHORS, SETS, Table, read_elasticities, read_table
from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import Rule, Shock, Solution, solve
from multipolar.engines.trade.measures import (
    SUPPORTS,
    coupled_costs,
    inputs_of,
    shock_of,
    with_costs,
)
from multipolar.engines.trade.metrics import BY_NAME, READERS
from multipolar.engines.trade.solved import Prepared, Solved
from multipolar.errors import EngineError
from multipolar.numerics.arrays import Floats
from multipolar.policy import Scenario, check_supported, resolve

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


@dataclass(frozen=True)
class TradeEngine:
    """Many countries and industries with input-output links, in exact changes.

    Keeps :class:`~multipolar.engines.Engine`.

    Example:
        >>> from multipolar.policy import Scenario
        >>> from multipolar.world import World
        >>> ban = Scenario.model_validate({"name": "ban", "measures": [
        ...     {"measure": "embargo", "senders": "G7", "targets": "Russia"}]})
        >>> world, trade = World.load(), TradeEngine()
        >>> prepared = trade.prepare(world, ban)
        >>> outcome = trade.solve(prepared, {p.name: p.value for p in trade.parameters(world)})
        >>> outcome.read("trade.real_income", {"country": "RUS"}).value < -1
        True
    """

    name: str = "trade"
    title: str = "Trade and sanctions: general equilibrium with input-output links"
    basis: Basis = "published form, our calibration"
    references: tuple[Reference, ...] = (
        CALIENDO_PARRO,
        Reference(
            "Chowdhry, Hinz, Kamin and Wanner (2024), Brothers in Arms: The Value of Coalitions in "
            "Sanctions Regimes, Economic Policy 39(118)",
            "https://doi.org/10.1093/epolic/eiae019",
        ),
    )
    supports: frozenset[str] = SUPPORTS
    headlines: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("trade.real_income", {}),
        ("trade.real_income_value", {}),
        ("trade.real_wage", {}),
    )

    def parameters(self, world: World) -> tuple[Parameter, ...]:
        """Return which elasticities are used, how much they are scaled, and the balance rule."""
        return (
            Parameter(
                "elasticities",
                float(SETS.index("fontagne")),
                "number of the set",
                "trade elasticities, from low to high: "
                + ", ".join(f"{k} {name}" for k, name in enumerate(SETS)),
                Reference("Table elasticities, with the source of each set"),
                Prior("choice", tuple(map(float, range(len(SETS))))),
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
            ),
            Parameter(
                "gas_passed_on",
                1.0,
                "share",
                "how much of a change in gas flows, where the gas engine hands one over, is a "
                "change in what trade in crude and gas offers",
                Reference("An assumption of ours, from half of it to all"),
                Prior("uniform", (0.5, 1.0)),
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

    def metrics(self, world: World) -> tuple[Metric, ...]:
        """Return the metrics that can be read from an outcome."""
        return tuple(r.metric for r in READERS)

    def prepare(self, world: World, scenario: Scenario) -> Prepared:
        """Read the table and the elasticities, and turn the measures into costs of trade.

        Raises:
            EngineError: a measure is not one the engine answers.
            ScenarioError: a name in it is unknown.
        """
        check_supported(self.name, self.supports, scenario)
        table = read_table(world)
        shock, notes = shock_of(resolve(scenario, world), table)
        sets, thetas = read_elasticities(world, table.sectors, scenario.horizon)
        info, rates = world.info(table.name), world.info("elasticities")
        sources = (
            Source(info.source, info.date, info.url, note=f"Table {info.name}, model trade."),
            Source(rates.source, rates.date, rates.url, note="Table elasticities."),
        )
        note = " ".join((f"In the {HORIZONS[scenario.horizon]}.", *notes))
        due = tuple(dict.fromkeys(i.metric for i in inputs_of(scenario)))
        return Prepared(table, shock, scenario.name, sets, thetas, sources, note, due)

    def takes(self, world: World, scenario: Scenario) -> tuple[Input, ...]:
        """Take costs of paying and of carrying, and flows of gas, where a scenario moves them."""
        return inputs_of(scenario)

    def couple(self, prepared: Prepared, inputs: Mapping[str, xr.DataArray]) -> Prepared:
        """Return the scenario with what the engines before it found."""
        given = coupled_costs(inputs, prepared.table)
        note = " ".join((prepared.note, *given.notes))
        return replace(prepared, due=(), costs=given, note=note)

    def solve(self, prepared: Prepared, parameters: Mapping[str, float]) -> Outcome:
        """Solve one parameter point.

        Raises:
            EngineError: a parameter is out of its range.
        """
        theta, which = _elasticities(prepared, parameters)
        rule = RULES[_whole(parameters, "balance_rule", len(RULES))]
        if prepared.due:
            raise EngineError(
                f"scenario {prepared.scenario!r} needs {', '.join(prepared.due)} of another engine",
                hint="solve it with `multipolar.solve`, which hands it over",
            )
        shock = replace(prepared.shock, rule=rule)
        if prepared.costs is not None:
            weight = parameters["gas_passed_on"]
            shock = with_costs(shock, prepared.table, prepared.costs, weight)
        economy = prepared.table.economy
        before = None if rule != "balanced" else solve(economy, theta, Shock(rule=rule))
        after = solve(economy, theta, shock) if before is None or before.converged else before
        note = f"{prepared.note} Trade elasticities: {which}."
        solved = Solved(
            prepared.table, Effects(economy, after, before), theta, prepared.sources, note
        )
        return Outcome(
            engine=self.name,
            scenario=prepared.scenario,
            scalar=lambda metric, where: reading(BY_NAME, solved, metric, where),
            labelled=lambda metric, where: array(BY_NAME, solved, metric, where),
            status="converged" if after.converged else
            "infeasible" if after.culprits else "not converged",
            message=_message(prepared.table, after) or note,
            residual=after.residual,
            iterations=after.sweeps,
        )  # fmt: skip


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


def _message(table: Table, solution: Solution) -> str:
    """Say why there is no equilibrium, in the table's words."""
    if not solution.culprits:
        return solution.message
    named = [
        table.countries[n] if j is None else f"{table.sectors[j]} to {table.countries[n]}"
        for j, n in solution.culprits[:6]
    ]
    more = len(solution.culprits) - len(named)
    return f"{solution.message}: {', '.join(named)}" + (f" and {more} more" if more else "")
