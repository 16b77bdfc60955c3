"""Crisis games for the tests: in 40 digits, scanned on a grid, and the authors' data.

The references share nothing with the package: integrals by mpmath, roots by a scan and bisection.
"""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from multipolar.engines.strategy.estimates import Estimates
from multipolar.engines.strategy.estimation import Data
from validation import DATA

COUNTS = ["sq", "cd", "sf", "bd"]


def sanctions(estimates: Estimates) -> Data:
    """The authors' 418 games under their specification, or a skip that says they are not here."""
    path = DATA / "strategy" / "sanctionsData_ties_1970_2000.csv"
    if not path.exists():
        pytest.skip(f"the validation file {path.name} is not here")
    frame = pd.read_csv(path)
    columns = {c: frame[c].to_numpy(float) for c in estimates.covariates}
    return Data.of(estimates.names, columns, frame[COUNTS])


def random_games(n: int, seed: int) -> NDArray[np.float64]:
    """Payoffs (n, 7) of very different size, some of them equal or at the edge of a corner."""
    rng = np.random.default_rng(seed)
    games = rng.normal(size=(n, 7)) * rng.choice([0.5, 1.0, 2.0, 5.0, 20.0], size=(n, 1))
    games[::17, 1] = games[::17, 0]  # a concession is worth the status quo
    games[5::17, 3] = games[5::17, 5]  # A is indifferent between its last moves
    games[9::17, 6] = games[9::17, 2]  # B is, between conceding and A backing down
    games[3::13, 0] += 5.0  # challenges are rare
    return games


def _phi(x: mp.mpf) -> mp.mpf:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _cdf(x: mp.mpf) -> mp.mpf:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def mass(c: mp.mpf, own: mp.mpf, other: mp.mpf) -> mp.mpf:
    """P(own + e > other + e', own + e >= c), by a sum of integrals around where it matters."""
    c, own, other = mp.mpf(c), mp.mpf(own), mp.mpf(other)
    low, high = own - 1, max(own, other) + 60
    for _ in range(60):  # the mode of the integrand
        w = (low + high) / 2
        if own - w + _phi(w - other) / _cdf(w - other) > 0:
            low = w
        else:
            high = w
    begin = max(c, low)
    slope = abs(own - begin + _phi(begin - other) / _cdf(begin - other))
    reach = 200 / (slope + mp.sqrt(slope**2 + 200))
    edges = [begin + reach * k / 8 for k in range(9)]
    if c < low:
        start = max(c, low - 16)
        edges = [start + (low - start) * k / 8 for k in range(8)] + edges
    return mp.quad(
        lambda w: _phi(w - own) * _cdf(w - other), edges, method="gauss-legendre", maxdegree=4
    )


def excess(z: mp.mpf, game: NDArray[np.float64]) -> mp.mpf:
    """The published condition on the linear scale: zero at an equilibrium.

    Divided by p_F term by term: where p_F is 1e-300, a difference in 40 digits would be lost.
    """
    sq_a, concede_a, back_b, war_a, war_b, back_a, resist_b = (mp.mpf(float(v)) for v in game)
    p = _cdf(z)
    c = (sq_a - (1 - p) * concede_a) / p
    firm, down = mass(c, war_a, back_a), mass(c, back_a, war_a)
    return war_b - back_b + (resist_b - back_b) * down / firm - z
