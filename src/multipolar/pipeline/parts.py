"""From readings to parts: each comparison made over every draw and every disagreeing source."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from multipolar.claims.compare import Judged, Readings, judge, needs, shown
from multipolar.claims.kinds import PURE, unit_wanted
from multipolar.engines.api.contract import UNIT_OF_ROW
from multipolar.errors import CaseError, MultipolarError
from multipolar.pipeline.asks import Answer, Term
from multipolar.pipeline.compile import LeafPlan
from multipolar.pipeline.result import Part
from multipolar.pipeline.solve import Answers
from multipolar.render.code import code
from multipolar.text.phrases import listing, quantity, sentence
from multipolar.world.units import factor

MAX_SOURCE_COMBINATIONS = 64
ROLES = ("value", "over", "minus", "earlier", "rival", "field")


@dataclass(frozen=True)
class Evaluated:
    """A part with its pass per (source choice, draw), in that order.

    ``sources`` names the source chosen for each block of draws, where sources disagree.
    """

    part: Part
    passes: tuple[bool, ...]
    sources: tuple[str, ...] = ()
    choices: int = 1  # of sources, each with all draws


def evaluate(plan: LeafPlan, answers: Answers, label: str) -> Evaluated:
    """Make one comparison over all draws and all disagreeing sources.

    Where it cannot be made, the part is unread and says why.
    """
    gap = plan.gap or _first_gap(plan, answers)
    if not gap:
        try:
            return _evaluated(plan, answers, label)
        except MultipolarError as fault:
            # the readings do not fit the comparison: a ratio to zero, numbers too large to hold
            gap = str(fault)
    return Evaluated(_unread(plan, label, gap), ())


def _evaluated(plan: LeafPlan, answers: Answers, label: str) -> Evaluated:
    leaf = plan.leaf
    roles = _roles(plan, answers)
    n = max(len(values[0]) for values in roles.values())
    combos = list(itertools.product(*(range(len(v)) for v in roles.values())))
    if len(combos) > MAX_SOURCE_COMBINATIONS:
        combos = combos[:1]
    passes: list[bool] = []
    measured: list[float | str] = []
    first: Judged | None = None
    for combo in combos:
        for i in range(n):
            point = {
                role: values[k][i if len(values[k]) > 1 else 0]
                for (role, values), k in zip(roles.items(), combo, strict=True)
            }
            judged = judge(leaf, _readings(plan, point))
            first = first or judged
            passes.append(bool(judged.passed))
            measured.append(judged.measured)
    assert first is not None
    middle = judge(leaf, _readings(plan, _median(roles))) if n > 1 else first
    part = _part(plan, answers, label, middle, tuple(passes), tuple(measured), roles)
    names = _source_names(plan, answers, combos, n)
    return Evaluated(part, tuple(passes), names, len(combos))


def _first_gap(plan: LeafPlan, answers: Answers) -> str:
    for term in plan.terms():
        answer = answers.terms[term]
        if answer.missing or answer.central is None:
            return answer.missing or "nothing was read"
    if plan.field is not None:
        if _unit_of(plan.field, answers) == UNIT_OF_ROW:
            return "not ranked: the figures are in several units"
        for along in answers.terms[plan.field].values:
            if not isinstance(along, dict) or plan.subject not in along:
                return f"no row for {plan.subject} to rank"
            unknown = [k for k, v in plan.rivals(along).items() if not math.isfinite(v)]
            if unknown:
                return f"not ranked: the figures of {listing(sorted(unknown)[:6])} are not known"
            gone = plan.among - set(along)
            if gone:
                return f"not ranked: no figures of {listing(sorted(gone)[:6])}"
    return ""


Role = tuple[tuple[Any, ...], ...]


def _roles(plan: LeafPlan, answers: Answers) -> dict[str, Role]:
    """Return, per role, the values over draws from each source that disagrees."""
    roles: dict[str, Role] = {}
    for role in ROLES:
        term = getattr(plan, role)
        if term is None:
            continue
        answer: Answer = answers.terms[term]
        others = answer.central.alternatives if answer.central else ()
        extra = tuple((s.value,) for s in others if s.value is not None)
        size = _unit_size(plan, role, answers)
        roles[role] = tuple(
            tuple(_scaled(v, size) for v in column) for column in (answer.values, *extra)
        )
    return roles


def _unit_size(plan: LeafPlan, role: str, answers: Answers) -> float:
    """What one of a reading's units is in the unit in which the leaf compares."""
    value = _unit_of(plan.value, answers)
    # what is laid out has the unit of the reading it is laid out of
    own = value if role == "field" else _unit_of(getattr(plan, role), answers)
    wanted = unit_wanted(plan.leaf, role, own, value)
    return 1.0 if wanted is None else factor(own, wanted)


def _unit_of(term: Term | None, answers: Answers) -> str:
    central = answers.terms[term].central if term is not None else None
    return central.unit if central else ""


def _scaled(value: Any, size: float) -> Any:
    if isinstance(value, dict):
        return {k: v * size for k, v in value.items()}
    return value if isinstance(value, str) or size == 1.0 else value * size


def _median(roles: Mapping[str, Role]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for role, values in roles.items():
        column = values[0]
        if isinstance(column[0], dict):
            keys = column[0].keys()
            out[role] = {k: float(np.median([c[k] for c in column if k in c])) for k in keys}
        elif isinstance(column[0], str):
            out[role] = column[0]
        else:
            out[role] = float(np.median(np.asarray(column, dtype=float)))
    return out


def _readings(plan: LeafPlan, point: Mapping[str, Any]) -> Readings:
    value = _combined(plan, point, point["value"])
    earlier = point.get("earlier")
    rank_field = point.get("field")
    if isinstance(rank_field, dict):
        rank_field = plan.rivals(rank_field)
    return Readings(
        value,
        earlier=None if earlier is None else _number(earlier),
        rival=point.get("rival"),
        field=rank_field,
        subject=plan.subject,
    )


def _combined(plan: LeafPlan, point: Mapping[str, Any], value: Any) -> Any:
    if plan.over is not None:
        below = _number(point["over"])
        if not below:
            raise CaseError("a ratio to zero is not defined", hint="compare with `minus`")
        value = _number(value) / below
        value *= factor(PURE, plan.leaf.unit) if plan.leaf.unit else 1.0
        if not math.isfinite(value):
            raise CaseError("the ratio is too large to hold")
    if plan.minus is not None:
        value = _number(value) - _number(point["minus"])
    return value


def _number(value: Any) -> float:
    if isinstance(value, str):
        raise CaseError(
            f"{value!r} is no number", hint="ratios, differences and changes take numbers"
        )
    return float(value)


def _unit(plan: LeafPlan, answers: Answers) -> str:
    if plan.leaf.unit is not None:
        return plan.leaf.unit
    if plan.over is not None:
        return ""
    central = answers.terms[plan.value].central if plan.value else None
    return central.unit if central else ""


def _part(
    plan: LeafPlan,
    answers: Answers,
    label: str,
    judged: Judged,
    passes: tuple[bool, ...],
    values: tuple[float | str, ...],
    roles: Mapping[str, Role],
) -> Part:
    unit = _unit(plan, answers)
    centrals = [c for t in plan.terms() if (c := answers.terms[t].central) is not None]
    evidence = tuple(dict.fromkeys(s for c in centrals for s in c.evidence))
    others = tuple(dict.fromkeys(s for c in centrals for s in c.alternatives))
    notes = [_leader(plan, answers), *(c.note for c in centrals)]
    note = " ".join(dict.fromkeys(sentence(n) for n in notes if n))
    rivals = _rivals(plan, roles)
    return Part(
        label=label,
        comparison=plan.leaf.comparison,
        value=judged.measured,
        unit=_measure_unit(plan, unit, judged),
        threshold=judged.threshold,
        margin=judged.margin,
        passed=sum(passes) * 2 >= len(passes),
        shown=shown(plan.leaf, judged, unit, rivals),
        needs=needs(
            plan.leaf,
            unit,
            quantity(judged.threshold, unit) if isinstance(judged.threshold, (int, float)) else "",
        ),
        metric=plan.leaf.metric,
        where=dict(plan.where),
        scenario=plan.leaf.scenario,
        engine=plan.value.engine if plan.value else None,
        code=code(plan),
        evidence=evidence,
        alternatives=others,
        note=note,
        values=values,
    )


def _leader(plan: LeafPlan, answers: Answers) -> str:
    """Say the value of the one ranked, and who is first or, if that is it, second."""
    if plan.field is None or plan.leaf.rank is None:
        return ""
    answer = answers.terms[plan.field]
    along = answer.values[0]
    assert isinstance(along, dict)
    field = plan.rivals(along)
    order = sorted(field, key=lambda k: field[k], reverse=not plan.leaf.rank.ascending)
    unit = answer.central.unit if answer.central else ""
    own = f"{answers.labels.get(plan.subject, plan.subject)} {quantity(field[plan.subject], unit)}"
    rivals = [k for k in order if k != plan.subject]
    if not rivals:
        return own
    place = "first" if order[0] != plan.subject else "second"
    return f"{own}; {place} {answers.labels.get(rivals[0], rivals[0])} " + quantity(
        field[rivals[0]], unit
    )


def _measure_unit(plan: LeafPlan, unit: str, judged: Judged) -> str:
    """Unit of the number the comparison is made on: a rank, a share of change, or the metric's."""
    if plan.leaf.rank is not None:
        return "rank"
    change = plan.leaf.rises or plan.leaf.falls
    return "share of the earlier value" if change is not None and change.relative else unit


def _rivals(plan: LeafPlan, roles: Mapping[str, Role]) -> list[str]:
    if plan.field is None:
        return []
    along = roles["field"][0][0]
    return list(plan.rivals(along))


def _unread(plan: LeafPlan, label: str, gap: str) -> Part:
    leaf = plan.leaf
    bound = getattr(leaf, leaf.comparison)
    threshold = bound if isinstance(bound, (int, float, str, tuple)) else None
    return Part(
        label=label,
        comparison=leaf.comparison,
        value=None,
        unit=leaf.unit or (plan.metric.unit if plan.metric else ""),
        threshold=threshold,
        margin=None,
        passed=None,
        shown="not read",
        needs=needs(leaf, leaf.unit or (plan.metric.unit if plan.metric else "")),
        metric=leaf.metric,
        where=dict(plan.where) or dict(leaf.where),
        scenario=leaf.scenario,
        engine=(plan.value.engine if plan.value else None),
        code=code(plan),
        note=gap,
    )


def _source_names(
    plan: LeafPlan, answers: Answers, combos: Sequence[tuple[int, ...]], n: int
) -> tuple[str, ...]:
    """Name the source used in each evaluation, where more than one stands."""
    if len(combos) < 2:
        return ()
    choices = []
    for role in ROLES:
        term = getattr(plan, role)
        if term is None:
            continue
        central = answers.terms[term].central
        assert central is not None
        own = central.evidence[0].source if central.evidence else "first source"
        choices.append([own, *(s.source for s in central.alternatives if s.value is not None)])
    names = []
    for combo in combos:
        used = [c[k] for c, k in zip(choices, combo, strict=True) if len(c) > 1]
        names += ["; ".join(dict.fromkeys(used))] * n
    return tuple(names)


__all__ = ["Evaluated", "evaluate"]
