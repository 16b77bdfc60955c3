"""Finding engines, metrics and the words of a ``where``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from multipolar.engines.api import gate
from multipolar.engines.api.contract import Engine, Metric, Scalar
from multipolar.engines.contained import contained
from multipolar.engines.discovery import discover, fitting, installed
from multipolar.errors import EngineError, EngineMissing, nearest

if TYPE_CHECKING:
    from multipolar.engines.api.views import View
    from multipolar.world import World

__all__ = ["Registry", "installed"]


@dataclass(frozen=True)
class Registry:
    """The engines at hand for one world, and the metrics they declare.

    Attributes:
        left_out: a sentence for each engine of another package that cannot be used, by name.
        builtin: names of the engines that come with this package.
        asked: names of those a case asks for; None where no case does.
        modules: where each engine that is registered comes from, by name.
        views: views by the name of their engine, besides those that are installed.
    """

    world: World
    engines: Mapping[str, Engine]
    left_out: Mapping[str, str] = field(default_factory=dict)
    builtin: frozenset[str] = frozenset()
    asked: frozenset[str] | None = None
    modules: Mapping[str, str] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)

    @classmethod
    def default(cls, world: World) -> Registry:
        """Return a registry of every installed engine that keeps the contract."""
        found = fitting(discover(), world)
        return cls(world, found.engines, found.left_out, found.builtin, modules=found.modules)

    def asking(self, names: Iterable[str]) -> Registry:
        """Return the registry for a case that asks for these engines: see :attr:`shown`."""
        found = replace(self, asked=frozenset(names))
        found.__dict__["metrics"] = self.metrics  # the same engines: they are asked once
        return found

    @cached_property
    def shown(self) -> dict[str, Engine]:
        """The engines that a run goes through without being asked, by name.

        Those built in, and for a case those of others that it asks for: what else is installed
        changes nothing in it.
        """
        if self.asked is None or not self.builtin:
            return dict(self.engines)
        names = self.builtin | self.asked
        return {name: engine for name, engine in self.engines.items() if name in names}

    def absent(self, name: str) -> EngineMissing:
        """Return the error for an engine that is not at hand: left out, or not installed.

        Example:
            >>> from multipolar.world import World
            >>> str(Registry(World.load(), {}).absent("weather"))
            'engine weather is not installed'
        """
        return EngineMissing(self.left_out.get(name, f"engine {name} is not installed"))

    @cached_property
    def metrics(self) -> dict[str, tuple[Engine, Metric]]:
        """Every metric by name, with the engine that declares it."""
        table: dict[str, tuple[Engine, Metric]] = {}
        for engine in self.engines.values():
            with contained(engine.name):
                declared = engine.metrics(self.world)
            for metric in declared:
                if metric.name in table:
                    other = table[metric.name][0].name
                    raise EngineError(
                        f"metric {metric.name} is declared by both {other} and {engine.name}",
                        hint="uninstall one of them",
                    )
                table[metric.name] = (engine, metric)
        return table

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
        raise EngineError(f"no metric {name!r}", hint=nearest(name, self.metrics))

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
