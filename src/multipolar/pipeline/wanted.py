"""What a comparison's readings ask for, before names are resolved: sums, places, people.

A reading is a sum of one or more, each a metric at a place or a cited evidence. Another reading of
the same comparison that names no metric is that sum read elsewhere, part by part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from multipolar.claims.load import Loaded
from multipolar.claims.schema import At, Change, Leaf, Per
from multipolar.engines.api import gate
from multipolar.engines.api.contract import Dimension, Engine, Metric
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.coverage import labels, spelt
from multipolar.engines.registry import Registry
from multipolar.errors import CaseError, DataError, MultipolarError
from multipolar.pipeline.asks import Ask, Term
from multipolar.policy import BASELINE
from multipolar.policy.files import Steps
from multipolar.text.clean import printable
from multipolar.text.near import near
from multipolar.world.units import a_head

POPULATION = "population.people"
Note: TypeAlias = Callable[[Steps, MultipolarError], None]


@dataclass(frozen=True)
class Wanted:
    """One reading as it was written.

    Attributes:
        metric: its name; None for a cited evidence.
        where: its place, as far as names were typed.
        scenario: under what it is read.
        evidence: the key of a cited evidence.
        named: the way to its metric in the comparison.
        under: the way to its place.
        steps: the way to each dimension of it that is not written ``under`` it.
    """

    metric: str | None
    where: Mapping[str, Any] = field(default_factory=dict)
    scenario: str = BASELINE.name
    evidence: str | None = None
    named: Steps = ("metric",)
    under: Steps = ("where",)
    steps: Mapping[str, Steps] = field(default_factory=dict)

    def way(self, dim: str) -> Steps:
        """Return where a dimension is written."""
        return self.steps.get(dim, (*self.under, dim) if dim else self.under)


@dataclass(frozen=True)
class Bound:
    """A reading with its names resolved."""

    term: Term
    metric: Metric | None = None
    place: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Binder:
    """Resolves the readings of one comparison, and notes what is wrong with each.

    Attributes:
        leaf: the comparison.
        loaded: the case.
        registry: engines and names.
        note: takes what is wrong, with the way to it.
    """

    leaf: Leaf
    loaded: Loaded
    registry: Registry
    note: Note

    def own(self) -> list[Wanted]:
        """Return what the test reads itself: its metric or evidence, and what is added to it."""
        leaf = self.leaf
        first = Wanted(leaf.metric, leaf.where, self._scenario(None), leaf.evidence)
        added = (self._of(at, way) for way, at in zip(added_steps(leaf), leaf.plus, strict=True))
        return [first, *(w for w in added if w is not None)]

    def other(self, field: str, at: At, own: Sequence[Wanted]) -> list[Wanted]:
        """Return what another reading of the comparison reads; nothing where that is wrong."""
        if at.evidence is None and at.metric is None and self.leaf.metric is not None:
            return self._elsewhere(own, at.where, (field, "where"), at.scenario)
        found = self._of(at, (field,))
        return [] if found is None else [found]

    def before(self, change: Change, own: Sequence[Wanted]) -> list[Wanted]:
        """Return what the test reads at the place that a change starts from."""
        return self._elsewhere(own, change.since, (self.leaf.comparison, "since"), None)

    def bound(self, wanted: Wanted) -> Bound | None:
        """Resolve a reading; None where it is wrong, which is noted where it is written."""
        if wanted.metric is None:
            return Bound(Term(None, "", None, wanted.evidence))
        found = self._found(wanted.metric, wanted.named)
        if found is None:
            return None
        engine, metric = found
        place = self._place(metric, wanted)
        if place is None:
            return None
        ask = Ask(metric.name, tuple(place.items()))
        return Bound(Term(engine.name, wanted.scenario, ask), metric, place)

    def people(self, per: Per, bound: Sequence[Bound], steps: Steps) -> Term | None:
        """Return the people of the countries that are read, in the year that is read."""
        try:
            place = _inhabited(per, [b for b in bound if b.metric is not None])
            engine, metric = self.registry.find(POPULATION)
            found = self.registry.resolve(metric, place, complete=True)
        except MultipolarError as fault:
            self.note(steps, fault)
            return None
        return Term(engine.name, BASELINE.name, Ask(metric.name, tuple(found.items())))

    def _scenario(self, given: str | None) -> str:
        return given or self.leaf.scenario or BASELINE.name

    def _of(self, at: At, steps: Steps) -> Wanted | None:
        """Return a reading that names what it is; its own metric takes over the test's place."""
        if at.evidence is not None:
            return Wanted(None, evidence=at.evidence, named=steps, under=steps)
        name = at.metric or self.leaf.metric
        if name is None:
            what = "a rival of cited evidence names a metric or an evidence"
            self.note(steps, CaseError(what))
            return None
        listed = steps[:1] == ("metric",)  # its place is written once, with the first
        named = steps if listed else (*steps, "metric")
        found = self._found(name, named if at.metric else ("metric",))
        if found is None:
            return None
        metric, same = found[1], name == self.leaf.metric
        kept = {d.name for d in metric.dims if same or d.kind in ("year", "date")}
        inherited = {k: v for k, v in self.leaf.where.items() if k in kept}
        under: Steps = ("where",) if listed else (*steps, "where")
        where = self._placed(metric, inherited, at.where, under)
        if where is None:
            return None
        return Wanted(
            name,
            where,
            self._scenario(at.scenario),
            named=named,
            under=under,
            steps={k: ("where", k) for k in inherited if k not in at.where},
        )

    def _elsewhere(
        self, own: Sequence[Wanted], where: Mapping[str, Any], under: Steps, scenario: str | None
    ) -> list[Wanted]:
        """Read each part of the test's own sum at another place.

        Parts that come to be one reading there count once: the whole holds them all.
        """
        found: list[tuple[Wanted, Wanted]] = []
        for part in own:
            moved = self._moved(part, where, under, scenario)
            if moved is None:
                return []
            same = (was for was, now in found if _alike(now, moved))
            if all(_alike(was, part) for was in same):
                found.append((part, moved))
        return [now for _, now in found]

    def _moved(
        self, part: Wanted, where: Mapping[str, Any], under: Steps, scenario: str | None
    ) -> Wanted | None:
        if part.metric is None:
            if where:
                what = "a cited evidence is part of the sum, and has no other place"
                self.note(under, CaseError(what, hint="name the metric that is meant"))
                return None
            return part
        found = self._found(part.metric, part.named)
        if found is None:
            return None
        dims = {d.name for d in found[1].dims}
        place = self._placed(
            found[1], {k: v for k, v in part.where.items() if k in dims}, where, under
        )
        if place is None:
            return None
        steps = {k: part.way(k) for k in part.where} | {k: (*under, k) for k in where}
        name = scenario or part.scenario
        return replace(part, where=place, scenario=name, under=under, steps=steps)

    def _placed(
        self,
        metric: Metric,
        inherited: Mapping[str, Any],
        given: Mapping[str, Any],
        under: Steps,
    ) -> dict[str, Any] | None:
        """Return a place with what is given in it, and without what is dropped."""
        where, wrong = {**inherited, **given}, False
        for name in (k for k, v in given.items() if v is None):
            try:
                dim = metric.dim(name)
                all_of_it = _dropped(metric, dim, name in inherited)
            except MultipolarError as fault:
                self.note((*under, name), fault)
                wrong = True
                continue
            del where[name]
            if all_of_it:
                where[dim.name] = EVERYBODY
        return None if wrong else where

    def _found(self, name: str, steps: Steps) -> tuple[Engine, Metric] | None:
        try:
            return self.registry.find(name, self.loaded.case.engines)
        except MultipolarError as fault:
            self.note(steps, fault)
            return None

    def _place(self, metric: Metric, wanted: Wanted) -> dict[str, Any] | None:
        """Resolve a place; None where it is wrong, each dimension noted where it is written."""
        try:
            return self.registry.resolve(metric, wanted.where, complete=True)
        except MultipolarError:
            world = self.registry.world
            found = gate.faults(world, metric, wanted.where, complete=True)
        listed = wanted.named[:1] == ("metric",) and bool(self.leaf.plus)
        faults: list[tuple[Steps, MultipolarError]] = []
        lacking = set(found) - set(wanted.where)
        meant = {name for key in set(found) - lacking for name in near(key, lacking)}
        for key, fault in found.items():
            if key in meant:  # it is given, and misspelt
                continue
            each = self._each(metric, wanted, key)
            faults += each or [(wanted.way(key), fault)]
        for steps, fault in (*faults, *self._beyond(metric, wanted, set(found))):
            what = f"{metric.name}: {fault.what}" if listed else fault.what
            self.note(steps, CaseError(what, hint=fault.hint) if listed else fault)
        return None

    def _each(
        self, metric: Metric, wanted: Wanted, key: str
    ) -> list[tuple[Steps, MultipolarError]]:
        """Return what is wrong with each word of a list by itself."""
        words, found = wanted.where.get(key), []
        for k, word in enumerate(words if isinstance(words, list) else ()):
            try:
                self.registry.resolve(metric, {key: [word]}, complete=False)
            except MultipolarError as fault:
                if fault.what == f"{key} takes one value, not a list":
                    return []
                found.append(((*wanted.way(key), k), fault))
        return found

    def _beyond(
        self, metric: Metric, wanted: Wanted, wrong: Collection[str]
    ) -> Iterator[tuple[Steps, MultipolarError]]:
        """Yield the years that there are no figures of, where the place is wrong besides."""
        engine = self.registry.find(metric.name)[0]
        for dim in metric.dims:
            given = wanted.where.get(dim.name)
            if dim.kind != "year" or given is None or dim.name in wrong:
                continue
            there = labels(self.registry.whole, engine, metric, dim, {})
            words = given if isinstance(given, list) else [given]
            none = [str(w) for w in words if there and str(w) not in set(map(str, there))]
            if there and none:
                what = f"there are no figures of {' and '.join(none)}"
                hint = f"there are those of {spelt(dim, there)}"
                yield wanted.way(dim.name), CaseError(what, hint=hint)


def added_steps(leaf: Leaf) -> list[Steps]:
    """Return the way to each reading that is added: an item of a list of metrics, or of `plus`.

    Example:
        >>> added_steps(Leaf(metric=["a.x", "a.y"], plus=[At(evidence="e")], above=1.0))
        [('metric', 1), ('plus', 0)]
    """
    listed = 0
    while listed < len(leaf.plus):
        at = leaf.plus[listed]
        if at.metric is None or at.scenario is not None or at.where != leaf.where:
            break
        listed += 1
    ways: list[Steps] = [("metric", k + 1) for k in range(listed)]
    return [*ways, *(("plus", k) for k in range(len(leaf.plus) - listed))]


def _alike(one: Wanted, other: Wanted) -> bool:
    """Say whether two ask for the same."""
    return (one.metric, dict(one.where), one.scenario, one.evidence) == (
        *(other.metric, dict(other.where)),
        *(other.scenario, other.evidence),
    )


def _dropped(metric: Metric, dim: Dimension, inherited: bool) -> bool:
    """Say whether all that there is of a dropped dimension has to be asked for by name.

    Raises:
        CaseError: nothing is dropped, or the metric does not add up over it.
    """
    if not inherited:
        raise CaseError(f"there is no {dim.name} to drop", hint="leave it out")
    adds = metric.aggregate == "sum" and metric.takes_many(dim)
    if dim.kind not in ("year", "date") and adds and (dim.kind == "country" or not dim.required):
        return dim.kind == "country"
    raise CaseError(
        f"{metric.name} does not add up over {dim.name}: it cannot be dropped",
        hint=f"name another {dim.name}",
    )


def _inhabited(per: Per, bound: Sequence[Bound]) -> dict[str, Any]:
    """Return the countries and the year of which the people are counted.

    Raises:
        MultipolarError: they are not told, or what is read is not divided by people.
    """
    codes: dict[Any, None] = {}
    years: dict[str, None] = {}
    for part in bound:
        assert part.metric is not None
        unit = part.metric.unit_at(part.place)
        if unit is not None:
            a_head(unit)
        word = part.place.get(_inhabitants(per, part.metric), EVERYBODY)
        codes |= dict.fromkeys(word if isinstance(word, tuple) else (word,))
        years |= dict.fromkeys(_years(part.metric, part.place))
    if len(years) != 1:
        told = f"is read in {' and '.join(years)}" if years else "names no year"
        raise CaseError(f"this {told}: its people are those of one year", hint="name one year")
    country = EVERYBODY if EVERYBODY in codes else tuple(codes)
    return {"country": country, "year": int(next(iter(years)))}


def _inhabitants(per: Per, metric: Metric) -> str:
    """Return the dimension whose people are counted."""
    if metric.aggregate == "mean":
        raise CaseError(f"{metric.name} is no sum: it is not divided by people")
    sides = [d.name for d in metric.dims if d.kind == "country"]
    if per.population is not None:
        name = metric.dim(per.population).name
        if name in sides or metric.dim(name).kind == "text":
            return name
        raise CaseError(f"{metric.name}: {printable(name)} is no country", hint=_which(sides))
    if len(sides) != 1:
        told = f"has {' and '.join(sides)}" if sides else "names no country"
        raise CaseError(f"{metric.name} {told}: it is not told whose people", hint=_which(sides))
    return sides[0]


def _which(sides: Sequence[str]) -> str:
    if not sides:
        return "leave `per` out"
    return "write " + " or ".join(f"`per: {{population: {name}}}`" for name in sides)


def _years(metric: Metric, place: Mapping[str, Any]) -> Iterator[str]:
    dated = (d.name for d in metric.dims if d.kind in ("year", "date") and d.name in place)
    word: Any = place.get(next(dated, ""), metric.as_of)
    for one in word if isinstance(word, tuple) else (word,):
        year = str(one)[:4]
        if not year and not metric.as_of:
            continue
        if not year.isdecimal():
            raise DataError(f"{printable(str(one))} is no year", hint="name a date or a year")
        yield year


__all__ = ["POPULATION", "Binder", "Bound", "Wanted", "added_steps"]
