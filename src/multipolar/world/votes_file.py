"""Roll calls of the UN General Assembly, or of another body, read into the user's table ``unga``.

Three kinds of file are recognised by their columns: Voeten's, the UN Digital Library's, and a long
table of one's own with the columns of :data:`multipolar.world.votes_table.FIELDS`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar.errors import DataError
from multipolar.world import store
from multipolar.world.boundary import expanded, is_parquet, read_parquet
from multipolar.world.public import dated
from multipolar.world.text_file import find
from multipolar.world.votes_formats import HINT, LINK, NO_LINK, RollCalls, read, read_frame
from multipolar.world.votes_table import FIELDS, NAME, assemble, content

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Added", "add_votes", "frame_votes", "merge", "read_votes"]

DATAVERSE = "https://doi.org/10.7910/DVN/LEJUQZ"
LIBRARY = "https://digitallibrary.un.org/record/4060887"
SOURCES = {
    "voeten": (
        "Voeten, Strezhnev and Bailey, United Nations General Assembly Voting Data, Harvard "
        "Dataverse",
        DATAVERSE,
        "CC0 1.0 at Harvard Dataverse; cite Bailey, Strezhnev and Voeten (2017)",
    ),
    "undl": (
        "United Nations Dag Hammarskjöld Library, General Assembly Voting Data",
        LIBRARY,
        "copyright United Nations: non-commercial use with attribution",
    ),
    "own": ("a table of the user's own", "", "as its owner says"),
}
_ARABIC = re.compile(r"^(?:A/)?R(?:ES)?/(.+)$")


@dataclass(frozen=True)
class Added:
    """What was read, and what was done with it.

    Attributes:
        table: as it was put, with the columns of :data:`FIELDS`.
        parts: what each file gave: kind, name, roll calls taken.
        outside: rows left out because the state was no member.
        undated: roll calls without a date that could be read.
        linked: roll calls that by the file repeat an earlier one.
        before: the entry of the table it replaces, if there was one.
    """

    table: pd.DataFrame
    parts: tuple[tuple[str, str, int], ...]
    outside: int
    undated: int
    linked: int
    before: dict[str, Any] | None = None


def read_votes(*paths: str | Path, progress: bool = False) -> Added:
    """Read one file of roll calls, or two that follow each other in time.

    Of two, the first counts up to the last session it has, and the second after it; from that last
    session the second adds the roll calls whose symbol the first lacks.

    Args:
        paths: one or two files, each of any kind; CSV or tab, also in a zip archive, or Parquet.
        progress: show a bar while reading.

    Returns:
        The table, not yet put anywhere.

    Raises:
        DataError: a file is of no kind, damaged, or has a value that is none of its column's.
    """
    if not 1 <= len(paths) <= 2:
        raise DataError(f"{len(paths)} files of roll calls", hint="name one file, or two")
    parts = [_read(expanded(p), progress) for p in paths]
    both = parts[0] if len(parts) == 1 else merge(*parts)
    table = _assembled(both)
    voted = table.drop_duplicates("rollcall")
    taken = [len(parts[0].calls), len(both.calls) - len(parts[0].calls)]
    return Added(
        table,
        tuple((p.source, p.file, n) for p, n in zip(parts, taken, strict=False)),
        sum(p.outside for p in parts),
        int((voted["date"] == "").sum()),
        int((voted[LINK] != voted["rollcall"]).sum()),
    )


def add_votes(
    *paths: str | Path,
    folder: Path | None = None,
    progress: bool = False,
    licence: str = "",
    version: str = "",
) -> Added:
    """Read roll calls and put them among the user's tables as ``unga``.

    Args:
        paths: as :func:`read_votes` takes them.
        folder: where to; by default :func:`multipolar.world.store.user_folder`.
        progress: show a bar while reading.
        licence: what the publisher said, if it was asked.
        version: of the source, if it is known.

    Raises:
        DataError: a file is not one of roll calls, or the folder cannot be written to.
    """
    folder = folder or store.user_folder()
    store.check_writable(folder)
    store.read_package(folder)
    found = read_votes(*paths, progress=progress)
    made = entry(found, licence=licence, version=version)
    return replace(found, before=store.put(folder, made, content(found.table)))


def frame_votes(frame: pd.DataFrame, name: str = "votes") -> pd.DataFrame:
    """Return the table that a long table of one's own in memory makes, checked as a file is.

    Args:
        frame: with the columns ``rollcall, session, country, vote``, and others of :data:`FIELDS`.
        name: what errors call it.

    Returns:
        The columns of :data:`FIELDS`; rows by session, roll call and country.

    Raises:
        DataError: a column lacks, or a cell is none of its column's; row and column are named.

    Example:
        >>> import pandas as pd
        >>> rows = {"rollcall": [1, 1], "session": [9, 9], "country": ["A", "B"]}
        >>> frame_votes(pd.DataFrame({**rows, "vote": ["yes", "No"]}))["vote"].tolist()
        ['yes', 'no']
        >>> try:
        ...     frame_votes(pd.DataFrame({**rows, "vote": ["yes", "nay"]}))
        ... except DataError as refusal:
        ...     print(refusal.what[:45])
        row 1 (the first is 0): column vote has 'nay'
    """
    return _assembled(read_frame(frame, name))


def _assembled(found: RollCalls) -> pd.DataFrame:
    return assemble(found.calls.assign(**{LINK: _links(found.calls, found.file)}), found.cast)


def _read(path: Path, progress: bool) -> RollCalls:
    if not is_parquet(path):
        return read(find(path, member="vot", hint=HINT), progress=progress)
    return read_frame(read_parquet(path, name=path.name, hint=HINT), path.name)


# Two files --------------------------------------------------------------------------------


def merge(first: RollCalls, second: RollCalls) -> RollCalls:
    """Return the first file's roll calls, and those of the second that come after them.

    The second counts from the last session of the first; there, and there alone, the two are
    matched by :func:`symbol`, and the first is kept where both have a roll call.

    Raises:
        DataError: the two use one id for different roll calls.
    """
    import pandas as pd

    last = int(first.calls["session"].max())
    here = set(first.calls.loc[first.calls["session"] == last, "resolution"].map(symbol)) - {""}
    sessions, symbols = second.calls["session"], second.calls["resolution"].map(symbol)
    take = (sessions > last) | ((sessions == last) & ~symbols.isin(here))
    more = second.calls[take]
    if more.empty:
        raise DataError(
            f"adds no roll call to those of {first.file}: all are of sessions before its last, "
            f"{last}, or in it",
            where=second.file,
            hint="name the file of the earlier sessions first, or that one alone",
        )
    clash = set(first.calls["rollcall"]) & set(more["rollcall"])
    if clash:
        raise DataError(
            f"{first.file} has a roll call {min(clash)}, too, and it is another one",
            where=second.file,
            hint="number the roll calls of one of the files anew",
        )
    cast = second.cast[second.cast["rollcall"].isin(more["rollcall"])]
    plain = {"country": str, "vote": str}
    return replace(
        first,
        calls=pd.concat([first.calls, more], ignore_index=True),
        cast=pd.concat([first.cast.astype(plain), cast.astype(plain)], ignore_index=True),
    )


def symbol(text: str) -> str:
    """Return the symbol of a resolution in the form by which two sources are matched.

    Example:
        >>> symbol("R/74/38"), symbol("A/RES/74/38"), symbol("A/RES/ES-11/1 ")
        ('74/38', '74/38', 'ES-11/1')
    """
    text = "".join(text.upper().split())
    found = _ARABIC.match(text)
    return found[1] if found else text


def _links(calls: pd.DataFrame, file: str) -> list[int]:
    """Return the file's links where it has them, each roll call's own elsewhere, at their start.

    Raises:
        DataError: links lead in a circle, so that none is the start.
    """
    said = dict(zip(calls["rollcall"].tolist(), calls[LINK].tolist(), strict=True))
    start: dict[int, int] = {}
    for call in said:
        way: dict[int, None] = {}
        at = call
        while at not in start and at not in way:
            way[at] = None
            before = said.get(at, NO_LINK)
            before = at if before == NO_LINK else before
            if before == at:
                start[at] = at
            at = before
        if at not in start:
            raise DataError(
                f"the links of roll calls {', '.join(map(str, list(way)[:4]))} lead in a circle",
                where=file,
                hint="link each to the earliest one that it repeats, and that one to itself",
            )
        start.update(dict.fromkeys(way, start[at]))
    return [start[call] for call in said]


# The entry --------------------------------------------------------------------------------


def entry(found: Added, *, licence: str = "", version: str = "") -> dict[str, Any]:
    """Return the table's entry for a data package, but for file, size and hash."""
    table = found.table
    first, last = int(table["session"].min()), int(table["session"].max())
    kinds = list(dict.fromkeys(kind for kind, _, _ in found.parts))
    sources = [SOURCES[k] for k in kinds]
    return {
        "name": NAME,
        "format": "parquet",
        "title": f"Roll calls of sessions {first}-{last}, by state",
        "description": describe(found),
        "version": version or f"sessions {first}-{last}",
        "date": date.today().isoformat(),
        "public": dated(
            "column",
            table,
            column="date",
            date=date.today().isoformat(),
            why="Votes are public the day they are cast",
        ),
        "schema": {
            "fields": [
                {"name": f.name, "type": f.type, "unit": f.unit, "description": f.description}
                for f in FIELDS
            ]
        },
        "sources": [
            {"title": "; ".join(s[0] for s in sources), "path": sources[0][1]},
            *({"title": s[0], "path": s[1]} for s in sources[1:]),
        ],
        "licenses": [{"name": licence or "; ".join(s[2] for s in sources)}],
    }


def describe(found: Added) -> str:
    """Return what a reader has to know of the table."""
    table = found.table
    parts = "; then ".join(f"{n:,} roll calls of {file}" for _, file, n in found.parts)
    text = (
        f"Read from {parts}: {len(table):,} votes of {table['country'].nunique()} states. Rows of "
        "states that were no members are left out. "
    )
    if any(kind == "undl" for kind, _, _ in found.parts):
        text += (
            "The Digital Library has adopted resolutions alone, without paragraphs, amendments, "
            "subjects or importance; a special session counts to that of its calendar year, and "
            "the symbol shows it. "
        )
    return text + ("Where the source does not say what a roll call repeats, it links to itself.")
