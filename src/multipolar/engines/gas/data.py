"""The shipped tables of gas, read into what the engine works with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.memo import Memo, per_world
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats
from multipolar.world.units import BCM_EI_PER_MT_LNG, convert

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.world import World

BASE = 2021
HIDDEN = "share of its region"  # marks figures that are scaled so that their region closes
TABLES = frozenset(
    {"energy_trade", "gas_figures", "gas_nodes", "gas_parameters", "gas_voyages", "production"}
)
RUSSIA = "RUS"
WEST = "RUS-W"  # what is not said of another part of Russia is said of this
EAST = ("RUS-E", "RUS-S")  # parts of Russia that sell to nobody but by their own lines
LNG_OF_RUSSIA = {  # how Russia's LNG by buyer divides between its two coasts, before scaling
    "RUS-S": {"JPN": 0.9, "KOR": 0.9, "TWN": 0.9, "CHN": 0.3},
    "RUS-Y": {"JPN": 0.1, "KOR": 0.1, "TWN": 0.1, "CHN": 0.7},
}
YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipeline from a node to a node; capacity in bcm of 40 MJ/m3 a year, dates ISO."""

    tail: str
    head: str
    name: str
    capacity: float
    since: str = ""
    until: str = ""
    assumed: bool = False  # its capacity was found at no source

    def open(self, year: int) -> float:
        """Return the share of a year in which it can be used.

        Example:
            >>> Pipe("A", "B", "line", 10, since="2022-10-01").open(2022)
            0.25...
        """
        return share_of_year(self.since, self.until, year)


def share_of_year(since: str, until: str, year: int) -> float:
    """Return the share of a year from an ISO date and until another; no date is always."""
    begin = (_day(since) if since else 0.0) - year
    end = (_day(until) if until else 9999.0) - year
    return min(max(end, 0.0), 1.0) - min(max(begin, 0.0), 1.0)


def _day(text: str) -> float:
    """Return a date as a year with a fraction."""
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    return year + (date(year, month, day) - date(year, 1, 1)).days / YEAR_DAYS


@dataclass(frozen=True)
class Tables:
    """The tables ``gas_*``, and what of others the engine needs, for N nodes.

    Volumes are in bcm of 40 MJ/m3 a year, prices in USD/MMBtu.

    Attributes:
        nodes: a row a node.
        figures: a row a figure, with its volume in ``bcm``.
        distance: from node to node, shape (N, N), nautical miles; infinite where LNG cannot go.
        traded: LNG by seller and buyer in 2021 as customs counted it, before scaling, shape (N, N),
            bcm.
        produced: national production of 2021 by another count, bcm.
    """

    nodes: pd.DataFrame
    figures: pd.DataFrame
    distance: Floats
    traded: Floats
    produced: Mapping[str, float]
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The nodes, in order."""
        return tuple(self.nodes["node"])

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each node."""
        return {c: k for k, c in enumerate(self.codes)}

    @cached_property
    def title(self) -> dict[str, str]:
        """Name of each node."""
        return dict(zip(self.codes, self.nodes["name"], strict=True))

    @cached_property
    def region(self) -> tuple[str, ...]:
        """Region of each node."""
        return tuple(self.nodes["region"])

    @cached_property
    def market(self) -> tuple[str, ...]:
        """Market of each node."""
        return tuple(self.nodes["market"])

    @cached_property
    def markets(self) -> tuple[str, ...]:
        """Names of the markets."""
        return tuple(dict.fromkeys(self.nodes["market"]))

    @cached_property
    def home(self) -> dict[str, str]:
        """Node of every country, and of every node its own; Russia is its West system."""
        found = {m: node for node, members in self.members for m in members}
        return {**found, **{c: c for c in self.codes}, RUSSIA: WEST}

    @cached_property
    def members(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Every node with the countries in it."""
        texts = map(str, self.nodes["members"])
        return tuple((n, tuple(t.split())) for n, t in zip(self.codes, texts, strict=True))

    def nodes_of(self, codes: Collection[str]) -> tuple[list[str], list[str]]:
        """Return the nodes that countries stand for, and who else is counted in them.

        A group is meant where its largest member, the first listed, is named.
        """
        wanted = set(codes)
        found: list[str] = []
        others: list[str] = []
        for node, members in self.members:
            if node in wanted or members[0] in wanted:
                found.append(node)
                others += [m for m in members if m not in wanted] if node not in wanted else []
        return found, others

    @cached_property
    def pipes(self) -> tuple[Pipe, ...]:
        """Every pipeline, whenever it is open."""
        return tuple(
            Pipe(
                r["place"],
                r["partner"],
                r["route"],
                r["bcm"],
                r["since"],
                r["until"],
                assumed=r["status"] == "assumption",
            )
            for r in self.records("pipe")
        )

    def rows(self, quantity: str, year: int | None = None) -> pd.DataFrame:
        """Return the figures of a quantity, of a year if one is given."""
        found = self.figures[self.figures["quantity"] == quantity]
        return found if year is None else found[found["since"].str[:4] == str(year)]

    def records(self, quantity: str, year: int | None = None) -> tuple[dict[str, Any], ...]:
        """Return the same as plain rows; they are asked for again and again."""

        def make() -> tuple[dict[str, Any], ...]:
            rows = self.rows(quantity, year).to_dict("records")
            return tuple({str(k): v for k, v in r.items()} for r in rows)

        return self.memo.once((quantity, year), make)

    def capacity(self, quantity: str, year: int, assumed: float) -> Floats:
        """Return the capacity of plants or terminals by node, each for its share of the year.

        Shape (N,), bcm a year; ``assumed`` scales what was found at no source.
        """
        key = ("capacity", quantity, year)
        known, guessed = self.memo.once(key, lambda: self._capacity(quantity, year))
        return np.asarray(known + assumed * guessed)

    def _capacity(self, quantity: str, year: int) -> Floats:
        found = np.zeros((2, len(self.codes)))
        for r in self.records(quantity, None):
            open_ = share_of_year(r["since"], r["until"], year)
            found[int(r["status"] == "assumption"), self.index[r["place"]]] += r["bcm"] * open_
        return found

    def open(self, year: int) -> Floats:
        """Return the share of a year in which each pipe can be used, shape (A,)."""
        return self.memo.once(("open", year), lambda: np.array([x.open(year) for x in self.pipes]))

    def has_port(self, node: str) -> bool:
        """Say whether LNG can be shipped from a node.

        Example:
            >>> from multipolar.world import World
            >>> tables = read_tables(World.load())
            >>> [tables.has_port(c) for c in ("RUS-W", "RUS-Y", "MNG", "JPN")]
            [False, True, False, True]
        """
        return bool(np.isfinite(self.distance[self.index[node]]).any())

    def reach(self, seller: str, buyer: str) -> bool:
        """Say whether LNG can be shipped from a node to another."""
        return bool(np.isfinite(self.distance[self.index[seller], self.index[buyer]]))

    def with_plants(self, quantity: str) -> set[str]:
        """Return the nodes that have ``liquefaction`` or ``regasification`` in some year."""
        traded = self.traded.sum(axis=1 if quantity == "liquefaction" else 0) > 0
        listed = {str(r["place"]) for r in self.records(quantity)}
        return listed | {c for c, some in zip(self.codes, traded, strict=True) if some}

    def by_place(
        self, quantity: str, year: int, *, sourced: bool | None = None
    ) -> dict[str, float]:
        """Return a quantity of a year by place, in bcm or its own unit."""
        found: dict[str, float] = {}
        for r in self.records(quantity, year):
            listed = r["status"] == "sourced" and r["route"] != HIDDEN
            if sourced is None or listed == sourced:
                found[str(r["place"])] = found.get(str(r["place"]), 0.0) + float(r["bcm"])
        return dict(sorted(found.items()))

    def one(self, quantity: str, place: str, year: int, partner: str = "") -> float:
        """Return one figure."""
        for r in self.records(quantity, year):
            if (r["place"], r["partner"]) == (place, partner):
                return float(r["bcm"])
        raise DataMissing(f"no {quantity} of {place} in {year} in the table gas_figures")


@per_world
def read_tables(world: World) -> Tables:
    """Read the tables of gas from a world, once."""
    nodes = world.table("gas_nodes")
    index = {c: k for k, c in enumerate(nodes["node"])}
    distance = np.full((len(nodes), len(nodes)), np.inf)
    voyages = world.table("gas_voyages")
    start, end = ([index[c] for c in voyages[side]] for side in ("origin", "destination"))
    distance[start, end] = voyages["distance_nm"]
    made = world.table("production")
    made = made[(made["commodity"] == "natural_gas") & (made["year"] == BASE)]
    produced = dict(zip(made["country"], made["quantity"] / 1e3, strict=True))
    figures, traded = _figures(world), np.zeros_like(distance)
    tables = Tables(nodes, figures, distance, traded, produced)
    trade = world.table("energy_trade")
    trade = trade[(trade["commodity"] == "lng") & (trade["year"] == BASE)]
    _add_trade(tables, trade[["exporter", "importer", "quantity_t"]].itertuples(index=False))
    return tables


def _figures(world: World) -> pd.DataFrame:
    """Return the table of figures with volumes in bcm where it gives energy, and no gaps."""
    figures = world.table("gas_figures").copy()
    energy = [convert(v, "TWh", "bcm_ei") for v in figures["energy_twh"].fillna(0.0)]
    figures["bcm"] = np.where(figures["energy_twh"].notna(), energy, figures["value"])
    texts = ("partner", "route", "since", "until", "source", "note")
    filled: pd.DataFrame = figures.fillna(dict.fromkeys(texts, ""))
    return filled


def _add_trade(tables: Tables, rows: Iterable[tuple[str, str, float]]) -> None:
    home, index = tables.home, tables.index
    for seller, buyer, tonnes in rows:
        if not (tonnes > 0 and seller in home and buyer in home):
            continue
        to = home[buyer]
        parts = {home[seller]: 1.0}
        if seller == RUSSIA:
            parts = {k: v.get(to, float(k == "RUS-Y")) for k, v in LNG_OF_RUSSIA.items()}
        for node, share in parts.items():
            tables.traded[index[node], index[to]] += share * (tonnes / 1e6 * BCM_EI_PER_MT_LNG)
