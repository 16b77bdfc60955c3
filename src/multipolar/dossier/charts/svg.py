"""The few pieces every chart is drawn with; colours and type are classes of the page's style."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

WIDE, NARROW = 720, 340


@dataclass(frozen=True)
class Chart:
    """A chart ready for the page: drawn twice, for wide places and for phones."""

    title: str
    subtitle: str
    source: str
    wide: str
    narrow: str
    summary: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


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
            shown = f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
            cells.append(f'{name}="{escape(str(shown))}"')
        inner = f">{escape(text)}</{tag}>" if text is not None else "/>"
        self.parts.append(f"<{tag} {' '.join(cells)}{inner}")

    def text(self, x: float, y: float, text: str, class_: str = "t", anchor: str = "start") -> None:
        """Add a line of text."""
        self.add("text", text, x=float(x), y=float(y), class_=class_,
                 text_anchor=None if anchor == "start" else anchor)  # fmt: skip

    def line(self, x1: float, y1: float, x2: float, y2: float, class_: str) -> None:
        """Add a straight line."""
        self.add("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=class_)

    def svg(self, label: str, class_: str) -> str:
        """Return the element; ``label`` is what a screen reader says."""
        return (
            f'<svg class="{class_}" viewBox="0 0 {self.width:g} {self.height:g}" role="img" '
            f'aria-label="{escape(label)}">{"".join(self.parts)}</svg>'
        )


def twice(
    draw: Callable[[Canvas, bool], None],
    label: str,
    height: float,
    narrow_height: float | None = None,
) -> tuple[str, str]:
    """Draw a chart wide and narrow."""
    out = []
    for narrow in (False, True):
        size = NARROW if narrow else WIDE
        canvas = Canvas(size, (narrow_height or height) if narrow else height)
        draw(canvas, narrow)
        out.append(canvas.svg(label, "n" if narrow else "w"))
    return out[0], out[1]


def ticks(low: float, high: float, n: int = 5) -> list[float]:
    """Return round numbers that span an interval.

    Example:
        >>> ticks(0, 87)
        [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    """
    if not math.isfinite(low) or not math.isfinite(high) or high <= low:
        high = low + 1
    raw = (high - low) / n
    power = 10 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(k * step) for k in range(first, last + 1)]


def short(text: str, room: int) -> str:
    """Cut a label to the characters there is room for."""
    return text if len(text) <= room else text[: max(room - 1, 1)].rstrip() + "…"


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
