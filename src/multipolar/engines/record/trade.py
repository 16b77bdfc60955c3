"""``energy.*`` and ``minerals.*``: trade by exporter, importer, commodity and year."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.contract import FROM_ZERO, Metric, Source
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import joined, some, table_source
from multipolar.engines.record import widths
from multipolar.engines.record.history import TABLE as HISTORY
from multipolar.engines.record.history import silent
from multipolar.engines.record.kernel import Block, Bools, Ints, Sum, block, totals, unsure
from multipolar.engines.record.places import (
    calendar_year,
    check_size,
    counted,
    declared,
    labelled,
    left_open,
    listed,
)
from multipolar.engines.record.unions import absent, apart, unreported, with_former
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

SIDES = ("exporter", "importer")
AXES = ("commodity", "year", *SIDES)
# beyond this share of the value without a quantity, a sum in tonnes would mislead
MAX_UNQUANTIFIED = 0.1
SIBLINGS = {
    "trade_value": ("trade_quantity",),
    "trade_quantity": ("trade_value",),
    "trade_share": ("trade_share_quantity",),
    "trade_share_quantity": ("trade_share",),
}
NEGLIGIBLE = 0.005  # of the value: a country without quantities that a ranking can do without


@dataclass(frozen=True)
class Measure:
    """How a metric is made of the sums: ``scale * top / bottom``.

    ``bottom`` is a sum at the same place, or, with ``of_imports``, over all exporters.
    """

    name: str
    unit: str
    top: Sum
    scale: float
    says: str
    bottom: Sum | None = None
    of_imports: bool = False

    @property
    def in_tonnes(self) -> bool:
        """Whether quantities enter, so that their quality matters."""
        return Sum.QUANTITY in (self.top, self.bottom)


def _measures(mass: str, per_mass: float) -> tuple[Measure, ...]:
    share = "Share of the exporter in all imports of the importer, by "
    value, quantity = (
        partial(Measure, unit="percent", top=top, scale=100.0, bottom=top, of_imports=True)
        for top in (Sum.VALUE, Sum.QUANTITY)
    )
    each = "Value over quantity of the flows that have both"
    return (
        Measure("trade_value", "USD mn", Sum.VALUE, 1e-6, "Value of trade, current prices"),
        Measure("trade_quantity", mass, Sum.QUANTITY, per_mass, "Quantity of trade"),
        value("trade_share", says=f"{share}value"),
        quantity("trade_share_quantity", says=f"{share}quantity"),
        Measure("unit_value", "USD/t", Sum.PRICED, 1.0, each, Sum.QUANTITY),
    )


@dataclass(frozen=True)
class Added:
    """Sums at a place: ``sums`` of shape (len(Sum), commodity, year, exporter, importer).

    A dimension that is not open has length 1. ``unknown`` marks cells with a flow that is known
    or likely to exist and is not on record.
    """

    sums: Floats
    unknown: Bools
    coords: Mapping[str, Sequence[str | int]]


@dataclass(frozen=True, eq=False)
class TradeTable:
    """A table of trade; its rows are read and indexed when first needed.

    Attributes:
        name: of the table.
        rows: returns a pandas.DataFrame, a row a flow, of all columns or of those named.
        source: who stands behind it.
        names: labels of states by code.
        quiet: which states of some were not reporting their trade in a year.
    """

    name: str
    rows: Callable[..., Any]
    source: Source
    names: Mapping[str, str] = field(default_factory=dict)
    quiet: Callable[[Sequence[str], int], frozenset[str]] = lambda codes, year: frozenset()
    _years: dict[int, tuple[Bools, Bools]] = field(
        default_factory=dict, repr=False
    )  # shape (codes,)

    @cached_property
    def _index(self) -> tuple[tuple[str, ...], dict[tuple[str, int], Block]]:
        import pandas as pd

        frame = self.rows()
        sides = [frame[side].to_numpy(object) for side in SIDES]
        places, names = pd.factorize(np.concatenate(sides), sort=True)
        codes = tuple(map(str, names))
        exporter, importer = places[: len(frame)], places[len(frame) :]
        value = frame["value_usd"].to_numpy(float, na_value=np.nan)
        quantity = frame["quantity_t"].to_numpy(float, na_value=np.nan)
        quality = frame["quality"].to_numpy(str)
        blocks = {
            (str(c), int(y)): block(
                exporter[r], importer[r], value[r], quantity[r], quality[r], len(codes)
            )
            for (c, y), r in frame.groupby(["commodity", "year"]).indices.items()
        }
        return codes, blocks

    @cached_property
    def _kinds(self) -> Any:
        """Commodity and year of every flow: a table is listed more often than it is read."""
        return self.rows(("commodity", "year"))

    @cached_property
    def commodities(self) -> tuple[str, ...]:
        """The commodities of the table."""
        return tuple(sorted(self._kinds["commodity"].unique()))

    @cached_property
    def span(self) -> tuple[int, int]:
        """First and last year of the table."""
        years = self._kinds["year"]
        return int(years.min()), int(years.max())

    def years_of(self, commodities: Sequence[str]) -> list[int]:
        """Years with any row of any of the commodities."""
        return sorted({y for c, y in self._index[1] if c in commodities})

    def _seen(self, year: int) -> tuple[Bools, Bools]:
        """Return which countries have trade of any kind in a year, and which do not report."""
        if year not in self._years:
            codes, blocks = self._index
            there = np.zeros(len(codes), bool)
            for (_, y), rows in blocks.items():
                if y == year:
                    there[rows.exporter] = there[rows.importer] = True
            quiet = self.quiet(codes, year)
            self._years[year] = there, np.array([c in quiet for c in codes])
        return self._years[year]

    def _known(self, at: Place) -> str:
        """Say whom the table has inside others.

        Raises:
            DataMissing: the table does not have a side of the trade in the years asked for.
        """
        codes, notes = set(self._index[0]), []
        years = [int(y) for y in listed(at, "year") or ()]
        for side in SIDES:
            asked = listed(at, side) or ()
            notes.append(apart(asked, years, self.name, self.names))
            if asked and not codes & set(asked):
                raise DataMissing(f"{some(asked)}: not in the table {self.name}")
        return joined(*notes)

    def _unseen(self, years: Sequence[int], named: Sequence[Ints], shape: tuple[int, int]) -> Bools:
        """Mark where an absent flow is not known: a side has no trade at all, or neither reports.

        Args:
            years: of which it has to be so in each.
            named: slot of every country on either side, -1 where it is not named.
            shape: number of slots on either side.
        """
        marks = np.ones(shape, bool)
        for there, quiet in map(self._seen, years):
            out, still = [], []
            for slots, size in zip(named, shape, strict=True):
                has = np.bincount(slots[slots >= 0], minlength=size) > 0
                seen = np.bincount(slots[(slots >= 0) & there], minlength=size) > 0
                loud = np.bincount(slots[(slots >= 0) & there & ~quiet], minlength=size) > 0
                out.append(has & ~seen)
                still.append(has & ~loud)
            marks &= out[0][:, None] | out[1][None, :] | (still[0][:, None] & still[1][None, :])
        return marks

    def _blocks(self, at: Place) -> tuple[tuple[str, ...], list[int]]:
        """Return the commodities and years asked for; all that there are, if left out."""
        commodities = listed(at, "commodity") or self.commodities
        have = self.years_of(commodities)
        years = [int(y) for y in listed(at, "year") or have]
        for y in years:
            if y not in have:
                span = f"the table {self.name} covers {have[0]} to {have[-1]}" if have else ""
                raise DataMissing(f"no trade in {some(commodities)} for {y}", hint=span)
        return tuple(commodities), years

    def _labels(self, side: str, blocks: Sequence[Block]) -> tuple[str, ...]:
        codes = self._index[0]
        seen = np.unique(np.concatenate([getattr(b, side) for b in blocks]))
        return tuple(codes[k] for k in seen)

    def _slots(self, labels: Sequence[str | int] | None, asked: Sequence[str] | None) -> Ints:
        """Slot of every country: its place among open labels, else 0 if asked for, -1 if not."""
        codes = self._index[0]
        if labels is not None:
            at = {c: k for k, c in enumerate(labels)}
            return np.array([at.get(c, -1) for c in codes])
        if asked is None:
            return np.zeros(len(codes), np.int64)
        named = set(asked)
        return np.array([0 if c in named else -1 for c in codes])

    def _coords(
        self, at: Place, wanted: Sequence[str]
    ) -> tuple[tuple[str, ...], list[int], dict[str, Sequence[str | int]]]:
        """Return the commodities and years asked for, and the labels along what is open."""
        commodities, years = self._blocks(at)
        used = [b for k, b in self._index[1].items() if k[0] in commodities and k[1] in years]
        labels: dict[str, Sequence[str | int]] = {"commodity": commodities, "year": years}
        for side in SIDES:
            if side in wanted:
                labels[side] = self._labels(side, used)
        return commodities, years, {a: labels[a] for a in AXES if a in wanted}

    def add(self, at: Place, wanted: Sequence[str]) -> Added:
        """Add up the flows at a place, apart along the dimensions in ``wanted``."""
        self._known(at)
        commodities, years, coords = self._coords(at, wanted)
        shape = tuple(len(coords[a]) if a in coords else 1 for a in AXES)
        check_size(f"trade in {self.name}", shape)
        sums, unknown = np.zeros((len(Sum), *shape)), np.zeros(shape, bool)
        asked = [listed(at, s) for s in SIDES]
        slots = [self._slots(coords.get(s), a) for s, a in zip(SIDES, asked, strict=True)]
        # a total over everybody is short only of the flows known to be missing
        named = [
            s if side in coords or a is not None else np.full_like(s, -1)
            for s, side, a in zip(slots, SIDES, asked, strict=True)
        ]
        for k, c in enumerate(commodities):
            for j, y in enumerate(years):
                rows = self._index[1].get((c, y))
                if rows is None and not {"commodity", "year"} & set(coords):
                    raise DataMissing(f"no trade in {c} for {y}", hint="name other years")
                cell = (k if "commodity" in coords else 0, j if "year" in coords else 0)
                if rows is None:  # no table is not a flow of nothing
                    unknown[cell] = True
                    continue
                part = totals(rows, slots[0], slots[1], (shape[2], shape[3]))
                gaps = unsure(rows, named[0], named[1], (shape[2], shape[3]))
                sums[(slice(None), *cell)] += part
                unknown[cell] |= (part[Sum.MISSING] > 0) | ((part[Sum.FLOWS] == 0) & gaps)
        if "year" in coords:
            for j, y in enumerate(years):
                lost = self._unseen([y], named, (shape[2], shape[3]))
                unknown[:, j] |= (sums[Sum.FLOWS, :, j] == 0) & lost
        elif listed(at, "year"):
            lost = self._unseen(years, named, (shape[2], shape[3]))
            unknown |= (sums[Sum.FLOWS] == 0) & lost
        return Added(sums, unknown, coords)

    def _parts(self, measure: Measure, at: Place, wanted: Sequence[str]) -> tuple[Added, Added]:
        """Return the sums on top and, for a ratio, below; the same if they are of one place."""
        top = self.add(at, wanted)
        if not measure.of_imports:
            return top, top
        everybody = {**at, "exporter": EVERYBODY}
        return top, self.add(everybody, [w for w in wanted if w != "exporter"])

    def _compute(self, measure: Measure, top: Added, bottom: Added) -> Floats:
        """Return the metric's values; NaN where a flow or its quantity is not on record."""
        values = measure.scale * top.sums[measure.top]
        unknown = top.unknown | _unquantified(measure, top)
        if measure.bottom is not None:
            below = bottom.sums[measure.bottom]
            with np.errstate(divide="ignore", invalid="ignore"):
                values = values / below
            unknown = unknown | bottom.unknown | _unquantified(measure, bottom)
        return np.asarray(np.where(unknown, np.nan, values), dtype=float)

    def value(self, measure: Measure, metric: Metric, at: Place) -> Value:
        """Read one number."""
        top, bottom = self._parts(measure, at, ())
        value = float(self._compute(measure, top, bottom).item())
        self._explain(measure, at, top, bottom, value)
        note = joined(_note(measure, bottom), _absent(top), self._known(at))
        error = (
            100 * widths.of_ratio(value, 100.0, widths.TRADE) if measure.of_imports else None
        )  # else as the metric declares
        source = replace(self.source, unit=metric.unit)
        return Value(value, (source,), note=note, error=error, error_of=widths.REPORTERS)

    def array(self, measure: Measure, metric: Metric, at: Place) -> xr.DataArray:
        """Read the values over every dimension left open."""
        wanted = left_open(metric, at)
        top, bottom = self._parts(measure, at, wanted)
        values = self._compute(measure, top, bottom)
        drop = tuple(k for k, a in enumerate(AXES) if a not in top.coords)
        array = labelled(values.squeeze(drop), top.coords, self.source)
        return _with_data(array, top, values).transpose(*wanted)

    def _explain(
        self, measure: Measure, at: Place, top: Added, bottom: Added, value: float
    ) -> None:
        """Say why a value is not known, if it is not."""
        if np.isfinite(value):
            return
        name = f"{self.name}, {measure.name.replace('_', ' ')}"
        if bottom.unknown.any() or top.unknown.any():
            both = at if top.unknown.any() else {**at, "exporter": EVERYBODY}
            raise DataMissing(
                f"{name}: {self._missing(both)}",
                hint="name partners that are on record, or cite a figure",
            )
        if measure.in_tonnes and (top.sums[Sum.FLOWS].any() or bottom.sums[Sum.FLOWS].any()):
            raise DataMissing(
                f"{name}: the flows have no quantity, or too few of them have",
                hint="use the value, or cite a figure",
            )
        raise DataMissing(f"{name}: no imports are on record to take a share or a price of")

    def _missing(self, at: Place) -> str:
        codes, index = self._index
        slots = [self._slots(None, listed(at, s)) for s in SIDES]
        here = False
        pairs: dict[str, None] = {}
        commodities, years = self._blocks(at)
        for rows in (index[c, y] for c in commodities for y in years if (c, y) in index):
            gone = rows.columns[Sum.MISSING] > 0
            hit = gone & (slots[0][rows.exporter] >= 0) & (slots[1][rows.importer] >= 0)
            here = here or bool(hit.any())
            near = gone & ((slots[0][rows.exporter] >= 0) | (slots[1][rows.importer] >= 0))
            for k in np.flatnonzero(hit if hit.any() else near):
                pairs[f"{codes[rows.exporter[k]]} to {codes[rows.importer[k]]}"] = None
        names = some(list(pairs), most=4)
        if not pairs:
            raise self._unreported(at, years)
        if here:
            return f"flows exist that the source does not have ({names})"
        return f"no flow is on record, and it need not be zero: others are missing ({names})"

    def _unreported(self, at: Place, years: Sequence[int]) -> DataMissing:
        """Return why a flow that is not on record is not known."""
        exporters, importers = (listed(at, s) or () for s in SIDES)
        for asked in (exporters, importers):
            seen = np.any([self._seen(y)[0] for y in years], axis=0)
            there = {c for c, t in zip(self._index[0], seen, strict=True) if t}
            if asked and not there & set(asked):
                return absent(asked, there, years, self.name)
        return unreported(exporters, importers, years[-1])


def _with_data(array: xr.DataArray, added: Added, values: Floats) -> xr.DataArray:
    """Keep the countries with a flow, on record or known to be missing.

    A country whose few flows have no quantity is left out too, so that NaN in the answer always
    means a gap that matters.
    """
    worth = added.sums[Sum.VALUE]
    missing = added.sums[Sum.MISSING] > 0
    for side in SIDES:
        if side not in added.coords:
            continue
        others = tuple(k for k, a in enumerate(AXES) if a != side)
        shown = (np.isfinite(values) & (added.sums[Sum.FLOWS] > 0)).any(axis=others)
        large = worth.sum(axis=others) > NEGLIGIBLE * worth.sum()
        array = array.isel({side: np.flatnonzero(shown | large | missing.any(axis=others))})
    return array


def _unquantified(measure: Measure, added: Added) -> Bools:
    if not measure.in_tonnes:
        return np.zeros(added.unknown.shape, bool)
    value, priced = added.sums[Sum.VALUE], added.sums[Sum.PRICED]
    return np.asarray(value - priced > MAX_UNQUANTIFIED * value)


def _note(measure: Measure, added: Added) -> str:
    count = {s: int(added.sums[s].sum()) for s in Sum}
    flows = count[Sum.FLOWS]
    says = [counted("Doubtful in the source", count[Sum.DOUBTFUL], flows, "flow")]
    if measure.in_tonnes:
        says += [
            counted("Quantity imputed from the value", count[Sum.IMPUTED], flows, "flow"),
            counted("No quantity, left out", count[Sum.UNQUANTIFIED], flows, "flow"),
        ]
    return " ".join(s for s in says if s)


def _absent(added: Added) -> str:
    return "" if added.sums[Sum.FLOWS].any() else "No flow is on record."


@per_world
def _table(world: World, name: str) -> TradeTable:
    rows = partial(world.only({name}).table, name)  # which holds no reference to the world itself
    quiet = partial(silent, world.only({HISTORY}))
    names = world.names_index.labels
    return TradeTable(name, rows, table_source(world, name), names, quiet)


def _metric(table: TradeTable, prefix: str, measure: Measure) -> Metric:
    # a share or a price does not add up, so what it is taken over has to be said
    sums = measure.bottom is None
    seller = dimension("exporter", "who sells; World for everybody", required=not sums)
    buyer = dimension("importer", "who buys; World for everybody", required=not sums)
    return Metric(
        f"{prefix}.{measure.name}",
        (
            with_former(seller, table.name),
            with_former(buyer, table.name),
            dimension("commodity", "what is traded", table.commodities, many=True),
            calendar_year(*table.span),
        ),
        measure.unit,
        measure.says,
        "mean" if measure.name == "unit_value" else "sum",
        error_share=_width(measure),
        quantity=f"{prefix} {measure.name.replace('_', ' ')}",
        siblings=tuple(f"{prefix}.{s}" for s in SIBLINGS.get(measure.name, ())),
        bounds=(0.0, 100.0) if measure.of_imports else FROM_ZERO,
        part="exporter" if measure.of_imports else "",
        error_of=widths.REPORTERS,
    )


def _width(measure: Measure) -> float:
    """Return the half width of a measure as a share of it; of a price, of value and quantity."""
    if measure.of_imports:  # said by each reading
        return 0.0
    return widths.TRADE * (1.0 if measure.bottom is None else math.sqrt(2))


def _declared(
    world: World, name: str, prefix: str, mass: str, scale: float
) -> tuple[Declared[World], ...]:
    def table(world: World) -> TradeTable:
        return _table(world, name)

    def one(measure: Measure) -> Declared[World]:
        metric = _metric(table(world), prefix, measure)

        def value(table: TradeTable, metric: Metric, at: Place) -> Value:
            return table.value(measure, metric, at)

        def array(table: TradeTable, metric: Metric, at: Place) -> xr.DataArray:
            return table.array(measure, metric, at)

        return declared(metric, name, table, value, array)

    return tuple(map(one, _measures(mass, scale)))


def energy(world: World) -> tuple[Declared[World], ...]:
    """Declare the metrics of the ``energy_trade`` table."""
    return _declared(world, "energy_trade", "energy", "Mt", 1e-6)


def minerals(world: World) -> tuple[Declared[World], ...]:
    """Declare the metrics of the ``minerals_trade`` table."""
    return _declared(world, "minerals_trade", "minerals", "t", 1.0)
