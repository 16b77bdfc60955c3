"""How the worth of a coalition is divided: the Shapley value and the nucleolus.

Letters: n players, N all of them, S a coalition, v(S) what S obtains alone, x a division of v(N),
x(S) what S gets of it, e(S, x) = v(S) - x(S) the excess. A game is its values in an array of length
2**n: bit i of the index says whether player i is in, and ``values[0]`` is 0. Whatever the unit of
the values, money for instance, the division is in the same.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multipolar.errors import EngineError, NotConverged
from multipolar.numerics.arrays import Flags, Floats

Ints: TypeAlias = NDArray[np.int64]
Value: TypeAlias = Callable[[list[int]], Floats]

MOST = 62  # players whose coalitions fit an integer of 64 bits
NOTHING = 1e-10  # of the greatest value: joint gains that count as none
DEEP = 1e6  # losses of a coalition, in joint gains, beyond which accuracy is given up
TIGHT = 1e-10  # violation of a constraint that is accepted; gains are measured in joint gains
# multipliers of a vertex are ratios of determinants of 0-1 matrices: above this, or nought
POSITIVE = 1e-6
SPANNED = 1e-8  # distance of a coalition from a subspace that counts as none


def shapley(values: ArrayLike) -> Floats:
    """Return the Shapley value: what each player adds, averaged over all orders of joining.

    ``phi[i] = sum over S without i of |S|! (n-|S|-1)! / n! * (v(S + i) - v(S))``. Source: Shapley
    (1953), Contributions to the Theory of Games II:307-317, doi:10.1515/9781400881970-018.

    Args:
        values: v(S) by bitmask, shape (2**n,).

    Returns:
        Shape (n,), in the unit of ``values``; it sums to v(N).

    Raises:
        EngineError: ``values`` is not a game.

    Example:
        Player 0 has a left glove, players 1 and 2 a right one; a pair is worth 6.

        >>> shapley([0, 0, 0, 6, 0, 6, 0, 6]).round(6).tolist()
        [4.0, 1.0, 1.0]
    """
    v, n = _game(values)
    size = _members(n).sum(axis=1)
    weight = np.array([1 / (n * comb(n - 1, s)) for s in range(n)] + [0.0])[size]
    phi = np.empty(n)
    for i in range(n):
        without, joined = v.reshape(-1, 2, 2**i).swapaxes(0, 1)
        phi[i] = np.sum(weight.reshape(-1, 2, 2**i)[:, 0] * (joined - without))
    return phi


def sampled_shapley(
    value: Value, n: int, samples: int, seed: int | np.random.Generator
) -> tuple[Floats, Floats]:
    """Return an estimate of the Shapley value from random orders, and its standard error.

    Every order is used with its reverse: who comes early in one comes late in the other, which
    takes out most of the noise. Within an order what the players add sums to v(N), so the estimate
    does too. Sources: Castro, Gomez & Tejada (2009), Computers & Operations Research 36:1726-1730,
    doi:10.1016/j.cor.2008.04.004; reversed orders after Mitchell, Cooper, Frank & Holmes (2022),
    Journal of Machine Learning Research 23(43).

    Args:
        value: gives v(S) for a list of bitmasks. It is called once, with all the coalitions that
            are needed, each named once and the empty one never.
        n: players, at most 62.
        samples: orders, reverses included: an even number, at least 4.
        seed: of the orders, or the generator that draws them.

    Returns:
        The estimate and its standard error, both of shape (n,), in the unit of the values. The
        error is that of a mean of ``samples / 2`` independent pairs.

    Raises:
        EngineError: ``n`` or ``samples`` is out of bounds, or ``value`` answers with another number
            of values or with one that is not finite.

    Example:
        >>> def glove(coalitions):
        ...     return np.array([6.0 * (S & 1 and S > 1) for S in coalitions])
        >>> phi, error = sampled_shapley(glove, 3, 4000, seed=0)
        >>> bool((abs(phi - [4, 1, 1]) < 4 * error).all()), float(phi.sum().round(9))
        (True, 6.0)
    """
    if not 1 <= n <= MOST:
        raise EngineError(f"{n} players", hint=f"between 1 and {MOST} can be sampled")
    if samples < 4 or samples % 2:
        raise EngineError(
            f"{samples} samples", hint="take an even number, at least 4: orders come in pairs"
        )
    rng = np.random.default_rng(seed)
    forward = rng.permuted(np.tile(np.arange(n), (samples // 2, 1)), axis=1)
    order = np.stack([forward, forward[:, ::-1]])
    joined = np.cumsum(np.int64(1) << order, axis=2)
    coalitions, place = np.unique(joined, return_inverse=True)
    v = _finite(value(coalitions.tolist()), len(coalitions))[place.reshape(joined.shape)]
    added = np.empty_like(v)
    np.put_along_axis(added, order, np.diff(v, axis=2, prepend=0.0), axis=2)
    pair = added.mean(axis=0)
    return pair.mean(axis=0), pair.std(axis=0, ddof=1) / np.sqrt(len(pair))


def gains(values: ArrayLike, phi: ArrayLike) -> Floats:
    """Return what each player gets beyond what it has alone, ``phi[i] - v({i})``.

    Args:
        values: v(S) by bitmask, shape (2**n,).
        phi: a division, shape (n,), in the same unit.

    Returns:
        Shape (n,), in the unit of ``values``.

    Raises:
        EngineError: ``values`` is not a game, or ``phi`` not a division among its players.

    Example:
        >>> gains([0, 2, 3, 9], [4, 5]).tolist()
        [2.0, 2.0]
    """
    v, n = _game(values)
    return np.asarray(_finite(phi, n) - v[1 << np.arange(n)])


def nucleolus(values: ArrayLike) -> Floats:
    """Return the nucleolus: the division whose worst-treated coalitions are treated best.

    Of all imputations (x(N) = v(N), x[i] >= v({i})) it is the one whose excesses, sorted from the
    greatest, come first lexicographically. If v(N) is less than the players have alone there are no
    imputations, and the answer is the prenucleolus: the same without the floors x[i] >= v({i}).

    Each stage minimises the greatest excess among the coalitions that are not settled,

        min eps   s.t.   v(S) - x(S) <= eps,   x(S) as found for the settled S,   x[i] >= v({i}),

    and settles those that have it at every optimum. A positive multiplier proves that, tightness at
    one optimum does not. Multipliers sum to 1 over coalitions outside the span of the settled ones,
    so that every stage adds to the span, and at most n - 1 are needed. Coalitions join a programme
    when its answer violates them. Sources: Schmeidler (1969), SIAM Journal on Applied Mathematics
    17:1163-1170, doi:10.1137/0117107; Maschler, Peleg & Shapley (1979), Mathematics of Operations
    Research 4:303-338, doi:10.1287/moor.4.4.303; Hallefjord, Helming & Jornsten (1995),
    International Journal of Game Theory 24:357-372, doi:10.1007/BF01243038.

    Args:
        values: v(S) by bitmask, shape (2**n,).

    Returns:
        Shape (n,), in the unit of ``values``; it sums to v(N). It is solved in units of the joint
        gains v(N) - sum of v({i}), of which it is accurate to about 1e-9; joint gains below 1e-10
        of the greatest value are rounding, and are divided equally.

    Raises:
        EngineError: ``values`` is not a game.
        NotConverged: the solver of linear programmes failed.

    Example:
        An estate of 200 and claims of 100, 200 and 300: a coalition has what the others leave.

        >>> nucleolus([0, 0, 0, 0, 0, 0, 100, 200]).round(6).tolist()
        [50.0, 75.0, 75.0]
    """
    v, n = _game(values)
    members = _members(n).astype(float)
    alone = v[1 << np.arange(n)]
    worth = v - members @ alone
    joint, most = worth[-1], abs(worth).max()
    if abs(joint) <= NOTHING * abs(v).max():
        return np.asarray(alone + joint / n)
    scale = max(joint, most / DEEP) if joint > 0 else most
    return np.asarray(alone + scale * _by_stages(worth / scale, members, joint > 0))


def _members(n: int) -> Ints:
    """Return who is in which coalition, 0 or 1, shape (2**n, n)."""
    return (np.arange(2**n, dtype=np.int64)[:, None] >> np.arange(n)) & 1


def _game(values: ArrayLike) -> tuple[Floats, int]:
    """Return the values, checked, and the number of players."""
    v = np.asarray(values, dtype=float)
    n = v.size.bit_length() - 1
    if v.ndim != 1 or v.size != 2**n or n < 1:
        raise EngineError(
            f"{v.size} values in {v.ndim} dimension(s) are not a game",
            hint="give one value for each of the 2**n coalitions, in the order of their bitmasks",
        )
    v = _finite(v, 2**n)
    if v[0] != 0:
        raise EngineError(
            f"the empty coalition is worth {v[0]:g}",
            hint="subtract values[0] from all values: with nobody in, there is nothing to divide",
        )
    return v, n


def _finite(values: ArrayLike, length: int) -> Floats:
    """Return an array of the length expected, without gaps."""
    found = np.asarray(values, dtype=float)
    if found.shape != (length,):
        raise EngineError(
            f"values of shape {found.shape} where ({length},) was expected",
            hint="give one value for each, in the same order",
        )
    gaps = np.flatnonzero(~np.isfinite(found))
    if len(gaps):
        raise EngineError(
            f"{len(gaps)} of {length} values are not finite, the first at position {gaps[0]}",
            hint="a coalition that achieves nothing is worth 0; one not solved has to be solved",
        )
    return found


def _by_stages(worth: Floats, members: Floats, floored: bool) -> Floats:
    """Return the nucleolus of a game in which nobody has anything alone, shape (n,).

    Args:
        worth: v(S), shape (2**n,), about 1 in size.
        members: who is in, shape (2**n, n).
        floored: whether ``x >= 0`` is asked.
    """
    n = members.shape[1]
    everybody = len(worth) - 1
    ones = 1 << np.arange(n)
    settled, given = members[everybody:], worth[everybody:]
    # a coalition and its complement together keep the programme bounded
    active = np.concatenate([ones, everybody - ones])
    while len(settled) < n:
        basis = np.linalg.qr(settled.T)[0]
        apart = np.linalg.norm(members - members @ basis @ basis.T, axis=1) > SPANNED
        active, eps, proven = _stage(
            worth, members, settled, given, apart, active[apart[active]], floored
        )
        before = len(settled)
        for S in proven:
            wider = np.vstack([settled, members[S]])
            if np.linalg.matrix_rank(wider) == len(wider):
                settled, given = wider, np.append(given, worth[S] - eps)
        if len(settled) == before:
            raise NotConverged("no multiplier of the nucleolus is positive", hint=_hint())
    return np.asarray(np.linalg.solve(settled, given), dtype=float)


def _stage(
    worth: Floats,
    members: Floats,
    settled: Floats,
    given: Floats,
    apart: Flags,
    active: Ints,
    floored: bool,
) -> tuple[Ints, float, Ints]:
    """Return the least greatest excess among coalitions ``apart`` from the settled.

    Returns:
        The coalitions in the programme, the excess, and the coalitions that have it at every
        optimum.
    """
    from scipy.optimize import linprog  # only where it is used: it takes long to load

    n = members.shape[1]
    bounds = [(0.0 if floored else None, None)] * n + [(None, None)]
    while True:
        found = linprog(
            np.append(np.zeros(n), 1.0),
            A_ub=-np.column_stack([members[active], np.ones(len(active))]),
            b_ub=-worth[active],
            A_eq=np.column_stack([settled, np.zeros(len(settled))]),
            b_eq=given,
            bounds=bounds,
            method="highs-ds",
            options={"primal_feasibility_tolerance": TIGHT, "dual_feasibility_tolerance": TIGHT},
        )
        if found.status != 0 or found.x is None:
            raise NotConverged(
                f"a linear programme of the nucleolus failed: {found.message}", hint=_hint()
            )
        x, eps = found.x[:n], float(found.x[n])
        excess = np.where(apart, worth - members @ x, -np.inf)
        excess[active] = -np.inf
        worst = np.argsort(-excess)[: 2 * n]
        worst = worst[excess[worst] > eps + TIGHT]
        if not len(worst):
            return active, eps, active[found.ineqlin.marginals < -POSITIVE]
        active = np.concatenate([active, worst])


def _hint() -> str:
    return "check that the values are accurate, or use the Shapley value"
