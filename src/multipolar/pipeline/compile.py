"""Case -> Program: the readings each comparison needs, metrics found, names resolved, gaps said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from multipolar.claims.kinds import check_kinds
from multipolar.claims.load import Loaded, leaves
from multipolar.claims.schema import At, Change, Claim, Leaf
from multipolar.engines.api import gate
from multipolar.engines.api.contract import Metric, Source
from multipolar.engines.api.gate import EVERYBODY, laid_out, rankable
from multipolar.engines.registry import Registry
from multipolar.errors import CaseError, DataMissing, EngineMissing, MultipolarError, nearest
from multipolar.pipeline.asks import Ask, Term
from multipolar.pipeline.outlook import outlook_terms
from multipolar.pipeline.reasons import Reason, of_fault
from multipolar.pipeline.views import Views, views_of
from multipolar.policy import BASELINE, compose, resolve
from multipolar.text.clean import printable
from multipolar.text.former import met

_ROLES = {"over": "over", "minus": "minus", "earlier": "since", "rival": "the other reading"}


SUMS = (EVERYBODY, "ROW", "World")  # labels of what is added up


@dataclass(frozen=True)
class LeafPlan:
    """A leaf with the terms it reads, or why it cannot be read."""

    leaf: Leaf
    value: Term | None = None
    over: Term | None = None
    minus: Term | None = None
    earlier: Term | None = None
    rival: Term | None = None
    field: Term | None = None
    subject: str = ""
    among: frozenset[str] = frozenset()
    metric: Metric | None = None
    where: tuple[tuple[str, Any], ...] = ()
    gap: Reason | None = None

    def roles(self) -> dict[str, Term]:
        """Every term the leaf reads, by what it is in the comparison."""
        return {f.name: t for f in fields(self) if isinstance(t := getattr(self, f.name), Term)}

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
    named = {slot.metric for leaf in tests for slot in leaf.slots() if slot.metric}
    owners = {registry.metrics[m][0].name for m in named if m in registry.metrics}
    return registry.asking({*loaded.case.engines, *owners})


def compile_case(loaded: Loaded, registry: Registry) -> Program:
    """Bind every test, so that a wrong name anywhere is said before anything is solved.

    Raises:
        CaseError: a metric, a dimension or a name is wrong: what, where, and the nearest name.

    Example:
        >>> from multipolar.claims import load_case
        >>> from multipolar.world import World
        >>> registry = Registry.default(World.load())
        >>> program = compile_case(load_case("critical-minerals-2023"), registry)
        >>> len(program.claims) == len(program.loaded.case.claims)
        True
    """
    for scenario in loaded.scenarios.values():
        resolve(compose(scenario.name, loaded.scenarios), registry.world.whole)  # names alone
    claims = {
        claim.id: tuple(compile_leaf(leaf, claim, loaded, registry) for leaf in leaves(claim.test))
        for claim in loaded.case.claims
    }
    views = views_of(loaded, registry)
    return Program(loaded, claims, tuple(outlook_terms(loaded, registry, views.tells)), views)


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
        note=row.says,
        known=row.known or "",
        grade=row.grade or "",
        interested=row.interested,
    )


def compile_leaf(leaf: Leaf, claim: Claim, loaded: Loaded, registry: Registry) -> LeafPlan:
    """Find everything a leaf reads.

    Raises:
        CaseError: a metric, a dimension or a name is wrong: what, where, and the nearest name.
    """
    try:
        return _plan(leaf, loaded, registry)
    except (EngineMissing, DataMissing) as gap:
        return LeafPlan(leaf, gap=of_fault(gap))
    except MultipolarError as fault:
        raise CaseError(
            fault.what, where=f"claim {claim.id}: {fault.where}".rstrip(": "), hint=fault.hint
        ) from None


def _current(leaf: Leaf, loaded: Loaded, registry: Registry) -> Leaf:
    """Return a test with dimensions under the names that they have now."""

    def now(at: Leaf | At | Change, field: str, metric: str) -> Any:
        declared = registry.find(metric, loaded.case.engines)[1]
        if not (given := getattr(at, field)):
            return at
        return at.model_copy(update={field: gate.current(declared, given, told=True)})

    if leaf.metric is None:
        return leaf
    found = now(leaf, "where", leaf.metric)
    more: dict[str, Any] = {}
    for role in ("over", "minus", "exceeds", "short_of"):
        at = getattr(leaf, role)
        if at is not None and at.evidence is None:
            more[role] = now(at, "where", at.metric or leaf.metric)
    for role in ("rises", "falls"):
        if (change := getattr(leaf, role)) is not None:
            more[role] = now(change, "since", leaf.metric)
    if leaf.rank is not None:
        of = gate.current_name(registry.find(leaf.metric)[1], leaf.rank.of)
        if of != leaf.rank.of:
            met(leaf.rank.of, of, leaf.metric)
        more["rank"] = leaf.rank.model_copy(update={"of": of})
    found = found.model_copy(update=more)
    return found if found != leaf else leaf


def _plan(leaf: Leaf, loaded: Loaded, registry: Registry) -> LeafPlan:
    leaf = _current(leaf, loaded, registry)
    at = leaf.over or leaf.minus
    rival = leaf.exceeds or leaf.short_of
    change = leaf.rises or leaf.falls
    if leaf.evidence is not None:
        if change or leaf.rank:
            raise CaseError("a cited evidence has no earlier place and no rank", where="test")
        value: Term = Term(None, "", None, leaf.evidence)
        metric: Metric | None = None
        where: tuple[tuple[str, Any], ...] = ()
    else:
        value, metric, where = _metric_term(leaf, {}, loaded, registry)
    found = LeafPlan(
        leaf,
        value,
        over=_term(leaf, leaf.over, loaded, registry) if leaf.over else None,
        minus=_term(leaf, leaf.minus, loaded, registry) if leaf.minus else None,
        earlier=_metric_term(leaf, change.since, loaded, registry)[0] if change else None,
        rival=_term(leaf, rival, loaded, registry) if rival else None,
        metric=metric,
        where=where,
    )
    if leaf.rank is not None:
        if at is not None:
            raise CaseError("a rank takes no `over` and no `minus`", where="test")
        found = _with_field(found, registry)
    for role, term in found.roles().items():
        if role != "value" and term == found.value:
            tested = role != "earlier" and leaf.scenario not in (None, BASELINE.name)
            raise CaseError(
                "this compares a reading with itself",
                where=f"test, {_ROLES[role]}",
                hint="`scenario: baseline` there reads the world as it is" if tested else "",
            )
    _words_fit(leaf, metric)
    check_kinds(leaf, {r: _unit(t, loaded, registry) for r, t in found.roles().items()})
    return found


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
        return loaded.case.evidence[term.evidence].unit
    assert term.ask is not None
    return registry.metrics[term.ask.metric][1].unit_at(term.ask.place)


def _with_field(plan: LeafPlan, registry: Registry) -> LeafPlan:
    rule, metric, value = plan.leaf.rank, plan.metric, plan.value
    assert rule is not None and metric is not None and value is not None and value.ask is not None
    dim = metric.dim(rule.of)
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
        named = registry.named(metric, dim.name, list(rule.among), plan.leaf.where)
        among = {subject, *map(str, named)}
        if len(among) < 2:
            raise CaseError("a rank among one alone is no rank", where="rank", hint="name rivals")
    ask = Ask(metric.name, tuple(place.items()), along=rule.of)
    field = Term(value.engine, value.scenario, ask)
    return replace(plan, field=field, subject=subject, among=frozenset(among))


def _rank_along(metric: Metric) -> str:
    found = [d.name for d in metric.dims if not rankable(metric, d)]
    return f"rank along {' or '.join(found)}" if found else "compare the value itself"


def _term(leaf: Leaf, at: At, loaded: Loaded, registry: Registry) -> Term:
    if at.evidence is not None:
        return Term(None, "", None, at.evidence)
    if at.metric is None and leaf.metric is None:
        raise CaseError("a rival of cited evidence names a metric or an evidence", where="test")
    same = at.metric is None or at.metric == leaf.metric
    engine, metric = registry.find(at.metric or str(leaf.metric), loaded.case.engines)
    kept = {d.name for d in metric.dims if same or d.kind in ("year", "date")}
    where: dict[str, Any] = {k: v for k, v in leaf.where.items() if k in kept} | dict(at.where)
    resolved = registry.resolve(metric, where, complete=True)
    scenario = at.scenario or leaf.scenario or BASELINE.name
    return Term(engine.name, scenario, Ask(metric.name, tuple(resolved.items())))


def _metric_term(
    leaf: Leaf, change: Mapping[str, Any], loaded: Loaded, registry: Registry
) -> tuple[Term, Metric, tuple[tuple[str, Any], ...]]:
    engine, metric = registry.find(str(leaf.metric), loaded.case.engines)
    resolved = registry.resolve(metric, {**leaf.where, **change}, complete=True)
    where = tuple(resolved.items())
    term = Term(engine.name, leaf.scenario or BASELINE.name, Ask(metric.name, where))
    return term, metric, where
