"""Dates as people here write them: a year, a month or a day of ISO 8601, in plain digits."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Any

_ISO = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_MONTH = (
    "(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?"
    r"|oct(ober)?|nov(ember)?|dec(ember)?)\.?"
)
_DAY = r"\d{1,2}(st|nd|rd|th)?"
_DASH = "[-./\u2010-\u2015]"
# digits of any script, for these are meant as a date and are none; 9/11 and 50-50 are words
_MEANT = re.compile(
    rf"\d{{1,4}}\s*{_DASH}\s*\d{{1,2}}\s*{_DASH}\s*\d{{1,4}}([ t].*)?"
    rf"|\d{{4}}\s*{_DASH}\s*\d{{1,2}}|\d{{1,2}}\s*{_DASH}\s*\d{{4}}"
    rf"|({_DAY}[.,]?[\s-]+)?{_MONTH},?[\s-]+({_DAY},?\s+)?\d{{4}}"
    rf"|\d{{4}},?[\s-]+{_MONTH}([\s-]+{_DAY})?"
    r"|\d{4}-?\d{2}-?\d{2}(t.*)?",
    re.IGNORECASE,
)


def is_date(value: Any) -> bool:
    """Say whether a value is an ISO date, month or year written as text.

    Example:
        >>> is_date("2023-03"), is_date("2023-13"), is_date("present"), is_date(2023)
        (True, False, False, False)
    """
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return False
    try:
        span(value)
    except ValueError:
        return False
    return True


def iso_date(text: str) -> str:
    """Return a text that is an ISO date, month or year.

    Raises:
        ValueError: it is none, or there is no such day; the sentence says what to write.

    Example:
        >>> iso_date("2023-03-22")
        '2023-03-22'
    """
    if not is_date(text):
        raise ValueError(f"{text[:40]!r} is not a date: write 2022, 2022-03 or 2022-03-24")
    return text


def year_as_text(value: Any) -> Any:
    """Write a bare year, a number in YAML, as the date it is; leave anything else as it is.

    Example:
        >>> year_as_text(2022), year_as_text("2022-03"), year_as_text(True)
        ('2022', '2022-03', True)
    """
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def meant_as_date(text: str) -> bool:
    """Say whether a text is no ISO date and still looks like one: nothing may be read from it.

    Example:
        >>> [meant_as_date(t) for t in ("2023-3-22", "22.03.2023", "March 22, 2023", "abstain")]
        [True, True, True, False]
    """
    return not is_date(text) and _MEANT.fullmatch(text.strip()) is not None


def span(date: str) -> tuple[dt.date, dt.date]:
    """Return the first and last day an ISO date, month or year covers.

    Raises:
        ValueError: there is no such day.

    Example:
        >>> [d.isoformat() for d in span("2024-02")]
        ['2024-02-01', '2024-02-29']
    """
    parts = [int(p) for p in date.split("-")]
    year, month, day = [*parts, 1, 1][:3]
    first = dt.date(year, month, day)
    if len(parts) == 3:
        return first, first
    last = month if len(parts) == 2 else 12
    return first, dt.date(year, last, calendar.monthrange(year, last)[1])


def last_day(date: str) -> str:
    """Return the last day an ISO date, month or year covers, as an ISO day.

    Example:
        >>> last_day("2024"), last_day("2024-02"), last_day("2024-02-03")
        ('2024-12-31', '2024-02-29', '2024-02-03')
    """
    return span(date)[1].isoformat()


def ends_after(date: str, other: str) -> bool:
    """Say whether the last day of one date, month or year comes after that of another.

    Example:
        >>> ends_after("2023", "2023-06-30"), ends_after("2023-06", "2023-06-30")
        (True, False)
    """
    return span(date)[1] > span(other)[1]
