"""How far a signed network is from being divided into camps.

Letters: w the network, i and j states, c a division into at most k camps. A link contradicts c if
it is positive between camps or negative within one. The line index of balance is the least weight
of links that contradict a division,

    L = min over c of  sum_{i<j} |w_ij| [w_ij contradicts c],

here as a share of all weight: 0 if the network is balanced, never more than 1/2. Sources: Harary
(1959), Behavioral Science 4(4):316-323, doi:10.1002/bs.3830040405; Doreian & Mrvar (1996), Social
Networks 18(2):149-168, doi:10.1016/0378-8733(95)00259-6, for more than two camps; Aref & Wilson
(2019), Journal of Complex Networks 7(2):163-189, doi:10.1093/comnet/cny015.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh
from threadpoolctl import threadpool_limits

from multipolar.engines.alignment.leiden import Labels, by_size, square
from multipolar.errors import EngineError
from multipolar.numerics.arrays import Floats
from multipolar.numerics.compiled import compiled

NOTHING = 1e-12  # of all weight: differences that count as none
SWEEPS = 100  # of annealing, over all states
STEPS = 60  # of the ascent to the eigenvalue bound
LEVELS = 12  # halvings of weight in which triangles are packed


@dataclass(frozen=True, slots=True)
class Frustration:
    """The least contradicted division that was found, and how much lower it could be.

    Attributes:
        labels: camp of each state, by size, then by first state, shape (states,).
        share: weight of links that contradict it, as a share of all: an upper bound of the index.
        lower: a lower bound of the index, same unit; equal to ``share`` if ``exact``.
        exact: whether the division is proven to be the best.
    """

    labels: Labels
    share: float
    lower: float
    exact: bool


def contradicted(W: ArrayLike, labels: ArrayLike) -> float:
    """Return the weight of links that contradict a division, as a share of all weight.

    Args:
        W: signed network, symmetric, shape (states, states); the diagonal is not read.
        labels: camp of each state, shape (states,).

    Returns:
        Share in [0, 1]; 0 for a network without links.

    Raises:
        EngineError: W is not square, symmetric and finite, or the labels do not fit.

    Example:
        >>> contradicted([[0, 1, -1], [1, 0, 2], [-1, 2, 0]], [0, 0, 1])
        0.5
    """
    w = _network(W)
    c = np.asarray(labels)
    if c.shape != (len(w),):
        raise EngineError(f"labels of shape {c.shape} for {len(w)} states", hint="label each state")
    wrong = np.where(c[:, None] == c, np.maximum(-w, 0.0), np.maximum(w, 0.0)).sum()
    weight = np.abs(w).sum()
    return float(wrong / weight) if weight > 0 else 0.0


def _network(W: ArrayLike) -> Floats:
    w = square(W)
    np.fill_diagonal(w, 0.0)
    return w


def balanced_triads(W: ArrayLike, *, weighted: bool = False) -> float:
    """Return the share of triads of linked states that are balanced.

    A triad is balanced if the product of its three signs is positive: the friend of a friend is a
    friend, the enemy of an enemy too. Source: Cartwright & Harary (1956), Psychological Review
    63(5):277-293, doi:10.1037/h0046049.

    Args:
        W: signed network, symmetric, shape (states, states); the diagonal is not read.
        weighted: count a triad by the product of its weights instead of once.

    Returns:
        Share in [0, 1]; NaN if no three states are linked with each other.

    Raises:
        EngineError: W is not square, symmetric and finite.

    Example:
        >>> balanced_triads([[0, 1, -1], [1, 0, -1], [-1, -1, 0]])
        1.0
    """
    w = _network(W)
    w = w if weighted else np.sign(w)
    size = np.abs(w)
    signed, every = (float(((m @ m) * m).sum()) for m in (w, size))
    return (signed + every) / (2 * every) if every > 0 else float("nan")


@compiled
def _anneal(
    w: Floats, k: int, sweeps: int, hot: float, cold: float, rng: np.random.Generator
) -> Labels:
    """Return a division that no single state betters by changing camp."""
    n = len(w)
    c = np.empty(n, np.int64)
    pull = np.zeros((n, k))
    for v in range(n):
        c[v] = min(int(rng.random() * k), k - 1)
    for v in range(n):
        for j in range(n):
            pull[v, c[j]] += w[v, j]
    sweep, moved = 0, True
    while sweep < sweeps or moved:
        heat = hot * (cold / hot) ** (sweep / sweeps)
        moved = False
        for v in range(n):
            a = c[v]
            if sweep < sweeps:
                b = (a + 1 + min(int(rng.random() * (k - 1)), k - 2)) % k
                gain = pull[v, b] - pull[v, a]
                go = gain > 0.0 or rng.random() < np.exp(gain / heat)
            else:
                b = a
                for x in range(k):
                    if pull[v, x] > pull[v, b] + cold * 1e-6:
                        b = x
                go = b != a
            if go:
                moved = True
                c[v] = b
                for j in range(n):
                    pull[j, a] -= w[v, j]
                    pull[j, b] += w[v, j]
        sweep += 1
    return c


@compiled
def _search(
    w: Floats, k: int, start: Labels, top: float, least: float, budget: int
) -> tuple[Labels, float, int]:
    """Return the best division by branch and bound, its cost, and where the solved states begin.

    They begin at 0 if all are solved. Parts are solved from the last state to the whole, and the
    cost of each bounds what its states add in the next (Verfaillie, Lemaitre & Schiex 1996,
    AAAI-96:181-187).
    """
    n = len(w)
    solved = np.zeros(n + 1)
    tail = np.zeros(n, np.int64)  # the best division of the states solved
    cost = np.zeros((n + 1, n, k))
    base = np.zeros(n + 1)
    opened, after = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    c, visited = np.zeros(n, np.int64), 0
    for first in range(n - 1, -1, -1):
        most = np.inf
        for a in range(k):  # the new state in the camp that suits it in the division so far
            extra = 0.0
            for j in range(first + 1, n):
                if (tail[j] == a) == (w[first, j] < 0.0):
                    extra += abs(w[first, j])
            if solved[first + 1] + extra < most:
                most = solved[first + 1] + extra
                tail[first] = a
        if first == 0 and top < most:
            most = top
            tail[:] = start
        t = first
        cost[t] = 0.0
        base[t], opened[t], after[t] = 0.0, 0, 0
        while t >= first:
            if after[t] > min(opened[t], k - 1):
                t -= 1
                continue
            a = after[t]
            after[t] += 1
            visited += 1
            if visited > budget:
                return start, solved[first + 1], first + 1
            here = base[t] + cost[t, t, a]
            c[t] = a
            if t == n - 1:
                if here < most - least:
                    most = here
                    tail[first:] = c[first:]
                continue
            bound = here + solved[t + 1]
            for u in range(t + 1, n):
                low = np.inf
                for x in range(k):
                    adds = (x == a) == (w[t, u] < 0.0)
                    cost[t + 1, u, x] = cost[t, u, x] + (abs(w[t, u]) if adds else 0.0)
                    low = min(low, cost[t + 1, u, x])
                bound += low
            if bound < most - least:
                base[t + 1] = here
                opened[t + 1] = max(opened[t], a + 1)
                after[t + 1] = 0
                t += 1
        solved[first] = most
    return tail, solved[0], 0


@compiled
def _packed(w: Floats, k: int, levels: int) -> float:
    """Return the weight of triangles that can be packed, each of which has to be contradicted."""
    n = len(w)
    left = np.abs(w)
    level = left.max()
    total = 0.0
    for step in range(levels + 1):
        level = level / 2 if step < levels else 0.0
        for i in range(n):
            for j in range(i + 1, n):
                if left[i, j] <= level:
                    continue
                for m in range(j + 1, n):
                    most = min(left[i, j], left[i, m], left[j, m])
                    if most <= level:
                        continue
                    negative = (w[i, j] < 0) + (w[i, m] < 0) + (w[j, m] < 0)
                    if negative == 1 or (negative == 3 and k == 2):
                        left[i, j] -= most
                        left[i, m] -= most
                        left[j, m] -= most
                        total += most
                        if left[i, j] <= level:
                            break
    return total


def _by_eigenvalue(w: Floats, k: int, top: float) -> float:
    """Return a lower bound of the contradicted weight from the smallest eigenvalue.

    Camps are the corners of a simplex, so that [c_i = c_j] = ((k - 1) G_ij + 1) / k with G positive
    semidefinite of unit diagonal. Dropping the rest, for any u that sums to 0,

        L >= m+ - (m+ - m-) / k + (k - 1) / (2 k) n lambda_min(diag(u) - w).

    For two camps and u = d - mean(d), d the rows of |w|, it is n/4 times the least eigenvalue of
    the signed Laplacian. u is bettered by steps along the subgradient. Sources: Delorme & Poljak
    (1993), Mathematical Programming 62:557-574, doi:10.1007/BF01585184; Frieze & Jerrum (1997),
    Algorithmica 18:67-81, doi:10.1007/BF02523688.
    """
    n = len(w)
    plus, minus = np.maximum(w, 0.0).sum() / 2, np.maximum(-w, 0.0).sum() / 2
    base, factor = plus - (plus - minus) / k, (k - 1) / (2 * k) * n
    d = np.abs(w).sum(axis=1)
    u = d - d.mean() if k == 2 else np.zeros(n)
    best = 0.0
    for step in range(STEPS):
        values, vectors = eigh(np.diag(u) - w, subset_by_index=[0, 0])
        bound = base + factor * float(values[0])
        best = max(best, bound)
        slope = factor * (vectors[:, 0] ** 2 - 1 / n)
        steep = float(slope @ slope)
        if steep <= 0 or top - bound <= NOTHING:
            break
        u = u + (top - bound) / steep * 0.5 * 0.97**step * slope
    return best


def frustration(
    W: ArrayLike,
    rng: np.random.Generator,
    *,
    camps: int = 2,
    restarts: int = 20,
    exact: int = 30,
    budget: int = 20_000_000,
) -> Frustration:
    """Return the line index of balance, or bounds of it, with the division that gives it.

    Up to ``exact`` states the division is proven by branch and bound. Beyond it is the best of
    several runs of simulated annealing, and the index lies between the weight packed in triangles
    that no division can satisfy, or an eigenvalue bound if that is greater, and the division's own.

    Args:
        W: signed network, symmetric, shape (states, states); the diagonal is not read.
        rng: of the annealing.
        camps: how many there may be, at least 2.
        restarts: runs of annealing.
        exact: most states for which a proof is tried.
        budget: most divisions in part that the proof looks at before it is given up.

    Raises:
        EngineError: W is not square, symmetric and finite, or a number is out of bounds.

    Example:
        One hostile link in a group of friends contradicts any division in two.

        >>> W = [[0, -1, 1], [-1, 0, 1], [1, 1, 0]]
        >>> found = frustration(W, np.random.default_rng(0))
        >>> round(found.share, 4), found.exact
        (0.3333, True)
    """
    w = _network(W)
    if camps < 2 or restarts < 1:
        raise EngineError(
            f"{camps} camps, {restarts} restarts", hint="take 2 camps or more and 1 restart or more"
        )
    n, weight = len(w), float(np.abs(w).sum()) / 2
    if weight == 0.0:
        return Frustration(np.zeros(n, np.int64), 0.0, 0.0, True)
    k = min(camps, n)
    w = w / weight
    c = _annealed(w, k, restarts, rng)
    share = contradicted(w, c)
    lower = min(float(_packed(w, k, LEVELS)), share)
    if share - lower > NOTHING:
        with threadpool_limits(1, "blas"):
            lower = min(max(lower, _by_eigenvalue(w, k, share)), share)
    if n <= exact and share - lower > NOTHING:
        order = np.argsort(-np.abs(w).sum(axis=1), kind="stable")
        found, cost, first = _search(
            np.ascontiguousarray(w[np.ix_(order, order)]), k, c[order], share, NOTHING, budget
        )
        lower = max(lower, cost)
        if first == 0:
            c[order] = found
            share = lower = contradicted(w, c)
    proven = share - lower <= NOTHING
    return Frustration(by_size(c), share, share if proven else lower, proven)


def _annealed(w: Floats, k: int, restarts: int, rng: np.random.Generator) -> Labels:
    """Return the best division of several runs, the first of those that tie."""
    hot = float(np.abs(w).sum(axis=1).mean())
    best, least = np.zeros(len(w), np.int64), np.inf
    for _ in range(restarts):
        c = _anneal(w, k, SWEEPS, hot, hot * 1e-4, rng)
        share = contradicted(w, c)
        if share < least - NOTHING:
            best, least = c, share
    return best
