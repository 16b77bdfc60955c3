"""Draws over parameters, runs over draws, and the pivot at which an answer turns."""

from multipolar.uncertainty.draws import child_seed, design
from multipolar.uncertainty.passes import Sampled, sample_steps
from multipolar.uncertainty.pivot import Cut, find_pivot
from multipolar.uncertainty.run import WHOLE, Answer, Ask, Sample, sample

__all__ = [
    "WHOLE",
    "Answer",
    "Ask",
    "Cut",
    "Sample",
    "Sampled",
    "child_seed",
    "design",
    "find_pivot",
    "sample",
    "sample_steps",
]
