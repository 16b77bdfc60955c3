"""Whom a table of trade has, in a year, and what an absent flow means there.

A flow that is not on record is nothing only where both sides are in the source that year, and one
of them reports its trade: BACI takes what either side reports.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from multipolar.engines.api.contract import Dimension
from multipolar.engines.api.reader import joined, some
from multipolar.errors import DataMissing
from multipolar.world import former


def apart(asked: Sequence[str], years: Sequence[int], table: str, names: Mapping[str, str]) -> str:
    """Say which states asked for a table has inside others, where that is no obstacle.

    Raises:
        DataMissing: a state is inside one that is not asked for.
    """
    notes = []
    for code in asked:
        parts = [p for y in years if (p := former.part_of(code, y, table)) is not None]
        if not parts:
            continue
        if parts[0].whole in asked:
            name, whole = names.get(code, code), names.get(parts[0].whole, parts[0].whole)
            notes.append(f"{name} is in {whole}.")
        elif len(asked) == 1:
            what, hint = former.gone(parts[0], names)
            raise DataMissing(what, hint=hint)
        else:
            notes.append(f"Without {code}, which {former.system(table)} has in {parts[0].whole}.")
    return joined(*notes, former.said(asked, years, table, names))


def with_former(dim: Dimension, table: str) -> Dimension:
    """Return a dimension of states that takes the former ones a table has; others as they are."""
    return replace(dim, also=former.of_table(table)) if dim.kind == "country" else dim


def absent(
    asked: Sequence[str], there: Collection[str], years: Sequence[int], table: str
) -> DataMissing:
    """Return that a table has no trade at all of what is asked for in some years."""
    gone = [c for c in asked if c not in there]
    when = f" for {some([str(y) for y in years])}" if years else ""
    inside = [
        f"{c} was in {f.name} ({f.code}), which it has"
        for c in gone
        for f in former.former().values()
        if c in f.heirs and f.goes_as in there and any(f.since <= y <= f.until for y in years)
    ]
    return DataMissing(
        f"{some(gone)}: no trade at all{when} in the table {table}, which is not nothing",
        hint="; ".join(inside) or "name another year, or cite a figure",
    )


def unreported(exporters: Collection[str], importers: Collection[str], year: int) -> DataMissing:
    """Return that neither side reports its trade, so that a flow not on record is not known."""
    who = some(sorted(exporters)), some(sorted(importers))
    return DataMissing(
        f"no flow from {who[0]} to {who[1]} is on record for {year}, and neither reports its "
        "trade: it need not be zero",
        hint="name a partner that reports, or cite a figure",
    )
