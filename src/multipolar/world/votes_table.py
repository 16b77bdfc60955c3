"""The table ``unga`` of recorded votes: its columns, and how it is put together.

One row a state and roll call. What is said of a roll call is repeated in each of its rows; text is
categorical, so that a million rows stay small in memory and on disk.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from multipolar.world.dictionary import Field

if TYPE_CHECKING:
    import pandas as pd

NAME = "unga"
VOTES = ("yes", "abstain", "no", "absent")
ISSUES = ("me", "nu", "di", "hr", "co", "ec")
FIELDS = (
    Field("rollcall", "integer", "", "Id of the recorded vote, unique in the table"),
    Field("session", "integer", "", "Regular session; a special one counts to that of its year"),
    Field(
        "year",
        "integer",
        "year",
        "Year in which the session opened: 1945 + session, or the "
        "session itself if it is a year; -1 where unknown",
    ),
    Field("date", "string", "", "Day of the vote, ISO 8601; empty where the source has none"),
    Field("resolution", "string", "", "Symbol as the source has it; may be empty"),
    Field("title", "string", "", "Title or heading; may be empty"),
    Field(
        "country",
        "string",
        "",
        "ISO 3166 alpha-3 code of the state; ISO 3166-3 codes of states "
        "that are gone: CSK, DDR, YUG, YMD, EAZ (Zanzibar)",
    ),
    Field("cow", "integer", "", "Correlates of War code of the state; -1 where unknown"),
    Field("vote", "string", "", "yes, abstain, no or absent (member of the UN, no vote recorded)"),
    Field(
        "important",
        "boolean",
        "",
        "True where the US State Department called the vote "
        "important; null where the source does not say",
    ),
    Field("amendment", "boolean", "", "True for a vote on an amendment"),
    Field("paragraph", "boolean", "", "True for a vote on a paragraph or part"),
    Field(
        "issues",
        "string",
        "",
        "Subjects, set apart by spaces: me Middle East and Palestine, nu "
        "nuclear weapons and material, di arms control and disarmament, hr human rights, co "
        "colonialism, ec economic development",
    ),
    Field(
        "link",
        "integer",
        "",
        "Roll call of the earliest resolution that this one repeats; its own where it repeats none",
    ),
)
COLUMNS = tuple(f.name for f in FIELDS)
TEXT = ("date", "resolution", "title", "issues")


def assemble(rollcalls: pd.DataFrame, cast: pd.DataFrame) -> pd.DataFrame:
    """Return the long table from a table of roll calls and one of votes.

    Args:
        rollcalls: one row a roll call: ``rollcall`` and what :data:`FIELDS` says of a roll call
            (all but ``country``, ``cow`` and ``vote``).
        cast: one row a vote: ``rollcall, country, cow, vote``.

    Returns:
        The columns of :data:`FIELDS` in their order; rows by session, roll call and country.

    Example:
        >>> import pandas as pd
        >>> calls = pd.DataFrame({"rollcall": [7], "session": [77], "year": [2022],
        ...     "date": ["2022-10-12"], "resolution": ["A/RES/ES-11/4"], "title": [""],
        ...     "important": [None], "amendment": [False], "paragraph": [False], "issues": [""],
        ...     "link": [7]})
        >>> cast = pd.DataFrame({"rollcall": [7, 7], "country": ["RUS", "CHN"], "cow": [365, 710],
        ...     "vote": ["no", "abstain"]})
        >>> table = assemble(calls, cast)
        >>> table[["rollcall", "year", "country", "vote"]].values.tolist()
        [[7, 2022, 'CHN', 'abstain'], [7, 2022, 'RUS', 'no']]
    """
    import pandas as pd

    calls = rollcalls.sort_values(["session", "rollcall"], kind="stable").reset_index(drop=True)
    place = pd.Index(calls["rollcall"]).get_indexer(pd.Index(cast["rollcall"]))
    country = pd.Categorical(
        cast["country"], pd.Series(sorted(set(cast["country"].unique())), dtype="str")
    )
    order = np.lexsort((country.codes, place))
    place = place[order]

    found = {
        "rollcall": calls["rollcall"].to_numpy("int32")[place],
        "session": calls["session"].to_numpy("int16")[place],
        "year": calls["year"].to_numpy("int16")[place],
        "amendment": calls["amendment"].to_numpy("bool")[place],
        "paragraph": calls["paragraph"].to_numpy("bool")[place],
        "link": calls["link"].to_numpy("int32")[place],
    }
    texts = {n: pd.Categorical(calls[n].astype(str)).take(place) for n in TEXT}
    votes = pd.Categorical(cast["vote"], pd.Series(VOTES, dtype="str"))
    columns = {
        **found,
        **texts,
        "country": country.take(order),
        "cow": cast["cow"].to_numpy("int16")[order],
        "vote": votes.take(order),
        "important": calls["important"].astype("boolean").array.take(place),
    }
    return pd.DataFrame({name: columns[name] for name in COLUMNS})


def member_name(text: str) -> str:
    """Return the name of a member in the form by which two are the same.

    Blanks of any kind around it go, those within it become one space, and letters with accents
    are each one character.

    Example:
        >>> member_name(" HILL,\u00a0 Hal "), member_name("Jose\u0301") == "Jos\u00e9"
        ('HILL, Hal', True)
    """
    return unicodedata.normalize("NFC", " ".join(text.split()))


def content(table: pd.DataFrame) -> bytes:
    """Return the table as Parquet."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, compression="zstd", index=False)
    return buffer.getvalue()


def issue_words(flags: Sequence[bool]) -> str:
    """Return the subjects that are flagged, in the order of :data:`ISSUES`.

    Example:
        >>> issue_words([True, False, False, True, False, False])
        'me hr'
    """
    return " ".join(name for name, on in zip(ISSUES, flags, strict=True) if on)
