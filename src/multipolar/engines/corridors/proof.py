"""In which years containers by rail were nearer to those of the year before than to the engine's.

The figures, in thousand TEU, are made by ``validation/corridors.py``, and a test holds them to it.
"""

from __future__ import annotations

from multipolar.engines.api.proof import Miss, Span

NORTH, MIDDLE = {"route": "northern"}, {"route": "middle"}
MISSED = (
    Miss(2020, 1, 3, 0, MIDDLE),
    Miss(2021, 1, 75, 4, MIDDLE),
    Miss(2022, 1, 339, 263, NORTH),
    Miss(2022, 1, 66, 8, MIDDLE),
    Miss(2024, 1, 372, 167, NORTH),
    Miss(2024, 1, 44, 36, MIDDLE),
    Miss(2025, 1, 439, 67, NORTH),
    Miss(2025, 1, 23, 20, MIDDLE),
)
# over the latest years: what no later year, which nothing was compared with, can be better than
FAILED = (Span(2022, 2025, 310, 174, NORTH), Span(2022, 2025, 34, 19, MIDDLE))
