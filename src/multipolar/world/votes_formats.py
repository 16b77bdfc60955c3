"""Files of roll calls as they are published, and ours, read into roll calls and votes.

Each reader takes a file a batch of lines at a time and keeps from a line its vote, and what it says
of the roll call once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.errors import DataError
from multipolar.world import states
from multipolar.world.text_file import TextFile, gather, key, require
from multipolar.world.votes_table import COLUMNS, ISSUES, VOTES, issue_words

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FIRST_YEAR = 1945  # the year before the first session's
HINT = (
    "name Voeten's UNVotes file, the UN Digital Library's ..._ga_voting.csv, or a table with the "
    "columns rollcall, session, country, vote"
)
LINE = "correct that line, or leave it out"
VOETEN = ("rcid", "ccode", "vote", "session")
LIBRARY = ("undlid", "mscode", "msvote", "date", "session", "resolution")
OURS = ("rollcall", "session", "country", "vote")
_CODES = {"1": "yes", "2": "abstain", "3": "no", "8": "absent", "9": "", "NA": "", "": ""}
_LETTERS = {"Y": "yes", "N": "no", "A": "abstain", "X": "absent", "NV": "absent", "": "absent"}
_WORDS = {w: w for w in VOTES}
_TRUE = {"1", "1.0", "true", "yes", "t"}
_FALSE = {"0", "0.0", "false", "no", "f"}
_REGULAR = re.compile(r"(\d{1,3})(?:\.0)?")
_DATES = ("%m/%d/%Y", "%d%b%Y", "%d-%b-%Y", "%Y%m%d", "%d %B %Y")
LINK = "link"


@dataclass(frozen=True)
class RollCalls:
    """What a file says.

    Attributes:
        calls: one row a roll call, as :func:`multipolar.world.votes_table.assemble` takes it;
            ``link`` is 0 where the file does not say.
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
    found = _READERS[recognise(file)](file, progress)
    if not len(found.cast):
        raise file.fault("has a header and no votes", HINT)
    return replace(found, cast=_once(found.cast, file))


# Lines to tables -------------------------------------------------------------------------


def _batch(
    batch: pa.RecordBatch, ident: str, votes: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a batch into what it says of roll calls, once each, and its votes."""
    frame = batch.to_pandas()
    calls = frame.drop_duplicates(ident).drop(columns=[v for v in votes if v != ident])
    return calls, frame[list(votes)].astype("category")


def _collect(
    file: TextFile, columns: tuple[str, ...], votes: tuple[str, ...], progress: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the text of a file: one row a roll call, and one row a vote, as categories."""
    import pandas as pd
    from pandas.api.types import union_categoricals

    ident = votes[0]
    parts = gather(file, columns, lambda b: _batch(b, ident, votes), progress=progress)
    if not parts:
        raise file.fault("has a header and no lines", HINT)
    calls = pd.concat([p[0] for p in parts]).drop_duplicates(ident).reset_index(drop=True)
    cast = pd.DataFrame({v: union_categoricals([p[1][v] for p in parts]) for v in votes})
    for name in columns:
        if name not in calls and name not in votes:
            calls[name] = ""
    return calls, cast


def _mapped(column: pd.Series[Any], read: Callable[[str], Any]) -> pd.Series[Any]:
    """Return a categorical column with each of its texts read once."""
    import pandas as pd

    values = pd.Series([read(str(c)) for c in column.cat.categories])
    return values.iloc[column.cat.codes.to_numpy()].reset_index(drop=True)


def _number(file: TextFile, name: str, low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not (value.is_integer() and low <= value <= high):
            raise file.fault(f"column {name} has {text[:30]!r}, which is no such number", LINE)
        return int(value)

    return read


def _word(file: TextFile, name: str, words: Mapping[str, str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        found = words.get(text.strip().removesuffix(".0"))
        if found is None:
            raise file.fault(
                f"column {name} has {text[:30]!r}; it may have {', '.join(filter(None, words))}",
                LINE,
            )
        return found

    return read


def _flag(text: str) -> bool | None:
    word = text.strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def _flags(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column of text as true, false or, where it is neither, null."""
    return column.map(_flag).astype("boolean")


def iso_date(text: str) -> str:
    """Return a date as ISO 8601; empty where it cannot be read.

    Example:
        >>> iso_date("1946-01-02"), iso_date("1/2/1946"), iso_date("02jan1946"), iso_date("NA")
        ('1946-01-02', '1946-01-02', '1946-01-02', '')
    """
    text = text.strip()
    try:
        return date.fromisoformat(text[:10]).isoformat() if "-" in text[:5] else _other(text)
    except ValueError:
        return _other(text)


def _other(text: str) -> str:
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    return ""


def _clean(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return text without the blanks around it, and without R's word for nothing."""
    text = column.astype(str).str.strip()
    return text.where(~text.isin(["NA", "nan", "NaN", "None", "."]), "")


def _once(cast: pd.DataFrame, file: TextFile) -> pd.DataFrame:
    """Refuse two different votes of one state, and keep one of two that are the same."""
    twice = cast.duplicated(["rollcall", "country"], keep=False)
    if not twice.any():
        return cast
    said = cast[twice].drop_duplicates(["rollcall", "country", "vote"])
    worst = said[said.duplicated(["rollcall", "country"])]
    if len(worst):
        row = worst.iloc[0]
        raise file.fault(f"{row['country']} has two votes on roll call {row['rollcall']}",
                         "give each roll call a number of its own, over all sessions")  # fmt: skip
    return cast.drop_duplicates(["rollcall", "country"]).reset_index(drop=True)


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
    return pairs.merge(known, on=["code", "year"], how="left", sort=False)["found"]


# Voeten's file ---------------------------------------------------------------------------


def _voeten(file: TextFile, progress: bool) -> RollCalls:
    """Read UNVotes of Voeten, Strezhnev and Bailey (https://doi.org/10.7910/DVN/LEJUQZ)."""
    import pandas as pd

    said = ("session", "date", "unres", "importantvote", "amend", "para", "short", "descr", *ISSUES)
    calls, cast = _collect(
        file, ("rcid", "ccode", "vote", *said), ("rcid", "ccode", "vote"), progress
    )
    # some releases have lines for states in years without a roll call
    calls = calls[~calls["rcid"].isin(["", "NA"])].reset_index(drop=True)
    cast = cast[~cast["rcid"].isin(["", "NA"])].reset_index(drop=True)
    cast = cast.apply(lambda c: c.cat.remove_unused_categories())
    session = calls["session"].map(_number(file, "session", 1, 300)).astype("int16")
    short, text = _clean(calls["short"]), _clean(calls["descr"])
    flags = [calls[i].map(_flag).eq(True) for i in ISSUES]
    table = pd.DataFrame(
        {
            "rollcall": calls["rcid"].map(_number(file, "rcid", 0, 2**31 - 1)),
            "session": session,
            "year": session + FIRST_YEAR,
            "date": _clean(calls["date"]).map(iso_date),
            "resolution": _clean(calls["unres"]),
            "title": short.where(short != "", text),
            "important": _flags(calls["importantvote"]),
            "amendment": calls["amend"].map(_flag).eq(True),
            "paragraph": calls["para"].map(_flag).eq(True),
            "issues": [issue_words(f) for f in zip(*flags, strict=True)],
            LINK: 0,
        }
    )
    votes = pd.DataFrame(
        {
            "rollcall": _mapped(cast["rcid"], _number(file, "rcid", 0, 2**31 - 1)),
            "cow": _mapped(cast["ccode"], _number(file, "ccode", -1, 999)).astype("int16"),
            "vote": _mapped(cast["vote"], _word(file, "vote", _CODES)),
        }
    )
    member = (votes["vote"] != "").to_numpy()
    votes = votes[member].reset_index(drop=True)
    votes["country"] = _by_pair(votes["cow"], _year_of(votes, table), states.iso3)
    _known(votes, file)
    votes["country"] = votes["country"].astype("category")
    return RollCalls(table, votes, "voeten", file.name, int((~member).sum()))


def _known(votes: pd.DataFrame, file: TextFile) -> None:
    strange = votes[votes["country"].isna() | (votes["country"] == "")]
    if len(strange):
        raise file.fault(
            f"ccode {strange['cow'].iloc[0]} has a vote and is no state of the Correlates of War "
            "list that was a member of the UN",
            "check the file, or add it as a table of your own with the columns rollcall, session, "
            "country, vote",
        )


# The Digital Library's file --------------------------------------------------------------


def _library(file: TextFile, progress: bool) -> RollCalls:
    """Read General Assembly Voting Data (https://digitallibrary.un.org/record/4060887)."""
    import pandas as pd

    said = ("date", "session", "resolution", "title")
    keep = ("undlid", "mscode", "msvote")
    calls, cast = _collect(file, (*keep, *said), keep, progress)
    ident = _number(file, "undl_id", 0, 2**31 - 1)
    dates = _clean(calls["date"]).map(iso_date)
    found = [_session(*row, file) for row in zip(calls["session"], dates, strict=True)]
    resolution = _clean(calls["resolution"])
    special = [w if s and not r else r for (_, w, s), r in zip(found, resolution, strict=True)]
    session = pd.Series([n for n, _, _ in found], dtype="int16")
    table = pd.DataFrame(
        {
            "rollcall": calls["undlid"].map(ident),
            "session": session,
            "year": session + FIRST_YEAR,
            "date": dates,
            "resolution": special,
            "title": _clean(calls["title"]),
            "important": pd.Series(pd.NA, index=calls.index, dtype="boolean"),
            "amendment": False,
            "paragraph": False,
            "issues": "",
            LINK: 0,
        }
    )
    votes = pd.DataFrame(
        {
            "rollcall": _mapped(cast["undlid"], ident),
            "code": _mapped(cast["mscode"], lambda t: t.strip().upper()).astype("category"),
            "vote": _mapped(cast["msvote"].cat.rename_categories(str.upper), _letter(file)),
        }
    )
    years = _year_of(votes, table)
    votes["country"] = _by_pair(votes["code"], years, states.of_un).astype("category")
    votes["cow"] = _by_pair(votes["country"], years, states.cow).astype("int16")
    nameless = votes["country"] == ""
    if nameless.any():
        at = votes.loc[nameless, "rollcall"].iloc[0]
        raise file.fault(f"a line of record {at} has no ms_code", HINT)
    return RollCalls(table, votes.drop(columns="code"), "undl", file.name)


def _letter(file: TextFile) -> Callable[[str], str]:
    return _word(file, "ms_vote", _LETTERS)


def _session(text: str, day: str, file: TextFile) -> tuple[int, str, bool]:
    """Return the session, the word that stands for it, and whether it is a special one."""
    word = text.strip()
    regular = _REGULAR.fullmatch(word)
    if regular:
        return int(regular[1]), word, False
    if not day:
        raise file.fault(f"a vote of special session {word[:20]!r} has no date", HINT)
    return int(day[:4]) - FIRST_YEAR, word, True


# A table of one's own --------------------------------------------------------------------


def _own(file: TextFile, progress: bool) -> RollCalls:
    """Read a long table with the columns of ``unga``; all but four may be missing."""
    votes = ("rollcall", "country", "vote", "cow")
    more = tuple(c for c in COLUMNS if c not in votes)
    here = votes if "cow" in file.columns else votes[:3]
    calls, cast = _collect(file, (*votes, *more), (*here, "session"), progress)
    _one_session(cast, file)
    known = dict(zip(cast["rollcall"], cast["session"], strict=True))
    calls["session"] = calls["rollcall"].map(known)
    return long_table(calls, cast.drop(columns="session"), file)


def _one_session(cast: pd.DataFrame, file: TextFile) -> None:
    """Refuse a roll call whose lines name more than one session."""
    pairs = cast[["rollcall", "session"]].drop_duplicates()
    twice = pairs[pairs.duplicated("rollcall")]
    if len(twice):
        call = twice["rollcall"].iloc[0]
        said = pairs.loc[pairs["rollcall"] == call, "session"].tolist()
        raise file.fault(
            f"roll call {call} is in session {said[0]!r} and in {said[1]!r}",
            "give each roll call one session, and a number of its own over all sessions",
        )


def long_table(calls: pd.DataFrame, cast: pd.DataFrame, file: TextFile) -> RollCalls:
    """Return what a table of one's own says, with what it leaves out filled in.

    Args:
        calls: one row a roll call, text, a column for each of ours but those of the vote.
        cast: one row a vote, categories: rollcall, country, vote, and cow if the table has it.
        file: for errors.

    Raises:
        DataError: a value is none of its column's.
    """
    import pandas as pd

    ident = _number(file, "rollcall", 0, 2**31 - 1)
    whole = {
        n: _number(file, n, *span)
        for n, span in {"session": (1, 32000), "year": (1000, 3000), LINK: (0, 2**31 - 1)}.items()
    }
    session = calls["session"].map(whole["session"]).astype("int16")
    years = _clean(calls["year"])
    issues = _clean(calls["issues"]).str.casefold()
    strange = {w for text in issues.unique() for w in text.split()} - set(ISSUES)
    if strange:
        raise file.fault(
            f"column issues has {min(strange)!r}; it may have {', '.join(ISSUES)}", HINT
        )
    links = _clean(calls[LINK])
    table = pd.DataFrame(
        {
            "rollcall": calls["rollcall"].map(ident),
            "session": session,
            "year": [
                whole["year"](y) if y else int(s) + FIRST_YEAR
                for y, s in zip(years, session, strict=True)
            ],
            "date": _clean(calls["date"]).map(iso_date),
            "resolution": _clean(calls["resolution"]),
            "title": _clean(calls["title"]),
            "important": _flags(calls["important"]),
            "amendment": calls["amendment"].map(_flag).eq(True),
            "paragraph": calls["paragraph"].map(_flag).eq(True),
            "issues": issues.map(lambda t: " ".join(i for i in ISSUES if i in t.split())),
            LINK: [whole[LINK](t) if t else 0 for t in links],
        }
    )
    lower = cast["vote"].map(lambda t: str(t).strip().casefold()).astype("category")
    votes = pd.DataFrame(
        {
            "rollcall": _mapped(cast["rollcall"], ident),
            "country": _mapped(cast["country"], lambda t: t.strip()).astype("category"),
            "vote": _mapped(lower, _word(file, "vote", _WORDS)),
        }
    )
    if (votes["country"] == "").any():
        raise file.fault("a line has no country", LINE)
    votes["cow"] = _cow(votes, cast, table, file)
    return RollCalls(table, votes, "own", file.name)


def _cow(
    votes: pd.DataFrame, cast: pd.DataFrame, table: pd.DataFrame, file: TextFile
) -> pd.Series[Any]:
    guess = _by_pair(votes["country"], _year_of(votes, table), states.cow)
    if "cow" in cast:
        code = _number(file, "cow", -1, 32000)
        said = _mapped(cast["cow"], lambda t: code(t) if t.strip() else -2)
        guess = said.where(said != -2, guess)
    return guess.astype("int16")


def read_parquet(file: TextFile, content: pd.DataFrame) -> RollCalls:
    """Read a long table of one's own that is stored as Parquet.

    Raises:
        DataError: a column lacks, or a value is none of its column's.
    """
    import pandas as pd

    frame = content.rename(columns={c: key(str(c)) for c in content.columns})
    lacks = [c for c in OURS if c not in frame]
    if lacks:
        raise DataError(
            f"a table of roll calls needs {', '.join(lacks)}, which it lacks",
            where=file.name,
            hint=HINT,
        )
    if not len(frame):
        raise file.fault("has no lines", HINT)
    votes = [c for c in ("rollcall", "country", "vote", "cow") if c in frame]
    calls = frame.drop_duplicates("rollcall").reset_index(drop=True)
    calls = calls.drop(columns=[v for v in votes if v != "rollcall"])
    text = calls.astype(object).where(calls.notna(), "").astype(str)
    for name in COLUMNS:
        if name not in text and name not in votes:
            text[name] = ""
    cast = pd.DataFrame({v: _as_text(frame[v]) for v in votes})
    found = long_table(text, cast, file)
    return replace(found, cast=_once(found.cast, file))


def _as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as categories of text; what is null as an empty one."""
    found = column.astype("category")
    found = found.cat.rename_categories([str(c) for c in found.cat.categories])
    if found.isna().any():
        found = found.cat.add_categories([""]).fillna("")
    return found.cat.remove_unused_categories()


_READERS: dict[str, Callable[[TextFile, bool], RollCalls]] = {
    "voeten": _voeten,
    "undl": _library,
    "own": _own,
}
