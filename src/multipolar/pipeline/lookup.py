"""Reading one figure of a metric, or a table of them, outside a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar.engines.api.contract import Dimension, Engine, Metric, Outcome, Reading, Scalar
from multipolar.engines.api.gate import EVERYBODY, current, current_name, laid_out
from multipolar.engines.contained import contained
from multipolar.engines.coverage import Coverage, as_json, coverage, labels, spelt, told
from multipolar.engines.registry import Registry
from multipolar.errors import (
    DataMissing,
    EngineError,
    MultipolarError,
    ScenarioError,
    nearest,
)
from multipolar.limits import LIST
from multipolar.pipeline.same import recorded
from multipolar.policy import BASELINE, Scenario, compose, events, load_scenarios
from multipolar.text.clean import printable
from multipolar.world import World

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

ALL = "*"  # a dimension that is left open
SERIES = "facts.value"  # the metric of series of sourced figures
TOLD = 40  # words of a dimension that an error or a reading still lists


@dataclass(frozen=True)
class Recorded:
    """What is on record of what a model computed; of a table, where its records are.

    Attributes:
        metric: the metric of the record.
        where: its place.
        note: what the record is.
        reading: the value; None where the model's is a table.
    """

    metric: str
    where: Mapping[str, Any]
    note: str
    reading: Reading | None = field(default=None, repr=False)

    def document(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        said = (
            {} if self.reading is None else {"value": self.reading.value, "unit": self.reading.unit}
        )
        return {"metric": self.metric, "where": dict(self.where), "note": self.note, **said}


@dataclass(frozen=True)
class Figures:
    """What a metric says at a place: one reading, or a table over what was left open.

    Attributes:
        metric: its declaration.
        basis: what it rests on.
        scenario: under which it was read.
        where: the place, names of states resolved to codes; without what was left open.
        about: what is measured; of a series of ``facts``, what the series is.
        reading: value, unit, sources, alternatives, note, error; None for a table.
        rows: of a table: the words of what was left open, ``value`` and ``unit``.
        coverage: the words that each dimension has figures for, the others as asked.
        note: what is to be known of a table.
        source: who stands behind a table.
        engine: which engine answered.
        records: of what a model computed, what is on record of it.
    """

    metric: Metric = field(repr=False)
    basis: str
    scenario: str
    where: Mapping[str, Any]
    coverage: Coverage = field(repr=False)
    about: str = ""
    reading: Reading | None = None
    rows: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    note: str = ""
    source: str = ""
    engine: str = ""
    records: tuple[Recorded, ...] = ()

    @property
    def computed(self) -> str:
        """Say that a model computed it; "" of a record."""
        return (
            "" if self.basis == "record" else f"computed by the engine {self.engine}, not a record"
        )

    @property
    def value(self) -> float | str:
        """The number, word or date that was read.

        Raises:
            EngineError: it is a table.
        """
        return self._one.value

    @property
    def unit(self) -> str:
        """Unit of the one reading, or of all rows, where they have one."""
        if self.reading is not None:
            return self.reading.unit
        units = {str(row["unit"]) for row in self.rows}
        return units.pop() if len(units) == 1 else self.metric.unit

    @property
    def _one(self) -> Reading:
        if self.reading is None:
            raise EngineError(
                f"{self.metric.name} was read as a table", hint="take its rows, or its frame()"
            )
        return self.reading

    def frame(self) -> pd.DataFrame:
        """Return the rows as a pandas.DataFrame: a column a dimension, ``value`` and ``unit``."""
        import pandas as pd

        rows = self.rows or [{"value": self.value, "unit": self.unit}]
        return pd.DataFrame([dict(row) for row in rows])

    def document(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        head = {
            "metric": self.metric.name,
            "description": self.about,
            "basis": self.basis,
            "computed": self.computed,
            "recorded": [r.document() for r in self.records],
            "scenario": self.scenario,
            "where": {k: list(v) if isinstance(v, tuple) else v for k, v in self.where.items()},
        }
        tail = {"coverage": as_json(self.metric, self.coverage)}
        if self.reading is None:
            body = {"rows": [dict(r) for r in self.rows], "source": self.source, "note": self.note}
            return {**head, "unit": self.unit, **body, **tail}
        return {**head, **asdict(self.reading), **tail}


def read(
    metric: str,
    scenario: Scenario | str | Path | None = None,
    *,
    registry: Registry | None = None,
    **where: Any,
) -> Figures:
    """Read one number, word or date of a metric; or a table, where a dimension is ``"*"``.

    States go by any of their names, coalitions stand for their members. A list is added up or
    averaged as the metric says; where it takes one value only, each word of the list has a row.

    Args:
        metric: its name, or that of a series of ``facts``.
        scenario: a scenario, the name of one of a bundled case (``case:name`` where two have it),
            or a file; the world as it is if left out.
        registry: engines and world; the installed and shipped ones if left out.
        where: one word, a list or ``"*"`` for each dimension.

    Raises:
        EngineError: no such metric or dimension, or one that is due is missing; the years and
            places there are are named.
        DataMissing: nothing is there; the same is said.

    Example:
        >>> found = read("production.share", country="China", commodity="rare_earths", year=2024)
        >>> round(found.value), found.unit, found.coverage["year"][0]
        (68, 'percent', 2018)
        >>> table = read("coalitions.size", group=["BRICS", "G7"], date="2024")
        >>> [(row["group"], row["value"]) for row in table.rows]
        [('BRICS', 9.0), ('G7', 7.0)]
    """
    from multipolar.engines.coupling import trace
    from multipolar.pipeline.scenarios import solve_steps

    registry = registry or Registry.default(World.load())
    engine, declared, where = _meant(registry, metric, where)
    asked = _Asked.of(registry, engine, declared, where)
    step = trace(registry, engine.name, scenario_named(scenario))
    outcome = solve_steps(registry, [step]).outcomes[engine.name]
    covered = coverage(registry, engine, declared, asked.place)
    basis = str(declared.basis or engine.basis)
    about = _about(registry, declared, asked.place)
    head = (declared, basis, step.scenario.name, asked.place, covered, about)
    try:
        with contained(engine.name):
            if not asked.open and not asked.apart:
                one = outcome.read(declared.name, asked.place)
                records = _recorded(registry, asked, step.scenario)
                return Figures(*head, reading=one, engine=engine.name, records=records)
            rows, attrs = asked.table(outcome)
    except DataMissing as fault:
        raise DataMissing(
            fault.what, where=fault.where, hint=_hint(fault, declared, asked.place, covered)
        ) from fault
    note, source = (str(attrs.get(k, "")) for k in ("note", "source"))
    records = _recorded(registry, asked, step.scenario)
    return Figures(
        *head, rows=tuple(rows), note=note, source=source, engine=engine.name, records=records
    )


def _recorded(registry: Registry, asked: _Asked, scenario: Scenario) -> tuple[Recorded, ...]:
    """Return what is on record of what a model was asked for; a scenario is on no record."""
    if scenario.measures:
        return ()
    left = dict.fromkeys((*asked.open, *asked.apart), ALL)
    found = []
    for same in recorded(asked.metric.name, {**asked.place, **left}):
        one = None
        if not left:
            try:
                one = read(same.metric, registry=registry, **same.place).reading
            except MultipolarError:  # nothing is on record here
                continue
        found.append(Recorded(same.metric, same.place, same.note, one))
    return tuple(found)


def _meant(
    registry: Registry, name: str, where: Mapping[str, Any]
) -> tuple[Engine, Metric, dict[str, Any]]:
    """Return the metric of that name, or that of a series of facts of that name.

    Where both have one, the series is meant by dimensions that it alone has.
    """
    if not _is_series(registry, name):
        engine, metric = registry.find(name)
        if not _of_series(registry, metric, where):
            return engine, metric, dict(where)
    if "series" in where:
        raise EngineError(f"{name} is a series already", hint=f"read {SERIES}, or leave it out")
    return *registry.find(SERIES), {"series": name, **where}


def _is_series(registry: Registry, name: str) -> bool:
    """Say whether a name is that of a series of facts and of no metric; few engines are asked."""
    if SERIES not in registry.metrics or name not in _series(registry):
        return False
    owner = registry.words.get(name.partition(".")[0])
    if owner is None:
        return name not in registry.metrics
    return all(metric.name != name for metric in registry.declared(owner))


def _of_series(registry: Registry, metric: Metric, where: Mapping[str, Any]) -> bool:
    """Say whether a place is one of the series that is called as a metric is, and not of this."""
    dims = {d.name for d in metric.dims}
    own = {current_name(metric, key) for key in where}
    if own <= dims or SERIES not in registry.metrics or metric.name not in _series(registry):
        return False
    return own <= {d.name for d in registry.metrics[SERIES][1].dims} - {"series"}


def _about(registry: Registry, metric: Metric, place: Mapping[str, Any]) -> str:
    """Return what is measured; the labels of a series say it better than its metric."""
    if metric.name != SERIES or "series" not in place:
        return metric.description
    frame = registry.world.table("facts")
    return "; ".join(dict.fromkeys(frame.loc[frame["series"] == place["series"], "label"]))


def _series(registry: Registry) -> Sequence[str]:
    return registry.metrics[SERIES][1].dim("series").values


@dataclass(frozen=True)
class _Asked:
    """What was asked: one place, what is open in it, and what is to be read word by word.

    Attributes:
        metric: what is read.
        place: what has one meaning, resolved.
        open: dimensions that a labelled answer runs over.
        apart: words that are read one after the other, by dimension.
    """

    metric: Metric
    place: dict[str, Any]
    open: tuple[str, ...] = ()
    apart: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, registry: Registry, engine: Engine, metric: Metric, where: Mapping[str, Any]
    ) -> _Asked:
        """Sort out what was asked.

        Raises:
            EngineError: it is not what the metric takes.
        """
        where = current(metric, where, told=True)
        stars = [d for d, v in where.items() if isinstance(v, str) and v.strip() == ALL]
        lists = {
            d: v
            for d, v in where.items()
            if isinstance(v, (list, tuple)) and not metric.takes_many(metric.dim(d))
        }
        plain = {d: v for d, v in where.items() if d not in stars and d not in lists}
        place = registry.resolve(metric, plain, complete=False)
        apart = {d: registry.named(metric, d, v, plain) for d, v in lists.items()}
        whole = [d for d in stars if metric.opens(metric.dim(d))]
        for name in (d for d in stars if d not in whole):
            apart[name] = _words(registry, engine, metric, name, place)
        for dim in metric.dims:
            if dim.required and not (dim.name in place or dim.name in whole or dim.name in apart):
                raise _due(registry, engine, metric, dim, place)
        return cls(metric, place, tuple(whole), apart)

    def table(self, outcome: Outcome) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
        """Read a row for every word of what is open; what has no value has no row.

        Raises:
            DataMissing: there is no row.
        """
        rows: list[dict[str, Any]] = []
        attrs: dict[str, Any] = {}
        gap: DataMissing | None = None
        for words in product(*self.apart.values()):
            own = dict(zip(self.apart, words, strict=True))
            try:
                found, said = self._some(outcome, {**self.place, **own})
            except DataMissing as fault:
                gap = gap or fault
                continue
            rows += [{**own, **row} for row in found]
            attrs = {k: v for k, v in said.items() if attrs.get(k, v) == v}
        if not rows:
            raise gap or DataMissing(f"{self.metric.name} has nothing here")
        return rows, attrs

    def _some(
        self, outcome: Outcome, place: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
        if not self.open:
            one = outcome.read(self.metric.name, place)
            sources = "; ".join(dict.fromkeys(s.source for s in one.evidence))
            return [{"value": one.value, "unit": one.unit}], {"note": one.note, "source": sources}
        laid = laid_out(self.metric, {**place, **dict.fromkeys(self.open, ALL)}, "")
        array = outcome.array(
            self.metric.name, {k: v for k, v in laid.items() if k not in self.open}
        )
        return list(_rows(array)), array.attrs


def _rows(array: xr.DataArray) -> Iterator[dict[str, Any]]:
    """Yield the values of an array with their labels; those that are not known are left out."""
    unit = str(array.attrs.get("unit", ""))
    axes = [array[d].values.tolist() for d in array.dims]
    for words, value in zip(product(*axes), array.values.ravel().tolist(), strict=True):
        if value == "" or value != value:  # noqa: PLR0124 - NaN is no value
            continue
        yield {**dict(zip(map(str, array.dims), words, strict=True)), "value": value, "unit": unit}


def _words(
    registry: Registry, engine: Engine, metric: Metric, name: str, place: Mapping[str, Any]
) -> tuple[Scalar, ...]:
    found = labels(registry, engine, metric, metric.dim(name), place)
    if not found or len(found) > LIST:
        what = "is not known along" if not found else f"has {len(found)} words along"
        raise EngineError(
            f"{metric.name} {what} {name}", where=f"where of {metric.name}", hint="list some"
        )
    return found


def _due(
    registry: Registry, engine: Engine, metric: Metric, dim: Dimension, place: Mapping[str, Any]
) -> EngineError:
    """Return the error for a dimension that has to be given: it says what there is."""
    found = labels(registry, engine, metric, dim, place)
    about = dim.description or dim.kind
    there = f"; there are {spelt(dim, found, TOLD)}" if found else ""
    return EngineError(
        f"{dim.name} is not given",
        where=f"where of {metric.name}",
        hint=f"add {dim.name}={ALL} for all, or one: {about}{there}",
    )


def _hint(fault: DataMissing, metric: Metric, place: Mapping[str, Any], covered: Coverage) -> str:
    """Return a hint that says of what there are figures, the rest as asked."""
    asked = {d: w for d, w in covered.items() if d in place and w}
    near = [
        nearest(str(place[d]), map(str, w))
        for d, w in asked.items()
        if metric.dim(d).kind == "text" and place[d] not in w and "did you mean" not in fault.hint
    ]
    lacking = {
        d: w for d, w in asked.items() if metric.dim(d).kind != "choice" and place[d] not in w
    }
    there = told(metric, lacking or asked, TOLD)
    said = all(spelt(metric.dim(d), w, TOLD) in fault.hint for d, w in lacking.items())
    more = "" if not there or (lacking and said) else f"with the rest as asked: {there}"
    return "; ".join(p for p in (fault.hint, *near, more) if p)


def scenario_named(scenario: Scenario | str | Path | None) -> Scenario:
    """Return a scenario by name from the bundled cases, or from a file; the baseline for None.

    Raises:
        ScenarioError: there is none, or two cases have one of that name.

    Example:
        >>> scenario_named("west-embargo-russia").measures[0].measure
        'embargo'
    """
    from multipolar.pipeline.scenarios import read_scenario

    if scenario is None or scenario == BASELINE.name:
        return BASELINE
    if isinstance(scenario, Scenario):
        return scenario
    if isinstance(scenario, Path) or ".yaml" in scenario or ".yml" in scenario:
        return read_scenario(scenario)
    return _bundled(scenario)


def bundled_scenarios() -> dict[str, dict[str, Scenario]]:
    """Return the scenarios of the bundled cases, and of events, by case and name.

    Example:
        >>> "west-embargo-russia" in bundled_scenarios()["moscow-2023"]
        True
    """
    from multipolar.claims.load import bundled_cases

    cases = {case: load_scenarios(folder) for case, folder in bundled_cases().items()}
    return {**cases, "events": dict(events())}


def _bundled(text: str) -> Scenario:
    case, _, name = text.rpartition(":")
    libraries = bundled_scenarios()
    if case and case not in libraries:
        raise ScenarioError(f"no bundled case {printable(case)!r}", hint=nearest(case, libraries))
    known = {c: lib for c, lib in libraries.items() if name in lib and case in ("", c)}
    if not known:
        names = {n for c, lib in libraries.items() if case in ("", c) for n in lib}
        near = nearest(name, names)
        raise ScenarioError(
            f"no scenario {printable(name)!r} in the bundled cases",
            hint=f"{near} or name a file" if near else "name a file",
        )
    if len(known) > 1:
        raise ScenarioError(
            f"{printable(name)!r} is a scenario of {' and of '.join(known)}",
            hint=f"say {next(iter(known))}:{name}",
        )
    return compose(name, next(iter(known.values())))


def spoken(registry: Registry, metric: str, pairs: Mapping[str, str]) -> dict[str, str | list[str]]:
    """Return a place as it was typed, lists with commas taken apart.

    A name that holds a comma itself stays whole.

    Example:
        >>> registry = Registry.default(World.load())
        >>> spoken(registry, "gdp.share", {"country": "Korea, Republic of"})
        {'country': 'Korea, Republic of'}
        >>> spoken(registry, "gdp.share", {"country": "China, India"})
        {'country': ['China', 'India']}
    """
    engine, declared, _ = _meant(registry, metric, pairs)
    return {k: _listed(registry, engine, declared, k, v) for k, v in pairs.items()}


def _listed(
    registry: Registry, engine: Engine, metric: Metric, name: str, text: str
) -> str | list[str]:
    if "," not in text:
        return text
    dim = next((d for d in metric.dims if name in (d.name, *d.formerly)), None)
    words = [w.strip() for w in text.split(",") if w.strip()]
    if dim is None:
        return words
    if dim.kind == "country":
        try:
            registry.world.countries_named(text)
        except MultipolarError:
            return words
        return text
    known = labels(registry, engine, metric, dim, {}) or ()
    return text if text in known else words


__all__ = ["ALL", "EVERYBODY", "Figures", "bundled_scenarios", "read", "scenario_named", "spoken"]
