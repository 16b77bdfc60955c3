"""Finding engines, metrics and the words of a ``where``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from multipolar.engines.contained import contained
from multipolar.engines.contract import Dimension, Engine, Metric, Scalar
from multipolar.engines.discovery import discover, fitting, installed
from multipolar.errors import EngineError, EngineMissing, nearest

if TYPE_CHECKING:
    from multipolar.world import World

__all__ = ["Registry", "installed"]


@dataclass(frozen=True)
class Registry:
    """The engines at hand for one world, and the metrics they declare.

    ``left_out`` holds a sentence for each engine of another package that cannot be used, by name.
    """

    world: World
    engines: Mapping[str, Engine]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def default(cls, world: World) -> Registry:
        """Return a registry of every installed engine that keeps the contract."""
        found = fitting(discover(), world)
        return cls(world, found.engines, found.left_out)

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
            raise EngineMissing(f"engine {prefix} is not installed")
        raise EngineError(f"no metric {name!r}", hint=nearest(name, self.metrics))

    def resolve(
        self, metric: Metric, where: Mapping[str, Any], *, complete: bool
    ) -> dict[str, Any]:
        """Read a user's ``where``: dimensions checked, country and coalition names resolved.

        Returns one value, or a tuple for a list or a coalition, per dimension. With ``complete``
        every required dimension has to be given.
        """
        place = f"where of {metric.name}"
        for key in where:
            if key not in {d.name for d in metric.dims}:
                names = [d.name for d in metric.dims]
                raise EngineError(f"no dimension {key!r}", where=place, hint=nearest(key, names))
        out: dict[str, Any] = {}
        date = _date_of(where) or metric.as_of or None
        for dim in metric.dims:
            if dim.name in where:
                out[dim.name] = self._value(dim, where[dim.name], date, place)
            elif complete and dim.required:
                raise EngineError(
                    f"{dim.name} is not given",
                    where=place,
                    hint=f"add {dim.name}: {dim.description or dim.kind}",
                )
        return out

    def _value(self, dim: Dimension, value: Any, date: str | None, place: str) -> Any:
        if isinstance(value, Sequence) and not isinstance(value, str):
            flat: list[Scalar] = []
            for item in value:
                one = self._value(dim, item, date, place)
                flat.extend(one if isinstance(one, tuple) else (one,))
            return tuple(dict.fromkeys(flat))
        if dim.kind == "country":
            codes = self.world.countries_named(str(value), date)
            return codes[0] if len(codes) == 1 else codes
        if dim.kind == "year":
            try:
                return int(value)
            except (TypeError, ValueError):
                raise EngineError(f"{value!r} is not a year", where=place) from None
        if dim.kind == "choice" and str(value) not in dim.values:
            raise EngineError(
                f"{dim.name} has no {value!r}", where=place, hint=nearest(str(value), dim.values)
            )
        return str(value)


def _date_of(where: Mapping[str, Any]) -> str | None:
    for key in ("date", "year"):
        value = where.get(key)
        if isinstance(value, (str, int)) and str(value)[:4].isdigit():
            return str(value)
    return None
