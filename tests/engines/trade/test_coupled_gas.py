"""Gas that the gas engine gives: known values, cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from multipolar.engines.trade.data import Table
from multipolar.engines.trade.kernel import purchases
from multipolar.engines.trade.measures import (
    GAS_INDUSTRY,
    LEAST,
    MOST,
    CoupledCosts,
    coupled_costs,
)
from multipolar.world.units import MMBTU_PER_BCM_EI
from trade_economies import closed

COUNTRIES = ("AAA", "BBB", "CCC", "DDD")


def a_table() -> Table:
    """Gas and goods of four countries: AAA buys gas of BBB and a trace of CCC's, and sells goods."""
    share = np.stack([np.eye(4), np.eye(4)])
    share[0, :, 0] = [0.5, 0.49, 0.01, 0.0]
    share[1, :, 1] = share[1, :, 2] = [0.5, 0.0, 0.0, 0.5]
    share[1, [1, 2], [1, 2]] = 0.5
    share[1, 3, [1, 2]] = 0.0
    economy = closed(share, np.zeros((4, 2, 2)), np.ones((2, 4)), np.full((2, 4), 0.5))
    return Table("made up", economy, COUNTRIES, (GAS_INDUSTRY, "C20"))


def given_gas(change: dict[tuple[str, str], float], price: float) -> CoupledCosts:
    """Hand over gas in bcm, at a price in USD/MMBtu: 1000 of each pair before, then changed."""
    codes = list(COUNTRIES)
    before = xr.DataArray(np.full((4, 4), 1000.0), {"origin": codes, "country": codes})
    after = before.copy()
    for (origin, country), amount in change.items():
        after.loc[{"origin": origin, "country": country}] += amount
    prices = xr.DataArray(np.full(4, price), {"country": codes})
    return coupled_costs({"gas": after, "gas_before": before, "gas_price": prices}, a_table())


@pytest.mark.parametrize(
    ("origin", "times", "right", "bounded"),
    [
        ("BBB", 0.5, 0.5, False),
        ("BBB", -0.5, -0.5, False),
        ("CCC", -0.5, -0.5, False),  # a trace is trade
        ("CCC", 0.99 * MOST, 0.99 * MOST, False),
        ("CCC", 1.01 * MOST, 0.0, True),
        ("CCC", -1.01 * MOST, -1.01 * MOST, False),  # what is gone is gone: that has no bound
    ],
)
def test_gas_over_the_trade_of_a_pair(
    origin: str, times: float, right: float, bounded: bool
) -> None:
    table = a_table()
    o = COUNTRIES.index(origin)
    traded = float((table.economy.share[0] * purchases(table.economy)[0])[o, 0])  # USD mn
    assert (0 < traded < 0.1) if origin == "CCC" else traded > 1
    amount = 2.0 if times > 0 else -2.0  # bcm, at the price at which that is so many times it
    given = given_gas({(origin, "AAA"): amount}, price=times * traded / (amount * MMBTU_PER_BCM_EI))
    expected = np.zeros((4, 4))
    expected[o, 0] = right
    assert given.gas == pytest.approx(expected)
    assert ("between 1 pairs that hardly traded" in given.notes[-1]) is bounded


@pytest.mark.parametrize(
    ("amount", "counted"), [(2.0, True), (-2.0, False), (0.0, False), (LEAST / 2, False)]
)
def test_gas_of_a_pair_without_trade_moves_nothing(amount: float, counted: bool) -> None:
    given = given_gas({("DDD", "AAA"): amount, ("AAA", "DDD"): amount}, price=10.0)
    assert given.gas == pytest.approx(np.zeros((4, 4)))  # not one over zero either
    assert ("between 2 pairs that hardly traded" in given.notes[-1]) is counted
