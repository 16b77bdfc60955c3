"""What measures change in the market for crude: sellers, buyers, ways, prices and capacities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from multipolar.policy import holds, idle

Kind: TypeAlias = Literal[
    "ban", "tariff", "threat", "odds", "cut", "strait", "add", "set", "keep", "cap"
]


@dataclass(frozen=True, slots=True)
class Change:
    """What one measure does while it holds.

    Attributes:
        kind: ``ban`` leaves a share (amount) of a trade; ``tariff`` is a share of its price;
            ``threat`` a probability; ``odds`` what the odds of a purchase are multiplied by;
            ``cut`` takes mb/d, or with ``relative`` a share, off sellers' output; ``strait`` a
            share of a strait that is closed; ``add``, ``set`` (mb/d) and ``keep`` (a share) are
            of a link's capacity; ``cap`` is a price, USD a barrel.
        sellers, buyers: states it is on.
        amount: how much.
        name: of the link or strait.
        kept: of a cap: share of the trade that keeps it.
        by_sea: whether only trade by sea is meant.
        measure: position of the measure among the scenario's.
    """

    kind: Kind
    amount: float
    sellers: frozenset[str] = frozenset()
    buyers: frozenset[str] = frozenset()
    name: str = ""
    kept: float = 1.0
    relative: bool = False
    by_sea: bool = False
    since: str = ""
    until: str = ""
    measure: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """All that a scenario changes, and what a reader should know of how it was read."""

    items: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    measures: tuple[Mapping[str, Any], ...] = ()

    def in_force(self, year: int) -> tuple[Change, ...]:
        """Return those that hold at any time in a year, in order."""
        return tuple(c for c in self.items if holds(c.since, c.until, year))

    def idle(self, year: int) -> list[str]:
        """Return a sentence for each measure that does not hold in a year."""
        held = {c.measure for c in self.in_force(year)}
        asked = dict.fromkeys(c.measure for c in self.items)
        return [idle(self.measures[k], year) for k in asked if k not in held]
