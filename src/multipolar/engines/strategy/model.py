"""The engine ``strategy``: scenarios in, labelled outcomes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar.engines.api.contract import (
    Basis,
    Dimension,
    Input,
    Metric,
    Outcome,
    Parameter,
    Prior,
    Reference,
)
from multipolar.engines.api.coverage import by_table, of_accounts
from multipolar.engines.api.declare import Declared, Place
from multipolar.engines.api.reader import outcome
from multipolar.engines.strategy.alliance import Plan
from multipolar.engines.strategy.data import (
    SHIPPED,
    TABLE,
    Setting,
    coupled_results,
    missing,
    published,
    setting,
)
from multipolar.engines.strategy.deterrence import DRAWN, drawn
from multipolar.engines.strategy.measures import SUPPORTS, arms_of, inputs, needed, threat_of
from multipolar.engines.strategy.metrics import LEAVER, declared
from multipolar.engines.strategy.solved import Prepared, Solved
from multipolar.errors import DataMissing, EngineError
from multipolar.policy import Scenario, check_supported

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

TRADED = "io_2022"  # whose countries the results it takes are told apart by
LEWIS_SCHULTZ = Reference(
    "Lewis and Schultz (2003), Revealing Preferences: Empirical Estimation of a Crisis Bargaining "
    "Game with Incomplete Information, Political Analysis 11(4)",
    "https://doi.org/10.1093/pan/mpg021",
)
CRISMAN_COX = Reference(
    "Crisman-Cox and Gibilisco (2021), Estimating Signaling Games in International Relations: "
    "Problems and Solutions, Political Science Research and Methods",
    "https://doi.org/10.1017/psrm.2019.58",
)
FEARON = Reference(
    "Fearon (1995), Rationalist Explanations for War, International Organization 49(3)",
    "https://doi.org/10.1017/S0020818300033324",
)
COVARIANCE = Reference(
    f"{CRISMAN_COX.text}: estimates; covariance computed at them from the authors' data",
    CRISMAN_COX.url,
)


@dataclass(frozen=True)
class StrategyEngine:
    """Threats, a peace plan, alliance, wedge and arms, with payoffs from trade losses.

    Keeps :class:`~multipolar.engines.api.contract.Coupled`: it takes real incomes from the trade
    engine in variants of the world, odds and capabilities from the power engine, and what payments
    cost from the money engine. The crisis game is published and so are its estimates; how losses
    become payoffs is ours, and so are the model of the alliance and all priors of it. Who threatens
    whom stands in ``file``.

    Example:
        >>> from multipolar.policy import BASELINE
        >>> from multipolar.world import World
        >>> world, strategy = World.load(), StrategyEngine()
        >>> taken = strategy.takes(world, BASELINE)
        >>> sorted({i.metric for i in taken})[:3]
        ['money.cost_scale', 'power.ratio', 'power.win_probability']
        >>> len({i.scenario.name for i in taken if i.metric.startswith("trade.")})
        8
    """

    name: str = "strategy"
    title: str = (
        "Strategy: threats of sanctions, a peace plan, alliance, wedge and arms; a published game, "
        "payoffs by losses of ours"
    )
    basis: Basis = "published form, our calibration"
    references: tuple[Reference, ...] = (LEWIS_SCHULTZ, CRISMAN_COX, FEARON)
    supports: frozenset[str] = SUPPORTS
    headlines: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("strategy.concession_probability", {}),
        ("strategy.break_even_value", {"carried_out": "sure"}),
        ("strategy.outcome_probability", {"outcome": "alliance"}),
        ("strategy.wedge_transfer", {"offer": "nothing-else"}),
    )

    tables: frozenset[str] = frozenset({TABLE})
    file: Path = SHIPPED

    @cached_property
    def setting(self) -> Setting:
        """The crisis that is asked about."""
        return setting(self.file)

    @cached_property
    def declared(self) -> tuple[Declared[Solved], ...]:
        """Its metrics, each with what reads it."""
        return declared(self.setting)

    def covers(
        self, world: World, metric: Metric, dim: Dimension, where: Place
    ) -> Sequence[str | int] | None:
        """Say which states there are losses of; only the two partners part."""
        if dim == LEAVER or metric.name == "strategy.link_worth":
            return (self.setting.target.code, self.setting.partner.code)
        return of_accounts(world, dim)

    def lacks(
        self, world: World, scenario: Scenario
    ) -> Callable[[Metric, Mapping[str, Any]], None]:
        """Return what says whether the trade table has a country, and a scenario a threat."""
        known = by_table(TRADED)(world, scenario)
        threat = any(m.measure == "secondary_sanction_threat" for m in scenario.measures)

        def covered(metric: Metric, place: Mapping[str, Any]) -> None:
            known(metric, place)
            if place.get("scope") == "scenario" and not threat:
                raise DataMissing(
                    f"the scenario threatens {self.setting.target.text} with nothing",
                    hint="ask for another scope, or add a secondary_sanction_threat",
                )

        return covered

    def parameters(self, world: World) -> tuple[Parameter, ...]:
        """Return how dependence is counted, costs, stakes, and draws of the estimates."""
        target, leader = self.setting.target.text, self.setting.leader.text
        win = f"An assumed range, up to the 2.5 that Alekseev and Lin infer for a win of {leader}"
        dependence = (
            "trade as a share of income in the published form: 1 sales to the other side, 2 both "
            "ways; the source can be read either way"
        )
        prize = "what the outcome of the war is worth to a side of the settlement"
        prestige = f"what a settlement on {target}'s plan costs {leader} in standing"
        no_source = Reference("An assumed range: no source was found")
        ways, worth = Prior("choice", (1.0, 2.0)), Prior("loguniform", (0.1, 2.5))
        part, normal = Prior("uniform", (0.0, 0.5)), Prior("normal", (0.0, 1.0))
        return (
            Parameter(
                "dependence",
                1.0,
                "ways",
                dependence,
                CRISMAN_COX,
                ways,
                label="how dependence on trade is counted",
                says=("dependence counts sales alone", "dependence counts sales and purchases"),
            ),
            Parameter(
                "prize",
                0.5,
                "years of income",
                prize,
                Reference(win),
                worth,
                label=prize,
                identified=False,
            ),
            Parameter(
                "prestige",
                0.1,
                "share of the prize",
                prestige,
                no_source,
                part,
                label=prestige,
                identified=False,
            ),
            *(
                Parameter(
                    k,
                    0.0,
                    "standard errors",
                    f"draw of the estimates: {v}",
                    COVARIANCE,
                    normal,
                    label=f"the estimate of {v}",
                )
                for k, (_, v) in DRAWN.items()
            ),
        )

    def metrics(self, world: World) -> tuple[Metric, ...]:
        """Return the metrics that can be read from an outcome."""
        return tuple(d.metric for d in self.declared)

    def takes(self, world: World, scenario: Scenario) -> tuple[Input, ...]:
        """Return what is asked of the trade, power and money engines, in variants of the world."""
        return inputs(self.setting, world, scenario)

    def prepare(self, world: World, scenario: Scenario) -> Prepared:
        """Read the estimates and what the scenario threatens.

        Raises:
            EngineError: a measure is not one the engine answers.
            ScenarioError: a name in it is unknown.
        """
        check_supported(self.name, self.supports, scenario)
        s = self.setting
        threat = threat_of(s, world, scenario)
        armed, note = arms_of(s, world, scenario)
        members = (c for name in s.senders.members for c in world.countries_named(name, s.as_of))
        plan: Plan = "rejected" if armed or threat is not None else "as-is"
        return Prepared(
            s,
            tuple(dict.fromkeys(members)),
            threat,
            plan,
            published(world),
            scenario.name,
            note=note,
        )

    def couple(self, prepared: Prepared, inputs: Mapping[str, xr.DataArray]) -> Prepared:
        """Put in what the trade, power and money engines say.

        Raises:
            EngineError: an input is missing.
        """
        s = prepared.setting
        return replace(prepared, taken=coupled_results(s, inputs, needed(s)))

    def solve(self, prepared: Prepared, parameters: Mapping[str, float]) -> Outcome:
        """Return the scenario as an outcome; what is asked is computed when it is read.

        Raises:
            EngineError: a parameter is out of its range, or inputs were not put in.
        """
        _check(parameters)
        if prepared.taken is None:
            raise missing(["trade", "power", "money"])
        order = [coefficient for coefficient, _ in DRAWN.values()]
        estimates = drawn(prepared.estimates, order, [parameters[name] for name in DRAWN])
        solved = Solved(prepared, prepared.taken, estimates, dict(parameters))
        return outcome(self.name, prepared.scenario, self.declared, solved, message=solved.note)


def _check(parameters: Mapping[str, float]) -> None:
    if not 0 < parameters["prize"] < float("inf"):
        raise EngineError(f"prize is {parameters['prize']:g}", hint="give a number above 0")
    if not 0 <= parameters["prestige"] < float("inf"):
        raise EngineError(f"prestige is {parameters['prestige']:g}", hint="give 0 or more")
    if parameters["dependence"] not in (1.0, 2.0):
        raise EngineError(f"dependence is {parameters['dependence']:g}", hint="give 1 or 2")
