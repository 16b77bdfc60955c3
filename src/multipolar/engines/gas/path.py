"""Years together, with capacity that may be added: one programme over all of them.

    min  sum over years y of discount[y] * (cost of y - surplus of y)
         + sum over links e and years y of discount[y] * annuity[e] * built[e, y]
    s.t. each year's own conditions;  use[e, y] <= capacity[e, y] + built[e, y];
         built[e, y] >= built[e, y - 1];  0 <= built[e, y] <= most[e]

A link that is added stays, and pays its annuity every year from then on. Demand is linearised
again and again as in a single year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from multipolar.engines.gas.kernel import (
    ACCEPTED,
    LEAST,
    STEPS,
    Network,
    Solution,
    pieces,
    programme_of,
    rows_of,
)
from multipolar.engines.gas.market import settle
from multipolar.engines.gas.programme import Programme, Solver, optimise
from multipolar.errors import NotConverged
from multipolar.numerics.arrays import Floats

if TYPE_CHECKING:
    from scipy.sparse import csc_array


FOLLOWED = 1e-3  # change of consumption at which what is built is known, to the square of it


@dataclass(frozen=True, slots=True)
class Option:
    """Capacity that may be added: of a pipe by its position, or of plants at a node.

    Attributes:
        kind: ``pipe``, ``liquefaction`` or ``regasification``.
        at: position of the pipe or of the node.
        annuity: cost a year of one more bcm a year, USD/MMBtu.
        most: what can be added at most, bcm a year.
        since: first year in which it can be there.
    """

    kind: str
    at: int
    annuity: float
    most: float
    since: int


@dataclass(frozen=True, slots=True)
class Path:
    """Years solved together.

    Attributes:
        years: their numbers.
        solutions: the equilibrium of each.
        built: capacity added by option and year, shape (options, years), bcm a year.
        residual: largest violation of an equilibrium condition in any year, given what is built.
        iterations: of the solver, over all linearisations.
    """

    years: tuple[int, ...]
    solutions: tuple[Solution, ...]
    built: Floats
    residual: float
    iterations: int


def solve_path(
    years: Sequence[int],
    networks: Sequence[Network],
    options: Sequence[Option],
    discount: float = 0.07,
    solver: Solver = "clarabel",
) -> Path:
    """Solve years together, choosing what to build.

    Args:
        years: in order.
        networks: the network of each; positions of options are the same in all.
        options: what may be built.
        discount: rate a year at which later years count less.
        solver: which library solves the programmes.

    Raises:
        NotConverged: no equilibrium was found.

    Example:
        >>> from multipolar.engines.gas.model import prepared_base
        >>> from multipolar.engines.gas.years import network_of
        >>> from multipolar.world import World
        >>> base, tables, p = prepared_base(World.load())
        >>> years = (2030, 2031)
        >>> nets = [network_of(base, tables, p, y).network for y in years]
        >>> dear = Option("liquefaction", tables.index["QAT"], 50.0, 100.0, 2030)
        >>> bool(solve_path(years, nets, [dear]).built.max() < 1e-3)  # too dear to build
        True
    """
    weight = np.array([(1 + discount) ** -(y - years[0]) for y in years])
    rows = [rows_of(n) for n in networks]
    found = [settle(n) for n in networks]
    at = [_near(n, one, n.demand) for n, one in zip(networks, found, strict=True)]
    iterations = 0
    for _ in range(STEPS):
        parts = [programme_of(n, r, q) for n, r, q in zip(networks, rows, at, strict=True)]
        whole = _joined(parts, networks, options, years, weight)
        answer = optimise(whole, solver, 1e-9 if solver == "clarabel" else None)
        iterations += answer.iterations
        if answer.status != "solved":
            raise NotConverged("the years together have no equilibrium", hint="try fewer options")
        starts = np.cumsum([0, *(len(p.slope) for p in parts)])
        built = answer.x[starts[-1] :].reshape(len(options), len(years))
        used = [answer.x[s : s + len(n.demand)] for s, n in zip(starts, networks, strict=False)]
        moved = max(
            float(np.max(np.abs(a - b) / np.maximum(n.demand, 1.0), initial=0.0))
            for a, b, n in zip(used, at, networks, strict=True)
        )
        # what was built is known now, to the square of what moved: each year by itself follows
        wide = [extended(n, options, built[:, y]) for y, n in enumerate(networks)]
        found = [settle(n, one) for n, one in zip(wide, found, strict=True)]
        if moved < FOLLOWED:
            break
        at = [_near(n, one, q) for n, one, q in zip(wide, found, used, strict=True)]
    residual = max(s.residual for s in found)
    if not residual < ACCEPTED:
        raise NotConverged("a year has no equilibrium with what is built", hint="try fewer options")
    return Path(tuple(years), tuple(found), built, residual, iterations)


def _near(n: Network, found: Solution, otherwise: Floats) -> Floats:
    """Return the consumption at which demand is made straight, shape (N,), bcm a year."""
    used = found.consumption if found.status == "converged" else otherwise
    return np.maximum(used, LEAST * n.demand)


def _joined(
    parts: Sequence[Programme],
    networks: Sequence[Network],
    options: Sequence[Option],
    years: Sequence[int],
    weight: Floats,
) -> Programme:
    """Return one programme of all years with the options added, what is built after the rest."""
    from scipy import sparse

    E, Y = len(options), len(years)
    below, limits, high = _limits(parts, networks, options)
    equal = sparse.block_diag([p.equal for p in parts], format="csc")
    scale, none = np.repeat(weight, [len(p.slope) for p in parts]), np.zeros(E * Y)
    annuity = np.outer([o.annuity for o in options], weight).ravel() if E else none
    most = [o.most if y >= o.since else 0.0 for o in options for y in years]
    return Programme(
        curvature=np.append(scale * np.concatenate([p.curvature for p in parts]), none),
        slope=np.append(scale * np.concatenate([p.slope for p in parts]), annuity),
        equal=sparse.hstack([equal, sparse.csc_array((equal.shape[0], E * Y))], format="csc"),
        right=np.concatenate([p.right for p in parts]),
        below=below,
        limit=limits,
        low=np.append(np.concatenate([p.low for p in parts]), none),
        high=np.append(high, most),
    )


def _limits(
    parts: Sequence[Programme], networks: Sequence[Network], options: Sequence[Option]
) -> tuple[csc_array, Floats, Floats]:
    """Return rows of limits on all variables, their right sides, and bounds of the years' own."""
    from scipy import sparse

    E, Y = len(options), len(parts)
    starts = np.cumsum([0, *(len(p.slope) for p in parts)]).tolist()
    total, nodes = starts[-1], sum(len(n.demand) for n in networks)
    new = total + np.arange(E * Y).reshape(E, Y)
    plants = sparse.block_diag([p.below for p in parts])
    below = sparse.hstack([plants, sparse.csc_array((2 * nodes, E * Y))], format="lil")
    high = np.concatenate([p.high for p in parts])
    pairs: list[tuple[int, int, float]] = []  # one variable less another is at most so much
    rows = 0
    for y, n in enumerate(networks):
        for e, option in enumerate(options):
            if option.kind == "pipe":
                where = starts[y] + pieces(n)[2].start + option.at
                pairs.append((where, new[e, y], float(high[where])))
                high[where] = np.inf
            else:
                shift = 0 if option.kind == "liquefaction" else len(n.demand)
                below[rows + shift + option.at, new[e, y]] = -1.0
        rows += 2 * len(n.demand)
    pairs += [(new[e, y - 1], new[e, y], 0.0) for e in range(E) for y in range(1, Y)]  # it stays
    extra = sparse.lil_array((len(pairs), total + E * Y))
    for k, (one, other, _) in enumerate(pairs):
        extra[k, one], extra[k, other] = 1.0, -1.0
    limits = np.concatenate([*(p.limit for p in parts), [limit for *_, limit in pairs]])
    return sparse.csc_array(sparse.vstack([below, extra])), limits, high


def extended(n: Network, options: Sequence[Option], built: Floats) -> Network:
    """Return a network with what was built added to its capacities.

    ``built`` has shape (options,), in bcm a year.
    """
    names = {"pipe": "capacity", "liquefaction": "liquefaction", "regasification": "regasification"}
    room = {own: getattr(n, own).copy() for own in names.values()}
    for option, amount in zip(options, built, strict=True):
        room[names[option.kind]][option.at] += amount
    return replace(n, **room)
