"""What testing a case returns: verdicts with their parts, and figures set against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from multipolar.engines.api.contract import Basis, Source
from multipolar.engines.api.views import Section

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.claims.schema import Case, Claim, Verdict
    from multipolar.pipeline.outlook import Outlook
    from multipolar.world import World

Threshold: TypeAlias = float | str | tuple[float | str, float | str] | None


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison, evaluated.

    ``margin`` is signed and in ``unit``: positive where the comparison passes. ``values`` holds
    one value per draw. ``passed`` is None where nothing could be read; ``note`` then says why.
    """

    label: str
    comparison: str
    value: float | str | None
    unit: str
    threshold: Threshold
    margin: float | None
    passed: bool | None
    shown: str
    needs: str
    metric: str | None
    where: Mapping[str, Any]
    scenario: str | None
    engine: str | None
    code: str
    evidence: tuple[Source, ...] = ()
    alternatives: tuple[Source, ...] = ()
    note: str = ""
    values: tuple[float | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pivot:
    """The one parameter, and its value, at which the answer turns.

    ``accuracy`` is the share of draws that this one cut puts on the right side.
    """

    parameter: str
    at: float | str
    direction: str
    accuracy: float
    unit: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """A claim with its computed verdict and everything that led to it."""

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
    why: str
    would_settle: str | None
    evidence: tuple[Source, ...]
    parameters: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    passes: tuple[bool, ...] = ()

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
    """Figures of one kind that add up to another, clash or agree."""

    relation: str
    kind: str
    question: str
    claims: tuple[str, ...]
    total: Figure | None
    parts: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    gap: float
    says: str


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
        """Return how many claims there are of each verdict, in the order of the page."""
        order = ("holds", "fails", "depends", "unresolved", "untestable")
        return {v: sum(x.verdict == v for x in self.verdicts) for v in order}

    def bases(self) -> dict[str, int]:
        """Return how many decided claims rest on what, the firmest first."""
        return {b: sum(v.basis == b for v in self.verdicts) for b in get_args(Basis)}
