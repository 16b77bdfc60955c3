"""How far the states of a bloc vote as one, by session.

Letters: Y, N and A of a bloc's members vote yes, no and abstain on one resolution; who takes no
part does not count. Each index is one number per vote, and a session's is the mean over its votes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multipolar.engines.alignment.similarity import votes_matrix
from multipolar.errors import EngineError, nearest
from multipolar.numerics.arrays import Floats

Index: TypeAlias = Literal["rice", "agreement", "pairwise"]


@dataclass(frozen=True, slots=True)
class Cohesion:
    """Cohesion of a bloc by session.

    Attributes:
        session: numbers of the sessions, ascending, shape (sessions,).
        value: mean of the index over the session's votes, same shape; NaN without a vote.
        error: standard error of that mean over votes, same shape; NaN below two votes.
        votes: votes that the index is defined for, same shape.
    """

    session: NDArray[np.int64]
    value: Floats
    error: Floats
    votes: NDArray[np.int64]


def choices(V: ArrayLike, members: ArrayLike | None = None) -> tuple[Floats, Floats, Floats]:
    """Return how many of a bloc's members voted yes, abstained and voted no on each resolution.

    Args:
        V: votes, shape (votes, states): 1 yes, 0 abstain, -1 no, NaN no part.
        members: True for members, shape (states,), or (votes, states) where membership changes;
            everybody if left out.

    Returns:
        Y, A and N, each of shape (votes,).

    Raises:
        EngineError: V holds something else than votes, or ``members`` does not fit.

    Example:
        >>> Y, A, N = choices([[1, 1, -1], [0, float("nan"), 1]])
        >>> Y.tolist(), A.tolist(), N.tolist()
        ([2.0, 1.0], [0.0, 1.0], [1.0, 0.0])
    """
    v = votes_matrix(V)
    inside = np.ones(v.shape, bool)
    if members is not None:
        asked = np.asarray(members)
        if asked.dtype != bool or asked.shape not in {v.shape, v.shape[1:]}:
            raise EngineError(
                f"members of type {asked.dtype} and shape {asked.shape} for votes of shape "
                f"{v.shape}",
                hint="give True or False for each state, or for each vote and state",
            )
        inside = inside & asked
    yes, abstain, no = (((v == a) & inside).sum(axis=1).astype(float) for a in (1.0, 0.0, -1.0))
    return yes, abstain, no


def rice(V: ArrayLike, members: ArrayLike | None = None) -> Floats:
    """Return Rice's index of each vote, ``|Y - N| / (Y + N)``; abstentions do not count.

    Source: Rice (1925), Political Science Quarterly 40(1):60-72, doi:10.2307/2142407.

    Arguments and errors as :func:`choices`.

    Returns:
        Shape (votes,), in [0, 1]; NaN if nobody votes yes or no.

    Example:
        >>> rice([[1, 1, 1, -1], [0, 0, 1, 1]]).tolist()
        [0.5, 1.0]
    """
    Y, _, N = choices(V, members)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(Y - N) / (Y + N))


def agreement_index(V: ArrayLike, members: ArrayLike | None = None) -> Floats:
    """Return the agreement index of each vote, which counts abstaining as a third choice.

    ``AI = (M - (Y + N + A - M) / 2) / (Y + N + A)`` with M the largest of Y, N and A: 1 if all
    choose the same, 0 if they split in three equal parts. Source: Hix, Noury & Roland (2005),
    British Journal of Political Science 35(2):209-234, doi:10.1017/S0007123405000128, who rescale
    the index of Attina (1990).

    Arguments and errors as :func:`choices`.

    Returns:
        Shape (votes,), in [0, 1]; NaN if nobody takes part.

    Example:
        >>> agreement_index([[1, 1, 1, -1], [1, 0, -1, float("nan")]]).tolist()
        [0.625, 0.0]
    """
    Y, A, N = choices(V, members)
    M, total = np.maximum(np.maximum(Y, N), A), Y + N + A
    with np.errstate(invalid="ignore"):
        return np.asarray((M - (total - M) / 2) / total)


def pairwise(V: ArrayLike, members: ArrayLike | None = None) -> Floats:
    """Return the mean agreement of the pairs of members on each vote.

    The same vote counts 1, abstaining against yes or no 1/2, yes against no 0 (Lijphart 1963,
    doi:10.2307/1952608).

    Arguments and errors as :func:`choices`.

    Returns:
        Shape (votes,), in [0, 1]; NaN if fewer than two take part.

    Example:
        >>> pairwise([[1, 1, 0], [1, -1, float("nan")]]).round(4).tolist()
        [0.6667, 0.0]
    """
    Y, A, N = choices(V, members)
    total = Y + N + A
    same = (Y * (Y - 1) + N * (N - 1) + A * (A - 1)) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (same + A * (Y + N) / 2) / (total * (total - 1) / 2)
    return np.where(total >= 2, share, np.nan)


INDICES: Mapping[str, Callable[[ArrayLike, ArrayLike | None], Floats]] = {
    "rice": rice,
    "agreement": agreement_index,
    "pairwise": pairwise,
}


def cohesion(
    V: ArrayLike,
    session: ArrayLike,
    members: ArrayLike | None = None,
    *,
    index: Index = "agreement",
    minimum: int = 2,
) -> Cohesion:
    """Return a bloc's cohesion in each session.

    Args:
        V: votes, shape (votes, states).
        session: of each vote, whole numbers, shape (votes,).
        members: who is in the bloc, as in :func:`choices`.
        index: rice, agreement (index) or pairwise.
        minimum: votes in which fewer members take part are left out: one is always united.

    Raises:
        EngineError: V holds something else than votes, ``session`` or ``members`` does not fit, or
            there is no such index.

    Example:
        >>> found = cohesion([[1, 1, 1, -1], [1, 1, 1, 1], [1, 1, 0, 0]], [7, 7, 8])
        >>> found.session.tolist(), found.value.tolist(), found.votes.tolist()
        ([7, 8], [0.8125, 0.25], [2, 1])
    """
    if index not in INDICES:
        raise EngineError(f"no index {index!r}", hint=nearest(index, INDICES))
    when = np.asarray(session)
    v = votes_matrix(V)
    if when.shape != (len(v),) or not np.issubdtype(when.dtype, np.integer):
        raise EngineError(
            f"sessions of type {when.dtype} and shape {when.shape} for {len(v)} votes",
            hint="give a whole number for each vote",
        )
    per_vote = INDICES[index](v, members)
    counted = np.isfinite(per_vote) & (sum(choices(v, members)) >= minimum)
    numbers, place = np.unique(when, return_inverse=True)
    n = np.bincount(place, counted, len(numbers))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(place, np.where(counted, per_vote, 0.0), len(numbers)) / n
        off = np.where(counted, per_vote - mean[place], 0.0)
        error = np.sqrt(np.bincount(place, off**2, len(numbers)) / (n - 1) / n)
    error = np.where(n >= 2, error, np.nan)
    return Cohesion(numbers.astype(np.int64), mean, error, n.astype(np.int64))
