"""The country shapes of world-atlas (TopoJSON), and the geometry their readers share."""

from __future__ import annotations

import json
import math
from typing import Any

from common import SOURCES

Point = tuple[float, float]

# typed: small territories that the atlas does not shape at this scale or has inside another, and
# Antarctica, which surrounds the pole
TYPED: dict[str, Point] = {
    "ATA": (0.0, -80.0), "BES": (-68.3, 12.2), "BVT": (3.4, -54.4), "CCK": (96.8, -12.2), "CXR": (105.6, -10.5),
    "GIB": (-5.4, 36.1), "GLP": (-61.5, 16.2), "GUF": (-53.1, 4.0), "MTQ": (-61.0, 14.6),
    "MYT": (45.1, -12.8), "REU": (55.5, -21.1), "SJM": (16.0, 78.6), "TKL": (-171.8, -9.2),
    "TUV": (179.2, -8.5), "UMI": (-176.5, 0.2), "XKX": (20.9, 42.6),
}  # fmt: skip


def read() -> dict[str, Any]:
    """Return the atlas."""
    content: dict[str, Any] = json.loads((SOURCES / "countries-50m.json").read_text("utf-8"))
    return content


def arcs(topology: dict[str, Any]) -> list[list[Point]]:
    """Return the arcs in degrees."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    out = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        out.append(line)
    return out


def ring(indices: list[int], lines: list[list[Point]], centre: float) -> list[Point]:
    """Join arcs and unwrap them across the antimeridian, into the frame around ``centre``."""
    points: list[Point] = []
    for k in indices:
        line = lines[k] if k >= 0 else lines[~k][::-1]
        points += line if not points else line[1:]
    out = [points[0]]
    for lon, lat in points[1:]:
        turns = round((out[-1][0] - lon) / 360)
        out.append((lon + 360 * turns, lat))
    middle = sum(p[0] for p in out) / len(out)
    turn = 360 * round((centre - middle) / 360)
    return [(lon + turn, lat) for lon, lat in out]


def area(points: list[Point]) -> float:
    """Signed area of a ring."""
    total = 0.0
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        total += x1 * y2 - x2 * y1
    return total / 2


def centroid(points: list[Point]) -> Point:
    """Centroid of a ring."""
    size = area(points)
    cx = cy = 0.0
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        cross = x1 * y2 - x2 * y1
        cx, cy = cx + (x1 + x2) * cross, cy + (y1 + y2) * cross
    return (cx / (6 * size), cy / (6 * size)) if size else points[0]


def _stretches(points: list[Point], lat: float) -> list[tuple[float, float]]:
    """West and east ends of the stretches of a parallel that lie inside a ring."""
    cuts = []
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        if (y1 > lat) != (y2 > lat):
            cuts.append(x1 + (lat - y1) / (y2 - y1) * (x2 - x1))
    cuts.sort()
    return list(zip(cuts[::2], cuts[1::2], strict=True))


def inside(points: list[Point]) -> Point:
    """Return the centroid of a ring where it lies inside (not that of Norway), else a near point."""
    x, y = centroid(points)
    within = any(west <= x <= east for west, east in _stretches(points, y))
    return (x, y) if within else _label(points)


def _label(points: list[Point]) -> Point:
    """The middle of the stretch of the centroid's parallel around it, or else of the widest one."""
    x, y = centroid(points)
    stretches = _stretches(points, y) or [(x, x)]
    around = [s for s in stretches if s[0] <= x <= s[1]]
    west, east = max(around or stretches, key=lambda s: s[1] - s[0])
    return (west + east) / 2, y


def label_points(numeric: dict[str, str]) -> dict[str, Point]:
    """Return a point (longitude, latitude) inside the largest part of each country.

    Args:
        numeric: ISO alpha-3 code by ISO numeric code.
    """
    topology = read()
    lines = arcs(topology)
    found: dict[str, tuple[float, Point]] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        code = numeric.get(shape.get("id", ""))
        if code is None or code in TYPED:
            continue
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        for polygon in polygons:
            points = ring(polygon[0], lines, 0.0)
            x, y = _label(points)
            size = abs(area(points)) * math.cos(math.radians(y))
            if size > found.get(code, (-1.0, (0.0, 0.0)))[0]:
                found[code] = (size, ((x + 180) % 360 - 180, y))
    return {**TYPED, **{code: point for code, (_, point) in found.items()}}
