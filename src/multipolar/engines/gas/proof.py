"""In which of the years that can be tested the engine is no nearer than the year before was.

The figures are made by ``validation/gas_years.py``, and a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from multipolar.engines.api.proof import Miss

TESTED = (2022, 2023, 2024, 2025)
MISSED: Mapping[str, tuple[Miss, ...]] = {
    "consumption": (Miss(2023, 3, 27.4, 22.9), Miss(2024, 3, 25.1, 16.8)),
    "price": (Miss(2024, 2, 4.8, 1.2), Miss(2025, 2, 2.8, 1.2)),
}
