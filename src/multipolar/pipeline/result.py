"""What testing a case returns: verdicts with their parts, and figures set against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from multipolar.claims.schema import DECIDED, VERDICT_GRADES, VERDICTS
from multipolar.engines.api.contract import Basis, Source
from multipolar.engines.api.views import Section
from multipolar.pipeline.grading import Mark

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.claims.schema import Case, Claim, Leaf, Verdict, VerdictGrade
    from multipolar.pipeline.outlook import Outlook
    from multipolar.pipeline.reasons import Reason
    from multipolar.uncertainty.pivot import Turning
    from multipolar.world import World

BY_ASSUMPTION = "by assumption"  # a count of its own
BASES: tuple[str, ...] = get_args(Basis)  # the firmest first
Axis: TypeAlias = Literal["year", "since", "group", "measure", "source", "threshold"]
Changes: TypeAlias = tuple[tuple[Axis, str | float], ...]
Threshold: TypeAlias = float | str | tuple[float | str, float | str] | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """A place among others: the subject's own value, and that of who is ahead of all others.

    ``rival`` is the first of the others, None where there are none; ``leads`` says whether the
    subject is first itself, ties aside.
    """

    subject: str
    value: float
    unit: str
    size: int
    leads: bool
    rival: str | None = None
    rival_value: float = 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison, evaluated.

    ``margin`` is signed and in ``unit``: positive where the comparison passes. ``values`` holds
    one value per draw, None where it failed; ``failed`` counts those. ``passed`` is None where
    nothing could be read; ``gap`` then says why. ``notes`` are those of the readings.

    ``error`` is the half width of the margin, and ``error_of`` says what kinds of error it is made
    of. ``close`` says that the part hangs on margins within it, which count as either: ``near``
    of its evaluations. ``through`` is the last
    date that its figures are for, ``grade`` that of its evidence, ``basis`` what it rests on.
    ``unproven`` says why nothing is to hang on it alone, where an engine did no better in a test
    than the year before.
    """

    leaf: Leaf
    label: str
    value: float | str | None
    unit: str
    threshold: Threshold
    margin: float | None
    passed: bool | None
    where: Mapping[str, Any]
    engine: str | None
    ranking: Ranking | None = None
    evidence: tuple[Source, ...] = ()
    alternatives: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    values: tuple[float | str | None, ...] = ()
    gap: Reason | None = None
    close: bool = False
    near: int = 0
    error: float = 0.0
    error_of: tuple[str, ...] = ()
    failed: int = 0
    through: str = ""
    grade: str = ""
    basis: str = "record"
    family: str = ""
    needed: bool = False
    unproven: str = ""

    @property
    def comparison(self) -> str:
        """Name of the comparison made."""
        return self.leaf.comparison

    @property
    def metric(self) -> str | None:
        """The metric read, if it is no cited evidence."""
        return self.leaf.metric

    @property
    def scenario(self) -> str | None:
        """The scenario it is read in; None for the world as it is."""
        return self.leaf.scenario


@dataclass(frozen=True, slots=True)
class Pivot:
    """The one parameter, and its value, at which the answer turns.

    Where it turns on a choice, ``parameter`` is what is chosen, ``measure`` or ``source``, and
    ``at`` are those it passes for. ``accuracy`` is the share of draws that this one cut puts on
    the right side. ``turning`` is what was found, which has a sentence: a cut, a box of several
    parameters, a choice, or assumptions that no data pin down.
    """

    parameter: str
    at: float | tuple[str, ...]
    direction: Literal["above", "below", "is", "within", "assumed"]
    accuracy: float
    unit: str = ""
    description: str = ""
    turning: Turning | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """Measures of one kind: how many of its parts pass, and what it comes to.

    ``passes`` is None where it is split, or counts as either.
    """

    name: str
    passed: int
    parts: int
    passes: bool | None


@dataclass(frozen=True, slots=True)
class Framing:
    """One other way to read a test: what is changed, and what the part then comes to."""

    part: int
    changes: Changes
    mark: Mark


@dataclass(frozen=True, slots=True)
class Framings:
    """In how many framings the verdict stands, and the nearest in which it does not.

    Its own reading is the first of the framings and stands.
    """

    stands: int
    total: int
    nearest: Framing | None

    @property
    def share(self) -> float:
        """The share of framings in which the verdict stands."""
        return self.stands / self.total


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """A claim with its computed verdict and everything that led to it.

    ``reasons`` say why, ``settles`` what would settle a claim that is open;
    :mod:`multipolar.render.sentences` puts both in words.

    Attributes:
        grade: the verdict in more words; the verdict follows from it.
        close: too close to call: it hangs on margins within the error of the figures.
        failed: draws that did not solve; they count as either.
        families: measures of one kind, where a test counts them.
        by_assumption: it rests on priors or forms of ours alone, or can only come out one way.
        standing: the grade of the evidence that decides, the weakest there is.
        through: the date through which all deciding figures run.
        stale: a claim on the present or a trend whose deciding figures are old.
        then: the verdict on what was known when the claim was written, where that is asked for.
        as_of: the date of judgement.
        framings: in how many other readings of its tests it stands.
    """

    claim: Claim
    verdict: Verdict
    parts: tuple[Part, ...]
    main: int
    share: float | None
    draws: int
    pivot: Pivot | None
    basis: str | None
    engine: str | None
    scenario: str | None
    reasons: tuple[Reason, ...]
    settles: tuple[Reason, ...]
    evidence: tuple[Source, ...]
    parameters: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    passes: tuple[bool, ...] = ()
    grade: VerdictGrade = "split"
    close: bool = False
    failed: int = 0
    families: tuple[Family, ...] = ()
    by_assumption: bool = False
    standing: str = ""
    through: str = ""
    stale: bool = False
    then: ClaimVerdict | None = None
    as_of: str = ""
    framings: Framings | None = None

    @property
    def in_part(self) -> bool:
        """Whether the test leaves a part of the claim out, or tests a near thing."""
        return bool(self.claim.untested or self.claim.instead) and self.verdict in DECIDED

    @property
    def part(self) -> Part | None:
        """The part shown in the claim's row, if the claim has a test."""
        return self.parts[self.main] if self.parts else None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a claim or of the facts table, as it takes part in reconciliation."""

    value: float
    unit: str
    label: str
    kind: str
    known: str
    claim: str | None
    source: str
    url: str = ""
    year: str = ""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Figures of one kind that add up to another, clash or agree.

    ``gap`` is what the parts come to beyond the total, or the second figure beyond the first.
    ``between`` counts the figures that lie between the two and are not set side by side.
    """

    relation: Literal["adds up", "clash", "agree"]
    kind: str
    claims: tuple[str, ...]
    total: Figure | None
    parts: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    gap: float
    between: int = 0


@dataclass(frozen=True)
class CaseResult:
    """A tested case: the input of the dossier and of the exports.

    ``outlooks`` says what each scenario does, country by country; ``sections`` are what engines
    show besides, and ``left_out`` says which of their views failed.
    """

    case: Case
    world: World
    verdicts: tuple[ClaimVerdict, ...]
    reconciliations: tuple[Reconciliation, ...]
    manifest: Mapping[str, Any]
    reader: Callable[[Part, tuple[str, ...]], xr.DataArray | None] = field(repr=False)
    outlooks: tuple[Outlook, ...] = ()
    sections: tuple[Section, ...] = ()
    left_out: tuple[str, ...] = ()

    def array(self, part: Part, open: tuple[str, ...]) -> xr.DataArray | None:
        """Return a part's metric with the named dimensions left open, or None if there is none."""
        return self.reader(part, open)

    def verdict(self, claim: str) -> ClaimVerdict:
        """Return the verdict on a claim by its id."""
        return next(v for v in self.verdicts if v.claim.id == claim)

    def counts(self) -> dict[str, int]:
        """Return how many claims there are of each verdict, in the order of the page.

        Those decided by assumption are counted apart.
        """
        own = [x for x in self.verdicts if not x.by_assumption]
        found: dict[str, int] = {v: sum(x.verdict == v for x in own) for v in VERDICTS}
        return {**found, BY_ASSUMPTION: len(self.verdicts) - len(own)}

    def grades(self) -> dict[str, int]:
        """Return how many claims there are of each grade; those by assumption are counted apart."""
        own = [x for x in self.verdicts if not x.by_assumption]
        found: dict[str, int] = {g: sum(x.grade == g for x in own) for g in VERDICT_GRADES}
        return {**found, BY_ASSUMPTION: len(self.verdicts) - len(own)}

    def bases(self) -> dict[str, int]:
        """Return how many decided claims rest on what, the firmest first."""
        return {b: sum(v.basis == b for v in self.verdicts) for b in BASES}
