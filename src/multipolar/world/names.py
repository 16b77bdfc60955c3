"""From what a person types to ISO codes: countries, their aliases, and dated coalitions.

A name is looked up three ways, each stricter than a guess: by its letters alone (case, accents,
dashes, dots and apostrophes do not count), by its words in any order ("Korea, Republic of"), and by
what is left of "Republic of", "Kingdom of" and "Federal". What none of them finds is refused; a
hint names a state only where the name is within a slip of the pen of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from multipolar.errors import DataError
from multipolar.limits import NAME
from multipolar.text.near import FORMS, TELLING, slipped, told_apart
from multipolar.world import former
from multipolar.world.unlisted import refusal

if TYPE_CHECKING:
    import pandas as pd

Bag: TypeAlias = frozenset[str]
_PLAIN = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "&": " and ",
        "_": " ",
        "+": " plus ",
        **dict.fromkeys("'`\u00b4\u2018\u2019\u201b\u2032\u02bb\u02bc"),
        # what is not seen: soft hyphens, joiners, marks of direction
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"),
    }
)
_WORD = re.compile(r"\w+")
_LINKS = frozenset({"of", "the", "and"})
_SHORT = {
    "st": ("saint",), "rep": ("republic",), "dem": ("democratic",), "fed": ("federal",),
    "is": ("islands",), "isl": ("islands",), "ter": ("territory",), "terr": ("territory",),
    "pdr": ("peoples", "democratic", "republic"), "sar": ("special", "administrative", "region"),
}  # fmt: skip
# words of so many names that they tell none apart
_EMPTY = """
arab commonwealth confederation countries emirate emirates global grand independent island islands
isles land lands nations principality saint state states territories territory union virgin world
"""
_COMMON = FORMS | TELLING | frozenset(_EMPTY.split())
# names whose "Republic of" has been more than one state
_CONTESTED = frozenset(
    frozenset({w}) for w in ("china", "congo", "germany", "korea", "vietnam", "yemen")
)
# words that stand for more than one, and for whom
_SHARED = {
    "korea": ("PRK", "KOR"),
    "korean": ("PRK", "KOR"),
    "koreas": ("PRK", "KOR"),
    "virginislands": ("VGB", "VIR"),
    "congolese": ("COD", "COG"),
    "dominican": ("DMA", "DOM"),
    "guinean": ("GIN", "GNB", "GNQ", "PNG"),
}
# words after the name of a coalition that add nothing to it
_AFTER = "countries country states state nations members member bloc group grouping allies"
_MEMBERS = frozenset(_AFTER.split())
_SHORTEST = 5  # letters of a name of which a slip is told
_USUAL = "use the usual English name or the ISO 3166 code"


def fold(text: str) -> str:
    """Return the words of ``text`` without case, accents, punctuation or a leading "the".

    Letters that stand alone are one word: "U.S." is "us". "St." is "saint".

    Example:
        >>> fold("  Türkiye "), fold("Guinea\N{EN DASH}Bissau"), fold("the U.S."), fold("St. Lucia")
        ('turkiye', 'guinea bissau', 'us', 'saint lucia')
    """
    plain = text.casefold()
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = _WORD.findall(plain.translate(_PLAIN))
    if len(words) > 1:
        if 1 in map(len, words):
            words = _joined(words)
        if words[0] == "the" and len(words) > 1:
            words = words[1:]
        if "st" in words:
            words = [_SHORT["st"][0] if w == "st" else w for w in words]
    return " ".join(words)


def _joined(words: list[str]) -> list[str]:
    """Put letters that stand alone together."""
    out: list[str] = []
    run = ""
    for word in [*words, ""]:
        if len(word) == 1:
            run += word
            continue
        out += [run, word] if run else [word]
        run = ""
    return out[:-1]


def _bag(folded: str) -> Bag:
    """Return the words that count, abbreviations written out."""
    every = (part for word in folded.split() for part in _SHORT.get(word, (word,)))
    return frozenset(every) - _LINKS


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
    """Lookup tables for one world.

    Attributes:
        codes: country by name, the letters alone.
        labels: short English name by code.
        coalitions: members by coalition.
        groups: coalition by name, the letters alone.
        full: country by the words of its names, whatever their order.
        spelt: the words of names of more than one, by their letters.
        proper: country by its English names, the letters alone: the ones that a hint may mean.
            Capitals, peoples and leaders have places and people of their own beside them.
    """

    codes: dict[str, str]
    labels: dict[str, str]
    coalitions: dict[str, tuple[Membership, ...]]
    groups: dict[str, str]
    full: dict[Bag, str] = field(default_factory=dict)
    spelt: dict[str, str] = field(default_factory=dict)
    proper: dict[str, str] = field(default_factory=dict)

    @classmethod
    def build(cls, countries: pd.DataFrame, coalitions: pd.DataFrame) -> Names:
        """Index the ``countries`` and ``coalitions`` tables.

        Full names are read in any order of their words; a table of countries without the column
        ``names`` has none but its short ones.
        """
        codes: dict[str, str] = {}
        full: dict[Bag, str] = {}
        spelt: dict[str, str] = {}
        proper: dict[str, str] = {}
        formal = "names" if "names" in countries else None
        for iso3, iso2, name, aliases, names in _rows(
            countries, "iso3", "iso2", "name", "aliases", formal
        ):
            for k, word in enumerate((name, *names, *aliases, iso2, iso3)):
                if isinstance(word, str) and word:
                    folded = _enter(word, iso3, codes, spelt)
                    if k <= len(names):
                        full[_bag(folded)] = iso3
                        proper[folded.replace(" ", "")] = iso3
        members: dict[str, list[Membership]] = {}
        groups: dict[str, str] = {}
        also = "aliases" if "aliases" in coalitions else None
        for code, name, country, since, until, others in _rows(
            coalitions, "coalition", "name", "country", "since", "until", also
        ):
            if code not in members:
                for word in (code, name, *others):
                    _enter(word, code, groups, spelt)
            left = until if isinstance(until, str) else ""
            members.setdefault(code, []).append(Membership(country, since, left))
        labels = dict(zip(countries["iso3"].tolist(), countries["name"].tolist(), strict=True))
        whole = {k: tuple(v) for k, v in members.items()}
        return cls(codes, labels, whole, groups, full, spelt, proper)

    def country(self, name: str) -> str:
        """Return the ISO 3166 alpha-3 code of a country by any of its names.

        Raises:
            DataError: nobody goes by that name, or more than one does. The hint names a state
                where the name is its own but for a slip.

        Example:
            >>> from multipolar.world import World
            >>> names = World.load().names_index
            >>> names.country("Korea, Dem. People's Rep."), names.country("Republic of Korea")
            ('PRK', 'KOR')
            >>> names.country("Germny")
            Traceback (most recent call last):
            multipolar.errors.DataError: no country 'Germny'. Hint: did you mean 'Germany'?
        """
        code = self._code(name)
        if code is None:
            self._refuse_unlisted(name)
            raise DataError(f"no country {name!r}", hint=self._near(name, self.proper))
        return code

    def _code(self, name: str) -> str | None:
        """Return a country's code, or None if nobody goes by that name."""
        if len(name) > NAME:
            raise DataError(
                f"a name of {len(name):,} characters, {name[:20]!r} and so on",
                hint=f"names have at most {NAME}",
            )
        letters = _letters(name)
        found = self.codes.get(letters)
        if found is not None or not letters:
            return found
        shared = [c for c in _SHARED.get(letters, ()) if c in self.labels]
        if len(shared) > 1:
            raise DataError(
                f"{name!r} may be {' or '.join(self.labels[c] for c in shared)}",
                hint="name one of them",
            )
        return self._by_words(_bag(fold(name))) or self._twice(name)

    def _by_words(self, words: Bag) -> str | None:
        """Return the country of these words in any order, or of what the form of state leaves."""
        found = self.full.get(words)
        plain = words - FORMS
        if found is not None or plain == words or plain in _CONTESTED:
            return found
        return self.full.get(plain)

    def _twice(self, name: str) -> str | None:
        """Return the country that is named twice, as in "Myanmar (Burma)"."""
        parts = [p for p in re.split(r"[(/\[]", name) if p.strip(" )]")]
        if len(parts) != 2:
            return None
        one, other = (self.codes.get(_letters(p)) for p in parts)
        return one if one == other else None

    def members(self, coalition: str, date: str) -> tuple[str, ...]:
        """Return the members of a coalition at an ISO date or year, sorted."""
        key = self.coalition(coalition)
        if key is None:
            self._refuse_unlisted(coalition)
            raise DataError(
                f"no coalition {coalition[:NAME]!r}", hint=self._near(coalition, self.groups)
            )
        return tuple(sorted({m.country for m in self.coalitions[key] if m.covers(date)}))

    def countries(self, name: str, date: str) -> tuple[str, ...]:
        """Return the codes a country or coalition name stands for at a date.

        Raises:
            DataError: the name is neither, or the coalition has no member at that date.
        """
        key = self.coalition(name)
        if key is None:
            code = self._code(name)
            if code is None:
                self._refuse_unlisted(name)
                raise DataError(
                    f"no country or coalition {name!r}",
                    hint=self._near(name, {**self.proper, **self.groups}),
                )
            return (code,)
        found = self.members(key, date)
        if not found:
            first = min(m.since for m in self.coalitions[key])
            raise DataError(f"{key} has no members at {date}", hint=f"its first are of {first}")
        return found

    def label(self, code: str) -> str:
        """Return the short English name for an ISO code (the code itself if unknown)."""
        return self.labels.get(code) or former.label(code)

    def coalition(self, name: str) -> str | None:
        """Return the coalition of a name, also with "countries" or the like after it."""
        if len(name) > NAME:
            return None
        words = fold(name).split()
        found = self.groups.get("".join(words))
        if found is None and len(words) > 1 and words[-1] in _MEMBERS:
            kept = words[:-2] if words[-2] in _MEMBERS else words[:-1]
            found = self.groups.get("".join(kept))
        return found

    def _refuse_unlisted(self, name: str) -> None:
        """Refuse a group of which there is no list, and say what to name instead.

        Raises:
            DataError: it is one.
        """
        found = refusal(_letters(name[:NAME])) or former.refusal(name[:NAME], self.labels)
        if found is not None:
            raise DataError(found[0], hint=found[1])

    def _near(self, name: str, known: Mapping[str, str]) -> str:
        """Return a hint that names whoever is meant but for a slip, or how to name a country."""
        folded = fold(name[:NAME])
        words = folded.split()
        written = [words]
        if _bag(folded) - FORMS not in _CONTESTED:
            written.append([w for w in words if w not in FORMS | _LINKS])
        meant = {}
        if _bag(folded) - _COMMON:
            meant = {code: None for k, code in known.items() if self._meant(k, written)}
        if not 0 < len(meant) <= 3:
            return _USUAL
        return f"did you mean {' or '.join(repr(self.label(code)) for code in meant)}?"

    def _meant(self, letters: str, written: list[list[str]]) -> bool:
        """Say whether a known name was meant; short ones have too many neighbours for that."""
        if len(letters) < _SHORTEST:
            return False
        known = self.spelt.get(letters, letters).split()
        return not told_apart(written[0], known, TELLING) and any(
            slipped(words, known) for words in written if sum(map(len, words)) >= _SHORTEST
        )


def _rows(frame: pd.DataFrame, *columns: str | None) -> Iterator[tuple[Any, ...]]:
    """Return the rows of some columns; one that is not there holds nothing."""
    nothing: list[Any] = [()] * len(frame)
    return zip(*(frame[c].tolist() if c else nothing for c in columns), strict=True)


def _enter(word: str, code: str, index: dict[str, str], spelt: dict[str, str]) -> str:
    """Enter a name under its letters, and its words where it has several; return the words."""
    folded = key = fold(word)
    if " " in folded:
        key = folded.replace(" ", "")
        spelt[key] = folded
    index[key] = code
    return folded


@lru_cache(maxsize=8192)
def _letters(name: str) -> str:
    return fold(name).replace(" ", "")
