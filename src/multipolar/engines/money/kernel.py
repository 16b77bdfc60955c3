"""The currency of payment by bilateral flow: a logit in changes with a network term.

Letters: i origin, j destination, k currency; s0 and s shares of currencies before and after, dU the
change in their value (logs of odds), m[j, k] the share of k in what j imports, W[i, j] the weight
of origin i in j's imports, N[i, j, k] what surrounds a flow, beta how much that counts.

    s[i, j, k] ~ s0[i, j, k] exp(dU[i, j, k] + beta (N(s) - N(s0))[i, j, k])
    N[i, j, k] = o[k] (m[i, k] + m[j, k]) / 2,   m[j, k] = sum over i of W[i, j] s[i, j, k]

and o[k] is 1 for a currency that is one and the same everywhere, 0 for several under one word.

The equation is ours. That inputs and competing imports draw a flow to their currency is in Mukhin
(2022), An Equilibrium Model of the International Price System, American Economic Review 112(2),
doi:10.1257/aer.20181550.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import EngineError
from multipolar.numerics.anderson import Anderson
from multipolar.numerics.arrays import Floats

Map: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
TOLERANCE = 1e-10
LIMIT = 3000
CONTRACTS = 2.0  # beta up to which the map of shares in imports contracts
NEAR = 1e-6  # a small step from a fixed point, in shares
SMALL = 60  # rows below which all eigenvalues are computed
MEMORY = 5  # earlier steps that an accelerated one draws on


@dataclass(frozen=True, slots=True)
class Flows:
    """Shares of currencies before, and how flows weigh.

    Attributes:
        s0: shares before, shape (N, N, K), sum 1 over K.
        value: trade of a year, shape (N, N), USD million, zero within a country.
        W: weight of each origin in a destination's imports, shape (N, N), columns sum to 1.
        m0: shares in imports before, shape (N, K).
        o: 1 for a currency that pulls others to it, 0 for one that does not, shape (K,).
    """

    s0: Floats
    value: Floats
    W: Floats
    m0: Floats
    o: Floats


@dataclass(frozen=True, slots=True)
class Solution:
    """A fixed point of shares, and how well it is met.

    Attributes:
        s: shares after, shape (N, N, K).
        m: shares in imports after, shape (N, K).
        residual: largest change of a share in imports in one more step.
        iterations: steps taken.
        converged: whether the residual is within the tolerance.
    """

    s: Floats
    m: Floats
    residual: float
    iterations: int
    converged: bool


def flows_of(
    s0: Floats, value: Floats, mix_before: Floats | None = None, o: Floats | None = None
) -> Flows:
    """Return flows with their weights.

    Args:
        s0: shares before, shape (N, N, K).
        value: trade, shape (N, N); its diagonal is left out.
        mix_before: shares in imports before, if trade then was another, shape (N, K).
        o: which currencies pull, all if None, shape (K,).

    Raises:
        EngineError: shares are negative or do not sum to 1.

    Example:
        >>> s0 = np.full((2, 2, 2), 0.5)
        >>> flows_of(s0, np.ones((2, 2))).m0.tolist()
        [[0.5, 0.5], [0.5, 0.5]]
    """
    if (s0 < 0).any() or np.abs(s0.sum(axis=2) - 1).max() > 1e-9:
        raise EngineError("shares of currencies do not sum to 1", hint="check table settlement")
    value = np.where(np.eye(len(value), dtype=bool), 0.0, value)
    bought = value.sum(axis=0)
    W = np.divide(value, bought, out=np.zeros_like(value), where=bought > 0)
    m0 = mixes(s0, W) if mix_before is None else mix_before
    return Flows(s0, value, W, m0, np.ones(s0.shape[2]) if o is None else o)


def mixes(s: Floats, W: Floats) -> Floats:
    """Return the share of each currency in each country's imports, shape (N, K)."""
    return np.asarray(np.einsum("ij,ijk->jk", W, s))


def respond(flows: Flows, dU: Floats, beta: float, m: Floats) -> Floats:
    """Return the shares that follow from the shares in imports, shape (N, N, K).

    The equation as it stands; :func:`solve` takes the same in factors.

    Example:
        >>> flows = flows_of(np.full((2, 2, 2), 0.5), np.ones((2, 2)))
        >>> respond(flows, np.zeros((2, 2, 2)), 3.0, flows.m0)[0, 1].tolist()
        [0.5, 0.5]
    """
    pull = 0.5 * beta * flows.o * (m - flows.m0)
    weight = flows.s0 * np.exp(dU + pull[:, None, :] + pull[None, :, :])
    return np.asarray(weight / weight.sum(axis=2, keepdims=True))


def solve(
    flows: Flows,
    dU: Floats,
    beta: float,
    start: Floats | None = None,
    tolerance: float = TOLERANCE,
    fixed: tuple[NDArray[np.bool_], int] | None = None,
) -> Solution:
    """Return a fixed point of shares, the one reached from a start.

    Steps are accelerated (Anderson mixing). Where that ends at a fixed point which is not stable,
    plain steps are taken instead, which go where shares would drift to from the start. With beta
    below 2 the map contracts, so that there is one fixed point.

    Args:
        flows: shares before and weights.
        dU: change in the value of each currency, logs of odds, shape (N, N, K).
        beta: strength of the network term, zero or more.
        start: shares in imports to start from, those before if None, shape (N, K).
        tolerance: largest change of a share in imports in one more step.
        fixed: flows, shape (N, N), that are paid in one currency whatever the rest does.

    Example:
        >>> flows = flows_of(np.full((2, 2, 2), 0.5), np.ones((2, 2)))
        >>> up = np.zeros((2, 2, 2)); up[..., 0] = 1.0
        >>> round(float(solve(flows, up, 0.0).s[0, 1, 0]), 4)
        0.7311
    """

    N, _, K = flows.s0.shape
    # N(i, j) is a sum of a term of i and one of j, so that their exponentials multiply
    B = flows.s0 * np.exp(dU)
    if fixed is not None:
        B[fixed[0]] = np.eye(K)[fixed[1]]
    B = np.ascontiguousarray(B.transpose(2, 0, 1))

    def weights(m: Floats) -> tuple[Floats, Floats]:
        a = np.exp(0.5 * beta * flows.o * (m - flows.m0)).T
        return a, sum((a[k][:, None] * B[k] * a[k] for k in range(K)), np.zeros((N, N)))

    def image(m: Floats) -> Floats:
        a, total = weights(m)
        share = flows.W / total
        return np.array([a[k] * (a[k] @ (share * B[k])) for k in range(K)]).T

    def shares(m: Floats) -> Floats:
        a, total = weights(m)
        return np.stack([a[k][:, None] * B[k] * a[k] / total for k in range(K)], axis=2)

    first = flows.m0 if start is None else start
    found = _iterated(image, first, tolerance, accelerated=True)
    if beta > CONTRACTS and found.iterations > 1 and _leaves(image, found.m):
        found = _iterated(image, first, tolerance, accelerated=False)
    return replace(found, s=shares(found.m))


def _iterated(image: Map, m: Floats, tolerance: float, *, accelerated: bool) -> Solution:
    """Return where steps from ``m`` end; its ``s`` is empty."""
    best, residual, nothing = np.inf, np.inf, np.empty(0)
    mixer = Anderson(m.size, depth=MEMORY)
    for n in range(1, LIMIT + 1):
        after = image(m)
        residual = float(np.abs(after - m).max())
        if residual <= tolerance:
            return Solution(nothing, after, residual, n, True)
        if residual > 2 * best:
            mixer = Anderson(m.size, depth=MEMORY)
        best = min(best, residual)
        mixed = mixer.next(m.ravel(), (after - m).ravel()).reshape(m.shape)
        # a share outside 0 to 1 is none: take the plain step
        m = mixed if accelerated and mixed.min() >= 0 and mixed.max() <= 1 else after
    return Solution(nothing, m, residual, LIMIT, False)


def _leaves(image: Map, m: Floats) -> bool:
    """Say whether plain steps would leave a fixed point, however near they start.

    An accelerated step is one of Newton's kind and ends at such points too.
    """
    v = np.random.default_rng(0).standard_normal(m.shape)  # fixed: the same answer each time
    here, growth = image(m), []
    for _ in range(30):
        v *= NEAR / np.abs(v).max()
        step = image(m + v) - here
        growth.append(float(np.abs(step).max()) / NEAR)
        v = step
        if growth[-1] == 0:
            return False
    return float(np.exp(np.mean(np.log(growth[-8:])))) > 1


def spectral_radius(flows: Flows, s: Floats) -> float:
    """Return the spectral radius of the derivative of the map of shares in imports, beta 1.

    Shares ``s`` have shape (N, N, K).
    A fixed point at which it exceeds 1 / beta is not stable.

        dm[j] / dm[l, q] = o[q] (W[l, j] S[l, j] + [j = l] sum over i of W[i, j] S[i, j])[:, q] / 2
        S[i, j] = diag(s[i, j]) - s[i, j] s[i, j]'

    Example:
        >>> flows = flows_of(np.full((2, 2, 2), 0.5), np.ones((2, 2)))
        >>> round(spectral_radius(flows, flows.s0), 9)
        0.5
    """
    N, _, K = s.shape
    S = s[..., :, None] * (np.eye(K) - s[..., None, :]) * flows.o
    weighted = flows.W[:, :, None, None] * S
    J = 0.5 * weighted.transpose(1, 2, 0, 3)
    own = 0.5 * weighted.sum(axis=0)
    for j in range(N):
        J[j, :, j, :] += own[j]
    J = J.reshape(N * K, N * K)
    if len(J) < SMALL:
        return float(np.abs(np.linalg.eigvals(J)).max())
    from scipy.sparse.linalg import eigs

    start = np.random.default_rng(0).standard_normal(len(J))  # fixed: the same digits each time
    return float(np.abs(eigs(J, k=1, v0=start, return_eigenvectors=False)[0]))


def inclusive_value(flows: Flows, dU: Floats, beta: float, m: Floats) -> Floats:
    """Return the change in the value of having the choice, ``log sum over k s0 exp(dU + ...)``.

    In logs of odds, shape (N, N); McFadden (1978), Modelling the Choice of Residential Location.
    Currencies without any share before add nothing.

    Example:
        >>> flows = flows_of(np.full((2, 2, 2), 0.5), np.ones((2, 2)))
        >>> gone = np.zeros((2, 2, 2)); gone[0, 1, 0] = -50
        >>> value = inclusive_value(flows, gone, 0.0, flows.m0)
        >>> round(float(value[0, 1]), 3), float(value[1, 0])
        (-0.693, 0.0)
    """
    pull = 0.5 * beta * flows.o * (m - flows.m0)
    z = dU + pull[:, None, :] + pull[None, :, :]
    return np.asarray(np.log1p(np.einsum("ijk,ijk->ij", flows.s0, np.expm1(z))))
