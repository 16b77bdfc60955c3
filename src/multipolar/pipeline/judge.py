"""The verdict on a claim: parts combined, the 90/10 rule, the pivot and the reason in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from multipolar.claims.load import Loaded, leaves
from multipolar.claims.schema import Across, All, AnyOf, Awaits, Claim, Untestable, Verdict
from multipolar.engines.api.contract import Source
from multipolar.engines.registry import Registry
from multipolar.pipeline.compile import LeafPlan, Program, cited_source
from multipolar.pipeline.parts import Evaluated, evaluate
from multipolar.pipeline.result import ClaimVerdict, Part, Pivot
from multipolar.pipeline.solve import Answers
from multipolar.text.dates import span
from multipolar.text.phrases import listing, long_date, sentence
from multipolar.uncertainty import find_pivot

MOST_CHOICES = 4096  # of sources, over the parts of a claim
HOLDS_FROM = 0.9
FAILS_TO = 0.1
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_BASES = ("record", "published", "published form, our calibration", "ours")


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
            return _plain(claim, "untestable", claim.test.untestable, None, cited)
        case Awaits():
            return _plain(claim, "unresolved", claim.test.awaits, claim.test.settled_by, cited)
    done = [evaluate(p, answers, p.leaf.label or _default_label(p)) for p in plans]
    verdict, share, passes = _combine(claim, done)
    if verdict == "unresolved":
        return _open(claim, done, loaded, registry, cited)
    main = _main(claim, done, verdict)
    draws = len(passes)
    # across measures, what is counted is measures: no parameter goes with them
    drawn = {} if isinstance(claim.test, Across) else _drawn(done, answers, draws)
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
        why=_why(claim, done, main, verdict, share, pivot),
        would_settle=None,
        evidence=_evidence(parts, cited),
        parameters=drawn,
        passes=passes if drawn else (),
    )


def _plain(
    claim: Claim, verdict: Verdict, why: str, settle: str | None, cited: tuple[Source, ...]
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
        why=sentence(why),
        would_settle=None if settle is None else sentence(settle),
        evidence=cited,
    )


def _default_label(plan: LeafPlan) -> str:
    if plan.leaf.evidence is not None:
        return "the record"
    if plan.metric is None:
        return str(plan.leaf.metric)
    # what tells two readings of one metric apart
    chosen = [f"{d.name} {plan.leaf.where[d.name]}" for d in plan.metric.dims
              if d.kind == "choice" and d.name in plan.leaf.where]  # fmt: skip
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
    if isinstance(claim.test, Across):
        passes = _passes(claim, known, unread=False)
    return worst, float(np.mean(passes)), passes


def _passes(claim: Claim, done: Sequence[Evaluated], *, unread: bool) -> tuple[bool, ...]:
    columns = [np.array(e.passes if e.passes else (unread,), dtype=bool) for e in done]
    if isinstance(claim.test, Across):
        return tuple(bool(c.mean() >= 0.5) for c in columns)
    # draws go together; whose figure is taken for one part says nothing of whose for another
    grids = [c.reshape(e.choices, -1) for c, e in zip(columns, done, strict=True)]
    draws = max(g.shape[1] for g in grids)
    join = np.logical_or if isinstance(claim.test, AnyOf) else np.logical_and
    joined = np.broadcast_to(grids[0], (len(grids[0]), draws))
    for grid in grids[1:]:
        if len(joined) * len(grid) > MOST_CHOICES:
            grid = grid[:1]  # noqa: PLW2901 - the best source alone, as within one part
        joined = join(joined[:, None, :], grid[None, :, :]).reshape(-1, draws)
    return tuple(bool(v) for v in joined.ravel())


def _main(claim: Claim, done: Sequence[Evaluated], verdict: Verdict) -> int:
    """The part that decides: the first that fails where the claim fails, else the first read."""
    for k, e in enumerate(done):
        if isinstance(claim.test, All) and verdict == "fails" and e.part.passed is False:
            return k
        if isinstance(claim.test, AnyOf) and verdict == "holds" and e.part.passed:
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
    if isinstance(claim.test, Across):
        words = listing([e.part.label for e in done if e.part.passed])
        return Pivot("measure", words, "is", 1.0, description="which measure is taken")
    names = next((e.sources for e in done if e.sources and len(e.passes) == len(passes)), ())
    if names:
        good = [n for n, ok in zip(names, passes, strict=True) if ok]
        bad = {n for n, ok in zip(names, passes, strict=True) if not ok}
        if not bad & set(good):
            words = listing(list(dict.fromkeys(good)))
            return Pivot("source", words, "is", 1.0, description="whose figure is taken")
    cut = find_pivot(drawn, passes)
    if cut is None:
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
    return max([*found, *(b for b in asked if b)], key=_BASES.index)


def _evidence(parts: Sequence[Part], cited: tuple[Source, ...]) -> tuple[Source, ...]:
    rows = [s for p in parts for s in (*p.evidence, *p.alternatives)]
    return tuple(dict.fromkeys([*rows, *cited]))


def _why(
    claim: Claim,
    done: Sequence[Evaluated],
    main: int,
    verdict: Verdict,
    share: float,
    pivot: Pivot | None,
) -> str:
    part = done[main].part
    lines = [_clause(part)]
    if len(done) > 1:
        lines = [_count(claim, done), *(_clause(e.part) for e in done)]
    if part.alternatives:
        lines.append(_sources_differ(part, verdict))
    if verdict == "depends":
        lines.append(_turning(share, pivot, len(done[main].passes)))
    said = [e.part.note for e in done if e.part.note and e.part.passed is not None]
    # parts of one engine say much the same of themselves
    notes = dict.fromkeys(s for note in said for s in _SENTENCES.split(note))
    return " ".join(sentence(t) for t in [*lines, *notes] if t)


def _clause(part: Part) -> str:
    if part.passed is None:
        return f"{part.label}: not read ({part.note.rstrip('.')})"
    return f"{part.label}: {part.shown}; the claim needs {part.needs}"


def _count(claim: Claim, done: Sequence[Evaluated]) -> str:
    n = sum(bool(e.part.passed) for e in done)
    rule = "each counts alike"
    if not isinstance(claim.test, Across):
        rule = "one has to" if isinstance(claim.test, AnyOf) else "all have to"
    return f"{n} of {len(done)} parts pass, {rule}"


def _sources_differ(part: Part, verdict: Verdict) -> str:
    others = listing(
        [
            f"{s.source} ({s.value:g})" if isinstance(s.value, float) else f"{s.source} ({s.value})"
            for s in part.alternatives
        ]
    )
    effect = "the answer turns on it" if verdict == "depends" else "the answer is the same"
    return f"another figure is given by {others}; {effect}"


def _turning(share: float, pivot: Pivot | None, n: int) -> str:
    if pivot is None:
        return f"passes in {share:.0%} of {n} draws; no single parameter explains when"
    if pivot.direction == "is":
        return f"it passes for {pivot.at} only"
    year = pivot.unit == "year"
    at = f"{pivot.at:{'.1f' if year else '.3g'}}" if isinstance(pivot.at, float) else pivot.at
    return (
        f"passes in {share:.0%} of {n} draws; it turns where {pivot.description or pivot.parameter}"
        f" is {pivot.direction} {at} {'' if year else pivot.unit}".rstrip()
        + f", a cut that sorts {pivot.accuracy:.0%} of the draws"
    )


def _open(
    claim: Claim,
    done: Sequence[Evaluated],
    loaded: Loaded,
    registry: Registry,
    cited: tuple[Source, ...],
) -> ClaimVerdict:
    gaps = list(dict.fromkeys(e.part.note.rstrip(".") for e in done if e.part.passed is None))
    due = ""
    if claim.horizon and span(claim.horizon)[1] > span(loaded.case.as_of)[1]:
        due = f"not due until {long_date(claim.horizon)}"
    read = [_clause(e.part) for e in done if e.part.passed is not None]
    tests = leaves(claim.test)
    main = next(k for k, e in enumerate(done) if e.part.passed is None)
    settle = listing([f"{e.part.label}: {e.part.needs}" for e in done if e.part.passed is None])
    verdict = _plain(
        claim,
        "unresolved",
        " ".join(sentence(t) for t in [*gaps, due, *read] if t),
        f"{settle} ({done[main].part.code})" if len(tests) == 1 else settle,
        _evidence([e.part for e in done], cited),
    )
    return replace(
        verdict,
        parts=tuple(e.part for e in done),
        main=main,
        engine=done[main].part.engine or _prefix(done[main].part),
        scenario=done[main].part.scenario,
    )


def _prefix(part: Part) -> str | None:
    return part.metric.partition(".")[0] if part.metric else None
