"""The engine ``power``: scenarios in, labelled outcomes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from multipolar.engines.api.contract import (
    Basis,
    Input,
    Metric,
    Outcome,
    Parameter,
    Prior,
    Reference,
)
from multipolar.engines.api.reader import outcome
from multipolar.engines.power.data import Indices
from multipolar.engines.power.measures import SUPPORTS, changes_of
from multipolar.engines.power.metrics import DECLARED
from multipolar.engines.power.solved import Prepared, Solved
from multipolar.errors import EngineError
from multipolar.policy import Scenario, check_supported, resolve

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

JACKSON_NEI = Reference(
    "Jackson and Nei (2015), Networks of Military Alliances, Wars, and International Trade, "
    "PNAS 112(50)",
    "https://doi.org/10.1073/pnas.1502059112",
)
CONTEST = Reference(
    "An assumed range; the form is that of Hirshleifer (1989), Public Choice 63, and Skaperdas "
    "(1996), Economic Theory 7",
    "https://doi.org/10.1007/BF00153394",
)


@dataclass(frozen=True)
class PowerEngine:
    """Weights of states, what they can decide, whom alliances expose, and odds in a contest.

    Keeps :class:`~multipolar.engines.Engine`. Measures are published; the list of pacts, the
    variant in which allies stay loyal and the count of coalitions are ours, and say so.

    Example:
        >>> from multipolar.policy import Scenario
        >>> from multipolar.world import World
        >>> pact = Scenario.model_validate({"name": "pact", "measures": [
        ...     {"measure": "ally", "members": ["China", "Russia"]}]})
        >>> world, power = World.load(), PowerEngine()
        >>> outcome = power.solve(power.prepare(world, pact),
        ...                       {p.name: p.value for p in power.parameters(world)})
        >>> 0.5 < outcome.read("power.vulnerability", {"country": "CHN"}).value < 5
        True
    """

    name: str = "power"
    title: str = (
        "Power: concentration, voting weight, alliances and contests; published measures on tables "
        "of ours"
    )
    basis: Basis = "published"
    references: tuple[Reference, ...] = (
        Reference(
            "Singer, Bremer and Stuckey (1972), Capability Distribution, Uncertainty, and Major "
            "Power War, 1820-1965, in Russett (ed.), Peace, War, and Numbers"
        ),
        Reference(
            "Laakso and Taagepera (1979), Effective Number of Parties, Comparative Political "
            "Studies 12(1)",
            "https://doi.org/10.1177/001041407901200101",
        ),
        Reference(
            "Shapley and Shubik (1954), A Method for Evaluating the Distribution of Power in a "
            "Committee System, American Political Science Review 48(3)",
            "https://doi.org/10.2307/1951053",
        ),
        Reference("Banzhaf (1965), Weighted Voting Doesn't Work, Rutgers Law Review 19"),
        JACKSON_NEI,
        Reference(
            "Skaperdas (1996), Contest Success Functions, Economic Theory 7(2)",
            "https://doi.org/10.1007/BF01213906",
        ),
    )
    supports: frozenset[str] = SUPPORTS
    headlines: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("power.poles", {}),
        ("power.concentration", {}),
        ("power.vulnerability", {}),
        ("power.aid_ratio", {"country": "Ukraine"}),
        ("power.win_probability", {"country": "Ukraine"}),
    )

    def parameters(self, world: World) -> tuple[Parameter, ...]:
        """Return how far means decide, how fast they wear out, and what attackers need."""
        exponent = "how far an advantage in means decides a contest"
        depreciation = (
            "of earlier spending and aid that is used up in a year; at 1 the year alone counts"
        )
        advantage = "how many times as strong attackers have to be"
        three_to_one = Reference(
            "An assumed range up to the rule of three to one, which Mearsheimer (1989), "
            "International Security 13(4), discusses"
        )
        no_source = Reference("An assumption: no source was found")
        range_of = partial(Prior, "uniform")
        return (
            Parameter("exponent", 1.0, "1", exponent, CONTEST, range_of((0.5, 2.0))),
            Parameter(
                "depreciation", 1.0, "share a year", depreciation, no_source, range_of((0.1, 1.0))
            ),
            Parameter("advantage", 1.0, "1", advantage, three_to_one, range_of((1.0, 3.0))),
        )

    def metrics(self, world: World) -> tuple[Metric, ...]:
        """Return the metrics that can be read from an outcome."""
        return tuple(d.metric for d in DECLARED)

    def prepare(self, world: World, scenario: Scenario) -> Prepared:
        """Read the scenario's treaties and arms.

        Raises:
            EngineError: a measure is not one the engine answers, or lacks what it needs.
            ScenarioError: a name in it is unknown.
        """
        check_supported(self.name, self.supports, scenario)
        changes = changes_of(resolve(scenario, world))
        return Prepared(changes, scenario.name, scenario.year, Indices(world))

    def takes(self, world: World, scenario: Scenario) -> tuple[Input, ...]:
        """Take real incomes from the trade engine where a scenario does more than arm or ally."""
        if all(m.measure in self.supports for m in scenario.measures):
            return ()
        return (Input("income", "trade.real_income"),)

    def couple(self, prepared: Prepared, inputs: Mapping[str, xr.DataArray]) -> Prepared:
        """Return the scenario in a world whose states have grown or shrunk."""
        change = inputs["income"]
        growth = {str(c): float(v) / 100 for c, v in change.to_series().items()}
        return replace(prepared, indices=Indices(prepared.indices.world, growth))

    def solve(self, prepared: Prepared, parameters: Mapping[str, float]) -> Outcome:
        """Return the scenario as an outcome; what is asked is computed when it is read.

        Raises:
            EngineError: a parameter is out of its range.
        """
        _check(parameters)
        p = prepared
        solved = Solved(p.indices, p.changes, p.year, dict(parameters))
        return outcome(self.name, p.scenario, DECLARED, solved, message=solved.note)


def _check(parameters: Mapping[str, float]) -> None:
    for name in ("exponent", "advantage"):
        if not 0 < parameters[name] < float("inf"):
            raise EngineError(f"{name} is {parameters[name]:g}", hint="give a number above 0")
    if not 0 <= parameters["depreciation"] <= 1:
        raise EngineError(f"depreciation is {parameters['depreciation']:g}", hint="give 0 to 1")
