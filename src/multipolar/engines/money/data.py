"""What the engine reads from the world: trade by pair, zones, shares, targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multipolar.engines.api.contract import Source
from multipolar.engines.money.kernel import Flows, flows_of
from multipolar.errors import DataError
from multipolar.numerics.arrays import Flags, Floats

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.world import World

TABLE = "io_2022"
TABLES = frozenset({TABLE, "settlement", "russia_trade"})
REST = "ROW"
CURRENCIES = ("USD", "EUR", "CNY", "RUB", "own")
USD, EUR, CNY, RUB, OWN = range(5)
WEST = "Russia sanctions coalition"
WEST_DATE = "2022-12-31"
EURO_DATE = "2021-12-31"
# not members of the Union, but most of their trade is with it and much of it in euros
EURO_NEAR = ("CHE", "ISL", "NOR")
# what is neither of the four is not one currency, and draws no flow to it
PULLS = np.array([1.0, 1.0, 1.0, 1.0, 0.0])
GROUPS = {"china": ("CHN",), "india": ("IND",), "turkey": ("TUR",)}


@dataclass(frozen=True, eq=False)
class Facts:
    """Trade and shares as they are before any measure.

    Attributes:
        countries: ISO codes, and ``ROW`` for the rest of the world; N of them.
        value: trade of goods and services by origin and destination, shape (N, N), USD million.
        zone: dollar, euro, yuan, rouble or other, N of them.
        west: who has sanctions on Russia, shape (N,).
        swap: who had a yuan swap line, shape (N,).
        groups: partners of Russia that are told apart in ``trade``, masks of shape (N,).
        rows: the table ``settlement``, its shares in percent.
        trade: Russia's trade, USD bn, by year, flow and partner (with ``total``).
        sources: the tables.
    """

    countries: tuple[str, ...]
    value: Floats
    zone: tuple[str, ...]
    west: Flags
    swap: Flags
    groups: Mapping[str, Flags]
    rows: pd.DataFrame
    trade: Mapping[tuple[int, str, str], float]
    sources: tuple[Source, ...]

    def place(self, code: str) -> int:
        """Return a country's position."""
        return self.countries.index(code)

    @property
    def russia(self) -> int:
        """Where Russia stands."""
        return self.place("RUS")

    @property
    def china(self) -> int:
        """Where China stands."""
        return self.place("CHN")

    @property
    def third(self) -> Flags:
        """Who has no sanctions on Russia and is neither Russia nor China, shape (N,)."""
        out = ~self.west
        out[[self.russia, self.china]] = False
        return out

    def shares(self, kind: str, place: str, partner: str, flow: str = "both") -> Floats:
        """Return the shares of currencies rows of the table name, percent, shape (K,); else NaN.

        Example:
            >>> from multipolar.world import World
            >>> facts = read_facts(World.load())
            >>> float(facts.shares("before", "RUS", "WLD", "exports").sum().round(6))
            100.0
        """
        rows = self.rows
        found = rows[
            (rows["kind"] == kind)
            & (rows["place"] == place)
            & (rows["partner"] == partner)
            & (rows["flow"] == flow)
        ].set_index("currency")["value"]
        return np.array([float(found.get(k, np.nan)) for k in CURRENCIES])

    def of_kind(self, *kinds: str) -> list[dict[str, str | float]]:
        """Return rows of the table of some kinds."""
        found = self.rows[self.rows["kind"].isin(kinds)]
        return [{str(k): v for k, v in row.items()} for row in found.to_dict("records")]


def read_facts(world: World) -> Facts:
    """Return trade, zones and shares.

    Raises:
        DataError: the input-output table has no Russia or no China.

    Example:
        >>> from multipolar.world import World
        >>> facts = read_facts(World.load())
        >>> facts.value.shape, facts.zone[facts.place("DEU")]
        ((81, 81), 'euro')
    """
    io = world.table(TABLE)
    countries = tuple(map(str, io["country"].values))
    value = np.einsum("sod,sd->od", io["trade_share"].values, io["spending"].values)
    np.fill_diagonal(value, 0.0)
    missing = {"RUS", "CHN", "USA", REST} - set(countries)
    if missing:
        raise DataError(f"table {TABLE} has no {min(missing)}", hint="run `make data`")
    euro = {*world.countries_named("EU", EURO_DATE), *EURO_NEAR}
    zones = {"USA": "dollar", "CHN": "yuan", "RUS": "rouble", **dict.fromkeys(euro, "euro")}
    rows = world.table("settlement")
    lines = set(rows.loc[rows["kind"] == "swap", "partner"])
    groups = {**GROUPS, "eu": world.countries_named("EU", WEST_DATE)}
    trade = world.table("russia_trade")
    return Facts(
        countries,
        value,
        tuple(zones.get(c, "other") for c in countries),
        _mask(countries, world.countries_named(WEST, WEST_DATE)),
        _mask(countries, lines),
        {name: _mask(countries, codes) for name, codes in groups.items()},
        rows,
        {
            (int(y), str(f), str(p)): float(v)
            for y, f, p, v in zip(
                trade["year"], trade["flow"], trade["partner"], trade["value"], strict=True
            )
        },
        tuple(
            Source(i.source, i.date, i.url, note=f"Table {i.name}, engine money.", grade=i.grade)
            for i in map(world.info, ("settlement", "russia_trade", TABLE))
        ),
    )


def _mask(countries: tuple[str, ...], codes: Iterable[str]) -> Flags:
    known = set(codes)
    return np.array([c in known for c in countries])


def trade_of(facts: Facts, year: int) -> Floats:
    """Return trade with Russia's spread over partners that of a year, shape (N, N), USD million.

    Its exports and imports in all stay as they are in the input-output table; partners that
    publish theirs get their share of the year, the others what is left, in the table's
    proportions.

    Example:
        >>> from multipolar.world import World
        >>> facts = read_facts(World.load())
        >>> sold = trade_of(facts, 2023)[facts.russia]
        >>> round(float(sold[facts.china] / sold.sum()), 2)
        0.3
    """
    value = facts.value.copy()
    r = facts.russia
    for flow, line in (("exports", value[r]), ("imports", value[:, r])):
        whole = line.sum()
        total = facts.trade[year, flow, "total"]
        rest = np.ones(len(line), dtype=bool)
        new = np.zeros_like(line)
        for name, mask in facts.groups.items():
            share = facts.trade[year, flow, name] / total
            new[mask] = share * whole * line[mask] / line[mask].sum()
            rest &= ~mask
        new[rest] = (whole - new.sum()) * line[rest] / line[rest].sum()
        line[:] = new
    return value


def flows_between(s0: Floats, value: Floats, mix_before: Floats | None = None) -> Flows:
    """Return flows of the engine's currencies; shapes are those of the kernel's ``flows_of``."""
    return flows_of(s0, value, mix_before, PULLS)
