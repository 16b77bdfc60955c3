"""The engine ``alignment``: votes in, similarity, ideal points and blocs out.

Example:
    >>> from multipolar.policy import BASELINE
    >>> from multipolar.world import World
    >>> outcome = engine.solve(engine.prepare(World.load(), BASELINE), {})
    >>> pair = {"country": "CHN", "partner": "RUS", "index": "lijphart", "year": 2023}
    >>> round(outcome.read("alignment.similarity", pair).value, 3)
    0.667
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multipolar.engines.alignment.data import FULL, SHIPPED, UKRAINE, Record
from multipolar.engines.alignment.metrics import METRICS, lacks
from multipolar.engines.alignment.solved import Solved
from multipolar.engines.api import Dimension, Metric, Model, Place, Reference
from multipolar.engines.api.memo import per_world

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multipolar.policy import Scenario
    from multipolar.world import World


def prepare(world: World, scenario: Scenario) -> Solved:
    """Return the votes ready to be read: what is read is how states did vote."""
    return Solved(Record(world))


def solve(prepared: Solved, parameters: object = None, inputs: object = None) -> Solved:
    """Return the votes: everything is computed when a metric first asks for it."""
    return prepared


@per_world
def _voters(world: World) -> tuple[str, ...]:
    return tuple(sorted(map(str, world.table(SHIPPED)["country"].unique())))


def covers(
    world: World, metric: Metric, dim: Dimension, place: Place
) -> Sequence[str | int] | None:
    """Say which states and years there are votes of; years are those of the full record."""
    if dim.kind == "country":
        return _voters(world)
    if dim.kind != "year":
        return None
    if place.get("votes", UKRAINE) == UKRAINE:
        return Record(world).war_years
    return Record(world).years if FULL in world.names else ()


# It answers no measures and draws nothing: how votes would change is not modelled.
engine = Model(
    name="alignment",
    title="Alignment: who votes with whom, where states stand, and blocs",
    basis="published",
    references=(
        Reference(
            "Bailey, Strezhnev and Voeten (2017), Estimating Dynamic State Preferences from United "
            "Nations Voting Data, Journal of Conflict Resolution 61(2)",
            "https://doi.org/10.1177/0022002715595700",
        ),
        Reference(
            "Hage (2011), Choice or Circumstance? Adjusting Measures of Foreign Policy Similarity "
            "for Chance Agreement, Political Analysis 19(3)",
            "https://doi.org/10.1093/pan/mpr023",
        ),
        Reference(
            "Traag, Waltman and van Eck (2019), From Louvain to Leiden: guaranteeing "
            "well-connected communities, Scientific Reports 9:5233",
            "https://doi.org/10.1038/s41598-019-41695-z",
        ),
    ),
    prepare=prepare,
    solve=solve,
    metrics=METRICS,
    lacks=lacks,
    tables=frozenset({SHIPPED, FULL}),
    covers=covers,
    headlines=(
        ("alignment.position", {}),
        ("alignment.similarity", {"country": "China", "index": "pi"}),
    ),
)
