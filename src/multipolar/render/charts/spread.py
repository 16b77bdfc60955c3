"""Draws: where the answer turns, and how many pass; and the small strip of a claim's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from multipolar.pipeline.grading import FAILS_TO, HOLDS_FROM, MOSTLY_FROM, MOSTLY_TO
from multipolar.pipeline.result import Pivot
from multipolar.render.charts.svg import WIDE, Canvas, Chart, handy, lines_of, ticks, twice
from multipolar.text.phrases import number

MOST_DOTS = 160
_RULER = (
    ("rf", 0.0, FAILS_TO, "fails"),
    ("rmf", FAILS_TO, MOSTLY_TO, "mostly"),
    ("rd", MOSTLY_TO, MOSTLY_FROM, "split"),
    ("rmh", MOSTLY_FROM, HOLDS_FROM, "mostly"),
    ("rh", HOLDS_FROM, 1.0, "holds"),
)


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
    about: Mapping[str, str] | None = None,
    wide: float = WIDE,
) -> Chart:
    """Draw the value of each draw against the parameter that matters most, and the share passing.

    Filled dots pass, open ones fail; the pivot is an upright line; above, the share that passes in
    each fifth of the parameter's range; below, the share of all draws on the ruler of grades, whose
    ends are fails (10% or less) and holds (90% or more).
    """
    name = pivot.parameter if pivot and pivot.parameter in parameters else next(iter(parameters))
    xs = list(parameters[name])
    share = sum(passes) / len(passes)
    size, unit = handy([*values, threshold or 0.0], unit)
    ys = [v / size for v in values]
    bound = None if threshold is None else threshold / size
    step = max(1, -(-len(ys) // MOST_DOTS))
    picked = range(0, len(ys), step)
    bounds = [*ys, *([bound] if bound is not None else [])]
    marks_y, marks_x = ticks(min(bounds), max(bounds), 4), ticks(min(xs), max(xs), 5)
    told = pivot.description if pivot and pivot.description else (about or {}).get(name, name)
    axis = f"{told}{f', {pivot.unit}' if pivot and pivot.unit else ''}"

    def draw(c: Canvas, narrow: bool) -> None:
        left = 14 + max(len(number(m)) for m in marks_y) * 7.2
        top, plot = 46.0, 190.0
        width = c.width - left - 12

        def px(v: float) -> float:
            return left + (v - marks_x[0]) / (marks_x[-1] - marks_x[0]) * width

        def py(v: float) -> float:
            return top + (marks_y[-1] - v) / (marks_y[-1] - marks_y[0]) * plot

        for mark in marks_y:
            c.line(left, py(mark), left + width, py(mark), "grid")
            c.text(left - 6, py(mark) + 4.5, number(mark), "tm", "end")
        for mark in marks_x[:: 2 if narrow and len(marks_x) > 5 else 1]:
            c.text(px(mark), top + plot + 18, number(mark), "tm", "middle")
        c.text(left, 12, "share of draws that pass, by fifth of the range", "tm")
        for low, part in _steps(xs, passes):
            c.text(px(low), 29, f"{part:.0%}", "l1", "middle")
        for passed, style in ((False, "dfp"), (True, "dp")):
            points = [(px(xs[k]), py(ys[k])) for k in picked if passes[k] == passed]
            c.dots(points, style)
            if not passed:
                c.dots(points, "dfi")
        if bound is not None:
            c.line(left, py(bound), left + width, py(bound), "claimline")
        if pivot is not None and isinstance(pivot.at, float):
            x = px(min(max(pivot.at, marks_x[0]), marks_x[-1]))
            c.line(x, top - 8, x, top + plot, "pivotline")
            late = x > c.width - 110
            c.text(
                x + (-6 if late else 6),
                top + 4,
                f"pivot {number(pivot.at)}",
                "pivt",
                "end" if late else "start",
            )
        for k, text in enumerate(lines_of(axis, c.width - left)):
            c.text(left, top + plot + 37 + 15 * k, text, "tb")
        _ruler(c, share, left, width, top + plot + 86)

    label = f"{title}: {share:.0%} of {len(passes)} draws pass"
    wide_, narrow = twice(draw, label, 368, wide=wide)
    note = f"One cut of it sorts {pivot.accuracy:.0%} of the draws." if pivot else ""
    subtitle = f"{unit}; one dot a draw: filled passes, open fails; dashed: the claim’s number"
    rows = tuple((f"from {number(low)}", f"{part:.0%}") for low, part in _steps(xs, passes, 0.0))
    head = (axis, "share that passes")
    return Chart(
        title,
        subtitle.removeprefix("; "),
        f"{source} {note}".strip(),
        wide_,
        narrow,
        label,
        head,
        rows,
    )


def _steps(
    xs: Sequence[float], passes: Sequence[bool], middle: float = 0.5
) -> list[tuple[float, float]]:
    """The share passing in each fifth of the range, at the fifth's middle (or start)."""
    low, high = min(xs), max(xs)
    width = (high - low) / 5 or 1.0
    out = []
    for k in range(5):
        inside = [p for x, p in zip(xs, passes, strict=True) if min(int((x - low) / width), 4) == k]
        if inside:
            out.append((low + (k + middle) * width, sum(inside) / len(inside)))
    return out


def _ruler(c: Canvas, share: float, left: float, width: float, y: float) -> None:
    for style, a, b, grade in _RULER:
        c.add("rect", x=left + a * width, y=y, width=(b - a) * width - 1, height=9.0, class_=style)
        end = {"rf": 0.0, "rh": 1.0}.get(style, (a + b) / 2)
        anchor = {0.0: "start", 1.0: "end"}.get(end, "middle")
        c.text(left + end * width, y + 25, grade, "tm", anchor)
        if a:
            c.text(left + a * width, y + 41, f"{a:.0%}", "tm", "middle")
    x = left + share * width
    c.line(x, y - 7, x, y + 13, "mkl")
    anchor = "start" if share < 0.2 else "end" if share > 0.8 else "middle"
    c.text(x, y - 11, f"{share:.0%} of draws pass", "tb", anchor)


def strip(value: float, threshold: float, passes_above: bool) -> str:
    """Draw a row's strip: the dashed tick is the claim's number, the dot the value.

    The thick part is where the claim passes.
    """
    low, high = min(value, threshold), max(value, threshold)
    pad = max(high - low, abs(threshold) * 0.25, 1e-9) * 0.6
    low, high = low - pad, high + pad
    c = Canvas(120, 14)

    def px(v: float) -> float:
        return 4 + (v - low) / ((high - low) or 1.0) * 112

    c.line(4, 7, 116, 7, "bx")
    edge = 116.0 if passes_above else 4.0
    c.line(px(threshold), 7, edge, 7, "bok")
    c.line(px(threshold), 1, px(threshold), 13, "bt")
    c.add("circle", cx=px(value), cy=7, r=4.5, class_="bv")
    return _small(c)


_PIPS = {"passes": "py", "fails": "pf", "close": "pc", "either": "pc", "unread": "pn"}


def pips(outcomes: Sequence[str]) -> str:
    """Draw a dot per part of a test, or per kind of measure.

    Filled passes, open does not, half filled is too close to call or could be either, dashed could
    not be read.
    """
    c = Canvas(14.0 * len(outcomes), 14)
    for k, word in enumerate(outcomes):
        c.add("circle", cx=7.0 + 14 * k, cy=7.0, r=4.5, class_=_PIPS[word])
        if _PIPS[word] == "pc":
            x = 7.0 + 14 * k
            c.add("path", d=f"M{x:g} 2.5a4.5 4.5 0 0 0 0 9z", class_="py")
    return _small(c)


def gauge(share: float) -> str:
    """Draw a share on the ruler of grades, whose ends are fails and holds."""
    c = Canvas(120, 14)
    for style, a, b, _ in _RULER:
        c.add("rect", x=4 + a * 112, y=5.0, width=(b - a) * 112 - 1, height=4.0, class_=style)
    c.line(4 + share * 112, 0, 4 + share * 112, 14, "mkl")
    return _small(c)


def _small(c: Canvas) -> str:
    return (
        f'<svg class="bul" viewBox="0 0 {c.width:g} {c.height:g}" width="{c.width:g}" '
        f'height="{c.height:g}" aria-hidden="true">{"".join(c.parts)}</svg>'
    )
