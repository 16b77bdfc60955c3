"""In which of the years that can be tested the engine is no nearer than the year before was."""

from __future__ import annotations

TESTED = (2022, 2023, 2024, 2025)
UNPROVEN: dict[str, tuple[int, ...]] = {}
