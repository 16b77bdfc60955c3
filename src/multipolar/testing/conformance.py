"""What every engine has to keep, as a class of tests that pytest collects."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any, ClassVar
from unittest import SkipTest

import numpy as np

from multipolar.engines import Coupled, Engine, Metric, Outcome
from multipolar.engines.discovery import GROUP, Found, discover, fitting, misfit
from multipolar.errors import DataMissing, EngineError, MultipolarError
from multipolar.pipeline.asks import whole
from multipolar.pipeline.solve import sample
from multipolar.policy import BASELINE, KINDS, Scenario
from multipolar.policy.examples import scenarios
from multipolar.testing.bench import Bench, crash, refused, require
from multipolar.text.dates import is_date
from multipolar.uncertainty import child_seed, design
from multipolar.world import World

NOBODY = "XQX"  # a code that is no country's
DRAWS, SEED = 2, 2023
SHARES = (0.0, 0.5, 1.0)  # of each prior, at which an engine is solved
STATUS = ("converged", "not converged", "infeasible")


class EngineConformance:
    """Tests of one engine. Derive a class whose name starts with ``Test``, and name the engine.

    What is wrong is said with what to do about it. Nothing of pytest is imported; a test that does
    not apply is skipped, with the reason.

    Attributes:
        engine: the engine under test.
        world: the tables it is tested on; those that are shipped if it is None.
        places: by metric, where it is read if the first word of each choice will not do.

    Example:
        >>> from multipolar.engines.record import engine
        >>> class TestRecord(EngineConformance):
        ...     engine = engine
        >>> TestRecord().test_metrics_are_described()
    """

    engine: ClassVar[Engine]
    world: ClassVar[World | None] = None
    places: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    _bench: ClassVar[Bench | None] = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._bench = None  # one bench a class

    @property
    def bench(self) -> Bench:
        """The engine with all that was solved for its tests so far."""
        cls = type(self)
        if cls._bench is None:
            cls._bench = Bench(cls.engine, cls.world, cls.places)
        return cls._bench

    # what it declares

    def test_it_is_let_in(self) -> None:
        """It would not be left out when it is loaded."""
        bench, known = self.bench, discover()
        others = {k: known.engines[k] for k in known.builtin - {bench.engine.name}}
        why = misfit(bench.engine)
        if not why:
            found = fitting(
                Found({**others, bench.engine.name: bench.engine}, frozenset(others)), bench.world
            )
            why = found.left_out.get(bench.engine.name, "")
        require([f"the engine would be left out: {why}"] if why else [])

    def test_metrics_are_described(self) -> None:
        """Each has a unit, a description of more than a word, and dimensions with a meaning."""
        self._warn_of_words()
        require(fault for m in self.bench.metrics for fault in _undescribed(m))

    def _warn_of_words(self) -> None:
        """Warn of metrics that no case finds by their first word."""
        name, registry = self.engine.name, self.bench.registry
        own = registry.points.get(name)
        words = {name, *(word for word, engine in registry.words.items() if engine == name)}
        if own is not None:
            words |= {p.name for p in metadata.entry_points(group=GROUP) if p.value == own.value}
        for word in sorted({m.name.partition(".")[0] for m in self.bench.metrics} - words):
            warnings.warn(
                f"metrics that begin with {word!r} are of engine {name}: begin them with {name}, "
                f"or register the engine as {word} too",
                stacklevel=3,
            )

    def test_references_are_given(self) -> None:
        """It says where the model is from."""
        bare = not self.engine.references or any(not r.text for r in self.engine.references)
        require(["give `references`: where the model is from, in words"] if bare else [])

    def test_supports_kinds_of_measures(self) -> None:
        """What it supports are kinds that there are."""
        odd = sorted(set(self.engine.supports) - set(KINDS))
        require(f"no kind of measure is called {k!r}; there are {', '.join(KINDS)}" for k in odd)

    def test_parameters_have_source_and_monotone_prior(self) -> None:
        """Each says where it comes from, and its value lies within its prior."""
        parameters = self.bench.engine.parameters(self.bench.world)
        require(fault for p in parameters for fault in _unsourced(p))

    # the world as it is

    def test_baseline_solves(self) -> None:
        """Without a measure, at the central parameters, it answers."""
        found = self.bench.outcome
        said = f"an outcome of {found.engine!r} for {found.scenario!r}, {found.status}"
        right = (self.engine.name, BASELINE.name, "converged")
        good = (found.engine, found.scenario, found.status) == right
        require([] if good else [f"the baseline gives {said}; it has to be of {right}"])

    def test_headlines_can_be_read(self) -> None:
        """What `multipolar solve` prints is there."""
        found = self._headlines(self.bench.outcome)
        require(f"headline {name} has no value" for name, array in found.items() if not array.size)

    def _headlines(self, outcome: Outcome) -> dict[str, Any]:
        """Return what an outcome says of each headline."""
        registry, found = self.bench.registry, {}
        for name, where in self.engine.headlines:
            place = registry.resolve(registry.find(name)[1], where, complete=False)
            found[name] = outcome.array(name, place)
        return found

    def test_a_reading_is_the_cell_of_the_array(self) -> None:
        """One by one or at once, the numbers are the same, with unit, source and evidence."""
        require(fault for m in self.bench.metrics for fault in self._cells(m))

    def _cells(self, metric: Metric) -> Iterator[str]:
        array, places = self.bench.array(metric), list(self.bench.cells(metric))
        for part in ("unit", "source"):
            if not array.attrs.get(part):
                yield f"{metric.name}: the array has no {part} in its attrs"
        if not places:
            yield f"{metric.name} has no value at {self.bench.place(metric)}; name one in `places`"
        for place in places:
            reading = self.bench.outcome.read(metric.name, place)
            cell = array.sel({d: place[str(d)] for d in array.dims}).item()
            same = (
                reading.value == cell
                if isinstance(reading.value, str)
                else np.isclose(reading.value, float(cell), rtol=1e-9, atol=0)
            )
            if not same:
                yield f"{metric.name} at {place}: {reading.value} as a reading, {cell} in the array"
            if not reading.unit or not reading.evidence:
                yield f"{metric.name} at {place}: give the reading a unit and evidence (`sources`)"
            if reading.through and not is_date(reading.through):
                yield f"{metric.name} at {place}: through is {reading.through!r}, no ISO date"

    def test_no_reading_lies_outside_its_bounds(self) -> None:
        """No value lies outside what its metric says, or its unit: no share is above the whole."""
        require(fault for m in self.bench.metrics for fault in self._outside(m))

    def _outside(self, metric: Metric) -> Iterator[str]:
        array = self.bench.array(metric)
        if array.dtype.kind not in "fiu" or not array.size:
            return
        low, high = metric.limits(self.bench.place(metric))
        least, most = float(np.nanmin(array.values)), float(np.nanmax(array.values))
        slack = 1e-6 * max(1.0, *(abs(x) for x in (low, high) if np.isfinite(x)), 0.0)
        if least < low - slack or most > high + slack:
            yield (
                f"{metric.name} is from {least:g} to {most:g}, and should lie between {low:g} and "
                f"{high:g}: declare its `bounds`"
            )

    def test_what_is_not_known_is_no_number(self) -> None:
        """Where the array has a gap, a reading raises DataMissing: never 0."""
        require(
            fault
            for m in self.bench.metrics
            for place in self.bench.cells(m, held=False)
            for fault in self._gap(m, place)
        )

    def _gap(self, metric: Metric, place: Mapping[str, Any]) -> Iterator[str]:
        states = [place[d.name] for d in metric.dims if d.kind == "country" and d.name in place]
        if len(set(states)) < len(states):
            return  # a state with itself: left out of arrays, so that no rank counts it
        said = f"{metric.name} at {dict(place)}, a gap in the array"
        try:
            found = self.bench.outcome.read(metric.name, place)
            yield f"{said}: a reading gives {found.value}; raise DataMissing"
        except DataMissing:
            pass
        except Exception as fault:
            yield f"{said}: a reading raises {fault!r}; raise DataMissing"

    def test_a_country_nobody_knows_is_no_number(self) -> None:
        """A code that is no country's raises; one that the tables lack gives no bare 0."""
        require(fault for m in self.bench.metrics for fault in self._absent(m))

    def _absent(self, metric: Metric) -> Iterator[str]:
        place = next(self.bench.cells(metric), None)
        for dim in metric.dims:
            if place is None or dim.kind != "country" or dim.name not in place:
                continue
            read = self.bench.outcome.read
            at = {**place, dim.name: NOBODY}
            yield from refused(f"{metric.name} at {at}", "", read, metric.name, at)
            known = set(self.bench.array(metric)[dim.name].values.tolist())
            absent = sorted(set(self.bench.world.names_index.labels) - known)
            for code in absent[:1]:
                at = {**place, dim.name: code}
                yield from crash(f"{metric.name} at {at}", read, metric.name, at)

    def test_lists_and_coalitions(self) -> None:
        """Several are read where the metric takes several, and refused where it does not."""
        require(fault for m in self.bench.metrics for fault in self._several(m))

    def _several(self, metric: Metric) -> Iterator[str]:
        place = next(self.bench.cells(metric), None)
        for dim in metric.dims:
            if place is None or dim.kind != "country" or dim.name not in place:
                continue
            one = place[dim.name]
            others = [p[dim.name] for p in self.bench.cells(metric) if p[dim.name] != one]
            pair = {**place, dim.name: (one, *others[:1])}
            said = f"{metric.name} at {pair}"
            read = self.bench.outcome.read
            if not metric.takes_many(dim):
                pair[dim.name] = (one, NOBODY)
                yield from refused(said, dim.name, read, metric.name, pair)
                continue
            yield from crash(said, read, metric.name, pair)
            for group in ("EU", "BRICS", "World"):
                at = {**place, dim.name: group}
                yield from crash(f"{metric.name} of {group}", self._read, metric, at)

    def _read(self, metric: Metric, where: Mapping[str, Any]) -> None:
        """Read a place as a user names it."""
        place = self.bench.registry.resolve(metric, where, complete=True)
        self.bench.outcome.read(metric.name, place)

    def test_unknown_names_are_refused_with_the_nearest(self) -> None:
        """A metric or a dimension that there is not is named, with the one meant."""
        read, array = self.bench.outcome.read, self.bench.outcome.array
        for m in self.bench.metrics:
            name, at = m.name + "x", {"colour": "red"}
            require(refused(name, m.name, read, name, {}))
            require(refused(f"{m.name} at {at}", "colour", array, m.name, at))

    # measures

    def test_each_kind_of_measure_is_answered_or_refused(self) -> None:
        """What it supports is solved or refused with a reason; what not is refused by name."""
        require(fault for kind in KINDS for fault in self._measure(kind))

    def _measure(self, kind: str) -> Iterator[str]:
        for scenario in scenarios(kind):
            if kind in self.engine.supports:
                yield from crash(f"{kind}, supported", self._answer, scenario)
            else:
                prepare, world = self.engine.prepare, self.bench.world
                yield from refused(f"{kind}, not supported", kind, prepare, world, scenario)

    def test_measures_of_small_states_are_answered_or_refused(self) -> None:
        """States that a model does not tell apart make no fault."""
        for kind in sorted(set(self.engine.supports)):
            for scenario in scenarios(kind, small=True):
                require(crash(f"{kind} of small states", self._answer, scenario))

    def test_measures_change_nothing_outside_their_dates(self) -> None:
        """One that starts after the scenario's year, or ended before it, leaves the baseline."""
        if not self.engine.supports:
            raise SkipTest("it supports no measure")
        year = self._year()
        try:
            plain = self._answered(BASELINE.model_copy(update={"year": year}))
        except MultipolarError as gap:
            raise SkipTest(f"it answers no scenario of {year}: {gap}") from None
        found = {m.name: self._at(m, year, plain) for m in self.bench.metrics}
        dates = ({"since": str(year + 1)}, {"until": str(year - 1)})
        require(fault for when in dates for fault in self._undated(when, year, found))

    def _undated(
        self, dates: Mapping[str, str], year: int, plain: Mapping[str, Any]
    ) -> Iterator[str]:
        kinds = sorted(map(str, set(self.engine.supports)))
        each = [s for kind in kinds for s in scenarios(kind, dates=dates)]
        every = each[0].model_copy(update={"measures": tuple(m for s in each for m in s.measures)})
        if self._changed(every, year, plain) == []:
            return  # all of them in one solve; else one by one, to say which it is
        when = " ".join(f"{k} {v}" for k, v in dates.items())
        for scenario in each:
            for name in self._changed(scenario, year, plain) or ():
                yield (
                    f"{name}: {scenario.measures[0].measure} {when} changes it in {year}; leave "
                    "out what is not in force: resolve(scenario, world).in_force(year)"
                )

    def _changed(self, scenario: Scenario, year: int, plain: Mapping[str, Any]) -> list[str] | None:
        """Return the metrics that a scenario changes in a year; None where it is refused."""
        try:
            outcome = self._answered(scenario.model_copy(update={"year": year}))
        except MultipolarError:
            return None
        found = {m.name: self._at(m, year, outcome) for m in self.bench.metrics}
        return [name for name, array in found.items() if not _same_values(array, plain[name])]

    def _year(self) -> int:
        """Return a year that metrics over years are known for, if there are such."""
        for m in self.bench.metrics:
            dims = [d.name for d in m.dims if d.kind == "year" and m.opens(d)]
            for dim in set(dims) & set(map(str, self.bench.array(m).dims)):
                return int(np.sort(self.bench.array(m)[dim].values)[-1])
        return SEED

    def _answered(self, scenario: Scenario) -> Outcome:
        return self.bench.central.plain(self.bench.step(scenario))

    def _at(self, metric: Metric, year: int, outcome: Outcome) -> Any:
        """Return a metric in a year, where it has one; None where there is nothing."""
        when = {"year": year, "date": str(year)}
        dated = {d.name: when[d.kind] for d in metric.dims if d.kind in when}
        try:
            return outcome.array(metric.name, self.bench.place(metric) | dated)
        except MultipolarError:
            return None

    def _answer(self, scenario: Any) -> None:
        """Solve a scenario and read every headline."""
        self._headlines(self._answered(scenario))

    # solving

    def test_the_ends_of_priors_are_solved_or_refused(self) -> None:
        """At the ends of all priors it gives numbers, or says why there are none."""
        prepared = self.engine.prepare(self.bench.world, BASELINE)
        for share in SHARES:
            require(self._end(prepared, share))

    def _end(self, prepared: Any, share: float) -> Iterator[str]:
        said = f"the share {share:g} of every prior"
        bench, ready = self.bench, prepared
        if isinstance(bench.engine, Coupled) and bench.inputs:
            ready = bench.engine.couple(prepared, bench.inputs)
        try:
            found = bench.engine.solve(ready, bench.values(share))
        except MultipolarError:
            return
        except Exception as fault:
            yield f"{said}: {fault!r}; raise NotConverged or Infeasible, or narrow the prior"
            return
        if found.status not in STATUS:
            yield f"{said}: the status is {found.status!r}; it has to be one of {STATUS}"
        elif found.status != "converged" and not found.message:
            yield f"{said}: {found.status}, without a message that says why"
        yield from crash(said, self._headlines, found)

    def test_solving_again_gives_the_same(self) -> None:
        """From a fresh start, and from what was used, sent to another process and back."""
        prepared = self.engine.prepare(self.bench.world, BASELINE)
        pickle.loads(pickle.dumps(prepared))
        require(self._unlike(self.bench.again(prepared), "solved again"))
        sent = pickle.loads(pickle.dumps(prepared))
        require(self._unlike(self.bench.again(sent), "pickled after use"))

    def _unlike(self, found: Outcome, how: str) -> Iterator[str]:
        for m in self.bench.metrics:
            if not self.bench.array(m).identical(self.bench.array(m, found)):
                yield f"{m.name} differs when it is {how}: nothing may change while it is solved"

    def test_same_seed_same_bytes(self) -> None:
        """The same draws give the same bytes, in this process and in others."""
        bench = self.bench
        draws = design(
            bench.engine.parameters(bench.world), DRAWS, child_seed(SEED, bench.engine.name)
        )
        if not draws:
            raise SkipTest("no parameter has a prior: nothing is drawn")
        asks = [whole(m.name, bench.place(m)) for m in bench.metrics]
        inputs = {k: (v,) for k, v in bench.inputs.items()}
        prepared = bench.engine.prepare(bench.world, BASELINE)
        given = (bench.engine, prepared, bench.values(), asks, draws)
        one, two = (sample(*given, inputs=inputs, workers=n, progress=False) for n in (1, 2))
        odd = [a.metric for a in asks if _bytes(one.answers[a]) != _bytes(two.answers[a])]
        require(f"{name} differs over one seed: draw nothing at random in `solve`" for name in odd)

    # other engines and tables

    def test_inputs_are_handed_over(self) -> None:
        """It takes what there is; without it it is refused, and couple leaves prepared alone."""
        bench, engine = self.bench, self.engine
        if not isinstance(engine, Coupled) or not bench.inputs:
            raise SkipTest("nothing is taken from other engines in the baseline")
        prepared = engine.prepare(bench.world, BASELINE)
        require(refused("solving without inputs", "", engine.solve, prepared, bench.values()))
        ready = engine.couple(prepared, bench.inputs)
        engine.couple(prepared, {k: v * 2 for k, v in bench.inputs.items()})
        require(self._unlike(engine.solve(ready, bench.values()), "coupled twice"))

    def test_tables_are_declared(self) -> None:
        """With the tables it declares, and no other, it answers the same."""
        declared = getattr(self.engine, "tables", None)
        if declared is None:
            raise SkipTest("no `tables` are declared: answers are kept by all of them")
        world = self.bench.world.only(declared)
        require(self._unread(world))
        found = self.bench.again(self.engine.prepare(world, BASELINE))
        require(self._unlike(found, "read from the declared `tables` alone"))

    def _unread(self, world: World) -> Iterator[str]:
        """Say which examples cannot be prepared for want of a table."""
        for kind in [None, *sorted(set(self.engine.supports))]:
            for scenario in scenarios(kind) if kind else (BASELINE,):
                try:
                    self.engine.prepare(world, scenario)
                except EngineError:
                    pass
                except MultipolarError as gone:
                    if "no table" in str(gone):
                        yield f"{scenario.name}: {gone}; add it to `tables`"


def _undescribed(metric: Metric) -> Iterator[str]:
    if not metric.unit:
        yield f"{metric.name} has no unit"
    if len(metric.description) <= 10:
        yield f"{metric.name}: describe it in more than {metric.description!r}"
    for dim in metric.dims:
        if dim.kind == "choice" and not dim.values:
            yield f"{metric.name}: {dim.name} leaves no choice; give its `values`"


def _same_values(found: Any, plain: Any) -> bool:
    """Say whether an array holds the same wherever the plain one runs, to what solvers find."""
    if found is None or plain is None or found.dims != plain.dims:
        return found is plain
    found = found.reindex_like(plain)  # a link that is not there yet may have a row of its own
    if plain.dtype.kind not in "fiu":
        return bool(found.equals(plain))
    known = np.abs(plain.values[np.isfinite(plain.values)])
    near = 1e-5 * float(known.max(initial=0.0))  # solvers come to rest at slightly other points
    return bool(np.allclose(found.values, plain.values, rtol=1e-3, atol=near, equal_nan=True))


def _unsourced(parameter: Any) -> Iterator[str]:
    prior, name = parameter.prior, parameter.name
    for part, given in (
        ("unit", parameter.unit),
        ("description", parameter.description),
        ("source", parameter.source.text),
    ):
        if not given:
            yield f"parameter {name} has no {part}"
    if prior is None:
        return
    if prior.kind == "choice":
        if parameter.value not in prior.args:
            yield f"parameter {name}: {parameter.value} is none of its choices {prior.args}"
        return
    drawn = np.asarray(prior.quantile(np.linspace(0, 1, 41)))
    if np.any(np.diff(drawn) < 0):
        yield f"parameter {name}: its prior's quantiles fall"
    if not drawn[0] <= parameter.value <= drawn[-1]:
        yield f"parameter {name}: {parameter.value} lies outside {drawn[0]:g} to {drawn[-1]:g}"


def _bytes(answer: Any) -> list[Any]:
    """Return what two answers that are the same have alike."""
    cells = [v.values.tolist() if v.dtype == object else v.values.tobytes() for v in answer.known]
    failed = [k for k, v in enumerate(answer.values) if v is None]
    return [answer.missing, answer.failure, failed, *(v.dims for v in answer.known), *cells]


__all__ = ["EngineConformance"]
