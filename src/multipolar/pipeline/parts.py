"""From readings to parts: each comparison made over every draw and every disagreeing source."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from multipolar.claims.compare import Judged, Readings, close, judge
from multipolar.claims.kinds import PEOPLE, PURE, base_of, joined_unit, unit_size
from multipolar.engines.api.contract import GRADES, UNIT_OF_ROW, Reading, Source
from multipolar.errors import CaseError, DataMissing, MultipolarError
from multipolar.pipeline.asks import Answer, Term
from multipolar.pipeline.compile import LeafPlan
from multipolar.pipeline.grading import Mark, Marks, either_way, filled
from multipolar.pipeline.reasons import Code, Reason, of_fault
from multipolar.pipeline.result import Part, Ranking
from multipolar.pipeline.solve import Answers
from multipolar.pipeline.widths import slack
from multipolar.text.dates import is_date
from multipolar.world.units import factor

MAX_SOURCE_COMBINATIONS = 64


@dataclass(frozen=True)
class Evaluated:
    """A part with its marks, shape (choices of sources * draws,), in that order.

    ``sources`` names the source chosen for each block of draws, where sources disagree; ``reads``
    names the metrics and the rows that it reads, so that parts which read the same are known.
    """

    part: Part
    marks: Marks
    sources: tuple[str, ...] = ()
    choices: int = 1  # of sources, each with all draws
    reads: tuple[str, ...] = ()
    said: str = ""  # what is read and asked, whatever names and units it is spelled in
    lost: str = ""  # what the first draw that did not solve gave instead


def evaluate(
    plan: LeafPlan, answers: Answers, label: str, *, gap: Reason | None = None
) -> Evaluated:
    """Make one comparison over all draws and all disagreeing sources.

    Where it cannot be made, the part is unread and says why.

    Args:
        plan: the comparison and what it reads.
        answers: what was read.
        label: what is read, in words.
        gap: why it is not to be made, if it is not.
    """
    gap = gap or plan.gap or _first_gap(plan, answers)
    if gap is None:
        try:
            return replace(_evaluated(plan, answers, label), said=_said(plan, answers))
        except MultipolarError as fault:
            # the readings do not fit the comparison: a ratio to zero, numbers too large to hold
            gap = of_fault(fault)
    unread = np.array([Mark.UNREAD], dtype=np.int8)
    return Evaluated(_unread(plan, label, gap), unread, reads=_reads(plan, answers))


def mark_of(plan: LeafPlan, answers: Answers) -> Mark | None:
    """Return what a comparison comes to by the first source of each reading; None if unread."""
    if plan.gap is not None or _first_gap(plan, answers) is not None:
        return None
    try:
        _of_one_table(plan, answers)
        roles = {role: (values[0][0]) for role, values in _roles(plan, answers).items()}
        errors = {role: _error(plan, role, answers) for role in roles}
        read = _readings(plan, roles, errors)
        judged = judge(plan.leaf, read)
        slack = _slack(plan, roles, errors, judged, answers)
    except MultipolarError:
        return None
    if close(plan.leaf, judged, read, slack):
        return Mark.CLOSE
    return Mark.PASS if judged.passed else Mark.FAIL


def _of_one_table(plan: LeafPlan, answers: Answers) -> None:
    """Refuse to compare readings of one metric that come from different tables.

    Raises:
        DataMissing: they do; which table has them all is said, if one has.
    """
    read: dict[str, list[Reading]] = {}
    for term in dict.fromkeys(plan.terms()):
        central = answers.terms[term].central
        if term.ask is not None and central is not None and central.chosen:
            read.setdefault(term.ask.metric, []).append(central)
    for metric, found in read.items():
        tables = list(dict.fromkeys(r.chosen for r in found))
        if len(tables) == 1:
            continue
        common = [t for t in found[0].choices if all(t in r.choices for r in found)]
        raise DataMissing(
            f"{metric} is read from {' and '.join(tables)} here, which are not compared",
            hint=f"add source: {common[0]} to each place"
            if common
            else "no table has all of it: name other years or states",
        )


def gaps_of(plan: LeafPlan, answers: Answers) -> tuple[float, ...] | None:
    """Return what is measured less each bound, by the first source; None if it is no number."""
    leaf = plan.leaf
    if leaf.rank or leaf.rises or leaf.falls or _first_gap(plan, answers) is not None:
        return None
    try:
        roles = {role: (values[0][0]) for role, values in _roles(plan, answers).items()}
        judged = judge(leaf, _readings(plan, roles, {}))
    except MultipolarError:
        return None
    bounds = judged.threshold if isinstance(judged.threshold, tuple) else (judged.threshold,)
    numbers = [b for b in bounds if not isinstance(b, str)]
    if isinstance(judged.measured, str) or len(numbers) < len(bounds):
        return None
    if leaf.comparison in ("equals", "differs"):
        numbers = [numbers[0] - leaf.within, numbers[0] + leaf.within]
    return tuple(judged.measured - b for b in numbers)


def _evaluated(plan: LeafPlan, answers: Answers, label: str) -> Evaluated:
    leaf = plan.leaf
    _of_one_table(plan, answers)
    roles = _roles(plan, answers)
    terms = list(dict.fromkeys(plan.terms()))  # what is read twice is of one source
    n = max(len(values[0]) for values in roles.values())
    combos = _combinations([_choices(term, answers) for term in terms])
    errors = {role: _error(plan, role, answers) for role in roles}
    middle = _median(roles)
    read = _readings(plan, middle, errors)
    judged = judge(leaf, read)
    slack = _slack(plan, middle, errors, judged, answers)
    marks: list[Mark] = []
    measured: list[float | str | None] = []
    for combo in combos:
        chosen = dict(zip(terms, combo, strict=True))
        source = {role: chosen[term] for role, term in plan.roles().items()}
        for i in range(n):
            point = {
                role: values[source[role]][i if len(values[source[role]]) > 1 else 0]
                for role, values in roles.items()
            }
            if any(v is None for v in point.values()):
                marks.append(Mark.LOST)
                measured.append(None)
                continue
            here = _readings(plan, point, errors)
            found = judge(leaf, here)
            near = close(leaf, found, here, slack)
            marks.append(Mark.CLOSE if near else Mark.PASS if found.passed else Mark.FAIL)
            measured.append(found.measured)
    column = np.array(marks, dtype=np.int8)
    part = _part(plan, answers, label, judged, column, tuple(measured), slack)
    names = _source_names(terms, answers, combos, n)
    lost = next((w for t in plan.terms() if (w := answers.terms[t].failure)), "")
    return Evaluated(part, column, names, len(combos), _reads(plan, answers), lost)


def _choices(term: Term, answers: Answers) -> int:
    """Return how many sources give a reading, its own and those that give another figure."""
    central = answers.terms[term].central
    others = central.alternatives if central is not None else ()
    return 1 + sum(s.value is not None for s in others)


def _combinations(choices: Sequence[int]) -> list[tuple[int, ...]]:
    """Return which source each reading takes: all combinations, or each other source alone."""
    if math.prod(choices) <= MAX_SOURCE_COMBINATIONS:
        return list(itertools.product(*map(range, choices)))
    first = (0,) * len(choices)
    alone = [(*first[:j], k, *first[j + 1 :]) for j, n in enumerate(choices) for k in range(1, n)]
    return [first, *alone[: MAX_SOURCE_COMBINATIONS - 1]]


def _error(plan: LeafPlan, role: str, answers: Answers) -> float | dict[str, float]:
    """Return the half width of a reading in the unit in which the leaf compares."""
    central = answers.terms[plan.roles()[role]].central
    if central is None:
        return 0.0
    size = abs(_unit_size(plan, role, answers))
    if role == "field":
        return {label: error * size for label, error in central.errors.items()}
    return central.error * size


def _slack(
    plan: LeafPlan,
    point: Mapping[str, Any],
    errors: Mapping[str, float | dict[str, float]],
    judged: Judged,
    answers: Answers,
) -> float:
    """Return the half width of the margin, towards nothing."""
    if isinstance(point["value"], str):
        own = errors.get("value", 0.0)
        return own if is_date(point["value"]) and isinstance(own, float) else 0.0
    if judged.margin is None:
        return 0.0
    sizes = {role: _unit_size(plan, role, answers) for role in plan.limits}
    limits = {r: (low * sizes[r], high * sizes[r]) for r, (low, high) in plan.limits.items()}
    change = plan.leaf.rises or plan.leaf.falls

    def made(at: Mapping[str, Any]) -> tuple[Readings, float]:
        below = _added(plan, at).get("over", 1.0)
        if change is not None and change.relative:
            below = abs(_number(_added(plan, at)["earlier"]))
        return _readings(plan, at, {}), _number(below)

    return slack(plan, point, errors, limits, judged, made)


_SIDES = {"at_least": "over", "above": "over", "at_most": "under", "below": "under"}


def _said(plan: LeafPlan, answers: Answers) -> str:
    """Write what a comparison reads and asks, in the reading's own unit and to three digits."""
    leaf, name = plan.leaf, plan.leaf.comparison
    terms = {
        role: (t.engine, t.scenario, t.evidence, t.ask and (t.ask.metric, _alone(t.ask.place)))
        for role, t in plan.roles().items()
    }
    bound = getattr(leaf, name)
    if isinstance(bound, float):
        size = _unit_size(plan, "value", answers) if leaf.over is None else 1.0
        size *= factor(PURE, leaf.unit) if leaf.over is not None and leaf.unit else 1.0
        bound = f"{bound / size:.3g}"
    elif not isinstance(bound, (str, tuple)):
        where = {"where", "since", "metric", "scenario", "evidence", "ratio_label", "among"}
        bound = bound.model_dump_json(exclude=where)
    return repr((sorted(terms.items()), leaf.per, _SIDES.get(name, name), bound, leaf.within))


def _alone(place: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return a place with lists of one as that one."""
    plain = {k: v[0] if isinstance(v, tuple) and len(v) == 1 else v for k, v in place.items()}
    return sorted(plain.items(), key=lambda item: item[0])


def _reads(plan: LeafPlan, answers: Answers) -> tuple[str, ...]:
    """Name what a part reads: a metric with what is chosen in words, or the source of a row."""
    names: dict[str, None] = {}
    for role, term in plan.roles().items():
        if role == "field" or base_of(role)[1] == PEOPLE:  # heads are no measure of their own
            continue
        if term.ask is not None:
            names[term.ask.metric + _series(term.ask.place)] = None
        elif (central := answers.terms[term].central) is not None and central.evidence:
            row = central.evidence[0]
            names[row.url or row.source] = None
    return tuple(names) or (str(plan.leaf.metric),)


def _series(place: Mapping[str, Any]) -> str:
    """Return the series of a reading of facts, which are of as many kinds as there are series."""
    return f" {place['series']}" if "series" in place else ""


def _first_gap(plan: LeafPlan, answers: Answers) -> Reason | None:
    for term in plan.terms():
        answer = answers.terms[term]
        if answer.missing:
            return Reason(Code.NO_ANSWER, {"text": answer.missing})
        if answer.central is None:
            return Reason(Code.NOTHING_READ)
    return None if plan.field is None else _rank_gap(plan, plan.field, answers)


def _rank_gap(plan: LeafPlan, field: Term, answers: Answers) -> Reason | None:
    """Say why no rank can be taken, if none can."""
    if _unit_of(field, answers) == UNIT_OF_ROW:
        return Reason(Code.SEVERAL_UNITS)
    for along in answers.terms[field].known:
        if not isinstance(along, dict) or plan.subject not in along:
            return Reason(Code.NO_ROW, {"subject": plan.subject})
        unknown = [k for k, v in plan.rivals(along).items() if not math.isfinite(v)]
        if unknown:
            return Reason(Code.UNKNOWN_RIVALS, {"rivals": tuple(sorted(unknown))})
        gone = plan.among - set(along)
        if gone:
            return Reason(Code.NO_RIVALS, {"rivals": tuple(sorted(gone))})
    return None


Role = tuple[tuple[Any, ...], ...]


def _roles(plan: LeafPlan, answers: Answers) -> dict[str, Role]:
    """Return, per role, the values over draws from each source that disagrees."""
    roles: dict[str, Role] = {}
    for role, term in plan.roles().items():
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
    units = {r: _unit_of(term, answers) for r, term in plan.roles().items()}
    return unit_size(plan.leaf, role, units)


def _sum_unit(plan: LeafPlan, base: str, answers: Answers) -> str:
    """Return the unit of a reading with all that is added to it and divides it."""
    units = {role: _unit_of(term, answers) for role, term in plan.group(base).items()}
    return joined_unit(base, units) or ""


def _unit_of(term: Term | None, answers: Answers) -> str:
    central = answers.terms[term].central if term is not None else None
    return central.unit if central else ""


def _scaled(value: Any, size: float) -> Any:
    if value is None:
        return None
    if isinstance(value, dict):
        return {k: v * size for k, v in value.items()}
    return value if isinstance(value, str) or value is None or size == 1.0 else value * size


def _median(roles: Mapping[str, Role]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for role, values in roles.items():
        column = [v for v in values[0] if v is not None]
        if isinstance(column[0], dict):
            keys = column[0].keys()
            out[role] = {k: float(np.median([c[k] for c in column if k in c])) for k in keys}
        elif isinstance(column[0], str):
            out[role] = column[0]
        else:
            out[role] = float(np.median(np.asarray(column, dtype=float)))
    return out


def _readings(
    plan: LeafPlan,
    point: Mapping[str, Any],
    errors: Mapping[str, float | dict[str, float]],
) -> Readings:
    point = _added(plan, point)
    value = _combined(plan, point, point["value"])
    earlier = point.get("earlier")
    rank_field = point.get("field")
    if isinstance(rank_field, dict):
        rank_field = plan.rivals(rank_field)
    along = errors.get("field")
    return Readings(
        value,
        earlier=None if earlier is None else _number(earlier),
        rival=point.get("rival"),
        field=rank_field,
        subject=plan.subject,
        errors=along if isinstance(along, dict) else {},
    )


def _added(plan: LeafPlan, point: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add up what is read of each reading of a comparison, and divide it by people."""
    if not plan.more:
        return point
    out: dict[str, Any] = {}
    for role, value in point.items():
        base, part = base_of(role)
        if not part:
            out[base] = value
        elif part == PEOPLE:
            if not value:
                raise CaseError("nobody lives there: there is no figure a head")
            out[base] = _number(out[base]) / _number(value)
        else:
            out[base] = _number(out[base]) + _number(value)
    return out


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
    return _sum_unit(plan, "value", answers)


def _part(
    plan: LeafPlan,
    answers: Answers,
    label: str,
    judged: Judged,
    marks: Marks,
    values: tuple[float | str | None, ...],
    slack: float,
) -> Part:
    share = either_way(lambda ways: float(filled(marks, ways).mean()))
    centrals = [c for t in plan.terms() if (c := answers.terms[t].central) is not None]
    return Part(
        leaf=plan.leaf,
        label=label,
        value=judged.measured,
        unit=_measure_unit(plan, _unit(plan, answers)),
        threshold=judged.threshold,
        margin=judged.margin,
        passed=judged.passed,
        where=dict(plan.where),
        engine=plan.value.engine if plan.value else None,
        ranking=_ranking(plan, answers),
        evidence=tuple(dict.fromkeys(s for c in centrals for s in c.evidence)),
        alternatives=tuple(dict.fromkeys(s for c in centrals for s in c.alternatives)),
        notes=tuple(dict.fromkeys([c.note for c in centrals if c.note] + _unlike(plan, answers))),
        values=values,
        close=share.close,
        near=int((marks == Mark.CLOSE).sum()),
        error=slack,
        error_of=tuple(dict.fromkeys(c.error_of for c in centrals if c.error and c.error_of)),
        failed=int((marks == Mark.LOST).sum()),
        through=max((c.through for c in centrals), default=""),
        grade=_standing(centrals),
        unproven=" ".join(dict.fromkeys(c.unproven for c in centrals if c.unproven)),
    )


def _unlike(plan: LeafPlan, answers: Answers) -> list[str]:
    """Say that a sum adds up figures that are off for unlike reasons."""
    parts = [t for role, t in plan.group("value").items() if base_of(role)[1] != PEOPLE]
    centrals = [c for t in parts if (c := answers.terms[t].central) is not None]
    kinds = dict.fromkeys((c.error_of if c.error else "") or "none stated" for c in centrals)
    return [f"The sum is of figures with unlike errors: {', '.join(kinds)}."] * (len(kinds) > 1)


def _standing(centrals: Sequence[Reading]) -> str:
    """Return how good the evidence is: for each reading its best row, of these the weakest."""
    best = [min((_rung(s) for s in c.evidence), default=len(GRADES)) for c in centrals]
    rung = max((k for k in best if k < len(GRADES)), default=len(GRADES))
    return GRADES[rung] if rung < len(GRADES) else ""


def _rung(source: Source) -> int:
    """Return the place of a row's grade, the strongest first; what has none comes after all."""
    grade = source.grade or ("second-hand" if source.reading == "second-hand" else "")
    return GRADES.index(grade) if grade else len(GRADES)


def _ranking(plan: LeafPlan, answers: Answers) -> Ranking | None:
    """Return the value of the one ranked, and of the first of all others."""
    if plan.field is None or plan.leaf.rank is None:
        return None
    answer = answers.terms[plan.field]
    along = answer.known[0]
    assert isinstance(along, dict)
    field = plan.rivals(along)
    order = sorted(field, key=lambda k: field[k], reverse=not plan.leaf.rank.ascending)
    unit = answer.central.unit if answer.central else ""
    names, own = answers.labels, plan.subject
    rival = next((k for k in order if k != own), None)
    return Ranking(
        subject=names.get(own, own),
        value=field[own],
        unit=unit,
        size=len(field),
        leads=order[0] == own,
        rival=None if rival is None else names.get(rival, rival),
        rival_value=0.0 if rival is None else field[rival],
    )


def _measure_unit(plan: LeafPlan, unit: str) -> str:
    """Unit of the number the comparison is made on: a rank, a share of change, or the metric's."""
    if plan.leaf.rank is not None:
        return "rank"
    change = plan.leaf.rises or plan.leaf.falls
    return "share of the earlier value" if change is not None and change.relative else unit


def _unread(plan: LeafPlan, label: str, gap: Reason) -> Part:
    leaf = plan.leaf
    bound = getattr(leaf, leaf.comparison)
    return Part(
        leaf=leaf,
        label=label,
        value=None,
        unit=leaf.unit or (plan.metric.unit if plan.metric else ""),
        threshold=bound if isinstance(bound, (int, float, str, tuple)) else None,
        margin=None,
        passed=None,
        where=dict(plan.where) or dict(leaf.where),
        engine=plan.value.engine if plan.value else None,
        gap=gap,
    )


def _source_names(
    terms: Sequence[Term], answers: Answers, combos: Sequence[tuple[int, ...]], n: int
) -> tuple[str, ...]:
    """Name the source used in each evaluation, where more than one stands."""
    if len(combos) < 2:
        return ()
    choices = []
    for term in terms:
        central = answers.terms[term].central
        assert central is not None
        own = central.evidence[0].source if central.evidence else "first source"
        choices.append([own, *(s.source for s in central.alternatives if s.value is not None)])
    names = []
    for combo in combos:
        used = [c[k] for c, k in zip(choices, combo, strict=True) if len(c) > 1]
        names += ["; ".join(dict.fromkeys(used))] * n
    return tuple(names)


__all__ = ["Evaluated", "evaluate", "gaps_of", "mark_of"]
