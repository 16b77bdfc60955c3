"""Measures as changes in the cost of trade, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.trade.economy import REST, Table
from multipolar.engines.trade.kernel import Rule, Shock
from multipolar.errors import EngineError
from multipolar.policy import ResolvedScenario, measure_faults

SUPPORTS = frozenset(
    {"tariff", "trade_barrier", "embargo", "export_control", "secondary_sanction_threat"}
)


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
    touched = np.flatnonzero((log_cost != 0) | (kept != 1))
    shock = Shock(
        cells=touched,
        log_cost=log_cost.reshape(-1)[touched],
        kept=kept.reshape(-1)[touched],
        tariff=tariff if tariff.any() else None,
        rule=rule,
    )
    return shock, tuple(dict.fromkeys(notes))


def positions(codes: Sequence[str], table: Table) -> list[int]:
    """Return the places in the table of the countries it tells apart.

    The rest of the world is meant when all its countries are named, as by ``World``.

    Example:
        >>> from multipolar.engines.trade.economy import read_table
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
        >>> from multipolar.engines.trade.economy import read_table
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
