"""The units this field uses, and conversion between those that measure the same thing."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation

from multipolar.errors import DataError, nearest

# 1 bcm of gas at 15 C and 40 MJ/m3 (gross), the standard of the Energy Institute
TWH_PER_BCM_EI = 40 / 3.6
# 1 bcm of gas at 20 C as Russia counts it, by the two counts of what China took in 2022
BCM_EI_PER_BCM_RU = 14.67 / 15.5
# 1 Mt of LNG as such gas (Energy Institute, conversion factors; 1.31 to 1.39 by plant)
BCM_EI_PER_MT_LNG = 1.36
TWH_PER_MILLION_MMBTU = 0.29307107
MMBTU_PER_BCM_EI = TWH_PER_BCM_EI / TWH_PER_MILLION_MMBTU  # millions: USD/MMBtu times it is USD mn

_SCALES = {"thousand", "thousands", "million", "millions", "billion", "billions", "trillion",
           "mn", "bn", "trn", "k", "m"}  # fmt: skip
_CLOSE = 80  # of 100: one letter in four
A_HEAD = " a head"  # of whoever lives there: any unit may be said so
# what a head is told in, by what is measured; what is not here is left in its own unit
_HEADS = {"mass": "t", "mass a year": "t/yr", "gas volume": "m3", "gas volume a year": "m3/yr",
          "energy": "MWh", "energy a year": "MWh/yr", "oil a day": "b/d", "count": "count",
          "containers": "TEU", "containers a year": "TEU/yr",
          "USD": "USD", "EUR": "EUR", "CNY": "CNY", "RUB": "RUB"}  # fmt: skip
# what is measured that is never less than nothing
_AMOUNTS = {"mass", "mass a year", "gas volume", "gas volume a year", "energy", "energy a year",
            "oil a day", "time", "distance", "count", "containers",
            "containers a year"}  # fmt: skip
# unit -> (what it measures, its size in that dimension's first unit)
_UNITS: dict[str, tuple[str, float]] = {
    # mass
    "t": ("mass", 1.0),
    "kg": ("mass", 1e-3),
    "kt": ("mass", 1e3),
    "Mt": ("mass", 1e6),
    "Gt": ("mass", 1e9),
    "t/yr": ("mass a year", 1.0),
    "kt/yr": ("mass a year", 1e3),
    "Mt/yr": ("mass a year", 1e6),
    # natural gas by volume as reported: Russian, Chinese and European cubic metres differ by some
    # 5%, so volumes convert to energy only from a stated standard
    "bcm": ("gas volume", 1.0),
    "million m3": ("gas volume", 1e-3),
    "m3": ("gas volume", 1e-9),
    "bcm/yr": ("gas volume a year", 1.0),
    "m3/yr": ("gas volume a year", 1e-9),
    # energy
    "TWh": ("energy", 1.0),
    "GWh": ("energy", 1e-3),
    "MWh": ("energy", 1e-6),
    "EJ": ("energy", 1000 / 3.6),
    "PJ": ("energy", 1 / 3.6),
    "bcm_ei": ("energy", TWH_PER_BCM_EI),
    "bcm_ru": ("energy", BCM_EI_PER_BCM_RU * TWH_PER_BCM_EI),
    "million MMBtu": ("energy", TWH_PER_MILLION_MMBTU),
    "Mt LNG": ("energy", BCM_EI_PER_MT_LNG * TWH_PER_BCM_EI),
    "TWh/yr": ("energy a year", 1.0),
    "MWh/yr": ("energy a year", 1e-6),
    "EJ/yr": ("energy a year", 1000 / 3.6),
    "bcm_ei/yr": ("energy a year", TWH_PER_BCM_EI),
    "bcm_ru/yr": ("energy a year", BCM_EI_PER_BCM_RU * TWH_PER_BCM_EI),
    "Mt LNG/yr": ("energy a year", BCM_EI_PER_MT_LNG * TWH_PER_BCM_EI),
    "mb/d": ("oil a day", 1.0),
    "b/d": ("oil a day", 1e-6),
    # money; currencies are not converted, for that needs a dated rate
    "USD": ("USD", 1.0),
    "USD thousand": ("USD", 1e3),
    "USD mn": ("USD", 1e6),
    "USD bn": ("USD", 1e9),
    "USD trn": ("USD", 1e12),
    "EUR": ("EUR", 1.0),
    "EUR mn": ("EUR", 1e6),
    "EUR bn": ("EUR", 1e9),
    "CNY": ("CNY", 1.0),
    "CNY bn": ("CNY", 1e9),
    "RUB": ("RUB", 1.0),
    "RUB bn": ("RUB", 1e9),
    "USD/1000m3": ("gas price", 1.0),
    "USD/MMBtu": ("gas price by energy", 1.0),
    "USD/t": ("price a tonne", 1.0),
    "USD/bbl": ("oil price", 1.0),
    "USD/oz": ("price an ounce", 1.0),
    "USD/FEU": ("freight rate", 1.0),
    # ratios
    "1": ("ratio", 1.0),
    "share": ("ratio", 1.0),
    "percent": ("ratio", 0.01),
    "ratio": ("ratio", 1.0),
    "pp": ("percentage points", 1.0),
    "percentage points": ("percentage points", 1.0),
    "log points": ("log points", 1.0),
    "sd": ("standard deviations", 1.0),
    "percent a year": ("growth", 1.0),
    "index": ("index", 1.0),
    "rank": ("rank", 1.0),
    # time and distance
    "days": ("time", 1.0),
    "months": ("time", 30.436875),
    "years": ("time", 365.2425),
    "km": ("distance", 1.0),
    # counts
    "count": ("count", 1.0),
    "meetings": ("count", 1.0),
    "votes": ("count", 1.0),
    "states": ("count", 1.0),
    "people": ("count", 1.0),
    "thousand": ("count", 1e3),
    "million": ("count", 1e6),
    "billion": ("count", 1e9),
    "TEU": ("containers", 1.0),
    "thousand TEU": ("containers", 1e3),
    "TEU/yr": ("containers a year", 1.0),
    "thousand TEU/yr": ("containers a year", 1e3),
    "date": ("date", 1.0),
    "word": ("word", 1.0),
}


def dimension(unit: str) -> str:
    """Return what a unit measures.

    Raises:
        DataError: the unit is not known; the nearest one is given.

    Example:
        >>> dimension("Mt")
        'mass'
    """
    return _sized(unit)[0]


def is_unit(unit: str) -> bool:
    """Say whether a unit is one that is known here, or such a one a head.

    Example:
        >>> is_unit("USD bn a head"), is_unit("furlongs")
        (True, False)
    """
    return unit in _UNITS or (unit.endswith(A_HEAD) and is_unit(unit.removesuffix(A_HEAD)))


def _sized(unit: str) -> tuple[str, float]:
    """Return what a unit measures, and its size; a head of anything is a thing of its own."""
    if unit in _UNITS:
        return _UNITS[unit]
    if unit.endswith(A_HEAD):
        measured, size = _sized(unit.removesuffix(A_HEAD))
        return measured + A_HEAD, size
    raise DataError(f"no unit {unit!r}", hint=nearest(unit, _UNITS))


def a_head(unit: str) -> tuple[str, float]:
    """Return the unit in which so much of a unit is said a head, and what one of it is in that.

    Raises:
        DataError: what is in this unit is not shared out: a share, an index, a price, a time.

    Example:
        >>> a_head("USD bn"), a_head("warheads")
        (('USD a head', 1000000000.0), ('warheads a head', 1.0))
    """
    measured = _UNITS[unit][0] if unit in _UNITS else ""
    if measured not in ("", *_HEADS):
        raise DataError(
            f"what is in {unit} is not divided by people",
            hint="divide a sum: money, tonnes, energy",
        )
    if unit.endswith(A_HEAD) or not unit:
        raise DataError(f"{unit or 'this'} is not divided by people once more")
    base = unit if measured == "count" and _UNITS[unit][1] == 1 else _HEADS.get(measured, unit)
    return base + A_HEAD, factor(unit, base)


def currency(unit: str) -> bool:
    """Say whether a unit is one of money.

    Example:
        >>> currency("EUR bn"), currency("USD/t")
        (True, False)
    """
    unit = unit.removesuffix(A_HEAD)
    measured = _UNITS[unit][0] if unit in _UNITS else ""
    return len(measured) == 3 and measured.isupper()


def natural(unit: str) -> tuple[float, float]:
    """Return the least and the most that a level in a unit can be: of a share, none and the whole.

    What can be owed, or be above or below a norm, has no such limits.

    Example:
        >>> natural("percent"), natural("votes"), natural("USD bn")
        ((0.0, 100.0), (0.0, inf), (-inf, inf))
    """
    if unit in ("share", "percent"):
        return 0.0, 1.0 / _UNITS[unit][1]
    base = unit.removesuffix(A_HEAD)
    amount = base in _UNITS and _UNITS[base][0] in _AMOUNTS
    return (0.0 if amount else -math.inf), math.inf


def counts(unit: str) -> bool:
    """Say whether a unit only counts things: a count may be shown as whatever is counted.

    Example:
        >>> counts("votes"), counts("firms"), counts("Mt")
        (True, True, False)
    """
    if unit in _UNITS:
        return _UNITS[unit][0] == "count"
    if unit.endswith(A_HEAD):
        return False
    return not set(unit.casefold().split()) & _SCALES  # "million people" is not one of them


def convert(value: float, from_unit: str, to_unit: str) -> float:
    """Convert a value between units of one dimension.

    Raises:
        DataError: a unit is not known, the two measure different things, or the value is no
            number or grows too large to hold.

    Example:
        >>> convert(86_200, "kt", "Mt")
        86.2
    """
    own, wanted = (1.0, 1.0) if from_unit == to_unit else _sizes(from_unit, to_unit)
    converted = value * own / wanted
    if not math.isfinite(converted):
        raise DataError(f"{value:g} {from_unit} is no number of {to_unit} that can be held")
    return converted


def factor(from_unit: str, to_unit: str) -> float:
    """Return what one of a unit is in another of the same dimension.

    Things that are counted have as many units as there are things: a count of any is one of any.

    Raises:
        DataError: a unit is not known, or the two measure different things.

    Example:
        >>> factor("kt", "Mt"), factor("firms", "count"), factor("thousand", "votes")
        (0.001, 1.0, 1000.0)
    """
    unknown = from_unit not in _UNITS or to_unit not in _UNITS
    if unknown and counts(from_unit) and counts(to_unit):
        return 1.0
    return convert(1.0, from_unit, to_unit)


def _sizes(from_unit: str, to_unit: str) -> tuple[float, float]:
    (measured, own), (other, wanted) = _sized(from_unit), _sized(to_unit)
    if measured != other:
        raise DataError(
            f"{from_unit} ({measured}) does not convert to {to_unit} ({other})",
            hint="compare figures of one dimension",
        )
    return own, wanted


def rounding(typed: str | float) -> float:
    """Return by how much a figure may be off for the digits it is given in, in its unit.

    Half of the last decimal; nought for a whole number, which may be a count. A float is taken
    in its shortest form.

    Raises:
        DataError: it is no number.

    Example:
        >>> rounding(6.3), rounding("49.9945"), rounding("6.30"), rounding(48)
        (0.05, 5e-05, 0.005, 0.0)
    """
    try:
        written = Decimal(repr(typed) if isinstance(typed, float) else str(typed).replace("_", ""))
    except InvalidOperation:
        raise DataError(f"{typed!r} is no number", hint="write digits, as in 6.3") from None
    place = written.as_tuple().exponent
    if not isinstance(place, int):
        raise DataError(f"{typed!r} is no finite number", hint="write digits, as in 6.3")
    if isinstance(typed, float) and typed.is_integer():
        return 0.0
    return float(Decimal((0, (5,), place - 1))) if place < 0 else 0.0


def misspelt(unit: str) -> str:
    """Return the unit that was meant by one that is not known and close to one that is, or "".

    Example:
        >>> misspelt("vots"), misspelt("firms"), misspelt("votes")
        ('votes', '', '')
    """
    from rapidfuzz import fuzz, process  # only where a unit is not known

    if unit in _UNITS:
        return ""
    if unit.endswith(A_HEAD):
        base = misspelt(unit.removesuffix(A_HEAD))
        return base and base + A_HEAD
    known = [u for u in _UNITS if len(u) > 1]
    same = [u for u in known if u.casefold() == unit.casefold()]
    if same:
        return same[0]
    found = process.extractOne(unit, known, scorer=fuzz.ratio)
    return str(found[0]) if found and found[1] >= _CLOSE else ""
