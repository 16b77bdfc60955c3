"""energy_year: energy produced and used by fuel, and electricity by source, by country and year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd

from common import DATA, SOURCES, Built, categories, column

READ = "2026-12-01"
EIA = "US Energy Information Administration, International energy data, exported 12 January 2026"
EIA_PAGE = "https://www.eia.gov/international/data/world"
EMBER = "Ember, Yearly Electricity Data, in Our World in Data, November 2025"
EMBER_PAGE = "https://ourworldindata.org/electricity-mix"
QUAD, SHORT_TON, CUBIC_FOOT = 1.05505585, 0.00090718474, 0.028316847  # EJ, Mt, bcm of a thousand
# the product and activity there: our series, fuel, unit, and what a figure is multiplied by
FUELS = {
    "44": "total", "4411": "coal", "4413": "gas", "4415": "oil", "4417": "nuclear",
    "4418": "renewables",
}  # fmt: skip
MEANT: dict[tuple[str, int], tuple[str, str, str, float]] = {
    **{(p, 1): ("production", f, "EJ", QUAD) for p, f in FUELS.items()},
    **{(p, 2): ("consumption", f, "EJ", QUAD) for p, f in FUELS.items()},
    ("26", 1): ("production_quantity", "gas", "bcm", CUBIC_FOOT),
    ("26", 2): ("consumption_quantity", "gas", "bcm", CUBIC_FOOT),
    ("7", 1): ("production_quantity", "coal", "Mt", SHORT_TON),
    ("2", 2): ("consumption_quantity", "electricity", "TWh", 1.0),
}
# states that are gone keep their code of ISO 3166-3; West Germany is Germany
REGIONS = {"WORL": "WLD", "XKS": "XKX", "NLDA": "ANT", "DEUW": "DEU", "OWID_WRL": "WLD",
           "OWID_KOS": "XKX"}  # fmt: skip
FORMER = ("ANT", "CSK", "DDR", "SCG", "SUN", "YUG")
OIL_FROM = 1984  # oil produced before, and with it all production, is printed as nothing at all
# printed as nothing to their end, though their heirs then produce; and the world's sum without them
NO_OIL: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "SUN": (1991, ("RUS", "KAZ", "AZE")),
    "CSK": (1992, ("CZE", "SVK")),
    "DDR": (1990, ("DEU",)),
    "DEUW": (1990, ("DEU",)),
    "WORL": (1991, ("RUS",)),
}
LAGS = {"eia": 743, "ember": 150}  # 2023 was in the export of January 2026, 2024 was not
SOURCES_OF_POWER = {
    "Electricity from coal": "coal",
    "Electricity from gas": "gas",
    "Electricity from oil": "oil",
    "Electricity from nuclear": "nuclear",
    "Electricity from hydro": "hydro",
    "Electricity from wind": "wind",
    "Electricity from solar": "solar",
    "Electricity from bioenergy": "bioenergy",
    "Other renewables excluding bioenergy": "other_renewables",
}


def eia() -> pd.DataFrame:
    """Production and consumption, 1980-2023."""
    there = pd.read_parquet(SOURCES / "energy" / "eia.parquet")
    keys = list(zip(there["product"].astype(str), there["activity"].astype(int), strict=True))
    for at, name in enumerate(("series", "fuel", "unit")):
        there[name] = [MEANT[k][at] for k in keys]
    there["value"] = (there["value"].astype(float) * [MEANT[k][3] for k in keys]).round(6)
    there = told(produced(there))
    there["note"] = there["region"].map({"DEUW": "West Germany."}).fillna("")
    return there.assign(publisher="eia", source=EIA, url=EIA_PAGE, vintage="2026-01-12")


def produced(there: pd.DataFrame) -> pd.DataFrame:
    """Leave out oil produced that is not known and printed as nothing, and what sums it up.

    A sum stays where its heirs' oil of the year after is less than a hundredth of it.
    """
    made = there["series"].eq("production")
    oil, total = made & there["fuel"].eq("oil"), made & there["fuel"].eq("total")
    unknown = (oil | total) & (there["year"] < OIL_FROM)
    for region, (last, heirs) in NO_OIL.items():
        here, by = there["region"].eq(region), there["year"].le(last)
        after = there.loc[
            oil & there["region"].isin(heirs) & there["year"].eq(last + 1), "value"
        ].sum()
        if not after or (region != "WORL" and there.loc[oil & here & by, "value"].any()):
            raise SystemExit(f"energy_year: oil of {region} is told now: take it off NO_OIL")
        unknown |= oil & here & by
        if after > 0.01 * there.loc[total & here & there["year"].eq(last), "value"].sum():
            unknown |= total & here & by
    return there[~unknown]


def told(there: pd.DataFrame) -> pd.DataFrame:
    """Leave out what is not known and printed as nothing.

    Wherever people live some energy is used, oil among it, and electricity. Places that are
    counted with another from some year on, as Martinique with France, are printed as nothing in
    all from then on: of such a year nothing is known.
    """
    at = ["region", "year"]
    none = there["series"].str.startswith("consumption") & (there["value"] <= 0)
    silent = there.loc[none & there["fuel"].eq("total"), at].drop_duplicates()
    whole = there[at].merge(silent, how="left", indicator=True)["_merge"].eq("both").to_numpy()
    return there[~(whole | (none & there["fuel"].isin(["oil", "electricity"])))]


def ember() -> pd.DataFrame:
    """Electricity by what it is made from, 2000-2024, and the sum of all."""
    there = pd.read_parquet(SOURCES / "energy" / "ember.parquet").rename(columns=SOURCES_OF_POWER)
    there["total"] = there[list(SOURCES_OF_POWER.values())].sum(axis=1, skipna=False)
    rows = there.melt(["code", "year"], var_name="fuel").rename(columns={"code": "region"})
    return rows.assign(
        series="generation", unit="TWh", note="", publisher="ember", source=EMBER, url=EMBER_PAGE,
        vintage="2025-11",
    )  # fmt: skip


def build() -> Built:
    """Build the table."""
    known = {*pd.read_parquet(DATA / "countries.parquet")["iso3"], "WLD", *FORMER}
    frame = pd.concat([eia(), ember()], ignore_index=True)
    frame["country"] = frame["region"].replace(REGIONS)
    frame = frame[frame["country"].isin(known) & frame["value"].notna()]
    frame["value"] = frame["value"].astype("float32")
    ends = {
        (y, p): (dt.date(y, 12, 31) + dt.timedelta(lag)).isoformat()
        for y in map(int, frame["year"].unique())
        for p, lag in LAGS.items()
    }
    pairs = zip(frame["year"].astype(int), frame["publisher"], strict=True)
    frame["known"] = [min(ends[pair], READ) for pair in pairs]
    frame = frame.sort_values(["series", "fuel", "country", "year"])
    words = ("country", "series", "fuel", "unit", "publisher", "source", "url", "vintage", "known",
             "note")  # fmt: skip
    return Built(
        name="energy_year",
        read=READ,
        refresh="the export of the US Energy Information Administration, and Ember's yearly data",
        grade="official",
        public={
            "rule": "column",
            "column": "known",
            "why": "The export of January 2026 is the first seen here with figures for 2023: a "
            "year of it is taken as public then, and so many days after its end for every other; "
            "Ember has a year about five months after its end. Figures are those of the edition "
            "named, as revised",
        },
        title="Energy produced and used by fuel, and electricity by source",
        description=(
            "Primary energy by fuel in exajoules 1980-2023, gas in billion cubic metres (at 60 "
            "degrees Fahrenheit: 1 m3 is 35.3147 cubic feet), coal in million tonnes, electricity "
            "used; electricity by what it is made from 2000-2024. Renewable energy used counts "
            "imports of electricity less exports, and can lie below zero. A nought is as the source "
            "prints it, but for years of which it has no energy used at all, or no oil or "
            "electricity used: these are not known, and left out. Production of oil before 1984 is "
            "printed as nothing and left out, and with it all production; so it is for the Soviet "
            "Union, Czechoslovakia and both Germanys to their end, and the world's sums of oil and "
            "of all production, which are without them, begin in 1992. The Soviet Union, East Germany, Yugoslavia, "
            "Czechoslovakia, Serbia and Montenegro and the Netherlands Antilles have their own "
            "codes (SUN, DDR, YUG, CSK, "
            "SCG, ANT); West Germany is Germany. WLD is the sum that the source prints."
        ),
        source="US Energy Information Administration; Ember, in Our World in Data",
        url=EIA_PAGE,
        licence="public domain (EIA); CC BY 4.0 (Ember, Our World in Data)",
        version="1980-2024",
        fields=(
            column(
                "country", "string", "ISO 3166 alpha-3 code, of 3166-3 if gone; WLD is the world"
            ),
            column("year", "integer", "Calendar year", "year", key=True),
            column("series", "string", "Produced, used, or made into electricity", key=True),
            column("fuel", "string", "Of what", key=True),
            column("value", "number", "The figure"),
            column("unit", "string", "Its unit"),
            column("publisher", "string", "Whose figure: eia or ember"),
            column("source", "string", "Who says it, and in which edition"),
            column("url", "string", "Address"),
            column("vintage", "string", "Date of the edition"),
            column("known", "string", "Since when a figure of that year is public, about"),
            column("note", "string", "What is to be known about it; may be empty"),
        ),
        frame=categories(frame, *words),
    )
