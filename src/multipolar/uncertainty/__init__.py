"""Draws over parameters, work shared out to processes, and the pivot at which an answer turns."""

from multipolar.uncertainty.draws import child_seed, design
from multipolar.uncertainty.pivot import Assumed, Bound, Box, Choice, Cut, Turning, find_pivot

__all__ = [
    "Assumed",
    "Bound",
    "Box",
    "Choice",
    "Cut",
    "Turning",
    "child_seed",
    "design",
    "find_pivot",
]
