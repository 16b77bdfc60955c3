"""What else measures the same thing: readings of other tables beside the one that a test makes.

The correspondences stand in ``same.toml``. Figures of one series, entity and date in ``facts``
need none: the best source is read, and the others come with it as alternatives.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from multipolar.engines.api.contract import Metric
from multipolar.engines.api.gate import EVERYBODY
from multipolar.errors import DataError, MultipolarError
from multipolar.world.units import factor

if TYPE_CHECKING:
    from multipolar.engines import Registry
    from multipolar.world import World

FILE = Path(__file__).with_suffix(".toml")
ANY = "*"  # a date: the only one there is
WORLD = "World"
WORD = re.compile(r"\{(\w+)\}")
Pattern: TypeAlias = Mapping[str, "str | Sequence[str]"]


class Same(NamedTuple):
    """A reading that measures what another does.

    Attributes:
        metric: its metric.
        place: its ``where``.
        note: where the two differ; "" if there is nothing to say.
    """

    metric: str
    place: dict[str, Any]
    note: str


class Rule(NamedTuple):
    """Two metrics that measure the same, each with the places where it does."""

    metrics: tuple[str, str]
    places: tuple[Pattern, Pattern]
    note: str


@cache
def rules() -> tuple[Rule, ...]:
    """Return the correspondences.

    Example:
        >>> rules()[0].metrics
        ('energy.trade_value', 'facts.value')
    """
    found = []
    for row in tomllib.loads(FILE.read_text("utf-8"))["same"]:
        sides = [dict(row["one"]), dict(row["other"])]
        one, other = (side.pop("metric") for side in sides)
        found.append(Rule((one, other), (sides[0], sides[1]), row.get("note", "")))
    return tuple(found)


@cache
def _records() -> tuple[tuple[dict[str, Any], dict[str, str], str], ...]:
    rows = tomllib.loads(FILE.read_text("utf-8"))["recorded"]
    return tuple((row["model"], row["record"], row["note"]) for row in rows)


def recorded(metric: str, place: Mapping[str, Any]) -> list[Same]:
    """Return the records of what a model computes at a place; nothing says that there is a figure.

    Args:
        metric: name of the model's metric.
        place: its ``where``, resolved; ``"*"`` for what is left open.

    Example:
        >>> [s.place for s in recorded("gas.price", {"country": "DEU", "year": 2024})]
        [{'commodity': 'gas_europe', 'year': '2024'}]
    """
    here = {name: _plain(value) for name, value in place.items()}
    found = []
    for model, record, note in _records():
        pattern = {k: v for k, v in model.items() if k != "metric"}
        if model["metric"] != metric or {*pattern} != {*here}:
            continue
        if all(
            here[k] in v if isinstance(v, list) else v in ("", here[k]) for k, v in pattern.items()
        ):
            words = {k: v for k, v in here.items() if isinstance(v, str)}
            if {w for v in record.values() for w in WORD.findall(v)} <= {*words}:
                other = {k: v.format(**words) for k, v in record.items()}
                found.append(Same(other.pop("metric"), other, note))
    return found


def same_thing(metric: str, place: Mapping[str, Any], registry: Registry) -> list[Same]:
    """Return the readings that measure the same thing as one, from other tables.

    Their units are such that one converts to the other, where they are known before anything is
    read. Nothing says that there is a figure: reading one may find that there is none.

    Args:
        metric: name of the metric that is read.
        place: its ``where``, as written or resolved.
        registry: the engines there are.

    Example:
        >>> from multipolar.engines import Registry
        >>> from multipolar.world import World
        >>> registry = Registry.default(World.load())
        >>> where = {"exporter": "Russia", "importer": "China", "commodity": "crude", "year": 2022}
        >>> [(s.metric, s.place["series"]) for s in
        ...  same_thing("energy.trade_value", where, registry) if "series" in s.place]
        [('facts.value', 'crude.value')]
    """
    try:
        declared = registry.metrics[metric][1]
        resolved = registry.resolve(declared, place, complete=False)
    except (KeyError, MultipolarError):
        return []
    here = {name: _plain(value) for name, value in resolved.items()}
    found = _listed(metric, here, registry.world)
    unit = declared.unit_at(here)
    kept = []
    for other in found:
        if other.metric in registry.metrics:
            theirs = registry.metrics[other.metric][1]
            if _fits(theirs, other.place) and _convertible(unit, theirs.unit_at(other.place)):
                kept.append(other._replace(place=_typed(theirs, other.place)))
    return kept


def _listed(metric: str, here: Mapping[str, Any], world: World) -> Iterator[Same]:
    """Yield what the correspondences give, in both directions."""
    for rule in rules():
        for k in (0, 1):
            words = _matched(rule.places[k], here) if rule.metrics[k] == metric else None
            if words is None:
                continue
            place = _filled(rule.places[1 - k], words)
            if place.get("date") == ANY:
                dates = _dates(world, str(place["series"]), str(place["entity"]))
                place |= {"date": dates[0]} if len(dates) == 1 else {"date": ANY}
            if ANY not in place.values():
                yield Same(rule.metrics[1 - k], place, rule.note)


def _dates(world: World, series: str, entity: str) -> list[str]:
    facts = world.table("facts")
    hit = (facts["series"] == series) & (facts["entity"] == entity)
    return sorted(set(facts.loc[hit, "date"]))


def _plain(value: Any) -> Any:
    """Return a word as text, and several as a tuple; a list of one is that one."""
    if isinstance(value, (list, tuple)):
        words = tuple(map(str, value))
        return words[0] if len(words) == 1 else words
    return WORLD if value == EVERYBODY else str(value)


def _matched(pattern: Pattern, here: Mapping[str, Any]) -> dict[str, str] | None:
    """Return what the words in braces stand for at a place; None if it is another place."""
    if {*pattern} != {*here}:
        return None
    words: dict[str, str] = {}
    for name, expected in pattern.items():
        value = here[name]
        if isinstance(expected, str):
            fit = _fit(expected, value) if isinstance(value, str) else None
        else:
            fit = {} if isinstance(value, tuple) and {*value} == {*expected} else None
        if fit is None or any(words.get(k, v) != v for k, v in fit.items()):
            return None
        words |= fit
    return words


def _fit(expected: str, value: str) -> dict[str, str] | None:
    if expected == ANY:
        return {}
    parts = WORD.split(expected)
    said = "".join(f"(?P<{p}>.+?)" if k % 2 else re.escape(p) for k, p in enumerate(parts))
    found = re.fullmatch(said, value)
    return None if found is None else dict(found.groupdict())


def _filled(pattern: Pattern, words: Mapping[str, str]) -> dict[str, Any]:
    def one(text: str) -> str:
        return WORD.sub(lambda m: words[m[1]], text)

    return {k: one(v) if isinstance(v, str) else list(v) for k, v in pattern.items()}


def _fits(metric: Metric, place: Mapping[str, Any]) -> bool:
    """Say whether a metric has the dimensions, and the words of its choices."""
    dims = {d.name: d for d in metric.dims}
    if not {*place} <= {*dims}:
        return False
    for name, value in place.items():
        words = value if isinstance(value, list) else [value]
        if dims[name].values and not {*words} <= {*dims[name].values}:
            return False
    return True


def _typed(metric: Metric, place: Mapping[str, Any]) -> dict[str, Any]:
    return {k: int(v) if metric.dim(k).kind == "year" else v for k, v in place.items()}


def _convertible(one: str | None, other: str | None) -> bool:
    if one is None or other is None or one == other:
        return True
    try:
        factor(one, other)
    except DataError:
        return False
    return True
