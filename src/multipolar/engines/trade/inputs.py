"""What other engines hand over, as changes in the cost of trade.

From ``money`` the cost of paying, on all trade of a pair of countries. From ``corridors`` the cost
of carrying, on its goods. From ``gas`` how much gas of each origin each country uses: its change,
weighted by the share of gas in the pair's trade in crude oil and gas, is read as a change in the
varieties that can be had, which in a model with a constant trade elasticity moves the flow by just
as much at given prices. That last step is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.contract import Input
from multipolar.engines.trade.economy import Table
from multipolar.engines.trade.kernel import Floats, Shock
from multipolar.policy import GROUPS, Scenario, restrict

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

PAYMENTS = ("payment_block", "swap_line")
LINKS = ("build_link", "cut_link", "set_capacity")
FREIGHT = ("rail", "sea", "road")
GAS = ("pipeline_gas", "lng")
GAS_INDUSTRY = "B06"  # crude petroleum and natural gas
YEAR = 2022  # of the table


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
        found += [Input("gas", "gas.origin"), Input("gas_before", "gas.origin", scenario=before)]
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
        gas: relative change in trade in crude and gas that the change in gas makes; shape (N, N).
    """

    payment: Floats | None = None
    freight: Floats | None = None
    gas: Floats | None = None
    notes: tuple[str, ...] = field(default=())


def handed(inputs: Mapping[str, xr.DataArray], table: Table, world: World) -> Handed:
    """Put inputs into the table's order; countries it does not name have no part in it.

    Args:
        inputs: by name, over origin and destination, or origin and country for gas.
        table: whose countries.
        world: holds trade in energy.
    """
    notes = []
    payment = freight = gas = None
    if "payment" in inputs:
        payment = _square(inputs["payment"], "destination", table)
        notes.append(
            f"Payments cost up to {100 * payment.max():.2g}% of the value (engine money), on all "
            "trade of the pair."
        )
    if "freight" in inputs:
        freight = _square(inputs["freight"], "destination", table)
        notes.append("The cost of carrying goods is that of engine corridors.")
    if "gas" in inputs:
        after = _square(inputs["gas"], "country", table)
        before = _square(inputs["gas_before"], "country", table)
        moved = np.divide(after - before, before, out=np.zeros_like(before), where=before > 0)
        gas = share_of_gas(world, table) * moved
        notes.append(
            "Gas by origin is that of engine gas; that its change moves the trade of its industry "
            "is ours, at the weight gas_passed_on."
        )
    return Handed(payment, freight, gas, tuple(notes))


def _square(array: xr.DataArray, other: str, table: Table) -> Floats:
    codes = list(table.countries)
    ordered = array.transpose("origin", other).reindex(
        {"origin": codes, other: codes}, fill_value=0.0
    )
    values: Floats = np.nan_to_num(np.asarray(ordered.values, float))
    np.fill_diagonal(values, 0.0)
    return values


def share_of_gas(world: World, table: Table) -> Floats:
    """Return the share of gas in each pair's trade in crude and gas by value, shape (N, N)."""
    frame = world.table("energy_trade")
    frame = frame[(frame["year"] == YEAR) & frame["commodity"].isin(["crude", *GAS])]
    codes = list(table.countries)
    wide = [
        rows.pivot_table(
            index="exporter", columns="importer", values="value_usd", aggfunc="sum", observed=True
        ).reindex(index=codes, columns=codes, fill_value=0.0)
        for rows in (frame, frame[frame["commodity"].isin(GAS)])
    ]
    both, gas = (np.nan_to_num(w.to_numpy(float)) for w in wide)
    share: Floats = np.divide(gas, both, out=np.zeros_like(both), where=both > 0)
    return share


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
