"""The years that a claim is for, and those that its tests read."""

from __future__ import annotations

from multipolar.claims.schema import Claim
from multipolar.pipeline.compile import LeafPlan


def years_claimed(claim: Claim) -> frozenset[int]:
    """Return the years of a claim's figures, and the one that a forecast is for."""
    claimed = {q.year for q in claim.quantities if q.year is not None}
    return frozenset(claimed | ({int(claim.horizon[:4])} if claim.horizon else set()))


def years_read(plan: LeafPlan) -> frozenset[int]:
    """Return the years that the value of a comparison is of, as far as its place says."""
    if plan.metric is None:
        return frozenset()
    timed = [d.name for d in plan.metric.dims if d.kind in ("year", "date")]
    found = [v for k, v in plan.where if k in timed]
    words = [w for v in found for w in (v if isinstance(v, tuple) else (v,))]
    if not timed and len(plan.metric.as_of) == len("2022"):
        words = [plan.metric.as_of]  # the one year of its table
    return frozenset(int(str(w)[:4]) for w in words if str(w)[:4].isdecimal())
