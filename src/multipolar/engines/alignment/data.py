"""The votes the engine reads: those shipped, on the war in Ukraine, and the Assembly's full record.

The full record is a table the user adds. What is left out of it, as the published estimates leave
it out: votes on amendments and paragraphs after session 44, emergency sessions after session 74
where their resolutions stand apart, and the cells of :data:`LEFT_OUT`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.alignment.ballots import RollCalls
from multipolar.errors import DataMissing, EngineError, TableMissing
from multipolar.numerics.arrays import Floats
from multipolar.world.title_links import title_links

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.world import World


SHIPPED, FULL = "un_votes", "unga"
UKRAINE = "ukraine"
SUBJECTS = {
    "middle-east": "me",
    "nuclear": "nu",
    "disarmament": "di",
    "human-rights": "hr",
    "colonialism": "co",
    "development": "ec",
}
ON = (UKRAINE, "all", "important", *SUBJECTS)
VALUE = {"yes": 1.0, "abstain": 0.0, "no": -1.0}
ORDER = {"yes": 0, "abstain": 1, "no": 2}
THIN = 25  # roll calls below which a year's estimates rest on the years around it
LAST_PARTS = 44  # session after which votes on amendments and paragraphs are left out
LAST_PUBLISHED = 74  # session the published list of repeated resolutions ends with
DROPPED = ("date", "amendment", "paragraph")  # columns that nothing reads once ballots are chosen
LEFT_OUT = ((19, ""), (18, "EAZ"), (48, "ZAF"))  # session and state; no state means everybody
FETCH = "`multipolar data fetch unga` brings it, `multipolar data add unga FILE` takes a copy"
_EMERGENCY = r"(?:^|/)(?:ES|ES-\d+|\d+EMSP)(?:/|-|$)"


@dataclass(frozen=True, slots=True)
class Votes:
    """Votes of one body on one set of questions.

    Attributes:
        matrix: 1 yes, 0 abstain, -1 no, NaN no part; shape (roll calls, states).
        states: ISO codes, sorted.
        resolutions: symbols, one a roll call; not all sources have them.
        table: the table they are from.
        about: what they are, in words.
    """

    matrix: Floats
    states: tuple[str, ...]
    resolutions: tuple[str, ...]
    table: str
    about: str

    @property
    def divided(self) -> int:
        """Roll calls on which not all that took part chose the same."""
        there = np.isfinite(self.matrix)
        low = np.where(there, self.matrix, np.inf).min(axis=1, initial=np.inf)
        high = np.where(there, self.matrix, -np.inf).max(axis=1, initial=-np.inf)
        return int((low < high).sum())


@dataclass(frozen=True)
class Record:
    """The world's votes, read when first asked for."""

    world: World

    def __getstate__(self) -> dict[str, Any]:
        # another process reads the tables it needs itself
        return {"world": self.world}

    def through(self, on: str, year: int | None) -> str:
        """Return the day of the last of the shipped votes, or the last that a year's may be of."""
        if on == UKRAINE or year is None:
            return str(self._cast(year)["date"].max())
        return min(f"{year}-12-31", self.world.day or self.world.info(FULL).date)

    @property
    def has_full(self) -> bool:
        """Whether the user has added the full record."""
        return FULL in self.world.names

    def _cast(self, year: int | None) -> pd.DataFrame:
        """Return the shipped votes that were cast by the end of a year; all of them if none."""
        frame: pd.DataFrame = self.world.table(SHIPPED)
        return frame if year is None else frame[frame["date"] <= f"{year}-12-31"]

    @property
    def war_years(self) -> tuple[int, ...]:
        """The years in which the Assembly voted on the war."""
        frame = self.world.table(SHIPPED)
        return tuple(sorted({int(d[:4]) for d in frame.loc[frame["body"] == "UNGA", "date"]}))

    def war(self, year: int | None = None) -> Votes:
        """Return the Assembly's shipped resolutions on the war, those up to the end of a year.

        Raises:
            DataMissing: there was none yet, or none is known of that year.
        """
        frame = self._cast(year)
        frame = frame[frame["body"] == "UNGA"].sort_values(["date", "resolution"])
        if frame.empty:
            raise DataMissing("the General Assembly had not voted on the war yet")
        if year is not None and year > self.war_years[-1]:
            raise DataMissing(
                f"no votes on the war in {year} are on record",
                hint=f"the last are of {self.war_years[-1]}: leave year out for all of them",
            )
        return _votes(
            frame["resolution"].to_numpy(str),
            frame["country"].to_numpy(str),
            frame["vote"].to_numpy(str),
            SHIPPED,
            "resolutions of the General Assembly on the war",
        )

    @cached_property
    def full(self) -> pd.DataFrame:
        """The full record without what the published estimates leave out.

        Raises:
            DataMissing: it has not been added.
        """
        if not self.has_full:
            raise TableMissing("the full record of votes has not been added", hint=FETCH)
        frame: pd.DataFrame = self.world.table(FULL)
        parts = (frame["amendment"] | frame["paragraph"]) & (frame["session"] > LAST_PARTS)
        symbols = frame["resolution"].astype("category")
        emergency = symbols.cat.categories.astype(str).str.contains(_EMERGENCY, case=False)
        late = emergency[symbols.cat.codes.to_numpy()] & (frame["session"] > LAST_PUBLISHED)
        out = parts.to_numpy(bool) | late | (frame["vote"] == "absent").to_numpy(bool)
        for session, state in LEFT_OUT:
            cell = (frame["session"] == session).to_numpy(bool)
            out |= cell & (frame["country"] == state).to_numpy(bool) if state else cell
        return frame.loc[~out, [c for c in frame.columns if c not in DROPPED]]

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Years of the sessions in the full record."""
        return tuple(int(y) for y in np.unique(self.full["year"]))

    @cached_property
    def count(self) -> dict[int, int]:
        """Contested roll calls of each year in the full record."""
        calls = self.full.groupby("rollcall", observed=True)
        held = calls.agg({"year": "first", "vote": "nunique"})
        years, numbers = np.unique(held.loc[held["vote"] > 1, "year"], return_counts=True)
        return dict(zip(years.tolist(), numbers.tolist(), strict=True))

    def votes(self, on: str, year: int | None) -> Votes:
        """Return the votes on a set of questions in a year.

        Raises:
            EngineError: a year is given where there is none, or missing where it is needed.
            DataMissing: there are no such votes.
        """
        if on == UKRAINE:
            return self.war(year)
        frame = self.full
        if year is None:
            raise EngineError(f"votes on {on} need a year", hint=f"the table has {self.span}")
        frame = frame[frame["year"] == year]
        if on == "important":
            frame = frame[frame["important"].fillna(False).to_numpy(bool)]
        elif on != "all":
            words = frame["issues"].astype(str)
            frame = frame[words.str.contains(rf"\b{SUBJECTS[on]}\b").to_numpy(bool)]
        if frame.empty:
            raise DataMissing(
                f"no votes on {on} in {year}",
                hint=f"the table has {self.span}; of late years it may lack subjects",
            )
        frame = frame.sort_values(["rollcall"])
        names = frame.drop_duplicates("rollcall")["resolution"].astype(str).to_numpy(str)
        found = _votes(
            frame["rollcall"].to_numpy(),
            frame["country"].to_numpy(str),
            frame["vote"].to_numpy(str),
            FULL,
            f"{'votes' if on == 'all' else f'votes on {on}'} "
            f"of the General Assembly in the session of {year}",
        )
        return Votes(found.matrix, found.states, tuple(names), FULL, found.about)

    def _linked(self, frame: pd.DataFrame) -> NDArray[np.int64]:
        """Return the item of each ballot with late repeats tied to what they repeat."""
        calls = frame.drop_duplicates("rollcall")
        recent = calls[calls["session"] > LAST_PUBLISHED - 2]
        titles = recent["title"].astype(str).tolist()
        ours = title_links(recent["rollcall"].tolist(), recent["session"].tolist(), titles)
        late = (recent["session"] > LAST_PUBLISHED).to_numpy(bool)
        by_title: dict[int, int] = dict(
            zip(recent["rollcall"][late].tolist(), ours[late].tolist(), strict=True)
        )
        said: dict[int, int] = dict(
            zip(calls["rollcall"].tolist(), calls["link"].tolist(), strict=True)
        )

        def start(call: int) -> int:
            by_record = said.get(call, call)
            return by_record if by_record != call else said.get(by_title.get(call, call), call)

        item = {call: start(call) for call in said}
        return np.array([item[c] for c in frame["rollcall"].tolist()], dtype=np.int64)

    @property
    def span(self) -> str:
        """First and last year of the full record, in words."""
        return f"{self.years[0]} to {self.years[-1]}"

    def calls(self, on: str, *, linked: bool, year: int | None = None) -> RollCalls:
        """Return ballots for the estimator.

        Args:
            on: ``ukraine`` or ``all``.
            year: of votes on the war those cast up to its end.
            linked: after session 74, with which the published list of repeats ends, resolutions
                that repeat one of the two sessions before share its item: by the record's own
                links, else by title.
        """
        if on == UKRAINE:
            v = self.war(year)
            call, state = np.nonzero(np.isfinite(v.matrix))
            cast = (1 - v.matrix[call, state]).astype(np.int8)
            return RollCalls.build(np.array(v.states)[state], np.zeros_like(call), call, cast)
        frame = self.full
        late = (frame["session"] > LAST_PUBLISHED).to_numpy(bool)
        item = np.where(late, frame["rollcall"], frame["link"])
        if linked:
            item = self._linked(frame)
        votes = frame["vote"].astype("category").cat
        cast = np.array([ORDER.get(str(v), -1) for v in votes.categories], np.int8)
        return RollCalls.build(
            frame["country"].astype("category"),
            frame["year"].to_numpy(),
            item,
            cast[votes.codes.to_numpy()],
        )


def _votes(
    call: NDArray[Any], state: NDArray[np.str_], vote: NDArray[np.str_], table: str, about: str
) -> Votes:
    """Lay a long table out as a matrix; roll calls keep their order."""
    _, first = np.unique(call, return_index=True)
    labels = call[np.sort(first)]
    place = {c: k for k, c in enumerate(labels.tolist())}
    states, column = np.unique(state, return_inverse=True)
    matrix = np.full((len(labels), len(states)), np.nan)
    row = np.array([place[c] for c in call.tolist()], dtype=int)
    took = np.isin(vote, list(VALUE))
    matrix[row[took], column[took]] = [VALUE[v] for v in vote[took]]
    return Votes(matrix, tuple(map(str, states)), tuple(map(str, labels)), table, about)
