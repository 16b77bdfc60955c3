"""The years that a claim is for, and those that its tests read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from multipolar.claims.schema import Case, Claim
from multipolar.pipeline.compile import LeafPlan


def years_claimed(claim: Claim) -> frozenset[int]:
    """Return the years of a claim's figures, and the one that a forecast is for."""
    claimed = {q.year for q in claim.quantities if q.year is not None}
    return frozenset(claimed | ({int(claim.horizon[:4])} if claim.horizon else set()))


def years_read(plan: LeafPlan, claim: Claim, case: Case) -> tuple[frozenset[int], bool]:
    """Return the years that a comparison reads, as far as they are told, and if any is claimed.

    All its readings count: one may be held against that of the year claimed. A cited figure is of
    the year of its date, or of the one before, whose figures come out in it; what a forecast is
    held against may be of any.
    """
    timed = {"year", "date"}
    if plan.metric is not None:
        timed |= {d.name for d in plan.metric.dims if d.kind in ("year", "date")}
    found = [w for t in plan.terms() if t.ask for w in _dated(t.ask.place, timed)]
    if not found and plan.metric is not None and len(plan.metric.as_of) == len("2022"):
        found = [plan.metric.as_of]  # the one year of its table
    own = {int(w[:4]) for w in found if w[:4].isdecimal()}
    cited = set()
    if claim.horizon is None:
        rows = [case.evidence.get(t.evidence or "") for t in plan.terms()]
        cited = {int(row.date[:4]) for row in rows if row is not None}
    read = frozenset(own | cited)
    return read, bool((read | {year - 1 for year in cited}) & years_claimed(claim))


def _dated(place: Mapping[str, Any], timed: set[str]) -> Iterator[str]:
    for word in (v for k, v in place.items() if k in timed):
        yield from map(str, word if isinstance(word, tuple) else (word,))
