"""Similarity of pairs: textbook tables, other programs' numbers, and what must not matter."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from multipolar.engines.alignment.similarity import (
    SIMILARITIES,
    bootstrap,
    joint_votes,
    kappa,
    lijphart,
    pi,
    resampled,
    s,
    sums,
)
from multipolar.errors import EngineError

NAN = float("nan")
VOTE = st.sampled_from([1.0, 0.0, -1.0, NAN])
VOTES = st.tuples(st.integers(1, 12), st.integers(2, 5)).flatmap(
    lambda shape: arrays(float, shape, elements=VOTE)
)
# 24 votes of two voters; the numbers beside them are those of sklearn.metrics.cohen_kappa_score
# 1.9.1 and, for pi, of krippendorff 0.9.0: alpha = 1 - (1 - pi) (2 n - 1) / (2 n)
A = [0, -1, -1, 1, 1, -1, 1, -1, -1, 1, 1, 1, 1, 1, 0, 0, -1, -1, 0, -1, 1, 1, 0, 1]
B = [0, -1, -1, 0, 1, 0, 1, -1, -1, 1, -1, 1, 1, 1, 0, 0, -1, 1, 0, 1, -1, 1, 0, 0]


def pair(*runs: tuple[float, float, int]) -> np.ndarray:
    return np.array([[a, b] for a, b, times in runs for _ in range(times)])


@pytest.mark.parametrize("distance", ["squared", "absolute"])
def test_two_by_two_table(distance: Any) -> None:
    """Yes-yes 20, yes-no 5, no-yes 10, no-no 15: kappa 0.4; pi from pooled margins 55 and 45."""
    V = pair((1, 1, 20), (1, -1, 5), (-1, 1, 10), (-1, -1, 15))
    assert kappa(V, distance=distance)[0, 1] == pytest.approx(0.4)
    assert pi(V, distance=distance)[0, 1] == pytest.approx((0.7 - 0.505) / (1 - 0.505))


def test_weighted_kappa_and_pi_of_other_programs() -> None:
    V = np.column_stack([A, B])
    assert kappa(V)[0, 1] == pytest.approx(0.4492753623188406)
    assert kappa(V, distance="absolute")[0, 1] == pytest.approx(0.5018867924528303)
    alpha = 0.4604229607250755
    assert pi(V)[0, 1] == pytest.approx(1 - (1 - alpha) * 48 / 47)


def test_by_hand() -> None:
    """Four joint votes: yes-yes, yes-abstain, no-yes, abstain-abstain, and one that is not joint."""
    V = np.array([[1, 1], [1, 0], [-1, 1], [0, 0], [1, NAN]])
    assert joint_votes(V)[0, 1] == 4
    for name, value in {"lijphart": 2.5 / 4, "s": 1 - 2 * 3 / (4 * 2), "identical": 0.5}.items():
        assert SIMILARITIES[name](V)[0, 1] == pytest.approx(value)
    # margins (2, 1, 1) and (2, 2, 0) of 4, in quarters of the largest squared distance:
    # observed (1 + 4) / 4; chance, separate: (2*2*1 + 1*2*1 + 1*2*4 + 1*2*1) / 16 = 16/16
    assert kappa(V)[0, 1] == pytest.approx(1 - (5 / 4) / (16 / 16))
    # pooled (4, 3, 1) of 8: 2 * (4*3*1 + 4*1*4 + 3*1*1) / 64 = 62/64
    assert pi(V)[0, 1] == pytest.approx(1 - (5 / 4) / (62 / 64))


@given(VOTES)
def test_squared_pi_and_kappa_by_moments(V: np.ndarray) -> None:
    """Hage's components: squared differences over squares about the means, and between them."""
    for i, j in product(range(V.shape[1]), repeat=2):
        x, y = V[np.isfinite(V[:, i] + V[:, j])][:, [i, j]].T
        if not len(x):
            continue
        off = ((x - y) ** 2).sum()
        apart = ((x - x.mean()) ** 2).sum() + ((y - y.mean()) ** 2).sum()
        apart += len(x) * (x.mean() - y.mean()) ** 2
        middle = (x.mean() + y.mean()) / 2
        pooled = ((x - middle) ** 2).sum() + ((y - middle) ** 2).sum()
        for found, chance in ((kappa(V), apart), (pi(V), pooled)):
            if chance > 1e-9:
                assert found[i, j] == pytest.approx(1 - off / chance, abs=1e-9)
            else:
                assert np.isnan(found[i, j])


@given(VOTES)
def test_lijphart_pair_by_pair(V: np.ndarray) -> None:
    found = lijphart(V)
    for i, j in product(range(V.shape[1]), repeat=2):
        gap = np.abs(V[:, i] - V[:, j])
        gap = gap[np.isfinite(gap)]
        assert (
            np.isnan(found[i, j])
            if not len(gap)
            else found[i, j] == pytest.approx(1 - gap.mean() / 2)
        )


@pytest.mark.parametrize("name", SIMILARITIES)
@given(data=st.data())
def test_what_must_not_matter(name: str, data: st.DataObject) -> None:
    """Order of votes and states, which side is called yes, writing votes twice, float32."""
    V = data.draw(VOTES)
    measure = SIMILARITIES[name]
    found = measure(V)
    rows = data.draw(st.permutations(range(len(V))))
    columns = data.draw(st.permutations(range(V.shape[1])))
    again = {
        "symmetric": found.T,
        "votes": measure(V[rows]),
        "sides": measure(-V),
        "twice": measure(np.concatenate([V, V])),
        "float32": measure(V.astype(np.float32)),
        "weights": measure(V, weights=np.full(len(V), 3.0)),
    }
    for what, other in again.items():
        np.testing.assert_allclose(other, found, atol=1e-12, err_msg=what)
    np.testing.assert_allclose(measure(V[:, columns]), found[np.ix_(columns, columns)], atol=1e-12)
    low, high = {"lijphart": (0, 1), "identical": (0, 1)}.get(name, (-1, 1))
    known = found[np.isfinite(found)]
    assert ((known >= low - 1e-12) & (known <= high + 1e-12)).all()
    np.testing.assert_allclose(np.diag(found)[np.isfinite(np.diag(found))], 1.0)


@given(VOTES)
def test_s_is_twice_lijphart_less_one(V: np.ndarray) -> None:
    np.testing.assert_allclose(s(V), 2 * lijphart(V) - 1, atol=1e-12)


@pytest.mark.parametrize("name", SIMILARITIES)
@given(data=st.data())
def test_a_weight_is_a_number_of_times(name: str, data: st.DataObject) -> None:
    V = data.draw(VOTES)
    times = data.draw(arrays(int, len(V), elements=st.integers(0, 3)))
    written_out = SIMILARITIES[name](np.repeat(V, times, axis=0))
    np.testing.assert_allclose(
        SIMILARITIES[name](V, weights=times), written_out, rtol=1e-9, atol=1e-12
    )


def test_where_chance_leaves_nothing_to_disagree_on() -> None:
    always = pair((1, 1, 5))
    assert np.isnan(kappa(always)[0, 1]) and np.isnan(pi(always)[0, 1])
    assert lijphart(always)[0, 1] == 1
    one_varies = pair((1, 1, 3), (1, -1, 2))
    assert kappa(one_varies)[0, 1] == 0
    assert pi(one_varies)[0, 1] < 0
    opposed = pair((1, -1, 5))
    assert kappa(opposed)[0, 1] == 0  # as their own habits would have it
    assert pi(opposed)[0, 1] == -1


def test_too_few_joint_votes() -> None:
    V = np.array([[1, 1, NAN], [1, -1, 1], [0, 0, NAN]])
    found = lijphart(V, minimum=2)
    assert np.isfinite(found[0, 1]) and np.isnan(found[0, 2])
    assert np.isnan(lijphart([[1, NAN], [NAN, 1]])[0, 1])


@given(VOTES)
def test_sums_of_differences(V: np.ndarray) -> None:
    both = sums(V)
    gap = V[:, :, None] - V[:, None, :]
    np.testing.assert_allclose(both.n, np.isfinite(gap).sum(axis=0))
    np.testing.assert_allclose(both.gap, np.nansum(np.abs(gap), axis=0), atol=1e-12)
    np.testing.assert_allclose(both.square, np.nansum(gap**2, axis=0), atol=1e-12)


def test_standard_error_of_a_share() -> None:
    """The share of identical votes of one pair is a mean of draws: sqrt(p (1 - p) / n)."""
    V = pair((1, 1, 60), (1, -1, 20))
    found = bootstrap(V, "identical", np.random.default_rng(1), draws=4000)
    assert found.error[0, 1] == pytest.approx(np.sqrt(0.75 * 0.25 / 80), rel=0.05)
    assert found.error[0, 0] == 0 and found.value[0, 1] == 0.75 and found.joint[0, 1] == 80


def test_bootstrap_repeats_itself_and_counts_undefined_draws() -> None:
    V = np.array([[1, 1], [1, 1], [1, -1]])
    one, other = (bootstrap(V, "kappa", np.random.default_rng(5), draws=300) for _ in range(2))
    np.testing.assert_array_equal(one.error, other.error)
    # a draw without the third vote leaves nothing to disagree on
    assert one.defined[0, 1] == pytest.approx(1 - (2 / 3) ** 3, abs=0.1)
    few = bootstrap(V, "lijphart", np.random.default_rng(5), draws=20, minimum=4)
    assert np.isnan(few.error).all() and np.isnan(few.value).all()


def test_resampled_weights() -> None:
    w = resampled(50, 2000, np.random.default_rng(2))
    assert (w.sum(axis=1) == 50).all()
    assert w.mean(axis=0) == pytest.approx(np.ones(50), abs=0.1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lijphart([[2.0, 1.0]]), "2 is not a vote. Hint: 1 is yes"),
        (lambda: lijphart([[np.inf, 1.0]]), "is not a vote"),
        (lambda: lijphart([1.0, 0.0]), "1 dimensions. Hint: give a matrix"),
        (lambda: lijphart([[1.0, 0.0]], weights=[1.0, 2.0]), "for 1 votes"),
        (lambda: lijphart([[1.0, 0.0]], weights=[-1.0]), "at least 0"),
        (lambda: kappa([[1.0, 0.0]], distance="square"), "did you mean 'squared'"),
        (lambda: bootstrap([[1.0, 0.0]], "kapa", np.random.default_rng(0)), "mean 'kappa'"),
        (lambda: resampled(0, 5, np.random.default_rng(0)), "5 draws of 0 votes"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(EngineError, match=message) as error:
        call()
    assert "\n" not in str(error.value)


def test_close_states_agree(assembly: Any, published_points: Any) -> None:
    """Every measure falls with the distance of published ideal points (Bailey et al. 2017)."""
    V, codes = assembly(70)
    points = published_points(70)
    keep = [k for k, code in enumerate(codes) if code in points.index]
    x = points[[codes[k] for k in keep]].to_numpy()
    above = np.triu_indices(len(x), 1)
    far = np.abs(x[:, None] - x)[above]
    for name, most in {"lijphart": -0.8, "identical": -0.8, "pi": -0.75, "kappa": -0.6}.items():
        near = SIMILARITIES[name](V[:, keep], minimum=10)[above]
        known = np.isfinite(near)
        assert spearmanr(near[known], far[known]).statistic < most, name


def test_published_roll_calls_recount(assembly: Any) -> None:
    """Russia and the United States in session 74: counted vote by vote, without the kernel."""
    V, codes = assembly(74)
    usa, russia = V[:, codes.index("USA")], V[:, codes.index("RUS")]
    score = {0.0: 1.0, 1.0: 0.5, 2.0: 0.0}
    cast = [score[abs(a - b)] for a, b in zip(usa, russia, strict=True) if a == a and b == b]
    i, j = codes.index("USA"), codes.index("RUS")
    assert lijphart(V)[i, j] == pytest.approx(sum(cast) / len(cast))
    assert joint_votes(V)[i, j] == len(cast)
