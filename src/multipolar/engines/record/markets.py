"""``prices.*``, ``currencies.*``, ``energy_balance.*``, ``electricity.*``: markets and fuels."""

from __future__ import annotations

from typing import Any

from multipolar.engines.api.contract import UNBOUNDED, UNIT_OF_ROW
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.record import widths
from multipolar.engines.record.panel import Panel

FUELS = ("total", "coal", "gas", "oil", "nuclear", "renewables")
POWER = (
    "total", "coal", "gas", "oil", "nuclear", "hydro", "wind", "solar", "bioenergy",
    "other_renewables",
)  # fmt: skip
WHO = "whose; World for the sum that the source prints"


def _fuels(
    name: str, series: str, unit: str, says: str, words: tuple[str, ...], **more: Any
) -> Panel:
    """One series of the table of energy, of all fuels where none is named."""
    whole = {"fuel": words[0]} if words[0] == "total" else {}
    says_fuel = "of what; all of it if left out" if whole else "of what"
    return Panel(
        name, "energy_year", {"country": WHO, "year": "", "fuel": says_fuel}, unit, says,
        how="sum", whole="row", fixed={"series": series}, choices={"fuel": words},
        defaults=whole, **more,
    )  # fmt: skip


SOURCES: dict[str, Any] = {"error_share": widths.ENERGY, "error_of": widths.REPORTERS}
MADE: dict[str, Any] = {"error_share": widths.PRODUCTION, "error_of": widths.REPORTERS}
CURRENT: dict[str, Any] = {"error_share": widths.POWER, "error_of": widths.REPORTERS}
SHARES: dict[str, Any] = {"error_share": widths.ENERGY_SHARE, "error_of": widths.REPORTERS}
IN_ALL: dict[str, Any] = {"over": {"fuel": "total"}}
IN_WORLD: dict[str, Any] = {"over": {"country": EVERYBODY}}

PANELS: tuple[Panel, ...] = (
    Panel(
        "prices.price", "prices_monthly",
        {
            "commodity": "what is priced", "year": "", "month": "",
            "source": "whose figure; world-bank if left out",
        },
        UNIT_OF_ROW, "Price of a raw material, mean of the month or year, current dollars",
        value="price", columns={"source": "publisher"}, defaults={"source": "world-bank"},
        error_share=widths.PRICE, error_of=widths.REPORTERS, quantity="price",
    ),
    Panel(
        "currencies.rate", "fx_monthly",
        {"currency": "which, by its ISO code", "year": "", "month": ""},
        UNIT_OF_ROW, "What a dollar costs in a currency, mean of the month or year",
        value="rate", error_share=widths.RATE, error_of=widths.REPORTERS,
        quantity="exchange rate",
        hint="the Federal Reserve prints no rate of the rouble; the euro starts in 1999",
    ),
    _fuels(
        "energy_balance.production", "production", "EJ", "Primary energy produced, by fuel", FUELS,
        **SOURCES, quantity="energy produced", siblings=("energy_balance.production_share",),
    ),
    _fuels(
        "energy_balance.production_share", "production", "percent",
        "Share in the world's production of a fuel, by energy", FUELS, **IN_WORLD, **SHARES,
        quantity="share in energy produced", siblings=("energy_balance.production",),
    ),
    _fuels(
        "energy_balance.consumption", "consumption", "EJ", "Primary energy used, by fuel", FUELS,
        **SOURCES, bounds=UNBOUNDED, quantity="energy used", siblings=("energy_balance.mix",),
    ),
    _fuels(
        "energy_balance.consumption_share", "consumption", "percent",
        "Share in the world's use of a fuel, by energy", FUELS, **IN_WORLD, **SHARES,
        bounds=UNBOUNDED,  # electricity bought abroad counts, as renewables below nothing
        quantity="share in energy used", siblings=("energy_balance.consumption",),
    ),
    _fuels(
        "energy_balance.mix", "consumption", "percent",
        "Share of a fuel in the primary energy that a country uses", FUELS[1:], **IN_ALL,
        **SHARES, bounds=UNBOUNDED, quantity="energy mix", siblings=("energy_balance.consumption",),
    ),
    _fuels(
        "energy_balance.quantity_produced", "production_quantity", UNIT_OF_ROW,
        "Gas or coal produced, by volume or weight", ("coal", "gas"), **MADE,
        quantity="fuel produced", siblings=("energy_balance.production",),
    ),
    _fuels(
        "energy_balance.quantity_used", "consumption_quantity", UNIT_OF_ROW,
        "Gas or electricity used", ("electricity", "gas"), **MADE,
        quantity="fuel used", siblings=("energy_balance.consumption",),
    ),
    _fuels(
        "electricity.generation", "generation", "TWh", "Electricity by what it is made from",
        POWER, **CURRENT, quantity="electricity", siblings=("electricity.share",),
    ),
    _fuels(
        "electricity.share", "generation", "percent",
        "Share of a source in the electricity that a country makes", POWER[1:], **IN_ALL,
        **CURRENT, quantity="share in electricity", siblings=("electricity.generation",),
    ),
)  # fmt: skip
