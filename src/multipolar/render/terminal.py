"""The verdicts as a table for a terminal of 80 columns."""

from __future__ import annotations

import textwrap

from multipolar.pipeline.result import CaseResult, ClaimVerdict
from multipolar.render.sentences import needs, shown, why
from multipolar.render.words import label, marks, sign, tally, turning
from multipolar.text.clean import visible

GLYPHS = {
    **{"holds": "●", "mostly-holds": "◐", "split": "◆", "mostly-fails": "◧", "fails": "■"},
    **{"unresolved": "○", "untestable": "◌", "assumed": "△", "close": "≈"},
}
_COLOURS = {
    **{"holds": "34", "mostly-holds": "34", "split": "33", "mostly-fails": "31", "fails": "31"},
    **{"unresolved": "90", "untestable": "90", "assumed": "35", "close": "33"},
}
LEFT = 20


def table(result: CaseResult, *, width: int = 80, color: bool = False) -> str:
    """Return one block a claim: verdict, id and claim, and the value against its threshold.

    Example:
        >>> from multipolar.run import run_case
        >>> lines = table(run_case("critical-minerals-2023", draws=4)).splitlines()
        >>> max(len(line) for line in lines) <= 80
        True
    """
    lines = [*_wrapped(result.case.title, width), ""]
    for verdict in result.verdicts:
        lines += _claim(verdict, width, color=color)
    counts = [f"{n} {word}" for word, n in result.grades().items() if n]
    return "\n".join(
        [*lines, "", *_wrapped(f"{len(result.verdicts)} claims: {', '.join(counts)}", width)]
    )


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(visible(text), width, break_long_words=True) or [""]


def _claim(v: ClaimVerdict, width: int, *, color: bool) -> list[str]:
    head = f"{GLYPHS[sign(v)]} {label(v)}"
    room = width - LEFT - 1
    right = _wrapped(f"{v.claim.id}  {v.claim.says}", room)
    result = _result(v)
    if result:
        right += _wrapped(result, room)
    if marked := marks(v):
        right += _wrapped(marked, room)
    first = f"{head:<{LEFT}} "
    if color:
        first = f"\x1b[{_COLOURS[sign(v)]}m{first}\x1b[0m"
    return [first + right[0], *(" " * (LEFT + 1) + line for line in right[1:])]


def _result(v: ClaimVerdict) -> str:
    part = v.part
    if part is None or part.value is None:
        return why(v)
    text = f"{part.label}: {shown(part)}, needs {needs(part)}"
    turns = turning(v) if v.pivot is not None else ""
    turns = turns[:1].lower() + turns[1:]
    if v.verdict == "depends" and v.passes and v.parameters:
        return "; ".join(filter(None, (f"passes in {v.share:.0%} of draws", turns, text)))
    text = turns or text
    return f"{tally(v)}; {text}" if len(v.parts) > 1 else text
