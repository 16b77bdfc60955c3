"""Compute the tables of docs/power.md and write them between their marks.

Usage: python tools/power_page.py [--check]

With --check nothing is written and the exit status is 1 if a table is not what it would write.
Tables that need validation data, which is not shipped, are left as they are where it is absent.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multipolar.engines import Outcome, Registry
from multipolar.engines.power import engine
from multipolar.engines.power.alliances import threats, with_alliance
from multipolar.engines.power.concentration import concentration, effective_number, shares
from multipolar.engines.power.data import Indices
from multipolar.engines.power.voting_power import Game, banzhaf_normalised, shapley_shubik
from multipolar.errors import DataMissing
from multipolar.policy import BASELINE, Scenario
from multipolar.world import World
from pages import fill, grid

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "power.md"
VALIDATION = Path(os.environ.get("MULTIPOLAR_VALIDATION", ROOT.parent / "shared" / "validation"))
CAPABILITIES = VALIDATION / "alignment" / "cow_nmc7.parquet"
DYADS = VALIDATION / "strategy" / "atop_dyads_2014_2018.csv"
PER_COUNTRY = VALIDATION / "strategy" / "cow_alliances_per_country.csv"
COW = {"United States": 2, "United Kingdom": 200, "France": 220, "Germany": 255, "Russia": 365,
       "Ukraine": 369, "China": 710, "Japan": 740}  # fmt: skip
MAJORS = [n for n in COW if n != "Ukraine"]
SHOWN = ("Russia", "China", "United States", "Ukraine")
PACT = {"measure": "ally", "members": ["China", "Russia"]}


@cache
def world() -> World:
    """The shipped tables, whatever the user has added."""
    return World.load(ROOT / "src" / "multipolar" / "world" / "data")


@cache
def outcome(pact: bool = False) -> Outcome:
    scenario = Scenario.model_validate({"name": "pact", "measures": [PACT]}) if pact else BASELINE
    values = {p.name: p.value for p in engine.parameters(world())}
    return engine.solve(engine.prepare(world(), scenario), values)


def read(name: str, pact: bool = False, **where: Any) -> float:
    registry = Registry(world(), {"power": engine})
    metric = registry.find(f"power.{name}")[1]
    value = outcome(pact).read(metric.name, registry.resolve(metric, where, complete=True)).value
    return float(value)


def known() -> str | None:
    """Published indices of voting power and concentration beside those computed here."""
    if not CAPABILITIES.exists():
        return None
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
        ("Ukraine with aid, percent of Russia, 2023", "SIPRI, 91",
         f"{read('aid_ratio', country='Ukraine', opponent='Russia'):.1f}"),
    ]  # fmt: skip
    return grid(("quantity", "published", "here"), pairs)


def pact() -> str | None:
    """A defence pact of Russia and China on the capabilities and alliances of the literature."""
    if not (CAPABILITIES.exists() and DYADS.exists()):
        return None
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


def shipped() -> str:
    """The same on the shipped tables."""
    cells = []
    for name in SHOWN:
        where: Mapping[str, Any] = {"country": name, "year": 2024}
        found = [
            read("vulnerability", with_pact, **where, coalition=c)
            for c in ("loyal", "any")
            for with_pact in (False, True)
        ]
        cells.append([name, *(f"{v:.2f}" for v in found)])
    head = ("ratio", "loyal allies", "and a pact", "published definition", "with the pact")
    return grid(head, cells)


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
    head = ("index", "newest year", "states", "of the world, 2022", "of the world, newest",
            "among the states, 2022", "among the states, newest")  # fmt: skip
    return grid(head, cells)


def coalitions() -> str:
    """How many coalitions do as well as China and Russia together."""
    cells = []
    for index, other in (("value-added", "G7"), ("value-added", "USA"), ("gdp-ppp", "G7"),
                         ("gdp-ppp", "USA"), ("military-spending", "USA"),
                         ("goods-exports", "G7")):  # fmt: skip
        pair: Mapping[str, Any] = {"country": ["China", "Russia"], "index": index}
        asked = {**pair, "opponent": other}
        try:
            share = read("ratio", **pair, partner=other)
            cells.append(
                [index, other, f"{share:.2f}", f"{read('coalitions', **asked):.0f}",
                 *(f"{read('coalitions', **asked, threshold=at):.0f}" for at in ("0.5", "1.0"))]
            )  # fmt: skip
        except DataMissing as gap:
            sys.exit(str(gap))
    head = ("index", "bloc", "China and Russia, of the bloc", "others that do as well",
            "that reach half the bloc", "that reach all of it")  # fmt: skip
    return grid(head, cells)


def counted() -> str | None:
    """Alliances per country before and after 1950."""
    if not PER_COUNTRY.exists():
        return None
    series = pd.read_csv(PER_COUNTRY).set_index("year")["cow_alliances_per_country"]
    cells = [
        [f"{a} to {b}", printed, f"{series.loc[a:b].mean():.2f}"]
        for a, b, printed in ((1816, 1950, "2.525"), (1951, 2003, "10.523"))
    ]
    return grid(("alliances per country", "Jackson and Nei print", "mean of the count here"), cells)


BLOCKS: dict[str, Callable[[], str | None]] = {
    "known": known,
    "pact": pact,
    "shipped": shipped,
    "poles": poles,
    "coalitions": coalitions,
    "counted": counted,
}


if __name__ == "__main__":
    sys.exit(fill(PAGE, BLOCKS, "--check" in sys.argv))
