"""The engine ``gas``: scenarios in, labelled outcomes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multipolar.engines.api.contract import (
    Basis,
    Dimension,
    Metric,
    Outcome,
    Parameter,
    Reference,
    Scalar,
    Source,
    Where,
)
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import outcome, table_parameters
from multipolar.engines.gas.calibrate import Base, calibrate, known_of
from multipolar.engines.gas.data import TABLES, Tables, read_tables
from multipolar.engines.gas.measures import SUPPORTS, changes_of
from multipolar.engines.gas.metrics import METRICS, ON, PLAYED, PLAYER, SELLER, lacks
from multipolar.engines.gas.solved import Prepared, Solved, country_of
from multipolar.engines.gas.words import WORDS
from multipolar.engines.gas.years import FIRST, LAST
from multipolar.errors import EngineError, NotConverged
from multipolar.policy import Scenario, check_supported, resolve

if TYPE_CHECKING:
    from multipolar.world import World

COUNTED = "A bcm is 40 MJ/m3; one as Russia counts is 5.4% less."
SHARES = {
    *("conjecture", "linear_demand", "pos2_contract", "take_or_pay", "own_use", "saving_rule"),
    "bans",
}
YEAR = 2030  # solved first where a scenario names no year
EGGING_HOLZ = Reference(
    "Egging and Holz (2019), Global Gas Model: Model and Data Documentation v3.0, "
    "DIW Data Documentation 100",
    "https://vdocument.in/"
    "data-documentation-diw-based-on-giignl-min-avg-max-115-127-139-we-process.html",
)


@dataclass(frozen=True)
class GasEngine:
    """The world gas market over pipelines and LNG, with capacity and market power.

    Keeps :class:`~multipolar.engines.Engine`. A year is solved when a metric first asks for it.

    Example:
        >>> from multipolar.policy import BASELINE
        >>> from multipolar.world import World
        >>> world, gas = World.load(), GasEngine()
        >>> prepared = gas.prepare(world, BASELINE)
        >>> outcome = gas.solve(prepared, {p.name: p.value for p in gas.parameters(world)})
        >>> flow = {"exporter": "RUS", "importer": "CHN", "carrier": "pipeline", "year": 2030}
        >>> 40 < outcome.read("gas.flow", flow).value < 50
        True
    """

    name: str = "gas"
    title: str = "Gas: pipelines, LNG and who depends on whom"
    basis: Basis = "published form, our calibration"
    references: tuple[Reference, ...] = (
        EGGING_HOLZ,
        Reference(
            "Baltensperger, Egging and Tomasgard (2018), on equilibrium models as convex programmes"
        ),
        Reference(
            "Hubert and Ikonnikova (2011), Investment Options and Bargaining Power: The Eurasian "
            "Supply Chain for Natural Gas, Journal of Industrial Economics 59(1)",
            "https://doi.org/10.1111/j.1467-6451.2011.00447.x",
        ),
    )
    supports: frozenset[str] = SUPPORTS
    tables: frozenset[str] = TABLES
    headlines: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("gas.consumption", {}),
        ("gas.production", {}),
        ("gas.price", {}),
    )

    def parameters(self, world: World) -> tuple[Parameter, ...]:
        """Return the parameters of the table gas_parameters, with prior and source."""
        return table_parameters(world, "gas_parameters", WORDS)

    def metrics(self, world: World) -> tuple[Metric, ...]:
        """Return the metrics that can be read from an outcome."""
        return tuple(d.metric for d in METRICS)

    def covers(
        self, world: World, metric: Metric, dim: Dimension, where: Where
    ) -> Sequence[Scalar] | None:
        """Say which years, states, players and pipes the network has."""
        if dim.kind == "year":
            return range(FIRST, LAST + 1)
        if dim.name == "route":
            return _pipes_named(world)
        if dim.kind != "country":
            return None
        return PLAYED if dim in (PLAYER, ON, SELLER) else _states(world)

    def lacks(
        self, world: World, scenario: Scenario
    ) -> Callable[[Metric, Mapping[str, Any]], None]:
        """Return what says whether the network has a country, a player, a pipe or a year."""
        return lacks(world, scenario)

    def prepare(self, world: World, scenario: Scenario) -> Prepared:
        """Read the tables and turn the measures into changes of the network.

        Raises:
            EngineError: a measure is not one the engine answers, or names no link it has.
            ScenarioError: a name in it is unknown.
        """
        check_supported(self.name, self.supports, scenario)
        tables = read_tables(world)
        changes = changes_of(resolve(scenario, world), tables)
        year = scenario.year or YEAR
        if not FIRST <= year <= LAST:
            raise EngineError(f"the engine gas has no year {year}", hint=f"{FIRST} to {LAST}")
        infos = [world.info(t) for t in ("gas_figures", "gas_parameters")]
        sources = tuple(
            Source(i.source, i.date, i.url, note=f"Table {i.name}, model gas.", grade=i.grade)
            for i in infos
        )
        note = " ".join((COUNTED, *changes.notes))
        return Prepared(tables, known_of(tables), changes, scenario.name, year, sources, note)

    def solve(self, prepared: Prepared, parameters: Mapping[str, float]) -> Outcome:
        """Calibrate on 2021 and solve one year; other years are solved when asked for.

        Raises:
            EngineError: a parameter is out of its range.
        """
        _check(parameters)
        base = calibrate(prepared.tables, parameters, prepared.known)
        solved = Solved(prepared, parameters, base)
        try:
            found, message = solved.year(prepared.year)[1], solved.remarks(prepared.year)
        except NotConverged as fault:
            found, message = solved.failed(prepared.year), fault.hint or fault.what
        return outcome(
            self.name,
            prepared.scenario,
            METRICS,
            solved,
            status=found.status,
            message=message,
            residual=found.residual,
            iterations=found.iterations,
        )


@per_world
def _states(world: World) -> tuple[str, ...]:
    return tuple(sorted(set(map(country_of, read_tables(world).codes))))


@per_world
def _pipes_named(world: World) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p.name for p in read_tables(world).pipes))


def _check(parameters: Mapping[str, float]) -> None:
    for name, value in parameters.items():
        if name in SHARES:
            if not 0 <= value <= 1:
                raise EngineError(f"{name} is {value:g}", hint="give 0 to 1")
        elif not value > 0 and not name.startswith("pass_") and not name.endswith("_shift"):
            raise EngineError(f"{name} is {value:g}", hint="give a number above 0")


def central(world: World) -> dict[str, float]:
    """Return every parameter at its central value."""
    return {p.name: p.value for p in GasEngine().parameters(world)}


def prepared_base(world: World) -> tuple[Base, Tables, dict[str, float]]:
    """Return the calibration at central parameters, the tables and the parameters."""
    tables, parameters = read_tables(world), central(world)
    return calibrate(tables, parameters), tables, parameters
