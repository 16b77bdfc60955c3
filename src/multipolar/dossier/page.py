"""The page: one self-contained HTML file, from a tested case to what a reader sees."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from multipolar.claims.phrases import long_date, quantity, sentence
from multipolar.claims.result import CaseResult, ClaimVerdict, Part, Reconciliation
from multipolar.dossier.charts import maps, spread
from multipolar.dossier.charts.svg import WIDE, Chart
from multipolar.dossier.choose import chart_for, sum_chart
from multipolar.engines.contract import Source

VERDICTS = ("holds", "fails", "depends", "unresolved", "untestable")
MEANING = {
    "holds": ("the test passes", "The test passes; over draws, or where sources or measures "
              "disagree, in at least 90% of them."),
    "fails": ("the test does not pass", "The test does not pass, or passes in 10% or less."),
    "depends": ("it turns on something named", "In between. The pivot names the parameter, source "
                "or measure at which the answer turns, if one explains it."),
    "unresolved": ("data, date or engine is missing", "The data, the date or the engine is "
                   "missing; the card says which, and what would settle it."),
    "untestable": ("nothing could decide it", "A value word, a private feeling or a question of "
                   "blame: no measure could decide it."),
}  # fmt: skip
BASES = {
    "record": "record, read from the world tables or from cited evidence without a model",
    "published": "a published model with its published parameters",
    "published form, our calibration": "a published model form, calibrated here",
    "ours": "a model of ours, not published",
}


@cache
def _environment() -> Environment:
    env = Environment(
        loader=PackageLoader("multipolar.dossier", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["longdate"] = long_date
    return env


def _file(name: str) -> str:
    return (resources.files("multipolar.dossier") / "templates" / name).read_text("utf-8")


def page(result: CaseResult) -> str:
    """Return the whole page as HTML: no outside resource, under 1 MB for a case of 150 claims.

    Every text of a case is escaped; charts are inline SVG drawn twice, wide and narrow.
    """
    cards = [_card(result, v) for v in result.verdicts]
    story = [_finding(result, f) for f in result.case.story]
    usesmap = any("#m-" in str(c["chart"].wide) for c in [*cards, *story] if c["chart"])
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            case=result.case,
            marks=_source_marks(result),
            counts=result.counts(),
            total=len(cards),
            meaning=MEANING,
            verdicts=VERDICTS,
            by_source=[_source_row(result, key) for key in result.case.sources],
            gaps=_gaps(result),
            story=story,
            sides=_sides(result),
            cards=sorted(cards, key=lambda c: (VERDICTS.index(c["verdict"]), c["order"])),
            topics=_options(c["claim"].topic for c in cards),
            speakers=_options(c["claim"].speaker for c in cards),
            kinds=_options(c["claim"].kind for c in cards),
            tables=_tables(result),
            manifest=result.manifest,
            bases=BASES,
            css=Markup(_file("page.css")),
            js=Markup(_file("page.js")),
            shapes=Markup(maps.definitions(result.world.names_index.labels)) if usesmap else "",
        )
    )


def _options(values: Any) -> list[str]:
    return sorted(set(values), key=str.casefold)


def _source_marks(result: CaseResult) -> dict[str, int]:
    """Number each source, so that its square looks the same everywhere."""
    return {key: k for k, key in enumerate(result.case.sources)}


def _source_row(result: CaseResult, key: str) -> dict[str, Any]:
    own = [v for v in result.verdicts if v.claim.source == key]
    counts = {w: sum(v.verdict == w for v in own) for w in VERDICTS}
    words = [f"{n} {w}" for w, n in counts.items() if n]
    return {"key": key, "n": len(own), "counts": counts, "words": ", ".join(words)}


def _gaps(result: CaseResult) -> str:
    """Say in one line what the unresolved claims wait for."""
    waiting = [v for v in result.verdicts if v.verdict == "unresolved"]
    engines = sum("is not installed" in v.why for v in waiting)
    if not waiting:
        return ""
    rest = len(waiting) - engines
    parts = [f"{engines} wait for a model that is not installed"] if engines else []
    parts += [f"{rest} for a source to be read or a date to come"] if rest else []
    return f"Of the {len(waiting)} unresolved, {' and '.join(parts)}."


def _svg(chart: Chart | None) -> Any:
    if chart is None:
        return None
    safe = Markup(chart.wide + chart.narrow)
    return {"chart": chart, "svg": safe}


class _Drawn(dict[str, Any]):
    """A card or a finding with its chart."""


def _card(result: CaseResult, v: ClaimVerdict) -> _Drawn:
    part = v.part
    read = part is not None and part.value is not None
    chart = chart_for(result, v) if v.verdict in ("holds", "fails", "depends") else None
    chart = chart or chart_for(result, v, "sum") if v.verdict == "unresolved" else chart
    against = [(a, result.verdict(a)) for a in v.claim.against]
    words = (v.claim.id, v.claim.says, v.claim.speaker, v.claim.topic, v.claim.kind, v.why)
    return _Drawn(
        claim=v.claim,
        v=v,
        verdict=v.verdict,
        order=v.claim.id,
        part=part,
        value=_shown(v) if read else "",
        need=f"needs {part.needs}" if read and part else "",
        strip=_strip(part) if read and part else "",
        chart=chart,
        drawn=_svg(chart),
        against=against,
        evidence=[_evidence(s) for s in _distinct(v.evidence)],
        sources_differ=[s for p in v.parts for s in p.alternatives],
        parts=v.parts,
        basis=BASES.get(v.basis or "", ""),
        why=v.why,
        margin=_margin(v, part),
        search=" ".join(words).casefold(),
    )


def _distinct(sources: Sequence[Source]) -> list[Source]:
    kept: dict[tuple[str, str, str], Source] = {}
    for s in sources:
        kept.setdefault((s.source, s.date, s.note or str(s.value)), s)
    return list(kept.values())


def _shown(v: ClaimVerdict) -> str:
    part = v.part
    assert part is not None
    if len(v.parts) > 1:
        n = sum(bool(p.passed) for p in v.parts)
        return f"{n} of {len(v.parts)} parts pass"
    return (
        f"passes in {v.share:.0%} of draws" if v.passes and v.verdict == "depends" else part.shown
    )


def _margin(v: ClaimVerdict, part: Part | None) -> str:
    if part is None or part.margin is None or len(v.parts) > 1:
        return ""
    unit = part.unit
    dated = isinstance(part.value, str)
    if part.unit == "share of the earlier value":
        text = quantity(100 * abs(part.margin), "percentage points")
    else:
        text = quantity(abs(part.margin), "days" if dated else "places" if unit == "rank" else unit)
    if part.margin == 0:
        return "none to spare" if part.passed else "exactly at the limit"
    return f"{text} to spare" if part.margin > 0 else f"short by {text}"


def _strip(part: Part) -> Any:
    value, bound = part.value, part.threshold
    if not isinstance(value, float) or not isinstance(bound, (int, float)):
        return ""
    if part.comparison in ("rank", "equals", "differs") or not math.isfinite(value):
        return ""
    above = part.comparison in ("at_least", "above", "rises", "exceeds")
    return Markup(spread.strip(value, float(bound), above))


def _evidence(s: Source) -> dict[str, Any]:
    value = "" if s.value is None else quantity(s.value, s.unit)
    value = "" if s.unit == "word" else value
    url = s.url if s.url.startswith(("https://", "http://")) else ""
    return {"s": s, "value": value, "url": url, "date": long_date(s.date) if s.date else ""}


def _finding(result: CaseResult, finding: Any) -> _Drawn:
    v = result.verdict(finding.claim)
    chart = chart_for(result, v, finding.chart, WIDE)
    text = finding.heading.get(v.verdict)
    heading = _filled(text, v) if text else sentence(v.claim.says)
    others = [v.claim] + [result.verdict(k).claim for k in v.claim.against]
    return _Drawn(
        v=v,
        heading=heading,
        chart=chart,
        drawn=_svg(chart),
        pair=finding.chart == "pair" or chart is None,
        claim=v.claim,
        others=others,
    )


def _filled(text: str, v: ClaimVerdict) -> str:
    """Put the computed figures into a heading; nothing else of it is read."""
    part = v.part
    shown: Mapping[str, str] = {
        "{value}": part.shown if part else "",
        "{threshold}": part.needs if part else "",
        "{margin}": _margin(v, part),
        "{unit}": part.unit if part else "",
    }
    for key, value in shown.items():
        text = text.replace(key, value)
    return text


def _sides(result: CaseResult) -> list[dict[str, Any]]:
    """What stands side by side: sums, then declared pairs, then clashes of figures."""
    out = [_reconciled(result, r) for r in result.reconciliations if r.relation == "adds up"]
    done = {tuple(sorted(s["ids"])) for s in out}
    for pair in result.case.pairs:
        ids = tuple(sorted(pair.claims))
        if ids in done:
            continue
        out.append(
            {"kind": "Clash" if pair.relation == "clash" else "Agree", "question": pair.question,
             "ids": pair.claims, "says": "", "drawn": None,
             "claims": [result.verdict(k) for k in pair.claims],
             "within": len({result.verdict(k).claim.source for k in pair.claims}) == 1}
        )  # fmt: skip
    out += [
        _reconciled(result, r)
        for r in result.reconciliations
        if r.relation == "clash" and len(r.claims) > 1
    ]
    return out


def _reconciled(result: CaseResult, r: Reconciliation) -> dict[str, Any]:
    return {
        "kind": "Adds up" if r.relation == "adds up" else "Clash",
        "question": f"{r.question}",
        "ids": r.claims,
        "says": sentence(r.says),
        "drawn": _svg(sum_chart(result, r)) if r.total is not None else None,
        "claims": [result.verdict(k) for k in r.claims],
        "within": False,
    }


def _tables(result: CaseResult) -> list[dict[str, Any]]:
    world = result.world
    return [{"info": world.info(name)} for name in world.names]
