"""The comparisons a test can make, on numbers, dates and words."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from multipolar.claims.schema import Change, Exceeds, Leaf, Rank
from multipolar.errors import CaseError
from multipolar.text.dates import is_date, span

Value: TypeAlias = float | str
NOISE = 1e-12  # of the figures: the last digits of a sum say nothing


@dataclass(frozen=True, slots=True)
class Readings:
    """What one evaluation of a leaf reads: the value, and what some comparisons hold it against.

    ``earlier`` belongs to rises and falls, ``rival`` to exceeds and short_of, ``field`` (the
    values along a dimension, and the subject's label in it) to rank. ``errors`` are half widths of
    the values of a field, by label; those of other readings are taken by whoever varies them.
    """

    value: Value
    earlier: float | None = None
    rival: Value | None = None
    field: Mapping[str, float] | None = None
    subject: str = ""
    errors: Mapping[str, float] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome of one comparison: margin is positive where it passes, None for words."""

    passed: bool
    margin: float | None
    threshold: Value | tuple[Value, Value]
    measured: Value


# which day of a month or year is meant: (of the value, of the threshold), 0 first and 1 last
_ENDS = {"at_least": (0, 0), "at_most": (1, 1), "above": (0, 1), "below": (1, 0)}


def _days(value: str, threshold: str, ends: tuple[int, int]) -> float:
    return float((span(value)[ends[0]] - span(threshold)[ends[1]]).days)


def _like(value: Value, threshold: Value) -> Value:
    """Read a bare year (a number in YAML) as a date where it is held against one."""
    if is_date(value) and isinstance(threshold, float) and threshold.is_integer():
        year = f"{int(threshold):04d}"
        return year if is_date(year) else threshold
    return threshold


def _gap(value: Value, threshold: Value, kind: str) -> float:
    """Return value minus threshold, in days for dates."""
    threshold = _like(value, threshold)
    if is_date(value) and is_date(threshold):
        return _days(str(value), str(threshold), _ENDS[kind])
    if isinstance(value, str) or isinstance(threshold, str):
        raise _unlike(value, threshold, "ordered")
    return value - threshold


def _unlike(value: Value, threshold: Value, how: str = "held") -> CaseError:
    return CaseError(
        f"{value!r} cannot be {how} against {threshold!r}",
        hint="compare numbers with numbers and dates with dates; words take equals or differs",
    )


def _same(value: Value, threshold: Value, within: float) -> tuple[bool, float | None]:
    threshold = _like(value, threshold)
    if is_date(value) and is_date(threshold):
        a, b = span(str(value)), span(str(threshold))
        if a[0] <= b[1] and b[0] <= a[1]:
            return True, within
        apart = max((b[0] - a[1]).days, (a[0] - b[1]).days)
        return apart <= within, within - apart
    if isinstance(value, str) and isinstance(threshold, str):
        if is_date(value) or is_date(threshold):
            raise _unlike(value, threshold)
        return value.casefold() == threshold.casefold(), None
    if isinstance(value, str) or isinstance(threshold, str):
        raise _unlike(value, threshold)
    gap = abs(value - threshold)
    return gap <= max(within, 1e-9 * abs(threshold)), within - gap


def _bound(value: Value, threshold: Value, kind: str) -> Judged:
    sign = 1 if kind in ("at_least", "above") else -1
    margin = sign * _gap(value, threshold, kind)
    passed = margin >= 0 if kind in ("at_least", "at_most") else margin > 0
    return Judged(passed, margin, threshold, value)


def _between(leaf: Leaf, r: Readings) -> Judged:
    assert leaf.between is not None
    low, high = leaf.between
    margin = min(_gap(r.value, low, "at_least"), -_gap(r.value, high, "at_most"))
    return Judged(margin >= 0, margin, (low, high), r.value)


def _equals(leaf: Leaf, r: Readings) -> Judged:
    assert leaf.equals is not None
    same, margin = _same(r.value, leaf.equals, leaf.within)
    return Judged(same, margin, leaf.equals, r.value)


def _differs(leaf: Leaf, r: Readings) -> Judged:
    assert leaf.differs is not None
    same, margin = _same(r.value, leaf.differs, leaf.within)
    return Judged(not same, None if margin is None else -margin, leaf.differs, r.value)


def rank_of(subject: str, field: Mapping[str, float], *, ascending: bool) -> int:
    """Return the place of ``subject`` in ``field``, 1 for the largest; ties share the place.

    Example:
        >>> rank_of("b", {"a": 3.0, "b": 2.0, "c": 2.0}, ascending=False)
        2
    """
    own = field[subject]
    ahead = sum((v < own) if ascending else (v > own) for v in field.values())
    return ahead + 1


def places(
    subject: str, field: Mapping[str, float], errors: Mapping[str, float], *, ascending: bool
) -> tuple[int, int]:
    """Return the first and the last place ``subject`` may have within the errors of the values.

    Two values are told apart where they differ by more than the root of their squared errors.

    Example:
        >>> places("b", {"a": 3.0, "b": 2.0, "c": 1.9}, {"b": 0.2, "c": 0.2}, ascending=False)
        (2, 3)
    """
    own, slack = field[subject], errors.get(subject, 0.0)
    first, last = 1, 1
    for name, value in field.items():
        if name == subject:
            continue
        ahead = own - value if ascending else value - own
        error = math.hypot(slack, errors.get(name, 0.0))
        first += ahead > error
        # equal values share a place unless an error could part them
        last += ahead > 0 if not error else ahead >= -error
    return first, last


def _rank(leaf: Leaf, r: Readings) -> Judged:
    rule = leaf.rank
    assert rule is not None and r.field is not None
    return _placed(rule, rank_of(r.subject, r.field, ascending=rule.ascending))


def _placed(rule: Rank, place: int) -> Judged:
    if rule.at_least is not None and rule.at_most is not None:
        margin = float(min(place - rule.at_least, rule.at_most - place))
        return Judged(margin >= 0, margin, (float(rule.at_least), float(rule.at_most)), place)
    if rule.at_least is not None:
        return Judged(place >= rule.at_least, float(place - rule.at_least), rule.at_least, place)
    limit = rule.at_most if rule.at_most is not None else 1
    return Judged(place <= limit, float(limit - place), limit, place)


def _change(rule: Change, r: Readings, sign: float) -> Judged:
    if isinstance(r.value, str) or r.earlier is None:
        raise CaseError("a change needs numbers at both places")
    if rule.relative:
        moved = (r.value - r.earlier) / abs(r.earlier) if r.earlier else math.inf
        if not math.isfinite(moved):
            raise CaseError(
                "a relative change from zero is not defined", hint="set relative: false"
            )
    else:
        moved = r.value - r.earlier
    margin = sign * moved - rule.by
    # a rise of nothing is no rise: the least change counts only if it is above zero
    passed = margin >= 0 if rule.by > 0 else margin > 0
    return Judged(passed, margin, sign * rule.by, moved)


def _against(rule: Exceeds, r: Readings, sign: float) -> Judged:
    if is_date(r.value) and is_date(r.rival):
        kind = "above" if sign > 0 else "below"
        return _bound(r.value, str(r.rival), kind)
    if isinstance(r.value, str) or r.rival is None or isinstance(r.rival, str):
        raise _unlike(r.value, "nothing" if r.rival is None else r.rival)
    limit = rule.times * r.rival + rule.plus
    margin = sign * (r.value - limit)
    return Judged(margin > 0, margin, limit, r.value)


def _over_days(leaf: Leaf, r: Readings, error: float) -> Iterator[bool]:
    """Make a comparison on the days that a month, a year or an error leaves open.

    Between them it changes only at the days of what it is held against, so that these are tried.
    """
    own = _open_days(str(r.value), error)
    rival = _open_days(str(r.rival), 0.0) if is_date(r.rival) else None
    if own[0] == own[1] and (rival is None or rival[0] == rival[1]):
        return
    bound = getattr(leaf, leaf.comparison)
    bounds = bound if isinstance(bound, tuple) else (bound,)
    edges = [d for b in bounds if is_date(_dated(b)) for d in span(_dated(b))]
    near = [e + dt.timedelta(days=by) for e in edges for by in (-1, 0, 1)]
    within = dt.timedelta(days=leaf.within)
    near += [e + by for e in edges for by in (-within, within)]
    days = sorted({*own, *(d for d in near if own[0] <= d <= own[1])})
    for day, other in itertools.product(days, rival or (None,)):
        against = r.rival if other is None else other.isoformat()
        here = dataclasses.replace(r, value=day.isoformat(), rival=against)
        yield judge(leaf, here).passed


def _open_days(date: str, error: float) -> tuple[dt.date, dt.date]:
    first, last = span(date)
    return first - dt.timedelta(days=error), last + dt.timedelta(days=error)


def _dated(bound: object) -> str:
    """Return a bound as the date it is, be it a bare year."""
    return f"{bound:04.0f}" if isinstance(bound, float) else str(bound)


def close(leaf: Leaf, judged: Judged, r: Readings, error: float) -> bool:
    """Say whether a comparison is too close to call: its margin lies within the error.

    Args:
        leaf: the comparison.
        judged: what it came to.
        r: what it read, with the errors of a field.
        error: half width of the margin, in its unit.

    Example:
        >>> leaf, r = Leaf(evidence="share", below=50.0), Readings(49.97)
        >>> close(leaf, judge(leaf, r), r, error=0.05), close(leaf, judge(leaf, r), r, error=0.01)
        (True, False)
    """
    if leaf.rank is not None and r.field is not None:
        if not any(r.errors.values()):
            return False
        first, last = places(r.subject, r.field, r.errors, ascending=leaf.rank.ascending)
        found = {_placed(leaf.rank, place).passed for place in range(first, last + 1)}
        return len(found | {judged.passed}) > 1
    if is_date(r.value):
        return len({judged.passed, *_over_days(leaf, r, error)}) > 1
    if judged.margin is None:
        return False
    if leaf.comparison in ("equals", "differs") and judged.measured == judged.threshold:
        return False  # the same figure
    bounds = judged.threshold if isinstance(judged.threshold, tuple) else (judged.threshold,)
    sizes = (abs(x) for x in (judged.measured, *bounds) if isinstance(x, (int, float)))
    noise = NOISE * max(sizes, default=0.0) if judged.margin else 0.0
    return 0 < max(error, noise) >= abs(judged.margin)


def judge(leaf: Leaf, r: Readings) -> Judged:
    """Make the leaf's comparison on one set of readings.

    Raises:
        CaseError: words are ordered, a date is compared with a number, or the numbers are too
            large to hold.

    Example:
        >>> leaf = Leaf(evidence="visit-end", equals="2023-03-23")
        >>> judge(leaf, Readings("2023-03-22")).passed
        False
    """
    judged = _RULES[leaf.comparison](leaf, r)
    bounds = judged.threshold if isinstance(judged.threshold, tuple) else (judged.threshold,)
    for number in (judged.measured, judged.margin, *bounds):
        if isinstance(number, float) and not math.isfinite(number):
            raise CaseError("the numbers of the comparison are too large to hold")
    return judged


def _simple(name: str) -> Callable[[Leaf, Readings], Judged]:
    return lambda leaf, r: _bound(r.value, getattr(leaf, name), name)


def _moving(name: str, sign: float) -> Callable[[Leaf, Readings], Judged]:
    return lambda leaf, r: _change(getattr(leaf, name), r, sign)


def _rivalling(name: str, sign: float) -> Callable[[Leaf, Readings], Judged]:
    return lambda leaf, r: _against(getattr(leaf, name), r, sign)


_RULES: dict[str, Callable[[Leaf, Readings], Judged]] = {
    "at_least": _simple("at_least"),
    "at_most": _simple("at_most"),
    "above": _simple("above"),
    "below": _simple("below"),
    "between": _between,
    "equals": _equals,
    "differs": _differs,
    "rank": _rank,
    "rises": _moving("rises", 1),
    "falls": _moving("falls", -1),
    "exceeds": _rivalling("exceeds", 1),
    "short_of": _rivalling("short_of", -1),
}
