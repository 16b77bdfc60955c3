"""Figures of one kind set against each other: what adds up, what clashes, what agrees."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from multipolar.claims.load import Loaded
from multipolar.errors import DataMissing, MultipolarError
from multipolar.pipeline.result import Figure, Reconciliation
from multipolar.text.dates import span
from multipolar.world import World
from multipolar.world.units import convert

TOLERANCE = 0.01
CLASH_FROM = 0.05
MAX_PARTS = 3
MAX_CANDIDATES = 60
MAX_PAIRS = 2000  # of figures of one kind and year that are set side by side


def reconcile(loaded: Loaded, world: World) -> tuple[Reconciliation, ...]:
    """Compare every figure a case states with the others of its kind, in common units.

    Sums are searched over up to three figures, within 1%, and only among figures that were known
    when the total was stated: later figures give sums nobody meant. A pair that a sum explains is
    not listed as a clash.

    Returns:
        Sums first, then clashes, then agreements, each in the order of the claims.
    """
    stated, recorded = _figures(loaded, world)
    found: list[Reconciliation] = []
    for kind, own in stated.items():
        others = _in_units(recorded.get(kind, []), own[0].unit)
        same = _in_units(own, own[0].unit)
        sums = _sums(kind, same, others)
        explained = {_pair(s.total, p) for s in sums if s.total is not None for p in s.parts}
        found += sums
        found += [r for r in _pairs(kind, same, others) if not _is_explained(r, explained)]
    order = {"adds up": 0, "clash": 1, "agree": 2}
    return tuple(sorted(found, key=lambda r: order[r.relation]))


def _figures(
    loaded: Loaded, world: World
) -> tuple[dict[str, list[Figure]], dict[str, list[Figure]]]:
    """Collect the figures of claims, and those of evidence tables, by kind."""
    stated: dict[str, list[Figure]] = defaultdict(list)
    for claim in loaded.case.claims:
        source = loaded.case.sources[claim.source]
        for q in claim.quantities:
            if q.unit == "rank":
                continue  # places are not amounts: they neither add up nor lie close
            known = q.known or source.published or loaded.case.as_of
            dated = q.year is None or str(q.year) in q.label
            label = q.label if dated else f"{q.label} ({q.year})"
            stated[q.kind].append(
                Figure(
                    q.value,
                    q.unit,
                    label,
                    q.kind,
                    known,
                    claim.id,
                    source.title,
                    year=str(q.year or ""),
                )
            )
    recorded: dict[str, list[Figure]] = defaultdict(list)
    try:
        facts = world.table("facts")
    except DataMissing:  # none was public yet
        return stated, recorded
    rows = facts[facts["kind"].isin(list(stated)) & facts["value"].notna()]
    for row in rows.itertuples(index=False):
        known = row.known if isinstance(row.known, str) and row.known else row.date
        url = row.url if isinstance(row.url, str) else ""
        label = f"{row.label}, {row.entity} ({row.date[:4]})"
        recorded[row.kind].append(
            Figure(
                float(row.value),
                row.unit,
                label,
                row.kind,
                known,
                None,
                row.source,
                url,
                row.date[:4],
            )
        )
    return stated, recorded


def _in_units(figures: Sequence[Figure], unit: str) -> list[Figure]:
    out = []
    for f in figures:
        try:
            value = convert(f.value, f.unit, unit)
        except MultipolarError:
            continue  # another dimension: not comparable, so it takes no part
        out.append(replace(f, value=value, unit=unit))
    return out


def _sums(kind: str, stated: list[Figure], recorded: list[Figure]) -> list[Reconciliation]:
    found = []
    # one figure per value, a claim's before a table's, so that no value is added twice
    pool = sorted([*stated, *recorded], key=lambda f: (f.claim is None, f.known))
    first_days = [span(f.known)[0] for f in pool]
    for total in stated:
        parts = _best_sum(total, _candidates(total, pool, first_days))
        if parts is None:
            continue
        gap = sum(p.value for p in parts) - total.value
        parts = tuple(sorted(parts, key=lambda p: -p.value))
        claims = tuple(dict.fromkeys(f.claim for f in (total, *parts) if f.claim))
        found.append(Reconciliation("adds up", kind, claims, total, parts, (total, *parts), gap))
    return found


def _candidates(
    total: Figure, pool: Sequence[Figure], first_days: Sequence[dt.date]
) -> list[Figure]:
    """Return the first figures that may be parts: smaller, and known when the total was stated."""
    day = span(total.known)[1]
    kept: dict[float, Figure] = {}
    for f, known in zip(pool, first_days, strict=True):
        if 0 < f.value < total.value and known <= day:
            kept.setdefault(round(f.value, 6), f)
            if len(kept) == MAX_CANDIDATES:
                break
    return list(kept.values())


def _best_sum(total: Figure, pool: list[Figure]) -> tuple[Figure, ...] | None:
    """The sum with fewest parts, then the smallest gap, then most parts that claims state."""
    values = np.array([f.value for f in pool])
    typed = np.array([f.claim is not None for f in pool], dtype=int)
    for size in range(2, MAX_PARTS + 1):
        if len(pool) < size:
            break
        chosen = _combinations(len(pool), size)
        gap = np.abs(values[chosen].sum(axis=1) - total.value)
        hits = np.flatnonzero(gap <= TOLERANCE * total.value)
        if hits.size:
            order = np.lexsort((-typed[chosen[hits]].sum(axis=1), gap[hits]))
            return tuple(pool[k] for k in chosen[hits[order[0]]])
    return None


@lru_cache(maxsize=2 * MAX_CANDIDATES)
def _combinations(n: int, size: int) -> NDArray[np.intp]:
    """Return every choice of ``size`` of ``n``, shape (choices, size)."""
    return np.array(list(itertools.combinations(range(n), size)), dtype=np.intp)


def _pair(a: Figure, b: Figure) -> frozenset[str]:
    return frozenset((f"{a.claim}{a.label}", f"{b.claim}{b.label}"))


def _is_explained(r: Reconciliation, explained: set[frozenset[str]]) -> bool:
    return r.relation == "clash" and _pair(r.figures[0], r.figures[1]) in explained


def _pairs(kind: str, stated: list[Figure], recorded: list[Figure]) -> list[Reconciliation]:
    """Set figures of one year side by side; of very many, the lowest and the highest alone."""
    years: dict[str, tuple[list[Figure], list[Figure]]] = {}
    for side, figures in enumerate((stated, recorded)):
        for f in figures:
            if f.year:
                years.setdefault(f.year, ([], []))[side].append(f)
    found = []
    for own, others in years.values():
        if len(own) * (len(own) + len(others)) > MAX_PAIRS:
            found += _span(kind, own, others)
            continue
        for a, b in (*itertools.combinations(own, 2), *itertools.product(own, others)):
            if a.claim != b.claim:
                found.append(_pair_of(kind, a, b))
    order = {id(f): k for k, f in enumerate((*stated, *recorded))}
    second = {id(f): f.claim is None for f in (*stated, *recorded)}
    found.sort(key=lambda r: (second[id(r.figures[1])], *(order[id(f)] for f in r.figures)))
    return found


def _span(kind: str, own: list[Figure], others: list[Figure]) -> list[Reconciliation]:
    if not own:
        return []
    low, high = (pick((*own, *others), key=lambda f: f.value) for pick in (min, max))
    if low.claim == high.claim:
        return []
    found = _pair_of(kind, *((low, high) if low.claim else (high, low)))
    return [replace(found, between=len(own) + len(others) - 2)]


def _pair_of(kind: str, a: Figure, b: Figure) -> Reconciliation:
    gap = b.value - a.value
    size = max(abs(a.value), abs(b.value))
    relation: Literal["clash", "agree"] = "clash" if abs(gap) > CLASH_FROM * size else "agree"
    claims = tuple(dict.fromkeys(f.claim for f in (a, b) if f.claim))
    return Reconciliation(relation, kind, claims, None, (), (a, b), gap)
