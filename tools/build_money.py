"""settlement and russia_trade: what the money engine starts from, and what it is tested on."""

from __future__ import annotations

import pandas as pd

from common import FACTS, Built, column, sourced, typed
from publication import MODEL

STATUS = {"sourced", "derived", "assumption"}


def _read(name: str) -> pd.DataFrame:
    return sourced(typed("money", name), STATUS)


def _named() -> tuple[dict[str, object], ...]:
    return (
        column(
            "status",
            "string",
            "sourced, derived (from sourced figures, as the note says) or assumption",
        ),
        column("source", "string", "Who says it; empty for an assumption"),
        column("url", "string", "Address; may be empty"),
        column("reading", "string", "read, second-hand or recalled; empty for an assumption"),
        column("note", "string", "What is to be known about it; may be empty"),
    )


def settlement() -> Built:
    """Build the shares of currencies."""
    frame = _read("settlement")
    frame["value"] = frame["value"].astype(float)
    return Built(
        name="settlement",
        read="2026-11-25",
        review_days=180,
        refresh="the reports of the European Central Bank and of central banks, one by one",
        grade="second-hand",
        public={
            "rule": "at",
            "date": "2025",
            "why": f"Reuters and the European Central Bank, 2025; {MODEL}",
        },
        title="Currencies of payment: before 2022, by zone, and what was reported after",
        description=(
            "One row a figure. `zone` are rules for pairs of countries and `world` what they are "
            "scaled to, all assumptions; `before` and `russia` Russian trade before 2022; `fit` the "
            "two figures of the end of 2022 the money engine is fitted to, `held-out` those it is "
            "tested on, `alternative` other sources for them; `official` published shares of the "
            "yuan, `settled-low` and `settled-high` their range before 2022; `swap` swap lines of "
            "the People's Bank of China; `commission` what payment agents take."
        ),
        source="Bank of Russia, EBRD, People's Bank of China and others, named row by row",
        url="",
        licence=FACTS,
        version="2026-11",
        fields=(
            column("kind", "string", "What the figure is for, as above"),
            column("place", "string", "Zone (euro, dollar, yuan, west, other), country, or moment"),
            column(
                "partner",
                "string",
                "The other zone or country; third is every country without sanctions but China",
            ),
            column(
                "flow", "string", "exports, imports or both; invoicing or swift for world shares"
            ),
            column(
                "currency", "string", "ISO 4217 codes, or own: another one of the two countries"
            ),
            column(
                "value",
                "number",
                "Share of payments, points for an effect, 1 for a line",
                "percent",
            ),
            column("date", "string", "Year, month or day"),
            *_named(),
        ),
        frame=frame,
    )


def russia_trade() -> Built:
    """Build Russia's trade by partner."""
    frame = _read("russia_trade")
    for name in ("reported", "factor"):
        frame[name] = frame[name].astype(float)
    frame["year"] = frame["year"].astype(int)
    frame["value"] = (frame["reported"] * frame["factor"]).round(2)
    return Built(
        name="russia_trade",
        read="2026-11-25",
        review_days=180,
        refresh="the customs services of partners, one by one",
        grade="second-hand",
        public={
            "rule": "at",
            "date": "2024-02-17",
            "why": f"Customs of Russia, 2024; {MODEL}",
        },
        title="Russian trade in goods by partner, 2021 to 2023",
        description=(
            "Russia's exports and imports with the partners that publish theirs, and in all. "
            "Partners' figures include freight on what they buy. Indian ones are of fiscal years "
            "from April in 2021 and 2022. What is not listed is the rest."
        ),
        source="Customs and statistical services of Russia and its partners, named row by row",
        url="",
        licence=FACTS,
        version="2026-11",
        fields=(
            column("year", "integer", "Calendar year, or the fiscal year that starts in it"),
            column("flow", "string", "exports or imports, of Russia"),
            column("partner", "string", "china, eu, india, turkey or total"),
            column("value", "number", "reported times factor", "USD bn"),
            column("reported", "number", "Figure as reported, in unit"),
            column("unit", "string", "Unit of reported"),
            column("factor", "number", "Rate of exchange, part of a year, or growth"),
            *_named(),
        ),
        frame=frame,
    )
