"""countries: ISO codes, names, and the aliases a person would type."""

from __future__ import annotations

from typing import Any

import pandas as pd
import yaml
from babel import Locale
from babel.core import get_cldr_version, get_global

import atlas
import build_votes
from common import SOURCES, Built, column
from multipolar.world.names import fold

LANGUAGES = ("en", "fr", "es", "pt", "de", "it", "ru", "uk", "zh", "ar", "tr", "ja", "pl")
# alpha-3 codes of states that are no more; CLDR points them at a successor
FORMER = {"ANT", "BUR", "ZAR", "SCG", "YUG", "DDR", "FXX", "NTZ", "SUN", "TMP", "YMD"}
# not ISO 3166 entries, though CLDR names them
NOT_COUNTRIES = {"EU", "EZ", "UN", "QO", "AC", "CP", "CQ", "DG", "EA", "IC", "TA", "XA", "XB", "ZZ"}


def _codes() -> dict[str, tuple[str, str]]:
    """alpha-2 -> (alpha-3, numeric), from CLDR's territory aliases."""
    pairs: dict[str, list[str]] = {}
    for old, new in get_global("territory_aliases").items():
        if len(old) == 3 and old not in FORMER and len(new) == 1:
            pairs.setdefault(new[0], []).append(old)
    out = {}
    for two, codes in pairs.items():
        letters = [c for c in codes if c.isalpha() and not c.startswith(("QM", "XA", "XZ"))]
        digits = [c for c in codes if c.isdigit()]
        if len(two) == 2 and letters:
            out[two] = (letters[0], min(digits) if digits else "")
    out["XK"] = ("XKX", "")
    # CLDR also lists the numbers of former unions; these are today's
    out["DE"] = ("DEU", "276")
    out["FR"] = ("FRA", "250")
    out["ET"] = ("ETH", "231")
    out["PA"] = ("PAN", "591")
    out["SD"] = ("SDN", "729")
    out["YE"] = ("YEM", "887")
    return out


def build() -> Built:
    """Build the table."""
    typed: dict[str, list[str]] = yaml.safe_load((SOURCES / "aliases.yaml").read_text("utf-8"))
    formal: dict[str, list[str]] = yaml.safe_load((SOURCES / "names.yaml").read_text("utf-8"))
    listed: dict[str, list[str]] = yaml.safe_load((SOURCES / "iso_3166.yaml").read_text("utf-8"))
    members = {r["country"] for r in build_votes.rows() if r["body"] == "UNGA"}
    locales = [Locale(lang) for lang in LANGUAGES]
    rows: list[dict[str, Any]] = []
    for two, (three, number) in sorted(_codes().items(), key=lambda kv: kv[1][0]):
        if two in NOT_COUNTRIES or two not in locales[0].territories:
            continue
        names = [str(loc.territories[two]) for loc in locales if two in loc.territories]
        name = names[0].replace(" & ", " and ")
        known = dict.fromkeys([*names, name, *typed.get(three, [])])
        rows.append(
            {
                "iso3": three,
                "iso2": two,
                "numeric": number,
                "name": SHORT.get(three, name),
                "un_member": three in members,
                "aliases": list(known),
                "names": _unlike([name, *formal.get(three, []), *listed.get(three, [])])[1:],
            }
        )
    unknown = (set(typed) | set(formal) | set(listed)) - {r["iso3"] for r in rows}
    missing = members - {r["iso3"] for r in rows}
    if unknown or missing:
        raise SystemExit(f"aliases for unknown codes {unknown}; members without a row {missing}")
    _no_clash(rows)
    points = atlas.label_points({r["numeric"]: r["iso3"] for r in rows if r["numeric"]})
    groups = _un_groups()
    for row in rows:
        row["un_group"] = groups.get(row["iso3"])
        row["lon"], row["lat"] = (round(c, 2) for c in points[row["iso3"]])
    return Built(
        name="countries",
        read="2026-12-01",
        review_days=365,
        refresh="a new release of CLDR through Babel, or of iso-codes",
        grade="report",
        public={"rule": "always", "why": "Names and codes, no figures"},
        title="Countries: ISO codes, names and aliases",
        description=(
            "ISO 3166 entries and Kosovo. Names in 13 languages from CLDR; demonyms, "
            "abbreviations, capitals and leaders that stand for a state are typed, and so are "
            "formal names after the terminology database of the United Nations; short and "
            "official names of ISO 3166-1 after the Debian project's iso-codes. Label points "
            "are the middle of the largest part of the country's shape in world-atlas 2.0.2 "
            "(Natural Earth, 1:50m), a few small territories typed. A name or a point here "
            "implies no view on the status of any territory."
        ),
        source=(
            "Unicode CLDR, as packaged in Babel; ISO 3166-1, as listed by iso-codes; "
            "world-atlas 2.0.2; aliases and names typed"
        ),
        url="https://cldr.unicode.org",
        licence="Unicode Licence v3; names of ISO 3166-1 are facts; ISC (world-atlas), public domain (Natural Earth)",
        version=f"CLDR {get_cldr_version()}",
        fields=(
            column("iso3", "string", "ISO 3166 alpha-3 code"),
            column("iso2", "string", "ISO 3166 alpha-2 code"),
            column("numeric", "string", "ISO 3166 numeric code, three digits"),
            column("name", "string", "Short English name"),
            column("un_member", "boolean", "True for the 193 members of the United Nations"),
            column("un_group", "string", "Regional group in the United Nations; null if no member"),
            column("lon", "number", "Longitude of a point to place a label or an arrow", "degrees"),
            column("lat", "number", "Latitude of that point", "degrees"),
            column("aliases", "array", "Names and words that are read as this country"),
            column(
                "names",
                "array",
                "Full English names, former ones included; read in any order of their words",
            ),
        ),
        frame=pd.DataFrame(rows),
    )


SHORT = {
    "MMR": "Myanmar",
    "HKG": "Hong Kong",
    "MAC": "Macao",
    "PSE": "Palestine",
    "COD": "DR Congo",
    "COG": "Congo",
    "SHN": "St. Helena",
    "CIV": "Ivory Coast",
    "TUR": "Turkey",
    "BIH": "Bosnia and Herzegovina",
}


def _unlike(names: list[str]) -> list[str]:
    """Leave out a name that is written like one before it."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(fold(name), name)
    return list(found.values())


def _un_groups() -> dict[str, str]:
    typed = yaml.safe_load((SOURCES / "coalitions.yaml").read_text("utf-8"))
    return {
        c: n.removeprefix("UN ")
        for n, g in typed.items()
        if n.startswith("UN ")
        for c in g["members"]
    }


def _no_clash(rows: list[dict[str, Any]]) -> None:
    """Drop a CLDR name that two countries share in some language; refuse clashes of full names."""
    owner: dict[str, set[str]] = {}
    for row in rows:
        for name in (*row["aliases"], *row["names"]):
            owner.setdefault(fold(name), set()).add(row["iso3"])
    for row in rows:
        row["aliases"] = [a for a in row["aliases"] if len(owner[fold(a)]) == 1]
        shared = [n for n in row["names"] if len(owner[fold(n)]) > 1]
        if shared:
            raise SystemExit(f"{row['iso3']}: {shared} are names of another country as well")
