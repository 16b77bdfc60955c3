"""The verdict on a claim: parts combined, the 90/10 rule, the pivot and the reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from multipolar.claims.load import Loaded, leaves
from multipolar.claims.schema import Awaits, Claim, Untestable, Verdict
from multipolar.engines.api.contract import Source
from multipolar.engines.registry import Registry
from multipolar.pipeline.compile import LeafPlan, Program, cited_source
from multipolar.pipeline.parts import Evaluated, evaluate
from multipolar.pipeline.reasons import Code, Reason
from multipolar.pipeline.result import BASES, FAILS_TO, HOLDS_FROM, ClaimVerdict, Part, Pivot
from multipolar.pipeline.solve import Answers
from multipolar.text.dates import ends_after
from multipolar.uncertainty import Cut, find_pivot

MOST_CHOICES = 4096  # of sources, over the parts of a claim


def by_share(share: float) -> Verdict:
    """Apply the rule: holds in at least 90% of draws, fails at 10% or less, else depends.

    Example:
        >>> by_share(0.9), by_share(0.1), by_share(0.5)
        ('holds', 'fails', 'depends')
    """
    if share >= HOLDS_FROM:
        return "holds"
    return "fails" if share <= FAILS_TO else "depends"


def judge(program: Program, answers: Answers, registry: Registry) -> tuple[ClaimVerdict, ...]:
    """Return the verdict on every claim, in the order of the case."""
    loaded = program.loaded
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
    cited = tuple(cited_source(loaded, k) for k in claim.cites)
    match claim.test:
        case Untestable():
            return _plain(claim, "untestable", [_stated(claim.test.untestable)], [], cited)
        case Awaits():
            waits, settles = [_stated(claim.test.awaits)], [_stated(claim.test.settled_by)]
            return _plain(claim, "unresolved", waits, settles, cited)
    done = [evaluate(p, answers, p.leaf.label or _default_label(p)) for p in plans]
    verdict, share, passes = _combine(claim, done)
    if verdict == "unresolved":
        return _open(claim, done, loaded, registry, cited)
    main = _main(claim, done, verdict)
    draws = len(passes)
    # across measures, what is counted is measures: no parameter goes with them
    drawn = {} if claim.rule == "across" else _drawn(done, answers, draws)
    pivot = _pivot(claim, done, drawn, passes, registry) if verdict == "depends" else None
    parts = tuple(e.part for e in done)
    return ClaimVerdict(
        claim=claim,
        verdict=verdict,
        parts=parts,
        main=main,
        share=share,
        draws=draws,
        pivot=pivot,
        basis=_basis(parts, answers, registry),
        engine=parts[main].engine,
        scenario=parts[main].scenario,
        reasons=_reasons(claim, done, main, verdict, share, pivot),
        settles=(),
        evidence=_evidence(parts, cited),
        parameters=drawn,
        passes=passes if drawn else (),
    )


def _stated(text: str) -> Reason:
    return Reason(Code.STATED, {"text": text})


def _plain(
    claim: Claim,
    verdict: Verdict,
    reasons: Sequence[Reason],
    settles: Sequence[Reason],
    cited: tuple[Source, ...],
) -> ClaimVerdict:
    return ClaimVerdict(
        claim=claim,
        verdict=verdict,
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
    return plan.metric.description + (f" ({', '.join(chosen)})" if chosen else "")


def _combine(claim: Claim, done: Sequence[Evaluated]) -> tuple[Verdict, float, tuple[bool, ...]]:
    """Combine the parts; unread parts leave a claim open only if they could change its verdict."""
    low = _passes(claim, done, unread=False)
    high = _passes(claim, done, unread=True)
    worst, best = by_share(float(np.mean(low))), by_share(float(np.mean(high)))
    if worst != best or all(e.part.passed is None for e in done):
        return "unresolved", 0.0, ()
    known = [e for e in done if e.part.passed is not None]
    passes = low if len(known) < len(done) and worst == "fails" else high
    if claim.rule == "across":
        passes = _passes(claim, known, unread=False)
    return worst, float(np.mean(passes)), passes


def _passes(claim: Claim, done: Sequence[Evaluated], *, unread: bool) -> tuple[bool, ...]:
    columns = [np.array(e.passes if e.passes else (unread,), dtype=bool) for e in done]
    if claim.rule == "across":
        return tuple(bool(c.mean() >= 0.5) for c in columns)
    # draws go together; whose figure is taken for one part says nothing of whose for another
    grids = [c.reshape(e.choices, -1) for c, e in zip(columns, done, strict=True)]
    draws = max(g.shape[1] for g in grids)
    join = np.logical_or if claim.rule == "any" else np.logical_and
    joined = np.broadcast_to(grids[0], (len(grids[0]), draws))
    for grid in grids[1:]:
        if len(joined) * len(grid) > MOST_CHOICES:
            grid = grid[:1]  # noqa: PLW2901 - the best source alone, as within one part
        joined = join(joined[:, None, :], grid[None, :, :]).reshape(-1, draws)
    return tuple(bool(v) for v in joined.ravel())


def _main(claim: Claim, done: Sequence[Evaluated], verdict: Verdict) -> int:
    """The part that decides: the first that fails where the claim fails, else the first read."""
    for k, e in enumerate(done):
        if claim.rule == "all" and verdict == "fails" and e.part.passed is False:
            return k
        if claim.rule == "any" and verdict == "holds" and e.part.passed:
            return k
    return next((k for k, e in enumerate(done) if e.part.passed is not None), 0)


def _drawn(done: Sequence[Evaluated], answers: Answers, n: int) -> dict[str, tuple[float, ...]]:
    """The drawn parameters of every engine the parts used, one value per evaluation."""
    drawn: dict[str, tuple[float, ...]] = {}
    behind = [answers.behind(e.part.engine, e.part.scenario) for e in done if e.part.engine]
    for name in sorted({name for chain in behind for name in chain}):
        for key, values in answers.parameters.get(name, {}).items():
            drawn[f"{name}.{key}"] = tuple(float(v) for v in np.resize(values, n))
    return drawn


def _pivot(
    claim: Claim,
    done: Sequence[Evaluated],
    drawn: Mapping[str, tuple[float, ...]],
    passes: tuple[bool, ...],
    registry: Registry,
) -> Pivot | None:
    if claim.rule == "across":
        return Pivot("measure", tuple(e.part.label for e in done if e.part.passed), "is", 1.0)
    names = next((e.sources for e in done if e.sources and len(e.passes) == len(passes)), ())
    if names:
        good = [n for n, ok in zip(names, passes, strict=True) if ok]
        bad = {n for n, ok in zip(names, passes, strict=True) if not ok}
        if not bad & set(good):
            return Pivot("source", tuple(dict.fromkeys(good)), "is", 1.0)
    cut = find_pivot(drawn, passes)
    if not isinstance(cut, Cut):
        return None
    engine, _, name = cut.parameter.partition(".")
    found = registry.engines[engine].parameters(registry.world)
    about = next((p for p in found if p.name == name), None)
    unit, description = (about.unit, about.description) if about else ("", "")
    return Pivot(cut.parameter, cut.at, cut.direction, cut.accuracy, unit, description)


def _basis(parts: Sequence[Part], answers: Answers, registry: Registry) -> str:
    """The weakest basis of any engine behind any part: a chain is as strong as that."""
    behind = [answers.behind(p.engine, p.scenario) for p in parts if p.engine]
    found = ["record", *(registry.engines[name].basis for chain in behind for name in chain)]
    asked = [registry.metrics[p.metric][1].basis for p in parts if p.engine and p.metric]
    return max([*found, *(b for b in asked if b)], key=BASES.index)


def _evidence(parts: Sequence[Part], cited: tuple[Source, ...]) -> tuple[Source, ...]:
    rows = [s for p in parts for s in (*p.evidence, *p.alternatives)]
    return tuple(dict.fromkeys([*rows, *cited]))


def _reasons(
    claim: Claim,
    done: Sequence[Evaluated],
    main: int,
    verdict: Verdict,
    share: float,
    pivot: Pivot | None,
) -> tuple[Reason, ...]:
    part = done[main].part
    found = [_clause(k, e.part) for k, e in enumerate(done)]
    if len(done) > 1:
        passed = sum(bool(e.part.passed) for e in done)
        counted = {"passed": passed, "parts": len(done), "rule": claim.rule}
        found.insert(0, Reason(Code.COUNTED, counted))
    if part.alternatives:
        differ = {"sources": part.alternatives, "turns": verdict == "depends"}
        found.append(Reason(Code.SOURCES_DIFFER, differ))
    if verdict == "depends":
        found.append(_turning(share, pivot, len(done[main].passes)))
    read = (k for k, e in enumerate(done) if e.part.passed is not None)
    return (*found, *(Reason(Code.NOTES, {"part": k}) for k in read))


def _clause(k: int, part: Part) -> Reason:
    return Reason(Code.UNREAD if part.passed is None else Code.READ, {"part": k})


def _turning(share: float, pivot: Pivot | None, n: int) -> Reason:
    if pivot is None:
        return Reason(Code.NO_PIVOT, {"share": share, "draws": n})
    if pivot.direction == "is":
        return Reason(Code.TURNS_ON, {"pivot": pivot})
    return Reason(Code.TURNS, {"share": share, "draws": n, "pivot": pivot})


def _open(
    claim: Claim,
    done: Sequence[Evaluated],
    loaded: Loaded,
    registry: Registry,
    cited: tuple[Source, ...],
) -> ClaimVerdict:
    unread = [k for k, e in enumerate(done) if e.part.passed is None]
    main = unread[0]
    gaps = [gap for k in unread if (gap := done[k].part.gap) is not None]
    found = [gap for k, gap in enumerate(gaps) if gap not in gaps[:k]]
    if claim.horizon and ends_after(claim.horizon, loaded.case.as_of):
        found.append(Reason(Code.NOT_DUE, {"date": claim.horizon}))
    found += [_clause(k, e.part) for k, e in enumerate(done) if e.part.passed is not None]
    settled = {"parts": tuple(unread), "test": len(leaves(claim.test)) == 1}
    parts = tuple(e.part for e in done)
    verdict = _plain(
        claim,
        "unresolved",
        found,
        [Reason(Code.SETTLED_BY, settled)],
        _evidence(parts, cited),
    )
    return replace(
        verdict,
        parts=parts,
        main=main,
        engine=done[main].part.engine or _prefix(done[main].part),
        scenario=done[main].part.scenario,
    )


def _prefix(part: Part) -> str | None:
    return part.metric.partition(".")[0] if part.metric else None
