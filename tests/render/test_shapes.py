"""The country shapes of the page: each state where it is, and land of no state as plain land."""

from __future__ import annotations

import math
import re

import pytest

from multipolar.render.charts import maps
from multipolar.world import World

# Equal Earth: Savric, Patterson and Jenny (2019), doi 10.1080/13658816.2018.1504949
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
NEAR = 15.0  # units of a map 1000 wide

# the middle of each state in degrees, from "Geographic coordinates" in the CIA World Factbook
MIDDLE = {
    "AFG": (65, 33), "ARG": (-64, -34), "AUS": (133, -27), "AUT": (13.3, 47.3), "BGD": (90, 24),
    "BLR": (28, 53), "BOL": (-65, -17), "BRA": (-55, -10), "BWA": (24, -22), "CHE": (8, 47),
    "CIV": (-5, 8), "COD": (25, 0), "COG": (15, -1), "CUB": (-80, 21.5), "CYP": (33, 35),
    "CZE": (15.5, 49.75), "DEU": (9, 51), "DZA": (3, 28), "EGY": (30, 27), "ESP": (-4, 40),
    "ETH": (38, 8), "FRA": (2, 46), "GBR": (-2, 54), "GRL": (-40, 72), "IND": (77, 20),
    "IRN": (53, 32), "IRQ": (44, 33), "ISR": (34.75, 31.5), "ITA": (12.83, 42.83), "JPN": (138, 36),
    "KAZ": (68, 48), "KEN": (38, 1), "KOR": (127.5, 37), "LBY": (17, 25), "MAR": (-5, 32),
    "MEX": (-102, 23), "MKD": (22, 41.83), "MLT": (14.58, 35.83), "MNE": (19.3, 42.5),
    "MNG": (105, 46), "MUS": (57.55, -20.28), "NGA": (8, 10), "PAK": (70, 30),
    "PER": (-76, -10), "POL": (20, 52), "PRK": (127, 40), "PRT": (-8, 39.5), "PSE": (35.25, 32),
    "RUS": (100, 60), "SAU": (45, 25), "SDN": (30, 15), "SGP": (103.8, 1.37), "SOM": (49, 6),
    "SRB": (21, 44), "SYR": (38, 35), "TUR": (35, 39), "TUV": (178, -8), "TWN": (121, 23.5),
    "UKR": (32, 49), "USA": (-97, 38), "VEN": (-66, 8), "VUT": (167, -16), "XKX": (21, 42.58),
    "YEM": (48, 15), "ZAF": (24, -29),
}  # fmt: skip


def project(lon: float, lat: float) -> tuple[float, float]:
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
    t2, t6 = theta**2, theta**6
    x = 2 * math.sqrt(3) * math.radians(lon - 11) * math.cos(theta)
    x /= 3 * (9 * A4 * t6 * t2 + 7 * A3 * t6 + 3 * A2 * t2 + A1)
    y = A4 * theta * t6 * t2 + A3 * theta * t6 + A2 * theta * t2 + A1 * theta
    scale = 1000 / (2 * 2.7066)
    return 500 + x * scale, 250 - y * scale


def rings(path: str) -> list[list[tuple[float, float]]]:
    """Corners of each ring of relative path data in tenths of a unit."""
    found = []
    for part in path.removesuffix("z").split("M")[1:]:
        start, _, steps = part.removesuffix("z").partition("l")
        x, y = map(int, start.split())
        corners = [(x / 10, y / 10)]
        numbers = list(map(int, re.findall(r"-?\d+", steps)))
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            corners.append((x / 10, y / 10))
        found.append(corners)
    return found


def within(ring: list[tuple[float, float]], x: float, y: float) -> bool:
    odd = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            odd = not odd
    return odd


def away(ring: list[tuple[float, float]], x: float, y: float) -> float:
    """Distance of a point from the line of a ring."""
    least = math.inf
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        length = (x2 - x1) ** 2 + (y2 - y1) ** 2
        at = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length if length else 0.0
        at = min(1.0, max(0.0, at))
        least = min(least, math.hypot(x1 + at * (x2 - x1) - x, y1 + at * (y2 - y1) - y))
    return least


@pytest.mark.parametrize("code", MIDDLE)
def test_a_state_is_where_it_is(code: str) -> None:
    x, y = maps.shapes()["points"][code]
    there = project(*MIDDLE[code])
    assert math.hypot(x - there[0], y - there[1]) < NEAR


def test_the_point_of_every_state_lies_in_its_own_shape() -> None:
    # a thin or very small shape that was simplified may miss its point by less than a unit
    for code, path in maps.shapes()["paths"].items():
        x, y = maps.shapes()["points"][code]
        drawn = rings(path)
        assert any(within(r, x, y) for r in drawn) or min(away(r, x, y) for r in drawn) < 1, code


def test_no_two_states_share_a_point_and_every_code_is_a_state() -> None:
    shapes = maps.shapes()
    points = shapes["points"]
    assert len({tuple(p) for p in points.values()}) == len(points)
    known = set(World.load().table("countries")["iso3"])
    assert set(points) <= known
    assert set(points) == set(shapes["paths"]) | set(shapes["dots"])
    assert all(points[code] == dot for code, dot in shapes["dots"].items())
    members = World.load().table("countries").query("un_member")["iso3"]
    assert set(members) <= set(points)


def test_areas_without_a_state_are_plain_land_at_their_own_place() -> None:
    land = [rings(path)[0] for path in maps.shapes()["land"]]
    # Somaliland, Northern Cyprus, Siachen Glacier, the territories in the Indian Ocean
    for lon, lat in [(46.3, 9.8), (33.5, 35.3), (77.0, 35.4), (105.6, -10.5)]:
        x, y = project(lon, lat)
        assert any(within(r, x, y) or away(r, x, y) < 1.5 for r in land), (lon, lat)
    assert len(land) == 4


def test_a_large_state_is_no_dot() -> None:
    dots = maps.shapes()["dots"]
    assert not {"AUS", "RUS", "USA", "FRA", "SOM"} & set(dots)
    assert {"SGP", "MLT", "TUV", "NRU"} <= set(dots)


def test_every_map_lays_down_the_plain_land() -> None:
    drawn = maps.definitions({})
    every = drawn[drawn.index('<g id="m-all">') :]
    assert 'href="#m-land"' in every
