"""Numbers as they are not read here: in quotes, with marks, in words."""

from __future__ import annotations

import re


class Printed(float):
    """A number with the text it was written as, which says to how many decimals it is known.

    Example:
        >>> Printed("20.0").decimals, Printed("6.30").decimals, Printed("1e3").decimals
        (1, 2, None)
    """

    text: str

    def __new__(cls, text: str) -> Printed:
        """Read a number."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    @property
    def decimals(self) -> int | None:
        """How many decimals it was written with; None in powers of ten."""
        return len(self.text.partition(".")[2]) if self.text.lower().find("e") < 0 else None


_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_LARGE = "dozen hundred thousand million billion trillion"
_PARTS = "half halves third thirds quarter quarters fifth fifths percent"
_WORDS = frozenset(f"{_SMALL} {_LARGE}".split())
_BESIDE = _WORDS | frozenset(f"{_PARTS} a an and of minus point".split())
# signs and currencies before, digits of any script with marks between them, a unit of share after
_MARKED = re.compile(
    r"[-+\u2212~<>=\u2264\u2265]*\s*[$\u20ac\u00a3\u00a5]?\s*"
    r"(?:\d+(?:[\s_,.'\u2019\u00a0\u202f]\d+)*[.,]?|[.,]\d+)(?:[eE][-+]?\d+)?"
    r"\s*(?:%|percent|per cent|pct|\u2030)?",
    re.IGNORECASE,
)


# "one" and "two" are words of every sentence; what is counted or shared out is not
_COUNTED = "|".join(sorted(_WORDS - {"one", "two"}))
_SHARED = "|".join(_PARTS.replace("percent", "").split())
_FIGURE = re.compile(
    rf"\d|%|\b(?:{_COUNTED})s?\b|\bper ?cent\b|\b(?:{_SHARED})\b(?= of\b)|\b\w+fold\b"
    r"|\b(?:doubled|halved|tripled|trebled|quadrupled)\b|\btwice\b(?= as\b)",
    re.IGNORECASE,
)


def figure_in(text: str) -> str:
    """Return the first figure that a text holds, in digits or in words; blank if there is none.

    Example:
        >>> [figure_in(t) for t in ("Up by 3", "forty-eight percent", "a third of its gas")]
        ['3', 'forty', 'third']
        >>> figure_in("One article sees the two as a third party, fifth-generation networks or not")
        ''
    """
    found = _FIGURE.search(text)
    return found.group() if found else ""


def meant_as_number(text: str) -> bool:
    """Say whether a text is a number to a reader: nothing may be compared with it as a word.

    Example:
        >>> [meant_as_number(t) for t in ("48", "48%", "1_000", "3,5", "forty-eight", "abstain")]
        [True, True, True, True, True, False]
        >>> [meant_as_number(t) for t in ("A/ES-11/L.1", "no one", "G7", "2022-03")]
        [False, False, False, False]
    """
    plain = text.strip()
    if _MARKED.fullmatch(plain):
        return True
    words = plain.casefold().replace("-", " ").split()
    return any(w in _WORDS for w in words) and all(w in _BESIDE for w in words)
