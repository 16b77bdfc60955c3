"""A claim as the page shows it: the row, the open card, and the words both use."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from multipolar.claims.phrases import long_date, quantity, sentence
from multipolar.claims.result import CaseResult, ClaimVerdict, Part
from multipolar.claims.schema import Across, AnyOf, Claim
from multipolar.dossier.charts import spread
from multipolar.dossier.charts.svg import Chart
from multipolar.dossier.choose import chart_for
from multipolar.engines.contract import Source

DECIDED = ("holds", "fails", "depends")
BASES = {
    "record": "record, read from the world tables or from cited evidence without a model",
    "published": "a published model with its published parameters",
    "published form, our calibration": "a published model form, calibrated here",
    "ours": "a model of ours, not published",
}
READINGS = {"read": "read at source", "computed": "computed", "second-hand": "second-hand"}


@dataclass(frozen=True)
class Row:
    """One piece of evidence: who says what, of what date, and how it was read."""

    source: str
    value: str
    url: str
    about: str
    note: str


@dataclass(frozen=True)
class Drawing:
    """A chart with its markup, which is escaped where it is drawn."""

    chart: Chart
    svg: Markup


@dataclass(frozen=True)
class Card:
    """Everything the page says of one claim."""

    v: ClaimVerdict
    value: str = ""
    need: str = ""
    reading: str = ""
    strip: Markup = field(default_factory=Markup)
    big: tuple[tuple[str, str, str], ...] = ()
    why: str = ""
    differ: tuple[str, ...] = ()
    evidence: tuple[Row, ...] = ()
    against: tuple[ClaimVerdict, ...] = ()
    basis: str = ""
    drawing: Drawing | None = None

    @property
    def claim(self) -> Claim:
        """The claim itself."""
        return self.v.claim

    @property
    def verdict(self) -> str:
        """The verdict's word."""
        return self.v.verdict


def card(result: CaseResult, v: ClaimVerdict, *, chart: bool = True) -> Card:
    """Prepare a claim for the page.

    Args:
        result: the tested case.
        v: the claim's verdict.
        chart: draw the chart that fits; the page leaves charts out where it would grow too large.
    """
    drawn = None
    if chart and v.verdict in DECIDED:
        drawn = drawing(chart_for(result, v))
    elif chart and v.verdict == "unresolved":
        drawn = drawing(chart_for(result, v, "sum"))
    against = tuple(result.verdict(k) for k in v.claim.against)
    return Card(
        v=v,
        big=_big(v),
        why=reason(v),
        differ=tuple(_distinct(_said(s) for p in v.parts for s in p.alternatives)),
        evidence=tuple(_evidence(s) for s in _kept(v.evidence)),
        against=against,
        basis=BASES.get(v.basis or "", ""),
        drawing=drawn,
        **_row(v),
    )


def drawing(chart: Chart | None) -> Drawing | None:
    """Mark a chart's markup as safe: charts escape every text they draw."""
    return None if chart is None else Drawing(chart, Markup(chart.wide + chart.narrow))


def _row(v: ClaimVerdict) -> dict[str, Any]:
    """What stands at the right of a claim's row: the value, the strip, what the claim needs."""
    part = v.part
    if part is None or part.value is None:
        return {"value": ""}
    strip = Markup(spread.pips([p.passed for p in v.parts])) if len(v.parts) > 1 else Markup()
    if v.verdict == "depends" and v.passes and v.share is not None:
        return {"value": f"passes in {v.share:.0%} of draws", "need": f"needs {part.needs}",
                "strip": Markup(spread.gauge(v.share))}  # fmt: skip
    whole = isinstance(v.claim.test, (Across, AnyOf)) or v.verdict != "fails"
    if len(v.parts) > 1 and whole:
        return {"value": tally(v), "strip": strip}
    return {"value": part.shown, "need": f"needs {part.needs}", "reading": part.label,
            "strip": strip or _strip(part)}  # fmt: skip


def tally(v: ClaimVerdict) -> str:
    """Count the parts that pass.

    A test across measures speaks of measures, since each of them answers the same question.
    """
    n, passed = len(v.parts), sum(bool(p.passed) for p in v.parts)
    word = "measures" if isinstance(v.claim.test, Across) else "parts"
    if passed == n:
        return f"both {word} pass" if n == 2 else f"all {n} {word} pass"
    if passed == 0:
        return f"neither {word[:-1]} passes" if n == 2 else f"none of {n} {word} passes"
    return f"{passed} of {n} {word} {'passes' if passed == 1 else 'pass'}"


def result_in_brief(v: ClaimVerdict) -> str:
    """Say in a few words what came out, for places with no room for more."""
    part = v.part
    if part is None or part.value is None:
        return sentence(v.why.split(". ")[0])
    if len(v.parts) > 1:
        return tally(v)
    return f"{part.shown}, needs {part.needs}"


def _big(v: ClaimVerdict) -> tuple[tuple[str, str, str], ...]:
    """The figures in large: (caption, text, style)."""
    part = v.part
    if part is None or part.value is None:
        return ()
    out: list[tuple[str, str, str]] = []
    if v.passes and v.share is not None:
        out.append((f"Model, {v.draws} draws", f"passes in {v.share:.0%} of draws", ""))
        out.append(("Claim needs", part.needs, "c"))
    elif len(v.parts) > 1:
        out.append(("Measured", tally(v), ""))
    else:
        out.append(("Measured", part.shown, ""))
        out.append(("Claim needs", part.needs, "c"))
    if v.pivot is not None:
        out.append(_pivot(v))
    elif text := margin(v):
        out.append(("Margin", text, ""))
    return tuple(out)


def _pivot(v: ClaimVerdict) -> tuple[str, str, str]:
    assert v.pivot is not None
    about = v.pivot.description or v.pivot.parameter
    if v.pivot.direction == "is":
        return f"Pivot: {about}", f"passes for {v.pivot.at}", "s"
    at = quantity(v.pivot.at, v.pivot.unit)
    return f"Pivot: {about}", f"turns at {at}, passes {v.pivot.direction}", "s"


def margin(v: ClaimVerdict) -> str:
    """Say by how much a claim of one part passes or falls short."""
    part = v.part
    if part is None or part.margin is None or len(v.parts) > 1:
        return ""
    size = abs(part.margin)
    if part.margin == 0:
        return "none to spare" if part.passed else "exactly at the limit"
    if part.unit == "share of the earlier value":
        text = quantity(100 * size, "percentage points")
    elif isinstance(part.value, str):
        text = f"{size:,.0f} {'day' if size == 1 else 'days'}"
    elif part.unit == "rank":
        text = f"{size:.0f} {'place' if size == 1 else 'places'}"
    else:
        text = quantity(size, "percentage points" if part.unit == "percent" else part.unit)
    return f"{text} to spare" if part.margin > 0 else f"short by {text}"


def reason(v: ClaimVerdict) -> str:
    """The reason without the clauses that the list of parts shows anyway."""
    if len(v.parts) < 2:
        return v.why
    text = v.why
    for p in v.parts:
        for clause in (f"{p.label}: {p.shown}; the claim needs {p.needs}",
                       f"{p.label}: not read ({p.note.rstrip('.')})"):  # fmt: skip
            text = text.replace(sentence(clause), "", 1)
    return " ".join(text.split())


def _strip(part: Part) -> Markup:
    value, bound = part.value, part.threshold
    numeric = isinstance(value, (int, float)) and isinstance(bound, (int, float))
    if not numeric or part.comparison in ("rank", "equals", "differs", "between"):
        return Markup()
    assert isinstance(value, (int, float)) and isinstance(bound, (int, float))
    if not math.isfinite(value):
        return Markup()
    above = part.comparison in ("at_least", "above", "rises", "exceeds")
    return Markup(spread.strip(float(value), float(bound), above))


def _said(s: Source) -> str:
    value = "" if s.value is None else f": {quantity(s.value, s.unit)}"
    return f"{s.source}{value}"


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _kept(sources: Sequence[Source]) -> list[Source]:
    """Leave out what differs in nothing a reader sees."""
    kept: dict[tuple[str, str, str], Source] = {}
    for s in sources:
        kept.setdefault((s.source, s.date, s.note or str(s.value)), s)
    return list(kept.values())


def _evidence(s: Source) -> Row:
    value = "" if s.value is None or s.unit == "word" else quantity(s.value, s.unit)
    about = [long_date(s.date)] if s.date else []
    about.append(READINGS.get(s.reading, s.reading))
    return Row(s.source, value, web(s.url), " · ".join(about), s.note)


def web(url: str | None) -> str:
    """Return an address of the web, and nothing for any other kind.

    Example:
        >>> web("https://example.org"), web("javascript:alert(1)")
        ('https://example.org', '')
    """
    return url if url and url.startswith(("https://", "http://")) else ""
