"""What states weigh beside each other: shares, poles, concentration, votes and coalitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import floor, hypot

import numpy as np

from multipolar.engines.api.contract import Bound
from multipolar.engines.api.declare import Place, Value
from multipolar.engines.api.reader import joined, some
from multipolar.engines.power.coalitions import Found, reaching
from multipolar.engines.power.concentration import concentration, effective_number, shares
from multipolar.engines.power.data import (
    ERROR_OF,
    INDICES,
    MAJORS,
    MAJORS_SINCE,
    NAMES,
    WIDTHS,
    WORLD_WIDTHS,
    Weights,
)
from multipolar.engines.power.solved import Solved, codes, present
from multipolar.engines.power.voting_power import (
    Game,
    banzhaf,
    banzhaf_normalised,
    in_parts,
    shapley_shubik,
)
from multipolar.errors import DataMissing, EngineError
from multipolar.numerics.arrays import Floats

PARTS = 1000  # votes are handed out in thousandths of the whole
CANDIDATES = 20  # states outside of the bloc that are tried, the largest
NAMED = 5
STEP = 1e-4  # of a weight, for the slope of what is made of it


def _value(
    weights: Weights,
    states: Sequence[str],
    value: float,
    note: str,
    bound: Bound = "",
    made: Callable[[Floats], float] | None = None,
    off: Mapping[str, float] = WIDTHS,
) -> Value:
    """Return a reading; ``made`` makes it of the weights of the states, ``off`` by their shares."""
    label, rows, last = NAMES[weights.index], weights.evidence(states), weights.through
    plain = Value(value, rows, note=note, label=label, bound=bound, through=last)
    if made is None:
        return plain
    error = width(made, weights.of(states), off[weights.index])
    return replace(plain, error=error, error_of=ERROR_OF)


def width(made: Callable[[Floats], float], values: Floats, share: float) -> float:
    """Return the half width of what is made of weights that are off by a share each.

    The weights are independent and the change is taken as linear (the delta method).

    Args:
        made: takes the weights, shape (N,).
        values: the weights, shape (N,).
        share: half width of each weight, as a share of it.

    Example:
        >>> round(width(lambda w: float(w[0] / w[1]), np.array([2.0, 1.0]), 0.1), 3)
        0.283
    """
    if not share:
        return 0.0
    middle, moves = made(values), []
    for k in np.flatnonzero(values):
        moved = values.copy()
        moved[k] *= 1 + STEP
        moves.append((made(moved) - middle) / STEP)
    return round(share * hypot(*moves), 12)


def _weights(solved: Solved, place: Place, states: Sequence[str]) -> Weights:
    return solved.indices.latest(str(place["index"]), states, place.get("year"))


def _of(weights: Weights) -> str:
    return joined(f"{NAMES[weights.index]} of {weights.year}, {weights.unit}.", weights.note)


def _coverage(weights: Weights) -> str:
    if weights.whole:
        return ""
    total = "world total from the same tables" if weights.world else "no world total is known"
    return f"{len(weights.values)} states have figures; {total}."


def share(solved: Solved, place: Place) -> Value:
    """Read what states weigh together, in percent of the world."""
    asked = codes(place, "country")
    weights = _weights(solved, place, asked)
    have, without = present(weights, asked)
    total = weights.world or sum(weights.values.values())
    scope = "" if weights.world else "Share of the states listed: the world total is not known."
    value = 100 * float(weights.of(have).sum()) / total
    note = joined(_of(weights), _coverage(weights), scope, without)
    rest = total - float(weights.of(have).sum())

    def made(w: Floats) -> float:
        return float(100 * w.sum() / (rest + w.sum()))

    return _value(weights, have, value, note, made=made, off=WORLD_WIDTHS)


def ratio(solved: Solved, place: Place) -> Value:
    """Read what one weighs over what the other weighs."""
    one, other = codes(place, "country"), codes(place, "partner")
    weights = _weights(solved, place, (*one, *other))
    (ours, lack), (theirs, lacks) = present(weights, one), present(weights, other)
    below = float(weights.of(theirs).sum())
    if not below > 0:
        raise DataMissing(f"{some(theirs)} has no weight by {weights.index}")
    value = float(weights.of(ours).sum()) / below
    note, n = joined(_of(weights), lack, lacks), len(ours)
    pair = (*ours, *theirs)
    return _value(weights, pair, value, note, made=lambda w: float(w[:n].sum() / w[n:].sum()))


def _major(solved: Solved, place: Place) -> tuple[Weights, tuple[str, ...], str]:
    """Return the weights of the major powers that have one in every year compared."""
    index, year = str(place["index"]), place.get("year")
    if year is not None and int(year) < MAJORS_SINCE:
        raise DataMissing(
            f"the list of major powers holds from {MAJORS_SINCE}", hint="name them in member"
        )
    everybody = solved.indices.counted(index, year)
    found = tuple(s for s in MAJORS if s in everybody.values)
    if len(found) < 2:
        raise DataMissing(f"{index} has figures of {len(found)} major powers", hint="name states")
    gone = [s for s in MAJORS if s not in found]
    lacking = f"Of the seven major powers {some(gone, 7)} have no figures."
    return everybody, found, lacking if gone else "The seven major powers of the Correlates of War."


def _among(solved: Solved, place: Place) -> tuple[Weights, tuple[str, ...], str]:
    """Return the weights and names of the states a user has asked for."""
    asked = codes(place, "member")
    weights = solved.indices.counted(str(place["index"]), place.get("year"), asked)
    return weights, asked, f"Shares among {len(asked)} states asked for."


def _effective(world: float | None, values: Floats) -> float:
    return effective_number(shares(values, world))


def poles(solved: Solved, place: Place) -> Value:
    """Read the effective number of poles."""
    if codes(place, "member") or place["rule"] == "majors":
        weights, names, note = (_among if codes(place, "member") else _major)(solved, place)
        among = partial(_effective, None)
        value = among(weights.of(names))
        return _value(weights, names, value, joined(_of(weights), note), made=among)
    weights = solved.indices.counted(str(place["index"]), place.get("year"))
    names = tuple(weights.values)
    values = weights.of(names)
    value = effective_number(shares(values, weights.world))
    alone = effective_number(shares(values))
    bound: Bound = ""
    if weights.world is None:
        scope = f"Among the {len(names)} states with figures; the world total is not known."
    elif values.sum() >= weights.world * (1 - 1e-9):
        scope = f"Shares among all {len(names)} states."
    else:
        bound = "upper"
        scope = (
            f"Shares of the world; {len(names)} states are told apart and the rest counts as "
            f"states too small to matter: an upper bound. Among those alone: {alone:.2f}."
        )
    same = "" if weights.whole else f"The same states in every year: {some(names, 16)}."
    rest = None if weights.world is None else max(weights.world - float(values.sum()), 0.0)

    def made(w: Floats) -> float:
        return _effective(None if rest is None else rest + float(w.sum()), w)

    return _value(weights, names, value, joined(_of(weights), scope, same), bound, made)


def concentrated(solved: Solved, place: Place) -> Value:
    """Read the concentration among the major powers, or the states asked for."""
    weights, names, note = (_among if codes(place, "member") else _major)(solved, place)
    if len(names) < 2:
        raise DataMissing("concentration needs two states or more", hint="name more states")
    value = concentration(shares(weights.of(names)))
    note = joined(_of(weights), note)
    return _value(weights, names, value, note, made=lambda w: concentration(shares(w)))


def _vote(solved: Solved, place: Place) -> tuple[Weights, dict[str, tuple[float, float, float]]]:
    """Return every voter's normalised and absolute Banzhaf and Shapley-Shubik index."""
    index, asked = str(place["index"]), codes(place, "member")
    weights = solved.indices.counted(index, place.get("year"), asked)
    quota = float(place.get("quota", 0.5))
    if not 0 <= quota < 1:
        raise EngineError(f"the quota is {quota:g}", hint="give a share of the weight below 1")
    key = ("vote", index, weights.year, asked, quota)

    def compute() -> dict[str, tuple[float, float, float]]:
        names = tuple(weights.values)
        parts = in_parts(weights.of(names), PARTS)
        voting = [(s, p) for s, p in zip(names, parts, strict=True) if p]
        held = tuple(p for _, p in voting)
        # more than the quota, as it is written: 0.55 of 1000 is 550
        game = Game(held, floor(Fraction(str(quota)) * int(sum(held))) + 1)
        columns = (banzhaf_normalised(game), banzhaf(game), shapley_shubik(game))
        rows = zip(*(c.tolist() for c in columns), strict=True)
        found = dict.fromkeys(names, (0.0, 0.0, 0.0))
        return found | {s: (a, b, c) for (s, _), (a, b, c) in zip(voting, rows, strict=True)}

    return weights, solved.indices.memo.once(key, compute)


def banzhaf_index(solved: Solved, place: Place) -> Value:
    """Read the Banzhaf index, with weights as votes."""
    return _voting(int(place["form"] == "absolute"), solved, place)


def shapley_index(solved: Solved, place: Place) -> Value:
    """Read the Shapley-Shubik index, with weights as votes."""
    return _voting(2, solved, place)


def _voting(column: int, solved: Solved, place: Place) -> Value:
    asked = codes(place, "country")
    weights, found = _vote(solved, place)
    have, without = present(weights, asked)
    note = (
        f"{NAMES[weights.index]} of {weights.year} as votes of {len(found)} states, in "
        f"thousandths of the whole; more than {place.get('quota', 0.5):g} of it decides."
    )
    value = sum(found[s][column] for s in have)
    return _value(weights, tuple(found), value, joined(note, _coverage(weights), without))


def _bloc(solved: Solved, place: Place) -> tuple[Weights, tuple[str, ...], tuple[str, ...], str]:
    pair, bloc = codes(place, "country"), codes(place, "opponent")
    both = sorted(set(pair) & set(bloc))
    if both:
        raise DataMissing(f"{some(both)} is in the bloc", hint="name states outside of it")
    weights = _weights(solved, place, (*pair, *bloc))
    (ours, lack), (theirs, lacks) = present(weights, pair), present(weights, bloc)
    if len(ours) > CANDIDATES:
        raise EngineError(f"a coalition of {len(ours)}", hint=f"at most {CANDIDATES} states")
    return weights, ours, theirs, joined(lack, lacks)


def others(solved: Solved, place: Place) -> Value:
    """Read how many other coalitions do what the one named does."""
    weights, pair, bloc, without = _bloc(solved, place)
    leading, own = float(weights.of(bloc).sum()), float(weights.of(pair).sum())
    at = float(place.get("threshold", own / leading if leading else 0.0))
    if not at > 0 or not leading > 0:
        raise DataMissing(
            "there is no weight to be reached", hint="give threshold: a share above 0"
        )
    outside = [s for s in weights.values if s not in bloc and s not in pair]
    outside.sort(key=lambda s: (-weights.values[s], s))
    names = (*pair, *outside[: CANDIDATES - len(pair)])
    # a pair is found to reach its own weight, whatever the order of adding up
    target = own if "threshold" not in place else at * leading
    key = ("coalitions", weights.index, weights.year, names, target)
    most = len(pair) + 1
    found = solved.indices.memo.once(key, lambda: reaching(weights.of(names), target, most))
    itself = set(range(len(pair)))
    minimal = [
        m for m, ok in zip(found.members(), found.minimal, strict=True) if ok and set(m) != itself
    ]
    listed = "; ".join("+".join(names[i] for i in m) for m in minimal[:NAMED])
    note = joined(
        f"{'+'.join(pair)} has {own / leading:.3g} of the bloc's weight; coalitions of up to "
        f"{most} of the {len(names)} largest states outside of it that reach {at:.3g} and would "
        "not without any one member.",
        _itself(found, len(pair), "+".join(pair)),
        f"Among them: {listed}." if minimal else "",
        *(_of(weights), _coverage(weights), without, "The count is ours."),
    )
    return _value(weights, (*pair, *bloc), float(len(minimal)), note)


def _itself(found: Found, members: int, name: str) -> str:
    """Say what stands out about the coalition asked for: its members are the first candidates."""
    own = np.flatnonzero(found.masks == 2**members - 1)
    if not len(own):
        return f"{name} itself does not reach it."
    return "" if found.minimal[own[0]] else f"{name} reaches it without one of its members."


def weighed(solved: Solved, place: Place) -> Sequence[str]:
    """Return the states with a weight, by the index asked for or by any."""
    indices = (str(place["index"]),) if "index" in place else INDICES
    found = (solved.indices.latest(i, (), place.get("year")).values for i in indices)
    return sorted({s for values in found for s in values})


def voters(solved: Solved, place: Place) -> Sequence[str]:
    """Return the states whose weights count as votes."""
    indices = (str(place["index"]),) if "index" in place else INDICES
    asked = codes(place, "member")
    found = (solved.indices.counted(i, place.get("year"), asked).values for i in indices)
    return sorted({s for values in found for s in values})


def powers(solved: Solved, place: Place) -> Sequence[str]:
    """Return the major powers with a weight."""
    everybody = weighed(solved, place)
    return [s for s in MAJORS if s in everybody]
