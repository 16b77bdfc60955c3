"""What can be read from votes: how alike states vote, where they stand, who votes in blocs.

To add a metric, write a function that returns its table over states, and list it in
:data:`METRICS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

import numpy as np

from multipolar.engines.alignment import cohesion
from multipolar.engines.alignment.data import FULL, ON, SHIPPED, UKRAINE, Record
from multipolar.engines.alignment.positions import SAME, VARIANTS
from multipolar.engines.alignment.similarity import SIMILARITIES, Network, sums
from multipolar.engines.alignment.solved import WORDS, Solved
from multipolar.engines.api import Declared, Dimension, Metric, Place, Source, Value
from multipolar.engines.api.contract import FROM_ZERO, Bounds
from multipolar.engines.api.coverage import told_apart
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.halfwidth import PASSES
from multipolar.engines.api.reader import joined, outcome, table_source
from multipolar.errors import DataMissing, EngineError
from multipolar.numerics.arrays import Floats

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.policy import Scenario
    from multipolar.world import World

LAST = "2025-02-24"  # coalitions are taken as they were at the last of the shipped votes
AT_ONCE = ("alignment.similarity", "alignment.cohesion")  # read as fast as looked up
SIDES = ("country", "partner")  # the axes of a table
# values over no states, one state or two, NaN where they have none, and the states of each axis
Table: TypeAlias = "tuple[Floats, tuple[str, ...]]"
TableOf: TypeAlias = Callable[[Solved, Place], Table]
NoteOf: TypeAlias = Callable[[Solved, Place], str]
# standard errors of a table's values, shape as theirs; of several, their mean is the most it can
# be, for they rest on the same votes
ErrorOf: TypeAlias = Callable[[Solved, Place], Floats]
STANDARD = "standard error"


def _named(word: Any) -> tuple[str, ...] | None:
    """Return the codes of a word; None for everybody."""
    codes = tuple(map(str, word)) if isinstance(word, tuple) else (str(word),)
    return None if word is None or EVERYBODY in codes else codes


def _picked(table: Table, at: Place) -> tuple[Floats, list[list[int]], list[str]]:
    """Return the values of those asked for, their rows on each axis, and who has no place there.

    A state has no value with itself.
    """
    values, states = table
    index = {code: k for k, code in enumerate(states)}
    asked = [_named(at.get(side)) for side in SIDES[: values.ndim]]
    rows = [
        [index[c] for c in (states if codes is None else codes) if c in index] for codes in asked
    ]
    gone = [c for codes in asked for c in codes or () if c not in index]
    if values.ndim == 2:
        values = np.where(np.eye(len(values), dtype=bool), np.nan, values)
    return (values[np.ix_(*rows)] if rows else values), rows, gone


def _blank(picked: Floats, rows: list[list[int]], states: tuple[str, ...], at: Place) -> list[str]:
    """Return who was named and has no value, though there is one to be compared with."""
    found = []
    for axis, side in enumerate(SIDES[: picked.ndim]):
        if _named(at.get(side)) is None:
            continue
        others = set(rows[1 - axis]) if picked.ndim == 2 else {-1}
        for k, row in enumerate(rows[axis]):
            if not others <= {row} and np.isnan(picked.take(k, axis)).all():
                found.append(states[row])
    return found


def _value(
    metric: Metric,
    table: TableOf,
    note: NoteOf,
    error: ErrorOf | None,
    solved: Solved,
    at: Place,
) -> Value:
    """Read one number: the mean over those named, of a pair or of a list."""
    made = table(solved, at)
    picked, rows, gone = _picked(made, at)
    if not np.isfinite(picked).any():
        raise DataMissing(
            f"{metric.name} has no value here{_reason(gone, at)}",
            hint="name others, or another year",
        )
    blank = _blank(picked, rows, made[1], at)
    return Value(
        float(np.nanmean(picked)),
        (_source(solved, at, metric.unit),),
        note=joined(
            note(solved, at),
            solved.thin(at["votes"], at["year"]),
            _took_no_part(gone),
            f"Without {', '.join(blank[:6])}, who have no value here." if blank else "",
        ),
        error=None if error is None else _width(error(solved, at), made, at),
        error_of=metric.error_of,
        through=solved.record.through(at["votes"], at["year"]),
    )


def _width(errors: Floats, made: Table, at: Place) -> float:
    """Return the half width of the mean over those named, from standard errors laid out alike."""
    picked, _, _ = _picked((errors, made[1]), at)
    return PASSES * float(np.nanmean(picked)) if np.isfinite(picked).any() else 0.0


def lacks(world: World, scenario: Scenario) -> Callable[[Metric, Mapping[str, Any]], None]:
    """Return what says whether there are votes, and states that cast them.

    What takes no time is read; of estimates it is known who voted.
    """
    solved = Solved(Record(world))
    read = outcome("alignment", scenario.name, METRICS, solved)

    def covered(metric: Metric, place: Mapping[str, Any]) -> None:
        if metric.name in AT_ONCE:
            read.read(metric.name, place)
            return
        on, year = str(place.get("votes", UKRAINE)), place.get("year")
        if any(d.name == "variant" for d in metric.dims):
            _period(solved, {"votes": on, "year": year})
        votes = solved.votes(on, year)
        if not votes.divided:
            raise DataMissing(f"no vote divided two states: {votes.about}", hint="name other votes")
        took = {votes.states[k] for k in np.flatnonzero(np.isfinite(votes.matrix).any(axis=0))}
        told_apart(metric, place, took, votes.about, "name others, or another year")

    return covered


def _took_no_part(codes: Sequence[str]) -> str:
    return f"Without {', '.join(codes[:6])}, who took no part." if codes else ""


def _reason(gone: Sequence[str], at: Place) -> str:
    if "partner" in at and at["country"] == at["partner"]:
        return " (a state is not compared with itself)"
    if gone:
        return f" ({', '.join(gone[:4])} took no part)"
    if at.get("index") in ("pi", "kappa"):
        return " (both always voted the same one way: there is no chance to take off)"
    return ""


def _grid(
    metric: Metric, table: TableOf, over_years: bool, solved: Solved, at: Place
) -> xr.DataArray:
    """Lay out what is left open; over years too where the record has them."""
    runs: dict[str, Sequence[Any]] = {
        d.name: d.values
        for d in metric.dims
        if d.kind == "choice" and d.required and d.name not in at
    }
    if over_years and at["votes"] != UKRAINE and at["year"] is None:
        runs["year"] = solved.record.years
    found = _over(table, solved, at, runs)
    found = found.transpose(*(d.name for d in metric.dims if d.name in found.dims))
    return found.assign_attrs(source=_source(solved, at).source)


def _over(
    table: TableOf, solved: Solved, at: Place, runs: Mapping[str, Sequence[Any]]
) -> xr.DataArray:
    """Lay out what each word of the open choices, and each year, gives."""
    import xarray as xr

    if runs:
        (name, words), *rest = runs.items()
        parts = [_over(table, solved, {**at, name: w}, dict(rest)) for w in words]
        return xr.concat(parts, dim=xr.Variable(name, list(words)), join="outer")
    made = table(solved, at)
    picked, rows, _ = _picked(made, at)
    sides = SIDES[: picked.ndim]
    coords = {side: [made[1][k] for k in places] for side, places in zip(sides, rows, strict=True)}
    array = xr.DataArray(picked, coords, sides)
    found = array.mean([side for side in sides if at.get(side) is not None])
    for dim in found.dims:
        found = found.dropna(dim, how="all")
    return found


def _source(solved: Solved, at: Place, unit: str = "") -> Source:
    table = SHIPPED if at["votes"] == UKRAINE else FULL
    return table_source(solved.record.world, table, unit)


def _similarity(solved: Solved, at: Place) -> Table:
    v = solved.votes(at["votes"], at["year"])
    key = ("similarity", at["index"], at["votes"], at["year"])
    return solved.memo.once(key, lambda: SIMILARITIES[at["index"]](v.matrix)), v.states


def _sampled(share: Floats, n: Floats | float) -> Floats:
    """Return the standard error of a mean over n votes of what lies between 0 and 1.

    It is the binomial one, the most that such a mean can have.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt(np.clip(share * (1 - share), 0, None) / n))


def _similarity_error(solved: Solved, at: Place) -> Floats:
    key = ("similarity error", at["index"], at["votes"], at["year"])
    return solved.memo.once(key, lambda: _over_votes(solved, at))


def _over_votes(solved: Solved, at: Place) -> Floats:
    """Standard error over votes; chance is taken as known where an index takes it off."""
    v, index = solved.votes(at["votes"], at["year"]), str(at["index"])
    value, both = _similarity(solved, at)[0], sums(v.matrix)
    if index == "identical":
        return _sampled(value, both.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = both.gap / both.n  # mean distance on a vote, 0 to 2; its error is that of s
        error = np.sqrt(np.clip(both.square / both.n - gap**2, 0, None) / (both.n - 1))
        scale = {"s": 1.0, "lijphart": 0.5}.get(index, np.where(gap > 0, (1 - value) / gap, 0.0))
    return np.asarray(np.where(both.n > 1, error * scale, np.nan))


def _distance_error(solved: Solved, at: Place) -> Floats:
    se, _ = _of_points("se", solved, at)
    return np.asarray(np.hypot(se[:, None], se[None, :]))


def _cohesion_error(solved: Solved, at: Place) -> Floats:
    value, _ = _cohesion(solved, at)
    return _sampled(value, float(len(solved.votes(at["votes"], at["year"]).matrix)))


def _together_error(solved: Solved, at: Place) -> Floats:
    found = solved.blocs(at["votes"], at["year"], at["network"]).every
    return _sampled(found.together, float(len(found.runs)))


def _frustration_gap(solved: Solved, at: Place) -> Floats:
    """Distance to the proven bound, as a standard error that gives this half width."""
    found = solved.frustration(at["votes"], at["year"], int(at["camps"]))
    return np.asarray(0.0 if found.exact else 100 * (found.share - found.lower) / PASSES)


def _of_points(pick: str, solved: Solved, at: Place) -> Table:
    """Return positions, their errors or the ballots behind them, of the first scale."""
    period = _period(solved, at)
    points = solved.points(at["votes"], at["variant"], at["year"])
    here = np.array(points.periods)[points.period] == period
    if not here.any():
        raise DataMissing(f"no vote in {period} divided two states", hint="name another year")
    if (points.scale[here] > 0).all():
        raise DataMissing(
            f"positions in {period} are on a scale of their own: too few states and questions "
            "tie that year to the others",
            hint=f"name a year that is tied; the table has {solved.record.span}",
        )
    here &= points.scale == 0
    values: Floats = getattr(points, pick)[here].astype(float)
    return values, tuple(points.members[k] for k in points.member[here])


def _period(solved: Solved, at: Place) -> int:
    """Return the period of the estimates: the year, or nought for the shipped votes."""
    votes, year = at["votes"], at["year"]
    if votes == UKRAINE:
        solved.votes(UKRAINE, year)  # refuses a year without votes
        return 0
    if votes != "all":
        raise EngineError(
            f"there are no positions on {votes} alone", hint="give votes: ukraine or votes: all"
        )
    years = solved.record.years
    if year is None:
        raise EngineError("positions need a year", hint=f"the table has {solved.record.span}")
    if year not in years:
        raise DataMissing(f"no votes in {year}", hint=f"the table has {solved.record.span}")
    return int(year)


def _distance(solved: Solved, at: Place) -> Table:
    place, states = _of_points("position", solved, at)
    gap = np.abs(place[:, None] - place[None, :])
    gap[gap < SAME] = 0.0
    return gap, states


def _cohesion(solved: Solved, at: Place) -> Table:
    v = solved.votes(at["votes"], at["year"])
    members = _named(at.get("country"))
    inside = np.array([members is None or s in members for s in v.states])
    if inside.sum() < 2:
        raise DataMissing("cohesion needs two members that vote", hint="name a coalition")
    session = np.zeros(len(v.matrix), dtype=int)
    found = cohesion.cohesion(v.matrix, session, inside, index=at["index"])
    return found.value[0], v.states


def _together(solved: Solved, at: Place) -> Table:
    found = solved.blocs(at["votes"], at["year"], at["network"])
    return found.every.together, found.states


def _bloc(solved: Solved, at: Place) -> Table:
    found = solved.blocs(at["votes"], at["year"], at["network"])
    labels = found.every.consensus
    alone = np.bincount(labels)[labels] < 2
    return np.where(alone, 0.0, labels + 1.0), found.states


def _blocs(solved: Solved, at: Place) -> Table:
    found = solved.blocs(at["votes"], at["year"], at["network"])
    return np.asarray(float((np.bincount(found.every.consensus) > 1).sum())), found.states


def _stability(solved: Solved, at: Place) -> Table:
    found = solved.blocs(at["votes"], at["year"], at["network"])
    return np.asarray(getattr(found, at["varied"]).rand), found.states


def _frustration(solved: Solved, at: Place) -> Table:
    found = solved.frustration(at["votes"], at["year"], int(at["camps"]))
    return np.asarray(100 * found.share), ()


def _cohesion_note(solved: Solved, at: Place) -> str:
    v = solved.votes(at["votes"], at["year"])
    took = {v.states[k] for k in np.flatnonzero(np.isfinite(v.matrix).any(axis=0))}
    return _took_no_part([c for c in _named(at.get("country")) or () if c not in took])


def _frustration_note(solved: Solved, at: Place) -> str:
    found = solved.frustration(at["votes"], at["year"], int(at["camps"]))
    least = f"at least {100 * found.lower:.2f} percent"
    return "Proven to be the least." if found.exact else f"The best division found; {least}."


def _blocs_note(solved: Solved, at: Place) -> str:
    found = solved.blocs(at["votes"], at["year"], at["network"]).every
    sizes = sorted(np.bincount(found.consensus).tolist(), reverse=True)
    numbers = ", ".join(
        f"{n} in {100 * s:.0f}%" for n, s in zip(found.number, found.share, strict=True)
    )
    return (
        f"Over {len(found.runs)} runs. Blocs found: {numbers} of the runs. States in those of the "
        f"consensus: {', '.join(str(n) for n in sizes if n > 1)}. The network of centred agreement "
        "and the count over runs are ours."
    )


def _points_note(solved: Solved, at: Place) -> str:
    if at["votes"] == UKRAINE:
        return f"Estimated from {solved.votes(UKRAINE, at['year']).divided} votes: a coarse scale."
    return f"Estimated {WORDS[at['variant']]}."


def _metric(
    name: str,
    dims: tuple[Dimension, ...],
    unit: str,
    text: str,
    table: TableOf,
    note: NoteOf = lambda solved, at: "",
    *,
    years: bool = True,
    error: str | None = None,
    errors: ErrorOf | None = None,
    error_of: str = STANDARD,
) -> Declared[Solved]:
    """Declare a metric; its mean over states can be read if it is of a state or a group."""
    mean = any(d.name == "country" for d in dims)
    metric = Metric(
        f"alignment.{name}",
        (*dims[:-1], VOTES, YEAR, VARIANT) if dims[-1] is VARIANT else (*dims, VOTES, YEAR),
        unit,
        text,
        "mean" if mean else "none",
        LAST if mean else "",
        error=error,
        error_of=error_of if error or errors else "",
        quantity="" if name in SIBLINGS else name,
        siblings=SIBLINGS.get(name, ()),
        bounds=BOUNDS.get(name),
    )
    return Declared(
        metric,
        partial(_value, metric, table, note, errors),
        grid=partial(_grid, metric, table, years),
        many=True,
        defaults={"year": None},
    )


# what a reading can be where its unit does not say it
BOUNDS: Mapping[str, Bounds | Mapping[str, Bounds]] = {
    # a share of what could be alike; the others take off what chance alone would give
    "similarity": dict.fromkeys(SIMILARITIES, (-1.0, 1.0))
    | dict.fromkeys(("lijphart", "identical"), (0.0, 1.0)),
    **dict.fromkeys(("cohesion", "bloc_stability"), (0.0, 1.0)),
    **dict.fromkeys(("distance", "position_error", "blocs"), FROM_ZERO),
}
# other ways to measure how near two states are
SIBLINGS = {
    "similarity": ("votes.agreement",),
    "distance": (),  # the others run the other way
}
STATE = dimension("country", "who votes")
OTHER = dimension("partner", "the state or group compared with", formerly=("other",))
VOTES = dimension(
    "votes",
    "which votes: the shipped ones on the war in Ukraine if left out, else of the full record",
    ON,
    required=False,
    formerly=("on",),
)
YEAR = dimension(
    "year",
    "session's year in the full record; of votes on the war those cast up to its end",
    required=False,
)
VARIANT = dimension("variant", "features of the estimator", VARIANTS, required=False)
NETWORK = dimension("network", "how two states are linked", get_args(Network))

METRICS: tuple[Declared[Solved], ...] = (
    _metric(
        "similarity",
        (STATE, OTHER, dimension("index", "measure of similarity", tuple(SIMILARITIES))),
        "1",
        "How alike two states vote: lijphart and identical from 0 to 1, s from -1 to 1; pi and "
        "kappa are 0 as by chance and 1 in full agreement",
        _similarity,
        errors=_similarity_error,
    ),
    _metric(
        "position",
        (STATE, VARIANT),
        "sd",
        "Ideal point: place on the main line of division of the votes; the West is above 0",
        partial(_of_points, "position"),
        _points_note,
        error="alignment.position_error",
    ),
    _metric(
        "position_error",
        (STATE, VARIANT),
        "sd",
        "Standard error of the ideal point",
        partial(_of_points, "se"),
        _points_note,
    ),
    _metric(
        "distance",
        (STATE, OTHER, VARIANT),
        "sd",
        "Distance between two ideal points",
        _distance,
        _points_note,
        errors=_distance_error,
    ),
    _metric(
        "contested_votes",
        (STATE, VARIANT),
        "votes",
        "Contested votes a state cast, which its ideal point rests on",
        partial(_of_points, "ballots"),
    ),
    _metric(
        "cohesion",
        (
            dimension("country", "the group; everybody if left out", required=False),
            dimension("index", "index of cohesion", tuple(cohesion.INDICES), formerly=("measure",)),
        ),
        "1",
        "How united a group votes, 0 to 1: Rice's index, the agreement index, or the mean "
        "agreement of its pairs",
        _cohesion,
        _cohesion_note,
        errors=_cohesion_error,
    ),
    _metric(
        "together",
        (STATE, OTHER, NETWORK),
        "share",
        "Share of the runs of the Leiden algorithm in which two states are in one bloc",
        _together,
        _blocs_note,
        years=False,
        errors=_together_error,
    ),
    _metric(
        "bloc",
        (STATE, NETWORK),
        "number",
        "Bloc of a state in the consensus of all runs, the largest first; 0 by itself",
        _bloc,
        _blocs_note,
        years=False,
    ),
    _metric(
        "blocs",
        (NETWORK,),
        "blocs",
        "Blocs of two states and more in the consensus of all runs",
        _blocs,
        _blocs_note,
        years=False,
    ),
    _metric(
        "bloc_stability",
        (
            NETWORK,
            dimension(
                "varied",
                "what is drawn or changed",
                ("votes", "seeds", "resolutions"),
                formerly=("over",),
            ),
        ),
        "1",
        "Adjusted Rand index between runs: 1 the same blocs each time, 0 as by chance",
        _stability,
        _blocs_note,
        years=False,
    ),
    _metric(
        "frustration",
        (dimension("camps", "camps states are divided into", ("2", "3", "4")),),
        "percent",
        "Share of the links, by weight, that contradict the best division into camps: likes "
        "across, dislikes within",
        _frustration,
        _frustration_note,
        years=False,
        errors=_frustration_gap,
        error_of="solver tolerance",
    ),
)
