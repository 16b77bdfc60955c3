"""Country shapes for the page's maps: world-atlas, projected to Equal Earth and simplified.

Reads tools/sources/countries-50m.json (npm world-atlas 2.0.2, ISC; Natural Earth, public domain)
and writes src/multipolar/render/shapes.json: paths, dots for states too small to see, and a point
inside each state, in units of a map 1000 wide.
"""

from __future__ import annotations

import json
import math
from typing import Any, TypeAlias

import atlas
import build_countries
from common import ROOT

Ring: TypeAlias = list[tuple[float, float]]

OUT = ROOT / "src" / "multipolar" / "render" / "shapes.json"
CENTRE = 11.0  # degrees east: Russia is whole, and the cut runs through the Bering Strait
WIDTH = 1000.0
TOLERANCE = 0.45  # of a unit: a third of a pixel on a desktop
SMALL = 3.0  # square units below which a state is drawn as a dot
SKIP = {"ATA"}
# shapes the atlas gives no code of ISO 3166: one has a code here, the others are plain land
NAMELESS = {"Kosovo": "XKX"}
PLAIN = {"Indian Ocean Ter.", "N. Cyprus", "Siachen Glacier", "Somaliland"}

# Equal Earth projection: Savric, Patterson & Jenny (2019), doi 10.1080/13658816.2018.1504949
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796


def project(lon: float, lat: float) -> tuple[float, float]:
    """Equal Earth, in map units, y down."""
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
    t2 = theta * theta
    t6 = t2**3
    x = (
        2
        * math.sqrt(3)
        * math.radians(lon - CENTRE)
        * math.cos(theta)
        / (3 * (9 * A4 * t6 * t2 + 7 * A3 * t6 + 3 * A2 * t2 + A1))
    )
    y = A4 * theta * t6 * t2 + A3 * theta * t6 + A2 * theta * t2 + A1 * theta
    scale = WIDTH / (2 * 2.7066)
    return WIDTH / 2 + x * scale, 250 - y * scale


def _simplified(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Douglas & Peucker (1973), without recursion."""
    keep = {0, len(points) - 1}
    stack = [(0, len(points) - 1)]
    while stack:
        first, last = stack.pop()
        (x1, y1), (x2, y2) = points[first], points[last]
        length = math.hypot(x2 - x1, y2 - y1)
        worst, where = 0.0, 0
        for k in range(first + 1, last):
            x, y = points[k]
            if length:
                away = abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length
            else:
                away = math.hypot(x - x1, y - y1)
            if away > worst:
                worst, where = away, k
        if worst > TOLERANCE:
            keep.add(where)
            stack += [(first, where), (where, last)]
    return [points[k] for k in sorted(keep)]


def _path(rings: list[list[tuple[float, float]]]) -> str:
    """Relative path data in tenths of a unit."""
    text = ""
    for ring in rings:
        cells = [(round(10 * x), round(10 * y)) for x, y in ring]
        x, y = cells[0]
        text += f"M{x} {y}l"
        steps = []
        for a, b in cells[1:-1]:
            if (a, b) != (x, y):
                steps.append(f"{a - x} {b - y}")
            x, y = a, b
        text += " ".join(steps).replace(" -", "-") + "z"
    return text


def _by_code(topology: dict[str, Any]) -> tuple[dict[str, list[Ring]], list[list[Ring]]]:
    """Return the rings of each state, and those of every area that is plain land.

    Several shapes may have one code (Australia, and the Ashmore and Cartier Islands): they are one
    state. A shape without a code is known by its name alone.
    """
    frame = build_countries.build().frame
    assert frame is not None
    iso = {n: three for n, three in zip(frame["numeric"], frame["iso3"], strict=True) if n}
    arcs = atlas.arcs(topology)
    states: dict[str, list[Ring]] = {}
    land: list[list[Ring]] = []
    for shape in topology["objects"]["countries"]["geometries"]:
        number, name = shape.get("id", ""), shape["properties"]["name"]
        code = iso.get(number, "") if number else NAMELESS.get(name, "")
        if not code and name not in PLAIN:
            raise SystemExit(f"{name} has no code: say whose shape it is")
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        rings = [[project(*p) for p in atlas.ring(poly[0], arcs, CENTRE)] for poly in polygons]
        if code:
            states.setdefault(code, []).extend(rings)
        else:
            land.append(rings)
    return states, land


def _shown(rings: list[Ring]) -> list[Ring]:
    """Return what is drawn of an area: its largest ring, and others that can be seen."""
    largest = max(rings, key=_size)
    plain = [_simplified(r) for r in rings if _size(r) > 0.35 or r is largest]
    return [r for r in plain if len(r) > 3]


def _size(ring: Ring) -> float:
    return abs(atlas.area(ring))


def main() -> None:
    """Build and write the shapes."""
    states, unnamed = _by_code(atlas.read())
    paths: dict[str, str] = {}
    dots: dict[str, list[float]] = {}
    points: dict[str, list[float]] = {}
    for code, rings in states.items():
        if code in SKIP:
            continue
        x, y = atlas.inside(max(rings, key=_size))
        points[code] = [round(x, 1), round(y, 1)]
        shown = _shown(rings)
        if sum(map(_size, rings)) < SMALL or not shown:
            dots[code] = points[code]
        if shown:
            paths[code] = _path(shown)
    land = [_path(_shown(rings) or [max(rings, key=_size)]) for rings in unnamed]
    # too small for the atlas at this scale
    for code in ("TUV",):
        points.setdefault(code, [round(c, 1) for c in project(*atlas.TYPED[code])])
        dots.setdefault(code, points[code])
    content = {
        "source": "Natural Earth (public domain) through world-atlas 2.0.2 (ISC, Michael Bostock)",
        "projection": f"Equal Earth, centred on {CENTRE:g} degrees east; paths in tenths of a unit",
        "width": WIDTH,
        "height": 500,
        "paths": dict(sorted(paths.items())),
        "dots": dict(sorted(dots.items())),
        "points": dict(sorted(points.items())),
        "land": land,
    }
    OUT.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False) + "\n", "utf-8")
    print(f"{OUT.name}: {OUT.stat().st_size / 1e3:.0f} kB, {len(paths)} paths, {len(dots)} dots")


if __name__ == "__main__":
    main()
