"""Results that are made once: by key, and once a world, which is freed with them."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from dataclasses import dataclass, field

import pytest

from multipolar.engines.api.memo import Memo, per_world
from multipolar.world import World


@dataclass(frozen=True)
class Holder:
    name: str
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)


def test_a_result_is_made_once_a_key_even_if_it_is_nothing() -> None:
    made: list[str] = []
    memo = Memo()
    for key in ("a", "b", "a", "b"):
        assert memo.once(key, lambda key=key: made.append(key)) is None  # type: ignore[misc]
    assert made == ["a", "b"]


def test_a_failure_is_not_kept() -> None:
    memo = Memo()
    with pytest.raises(ZeroDivisionError):
        memo.once("a", lambda: 1 // 0)
    assert memo.once("a", lambda: 1) == 1


def test_a_copy_starts_empty_and_is_equal() -> None:
    full = Holder("one")
    full.memo.once("key", lambda: lambda: 0)  # what could not be pickled
    for other in (pickle.loads(pickle.dumps(full)), copy.deepcopy(full)):
        assert other == full
        assert other.memo.once("key", lambda: "made anew") == "made anew"


def test_once_a_world_and_its_arguments_until_the_world_is_gone() -> None:
    made: list[tuple[str, int]] = []

    @per_world
    def rows(world: World, table: str, most: int = 1) -> tuple[str, int]:
        made.append((table, most))
        return table, most

    one, two = World.load(), World.load()
    for world in (one, two):
        assert rows(world, "facts") == rows(world, "facts") == ("facts", 1)
        assert rows(world, "facts", most=2) == ("facts", 2)
    assert made == [("facts", 1), ("facts", 2)] * 2
    gone = weakref.ref(one)
    del one, world
    gc.collect()
    assert gone() is None


def test_what_the_record_keeps_of_a_world_goes_with_it() -> None:
    from multipolar.engines.record import engine
    from multipolar.policy import BASELINE

    world = World.load()
    outcome = engine.solve(engine.prepare(world, BASELINE), {})
    outcome.read("gdp.share", {"country": "CHN"})
    outcome.read("votes.times", {"country": "CHN", "vote": "yes"})
    assert {m.name for m in engine.metrics(world)} >= {"facts.value", "energy.trade_value"}
    gone = weakref.ref(world)
    del world, outcome
    gc.collect()
    assert gone() is None
