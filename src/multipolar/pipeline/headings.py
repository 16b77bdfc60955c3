"""Whether a heading of the story names what no part of its claim measures.

Only words that certainly name something are looked at: states and coalitions, commodities,
currencies, industries, and what metrics are about. Any of them has to occur in what the claim says
or in what its test reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from multipolar.claims.load import Loaded
from multipolar.claims.mistakes import Book
from multipolar.claims.schema import Claim
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.registry import Registry
from multipolar.pipeline.asks import Term
from multipolar.pipeline.compile import LeafPlan
from multipolar.world.names import Names, fold

# words for one thing; a heading that has one of a row needs one of that row
THINGS: tuple[frozenset[str], ...] = tuple(
    frozenset(row.split())
    for row in (
        "oil crude petroleum barrel",
        "gas lng pipeline bcm",
        "coal",
        "uranium",
        "gold",
        "lithium",
        "cobalt",
        "copper",
        "nickel",
        "gallium",
        "germanium",
        "graphite",
        "tungsten",
        "rare-earth earth ree",
        "wheat grain cereal",
        "yuan renminbi cny rmb",
        "dollar usd",
        "euro eur",
        "rouble ruble rub",
        "yen jpy",
        "vote voting ballot resolution alignment un_votes assembly",
        "goods good merchandise trade import export",
        "gdp income output economy economic ppp",
        "governance",
        "reserve",
        "warhead missile nuclear",
        "conflict war fighting",
        "veto",
        "tank artillery",
        "microchip chip semiconductor",
        "tariff duty",
    )
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*", re.UNICODE)
MOST = 4  # words of a state's name that are looked at together


def check_headings(
    loaded: Loaded, registry: Registry, claims: Mapping[str, tuple[LeafPlan, ...]], book: Book
) -> None:
    """Note each heading that names what nothing in its claim is about."""
    by_id = {c.id: c for c in loaded.case.claims}
    names = registry.world.names_index
    for k, finding in enumerate(loaded.case.story):
        claim = by_id.get(finding.claim)
        if claim is None:
            continue
        plans = claims[claim.id]
        said = _said(claim, plans, loaded, registry)
        states = _states(said, plans, registry)
        for verdict, text in finding.heading.items():
            for word in unmeasured(text, said, states, names):
                book.add(
                    "case",
                    "",
                    ("story", k, "heading", verdict),
                    f"the heading names {word!r}, which no part of claim {claim.id} measures",
                    "leave it out, or test it",
                )


def unmeasured(
    heading: str, said: str, states: frozenset[str] | None, names: Names
) -> Iterator[str]:
    """Yield the words of a heading that name something, and nothing that the claim is about.

    Args:
        heading: the text.
        said: all that the claim says and its test reads, as text.
        states: codes of the states it is about; None for any.
        names: of countries and coalitions.
    """
    about = _about(said)
    found = [m.group() for m in _WORD.finditer(heading)]
    for word in found:
        stem = _stem(word)
        row = next((t for t in THINGS if stem in t), None)
        if row is not None and not row & about:
            yield word
    if states is None:
        return
    for name, codes in _named(heading, names):
        if not codes & states and not set(_stems(name)) <= about:
            yield name


@lru_cache(maxsize=8)
def _about(said: str) -> frozenset[str]:
    """Return the stems of a text; a claim has a heading for each verdict."""
    return frozenset(_stems(said))


def _stems(text: str) -> Iterator[str]:
    for word in _WORD.findall(text.replace("_", " ").replace(".", " ")):
        yield _stem(word)
        yield from (_stem(part) for part in word.split("-"))


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    plain = word.casefold().removesuffix("'s")
    for end, other in (("ies", "y"), ("s", "")):
        if plain.endswith(end) and len(plain) > len(end) + 2 and not plain.endswith("ss"):
            found = plain.removesuffix(end) + other
            return "goods" if plain == "goods" else found
    return plain


def _named(text: str, names: Names) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the states and coalitions that a text names, the longest names first."""
    words = [w.removesuffix("'s").removesuffix("\u2019s") for w in text.split()]
    words = [w.strip(",.:;!?()'\"\u2018\u2019\u201c\u201d") for w in words]
    taken: set[int] = set()
    for size in range(MOST, 0, -1):
        for start in range(len(words) - size + 1):
            span = range(start, start + size)
            part = words[start : start + size]
            if taken & set(span) or not all(part) or part[0] == "The" or not part[0][:1].isupper():
                continue
            if size == 1 and len(part[0]) < 4:  # Is and In are codes as well
                continue
            codes = _codes(" ".join(part), names)
            if codes:
                taken |= set(span)
                yield " ".join(part), codes


def _codes(name: str, names: Names) -> frozenset[str]:
    letters = re.sub(r"[^a-z0-9]", "", fold(name))
    if letters in names.codes:
        return frozenset({names.codes[letters]})
    group = names.groups.get(letters)
    return frozenset(m.country for m in names.coalitions[group]) if group else frozenset()


def _said(claim: Claim, plans: Sequence[LeafPlan], loaded: Loaded, registry: Registry) -> str:
    """Return all that a claim says, and all that its test reads is called."""
    texts: list[str] = [claim.says, claim.topic, claim.chosen, claim.speaker]
    keys = list(claim.cites)
    for plan in plans:
        leaf = plan.leaf
        texts += [str(leaf.model_dump(exclude_none=True)), leaf.label or ""]
        for term in plan.terms():
            keys += [term.evidence] if term.evidence else []
            texts += _read(term, loaded, registry)
    for key in keys:
        if key in loaded.case.evidence:
            row = loaded.case.evidence[key]
            texts += [key, row.says, row.unit, row.source, str(row.value)]
    texts += [f"{q.label} {q.kind} {q.unit}" for q in claim.quantities]
    return " ".join(texts)


def _read(term: Term, loaded: Loaded, registry: Registry) -> Iterator[str]:
    """Yield what a reading, its metric and its scenario are called."""
    labels = registry.world.names_index.labels
    if term.ask is not None:
        metric = registry.metrics[term.ask.metric][1]
        yield f"{metric.name} {metric.title} {metric.description} {metric.unit}"
        yield from (d.name for d in metric.dims)
        for word in _flat(term.ask.place.values()):
            yield f"{word} {labels.get(word, '')}"
    if term.scenario in loaded.scenarios:
        yield str(loaded.scenarios[term.scenario].model_dump(exclude_none=True))


def _flat(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from map(str, value if isinstance(value, tuple) else (value,))


def _states(said: str, plans: Sequence[LeafPlan], registry: Registry) -> frozenset[str] | None:
    """Return the codes of the states a claim is about; None where it may be about any."""
    found: set[str] = set()
    for plan in plans:
        if plan.leaf.rank is not None and not plan.among:
            return None  # the rivals are those of the figures
        found |= plan.among
        for term in plan.terms():
            if term.ask is not None:
                found |= set(_flat(term.ask.place.values()))
    if EVERYBODY in found:
        return None
    for _, codes in _named(said, registry.world.names_index):
        found |= codes
    return frozenset(found)


__all__ = ["check_headings", "unmeasured"]
