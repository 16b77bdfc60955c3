"""Cohesion of a bloc: values by hand, and what must not matter."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from multipolar.engines.alignment.cohesion import (
    INDICES,
    agreement_index,
    cohesion,
    pairwise,
    rice,
)
from multipolar.engines.alignment.similarity import lijphart
from multipolar.errors import EngineError

NAN = float("nan")
VOTES = st.tuples(st.integers(1, 8), st.integers(2, 6)).flatmap(
    lambda shape: arrays(float, shape, elements=st.sampled_from([1.0, 0.0, -1.0, NAN]))
)


def votes(yes: int, abstain: int, no: int) -> np.ndarray:
    return np.array([[1.0] * yes + [0.0] * abstain + [-1.0] * no])


@pytest.mark.parametrize(
    ("counts", "values"),
    [
        ((9, 0, 0), (1.0, 1.0, 1.0)),
        ((3, 3, 3), (0.0, 0.0, (9 + 18 / 2) / 36)),  # three equal parts: no agreement
        ((6, 0, 2), (0.5, 0.625, 16 / 28)),  # pairs: 15 + 1 alike of 28
        ((4, 4, 0), (1.0, 0.25, (6 + 6 + 16 / 2) / 28)),  # abstaining is a third choice
        ((0, 5, 0), (NAN, 1.0, 1.0)),
        ((1, 0, 0), (1.0, 1.0, NAN)),
    ],
)
def test_by_hand(counts: tuple[int, int, int], values: tuple[float, float, float]) -> None:
    V = votes(*counts)
    found = [float(index(V)[0]) for index in (rice, agreement_index, pairwise)]
    assert found == pytest.approx(values, nan_ok=True)


@pytest.mark.parametrize("name", INDICES)
@given(data=st.data())
def test_what_must_not_matter(name: str, data: st.DataObject) -> None:
    """Order of members, which side is called yes, and outsiders; the index stays in [0, 1]."""
    V = data.draw(VOTES)
    index = INDICES[name]
    found = index(V, None)
    order = data.draw(st.permutations(range(V.shape[1])))
    np.testing.assert_allclose(index(V[:, order], None), found)
    np.testing.assert_allclose(index(-V, None), found)
    wider = np.concatenate([V, np.ones((len(V), 2))], axis=1)
    members = np.arange(wider.shape[1]) < V.shape[1]
    np.testing.assert_allclose(index(wider, members), found)
    np.testing.assert_allclose(index(wider, np.tile(members, (len(V), 1))), found)
    known = found[np.isfinite(found)]
    assert ((known >= 0) & (known <= 1)).all()


@given(VOTES)
def test_pairwise_is_the_mean_agreement_of_pairs(V: np.ndarray) -> None:
    for vote, found in zip(V, pairwise(V), strict=True):
        cast = vote[np.isfinite(vote)]
        pairs = [1 - abs(a - b) / 2 for a, b in combinations(cast, 2)]
        assert found == pytest.approx(np.mean(pairs) if pairs else NAN, nan_ok=True)


def test_with_everybody_present_it_is_the_mean_of_lijphart() -> None:
    V = np.random.default_rng(0).choice([1.0, 0.0, -1.0], (30, 6))
    above = np.triu_indices(6, 1)
    assert pairwise(V).mean() == pytest.approx(lijphart(V)[above].mean())


def test_sessions() -> None:
    V = np.concatenate(
        [votes(4, 0, 0), votes(2, 0, 2), votes(3, 0, 1), votes(1, 0, 0).repeat(4, 1)]
    )
    V[3, 1:] = NAN  # one member alone does not count
    found = cohesion(V, [2, 2, 1, 1], index="rice")
    assert found.session.tolist() == [1, 2]
    assert found.value.tolist() == [0.5, 0.5]
    assert found.votes.tolist() == [1, 2]
    # two votes of 1 and 0: sd sqrt(1/2), over sqrt(2)
    assert found.error.tolist() == pytest.approx([NAN, 0.5], nan_ok=True)
    assert cohesion(V, [2, 2, 1, 1], index="rice", minimum=1).votes.tolist() == [2, 2]


def test_membership_that_changes() -> None:
    V = np.array([[1.0, 1.0, -1.0], [1.0, 1.0, -1.0]])
    members = np.array([[True, True, False], [True, False, True]])
    assert agreement_index(V, members).tolist() == [1.0, 0.25]


def test_a_session_without_a_vote_that_counts() -> None:
    found = cohesion([[1.0, NAN], [1.0, 1.0]], [1, 2])
    assert np.isnan(found.value[0]) and found.votes.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rice([[1.0, 0.0]], [True]), "give True or False for each state"),
        (lambda: rice([[1.0, 0.0]], [1, 0]), "members of type int64"),
        (lambda: cohesion([[1.0, 0.0]], [1, 2]), "a whole number for each vote"),
        (lambda: cohesion([[1.0, 0.0]], [1.5]), "sessions of type float64"),
        (lambda: cohesion([[1.0, 0.0]], [1], index="agreemnt"), "did you mean 'agreement'"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        call()


def test_the_european_community_holds_together(assembly: Any) -> None:
    """The nine vote together more than all states do, and more in session 60 than in 40."""
    nine = {"BEL", "DEU", "DNK", "FRA", "GBR", "IRL", "ITA", "LUX", "NLD"}
    value = {}
    for number in (40, 60):
        V, codes = assembly(number)
        when = np.full(len(V), number)
        members = np.array([code in nine for code in codes])
        assert members.sum() == 9
        value[number] = float(cohesion(V, when, members).value[0])
        assert value[number] > float(cohesion(V, when).value[0])
    assert value[60] > value[40]
