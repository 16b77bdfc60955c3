"""How often a voter decides: the indices of Banzhaf and of Shapley and Shubik.

Letters: n voters, w[i] the weight of i, q the quota, S a coalition, s its members and x its weight.
S wins if x >= q and, under a double majority, if s >= k besides. A voter swings S if S loses and
S + {i} wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import factorial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multipolar.engines.power.written import scaled
from multipolar.errors import EngineError
from multipolar.numerics.arrays import Floats

Objects: TypeAlias = NDArray[np.object_]
FEW = 20  # voters whose coalitions are enumerated
MUCH = 100_000  # total weight, in its smallest unit, up to which coalitions are counted by weight
FITS = 2**62  # sums below it are whole numbers of 64 bits


@dataclass(frozen=True)
class Game:
    """A vote: who has how much, and what it takes.

    Attributes:
        weights: one a voter, (n,), read as they are written: 0.1 is a tenth.
        quota: weight a winning coalition needs, read the same way.
        states: members a winning coalition needs besides; 0 for no second majority.
    """

    weights: tuple[float, ...]
    quota: float
    states: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no vote."""
        w = np.asarray(self.weights, dtype=float)
        if not len(w) or not np.isfinite(w).all() or (w < 0).any():
            raise EngineError("weights are negative or not known", hint="one weight a voter")
        if not np.isfinite(float(self.quota)) or not 0 <= self.states <= len(w):
            reached = False
        else:
            reached = self.quota > 0 and self.scaled[1] <= sum(self.scaled[0])
        if not reached:
            raise EngineError(
                f"a quota of {float(self.quota):.15g} of {w.sum():.15g} "
                f"and {self.states} of {len(w)} voters",
                hint="a quota lies above zero and within what all have together",
            )

    @cached_property
    def scaled(self) -> tuple[tuple[int, ...], int]:
        """Weights and quota as whole numbers: of their smallest unit, as they are written."""
        weights, quota, _ = scaled(self.weights, self.quota)
        return weights, quota

    @cached_property
    def swings(self) -> Objects:
        """How many coalitions of each size every voter swings, exact, shape (n, n).

        Entry [i, s] counts coalitions of s others. By enumeration up to 20 voters, else by
        generating functions: the number T[s, x] of coalitions of s members and weight x is the
        coefficient of y**s z**x in the product of (1 + y z**w[i]) over the voters, built one voter
        at a time; dividing one factor out leaves the coalitions without that voter. Sources:
        Mann and Shapley (1962), Values of Large Games VI, RAND RM-3158-PR; Brams and Affuso (1976),
        Theory and Decision 7:29-56, doi:10.1007/BF00141101.

        Raises:
            EngineError: more than 20 voters, and weights of too many units to count.
        """
        n, total = len(self.weights), sum(self.scaled[0])
        if n <= FEW and n**2 * total >= 2**n:
            return _enumerated(self)
        if total > MUCH:
            raise EngineError(
                f"{n} voters with weights that cannot be counted",
                hint=f"give weights that add up to at most {MUCH} of their smallest unit",
            )
        return _counted(self)


def _enumerated(game: Game) -> Objects:
    n = len(game.weights)
    weights, quota = game.scaled
    total = np.zeros(1, dtype=np.int64 if sum(weights) < FITS else object)
    size = np.zeros(1, dtype=np.int64)
    for w in weights:
        total, size = np.concatenate([total, total + w]), np.concatenate([size, size + 1])
    wins = np.asarray(total >= quota, dtype=bool) & (size >= game.states)
    out = np.zeros((n, n), dtype=object)
    for i in range(n):
        without, joined = wins.reshape(-1, 2, 2**i).swapaxes(0, 1)
        sizes = size.reshape(-1, 2, 2**i)[:, 0]
        out[i] = np.bincount(sizes[joined & ~without], minlength=n).tolist()
    return out


def _counted(game: Game) -> Objects:
    n = len(game.weights)
    w, q = game.scaled
    W = sum(w)
    T: Objects = np.zeros((n + 1, W + 1), dtype=object)
    T[0, 0] = 1
    for i, weight in enumerate(w):
        T[1 : i + 2, weight:] += T[: i + 1, : W + 1 - weight].copy()
    out = np.zeros((n, n), dtype=object)
    for i, weight in enumerate(w):
        if weight in w[:i]:
            out[i] = out[w.index(weight)]  # equal voters are equal
            continue
        # T = (1 + y z**weight) R: R[s] = T[s] - R[s-1] shifted
        R: Objects = np.zeros((n, W + 1), dtype=object)
        R[0] = T[0]
        for s in range(1, n):
            R[s] = T[s]
            R[s, weight:] -= R[s - 1, : W + 1 - weight]
        for s in range(n):
            from_ = max(0, q - weight) if s + 1 >= game.states else W + 1
            # S loses by weight, or by members alone
            to = q if s >= game.states else W + 1
            out[i, s] = sum(R[s, from_:to].tolist())
    return out


def banzhaf(game: Game) -> Floats:
    """Return the absolute Banzhaf index: the share of the others' coalitions that i swings.

    ``b[i] = swings of i / 2**(n-1)``. Sources: Penrose (1946), JRSS 109:53-57; Banzhaf (1965),
    Rutgers Law Review 19:317-343.

    Returns:
        Shape (n,), each between 0 and 1; they do not add up to one.

    Example:
        >>> banzhaf(Game((2, 1, 1), 3)).tolist()
        [0.75, 0.25, 0.25]
    """
    n = len(game.weights)
    return np.array([_over(sum(row.tolist()), 2 ** (n - 1)) for row in game.swings])


def banzhaf_normalised(game: Game) -> Floats:
    """Return the Banzhaf index, shape (n,), with the voters' indices adding up to one.

    Raises:
        EngineError: nobody ever swings.

    Example:
        The Council of 1958: Luxembourg never decides.

        >>> banzhaf_normalised(Game((4, 4, 4, 2, 2, 1), 12)).round(3).tolist()
        [0.238, 0.238, 0.238, 0.143, 0.143, 0.0]
    """
    counts = [sum(row.tolist()) for row in game.swings]
    total = sum(counts)
    if not total:
        raise EngineError("nobody ever decides", hint="check the quota")
    return np.array([_over(c, total) for c in counts])


def shapley_shubik(game: Game) -> Floats:
    """Return the Shapley-Shubik index: the share of orders of voting in which i tips the vote.

    ``phi[i] = sum over s of swings[i, s] * s! (n-1-s)! / n!``. Source: Shapley and Shubik (1954),
    A Method for Evaluating the Distribution of Power in a Committee System, American Political
    Science Review 48(3):787-792, doi:10.2307/1951053.

    Returns:
        Shape (n,); they add up to one.

    Example:
        >>> shapley_shubik(Game((2, 1, 1), 3)).round(3).tolist()
        [0.667, 0.167, 0.167]
    """
    n = len(game.weights)
    orders = [factorial(s) * factorial(n - 1 - s) for s in range(n)]
    tips = [sum(a * b for a, b in zip(row.tolist(), orders, strict=True)) for row in game.swings]
    return np.array([_over(t, factorial(n)) for t in tips])


def _over(above: Any, below: int) -> float:
    """Divide whole numbers of any length."""
    return int(above) / below


def in_parts(weights: ArrayLike, parts: int) -> tuple[float, ...]:
    """Return weights (n,) as whole numbers of ``parts`` to the total, rounded.

    Example:
        >>> in_parts([0.5, 0.3, 0.2], 10)
        (5.0, 3.0, 2.0)
    """
    w = np.asarray(weights, dtype=float)
    return tuple(float(x) for x in np.rint(w * (parts / w.sum())))
