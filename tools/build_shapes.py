"""Country shapes for the page's maps: world-atlas, projected to Equal Earth and simplified.

Reads tools/sources/countries-50m.json (npm world-atlas 2.0.2, ISC; Natural Earth, public domain)
and writes src/multipolar/dossier/shapes.json: paths, dots for states too small to see, and a point
inside each state, in units of a map 1000 wide.
"""

from __future__ import annotations

import json
import math

import atlas
import build_countries
from common import ROOT

OUT = ROOT / "src" / "multipolar" / "dossier" / "shapes.json"
CENTRE = 11.0  # degrees east: Russia is whole, and the cut runs through the Bering Strait
WIDTH = 1000.0
TOLERANCE = 0.45  # of a unit: a third of a pixel on a desktop
SMALL = 3.0  # square units below which a state is drawn as a dot
SKIP = {"ATA"}
# drawn as plain land: areas the atlas shapes without a code of ISO 3166
NAMELESS = {"Kosovo": "XKX"}

# Equal Earth projection: Savric, Patterson & Jenny (2019), doi 10.1080/13658816.2018.1504949
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796


def project(lon: float, lat: float) -> tuple[float, float]:
    """Equal Earth, in map units, y down."""
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
    t2 = theta * theta
    t6 = t2**3
    x = (
        2 * math.sqrt(3) * math.radians(lon - CENTRE) * math.cos(theta)
        / (3 * (9 * A4 * t6 * t2 + 7 * A3 * t6 + 3 * A2 * t2 + A1))
    )  # fmt: skip
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


def main() -> None:
    """Build and write the shapes."""
    frame = build_countries.build().frame
    assert frame is not None
    iso = dict(zip(frame["numeric"], frame["iso3"], strict=True))
    topology = atlas.read()
    arcs = atlas.arcs(topology)
    paths: dict[str, str] = {}
    dots: dict[str, list[float]] = {}
    points: dict[str, list[float]] = {}
    land: list[str] = []
    for shape in topology["objects"]["countries"]["geometries"]:
        name = shape["properties"]["name"]
        code = iso.get(shape.get("id", "")) or NAMELESS.get(name, "")
        if code in SKIP:
            continue
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        whole = [[project(*p) for p in atlas.ring(poly[0], arcs, CENTRE)] for poly in polygons]
        largest = max(whole, key=lambda r: abs(atlas.area(r)))
        shown = [_simplified(r) for r in whole if abs(atlas.area(r)) > 0.35 or r is largest]
        shown = [r for r in shown if len(r) > 3]
        if not code:
            land.append(_path(shown))
            continue
        x, y = atlas.centroid(largest)
        points[code] = [round(x, 1), round(y, 1)]
        if sum(abs(atlas.area(r)) for r in whole) < SMALL or not shown:
            dots[code] = points[code]
        if shown:
            paths[code] = _path(shown)
    # too small for the atlas at this scale
    for code in ("TUV",):
        points.setdefault(code, [round(c, 1) for c in project(*atlas.TYPED[code])])
        dots.setdefault(code, points[code])
    content = {
        "source": "Natural Earth (public domain) through world-atlas 2.0.2 (ISC, Michael Bostock)",
        "projection": f"Equal Earth, centred on {CENTRE:g} degrees east; paths in tenths of a unit",
        "width": WIDTH, "height": 500, "paths": dict(sorted(paths.items())),
        "dots": dict(sorted(dots.items())), "points": dict(sorted(points.items())), "land": land,
    }  # fmt: skip
    OUT.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False) + "\n", "utf-8")
    print(f"{OUT.name}: {OUT.stat().st_size / 1e3:.0f} kB, {len(paths)} paths, {len(dots)} dots")


if __name__ == "__main__":
    main()
