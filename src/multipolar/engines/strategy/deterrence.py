"""Payoffs of the crisis game from losses: what a threat of some scope does to its target.

A is the sender of a threat, B its target. A challenge is a demand with a threat of sanctions, to
concede is to grant what is demanded, to stand firm is to carry the threat out. In the published
form the target's payoff from conceding rises with the square root of its dependence on trade with
the sender. We spread that rise over scopes by the trade engine's losses:

    C_B(scope) = C_B(no trade) + kappa_b L_B(scope),   kappa_b = b sqrt(dependence) / L_B(full cut)

so that a full cut has the published payoff, and elasticity and scale are drawn together. The same
with W_A and the sender's own loss gives ``kappa_a``. The published form is Lewis and Schultz
(2003), doi:10.1093/pan/mpg021, as estimated by Crisman-Cox and Gibilisco (2021),
doi:10.1017/psrm.2019.58; the link by losses is ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from multipolar.engines.strategy.crisis import (
    Payoffs,
    concession_given_challenge,
    equilibria,
)
from multipolar.engines.strategy.estimates import Estimates
from multipolar.numerics.arrays import Floats

Sender: TypeAlias = Literal["published", "equal", "none"]

# coefficients by their names in the estimates
C_DEPENDENCE = "C_B: targetecondep"
W_DEPENDENCE = "Wbar_A: senderecondep"
S_DEPENDENCE = "S_A: senderecondep"
# those that are drawn, by parameter: they carry most of the errors; all others follow them
DRAWN: Mapping[str, tuple[str, str]] = {
    "estimate_target_dependence": (C_DEPENDENCE, "what dependence adds to the target's conceding"),
    "estimate_war_dependence": (W_DEPENDENCE, "what dependence adds to the sender's sanctions"),
    "estimate_status_quo": (S_DEPENDENCE, "what dependence adds to the sender's status quo"),
    "estimate_target_costs": (
        "C_B: anticipatedtargetcosts",
        "what anticipated costs add to the target's conceding",
    ),
    "estimate_resist_constant": ("Wbar_B: constant", "constant of the target's resisting"),
    "estimate_resist_regime": ("Wbar_B: targetdemocracy", "democracy in the target's resisting"),
    "estimate_resist_capabilities": ("Wbar_B: lncaprat", "capabilities in the target's resisting"),
}
SENDERS: tuple[Sender, ...] = ("published", "equal", "none")


@dataclass(frozen=True, slots=True)
class Case:
    """One threat: who makes it and what it costs.

    Attributes:
        loss_b: the target's loss, percent of its real income.
        loss_a: the sender's own, percent of its real income.
        lncaprat: log of the sender's capabilities over the target's.
    """

    loss_b: float
    loss_a: float
    lncaprat: float


@dataclass(frozen=True, slots=True)
class Scales:
    """Payoffs per percent of real income, at one draw.

    Attributes:
        kappa_b: the target's, by the published effect of a full cut.
        kappa_a: the sender's, the same; the published effect is not distinguishable from none.
        shift_s: what its dependence adds to the sender's payoff of the status quo.
    """

    kappa_b: float
    kappa_a: float
    shift_s: float


def drawn(estimates: Estimates, order: Sequence[str], z: Sequence[float]) -> Estimates:
    """Return estimates with some coefficients drawn and all others at their conditional means.

    Args:
        estimates: the published ones, with their covariance.
        order: names of the coefficients that are drawn, in the order of the Cholesky factor.
        z: a standard normal number for each.

    Returns:
        Estimates at the draw; the published ones at ``z = 0``.
    """
    names = list(estimates.names)
    at = np.array([names.index(n) for n in order])
    V = np.asarray(estimates.covariance, float)
    L = np.linalg.cholesky(V[np.ix_(at, at)])
    shift = V[:, at] @ np.linalg.solve(L.T, np.asarray(z, float))
    return replace(estimates, values=np.asarray(estimates.values, float) + shift)


def scales(
    estimates: Estimates, target: float, sender: float, full_b: float, full_a: float
) -> Scales:
    """Return the payoffs per percent of income.

    Args:
        estimates: at one draw.
        target: the target's trade with the sender as a share of its income.
        sender: the sender's with the target, of its own.
        full_b: the target's loss if all trade between them ends, percent.
        full_a: the sender's.
    """
    b = dict(zip(estimates.names, map(float, estimates.values), strict=True))
    t, s = np.sqrt(target), np.sqrt(sender)
    return Scales(
        kappa_b=float(b[C_DEPENDENCE] * t / full_b),
        kappa_a=float(-b[W_DEPENDENCE] * s / full_a),
        shift_s=float(b[S_DEPENDENCE] * s),
    )


def payoffs(
    estimates: Estimates,
    scale: Scales,
    cases: Sequence[tuple[Case, Sender]],
    stated: Mapping[str, float],
    resolve: ArrayLike = 0.0,
) -> Payoffs:
    """Return the payoffs of n games, in standard deviations of the shocks.

    Args:
        estimates: at one draw.
        scale: payoffs per percent of income at the same draw.
        cases: n threats, each with how the sender's own loss enters: by the published effect, at
            the target's scale, or not at all.
        stated: covariates of the published form that no engine computes, by name.
        resolve: added to what resisting is worth to the target against conceding, one number or
            shape (n,).
    """
    n = len(cases)
    rows: dict[str, Floats] = {name: np.full(n, v) for name, v in stated.items()}
    # trade enters by losses
    rows |= {"senderecondep": np.zeros(n), "targetecondep": np.zeros(n)}
    rows["lncaprat"] = np.array([c.lncaprat for c, _ in cases])
    plain = estimates.payoffs(rows)
    kappa_a = {"published": scale.kappa_a, "equal": scale.kappa_b, "none": 0.0}
    loss_a = np.array([kappa_a[how] * c.loss_a for c, how in cases])
    loss_b = np.array([scale.kappa_b * c.loss_b for c, _ in cases])
    return replace(
        plain,
        sq_a=plain.sq_a + scale.shift_s,
        back_b=plain.back_b + loss_b - np.asarray(resolve, float),
        war_a=plain.war_a - loss_a,
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """All equilibria of one game, the likeliest concession last.

    Attributes:
        concede: chance that a challenged target concedes, by equilibrium, shape (m,).
        fight: chance that the sender carries the threat out once resisted, shape (m,).
    """

    concede: Floats
    fight: Floats

    def at(self, equilibrium: str) -> int:
        """Return the place of the equilibrium with the lowest or highest concession."""
        return 0 if equilibrium == "lowest" else len(self.concede) - 1


def answers(games: Payoffs, n: int) -> list[Answer]:
    """Return all equilibria of n games."""
    found = equilibria(games)
    concede = concession_given_challenge(found)
    out = []
    for k in range(n):
        mine = np.flatnonzero(found.game == k)
        order = mine[np.argsort(concede[mine])]
        out.append(Answer(concede[order], found.fight[order]))
    return out
