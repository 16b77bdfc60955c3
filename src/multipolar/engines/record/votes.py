"""``votes.*``: recorded votes, how often they were cast, and how far two states agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.api.contract import Metric, Source
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import some, table_source
from multipolar.engines.record.kernel import agreement
from multipolar.engines.record.places import declared, labelled, left_open, listed, single
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats
from multipolar.text.phrases import long_date

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

CHOICES = ("yes", "no", "abstain", "absent")
POSITION = {"yes": 1.0, "abstain": 0.5, "no": 0.0}  # absent takes no part
ASSEMBLY = "UNGA"
TABLE = "un_votes"
TWO = ("before", "resolution")
CHANGES = tuple(f"{a}, then {b}" if a != b else f"{a} both times" for a in CHOICES for b in CHOICES)

# coalitions are taken as they were at the last of the votes
LAST = "2025-02-24"


@dataclass(frozen=True, eq=False)
class VotesTable:
    """``un_votes`` as a matrix of resolution by state.

    Attributes:
        frame: pandas.DataFrame, a row a vote cast.
        source: who stands behind it.
    """

    frame: Any
    source: Source

    @cached_property
    def resolutions(self) -> tuple[str, ...]:
        """Symbols, by date."""
        frame = self.frame.sort_values(["date", "resolution"])
        return tuple(map(str, frame["resolution"].unique()))

    @cached_property
    def states(self) -> tuple[str, ...]:
        """States that had a vote."""
        return tuple(sorted(map(str, self.frame["country"].unique())))

    @cached_property
    def assembly(self) -> tuple[str, ...]:
        """Resolutions of the General Assembly."""
        ours = set(self.frame.loc[self.frame["body"] == ASSEMBLY, "resolution"])
        return tuple(r for r in self.resolutions if r in ours)

    @cached_property
    def _cast(self) -> NDArray[np.str_]:
        """Votes by resolution and state; empty where the state is not a member."""
        frame = self.frame
        cast = np.full((len(self.resolutions), len(self.states)), "", dtype="<U7")
        rows = frame["resolution"].map({r: k for k, r in enumerate(self.resolutions)})
        columns = frame["country"].map({c: k for k, c in enumerate(self.states)})
        cast[rows.to_numpy(int), columns.to_numpy(int)] = frame["vote"].to_numpy(str)
        return cast

    @cached_property
    def _titles(self) -> dict[str, tuple[str, str]]:
        frame = self.frame.drop_duplicates("resolution")
        columns = (frame[c] for c in ("resolution", "title", "date"))
        return {str(r): (str(t), str(d)) for r, t, d in zip(*columns, strict=True)}

    def _rows(self, at: Place, default: Sequence[str]) -> list[int]:
        asked = listed(at, "resolution") or default
        gone = [str(r) for r in asked if r not in self.resolutions]
        if gone or not asked:
            raise DataMissing(f"no vote on {some(gone)}" if gone else "there is no vote yet")
        rows = [self.resolutions.index(r) for r in asked]
        return self._until(rows, at)

    def _until(self, rows: list[int], at: Place) -> list[int]:
        """Leave out votes cast after the end of a year, if one is given."""
        year = at.get("year")
        if year is None:
            return rows
        days = [self._titles[self.resolutions[k]][1] for k in rows]
        kept = [k for k, day in zip(rows, days, strict=True) if day <= f"{year}-12-31"]
        if not kept or f"{year}" > self.last(range(len(self.resolutions)))[:4]:
            raise DataMissing(
                f"no votes up to {year} are on record",
                hint=f"there are some from {min(days)} to {max(days)}",
            )
        return kept

    def _columns(self, at: Place, name: str) -> list[int]:
        asked = listed(at, name)
        if asked is None:
            return list(range(len(self.states)))
        gone = [c for c in asked if c not in self.states]
        if gone:
            raise DataMissing(f"{some(gone)}: no vote is on record", hint="name UN members")
        return [self.states.index(c) for c in asked]

    def evidence(self, rows: Sequence[int], unit: str) -> tuple[Source, ...]:
        """Return a source row per vote read, with its symbol, title and date."""
        sources = []
        for k in rows:
            title, date = self._titles[self.resolutions[k]]
            symbol = f"{self.source.source}: {self.resolutions[k]}"
            sources.append(replace(self.source, source=symbol, date=date, unit=unit, note=title))
        return tuple(sources)

    def last(self, rows: Sequence[int]) -> str:
        """Return the day of the last of the votes read."""
        return max(self._titles[self.resolutions[k]][1] for k in rows)

    def span(self, rows: Sequence[int], at: Place) -> str:
        """Say from when to when the votes were cast; a year takes all that were up to its end."""
        days = sorted(self._titles[self.resolutions[k]][1] for k in rows)
        count = f"{len(days)} votes" if len(days) > 1 else "one vote"
        said = f"{count}, {long_date(days[0])} to {long_date(days[-1])}."
        year = at.get("year")
        return said if year is None else f"All up to the end of {year}, not its own alone: {said}"

    def choice(self, metric: Metric, at: Place) -> Value:
        """Read how one state voted on one resolution."""
        state = single(at, "country", metric.name)
        single(at, "resolution", metric.name)
        rows = self._rows(at, ())
        word = str(self._cast[rows[0], self._columns(at, "country")[0]])
        if not word:
            raise DataMissing(f"{state} had no vote on {self.resolutions[rows[0]]}")
        return Value(word, self.evidence(rows, metric.unit), through=self.last(rows))

    def choices(self, metric: Metric, at: Place) -> xr.DataArray:
        """Read votes over the states or resolutions left open; empty where there was no vote."""
        wanted = left_open(metric, at)
        rows, columns = self._rows(at, self.resolutions), self._columns(at, "country")
        cast = self._cast[np.ix_(rows, columns)]
        had = (cast != "").any(axis=0)
        coords = {
            "resolution": [self.resolutions[k] for k in rows],
            "country": [self.states[k] for k, ok in zip(columns, had, strict=True) if ok],
        }
        array = labelled(cast[:, had], coords, self.evidence(rows, "")[0])
        return array.isel({d: 0 for d in coords if d not in wanted}, drop=True).transpose(*wanted)

    def _counts(self, at: Place, rows: Sequence[int]) -> Floats:
        """One for each vote cast as asked, shape (resolution, country, vote)."""
        words = listed(at, "vote") or CHOICES
        cast = self._cast[np.ix_(rows, self._columns(at, "country"))]
        return np.stack([cast == w for w in words], axis=-1).astype(float)

    def _in_question(self, metric: Metric, at: Place) -> list[int]:
        """Rows asked for; for a metric that names no resolution, those of the Assembly."""
        names = [d.name for d in metric.dims]
        return self._rows(at, self.resolutions if "resolution" in names else self.assembly)

    def _pair(self, metric: Metric, at: Place) -> tuple[list[int], list[int]]:
        """Rows of the two votes compared, the earlier first, and the states asked for."""
        rows = [int(self._rows({"resolution": single(at, n, metric.name)}, ())[0]) for n in TWO]
        return rows, self._columns(at, "country")

    def change(self, metric: Metric, at: Place) -> Value:
        """Read how a state voted first and then on another resolution."""
        state = single(at, "country", metric.name)
        rows, columns = self._pair(metric, at)
        first, then = (str(self._cast[k, columns[0]]) for k in rows)
        if not (first and then):
            raise DataMissing(f"{state} had no vote on {self.resolutions[rows[1 if first else 0]]}")
        found = f"{first}, then {then}" if first != then else f"{first} both times"
        return Value(found, self.evidence(rows, metric.unit), through=self.last(rows))

    def _pairs(self, at: Place) -> tuple[dict[str, list[str]], NDArray[np.str_], NDArray[np.str_]]:
        """Labels of states and votes, and how each voted on the earlier and on the later ones.

        Shapes (country, before, 1) and (country, 1, resolution).
        """
        before, later = (self._rows({"resolution": at.get(name)}, self.resolutions) for name in TWO)
        columns = self._columns(at, "country")
        labels = {
            "country": [self.states[k] for k in columns],
            "before": [self.resolutions[k] for k in before],
            "resolution": [self.resolutions[k] for k in later],
        }
        cast = self._cast[:, columns].T
        return labels, cast[:, before][:, :, None], cast[:, later][:, None, :]

    def changes(self, metric: Metric, at: Place) -> xr.DataArray:
        """Lay it out over what is left open; empty where a state had not both votes."""
        labels, first, then = self._pairs(at)
        first, then = np.broadcast_arrays(first, then)
        words = np.char.add(np.char.add(first, ", then "), then)
        words = np.where(first == then, np.char.add(first, " both times"), words)
        words = np.where((first == "") | (then == ""), "", words)
        had = (words != "").any(axis=(1, 2))
        labels["country"] = [c for c, ok in zip(labels["country"], had, strict=True) if ok]
        array = labelled(words[had], labels, self.source)
        wanted = left_open(metric, at)
        return array.isel({d: 0 for d in labels if d not in wanted}, drop=True).transpose(*wanted)

    def changed(self, metric: Metric, at: Place) -> Value:
        """Count the states that took part in both votes and did not choose the same."""
        rows, columns = self._pair(metric, at)
        kinds: dict[str, list[str]] = {}
        for k in columns:
            first, then = (str(self._cast[r, k]) for r in rows)
            if first in POSITION and then in POSITION and first != then:
                kinds.setdefault(f"{first}, then {then}", []).append(self.states[k])
        note = "; ".join(f"{kind}: {some(who)}" for kind, who in sorted(kinds.items()))
        value = float(sum(map(len, kinds.values())))
        return Value(
            value, self.evidence(rows, metric.unit), note=f"{note}." if note else "",
            through=self.last(rows),
        )  # fmt: skip

    def every_change(self, metric: Metric, at: Place) -> xr.DataArray:
        """Count over what is left open."""
        labels, first, then = self._pairs(at)
        part = np.array(list(POSITION))
        moved = (first != then) & np.isin(first, part) & np.isin(then, part)
        array = labelled(moved.astype(float), labels, self.source).sum("country", keep_attrs=True)
        wanted = left_open(metric, at)
        return array.isel({d: 0 for d in TWO if d not in wanted}, drop=True).transpose(*wanted)

    def count(self, metric: Metric, at: Place) -> Value:
        """Count votes cast."""
        rows = self._in_question(metric, at)
        value = float(self._counts(at, rows).sum())
        return Value(value, self.evidence(rows, metric.unit), through=self.last(rows))

    def counts(self, metric: Metric, at: Place) -> xr.DataArray:
        """Count votes over the dimensions left open."""
        wanted = left_open(metric, at)
        rows = self._in_question(metric, at)
        coords = {
            "resolution": [self.resolutions[k] for k in rows],
            "country": [self.states[k] for k in self._columns(at, "country")],
            "vote": list(listed(at, "vote") or CHOICES),
        }
        array = labelled(self._counts(at, rows), coords, self.source)
        closed = [d for d in coords if d not in wanted]
        return array.sum(closed, keep_attrs=True).transpose(*wanted)

    def _agreed(self, rows: Sequence[int]) -> tuple[Floats, Floats]:
        lookup = np.vectorize(lambda word: POSITION.get(word, np.nan), otypes=[float])
        return agreement(lookup(self._cast[list(rows)]))

    def agree(self, metric: Metric, at: Place) -> Value:
        """Read the agreement of two states, or the mean over the pairs of two lists."""
        rows = self._rows(at, self.resolutions)
        ours, theirs = self._columns(at, "country"), self._columns(at, "partner")
        score, both = self._agreed(rows)
        pairs = [(a, b) for a in ours for b in theirs if a != b]
        shares = [score[p] / both[p] for p in pairs if both[p]]
        if not shares:
            names = some([self.states[k] for k in dict.fromkeys([*ours, *theirs])])
            raise DataMissing(f"{names}: no vote in which both took part")
        note = (
            f"{int(both[pairs[0]])} of {len(rows)} votes in which both took part."
            if len(pairs) == 1
            else f"Mean over {len(shares)} pairs of states."
        )
        note = f"{note} {self.span(rows, at)}"
        value, last = float(np.mean(shares)), self.last(rows)
        return Value(value, self.evidence(rows, metric.unit), note=note, through=last)

    def agrees(self, metric: Metric, at: Place) -> xr.DataArray:
        """Read the agreement over the states left open; a state with itself is left out."""
        wanted = left_open(metric, at)
        rows = self._rows(at, self.resolutions)
        ours, theirs = self._columns(at, "country"), self._columns(at, "partner")
        score, both = self._agreed(rows)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = np.where(both > 0, score / both, np.nan)
        np.fill_diagonal(shares, np.nan)
        coords = {
            "country": [self.states[k] for k in ours],
            "partner": [self.states[k] for k in theirs],
        }
        array = labelled(shares[np.ix_(ours, theirs)], coords, self.source)
        array.attrs["note"] = self.span(rows, at)
        closed = [d for d in coords if d not in wanted]
        array = array.mean(closed, keep_attrs=True).transpose(*wanted)
        for dim in wanted:
            array = array.dropna(dim, how="all")
        return array


@per_world
def _table(world: World) -> VotesTable:
    return VotesTable(world.table(TABLE), table_source(world, TABLE))


def votes(world: World) -> tuple[Declared[World], ...]:
    """Declare the metrics of the ``un_votes`` table."""
    table = _table(world)
    symbols = table.resolutions
    state = dimension("country", "who votes")
    anyone = dimension("country", "who votes; everybody if left out", required=False, many=True)
    which = dimension("resolution", "symbol", symbols)
    any_of = dimension("resolution", "symbols; all if left out", symbols, required=False, many=True)
    vote = dimension("vote", "how the vote was cast", CHOICES, many=True)
    other = dimension("partner", "the state compared with", formerly=("other",))
    until = dimension(
        "year", "votes cast up to its end; all if left out", required=False, many=False, opens=False
    )
    choice = Metric(
        "votes.choice", (state, which), "word", "How a state voted", as_of=LAST, words=CHOICES
    )
    count = Metric(
        "votes.count", (which, vote, anyone), "states", "States that so voted", "sum", LAST
    )
    times = Metric(
        "votes.times",
        (state, vote, until),
        "votes",
        f"How often a state so voted on the {len(table.assembly)} resolutions of the General "
        "Assembly in the table",
        "sum",
        LAST,
    )
    agree = Metric(
        "votes.agreement",
        (state, other, any_of, until),
        "share",
        "Agreement in votes both took part in: the same 1, abstaining against yes or no 0.5, "
        "yes against no 0",
        "mean",
        LAST,
    )
    pair = (dimension("before", values=symbols), which)
    change = Metric(
        "votes.change",
        (state, *(replace(d, opens=False) for d in pair)),
        "word",
        "How a state voted on one resolution and then on another",
        as_of=LAST,
        words=CHANGES,
    )
    changed = Metric(
        "votes.changed",
        (*(replace(d, opens=False) for d in pair), anyone),
        "states",
        "States that took part in two votes and did not choose the same",
        as_of=LAST,
    )
    return (
        declared(change, TABLE, _table, VotesTable.change, VotesTable.changes),
        declared(changed, TABLE, _table, VotesTable.changed, VotesTable.every_change),
        declared(choice, TABLE, _table, VotesTable.choice, VotesTable.choices),
        declared(count, TABLE, _table, VotesTable.count, VotesTable.counts),
        declared(times, TABLE, _table, VotesTable.count, VotesTable.counts),
        declared(agree, TABLE, _table, VotesTable.agree, VotesTable.agrees),
    )
