"""Positions of the members of any legislature, from a long table of its votes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.alignment.ballots import RollCalls
from multipolar.engines.alignment.data import ORDER, THIN, Record
from multipolar.errors import DataError, EngineError, nearest
from multipolar.numerics.arrays import Floats
from multipolar.text.clean import printable
from multipolar.world.votes_table import member_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    import pandas as pd

    from multipolar.engines.alignment.ideal_points import IdealPoints, Settings
    from multipolar.world import World

Variant: TypeAlias = Literal["published", "linked", "smoothed"]
VARIANTS: tuple[str, ...] = get_args(Variant)
SAME = 1e-6  # sd: states that voted alike, but for rounding
FEW = 6  # names shown
_QUOTED = re.compile(r'"((?:[^"]|"")*)" *(?:,|$)')


def settings_of(variant: str) -> Settings:
    """Return the estimator's settings under a variant's name.

    Example:
        >>> settings_of("smoothed").prior
        'two-sided'
    """
    from multipolar.engines.alignment.ideal_points import Settings

    return Settings.smoothed() if variant == "smoothed" else Settings.published()


@contextmanager
def watching(what: str, settings: Settings) -> Iterator[Callable[[int, float], None] | None]:
    """Show how far an estimate has come, on stderr if it is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=what, unit=" passes") as bar:

        def watch(_: int, change: float) -> None:
            bar.set_postfix_str(f"largest change {change:.4f}, stops at {settings.tolerance}")
            bar.update()

        yield watch


def positions(
    votes: pd.DataFrame | str | Path | None = None,
    *,
    variant: Variant = "published",
    high: str | Iterable[str] = (),
    low: str | Iterable[str] = (),
    world: World | None = None,
) -> pd.DataFrame:
    """Estimate where each member of a legislature stands in each session.

    Args:
        votes: a long table with the columns ``session, rollcall, country, vote`` and, if
            resolutions repeat, ``link``; or a file of it, or of the Assembly's votes as published;
            the full record of the General Assembly that the user has added, if left out. A table
            is checked as a file is.
        variant: ``published`` with the features of the published sampler, ``linked`` with late
            repeats linked by title besides (the full record alone), ``smoothed`` by filter and
            smoother without those features.
        high: members that start on the upper side; their mean comes out above that of ``low``.
            Names, or one text of them as :func:`named` reads it.
        low: members that start on the lower side.
        world: where the full record is; the shipped one with the user's tables if left out.

    Returns:
        One row a member and session: ``session, country, position, se, votes, thin, scale``,
        positions in standard deviations of all of their scale, ``votes`` the contested ones cast,
        ``thin`` where a session has fewer than 25. The session is the year it opened in where the
        full record is read. Rows of two scales cannot be compared: too few members and questions
        are in sessions of both. Scale 1 is that of ``high`` and ``low``, if they are named.
        ``attrs["notes"]`` says so in words, one line a scale, and is empty for one scale.

    Raises:
        DataError: columns are missing, a cell is none of its column's, nothing was contested, or
            the members named do not tell above from below.
        DataMissing: no table is given and the full record has not been added.

    Example:
        >>> import pandas as pd
        >>> split, tie = ["yes", "yes", "no", "no"], ["no", "yes", "no", "yes"]
        >>> rows = [(1, k, who, vote) for k in range(30)
        ...         for who, vote in zip("ABCD", split if k % 3 else tie)]
        >>> table = pd.DataFrame(rows, columns=["session", "rollcall", "country", "vote"])
        >>> found = positions(table, variant="smoothed", high=("A",), low=("D",))
        >>> found.sort_values("position")["country"].tolist()
        ['D', 'C', 'B', 'A']
    """
    import pandas as pd

    from multipolar.engines.alignment.ideal_points import estimate

    if variant not in VARIANTS:
        raise EngineError(f"no variant {variant!r}", hint=nearest(str(variant), VARIANTS))
    calls, sessions = _calls(votes, variant, world)
    high, low = (_names(side, calls.members) for side in (high, low))
    settings = settings_of(variant)
    if high or low:
        settings = replace(settings, anchors=_anchors(high, low, calls))
    with watching("ideal points", settings) as watch:
        found = estimate(calls, settings, watch=watch)
    signs = _directions(found, settings, asked=bool(high))
    _, first = np.unique(calls.period * len(calls.items) + calls.item, return_index=True)
    contested = np.bincount(calls.period[first], minlength=len(calls.periods))
    frame = pd.DataFrame(
        {
            "session": np.array(found.periods)[found.period],
            "country": np.array(found.members)[found.member],
            "position": found.position * np.where(signs < 0, -1.0, 1.0)[found.scale],
            "se": found.se,
            "votes": found.ballots,
            "thin": contested[found.period] < THIN,
            "scale": found.scale.astype(np.int64) + 1,
        }
    ).sort_values(["session", "country"], ignore_index=True)
    frame.attrs["notes"] = _notes(frame, settings.anchors, signs, sessions)
    return frame


# Names ------------------------------------------------------------------------------------


def named(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the members that a text names, which may have commas in their names.

    A text that is itself a name is that name. Else commas part names, the longest name that is
    known first; one in double quotes is taken as it stands, a quote in it written twice.

    Args:
        text: what was written.
        known: the names of all members.

    Returns:
        Names, each once; one that is not known as it was written.

    Example:
        >>> members = ["HILL, Hal", "ADLER, Ann", "DOE"]
        >>> named("HILL, Hal", members), named("DOE,ADLER, Ann", members)
        (('HILL, Hal',), ('DOE', 'ADLER, Ann'))
        >>> named('"HILL, Hal", "DOE"', members), named("HILL", members)
        (('HILL, Hal', 'DOE'), ('HILL',))
    """
    names = {member_name(k): k for k in known}
    rest, found = member_name(text), []
    while rest := rest.strip(" ,"):
        name, rest = _next_name(rest, names)
        found.append(names.get(name, name))
    return tuple(dict.fromkeys(n for n in found if n))


def _next_name(text: str, known: Collection[str]) -> tuple[str, str]:
    """Return the name that a text begins with, and what follows its comma."""
    ends = [k for k, c in enumerate(text) if c == ","] + [len(text)]
    for end in reversed(ends):
        if (name := text[:end].strip()) in known:
            return name, text[end + 1 :]
    if quoted := _QUOTED.match(text):
        return member_name(quoted[1].replace('""', '"')), text[quoted.end() :]
    return text[: ends[0]].strip(), text[ends[0] + 1 :]


def _names(side: str | Iterable[str], members: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(side, str):
        return named(side, members)
    known = {member_name(m): m for m in members}
    return tuple(dict.fromkeys(known.get(member_name(str(n)), str(n)) for n in side))


def _anchors(high: tuple[str, ...], low: tuple[str, ...], calls: RollCalls) -> dict[str, float]:
    given = dict.fromkeys(high, 2.0) | dict.fromkeys(low, -2.0)
    voted = {calls.members[k] for k in np.unique(calls.member)}
    for name in given:
        if name not in voted:
            raise DataError(
                f"no member {printable(name)!r} cast a contested vote", hint=nearest(name, voted)
            )
    both = sorted(set(high) & set(low))
    if not (high and low) or both:
        raise DataError(
            f"{both[0]!r} is named on both sides" if both else "only one side is named",
            where="high and low",
            hint="name other members above than below",
        )
    return given


# Directions -------------------------------------------------------------------------------


def _directions(found: IdealPoints, settings: Settings, *, asked: bool) -> Floats:
    """Return 1 or -1 for each scale, so that anchors above stand above those below.

    Where one side alone is on a scale, it stands above or below the middle. 0 for a scale that
    has none of them.

    Raises:
        DataError: the user named them, and no scale tells those above from those below.
    """
    name = np.array(found.members)[found.member]
    high, low = (_side(settings.anchors, name, sign) for sign in (1.0, -1.0))
    signs = np.zeros(int(found.scale.max()) + 1)
    for k in range(signs.size):
        here = found.scale == k
        above, below = found.position[here & high], found.position[here & low]
        gap = (above.mean() if above.size else 0.0) - (below.mean() if below.size else 0.0)
        if asked and k == 0 and not (above.size and below.size):
            raise DataError(
                "no scale has members of both sides: they vote in sessions that have too few "
                "members and questions in common",
                where="high and low",
                hint="name members of one session",
            )
        clear = abs(gap) >= settings.tolerance  # what positions are exact to
        if asked and k == 0 and not clear:
            raise DataError(
                "those named high stand where those named low do: they voted alike",
                where="high and low",
                hint="name members that disagree",
            )
        # without a wish the direction is that of the start, which the estimate keeps
        signs[k] = (
            np.sign(gap) if asked and clear else float(not asked and above.size > 0 < below.size)
        )
    return signs


def _side(anchors: Mapping[str, float], name: NDArray[np.str_], sign: float) -> NDArray[np.bool_]:
    return np.isin(name, [n for n, a in anchors.items() if np.sign(a) == sign])


def _notes(
    frame: pd.DataFrame, anchors: Mapping[str, float], signs: Floats, sessions: Iterable[int]
) -> list[str]:
    """Say which sessions have no position, and of each scale what its direction rests on."""
    notes = []
    gone = sorted(set(sessions) - set(frame["session"]))
    if gone:
        which = _listed([str(s) for s in gone])
        notes.append(f"no positions in {which}: no vote there divided two members of a scale")
    if frame["scale"].nunique() > 1:
        notes.append(
            "sessions are on scales of their own where too few members and questions are common "
            "to them: positions on two scales cannot be compared"
        )
        for number, rows in frame.groupby("scale"):
            notes.append(_note(int(str(number)), rows, anchors, signs))
    return notes


def _note(number: int, rows: pd.DataFrame, anchors: Mapping[str, float], signs: Floats) -> str:
    sessions = sorted(set(rows["session"]))
    here = set(rows["country"])
    sides = ((1.0, "above"), (-1.0, "below"))
    named_here = [
        f"{_listed(who)} {word}"
        for sign, word in sides
        if (who := sorted(n for n, a in anchors.items() if n in here and np.sign(a) == sign))
    ]
    said = "nothing says which end is which"
    if signs[number - 1]:
        said = f"its direction has {' and '.join(named_here)}"
    many = "session" if len(sessions) == 1 else "sessions"
    return f"scale {number}, {many} {_listed([str(s) for s in sessions])}: {said}"


def _listed(words: list[str]) -> str:
    shown = ", ".join(printable(w) for w in words[:FEW])
    return shown + (f" and {len(words) - FEW} more" if len(words) > FEW else "")


def _calls(
    votes: pd.DataFrame | str | Path | None, variant: str, world: World | None
) -> tuple[RollCalls, tuple[int, ...]]:
    """Return the ballots, and the sessions that were voted in."""
    if votes is None:
        from multipolar.world import World as Shipped

        record = Record(world or Shipped.load())
        return record.calls("all", linked=variant == "linked"), record.years
    from multipolar.world.votes_file import frame_votes, read_votes

    if isinstance(votes, (str, Path)):
        table = read_votes(votes, progress=sys.stderr.isatty()).table
    else:
        table = frame_votes(votes)
    cast = table[table["vote"] != "absent"]
    vote = cast["vote"].cat
    word = np.array([ORDER.get(str(v), -1) for v in vote.categories], np.int8)
    calls = RollCalls.build(
        cast["country"],
        cast["session"].to_numpy(),
        cast["link"].to_numpy(),
        word[vote.codes.to_numpy()],
    )
    return calls, tuple(int(s) for s in np.unique(table["session"]))
