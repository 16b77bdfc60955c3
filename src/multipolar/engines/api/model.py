"""An engine from its parts: whoever writes one needs no class."""

from __future__ import annotations

import importlib
import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, cast

from multipolar.engines.api.contract import (
    Basis,
    Code,
    Dimension,
    Input,
    Metric,
    Outcome,
    Parameter,
    Reference,
    Scalar,
    Where,
)
from multipolar.engines.api.coverage import Lacks
from multipolar.engines.api.declare import Declared, S
from multipolar.engines.api.reader import outcome
from multipolar.errors import EngineError, Infeasible, NotConverged
from multipolar.policy import Scenario, check_supported

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

Parameters: TypeAlias = "tuple[Parameter, ...] | Callable[[World], tuple[Parameter, ...]]"
Metrics: TypeAlias = "tuple[Declared[S], ...] | Callable[[World], tuple[Declared[S], ...]]"
Takes: TypeAlias = "tuple[Input, ...] | Callable[[World, Scenario], tuple[Input, ...]]"
Covers: TypeAlias = "Callable[[World, Metric, Dimension, Where], Sequence[Scalar] | None]"
Headlines: TypeAlias = "tuple[tuple[str, Mapping[str, Any]], ...]"


@dataclass(frozen=True)
class Prepared(Generic[S]):
    """A scenario ready for any parameters.

    Attributes:
        scenario: its name.
        work: what the engine prepared, or the world and the scenario.
        world: where metrics are declared from.
        needs: the metric of each input, by its name.
        inputs: what was handed over, by name.
    """

    scenario: str
    work: Any
    world: World = field(repr=False)
    needs: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, xr.DataArray] = field(default_factory=dict, repr=False)


class Model(Generic[S]):
    """An engine made of functions and declarations; keeps :class:`~multipolar.engines.Engine`.

    The host checks the scenario's measures, hands inputs over, turns what was solved into an
    outcome, and reads it by what ``metrics`` declare.

    Args:
        name: short name, the first word of its metrics.
        title: what it is, in words.
        basis: the record, published, a published form with our calibration, or ours.
        references: where the model is from.
        solve: takes what was prepared, one value by parameter and the inputs by name, and returns
            what was solved, an object of any type; raises
            :class:`~multipolar.errors.Infeasible` or :class:`~multipolar.errors.NotConverged`.
        metrics: what can be read, and how; or a function of the world that returns it.
        parameters: numbers the world does not fix; or a function of the world.
        supports: kinds of measures it answers, or :class:`~multipolar.engines.Support`.
        takes: what it needs of other engines; or a function of the world and the scenario.
        prepare: takes the world and the scenario and does the work that no parameter changes; its
            result can be pickled. Left out, ``solve`` gets the two as a pair.
        headlines: metrics, each with a partial place, that ``multipolar solve`` prints; all of
            them if left out.
        tables: the world's tables its answers rest on; None for all.
        covers: takes the world, a metric, a dimension and what is given of the others, and returns
            the years, states or words that have figures, without solving; None for what it cannot
            say.
        reads: whether solving takes no time worth saying, so that a check may read instead.
        lacks: takes the world and the scenario, and returns what raises
            :class:`~multipolar.errors.DataMissing` for a metric at a complete place of which it is
            known that solving would give no answer.
        api: version of the contract it is written for.

    Example:
        >>> from multipolar.engines.api import Dimension, Metric
        >>> size = Metric("toy.size", (Dimension("country", "country"),), "1", "Letters", "sum")
        >>> toy = Model(name="toy", title="A toy", basis="ours", references=(),
        ...             solve=lambda work, parameters, inputs: {"CHN": 5.0, "IND": 5.0},
        ...             metrics=(Declared(size, lambda solved, at: solved[at["country"]]),))
        >>> from multipolar.policy import BASELINE
        >>> from multipolar.world import World
        >>> found = toy.solve(toy.prepare(World.load(), BASELINE), {})
        >>> found.read("toy.size", {"country": ("CHN", "IND")}).value
        10.0
    """

    def __init__(
        self,
        *,
        name: str,
        title: str,
        basis: Basis,
        references: tuple[Reference, ...],
        solve: Callable[[Any, Mapping[str, float], Mapping[str, xr.DataArray]], S],
        metrics: Metrics[S],
        parameters: Parameters = (),
        supports: frozenset[str] = frozenset(),
        takes: Takes = (),
        prepare: Callable[[World, Scenario], Any] | None = None,
        headlines: Headlines | None = None,
        tables: frozenset[str] | None = None,
        covers: Covers | None = None,
        reads: bool = False,
        lacks: Lacks | None = None,
        api: int = 1,
    ) -> None:
        self.name, self.title, self.basis, self.references = name, title, basis, references
        self.supports, self.tables, self.api = supports, tables, api
        self.reads, self.lacks = reads, lacks
        own = () if callable(metrics) else metrics
        self.headlines = tuple((d.metric.name, {}) for d in own) if headlines is None else headlines
        self._metrics, self._parameters, self._takes = metrics, parameters, takes
        self._prepare, self._solve, self._covers = prepare, solve, covers
        self._module = str(sys._getframe(1).f_globals.get("__name__", ""))

    def __repr__(self) -> str:
        return f"Model({self.name!r})"

    def __reduce__(self) -> tuple[Callable[[str, str], Any], tuple[str, str]]:
        """Pickle by the variable that holds it: its functions may be of no module."""
        for variable, value in vars(sys.modules[self._module]).items():
            if value is self:
                return _variable, (self._module, variable)
        raise pickle.PicklingError(f"engine {self.name} is no variable of module {self._module}")

    def parameters(self, world: World) -> tuple[Parameter, ...]:
        """Return the parameters with value, prior, unit and source."""
        return self._parameters(world) if callable(self._parameters) else self._parameters

    def declared(self, world: World) -> tuple[Declared[S], ...]:
        """Return the metrics, each with the function that reads it.

        They are those of all that is public now: what can be asked does not hang on the date of a
        world (:meth:`~multipolar.world.World.as_of`), only what is answered does.
        """
        world = world.whole
        return self._metrics(world) if callable(self._metrics) else self._metrics

    def metrics(self, world: World) -> tuple[Metric, ...]:
        """Return the metrics this engine can read."""
        return tuple(d.metric for d in self.declared(world))

    def covers(
        self, world: World, metric: Metric, dim: Dimension, where: Where
    ) -> Sequence[Scalar] | None:
        """Return the words of a dimension that have figures; None where it cannot say."""
        return None if self._covers is None else self._covers(world, metric, dim, where)

    def takes(self, world: World, scenario: Scenario) -> tuple[Input, ...]:
        """Return what it needs from other engines to answer a scenario; may be nothing."""
        return self._takes(world, scenario) if callable(self._takes) else self._takes

    def prepare(self, world: World, scenario: Scenario) -> Prepared[S]:
        """Do the parameter-free work once.

        Raises:
            EngineError: a measure of the scenario is none that it supports.
        """
        check_supported(self.name, self.supports, scenario)
        work = (world, scenario) if self._prepare is None else self._prepare(world, scenario)
        needs = {i.name: i.metric for i in self.takes(world, scenario)}
        return Prepared(scenario.name, work, world, needs)

    def couple(self, prepared: Prepared[S], inputs: Mapping[str, xr.DataArray]) -> Prepared[S]:
        """Return ``prepared`` with the inputs put in; ``prepared`` itself stays."""
        return replace(prepared, inputs=dict(inputs))

    def solve(self, prepared: Prepared[S], parameters: Mapping[str, float]) -> Outcome:
        """Solve one parameter point.

        Raises:
            EngineError: an input was not handed over.
        """
        for need, metric in prepared.needs.items():
            if need not in prepared.inputs:
                raise EngineError(
                    f"engine {self.name} was not handed {metric}",
                    hint="run it with those it takes from by multipolar.solve, or hand it over: "
                    "solve(engine.couple(prepared, inputs), parameters)",
                )
        declared = self.declared(prepared.world)
        try:
            solved = self._solve(prepared.work, parameters, prepared.inputs)
        except (Infeasible, NotConverged) as fault:
            status: Code = "infeasible" if isinstance(fault, Infeasible) else "not converged"
            return outcome(
                self.name,
                prepared.scenario,
                declared,
                cast("S", None),
                status=status,
                message=str(fault),
                residual=float("inf"),
            )
        return outcome(self.name, prepared.scenario, declared, solved)


def _variable(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)
