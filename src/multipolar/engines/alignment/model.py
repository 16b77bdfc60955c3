"""The engine ``alignment``: votes in, similarity, ideal points and blocs out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multipolar.engines.alignment.data import Record
from multipolar.engines.alignment.metrics import BY_NAME, READERS
from multipolar.engines.alignment.solved import Prepared, Solved
from multipolar.engines.api.contract import Basis, Metric, Outcome, Parameter, Reference
from multipolar.engines.api.reader import array, reading
from multipolar.policy import check_supported

if TYPE_CHECKING:
    from multipolar.policy import Scenario
    from multipolar.world import World


@dataclass(frozen=True)
class AlignmentEngine:
    """Who votes with whom; keeps :class:`~multipolar.engines.Engine`.

    It answers no measures and draws nothing: how votes would change is not modelled. Everything is
    computed when a metric first asks for it.

    Example:
        >>> from multipolar.policy import BASELINE
        >>> from multipolar.world import World
        >>> alignment = AlignmentEngine()
        >>> outcome = alignment.solve(alignment.prepare(World.load(), BASELINE), {})
        >>> pair = {"country": "CHN", "other": "RUS", "index": "lijphart"}
        >>> round(outcome.read("alignment.similarity", pair).value, 3)
        0.667
    """

    name: str = "alignment"
    title: str = "Alignment: who votes with whom, where states stand, and blocs"
    basis: Basis = "published"
    references: tuple[Reference, ...] = (
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
    )
    supports: frozenset[str] = frozenset()
    headlines: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("alignment.position", {}),
        ("alignment.similarity", {"country": "China", "index": "pi"}),
    )

    def parameters(self, world: World) -> tuple[Parameter, ...]:
        """Return nothing: no parameter is drawn."""
        return ()

    def metrics(self, world: World) -> tuple[Metric, ...]:
        """Return the metrics; those with a year need the full record."""
        return tuple(r.metric for r in READERS)

    def prepare(self, world: World, scenario: Scenario) -> Prepared:
        """Return the votes ready to be read.

        Raises:
            EngineError: the scenario has a measure; what is read is how states did vote.
        """
        check_supported(self.name, self.supports, scenario)
        return Prepared(Solved(Record(world)), scenario.name)

    def solve(self, prepared: Prepared, parameters: Mapping[str, float]) -> Outcome:
        """Return the votes as an outcome."""
        solved = prepared.solved
        return Outcome(
            engine=self.name,
            scenario=prepared.scenario,
            scalar=lambda metric, where: reading(BY_NAME, solved, metric, where),
            labelled=lambda metric, where: array(BY_NAME, solved, metric, where),
        )
