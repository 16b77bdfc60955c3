"""How far the figures of the tables are from other sources of the same, and what metrics declare.

A half width is the 80th percentile of the relative differences: beyond it lie one in ten on either
side, so that a reading at the margin passes in 90 of 100 cases, as a draw has to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from multipolar.engines import Registry
from multipolar.engines.api.contract import Metric
from multipolar.engines.corridors import metrics as corridor_metrics
from multipolar.engines.corridors.data import YEARS
from multipolar.engines.gas import metrics as gas_metrics
from multipolar.engines.money import metrics as money_metrics
from multipolar.engines.money.calibrate import MOMENTS, targets
from multipolar.engines.money.data import read_facts
from multipolar.engines.oil.proof import WIDE
from multipolar.engines.power.data import WIDTHS as WEIGHTS
from multipolar.engines.record import widths
from multipolar.engines.trade import metrics as trade_metrics
from multipolar.engines.trade.data import read_table
from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import solve
from multipolar.engines.trade.measures import embargo_at, positions
from multipolar.policy import sectors
from multipolar.world import World
from validation import DATA, corridors, macro, money, oil
from validation.economies import ICIO, read_icio
from validation.gas import central_run, changes, exporters, inside, miss
from validation.gas import tables as gas_tables
from validation.measured import Measured, gaps
from validation.page import grid, table
from validation.trade import WEST

SOURCES = DATA.parent / "sources"
WDI = SOURCES / "wdi-core" / "wdi_gdp_population_inflation.parquet"
EIA = SOURCES / "eia-international" / "eia_international_1980_2023.parquet"
SIPRI = DATA / "restricted" / "sipri-milex" / "sipri_milex_1949_2024_long.parquet"
COW = DATA / "alignment" / "cow_nmc7.parquet"
BCM_PER_MT = 1.36  # of LNG
SHORT_TON, CUBIC_FOOT = 907.18474, 28.316847  # kt of a thousand thousand; million m3 of a billion
LARGE = 0.005  # share of the world from which a producer counts
GOODS = 1000.0  # USD mn: pairs of countries with less trade are left out
INDUSTRY = 100.0  # the same of one industry
EFFECT = 0.1  # percent: smaller changes of income are left out
LNG = 5.0  # bcm: smaller flows are left out
FITTED = 2019  # the year that the constants of routes are fitted to


def output(world: World) -> list[Measured]:
    """GDP of 2022 in two editions of the World Bank's indicators, and shares by the table."""
    ours = world.table("macro_2022").set_index("country")["gdp_usd_bn"]
    bank = pd.read_parquet(WDI).query("year == 2022").dropna(subset=["gdp_usd"])
    older = bank.set_index("iso3")["gdp_usd"] / 1e9
    io = world.table("io_2022")
    added = pd.Series(io["value_added"].to_numpy(), io["country"].to_numpy())
    shares = added / added.sum(), older / older["WLD"]
    both = added[ours.index] / added[ours.index].sum(), ours / ours.sum()
    return [
        Measured("GDP 2022, two editions of WDI", widths.OUTPUT, gaps(ours, older)),
        Measured(
            "share in the output of 80 countries 2022, `io_2022` and WDI",
            WEIGHTS["value-added"],
            gaps(*both),
        ),
        Measured(
            "share in world output 2022, `io_2022` and WDI", widths.OUTPUT_SHARE, gaps(*shares)
        ),
    ]


def accounts(world: World) -> list[Measured]:
    """Trade between countries in the shipped table and in OECD's, which it reconstructs."""
    io = world.table("io_2022")
    made = io["trade_share"].to_numpy() * io["spending"].to_numpy()[:, None, :]
    with np.load(ICIO) as held:
        true = held["pi_jod"] * held["X_jd"][:, None, :]
    here = np.arange(made.shape[1])
    made[:, here, here], true[:, here, here] = 0.0, 0.0
    at = [list(io["sector"].to_numpy()).index(s) for s in sectors(("goods",))]
    pairs, real = made[at].sum(axis=0), true[at].sum(axis=0)
    parts = [_parts(x) for x in (made.sum(axis=0), true.sum(axis=0))]
    large, cell, part = real > GOODS, true > INDUSTRY, parts[1] > 0.01
    return [
        Measured(
            "goods between two countries, USD 1 bn and more",
            widths.GOODS,
            np.abs(pairs[large] / real[large] - 1),
        ),
        Measured(
            "one industry between two countries, USD 100 mn and more",
            widths.INDUSTRY,
            np.abs(made[cell] / true[cell] - 1),
        ),
        Measured(
            "share of a partner in all trade, 1% and more",
            widths.PARTNER,
            np.abs(parts[0][part] / parts[1][part] - 1),
        ),
    ]


def _parts(flows: np.ndarray) -> np.ndarray:
    both = flows + flows.T
    return np.asarray(both / both.sum(axis=1, keepdims=True))


def trade(world: World) -> list[Measured]:
    """Energy in BACI beside the Energy Institute's balances and the customs of importers."""
    flows, gas = world.table("energy_trade"), world.table("gas_figures")
    lng = flows[flows["commodity"] == "lng"]
    found: list[np.ndarray] = []
    for year in (2021, 2022):
        of_year = lng[lng["year"] == year]
        for side, quantity in (("exporter", "lng_exports"), ("importer", "lng_imports")):
            rows = gas[(gas["quantity"] == quantity) & (gas["since"] == str(year))]
            rows = rows[(rows["status"] == "sourced") & (rows["partner"] == "")]
            theirs = rows.drop_duplicates("place").set_index("place")["value"] / BCM_PER_MT
            ours = of_year.groupby(side)["quantity_t"].sum() / 1e6
            found.append(gaps(ours, theirs[theirs > 1]))
    found.append(_customs(flows, world.table("facts")))
    return [
        Measured("energy, BACI beside balances and customs", widths.TRADE, np.concatenate(found))
    ]


COMMODITIES = {"crude": "crude", "lng": "lng", "coal": "coal"}


def _customs(flows: pd.DataFrame, facts: pd.DataFrame) -> np.ndarray:
    """Compare flows with what facts cite from others, one figure for each year."""
    rows = facts[facts["series"].str.fullmatch(r"(crude|lng|coal)\.(deliveries|value)")]
    rows = rows[(rows["date"].str.len() == 4) & ~rows["source"].str.contains("BACI")]
    rows = rows[rows["entity"].str.fullmatch("[A-Z]{3}-[A-Z]{3}")]
    found = []
    for key, group in rows.groupby(["series", "entity", "date"]):
        series, entity, date = map(str, key)
        kind, _, what = series.partition(".")
        exporter, importer = entity.split("-")
        column, scale = ("quantity_t", 1e6) if what == "deliveries" else ("value_usd", 1e9)
        at = flows[(flows["commodity"] == COMMODITIES[kind]) & (flows["year"] == int(date))]
        at = at[(at["exporter"] == exporter) & (at["importer"] == importer)]
        if at[column].sum() > 0:
            theirs = float(group["value"].median())
            found.append(abs(at[column].sum() / scale / theirs - 1))
    return np.array(found)


def production(world: World) -> list[Measured]:
    """Coal and gas of World Mining Data beside the US Energy Information Administration."""
    ours, theirs = world.table("production"), pd.read_parquet(EIA)
    found = []
    for name, file, product, scale in (
        ("coal", "coal-and-coke-production", "7", SHORT_TON),
        ("natural_gas", "dry-natural-gas-production", "26", CUBIC_FOOT),
    ):
        rows = theirs[(theirs["file"] == file) & (theirs["product"].astype(str) == product)]
        years = rows["year"].astype(int)
        other = (rows["value"] * scale).set_axis(pd.MultiIndex.from_arrays([rows["region"], years]))
        own = ours[ours["commodity"] == name].set_index(["country", "year"])["quantity"]
        own = own[own > LARGE * own.groupby("year").transform("sum")]
        found.append(gaps(own, other))
    what = "coal and gas produced, World Mining Data and EIA, 2018-2023"
    return [Measured(what, widths.PRODUCTION, np.concatenate(found))]


def spending(world: World) -> list[Measured]:
    """Military spending of 2022 as first published and two years later."""
    facts = world.table("facts")
    first = facts[(facts["series"] == "military.spending") & (facts["date"] == "2022")]
    first = first.drop_duplicates("entity").set_index("entity")["value"]
    held = pd.read_parquet(SIPRI)
    held = held[(held["year"] == 2022) & (held["measure"] == "current_usd_m")]
    code: dict[str, str] = {}
    for name in held["country"]:
        try:
            code[name] = world.names_index.country(name)
        except Exception:  # a territory that is no state of ours
            continue
    later = held.assign(code=held["country"].map(code)).dropna(subset=["code"])
    found = gaps(later.set_index("code")["value"] / 1e3, first)
    what = "military spending 2022, SIPRI's editions of 2023 and 2025"
    return [Measured(what, WEIGHTS["military-spending"], found)]


def arsenals(world: World) -> list[Measured]:
    """Warheads in stockpiles of 2022 and 2023 by two institutes, and conflicts as first counted."""
    facts = world.table("facts")

    def said(series: str) -> pd.Series:
        rows = facts[facts["series"] == series]
        rows = rows.assign(year=rows["date"].str[:4].astype(int)).drop_duplicates(
            ["entity", "year"]
        )
        found: pd.Series = rows.set_index(["entity", "year"])["value"]
        return found

    held = world.table("warheads").set_index(["country", "year"])["warheads"].astype(float)
    whole = pd.concat({"World": held.groupby("year").sum()})
    fought = pd.concat({"World": world.table("conflicts").groupby("year").size().astype(float)})
    return [
        Measured(
            "warheads in stockpiles 2022-2023, FAS and SIPRI",
            widths.WARHEADS,
            gaps(pd.concat([held, whole]), said("warheads.stockpile")),
        ),
        Measured(
            "conflicts of 2022-2024, as first published and in version 25.1",
            widths.CONFLICTS / float(fought.loc["World", 2022:2024].mean()),
            gaps(fought, said("conflicts.state_based")),
        ),
    ]


def capabilities(world: World) -> list[Measured]:
    """By how much the shares of all states miss one."""
    held = pd.read_parquet(COW).query("year >= 1992").groupby("year")["cinc"].sum()
    what = "sum of CINC over all states, less one, 1992-2022"
    return [Measured(what, WEIGHTS["cinc"], np.asarray((held - 1).abs(), dtype=float))]


def effects(world: World) -> list[Measured]:
    """What embargoes cost, on the table as shipped and on OECD's, at an elasticity of 4."""
    shipped, (economy, _) = read_table(world), read_icio()
    theta = np.full(len(shipped.sectors), 4.0)
    west = [c for name in WEST for c in world.countries_named(name)]
    found = []
    for senders, target in ((west, "RUS"), (["USA"], "CHN"), (west, "CHN")):
        sides = positions(senders, shipped), positions([target], shipped)
        shock = embargo_at(shipped, *sides)
        true, ours = (
            Effects(e, solve(e, theta, shock)).real_income for e in (economy, shipped.economy)
        )
        large = np.abs(true) > EFFECT
        found.append(np.abs(ours[large] / true[large] - 1))
    what = "real income under three embargoes, effects of 0.1% and more"
    return [Measured(what, trade_metrics.RECONSTRUCTED, np.concatenate(found))]


def hindcasts(world: World) -> list[Measured]:
    """What the models of gas, corridors and oil gave for years they were not fitted to."""
    aims = targets(read_facts(world))
    return [
        Measured("LNG of 2022 by exporter and region, 5 bcm and more", gas_metrics.MISSED, _lng()),
        Measured(
            "hub prices of 2022",
            gas_metrics.MISSED_PRICE,
            np.array([abs(miss(n, _changes()[n])) for n in _changes() if "MMBtu" in n]),
        ),
        Measured("containers by rail, 2020-2024", corridor_metrics.MISSED, _rail()),
        Measured("crude between groups of states, 2023-2024", WIDE["flow"], oil.off_in_flows()),
        Measured("Brent 2020, 2022-2024", WIDE["brent"], oil.off_in_brent()),
        Measured("Urals below Brent, 2022-2023", WIDE["discount"], oil.off_in_discount()),
        Measured(
            "crude pumped, by state, 2022-2024", WIDE["production"], oil.off_in_sums("exporter")
        ),
        Measured(
            "crude used, by state, 2022-2024", WIDE["consumption"], oil.off_in_sums("importer")
        ),
        Measured(
            "currencies of Russian trade, points of a share, moments not fitted",
            money_metrics.MISSED / 100,
            np.array([abs(e) / 100 for e in _moments().values()]),
        ),
        Measured(
            "the same, of what was reported",
            money_metrics.PART,
            np.array([abs(e) / aims[m] for m, e in _moments().items()]),
        ),
    ]


def _changes() -> dict[str, float]:
    return changes(central_run("volumes"))


def _lng() -> np.ndarray:
    r, t = central_run("volumes"), gas_tables()
    network, found = r.made.network, []
    for name, cells in exporters().items():
        own = np.array([c == name or (name == "RUS" and c.startswith("RUS-")) for c in t.codes])
        for k, region in enumerate(("Europe", "Asia Pacific", "")):
            buys = inside(region) if region else ~(inside("Europe") | inside("Asia Pacific"))
            if cells[k][1] >= LNG:
                ours = r.found.lng[own[network.seller] & buys[network.buyer]].sum()
                found.append(abs(float(ours) / cells[k][1] - 1))
    return np.array(found)


def _rail() -> np.ndarray:
    t, found = corridors.tables(), []
    for year in YEARS:
        pairs = {"northern": t.northern(year), "middle": t.transit.get(("middle", str(year)))}
        for route, seen in pairs.items():
            if year > FITTED and seen:
                ours = corridors.read("flow", route=route, year=year)
                found.append(abs(ours / seen - 1))
    return np.array(found)


def _moments() -> dict[str, float]:
    free = MOMENTS[2:]  # the first two are fitted
    return {m: money.read(money.outcome(), "error", moment=m) for m in free}


MEASURES: tuple[Callable[[World], list[Measured]], ...] = (
    output,
    accounts,
    trade,
    production,
    spending,
    arsenals,
    capabilities,
    effects,
    hindcasts,
    *macro.MEASURES,
)


def measured() -> list[Measured]:
    """Return every comparison."""
    world = World.load()
    return [m for measure in MEASURES for m in measure(world)]


@table(WDI, ICIO, EIA, SIPRI, COW, *macro.FILES)
def sources() -> str:
    """Measured differences beside what is declared, percent."""
    head = ("compared", "figures", "median", "80th percentile", "declared")
    return grid(head, [m.row for m in measured()])


@table()
def declared() -> str:
    """Every metric with its error and why."""
    registry = Registry.default(World.load())
    rows = [_row(metric) for _, metric in registry.metrics.values()]
    return grid(("metric", "half width", "kind"), rows)


def _row(metric: Metric) -> list[str]:
    parts: list[Any] = []
    if isinstance(metric.error, str):
        parts.append(f"1.2816 times `{metric.error}`")
    elif metric.error:
        parts.append(f"{metric.error:g} {metric.unit}")
    if metric.error_share:
        parts.append(f"{100 * metric.error_share:g}% of the reading")
    if not parts and metric.error_of:
        parts.append("said by each reading")
    return [f"`{metric.name}`", ", or ".join(parts) or "exact", metric.error_of or "none"]
