"""A map of flows between countries, width in proportion.

It shows Europe to Japan; what comes from farther away enters at the edge it would come from.
Lines end in rings of arrowheads round a country's point, so that no head hides another.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

from multipolar.engines.api.views import Degrees, Flow
from multipolar.render.charts.flow_lines import (
    SAMPLES,
    Box,
    Line,
    Point,
    hidden,
    leader,
    meets,
    spots,
    within,
)
from multipolar.render.charts.maps import IMPLIES, projected, shapes
from multipolar.render.charts.pairs import described
from multipolar.render.charts.svg import (
    CHARACTER,
    NARROW,
    WIDE,
    Canvas,
    Chart,
    fit,
    handy,
    number_text,
    spread,
)
from multipolar.text.phrases import listing, number

FRAME: Box = (432.0, 8.0, 882.0, 212.0)  # in map units, as shapes.json
# On a phone the frame is cut in two that overlap; a flow is drawn where its importer is.
HALVES: tuple[tuple[str, Box], ...] = (
    ("To Europe and its neighbours", (432.0, 8.0, 662.0, 212.0)),
    ("To Asia", (600.0, 8.0, 882.0, 212.0)),
)
ROUND = 1000.0  # width of the whole map: the way round the back of it
CARRIERS = ("pipeline", "LNG")
COLOURS = ("var(--s1)", "var(--s2)")  # of the first carrier and the second, which is dashed
LEAST = 0.04  # of the largest flow: below it a line in proportion is a hair
HIGH = 16.0  # height of a line of text
WORST = 20.0  # what a name may hide at most
SLACK = 1e-9  # of rounding, when counting what is hidden ends early


def flow_map(
    flows: Sequence[Flow],
    *,
    title: str,
    unit: str,
    carriers: Sequence[str] = CARRIERS,
    names: Mapping[str, str] | None = None,
    source: str = "",
    least: float | None = None,
    most: int = 50,
    labels: int = 9,
    full: float | None = None,
    note: str = "",
    wide: float = WIDE,
) -> Chart | None:
    """Draw flows between countries on a map from Europe to Japan, width in proportion.

    Flows of one pair by one carrier are added up. Values that are not above zero are dropped;
    codes without a place on the map are left out and counted in the source line.

    Args:
        flows: who sends how much to whom, and how.
        title: what is shown.
        unit: unit of the values.
        carriers: what the flows go by, two at most; the second's are dashed and bend to the south.
        names: country names by code; a code without a name is written as it is.
        source: source line.
        least: value below which a flow is not drawn; 4% of the largest if not given.
        most: lines to draw at most.
        labels: flows to name at most, the largest ones, where there is room.
        full: value drawn in full width, for maps that are to be compared; the largest if not given.
        note: what the subtitle says last.
        wide: width of the wide drawing.

    Returns:
        The chart, or None if there is nothing to draw.

    Example:
        >>> chart = flow_map([Flow("RUS", "DEU", "pipeline", 55.0)], title="Gas", unit="bcm")
        >>> chart.summary
        'Gas: RUS to DEU 55 (pipeline)'
    """
    names = names or {}
    kept, unknown, afar = _kept(flows)
    if not kept:
        return None
    top = kept[0].value
    bound = top * LEAST if least is None else least
    drawn = [f for f in kept if f.value >= bound]
    if len(drawn) > most:  # of equal flows all are drawn or none, unless all are equal
        drawn = [f for f in drawn if f.value > drawn[most].value] or drawn[:most]
    if not drawn:
        return None
    size, unit = handy([top], unit)
    scaled = [replace(f, value=f.value / size) for f in drawn]
    whole = max(full or 0.0, top) / size
    pairs = [(names.get(f.exporter, f.exporter), names.get(f.importer, f.importer)) for f in scaled]
    words = [
        f"{a} to {b} {number(f.value)} ({f.carrier})"
        for f, (a, b) in zip(scaled, pairs, strict=True)
    ]
    label = f"{title}: " + "; ".join(words[:12])
    label += f"; and {len(words) - 12} smaller" if len(words) > 12 else ""
    broad = _sheet(scaled, carriers, names, wide, [("", FRAME)], unit, labels, whole)
    slim = _sheet(scaled, carriers, names, NARROW, HALVES, unit, max(labels // 2, 1), whole)
    left = [f for f in kept if f not in drawn]
    gaps = _gaps(left, sum(f.value for f in kept), bound / size, size, unit, unknown, afar)
    table = tuple(
        (*pair, f.carrier, number(f.value)) for f, pair in zip(scaled, pairs, strict=True)
    )
    credit = " ".join(filter(None, (source, gaps, "Line ends mark countries, not ports.", IMPLIES)))
    subtitle = "; ".join(filter(None, (f"{unit}; width of a line in proportion", note)))
    wide_ = described(broad.svg(title, "w"), title, label)
    narrow = described(slim.svg(title, "n"), title, label)
    head = ("from", "to", "by", unit)
    return Chart(title, subtitle, credit, wide_, narrow, label, head, table, mapped=True)


def _kept(flows: Sequence[Flow]) -> tuple[list[Flow], Counter[str], int]:
    """Add up flows that can be drawn, largest first; count unknown codes and flows far away."""
    sums: dict[tuple[str, str, str, Degrees, Degrees], float] = {}
    unknown: Counter[str] = Counter()
    afar = 0
    for f in flows:
        if not math.isfinite(f.value) or f.value <= 0 or f.exporter == f.importer:
            continue
        lost = [k for k in (f.exporter, f.importer) if k not in shapes()["points"]]
        if lost:
            unknown[lost[0]] += 1
        elif not any(within(p, FRAME) for p in _places(f)):
            afar += 1
        else:
            key = (f.exporter, f.importer, f.carrier, f.start, f.end)
            sums[key] = sums.get(key, 0.0) + f.value
    out = [Flow(*key[:3], v, *key[3:]) for key, v in sums.items()]
    return sorted(out, key=lambda f: (-f.value, f.exporter, f.importer)), unknown, afar


def _gaps(
    left: Sequence[Flow],
    total: float,
    bound: float,
    size: float,
    unit: str,
    unknown: Counter[str],
    afar: int,
) -> str:
    """Say what is not on the map."""
    out = []
    if left:
        share = sum(f.value for f in left) / total
        worst = left[0].value / size
        what = (
            f"under {number(bound)} {unit}"
            if worst < bound
            else f"of {number(worst)} {unit} or less"
        )
        part = "less than 1%" if share < 0.01 else f"{share:.0%}"
        many = f"{len(left)} {'flow' if len(left) == 1 else 'flows'}"
        out.append(f"Not drawn: {many} {what}, {part} of the total.")
    else:
        out.append(f"Flows under {number(bound)} {unit} are not drawn; there are none.")
    if afar:
        out.append(f"{afar} between countries off the map left out.")
    if unknown:
        n = sum(unknown.values())
        codes = listing([k or "no code" for k in sorted(unknown)][:4])
        more = f" and {len(unknown) - 4} more" if len(unknown) > 4 else ""
        out.append(f"{n} with an unknown country left out ({codes}{more}).")
    return " ".join(out)


def _places(f: Flow) -> tuple[Point, Point]:
    """Where a flow starts and ends, in map units."""
    at = shapes()["points"]
    one = projected(*f.start) if f.start else at[f.exporter]
    other = projected(*f.end) if f.end else at[f.importer]
    return (one[0], one[1]), (other[0], other[1])


def _sheet(
    flows: Sequence[Flow],
    carriers: Sequence[str],
    names: Mapping[str, str],
    width: float,
    panels: Sequence[tuple[str, Box]],
    unit: str,
    labels: int,
    whole: float,
) -> Canvas:
    """Draw the panels below one another and the key under them."""
    thick = 15.0 if width > 500 else 11.0
    sheet, y = Canvas(width, 0.0), 0.0
    held: dict[Box, list[Flow]] = {box: [] for _, box in panels}
    for f in flows:  # where it ends, or where it starts if it ends off the map
        start, end = _places(f)
        held[next(box for p in (end, start) for box in held if within(p, box))].append(f)
    for heading, box in panels:
        mine = held[box]
        if not mine:
            continue
        if heading:
            sheet.text(0, y + 13, heading, "tb")
            y += 20
        height = round((box[3] - box[1]) * width / (box[2] - box[0]))
        size = (y, width, height)
        sheet.parts.append(_panel(mine, carriers, names, box, size, labels, thick / whole))
        y += height + 12
    sheet.height = _key(sheet, flows, carriers, y, unit, thick / whole)
    return sheet


def _panel(
    flows: Sequence[Flow],
    carriers: Sequence[str],
    names: Mapping[str, str],
    box: Box,
    size: tuple[float, float, float],
    labels: int,
    scale: float,
) -> str:
    """Draw one frame of the map; it is an svg of its own, which cuts what leaves it."""
    y, width, height = size
    zoom = width / (box[2] - box[0])
    c = Canvas(width, height)
    move = f"translate({-box[0] * zoom:.1f} {-box[1] * zoom:.1f}) scale({zoom / 10:.4f})"
    c.parts.append(
        f'<use href="#m-all" class="land" transform="{move}" '
        f'style="stroke:var(--bg);stroke-width:{7 / zoom:.1f}"/>'
    )
    lines = [_line(f, f.carrier != carriers[0], box, zoom, (width, height), scale) for f in flows]
    edges = _edges(lines, width, height)
    _dock(lines)
    for line in lines:
        _draw(c, line, names)
    for x, v in {line.start for line in lines if line.inside[0]}:
        c.add("circle", cx=x, cy=v, r=2.6, class_="flo")
    taken = _write_edges(c, edges, names, lines)
    _write_names(c, lines, names, labels, taken)
    return (
        f'<svg x="0" y="{number_text(y)}" width="{width:g}" height="{height:g}" '
        f'style="display:inline;width:{width:g}px;height:{height:g}px;overflow:hidden" '
        f'viewBox="0 0 {width:g} {height:g}">{"".join(c.parts)}</svg>'
    )


def _line(f: Flow, second: bool, box: Box, zoom: float, size: Point, scale: float) -> Line:
    """Lay a flow between its countries, or between one of them and the edge of the frame."""
    places = _places(f)
    inside = (within(places[0], box), within(places[1], box))
    (ax, ay), (bx, by) = places
    if not all(inside):  # the shorter way round the world decides the edge
        turn = min((0.0, ROUND, -ROUND), key=lambda k: abs(ax + k - bx))
        ax, bx = (ax + turn, bx) if inside[1] else (ax, bx - turn)
    ends = [((x - box[0]) * zoom, (y - box[1]) * zoom) for x, y in ((ax, ay), (bx, by))]
    if not inside[0]:
        ends[0] = _border(ends[1], ends[0], size)
    if not inside[1]:
        ends[1] = _border(ends[0], ends[1], size)
    return Line(f, second, max(f.value * scale, 0.5), ends[0], (0.0, 0.0), ends[1], inside)


def _border(a: Point, b: Point, size: Point) -> Point:
    """Where the way from a point inside to one outside crosses the frame."""
    shares = [1.0]
    for k in (0, 1):
        step = b[k] - a[k]
        if step:
            shares.append(((size[k] if step > 0 else 0.0) - a[k]) / step)
    t = min(s for s in shares if s >= 0)
    return a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])


def _edge_of(p: Point, width: float, height: float) -> str:
    away = {"left": p[0], "right": width - p[0], "top": p[1], "bottom": height - p[1]}
    return min(away, key=lambda k: away[k])


def _edges(lines: Sequence[Line], width: float, height: float) -> dict[tuple[str, str], Point]:
    """Let the flows of one far country cross an edge together, apart from other countries'."""
    held: dict[tuple[str, str], list[tuple[Line, int]]] = {}
    for line in lines:
        for k, code in enumerate((line.flow.exporter, line.flow.importer)):
            if not line.inside[k]:
                side = _edge_of((line.start, line.node)[k], width, height)
                held.setdefault((code, side), []).append((line, k))
    out: dict[tuple[str, str], Point] = {}
    for side in ("left", "right", "top", "bottom"):
        keys = [key for key in held if key[1] == side]
        along = 1 if side in ("left", "right") else 0
        room = (height if along else width) - 20
        wanted = [
            sum((line.start, line.node)[k][along] for line, k in held[key]) / len(held[key])
            for key in keys
        ]
        gap = min(24.0 if along else 64.0, room / max(len(keys), 1))
        found = _apart(wanted, gap, 18.0, room) if keys else []
        across = {"left": 0.0, "right": width, "top": 0.0, "bottom": height}[side]
        for key, v in zip(keys, found, strict=True):
            out[key] = (across, v) if along else (v, across)
            for line, k in held[key]:
                if k == 0:
                    line.start = out[key]
                else:
                    line.node = out[key]
    return out


def _apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move positions apart to both sides, so that the middle of them stays where it is."""
    found = spread(wanted, gap, low, high)
    shift = sum(found) / len(found) - sum(wanted) / len(wanted)
    shift = min(shift, min(found) - low)
    return [v - max(shift, 0.0) for v in found]


def _dock(lines: Sequence[Line]) -> None:
    """Bend the lines and set their heads round the points they end at."""
    pairs = {(n.flow.exporter, n.flow.importer, n.flow.carrier): n.flow.value for n in lines}
    nodes: dict[Point, list[Line]] = {}
    for line in lines:
        f = line.flow
        back = pairs.get((f.importer, f.exporter, f.carrier), 0.0)
        smaller = (back, f.importer) > (f.value, f.exporter)
        share = 0.3 if smaller else 0.17 if all(line.inside) else 0.06
        _bend(line, line.second != smaller, share)
        nodes.setdefault(line.node, []).append(line)
    for (x, y), mine in nodes.items():
        for line in mine:
            line.angle = math.atan2(line.bend[1] - y, line.bend[0] - x)
        ring = _fan(mine)
        for line in mine:
            _arrive(line, ring)


def _bend(line: Line, south: bool, share: float) -> None:
    """Bend a line to one side: of the first carrier to the north, of the second to the south."""
    (ax, ay), (bx, by) = line.start, line.node
    nx, ny = (by - ay) * share, (ax - bx) * share
    if (ny > 0) != south:
        nx, ny = -nx, -ny
    line.bend = ((ax + bx) / 2 + nx, (ay + by) / 2 + ny)


def _fan(lines: list[Line]) -> float:
    """Turn the angles of heads apart until none overlaps; return the radius of their tips."""
    ring = 3.0
    if len(lines) == 1:
        return ring
    lines.sort(key=lambda n: n.angle)
    # cut the circle at its widest gap, so that the order of the angles is kept
    gaps = [(lines[k].angle - lines[k - 1].angle) % math.tau for k in range(len(lines))]
    cut = gaps.index(max(gaps))
    lines[:] = lines[cut:] + lines[:cut]
    for a, b in itertools.pairwise(lines):
        b.angle = a.angle + (b.angle - a.angle) % math.tau
    length = min(n.head[0] for n in lines)
    ring = max(ring, sum(n.head[1] for n in lines) / (0.8 * math.tau) - length)
    *needs, closing = (
        (a.head[1] + b.head[1]) / 2 / (ring + length)
        for a, b in itertools.pairwise([*lines, lines[0]])
    )
    mean = sum(n.angle for n in lines) / len(lines)
    over = [
        max(b.angle - a.angle - need, 0.0)
        for need, (a, b) in zip(needs, itertools.pairwise(lines), strict=True)
    ]
    shrink = min(1.0, (math.tau - closing - sum(needs)) / (sum(over) or 1.0))
    for need, more, (a, b) in zip(needs, over, itertools.pairwise(lines), strict=True):
        b.angle = a.angle + need + more * shrink
    shift = sum(n.angle for n in lines) / len(lines) - mean
    for n in lines:
        n.angle -= shift
    return ring


def _arrive(line: Line, ring: float) -> None:
    """Set tip, base and the last control point so that the line comes in along its angle."""
    (x, y), ux, uy = line.node, math.cos(line.angle), math.sin(line.angle)
    far = math.dist(line.start, line.node)
    short = min(1.0, far / (2.0 * (ring + line.head[0]) + 1e-9))
    ring, length = ring * short, line.head[0] * short
    line.tip = (x + ux * ring, y + uy * ring)
    line.base = (x + ux * (ring + length), y + uy * (ring + length))
    reach = ring + length + 0.3 * far
    line.arrive = (x + ux * reach, y + uy * reach)
    (ax, ay), (bx, by) = line.start, line.bend
    line.bend = (ax + (bx - ax) * 0.6, ay + (by - ay) * 0.6)
    line.samples = [line.at(k / SAMPLES) for k in range(SAMPLES + 1)]


def _xy(p: Point) -> str:
    return f"{number_text(p[0])} {number_text(p[1])}"


def _draw(c: Canvas, line: Line, names: Mapping[str, str]) -> None:
    """Add a line with its head, rimmed in the colour of the ground so that crossings read."""
    f, w = line.flow, line.width
    curve = map(_xy, (line.start, line.bend, line.arrive, line.base))
    path = "M{}C{} {} {}".format(*curve)
    (ex, ey), half = line.base, line.head[1] / 2
    ux, uy = -math.sin(line.angle) * half, math.cos(line.angle) * half
    head = "M{}L{}L{}z".format(*map(_xy, ((ex + ux, ey + uy), line.tip, (ex - ux, ey - uy))))
    dash = f"{number_text(max(4.0, w * 0.9))} {number_text(max(2.5, w * 0.4))}"
    pair = " → ".join(names.get(k, k) for k in (f.exporter, f.importer))
    c.parts.append(f"<g><title>{escape(pair)} {number(f.value)}, {escape(f.carrier)}</title>")
    c.add("path", d=path, class_="fo", stroke_width=w + 2)
    colour = COLOURS[line.second]
    c.add(
        "path",
        d=path,
        style=f"fill:none;stroke:{colour}",
        stroke_width=w,
        stroke_linecap=None if line.second else "round",
        stroke_dasharray=dash if line.second else None,
    )
    c.add("path", d=head, stroke_width=1.0, style=f"fill:{colour};stroke:var(--bg)")
    c.parts.append("</g>")


def _write_edges(
    c: Canvas,
    edges: Mapping[tuple[str, str], Point],
    names: Mapping[str, str],
    lines: Sequence[Line],
) -> list[Box]:
    """Name the far countries at the edge their lines cross, where there is room."""
    taken: list[Box] = []
    for (code, side), (x, y) in edges.items():
        text = fit(names.get(code, code), 110)
        room = len(text) * CHARACTER * 0.93
        flat = side in ("left", "right")
        beside = {"left": [3.0], "right": [c.width - room - 3]}.get(side, [x + 8, x - room - 8])
        level = {"top": [13.0], "bottom": [c.height - 5]}.get(side, [y - 9, y + 18, y - 24, y + 33])
        boxes = [(u, v - 12, u + room, v + 3) for u in beside for v in level]
        inner = (0.0, 0.0, c.width, c.height)
        free = [
            b
            for b in boxes
            if within(b[:2], inner)
            and within(b[2:], inner)
            and not any(meets(b, other) for other in taken)
        ]
        if free:
            own = [n for n in lines if n.start == (x, y) or n.node == (x, y)]
            box = min(free, key=lambda b: (hidden(b, lines, own), flat and abs(b[3] - y)))
            taken.append(box)
            c.text(box[0], box[3] - 3, text, "fll s")
    return taken


def _write_names(
    c: Canvas, lines: Sequence[Line], names: Mapping[str, str], most: int, taken: list[Box]
) -> None:
    """Name the largest flows beside their lines; a name that would hide too much is left out."""
    for line in lines[:most]:
        a, b = (fit(names.get(k, k), 112) for k in (line.flow.exporter, line.flow.importer))
        end = f"{b} {number(line.flow.value)}"
        found = _name_place(c, line, lines, ([f"{a} → {end}"], [f"{a} →", end]), taken)
        if found is None:
            continue
        words, at, of, rim = found
        taken.append((rim[0] - 5, rim[1], rim[2] + 5, rim[3]))
        if way := leader(of, rim, line.width / 2 + 13):
            taken += [(x - 1, y - 1, x + 1, y + 1) for x, y in way]
            c.line(*way[0], *way[-1], "lead")
            c.add("circle", cx=of[0], cy=of[1], r=2.0, style="fill:var(--ink)")
        for k, word in enumerate(words):
            c.text(at[0], rim[1] + 12.5 + HIGH * k, word, "fll b", "middle")


def _name_place(
    c: Canvas, line: Line, lines: Sequence[Line], texts: Sequence[list[str]], taken: Sequence[Box]
) -> tuple[list[str], Point, Point, Box] | None:
    """Return the words of a name, their middle, the point of the line they are of, and their box.

    Places are looked at from the nearest on, until no other can hide less in all; of equal ones
    the first counts.
    """
    places: list[tuple[float, int, list[str], Point, Point, Box]] = []
    for text in texts:
        half, high = max(map(len, text)) * CHARACTER * 0.53, HIGH * len(text) / 2
        for extra, spot, (x, y) in spots(line, half, high):
            box = (x - half, y - high, x + half, y + high)
            if box[0] >= 0 and box[1] >= 0 and box[2] <= c.width and box[3] <= c.height:
                least = extra + 0.6 * len(text)
                places.append((least, len(places), text, (x, y), spot, box))
    best, order, found = WORST, -1, None
    for least, k, text, at, spot, box in sorted(places, key=lambda p: p[:2]):
        if least > best:
            break
        if any(meets(box, t) for t in taken):
            continue
        way = leader(spot, box, line.width / 2 + 13)
        if way and any(within(p, t) for t in taken for p in way):
            continue
        cost = least + hidden(box, lines, [line], best - least + SLACK)
        if (cost, k) < (best, order):
            best, order, found = cost, k, (text, at, spot, box)
    return found


def _key(
    c: Canvas, flows: Sequence[Flow], carriers: Sequence[str], y: float, unit: str, scale: float
) -> float:
    """Draw what the widths and the strokes mean; return where the drawing ends."""
    x, y = 0.0, y + 10
    for carrier in [k for k in carriers if any(f.carrier == k for f in flows)]:
        second = carrier != carriers[0]
        c.add(
            "path",
            d=f"M{number_text(x)} {number_text(y)}h34",
            stroke_width=5.0,
            stroke_dasharray="5 2.5" if second else None,
            style=f"fill:none;stroke:{COLOURS[second]}",
        )
        c.text(x + 41, y + 4.5, carrier)
        x += 41 + len(carrier) * CHARACTER + 22
    sizes = _sizes(max(f.value for f in flows))
    texts = [f"{number(v)}{f' {unit}' if v == sizes[-1] else ''}" for v in sizes]
    need = sum(len(t) * CHARACTER + 52 for t in texts)
    if x + need > c.width:
        x, y = 0.0, y + 26
    else:
        x = max(x, c.width - need)
    for value, text in zip(sizes, texts, strict=True):
        if x + 36 > c.width:
            break
        c.add(
            "path",
            d=f"M{number_text(x)} {number_text(y)}h30",
            stroke_width=value * scale,
            style="fill:none;stroke:var(--mut)",
        )
        c.text(x + 36, y + 4.5, fit(text, c.width - x - 36), "tm")
        x += 52 + len(text) * CHARACTER
    return y + 14


def _sizes(top: float) -> tuple[float, float, float]:
    """Return three round values that explain the widths.

    Example:
        >>> _sizes(143.0), _sizes(55.0)
        ((10.0, 50.0, 100.0), (5.0, 20.0, 50.0))
    """
    power = 10.0 ** math.floor(math.log10(top))
    first = next(m for m in (5, 2, 1) if m * power <= top * (1 + 1e-9))
    a, b, c = {1: (0.1, 0.5, 1.0), 2: (0.2, 1.0, 2.0), 5: (0.5, 2.0, 5.0)}[first]
    return a * power, b * power, c * power
