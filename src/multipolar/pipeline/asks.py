"""What is asked of an engine, and what comes back: a number, a word, or values along dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from multipolar import errors
from multipolar.engines.api.contract import Outcome, Reading
from multipolar.engines.api.reader import error_along
from multipolar.engines.contained import contained
from multipolar.errors import EngineError, EngineFailed, MultipolarError

if TYPE_CHECKING:
    import xarray as xr

Along: TypeAlias = dict[str, float]
Value: TypeAlias = "float | str | Along | xr.DataArray"
WHOLE = "*"  # an ask along everything left open


@dataclass(frozen=True)
class Ask:
    """One thing to read from an outcome.

    A scalar; the values along one open dimension; or, along ``WHOLE``, the labelled array.
    """

    metric: str
    where: tuple[tuple[str, Any], ...]
    along: str | None = None

    @property
    def place(self) -> dict[str, Any]:
        """The ``where`` as a mapping."""
        return dict(self.where)


def whole(metric: str, where: Mapping[str, Any]) -> Ask:
    """Ask for the labelled array over all that a place leaves open.

    Example:
        >>> whole("toy.line", {"x": "1"}).along == WHOLE
        True
    """
    return Ask(metric, tuple(sorted(where.items())), along=WHOLE)


@dataclass(frozen=True)
class Term:
    """One reading: a metric of an engine under a scenario, or a cited evidence by key."""

    engine: str | None
    scenario: str
    ask: Ask | None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one :class:`Ask`: a central reading, and a value per draw.

    ``missing`` is the sentence that says why there is no value, and ``gap`` the same as data: the
    kind of fault, what, where, and what to do. A draw that failed is None among the values, and
    ``failure`` is the sentence on the first; where all did, there is no answer.

    Example:
        >>> Answer(None, (1.0, None, 2.0), failure="it did not converge").failed
        1
    """

    central: Reading | None
    values: tuple[Value | None, ...]
    missing: str = ""
    gap: tuple[str, ...] = ()
    failure: str = ""

    @property
    def failed(self) -> int:
        """How many draws gave no value."""
        return sum(v is None for v in self.values)

    @property
    def known(self) -> tuple[Value, ...]:
        """The values of the draws that gave one, in order."""
        return tuple(v for v in self.values if v is not None)

    @property
    def broke(self) -> bool:
        """Whether there is no value because the engine failed, not because it has none."""
        return bool(self.gap) and isinstance(self.fault, EngineFailed)

    @property
    def fault(self) -> MultipolarError:
        """Why there is no value, as the error it was."""
        if not self.gap:
            return EngineError(self.missing)
        kind, what, where, hint = self.gap
        return getattr(errors, kind, EngineError)(what, where=where, hint=hint)


class Answered(Protocol):
    """All that was read for a case, as what is asked of it sees it."""

    @property
    def terms(self) -> Mapping[Term, Answer]:
        """What each term reads, over draws."""

    def at(self, engine: str, scenario: str | None, ask: Ask) -> Answer:
        """Return what an engine answers under a scenario at the central parameters."""


def read(outcome: Outcome, ask: Ask) -> Value:
    """Read one :class:`Ask` from an outcome.

    A scalar is text or a finite number. Along a dimension NaN stands for what is not known, and
    so it does for what an engine gives as infinite.

    Raises:
        DataMissing: nothing answers, or the number is not finite.
        EngineError: what the engine gave is neither a number nor text, or its reader failed.
    """
    with contained(outcome.engine):
        if ask.along is None:
            return outcome.read(ask.metric, ask.place).value
        array = outcome.array(ask.metric, ask.place)
        if ask.along == WHOLE:
            return array
        if array.dtype.kind not in "fiu":
            raise EngineError(f"engine {outcome.engine} has no numbers for {ask.metric}")
        flat = array.sum([d for d in array.dims if d != ask.along], skipna=False)
        labels = [str(v) for v in flat[ask.along].values]
        return {k: float(v) for k, v in zip(labels, flat.values, strict=True)}


def unanswered(fault: MultipolarError) -> Answer:
    """Return the answer that says why there is none.

    Example:
        >>> unanswered(EngineError("no such year", hint="take 2022")).fault.hint
        'take 2022'
    """
    gap = (type(fault).__name__, fault.what, fault.where, fault.hint)
    return Answer(None, (), str(fault), gap)


def answer(outcome: Outcome, ask: Ask) -> Answer:
    """Return what an outcome answers to one ask, which may be why it answers nothing."""
    try:
        with contained(outcome.engine):
            if ask.along is None:
                found = outcome.read(ask.metric, ask.place)
                return Answer(found, (found.value,))
            unit = str(outcome.array(ask.metric, ask.place).attrs.get("unit", ""))
            errors = (
                error_along(outcome, ask.metric, ask.place, ask.along) if ask.along != WHOLE else {}
            )
            return Answer(Reading("", unit, errors=errors), (read(outcome, ask),))
    except MultipolarError as gap:
        return unanswered(gap)


__all__ = ["WHOLE", "Answer", "Ask", "Term", "Value", "answer", "read", "unanswered", "whole"]
