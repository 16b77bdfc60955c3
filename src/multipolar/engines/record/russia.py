"""``russia.*``: Russian trade in goods by partner, from ``russia_trade``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from multipolar.engines.api.contract import FROM_ZERO, Dimension, Metric, Scalar, Source
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import joined, some
from multipolar.engines.record import widths
from multipolar.errors import DataMissing

if TYPE_CHECKING:
    from multipolar.world import World

TABLE = "russia_trade"
FLOWS = ("exports", "imports", "both")
TOTAL, UNION = "total", "eu"
PUBLISHED = re.compile(r"\d{4}-\d{2}-\d{2}")  # in the name of a source
STATES = {"CHN": "china", "IND": "india", "TUR": "turkey"}


class Row(NamedTuple):
    """One figure, USD bn, and who says it."""

    value: float
    source: Source
    note: str


@dataclass(frozen=True, eq=False)
class RussiaTable:
    """``russia_trade``, by flow, year and partner.

    Attributes:
        frame: pandas.DataFrame, a row a figure.
        union: members of the European Union, which the table has as one partner.
    """

    frame: Any
    union: frozenset[str]

    @cached_property
    def rows(self) -> Mapping[tuple[str, int, str], Row]:
        """Every figure."""
        found = {}
        for r in self.frame.fillna("").to_dict("records"):
            note = joined(r["note"] and f"{r['note']}.", f"{r['status'].capitalize()}.")
            source = Source(
                r["source"],
                str(r["year"]),
                r["url"],
                r["reported"] or None,
                r["unit"],
                r["reading"],
                known=(PUBLISHED.findall(r["source"]) or [""])[-1],
            )
            key = (str(r["flow"]), int(r["year"]), str(r["partner"]))
            found[key] = Row(float(r["value"]), source, note)
        return found

    def partners(self, at: Place) -> list[str]:
        """Return the partners of the table that are asked for.

        Raises:
            DataMissing: one of them is not apart in it.
        """
        value = at.get("partner", EVERYBODY)
        asked = set(value if isinstance(value, tuple) else (value,))
        if EVERYBODY in asked:
            return [TOTAL]
        found = [UNION] if self.union <= asked else []
        rest = asked - self.union if found else asked
        if gone := sorted(rest - set(STATES)):
            raise DataMissing(
                f"{some(gone)}: not apart in the table {TABLE}",
                hint=f"it has {', '.join(STATES)}, the EU as a whole, and all together (World)",
            )
        return [*found, *(STATES[c] for c in sorted(rest))]

    def value(self, at: Place) -> Value:
        """Add up the trade with the partners asked for, USD bn."""
        flows = FLOWS[:2] if at["flow"] == FLOWS[2] else (str(at["flow"]),)
        keys = [(flow, int(at["year"]), p) for flow in flows for p in self.partners(at)]
        if gone := [k for k in keys if k not in self.rows]:
            raise DataMissing(f"no Russian {gone[0][0]} for {gone[0][1]} in the table {TABLE}")
        found = [self.rows[k] for k in keys]
        return Value(
            sum(r.value for r in found),
            tuple(r.source for r in found),
            note=joined(*(r.note for r in found)),
            through=f"{at['year']}-12-31",
        )

    def share(self, at: Place) -> Value:
        """Read the share of partners in Russian trade of that flow and year, percent."""
        part, whole = self.value(at), self.value({**at, "partner": EVERYBODY})
        of = float(part.value), float(whole.value)
        return Value(
            100 * of[0] / of[1],
            (*part.evidence, *whole.evidence),
            error=100 * widths.of_ratio(*of, widths.TRADE),
            error_of=widths.REPORTERS,
            note=joined(part.note, "Partners' own figures over the Russian total."),
            through=part.through,
        )


@per_world
def _table(world: World) -> RussiaTable:
    return RussiaTable(world.table(TABLE), frozenset(world.countries_named("EU")))


def traded(world: World, at: Place) -> Value:
    """Read Russian exports or imports of a year with partners, USD bn."""
    return _table(world).value(at)


def years(world: World) -> list[int]:
    """Return the years of the table."""
    return sorted({year for _, year, _ in _table(world).rows})


def covered(world: World, dim: Dimension, place: Place) -> Sequence[Scalar] | None:
    """Return the partners or years of the table; the European Union is there as a whole."""
    if dim.kind == "country":
        return tuple(STATES)
    if dim.kind == "year":
        return sorted({year for _, year, _ in _table(world).rows})
    return None


def russia(world: World) -> tuple[Declared[World], ...]:
    """Declare the metrics of the ``russia_trade`` table."""
    years = sorted({year for _, year, _ in _table(world).rows})
    flow = dimension(
        "flow", "exports of Russia, imports, or both together", FLOWS, groups={FLOWS[2]: FLOWS[:2]}
    )
    year = dimension("year", f"calendar year, {years[0]} to {years[-1]}; India: from April")
    says = "partner: China, India, Turkey, the EU as a whole, or World for all"
    anyone = dimension("partner", f"{says}, also if left out", required=False)
    other = dimension("partner", says)

    def over(world: World, dim: Dimension, at: Place) -> Sequence[Scalar]:
        return covered(world, dim, at) or dim.values

    value = Metric(
        "russia.trade_value",
        (flow, year, anyone),
        "USD bn",
        "Russian trade in goods, as its partners or its customs published it",
        "sum",
        error_share=widths.TRADE,
        error_of=widths.REPORTERS,
        bounds=FROM_ZERO,
    )
    share = Metric(
        "russia.trade_share",
        (flow, year, other),
        "percent",
        "Share of a partner in Russian trade in goods: exports, imports or both",
        "sum",
        error_of=widths.REPORTERS,
        part="partner",
    )
    return (
        Declared(value, lambda w, at: _table(w).value(at), over, many=True),
        Declared(share, lambda w, at: _table(w).share(at), over, many=True),
    )
