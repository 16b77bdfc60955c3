"""The kernel against the same model solved another way.

There prices are iterated, quantities solved
whole, and wages found by scipy's root finder.
"""

from __future__ import annotations

import numpy as np
import pytest

from multipolar.engines.trade.kernel import Rule, Shock
from trade_by_root import solve_by_root
from trade_economies import RULES, random_economy, random_shock, solved


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("tariffs", [False, True], ids=["untaxed", "tariffs"])
@pytest.mark.parametrize("seed", range(6))
def test_kernel_and_root_finder_agree(seed: int, tariffs: bool, rule: Rule) -> None:
    rng = np.random.default_rng(seed)
    economy = random_economy(rng, 3, 5, tariffs=tariffs, empty=0.2 * (seed % 2))
    theta = rng.uniform(0.8, 9, 3)
    shock = random_shock(rng, economy, rule)
    assert (shock.kept == 0).any() and (shock.log_cost > 0).any()
    ours = solved(economy, theta, shock)
    theirs = solve_by_root(economy, theta, shock)
    for name, other in zip(("wage", "price", "output", "income"), theirs, strict=True):
        assert getattr(ours, name) == pytest.approx(other, rel=1e-9, abs=1e-12), name
    # the shock is one, so that agreement means something
    assert np.abs(ours.wage - 1).max() > 1e-3


@pytest.mark.parametrize("rule", RULES)
def test_new_tariffs_where_there_were_none(rule: Rule) -> None:
    rng = np.random.default_rng(17)
    economy = random_economy(rng)
    theta = rng.uniform(0.8, 9, 3)
    tariff = rng.uniform(0, 0.5, economy.share.shape)
    tariff[:, range(4), range(4)] = 0
    cells = np.flatnonzero(tariff)
    shock = Shock(cells, np.log1p(tariff).ravel()[cells], np.ones(len(cells)), tariff, rule)
    ours = solved(economy, theta, shock)
    for name, other in zip(
        ("wage", "price", "output", "income"), solve_by_root(economy, theta, shock), strict=True
    ):
        assert getattr(ours, name) == pytest.approx(other, rel=1e-9), name
    assert ours.revenue == pytest.approx((tariff * ours.flows).sum(axis=(0, 1)), rel=1e-9)
