"""The content of ``verdicts.json``: a stable document other tools rely on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from multipolar.engines.api.contract import Source
from multipolar.pipeline.outlook import Outlook
from multipolar.pipeline.reasons import Code, Reason
from multipolar.pipeline.result import CaseResult, ClaimVerdict, Figure, Part, Pivot, Reconciliation
from multipolar.render import sentences
from multipolar.render.code import code
from multipolar.render.framed import framed
from multipolar.render.pivots import pivot_sentence
from multipolar.render.words import label
from multipolar.uncertainty.pivot import Box

SCHEMA = "multipolar.verdicts/1"


IN_PARTS = {Code.READ, Code.UNREAD, Code.NOTES}  # what the list of parts says itself


def document(result: CaseResult) -> dict[str, Any]:
    """Return the verdicts of a case as plain data: same case, world and seed, same content."""
    manifest = result.manifest
    return {
        "schema": SCHEMA,
        "case": result.case.case,
        "title": result.case.title,
        "as_of": result.case.as_of,
        "world": manifest["world"],
        "seed": manifest["seed"],
        "draws": manifest["draws"],
        "versions": manifest["versions"],
        "engines": manifest["engines"],
        "scenarios": manifest["scenarios"],
        "passed": [_rounded(row) for row in manifest.get("passed", ())],
        "failures": list(manifest.get("failures", ())),
        "failed_draws": list(manifest.get("failed_draws", ())),
        "counts": result.counts(),
        "grades": result.grades(),
        "bases": result.bases(),
        "claims": [_claim(v) for v in result.verdicts],
        "outlooks": [_outlook(o) for o in result.outlooks],
        "reconciliations": [_reconciliation(r) for r in result.reconciliations],
    }


def _outlook(o: Outlook) -> dict[str, Any]:
    return {
        "scenario": o.scenario.name,
        "horizon": o.scenario.horizon,
        "engine": o.engine.name,
        "basis": o.engine.basis,
        "metric": o.metric.name,
        "unit": o.metric.unit,
        "draws": o.draws,
        "failed": o.failed,
        "note": o.note,
        "countries": {
            code: {k: _rounded(getattr(band, k)) for k in ("value", "low", "high")}
            for code, band in o.bands.items()
        },
    }


def _claim(v: ClaimVerdict) -> dict[str, Any]:
    part = v.part
    claim = v.claim
    return {
        "id": claim.id,
        "source": claim.source,
        "paragraph": claim.paragraph,
        "kind": claim.kind,
        "speaker": claim.speaker,
        "topic": claim.topic,
        "horizon": claim.horizon,
        "says": claim.says,
        "verdict": v.verdict,
        "grade": v.grade,
        "label": label(v),
        "too_close": v.close,
        "in_part": v.in_part,
        "untested": list(claim.untested),
        "instead": claim.instead,
        "by_assumption": v.by_assumption,
        "evidence_grade": v.standing or None,
        "data_through": v.through or None,
        "as_of": v.as_of,
        "stale": v.stale,
        "framings": _framings(v),
        "families": [asdict(f) for f in v.families],
        "quote": claim.quote,
        "value": _rounded(part.value) if part else None,
        "unit": part.unit if part else None,
        "threshold": _rounded(part.threshold) if part else None,
        "margin": _rounded(part.margin) if part else None,
        "share": _rounded(v.share),
        "draws": v.draws,
        "failed_draws": v.failed,
        "pivot": _pivot(v.pivot) if v.pivot is not None else None,
        "engine": v.engine,
        "scenario": v.scenario,
        "basis": v.basis,
        "evidence": [_source(s) for s in v.evidence],
        "reasons": [_reason(r) for r in v.reasons if r.code not in IN_PARTS],
        "why": sentences.why(v),
        "would_settle": sentences.would_settle(v),
        "chosen": claim.chosen,
        "against": list(claim.against),
        "parts": [_part(p) for p in v.parts],
        "then": _then(v.then) if v.then is not None else None,
    }


def _framings(v: ClaimVerdict) -> dict[str, Any] | None:
    """Return in how many framings the verdict stands, and what is changed in the nearest other."""
    found = v.framings
    if found is None:
        return None
    nearest = found.nearest
    return {
        "stands": found.stands,
        "total": found.total,
        "share": _rounded(found.share),
        "says": framed(v),
        "nearest": None
        if nearest is None
        else {"part": nearest.part, "changes": [list(map(_rounded, c)) for c in nearest.changes]},
    }


def _then(v: ClaimVerdict) -> dict[str, Any]:
    """Return the verdict on what was known when the claim was written."""
    told = _claim(v)
    names = ("as_of", "verdict", "grade", "too_close", "value", "unit", "share", "data_through")
    return {name: told[name] for name in (*names, "why")}


def _reason(reason: Reason) -> dict[str, Any]:
    """Return a reason's code with its figures; the pivot stands with the claim."""
    figures = {k: v for k, v in reason.figures.items() if k != "pivot"}
    sources = [_source(s) for s in figures.pop("sources", ())]
    found = {"code": reason.code.value, **_rounded(figures)}
    return {**found, "sources": sources} if sources else found


def _pivot(pivot: Pivot) -> dict[str, Any]:
    names = ("parameter", "at", "direction", "accuracy", "unit", "description")
    found = {name: _rounded(getattr(pivot, name)) for name in names}
    if pivot.direction == "is":
        found |= {"at": sentences.turns_at(pivot), "description": sentences.turns_on(pivot)}
    turning = pivot.turning
    found["says"] = pivot_sentence(turning) if turning is not None else None
    if isinstance(turning, Box):
        found |= {name: _rounded(getattr(turning, name)) for name in ("coverage", "density")}
        bounds = [{k: getattr(b, k) for k in ("parameter", "low", "high")} for b in turning.bounds]
        found["box"] = [_rounded(b) for b in bounds]
    return found


def _part(p: Part) -> dict[str, Any]:
    return {
        "label": p.label,
        "test": code(p),
        "value": _rounded(p.value),
        "unit": p.unit,
        "threshold": _rounded(p.threshold),
        "margin": _rounded(p.margin),
        "passed": p.passed,
        "too_close": p.close,
        "error": _rounded(p.error) if math.isfinite(p.error) else None,
        "error_of": list(p.error_of),
        "failed_draws": p.failed,
        "data_through": p.through or None,
        "evidence_grade": p.grade or None,
        "basis": p.basis,
        "family": p.family or None,
        "needed": p.needed,
        "unproven": p.unproven or None,
        "gap": _reason(p.gap) if p.gap is not None else None,
        "shown": sentences.shown(p),
        "needs": sentences.needs(p),
        "note": sentences.note(p),
    }


def _source(s: Source) -> dict[str, Any]:
    return {
        "source": s.source,
        "url": s.url or None,
        "date": s.date or None,
        "value": _rounded(s.value),
        "unit": s.unit or None,
        "reading": s.reading,
        "known": s.known or None,
        "grade": s.grade or None,
        "interested": s.interested,
        "note": s.note or None,
    }


def _figure(f: Figure) -> dict[str, Any]:
    return {k: _rounded(v) for k, v in asdict(f).items()}


def _reconciliation(r: Reconciliation) -> dict[str, Any]:
    return {
        "relation": r.relation,
        "kind": r.kind,
        "question": sentences.question(r),
        "claims": list(r.claims),
        "total": _figure(r.total) if r.total else None,
        "parts": [_figure(f) for f in r.parts],
        "figures": [_figure(f) for f in r.figures],
        "gap": _rounded(r.gap),
        "says": sentences.says(r),
    }


def _rounded(value: Any) -> Any:
    """Keep ten significant digits: enough for any use, and the same on every machine."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, Mapping):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(v) for v in value]
    return float(f"{float(value):.10g}")
