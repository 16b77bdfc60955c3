"""Voting power, alliances and capabilities beside published figures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from multipolar.engines import Outcome
from multipolar.engines.power import engine
from multipolar.engines.power.alliances import threats, with_alliance
from multipolar.engines.power.concentration import concentration, effective_number, shares
from multipolar.engines.power.data import Indices
from multipolar.engines.power.voting_power import Game, banzhaf_normalised, shapley_shubik
from validation import DATA
from validation.page import grid, table
from validation.runs import scenario, solved, value, world

CAPABILITIES = DATA / "alignment" / "cow_nmc7.parquet"
DYADS = DATA / "strategy" / "atop_dyads_2014_2018.csv"
PER_COUNTRY = DATA / "strategy" / "cow_alliances_per_country.csv"
COW = {
    "United States": 2,
    "United Kingdom": 200,
    "France": 220,
    "Germany": 255,
    "Russia": 365,
    "Ukraine": 369,
    "China": 710,
    "Japan": 740,
}
MAJORS = [n for n in COW if n != "Ukraine"]
SHOWN = ("Russia", "China", "United States", "Ukraine")
THRESHOLDS: tuple[dict[str, str], ...] = ({}, {"threshold": "0.5"}, {"threshold": "1.0"})
PACT = {"measure": "ally", "members": ["China", "Russia"]}


@cache
def outcome(pact: bool = False) -> Outcome:
    return solved(engine, scenario(*([PACT] if pact else [])))


def read(name: str, of: Outcome | None = None, /, **where: Any) -> float:
    return value(of or outcome(), f"power.{name}", **where)


@table(CAPABILITIES)
def known() -> str:
    """Published indices of voting power and concentration beside those computed here."""
    frame = pd.read_parquet(CAPABILITIES)
    cinc = frame[frame["year"] == 2022].set_index("ccode")["cinc"]
    s = shares([cinc[COW[n]] for n in MAJORS])
    six, council = Game((4, 4, 4, 2, 2, 1), 12), Game((7,) * 5 + (1,) * 10, 39)
    fifteen = Game((10,) * 4 + (8,) + (5,) * 4 + (4,) * 2 + (3,) * 3 + (2,), 62)
    phi = shapley_shubik(council)
    pairs = [
        ("CON among seven major powers, 2022", "computed before, 0.485", f"{concentration(s):.4f}"),
        ("effective poles among them", "computed before, 2.90", f"{effective_number(s):.3f}"),
        ("Council of 1958, Luxembourg, Banzhaf", "0", f"{banzhaf_normalised(six)[5]:.3f}"),
        ("Council of 1958, Germany, Shapley-Shubik", "0.233", f"{shapley_shubik(six)[0]:.3f}"),
        ("Council of 1995, Germany, Banzhaf", "0.1116", f"{banzhaf_normalised(fifteen)[0]:.4f}"),
        ("Council of 1995, Germany, Shapley-Shubik", "0.1167", f"{shapley_shubik(fifteen)[0]:.4f}"),
        ("Security Council, permanent member", "0.1963", f"{phi[0]:.4f}"),
        ("Security Council, elected member", "0.001865", f"{phi[-1]:.6f}"),
        (
            "Ukraine with aid, percent of Russia, 2023",
            "SIPRI, 91",
            f"{read('aid_ratio', country='Ukraine', opponent='Russia'):.1f}",
        ),
    ]
    return grid(("quantity", "published", "here"), pairs)


@table(CAPABILITIES, DYADS)
def pact() -> str:
    """A defence pact of Russia and China on the capabilities and alliances of the literature."""
    frame = pd.read_parquet(CAPABILITIES)
    strength = frame[frame["year"] == 2022].set_index("ccode")["cinc"].fillna(0.0)
    place = {c: k for k, c in enumerate(strength.index)}
    A = np.zeros((len(place), len(place)), dtype=bool)
    rows = pd.read_csv(DYADS).query("year == 2018 and atop_defense == 1")
    for a, b in zip(rows["ccode1"], rows["ccode2"], strict=True):
        if a in place and b in place:
            A[place[a], place[b]] = A[place[b], place[a]] = True
    B = with_alliance(A, [place[COW["Russia"]], place[COW["China"]]])
    M = strength.to_numpy()
    columns = [threats(net, M, loyal).ratio for loyal in (True, False) for net in (A, B)]
    cells = [[n, *(f"{c[place[COW[n]]]:.2f}" for c in columns)] for n in SHOWN]
    head = ("ratio", "loyal allies", "and a pact", "published definition", "with the pact")
    return grid(head, cells)


@table()
def shipped() -> str:
    """The same on the shipped tables."""
    cells = []
    for name in SHOWN:
        where: Mapping[str, Any] = {"country": name, "year": 2024}
        found = [
            read("vulnerability", outcome(with_pact), **where, coalition=c)
            for c in ("loyal", "any")
            for with_pact in (False, True)
        ]
        cells.append([name, *(f"{v:.2f}" for v in found)])
    head = ("ratio", "loyal allies", "and a pact", "published definition", "with the pact")
    return grid(head, cells)


@table()
def poles() -> str:
    """Effective number of poles in 2022 and in the newest year."""
    cells = []
    indices = Indices(world())
    for index in ("gdp-ppp", "military-spending", "energy-exports", "warheads"):
        last = indices.counted(index, None).year
        whole = indices.at(index, last).whole
        states = {} if whole else {"states": list(indices.panel(index))}
        row = [index, str(last), "all" if whole else str(len(indices.panel(index)))]
        for more in ({}, states):
            row += [f"{read('poles', index=index, year=y, **more):.2f}" for y in (2022, last)]
        cells.append(row)
    head = (
        "index",
        "newest year",
        "states",
        "of the world, 2022",
        "of the world, newest",
        "among the states, 2022",
        "among the states, newest",
    )
    return grid(head, cells)


@table()
def coalitions() -> str:
    """How many coalitions do as well as China and Russia together."""
    cells = []
    for index, other in (
        ("value-added", "G7"),
        ("value-added", "USA"),
        ("gdp-ppp", "G7"),
        ("gdp-ppp", "USA"),
        ("military-spending", "USA"),
        ("goods-exports", "G7"),
    ):
        pair: Mapping[str, Any] = {"country": ["China", "Russia"], "index": index}
        counts = [read("coalitions", **pair, opponent=other, **at) for at in THRESHOLDS]
        share = read("ratio", **pair, partner=other)
        cells.append([index, other, f"{share:.2f}", *(f"{n:.0f}" for n in counts)])
    head = (
        "index",
        "bloc",
        "China and Russia, of the bloc",
        "others that do as well",
        "that reach half the bloc",
        "that reach all of it",
    )
    return grid(head, cells)


@table(PER_COUNTRY)
def counted() -> str:
    """Alliances per country before and after 1950."""
    series = pd.read_csv(PER_COUNTRY).set_index("year")["cow_alliances_per_country"]
    cells = [
        [f"{a} to {b}", printed, f"{series.loc[a:b].mean():.2f}"]
        for a, b, printed in ((1816, 1950, "2.525"), (1951, 2003, "10.523"))
    ]
    return grid(("alliances per country", "Jackson and Nei print", "mean of the count here"), cells)
