"""The engine ``oil``: scenarios in, labelled outcomes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from multipolar.engines.api import Dimension, Metric, Model, Parameter, Place, Reference, Source
from multipolar.engines.api.reader import table_parameters
from multipolar.engines.oil.data import FIRST, LAST, LATEST, TABLES, read_tables
from multipolar.engines.oil.measures import SUPPORTS, changes_of
from multipolar.engines.oil.metrics import METRICS, lacks
from multipolar.engines.oil.solved import Prepared, Solved
from multipolar.engines.oil.words import WORDS
from multipolar.errors import EngineError
from multipolar.policy import Scenario, resolve

if TYPE_CHECKING:
    from multipolar.world import World

SHARES = frozenset({"spot_share", "compliance"})
HORIZONS = {"short": "within a year", "medium": "over four years", "long": "over ten years"}
COUNTED = "Crude and what is pumped with it; products are not in the model."


def prepare(world: World, scenario: Scenario) -> Prepared:
    """Read the tables and turn the measures into changes of the market.

    Raises:
        EngineError: a measure names no state, link or strait of the model, or the year is none
            of it.
        ScenarioError: a name in it is unknown.
    """
    tables = read_tables(world)
    changes = changes_of(resolve(scenario, world), tables)
    year = scenario.year or LATEST
    if not FIRST <= year <= LAST:
        raise EngineError(f"the engine oil has no year {year}", hint=f"{FIRST} to {LAST}")
    infos = [world.info(t) for t in ("oil_crude", "oil_figures", "oil_parameters")]
    sources = tuple(
        Source(i.source, i.date, i.url, note=f"Table {i.name}, model oil.", grade=i.grade)
        for i in infos
    )
    time = f"Output and demand as they adjust {HORIZONS[scenario.horizon]}."
    note = " ".join((COUNTED, time, *changes.notes))
    return Prepared(tables, changes, year, scenario.horizon, sources, note)


def solve(prepared: Prepared, parameters: Mapping[str, float], inputs: object = None) -> Solved:
    """Solve the scenario's year; others are solved when asked for.

    Raises:
        EngineError: a parameter is out of its range.
        Infeasible: a state is left without a seller.
        NotConverged: prices were not found.
    """
    check(parameters)
    solved = Solved(prepared, dict(parameters))
    solved.year(prepared.year)
    return solved


def check(parameters: Mapping[str, float]) -> None:
    """Refuse parameters out of their range.

    Raises:
        EngineError: naming the parameter.
    """
    for name, value in parameters.items():
        if name in SHARES:
            if not 0 < value <= 1:
                raise EngineError(f"{name} is {value:g}", hint="give a number above 0, at most 1")
        elif not 0 < value < float("inf"):
            raise EngineError(f"{name} is {value:g}", hint="give a number above 0")
    if parameters.get("spot_share", 0.5) == 1:
        raise EngineError("spot_share is 1", hint="leave something to contracts")


def parameters_of(world: World) -> tuple[Parameter, ...]:
    """Return the parameters of the table oil_parameters, with prior and source."""
    return table_parameters(world, "oil_parameters", WORDS)


def covers(
    world: World, metric: Metric, dim: Dimension, place: Place
) -> Sequence[str | int] | None:
    """Say which states and years there are figures for."""
    if dim.kind == "year":
        return range(FIRST, LAST + 1)
    return read_tables(world).codes if dim.kind == "country" else None


engine = Model(
    name="oil",
    title="Oil: who sells crude to whom, at what price, by which way",
    basis="published form, our calibration",
    references=(
        Reference(
            "Samuelson (1952), Spatial Price Equilibrium and Linear Programming, American "
            "Economic Review 42(3)"
        ),
        Reference(
            "Takayama and Judge (1971), Spatial and Temporal Price and Allocation Models, "
            "North-Holland"
        ),
        Reference(
            "Anderson, de Palma and Thisse (1992), Discrete Choice Theory of Product "
            "Differentiation, MIT Press"
        ),
    ),
    supports=SUPPORTS,
    tables=TABLES,
    parameters=parameters_of,
    prepare=prepare,
    solve=solve,
    metrics=METRICS,
    covers=covers,
    lacks=lacks,
    headlines=(
        ("oil.brent", {}),
        ("oil.revenue", {"exporter": "RUS"}),
        ("oil.discount", {"country": "RUS"}),
    ),
)
