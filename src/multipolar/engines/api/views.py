"""What an engine shows of a case: questions to metrics, and sections of charts as plain data.

A view is an object, or a module, with two functions: ``asks`` says what it wants to know of a case,
``show`` makes sections of the answers. It draws nothing. Registered under the entry point group
``multipolar.views``, by the name of its engine, it is asked where a case lists that engine and
reads any of its metrics.

Example:
    >>> SIZE = ask_all("toy.size")
    >>> def show(brief, answers):
    ...     rows = tuple(Change(k, v, 2 * v) for k, v in answers.values(SIZE).items())
    ...     return (Section("sizes", "Sizes", "As measured", (BeforeAfter(rows, "Size", "t"),)),)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from multipolar.engines.api.contract import Reading, Scalar
from multipolar.errors import EngineError

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.errors import MultipolarError
    from multipolar.policy import Scenario
    from multipolar.world import World

Place: TypeAlias = tuple[tuple[str, Scalar | tuple[Scalar, ...]], ...]
Degrees: TypeAlias = tuple[float, ...]  # longitude and latitude


@dataclass(frozen=True)
class Question:
    """One reading at the central parameters, or the array over what a place leaves ``open``."""

    metric: str
    place: Place = ()
    scenario: str = "baseline"
    open: bool = False


def ask(
    metric: str, where: Mapping[str, Any] | None = None, scenario: str = "baseline"
) -> Question:
    """Return the question for one reading.

    Example:
        >>> ask("power.poles", {"index": "gdp-ppp"}).place
        (('index', 'gdp-ppp'),)
    """
    place = tuple((k, tuple(v) if isinstance(v, list) else v) for k, v in (where or {}).items())
    return Question(metric, place, scenario)


def ask_all(
    metric: str, where: Mapping[str, Any] | None = None, scenario: str = "baseline"
) -> Question:
    """Return the question for an array over every dimension that is left out.

    Example:
        >>> ask_all("alignment.position").open
        True
    """
    return Question(metric, ask(metric, where).place, scenario, open=True)


@dataclass(frozen=True)
class Answers:
    """What came back for each question: a reading, an array, or why there is none."""

    found: Mapping[Question, Reading | xr.DataArray | MultipolarError]

    def reading(self, question: Question) -> Reading:
        """Return one reading.

        Raises:
            DataMissing: nothing answers; or another error that says why there is no answer.

        Example:
            >>> size = ask("toy.size")
            >>> Answers({size: Reading(2.0, "t")}).reading(size).unit
            't'
        """
        found = self._found(question)
        assert isinstance(found, Reading), question
        return found

    def array(self, question: Question) -> xr.DataArray:
        """Return a labelled array with ``attrs`` unit and source; NaN where nothing is known.

        Raises:
            DataMissing: nothing answers; or another error that says why there is no answer.
        """
        found = self._found(question)
        assert not isinstance(found, Reading), question
        return found

    def values(self, question: Question) -> dict[str, float]:
        """Return the known values of an array of one dimension, by label.

        Raises:
            EngineError: it has another number of dimensions; or as :meth:`array`.
        """
        array = self.array(question)
        if array.ndim != 1:
            raise EngineError(
                f"{question.metric} is open along {' and '.join(map(str, array.dims)) or 'nothing'}"
                ", and values are those along one dimension",
                hint="take answers.array(question)",
            )
        pairs = array.to_series().items()
        return {str(k): float(v) for k, v in pairs if v == v}  # noqa: PLR0124

    def _found(self, question: Question) -> Reading | xr.DataArray:
        found = self.found[question]
        if isinstance(found, Exception):
            raise found
        return found


@dataclass(frozen=True)
class Read:
    """A metric that a case's tests read, and the states they name.

    ``states`` holds, for each country dimension, one code a word; empty for a coalition.
    """

    metric: str
    states: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Brief:
    """What a view may know of a case.

    Attributes:
        world: the tables, and the names of states.
        engines: those the case lists.
        scenarios: by name, with their bases composed.
        measures: of each scenario, as plain data with every name resolved.
        read: what the case's tests read, once for each time.
    """

    world: World = field(repr=False)
    engines: tuple[str, ...] = ()
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    measures: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    read: tuple[Read, ...] = ()

    @property
    def names(self) -> Mapping[str, str]:
        """Names of states by code."""
        return self.world.names_index.labels

    def named(self, metrics: tuple[str, ...], most: int = 8) -> tuple[str, ...]:
        """Return the states that tests of some metrics name most, as codes.

        A list counts once, shared out among those it names; a coalition names no state.

        Args:
            metrics: how the names of the metrics begin.
            most: states to return at most.
        """
        count: Counter[str] = Counter()
        for read in self.read:
            for codes in read.states if read.metric.startswith(metrics) else ():
                for code in filter(None, codes):
                    count[code] += 1 / len(codes)  # type: ignore[assignment]
        return tuple(code for code, _ in count.most_common(most))


@runtime_checkable
class View(Protocol):
    """Sections that an engine adds to the page of a case that uses it.

    A view may have a third function, ``tells(brief)``, which returns the names of the scenarios it
    shows; the page then leaves them out where another engine would only pass them on.
    """

    def asks(self, brief: Brief) -> tuple[Question, ...]:
        """Return all it wants to know; there is no second round."""
        ...

    def show(self, brief: Brief, answers: Answers) -> tuple[Section, ...]:
        """Return what the answers show."""
        ...


# What is drawn. Fields of one name mean the same in all: ``title`` says what is shown, ``unit`` is
# that of the values, ``source`` is the line below, ``note`` is what the subtitle says last.


@dataclass(frozen=True)
class Flow:
    """What goes from one country to another in a year; codes are ISO 3166 alpha-3.

    ``start`` and ``end`` are where its line is drawn from and to; the middle of the country if
    empty.
    """

    exporter: str
    importer: str
    carrier: str
    value: float
    start: Degrees = ()
    end: Degrees = ()


@dataclass(frozen=True)
class FlowMap:
    """Flows on a map from Europe to Japan, width in proportion.

    ``carriers`` are at most two: lines of the first are solid, of the second dashed. ``names`` are
    those of codes that stand for more than their country here; at most ``most`` lines are drawn.
    """

    flows: tuple[Flow, ...]
    title: str
    unit: str
    carriers: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    note: str = ""
    most: int = 50


@dataclass(frozen=True)
class ScaleMap:
    """States shaded by where they stand on a scale with two ends, either side of nought.

    Attributes:
        values: by ISO code.
        errors: standard errors by ISO code.
        steps: three sizes, ascending, at which the shade changes.
        ends: what far below and far above nought means, in words.
        head: what the table calls states, values and errors.
        unknown: what states without a value are called.
    """

    values: Mapping[str, float]
    errors: Mapping[str, float]
    title: str
    subtitle: str
    steps: tuple[float, ...]
    ends: tuple[str, str]
    head: tuple[str, ...]
    unknown: str
    source: str = ""


@dataclass(frozen=True)
class Group:
    """States of one colour on a map: what the table and the legend call them.

    Those of a group ``alone`` have nothing in common but that they are in no other.
    """

    name: str
    legend: str
    members: tuple[str, ...]
    alone: bool = False


@dataclass(frozen=True)
class GroupMap:
    """States by group; the first few have a colour each, and ``rest`` is what others are called."""

    groups: tuple[Group, ...]
    title: str
    subtitle: str
    head: tuple[str, ...]
    unknown: str
    rest: str = "smaller groups"
    source: str = ""


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error."""

    name: str
    value: float
    error: float


@dataclass(frozen=True)
class Whiskers:
    """Estimates as dots, each with a line of one standard error either side, in this order.

    ``ends`` says what the two ends of the scale mean, ``what`` what the table calls the rows.
    """

    rows: tuple[Estimate, ...]
    title: str
    unit: str
    what: str = ""
    ends: tuple[str, str] = ("", "")
    source: str = ""


@dataclass(frozen=True)
class Dot:
    """A value in a year, with its standard error and how many observations it rests on."""

    year: int
    value: float
    error: float
    observed: float


@dataclass(frozen=True)
class Panels:
    """Values over years, a small frame for each name, the others behind it in grey.

    Attributes:
        lines: values by name, in the order of years; a year without one breaks the line.
        linked: values of another estimate by name and year, where it differs.
        what: a word for a name.
        note: what the axis means.
        other: what the other estimate is.
        thin: observations below which a value is dashed; ``legend`` says so, and what a gap means.
        marked: years with a line of their own.
    """

    lines: Mapping[str, tuple[Dot, ...]]
    linked: Mapping[str, Mapping[int, float]]
    title: str
    unit: str
    what: str = "row"
    note: str = ""
    other: str = ""
    thin: float = 0.0
    legend: str = ""
    marked: tuple[int, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Lines:
    """Quantities over time, all drawn alike: (ISO date, value) by name."""

    lines: Mapping[str, tuple[tuple[str, float], ...]]
    title: str
    unit: str
    note: str = ""
    source: str = ""


@dataclass(frozen=True)
class Cell:
    """A figure of a table; ``why`` says what is missing where there is none."""

    text: str
    why: str = ""


@dataclass(frozen=True)
class Grid:
    """A small table: what is in it, its head, and rows that begin with a name."""

    title: str
    subtitle: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    source: str = ""


@dataclass(frozen=True)
class Change:
    """A value before and after; ``low`` and ``high`` bound what comes after, if they are known."""

    label: str
    before: float
    after: float
    low: float | None = None
    high: float | None = None
    remark: str = ""

    @property
    def gain(self) -> float:
        """What is added, negative where something is lost."""
        return self.after - self.before


@dataclass(frozen=True)
class BeforeAfter:
    """Values before and after, the largest change first; ``names`` is what the two are called.

    ``what`` is a word for a row.
    """

    rows: tuple[Change, ...]
    title: str
    unit: str
    names: tuple[str, str] = ("before", "after")
    what: str = "row"
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Pair:
    """A measure of two sides, in a unit of its own: their values by scenario."""

    label: str
    unit: str
    values: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class SideBySide:
    """Measures of two ``sides`` under each scenario, each measure on a scale of its own."""

    rows: tuple[Pair, ...]
    title: str
    sides: tuple[str, str]
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Exposure:
    """Ratios above nought before and after, on a logarithmic scale with a line at one.

    ``head`` is what the table calls the rows and their remarks.
    """

    rows: tuple[Change, ...]
    title: str
    unit: str
    names: tuple[str, str] = ("before", "after")
    head: tuple[str, str] = ("", "remark")
    source: str = ""


Figure: TypeAlias = (
    FlowMap
    | ScaleMap
    | GroupMap
    | Whiskers
    | Panels
    | Lines
    | Grid
    | BeforeAfter
    | SideBySide
    | Exposure
)


@dataclass(frozen=True)
class Text:
    """A paragraph; what stands between backticks is a command."""

    text: str


@dataclass(frozen=True)
class Beside:
    """Figures side by side, the first wider unless they are ``even``."""

    figures: tuple[Figure, ...]
    even: bool = False


@dataclass(frozen=True)
class Part:
    """Figures under a heading of their own, closed at first if ``folded``.

    ``without`` is said where there are none.
    """

    title: str
    text: str = ""
    figures: tuple[Figure, ...] = ()
    folded: bool = False
    without: str = ""


Row: TypeAlias = Mapping[str, str | float]
Item: TypeAlias = Figure | Text | Beside | Part


@dataclass(frozen=True)
class Section:
    """A section of the page; where several views give one of the same ``key``, they make one.

    Attributes:
        key: a word of small letters, which links lead to.
        title: its heading.
        lead: a line beside the heading.
        short: what the list of sections calls it; the title if empty.
        items: what is in it, in order.
        rows: every figure of it, as rows of standing.csv: metric, country, other, index, year,
            variant, scenario, value, error, unit, source.
    """

    key: str
    title: str
    lead: str
    items: tuple[Item, ...]
    rows: tuple[Row, ...] = ()
    short: str = ""


def credit(*sources: str) -> str:
    """Return the line that names sources, each once.

    Example:
        >>> credit("A bank.", "A list", "A bank")
        'Source: A bank; A list.'
    """
    return f"Source: {'; '.join(dict.fromkeys(s.rstrip('.') for s in sources))}."


def sources_of(*readings: Reading) -> tuple[str, ...]:
    """Return who stands behind readings, each once.

    Example:
        >>> from multipolar.engines.api.contract import Source
        >>> sources_of(Reading(1.0, "t", (Source("A list"), Source("A list"))))
        ('A list',)
    """
    return tuple(dict.fromkeys(s.source for r in readings for s in r.evidence))
