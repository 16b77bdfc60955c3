"""The engine ``corridors``: scenarios in, labelled outcomes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multipolar.engines.api.contract import (
    Basis,
    Metric,
    Outcome,
    Parameter,
    Prior,
    Reference,
    Source,
)
from multipolar.engines.api.reader import array, reading, table_parameters
from multipolar.engines.corridors.calibrate import check, theta_range
from multipolar.engines.corridors.data import Tables, read_tables
from multipolar.engines.corridors.measures import SUPPORTS, changes_of
from multipolar.engines.corridors.metrics import BY_NAME, READERS
from multipolar.engines.corridors.solved import USUAL, Prepared, Solved, mapped
from multipolar.errors import Infeasible, NotConverged
from multipolar.policy import Scenario, check_supported, resolve

if TYPE_CHECKING:
    from multipolar.world import World

TABLES = ("corridor_figures", "corridor_links", "corridor_parameters")


@dataclass(frozen=True)
class CorridorsEngine:
    """Containers between Asia and Europe by five routes, and tonnes on the Eastern Polygon.

    Keeps :class:`~multipolar.engines.Engine`. The two are separate systems: boxes in transit from
    China to Europe cross Kazakhstan and do not use the Polygon. A year is solved when a metric
    first asks for it.

    Example:
        >>> from multipolar.policy import BASELINE
        >>> from multipolar.world import World
        >>> world, corridors = World.load(), CorridorsEngine()
        >>> prepared = corridors.prepare(world, BASELINE)
        >>> outcome = corridors.solve(prepared, {p.name: p.value for p in
        ...                                      corridors.parameters(world)})
        >>> outcome.read("corridors.distance", {"route": "sea-cape"}).value
        24939.0
    """

    name: str = "corridors"
    title: str = "Corridors: freight between Asia and Europe by sea and rail"
    basis: Basis = "published form, our calibration"
    references: tuple[Reference, ...] = (
        Reference(
            "McFadden (1978), Modelling the Choice of Residential Location, in Karlqvist et al. "
            "(eds), Spatial Interaction Theory and Planning Models"
        ),
        Reference(
            "Bell (1995), Stochastic user equilibrium assignment in networks with queues, "
            "Transportation Research Part B 29(2)",
            "https://doi.org/10.1016/0191-2615(94)00030-4",
        ),
        Reference(
            "Hummels and Schaur (2013), Time as a Trade Barrier, American Economic Review 103(7)",
            "https://doi.org/10.1257/aer.103.7.2935",
        ),
    )
    supports: frozenset[str] = SUPPORTS
    headlines: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("corridors.share", {}),
        ("corridors.shadow_price", {}),
        ("corridors.premium_2022", {}),
        ("corridors.polygon_shadow_price", {}),
    )

    def parameters(self, world: World) -> tuple[Parameter, ...]:
        """Return theta, whose range the transit gives, and those of the table."""
        return _parameters(world, read_tables(world))

    def metrics(self, world: World) -> tuple[Metric, ...]:
        """Return the metrics that can be read from an outcome."""
        return tuple(r.metric for r in READERS)

    def prepare(self, world: World, scenario: Scenario) -> Prepared:
        """Read the tables and turn the measures into capacities.

        Raises:
            EngineError: a measure is not one the engine answers, or names no freight route.
            ScenarioError: a name in it is unknown.
        """
        check_supported(self.name, self.supports, scenario)
        tables = read_tables(world)
        changes = changes_of(resolve(scenario, world))
        year = scenario.year or USUAL
        infos = [world.info(t) for t in TABLES]
        sources = tuple(
            Source(i.source, i.date, i.url, note=f"Table {i.name}, model corridors.") for i in infos
        )
        notes = list(changes.notes)
        if mapped(year) != year:
            notes.append(f"Rates and volumes of {mapped(year)} stand for {year}.")
        return Prepared(
            tables, _parameters(world, tables), changes, scenario.name, year, sources,
            " ".join(notes),
        )  # fmt: skip

    def solve(self, prepared: Prepared, parameters: Mapping[str, float]) -> Outcome:
        """Fit the constants to 2019 and solve one year; others are solved when asked for.

        Raises:
            EngineError: a parameter is out of its range.
        """
        check(parameters)
        solved = Solved(prepared, dict(parameters))
        try:
            found = solved.year(prepared.year)
        except (Infeasible, NotConverged) as fault:
            return Outcome(
                engine=self.name, scenario=prepared.scenario,
                scalar=lambda metric, where: reading(BY_NAME, solved, metric, where),
                labelled=lambda metric, where: array(BY_NAME, solved, metric, where),
                status="infeasible" if isinstance(fault, Infeasible) else "not converged",
                message=str(fault), residual=float("inf"),
            )  # fmt: skip
        return Outcome(
            engine=self.name,
            scenario=prepared.scenario,
            scalar=lambda metric, where: reading(BY_NAME, solved, metric, where),
            labelled=lambda metric, where: array(BY_NAME, solved, metric, where),
            message=solved.remarks(prepared.year),
            residual=found.residual,
            iterations=found.iterations,
        )


def _parameters(world: World, tables: Tables) -> tuple[Parameter, ...]:
    low, high = theta_range(tables)
    theta = Parameter(
        "theta", (low * high) ** 0.5, "per thousand USD/FEU",
        "scale of the choice between sea and rail",
        Reference(
            "Computed from transit and rates of 2019, 2020 and the first half of 2021: UTLC ERA, "
            "Drewry",
            "https://index1520.com/en/index/",
        ),
        Prior("loguniform", (low, high)),
    )  # fmt: skip
    return (theta, *table_parameters(world, "corridor_parameters"))
