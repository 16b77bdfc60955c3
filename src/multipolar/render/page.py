"""The page: one self-contained HTML file, from a tested case to what a reader sees."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from multipolar.claims.schema import DECIDED, VERDICTS, Finding
from multipolar.pipeline.grading import FAILS_TO, HOLDS_FROM, MOSTLY_FROM, MOSTLY_TO
from multipolar.pipeline.reasons import Code
from multipolar.pipeline.result import (
    CaseResult,
    ClaimVerdict,
    Reconciliation,
)
from multipolar.render.cards import Drawing, card, chart_of, drawing, grouped, web
from multipolar.render.charts import maps
from multipolar.render.charts.svg import WIDE
from multipolar.render.choose import chart_for, sum_chart
from multipolar.render.code import code
from multipolar.render.sentences import needs, note, phrase, question, says, shown
from multipolar.render.views import sections_drawn
from multipolar.render.whatif import whatifs
from multipolar.render.words import (
    ASSUMED,
    BASES,
    LOOKS,
    OUTCOMES,
    closeness,
    label,
    look,
    margin,
    marks,
    newest,
    outcome,
    reason,
    result_in_brief,
    rule,
    sign,
    tally,
    turning,
)
from multipolar.text.dates import ends_after
from multipolar.text.phrases import listing, long_date, sentence

MEANING = {  # in a few words, and in a sentence or two
    "holds": (
        "the test passes",
        f"The test passes; where a model is drawn or kinds of measures are counted, in "
        f"{HOLDS_FROM:.0%} or more of them.",
    ),
    "mostly-holds": (
        "passes in most of what was tried",
        f"It passes in two thirds or more ({MOSTLY_FROM:.0%}), or something keeps it from more: "
        "weak evidence, few framings, one kind of measure, a part left untested.",
    ),
    "split": (
        "as often as not, or too close",
        "It passes about as often as not, or the margin lies within the error of the figures: "
        "then the word is “too close to call”.",
    ),
    "mostly-fails": (
        "passes in a third or less",
        f"It passes in a third or less ({MOSTLY_TO:.0%}), or it fails and something keeps it "
        "from more.",
    ),
    "fails": (
        "the test does not pass",
        f"The test does not pass, or in {FAILS_TO:.0%} at most. The sentence as written misses "
        "its own number; nobody’s good faith is judged.",
    ),
    "unresolved": (
        "data, date or model is missing",
        "It could be tested, but the data, the date or the model is missing; the card says which, "
        "and what would settle it.",
    ),
    "untestable": (
        "nothing could decide it",
        "A value word, a private feeling or a question of blame: no measure could decide it. "
        "Listed so that nothing is passed over.",
    ),
    ASSUMED: (
        "on priors of ours, or one way only",
        "It rests on priors or on a form of model of ours alone, or the test can only come out "
        "one way. Counted apart: it neither holds nor fails.",
    ),
}
BESIDE = (  # what may stand with a verdict
    (
        "in part",
        "A part of the claim is not tested, or a near thing was tested in its place; the card "
        "says which. Such a claim never simply holds.",
    ),
    (
        "too close to call",
        "The margin lies within the error of the figures: rounding, revision, standard error, "
        "a solver’s tolerance. Such a part counts both ways.",
    ),
    (
        "stale",
        "A claim about the present or a trend whose figures are more than eighteen months old.",
    ),
    (
        "framings",
        "The test read again for other years, groups, measures, sources and thresholds. A verdict "
        "that stands in fewer than two thirds of these is at most “mostly”.",
    ),
    (
        "kinds of measures",
        "Measures of one kind count once, however many there are. A part that is needed has to "
        "pass whatever the count.",
    ),
    (
        "evidence",
        "No verdict is stronger than the evidence it cannot do without; on second-hand evidence a "
        "claim mostly holds or mostly fails at most.",
    ),
    (
        "judged twice",
        "On what was known when the text was published, and on what is known at the case’s date.",
    ),
)
NUMBERS = (
    *("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"),
    *("Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen", "Sixteen"),
)
FULL_PAIRS = 6
_MANY = re.compile(
    r"<(?:b|blockquote|circle|div|g|h4|line|p|path|rect|small|span|svg|text|ul|use)\b[^<>]*>"
)
_WORD = re.compile(r"""(?<==)"([\w.#-]+)"(?=[ >])""")
SLOT = Markup("<!--slot-->")  # which no text of a case can be: it would be escaped
LIMIT = 997_000  # bytes; above it the charts of cards are left out, the last ones first


@dataclass(frozen=True)
class StoryItem:
    """One item of the story."""

    v: ClaimVerdict
    heading: str
    why: str
    turns: str
    sums: bool
    drawing: Drawing | None
    beside: tuple[ClaimVerdict, ...]

    @property
    def shows_parts(self) -> bool:
        """Whether the chart has a row for every part already."""
        shown = self.drawing.chart if self.drawing is not None else None
        by_part = shown is not None and shown.head[:1] in (("measure",), ("what",))
        return shown is not None and by_part and len(shown.rows) == len(self.v.parts)

    @property
    def both(self) -> tuple[ClaimVerdict, ...]:
        """The claim and what stands beside it."""
        return (self.v, *self.beside)


@dataclass(frozen=True)
class Side:
    """Claims set side by side, with what is known of how they relate."""

    relation: str
    question: str
    verdicts: tuple[ClaimVerdict, ...]
    says: tuple[str, ...] = ()
    drawing: Drawing | None = None

    @property
    def within(self) -> str:
        """The source all of them are from, if it is one."""
        sources = {v.claim.source for v in self.verdicts}
        return sources.pop() if len(sources) == 1 and len(self.verdicts) > 1 else ""


@cache
def _environment() -> Environment:
    env = Environment(
        loader=PackageLoader("multipolar.render", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {"longdate": long_date, "web": web, "brief": result_in_brief}
    env.filters |= {"code": code, "needs": needs, "note": note, "shown": shown}
    env.filters |= {"label": label, "look": look, "sign": sign, "marked": marks}
    env.filters |= {"grouped": grouped, "outcome": outcome, "closeness": closeness}
    env.filters |= {"sentence": sentence}
    env.globals["outcomes"] = OUTCOMES
    return env


def _file(name: str) -> str:
    return (resources.files("multipolar.render") / "templates" / name).read_text("utf-8")


def page(result: CaseResult) -> str:
    """Return the whole page as HTML: no outside resource, under 1 MB for a case of 150 claims.

    Every text of a case is escaped; charts are inline SVG drawn twice, wide and narrow.
    """
    script, style = _file("page.js"), _file("page.css")
    story = [_story_item(result, f) for f in result.case.story]
    sides = _sides(result, drawn={t.v.claim.id for t in story if t.sums})
    keys = list(result.case.sources)
    what_if = whatifs(result)
    sections, left_out = sections_drawn(result)
    context = {
        "case": result.case,
        "marks": {key: f"m{k % 4} r{k // 4}" for k, key in enumerate(keys)},
        "letters": _letters(keys),
        "counts": _looks(result.verdicts),
        "total": len(result.verdicts),
        "meaning": MEANING,
        "beside": BESIDE,
        "looks": LOOKS,
        "newest": newest(result.verdicts),
        "by_source": [_source_row(result, key) for key in keys],
        "gaps": _gaps(result),
        "resting": _resting(result),
        "heading": f"{NUMBERS[len(story)] if len(story) < len(NUMBERS) else len(story)} "
        f"finding{'' if len(story) == 1 else 's'}",
        "story": story,
        "sides": sides[:FULL_PAIRS],
        "more_sides": sides[FULL_PAIRS:],
        "whatifs": what_if,
        "sections": sections,
        "tabled": any(s.section.rows for s in sections),
        "left_out": left_out,
        "topics": _counted(v.claim.topic for v in result.verdicts),
        "speakers": _counted(v.claim.speaker for v in result.verdicts),
        "kinds": _counted(v.claim.kind for v in result.verdicts),
        "tables": [result.world.info(name) for name in result.world.names],
        "manifest": result.manifest,
        "slot": SLOT,
        "css": Markup(style),
        "js": Markup(script),
        "hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    }
    template = _environment().get_template("page.html.j2")
    ordered = sorted(
        range(len(result.verdicts)),
        key=lambda k: (_group(result.verdicts[k]), k),
    )
    told = {t.v.claim.id for t in story if t.drawing is not None}
    verdicts = [result.verdicts[k] for k in ordered]
    cards = [card(result, v, told=v.claim.id in told) for v in verdicts]
    text = _bare(template.render(context | {"cards": list(zip(ordered, cards, strict=True))}))
    fixed = [t.drawing for t in story] + [x.drawing for x in sides] + [w.map for w in what_if]
    fixed += [d for s in sections for d in s.drawings]
    drawn = (None if c.told else chart_of(result, c.v) for c in cards)
    figure = _environment().get_template("parts.html.j2").module.chart  # type: ignore[attr-defined]
    charts = (
        ("", False) if d is None else (_bare(figure(d, False)), d.chart.mapped) for d in drawn
    )
    shapes = maps.definitions(result.world.names_index.labels)
    return _fitting(text, charts, shapes, any(d.chart.mapped for d in fixed if d is not None))


def _bare(markup: str) -> str:
    """Leave out what a page can do without: quotes round attributes of one word, escaped "'".

    Texts of a case have no quotes of their own here, for they are escaped; no attribute is set in
    single ones.
    """
    return _MANY.sub(lambda tag: _WORD.sub(r"\1", tag[0]), markup).replace("&#39;", "'")


def _fitting(text: str, charts: Iterable[tuple[str, bool]], shapes: str, mapped: bool) -> str:
    """Return the page with as many charts of cards as the limit leaves room for, at most all.

    Args:
        text: the page, with a slot for the shapes of states and one for each card's chart.
        charts: what goes into each slot, and whether it refers to the shapes; those for which
            there is no room are not drawn.
        shapes: the shapes.
        mapped: whether anything else on the page refers to them.
    """
    head, first, *rest = text.split(SLOT)
    size = len(text.replace(SLOT, "").encode()) + mapped * len(shapes.encode())
    body = [first]
    for (chart, refers), after in zip(charts, rest, strict=False):
        more = len(chart.encode()) + (refers and not mapped) * len(shapes.encode())
        if size + more > LIMIT:
            break
        size, mapped = size + more, mapped or refers
        body += [chart, after]
    body += rest[len(body) // 2 :]
    return "".join([head, shapes if mapped else "", *body])


def _group(v: ClaimVerdict) -> int:
    """Decided claims first, in the order of the text; then open ones, then untestable ones."""
    return max(VERDICTS.index(v.verdict) - 2, 0)


def _letters(keys: Sequence[str]) -> dict[str, str]:
    """What stands in a source's square: its key if that is short, else a letter."""
    short = all(len(k) <= 2 for k in keys)
    return {k: k if short else chr(65 + n) for n, k in enumerate(keys)}


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return sorted(found.items(), key=lambda kv: kv[0].casefold())


def _looks(verdicts: Iterable[ClaimVerdict]) -> dict[str, int]:
    """Count verdicts by their look, in the order of the bar."""
    found = [look(v) for v in verdicts]
    return {key: found.count(key) for key in LOOKS}


def _source_row(result: CaseResult, key: str) -> dict[str, Any]:
    own = [v for v in result.verdicts if v.claim.source == key]
    counts = _looks(own)
    words = [f"{n} {_plural(LOOKS[k]) if n > 1 else LOOKS[k]}" for k, n in counts.items() if n]
    return {"key": key, "n": len(own), "counts": counts, "words": ", ".join(words)}


def _plural(word: str) -> str:
    """Return a grade as it is said of several claims."""
    return word.removesuffix("s") if word.endswith(("holds", "fails")) else word


def _gaps(result: CaseResult) -> str:
    """Say in one line what the unresolved claims wait for."""
    waiting = [v for v in result.verdicts if v.verdict == "unresolved"]
    if not waiting:
        return ""
    codes = [{r.code for r in v.reasons} for v in waiting]
    model = sum(Code.NO_ENGINE in c for c in codes)
    late = sum(Code.NOT_PUBLIC in c and Code.NO_ENGINE not in c for c in codes)
    as_of = result.case.as_of
    date = sum(
        v.claim.horizon is not None
        and ends_after(v.claim.horizon, as_of)
        and not {Code.NO_ENGINE, Code.NOT_PUBLIC} & c
        for v, c in zip(waiting, codes, strict=True)
    )
    found = (
        (model, "for a model that is not installed"),
        (late, "for figures that were not public yet"),
        (date, "for its date" if date == 1 else "for their date"),
        (len(waiting) - model - late - date, "for a source to be read or a figure to be found"),
    )
    parts = [f"{n} {'waits' if n == 1 else 'wait'} {what}" for n, what in found if n]
    return f"Of the {len(waiting)} unresolved, {listing(parts)}."


def _resting(result: CaseResult) -> str:
    """Say on what the decided claims rest; those decided by assumption are told apart."""
    own = [v.basis for v in result.verdicts if v.verdict in DECIDED and not v.by_assumption]
    assumed = sum(v.by_assumption for v in result.verdicts)
    found = [(own.count(b), words) for b, (_, words) in BASES.items() if b in own]
    said = []
    if len(found) > 1:
        (n, words), *others = found
        first = f"{n} {'rests' if n == 1 else 'rest'} {words}"
        parts = [first, *(f"{k} {more}" for k, more in others)]
        said.append(f"Of {len(own)} claims decided, {listing(parts)}.")
    if assumed:
        more = " more" if own else ""
        said.append(f"{assumed}{more} {'comes' if assumed == 1 else 'come'} out by assumption.")
    return " ".join(said)


def _story_item(result: CaseResult, finding: Finding) -> StoryItem:
    v = result.verdict(finding.claim)
    chart = chart_for(result, v, finding.chart, WIDE)
    partners = [
        k for p in result.case.pairs if finding.claim in p.claims for k in p.claims
    ] or v.claim.against[:1]
    beside = [k for k in dict.fromkeys(partners) if k != finding.claim][:1]
    total = next(
        (
            r
            for r in result.reconciliations
            if r.relation == "adds up" and r.total is not None and r.total.claim == finding.claim
        ),
        None,
    )
    sums = total is not None and finding.chart in ("sum", "auto") and chart is not None
    said = sentence(says(total)) if sums and total is not None else ""
    return StoryItem(
        v=v,
        heading=_heading(finding, v),
        why=" ".join(filter(None, (said, _counted_parts(v) or reason(v)))),
        turns=turning(v),
        sums=sums,
        drawing=drawing(chart),
        beside=tuple(result.verdict(k) for k in beside),
    )


def _heading(finding: Finding, v: ClaimVerdict) -> str:
    """Head an item of the story: with the case's words for its grade, or with what came out.

    What comes out by assumption is headed by that, for a heading says that something is so.
    """
    text = finding.heading.get(v.grade)
    if v.grade == "split":
        text = text or finding.heading.get("depends")
    if v.by_assumption:
        of = (r for r in v.reasons if r.code in (Code.ASSUMED, Code.CONSTRUCTED))
        text = next((phrase(r, v.parts) for r in of), None)
        return sentence(text or result_in_brief(v)).rstrip(".")
    return _filled(text, v) if text else sentence(result_in_brief(v)).rstrip(".")


def _counted_parts(v: ClaimVerdict) -> str:
    if len(v.parts) < 2 or v.verdict not in DECIDED:
        return ""
    return sentence(f"{rule(v)}: {tally(v)}")


def _filled(text: str, v: ClaimVerdict) -> str:
    """Put the computed figures into a heading; nothing else of it is read."""
    part = v.part
    figures = {
        "{value}": shown(part) if part else "",
        "{threshold}": needs(part) if part else "",
        "{margin}": margin(v),
        "{unit}": part.unit if part else "",
    }
    for key, value in figures.items():
        text = text.replace(key, value)
    return text


def _sides(result: CaseResult, drawn: set[str]) -> list[Side]:
    """What stands side by side: sums, then declared pairs, then clashes of figures.

    A sum that is part of another is told with it; one that the story draws is not drawn again.
    """
    sums = [r for r in result.reconciliations if r.relation == "adds up"]
    asked = result.case.pairs
    inner = {p.claim for r in sums for p in r.parts if p.claim}
    out = []
    for r in sums:
        if r.total is None or r.total.claim in inner:
            continue
        below = [x for x in sums if x.total and x.total.claim in {p.claim for p in r.parts}]
        told = tuple(sentence(says(x)) for x in (r, *below))
        heads = (p.question for p in asked if set(p.claims) <= set(r.claims))
        chart = None if r.total.claim in drawn else sum_chart(result, r, WIDE)
        head = next(heads, question(r))
        out.append(Side("Adds up", head, _of(result, r.claims), told, drawing(chart)))
    summed = [{v.claim.id for v in s.verdicts} for s in out]
    for pair in asked:
        if any(set(pair.claims) <= ids for ids in summed):
            continue
        told = tuple(
            sentence(says(r))
            for r in result.reconciliations
            if r.relation != "agree" and set(pair.claims) <= set(r.claims)
        )
        out.append(Side(pair.relation.capitalize(), pair.question, _of(result, pair.claims), told))
    declared = [set(p.claims) for p in result.case.pairs]
    out += [
        _clash(result, r)
        for r in result.reconciliations
        if r.relation == "clash" and len(r.claims) > 1 and set(r.claims) not in declared
    ]
    return out


def _of(result: CaseResult, claims: Iterable[str]) -> tuple[ClaimVerdict, ...]:
    return tuple(result.verdict(k) for k in claims)


def _clash(result: CaseResult, r: Reconciliation) -> Side:
    return Side("Clash", question(r), _of(result, r.claims), (sentence(says(r)),))
