"""Short wordings that the page and the terminal share."""

from __future__ import annotations

from multipolar.claims.schema import DECIDED
from multipolar.pipeline.reasons import Code
from multipolar.pipeline.result import ClaimVerdict
from multipolar.render.framed import framed
from multipolar.render.pivots import pivot_sentence
from multipolar.render.sentences import brief, needs, shown, told, turns_at, turns_on
from multipolar.text.phrases import long_date, quantity, sentence

_RULES = {
    "all": "All parts have to pass",
    "any": "One part has to pass",
    "across": "Each kind of measure counts alike",
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
    "ours": ("a model of ours, not published", "on models or priors of our own"),
}


def label(v: ClaimVerdict) -> str:
    """Return a verdict in the words a reader sees first, with what it must not be read without.

    Example:
        >>> from multipolar.run import run_case
        >>> sorted({label(v) for v in run_case("critical-minerals-2023", draws=4).verdicts})[0]
        'fails'
    """
    if v.by_assumption and v.verdict in DECIDED:
        return "by assumption"
    if v.close:
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


def tally(v: ClaimVerdict) -> str:
    """Count the parts that pass.

    A test across measures speaks of measures, since each of them answers the same question.
    """
    n, passed = len(v.parts), sum(bool(p.passed) and not p.close for p in v.parts)
    word = "parts"
    if v.families:
        n, passed = len(v.families), sum(bool(f.passes) for f in v.families)
        word = "kinds of measures"
        if n == 1:
            n, passed, word = len(v.parts), sum(bool(p.passed) for p in v.parts), "measures"
    if passed == n:
        return f"both {word} pass" if n == 2 else f"all {n} {word} pass"
    if passed == 0:
        one = {"parts": "part", "measures": "measure"}.get(word, "kind of measure")
        return f"neither {one} passes" if n == 2 else f"none of {n} {word} passes"
    return f"{passed} of {n} {word} {'passes' if passed == 1 else 'pass'}"


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
    """Say at what the answer turns, or how far from turning it is."""
    pivot = v.pivot
    if pivot is not None and pivot.direction == "is":
        return f"Passes for {turns_at(pivot)} only"
    if pivot is not None and pivot.turning is not None:
        return sentence(pivot_sentence(pivot.turning)).rstrip(".")
    if pivot is not None:
        unit = "" if pivot.unit == "year" else f" {pivot.unit}"
        what = sentence(turns_on(pivot)).rstrip(".")
        return f"{what}: passes {pivot.direction} {turns_at(pivot)}{unit}".rstrip()
    if v.verdict == "depends":
        return "No single parameter, source or measure explains when it passes"
    if v.verdict not in ("holds", "fails"):
        return ""
    if v.passes:
        passed = "passes in all" if v.verdict == "holds" else "passes in none"
        if v.share not in (0.0, 1.0):
            passed = f"passes in {v.share:.0%}"
        return f"Nowhere in the ranges drawn: {passed} of {len(v.passes)} draws"
    found = margin(v)
    if found:
        assert v.part is not None and v.part.margin is not None
        spare = v.part.margin > 0 or (v.part.margin == 0 and v.part.passed)
        return f"It would take another figure: this one {'has' if spare else 'is'} {found}"
    n, passed_parts = len(v.parts), sum(bool(p.passed) for p in v.parts)
    need = _parts_needed(v, n, passed_parts)
    return f"It would take {need} to come out the other way" if need else ""


def _parts_needed(v: ClaimVerdict, n: int, passed: int) -> str:
    """Say how many parts would have to change for a verdict without draws to be another."""
    if v.claim.rule == "across":
        return "one kind of measure" if len(v.families) > 1 else ""
    if n < 2:
        return ""
    if v.claim.rule != "any":
        change = 1 if v.verdict == "holds" else n - passed
    else:
        change = passed if v.verdict == "holds" else 1
    return "one part" if change == 1 else f"{change} parts"


def rule(v: ClaimVerdict) -> str:
    """Say how the parts of a test make its verdict."""
    return _RULES[v.claim.rule or "all"]


_BESIDE = (Code.COUNTED, Code.READ, Code.UNREAD, Code.TURNS_ON)


def reason(v: ClaimVerdict) -> str:
    """The reason without what the figures, the list of parts and the pivot say beside it."""
    several = len(v.parts) > 1
    return told([r for r in v.reasons if not several or r.code not in _BESIDE], v.parts)
