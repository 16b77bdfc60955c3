"""A quantity over time: the subject strong, one rival, the rest grey; the claim's number dashed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from multipolar.claims.phrases import number, quantity, span
from multipolar.dossier.charts.svg import Canvas, Chart, short, spread, ticks, twice

Line = Sequence[tuple[str, float]]


def series(
    lines: Mapping[str, Line],
    *,
    title: str,
    unit: str,
    source: str,
    threshold: float | None = None,
    at: str | None = None,
    rival: str | None = None,
) -> Chart:
    """Draw time series; the first line is the subject.

    Args:
        lines: (date, value) pairs by name; dates are ISO years, months or days.
        title: what is shown.
        unit: unit of the values.
        source: source line.
        threshold: the claim's number.
        at: the date the claim is about, shown as a band.
        rival: the one other line that is drawn strong.
    """
    subject = next(iter(lines))
    values = [v for line in lines.values() for _, v in line]
    if threshold is not None:
        values.append(threshold)
    marks = ticks(min(0.0, *values), max(values))
    days = sorted({_day(d) for line in lines.values() for d, _ in line})
    first, last = days[0], days[-1]

    def draw(c: Canvas, narrow: bool) -> None:
        left, right, top, bottom = 40.0, (96.0 if narrow else 140.0), 14.0, 26.0
        width, height = c.width - left - right, c.height - top - bottom

        def px(day: float) -> float:
            return left + (day - first) / max(last - first, 1) * width

        def py(value: float) -> float:
            return top + (marks[-1] - value) / (marks[-1] - marks[0]) * height

        if at is not None:
            a, b = (px(min(max(float(d.toordinal()), first), last)) for d in span(at))
            c.add("rect", x=a - 4, y=top, width=b - a + 8, height=height, class_="band")
        for mark in marks:
            c.line(left, py(mark), left + width, py(mark), "axis" if mark == 0 else "grid")
            c.text(left - 6, py(mark) + 4, number(mark), "tm", "end")
        _years(c, px, first, last, c.height - 6, 3 if narrow else 8)
        order = [n for n in lines if n not in (subject, rival)]
        order += [n for n in (rival, subject) if n is not None and n in lines]
        for name in order:
            _draw_line(c, lines[name], px, py, _style(name, subject, rival))
        if threshold is not None:
            c.line(left, py(threshold), left + width, py(threshold), "claimline")
            c.text(left + 4, py(threshold) - 5, f"claim: {quantity(threshold, unit)}", "claimt")
        ends = [lines[n][-1] for n in lines]
        ys = spread([py(v) + 4 for _, v in ends], 15, top + 6, top + height + 4)
        room = 11 if narrow else 18
        for (name, _), (_, value), y in zip(lines.items(), ends, ys, strict=True):
            style = {"s1": "l1", "s2": "l2"}.get(_style(name, subject, rival), "tm")
            tail = f" {number(value)}"
            c.text(left + width + 8, y, short(name, room - len(tail)) + tail, style)

    label = f"{title}: {subject} {', '.join(f'{d} {number(v)}' for d, v in lines[subject][-4:])}"
    wide, narrow = twice(draw, label, 300, 260)
    dates = sorted({d for line in lines.values() for d, _ in line})
    cells = {n: dict(line) for n, line in lines.items()}
    rows = tuple((d, *(number(cells[n][d]) if d in cells[n] else "" for n in lines)) for d in dates)
    return Chart(title, unit, source, wide, narrow, label, ("date", *lines), rows)


def _day(date: str) -> float:
    a, b = span(date)
    return (a.toordinal() + b.toordinal()) / 2


def _style(name: str, subject: str, rival: str | None) -> str:
    return "s1" if name == subject else "s2" if name == rival else "ctx"


def _draw_line(c: Canvas, line: Line, px, py, style: str) -> None:  # type: ignore[no-untyped-def]
    points = [(px(_day(d)), py(v)) for d, v in line]
    c.add("path", d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), class_=style)
    dot = {"s1": "d1", "s2": "d2"}.get(style)
    if dot and len(points) <= 16:
        for x, y in points:
            c.add("circle", cx=x, cy=y, r=3, class_=dot)


def _years(c: Canvas, px, first: float, last: float, y: float, most: int) -> None:  # type: ignore[no-untyped-def]
    import datetime as dt

    years = range(dt.date.fromordinal(int(first)).year, dt.date.fromordinal(int(last)).year + 1)
    step = max(1, -(-len(years) // most))
    for year in list(years)[::-1][::step]:
        x = px(min(max(dt.date(year, 7, 1).toordinal(), first), last))
        c.text(x, y, str(year), "tm", "middle")
