"""The routes of a good as the page shows them: a map, what changes, and who holds which hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from multipolar.pipeline.result import CaseResult
from multipolar.pipeline.routes import HANDS, Routes
from multipolar.render.cards import Drawing, drawing
from multipolar.render.charts.flows import Flow, flow_map
from multipolar.render.charts.pairs import Index, Route, before_and_after, measures_side_by_side
from multipolar.render.charts.svg import CARD
from multipolar.text.phrases import sentence, shown_unit

ROWS = 8
LEAST_CHANGE = 0.5  # below this a route counts as unchanged
FULL = 1052.0
# nodes that stand for several countries: the one they are drawn at, and their name
GROUPS = {
    "XCE": ("CZE", "Central Europe"), "XSE": ("ROU", "South-East Europe"),
    "XNB": ("LTU", "Nordic and Baltic countries"), "XCC": ("GEO", "Caucasus and Kyrgyzstan"),
    "XME": ("JOR", "Other Middle East"), "XAF": ("AGO", "Other Africa"),
    "XAP": ("VNM", "Other Asia Pacific"), "XSA": ("CHL", "Other South America"),
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What one scenario changes."""

    title: str
    reason: str
    name: str
    chart: Drawing | None


@dataclass(frozen=True)
class Network:
    """One engine's routes: the world without measures, and what each scenario changes."""

    title: str
    lead: str
    map: Drawing | None
    hands: Drawing | None
    changes: tuple[Change, ...]


def networks(result: CaseResult) -> list[Network]:
    """Return a section for each engine that says how a good moves."""
    by_engine: dict[str, list[Routes]] = {}
    for r in result.routes:
        by_engine.setdefault(r.engine.name, []).append(r)
    return [_network(result, rows) for rows in by_engine.values() if rows]


def _network(result: CaseResult, rows: list[Routes]) -> Network:
    base = rows[0]
    labels = {**result.world.names_index.labels, **dict(GROUPS.values())}
    title = f"{base.engine.name.capitalize()} in {base.year}"
    source = f"Source: {base.source}. Engine {base.engine.name}: {base.engine.basis}."
    unit = shown_unit(base.metric.unit)
    chart = flow_map(
        _flows(base), title=f"{title}, the world as it is", unit=unit, names=labels, source=source,
        most=24, wide=FULL,
    )  # fmt: skip
    return Network(
        title=title,
        lead=sentence(base.note),
        map=drawing(chart),
        hands=_hands(rows, labels),
        changes=tuple(_change(base, r, labels, unit) for r in rows[1:]),
    )


def _flows(r: Routes) -> list[Flow]:
    found = []
    for (a, b, carrier), value in r.flow.items():
        one, other = (GROUPS.get(c, (c, ""))[0] for c in (a, b))
        found.append(Flow(one, other, "lng" if carrier == "lng" else "pipeline", value))
    return found


def _change(base: Routes, r: Routes, labels: Mapping[str, str], unit: str) -> Change:
    gap = {k: r.flow.get(k, 0.0) - base.flow.get(k, 0.0) for k in {**base.flow, **r.flow}}
    ranked = sorted((k for k in gap if abs(gap[k]) >= LEAST_CHANGE), key=lambda k: -abs(gap[k]))
    rows = [
        Route(
            f"{_name(a, labels)} to {_name(b, labels)}, {'LNG' if how == 'lng' else 'pipe'}",
            base.flow.get((a, b, how), 0.0), r.flow.get((a, b, how), 0.0),
        )
        for a, b, how in ranked[:ROWS]
    ]  # fmt: skip
    chart = before_and_after(
        rows, title=f"The routes that change most, {r.year}", unit=unit,
        names=("as it is", "with it"), wide=CARD,
    )  # fmt: skip
    return Change(
        title=r.scenario.title or r.scenario.name,
        reason=sentence(r.scenario.reason) if r.scenario.reason else "",
        name=r.scenario.name, chart=drawing(chart),
    )  # fmt: skip


def _name(code: str, labels: Mapping[str, str]) -> str:
    return GROUPS[code][1] if code in GROUPS else labels.get(code, code)


def _hands(rows: list[Routes], labels: Mapping[str, str]) -> Drawing | None:
    told = [r for r in rows if r.hands and r.sides]
    if not told or told[0].sides is None:
        return None
    indices = []
    for _, _, label in HANDS:
        values = {_short(r): r.hands[label] for r in told if label in r.hands
                  and np.isfinite(r.hands[label]).all()}  # fmt: skip
        if values:
            unit = next(r.units[label] for r in told if label in r.units)
            indices.append(Index(label, shown_unit(unit), values))
    one, other = (labels.get(c, c) for c in told[0].sides)
    chart = measures_side_by_side(
        indices, title=f"{one} and {other} at the table, {told[0].year}", sides=(one, other),
        source="Source: as the map. A game on the network of seven players; see the docs.",
        note="central parameters", wide=FULL,
    )  # fmt: skip
    return drawing(chart)


def _short(r: Routes) -> str:
    return "As it is" if r.scenario.name == "baseline" else r.scenario.title or r.scenario.name
