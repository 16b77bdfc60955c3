"""In which of the years that can be tested the engine is no nearer than the year before was.

The figures are made by ``validation/gas_years.py``, and a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from multipolar.engines.api.contract import Unproven
from multipolar.engines.api.proof import Miss

TESTED = (2022, 2023, 2024, 2025)
MISSED: Mapping[str, tuple[Miss, ...]] = {
    "consumption": (Miss(2023, 3, 28.0, 22.9), Miss(2024, 3, 25.6, 16.8)),
    "price": (Miss(2024, 2, 4.9, 1.2), Miss(2025, 2, 2.9, 1.2)),
}
# by how much of itself TTF was off in the last years tested; beyond LEEWAY what is told in money is
# marked there, and in the year after, which is made the same way and was not yet seen
LEEWAY = 0.35
PRICE_OFF: Mapping[int, float] = {2024: 0.76, 2025: 0.48}
PRICED = ("price", "pipe_value", "welfare", "rent", "reservation_price", "line_price")


def unfit() -> tuple[Unproven, ...]:
    """Return the mark of what is told in money, of the years whose price was missed by too much.

    Example:
        >>> unfit()[0].years
        (2024, 2025, 2026)
    """
    far = [y for y, off in PRICE_OFF.items() if off > LEEWAY]
    if not far:
        return ()
    parts = [f"{PRICE_OFF[y]:.0%} in {y}" for y in far]
    last = (max(PRICE_OFF) + 1,) if max(PRICE_OFF) in far else ()
    why = f"Not proven: the price at the hub TTF was off by {' and '.join(parts)}."
    return (Unproven(why.replace("%", " percent"), (*far, *last)),)
