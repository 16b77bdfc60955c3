"""A pact by mutual consent after a peace plan was rejected, accepted, or as things are.

China consents if what the pact is worth exceeds what it risks,

    V pi dP[C] > max(q L[C](scope), p L[C](threat)) + e 1[war goes on] L[C](all),

and Russia if ``V pi dP[R] > (1 - embargoed) q L[R]``. Letters: V the stake in a conflict, in
shares of a year's income; pi the chance of that conflict in a year as a state perceives it; dP what
the ally adds to the odds in it, by a contest with exponent g; q the chance that the West answers
the pact with sanctions, of some scope; p the chance of what a scenario threatens after a rejection,
if it does; e the chance of being drawn into the war. L losses, percent.

The form and all priors are ours. They are integrated over a fixed net of points, so that one solve
gives a share of the priors at the losses and odds of its draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Plan: TypeAlias = Literal["rejected", "accepted", "as-is"]

PLANS: tuple[Plan, ...] = ("rejected", "accepted", "as-is")
POINTS = 4096


@dataclass(frozen=True, slots=True)
class Range:
    """A prior of ours: uniform in the number, or in its logarithm."""

    name: str
    low: float
    high: float
    log: bool
    unit: str
    reason: str

    def quantile(self, u: Floats) -> Floats:
        """Return the values below which shares ``u`` of the prior lie."""
        if self.log:
            return np.asarray(self.low * (self.high / self.low) ** u)
        return self.low + u * (self.high - self.low)


PRIORS: tuple[Range, ...] = (
    Range("stake", 0.1, 2.5, True, "years of income",
          "up to the 2.5 that Alekseev and Lin put on a win of the United States"),
    Range("risk", 0.01, 0.3, True, "share a year", "from remote to expected within years"),
    Range("rise", 1.0, 3.0, False, "ratio", "of the risk, if the plan is rejected"),
    Range("fall", 1 / 3, 1.0, False, "ratio", "of the risk, if it is accepted"),
    Range("answer", 0.0, 1.0, False, "share", "chance of Western sanctions for the pact"),
    Range("entrapment", 0.0, 0.5, False, "share", "chance of the whole Western market lost "
          "by being drawn into the war"),
    Range("exponent", 0.5, 2.0, True, "1", "of the contest, the range of the engine power"),
    Range("scope", 0.0, 4.0, False, "number", "which sanctions: one industry, payments, United "
          "States, West, each as likely"),
)  # fmt: skip
NAMES = tuple(r.name for r in PRIORS)
SCOPES = ("industry", "payment", "united-states", "west")
SPLIT = ("rise", "fall", "answer", "entrapment")  # halves of which make the sub-boxes
CORNERS = ("stake", "risk", "answer", "entrapment")  # pushed to their ends for the best case
END = 0.1  # share of a prior that counts as its end


@cache
def net(points: int = POINTS) -> Floats:
    """Return a fixed net of points in the unit cube, shape (points, 8).

    An additive recurrence, ``u[i] = 1/2 + i a mod 1`` with ``a[k] = x**-(k + 1)`` and x the root
    of ``x**9 = x + 1``: even in every coordinate and in most pairs, and the same everywhere.

    Example:
        >>> net().shape, bool(abs(net().mean(axis=0) - 0.5).max() < 2e-3)
        ((4096, 8), True)
    """
    d = len(PRIORS)
    x = 1.0
    for _ in range(64):
        x = (1.0 + x) ** (1.0 / (d + 1))
    steps = x ** -np.arange(1.0, d + 1)
    u = (0.5 + np.outer(np.arange(1, points + 1), steps)) % 1.0
    u.setflags(write=False)
    return np.asarray(u)


def sample(u: Floats) -> dict[str, Floats]:
    """Return the priors at points of the unit cube, by name."""
    return {r.name: r.quantile(u[:, k]) for k, r in enumerate(PRIORS)}


def odds(ratio: float, g: ArrayLike) -> Floats:
    """Return the odds of a side with ``ratio`` times the other's means, ``r^g / (1 + r^g)``."""
    return np.asarray(1.0 / (1.0 + ratio ** -np.asarray(g, float)))


@dataclass(frozen=True, slots=True)
class World:
    """What the pact is judged by.

    Attributes:
        china: capabilities of China over its opponent's.
        russia: of Russia over the same opponent's.
        pact: of both together.
        loss: China's loss by scope, percent of income, in the order of ``SCOPES``.
        loss_all: from losing the whole Western market, percent.
        loss_russia: Russia's loss of Western trade, percent.
        answer: chance that the scenario's threat is carried out, once rejected.
        threatened: China's loss by what the scenario threatens, percent, once rejected.
        entrapment: whether the war may draw China in.
    """

    china: float
    russia: float
    pact: float
    loss: tuple[float, float, float, float]
    loss_all: float
    loss_russia: float
    answer: float | None = None
    threatened: float | None = None
    entrapment: bool = True


def consents(world: World, plan: Plan, u: Floats) -> tuple[Bools, Bools]:
    """Return whether China and Russia consent at each point, shapes (points,)."""
    x = sample(u)
    rejected = plan == "rejected"
    change = {"rejected": x["rise"], "accepted": x["fall"], "as-is": np.ones(len(u))}[plan]
    worth = 100.0 * x["stake"] * np.minimum(x["risk"] * change, 1.0)  # percent of income
    scope = np.minimum(x["scope"].astype(int), len(SCOPES) - 1)
    risk = x["answer"] * np.array(world.loss)[scope]
    if rejected and world.threatened is not None and world.answer is not None:
        # a threat on top of what a pact risks anyway: never less of it
        risk = np.maximum(risk, world.answer * world.threatened)
    # acceptance ends the war and lifts the embargo of Russia
    war, embargoed = plan != "accepted", plan != "accepted"
    drawn_in = x["entrapment"] * world.loss_all if war and world.entrapment else 0.0
    g = x["exponent"]
    china = worth * gained(world.china, world.pact, g) > risk + drawn_in
    russia = worth * gained(world.russia, world.pact, g) > (
        0.0 if embargoed else x["answer"] * world.loss_russia
    )
    return china, russia


def gained(alone: float, together: float, g: ArrayLike) -> Floats:
    """Return what an ally adds to the odds.

    Example:
        >>> float(gained(1.0, 3.0, 1.0))
        0.25
    """
    return odds(together, g) - odds(alone, g)


def share(world: World, plan: Plan, u: Floats | None = None) -> tuple[float, float, float]:
    """Return the shares of the priors in which both consent, China does, and Russia does."""
    china, russia = consents(world, plan, net() if u is None else u)
    return float((china & russia).mean()), float(china.mean()), float(russia.mean())


def difference(world: World, u: Floats | None = None) -> float:
    """Return the share with a pact after rejection less that after acceptance."""
    return share(world, "rejected", u)[0] - share(world, "accepted", u)[0]


def positive_boxes(world: World) -> float:
    """Return in which share of sixteen sub-boxes of the priors rejection makes a pact likelier.

    Each is a combination of the lower or upper half of four of the priors; below one and above
    zero the sign of the difference is not determined.
    """
    signs = []
    for half in np.ndindex(*(2,) * len(SPLIT)):
        u = net().copy()
        for name, k in zip(SPLIT, half, strict=True):
            u[:, NAMES.index(name)] = (u[:, NAMES.index(name)] + k) / 2
        signs.append(difference(world, u) > 0)
    return float(np.mean(signs))


def best_corner(
    world: World, plan: Plan, pushed: Sequence[str] = CORNERS
) -> tuple[float, dict[str, tuple[float, float]]]:
    """Return the highest share with a pact over corners of the priors, and which corner.

    In a corner some priors are held within the lowest or highest tenth of their range.

    Args:
        world: losses and capabilities.
        plan: what became of the plan.
        pushed: names of the priors that are held; all others keep their range.

    Returns:
        The share, and by name the range each is held in.
    """
    best, where = -1.0, (0,) * len(pushed)
    for ends in np.ndindex(*(2,) * len(pushed)):
        u = net().copy()
        for name, k in zip(pushed, ends, strict=True):
            u[:, NAMES.index(name)] = END * u[:, NAMES.index(name)] + k * (1 - END)
        found = share(world, plan, u)[0]
        if found > best:
            best, where = found, ends
    rows = {r.name: r for r in PRIORS}
    held = {}
    for name, k in zip(pushed, where, strict=True):
        low, high = (rows[name].quantile(np.array(k * (1 - END) + at)) for at in (0.0, END))
        held[name] = (float(low), float(high))
    return best, held


def needed_stake(world: World, loss: float, quantile: float = 0.5) -> float:
    """Return the stake times risk, percent of income, at which China consents.

    ``(q L + e L[all]) / dP`` over the priors of q, e and g, at a quantile of it: at 0.9 the pact
    pays under nine tenths of them.

    Args:
        world: losses and capabilities; entrapment as it says.
        loss: China's loss by the scope asked about, percent.
        quantile: 0 to 1.
    """
    x = sample(net())
    risk = x["answer"] * loss
    if world.threatened is not None and world.answer is not None:
        risk = np.maximum(risk, world.answer * world.threatened)
    drawn_in = x["entrapment"] * world.loss_all if world.entrapment else 0.0
    need = (risk + drawn_in) / gained(world.china, world.pact, x["exponent"])
    return float(np.quantile(need, quantile))


def without_entrapment(world: World) -> World:
    """Return the same with no chance of being drawn into the war."""
    return replace(world, entrapment=False)
