"""Scenarios: a baseline world plus measures, in YAML that composes by name."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
)

from multipolar import limits
from multipolar.errors import EngineError, MeasureError, MultipolarError, ScenarioError, nearest
from multipolar.policy.files import Problem, Steps, problems, read_yaml
from multipolar.policy.measures import (
    COUNTRY_FIELDS,
    KINDS,
    SIDES,
    AnyMeasure,
    Measure,
    as_tuple,
    holds,
)
from multipolar.policy.scopes import resolve_scope
from multipolar.text.clean import printable
from multipolar.text.dates import span
from multipolar.world.boundary import expanded, files_in, shown

if TYPE_CHECKING:
    from multipolar.world.names import Names

MAX_BASES_DEEP = 50
BUNDLED = Path(__file__).parent / "bundled"
EVERYBODY = "WLD"
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Atlas(Protocol):
    """What resolving needs of a world: names, and codes at a date."""

    @property
    def names_index(self) -> Names:
        """The lookup tables of names."""
        ...

    def countries_named(self, name: str, date: str | None = None) -> tuple[str, ...]:
        """Return the ISO codes a country or coalition stands for at a date."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """The file, scenario and number a measure was written under."""

    file: str
    scenario: str
    number: int

    def __str__(self) -> str:
        place = f"scenario {self.scenario}: measure {self.number}"
        return f"{self.file}: {place}" if self.file else place


class Scenario(BaseModel):
    """A named list of measures, on top of the scenarios in ``base``.

    Example:
        >>> scenario = Scenario.model_validate({"name": "ban", "measures": [
        ...     {"measure": "embargo", "senders": "EU", "targets": "Russia", "scope": "coal"}]})
        >>> scenario.measures[0].measure
        'embargo'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: Literal[1] = Field(
        default=1, alias="schema", description="version of this form"
    )
    name: Name = Field(description="what other scenarios and tests call it by")
    title: str = Field(default="", max_length=200, description="one line for a reader")
    reason: str = Field(default="", max_length=1000, description="why it is worth asking")
    base: Annotated[tuple[Name, ...], BeforeValidator(as_tuple)] = Field(
        default=(), max_length=20, description="scenarios whose measures come first, in order"
    )
    measures: tuple[AnyMeasure, ...] = Field(
        default=(), max_length=200, description="what is done, in order"
    )
    year: int | None = Field(
        default=None, strict=True, ge=1900, le=2200, description="year it plays in"
    )
    horizon: Literal["short", "medium", "long"] = Field(
        default="long", description="time given to adjust: about 1, 4, or 10 years and more"
    )
    _origins: tuple[Origin, ...] = PrivateAttr(default=())

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Where each measure was written, in the order of ``measures``."""
        if len(self._origins) == len(self.measures):
            return self._origins
        return tuple(Origin("", self.name, n) for n in range(1, len(self.measures) + 1))

    def require_composed(self) -> None:
        """Raise if measures of bases are still missing, which would otherwise be ignored.

        Example:
            >>> try:
            ...     Scenario(name="two", base=("one",)).require_composed()
            ... except ScenarioError as refusal:
            ...     print(refusal.what)
            its bases (one) are not composed yet
        """
        if self.base:
            raise ScenarioError(
                f"its bases ({', '.join(self.base)}) are not composed yet",
                where=f"scenario {self.name}",
                hint="call compose(name, library)",
            )


BASELINE = Scenario(name="baseline", title="The world as it is")


@dataclass(frozen=True)
class ResolvedScenario:
    """A composed scenario with every name resolved; ``measures`` is what the manifest stores.

    Each measure is plain data: countries as ISO codes at its date, ``scope`` as industry codes,
    ``scope_names``, ``commodities`` and ``coarse`` as in
    :class:`~multipolar.policy.scopes.Scope`, and ``scenario``, the scenario it was written in.
    """

    name: str
    horizon: str
    year: int | None
    measures: tuple[Mapping[str, Any], ...]

    def in_force(self, year: int | None = None) -> tuple[list[Mapping[str, Any]], list[str]]:
        """Return the measures that hold at any time in a year, and notes on others.

        For engines that know one state of the world and no dates.

        Args:
            year: the year that is answered; the scenario's if left out. Without any all hold.

        Example:
            >>> later = {"measure": "ally", "since": "2031", "until": "2033-01"}
            >>> [len(ResolvedScenario("s", "long", y, (later,)).in_force()[0])
            ...  for y in (2030, 2031, 2033, None)] == [0, 1, 0, 1]
            True
        """
        kept, notes = [], []
        year = self.year if year is None else year
        for m in self.measures:
            if holds(m.get("since", ""), m.get("until", ""), year):
                kept.append(m)
            else:
                notes.append(f"Not in force in {year}, so left out: {m['measure']}.")
        return kept, notes

    def applied(self) -> dict[str, Any]:
        """Return what was applied as plain data that JSON can hold, for the manifest.

        Example:
            >>> ResolvedScenario("baseline", "long", None, ()).applied()
            {'name': 'baseline', 'horizon': 'long', 'year': None, 'measures': []}
        """
        return {
            "name": self.name,
            "horizon": self.horizon,
            "year": self.year,
            "measures": [copy.deepcopy(dict(m)) for m in self.measures],
        }


def load_scenarios(path: str | Path) -> dict[str, Scenario]:
    """Read scenarios by name from a file, which holds one or a list of them, or from a folder.

    Of a folder, every ``*.yaml`` is read; in a case's folder, ``scenarios*.yaml``.

    Raises:
        ScenarioError: one line that says what is wrong, in which file, scenario and measure, and
            what to do; an unknown field or measure comes with the nearest valid name.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "bans.yaml"
        ...     _ = file.write_text("[{name: ban}, {name: wider-ban, base: ban}]")
        ...     list(load_scenarios(folder))
        ['ban', 'wider-ban']
    """
    found: dict[str, Scenario] = {}
    for file in _files(path):
        content = read_yaml(file, error=ScenarioError)
        rows = content if isinstance(content, list) else [content]
        for k, row in enumerate(rows, 1):
            scenario = _parse(row, file.name, k)
            if scenario.name in found:
                raise ScenarioError(
                    f"scenario {scenario.name!r} is given twice", where=file.name, hint="rename one"
                )
            found[scenario.name] = scenario
    return found


@cache
def events() -> Mapping[str, Scenario]:
    """Return the scenarios of dated events that ship with the package, by name.

    Any scenario may have one as its base.

    Example:
        >>> sorted(events())
        ['hormuz-2026', 'hormuz-2026-to-december']
    """
    return load_scenarios(BUNDLED)


def load_scenario(path: str | Path, name: str | None = None) -> Scenario:
    """Read one scenario, composed with the bases that the same file or folder holds.

    Args:
        path: a file or a folder.
        name: which scenario; needed where there are several.

    Raises:
        ScenarioError: as :func:`load_scenarios` and :func:`compose`, or several and none is named.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "ban.yaml"
        ...     _ = file.write_text("{name: ban, horizon: short}")
        ...     load_scenario(file).horizon
        'short'
    """
    library = load_scenarios(path)
    if name is None and len(library) != 1:
        raise ScenarioError(
            f"there are {len(library)} scenarios here",
            where=str(path),
            hint=f"name one of {', '.join(list(library)[:8])}" if library else "write one",
        )
    return compose(name or next(iter(library)), library)


def _files(path: str | Path) -> list[Path]:
    place = expanded(path, error=ScenarioError)
    if not os.path.isdir(place):  # noqa: PTH112  Path.is_dir raises over a long name
        return [place]
    patterns = ("scenarios*.yaml", "*.yaml")
    found = files_in(place, *patterns, most=limits.CASE_FILES, error=ScenarioError)
    if not found:
        what = "no scenario files (*.yaml)"
        raise ScenarioError(what, where=shown(place), hint="name one file")
    return found


def _parse(row: Any, file: str, k: int) -> Scenario:
    found = scenario_problems(row)
    if not found:
        return made(row, file)
    first, *further = found
    name = row.get("name") if isinstance(row, dict) else None
    place = f"{file}: scenario {printable(name) if isinstance(name, str) else k}"
    what, steps = first.what, first.place
    kind: type[ScenarioError] = ScenarioError
    if further:
        what += f" ({len(further)} further problem{'s' if len(further) > 1 else ''})"
    if steps[:1] == ("measures",) and len(steps) > 1:
        place, steps, kind = f"{place}: measure {int(steps[1]) + 1}", steps[2:], MeasureError
    path = ".".join(str(s + 1) if isinstance(s, int) else printable(s) for s in steps)
    raise kind(what, where=": ".join(filter(None, (place, path))), hint=first.hint)


def made(row: Mapping[str, Any], file: str) -> Scenario:
    """Return the scenario that a row of a file holds, of which nothing is wrong."""
    scenario = Scenario.model_validate(row)
    scenario._origins = tuple(
        Origin(file, scenario.name, n) for n in range(1, len(scenario.measures) + 1)
    )
    return scenario


def scenario_problems(row: Any) -> list[Problem]:
    """Return all that is wrong with what a file says of one scenario.

    Example:
        >>> [p.what for p in scenario_problems({"name": "ban", "measures": [{"measure": "bann"}]})]
        ["no measure 'bann'"]
    """
    if not isinstance(row, dict):
        hint = "write name:, measures: and so on"
        return [Problem((), "a scenario holds names with values", hint)]
    if row.get("name") == BASELINE.name:
        return [Problem((), "'baseline' is the world as it is", "rename it")]
    measures = row.get("measures", [])
    if not isinstance(measures, list):
        return [Problem((), "measures should be a list", "start each with `- `")]
    found = [p for n, item in enumerate(measures) for p in _measure_problems(item, n)]
    try:
        Scenario.model_validate(row)
    except ValidationError as fault:
        rest = problems(fault, Scenario)  # each measure was asked for its own
        found += [p for p in rest if p.steps[:1] != ("measures",)] if found else rest
    return found


def _measure_problems(item: Any, n: int) -> list[Problem]:
    """Check one measure against its own class, so that what is said speaks of that class alone."""
    at: Steps = ("measures", n)
    kind = item.get("measure") if isinstance(item, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        what = f"no measure {printable(repr(kind))}" if kind else "the measure is not named"
        hint = nearest(str(kind)[:60], KINDS) if kind else f"add measure: {', '.join(KINDS)}"
        return [Problem(at, what, hint, at)]
    try:
        KINDS[kind].model_validate(item)
    except ValidationError as fault:
        return [
            Problem((*at, *p.steps), p.what, p.hint, (*at, *p.place))
            for p in problems(fault, KINDS[kind])
        ]
    return []


def compose(name: str, library: Mapping[str, Scenario]) -> Scenario:
    """Return a scenario with the measures of its bases first, in order, each base once.

    Year and horizon are the scenario's own if it gives them, else those its bases agree on.
    ``baseline`` and the bundled events are known without being in the library.

    Raises:
        ScenarioError: a base is unknown, the bases run in a circle, or they differ in year or
            horizon where the scenario gives none.

    Example:
        >>> one = Scenario(name="one", measures=({"measure": "ally", "members": ["China"]},))
        >>> two = Scenario(name="two", base=("one",))
        >>> len(compose("two", {"one": one, "two": two}).measures)
        1
    """
    known = {BASELINE.name: BASELINE, **events(), **library}
    order: list[str] = []
    _visit(name, known, (), order)
    if not known[name].base:
        return known[name]
    steps = [known[step] for step in order]
    update: dict[str, Any] = {"base": (), "measures": tuple(m for s in steps for m in s.measures)}
    for field in ("year", "horizon"):
        value = _inherited(field, name, known)
        if value is not None:
            update[field] = value
    composed = known[name].model_copy(update=update)
    composed._origins = tuple(o for s in steps for o in s.origins)
    return composed


def _visit(
    name: str, library: Mapping[str, Scenario], path: tuple[str, ...], order: list[str]
) -> None:
    if name in path:
        circle = " -> ".join([*path[path.index(name) :], name])
        raise ScenarioError(f"the bases run in a circle: {circle}", hint="remove one of them")
    if len(path) > MAX_BASES_DEEP:
        raise ScenarioError(
            f"bases more than {MAX_BASES_DEEP} deep",
            where=f"scenario {path[0]}",
            hint="flatten them",
        )
    if name in order:
        return
    if name not in library:
        where = f"base of {path[-1]}" if path else ""
        raise ScenarioError(f"no scenario {name!r}", where=where, hint=nearest(name, library))
    for base in library[name].base:
        _visit(base, library, (*path, name), order)
    order.append(name)


def _inherited(field: str, name: str, library: Mapping[str, Scenario]) -> Any:
    """Return what a scenario or, failing that, its bases in agreement give for a field."""
    values = dict(_given(field, name, library))
    if len(set(values.values())) > 1:
        listed = ", ".join(f"{base}: {value}" for base, value in values.items())
        raise ScenarioError(
            f"its bases differ in {field} ({listed})",
            where=f"scenario {name}",
            hint=f"give it a {field} of its own",
        )
    return next(iter(values.values()), None)


def _given(field: str, name: str, library: Mapping[str, Scenario]) -> Iterator[tuple[str, Any]]:
    scenario = library[name]
    if field in scenario.model_fields_set and getattr(scenario, field) is not None:
        yield name, getattr(scenario, field)
        return
    for base in scenario.base:
        yield from _given(field, base, library)


def resolve(scenario: Scenario, world: Atlas) -> ResolvedScenario:
    """Resolve every name of a composed scenario: countries at the measure's date, industries.

    A measure's date is its ``since``, else the scenario's year, else the world's own date.

    Raises:
        ScenarioError: the scenario is not composed, or a country, coalition, industry or group is
            unknown, with file, scenario, measure, field and the nearest name.

    Example:
        >>> from multipolar.world import World
        >>> ban = Scenario.model_validate({"name": "ban", "year": 2023, "measures": [
        ...     {"measure": "embargo", "senders": "G7", "targets": "Russia", "scope": "coal"}]})
        >>> row = resolve(ban, World.load()).measures[0]
        >>> row["targets"], row["scope"], len(row["senders"])
        (['RUS'], ['B05'], 7)
    """
    scenario.require_composed()
    year = str(scenario.year) if scenario.year else None
    rows = tuple(
        _resolved(measure, day_of(measure.since or year), origin, world)
        for measure, origin in zip(scenario.measures, scenario.origins, strict=True)
    )
    return ResolvedScenario(scenario.name, scenario.horizon, scenario.year, rows)


def day_of(date: str | None) -> str | None:
    """Return a month's last day, as a world reads a year as its last day."""
    return span(date)[1].isoformat() if date is not None and len(date) == len("2022-03") else date


def name_faults(
    row: Mapping[str, Any], date: str | None, world: Atlas
) -> Iterator[tuple[Steps, MultipolarError]]:
    """Yield each name in a measure that stands for nobody or nothing, with the way to it.

    Args:
        row: the measure, as written or as read; what is no name in it is left to others.
        date: at which coalitions are taken.
        world: who there is.

    Example:
        >>> from multipolar.world import World
        >>> row = {"senders": ["Germny", "France"], "targets": "Russsia", "scope": ["oill"]}
        >>> for steps, fault in name_faults(row, None, World.load()):
        ...     print(steps, fault.what)
        ('senders', 0) no country or coalition 'Germny'
        ('targets',) no country or coalition 'Russsia'
        ('scope',) no industry or group 'oill'
    """
    for field in (*COUNTRY_FIELDS, "scope"):
        given: Any = row.get(field)
        names = given if isinstance(given, (list, tuple)) else (given,)
        for k, name in enumerate(names):
            if not isinstance(name, str):
                continue
            try:
                resolve_scope((name,)) if field == "scope" else world.countries_named(name, date)
            except MultipolarError as fault:
                yield (field, k) if len(names) > 1 else (field,), fault


def _resolved(measure: Measure, date: str | None, origin: Origin, world: Atlas) -> dict[str, Any]:
    row = measure.model_dump(mode="json", exclude_none=True)
    for steps, fault in name_faults(row, date, world):
        raise MeasureError(fault.what, where=f"{origin}: {steps[0]}", hint=fault.hint)
    for field in COUNTRY_FIELDS:
        if field in row:
            row[field] = _codes(row[field], date, f"{origin}: {field}", world)
    for one, other in SIDES:
        if one in row and other in row and _same(row[one], row[other]):
            raise MeasureError(
                f"{one} and {other} are the same ({row[one]})",
                where=str(origin),
                hint=f"change {other}",
            )
    if "scope" in row:
        scope = resolve_scope(tuple(row["scope"]))
        row["scope"] = list(scope.sectors)
        row["scope_names"] = list(scope.names)
        row["commodities"] = list(scope.commodities)
        row["coarse"] = list(scope.coarse)
    row["scenario"], row["number"] = origin.scenario, origin.number
    return row


def _same(one: str | list[str], other: str | list[str]) -> bool:
    """Say whether no two different states are left to stand on the two sides."""
    left, right = ({x} if isinstance(x, str) else set(x) for x in (one, other))
    return len(left | right) == 1


def _codes(value: str | list[str], date: str | None, place: str, world: Atlas) -> str | list[str]:
    names = [value] if isinstance(value, str) else value
    found = [code for name in names for code in world.countries_named(name, date)]
    if EVERYBODY in found:
        found = sorted(world.names_index.labels)
    codes = list(dict.fromkeys(found))
    if not isinstance(value, str):
        return codes
    if len(codes) != 1:
        raise MeasureError(
            f"this takes one country, and {value!r} stands for {len(codes)}",
            where=place,
            hint=f"name one, say {codes[0]}" if codes else "name a country",
        )
    return codes[0]


@contextmanager
def measure_faults() -> Iterator[None]:
    """Tell what an engine refuses while it reads measures as a fault of the scenario.

    Raises:
        MeasureError: in place of an :class:`EngineError`.

    Example:
        >>> @measure_faults()
        ... def pipes(measures):
        ...     raise EngineError("no such pipe", where="scenario build: measure 1")
        >>> pipes([])
        Traceback (most recent call last):
        multipolar.errors.MeasureError: scenario build: measure 1: no such pipe
    """
    try:
        yield
    except EngineError as fault:
        raise MeasureError(fault.what, where=fault.where, hint=fault.hint) from None


def restrict(scenario: Scenario, keep: Callable[[AnyMeasure], bool]) -> Scenario:
    """Return a composed scenario with some of its measures only, in order.

    Example:
        >>> two = Scenario.model_validate({"name": "two", "measures": [
        ...     {"measure": "embargo", "senders": "EU", "targets": "Russia"},
        ...     {"measure": "ally", "members": ["China", "Russia"]}]})
        >>> restrict(two, lambda m: m.measure == "ally").measures[0].measure
        'ally'
    """
    scenario.require_composed()
    kept = [k for k, m in enumerate(scenario.measures) if keep(m)]
    if len(kept) == len(scenario.measures):
        return scenario
    part = scenario.model_copy(update={"measures": tuple(scenario.measures[k] for k in kept)})
    part._origins = tuple(scenario.origins[k] for k in kept)
    return part


def check_supported(engine: str, supports: frozenset[str], scenario: Scenario) -> None:
    """Refuse a scenario with a measure the engine does not answer.

    Raises:
        MeasureError: naming the measure and what the engine supports.
        ScenarioError: the scenario is not composed.

    Example:
        >>> swap = {"measure": "swap_line", "lender": "China", "borrower": "Russia"}
        >>> scenario = Scenario(name="lend", measures=(swap,))
        >>> try:
        ...     check_supported("trade", frozenset({"tariff"}), scenario)
        ... except EngineError as refusal:
        ...     print(refusal.what, "|", refusal.hint)
        engine trade does not support swap_line | measures it supports: tariff
    """
    scenario.require_composed()
    for measure, origin in zip(scenario.measures, scenario.origins, strict=True):
        if measure.measure not in supports:
            listed = ", ".join(sorted(supports)) or "none: it reads the world as it is"
            raise MeasureError(
                f"engine {engine} does not support {measure.measure}",
                where=str(origin),
                hint=f"measures it supports: {listed}",
            )
