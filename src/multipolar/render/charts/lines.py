"""A quantity over time: the subject strong, one rival, the rest grey; the claim's number dashed."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence

from multipolar.render.charts.svg import (
    CHARACTER,
    WIDE,
    Canvas,
    Chart,
    fit,
    handy,
    lines_of,
    number_text,
    spread,
    ticks,
    twice,
)
from multipolar.text.dates import span
from multipolar.text.phrases import long_date, number

CROWD = 6  # lines whose names need more room on a phone
Line = Sequence[tuple[str, float]]
Scale = Callable[[float], float]


def series(
    lines: Mapping[str, Line],
    *,
    title: str,
    unit: str,
    source: str,
    threshold: float | None = None,
    needs: str = "",
    at: str | None = None,
    since: str | None = None,
    rival: str | None = None,
    note: str = "",
    equal: bool = False,
    wide: float = WIDE,
) -> Chart:
    """Draw time series; the first line is the subject.

    Args:
        lines: (date, value) pairs by name; dates are ISO years, months or days.
        title: what is shown.
        unit: unit of the values.
        source: source line.
        threshold: the claim's number, in the lines' unit.
        needs: what the claim needs, in words, written at its number.
        at: the date the claim is about, shown as a band.
        since: the earlier date a change is measured from; the band then starts there.
        rival: the one other line that is drawn strong.
        note: what else the subtitle says.
        equal: draw every line as the subject's.
        wide: width of the wide drawing.
    """
    subject = next(iter(lines))
    every = [v for line in lines.values() for _, v in line]
    size, unit = handy(every, unit)
    lines = {
        n: [(d, v / size) for d, v in sorted(line, key=lambda p: _day(p[0]))]
        for n, line in lines.items()
    }
    bound = None if threshold is None else threshold / size
    values = [v / size for v in every] + ([] if bound is None else [bound])
    marks = ticks(min(0.0, *values), max(0.0, *values))
    days = sorted({_day(d) for line in lines.values() for d, _ in line})
    first, last = days[0], days[-1]
    styles = {n: "s1" if equal or n == subject else "s2" if n == rival else "ctx" for n in lines}

    def draw(c: Canvas, narrow: bool) -> None:
        left = 12 + max(len(_mark(m)) for m in marks) * CHARACTER
        names = max(len(n) + len(number(line[-1][1])) for n, line in lines.items()) + 1
        right = 16 + min(names * CHARACTER * 1.06, 104.0 if narrow else 190.0)
        top, bottom = 16.0, 28.0
        width, height = c.width - left - right, c.height - top - bottom

        def px(day: float) -> float:
            return left + (day - first) / max(last - first, 1.0) * width

        def py(value: float) -> float:
            return top + (marks[-1] - value) / (marks[-1] - marks[0]) * height

        if at is not None:
            _band(c, [since, at], px, (first, last), top, height)
        for mark in marks:
            zero = abs(mark) < (marks[1] - marks[0]) / 1e6
            c.line(left, py(mark), left + width, py(mark), "axis" if zero else "grid")
            c.text(left - 6, py(mark) + 4.5, _mark(mark), "tm", "end")
        _years(c, px, first, last, top + height + 20)
        for name in sorted(lines, key=lambda n: ("ctx", "s2", "s1").index(styles[n])):
            _draw_line(c, lines[name], px, py, styles[name])
        if bound is not None:
            c.line(left, py(bound), left + width, py(bound), "claimline")
            words = f"needs {needs}"
            if not needs or len(words) * CHARACTER > width:
                words = f"needed: {number(bound)}"
            # at the end where the subject is farther off, on the side where it is not
            ends = [lines[subject][k][1] for k in (0, -1)]
            late = abs(ends[0] - bound) < abs(ends[1] - bound)
            above = ends[late] < bound
            above = (above and py(bound) > top + 20) or py(bound) > top + height - 20
            c.text(
                left + (width - 4 if late else 4),
                py(bound) + (-6 if above else 16),
                words,
                "claimt",
                "end" if late else "start",
            )
        _names(c, lines, styles, py, left + width + 9, right - 9, (top + 4, top + height + 4))

    recent = ", ".join(f"{long_date(d)} {number(v)}" for d, v in lines[subject][-4:])
    label = f"{title}: {subject} {recent}"
    wide_, narrow = twice(draw, label, 300, 270 if len(lines) < CROWD else 310, wide)
    dates = sorted({d for line in lines.values() for d, _ in line}, key=_day)
    cells = {n: dict(line) for n, line in lines.items()}
    rows = tuple((d, *(number(cells[n][d]) if d in cells[n] else "" for n in lines)) for d in dates)
    head = ("date", *lines)
    return Chart(
        title, "; ".join(filter(None, (unit, note))), source, wide_, narrow, label, head, rows
    )


def _day(date: str) -> float:
    a, b = span(date)
    return (a.toordinal() + b.toordinal()) / 2


def _mark(value: float) -> str:
    return f"{'−' if value < 0 else ''}{number(abs(value))}"


def _band(
    c: Canvas,
    dates: Sequence[str | None],
    px: Scale,
    limits: tuple[float, float],
    top: float,
    height: float,
) -> None:
    """Shade the time the claim is about; a single date is at least a few pixels wide."""
    ends = [float(d.toordinal()) for date in dates if date is not None for d in span(date)]
    a, b = (px(min(max(x, limits[0]), limits[1])) for x in (min(ends), max(ends)))
    c.add("rect", x=a - 5, y=top, width=b - a + 10, height=height, class_="band")


def _draw_line(c: Canvas, line: Line, px: Scale, py: Scale, style: str) -> None:
    points = [(px(_day(d)), py(v)) for d, v in line]
    steps = "L".join(f"{number_text(x)} {number_text(y)}" for x, y in points)
    c.add("path", d=f"M{steps}", class_=style)
    if style != "ctx" and len(points) <= 16:
        c.dots(points, "q1" if style == "s1" else "q2")


def _names(
    c: Canvas,
    lines: Mapping[str, Line],
    styles: Mapping[str, str],
    py: Scale,
    x: float,
    room: float,
    limits: tuple[float, float],
) -> None:
    """Write each line's name and last value at its end, on two lines where room is short."""
    ends = [(name, line[-1][1]) for name, line in lines.items()]
    texts = [_name(f"{name} {_mark(value)}", room) for name, value in ends]
    rows = max(map(len, texts))
    low, high = limits[0], limits[1] - 15 * (rows - 1)
    ys = spread([py(v) + 4 for _, v in ends], 15.0 * rows, low, high)
    for (name, _), words, y in zip(ends, texts, ys, strict=True):
        style = {"s1": "l1", "s2": "l2"}.get(styles[name], "tm")
        for k, text in enumerate(words):
            c.text(x, y + 15 * k, text, style)


def _name(text: str, room: float) -> list[str]:
    """Break a name before its value if it does not fit; cut the name, never the value."""
    name, value = text.rsplit(" ", 1)
    if len(text) * CHARACTER <= room:
        return [text]
    words = lines_of(name, room, 2)
    if len(words) == 1 or len(words[1]) + len(value) + 1 > room / CHARACTER:
        words = [words[0], fit(" ".join(words[1:]), room - (len(value) + 1) * CHARACTER)]
    return [words[0], f"{words[1]} {value}".strip()] if words[1:] else [f"{words[0]} {value}"]


def _years(c: Canvas, px: Scale, first: float, last: float, y: float) -> None:
    years = range(dt.date.fromordinal(int(first)).year, dt.date.fromordinal(int(last)).year + 1)
    room = max(px(last) - px(first), 1.0)
    step = max(1, -(-len(years) * 44 // int(max(room, 44))))
    before = math.inf
    for year in list(years)[::-1][::step]:
        x = px(min(max(float(dt.date(year, 7, 1).toordinal()), first), last))
        if before - x >= 38:
            c.text(x, y, str(year), "tm", "middle")
            before = x
