"""Blocs of states that vote together, and how sure one can be of them.

Letters: W the network, W+ and W- its positive part and the size of its negative part, k the sums of
their rows, m half the sum of k, gamma the resolution, B the quality matrix, c the partition.

Raw agreement is near universal, so that a network of it has little to tell blocs by. The signed
networks here take each resolution's mean position off first: two states are linked by being on the
same side of the rest (Macon, Mucha & Porter 2012, Physica A 391(1-2):343-361,
doi:10.1016/j.physa.2011.06.030, on why the choice of network matters).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from multipolar.engines.alignment.leiden import Labels, by_size, leiden, square
from multipolar.engines.alignment.similarity import (
    Network,
    lijphart,
    resampled,
    s,
    vote_weights,
    votes_matrix,
)
from multipolar.errors import EngineError, nearest
from multipolar.numerics.arrays import Floats

SEED = 2023  # of what the algorithms draw
GAMMAS = (0.8, 1.0, 1.25)  # resolutions
RESAMPLES, SEEDS = 40, 40  # runs at each resolution, and on the votes as they are


@dataclass(frozen=True, slots=True)
class Blocs:
    """Blocs found at one resolution; a state by itself has a label, but is no bloc.

    Attributes:
        labels: bloc of each state, by size, then by first code, shape (states,).
        modularity: signed modularity, quality over total weight 2 m+ + 2 m-.
        gamma: resolution of positive links.
    """

    labels: Labels
    modularity: float
    gamma: float

    @property
    def n(self) -> int:
        """Number of blocs."""
        return int((self.sizes > 1).sum())

    @property
    def alone(self) -> int:
        """Number of states by themselves."""
        return int((self.sizes == 1).sum())

    @property
    def sizes(self) -> Labels:
        """Number of states with each label, descending, shape (n + alone,)."""
        return np.bincount(self.labels)


@dataclass(frozen=True, slots=True)
class Stability:
    """What partitions from several runs have in common.

    Attributes:
        runs: blocs of each run, shape (runs, states).
        together: share of runs in which two states sit together, shape (states, states).
        consensus: the partition that disagrees with the runs on the fewest pairs, shape (states,).
        number: numbers of blocs that occur, ascending; a state by itself is none.
        share: share of runs with each, same shape; it sums to 1.
        rand: adjusted Rand index of the runs, mean over pairs of them; NaN for one run.
        support: adjusted Rand index of the consensus with each run, mean over runs.
    """

    runs: Labels
    together: Floats
    consensus: Labels
    number: Labels
    share: Floats
    rand: float
    support: float


def centred(V: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Return votes less the mean position of those who took part in each.

    Args:
        V: votes, shape (votes, states): 1 yes, 0 abstain, -1 no, NaN no part.
        weights: of the states in that mean, shape (states,); equal if left out.

    Returns:
        Shape (votes, states), NaN where V is.

    Raises:
        EngineError: V holds something else than votes, or the weights do not fit.

    Example:
        >>> centred([[1, 1, -1, -1], [1, 1, 1, float("nan")]]).tolist()
        [[1.0, 1.0, -1.0, -1.0], [0.0, 0.0, 0.0, nan]]
    """
    v = votes_matrix(V)
    w = vote_weights(weights, v.shape[1])
    there = np.isfinite(v)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (np.where(there, v, 0.0) @ w) / (there @ w)
    return np.asarray(v - mean[:, None])


def network(
    V: ArrayLike,
    kind: Network = "covariance",
    *,
    weights: ArrayLike | None = None,
    minimum: int = 1,
) -> Floats:
    """Return the network of states that votes make.

    Covariance is the mean over joint votes of the product of two states' centred positions.
    Correlation divides it by the root of their mean squares over those votes; both are taken about
    the resolution's mean, not the state's own. Neither is published in this form; centring follows
    Macon, Mucha & Porter (2012).

    Args:
        V: votes, shape (votes, states): 1 yes, 0 abstain, -1 no, NaN no part.
        kind: covariance or correlation of centred positions, signed; agreement, the index of
            Lijphart, which is never negative; or s, that of Signorino and Ritter.
        weights: of the votes, shape (votes,); 1 if left out.
        minimum: pairs with fewer joint votes have no link.

    Returns:
        Shape (states, states), symmetric; 0 on the diagonal and where there is no link.

    Raises:
        EngineError: V holds something else than votes, the weights do not fit, or there is no such
            kind.

    Example:
        >>> network([[1, 1, -1, -1], [1, 1, 1, -1]])[0].round(3).tolist()
        [0.0, 0.625, -0.375, -0.875]
    """
    if kind not in get_args(Network):
        raise EngineError(f"no network {kind!r}", hint=nearest(kind, get_args(Network)))
    v = votes_matrix(V)
    w = vote_weights(weights, len(v))
    if kind in {"agreement", "s"}:
        W = (lijphart if kind == "agreement" else s)(v, weights=w, minimum=minimum)
    else:
        W = _products(v, w, minimum, scaled=kind == "correlation")
    W = np.where(np.isfinite(W), (W + W.T) / 2, 0.0)
    np.fill_diagonal(W, 0.0)
    return W


def _products(v: Floats, w: Floats, minimum: int, scaled: bool) -> Floats:
    x = centred(v)
    there = np.isfinite(x).astype(float)
    x = np.where(there > 0, x, 0.0)
    cross = (x * w[:, None]).T @ x
    with np.errstate(invalid="ignore", divide="ignore"):
        if scaled:
            own = (x**2 * w[:, None]).T @ there  # of one state over votes with the other
            # a vanishing size has no direction: rounding would give it one
            W = np.where(own * own.T > 1e-18, cross / np.sqrt(own * own.T), np.nan)
        else:
            W = cross / ((there * w[:, None]).T @ there)
    return np.asarray(np.where(there.T @ there >= minimum, W, np.nan))


def quality_matrix(W: ArrayLike, gamma: float = 1.0, gamma_negative: float = 1.0) -> Floats:
    """Return B, what each pair adds to signed modularity when it sits together.

    ``B = W+ - gamma k+ k+' / 2m+ - W- + gamma- k- k-' / 2m-``. On a network without negative links
    it is Newman and Girvan's modularity with a resolution. Source: Traag & Bruggeman (2009),
    Physical Review E 80:036115, doi:10.1103/PhysRevE.80.036115.

    Args:
        W: network, symmetric, shape (states, states); the diagonal is not read.
        gamma: resolution of positive links: higher makes smaller blocs.
        gamma_negative: resolution of negative links: higher makes larger blocs, so that raising
            both at once has no clear effect.

    Returns:
        Shape (states, states), symmetric.

    Raises:
        EngineError: W is not square, symmetric and finite, or a resolution is negative.

    Example:
        >>> quality_matrix([[0, 1, 0], [1, 0, 0], [0, 0, 0]])[0].tolist()
        [-0.5, 0.5, 0.0]
    """
    w = square(W)
    np.fill_diagonal(w, 0.0)
    if not (gamma >= 0 and gamma_negative >= 0):
        raise EngineError(
            f"resolutions {gamma:g} and {gamma_negative:g}", hint="give numbers of at least 0"
        )
    return _surplus(np.maximum(w, 0.0), gamma) - _surplus(np.maximum(-w, 0.0), gamma_negative)


def _surplus(w: Floats, gamma: float) -> Floats:
    """Return links less what chance gives states with as many."""
    k = w.sum(axis=1)
    return np.asarray(w - gamma * np.outer(k, k) / k.sum()) if k.sum() > 0 else w


def modularity(
    W: ArrayLike, labels: ArrayLike, gamma: float = 1.0, gamma_negative: float = 1.0
) -> float:
    """Return the signed modularity of a partition, ``sum_ij B_ij [c_i = c_j] / (2m+ + 2m-)``.

    Source: Gomez, Jensen & Arenas (2009), Physical Review E 80:016114,
    doi:10.1103/PhysRevE.80.016114, for the scale; :func:`quality_matrix` for B.

    Args:
        W: network, symmetric, shape (states, states).
        labels: bloc of each state, shape (states,).
        gamma: resolution of positive links.
        gamma_negative: resolution of negative links.

    Returns:
        A number at most 1; 0 for everybody in one bloc at resolution 1, or for no links.

    Raises:
        EngineError: W is not square, symmetric and finite, a resolution is negative, or the labels
            do not fit.

    Example:
        >>> modularity([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], [0, 0, 1, 1])
        0.5
    """
    B = quality_matrix(W, gamma, gamma_negative)
    c = np.asarray(labels)
    if c.shape != (len(B),):
        raise EngineError(f"labels of shape {c.shape} for {len(B)} states", hint="label each state")
    return _scaled(W, float(B[c[:, None] == c].sum()))


def _scaled(W: ArrayLike, quality: float) -> float:
    w = np.abs(np.asarray(W, dtype=float))
    total = float(w.sum() - np.trace(w))
    return quality / total if total > 0 else 0.0


def blocs(
    W: ArrayLike,
    rng: np.random.Generator,
    *,
    gamma: float = 1.0,
    gamma_negative: float = 1.0,
    codes: Sequence[str] | None = None,
    starts: int = 10,
) -> Blocs:
    """Return the blocs of a network: the best partition that the Leiden algorithm finds.

    Args:
        W: network, symmetric, shape (states, states).
        rng: of the algorithm.
        gamma: resolution of positive links.
        gamma_negative: resolution of negative links.
        codes: of the states: of blocs of one size, that with the first code comes first.
        starts: runs, of which the best is kept.

    Raises:
        EngineError: W is not square, symmetric and finite, or a number is out of bounds.

    Example:
        >>> W = [[0, 1, -1, -1], [1, 0, -1, -1], [-1, -1, 0, 1], [-1, -1, 1, 0]]
        >>> found = blocs(W, np.random.default_rng(0), codes=["b", "d", "a", "c"])
        >>> found.labels.tolist(), found.sizes.tolist()
        ([1, 1, 0, 0], [2, 2])
    """
    found = leiden(quality_matrix(W, gamma, gamma_negative), rng, starts=starts)
    labels = by_size(found.labels, codes)
    return Blocs(labels, _scaled(W, found.quality), gamma)


def by_resolution(
    W: ArrayLike,
    rng: np.random.Generator,
    gammas: Sequence[float] = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0),
    *,
    codes: Sequence[str] | None = None,
    starts: int = 10,
) -> tuple[Blocs, ...]:
    """Return the blocs at each of several resolutions; see :func:`blocs`.

    Example:
        >>> W = np.array([[0, 2, 1, 1], [2, 0, 1, 1], [1, 1, 0, 2], [1, 1, 2, 0]])
        >>> coarse, fine = by_resolution(W, np.random.default_rng(0), (0.5, 1.0))
        >>> coarse.n, fine.n
        (1, 2)
    """
    return tuple(blocs(W, rng, gamma=g, codes=codes, starts=starts) for g in gammas)


def adjusted_rand(one: ArrayLike, other: ArrayLike) -> float:
    """Return the adjusted Rand index of two partitions: 1 if they are the same, 0 as by chance.

    Source: Hubert & Arabie (1985), Journal of Classification 2:193-218, doi:10.1007/BF01908075.

    Args:
        one: labels from 0, shape (states,).
        other: labels of the other partition, same shape.

    Raises:
        EngineError: they are not of one length.

    Example:
        >>> round(adjusted_rand([0, 0, 1, 1], [0, 0, 1, 2]), 4)
        0.5714
    """
    a, b = np.asarray(one), np.asarray(other)
    if a.shape != b.shape or a.ndim != 1:
        raise EngineError(f"partitions of shapes {a.shape} and {b.shape}", hint="label each state")
    a, b = (np.unique(x, return_inverse=True)[1] for x in (a, b))
    table = np.bincount(a * (b.max(initial=0) + 1) + b).astype(float)

    def pairs(n: Floats) -> float:
        return float((n * (n - 1) / 2).sum())

    both = pairs(table)
    ours, theirs = (pairs(np.bincount(x).astype(float)) for x in (a, b))
    every = len(a) * (len(a) - 1) / 2
    by_chance = ours * theirs / every if every else 0.0
    most = (ours + theirs) / 2
    return (both - by_chance) / (most - by_chance) if most != by_chance else 1.0


def stability(
    runs: ArrayLike, rng: np.random.Generator, *, codes: Sequence[str] | None = None
) -> Stability:
    """Return what several partitions of the same states have in common.

    The consensus makes ``sum_ij (together_ij - 1/2) [c_i = c_j]`` greatest: of all partitions it
    has the fewest pairs on which it disagrees with a run, so far as the Leiden algorithm finds it.

    Args:
        runs: labels from 0, shape (runs, states).
        rng: of the search for the consensus.
        codes: of the states, to number the blocs of the consensus.

    Raises:
        EngineError: there is no run.

    Example:
        >>> found = stability([[0, 0, 1], [0, 0, 1], [0, 1, 1]], np.random.default_rng(0))
        >>> found.consensus.tolist(), round(float(found.together[0, 1]), 3)
        ([0, 0, 1], 0.667)
    """
    labels = np.asarray(runs, dtype=np.int64)
    if labels.ndim != 2 or not len(labels):
        raise EngineError(f"runs of shape {labels.shape}", hint="give a row of labels for each run")
    states = labels.shape[1]
    together = np.zeros((states, states))
    for c in labels:
        together += c[:, None] == c
    together /= len(labels)
    B = together - 0.5
    np.fill_diagonal(B, 0.0)
    consensus = by_size(leiden(B, rng).labels, codes)
    counts = [int((np.bincount(c) > 1).sum()) for c in labels]
    number, times = np.unique(counts, return_counts=True)
    rand = _rand_of_all(np.concatenate([labels, consensus[None]]))
    between = rand[:-1, :-1][np.tril_indices(len(labels), -1)]
    return Stability(
        labels,
        together,
        consensus,
        number.astype(np.int64),
        times / len(labels),
        float(between.mean()) if len(between) else float("nan"),
        float(rand[-1, :-1].mean()),
    )


def _rand_of_all(labels: Labels) -> Floats:
    """Return the adjusted Rand index of each two partitions, from the pairs that sit together."""
    above = np.triu_indices(labels.shape[1], 1)
    pairs = (labels[:, above[0]] == labels[:, above[1]]).astype(np.float32)  # exact to 2**24
    both = (pairs @ pairs.T).astype(float)
    own = np.diag(both)
    chance = np.outer(own, own) / max(pairs.shape[1], 1)
    most = (own[:, None] + own) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(most > chance, (both - chance) / (most - chance), 1.0)


def over_seeds(
    W: ArrayLike,
    rng: np.random.Generator,
    *,
    runs: int = 100,
    gamma: float = 1.0,
    codes: Sequence[str] | None = None,
    starts: int = 1,
) -> Stability:
    """Return how far the algorithm's own choices decide the blocs of a network.

    Args:
        W: network, symmetric, shape (states, states).
        rng: of the algorithm.
        runs: how often it runs.
        gamma: resolution.
        codes: of the states.
        starts: of each run, of which it keeps the best.

    Raises:
        EngineError: W is not square, symmetric and finite, or a number is out of bounds.

    Example:
        >>> W = [[0, 1, -1, -1], [1, 0, -1, -1], [-1, -1, 0, 1], [-1, -1, 1, 0]]
        >>> over_seeds(W, np.random.default_rng(0), runs=5).rand
        1.0
    """
    B = quality_matrix(W, gamma)
    found = [by_size(leiden(B, rng, starts=starts).labels, codes) for _ in range(runs)]
    return stability(found, rng, codes=codes)


def over_votes(
    V: ArrayLike,
    rng: np.random.Generator,
    *,
    kind: Network = "covariance",
    runs: int = 100,
    gamma: float = 1.0,
    minimum: int = 1,
    codes: Sequence[str] | None = None,
    starts: int = 5,
) -> Stability:
    """Return how far the blocs hang on which resolutions came to a vote.

    Each run draws as many votes with replacement and finds the blocs of their network.

    Args:
        V: votes, shape (votes, states): 1 yes, 0 abstain, -1 no, NaN no part.
        rng: draws votes, and of the algorithm.
        kind: of network, as in :func:`network`.
        runs: how often votes are drawn.
        gamma: resolution.
        minimum: pairs with fewer joint votes have no link.
        codes: of the states.
        starts: of each run, of which it keeps the best.

    Raises:
        EngineError: V holds something else than votes, or a number is out of bounds.

    Example:
        >>> V = [[1, 1, -1, -1], [1, 1, 0, -1], [-1, -1, 1, 1], [1, 1, 1, -1]]
        >>> found = over_votes(V, np.random.default_rng(0), runs=20)
        >>> float(found.together[0, 1]), float(found.together[0, 3])
        (1.0, 0.0)
    """
    v = votes_matrix(V)
    found = []
    with threadpool_limits(1, "blas"):  # matrices this small lose time on more
        for w in resampled(len(v), runs, rng):
            B = quality_matrix(network(v, kind, weights=w, minimum=minimum), gamma)
            found.append(by_size(leiden(B, rng, starts=starts).labels, codes))
    return stability(found, rng, codes=codes)


@dataclass(frozen=True, slots=True)
class BlocRuns:
    """Blocs of one body's votes, and how far they hang on what is drawn or chosen.

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


def find_blocs(V: Floats, states: tuple[str, ...], kind: Network) -> BlocRuns:
    """Find blocs by the Leiden algorithm on a network of votes, again and again.

    Args:
        V: votes, shape (votes, states): 1 yes, 0 abstain, -1 no, NaN no part.
        states: ISO codes.
        kind: which network, as in :func:`network`.
    """
    rng = np.random.default_rng(SEED)
    W = network(V, kind)
    drawn = {
        g: over_votes(V, rng, kind=kind, runs=RESAMPLES, gamma=g, codes=states) for g in GAMMAS
    }
    seeds = over_seeds(W, rng, runs=SEEDS, codes=states)
    steps = np.stack([b.labels for b in by_resolution(W, rng, GAMMAS, codes=states)])
    runs = np.concatenate([*(d.runs for d in drawn.values()), seeds.runs])
    every = stability(runs, rng, codes=states)
    return BlocRuns(states, every, drawn[1.0], seeds, stability(steps, rng, codes=states))
