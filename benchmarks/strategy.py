"""Speed of the crisis games: equilibria a second, against a plain loop, and one fit by likelihood."""

from __future__ import annotations

import math
import statistics
import sys
import time

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import log_ndtr

import validation
from benchmarks.measuring import report
from multipolar.engines.strategy.crisis import UTILITIES, Payoffs, equilibria
from multipolar.engines.strategy.data import published
from multipolar.engines.strategy.estimation import Data, estimate
from multipolar.world import World

DATA = validation.DATA / "strategy" / "sanctionsData_ties_1970_2000.csv"
GAMES, PLAIN = 20_000, 40
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)
_GRID = np.linspace(-6.0, 7.5, 160)


def games(n: int) -> Payoffs:
    """Games with payoffs around those of the worked example, one in twenty with three equilibria."""
    rng = np.random.default_rng(1)
    middle = np.array([0.0, 1.0, 0.0, -1.9, -2.8, -1.2, 1.0])
    table = middle + rng.normal(size=(n, 7))
    return Payoffs.of(**dict(zip(UTILITIES, table.T, strict=True)))


def _plain_excess(z: float, game: list[float]) -> float:
    """T(z) - z, with the odds of the last move by a quadrature over its normal density."""
    sq_a, concede_a, back_b, war_a, war_b, back_a, resist_b = game
    p = math.exp(float(log_ndtr(z)))
    c = min(max(concede_a + (sq_a - concede_a) / p, -60.0), 60.0)
    logs = []
    for own, other in ((war_a, back_a), (back_a, war_a)):
        low, high = c, max(c, own, other) + 9.0
        low = max(low, min(own, other) - 9.0)
        w = 0.5 * (high - low) * _NODES + 0.5 * (high + low)
        f = -0.5 * (w - own) ** 2 + log_ndtr(w - other)
        top = f.max()
        logs.append(top + math.log(float(_WEIGHTS @ np.exp(f - top)) * 0.5 * (high - low)))
    odds = math.exp(min(logs[1] - logs[0], 700.0))
    return war_b - back_b + (resist_b - back_b) * odds - z


def plain(game: list[float]) -> list[float]:
    """The equilibria of one game by a grid of 160 and Brent's method, as one would write it first."""
    values = [_plain_excess(float(z), game) for z in _GRID]
    return [
        float(brentq(_plain_excess, _GRID[k], _GRID[k + 1], args=(game,), xtol=1e-12))
        for k in range(len(_GRID) - 1)
        if values[k] * values[k + 1] < 0
    ]


def strategy() -> None:
    """Report every figure; say what is left out and why."""
    many = games(GAMES)
    equilibria(games(2))  # compiles
    spent = []
    for _ in range(5):
        start = time.perf_counter()
        found = equilibria(many)
        spent.append(time.perf_counter() - start)
    rate = GAMES / statistics.median(spent)
    note = f"one core; {int((found.counts > 1).sum())} of {GAMES} games have several; aim 20,000"
    report("strategy.games_per_second", rate, "games/s", note)
    _loop(many, rate)
    if DATA.exists():
        _fit()
    else:
        print("strategy: the sanctions data are not here", file=sys.stderr)


def _loop(many: Payoffs, rate: float) -> None:
    found = equilibria(many)
    start = time.perf_counter()
    roots = [plain(list(g)) for g in many.games[:PLAIN]]
    slow = PLAIN / (time.perf_counter() - start)
    apart = 0.0
    for i, z in enumerate(roots):
        own = found.z[(found.game == i) & (found.z > _GRID[0]) & (found.z < _GRID[-1])]
        # more than the loop would mean that its grid stepped over a pair
        apart = max(apart, max((float(np.abs(own - v).min()) for v in z), default=0.0))
        if len(own) != len(z):
            print(
                f"strategy: game {i} has {len(own)} equilibria, the loop finds {len(z)}",
                file=sys.stderr,
            )
    report(
        "strategy.speedup_over_loop",
        rate / slow,
        "x",
        f"plain loop {slow:.0f} games/s, roots within {apart:.0e}; aim 50",
    )


def _fit() -> None:
    estimates = published(World.load())
    frame = pd.read_csv(DATA)
    columns = {c: frame[c].to_numpy(float) for c in estimates.covariates}
    data = Data.of(estimates.names, columns, frame[["sq", "cd", "sf", "bd"]])
    start = time.perf_counter()
    fit = estimate(data, start=estimates.values)
    report(
        "strategy.fit_seconds",
        time.perf_counter() - start,
        "s",
        f"418 games, 20 coefficients, from the published ones, errors and all; "
        f"log-likelihood {fit.log_likelihood:.4f}, condition {fit.condition:.1e}",
    )


if __name__ == "__main__":
    strategy()
