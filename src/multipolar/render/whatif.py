"""Scenarios as the page shows them: what is done, who loses, who gains, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

from multipolar.claims.load import leaves
from multipolar.pipeline.outlook import Band, Outlook
from multipolar.pipeline.result import CaseResult
from multipolar.render.cards import Drawing, drawing
from multipolar.render.charts import bars, maps
from multipolar.text.phrases import listing, number, sentence

BARS = 12
FEW = 2  # subjects that are named
CENTRAL = "line: nine draws in ten"


@dataclass(frozen=True)
class WhatIf:
    """One scenario under one engine."""

    outlook: Outlook
    title: str
    reason: str
    brief: str
    map: Drawing | None
    bars: Drawing | None
    claims: tuple[str, ...]


def whatifs(result: CaseResult) -> list[WhatIf]:
    """Return every scenario's outlook, in the order of the case's file."""
    return [_one(result, o) for o in result.outlooks]


def _one(result: CaseResult, o: Outlook) -> WhatIf:
    names = result.world.labels
    title = _subject(o)
    source = f"Source: {o.source}. Engine {o.engine.name}: {o.engine.basis}."
    subjects = _subjects(o)
    values = {c: b.value for c, b in o.bands.items()}
    shade = maps.shades(
        values, names, title=title, unit=o.metric.unit, source=source, marked=subjects
    )
    rows = [(names.get(c, c), b.value, b.low, b.high, c in subjects) for c, b in _chosen(o)]
    ranked = bars.bands(
        rows,
        title="The largest changes",
        unit=o.metric.unit,
        source="",
        note=_drawn(o),
    )
    used = tuple(
        v.claim.id
        for v in result.verdicts
        if any(o.scenario.name == s.scenario for x in leaves(v.claim.test) for s in x.slots())
    )
    return WhatIf(
        outlook=o,
        title=o.scenario.title or o.scenario.name,
        reason=sentence(o.scenario.reason) if o.scenario.reason else "",
        brief=_brief(o, names),
        map=drawing(shade),
        bars=drawing(ranked),
        claims=used,
    )


def _drawn(o: Outlook) -> str:
    """Say what the lines of a chart span, and of how many draws they know nothing."""
    if o.draws - o.failed < 2:
        return ""
    return f"{CENTRAL}; {o.failed} of {o.draws} draws failed" if o.failed else CENTRAL


def _subject(o: Outlook) -> str:
    name = o.metric.name.rpartition(".")[2].replace("_", " ")
    return f"Change in {name} by country"


def _subjects(o: Outlook) -> list[str]:
    """Return whom the measures are on, and who acts, where that is one country."""
    acted = [c for c in o.targets if c in o.bands][:FEW]
    return [*acted, *(c for c in o.senders if len(o.senders) == 1 and c in o.bands)]


def _chosen(o: Outlook) -> list[tuple[str, Band]]:
    """Return the targets and whoever else changes most, from the largest loss up."""
    sized = sorted(o.bands, key=lambda c: -abs(o.bands[c].value))
    kept = _subjects(o)
    kept += [c for c in sized if c not in kept][: BARS - len(kept)]
    return sorted(((c, o.bands[c]) for c in kept), key=lambda kv: kv[1].value)


def _brief(o: Outlook, names: dict[str, str]) -> str:
    """Say in one line what it does to its subjects."""
    unit = "%" if o.metric.unit == "percent" else f" {o.metric.unit}"
    return listing(
        [
            f"{names.get(c, c)} {_signed(o.bands[c].value)}{unit} "
            f"({_signed(o.bands[c].low)} to {_signed(o.bands[c].high)})"
            for c in _subjects(o)
        ]
    )


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{number(abs(value), 2)}"
