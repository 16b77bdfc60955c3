"""What it takes to part two partners: the smallest transfer that makes their link not pay.

Letters: I income of a party, with the embargo on or off and the link kept or cut. Ours.
"""

from __future__ import annotations

OFFERS = ("embargo-lifted", "nothing-else")


def gain(stay: float, leave: float) -> float:
    """Return what a party gains by leaving, percent of what it has if it stays.

    Args:
        stay: change in its real income with the link, percent of a common base.
        leave: the same without the link, under the terms offered.

    Returns:
        Percent; below zero it loses.

    Example:
        >>> round(gain(-5.0, -2.15), 6), gain(-5.0, -5.0)
        (3.0, 0.0)
    """
    return 100.0 * ((1.0 + leave / 100.0) / (1.0 + stay / 100.0) - 1.0)


def transfer(stay: float, leave: float, income: float) -> float:
    """Return the smallest yearly transfer at which leaving does not lose, money of ``income``.

    Below zero trade pays for the parting by itself.

    Example:
        >>> transfer(-1.0, -1.5, 1000.0)
        5.0
    """
    return (stay - leave) / 100.0 * income
