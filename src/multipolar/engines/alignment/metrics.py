"""What can be read from votes: how alike states vote, where they stand, who votes in blocs.

To add a metric, write a function that returns its values over states, and list it in
:data:`READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

import numpy as np
import xarray as xr

from multipolar.engines.alignment import cohesion
from multipolar.engines.alignment.data import FULL, ON, SHIPPED, UKRAINE
from multipolar.engines.alignment.positions import SAME, VARIANTS
from multipolar.engines.alignment.similarity import SIMILARITIES, Network
from multipolar.engines.alignment.solved import WORDS, Solved
from multipolar.engines.api.contract import Dimension, Metric, Reading, Source
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.reader import table_source
from multipolar.errors import DataMissing, EngineError

LAST = "2023-02-23"  # coalitions are taken as they were at the last of the shipped votes
Place: TypeAlias = Mapping[str, Any]
Table: TypeAlias = Callable[[Solved, Place], xr.DataArray]


@dataclass(frozen=True)
class Reader:
    """A metric, and the table of its values over states that a place is read from.

    ``table`` takes a place whose choices and year are filled in and returns values over
    ``country``, ``country`` and ``other``, or nothing; NaN where a state has none.
    """

    metric: Metric
    table: Table
    over_years: bool = False
    note: Callable[[Solved, Place], str] = lambda solved, place: ""

    def scalar(self, solved: Solved, place: Place) -> Reading:
        """Read one number: the mean over those named, of a pair or of a list."""
        full = _filled(self.metric, place)
        values = self.table(solved, full)
        picked, gone = _pick(values, full)
        found = float(picked.mean()) if picked.size and picked.notnull().any() else float("nan")
        if not np.isfinite(found):
            why = f" ({', '.join(gone[:4])} took no part)" if gone else ""
            if "other" in full and full["country"] == full["other"]:
                why = " (a state is not compared with itself)"
            elif full.get("index") in ("pi", "kappa") and not gone:
                why = " (both always voted the same one way: there is no chance to take off)"
            raise DataMissing(
                f"{self.metric.name} has no value here{why}", hint="name others, or another year"
            )
        out = f"Without {', '.join(gone[:6])}, who took no part." if gone else ""
        blank = _empty(picked, full)
        none = f"Without {', '.join(blank[:6])}, who have no value here." if blank else ""
        notes = (self.note(solved, full), solved.thin(full["on"], full["year"]), out, none)
        source = _source(solved, full, self.metric.unit)
        return Reading(found, self.metric.unit, (source,), note=" ".join(n for n in notes if n))

    def labelled(self, solved: Solved, place: Place) -> xr.DataArray:
        """Read an array over what is left open; over years too where the record has them."""
        full = _filled(self.metric, place)
        runs = {
            d.name: d.values
            for d in self.metric.dims
            if d.kind == "choice" and d.required and d.name not in full
        }
        if self.over_years and full["on"] != UKRAINE and full["year"] is None:
            runs["year"] = solved.record.years  # type: ignore[assignment]
        found = self._over(solved, full, runs)
        order = [d.name for d in self.metric.dims if d.name in found.dims]
        found = found.transpose(*order)
        return found.rename(self.metric.name).assign_attrs(
            unit=self.metric.unit, source=_source(solved, full).source,
            long_name=self.metric.description,
        )  # fmt: skip

    def _over(self, solved: Solved, full: Place, runs: Mapping[str, Sequence[Any]]) -> xr.DataArray:
        """Lay out what each word of the open choices, and each year, gives."""
        if not runs:
            return self._one(solved, full)
        (name, words), *rest = runs.items()
        parts = [self._over(solved, {**full, name: w}, dict(rest)) for w in words]
        return xr.concat(parts, dim=xr.Variable(name, list(words)), join="outer")

    def _one(self, solved: Solved, full: Place) -> xr.DataArray:
        values = self.table(solved, full)
        picked, _ = _pick(values, full)
        closed = [d for d in picked.dims if d in full and full[str(d)] is not None]
        found = picked.mean(closed)
        for dim in found.dims:
            found = found.dropna(dim, how="all")
        return found


def _source(solved: Solved, full: Place, unit: str = "") -> Source:
    table = SHIPPED if full["on"] == UKRAINE else FULL
    return table_source(solved.record.world, table, unit)


def _filled(metric: Metric, place: Place) -> dict[str, Any]:
    """Return a place with what was left out: the first of each choice, and no year."""
    choices = {d.name: d.values[0] for d in metric.dims if not d.required and d.values}
    return {"on": UKRAINE, "year": None, **choices, **place}


def _pick(values: xr.DataArray, full: Place) -> tuple[xr.DataArray, list[str]]:
    """Return the values of those named, without a state's with itself, and who has none."""
    gone: list[str] = []
    picked = values
    if "other" in values.dims:
        same = values["country"].values[:, None] == values["other"].values[None, :]
        picked = values.where(~xr.DataArray(same, dims=("country", "other")))
    for dim in values.dims:
        word = full.get(str(dim))
        codes = word if isinstance(word, tuple) else (word,)
        if word is None or EVERYBODY in codes:
            continue
        here = set(map(str, values[dim].values))
        gone += [str(c) for c in codes if c not in here]
        picked = picked.sel({dim: [c for c in codes if c in here]})
    return picked, gone


def _empty(picked: xr.DataArray, full: Place) -> list[str]:
    """Return who was named and has no value, though there is one to be compared with."""
    gone: list[str] = []
    for dim in (d for d in picked.dims if full.get(str(d)) is not None):
        others = [d for d in picked.dims if d != dim]
        for code in map(str, picked[dim].values):
            of_one = picked.sel({dim: code})
            alone = others and set(map(str, of_one[others[0]].values)) <= {code}
            if not alone and not of_one.notnull().any() and full[str(dim)] != EVERYBODY:
                gone.append(code)
    return gone


def _states(values: Any, states: tuple[str, ...]) -> xr.DataArray:
    return xr.DataArray(values, coords={"country": list(states)}, dims="country")


def _pairs(values: Any, states: tuple[str, ...]) -> xr.DataArray:
    coords = {"country": list(states), "other": list(states)}
    return xr.DataArray(values, coords=coords, dims=("country", "other"))


def _similarity(solved: Solved, at: Place) -> xr.DataArray:
    v = solved.votes(at["on"], at["year"])
    key = ("similarity", at["index"], at["on"], at["year"])
    found = solved.memo.once(key, lambda: SIMILARITIES[at["index"]](v.matrix))
    return _pairs(found, v.states)


def _of_points(pick: str) -> Table:
    def table(solved: Solved, at: Place) -> xr.DataArray:
        period = _period(solved, at)
        points = solved.points(at["on"], at["variant"])
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
        states = tuple(points.members[k] for k in points.member[here])
        return _states(getattr(points, pick)[here].astype(float), states)

    return table


def _period(solved: Solved, at: Place) -> int:
    """Return the period of the estimates: the year, or nought for the shipped votes."""
    if at["on"] == UKRAINE:
        solved.votes(UKRAINE, at["year"])  # refuses a year
        return 0
    if at["on"] != "all":
        raise EngineError(
            f"there are no positions on {at['on']} alone", hint="give on: ukraine or on: all"
        )
    years = solved.record.years
    if at["year"] is None:
        raise EngineError("positions need a year", hint=f"the table has {solved.record.span}")
    if at["year"] not in years:
        raise DataMissing(f"no votes in {at['year']}", hint=f"the table has {solved.record.span}")
    return int(at["year"])


def _distance(solved: Solved, at: Place) -> xr.DataArray:
    place = _of_points("position")(solved, at)
    gap = np.abs(place.values[:, None] - place.values[None, :])
    gap[gap < SAME] = 0.0
    return _pairs(gap, tuple(map(str, place["country"].values)))


def _cohesion(solved: Solved, at: Place) -> xr.DataArray:
    v = solved.votes(at["on"], at["year"])
    word = at.get("country")
    codes = word if isinstance(word, tuple) else (word,)
    everybody = word is None or EVERYBODY in codes
    inside = np.array([everybody or s in codes for s in v.states])
    if inside.sum() < 2:
        raise DataMissing("cohesion needs two members that vote", hint="name a coalition")
    session = np.zeros(len(v.matrix), dtype=int)
    found = cohesion.cohesion(v.matrix, session, inside, index=at["measure"])
    return xr.DataArray(float(found.value[0]))


def _cohesion_note(solved: Solved, at: Place) -> str:
    word = at.get("country")
    codes = word if isinstance(word, tuple) else (word,)
    if word is None or EVERYBODY in codes:
        return ""
    v = solved.votes(at["on"], at["year"])
    took = {v.states[k] for k in np.flatnonzero(np.isfinite(v.matrix).any(axis=0))}
    gone = [str(c) for c in codes if c not in took]
    return f"Without {', '.join(gone[:6])}, who took no part." if gone else ""


def _together(solved: Solved, at: Place) -> xr.DataArray:
    found = solved.blocs(at["on"], at["year"], at["network"])
    return _pairs(found.every.together, found.states)


def _bloc(solved: Solved, at: Place) -> xr.DataArray:
    found = solved.blocs(at["on"], at["year"], at["network"])
    labels = found.every.consensus
    alone = np.bincount(labels)[labels] < 2
    return _states(np.where(alone, 0.0, labels + 1.0), found.states)


def _blocs(solved: Solved, at: Place) -> xr.DataArray:
    labels = solved.blocs(at["on"], at["year"], at["network"]).every.consensus
    return xr.DataArray(float((np.bincount(labels) > 1).sum()))


def _stability(solved: Solved, at: Place) -> xr.DataArray:
    found = solved.blocs(at["on"], at["year"], at["network"])
    return xr.DataArray(float(getattr(found, at["over"]).rand))


def _frustration(solved: Solved, at: Place) -> xr.DataArray:
    return xr.DataArray(100 * solved.frustration(at["on"], at["year"], int(at["camps"])).share)


def _frustration_note(solved: Solved, at: Place) -> str:
    found = solved.frustration(at["on"], at["year"], int(at["camps"]))
    least = f"at least {100 * found.lower:.2f} percent"
    return "Proven to be the least." if found.exact else f"The best division found; {least}."


def _blocs_note(solved: Solved, at: Place) -> str:
    found = solved.blocs(at["on"], at["year"], at["network"]).every
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
    if at["on"] == UKRAINE:
        return f"Estimated from {solved.votes(UKRAINE, None).divided} votes: a coarse scale."
    return f"Estimated {WORDS[at['variant']]}."


_STATE = Dimension("country", "country", description="who votes")
_OTHER = Dimension("other", "country", description="the state or group compared with")
_ON = Dimension(
    "on", "choice", ON, False,
    "which votes: the shipped ones on the war in Ukraine if left out, else of the full record",
)  # fmt: skip
_YEAR = Dimension("year", "year", (), False, "session's year in the full record")
_VARIANT = Dimension("variant", "choice", VARIANTS, False, "features of the estimator")
_NETWORK = Dimension(
    "network", "choice", get_args(Network), description="how two states are linked"
)
_CAMPS = Dimension("camps", "choice", ("2", "3", "4"), description="camps states are divided into")
_OVER = Dimension(
    "over", "choice", ("votes", "seeds", "resolutions"), description="what is drawn or changed"
)
_INDEX = Dimension("index", "choice", tuple(SIMILARITIES), description="measure of similarity")
_MEASURE = Dimension("measure", "choice", tuple(cohesion.INDICES), description="index of cohesion")

READERS: tuple[Reader, ...] = (
    Reader(
        Metric(
            "alignment.similarity", (_STATE, _OTHER, _INDEX, _ON, _YEAR), "1",
            "How alike two states vote: lijphart and identical from 0 to 1, s from -1 to 1; pi and "
            "kappa are 0 as by chance and 1 in full agreement", "mean", LAST,
        ),
        _similarity,
        over_years=True,
    ),
    Reader(
        Metric(
            "alignment.position", (_STATE, _ON, _YEAR, _VARIANT), "sd",
            "Ideal point: place on the main line of division of the votes; the West is above 0",
            "mean", LAST,
        ),
        _of_points("position"),
        over_years=True,
        note=_points_note,
    ),
    Reader(
        Metric(
            "alignment.position_error", (_STATE, _ON, _YEAR, _VARIANT), "sd",
            "Standard error of the ideal point", "mean", LAST,
        ),
        _of_points("se"),
        over_years=True,
        note=_points_note,
    ),
    Reader(
        Metric(
            "alignment.distance", (_STATE, _OTHER, _ON, _YEAR, _VARIANT), "sd",
            "Distance between two ideal points", "mean", LAST,
        ),
        _distance,
        over_years=True,
        note=_points_note,
    ),
    Reader(
        Metric(
            "alignment.contested_votes", (_STATE, _ON, _YEAR, _VARIANT), "votes",
            "Contested votes a state cast, which its ideal point rests on", "mean", LAST,
        ),
        _of_points("ballots"),
        over_years=True,
    ),
    Reader(
        Metric(
            "alignment.cohesion",
            (Dimension("country", "country", (), False, "the group; everybody if left out"),
             _MEASURE, _ON, _YEAR),
            "1", "How united a group votes, 0 to 1: Rice's index, the agreement index, or the mean "
            "agreement of its pairs", "mean", LAST,
        ),
        _cohesion,
        over_years=True,
        note=_cohesion_note,
    ),
    Reader(
        Metric(
            "alignment.together", (_STATE, _OTHER, _NETWORK, _ON, _YEAR), "share",
            "Share of the runs of the Leiden algorithm in which two states are in one bloc",
            "mean", LAST,
        ),
        _together,
        note=_blocs_note,
    ),
    Reader(
        Metric(
            "alignment.bloc", (_STATE, _NETWORK, _ON, _YEAR), "number",
            "Bloc of a state in the consensus of all runs, the largest first; 0 by itself",
            "mean", LAST,
        ),
        _bloc,
        note=_blocs_note,
    ),
    Reader(
        Metric(
            "alignment.blocs", (_NETWORK, _ON, _YEAR), "blocs",
            "Blocs of two states and more in the consensus of all runs",
        ),
        _blocs,
        note=_blocs_note,
    ),
    Reader(
        Metric(
            "alignment.bloc_stability", (_NETWORK, _OVER, _ON, _YEAR), "1",
            "Adjusted Rand index between runs: 1 the same blocs each time, 0 as by chance",
        ),
        _stability,
        note=_blocs_note,
    ),
    Reader(
        Metric(
            "alignment.frustration", (_CAMPS, _ON, _YEAR), "percent",
            "Share of the links, by weight, that contradict the best division into camps: likes "
            "across, dislikes within",
        ),
        _frustration,
        note=_frustration_note,
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Reader] = {r.metric.name: r for r in READERS}
