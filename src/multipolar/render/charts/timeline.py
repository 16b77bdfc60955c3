"""What was said and done, in the order of time: one row for each piece of a test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from multipolar.render.charts.svg import (
    CHARACTER,
    DOTS,
    NARROW,
    WIDE,
    Canvas,
    Chart,
    dots_mean,
    lines_of,
    twice,
)
from multipolar.text.dates import span
from multipolar.text.phrases import long_date

LINE, GAP = 15.0, 29.0
LEFT, RIGHT = 8.0, 16.0
FEW_YEARS = 9  # up to which every year is named


@dataclass(frozen=True, slots=True)
class Event:
    """One piece: what it is, its day, month or year, what was found, and whether it passes.

    ``passed`` is None where that is too close to call.
    """

    label: str
    date: str
    found: str
    passed: bool | None


def timeline(
    events: Sequence[Event],
    *,
    title: str,
    source: str,
    mark: str = "",
    mark_name: str = "",
    wide: float = WIDE,
) -> Chart:
    """Draw events on one axis of time, the earliest first.

    Args:
        events: at least one.
        title: what is shown.
        source: source line.
        mark: a date to draw a line at.
        mark_name: what it is.
        wide: width of the wide drawing.
    """
    ordered = sorted(events, key=lambda e: (_day(e.date), e.label))
    days = [_day(e.date) for e in ordered] + ([_day(mark)] if mark else [])
    first = dt.date.fromordinal(min(days)).year
    last = dt.date.fromordinal(max(days)).year + 1
    low, high = dt.date(first, 1, 1).toordinal(), dt.date(last, 1, 1).toordinal()

    def rows_of(width: float) -> list[tuple[float, list[str]]]:
        out, y = [], 4.0
        for e in ordered:
            words = lines_of(e.label, width, 2)
            out.append((y, words))
            y += GAP + LINE * len(words)
        return [*out, (y, [])]

    def draw(c: Canvas, narrow: bool) -> None:
        width = c.width - LEFT - RIGHT

        def px(day: float) -> float:
            return LEFT + (day - low) / (high - low) * width

        placed = rows_of(c.width)
        bottom = placed[-1][0]
        if mark:
            c.line(px(_day(mark)), 2, px(_day(mark)), bottom + 2, "claimline")
        for e, (top, words) in zip(ordered, placed[:-1], strict=True):
            for k, text in enumerate(words):
                c.text(0, top + 12 + LINE * k, text, "t halo")
            y, x = top + 13 + LINE * len(words), px(_day(e.date))
            c.line(px(low), y, px(high), y, "stem")
            c.add("circle", cx=x, cy=y, r=6, class_=DOTS[e.passed])
            text = f"{e.found}, {_said(e.date)}"
            after = x + 12 + len(text) * CHARACTER <= c.width or x < c.width / 2
            c.text(
                x + (12 if after else -12), y + 4.5, text, "tb halo", "start" if after else "end"
            )
        c.line(px(low), bottom + 4, px(high), bottom + 4, "axis")
        step = 1 if last - first <= (FEW_YEARS if not narrow else 5) else (last - first) // 4
        for year in range(first, last, step):
            c.text(px(dt.date(year, 1, 1).toordinal()), bottom + 20, str(year))
        if mark and mark_name:
            x = px(_day(mark))
            anchor = "end" if x > c.width * 0.7 else "start" if x < c.width * 0.3 else "middle"
            c.text(x, bottom + 37, mark_name, "claimt", anchor)

    label = f"{title}: " + "; ".join(f"{e.label}: {e.found}, {_said(e.date)}" for e in ordered)
    room = 46 if mark_name else 28
    heights = (room + rows_of(wide)[-1][0], room + rows_of(NARROW)[-1][0])
    wide_, narrow_ = twice(draw, label, *heights, wide)
    words = {True: "passes", False: "does not pass", None: "too close to call"}
    table = tuple((e.label, _said(e.date), e.found, words[e.passed]) for e in ordered)
    subtitle = f"Each piece of the test at its date; {dots_mean(e.passed for e in ordered)}"
    head = ("what", "date", "found", "part")
    return Chart(title, subtitle, source, wide_, narrow_, label, head, table)


def _day(date: str) -> int:
    """Return the day of a date; a month or a year alone stands at its middle.

    Example:
        >>> _day("2022") == _day("2022-07-01"), _day("2022-02") == _day("2022-02-15")
        (True, True)
    """
    first, last = span(date)
    length = (last - first).days
    middle = first.replace(month=7) if length > 31 else first.replace(day=15) if length else first
    return middle.toordinal()


def _said(date: str) -> str:
    return long_date(date)
