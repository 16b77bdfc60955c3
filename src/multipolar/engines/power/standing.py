"""``power.share`` to ``power.coalitions``: what states weigh beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from math import floor

import numpy as np

from multipolar.engines.api.contract import Dimension
from multipolar.engines.api.reader import some
from multipolar.engines.power.coalitions import Found, reaching
from multipolar.engines.power.concentration import concentration, effective_number, shares
from multipolar.engines.power.solved import (
    INDEX,
    YEAR,
    Answer,
    Place,
    PowerReader,
    Solved,
    codes,
    country,
    joined,
    metric,
    present,
)
from multipolar.engines.power.voting_power import (
    Game,
    banzhaf,
    banzhaf_normalised,
    in_parts,
    shapley_shubik,
)
from multipolar.engines.power.weights import MAJORS, MAJORS_SINCE, NAMES, Weights
from multipolar.errors import DataMissing, EngineError

PARTS = 1000  # votes are handed out in thousandths of the whole
CANDIDATES = 20  # states outside of the bloc that are tried, the largest
NAMED = 5
STATES = Dimension(
    "states", "country", (), False, "the states counted, instead of all that have figures",
    many=True, opens=False,
)  # fmt: skip
RULE = Dimension(
    "rule", "choice", ("all", "majors"), False,
    "all states as shares of the world, or the seven major powers as shares of their sum",
)  # fmt: skip


def _weights(solved: Solved, place: Place, states: Sequence[str]) -> Weights:
    return solved.indices.latest(str(place["index"]), states, place.get("year"))


def _of(weights: Weights) -> str:
    return joined(f"{NAMES[weights.index]} of {weights.year}, {weights.unit}.", weights.note)


def _coverage(weights: Weights) -> str:
    if weights.whole:
        return ""
    total = "world total from the same tables" if weights.world else "no world total is known"
    return f"{len(weights.values)} states have figures; {total}."


def share(solved: Solved, place: Place) -> Answer:
    """Read what states weigh together, in percent of the world."""
    asked = codes(place, "country")
    weights = _weights(solved, place, asked)
    have, without = present(weights, asked)
    total = weights.world or sum(weights.values.values())
    scope = "" if weights.world else "Share of the states listed: the world total is not known."
    value = 100 * float(weights.of(have).sum()) / total
    note = joined(_of(weights), _coverage(weights), scope, without)
    return Answer(value, weights.evidence(have), note)


def ratio(solved: Solved, place: Place) -> Answer:
    """Read what one weighs over what the other weighs."""
    one, other = codes(place, "country"), codes(place, "other")
    weights = _weights(solved, place, (*one, *other))
    (ours, lack), (theirs, lacks) = present(weights, one), present(weights, other)
    below = float(weights.of(theirs).sum())
    if not below > 0:
        raise DataMissing(f"{some(theirs)} has no weight by {weights.index}")
    value = float(weights.of(ours).sum()) / below
    return Answer(value, weights.evidence((*ours, *theirs)), joined(_of(weights), lack, lacks))


def _major(solved: Solved, place: Place) -> tuple[Weights, tuple[str, ...], str]:
    """Return the weights of the major powers that have one in every year compared."""
    index, year = str(place["index"]), place.get("year")
    if year is not None and int(year) < MAJORS_SINCE:
        raise DataMissing(
            f"the list of major powers holds from {MAJORS_SINCE}", hint="name them in states"
        )
    everybody = solved.indices.counted(index, year)
    found = tuple(s for s in MAJORS if s in everybody.values)
    if len(found) < 2:
        raise DataMissing(f"{index} has figures of {len(found)} major powers", hint="name states")
    gone = [s for s in MAJORS if s not in found]
    note = f"Of the seven major powers {some(gone, 7)} have no figures." if gone else (
        "The seven major powers of the Correlates of War."
    )  # fmt: skip
    return everybody, found, note


def _among(solved: Solved, place: Place) -> tuple[Weights, tuple[str, ...], str]:
    """Return the weights and names of the states a user has asked for."""
    asked = codes(place, "states")
    weights = solved.indices.counted(str(place["index"]), place.get("year"), asked)
    return weights, asked, f"Shares among {len(asked)} states asked for."


def poles(solved: Solved, place: Place) -> Answer:
    """Read the effective number of poles."""
    if codes(place, "states") or place["rule"] == "majors":
        weights, names, note = (_among if codes(place, "states") else _major)(solved, place)
        value = effective_number(shares(weights.of(names)))
        return Answer(value, weights.evidence(names), joined(_of(weights), note))
    weights = solved.indices.counted(str(place["index"]), place.get("year"))
    names = tuple(weights.values)
    values = weights.of(names)
    value = effective_number(shares(values, weights.world))
    alone = effective_number(shares(values))
    if weights.world is None:
        scope = f"Among the {len(names)} states with figures; the world total is not known."
    elif values.sum() >= weights.world * (1 - 1e-9):
        scope = f"Shares among all {len(names)} states."
    else:
        scope = (
            f"Shares of the world; {len(names)} states are told apart and the rest counts as "
            f"states too small to matter: an upper bound. Among those alone: {alone:.2f}."
        )
    same = "" if weights.whole else f"The same states in every year: {some(names, 16)}."
    return Answer(value, weights.evidence(names), joined(_of(weights), scope, same))


def concentrated(solved: Solved, place: Place) -> Answer:
    """Read the concentration among the major powers, or the states asked for."""
    weights, names, note = (_among if codes(place, "states") else _major)(solved, place)
    if len(names) < 2:
        raise DataMissing("concentration needs two states or more", hint="name more states")
    value = concentration(shares(weights.of(names)))
    return Answer(value, weights.evidence(names), joined(_of(weights), note))


def _vote(solved: Solved, place: Place) -> tuple[Weights, dict[str, tuple[float, float, float]]]:
    """Return every voter's normalised and absolute Banzhaf and Shapley-Shubik index."""
    index, asked = str(place["index"]), codes(place, "states")
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

    return weights, solved.kept(key, compute)


def voting(which: str, solved: Solved, place: Place) -> Answer:
    """Read an index of voting power, with weights as votes."""
    asked = codes(place, "country")
    weights, found = _vote(solved, place)
    have, without = present(weights, asked)
    column = {"banzhaf": 0, "shapley": 2}[which]
    column += int(which == "banzhaf" and place["form"] == "absolute")
    note = (
        f"{NAMES[weights.index]} of {weights.year} as votes of {len(found)} states, in "
        f"thousandths of the whole; more than {place.get('quota', 0.5):g} of it decides."
    )
    value = sum(found[s][column] for s in have)
    return Answer(value, weights.evidence(tuple(found)), joined(note, _coverage(weights), without))


def _bloc(solved: Solved, place: Place) -> tuple[Weights, tuple[str, ...], tuple[str, ...], str]:
    pair, bloc = codes(place, "country"), codes(place, "other")
    both = sorted(set(pair) & set(bloc))
    if both:
        raise DataMissing(f"{some(both)} is in the bloc", hint="name states outside of it")
    weights = _weights(solved, place, (*pair, *bloc))
    (ours, lack), (theirs, lacks) = present(weights, pair), present(weights, bloc)
    if len(ours) > CANDIDATES:
        raise EngineError(f"a coalition of {len(ours)}", hint=f"at most {CANDIDATES} states")
    return weights, ours, theirs, joined(lack, lacks)


def others(solved: Solved, place: Place) -> Answer:
    """Read how many other coalitions do what the one named does."""
    weights, pair, bloc, without = _bloc(solved, place)
    leading, own = float(weights.of(bloc).sum()), float(weights.of(pair).sum())
    at = float(place.get("at", own / leading if leading else 0.0))
    if not at > 0 or not leading > 0:
        raise DataMissing("there is no weight to be reached", hint="give at: a share above 0")
    outside = [s for s in weights.values if s not in bloc and s not in pair]
    outside.sort(key=lambda s: (-weights.values[s], s))
    names = (*pair, *outside[: CANDIDATES - len(pair)])
    # a pair is found to reach its own weight, whatever the order of adding up
    target = own if "at" not in place else at * leading
    key = ("coalitions", weights.index, weights.year, names, target)
    found: Found = solved.kept(key, lambda: reaching(weights.of(names), target, len(pair) + 1))
    itself = set(range(len(pair)))
    minimal = [
        m for m, ok in zip(found.members(), found.minimal, strict=True) if ok and set(m) != itself
    ]
    note = joined(
        f"{'+'.join(pair)} has {own / leading:.3g} of the bloc's weight; coalitions of up to "
        f"{len(pair) + 1} of the {len(names)} largest states outside of it that reach "
        f"{at:.3g} and would not without any one member.",
        _itself(found, len(pair), "+".join(pair)),
        "Among them: " + "; ".join("+".join(names[i] for i in m) for m in minimal[:NAMED]) + "."
        if minimal else "",
        _of(weights), _coverage(weights), without, "The count is ours.",
    )  # fmt: skip
    return Answer(float(len(minimal)), weights.evidence((*pair, *bloc)), note)


def _itself(found: Found, members: int, name: str) -> str:
    """Say what stands out about the coalition asked for: its members are the first candidates."""
    own = np.flatnonzero(found.masks == 2**members - 1)
    if not len(own):
        return f"{name} itself does not reach it."
    return "" if found.minimal[own[0]] else f"{name} reaches it without one of its members."


def _open(solved: Solved, dim: Dimension, place: Place) -> Sequence[str]:
    """Say what an open dimension runs over: indices, or states with a weight."""
    if dim.kind == "choice":
        return dim.values
    weights = solved.indices.latest(str(place["index"]), (), place.get("year"))
    return sorted(weights.values)


def _voters(solved: Solved, dim: Dimension, place: Place) -> Sequence[str]:
    if dim.kind == "choice":
        return dim.values
    weights = solved.indices.counted(str(place["index"]), place.get("year"), codes(place, "states"))
    return sorted(weights.values)


def _powers(solved: Solved, dim: Dimension, place: Place) -> Sequence[str]:
    everybody = _open(solved, dim, place)
    return everybody if dim.kind == "choice" else [s for s in MAJORS if s in everybody]


_FORM = Dimension(
    "form", "choice", ("normalised", "absolute"), False, "adding up to one, or the share of swings"
)
_QUOTA = Dimension(
    "quota",
    "number",
    (),
    False,
    "share of the weight to be exceeded, 0.5 if left out",
    bounds=(0.0, 1.0),
)
_AT = Dimension(
    "at", "number", (), False,
    "share of the bloc's weight to be reached; the coalition's own if left out",
)  # fmt: skip

READERS: tuple[PowerReader, ...] = (
    PowerReader(
        metric(
            "share", "percent", "Share of states in the world by an index",
            country("country", "whose share; several together"), INDEX, YEAR,
        ), share, _open,
    ),
    PowerReader(
        metric(
            "poles", "poles",
            "Effective number of poles, one over the sum of squared shares (Laakso and Taagepera)",
            INDEX, YEAR, RULE, STATES, aggregate="none",
        ), poles, _open,
    ),
    PowerReader(
        metric(
            "concentration", "index",
            "Concentration among the major powers, from 0 all equal to 1 one has all (Singer, "
            "Bremer and Stuckey)", INDEX, YEAR, STATES, aggregate="none",
        ), concentrated, _open,
    ),
    PowerReader(
        metric(
            "ratio", "1", "Weight of one over weight of the other by an index",
            country("country", "who; several together"),
            country("other", "beside whom; several together"), INDEX, YEAR,
        ), ratio, _open,
    ),
    PowerReader(
        metric(
            "banzhaf", "share",
            "Banzhaf index: how often a state decides if weights were votes",
            country("country", "whose vote; several are added up"), INDEX, _QUOTA, _FORM, YEAR,
            STATES,
        ), partial(voting, "banzhaf"), _voters,
    ),
    PowerReader(
        metric(
            "shapley", "share",
            "Shapley-Shubik index: in what share of orders a state tips the vote if weights were "
            "votes", country("country", "whose vote; several are added up"), INDEX, _QUOTA, YEAR,
            STATES,
        ), partial(voting, "shapley"), _voters,
    ),
    PowerReader(
        metric(
            "coalitions", "coalitions",
            "Other coalitions, of at most one member more, that reach what the one named reaches, "
            "each needing all its members",
            country("country", "the coalition asked about, outside of the bloc"),
            country("other", "the leading bloc"), INDEX, _AT, YEAR,
        ), others, _powers,
    ),
)  # fmt: skip
