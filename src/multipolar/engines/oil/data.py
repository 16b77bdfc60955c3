"""The tables of the engine as plain arrays: who sold how much to whom, by which way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from multipolar.engines.api.contract import Source
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import figure_source
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Flags, Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.world import World

TABLES = frozenset(
    {"oil_crude", "oil_figures", "oil_parameters", "distances", "prices_monthly", "countries"}
)
FIRST, LATEST, LAST = 2017, 2024, 2030  # years with flows, and the last that 2024 stands for
RUSSIA, KAZAKHSTAN = "RUS", "KAZ"
SEA, PACIFIC, DRUZHBA = "sea", "Russia's Pacific outlets", "Druzhba"
WAYS = (SEA, PACIFIC, DRUZHBA)
CPC = "CPC"
LEAST = 0.02  # mb/d sold or bought by states between which a first purchase is thought possible
SEED = 1e-3  # of what gravity would say, where nothing was bought
CLOSEST, FARTHEST = 0.7, 1.2  # of the price of grades over the year's usual one
USUAL_KM = 8000.0  # where the table has no distance: about the mean of those that trade
SET = {  # what is said of a flow by its flag
    "from value": "computed from its value, as no price fits the tonnes reported",
    "other source": "that of {}",
    "assumed": "an assumption of ours",
    "through a hub": "in part what a hub sold on",
}
BY_LAND_OR_LAKE = frozenset({"CHN", "RUS", "UZB", "KGZ", "BLR"})  # Kazakh crude not by CPC


@dataclass(frozen=True, slots=True)
class Base:
    """Crude of one year: C states, A arcs, each by one way from one state to another.

    Attributes:
        codes: states of all years, ISO alpha-3, sorted.
        seller, buyer, way: places of each arc in ``codes`` and :data:`WAYS`, shape (A,). An arc
            from a state to itself is what it keeps.
        flow: mb/d, shape (A,); small where nothing was sold.
        seed: where that is, shape (A,).
        km: between largest cities, shape (A,).
        grade: price of a seller's crude over the usual one, shape (C,).
        brent: USD a barrel.
    """

    year: int
    codes: tuple[str, ...]
    seller: Ints
    buyer: Ints
    way: Ints
    flow: Floats
    seed: Flags
    km: Floats
    grade: Floats
    brent: float

    @property
    def abroad(self) -> Flags:
        """Which arcs cross a border, shape (A,)."""
        return np.asarray(self.seller != self.buyer, dtype=bool)

    def at(self, codes: frozenset[str]) -> Flags:
        """Return which states are named, shape (C,)."""
        return np.asarray(np.isin(self.codes, sorted(codes)), dtype=bool)


@dataclass(frozen=True)
class Tables:
    """What the tables say.

    Attributes:
        base: by year.
        room: capacity of a link, mb/d, by name and year of the figure.
        bypass: what can leave round the Strait of Hormuz, mb/d, by state.
        behind: states whose crude leaves by it.
        east, west: states on either side of the Suez Canal.
        detour: km that the way round the Cape adds.
        fleet: mb/d of crude that Russia's own ships carry, by year.
        cap: the price cap in force, USD a barrel, by first whole year.
        normal: what Urals was below Brent before the war, USD a barrel.
        bans: buyers that bar Russian crude by sea, by first whole year.
        unwilling: buyers that avoid it without a ban, by first whole year.
        set_by: who stands behind flows that are not as BACI has them, by year, seller and buyer.
        sources: rows behind each quantity.
    """

    base: Mapping[int, Base]
    room: Mapping[str, Mapping[int, float]]
    bypass: Mapping[str, float]
    behind: frozenset[str]
    east: frozenset[str]
    west: frozenset[str]
    detour: float
    fleet: Mapping[int, float]
    cap: Mapping[int, float]
    normal: float
    bans: Mapping[str, int]
    unwilling: Mapping[str, int]
    set_by: Mapping[tuple[int, str, str], str] = field(repr=False)
    sources: Mapping[str, tuple[Source, ...]] = field(repr=False)

    @property
    def codes(self) -> tuple[str, ...]:
        """States that the tables tell apart, ISO alpha-3, sorted."""
        return self.base[LATEST].codes

    def of(self, year: int) -> Base:
        """Return the crude of a year; that of the last one with figures stands for later ones.

        Example:
            >>> from multipolar.world import World
            >>> tables = read_tables(World.load())
            >>> base = tables.of(2021)
            >>> tables.of(2026).year, 40 < float(base.flow[base.abroad].sum()) < 46
            (2024, True)
        """
        if not FIRST <= year <= LAST:
            raise DataMissing(f"the engine oil has no year {year}", hint=f"{FIRST} to {LAST}")
        return self.base[min(year, LATEST)]


def latest(figures: Mapping[int, float], year: int) -> float:
    """Return the figure of the last year known by then, or of the first.

    Example:
        >>> [latest({2021: 1.0, 2024: 2.0}, y) for y in (2019, 2023, 2026)]
        [1.0, 1.0, 2.0]
    """
    known = [y for y in figures if y <= year]
    return figures[max(known) if known else min(figures)]


@per_world
def read_tables(world: World) -> Tables:
    """Read the tables of crude from a world."""
    crude = world.table("oil_crude")
    rows = world.table("oil_figures").fillna("")
    of = {str(q): part.to_dict("records") for q, part in rows.groupby("quantity")}
    prices = world.table("prices_monthly")
    prices = prices[(prices["commodity"] == "brent") & (prices["publisher"] == "eia")]
    brent = {int(y): float(v) for y, v in prices.groupby("year")["price"].mean().items()}
    outlets = {r["label"]: (r["place"], r["value"]) for r in of["outlet"]}
    codes = _counted(crude)
    crude = crude[crude["exporter"].isin(codes) & crude["importer"].isin(codes)]
    km = _distances(world.table("distances"), codes)
    base = {
        int(year): _base(int(year), codes, part, outlets, km, brent[int(year)])
        for year, part in crude.groupby("year")
    }
    room: dict[str, dict[int, float]] = {}
    for r in of["capacity"]:
        room.setdefault(r["place"], {})[int(r["date"][:4])] = r["value"]
    below = [brent[int(r["date"])] - r["value"] for r in of["urals"] if not r["label"]]
    barred = {r["place"] for r in of["embargo"]} - {"EU"}
    barred |= set(world.countries_named("EU", "2023-01-01"))
    return Tables(
        base=base,
        room=room,
        bypass={r["place"]: r["value"] for r in of["bypass"]},
        behind=_codes(of["strait"]),
        east=_codes(of["east"]),
        west=_codes(of["west"]),
        detour=float(of["detour"][0]["value"] * of["speed"][0]["value"]),
        fleet={int(r["date"]): r["value"] for r in of["fleet"]},
        cap={int(r["date"]): r["value"] for r in of["cap"]},
        normal=float(np.mean(below)),
        bans=dict.fromkeys(sorted(barred), 2023),
        unwilling={r["place"]: int(r["date"][:4]) + 1 for r in of["unwilling"]},
        set_by=_set(crude),
        sources={q: tuple(source_of(r) for r in part) for q, part in of.items()},
    )


def _counted(crude: pd.DataFrame) -> tuple[str, ...]:
    """Return the states that pumped, sold or bought more than a little in some year, sorted."""
    sums = [crude.groupby(["year", end])["mbd"].sum() for end in ("exporter", "importer")]
    most = [part.groupby(level=1).max() for part in sums]
    return tuple(sorted({str(c) for m in most for c in m.index[m > LEAST]}))


def _set(crude: pd.DataFrame) -> dict[tuple[int, str, str], str]:
    """Return what was done to flows abroad that are not as reported."""
    rows = crude[crude["flag"].isin(SET)]
    return {
        (int(r["year"]), r["exporter"], r["importer"]): SET[r["flag"]].format(r["source"])
        for r in rows.to_dict("records")
    }


def _codes(rows: list[dict[str, str]]) -> frozenset[str]:
    return frozenset(c for r in rows for c in r["label"].split())


def _base(
    year: int,
    codes: tuple[str, ...],
    rows: pd.DataFrame,
    outlets: Mapping[str, tuple[str, float]],
    km: Floats,
    brent: float,
) -> Base:
    """Lay out the flows of a year, Russia's by outlet, with a little where nothing was sold."""
    place = {c: k for k, c in enumerate(codes)}
    flow = np.zeros((len(codes), len(codes)))
    i, j = rows["exporter"].map(place).to_numpy(), rows["importer"].map(place).to_numpy()
    flow[i, j] = rows["mbd"].to_numpy()
    abroad = flow - np.diag(np.diag(flow))
    sold, bought = abroad.sum(1), abroad.sum(0)
    thought_of = (sold > LEAST)[:, None] & (bought > LEAST)[None] & (flow == 0)
    np.fill_diagonal(thought_of, False)
    flow += thought_of * SEED * np.outer(sold, bought) / sold.sum()
    seller, buyer = np.nonzero(flow > 0)
    amount, way = flow[seller, buyer], np.zeros(len(seller), dtype=np.intp)
    for pair, (name, part) in outlets.items():  # what is left of a pair goes by sea
        a, b = (place.get(c, -1) for c in pair.split("-"))
        for k in np.flatnonzero((seller == a) & (buyer == b)):
            if part < 1:
                seller, buyer, way = np.append(seller, a), np.append(buyer, b), np.append(way, 0)
                amount = np.append(amount, (1 - part) * amount[k])
            way[k], amount[k] = WAYS.index(name), part * amount[k]
    return Base(
        year=year,
        codes=codes,
        seller=seller,
        buyer=buyer,
        way=way,
        flow=amount,
        seed=thought_of[seller, buyer],
        km=km[seller, buyer],
        grade=_grades(rows, place),
        brent=brent,
    )


def _distances(far: pd.DataFrame, codes: tuple[str, ...]) -> Floats:
    """Return km between states, shape (C, C); a usual length where the table has none."""
    place = {c: k for k, c in enumerate(codes)}
    far = far[far["one"].isin(place) & far["other"].isin(place)].dropna(subset=["largest_cities"])
    i, j = far["one"].map(place).to_numpy(), far["other"].map(place).to_numpy()
    out = np.full((len(codes), len(codes)), USUAL_KM)
    out[i, j] = out[j, i] = far["largest_cities"].to_numpy()
    np.fill_diagonal(out, 0.0)
    return out


def _grades(rows: pd.DataFrame, place: Mapping[str, int]) -> Floats:
    """Return the price of each state's crude over the usual one, kept to what grades explain."""
    out = np.ones(len(place))
    priced = rows.dropna(subset=["ratio"])
    worth = (priced["ratio"] * priced["mbd"]).groupby(priced["exporter"]).sum()
    mean = worth / priced.groupby("exporter")["mbd"].sum()
    for code, ratio in mean.items():
        out[place[str(code)]] = np.clip(ratio, CLOSEST, FARTHEST)
    return out


def source_of(row: Mapping[str, object]) -> Source:
    """Return a row of the figures as evidence, with its status and note."""
    what = " ".join(str(row[k]) for k in ("quantity", "place", "date") if row[k])
    return figure_source(row, f"{what}.")
