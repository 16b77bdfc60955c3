"""A convex quadratic programme with bounds, and the solvers it is handed to.

    min  1/2 sum_i curvature[i] x[i]^2 + slope @ x
    s.t. equal @ x == right,  below @ x <= limit,  low <= x <= high

Clarabel (interior point, homogeneous embedding) is the default; PIQP (proximal interior point) is
faster where many small programmes of one kind are solved. Neither's word is taken for an answer:
:mod:`~multipolar.engines.gas.kernel` checks the conditions of an equilibrium by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import clarabel
import numpy as np
import piqp
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

Floats: TypeAlias = NDArray[np.float64]
Solver: TypeAlias = Literal["clarabel", "piqp"]
TOLERANCE: dict[Solver, float] = {"clarabel": 1e-10, "piqp": 1e-8}  # tighter, PIQP gives up
LOOSER = 1e-7  # for what cannot be solved as accurately; the answer is checked all the same
FAR = 1e12  # a bound beyond this is none


@dataclass(frozen=True, slots=True)
class Programme:
    """The data of a programme with n variables.

    Attributes:
        curvature: shape (n,), not negative.
        slope: shape (n,).
        equal, right: equalities, shapes (m, n) and (m,).
        below, limit: inequalities, shapes (k, n) and (k,).
        low, high: bounds, shape (n,); may be infinite.
    """

    curvature: Floats
    slope: Floats
    equal: Any
    right: Floats
    below: Any
    limit: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Answer:
    """What a solver returned: ``x``, the multipliers of the rows, and how it ended.

    With the multipliers, ``curvature * x + slope + equal.T @ price + below.T @ rent`` is zero but
    for the bounds.
    """

    x: Floats
    price: Floats
    rent: Floats
    status: Literal["solved", "infeasible", "failed"]
    iterations: int


def optimise(
    programme: Programme, solver: Solver = "clarabel", tolerance: float | None = None
) -> Answer:
    """Solve a programme; where PIQP gives up, Clarabel is asked, twice if need be.

    Example:
        >>> from scipy import sparse
        >>> one = np.ones(1)
        >>> none = sparse.csc_array((0, 1))
        >>> p = Programme(one, -2 * one, none, np.zeros(0), none, np.zeros(0), 0 * one, 5 * one)
        >>> round(optimise(p).x.item(), 6)
        2.0
    """
    if solver == "piqp":
        found = _piqp(programme, tolerance or TOLERANCE["piqp"])
        if found.status == "solved":
            return found
    found = _clarabel(programme, tolerance or TOLERANCE["clarabel"])
    return found if found.status != "failed" else _clarabel(programme, LOOSER)


def _clarabel(p: Programme, tolerance: float) -> Answer:
    n, m, k = len(p.slope), len(p.right), len(p.limit)
    has_low, has_high = np.flatnonzero(p.low > -FAR), np.flatnonzero(p.high < FAR)
    eye = sparse.eye_array(n, format="csr")
    rows = sparse.vstack([p.equal, p.below, -eye[has_low], eye[has_high]], format="csc")
    right = np.concatenate([p.right, p.limit, -p.low[has_low], p.high[has_high]])
    cones = [clarabel.ZeroConeT(m), clarabel.NonnegativeConeT(len(right) - m)]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_feas = settings.tol_gap_abs = settings.tol_gap_rel = tolerance
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix(sparse.diags_array(p.curvature)), p.slope, sparse.csc_matrix(rows),
        right, cones, settings,
    )  # fmt: skip
    found = solver.solve()
    word = str(found.status)
    status: Literal["solved", "infeasible", "failed"] = (
        "solved" if word in {"Solved", "AlmostSolved"}
        else "infeasible" if "PrimalInfeasible" in word else "failed"
    )  # fmt: skip
    dual = np.asarray(found.z)
    return Answer(np.asarray(found.x), dual[:m], dual[m : m + k], status, int(found.iterations))


def _piqp(p: Programme, tolerance: float) -> Answer:
    solver = piqp.SparseSolver()
    solver.settings.verbose = False
    solver.settings.eps_abs = solver.settings.eps_rel = tolerance
    solver.settings.eps_duality_gap_abs = solver.settings.eps_duality_gap_rel = tolerance
    solver.setup(
        sparse.csc_matrix(sparse.diags_array(p.curvature)), p.slope,
        sparse.csc_matrix(p.equal), p.right, sparse.csc_matrix(p.below),
        np.full(len(p.limit), -np.inf), p.limit, p.low, p.high,
    )  # fmt: skip
    code = solver.solve()
    status: Literal["solved", "infeasible", "failed"] = (
        "solved" if code == piqp.PIQP_SOLVED
        else "infeasible" if code == piqp.PIQP_PRIMAL_INFEASIBLE else "failed"
    )  # fmt: skip
    found = solver.result
    return Answer(
        np.asarray(found.x), np.asarray(found.y), np.asarray(found.z_u), status,
        int(found.info.iter),
    )  # fmt: skip


def conflict(
    p: Programme, firm: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows and lower bounds that cannot all be kept: (equalities, limits, bounds).

    They are those that a least violation (in sum) breaks; the lower bounds of variables that are
    ``firm`` are never broken.

    Example:
        >>> from scipy import sparse
        >>> one, none = np.ones(1), sparse.csc_array((0, 1))
        >>> p = Programme(one, one, none, np.zeros(0), sparse.csc_array([[1.0]]), one, 3 * one,
        ...               np.full(1, np.inf))
        >>> [list(map(int, broken)) for broken in conflict(p)]
        [[], [], [0]]
    """
    n, m, k = len(p.slope), len(p.right), len(p.limit)
    eye, one = sparse.eye_array(n), sparse.eye_array
    # x, then short and over of each equality, over of each limit, short of each lower bound
    equal = sparse.hstack([p.equal, one(m), -one(m), sparse.csc_array((m, k + n))])
    limit = sparse.hstack([p.below, sparse.csc_array((k, 2 * m)), -one(k),
                           sparse.csc_array((k, n))])  # fmt: skip
    bound = sparse.hstack([-eye, sparse.csc_array((n, 2 * m + k)), -eye])
    floor = np.where(p.low > -FAR, p.low, 0.0)
    cost = np.concatenate([np.zeros(n), np.full(2 * m, 3.0), np.full(k, 2.0), np.ones(n)])
    free = [(None, h if h < FAR else None) for h in p.high]
    slack: list[tuple[float, float | None]] = [(0, None)] * (2 * m + k)
    slack += [(0, 0 if held else None) for held in (firm if firm is not None else [False] * n)]
    found = linprog(
        cost, A_ub=sparse.vstack([limit, bound]), b_ub=np.concatenate([p.limit, -floor]),
        A_eq=equal, b_eq=p.right, bounds=[*free, *slack], method="highs",
    )  # fmt: skip
    if found.x is None:
        nothing = np.zeros(0, np.intp)
        return nothing, nothing, nothing
    broken = np.asarray(found.x)[n:] > 1e-7
    over = broken[: 2 * m].reshape(2, m).any(axis=0)
    return (
        np.flatnonzero(over),
        np.flatnonzero(broken[2 * m : 2 * m + k]),
        np.flatnonzero(broken[2 * m + k :]),
    )
