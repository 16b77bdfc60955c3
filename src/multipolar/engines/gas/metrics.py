"""What can be read from a solved scenario of the gas market.

To add a metric, write a reader and list it in :data:`READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Reading
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.reader import some
from multipolar.engines.gas.bargaining import (
    PLAYERS,
    Game,
    game_of,
    reservation_prices,
    share_lost,
)
from multipolar.engines.gas.kernel import BILLION, solve_capped, welfare
from multipolar.engines.gas.ranges import flow_ranges
from multipolar.engines.gas.solved import Solved
from multipolar.engines.gas.years import FIRST, LAST
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Flags, Floats
from multipolar.numerics.cooperative import gains, nucleolus, shapley

if TYPE_CHECKING:
    import xarray as xr

CARRIERS = ("any", "pipeline", "lng")
INDICES: Mapping[str, Callable[[Floats], Floats]] = {"shapley": shapley, "nucleolus": nucleolus}
SOME_YEARS = (2021, 2035)
SOME_SELLERS, SOME_BUYERS = ("RUS", "KAZ", "NOR", "DZA"), ("CHN", "TUR", "DEU", "ITA")
LEAST_FLOW = 1e-6  # bcm below which there is no trade to price
SIDES = ("seller", "buyer", "middle", "width")
PLAYER_CODES = {  # codes a player is asked for by, and labelled with
    "Europe": "EUR", "Central Asia": "CAS", "East Asia": "EAS", "LNG sellers": "LNG",
}  # fmt: skip
Place: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Reader:
    """A metric, and how one value follows from a solved scenario.

    ``value`` takes what was solved and a place with every dimension given, and returns a number;
    ``labels`` says what an open dimension runs over.
    """

    metric: Metric
    value: Callable[[Solved, Place], float]
    labels: Callable[[Solved, Dimension], Sequence[Any]]

    def scalar(self, solved: Solved, place: Place) -> Reading:
        """Read one number."""
        given = self._filled(solved, place)
        value = self.value(solved, given)
        if not np.isfinite(value):
            raise DataMissing(
                f"{self.metric.name} has no value here", hint="there is nothing of it"
            )
        note = f"{solved.remarks(_year(given))} {self._apart(solved, place)}".strip()
        return Reading(value, self.metric.unit, solved.prepared.sources, note=note)

    def _apart(self, solved: Solved, place: Place) -> str:
        """Say who of those named has no node, and who else is counted in the nodes of the rest."""
        gone: dict[str, None] = {}
        more: dict[str, None] = {}
        for dim in self.metric.dims:
            word = place.get(dim.name)
            codes = tuple(map(str, word)) if isinstance(word, tuple) else (str(word),)
            if word is None or EVERYBODY in codes or not self.metric.takes_many(dim):
                continue
            nodes, others = solved.tables.nodes_of(codes)
            held = {m for n, members in solved.tables.members if n in nodes for m in (n, *members)}
            gone |= dict.fromkeys(c for c in codes if c not in held)
            more |= dict.fromkeys(others)
        with_ = (
            f"Counted together with {some(list(more))}: the network does not tell them apart."
            if more
            else ""
        )
        out = f"Without {some(list(gone))}: not apart in the network." if gone else ""
        return f"{with_} {out}".strip()

    def labelled(self, solved: Solved, place: Place) -> xr.DataArray:
        """Read an array over the dimensions left open."""
        import xarray as xr

        given = self._filled(solved, place)
        left = [d for d in self.metric.dims if d.name not in given]
        coords = {d.name: list(self.labels(solved, d)) for d in left}
        shape = [len(c) for c in coords.values()]
        values = np.full(shape, np.nan)
        for at in np.ndindex(*shape):
            here = {d.name: coords[d.name][k] for d, k in zip(left, at, strict=True)}
            with suppress(DataMissing):
                values[at] = self.value(solved, {**given, **here})
        return xr.DataArray(
            values, coords=coords, dims=list(coords), name=self.metric.name,
            attrs={"unit": self.metric.unit, "source": "; ".join(s.source for s in solved.prepared.sources),
                   "long_name": self.metric.description,
                   "note": solved.remarks(int(given.get("year", solved.prepared.year)))},
        )  # fmt: skip

    def _filled(self, solved: Solved, place: Place) -> dict[str, Any]:
        """Return a place with what was left out: the year, and the first of each choice."""
        optional = {d.name: d.values[0] for d in self.metric.dims if not d.required and d.values}
        return {"year": solved.prepared.year, **optional, **place}


def _who(solved: Solved, word: Any) -> Floats:
    """Return which countries a word stands for, shape (countries,)."""
    codes = word if isinstance(word, tuple) else (word,)
    return solved.memo.once(("who", codes), lambda: _standing(solved, codes))


def _standing(solved: Solved, codes: tuple[Any, ...]) -> Floats:
    if EVERYBODY in codes:
        return np.ones(len(solved.countries))
    nodes, _ = solved.tables.nodes_of([str(c) for c in codes])
    named = {"RUS" if n.startswith("RUS-") else n for n in nodes}
    found = np.array([float(c in named) for c in solved.countries])
    if not found.any():
        raise DataMissing(
            f"{', '.join(map(str, codes[:4]))}: not told apart in the gas network",
            hint="it has some sixty countries and groups",
        )  # fmt: skip
    return found


def _player(word: Any) -> int:
    """Return the player that a country or a group of countries is."""
    names = list(PLAYERS)
    codes = {str(w) for w in (word if isinstance(word, tuple) else (word,))}
    for k, name in enumerate(names):
        own = {("RUS" if c.startswith("RUS-") else c) for c in PLAYERS[name]}
        if codes & (own | {name, PLAYER_CODES.get(name, name)}):
            return k
    raise DataMissing(f"{', '.join(sorted(codes)[:4])} is no player of the game",
                      hint=f"players are {', '.join(names)}")  # fmt: skip


def _year(place: Place) -> int:
    return int(place["year"])


def _flow(solved: Solved, at: Place) -> float:
    moved = solved.flows(_year(at), str(at["carrier"]))
    return float(_who(solved, at["exporter"]) @ moved @ _who(solved, at["importer"]))


def _origin(solved: Solved, at: Place) -> float:
    used = solved.origins(_year(at))
    return float(_who(solved, at["origin"]) @ used @ _who(solved, at["country"]))


def _sum(pick: str) -> Callable[[Solved, Place], float]:
    def value(solved: Solved, at: Place) -> float:
        per_node = getattr(solved.year(_year(at))[1], pick)
        return float(_who(solved, at["country"]) @ solved.member @ per_node)

    return value


def _price(solved: Solved, at: Place) -> float:
    made, found = solved.year(_year(at))
    weight = (_who(solved, at["country"]) @ solved.member) * made.network.demand
    total = float(weight.sum())
    return float(weight @ found.price) / total if total > 0 else float("nan")


def _welfare(solved: Solved, at: Place) -> float:
    return float(_who(solved, at["country"]) @ solved.welfare(_year(at)))


def _rent(solved: Solved, at: Place) -> float:
    made, found = solved.year(_year(at))
    n, N = made.network, len(solved.tables.codes)
    rents = np.bincount(n.tail, found.pipe_rent * found.flow, N) + np.bincount(
        n.seller, found.plant_rent[n.seller] * found.lng, N
    )
    return float(_who(solved, at["country"]) @ solved.member @ rents * BILLION)


def _route(pick: str) -> Callable[[Solved, Place], float]:
    def value(solved: Solved, at: Place) -> float:
        made, found = solved.year(_year(at))
        word = str(at["route"]).lower()
        hit = np.array([x.name.lower() == word for x in made.pipes])
        if not hit.any():
            raise DataMissing(f"no pipe {at['route']!r} in {made.year}", hint="see gas_figures")
        room, flow = made.network.capacity[hit], found.flow[hit]
        match pick:
            case "flow":
                return float(flow.sum())
            case "least" | "most":
                low, high = solved.memo.once(
                    ("range", made.year, word),
                    lambda: flow_ranges(made.network, found, pipes=np.flatnonzero(hit).tolist()),
                )
                return float((low if pick == "least" else high).sum())
            case "utilisation":
                return float(100 * flow.sum() / room.sum()) if room.sum() > 0 else float("nan")
            case _:
                return float(found.pipe_rent[hit].max())

    return value


def _game(solved: Solved, year: int) -> Game:
    via = {b.pipe.name: b.via for b in solved.prepared.changes.built if b.via}
    made = solved.year(year)[0]
    return solved.memo.once(("game", year), lambda: game_of(made, solved.tables, PLAYERS, via))


def _gains(solved: Solved, year: int, index: str) -> Floats:
    def make() -> Floats:
        values = _game(solved, year).values()
        return gains(values, INDICES[index](values))

    return solved.memo.once(("gains", year, index), make)


def _gain(solved: Solved, at: Place) -> float:
    return float(_gains(solved, _year(at), str(at["index"]))[_player(at["country"])])


def _dependence(solved: Solved, at: Place) -> float:
    year, index = _year(at), str(at["index"])
    one, other = _player(at["country"]), _player(at["on"])
    if one == other:
        raise DataMissing("a country does not depend on itself", hint="change `on`")
    pair = (min(one, other), max(one, other))

    def make() -> Floats:
        values = _game(solved, year).without(*pair).values()
        return gains(values, INDICES[index](values))

    both = _gains(solved, year, index)
    apart = solved.memo.once(("apart", year, index, pair), make)
    return share_lost(float(both[one]), float(apart[one]), float(both.sum()))


def _surplus_share(solved: Solved, at: Place) -> float:
    both = _gains(solved, _year(at), str(at["index"]))
    one, other = _player(at["country"]), _player(at["seller"])
    total = both[one] + both[other]
    return float(both[one] / total) if total > 0 else float("nan")


def _reservation(solved: Solved, at: Place) -> float:
    seller, buyer = _who(solved, at["seller"]) > 0, _who(solved, at["buyer"]) > 0
    if (seller & buyer).any():
        raise DataMissing("seller and buyer are the same", hint="change one")
    year = _year(at)
    key = ("reservation", year, tuple(seller), tuple(buyer))
    low, high = solved.memo.once(key, lambda: _two_prices(solved, year, seller, buyer))
    found = {"seller": low, "buyer": high, "middle": (low + high) / 2, "width": high - low}
    return found[str(at["side"])]


def _two_prices(solved: Solved, year: int, seller: Flags, buyer: Flags) -> tuple[float, float]:
    made, found = solved.year(year)
    n = made.network
    own = solved.member.T
    line = (own[n.tail] @ seller > 0) & (own[n.head] @ buyer > 0)
    moved = float(found.flow[line].sum())
    if moved < LEAST_FLOW:
        return float("nan"), float("nan")
    value = float((found.price[n.head] * found.flow)[line].sum() * BILLION)
    cut = replace(n, capacity=np.where(line, 0.0, n.capacity), floor=np.where(line, 0.0, n.floor))
    apart = solve_capped(cut, made.capped)
    if apart.status != "converged":
        raise DataMissing(f"gas in {year} has no equilibrium without this trade")
    left = np.asarray(solved.member @ welfare(cut, apart))
    return reservation_prices(solved.welfare(year), left, moved, value, seller, buyer)


def _labels(solved: Solved, dim: Dimension) -> Sequence[Any]:
    match dim.kind:
        case "country":
            return solved.countries
        case "year":
            return range(FIRST, LAST + 1)
        case "choice":
            return [v for v in dim.values if v != "any"]
        case _:
            return list(dict.fromkeys(x.name for x in solved.base.pipes))


def _players(solved: Solved, dim: Dimension) -> Sequence[Any]:
    """What arrays of the games run over: the players, and a few years, for each takes a while."""
    if dim.kind == "country":
        return [PLAYER_CODES.get(name, name) for name in PLAYERS]
    return SOME_YEARS if dim.kind == "year" else _labels(solved, dim)


def _traders(solved: Solved, dim: Dimension) -> Sequence[Any]:
    if dim.kind == "country":
        return {"seller": SOME_SELLERS, "buyer": SOME_BUYERS}[dim.name]
    return SOME_YEARS if dim.kind == "year" else _labels(solved, dim)


def _country(name: str, description: str) -> Dimension:
    return Dimension(name, "country", description=description)


YEAR = Dimension("year", "year", required=False,
                 description=f"{FIRST} to {LAST}; the scenario's or 2030 if left out")  # fmt: skip
CARRIER = Dimension("carrier", "choice", CARRIERS, required=False, description="both if left out")
INDEX = Dimension("index", "choice", tuple(INDICES), required=False,
                  description="how gains are divided; shapley if left out")  # fmt: skip
ROUTE = Dimension("route", "text", description="name of a pipe, as in the table gas_figures")
WHO = _country("country", "whose; several are added up")
PLAYER = _country("country", f"a player: {', '.join(PLAYERS)}")


def _metric(
    name: str, unit: str, description: str, *dims: Dimension,
    aggregate: Literal["sum", "mean", "none"] = "sum",
) -> Metric:  # fmt: skip
    return Metric(f"gas.{name}", dims, unit, description, aggregate, as_of="2022-12-31")


READERS: tuple[Reader, ...] = (
    Reader(
        _metric("flow", "bcm_ei/yr", "Gas that crosses from exporter to importer; gas in transit "
                "counts at each border", _country("exporter", "who sells or sends on"),
                _country("importer", "who takes it"), CARRIER, YEAR),
        _flow, _labels,
    ),
    Reader(
        _metric("origin", "bcm_ei/yr", "Gas that a country uses, by where it was produced; gas in "
                "transit is mixed with a country's own", _country("origin", "where it is produced"),
                WHO, YEAR),
        _origin, _labels,
    ),
    Reader(_metric("consumption", "bcm_ei/yr", "Gas used, without what LNG plants use", WHO, YEAR),
           _sum("consumption"), _labels),
    Reader(_metric("production", "bcm_ei/yr", "Gas produced", WHO, YEAR), _sum("production"),
           _labels),
    Reader(_metric("price", "USD/MMBtu", "Wholesale price; several by what they use", WHO, YEAR,
                   aggregate="mean"), _price, _labels),
    Reader(_metric("welfare", "USD bn", "Consumers' and producers' surplus with the rents of "
                   "trade; only differences mean anything", WHO, YEAR), _welfare, _labels),
    Reader(_metric("rent", "USD bn", "What scarce pipes and plants earn their sender", WHO, YEAR),
           _rent, _labels),
    Reader(_metric("route_flow", "bcm_ei/yr", "Gas through a pipe", ROUTE, YEAR, aggregate="none"),
           _route("flow"), _labels),
    Reader(_metric("route_least", "bcm_ei/yr", "Least a pipe can carry in the same equilibrium, at "
                   "0.04 USD bn a year more for moving gas", ROUTE, YEAR, aggregate="none"),
           _route("least"), _labels),
    Reader(_metric("route_most", "bcm_ei/yr", "Most a pipe can carry in the same equilibrium, at "
                   "0.04 USD bn a year more for moving gas", ROUTE, YEAR, aggregate="none"),
           _route("most"), _labels),
    Reader(_metric("utilisation", "percent", "Gas through a pipe over what it can carry", ROUTE,
                   YEAR, aggregate="none"), _route("utilisation"), _labels),
    Reader(_metric("pipe_value", "USD/MMBtu", "What one more unit of a pipe's capacity would earn",
                   ROUTE, YEAR, aggregate="none"), _route("rent"), _labels),
    Reader(_metric("gain", "USD bn", "What a player gains by the network over standing alone, a "
                   "year", PLAYER, INDEX, YEAR, aggregate="none"), _gain, _players),
    Reader(_metric("dependence", "percent", "Share of a player's gain that hangs on its links with "
                   "another", PLAYER, _country("on", "the other player"), INDEX, YEAR,
                   aggregate="none"), _dependence, _players),
    Reader(_metric("surplus_share", "share", "A player's gain over its own and the seller's",
                   PLAYER, _country("seller", "the other player"), INDEX, YEAR, aggregate="none"),
           _surplus_share, _players),
    Reader(_metric("reservation_price", "USD/MMBtu", "Of all piped gas from seller to buyer: the "
                   "least the seller takes, the most the buyer pays, the middle, and the width",
                   _country("seller", "who sells"), _country("buyer", "who buys"),
                   Dimension("side", "choice", SIDES, description="which price"), YEAR,
                   aggregate="none"), _reservation, _traders),
)  # fmt: skip
BY_NAME = {r.metric.name: r for r in READERS}
