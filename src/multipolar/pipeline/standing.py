"""Who votes with whom, how many poles there are, and whom a pact would protect.

Gathered whether or not a claim decides on it, for cases whose claims read the engine's metrics.
Everything is read through metrics of whatever registered engine declares them: positions and blocs
from ``alignment``, weights and exposure from ``power``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from multipolar.claims.load import Loaded, leaves
from multipolar.engines.api.contract import Engine, Metric, Outcome, Reading
from multipolar.engines.contained import contained
from multipolar.engines.registry import Registry
from multipolar.errors import DataMissing, MultipolarError
from multipolar.policy import BASELINE, Scenario, check_supported, compose, resolve

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

MOST_NAMED = 8
VOTES = ("votes.", "alignment.")  # metrics whose places name the states a case is about
NETWORK = "covariance"
VARIANTS = ("published", "linked")
APART = 0.005  # sd; variants that differ by less are one
FIRST_YEAR = 1816  # of any index of weight
RIVALS = "G7"  # set beside the states a case is about
PACT = "ally"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a state stands in a year: ideal point, its standard error, votes it rests on."""

    year: int
    value: float
    error: float
    votes: float


@dataclass(frozen=True)
class Votes:
    """Positions and blocs on the votes that come with the package.

    Attributes:
        about: what they are on, in a word.
        positions: ideal point and its standard error by country code.
        blocs: number of a state's bloc, the largest first; 0 by itself.
        together: share of runs in which two of the named states are in one bloc.
        note: how many blocs the runs find, and their sizes.
        size: what states are ordered by where only some are named; more is larger.
    """

    about: str
    positions: Mapping[str, tuple[float, float]]
    unit: str
    source: str
    blocs: Mapping[str, int] = field(default_factory=dict)
    together: Mapping[tuple[str, str], float] = field(default_factory=dict)
    note: str = ""
    size: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Track:
    """Positions of the named states over years, on the full record.

    Attributes:
        lines: places by country code, in the order of years.
        linked: the other variant's values, in the years in which it differs.
    """

    lines: Mapping[str, tuple[Place, ...]]
    linked: Mapping[str, Mapping[int, float]]
    unit: str
    source: str


@dataclass(frozen=True)
class Weight:
    """What states weigh by one index.

    Attributes:
        label, unit, year: as the newest reading says; ``unit`` is the index's own.
        poles: effective number of poles by year.
        bound: whether that number is an upper bound, as only some states are told apart.
        concentration: among the major powers, 0 to 1; None where it cannot be read.
        shares: percent of the world by group, or the sentence that says why there is none.
    """

    index: str
    label: str
    unit: str
    year: int
    poles: Mapping[int, float]
    bound: bool
    concentration: float | None
    shares: Mapping[str, float | str]
    sources: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Pact:
    """How exposed states are before and after a pact: attackers' strength over the defence's.

    Attributes:
        members: who signs.
        before, after: the ratio by country code.
        leads: who leads the strongest attackers before and after, by country code.
    """

    scenario: Scenario
    members: tuple[str, ...]
    before: Mapping[str, float]
    after: Mapping[str, float]
    leads: Mapping[str, tuple[str, str]]
    description: str
    sources: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Standing:
    """What the page shows of who stands where.

    Attributes:
        named: the states the case's tests of votes name most, as codes.
        groups: what shares of the world are shown of, as codes by name.
        gap: what brings the full record, where it has not been added.
    """

    named: tuple[str, ...]
    votes: Votes | None = None
    track: Track | None = None
    gap: str = ""
    weights: tuple[Weight, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pacts: tuple[Pact, ...] = ()


@dataclass(frozen=True)
class _At:
    """An engine's outcomes, read by metric without knowing the engine."""

    engine: Engine
    registry: Registry
    outcomes: Mapping[tuple[str, str], Outcome]

    def outcome(self, scenario: Scenario) -> Outcome:
        """Return what was solved for the claims, or solve it at the central parameters."""
        found = self.outcomes.get((self.engine.name, scenario.name))
        if found is None:
            world = self.registry.world
            with contained(self.engine.name):
                values = {p.name: p.value for p in self.engine.parameters(world)}
                found = self.engine.solve(self.engine.prepare(world, scenario), values)
        found.require_converged()
        return found

    def metric(self, name: str) -> Metric:
        """Return a metric's declaration."""
        return self.registry.find(name)[1]

    def read(self, name: str, where: Mapping[str, Any], scenario: Scenario = BASELINE) -> Reading:
        """Read one number of a scenario."""
        return self.outcome(scenario).read(name, where)

    def array(self, name: str, where: Mapping[str, Any]) -> xr.DataArray:
        """Read an array of the world as it is."""
        return self.outcome(BASELINE).array(name, where)


def standing(
    loaded: Loaded, registry: Registry, outcomes: Mapping[tuple[str, str], Outcome]
) -> Standing | None:
    """Return who stands where, or None for a case that asks nothing of the kind.

    Args:
        loaded: the case.
        registry: engines and world.
        outcomes: what was solved for the claims, by engine and scenario; used where it is there.
    """
    voting = _asked("alignment.position", loaded, registry, outcomes)
    weighing = _asked("power.poles", loaded, registry, outcomes)
    if voting is None and weighing is None:
        return None
    named = named_states(loaded, registry)
    votes, track, gap = None, None, ""
    if voting is not None:
        with suppress(MultipolarError):
            votes = _votes(voting, named, _sizes(registry, outcomes))
        try:
            track = _track(voting, named)
        except DataMissing as missing:
            gap = "; ".join(filter(None, (missing.what, missing.hint)))
        except MultipolarError:
            pass  # this engine keeps no full record
    if weighing is None:
        return Standing(named, votes, track, gap)
    pacts = tuple(_pacts(weighing, loaded, named))
    groups = _groups(weighing, named, pacts)
    return Standing(named, votes, track, gap, tuple(_weights(weighing, groups)), groups, pacts)


def _asked(
    name: str, loaded: Loaded, registry: Registry, outcomes: Mapping[tuple[str, str], Outcome]
) -> _At | None:
    """Return the engine of a metric if the case lists it and a claim reads any of its metrics."""
    try:
        engine, _ = registry.find(name)
    except MultipolarError:
        return None
    own = {m.name for m in engine.metrics(registry.world)}
    read = {metric for metric, _ in _places(loaded)}
    if engine.name not in loaded.case.engines or not own & read:
        return None
    return _At(engine, registry, outcomes)


def _places(loaded: Loaded) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every metric the case's tests read, with its place, rivals and bases too."""
    for claim in loaded.case.claims:
        for leaf in leaves(claim.test):
            if leaf.metric is not None:
                yield leaf.metric, leaf.where
            for at in (leaf.exceeds, leaf.short_of, leaf.over, leaf.minus):
                metric = (at.metric or leaf.metric) if at is not None else None
                if at is not None and metric is not None:
                    yield metric, at.where


def named_states(loaded: Loaded, registry: Registry, most: int = MOST_NAMED) -> tuple[str, ...]:
    """Return the states that a case's tests of votes name most, as codes.

    A list counts once, shared out among those it names; a coalition names no state.
    """
    count: Counter[str] = Counter()
    for name, where in _places(loaded):
        if not name.startswith(VOTES):
            continue
        for side in ("country", "partner", "other"):
            words = where.get(side, ())
            words = (words,) if isinstance(words, str) else words
            for word in words:
                code = _code(registry, name, side, word)
                if code is not None:
                    count[code] += 1 / len(words)  # type: ignore[assignment]
    return tuple(code for code, _ in count.most_common(most))


def _code(registry: Registry, metric: str, side: str, word: Any) -> str | None:
    try:
        place = registry.resolve(registry.find(metric)[1], {side: word}, complete=False)
    except MultipolarError:
        return None
    (found,) = place.values()
    return found if isinstance(found, str) and found in registry.world.names_index.labels else None


def _numbers(array: xr.DataArray) -> dict[str, float]:
    """Return the finite values of an array over countries."""
    return {str(k): float(v) for k, v in array.to_series().items() if v == v}  # noqa: PLR0124


def _sizes(registry: Registry, outcomes: Mapping[tuple[str, str], Outcome]) -> Mapping[str, float]:
    """Return what states are ordered by: their weight by the first index there is, or nothing."""
    try:
        engine, metric = registry.find("power.share")
        index = metric.dim("index").values[0]
        return _numbers(_At(engine, registry, outcomes).array(metric.name, {"index": index}))
    except MultipolarError:
        return {}


def _votes(at: _At, named: Sequence[str], size: Mapping[str, float]) -> Votes:
    place = at.array("alignment.position", {})
    error = _numbers(at.array("alignment.position_error", {}))
    positions = {c: (v, error.get(c, 0.0)) for c, v in _numbers(place).items()}
    metric = at.metric("alignment.position")
    words = (d.values[0].capitalize() for d in metric.dims if d.name == "votes")
    about = next(words, "all questions")
    found = Votes(about, positions, metric.unit, str(place.attrs["source"]))
    try:
        blocs = at.array("alignment.bloc", {"network": NETWORK})
        numbers = {c: round(v) for c, v in _numbers(blocs).items()}
        one = next(c for c in (*named, *numbers) if c in numbers)
        note = at.read("alignment.bloc", {"network": NETWORK, "country": one}).note
        share = at.array("alignment.together", {"network": NETWORK})
        here = set(map(str, share["country"].values))
        pairs = combinations([c for c in named if c in here], 2)
        together = {p: float(share.sel(country=p[0], partner=p[1])) for p in pairs}
    except MultipolarError:
        return found
    return replace(found, blocs=numbers, together=together, note=note, size=size)


def _track(at: _At, named: Sequence[str]) -> Track:
    one, other = VARIANTS
    values, error, votes = (
        at.array(f"alignment.{m}", {"votes": "all", "variant": one})
        for m in ("position", "position_error", "contested_votes")
    )
    linked = at.array("alignment.position", {"votes": "all", "variant": other})
    years = [int(y) for y in values["year"].values]
    lines: dict[str, tuple[Place, ...]] = {}
    apart: dict[str, dict[int, float]] = {}
    for code in named:
        if code not in values["country"].values:
            continue
        columns = [a.sel(country=code).to_series() for a in (values, error, votes, linked)]
        rows = zip(years, *(c.reindex(years).tolist() for c in columns), strict=True)
        good = [row for row in rows if row[1] == row[1]]
        lines[code] = tuple(Place(y, v, e, n) for y, v, e, n, _ in good)
        apart[code] = {y: w for y, v, _, _, w in good if abs(w - v) > APART}
    if not lines:
        raise DataMissing("none of the states this case names has votes in the record added")
    return Track(lines, apart, str(values.attrs["unit"]), str(values.attrs["source"]))


def _groups(at: _At, named: Sequence[str], pacts: Sequence[Pact]) -> dict[str, tuple[str, ...]]:
    """Return the members of the first pact, else the two states named most; and the G7."""
    labels = at.registry.world.names_index.labels
    pair = pacts[0].members if pacts else tuple(named[:2])
    groups = {" and ".join(labels.get(c, c) for c in pair): pair} if pair else {}
    with suppress(MultipolarError):
        found = at.registry.resolve(at.metric("power.share"), {"country": RIVALS}, complete=False)
        groups[RIVALS] = tuple(found["country"])
    return groups


def _weights(at: _At, groups: Mapping[str, tuple[str, ...]]) -> Iterator[Weight]:
    last = int(at.metric("power.poles").as_of[:4] or 0) + 1
    for index in at.metric("power.poles").dim("index").values:
        poles = {}
        for year in range(FIRST_YEAR, last + 1):
            with suppress(MultipolarError):
                poles[year] = float(at.read("power.poles", {"index": index, "year": year}).value)
        if not poles:
            continue
        year = max(poles)
        place = {"index": index, "year": year}
        newest = at.read("power.poles", place)
        label, unit = _named_in(newest.note, index, year)
        shares: dict[str, float | str] = {}
        for group, members in groups.items():
            try:
                shares[group] = float(at.read("power.share", {**place, "country": members}).value)
            except MultipolarError as gap:
                shares[group] = gap.what
        concentration = None
        with suppress(MultipolarError):
            concentration = float(at.read("power.concentration", place).value)
        yield Weight(
            index, label, unit, year, poles, "upper bound" in newest.note, concentration, shares,
            _sources(newest), newest.note,
        )  # fmt: skip


def _named_in(note: str, index: str, year: int) -> tuple[str, str]:
    """Return what an index is called and its unit, as a reading's note begins with.

    Example:
        >>> _named_in("Military spending of 2024, USD bn. More.", "military-spending", 2024)
        ('Military spending', 'USD bn')
    """
    label, cut, rest = note.partition(f" of {year}, ")
    if not cut:
        return index.replace("-", " "), ""
    return label, rest.partition(".")[0]


def _sources(reading: Reading) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s.source for s in reading.evidence))


def _pacts(at: _At, loaded: Loaded, named: Sequence[str]) -> Iterator[Pact]:
    """Yield what each scenario of pacts alone does to the named states and its members."""
    world = at.registry.world
    for name in loaded.scenarios:
        scenario = compose(name, loaded.scenarios)
        members = _members(scenario, world)
        if not members:
            continue
        with suppress(MultipolarError):
            check_supported(at.engine.name, at.engine.supports, scenario)
            pact = _pact(at, scenario, members, named)
            if pact.before:
                yield pact


def _members(scenario: Scenario, world: World) -> tuple[str, ...]:
    """Return who signs, if the scenario has no measures but pacts."""
    measures = resolve(scenario, world).measures
    if any(m["measure"] != PACT for m in measures):
        return ()
    return tuple(dict.fromkeys(c for m in measures for c in m["members"]))


def _pact(at: _At, scenario: Scenario, members: tuple[str, ...], named: Sequence[str]) -> Pact:
    before: dict[str, float] = {}
    after: dict[str, float] = {}
    leads: dict[str, tuple[str, str]] = {}
    note, sources = "", tuple[str, ...]()
    for code in dict.fromkeys((*members, *named)):
        place = {"country": code}
        with suppress(DataMissing):
            one, other = (at.read("power.vulnerability", place, s) for s in (BASELINE, scenario))
            who = [at.read("power.attackers", place, s).value for s in (BASELINE, scenario)]
            before[code], after[code] = float(one.value), float(other.value)
            leads[code] = str(who[0]).split(" ")[0], str(who[1]).split(" ")[0]
            # the first sentence is of this state alone
            note, sources = note or one.note.partition(". ")[2], sources or _sources(one)
    about = at.metric("power.vulnerability").description
    return Pact(scenario, members, before, after, leads, about, sources, note)
