"""The one reader of all engines: what a declared metric says of a place in what was solved.

What was solved may be any object. Of these parts it may have any; those it has are used:

==============  ==================================================================================
``sources``     rows behind every reading; they come after those of the metric's function
``note``        what to know of every reading: text, or a function of a metric and a place
``countries``   codes that an open country dimension runs over
``known``       codes that have figures: others in a list are named as left out
``defaults``    what stands for a dimension that is left out, by name
``through``     the last date, ISO, that the figures it rests on are for; a year that a model
                looks ahead to is none
``status``, ``message``, ``residual``, ``iterations``   how it was solved, for the outcome
==============  ==================================================================================

The half width of a reading is what the metric's function says of it, or else what the metric
declares (:mod:`multipolar.engines.api.halfwidth`). Errors of what is added up or averaged are taken
as independent: their squares add up, and of a mean the root is divided by how many there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from multipolar.engines.api.contract import (
    Code,
    Dimension,
    Metric,
    Outcome,
    Parameter,
    Prior,
    Reading,
    Reference,
    Scalar,
    Source,
    Where,
)
from multipolar.engines.api.declare import Declared, Place, S, Value
from multipolar.engines.api.gate import EVERYBODY, admit, is_own, without_own
from multipolar.engines.api.halfwidth import PASSES, combined, declared_width, standard
from multipolar.errors import DataMissing, EngineError, nearest
from multipolar.text.dates import is_date, last_day
from multipolar.world.dictionary import Grade

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

CELLS = 2_000_000  # a labelled answer of more is refused, not computed
WIDTHS = 5_000  # cells whose half widths are read one by one
NOTES = 6  # different notes of the cells of an array that are still worth saying
IN_WORDS = ("word", "date")  # units of what is no number


def outcome(
    engine: str,
    scenario: str,
    declared: Iterable[Declared[S]],
    solved: S,
    *,
    status: Code | None = None,
    message: str | None = None,
    residual: float | None = None,
    iterations: int | None = None,
) -> Outcome:
    """Return what an engine hands back of a solved scenario, read by what it declares.

    What is left out of how it was solved is taken from what was solved, where it says so.

    Example:
        >>> size = Metric("toy.size", (Dimension("country", "country"),), "Mt", "Size", "sum")
        >>> read = Declared(size, lambda solved, at: solved[at["country"]])
        >>> found = outcome("toy", "baseline", [read], {"CHN": 2.0, "IND": 1.0})
        >>> found.read("toy.size", {"country": ["CHN", "IND"]}).value
        3.0
    """
    table = {d.metric.name: d for d in declared}

    def one(metric: str) -> Declared[S]:
        if metric not in table:
            raise EngineError(f"no metric {metric!r}", hint=nearest(metric, table))
        return table[metric]

    def scalar(metric: str, where: Where) -> Reading:
        d, place = one(metric), admit(one(metric).metric, where, complete=True)
        found = _scalar(d, solved, place)
        said = standard(d.metric)
        if not said or found.error or isinstance(found.value, str):
            return found
        return replace(found, error=_deviation(table[said], solved, place, d.metric.aggregate))

    def labelled(metric: str, where: Where) -> xr.DataArray:
        return laid(one(metric), admit(one(metric).metric, where, complete=False))

    def laid(d: Declared[S], place: Place) -> xr.DataArray:
        return without_own(d.metric, place, _labelled(d, solved, place))

    def errors(metric: str, where: Where) -> xr.DataArray | None:
        d, place = one(metric), admit(one(metric).metric, where, complete=False)
        if said := standard(d.metric):
            return PASSES * laid(table[said], _shared(table[said].metric, place))
        return _widths(d, solved, place)

    return Outcome(
        engine,
        scenario,
        scalar,
        labelled,
        getattr(solved, "status", "converged") if status is None else status,
        getattr(solved, "message", "") if message is None else message,
        getattr(solved, "residual", 0.0) if residual is None else residual,
        getattr(solved, "iterations", 0) if iterations is None else iterations,
        errors,
    )


def _scalar(d: Declared[S], solved: S, place: Place) -> Reading:
    """Read one number or word at a complete place."""
    at = _filled(d, solved, place, ())
    found = _value(d, solved, at)
    if not _finite(found.value):
        raise DataMissing(f"{d.metric.name} has no finite value here", hint=d.hint or found.note)
    gone = without(d.metric, place, known) if d.many and (known := _known(solved)) else ""
    unproven = unproven_at(d.metric, at)
    return Reading(
        found.value if isinstance(found.value, str) else float(found.value),
        found.unit or d.metric.unit,
        (*found.evidence, *(s for s in _sources(solved) if s not in found.evidence)),
        found.alternatives,
        joined(found.note, gone, _note(solved, d.metric, at), unproven),
        found.label,
        found.bound,
        found.error or 0.0,
        (found.error_of or d.metric.error_of) if found.error or standard(d.metric) else "",
        through=found.through or str(getattr(solved, "through", "")),
        chosen=found.chosen,
        choices=found.choices,
        unproven=unproven,
    )


def unproven_at(metric: Metric, at: Place) -> str:
    """Return why nothing is to hang on readings of a metric at a place, or nothing.

    Example:
        >>> from multipolar.engines.api.contract import Unproven
        >>> near = Unproven("It was further off than the year before.", (2024,))
        >>> size = Metric("toy.size", (), "Mt", "Size", unproven=(near,))
        >>> unproven_at(size, {"year": 2024}), unproven_at(size, {"year": 2022})
        ('It was further off than the year before.', '')
    """
    return joined(*(u.why for u in metric.unproven if u.at(at)))


def _deviation(d: Declared[S], solved: S, place: Place, aggregate: str) -> float:
    """Return the half width at a place from the metric that holds its standard error.

    Of everybody it is that of the mean standard error, which is the most it can be.
    """
    place = _shared(d.metric, place)
    lists = [x.name for x in d.metric.dims if isinstance(place.get(x.name), tuple)]
    found: list[float | None] = []
    for words in product(*(place[n] for n in lists)):
        here = {**place, **dict(zip(lists, words, strict=True))}
        try:
            read = _value(d, solved, _filled(d, solved, here, ()))
        except DataMissing:
            continue
        if not isinstance(read.value, str) and math.isfinite(read.value):
            found.append(PASSES * read.value)
    return combined(found, aggregate) or 0.0


def _shared(metric: Metric, place: Place) -> dict[str, Any]:
    names = {x.name for x in metric.dims}
    return {n: v for n, v in place.items() if n in names}


def _widths(d: Declared[S], solved: S, place: Place) -> xr.DataArray | None:
    """Return the half widths of a labelled answer; None where the metric states none."""
    metric = d.metric
    if not (metric.error or metric.error_share or metric.error_of):
        return None
    array = _labelled(d, solved, place)
    if array.dtype.kind != "f":
        return None
    if metric.error or metric.error_share:
        width = np.vectorize(lambda value: declared_width(metric, value), otypes=[float])
        return array.copy(data=width(array.values))
    if array.size > WIDTHS:
        return None
    left = [x for x in metric.dims if x.name in array.dims]
    at, widths = _filled(d, solved, place, left), array * np.nan
    for index in np.ndindex(*array.shape):
        here = {str(x): array[x].values[k].item() for x, k in zip(array.dims, index, strict=True)}
        with suppress(DataMissing):
            widths[index] = _value(d, solved, {**at, **here}).error or 0.0
    return widths


def error_along(outcome: Outcome, metric: str, place: Where, along: str) -> dict[str, float]:
    """Return the half width of each value along an open dimension, by label.

    Over what else is open, errors are taken as independent. Labels without one are left out; there
    are none where the metric states no error, or its outcome cannot say it.

    Example:
        >>> size = Metric(
        ...     "toy.size",
        ...     (Dimension("country", "country"),),
        ...     "Mt",
        ...     "Size",
        ...     error_share=0.5,
        ...     error_of="rounding of the source",
        ... )
        >>> read = Declared(size, lambda solved, at: solved[at["country"]], lambda *_: ["CHN"])
        >>> error_along(outcome("toy", "", [read], {"CHN": 2.0}), "toy.size", {}, "country")
        {'CHN': 1.0}
    """
    if outcome.errors is None:
        return {}
    try:
        widths = outcome.errors(metric, place)
    except DataMissing:
        return {}
    if widths is None or along not in widths.dims:
        return {}
    flat = (widths**2).sum([x for x in widths.dims if x != along]) ** 0.5
    pairs = zip(flat[along].values, flat.values, strict=True)
    return {str(label): float(width) for label, width in pairs if width > 0}


def _labelled(d: Declared[S], solved: S, place: Place) -> xr.DataArray:
    """Read an array over the dimensions that are left open."""
    import xarray as xr

    left = [x for x in d.metric.dims if x.name not in place and d.metric.opens(x)]
    at = _filled(d, solved, place, left)
    found = d.grid(solved, at) if d.grid is not None else None
    if isinstance(found, xr.DataArray):
        attrs = _attrs(d, solved, at, ())
        note = joined(found.attrs.get("note", ""), attrs["note"])
        return found.rename(d.metric.name).assign_attrs({**attrs, **found.attrs, "note": note})
    coords = {x.name: list(_labels(d, solved, x, at) or ()) for x in left}
    cells: list[Value] = []
    if found is None:
        found, cells = _cells(d, solved, at, coords)
    if d.metric.unit not in IN_WORDS:
        found = np.where(np.isfinite(found), found, np.nan)
    return xr.DataArray(
        found,
        coords=coords,
        dims=list(coords),
        name=d.metric.name,
        attrs=_attrs(d, solved, at, cells),
    )


def _cells(
    d: Declared[S], solved: S, at: Place, coords: Mapping[str, Sequence[Scalar]]
) -> tuple[Any, list[Value]]:
    """Read cell by cell; what nobody answers stays NaN, or empty where a word is due.

    Raises:
        DataMissing: no cell has an answer; the first reason is given.
    """
    shape = [len(c) for c in coords.values()]
    if math.prod(shape) > CELLS:
        size = " x ".join(map(str, shape))
        raise EngineError(
            f"{d.metric.name} over {size} is too large", hint="give more of the dimensions"
        )
    words = d.metric.unit in IN_WORDS
    values = np.full(shape, "" if words else np.nan, dtype=object if words else float)
    cells: list[Value] = []
    gap: DataMissing | None = None
    for index in np.ndindex(*shape):
        here = {name: c[k] for (name, c), k in zip(coords.items(), index, strict=True)}
        try:
            cells.append(_value(d, solved, {**at, **here}))
        except DataMissing as fault:
            gap = gap or fault
        else:
            values[index] = cells[-1].value
    if gap is not None and not cells:
        raise gap
    return values, cells


def _attrs(d: Declared[S], solved: S, at: Place, cells: Sequence[Value]) -> dict[str, str]:
    """Return unit, source, name and note of an array."""
    units = {c.unit for c in cells}
    notes = list(dict.fromkeys(c.note for c in cells))
    rows = dict.fromkeys(s.source for s in _sources(solved))
    if not rows:
        rows = dict.fromkeys(s.source for c in cells for s in c.evidence)
    own = units.pop() if len(units) == 1 else ""
    return {
        "unit": own or d.metric.unit_at(at) or d.metric.unit,
        "source": "; ".join(rows) or "no source answers",
        "long_name": d.metric.description,
        "note": joined(
            *(notes if len(notes) <= NOTES else ()),
            _note(solved, d.metric, at),
            unproven_at(d.metric, at),
        ),
    }


def _filled(d: Declared[S], solved: S, place: Place, left: Collection[Dimension]) -> dict[str, Any]:
    """Return a place with what stands for what was left out, but for what is left open.

    That is the first word of a choice that takes one, and what the engine says.
    """
    dims = {x.name: x for x in d.metric.dims if x not in left}
    first = {
        n: x.values[0]
        for n, x in dims.items()
        if not x.required and x.values and not d.metric.takes_many(x)
    }
    usual = {**getattr(solved, "defaults", {}), **d.defaults}
    return {**first, **{n: v for n, v in usual.items() if n in dims}, **place}


def _labels(d: Declared[S], solved: S, dim: Dimension, at: Place) -> Sequence[Scalar] | None:
    """Return what a dimension runs over; None if nobody says it."""
    if d.over is not None:
        return list(d.over(solved, dim, at))
    if dim.kind == "country":
        return getattr(solved, "countries", None)
    return dim.values or None


def _value(d: Declared[S], solved: S, at: Place) -> Value:
    """Ask a metric's function: for all at once, or for one code at a time."""
    if d.many:
        return _told(d.metric, d.value(solved, at))
    lists, gone = _lists(d, solved, at)
    each = (dict(zip(lists, words, strict=True)) for words in product(*lists.values()))
    places = [{**at, **place} for place in each if not is_own(d.metric, place)]
    if not places:  # of two groups one state is left
        raise DataMissing(f"{d.metric.name}: a state with itself is no pair", hint="name two")
    if all(len(words) == 1 for words in lists.values()):
        found = _told(d.metric, d.value(solved, places[0]))
    else:
        found = _aggregated(d, solved, places)
    return replace(found, note=joined(found.note, gone)) if gone else found


def _lists(d: Declared[S], solved: S, at: Place) -> tuple[dict[str, tuple[Scalar, ...]], str]:
    """Return the words of each list and country, those without figures left out and named.

    Raises:
        DataMissing: none has figures, or everybody was asked for where one is due.
    """
    lists: dict[str, tuple[Scalar, ...]] = {}
    gone: dict[str, None] = {}
    for dim in (x for x in d.metric.dims if x.name in at):
        words = at[dim.name] if isinstance(at[dim.name], tuple) else (at[dim.name],)
        if dim.kind == "country":
            labels = _labels(d, solved, dim, at)
            if EVERYBODY in words:
                if labels is None or not d.metric.takes_many(dim):
                    raise DataMissing(f"{dim.name}: the world has no value here", hint="name one")
                words = tuple(labels)
            missing = [w for w in words if labels is not None and w not in labels]
            words = tuple(w for w in words if w not in missing)
            if not words:
                raise DataMissing(
                    f"{some(missing)}: no figures here", hint=f"name another {dim.name}"
                )
            gone |= dict.fromkeys(map(str, missing))
        lists[dim.name] = words
    return lists, _left_out(list(gone))


def _aggregated(d: Declared[S], solved: S, places: Sequence[Place]) -> Value:
    """Add up or average over every combination of the words, as the metric says."""
    parts: list[Value] = []
    gap: DataMissing | None = None
    total = len(places)
    for place in places:
        try:
            part = _told(d.metric, d.value(solved, place))
        except DataMissing as fault:
            gap = gap or fault
            continue
        if _finite(part.value) and not isinstance(part.value, str):
            parts.append(part)
    if not parts:
        raise gap or DataMissing(f"{d.metric.name} has no finite value here", hint=d.hint)
    numbers = np.array([p.value for p in parts], dtype=float)
    units, bounds = {p.unit for p in parts}, {p.bound for p in parts}
    if len(units) > 1:
        raise DataMissing(
            f"{d.metric.name} has values in {some(sorted(units))}", hint="ask for one"
        )
    short = f"Without {total - len(parts)} of {total}, which have no value here."
    notes = list(dict.fromkeys(p.note for p in parts))
    return Value(
        float(numbers.sum() if d.metric.aggregate == "sum" else numbers.mean()),
        tuple(dict.fromkeys(s for p in parts for s in p.evidence)),
        note=joined(*(notes if len(notes) <= NOTES else ()), short if len(parts) < total else ""),
        unit=units.pop(),
        bound=bounds.pop() if len(bounds) == 1 else "",
        error=combined([p.error for p in parts], d.metric.aggregate),
        error_of=next((p.error_of for p in parts if p.error_of), ""),
        through=max(p.through for p in parts),
    )


def _told(metric: Metric, found: float | str | Value) -> Value:
    """Return what was found with its half width, where that or the metric says it."""
    value = found if isinstance(found, Value) else Value(found)
    if value.error is not None or isinstance(value.value, str):
        return value
    return replace(value, error=declared_width(metric, value.value), error_of=metric.error_of)


def _finite(value: float | str) -> bool:
    return isinstance(value, str) or math.isfinite(value)


def _sources(solved: object) -> tuple[Source, ...]:
    return tuple(getattr(solved, "sources", ()))


def _known(solved: object) -> Collection[str]:
    return cast("Collection[str]", getattr(solved, "known", ()))


def through_of(*rows: Source) -> str:
    """Return the last day that rows are for: of their dates, but not after they were public.

    Example:
        >>> through_of(Source("a plan", "2030", known="2025-11-01"), Source("a count", "2024-06"))
        '2025-11-01'
    """
    days = [[last_day(d) for d in (s.date, s.known) if is_date(d)] for s in rows]
    return max((min(d) for d in days if d), default="")


def _note(solved: object, metric: Metric, at: Place) -> str:
    note: str | Callable[[Metric, Place], str] = getattr(solved, "note", "")
    return note(metric, at) if callable(note) else note


def joined(*notes: str) -> str:
    """Join what there is to say, each thing once.

    Example:
        >>> joined("One.", "", "Two.", "One.")
        'One. Two.'
    """
    return " ".join(dict.fromkeys(filter(None, notes)))


def table_source(world: World, table: str, unit: str = "") -> Source:
    """Return who stands behind a table: source, version, retrieval date and address.

    Example:
        >>> from multipolar.world import World
        >>> table_source(World.load(), "un_votes").source
        'United Nations, voting records'
    """
    info = world.info(table)
    own = table in world.own
    note = f"Table {table}, version {info.version}, retrieved {info.date}."
    return Source(
        source=info.source,
        date=info.date,
        url=info.url,
        unit=unit,
        note=f"The case's own table, {info.version}." if own else note,
        grade=info.grade,
    )


def grade_of(reading: str) -> Grade:
    """Return the grade of a row of which no more is known than how it was read.

    Example:
        >>> grade_of("read"), grade_of("recalled"), grade_of("assumption")
        ('report', 'recalled', '')
    """
    grades: dict[str, Grade] = {
        "read": "report",
        "second-hand": "second-hand",
        "recalled": "recalled",
    }
    return grades.get(reading, "")


def figure_source(row: Mapping[str, Any], what: str) -> Source:
    """Return a typed row of figures as evidence, with its status and note.

    Args:
        row: source, dated, date, url, value, unit, status and note.
        what: a sentence that names the figure, put before the note.

    Example:
        >>> row = {"source": "", "dated": "", "date": "2021", "url": "", "value": 1.5}
        >>> row |= {"unit": "mb/d", "status": "assumption", "note": "none published"}
        >>> found = figure_source(row, "Outlet, 2021.")
        >>> found.source, found.date, found.note
        ('An assumption: no source was found', '2021', 'Outlet, 2021. none published')
    """
    value, status = row["value"], str(row["status"])
    return Source(
        source=str(row["source"]) or "An assumption: no source was found",
        date=str(row["dated"]) or str(row["date"]),
        url=str(row["url"]),
        value=float(value) if isinstance(value, int | float) else None,
        unit=str(row["unit"]),
        reading=status,
        note=f"{what} {row['note']}".strip(),
        grade=grade_of(status),
    )


class Words(NamedTuple):
    """What readers call a parameter, the sentences it makes, and whether it is identified."""

    label: str = ""
    says: tuple[str, ...] = ()
    identified: bool = True


def table_parameters(
    world: World, table: str, words: Mapping[str, Words] | None = None
) -> tuple[Parameter, ...]:
    """Return the parameters of a table: name, value, unit, prior, args, source, url, description.

    ``words`` holds by name what readers call them.

    Example:
        >>> from multipolar.world import World
        >>> table_parameters(World.load(), "gas_parameters")[0].source.text != ""
        True
    """
    rows = world.table(table).fillna("").to_dict("records")
    return tuple(
        Parameter(
            r["name"],
            r["value"],
            r["unit"],
            r["description"],
            Reference(r["source"] or "An assumption: no source was found", r["url"]),
            Prior(r["prior"], tuple(map(float, r["args"].split()))) if r["prior"] else None,
            *(words or {}).get(r["name"], Words()),
        )
        for r in rows
    )


def without(metric: Metric, place: Mapping[str, Any], known: Collection[str]) -> str:
    """Say which of the states named have no figures of their own, where others have.

    Example:
        >>> from multipolar.engines.api.contract import Dimension
        >>> size = Metric("toy.size", (Dimension("country", "country"),), "t", "size", "sum")
        >>> without(size, {"country": ("DEU", "LIE")}, {"DEU"})
        'Without LIE, which the table does not tell apart.'
    """
    named = [place[d.name] for d in metric.dims if d.kind == "country" and d.name in place]
    groups = [g for g in named if isinstance(g, tuple) and EVERYBODY not in g]
    return _left_out(sorted({str(c) for g in groups for c in g} - set(known)))


def _left_out(gone: Sequence[str]) -> str:
    return f"Without {some(gone)}, which the table does not tell apart." if gone else ""


def some(codes: Sequence[str], most: int = 6) -> str:
    """List a few codes, and how many more there are.

    Example:
        >>> some(["DEU", "FRA", "POL"], most=2)
        'DEU, FRA and 1 more'
    """
    head = ", ".join(codes[:most])
    return head + (f" and {len(codes) - most} more" if len(codes) > most else "")
