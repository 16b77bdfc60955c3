"""From what a person types to ISO codes: countries, their aliases, and dated coalitions."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multipolar.errors import DataError, nearest

if TYPE_CHECKING:
    import pandas as pd


def fold(text: str) -> str:
    """Return ``text`` without case, accents or doubled spaces.

    Example:
        >>> fold("  Türkiye ")
        'turkiye'
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


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
        groups: dict[str, list[Membership]] = {}
        for row in coalitions.itertuples(index=False):
            until = row.until if isinstance(row.until, str) else ""
            groups.setdefault(str(row.coalition), []).append(
                Membership(str(row.country), str(row.since), until)
            )
        return cls(codes, labels, {k: tuple(v) for k, v in groups.items()})

    def country(self, name: str) -> str:
        """Return the ISO 3166 alpha-3 code of a country by any of its names.

        Raises:
            DataError: nobody goes by that name; the nearest one is given.
        """
        code = self.codes.get(fold(name))
        if code is None:
            raise DataError(f"no country {name!r}", hint=nearest(fold(name), self.codes))
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
                    hint=nearest(fold(name), [*self.codes, *self.coalitions]),
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
        wanted = fold(name)
        return next((k for k in self.coalitions if fold(k) == wanted), None)
