"""What an engine declares of a metric: how one value of it is read from what was solved.

The host does the rest (:mod:`multipolar.engines.api.reader`): names, lists, coalitions, ``World``,
labelled arrays, units, notes, evidence, and the refusal of what is no number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from multipolar.engines.api.contract import Bound, Dimension, Metric, Scalar, Source

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

S = TypeVar("S")
Place: TypeAlias = Mapping[str, Any]
Cells: TypeAlias = "NDArray[Any] | xr.DataArray | None"


@dataclass(frozen=True, slots=True)
class Value:
    """What a metric's function returns where a bare number or word is not all there is to say.

    Attributes:
        value: the number, in the metric's unit, or the word; NaN where nothing answers.
        evidence: rows behind it; those of the solved scenario come after them.
        alternatives: the same quantity from other sources.
        note: what a reader should know of it.
        unit: of the row, where the metric has none of its own.
        label: what was read, where the metric alone does not say it.
        bound: whether the value is the most or the least that it can be.
        error: half width of the value, in its unit, where it is not what the metric says.
        error_of: what kind of error that is.
        through: the last date, ISO, that the figures behind it are for.
        chosen: which of several tables it is read from, where the metric leaves that open.
        choices: the tables that have it, the one it is read from among them.
    """

    value: float | str
    evidence: tuple[Source, ...] = ()
    alternatives: tuple[Source, ...] = ()
    note: str = ""
    unit: str = ""
    label: str = ""
    bound: Bound = ""
    error: float | None = None
    error_of: str = ""
    through: str = ""
    chosen: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declared(Generic[S]):
    """A metric and how it is read from a solved scenario of type ``S``.

    A function takes what was solved and a place: one word by dimension, with the defaults filled
    in. It raises :class:`~multipolar.errors.DataMissing` where nothing answers, or returns NaN.

    Attributes:
        metric: its declaration.
        value: reads one value.
        over: labels that an open dimension runs over; else the values of a choice, and for a
            country the ``countries`` of what was solved.
        grid: all cells of the open dimensions at once, in their order, as an array without labels
            or a labelled one; None where they are to be read one by one.
        many: whether ``value`` takes lists (as tuples), coalitions and ``World`` itself; else it
            is asked for one code at a time and the host adds up or averages as the metric says.
        defaults: what stands for a dimension left out, before that of what was solved.
        hint: what to do where there is no finite value; the note of what was read if left out.

    Example:
        >>> size = Metric("toy.size", (Dimension("country", "country"),), "Mt", "Size", "sum")
        >>> declared = Declared(size, lambda solved, at: solved[at["country"]])
        >>> declared.value({"CHN": 2.0}, {"country": "CHN"})
        2.0
    """

    metric: Metric
    value: Callable[[S, Place], float | str | Value]
    over: Callable[[S, Dimension, Place], Sequence[Scalar]] | None = None
    grid: Callable[[S, Place], Cells] | None = None
    many: bool = False
    defaults: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""
