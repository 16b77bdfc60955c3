"""Two values side by side: routes before and after, and measures of two parties by scenario."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from multipolar.engines.api.views import BeforeAfter, Change, Pair, SideBySide
from multipolar.render.charts.svg import (
    CARD,
    CHARACTER,
    NARROW,
    WIDE,
    Canvas,
    Chart,
    fit,
    handy,
    lines_of,
    number_text,
    ticks,
)
from multipolar.text.phrases import number

Point = tuple[float, float]


def described(svg: str, title: str, text: str) -> str:
    """Give a drawing a title and a description that assistive software reads."""
    cut = svg.index(">") + 1
    return f"{svg[:cut]}<title>{escape(title)}</title><desc>{escape(text)}</desc>{svg[cut:]}"


def before_and_after(s: BeforeAfter, wide: float = WIDE) -> Chart | None:
    """Draw each value before and after as two dots on a line, the largest change first.

    Returns:
        The chart, drawn once on a card; None if there is nothing to draw.

    Example:
        >>> rows = (Change("Norway to Germany", 45.0, 49.0), Change("Russia to Germany", 55.0, 0.0))
        >>> before_and_after(BeforeAfter(rows, "Gas", "bcm", ("2021", "2023"))).rows[0]
        ('Russia to Germany', '55', '0', '−55', '')
    """
    rows, title, names = s.rows, s.title, s.names
    good = [r for r in rows if math.isfinite(r.before) and math.isfinite(r.after)]
    if not good:
        return None
    size, unit = handy([v for r in good for v in (r.before, r.after)], s.unit)
    shown = sorted((_scaled(r, size) for r in good), key=lambda r: (-abs(r.gain), r.label))
    bounds = [b for r in shown for b in _span(r)]
    marks = ticks(min(0.0, *bounds), max(0.0, *bounds), 5)
    lost = len(rows) - len(good)
    gap = f"{lost} {s.what}{'' if lost == 1 else 's'} without a value left out." if lost else ""
    label = f"{title}: " + "; ".join(
        f"{r.label} {names[0]} {_signed(r.before)}, {names[1]} {_signed(r.after)}"
        for r in shown[:8]
    )

    card = wide == CARD

    def draw(width: float) -> str:
        c = Canvas(width, 0.0)
        _dumbbells(c, shown, marks, names)
        form = "o" if card else "n" if width == NARROW else "w"
        return described(c.svg(title, form, CARD if card else None), title, label)

    table = tuple(
        (
            r.label,
            _signed(r.before),
            _signed(r.after),
            _signed(r.gain, plus=True),
            f"{_signed(r.low)} to {_signed(r.high)}"
            if r.low is not None and r.high is not None
            else "",
        )
        for r in shown
    )
    subtitle = "; ".join(filter(None, (unit, "largest change first", s.note)))
    credit = " ".join(filter(None, (s.source, gap)))
    head = (s.what, *names, "change", "range")
    forms = (draw(NARROW), "") if card else (draw(wide), draw(NARROW))
    return Chart(title, subtitle, credit, *forms, label, head, table)


def _scaled(r: Change, size: float) -> Change:
    """Divide a route's values; a bound that is not a number is none."""
    ends = [None if b is None or not math.isfinite(b) else b / size for b in (r.low, r.high)]
    return Change(r.label, r.before / size, r.after / size, ends[0], ends[1])


def _span(r: Change) -> tuple[float, float]:
    """Return the least and the most that a row shows."""
    ends = [r.before, r.after, *(b for b in (r.low, r.high) if b is not None)]
    return min(ends), max(ends)


def _signed(value: float, plus: bool = False) -> str:
    """Write a number with a real minus sign, and with a plus if asked."""
    text = number(abs(value))
    return text if text == "0" else f"{'−' if value < 0 else '+' if plus else ''}{text}"


def _dumbbells(
    c: Canvas, rows: Sequence[Change], marks: Sequence[float], names: tuple[str, str]
) -> None:
    slim = c.width < 500
    texts = [_signed(v) for r in rows for v in (r.before, r.after)]
    pad = max(len(t) for t in texts) * CHARACTER + 14
    last = max(len(_signed(r.gain, plus=True)) for r in rows) * CHARACTER * 1.1 + 6
    longest = (max(len(r.label) for r in rows) + 1) * CHARACTER
    left = pad if slim else min(longest, c.width * 0.33) + 12 + pad
    right = c.width - pad - (0.0 if slim else max(last, 58.0))
    step, top = (44.0, 34.0) if slim else (30.0, 34.0)
    bottom = top + step * len(rows)

    def px(value: float) -> float:
        return left + (value - marks[0]) / (marks[-1] - marks[0]) * (right - left)

    _heads(c, names, left - pad, "d1")
    c.text(c.width, 13, "change", "tm", "end")
    kept = marks if not slim else [m for k, m in enumerate(marks) if k % 2 == 0 or m == 0]
    # on a phone names stand over the rows, so the upright lines are cut there
    lanes = [(top + step * k + 19, top + step * (k + 1) - 3) for k in range(len(rows))]
    for style, at in (("grid", kept), ("axis", [0.0])):
        for mark in at:
            for start, end in lanes if slim else [(top - 8, bottom)]:
                c.line(px(mark), start, px(mark), end, style)
    for mark in kept:
        c.text(px(mark), bottom + 17, _signed(mark), "tm s", "middle")
    for k, r in enumerate(rows):
        y = top + step * k
        middle = y + (30 if slim else 15)
        room = c.width - last - 8 if slim else left - pad - 12
        c.text(0, y + (13 if slim else 19.5), fit(r.label, room), "t halo")
        c.text(c.width, y + (13 if slim else 19.5), _signed(r.gain, plus=True), "tb halo", "end")
        _dumbbell(c, r, middle, [px(v) for v in (r.before, r.after, *_span(r))])
        if r.low is not None and r.high is not None:
            c.add(
                "path",
                class_="whisk",
                d=f"M{number_text(px(r.low))} {number_text(middle)}H{number_text(px(r.high))}",
            )
            c.add("circle", cx=px(r.after), cy=middle, r=5.5, class_="d1")
    c.height = bottom + 24


def _dumbbell(c: Canvas, r: Change, y: float, at: Sequence[float]) -> None:
    """Add one row's line, dots and numbers; the numbers stand outside of all that is drawn."""
    before, after, least, most = at
    c.line(before, y, after, y, "stem")
    c.add("circle", cx=before, cy=y, r=5.5, class_="open")
    c.add("circle", cx=after, cy=y, r=5.5, class_="d1")
    rises = r.after >= r.before
    first, second = (least, most) if rises else (most, least)
    for x, value, style, late in (
        (first, r.before, "t halo", not rises),
        (second, r.after, "tb halo", rises),
    ):
        if style == "t halo" and r.before == r.after:
            continue  # one place, one number
        c.text(
            x + (10 if late else -10), y + 4.5, _signed(value), style, "start" if late else "end"
        )


def _heads(c: Canvas, names: tuple[str, str], x: float, solid: str) -> None:
    """Say on the first line what the open and the filled dot are."""
    x = 0.0 if c.width < 500 else x
    room = (c.width - x - 70) / 2 - 30
    for name, style in zip(names, ("open", solid), strict=True):
        c.add("circle", cx=x + 6, cy=8.5, r=5.5, class_=style)
        text = fit(name, room)
        c.text(x + 17, 13, text)
        x += 17 + len(text) * CHARACTER + 18


def measures_side_by_side(s: SideBySide, wide: float = WIDE) -> Chart | None:
    """Draw two sides' values of several measures under each scenario, each on a scale of its own.

    A scenario without a value is said to have none.

    Returns:
        The chart, or None if there is nothing to draw.

    Example:
        >>> rows = (Pair("Surplus share", "percent", {"2021": (38.0, 62.0)}),)
        >>> measures_side_by_side(SideBySide(rows, "Bargaining", ("Russia", "China"))).rows
        (('Surplus share (percent)', '2021', '38', '62'),)
    """
    rows, title, sides = s.rows, s.title, s.sides
    scenarios = list(dict.fromkeys(x for r in rows for x in r.values))
    shown = [r for r in rows if any(_known(r, x) for x in scenarios)]
    if not shown:
        return None
    cells = [(r, x, _known(r, x)) for r in shown for x in scenarios]
    label = f"{title}: " + "; ".join(
        f"{r.label}, {x}: {sides[0]} {_signed(v[0])}, {sides[1]} {_signed(v[1])}"
        for r, x, v in cells
        if v
    )

    def draw(width: float) -> str:
        c = Canvas(width, 0.0)
        _columns(c, shown, scenarios, sides)
        return described(c.svg(title, "n" if width == NARROW else "w"), title, label)

    table = tuple(
        (
            f"{r.label} ({r.unit})" if r.unit else r.label,
            x,
            *((_signed(v[0]), _signed(v[1])) if v else ("no value", "no value")),
        )
        for r, x, v in cells
    )
    own = "each measure on its own scale; the upright tick is zero"
    subtitle = "; ".join(filter(None, (own, s.note)))
    head = ("measure", "scenario", *sides)
    return Chart(title, subtitle, s.source, draw(wide), draw(NARROW), label, head, table)


def _known(r: Pair, scenario: str) -> tuple[float, float] | None:
    """Return a measure's pair under a scenario if both are numbers."""
    pair = r.values.get(scenario)
    return pair if pair is not None and all(map(math.isfinite, pair)) else None


def _columns(
    c: Canvas, rows: Sequence[Pair], scenarios: Sequence[str], sides: tuple[str, str]
) -> None:
    """Lay names left, tracks in the middle and the numbers right; on a phone names go above."""
    slim = c.width < 500
    pairs = [v for r in rows for s in scenarios if (v := _known(r, s))]
    heads = [fit(name, 84.0 if slim else 150.0) for name in sides]
    column = [
        max(
            52.0,
            max(len(_signed(v[k])) for v in pairs) * CHARACTER * 1.1 + 16,
            len(heads[k]) * CHARACTER * 1.1 + 28,
        )
        for k in (0, 1)
    ]
    names = 0.0 if slim else min(max(len(r.label) for r in rows) * CHARACTER * 1.06, 210.0) + 20
    longest = (max(map(len, scenarios)) + 1) * CHARACTER
    above = slim and longest > 70
    room = c.width if above else min(longest, max(190.0, 0.26 * c.width))
    step, drop = (38.0, 27.0) if above else (25.0, 13.0)
    track = 8.0 if above else names + room + 14
    ends = (c.width - column[1], c.width)
    right = ends[0] - column[0] - 10
    for k, (text, style) in enumerate(zip(heads, ("l1", "l2"), strict=True)):
        _mark(c, k, ends[k] - len(text) * CHARACTER * 1.1 - 12, 8.5)
        c.text(ends[k], 13, text, style, "end")
    y = 24.0
    for r in rows:
        c.line(0, y, c.width, y, "grid")
        words = [(t, "tb") for t in lines_of(r.label, (c.width if slim else names - 16) / 1.06, 3)]
        words += [(fit(r.unit, c.width if slim else names - 16), "tm")] if r.unit else []
        for k, (text, style) in enumerate(words):
            c.text(0, y + 19 + 16 * k, text, style)
        top = y + 16 * len(words) + 8 if slim else y + 2
        for k, scenario in enumerate(scenarios):
            line = top + step * k
            c.text(names, line + (15 if above else drop + 4.5), fit(scenario, room))
            _pair_of_dots(c, r, scenario, (track, right), line + drop, ends)
        y = max(top + step * len(scenarios) + 6, y + 16 * len(words) + 14)
    c.height = y + 2


def _pair_of_dots(c: Canvas, r: Pair, scenario: str, track: Point, y: float, ends: Point) -> None:
    """Add one scenario's track, from the least to the most of its measure or zero, and its dots."""
    left, right = track
    pair = _known(r, scenario)
    if pair is None:
        c.text(left, y + 4.5, "no value", "tm")
        return
    every = [0.0, *(v for s in r.values for v in _known(r, s) or ())]
    per = (right - left) / ((max(every) - min(every)) or 1.0)
    zero = left - min(every) * per
    c.line(left, y, right, y, "stem")
    c.line(zero, y - 6, zero, y + 6, "lead")
    for k in (1, 0):
        _mark(c, k, zero + pair[k] * per, y)
        c.text(ends[k], y + 4.5, _signed(pair[k]), f"l{k + 1}", "end")


def _mark(c: Canvas, side: int, x: float, y: float) -> None:
    """Add a side's dot: the first is small and filled, the second a ring that it fits into."""
    if side == 0:
        c.add("circle", cx=x, cy=y, r=4.6, class_="d1")
    else:
        c.add("circle", cx=x, cy=y, r=6.5, class_="open o2")
