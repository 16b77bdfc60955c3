"""Maximum likelihood for the crisis game: gradient by the implicit function theorem, many starts.

The likelihood of a game's observed outcomes is taken at that one of its equilibria where it is
highest, so it jumps where an equilibrium appears or ends, and it has local maxima. The gradient is
exact at the equilibrium that was picked: with T(z; b) = z, dz/db = (dT/db) / (1 - dT/dz). One start
is not enough: :func:`estimate` makes several and reports where each of them ended, and how near to
collinear the parameters are at the best. On the sanctions data the constants of C_B and of Wbar_B
lie on a ridge: standard errors of 3.7 and 5.1, correlation 0.998, condition of the Hessian 2e8.
What is drawn for one of them without the other is far from what the data allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multipolar.engines.strategy.crisis import LARGEST, OUTCOMES, UTILITIES, Payoffs
from multipolar.engines.strategy.estimates import CONSTANT, SYMBOLS, columns_of
from multipolar.errors import DataError, EngineError, NotConverged
from multipolar.numerics.arrays import Floats

Ints: TypeAlias = NDArray[np.int64]

_OUT = 1e12  # in place of minus the likelihood where there is none
NEAR = 0.01  # log-likelihood within which an end counts as the best


@dataclass(frozen=True, slots=True)
class Data:
    """Observed outcomes of n games, and what their payoffs are made of.

    Attributes:
        counts: how often each outcome was seen, in the order of ``OUTCOMES``, (n, 4).
        names: of the coefficients, ``payoff: covariate``, (k,).
        payoff: index of the payoff each belongs to, (k,).
        columns: its covariate, (n, k).
    """

    counts: Floats
    names: tuple[str, ...]
    payoff: Ints
    columns: Floats

    @classmethod
    def of(
        cls, names: Sequence[str], covariates: Mapping[str, ArrayLike], counts: ArrayLike
    ) -> Data:
        """Assemble the data of a specification.

        Args:
            names: of the coefficients, ``payoff: covariate``, such as ``C_B: targetecondep``;
                ``constant`` is the covariate that is one. Dependences enter by their root.
            covariates: by name, each (n,).
            counts: outcomes, (n, 4).

        Raises:
            DataError: counts of another shape or below zero, or a covariate that is no number.
            EngineError: a payoff or covariate that does not exist.

        Example:
            >>> data = Data.of(["V_A: constant", "Wbar_B: x"], {"x": [0, 1]}, np.ones((2, 4)))
            >>> data.columns.tolist()
            [[1.0, 0.0], [1.0, 1.0]]
        """
        seen = np.asarray(counts, float)
        if seen.ndim != 2 or seen.shape[1] != 4 or not len(seen) or not (seen >= 0).all():
            raise DataError(
                f"counts of shape {seen.shape}",
                hint=f"numbers from zero up of {', '.join(OUTCOMES)}, a row a game",
            )
        parts = [name.split(": ") for name in names]
        for name, part in zip(names, parts, strict=True):
            if len(part) != 2 or part[0] not in SYMBOLS:
                raise EngineError(
                    f"{name!r} is no coefficient",
                    hint=f"payoff: covariate, with a payoff of {', '.join(SYMBOLS)}",
                )
        own = tuple(dict.fromkeys(c for _, c in parts if c != CONSTANT))
        found = columns_of(own, {k: v for k, v in covariates.items() if k in own})
        one = np.ones(len(seen))
        try:
            columns = np.stack([one * found.get(c, 1.0) for _, c in parts], axis=1)
        except ValueError:
            raise DataError(
                "covariates and counts of different lengths", hint="a value a game"
            ) from None
        if not np.isfinite(columns).all():
            raise DataError("a covariate is no number", hint="leave the game out")
        index = [UTILITIES.index(SYMBOLS[p]) for p, _ in parts]
        return cls(seen, tuple(names), np.array(index, np.int64), columns)

    def games(self, coefficients: Floats) -> Floats:
        """Return the payoffs, (n, 7), standard deviations of the shocks, at coefficients (k,)."""
        out = np.zeros((len(self.counts), len(UTILITIES)))
        for j, index in enumerate(self.payoff):
            out[:, index] += coefficients[j] * self.columns[:, j]
        return out

    def payoffs(self, coefficients: ArrayLike) -> Payoffs:
        """Return the games at coefficients (k,)."""
        table = self.games(np.asarray(coefficients, float))
        return Payoffs.of(**dict(zip(UTILITIES, table.T, strict=True)))


@dataclass(frozen=True, slots=True)
class End:
    """Where one start ended.

    Attributes:
        start: the coefficients it began at, (k,).
        coefficients: those it stopped at, (k,).
        log_likelihood: there.
        evaluations: of the likelihood.
        slope: largest entry of the gradient there, each coefficient times its covariate's root
            mean square.
    """

    start: Floats
    coefficients: Floats
    log_likelihood: float
    evaluations: int
    slope: float


@dataclass(frozen=True, slots=True)
class Fit:
    """Estimates by maximum likelihood.

    Attributes:
        names: of the coefficients.
        coefficients: the best that was found, (k,).
        covariance: inverse of minus the Hessian there, (k, k).
        log_likelihood: there.
        ends: of every start, the best first.
        condition: of the Hessian: ratio of its largest to its least eigenvalue. Where it is above
            some 1e6, a combination of coefficients is hardly identified; see :meth:`weakest`.
    """

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    ends: tuple[End, ...]
    condition: float

    @property
    def errors(self) -> Floats:
        """Standard errors, (k,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def reached(self) -> int:
        """How many starts ended within 0.01 of the best log-likelihood."""
        return sum(e.log_likelihood >= self.ends[0].log_likelihood - NEAR for e in self.ends)

    def weakest(self, n: int = 2) -> list[str]:
        """Return the names with the most weight in the least identified direction."""
        _, direction = np.linalg.eigh(self.covariance)
        order = np.argsort(-np.abs(direction[:, -1]))
        return [self.names[i] for i in order[:n]]


def log_likelihood(data: Data, coefficients: ArrayLike) -> tuple[float, Floats]:
    """Return the log-likelihood, each game at its likeliest equilibrium, and its gradient (k,).

    Minus infinity, and a gradient of zeros, where an observed outcome has no probability or a
    payoff is beyond what can be computed.

    Example:
        >>> data = Data.of(["V_A: constant"], {}, [[90.0, 5.0, 3.0, 2.0]])
        >>> value, slope = log_likelihood(data, [-1.0])
        >>> round(value, 3), round(slope.item(), 3)
        (-53.798, -37.831)
    """
    from multipolar.engines.strategy import roots

    beta = np.asarray(coefficients, float)
    games = data.games(beta)
    if not (np.abs(games) <= LARGEST).all():
        return -np.inf, np.zeros(len(beta))
    slopes = np.zeros_like(games)
    value = float(roots.likelihood(games, data.counts, slopes))
    if not np.isfinite(value) or not np.isfinite(slopes).all():
        return -np.inf, np.zeros(len(beta))
    return value, np.einsum("ij,ij->j", slopes[:, data.payoff], data.columns)


def _scale(data: Data) -> Floats:
    size = np.sqrt((data.columns**2).mean(axis=0))
    if not (size > 0).all():
        name = data.names[int(np.argmin(size))]
        raise DataError(f"the covariate of {name!r} is zero in every game", hint="leave it out")
    return np.asarray(size)


def hessian(data: Data, coefficients: ArrayLike) -> Floats:
    """Return the second derivatives of the log-likelihood, (k, k).

    Central differences of the exact gradient, by two steps of different width so that the error is
    of fourth order.

    Raises:
        EngineError: there is no likelihood at the coefficients, or close to them.
    """
    beta, size = np.asarray(coefficients, float), _scale(data)
    k = len(beta)
    out = np.empty((k, k))
    for j in range(k):
        step = np.zeros(k)
        step[j] = 1e-3 / size[j]
        parts = [log_likelihood(data, beta + s * step) for s in (1.0, -1.0, 0.5, -0.5)]
        if not np.isfinite([v for v, _ in parts]).all():
            raise EngineError("no likelihood next to these coefficients", hint="start elsewhere")
        wide, near = ((parts[i][1] - parts[i + 1][1]) / d for i, d in ((0, 2.0), (2, 1.0)))
        out[j] = (4.0 * near - wide) / 3.0 / step[j]
    return np.asarray(0.5 * (out + out.T))


def covariance(data: Data, coefficients: ArrayLike) -> tuple[Floats, float]:
    """Return the inverse of minus the Hessian, (k, k), and the Hessian's condition number.

    Raises:
        NotConverged: the coefficients are no maximum.
    """
    information, size = -hessian(data, coefficients), _scale(data)
    if np.linalg.eigvalsh(information / np.outer(size, size))[0] <= 0:
        raise NotConverged(
            "the log-likelihood does not curve down in every direction",
            where="standard errors",
            hint="the data do not identify every coefficient, or this is no maximum",
        )
    whole = np.linalg.inv(information / np.outer(size, size)) / np.outer(size, size)
    return np.asarray(0.5 * (whole + whole.T)), float(np.linalg.cond(information))


def _climb(data: Data, start: Floats, size: Floats) -> End:
    """Return where BFGS ends, in coefficients times the size of their covariates."""
    from scipy.optimize import minimize

    def minus(x: Floats) -> tuple[float, Floats]:
        value, slope = log_likelihood(data, x / size)
        return (-value, -slope / size) if np.isfinite(value) else (_OUT, slope)

    found = minimize(
        minus, start * size, jac=True, method="BFGS", options={"gtol": 1e-4, "maxiter": 150}
    )
    return End(
        start, found.x / size, -float(found.fun), int(found.nfev), float(np.abs(found.jac).max())
    )


def _newton(data: Data, end: End, size: Floats) -> End:
    """Return where Newton's steps lead from an end, each taken only if it goes up."""
    beta, value = end.coefficients, end.log_likelihood
    evaluations = end.evaluations
    for _ in range(10):
        slope = log_likelihood(data, beta)[1]
        try:
            information = -hessian(data, beta) / np.outer(size, size)
        except EngineError:
            break
        evaluations += 4 * len(beta) + 1
        if np.linalg.eigvalsh(information)[0] <= 0:
            break
        step = np.linalg.solve(information, slope / size) / size
        for shrink in (1.0, 0.5, 0.25, 0.1):
            new = log_likelihood(data, beta + shrink * step)[0]
            evaluations += 1
            if new > value:
                break
        else:
            break
        beta, gain, value = beta + shrink * step, new - value, new
        if gain < 1e-9:
            break
    slope = log_likelihood(data, beta)[1]
    return End(end.start, beta, value, evaluations, float(np.abs(slope / size).max()))


def random_starts(data: Data, starts: int, seed: int) -> Floats:
    """Return starts (starts, k) that meet the overall frequencies of the outcomes.

    The constants are drawn and then fitted to all games taken for one, which leaves them at another
    point for each draw, as five constants meet three frequencies in many ways. Every other
    coefficient adds -0.1 to 0.1 to a payoff, typically.
    """
    rng, size = np.random.default_rng(seed), _scale(data)
    out = rng.uniform(-0.1, 0.1, (starts, len(size))) / size
    flat = np.array([j for j, n in enumerate(data.names) if n.endswith(f": {CONSTANT}")], np.int64)
    shares = data.counts.sum(axis=0)[None] / data.counts.sum()
    one = Data(
        shares, tuple(data.names[j] for j in flat), data.payoff[flat], np.ones((1, len(flat)))
    )
    for row in out:
        drawn = rng.uniform(-2.0, 2.0, len(flat))
        end = _climb(one, drawn, np.ones(len(flat))) if len(flat) else None
        met = end is not None and np.abs(end.coefficients).max() < 10.0
        row[flat] = end.coefficients if end is not None and met else drawn
    return np.asarray(out)


def estimate(
    data: Data, start: ArrayLike | None = None, starts: int = 16, seed: int = 20260101
) -> Fit:
    """Estimate the coefficients by maximum likelihood.

    Args:
        data: outcomes and specification.
        start: coefficients to begin at, (k,); if given, the only start.
        starts: how many random ones there are otherwise.
        seed: of the random starts.

    Raises:
        EngineError: a start of another length, or no start with a likelihood.
        NotConverged: no maximum was found; the data may not identify every coefficient.

    Example:
        >>> counts = 1000 * np.array([[0.3, 0.3, 0.2, 0.2]])
        >>> fit = estimate(Data.of(["V_A: constant"], {}, counts), start=[0.0])
        >>> fit.reached, fit.names
        (1, ('V_A: constant',))
    """
    size = _scale(data)
    if start is None:
        begin = random_starts(data, starts, seed)
    else:
        begin = np.atleast_2d(np.asarray(start, float))
    if begin.shape[1:] != size.shape or not len(begin):
        raise EngineError(
            f"starts of shape {begin.shape}", hint=f"a value for each of {len(size)} coefficients"
        )
    begun = [b for b in begin if np.isfinite(log_likelihood(data, b)[0])]
    if not begun:
        raise EngineError("no start has a likelihood", hint="begin closer to zero")
    ends = sorted((_climb(data, b, size) for b in begun), key=lambda e: -e.log_likelihood)
    ends[0] = _newton(data, ends[0], size)
    matrix, condition = covariance(data, ends[0].coefficients)
    return Fit(
        data.names, ends[0].coefficients, matrix, ends[0].log_likelihood, tuple(ends), condition
    )
