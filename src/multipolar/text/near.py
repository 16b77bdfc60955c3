"""Which of several names was meant by one that is misspelt: only what is within a slip of the pen.

Two names that differ in a telling word (north and south, democratic, exporter and importer) are two
things, however alike their letters are. Codes and abbreviations of a few letters have too many
neighbours for any to be meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

_PARTS = re.compile(r"[^\W_]+")
CODE = 4  # letters of a code or an abbreviation, at most
_CHANGED, _TWO = 8, 10  # letters of a name from which a change of one is forgiven, and two slips

# words that set a name apart from its like
_DIRECTIONS = """
north northern south southern east eastern west western central middle new old great greater
upper lower inner outer equatorial former free
"""
_KINDS = """
democratic dem peoples socialist islamic arab united federated dr american british french dutch us
uk papua bissau
"""
_FORMS = "republic kingdom federal federation federative government"
_SIDES = """
and not no non without import imports importer export exports exporter buyer buyers seller sellers
sender senders target targets origin destination min max most least above below before after first
last gain gains loss losses
"""
FORMS = frozenset(_FORMS.split())
TELLING = frozenset((_DIRECTIONS + _KINDS).split())
_OPTIONS = TELLING | FORMS | frozenset(_SIDES.split())


def letters(text: str) -> str:
    """Return the letters and digits of a text alone, without case and accents.

    Example:
        >>> letters("Côte d'Ivoire"), letters("energy.trade_quantity")
        ('cotedivoire', 'energytradequantity')
    """
    return "".join(_words(text))


def near(name: str, options: Iterable[str], n: int = 1) -> list[str]:
    """Return up to ``n`` of the options that ``name`` is but for a slip, or is the beginning of.

    Example:
        >>> near("exportr", ["exporter", "importer"]), near("exports", ["imports"])
        (['exporter'], [])
        >>> near("South Korea", ["North Korea"]), near("GCC", ["GEC"]), near("Iraq", ["Iran"])
        ([], [], [])
    """
    from rapidfuzz import fuzz  # only an error needs it

    words = _words(name)
    found = [o for o in options if _meant(name, words, o)]
    found.sort(key=lambda o: (-fuzz.ratio(letters(name), letters(o)), o))
    return found[:n]


def slip(name: str, other: str) -> bool:
    """Say whether letters are those of another name but for one lost, added, changed or swapped.

    The first letter is right. From ten letters on two slips are forgiven; in fewer than eight a
    letter is not changed into another, which makes other words of short ones (China and Chiba).

    Example:
        >>> slip("germny", "germany"), slip("kenya", "konya"), slip("shp", "ship")
        (True, False, True)
    """
    from rapidfuzz.distance import OSA

    most = 2 if len(name) >= _TWO else 1
    if not name or name[:1] != other[:1] or abs(len(name) - len(other)) > most:
        return False
    if len(name) == len(other) < _CHANGED and sorted(name) != sorted(other):
        return False
    return bool(OSA.distance(name, other, score_cutoff=most) <= most)


def slipped(words: Sequence[str], others: Sequence[str]) -> bool:
    """Say whether words are those of another name but for a slip in each, or in a gap between them.

    Example:
        >>> slipped(["equitorial", "guinea"], ["equatorial", "guinea"])
        True
        >>> slipped(["cocos", "islands"], ["cook", "islands"])
        False
    """
    if len(words) == len(others):
        return all(w == o or slip(w, o) for w, o in zip(words, others, strict=True))
    return slip("".join(words), "".join(others))


def told_apart(words: Sequence[str], others: Sequence[str], telling: Collection[str]) -> bool:
    """Say whether one of two names has a telling word that the other has not, even misspelt.

    A letter that stands alone is such a word: the S of S. Sudan.

    Example:
        >>> told_apart(["noth", "korea"], ["north", "korea"], TELLING)
        False
        >>> told_apart(["korea"], ["north", "korea"], TELLING)
        True
    """
    lacking = {w for w in words if w in telling or len(w) == 1} - set(others)
    wanting = {w for w in others if w in telling} - set(words)
    odd = [w for w in words if w not in telling and w not in others]
    return bool(lacking) or any(not any(slip(w, x) for w in odd) for x in wanting)


def _words(text: str) -> list[str]:
    plain = text.casefold()
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _PARTS.findall(plain.replace("'", "").replace("\u2019", ""))


def _meant(name: str, words: list[str], option: str) -> bool:
    others = _words(option)
    one, other = "".join(words), "".join(others)
    if one == other:
        return bool(one)
    if _code(option) or told_apart(words, others, _OPTIONS):
        return False
    if len(one) >= CODE and set(words) < set(others) and not _OPTIONS.issuperset(words):
        # of a name in several words, its beginning
        return " " not in option.strip() or others[: len(words)] == words
    if _code(name):
        return False
    return slipped(words, others) if " " in option.strip() else slip(one, other)


def _code(text: str) -> bool:
    return len(text) <= CODE and text.isupper()
