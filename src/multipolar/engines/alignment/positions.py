"""Positions of the members of any legislature, from a long table of its votes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from multipolar.engines.alignment.rollcalls import ORDER, THIN, Record
from multipolar.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from multipolar.engines.alignment.ideal_points import IdealPoints, RollCalls, Settings
    from multipolar.world import World

Variant: TypeAlias = Literal["published", "linked", "smoothed"]
VARIANTS: tuple[str, ...] = get_args(Variant)


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
    high: tuple[str, ...] = (),
    low: tuple[str, ...] = (),
    world: World | None = None,
) -> pd.DataFrame:
    """Estimate where each member of a legislature stands in each session.

    Args:
        votes: a long table with the columns ``session, rollcall, country, vote`` and, if
            resolutions repeat, ``link``; or a file of it, or of the Assembly's votes as published;
            the full record of the General Assembly that the user has added, if left out.
        variant: ``published`` with the features of the published sampler, ``linked`` with late
            repeats linked by title besides (the full record alone), ``smoothed`` by filter and
            smoother without those features.
        high: members that start on the upper side; their mean comes out above that of ``low``.
        low: members that start on the lower side.
        world: where the full record is; the shipped one with the user's tables if left out.

    Returns:
        One row a member and session: ``session, country, position, se, votes, thin``, positions in
        standard deviations of all of them, ``votes`` the contested ones cast, ``thin`` where a
        session has fewer than 25. The session is the year it opened in where the full record is
        read.

    Raises:
        DataError: columns are missing, a vote is none, or nothing was contested.
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

    calls = _calls(votes, variant, world)
    settings = settings_of(variant)
    if high or low:
        settings = replace(settings, anchors=_anchors(high, low, calls))
    with watching("ideal points", settings) as watch:
        found = estimate(calls, settings, watch=watch)
    position = found.position * _direction(found, high, low)
    _, first = np.unique(calls.period * len(calls.items) + calls.item, return_index=True)
    contested = np.bincount(calls.period[first], minlength=len(calls.periods))
    return pd.DataFrame(
        {
            "session": np.array(found.periods)[found.period],
            "country": np.array(found.members)[found.member],
            "position": position,
            "se": found.se,
            "votes": found.ballots,
            "thin": contested[found.period] < THIN,
        }
    ).sort_values(["session", "country"], ignore_index=True)


def _direction(found: IdealPoints, high: tuple[str, ...], low: tuple[str, ...]) -> float:
    """Return -1 if those named high came out below those named low, else 1."""
    if not (high and low):
        return 1.0
    name = np.array(found.members)[found.member]
    above, below = (found.position[np.isin(name, list(side))].mean() for side in (high, low))
    return -1.0 if above < below else 1.0


def _calls(votes: pd.DataFrame | str | Path | None, variant: str, world: World | None) -> RollCalls:
    from multipolar.engines.alignment.ideal_points import RollCalls

    if votes is None:
        from multipolar.world import World as Shipped

        return Record(world or Shipped.load()).calls("all", linked=variant == "linked")
    if isinstance(votes, (str, Path)):
        from multipolar.world.votes_file import read_votes

        votes = read_votes(votes, progress=sys.stderr.isatty()).table
    gone = [c for c in ("session", "rollcall", "country", "vote") if c not in votes.columns]
    if gone:
        raise DataError(
            f"the table has no column {gone[0]}", where="votes",
            hint="give session, rollcall, country and vote; docs/data.md describes them",
        )  # fmt: skip
    word = votes["vote"].astype(str)
    odd = sorted(set(word.unique()) - {*ORDER, "absent"})
    if odd:
        raise DataError(f"{odd[0]!r} is not a vote", where="votes", hint=nearest(odd[0], ORDER))
    cast = votes[word != "absent"]
    item = cast["link"] if "link" in cast else cast["rollcall"]
    return RollCalls.build(
        cast["country"].astype(str).to_numpy(str), cast["session"].to_numpy(), item.to_numpy(),
        cast["vote"].astype(str).map(ORDER).to_numpy(),
    )  # fmt: skip


def _anchors(high: tuple[str, ...], low: tuple[str, ...], calls: RollCalls) -> dict[str, float]:
    given = dict.fromkeys(high, 2.0) | dict.fromkeys(low, -2.0)
    for name in given:
        if name not in calls.members:
            raise DataError(
                f"no member {name!r} cast a contested vote", hint=nearest(name, calls.members)
            )
    both = sorted(set(high) & set(low))
    if not (high and low) or both:
        raise DataError(
            f"{both[0]!r} is named on both sides" if both else "only one side is named",
            where="high and low",
            hint="name other members above than below",
        )
    return given
