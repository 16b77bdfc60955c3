"""Maps: how states voted, and what flows where."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import Any

from multipolar.render.charts.svg import (
    CHARACTER,
    WIDE,
    Canvas,
    Chart,
    fit,
    handy,
    number_text,
    spread,
    twice,
)
from multipolar.text.phrases import number

CHOICES = {
    "yes": ("vy", "for"),
    "abstain": ("va", "abstained"),
    "no": ("vn", "against"),
    "absent": ("vx", "absent"),
}
IMPLIES = "Shapes: Natural Earth; borders imply no view."
HEIGHT = 440  # the map ends south of Tierra del Fuego


@cache
def shapes() -> Mapping[str, Any]:
    """Return the country shapes that come with the package."""
    file = resources.files("multipolar") / "render" / "shapes.json"
    found: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def projected(longitude: float, latitude: float) -> tuple[float, float]:
    """Return a place of the earth in map units: Equal Earth, centred on 11 degrees east.

    Source: Savric, Patterson and Jenny (2018), doi 10.1080/13658816.2018.1504949.

    Example:
        >>> projected(11.0, 0.0)
        (500.0, 250.0)
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    slope = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * math.sqrt(3) * math.radians(longitude - 11) * math.cos(t) / (3 * slope)
    y = a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t
    scale = 1000 / (2 * 2.7066)
    return round(500 + x * scale, 1), round(250 - y * scale, 1)


def definitions(names: Mapping[str, str]) -> str:
    """Return every shape once, with its name for who hovers, for maps to refer to."""
    paths = "".join(
        f'<path id="m-{k}" d="{d}"><title>{escape(names.get(k, k))}</title></path>'
        for k, d in shapes()["paths"].items()
    )
    land = "".join(f'<path d="{d}"/>' for d in shapes()["land"])
    every = "".join(f'<use href="#m-{k}"/>' for k in ("land", *shapes()["paths"]))
    return (
        f'<svg width="0" height="0" aria-hidden="true" class="defs"><defs>{paths}'
        f'<g id="m-land">{land}</g><g id="m-all">{every}</g></defs></svg>'
    )


def votes(
    cast: Mapping[str, str],
    names: Mapping[str, str],
    *,
    title: str,
    source: str,
    subject: str = "",
    note: str = "",
) -> Chart:
    """Draw how each state voted, with the count as a split bar and the states as a list.

    Args:
        cast: yes, no, abstain or absent by ISO code.
        names: country names by code.
        title: what was voted on.
        source: source line.
        subject: a code to name on the map.
        note: what the subtitle says, such as the resolution and its date.
    """
    groups = {c: sorted(names.get(k, k) for k, v in cast.items() if v == c) for c in CHOICES}
    label = ", ".join(f"{len(groups[c])} {word}" for c, (_, word) in CHOICES.items() if groups[c])
    styles = {code: CHOICES[choice][0] for code, choice in cast.items()}
    svg = _painted(styles, names, f"{title}: {label}", [subject])
    bar = "".join(
        f'<span class="b{CHOICES[c][0]}" style="flex:{len(groups[c])}"></span>'
        for c in CHOICES
        if groups[c]
    )
    legend = "".join(
        f'<li><i class="b{style}"></i><b>{len(groups[c])}</b> {word}</li>'
        for c, (style, word) in CHOICES.items()
    )
    markup = f'{svg}<div class="vbar" aria-hidden="true">{bar}</div><ul class="vleg">{legend}</ul>'
    rows = tuple((CHOICES[c][1], ", ".join(g)) for c, g in groups.items() if g)
    subtitle = "; ".join(filter(None, (note, "states too small to see are dots")))
    credit = f"{source} {IMPLIES}"
    return Chart(title, subtitle, credit, markup, "", label, ("vote", "states"), rows, mapped=True)


def shades(
    values: Mapping[str, float],
    names: Mapping[str, str],
    *,
    title: str,
    unit: str,
    source: str,
    marked: Sequence[str] = (),
    note: str = "",
) -> Chart:
    """Draw a change by country: darker where it is larger, two hues for gains and losses.

    Args:
        values: change by ISO code.
        names: country names by code.
        title: what changes.
        unit: unit of the change.
        source: source line.
        marked: codes to name on the map.
        note: what the subtitle says first.
    """
    steps = _steps([abs(v) for v in values.values()])
    ranked = sorted(values.items(), key=lambda kv: kv[1])
    label = ", ".join(f"{names.get(k, k)} {number(v)}" for k, v in ranked[:5])
    styles = {code: _shade(value, steps) for code, value in values.items()}
    svg = _painted(styles, names, f"{title}: {label}", marked)
    legend = "".join(f'<li><i class="b{style}"></i>{words}</li>' for style, words in _key(steps))
    markup = f'{svg}<ul class="vleg">{legend}<li><i class="bv0"></i>not in the table</li></ul>'
    subtitle = "; ".join(filter(None, (note, unit)))
    rows = tuple((names.get(k, k), number(v)) for k, v in ranked)
    head, credit = ("country", unit), f"{source} {IMPLIES}"
    return Chart(title, subtitle, credit, markup, "", label, head, rows, mapped=True)


def grouped(
    styles: Mapping[str, str],
    names: Mapping[str, str],
    *,
    title: str,
    subtitle: str,
    source: str,
    key: Sequence[tuple[str, str]],
    rows: tuple[tuple[str, ...], ...],
    head: tuple[str, ...],
    label: str,
    marked: Sequence[str] = (),
    unknown: str = "no vote",
) -> Chart:
    """Draw classes of countries, each in a style, with a legend; hatched where there is none.

    Args:
        styles: style by ISO code.
        names: country names by code.
        title: what is shown.
        subtitle: unit, and what the classes mean.
        source: source line.
        key: (style, words) of the legend, in order; the words are plain text.
        rows: the table of the data, under ``head``.
        head: names of its columns.
        label: what a screen reader says of the map.
        marked: codes to name on the map.
        unknown: what the legend calls countries without a style.
    """
    svg = _painted(styles, names, f"{title}: {label}", marked, "vx")
    legend = "".join(f'<li><i class="b{s}"></i>{escape(words)}</li>' for s, words in key)
    markup = f'{svg}<ul class="vleg">{legend}<li><i class="bvx"></i>{escape(unknown)}</li></ul>'
    return Chart(title, subtitle, f"{source} {IMPLIES}", markup, "", label, head, rows, mapped=True)


def _painted(
    styles: Mapping[str, str],
    names: Mapping[str, str],
    label: str,
    marked: Sequence[str],
    without: str = "v0",
) -> str:
    """Return the map, each country in its style, and those that have none in ``without``.

    The whole map is laid down in the commonest style first, so that most countries need no line of
    their own: a page has a dozen maps.
    """
    drawn: dict[str, list[str]] = {}
    for code in shapes()["paths"]:
        drawn.setdefault(styles.get(code, without), []).append(code)
    base = max(drawn, key=lambda style: (len(drawn[style]), style))
    body = [
        f'<g transform="scale(.1)"><use href="#m-all" class="{base}"/>'
        '<use href="#m-land" class="v0"/>'  # land of no state here has no colour of its own
    ]
    for style, codes in drawn.items():
        if style != base:
            uses = "".join(f'<use href="#m-{k}"/>' for k in codes)
            body.append(f'<g class="{style}">{uses}</g>')
    body.append("</g>")
    for code, (x, y) in shapes()["dots"].items():
        if code in styles:
            body.append(
                f'<circle cx="{x}" cy="{y}" r="3.2" class="{styles[code]} vd">'
                f"<title>{escape(names.get(code, code))}</title></circle>"
            )
    for code in marked:
        if code in shapes()["points"]:
            x, y = shapes()["points"][code]
            name = escape(names.get(code, code))
            body.append(f'<text x="{x}" y="{y}" class="ml">{name}</text>')
    return (
        f'<svg class="map" viewBox="0 0 1000 {HEIGHT}" role="img" '
        f'aria-label="{escape(label)}">{"".join(body)}</svg>'
    )


def _steps(sizes: Sequence[float]) -> tuple[float, ...]:
    """Return three rising sizes, round, that part changes into small, middling and large."""
    most = max(sizes, default=0.0) or 1.0
    power = 10 ** math.floor(math.log10(most))
    top = next(m * power for m in (5, 2, 1) if m * power <= most)
    return top / 10, top / 3 if top / power == 1 else top * 0.4, top


def _shade(value: float, steps: Sequence[float]) -> str:
    size = sum(abs(value) >= s for s in steps)
    return f"w{'g' if value > 0 else 'l'}{size}" if size else "wz"


def _key(steps: Sequence[float]) -> list[tuple[str, str]]:
    low, middle, top = (number(s, 1) for s in steps)
    return [
        ("wl3", f"loss of {top} or more"),
        ("wl2", f"{middle} to {top}"),
        ("wl1", f"{low} to {middle}"),
        ("wz", f"less than {low} either way"),
        ("wg1", f"gain of {low} to {middle}"),
        ("wg2", f"{middle} to {top}"),
        ("wg3", f"{top} or more"),
    ]


def flows(
    rows: Sequence[tuple[str, float]],
    target: str,
    names: Mapping[str, str],
    *,
    subject: str,
    title: str,
    unit: str,
    source: str,
    most: int = 7,
    wide: float = WIDE,
) -> Chart:
    """Draw what comes to one country from its largest suppliers, width in proportion.

    Args:
        rows: (ISO code, value), largest first.
        target: ISO code of the destination.
        names: country names by code.
        subject: the supplier the claim is about.
        title: what is shown.
        unit: unit of the values.
        source: source line.
        most: lines to draw; the subject is always among them.
        wide: width of the wide drawing.
    """
    at = shapes()["points"]
    shown = [r for r in rows if r[0] in at][:most]
    if subject in dict(rows) and subject not in dict(shown) and subject in at:
        shown[-1] = (subject, dict(rows)[subject])
    size, unit = handy([v for _, v in rows], unit)
    shown = [(k, v / size) for k, v in shown]
    tx, ty = at[target]
    largest = max(v for _, v in shown)
    label = f"{title}: " + ", ".join(f"{names.get(k, k)} {number(v)}" for k, v in shown)

    def draw(c: Canvas, narrow: bool) -> None:
        left, top, scale = _window([at[k] for k, _ in shown] + [at[target]], c.width, c.height)

        def place(x: float, y: float) -> tuple[float, float]:
            return (x - left) * scale, (y - top) * scale

        move = f"translate({-left * scale:.1f} {-top * scale:.1f}) scale({scale / 10:.4f})"
        c.parts.append(f'<use href="#m-all" class="land" transform="{move}"/>')
        ends = [place(*at[k]) for k, _ in shown]
        ex, ey = place(tx, ty)
        for k in range(len(shown) - 1, -1, -1):
            (code, value), (x, y) = shown[k], ends[k]
            style = "fl1" if code == subject else "fl2" if k == 0 else "fl3"
            bend = 0.16 * math.hypot(ex - x, ey - y)
            steps = [(x, y), ((x + ex) / 2, (y + ey) / 2 - bend), (ex, ey)]
            a, b, d = (f"{number_text(u)} {number_text(v)}" for u, v in steps)
            c.add(
                "path",
                d=f"M{a}Q{b} {d}",
                class_=style,
                stroke_width=round(max(1.5, 15 * value / largest), 1),
            )
        c.add("circle", cx=ex, cy=ey, r=5, class_="flo")
        named = [k for k in range(len(shown)) if k < (4 if narrow else most)]
        named += [k for k, row in enumerate(shown) if row[0] == subject and k not in named]
        _place_names(c, shown, ends, named, (names, subject), (ex, ey, names.get(target, target)))

    wide_, narrow = twice(draw, label, 330, 290, wide)
    wide_ = wide_.replace('class="w"', 'class="w crop"', 1)
    narrow = narrow.replace('class="n"', 'class="n crop"', 1)
    table = tuple((names.get(k, k), number(v)) for k, v in shown)
    subtitle = f"{unit}; width of a line in proportion, the {len(shown)} largest"
    credit = f"{source} Line ends mark countries, not ports. {IMPLIES}"
    return Chart(title, subtitle, credit, wide_, narrow, label, ("from", unit), table, mapped=True)


def _window(
    points: Sequence[tuple[float, float]], width: float, height: float
) -> tuple[float, float, float]:
    """Left, top and scale of the part of the map that shows every point with room for names."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    wide = max(max(xs) - min(xs), 60.0) * 1.12 + 60
    high = max(max(ys) - min(ys), 60.0) * 1.12 + 50
    scale = min(width / wide, height / high)
    left = (min(xs) + max(xs)) / 2 - width / scale / 2
    top = (min(ys) + max(ys)) / 2 - 10 - height / scale / 2
    return left, top, scale


def _place_names(
    c: Canvas,
    shown: Sequence[tuple[str, float]],
    ends: Sequence[tuple[float, float]],
    named: Sequence[int],
    words: tuple[Mapping[str, str], str],
    target: tuple[float, float, str],
) -> None:
    """Write names beside the line ends, left of those west of the target, none over another."""
    names, subject = words
    ex, ey, goal = target
    late = ex > c.width - 90
    c.text(ex + (-10 if late else 10), ey + 5, goal, "fll b", "end" if late else "start")
    heights = spread([ends[k][1] + 4 for k in named], 16, 14, c.height - 6)
    for k, y in zip(named, heights, strict=True):
        (code, value), (x, _) = shown[k], ends[k]
        text = f"{fit(names.get(code, code), 130)} {number(value)}"
        room = len(text) * CHARACTER
        west = x <= ex
        anchor, where = ("end", x - 9) if west else ("start", x + 9)
        if west and where - room < 0:
            anchor, where = "start", 2.0
        if not west and where + room > c.width:
            anchor, where = "end", c.width - 2
        c.text(where, y, text, "fll b" if code == subject else "fll", anchor)
