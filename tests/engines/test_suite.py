"""The suite for engines of others finds what is wrong with one, and says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import Any
from unittest import SkipTest

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from multipolar.engines import Outcome, Reading
from multipolar.engines.api import (
    Declared,
    Input,
    Metric,
    Model,
    Parameter,
    Prior,
    Reference,
    Source,
    Value,
    outcome,
)  # fmt: skip
from multipolar.engines.api.dimensions import dimension
from multipolar.errors import NotConverged
from multipolar.policy import Scenario, resolve
from multipolar.testing import EngineConformance

OURS = Reference("a toy")
SCALE = Parameter("scale", 1.0, "1", "by how much", OURS, Prior("uniform", (0.5, 2.0)))
SIZE = Metric("toy.size", (dimension("country"),), "Mt", "Size of a country", "sum")
SIZES = {"CHN": 2.0, "DEU": 1.0, "FRA": 4.0, "IND": float("nan")}
NUMBERS = count()


def solve(work: Any, parameters: Mapping[str, float], inputs: Any) -> SimpleNamespace:
    rows = pd.Series(SIZES) * parameters["scale"]
    return SimpleNamespace(rows=rows, countries=tuple(SIZES), sources=(Source("table"),))


def size(found: Any, at: Mapping[str, Any]) -> float:
    return float(found.rows.get(at["country"], np.nan))


GOOD: dict[str, Any] = {
    "name": "toy", "title": "A toy", "basis": "ours", "references": (OURS,), "solve": solve,
    "parameters": (SCALE,), "metrics": (Declared(SIZE, size),), "tables": frozenset(),
    "prepare": lambda world, scenario: scenario.name,
}  # fmt: skip
good: Model[Any] = Model(**GOOD)


def suite(engine: Any) -> EngineConformance:
    return type("TestOne", (EngineConformance,), {"engine": engine})()  # type: ignore[no-any-return]


TESTS = sorted(name for name in dir(EngineConformance) if name.startswith("test_"))


@pytest.mark.parametrize("test", TESTS)
def test_an_engine_that_is_right_passes(test: str) -> None:
    try:
        getattr(suite(good), test)()
    except SkipTest as reason:
        skipped = ("inputs_are_handed_over", "measures_change_nothing_outside_their_dates")
        assert test.removeprefix("test_") in skipped, reason


class Wrapped:
    """A good engine whose outcome, or whose preparing, is another."""

    def __init__(self, **parts: Any) -> None:
        self._parts = parts

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.__dict__["_parts"].get(name, getattr(good, name))


def solving(**parts: Any) -> Wrapped:
    """A good engine whose outcome has other parts, each made of the good one."""

    def bad(prepared: Any, parameters: Mapping[str, float]) -> Outcome:
        found = good.solve(prepared, parameters)
        return replace(found, **{name: make(found) for name, make in parts.items()})

    return Wrapped(solve=bad)


def metric(**changes: Any) -> Model[Any]:
    return Model(**{**GOOD, "metrics": (Declared(replace(SIZE, **changes), size),)})


def reading(value: Any, **more: Any) -> Model[Any]:
    return Model(**{**GOOD, "metrics": (Declared(SIZE, value, **more),)})


def other(**parts: Any) -> Model[Any]:
    return Model(**{**GOOD, **parts})


def zero_for_a_gap(found: Outcome) -> Any:
    def scalar(name: str, where: Any) -> Reading:
        if where.get("country") == "IND":
            return Reading(0.0, "Mt", (Source("table"),))
        return found.scalar(name, where)

    return scalar


def twice(found: Outcome) -> Any:
    def scalar(name: str, where: Any) -> Reading:
        read = found.scalar(name, where)
        return replace(read, value=2 * float(read.value))

    return scalar


def by_chance(work: Any, parameters: Mapping[str, float], inputs: Any) -> SimpleNamespace:
    found = solve(work, parameters, inputs)
    found.rows = found.rows + next(NUMBERS)
    return found


def without_sources(work: Any, parameters: Mapping[str, float], inputs: Any) -> SimpleNamespace:
    found = solve(work, parameters, inputs)
    found.sources = ()
    return found


def fragile(work: Any, parameters: Mapping[str, float], inputs: Any) -> SimpleNamespace:
    1 / (parameters["scale"] - 0.5)
    return solve(work, parameters, inputs)


def no_word(found: Outcome) -> str:
    return ""


def empty(found: Outcome) -> Any:
    return lambda name, where: xr.DataArray(np.empty(0), {"country": []}, ["country"])


class Hasty(Model[Any]):
    """One that does not miss what it takes, and keeps inputs in what was prepared."""

    def couple(self, prepared: Any, inputs: Mapping[str, xr.DataArray]) -> Any:
        prepared.inputs.clear()
        prepared.inputs.update(inputs)
        return prepared

    def solve(self, prepared: Any, parameters: Mapping[str, float]) -> Outcome:
        scale = float(prepared.inputs["of"].sum()) if prepared.inputs else 1.0
        found = solve(None, {"scale": scale}, {})
        return outcome("toy", prepared.scenario, self.declared(prepared.world), found)


def more_by_measures(work: Any, parameters: Mapping[str, float], inputs: Any) -> SimpleNamespace:
    return solve(None, {"scale": 1.0 + len(work)}, {})


OUTSIDE = replace(SCALE, value=3.0)
TAKEN = (Input("of", "gdp.share", {"country": ("CHN", "USA")}),)
FAULTS: list[tuple[str, Any, str]] = [
    ("it_is_let_in", metric(name="toy"), "no name of a metric"),
    ("it_is_let_in", other(api=2), "version 2 of the engine API"),
    ("metrics_are_described", metric(description="Size"), "describe it"),
    ("metrics_are_described", metric(unit=""), "toy.size has no unit"),
    ("references_are_given", other(references=()), "where the model is from"),
    ("supports_kinds_of_measures", other(supports=frozenset({"embargos"})), "no kind of measure"),
    ("parameters_have_source_and_monotone_prior", other(parameters=(OUTSIDE,)), "lies outside"),
    ("parameters_have_source_and_monotone_prior",
     other(parameters=(replace(SCALE, source=Reference("")),)), "has no source"),
    ("baseline_solves", solving(scenario=lambda found: "mine"), "it has to be of"),
    ("no_reading_lies_outside_its_bounds", metric(bounds=(0.0, 3.0)), "should lie between 0 and 3"),
    ("a_reading_is_the_cell_of_the_array", solving(scalar=twice), "in the array"),
    ("a_reading_is_the_cell_of_the_array", other(solve=without_sources), "evidence"),
    ("a_reading_is_the_cell_of_the_array",
     reading(lambda f, at: Value(f.rows[at["country"]], through="22.08.2022")), "no ISO date"),
    ("what_is_not_known_is_no_number", solving(scalar=zero_for_a_gap), "gives 0.0; raise DataMissing"),
    ("a_country_nobody_knows_is_no_number", reading(lambda f, at: f.rows[at["country"]], many=True), "KeyError"),
    ("a_country_nobody_knows_is_no_number", reading(lambda f, at: f.rows.get(at["country"], 0.0), many=True),
     "it gives Reading"),
    ("lists_and_coalitions", reading(lambda f, at: f.rows.to_dict()[at["country"]], many=True),
     "KeyError"),
    ("unknown_names_are_refused_with_the_nearest",
     solving(scalar=lambda found: lambda name, where: Reading(1.0, "Mt")), "it gives Reading"),
    ("each_kind_of_measure_is_answered_or_refused", Wrapped(prepare=lambda *_: "baseline"),
     "tariff, not supported"),
    ("each_kind_of_measure_is_answered_or_refused",
     other(supports=frozenset({"ally"}), prepare=lambda world, s: {}[s.measures[0]] if s.measures else ""),
     "ally, supported"),
    ("headlines_can_be_read", solving(labelled=empty), "has no value"),
    ("measures_change_nothing_outside_their_dates",
     other(supports=frozenset({"ally"}), prepare=lambda world, s: s.measures, solve=more_by_measures),
     "toy.size: ally since 2024 changes it in 2023"),
    ("measures_of_small_states_are_answered_or_refused",
     other(supports=frozenset({"ally"}), prepare=lambda world, s: [{}[m] for m in s.measures]),
     "ally of small states"),
    ("the_ends_of_priors_are_solved_or_refused", other(solve=fragile), "narrow the prior"),
    ("the_ends_of_priors_are_solved_or_refused",
     solving(status=lambda found: "not converged", message=no_word), "without a message"),
    ("solving_again_gives_the_same", other(solve=by_chance), "differs when it is solved again"),
    ("same_seed_same_bytes", other(solve=by_chance), "draw nothing at random"),
    ("inputs_are_handed_over", Hasty(**{**GOOD, "takes": TAKEN, "parameters": ()}),
     "solving without inputs"),
    ("tables_are_declared", other(prepare=lambda world, s: world.table("facts") is None),
     "add it to `tables`"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("test", "engine", "says"), FAULTS, ids=lambda x: x if isinstance(x, str) else ""
)
def test_what_is_wrong_is_found_and_said(test: str, engine: Any, says: str) -> None:
    with pytest.raises(AssertionError) as found:
        getattr(suite(engine), f"test_{test}")()
    assert says in str(found.value)


def test_what_cannot_be_pickled_is_found() -> None:
    with pytest.raises((TypeError, AttributeError), match="pickle"):
        suite(other(prepare=lambda world, scenario: lambda: 1)).test_solving_again_gives_the_same()


def test_one_that_refuses_the_ends_of_its_priors_passes() -> None:
    def never(work: Any, parameters: Mapping[str, float], inputs: Any) -> SimpleNamespace:
        if parameters["scale"] != 1.0:
            raise NotConverged("no equilibrium this far out")
        return solve(work, parameters, inputs)

    suite(other(solve=never)).test_the_ends_of_priors_are_solved_or_refused()


def in_force(world: Any, scenario: Scenario) -> Any:
    return resolve(scenario, world).in_force()[0]


def test_one_that_asks_what_is_in_force_passes() -> None:
    right = other(supports=frozenset({"ally"}), prepare=in_force, solve=more_by_measures)
    suite(right).test_measures_change_nothing_outside_their_dates()


def test_a_metric_that_no_case_finds_by_its_first_word_is_warned_of() -> None:
    with pytest.warns(UserWarning, match="metrics that begin with 'size' are of engine toy"):
        suite(metric(name="size.of")).test_metrics_are_described()


@pytest.mark.parametrize("unit", ["word", "date", "unit of the row", "firms", "blocs", "mm"])
def test_words_dates_and_what_is_counted_are_units(unit: str) -> None:
    suite(metric(unit=unit)).test_it_is_let_in()


def test_every_test_of_the_suite_can_fail() -> None:
    assert {f"test_{name}" for name, _, _ in FAULTS} == set(TESTS)
