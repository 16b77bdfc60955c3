"""Numbers, dates and comparisons in words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from multipolar.text.dates import is_date

DIGITS, MOST_DIGITS = 3, 15  # significant ones that are printed
_BREAK = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_PLAIN = {"date", "word", "", "1", "count", "rank", "ratio", "share", "index"}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def number(x: float, digits: int = DIGITS) -> str:
    """Write a number to ``digits`` significant digits, never fewer than its whole part.

    Example:
        >>> number(86.2543), number(1234567.8), number(0.00123), number(40.0)
        ('86.3', '1,234,568', '0.00123', '40')
    """
    if x == int(x) and abs(x) < 1e15:
        return f"{int(x):,}"
    if abs(x) >= 10 ** (digits - 1):
        return f"{x:,.0f}"
    text = f"{x:.{digits}g}"
    if "e" in text:
        text = f"{x:.{digits + 4}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def long_date(date: str) -> str:
    """Write an ISO date in words.

    Example:
        >>> long_date("2023-03-22"), long_date("2022-09"), long_date("2024")
        ('22 March 2023', 'September 2022', '2024')
    """
    parts = date.split("-")
    words = [_MONTHS[int(parts[1]) - 1]] if len(parts) > 1 else []
    words = [str(int(parts[2])), *words] if len(parts) > 2 else words
    return " ".join([*words, parts[0]])


def unread(day: str) -> str:
    """Say of a source that its original was looked for in vain.

    Example:
        >>> unread("2026-12-01")
        'The original, looked for on 1 December 2026, could not be read.'
    """
    return f"The original, looked for on {long_date(day)}, could not be read."


def ordinal(n: int) -> str:
    """Write a rank.

    Example:
        >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 22)]
        ['1st', '2nd', '3rd', '4th', '11th', '22nd']
    """
    if 10 <= n % 100 <= 20:
        return f"{n}th"
    return f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th') }"


def shown_unit(unit: str) -> str:
    """Return a unit as a reader knows it: gas by energy is in bcm, as Russia counts or not.

    Example:
        >>> shown_unit("bcm_ei/yr"), shown_unit("bcm_ru"), shown_unit("Mt")
        ('bcm/yr', 'Russian bcm', 'Mt')
    """
    return unit.replace("bcm_ei", "bcm").replace("bcm_ru", "Russian bcm")


def quantity(value: float | str, unit: str = "", digits: int = DIGITS) -> str:
    """Write a value with its unit, to some significant digits; dates in words.

    Example:
        >>> quantity(34.5, "percent"), quantity("2023-03-22", "date"), quantity(-3.0, "percent")
        ('34.5%', '22 March 2023', '−3%')
        >>> quantity(1.0, "votes"), quantity(42_637.9, "USD bn"), quantity(0.64, "share")
        ('1 vote', 'USD 42.6 trn', '0.64')
        >>> quantity(2031.5, "year")
        '2031.5'
    """
    if isinstance(value, str):
        return long_date(value) if is_date(value) else value
    if unit == "rank" and value == int(value) and value > 0:
        return ordinal(int(value))
    if unit == "year":
        return f"{value:.{max(digits - 2, 1)}f}".rstrip("0").rstrip(".")
    value, unit = _handy(value, unit)
    unit = shown_unit(unit)
    text = number(abs(value), digits)
    sign = "−" if value < 0 and text != "0" else ""
    if unit == "percent":
        return f"{sign}{text}%"
    if unit in _PLAIN:
        return f"{sign}{text}"
    currency, _, scale = unit.partition(" ")
    if len(currency) == 3 and currency.isupper() and scale:
        return f"{sign}{currency} {text} {scale}"
    return f"{sign}{text} {_singular(unit) if text == '1' else unit}"


def printed(value: float, unit: str, digits: int) -> float:
    """Return the number that :func:`quantity` prints, in the value's own unit.

    Example:
        >>> printed(49.9945, "percent", 3), printed(49.9945, "percent", 4)
        (50.0, 49.99)
        >>> printed(42_637.9, "USD bn", 3)
        42600.0
    """
    if unit == "year":
        return round(value, max(digits - 2, 1))
    handy, _ = _handy(value, unit)
    shown = float(number(abs(handy), digits).replace(",", ""))
    return float(f"{math.copysign(shown, value) * (value / handy if handy else 1.0):.15g}")


def digits_apart(pairs: Iterable[tuple[float, float]], unit: str) -> int:
    """Return the fewest digits at which what is printed lies in the order of what is meant.

    Example:
        >>> digits_apart([(49.9945, 50.0)], "percent"), digits_apart([(34.0, 50.0)], "percent")
        (4, 3)
    """
    found = list(pairs)

    def told(digits: int) -> bool:
        return all(
            _order(printed(a, unit, digits), printed(b, unit, digits)) == _order(a, b)
            for a, b in found
        )

    return next((d for d in range(DIGITS, MOST_DIGITS) if told(d)), MOST_DIGITS)


def _order(one: float, other: float) -> int:
    return (one > other) - (one < other)


def _singular(unit: str) -> str:
    """Drop the plural of a counted thing; symbols of units have none."""
    if not unit.replace(" ", "").isalpha() or not unit.islower() or not unit.endswith("s"):
        return unit
    return unit[:-2] if unit.endswith(("oes", "ches")) else unit[:-1]


def _handy(value: float, unit: str) -> tuple[float, str]:
    """Write large sums in billions or trillions."""
    steps = {"USD mn": ("USD bn", "USD trn"), "USD bn": ("USD trn",)}
    for larger in steps.get(unit, ()):
        if abs(value) < 1000:
            break
        value, unit = value / 1000, larger
    return value, unit


def difference(value: float, unit: str, digits: int = DIGITS) -> str:
    """Write a difference: percentages differ by percentage points.

    Example:
        >>> difference(-0.86, "percent"), difference(3, "Mt")
        ('−0.86 percentage points', '3 Mt')
    """
    return quantity(value, "percentage points" if unit in ("percent", "pp") else unit, digits)


def place(where: Mapping[str, Any]) -> str:
    """Write a resolved ``where`` as code; what is dropped stands for all of it.

    Example:
        >>> place({"exporter": None, "year": 2022})
        '[exporter=all, year=2022]'
    """
    cells = []
    for key, value in where.items():
        words = value if isinstance(value, tuple) else ("all" if value is None else value,)
        text = "+".join(map(str, words))
        cells.append(f"{key}={text if len(text) <= 60 else text[:57] + '...'}")
    return f"[{', '.join(cells)}]" if cells else ""


def listing(words: list[str]) -> str:
    """Join words with commas and a final `and`.

    Example:
        >>> listing(["a", "b", "c"])
        'a, b and c'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def sentences(text: str) -> list[str]:
    """Break a text after each full stop that a capital follows.

    Example:
        >>> sentences("One of 2.5 bcm. Two, e.g. this. Three")
        ['One of 2.5 bcm.', 'Two, e.g. this.', 'Three']
    """
    return _BREAK.split(text)


def sentence(text: str) -> str:
    """Start with a capital and end with a full stop."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
