"""A claim as the page shows it: the row, the open card, and the words both use."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from markupsafe import Markup

from multipolar.claims.schema import DECIDED, Claim
from multipolar.engines.api.contract import Source
from multipolar.pipeline.result import CaseResult, ClaimVerdict, Part
from multipolar.render.charts import spread
from multipolar.render.charts.svg import Chart
from multipolar.render.choose import chart_for
from multipolar.render.sentences import needs, shown, would_settle
from multipolar.render.words import BASES, label, margin, outcome, reason, tally, turning
from multipolar.text.phrases import long_date, quantity

READINGS = {"read": "read at source", "computed": "computed", "second-hand": "second-hand"}
GRADES = {
    "primary": "primary text",
    "official": "official series",
    "report": "reputable report",
    "second-hand": "second-hand",
    "recalled": "recalled",
}
_OF_FAMILY = {True: "passes", False: "fails", None: "either"}


@dataclass(frozen=True)
class Row:
    """One piece of evidence: who says what, of what date, and how it was read."""

    source: str
    value: str
    url: str
    about: str
    note: str


@dataclass(frozen=True)
class Group:
    """Parts that are read together: those of one kind of measure, or those a claim needs.

    ``title`` is blank where there is nothing to say of them together.
    """

    parts: tuple[Part, ...]
    title: str = ""
    outcome: str = ""
    says: str = ""


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
    settles: str = ""
    differ: tuple[str, ...] = ()
    evidence: tuple[Row, ...] = ()
    against: tuple[ClaimVerdict, ...] = ()
    basis: str = ""
    told: bool = False  # drawn among the findings already

    @property
    def claim(self) -> Claim:
        """The claim itself."""
        return self.v.claim

    @property
    def verdict(self) -> str:
        """The verdict's word."""
        return self.v.verdict

    @property
    def changed(self) -> ClaimVerdict | None:
        """The verdict on what was known when the claim was written, if it was another."""
        then = self.v.then
        return then if then is not None and label(then) != label(self.v) else None


def card(result: CaseResult, v: ClaimVerdict, *, told: bool = False) -> Card:
    """Prepare a claim for the page; ``told`` says whether it is drawn among the findings."""
    return Card(
        v=v,
        big=_big(v),
        why=reason(v),
        settles=would_settle(v) or "",
        differ=tuple(_distinct(_said(s) for p in v.parts for s in p.alternatives)),
        evidence=_rows(_kept(v.evidence)),
        against=tuple(result.verdict(k) for k in v.claim.against),
        basis=BASES[v.basis][0] if v.basis else "",
        told=told,
        **_row(v),
    )


def chart_of(result: CaseResult, v: ClaimVerdict) -> Drawing | None:
    """Draw the chart that fits a claim; the page leaves charts out where it would grow too large.

    None where no chart fits.
    """
    if v.verdict in DECIDED:
        return drawing(chart_for(result, v))
    return drawing(chart_for(result, v, "sum")) if v.verdict == "unresolved" else None


def drawing(chart: Chart | None) -> Drawing | None:
    """Mark a chart's markup as safe: charts escape every text they draw."""
    return None if chart is None else Drawing(chart, Markup(chart.wide + chart.narrow))


def _row(v: ClaimVerdict) -> dict[str, Any]:
    """What stands at the right of a claim's row: the value, the strip, what the claim needs."""
    part = v.part
    if part is None or part.value is None:
        return {"value": ""}
    strip = Markup(spread.pips(_pips(v))) if len(v.parts) > 1 else Markup()
    if v.verdict == "depends" and v.passes and v.share is not None:
        passes, gauge = f"passes in {v.share:.0%} of draws", Markup(spread.gauge(v.share))
        return {"value": passes, "need": f"needs {needs(part)}", "strip": gauge}
    one_decides = v.claim.rule == "all" and v.grade in ("fails", "mostly fails")
    if len(v.parts) > 1 and not (one_decides and outcome(part) == "fails"):
        return {"value": tally(v), "strip": strip}
    drawn = {"reading": part.label, "strip": strip or _strip(part)}
    return {"value": shown(part), "need": f"needs {needs(part)}", **drawn}


def _pips(v: ClaimVerdict) -> list[str]:
    """What each kind of measure comes to and each needed part, or each part."""
    if len(v.families) < 2:
        return [outcome(p) for p in v.parts]
    need = [outcome(p) for p in v.parts if p.needed]
    return [*(_OF_FAMILY[f.passes] for f in v.families), *need]


def grouped(v: ClaimVerdict, most: int) -> list[Group]:
    """Group the first parts of a verdict by kind of measure; those needed come last.

    Args:
        v: the verdict.
        most: parts that there is room for.

    Example:
        >>> from multipolar.run import run_case
        >>> v = run_case("critical-minerals-2023", draws=4).verdicts[0]
        >>> sum(len(g.parts) for g in grouped(v, 1))
        1
    """
    if not v.families:
        return [Group(v.parts[:most])]
    found = []
    for f in v.families:
        own = tuple(p for p in v.parts if p.family == f.name)
        says = f"{f.passed} of {f.parts} pass"
        titled = Group(own, f.name, _OF_FAMILY[f.passes], says)
        found.append(titled if len(own) > 1 else Group(own))
    need = tuple(p for p in v.parts if p.needed)
    again = tuple(p for p in v.parts if not p.family and not p.needed)
    found += [Group(need, "Needed, whatever the count")] if need else []
    found += [Group(again, "Said above already, not counted again")] if again else []
    return _first(found, most)


def _first(groups: Sequence[Group], most: int) -> list[Group]:
    """Keep the first parts of all."""
    kept = []
    for group in groups:
        if most <= 0:
            break
        kept.append(replace(group, parts=group.parts[:most]))
        most -= len(group.parts)
    return kept


def _big(v: ClaimVerdict) -> tuple[tuple[str, str, str], ...]:
    """The figures in large: (caption, text, style)."""
    part = v.part
    if part is None or part.value is None:
        return ()
    out: list[tuple[str, str, str]] = []
    if v.passes and v.share is not None:
        out.append((f"Model, {v.draws} draws", f"passes in {v.share:.0%} of draws", ""))
        out.append(("Claim needs", needs(part), "c"))
    elif len(v.parts) == 1:
        out.append(("Measured", shown(part), ""))
        out.append(("Claim needs", needs(part), "c"))
    if v.pivot is not None and v.pivot.parameter != "measure":  # the list of parts shows those
        out.append(("What turns it", turning(v), "s"))
    elif text := margin(v):
        out.append(("Margin", text, "s" if part.close else ""))
    return tuple(out)


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
    return Row(s.source, value, web(s.url), " · ".join([*about, *_standing(s)]), s.note)


def _standing(s: Source) -> list[str]:
    """Say how good a source is: how it was read, its grade, whose it is, since when public."""
    public = f"public since {long_date(s.known)}" if s.known and s.known != s.date else ""
    graded = GRADES.get(s.grade, "")
    plain = s.reading == "read" and graded  # a grade says as much
    how = [] if plain else [READINGS.get(s.reading, s.reading)]
    how.append(graded)
    return _distinct(filter(None, (*how, "interested party" if s.interested else "", public)))


def _rows(sources: Sequence[Source]) -> tuple[Row, ...]:
    """One row for each source and address, with all that was read there."""
    groups: dict[tuple[str, str], list[Source]] = {}
    for s in sources:
        groups.setdefault((s.source, s.url or ""), []).append(s)
    return tuple(_evidence(g[0]) if len(g) == 1 else _together(g) for g in groups.values())


def _together(group: Sequence[Source]) -> Row:
    rows = [_evidence(s) for s in group]
    dates = _distinct(long_date(s.date) for s in group if s.date)
    shared = len(dates) == 1
    values = [
        row.value
        if shared or not s.date or row.value == long_date(s.date)
        else f"{row.value} ({long_date(s.date)})"
        for s, row in zip(group, rows, strict=True)
        if row.value
    ]
    about = dates if shared or not values else []
    about += _distinct(text for s in group for text in _standing(s))
    notes = _distinct(row.note for row in rows if row.note)
    text = ", ".join(_distinct(values))
    return Row(rows[0].source, text, rows[0].url, " · ".join(about), " · ".join(notes))


def web(url: str | None) -> str:
    """Return an address of the web, and nothing for any other kind.

    Example:
        >>> web("https://example.org"), web("javascript:alert(1)")
        ('https://example.org', '')
    """
    return url if url and url.startswith(("https://", "http://")) else ""
