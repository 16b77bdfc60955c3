"""Scarcity on a line with a fixed tariff: what its capacity is worth to those it turns away."""

from __future__ import annotations

from multipolar.errors import EngineError


def scarcity(demand: float, capacity: float, elasticity: float) -> float:
    """Return the shadow price of capacity over the tariff, a share; 0 where there is room.

    ``demand`` is what would be carried at the tariff. With demand(p) = demand p^-elasticity in
    the price over the tariff, the price at which demand meets capacity is
    (demand/capacity)^(1/elasticity), and the shadow price what exceeds 1.

    Raises:
        EngineError: nothing can be carried, or the elasticity is not above 0.

    Example:
        >>> round(scarcity(258, 158, 2.0), 3), scarcity(150, 158, 2.0)
        (0.278, 0.0)
    """
    if not capacity > 0:
        raise EngineError("the Eastern Polygon is closed", hint="leave it some capacity")
    if not elasticity > 0:
        raise EngineError(f"the elasticity is {elasticity:g}", hint="give a number above 0")
    return float((demand / capacity) ** (1 / elasticity) - 1) if demand > capacity else 0.0
