"""Complete examples of each kind of measure, between states that most tables know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from multipolar.policy.scenario import Scenario

SIDES = {"senders": ["USA"], "targets": ["CHN"]}
PIPE = {"origin": "RUS", "destination": "CHN", "commodity": "pipeline_gas"}
RAIL = {"origin": "CHN", "destination": "DEU", "commodity": "rail"}

# by kind; links twice, for fuel and freight are carried by different engines
EXAMPLES: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "tariff": ({**SIDES, "rate": 0.1},),
    "trade_barrier": ({**SIDES, "rate": 0.1},),
    "embargo": (SIDES,),
    "export_control": (SIDES,),
    "price_cap": (
        {
            "senders": ["EU"],
            "targets": ["RUS"],
            "scope": ["gas"],
            "cap": 0.8,
            "unit": "share of the base price",
        },
    ),
    "payment_block": ({"senders": ["USA"], "targets": ["RUS"], "channel": "USD"},),
    "secondary_sanction_threat": (
        {"senders": ["USA"], "third_parties": ["CHN"], "targets": ["RUS"]},
    ),
    "swap_line": ({"lender": "CHN", "borrower": "RUS", "amount": 150.0},),
    "build_link": (
        {**PIPE, "capacity": 50.0, "unit": "bcm/yr"},
        {**RAIL, "capacity": 100_000.0, "unit": "TEU/yr"},
    ),
    "cut_link": (PIPE, RAIL),
    "set_capacity": (
        {**PIPE, "capacity": 10.0, "unit": "bcm/yr"},
        {**RAIL, "capacity": 100_000.0, "unit": "TEU/yr"},
    ),
    "production_cut": ({"members": ["SAU", "RUS"], "amount": 1.0},),
    "close_strait": ({"name": "Hormuz"},),
    "supply_arms": ({"senders": ["USA"], "recipient": "UKR", "value": 10.0},),
    "ally": ({"members": ["RUS", "CHN"]},),
}

# states that hardly any model tells apart
SMALL = {
    "senders": ["TUV"],
    "targets": ["NRU"],
    "third_parties": ["PLW"],
    "members": ["TUV", "NRU"],
    "lender": "TUV",
    "borrower": "NRU",
    "recipient": "NRU",
    "origin": "TUV",
    "destination": "NRU",
}


def scenarios(
    kind: str, *, small: bool = False, dates: Mapping[str, str] | None = None
) -> Iterator[Scenario]:
    """Yield a scenario for each example of a kind of measure; between small states, if asked for.

    ``dates`` are its ``since`` and ``until``.

    Example:
        >>> [m.commodity for s in scenarios("cut_link") for m in s.measures]
        ['pipeline_gas', 'rail']
    """
    for example in EXAMPLES[kind]:
        told = {k: SMALL.get(k, v) if small else v for k, v in example.items()}
        measure = {"measure": kind, **told, **(dates or {})}
        yield Scenario.model_validate({"name": f"example-{kind}", "measures": [measure]})


__all__ = ["EXAMPLES", "scenarios"]
