"""Frustration of a signed network: known graphs, brute force, bounds, and what must not matter."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.engines.alignment.blocs import network
from multipolar.engines.alignment.frustration import (
    balanced_triads,
    contradicted,
    frustration,
)
from multipolar.errors import EngineError


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def divisions(n: int, k: int) -> Iterator[list[int]]:
    """Every division of n in at most k camps, once."""

    def extend(c: list[int], used: int) -> Iterator[list[int]]:
        if len(c) == n:
            yield c
            return
        for a in range(min(used + 1, k)):
            yield from extend([*c, a], max(used, a + 1))

    return extend([], 0)


@st.composite
def networks(draw: st.DrawFn, most: int = 7) -> np.ndarray:
    n = draw(st.integers(2, most))
    links = st.integers(-3, 3)
    W = np.zeros((n, n))
    for i, j in combinations(range(n), 2):
        W[i, j] = W[j, i] = draw(links)
    return W


def least(W: np.ndarray, k: int) -> float:
    return min(contradicted(W, c) for c in divisions(len(W), k))


def of_edges(edges: list[tuple[int, int]], n: int, sign: float) -> np.ndarray:
    W = np.zeros((n, n))
    for i, j in edges:
        W[i, j] = W[j, i] = sign
    return W


PETERSEN = [
    *((i, (i + 1) % 5) for i in range(5)),
    *((i, i + 5) for i in range(5)),
    *((5 + i, 5 + (i + 2) % 5) for i in range(5)),
]


def test_petersen_graph_of_enemies() -> None:
    """Its largest cut has 12 of 15 links (Zaslavsky 2012, Discrete Mathematics 312:1558-1583)."""
    found = frustration(of_edges(PETERSEN, 10, -1.0), rng())
    assert found.share == pytest.approx(3 / 15) and found.exact
    three = frustration(of_edges(PETERSEN, 10, -1.0), rng(), camps=3)  # it takes three colours
    assert three.share == 0 and three.exact


@pytest.mark.parametrize(("n", "camps"), [(5, 2), (6, 2), (7, 3), (12, 2), (9, 4)])
def test_everybody_hostile(n: int, camps: int) -> None:
    """Camps of equal size contradict the fewest of n (n - 1) / 2 links."""
    sizes = [n // camps + (k < n % camps) for k in range(camps)]
    W = np.eye(n) - np.ones((n, n))
    found = frustration(W, rng(), camps=camps)
    assert found.share == pytest.approx(sum(x * (x - 1) for x in sizes) / (n * (n - 1)))
    assert found.exact and sorted(np.bincount(found.labels)) == sorted(sizes)


@settings(deadline=None, max_examples=40)
@given(networks(), st.integers(2, 4))
def test_brute_force(W: np.ndarray, camps: int) -> None:
    found = frustration(W, rng(), camps=camps, restarts=3)
    assert found.exact and found.lower == found.share
    assert found.share == pytest.approx(least(W, camps), abs=1e-12)
    assert contradicted(W, found.labels) == pytest.approx(found.share)
    bounds = frustration(W, rng(), camps=camps, restarts=3, exact=0)
    assert bounds.lower <= found.share + 1e-9 and bounds.share >= found.share - 1e-9


@settings(deadline=None, max_examples=30)
@given(networks(), st.data())
def test_what_must_not_matter(W: np.ndarray, data: st.DataObject) -> None:
    """Order, scale, and, for two camps, turning all links of some states to their opposite."""
    share = frustration(W, rng()).share
    order = data.draw(st.permutations(range(len(W))))
    flip = np.array(data.draw(st.lists(st.sampled_from([-1, 1]), min_size=len(W), max_size=len(W))))
    for other in (W[np.ix_(order, order)], 7.5 * W, W * np.outer(flip, flip)):
        assert frustration(other, rng(1)).share == pytest.approx(share, abs=1e-12)
    assert share <= 0.5 + 1e-12
    if np.abs(W).sum():
        assert frustration(W, rng(), camps=3).share <= share + 1e-12


def test_a_balanced_network_of_any_size() -> None:
    camp = np.array([1.0] * 60 + [-1.0] * 40)
    W = np.outer(camp, camp) * rng().uniform(0.1, 1, (100, 100))
    W = W + W.T
    found = frustration(W, rng())
    assert found.share == 0 and found.exact
    assert found.labels.tolist() == [0] * 60 + [1] * 40
    assert balanced_triads(W) == 1.0


@pytest.mark.parametrize(("n", "camps"), [(22, 2), (20, 3), (30, 2)])
def test_a_proof_agrees_with_bounds_and_annealing(n: int, camps: int) -> None:
    W = rng(n).normal(size=(n, n))
    W = W + W.T
    proven = frustration(W, rng(), camps=camps)
    loose = frustration(W, rng(3), camps=camps, exact=0)
    assert proven.exact and not loose.exact
    assert loose.lower < proven.share <= loose.share + 1e-12
    assert loose.share == pytest.approx(proven.share)


def test_bounds_are_worth_something() -> None:
    """No closer than 10% on noise, where they are loosest."""
    W = rng(1).normal(size=(60, 60))
    found = frustration(W + W.T, rng())
    assert 0.9 * found.share < found.lower < found.share


def test_a_proof_given_up_still_bounds() -> None:
    W = rng(4).normal(size=(28, 28))
    W = W + W.T
    proven, stopped = frustration(W, rng()), frustration(W, rng(), budget=200)
    assert proven.exact and not stopped.exact
    assert stopped.lower < proven.share <= stopped.share + 1e-12


@settings(deadline=None)
@given(networks(8))
def test_triads_one_by_one(W: np.ndarray) -> None:
    triads = [W[i, j] * W[j, k] * W[i, k] for i, j, k in combinations(range(len(W)), 3)]
    linked = [t for t in triads if t]
    share = np.mean([t > 0 for t in linked]) if linked else np.nan
    weight = sum(t for t in linked if t > 0) / sum(map(abs, linked)) if linked else np.nan
    assert balanced_triads(W) == pytest.approx(share, nan_ok=True)
    assert balanced_triads(W, weighted=True) == pytest.approx(weight, nan_ok=True)


def test_nobody_linked() -> None:
    found = frustration(np.zeros((3, 3)), rng())
    assert found.share == 0 and found.exact and found.labels.tolist() == [0, 0, 0]
    assert np.isnan(balanced_triads(np.zeros((3, 3))))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: frustration([[0.0, 1.0]], rng()), "is not square"),
        (lambda: frustration([[0.0, 1.0], [2.0, 0.0]], rng()), "is not symmetric"),
        (lambda: frustration([[0.0, np.nan], [np.nan, 0.0]], rng()), "not finite"),
        (lambda: frustration(np.eye(2), rng(), camps=1), "take 2 camps or more"),
        (lambda: contradicted(np.eye(2), [0]), "label each state"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        call()


@pytest.mark.parametrize(
    ("number", "most", "exact"), [(15, 0.0154, True), (40, 0.0661, False), (70, 0.0083, True)]
)
def test_the_assembly_is_near_two_camps(
    assembly: Any, number: int, most: float, exact: bool
) -> None:
    """Bounds meet in sessions 15 and 70: what the two camps contradict is proven."""
    V, codes = assembly(number)
    found = frustration(network(V), rng(), restarts=5)
    assert found.share < most and found.exact == exact
    assert found.lower > 0.95 * found.share
    apart = found.labels[codes.index("USA")] != found.labels[codes.index("CUB")]
    assert apart or number == 15  # Cuba changed sides in that session
