"""Weights of states under an index, and military aid, read from the world's tables.

An index is drawn from a whole table (every state, or all but a rest of the world), or from sourced
figures of some states. Where only some states have figures, those counted in poles and votes are
the same in every year: a state that has no figure in one of two years would else look like a
change in the distribution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from multipolar.engines.api.contract import Source
from multipolar.engines.api.memo import Memo, per_world
from multipolar.engines.api.reader import joined, some, table_source, through_of
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats
from multipolar.policy import sectors
from multipolar.text.phrases import long_date

if TYPE_CHECKING:
    from multipolar.world import World

NAMES = {
    "value-added": "Value added",
    "gdp-ppp": "GDP at purchasing power",
    "military-spending": "Military spending",
    "cinc": "Composite capabilities (CINC)",
    "energy-exports": "Energy exports",
    "goods-exports": "Goods exports",
    "warheads": "Nuclear warheads",
}
INDICES = tuple(NAMES)
# half width of a weight as a share of it, beyond which one in ten lies on either side; measured
# beside other editions and sources of the same figures (docs/errors.md)
WIDTHS = {
    "value-added": 0.05,
    "gdp-ppp": 0.02,
    "military-spending": 0.07,
    "cinc": 0.01,
    "energy-exports": 0.15,
    "goods-exports": 0.08,
    "warheads": 0.0,  # estimates of the Federation of American Scientists, who state no error
}
# the same of a share in the world, where the table's rest of the world is a proxy
WORLD_WIDTHS = {**WIDTHS, "value-added": 0.08}
ERROR_OF = "revision between vintages"
SERIES = {  # the series of facts behind an index
    "gdp-ppp": "gdp.ppp",
    "military-spending": "military.spending",
    "cinc": "power.cinc",
    "warheads": "warheads.inventory",
}
SPENDING, AID = "military-spending", "military.aid_received"  # an index, and a series of facts
ACCOUNTS = ("value-added", "goods-exports")  # read from the input-output table
OUTPUT = ("value-added", "gdp-ppp")  # what a change of real income changes
CAPABILITIES = "cow_nmc"  # a table the user may have fetched
TABLES = frozenset({"energy_trade", "facts", "io_2022", CAPABILITIES})
COMPARED = 2022  # the year of the input-output table, with which later years are compared
REST, WORLD = "ROW", "World"
# major powers since 1991, Correlates of War Project, State System Membership List
MAJORS = ("USA", "GBR", "FRA", "DEU", "RUS", "CHN", "JPN")
MAJORS_SINCE = 1991
Ranked: TypeAlias = tuple[tuple[int, int], Source]  # how well a row is known, best first
CONFIDENCE, READING = ("high", "medium", "low"), ("read", "computed", "second-hand")
FETCH = "`multipolar data fetch cow` brings the index for all states from 1816 on"


@dataclass(frozen=True)
class Weights:
    """What each state weighs in a year.

    Attributes:
        values: by state, in ``unit``, none negative.
        world: total of all states in the same unit; None if it is not known.
        whole: whether every state there is has a value, but for those in a rest of the world.
        sources: the rows behind each state, and behind the total (under ``World``).
        through: the last day, ISO, that they are for.
    """

    index: str
    year: int
    unit: str
    values: Mapping[str, float]
    world: float | None
    whole: bool
    sources: Mapping[str, Source]
    note: str = ""
    through: str = ""

    def of(self, states: Sequence[str]) -> Floats:
        """Return the values of n states, in order, shape (n,).

        Raises:
            DataMissing: one has none.
        """
        gone = [s for s in states if s not in self.values]
        if gone:
            raise missing(self, gone)
        return np.array([self.values[s] for s in states])

    def evidence(self, states: Sequence[str]) -> tuple[Source, ...]:
        """Return the rows behind states and the total, each once."""
        found = [self.sources.get(s) for s in (*states, WORLD)]
        return tuple(dict.fromkeys(s for s in found if s is not None))


def missing(weights: Weights, gone: Sequence[str]) -> DataMissing:
    """Return the error for states without a value."""
    fetched = weights.index != "cinc" or weights.whole
    hint = f"it has {some(sorted(weights.values), 16)}" if fetched else FETCH
    return DataMissing(
        f"{weights.index} has no figure of {some(gone)} for {weights.year}", hint=hint
    )


@dataclass(frozen=True)
class Indices:
    """Every index of a world, read when first asked for.

    Attributes:
        world: holds the tables.
        growth: change of each state's output under a scenario, 0.01 for 1%, and under ``ROW`` that
            of all states it does not name; empty in the world as it is.
        memo: what was computed from the indices, and hangs on no parameter.
    """

    world: World
    growth: Mapping[str, float] = field(default_factory=dict)
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)

    def years(self, index: str) -> tuple[int, ...]:
        """Return the years an index has any figure for, in order."""
        return years_of(self.world, index)

    def at(self, index: str, year: int) -> Weights:
        """Return the weights of a year.

        Raises:
            DataMissing: there is none; the years there are are named.
        """
        found = self._all(index)
        if year not in found:
            self._late(index, year)
            if not found:
                raise DataMissing(f"there are no figures of {index}", hint="take another index")
            years = self.years(index)
            spread = f"{years[0]} to {years[-1]}" if len(years) > 6 else ", ".join(map(str, years))
            hint = f"there are figures for {spread}"
            if index == "cinc" and CAPABILITIES not in self.world.names:
                hint += f"; {FETCH}"
            raise DataMissing(f"no figures of {index} for {year}", hint=hint)
        return found[year]

    def _late(self, index: str, year: int) -> None:
        """Tell what was not public yet, at the world's date, from what there is not."""
        if self.world.day and (year in (known := read(self.world.whole, index)) or not year):
            named = f" for {year}" if year in known else ""
            by = long_date(self.world.day)
            raise DataMissing(
                f"figures of {index}{named} were not public by {by}", hint="name an earlier year"
            )

    def latest(self, index: str, states: Sequence[str], year: int | None = None) -> Weights:
        """Return the weights of a year, or of the newest in which all ``states`` have one.

        Where no year has them all, the newest there is, so that the error can say who is missing.
        """
        if year is not None:
            return self.at(index, year)
        years = self.years(index)
        have = [y for y in years if all(s in self._all(index)[y].values for s in states)]
        if not have and years:
            counts = [sum(s in self._all(index)[y].values for s in states) for y in years]
            have = [y for y, n in zip(years, counts, strict=True) if n == max(counts)]
        return self.at(index, have[-1] if have else 0)

    def panel(self, index: str) -> tuple[str, ...]:
        """Return the states counted in every year where only some have figures.

        Those with a figure in 2022 and in the newest year in which most of them have one.
        """
        found = self._all(index)
        if not found:
            return ()
        newest = max(found, key=lambda y: (len(found[y].values) >= len(self._most(index)) / 2, y))
        first = found.get(COMPARED, found[newest])
        return tuple(sorted(set(found[newest].values) & set(first.values)))

    def _most(self, index: str) -> Mapping[str, float]:
        return max((w.values for w in self._all(index).values()), key=len)

    def counted(self, index: str, year: int | None, states: Sequence[str] | None = None) -> Weights:
        """Return the weights of the states that count as poles or voters.

        All of a whole table; else the panel, or the ``states`` asked for. Without a year, the
        newest in which they all have a figure.

        Raises:
            DataMissing: one of them has none in that year.
        """
        known = self._all(index)
        if not known:
            self.at(index, year or 0)
        whole = all(w.whole for w in known.values())
        wanted = states or (() if whole else self.panel(index))
        chosen = self.latest(index, wanted, year)
        if not wanted:
            return chosen
        return replace(chosen, values=dict(zip(wanted, chosen.of(wanted).tolist(), strict=True)))

    def _all(self, index: str) -> Mapping[int, Weights]:
        known = read(self.world, index)
        if not self.growth or index not in OUTPUT:
            return known
        return self.memo.once(
            ("grown", index), lambda: {y: _grown(w, self.growth) for y, w in known.items()}
        )


@per_world
def years_of(world: World, index: str) -> tuple[int, ...]:
    """Return the years an index has any figure for; large tables are not read for it.

    Example:
        >>> from multipolar.world import World
        >>> world = World.load()
        >>> all(years_of(world, i) == tuple(sorted(read(world, i))) for i in INDICES)
        True
    """
    if index in ACCOUNTS:
        return (COMPARED,)
    if index == "energy-exports":
        known = world.table("energy_trade", ("year", "value_usd")).dropna()
        return tuple(sorted(map(int, known["year"].unique())))
    return tuple(sorted(read(world, index)))


@per_world
def read(world: World, index: str) -> Mapping[int, Weights]:
    """Return the weights of an index by year, as the tables have them."""
    if index in ACCOUNTS:
        return _accounts(world, index)
    if index == "energy-exports":
        return _energy(world)
    if index == "cinc" and CAPABILITIES in world.names:
        return _capabilities(world)
    return _facts(world, index)


@per_world
def aid(world: World) -> Mapping[tuple[str, int], Source]:
    """Return military aid received on record, by state and year."""
    found = {}
    for r in _series(world, AID):
        source = replace(_row(r), note="Military aid received.")
        found[str(r["entity"]), int(str(r["date"])[:4])] = source
    return found


def _grown(weights: Weights, growth: Mapping[str, float]) -> Weights:
    """Change each state's weight by its growth, and the rest of the world by its own."""
    rest = growth.get(REST, 0.0)
    values = {s: v * (1 + growth.get(s, rest)) for s, v in weights.values.items()}
    world = weights.world
    if world is not None:
        others = world - sum(weights.values.values())
        world = sum(values.values()) + others * (1 + rest)
    note = "Changed by what the scenario does to real income (engine trade)."
    return replace(weights, values=values, world=world, note=joined(weights.note, note))


def _of_table(
    world: World,
    table: str,
    index: str,
    year: int,
    unit: str,
    values: Mapping[str, float],
    total: float,
    note: str = "",
) -> Weights:
    source = table_source(world, table, unit)
    sources = dict.fromkeys((*values, WORLD), source)
    return Weights(index, year, unit, values, total, True, sources, note, f"{year}-12-31")


def _accounts(world: World, index: str) -> dict[int, Weights]:
    """Read value added, or goods sold abroad, of the input-output table."""
    io = world.table("io_2022")
    codes = [str(c) for c in io["country"].to_numpy()]
    if index == "value-added":
        amounts = np.asarray(io["value_added"].to_numpy(), dtype=float)
    else:
        flows = io["trade_share"].to_numpy() * io["spending"].to_numpy()[:, None, :]
        here = np.arange(len(codes))
        flows[:, here, here] = 0.0
        names = [str(s) for s in io["sector"].to_numpy()]
        goods = [names.index(s) for s in sectors(("goods",))]
        amounts = np.asarray(flows[goods].sum(axis=(0, 2)), dtype=float)
    values = {c: float(v) for c, v in zip(codes, amounts, strict=True) if c != REST}
    note = (
        "Value added at market rates." if index == "value-added" else "Goods sold across borders."
    )
    weights = _of_table(world, "io_2022", index, 2022, "USD mn", values, float(amounts.sum()), note)
    return {2022: weights}


def _energy(world: World) -> dict[int, Weights]:
    """Read exports of crude, gas and coal by value."""
    frame = world.table("energy_trade").dropna(subset=["value_usd"])
    sums = frame.groupby(["year", "exporter"])["value_usd"].sum()
    note = "Crude, gas and coal by value; refined products and electricity are not in it."
    out = {}
    for year, values in sums.groupby(level="year"):
        own = {str(c): float(v) for (_, c), v in values.items() if v > 0}
        place = ("energy_trade", "energy-exports", int(year), "USD")
        out[int(year)] = _of_table(world, *place, own, sum(own.values()), note)
    return out


def _capabilities(world: World) -> dict[int, Weights]:
    """Read the composite index of every state, from the table the user has fetched.

    The total is of all rows, among them states that are gone and have no code.
    """
    frame = world.table(CAPABILITIES)[["country", "year", "cinc"]].dropna()
    frame["country"] = frame["country"].astype(str)
    note = "The index weights population, steel and energy heavily."
    out = {}
    for year, rows in frame.groupby("year"):
        # a state that succeeds another within the year stands twice, under one code
        found = rows.groupby("country")["cinc"].max()
        own = {str(c): float(v) for c, v in found.items() if c}
        if own:
            place = (CAPABILITIES, "cinc", int(year), "index")
            out[int(year)] = _of_table(world, *place, own, float(rows["cinc"].sum()), note)
    return out


def _series(world: World, series: str) -> list[dict[str, Any]]:
    """Return the rows of facts of a series that have a value."""
    frame = world.table("facts")
    rows = frame[(frame["series"] == series) & frame["value"].notna()]
    return [{str(k): v for k, v in r.items()} for r in rows.to_dict("records")]


def _row(r: Mapping[str, Any]) -> Source:
    url, note, known = (
        v if isinstance(v := r.get(k), str) else "" for k in ("url", "note", "known")
    )
    source = Source(str(r["source"]), str(r["date"]), url, float(r["value"]), str(r["unit"]))
    graded = replace(source, grade=r.get("grade", ""), interested=bool(r.get("interested")))
    return replace(graded, reading=str(r["reading"]), note=note, known=known)


def _facts(world: World, index: str) -> dict[int, Weights]:
    """Read sourced figures, the best row of each state and year."""
    known = world.names_index.labels
    best: dict[int, dict[str, list[Ranked]]] = {}
    for r in _series(world, SERIES[index]):
        entity = str(r["entity"])
        if entity in known or entity == WORLD:
            rank = CONFIDENCE.index(r["confidence"]), READING.index(r["reading"])
            of_year = best.setdefault(int(str(r["date"])[:4]), {})
            of_year.setdefault(entity, []).append((rank, _row(r)))
    out = {}
    for year, entities in best.items():
        chosen = {e: min(rows, key=lambda x: x[0])[1] for e, rows in entities.items()}
        if set(chosen) - {WORLD}:
            out[year] = _of_facts(index, year, chosen, entities.get(WORLD, []))
    return out


def _of_facts(
    index: str, year: int, chosen: dict[str, Source], totals: Sequence[Ranked]
) -> Weights:
    """Set up a year: the world total is taken from whoever most of the states are from."""
    total = chosen.pop(WORLD, None)
    publishers = [_publisher(s) for s in chosen.values()]
    usual = max(set(publishers), key=lambda p: (publishers.count(p), p))
    same = [x for x in totals if _publisher(x[1]) == usual]
    note = ""
    if same:
        total = min(same, key=lambda x: x[0])[1]
    elif total is not None:
        note = f"World total by {total.source}."
    world = None if total is None else float(total.value or 0.0)
    if index == "cinc":
        world = 1.0
        note = "The index is a share of the world; it weights population, steel and energy heavily."
    sources = dict(chosen) | ({WORLD: total} if total is not None else {})
    unit = next(iter(chosen.values())).unit
    values = {c: float(s.value or 0.0) for c, s in chosen.items()}
    last = through_of(*sources.values())
    return Weights(index, year, unit, values, world, False, sources, note, last)


def _publisher(source: Source) -> str:
    return source.source.split(",")[0].split(" Yearbook")[0]
