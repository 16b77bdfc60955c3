"""A case that names dimensions as the last release did comes out the same, and says so once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from claims.conftest import claim
from multipolar.engines import Reference, Registry, installed
from multipolar.engines.api import Declared, Metric, Model
from multipolar.engines.api.dimensions import dimension
from multipolar.run import run_case
from multipolar.text.former import listening
from multipolar.world import World

SALES = {("CHN", 2021): 1.0, ("CHN", 2022): 4.0, ("IND", 2021): 3.0, ("IND", 2022): 3.0}
DIMS = (dimension("importer", formerly=("buyer",)), dimension("year", formerly=("when",)))
sales = Model(
    name="sales",
    title="Sales",
    basis="ours",
    references=(Reference("a toy"),),
    solve=lambda work, parameters, inputs: SALES,
    metrics=(
        Declared(
            Metric("sales.sold", DIMS, "Mt", "Sold"),
            lambda solved, at: solved[at["importer"], at["year"]],
            over=lambda solved, dim, at: {"importer": ["CHN", "IND"]}.get(dim.name, [2022]),
        ),
    ),
)

TESTS: list[tuple[Mapping[str, Any], str]] = [
    ({"above": 3}, "holds"),
    ({"over": {"where": {"buyer": "India"}}, "above": 1.3}, "holds"),
    ({"minus": {"where": {"when": 2021}}, "equals": 3}, "holds"),
    ({"exceeds": {"where": {"buyer": "India"}}}, "holds"),
    ({"short_of": {"metric": "sales.sold", "where": {"buyer": "India"}}}, "fails"),
    ({"rises": {"since": {"when": 2021}, "by": 3, "relative": False}}, "holds"),
    ({"falls": {"since": {"when": 2021}}}, "fails"),
    ({"rank": {"of": "buyer", "at_most": 1}}, "holds"),
]


def renamed(value: Any) -> Any:
    """The same under the names of now."""
    new = {"buyer": "importer", "when": "year"}
    if isinstance(value, Mapping):
        return {new.get(k, k): renamed(v) for k, v in value.items()}
    return new.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize(("test", "verdict"), TESTS, ids=lambda v: next(iter(v), ""))
def test_a_test_reads_the_same_under_former_names(
    write: Callable[..., Path], world: World, test: Mapping[str, Any], verdict: str
) -> None:
    registry = Registry(world, {**installed(), "sales": sales})  # type: ignore[dict-item]
    old = {"metric": "sales.sold", "where": {"buyer": "China", "when": 2022}, **test}
    with listening() as said:
        parts = [
            run_case(
                write([claim(test=one)], engines=["sales"]),
                draws=2,
                seed=1,
                workers=1,
                progress=False,
                registry=registry,
            ).verdicts[0]
            for one in (old, renamed(old))
        ]
    assert parts[0].parts[0].passed == (verdict == "holds")
    assert parts[0].parts == parts[1].parts
    assert {s.partition(" is called")[0] for s in said} == {"buyer", "when"}
