"""Estimates with their errors, positions over years, and ratios before and after.

What a pact does spans orders of magnitude, so that chart has a logarithmic scale.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from multipolar.engines.api.views import Dot, Exposure, Panels, Whiskers
from multipolar.render.charts.svg import (
    CHARACTER,
    WIDE,
    Canvas,
    Chart,
    fit,
    once,
    ticks,
    twice,
)
from multipolar.text.phrases import number

ROW = 26.0
PANEL = (200.0, 124.0)  # of one state's drawing, which the page scales
FRAME = (26.0, 6.0, 168.0, 98.0)  # left, top, width and height of what is drawn in it


def signed(value: float) -> str:
    """Write a number with a real minus sign and two digits.

    Example:
        >>> signed(-1.618)
        '−1.6'
    """
    return number(value, 2).replace("-", "−")


def whiskers(s: Whiskers) -> Chart:
    """Draw values as dots, each with a line of one standard error either side."""
    rows = s.rows
    low = min(0.0, *(r.value - r.error for r in rows))
    high = max(0.0, *(r.value + r.error for r in rows))
    marks = ticks(low, high, 4)
    top = 24.0 if any(s.ends) else 4.0
    bottom = top + len(rows) * ROW

    def draw(c: Canvas, narrow: bool) -> None:
        room = CHARACTER * 1.08 * max(len(r.name) for r in rows)
        left = min(room, 110.0 if narrow else 150.0) + 12
        width = c.width - left - 48

        def px(value: float) -> float:
            return left + (value - marks[0]) / (marks[-1] - marks[0]) * width

        c.text(0, 13, fit(s.ends[0], left + width / 2), "tm s")
        c.text(left + width, 13, fit(s.ends[1], width / 2), "tm s", "end")
        for mark in marks:
            c.line(px(mark), top, px(mark), bottom, "axis" if mark == 0 else "grid")
            c.text(px(mark), bottom + 16, signed(mark), "tm s", "middle")
        for k, r in enumerate(rows):
            y = top + (k + 0.5) * ROW
            c.text(0, y + 4.5, fit(r.name, left - 8), "t")
            c.line(px(r.value - r.error), y, px(r.value + r.error), y, "whisk")
            c.add("circle", cx=px(r.value), cy=y, r=5, class_="d1")
            c.text(c.width, y + 4.5, signed(r.value), "tb", "end")

    label = f"{s.title}: " + ", ".join(f"{r.name} {signed(r.value)}" for r in rows)
    drawn = once(draw, label, bottom + 24)
    table = tuple((r.name, signed(r.value), signed(r.error)) for r in rows)
    subtitle = f"{s.unit}; line: one standard error either side"
    head = (s.what, s.unit, "standard error")
    return Chart(s.title, subtitle, s.source, drawn, "", label, head, table)


def panels(s: Panels, mark: str = "pt") -> Chart:
    """Draw each name's values over years in a small frame, the others behind it in grey.

    ``mark`` is how the names of what it defines for its own use begin: another for each on a page.
    """
    lines, linked = s.lines, s.linked
    every = [d for line in lines.values() for d in line]
    bounds = [x for d in every for x in (d.value - d.error, d.value + d.error)]
    marks = ticks(min(bounds), max(bounds), 4)
    years = min(d.year for d in every), max(d.year for d in every)
    place = _Frame(years, (marks[0], marks[-1]))
    defined = "".join(
        f'<path id="{mark}-{k}" d="{_path(_runs([(d.year, d.value) for d in line]), place)}"/>'
        for k, line in enumerate(lines.values())
    )
    uses = "".join(f'<use href="#{mark}-{k}"/>' for k in range(len(lines)))
    axes = _axes(marks, s.marked, place)
    shared = f'<g id="{mark}-all" class="ctx">{uses}</g><g id="{mark}-axes">{axes}</g>'
    drawn = []
    for k, (name, line) in enumerate(lines.items()):
        recent = ", ".join(f"{d.year} {signed(d.value)}" for d in line[-3:])
        label = f"{name}: {recent}"
        svg = _panel(f"{mark}-", k, line, linked.get(name, {}), s.thin, place, label)
        drawn.append(f"<div><b>{escape(name)}</b>{svg}</div>")
    markup = (
        f'<svg width="0" height="0" aria-hidden="true" class="defs"><defs>{defined}{shared}</defs>'
        f'</svg><div class="pan">{"".join(drawn)}</div>'
    )
    about = (f"band: one standard error either side; grey: the other {s.what}s", s.legend)
    other = f"dots: {s.other}" if any(linked.values()) and s.other else ""
    subtitle = "; ".join(filter(None, (s.unit, s.note, *about, other)))
    at = [y for y in (years[0], *s.marked, years[1]) if years[0] <= y <= years[1]]
    kept = list(dict.fromkeys(at))
    cells = {n: {d.year: d for d in line} for n, line in lines.items()}
    table = tuple(
        (n, *(f"{signed(c[y].value)} ± {signed(c[y].error)}" if y in c else "" for y in kept))
        for n, c in cells.items()
    )
    summary = "; ".join(
        f"{n} {signed(line[-1].value)} in {line[-1].year}" for n, line in lines.items() if line
    )
    return Chart(
        s.title, subtitle, s.source, markup, "", summary, ("state", *map(str, kept)), table
    )


@dataclass(frozen=True)
class _Frame:
    """Places of years and values in a panel, in tenths of a pixel."""

    years: tuple[int, int]
    values: tuple[float, float]

    def x(self, year: float) -> int:
        first, last = self.years
        return round(10 * (FRAME[0] + (year - first) / max(last - first, 1) * FRAME[2]))

    def y(self, value: float) -> int:
        low, high = self.values
        return round(10 * (FRAME[1] + (high - value) / (high - low) * FRAME[3]))


def _runs(points: Sequence[tuple[int, float]]) -> list[list[tuple[int, float]]]:
    """Cut a line where a year is missing."""
    runs: list[list[tuple[int, float]]] = []
    for year, value in points:
        if not runs or year - runs[-1][-1][0] > 1:
            runs.append([])
        runs[-1].append((year, value))
    return runs


def _path(runs: Sequence[Sequence[tuple[int, float]]], place: _Frame, back: bool = False) -> str:
    """Write lines as steps from point to point, which is shorter than places."""
    out = []
    for run in runs:
        at = [(place.x(x), place.y(y)) for x, y in run]
        steps = [
            f"{b[0] - a[0]}{b[1] - a[1]:+d}".replace("+", " ") for a, b in itertools.pairwise(at)
        ]
        joined = "".join(s if s[0] == "-" or k == 0 else f" {s}" for k, s in enumerate(steps))
        out.append(f"M{at[0][0]} {at[0][1]}l{joined or '0 0'}" + ("z" if back else ""))
    return "".join(out)


def _panel(
    mark: str,
    k: int,
    line: Sequence[Dot],
    linked: Mapping[int, float],
    few: float,
    place: _Frame,
    label: str,
) -> str:
    whole = _runs([(d.year, d.value) for d in line])
    dots = {d.year: d for d in line}
    band = []
    for run in whole:
        here = [dots[y] for y, _ in run]
        edge = [(d.year, d.value + d.error) for d in here]
        band.append([*edge, *((d.year, d.value - d.error) for d in reversed(here))])
    thin = {d.year for d in line if d.observed < few}
    if thin:
        strong = _runs([(d.year, d.value) for d in line if d.year not in thin])
        weak = [
            [a, b]
            for run in whole
            for a, b in itertools.pairwise(run)
            if a[0] in thin or b[0] in thin
        ]
        own = f'<path class="s1" d="{_path(strong, place)}"/>' if strong else ""
        own += f'<path class="s1 dsh" d="{_path(weak, place)}"/>' if weak else ""
    else:
        own = f'<use href="#{mark}{k}" class="s1"/>'
    steps = "".join(f"M{place.x(y)} {place.y(v)}h0" for y, v in linked.items())
    extra = f'<path class="q2" d="{steps}"/>' if steps else ""
    width, height = PANEL
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}">'
        f'<use href="#{mark}axes"/><g transform="scale(.1)"><use href="#{mark}all"/>'
        f'<path class="bd" d="{_path(band, place, back=True)}"/>{own}{extra}</g></svg>'
    )


def _axes(marks: Sequence[float], marked: Sequence[int], place: _Frame) -> str:
    """Return ticks and the years that are marked, which all panels share."""
    c = Canvas(*PANEL)
    left, top, width, height = FRAME
    for mark in marks:
        c.line(
            left,
            place.y(mark) / 10,
            left + width,
            place.y(mark) / 10,
            "axis" if mark == 0 else "grid",
        )
        c.text(left - 5, place.y(mark) / 10 + 4, signed(mark), "pa", "end")
    first, last = place.years
    shown = [y for y in marked if first < y <= last]
    for year in shown:
        c.line(place.x(year) / 10, top, place.x(year) / 10, top + height, "ev1")
    late = first if all(place.x(y) / 10 - left > 60 for y in shown) else None
    for year in filter(None, (late, *shown)):
        x = place.x(year) / 10
        anchor = "start" if year == first else "end" if x > left + width - 16 else "middle"
        x = left + width + 4 if anchor == "end" else x
        c.text(x, top + height + 15, str(year), "pa", anchor)
    return "".join(c.parts)


def exposure(s: Exposure, wide: float = WIDE) -> Chart:
    """Draw ratios before and after on a logarithmic scale, with a line at one."""
    rows, names = s.rows, s.names
    every = [v for r in rows for v in (r.before, r.after)]
    low = math.floor(math.log10(min(1.0, *every)))
    high = max(math.ceil(math.log10(max(every)) - 1e-9), low + 1)
    top = 30.0

    def draw(c: Canvas, narrow: bool) -> None:
        step = 46.0 if narrow else ROW + 2
        room = CHARACTER * 1.08 * max(len(r.label) for r in rows)
        left = 8.0 if narrow else min(room, 180.0) + 14
        width = c.width - left - (8.0 if narrow else 130.0)
        bottom = top + step * len(rows)

        def px(value: float) -> float:
            return left + (math.log10(value) - low) / (high - low) * width

        c.add("circle", cx=left + 5, cy=9, r=5, class_="open")
        c.text(left + 15, 13.5, names[0], "tm")
        x = left + 34 + len(names[0]) * CHARACTER
        c.add("circle", cx=x, cy=9, r=5, class_="d1")
        c.text(x + 10, 13.5, names[1], "tm")
        for power in range(low, high + 1):
            at = px(10.0**power)
            c.line(at, top - 6, at, bottom, "axis" if power == 0 else "grid")
            c.text(at, bottom + 16, f"{10.0**power:g}", "tm s", "middle")
        for k, r in enumerate(rows):
            name, before, after = r.label, r.before, r.after
            base = top + step * k
            y = base + (32 if narrow else step / 2)
            text = base + 14 if narrow else y + 4.5
            c.text(0, text, fit(name, c.width - 130 if narrow else left - 8), "t halo")
            c.line(px(before), y, px(after), y, "stem")
            c.add("circle", cx=px(before), cy=y, r=5.5, class_="open")
            c.add("circle", cx=px(after), cy=y, r=5.5 if before != after else 3, class_="d1")
            same = before == after
            shown = (
                f"{number(before, 2)}, as before"
                if same
                else f"{number(before, 2)} → {number(after, 2)}"
            )
            c.text(c.width, text, shown, "tm halo" if same else "tb halo", "end")

    label = f"{s.title}: " + ", ".join(
        f"{r.label} {number(r.before, 2)} to {number(r.after, 2)}" for r in rows
    )
    sizes = (top + (ROW + 2) * len(rows) + 22, top + 46.0 * len(rows) + 22)
    wide_, narrow = twice(draw, label, *sizes, wide=wide)
    table = tuple((r.label, number(r.before, 2), number(r.after, 2), r.remark) for r in rows)
    head = (s.head[0], *names, s.head[1])
    subtitle = f"{s.unit}; each step on the scale is ten times the one before it"
    return Chart(s.title, subtitle, s.source, wide_, narrow, label, head, table)
