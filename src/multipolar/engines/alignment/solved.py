"""What is computed from the votes, once and when first asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from multipolar.engines.alignment.ideal_points import IdealPoints, Settings, estimate
from multipolar.engines.alignment.rollcalls import THIN, UKRAINE, Record, Votes
from multipolar.engines.contract import Source

VARIANTS = ("published", "linked", "smoothed")
WORDS = {
    "published": "with the features of the published sampler, no resolution after session 74 "
    "linked to one it repeats",
    "linked": "with the features of the published sampler, resolutions after session 74 linked by "
    "title to those they repeat",
    "smoothed": "by filter and smoother, without the published sampler's features",
}
T = TypeVar("T")


@dataclass(frozen=True)
class Solved:
    """The votes of a world and all that was computed from them."""

    record: Record
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        # another process computes what it needs itself
        return {"record": self.record, "_kept": {}}

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """Return what was made under a key, making it if need be."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    def votes(self, on: str, year: int | None) -> Votes:
        """Return the votes on a set of questions in a year."""
        return self.once(("votes", on, year), lambda: self.record.votes(on, year))

    def points(self, on: str, variant: str) -> IdealPoints:
        """Return ideal points: of all years at once for the full record, else of one period."""
        key = on if on == UKRAINE else "all"
        return self.once(("points", key, variant), lambda: self._estimate(key, variant))

    def _estimate(self, on: str, variant: str) -> IdealPoints:
        settings = Settings.smoothed() if variant == "smoothed" else Settings.published()
        calls = self.record.calls(on, linked=variant == "linked")
        if on == UKRAINE or not sys.stderr.isatty():
            return estimate(calls, settings)
        from tqdm import tqdm

        with tqdm(desc=f"ideal points, {variant}", unit=" passes") as bar:

            def watch(_: int, change: float) -> None:
                bar.set_postfix_str(f"largest change {change:.4f}, stops at {settings.tolerance}")
                bar.update()

            return estimate(calls, settings, watch=watch)

    def source(self, table: str, unit: str = "") -> Source:
        """Return who stands behind a table."""
        info = self.record.world.info(table)
        note = f"Table {table}, version {info.version}, retrieved {info.date}."
        return Source(info.source, info.date, info.url, unit=unit, note=note)

    def thin(self, on: str, year: int | None) -> str:
        """Say that a year has few contested roll calls, or nothing."""
        if on == UKRAINE or year is None:
            return ""
        n = self.record.count.get(year, 0)
        return f"A thin year: {n} contested roll calls." if n < THIN else ""
