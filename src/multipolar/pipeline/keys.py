"""The key of a step: all that its answer hangs on, in one hash.

Two runs whose keys agree would compute the same, so that the answer of one serves the other.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Iterable
from functools import cache, cached_property
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar.engines.api.contract import Engine, Parameter
from multipolar.engines.coupling import Key, Step
from multipolar.engines.registry import Registry
from multipolar.errors import DataMissing
from multipolar.pipeline.asks import Ask
from multipolar.world.dictionary import TableInfo

if TYPE_CHECKING:
    from multipolar.pipeline.cache import Cache

FORM = 5  # of what is kept
DIGITS = 10  # of computed parameters: their last ones differ from machine to machine
VIEWS = "views.py"  # what is shown of answers changes none; no module of an engine reads it
MADE = "__pycache__"  # of the code, by Python and by numba, when it first runs
PACKAGE = Path(__file__).parents[1]
TABLES = PACKAGE / "world" / "data"  # each has its own hash
# what turns a question into an answer; the rest reads cases and makes words and pictures
STARTED = time.time()  # what changed on disk since then is not what was loaded
ROOMS = ("limits.py", "errors.py", "text", "world", "policy", "numerics", "uncertainty", "pipeline")
LIBRARIES = ("numpy", "pandas", "xarray", "scipy", "numba", "clarabel", "piqp")


class Keys:
    """Keys of the steps of one registry; each part is worked out once.

    Args:
        registry: the engines at hand.
        cache: where the parameters of engines that come with this package are kept too.
    """

    def __init__(self, registry: Registry, cache: Cache | None = None) -> None:
        self.registry, self.cache = registry, cache
        self._steps: dict[Key, str | None] = {}
        self._engines: dict[str, str | None] = {}

    def central(self, step: Step, ask: Ask) -> str | None:
        """Return the key of an answer at the central parameters; None where none can be kept."""
        return self._of(step, ("central", repr(ask)))

    def drawn(self, step: Step, draws: int, seed: int, ask: Ask | None) -> str | None:
        """Return the key of an answer over draws, or, without an ask, of the draws themselves."""
        return self._of(step, ("drawn", draws, seed, repr(ask)))

    def _of(self, step: Step, more: tuple[Any, ...]) -> str | None:
        own = self.step(step)
        return None if own is None else _hash((own, *more))

    def step(self, step: Step) -> str | None:
        """Return the key of a step: its engine and, on the same terms, those it takes from."""
        if step.key not in self._steps:
            self._steps[step.key] = self._step(step)
        return self._steps[step.key]

    def _step(self, step: Step) -> str | None:
        own = self.engine(step.engine) if _shared() is not None else None
        before = [self.step(giver) for _, giver in step.inputs]
        if own is None or None in before:
            return None
        needs = [(n.name, n.metric, sorted(n.where.items())) for n, _ in step.inputs]
        return _hash(
            (self._base, own, step.applied, step.read.year, step.read.horizon, needs, before)
        )

    def engine(self, name: str) -> str | None:
        """Return the key of an engine: its code, the tables it reads, its parameters and priors."""
        if name not in self._engines:
            self._engines[name] = self._engine(name)
        return self._engines[name]

    def _engine(self, name: str) -> str | None:
        engine = self.registry.engines[name]
        code = self._code(engine)
        if code is None:
            return None
        try:
            own = map(_written, self.parameters(name))
        except DataMissing:  # what they rest on was not public: it answers nothing
            return None
        return _hash((name, code, self._tables(engine), *own))

    def parameters(self, name: str) -> tuple[Parameter, ...]:
        """Return an engine's parameters, once.

        Those of an engine that comes with this package follow from its code and its tables alone,
        and some take long to work out: they are kept as answers are.
        """
        known = self.registry.held
        key = None if name in known or self.cache is None else self._parameters_key(name)
        if key is None or self.cache is None:
            return self.registry.parameters(name)
        kept = self.cache.parameters(key)
        if kept is None:
            self.cache.put(key, self.registry.parameters(name))
        else:
            known[name] = kept
        return known[name]

    def _parameters_key(self, name: str) -> str | None:
        """Return the key of an engine's parameters; None where they are asked for each time."""
        engine = self.registry.engines[name]
        code = self._code(engine) if name in self.registry.builtin and _shared() else None
        return None if code is None else _hash((self._base, name, code, *self._tables(engine)))

    def _code(self, engine: Engine) -> str | None:
        """Return the hash of an engine's code; None for an object that nobody registered."""
        point = self.registry.points.get(engine.name)
        if point is None or point.load() is not engine:
            return None
        dist, ours = point.dist, engine.name in self.registry.builtin
        return module_code(point.module) if ours or dist is None else package_code(dist.name)

    def _tables(self, engine: Engine) -> list[str]:
        world = self.registry.world
        names = getattr(engine, "tables", None)
        read = world.names if names is None else ("countries", "coalitions", *names)
        if getattr(engine, "reads", False):
            read = (*read, *world.own)  # what reads tables reads those of the case
        return [_stated(world.info(n)) for n in sorted(set(read) & set(world.names))]

    @cached_property
    def _base(self) -> str:
        world = self.registry.world
        libraries = [f"{n} {_version(n)}" for n in LIBRARIES]
        python = platform.python_version_tuple()[:2]
        return _hash((FORM, _shared(), world.date, platform.machine(), python, libraries))


def _written(parameter: Parameter) -> str:
    prior = parameter.prior
    shape = None if prior is None else (prior.kind, [_rounded(a) for a in prior.args])
    return json.dumps((parameter.name, _rounded(parameter.value), shape))


def _rounded(value: float) -> str:
    return f"{value:.{DIGITS}g}"


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return ""


def _hash(parts: Iterable[Any]) -> str:
    return hashlib.sha256(
        "\n".join(map(str, parts)).encode("utf-8", "backslashreplace")
    ).hexdigest()


def _stated(table: TableInfo) -> str:
    """Write what a table holds and what is said of it, which readings repeat."""
    said = (table.name, table.sha256, table.source, table.url, table.version, table.date)
    fields = [(f.name, f.unit, f.description) for f in table.fields]
    return json.dumps((*said, table.licence, table.grade, table.title, fields))


@cache
def _shared() -> str | None:
    engines = PACKAGE / "engines"
    places = [*(PACKAGE / room for room in ROOMS), engines / "api", *engines.glob("*.py")]
    return _digest(f for place in places for f in _files(place))


@cache
def module_code(module: str) -> str | None:
    """Return a hash over the files of a module, or of the folder it is in if it is a package.

    None if one of them changed since it may have been loaded.

    Example:
        >>> len(module_code("multipolar.engines.gas"))
        64
    """
    found = util.find_spec(module)
    if found is None or found.origin is None:
        return None
    place = Path(found.origin)
    return _digest(_files(place.parent if place.name == "__init__.py" else place))


@cache
def package_code(package: str) -> str | None:
    """Return a hash over all files of an installed package, and the versions of all others.

    None where the files are not known or may change under us: one that is installed to be edited.
    """
    dist = metadata.distribution(package)
    files = dist.files
    address = json.loads(dist.read_text("direct_url.json") or "{}")
    if not files or address.get("dir_info", {}).get("editable"):
        return None
    code = _digest(Path(str(f.locate())) for f in sorted(files, key=str) if MADE not in f.parts)
    others = sorted(f"{d.name} {d.version}" for d in metadata.distributions())
    return None if code is None else _hash((code, *others))


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    found = (f for f in place.rglob("*") if f.is_file() and f.parent != TABLES)
    return sorted(f for f in found if MADE not in f.parts and f.name != VIEWS)


def _digest(files: Iterable[Path]) -> str | None:
    total = hashlib.sha256()
    for file in files:
        if not file.is_file():
            continue  # listed, and taken away since
        if file.stat().st_mtime > STARTED:
            return None
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()
