"""The crisis game of Lewis and Schultz: payoffs, every equilibrium, and outcome probabilities.

A (the sender of a threat) keeps the status quo or challenges. B (its target) concedes or resists.
If B resists, A stands firm or backs down. A draws a private shock to standing firm and one to
backing down, B one to a war, all standard normal. With bars for means and

    c   = [S_A - (1 - p) V_A] / p                    the least that makes A challenge
    p_C = 1 - Phi(c - W_A) Phi(c - a)                P(A challenges)
    p_F = Phi2((W_A - a)/sqrt 2, W_A - c; 1/sqrt 2) / p_C      P(A stands firm | resisted)
    p   = Phi([p_F W_B + (1 - p_F) V_B - C_B] / p_F)           P(B resists)

an equilibrium is a p that reproduces itself (Lewis and Schultz 2003, Political Analysis 11(4),
https://doi.org/10.1093/pan/mpg021; Crisman-Cox and Gibilisco 2021, Political Science Research and
Methods 9(4), https://doi.org/10.1017/psrm.2019.58). A game may have several, of odd number; all are
returned, and none is picked unless the caller names a rule (:func:`select`). How they are found,
and why none is missed, stands in :mod:`multipolar.engines.strategy.roots`.

Payoffs are in units of the shocks' standard deviation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multipolar.errors import EngineError, nearest
from multipolar.numerics.arrays import Floats

Ints: TypeAlias = NDArray[np.int64]
Rule: TypeAlias = Literal["highest", "lowest", "likelihood"]

UTILITIES = ("sq_a", "concede_a", "back_b", "war_a", "war_b", "back_a", "resist_b")
OUTCOMES = ("status quo", "concession", "stands firm", "backs down")
LARGEST = 1e6  # of a payoff: beyond it the squares of the tails lose their digits


@dataclass(frozen=True, slots=True)
class Payoffs:
    """Mean payoffs of n games, each field of shape (n,), in standard deviations of the shocks.

    Attributes:
        sq_a: S_A, what the status quo is worth to A.
        concede_a: V_A, what B's concession is worth to A.
        back_b: C_B, what conceding is worth to B.
        war_a: A's mean of standing firm.
        war_b: B's mean of resisting an A that stands firm.
        back_a: A's mean of backing down.
        resist_b: V_B, what it is worth to B that A backs down.
    """

    sq_a: Floats
    concede_a: Floats
    back_b: Floats
    war_a: Floats
    war_b: Floats
    back_a: Floats
    resist_b: Floats

    @classmethod
    def of(
        cls,
        sq_a: ArrayLike = 0.0,
        concede_a: ArrayLike = 0.0,
        back_b: ArrayLike = 0.0,
        war_a: ArrayLike = 0.0,
        war_b: ArrayLike = 0.0,
        back_a: ArrayLike = 0.0,
        resist_b: ArrayLike = 0.0,
    ) -> Payoffs:
        """Broadcast scalars and arrays of shape (n,) to n games.

        Raises:
            EngineError: shapes that do not fit, or a payoff that is no number or above 1e6.

        Example:
            >>> Payoffs.of(concede_a=1, war_b=[-2.8, -1.0]).games.shape
            (2, 7)
        """
        given = (sq_a, concede_a, back_b, war_a, war_b, back_a, resist_b)
        try:
            arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, float)) for v in given))
        except ValueError:
            raise EngineError(
                "payoffs of different lengths", hint="give one value each, or one a game"
            ) from None
        if arrays[0].ndim != 1:
            raise EngineError("payoffs have more than one dimension", hint="one value a game")
        for name, array in zip(UTILITIES, arrays, strict=True):
            if not (np.abs(array) <= LARGEST).all():
                raise EngineError(
                    f"{name} is not a number between -{LARGEST:g} and {LARGEST:g}",
                    where="payoffs of a crisis",
                    hint="payoffs count in standard deviations of the shocks",
                )
        return cls(*(np.array(a) for a in arrays))

    @property
    def games(self) -> Floats:
        """The payoffs as one array (n, 7), in the order and the unit of the fields."""
        return np.stack([getattr(self, name) for name in UTILITIES], axis=1)


@dataclass(frozen=True, slots=True)
class Equilibria:
    """Every equilibrium of every game, sorted by game and then by P(B resists); m in all.

    Attributes:
        game: index of its game, (m,).
        resist: P(B resists), (m,).
        challenge: P(A challenges), (m,).
        fight: P(A stands firm | B resisted), (m,).
        z: Phi^-1 of ``resist``, which stays apart where ``resist`` rounds to 0 or 1, (m,).
        residual: how far z is from a fixed point, (m,): \\|T(z) - z\\|, over the slope of T(z) - z
            where that is above one, so that it is an error of z.
        corner: B is sure to concede, or to resist, to rounding, (m,).
        games: how many games there are.
    """

    game: Ints
    resist: Floats
    challenge: Floats
    fight: Floats
    z: Floats
    residual: Floats
    corner: NDArray[np.bool_]
    games: int

    @property
    def counts(self) -> Ints:
        """How many equilibria each game has, (n,); always odd."""
        return np.bincount(self.game, minlength=self.games)

    def take(self, which: Ints | NDArray[np.bool_]) -> Equilibria:
        """Return some of them.

        Args:
            which: places (k,), or a flag each (m,).

        Example:
            >>> found = equilibria(example())
            >>> found.take(found.fight > 0.3).resist.round(4).tolist()
            [0.2965]
        """
        return Equilibria(
            game=self.game[which],
            resist=self.resist[which],
            challenge=self.challenge[which],
            fight=self.fight[which],
            z=self.z[which],
            residual=self.residual[which],
            corner=self.corner[which],
            games=self.games,
        )


def example() -> Payoffs:
    """Return the game with three equilibria of the authors' worked example.

    Example:
        >>> tuple(round(float(p), 7) for p in equilibria(example()).resist)
        (0.2964518, 0.4724232, 0.8740314)
    """
    return Payoffs.of(0.0, 1.0, 0.0, -1.9, -2.8, -1.2, 1.0)


def equilibria(payoffs: Payoffs) -> Equilibria:
    """Find every equilibrium of every game.

    Args:
        payoffs: of n games.

    Returns:
        At least n equilibria, corners included: an odd number for each game.

    Raises:
        EngineError: a game had more equilibria than there is room for.

    Example:
        >>> equilibria(Payoffs.of(concede_a=1, war_a=-2, war_b=[-1, 20])).corner.tolist()
        [False, True]
    """
    from scipy.special import ndtr

    from multipolar.engines.strategy import roots  # compiles: only who solves a game waits for it

    games = payoffs.games
    z = np.empty((len(games), roots.MOST))
    counts = roots.solve_all(games, z).astype(np.int64)
    if (counts >= roots.MOST - 1).any():
        raise EngineError(
            f"game {int(np.argmax(counts))} has {counts.max()} equilibria or more",
            where="equilibria of a crisis",
            hint="look at that game's payoffs",
        )
    there = np.arange(roots.MOST) < counts[:, None]
    game, flat = np.nonzero(there)[0], z[there]
    logs, residual = np.empty((len(flat), 6)), np.empty(len(flat))
    roots.describe_all(flat, games[game], logs, residual)
    resist = np.asarray(ndtr(flat))
    return Equilibria(
        game=game,
        resist=resist,
        challenge=np.exp(logs[:, 5]),
        fight=np.exp(logs[:, 4]),
        z=flat,
        residual=residual,
        corner=(resist == 0.0) | (resist == 1.0),
        games=len(games),
    )


def outcome_probabilities(found: Equilibria) -> Floats:
    """Return P(status quo), P(B concedes), P(A stands firm) and P(A backs down), (m, 4).

    Example:
        >>> outcome_probabilities(equilibria(example())).sum(axis=1).round(12).tolist()
        [1.0, 1.0, 1.0]
    """
    c, p, f = found.challenge, found.resist, found.fight
    return np.stack([1 - c, c * (1 - p), c * p * f, c * p * (1 - f)], axis=1)


def concession_given_challenge(found: Equilibria) -> Floats:
    """Return P(B concedes | A challenges), (m,).

    Example:
        >>> concession_given_challenge(equilibria(example())).round(3).tolist()
        [0.704, 0.528, 0.126]
    """
    from scipy.special import ndtr

    return np.asarray(ndtr(-found.z))


def log_probabilities(found: Equilibria, payoffs: Payoffs) -> Floats:
    """Return the logarithms of the four outcomes, (m, 4), exact where they are rare.

    Example:
        >>> found = equilibria(example())
        >>> plain = outcome_probabilities(found)
        >>> bool(np.allclose(np.exp(log_probabilities(found, example())), plain))
        True
    """
    from multipolar.engines.strategy import roots

    logs = np.empty((len(found.z), 6))
    roots.describe_all(found.z, payoffs.games[found.game], logs, np.empty(len(found.z)))
    return logs[:, :4]


def select(
    found: Equilibria, payoffs: Payoffs, rule: Rule, counts: ArrayLike | None = None
) -> Equilibria:
    """Keep one equilibrium of each game, by a rule the caller has to name.

    Args:
        found: of :func:`equilibria`.
        payoffs: the games they belong to.
        rule: ``highest`` or ``lowest`` P(B resists), or ``likelihood``, which fits ``counts`` best.
        counts: observed outcomes, (n, 4), in the order of ``OUTCOMES``; for ``likelihood`` only.

    Raises:
        EngineError: an unknown rule, or counts that are missing or do not fit.

    Example:
        >>> select(equilibria(example()), example(), "highest").resist.round(3).tolist()
        [0.874]
    """
    if rule in {"highest", "lowest"}:
        score = found.z if rule == "highest" else -found.z
    elif rule == "likelihood":
        seen = np.asarray([] if counts is None else counts, float)
        if seen.shape != (found.games, 4):
            raise EngineError(
                f"counts of shape {seen.shape} for {found.games} games",
                where="select",
                hint="four outcomes a game: " + ", ".join(OUTCOMES),
            )
        logs = log_probabilities(found, payoffs)
        weight = seen[found.game]
        score = np.where(weight > 0, weight * np.where(weight > 0, logs, 0.0), 0.0).sum(axis=1)
    else:
        raise EngineError(
            f"no rule {rule!r}", hint=nearest(str(rule), ("highest", "lowest", "likelihood"))
        )
    order = np.lexsort((-score, found.game))
    first = np.unique(found.game[order], return_index=True)[1]
    return found.take(order[first])
