"""A pact by mutual consent after a peace plan was rejected, accepted, or as things are.

Two states may ally against a third: the target T of a threat, and its partner P, who is at war and
under an embargo. T consents if what the pact is worth exceeds what it risks,

    V pi dP[T] > max(q L[T](scope), p L[T](threat)) + e 1[war goes on] L[T](all),

and P if ``V pi dP[P] > (1 - embargoed) q L[P]``. Letters: V the stake in a conflict, in shares of
a year's income; pi the chance of that conflict in a year as a state perceives it; dP what the ally
adds to the odds in it, by a contest with exponent g; q the chance that the senders answer the pact
with sanctions, of some scope; p the chance of what a scenario threatens after a rejection, if it
does; e the chance of being drawn into the war. L losses, percent.

The form and all priors are ours. They are integrated over a fixed net of points, so that one solve
gives a share of the priors at the losses and odds of its draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from multipolar.numerics.arrays import Flags, Floats

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
        """Return the values below which shares ``u`` of the prior lie, of the shape of ``u``."""
        if self.log:
            return np.asarray(self.low * (self.high / self.low) ** u)
        return self.low + u * (self.high - self.low)


PRIORS: tuple[Range, ...] = (
    Range(
        "stake", 0.1, 2.5, True, "years of income", "up to the 2.5 of Alekseev and Lin for a win"
    ),
    Range("risk", 0.01, 0.3, True, "share a year", "from remote to expected within years"),
    Range("rise", 1.0, 3.0, False, "ratio", "of the risk, if the plan is rejected"),
    Range("fall", 1 / 3, 1.0, False, "ratio", "of the risk, if it is accepted"),
    Range("answer", 0.0, 1.0, False, "share", "chance of the senders' sanctions for the pact"),
    Range(
        "entrapment", 0.0, 0.5, False, "share", "chance that the war draws it in, and all is lost"
    ),
    Range("exponent", 0.5, 2.0, True, "1", "of the contest, the range of the engine power"),
    Range("scope", 0.0, 4.0, False, "number", "which of the four sanctions, each as likely"),
)
NAMES = tuple(r.name for r in PRIORS)
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
    """Return priors by name, each (points,) in its unit, at (points, 8) of the unit cube."""
    return {r.name: r.quantile(u[:, k]) for k, r in enumerate(PRIORS)}


def odds(ratio: float, g: ArrayLike) -> Floats:
    """Return the odds ``r^g / (1 + r^g)`` of a side with r times the other's means, shaped as g."""
    return np.asarray(1.0 / (1.0 + ratio ** -np.asarray(g, float)))


@dataclass(frozen=True, slots=True)
class Terms:
    """What the pact is judged by.

    Attributes:
        target: capabilities of the target over its opponent's.
        partner: of the partner over the same opponent's.
        pact: of both together.
        loss: the target's loss from sanctions, percent of income, from the narrowest scope to the
            whole, each as likely.
        loss_all: from losing the whole market of the senders, percent.
        loss_partner: the partner's loss of trade with the senders, percent.
        answer: chance that the scenario's threat is carried out, once rejected.
        threatened: the target's loss by what the scenario threatens, percent, once rejected.
        entrapment: whether the war may draw the target in.
    """

    target: float
    partner: float
    pact: float
    loss: tuple[float, float, float, float]
    loss_all: float
    loss_partner: float
    answer: float | None = None
    threatened: float | None = None
    entrapment: bool = True


def consents(terms: Terms, plan: Plan, u: Floats) -> tuple[Flags, Flags]:
    """Return whether target and partner consent at each point of ``u``.

    Args:
        terms: capabilities and losses.
        plan: what became of the plan.
        u: points of the unit cube, shape (points, 8).

    Returns:
        Two arrays of shape (points,).
    """
    x = sample(u)
    rejected = plan == "rejected"
    change = {"rejected": x["rise"], "accepted": x["fall"], "as-is": np.ones(len(u))}[plan]
    worth = 100.0 * x["stake"] * np.minimum(x["risk"] * change, 1.0)  # percent of income
    scope = np.minimum(x["scope"].astype(int), len(terms.loss) - 1)
    risk = x["answer"] * np.array(terms.loss)[scope]
    if rejected and terms.threatened is not None and terms.answer is not None:
        # a threat on top of what a pact risks anyway: never less of it
        risk = np.maximum(risk, terms.answer * terms.threatened)
    # acceptance ends the war and lifts the embargo of the partner
    war = plan != "accepted"
    drawn_in = x["entrapment"] * terms.loss_all if war and terms.entrapment else 0.0
    g = x["exponent"]
    target = worth * gained(terms.target, terms.pact, g) > risk + drawn_in
    lost = 0.0 if war else x["answer"] * terms.loss_partner
    partner = worth * gained(terms.partner, terms.pact, g) > lost
    return target, partner


def gained(alone: float, together: float, g: ArrayLike) -> Floats:
    """Return what an ally adds to the odds, a share of the shape of ``g``.

    Example:
        >>> float(gained(1.0, 3.0, 1.0))
        0.25
    """
    return odds(together, g) - odds(alone, g)


def share(terms: Terms, plan: Plan, u: Floats | None = None) -> tuple[float, float, float]:
    """Return the shares of points (points, 8) at which both consent, the target, the partner."""
    target, partner = consents(terms, plan, net() if u is None else u)
    return float((target & partner).mean()), float(target.mean()), float(partner.mean())


def difference(terms: Terms, u: Floats | None = None) -> float:
    """Return the share of points (points, 8) with a pact after rejection less after acceptance."""
    return share(terms, "rejected", u)[0] - share(terms, "accepted", u)[0]


def positive_boxes(terms: Terms) -> float:
    """Return in which share of sixteen sub-boxes of the priors rejection makes a pact likelier.

    Each is a combination of the lower or upper half of four of the priors; below one and above
    zero the sign of the difference is not determined.
    """
    signs = []
    for half in np.ndindex(*(2,) * len(SPLIT)):
        u = net().copy()
        for name, k in zip(SPLIT, half, strict=True):
            u[:, NAMES.index(name)] = (u[:, NAMES.index(name)] + k) / 2
        signs.append(difference(terms, u) > 0)
    return float(np.mean(signs))


def best_corner(
    terms: Terms, plan: Plan, pushed: Sequence[str] = CORNERS
) -> tuple[float, dict[str, tuple[float, float]]]:
    """Return the highest share with a pact over corners of the priors, and which corner.

    In a corner some priors are held within the lowest or highest tenth of their range.

    Args:
        terms: losses and capabilities.
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
        found = share(terms, plan, u)[0]
        if found > best:
            best, where = found, ends
    rows = {r.name: r for r in PRIORS}
    held = {}
    for name, k in zip(pushed, where, strict=True):
        low, high = (rows[name].quantile(np.array(k * (1 - END) + at)) for at in (0.0, END))
        held[name] = (float(low), float(high))
    return best, held


def needed_stake(terms: Terms, loss: float, quantile: float = 0.5) -> float:
    """Return the stake times risk, percent of income, at which the target consents.

    ``(q L + e L[all]) / dP`` over the priors of q, e and g, at a quantile of it: at 0.9 the pact
    pays under nine tenths of them.

    Args:
        terms: losses and capabilities; entrapment as they say.
        loss: the target's loss by the scope asked about, percent.
        quantile: 0 to 1.
    """
    x = sample(net())
    risk = x["answer"] * loss
    if terms.threatened is not None and terms.answer is not None:
        risk = np.maximum(risk, terms.answer * terms.threatened)
    drawn_in = x["entrapment"] * terms.loss_all if terms.entrapment else 0.0
    need = (risk + drawn_in) / gained(terms.target, terms.pact, x["exponent"])
    return float(np.quantile(need, quantile))
