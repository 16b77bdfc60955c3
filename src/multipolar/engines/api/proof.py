"""What a test of a model against the year before comes to, as metrics declare it.

A model that is no nearer to what happened than the figures of the year before were is not proven
there: its readings say so, and no claim is decided on them alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from multipolar.engines.api.contract import Scalar, Unproven


@dataclass(frozen=True, slots=True)
class Miss:
    """Mean absolute errors over the figures that a metric was tested on in a year, in its unit.

    Attributes:
        year: which.
        figures: how many.
        engine: by how much the engine was off.
        before: by how much the figures of the year before were.
        where: at which places, as far as it was not at all of them.
    """

    year: int
    figures: int
    engine: float
    before: float
    where: Mapping[str, Scalar] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Span:
    """Mean absolute errors over several years that a metric was tested on, in its unit.

    Attributes:
        first, last: of the years.
        engine: by how much the engine was off.
        before: by how much the figures of the year before each were.
        where: at which places.
    """

    first: int
    last: int
    engine: float
    before: float
    where: Mapping[str, Scalar] = field(default_factory=dict, hash=False)


def unseen(spans: Iterable[Span], unit: str, years: Iterable[int]) -> tuple[Unproven, ...]:
    """Return the marks of a metric in years that nothing was compared with, where it failed before.

    Example:
        >>> failed = Span(2022, 2025, 390.0, 160.0)
        >>> unseen([failed], "TEU", [2026])[0].why
        'Not proven: tested on 2022 to 2025, it was off by 390 TEU, and the years before by 160.'
    """

    def said(s: Span) -> str:
        return (
            f"Not proven: tested on {s.first} to {s.last}, it was off by {s.engine:g} {unit}, and "
            f"the years before by {s.before:g}."
        )

    later = tuple(years)
    return tuple(Unproven(said(s), later, s.where) for s in spans if s.engine >= s.before)


def unproven(misses: Iterable[Miss], unit: str) -> tuple[Unproven, ...]:
    """Return the marks of a metric, of the years in which the year before was as near.

    Example:
        >>> unproven([Miss(2024, 3, 25.0, 17.0), Miss(2025, 1, 2.0, 9.0)], "bcm")[0].why
        'Not proven: tested on 2024, it was off by 25 bcm (mean of 3), and 2023 by 17.'
    """

    def said(m: Miss) -> str:
        mean = f" (mean of {m.figures})" if m.figures > 1 else ""
        return (
            f"Not proven: tested on {m.year}, it was off by {m.engine:g} {unit}{mean}, and "
            f"{m.year - 1} by {m.before:g}."
        )

    return tuple(Unproven(said(m), (m.year,), m.where) for m in misses if m.engine >= m.before)
