"""Draws: where the answer turns, and how many pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from multipolar.claims.phrases import number
from multipolar.claims.result import Pivot
from multipolar.dossier.charts.svg import Canvas, Chart, ticks, twice

MOST_DOTS = 300


def draws(
    values: Sequence[float],
    passes: Sequence[bool],
    parameters: Mapping[str, Sequence[float]],
    pivot: Pivot | None,
    *,
    title: str,
    unit: str,
    threshold: float | None,
    source: str,
) -> Chart:
    """Draw the value of each draw against the parameter that matters most, and the share passing.

    Filled dots pass, open ones fail; the pivot is an upright line; below, the share on the ruler
    whose ends are fails (10% or less) and holds (90% or more).
    """
    name = pivot.parameter if pivot and pivot.parameter in parameters else next(iter(parameters))
    xs = list(parameters[name])
    share = sum(passes) / len(passes)
    step = max(1, len(values) // MOST_DOTS)
    picked = range(0, len(values), step)
    bounds = [*values, *([threshold] if threshold is not None else [])]
    marks_y, marks_x = ticks(min(bounds), max(bounds), 4), ticks(min(xs), max(xs), 5)

    def draw(c: Canvas, narrow: bool) -> None:
        left, top, plot = 44.0, 22.0, 190.0
        width = c.width - left - 8

        def px(v: float) -> float:
            return left + (v - marks_x[0]) / (marks_x[-1] - marks_x[0]) * width

        def py(v: float) -> float:
            return top + (marks_y[-1] - v) / (marks_y[-1] - marks_y[0]) * plot

        for mark in marks_y:
            c.line(left, py(mark), left + width, py(mark), "grid")
            c.text(left - 6, py(mark) + 4, number(mark), "tm", "end")
        for mark in marks_x[:: 2 if narrow else 1]:
            c.text(px(mark), top + plot + 16, number(mark), "tm", "middle")
        for k in picked:
            style = "dp" if passes[k] else "dfp"
            c.add("circle", cx=px(xs[k]), cy=py(values[k]), r=3, class_=style)
        if threshold is not None:
            c.line(left, py(threshold), left + width, py(threshold), "claimline")
        if pivot is not None and isinstance(pivot.at, float):
            c.line(px(pivot.at), top - 6, px(pivot.at), top + plot, "pivotline")
            c.text(px(pivot.at), top - 9, f"pivot {number(pivot.at)}", "pivt", "middle")
        c.text(left + width, top + plot + 34, name, "tm", "end")
        _ruler(c, share, left, width, top + plot + 62)

    label = f"{title}: {share:.0%} of {len(passes)} draws pass"
    wide, narrow = twice(draw, label, 326)
    note = f"One cut of it sorts {pivot.accuracy:.0%} of the draws." if pivot else ""
    subtitle = f"{unit}; a dot a draw: filled passes, open fails"
    return Chart(title, subtitle, f"{source} {note}".strip(),
                 wide, narrow, label)  # fmt: skip


def _ruler(c: Canvas, share: float, left: float, width: float, y: float) -> None:
    for style, a, b, word in (
        ("rf", 0.0, 0.1, "fails"), ("rd", 0.1, 0.9, "depends"), ("rh", 0.9, 1.0, "holds"),
    ):  # fmt: skip
        c.add("rect", x=left + a * width, y=y, width=(b - a) * width - 1, height=8.0, class_=style)
        c.text(left + (a + b) / 2 * width, y + 24, word, "tm", "middle")
    x = left + share * width
    c.line(x, y - 6, x, y + 12, "mkl")
    anchor = "start" if share < 0.15 else "end" if share > 0.85 else "middle"
    c.text(x, y - 10, f"{share:.0%} of draws pass", "tb", anchor)


def strip(value: float, threshold: float, passes_above: bool) -> str:
    """Draw a row's strip: the dashed tick is the claim's number, the dot the value.

    The thick part is where the claim passes.
    """
    low, high = min(value, threshold), max(value, threshold)
    pad = max(high - low, abs(threshold) * 0.25, 1e-9) * 0.6
    low, high = low - pad, high + pad
    c = Canvas(120, 14)

    def px(v: float) -> float:
        return 4 + (v - low) / (high - low) * 112

    c.line(4, 7, 116, 7, "bx")
    edge = 116.0 if passes_above else 4.0
    c.line(px(threshold), 7, edge, 7, "bok")
    c.line(px(threshold), 1, px(threshold), 13, "bt")
    c.add("circle", cx=px(value), cy=7, r=4.5, class_="bv")
    return (
        f'<svg class="bul" viewBox="0 0 120 14" width="120" height="14" aria-hidden="true">'
        f"{''.join(c.parts)}</svg>"
    )
