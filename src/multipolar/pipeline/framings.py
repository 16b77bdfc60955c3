"""Framings: the same claim read in another year, group, measure or source, or at another threshold.

The author of a claim chose a year, a window, a unit, a coalition, a source; the author of its test
chose a threshold. Each test is read again under the other reasonable choices, and the verdict
counts in how many of them it stands (Wu and others 2014, doi:10.14778/2732286.2732295). Nothing is
solved again: what is read is the world as it is, and scenarios at their central parameters.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from multipolar.claims.load import Loaded
from multipolar.claims.schema import At, Change, Claim, Exceeds, Leaf
from multipolar.engines.registry import Registry
from multipolar.errors import MultipolarError
from multipolar.pipeline.asks import Answer, Term
from multipolar.pipeline.compile import LeafPlan, compile_leaf
from multipolar.pipeline.grading import Mark
from multipolar.pipeline.parts import Evaluated, gaps_of, mark_of
from multipolar.pipeline.result import Axis, Changes, Framing, Framings
from multipolar.pipeline.solve import Answers
from multipolar.world.units import factor

YEARS = (-1, 1, -2, 2)
TIMES = (0.8, 0.9, 1.1, 1.25)  # of a threshold: from four fifths to five quarters
MOST = 40  # readings of one test
COUNTS = {"count", "states", "votes", "meetings", "visits", "documents", "coalitions", "blocs"}
NEIGHBOURS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "G7": (("G7", "EU"), ("OECD",)),
    "EU": (("EU", "United Kingdom"), ("EU", "Norway", "Switzerland", "United Kingdom")),
    "NATO": (("NATO", "EU"), ("G7", "EU")),
    "BRICS": (("Brazil", "Russia", "India", "China", "South Africa"), ("BRICS", "SCO")),
    "SCO": (("SCO", "BRICS"), ("CSTO",)),
    "G20": (("G20", "EU"),),
    "OECD": (("G7", "EU"),),
    "CSTO": (("EAEU",),),
    "EAEU": (("CSTO",),),
    "OPEC": (("OPEC", "Russia"),),
    "Quad": (("AUKUS",),),
    "AUKUS": (("Five Eyes",),),
}


def framings(
    claim: Claim,
    plans: Sequence[LeafPlan],
    done: Sequence[Evaluated],
    answers: Answers,
    loaded: Loaded,
    registry: Registry,
    stands: Callable[[int, Mark], bool],
) -> Framings | None:
    """Read every test of a claim again under the other reasonable choices.

    Args:
        claim: whose tests they are.
        plans: its tests.
        done: what each came to.
        answers: where more can be read.
        loaded: the case.
        registry: engines and names.
        stands: whether the verdict stays if a part comes to a mark.

    Returns:
        None where no test has another framing.
    """
    found: list[Framing] = []
    for k, (plan, own) in enumerate(zip(plans, done, strict=True)):
        if own.part.passed is None or plan.metric is None:
            continue
        found += _of_part(k, plan, own, claim, answers, loaded, registry)
    if not found:
        return None
    kept: dict[tuple[int, Mark], bool] = {}
    for f in found:
        if (f.part, f.mark) not in kept:
            kept[f.part, f.mark] = stands(f.part, f.mark)
    turned = [f for f in found if not kept[f.part, f.mark]]
    nearest = min(turned, key=lambda f: len(f.changes), default=None)
    return Framings(1 + len(found) - len(turned), 1 + len(found), nearest)


def _of_part(
    k: int,
    plan: LeafPlan,
    own: Evaluated,
    claim: Claim,
    answers: Answers,
    loaded: Loaded,
    registry: Registry,
) -> Iterator[Framing]:
    """Read one test again: each threshold as it is read, and each reading at its threshold."""
    here = _own(plan, answers)
    most = _most(plan)
    for leaf, value in _thresholds(plan.leaf, claim, own.part.unit, most):
        mark = mark_of(replace(plan, leaf=leaf), here)
        if mark is not None:
            yield Framing(k, (("threshold", value),), mark)
    for source, mark in _by_source(own):
        yield Framing(k, (("source", source),), mark)
    for leaf, changes in itertools.islice(_readings(plan, claim, registry), MOST):
        try:
            mark = central_mark(compile_leaf(leaf, claim, loaded, registry), answers)
        except MultipolarError:
            continue  # the table has no such place: no framing of this claim
        if mark is not None:
            yield Framing(k, changes, mark)


def _own(plan: LeafPlan, answers: Answers) -> Answers:
    """Return what a test reads at the central parameters, of which the scalars are there."""
    terms: dict[Term, Answer] = {}
    for role, term in plan.roles().items():
        found = answers.terms[term]
        if role == "field" and term.ask is not None and term.engine is not None:
            terms[term] = answers.peek(term.engine, term.scenario, term.ask)
        elif found.central is not None:
            terms[term] = Answer(found.central, (found.central.value,))
    return Answers(terms, {}, labels=answers.labels)


def _read(plan: LeafPlan, answers: Answers) -> Answers:
    """Return what a test reads at the central parameters."""
    terms: dict[Term, Answer] = {}
    for term in plan.terms():
        if term.ask is None or term.engine is None:
            terms[term] = answers.terms[term]
        else:
            terms[term] = answers.peek(term.engine, term.scenario, term.ask)
    return Answers(terms, {}, labels=answers.labels)


def central_mark(plan: LeafPlan, answers: Answers) -> Mark | None:
    """Return what a test comes to at the central parameters; None where it cannot be read."""
    return None if plan.gap else mark_of(plan, _read(plan, answers))


def central_gap(plan: LeafPlan, answers: Answers) -> tuple[float, ...] | None:
    """Return what a test measures at the central parameters less each of its bounds."""
    return None if plan.gap else gaps_of(plan, _read(plan, answers))


def _by_source(own: Evaluated) -> Iterator[tuple[str, Mark]]:
    """Return what a test comes to by each other source, at the first of its draws."""
    if not own.sources:
        return
    size = len(own.marks) // own.choices
    for at in range(size, len(own.marks), size):
        mark = Mark(int(own.marks[at]))
        if mark is not Mark.LOST:
            yield own.sources[at], mark


# Thresholds -------------------------------------------------------------------------------------


def _counted(bound: float, varied: float, unit: str) -> float:
    """Return a threshold on what is counted as a whole number, at least one away."""
    if unit not in COUNTS or not bound.is_integer():
        return varied
    step = max(1, round(abs(varied - bound)))
    return bound + (step if varied > bound else -step)


def _most(plan: LeafPlan) -> float | None:
    """Return the most that a reading can be in the unit in which it is compared, if there is one.

    That of a ratio is not known.
    """
    metric, leaf = plan.metric, plan.leaf
    if metric is None or leaf.over or leaf.minus or leaf.per:
        return None
    place = dict(plan.where)
    most, unit = metric.limits(place)[1], metric.unit_at(place)
    return most * factor(unit, leaf.unit) if leaf.unit and unit else most


def _beyond(bound: float, varied: float, unit: str, most: float | None) -> bool:
    """Say whether a threshold on a share was moved beyond the whole, which no figure reaches."""
    whole = {"percent": 100.0, "share": 1.0, "": 1.0}.get(unit) if most is None else most
    return whole is not None and 0 < bound <= whole < varied


def _thresholds(
    leaf: Leaf, claim: Claim, unit: str, most: float | None
) -> Iterator[tuple[Leaf, float]]:
    """Vary a threshold that the author of the test chose; one that the claim states is none."""
    name = leaf.comparison
    bound = getattr(leaf, name)
    stated = {q.value for q in claim.quantities}
    if leaf.rank is not None:
        limit = leaf.rank.at_most or leaf.rank.at_least
        side = "at_most" if leaf.rank.at_most else "at_least"
        if limit is None or limit == 1 or float(limit) in stated:
            return
        for place in (limit - 1, limit + 1):
            yield (
                leaf.model_copy(update={"rank": leaf.rank.model_copy(update={side: place})}),
                float(place),
            )
    elif isinstance(bound, float) and name not in ("equals", "differs"):
        itself = leaf.over is not None and leaf.over.metric is None and bound == 1
        if bound and bound not in stated and not itself:
            for times in TIMES:
                varied = _counted(bound, bound * times, unit)
                if varied != bound and not _beyond(bound, varied, unit, most):
                    yield leaf.model_copy(update={name: varied}), varied
    elif isinstance(bound, Change) and bound.by:
        for times in TIMES:
            by = bound.by * times
            yield leaf.model_copy(update={name: bound.model_copy(update={"by": by})}), by
    elif isinstance(bound, Exceeds) and bound.times not in {1.0, *stated}:
        for times in TIMES:
            by = bound.times * times
            yield leaf.model_copy(update={name: bound.model_copy(update={"times": by})}), by


# Readings ---------------------------------------------------------------------------------------


def _readings(plan: LeafPlan, claim: Claim, registry: Registry) -> Iterator[tuple[Leaf, Changes]]:
    """Return a test with every combination of another year, window, group and measure."""
    leaf = plan.leaf
    axes = [
        [None, *_years(leaf, claim)],
        [None, *_windows(leaf)],
        [None, *_groups(plan, registry)],
        [None, *_measures(plan, registry)],
    ]
    combined = sorted(itertools.product(*axes), key=lambda c: sum(x is not None for x in c))
    for choice in combined[1:]:
        varied, changes = leaf, []
        for change in (c for c in choice if c is not None):
            axis, said, edit = change
            varied = edit(varied)
            changes.append((axis, said))
        yield varied, tuple(changes)


Edit: TypeAlias = Callable[[Leaf], Leaf]
Option: TypeAlias = tuple[Axis, str, Edit]


def _years(leaf: Leaf, claim: Claim) -> Iterator[Option]:
    """Shift a year that is read by one or two; a record of a stated year has no other."""
    year = leaf.where.get("year")
    if not isinstance(year, int) or isinstance(year, bool):
        return
    if claim.kind == "record" and any(q.year == year for q in claim.quantities):
        return
    change = leaf.rises or leaf.falls
    start = change.since.get("year", 0) if change is not None else 0
    for by in YEARS:
        if isinstance(start, int) and year + by <= start:
            continue  # no window ends before it starts
        yield "year", str(year + by), lambda x, by=by: _shifted(x, by)  # type: ignore[misc]


def _shifted(leaf: Leaf, by: int) -> Leaf:
    """Return a test with every year it reads moved, but for the start of a change."""
    moved: dict[str, Any] = {"where": _moved(leaf.where, by)}
    for role in ("over", "minus", "exceeds", "short_of"):
        at = getattr(leaf, role)
        if isinstance(at, At) and at.where:
            moved[role] = at.model_copy(update={"where": _moved(at.where, by)})
    moved["plus"] = [
        at.model_copy(update={"where": _moved(at.where, by)}) if at.where else at
        for at in leaf.plus
    ]
    return leaf.model_copy(update=moved)


def _moved(where: Mapping[str, Any], by: int) -> dict[str, Any]:
    year = where.get("year")
    return {**where, "year": year + by} if isinstance(year, int) else dict(where)


def _windows(leaf: Leaf) -> Iterator[Option]:
    """Shift the start of a change by one or two years."""
    change = leaf.rises or leaf.falls
    year = change.since.get("year") if change is not None else None
    if change is None or not isinstance(year, int):
        return
    end = leaf.where.get("year")
    for by in YEARS:
        if isinstance(end, int) and year + by >= end:
            continue  # no window ends before it starts
        start = change.model_copy(update={"since": _moved(change.since, by)})
        yield (
            "since",
            str(year + by),
            lambda x, start=start: x.model_copy(  # type: ignore[misc]
                update={x.comparison: start}
            ),
        )


def _groups(plan: LeafPlan, registry: Registry) -> Iterator[Option]:
    """Take a neighbour of a coalition that is named."""
    for name, given in plan.leaf.where.items():
        alone = given[0] if isinstance(given, list) and len(given) == 1 else given
        word = registry.world.names_index.coalition(alone) if isinstance(alone, str) else None
        if word not in NEIGHBOURS or word is None or plan.metric is None:
            continue
        if not plan.metric.takes_many(plan.metric.dim(name)):
            continue
        for group in NEIGHBOURS[word]:
            edit = _with_where(name, list(group))
            yield "group", " and ".join(group), edit


def _measures(plan: LeafPlan, registry: Registry) -> Iterator[Option]:
    """Take another measure of the same: a sibling of the metric, or another of its indices."""
    metric = plan.metric
    if metric is None:
        return
    for sibling in metric.siblings:
        if sibling in registry.metrics and not _has_unit(plan.leaf) and not plan.leaf.plus:
            title = registry.metrics[sibling][1].title
            yield (
                "measure",
                title,
                lambda x, sibling=sibling: x.model_copy(  # type: ignore[misc]
                    update={"metric": sibling, "unit": None}
                ),
            )
    for dim in metric.dims:
        if not dim.alternatives or dim.name not in plan.leaf.where or _has_unit(plan.leaf):
            continue
        for value in dim.values:
            if value != plan.leaf.where[dim.name]:
                yield "measure", value, _with_where(dim.name, value)


def _has_unit(leaf: Leaf) -> bool:
    """Whether a threshold is a figure in the measure's own unit, which another has not."""
    bound = getattr(leaf, leaf.comparison)
    if leaf.over is not None:
        return leaf.over.metric not in (None, leaf.metric)  # a ratio of unlike things
    if leaf.rank is not None:
        return False
    if isinstance(bound, Change):
        return not bound.relative
    if isinstance(bound, Exceeds):
        return bool(bound.plus)
    return not (isinstance(bound, float) and math.isclose(bound, 0.0))


def _with_where(name: str, value: Any) -> Edit:
    return lambda leaf: leaf.moved(**{name: value})
