"""Tests that can only come out one way: what a model says of everybody it says of nobody."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from multipolar.claims.load import Loaded
from multipolar.claims.schema import At, Claim, Leaf
from multipolar.engines.registry import Registry
from multipolar.errors import MultipolarError
from multipolar.pipeline.compile import LeafPlan, compile_leaf
from multipolar.pipeline.framings import central_mark
from multipolar.pipeline.grading import Mark
from multipolar.pipeline.outlook import parties
from multipolar.pipeline.parts import Evaluated
from multipolar.pipeline.solve import Answers
from multipolar.policy import BASELINE, compose, resolve

FAR_INSIDE = 0.1  # of the error of an effect: a bound that small asks for a sign


def constructed(
    plan: LeafPlan,
    own: Evaluated,
    claim: Claim,
    answers: Answers,
    loaded: Loaded,
    registry: Registry,
) -> bool:
    """Say whether a test of a scenario comes out one way whatever is drawn and whoever is asked of.

    That is tried where a test asks for a sign alone: whether somebody gains or loses. It is by
    construction where no draw of the priors comes out the other way, and no party to the
    scenario's measures does either: two that stop trading both lose, in every such model.
    """
    sure = own.marks[0] in (Mark.PASS, Mark.FAIL) and len(np.unique(own.marks)) == 1
    if not sure or not _asks_for_a_sign(plan.leaf, own.part.error):
        return False
    others = 0
    for leaf in _of_others(plan, loaded, registry):
        try:
            mark = central_mark(compile_leaf(leaf, claim, loaded, registry), answers)
        except MultipolarError:
            continue  # the model has no figures of that party
        if mark is None:
            continue
        if mark != own.marks[0]:
            return False
        others += 1
    return others > 0


def _asks_for_a_sign(leaf: Leaf, error: float) -> bool:
    if leaf.scenario in (None, BASELINE.name) or leaf.over is not None:
        return False
    rival = leaf.exceeds or leaf.short_of
    if rival is not None:
        return _is_world_as_it_is(rival) and rival.times == 1 and not rival.plus
    if leaf.minus is not None and not _is_world_as_it_is(leaf.minus):
        return False
    bounds = [getattr(leaf, n) for n in ("above", "below", "at_least", "at_most", "differs")]
    # a bound well inside the effect's own error asks for no more than a sign
    return any(isinstance(b, float) and abs(b) <= FAR_INSIDE * error for b in bounds)


def _is_world_as_it_is(at: At) -> bool:
    return at.scenario == BASELINE.name and not (at.where or at.metric or at.per)


def _of_others(plan: LeafPlan, loaded: Loaded, registry: Registry) -> Iterator[Leaf]:
    """Return the test asked of each other party to the measures of its scenario."""
    metric, place = plan.metric, dict(plan.where)
    if metric is None:
        return
    dim = next((d for d in metric.dims if d.kind == "country" and d.name in place), None)
    if dim is None:
        return
    given = place[dim.name]
    own = set(given) if isinstance(given, tuple) else {given}
    scenario = compose(str(plan.leaf.scenario), loaded.scenarios)
    for code in parties(resolve(scenario, registry.world)):
        if code not in own or len(own) > 1:
            yield plan.leaf.moved(**{dim.name: code})
