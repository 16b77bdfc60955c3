"""Tests that can only come out one way: what a model says of everybody it says of nobody.

A test of a scenario is taken against the world without it, however it is put: by a ratio, a
difference, a rival, a bound near nothing or a figure typed as evidence. Where the bound lies within
a tenth of the effect, or beyond where there is no effect at all, the sign alone decides; and where
every party to the measures has that sign in every draw, the measures decide, not the figures. So
they do where a measure ends what is read, and where what is read is of no state (a route, a
currency) and has that sign in every draw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from multipolar.claims.load import Loaded
from multipolar.claims.schema import Claim, Leaf
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.registry import Registry
from multipolar.errors import MultipolarError
from multipolar.pipeline.asks import Term
from multipolar.pipeline.compile import LeafPlan, compile_leaf
from multipolar.pipeline.framings import central_gap
from multipolar.pipeline.grading import Mark
from multipolar.pipeline.outlook import parties
from multipolar.pipeline.parts import Evaluated
from multipolar.pipeline.solve import Answers
from multipolar.policy import BASELINE, Scenario, compose, resolve

COSMETIC = 0.1  # of an effect: a bound as small asks for its sign alone
FAR = 10.0  # times the effect: what a bound so far off asks for is not in question
ENDED = 1e-6  # of what there was: what a measure leaves of what it ends
SIDES = (("senders",), ("third_parties", "targets"))


@dataclass(frozen=True)
class Against:
    """A scenario that a test reads, and one with fewer measures that it is taken against."""

    scenario: str
    without: str
    added: Scenario  # with the measures that are new in it alone


def constructed(
    plan: LeafPlan,
    own: Evaluated,
    claim: Claim,
    answers: Answers,
    loaded: Loaded,
    registry: Registry,
) -> bool:
    """Say whether a test of a scenario comes out one way whatever is drawn and whoever is asked of.

    It is where its outcome is that of the sign of an effect, no draw of the priors comes out the
    other way, and no party to the scenario's measures has another sign: two that stop trading both
    lose, in every such model. Of what is of no state only the draws can be asked. Or where all that
    it reads of the scenario is what a measure ended.
    """
    sure = own.marks[0] in (Mark.PASS, Mark.FAIL) and len(np.unique(own.marks)) == 1
    against = _against(plan, loaded) if sure else None
    if against is None:
        return False
    measures = resolve(against.added, registry.world).measures
    if _ended(plan, against, measures, answers):
        return True
    effect = _effect(plan, against, answers)
    if effect is None or not _sign_decides(plan.leaf, effect):
        return False
    others = 0
    asked = list(_of_others(plan, against, measures, registry))
    for leaf in asked:
        try:
            found = _effect(compile_leaf(leaf, claim, loaded, registry), against, answers)
        except MultipolarError:
            continue  # the model has no figures of that party
        if found is None:
            continue
        if found.size * effect.size <= 0:
            return False
        others += 1
    # between the two sides of a measure there may be nobody else to ask, and of a route or a
    # currency no state can be asked: there the draws say that it comes out one way, if there are
    drawn = len(own.marks) > own.choices
    alone = _between(plan.value, measures) is not None or (drawn and not _of_states(plan))
    return others > 0 or (not asked and alone)


def _of_states(plan: LeafPlan) -> bool:
    """Say whether what is read is of a state."""
    return plan.metric is None or any(d.kind == "country" for d in plan.metric.dims)


def _against(plan: LeafPlan, loaded: Loaded) -> Against | None:
    """Return the scenario that a test reads against one of which it has all the measures."""
    names = list(dict.fromkeys(t.scenario for t in plan.terms() if t.ask is not None))
    found = sorted((compose(n, loaded.scenarios) for n in names), key=lambda s: -len(s.measures))
    if not found or len(found) > 2 or not found[0].measures:
        return None
    less = found[1] if len(found) == 2 else BASELINE
    if not all(m in found[0].measures for m in less.measures):
        return None
    new = tuple(m for m in found[0].measures if m not in less.measures)
    added = found[0].model_copy(update={"measures": new, "base": ()})
    origins = zip(found[0].measures, found[0].origins, strict=True)
    added._origins = tuple(origin for m, origin in origins if m in new)
    return Against(found[0].name, less.name, added) if new else None


# The sign -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Effect:
    """What a scenario moves a test by.

    Attributes:
        size: by how much its reading is another than without.
        bounds: each bound as a multiple of the effect, counted from where there is none.
        itself: whether nothing but a change is read: without the scenario there is nought, or one.
    """

    size: float
    bounds: tuple[float, ...]
    itself: bool


def _effect(plan: LeafPlan, against: Against, answers: Answers) -> Effect | None:
    """Return the effect of a scenario on what a test reads, at the central parameters."""
    before = _replaced(plan, against.scenario, against.without)
    gaps, without = central_gap(plan, answers), central_gap(before, answers)
    if gaps is None or without is None or len(gaps) != len(without):
        return None
    sizes = [g - w for g, w in zip(gaps, without, strict=True)]
    if not all(np.isfinite(sizes)) or not all(sizes):
        return None
    against_itself = {against.scenario, against.without} <= {t.scenario for t in plan.terms()}
    none = central_gap(replace(before, leaf=_from_nothing(plan.leaf)), answers)
    itself = against_itself or (none is not None and not any(none))
    bounds = tuple(-w / size for w, size in zip(without, sizes, strict=True))
    return Effect(sizes[0], bounds, itself)


def _from_nothing(leaf: Leaf) -> Leaf:
    """Return a test of whether there is anything."""
    return leaf.model_copy(update={leaf.comparison: None, "within": 0.0, "above": 0.0})


def _sign_decides(leaf: Leaf, effect: Effect) -> bool:
    """Say whether the outcome is that of the sign: no bound lies among sizes of the effect."""

    def small(times: float) -> bool:
        return times <= COSMETIC and (effect.itself or times >= -COSMETIC)

    if leaf.comparison == "between":
        return any(map(small, effect.bounds)) and all(
            small(b) or b >= FAR or (effect.itself and b <= COSMETIC) for b in effect.bounds
        )
    return all(map(small, effect.bounds))


def _replaced(plan: LeafPlan, scenario: str, other: str) -> LeafPlan:
    """Return a comparison with what it reads of one scenario read of another."""

    def now(term: Term) -> Term:
        return replace(term, scenario=other) if term.scenario == scenario else term

    named: dict[str, Any] = {role: now(t) for role, t in plan.roles().items() if "." not in role}
    return replace(plan, more=tuple((role, now(t)) for role, t in plan.more), **named)


def _of_others(
    plan: LeafPlan, against: Against, measures: tuple[Any, ...], registry: Registry
) -> Iterator[Leaf]:
    """Return the test asked of each other party to the new measures of its scenario."""
    metric, place = plan.metric, dict(plan.where)
    if metric is None:
        return
    pair = _between(plan.value, measures)
    if pair is not None:
        first, second, measure = pair
        sides = _sides(measure)
        turned = not _words(place[first]) <= sides[0]
        for one, other in product(*(reversed(sides) if turned else sides)):
            if one != other and (one, other) != (place[first], place[second]):
                yield plan.leaf.moved(**{first: one, second: other})
        return
    dim = next((d for d in metric.dims if d.kind == "country"), None)
    if dim is None:
        return
    own = _words(place.get(dim.name, EVERYBODY))
    for code in parties(resolve(against.added, registry.world)):
        if code not in own or len(own) > 1:
            yield plan.leaf.moved(**{dim.name: code})


# What a measure ends ------------------------------------------------------------------------------


def _ended(plan: LeafPlan, against: Against, measures: tuple[Any, ...], answers: Answers) -> bool:
    """Say whether all that is read of a scenario is between two sides of a measure that ended it.

    The least that a reading can be, in every draw: no flow, or a change to nothing.
    """
    read = [(r, t) for r, t in plan.roles().items() if t.scenario == against.scenario]
    if not read or plan.field is not None:
        return False
    for role, term in read:
        least = plan.limits.get(role, (-np.inf, np.inf))[0]
        known = answers.terms[term].known
        if not np.isfinite(least) or not known or _between(term, measures) is None:
            return False
        if any(isinstance(v, (str, dict)) or v - least > ENDED for v in known):
            return False
    return True


def _between(
    term: Term | None, measures: tuple[Any, ...]
) -> tuple[str, str, Mapping[str, Any]] | None:
    """Return the two dimensions that lie on two sides of a measure, and the measure."""
    if term is None or term.ask is None:
        return None
    place = term.ask.place
    for measure in measures:
        acting, acted = _sides(measure)
        for one, other in product(place, place):
            if one == other or not acting or not acted:
                continue
            if _words(place[one]) <= acting and _words(place[other]) <= acted:
                first, second = sorted((one, other), key=list(place).index)
                return first, second, measure
    return None


def _sides(measure: Mapping[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    """Return who acts in a measure, and who is acted on."""
    acting, acted = (
        frozenset(next((measure[f] for f in names if f in measure), ())) for names in SIDES
    )
    return acting, acted


def _words(value: Any) -> frozenset[Any]:
    return frozenset(value if isinstance(value, tuple) else (value,))
