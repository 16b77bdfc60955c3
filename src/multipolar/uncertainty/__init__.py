"""Draws over parameters, runs over draws, and the pivot at which an answer turns."""

from multipolar.uncertainty.draws import child_seed, design
from multipolar.uncertainty.pivot import Cut, find_pivot
from multipolar.uncertainty.sampling import WHOLE, Answer, Ask, Sample, sample

__all__ = [
    "WHOLE",
    "Answer",
    "Ask",
    "Cut",
    "Sample",
    "child_seed",
    "design",
    "find_pivot",
    "sample",
]
