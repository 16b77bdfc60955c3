"""The verdict on a claim: parts graded, either way, by families; then what weakens the grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from multipolar.claims.load import Loaded, leaves
from multipolar.claims.schema import Awaits, Case, Claim, Untestable, VerdictGrade
from multipolar.engines.api.contract import Source
from multipolar.engines.registry import Registry
from multipolar.pipeline.beside import beside
from multipolar.pipeline.claimed import years_claimed, years_read
from multipolar.pipeline.compile import LeafPlan, Program, cited_source
from multipolar.pipeline.construction import constructed
from multipolar.pipeline.framings import framings
from multipolar.pipeline.grading import (
    MOSTLY_FROM,
    ROUNDING,
    Graded,
    Mark,
    at_most,
    verdict_of,
)
from multipolar.pipeline.parts import Evaluated, evaluate
from multipolar.pipeline.reasons import Code, Reason
from multipolar.pipeline.result import BASES, ClaimVerdict, Family, Framings, Part, Pivot
from multipolar.pipeline.solve import Answers
from multipolar.pipeline.weighing import Weighed, standing_of, through_of, without
from multipolar.text.dates import ends_after, is_date, span
from multipolar.uncertainty import Cut, find_pivot
from multipolar.uncertainty.pivot import Box, Choice

STALE_MONTHS = 18  # after which a figure says nothing of the present
WEAK = ("second-hand", "recalled")  # evidence on which a claim mostly holds at best
OURS = BASES[-1]


def judge(program: Program, answers: Answers, registry: Registry) -> tuple[ClaimVerdict, ...]:
    """Return the verdict on every claim, in the order of the case."""
    loaded, answers = program.loaded, beside(program, answers, registry)
    return tuple(
        decide(claim, program.claims[claim.id], answers, loaded, registry)
        for claim in loaded.case.claims
    )


def decide(
    claim: Claim,
    plans: Sequence[LeafPlan],
    answers: Answers,
    loaded: Loaded,
    registry: Registry,
) -> ClaimVerdict:
    """Compute the verdict on one claim from what was read."""
    as_of = loaded.case.as_of
    cited = tuple(cited_source(loaded, k) for k in claim.cites)
    match claim.test:
        case Untestable():
            found = _plain(claim, "untestable", [_stated(claim.test.untestable)], [], cited)
            return replace(found, as_of=as_of)
        case Awaits():
            waits, settles = [_stated(claim.test.awaits)], [_stated(claim.test.settled_by)]
            return replace(_plain(claim, "unresolved", waits, settles, cited), as_of=as_of)
    done = [_evaluate(p, claim, answers, loaded, registry) for p in plans]
    weighed = Weighed.of(claim, done)
    graded = weighed.graded()
    if claim.kind == "forecast" and _ahead(claim, as_of):
        ahead = zip(plans, done, strict=True)
        graded = weighed.graded(
            [k for k, (p, e) in enumerate(ahead) if _tells(p, e, claim, loaded.case)]
        )
    if graded.grade == "unresolved" or weighed.all_unread:
        return replace(_open(claim, done, loaded, registry, cited), as_of=as_of)
    framed = _framed(claim, plans, weighed, graded, answers, loaded, registry)
    other = _other_year(claim, plans, loaded.case)
    fixed = tuple(
        k
        for k, (plan, e) in enumerate(zip(plans, done, strict=True))
        if constructed(plan, e, claim, answers, loaded, registry)
    )
    found = _decided(weighed, graded, framed, fixed, answers, loaded, registry, cited)
    return replace(found, reasons=(*found.reasons, *other))


def _ahead(claim: Claim, as_of: str) -> bool:
    """Say whether a claim is for a date that has not come yet."""
    return bool(claim.horizon and ends_after(claim.horizon, as_of))


def _tells(plan: LeafPlan, e: Evaluated, claim: Claim, case: Case) -> bool:
    """Say whether a part tells anything of a date ahead: the record so far does not.

    But for a figure that is for that year, and a date that has come and passes.
    """
    if e.part.basis != "record":
        return True
    year = int(str(claim.horizon)[:4])
    if any(y >= year for y in years_read(plan, claim, case)[0]):
        return True
    value = e.part.value
    return is_date(value) and not ends_after(str(value), case.as_of) and bool(e.part.passed)


def _other_year(claim: Claim, plans: Sequence[LeafPlan], case: Case) -> tuple[Reason, ...]:
    """Say where no part of a claim reads a year that it is for."""
    claimed = years_claimed(claim)
    told = [years_read(plan, claim, case) for plan in plans]
    read = [years for years, _ in told if years]
    if not claimed or not read or any(right for _, right in told):
        return ()
    figures = {
        "claimed": tuple(sorted(claimed)),
        "read": tuple(sorted(frozenset().union(*read))),
        "text": claim.chosen_year or "",
    }
    return (Reason(Code.OTHER_YEAR, figures),)


def _framed(
    claim: Claim,
    plans: Sequence[LeafPlan],
    weighed: Weighed,
    graded: Graded,
    answers: Answers,
    loaded: Loaded,
    registry: Registry,
) -> Framings | None:
    """Count the framings of a verdict; one that draws leave open could stand in none."""
    verdict = verdict_of(graded.grade)
    if graded.close or (verdict == "depends" and not weighed.families):
        return None

    def stands(k: int, mark: Mark) -> bool:
        found = weighed.where(k, mark).graded()
        return not found.close and verdict_of(found.grade) == verdict

    return framings(claim, plans, weighed.done, answers, loaded, registry, stands)


def _evaluate(
    plan: LeafPlan, claim: Claim, answers: Answers, loaded: Loaded, registry: Registry
) -> Evaluated:
    label = plan.leaf.label or _default_label(plan)
    found = evaluate(plan, answers, label, gap=_unpublished(plan, loaded))
    basis = _basis(found.part, plan, answers, loaded, registry)
    return replace(found, part=replace(found.part, basis=basis))


def _unpublished(plan: LeafPlan, loaded: Loaded) -> Reason | None:
    """Say which cited evidence was not public yet at the date of judgement."""
    for term in plan.terms():
        if term.evidence is None:
            continue
        row = loaded.case.evidence[term.evidence]
        known = row.known or row.date
        if ends_after(known, loaded.case.as_of):
            figures = {"what": row.source, "known": known, "as_of": loaded.case.as_of}
            return Reason(Code.NOT_PUBLIC, figures)
    return None


def _decided(
    weighed: Weighed,
    graded: Graded,
    framed: Framings | None,
    fixed: tuple[int, ...],
    answers: Answers,
    loaded: Loaded,
    registry: Registry,
    cited: tuple[Source, ...],
) -> ClaimVerdict:
    claim, done, as_of = weighed.claim, weighed.done, loaded.case.as_of
    marks = weighed.evaluations()
    sure = np.flatnonzero((marks == Mark.PASS) | (marks == Mark.FAIL))
    drawn = _drawn(done, answers, len(marks)) if len(marks) else {}
    passes = tuple(bool(v) for v in marks == Mark.PASS)
    pivot, families = None, weighed.by_family()
    if verdict_of(graded.grade) == "depends" and not graded.close:
        pivot = _of_families(families) if families else _pivot(done, sure, drawn, passes, registry)
    standing = standing_of(weighed, graded)
    through = min(through_of(weighed, graded), as_of)  # what is planned runs on after it is known
    assumed = without(weighed, graded, [e.part.basis == OURS for e in done])
    one_way = without(weighed, graded, [k in fixed for k in range(len(done))])
    unproven = without(weighed, graded, [bool(e.part.unproven) for e in done])
    stale = claim.time in ("present", "trend") and _is_old(through, as_of)
    ahead = _ahead(claim, as_of) and all(e.part.basis == "record" for e in done)
    grade, weakened = _weakened(
        claim, graded.grade, standing, families, framed, unproven, ahead=ahead
    )
    parts = _placed(weighed, done)
    main = _main(claim, parts, graded.grade)
    found = ClaimVerdict(
        claim=claim,
        verdict=verdict_of(grade),
        parts=parts,
        main=main,
        share=graded.share,
        draws=len(marks) or len(done),
        pivot=pivot,
        basis=max((p.basis for p in parts), key=BASES.index),
        engine=parts[main].engine,
        scenario=parts[main].scenario,
        reasons=(),
        settles=(),
        evidence=_evidence(parts, cited),
        parameters=drawn,
        passes=passes if drawn else (),
        grade=grade,
        close=graded.close,
        failed=max(int((marks == Mark.LOST).sum()), *(p.failed for p in parts)),
        families=families,
        by_assumption=bool(assumed or one_way or claim.assumes),
        standing=standing,
        through=through,
        stale=stale,
        as_of=as_of,
        framings=framed,
    )
    extra = [*weakened]
    if assumed:
        extra.append(Reason(Code.ASSUMED, {"parts": assumed}))
    if claim.assumes or one_way:
        extra.append(Reason(Code.CONSTRUCTED, {"text": claim.assumes or "", "parts": one_way}))
    if stale:
        extra.append(Reason(Code.STALE, {"through": through, "as_of": as_of}))
    return replace(found, reasons=_reasons(found, done, graded, extra))


def _placed(weighed: Weighed, done: Sequence[Evaluated]) -> tuple[Part, ...]:
    return tuple(
        replace(e.part, family=weighed.families.get(k, ""), needed=k in weighed.need)
        for k, e in enumerate(done)
    )


def _is_old(through: str, as_of: str) -> bool:
    if not through:
        return False
    last, now = span(through)[1], span(as_of)[1]
    return (now.year - last.year) * 12 + now.month - last.month > STALE_MONTHS


def _weakened(
    claim: Claim,
    grade: VerdictGrade,
    standing: str,
    families: Sequence[Family],
    framed: Framings | None,
    unproven: tuple[int, ...],
    *,
    ahead: bool,
) -> tuple[VerdictGrade, list[Reason]]:
    """Weaken a grade by what it lacks, and say so."""
    reasons = []
    if len(families) == 1 and grade in ("holds", "fails"):
        reasons.append(Reason(Code.ONE_FAMILY, {"family": families[0].name}))
        grade = at_most(grade)
    if standing in WEAK:
        reasons.append(Reason(Code.WEAK, {"grade": standing}))
        grade = at_most(grade)
    if unproven:
        reasons.append(Reason(Code.UNPROVEN, {"parts": unproven}))
        grade = at_most(grade)
    if framed is not None and framed.share < MOSTLY_FROM - ROUNDING:
        figures = {"stands": framed.stands, "framings": framed.total}
        reasons.append(Reason(Code.FRAMED, figures))
        grade = at_most(grade)
    if ahead:
        reasons.append(Reason(Code.AHEAD, {"date": claim.horizon}))
        grade = at_most(grade)
    if claim.untested:
        reasons.append(Reason(Code.IN_PART, {"untested": tuple(claim.untested)}))
        grade = at_most(grade, fails=False)
    if claim.instead:
        reasons.append(Reason(Code.INSTEAD, {"text": claim.instead}))
        grade = at_most(grade)
    return grade, reasons


def _stated(text: str) -> Reason:
    return Reason(Code.STATED, {"text": text})


def _plain(
    claim: Claim,
    grade: VerdictGrade,
    reasons: Sequence[Reason],
    settles: Sequence[Reason],
    cited: tuple[Source, ...],
) -> ClaimVerdict:
    return ClaimVerdict(
        claim=claim,
        verdict=verdict_of(grade),
        grade=grade,
        parts=(),
        main=0,
        share=None,
        draws=0,
        pivot=None,
        basis=None,
        engine=None,
        scenario=None,
        reasons=tuple(reasons),
        settles=tuple(settles),
        evidence=cited,
    )


def _default_label(plan: LeafPlan) -> str:
    if plan.leaf.evidence is not None:
        return "the record"
    if plan.metric is None:
        return str(plan.leaf.metric)
    # what tells two readings of one metric apart
    where = plan.leaf.where
    choices = [d.name for d in plan.metric.dims if d.kind == "choice" and d.name in where]
    chosen = [f"{name} {where[name]}" for name in choices]
    own = plan.metric.description + (f" ({', '.join(chosen)})" if chosen else "")
    added = f", with {len(plan.leaf.plus)} more added" if plan.leaf.plus else ""
    return own + added + (", a head" if plan.leaf.per else "")


def _main(claim: Claim, parts: Sequence[Part], grade: VerdictGrade) -> int:
    """The part that decides: the first that fails where the claim fails, else the first read."""
    for k, part in enumerate(parts):
        if grade == "fails" and part.passed is False and (claim.rule == "all" or part.needed):
            return k
        if claim.rule == "any" and grade == "holds" and part.passed:
            return k
    return next((k for k, p in enumerate(parts) if p.passed is not None), 0)


def _drawn(done: Sequence[Evaluated], answers: Answers, n: int) -> dict[str, tuple[float, ...]]:
    """The drawn parameters of every engine the parts used, one value per evaluation."""
    drawn: dict[str, tuple[float, ...]] = {}
    behind = [answers.behind(e.part.engine, e.part.scenario) for e in done if e.part.engine]
    for name in sorted({name for chain in behind for name in chain}):
        for key, values in answers.parameters.get(name, {}).items():
            drawn[f"{name}.{key}"] = tuple(float(v) for v in np.resize(values, n))
    return drawn


def _of_families(families: Sequence[Family]) -> Pivot | None:
    """Say for which kinds of measures a claim passes, where it does for some and not for others."""
    passing = tuple(f.name for f in families if f.passes)
    failing = tuple(f.name for f in families if f.passes is False)
    if not passing or not failing:
        return None
    return Pivot("measure", passing, "is", 1.0, turning=Choice("measure", passing, failing))


def _pivot(
    done: Sequence[Evaluated],
    kept: np.ndarray,
    drawn: Mapping[str, tuple[float, ...]],
    passes: tuple[bool, ...],
    registry: Registry,
) -> Pivot | None:
    names = next((e.sources for e in done if e.sources and len(e.marks) == len(passes)), ())
    if names:
        good = [names[k] for k in kept if passes[k]]
        bad = {names[k] for k in kept if not passes[k]}
        if not bad & set(good):
            passing, failing = tuple(dict.fromkeys(good)), tuple(sorted(bad))
            turning = Choice("source", passing, failing)
            return Pivot("source", passing, "is", 1.0, turning=turning)
    told = {
        f"{engine}.{p.name}": p
        for engine in {name.partition(".")[0] for name in drawn}
        for p in registry.parameters(engine)
    }
    found = find_pivot(
        {name: [values[k] for k in kept] for name, values in drawn.items()},
        [passes[k] for k in kept],
        told,
    )
    if found is None:
        return None
    if isinstance(found, Cut):
        about = told[found.parameter]
        return Pivot(
            found.parameter,
            found.at,
            found.direction,
            found.accuracy,
            about.unit,
            about.description,
            found,
        )
    names = tuple(b.parameter for b in found.bounds)
    shares = found.density if isinstance(found, Box) else 0.0
    kind: Literal["within", "assumed"] = "within" if isinstance(found, Box) else "assumed"
    return Pivot("several parameters", names, kind, shares, turning=found)


def _basis(part: Part, plan: LeafPlan, answers: Answers, loaded: Loaded, registry: Registry) -> str:
    """The weakest basis of any engine behind a part: a chain is as strong as that.

    A figure that an engine made and that was typed as evidence has that engine's basis.
    """
    found = ["record"]
    for term in plan.terms():
        if term.engine is not None and term.ask is not None:
            behind = answers.behind(term.engine, term.scenario)
            found += [registry.engines[name].basis for name in behind]
            found.append(registry.metrics[term.ask.metric][1].basis or "record")
        elif term.evidence is not None:
            maker = loaded.case.evidence[term.evidence].made_by
            if maker is not None:
                found.append(registry.engines[maker].basis if maker in registry.engines else OURS)
    return max(found, key=BASES.index)


def _evidence(parts: Sequence[Part], cited: tuple[Source, ...]) -> tuple[Source, ...]:
    rows = [s for p in parts for s in (*p.evidence, *p.alternatives)]
    return tuple(dict.fromkeys([*rows, *cited]))


def _reasons(
    v: ClaimVerdict, done: Sequence[Evaluated], graded: Graded, extra: Sequence[Reason]
) -> tuple[Reason, ...]:
    part = v.parts[v.main]
    found = [*_counted(v), *(_clause(k, p) for k, p in enumerate(v.parts))]
    near = tuple(k for k, p in enumerate(v.parts) if p.close)
    if near:
        found.append(Reason(Code.CLOSE, {"parts": near, "turns": graded.close}))
    if v.failed:
        first = next((e.lost for e in done if e.lost), "")
        found.append(Reason(Code.LOST, {"failed": v.failed, "draws": v.draws, "text": first}))
    if part.alternatives:
        differ = {"sources": part.alternatives, "turns": _turns_on_source(v, done)}
        found.append(Reason(Code.SOURCES_DIFFER, differ))
    if verdict_of(graded.grade) == "depends" and not graded.close:
        found += _turning(v)
    read = (k for k, p in enumerate(v.parts) if p.passed is not None)
    return (*found, *extra, *(Reason(Code.NOTES, {"part": k}) for k in read))


def _counted(v: ClaimVerdict) -> list[Reason]:
    """Count the families or the parts that pass."""
    found = []
    needed = [p for p in v.parts if p.needed]
    if needed:
        passed = sum(bool(p.passed) and not p.close for p in needed)
        found.append(Reason(Code.NEEDED, {"passed": passed, "parts": len(needed)}))
    if v.families:
        passing = tuple(f.name for f in v.families if f.passes)
        split = tuple(f.name for f in v.families if f.passes is None)
        figures = {"passed": passing, "families": len(v.families), "split": split}
        found.append(Reason(Code.FAMILIES, figures))
    elif len(v.parts) > 1:
        passed = sum(bool(p.passed) for p in v.parts)
        figures = {"passed": passed, "parts": len(v.parts), "rule": v.claim.rule}
        found.append(Reason(Code.COUNTED, figures))
    return found


def _turns_on_source(v: ClaimVerdict, done: Sequence[Evaluated]) -> bool:
    """Say whether the verdict is another by whose figure is taken for the part that decides."""
    e = done[v.main]
    if not e.sources:
        return False
    blocks = e.marks.reshape(e.choices, -1)
    return len({np.bincount(b, minlength=len(Mark)).argmax() for b in blocks}) > 1


def _clause(k: int, part: Part) -> Reason:
    return Reason(Code.UNREAD if part.passed is None else Code.READ, {"part": k})


def _turning(v: ClaimVerdict) -> list[Reason]:
    """Say where the answer turns. A lone comparison without draws has nothing to turn at."""
    if v.pivot is not None and v.pivot.direction == "is":
        return [Reason(Code.TURNS_ON, {"pivot": v.pivot})]
    if v.pivot is not None:
        return [Reason(Code.TURNS, {"share": v.share, "draws": v.draws, "pivot": v.pivot})]
    if v.draws < 2 or v.families:
        return []
    return [Reason(Code.NO_PIVOT, {"share": v.share, "draws": v.draws})]


def _open(
    claim: Claim,
    done: Sequence[Evaluated],
    loaded: Loaded,
    registry: Registry,
    cited: tuple[Source, ...],
) -> ClaimVerdict:
    unread = [k for k, e in enumerate(done) if e.part.passed is None]
    main = unread[0] if unread else 0
    gaps = [gap for k in unread if (gap := done[k].part.gap) is not None]
    found = [gap for k, gap in enumerate(gaps) if gap not in gaps[:k]]
    if _ahead(claim, loaded.case.as_of):
        found.append(Reason(Code.NOT_DUE, {"date": claim.horizon}))
    found += [_clause(k, e.part) for k, e in enumerate(done) if e.part.passed is not None]
    lost = next((e for e in done if e.part.failed), None)
    if not unread and lost is not None:
        figures = {"failed": lost.part.failed, "draws": len(lost.marks), "text": lost.lost}
        found.insert(0, Reason(Code.LOST, figures))
    settled = {"parts": tuple(unread), "test": len(leaves(claim.test)) == 1}
    parts = tuple(e.part for e in done)
    verdict = _plain(
        claim,
        "unresolved",
        found,
        [Reason(Code.SETTLED_BY, settled)] if unread else [],
        _evidence(parts, cited),
    )
    return replace(
        verdict,
        parts=parts,
        main=main,
        failed=max(p.failed for p in parts),
        draws=max(len(e.marks) for e in done),
        engine=done[main].part.engine or _prefix(done[main].part),
        scenario=done[main].part.scenario,
    )


def _prefix(part: Part) -> str | None:
    return part.metric.partition(".")[0] if part.metric else None
