"""Alliances as a network: who can be attacked with success, and which networks are stable.

Letters: N states, A[i, j] whether i and j are allies (symmetric, no diagonal), N_i the allies of i,
M[i] the strength of i and M(C) that of a group, gamma how much stronger attackers have to be.

State i is vulnerable if, for some state j, a coalition C of j and its allies without i is stronger
than i with those of its allies that are not in C:

    C within N_j + {j},   i not in C,   M(C) > gamma * M({i} + (N_i minus C)).

Source: Jackson and Nei (2015), Networks of Military Alliances, Wars, and International Trade, PNAS
112(50):15277-15284, doi:10.1073/pnas.1502059112.

The worst coalition that j can bring is all of N_j + {j} but i. Proof: let C be allowed and k in
N_j + {j}, k neither i nor in C. With k, M(C) grows by M[k]. If k is an ally of i it leaves i's
defence, which shrinks by M[k]; else the defence stays. So M(C) / M({i} + (N_i minus C)) does not
fall, and adding all such k one by one ends at N_j + {j} minus {i}. Hence the N coalitions, one a
leader, are enough, and the answer is exact for any N.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from multipolar.errors import EngineError
from multipolar.numerics.arrays import Flags, Floats, Ints


@dataclass(frozen=True, slots=True)
class Threat:
    """The worst that can befall each state.

    Attributes:
        ratio: strength of the worst coalition over that of the defence, shape (N,); infinite where
            the defence has no strength, 0 where nobody can attack.
        leader: the state whose alliance it is, shape (N,); -1 where nobody can attack.
    """

    ratio: Floats
    leader: Ints


def _network(A: ArrayLike, M: ArrayLike) -> tuple[Flags, Floats]:
    links, strength = np.asarray(A, dtype=bool), np.asarray(M, dtype=float)
    n = len(strength)
    if links.shape != (n, n) or (links != links.T).any() or links.diagonal().any():
        raise EngineError(
            "alliances are not a symmetric table with an empty diagonal",
            hint="one row and one column a state, each alliance twice",
        )
    if not np.isfinite(strength).all() or (strength < 0).any():
        raise EngineError("a strength is negative or not known", hint="leave that state out")
    return links, strength


def coalition(A: Flags, i: int, j: int, loyal: bool = False) -> Ints:
    """Return the coalition that j leads against i: itself and its allies, without i.

    Args:
        A: alliances, shape (N, N).
        i: who is attacked.
        j: who leads.
        loyal: whether allies of i stay out; they then fight for i.

    Returns:
        Positions of the members, shape (members,); empty if j itself may not take part.

    Example:
        >>> A = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], bool)
        >>> coalition(A, 0, 2).tolist(), coalition(A, 0, 2, loyal=True).tolist()
        ([1, 2], [2])
    """
    if i == j or (loyal and A[i, j]):
        return np.zeros(0, dtype=np.intp)
    members = A[j].copy()
    members[j], members[i] = True, False
    return np.flatnonzero(members & ~A[i]) if loyal else np.flatnonzero(members)


def ratios(A: ArrayLike, M: ArrayLike, loyal: bool = False) -> Floats:
    """Return M(C) / M({i} + (N_i minus C)) for the worst coalition C of every leader.

    Args:
        A: alliances, shape (N, N).
        M: strengths, any unit, shape (N,).
        loyal: whether a state that is allied with both sides stays with i. This variant is ours.

    Returns:
        Shape (N, N): row i is attacked, column j leads; 0 where j cannot.

    Raises:
        EngineError: the network is not symmetric, or a strength is negative or not known.

    Example:
        Three states in a row, the outer ones unconnected:

        >>> A = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], bool)
        >>> ratios(A, [1.0, 2.0, 4.0])[0].tolist()
        [0.0, 6.0, 6.0]
    """
    links, m = _network(A, M)
    n = len(m)
    closed = links | np.eye(n, dtype=bool)
    led = closed @ m  # M(N_j + {j})
    # strength of those of i's allies (of i and its allies) that are with j
    shared = (links * m) @ closed.T.astype(float)
    own = closed * m  # own[j, i]: strength of i where it is with j
    defence = (closed @ m)[:, None]
    if loyal:
        attack = led[None, :] - shared - own.T
        left = np.broadcast_to(defence, (n, n))
    else:
        attack = led[None, :] - own.T
        left = defence - shared
    # what is left of a difference of equal sums is rounding
    tiny = 1e-12 * m.sum()
    attack = np.where(attack > tiny, attack, 0.0)
    left = np.where(left > tiny, left, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        out = np.where(attack > 0, attack / left, 0.0)
    out[np.eye(n, dtype=bool) | (links & loyal)] = 0.0
    return np.asarray(out)


def threats(A: ArrayLike, M: ArrayLike, loyal: bool = False) -> Threat:
    """Return each state's vulnerability ratio, and who leads the coalition that attains it.

    State i is vulnerable at gamma if its ratio exceeds gamma. Arguments and errors as
    :func:`ratios`.

    Example:
        >>> threats(np.zeros((2, 2), bool), [1.0, 3.0]).ratio.round(3).tolist()
        [3.0, 0.333]
    """
    table = ratios(A, M, loyal)
    leader = table.argmax(axis=1)
    ratio = table[np.arange(len(table)), leader] if len(table) else np.zeros(0)
    return Threat(ratio, np.where(ratio > 0, leader, -1))


def with_alliance(A: ArrayLike, members: ArrayLike) -> Flags:
    """Return the network, shape (N, N), with every two of ``members``, positions (m,), allied.

    Example:
        >>> with_alliance(np.zeros((3, 3), bool), [0, 2])[0].tolist()
        [False, False, True]
    """
    links = np.array(A, dtype=bool)
    here = np.asarray(members, dtype=np.intp)
    links[np.ix_(here, here)] = True
    np.fill_diagonal(links, False)
    return links


def war_stable(
    A: ArrayLike, M: ArrayLike, gamma: float, benefit: ArrayLike | None = None
) -> tuple[bool, str]:
    """Say whether a network is war-stable, and if not, why.

    Nobody is vulnerable; nobody is after any one alliance is added; and nobody gains by ending one
    alliance. A state gains by ending one that it does not need: an alliance costs a little, so that
    without a benefit it is kept only where the state would be vulnerable without it. Jackson and
    Nei (2015), definition and theorem 1: without benefits no network with an alliance in it is
    war-stable. Here a benefit counts for keeping an alliance only; in the paper it also stays the
    hand of an ally that could attack.

    Args:
        A: alliances, shape (N, N).
        M: strengths, shape (N,).
        gamma: how much stronger attackers have to be, above zero.
        benefit: what i gains from its alliance with j, net of its cost, any unit, shape (N, N);
            nothing if left out.

    Returns:
        Whether it is, and the first reason why not.

    Raises:
        EngineError: as :func:`ratios`.

    Example:
        >>> war_stable([[False, True], [True, False]], [1.0, 1.0], 1.0)
        (False, 'state 0 gains by ending its alliance with 1')
    """
    links, m = _network(A, M)
    n = len(m)
    gain = np.zeros((n, n)) if benefit is None else np.asarray(benefit, dtype=float)
    exposed = np.flatnonzero(threats(links, m).ratio > gamma)
    if len(exposed):
        return False, f"state {exposed[0]} is vulnerable"
    for i, j in zip(*np.triu_indices(n, 1), strict=True):
        other = links.copy()
        other[i, j] = other[j, i] = not links[i, j]
        ratio = threats(other, m).ratio
        if not links[i, j]:
            exposed = np.flatnonzero(ratio > gamma)
            if len(exposed):
                return False, f"state {exposed[0]} is vulnerable if {i} and {j} ally"
            continue
        for one, partner in ((i, j), (j, i)):
            if ratio[one] <= gamma and gain[one, partner] <= 0:
                return False, f"state {one} gains by ending its alliance with {partner}"
    return True, ""
