"""What is computed from the votes, once and when first asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from multipolar.engines.alignment.data import THIN, UKRAINE, Record, Votes
from multipolar.engines.alignment.positions import settings_of, watching
from multipolar.engines.api.memo import Memo
from multipolar.errors import DataMissing

if TYPE_CHECKING:
    from multipolar.engines.alignment.blocs import BlocRuns
    from multipolar.engines.alignment.frustration import Frustration
    from multipolar.engines.alignment.ideal_points import IdealPoints
    from multipolar.engines.alignment.similarity import Network

# what is compiled is loaded where it runs: reading a case should not wait for the compiler

WORDS = {
    "published": "with the features of the published sampler, no resolution after session 74 "
    "linked to one it repeats",
    "linked": "with the features of the published sampler, resolutions after session 74 linked by "
    "title to those they repeat",
    "smoothed": "by filter and smoother, without the published sampler's features",
}


@dataclass(frozen=True)
class Solved:
    """The votes of a world and all that was computed from them."""

    record: Record
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)

    def votes(self, on: str, year: int | None) -> Votes:
        """Return the votes on a set of questions in a year."""
        return self.memo.once(("votes", on, year), lambda: self.record.votes(on, year))

    def points(self, on: str, variant: str, year: int | None = None) -> IdealPoints:
        """Return ideal points: of all years at once for the full record, else of one period.

        Of votes on the war, ``year`` leaves out those cast after its end.
        """
        key, until = (on, year) if on == UKRAINE else ("all", None)
        return self.memo.once(
            ("points", key, until, variant), lambda: self._estimate(key, until, variant)
        )

    def _estimate(self, on: str, year: int | None, variant: str) -> IdealPoints:
        from multipolar.engines.alignment.ideal_points import estimate

        settings = settings_of(variant)
        calls = self.record.calls(on, linked=variant == "linked", year=year)
        if on == UKRAINE:  # a small problem, solved to the end
            return estimate(calls, replace(settings, tolerance=1e-9, most=5000))
        with watching(f"ideal points, {variant}", settings) as watch:
            return estimate(calls, settings, watch=watch)

    def blocs(self, on: str, year: int | None, network: Network) -> BlocRuns:
        """Return the blocs of a year's votes, over resampled votes, resolutions and seeds."""
        from multipolar.engines.alignment.blocs import find_blocs

        v = self._divided(on, year)
        return self.memo.once(
            ("blocs", on, year, network), lambda: find_blocs(v.matrix, v.states, network)
        )

    def frustration(self, on: str, year: int | None, camps: int) -> Frustration:
        """Return how much of the signed network two or more camps leave unexplained."""
        from multipolar.engines.alignment.blocs import SEED, network
        from multipolar.engines.alignment.frustration import frustration

        v = self._divided(on, year)
        return self.memo.once(
            ("frustration", on, year, camps),
            lambda: frustration(network(v.matrix), np.random.default_rng(SEED), camps=camps),
        )

    def _divided(self, on: str, year: int | None) -> Votes:
        """Return votes that divide states, without which there are no links between them."""
        v = self.votes(on, year)
        if not v.divided:
            raise DataMissing(
                f"no vote divided two states: {v.about}", hint="name another year, or other votes"
            )
        return v

    def thin(self, on: str, year: int | None) -> str:
        """Say that a year has few contested roll calls, or nothing."""
        if on == UKRAINE or year is None:
            return ""
        n = self.record.count.get(year, 0)
        return f"A thin year: {n} contested roll calls." if n < THIN else ""
