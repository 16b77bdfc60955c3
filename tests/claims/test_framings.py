"""Framings: other years, windows, groups, measures and thresholds, each of which makes sense."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims.conftest import claim
from multipolar.engines import Registry
from multipolar.pipeline.result import Framings
from multipolar.render.framed import framed
from multipolar.run import run_case
from multipolar.world import World

CRUDE = {"exporter": "Russia", "importer": "China", "commodity": "crude", "year": 2022}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.default(World.load())


Judge = Callable[..., Framings | None]


@pytest.fixture
def judge(write: Callable[..., Path], registry: Registry) -> Judge:
    def judged(test: dict[str, Any], **more: Any) -> Framings | None:
        folder = write(
            [claim(test=test, **more)], engines=["record", "alignment"], as_of="2026-06-30"
        )
        found = run_case(folder, registry=registry, draws=2).verdict("A-1")
        assert (found.framings is None) == (framed(found) == "")
        return found.framings

    return judged


def test_years_weight_and_thresholds_are_counted(judge: Judge) -> None:
    """A share of a fifth, at least 10%: five years by value and by weight, and four thresholds."""
    found = judge({"metric": "energy.trade_share", "where": CRUDE, "at_least": 10}, kind="causal")
    assert found is not None
    # 5 years by value; the threshold is a percentage of either measure, whose units differ
    assert (found.stands, found.total, found.nearest) == (9, 9, None)


def test_a_figure_that_the_claim_states_is_not_varied(judge: Judge) -> None:
    quantity = {"value": 10, "unit": "percent", "kind": "a", "label": "a", "year": 2022}
    test = {"metric": "energy.trade_share", "where": CRUDE, "at_least": 10}
    assert judge(test, quantities=[quantity]) is None


def test_the_nearest_framing_in_which_it_does_not_stand_is_named(judge: Judge) -> None:
    rises = {"since": {"year": 2020}, "by": 0.5}
    test = {"metric": "energy.trade_value", "where": CRUDE, "rises": rises}
    found = judge(test, kind="causal")
    assert found is not None
    assert found.stands < found.total
    assert found.nearest is not None
    assert len(found.nearest.changes) == 1
    # no window ends before it starts
    starts = [int(v) for axis, v in found.nearest.changes if axis == "since"]
    assert all(year < 2022 for year in starts)


@pytest.mark.parametrize("name", ["EU", "European Union", ["EU"]])
def test_a_group_has_its_neighbours_however_it_is_spelled(judge: Judge, name: Any) -> None:
    where = {**CRUDE, "importer": name}
    found = judge({"metric": "energy.trade_share", "where": where, "above": 3}, kind="causal")
    assert found is not None
    assert found.total > 15


def test_no_threshold_is_beyond_what_can_be(judge: Judge) -> None:
    where = {"country": "China", "partner": "Russia", "index": "lijphart"}
    found = judge({"metric": "alignment.similarity", "where": where, "at_least": 0.9})
    if found is not None and found.nearest is not None:
        assert all(v <= 1 for axis, v in found.nearest.changes if axis == "threshold")
