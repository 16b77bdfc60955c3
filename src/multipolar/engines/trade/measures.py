"""Measures as changes in the cost of trade, cell by cell, and what other engines say of it.

From ``money`` the cost of paying, on all trade of a pair of countries. From ``corridors`` the cost
of carrying, on its goods. From ``gas`` how much gas of each origin each country uses: its change,
at the price of gas without the measures, over the pair's trade in crude oil and gas in the table is
read as a change in the varieties that can be had, which in a model with a constant trade elasticity
moves the flow by just as much at given prices. That last step is ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.api.contract import Input
from multipolar.engines.trade.data import REST, Table
from multipolar.engines.trade.kernel import Rule, Shock, purchases
from multipolar.errors import EngineError
from multipolar.numerics.arrays import Floats
from multipolar.policy import (
    FREIGHT,
    GROUPS,
    LINKS,
    ResolvedScenario,
    Scenario,
    measure_faults,
    restrict,
)
from multipolar.world.units import MMBTU_PER_BCM_EI

if TYPE_CHECKING:
    import xarray as xr

SUPPORTS = frozenset(
    {"tariff", "trade_barrier", "embargo", "export_control", "secondary_sanction_threat"}
)
PAYMENTS = ("payment_block", "swap_line")
GAS = ("pipeline_gas", "lng")
GAS_INDUSTRY = "B06"  # crude petroleum and natural gas
LEAST = 0.01  # bcm a year: smaller changes are the gas solver's own error
MOST = 10.0  # times the pair's trade in the table that its gas may add


@measure_faults()
def shock_of(
    scenario: ResolvedScenario, table: Table, rule: Rule = "fixed"
) -> tuple[Shock, tuple[str, ...]]:
    """Return what a scenario changes, and what a reader should know of how it was read.

    Costs of several measures on the same trade multiply, tariff rates add. Trade within a country
    is never touched.

    Raises:
        EngineError: a measure names only countries that the table does not tell apart, or does
            not map onto costs of trade.
    """
    J, N = table.economy.labour.shape
    log_cost, kept = np.zeros((J, N, N)), np.ones((J, N, N))
    tariff = np.zeros((J, N, N))
    measures, notes = scenario.in_force()
    for measure in measures:
        place = f"scenario {measure['scenario']}: measure {measure['number']}"
        cells = _cells(measure, table, place, notes)
        match measure["measure"]:
            case "tariff":
                tariff[cells] += measure["rate"]
            case "trade_barrier":
                log_cost[cells] += np.log1p(measure["rate"])
            case "embargo" | "export_control":
                kept[cells] *= measure["leakage"]
            case "secondary_sanction_threat" if measure["consequence"] == "payment_block":
                continue  # a cost of paying, which the engine money hands over
            case "secondary_sanction_threat":
                _carried_out(measure, place)
                kept[cells] = 0.0
    if tariff.any():
        log_cost += np.log1p(tariff)
    shock = _shock(log_cost, kept, Shock(tariff=tariff if tariff.any() else None, rule=rule))
    return shock, tuple(dict.fromkeys(notes))


def _shock(log_cost: Floats, kept: Floats, like: Shock) -> Shock:
    """Return the shock of arrays over all cells, shape (J, N, N), with the tariffs of another."""
    cells = np.flatnonzero((log_cost != 0) | (kept != 1))
    return replace(
        like, cells=cells, log_cost=log_cost.reshape(-1)[cells], kept=kept.reshape(-1)[cells]
    )


def positions(codes: Sequence[str], table: Table) -> list[int]:
    """Return the places in the table of the countries it tells apart.

    The rest of the world is meant when all its countries are named, as by ``World``.

    Example:
        >>> from multipolar.engines.trade.data import read_table
        >>> from multipolar.world import World
        >>> table = read_table(World.load())
        >>> [table.countries[n] for n in positions(["DEU", "AND"], table)]
        ['DEU']
    """
    wanted = set(codes)
    inside = [n for n, c in enumerate(table.countries) if c in wanted]
    if len(inside) == len(table.countries) - 1 and REST not in wanted and len(wanted) > len(inside):
        inside.append(table.countries.index(REST))
    return inside


def _cells(
    measure: Mapping[str, Any], table: Table, place: str, notes: list[str]
) -> NDArray[np.bool_]:
    """Return which cells of (sector, origin, destination) a measure touches."""
    kind = measure["measure"]
    threat = kind == "secondary_sanction_threat"
    ours, theirs = "senders", "third_parties" if threat else "targets"
    sides = []
    for side in (ours, theirs):
        codes = measure[side]
        found = positions(codes, table)
        if not found:
            raise EngineError(
                f"the table {table.name} does not tell {', '.join(codes[:5])} apart from the rest "
                "of the world",
                where=f"{place}: {side}",
                hint="`multipolar data show io_2022` lists its 80 countries",
            )
        if len(found) < len(set(codes)) and len(found) < len(table.countries):
            gone = sorted(set(codes) - set(table.countries))
            notes.append(f"Not in the table, so left out: {', '.join(gone[:6])}.")
        sides.append(found)
    if measure.get("coarse"):
        notes.append(
            f"The table has no industry as fine as {', '.join(measure['coarse'])}; the whole "
            "industry is covered."
        )
    direction = "exports" if kind == "export_control" else measure.get("direction", "both")
    direction = "imports" if kind == "tariff" else direction
    touched = np.zeros((len(table.sectors), len(table.countries), len(table.countries)), bool)
    rows = np.array([table.sectors.index(s) for s in measure["scope"] if s in table.sectors], int)
    senders, targets = (np.array(side) for side in sides)
    if direction in {"both", "imports"}:
        touched[np.ix_(rows, targets, senders)] = True
    if direction in {"both", "exports"}:
        touched[np.ix_(rows, senders, targets)] = True
    home = np.arange(len(table.countries))
    touched[:, home, home] = False
    return touched


def _carried_out(measure: Mapping[str, Any], place: str) -> None:
    """Refuse a threat that the model cannot answer as one carried out."""
    if measure["probability"] != 1:
        raise EngineError(
            f"the trade engine answers what a threat costs once carried out, not with probability "
            f"{measure['probability']:g}",
            where=f"{place}: probability",
            hint="set it to 1 and weigh the loss yourself",
        )


def embargo(
    table: Table, senders: Sequence[str], targets: Sequence[str], rule: Rule = "fixed"
) -> Shock:
    """Return an end to all trade between two groups of countries.

    Example:
        >>> from multipolar.engines.trade.data import read_table
        >>> from multipolar.world import World
        >>> embargo(read_table(World.load()), ["DEU"], ["RUS"]).cells.shape  # 50 sectors, 2 ways
        (100,)
    """
    return embargo_at(table, positions(senders, table), positions(targets, table), rule)


def embargo_at(
    table: Table, senders: Sequence[int], targets: Sequence[int], rule: Rule = "fixed"
) -> Shock:
    """Return the same for places in the table."""
    J, N = table.economy.labour.shape
    pairs = np.zeros((N, N), bool)
    pairs[np.ix_(list(senders), list(targets))] = True
    pairs |= pairs.T
    np.fill_diagonal(pairs, False)
    cells = np.flatnonzero(np.broadcast_to(pairs, (J, N, N)))
    return Shock(cells, np.zeros(len(cells)), np.zeros(len(cells)), rule=rule)


def inputs_of(scenario: Scenario) -> tuple[Input, ...]:
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
class CoupledCosts:
    """What other engines give, in the table's order.

    Attributes:
        payment: cost of paying, share of the value; shape (N, N), by origin and destination.
        freight: log change in the cost of carrying goods; shape (N, N).
        gas: change in trade in crude and gas that the change in gas makes, over that trade in the
            table; shape (N, N).
    """

    payment: Floats | None = None
    freight: Floats | None = None
    gas: Floats | None = None
    notes: tuple[str, ...] = ()


def coupled_costs(inputs: Mapping[str, xr.DataArray], table: Table) -> CoupledCosts:
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
    return CoupledCosts(payment, freight, gas, tuple(notes))


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
    value = moved * MMBTU_PER_BCM_EI * np.nan_to_num(np.asarray(price.values, float))  # USD mn
    row = table.sectors.index(GAS_INDUSTRY)
    traded = table.economy.share[row] * purchases(table.economy)[row]
    change = np.divide(value, traded, out=np.zeros_like(value), where=traded > 0)
    out = (value > 0) & ((traded <= 0) | (change > MOST))
    change[out] = 0.0
    return change, int(out.sum())


def with_costs(shock: Shock, table: Table, given: CoupledCosts, gas_weight: float) -> Shock:
    """Return a shock with what other engines give; ``gas_weight`` is the share of it passed on."""
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
    return _shock(log_cost, kept, shock)
