"""The one gate for readings: what a metric declares is enforced here, before an engine sees it.

A ``where`` goes through twice. :func:`resolve` reads what a person wrote, with names of states and
coalitions; :func:`admit` checks what then goes to an engine, whoever asks. Both refuse what the
metric does not take: a list where one value is due, fractions of years, blanks, words of no choice,
a state paired with itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Scalar
from multipolar.errors import EngineError, MultipolarError, nearest
from multipolar.limits import LARGEST, LIST, NAME
from multipolar.policy.scenario import EVERYBODY
from multipolar.text.clean import printable
from multipolar.text.dates import is_date, meant_as_date
from multipolar.text.former import met
from multipolar.text.near import letters
from multipolar.text.ranking import among, currency
from multipolar.world import former

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

__all__ = [
    "EVERYBODY",
    "admit",
    "current",
    "current_name",
    "faults",
    "is_own",
    "laid_out",
    "named",
    "rankable",
    "resolve",
    "without_own",
]

Dates: TypeAlias = "tuple[str | None, ...]"
YEARS = (1000, 2999)  # what a year is: four digits
WHEN = frozenset(("date", "day", "month", "quarter", "time", "when", "year"))
ABOUT = 8  # words of a choice that a hint names as being about what was typed


def resolve(
    world: World, metric: Metric, where: Mapping[str, Any], *, complete: bool
) -> dict[str, Any]:
    """Read a user's ``where``: dimensions checked, country and coalition names resolved.

    Returns one value, or a tuple for a list or a coalition, per dimension. With ``complete``
    every required dimension has to be given.

    Raises:
        EngineError: the metric does not take it; what, where and the nearest right word are said.
        DataError: nobody goes by a name.
    """
    where = current(metric, where, told=True)
    dates = _dates_of(metric, where)
    found = {
        d.name: _resolved(world, metric, d, where[d.name], dates)
        for d in metric.dims
        if d.name in where
    }
    return admit(metric, found, complete=complete)


def faults(
    world: World, metric: Metric, where: Mapping[str, Any], *, complete: bool
) -> dict[str, MultipolarError]:
    """Return all that :func:`resolve` would refuse, by dimension, each asked for alone.

    Example:
        >>> from multipolar.world import World
        >>> metric = Metric("toy.level", (Dimension("year", "year"),), "1", "a level")
        >>> {k: f.what for k, f in faults(World.load(), metric, {"yaer": 1}, complete=True).items()}
        {'yaer': "no dimension 'yaer'", 'year': 'year is not given'}
    """
    found: dict[str, MultipolarError] = {}
    for key, value in where.items():
        try:
            resolve(world, metric, {key: value}, complete=False)
        except MultipolarError as fault:
            found[key] = fault
    if complete:
        given = {current_name(metric, key) for key in where}
        left = (d for d in metric.dims if d.required and d.name not in given)
        found |= {d.name: _not_given(metric, d) for d in left}
    if not found:  # what is wrong is how they go together
        try:
            resolve(world, metric, where, complete=complete)
        except MultipolarError as fault:
            found[""] = fault
    return found


def named(
    world: World, metric: Metric, dim: str, words: Sequence[Scalar], where: Mapping[str, Any]
) -> tuple[Scalar, ...]:
    """Return what several words of one dimension stand for: the rivals a rank is taken among."""
    where = current(metric, where)
    return _many(world, metric, metric.dim(dim), words, _dates_of(metric, where))


def admit(metric: Metric, where: Mapping[str, Any], *, complete: bool) -> dict[str, Any]:
    """Return a place as an engine takes it: years whole, lists as tuples, words of the choice.

    Raises:
        EngineError: a dimension or a value is none of the metric's, or one that is due is missing.

    Example:
        >>> side = Dimension("side", "choice", ("left", "right"))
        >>> metric = Metric("toy.odds", (side,), "1", "odds")
        >>> admit(metric, {"side": "left"}, complete=True)
        {'side': 'left'}
        >>> try:
        ...     admit(metric, {"side": ["left", "right"]}, complete=True)
        ... except EngineError as refusal:
        ...     print(refusal.what)
        side takes one value, not a list
    """
    where, place = current(metric, where), _place(metric)
    out: dict[str, Any] = {}
    for dim in metric.dims:
        if dim.name in where:
            out[dim.name] = _admitted(metric, dim, where[dim.name], place)
        elif complete and dim.required:
            raise _not_given(metric, dim)
    _apart(metric, out)
    return out


def _apart(metric: Metric, place: Mapping[str, Any]) -> None:
    """Refuse a state paired with itself, where the metric has nothing of it.

    Of an average over the pairs of two groups those of one state are left out.
    """
    for one, other in _pairs(metric):
        if one.name not in place or other.name not in place:
            continue
        first, second = (_words(place[d.name]) for d in (one, other))
        both = [code for code in first if code in second and code != EVERYBODY]
        alone = [d for d, codes in ((other, second), (one, first)) if len(codes) == 1]
        if not both or not _meets(metric, one, other, 2 - len(alone)):
            continue
        if len(alone) == 2:
            what = f"{one.name} and {other.name} are the same, {both[0]}"
            hint = f"a pair is of two states: name another {other.name}"
        else:
            named = alone[0] if alone else other
            group = one if named is other else other
            what = f"{', '.join(both[:6])} of {named.name} is in {group.name} too"
            hint = f"a pair is of two states: leave it out of {group.name}"
        raise EngineError(what, where=_place(metric), hint=hint)


def _pairs(metric: Metric) -> Iterator[tuple[Dimension, Dimension]]:
    """Yield the dimensions of which one names a state and the other another one."""
    for pair in combinations([d for d in metric.dims if d.kind == "country"], 2):
        if all(d.own != "itself" for d in pair):
            yield pair


def _meets(metric: Metric, one: Dimension, other: Dimension, groups: int) -> bool:
    """Say whether a state on both sides is refused, so many of which are groups."""
    if not groups:
        return True
    in_group = "in a group" in (one.own, other.own)
    return not in_group and (groups == 1 or metric.aggregate == "sum")


def is_own(metric: Metric, place: Mapping[str, Any]) -> bool:
    """Say whether a place of single words pairs a state with itself, where that is no reading."""
    sides = ((place.get(d.name) for d in pair) for pair in _pairs(metric))
    return any(one == other and one not in (None, EVERYBODY) for one, other in sides)


def without_own(metric: Metric, place: Mapping[str, Any], array: xr.DataArray) -> xr.DataArray:
    """Return a labelled answer without what :func:`admit` refuses of a state with itself.

    Where one side is open, that state is left out; where both are, its cell is blank.
    """
    blank = "" if array.dtype.kind in "OUS" else np.nan
    for one, other in _pairs(metric):
        if one.name in array.dims and other.name in array.dims:
            array = array.where(array[one.name] != array[other.name], blank)
            continue
        for named, fixed in ((one, other), (other, one)):
            codes = _words(place.get(fixed.name, EVERYBODY))
            if named.name not in array.dims or EVERYBODY in codes:
                continue
            if _meets(metric, one, other, int(len(codes) > 1)):
                array = array.isel({named.name: ~array[named.name].isin(codes).values})
    return array


def _words(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _not_given(metric: Metric, dim: Dimension) -> EngineError:
    return EngineError(
        f"{dim.name} is not given",
        where=_place(metric),
        hint=f"add {dim.name}: {dim.description or dim.kind}",
    )


def rankable(metric: Metric, dim: Dimension) -> str:
    """Return why no rank can be taken along a dimension, or nothing if one can."""
    if metric.unit in ("word", "date"):
        return f"{metric.name} is a {metric.unit}, and a rank needs numbers"
    if dim.kind in ("year", "date"):
        return f"a rank is not taken along {dim.name}"
    if dim.kind == "number" or not metric.opens(dim):
        return f"{metric.name} is not laid out along {dim.name}"
    return ""


def laid_out(metric: Metric, where: Mapping[str, Any], along: str) -> dict[str, Any]:
    """Return the place whose array along a dimension says of each what a reading of it says.

    What else could be open stands for everybody, as it does in a reading.
    """
    place = {k: v for k, v in where.items() if k != along}
    for dim in metric.dims:
        if dim.name not in where and dim.name != along and metric.opens(dim) and not dim.required:
            place[dim.name] = EVERYBODY if dim.kind == "country" else dim.values[0]
    return place


def _place(metric: Metric) -> str:
    return f"where of {metric.name}"


def current(metric: Metric, where: Mapping[str, Any], *, told: bool = False) -> dict[str, Any]:
    """Return a place under the names that dimensions have now; ``told`` says former ones aloud.

    Raises:
        EngineError: it is no place, or names a dimension that the metric does not have, or twice.

    Example:
        >>> buyer = Dimension("importer", "country", formerly=("buyer",))
        >>> current(Metric("toy.sales", (buyer,), "Mt", "Sales"), {"buyer": "CHN"})
        {'importer': 'CHN'}
    """
    place = _place(metric)
    if not isinstance(where, Mapping):
        what = f"{printable(repr(where))} is no place"
        raise EngineError(what, where=place, hint="give {dimension: value}")
    names = [d.name for d in metric.dims]
    out: dict[str, Any] = {}
    for key, value in where.items():
        name = current_name(metric, key)
        if name not in names:
            raise EngineError(
                f"no dimension {printable(repr(key))}", where=place, hint=_meant(metric, str(key))
            )
        if name in out:
            both = [str(k) for k in where if current_name(metric, k) == name]
            raise EngineError(
                f"{name} is given twice",
                where=place,
                hint=f"{' and '.join(both)} are one dimension: leave one out",
            )
        if told and name != key:
            met(key, name, metric.name)
        out[name] = value
    return out


def _meant(metric: Metric, key: str) -> str:
    """Return a hint for a name that no dimension has; when it was is called differently here."""
    when = [d for d in metric.dims if d.kind in ("year", "date")]
    if key.casefold() in WHEN and when:
        return "; ".join(f"say {d.name}: {d.description or d.kind}" for d in when)
    return nearest(key, [d.name for d in metric.dims])


def current_name(metric: Metric, name: str) -> str:
    """Return what a dimension is called now; a name that it never had stays."""
    if any(name == d.name for d in metric.dims):
        return name
    return next((d.name for d in metric.dims if name in d.formerly), name)


def _list(value: Any) -> list[Any] | None:
    """Return the values of a list of any kind; None if it is one value."""
    if isinstance(value, np.ndarray):
        return list(value.ravel()) if value.ndim else None
    plural = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
    return list(value) if plural else None


def _resolved(world: World, metric: Metric, dim: Dimension, value: Any, dates: Dates) -> Any:
    words = _list(value)
    if words is not None and not metric.takes_many(dim):
        raise _one_only(metric, dim, "a list")
    found = _many(world, metric, dim, [value] if words is None else words, dates)
    if len(found) > 1 and not metric.takes_many(dim):
        raise _one_only(metric, dim, f"the {len(found)} members of {printable(str(value))}")
    return found if words is not None or len(found) > 1 else found[0]


def _many(
    world: World, metric: Metric, dim: Dimension, words: Sequence[Any], dates: Dates
) -> tuple[Scalar, ...]:
    place = _place(metric)
    if not words or len(words) > LIST:
        what = f"{len(words)} values are more than {LIST}" if words else "names nothing"
        raise _refusal(dim, what, place)
    flat: list[Scalar] = []
    for word in words:
        one = _one(dim, word, place)
        flat += _members(world, dim, str(one), dates, place) if dim.kind == "country" else (one,)
    return tuple(dict.fromkeys(flat))


def _members(world: World, dim: Dimension, word: str, dates: Dates, place: str) -> tuple[str, ...]:
    """Return the codes a name stands for; the same at every date asked for, or it is refused."""
    gone = former.named(word)
    if gone is not None and gone.code in dim.also:
        years = [int(d.partition("-")[0]) for d in dates if d]
        if stood := former.stood_for(gone, years):
            return stood
    found = [world.countries_named(word, date) for date in dates]
    if any(f != found[0] for f in found):
        raise EngineError(
            f"{dim.name} {printable(word)!r} has other members in another year asked for",
            where=place,
            hint="ask for one year, or list the states",
        )
    return found[0]


def _admitted(metric: Metric, dim: Dimension, value: Any, place: str) -> Any:
    words = _list(value)
    if words is None:
        return _one(dim, value, place)
    if not metric.takes_many(dim):
        raise _one_only(metric, dim, "a list")
    if not words:
        raise _refusal(dim, "names nothing", place)
    found = tuple(dict.fromkeys(_one(dim, v, place) for v in words))
    return found if len(found) > 1 else found[0]


def _one(dim: Dimension, value: Any, place: str) -> Scalar:
    """Read one value as its dimension takes it."""
    value = value.item() if isinstance(value, (np.generic, np.ndarray)) else value
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not isinstance(value, str) and not (number and abs(value) <= LARGEST):
        raise _refusal(dim, f"is {printable(repr(value))}", place)
    word = value.strip() if isinstance(value, str) else value
    if word == "" or len(str(word)) > NAME:
        what = "is empty" if word == "" else f"has more than {NAME} characters"
        raise _refusal(dim, what, place)
    return _READ[dim.kind](dim, word, place)


def _year(dim: Dimension, value: Scalar, place: str) -> int:
    text = str(value)
    if isinstance(value, float) and value == int(value):
        text = str(int(value))
    year = int(text) if text.isascii() and text.isdecimal() else -1
    if not YEARS[0] <= year <= YEARS[1]:
        hint = f"write {dim.name} in four digits, say 2022"
        raise _refusal(dim, f"is {printable(repr(value))}, which is not a year", place, hint)
    low, high = dim.bounds or YEARS
    if not low <= year <= high:
        raise _refusal(dim, f"is {year}", place, f"give a year from {low:.0f} to {high:.0f}")
    return year


def _date(dim: Dimension, value: Scalar, place: str) -> str:
    # another word than a date is a name that no row has; a date in another form is a mistake
    if not is_date(str(value)) and (not isinstance(value, str) or meant_as_date(value)):
        hint = f"write {dim.name} as 2022, 2022-03 or 2022-03-24"
        raise _refusal(dim, f"is {printable(repr(value))}, which is not a date", place, hint)
    return str(value)


def _number(dim: Dimension, value: Scalar, place: str) -> float:
    whole = dim.bounds is not None and all(isinstance(b, int) for b in dim.bounds)
    try:
        number = float(value) if str(value).isascii() and "_" not in str(value) else math.nan
    except ValueError:
        number = math.nan
    low, high = dim.bounds or (-math.inf, math.inf)
    if not (math.isfinite(number) and low <= number <= high) or (whole and number % 1):
        span = f" from {low:g} to {high:g}" if dim.bounds else ", say 0.5"
        hint = f"give a {'whole ' * whole}number{span}"
        raise _refusal(dim, f"is {printable(repr(value))}", place, hint)
    return int(number) if whole else number


def _choice(dim: Dimension, value: Scalar, place: str) -> str:
    word = str(value)
    if word in dim.values:
        return word
    same = [v for v in dim.values if letters(v) == letters(word) != ""]
    code = currency(word) if dim.name == "currency" else ""
    if len(same) == 1 or code in dim.values:
        return same[0] if len(same) == 1 else code
    hint = nearest(word, dim.values)
    if hint.startswith("use one") and 0 < len(about := among(word, dim.values)) <= ABOUT:
        hint = f"on that there is {', '.join(about)}"
    raise _refusal(dim, f"has no {printable(repr(word))}", place, hint)


def _text(dim: Dimension, value: Scalar, place: str) -> str:
    return str(value)


_READ: Mapping[str, Callable[[Dimension, Scalar, str], Scalar]] = {
    "country": _text,
    "choice": _choice,
    "year": _year,
    "date": _date,
    "number": _number,
    "text": _text,
}


def _dates_of(metric: Metric, where: Mapping[str, Any]) -> Dates:
    """Return the dates at which coalitions are taken: those asked for, else the metric's own."""
    for dim in metric.dims:
        if dim.kind in ("year", "date") and dim.name in where:
            words = _list(where[dim.name])
            words = [where[dim.name]] if words is None else words
            return tuple(str(_one(dim, w, _place(metric))) for w in words) or (None,)
    return (metric.as_of or None,)


def _one_only(metric: Metric, dim: Dimension, given: str) -> EngineError:
    return EngineError(
        f"{dim.name} takes one value, not {given}",
        where=_place(metric),
        hint=f"name one {dim.name}",
    )


def _refusal(dim: Dimension, what: str, place: str, hint: str = "") -> EngineError:
    return EngineError(
        f"{dim.name} {what}", where=place, hint=hint or f"give {dim.description or dim.kind}"
    )
