"""Gas of 2022 to 2025 as it was, as the engine has it, and as the year before was.

The engine is calibrated on 2021 and is told dated facts alone; what is called persistence has the
figures of the year before. Both sides of a comparison come from one source, or from two editions
of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from multipolar.engines import Outcome
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.proof import Miss
from multipolar.engines.gas import engine
from multipolar.engines.gas.proof import MISSED, TESTED
from validation.gas import tables
from validation.page import grid, number, table
from validation.runs import scenario, solved

METRICS = {  # what is compared, by the metric that reads it
    "LNG imports": "gas.flow",
    "LNG exports": "gas.flow",
    "pipe to China": "gas.flow",
    "consumption": "gas.consumption",
    "production": "gas.production",
    "price": "gas.price",
}
NAMES = {"NLD": "TTF", "USA": "Henry Hub"}


@dataclass(frozen=True)
class Compared:
    """One figure of a year: actual, the engine's, and that of the year before.

    In bcm of 40 MJ/m3, prices in USD/MMBtu.
    """

    year: int
    place: str
    what: str
    actual: float
    model: float
    before: float

    @property
    def metric(self) -> str:
        """The metric that reads it."""
        return METRICS[self.what]

    @property
    def title(self) -> str:
        """What it is called in the table."""
        if self.what == "price":
            return f"{NAMES[self.place]}, USD/MMBtu"
        name = tables().title.get(self.place, self.place)
        return f"{'Russia' if self.place == 'RUS' else name}: {self.what}, bcm"


@cache
def outcome() -> Outcome:
    """The engine at central values, without a scenario."""
    return solved(engine, scenario(year=2022))


def _codes(place: str) -> list[str]:
    t = tables()
    inside = [c for c, region in zip(t.codes, t.region, strict=True) if place == region]
    return list(dict.fromkeys(c.partition("-")[0] for c in inside)) or [place]


def predicted(place: str, what: str, year: int) -> float:
    """Return what the engine says of a figure."""
    codes: str | list[str] = EVERYBODY if place == "World" else _codes(place)
    where: dict[str, Any] = {"year": year}
    if what == "LNG imports":
        where |= {"exporter": EVERYBODY, "importer": codes, "carrier": "lng"}
    elif what == "LNG exports":
        where |= {"exporter": codes, "importer": EVERYBODY, "carrier": "lng"}
    elif what == "pipe to China":
        where |= {"exporter": codes, "importer": "CHN", "carrier": "pipeline"}
    else:
        where["country"] = codes
    return float(outcome().read(METRICS[what], where).value)


@cache
def compared() -> tuple[Compared, ...]:
    """Return every figure that is tested."""
    t = tables()
    before = {(r["place"], r["route"], r["since"]): r["bcm"] for r in t.records("outturn_before")}
    found = []
    for r in t.records("outturn"):
        place, what, since = r["place"], r["route"], r["since"]
        model = predicted(place, what, int(since))
        was = before[place, what, since]
        found.append(Compared(int(since), place, what, r["bcm"], model, was))
    return tuple(found)


def errors(metric: str, year: int) -> tuple[float, float, int]:
    """Return the mean absolute error of the engine, of persistence, and over how many figures."""
    rows = [c for c in compared() if (c.metric, c.year) == (metric, year)]
    ours = np.mean([abs(c.model - c.actual) for c in rows])
    stay = np.mean([abs(c.before - c.actual) for c in rows])
    return float(ours), float(stay), len(rows)


def missed() -> Mapping[str, tuple[Miss, ...]]:
    """Return the years in which persistence is as near or nearer, by metric: what is declared."""
    found: dict[str, tuple[Miss, ...]] = {}
    for metric in dict.fromkeys(METRICS.values()):
        for year in TESTED:
            ours, stay, n = errors(metric, year)
            if ours >= stay:
                name = metric.removeprefix("gas.")
                miss = Miss(year, n, round(ours, 1), round(stay, 1))
                found[name] = (*found.get(name, ()), miss)
    return found


def price_off() -> Mapping[int, float]:
    """Return by how much of itself TTF was off in the last years tested: what is declared."""
    rows = [c for c in compared() if (c.place, c.what) == ("NLD", "price") and c.year >= 2024]
    return {c.year: round(abs(c.model - c.actual) / c.actual, 2) for c in rows}


def nearer(year: int) -> tuple[int, int]:
    """Return in how many volumes of a year the engine is nearer than the year before, and of all."""
    rows = [c for c in compared() if c.year == year and c.what != "price"]
    return sum(abs(c.model - c.actual) < abs(c.before - c.actual) for c in rows), len(rows)


@table()
def table_years() -> str:
    """What 2024 and 2025 came to beside the engine and the year before."""
    rows = []
    for c in sorted(compared(), key=lambda c: (c.year, list(METRICS).index(c.what))):
        if c.year < 2024:
            continue
        gaps = [number(x - c.actual, 1) for x in (c.model, c.before)]
        values = [number(x, 1) for x in (c.actual, c.model, c.before)]
        rows.append([str(c.year), c.title, *values, *gaps])
    head = ["year", "of what", "actual", "engine", "year before", "engine's error", "its error"]
    return grid(head, rows)


@table()
def table_errors() -> str:
    """Errors by metric and year, and where the engine is marked."""
    rows = []
    for metric in dict.fromkeys(METRICS.values()):
        for year in TESTED:
            ours, stay, n = errors(metric, year)
            marks = MISSED.get(metric.removeprefix("gas."), ())
            better = "year before: marked" if year in {m.year for m in marks} else "engine"
            rows.append(
                [f"`{metric}`", str(year), str(n), number(ours, 1), number(stay, 1), better]
            )
    volumes = [["all volumes, root mean square", *_squares(y)] for y in TESTED]
    head = ["metric", "year", "figures", "engine", "year before", "nearer"]
    return grid(head, [*rows, *volumes])


def _squares(year: int) -> list[str]:
    rows = [c for c in compared() if c.year == year and c.what != "price"]
    ours = np.sqrt(np.mean([(c.model - c.actual) ** 2 for c in rows]))
    stay = np.sqrt(np.mean([(c.before - c.actual) ** 2 for c in rows]))
    better = "engine" if ours < stay else "year before"
    return [str(year), str(len(rows)), number(float(ours), 1), number(float(stay), 1), better]
