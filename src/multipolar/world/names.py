"""From what a person types to ISO codes: countries, their aliases, and dated coalitions."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multipolar.errors import DataError, nearest

if TYPE_CHECKING:
    import pandas as pd


def fold(text: str) -> str:
    """Return ``text`` without case, accents, doubled spaces or a leading "the".

    Example:
        >>> fold("  Türkiye ")
        'turkiye'
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'"))
    words = "".join(c for c in plain if not unicodedata.combining(c)).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


@dataclass(frozen=True, slots=True)
class Membership:
    """One country's time in a coalition; ``until`` is the first day outside, or empty."""

    country: str
    since: str
    until: str

    def covers(self, date: str) -> bool:
        """Say whether the country belongs at ISO ``date`` (a year means its last day)."""
        day = f"{date}-12-31" if len(date) == 4 else date
        return self.since <= day and (not self.until or day < self.until)


@dataclass(frozen=True)
class Names:
    """Lookup tables for one world."""

    codes: dict[str, str]
    labels: dict[str, str]
    coalitions: dict[str, tuple[Membership, ...]]
    groups: dict[str, str]

    @classmethod
    def build(cls, countries: pd.DataFrame, coalitions: pd.DataFrame) -> Names:
        """Index the ``countries`` and ``coalitions`` tables."""
        codes: dict[str, str] = {}
        labels: dict[str, str] = {}
        for iso3, iso2, name, aliases in zip(
            countries["iso3"],
            countries["iso2"],
            countries["name"],
            countries["aliases"],
            strict=True,
        ):
            labels[iso3] = name
            for word in (*aliases, iso2, name, iso3):
                if isinstance(word, str) and word:
                    codes[fold(word)] = iso3
        members: dict[str, list[Membership]] = {}
        groups: dict[str, str] = {}
        for row in coalitions.itertuples(index=False):
            until = row.until if isinstance(row.until, str) else ""
            code = str(row.coalition)
            groups |= {fold(code): code, fold(str(row.name)): code}
            members.setdefault(code, []).append(Membership(str(row.country), str(row.since), until))
        return cls(codes, labels, {k: tuple(v) for k, v in members.items()}, groups)

    def country(self, name: str) -> str:
        """Return the ISO 3166 alpha-3 code of a country by any of its names.

        Raises:
            DataError: nobody goes by that name; the nearest one is given.
        """
        code = self.codes.get(fold(name))
        if code is None:
            raise DataError(f"no country {name!r}", hint=self._near(name))
        return code

    def members(self, coalition: str, date: str) -> tuple[str, ...]:
        """Return the members of a coalition at an ISO date or year, sorted."""
        key = self._coalition(coalition)
        if key is None:
            raise DataError(f"no coalition {coalition!r}", hint=nearest(coalition, self.coalitions))
        return tuple(sorted({m.country for m in self.coalitions[key] if m.covers(date)}))

    def countries(self, name: str, date: str) -> tuple[str, ...]:
        """Return the codes a country or coalition name stands for at a date.

        Raises:
            DataError: the name is neither, or the coalition has no member at that date.
        """
        key = self._coalition(name)
        if key is None:
            code = self.codes.get(fold(name))
            if code is None:
                raise DataError(
                    f"no country or coalition {name!r}",
                    hint=self._near(name),
                )
            return (code,)
        found = self.members(key, date)
        if not found:
            first = min(m.since for m in self.coalitions[key])
            raise DataError(f"{key} has no members at {date}", hint=f"its first are of {first}")
        return found

    def label(self, code: str) -> str:
        """Return the short English name for an ISO code (the code itself if unknown)."""
        return self.labels.get(code, code)

    def _coalition(self, name: str) -> str | None:
        return self.groups.get(fold(name))

    def _near(self, name: str) -> str:
        """Hint at the nearest name; codes of two letters are near to too much."""
        known = [c for c in self.codes if len(c) > 2 or len(name) <= 2]
        return nearest(fold(name), [*known, *self.groups])
