"""Case -> Program: the readings each comparison needs, metrics found, names resolved, gaps said."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from multipolar.claims.kinds import PEOPLE, base_of, kind_faults
from multipolar.claims.load import Loaded, leaves, placed_leaves
from multipolar.claims.mistakes import Book
from multipolar.claims.schema import At, Change, Claim, Leaf, Per
from multipolar.engines.api import gate
from multipolar.engines.api.contract import Bounds, Metric, Source
from multipolar.engines.api.gate import EVERYBODY, laid_out, rankable
from multipolar.engines.registry import Registry
from multipolar.errors import CaseError, DataMissing, EngineMissing, MultipolarError, nearest
from multipolar.pipeline.asks import Ask, Term
from multipolar.pipeline.outlook import outlook_terms
from multipolar.pipeline.reach import MetricOf, one_way, overlaps
from multipolar.pipeline.reasons import Reason, of_fault
from multipolar.pipeline.views import Views, views_of
from multipolar.pipeline.wanted import POPULATION, Binder, Bound, Wanted, added_steps
from multipolar.policy import BASELINE, Scenario, compose, resolve
from multipolar.policy.files import Steps, spoken
from multipolar.policy.scenario import day_of, name_faults
from multipolar.text.clean import printable
from multipolar.text.dates import is_date, span
from multipolar.text.former import met

# what a reading is in a comparison, by the field that names it
_ROLES = {"over": "over", "minus": "minus", "exceeds": "rival", "short_of": "rival"}
SUMS = (EVERYBODY, "ROW", "World")  # labels of what is added up


@dataclass(frozen=True)
class LeafPlan:
    """A leaf with the terms it reads, or why it cannot be read.

    What is added to a reading, and the people it is divided by, are in ``more``: ``value.1`` and
    ``value.people`` go with ``value``. ``limits`` are the least and the most that each can be, in
    the unit of its metric. Where some reading is wrong there is a gap, and those that are right
    are ``sound``.
    """

    leaf: Leaf
    value: Term | None = None
    over: Term | None = None
    minus: Term | None = None
    earlier: Term | None = None
    rival: Term | None = None
    field: Term | None = None
    more: tuple[tuple[str, Term], ...] = ()
    subject: str = ""
    among: frozenset[str] = frozenset()
    metric: Metric | None = None
    where: tuple[tuple[str, Any], ...] = ()
    limits: Mapping[str, Bounds] = dataclasses.field(default_factory=dict)
    gap: Reason | None = None
    sound: tuple[tuple[str, Term], ...] = ()

    def roles(self) -> Mapping[str, Term]:
        """Every term the leaf reads, by what it is in the comparison."""
        return self._roles

    @cached_property
    def _roles(self) -> dict[str, Term]:
        single = {f.name: t for f in fields(self) if isinstance(t := getattr(self, f.name), Term)}
        return single | dict(self.more)

    def group(self, base: str) -> dict[str, Term]:
        """Return a reading with all that is added to it and divides it."""
        return {r: t for r, t in self.roles().items() if base_of(r)[0] == base}

    def rivals(self, along: Mapping[str, float]) -> dict[str, float]:
        """Return the values a rank is taken among: those named, or all that are one of many.

        A sum over the rest, or over everybody, is no rival.
        """
        named = self.among or {k for k in along if k == self.subject or k not in SUMS}
        return {k: v for k, v in along.items() if k in named}

    def terms(self) -> Iterator[Term]:
        """Every term the leaf reads."""
        yield from self.roles().values()


@dataclass(frozen=True)
class Program:
    """A case with every comparison bound to what it reads.

    Attributes:
        loaded: the case with its scenarios.
        claims: the comparisons of each claim's test, by its id.
        outlooks: what each scenario's outlook reads.
        views: what engines show besides, and what they ask for it at the central parameters.
    """

    loaded: Loaded
    claims: Mapping[str, tuple[LeafPlan, ...]]
    outlooks: tuple[Term, ...]
    views: Views

    def terms(self) -> Iterator[Term]:
        """Every term that is read over draws."""
        for group in self.claims.values():
            for leaf in group:
                yield from leaf.terms()
        yield from self.outlooks


def asking(loaded: Loaded, registry: Registry) -> Registry:
    """Return the registry for a case: what else is installed changes nothing in it."""
    tests = (leaf for c in loaded.case.claims for leaf in leaves(c.test))
    slots = [slot for leaf in tests for slot in leaf.slots()]
    named = {slot.metric for slot in slots if slot.metric}
    named |= {POPULATION} if any(slot.per for slot in slots) else set()
    owners = {registry.metrics[m][0].name for m in named if m in registry.metrics}
    return registry.asking({*loaded.case.engines, *owners})


def compile_case(loaded: Loaded, registry: Registry) -> Program:
    """Bind every test, so that a wrong name anywhere is said before anything is solved.

    Raises:
        CaseError: a metric, a dimension or a name is wrong: for each what, where, and the nearest
            name.

    Example:
        >>> from multipolar.claims import load_case
        >>> from multipolar.world import World
        >>> registry = Registry.default(World.load())
        >>> program = compile_case(load_case("critical-minerals-2023"), registry)
        >>> len(program.claims) == len(program.loaded.case.claims)
        True
    """
    book = Book(dict(loaded.book.spots))
    claims = bind(loaded, registry, book)
    book.refuse()
    return program_of(loaded, registry, claims)


def program_of(
    loaded: Loaded, registry: Registry, claims: Mapping[str, tuple[LeafPlan, ...]]
) -> Program:
    """Return the program of a case of which nothing is wrong."""
    views = views_of(loaded, registry)
    return Program(loaded, claims, tuple(outlook_terms(loaded, registry, views.tells)), views)


def bind(loaded: Loaded, registry: Registry, book: Book) -> dict[str, tuple[LeafPlan, ...]]:
    """Bind every comparison of a case, and note in the book all that is wrong.

    A comparison that is wrong has a gap that says why.
    """
    written = [name for kind, name in book.spots if kind == "scenario"]
    for name in dict.fromkeys((*loaded.scenarios, *written)):
        _scenario(name, loaded, registry, book)
    return {
        claim.id: tuple(
            _bound(leaf, claim, steps, loaded, registry, book)
            for steps, leaf in placed_leaves(claim.test)
        )
        for claim in loaded.case.claims
    }


def _scenario(name: str, loaded: Loaded, registry: Registry, book: Book) -> None:
    """Note what is wrong with the bases and the names of a scenario.

    Names are looked up in what is wrong otherwise, too: mistakes do not hide each other.
    """
    scenario, spot = loaded.scenarios.get(name), book.spots.get(("scenario", name))
    written = spot.value if spot is not None else None
    year = written.get("year") if isinstance(written, dict) else None
    if scenario is not None:
        year = scenario.year
        try:
            year = compose(name, loaded.scenarios).year
        except MultipolarError as fault:
            book.fault("scenario", name, ("base",), fault)
    world = registry.world.whole  # names alone
    misnamed = set()
    for n, row in _measures(scenario, written):
        since = row.get("since") or (str(year) if isinstance(year, int) else None)
        date = day_of(since) if is_date(since) else None
        for steps, wrong in name_faults(row, date, world):
            misnamed.add(n)
            book.fault("scenario", name, ("measures", n, *steps), wrong)
    if scenario is None:
        return
    for measure, origin in zip(scenario.measures, scenario.origins, strict=True):
        if origin.number - 1 in misnamed:
            continue
        alone = scenario.model_copy(update={"base": (), "measures": (measure,), "year": year})
        alone._origins = (origin,)
        try:
            resolve(alone, world)
        except MultipolarError as fault:
            field = fault.where.rpartition(": ")[2]
            more = (field,) if field in type(measure).model_fields else ()
            book.fault("scenario", name, ("measures", origin.number - 1, *more), fault)


def _measures(scenario: Scenario | None, written: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the measures of a scenario by number from 0, as written where it was read from a file.

    What is no measure at all was noted where it was read.
    """
    rows = written.get("measures") if isinstance(written, dict) else None
    if written is None and scenario is not None:
        rows = [m.model_dump(mode="json", exclude_none=True) for m in scenario.measures]
    for n, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict):
            yield n, row


def _bound(
    leaf: Leaf, claim: Claim, steps: Steps, loaded: Loaded, registry: Registry, book: Book
) -> LeafPlan:
    """Bind one comparison, or note what is wrong with it."""
    cited = {slot.evidence for slot in leaf.slots()} - {None}
    if "" in cited:
        return LeafPlan(leaf)  # nothing was left of it where it was read
    plan, faults = plan_leaf(leaf, loaded, registry)
    for more, fault in faults:
        book.fault("claim", claim.id, (*steps, *more), fault)
    # an evidence that is none was noted where it was read
    return plan if cited <= set(loaded.case.evidence) else LeafPlan(leaf)


def cited_source(loaded: Loaded, key: str) -> Source:
    """Return a case's cited evidence in the form the verdicts list it."""
    row = loaded.case.evidence[key]
    return Source(
        row.source,
        row.date,
        row.url or "",
        row.value,
        row.unit,
        row.reading,
        note=row.about(),
        known=row.known or "",
        grade=row.grade or "",
        interested=row.interested,
    )


class _Faults(list[tuple[Steps, MultipolarError]]):
    """What is wrong with a comparison, with the way to it; and why it waits, if it does."""

    gap: MultipolarError | None = None

    @contextmanager
    def at(self, *steps: str | int) -> Iterator[None]:
        """Note what is raised at a part of the comparison."""
        try:
            yield
        except (EngineMissing, DataMissing) as gap:
            self.gap = self.gap or gap
        except MultipolarError as fault:
            self.append((steps, fault))

    def note(self, steps: Steps, fault: MultipolarError) -> None:
        """Note a fault."""
        with self.at(*steps):
            raise fault


def compile_leaf(leaf: Leaf, claim: Claim, loaded: Loaded, registry: Registry) -> LeafPlan:
    """Find everything a leaf reads.

    Raises:
        CaseError: a metric, a dimension or a name is wrong: what, where, and the nearest name.
    """
    plan, faults = plan_leaf(leaf, loaded, registry)
    for steps, fault in faults:
        where = ", ".join(filter(None, (f"claim {claim.id}", spoken(steps))))
        raise CaseError(fault.what, where=where, hint=fault.hint)
    return plan


def plan_leaf(
    leaf: Leaf, loaded: Loaded, registry: Registry
) -> tuple[LeafPlan, list[tuple[Steps, MultipolarError]]]:
    """Find everything a leaf reads, and all that is wrong with it.

    Where something is, or an engine is not installed, the plan's gap says so.
    """
    faults = _Faults()
    leaf = _current(leaf, loaded, registry)
    found = _plan(leaf, loaded, registry, faults)
    stop = faults[0][1] if faults else faults.gap
    if stop is not None:
        found = LeafPlan(leaf, gap=of_fault(stop), sound=tuple(found.roles().items()))
    return found, list(faults)


def _current(leaf: Leaf, loaded: Loaded, registry: Registry) -> Leaf:
    """Return a test with dimensions under the names that they have now."""

    def now(at: Leaf | At | Change, field: str, metric: str) -> Any:
        if not (given := getattr(at, field)):
            return at
        try:
            declared = registry.find(metric, loaded.case.engines)[1]
            return at.model_copy(update={field: gate.current(declared, given, told=True)})
        except MultipolarError:
            return at  # noted where it is read

    if leaf.metric is None:
        return leaf
    found = now(leaf, "where", leaf.metric)
    more: dict[str, Any] = {}
    for role in ("over", "minus", "exceeds", "short_of"):
        at = getattr(leaf, role)
        if at is not None and at.evidence is None:
            more[role] = now(at, "where", at.metric or leaf.metric)
    more["plus"] = [
        now(at, "where", at.metric or leaf.metric) if at.evidence is None else at
        for at in leaf.plus
    ]
    for role in ("rises", "falls"):
        if (change := getattr(leaf, role)) is not None:
            more[role] = now(change, "since", leaf.metric)
    if leaf.rank is not None and leaf.metric in registry.metrics:
        of = gate.current_name(registry.metrics[leaf.metric][1], leaf.rank.of)
        if of != leaf.rank.of:
            met(leaf.rank.of, of, leaf.metric)
        more["rank"] = leaf.rank.model_copy(update={"of": of})
    found = found.model_copy(update=more)
    return found if found != leaf else leaf


def _plan(leaf: Leaf, loaded: Loaded, registry: Registry, faults: _Faults) -> LeafPlan:
    change = leaf.rises or leaf.falls
    binder = Binder(leaf, loaded, registry, faults.note)
    own, found = binder.own(), LeafPlan(leaf)
    if leaf.evidence is not None and (change or leaf.rank):
        fault = CaseError("a cited evidence has no earlier place and no rank")
        faults.append(((leaf.comparison,), fault))
    found, bound = _summed(found, "value", own, leaf.per, ("per",), binder)
    if bound and bound[0].metric is not None:
        place = tuple(bound[0].place.items())
        found = replace(found, metric=bound[0].metric, where=place)
    for name, role in _ROLES.items():
        at = getattr(leaf, name)
        if at is not None:
            per = at.per or (leaf.per if at.metric is None and at.evidence is None else None)
            steps = (name, "per") if at.per else ("per",)
            wanted = binder.other(name, at, own)
            found, _ = _summed(found, role, wanted, per, steps, binder)
    if change and leaf.metric is not None:
        before = binder.before(change, own)
        found, _ = _summed(found, "earlier", before, leaf.per, ("per",), binder)
    if leaf.rank is not None and found.metric is not None:
        with faults.at("rank"):
            if leaf.over or leaf.minus:
                raise CaseError("a rank takes no `over` and no `minus`")
            found = _with_field(found, registry, faults)
    if not faults and not faults.gap:
        _other_readings(found, faults)
    if found.earlier is not None:
        _runs_forward(found, faults)
    with faults.at(leaf.comparison):
        _words_fit(leaf, found.metric)
    found = replace(found, limits=_limits(found, registry))
    units = {r: _unit(t, loaded, registry) for r, t in found.roles().items()}
    if leaf.per is not None and f"value.{PEOPLE}" not in units:
        units.pop("value", None)  # it would be read as undivided
    wrong = kind_faults(leaf, units)
    faults.extend(wrong)
    if not wrong:
        rows = {key: row.limits for key, row in loaded.case.evidence.items()}
        _can_differ(found, units, lambda name: registry.metrics[name][1], rows, faults)
    return found


def _limits(found: LeafPlan, registry: Registry) -> dict[str, Bounds]:
    """Return between what each reading of a metric lies."""
    asks = {role: term.ask for role, term in found.roles().items() if role != "field"}
    return {
        role: registry.metrics[ask.metric][1].limits(ask.place)
        for role, ask in asks.items()
        if ask is not None
    }


def _can_differ(
    found: LeafPlan,
    units: Mapping[str, str | None],
    metric_of: MetricOf,
    rows: Mapping[str, Bounds],
    faults: _Faults,
) -> None:
    """Note a sum that counts something twice, and a comparison that only comes out one way."""
    for role, other in overlaps(found.roles(), metric_of):
        base, part = base_of(role)
        second, first = (found.roles()[r] for r in (role, other))
        what = (
            "this is added to itself"
            if first == second
            else "this is in part what the sum holds already"
        )
        steps: Steps = (base if base != "rival" else found.leaf.comparison,)
        steps = added_steps(found.leaf)[int(part) - 1] if base == "value" else steps
        faults.append((steps, CaseError(what, hint="name places that share nothing")))
    why = one_way(found.leaf, found.roles(), units, metric_of, rows, len(found.among))
    if why:
        cited = found.value is not None and found.value.ask is None
        hint = "ask for what can come out either way"
        hint += ", or write `beyond: true` where the evidence is a change" if cited else ""
        faults.append(((found.leaf.comparison,), CaseError(why, hint=hint)))


def _runs_forward(found: LeafPlan, faults: _Faults) -> None:
    """Note a change that starts after it ends."""
    assert found.earlier is not None and found.earlier.ask is not None
    if found.value is None or found.value.ask is None or found.metric is None:
        return
    before, now = found.earlier.ask.place, found.value.ask.place
    for name in (d.name for d in found.metric.dims if d.kind in ("year", "date")):
        starts, ends = _dates(before.get(name)), _dates(now.get(name))
        if not (starts and ends):
            continue
        if min(span(d)[0] for d in starts) <= max(span(d)[1] for d in ends):
            continue
        what = f"the change starts from {starts[0]}, after {ends[-1]}, where it ends"
        fault = CaseError(what, hint="since is the earlier one: change the two round")
        faults.append(((found.leaf.comparison, "since", name), fault))


def _dates(given: Any) -> list[str]:
    """Return the dates that a dimension is given, those that are any."""
    words = given if isinstance(given, tuple) else (given,)
    return [str(w) for w in words if is_date(str(w))]


def _summed(
    plan: LeafPlan,
    base: str,
    wanted: Sequence[Wanted],
    per: Per | None,
    steps: Steps,
    binder: Binder,
) -> tuple[LeafPlan, list[Bound]]:
    """Put a reading into a plan: what is added up, and the people that divide it."""
    resolved = [binder.bound(w) for w in wanted]
    bound = [b for b in resolved if b is not None]
    if not bound or len(bound) < len(resolved):
        return plan, []
    more = [(f"{base}.{k}", b.term) for k, b in enumerate(bound[1:], start=1)]
    people = binder.people(per, bound, steps) if per is not None else None
    if people is not None:
        more.append((f"{base}.{PEOPLE}", people))
    first: dict[str, Any] = {base: bound[0].term}
    return replace(plan, more=(*plan.more, *more), **first), bound


def _other_readings(found: LeafPlan, faults: _Faults) -> None:
    """Note a comparison of a reading with itself."""
    leaf, own = found.leaf, Counter(found.group("value").values())
    for role in ("over", "minus", "earlier", "rival"):
        if getattr(found, role) is None or Counter(found.group(role).values()) != own:
            continue
        tested = role != "earlier" and leaf.scenario not in (None, BASELINE.name)
        hint = "`scenario: baseline` there reads the world as it is" if tested else ""
        fault = CaseError("this compares a reading with itself", hint=hint)
        faults.append(((leaf.comparison if role in ("rival", "earlier") else role,), fault))


def _words_fit(leaf: Leaf, metric: Metric | None) -> None:
    """Refuse a word that the metric never is: it would differ from all it can be."""
    for name in ("equals", "differs"):
        word = getattr(leaf, name)
        if metric is None or not metric.words or not isinstance(word, str):
            continue
        # what is no plain word is nobody's mistake for one of them: it reads as other than all
        if word.isalpha() and word.casefold() not in {w.casefold() for w in metric.words}:
            raise CaseError(
                f"{name}: {metric.name} is never {printable(repr(word))}",
                hint=nearest(word, metric.words),
            )


def _unit(term: Term, loaded: Loaded, registry: Registry) -> str | None:
    """Return a reading's unit as far as it is known before it is read."""
    if term.evidence is not None:
        row = loaded.case.evidence.get(term.evidence)
        return row.unit if row is not None else None
    assert term.ask is not None
    return registry.metrics[term.ask.metric][1].unit_at(term.ask.place)


def _with_field(plan: LeafPlan, registry: Registry, faults: _Faults) -> LeafPlan:
    rule, metric, value = plan.leaf.rank, plan.metric, plan.value
    assert rule is not None and metric is not None and value is not None and value.ask is not None
    named: list[str] = []
    with faults.at("rank", "of"):
        dim = metric.dim(rule.of)
        for k, rival in enumerate(rule.among or ()):
            with faults.at("rank", "among", k):
                named += map(str, registry.named(metric, dim.name, [rival], plan.leaf.where))
    if faults:
        return plan
    why = rankable(metric, dim)
    if why:
        raise CaseError(why, where="rank", hint=_rank_along(metric))
    place = laid_out(metric, dict(plan.where), rule.of)
    subject = dict(plan.where).get(rule.of)
    if not isinstance(subject, str):
        given = "none" if subject is None else "a list or a coalition"
        raise CaseError(f"a rank needs one {rule.of}, not {given}", where="rank")
    if subject == EVERYBODY:
        raise CaseError("everybody has no rank", where="rank", hint=f"name one {rule.of}")
    among: set[str] = set()
    if rule.among:
        among = {subject, *named}
        if len(among) < 2:
            raise CaseError("a rank among one alone is no rank", where="rank", hint="name rivals")
    ask = Ask(metric.name, tuple(place.items()), along=rule.of)
    field = Term(value.engine, value.scenario, ask)
    return replace(plan, field=field, subject=subject, among=frozenset(among))


def _rank_along(metric: Metric) -> str:
    found = [d.name for d in metric.dims if not rankable(metric, d)]
    return f"rank along {' or '.join(found)}" if found else "compare the value itself"
