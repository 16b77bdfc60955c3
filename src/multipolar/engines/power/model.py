"""The engine ``power``: weights of states, what they can decide, whom alliances expose, and odds.

Measures are published; the list of pacts, the variant in which allies stay loyal and the count of
coalitions are ours, and say so.

Example:
    >>> from multipolar.policy import Scenario
    >>> from multipolar.world import World
    >>> pact = Scenario.model_validate({"name": "pact", "measures": [
    ...     {"measure": "ally", "members": ["China", "Russia"]}]})
    >>> world = World.load()
    >>> outcome = engine.solve(engine.prepare(world, pact), {p.name: p.value for p in PARAMETERS})
    >>> 0.5 < outcome.read("power.vulnerability", {"country": "CHN"}).value < 5
    True
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from multipolar.engines.api.contract import Dimension, Input, Metric, Parameter, Prior, Reference
from multipolar.engines.api.declare import Place
from multipolar.engines.api.model import Model
from multipolar.engines.power.data import INDICES, TABLES, Indices, read
from multipolar.engines.power.measures import SUPPORTS, changes_of
from multipolar.engines.power.metrics import DECLARED
from multipolar.engines.power.pacts import ADDED, SHIPPED
from multipolar.engines.power.solved import Prepared, Solved
from multipolar.errors import EngineError
from multipolar.policy import Scenario, resolve

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

PARAMETERS = (
    Parameter(
        "exponent",
        1.0,
        "1",
        "how far an advantage in means decides a contest",
        Reference(
            "An assumed range; the form is that of Hirshleifer (1989), Public Choice 63, and "
            "Skaperdas (1996), Economic Theory 7",
            "https://doi.org/10.1007/BF00153394",
        ),
        Prior("uniform", (0.5, 2.0)),
        label="the weight of an advantage in means in a contest",
        identified=False,
    ),
    Parameter(
        "depreciation",
        1.0,
        "share a year",
        "of earlier spending and aid that is used up in a year; at 1 the year alone counts",
        Reference("An assumption: no source was found"),
        Prior("uniform", (0.1, 1.0)),
        label="the share of earlier spending and aid that is used up in a year",
        identified=False,
    ),
    Parameter(
        "advantage",
        1.0,
        "1",
        "how many times as strong attackers have to be",
        Reference(
            "An assumed range up to the rule of three to one, which Mearsheimer (1989), "
            "International Security 13(4), discusses"
        ),
        Prior("uniform", (1.0, 3.0)),
        label="the strength that attackers need, over that of defenders,",
        identified=False,
    ),
)


def prepare(world: World, scenario: Scenario) -> Prepared:
    """Read the scenario's treaties and arms.

    Raises:
        EngineError: a measure lacks what it needs.
        ScenarioError: a name in it is unknown.
    """
    return Prepared(changes_of(resolve(scenario, world)), scenario.year, Indices(world))


def takes(world: World, scenario: Scenario) -> tuple[Input, ...]:
    """Take real incomes from the trade engine where a scenario does more than arm or ally."""
    idle = all(m.measure in SUPPORTS for m in scenario.measures)
    return () if idle else (Input("income", "trade.real_income"),)


def solve(
    prepared: Prepared, parameters: Mapping[str, float], inputs: Mapping[str, xr.DataArray]
) -> Solved:
    """Return what is asked from, in a world whose states have grown or shrunk.

    Raises:
        EngineError: a parameter is out of its range.
    """
    for name in ("exponent", "advantage"):
        if not 0 < parameters[name] < float("inf"):
            raise EngineError(f"{name} is {parameters[name]:g}", hint="give a number above 0")
    if not 0 <= parameters["depreciation"] <= 1:
        raise EngineError(f"depreciation is {parameters['depreciation']:g}", hint="give 0 to 1")
    indices = prepared.indices
    if "income" in inputs:
        change = inputs["income"].to_series()
        indices = Indices(indices.world, {str(c): float(v) / 100 for c, v in change.items()})
    return Solved(indices, prepared.changes, prepared.year, dict(parameters))


def covers(
    world: World, metric: Metric, dim: Dimension, place: Place
) -> Sequence[str | int] | None:
    """Say which states and years have weights, by the index that is asked for or by any."""
    indices = [str(place["index"])] if place.get("index") in INDICES else INDICES
    if dim.name not in ("country", "partner", "opponent", "member", "year"):
        return None
    found = [w for index in indices for w in read(world, index).items()]
    if dim.kind == "year":
        return sorted({year for year, _ in found})
    asked = place.get("year")
    return sorted({c for year, w in found if asked in (None, year) for c in w.values})


engine = Model(
    name="power",
    title="Power: concentration, voting weight, alliances and contests; published measures on "
    "tables of ours",
    basis="published",
    references=(
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
        Reference(
            "Jackson and Nei (2015), Networks of Military Alliances, Wars, and International "
            "Trade, PNAS 112(50)",
            "https://doi.org/10.1073/pnas.1502059112",
        ),
        Reference(
            "Skaperdas (1996), Contest Success Functions, Economic Theory 7(2)",
            "https://doi.org/10.1007/BF01213906",
        ),
    ),
    supports=SUPPORTS,
    parameters=PARAMETERS,
    metrics=DECLARED,
    covers=covers,
    reads=True,
    takes=takes,
    prepare=prepare,
    solve=solve,
    headlines=(
        ("power.poles", {}),
        ("power.concentration", {}),
        ("power.vulnerability", {}),
        ("power.aid_ratio", {"country": "Ukraine"}),
        ("power.win_probability", {"country": "Ukraine"}),
    ),
    tables=TABLES | {SHIPPED, ADDED},
)
