"""What can be read from a solved scenario, and from the table itself.

To add a metric, write a reader and list it in :data:`READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Reading
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.trade.data import REST, Table
from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import purchases
from multipolar.engines.trade.measures import positions
from multipolar.engines.trade.solved import Solved
from multipolar.engines.trade.structure import exposure, reliance, withdrawal_loss
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats
from multipolar.policy import GROUPS, SECTORS

if TYPE_CHECKING:
    import xarray as xr

BILLION = 1e-3  # the tables hold millions


Place: TypeAlias = Mapping[str, Any]
Groups: TypeAlias = Sequence[Sequence[int]]  # positions in the table that make one value each


@dataclass(frozen=True)
class Reader:
    """A metric, and how its values follow from a solved scenario.

    ``values`` takes the groups asked for along each dimension, in order, and returns an array
    with one axis for each.
    """

    metric: Metric
    values: Callable[..., Floats]

    def scalar(self, solved: Solved, place: Place) -> Reading:
        """Read one number."""
        told = [_read(d, place.get(d.name), solved.table) for d in self.metric.dims]
        value = float(self.values(solved, *([group] for group, _ in told)).item())
        if not np.isfinite(value):
            raise DataMissing(
                f"{self.metric.name} has no finite value here",
                hint="there was nothing before, or nobody else supplies",
            )
        notes = [solved.note, *dict.fromkeys(n for _, n in told if n)]
        return Reading(value, self.metric.unit, solved.sources, note=" ".join(notes).strip())

    def labelled(self, solved: Solved, place: Place) -> xr.DataArray:
        """Read an array over the dimensions left open."""
        import xarray as xr

        adds_up = self.metric.aggregate == "sum"
        coords: dict[str, list[str]] = {}
        groups: list[Groups] = []
        for dim in self.metric.dims:
            if dim.name in place or not (dim.required or adds_up):
                groups.append([_read(dim, place.get(dim.name), solved.table)[0]])
                continue
            table = solved.table
            coords[dim.name] = list(table.sectors if dim.kind == "choice" else table.countries)
            groups.append([[k] for k in range(len(coords[dim.name]))])
        values = self.values(solved, *groups).reshape([len(c) for c in coords.values()])
        return xr.DataArray(
            np.where(np.isfinite(values), values, np.nan),
            coords=coords,
            dims=list(coords),
            name=self.metric.name,
            attrs={
                "unit": self.metric.unit,
                "source": "; ".join(s.source for s in solved.sources),
                "long_name": self.metric.description,
                "note": solved.note,
            },
        )


def _read(dim: Dimension, value: Any, table: Table) -> tuple[list[int], str]:
    """Return the positions a word stands for, and what was left out."""
    given = () if value is None else value if isinstance(value, tuple) else (value,)
    if dim.kind == "choice":
        words = given or ("all",)
        codes = {c for w in words for c in GROUPS.get(w, (w,))}
        return [k for k, c in enumerate(table.sectors) if c in codes], ""
    if not given or EVERYBODY in given:
        return list(range(len(table.countries))), ""
    found = positions([str(c) for c in given], table)
    if not found:
        raise DataMissing(
            f"{', '.join(map(str, given[:5]))}: not told apart in the table {table.name}",
            hint="it has 80 countries and the rest of the world",
        )
    gone = sorted({str(c) for c in given} - set(table.countries))
    left_out = f"Not in the table: {', '.join(gone[:6])}." if gone and REST not in given else ""
    return found, left_out


def country(name: str, description: str, *, required: bool = True) -> Dimension:
    """Declare a country dimension."""
    return Dimension(name, "country", required=required, description=description)


SECTOR = Dimension(
    "sector",
    "choice",
    ("all", *(g for g in GROUPS if g != "all"), *SECTORS),
    required=False,
    description="industry code or group; all if left out",
    many=True,
)
# where an array runs over industries, one has to be asked for each
EACH_SECTOR = Dimension(
    "sector", "choice", SECTOR.values, description="industry code or group", many=True
)


def _metric(
    name: str,
    unit: str,
    description: str,
    *dims: Dimension,
    aggregate: Literal["sum", "mean", "none"] = "mean",
) -> Metric:
    return Metric(f"trade.{name}", dims, unit, description, aggregate, as_of="2022-12-31")


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


WHOSE = country("country", "whose; a coalition is averaged by income")

READERS: tuple[Reader, ...] = (
    Reader(
        _metric(
            "real_income",
            "percent",
            "Change in final spending at constant prices, exact; a group by income",
            WHOSE,
        ),
        _by_income(lambda e: e.real_income),
    ),
    Reader(
        _metric(
            "real_income_value",
            "USD bn",
            "Change in real income, at the prices and exchange rates of the table's year",
            country("country", "whose"),
            aggregate="sum",
        ),
        _sum(lambda s: s.effects.real_income / 100 * s.effects.income_before),
    ),
    Reader(
        _metric("real_wage", "percent", "Change in wages at constant prices, exact", WHOSE),
        _by_income(lambda e: e.real_wage),
    ),
    Reader(
        _metric(
            "terms_of_trade",
            "percent",
            "Export less import prices as a share of income, first order (Caliendo and Parro 2015)",
            WHOSE,
        ),
        _by_income(lambda e: e.terms_of_trade),
    ),
    Reader(
        _metric(
            "volume_of_trade",
            "percent",
            "Tariff revenue from more imports as a share of income, first order, same source; zero "
            "where the table has no tariffs",
            WHOSE,
        ),
        _by_income(lambda e: e.volume_of_trade),
    ),
    Reader(
        _metric(
            "price_index",
            "percent",
            "Change in the price of final spending, in units of world value added",
            WHOSE,
        ),
        _by_income(lambda e: 100 * np.expm1(e.log_price_index)),
    ),
    Reader(
        _metric(
            "tariff_revenue",
            "USD bn",
            "Revenue of the scenario's tariffs, in units of the table year's world value added",
            country("country", "who levies it"),
            aggregate="sum",
        ),
        _sum(lambda s: s.effects.after.revenue),
    ),
    Reader(
        _metric(
            "output",
            "USD bn",
            "Value of output after the measures, in units of the table year's world value added",
            country("country", "who produces"),
            SECTOR,
            aggregate="sum",
        ),
        _sum(lambda s: s.effects.after.output.T),
    ),
    Reader(
        _metric(
            "production",
            "percent",
            "Change in the quantity produced; several by output before",
            country("country", "who produces"),
            SECTOR,
        ),
        _mean(lambda s: (s.effects.production.T, s.effects.output_before.T)),
    ),
    Reader(
        _metric(
            "flow",
            "USD bn",
            "Sales from exporter to importer after the measures, net of tariffs; none within one",
            country("exporter", "who sells"),
            country("importer", "who buys"),
            SECTOR,
            aggregate="sum",
        ),
        _sum(lambda s: _abroad(s.effects.flows_after)),
    ),
    Reader(
        _metric(
            "flow_change",
            "percent",
            "Change in the value of sales from exporter to importer",
            country("exporter", "who sells"),
            country("importer", "who buys"),
            SECTOR,
        ),
        _mean(_flow_change),
    ),
    Reader(
        _metric(
            "reliance",
            "percent",
            "Share of an origin in everything produced, at every stage, for the inputs of an "
            "industry; of the table, before any measure",
            country("country", "whose industry"),
            country("origin", "where the inputs are produced"),
            EACH_SECTOR,
        ),
        _reliance,
    ),
    Reader(
        _metric(
            "withdrawal_loss",
            "percent",
            "Income lost if a coalition sells nothing more, costs elsewhere unchanged; of the "
            "table, before any measure (Clayton, Maggiori and Schreger 2024)",
            WHOSE,
            country("senders", "who withdraws, together"),
        ),
        _withdrawal,
    ),
    Reader(
        _metric(
            "exposure",
            "1",
            "Elasticity of real income to productivity in a partner: above zero a friend, below an "
            "enemy; of the table, before any measure (Kleinman, Liu and Redding 2024)",
            WHOSE,
            country("partner", "whose productivity grows; several grow together"),
        ),
        _exposure,
    ),
)
BY_NAME = {r.metric.name: r for r in READERS}
