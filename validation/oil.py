"""Oil beside what happened: 2022-24 from 2021, and three events that the parameters had not seen.

The parameters were set, and their table kept, before the model was run on Iran 2018-19,
Venezuela 2019 or the cut of 2020. The inputs of a test are dated measures and nothing else: no
flow, total or price of the year that is to be found, but Brent where a row says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from multipolar.engines.api.proof import Miss
from multipolar.engines.oil.changes import Change
from multipolar.engines.oil.data import Base, Tables, read_tables
from multipolar.engines.oil.kernel import solve
from multipolar.engines.oil.model import engine
from multipolar.engines.oil.network import make
from multipolar.engines.oil.solved import Year, year_of
from multipolar.numerics.arrays import Flags, Floats
from validation.page import grid, table
from validation.runs import central, world

RUSSIA = frozenset({"RUS"})
METHODS = ("persistence", "pro rata", "RAS", "model")
RAS_ROUNDS = 200
YEARS = (2022, 2023, 2024)
SEEN, LARGE = 0.05, 0.3  # mb/d from which flows, and states, are compared
REGIONS: Mapping[str, frozenset[str]] = {
    "Middle East": frozenset(["SAU", "IRQ", "ARE", "KWT", "IRN", "QAT", "BHR", "OMN", "YEM"]),
    "Africa": frozenset(
        [
            "NGA",
            "AGO",
            "LBY",
            "DZA",
            "EGY",
            "GHA",
            "GAB",
            "COG",
            "GNQ",
            "CMR",
            "TCD",
            "SDN",
            "SSD",
            "TUN",
            "CIV",
            "COD",
        ]
    ),
    "United States": frozenset({"USA"}),
    "North Sea": frozenset({"NOR", "GBR", "DNK"}),
    "Kazakhstan and Azerbaijan": frozenset({"KAZ", "AZE"}),
    "Latin America": frozenset(["BRA", "MEX", "VEN", "COL", "ECU", "GUY", "ARG", "TTO", "PER"]),
}


@cache
def tables() -> Tables:
    return read_tables(world())


@cache
def union() -> frozenset[str]:
    return frozenset(world().countries_named("EU", "2023-01-01"))


def crude(year: int) -> Floats:
    """Return what was sold from state to state, shape (C, C), mb/d, seeds left out."""
    rows = world().table("oil_crude")
    codes = {c: k for k, c in enumerate(tables().codes)}
    rows = rows[
        (rows["year"] == year) & rows["exporter"].isin(codes) & rows["importer"].isin(codes)
    ]
    out = np.zeros((len(codes), len(codes)))
    out[rows["exporter"].map(codes), rows["importer"].map(codes)] = rows["mbd"]
    np.fill_diagonal(out, 0.0)
    return out


@dataclass(frozen=True)
class Event:
    """What a forecaster may condition on.

    Attributes:
        base, year: from which year, to which.
        changes: what was decided by then, by day, as shares of the year.
        seller: whose trade it is about.
    """

    base: int
    year: int
    changes: tuple[Change, ...]
    seller: frozenset[str]


def war(year: int) -> Event:
    """Return the bans on Russian crude, the cap and those who stopped buying, 2022 to 2024."""
    t = tables()
    part = {2022: 1.0}.get(year, 0.0)  # of the year before the bans
    others = frozenset(t.bans) - union()
    bans = [
        Change("ban", part * 0.93, RUSSIA, union() - {"BGR"}, by_sea=True),
        Change("ban", part * 2 / 12, RUSSIA, others),
    ]
    if year > 2022:  # by their own decision of May 2022
        bans.append(Change("ban", 0.0, RUSSIA, frozenset({"DEU", "POL"})))
        bans.append(Change("cap", 60.0, RUSSIA))
    (left,) = {s.value for s in t.sources["reluctance"]}
    assert isinstance(left, float)
    odds = 1 - (1 - left) * (8 / 12 if year == 2022 else 1.0)
    bans.append(Change("odds", odds, RUSSIA, frozenset(t.unwilling)))
    return Event(2021, year, tuple(bans), RUSSIA)


def iran() -> Event:
    """Return the sanctions of November 2018, with eight buyers excepted until 2 May 2019.

    China said that it would not follow them, and stays out.
    """
    excepted = frozenset({"IND", "JPN", "KOR", "TUR", "ITA", "GRC", "TWN"})
    everybody = frozenset(tables().codes) - {"CHN", "SYR"}
    seller = frozenset({"IRN"})
    return Event(
        2017,
        2019,
        (
            Change("ban", 0.0, seller, everybody - excepted),
            Change("ban", 121 / 365, seller, excepted),
        ),
        seller,
    )


def venezuela() -> Event:
    """Return the sanctions on Venezuela's oil company, a licence running to 28 April 2019."""
    seller = frozenset({"VEN"})
    return Event(2018, 2019, (Change("ban", 118 / 365, seller, frozenset({"USA"})),), seller)


def factors(event: Event) -> Floats:
    """Return what a pair of states may keep of its trade, shape (C, C), for methods by hand."""
    base, flow = tables().of(event.base), crude(event.base)
    kept = np.ones_like(flow)
    for c in event.changes:
        if c.kind in ("ban", "odds"):
            pairs = np.outer(base.at(c.sellers), base.at(c.buyers))
            part = np.full_like(flow, c.amount)
            if c.by_sea:  # what goes by pipe stays
                total, sea = np.zeros_like(flow), np.zeros_like(flow)
                np.add.at(total, (base.seller, base.buyer), base.flow)
                ships = base.way == 0
                np.add.at(sea, (base.seller[ships], base.buyer[ships]), base.flow[ships])
                share = np.divide(sea, total, np.ones_like(sea), where=total > 0)
                part = 1 - (1 - c.amount) * share
            kept[pairs] = np.minimum(kept, part)[pairs]
    return kept


def by_share(event: Event) -> Floats:
    """Return flows with what is lost spread over those who may buy, by their imports.

    Buyers take what they lose from their other sellers, by what these sold them.
    """
    flow, kept = crude(event.base), factors(event)
    out = flow * kept
    lost = flow - out
    wanted = np.where(kept >= 1, 1.0, np.where(kept > 0.5, kept, 0.0)) * flow.sum(0)
    np.fill_diagonal(wanted, 0.0)
    for i in np.flatnonzero(lost.sum(1) > 0):
        out[i] += lost[i].sum() * wanted[i] / wanted[i].sum()
    for j in np.flatnonzero(lost.sum(0) > 0):
        others = np.where(lost[:, j] > 0, 0.0, flow[:, j])
        if others.sum() > 0:
            out[:, j] += lost[:, j].sum() * others / others.sum()
    return out


def balanced(event: Event) -> Floats:
    """Return flows brought back to the totals of sellers and buyers of the base (RAS)."""
    base, flow = tables().of(event.base), crude(event.base)
    seeded = np.zeros_like(flow)
    np.add.at(seeded, (base.seller, base.buyer), base.flow)
    np.fill_diagonal(seeded, 0.0)
    out = seeded * factors(event)
    for _ in range(RAS_ROUNDS):
        out *= (flow.sum(1) / np.maximum(out.sum(1), 1e-12))[:, None]
        out *= (flow.sum(0) / np.maximum(out.sum(0), 1e-12))[None]
    return out


def run(event: Event, horizon: str = "short", brent: float | None = None, **changed: float) -> Year:
    """Solve an event, with Brent as it was in the base or as given."""
    t = tables()
    base: Base = t.of(event.base)
    if brent is not None:
        base = replace(base, brent=brent)
    made = make(t, base, central(engine, **changed), horizon, event.changes, fleet_year=event.year)
    return year_of(made, solve(made.network))


def found(event: Event, method: str) -> Floats:
    """Return flows by one method, shape (C, C), mb/d."""
    match method:
        case "persistence":
            return crude(event.base)
        case "pro rata":
            return by_share(event)
        case "RAS":
            return balanced(event)
        case _:
            flow = run(event).flow.copy()
            np.fill_diagonal(flow, 0.0)
            return flow


def grouped(
    flow: Floats, sellers: Mapping[str, frozenset[str]], buyers: Mapping[str, frozenset[str]]
) -> dict[tuple[str, str], float]:
    """Return sums over groups; a group without members holds all others."""
    codes = np.array(tables().codes)

    def masks(groups: Mapping[str, frozenset[str]]) -> dict[str, Flags]:
        named = frozenset().union(*groups.values())
        return {
            k: np.isin(codes, sorted(v)) if v else ~np.isin(codes, sorted(named))
            for k, v in groups.items()
        }

    a, b = masks(sellers), masks(buyers)
    return {(s, d): float(flow[a[s]][:, b[d]].sum()) for s in sellers for d in buyers}


def one(code: str) -> dict[str, frozenset[str]]:
    return {code: frozenset({code})}


OTHERS: dict[str, frozenset[str]] = {"others": frozenset()}


@cache
def tests() -> Mapping[str, tuple[Event, Mapping[str, Any], Mapping[str, Any]]]:
    """Return each test: the event, and groups of sellers and buyers that are compared."""
    eu = {"EU": union()}
    origins = {**REGIONS, "Russia": RUSSIA, **OTHERS}
    asked = {}
    russia = {**one("CHN"), **one("IND"), **one("TUR"), **eu, **one("BLR"), **OTHERS}
    for year in (2022, 2023, 2024):
        asked[f"Russia by destination, {year}"] = (war(year), one("RUS"), russia)
    for year in (2023, 2024):
        asked[f"EU by origin, {year}"] = (war(year), origins, eu)
    east = {**one("CHN"), **one("IND"), **one("JPN"), **one("KOR"), **one("TUR"), **eu, **OTHERS}
    buyers = {"JPN, KOR, IND, TUR": frozenset({"JPN", "KOR", "IND", "TUR"}), **eu}
    gulf = {**REGIONS, "Middle East": REGIONS["Middle East"] - {"IRN"}, **one("IRN")}
    gulf |= {"Russia": RUSSIA, **OTHERS}
    asked["Iran by destination, 2019"] = (iran(), one("IRN"), east)
    asked["its former buyers by origin, 2019"] = (iran(), gulf, buyers)
    west = {**one("USA"), **one("CHN"), **one("IND"), **eu, **OTHERS}
    latin = {**REGIONS, "Latin America": REGIONS["Latin America"] - {"VEN"}, **one("VEN")}
    latin |= {**one("CAN"), "Russia": RUSSIA, **OTHERS}
    asked["Venezuela by destination, 2019"] = (venezuela(), one("VEN"), west)
    asked["United States by origin, 2019"] = (venezuela(), latin, one("USA"))
    return asked


@cache
def errors(name: str) -> Mapping[str, float]:
    """Return the sum of absolute errors of each method in one test, mb/d."""
    event, sellers, buyers = tests()[name]
    truth = grouped(crude(event.year), sellers, buyers)
    out = {}
    for method in METHODS:
        guess = grouped(found(event, method), sellers, buyers)
        out[method] = sum(abs(guess[k] - truth[k]) for k in truth)
    return out


BLIND = ("Iran", "its former", "Venezuela", "United States")


@table()
def volumes() -> str:
    """Sums of absolute errors, 2022-24 and blind."""
    rows = []
    for name in tests():
        blind = "blind" if name.startswith(BLIND) else "known"
        rows.append([name, blind, *(f"{errors(name)[m]:.2f}" for m in METHODS)])
    return grid(["sum of absolute errors, mb/d", "outcome", *METHODS], rows)


@table()
def russia_2023() -> str:
    """Russian crude by buyer in 2023."""
    event, sellers, buyers = tests()["Russia by destination, 2023"]
    truth, before = (grouped(crude(y), sellers, buyers) for y in (2023, 2021))
    guess = {m: grouped(found(event, m), sellers, buyers) for m in METHODS[1:]}
    rows = [
        [k[1], f"{before[k]:.2f}", f"{truth[k]:.2f}", *(f"{g[k]:.2f}" for g in guess.values())]
        for k in truth
    ]
    return grid(["mb/d to", "2021", "2023", *guess], rows)


def monthly(year: int, months: range) -> float:
    """Return Brent's mean over months of a year, USD a barrel."""
    rows = world().table("prices_monthly")
    rows = rows[(rows["commodity"] == "brent") & (rows["publisher"] == "eia")]
    rows = rows[(rows["year"] == year) & rows["month"].isin(months)]
    return float(rows["price"].mean())


def urals(year: int) -> float:
    """Return how far Urals was below Brent in January to September, by the Russian ministry."""
    rows = world().table("oil_figures")
    rows = rows[(rows["quantity"] == "urals") & (rows["date"] == str(year))]
    return monthly(year, range(1, 10)) - float(rows["value"].iloc[0])


def discount(year: int) -> float:
    """Return the model's discount of Urals at the well-head, Brent of January to September given."""
    solved = run(war(year), brent=monthly(year, range(1, 10)))
    return solved.brent - float(solved.head[tables().codes.index("RUS")])


def demand_of_2020() -> Floats:
    """Return what use of oil in 2020 was over that of 2019, by state, (C,): US EIA."""
    rows = world().table("energy_year")
    rows = rows[(rows["series"] == "consumption") & (rows["fuel"] == "oil")]
    used = rows[rows["publisher"] == "eia"].pivot_table(
        index="country", columns="year", values="value"
    )
    ratio = (used[2020] / used[2019]).to_dict()
    return np.array([ratio.get(c, 1.0) for c in tables().codes])


CUTTERS = frozenset(
    [
        "SAU",
        "RUS",
        "IRQ",
        "ARE",
        "KWT",
        "NGA",
        "AGO",
        "DZA",
        "GAB",
        "GNQ",
        "COG",
        "KAZ",
        "OMN",
        "AZE",
        "MYS",
        "BHR",
        "BRN",
        "SDN",
        "SSD",
    ]
)
CUT_2020 = (9.7 * 3 + 7.7 * 5) / 12  # mb/d over the year: the agreement of 12 April, July at 9.7


@cache
def price_of_2020(*, cut: bool) -> float:
    """Return Brent of 2020 with the year's use of oil, and with or without the cut."""
    t = tables()
    changes = (Change("cut", CUT_2020, CUTTERS),) if cut else ()
    made = make(t, t.of(2019), central(engine), "short", changes)
    ratio = demand_of_2020()[made.buyers]
    made = replace(made, network=replace(made.network, demand=made.network.demand * ratio))
    return year_of(made, solve(made.network)).brent


@table()
def prices() -> str:
    """Prices beside what happened."""
    t = tables()
    at = t.base[2019].brent
    rows = [
        ["Urals below Brent, January to September 2023, Brent given", "known", f"{urals(2023):.1f}",
         f"{discount(2023):.1f}", f"{t.normal:.1f}"],
        ["the same, 2022: no cap yet", "known", f"{urals(2022):.1f}", f"{discount(2022):.1f}",
         f"{t.normal:.1f}"],
        ["Brent 2020, use of oil and the cut given", "blind", f"{t.base[2020].brent:.0f}",
         f"{price_of_2020(cut=True):.0f}", f"{at:.0f}"],
        ["the same without the cut", "blind", "", f"{price_of_2020(cut=False):.0f}", ""],
    ]  # fmt: skip
    for year in (2022, 2023, 2024):
        rows.append(
            [f"Brent {year}, nothing given", "known", f"{t.base[year].brent:.0f}",
             f"{run(war(year)).brent:.0f}", f"{t.base[2021].brent:.0f}"]
        )  # fmt: skip
    return grid(["USD a barrel", "outcome", "actual", "model", "as before"], rows)


def off_in_flows() -> Floats:
    """Return how far flows between groups in 2023 and 2024 were off, as shares of what was seen."""
    out = []
    for name in tests():
        if name.endswith(("2023", "2024")):
            event, sellers, buyers = tests()[name]
            truth = grouped(crude(event.year), sellers, buyers)
            guess = grouped(found(event, "model"), sellers, buyers)
            out += [abs(guess[k] / v - 1) for k, v in truth.items() if v > SEEN]
    return np.array(out)


def off_in_sums(end: str) -> Floats:
    """Return the same of output (``exporter``) or use (``importer``) by state, 2022 to 2024."""
    rows, out = world().table("oil_crude"), []
    for year in YEARS:
        seen = rows[rows["year"] == year].groupby(end)["mbd"].sum()
        flow = run(war(year)).flow
        ours = flow.sum(1 if end == "exporter" else 0)
        pairs = zip(tables().codes, ours, strict=True)
        out += [abs(v / seen[c] - 1) for c, v in pairs if seen.get(c, 0.0) > LARGE]
    return np.array(out)


def off_in_brent() -> Floats:
    """Return the same of Brent: 2022 to 2024, and 2020 with use and cut given."""
    t = tables()
    found = [run(war(y)).brent / t.base[y].brent for y in YEARS]
    ratios = np.array([*found, price_of_2020(cut=True) / t.base[2020].brent])
    return np.asarray(np.abs(ratios - 1))


def off_in_discount() -> Floats:
    """Return the same of the discount of Urals, January to September of 2022 and 2023."""
    return np.array([abs(discount(y) / urals(y) - 1) for y in (2022, 2023)])


def missed() -> dict[str, tuple[Miss, ...]]:
    """Return the years in which the figures of the year before were as near as the engine's."""
    t = tables()
    flows, brents = [], []
    for year in YEARS:
        ours, before = [], []
        for event, sellers, buyers in tests().values():
            if event.year == year:
                truth, was = (grouped(crude(y), sellers, buyers) for y in (year, year - 1))
                guess = grouped(found(event, "model"), sellers, buyers)
                ours += [abs(guess[k] - truth[k]) for k in truth]
                before += [abs(was[k] - truth[k]) for k in truth]
        means = [round(float(np.mean(x)), 2) for x in (ours, before)]
        flows.append(Miss(year, len(ours), means[0], means[1]))
        seen = t.base[year].brent
        off = [abs(x - seen) for x in (run(war(year)).brent, t.base[year - 1].brent)]
        brents.append(Miss(year, 1, round(off[0], 1), round(off[1], 1)))
    pairs = {"flow": flows, "brent": brents}
    return {k: tuple(m for m in found if m.engine >= m.before) for k, found in pairs.items()}
