"""Which of many short texts are about what somebody typed: BM25 over stems, with synonyms.

A query is cut into concepts: known phrases, states, and single words. Each is looked for in its own
words and, at a discount, in those that mean the same; what matches more concepts comes first.
"""

from __future__ import annotations

import calendar
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from multipolar.text.synonyms import CURRENCIES, SYNONYMS

STOP = frozenset(
    """
    a an and are as at be been by did do does for from had has have how i in into is it its many me
    much of off on or over per show s t than that the their them there these they this those to
    under up was we were what when where which who whom whose why will with within would all any get
    give tell data figure figures number numbers stats statistics between against
    """.split()  # noqa: SIM905 - it is read as a line
)
LONGEST = 4  # words of a phrase
ALIKE = 0.6  # what a word of the same meaning counts
SATURATED, SPREAD = 1.2, 0.3  # k and b of BM25
NAMED, SAID, TERM, MORE = 3.0, 2.0, 1.5, 0.6  # what a word counts in each field
STATE = 0.5  # what a state counts beside what is asked of it
AGAIN = 0.95  # what one more of the same first word counts
ANYWHERE = 0.35  # of the best match: what a state counts in a text that holds for all states
PAIRED = 0.9  # and what each of two states counts in a text that holds for all pairs of them

_WORD = re.compile(r"[a-z0-9]+")
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_MONTHS = frozenset(m.casefold() for m in calendar.month_name if len(m) > 3)  # May is a verb


@dataclass(frozen=True)
class Text:
    """What is searched: its name, what it is, and what else is to be found in it.

    Attributes:
        name, about, terms, more: the fields, each of less weight.
        everywhere: it holds for nearly all states, so that one in a query does not tell it apart.
        pairs: it holds for pairs of states, so that it answers a query that names two.
        weight: how much it is to be preferred to others that match as well.
    """

    name: str
    about: str
    terms: str = ""
    more: str = ""
    everywhere: bool = False
    pairs: bool = False
    weight: float = 1.0


def words(text: str) -> list[str]:
    """Return the words of a text, without case and accents.

    Example:
        >>> words("Türkiye's crude_oil")
        ['turkiye', 's', 'crude', 'oil']
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return a word without the endings of English plurals and verbs.

    Example:
        >>> stem("countries"), stem("trading"), stem("trade"), stem("tanks"), stem("gas")
        ('countri', 'trad', 'trad', 'tank', 'gas')
    """
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        word = word[:-2]
    elif len(word) > 4 and word.endswith("ies"):
        word = f"{word[:-3]}i"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word.removesuffix(ending)
            break
    if len(word) > 3 and word[-1] in "ey":
        word = word[:-1] if word[-1] == "e" else f"{word[:-1]}i"
    return word


Phrase = tuple[str, ...]


@lru_cache(maxsize=1)
def _meanings() -> dict[Phrase, tuple[Phrase, ...]]:
    """Return the phrases that mean the same as each, in stems."""
    found: dict[Phrase, dict[Phrase, None]] = {}
    for line in SYNONYMS:
        phrases = [tuple(map(stem, words(p))) for p in line]
        for phrase in phrases:
            found.setdefault(phrase, {}).update(dict.fromkeys(phrases))
    return {p: tuple(o for o in others if o != p) for p, others in found.items()}


def alike(word: str) -> list[str]:
    """Return a word or phrase with all that mean the same.

    Example:
        >>> alike("crude")[:2], alike("zinc")
        (['crude', 'oil'], ['zinc'])
    """
    own = tuple(map(stem, words(word)))
    lines = (line for line in SYNONYMS if own in (tuple(map(stem, words(p))) for p in line))
    return list(dict.fromkeys([word, *(p for line in lines for p in line)]))


def currency(word: str) -> str:
    """Return the code of a currency by what it is called, or nothing.

    Example:
        >>> currency("RMB"), currency("US dollars"), currency("crude")
        ('CNY', 'USD', '')
    """
    own = tuple(map(stem, words(word)))
    named = (
        c for c, names in CURRENCIES.items() if own in (tuple(map(stem, words(n))) for n in names)
    )
    return next(named, "")


def among(word: str, options: Iterable[str]) -> list[str]:
    """Return the options that hold a word, or of which a longer name holds it.

    Example:
        >>> among("gas", ["coal", "crude", "lng", "pipeline_gas"])
        ['lng', 'pipeline_gas']
    """
    own = set(map(stem, words(word)))

    def held(option: str) -> bool:
        named = [set(map(stem, words(name))) for name in alike(option)]
        # a name of the same words may be of what is wider: fuel is gas, and coal is fuel
        return own <= named[0] or any(own < name for name in named)

    return [o for o in options if own and held(o)]


@dataclass(frozen=True)
class Concept:
    """One thing that is asked for, in its own words and in others; or a state, by its code.

    ``group`` says that it is a group of states by name.
    """

    own: Phrase
    others: tuple[Phrase, ...] = ()
    state: str = ""
    group: bool = False

    @property
    def party(self) -> bool:
        """Whether it is one side of what goes on between states."""
        return bool(self.state) or self.group


def concepts(query: str, states: Mapping[str, str], groups: Collection[str] = ()) -> list[Concept]:
    """Cut a query into concepts, the longest phrases first.

    Args:
        query: what was typed.
        states: codes of states by their names, in letters alone.
        groups: names of groups of states, in letters alone.

    Example:
        >>> [c.own or c.state for c in concepts("Russian natural gas to China",
        ...                                     {"russian": "rus", "china": "chn"})]
        ['rus', ('natural', 'gas'), 'chn']
    """
    typed, found, k = words(query), [], 0
    timeless = [w for w in typed if not _YEAR.fullmatch(w) and w not in _MONTHS]
    if any(w not in STOP for w in timeless):  # when it was tells nothing apart
        typed = timeless
    while k < len(typed):
        for n in range(min(LONGEST, len(typed) - k), 0, -1):
            part = typed[k : k + n]
            phrase, letters = tuple(map(stem, part)), "".join(part)
            state = states.get(letters, "")
            if state:
                found.append(Concept((), state=state))
            elif phrase in _meanings():
                found.append(Concept(phrase, _meanings()[phrase], group=letters in groups))
            elif n == 1 and letters not in STOP:
                found.append(Concept(phrase, group=letters in groups))
            elif n > 1:
                continue
            k += n
            break
    return list(dict.fromkeys(found))


class Ranking:
    """Texts, indexed to be searched again and again.

    Args:
        texts: what is searched.
        states: codes of states by their names, in letters alone, for queries.
        groups: names of groups of states, for queries too.

    Example:
        >>> ranking = Ranking([Text("crude.value", "Value of crude oil"), Text("votes.for", "")])
        >>> [k for k, _ in ranking.search("petroleum")]
        [0]
    """

    def __init__(
        self,
        texts: Iterable[Text],
        states: Mapping[str, str] | None = None,
        groups: Iterable[str] = (),
    ) -> None:
        self.texts, self.states = tuple(texts), states or {}
        self.groups = frozenset("".join(words(g)) for g in groups)

    @cached_property
    def _counts(self) -> list[dict[str, float]]:
        """Return the weighed count of each stem, by text."""
        found = []
        for text in self.texts:
            counts: dict[str, float] = {}
            parts = (text.name, text.about, text.terms, text.more)
            for part, weight in zip(parts, (NAMED, SAID, TERM, MORE), strict=True):
                # a word does not become likelier by standing there twice
                for word in self._held(words(part)):
                    counts[word] = counts.get(word, 0.0) + weight
            found.append(counts)
        return found

    def _held(self, typed: list[str]) -> set[str]:
        """Return the stems of a text, and the codes of the states that it names."""
        pairs = map("".join, pairwise(typed))
        named = {self.states[w] for w in (*typed, *pairs) if w in self.states}
        return {*map(stem, typed), *named}

    @cached_property
    def _rarity(self) -> dict[str, float]:
        n, held = len(self.texts), Counter(w for counts in self._counts for w in counts)
        return {w: math.log(1 + (n - m + 0.5) / (m + 0.5)) for w, m in held.items()}

    @cached_property
    def _lengths(self) -> list[float]:
        sizes = [len(words(t.name)) + len(words(t.about)) for t in self.texts]
        mean = sum(sizes) / max(len(sizes), 1) or 1.0
        return [1 - SPREAD + SPREAD * size / mean for size in sizes]

    def _word(self, k: int, word: str) -> float:
        count = self._counts[k].get(word, 0.0)
        if not count:
            return 0.0
        bounded = count * (SATURATED + 1) / (count + SATURATED * self._lengths[k])
        return self._rarity[word] * bounded

    def _phrase(self, k: int, phrase: Phrase) -> float:
        parts = [self._word(k, w) for w in phrase]
        # of a phrase all has to be there
        return sum(parts) / len(parts) if parts and all(parts) else 0.0

    def _concept(self, k: int, concept: Concept) -> float:
        if concept.state:
            return STATE * self._word(k, concept.state)
        own = self._phrase(k, concept.own)
        some = [self._word(k, w) for w in concept.own] if not own else []
        return max(
            own,
            ALIKE * max((self._phrase(k, other) for other in concept.others), default=0.0),
            0.4 * sum(some) / len(some) if some else 0.0,
        )

    def search(self, query: str, most: int = 10) -> list[tuple[int, float]]:
        """Return the positions of the texts that match best, with their scores, best first."""
        asked = concepts(query, self.states, self.groups)
        scores = [[self._concept(k, c) for c in asked] for k in range(len(self.texts))]
        best = [max((row[j] for row in scores), default=0.0) for j in range(len(asked))]
        # a word that nothing holds is no reason to rank by
        known = [j for j, top in enumerate(best) if top > 0 or asked[j].state]
        found = []
        for k, row in enumerate(scores):
            if not any(row[j] > 0 for j in known):
                continue
            row = self._held_for(k, row, best, asked)  # noqa: PLW2901
            share = sum(row[j] > 0 for j in known) / len(known)
            if not any(row[j] > 0 and not asked[j].state for j in known) and len(known) > 1:
                share *= 0.5  # a state alone, where something is asked of it
            found.append((k, sum(row) * share * self.texts[k].weight))
        return self._mixed(found)[:most]

    def _held_for(
        self, k: int, row: list[float], best: list[float], asked: list[Concept]
    ) -> list[float]:
        """Return what concepts count in a text, with the states that it holds for unnamed.

        One of pairs holds for both sides that a query names: of all states, or of one it names.
        """
        text, sides = self.texts[k], [j for j, c in enumerate(asked) if c.party]
        two = text.pairs and len(sides) > 1
        if two and (text.everywhere or any(row[j] > 0 for j in sides)):
            part, counted = PAIRED, set(sides)
        elif text.everywhere:
            part, counted = ANYWHERE, {j for j, c in enumerate(asked) if c.state}
        else:
            return row
        return [max(r, part * (best[j] or 1.0) * (j in counted)) for j, r in enumerate(row)]

    def _mixed(self, found: list[tuple[int, float]]) -> list[tuple[int, float]]:
        """Sort hits; of those of one first word, each counts less than the one before it."""
        found.sort(key=lambda hit: (-hit[1], self.texts[hit[0]].name))
        met: Counter[str] = Counter()
        mixed = []
        for k, score in found:
            first = self.texts[k].name.partition(" ")[0]
            mixed.append((k, score * AGAIN ** met[first]))
            met[first] += 1
        return sorted(mixed, key=lambda hit: (-hit[1], self.texts[hit[0]].name))


__all__ = ["Concept", "Ranking", "Text", "alike", "among", "concepts", "currency", "stem", "words"]
