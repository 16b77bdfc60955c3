"""From figures to the numbers of the choice: theta, the premium of 2022, costs and constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from multipolar.engines.corridors.data import (
    ARCTIC,
    BASE,
    CAPE,
    MIDDLE,
    NORTHERN,
    ROUTES,
    SEA,
    SUEZ,
    Tables,
)
from multipolar.errors import EngineError
from multipolar.numerics.arrays import Floats, Ints

SANCTIONS = 2022  # first year of the premium on the Northern route
THOUSAND = 1000.0
Part: TypeAlias = Literal["total", "freight", "time", "premium", "constant"]
PARTS: tuple[Part, ...] = get_args(Part)
# ways by sea are one group; each railway stands by itself
NEST: Ints = np.array([0 if r in SEA else r for r in range(len(ROUTES))])
NEST = np.unique(NEST, return_inverse=True)[1].astype(np.intp)


@dataclass(frozen=True, slots=True)
class Costs:
    """Cost of a box by route, USD per forty-foot container, each of shape (R,).

    ``constant`` is what the costs do not explain of the choice in the base year.
    """

    freight: Floats
    time: Floats
    premium: Floats
    constant: Floats

    def part(self, name: Part) -> Floats:
        """Return a part, shape (R,), USD a container; the total leaves the constant out."""
        if name == "total":
            return self.freight + self.time + self.premium
        found: Floats = getattr(self, name)
        return found


def theta_range(t: Tables) -> tuple[float, float]:
    """Return the scale of the choice that the transit implies, per thousand USD, low and high.

    From 2019 the railway's transit rose with the sea rate; the change in its log over the change
    in the difference of the rates is theta if nothing else changed. The year 2020 gives one value,
    the first half of 2021 (twice, against the year 2019), when lines and borders were full,
    another. What cancels: the ends, days and their value. The market is taken as constant.
    """
    found = []
    for period, moved in (
        ("2020", t.transit["northern", "2020"]),
        ("2021-H1", 2 * t.transit["northern", "2021-H1"]),
    ):
        dearer = (t.rate[period] - t.rate["2019"]) - (t.rail_rate(period) - t.rail_rate("2019"))
        found.append(THOUSAND * np.log(moved / t.transit["northern", "2019"]) / dearer)
    return float(min(found)), float(max(found))


def premium(t: Tables, theta: float) -> float:
    """Return the premium on the Northern route that the first half of 2022 implies, USD a box.

    Transit fell on the year although the sea rate had risen: what the railway must have become
    dearer by, beside its rate, is the rise of the sea rate over that of the rail rate, less the
    change in the log of transit over theta.
    """
    before, after = "2021-H1", "2022-H1"
    sea = t.rate[after] - t.rate[before]
    rail = t.rail_rate(after) - t.rail_rate(before)
    fell = np.log(t.transit["northern", after] / t.transit["northern", before])
    return float(sea - rail - THOUSAND * fell / theta)


def costs(t: Tables, p: Mapping[str, float], year: int, constant: Floats | None = None) -> Costs:
    """Return costs by route in a year, with constants fitted before, or none.

    The sea rate of a year in which most ships went round the Cape is the rate of that way.
    """
    sea = t.rate[str(year)] + p["sea_ends"]
    rail = t.rail_rate(str(year)) + p["rail_ends"]
    detour = 0.0 if t.suez_open.get(year, 1.0) < 0.5 else p["cape_freight"]
    freight = np.zeros(len(ROUTES))
    freight[SUEZ], freight[CAPE] = sea, sea + detour
    freight[NORTHERN], freight[MIDDLE] = rail, rail * p["middle_markup"]
    freight[ARCTIC] = sea + p["arctic_freight"]
    extra = np.zeros(len(ROUTES))
    if year >= SANCTIONS:
        extra[NORTHERN] = p["premium_factor"] * premium(t, p["theta"])
    time = days(p) * p["day_value"] / 100 * (THOUSAND * p["value"])
    return Costs(freight, time, extra, np.zeros(len(ROUTES)) if constant is None else constant)


def days(p: Mapping[str, float]) -> Floats:
    """Return days from door to door by route, shape (R,)."""
    cape = p["days_suez"] + p["days_cape"]
    own = (p["days_northern"], p["days_middle"], p["days_arctic"])
    return np.array([p["days_suez"], cape, *own])


def constants(t: Tables, p: Mapping[str, float]) -> Floats:
    """Return the constants by which the nested logit gives the flows of the base year exactly.

    Shape (R,), USD per forty-foot container.

    Suez has none: only differences count. The Cape has none either, as statistics do not tell the
    two ways apart and the service is the same: its share follows from its cost alone.
    """
    theta, nu = p["theta"] / THOUSAND, p["nest"]
    c = costs(t, p, BASE).part("total")
    north, middle, arctic = (t.transit[ROUTES[r], str(BASE)] for r in (NORTHERN, MIDDLE, ARCTIC))
    sea = t.market[BASE]  # trial voyages through the Arctic are in it
    found = np.zeros(len(ROUTES))
    # within the sea: Suez and the Cape share the rest of the market as their costs say
    suez = (sea - arctic) / (1 + np.exp(-theta / nu * (c[CAPE] - c[SUEZ])))
    found[ARCTIC] = c[SUEZ] - c[ARCTIC] - nu / theta * np.log(arctic / suez)
    # inclusive cost of the sea: that of one way, corrected for its share within
    inside = c[SUEZ] + nu / theta * np.log(suez / sea)
    for r, flow in ((NORTHERN, north), (MIDDLE, middle)):
        found[r] = inside + np.log(sea / flow) / theta - c[r]
    return found


def check(parameters: Mapping[str, float]) -> None:
    """Refuse parameters out of their range.

    Raises:
        EngineError: naming the parameter.
    """
    for name, value in parameters.items():
        if name in {"nest", "containers"}:
            if not 0 < value <= 1:
                raise EngineError(f"{name} is {value:g}", hint="give a number above 0, at most 1")
        elif name in {"premium_factor", "arctic_freight", "cape_freight", "days_cape"}:
            if not value >= 0:
                raise EngineError(f"{name} is {value:g}", hint="give 0 or more")
        elif not 0 < value < float("inf"):
            raise EngineError(f"{name} is {value:g}", hint="give a number above 0")
