"""How far the margin of a comparison can be off: each reading moved by its own half width.

What says the same thing is off by the same, whether two readings are divided, subtracted or held
against each other. A reading is moved no further than it can be, and two answers of one model by
what it may be wrong of the difference between them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from multipolar.claims.compare import Judged, Readings, judge
from multipolar.claims.kinds import base_of
from multipolar.engines.api.contract import UNBOUNDED, Bounds
from multipolar.engines.api.gate import EVERYBODY
from multipolar.errors import MultipolarError
from multipolar.pipeline.asks import Term
from multipolar.pipeline.compile import LeafPlan

NEXT_TO_NOTHING = 1e-9  # of a reading: a ratio can be taken to as little
Point: TypeAlias = Mapping[str, Any]


def slack(
    plan: LeafPlan,
    point: Point,
    errors: Mapping[str, float | dict[str, float]],
    limits: Mapping[str, Bounds],
    judged: Judged,
    made: Callable[[Point], tuple[Readings, float]],
) -> float:
    """Return by how much a margin may be nearer to nothing: the root of the sum of squares.

    Args:
        plan: the comparison and what it reads.
        point: the readings by role, in the unit in which they are compared.
        errors: half widths of each, in the same.
        limits: the least and the most that each can be.
        judged: what the comparison comes to at the point.
        made: returns what a comparison reads at a point, and to what a ratio is taken there.
    """
    margin, below = judged.margin or 0.0, made(point)[1]
    nearer = []
    for moving in _moves(plan, point, errors):
        ends = []
        for sign in (-1, 1):
            side = {**point, **_moved(plan, point, limits, moving, sign)}
            try:
                read, over = made(side)
                found = judge(plan.leaf, read).margin or 0.0
            except MultipolarError:  # a ratio to nothing lies within the error: nothing is sure
                return math.inf
            if over * below <= 0:
                return math.inf
            # times what it is a ratio to, the margin of a ratio is that of a difference
            by = margin - found * over / below
            ends.append(by if margin > 0 else -by if margin < 0 else abs(by))
        nearer.append(max(0.0, *ends))
    return math.hypot(*nearer)


def _moved(
    plan: LeafPlan,
    point: Point,
    limits: Mapping[str, Bounds],
    moving: Mapping[str, float],
    sign: int,
) -> dict[str, float]:
    """Return readings moved to one side, no further than each can be."""
    out = {}
    for role, by in moving.items():
        low, high = limits.get(role, UNBOUNDED)
        own = float(point[role])
        low = NEXT_TO_NOTHING * abs(own) if low == 0 else low  # it is not nothing: it was read
        out[role] = max(min(low, own), min(max(high, own), own + sign * by))
    return out


def _moves(
    plan: LeafPlan, point: Point, errors: Mapping[str, float | dict[str, float]]
) -> list[dict[str, float]]:
    """Return what moves together, each by its half width: what is read in several places is one.

    A share of a sum moves with the sum, whose own width is that of the rest. Of one model under
    two scenarios the difference moves, by the part that the model may be wrong of either.
    """
    roles = plan.roles()
    own = {
        role: error
        for role, error in errors.items()
        if isinstance(error, float) and isinstance(point[role], (int, float))
    }
    top = list({roles[r]: r for r in plan.group("value") if r in own}.values())
    below = [r for r in plan.group("over") if r in own]
    holder = {
        r: next((w for w in below if w != r and _is_part_of(roles[r], roles[w])), "") for r in top
    }
    same, alike = _of_one_model(plan)
    together: dict[Term, dict[str, float]] = {}
    for role, error in own.items():
        if role in alike or role in same.values():
            continue
        held = [own[r] for r, whole in holder.items() if whole == role and roles[r] != roles[role]]
        rest = math.sqrt(max(error**2 - sum(e**2 for e in held), 0.0))
        if role in same and same[role] in own:
            rest = _of_difference(point, own, role, same[role])
        together.setdefault(roles[role], {})[role] = rest
    for role, whole in holder.items():
        if whole and roles[whole] != roles[role]:
            moving = together[roles[role]]
            moving[whole] = moving.get(whole, 0.0) + own[role]
    for role, part in alike.items():
        if own.get(part) and point[part]:
            moving = together[roles[part]]
            moving[role] = moving.get(role, 0.0) + point[role] * own[part] / point[part]
    return [m for m in together.values() if any(m.values())]


def _of_difference(point: Point, own: Mapping[str, float], one: str, other: str) -> float:
    """Return the half width of what a model says of one scenario against another."""
    parts = [own[r] / abs(point[r]) for r in (one, other) if point[r]]
    return float(min(parts, default=0.0) * abs(point[one] - point[other]))


def _of_one_model(plan: LeafPlan) -> tuple[dict[str, str], dict[str, str]]:
    """Return the readings of what the value reads, of the same model in another scenario.

    First those at the same place, by the part of the value; then others, each with such a part:
    what a model misses in one scenario it misses in the other.
    """
    same: dict[str, str] = {}
    alike: dict[str, str] = {}
    for own, value in plan.group("value").items():
        for role, term in plan.roles().items():
            if base_of(role)[0] not in ("over", "minus", "rival", "earlier"):
                continue
            if term.ask is None or value.ask is None or term.engine != value.engine:
                continue
            if term.ask.metric == value.ask.metric and term.scenario != value.scenario:
                if term.ask.place == value.ask.place:
                    same.setdefault(own, role)
                alike.setdefault(role, own)
    return same, {r: own for r, own in alike.items() if r not in same.values()}


def _is_part_of(one: Term, whole: Term) -> bool:
    """Say whether a reading is one of those that another adds up."""
    if one.ask is None or whole.ask is None:
        return False
    if (one.ask.metric, one.scenario) != (whole.ask.metric, whole.scenario):
        return False
    own, total = one.ask.place, whole.ask.place

    def within(name: str, word: Any) -> bool:
        some = total.get(name, word)
        return some in (word, EVERYBODY) or (isinstance(some, tuple) and word in some)

    return total.keys() <= own.keys() and all(within(name, own[name]) for name in own)


__all__ = ["slack"]
