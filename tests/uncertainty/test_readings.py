"""What a draw is given, and what is read from it: inputs by draw, and figures that are not known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from multipolar.engines import Outcome, Parameter, Reading, Registry, Source
from multipolar.engines.api.contract import Where
from multipolar.engines.coupling import trace
from multipolar.errors import EngineError
from multipolar.pipeline import Ask, sample
from multipolar.pipeline.asks import WHOLE
from multipolar.pipeline.solve import Sample
from multipolar.policy import BASELINE
from multipolar.uncertainty.workers import Failed
from multipolar.world import World
from sampled import sample_steps
from toy import Toy

ONE = Ask("toy.line", (("x", "1"),))
VALUES = {"slope": 1.0, "shift": 0.0}
EACH = pytest.mark.parametrize(("n", "workers"), [(1, 1), (2, 1), (8, 1), (3, 2)])


@dataclass(frozen=True)
class Adding(Toy):
    """A toy whose shift is what it took, added up."""

    taken: float = math.nan

    def takes(self, world: object, scenario: object) -> tuple[Any, ...]:
        return ()

    def couple(self, prepared: Any, inputs: Mapping[str, xr.DataArray]) -> Adding:
        return replace(self, taken=sum(float(v.sum()) for v in inputs.values()))

    def solve(self, prepared: Any, parameters: Mapping[str, float]) -> Outcome:
        return Toy().solve("b", {**parameters, "shift": prepared.taken})


def arrays(*values: float) -> list[xr.DataArray]:
    return [xr.DataArray([v], {"x": ["1"]}, ["x"]) for v in values]


def drawn(toy: Toy, n: int, workers: int = 1, **inputs: list[xr.DataArray]) -> tuple[Any, ...]:
    draws = {"slope": np.arange(1.0, n + 1)}
    found = sample(toy, "b", VALUES, [ONE], draws, inputs=inputs, workers=workers, progress=False)
    return found.answers[ONE].values


@EACH
def test_an_input_that_is_the_same_in_all_draws_meets_every_one(n: int, workers: int) -> None:
    slopes = np.arange(1.0, n + 1)
    assert drawn(Adding(), n, workers, same=arrays(10.0)) == tuple(slopes + 10)


@EACH
def test_each_draw_meets_its_own_input(n: int, workers: int) -> None:
    slopes = np.arange(1.0, n + 1)
    own = arrays(-7.0, *(100 * slopes))  # the central one first, which no draw meets
    assert drawn(Adding(), n, workers, own=own) == tuple(101 * slopes)
    assert drawn(Adding(), n, workers, own=own, same=arrays(0.5)) == tuple(101 * slopes + 0.5)


def test_inputs_that_vary_are_draws_without_any_of_its_own() -> None:
    found = sample(Adding(), "b", VALUES, [ONE], {}, inputs={"own": arrays(5.0, 6.0, 7.0)})
    assert (found.draws, found.varies) == (2, True)
    assert found.answers[ONE].values == (7.0, 8.0)
    once = sample(Adding(), "b", VALUES, [ONE], {}, inputs={"same": arrays(5.0)})
    assert (once.draws, once.varies, once.answers[ONE].values) == (1, False, (6.0,))


# What is not known --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Patchy(Toy):
    """A toy whose second point is ``odd``, or gone if ``gone``, where the slope is above 2."""

    odd: float = math.nan
    gone: bool = False
    alternatives: tuple[Source, ...] = ()

    def solve(self, prepared: Any, parameters: Mapping[str, float]) -> Outcome:
        slope = parameters["slope"]
        points = {"1": slope, "2": 2 * slope}
        if slope > 2:
            points = {"1": slope} if self.gone else {"1": slope, "2": self.odd}

        def scalar(metric: str, where: Where) -> Reading:
            return Reading(points[str(where["x"])], "Mt", alternatives=self.alternatives)

        def labelled(metric: str, where: Where) -> xr.DataArray:
            found = xr.DataArray(list(points.values()), {"x": list(points)}, ["x"])
            return found.assign_attrs(unit="Mt", source="toy")

        return Outcome("toy", "b", scalar, labelled)


def asked(toy: Toy, *asks: Ask, slope: float = 1.0) -> Sample:
    draws = {"slope": np.array([1.0, 3.0, 2.0])}
    return sample(toy, "b", {"slope": slope}, asks, draws, progress=False)


ODD = pytest.mark.parametrize(
    "toy", [Patchy(), Patchy(odd=math.inf), Patchy(odd=-math.inf), Patchy(gone=True)]
)


@ODD
def test_a_label_unknown_in_one_draw_is_unknown_in_all(toy: Toy) -> None:
    along = Ask("toy.line", (), along="x")
    rows = asked(toy, along).answers[along].values
    assert [r["1"] for r in rows] == [1.0, 3.0, 2.0]  # type: ignore[index]
    assert all(math.isnan(r["2"]) for r in rows)  # type: ignore[index]


@ODD
def test_one_ask_without_a_number_leaves_the_others(toy: Toy) -> None:
    two = Ask("toy.line", (("x", "2"),))
    found = asked(toy, ONE, two).answers
    assert found[ONE].values == (1.0, 3.0, 2.0)
    assert (found[two].values, found[two].missing) == ((2.0, None, 4.0), "")
    assert (found[ONE].failed, found[two].failed) == (0, 1)
    assert found[two].failure.startswith("engine toy")


def test_an_ask_without_a_number_in_any_draw_has_no_answer() -> None:
    two = Ask("toy.line", (("x", "2"),))
    draws = {"slope": np.array([3.0, 4.0])}
    found = sample(Patchy(), "b", VALUES, [ONE, two], draws, progress=False).answers
    assert found[ONE].values == (3.0, 4.0)
    assert (found[two].central, found[two].values) == (None, ())
    assert found[two].missing.startswith("nothing to read in any draw, the first: engine toy")


def test_a_draw_that_failed_leaves_no_label_unknown_in_the_others() -> None:
    along = Ask("toy.line", (), along="x")
    draws = {"slope": np.array([1.0, 3.0, 2.0])}
    toy = Toy(breaks_above=2.5)
    rows = sample(toy, "b", VALUES, [along], draws, progress=False).answers[along].values
    assert rows == ({"1": 1.0, "2": 2.0}, None, {"1": 2.0, "2": 4.0})


def test_a_draw_without_its_input_fails_unsolved_and_says_whose_fault_it_is() -> None:
    gone = Failed("engine other gave no other.line: it broke")
    inputs = {
        "own": [*arrays(5.0, 6.0), gone, *arrays(7.0)],
        "too": [*arrays(0.0, 0.0), gone, gone],
    }
    found = sample(Adding(), "b", VALUES, [ONE], {}, inputs=inputs).answers[ONE]
    assert found.values == (7.0, None, None)
    assert (found.failed, found.failure) == (2, gone.why)


def test_words_and_numbers_are_told_apart_among_draws_that_solved() -> None:
    class Mixed(Toy):
        def solve(self, prepared: Any, parameters: Mapping[str, float]) -> Outcome:
            slope = parameters["slope"]
            if slope > 3:
                raise LookupError("gone")
            value = "steep" if slope > 2 else slope
            return Outcome("toy", "b", lambda m, w: Reading(value, "Mt"), lambda m, w: arrays(1)[0])

    def given(*slopes: float) -> Any:
        draws = {"slope": np.array(slopes)}
        return sample(Mixed(), "b", VALUES, [ONE], draws, progress=False).answers[ONE]

    assert given(1.0, 2.5, 4.0).missing == "1 of 2 draws gave a word, the rest a number"
    assert given(2.5, 4.0).values == ("steep", None)


@pytest.mark.parametrize("odd", [math.inf, -math.inf])
def test_what_is_handed_on_is_finite_or_not_known(odd: float) -> None:
    whole = Ask("toy.line", (), along=WHOLE)
    found = asked(Patchy(odd=odd), whole).answers[whole].values
    assert np.isnan(found[1].values).tolist() == [False, True]  # type: ignore[union-attr]
    assert found[1].attrs["unit"] == "Mt"  # type: ignore[union-attr]
    assert found[2].values.tolist() == [2.0, 4.0]  # type: ignore[union-attr]


@pytest.mark.parametrize("value", [math.nan, math.inf, True, [1.0]])
def test_another_source_without_a_finite_number_has_none(value: Any) -> None:
    others = (Source("odd", value=value), Source("even", value=4.0), Source("word", value="some"))
    central = asked(Patchy(alternatives=others), ONE).answers[ONE].central
    assert central is not None
    assert [s.value for s in central.alternatives] == [None, 4.0, "some"]


def test_words_have_no_order_along_a_dimension() -> None:
    class Words(Toy):
        def solve(self, prepared: Any, parameters: Any) -> Outcome:
            words = xr.DataArray(["a", "b"], {"x": ["1", "2"]}, ["x"])
            return Outcome("toy", "b", lambda m, w: Reading("a", ""), lambda m, w: words)

    ask = Ask("toy.line", (), along="x")
    assert asked(Words(), ask).answers[ask].missing == "engine toy has no numbers for toy.line"
    whole = Ask("toy.line", (), along=WHOLE)
    assert asked(Words(), whole).answers[whole].values[0].values.tolist() == ["a", "b"]  # type: ignore[union-attr]


# Faults on the way to a draw ----------------------------------------------------------------------


class Unready(Toy):
    def prepare(self, world: object, scenario: object) -> str:
        raise KeyError("no plan")


class Undeclared(Toy):
    def parameters(self, world: object) -> tuple[Parameter, ...]:
        raise SystemExit(1)


@dataclass(frozen=True)
class Odd(Toy):
    """A toy whose parameters are drawn from a prior that is none."""

    def parameters(self, world: object) -> tuple[Parameter, ...]:
        slope, *rest = super().parameters(world)
        assert slope.prior is not None
        return (replace(slope, prior=replace(slope.prior, args=())), *rest)


@pytest.mark.parametrize(
    ("toy", "says"),
    [
        (Unready(), "engine toy failed: KeyError: 'no plan'"),
        (Undeclared(), "engine toy failed: SystemExit: 1"),
        (Odd(), "engine toy failed: IndexError: tuple index out of range"),
    ],
)
def test_a_fault_before_the_draws_is_the_answer(toy: Toy, says: str) -> None:
    registry = Registry(World.load(), {"toy": toy})  # type: ignore[dict-item]
    step = trace(registry, "toy", BASELINE)
    found = sample_steps(registry, [(step, [ONE])], draws=2, seed=1)
    assert found.answer(step, ONE).missing == says


def test_the_fault_itself_is_kept_for_who_looks_for_it() -> None:
    class Broken(Toy):
        def solve(self, prepared: Any, parameters: Any) -> Outcome:
            raise LookupError("deep inside")

    with pytest.raises(EngineError) as refusal:
        asked(Broken(), ONE)
    assert isinstance(refusal.value.__cause__, LookupError)
