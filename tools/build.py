"""Rebuild the shipped tables from their named sources: all of them, or those named.

Usage: python tools/build.py [TABLE ...]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import build_alliances
import build_coalitions
import build_corridors
import build_countries
import build_country_year
import build_crisis
import build_democracy
import build_elasticities
import build_energy
import build_energy_year
import build_events
import build_facts
import build_fx
import build_gas
import build_governance
import build_ideal_points
import build_io
import build_macro
import build_minerals
import build_money
import build_oil
import build_pairs
import build_population
import build_prices
import build_production
import build_tariffs
import build_vetoes
import build_violence
import build_votes
import build_warheads
from common import DATA, ROOT, Built, write

BUILDERS: dict[str, Callable[[], Built]] = {
    "countries": build_countries.build,
    "coalitions": build_coalitions.build,
    "alliances": build_alliances.build,
    "crisis_estimates": build_crisis.build,
    "un_votes": build_votes.build,
    "ideal_points": build_ideal_points.build,
    "vetoes": build_vetoes.build,
    "events": build_events.build,
    "tariffs": build_tariffs.build,
    "conflicts": build_violence.conflicts,
    "violence_year": build_violence.violence_year,
    "warheads": build_warheads.build,
    "facts": build_facts.build,
    "macro_2022": build_macro.build,
    "elasticities": build_elasticities.build,
    "energy_trade": build_energy.build,
    "gas_nodes": build_gas.nodes,
    "gas_figures": build_gas.figures,
    "gas_voyages": build_gas.voyages,
    "gas_parameters": build_gas.parameters,
    "corridor_links": build_corridors.links,
    "corridor_figures": build_corridors.figures,
    "corridor_parameters": build_corridors.parameters,
    "oil_figures": build_oil.figures,
    "oil_parameters": build_oil.parameters,
    "minerals_trade": build_minerals.build,
    "distances": build_pairs.distances,
    "trade_history": build_pairs.trade_history,
    "trade_partners": build_pairs.trade_partners,
    "country_year": build_country_year.build,
    "energy_year": build_energy_year.build,
    "oil_crude": build_oil.crude,  # from energy_trade and energy_year
    "fx_monthly": build_fx.build,
    "democracy": build_democracy.build,
    "population": build_population.build,
    "prices_monthly": build_prices.build,
    "production": build_production.build,
    "governance": build_governance.build,
    "settlement": build_money.settlement,
    "russia_trade": build_money.russia_trade,
    "io_2022": build_io.build,
}


def graded(grade: str) -> str:
    """The grade of a table's source, as a sentence."""
    return f" Grade: {grade}." if grade else ""


def main(names: list[str]) -> None:
    """Build and write the named tables and the data package."""
    unknown = [n for n in names if n not in BUILDERS]
    if unknown:
        sys.exit(f"no table {unknown[0]!r}; there are {', '.join(BUILDERS)}")
    path = DATA / "datapackage.json"
    package = json.loads(path.read_text("utf-8")) if path.exists() else {"resources": []}
    entries = {r["name"]: r for r in package["resources"]}
    for name in names or list(BUILDERS):
        entries[name] = write(BUILDERS[name]())
        print(f"{name:16} {entries[name]['bytes'] / 1e6:8.3f} MB", flush=True)
    content = {
        "profile": "data-package",
        "name": "multipolar-world",
        "title": "The shipped world of multipolar",
        "version": "2026.11",
        "created": max(entries[n]["date"] for n in BUILDERS if n in entries),
        "resources": [entries[n] for n in BUILDERS if n in entries],
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (ROOT / "docs" / "data.md").write_text(dictionary(content), "utf-8")
    print(f"{'in all':16} {sum(r['bytes'] for r in content['resources']) / 1e6:8.3f} MB")


# how to add tables of one's own: written by hand, between the title and the dictionary
OWN = (ROOT / "tools" / "sources" / "own_tables.md").read_text("utf-8").splitlines()


RULES = {
    "always": "at any date",
    "at": "all of it from {date} on",
    "column": "each row from its `{column}` on",
    "year": "each year from {lag_days} days after its end on",
    "spell": "each row from its `{column}` on, and its `{until}` from that day on",
}


def published(said: dict[str, Any]) -> str:
    """Since when the rows of a table are public, in a sentence or two."""
    return f"{RULES[said['rule']].format(**said)}. {said['why']}."


def dictionary(package: dict[str, Any]) -> str:
    """The data dictionary as a page of the documentation."""
    lines = [
        "# Data",
        "",
        "The tables that come with the package, built by `make data` from the "
        "sources named. `multipolar data show TABLE` prints the same with the first rows.",
        "",
        *OWN,
    ]
    for r in package["resources"]:
        source, licence = r["sources"][0], r["licenses"][0]["name"]
        name = f"[{source['title']}]({source['path']})" if source["path"] else source["title"]
        lines += [
            f"## {r['name']}",
            "",
            f"**{r['title']}.** {r['description']}",
            "",
            f"Source: {name}.{graded(r['grade'])} Licence: {licence}. Version: {r['version']}. Retrieved: "
            f"{r['date']}. {r['bytes'] / 1e3:,.0f} kB.",
            "",
            f"Newest figures: {r['newest'] or 'none by date'}. Refreshed by: {r['refresh']}.",
            "",
            f"Public: {published(r['public'])}",
            "",
            "| field | type | unit | dimensions | description |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| `{f['name']}` | {f['type']} | {f['unit']} | {', '.join(f.get('dims', []))} | "
            f"{f['description']} |"
            for f in r["schema"]["fields"]
        ]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
