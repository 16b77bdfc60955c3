"""The votes of the General Assembly as the table ``unga``, made from the validation data.

Sessions to 74 have titles, subjects and links to the resolutions they repeat; the roll calls after
them have no title, and each links to itself.
"""

from __future__ import annotations

import os
from functools import lru_cache

import pandas as pd

from multipolar.world.votes_table import COLUMNS, ISSUES, assemble, content, issue_words
from validation import DATA, ROOT

FOLDER = DATA / "alignment"
FILES = tuple(FOLDER / f"unga_{n}.parquet" for n in ("votes", "rollcalls", "issues"))
CACHE = ROOT / ".pytest_cache" / "unga-record-1.parquet"


def present() -> bool:
    """Whether the files are here."""
    return all(f.exists() for f in FILES)


@lru_cache(maxsize=1)
def record() -> pd.DataFrame:
    """The long table; not to be changed by who reads it.

    Reads the copy in the cache of the tests, and makes it if there is none or it is stale.
    """
    if CACHE.exists() and CACHE.stat().st_mtime > max(f.stat().st_mtime for f in FILES):
        kept = pd.read_parquet(CACHE)
        if tuple(kept.columns) == COLUMNS:
            return kept
    table = build()
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    beside = CACHE.with_name(f"{CACHE.name}.{os.getpid()}")
    beside.write_bytes(content(table))
    beside.replace(CACHE)
    return table


def build() -> pd.DataFrame:
    """The long table from the three files."""
    votes = pd.read_parquet(FILES[0]).rename(
        columns={"rcid": "rollcall", "iso3": "country", "ccode": "cow"}
    )
    return assemble(_rollcalls(votes), votes[["rollcall", "country", "cow", "vote"]])


def _rollcalls(votes: pd.DataFrame) -> pd.DataFrame:
    known = pd.read_parquet(FILES[1]).set_index("rcid")
    flags = pd.read_parquet(FILES[2])
    raised = pd.crosstab(flags["rcid"], flags["short_name"])[list(ISSUES)] > 0
    issues = pd.Series([issue_words(row.tolist()) for row in raised.to_numpy()], index=raised.index)
    calls = votes.drop_duplicates("rollcall")[
        ["rollcall", "session", "date", "unres", "importantvote"]
    ].set_index("rollcall")
    short, text = (known[n].fillna("").str.strip().reindex(calls.index) for n in ("short", "descr"))
    return pd.DataFrame(
        {
            "session": calls["session"],
            "year": calls["session"] + 1945,
            "date": calls["date"].astype(str),
            "resolution": calls["unres"].astype(object).fillna(""),
            "title": short.where(short != "", text).fillna(""),
            "important": calls["importantvote"].astype("boolean"),
            "amendment": known["amend"].reindex(calls.index).fillna(0).astype(bool),
            "paragraph": known["para"].reindex(calls.index).fillna(0).astype(bool),
            "issues": issues.reindex(calls.index).fillna(""),
            "link": known["bsv_link_rcid"]
            .reindex(calls.index)
            .fillna(calls.index.to_series())
            .astype(int),
        }
    ).reset_index()
