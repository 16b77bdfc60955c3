"""Bars: a ranking, parts of one question on several measures, and figures that add up."""

from __future__ import annotations

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
    fit,
    handy,
    lines_of,
    once,
    ticks,
    twice,
)
from multipolar.text.phrases import number, quantity

ROW = 26.0


def ranking(
    rows: Sequence[tuple[str, float]],
    subject: str,
    *,
    title: str,
    unit: str,
    source: str,
    most: int = 8,
    firsts: Sequence[tuple[str, str]] = (),
    code: str = "",
    needed: tuple[str, float] | None = None,
    wide: float = WIDE,
) -> Chart:
    """Draw the largest of a field as bars, the subject marked, and who was first in each year.

    Args:
        rows: (name, value), in the order of their places.
        subject: the name the claim is about.
        title: what is shown.
        unit: unit of the values.
        source: source line.
        most: bars to draw; the subject is always among them.
        firsts: (year, code) of the first place over time.
        code: the subject's code.
        needed: words and value of the place the claim needs, where the subject is not there.
        wide: width of the wide drawing.
    """
    size, unit = handy([v for _, v in rows], unit)
    rows = [(name, v / size) for name, v in rows]
    shown = list(rows[:most])
    places = {name: k for k, (name, _) in enumerate(rows, 1)}
    if subject in places and subject not in dict(shown):
        shown[-1] = next(r for r in rows if r[0] == subject)
    high = max(0.0, *(v for _, v in shown))
    low = min(0.0, *(v for _, v in shown))
    range_ = (high - low) or 1.0
    bottom = 4 + len(shown) * ROW
    foot = (22.0 if needed else 0.0) + (66.0 if firsts else 0.0)

    def draw(c: Canvas, narrow: bool) -> None:
        room = CHARACTER * 1.08 * max(len(n) for n, _ in shown)
        left = 24 + min(room, 96.0 if narrow else 150.0) + 8
        width = c.width - left - 62

        def px(value: float) -> float:
            return left + (value - low) / range_ * width

        for k, (name, value) in enumerate(shown):
            y = 4 + k * ROW
            own = name == subject
            c.text(18, y + 17, f"{places[name]}", "tm", "end")
            c.text(26, y + 17, fit(name, left - 26), "tb" if own else "t")
            c.add(
                "rect",
                x=min(px(0), px(value)),
                y=y + 4,
                width=max(abs(px(value) - px(0)), 1.0),
                height=ROW - 8,
                class_="f1" if own else "f3",
            )
            end = max(px(value), px(0))
            if needed is not None and end <= px(needed[1] / size) < end + 48:
                end = px(needed[1] / size)  # the figure clears the dashed line
            c.text(end + 6, y + 17, number(value), "tb halo" if own else "t halo")
        if needed is not None:
            x = px(needed[1] / size)
            c.line(x, 0, x, bottom + 6, "claimline")
            words = f"{needed[0]}: {number(needed[1] / size)}"
            over = x + len(words) * CHARACTER / 2 > c.width
            c.text(
                c.width if over else x, bottom + 20, words, "claimt", "end" if over else "middle"
            )
        if firsts:
            _firsts(c, firsts, code, bottom + (22 if needed else 0) + 8)

    label = f"{title}: " + ", ".join(f"{n} {number(v)}" for n, v in shown[:5])
    wide_, narrow = twice(draw, label, bottom + 4 + foot, wide=wide)
    table = tuple((str(places[n]), n, number(v)) for n, v in shown)
    return Chart(title, unit, source, wide_, narrow, label, ("place", "name", unit), table)


def bands(
    rows: Sequence[tuple[str, float, float, float, bool]],
    *,
    title: str,
    unit: str,
    source: str,
    note: str = "",
) -> Chart:
    """Draw changes as bars from zero, each with the band that its draws span.

    Args:
        rows: (name, value, low, high, marked), in the order of the page.
        title: what changes.
        unit: unit of the values.
        source: source line.
        note: what a bar's line stands for.
    """
    low = min(0.0, *(min(v, a) for _, v, a, _, _ in rows))
    high = max(0.0, *(max(v, b) for _, v, _, b, _ in rows))
    marks = ticks(low, high, 4)
    low, high = marks[0], marks[-1]
    bottom = 8 + len(rows) * ROW

    def draw(c: Canvas, narrow: bool) -> None:
        room = CHARACTER * 1.08 * max(len(n) for n, *_ in rows)
        left = min(room, 104.0 if narrow else 150.0) + 12
        width = c.width - left - 58

        def px(value: float) -> float:
            return left + (value - low) / (high - low) * width

        for mark in marks if not narrow else marks[:: max(1, len(marks) // 3)]:
            c.line(px(mark), 4, px(mark), bottom, "grid")
            c.text(px(mark), bottom + 16, _signed(mark), "tm s", "middle")
        for k, (name, value, least, most, own) in enumerate(rows):
            y = 4 + k * ROW
            c.text(0, y + 17, fit(name, left - 8), "tb" if own else "t")
            c.add(
                "rect",
                x=min(px(0), px(value)),
                y=y + 5,
                width=max(abs(px(value) - px(0)), 1.0),
                height=ROW - 10,
                class_="f1" if own else "f3",
            )
            c.line(px(least), y + ROW / 2, px(most), y + ROW / 2, "whisk")
            c.text(c.width, y + 17, _signed(value), "tb" if own else "t", "end")
        c.line(px(0), 4, px(0), bottom, "axis")

    label = f"{title}: " + ", ".join(f"{n} {number(v)}" for n, v, *_ in rows[:5])
    drawn = once(draw, label, bottom + 24)
    table = tuple((n, *map(_signed, (v, a, b))) for n, v, a, b, _ in rows)
    subtitle = "; ".join(filter(None, (unit, note)))
    head = ("name", unit, "low", "high")
    return Chart(title, subtitle, source, drawn, "", label, head, table)


def _signed(value: float) -> str:
    return number(value, 2).replace("-", "−")


def _firsts(c: Canvas, firsts: Sequence[tuple[str, str]], code: str, y: float) -> None:
    c.text(0, y + 11, "First in each year", "tm")
    shown = list(firsts)[-int(c.width // 34) :]
    width = min(c.width / len(shown), 80.0)
    for k, (year, name) in enumerate(shown):
        own = name == code
        c.add(
            "rect",
            x=k * width + 1,
            y=y + 19,
            width=width - 2,
            height=20.0,
            rx=2,
            class_="f1" if own else "tile",
        )
        middle = (k + 0.5) * width
        c.text(middle, y + 33.5, fit(name, width), "tinv" if own else "s", "middle")
        c.text(middle, y + 53, f"’{year[-2:]}" if width < 40 else year, "tm s", "middle")


def measures(
    rows: Sequence[tuple[str, float, float, str, bool | None]],
    *,
    title: str,
    source: str,
    wide: float = WIDE,
) -> Chart:
    """Draw the same question on several measures: each value as a share of what it needs.

    Args:
        rows: (label, value, needed, unit, passed); None where it is too close to call.
        title: what is shown.
        source: source line.
        wide: width of the wide drawing.
    """
    ratios = [v / t for _, v, t, _, _ in rows]
    marks = ticks(min(0.0, *ratios), max(1.2, min(max(ratios), 4.0)), 4)

    def rows_of(width: float) -> list[tuple[float, list[str]]]:
        out, y = [], 4.0
        for name, *_ in rows:
            words = lines_of(name, width, 2)
            out.append((y, words))
            y += 31.0 + 15 * len(words)
        return [*out, (y, [])]

    def draw(c: Canvas, narrow: bool) -> None:
        left, width = 8.0, c.width - 90

        def px(ratio: float) -> float:
            low, high = marks[0], marks[-1]
            return left + (min(max(ratio, low), high) - low) / (high - low) * width

        placed = rows_of(c.width)
        for (_, value, _, unit, passed), ratio, (top, words) in zip(
            rows, ratios, placed[:-1], strict=True
        ):
            for k, text in enumerate(words):
                c.text(0, top + 12 + 15 * k, text)
            y = top + 13 + 15 * len(words)
            c.line(px(0), y, px(ratio), y, "stem")
            c.line(px(1), y - 10, px(1), y + 10, "claimline")
            c.add("circle", cx=px(ratio), cy=y, r=6, class_=DOTS[passed])
            far = " →" if ratio > marks[-1] else ""
            c.text(px(ratio) + 12, y + 4.5, quantity(value, unit) + far, "tb halo")
        bounds = {(t, u) for _, _, t, u, _ in rows}
        needed = f"needed: {quantity(*bounds.pop())}" if len(bounds) == 1 else "needed"
        c.text(px(1), placed[-1][0] + 9, needed, "claimt", "middle")

    label = f"{title}: " + "; ".join(f"{n} {quantity(v, u)}" for n, v, _, u, _ in rows)
    wide_, narrow = twice(draw, label, 14 + rows_of(wide)[-1][0], 14 + rows_of(NARROW)[-1][0], wide)
    table = tuple((n, quantity(v, u), quantity(t, u)) for n, v, t, u, _ in rows)
    subtitle = f"Each measure against what the claim needs of it; {dots_mean(r[4] for r in rows)}"
    head = ("measure", "value", "needs")
    return Chart(title, subtitle, source, wide_, narrow, label, head, table)


def field(
    rows: Sequence[tuple[str, float]],
    subject: str,
    *,
    title: str,
    unit: str,
    source: str,
    threshold: float | None = None,
    needs: str = "",
    also: Sequence[str] = (),
    wide: float = WIDE,
) -> Chart:
    """Draw how many of a field have which value, and where the subject stands.

    Args:
        rows: (name, value).
        subject: the name the claim is about.
        title: what is shown.
        unit: unit of the values.
        source: source line.
        threshold: the claim's number.
        needs: what the claim needs, in words.
        also: further names to mark.
        wide: width of the wide drawing.
    """
    size, unit = handy([v for _, v in rows], unit)
    rows = [(n, v / size) for n, v in rows]
    values = dict(rows)
    bound = None if threshold is None else threshold / size
    ends = [*values.values(), *([bound] if bound is not None else [])]
    marks = ticks(min(ends), max(ends), 5)
    low, high, bins = marks[0], marks[-1], 25
    counts = [0] * bins
    for _, v in rows:
        counts[min(int((v - low) / (high - low) * bins), bins - 1)] += 1
    own = min(int((values[subject] - low) / (high - low) * bins), bins - 1)
    named = [subject, *(n for n in also if n in values and n != subject)]

    def draw(c: Canvas, narrow: bool) -> None:
        top, plot, left = 74.0, 120.0, 4.0
        width = c.width - 8

        def px(value: float) -> float:
            return left + (value - low) / (high - low) * width

        for k, n in enumerate(counts):
            h = n / max(counts) * plot
            c.add(
                "rect",
                x=left + k * width / bins + 1,
                y=top + plot - h,
                width=width / bins - 2,
                height=max(h, 0.5),
                class_="f1" if k == own else "f3",
            )
        peak = counts.index(max(counts))
        side = "start" if peak < bins * 0.2 else "end" if peak > bins * 0.8 else "middle"
        where = {"start": 0.0, "middle": 0.5, "end": 1.0}[side] + peak
        c.text(left + where * width / bins, top - 5, f"{max(counts)} states", "tm halo", side)
        c.line(left, top + plot, left + width, top + plot, "axis")
        for mark in marks:
            edge = "start" if mark == low else "end" if mark == high else "middle"
            c.text(px(mark), top + plot + 18, number(mark), "tm", edge)
        for k, name in enumerate(named):
            x, y = px(values[name]), 12.0 + 16 * min(k, 2)
            right = x > c.width / 2
            c.line(x, y + 4, x, top + plot, "lead")
            c.text(
                x + (-5 if right else 5),
                y + 4,
                f"{fit(name, 150)} {number(values[name])}",
                "l1" if k == 0 else "t halo",
                "end" if right else "start",
            )
        if bound is not None:
            x = px(bound)
            right = x > c.width / 2
            c.line(x, 42, x, top + plot, "claimline")
            words = f"needs {needs}"
            if not needs or len(words) * CHARACTER > max(x, c.width - x) - 8:
                words = f"needed: {number(bound)}"
            c.text(x + (-5 if right else 5), 52, words, "claimt", "end" if right else "start")

    place = sum(v > values[subject] for _, v in rows) + 1
    label = f"{title}: {subject} {number(values[subject])}, place {place} of {len(rows)}"
    wide_, narrow = twice(draw, label, 218, wide=wide)
    table = tuple((n, number(v)) for n, v in sorted(rows, key=lambda r: -r[1]))
    subtitle = f"{unit or 'ratio'}; height: number of states of {len(rows)}"
    return Chart(title, subtitle, source, wide_, narrow, label, ("state", unit), table)


@dataclass(frozen=True)
class Piece:
    """One figure in a sum; ``stated`` if a claim states it, else it is on record."""

    label: str
    value: float
    stated: bool = False
    pieces: tuple[Piece, ...] = ()


def total(whole: Piece, *, title: str, unit: str, source: str, wide: float = WIDE) -> Chart:
    """Draw a figure over the figures that add up to it, and those over theirs.

    What claims state is drawn as dashed boxes, what is on record as filled bars.
    """
    levels: list[list[tuple[float, Piece]]] = []

    def lay(piece: Piece, start: float, level: int) -> None:
        while len(levels) <= level:
            levels.append([])
        levels[level].append((start, piece))
        for part in piece.pieces:
            lay(part, start, level + 1)
            start += part.value

    lay(whole, 0.0, 0)
    size = max(start + p.value for row in levels for start, p in row) or 1.0

    def draw(c: Canvas, narrow: bool) -> None:
        y = 2.0
        for row in levels:
            y = _layer(c, row, size, y)

    heights = [_depth(levels, size, w) for w in (wide, NARROW)]
    says = " ".join(_equation(p, unit) for row in levels for _, p in row if p.pieces)
    wide_, narrow = twice(draw, says, heights[0], heights[1], wide)
    every = [p for row in levels for _, p in row]
    rows = tuple(
        (p.label, quantity(p.value, unit), "claim" if p.stated else "record") for p in every
    )
    subtitle = f"{unit}; dashed: what claims state, filled: what is on record"
    head = ("figure", unit, "from")
    return Chart(title, subtitle, source, wide_, narrow, says, head, rows)


def _equation(piece: Piece, unit: str) -> str:
    terms = " + ".join(number(p.value) for p in piece.pieces)
    return f"{quantity(piece.value, unit)} = {terms}."


def _labels(row: Sequence[tuple[float, Piece]], size: float, width: float) -> list[list[str]]:
    """Lines under each piece; the label of a piece too small for it runs to the right or left."""
    scale = (width - 4) / size
    return [lines_of(p.label, max(p.value * scale - 8, 150.0), 4) for _, p in row]


def _depth(levels: Sequence[Sequence[tuple[float, Piece]]], size: float, width: float) -> float:
    return 2 + sum(_height(row, size, width) for row in levels)


def _height(row: Sequence[tuple[float, Piece]], size: float, width: float) -> float:
    labels = _labels(row, size, width)
    lows = [_lowered(row, k, size, width) for k in range(len(row))]
    return 34 + max(15.0 * (len(t) + low) for t, low in zip(labels, lows, strict=True)) + 20


def _lowered(row: Sequence[tuple[float, Piece]], k: int, size: float, width: float) -> int:
    """Lines by which the label of a small last piece is moved down, below its neighbour's."""
    scale = (width - 4) / size
    if k == 0 or row[k][1].value * scale >= 150:
        return 0
    return len(_labels(row, size, width)[k - 1])


def _layer(c: Canvas, row: Sequence[tuple[float, Piece]], size: float, y: float) -> float:
    scale = (c.width - 4) / size
    labels = _labels(row, size, c.width)
    for k, ((start, piece), lines) in enumerate(zip(row, labels, strict=True)):
        x, w = 2 + start * scale, max(piece.value * scale, 3.0)
        inset = 0.0 if k == len(row) - 1 else 3.0
        style = "claimbox" if piece.stated else "f1" if k % 2 == 0 else "f2"
        c.add("rect", x=x, y=y, width=max(w - inset, 1.0), height=32.0, class_=style)
        ink = "claimt" if piece.stated else "tinv" if k % 2 == 0 else "tb"
        if w > 20:
            c.text(x + 9, y + 21, number(piece.value), ink)
        low = _lowered(row, k, size, c.width)
        ends = x + max(len(t) for t in lines) * CHARACTER > c.width
        for n, text in enumerate(lines):
            where = c.width - 2 if ends else x + 1
            c.text(where, y + 48 + 15 * (n + low), text, "t", "end" if ends else "start")
    return y + _height(row, size, c.width)
