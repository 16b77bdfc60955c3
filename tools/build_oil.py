"""The tables of the oil engine: crude by pair, repaired; figures; parameters.

What BACI has of crude breaks in places: tonnes that no price fits, sellers who are booked under
another name, Russia's buyers who publish nothing. Each row says what was done to it.
"""

from __future__ import annotations

import pandas as pd

from common import DATA, FACTS, PRIOR, SOURCED, Built, column, sourced, typed
from publication import BACI, MODEL

YEARS = range(2017, 2025)
BARRELS = 7.33  # a tonne of crude
EJ = 5.8e6 * 1055.06 * 365e6 / 1e18  # of a million barrels a day over a year, 5.8 MMBtu a barrel
LEAST_T, LOW, HIGH = 1e5, 0.55, 1.8  # tonnes of a row whose price counts; prices that are believed
LEAST = 0.001  # mb/d: less is left out
STATUS = {"read", "second-hand", "computed", "assumption"}
OUTPUT = "US Energy Information Administration, International energy data"
KEYS = ["year", "exporter", "importer"]


def priced(raw: pd.DataFrame) -> pd.DataFrame:
    """Return million barrels a day by pair, from value where tonnes and value do not fit."""
    raw = raw.assign(
        usd=raw["value_usd"] / (raw["quantity_t"] * BARRELS),
        flag="reported",
        source="CEPII, BACI",
    )
    usual = raw[raw["quantity_t"] > LEAST_T].groupby("year")["usd"].median()
    price = raw["year"].map(usual)
    fits = (raw["usd"] / price).between(LOW, HIGH)
    barrels = (raw["quantity_t"] * BARRELS).where(fits, raw["value_usd"] / price)
    raw.loc[~fits, "flag"] = "from value"
    return raw.assign(mbd=barrels / 365e6, ratio=(raw["usd"] / price).where(fits))


def corrected(pairs: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    """Put in the flows that are known from elsewhere, or set by assumption."""
    known = figures[figures["quantity"] == "export"]
    ends = known["place"].str.split("-", expand=True)
    rows = pd.DataFrame(
        {
            "year": known["date"].astype(int),
            "exporter": ends[0],
            "importer": ends[1],
            "mbd": known["value"],
            "flag": known["status"].map(
                lambda s: "assumed" if s == "assumption" else "other source"
            ),
            "source": known["source"].where(known["source"] != "", "an assumption of ours"),
        }
    )
    merged = pairs.merge(rows[KEYS], on=KEYS, how="left", indicator=True)
    return pd.concat([pairs[(merged["_merge"] == "left_only").values], rows])


def returned(pairs: pd.DataFrame, output: pd.Series, hubs: set[str]) -> pd.DataFrame:
    """Give what hubs sell above their own output back to those they bought it from."""
    parts = [pairs]
    for (year, hub), sold in pairs[pairs["exporter"].isin(hubs)].groupby(["year", "exporter"]):
        bought = pairs[(pairs["year"] == year) & (pairs["importer"] == hub)]
        bought = bought[bought["exporter"] != hub]
        over = sold["mbd"].sum() - output.get((year, hub), 0.0)
        part = min(over, bought["mbd"].sum())
        if part <= 0:
            continue
        share = bought["mbd"] / bought["mbd"].sum()
        for _, line in sold.iterrows():
            moved = share * part * line["mbd"] / sold["mbd"].sum()
            parts += [
                bought.assign(importer=line["importer"], mbd=moved, flag="through a hub"),
                pd.DataFrame([line.to_dict() | {"mbd": -moved.sum()}]),
            ]
        parts.append(bought.assign(mbd=-share * part))
    every = pd.concat(parts)
    every = every[every["exporter"] != every["importer"]]
    first = {"flag": "first", "source": "first", "ratio": "first"}
    return every.groupby(KEYS, as_index=False).agg({"mbd": "sum", **first})


def at_home(pairs: pd.DataFrame, output: pd.Series) -> pd.DataFrame:
    """Return what each state keeps of its output, as a flow to itself."""
    sold = pairs.groupby(["year", "exporter"])["mbd"].sum()
    left = (output - sold.reindex(output.index).fillna(0.0)).clip(lower=0.0)
    rows = left.rename("mbd").rename_axis(["year", "exporter"]).reset_index()
    return rows.assign(importer=rows["exporter"], flag="output less exports", source=OUTPUT)


def outputs() -> pd.Series:
    """Return output of crude and other liquids, mb/d, by year and state; that of 2023 for 2024."""
    rows = pd.read_parquet(DATA / "energy_year.parquet")
    rows = rows[(rows["series"] == "production") & (rows["fuel"] == "oil")]
    rows = rows[
        rows["publisher"].eq("eia") & rows["year"].ge(min(YEARS)) & rows["country"].ne("WLD")
    ]
    latest = rows[rows["year"] == rows["year"].max()]
    later = [latest.assign(year=y) for y in YEARS if y > rows["year"].max()]
    return pd.concat([rows, *later]).set_index(["year", "country"])["value"].dropna() / EJ


def crude() -> Built:
    """Build trade in crude by pair, and what states keep of their own."""
    raw = pd.read_parquet(DATA / "energy_trade.parquet")
    states = set(pd.read_parquet(DATA / "countries.parquet")["iso3"])
    raw = raw[(raw["commodity"] == "crude") & raw["year"].isin(YEARS)]
    raw = raw[raw["exporter"].isin(states) & raw["importer"].isin(states)]
    given, output = numbers(), outputs()
    output = output[output.index.get_level_values(1).isin(states)]
    hubs = set(given.loc[given["quantity"] == "reexport", "place"])
    pairs = returned(corrected(priced(raw), given), output, hubs)
    frame = pd.concat([pairs, at_home(pairs, output)])
    frame = frame[frame["mbd"] >= LEAST].sort_values(KEYS).reset_index(drop=True)
    frame = frame[[*KEYS, "mbd", "ratio", "flag", "source"]]
    return Built(
        name="oil_crude",
        read="2026-11-30",
        refresh="the next version of BACI, then the sources of the rows in oil_figures",
        grade="",
        public={"rule": "year", "column": "year", "lag_days": 396, "why": BACI},
        title="Crude oil by seller and buyer, repaired, 2017-2024",
        description=(
            "Million barrels a day. `reported`: tonnes of BACI at 7.33 barrels; `from value`: where "
            "the price of a flow is below 0.55 or above 1.8 of the year's median, or tonnes are "
            "missing, its value at the median price; `other source` and `assumed`: set by a row of "
            "oil_figures (Iran and Venezuela sold under other names, Turkey and Belarus not "
            "published); `through a hub`: what the Netherlands, Panama, Singapore and the Bahamas "
            "sell above their output, given to its origins; `output less exports`: what a state "
            "keeps, from output of crude and other liquids (EIA; that of 2023 for 2024). Crude "
            "alone: no products."
        ),
        source="CEPII, BACI; US EIA; others named in oil_figures",
        url="https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37",
        licence="Etalab Open Licence 2.0; public domain; facts",
        version="2026-11",
        fields=(
            column("year", "integer", "Calendar year", "year", key=True),
            column("exporter", "string", "ISO 3166 alpha-3 code of the seller"),
            column(
                "importer",
                "string",
                "ISO 3166 alpha-3 code of the buyer; the seller's own for what it keeps",
            ),
            column("mbd", "number", "Quantity", "mb/d"),
            column(
                "ratio",
                "number",
                "Price over the year's median; null where it is not believed",
                "1",
            ),
            column(
                "flag",
                "string",
                "reported, from value, other source, assumed, through a hub or output less exports",
            ),
            column("source", "string", "Who stands behind the row"),
        ),
        frame=frame,
    )


def numbers() -> pd.DataFrame:
    """Return the typed figures with their values as numbers."""
    frame = sourced(typed("oil", "figures"), STATUS)
    return frame.assign(value=frame["value"].astype(float))


def figures() -> Built:
    """Build capacities, fleets, prices and who is willing to buy."""
    return Built(
        name="oil_figures",
        read="2026-12-01",
        review_days=180,
        refresh="the sources of the rows, one by one",
        grade="",
        public={"rule": "at", "column": "dated", "why": f"Each row names its own; {MODEL}"},
        title="Oil: flows known from elsewhere, capacities, the cap, the fleet, who buys",
        description=(
            "One row a figure. `read` stood at the source named; `second-hand` is quoted by "
            "another; `computed` follows from others as the note says; `assumption` is ours."
        ),
        source="Published figures and assumptions, named row by row",
        url="",
        licence=FACTS,
        version="2026-12",
        fields=(
            column(
                "quantity",
                "string",
                "export, reexport, outlet, capacity, bypass, strait, east, west, detour, speed, "
                "fleet, cap, urals, embargo, unwilling or reluctance",
                key=True,
            ),
            column("place", "string", "State, pair of states, link or strait"),
            column("label", "string", "What more there is to say: states, a pair, a name, months"),
            column("date", "string", "Day, month or year it is for or from; may be empty"),
            column("value", "number", "Figure, in `unit`"),
            column("unit", "string", "Unit of `value`"),
            column("status", "string", "read, second-hand, computed or assumption"),
            *SOURCED,
        ),
        frame=numbers(),
    )


def parameters() -> Built:
    """Build the parameters with their priors."""
    frame = typed("oil", "parameters")
    frame["value"] = frame["value"].astype(float)
    if not set(frame["basis"]) <= {"sourced", "assumption"}:
        raise ValueError("a parameter is sourced or an assumption")
    return Built(
        name="oil_parameters",
        read="2026-12-01",
        review_days=365,
        refresh="the sources of the rows, one by one",
        grade="",
        public={"rule": "at", "column": "dated", "why": f"Each row names its own; {MODEL}"},
        title="Parameters of the oil engine",
        description="Value, prior and source of every parameter.",
        source="Published figures and assumptions, named row by row",
        url="",
        licence=FACTS,
        version="2026-12",
        fields=(column("name", "string", "Name of the parameter"), *PRIOR),
        frame=frame,
    )
