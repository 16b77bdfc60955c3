"""``votes.*``: recorded votes, how often they were cast, and how far two states agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.api.contract import Dimension, Metric, Reading, Source
from multipolar.engines.api.reader import some, table_source
from multipolar.engines.record.entry import (
    Entry,
    Place,
    country,
    labelled_array,
    left_open,
    listed,
    single,
)
from multipolar.engines.record.kernel import agreement
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

CHOICES = ("yes", "no", "abstain", "absent")
POSITION = {"yes": 1.0, "abstain": 0.5, "no": 0.0}  # absent takes no part
ASSEMBLY = "UNGA"

# coalitions are taken as they were at the last of the votes
LAST = "2023-02-23"


@dataclass(frozen=True)
class VotesReader:
    """Reads ``un_votes`` as a matrix of resolution by state."""

    world: World

    @cached_property
    def resolutions(self) -> tuple[str, ...]:
        """Symbols, by date."""
        frame = self.world.table("un_votes").sort_values(["date", "resolution"])
        return tuple(map(str, frame["resolution"].unique()))

    @cached_property
    def states(self) -> tuple[str, ...]:
        """States that had a vote."""
        return tuple(sorted(map(str, self.world.table("un_votes")["country"].unique())))

    @cached_property
    def assembly(self) -> tuple[str, ...]:
        """Resolutions of the General Assembly."""
        frame = self.world.table("un_votes")
        ours = set(frame.loc[frame["body"] == ASSEMBLY, "resolution"])
        return tuple(r for r in self.resolutions if r in ours)

    @cached_property
    def _cast(self) -> NDArray[np.str_]:
        """Votes by resolution and state; empty where the state is not a member."""
        frame = self.world.table("un_votes")
        cast = np.full((len(self.resolutions), len(self.states)), "", dtype="<U7")
        rows = frame["resolution"].map({r: k for k, r in enumerate(self.resolutions)})
        columns = frame["country"].map({c: k for k, c in enumerate(self.states)})
        cast[rows.to_numpy(int), columns.to_numpy(int)] = frame["vote"].to_numpy(str)
        return cast

    @cached_property
    def _titles(self) -> dict[str, tuple[str, str]]:
        frame = self.world.table("un_votes").drop_duplicates("resolution")
        columns = (frame[c] for c in ("resolution", "title", "date"))
        return {str(r): (str(t), str(d)) for r, t, d in zip(*columns, strict=True)}

    def _rows(self, where: Place, default: Sequence[str]) -> list[int]:
        asked = listed(where, "resolution") or default
        return [self.resolutions.index(r) for r in asked]

    def _columns(self, where: Place, name: str) -> list[int]:
        asked = listed(where, name)
        if asked is None:
            return list(range(len(self.states)))
        gone = [c for c in asked if c not in self.states]
        if gone:
            raise DataMissing(f"{some(gone)}: no vote is on record", hint="name UN members")
        return [self.states.index(c) for c in asked]

    def evidence(self, rows: Sequence[int], unit: str) -> tuple[Source, ...]:
        """Return a source row per vote read, with its symbol, title and date."""
        base = table_source(self.world, "un_votes")
        found = []
        for k in rows:
            title, date = self._titles[self.resolutions[k]]
            symbol = f"{base.source}: {self.resolutions[k]}"
            found.append(Source(symbol, date, base.url, unit=unit, note=title))
        return tuple(found)

    def choice(self, metric: Metric, where: Place) -> Reading:
        """Read how one state voted on one resolution."""
        state = single(where, "country", metric.name)
        single(where, "resolution", metric.name)
        rows = self._rows(where, ())
        word = str(self._cast[rows[0], self._columns(where, "country")[0]])
        if not word:
            raise DataMissing(f"{state} had no vote on {self.resolutions[rows[0]]}")
        return Reading(word, metric.unit, self.evidence(rows, metric.unit))

    def choices(self, metric: Metric, where: Place) -> xr.DataArray:
        """Read votes over the states or resolutions left open; empty where there was no vote."""
        wanted = left_open(metric, where)
        rows, columns = self._rows(where, self.resolutions), self._columns(where, "country")
        cast = self._cast[np.ix_(rows, columns)]
        had = (cast != "").any(axis=0)
        coords = {
            "resolution": [self.resolutions[k] for k in rows],
            "country": [self.states[k] for k, ok in zip(columns, had, strict=True) if ok],
        }
        array = labelled_array(metric, cast[:, had], coords, self.evidence(rows, "")[0])
        return array.isel({d: 0 for d in coords if d not in wanted}, drop=True).transpose(*wanted)

    def _counts(self, where: Place, rows: Sequence[int]) -> Floats:
        """One for each vote cast as asked, shape (resolution, country, vote)."""
        words = listed(where, "vote") or CHOICES
        cast = self._cast[np.ix_(rows, self._columns(where, "country"))]
        return np.stack([cast == w for w in words], axis=-1).astype(float)

    def count(self, default: Sequence[str], metric: Metric, where: Place) -> Reading:
        """Count votes cast."""
        rows = self._rows(where, default)
        value = float(self._counts(where, rows).sum())
        return Reading(value, metric.unit, self.evidence(rows, metric.unit))

    def counts(self, default: Sequence[str], metric: Metric, where: Place) -> xr.DataArray:
        """Count votes over the dimensions left open."""
        wanted = left_open(metric, where)
        rows = self._rows(where, default)
        coords = {
            "resolution": [self.resolutions[k] for k in rows],
            "country": [self.states[k] for k in self._columns(where, "country")],
            "vote": list(listed(where, "vote") or CHOICES),
        }
        array = labelled_array(
            metric, self._counts(where, rows), coords, table_source(self.world, "un_votes")
        )
        closed = [d for d in coords if d not in wanted]
        return array.sum(closed, keep_attrs=True).transpose(*wanted)

    def _agreed(self, rows: Sequence[int]) -> tuple[Floats, Floats]:
        lookup = np.vectorize(lambda word: POSITION.get(word, np.nan), otypes=[float])
        return agreement(lookup(self._cast[list(rows)]))

    def agree(self, metric: Metric, where: Place) -> Reading:
        """Read the agreement of two states, or the mean over the pairs of two lists."""
        rows = self._rows(where, self.resolutions)
        ours, theirs = self._columns(where, "country"), self._columns(where, "other")
        score, both = self._agreed(rows)
        pairs = [(a, b) for a in ours for b in theirs if a != b or ours == theirs == [a]]
        shares = [score[p] / both[p] for p in pairs if both[p]]
        if not shares:
            names = some([self.states[k] for k in dict.fromkeys([*ours, *theirs])])
            raise DataMissing(f"{names}: no vote in which both took part")
        note = (
            f"{int(both[pairs[0]])} of {len(rows)} votes in which both took part."
            if len(pairs) == 1
            else f"Mean over {len(shares)} pairs of states."
        )
        return Reading(
            float(np.mean(shares)), metric.unit, self.evidence(rows, metric.unit), note=note
        )

    def agrees(self, metric: Metric, where: Place) -> xr.DataArray:
        """Read the agreement over the states left open; a state with itself is left out."""
        wanted = left_open(metric, where)
        rows = self._rows(where, self.resolutions)
        ours, theirs = self._columns(where, "country"), self._columns(where, "other")
        score, both = self._agreed(rows)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = np.where(both > 0, score / both, np.nan)
        np.fill_diagonal(shares, np.nan)
        coords = {
            "country": [self.states[k] for k in ours],
            "other": [self.states[k] for k in theirs],
        }
        source = table_source(self.world, "un_votes")
        array = labelled_array(metric, shares[np.ix_(ours, theirs)], coords, source)
        closed = [d for d in coords if d not in wanted]
        array = array.mean(closed, keep_attrs=True).transpose(*wanted)
        for dim in wanted:
            array = array.dropna(dim, how="all")
        return array


def _metrics(reader: VotesReader) -> tuple[Metric, ...]:
    state = country("country", "who votes")
    anyone = country("country", "who votes; everybody if left out", required=False)
    symbols = reader.resolutions
    which = Dimension("resolution", "choice", symbols, description="symbol")
    any_of = Dimension(
        "resolution", "choice", symbols, False, "symbols; all if left out", many=True
    )
    vote = Dimension("vote", "choice", CHOICES, description="how the vote was cast", many=True)
    other = country("other", "the state compared with")
    return (
        Metric(
            "votes.choice", (state, which), "word", "How a state voted", as_of=LAST, words=CHOICES
        ),
        Metric("votes.count", (which, vote, anyone), "states", "States that so voted", "sum", LAST),
        Metric(
            "votes.times",
            (state, vote),
            "votes",
            f"How often a state so voted on the {len(reader.assembly)} resolutions of the General "
            "Assembly in the table",
            "sum",
            LAST,
        ),
        Metric(
            "votes.agreement",
            (state, other, any_of),
            "share",
            "Agreement in votes both took part in: the same 1, abstaining against yes or no 0.5, "
            "yes against no 0",
            "mean",
            LAST,
        ),
    )


def votes(world: World) -> tuple[Entry, ...]:
    """Declare the metrics of the ``un_votes`` table."""
    reader = VotesReader(world)
    choice, count, times, agree = _metrics(reader)
    everything, assembly = reader.resolutions, reader.assembly
    return (
        Entry(choice, partial(reader.choice, choice), partial(reader.choices, choice)),
        Entry(
            count,
            partial(reader.count, everything, count),
            partial(reader.counts, everything, count),
        ),
        Entry(
            times,
            partial(reader.count, assembly, times),
            partial(reader.counts, assembly, times),
        ),
        Entry(agree, partial(reader.agree, agree), partial(reader.agrees, agree)),
    )
