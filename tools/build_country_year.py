"""country_year: the economy, arms and emissions of states by year, one figure a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

import factbook
from common import DATA, SOURCES, Built, categories, column

READ = "2026-12-01"
WDI = "World Bank, World Development Indicators"
WDI_PAGE = "https://data.worldbank.org/indicator/"
GCB = "Global Carbon Project, Global Carbon Budget 2025, in Our World in Data"
GCB_PAGE = "https://ourworldindata.org/co2-emissions"
ECONOMY, ARMY = "Economy", "Military and Security"
CENTRAL, GENERAL = "central government debt", "general government debt"


@dataclass(frozen=True)
class Series:
    """One series of one publisher, in one edition.

    Attributes:
        name, unit: ours.
        publisher: its word in the table.
        source, code: who says it; the code of the series there, or its name.
        vintage: date of the edition.
        lag: days after the end of a year until its figure is out.
    """

    name: str
    unit: str
    publisher: str
    source: str
    code: str
    vintage: str
    lag: int

    @property
    def url(self) -> str:
        """Where the series is."""
        pages = {"world-bank": WDI_PAGE + self.code, "cia": factbook.PAGE, "gcp": GCB_PAGE}
        return pages[self.publisher]


def bank(name: str, unit: str, code: str, vintage: str, of: str = "", lag: int = 212) -> Series:
    """A series of the World Bank; ``of`` is who made the figures, where it is not the bank."""
    source = f"{of}, in {WDI}" if of else WDI
    return Series(name, unit, "world-bank", f"{source}, {code}", code, vintage, lag)


def cia(name: str, unit: str, field: str, lag: int = 300) -> Series:
    """A series of the Factbook; the copy has dates up to January 2026."""
    return Series(name, unit, "cia", f"{factbook.NAME}, {field}", field, "2026-01", lag)


SIPRI, IISS, UNESCO = "SIPRI", "International Institute for Strategic Studies", "UNESCO"
HISTORY = "2021-10"  # the edition that series which end by 2020 are from
# read straight from the World Bank's files: the file and the columns
BANK: Mapping[str, Series] = {
    "gdp": bank("gdp", "USD", "NY.GDP.MKTP.CD", "2025-12"),
    "inflation": bank("inflation", "percent", "FP.CPI.TOTL.ZG", "2024", "IMF"),
    "growth": bank("growth", "percent", "NY.GDP.PCAP.KD.ZG, SP.POP.TOTL", "2024"),
    "unemployment": bank("unemployment", "percent", "SL.UEM.TOTL.ZS", "2024", "ILO"),
}
TOPICS: tuple[tuple[Series, float], ...] = (
    (bank("research_share", "percent", "GB.XPD.RSDV.GD.ZS", HISTORY, UNESCO, 550), 1),
    (bank("patents", "count", "IP.PAT.RESD", HISTORY, "WIPO", 365), 1),
    (bank("high_tech_exports", "USD", "TX.VAL.TECH.CD", HISTORY, "UN Comtrade", 300), 1),
    (bank("high_tech_share", "percent", "TX.VAL.TECH.MF.ZS", HISTORY, "UN Comtrade", 300), 1),
    (bank("military_spending", "USD", "MS.MIL.XPND.CD", HISTORY, SIPRI, 120), 1),
    (bank("military_burden", "percent", "MS.MIL.XPND.GD.ZS", HISTORY, SIPRI, 120), 1),
    (bank("armed_forces", "people", "MS.MIL.TOTL.P1", HISTORY, IISS, 400), 1),
    (bank("arms_exports", "TIV mn", "MS.MIL.XPRT.KD", HISTORY, SIPRI, 75), 1e-6),
    (bank("arms_imports", "TIV mn", "MS.MIL.MPRT.KD", HISTORY, SIPRI, 75), 1e-6),
)
FACTBOOK: tuple[tuple[Series, str], ...] = (
    (cia("gdp_ppp", "USD", "Real GDP (purchasing power parity)"), ECONOMY),
    (cia("growth", "percent", "Real GDP growth rate"), ECONOMY),
    (cia("inflation", "percent", "Inflation rate (consumer prices)"), ECONOMY),
    (cia("reserves", "USD", "Reserves of foreign exchange and gold"), ECONOMY),
    (cia("public_debt", "percent", "Public debt"), ECONOMY),
    (cia("current_account", "USD", "Current account balance"), ECONOMY),
    (cia("military_burden", "percent", "Military expenditures", lag=240), ARMY),
)
CO2 = Series("co2", "t", "gcp", GCB, "", "2025-11", 330)
# what a name stands for, where a reader may take it for something else
FAR: Mapping[str, float] = {"inflation": 1.0, "growth": 3.0}  # points between two publishers
COMPUTED = "Computed from growth a head and population."


def world_bank(name: str) -> pd.DataFrame:
    """One of the files copied of the World Bank's indicators, with our names of columns."""
    frame = pd.read_parquet(SOURCES / "world_bank" / f"{name}.parquet")
    return frame.rename(columns={"iso3": "country"})


def growth(rows: pd.DataFrame) -> pd.DataFrame:
    """Growth of the whole product from that of the product a head, and people of two years."""
    wide = rows.pivot(index=["country", "year"], columns="series", values="value")
    people = wide["SP.POP.TOTL"]
    before = people.groupby(level="country").shift()
    value = (1 + wide["NY.GDP.PCAP.KD.ZG"] / 100) * people / before
    return (100 * (value - 1)).dropna().rename("value").reset_index().assign(note=COMPUTED)


def co2() -> pd.DataFrame:
    """Tonnes of carbon dioxide; ships and aircraft between countries are in the world's only."""
    rows = pd.read_parquet(SOURCES / "emissions" / "co2.parquet").dropna(subset=["code"])
    codes = {"OWID_WRL": "WLD", "OWID_KOS": "XKX"}
    return pd.DataFrame(
        {"country": rows["code"].replace(codes), "year": rows["year"], "value": rows["tonnes"]}
    )


def printed(series: Series, section: str) -> pd.DataFrame:
    """What the Factbook prints of a series; product only at the prices of 2021."""
    rows = factbook.figures(section, series.code)
    if series.name == "gdp_ppp":
        rows = rows[rows["note"].str.contains("2021 dollars")]
        return rows.assign(note="At the prices of 2021.")
    if series.name == "public_debt":
        says = [
            "Central government." if CENTRAL in n else "All government." if GENERAL in n else ""
            for n in rows["note"]
        ]
        return rows.assign(note=says)
    return rows.assign(note="")


def parts() -> list[pd.DataFrame]:
    """Every series with its rows."""
    wide, product = world_bank("core"), world_bank("gdp")
    found = [
        (BANK["gdp"], product.rename(columns={"gdp": "value"}), 1.0),
        (BANK["inflation"], wide[wide["series"] == BANK["inflation"].code], 1.0),
        (BANK["growth"], growth(wide[wide["series"].isin(BANK["growth"].code.split(", "))]), 1.0),
        (BANK["unemployment"], wide[wide["series"] == BANK["unemployment"].code], 1.0),
        (CO2, co2(), 1.0),
        *((s, printed(s, section), 1.0) for s, section in FACTBOOK),
    ]
    topics = world_bank("topics")  # its rows for the world are of a few years only
    topics = topics[topics["country"] != "WLD"]
    found += [(s, topics[topics["series"] == s.code], times) for s, times in TOPICS]
    return [_rows(s, rows, times) for s, rows, times in found]


def doubts(frame: pd.DataFrame) -> pd.Series:
    """Notes beside figures of the Factbook that are far from the World Bank's of the same year."""
    notes = frame["note"].copy()
    for name, most in FAR.items():
        rows = frame[frame["series"] == name].set_index(["country", "year"])
        theirs = rows.loc[rows["publisher"] == "world-bank", "value"]
        ours = rows[rows["publisher"] == "cia"]
        other = theirs.reindex(ours.index)
        far = (ours["value"] - other).abs() > most
        at = frame.index[(frame["series"] == name) & (frame["publisher"] == "cia")][far.to_numpy()]
        notes[at] = [f"The World Bank has {v:.1f} percent." for v in other[far]]
    return notes


def _rows(series: Series, rows: pd.DataFrame, times: float) -> pd.DataFrame:
    year = rows["year"].astype(int)
    out = {y: dt.date(y, 12, 31) + dt.timedelta(series.lag) for y in year.unique()}
    return pd.DataFrame(
        {
            "country": rows["country"],
            "year": year.astype("int16"),
            "series": series.name,
            "value": rows["value"].astype(float) * times,
            "unit": series.unit,
            "publisher": series.publisher,
            "source": series.source,
            "url": series.url,
            "vintage": series.vintage,
            "known": year.map({y: min(d.isoformat(), READ) for y, d in out.items()}),
            "note": rows.get("note", ""),
        }
    )


def build() -> Built:
    """Build the table."""
    known = {*pd.read_parquet(DATA / "countries.parquet")["iso3"], "WLD"}
    frame = pd.concat(parts(), ignore_index=True)
    frame = frame[frame["country"].isin(known) & frame["value"].notna()]
    frame = frame.sort_values(["series", "publisher", "country", "year"], ignore_index=True)
    frame["note"] = doubts(frame)
    words = ("country", "series", "unit", "publisher", "source", "url", "vintage", "known", "note")
    return Built(
        name="country_year",
        read=READ,
        refresh=(
            "the next edition of the World Development Indicators; the Global Carbon Budget, each "
            "November; SIPRI's files by hand (`multipolar data add`)"
        ),
        grade="official",
        public={
            "rule": "column",
            "column": "known",
            "why": "Each series has its usual delay: accounts of the World Bank seven months, "
            "military figures of SIPRI four, emissions eleven, the Factbook ten. Figures are those "
            "of the edition named, as revised",
        },
        title="Economy, military and emissions by country and year",
        description=(
            "Product at market rates 1960-2024 and at purchasing power 2021-24, growth, consumer "
            "prices, unemployment, reserves, public debt, the current account, research, patents, high-tech "
            "exports, military spending and its share of product, armed forces, arms transfers in "
            "trend-indicator values, and carbon dioxide from fuels and cement 1750-2024. One figure "
            "a row, with its publisher and edition; a series of one publisher is from one edition "
            "only; a figure of the Factbook for prices or growth that is far from the World Bank's "
            "says so. Series that end by 2020 are history. Not every country has every year; WLD is "
            "the publisher's own figure for the world. Dollars are those of the year, but for "
            "`gdp_ppp`, in dollars of 2021."
        ),
        source="World Bank, World Development Indicators; CIA, The World Factbook; Global Carbon "
        "Project",
        url="https://data.worldbank.org",
        licence="CC BY 4.0 (World Bank; Global Carbon Project and Our World in Data); "
        "public domain (CIA)",
        version="1750-2025",
        fields=(
            column("country", "string", "ISO 3166 alpha-3 code; WLD is the world"),
            column("year", "integer", "Calendar year", "year", key=True),
            column("series", "string", "What is measured", key=True),
            column("value", "number", "The figure"),
            column("unit", "string", "Its unit"),
            column("publisher", "string", "Whose figure: world-bank, cia or gcp", key=True),
            column("source", "string", "Who says it, and which series there"),
            column("url", "string", "Address"),
            column("vintage", "string", "Date of the edition, as near as it is known"),
            column("known", "string", "Since when a figure of that year is public, about"),
            column("note", "string", "What is to be known about it; may be empty"),
        ),
        frame=categories(frame, *words),
    )
