"""What can be read from a solved scenario of the market for crude.

To add a metric, write what reads it and list it in :data:`METRICS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from multipolar.engines.api import Declared, Dimension, Metric, Place, Source, Value
from multipolar.engines.api.contract import FROM_ZERO, UNBOUNDED
from multipolar.engines.api.coverage import told_apart
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.halfwidth import SOLVER, Width, with_width
from multipolar.engines.api.proof import unproven
from multipolar.engines.oil.data import CPC, DRUZHBA, FIRST, LAST, LATEST, PACIFIC, read_tables
from multipolar.engines.oil.proof import MISSED as MISSED_YEARS
from multipolar.engines.oil.proof import WIDE
from multipolar.engines.oil.solved import Solved
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats

if TYPE_CHECKING:
    from multipolar.policy import Scenario
    from multipolar.world import World

ROUTE_OF = {  # the capacity that a word stands for
    "pacific": PACIFIC,
    "druzhba": DRUZHBA,
    "cpc": CPC,
    "bypass-saudi-arabia": "Hormuz: SAU",
    "bypass-emirates": "Hormuz: ARE",
    "bypass-iran": "Hormuz: IRN",
    "bypass-iraq": "Hormuz: IRQ",
}
ROUTES = tuple(ROUTE_OF)
LEAST = 1e-6  # mb/d below which there is no trade to price


def _who(solved: Solved, word: Any) -> Floats:
    """Return which states a word stands for, 1 or 0, shape (C,)."""
    codes = word if isinstance(word, tuple) else (word,)
    return solved.memo.once(("who", codes), lambda: _among(solved, codes))


def _among(solved: Solved, codes: tuple[Any, ...]) -> Floats:
    if EVERYBODY in codes:
        return np.ones(len(solved.countries))
    named = set(map(str, codes))
    found = np.array([float(c in named) for c in solved.countries])
    if not found.any():
        raise DataMissing(
            f"{', '.join(map(str, codes[:4]))}: no crude is told apart there",
            hint="name a state that pumps or buys crude",
        )
    return found


def lacks(world: World, scenario: Scenario) -> Callable[[Metric, Mapping[str, Any]], None]:
    """Return what says whether the engine has a year and the states of a place."""
    codes = read_tables(world).codes

    def covered(metric: Metric, place: Mapping[str, Any]) -> None:
        if "year" in place and not FIRST <= int(place["year"]) <= LAST:
            raise DataMissing(
                f"the engine oil has no year {place['year']}", hint=f"{FIRST} to {LAST}"
            )
        hint = "name a state that pumps or buys crude"
        told_apart(metric, place, codes, "the trade in crude", hint)

    return covered


def _traded(solved: Solved, at: Place) -> Floats:
    """Return what is sold from state to state, shape (C, C), mb/d."""
    year = int(at["year"])

    def make() -> Floats:
        flow = solved.year(year).flow.copy()
        np.fill_diagonal(flow, 0.0)
        return flow

    return solved.memo.once(("traded", year), make)


def _moved(solved: Solved, at: Place) -> float:
    moved = _traded(solved, at)
    return float(_who(solved, at["exporter"]) @ moved @ _who(solved, at["importer"]))


def _flow(solved: Solved, at: Place) -> Value:
    tables, year = solved.prepared.tables, int(at["year"])
    pair = (tables.of(year).year, str(at["exporter"]), str(at["importer"]))
    said = tables.set_by.get(pair, "")
    note = f"In the flows of {pair[0]} it is {said}." if said else ""
    return Value(_moved(solved, at), note=note)


def _revenue(solved: Solved, at: Place) -> float:
    paid = solved.year(int(at["year"])).paid
    abroad = paid - np.diag(np.diag(paid))
    sold = _who(solved, at["exporter"]) @ abroad
    return float(sold @ _who(solved, at["importer"]) if "importer" in at else sold.sum())


def _production(solved: Solved, at: Place) -> float:
    return float(_who(solved, at["country"]) @ solved.year(int(at["year"])).flow.sum(axis=1))


def _consumption(solved: Solved, at: Place) -> float:
    return float(solved.year(int(at["year"])).flow.sum(axis=0) @ _who(solved, at["country"]))


def _weighted(price: Floats, weight: Floats) -> float:
    """Return the mean of prices that are known, nan where none is."""
    weight = np.where(np.isfinite(price), weight, 0.0)
    total = float(weight.sum())
    return float(np.nansum(price * weight)) / total if total > LEAST else float("nan")


def _price(solved: Solved, at: Place) -> float:
    year = solved.year(int(at["year"]))
    return _weighted(year.landed, _who(solved, at["country"]) * year.flow.sum(axis=0))


def _brent(solved: Solved, at: Place) -> float:
    return solved.year(int(at["year"])).brent


def _discount(solved: Solved, at: Place) -> Value:
    year = solved.year(int(at["year"]))
    price = year.market if at["price"] == "market" else year.head
    weight = _who(solved, at["country"]) * _traded(solved, at).sum(axis=1)
    return Value(year.brent - _weighted(price, weight), _evidence(solved, "fleet", "cap"))


def _dependence(solved: Solved, at: Place) -> float:
    used = solved.year(int(at["year"])).flow.sum(axis=0)
    total = float(used @ _who(solved, at["importer"]))
    return 100 * _moved(solved, at) / total if total > LEAST else float("nan")


def _evidence(solved: Solved, *quantities: str) -> tuple[Source, ...]:
    """Return the rows of the figures behind a reading."""
    return tuple(s for q in quantities for s in solved.prepared.tables.sources.get(q, ()))


def _rent(solved: Solved, at: Place) -> Value:
    found = solved.year(int(at["year"])).rent
    value = float(found.get(ROUTE_OF[str(at["route"])], 0.0))
    return Value(value, _evidence(solved, "capacity", "bypass"))


YEAR = dimension(
    "year", f"{FIRST} to {LAST}; {LATEST} stands for later ones; the scenario's if left out",
    required=False,
)  # fmt: skip
WHO = dimension("country", "whose; several together")
EXPORTER, IMPORTER = dimension("exporter"), dimension("importer")
TO = dimension("importer", "who buys; all if left out", required=False, opens=False)
AT = dimension(
    "price",
    "to the seller at the well-head, or in the port of loading",
    ("netback", "market"),
    required=False,
)
ROUTE = dimension("route", "which way", ROUTES)
TEXTS = {
    "flow": "Crude sold by one state to another",
    "price": "Mean price of the crude that a state uses, landed",
    "brent": "Price of Brent: that of the North Sea's crude",
    "discount": "What a seller's crude is below Brent",
    "revenue": "What a seller gets for its crude abroad, rents of its own pipes and ports "
    "included, the cost of a fleet of its own taken off",
    "consumption": "Crude that a state uses: its own and what it buys",
    "production": "Crude pumped, with what is pumped along with it",
    "dependence": "Share of the crude that a state uses that comes from another",
    "rent": "What one more barrel of capacity is worth; 0 where there is room",
}
HINDCAST = "error of the hindcast"
SOLVED = Width(SOLVER, 1e-6)
WIDTHS = {name: Width(HINDCAST, 1e-6, share) for name, share in WIDE.items()}
BOUNDS = {
    **dict.fromkeys(("price", "brent", "rent"), FROM_ZERO),
    "discount": UNBOUNDED,
}
VOLUME, PRICED = "mb/d", "USD/bbl"


def _read(
    name: str,
    value: Callable[[Solved, Place], float | Value],
    unit: str,
    *dims: Dimension,
    aggregate: Literal["sum", "mean", "none"] = "none",
    over: Callable[[Solved, Dimension, Place], Sequence[str]] | None = None,
) -> Declared[Solved]:
    metric = Metric(
        f"oil.{name}",
        (*dims, YEAR),
        unit,
        TEXTS[name],
        aggregate,
        as_of="2022-12-31",
        bounds=BOUNDS.get(name),
        unproven=unproven(MISSED_YEARS.get(name, ()), unit),
    )
    metric = with_width(metric, WIDTHS.get(name, SOLVED))
    return Declared(metric, value, over, many=True, hint="no crude is sold or bought there")


METRICS: tuple[Declared[Solved], ...] = (
    _read("flow", _flow, VOLUME, EXPORTER, IMPORTER, aggregate="sum"),
    _read("price", _price, PRICED, WHO, aggregate="mean"),
    _read("brent", _brent, PRICED),
    _read("discount", _discount, PRICED, WHO, AT, aggregate="mean"),
    _read("revenue", _revenue, "USD bn", EXPORTER, TO, aggregate="sum"),
    _read("consumption", _consumption, VOLUME, WHO, aggregate="sum"),
    _read("production", _production, VOLUME, WHO, aggregate="sum"),
    _read("dependence", _dependence, "percent", IMPORTER, EXPORTER, aggregate="mean"),
    _read("rent", _rent, PRICED, ROUTE),
)
