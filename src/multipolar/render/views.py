"""The sections that engines give, drawn: each kind of figure they may ask for has its chart."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any

from multipolar.engines.api import views as api
from multipolar.engines.contained import fault_text
from multipolar.pipeline.result import CaseResult
from multipolar.render.cards import Drawing, drawing
from multipolar.render.charts import estimates, flows, lines, maps, pairs
from multipolar.render.charts.svg import CARD, Chart
from multipolar.text.forms import csv_text
from multipolar.text.phrases import number

FULL, HALF = 1052.0, 560.0  # pixels that figures by where they stand have
COLOURS = 4  # of groups on a map
DIGITS = 6  # that an estimate is the same to on every machine
LOG = logging.getLogger("multipolar")
COLUMNS = (
    "metric", "country", "other", "index", "year", "variant", "scenario", "value", "error", "unit",
    "source",
)  # fmt: skip
BARE = (api.ScaleMap, api.FlowMap)  # whose data would make a long table: they are in the CSV

CHARTS: Mapping[type, Callable[..., Chart | None]] = {
    api.Exposure: estimates.exposure,
    api.BeforeAfter: pairs.before_and_after,
    api.SideBySide: pairs.measures_side_by_side,
}


@dataclass(frozen=True)
class Drawn:
    """A figure as the page shows it: a chart, with its data as a table or not, or a grid."""

    chart: Drawing | None = None
    table: bool = True
    grid: api.Grid | None = None


@dataclass(frozen=True)
class Piece:
    """One item of a section: a paragraph, figures side by side, or a part with a heading.

    Every second piece of ``words`` is a command.
    """

    kind: str
    figures: tuple[Drawn, ...] = ()
    words: tuple[str, ...] = ()
    item: api.Text | api.Beside | api.Part | None = None


@dataclass(frozen=True)
class Shown:
    """A section of the page, ready to be laid out."""

    section: api.Section
    pieces: tuple[Piece, ...]

    @property
    def drawings(self) -> Iterator[Drawing | None]:
        """Every chart in it."""
        return (f.chart for p in self.pieces for f in p.figures)


def sections_drawn(result: CaseResult) -> tuple[list[Shown], list[str]]:
    """Return the sections with anything to be seen, and a sentence for each that cannot be drawn.

    Sections come from other packages too: a fault in one of them spoils no page.
    """
    draw = _Draw(result.world.names_index.labels)
    found, left_out = [], list(result.left_out)
    for section in result.sections:
        if section.key in _taken():
            left_out.append(f"the page has a section {section.key} of its own")
            LOG.warning(left_out[-1])
            continue
        try:
            pieces = tuple(draw.piece(item) for item in section.items)
        except Exception as fault:
            left_out.append(f"the section {section.title} cannot be drawn: {fault_text(fault)}")
            LOG.warning(left_out[-1])
            continue
        if any(p.figures for p in pieces):
            found.append(Shown(section, pieces))
    return found, left_out


@cache
def _taken() -> frozenset[str]:
    """Return what the page itself gives names to, which no link may confuse."""
    page = resources.files("multipolar.render") / "templates" / "page.html.j2"
    return frozenset(re.findall(r' id="([a-z]+)"', page.read_text("utf-8")))


class _Draw:
    """Draws figures with the names of states at hand; each on a page defines names of its own."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.marks = (f"pt{k or ''}" for k in itertools.count())

    def piece(self, item: Any) -> Piece:
        if isinstance(item, api.Text):
            return Piece("text", words=tuple(item.text.split("`")))
        if isinstance(item, api.Beside):
            return Piece("beside", self._all(item.figures, HALF), item=item)
        if isinstance(item, api.Part):
            figures = self._all(item.figures, CARD if item.folded else FULL)
            return Piece("fold" if item.folded else "part", figures, item=item)
        return Piece("figure", self._all((item,), FULL))

    def _all(self, figures: Sequence[api.Figure], wide: float) -> tuple[Drawn, ...]:
        found = []
        for figure in figures:
            if isinstance(figure, api.Grid):
                found.append(Drawn(grid=figure))
            elif (chart := drawing(self._chart(figure, wide))) is not None:
                found.append(Drawn(chart, wide != CARD and not isinstance(figure, BARE)))
        return tuple(found)

    def _chart(self, figure: api.Figure, wide: float) -> Chart | None:
        if isinstance(figure, api.ScaleMap):
            return _scale_map(figure, self.names)
        if isinstance(figure, api.GroupMap):
            return _group_map(figure, self.names)
        if isinstance(figure, api.Whiskers):
            return estimates.whiskers(figure)
        if isinstance(figure, api.Panels):
            return estimates.panels(figure, next(self.marks))
        options: dict[str, Any] = {f.name: getattr(figure, f.name) for f in fields(figure)[1:]}
        if isinstance(figure, api.FlowMap):
            options["names"] = {**self.names, **figure.names}
            return flows.flow_map(figure.flows, **options, wide=wide)
        if isinstance(figure, api.Lines):
            return lines.series(figure.lines, **options, equal=True, wide=wide)
        return CHARTS[type(figure)](figure, wide)


def _style(value: float, steps: Sequence[float]) -> str:
    size = sum(abs(value) >= s for s in steps)
    return f"w{'a' if value > 0 else 'p'}{size}" if size else "w0"


def _scale_map(m: api.ScaleMap, names: Mapping[str, str]) -> Chart:
    low, middle, top = (number(s) for s in m.steps)
    key = [
        ("wp3", f"−{top} and below: {m.ends[0]}"),
        ("wp2", f"−{top} to −{middle}"),
        ("wp1", f"−{middle} to −{low}"),
        ("w0", f"within {low} of 0"),
        ("wa1", f"{low} to {middle}"),
        ("wa2", f"{middle} to {top}"),
        ("wa3", f"{top} and above: {m.ends[1]}"),
    ]
    styles = {code: _style(value, m.steps) for code, value in m.values.items()}
    kept = [k for k in key if k[0] in styles.values()]
    if kept and kept[-1][0] != "wa3" and kept[-1][0].startswith("wa"):
        kept[-1] = (kept[-1][0], f"{kept[-1][1]}: {m.ends[1]}")
    signed = estimates.signed
    ranked = sorted(m.values.items(), key=lambda kv: (round(kv[1], DIGITS), kv[0]))
    rows = [(names.get(c, c), signed(x), signed(m.errors.get(c, 0.0))) for c, x in ranked]
    label = ", ".join(f"{name} {value}" for name, value, _ in [*rows[:4], *rows[-2:]])
    return maps.grouped(
        styles,
        names,
        title=m.title,
        subtitle=m.subtitle,
        source=m.source,
        key=kept,
        rows=tuple(rows),
        head=m.head,
        label=label,
        unknown=m.unknown,
    )


def _group_map(m: api.GroupMap, names: Mapping[str, str]) -> Chart:
    apart = [g for g in m.groups if not g.alone]
    styled = [(f"k{k}" if k <= COLOURS else "ko", g) for k, g in enumerate(apart, 1)]
    styled += [("k0", g) for g in m.groups if g.alone]
    key = [(style, g.legend) for style, g in styled if style != "ko"]
    if len(apart) > COLOURS:
        key.append(("ko", f"{len(apart) - COLOURS} {m.rest}"))
    rows = tuple((g.name, ", ".join(sorted(names.get(c, c) for c in g.members))) for _, g in styled)
    return maps.grouped(
        {c: style for style, g in styled for c in g.members},
        names,
        title=m.title,
        subtitle=m.subtitle,
        source=m.source,
        key=key,
        rows=rows,
        head=m.head,
        label="; ".join(words for _, words in key),
        unknown=m.unknown,
    )


def views_csv(sections: Sequence[api.Section]) -> str:
    """Return every figure of the sections as CSV, one row a number."""
    rows = [{k: _cell(v) for k, v in row.items()} for s in sections for row in s.rows]
    more = dict.fromkeys(k for row in rows for k in row if k not in COLUMNS)
    return csv_text(rows, (*COLUMNS, *more))


def _cell(value: object) -> object:
    return round(value, DIGITS) if isinstance(value, float) else value
