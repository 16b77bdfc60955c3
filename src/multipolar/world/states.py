"""Codes of states: Correlates of War numbers, ISO 3166 alpha-3, and those of the United Nations.

``cow_codes.csv`` is typed from the list of the COW state system (version 2016,
https://correlatesofwar.org/data-sets/state-system-membership/) and ISO 3166. States that are gone
have the code of ISO 3166-3 (``CSK``, ``DDR``, ``YUG``, ``YMD``, ``EAZ``), or none (Bavaria).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

# how older files of the UN write states that go on under another code
RENAMED = {
    "SUN": "RUS", "BYS": "BLR", "ZAR": "COD", "BUR": "MMR", "DHY": "BEN", "HVO": "BFA",
    "ROM": "ROU", "TMP": "TLS", "SCG": "SRB", "VDR": "VNM", "GER": "DEU", "FRG": "DEU",
    "GDR": "DDR",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """One state under one code; ``since`` and ``until`` are its first and last year with it."""

    cow: int
    iso3: str
    since: int
    until: int
    name: str


@lru_cache(maxsize=1)
def states() -> tuple[State, ...]:
    """Return every state of the COW system, and what it is in ISO 3166, by number and year."""
    file = resources.files("multipolar.world") / "cow_codes.csv"
    rows = csv.DictReader(file.read_text("utf-8").splitlines())
    return tuple(
        State(int(r["cow"]), r["iso3"], int(r["since"] or 0), int(r["until"] or 9999), r["state"])
        for r in rows
    )


def iso3(cow: int, year: int) -> str | None:
    """Return the ISO code of a COW state in a year.

    Returns:
        The code; empty for a state that never had one; None for a number that is no state.

    Example:
        >>> iso3(345, 1995), iso3(345, 2000), iso3(365, 1970), iso3(245, 1860), iso3(1, 2000)
        ('YUG', 'SRB', 'RUS', '', None)
    """
    rows = [s for s in states() if s.cow == cow]
    if not rows:
        return None
    # a year outside of all spans is that of the nearest: releases differ by a year at the ends
    best = min(rows, key=lambda s: (max(s.since - year, year - s.until, 0), -s.since))
    return best.iso3


def cow(code: str, year: int) -> int:
    """Return the COW number of an ISO code in a year, -1 where it has none.

    Example:
        >>> cow("DEU", 1980), cow("DEU", 2020), cow("YEM", 2000), cow("XYZ", 2000)
        (260, 255, 679, -1)
    """
    rows = [s for s in states() if s.iso3 == code]
    right = [s for s in rows if s.since <= year <= s.until] or rows
    return max(right, key=lambda s: s.since).cow if right else -1


def of_un(code: str, year: int) -> str:
    """Return the code used here for the one a UN file has.

    Serbia goes under ``YUG`` in such files until 2003, and under ``SRB`` here from the session
    that admitted it, that of 2000.

    Example:
        >>> of_un("SUN", 1980), of_un("YUG", 1980), of_un("YUG", 2001), of_un("FRA", 2001)
        ('RUS', 'YUG', 'SRB', 'FRA')
    """
    code = RENAMED.get(code, code)
    return "SRB" if code == "YUG" and year >= 2000 else code


def iso3_all(cows: Sequence[int], years: Sequence[int]) -> list[str | None]:
    """Return :func:`iso3` of each pair, looked up once a pair."""
    known: dict[tuple[int, int], str | None] = {}
    found = []
    for pair in zip(map(int, cows), map(int, years), strict=True):
        if pair not in known:
            known[pair] = iso3(*pair)
        found.append(known[pair])
    return found
