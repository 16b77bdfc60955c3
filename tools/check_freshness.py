"""List the shipped tables that are older than is usual for them, by what they say of themselves.

A table by year or month is due when its next period has ended and its publisher's usual delay is
over; typed rows are due after as many days as their builder gives them; so is a table that was read
before its newest source came out. Nothing is asked over the network.

Usage: python tools/check_freshness.py [DATE]      (today, if left out; exit status 1 if any is due)
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator

from multipolar.text.dates import last_day
from multipolar.world import World
from multipolar.world.dictionary import TableInfo


def next_period(newest: str) -> str:
    """The year or month after one, as its last day.

    Example:
        >>> next_period("2024"), next_period("2026-05")
        ('2025-12-31', '2026-06-30')
    """
    if len(newest) == len("2024"):
        return last_day(str(int(newest) + 1))
    following = dt.date.fromisoformat(last_day(newest)) + dt.timedelta(1)
    return last_day(following.isoformat()[: len("2026-05")])


def due(info: TableInfo) -> str:
    """The day from which a newer table is usually there; empty if none is expected."""
    if info.refresh.startswith("nothing"):
        return ""
    if info.review_days:
        read = dt.date.fromisoformat(info.date)
        return (read + dt.timedelta(info.review_days)).isoformat()
    if info.newest and info.public.lag_days:
        end = dt.date.fromisoformat(next_period(info.newest))
        return (end + dt.timedelta(info.public.lag_days)).isoformat()
    return ""


def overdue(world: World, day: str) -> Iterator[tuple[str, str, TableInfo]]:
    """Yield when each table that is older than usual was due, its newest period, and its entry."""
    for name in world.names:
        info = world.info(name)
        when = due(info)
        if when and when <= day:
            yield when, info.newest or info.date, info


def main(args: list[str]) -> int:
    """Print one line for each table that is due."""
    day = last_day(args[0]) if args else dt.date.today().isoformat()
    found = sorted(overdue(World.load(), day), key=lambda f: f[0])
    for when, newest, info in found:
        print(f"{info.name}: newest {newest}, due since {when}; refreshed by {info.refresh}")
    if not found:
        print(f"no table is older than usual on {day}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
