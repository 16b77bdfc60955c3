"""What can be read from a solved scenario of the gas market.

To add a metric, write what reads it and list it in :data:`METRICS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from multipolar.engines.api.contract import FROM_ZERO, UNBOUNDED, Dimension, Metric
from multipolar.engines.api.coverage import told_apart
from multipolar.engines.api.declare import Declared, Place
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.halfwidth import SOLVER, Width, with_width
from multipolar.engines.api.proof import unproven
from multipolar.engines.gas.bargaining import (
    PLAYERS,
    Game,
    game_of,
    reservation_prices,
    share_lost,
)
from multipolar.engines.gas.data import read_tables
from multipolar.engines.gas.market import EXACT, solve_capped
from multipolar.engines.gas.proof import MISSED as MISSED_YEARS
from multipolar.engines.gas.proof import PRICED as IN_MONEY
from multipolar.engines.gas.proof import unfit
from multipolar.engines.gas.ranges import flow_ranges
from multipolar.engines.gas.solved import Solved, country_of
from multipolar.engines.gas.surplus import BILLION, welfare
from multipolar.engines.gas.years import FIRST, LAST, Year
from multipolar.errors import DataMissing, nearest
from multipolar.numerics.arrays import Flags, Floats
from multipolar.numerics.cooperative import gains, nucleolus, shapley

if TYPE_CHECKING:
    from multipolar.policy import Scenario
    from multipolar.world import World

INDICES: Mapping[str, Callable[[Floats], Floats]] = {"shapley": shapley, "nucleolus": nucleolus}
TRADERS = {"exporter": ("RUS", "KAZ", "NOR", "DZA"), "importer": ("CHN", "TUR", "DEU", "ITA")}
OF_PLAYERS = ("gas.gain", "gas.dependence", "gas.surplus_share")
LEAST_FLOW = 1e-6  # bcm below which there is no trade to price
PLAYER_CODES = {  # codes a player is asked for by, and labelled with
    "Europe": "EUR",
    "Central Asia": "CAS",
    "East Asia": "EAS",
    "LNG sellers": "LNG",
}

PLAYED = tuple(PLAYER_CODES.get(name, name) for name in PLAYERS)  # what arrays of games run over


def _who(solved: Solved, word: Any) -> Floats:
    """Return which countries a word stands for, 1 or 0, shape (C,)."""
    codes = word if isinstance(word, tuple) else (word,)
    return solved.memo.once(("who", codes), lambda: _among(solved, codes))


def _among(solved: Solved, codes: tuple[Any, ...]) -> Floats:
    if EVERYBODY in codes:
        return np.ones(len(solved.countries))
    nodes, _ = solved.tables.nodes_of([str(c) for c in codes])
    named = set(map(country_of, nodes))
    found = np.array([float(c in named) for c in solved.countries])
    if not found.any():
        raise DataMissing(
            f"{', '.join(map(str, codes[:4]))}: not told apart in the gas network",
            hint="it has some sixty countries and groups",
        )
    return found


def _player(word: Any) -> int:
    """Return the player that a country or a group of countries is."""
    codes = {str(w) for w in (word if isinstance(word, tuple) else (word,))}
    for k, (name, nodes) in enumerate(PLAYERS.items()):
        if codes & {*map(country_of, nodes), name, PLAYER_CODES.get(name, name)}:
            return k
    raise DataMissing(
        f"{', '.join(sorted(codes)[:4])} is no player of the game",
        hint=f"players are {', '.join(PLAYERS)}",
    )


def lacks(world: World, scenario: Scenario) -> Callable[[Metric, Place], None]:
    """Return what says whether the network has a country, a player, a pipe or a year."""
    tables = read_tables(world)
    built = any(m.measure == "build_link" for m in scenario.measures)
    pipes = {x.name.lower() for x in tables.pipes}
    nodes = set(map(country_of, tables.codes)) | {c for _, m in tables.members for c in m[:1]}

    def covered(metric: Metric, place: Place) -> None:
        if "year" in place and not FIRST <= _year(place) <= LAST:
            year = place["year"]
            raise DataMissing(f"the engine gas has no year {year}", hint=f"{FIRST} to {LAST}")
        if "route" in place and not built and str(place["route"]).lower() not in pipes:
            raise DataMissing(f"no pipe {place['route']!r}", hint=nearest(place["route"], pipes))
        if metric.name in OF_PLAYERS:
            players = [_player(place[d.name]) for d in metric.dims if d.kind == "country"]
            if metric.name == "gas.dependence" and players[0] == players[1]:
                raise DataMissing("a country does not depend on itself", hint="change `partner`")
            return
        hint = "it has some sixty countries and groups"
        told_apart(metric, place, nodes, "the gas network", hint)

    return covered


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
    pipes = np.bincount(n.tail, found.pipe_rent * found.flow, N)
    plants = np.bincount(n.seller, found.plant_rent[n.seller] * found.lng, N)
    return float(_who(solved, at["country"]) @ solved.member @ (pipes + plants) * BILLION)


def _route(pick: str) -> Callable[[Solved, Place], float]:
    def value(solved: Solved, at: Place) -> float:
        made, found = solved.year(_year(at))
        word, hit = str(at["route"]).lower(), _named(made, at)
        room, flow = made.network.capacity[hit], found.flow[hit]
        match pick:
            case "flow":
                return float(flow.sum())
            case "least" | "most":
                pipes = np.flatnonzero(hit).tolist()
                low, high = solved.memo.once(
                    ("range", made.year, word),
                    lambda: flow_ranges(made.network, found, pipes=pipes),
                )
                return float((low if pick == "least" else high).sum())
            case "utilisation":
                return float(100 * flow.sum() / room.sum()) if room.sum() > 0 else float("nan")
            case _:
                return float(found.pipe_rent[hit].max())

    return value


def _game(solved: Solved, year: int) -> Game:
    via = {b.pipe.name: b.via for b in solved.prepared.changes.built if b.via}
    made, found = solved.lasting(year), solved.year(year)[1]
    game = ("game", year)
    return solved.memo.once(game, lambda: game_of(made, solved.tables, PLAYERS, via, found))


def _gains(solved: Solved, year: int, index: str) -> Floats:
    def make() -> Floats:
        values = _game(solved, year).values()
        return gains(values, INDICES[index](values))

    return solved.memo.once(("gains", year, index), make)


def _gain(solved: Solved, at: Place) -> float:
    return float(_gains(solved, _year(at), str(at["index"]))[_player(at["country"])])


def _dependence(solved: Solved, at: Place) -> float:
    year, index = _year(at), str(at["index"])
    one, other = _player(at["country"]), _player(at["partner"])
    if one == other:
        raise DataMissing("a country does not depend on itself", hint="change `partner`")
    pair = (min(one, other), max(one, other))

    def make() -> Floats:
        values = _game(solved, year).without(*pair).values()
        return gains(values, INDICES[index](values))

    both = _gains(solved, year, index)
    apart = solved.memo.once(("apart", year, index, pair), make)
    return share_lost(float(both[one]), float(apart[one]), float(both.sum()))


def _surplus_share(solved: Solved, at: Place) -> float:
    both = _gains(solved, _year(at), str(at["index"]))
    one, other = _player(at["country"]), _player(at["partner"])
    total = both[one] + both[other]
    return float(both[one] / total) if total > 0 else float("nan")


def _reservation(solved: Solved, at: Place) -> float:
    seller, buyer = _who(solved, at["exporter"]) > 0, _who(solved, at["importer"]) > 0
    if (seller & buyer).any():
        raise DataMissing("seller and buyer are the same", hint="change one")
    year = _year(at)
    n, own = solved.year(year)[0].network, solved.member.T
    line = (own[n.tail] @ seller > 0) & (own[n.head] @ buyer > 0)
    return _two_prices(solved, year, line, seller, buyer)[str(at["price"])]


def _line_price(solved: Solved, at: Place) -> float:
    year, n = _year(at), solved.year(_year(at))[0].network
    line = _named(solved.year(year)[0], at)
    own = solved.member.T
    seller, buyer = (np.asarray(own[ends[line]].any(axis=0)) for ends in (n.tail, n.head))
    if (seller & buyer).any():
        raise DataMissing(f"{at['route']} does not leave a country", hint="name another pipe")
    return _two_prices(solved, year, line, seller, buyer)[str(at["price"])]


def _named(made: Year, at: Place) -> Flags:
    """Return which pipes have the name that is asked for, shape (A,)."""
    word = str(at["route"]).lower()
    hit = np.array([x.name.lower() == word for x in made.pipes])
    if not hit.any():
        raise DataMissing(f"no pipe {at['route']!r} in {made.year}", hint="see gas_figures")
    return hit


def _two_prices(
    solved: Solved, year: int, line: Flags, seller: Flags, buyer: Flags
) -> Mapping[str, float]:
    """Return what seller and buyer would settle for on some pipes, USD/MMBtu, by which price."""
    key = ("reservation", year, tuple(line))
    low, high = solved.memo.once(key, lambda: _ends(solved, year, line, seller, buyer))
    return {"seller": low, "buyer": high, "middle": (low + high) / 2, "width": high - low}


def _ends(
    solved: Solved, year: int, line: Flags, seller: Flags, buyer: Flags
) -> tuple[float, float]:
    made, found = solved.year(year)
    n = made.network
    moved = float(found.flow[line].sum())
    if moved < LEAST_FLOW:
        return float("nan"), float("nan")
    value = float((found.price[n.head] * found.flow)[line].sum() * BILLION)
    cut = replace(n, capacity=np.where(line, 0.0, n.capacity), floor=np.where(line, 0.0, n.floor))
    apart = solve_capped(cut, made.capped, found)
    if apart.status != "converged":
        raise DataMissing(f"gas in {year} has no equilibrium without this trade")
    left = np.asarray(solved.member @ welfare(cut, apart))
    return reservation_prices(solved.welfare(year), left, moved, value, seller, buyer)


def _pipes(solved: Solved, dim: Dimension, at: Place) -> Sequence[str]:
    return list(dict.fromkeys(x.name for x in solved.base.pipes))


def _lines(solved: Solved, dim: Dimension, at: Place) -> Sequence[str]:
    """Russia's pipes to China, for each takes a while."""
    ends = [x for x in solved.base.pipes if country_of(x.tail) == "RUS" and x.head == "CHN"]
    return list(dict.fromkeys(x.name for x in ends))


def _players(solved: Solved, dim: Dimension, at: Place) -> Sequence[str]:
    return PLAYED


def _traders(solved: Solved, dim: Dimension, at: Place) -> Sequence[str]:
    """A few pairs, for each takes a while."""
    return TRADERS.get(dim.name, dim.values)


CARRIERS = ("any", "pipeline", "lng")
SIDES = ("seller", "buyer", "middle", "width")
TEXTS = {
    "flow": "Gas that crosses from exporter to importer; gas in transit counts at each border",
    "origin": "Gas that a country uses, by where it was produced; gas in transit is mixed with a "
    "country's own",
    "consumption": "Gas used, without what LNG plants use",
    "production": "Gas produced",
    "price": "Wholesale price; several by what they use",
    "welfare": "Consumers' and producers' surplus with the rents of trade; only differences mean "
    "anything",
    "rent": "What scarce pipes and plants earn their sender",
    "route_flow": "Gas through a pipe",
    "route_least": "Least a pipe can carry in the same equilibrium, at 0.04 USD bn a year more for "
    "moving gas",
    "route_most": "Most a pipe can carry in the same equilibrium, at 0.04 USD bn a year more for "
    "moving gas",
    "utilisation": "Gas through a pipe over what it can carry",
    "pipe_value": "What one more unit of a pipe's capacity would earn",
    "gain": "What a player gains by the network over standing alone, a year",
    "dependence": "Share of a player's gain that hangs on its links with another",
    "surplus_share": "A player's gain over its own and the seller's",
    "reservation_price": "Of all piped gas from seller to buyer: the least the seller takes, the "
    "most the buyer pays, the middle, and the width",
    "line_price": "Of the gas by one pipe, the others there: the least the seller takes, the most "
    "the buyer pays, the middle, and the width",
}
VOLUME, MONEY, UNIT_PRICE = "bcm_ei/yr", "USD bn", "USD/MMBtu"

WHEN = f"{FIRST} to {LAST}; the scenario's or 2030 if left out"
YEAR = dimension("year", WHEN, required=False)
CARRIER = dimension(
    "carrier", "both if left out", CARRIERS, required=False, groups={"any": CARRIERS[1:]}
)
DIVIDED = "how gains are divided; shapley if left out"
INDEX = dimension("index", DIVIDED, tuple(INDICES), required=False)
ROUTE = dimension("route", "name of a pipe, as in the table gas_figures")
WHO = dimension("country", "whose; several are added up")
PLAYER = dimension("country", f"a player: {', '.join(PLAYERS)}")
ON, SELLER = (dimension("partner", "the other player", formerly=(w,)) for w in ("on", "seller"))
PRICE = dimension("price", "which price", SIDES, formerly=("side",))
TRADE = (dimension("exporter", "who sells or sends on"), dimension("importer", "who takes it"))
TRADER = (
    dimension("exporter", "who sells", formerly=("seller",)),
    dimension("importer", "who buys", formerly=("buyer",)),
)
FROM = dimension("origin", "where it is produced")


# how far 2022 was missed, which nothing was fitted to: LNG by exporter and region and hub prices
# (docs/errors.md), European consumption and Russian output (docs/gas.md, both cuts)
MISSED, MISSED_PRICE, MISSED_BALANCE = 0.22, 0.3, 0.06
HINDCAST = "error of the hindcast"
FLOW, PRICED = (Width(HINDCAST, EXACT, share) for share in (MISSED, MISSED_PRICE))
BALANCE = Width(HINDCAST, EXACT, MISSED_BALANCE)
SOLVED = Width(SOLVER, EXACT)  # of what no year was at hand to compare with
# what a reading can be where its unit does not say it
BOUNDS = {
    **dict.fromkeys(("price", "utilisation"), FROM_ZERO),
    **dict.fromkeys(("dependence", "surplus_share"), UNBOUNDED),  # a player may be better off alone
}
WIDTHS = {
    **dict.fromkeys(("flow", "origin", "route_flow", "route_least", "route_most"), FLOW),
    **dict.fromkeys(("utilisation",), FLOW),
    **dict.fromkeys(("consumption", "production"), BALANCE),
    **dict.fromkeys(("price", "pipe_value"), PRICED),
}


def _read(
    name: str,
    value: Callable[[Solved, Place], float],
    unit: str,
    *dims: Dimension,
    aggregate: Literal["sum", "mean", "none"] = "none",
    over: Callable[[Solved, Dimension, Place], Sequence[str]] | None = None,
) -> Declared[Solved]:
    counted = unit.removesuffix("/yr").replace("_ei", "")
    marks = unproven(MISSED_YEARS.get(name, ()), counted)
    marks += unfit() if name in IN_MONEY else ()
    metric = Metric(
        f"gas.{name}",
        (*dims, YEAR),
        unit,
        TEXTS[name],
        aggregate,
        as_of="2022-12-31",
        bounds=BOUNDS.get(name),
        unproven=(
            *unproven(MISSED_YEARS.get(name, ()), counted),
            *(unfit() if name in IN_MONEY else ()),
        ),
    )
    metric = with_width(metric, WIDTHS.get(name, SOLVED))
    return Declared(metric, value, over, many=True, hint="there is nothing of it")


METRICS: tuple[Declared[Solved], ...] = (
    _read("flow", _flow, VOLUME, *TRADE, CARRIER, aggregate="sum"),
    _read("origin", _origin, VOLUME, FROM, WHO, aggregate="sum"),
    _read("consumption", _sum("consumption"), VOLUME, WHO, aggregate="sum"),
    _read("production", _sum("production"), VOLUME, WHO, aggregate="sum"),
    _read("price", _price, UNIT_PRICE, WHO, aggregate="mean"),
    _read("welfare", _welfare, MONEY, WHO, aggregate="sum"),
    _read("rent", _rent, MONEY, WHO, aggregate="sum"),
    _read("route_flow", _route("flow"), VOLUME, ROUTE, over=_pipes),
    _read("route_least", _route("least"), VOLUME, ROUTE, over=_pipes),
    _read("route_most", _route("most"), VOLUME, ROUTE, over=_pipes),
    _read("utilisation", _route("utilisation"), "percent", ROUTE, over=_pipes),
    _read("pipe_value", _route("rent"), UNIT_PRICE, ROUTE, over=_pipes),
    _read("gain", _gain, MONEY, PLAYER, INDEX, over=_players),
    _read("dependence", _dependence, "percent", PLAYER, ON, INDEX, over=_players),
    _read("surplus_share", _surplus_share, "share", PLAYER, SELLER, INDEX, over=_players),
    _read("reservation_price", _reservation, UNIT_PRICE, *TRADER, PRICE, over=_traders),
    _read("line_price", _line_price, UNIT_PRICE, ROUTE, PRICE, over=_lines),
)
