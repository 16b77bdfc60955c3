"""Contests with aid from outside, and states that alliances expose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from multipolar.engines.api.contract import Source
from multipolar.engines.api.declare import Place, Value
from multipolar.engines.api.reader import joined, some, through_of
from multipolar.engines.power.alliances import Threat, coalition, threats
from multipolar.engines.power.contest import gain, over_exponents, stock, win_probability
from multipolar.engines.power.data import (
    CAPABILITIES,
    ERROR_OF,
    FETCH,
    NAMES,
    SPENDING,
    WIDTHS,
    Weights,
    aid,
)
from multipolar.engines.power.pacts import FIRST, LISTED, Network, network
from multipolar.engines.power.solved import Solved, codes
from multipolar.errors import DataMissing

OFF = sqrt(2) * WIDTHS[SPENDING]  # half width of one side's means over the other's, as a share
JOINING = ANY, LOYAL = "any", "loyal"  # whether an ally of both sides may attack


@dataclass(frozen=True)
class Side:
    """What one side of a contest has in a year: its own, given on record, given in the scenario."""

    own: float
    aid: float
    more: float
    sources: tuple[Source, ...]

    @property
    def means(self) -> float:
        """All of it, USD bn."""
        return self.own + self.aid + self.more


def _side(solved: Solved, states: Sequence[str], year: int) -> Side:
    weights = solved.indices.at(SPENDING, year)
    own = float(weights.of(states).sum())
    record = aid(solved.indices.world)
    on_record = [record[s, year] for s in states if (s, year) in record]
    sources = tuple(s for s in weights.evidence(states) if s is not weights.sources.get("World"))
    received = sum(float(r.value or 0) for r in on_record)
    more = sum(solved.changes.given(s, year) for s in states)
    return Side(own, received, more, (*sources, *on_record))


def _years(solved: Solved, states: Sequence[str], year: int | None) -> list[int]:
    """Return the years both sides have figures for without a gap, newest first.

    The newest is the one asked for, or the last that has all figures. A state that is known to
    receive aid needs a figure of it in each year, or one in the scenario: no figure is not none.
    """
    record, indices = aid(solved.indices.world), solved.indices
    helped = sorted({s for s, _ in record if s in states})
    spent = [
        y
        for y in indices.years(SPENDING)
        if all(s in indices.at(SPENDING, y).values for s in states)
    ]
    full = [y for y in spent if all((s, y) in record or solved.changes.given(s, y) for s in helped)]
    if year is None:
        # chosen by the record alone, so that scenarios with and without arms compare one year
        recorded = [y for y in full if all((s, y) in record for s in helped)]
        year = max(recorded or full, default=None)
    if year not in full:
        lacking = "military spending" if year not in spent else "aid"
        of = states if year not in spent else helped
        there = ", ".join(map(str, full)) or "none"
        raise DataMissing(
            f"no figures of {lacking} of {some(of)} for {year or 'any one year'}",
            hint=f"years with all figures: {there}",
        )
    last = year
    while last - 1 in full:
        last -= 1
    return list(range(year, last - 1, -1))


def _sides(solved: Solved, place: Place) -> tuple[list[int], list[Side], list[Side]]:
    one, other = codes(place, "country"), codes(place, "opponent")
    both = sorted(set(one) & set(other))
    if both:
        raise DataMissing(f"{some(both)} is on both sides", hint="name two sides")
    years = _years(solved, (*one, *other), place.get("year") or solved.year)
    sides = [[_side(solved, s, y) for y in years] for s in (one, other)]
    return years, sides[0], sides[1]


def _said(side: Side, year: int) -> str:
    parts = [f"own {side.own:g}"]
    parts += [f"given {side.aid:g}"] if side.aid else []
    parts += [f"given in the scenario {side.more:g}"] if side.more else []
    return f"{side.means:g} ({', '.join(parts)}) in {year}"


def _means(years: list[int], ours: list[Side], theirs: list[Side], counted: int) -> str:
    more = f" Stocks from {years[counted - 1]} on." if counted > 1 else ""
    return f"USD bn: {_said(ours[0], years[0])} against {_said(theirs[0], years[0])}.{more}"


def _late(solved: Solved, year: int) -> str:
    out = ", ".join(s.recipient for s in solved.changes.supplies if not s.span.holds(year))
    return f"Arms to {out} in the scenario do not flow at the end of {year}." if out else ""


def _evidence(*sides: list[Side]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(s for side in sides for year in side for s in year.sources))


def aid_ratio(solved: Solved, place: Place) -> Value:
    """Read what one side has, aid included, in percent of what the other has."""
    years, ours, theirs = _sides(solved, place)
    if not theirs[0].means > 0:
        raise DataMissing("the other side spends nothing")
    value = 100 * ours[0].means / theirs[0].means
    note = joined(_means(years[:1], ours[:1], theirs[:1], 1), _late(solved, years[0]))
    rows = _evidence(ours[:1], theirs[:1])
    last = through_of(*rows)
    return Value(value, rows, note=note, error=OFF * value, error_of=ERROR_OF, through=last)


def _stocks(solved: Solved, ours: list[Side], theirs: list[Side]) -> tuple[float, float, int]:
    delta = solved.parameters["depreciation"]
    counted = 1 if delta >= 1 else len(ours)
    a, b = (stock([s.means for s in side[:counted]], delta) for side in (ours, theirs))
    return a, b, counted


def odds(solved: Solved, place: Place) -> Value:
    """Read the odds of one side in a contest."""
    years, ours, theirs = _sides(solved, place)
    a, b, counted = _stocks(solved, ours, theirs)
    low, high = over_exponents(a, b)
    note = joined(
        _means(years, ours, theirs, counted),
        _late(solved, years[0]),
        f"Between {low:.2f} and {high:.2f} for exponents of 0.5 to 2: a sensitivity, no forecast. "
        "Exponent and depreciation are assumed.",
    )
    exponent = solved.parameters["exponent"]
    value = win_probability(a, b, exponent)
    error = value * (1 - value) * exponent * OFF  # its slope by the log of the ratio
    rows = _evidence(ours[:counted], theirs[:counted])
    last = through_of(*rows)
    return Value(value, rows, note=note, error=error, error_of=ERROR_OF, through=last)


def aid_effect(solved: Solved, place: Place) -> Value:
    """Read what one more billion of aid adds to the odds."""
    years, ours, theirs = _sides(solved, place)
    a, b, counted = _stocks(solved, ours, theirs)
    value = 100 * gain(a, b, solved.parameters["exponent"])
    note = joined(_means(years, ours, theirs, counted), "Exponent and depreciation are assumed.")
    rows = _evidence(ours[:counted], theirs[:counted])
    last = through_of(*rows)
    return Value(value, rows, note=note, error=OFF * value, error_of=ERROR_OF, through=last)


@dataclass(frozen=True)
class Risk:
    """Every state's worst coalition in a year."""

    weights: Weights
    net: Network
    threat: Threat
    loyal: bool
    note: str


def _when(solved: Solved, place: Place) -> tuple[Weights, int]:
    """Return the weights, the newest up to the year, and the year of the alliances."""
    index, year = str(place["index"]), place.get("year") or solved.year
    years = solved.indices.years(index)
    if year is None:
        newest = years[-1] if years else FIRST
        starts = [int(t.span.since[:4]) for t in solved.changes.treaties if t.span.since]
        least = [FIRST] if place["pacts"] == LISTED else []
        year = max([newest, *starts, *least])
    known = [y for y in years if y <= year]
    return solved.indices.at(index, known[-1] if known else int(year)), int(year)


def _risk(solved: Solved, place: Place) -> Risk:
    weights, year = _when(solved, place)
    loyal, kind = place["coalition"] == LOYAL, str(place["pacts"])
    key = ("risk", weights.index, weights.year, year, kind, loyal, solved.changes.treaties)

    def compute() -> Risk:
        states = tuple(s for s, v in sorted(weights.values.items()) if v > 0)
        treaties = solved.changes.treaties
        net = network(solved.indices.world, kind, states, year, treaties)
        late = f"does not hold at the end of {year}."
        added = [
            f"The treaty of {some(t.members)} {'is added.' if t.span.holds(year) else late}"
            for t in treaties
        ]
        note = joined(
            net.note,
            f"Strength: {NAMES[weights.index]} of {weights.year}, {len(states)} states.",
            weights.note,
            _weakness(weights, solved),
            *added,
            "Allies of both sides stay with the defender: a variant of ours."
            if loyal
            else "An ally of both sides joins whichever coalition it is in (Jackson and Nei).",
        )
        return Risk(weights, net, threats(net.links, weights.of(states), loyal), loyal, note)

    return solved.indices.memo.once(key, compute)


def _weakness(weights: Weights, solved: Solved) -> str:
    if weights.index == "cinc" and CAPABILITIES not in solved.indices.world.names:
        return f"States without figures are left out of every coalition; {FETCH}."
    if not weights.whole:
        return "States without figures are left out of every coalition."
    if weights.index == "value-added":
        return "An economy is not an army."
    return ""


def _row(risk: Risk, state: str) -> int:
    if state not in risk.net.states:
        raise DataMissing(
            f"{state} has no weight by {risk.weights.index} in {risk.weights.year}",
            hint=f"it has {some(risk.net.states, 16)}",
        )
    return risk.net.states.index(state)


def _single(place: Place) -> str:
    asked = codes(place, "country")
    if len(asked) != 1:
        raise DataMissing("one country is attacked at a time", hint="name one country")
    return asked[0]


def _worst(risk: Risk, i: int) -> tuple[str, ...]:
    """Return the worst coalition, its leader first and the strongest next."""
    j = int(risk.threat.leader[i])
    if j < 0:
        return ()
    names = [risk.net.states[k] for k in coalition(risk.net.links, i, j, risk.loyal)]
    leader = risk.net.states[j]
    rest = sorted((s for s in names if s != leader), key=lambda s: -risk.weights.values[s])
    return (leader, *rest)


def _told(risk: Risk, value: float | str, note: str) -> Value:
    own = {id(s): s for s in risk.weights.sources.values()}
    rows = tuple(dict.fromkeys((risk.net.source, *own.values())))
    return Value(value, rows, note=note, through=risk.weights.through)


def vulnerability(solved: Solved, place: Place) -> Value:
    """Read how strong the worst coalition against a state is beside its defence."""
    risk = _risk(solved, place)
    i = _row(risk, _single(place))
    worst = _worst(risk, i)
    who = f"Led by {worst[0]} with {len(worst) - 1} allies." if worst else "Nobody can attack it."
    value, note = float(risk.threat.ratio[i]), joined(who, risk.note)
    error = value * sqrt(2) * WIDTHS[risk.weights.index]
    return replace(_told(risk, value, note), error=error, error_of=ERROR_OF)


def attackers(solved: Solved, place: Place) -> Value:
    """Read who the worst coalition against a state is."""
    risk = _risk(solved, place)
    worst = _worst(risk, _row(risk, _single(place)))
    return _told(risk, " ".join(worst) or "nobody", risk.note)


def vulnerable(solved: Solved, place: Place) -> Value:
    """Read how many states are vulnerable."""
    risk = _risk(solved, place)
    gamma = solved.parameters["advantage"]
    value = float(np.sum(risk.threat.ratio > gamma))
    needed = f"Attackers have to be more than {gamma:.3g} times as strong, which is assumed."
    return _told(risk, value, joined(needed, risk.note))


def armed(solved: Solved, place: Place) -> Sequence[str]:
    """Return the states whose military spending is known."""
    return sorted(solved.indices.latest(SPENDING, (), place.get("year")).values)


def attacked(solved: Solved, place: Place) -> Sequence[str]:
    """Return the states that the network of alliances holds."""
    return _risk(solved, place).net.states
