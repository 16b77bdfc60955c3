"""prices_monthly: world prices of raw materials, and of oil and American gas to this summer."""

from __future__ import annotations

import pandas as pd

from common import SOURCES, Built, categories, column

BANK = "World Bank, Commodity Price Data (The Pink Sheet), edition of 2 June 2026"
BANK_PAGE = "https://www.worldbank.org/en/research/commodity-markets"
EIA = "US Energy Information Administration"
BRENT = "https://www.eia.gov/dnav/pet/hist/RBRTED.htm"
HENRY_HUB = "https://www.eia.gov/dnav/ng/hist/rngwhhdM.htm"
BARREL, OUNCE, TONNE, MMBTU, KG = "USD/bbl", "USD/oz", "USD/t", "USD/MMBtu", 1000.0
# what the source calls it, our word, unit, and what a figure is multiplied by to be in it
SERIES: tuple[tuple[str, str, str, float], ...] = (
    ("Crude oil, average", "crude", BARREL, 1),
    ("Crude oil, Brent", "brent", BARREL, 1),
    ("Crude oil, Dubai", "dubai", BARREL, 1),
    ("Crude oil, WTI", "wti", BARREL, 1),
    ("Natural gas, Europe", "gas_europe", MMBTU, 1),
    ("Natural gas, US", "gas_us", MMBTU, 1),
    ("Liquefied natural gas, Japan", "lng_japan", MMBTU, 1),
    ("Coal, Australian", "coal_australia", TONNE, 1),
    ("Coal, South African **", "coal_south_africa", TONNE, 1),
    ("Aluminum", "aluminium", TONNE, 1),
    ("Copper", "copper", TONNE, 1),
    ("Iron ore, cfr spot", "iron_ore", TONNE, 1),
    ("Lead", "lead", TONNE, 1),
    ("Nickel", "nickel", TONNE, 1),
    ("Tin", "tin", TONNE, 1),
    ("Zinc", "zinc", TONNE, 1),
    ("Gold", "gold", OUNCE, 1),
    ("Platinum", "platinum", OUNCE, 1),
    ("Silver", "silver", OUNCE, 1),
    ("Wheat, US HRW", "wheat", TONNE, 1),
    ("Wheat, US SRW", "wheat_soft", TONNE, 1),
    ("Maize", "maize", TONNE, 1),
    ("Barley", "barley", TONNE, 1),
    ("Rice, Thai 5%", "rice", TONNE, 1),
    ("Soybeans", "soybeans", TONNE, 1),
    ("Soybean meal", "soybean_meal", TONNE, 1),
    ("Soybean oil", "soybean_oil", TONNE, 1),
    ("Palm oil", "palm_oil", TONNE, 1),
    ("Rapeseed oil", "rapeseed_oil", TONNE, 1),
    ("Sunflower oil", "sunflower_oil", TONNE, 1),
    ("Sugar, world", "sugar", TONNE, KG),
    ("Cocoa", "cocoa", TONNE, KG),
    ("Coffee, Arabica", "coffee_arabica", TONNE, KG),
    ("Coffee, Robusta", "coffee_robusta", TONNE, KG),
    ("Tea, avg 3 auctions", "tea", TONNE, KG),
    ("Beef **", "beef", TONNE, KG),
    ("Chicken **", "chicken", TONNE, KG),
    ("Cotton, A Index", "cotton", TONNE, KG),
    ("Rubber, RSS3", "rubber", TONNE, KG),
    ("Urea", "urea", TONNE, 1),
    ("DAP", "diammonium_phosphate", TONNE, 1),
    ("Phosphate rock", "phosphate_rock", TONNE, 1),
    ("Potassium chloride **", "potash", TONNE, 1),
)
# before that the source's figure is of another thing under the same name
BEGINS = {"iron_ore": "2008-12"}
# what a name stands for, where a reader may take it for something else
NOTES: tuple[tuple[str, str, str, str], ...] = (
    ("gas_europe", "2015-04", "9999", "The Dutch hub, TTF."),
    ("gas_europe", "2010-04", "2015-03", "Mean of import border prices with a part of hub prices."),
    ("gas_europe", "1960-01", "2010-03", "Mean of import border prices."),
    ("gas_us", "1960-01", "9999", "Spot at Henry Hub."),
    ("dubai", "1960-01", "1984-12", "Saudi Arabian Light; Dubai from 1985 on."),
    ("coal_australia", "2022-02", "9999", "Futures for Newcastle, 6,000 kcal/kg."),
    ("coal_australia", "1970-01", "2022-01", "Another grade than from February 2022 on."),
    ("iron_ore", "2008-12", "9999", "A dry tonne of fines, 62% iron, landed in China."),
    ("wheat", "1960-01", "9999", "American hard red winter at the Gulf."),
    ("lng_japan", "2026-04", "9999", "Estimate of the source: the two latest months are."),
)


def bank() -> pd.DataFrame:
    """The Pink Sheet, the series of :data:`SERIES`."""
    known = pd.DataFrame(SERIES, columns=["name", "commodity", "unit", "times"])
    sheet = pd.read_parquet(SOURCES / "prices" / "pinksheet.parquet").drop(columns="unit")
    rows = sheet.merge(known, left_on="commodity", right_on="name", suffixes=("_there", ""))
    if missing := set(known["name"]) - set(rows["name"]):
        raise ValueError(f"the Pink Sheet has no {sorted(missing)}")
    rows["price"] = (rows["value"] * rows["times"]).round(4)
    rows = rows[rows["month"] >= rows["commodity"].map(BEGINS).fillna("")]
    return rows.assign(
        date=rows["month"], publisher="world-bank", source=BANK, url=BANK_PAGE, vintage="2026-06-02"
    )


def brent() -> pd.DataFrame:
    """Brent as the mean of its daily prices in a month, with a word where a month has not ended."""
    days = pd.read_parquet(SOURCES / "prices" / "brent_daily.parquet")
    rows = days.assign(date=days["Date"].str[:7]).groupby("date")
    means = rows["Price"].agg(["mean", "count"]).round(4).reset_index()
    last = str(days["Date"].max())
    first = str(days["Date"].min())
    partial = {
        last[
            :7
        ]: f"Mean of {len(days[days['Date'].str[:7] == last[:7]])} trading days, the last of "
        f"{last}: the month had not ended.",
        first[:7]: f"Mean of the trading days from {first} on.",
    }
    note = means["date"].map(partial).fillna("")
    return means.rename(columns={"mean": "price"}).assign(
        commodity="brent", unit=BARREL, publisher="eia", url=BRENT, vintage="2026-08-22", note=note,
        source=f"{EIA}, Europe Brent spot price, daily to {last}: mean of the month",
    )  # fmt: skip


def henry_hub() -> pd.DataFrame:
    """The spot price of gas at Henry Hub."""
    rows = pd.read_parquet(SOURCES / "prices" / "henry_hub_monthly.parquet")
    return rows.rename(columns={"Month": "date", "Price": "price"}).assign(
        commodity="gas_us", unit=MMBTU, publisher="eia", url=HENRY_HUB, vintage="2026-08-22",
        source=f"{EIA}, Henry Hub natural gas spot price, monthly to {rows['Month'].max()}",
        note="Spot at Henry Hub.",
    )  # fmt: skip


def build() -> Built:
    """Build the table."""
    frame = pd.concat([bank(), brent(), henry_hub()], ignore_index=True)
    frame["note"] = frame["note"].fillna("") if "note" in frame else ""
    for commodity, since, until, says in NOTES:
        meant = (frame["commodity"] == commodity) & frame["date"].between(since, until)
        frame.loc[meant & (frame["publisher"] == "world-bank"), "note"] = says
    frame["year"] = frame["date"].str[:4].astype("int16")
    frame["month"] = frame["date"].str[5:7].astype("int8")
    frame = frame.sort_values(["publisher", "commodity", "date"], ascending=[False, True, True])
    words = ("commodity", "unit", "publisher", "source", "url", "vintage", "note", "date")
    return Built(
        name="prices_monthly",
        read="2026-12-01",
        refresh=(
            "the Pink Sheet of the World Bank, each month on its second working day; Brent and "
            "Henry Hub at the US Energy Information Administration, each week"
        ),
        grade="official",
        public={
            "rule": "column",
            "column": "date",
            "lag_days": 10,
            "why": "The World Bank prints a month's mean early in the next (that of May 2026 on 2 "
            "June): a month is taken as public ten days after its end. Figures are those of the "
            "edition of June 2026, as revised",
        },
        title="Prices of raw materials by month, 1960-2026",
        description=(
            "Means of a month in dollars of the day. Oil, gas, coal, metals, grain, oilseeds, "
            "other food, cotton, rubber and fertiliser from the World Bank's Pink Sheet to May "
            "2026; Brent and gas at Henry Hub also as the US Energy Information Administration "
            "has them, to the summer of 2026 (`publisher` says which). What a name stands for "
            "has changed over the years: the note of a row says what it is, where that matters."
        ),
        source="World Bank, Commodity Price Data (The Pink Sheet); US Energy Information "
        "Administration",
        url=BANK_PAGE,
        licence="CC BY 4.0 (World Bank); public domain (EIA)",
        version="1960-01 to 2026-08",
        fields=(
            column("commodity", "string", "What is priced", key=True),
            column("year", "integer", "Calendar year", "year", key=True),
            column("month", "integer", "Month, 1 to 12", "month", key=True),
            column("date", "string", "The month as YYYY-MM"),
            column("price", "number", "Mean of the month, current dollars"),
            column("unit", "string", "Unit of the price"),
            column("publisher", "string", "Whose figure: world-bank or eia", key=True),
            column("source", "string", "Who says it, and in which edition"),
            column("url", "string", "Address"),
            column("vintage", "string", "Date of the edition"),
            column("note", "string", "What is to be known about it; may be empty"),
        ),
        frame=categories(frame, *words),
    )
