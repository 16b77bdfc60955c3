"""The words of a verdict: a sentence for each code of a reason, and what a part shows and needs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from multipolar.claims.schema import Exceeds, Leaf, Rank, kind_of
from multipolar.pipeline.reasons import Code, Reason
from multipolar.pipeline.result import ClaimVerdict, Figure, Part, Pivot, Ranking, Reconciliation
from multipolar.render.code import code
from multipolar.render.pivots import pivot_sentence
from multipolar.text.dates import is_date
from multipolar.text.phrases import (
    DIGITS,
    difference,
    digits_apart,
    listing,
    long_date,
    ordinal,
    printed,
    quantity,
    sentence,
    sentences,
)

# a metric's name, in no address and no number
_CODED = re.compile(r"(?<![\w./])[a-z_]{2,}\.[a-z_]{3,}(?![\w./])")
RIVALS = 6  # that are named
TYPED = 10  # digits to which a typed bound may be printed
_RULES = {"all": "all have to", "any": "one has to", "across": "each counts alike"}
_CHOICES = {"measure": "which measure is taken", "source": "whose figure is taken"}
_WEAK = {"second-hand": "a report of a report", "recalled": "a figure recalled"}
_BOUNDS = {"at_least": "at least", "at_most": "at most", "above": "more than"}
_BOUNDS |= {"below": "less than", "equals": "", "differs": "other than"}
_DATES = {"at_least": "on or after", "at_most": "by", "above": "after", "below": "before"}


def why(v: ClaimVerdict) -> str:
    """Say why a verdict is what it is.

    Example:
        >>> from multipolar.run import run_case
        >>> why(run_case("critical-minerals-2023", draws=4).verdicts[0]) != ""
        True
    """
    return told(v.reasons, v.parts)


def would_settle(v: ClaimVerdict) -> str | None:
    """Say what would settle an open claim; None for any other."""
    return told(v.settles, v.parts) or None


def told(reasons: Iterable[Reason], parts: Sequence[Part]) -> str:
    """Say several reasons, a sentence each.

    What parts of one engine say of themselves is much the same: a sentence of it comes once.
    """
    said: list[str] = []
    notes: dict[str, None] = {}
    for reason in reasons:
        text = phrase(reason, parts)
        if reason.code is Code.NOTES:
            notes |= dict.fromkeys(sentences(text))
        else:
            said.append(text)
    return " ".join(filter(None, map(sentence, (*said, *notes))))


def phrase(reason: Reason, parts: Sequence[Part] = ()) -> str:
    """Put a reason in words, without a capital and a full stop of its own.

    Example:
        >>> phrase(Reason(Code.NOT_DUE, {"date": "2030-12-31"}))
        'not due until 31 December 2030'
    """
    return _PHRASES[reason.code](reason, parts)


def brief(v: ClaimVerdict) -> str:
    """Say the first of the reasons in its first sentence."""
    if not v.reasons:
        return ""
    return sentence(sentences(phrase(v.reasons[0], v.parts))[0])


def note(part: Part) -> str:
    """Say what a reader of a part should know: why it was not read, or what its readings say."""
    if part.gap is not None:
        return phrase(part.gap, (part,))
    ranked = [_ranked(part.ranking)] if part.ranking is not None else []
    return " ".join(dict.fromkeys(sentence(text) for text in (*ranked, *part.notes)))


def shown(part: Part) -> str:
    """Say what was measured."""
    value, leaf = part.value, part.leaf
    if value is None:
        return "not read"
    if part.ranking is not None and not isinstance(value, str):
        return f"{ordinal(int(value))} of {part.ranking.size}"
    change = leaf.rises or leaf.falls
    if change is not None and not isinstance(value, str):
        n = _digits(part)
        relative = change.relative
        size = quantity(100 * value, "percent", n) if relative else difference(value, part.unit, n)
        return size if size.startswith("−") else f"+{size}"
    return quantity(value, part.unit, _digits(part))


def _digits(part: Part) -> int:
    """Return to how many digits value and bound are printed, so that neither belies the verdict."""
    value, bounds, unit = part.value, part.threshold, part.unit
    if not isinstance(value, (int, float)):
        return DIGITS
    listed = bounds if isinstance(bounds, tuple) else (bounds,)
    pairs = [(float(value), float(b)) for b in listed if isinstance(b, (int, float))]
    if unit == "share of the earlier value":
        pairs, unit = [(100 * a, 100 * b) for a, b in pairs], "percent"
    leaf = part.leaf
    if leaf.within and pairs:  # what is printed of a tolerance is the distance it allows
        (value, bound), *_ = pairs
        pairs = [(value, bound), (value, bound - leaf.within), (value, bound + leaf.within)]
    n = digits_apart(pairs, unit)
    typed = [b for b in _typed(leaf) if isinstance(b, float)]
    # a bound is printed as it was typed, not rounded to another
    return next((d for d in range(n, TYPED) if all(printed(b, unit, d) == b for b in typed)), n)


def _typed(leaf: Leaf) -> tuple[object, ...]:
    bound = getattr(leaf, leaf.comparison)
    return bound if isinstance(bound, tuple) else (bound,)


def needs(part: Part) -> str:
    """Say what the claim needs of a part."""
    leaf, unit, n = part.leaf, part.unit, _digits(part)
    kind = leaf.comparison
    bound = getattr(leaf, kind)
    if kind == "rank":
        return _place(bound)
    if kind in ("rises", "falls"):
        word = "a rise" if kind == "rises" else "a fall"
        by = bound.by
        size = quantity(100 * by, "percent", n) if bound.relative else difference(by, unit, n)
        when = "; ".join(_words(v) for v in bound.since.values())
        return f"{word}{f' of at least {size}' if bound.by else ''} since {when}"
    if kind in ("exceeds", "short_of"):
        return _beyond(part, bound)
    if kind == "between":
        years = kind_of(unit) == "date"
        ends = (f"{b:04.0f}" if years and isinstance(b, float) else b for b in bound)
        return " to ".join(quantity(b, unit, n) for b in ends)
    return _bound(leaf, kind, bound, unit, n)


def _bound(leaf: Leaf, kind: str, bound: float | str, unit: str, digits: int) -> str:
    if kind_of(unit) == "date" and isinstance(bound, float):
        bound = f"{bound:04.0f}"  # a bare year, a number in YAML
    dated = is_date(bound)
    word = _DATES.get(kind, _BOUNDS[kind]) if dated else _BOUNDS[kind]
    slack = quantity(leaf.within, "days") if dated else difference(leaf.within, unit, digits)
    within = f" within {slack}" if leaf.within else ""
    return f"{word} {quantity(bound, unit, digits)}{within}".strip()


def _beyond(part: Part, bound: Exceeds) -> str:
    """What a rival came to is what is needed; of what it is made stands behind it."""
    word = "more than" if part.comparison == "exceeds" else "less than"
    times = "" if bound.times == 1 else f"{bound.times:g} times "
    plus = ""
    if bound.plus:
        plus = f" {'plus' if bound.plus > 0 else 'less'} {quantity(abs(bound.plus), part.unit)}"
    made = f"{times}{bound.ratio_label or 'the other reading'}{plus}"
    if is_date(part.threshold) and not (times or plus):
        late = "after" if part.comparison == "exceeds" else "before"
        return f"{late} {quantity(str(part.threshold))}"
    if not isinstance(part.threshold, (int, float)):
        return f"{word} {made}"
    limit = quantity(part.threshold, part.unit, _digits(part))
    return f"{word} {limit} ({made})" if bound.ratio_label or times or plus else f"{word} {limit}"


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _place(rule: Rank) -> str:
    if rule.at_least is not None and rule.at_most is not None:
        return f"{ordinal(rule.at_least)} to {ordinal(rule.at_most)}"
    if rule.at_least is not None:
        return f"{ordinal(rule.at_least)} or lower"
    limit = rule.at_most if rule.at_most is not None else 1
    first = "lowest" if rule.ascending else "first"
    return first if limit == 1 else f"among the {first} {limit}"


def turns_at(pivot: Pivot) -> str:
    """Write where an answer turns: a number, or the choices it passes for.

    Example:
        >>> turns_at(Pivot("gas.start", 2031.46, "above", 0.9, "year"))
        '2031.5'
    """
    if isinstance(pivot.at, tuple):
        return listing(list(pivot.at))
    return f"{pivot.at:{'.1f' if pivot.unit == 'year' else '.3g'}}"


def turns_on(pivot: Pivot) -> str:
    """Name what an answer turns on."""
    return _CHOICES.get(pivot.parameter, pivot.description) or pivot.parameter


def says(r: Reconciliation) -> str:
    """Say how figures relate."""
    if r.total is not None:
        terms = " + ".join(quantity(p.value) for p in r.parts)
        names = listing([p.label for p in r.parts])
        return f"{quantity(r.total.value, r.total.unit)} = {terms}: {names}"
    one, other = r.figures
    text = sentence(
        f"{_figure(one)}; {_figure(other)} ({other.source}, known {long_date(other.known)})"
    )
    if not r.between:
        return text
    return f"{text} {r.between} figures lie between them and are not set side by side."


def _figure(f: Figure) -> str:
    return f"{f.label}: {quantity(f.value, f.unit)}"


def question(r: Reconciliation) -> str:
    """Head figures that are set side by side."""
    if r.total is None:
        return f"{r.figures[0].label}?"
    return f"{listing([quantity(f.value) for f in r.figures if f.claim])} {r.total.unit}"


def _stated(reason: Reason, parts: Sequence[Part]) -> str:
    return str(reason["text"])


def _read(reason: Reason, parts: Sequence[Part]) -> str:
    part = parts[reason["part"]]
    return f"{part.label}: {shown(part)}; the claim needs {needs(part)}"


def _unread(reason: Reason, parts: Sequence[Part]) -> str:
    part = parts[reason["part"]]
    return f"{part.label}: not read ({note(part).rstrip('.')})"


def _counted(reason: Reason, parts: Sequence[Part]) -> str:
    return f"{reason['passed']} of {reason['parts']} parts pass, {_RULES[reason['rule']]}"


def _families(reason: Reason, parts: Sequence[Part]) -> str:
    passing, n, split = reason["passed"], reason["families"], reason["split"]
    word = "kind of measure" if n == 1 else "kinds of measures"
    named = f": {listing(list(passing))}" if 0 < len(passing) < n else ""
    open_ = f"; {listing(list(split))} could be either" if split else ""
    return f"{len(passing)} of {n} {word} {'passes' if len(passing) == 1 else 'pass'}{named}{open_}"


def _close(reason: Reason, parts: Sequence[Part]) -> str:
    near = [parts[k] for k in reason["parts"]]
    return "; ".join(f"{p.label}: too close to call{_often(p)} ({within(p)})" for p in near)


def _often(part: Part) -> str:
    n = len(part.values)
    word = "readings" if part.basis == "record" else "draws"
    return f" in {part.near} of {n} {word}" if n > 1 else ""


def within(part: Part) -> str:
    """Say how large the error is that a margin lies within, and of what kind."""
    kinds = listing(list(part.error_of)) or "the last digits"
    if part.leaf.rank is not None or not part.error or not math.isfinite(part.error):
        return f"within the error of the figures: {kinds}"
    unit = "percentage points" if part.unit == "percent" else part.unit
    if part.unit == "share of the earlier value":
        return f"within {quantity(100 * part.error, 'percentage points')}, {kinds}"
    return f"within {quantity(part.error, unit)}, {kinds}"


def _lost(reason: Reason, parts: Sequence[Part]) -> str:
    why = f" (the first: {_bare(_plain(reason['text']))})" if reason["text"] else ""
    return f"{reason['failed']} of {reason['draws']} draws did not solve and count as either{why}"


def _in_part(reason: Reason, parts: Sequence[Part]) -> str:
    return f"tested in part; not tested: {'; '.join(map(_bare, reason['untested']))}"


def _constructed(reason: Reason, parts: Sequence[Part]) -> str:
    if reason["text"]:
        return f"by assumption: {_bare(reason['text'])}"
    return "the test comes out one way in every draw and for all it could be asked of"


def _stale(reason: Reason, parts: Sequence[Part]) -> str:
    through, now = long_date(reason["through"]), long_date(reason["as_of"])
    return f"stale: the figures that decide run through {through}, and it is judged on {now}"


def _other_year(reason: Reason, parts: Sequence[Part]) -> str:
    claimed, read = (listing([str(y) for y in reason[k]]) for k in ("claimed", "read"))
    why = f" ({_bare(_plain(reason['text']))})" if reason["text"] else ""
    return f"the claim is for {claimed}, and the test reads {read}{why}"


def _not_public(reason: Reason, parts: Sequence[Part]) -> str:
    known, now = long_date(reason["known"]), long_date(reason["as_of"])
    return f"not used: {reason['what']} was not public by {now} (its date is {known})"


def _bare(text: str) -> str:
    return text.rstrip(". ")


def _differ(reason: Reason, parts: Sequence[Part]) -> str:
    values = ((s.source, s.value) for s in reason["sources"])
    named = [f"{name} ({v:g})" if isinstance(v, float) else f"{name} ({v})" for name, v in values]
    effect = "the answer turns on it" if reason["turns"] else "the answer is the same"
    return f"another figure is given by {listing(named)}; {effect}"


def _passes(reason: Reason) -> str:
    return f"passes in {reason['share']:.0%} of {reason['draws']} draws"


def _turns(reason: Reason, parts: Sequence[Part]) -> str:
    pivot: Pivot = reason["pivot"]
    if pivot.turning is not None:
        return f"{_passes(reason)}; it {pivot_sentence(pivot.turning)}"
    unit = "" if pivot.unit == "year" else pivot.unit
    cut = f"{turns_on(pivot)} is {pivot.direction} {turns_at(pivot)} {unit}".rstrip()
    sorts = f"a cut that sorts {pivot.accuracy:.0%} of the draws"
    return f"{_passes(reason)}; it turns where {cut}, {sorts}"


def _ranked(ranking: Ranking) -> str:
    own = f"{ranking.subject} {quantity(ranking.value, ranking.unit)}"
    if ranking.rival is None:
        return own
    place = "second" if ranking.leads else "first"
    return f"{own}; {place} {ranking.rival} {quantity(ranking.rival_value, ranking.unit)}"


def _settled(reason: Reason, parts: Sequence[Part]) -> str:
    open_ = [parts[k] for k in reason["parts"]]
    text = listing([f"{p.label}: {needs(p)}" for p in open_])
    return f"{text} ({code(open_[0])})" if reason["test"] else text


def _fault(reason: Reason, parts: Sequence[Part]) -> str:
    """Say what was not read as a reader takes it: metrics by their titles, and no hints.

    Where in a case it stands and what its author may do, ``multipolar check`` says.
    """
    text = str(reason["what"])
    for part in parts:
        if part.metric:
            text = re.sub(rf"\b{re.escape(part.metric)}\b", part.label.replace("\\", ""), text)
    return _CODED.sub(lambda m: m.group().replace(".", " ").replace("_", " "), text)


def _plain(text: str) -> str:
    """Return the line of an error without its hint."""
    return text.partition(". Hint: ")[0]


def _rivals(reason: Reason) -> str:
    return listing(list(reason["rivals"][:RIVALS]))


_PHRASES: Mapping[Code, Callable[[Reason, Sequence[Part]], str]] = {
    Code.STATED: _stated,
    Code.READ: _read,
    Code.UNREAD: _unread,
    Code.COUNTED: _counted,
    Code.SOURCES_DIFFER: _differ,
    Code.FAMILIES: _families,
    Code.NEEDED: lambda r, _: f"{r['passed']} of {r['parts']} parts that it needs pass",
    Code.CLOSE: _close,
    Code.LOST: _lost,
    Code.IN_PART: lambda r, _: (
        f"tested in part; not tested: {'; '.join(map(_bare, r['untested']))}"
    ),
    Code.INSTEAD: lambda r, _: f"tested in its place: {_bare(r['text'])}",
    Code.ONE_FAMILY: lambda r, _: f"all its measures are of one kind ({r['family']})",
    Code.ASSUMED: lambda r, _: "without priors or forms of ours it would not stand",
    Code.CONSTRUCTED: _constructed,
    Code.WEAK: lambda r, _: f"no verdict is stronger than its evidence: {_WEAK[r['grade']]}",
    Code.STALE: _stale,
    Code.UNPROVEN: lambda *_: (
        "it hangs on a model that, tested on that year, came no nearer than the figures of the "
        "year before"
    ),
    Code.OTHER_YEAR: _other_year,
    Code.AHEAD: lambda r, _: f"ahead of its date, {long_date(r['date'])}: on the record so far",
    Code.FRAMED: lambda r, _: f"it stands in {r['stands']} of {r['framings']} framings only",
    Code.TURNS: _turns,
    Code.TURNS_ON: lambda r, _: f"it passes for {turns_at(r['pivot'])} only",
    Code.NO_PIVOT: lambda r, _: f"{_passes(r)}; no single parameter explains when",
    Code.NOTES: lambda r, parts: note(parts[r["part"]]),
    Code.NOT_DUE: lambda r, _: f"not due until {long_date(r['date'])}",
    Code.SETTLED_BY: _settled,
    Code.NO_ENGINE: _fault,
    Code.NO_DATA: _fault,
    Code.REFUSED: _fault,
    Code.NO_ANSWER: lambda r, parts: _fault(Reason(r.code, {"what": _plain(r["text"])}), parts),
    Code.NOTHING_READ: lambda r, _: "nothing was read",
    Code.SEVERAL_UNITS: lambda r, _: "not ranked: the figures are in several units",
    Code.NO_ROW: lambda r, _: f"no row for {r['subject']} to rank",
    Code.UNKNOWN_RIVALS: lambda r, _: f"not ranked: the figures of {_rivals(r)} are not known",
    Code.NOT_PUBLIC: _not_public,
    Code.NO_RIVALS: lambda r, _: f"not ranked: no figures of {_rivals(r)}",
}
