"""What can be read from a solved scenario, and from the table itself.

To add a metric, write a function and list it in :data:`METRICS`. Its function takes, for each
dimension in order, the groups of positions in the table that make one value each, and returns an
array with one axis for each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import numpy as np

from multipolar.engines.api.contract import (
    FROM_ZERO,
    PERCENT_CHANGE,
    UNBOUNDED,
    Dimension,
    Metric,
    Scalar,
)
from multipolar.engines.api.declare import Declared, Place
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.halfwidth import SOLVER, Width, with_width
from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import purchases
from multipolar.engines.trade.solved import Solved
from multipolar.engines.trade.structure import exposure, reliance, withdrawal_loss
from multipolar.numerics.arrays import Floats
from multipolar.policy import GROUPS, SECTORS

# real income under three embargoes, as shipped and on OECD's own table: the 80th percentile of
# the relative differences (docs/errors.md)
RECONSTRUCTED = 0.3
FLOWS = 0.16  # goods between two countries in the shipped table beside the same (docs/errors.md)
TABLE = "reconstruction of the table"
EFFECT = Width(TABLE, 1e-6, RECONSTRUCTED)  # equations hold to 1e-10, the least is far above that
WIDTHS = {"output": Width(SOLVER, share=1e-6), "flow": Width(TABLE, share=FLOWS)}  # else EFFECT
# what a reading can be where its unit does not say it: of percent, a change but for these
BOUNDS = {
    **dict.fromkeys(("flow", "output", "tariff_revenue"), FROM_ZERO),
    "reliance": (0.0, 100.0),
    "withdrawal_loss": UNBOUNDED,
}
BILLION = 1e-3  # the tables hold millions
Groups: TypeAlias = Sequence[Sequence[int]]
Values: TypeAlias = Callable[..., Floats]

# where an array runs over industries, one has to be asked for each
SECTOR, EACH_SECTOR = (
    dimension(
        "sector",
        f"industry code or group{'' if required else '; all if left out'}",
        ("all", *(g for g in GROUPS if g != "all"), *SECTORS),
        required=required,
        many=True,
        groups=GROUPS,
    )
    for required in (False, True)
)
WHOSE = dimension("country", "whose; a coalition is averaged by income")
ANY = dimension("country")
PRODUCER = dimension("country", "who produces")


def _declared(
    name: str,
    unit: str,
    description: str,
    dims: Sequence[Dimension],
    values: Values,
    aggregate: Literal["sum", "mean"] = "mean",
) -> Declared[Solved]:
    metric = Metric(
        f"trade.{name}",
        tuple(dims),
        unit,
        description,
        aggregate,
        as_of="2022-12-31",
        bounds=BOUNDS.get(name, PERCENT_CHANGE if unit == "percent" else None),
    )
    metric = with_width(metric, WIDTHS.get(name, EFFECT))

    def value(solved: Solved, at: Place) -> float:
        groups = ([solved.positions(d, at.get(d.name))] for d in dims)
        return float(values(solved, *groups).item())

    def grid(solved: Solved, at: Place) -> Floats:
        left = [d for d in dims if d.name not in at and metric.opens(d)]
        groups = [
            [[k] for k in range(len(_labels(solved, d, at)))]
            if d in left
            else [solved.positions(d, at.get(d.name))]
            for d in dims
        ]
        return values(solved, *groups).reshape([len(_labels(solved, d, at)) for d in left])

    hint = "there was nothing before, or nobody else supplies"
    return Declared(metric, value, over=_labels, grid=grid, many=True, hint=hint)


def _labels(solved: Solved, dim: Dimension, at: Place) -> Sequence[Scalar]:
    return solved.table.sectors if dim.name == "sector" else solved.table.countries


def _member(groups: Groups, n: int) -> Floats:
    """Return which of n positions each group holds, shape (groups, n)."""
    member = np.zeros((len(groups), n))
    for row, group in zip(member, groups, strict=True):
        row[list(group)] = 1.0
    return member


def _summed(cells: Floats, groups: tuple[Groups, ...]) -> Floats:
    """Add up the cells of an array by groups along every axis."""
    for axis, along in enumerate(groups):
        member = _member(along, cells.shape[axis])
        cells = np.asarray(np.moveaxis(np.tensordot(member, cells, (1, axis)), 0, axis))
    return cells


def _sum(pick: Callable[[Solved], Floats]) -> Callable[..., Floats]:
    """Read the sum of cells, in billions."""
    return lambda solved, *groups: _summed(pick(solved), groups) * BILLION


def _mean(pick: Callable[[Solved], tuple[Floats, Floats]]) -> Callable[..., Floats]:
    """Read the mean of cells, each with its weight; none where there is no weight."""

    def values(solved: Solved, *groups: Groups) -> Floats:
        cells, weight = pick(solved)
        total = _summed(weight, groups)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(_summed(cells * weight, groups) / total)

    return values


def _by_income(pick: Callable[[Effects], Floats]) -> Callable[..., Floats]:
    return _mean(lambda s: (pick(s.effects), s.effects.income_before))


def _abroad(flows: Floats) -> Floats:
    """Return flows as [origin, destination, sector], without those within a country."""
    crossing = flows * (1 - np.eye(flows.shape[1]))
    return crossing.transpose(1, 2, 0)


def _flow_change(solved: Solved) -> tuple[Floats, Floats]:
    before, after = _abroad(solved.effects.flows_before), _abroad(solved.effects.flows_after)
    return 100 * np.divide(after - before, before, np.zeros_like(before), where=before > 0), before


def _reliance(solved: Solved, whose: Groups, origin: Groups, sectors: Groups) -> Floats:
    economy = solved.table.economy
    J, N = economy.output.shape
    baskets = np.einsum(
        "sj,cn,jn->jncs", _member(sectors, J), _member(whose, N), economy.output
    ).reshape(J, N, -1)
    share = reliance(economy, baskets).reshape(len(whose), len(sectors), N)
    return np.asarray(100 * np.einsum("csn,on->cos", share, _member(origin, N)))


def _averaged(solved: Solved, whose: Groups, values: Floats) -> Floats:
    """Average values over groups of countries, along the first axis, by income before."""
    weight = _member(whose, len(values)) * solved.effects.income_before
    with np.errstate(invalid="ignore"):  # nobody is left of a group: there is no mean
        return np.asarray(weight / weight.sum(axis=1, keepdims=True) @ values)


def _withdrawal(solved: Solved, whose: Groups, senders: Groups) -> Floats:
    loss = [withdrawal_loss(solved.table.economy, solved.theta, group) for group in senders]
    return _averaged(solved, whose, np.array(loss).T)


def _exposure(solved: Solved, whose: Groups, partners: Groups) -> Floats:
    economy = solved.table.economy
    flows = (economy.share * purchases(economy)[:, None, :]).sum(axis=0)
    friends = exposure(flows, solved.mean_theta)
    return _averaged(solved, whose, friends @ _member(partners, len(friends)).T)


METRICS: tuple[Declared[Solved], ...] = (
    _declared(
        "real_income",
        "percent",
        "Change in final spending at constant prices, exact; a group by income",
        [WHOSE],
        _by_income(lambda e: e.real_income),
    ),
    _declared(
        "real_income_value",
        "USD bn",
        "Change in real income, at the prices and exchange rates of the table's year",
        [ANY],
        _sum(lambda s: s.effects.real_income / 100 * s.effects.income_before),
        "sum",
    ),
    _declared(
        "real_wage",
        "percent",
        "Change in wages at constant prices, exact",
        [WHOSE],
        _by_income(lambda e: e.real_wage),
    ),
    _declared(
        "terms_of_trade",
        "percent",
        "Export less import prices as a share of income, first order (Caliendo and Parro 2015)",
        [WHOSE],
        _by_income(lambda e: e.terms_of_trade),
    ),
    _declared(
        "volume_of_trade",
        "percent",
        "Tariff revenue from more imports as a share of income, first order, same source; zero "
        "where the table has no tariffs",
        [WHOSE],
        _by_income(lambda e: e.volume_of_trade),
    ),
    _declared(
        "price_index",
        "percent",
        "Change in the price of final spending, in units of world value added",
        [WHOSE],
        _by_income(lambda e: 100 * np.expm1(e.log_price_index)),
    ),
    _declared(
        "tariff_revenue",
        "USD bn",
        "Revenue of the scenario's tariffs, in units of the table year's world value added",
        [dimension("country", "who levies it")],
        _sum(lambda s: s.effects.after.revenue),
        "sum",
    ),
    _declared(
        "output",
        "USD bn",
        "Value of output after the measures, in units of the table year's world value added",
        [PRODUCER, SECTOR],
        _sum(lambda s: s.effects.after.output.T),
        "sum",
    ),
    _declared(
        "production",
        "percent",
        "Change in the quantity produced; several by output before",
        [PRODUCER, SECTOR],
        _mean(lambda s: (s.effects.production.T, s.effects.output_before.T)),
    ),
    _declared(
        "flow",
        "USD bn",
        "Sales from exporter to importer after the measures, net of tariffs; none within one",
        [dimension("exporter"), dimension("importer"), SECTOR],
        _sum(lambda s: _abroad(s.effects.flows_after)),
        "sum",
    ),
    _declared(
        "flow_change",
        "percent",
        "Change in the value of sales from exporter to importer",
        [dimension("exporter"), dimension("importer"), SECTOR],
        _mean(_flow_change),
    ),
    _declared(
        "reliance",
        "percent",
        "Share of an origin in everything produced, at every stage, for the inputs of an "
        "industry; of the table, before any measure",
        [
            dimension("country", "whose industry"),
            dimension("origin", "where the inputs are produced"),
            EACH_SECTOR,
        ],
        _reliance,
    ),
    _declared(
        "withdrawal_loss",
        "percent",
        "Income lost if a coalition sells nothing more, costs elsewhere unchanged; of the "
        "table, before any measure (Clayton, Maggiori and Schreger 2024)",
        [WHOSE, dimension("sender", "who withdraws, together", formerly=("senders",))],
        _withdrawal,
    ),
    _declared(
        "exposure",
        "1",
        "Elasticity of real income to productivity in a partner: above zero a friend, below an "
        "enemy; of the table, before any measure (Kleinman, Liu and Redding 2024)",
        [WHOSE, dimension("partner", "whose productivity grows; several grow together")],
        _exposure,
    ),
)
