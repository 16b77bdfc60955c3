"""Whether a comparison makes sense before anything is read: numbers, dates, words, and units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from multipolar.claims.schema import Kind, Leaf, kind_of
from multipolar.errors import CaseError, DataError
from multipolar.policy.files import Steps
from multipolar.text.clean import printable
from multipolar.text.dates import is_date
from multipolar.world.units import a_head, currency, dimension, factor, is_unit, misspelt

PEOPLE = "people"  # by whom a reading is divided
PURE = "1"  # what a ratio of two figures of one thing is in
_ORDERED = ("at_least", "at_most", "above", "below")


def unit_wanted(leaf: Leaf, role: str, own: str, value: str) -> str | None:
    """Return the unit a reading is brought to before it is compared; None if it stays as it is.

    Everything is compared in the leaf's unit, or else in that of the value read. A ratio is taken
    of figures in one unit where they measure one thing, and has a unit of its own.

    Args:
        leaf: the comparison.
        role: what the reading is in it: value, over, minus, earlier, rival or field.
        own: the reading's unit.
        value: unit of the value read.
    """
    if kind_of(own) != "number" or kind_of(value) != "number":
        return None
    if leaf.over is None:
        return leaf.unit or value
    if role == "rival":
        return leaf.unit or PURE
    return value if role == "over" and _alike(own, value) else None


def base_of(role: str) -> tuple[str, str]:
    """Return what a reading is part of, and which part: blank for the first.

    Example:
        >>> base_of("over.2"), base_of("value"), base_of("value.people")
        (('over', '2'), ('value', ''), ('value', 'people'))
    """
    base, _, part = role.partition(".")
    return base, part


def joined_unit(base: str, units: Mapping[str, str | None]) -> str | None:
    """Return the unit of all that is added up and divided by people; None if it is not known.

    Raises:
        DataError: what is in its unit is not divided by people.

    Example:
        >>> joined_unit("over", {"over": "USD bn", "over.people": "people"})
        'USD a head'
    """
    own = units.get(base)
    return a_head(own)[0] if own and f"{base}.{PEOPLE}" in units else own


def unit_size(leaf: Leaf, role: str, units: Mapping[str, str]) -> float:
    """Return what one of a reading's units is in the unit in which the leaf compares.

    What is added to another is in its unit first, and what is divided by people in one a head.

    Args:
        leaf: the comparison.
        role: what the reading is in it.
        units: the unit of each reading by its role.

    Example:
        >>> unit_size(Leaf(evidence="a", above=1.0, unit="Mt"), "value", {"value": "kt"})
        0.001
    """
    base, part = base_of(role)
    if part == PEOPLE:
        return 1.0
    value = joined_unit("value", units) or ""
    # what is laid out has the unit of the reading it is laid out of
    own = value if role == "field" else joined_unit(base, units) or ""
    wanted = unit_wanted(leaf, base, own, value)
    size = 1.0 if wanted is None else factor(own, wanted)
    if role == "field":
        return size
    size *= a_head(units[base])[1] if f"{base}.{PEOPLE}" in units else 1.0
    return size * (factor(units[role], units[base]) if part else 1.0)


def _alike(one: str, other: str) -> bool:
    """Say whether a figure in one unit over one in the other is a pure number."""
    try:
        return one == other or dimension(one) == dimension(other)
    except DataError:
        return False


def check_kinds(leaf: Leaf, units: Mapping[str, str | None]) -> None:
    """Refuse a comparison that could only go wrong once its readings are there.

    Args:
        leaf: the comparison.
        units: the unit of each reading by its role; None where only the reading can tell.

    Raises:
        CaseError: numbers held against words, dates that are none, units that do not convert.

    Example:
        >>> check_kinds(Leaf(evidence="share", at_least="much"), {"value": "percent"})
        Traceback (most recent call last):
        multipolar.errors.CaseError: at_least: 'much' is no number, and percent needs one
    """
    for steps, fault in kind_faults(leaf, units):
        where = f"{steps[0]}: " if steps else ""
        raise CaseError(f"{where}{fault.what}", hint=fault.hint)


def kind_faults(leaf: Leaf, units: Mapping[str, str | None]) -> list[tuple[Steps, CaseError]]:
    """Return all for which :func:`check_kinds` would refuse a comparison, with the way to each.

    A reading that is not among the units is left out of it.
    """
    found: list[tuple[Steps, CaseError]] = []
    known: dict[str, str] = {}
    for base in dict.fromkeys(base_of(role)[0] for role in units):
        try:
            unit = _sum_fits(base, units)
        except DataError as fault:
            found.append((steps_of(leaf, base), CaseError(fault.what, hint=fault.hint)))
            continue
        if unit is not None:
            known[base] = unit
    kinds = {role: kind_of(unit) for role, unit in known.items()}
    bounds = list(_literals(leaf, kinds.get("value"), known.get("value", "")))
    return [*found, *bounds, *_roles_fit(leaf, kinds), *_units_fit(leaf, known)]


def steps_of(leaf: Leaf, base: str) -> Steps:
    """Return where a reading is written in its comparison; the test's own is all of it.

    Example:
        >>> steps_of(Leaf(evidence="a", above=1.0), "over")
        ('over',)
    """
    if base in ("over", "minus"):
        return (base,)
    return () if base == "value" else (leaf.comparison,)


def _sum_fits(base: str, units: Mapping[str, str | None]) -> str | None:
    """Return the unit of what is added up; refuse parts that do not go together."""
    own = units.get(base)
    parts = [u for role, u in units.items() if base_of(role)[0] == base and role != base]
    kind = kind_of(own) if own is not None else "number"
    if parts and kind != "number":
        raise DataError(f"a {kind} is neither added up nor divided by people")
    for role, unit in units.items():
        if own is None or unit is None or base_of(role) in ((base, ""), (base, PEOPLE)):
            continue
        if base_of(role)[0] == base:
            factor(unit, own)
    return joined_unit(base, units)


def _literals(leaf: Leaf, kind: Kind | None, unit: str) -> Iterator[tuple[Steps, CaseError]]:
    """Yield what is wrong with the values that are typed."""
    name = leaf.comparison
    bound = getattr(leaf, name)
    values = bound if isinstance(bound, tuple) else (bound,)
    if kind == "word" and name not in ("equals", "differs", "exceeds", "short_of"):
        yield (name,), CaseError("words have no order", hint="use equals or differs")
        return
    for value in values:
        if isinstance(value, (str, float)):  # else a rank, a change or a rival: none is typed
            what, hint = _literal(name, value, kind, unit)
            if what:
                yield (name,), CaseError(what, hint=hint)
    if kind == "word" and leaf.within:
        yield ("within",), CaseError("words lie within nothing", hint="leave it out")


def _literal(name: str, value: str | float, kind: Kind | None, unit: str) -> tuple[str, str]:
    """Return what is wrong with a value that is typed, and what to do; blank if nothing is."""
    shown = printable(repr(value if isinstance(value, str) else f"{value:g}").strip())
    year = isinstance(value, float) and value == int(value) and 1000 <= value <= 2999
    if kind == "number" and isinstance(value, str):
        return f"{shown} is no number, and {unit} needs one", ""
    if kind == "date" and not (is_date(value) or year):
        return f"{shown} is no date", "write 2022, 2022-03 or 2022-03-24"
    if kind == "word" and (not isinstance(value, str) or is_date(value)):
        return f"{shown} is no word", "write what it says, in quotes"
    if kind is None and name in _ORDERED and isinstance(value, str) and not is_date(value):
        return f"{shown} has no order", "words take equals or differs"
    return "", ""


def _roles_fit(leaf: Leaf, kinds: Mapping[str, Kind]) -> Iterator[tuple[Steps, CaseError]]:
    """Yield the readings that are of another kind than what is made of them."""
    numbers_only = ("over", "minus", "earlier", "field")
    for role, kind in kinds.items():
        needs = role in numbers_only or (role == "value" and set(numbers_only) & set(kinds))
        if needs and kind != "number":
            made = "rank" if "field" in kinds else "ratio, difference or change"
            fault = CaseError(f"a {kind} has no {made}", hint="these take numbers")
            yield steps_of(leaf, role), fault
            break  # of one comparison it is said once
    value, rival = kinds.get("value"), kinds.get("rival")
    at: Steps = (leaf.comparison,)
    if value and rival and (value != rival or value == "word"):
        yield (
            at,
            CaseError(
                f"a {value} cannot be held against a {rival}",
                hint="compare numbers with numbers and dates with dates",
            ),
        )
    held = leaf.exceeds or leaf.short_of
    if value == "date" and held is not None and (held.times != 1 or held.plus):
        yield at, CaseError("a date has no `times` and no `plus`")


def _units_fit(leaf: Leaf, known: Mapping[str, str]) -> Iterator[tuple[Steps, CaseError]]:
    """Yield units that there are not, and those that do not convert."""
    value = known.get("value")
    shown = printable(repr(leaf.unit))
    if leaf.unit is not None and not is_unit(leaf.unit) and leaf.unit not in known.values():
        meant = misspelt(leaf.unit)
        if meant or value is not None:
            leave = "leave `unit` out" + (f", or show it in {value}" if value else "")
            hint = f"did you mean {meant!r}?" if meant else leave
            yield ("unit",), CaseError(f"no unit {shown}", hint=hint)
            return
    if value is None:
        return
    if leaf.over is not None and "over" in known:
        fault = _ratio_fault(leaf, value, known["over"], known.get("rival"))
        if fault is not None:
            yield fault
    if leaf.unit not in (None, value) and kind_of(value) != "number":
        yield ("unit",), CaseError(f"a {value} is not shown in {shown}")
    for role, own in known.items():
        wanted = unit_wanted(leaf, role, own, value)
        if wanted is None:
            continue
        try:
            factor(own, wanted)
        except DataError as fault:
            at = ("unit",) if leaf.unit and role == "value" else steps_of(leaf, role)
            yield at, CaseError(fault.what, hint=fault.hint)


def _ratio_fault(
    leaf: Leaf, value: str, below: str, rival: str | None
) -> tuple[Steps, CaseError] | None:
    """Return why a ratio cannot be made, shown in its unit or held against its rival."""
    pure = _alike(below, value)
    for unit, at in ((value, ()), (below, ("over",))):
        if not pure and misspelt(unit):
            hint = f"did you mean {misspelt(unit)!r}?"
            return at, CaseError(f"no unit {printable(repr(unit))}", hint=hint)
    if not pure and currency(value) and currency(below):
        what = f"{value} over {below} needs a dated rate"
        return ("over",), CaseError(what, hint="use one currency")
    for asked, what, at in (
        (leaf.unit, "shown in", ("unit",)),
        (rival, "held against a figure in", (leaf.comparison,)),
    ):
        if asked is not None and not (pure and _alike(asked, PURE)):
            made = "a pure number" if pure else f"in {value} over {below}"
            return at, CaseError(f"this ratio is {made}: it cannot be {what} {asked}")
    return None
