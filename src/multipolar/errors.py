"""Errors that say what is wrong, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable

from multipolar.limits import NAME
from multipolar.text.clean import one_line, printable
from multipolar.text.near import near

PART = 600  # characters of what, where or hint


class MultipolarError(Exception):
    """A fault with one-line text: what, where, what to do.

    Example:
        >>> str(CaseError("no claim 'a1'", where="case.yaml", hint="name one of a2, a3"))
        "case.yaml: no claim 'a1'. Hint: name one of a2, a3"
    """

    line = 0  # of the file, where it is known

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        # whatever is quoted in them, the parts of a line stay short enough to be read
        what, where, hint = (printable(one_line(t), PART) for t in (what, where, hint))
        self.what, self.where, self.hint = what, where, hint
        text = f"{where}: {what}" if where else what
        text = f"{text}. Hint: {hint}" if hint else text
        super().__init__(text)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.hint))

    def at(self, where: str) -> MultipolarError:
        """Return the same error placed at ``where`` (outermost place first)."""
        return type(self)(
            self.what, where=f"{where}: {self.where}" if self.where else where, hint=self.hint
        )


def _rebuild(kind: type[MultipolarError], what: str, where: str, hint: str) -> MultipolarError:
    return kind(what, where=where, hint=hint)


class DataError(MultipolarError):
    """A table is missing, damaged or not what its dictionary says."""


class DataMissing(DataError):
    """The question is well put, but no row answers it: a verdict reads ``unresolved``."""


class TableMissing(DataMissing):
    """A table that a user can add is not there; what reads it waits."""


class CaseError(MultipolarError):
    """A case file is wrong."""


class ScenarioError(MultipolarError):
    """A scenario or a measure is wrong."""


class EngineError(MultipolarError):
    """An engine cannot answer."""


class EngineMissing(EngineError):
    """The engine a test needs is not installed: a verdict reads ``unresolved``."""


class MeasureError(ScenarioError, EngineError):
    """A measure cannot be read as it is written: the scenario's mistake, whoever finds it."""


class EngineFailed(EngineError):
    """An engine was asked and did not answer, by no design: its code or all its draws failed."""


class NotConverged(EngineFailed):
    """A solver stopped before its tolerance; there are no numbers."""


class Infeasible(EngineError):
    """The scenario has no solution."""


def nearest(name: str, allowed: Iterable[str], *, n: int = 1) -> str:
    """Return a hint that names what was meant of ``allowed``, or else lists a few of them.

    Meant is only what the name is but for a slip of the pen, or the beginning of, and what differs
    in no telling word: see :mod:`multipolar.text.near`. A name or an option over the limit for
    names is not compared.

    Example:
        >>> nearest("exportr", ["exporter", "importer"])
        "did you mean 'exporter'?"
        >>> nearest("Swaziland", ["and", "or"])
        'use one of and, or'
        >>> nearest("North Korea", ["South Korea"])
        'use one of South Korea'
    """
    options = sorted({str(a) for a in allowed if len(str(a)) <= NAME})
    if not options:
        return ""
    found = near(name, options, n) if len(name) <= NAME else []
    if found:
        return f"did you mean {' or '.join(map(repr, found))}?"
    few = ", ".join(options[:8])
    return f"use one of {few}" + (f" and {len(options) - 8} more" if len(options) > 8 else "")
