"""What other engines hand over, as changes in the cost of trade.

From ``money`` the cost of paying, on all trade of a pair of countries. From ``corridors`` the cost
of carrying, on its goods. From ``gas`` how much gas of each origin each country uses: its change,
at the price of gas without the measures, over the pair's trade in crude oil and gas in the table is
read as a change in the varieties that can be had, which in a model with a constant trade elasticity
moves the flow by just as much at given prices. That last step is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.contract import Input
from multipolar.engines.trade.economy import Table
from multipolar.engines.trade.kernel import Floats, Shock, purchases
from multipolar.policy import FREIGHT, GROUPS, LINKS, Scenario, restrict
from multipolar.world.units import convert

if TYPE_CHECKING:
    import xarray as xr

PAYMENTS = ("payment_block", "swap_line")
GAS = ("pipeline_gas", "lng")
GAS_INDUSTRY = "B06"  # crude petroleum and natural gas
LEAST = 0.01  # bcm a year: smaller changes are the gas solver's own error
MOST = 10.0  # times the pair's trade in the table that its gas may add
MMBTU = convert(1.0, "bcm_ei", "million MMBtu")  # of one bcm: USD/MMBtu times this is USD mn


def taken(scenario: Scenario) -> tuple[Input, ...]:
    """Return what the trade engine takes for a scenario: nothing unless it moves such costs."""
    found = []
    if any(map(_on_payments, scenario.measures)):
        found.append(Input("payment", "money.payment_cost"))
    carried = {getattr(m, "commodity", "") for m in scenario.measures}
    if carried & set(FREIGHT):
        found.append(Input("freight", "corridors.trade_cost"))
    if carried & set(GAS) or any(m.measure == "price_cap" for m in scenario.measures):
        before = restrict(scenario, lambda m: m.measure not in (*LINKS, "price_cap")).model_copy(
            update={"name": f"{scenario.name}.before"}
        )
        found += [
            Input("gas", "gas.origin"),
            Input("gas_before", "gas.origin", scenario=before),
            Input("gas_price", "gas.price", scenario=before),
        ]
    return tuple(found)


def _on_payments(measure: Any) -> bool:
    threat = measure.measure == "secondary_sanction_threat"
    return measure.measure in PAYMENTS or (threat and measure.consequence == "payment_block")


@dataclass(frozen=True)
class Handed:
    """Inputs in the table's order.

    Attributes:
        payment: cost of paying, share of the value; shape (N, N), by origin and destination.
        freight: log change in the cost of carrying goods; shape (N, N).
        gas: change in trade in crude and gas that the change in gas makes, over that trade in the
            table; shape (N, N).
    """

    payment: Floats | None = None
    freight: Floats | None = None
    gas: Floats | None = None
    notes: tuple[str, ...] = field(default=())


def handed(inputs: Mapping[str, xr.DataArray], table: Table) -> Handed:
    """Put inputs into the table's order; countries it does not name have no part in it.

    Args:
        inputs: by name, over who sends and who gets.
        table: whose countries.
    """
    notes = []
    payment = freight = gas = None
    if "payment" in inputs:
        payment = _square(inputs["payment"], table)
        notes.append(
            f"Payments cost up to {100 * payment.max():.2g}% of the value (engine money), on all "
            "trade of the pair."
        )
    if "freight" in inputs:
        freight = _square(inputs["freight"], table)
        notes.append("The cost of carrying goods is that of engine corridors.")
    if "gas" in inputs:
        gas, bounded = _gas(inputs, table)
        notes.append(
            "Gas by origin is that of engine gas; that its change, at its price without the "
            "measures, moves the trade of its industry is ours, at the weight gas_passed_on."
        )
        if bounded:
            notes.append(f"New gas between {bounded} pairs that hardly traded it is not counted.")
    return Handed(payment, freight, gas, tuple(notes))


def _square(array: xr.DataArray, table: Table) -> Floats:
    """Return an array over who sends and who gets, whatever they are called, in table order."""
    ordered = array.reindex({key: list(table.countries) for key in array.dims}, fill_value=0.0)
    values: Floats = np.nan_to_num(np.asarray(ordered.values, float))
    np.fill_diagonal(values, 0.0)
    return values


def _gas(inputs: Mapping[str, xr.DataArray], table: Table) -> tuple[Floats, int]:
    """Return the change in gas over each pair's trade, and how many pairs are out of bounds.

    A pair that traded next to nothing of the industry in the table cannot be made to trade more by
    a change in proportion; it is left as it is.
    """
    after = _square(inputs["gas"], table)
    before = _square(inputs["gas_before"], table)
    price = inputs["gas_price"].reindex({"country": list(table.countries)}, fill_value=0.0)
    moved = np.where(np.abs(after - before) < LEAST, 0.0, after - before)
    value = moved * MMBTU * np.nan_to_num(np.asarray(price.values, float))  # USD mn
    row = table.sectors.index(GAS_INDUSTRY)
    traded = table.economy.share[row] * purchases(table.economy)[row]
    change = np.divide(value, traded, out=np.zeros_like(value), where=traded > 0)
    out = (value > 0) & ((traded <= 0) | (change > MOST))
    change[out] = 0.0
    return change, int(out.sum())


def with_costs(shock: Shock, table: Table, given: Handed, gas_weight: float) -> Shock:
    """Return a shock with what other engines handed over."""
    J, N = table.economy.labour.shape
    log_cost, kept = np.zeros((J, N, N)), np.ones((J, N, N))
    log_cost.reshape(-1)[shock.cells] = shock.log_cost
    kept.reshape(-1)[shock.cells] = shock.kept
    if given.payment is not None:
        log_cost += np.log1p(given.payment)
    if given.freight is not None:
        goods = [k for k, s in enumerate(table.sectors) if s in GROUPS["goods"]]
        log_cost[goods] += given.freight
    if given.gas is not None:
        row = table.sectors.index(GAS_INDUSTRY)
        kept[row] *= np.maximum(0.0, 1 + gas_weight * given.gas)
    touched = np.flatnonzero((log_cost != 0) | (kept != 1))
    return Shock(
        cells=touched,
        log_cost=log_cost.reshape(-1)[touched],
        kept=kept.reshape(-1)[touched],
        tariff=shock.tariff,
        rule=shock.rule,
    )
