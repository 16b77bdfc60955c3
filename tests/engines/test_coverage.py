"""What engines say they cover is what they answer: nothing else is refused, and nothing less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from multipolar.engines.api.contract import Metric, Outcome
from multipolar.engines.discovery import installed
from multipolar.errors import MultipolarError
from multipolar.pipeline.solve import at_once
from multipolar.policy import BASELINE
from multipolar.world import World

WORLD = World.load()
STATES: tuple[tuple[Any, Any], ...] = (
    ("CHN", "RUS"),
    ("TUV", "RUS"),
    ("RUS", "TUV"),
    (("RUS", "TUV"), "CHN"),
    ("WLD", "CHN"),
)
# what hangs on one pair, and takes long to find
SLOW = (
    "gas.gain",
    "gas.dependence",
    "gas.surplus_share",
    "gas.reservation_price",
    "gas.line_price",
)


@pytest.fixture(scope="module", params=["corridors", "money", "gas"])
def solved(request: pytest.FixtureRequest) -> tuple[Any, Outcome]:
    engine: Any = installed()[request.param]
    return engine, at_once(engine, WORLD, BASELINE)


def places(metric: Metric) -> Iterator[dict[str, Any]]:
    states = [d.name for d in metric.dims if d.kind == "country"]
    rest = {d.name: d.values[0] for d in metric.dims if d.values}
    rest |= {d.name: "Power of Siberia" for d in metric.dims if d.kind == "text"}
    single = [d for d in metric.dims if d.kind == "country" and not metric.takes_many(d)]
    for pair in STATES if states else ():
        some = pair[: len(states)]
        if not (single and any(isinstance(s, tuple) for s in some)):
            yield rest | dict(zip(states, some, strict=True))
    if any(d.name == "route" and not d.values for d in metric.dims):
        yield rest | {"route": "Pipe of Nowhere"}
    if any(d.name == "year" for d in metric.dims):
        yield {**rest, **dict.fromkeys(states, "CHN"), "year": 1999}


def refused(ask: Any, *args: Any) -> str:
    try:
        ask(*args)
    except MultipolarError as fault:
        return str(fault)
    return ""


def test_what_is_covered_is_answered(solved: tuple[Any, Outcome]) -> None:
    engine, outcome = solved
    covered = engine.lacks(WORLD, BASELINE)
    asked = 0
    for metric in engine.metrics(WORLD):
        if metric.name in SLOW:
            continue
        for place in places(metric):
            asked += 1
            said, why = refused(outcome.read, metric.name, place), refused(covered, metric, place)
            if why:
                assert said, (metric.name, place, why)
            elif "finite" not in said:  # how much there is, only solving tells
                assert not said, (metric.name, place, said)
    assert asked > 10
