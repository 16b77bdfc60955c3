"""How far the engine was off where it could be tested, and in which years it proved nothing.

The figures are made by ``validation/oil.py``, and a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from multipolar.engines.api.proof import Miss

# half widths of readings as shares of them: 80th percentiles of what was missed (docs/errors.md)
WIDE: Mapping[str, float] = {
    **dict.fromkeys(("flow", "dependence"), 0.55),
    **dict.fromkeys(("brent", "price", "revenue"), 0.35),
    "production": 0.15,
    "consumption": 0.18,
    "discount": 0.8,
}
MISSED: Mapping[str, tuple[Miss, ...]] = {
    "flow": (Miss(2024, 14, 0.33, 0.11),),
    "brent": (Miss(2024, 1, 8.7, 1.9),),
}
