"""The parts of a claim weighed: which count, how they make a grade, and what it hangs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from multipolar.claims.schema import Across, Claim
from multipolar.engines.api.contract import GRADES
from multipolar.pipeline.grading import (
    WAYS,
    Graded,
    Mark,
    Marks,
    either_way,
    families_of,
    family_share,
    filled,
    firmer,
    joined,
    marks_of,
    told_apart,
    verdict_of,
)
from multipolar.pipeline.parts import Evaluated
from multipolar.pipeline.result import Family


@dataclass(frozen=True)
class Weighed:
    """The parts of a claim with how they make its verdict.

    ``need`` holds the places of the parts that have to pass beside those that are counted by
    ``families``; a part that says again what another said is in none.
    """

    claim: Claim
    done: Sequence[Evaluated]
    parts: tuple[int, ...]
    need: tuple[int, ...]
    families: Mapping[int, str]

    @classmethod
    def of(cls, claim: Claim, done: Sequence[Evaluated]) -> Weighed:
        """Sort the parts of a claim."""
        said, test = [e.said or _written(e) for e in done], claim.test
        if not isinstance(test, Across):
            return cls(claim, done, told_apart(said), (), {})
        n = len(test.across)
        counted, need = told_apart(said[:n]), tuple(n + k for k in told_apart(said[n:]))
        names = families_of([done[k].part.leaf for k in counted], [done[k].reads for k in counted])
        families = _named(done, dict(zip(counted, names, strict=True)))
        return cls(claim, done, counted, need, families)

    def where(self, k: int, mark: Mark) -> Weighed:
        """Return the same parts, with another outcome of one of them."""
        done = list(self.done)
        done[k] = replace(done[k], marks=np.array([mark], dtype=np.int8), choices=1)
        return replace(self, done=done)

    @property
    def all_unread(self) -> bool:
        """Whether nothing was read at all."""
        return all(e.part.passed is None for e in self.done)

    def graded(self, kept: Sequence[int] | None = None) -> Graded:
        """Grade the claim, or what it comes to on some of its parts alone.

        Where measures are counted the others are left out; else they count as either.
        """
        marks = {k: self._marks(k, kept) for k in (*self.parts, *self.need)}
        if not self.families:
            return either_way(lambda ways: float(self._joined(marks, ways).mean()))
        counted = [k for k in self.parts if kept is None or k in kept] or list(self.parts)
        need = [marks[k] for k in self.need]

        def share(ways: Mapping[Mark, bool]) -> float:
            columns, names = [marks[k] for k in counted], [self.families[k] for k in counted]
            found, _ = family_share(columns, names, ways)
            if need:
                needed = joined([filled(m, ways) for m in need], [1] * len(need), "all")
                found = min(found, float(needed.mean()))
            return found

        return either_way(share)

    def _marks(self, k: int, kept: Sequence[int] | None) -> Marks:
        if kept is None or k in kept:
            return self.done[k].marks
        return np.array([Mark.UNREAD], dtype=np.int8)

    def _joined(self, marks: Mapping[int, Marks], ways: Mapping[Mark, bool]) -> NDArray[np.bool_]:
        columns = [filled(marks[k], ways) for k in self.parts]
        choices = [self.done[k].choices if len(marks[k]) > 1 else 1 for k in self.parts]
        return joined(columns, choices, self.claim.rule or "all")

    def evaluations(self) -> Marks:
        """Return the claim's marks, shape (evaluations,); none where measures are counted."""
        if self.families:
            return np.array([], dtype=np.int8)
        marks = {k: self.done[k].marks for k in self.parts}
        return marks_of(lambda ways: self._joined(marks, ways))

    def by_family(self) -> tuple[Family, ...]:
        """Return what each family of measures comes to, in the order of its first part."""
        if not self.families:
            return ()
        columns, names = [self.done[k].marks for k in self.parts], list(self.families.values())
        (_, low), (_, high) = (family_share(columns, names, WAYS[w, w]) for w in (False, True))
        found = []
        for name in low:
            own = [self.done[k].part for k in self.parts if self.families[k] == name]
            passed = sum(bool(p.passed) and not p.close for p in own)
            sure = low[name] if low[name] == high[name] else None
            found.append(Family(name, passed, len(own), sure))
        return tuple(found)


def stands_on(weighed: Weighed, graded: Graded, wanted: Sequence[bool]) -> bool:
    """Say whether the verdict stands on some of the parts alone: as firmly, and on its side."""
    kept = [k for k, yes in enumerate(wanted) if yes]
    if len(kept) == len(weighed.done):
        return True
    if not kept:
        return False
    families = {f for k, f in weighed.families.items() if k in kept}
    if len(families) == 1 and len(set(weighed.families.values())) > 1:
        return False  # measures of one kind alone decide nothing that several kinds are asked of
    found = weighed.graded(kept)
    if found.undecided or found.close != graded.close:
        return False
    return verdict_of(found.grade) == verdict_of(graded.grade) or firmer(found.grade, graded.grade)


def standing_of(weighed: Weighed, graded: Graded) -> str:
    """Return the grade of the evidence that the verdict cannot do without."""
    own = [e.part.grade for e in weighed.done]
    for rung, grade in enumerate(GRADES):
        # what has no grade of its own, a table or a model, is no weaker than an official series
        good = [not g or GRADES.index(g) <= rung for g in own]
        if any(good) and stands_on(weighed, graded, good):
            return grade if any(own) else ""
    return ""


def through_of(weighed: Weighed, graded: Graded) -> str:
    """Return the latest date through which figures run that decide alone."""
    own = [e.part.through for e in weighed.done]
    dates = sorted({d for d in own if d}, reverse=True)
    for date in dates:
        if stands_on(weighed, graded, [not d or d >= date for d in own]):
            return date
    return dates[-1] if dates else ""


def without(weighed: Weighed, graded: Graded, taken: Sequence[bool]) -> tuple[int, ...]:
    """Return the parts among those taken if the verdict does not stand on the others alone."""
    own = [t and e.part.passed is not None for t, e in zip(taken, weighed.done, strict=True)]
    if not any(own) or stands_on(weighed, graded, [not t for t in own]):
        return ()
    return tuple(k for k, t in enumerate(own) if t)


def _named(done: Sequence[Evaluated], families: Mapping[int, str]) -> dict[int, str]:
    """Call a family that has no name of its own by the label of its first part."""
    heads: dict[str, str] = {}
    for k, key in families.items():
        part = done[k].part
        name = key if part.leaf.family is not None else part.label
        if key not in heads:
            heads[key] = name if name not in heads.values() else f"{name} ({k + 1})"
    return {k: heads[key] for k, key in families.items()}


def _written(e: Evaluated) -> str:
    return e.part.leaf.model_dump_json(exclude={"label", "family"}, exclude_defaults=True)
