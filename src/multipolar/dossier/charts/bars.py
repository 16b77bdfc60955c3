"""Bars: a ranking, parts of one question on several measures, and figures that add up."""

from __future__ import annotations

from collections.abc import Sequence

from multipolar.claims.phrases import number, quantity
from multipolar.dossier.charts.svg import Canvas, Chart, short, ticks, twice

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
) -> Chart:
    """Draw the largest of a field as bars, the subject marked, and who was first in each year.

    Args:
        rows: (name, value), largest first.
        subject: the name the claim is about.
        title: what is shown.
        unit: unit of the values.
        source: source line.
        most: bars to draw; the subject is always among them.
        firsts: (year, code) of the first place over time.
        code: the subject's code.
    """
    shown = list(rows[:most])
    places = {name: k for k, (name, _) in enumerate(rows, 1)}
    if subject in places and subject not in dict(shown):
        shown[-1] = next(r for r in rows if r[0] == subject)
    top_value = max(max((v for _, v in shown), default=0.0), 1e-12)
    low_value = min(min((v for _, v in shown), default=0.0), 0.0)
    strip = 64.0 if firsts else 0.0

    def draw(c: Canvas, narrow: bool) -> None:
        left = 104.0 if narrow else 150.0
        width = c.width - left - 64
        zero = left + -low_value / (top_value - low_value) * width
        for k, (name, value) in enumerate(shown):
            y = 4 + k * ROW
            own = name == subject
            end = left + (value - low_value) / (top_value - low_value) * width
            c.text(0, y + 15, f"{places[name]}", "tm")
            c.text(20, y + 15, short(name, 12 if narrow else 18), "tb" if own else "t")
            c.add("rect", x=min(zero, end), y=y + 3, width=max(abs(end - zero), 1.0),
                  height=ROW - 10, class_="f1" if own else "f3")  # fmt: skip
            c.text(max(end, zero) + 6, y + 15, number(value), "tb" if own else "t")
        if firsts:
            c.text(0, 4 + len(shown) * ROW + 18, "First by year", "tm")
            _firsts(c, firsts[-(6 if narrow else 12) :], code, 4 + len(shown) * ROW + 26)

    label = f"{title}: " + ", ".join(f"{n} {number(v)}" for n, v in shown[:5])
    wide, narrow = twice(draw, label, 8 + len(shown) * ROW + strip)
    table = tuple((str(places[n]), n, number(v)) for n, v in shown)
    return Chart(title, unit, source, wide, narrow, label, ("place", "name", unit), table)


def _firsts(c: Canvas, firsts: Sequence[tuple[str, str]], code: str, y: float) -> None:
    width = c.width / len(firsts)
    for k, (year, name) in enumerate(firsts):
        own = name == code
        c.add("rect", x=k * width + 1, y=y, width=width - 2, height=18.0, rx=2,
              class_="f1" if own else "tile")  # fmt: skip
        room = int(width / 7.5)
        c.text((k + 0.5) * width, y + 13.5, short(name, room), "tinv" if own else "s", "middle")
        c.text((k + 0.5) * width, y + 32, year, "tm s", "middle")


def measures(
    rows: Sequence[tuple[str, float, float, str, bool]], *, title: str, source: str
) -> Chart:
    """Draw the same question on several measures: each value as a share of what it needs.

    Args:
        rows: (label, value, needed, unit, passed).
        title: what is shown.
        source: source line.
    """
    ratios = [v / t for _, v, t, _, _ in rows]
    marks = ticks(min(0.0, *ratios), max(1.2, min(max(ratios), 4.0)), 4)

    def draw(c: Canvas, narrow: bool) -> None:
        left, width = 6.0, c.width - 60

        def px(ratio: float) -> float:
            low, high = marks[0], marks[-1]
            return left + (min(max(ratio, low), high) - low) / (high - low) * width

        bottom = 4 + len(rows) * 42.0
        c.line(px(1), 0, px(1), bottom, "claimline")
        for k, ((name, value, _, unit, passed), ratio) in enumerate(zip(rows, ratios, strict=True)):
            y = 4 + k * 42.0
            c.text(left, y + 12, short(name, 40 if narrow else 90), "t halo")
            c.line(px(0), y + 27, px(ratio), y + 27, "stem")
            c.add("circle", cx=px(ratio), cy=y + 27, r=6, class_="d1" if passed else "open")
            c.text(px(ratio) + 12, y + 31, quantity(value, unit), "tb halo")
        c.text(px(1), bottom + 14, "needed", "claimt", "middle")

    label = f"{title}: " + "; ".join(f"{n} {quantity(v, u)}" for n, v, _, u, _ in rows)
    wide, narrow = twice(draw, label, 24 + len(rows) * 42.0)
    table = tuple((n, quantity(v, u), quantity(t, u)) for n, v, t, u, _ in rows)
    subtitle = "each against what the claim needs; filled passes, open does not"
    return Chart(title, subtitle, source, wide, narrow, label, ("measure", "value", "needs"), table)


def total(
    whole: tuple[str, float],
    parts: Sequence[tuple[str, float]],
    *,
    title: str,
    unit: str,
    source: str,
) -> Chart:
    """Draw a figure and the figures that add up to it."""
    size = max(whole[1], sum(v for _, v in parts))

    def draw(c: Canvas, narrow: bool) -> None:
        left, width = 2.0, c.width - 4
        c.add("rect", x=left, y=18.0, width=whole[1] / size * width, height=34.0, class_="claimbox")
        c.text(left, 12, short(whole[0], 46 if narrow else 100), "t")
        c.text(left + 10, 40, quantity(whole[1], unit), "claimt")
        x = left
        for k, (name, value) in enumerate(parts):
            w = value / size * width
            c.add("rect", x=x, y=66.0, width=max(w - 2, 1.0), height=34.0, class_=f"p{k % 3}")
            if w > 34:  # a narrower part has its figure in the list below alone
                c.text(x + 10, 88, number(value), "tinv" if k % 3 == 0 else "tb")
            c.text(left + (12 if narrow else 0), 122.0 + 17 * k, f"{number(value)}: "
                   + short(name, 44 if narrow else 100), "t")  # fmt: skip
            x += w

    says = f"{quantity(whole[1], unit)} = {' + '.join(number(v) for _, v in parts)}"
    wide, narrow = twice(draw, says, 112 + 17.0 * len(parts))
    table = (whole, *parts)
    rows = tuple((n, quantity(v, unit)) for n, v in table)
    return Chart(title, unit, source, wide, narrow, says, ("figure", unit), rows)
