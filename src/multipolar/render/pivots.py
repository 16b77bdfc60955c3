"""A pivot in one plain sentence: when a claim holds, as a newspaper could print it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from multipolar.text.phrases import listing, quantity
from multipolar.uncertainty.pivot import Assumed, Bound, Box, Choice, Cut, Turning

SURE = 0.95  # share of the draws from which the sentence does not say how many
_PER = {
    "USD/MMBtu": (1.0, "USD {} per million Btu"),
    "USD/MMBtu/nm": (1000.0, "USD {} per million Btu and 1,000 nautical miles"),
    "USD/FEU": (1.0, "USD {} per forty-foot container"),
    "thousand USD/FEU": (1000.0, "USD {} per forty-foot container"),
    "thousand TEU/yr": (1000.0, "{} standard containers a year"),
    "percent": (1.0, "{}%"),
    "percent a day": (1.0, "{}% a day"),
    "bcm_ei": (1.0, "{} billion cubic metres"),
    "pp": (1.0, "{} percentage points"),
    "1": (1.0, "{}"),
    "ratio": (1.0, "{}"),
}


def pivot_sentence(pivot: Turning) -> str:
    """Say in words when a claim holds: the predicate of a sentence, without its full stop.

    Example:
        >>> gas = ("first gas flows before {at}", "first gas flows after {at}")
        >>> start = Bound("gas.start", None, 2031.5, "year", "first gas", gas)
        >>> pivot_sentence(Cut(start, 0.97, 0.97, 128))
        'holds if first gas flows before mid-2031'
        >>> price = Bound("gas.price", 8.0, None, "USD/MMBtu", "the price of LNG")
        >>> box = Box((start, price), 0.7, 0.9, 0.2, 128)
        >>> where, _, covers = pivot_sentence(box).partition(";")
        >>> where.partition(" and ")[0]
        'holds in 9 of 10 draws where first gas flows before mid-2031'
        >>> where.partition(" and ")[2]
        'the price of LNG is above USD 8 per million Btu'
        >>> covers
        ' that covers 7 of 10 of the draws in which it holds'
        >>> pivot_sentence(Choice("source", ("A",), ("B", "C")))
        'holds by the figures of A, fails by those of B and C'
    """
    match pivot:
        case Cut():
            said = f"holds if {clause(pivot.bound)}"
            sure = pivot.accuracy >= SURE
            return said if sure else f"{said}; that is right for {tenths(pivot.accuracy)} draws"
        case Box():
            verb = "holds" if pivot.passes else "fails"
            where = listing([clause(b) for b in pivot.bounds])
            if min(pivot.coverage, pivot.density) >= SURE:
                return f"{verb} if {where}"
            return (
                f"{verb} in {tenths(pivot.density)} draws where {where}; that covers "
                f"{tenths(pivot.coverage)} of the draws in which it {verb}"
            )
        case Assumed():
            what = "an assumption" if len(pivot.bounds) == 1 else "assumptions"
            return (
                f"turns on {what} that no data pin down: {listing(list(map(named, pivot.bounds)))}"
            )
        case Choice():
            return _choice(pivot)


def clause(bound: Bound) -> str:
    """Say within what limits a parameter lies.

    Example:
        >>> clause(Bound("a", 0.2, 0.35, "share", "the share of coal"))
        'the share of coal is between 20% and 35%'
        >>> paid = ("gas is sold without take-or-pay", "gas is sold under take-or-pay")
        >>> clause(Bound("b", 0.5, None, "0 or 1", "how gas is sold", paid, (0.0, 1.0)))
        'gas is sold under take-or-pay'
    """
    low, high = bound.low, bound.high
    if bound.options and len(bound.says) == len(bound.options):
        pairs = zip(bound.says, bound.holds(bound.options), strict=True)
        return either([text for text, held in pairs if held])
    if len(bound.says) == 2 and not bound.options:
        ends = ((low, bound.says[1]), (high, bound.says[0]))
        return " and ".join(_put(text, at, bound.unit) for at, text in ends if at is not None)
    name = named(bound)
    if low is not None and high is not None:
        return f"{name} is between {amount(low, bound.unit)} and {amount(high, bound.unit)}"
    if low is not None:
        return f"{name} is above {amount(low, bound.unit)}"
    assert high is not None
    return f"{name} is below {amount(high, bound.unit)}"


def named(bound: Bound) -> str:
    """Return what readers call a parameter."""
    return bound.label or bound.description or bound.parameter


def _put(text: str, at: float, unit: str) -> str:
    return text.replace("{at}", amount(at, unit)).replace("{year}", str(math.floor(at)))


def amount(value: float, unit: str) -> str:
    """Write a value with its unit in words.

    Example:
        >>> amount(2031.1, "year"), amount(0.155, "share"), amount(750.0, "thousand TEU/yr")
        ('early 2031', '15.5%', '750,000 standard containers a year')
        >>> amount(-0.5, "standard errors"), amount(0.05, "share of the invoice")
        ('the published one less 0.5 standard errors', '5% of the invoice')
    """
    if unit == "year":
        third = min(2, int(3 * (value - math.floor(value))))
        return f"{('early ', 'mid-', 'late ')[third]}{math.floor(value)}"
    if unit == "standard errors":
        if value == 0:
            return "the published one"
        return f"the published one {'plus' if value > 0 else 'less'} {_digits(abs(value))} {unit}"
    if unit == "share" or unit.startswith("share "):
        return f"{_digits(100 * value)}%{unit.removeprefix('share')}"
    if unit in _PER:
        times, text = _PER[unit]
        return text.format(_digits(times * value))
    return quantity(value, unit)


def _digits(value: float) -> str:
    """All digits of a round number, with commas; four significant ones of any other."""
    exact = float(f"{value:.10g}")
    kept = exact if exact == float(f"{exact:.5g}") else float(f"{exact:.4g}")
    text = f"{abs(kept):,.10f}".rstrip("0").rstrip(".")
    return f"−{text}" if kept < 0 else text


def tenths(share: float) -> str:
    """Write a share of draws as a count of ten; near all of them as 19 of 20, or as all.

    Example:
        >>> tenths(0.87), tenths(0.96), tenths(1.0)
        ('9 of 10', '19 of 20', 'all')
    """
    if share >= 0.995:
        return "all"
    return "19 of 20" if share >= SURE else f"{min(9, round(10 * share))} of 10"


def either(clauses: Sequence[str]) -> str:
    """Join clauses by `or`; the words that all begin with are said once.

    Example:
        >>> either(["the set taken is low", "the set taken is flat"])
        'the set taken is low or flat'
    """
    split = [c.split() for c in clauses]
    shared = 0
    while len(clauses) > 1 and all(
        len(w) > shared + 1 and w[shared] == split[0][shared] for w in split
    ):
        shared += 1
    if shared < 2:
        return _or(list(clauses))
    start = " ".join(split[0][:shared])
    return f"{start} {_or([' '.join(w[shared:]) for w in split])}"


def _or(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _choice(pivot: Choice) -> str:
    good, bad = listing(list(pivot.passes_for)), listing(list(pivot.fails_for))
    start, those = (
        ("holds by the figures of", "those of") if pivot.of == "source" else ("holds by", "")
    )
    if not bad:
        return f"{start} {good} only"
    return f"{start} {good}, fails by {those} {bad}".replace("  ", " ")
