"""Why a verdict is what it is: codes with their figures. Rendering makes the sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from multipolar.errors import DataMissing, EngineMissing, MultipolarError


class Code(StrEnum):
    """What a reason says, with the names of its figures.

    Parts are given by their place in the verdict's list of parts.
    """

    # of a verdict
    STATED = "stated"  # text: the case's own words
    READ = "part read"  # part
    UNREAD = "part not read"  # part
    COUNTED = "parts counted"  # passed, parts, rule
    FAMILIES = "families counted"  # passed, families, split: of each its name
    NEEDED = "needed parts"  # passed, parts
    CLOSE = "too close to call"  # parts: their places
    LOST = "draws lost"  # failed, draws, text: what the first gave instead
    IN_PART = "in part"  # untested: the case's own words
    INSTEAD = "tested instead"  # text: the case's own words
    ONE_FAMILY = "one family"  # family
    ASSUMED = "by assumption"  # parts: those that rest on priors or forms of ours
    CONSTRUCTED = "by construction"  # text: the case's own words, or blank; part
    WEAK = "weak evidence"  # grade
    STALE = "stale"  # through, as_of
    UNPROVEN = "unproven"  # parts: those of engines that a test found no nearer than a year before
    OTHER_YEAR = "another year"  # claimed, read: years; text: why, in the case's own words
    AHEAD = "judged ahead of its date"  # date
    FRAMED = "few framings"  # stands, framings
    SOURCES_DIFFER = "sources differ"  # sources, turns: whether the answer turns on them
    TURNS = "turns at a cut"  # share, draws, pivot
    TURNS_ON = "turns on a choice"  # pivot: the measures or sources it passes for
    NO_PIVOT = "no pivot"  # share, draws
    NOTES = "notes of a part"  # part: its place among others, and what engines say of it
    NOT_DUE = "not due"  # date
    SETTLED_BY = "settled by"  # parts, test: whether the test is shown as code
    # of a part that was not read
    NO_ENGINE = "engine not installed"  # what, where, hint
    NO_DATA = "no data"  # what, where, hint
    REFUSED = "refused"  # what, where, hint
    NO_ANSWER = "no answer"  # text: what the engine, or its draws, gave instead
    NOTHING_READ = "nothing read"
    SEVERAL_UNITS = "several units"
    NO_ROW = "no row"  # subject
    UNKNOWN_RIVALS = "unknown rivals"  # rivals
    NO_RIVALS = "no rivals"  # rivals
    NOT_PUBLIC = "not public"  # what, known, as_of


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing to be said of a verdict or a part.

    Example:
        >>> Reason(Code.NO_ROW, {"subject": "TUV"})["subject"]
        'TUV'
    """

    code: Code
    figures: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """Return one of the figures."""
        return self.figures[name]


def of_fault(fault: MultipolarError) -> Reason:
    """Return a fault as the reason why a part was not read.

    Example:
        >>> of_fault(EngineMissing("engine sea is not installed")).code.value
        'engine not installed'
    """
    code = Code.REFUSED
    if isinstance(fault, EngineMissing):
        code = Code.NO_ENGINE
    elif isinstance(fault, DataMissing):
        code = Code.NO_DATA
    return Reason(code, {"what": fault.what, "where": fault.where, "hint": fault.hint})
