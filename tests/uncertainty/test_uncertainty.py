from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.engines import Parameter, Prior, Reference
from multipolar.errors import EngineFailed, NotConverged
from multipolar.pipeline import Ask, sample
from multipolar.uncertainty import child_seed, design, find_pivot
from toy import Toy

SOURCE = Reference("tests")
ONE = Ask("toy.line", (("x", "1"),))
START = {"slope": 1.0, "shift": 0.0}


def parameter(name: str, prior: Prior) -> Parameter:
    return Parameter(name, 1.0, "1", name, SOURCE, prior)


@pytest.mark.parametrize("method", ["sobol", "latin-hypercube"])
@pytest.mark.parametrize("n", [1, 7, 64, 100])
def test_designs_fill_the_prior_evenly(method: str, n: int) -> None:
    prior = Prior("uniform", (2.0, 6.0))
    values = design([parameter("a", prior)], n, child_seed(5, "toy"), method)["a"]  # type: ignore[arg-type]
    assert values.shape == (n,)
    assert values.min() >= 2
    assert values.max() <= 6
    if n == 64:  # both designs put exactly one point into each of 64 equal cells
        cells = np.floor((values - 2) / 4 * 64).astype(int)
        assert sorted(cells) == list(range(64))


def test_draws_depend_on_the_seed_and_on_the_engine_alone() -> None:
    p = [parameter("a", Prior("normal", (0.0, 1.0)))]
    first = design(p, 16, child_seed(1, "gas"))["a"]
    assert np.array_equal(first, design(p, 16, child_seed(1, "gas"))["a"])
    assert not np.array_equal(first, design(p, 16, child_seed(2, "gas"))["a"])
    assert not np.array_equal(first, design(p, 16, child_seed(1, "trade"))["a"])


PRIORS = [
    (Prior("uniform", (1.0, 3.0)), 2.0),
    (Prior("loguniform", (1.0, 100.0)), 10.0),
    (Prior("triangular", (0.0, 1.0, 2.0)), 1.0),
    (Prior("triangular", (0.0, 0.0, 1.0)), 1 - 0.5**0.5),
    (Prior("normal", (5.0, 2.0)), 5.0),
    (Prior("choice", (1.0, 2.0, 3.0)), 2.0),
]


@pytest.mark.parametrize(("prior", "median"), PRIORS)
def test_prior_medians_are_the_known_ones(prior: Prior, median: float) -> None:
    assert prior.quantile(0.5) == pytest.approx(median, rel=1e-9)


@given(st.sampled_from([p for p, _ in PRIORS]), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_never_fall(prior: Prior, u: float, v: float) -> None:
    low, high = sorted((u, v))
    assert prior.quantile(low) <= prior.quantile(high)


def test_pivot_is_found_where_it_is() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.uniform(0, 10, 400), rng.uniform(0, 10, 400)
    found = find_pivot({"a": a, "b": b}, a < 6.5)
    assert found is not None
    assert (found.parameter, found.direction) == ("a", "below")
    assert found.at == pytest.approx(6.5, abs=0.1)
    assert found.accuracy == 1


def test_no_pivot_where_two_parameters_decide_together() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.uniform(-1, 1, 400), rng.uniform(-1, 1, 400)
    assert find_pivot({"a": a, "b": b}, a * b > 0) is None


def test_no_pivot_where_a_cut_only_repeats_the_commoner_answer() -> None:
    rng = np.random.default_rng(3)
    passes = rng.uniform(size=500) < 0.88  # nothing to do with the parameter
    assert find_pivot({"a": rng.uniform(size=500)}, passes) is None


def test_no_pivot_without_variation() -> None:
    assert find_pivot({"a": [1.0, 1.0, 1.0]}, [True, False, True]) is None
    assert find_pivot({"a": [1.0, 2.0]}, [True, True]) is None
    assert find_pivot({}, [True, False]) is None


@given(st.floats(0.2, 0.8), st.integers(0, 50))
def test_pivot_does_not_depend_on_scale_or_order(cut: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.uniform(size=128)
    ok = x > cut
    if ok.all() or not ok.any():
        return
    plain = find_pivot({"x": x}, ok)
    order = rng.permutation(128)
    moved = find_pivot({"x": 5 * x[order] - 3}, ok[order])
    assert plain is not None
    assert moved is not None
    # both are round numbers: of a range of five, to a half
    assert moved.at == pytest.approx(5 * plain.at - 3, abs=0.51)
    assert moved.direction == plain.direction == "above"


@pytest.mark.parametrize("workers", [1, 2])
def test_draws_solve_the_same_in_one_process_and_in_several(workers: int) -> None:
    toy = Toy(spread=1.0)
    declared = toy.parameters(None)
    drawn = design(declared, 32, child_seed(9, "toy"))
    values = {p.name: p.value for p in declared}
    found = sample(toy, "baseline", values, [ONE], drawn, workers=workers, progress=False)
    expected = drawn["slope"] + drawn["shift"]
    assert np.allclose(found.answers[ONE].values, expected, rtol=0, atol=1e-15)
    central = found.answers[ONE].central
    assert central is not None
    assert central.value == 1.5


@pytest.mark.parametrize("workers", [1, 2])
def test_a_draw_that_does_not_solve_has_no_value_and_is_counted(workers: int) -> None:
    drawn = {"slope": np.array([0.5, 1.95, 1.5, 2.0]), "shift": np.zeros(4)}
    along = Ask("toy.line", (), along="x")
    asks = [ONE, along, Ask("toy.line", (), along="*")]
    found = sample(Toy(breaks_above=1.9), "b", START, asks, drawn, workers=workers, progress=False)
    one, rows, whole = (found.answers[a] for a in asks)
    assert one.values == (0.5, None, 1.5, None)
    assert one.known == (0.5, 1.5)
    assert rows.values == ({"1": 0.5, "2": 1.0}, None, {"1": 1.5, "2": 3.0}, None)
    assert [v is None for v in whole.values] == [False, True, False, True]
    for answer in (one, rows, whole):
        assert (answer.failed, answer.missing) == (2, "")
        assert answer.failure.startswith("toy did not solve 'b' (not converged")
    assert found.draws == 4


def test_where_no_draw_or_not_the_middle_solves_there_are_no_numbers() -> None:
    drawn = {"slope": np.array([1.5, 1.95]), "shift": np.zeros(2)}
    toy = Toy(breaks_above=1.2)
    with pytest.raises(EngineFailed, match="2 of 2 draws did not solve, the first: toy did not"):
        sample(toy, "b", START, [ONE], drawn, progress=False)
    with pytest.raises(NotConverged):
        sample(toy, "b", {**START, "slope": 1.5}, [ONE], {"slope": np.array([1.0])})


def test_values_along_a_dimension() -> None:
    ask = Ask("toy.line", (), along="x")
    found = sample(Toy(), "baseline", {"slope": 2.0, "shift": 0.0}, [ask], {}, progress=False)
    assert found.answers[ask].values == ({"1": 2.0, "2": 4.0},)


def test_a_gap_is_said_not_filled() -> None:
    ask = Ask("toy.line", (("x", "3"),))
    found = sample(Toy(), "baseline", {"slope": 2.0, "shift": 0.0}, [ask], {}, progress=False)
    assert found.answers[ask].central is None
    assert "no row for x = 3" in found.answers[ask].missing
