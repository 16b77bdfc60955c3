"""The rules of judgement: from marks to shares, from shares to a grade, families, either way.

A mark is what one evaluation of one part came to. Passed and failed are sure; the others count as
either, so that a grade stands only where it stands both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from multipolar.claims.schema import VERDICT_GRADES, Leaf, Verdict, VerdictGrade

HOLDS_FROM, FAILS_TO = 0.9, 0.1  # of the draws, or of the families
MOSTLY_FROM, MOSTLY_TO = 2 / 3, 1 / 3
ROUNDING = 1e-9  # of a share: two of three are two thirds
MOST_CHOICES = 4096  # of sources, over the parts of a claim
_SCALE: tuple[VerdictGrade, ...] = VERDICT_GRADES[:5]


class Mark(IntEnum):
    """What one evaluation came to."""

    FAIL = 0
    PASS = 1
    CLOSE = 2  # the margin lies within the error of the readings
    LOST = 3  # the draw did not solve
    UNREAD = 4  # nothing could be read


Marks = NDArray[np.int8]
# what is close, and what more data or a better solver would decide, each taken both ways
WAYS: Mapping[tuple[bool, bool], Mapping[Mark, bool]] = {
    (near, rest): {Mark.CLOSE: near, Mark.LOST: rest, Mark.UNREAD: rest}
    for near in (False, True)
    for rest in (False, True)
}


@dataclass(frozen=True, slots=True)
class Graded:
    """What the parts of a claim come to.

    Attributes:
        grade: the grade that stands.
        share: of evaluations that pass, or of families; between the two ways where some are open.
        close: whether it is too close to call: the grade hangs on margins within their error.
        undecided: whether it hangs on what could not be read or solved.
    """

    grade: VerdictGrade
    share: float
    close: bool = False
    undecided: bool = False


def grade_of(share: float) -> VerdictGrade:
    """Return the grade of a share of draws or of families that pass.

    Example:
        >>> [grade_of(s) for s in (0.95, 0.7, 0.5, 1 / 3, 0.1)]
        ['holds', 'mostly holds', 'split', 'mostly fails', 'fails']
    """
    if share >= HOLDS_FROM - ROUNDING:
        return "holds"
    if share <= FAILS_TO + ROUNDING:
        return "fails"
    if share >= MOSTLY_FROM - ROUNDING:
        return "mostly holds"
    return "mostly fails" if share <= MOSTLY_TO + ROUNDING else "split"


def verdict_of(grade: VerdictGrade) -> Verdict:
    """Return the verdict of a grade: what only mostly holds or fails depends on something.

    Example:
        >>> verdict_of("mostly holds"), verdict_of("fails")
        ('depends', 'fails')
    """
    return "depends" if grade in ("mostly holds", "split", "mostly fails") else grade  # type: ignore[return-value]


def by_share(share: float) -> Verdict:
    """Apply the rule: holds in at least 90% of draws, fails at 10% or less, else depends.

    Example:
        >>> by_share(0.9), by_share(0.1), by_share(0.5)
        ('holds', 'fails', 'depends')
    """
    return verdict_of(grade_of(share))


def at_most(grade: VerdictGrade, *, fails: bool = True) -> VerdictGrade:
    """Weaken a grade to "mostly": holding, and failing too unless ``fails`` is not set.

    Example:
        >>> at_most("holds"), at_most("fails"), at_most("fails", fails=False), at_most("split")
        ('mostly holds', 'mostly fails', 'fails', 'split')
    """
    if grade == "holds":
        return "mostly holds"
    return "mostly fails" if grade == "fails" and fails else grade


def weaker(one: VerdictGrade, other: VerdictGrade) -> VerdictGrade:
    """Return what of two grades can be said either way: the one nearer to split, or split.

    Example:
        >>> weaker("holds", "mostly holds"), weaker("holds", "fails")
        ('mostly holds', 'split')
    """
    a, b = (_SCALE.index(g) - 2 for g in (one, other))
    if a * b < 0:
        return "split"
    return _SCALE[min(a, b, key=abs) + 2]


def firmer(one: VerdictGrade, other: VerdictGrade) -> bool:
    """Say whether a grade is on the side of another, and further from split.

    Example:
        >>> firmer("fails", "mostly fails"), firmer("holds", "mostly fails")
        (True, False)
    """
    a, b = (_SCALE.index(g) - 2 for g in (one, other))
    return a * b > 0 and abs(a) > abs(b)


def filled(marks: Marks, ways: Mapping[Mark, bool]) -> NDArray[np.bool_]:
    """Return marks, of any shape, as passes of that shape; what is either is taken one way.

    Example:
        >>> marks = np.array([Mark.PASS, Mark.CLOSE, Mark.FAIL], dtype=np.int8)
        >>> filled(marks, {Mark.CLOSE: True}).tolist()
        [True, True, False]
    """
    taken = np.array([False, True, *(ways.get(Mark(k), False) for k in range(2, len(Mark)))])
    return taken[marks]


def either_way(share: Callable[[Mapping[Mark, bool]], float]) -> Graded:
    """Grade a share that is computed with what counts as either taken both ways.

    What could not be read or solved leaves a claim undecided where the verdict hangs on it. What
    is close leaves it too close to call.

    Args:
        share: of what passes, given for each mark but pass and fail whether it counts as passing.

    Example:
        >>> marks = np.array([Mark.PASS] * 9 + [Mark.LOST], dtype=np.int8)
        >>> either_way(lambda ways: float(filled(marks, ways).mean())).grade
        'holds'
        >>> close = np.array([Mark.CLOSE], dtype=np.int8)
        >>> either_way(lambda ways: float(filled(close, ways).mean())).close
        True
    """
    shares = {way: share(ways) for way, ways in WAYS.items()}
    grades = {at: grade_of(s) for at, s in shares.items()}
    middle = (min(shares.values()) + max(shares.values())) / 2
    kept = []
    for near in (False, True):
        low, high = grades[near, False], grades[near, True]
        if verdict_of(low) != verdict_of(high):
            return Graded("unresolved", middle, undecided=True)
        kept.append(weaker(low, high))
    if verdict_of(kept[0]) == verdict_of(kept[1]):
        return Graded(weaker(*kept), middle)
    return Graded(weaker(*kept), middle, close=True)


def joined(
    columns: Sequence[NDArray[np.bool_]], choices: Sequence[int], rule: str
) -> NDArray[np.bool_]:
    """Join the passes of parts that all have to pass, or of which one has to.

    Draws go together. Whose figure is taken for one part says nothing of whose for another, so
    that choices of sources are crossed, up to a limit.

    Args:
        columns: of each part, shape (choices * draws,) or (1,).
        choices: of sources, of each part.
        rule: ``all`` or ``any``.

    Returns:
        Shape (choices of all parts * draws,).
    """
    grids = [c.reshape(n, -1) for c, n in zip(columns, choices, strict=True)]
    draws = max(g.shape[1] for g in grids)
    join = np.logical_or if rule == "any" else np.logical_and
    found = np.broadcast_to(grids[0], (len(grids[0]), draws))
    for grid in grids[1:]:
        if len(found) * len(grid) > MOST_CHOICES:
            grid = grid[:1]  # noqa: PLW2901 - the best source alone, as within one part
        found = join(found[:, None, :], grid[None, :, :]).reshape(-1, draws)
    return np.asarray(found.ravel(), dtype=np.bool_)


def marks_of(passes: Callable[[Mapping[Mark, bool]], NDArray[np.bool_]]) -> Marks:
    """Return the marks, shape (evaluations,), of passes computed with either taken both ways."""
    table = {way: passes(ways) for way, ways in WAYS.items()}
    low, high = table[False, False], table[True, True]
    found = np.where(high, np.where(low, Mark.PASS, Mark.CLOSE), Mark.FAIL)
    lost = (table[False, False] != table[False, True]) | (table[True, False] != table[True, True])
    return np.where(lost, Mark.LOST, found).astype(np.int8)


def families_of(parts: Sequence[Leaf], reads: Sequence[Iterable[str]]) -> tuple[str, ...]:
    """Return the family of each part: the one it names, or that of all that read the same.

    Args:
        parts: the comparisons.
        reads: what each reads: names of metrics and of rows of evidence.

    Example:
        >>> leaves = [Leaf(metric="toy.line", above=k) for k in (1.0, 2.0)]
        >>> families_of([*leaves, Leaf(evidence="count", above=1.0)], [["m"], ["m"], ["e"]])
        ('m', 'm', 'e')
    """
    named = [leaf.family for leaf in parts]
    groups: list[tuple[set[str], set[int]]] = []
    for k, keys in enumerate(reads):
        if named[k] is not None:
            continue
        own, at = set(keys), {k}
        rest = []
        for group, members in groups:
            if group & own:
                own, at = own | group, at | members
            else:
                rest.append((group, members))
        groups = [*rest, (own, at)]
    found: dict[int, str] = {k: name for k, name in enumerate(named) if name is not None}
    for _, members in groups:
        head = min(members)
        name = next(iter(reads[head]), f"part {head + 1}")
        found |= dict.fromkeys(members, name)
    return tuple(found[k] for k in range(len(parts)))


def told_apart(said: Sequence[str]) -> tuple[int, ...]:
    """Return the places of the parts that say something new: a part said twice counts once.

    Args:
        said: what each part says, whatever names and units it is spelled in.

    Example:
        >>> told_apart(["m above 1", "n above 1", "m above 1"])
        (0, 1)
    """
    seen: dict[str, int] = {}
    for k, text in enumerate(said):
        seen.setdefault(text, k)
    return tuple(seen.values())


def family_share(
    columns: Sequence[Marks], families: Sequence[str], ways: Mapping[Mark, bool]
) -> tuple[float, dict[str, bool | None]]:
    """Return the share of families that pass, and what each comes to; None where it is split.

    A part passes where most of its evaluations do. A family passes where two thirds of its parts
    do, and fails where a third or less do. One that is split counts by half.
    """
    parts: dict[str, list[float]] = {}
    for column, family in zip(columns, families, strict=True):
        share = float(filled(column, ways).mean())
        parts.setdefault(family, []).append(0.5 if share == 0.5 else float(share > 0.5))
    found: dict[str, bool | None] = {}
    for family, passed in parts.items():
        share = float(np.mean(passed))
        passes, fails = share >= MOSTLY_FROM - ROUNDING, share <= MOSTLY_TO + ROUNDING
        found[family] = None if passes == fails else passes
    if len(found) == 1:  # one kind of measure: its parts are all there is to count
        return float(np.mean(next(iter(parts.values())))), found
    return float(np.mean([0.5 if f is None else float(f) for f in found.values()])), found
