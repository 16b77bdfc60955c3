"""What is right of a row that is wrong in parts: mistakes do not hide each other.

A validator stops at the first thing it cannot read. Here what is wrong is noted and cut, or put
under the name that was meant, and the rest is read again, until nothing more is found. What follows
from a cut is nobody's mistake: the places that were cut are returned, and nothing is said of them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from multipolar.claims.comparison import COMPARISONS
from multipolar.policy.files import Problem, Steps, problems

T = TypeVar("T", bound=BaseModel)
ROUNDS = 24  # each cuts all that is wrong so far
PARTS = ("all", "any", "across", "needs")  # lists of comparisons
READ = ("metric", "evidence", "where", "scenario", "plus", "per", "over", "minus")


def parsed(model: type[T], row: Any) -> tuple[T | None, list[Problem]]:
    """Return a row as a model has it, or what is wrong with it.

    Example:
        >>> from multipolar.claims.comparison import At
        >>> parsed(At, {"evidence": "one"})[0].evidence
        'one'
    """
    try:
        return model.model_validate(row), []
    except ValidationError as fault:
        return None, problems(fault, model)


@dataclass
class Salvaged(Generic[T]):
    """A row as far as it is right.

    Attributes:
        found: the row with stand-ins for what is wrong; None where nothing is left of it.
        wrong: what was found wrong.
        cut: the places for which something else stands.
    """

    found: T | None
    wrong: list[Problem]
    cut: set[Steps] = field(default_factory=set)


def salvaged(model: type[T], row: Any, stand_in: Callable[[Steps], Any]) -> Salvaged[T]:
    """Return what is right of a row, with all that is wrong with it.

    Args:
        model: what the row should be.
        row: what was written.
        stand_in: what stands at a place for what was cut there; None where nothing has to.

    Example:
        >>> from multipolar.claims.comparison import At
        >>> row = {"evidnce": "one", "error": "much", "plus": 2}
        >>> got = salvaged(At, row, lambda steps: None)
        >>> [p.what for p in got.wrong], got.found.evidence
        (["no field 'evidnce'", "no field 'error'", "no field 'plus'"], 'one')
    """
    found, fresh = parsed(model, row)
    got = Salvaged(found, list(fresh))
    if found is not None or not isinstance(row, dict):
        return got
    kept: dict[str, Any] | None = copy.deepcopy(row)
    for _ in range(ROUNDS):
        done: set[Steps] = set()
        for problem in fresh:
            if not any(problem.steps[: len(c)] == c for c in done):
                kept = _mended(kept, problem, got.cut, done, stand_in)
        if kept is None:
            return got
        got.found, fresh = parsed(model, kept)
        got.wrong += [p for p in fresh if not _follows(p.steps, got.cut)]
        if got.found is not None:
            break
    return got


def _follows(steps: Steps, cut: set[Steps]) -> bool:
    """Say whether something is wrong at a place only because of what was cut there or within."""
    return any(c[: len(steps)] == steps or steps[: len(c)] == c for c in cut)


def _mended(
    row: Any,
    problem: Problem,
    cut: set[Steps],
    done: set[Steps],
    stand_in: Callable[[Steps], Any],
) -> dict[str, Any] | None:
    """Return a row without what is wrong at a place; None if that is all of it."""
    if row is None or not problem.steps:
        return None
    *way, last = steps = problem.steps
    owner = _within(row, way)
    if isinstance(owner, dict) and problem.meant and problem.meant not in owner:
        owner[problem.meant] = owner.pop(last)
        return row  # type: ignore[no-any-return]
    # what was cut before and is still wrong goes with what it is in
    while steps and (steps in cut or not _cuts(row, steps, stand_in)):
        cut.add(steps)
        steps = steps[:-1]
    cut.add(steps)
    done.add(steps)
    return row if steps else None


def leaf_of(steps: Steps) -> Steps | None:
    """Return the way to the comparison of a claim that a place is in; None if it is in none.

    Example:
        >>> leaf_of(("test", "above")), leaf_of(("test", "all", 1, "unit")), leaf_of(("test",))
        (('test',), ('test', 'all', 1), None)
    """
    if steps[:1] != ("test",) or len(steps) < 2:
        return None
    if steps[1] not in PARTS:
        return steps[:1]
    return steps[:3] if len(steps) > 3 else None


def _within(row: Any, way: Sequence[str | int]) -> Any:
    """Return what stands at a place, in lists under names counted through; None if nothing."""
    for step in way:
        key = _key(row, step)
        if key is None:
            return None
        for k in key:
            row = row[k]
    return row


def _key(here: Any, step: str | int) -> tuple[Any, ...] | None:
    """Return what leads from a part to another."""
    if isinstance(step, int) and isinstance(here, dict):
        flat = [
            (n, k) if isinstance(own, list) else (n,)
            for n, own in here.items()
            for k in range(len(own) if isinstance(own, list) else 1)
        ]
        return flat[step] if step < len(flat) else None
    if isinstance(here, dict):
        return (step,) if step in here else None
    if isinstance(here, list) and isinstance(step, int):
        return (step,) if step < len(here) else None
    return None


def _cuts(row: Any, steps: Steps, stand_in: Callable[[Steps], Any]) -> bool:
    """Cut what stands at a place, and put there what has to; return False if that cannot be."""
    *way, last = steps
    owner, instead = _within(row, way), stand_in(steps)
    if isinstance(owner, dict) and isinstance(last, str):
        owner.pop(last, None)
        if instead is not None:
            owner[last] = instead
        elif leaf_of(steps) == tuple(way) and not any(c in owner for c in COMPARISONS):
            owner["at_least"] = 0.0  # a test compares something
        return True
    key = _key(owner, last)
    if key is None or instead is None:
        return False
    for k in key[:-1]:
        owner = owner[k]
    owner[key[-1]] = instead
    return True


def unsaid(cut: set[Steps]) -> Iterator[Steps]:
    """Yield the places of a claim of which nothing is said: cut, or read wrongly for a cut.

    Example:
        >>> sorted(unsaid({("test", "over")}))[:2], list(unsaid({("topic",)}))
        ([('test', 'above'), ('test', 'at_least')], [('topic',)])
    """
    for steps in cut:
        yield steps
        leaf = leaf_of(steps)
        if leaf is None:
            continue
        name = steps[len(leaf)]
        if name in COMPARISONS:
            yield (*leaf, "at_least")
        if name in READ:  # another thing is compared
            yield from ((*leaf, c) for c in ("unit", *COMPARISONS))


__all__ = ["PARTS", "Salvaged", "leaf_of", "parsed", "salvaged", "unsaid"]
