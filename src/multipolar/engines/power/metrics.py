"""Every metric of the engine, and what reads it. To add one, write its function and list it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from multipolar.engines.api.contract import FROM_ZERO, Dimension, Metric, Scalar
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.power.balance import (
    banzhaf_index,
    concentrated,
    others,
    poles,
    powers,
    ratio,
    shapley_index,
    share,
    voters,
    weighed,
)
from multipolar.engines.power.conflict import (
    JOINING,
    aid_effect,
    aid_ratio,
    armed,
    attacked,
    attackers,
    odds,
    vulnerability,
    vulnerable,
)
from multipolar.engines.power.data import ERROR_OF, INDICES
from multipolar.engines.power.pacts import KINDS
from multipolar.engines.power.solved import Solved

AS_OF = "2024-12-31"
OF_ALL = ("share", "banzhaf", "shapley")  # those of all states are one
# what a reading can be where its unit does not say it
BOUNDS = {
    **dict.fromkeys(("poles", "ratio", "coalitions", "aid_ratio", "vulnerability"), FROM_ZERO),
    "concentration": (0.0, 1.0),
}
# of these a count, a name or an order is read: how far they move is not stated
EXACT = ("banzhaf", "shapley", "coalitions", "attackers", "vulnerable")


def _declared(
    value: Callable[[Solved, Place], Value],
    states: Callable[[Solved, Place], Sequence[str]],
    name: str,
    unit: str,
    *dims: Dimension,
    aggregate: Literal["sum", "none"] = "sum",
) -> Declared[Solved]:
    """Declare a metric; a list of countries is counted together."""

    def over(solved: Solved, dim: Dimension, place: Place) -> Sequence[Scalar]:
        return states(solved, place) if dim.kind == "country" else dim.values

    said = "" if name in EXACT else ERROR_OF  # by each reading
    metric = Metric(
        f"power.{name}",
        dims,
        unit,
        TEXT[name],
        aggregate,
        AS_OF,
        error_of=said,
        bounds=BOUNDS.get(name),
        part="country" if name in OF_ALL else "",
    )
    return Declared(metric, value, over, many=True)


_alone = partial(_declared, aggregate="none")
_maybe = partial(dimension, required=False)

TEXT = {
    "share": "Share of states in the world by an index",
    "poles": "Effective number of poles, one over the sum of squared shares (Laakso and Taagepera)",
    "concentration": "Concentration among the major powers, from 0 all equal to 1 one has all "
    "(Singer, Bremer and Stuckey)",
    "ratio": "Weight of one over weight of the other by an index",
    "banzhaf": "Banzhaf index: how often a state decides if weights were votes",
    "shapley": "Shapley-Shubik index: in what share of orders a state tips the vote if weights "
    "were votes",
    "coalitions": "Other coalitions, of at most one member more, that reach what the one named "
    "reaches, each needing all its members",
    "win_probability": "Odds of one side in a contest of military spending and aid, in ratio form",
    "aid_ratio": "Military spending and aid of one side, of what the other side has",
    "aid_effect": "What one more billion dollars of aid to a side adds to its odds, at the margin",
    "vulnerability": "Strength of the strongest coalition that can attack a state over that of "
    "its defence (Jackson and Nei)",
    "attackers": "Who that coalition is: its leader, then by strength",
    "vulnerable": "States that some coalition can attack with success, at the advantage attackers "
    "need",
}
INDEX = dimension("index", "what weight is measured by", INDICES)
YEAR = _maybe("year", "the newest with figures if left out")
MEMBER = _maybe(
    "member",
    "the states counted, instead of all that have figures",
    many=True,
    opens=False,
    formerly=("states",),
)
RULE = _maybe(
    "rule",
    "all states as shares of the world, or the seven major powers as shares of their sum",
    ("all", "majors"),
)
FORM = _maybe("form", "adding up to one, or the share of swings", ("normalised", "absolute"))
QUOTA = _maybe("quota", "share of the weight to be exceeded, 0.5 if left out", bounds=(0.0, 1.0))
THRESHOLD = _maybe(
    "threshold",
    "share of the bloc's weight to be reached; the coalition's own if left out",
    formerly=("at",),
)
WHOSE = dimension("country", "whose share; several together")
VOTER = dimension("country", "whose vote; several are added up")
PAIR = (
    dimension("country", "who; several together"),
    dimension("partner", "beside whom; several together", formerly=("other",)),
)
BLOC = (
    dimension("country", "the coalition asked about, outside of the bloc"),
    dimension("opponent", "the leading bloc", formerly=("other",)),
)
SIDES = (
    dimension("country", "one side; several together"),
    dimension("opponent", "the other side; several together", formerly=("other",)),
    YEAR,
)
NETWORK = (
    _maybe("year", "whose alliances; strength is the newest up to it"),
    _maybe("pacts", "the pacts listed in alliances, or the pairs a user has added", KINDS),
    _maybe("coalition", "whether an ally of both sides may attack, or not", JOINING),
)
STRENGTH = "what strength is measured by"
ATTACKED = (dimension("country", "who is attacked"), _maybe("index", STRENGTH, INDICES), *NETWORK)
EACH = dimension("index", STRENGTH, INDICES), *NETWORK

DECLARED: tuple[Declared[Solved], ...] = (
    _declared(share, weighed, "share", "percent", WHOSE, INDEX, YEAR),
    _alone(poles, weighed, "poles", "poles", INDEX, YEAR, RULE, MEMBER),
    _alone(concentrated, weighed, "concentration", "index", INDEX, YEAR, MEMBER),
    _declared(ratio, weighed, "ratio", "1", *PAIR, INDEX, YEAR),
    _declared(banzhaf_index, voters, "banzhaf", "share", VOTER, INDEX, QUOTA, FORM, YEAR, MEMBER),
    _declared(shapley_index, voters, "shapley", "share", VOTER, INDEX, QUOTA, YEAR, MEMBER),
    _declared(others, powers, "coalitions", "coalitions", *BLOC, INDEX, THRESHOLD, YEAR),
    _declared(odds, armed, "win_probability", "share", *SIDES),
    _declared(aid_ratio, armed, "aid_ratio", "percent", *SIDES),
    _declared(aid_effect, armed, "aid_effect", "pp", *SIDES),
    _alone(vulnerability, attacked, "vulnerability", "1", *ATTACKED),
    _alone(attackers, attacked, "attackers", "word", *ATTACKED),
    _alone(vulnerable, attacked, "vulnerable", "states", *EACH),
)
