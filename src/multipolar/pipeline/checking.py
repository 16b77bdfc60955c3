"""Checking a case before it is run: all that is wrong with it, at once, and nothing solved.

A run refuses what a check refuses, in the same words.
"""

from __future__ import annotations

import datetime as dt
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
from multipolar.policy.files import Steps
from multipolar.text.dates import span
from multipolar.world.units import counts, misspelt


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
            installed and shipped ones if left out. The world is taken as it was public at the
            case's date.

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
    registry = registry if isinstance(registry, Registry) else registry(loaded)
    # whoever made the registry, nothing is known that was not public at the case's date
    public = registry.as_of(loaded.case.as_of)
    registry = asking(loaded, public.having(loaded.tables))
    claims = bind(loaded, registry, book)
    _without_echo(loaded, book)
    waiting = _read(loaded, registry, claims, book)
    _units(loaded, book)
    _dates(loaded, registry, book)
    _years(loaded, claims, book)
    _kinds(loaded, claims, book)
    check_headings(loaded, registry, claims, book)
    return Checked(loaded, registry, claims, in_order(book.mistakes), waiting)


def _without_echo(loaded: Loaded, book: Book) -> None:
    """Leave out that there is no metric of a table of the case, where the table is said wrong."""
    wrong = {name for kind, name in book.spots if kind == "table"} - set(loaded.tables)
    said = {f"no metric {name!r}" for name in wrong}
    book.mistakes[:] = [m for m in book.mistakes if m.what not in said]


def _read(
    loaded: Loaded, registry: Registry, claims: Mapping[str, tuple[LeafPlan, ...]], book: Book
) -> Counter[str]:
    """Note what tests read and nothing answers; return how many claims wait for what."""
    # what was not public yet at the case's date is nobody's mistake: a run says so
    coverage, waiting = Coverage(loaded, registry.whole), Counter[str]()
    for claim in loaded.case.claims:
        waits: set[str] = set()
        for (steps, _), plan in zip(placed_leaves(claim.test), claims[claim.id], strict=True):
            if plan.gap is not None and plan.gap.code.value == "engine not installed":
                waits.add(str(plan.gap["what"]))
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
    for name, row in loaded.case.evidence.items():
        # of what is in no unit known here it is not known whether it can be owed
        if counts(row.unit) and not isinstance(row.value, str) and row.value < 0 and not row.beyond:
            what, hint = (
                f"{row.value:g} {row.unit} is below nothing",
                "`beyond: true` says it may be",
            )
            book.add("evidence", name, ("value",), what, hint, severity="warning")


def _dates(loaded: Loaded, registry: Registry, book: Book) -> None:
    """Note dates that are yet to come where something is known since, and warn of later texts."""
    case, world = loaded.case, registry.world
    # the data tell the time where a clock does not
    today = max([dt.date.today().isoformat(), *(world.info(n).date for n in world.names)])

    def known(kind: str, name: str, steps: Steps, date: str | None, hint: str) -> bool:
        late = date is not None and span(date)[0].isoformat() > today
        if late:
            book.add(kind, name, steps, f"{date} is yet to come", hint)
        return late

    known("case", "", ("as_of",), case.as_of, "give the date to which things are known")
    for key, text in case.sources.items():
        steps = ("sources", key, "published")
        if known("case", "", steps, text.published, "give the day it came out"):
            continue
        if text.published and span(text.published)[0] > span(case.as_of)[1]:
            what = f"it came out on {text.published}, after the case's as_of, {case.as_of}"
            book.add("case", "", steps, what, "move as_of on", severity="warning")
    for key, row in case.evidence.items():
        if row.known is None:
            hint = "give `known`, the day from which on it was public"
            known("evidence", key, ("date",), row.date, hint)
        known("evidence", key, ("known",), row.known, "give the day from which on it was public")
    for claim in case.claims:
        for k, quantity in enumerate(claim.quantities):
            at: Steps = ("quantities", k, "known")
            known("claim", claim.id, at, quantity.known, "give the day it was said")


def _years(loaded: Loaded, claims: Mapping[str, tuple[LeafPlan, ...]], book: Book) -> None:
    """Warn of a test that reads another year than its claim is for, and does not say why."""
    for claim in loaded.case.claims:
        claimed = years_claimed(claim)
        if claim.chosen_year is not None or not claimed:
            continue
        for (steps, _), plan in zip(placed_leaves(claim.test), claims[claim.id], strict=True):
            read, right = years_read(plan, claim, loaded.case)
            if right or not read:
                continue
            cited = plan.value is not None and plan.value.evidence is not None
            verb = "the evidence is dated" if cited else "the test reads"
            book.add(
                "claim",
                claim.id,
                steps,
                f"the claim is for {some_of(sorted(claimed))}, and {verb} {some_of(sorted(read))}",
                "read the year that is claimed, or give the reason as chosen_year",
                severity="warning",
            )
            break  # the reason is given for all of them


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
