"""Which positions share a scale.

Positions of two sessions can be compared if the sessions are tied: by members that vote in both, or
by a question put to the vote in both. Where nothing ties them, each has a scale, a middle and a
direction of its own, and a number on one says nothing of a number on the other.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.alignment.ballots import Ints

TIES = 3  # members and questions in common that tie two sessions


def blocks(member: Ints, period: Ints, item: Ints) -> NDArray[np.int64]:
    """Return which ballots of a session hang together by who voted on what.

    Args:
        member, period, item: index of each ballot, shape (ballots,).

    Returns:
        Block of each ballot, from 0, shape (ballots,). A member has one block a session.

    Example:
        Two chambers that vote on questions of their own.

        >>> who, what = np.array([0, 1, 2, 3]), np.array([0, 0, 1, 1])
        >>> blocks(who, np.zeros(4, int), what).tolist()
        [0, 0, 1, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    wide = np.int64(period.max(initial=0)) + 1
    _, unit = np.unique(member * wide + period, return_inverse=True)
    _, cell = np.unique(item * wide + period, return_inverse=True)
    units, cells = int(unit.max(initial=-1)) + 1, int(cell.max(initial=-1)) + 1
    ends = (unit, units + cell)
    shape = (units + cells, units + cells)
    graph = coo_array((np.ones(unit.size, np.int8), ends), shape=shape)
    _, label = connected_components(graph, directed=False)
    return np.unique(label[unit], return_inverse=True)[1].astype(np.int64)


def scales(member: Ints, period: Ints, item: Ints) -> NDArray[np.int64]:
    """Return the scale of each ballot's position, shape (ballots,), from 0 in order of sessions.

    Two blocks of ballots share a scale if :data:`TIES` members and questions are in both, or all
    members of the smaller; and so do any that are tied to both of them together.

    Args:
        member, period, item: index of each ballot, shape (ballots,).

    Example:
        Session 1 has members 0 to 2, session 2 others.

        >>> who, when = np.array([0, 1, 2, 3, 4, 5]), np.array([0, 0, 0, 1, 1, 1])
        >>> scales(who, when, when).tolist()
        [0, 0, 0, 1, 1, 1]
        >>> scales(who % 3, when, when).tolist()
        [0, 0, 0, 0, 0, 0]
    """
    block = blocks(member, period, item)
    number = int(block.max(initial=-1)) + 1
    who = _held(block, member, number)
    what = _held(block, item, number)
    order = np.argsort([int(p) for p in _first(block, period, number)], kind="stable")
    found = _tied({int(b): (who[b], what[b]) for b in order})
    names = np.array([found[b] for b in range(number)], dtype=np.int64)
    return names[block]


def _held(block: NDArray[np.int64], label: Ints, number: int) -> list[set[int]]:
    """Return the labels in each block."""
    wide = int(label.max(initial=0)) + 1
    owner, held = np.divmod(np.unique(block * wide + label), wide)
    ends = np.searchsorted(owner, np.arange(number + 1))
    return [set(held[a:b].tolist()) for a, b in pairwise(ends)]


def _first(block: NDArray[np.int64], period: Ints, number: int) -> NDArray[np.int64]:
    first = np.full(number, np.iinfo(np.int64).max)
    np.minimum.at(first, block, period.astype(np.int64))
    return first


def _tied(parts: dict[int, tuple[set[int], set[int]]]) -> dict[int, int]:
    """Return the group of each block, from 0 in the order given.

    Groups only grow, so that in whatever order they are joined the same ones come out.
    """
    groups: dict[int, tuple[set[int], set[int], list[int]]] = {}
    held: dict[tuple[str, int], set[int]] = {}
    for name, (who, what) in parts.items():
        members, items, inside = set(who), set(what), [name]
        while near := _near(members, items, groups, held):
            for g in near:
                more, also, others = groups.pop(g)
                for mark in _marks(more, also):
                    held[mark].discard(g)
                members |= more
                items |= also
                inside += others
        groups[name] = (members, items, inside)
        for mark in _marks(members, items):
            held.setdefault(mark, set()).add(name)
    at = {name: k for k, name in enumerate(parts)}
    ordered = sorted((min(at[b] for b in inside), inside) for _, _, inside in groups.values())
    return {b: k for k, (_, inside) in enumerate(ordered) for b in inside}


def _marks(members: set[int], items: set[int]) -> list[tuple[str, int]]:
    return [*(("who", m) for m in members), *(("what", j) for j in items)]


def _near(
    members: set[int],
    items: set[int],
    groups: dict[int, tuple[set[int], set[int], list[int]]],
    held: dict[tuple[str, int], set[int]],
) -> list[int]:
    """Return the groups that a block is tied to."""
    shared = Counter(g for mark in _marks(members, items) for g in held.get(mark, ()))
    return [g for g, n in shared.items() if n >= min(TIES, len(members), len(groups[g][0]))]
