"""How good the sources are: of the facts, and of the evidence of each bundled case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

from multipolar.claims import load_case
from multipolar.engines import Registry
from multipolar.engines.api.contract import GRADES
from multipolar.pipeline import compile_case
from multipolar.world import World
from validation.page import grid, table

CASES = ("moscow-2023", "critical-minerals-2023")
Row = tuple[str, str, str]  # grade, how it was read, address


@cache
def world() -> World:
    return World.load()


def facts() -> dict[str, list[Row]]:
    """Rows of the table of facts by series, entity and date."""
    frame: Any = world().table("facts").fillna({"url": ""})
    found: dict[str, list[Row]] = {}
    for r in frame.itertuples():
        place = f"{r.series} {r.entity} {r.date}"
        found.setdefault(place, []).append((r.grade, r.reading, r.url))
    return found


def cited(case: str) -> tuple[list[Row], list[Row]]:
    """The evidence of a case; and what its claims read: evidence, and the best row of each fact."""
    program = compile_case(load_case(case), Registry.default(world()))
    evidence = {
        k: (str(e.grade), e.reading, e.url or "") for k, e in program.loaded.case.evidence.items()
    }
    terms = [t for leaves in program.claims.values() for leaf in leaves for t in leaf.terms()]
    table = facts()
    places = {
        " ".join(str(t.ask.place[k]) for k in ("series", "entity", "date"))
        for t in terms
        if t.ask is not None and t.ask.metric == "facts.value" and len(t.ask.place) == 3
    }
    best = [min(table[p], key=lambda row: GRADES.index(row[0])) for p in places if p in table]
    return list(evidence.values()), best + [evidence[k] for k in {t.evidence for t in terms} if k]


def share(rows: Iterable[Row]) -> list[str]:
    """How many rows, the share of each grade, how many were read where another quotes them, or have no address."""
    rows = list(rows)
    count = Counter(grade for grade, _, _ in rows)
    parts = [f"{count[g]} ({count[g] / len(rows):.0%})" for g in GRADES]
    unread = sum(how == "second-hand" for _, how, _ in rows)
    return [str(len(rows)), *parts, str(unread), str(sum(not url for *_, url in rows))]


@table()
def grades() -> str:
    """Rows by grade: the facts, the evidence of each case, and what the claims of each rest on."""
    lines = [["facts", *share(row for rows in facts().values() for row in rows)]]
    for case in CASES:
        evidence, deciding = cited(case)
        lines += [
            [f"evidence of {case}", *share(evidence)],
            ["read by its claims", *share(deciding)],
        ]
    return grid(("what", "rows", *GRADES, "read where another quotes it", "no address"), lines)
