"""Published estimates of the crisis game: payoffs from covariates, and draws from their law.

Crisman-Cox and Gibilisco (2021), Political Science Research and Methods 9(4),
https://doi.org/10.1017/psrm.2019.58, fitted the game to threats of economic sanctions between 1970
and 2000 (TIES), 418 pairs of states and decades. The table ``crisis_estimates`` has their 20
coefficients, and the covariance that this package computes at them from the authors' data.

``senderecondep`` and ``targetecondep`` enter by their square root. The authors' package describes
them as trade of the pair over GDP per capita; by their values they look like trade one way over
GDP. Dependence that is counted in another way needs another coefficient: carry both readings where
the answer turns on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from multipolar.engines.strategy.crisis import Payoffs
from multipolar.errors import EngineError, nearest
from multipolar.numerics.arrays import Floats

SYMBOLS = {  # of the payoffs, as the table and the coefficients' names have them
    "S_A": "sq_a",
    "V_A": "concede_a",
    "C_B": "back_b",
    "Wbar_A": "war_a",
    "Wbar_B": "war_b",
    "abar": "back_a",
    "V_B": "resist_b",
}
CONSTANT = "constant"
ROOTED = ("senderecondep", "targetecondep")
CLIP = 3.0  # standard deviations


@dataclass(frozen=True, slots=True)
class Estimates:
    """Coefficients of the payoffs, and their covariance.

    Attributes:
        names: ``payoff: covariate``, such as ``C_B: targetecondep`` or ``C_B: constant``.
        values: the coefficients, (k,).
        covariance: of their sampling distribution, (k, k).
        source: who estimated them.
    """

    names: tuple[str, ...]
    values: Floats
    covariance: Floats
    source: str

    @property
    def covariates(self) -> tuple[str, ...]:
        """The covariates that :meth:`payoffs` needs."""
        found = dict.fromkeys(name.split(": ")[1] for name in self.names)
        return tuple(name for name in found if name != CONSTANT)

    @property
    def errors(self) -> Floats:
        """Standard errors, (k,)."""
        return np.sqrt(np.diag(self.covariance))

    def payoffs(self, covariates: Mapping[str, ArrayLike]) -> Payoffs:
        """Return the games of pairs of states.

        Args:
            covariates: by name, each one value or (n,), one a game; the dependences as they are,
                not their roots. What B gains if A backs down is the zero of the scale.

        Raises:
            EngineError: a covariate is missing or unknown, or a dependence below zero.

        Example:
            >>> from multipolar.engines.strategy.data import published
            >>> from multipolar.world import World
            >>> estimates = published(World.load())
            >>> zero = dict.fromkeys(estimates.covariates, 0.0)
            >>> estimates.payoffs(zero).concede_a.round(3).tolist()
            [1.308]
        """
        columns = columns_of(self.covariates, covariates)
        sums: dict[str, Floats] = {}
        for name, value in zip(self.names, self.values, strict=True):
            symbol, covariate = name.split(": ")
            column = 1.0 if covariate == CONSTANT else columns[covariate]
            field = SYMBOLS[symbol]
            sums[field] = np.asarray(sums.get(field, 0.0) + value * column)
        return Payoffs.of(**sums)

    def draw(self, u: ArrayLike) -> Floats:
        """Return draws of the coefficients, (m, k).

        A uniform number goes to each principal direction of the covariance, the widest last, and
        is cut at three standard deviations there: the widest is nearly flat, and its far tail is
        no longer described by the curvature at the maximum.

        Args:
            u: uniform numbers, (m, k).

        Raises:
            EngineError: another shape, or numbers outside of 0 to 1.

        Example:
            >>> from multipolar.engines.strategy.data import published
            >>> from multipolar.world import World
            >>> estimates = published(World.load())
            >>> middle = estimates.draw(np.full((1, 20), 0.5))
            >>> bool(np.allclose(middle, estimates.values))
            True
        """
        from scipy.special import ndtri

        numbers = np.asarray(u, float)
        if numbers.ndim != 2 or numbers.shape[1] != len(self.values):
            raise EngineError(
                f"uniform numbers of shape {numbers.shape}",
                hint=f"a row a draw, {len(self.values)} in a row",
            )
        if not ((numbers >= 0) & (numbers <= 1)).all():
            raise EngineError("uniform numbers outside of 0 to 1")
        size, direction = np.linalg.eigh(self.covariance)
        # the sign of a direction is arbitrary: fixed, so that a draw is the same everywhere
        largest = np.abs(direction).argmax(axis=0)
        direction = direction * np.sign(direction[largest, np.arange(len(size))])
        z = np.clip(ndtri(numbers), -CLIP, CLIP)
        return np.asarray(self.values + (z * np.sqrt(np.maximum(size, 0.0))) @ direction.T)


def columns_of(names: tuple[str, ...], covariates: Mapping[str, ArrayLike]) -> dict[str, Floats]:
    """Return covariates as the payoffs take them, each () or (n,): dependences by their root.

    Raises:
        EngineError: one is missing, unknown or, if a dependence, below zero.

    Example:
        >>> columns_of(("targetecondep",), {"targetecondep": 0.04})["targetecondep"].item()
        0.2
    """
    for name in covariates:
        if name not in names:
            raise EngineError(f"no covariate {name!r}", hint=nearest(name, names))
    gone = [name for name in names if name not in covariates]
    if gone:
        raise EngineError(f"no value for {', '.join(gone)}", hint="give each covariate a value")
    out = {name: np.asarray(covariates[name], float) for name in names}
    for name in ROOTED:
        if name in out:
            if (out[name] < 0).any():
                raise EngineError(f"{name} is below zero", hint="a share of GDP")
            out[name] = np.sqrt(out[name])
    return out
