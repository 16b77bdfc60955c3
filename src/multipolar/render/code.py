"""A test written as one line of code, for the reader who wants to repeat it."""

from __future__ import annotations

from multipolar.claims.schema import At, Leaf, Per
from multipolar.pipeline.result import Part
from multipolar.text.phrases import place

_SIGNS = {
    "at_least": ">=",
    "at_most": "<=",
    "above": ">",
    "below": "<",
    "equals": "==",
    "differs": "!=",
}


def code(part: Part) -> str:
    """Write the comparison of a part as one line of code."""
    leaf = part.leaf
    subject = f"{leaf.metric}{place(part.where)}"
    if leaf.evidence is not None:
        subject = f"evidence[{leaf.evidence}]"
    if leaf.scenario:
        subject += f" under {leaf.scenario}"
    for added in leaf.plus:
        subject += f" + {_other(leaf, added)}"
    if leaf.plus and (leaf.per or leaf.over or leaf.minus):
        subject = f"({subject})"
    subject += _heads(leaf.per)
    for name, at in (("/", leaf.over), ("-", leaf.minus)):
        if at is not None:
            subject += f" {name} {_other(leaf, at)}"
    kind = leaf.comparison
    bound = getattr(leaf, kind)
    match kind:
        case "rank":
            low = f"{bound.at_least} <= " if bound.at_least is not None else ""
            high = f" <= {bound.at_most}" if bound.at_most is not None else ""
            default = "" if low or high else " <= 1"
            return f"{low}rank({subject}, over={bound.of}){high}{default}"
        case "rises" | "falls":
            size = f"{bound.by:g}" + (" of it" if bound.relative else "")
            return f"{subject} {kind} since {place(bound.since)} by {size}"
        case "exceeds" | "short_of":
            sign = ">" if kind == "exceeds" else "<"
            times = "" if bound.times == 1 else f"{bound.times:g} * "
            plus = "" if bound.plus == 0 else f" + {bound.plus:g}"
            return f"{subject} {sign} {times}{_other(leaf, bound)}{plus}"
        case "between":
            return f"{bound[0]} <= {subject} <= {bound[1]}"
    within = f" (within {leaf.within:g})" if leaf.within else ""
    bound = f"{bound:g}" if isinstance(bound, float) else bound
    return f"{subject} {_SIGNS[kind]} {bound}{within}"


def _other(leaf: Leaf, at: At) -> str:
    if at.evidence is not None:
        return f"evidence[{at.evidence}]"
    tail = f" under {at.scenario}" if at.scenario else ""
    if at.metric is None and leaf.plus and at not in leaf.plus:
        return f"the same{place(at.where)}{tail}"
    heads = _heads(at.per or (leaf.per if at.metric is None and at not in leaf.plus else None))
    return f"{at.metric or leaf.metric}{place(at.where)}{tail}{heads}"


def _heads(per: Per | None) -> str:
    if per is None:
        return ""
    return f" / population[{per.population}]" if per.population else " / population"
