"""Maximum likelihood of the crisis game: published value, exact gradient, known parameters."""

from __future__ import annotations

import numpy as np
import pytest

from crisis_games import sanctions
from multipolar.engines.strategy.crisis import equilibria, example, outcome_probabilities, select
from multipolar.engines.strategy.data import published
from multipolar.engines.strategy.estimates import Estimates, columns_of
from multipolar.engines.strategy.estimation import (
    Data,
    covariance,
    estimate,
    log_likelihood,
    random_starts,
)
from multipolar.errors import DataError, EngineError, NotConverged
from multipolar.world import World

NAMES = ("V_A: constant", "C_B: x", "Wbar_A: constant", "Wbar_B: constant", "abar: constant")
TRUTH = np.array([1.0, 0.7, -1.6, -0.8, -1.3])


@pytest.fixture(scope="module")
def estimates() -> Estimates:
    return published(World.load())


def simulated(n: int = 60, seen: int = 400, seed: int = 3) -> Data:
    rng = np.random.default_rng(seed)
    x = {"x": rng.normal(size=n)}
    payoffs = Data.of(NAMES, x, np.ones((n, 4))).payoffs(TRUTH)
    four = outcome_probabilities(select(equilibria(payoffs), payoffs, "lowest"))
    return Data.of(NAMES, x, np.stack([rng.multinomial(seen, p / p.sum()) for p in four]))


def test_the_published_log_likelihood(estimates: Estimates) -> None:
    value, slope = log_likelihood(sanctions(estimates), estimates.values)
    assert value == pytest.approx(-3927.9095, abs=1e-3)
    # the coefficients are printed to six digits: a step of 5e-7 along each moves it by less
    assert np.abs(slope * 5e-7).max() < 1e-5


def test_the_shipped_covariance_is_that_of_the_data(estimates: Estimates) -> None:
    matrix, condition = covariance(sanctions(estimates), estimates.values)
    np.testing.assert_allclose(matrix, estimates.covariance, rtol=1e-3, atol=1e-6)
    assert 5e7 < condition < 5e8


def test_the_published_estimates_are_the_maximum(estimates: Estimates) -> None:
    fit = estimate(sanctions(estimates), start=estimates.values)
    assert np.abs(fit.coefficients - estimates.values).max() < 3e-4
    assert fit.log_likelihood == pytest.approx(-3927.9095, abs=1e-4)
    assert fit.ends[0].slope < 1e-3
    assert set(fit.weakest()) == {"C_B: constant", "Wbar_B: constant"}


def test_standard_errors_beside_those_the_authors_print(estimates: Estimates) -> None:
    """They agree where the data speak, and not for the constants on the ridge."""
    printed = World.load().table("crisis_estimates")["error"].to_numpy(float)
    ratio = dict(zip(estimates.names, estimates.errors / printed, strict=True))
    for name in ("S_A: senderecondep", "S_A: ally", "Wbar_A: constant", "C_B: contig"):
        assert ratio[name] == pytest.approx(1, abs=0.1)
    assert ratio["C_B: constant"] > 1.5
    assert ratio["Wbar_B: constant"] > 1.5


def test_the_gradient_is_that_of_the_likelihood() -> None:
    data = simulated()
    rng = np.random.default_rng(8)
    for _ in range(5):
        beta = TRUTH + rng.normal(size=len(TRUTH)) * 0.3
        slope = log_likelihood(data, beta)[1]
        for j, h in enumerate(1e-5 * np.eye(len(beta))):
            change = log_likelihood(data, beta + h)[0] - log_likelihood(data, beta - h)[0]
            assert slope[j] == pytest.approx(change / 2e-5, rel=1e-5, abs=1e-3)


def test_the_gradient_holds_in_every_payoff_at_every_equilibrium() -> None:
    """One coefficient for each of the seven payoffs, at the example with three equilibria."""
    names = [f"{u}: constant" for u in ("S_A", "V_A", "C_B", "Wbar_A", "Wbar_B", "abar", "V_B")]
    beta = example().games[0]
    four = outcome_probabilities(equilibria(example()))
    for probabilities in four:
        data = Data.of(names, {}, 1000 * probabilities[None])
        slope = log_likelihood(data, beta + 1e-3)[1]
        for j, h in enumerate(1e-6 * np.eye(7)):
            up, down = (log_likelihood(data, beta + 1e-3 + s * h)[0] for s in (1, -1))
            assert slope[j] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-3)


def test_known_parameters_are_recovered() -> None:
    data = simulated()
    fit = estimate(data, starts=4, seed=1)
    assert fit.log_likelihood >= log_likelihood(data, TRUTH)[0]
    # 3.5 standard errors in each: passed by chance in all but one in 400 samples
    assert (np.abs(fit.coefficients - TRUTH) < 3.5 * fit.errors).all()
    assert fit.errors.max() < 0.2
    assert len(fit.ends) <= 4 and fit.reached >= 1
    assert fit.ends[0].log_likelihood == max(e.log_likelihood for e in fit.ends)
    again = estimate(data, start=TRUTH)
    assert fit.log_likelihood == pytest.approx(again.log_likelihood, abs=1e-3)


def test_starts_are_those_of_the_seed() -> None:
    data = simulated(n=5)
    assert (random_starts(data, 3, 7) == random_starts(data, 3, 7)).all()
    assert (random_starts(data, 3, 7) != random_starts(data, 3, 8)).any()


def test_what_the_data_do_not_identify_is_said() -> None:
    """A constant on every payoff of B can be moved without any change."""
    names = [
        "V_A: constant",
        "C_B: constant",
        "Wbar_B: constant",
        "V_B: constant",
        "Wbar_A: constant",
        "abar: constant",
    ]
    counts = np.array([[60.0, 20, 12, 8]])
    with pytest.raises(NotConverged, match="identify"):
        covariance(Data.of(names, {}, counts), [1.0, -0.2, -0.8, 0.1, -1.6, -1.3])


def test_an_outcome_without_a_chance_has_no_likelihood() -> None:
    names = [
        "S_A: constant",
        "V_A: constant",
        "Wbar_A: constant",
        "abar: constant",
        "V_B: constant",
    ]
    data = Data.of(names, {}, [[5.0, 1.0, 0.0, 0.0]])
    # only the corner without challenges is left: B concedes, and A prefers the status quo
    value, slope = log_likelihood(data, [1.0, 0.0, -2.0, -1.0, -4.0])
    assert value == -np.inf and not slope.any()


@pytest.mark.parametrize(
    ("error", "broken", "words"),
    [
        (DataError, lambda: Data.of(["V_A: constant"], {}, [1, 2, 3, 4]), "counts of shape"),
        (DataError, lambda: Data.of(["V_A: constant"], {}, [[1, 2, 3, -4]]), "counts"),
        (EngineError, lambda: Data.of(["U_A: constant"], {}, np.ones((1, 4))), "no coefficient"),
        (EngineError, lambda: Data.of(["V_A: x"], {}, np.ones((1, 4))), "no value for x"),
        (DataError, lambda: Data.of(["V_A: x"], {"x": [1, 2]}, np.ones((3, 4))), "lengths"),
        (DataError, lambda: Data.of(["V_A: x"], {"x": [np.nan]}, np.ones((1, 4))), "no number"),
        (DataError, lambda: estimate(Data.of(["V_A: x"], {"x": [0]}, np.ones((1, 4)))), "zero in"),
        (EngineError, lambda: estimate(simulated(n=3), start=[1.0]), "starts of shape"),
        (EngineError, lambda: columns_of(("ally",), {"aly": 0}), "did you mean"),
        (EngineError, lambda: columns_of(("targetecondep",), {"targetecondep": -1}), "below zero"),
    ],
)
def test_what_is_refused(error: type[Exception], broken, words: str) -> None:
    with pytest.raises(error, match=words):
        broken()


def test_draws_have_the_published_mean_and_covariance(estimates: Estimates) -> None:
    u = np.random.default_rng(4).uniform(size=(20_000, 20))
    drawn = estimates.draw(u)
    mean = (drawn.mean(axis=0) - estimates.values) / estimates.errors
    assert np.abs(mean).max() < 0.04
    # cut at three standard deviations a normal law keeps 97.3 percent of its variance
    ratio = drawn.std(axis=0) / estimates.errors
    assert ((ratio > 0.96) & (ratio < 1.02)).all()
    assert np.isfinite(estimates.draw([[0.0] * 20, [1.0] * 20])).all()
    with pytest.raises(EngineError, match="a row a draw"):
        estimates.draw([0.5] * 20)
    with pytest.raises(EngineError, match="outside"):
        estimates.draw([[1.5] * 20])


def test_payoffs_of_the_first_game_by_hand(estimates: Estimates) -> None:
    """Canada and the United States in the 1990s, with the coefficients of the article."""
    data = sanctions(estimates)
    game = data.payoffs(estimates.values).games[1]
    s, t = np.sqrt(0.0141107285657273), np.sqrt(0.158019453630559)
    assert game[0] == pytest.approx(-0.519291 * s + 0.007135 * 10 + 0.037665 - 0.159846, abs=1e-9)
    assert game[2] == pytest.approx(-4.527959 + 2.827997 * t + 0.192767 + 0.099668 - 0.019684)
    assert game[4] == pytest.approx(-4.424516 - 0.013952 * 10 + 0.289350 * 2.48220961954095)
    assert game[6] == 0
