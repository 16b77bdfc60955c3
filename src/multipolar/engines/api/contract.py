"""The contract every engine keeps: what it supports, reads, solves and returns.

An engine is any object with the attributes and methods of :class:`Engine`, registered under the
entry point group ``multipolar.engines``. The built-in ones register the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    Protocol,
    TypeAlias,
    get_args,
    overload,
    runtime_checkable,
)

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import DataMissing, EngineError, Infeasible, NotConverged, nearest
from multipolar.world.dictionary import Grade
from multipolar.world.units import natural

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.policy import AnyMeasure, Scenario
    from multipolar.world import World

VERSION = 1  # of this contract; an engine says which it keeps in its ``api``
UNIT_OF_ROW = "unit of the row"  # of a metric whose readings say their unit themselves
Basis: TypeAlias = Literal["record", "published", "published form, our calibration", "ours"]
Bound: TypeAlias = Literal["", "upper", "lower"]
Own: TypeAlias = Literal["never", "in a group", "itself"]
OPEN = "may be without end"  # of a number: what a limit is that there is not
Bounds: TypeAlias = tuple[Annotated[float, OPEN], Annotated[float, OPEN]]
UNBOUNDED: Bounds = (-math.inf, math.inf)
FROM_ZERO: Bounds = (0.0, math.inf)
PERCENT_CHANGE: Bounds = (-100.0, math.inf)  # of what cannot be less than nothing
GRADES: tuple[str, ...] = get_args(Grade)[1:]  # the strongest first
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

    @overload
    def quantile(self, u: float) -> float: ...
    @overload
    def quantile(self, u: NDArray[np.float64]) -> NDArray[np.float64]: ...

    def quantile(self, u: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
        """Return the value below which a share ``u`` in [0, 1] of the prior lies.

        An array of shares, of any shape, gives one of values, in the parameter's unit.
        """
        share, a = np.asarray(u, dtype=float), self.args
        if self.kind == "choice":
            at = np.minimum((share * len(a)).astype(int), len(a) - 1)
            found = np.asarray(a, dtype=float)[at]
        elif a[0] == a[-1] and self.kind != "normal":  # no range is left to draw from
            found = np.full(share.shape, a[0])
        else:
            found = self._distribution().ppf(share)
        return float(found) if share.ndim == 0 else np.asarray(found, dtype=float)

    def _distribution(self) -> Any:
        from scipy import stats  # slow to import: not before something is drawn

        a = self.args
        match self.kind:
            case "uniform":
                return stats.uniform(a[0], a[1] - a[0])
            case "loguniform":
                return stats.loguniform(a[0], a[1])
            case "triangular":
                return stats.triang((a[1] - a[0]) / (a[2] - a[0]), a[0], a[2] - a[0])
            case _:
                return stats.truncnorm(-3.0, 3.0, a[0], a[1])

    def fault(self) -> str:
        """Say what keeps it from being drawn from; nothing if it can be.

        Example:
            >>> Prior("loguniform", (0.0, 1.0)).fault()
            'loguniform needs 0 < low <= high'
        """
        a = self.args
        rules: Mapping[str, tuple[int, str, Callable[[], bool]]] = {
            "uniform": (2, "low <= high", lambda: a[0] <= a[1]),
            "loguniform": (2, "0 < low <= high", lambda: 0 < a[0] <= a[1]),
            "triangular": (3, "low <= mode <= high", lambda: a[0] <= a[1] <= a[2]),
            "normal": (2, "sd above 0", lambda: a[1] > 0),
            "choice": (len(a), "options", lambda: bool(a)),
        }
        size, rule, holds = rules[self.kind]
        if len(a) != size:
            return f"{self.kind} takes {size} numbers, not {len(a)}"
        return "" if all(map(math.isfinite, a)) and holds() else f"{self.kind} needs {rule}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number an engine needs and the world does not fix.

    ``label`` is what it is called where readers see it. ``says`` puts in words that it lies below
    and above a value, ``("first gas flows before {at}", "first gas flows after {at}")``, with
    ``{year}`` for the last whole year below; or, for a choice, each option in its order. Without
    it the label is said to be below or above. ``identified`` is false where neither data nor events
    can tell its value: it shapes or scales the model, and its range is assumed.
    """

    name: str
    value: float
    unit: str
    description: str
    source: Reference
    prior: Prior | None = None
    label: str = ""
    says: tuple[str, ...] = ()
    identified: bool = True

    def fault(self) -> str:
        """Say what keeps it from being drawn or put in words; nothing if it can be.

        Example:
            >>> one = Parameter("a", 0.0, "year", "start", Reference("-"), says=("by {at}",))
            >>> one.fault()
            'a: says takes 2 sentences, not 1'
        """
        if self.prior is not None and (fault := self.prior.fault()):
            return f"prior of {self.name}: {fault}"
        due = len(self.options) or 2
        if self.says and len(self.says) != due:
            return f"{self.name}: says takes {due} sentences, not {len(self.says)}"
        return ""

    @property
    def options(self) -> tuple[float, ...]:
        """The values of one that is chosen, not measured; none of any other."""
        return self.prior.args if self.prior is not None and self.prior.kind == "choice" else ()


@dataclass(frozen=True, slots=True)
class Dimension:
    """One key of a metric's ``where``.

    ``kind`` says how a user's word is read: ``country`` takes any country or coalition name
    (a coalition stands for its members at the date asked), ``choice`` one of ``values``,
    ``year`` a whole number of four digits, ``date`` an ISO date, month or year, ``number`` a
    number, ``text`` anything. Years and numbers lie within ``bounds``, if given; a number is whole
    where they are.

    ``many`` says whether a list, or a coalition of several, may be given; left out, a country
    dimension takes one where the metric adds up or averages, and no other dimension does.
    ``opens`` says whether a labelled answer runs along it when it is left out; left out, it does
    where it is required, or where the metric adds up over it. ``formerly`` holds names it had in
    the last release, which are still read. ``alternatives`` says that its values are other ways
    to measure the same. ``groups`` holds the words that stand for several others, ``also`` codes of
    former states that its tables have.

    ``own`` says of a metric of two states whether the one may be the other: ``never`` refuses it,
    and a group that holds the other one; with ``in a group`` a group may hold it, and what is
    between a state and itself is left out; ``itself`` is read as any other: what a state produces
    for its own use. One of the two dimensions says so for both.
    """

    name: str
    kind: Literal["country", "choice", "year", "date", "number", "text"]
    values: tuple[str, ...] = ()
    required: bool = True
    description: str = ""
    many: bool | None = None
    opens: bool | None = None
    bounds: tuple[float, float] | None = None
    formerly: tuple[str, ...] = ()
    alternatives: bool = False
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    also: tuple[str, ...] = ()
    own: Own = "never"


@dataclass(frozen=True, slots=True)
class Unproven:
    """Where a model was tested and was no nearer than the year before: nothing hangs on it alone.

    Attributes:
        why: what was compared with what, and by how much each was off; a sentence.
        years: in which it was so; empty where the metric has no years.
        where: at which places, as far as it is not at all of them.

    Example:
        >>> one = Unproven("It was further off.", (2024,), {"route": "northern"})
        >>> one.at({"year": 2024, "route": "northern"}), one.at({"year": 2023})
        (True, False)
    """

    why: str
    years: tuple[int, ...] = ()
    where: Mapping[str, Scalar] = field(default_factory=dict, hash=False)

    def at(self, place: Mapping[str, Any]) -> bool:
        """Say whether a reading at a place is one of these."""
        when = place.get("year")
        if self.years and (when is None or int(when) not in self.years):
            return False
        words = {d: v if isinstance(v := place.get(d), tuple) else (v,) for d in self.where}
        return all(str(w) in map(str, words[d]) for d, w in self.where.items())


@dataclass(frozen=True, slots=True)
class Metric:
    """A named quantity an engine can read from the world or from an outcome.

    ``aggregate`` says what a list in ``where`` means: the sum or the mean over it, or, for
    ``none``, that each dimension takes one value only. ``as_of`` is the date at which coalitions
    are taken where ``where`` names no date or year. ``basis`` is given where it is weaker than
    the engine's: a metric that rests on priors of ours, say. Where the unit hangs on a word of one
    dimension, ``units`` holds it by that word, as far as it is known before anything is read.
    ``words`` are those a reading in words can be, where they are few. ``label`` is what it is
    called where readers see it.

    ``error`` is the half width of a reading, in its unit, or the name of the metric, at the same
    place, that holds its standard error; ``error_share`` is the half width as a share of the
    reading, where that is more; ``error_of`` says what kind of error it is, and alone that each
    reading says its own. ``quantity`` names what is measured:
    metrics of one quantity measure the same thing, from other tables. ``siblings`` are metrics
    that measure it in another way (by weight, by value).

    ``bounds`` are the least and the most that a reading can be, or that by a word of one dimension;
    left out, they are those of the unit: a share lies between none and the whole, a count is never
    below zero. A metric in percent that is no part of a whole says so. ``part`` is the dimension
    whose words are the parts of the whole that a share is of: all of them are all of it.

    ``unproven`` says in which years and places a test found the figures of the year before as near:
    a reading there says so, and decides no claim alone.
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
    label: str = ""
    error: float | str | None = None
    error_share: float = 0.0
    error_of: str = ""
    quantity: str = ""
    siblings: tuple[str, ...] = ()
    bounds: Bounds | Mapping[str, Bounds] | None = None
    part: str = ""
    unproven: tuple[Unproven, ...] = ()

    @property
    def title(self) -> str:
        """What it is called where readers see it."""
        return self.label or self.description

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

    def limits(self, where: Where) -> Bounds:
        """Return the least and the most that a reading at a place can be.

        Example:
            >>> share = Metric("toy.share", (Dimension("country", "country"),), "percent", "Share")
            >>> share.limits({}), replace(share, bounds=PERCENT_CHANGE).limits({})
            ((0.0, 100.0), (-100.0, inf))
        """
        if isinstance(self.bounds, tuple):
            return self.bounds
        own = (self.bounds or {}).get
        told = next((b for v in where.values() if (b := own(str(v))) is not None), None)
        return told or natural(self.unit_at(where) or "")

    def dim(self, name: str) -> Dimension:
        """Return the dimension called ``name``, now or formerly, or say which there are."""
        for d in sorted(self.dims, key=lambda d: d.name != name):
            if d.name == name or name in d.formerly:
                return d
        names = [d.name for d in self.dims]
        raise EngineError(
            f"metric {self.name} has no dimension {name!r}", hint=nearest(name, names)
        )


@dataclass(frozen=True, slots=True)
class Source:
    """One row behind a number: who says it, where, and of what date.

    ``known`` is the date since when it is public, where that is not ``date``. ``grade`` says how
    good it is, the strongest first: a primary text, an official series, a reputable report, a
    report of a report, a figure recalled. ``interested`` says that the source is a party to what
    it says.
    """

    source: str
    date: str = ""
    url: str = ""
    value: float | str | None = None
    unit: str = ""
    reading: str = "computed"
    note: str = ""
    known: str = ""
    grade: Grade = ""
    interested: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A scalar read from an outcome, with unit and evidence.

    ``alternatives`` holds the same quantity from other sources, where sources disagree.
    A reading is a number, or text (a word or an ISO date) for records that are not numeric.
    ``label`` says what was read where the metric alone does not, ``bound`` whether the value is
    the most or the least that it can be. ``error`` is the half width of the reading, in its unit,
    and ``error_of`` says of what kind; ``through`` is the last date, ISO, that its figures are for.
    Of a reading along a dimension, ``errors`` holds the half width by label, where there is one.
    Where a metric is read from whichever table has it, ``chosen`` names that table and ``choices``
    all that do: readings that are compared are of one.
    ``unproven`` says why nothing is to hang on it alone, where the metric does.
    """

    value: float | str
    unit: str
    evidence: tuple[Source, ...] = ()
    alternatives: tuple[Source, ...] = ()
    note: str = ""
    label: str = ""
    bound: Bound = ""
    error: float = 0.0
    error_of: str = ""
    through: str = ""
    errors: Mapping[str, float] = field(default_factory=dict, hash=False)
    chosen: str = ""
    choices: tuple[str, ...] = ()
    unproven: str = ""


Code: TypeAlias = Literal["converged", "not converged", "infeasible"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an engine returns: a status, and readers that work only if it converged.

    ``scalar`` takes a metric name and a complete ``where`` and returns a :class:`Reading`;
    ``labelled`` takes a partial ``where`` and returns an xarray.DataArray over the dimensions left
    open, with ``attrs`` ``unit`` and ``source``. Both raise :class:`~multipolar.errors.DataMissing`
    if nothing answers. ``errors`` returns the half widths of what ``labelled`` does, laid out
    alike; None where the metric states no error.
    """

    engine: str
    scenario: str
    scalar: Callable[[str, Where], Reading] = field(repr=False)
    labelled: Callable[[str, Where], xr.DataArray] = field(repr=False)
    status: Code = "converged"
    message: str = ""
    residual: float = 0.0
    iterations: int = 0
    errors: Callable[[str, Where], xr.DataArray | None] | None = field(default=None, repr=False)

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
        others = tuple(
            s if _usable(s.value) else replace(s, value=None) for s in found.alternatives
        )
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


class Support(str):
    """A kind of measure that an engine answers where the measure's words are among some.

    It is the kind's name, so that ``"build_link" in engine.supports`` holds. A measure that lacks
    a word fits. Measures of the kind that do not fit are left to engines that answer them.

    Example:
        >>> piped = Support("build_link", commodity=("pipeline_gas", "lng"))
        >>> piped == "build_link", piped.words
        (True, {'commodity': ('pipeline_gas', 'lng')})
    """

    words: dict[str, tuple[str, ...]]

    def __new__(cls, measure: str, **words: tuple[str, ...]) -> Support:
        """Name the kind, and for each word what it may be."""
        made = super().__new__(cls, measure)
        made.words = words
        return made

    def fits(self, measure: AnyMeasure) -> bool:
        """Say whether a measure of the kind is one that is answered."""
        given = {w: getattr(measure, w, None) for w in self.words}
        return all(v is None or v in self.words[w] for w, v in given.items())


def answers(supports: frozenset[str], measure: AnyMeasure) -> bool:
    """Say whether what an engine supports holds a measure.

    Example:
        >>> from types import SimpleNamespace as Measure
        >>> supports = frozenset({"embargo", Support("build_link", commodity=("lng",))})
        >>> answers(supports, Measure(measure="embargo"))
        True
        >>> answers(supports, Measure(measure="build_link", commodity="rail"))
        False
    """
    kinds = (s for s in supports if s == measure.measure)
    return any(not isinstance(s, Support) or s.fits(measure) for s in kinds)


@runtime_checkable
class Engine(Protocol):
    """A model that answers a scenario.

    ``supports`` names the measures it can answer, some of a kind only by :class:`Support`;
    ``headlines`` the metrics (with a partial ``where``) that ``multipolar solve`` prints. The
    version of the contract that it keeps is its ``api``; 1 if it says none.

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


@runtime_checkable
class Covering(Engine, Protocol):
    """An engine that says, without solving anything, what there are figures for."""

    def covers(
        self, world: World, metric: Metric, dim: Dimension, where: Where
    ) -> Sequence[Scalar] | None:
        """Return the words of a dimension that have figures where the others are as in ``where``.

        Years, dates, codes of states, or words of a choice; None where it cannot say.
        """
        ...
