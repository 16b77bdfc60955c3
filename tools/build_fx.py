"""fx_monthly: what a dollar costs in other currencies, from the Federal Reserve."""

from __future__ import annotations

import pandas as pd

from common import SOURCES, Built, categories, column

# its rows run over three changes of money, months in which two were counted in among them
LEFT_OUT = ("Venezuela",)
CODES = {
    "Australia": "AUD", "Austria": "ATS", "Belgium": "BEF", "Brazil": "BRL", "Canada": "CAD",
    "China": "CNY", "Denmark": "DKK", "Euro": "EUR", "Finland": "FIM", "France": "FRF",
    "Germany": "DEM", "Greece": "GRD", "Hong Kong": "HKD", "India": "INR", "Ireland": "IEP",
    "Italy": "ITL", "Japan": "JPY", "Malaysia": "MYR", "Mexico": "MXN", "Netherlands": "NLG",
    "New Zealand": "NZD", "Norway": "NOK", "Portugal": "PTE", "Singapore": "SGD",
    "South Africa": "ZAR", "South Korea": "KRW", "Spain": "ESP", "Sri Lanka": "LKR",
    "Sweden": "SEK", "Switzerland": "CHF", "Taiwan": "TWD", "Thailand": "THB",
    "United Kingdom": "GBP",
}  # fmt: skip


def build() -> Built:
    """Build the table."""
    there = pd.read_parquet(SOURCES / "currencies" / "fed_h10.parquet")
    there = there[~there["country"].isin(LEFT_OUT)]
    frame = pd.DataFrame(
        {
            "currency": there["country"].map(CODES),
            "year": there["date"].str[:4].astype("int16"),
            "month": there["date"].str[5:7].astype("int8"),
            "date": there["date"],
            "rate": there["rate"],
        }
    )
    if frame["currency"].isna().any():
        raise ValueError(f"no code for {set(there['country']) - set(CODES)}")
    frame["unit"] = frame["currency"] + "/USD"
    return Built(
        name="fx_monthly",
        read="2026-12-01",
        refresh="release H.10 of the Federal Reserve, each week",
        grade="official",
        public={
            "rule": "column",
            "column": "date",
            "lag_days": 10,
            "why": "The means of a month come out on the first working days of the next",
        },
        title="Exchange rates by month, 1971-2026",
        description=(
            "Units of a currency for one dollar, mean of the month, noon rates in New York. Every "
            "row has them that way round, also the euro, the pound and the Australian and New "
            "Zealand dollar, which the release prints the other way. Currencies that the euro "
            "replaced run to 2001, at their fixed rates from 1999 on. The rouble is not in the "
            "release; the bolivar is left out, for its rows run over three changes of money."
        ),
        source="Federal Reserve, H.10 Foreign Exchange Rates, monthly",
        url="https://www.federalreserve.gov/releases/h10/",
        licence="public domain (Federal Reserve)",
        version="1971-01 to 2026-06",
        fields=(
            column("currency", "string", "ISO 4217 code", key=True),
            column("year", "integer", "Calendar year", "year", key=True),
            column("month", "integer", "Month, 1 to 12", "month", key=True),
            column("date", "string", "The month as YYYY-MM"),
            column("rate", "number", "Units of the currency for one dollar"),
            column("unit", "string", "Unit of the rate"),
        ),
        frame=categories(frame.sort_values(["currency", "date"]), "currency", "date", "unit"),
    )
