"""Scenarios: a baseline world plus measures, in YAML that composes by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from multipolar.errors import EngineError, MultipolarError, ScenarioError, nearest
from multipolar.policy.files import pydantic_errors, read_yaml
from multipolar.policy.measures import COUNTRY_FIELDS, KINDS, AnyMeasure, Measure
from multipolar.policy.scopes import sectors

if TYPE_CHECKING:
    from multipolar.world import World

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Scenario(BaseModel):
    """A named list of measures, on top of the scenarios in ``base``.

    Example:
        >>> scenario = Scenario.model_validate({"name": "ban", "measures": [
        ...     {"measure": "embargo", "senders": "EU", "targets": "Russia", "scope": "coal"}]})
        >>> scenario.measures[0].measure
        'embargo'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    name: Name
    title: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=1000, description="why it is worth asking")
    base: Annotated[tuple[Name, ...], BeforeValidator(_as_tuple)] = Field(
        default=(), description="scenarios whose measures come first, in order"
    )
    measures: tuple[AnyMeasure, ...] = Field(default=(), max_length=200)
    year: int | None = Field(default=None, ge=1900, le=2200, description="year it plays in")
    horizon: Literal["short", "medium", "long"] = Field(
        default="long", description="time given to adjust: about 1, 4, or 10 years and more"
    )


BASELINE = Scenario(name="baseline", title="The world as it is")


@dataclass(frozen=True)
class ResolvedScenario:
    """A composed scenario with every name resolved; ``measures`` is what the manifest stores."""

    name: str
    horizon: str
    year: int | None
    measures: tuple[Mapping[str, Any], ...]

    def applied(self) -> dict[str, Any]:
        """Return plain data: what was applied, for the manifest."""
        return {
            "name": self.name,
            "horizon": self.horizon,
            "year": self.year,
            "measures": [dict(m) for m in self.measures],
        }


def load_scenarios(path: str | Path) -> dict[str, Scenario]:
    """Read one file, which holds one scenario or a list of them, by name.

    Raises:
        ScenarioError: one line that says what is wrong, in which scenario and measure, and what
            to do; an unknown field or measure comes with the nearest valid name.
    """
    file = Path(path)
    content = read_yaml(file, error=ScenarioError)
    rows = content if isinstance(content, list) else [content]
    found: dict[str, Scenario] = {}
    for k, row in enumerate(rows, 1):
        scenario = _parse(row, file.name, k)
        if scenario.name in found:
            raise ScenarioError(
                f"scenario {scenario.name!r} is given twice", where=file.name, hint="rename one"
            )
        found[scenario.name] = scenario
    return found


def _parse(row: Any, file: str, k: int) -> Scenario:
    if not isinstance(row, dict):
        raise ScenarioError(
            "a scenario holds names with values",
            where=f"{file}: scenario {k}",
            hint="write name:, measures: and so on",
        )
    place = f"{file}: scenario {row.get('name', k)}"
    measures = row.get("measures") or []
    if not isinstance(measures, list):
        raise ScenarioError("measures should be a list", where=place, hint="start each with `- `")
    for n, item in enumerate(measures, 1):
        _check_measure(item, f"{place}: measure {n}")
    try:
        return Scenario.model_validate(row)
    except ValidationError as fault:
        raise pydantic_errors(fault, place, Scenario, error=ScenarioError) from None


def _check_measure(item: Any, place: str) -> None:
    """Check one measure against its own class, so that the error speaks of that class alone."""
    kind = item.get("measure") if isinstance(item, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise ScenarioError(
            f"no measure {kind!r}" if kind else "the measure is not named",
            where=place,
            hint=nearest(str(kind), KINDS) if kind else f"add measure: {', '.join(KINDS)}",
        )
    try:
        KINDS[kind].model_validate(item)
    except ValidationError as fault:
        raise pydantic_errors(fault, place, KINDS[kind], error=ScenarioError) from None


def compose(name: str, library: Mapping[str, Scenario]) -> Scenario:
    """Return a scenario with the measures of its bases first, in order, each base once.

    Raises:
        ScenarioError: a base is unknown, or the bases run in a circle.

    Example:
        >>> one = Scenario(name="one", measures=({"measure": "ally", "members": ["China"]},))
        >>> two = Scenario(name="two", base=("one",))
        >>> len(compose("two", {"one": one, "two": two}).measures)
        1
    """
    order: list[str] = []
    _visit(name, library, (), order)
    measures = tuple(m for step in order for m in library[step].measures)
    return library[name].model_copy(update={"base": (), "measures": measures})


def _visit(
    name: str, library: Mapping[str, Scenario], path: tuple[str, ...], order: list[str]
) -> None:
    if name in path:
        circle = " -> ".join([*path[path.index(name) :], name])
        raise ScenarioError(f"the bases run in a circle: {circle}", hint="remove one of them")
    if name in order:
        return
    if name not in library:
        where = f"base of {path[-1]}" if path else ""
        raise ScenarioError(f"no scenario {name!r}", where=where, hint=nearest(name, library))
    for base in library[name].base:
        _visit(base, library, (*path, name), order)
    order.append(name)


def resolve(scenario: Scenario, world: World) -> ResolvedScenario:
    """Resolve every name of a composed scenario: countries at the measure's date, industries.

    Raises:
        ScenarioError: an unknown country, coalition, industry or group, with the nearest name.
    """
    done = []
    for n, measure in enumerate(scenario.measures, 1):
        try:
            done.append(_resolved(measure, scenario, world))
        except MultipolarError as fault:
            place = f"scenario {scenario.name}: measure {n}"
            raise ScenarioError(fault.what, where=place, hint=fault.hint) from None
    return ResolvedScenario(scenario.name, scenario.horizon, scenario.year, tuple(done))


def _resolved(measure: Measure, scenario: Scenario, world: World) -> dict[str, Any]:
    row = measure.model_dump(exclude_none=True)
    date = measure.since or (str(scenario.year) if scenario.year else None)
    for field in COUNTRY_FIELDS:
        if field not in row:
            continue
        value = row[field]
        if isinstance(value, str):
            codes = world.countries_named(value, date)
            if len(codes) != 1:
                raise ScenarioError(f"{field} takes one country, not {value!r}")
            row[field] = codes[0]
        else:
            found = [c for name in value for c in world.countries_named(name, date)]
            row[field] = list(dict.fromkeys(found))
    if "scope" in row:
        row["scope"] = list(sectors(tuple(row["scope"])))
    return row


def check_supported(engine: str, supports: frozenset[str], scenario: Scenario) -> None:
    """Refuse a scenario with a measure the engine does not answer.

    Raises:
        EngineError: naming the measure and what the engine supports.
    """
    for measure in scenario.measures:
        kind = str(getattr(measure, "measure", ""))
        if kind not in supports:
            listed = ", ".join(sorted(supports)) or "none: it reads the world as it is"
            raise EngineError(
                f"engine {engine} does not support {kind}",
                where=f"scenario {scenario.name}",
                hint=f"measures it supports: {listed}",
            )
