"""What a comparison can come to at all: one that comes out one way whatever is read is no test.

Metrics say between which bounds a reading lies (:meth:`~multipolar.engines.Metric.limits`); what
is made of readings lies between bounds that follow from them. A part is no more than the whole
that it is part of, and what is read of everybody of a share is all of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any, TypeAlias

from multipolar.claims.comparison import Change, Exceeds, Leaf
from multipolar.claims.forms import kind_of
from multipolar.claims.kinds import PEOPLE, PURE, base_of, joined_unit, unit_size
from multipolar.engines.api.contract import UNBOUNDED, Bounds, Dimension, Metric
from multipolar.engines.api.gate import EVERYBODY
from multipolar.pipeline.asks import Term
from multipolar.world.units import factor

NOISE = 1e-9  # of a bound: the last digits say nothing
MetricOf: TypeAlias = Callable[[str], Metric]
Terms: TypeAlias = Mapping[str, Term]  # what a comparison reads, by what that is in it


def one_way(
    leaf: Leaf,
    terms: Terms,
    units: Mapping[str, str | None],
    metric_of: MetricOf,
    rows: Mapping[str, Bounds],
    rivals: int = 0,
) -> str:
    """Say why a comparison can only come out one way; nothing if it can come out either way.

    Args:
        leaf: the comparison.
        terms: what it reads, by what that is in it.
        units: the unit of each reading; None where only the reading can tell.
        metric_of: returns the metric of a name.
        rows: between what each cited evidence can lie, by its key.
        rivals: how many places there are in a rank, if that is known.
    """
    if leaf.rank is not None:
        return _of_rank(leaf, rivals)
    known = {role: unit for role, unit in units.items() if unit is not None}
    if (
        not _group(terms, "value")
        or len(known) < len(units)
        or {kind_of(u) for u in known.values()} != {"number"}
    ):
        return ""
    each = {role: _limits(term, metric_of, rows) for role, term in terms.items()}
    limits = {base: _sum_limits(leaf, terms, base, known, each) for base in _bases(terms)}

    def is_part(one: str, other: str) -> bool:
        return _is_part(_group(terms, one), _group(terms, other), metric_of)

    low, high = _measured(leaf, limits, is_part)
    ways = _outcomes(leaf, low, high, limits, is_part)
    if len(ways) != 1:
        return ""
    comes = "passes" if True in ways else "fails"
    unit = leaf.unit or (PURE if leaf.over else joined_unit("value", known)) or PURE
    told = _told(leaf, low, high, "" if unit == PURE else f" {unit}")
    return f"this {comes} whatever is read: {told}"


def _told(leaf: Leaf, low: float, high: float, unit: str) -> str:
    if leaf.exceeds or leaf.short_of or (low, high) == UNBOUNDED:
        return "one of the two is part of the other, or at the end of what it can be"
    if leaf.rises or leaf.falls:
        unit = ""  # of a change, a share of what there was
    it = "the ratio" if leaf.over else "the difference" if leaf.minus else "it"
    if low == high:
        return f"{it} is always {low:g}{unit}"
    if high == math.inf:
        return f"{it} is never below {low:g}{unit}"
    if low == -math.inf:
        return f"{it} is at most {high:g}{unit}"
    return f"{it} lies between {low:g} and {high:g}{unit}"


# What can be read ---------------------------------------------------------------------------------


def _bases(terms: Terms) -> list[str]:
    return list(dict.fromkeys(base_of(role)[0] for role in terms))


def _group(terms: Terms, base: str) -> dict[str, Term]:
    return {role: term for role, term in terms.items() if base_of(role)[0] == base}


def _sum_limits(
    leaf: Leaf,
    terms: Terms,
    base: str,
    units: Mapping[str, str],
    each: Mapping[str, Bounds],
) -> Bounds:
    """Return between what a reading lies, with all that is added to it and divides it."""
    low = high = 0.0
    for role in _group(terms, base):
        if base_of(role)[1] == PEOPLE:
            continue
        size = unit_size(leaf, role, units)
        least, most = each[role]
        low, high = low + least * size, high + most * size
    if f"{base}.{PEOPLE}" in units:  # however many they are
        return (0.0 if low >= 0 else -math.inf), (0.0 if high <= 0 else math.inf)
    return low, high


def _limits(term: Term, metric_of: MetricOf, rows: Mapping[str, Bounds]) -> Bounds:
    """Return the least and the most that is read; of all the parts of a whole, the whole."""
    if term.ask is None:
        return rows.get(str(term.evidence), UNBOUNDED)
    metric, place = metric_of(term.ask.metric), term.ask.place
    least, most = metric.limits(place)
    all_of_it = metric.part and EVERYBODY in _words(place.get(metric.part))
    return (most, most) if all_of_it else (least, most)


def _words(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


# What is made of it -------------------------------------------------------------------------------


def _measured(
    leaf: Leaf, limits: Mapping[str, Bounds], is_part: Callable[[str, str], bool]
) -> Bounds:
    """Return between what the value lies that is compared."""
    low, high = limits["value"]
    if "over" in limits:
        least, most = limits["over"]
        if low < 0 or least < 0:
            return UNBOUNDED
        low = low / most if 0 < most < math.inf else 0.0
        high = high / least if least > 0 else math.inf
        if is_part("value", "over"):
            high = min(high, 1.0)
        if is_part("over", "value"):
            low = max(low, 1.0)
        size = factor(PURE, leaf.unit) if leaf.unit else 1.0
        return low * size, high * size
    if "minus" in limits:
        least, most = limits["minus"]
        low, high = low - most, high - least
        if is_part("value", "minus"):
            high = min(high, 0.0)
        if is_part("minus", "value"):
            low = max(low, 0.0)
    return low, high


def _outcomes(
    leaf: Leaf,
    low: float,
    high: float,
    limits: Mapping[str, Bounds],
    is_part: Callable[[str, str], bool],
) -> set[bool]:
    """Return the outcomes that a comparison can have of a value between two bounds."""
    name, bound = leaf.comparison, getattr(leaf, leaf.comparison)
    if isinstance(bound, Exceeds):
        least, most = _gap(bound, low, high, limits["rival"])
        if not (leaf.over or leaf.minus) and bound.times == 1:
            most = min(most, -bound.plus) if is_part("value", "rival") else most
            least = max(least, -bound.plus) if is_part("rival", "value") else least
        return _beyond(least, most, 0.0) if name == "exceeds" else _beyond(-most, -least, 0.0)
    if isinstance(bound, Change):
        least, most = _moved(bound, low, high, limits["earlier"])
        if name == "falls":
            least, most = -most, -least
        return (_up_to if bound.by > 0 else _beyond)(least, most, bound.by)
    if name == "between" and all(isinstance(b, float) for b in bound):
        return _within(low, high, *bound)
    if name in ("equals", "differs") and isinstance(bound, float):
        found = _within(low, high, bound - leaf.within, bound + leaf.within)
        return found if name == "equals" else _negated(found)
    if not isinstance(bound, float):
        return {True, False}
    rules: Mapping[str, Callable[[], set[bool]]] = {
        "above": lambda: _beyond(low, high, bound),
        "at_least": lambda: _up_to(low, high, bound),
        "at_most": lambda: _negated(_beyond(low, high, bound)),
        "below": lambda: _negated(_up_to(low, high, bound)),
    }
    return rules[name]()


def _gap(rule: Exceeds, low: float, high: float, rival: Bounds) -> Bounds:
    """Return between what a value lies less what it is held against."""
    ends = [_times(rule.times, x) + rule.plus for x in rival]
    return low - max(ends), high - min(ends)


def _times(times: float, bound: float) -> float:
    return times * bound if times else 0.0


def _moved(rule: Change, low: float, high: float, earlier: Bounds) -> Bounds:
    """Return between what a change lies."""
    least, most = earlier
    if not rule.relative:
        return low - most, high - least
    if low < 0 or least < 0:
        return UNBOUNDED
    return (low / most if 0 < most < math.inf else 0.0) - 1, (
        high / least if least > 0 else math.inf
    ) - 1


def _beyond(low: float, high: float, bound: float) -> set[bool]:
    """Return whether what lies between two bounds can be above a third, or not, or both."""
    slack = NOISE * abs(bound)
    return {c for c, can in ((True, high > bound + slack), (False, low <= bound + slack)) if can}


def _up_to(low: float, high: float, bound: float) -> set[bool]:
    """Return the same of being at least as much."""
    slack = NOISE * abs(bound)
    return {c for c, can in ((True, high >= bound - slack), (False, low < bound - slack)) if can}


def _within(low: float, high: float, first: float, last: float) -> set[bool]:
    """Return the same of lying between two more."""
    below, above = _negated(_up_to(low, high, first)), _beyond(low, high, last)
    outside = True in below or True in above
    return {c for c, can in ((True, False in below and False in above), (False, outside)) if can}


def _negated(found: set[bool]) -> set[bool]:
    return {not c for c in found}


def _of_rank(leaf: Leaf, rivals: int) -> str:
    rule = leaf.rank
    assert rule is not None
    first = rule.at_least or 1
    last = rule.at_most or (1 if rule.at_least is None else math.inf)
    if first == 1 and last >= (rivals or math.inf):
        return "this passes whatever is read: every place is one of those"
    if rivals and first > rivals:
        return f"this fails whatever is read: there are {rivals} places"
    return ""


# Parts and wholes ---------------------------------------------------------------------------------


def _is_part(parts: Terms, wholes: Terms, metric_of: MetricOf) -> bool:
    """Say whether all that one reading adds up is part of what another does."""
    if any(base_of(role)[1] == PEOPLE for role in (*parts, *wholes)):
        return False
    return all(any(_holds(w, p, metric_of) for w in wholes.values()) for p in parts.values())


def _holds(whole: Term, part: Term, metric_of: MetricOf) -> bool:
    """Say whether a reading adds up all that another reads, and so is never less."""
    if whole.ask is None or part.ask is None or whole.scenario != part.scenario:
        return False
    if whole.ask.metric != part.ask.metric:
        return False
    metric, mine, its = metric_of(whole.ask.metric), whole.ask.place, part.ask.place
    if metric.aggregate != "sum" or min(metric.limits(mine)[0], metric.limits(its)[0]) < 0:
        return False
    share = metric.limits(mine)[1] < math.inf  # which adds up over its own parts alone
    for dim in metric.dims:
        all_, some = _codes(metric, dim, mine), _codes(metric, dim, its)
        if all_ == some:
            continue
        adds = dim.name == metric.part if share else metric.takes_many(dim) or bool(dim.groups)
        if not adds or not (all_ is None or (some is not None and some <= all_)):
            return False
    return True


def _codes(metric: Metric, dim: Dimension, place: Mapping[str, Any]) -> frozenset[Any] | None:
    """Return all that the words of a dimension stand for; None for everything there is."""
    if dim.name not in place:
        if dim.required or metric.takes_many(dim) or not dim.values:
            return None
        words: tuple[Any, ...] = dim.values[:1]
    else:
        words = _words(place[dim.name])
    if EVERYBODY in words:
        return None
    return frozenset(code for word in words for code in dim.groups.get(str(word), (word,)))


def overlaps(terms: Terms, metric_of: MetricOf) -> Iterator[tuple[str, str]]:
    """Yield the role of each reading that another one of its sum holds in part, and of that one.

    Example:
        >>> row = Term(None, "", None, "five")
        >>> list(overlaps({"value": row, "value.1": row}, lambda name: Metric(name, (), "1", "")))
        [('value.1', 'value')]
    """
    for base in _bases(terms):
        group = {r: t for r, t in _group(terms, base).items() if base_of(r)[1] != PEOPLE}
        for (first, one), (second, other) in combinations(group.items(), 2):
            if _shared(one, other, metric_of):
                yield second, first


def _shared(one: Term, other: Term, metric_of: MetricOf) -> bool:
    """Say whether two readings have something in common that a sum would count twice."""
    if one.ask is None or other.ask is None:
        return one == other
    if (one.ask.metric, one.scenario) != (other.ask.metric, other.scenario):
        return False
    metric = metric_of(one.ask.metric)
    for dim in metric.dims:
        mine, its = (_codes(metric, dim, t.ask.place) for t in (one, other) if t.ask)
        if mine is not None and its is not None and not mine & its:
            return False
    return True


__all__ = ["MetricOf", "one_way", "overlaps"]
