"""How far the engine was off where it could be tested, and in which years it proved nothing.

The figures are made by ``validation/oil.py``, and a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from multipolar.engines.api.proof import Miss

# half widths of readings as shares of them
WIDE: Mapping[str, float] = {}
MISSED: Mapping[str, tuple[Miss, ...]] = {}
