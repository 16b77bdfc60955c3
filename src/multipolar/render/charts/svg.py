"""The few pieces every chart is drawn with; colours and type are classes of the page's style."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

# a chart of a card is drawn once, for phones, and enlarged up to the width of CARD
WIDE, CARD, COLUMN, NARROW = 740.0, 430.0, 400.0, 350.0
CHARACTER = 7.2  # width of a character of 13 px, in the widest of the page's typefaces
DOTS = {True: "d1", False: "open", None: "near"}  # a part that passes, does not, or is too close
_LARGER = {"USD mn": ("USD bn", "USD trn"), "USD bn": ("USD trn",), "t": ("kt", "Mt")}


@dataclass(frozen=True)
class Chart:
    """A chart ready for the page: drawn for wide places and for phones, or once for both.

    One that is ``mapped`` uses the shapes of states, which the page holds once.
    """

    title: str
    subtitle: str
    source: str
    wide: str
    narrow: str
    summary: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    mapped: bool = False


@dataclass
class Canvas:
    """An SVG of a given size that shapes are added to, back to front."""

    width: float
    height: float
    parts: list[str] = field(default_factory=list)

    def add(self, tag: str, text: str | None = None, **attributes: Any) -> None:
        """Add an element; numbers are rounded, trailing underscores cut, text escaped."""
        cells = []
        for key, value in attributes.items():
            if value is None:
                continue
            name = key.rstrip("_").replace("_", "-")
            shown = number_text(value) if isinstance(value, float) else value
            cells.append(f'{name}="{escape(str(shown))}"')
        inner = f">{escape(text)}</{tag}>" if text is not None else "/>"
        self.parts.append(f"<{tag} {' '.join(cells)}{inner}")

    def text(self, x: float, y: float, text: str, class_: str = "t", anchor: str = "start") -> None:
        """Add a line of text."""
        style = {"start": "", "middle": " am", "end": " ae"}[anchor]
        self.add("text", text, x=float(x), y=float(y), class_=class_ + style)

    def line(self, x1: float, y1: float, x2: float, y2: float, class_: str) -> None:
        """Add a straight line; lines of one style in a row make one path."""
        a, b, c, d = (number_text(float(v)) for v in (x1, y1, x2, y2))
        step = f"M{a} {b}" + (f"H{c}" if b == d else f"V{d}" if a == c else f"L{c} {d}")
        head = f'<path class="{class_}" d="'
        if self.parts and self.parts[-1].startswith(head):
            self.parts[-1] = f'{self.parts[-1][:-3]}{step}"/>'
        else:
            self.parts.append(f'{head}{step}"/>')

    def dots(self, points: Sequence[tuple[float, float]], class_: str) -> None:
        """Add many round dots as one path: a dot is a line of no length with a round cap."""
        if points:
            steps = "".join(f"M{number_text(x)} {number_text(y)}h0" for x, y in points)
            self.add("path", d=steps, class_=class_)

    def svg(self, label: str, class_: str, most: float | None = None) -> str:
        """Return the element; ``label`` is what a screen reader says, ``most`` its full width."""
        return (
            f'<svg class="{class_}" viewBox="0 0 {self.width:g} {self.height:g}" role="img" '
            f'style="max-width:{most or self.width:g}px" '
            f'aria-label="{escape(label)}">{"".join(self.parts)}</svg>'
        )


def dots_mean(passed: Iterable[bool | None]) -> str:
    """Say what the dots of parts mean, those that are drawn.

    Example:
        >>> dots_mean([True, None])
        'filled dots pass, open ones do not, pale ones are too close to call'
    """
    near = ", pale ones are too close to call" if None in passed else ""
    return f"filled dots pass, open ones do not{near}"


def number_text(value: float) -> str:
    """Write a coordinate with at most one decimal."""
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def twice(
    draw: Callable[[Canvas, bool], None],
    label: str,
    height: float,
    narrow_height: float | None = None,
    wide: float = WIDE,
) -> tuple[str, str]:
    """Draw a chart wide and narrow; on a card once, for many of them make a page heavy."""
    if wide == CARD:
        canvas = Canvas(NARROW, narrow_height or height)
        draw(canvas, True)
        return canvas.svg(label, "o", CARD), ""
    out = []
    for narrow in (False, True):
        canvas = Canvas(NARROW if narrow else wide, (narrow_height or height) if narrow else height)
        draw(canvas, narrow)
        out.append(canvas.svg(label, "n" if narrow else "w"))
    return out[0], out[1]


def once(draw: Callable[[Canvas, bool], None], label: str, height: float) -> str:
    """Draw a chart that stands in a column: one drawing, which serves phones too."""
    canvas = Canvas(COLUMN, height)
    draw(canvas, False)
    return canvas.svg(label, "o")


def ticks(low: float, high: float, n: int = 5) -> list[float]:
    """Return round numbers that span an interval.

    Example:
        >>> ticks(0, 87)
        [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    """
    if not math.isfinite(low) or not math.isfinite(high) or high <= low:
        high = low + max(1.0, abs(low))
    raw = max((high - low) / n, 1e-12, abs(high) * 1e-9)
    power = 10 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(k * step) for k in range(first, max(last, first + 1) + 1)]


def handy(values: Sequence[float], unit: str) -> tuple[float, str]:
    """Return what to divide a chart's values by, and the unit they are then in.

    Example:
        >>> handy([25153120.0], "USD mn")
        (1000000.0, 'USD trn')
    """
    size, most = 1.0, max((abs(v) for v in values), default=0.0)
    for larger in _LARGER.get(unit, ()):
        if most / size < 1000:
            break
        size, unit = size * 1000, larger
    return size, unit


def fit(text: str, room: float) -> str:
    """Cut a label to the pixels there are for it."""
    letters = max(int(room / CHARACTER), 1)
    return text if len(text) <= letters else text[: max(letters - 1, 1)].rstrip() + "…"


def lines_of(text: str, room: float, most: int = 2) -> list[str]:
    """Break a label into lines that fit, the last one cut if need be."""
    letters = max(int(room / CHARACTER), 4)
    return textwrap.wrap(text, letters, max_lines=most, placeholder="…") or [""]


def spread(ys: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move label positions apart so that none overlaps, keeping their order.

    Example:
        >>> spread([10, 12, 40], 10, 0, 100)
        [10, 20, 40]
    """
    order = sorted(range(len(ys)), key=lambda k: ys[k])
    placed: list[float] = []
    for k in order:
        placed.append(max(ys[k], placed[-1] + gap if placed else low))
    over = placed[-1] - high if placed else 0
    if over > 0:
        placed[-1] = high
        for k in range(len(placed) - 2, -1, -1):
            placed[k] = min(placed[k], placed[k + 1] - gap)
    out = [0.0] * len(ys)
    for k, y in zip(order, placed, strict=True):
        out[k] = y
    return out
