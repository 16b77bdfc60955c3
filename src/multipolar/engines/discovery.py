"""Finding engines by entry point: the built-in ones, and those of others that keep the contract.

A built-in engine that fails is a fault of this package and raises. One of another package is left
out, with the reason, and never changes a case that does not use it.
"""

from __future__ import annotations

import logging
import math
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache, lru_cache, partial
from importlib import metadata
from numbers import Real
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from multipolar.engines.api.contract import (
    OPEN,
    VERSION,
    Basis,
    Coupled,
    Engine,
    Input,
    Metric,
    Parameter,
    Reference,
)
from multipolar.engines.api.views import View
from multipolar.engines.contained import fault_text
from multipolar.errors import EngineError
from multipolar.policy import BASELINE
from multipolar.text.clean import one_line, printable
from multipolar.world.units import misspelt

if TYPE_CHECKING:
    from multipolar.world import World

V = TypeVar("V")
LOG = logging.getLogger("multipolar")
GROUP = "multipolar.engines"
VIEWS = "multipolar.views"
OURS = "multipolar"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
METRIC = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
DIMENSION = re.compile(r"[a-z][a-z0-9_]*")
DATE = re.compile(r"([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?")


@dataclass(frozen=True)
class Found:
    """Engines by name, those of them that are built in, and why others are left out, by name."""

    engines: Mapping[str, Engine]
    builtin: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, metadata.EntryPoint] = field(default_factory=dict)  # of each engine


def installed() -> dict[str, Engine]:
    """Load every engine registered under the entry point group, by name.

    Raises:
        EngineError: a built-in engine does not load.

    Example:
        >>> "record" in installed()
        True
    """
    return dict(discover().engines)


def discover() -> Found:
    """Load every registered engine, the built-in ones first: nobody takes their names.

    Raises:
        EngineError: a built-in engine does not load.

    Example:
        >>> found = discover()
        >>> found.builtin <= set(found.engines)
        True
    """
    engines: dict[str, Engine] = {}
    left_out: dict[str, str] = {}
    origins: dict[str, metadata.EntryPoint] = {}
    points = sorted(_points(left_out), key=lambda p: (not _ours(p), p.name, p.value))
    for point in filter(_ours, points):
        engine = _builtin(point)
        engines[engine.name] = engine
        origins[engine.name] = point
    builtin = frozenset(engines)
    for point in points:
        if not _ours(point):
            _take(point, engines, left_out, origins)
    return Found(engines, builtin, left_out, origins)


class Deferred(Mapping[str, V]):
    """Values by name, each made when it is first looked at: those known, then the rest.

    The rest is not asked for a name that none of it goes by, unless it has been asked before.

    Example:
        >>> some = Deferred({"a": lambda: 1}, {"b"}, lambda: {"b": 2})
        >>> some["a"], "c" in some, list(some)
        (1, False, ['a', 'b'])
    """

    def __init__(
        self,
        known: Mapping[str, Callable[[], V]],
        names: Collection[str],
        rest: Callable[[], Mapping[str, V]],
        asked: Callable[[], bool] = lambda: False,
    ) -> None:
        self._known, self._names, self._rest, self._asked = known, names, rest, asked
        self._made: dict[str, V] = {}

    def _others(self, name: object) -> Mapping[str, V]:
        return self._rest() if name in self._names or self._asked() else {}

    def __getitem__(self, name: str) -> V:
        if name not in self._known:
            return self._others(name)[name]
        if name not in self._made:
            self._made[name] = self._known[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._known
        yield from (name for name in self._rest() if name not in self._known)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._others(name)


@dataclass(frozen=True)
class Installed:
    """Every engine there is; none is loaded before it is asked for.

    A built-in engine is loaded by itself. Those of other packages are loaded and checked together,
    when a name is looked up under which one of them is registered, or all are listed.

    Attributes:
        words: the built-in engine whose metrics begin with a word, by the word.
    """

    engines: Mapping[str, Engine]
    left_out: Mapping[str, str]
    points: Mapping[str, metadata.EntryPoint]
    builtin: frozenset[str]
    words: Mapping[str, str]

    @classmethod
    def of(cls, world: World) -> Installed:
        """Return what is installed, for one world."""
        damaged: dict[str, str] = {}
        points = _points(damaged)
        ours = {p.name: p for p in sorted(filter(_ours, points), key=lambda p: p.name)}
        words = {word: _module(p).rpartition(".")[2] for word, p in ours.items()}
        own = sorted(set(words.values()) & set(ours))
        others = {p.name for p in points if not _ours(p)}
        asked: list[bool] = []

        @cache
        def everything() -> Found:
            asked.append(True)
            found = fitting(discover(), world) if others or damaged else Found({})
            for why in found.left_out.values():
                LOG.warning(why)
            return found

        def later(known: Mapping[str, Callable[[], Any]], what: str) -> Deferred[Any]:
            return Deferred(known, others, lambda: getattr(everything(), what), lambda: bool(asked))

        return cls(
            later({name: partial(_builtin, ours[name]) for name in own}, "engines"),
            later({}, "left_out"),
            later({name: partial(ours.__getitem__, name) for name in own}, "points"),
            frozenset(own),
            words,
        )


def fitting(found: Found, world: World) -> Found:
    """Leave out engines of others that fail in, or misstate, their metrics and parameters.

    Built-in engines are not asked, unless there are others whose metrics could have their names.

    Example:
        >>> from multipolar.world import World
        >>> found = discover()
        >>> fitting(found, World.load()).builtin == found.builtin
        True
    """
    others = [name for name in found.engines if name not in found.builtin]
    if not others:
        return found
    owner = {m.name: b for b in sorted(found.builtin) for m in found.engines[b].metrics(world)}
    engines, left_out = dict(found.engines), dict(found.left_out)
    for name in others:
        why = _asked(partial(_world_misfit, engines[name], world, owner))
        if why:
            del engines[name]
            left_out[name] = _sentence(name, why)
    return Found(engines, found.builtin, left_out, found.points)


def _points(left_out: dict[str, str], group: str = GROUP) -> list[metadata.EntryPoint]:
    try:
        return list(metadata.entry_points(group=group))
    except Exception:  # one package whose list is damaged hides those of all: ask each
        found: list[metadata.EntryPoint] = []
    for package in metadata.distributions():
        try:
            found += [p for p in package.entry_points if p.group == group]
        except Exception as fault:
            name = printable(one_line(str(package.metadata["Name"])))
            left_out[name] = (
                f"package {name} is left out: its entry points are damaged ({fault_text(fault)})"
            )
    return found


def views(engines: Collection[str], builtin: Collection[str]) -> tuple[dict[str, View], list[str]]:
    """Load the views registered for some engines, by the name of each engine.

    Nobody but this package adds a view to an engine that is built in. One that does not load is
    left out, with a sentence that says why.

    Example:
        >>> views(["record"], ["record"])
        ({}, [])
    """
    found: dict[str, View] = {}
    damaged: dict[str, str] = {}
    points = [p for p in _points(damaged, VIEWS) if p.name in engines]
    left_out: list[str] = []
    for point in sorted(points, key=lambda p: (p.name, p.value)):
        if point.name in found or (point.name in builtin and not _ours(point)):
            continue
        loaded: list[Any] = []
        why = _asked(lambda: _view(point, loaded))  # noqa: B023 - it is called at once
        if why:
            left_out.append(f"the view of engine {point.name} is left out: {why}")
        else:
            found[point.name] = loaded[0]
    return found, left_out


def _view(point: metadata.EntryPoint, loaded: list[Any]) -> str:
    view = point.load()
    loaded.append(view)
    if isinstance(view, type):
        return f"it is the class {view.__name__}; register an object, or a module"
    lacks = [f"`{part}`" for part in ("asks", "show") if not callable(getattr(view, part, None))]
    return f"it has no function {' and no function '.join(lacks)}" if lacks else ""


def _module(point: metadata.EntryPoint) -> str:
    return point.value.partition(":")[0].strip()


def _ours(point: metadata.EntryPoint) -> bool:
    if not point.value.startswith(f"{GROUP}."):
        return False
    return point.dist is None or _name(point.dist) == OURS


@lru_cache(maxsize=64)
def _name(package: metadata.Distribution) -> str:
    """Return a package's name; the whole of its metadata is read for it, once, not once a point."""
    return package.name


def _builtin(point: metadata.EntryPoint) -> Engine:
    try:
        engine = point.load()
    except Exception as fault:
        raise EngineError(
            f"engine {point.name!r} ({point.value}) does not load: {fault}",
            hint="install multipolar anew",
        ) from fault
    assert isinstance(engine, Engine), point.value
    return engine


def _take(
    point: metadata.EntryPoint,
    engines: dict[str, Engine],
    left_out: dict[str, str],
    origins: dict[str, metadata.EntryPoint],
) -> None:
    """Load an engine of somebody else and add it, or say why not."""
    loaded: list[Any] = []

    def load() -> str:
        loaded.append(point.load())
        return misfit(loaded[0])

    why = _asked(load)
    name = printable(one_line(point.name)) or "?"
    if not why:
        engine = loaded[0]
        other = engines.get(engine.name)
        if other is engine:
            return  # registered twice
        if other is None:
            engines[engine.name] = engine
            origins[engine.name] = point
            return
        why = f"there is an engine of the name {engine.name!r} already"
    elif loaded and (own := _name_of(loaded[0])) and own not in engines:
        name = own
    package = point.dist.name if point.dist is not None else None
    source = printable(one_line(str(package or point.value)))
    key = name if name not in engines and name not in left_out else f"{name} ({source})"
    left_out[key] = _sentence(name, why, source)


def _name_of(engine: Any) -> str:
    found: list[str] = []
    _asked(lambda: found.append(engine.name) or "")  # type: ignore[func-returns-value]
    return found[0] if found and isinstance(found[0], str) and NAME.fullmatch(found[0]) else ""


def _sentence(name: str, why: str, source: str = "") -> str:
    return one_line(f"engine {name}" + (f" of {source}" if source else "") + f" is left out: {why}")


def _asked(check: Callable[[], str]) -> str:
    """Run code of somebody else: what it prints is no output of ours, and it ends no run."""
    try:
        with redirect_stdout(sys.stderr):
            return check()
    except KeyboardInterrupt:
        raise
    except BaseException as fault:
        return f"it fails with {fault_text(fault)}"


# What an engine of somebody else has to be ------------------------------------------------------


def misfit(engine: Any) -> str:
    """Say what keeps an object from being an engine, before it has seen a world."""
    if isinstance(engine, type) or not isinstance(engine, Engine):
        return "it does not keep multipolar.engines.api.contract.Engine"
    api = getattr(engine, "api", VERSION)
    if api != VERSION:
        return f"it keeps version {printable(repr(api))} of the engine API, not {VERSION}"
    if not isinstance(engine.name, str) or not NAME.fullmatch(engine.name):
        return f"its name {printable(repr(engine.name))} is not a word of letters, digits, _ and -"
    if not all(
        callable(f) for f in (engine.parameters, engine.metrics, engine.prepare, engine.solve)
    ):
        return "parameters, metrics, prepare and solve are not all methods"
    if not isinstance(engine.supports, (set, frozenset)):
        return f"supports is {printable(repr(engine.supports))}, not a set of kinds of measures"
    return _first(
        unlike(tuple(engine.supports), tuple[str, ...], "supports"),
        unlike(engine.title, str, "title"),
        unlike(engine.basis, Basis, "basis"),
        unlike(engine.references, tuple[Reference, ...], "references"),
    )


def _world_misfit(engine: Engine, world: World, owner: dict[str, str]) -> str:
    metrics = engine.metrics(world)
    parameters = engine.parameters(world)
    wrong = _first(
        unlike(metrics, tuple[Metric, ...], "metrics"),
        unlike(parameters, tuple[Parameter, ...], "parameters"),
    )
    if wrong:
        return wrong
    for metric in metrics:
        if metric.name in owner:
            return f"engine {owner[metric.name]} has the metric {metric.name} already"
    wrong = _first(
        _twice([m.name for m in metrics], "metrics"),
        _twice([p.name for p in parameters], "parameters"),
        *map(_odd_metric, metrics),
        *map(_odd_parameter, parameters),
        _odd_headlines(engine, metrics),
        _odd_inputs(engine, world),
    )
    if not wrong:
        owner.update(dict.fromkeys((m.name for m in metrics), engine.name))
    return wrong


def unlike(value: object, kind: Any, at: str) -> str:
    """Say where a value is not of the kind that the contract declares; nothing where it is.

    Numbers have to be finite, but for limits that are not there, and text free of characters that
    do not print.

    Example:
        >>> unlike(("a", 1), tuple[str, ...], "values")
        'values[1] is 1, not str'
    """
    if kind is str and isinstance(value, str) and _prints(value):
        return ""
    if get_origin(kind) is Annotated:
        endless = OPEN in kind.__metadata__ and value in (math.inf, -math.inf)
        return "" if endless else unlike(value, get_args(kind)[0], at)
    origin, args, fielded = _form(kind)
    if origin in (Union, UnionType):
        if any(not unlike(value, k, at) for k in args):
            return ""
        meant = (k for k in args if is_dataclass(k) and isinstance(value, k))  # type: ignore[arg-type]
        return unlike(value, next(meant, args[0]), at)
    if origin is tuple and isinstance(value, tuple):
        kinds = args if Ellipsis not in args else args[:1] * len(value)
        if len(kinds) != len(value):
            return f"{at} has {len(value)} values, not {len(kinds)}"
        return _first(
            *(unlike(v, k, f"{at}[{i}]") for i, (v, k) in enumerate(zip(value, kinds, strict=True)))
        )
    if origin is Mapping and isinstance(value, Mapping):
        pairs = [(f"{at}.{printable(str(k))}", k, v) for k, v in value.items()]
        return _first(
            *(unlike(k, args[0], name) or unlike(v, args[1], name) for name, k, v in pairs)
        )
    if fielded and isinstance(value, kind):
        return _first(
            *(unlike(getattr(value, name), k, f"{at}.{name}") for name, k in _fields(kind))
        )
    if origin is Literal:
        fits = isinstance(value, str) and value in args
    elif kind is float:
        fits = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    elif kind is str:
        fits = False
    else:
        fits = origin is None and not fielded and isinstance(value, kind)
    if fits:
        return ""
    named = "one of " + ", ".join(map(str, args)) if origin is Literal else _kind_name(kind)
    return f"{at} is {printable(repr(value))}, not {named}"


@cache
def _form(kind: Any) -> tuple[Any, tuple[Any, ...], bool]:
    return get_origin(kind), get_args(kind), is_dataclass(kind)


@cache
def _fields(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple((f.name, hints[f.name]) for f in fields(kind))


def _prints(text: str) -> bool:
    return text.isprintable() or all(c.isprintable() or c in "\n\t" for c in text)


def _kind_name(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return f"a tuple of {_kind_name(get_args(kind)[0])}"
    if get_origin(kind) is Mapping:
        return f"a mapping to {_kind_name(get_args(kind)[1])}"
    return {float: "a finite number"}.get(kind, getattr(kind, "__name__", str(kind)))


def _first(*reasons: str) -> str:
    return next(filter(None, reasons), "")


def _twice(names: Sequence[str], at: str) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return f"{printable(name)} is twice in its {at}"
        seen.add(name)
    return ""


def _odd_metric(metric: Metric) -> str:
    if not METRIC.fullmatch(metric.name):
        return f"{printable(repr(metric.name))} is no name of a metric: words of a-z joined by dots"
    for dim in metric.dims:
        if not DIMENSION.fullmatch(dim.name):
            return f"{metric.name}: {printable(repr(dim.name))} is no name of a dimension"
        if dim.kind == "choice" and not dim.values:
            return f"{metric.name}: {dim.name} leaves no choice"
    for unit in (metric.unit, *metric.units.values()):
        if meant := misspelt(unit):
            return f"{metric.name}: no unit {printable(repr(unit))}; did you mean {meant!r}?"
    if not DATE.fullmatch(metric.as_of):
        return f"{metric.name}: as_of is {printable(repr(metric.as_of))}, not a date"
    return _twice([d.name for d in metric.dims], f"dimensions of {metric.name}")


def _odd_parameter(parameter: Parameter) -> str:
    return printable(parameter.fault())


def _odd_headlines(engine: Engine, metrics: Collection[Metric]) -> str:
    known = {m.name: {d.name for d in m.dims} for m in metrics}
    for metric, where in engine.headlines:
        if metric not in known or not set(where) <= known[metric]:
            return f"its headline {printable(repr((metric, where)))} names no metric of its own"
    return ""


def _odd_inputs(engine: Engine, world: World) -> str:
    if not isinstance(engine, Coupled):
        return ""
    taken = engine.takes(world, BASELINE)
    if not isinstance(taken, tuple) or not all(isinstance(t, Input) for t in taken):
        return f"takes gives {printable(repr(taken))}, not a tuple of Input"
    return ""


__all__ = [
    "GROUP",
    "Found",
    "Installed",
    "discover",
    "fitting",
    "installed",
    "misfit",
    "unlike",
    "views",
]
