"""``population.*`` and ``governance.*``: people, and how stable the state is that they live in."""

from __future__ import annotations

from multipolar.engines.record import widths
from multipolar.engines.record.panel import Panel

PANELS: tuple[Panel, ...] = (
    Panel(
        "population.people",
        "population",
        {"country": "who lives there; World for everybody", "year": ""},
        "people",
        "Population at the middle of the year",
        "sum",
        value="people",
        whole="sum",
        error_share=widths.PEOPLE,
        error_of=widths.VINTAGES,
        quantity="population",
        hint="the World Bank has no figures of it: leave it out, or cite evidence",
    ),
    Panel(
        "governance.estimate",
        "governance",
        {"country": "whose institutions", "year": ""},
        "1",
        "Political stability and absence of violence: standard normal units, higher is better",
        "mean",
        value="estimate",
        deviation="standard_error",
        error_of=widths.STANDARD,
        quantity="governance",
    ),
)
