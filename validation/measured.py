"""What another source of the same figures differs by, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from validation.page import number


@dataclass(frozen=True)
class Measured:
    """Relative differences between two sources of the same figures, absolute.

    Attributes:
        what: which, in words.
        declared: the half width that metrics declare for it, as a share.
        gaps: the differences, shape (figures,).
    """

    what: str
    declared: float
    gaps: np.ndarray

    @property
    def half_width(self) -> float:
        """The 80th percentile."""
        return float(np.quantile(self.gaps, 0.8))

    @property
    def row(self) -> list[str]:
        """The line of the table."""
        median = number(100 * float(np.median(self.gaps)), 1)
        cells = (median, number(100 * self.half_width, 1), number(100 * self.declared, 1))
        return [self.what, str(len(self.gaps)), *cells]


def gaps(ours: pd.Series, theirs: pd.Series) -> np.ndarray:
    """Relative differences between two series, absolute, where both are above zero."""
    both = pd.concat([ours, theirs], axis=1, join="inner").dropna()
    both = both[(both > 0).all(axis=1)]
    return np.asarray((both.iloc[:, 0] / both.iloc[:, 1] - 1).abs(), dtype=float)
