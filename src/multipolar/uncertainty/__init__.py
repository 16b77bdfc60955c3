"""Draws over parameters, work shared out to processes, and the pivot at which an answer turns."""

from multipolar.uncertainty.draws import child_seed, design
from multipolar.uncertainty.pivot import Cut, find_pivot

__all__ = ["Cut", "child_seed", "design", "find_pivot"]
