"""The engine ``corridors``: scenarios in, labelled outcomes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from multipolar.engines.api import (
    Dimension,
    Metric,
    Model,
    Parameter,
    Place,
    Prior,
    Reference,
    Source,
)
from multipolar.engines.api.coverage import of_accounts
from multipolar.engines.api.reader import table_parameters
from multipolar.engines.corridors.calibrate import check, theta_range
from multipolar.engines.corridors.data import YEARS, Tables, read_tables
from multipolar.engines.corridors.measures import SUPPORTS, changes_of
from multipolar.engines.corridors.metrics import LAST, METRICS, lacks
from multipolar.engines.corridors.solved import USUAL, Prepared, Solved, mapped
from multipolar.engines.corridors.words import THETA, WORDS
from multipolar.policy import Scenario, resolve

if TYPE_CHECKING:
    from multipolar.world import World

TABLES = ("corridor_figures", "corridor_links", "corridor_parameters")


def prepare(world: World, scenario: Scenario) -> Prepared:
    """Read the tables and turn the measures into capacities.

    Raises:
        EngineError: a measure names no freight route.
        ScenarioError: a name in it is unknown.
    """
    tables = read_tables(world)
    changes = changes_of(resolve(scenario, world))
    year = scenario.year or USUAL
    infos = [world.info(t) for t in TABLES]
    sources = tuple(
        Source(i.source, i.date, i.url, note=f"Table {i.name}, model corridors.", grade=i.grade)
        for i in infos
    )
    notes = list(changes.notes)
    if mapped(year) != year:
        notes.append(f"Rates and volumes of {mapped(year)} stand for {year}.")
    parameters = parameters_of(world, tables)
    return Prepared(tables, parameters, changes, year, sources, " ".join(notes))


def solve(prepared: Prepared, parameters: Mapping[str, float], inputs: object = None) -> Solved:
    """Fit the constants to 2019 and solve one year; others are solved when asked for.

    Raises:
        EngineError: a parameter is out of its range.
        Infeasible: the routes left open cannot carry the demand.
    """
    check(parameters)
    solved = Solved(prepared, dict(parameters))
    solved.year(prepared.year)
    return solved


def parameters_of(world: World, tables: Tables | None = None) -> tuple[Parameter, ...]:
    """Return theta, whose range the transit gives, and those of the table."""
    low, high = theta_range(tables or read_tables(world))
    source = Reference(
        "Computed from transit and rates of 2019, 2020 and the first half of 2021: UTLC ERA, "
        "Drewry",
        "https://index1520.com/en/index/",
    )
    theta = Parameter(
        "theta",
        (low * high) ** 0.5,
        "per thousand USD/FEU",
        "scale of the choice between sea and rail",
        source,
        Prior("loguniform", (low, high)),
        *THETA,
    )
    return (theta, *table_parameters(world, "corridor_parameters", WORDS))


# Containers between Asia and Europe by five routes, and tonnes on the Eastern Polygon. The two are
# separate systems: boxes in transit from China to Europe cross Kazakhstan and do not use it.
def covers(
    world: World, metric: Metric, dim: Dimension, place: Place
) -> Sequence[str | int] | None:
    """Say which states and years there are figures for."""
    if dim.kind == "year":
        return range(YEARS[0], LAST + 1)
    return of_accounts(world, dim)


engine = Model(
    name="corridors",
    title="Corridors: freight between Asia and Europe by sea and rail",
    basis="published form, our calibration",
    references=(
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
    ),
    supports=SUPPORTS,
    tables=frozenset({*TABLES, "io_2022"}),
    parameters=parameters_of,
    prepare=prepare,
    solve=solve,
    metrics=METRICS,
    covers=covers,
    lacks=lacks,
    headlines=(
        ("corridors.share", {}),
        ("corridors.shadow_price", {}),
        ("corridors.premium_2022", {}),
        ("corridors.polygon_shadow_price", {}),
    ),
)
