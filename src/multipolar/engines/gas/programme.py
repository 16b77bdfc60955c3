"""A convex quadratic programme with bounds, and the solvers it is handed to.

    min  1/2 sum_i curvature[i] x[i]^2 + slope @ x
    s.t. equal @ x == right,  below @ x <= limit,  low <= x <= high

Clarabel (interior point, homogeneous embedding) is the default; PIQP (proximal interior point) is
faster where many small programmes of one kind are solved. Neither's word is taken for an answer:
:mod:`~multipolar.engines.gas.kernel` checks the conditions of an equilibrium by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from multipolar.numerics.arrays import Flags, Floats, Ints

if TYPE_CHECKING:  # read when a programme is solved: together they take half a second
    from scipy.sparse import csc_array

Solver: TypeAlias = Literal["clarabel", "piqp"]
Ending: TypeAlias = Literal["solved", "infeasible", "failed"]
TOLERANCE: dict[Solver, float] = {"clarabel": 1e-10, "piqp": 1e-8}  # tighter, PIQP gives up
LOOSER = 1e-7  # for what cannot be solved as accurately; the answer is checked all the same
FAR = 1e12  # a bound beyond this is none


@dataclass(frozen=True, slots=True)
class Programme:
    """The data of a programme with n variables, in whatever units it is set up.

    Attributes:
        curvature: shape (n,), not negative.
        slope: shape (n,).
        equal, right: equalities, shapes (m, n) and (m,).
        below, limit: inequalities, shapes (k, n) and (k,).
        low, high: bounds, shape (n,); may be infinite.
    """

    curvature: Floats
    slope: Floats
    equal: csc_array
    right: Floats
    below: csc_array
    limit: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Answer:
    """What a solver returned: ``x``, the multipliers of the rows, and how it ended.

    With the multipliers, ``curvature * x + slope + equal.T @ price + below.T @ rent`` is zero but
    for the bounds.

    Attributes:
        x: shape (n,).
        price: multipliers of the equalities, shape (m,).
        rent: those of the inequalities, shape (k,).
        status: ``solved`` or why not.
        iterations: of the solver.
    """

    x: Floats
    price: Floats
    rent: Floats
    status: Ending
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
    import clarabel
    from scipy import sparse

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
    square = sparse.csc_matrix(sparse.diags_array(p.curvature))
    rows = sparse.csc_matrix(rows)
    found = clarabel.DefaultSolver(square, p.slope, rows, right, cones, settings).solve()
    word, dual = str(found.status), np.asarray(found.z)
    status: Ending = "infeasible" if "PrimalInfeasible" in word else "failed"
    status = "solved" if word in {"Solved", "AlmostSolved"} else status
    return Answer(np.asarray(found.x), dual[:m], dual[m : m + k], status, int(found.iterations))


def _piqp(p: Programme, tolerance: float) -> Answer:
    import piqp
    from scipy import sparse

    solver = piqp.SparseSolver()
    solver.settings.verbose = False
    solver.settings.eps_abs = solver.settings.eps_rel = tolerance
    solver.settings.eps_duality_gap_abs = solver.settings.eps_duality_gap_rel = tolerance
    square = sparse.csc_matrix(sparse.diags_array(p.curvature))
    equal, below = sparse.csc_matrix(p.equal), sparse.csc_matrix(p.below)
    free = np.full(len(p.limit), -np.inf)
    solver.setup(square, p.slope, equal, p.right, below, free, p.limit, p.low, p.high)
    code = solver.solve()
    status: Ending = "infeasible" if code == piqp.PIQP_PRIMAL_INFEASIBLE else "failed"
    status = "solved" if code == piqp.PIQP_SOLVED else status
    found = solver.result
    x, price, rent = np.asarray(found.x), np.asarray(found.y), np.asarray(found.z_u)
    return Answer(x, price, rent, status, int(found.info.iter))


def conflict(p: Programme, firm: Flags | None = None) -> tuple[Ints, Ints, Ints]:
    """Return positions of the rows and lower bounds that cannot all be kept.

    They are those that a least violation (in sum) breaks: equalities, limits and bounds, each of
    shape (broken,). The lower bounds of variables that are ``firm``, shape (n,), are never broken.

    Example:
        >>> from scipy import sparse
        >>> one, none = np.ones(1), sparse.csc_array((0, 1))
        >>> p = Programme(one, one, none, np.zeros(0), sparse.csc_array([[1.0]]), one, 3 * one,
        ...               np.full(1, np.inf))
        >>> [list(map(int, broken)) for broken in conflict(p)]
        [[], [], [0]]
    """
    from scipy import sparse
    from scipy.optimize import linprog

    n, m, k = len(p.slope), len(p.right), len(p.limit)
    eye, one, none = sparse.eye_array(n), sparse.eye_array, sparse.csc_array
    # x, then short and over of each equality, over of each limit, short of each lower bound
    equal: Any = sparse.hstack([p.equal, one(m), -one(m), none((m, k + n))])
    limit = sparse.hstack([p.below, none((k, 2 * m)), -one(k), none((k, n))])
    bound = sparse.hstack([-eye, none((n, 2 * m + k)), -eye])
    below: Any = sparse.vstack([limit, bound])
    most = np.concatenate([p.limit, -np.where(p.low > -FAR, p.low, 0.0)])
    cost = np.concatenate([np.zeros(n), np.full(2 * m, 3.0), np.full(k, 2.0), np.ones(n)])
    free = [(None, h if h < FAR else None) for h in p.high]
    slack: list[tuple[float, float | None]] = [(0, None)] * (2 * m + k)
    slack += [(0, 0 if held else None) for held in (firm if firm is not None else [False] * n)]
    found = linprog(cost, below, most, equal, p.right, [*free, *slack], method="highs")
    if found.x is None:
        nothing = np.zeros(0, np.intp)
        return nothing, nothing, nothing
    broken = np.asarray(found.x)[n:] > 1e-7
    over = broken[: 2 * m].reshape(2, m).any(axis=0)
    limits, bounds = broken[2 * m : 2 * m + k], broken[2 * m + k :]
    return np.flatnonzero(over), np.flatnonzero(limits), np.flatnonzero(bounds)
