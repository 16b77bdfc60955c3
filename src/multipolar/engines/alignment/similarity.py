"""How alike two states vote, for every pair at once.

Letters: V the votes, shape (votes, states), 1 yes, 0 abstain, -1 no, NaN no part; w weights of the
votes; x and y the positions of the two states of a pair on a vote in which both took part. Every
measure is a function of five sums over those votes, and each sum of all pairs is one product of
matrices. Abstaining lies halfway between yes and no, so that on these three positions

    |x - y| = x^2 + y^2 - x^2 y^2 - x y,        (x - y)^2 = x^2 + y^2 - 2 x y,

and what chance would give has the same form, in the means of x, y, x^2 and y^2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from multipolar.errors import EngineError, nearest
from multipolar.numerics.arrays import Floats

Distance: TypeAlias = Literal["squared", "absolute"]
Measure: TypeAlias = Literal["lijphart", "s", "identical", "pi", "kappa"]
Network: TypeAlias = Literal["covariance", "correlation", "agreement", "s"]  # links of blocs

CHANCE = 1e-12  # expected distances below this are rounding: chance leaves nothing to disagree on


class Similarity(Protocol):
    """A measure of every pair; :func:`pi` and :func:`kappa` also take a ``distance``."""

    def __call__(
        self, V: ArrayLike, *, weights: ArrayLike | None = None, minimum: int = 1
    ) -> Floats:
        """Return the measure, shape (states, states)."""
        ...


@dataclass(frozen=True, slots=True)
class Spread:
    """A measure with its standard error over resampled votes.

    Attributes:
        value: the measure on the votes as they are, shape (states, states).
        error: standard error, same shape; NaN where fewer than two draws define the measure.
        defined: share of draws that define the measure, same shape.
        joint: votes in which both took part, same shape.
        draws: how often the votes were drawn.
    """

    value: Floats
    error: Floats
    defined: Floats
    joint: Floats
    draws: int


def votes_matrix(V: ArrayLike) -> Floats:
    """Return votes as float64, shape (votes, states), or say what is wrong with them.

    Raises:
        EngineError: V is not a matrix of 1, 0, -1 and NaN.

    Example:
        >>> votes_matrix([[1, -1], [0, float("nan")]]).shape
        (2, 2)
    """
    v = np.asarray(V, dtype=float)
    if v.ndim != 2:
        raise EngineError(
            f"votes have {v.ndim} dimensions", hint="give a matrix of votes by states"
        )
    odd = np.isfinite(v) & (v != 0.0) & (np.abs(v) != 1.0) | np.isinf(v)
    if odd.any():
        raise EngineError(
            f"{v[odd][0]:g} is not a vote", hint="1 is yes, 0 abstain, -1 no, NaN no part"
        )
    return v


def vote_weights(weights: ArrayLike | None, votes: int) -> Floats:
    """Return weights of votes, shape (votes,), all 1 if None.

    Raises:
        EngineError: not one finite weight of at least 0 for each vote.

    Example:
        >>> vote_weights(None, 2).tolist()
        [1.0, 1.0]
    """
    if weights is None:
        return np.ones(votes)
    w = np.asarray(weights, dtype=float)
    if w.shape != (votes,) or not np.isfinite(w).all() or (w < 0).any():
        raise EngineError(
            f"weights of shape {w.shape} for {votes} votes",
            hint="give one finite weight of at least 0 for each vote",
        )
    return w


@dataclass(frozen=True, slots=True)
class Sums:
    """Weighted sums over joint votes of a pair of states, each of shape (states, states).

    Attributes:
        n: of 1.
        x: of the row's position; the column's is the transpose.
        x2: of its square.
        xy: of the product of both positions.
        x2y2: of the product of their squares.
    """

    n: Floats
    x: Floats
    x2: Floats
    xy: Floats
    x2y2: Floats

    @property
    def gap(self) -> Floats:
        """Sum of absolute differences, shape (states, states)."""
        return self.x2 + self.x2.T - self.x2y2 - self.xy

    @property
    def square(self) -> Floats:
        """Sum of squared differences, shape (states, states)."""
        return self.x2 + self.x2.T - 2 * self.xy


Parts: TypeAlias = tuple[Floats, Floats, Floats]


def _parts(V: ArrayLike) -> Parts:
    """Return who took part, positions and their squares, each (votes, states), 0 for no part."""
    v = votes_matrix(V)
    there = np.isfinite(v)
    x = np.where(there, v, 0.0)
    return there.astype(float), x, x**2


def _summed(parts: Parts, w: Floats) -> Sums:
    there, x, x2 = parts
    wt, wx, w2 = ((part * w[:, None]).T for part in parts)
    return Sums(wt @ there, wx @ there, w2 @ there, wx @ x, w2 @ x2)


def sums(V: ArrayLike, weights: ArrayLike | None = None) -> Sums:
    """Return the sums over joint votes that the measures are made of.

    Args:
        V: votes, shape (votes, states).
        weights: of the votes, shape (votes,); 1 if left out.

    Raises:
        EngineError: V holds something else than votes, or the weights do not fit.

    Example:
        >>> both = sums([[1, -1], [0, 1], [1, float("nan")]])
        >>> float(both.n[0, 1]), float(both.gap[0, 1]), float(both.square[0, 1])
        (2.0, 3.0, 5.0)
    """
    parts = _parts(V)
    return _summed(parts, vote_weights(weights, len(parts[0])))


def joint_votes(V: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Return the number (or weight) of votes in which both states of a pair took part.

    Args:
        V: votes, shape (votes, states).
        weights: of the votes, shape (votes,); 1 if left out.

    Returns:
        Shape (states, states), votes.

    Raises:
        EngineError: V holds something else than votes, or the weights do not fit.

    Example:
        >>> joint_votes([[1, -1], [0, float("nan")]]).tolist()
        [[2.0, 1.0], [1.0, 1.0]]
    """
    took_part = np.isfinite(votes_matrix(V)).astype(float)
    w = vote_weights(weights, len(took_part))
    return np.asarray((took_part * w[:, None]).T @ took_part)


def _mean(total: Floats, n: Floats) -> Floats:
    """Return a mean over joint votes; NaN where there are none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / n)


def _lijphart(both: Sums) -> Floats:
    return 1 - _mean(both.gap, both.n) / 2


def _s(both: Sums) -> Floats:
    return 1 - _mean(both.gap, both.n)


def _identical(both: Sums) -> Floats:
    opposed = (both.x2y2 - both.xy) / 2  # which a sum of differences counts twice
    return 1 - _mean(both.gap - opposed, both.n)


def _corrected(both: Sums, distance: str, pooled: bool) -> Floats:
    """Return 1 - D_o / D_e, observed over expected mean distance; NaN where D_e is 0."""
    if distance not in get_args(Distance):
        raise EngineError(f"no distance {distance!r}", hint=nearest(distance, get_args(Distance)))
    m, m2 = _mean(both.x, both.n), _mean(both.x2, both.n)
    other, other2 = m.T, m2.T
    if pooled:
        m = other = (m + other) / 2
        m2 = other2 = (m2 + other2) / 2
    if distance == "squared":
        observed, expected = both.square, m2 + other2 - 2 * m * other
    else:
        observed, expected = both.gap, m2 + other2 - m2 * other2 - m * other
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = _mean(observed, both.n) / expected
        return np.where(expected > CHANCE, 1 - ratio, np.nan)


def _enough(V: ArrayLike, value: Floats, minimum: int) -> Floats:
    return value if minimum <= 1 else np.where(joint_votes(V) >= minimum, value, np.nan)


def lijphart(V: ArrayLike, *, weights: ArrayLike | None = None, minimum: int = 1) -> Floats:
    """Return the index of agreement: same vote 1, abstaining against yes or no 1/2, yes-no 0.

    Source: Lijphart (1963), American Political Science Review 57(4):902-917,
    doi:10.2307/1952608.

    Args:
        V: votes, shape (votes, states).
        weights: of the votes, shape (votes,); 1 if left out.
        minimum: pairs with fewer joint votes, weights aside, are NaN.

    Returns:
        Shape (states, states), share in [0, 1]; NaN without a joint vote.

    Raises:
        EngineError: V holds something else than votes, or the weights do not fit.

    Example:
        >>> float(lijphart([[1, 1], [1, 0], [-1, 1], [0, 0]])[0, 1])
        0.625
    """
    return _enough(V, _lijphart(sums(V, weights)), minimum)


def s(V: ArrayLike, *, weights: ArrayLike | None = None, minimum: int = 1) -> Floats:
    """Return Signorino and Ritter's S with absolute distances, ``1 - 2 sum(d) / (n d_max)``.

    On votes it is twice :func:`lijphart` less one. Source: Signorino & Ritter (1999),
    International Studies Quarterly 43(1):115-144, doi:10.1111/0020-8833.00113.

    Arguments and errors as :func:`lijphart`.

    Returns:
        Shape (states, states), in [-1, 1]; NaN without a joint vote.

    Example:
        >>> float(s([[1, 1], [1, 0], [-1, 1], [0, 0]])[0, 1])
        0.25
    """
    return _enough(V, _s(sums(V, weights)), minimum)


def identical(V: ArrayLike, *, weights: ArrayLike | None = None, minimum: int = 1) -> Floats:
    """Return the share of joint votes in which both chose the same.

    Arguments and errors as :func:`lijphart`.

    Returns:
        Shape (states, states), share in [0, 1]; NaN without a joint vote.

    Example:
        >>> float(identical([[1, 1], [1, 0], [-1, 1], [0, 0]])[0, 1])
        0.5
    """
    return _enough(V, _identical(sums(V, weights)), minimum)


def pi(
    V: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    minimum: int = 1,
    distance: Distance = "squared",
) -> Floats:
    """Return Scott's pi: agreement beyond what two states that vote alike have by chance.

    ``pi = 1 - sum_ab n_ab d_ab / (n sum_ab q_a q_b d_ab)`` with q the mean of the pair's two
    distributions of choices over joint votes. With squared distances the chance term is the sum of
    squares about the pair's common mean, as in Hage's own calculation. Sources: Scott (1955),
    Public Opinion Quarterly 19(3):321-325, doi:10.1086/266577; Hage (2011), Political Analysis
    19(3):287-305, doi:10.1093/pan/mpr023.

    Args:
        V: votes, shape (votes, states).
        weights: of the votes, shape (votes,); 1 if left out.
        minimum: pairs with fewer joint votes, weights aside, are NaN.
        distance: squared, which Hage takes for pi and kappa, or absolute.

    Returns:
        Shape (states, states), at most 1, 0 as by chance; NaN without a joint vote, or where both
        always chose the same one thing, so that chance leaves nothing to disagree on.

    Raises:
        EngineError: V holds something else than votes, the weights do not fit, or there is no
            such distance.

    Example:
        >>> V = [[1, 1]] * 20 + [[1, -1]] * 5 + [[-1, 1]] * 10 + [[-1, -1]] * 15
        >>> round(float(pi(V)[0, 1]), 4)
        0.3939
    """
    return _enough(V, _corrected(sums(V, weights), distance, pooled=True), minimum)


def kappa(
    V: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    minimum: int = 1,
    distance: Distance = "squared",
) -> Floats:
    """Return Cohen's weighted kappa: agreement beyond what each state's own habits give by chance.

    ``kappa = 1 - sum_ab n_ab d_ab / (n sum_ab p_a q_b d_ab)`` with p and q the two states' own
    distributions of choices over joint votes. Sources: Cohen (1968), Psychological Bulletin
    70(4):213-220, doi:10.1037/h0026256; Hage (2011), Political Analysis 19(3):287-305,
    doi:10.1093/pan/mpr023.

    Arguments and errors as :func:`pi`.

    Returns:
        Shape (states, states), at most 1, 0 as by chance; NaN without a joint vote, or where both
        always chose the same one thing. Where only one of them never varied it is 0.

    Example:
        >>> V = [[1, 1]] * 20 + [[1, -1]] * 5 + [[-1, 1]] * 10 + [[-1, -1]] * 15
        >>> round(float(kappa(V)[0, 1]), 4)
        0.4
    """
    return _enough(V, _corrected(sums(V, weights), distance, pooled=False), minimum)


SIMILARITIES: Mapping[str, Similarity] = {
    "lijphart": lijphart,
    "s": s,
    "identical": identical,
    "pi": pi,
    "kappa": kappa,
}


def _reading(measure: str, distance: str) -> Callable[[Sums], Floats]:
    """Return the measure as a function of sums."""
    readings: dict[str, Callable[[Sums], Floats]] = {
        "lijphart": _lijphart,
        "s": _s,
        "identical": _identical,
        "pi": lambda both: _corrected(both, distance, pooled=True),
        "kappa": lambda both: _corrected(both, distance, pooled=False),
    }
    if measure not in readings:
        raise EngineError(f"no measure {measure!r}", hint=nearest(measure, readings))
    return readings[measure]


def resampled(votes: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return how often each vote is drawn when as many are drawn with replacement.

    Args:
        votes: number of votes.
        draws: number of resamples.
        rng: draws them.

    Returns:
        Shape (draws, votes); each row sums to ``votes``.

    Raises:
        EngineError: there is no vote, or no draw.

    Example:
        >>> resampled(3, 2, np.random.default_rng(0)).sum(axis=1).tolist()
        [3.0, 3.0]
    """
    if votes < 1 or draws < 1:
        raise EngineError(f"{draws} draws of {votes} votes", hint="take at least one of each")
    return rng.multinomial(votes, np.full(votes, 1 / votes), size=draws).astype(float)


def bootstrap(
    V: ArrayLike,
    measure: Measure,
    rng: np.random.Generator,
    *,
    draws: int = 200,
    minimum: int = 1,
    distance: Distance = "squared",
) -> Spread:
    """Return a measure of every pair with its standard error over resampled votes.

    Votes are drawn with replacement, which is a weight per vote, so that a draw costs a few
    products. The votes of one agenda item are not independent; the error is then too small. For one
    pair give its two columns. Source: Efron (1979), Annals of Statistics 7(1):1-26,
    doi:10.1214/aos/1176344552.

    Args:
        V: votes, shape (votes, states).
        measure: name in :data:`SIMILARITIES`.
        rng: draws the votes.
        draws: how often.
        minimum: pairs with fewer joint votes are NaN.
        distance: of pi and kappa.

    Raises:
        EngineError: V holds something else than votes, or there is no such measure or distance.

    Example:
        >>> V = [[1, 1]] * 50 + [[1, -1]] * 50
        >>> found = bootstrap(V, "lijphart", np.random.default_rng(0), draws=500)
        >>> float(found.value[0, 1]), round(float(found.error[0, 1]), 2)
        (0.5, 0.05)
    """
    read = _reading(measure, distance)
    parts = _parts(V)
    votes = len(parts[0])
    as_cast = _summed(parts, np.ones(votes))
    value = read(as_cast)
    # deviations from the estimate, so that the squares of near-equal numbers do not cancel
    total, squares, known = (np.zeros(value.shape) for _ in range(3))
    with threadpool_limits(1, "blas"):  # matrices this small lose time on more
        for w in resampled(votes, draws, rng):
            off = read(_summed(parts, w)) - value
            there = np.isfinite(off)
            off = np.where(there, off, 0.0)
            total += off
            squares += off**2
            known += there
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (squares - total**2 / known) / (known - 1)
    joint = as_cast.n
    enough = joint >= max(minimum, 1)
    error = np.where(enough & (known >= 2), np.sqrt(np.maximum(variance, 0.0)), np.nan)
    return Spread(np.where(enough, value, np.nan), error, known / draws, joint, draws)
