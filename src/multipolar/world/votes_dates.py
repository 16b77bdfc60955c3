"""Dates as people write them, read without a guess.

``05/11/2019`` is the fifth of November or the eleventh of May. The dates of one file tell which:
where one of them can only be read day first, all are, as long as none can only be read month first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

EARLIEST, LATEST = 1500, 2200  # years a vote can be of
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
           "october", "november", "december")  # fmt: skip
_TIME = (
    r"(?:[T ] ?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AP]M)?"
    r"(?: ?Z| ?[+-][0-9]{2}:?[0-9]{2}| UTC)?)?"
)
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}", re.I)
_YEAR_LAST = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2([0-9]{{4}}){_TIME}", re.I)
_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0)?")
_DAY = r"([0-9]{1,2})(?:st|nd|rd|th)?"
_DAY_WORD = re.compile(rf"{_DAY}[ -]?([a-z]+)\.?,?[ -]?([0-9]{{4}}){_TIME}", re.I)
_WORD_DAY = re.compile(rf"([a-z]+)\.? {_DAY},? ([0-9]{{4}}){_TIME}", re.I)


def iso_dates(texts: Iterable[str], earliest: int = EARLIEST) -> list[str]:
    """Return dates as ISO 8601; empty where one cannot be read, or could be two days.

    Args:
        texts: all dates of a file. Read are ``2019-11-05``, also with a time, ``20191105``,
            ``5 November 2019``, ``05nov2019``, ``November 5, 2019``, and numbers with the year
            last, whose order the file has to show; in each of its separators for itself.
        earliest: years before are none of a vote.

    Example:
        >>> iso_dates(["13/12/2019", "05/11/2019"]), iso_dates(["12/13/2019", "05/11/2019"])
        (['2019-12-13', '2019-11-05'], ['2019-12-13', '2019-05-11'])
        >>> iso_dates(["05/11/2019", "07/07/2019", "5 Nov 2019", "2019-11-05 10:00", "43774"])
        ['', '2019-07-07', '2019-11-05', '2019-11-05', '']
    """
    written = [" ".join(t.split()) for t in texts]
    numbers = [_YEAR_LAST.fullmatch(t) for t in written]
    order: dict[str, set[bool]] = {}
    for n in numbers:
        if n and (day_first := _shows(int(n[1]), int(n[3]))) is not None:
            order.setdefault(n[2], set()).add(day_first)
    found = []
    for text, n in zip(written, numbers, strict=True):
        parts = _plain(text) if n is None else _numbers(n, order.get(n[2], set()))
        found.append(_iso(*parts, earliest) if parts else "")
    return found


def _shows(one: int, two: int) -> bool | None:
    """Say whether two numbers can only be a day and a month, or only a month and a day."""
    if one <= 12 < two <= 31:
        return False
    return True if two <= 12 < one <= 31 else None


def _numbers(found: re.Match[str], order: set[bool]) -> tuple[int, int, int] | None:
    one, two, year = int(found[1]), int(found[3]), int(found[4])
    if one == two and len(order) < 2:
        return year, one, two
    if len(order) != 1:
        return None
    return (year, two, one) if True in order else (year, one, two)


def _plain(text: str) -> tuple[int, int, int] | None:
    """Return year, month and day of a date whose form tells them apart."""
    if found := _YEAR_FIRST.fullmatch(text):
        return int(found[1]), int(found[3]), int(found[4])
    if found := _DIGITS.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _DAY_WORD.fullmatch(text):
        return int(found[3]), _month(found[2]), int(found[1])
    if found := _WORD_DAY.fullmatch(text):
        return int(found[3]), _month(found[1]), int(found[2])
    return None


def _month(word: str) -> int:
    """Return the number of a month by its name or its first three letters; 0 for no month."""
    word = "sep" if word.casefold() == "sept" else word.casefold()
    fits = [k for k, name in enumerate(_MONTHS, 1) if word in (name, name[:3])]
    return fits[0] if fits else 0


def _iso(year: int, month: int, day: int, earliest: int) -> str:
    if not earliest <= year <= LATEST:
        return ""
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
