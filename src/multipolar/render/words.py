"""Short wordings that the page and the terminal share."""

from __future__ import annotations

import math
from collections.abc import Iterable

from multipolar.claims.schema import DECIDED, VERDICT_GRADES
from multipolar.pipeline.grading import FAILS_TO, HOLDS_FROM
from multipolar.pipeline.reasons import Code
from multipolar.pipeline.result import BY_ASSUMPTION, ClaimVerdict, Part
from multipolar.render.framed import framed
from multipolar.render.pivots import pivot_sentence
from multipolar.render.sentences import brief, needs, shown, told, turns_at, turns_on
from multipolar.text.dates import span
from multipolar.text.phrases import listing, long_date, quantity, sentence

_RULES = {
    "all": "All parts have to pass",
    "any": "One part has to pass",
    "across": "Each kind of measure counts alike",
}
_OPEN = ("close", "either", "unread")
_IS = {
    "passes": "passes",
    "fails": "does not pass",
    "close": "is too close to call",
    "unread": "was not read",
}
BASES = {  # what a verdict rests on: of one claim, and of several
    "record": (
        "record, read from the world tables or from cited evidence without a model",
        "on data alone",
    ),
    "published": ("a published model with its published parameters", "on published models"),
    "published form, our calibration": (
        "a published model form, calibrated here",
        "on published forms with our calibration",
    ),
    "ours": (
        "a model of ours, not published",
        "also on models or priors of our own, without which they would stand",
    ),
}
ASSUMED, CLOSE = "assumed", "close"
LOOKS = {w.replace(" ", "-"): w for w in VERDICT_GRADES} | {ASSUMED: BY_ASSUMPTION}
OUTCOMES = {  # of a part, or of a kind of measure: the sign it has, and its words
    "passes": ("holds", "passes"),
    "fails": ("fails", "does not pass"),
    "close": (CLOSE, "too close to call"),
    "either": ("split", "could be either"),
    "unread": ("unresolved", "not read"),
}


def look(v: ClaimVerdict) -> str:
    """Return how a verdict looks and is counted: a key of ``LOOKS``, which are its grades.

    What rests on assumptions has a look of its own, outside holds and fails.
    """
    return ASSUMED if v.by_assumption else v.grade.replace(" ", "-")


def sign(v: ClaimVerdict) -> str:
    """Return the sign of a verdict: that of its look, and one for what is too close to call."""
    return CLOSE if label(v) == "too close to call" else look(v)


def label(v: ClaimVerdict) -> str:
    """Return a verdict in the words a reader sees first, with what it must not be read without.

    Example:
        >>> from multipolar.run import run_case
        >>> "holds" in {label(v) for v in run_case("critical-minerals-2023", draws=4).verdicts}
        True
    """
    if v.by_assumption:
        return BY_ASSUMPTION
    if v.close and v.grade == "split":  # else it is close between two grades of one side
        return "too close to call"
    if v.in_part and v.grade in ("mostly holds", "mostly fails"):
        return f"{v.grade.removeprefix('mostly ')} in part"
    return v.grade


def marks(v: ClaimVerdict) -> str:
    """Say what a verdict must not be read without: evidence, age, framings, parts left out."""
    if v.verdict not in DECIDED:
        return ""
    said = []
    if v.by_assumption:
        said.append(f"it {v.grade}, on assumptions" if v.grade != "split" else "on assumptions")
    if v.standing in ("second-hand", "recalled"):
        said.append(f"on {v.standing} evidence")
    if v.through:
        stale = "stale: " if v.stale else ""
        said.append(f"{stale}data through {long_date(v.through)}")
    if v.failed:
        said.append(f"{v.failed} of {v.draws} draws failed")
    if text := framed(v):
        said.append(text)
    return "; ".join(said)


def outcome(part: Part) -> str:
    """Return what a part comes to, a key of ``OUTCOMES``."""
    if part.passed is None:
        return "unread"
    if part.close:
        return "close"
    return "passes" if part.passed else "fails"


def closeness(part: Part) -> str:
    """Say within what error a part is too close to call, and of what kind that is.

    Example:
        >>> from multipolar.claims.schema import Leaf
        >>> leaf = Leaf(metric="toy.line", below=50.0)
        >>> part = Part(leaf, "share", 49.97, "percent", 50.0, 0.03, True, {}, None, close=True)
        >>> closeness(part)
        'too close to call'
    """
    n = len(part.values)
    often = f" in {part.near} of {n} draws" if 1 < n != part.near else ""
    inner = ", ".join(filter(None, (_half_width(part), listing(list(part.error_of)))))
    return f"too close to call{often}" + (f" ({inner})" if inner else "")


def _half_width(part: Part) -> str:
    size = part.error
    if part.leaf.rank is not None or not size or not math.isfinite(size):
        return ""
    if part.unit == "share of the earlier value":
        return f"±{quantity(100 * size, 'percentage points')}"
    if isinstance(part.value, str):
        return f"±{quantity(size, 'days')}"
    return f"±{quantity(size, 'percentage points' if part.unit == 'percent' else part.unit)}"


def tally(v: ClaimVerdict) -> str:
    """Count the parts that pass, and beside them those that the claim needs.

    A test across measures speaks of measures, since each of them answers the same question.
    """
    if len(v.families) > 1:
        kinds = {True: "passes", False: "fails", None: "either"}
        return _counted([kinds[f.passes] for f in v.families], "kind", "of measures") + _needed(v)
    parts = [p for p in v.parts if p.family] if v.families else v.parts
    return _counted([outcome(p) for p in parts], "measure" if v.families else "part") + _needed(v)


def _counted(found: Iterable[str], one: str, of: str = "") -> str:
    """Count outcomes in words: how many pass, and which pass neither way."""
    all_ = list(found)
    n, passed = len(all_), all_.count("passes")
    open_ = [f"{k} {OUTCOMES[w][1]}" for w in _OPEN if (k := all_.count(w))]
    word, many = (f"{w} {of}".rstrip() for w in (one, f"{one}s"))
    if open_:
        counted = f"{passed} of {n} {many} {'passes' if passed == 1 else 'pass'}"
    elif n == 1:
        counted = f"its one {word} {'passes' if passed else 'does not pass'}"
    elif passed == n:
        counted = f"both {many} pass" if n == 2 else f"all {n} {many} pass"
    elif passed == 0:
        counted = f"neither {word} passes" if n == 2 else f"none of {n} {many} passes"
    else:
        counted = f"{passed} of {n} {many} {'passes' if passed == 1 else 'pass'}"
    return ", ".join([counted, *open_])


def _needed(v: ClaimVerdict) -> str:
    need = [outcome(p) for p in v.parts if p.needed]
    if len(need) == 1:
        return f"; the part it needs {_IS[need[0]]}"
    return f"; of what it needs, {_counted(need, 'part')}" if need else ""


def result_in_brief(v: ClaimVerdict) -> str:
    """Say in a few words what came out, for places with no room for more."""
    part = v.part
    if part is None or part.value is None:
        return brief(v)
    if len(v.parts) > 1:
        return tally(v)
    return f"{shown(part)}, needs {needs(part)}"


def margin(v: ClaimVerdict) -> str:
    """Say by how much a claim of one part passes or falls short."""
    part = v.part
    if part is None or part.margin is None or len(v.parts) > 1:
        return ""
    if part.close:
        return closeness(part)
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


def turning(v: ClaimVerdict) -> str:
    """Say at what the answer turns, or how far from turning it is; blank where nothing is known.

    The one place that says so: cards, findings and headings ask here.
    """
    pivot = v.pivot
    if pivot is not None and pivot.direction == "is":
        return f"Passes for {turns_at(pivot)} only"
    if pivot is not None and pivot.turning is not None:
        return sentence(pivot_sentence(pivot.turning)).rstrip(".")
    if pivot is not None:
        unit = "" if pivot.unit == "year" else f" {pivot.unit}"
        what = sentence(turns_on(pivot)).rstrip(".")
        return f"{what}: passes {pivot.direction} {turns_at(pivot)}{unit}".rstrip()
    if v.verdict not in DECIDED or v.close or v.grade == "split":
        return ""
    if v.passes and v.share is not None:
        return _over_draws(v.share, len(v.passes))
    found = margin(v)
    if found and not (v.part and v.part.close):
        assert v.part is not None and v.part.margin is not None
        spare = v.part.margin > 0 or (v.part.margin == 0 and v.part.passed)
        return f"It would take another figure: this one {'has' if spare else 'is'} {found}"
    need = _parts_needed(v)
    return f"It would take {need} to come out the other way" if need else ""


def _over_draws(share: float, n: int) -> str:
    if FAILS_TO < share < HOLDS_FROM:
        return ""
    passed = {1.0: "passes in all", 0.0: "passes in none"}.get(share, f"passes in {share:.0%}")
    return f"Nowhere in the ranges drawn: {passed} of {n} draws"


def _parts_needed(v: ClaimVerdict) -> str:
    """Say how many parts would have to change for a verdict without draws to be another."""
    found = [outcome(p) for p in v.parts]
    n, passed = len(found), found.count("passes")
    if v.claim.rule == "across" or n < 2 or {"close", "unread"} & set(found):
        return ""
    change = max(1, passed if v.claim.rule == "any" else n - passed)
    return "one part" if change == 1 else f"{change} parts"


def rule(v: ClaimVerdict) -> str:
    """Say how the parts of a test make its verdict."""
    return _RULES[v.claim.rule or "all"]


# what the marks of a verdict say, and what the list of its parts and their count
_MARKED = (Code.STALE, Code.FRAMED, Code.IN_PART, Code.INSTEAD)
_LISTED = (Code.COUNTED, Code.FAMILIES, Code.NEEDED, Code.READ, Code.UNREAD, Code.CLOSE)


def reason(v: ClaimVerdict) -> str:
    """The reason without what marks, figures, the list of parts and the pivot say beside it."""
    beside = (*_MARKED, *_LISTED, Code.TURNS_ON) if len(v.parts) > 1 else _MARKED
    return told([r for r in v.reasons if r.code not in beside], v.parts)


def newest(verdicts: Iterable[ClaimVerdict]) -> str:
    """Return the last date that figures of any verdict are for; blank where none says.

    Example:
        >>> newest([])
        ''
    """
    return max((v.through for v in verdicts if v.through), key=lambda d: span(d)[1], default="")
