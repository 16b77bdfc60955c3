"""The contract every engine keeps: what it supports, reads, solves and returns.

An engine is any object with the attributes and methods of :class:`Engine`, registered under the
entry point group ``multipolar.engines``. The built-in ones register the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np

from multipolar.errors import DataMissing, EngineError, Infeasible, NotConverged, nearest

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.policy import AnyMeasure, Scenario
    from multipolar.world import World

UNIT_OF_ROW = "unit of the row"  # of a metric whose readings say their unit themselves
Basis: TypeAlias = Literal["record", "published", "published form, our calibration", "ours"]
Scalar: TypeAlias = str | int | float
Where: TypeAlias = Mapping[str, Scalar | Sequence[Scalar]]


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a model or a parameter comes from."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Prior:
    """A distribution a parameter is drawn from, by its quantile function.

    ``uniform`` and ``loguniform`` take ``low, high``; ``triangular`` takes ``low, mode, high``;
    ``normal`` takes ``mean, sd`` and is cut at three sd; ``choice`` takes its options in order.

    Example:
        >>> Prior("uniform", (2.0, 4.0)).quantile(0.5)
        3.0
    """

    kind: Literal["uniform", "loguniform", "triangular", "normal", "choice"]
    args: tuple[float, ...]

    def quantile(self, u: float) -> float:
        """Return the value below which a share ``u`` in [0, 1] of the prior lies."""
        a = self.args
        match self.kind:
            case "uniform":
                return a[0] + u * (a[1] - a[0])
            case "loguniform":
                return float(a[0] * (a[1] / a[0]) ** u)
            case "choice":
                return a[min(int(u * len(a)), len(a) - 1)]
            case "triangular":
                low, mode, high = a
                cut = (mode - low) / (high - low)
                if u < cut:
                    return float(low + np.sqrt(u * (high - low) * (mode - low)))
                return float(high - np.sqrt((1 - u) * (high - low) * (high - mode)))
            case "normal":
                from scipy.special import ndtr, ndtri

                tail = float(ndtr(-3.0))
                return float(a[0] + a[1] * ndtri(tail + u * (1 - 2 * tail)))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number an engine needs and the world does not fix."""

    name: str
    value: float
    unit: str
    description: str
    source: Reference
    prior: Prior | None = None


@dataclass(frozen=True, slots=True)
class Dimension:
    """One key of a metric's ``where``.

    ``kind`` says how a user's word is read: ``country`` takes any country or coalition name
    (a coalition stands for its members at the date asked), ``choice`` one of ``values``,
    ``year`` a whole number of four digits, ``date`` an ISO date, month or year, ``number`` a
    number within ``bounds``, if given, ``text`` anything.

    ``many`` says whether a list, or a coalition of several, may be given; left out, a country
    dimension takes one where the metric adds up or averages, and no other dimension does.
    ``opens`` says whether a labelled answer runs along it when it is left out; left out, it does
    where it is required, or where the metric adds up over it.
    """

    name: str
    kind: Literal["country", "choice", "year", "date", "number", "text"]
    values: tuple[str, ...] = ()
    required: bool = True
    description: str = ""
    many: bool | None = None
    opens: bool | None = None
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """A named quantity an engine can read from the world or from an outcome.

    ``aggregate`` says what a list in ``where`` means: the sum or the mean over it, or, for
    ``none``, that each dimension takes one value only. ``as_of`` is the date at which coalitions
    are taken where ``where`` names no date or year. ``basis`` is given where it is weaker than
    the engine's: a metric that rests on priors of ours, say. Where the unit hangs on a word of one
    dimension, ``units`` holds it by that word, as far as it is known before anything is read.
    ``words`` are those a reading in words can be, where they are few.
    """

    name: str
    dims: tuple[Dimension, ...]
    unit: str
    description: str
    aggregate: Literal["sum", "mean", "none"] = "none"
    as_of: str = ""
    basis: Basis | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()

    def takes_many(self, dim: Dimension) -> bool:
        """Say whether a list may be given for a dimension: it is then added up or averaged."""
        return (
            dim.many if dim.many is not None else dim.kind == "country" and self.aggregate != "none"
        )

    def opens(self, dim: Dimension) -> bool:
        """Say whether a labelled answer runs along a dimension that is left out."""
        if dim.opens is not None:
            return dim.opens
        return dim.required or (self.aggregate == "sum" and self.takes_many(dim))

    def unit_at(self, where: Where) -> str | None:
        """Return the unit of a reading at a place; None if only the reading can tell."""
        if not self.units:
            return None if self.unit == UNIT_OF_ROW else self.unit
        return next((self.units[str(v)] for v in where.values() if str(v) in self.units), None)

    def dim(self, name: str) -> Dimension:
        """Return the dimension called ``name`` or say which there are."""
        for d in self.dims:
            if d.name == name:
                return d
        names = [d.name for d in self.dims]
        raise EngineError(
            f"metric {self.name} has no dimension {name!r}", hint=nearest(name, names)
        )


@dataclass(frozen=True, slots=True)
class Source:
    """One row behind a number: who says it, where, and of what date."""

    source: str
    date: str = ""
    url: str = ""
    value: float | str | None = None
    unit: str = ""
    reading: str = "computed"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A scalar read from an outcome, with unit and evidence.

    ``alternatives`` holds the same quantity from other sources, where sources disagree.
    A reading is a number, or text (a word or an ISO date) for records that are not numeric.
    """

    value: float | str
    unit: str
    evidence: tuple[Source, ...] = ()
    alternatives: tuple[Source, ...] = ()
    note: str = ""


Code: TypeAlias = Literal["converged", "not converged", "infeasible"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an engine returns: a status, and readers that work only if it converged.

    ``scalar`` takes a metric name and a complete ``where`` and returns a :class:`Reading`;
    ``labelled`` takes a partial ``where`` and returns an xarray.DataArray over the dimensions left
    open, with ``attrs`` ``unit`` and ``source``. Both raise :class:`~multipolar.errors.DataMissing`
    if nothing answers.
    """

    engine: str
    scenario: str
    scalar: Callable[[str, Where], Reading] = field(repr=False)
    labelled: Callable[[str, Where], xr.DataArray] = field(repr=False)
    status: Code = "converged"
    message: str = ""
    residual: float = 0.0
    iterations: int = 0

    def require_converged(self) -> None:
        """Raise unless the solver converged: no numbers without convergence."""
        if self.status == "converged":
            return
        kind = Infeasible if self.status == "infeasible" else NotConverged
        raise kind(
            f"{self.engine} did not solve {self.scenario!r} ({self.status}, residual "
            f"{self.residual:.2g} after {self.iterations} iterations)",
            hint=self.message,
        )

    def read(self, metric: str, where: Where) -> Reading:
        """Read one number (or word, or date) of a solved scenario.

        Raises:
            DataMissing: nothing answers, or what does is no finite number.
        """
        self.require_converged()
        found = self.scalar(metric, where)
        if not _usable(found.value):
            said = f"engine {self.engine} gave no finite number for {metric}"
            raise DataMissing(f"{said}: {found.note}" if found.note else said)
        if all(_usable(s.value) for s in found.alternatives):
            return found
        others = tuple(s if _usable(s.value) else replace(s, value=None)
                       for s in found.alternatives)  # fmt: skip
        return replace(found, alternatives=others)

    def array(self, metric: str, where: Where) -> xr.DataArray:
        """Read a labelled array over the dimensions ``where`` leaves open.

        NaN stands for what is not known, and for what an engine gives as infinite.
        """
        self.require_converged()
        found = self.labelled(metric, where)
        if found.dtype.kind == "f" and np.isinf(found.values).any():
            return found.where(np.isfinite(found))
        return found


def _usable(value: object) -> bool:
    """Say whether a reading is text or a finite number."""
    if isinstance(value, str):
        return True
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True, slots=True)
class Input:
    """What an engine takes from another: a metric of that engine's outcome.

    ``name`` is the key under which :meth:`Coupled.couple` finds it; the dimensions that ``where``
    leaves open are those of the array it gets. ``scenario`` is what the other engine is asked,
    the scenario at hand if it is None. Countries in ``where`` are ISO codes.
    """

    name: str
    metric: str
    where: Where = field(default_factory=dict)
    scenario: Scenario | None = None


@runtime_checkable
class Engine(Protocol):
    """A model that answers a scenario.

    ``supports`` names the measures it can answer, ``headlines`` the metrics (with a partial
    ``where``) that ``multipolar solve`` prints.

    ``prepare`` does the work that no parameter changes and returns something picklable;
    ``solve`` takes it with one value per parameter and returns an :class:`Outcome`.
    Draws run ``solve`` in parallel processes.
    """

    @property
    def name(self) -> str:
        """Short name; the first word of its metrics, as a rule."""
        ...

    @property
    def title(self) -> str:
        """What it is, in words."""
        ...

    @property
    def basis(self) -> Basis:
        """Whether it is the record, published, a published form with our calibration, or ours."""
        ...

    @property
    def references(self) -> tuple[Reference, ...]:
        """Where the model is from."""
        ...

    @property
    def supports(self) -> frozenset[str]:
        """Kinds of measures it answers."""
        ...

    @property
    def headlines(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """Metrics, each with a partial ``where``, that ``multipolar solve`` prints."""
        ...

    def parameters(self, world: World) -> tuple[Parameter, ...]:
        """Return the parameters with value, prior, unit and source."""
        ...

    def metrics(self, world: World) -> tuple[Metric, ...]:
        """Return the metrics this engine can read."""
        ...

    def prepare(self, world: World, scenario: Scenario) -> Any:
        """Do the parameter-free work once; the result is picklable."""
        ...

    def solve(self, prepared: Any, parameters: Mapping[str, float]) -> Outcome:
        """Solve one parameter point."""
        ...


@runtime_checkable
class Selective(Engine, Protocol):
    """An engine that answers only some measures of a kind: links for gas, say, and none for rail.

    A measure it does not read is left to an engine that does.
    """

    def reads(self, measure: AnyMeasure) -> bool:
        """Say whether it answers a measure of a kind it supports."""
        ...


@runtime_checkable
class Coupled(Engine, Protocol):
    """An engine that takes results of others.

    In a run each of its inputs is read, draw by draw, from the engine that declares the metric,
    and handed over before it is solved. Engines name metrics and never import each other.
    """

    def takes(self, world: World, scenario: Scenario) -> tuple[Input, ...]:
        """Return what it needs from other engines to answer a scenario; may be nothing."""
        ...

    def couple(self, prepared: Any, inputs: Mapping[str, xr.DataArray]) -> Any:
        """Return ``prepared`` with the inputs, by name, put in; ``prepared`` itself stays."""
        ...
