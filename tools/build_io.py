"""io_2022: the OECD inter-country input-output table 2022 in model-ready form, 81 x 50."""

from __future__ import annotations

import io as bytes_io
import sqlite3

import numpy as np
from numpy.typing import NDArray

import build_macro
import final_demand
from common import GEOPOLRISK, SANCTION_SIMULATOR, Built, column, wheel

Floats = NDArray[np.float64]
ROW_IMPORT_SHARE = 0.035  # of a country's imports, from outside the 80
N_GOODS = 27  # A01 ... C31T33


class Cache:
    """The source's arrays by (product, country); its nodes run sector * 80 + country."""

    def __init__(self) -> None:
        path = wheel(SANCTION_SIMULATOR) / "sanction_simulator" / "data" / "bench_cache.npz"
        with np.load(path, allow_pickle=False) as raw:
            self.countries = [str(c) for c in raw["countries"]]
            self.sectors = [str(s) for s in raw["sectors"]]
            shape = (len(self.sectors), len(self.countries))
            K, N = shape
            # the source's names: A input mix by column, omb intermediate share of sales, s sales,
            # z final sales
            self.sales = raw["s"].reshape(shape)
            self.final_sales = raw["z"].reshape(shape)
            self.intermediate_share = raw["omb"].reshape(shape)
            flows = (raw["A"] * (raw["omb"] * raw["s"])[None, :]).reshape(K, N, K, N)
        self.by_buyer: Floats = flows.sum(axis=2)  # product, producer, buyer
        self.inputs: Floats = flows.sum(axis=1).transpose(2, 0, 1)  # buyer, product, using industry


def _outside_shares(countries: list[str], exports: Floats) -> Floats:
    """Share of each country's exports that goes outside the 80.

    The trade database has energy and minerals; for the rest of a country's exports the share of
    all countries together is taken.
    """
    path = wheel(GEOPOLRISK) / "geopolrisk" / "lib" / "baci.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        iso = dict(db.execute("select country_code, country_iso3 from country_codes_V202401b"))
        iso["490"] = "TWN"
        sql = "select i, j, sum(cast(v as real)) from baci_trade where t = '2022' group by i, j"
        flows = [(iso.get(i), iso.get(j), v / 1e3) for i, j, v in db.execute(sql)]
    inside = set(countries)
    total = dict.fromkeys(countries, 0.0)
    outside = dict.fromkeys(countries, 0.0)
    for seller, buyer, value in flows:
        if seller in inside:
            total[seller] += value
            outside[seller] += 0.0 if buyer in inside else value
    common = sum(outside.values()) / sum(total.values())
    known = np.minimum(np.array([total[c] for c in countries]), exports)
    sent = np.array([outside[c] for c in countries])
    return np.minimum((sent + common * (exports - known)) / exports, 0.5)


def reconstruct(c: Cache) -> tuple[Floats, Floats]:
    """Return final demand F (product, producer, buyer) over 81 regions, and each buyer's spending.

    Rest of the world is the last region. Its sales to the 80 are final, in the mix of what each
    buyer imports; its purchases are final too.
    """
    macro = build_macro.read().set_index("iso3").loc[c.countries]
    exports = macro["exports_gs_usd_bn"].to_numpy() * 1e3
    imports = macro["imports_gs_usd_bn"].to_numpy() * 1e3
    gdp = macro["gdp_usd_bn"].to_numpy() * 1e3
    value_added = ((1 - c.intermediate_share) * c.sales).sum(axis=0)
    from_row = ROW_IMPORT_SHARE * imports
    net = exports - imports
    to_row = _to_row(c, _outside_shares(c.countries, exports) * exports, (net + from_row).sum())
    Q = final_demand.prior(c.by_buyer, c.final_sales, gdp, c.sectors, N_GOODS)
    within = final_demand.scale(Q, c.final_sales - to_row, value_added - net - from_row)
    K, N = c.sales.shape
    F = np.zeros((K, N + 1, N + 1))
    F[:, :N, :N] = within
    F[:, :N, N] = to_row
    cross = c.by_buyer + within
    bought = cross.sum(axis=1) - np.einsum("knn->kn", cross)
    F[:, N, :N] = from_row * bought / bought.sum(axis=0)
    return F, from_row


def _to_row(c: Cache, wanted: Floats, total: float) -> Floats:
    """Final sales to the rest of the world by product and producer, scaled to their total."""
    damp = np.array([final_demand.FOREIGN.get(s, 1.0) for s in c.sectors])[:, None]
    mix = damp * c.final_sales
    found = mix / mix.sum(axis=0) * wanted
    found *= total / found.sum()
    return np.minimum(found, 0.9 * c.final_sales)


def _outside(c: Cache, F: Floats) -> tuple[Floats, Floats]:
    """Rest of the world: final spending at home by product, and its value-added shares.

    Its technology is the average of the 80, and its value added per unit of trade is that of the
    median country: a stand-in, so that 81 regions close; results for it are not reported.
    """
    N = len(c.countries)
    share = ((1 - c.intermediate_share) * c.sales).sum(axis=1) / c.sales.sum(axis=1)
    sold_abroad = F[:, N, :N].sum(axis=1)
    trade = c.by_buyer + F[:, :N, :N]
    home = np.einsum("knn->k", trade)
    openness = trade.sum() / (trade.sum() - home.sum())
    domestic = home / home.sum() * sold_abroad.sum() * (openness - 1)
    return domestic, share


def arrays(c: Cache) -> dict[str, Floats]:
    """Return the three arrays that are stored, over 81 regions, in USD mn."""
    F, _ = reconstruct(c)
    K, N = c.sales.shape
    domestic, row_share = _outside(c, F)
    total = c.inputs.sum(axis=0)
    column = total.sum(axis=0)
    mix = np.divide(total, column, out=np.zeros_like(total), where=column > 0)
    # an industry without inputs anywhere adds all its value itself
    row_share = np.where(column > 0, row_share, 1.0)
    row_output = np.linalg.solve(
        np.eye(K) - mix * (1 - row_share), F[:, N, :N].sum(axis=1) + domestic
    )
    inputs = np.concatenate([c.inputs, (mix * ((1 - row_share) * row_output))[None]])
    F[:, N, N] = domestic
    Z = np.zeros_like(F)
    Z[:, :N, :N] = c.by_buyer
    Z[:, N, N] = inputs[N].sum(axis=1)
    return {"intermediate_sales": Z, "final_sales": F, "inputs": inputs}


MEASURED = (
    "Measured against a table with observed bilateral final demand of goods: 18.8% of cross-border "
    "final demand is misplaced (goods 16.0%), bilateral goods flows above USD 1 bn correlate 0.994 "
    "in logs with a median difference of 6.8%, and China's surplus is USD 578 bn against 555 bn."
)


def build() -> Built:
    """Build the table."""
    c = Cache()
    stored = {k: v.astype(np.float32) for k, v in arrays(c).items()}
    recalled = str(int((build_macro.read()["flag"] != "read").sum()))
    buffer = bytes_io.BytesIO()
    np.savez_compressed(
        buffer, **stored, country=np.array([*c.countries, "ROW"]), sector=np.array(c.sectors)
    )
    flow = {"type": "number", "unit": "USD mn"}
    dims = ["sector", "origin", "destination"]
    return Built(
        name="io_2022",
        read="2026-11-23",
        review_days=365,
        refresh="the next edition of the OECD tables; `multipolar data add icio` for other years",
        grade="official",
        public={
            "rule": "at",
            "date": "2025",
            "why": "OECD edition of 2025; the day was not found, so that the year's last is taken",
        },
        title="Inter-country input-output table 2022, 80 countries and rest of world x 50 industries",
        description=(
            "OECD ICIO 2022, release 2025, in model-ready form: three arrays are stored, and shares, "
            "output and balances are derived from them on loading in double precision, so that the "
            "accounting identities hold to rounding. Intermediate flows and output are the "
            "source's. Bilateral final demand is reconstructed, for the source has only each "
            "producer's total: the buyer's import shares of intermediates as prior, scaled to each "
            "producer's final sales and each buyer's absorption (value added less net exports of "
            "macro_2022; "
            + recalled
            + " of its rows are not read at the source). "
            + MEASURED
            + " Rest of "
            "the world is a stand-in that closes the accounts: it sells final goods worth 3.5% of "
            "each country's imports, and imports of intermediates from it count as value added, which "
            "overstates value added by 1.1% in all and by more in industries that buy there, such "
            "as refineries (C19). "
            "The table does not show the full break in Russia's trade of 2022: its links with the "
            "West are nearer to 2021."
        ),
        source="OECD, Inter-Country Input-Output tables, release 2025, as packaged in "
        "sanction-simulator 0.1.4",
        url="https://www.oecd.org/en/data/datasets/inter-country-input-output-tables.html",
        licence="CC BY 4.0 (OECD); package MIT",
        version="2022, release 2025",
        fields=(
            column(
                "intermediate_sales",
                description="Sales to industries of the destination",
                dims=dims,
                stored=True,
                **flow,
            ),
            column(
                "final_sales",
                description="Sales to final users (reconstructed)",
                dims=dims,
                stored=True,
                **flow,
            ),
            column(
                "inputs",
                description="Purchases of each input by each industry",
                dims=["country", "input", "sector"],
                stored=True,
                **flow,
            ),
            column(
                "trade_share",
                "number",
                "Share of the destination's spending on the sector that "
                "goes to the origin; sums to one over origins",
                "share",
                dims=dims,
            ),
            column(
                "input_coefficient",
                "number",
                "Share of each input in the industry's purchases; sums to one over inputs",
                "share",
                dims=["country", "input", "sector"],
            ),
            column(
                "value_added_share",
                "number",
                "Value added over output",
                "share",
                dims=["sector", "country"],
            ),
            column(
                "final_demand_share",
                "number",
                "Share of the sector in final spending; sums to one over sectors",
                "share",
                dims=["sector", "country"],
            ),
            column(
                "spending",
                description="Spending on the sector, final and intermediate",
                dims=["sector", "country"],
                **flow,
            ),
            column(
                "output", description="Output at basic prices", dims=["sector", "country"], **flow
            ),
            column("value_added", description="Value added", dims=["country"], **flow),
            column("final_spending", description="Final spending", dims=["country"], **flow),
            column(
                "balance",
                description="Value added less final spending: exports less imports",
                dims=["country"],
                **flow,
            ),
        ),
        content=buffer.getvalue(),
        suffix="npz",
    )
