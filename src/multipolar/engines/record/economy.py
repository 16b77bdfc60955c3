"""``economy.*``, ``military.*``, ``arms.*``, ``emissions.*``, ``democracy.*``: states by year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from multipolar.engines.api.contract import FROM_ZERO, PERCENT_CHANGE
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.record import widths
from multipolar.engines.record.panel import Panel

BANK, CIA = "world-bank", "cia"
TWO = (BANK, CIA)
HISTORY = "The edition of 2021 of the World Bank's indicators: history, as it was revised by then."
NEWER = "Later years of all states: SIPRI's file, which `multipolar data add milex` reads."


def _series(
    name: str, series: str, unit: str, says: str, *, whose: str = "whose", **more: Any
) -> Panel:
    """One series of the long table; ``source`` is asked where two publishers have it."""
    two = more.pop("two", "")
    dims: Mapping[str, str] = {"country": whose, "year": ""}
    if two:
        more |= {
            "columns": {"source": "publisher"},
            "choices": {"source": TWO},
            "defaults": {"source": two},
        }
        dims = {**dims, "source": f"whose figure; {two} if left out"}
    return Panel(
        name, "country_year", dims, unit, says, fixed={"series": series}, **more
    )  # fmt: skip


WHOSE = "whose; World for the source's own figure of the world"
DOLLARS: dict[str, Any] = {"scale": 1e-9, "how": "sum", "bounds": FROM_ZERO}
WORLD: dict[str, Any] = {"whose": WHOSE, "whole": "row"}
SHARE: dict[str, Any] = {"over": {"country": EVERYBODY}}

PANELS: tuple[Panel, ...] = (
    _series(
        "economy.gdp", "gdp", "USD bn", "Gross domestic product at market rates, current dollars",
        **DOLLARS, **WORLD, error_share=widths.PRODUCT, error_of=widths.VINTAGES,
        quantity="output, market rates", siblings=("economy.gdp_share",),
    ),
    _series(
        "economy.gdp_share", "gdp", "percent", "Share in the world's product at market rates",
        **DOLLARS, **WORLD, **SHARE, error_share=widths.PRODUCT, error_of=widths.VINTAGES,
        quantity="share in output, market rates", siblings=("economy.gdp",),
    ),
    _series(
        "economy.gdp_ppp", "gdp_ppp", "USD bn",
        "Gross domestic product at purchasing power, dollars of 2021", **DOLLARS, **WORLD,
        error_share=widths.PRODUCT, error_of=widths.VINTAGES,
        quantity="output, purchasing power", siblings=("economy.gdp_ppp_share",),
    ),
    _series(
        "economy.gdp_ppp_share", "gdp_ppp", "percent",
        "Share in the world's product at purchasing power", **DOLLARS, **WORLD, **SHARE,
        error_share=widths.PRODUCT, error_of=widths.VINTAGES,
        quantity="share in output, purchasing power", siblings=("economy.gdp_ppp",),
    ),
    _series(
        "economy.growth", "growth", "percent",
        "Growth of the product over the year before, in volume",
        **WORLD, two=BANK, error=widths.GROWTH, error_of=widths.VINTAGES, quantity="growth",
        bounds=PERCENT_CHANGE,
    ),
    _series(
        "economy.inflation", "inflation", "percent", "Rise of consumer prices over the year before",
        **WORLD, two=BANK, error=widths.INFLATION, error_of=widths.ROUNDED, quantity="inflation",
        bounds=PERCENT_CHANGE,
    ),
    _series(
        "economy.unemployment", "unemployment", "percent",
        "Share of those who could work that are without it, as the ILO estimates", **WORLD,
        error_share=widths.PRODUCT, error_of=widths.VINTAGES, quantity="unemployment",
    ),
    _series(
        "economy.reserves", "reserves", "USD bn",
        "Reserves of foreign currency and gold at the end of the year", **DOLLARS,
        error_share=widths.PRODUCT, error_of=widths.VINTAGES, quantity="reserves",
    ),
    _series(
        "economy.public_debt", "public_debt", "percent", "Public debt as a share of product",
        error_share=widths.PRODUCT, error_of=widths.VINTAGES, quantity="public debt",
        bounds=FROM_ZERO,
        note="The latest year that the Factbook has, which is not the same for all.",
    ),
    _series(
        "economy.current_account", "current_account", "USD bn",
        "Balance of the current account; below zero a deficit", scale=1e-9, how="sum",
        error_share=widths.PRODUCT, error_of=widths.VINTAGES, quantity="current account",
    ),
    _series(
        "economy.research_share", "research_share", "percent",
        "Spending on research and development as a share of product", note=HISTORY,
        error_share=widths.PRODUCT, error_of=widths.VINTAGES, quantity="research",
    ),
    _series(
        "economy.patents", "patents", "count", "Patents that residents applied for", how="sum",
        error_share=widths.PRODUCT, error_of=widths.VINTAGES, note=HISTORY, quantity="patents",
    ),
    _series(
        "economy.high_tech_exports", "high_tech_exports", "USD bn",
        "Exports of high technology", **DOLLARS, note=HISTORY,
        error_share=widths.TRADE, error_of=widths.REPORTERS, quantity="high-tech exports",
        siblings=("economy.high_tech_share",),
    ),
    _series(
        "economy.high_tech_share", "high_tech_share", "percent",
        "High technology as a share of exports of manufactures", note=HISTORY,
        error_share=widths.TRADE, error_of=widths.REPORTERS, quantity="share of high technology",
        siblings=("economy.high_tech_exports",),
    ),
    _series(
        "military.expenditure", "military_spending", "USD bn",
        "Military spending, current dollars", **DOLLARS, note=HISTORY + " " + NEWER,
        error_share=widths.SPENDING, error_of=widths.VINTAGES, quantity="military spending",
        siblings=("military.expenditure_share",),
        newer="of later years `facts.value` has SIPRI's figures of some states, "
        "`military.expenditure_share` the share of product, and `multipolar data add milex` reads "
        "SIPRI's own file",
    ),
    _series(
        "military.expenditure_share", "military_burden", "percent",
        "Military spending as a share of product",
        two=CIA, error_share=widths.BURDEN, error_of=widths.REPORTERS, quantity="military burden",
        siblings=("military.expenditure",),
    ),
    _series(
        "military.personnel", "armed_forces", "people",
        "Armed forces, with paramilitary forces that can stand in for them", how="sum",
        note=HISTORY, error_share=widths.PEOPLE, error_of=widths.VINTAGES,
        quantity="armed forces",
    ),
    _series(
        "arms.exports", "arms_exports", "TIV mn",
        "Major arms delivered to others, in SIPRI's trend-indicator values", how="sum",
        whose="who delivers", years_add=True, note=HISTORY,
        error_share=widths.DELIVERIES, error_of=widths.VINTAGES, quantity="arms exports",
        siblings=("arms.imports",),
    ),
    _series(
        "arms.imports", "arms_imports", "TIV mn",
        "Major arms received from others, in SIPRI's trend-indicator values", how="sum",
        whose="who receives", years_add=True, note=HISTORY,
        error_share=widths.DELIVERIES, error_of=widths.VINTAGES, quantity="arms imports",
        siblings=("arms.exports",),
    ),
    _series(
        "emissions.co2", "co2", "Mt",
        "Carbon dioxide from fuels and cement, emitted within a country", how="sum", **WORLD,
        scale=1e-6, years_add=True, error_share=widths.CARBON, error_of=widths.STANDARD,
        quantity="emissions", siblings=("emissions.share",),
    ),
    _series(
        "emissions.share", "co2", "percent", "Share in the world's carbon dioxide", how="sum",
        **WORLD, **SHARE, scale=1e-6, years_add=True, error_share=widths.CARBON,
        error_of=widths.STANDARD, quantity="share in emissions", siblings=("emissions.co2",),
    ),
    Panel(
        "democracy.index", "democracy",
        {"country": "whose", "year": "", "index": "electoral, liberal, ...; electoral if left out"},
        "index", "How far an ideal of democracy is reached, 0 to 1, by V-Dem", "mean",
        defaults={"index": "electoral"}, error=widths.DEMOCRACY, error_of=widths.STANDARD,
        quantity="democracy", bounds=(0.0, 1.0),
    ),
)  # fmt: skip
