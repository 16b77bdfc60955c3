"""What is computed from the votes, once and when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from multipolar.engines.alignment.positions import settings_of, watching
from multipolar.engines.alignment.rollcalls import THIN, UKRAINE, Record, Votes
from multipolar.engines.alignment.similarity import Floats, Network
from multipolar.errors import DataMissing

if TYPE_CHECKING:
    from multipolar.engines.alignment.blocs import Stability
    from multipolar.engines.alignment.frustration import Frustration
    from multipolar.engines.alignment.ideal_points import IdealPoints

# what is compiled is loaded where it runs: reading a case should not wait for the compiler

WORDS = {
    "published": "with the features of the published sampler, no resolution after session 74 "
    "linked to one it repeats",
    "linked": "with the features of the published sampler, resolutions after session 74 linked by "
    "title to those they repeat",
    "smoothed": "by filter and smoother, without the published sampler's features",
}
SEED = 2023  # of what the algorithms draw
GAMMAS = (0.8, 1.0, 1.25)  # resolutions
RESAMPLES, SEEDS = 40, 40  # runs at each resolution, and on the votes as they are
T = TypeVar("T")


@dataclass(frozen=True)
class Found:
    """Blocs of a year's votes, and how far they hang on what is drawn or chosen.

    Attributes:
        states: ISO codes.
        every: over all runs: the votes resampled at each of ``GAMMAS``, and the seeds.
        votes, seeds, resolutions: the same for the runs over one of these alone.
    """

    states: tuple[str, ...]
    every: Stability
    votes: Stability
    seeds: Stability
    resolutions: Stability


def find_blocs(V: Floats, states: tuple[str, ...], network: Network) -> Found:
    """Find blocs by the Leiden algorithm on centred, signed agreement, again and again.

    Args:
        V: votes, shape (votes, states).
        states: ISO codes.
        network: which network, as in :func:`~multipolar.engines.alignment.blocs.network`.
    """
    from multipolar.engines.alignment.blocs import by_resolution, over_seeds, over_votes, stability
    from multipolar.engines.alignment.blocs import network as network_of

    rng = np.random.default_rng(SEED)
    W = network_of(V, network)
    drawn = {
        g: over_votes(V, rng, kind=network, runs=RESAMPLES, gamma=g, codes=states) for g in GAMMAS
    }
    seeds = over_seeds(W, rng, runs=SEEDS, codes=states)
    steps = np.stack([b.labels for b in by_resolution(W, rng, GAMMAS, codes=states)])
    runs = np.concatenate([*(d.runs for d in drawn.values()), seeds.runs])
    return Found(
        states, stability(runs, rng, codes=states), drawn[1.0], seeds,
        stability(steps, rng, codes=states),
    )  # fmt: skip


@dataclass(frozen=True)
class Solved:
    """The votes of a world and all that was computed from them."""

    record: Record
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        # another process computes what it needs itself
        return {"record": self.record, "_kept": {}}

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """Return what was made under a key, making it if need be."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    def votes(self, on: str, year: int | None) -> Votes:
        """Return the votes on a set of questions in a year."""
        return self.once(("votes", on, year), lambda: self.record.votes(on, year))

    def points(self, on: str, variant: str) -> IdealPoints:
        """Return ideal points: of all years at once for the full record, else of one period."""
        key = on if on == UKRAINE else "all"
        return self.once(("points", key, variant), lambda: self._estimate(key, variant))

    def _estimate(self, on: str, variant: str) -> IdealPoints:
        from multipolar.engines.alignment.ideal_points import estimate

        settings = settings_of(variant)
        calls = self.record.calls(on, linked=variant == "linked")
        if on == UKRAINE:  # a small problem, solved to the end
            return estimate(calls, replace(settings, tolerance=1e-9, most=5000))
        with watching(f"ideal points, {variant}", settings) as watch:
            return estimate(calls, settings, watch=watch)

    def blocs(self, on: str, year: int | None, network: Network) -> Found:
        """Return the blocs of a year's votes, over resampled votes, resolutions and seeds."""
        v = self._divided(on, year)
        return self.once(
            ("blocs", on, year, network), lambda: find_blocs(v.matrix, v.states, network)
        )

    def frustration(self, on: str, year: int | None, camps: int) -> Frustration:
        """Return how much of the signed network two or more camps leave unexplained."""
        from multipolar.engines.alignment.blocs import network as network_of
        from multipolar.engines.alignment.frustration import frustration

        v = self._divided(on, year)
        rng = np.random.default_rng(SEED)
        return self.once(
            ("frustration", on, year, camps),
            lambda: frustration(network_of(v.matrix), rng, camps=camps),
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
