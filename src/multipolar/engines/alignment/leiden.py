"""The Leiden algorithm on a dense quality matrix.

Quality of a partition c is ``Q(c) = sum_ij B_ij [c_i = c_j]``, B symmetric, of any signs: whatever
a pair adds when it sits together, what chance would give already taken off. Then moving node v
changes Q by twice the difference of B's sums over the two communities, and the communities of one
level, as nodes of the next, have the matrix of B's sums over blocks, with the same Q exactly.

A pass moves single nodes while one can gain, splits each community again from single nodes by
merging only what is well connected within it, and goes on with the parts as nodes. It ends when
every community is one part, so that each is held together by links of B > 0. Source: Traag,
Waltman & van Eck (2019), Scientific Reports 9:5233, doi:10.1038/s41598-019-41695-z. Here a move
puts every other node back in the queue, since with B of any signs any of them may gain by it, and
a pass starts at the partition of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multipolar.errors import EngineError
from multipolar.numerics.arrays import Floats
from multipolar.numerics.compiled import compiled

Labels: TypeAlias = NDArray[np.int64]
NOTHING = 1e-12  # of the sum of absolute entries: gains that count as none
RANDOMNESS = 0.01  # in mean absolute entries: how far a merge may be from the best
FAR = -745.2  # exp of less is 0: most merges, and it takes longest to say so
PASSES = 50  # a bound that is not reached: two or three are enough


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition with its quality.

    Attributes:
        labels: community of each node, shape (nodes,): by size, then by first node.
        quality: sum of B over pairs that sit together, both orders and the diagonal.
        trace: quality after each pass of the run that found it; it never falls.
    """

    labels: Labels
    quality: float
    trace: tuple[float, ...]

    @property
    def n(self) -> int:
        """Number of communities."""
        return int(self.labels.max(initial=-1)) + 1


@compiled
def _quality(B: Floats, c: Labels) -> float:
    total = 0.0
    for i in range(len(c)):
        for j in range(len(c)):
            if c[i] == c[j]:
                total += B[i, j]
    return total


@compiled
def _compact(c: Labels) -> int:
    """Number communities from 0 in order of appearance, in place; return how many there are."""
    names = np.full(len(c), -1, np.int64)
    k = 0
    for i in range(len(c)):
        if names[c[i]] < 0:
            names[c[i]] = k
            k += 1
        c[i] = names[c[i]]
    return k


@compiled
def shuffled(n: int, rng: np.random.Generator) -> Labels:
    """Return 0 to n - 1 in random order, shape (n,); numba takes seconds to compile its own."""
    order = np.arange(n)
    for i in range(n - 1, 0, -1):
        j = int(rng.random() * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


@compiled
def _move(B: Floats, c: Labels, least: float, rng: np.random.Generator) -> None:
    """Move single nodes, in place, until none gains more than ``least``."""
    n = len(c)
    size = np.zeros(n, np.int64)
    for i in range(n):
        size[c[i]] += 1
    pull = np.zeros((n, n))  # of each community, in rows, on each node; kept as nodes move
    for i in range(n):
        for j in range(n):
            if i != j:
                pull[c[i], j] += B[i, j]
    queue = shuffled(n, rng)
    waits = np.ones(n, np.bool_)
    head, length = 0, n
    while length > 0:
        v = queue[head]
        head = (head + 1) % n
        length -= 1
        waits[v] = False
        home = c[v]
        best, most, empty = home, pull[home, v], -1
        for k in range(n):
            if size[k] == 0:
                empty = k
            elif pull[k, v] > most + least:
                best, most = k, pull[k, v]
        if empty >= 0 and most < -least:
            best = empty
            pull[best] = 0.0  # what rounding left of those who were in it
        if best == home:
            continue
        size[home] -= 1
        size[best] += 1
        c[v] = best
        for j in range(n):
            if j != v:
                pull[home, j] -= B[v, j]
                pull[best, j] += B[v, j]
                if not waits[j] and B[v, j] != 0.0:
                    queue[(head + length) % n] = j
                    waits[j] = True
                    length += 1


@compiled
def _refine(B: Floats, c: Labels, least: float, heat: float, rng: np.random.Generator) -> Labels:
    """Return the parts that each community is made of, merged from single nodes."""
    n = len(c)
    part = np.arange(n)  # a part is named after one of its nodes, so a community's are its own
    size = np.ones(n, np.int64)
    first, ends = np.zeros(n + 1, np.int64), np.zeros(n, np.int64)
    for i in range(n):
        first[c[i] + 1] += 1
    for k in range(n):
        first[k + 1] += first[k]
        ends[k] = first[k]
    inside = np.empty(n, np.int64)  # the nodes of each community, one after the other
    for i in range(n):
        inside[ends[c[i]]] = i
        ends[c[i]] += 1
    rest = np.zeros(n)  # of a part: its links with the rest of its community
    for i in range(n):
        for j in inside[first[c[i]] : ends[c[i]]]:
            if i != j:
                rest[i] += B[i, j]
    pull = np.empty(n)
    odds = np.empty(n)
    for v in shuffled(n, rng):
        if size[part[v]] != 1 or rest[part[v]] < -least:
            continue
        near = inside[first[c[v]] : ends[c[v]]]
        for j in near:
            pull[j] = 0.0
        for j in near:
            if j != v:
                pull[part[j]] += B[v, j]
        most = 0.0
        for k in near:
            if k != part[v] and size[k] > 0 and rest[k] >= -least:
                most = max(most, pull[k])
        if most <= least:
            continue
        total = 0.0
        for k in near:
            odds[k] = 0.0
            if k != part[v] and size[k] > 0 and rest[k] >= -least and pull[k] > least:
                gap = (pull[k] - most) / heat
                odds[k] = np.exp(gap) if gap > FAR else 0.0
                total += odds[k]
        mark = rng.random() * total
        chosen = -1
        for k in near:
            if odds[k] > 0.0:
                chosen = k
                mark -= odds[k]
                if mark <= 0.0:
                    break
        old = part[v]
        rest[chosen] += rest[old] - 2.0 * pull[chosen]
        size[old] = 0
        size[chosen] += 1
        part[v] = chosen
    return part


@compiled
def _blocks(B: Floats, part: Labels, k: int) -> Floats:
    """Return the sums of B over blocks of nodes, shape (k, k)."""
    found = np.zeros((k, k))
    for i in range(len(part)):
        for j in range(len(part)):
            found[part[i], part[j]] += B[i, j]
    return found


@compiled
def _pass(B: Floats, start: Labels, least: float, heat: float, rng: np.random.Generator) -> Labels:
    """Return the partition that one pass over all levels makes of another."""
    at = np.arange(len(start))  # the node of this level that each state is in
    b, c = B, start.copy()
    while True:
        _move(b, c, least, rng)
        if _compact(c) == len(c):
            return c[at]
        part = _refine(b, c, least, heat, rng)
        k = _compact(part)
        if k == len(part):  # nothing holds them together, nor apart
            return part[at]
        above = np.empty(k, np.int64)
        for i in range(len(part)):
            above[part[i]] = c[i]
        b, c = _blocks(b, part, k), above
        at = part[at]


@compiled
def _run(
    B: Floats, start: Labels, least: float, heat: float, passes: int, rng: np.random.Generator
) -> tuple[Labels, Floats, int]:
    """Return the partition that no further pass betters, and the quality after each pass."""
    best = start.copy()
    quality = _quality(B, best)
    trace = np.empty(passes)
    done = 0
    while done < passes:
        c = _pass(B, best, least, heat, rng)
        found = _quality(B, c)
        gained = done == 0 or found > quality + least
        if gained:
            best, quality = c, found
        trace[done] = quality
        done += 1
        if not gained:
            break
    return best, trace, done


def by_size(labels: ArrayLike, order: ArrayLike | None = None) -> Labels:
    """Return labels from 0, shape (nodes,), by size of community, then by its first member.

    Args:
        labels: community of each node, any whole numbers from 0, shape (nodes,).
        order: codes that say who is first, shape (nodes,); the order given if left out.

    Example:
        >>> by_size([5, 2, 2, 7], ["b", "c", "d", "a"]).tolist()
        [2, 0, 0, 1]
    """
    names, place = np.unique(np.asarray(labels), return_inverse=True)
    codes = np.arange(len(place)) if order is None else np.asarray(order)
    rank = np.empty(len(place), np.int64)
    rank[np.argsort(codes, kind="stable")] = np.arange(len(place))
    first = np.full(len(names), len(place))
    np.minimum.at(first, place, rank)
    new = np.empty(len(names), np.int64)
    new[np.lexsort((first, -np.bincount(place, minlength=len(names))))] = np.arange(len(names))
    return np.asarray(new[place])


def square(B: ArrayLike) -> Floats:
    """Return a finite symmetric matrix as float64, shape (nodes, nodes), in the unit of ``B``.

    Raises:
        EngineError: it is not square, symmetric and finite.

    Example:
        >>> square([[0, 1], [1, 0]]).shape
        (2, 2)
    """
    b = np.ascontiguousarray(B, dtype=float)
    if b.ndim != 2 or b.shape[0] != b.shape[1]:
        raise EngineError(
            f"a matrix of shape {b.shape} is not square", hint="give states by states"
        )
    if not np.isfinite(b).all():
        raise EngineError("a matrix has entries that are not finite", hint="set them to 0")
    if not np.allclose(b, b.T, rtol=1e-9, atol=1e-12 * float(np.abs(b).max(initial=0.0))):
        raise EngineError("a matrix is not symmetric", hint="take the mean of it and its transpose")
    return np.asarray((b + b.T) / 2)


def leiden(
    B: ArrayLike, rng: np.random.Generator, *, starts: int = 10, randomness: float = RANDOMNESS
) -> Partition:
    """Return the best partition found from several starts.

    Every other run starts from single nodes, the rest from random partitions, which on small
    matrices finds the optimum more often.

    Args:
        B: quality matrix, symmetric, shape (nodes, nodes).
        rng: orders of nodes, choices of merges and starts; the same state gives the same partition.
        starts: number of runs; the best is kept, the first of those that tie.
        randomness: how far a merge may be from the best, in mean absolute entries of B.

    Raises:
        EngineError: B is not square, symmetric and finite, or a number is out of bounds.

    Example:
        Two pairs that agree, and disagree with each other.

        >>> B = [[0, 1, -1, -1], [1, 0, -1, -1], [-1, -1, 0, 1], [-1, -1, 1, 0]]
        >>> found = leiden(B, np.random.default_rng(0))
        >>> found.labels.tolist(), found.quality
        ([0, 0, 1, 1], 4.0)
    """
    b = square(B)
    n = len(b)
    if starts < 1 or not randomness > 0:
        raise EngineError(
            f"{starts} starts, randomness {randomness:g}", hint="both have to be positive"
        )
    if n == 0:
        return Partition(np.zeros(0, np.int64), 0.0, ())
    weight = float(np.abs(b).sum())
    heat = max(randomness * weight / n**2, np.finfo(float).tiny)
    best: Partition | None = None
    for run in range(starts):
        start = by_size(rng.integers(rng.integers(1, n + 1), size=n)) if run % 2 else np.arange(n)
        c, trace, done = _run(b, start, NOTHING * weight, heat, PASSES, rng)
        quality = float(trace[done - 1])
        if best is None or quality > best.quality + NOTHING * weight:
            best = Partition(by_size(c), quality, tuple(map(float, trace[:done])))
    assert best is not None
    return best
