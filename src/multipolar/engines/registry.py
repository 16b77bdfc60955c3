"""Finding engines, metrics and the words of a ``where``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

from multipolar.engines.api import gate
from multipolar.engines.api.contract import Engine, Metric, Parameter, Scalar
from multipolar.engines.contained import contained
from multipolar.engines.discovery import Installed, installed
from multipolar.errors import EngineError, EngineMissing, nearest
from multipolar.limits import NAME
from multipolar.text.ranking import Ranking, Text, alike

if TYPE_CHECKING:
    from multipolar.engines.api.views import View
    from multipolar.world import World
    from multipolar.world.own_table import OwnTable

__all__ = ["Registry", "installed"]


SLIP = 85  # likeness, of 100, from which on a name is taken for a misspelt one


def terms(metric: Metric) -> str:
    """Return the words of a metric's choices; of commodities also what else they are called."""
    words = ((d.name, w) for d in metric.dims if d.name != "series" for w in d.values)
    return " ".join(t for d, w in words for t in (alike(w) if d == "commodity" else [w]))


class Metrics(Mapping[str, "tuple[Engine, Metric]"]):
    """Metrics by name; only the engines that may declare one are asked for it."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._held: dict[str, tuple[Engine, Metric]] = {}
        self._asked: set[str] = set()
        self._complete = False

    def __getitem__(self, name: str) -> tuple[Engine, Metric]:
        word, registry = name.partition(".")[0], self._registry
        own = registry.words.get(word)
        if own is not None:
            self._ask(own)
        elif registry.words and not self._complete and word not in registry.engines:
            raise KeyError(name)  # nobody is registered under that word
        return self._held[name] if name in self._held else self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def _all(self) -> dict[str, tuple[Engine, Metric]]:
        if not self._complete:
            for name in self._registry.engines:
                self._ask(name)
            self._complete = True
        return self._held

    def _ask(self, name: str) -> None:
        """Take in what an engine declares."""
        if name in self._asked:
            return
        engine = self._registry.engines[name]
        for metric in self._registry.declared(name):
            if metric.name in self._held:
                other = self._held[metric.name][0].name
                raise EngineError(
                    f"metric {metric.name} is declared by both {other} and {engine.name}",
                    hint="uninstall one of them",
                )
            self._held[metric.name] = (engine, metric)
        self._asked.add(name)


@dataclass(frozen=True)
class Registry:
    """The engines at hand for one world, and the metrics they declare.

    Attributes:
        left_out: a sentence for each engine of another package that cannot be used, by name.
        builtin: names of the engines that come with this package.
        asked: names of those a case asks for; None where no case does.
        points: the entry point of each engine that is registered, by name.
        words: built-in engines by the first words of their metrics.
        views: views by the name of their engine, besides those that are installed.
    """

    world: World
    engines: Mapping[str, Engine]
    left_out: Mapping[str, str] = field(default_factory=dict)
    builtin: frozenset[str] = frozenset()
    asked: frozenset[str] | None = None
    points: Mapping[str, EntryPoint] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)

    @classmethod
    def default(cls, world: World) -> Registry:
        """Return a registry of every installed engine that keeps the contract.

        An engine is loaded when it is first needed.
        """
        found = Installed.of(world.whole)
        return cls(
            world,
            found.engines,
            found.left_out,
            found.builtin,
            points=found.points,
            words=found.words,
        )

    def asking(self, names: Iterable[str]) -> Registry:
        """Return the registry for a case that asks for these engines: see :attr:`shown`."""
        found = replace(self, asked=frozenset(names))
        found.__dict__["metrics"] = self.metrics  # the same engines: they are asked once
        return found

    def as_of(self, date: str) -> Registry:
        """Return the registry for the world as it was public on a date; both can be used.

        Example:
            >>> from multipolar.world import World
            >>> now = Registry.default(World.load())
            >>> then = now.as_of("2022-08-22")
            >>> then.world.day, now.world.day
            ('2022-08-22', '')
        """
        return self._of(self.world.as_of(date))

    def having(self, tables: Mapping[str, OwnTable]) -> Registry:
        """Return the registry for the world with tables of a case as well.

        Raises:
            DataError: a table is called so already.
        """
        return replace(self, world=self.world.with_own(tables)) if tables else self

    @property
    def whole(self) -> Registry:
        """The registry for the world as it is now."""
        return self._of(self.world.whole) if self.world.day else self

    def _of(self, world: World) -> Registry:
        found = replace(self, world=world)
        found.__dict__["metrics"] = self.metrics  # what can be asked is the same at any date
        return found

    @cached_property
    def shown(self) -> dict[str, Engine]:
        """The engines that a run goes through without being asked, by name.

        Those built in, and for a case those of others that it asks for: what else is installed
        changes nothing in it.
        """
        if self.asked is None or not self.builtin:
            return dict(self.engines)
        names = [*sorted(self.builtin), *sorted(self.asked - self.builtin)]
        return {name: self.engines[name] for name in names if name in self.engines}

    def absent(self, name: str) -> EngineMissing:
        """Return the error for an engine that is not at hand: left out, or not installed.

        Example:
            >>> from multipolar.world import World
            >>> str(Registry(World.load(), {}).absent("weather"))
            'engine weather is not installed'
        """
        return EngineMissing(self.left_out.get(name, f"engine {name} is not installed"))

    @cached_property
    def metrics(self) -> Mapping[str, tuple[Engine, Metric]]:
        """Every metric by name, with the engine that declares it."""
        return Metrics(self)

    def declared(self, engine: str) -> tuple[Metric, ...]:
        """Return the metrics of one engine.

        What can be asked does not hang on the date of the world, only what is answered does.

        Raises:
            EngineError: it cannot say.
        """
        found = self.engines[engine]
        with contained(found.name):
            return found.metrics(self.world.whole)

    @cached_property
    def held(self) -> dict[str, tuple[Parameter, ...]]:
        """Parameters by engine, of those that are known already."""
        return {}

    def parameters(self, engine: str) -> tuple[Parameter, ...]:
        """Return the parameters of one engine, which is asked for them once.

        Raises:
            EngineError: it cannot say.
        """
        if engine not in self.held:
            with contained(engine):
                self.held[engine] = self.engines[engine].parameters(self.world)
        return self.held[engine]

    def find(self, name: str, expected: Sequence[str] = ()) -> tuple[Engine, Metric]:
        """Return the engine and the metric called ``name``.

        Raises:
            EngineMissing: the name's first word is one of ``expected``, the engines a case says
                it is written for, and that engine is not installed.
            EngineError: nobody declares it; the nearest name is given.
        """
        if name in self.metrics:
            return self.metrics[name]
        prefix = name.partition(".")[0]
        if prefix in expected and prefix not in self.engines:
            raise self.absent(prefix)
        known = tuple(self.metrics)  # of every engine there is
        if name in known:
            return self.metrics[name]
        raise EngineError(f"no metric {name!r}", hint=self._near(name))

    def _near(self, name: str) -> str:
        """Return a hint: the metric that is misspelt, or those that are about the words of a name.

        Only a name that is written nearly alike is taken for a slip of the pen.
        """
        from rapidfuzz import fuzz, process  # only an error needs it

        known = [metric for _, metric in self.metrics.values()]
        names = [metric.name for metric in known]
        slip = process.extractOne(name[:NAME], names, scorer=fuzz.ratio, score_cutoff=SLIP)
        if slip is not None:
            return f"did you mean {slip[0]!r}?"
        texts = [Text(m.name.replace("_", " "), m.description, terms(m)) for m in known]
        found = [names[k] for k, _ in Ranking(texts).search(name[:NAME].replace("_", " "), 3)]
        if not found:
            return nearest(name, names)
        return f"on that there is {', '.join(found)}; `multipolar find` looks for words"

    def resolve(
        self, metric: Metric, where: Mapping[str, Any], *, complete: bool
    ) -> dict[str, Any]:
        """Read a user's ``where``: dimensions checked, country and coalition names resolved.

        Returns one value, or a tuple for a list or a coalition, per dimension. With ``complete``
        every required dimension has to be given.
        """
        return gate.resolve(self.world, metric, where, complete=complete)

    def named(
        self, metric: Metric, dim: str, words: Sequence[Scalar], where: Mapping[str, Any]
    ) -> tuple[Scalar, ...]:
        """Return what several words of one dimension stand for, whether or not it takes many."""
        return gate.named(self.world, metric, dim, words, where)
