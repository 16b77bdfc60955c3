"""The tables of the gas engine: nodes, figures, voyages and parameters."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from build_energy_year import EIA, EIA_PAGE, LAGS, eia
from common import FACTS, PRIOR, SOURCED, Built, column, sourced, typed
from multipolar.world.units import convert, dimension
from publication import MODEL

EARTH_NM = 3440.065
HIDDEN, HIDDEN_YEAR = "share of its region", 2019
DETOUR = 1.04  # ships do not sail great circles between the waypoints


def nodes() -> Built:
    """Build the nodes of the network."""
    return Built(
        name="gas_nodes",
        read="2026-11-24",
        refresh="nothing: a division of the map",
        grade="",
        public={"rule": "always", "why": "A division of the map, no figures"},
        title="Nodes of the gas network",
        description=(
            "Countries, parts of Russia and groups of countries between which gas moves. Together "
            "they are the world."
        ),
        source="Ours",
        url="",
        licence="Apache-2.0",
        version="2026-11",
        fields=(
            column(
                "node",
                "string",
                "Code: ISO 3166 of a country, RUS- and a letter for a part of "
                "Russia, X and two letters for a group",
            ),
            column("name", "string", "Name"),
            column("region", "string", "Region as the Energy Institute draws them"),
            column(
                "members", "string", "ISO 3166 codes of the countries in it, set apart by spaces"
            ),
            column("market", "string", "Market in which exporters may have power over the price"),
            column(
                "price_2021",
                "number",
                "Guess at the price of 2021 to which the calibration is "
                "drawn where there is no hub; an assumption",
                "USD/MMBtu",
            ),
        ),
        frame=typed("gas", "nodes").astype({"price_2021": float}),
    )


def _energy(value: float, unit: str) -> float:
    return convert(value, unit, "TWh") if dimension(unit) == "energy" else np.nan


def _by_eia(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the consumption of places that the review hides, as the EIA has it.

    Of 2019, for 2021 was not yet published when the claims that the tables are used for were made;
    the engine scales them so that each region closes.
    """
    parts = nodes().frame
    members = dict(zip(parts["node"], map(str.split, parts["members"]), strict=True))
    there = eia()
    there = there[(there["series"] == "consumption") & (there["fuel"] == "gas")]
    there = there[there["year"] == HIDDEN_YEAR]
    used = dict(zip(there["region"].astype(str), there["value"], strict=True))
    known = pd.Timestamp(HIDDEN_YEAR, 12, 31) + pd.Timedelta(days=LAGS["eia"])
    rows = frame.copy()
    hidden = (rows["quantity"] == "consumption") & (rows["status"] == "assumption")
    for k in rows.index[hidden & ~rows["place"].str.startswith("RUS-")]:
        place = rows.at[k, "place"]
        value = sum(used[c] for c in members.get(place) or [place] if c in used)
        found = {
            "route": HIDDEN, "value": f"{value:.4f}", "unit": "EJ", "status": "sourced",
            "source": EIA, "url": EIA_PAGE, "dated": f"{known:%Y-%m-%d}",
            "note": f"of {HIDDEN_YEAR}; scaled so that the region closes in 2021",
        }  # fmt: skip
        rows.loc[k, list(found)] = list(found.values())
    return rows


def figures() -> Built:
    """Build the figures: balances, capacities, flows, prices, contracts, outlooks."""
    parts = [
        typed("gas", f"figures_{part}") for part in ("ei", "other", "lng", "recent", "outturn")
    ]
    frame = _by_eia(pd.concat(parts, ignore_index=True))
    frame["value"] = frame["value"].astype(float)
    frame["energy_twh"] = [
        _energy(v, u) for v, u in zip(frame["value"], frame["unit"], strict=True)
    ]
    sourced(frame, {"sourced", "assumption"})
    return Built(
        name="gas_figures",
        read="2026-11-24",
        review_days=365,
        refresh="the Statistical Review of World Energy each June, the annual reports on LNG each spring",
        grade="report",
        public={
            "rule": "at",
            "column": "dated",
            "why": f"Energy Institute and others; {MODEL}",
        },
        title="Gas: balances, capacities, flows, prices, contracts and outlooks",
        description=(
            "One row a figure. `sourced` was read at the source named; `assumption` is ours, a "
            "plausible round figure that was not found at a source, and can be replaced. Balances "
            "of 2021 are what the engine is calibrated on; later years are what it is tested on. "
            "The unit is the one reported: bcm_ei at 15 C and 40 MJ/m3, bcm_ru at 20 C, Mt LNG."
        ),
        source="Energy Institute, operators, agencies and others, named row by row",
        url="",
        licence=FACTS,
        version="2026-11",
        fields=(
            column(
                "quantity",
                "string",
                "production, consumption, lng_exports, lng_imports, "
                "pipe_flow, pipe (capacity), liquefaction, regasification, price, stock, "
                "contract, ban (share of a trade that is left), outturn and outturn_before (what a "
                "year came to, and the year before by the same source), consumption_growth or "
                "production_growth",
            ),
            column("place", "string", "Node, country or region; for pipes where they start"),
            column("partner", "string", "Where a pipe or contract ends; empty otherwise"),
            column("route", "string", "Name of the pipe, plant or hub"),
            column("since", "string", "Year of the figure, or the day from which it holds"),
            column("until", "string", "Day on which it ends; empty while it holds"),
            column("value", "number", "Figure as reported, in `unit`"),
            column("unit", "string", "Unit of `value`; a year's volume where it is a volume"),
            column(
                "energy_twh", "number", "The same as energy, where it is a volume of gas", "TWh"
            ),
            column("status", "string", "sourced or assumption"),
            *SOURCED,
        ),
        frame=frame,
    )


def _nm(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance in nautical miles."""
    (y1, x1), (y2, x2) = ((radians(p[0]), radians(p[1])) for p in (a, b))
    chord = sin((y2 - y1) / 2) ** 2 + cos(y1) * cos(y2) * sin((x2 - x1) / 2) ** 2
    return 2 * EARTH_NM * asin(sqrt(chord))


def _distances() -> pd.DataFrame:
    """Shortest ways by sea between the ports, through the waypoints."""
    ports, sea = typed("gas", "ports"), typed("gas", "sea")
    places: dict[str, tuple[float, float]] = {}
    for end in ("from", "to"):
        for row in sea.to_dict("records"):
            places[row[end]] = (float(row[f"{end}_lat"]), float(row[f"{end}_lon"]))
    edges = [(a, b) for a, b in zip(sea["from"], sea["to"], strict=True)]
    for row in ports.to_dict("records"):
        key = f"port {row['node']}"
        places[key] = (float(row["lat"]), float(row["lon"]))
        edges += [(key, gate) for gate in row["gates"].split()]
    index = {name: k for k, name in enumerate(places)}
    a, b = ([index[e[k]] for e in edges] for k in (0, 1))
    length = [DETOUR * _nm(places[x], places[y]) for x, y in edges]
    graph = csr_array((length, (a, b)), shape=(len(places),) * 2)
    starts = [index[f"port {n}"] for n in ports["node"]]
    found = dijkstra(graph, directed=False, indices=starts)[:, starts]
    at = [(i, j) for i in range(len(ports)) for j in range(len(ports)) if i != j]
    return pd.DataFrame(
        {
            "origin": [ports["node"][i] for i, _ in at],
            "destination": [ports["node"][j] for _, j in at],
            "distance_nm": [round(float(found[i, j]), -1) for i, j in at],
        }
    )


def voyages() -> Built:
    """Build the distances that LNG travels."""
    return Built(
        name="gas_voyages",
        read="2026-11-24",
        refresh="nothing: distances",
        grade="",
        public={"rule": "always", "why": "Distances by sea, from coordinates"},
        title="Distances by sea between LNG ports",
        description=(
            "The shortest way through a graph of some 70 waypoints, both canals open, times 1.04. "
            "One port stands for a node, or the mean of several. Northern Sea Route: open all "
            "year, so Yamal to Asia is too short in winter."
        ),
        source="Ours, from coordinates",
        url="",
        licence="Apache-2.0",
        version="2026-11",
        fields=(
            column("origin", "string", "Node that exports"),
            column("destination", "string", "Node that imports"),
            column("distance_nm", "number", "Length of the voyage", "nautical miles"),
        ),
        frame=_distances(),
    )


def parameters() -> Built:
    """Build the parameters with their priors."""
    frame = typed("gas", "parameters")
    frame["value"] = frame["value"].astype(float)
    late = frame[(frame["used_for"] == "calibration") & (frame["dated"].str[:4] > "2021")]
    if len(late):
        raise ValueError(f"calibration rests on later sources: {late['name'].tolist()}")
    return Built(
        name="gas_parameters",
        read="2026-11-24",
        review_days=365,
        refresh="the sources of the rows, one by one",
        grade="",
        public={"rule": "at", "column": "dated", "why": f"Each row names its own; {MODEL}"},
        title="Parameters of the gas engine",
        description=(
            "Value, prior and source of every parameter. What the calibration on 2021 and the test "
            "out of sample rest on (`used_for` is calibration) has no source later than 2021."
        ),
        source="Published estimates and assumptions, named row by row",
        url="",
        licence=FACTS,
        version="2026-11",
        fields=(
            column("name", "string", "Name of the parameter"),
            column("used_for", "string", "calibration, or forecast: not used for the year 2021"),
            *PRIOR,
        ),
        frame=frame,
    )
