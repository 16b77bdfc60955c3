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

import numpy as np
from scipy import sparse

from multipolar.engines.gas.kernel import (
    ACCEPTED,
    LEAST,
    SETTLED,
    STEPS,
    Network,
    Solution,
    pieces,
    programme_of,
    rows_of,
    slope_of,
    violation,
)
from multipolar.engines.gas.programme import Floats, Programme, Solver, optimise
from multipolar.errors import NotConverged


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
    at = [n.demand for n in networks]
    iterations = 0
    for _ in range(STEPS):
        parts = [programme_of(n, r, q) for n, r, q in zip(networks, rows, at, strict=True)]
        whole = _joined(parts, networks, options, years, weight)
        answer = optimise(whole, solver, 1e-9 if solver == "clarabel" else None)
        iterations += answer.iterations
        if answer.status != "solved":
            raise NotConverged("the years together have no equilibrium", hint="try fewer options")
        starts = np.cumsum([0, *(len(p.slope) for p in parts)])
        found = [answer.x[s : s + len(n.demand)] for s, n in zip(starts, networks, strict=False)]
        found = [np.maximum(q, LEAST * n.demand) for q, n in zip(found, networks, strict=True)]
        moved = max(
            float(np.max(np.abs(a - b) / np.maximum(n.demand, 1.0), initial=0.0))
            for a, b, n in zip(found, at, networks, strict=True)
        )
        at = [np.where(n.demand > 0, np.clip(q, was / 3, was * 3), 0.0)
              for q, was, n in zip(found, at, networks, strict=True)]  # fmt: skip
        if moved < SETTLED:
            at = found
            break
    built = answer.x[starts[-1] :].reshape(len(options), len(years))
    solutions = _solutions(networks, parts, options, answer.x, answer.price, answer.rent, at, built,
                           weight)  # fmt: skip
    return Path(tuple(years), solutions, built, max(s.residual for s in solutions), iterations)


def _joined(
    parts: Sequence[Programme], networks: Sequence[Network], options: Sequence[Option],
    years: Sequence[int], weight: Floats,
) -> Programme:  # fmt: skip
    """Return one programme of all years with the options added."""
    E, Y = len(options), len(years)
    widths = [len(p.slope) for p in parts]
    starts = np.cumsum([0, *widths])
    total = int(starts[-1])
    row: list[int] = []
    col: list[int] = []
    value: list[float] = []
    limit: list[float] = []
    below = sparse.block_diag([p.below for p in parts], format="lil")
    below = sparse.hstack([below, sparse.lil_array((below.shape[0], E * Y))], format="lil")
    high = np.concatenate([p.high for p in parts])
    offset = 0
    for y, (part, n) in enumerate(zip(parts, networks, strict=True)):
        f = pieces(n)[2]
        for e, option in enumerate(options):
            new = total + e * Y + y
            if option.kind == "pipe":
                where = int(starts[y]) + f.start + option.at
                row += [len(limit)] * 2
                col += [where, new]
                value += [1.0, -1.0]
                limit.append(float(high[where]))
                high[where] = np.inf
            else:
                shift = 0 if option.kind == "liquefaction" else len(n.demand)
                below[offset + shift + option.at, new] = -1.0
        offset += part.below.shape[0]
    for e in range(E):  # what is built stays
        for y in range(1, Y):
            row += [len(limit)] * 2
            col += [total + e * Y + y - 1, total + e * Y + y]
            value += [1.0, -1.0]
            limit.append(0.0)
    extra = sparse.csc_array((value, (row, col)), shape=(len(limit), total + E * Y))
    scale = np.repeat(weight, widths)
    annuity = np.outer([o.annuity for o in options], weight).ravel() if E else np.zeros(0)
    most = np.array([[o.most if y >= o.since else 0.0 for y in years] for o in options]).ravel()
    equal = sparse.block_diag([p.equal for p in parts], format="csc")
    equal = sparse.hstack([equal, sparse.csc_array((equal.shape[0], E * Y))], format="csc")
    return Programme(
        np.concatenate([scale * np.concatenate([p.curvature for p in parts]), np.zeros(E * Y)]),
        np.concatenate([scale * np.concatenate([p.slope for p in parts]), annuity]),
        equal, np.concatenate([p.right for p in parts]),
        sparse.csc_array(sparse.vstack([below, extra])),
        np.concatenate([*(p.limit for p in parts), np.array(limit)]),
        np.concatenate([*(p.low for p in parts), np.zeros(E * Y)]),
        np.concatenate([high, most]),
    )  # fmt: skip


def _solutions(
    networks: Sequence[Network], parts: Sequence[Programme], options: Sequence[Option], x: Floats,
    price: Floats, rent: Floats, consumption: Sequence[Floats], built: Floats, weight: Floats,
) -> tuple[Solution, ...]:  # fmt: skip
    """Return each year's equilibrium, checked against its conditions given what is built."""
    found = []
    at = equal = below = 0
    for y, (n, part, q) in enumerate(zip(networks, parts, consumption, strict=True)):
        _, s, f, v, k = pieces(n)
        own = x[at : at + len(part.slope)]
        N = len(n.demand)
        on_curve, slope = slope_of(n, q)
        mine = price[equal : equal + N] / weight[y]
        rents = rent[below : below + 2 * N] / weight[y]
        year = extended(n, options, built[:, y])
        one = Solution(
            q, own[s], np.where(n.demand > 0, on_curve, mine), own[f], np.zeros(len(n.tail)),
            own[v], rents[:N], rents[N:], own[k], np.inf, 0,
        )  # fmt: skip
        residual = violation(year, one, slope)
        found.append(
            replace(one, residual=residual,
                    status="converged" if residual < 10 * ACCEPTED else "not converged")
        )  # fmt: skip
        at += len(part.slope)
        equal += part.equal.shape[0]
        below += part.below.shape[0]
    return tuple(found)


def extended(n: Network, options: Sequence[Option], built: Floats) -> Network:
    """Return a network with what was built added to its capacities."""
    room = {
        "pipe": n.capacity.copy(), "liquefaction": n.liquefaction.copy(),
        "regasification": n.regasification.copy(),
    }  # fmt: skip
    for option, amount in zip(options, built, strict=True):
        room[option.kind][option.at] += amount
    return replace(
        n, capacity=room["pipe"], liquefaction=room["liquefaction"],
        regasification=room["regasification"],
    )  # fmt: skip
