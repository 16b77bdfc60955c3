"""Files of roll calls as they are published, and ours, read into roll calls and votes.

Each reader takes a file a batch of lines at a time and keeps from a line its vote, and what it says
of the roll call once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.world import states
from multipolar.world.boundary import reading
from multipolar.world.text_file import TextFile, gather, require
from multipolar.world.votes_cells import (
    Odd,
    Place,
    as_text,
    check_header,
    clean,
    flag,
    frame_columns,
    frame_place,
    member,
    place_of,
    read_column,
    strict_flag,
    whole,
    word,
)
from multipolar.world.votes_dates import iso_dates
from multipolar.world.votes_table import COLUMNS, ISSUES, VOTES, issue_words

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FIRST_YEAR = 1945  # the year before the first session's
HINT = (
    "name Voeten's UNVotes file, the UN Digital Library's ..._ga_voting.csv, or a table with the "
    "columns rollcall, session, country, vote"
)
ONCE = "give each roll call a number of its own, over all sessions"
LINK = "link"
VOETEN = ("rcid", "ccode", "vote", "session")
LIBRARY = ("undlid", "mscode", "msvote", "date", "session", "resolution")
OURS = ("rollcall", "session", "country", "vote")
FLAGS = ("important", "amendment", "paragraph")
SAID = ("session", "year", "date", LINK, *FLAGS)  # of a roll call; its rows have to agree on them
BY_VOTE = ("rollcall", "country", "vote", "cow", *SAID)
_CODES = {"1": "yes", "2": "abstain", "3": "no", "8": "absent", "9": "", "NA": "", "": ""}
_LETTERS = {"Y": "yes", "N": "no", "A": "abstain", "X": "absent", "NV": "absent", "": "absent"}
_WORDS = {w: w for w in VOTES}
_REGULAR = re.compile(r"([0-9]{1,3})(?:\.0)?")
LAST_ID, LAST_SESSION = 2**31 - 1, 32000
YEARS = (1000, 3000)
NO_LINK = -1  # the file does not say what a roll call repeats
NONE = -2  # stands for a number that is left out
_id, _session_number, _year_number = whole(0, LAST_ID), whole(1, LAST_SESSION), whole(*YEARS)
_un_session, _cow_number = whole(1, 300), whole(-1, 999)


@dataclass(frozen=True)
class RollCalls:
    """What a file says.

    Attributes:
        calls: one row a roll call, as :func:`multipolar.world.votes_table.assemble` takes it;
            ``link`` is -1 where the file does not say.
        cast: one row a vote: ``rollcall, country, cow, vote``.
        source: which kind of file: ``voeten``, ``undl`` or ``own``.
        file: its name.
        outside: rows left out because the state was no member.
    """

    calls: pd.DataFrame
    cast: pd.DataFrame
    source: str
    file: str
    outside: int = 0


def recognise(file: TextFile) -> str:
    """Return which kind of file it is, by its columns: ``voeten``, ``undl`` or ``own``.

    Raises:
        DataError: it is none; what it lacks of the nearest kind is named.
    """
    kinds = {"voeten": VOETEN, "undl": LIBRARY, "own": OURS}
    near = {k: sum(c in file.columns for c in need) for k, need in kinds.items()}
    mark = {"voeten": "rcid", "undl": "undlid", "own": "rollcall"}
    kind = next((k for k, c in mark.items() if c in file.columns), max(near, key=near.__getitem__))
    if near[kind] < 2:
        raise file.fault("has none of the columns of a file of roll calls", HINT)
    names = {
        "voeten": "Voeten's UNVotes file",
        "undl": "the UN Digital Library's file",
        "own": "a table of roll calls",
    }
    require(file, kinds[kind], names[kind], HINT)
    return kind


def read(file: TextFile, *, progress: bool = False) -> RollCalls:
    """Read a file of any kind.

    Raises:
        DataError: it is of no kind, damaged, or has a value that is none of its column's.
    """
    kind = recognise(file)
    place = place_of(file)
    found = _READERS[kind](file, place, progress)
    if not len(found.cast):
        raise file.fault("has a header and no votes", HINT)
    return replace(found, cast=_once(found.cast, place))


def read_frame(frame: pd.DataFrame, name: str) -> RollCalls:
    """Read a long table of one's own that is in memory, by the rules of a file.

    Args:
        frame: the table; its index is not read.
        name: what errors call it.

    Raises:
        DataError: a column lacks, or a cell is none of its column's; the cell is named.
    """
    import pandas as pd

    place = frame_place(name)
    if not isinstance(frame, pd.DataFrame):
        raise place.fault(f"a {type(frame).__name__} is no table", "give a DataFrame or a path")
    columns = frame_columns(frame, COLUMNS, place)
    lacks = [c for c in OURS if c not in columns]
    if lacks:
        raise place.fault(f"the table has no column {', '.join(lacks)}", HINT)
    if not len(frame):
        raise place.fault("the table has no rows", HINT)
    cast = pd.DataFrame({n: as_text(columns[n], n, place) for n in BY_VOTE if n in columns})
    first = ~cast["rollcall"].duplicated()
    calls = pd.DataFrame(index=cast.index[first])
    for n in COLUMNS:
        if n in cast:
            calls[n] = cast.loc[first, n].astype(str)
        else:
            calls[n] = as_text(columns[n][first], n, place).astype(str) if n in columns else ""
    found = long_table(calls, cast, place)
    return replace(found, cast=_once(found.cast, place))


# Lines to tables -------------------------------------------------------------------------


def _batch(
    batch: pa.RecordBatch, ident: str, votes: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a batch into what it says of roll calls, once each, and its votes."""
    frame = batch.to_pandas()
    return frame.drop_duplicates(ident), frame[list(votes)].astype("category")


def _collect(
    file: TextFile, columns: tuple[str, ...], votes: tuple[str, ...], progress: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the text of a file: one row a roll call, and one row a vote, as categories.

    Both are indexed by the rows of the file; a roll call has the first of its own.
    """
    import pandas as pd
    from pandas.api.types import union_categoricals

    ident = votes[0]
    check_header(file, columns)
    with reading(file.name, hint=HINT):
        parts = gather(file, columns, lambda b: _batch(b, ident, votes), progress=progress)
    if not parts:
        raise file.fault("has a header and no lines", HINT)
    begins = np.cumsum([0, *(len(p[1]) for p in parts)])
    placed = [p[0].set_axis(p[0].index + b) for p, b in zip(parts, begins, strict=False)]
    calls = pd.concat(placed).drop_duplicates(ident)
    cast = pd.DataFrame({v: union_categoricals([p[1][v] for p in parts]) for v in votes})
    for name in columns:
        if name not in calls:
            calls[name] = ""
    return calls, cast


def _idents(cast: pd.DataFrame, name: str, place: Place) -> pd.Series[Any]:
    """Return the roll call of each vote, whose number is written in one way throughout.

    Two ways to write one number may be two roll calls: ``7`` and ``07`` of two lists.
    """
    found = read_column(cast[name], name, _id, place)
    ways: dict[int, str] = {}
    for text in dict.fromkeys(cast[name].tolist()):  # as they come in the table
        one = int(_id(text))
        if one in ways:
            row = cast.index[(cast[name] == text).to_numpy()][0]
            why = f"and elsewhere {ways[one][:30]!r}: one number, written in two ways"
            raise place.cell(int(row), name, text, repr(text[:30]), why)
        ways[one] = text
    return found


def _agreed(
    cast: pd.DataFrame, ident: str, name: str, read: Callable[[str], Any], place: Place
) -> None:
    """Refuse a table in which two rows of a roll call do not agree on a column.

    Raises:
        DataError: they do not; one of the rows is named.
    """
    import pandas as pd

    values, _ = pd.factorize(read_column(cast[name], name, read, place))
    _, first, call = np.unique(cast[ident].cat.codes, return_index=True, return_inverse=True)
    other = np.flatnonzero(values != values[first][call])
    if other.size:
        row, start = int(other[0]), int(first[call[other[0]]])
        text, before = str(cast[name].iloc[row]), str(cast[name].iloc[start])
        said, link = ("in session", "and in") if name == "session" else (f"given {name}", "and")
        what = f"roll call {cast[ident].iloc[row]} is {said} {before[:30]!r} {link} {text[:30]!r}"
        raise place.at(int(cast.index[row]), name, text, what, ONCE)


def _once(cast: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Refuse two different votes of one state, and keep one of two that are the same."""
    twice = cast.duplicated(["rollcall", "country"], keep=False)
    if not twice.any():
        return cast
    said = cast[twice].drop_duplicates(["rollcall", "country", "vote"])
    worst = said[said.duplicated(["rollcall", "country"])]
    if len(worst):
        who, call, vote = (str(worst[n].tolist()[0]) for n in ("country", "rollcall", "vote"))
        same = (said["country"] == who) & (said["rollcall"].astype(str) == call)
        first = said[same]
        where = place.row(int(first.index[0]), "", "") or "another line"
        what = f"{who} has two votes on roll call {call}: {vote}, and {first['vote'].tolist()[0]}"
        raise place.at(int(worst.index[0]), "", "", f"{what} in {where}", ONCE)
    return cast.drop_duplicates(["rollcall", "country"])


def _year_of(cast: pd.DataFrame, calls: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the year of each vote."""
    import pandas as pd

    place = pd.Index(calls["rollcall"]).get_indexer(pd.Index(cast["rollcall"]))
    years: np.ndarray[Any, np.dtype[np.int64]] = calls["year"].to_numpy(np.int64)[place]
    return years


def _by_pair(
    codes: pd.Series[Any],
    years: np.ndarray[Any, np.dtype[np.int64]],
    look: Callable[[Any, int], Any],
) -> pd.Series[Any]:
    """Return what ``look`` says of each code and year, asked once a pair."""
    import pandas as pd

    pairs = pd.DataFrame({"code": codes.to_numpy(), "year": years})
    known = pairs.drop_duplicates()
    known = known.assign(
        found=[look(c, int(y)) for c, y in zip(known["code"], known["year"], strict=True)]
    )
    found = pairs.merge(known, on=["code", "year"], how="left", sort=False)["found"]
    return found.set_axis(codes.index)


# Voeten's file ---------------------------------------------------------------------------


def _voeten(file: TextFile, place: Place, progress: bool) -> RollCalls:
    """Read UNVotes of Voeten, Strezhnev and Bailey (https://doi.org/10.7910/DVN/LEJUQZ)."""
    import pandas as pd

    said = ("date", "unres", "importantvote", "amend", "para", "short", "descr", *ISSUES)
    votes = ("rcid", "ccode", "vote", "session")
    calls, cast = _collect(file, (*votes, *said), votes, progress)
    # some releases have lines for states in years without a roll call
    calls, cast = (t[~t["rcid"].str.strip().isin(["", "NA"])] for t in (calls, cast))
    cast = cast.apply(lambda c: c.cat.remove_unused_categories())
    _agreed(cast, "rcid", "session", _un_session, place)
    session = read_column(calls["session"], "session", _un_session, place).astype("int16")
    short, text = clean(calls["short"]), clean(calls["descr"])
    flags = [calls[i].map(flag).eq(True) for i in ISSUES]
    table = pd.DataFrame(
        {
            "rollcall": read_column(calls["rcid"], "rcid", _id, place),
            "session": session,
            "year": session + FIRST_YEAR,
            "date": iso_dates(clean(calls["date"]), FIRST_YEAR),
            "resolution": clean(calls["unres"]),
            "title": short.where(short != "", text),
            "important": calls["importantvote"].map(flag).astype("boolean"),
            "amendment": calls["amend"].map(flag).eq(True),
            "paragraph": calls["para"].map(flag).eq(True),
            "issues": [issue_words(f) for f in zip(*flags, strict=True)],
            LINK: NO_LINK,
        }
    )
    cow = read_column(cast["ccode"], "ccode", _cow_number, place).astype("int16")
    taken = pd.DataFrame(
        {
            "rollcall": _idents(cast, "rcid", place),
            "cow": cow,
            "vote": read_column(cast["vote"], "vote", word(_CODES), place),
        }
    )
    member_then = taken["vote"] != ""
    taken = taken[member_then]
    taken = taken.assign(country=_by_pair(taken["cow"], _year_of(taken, table), states.iso3))
    _known(taken, cast, place)
    return RollCalls(
        table, taken.astype({"country": "category"}), "voeten", file.name, int((~member_then).sum())
    )


def _known(votes: pd.DataFrame, cast: pd.DataFrame, place: Place) -> None:
    strange = votes[votes["country"].isna() | (votes["country"] == "")]
    if len(strange):
        row = int(strange.index[0])
        raise place.at(
            row,
            "ccode",
            str(cast.loc[row, "ccode"]),
            f"ccode {strange['cow'].iloc[0]} has a vote and is no state of the Correlates of War "
            "list that was a member of the UN",
            "check the file, or add it as a table of your own with the columns rollcall, session, "
            "country, vote",
        )


# The Digital Library's file --------------------------------------------------------------


def _library(file: TextFile, place: Place, progress: bool) -> RollCalls:
    """Read General Assembly Voting Data (https://digitallibrary.un.org/record/4060887)."""
    import pandas as pd

    said = ("date", "session", "resolution", "title")
    keep = ("undlid", "mscode", "msvote")
    calls, cast = _collect(file, (*keep, *said), keep, progress)
    dates = iso_dates(clean(calls["date"]), FIRST_YEAR)
    rows = zip(calls.index, calls["session"], dates, strict=True)
    found = [_session(*row, place) for row in rows]
    resolution = clean(calls["resolution"])
    special = [w if s and not r else r for (_, w, s), r in zip(found, resolution, strict=True)]
    session = pd.Series([n for n, _, _ in found], calls.index, dtype="int16")
    table = pd.DataFrame(
        {
            "rollcall": read_column(calls["undlid"], "undlid", _id, place),
            "session": session,
            "year": session + FIRST_YEAR,
            "date": dates,
            "resolution": special,
            "title": clean(calls["title"]),
            "important": pd.Series(pd.NA, index=calls.index, dtype="boolean"),
            "amendment": False,
            "paragraph": False,
            "issues": "",
            LINK: NO_LINK,
        }
    )
    letters = cast["msvote"].astype(str).str.upper().astype("category")
    taken = pd.DataFrame(
        {
            "rollcall": _idents(cast, "undlid", place),
            "code": read_column(cast["mscode"], "mscode", _code, place).astype("category"),
            "vote": read_column(letters, "msvote", word(_LETTERS), place),
        }
    )
    years = _year_of(taken, table)
    taken["country"] = _by_pair(taken["code"], years, states.of_un).astype("category")
    taken["cow"] = _by_pair(taken["country"], years, states.cow).astype("int16")
    nameless = taken["country"] == ""
    if nameless.any():
        row = taken.index[nameless][0]
        what = f"a line of record {taken.loc[row, 'rollcall']} has no ms_code"
        raise place.at(int(row), "mscode", str(cast.loc[row, "mscode"]), what, HINT)
    return RollCalls(table, taken.drop(columns="code"), "undl", file.name)


def _code(text: str) -> str:
    if len(text) > 300:
        raise Odd("which is no code of a state")
    return text.strip().upper()


def _session(row: int, text: str, day: str, place: Place) -> tuple[int, str, bool]:
    """Return the session, the word that stands for it, and whether it is a special one."""
    said = text.strip()
    regular = _REGULAR.fullmatch(said)
    if regular:
        if not 1 <= int(regular[1]) <= 300:
            raise place.cell(row, "session", text, repr(text[:30]), "which is no session")
        return int(regular[1]), said, False
    if not day or int(day[:4]) <= FIRST_YEAR:
        what = f"a vote of special session {said[:20]!r} has no date that can be read"
        raise place.at(row, "session", text, what, HINT)
    return int(day[:4]) - FIRST_YEAR, said, True


# A table of one's own --------------------------------------------------------------------


def _own(file: TextFile, place: Place, progress: bool) -> RollCalls:
    """Read a long table with the columns of ``unga``; all but four may be missing."""
    here = tuple(c for c in BY_VOTE if c in file.columns)
    more = tuple(c for c in COLUMNS if c not in here)
    calls, cast = _collect(file, (*here, *more), here, progress)
    return long_table(calls, cast, place)


def long_table(calls: pd.DataFrame, cast: pd.DataFrame, place: Place) -> RollCalls:
    """Return what a table of one's own says, with what it leaves out filled in.

    Args:
        calls: one row a roll call, text, a column for each of ours, indexed by its first row.
        cast: one row a vote, categories: of :data:`BY_VOTE` those that the table has.
        place: for errors.

    Raises:
        DataError: a value is none of its column's, or two rows of a roll call do not agree.
    """
    import pandas as pd

    taken = pd.DataFrame(
        {
            "rollcall": _idents(cast, "rollcall", place),
            "country": read_column(cast["country"], "country", member, place).astype("category"),
            "vote": read_column(cast["vote"], "vote", word(_WORDS), place),
        }
    )
    _agreed(cast, "rollcall", "session", _session_number, place)
    for name in (n for n in SAID[1:] if n in cast):
        read: Callable[[str], Any] = strict_flag if name in FLAGS else str.strip
        _agreed(cast, "rollcall", name, read, place)
    table = _calls_of(calls, place)
    taken["cow"] = _cow(taken, cast, table, place)
    return RollCalls(table, taken, "own", place.name)


def _calls_of(calls: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Return the roll calls of a table of one's own."""
    import pandas as pd

    def of(name: str, read: Callable[[str], Any]) -> pd.Series[Any]:
        return read_column(calls[name], name, read, place)

    session = of("session", _session_number)
    year = of("year", _or(_year_number, NONE))
    return pd.DataFrame(
        {
            "rollcall": of("rollcall", _id),
            "session": session.astype("int16"),
            "year": year.where(year != NONE, session.map(_opened)),
            "date": iso_dates(clean(calls["date"])),
            "resolution": clean(calls["resolution"]),
            "title": clean(calls["title"]),
            "important": of("important", strict_flag).astype("boolean"),
            "amendment": of("amendment", strict_flag).eq(True),
            "paragraph": of("paragraph", strict_flag).eq(True),
            "issues": of("issues", _subjects),
            LINK: of(LINK, _or(_id, NO_LINK)),
        }
    )


def _or(read: Callable[[str], int], nothing: int) -> Callable[[str], int]:
    """Return how a number is read that may be left out."""
    return lambda text: nothing if text.strip() in ("", "NA") else read(text)


def _opened(session: int) -> int:
    """Return the year in which a session opened, -1 where its number does not tell.

    Bodies that number their sessions by years have those; the Assembly's first was in 1946.
    """
    if session + FIRST_YEAR <= YEARS[1]:
        return session + FIRST_YEAR
    return session if session <= YEARS[1] else -1


def _subjects(text: str) -> str:
    said = text.strip().casefold().split()
    if text.strip() in ("NA", "nan", "None"):
        said = []
    strange = set(said) - set(ISSUES)
    if strange:
        raise Odd(f"of which {min(strange)[:30]!r} is no subject; it may have {', '.join(ISSUES)}")
    return " ".join(i for i in ISSUES if i in said)


def _cow(
    votes: pd.DataFrame, cast: pd.DataFrame, table: pd.DataFrame, place: Place
) -> pd.Series[Any]:
    guess = _by_pair(votes["country"], _year_of(votes, table), states.cow)
    if "cow" in cast:
        said = read_column(cast["cow"], "cow", _or(whole(-1, 32000), NONE), place)
        guess = said.where(said != NONE, guess)
    return guess.astype("int16")


_READERS: dict[str, Callable[[TextFile, Place, bool], RollCalls]] = {
    "voeten": _voeten,
    "undl": _library,
    "own": _own,
}
