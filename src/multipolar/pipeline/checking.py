"""Checking a case before it is run: all that is wrong with it, at once, and nothing solved.

A run refuses what a check refuses, in the same words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from multipolar.claims.load import Loaded, placed_leaves, read_case
from multipolar.claims.mistakes import Book, Mistake, in_order, refuse
from multipolar.claims.schema import Across
from multipolar.engines.registry import Registry
from multipolar.errors import MultipolarError
from multipolar.pipeline.claimed import years_claimed, years_read
from multipolar.pipeline.compile import LeafPlan, Program, asking, bind, program_of
from multipolar.pipeline.covering import WAITS, Coverage
from multipolar.pipeline.headings import check_headings
from multipolar.world.units import misspelt


@dataclass(frozen=True)
class Checked:
    """A case that was checked.

    Attributes:
        loaded: the case as far as it is right; None where there is none.
        registry: the engines it asks for; None where there is no case.
        claims: the comparisons of each claim's test, by its id.
        mistakes: errors and warnings, by file and line.
        waiting: claims that wait, by what they wait for.
    """

    loaded: Loaded | None
    registry: Registry | None
    claims: Mapping[str, tuple[LeafPlan, ...]]
    mistakes: tuple[Mistake, ...]
    waiting: Mapping[str, int]

    def ready(self) -> Ready:
        """Return the case as a run takes it.

        Raises:
            CaseMistakes: something is wrong.
        """
        refuse(self.mistakes)
        assert self.loaded is not None and self.registry is not None
        return Ready(self.loaded, self.registry, self.claims)


@dataclass(frozen=True)
class Ready:
    """A case of which nothing is wrong, with its engines and what its tests read."""

    loaded: Loaded
    registry: Registry
    claims: Mapping[str, tuple[LeafPlan, ...]]

    def program(self) -> Program:
        """Return what a run does."""
        return program_of(self.loaded, self.registry, self.claims)


def check(
    case: str | Path | Loaded, registry: Registry | Callable[[Loaded], Registry] | None = None
) -> list[Mistake]:
    """Return all that is wrong with a case, by file and line; nothing is solved.

    Args:
        case: a bundled name such as ``moscow-2023``, a folder, or a case that is loaded.
        registry: engines and world to use, or a function of the case that returns them; the
            installed and shipped ones if left out.

    Raises:
        CaseError: there is no such case.

    Example:
        >>> [m for m in check("critical-minerals-2023") if m.severity == "error"]
        []
    """
    return list(checked(case, registry).mistakes)


def checked(
    case: str | Path | Loaded, registry: Registry | Callable[[Loaded], Registry] | None = None
) -> Checked:
    """Check a case; see :func:`check`."""
    wrong: frozenset[str] = frozenset()
    if isinstance(case, Loaded):
        loaded: Loaded | None = case
        book = Book(dict(case.book.spots))
    else:
        draft = read_case(case)
        loaded, book, wrong = draft.loaded, draft.book, draft.wrong
    if loaded is None or "engines" in wrong:
        return Checked(loaded, None, {}, in_order(book.mistakes), {})
    if registry is None:
        from multipolar.world import World

        registry = Registry.default(World.load())
    registry = asking(loaded, registry if isinstance(registry, Registry) else registry(loaded))
    claims = bind(loaded, registry, book)
    waiting = _read(loaded, registry, claims, book)
    _units(loaded, book)
    _years(loaded, claims, book)
    _kinds(loaded, claims, book)
    check_headings(loaded, registry, claims, book)
    return Checked(loaded, registry, claims, in_order(book.mistakes), waiting)


def _read(
    loaded: Loaded, registry: Registry, claims: Mapping[str, tuple[LeafPlan, ...]], book: Book
) -> Counter[str]:
    """Note what tests read and nothing answers; return how many claims wait for what."""
    # what was not public yet at the case's date is nobody's mistake: a run says so
    coverage, waiting = Coverage(loaded, registry.whole), Counter[str]()
    for claim in loaded.case.claims:
        waits: set[str] = set()
        for (steps, _), plan in zip(placed_leaves(claim.test), claims[claim.id], strict=True):
            if plan.gap is not None:
                if plan.gap.code.value == "engine not installed":
                    waits.add(str(plan.gap["what"]))
                continue
            asked = {t.scenario for t in plan.terms() if t.evidence is None}
            if plan.value is None or not asked <= set(loaded.scenarios):
                continue
            for more, fault in _faults(coverage, plan):
                if isinstance(fault, WAITS):
                    waits.add(fault.what)
                else:
                    book.fault("claim", claim.id, (*steps, *more), fault)
        waiting.update(waits)
    return waiting


def _faults(
    coverage: Coverage, plan: LeafPlan
) -> list[tuple[tuple[str | int, ...], MultipolarError]]:
    try:
        return list(coverage.faults(plan))
    except MultipolarError as fault:
        return [((), fault)]


def _units(loaded: Loaded, book: Book) -> None:
    """Note units of evidence and of figures that are close to one there is, and are none."""
    rows = [("evidence", k, ("unit",), e.unit) for k, e in loaded.case.evidence.items()]
    rows += [
        ("claim", c.id, ("quantities", k, "unit"), q.unit)  # type: ignore[misc]
        for c in loaded.case.claims
        for k, q in enumerate(c.quantities)
    ]
    meant = {unit: misspelt(unit) for unit in {unit for *_, unit in rows}}
    meant = {u: m for u, m in meant.items() if m and m.rstrip("s") != u.rstrip("s")}
    for kind, name, steps, unit in rows:
        if unit in meant:
            book.add(kind, name, steps, f"no unit {unit!r}", f"did you mean {meant[unit]!r}?")


def _years(loaded: Loaded, claims: Mapping[str, tuple[LeafPlan, ...]], book: Book) -> None:
    """Warn of a test that reads another year than its claim is for, and does not say why."""
    for claim in loaded.case.claims:
        claimed = years_claimed(claim)
        if claim.chosen_year is not None or not claimed:
            continue
        odd = [
            (steps, years)
            for (steps, _), plan in zip(placed_leaves(claim.test), claims[claim.id], strict=True)
            if (years := years_read(plan)) and not years & claimed
        ]
        if odd:
            read = some_of(sorted(set().union(*(years for _, years in odd))))
            book.add(
                "claim",
                claim.id,
                odd[0][0],
                f"the claim is for {some_of(sorted(claimed))}, and the test reads {read}",
                "read the year that is claimed, or give the reason as chosen_year",
                severity="warning",
            )


def _kinds(loaded: Loaded, claims: Mapping[str, tuple[LeafPlan, ...]], book: Book) -> None:
    """Warn of a sum under ``across`` that makes one kind of measures of several."""
    for claim in loaded.case.claims:
        if not isinstance(claim.test, Across):
            continue
        placed = list(zip(placed_leaves(claim.test), claims[claim.id], strict=True))
        counted = placed[: len(claim.test.across)]
        alone = [_read_by(plan) for (_, leaf), plan in counted if not leaf.plus and not leaf.family]
        for (steps, leaf), plan in counted:
            own = _read_by(plan)
            held = {tuple(sorted(reads)) for reads in alone if reads & own}
            if leaf.plus and not leaf.family and len(held) > 1:
                what = "this sum makes one kind of measures of those that read its parts"
                hint = "name a `family` for each, or leave the sum out"
                book.add("claim", claim.id, steps, what, hint, severity="warning")


def _read_by(plan: LeafPlan) -> frozenset[str]:
    """Return the metrics and the evidence that the value of a comparison is made of."""
    terms = plan.group("value").values()
    return frozenset(t.ask.metric if t.ask is not None else str(t.evidence) for t in terms)


def some_of(years: Sequence[int]) -> str:
    """Write years in words.

    Example:
        >>> some_of([2022]), some_of([2021, 2022, 2024])
        ('2022', '2021, 2022 and 2024')
    """
    *head, last = map(str, years)
    return f"{', '.join(head)} and {last}" if head else last


__all__ = ["Checked", "check", "checked"]
