"""The pivot: found where it is, confirmed on other draws, led by what can be known."""

from __future__ import annotations

import numpy as np
import pytest

from multipolar.engines import Parameter, Prior, Reference
from multipolar.uncertainty import Assumed, Box, Cut, child_seed, design, find_pivot
from multipolar.uncertainty.pivot import roundest

SOURCE = Reference("-")


def parameter(name: str, **more: object) -> Parameter:
    return Parameter(name, 0.5, "1", name, SOURCE, Prior("uniform", (0.0, 1.0)), **more)  # type: ignore[arg-type]


def drawn(n: int, d: int, seed: int) -> dict[str, np.ndarray]:
    return design([parameter(f"p{k:02}") for k in range(d)], n, child_seed(seed, "t"))


@pytest.mark.parametrize("n", [16, 100])
def test_noise_is_no_pivot(n: int) -> None:
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        passes = rng.uniform(size=n) < rng.uniform(0.15, 0.85)
        found += find_pivot(drawn(n, 6, seed), passes) is not None
    assert found <= 1


def test_a_cut_is_confirmed_on_other_draws() -> None:
    x = drawn(256, 8, 1)
    noisy = x["p03"] + 0.05 * np.random.default_rng(1).normal(size=256) > 0.4
    cut = find_pivot(x, noisy)
    assert isinstance(cut, Cut)
    assert (cut.parameter, cut.direction, cut.draws) == ("p03", "above", 128)
    assert cut.at == pytest.approx(0.4, abs=0.05)
    assert 0.85 <= cut.accuracy < 1  # of draws it was not fitted to


def test_a_box_where_no_cut_does() -> None:
    x = drawn(256, 8, 1)
    box = find_pivot(x, (x["p02"] > 0.3) & (x["p05"] < 0.7))
    assert isinstance(box, Box)
    assert {b.parameter for b in box.bounds} == {"p02", "p05"}
    assert box.passes
    assert min(box.coverage, box.density) > 0.85
    fails = find_pivot(x, ~((x["p02"] > 0.3) & (x["p05"] < 0.7)))
    assert isinstance(fails, Box)
    assert not fails.passes


def test_a_box_has_to_add_to_what_is_common_anyway() -> None:
    x = drawn(256, 4, 3)
    passes = np.random.default_rng(3).uniform(size=256) < 0.85
    assert find_pivot(x, passes) is None


def test_no_unidentified_parameter_leads() -> None:
    x = drawn(256, 5, 2)
    told = {k: parameter(k, identified=k != "p01") for k in x}
    alone = find_pivot(x, x["p01"] > 0.4, told)
    assert isinstance(alone, Assumed)
    assert [b.parameter for b in alone.bounds] == ["p01"]
    second = find_pivot(x, (x["p01"] > 0.35) & (x["p02"] > 0.35), told)
    assert isinstance(second, Box)
    assert [b.parameter for b in second.bounds] == ["p02", "p01"]
    # where it does nearly all of the work, one that is identified does not stand in front of it
    soft = find_pivot(x, (x["p01"] > 0.5) & (x["p02"] > 0.05), told)
    assert not isinstance(soft, (Box, Cut))


def test_two_that_nothing_identifies_are_named() -> None:
    x = drawn(256, 5, 2)
    told = {k: parameter(k, identified=k not in {"p00", "p01"}) for k in x}
    found = find_pivot(x, (x["p01"] > 0.35) & (x["p00"] > 0.35), told)
    assert isinstance(found, Assumed)
    assert {b.parameter for b in found.bounds} == {"p00", "p01"}


def test_the_same_draws_told_again_confirm_nothing() -> None:
    # 12 points, each judged by 20 sources alike: 240 rows, and not one draw more
    x = drawn(12, 3, 4)
    told = {k: np.repeat(v, 20) for k, v in x.items()}
    few = np.argsort(x["p00"]) < 2
    assert find_pivot(told, np.repeat(few, 20)) is None


def test_order_makes_no_difference() -> None:
    x = drawn(200, 6, 5)
    passes = (x["p02"] > 0.3) & (x["p05"] < 0.7)
    order = np.random.default_rng(0).permutation(200)
    moved = {k: v[order] for k, v in reversed(x.items())}
    assert find_pivot(moved, passes[order]) == find_pivot(x, passes)


def test_an_option_is_never_parted() -> None:
    told = {"set": parameter("set"), "x": parameter("x")}
    told["set"] = Parameter("set", 1.0, "1", "set", SOURCE, Prior("choice", (0.0, 1.0, 2.0)))
    x = design(list(told.values()), 128, child_seed(1, "t"))
    cut = find_pivot(x, x["set"] > 0.5, told)
    assert isinstance(cut, Cut)
    assert cut.bound.options == (0.0, 1.0, 2.0)
    assert cut.bound.holds(cut.bound.options).tolist() == [False, True, True]
    assert cut.accuracy == 1.0


@pytest.mark.parametrize(
    ("low", "high", "between"),
    [(0.5931, 0.6012, 0.6), (1480.0, 1530.0, 1500.0), (-0.31, -0.29, -0.3), (0, 1, 0.5)],
)
def test_limits_are_round(low: float, high: float, between: float) -> None:
    assert roundest(low, high) == between
    assert roundest(-high, -low) == -between
