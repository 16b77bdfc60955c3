"""The vocabulary of dimensions: one name for each concept, over all engines.

Built-in metrics use no other names. An engine of somebody else may, for what has none here; a
name that is here means there what it means here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from multipolar.engines.api.contract import Dimension, Own
from multipolar.errors import EngineError, nearest

Kind: TypeAlias = Literal["country", "choice", "year", "date", "number", "text"]


@dataclass(frozen=True, slots=True)
class Concept:
    """What a name of a dimension means, and how its words may be read."""

    description: str
    kinds: tuple[Kind, ...] = ("choice",)
    own: Own = "never"  # whether the state of the other dimension may be named


STATE: tuple[Kind, ...] = ("country",)
VOCABULARY: Mapping[str, Concept] = {
    # who
    "country": Concept("whose", STATE),
    "exporter": Concept("who sells", STATE, "in a group"),
    "giver": Concept("who gives arms"),
    "importer": Concept("who buys", STATE, "in a group"),
    "member": Concept("one of the states that count", STATE, "itself"),
    "opponent": Concept("the other side of a contest", STATE),
    "origin": Concept("where it is produced", STATE, "itself"),
    "partner": Concept("the other one of a pair", STATE),
    "role": Concept("who of those in a game"),
    "sender": Concept("who puts a measure on others", STATE, "itself"),
    "side": Concept("which side of a war"),
    # when
    "date": Concept("day, month or year", ("date",)),
    "month": Concept("month of the year, 1 to 12; the mean of the year if left out", ("number",)),
    "year": Concept("calendar year", ("year",)),
    # of what
    "carrier": Concept("how a fuel is moved"),
    "commodity": Concept("good, by name"),
    "currency": Concept("of payment"),
    "demand": Concept("which published figure of demand"),
    "entity": Concept("a country, an ordered pair, or a name", ("text",)),
    "flow": Concept("exports or imports"),
    "fuel": Concept("source of energy, by name"),
    "group": Concept("a set of states, by name"),
    "before": Concept("an earlier vote it is compared with, by symbol"),
    "event": Concept("what happened, by name"),
    "kind": Concept("which kind of those there are"),
    "level": Concept("how grave"),
    "resolution": Concept("what was voted on, by symbol"),
    "route": Concept("a way, by name", ("choice", "text")),
    "sector": Concept("industry, by code or group"),
    "series": Concept("a sourced figure, by name"),
    "source": Concept("whose figure"),
    "topic": Concept("conflict or question"),
    "vote": Concept("how a vote was cast"),
    "votes": Concept("which votes are counted"),
    # measured how
    "basis": Concept("what is counted as a share of what"),
    "between": Concept("the ends of a journey"),
    "bound": Concept("on a cost that is not known"),
    "camps": Concept("number of camps states are divided into"),
    "form": Concept("how an index is scaled"),
    "index": Concept("which index it is measured by"),
    "measure": Concept("how it is measured"),
    "mechanism": Concept("which of rival models"),
    "moment": Concept("which reported figure a model is held against"),
    "network": Concept("how two states are linked"),
    "parameter": Concept("which parameter of the model"),
    "part": Concept("which part of a sum"),
    "price": Concept("which of several prices"),
    "quantile": Concept("of a distribution, percent"),
    "quota": Concept("share of the weight that decides", ("number",)),
    "rule": Concept("who is counted, of all there are"),
    "theta": Concept("scale of a choice"),
    "threshold": Concept("share to be reached", ("number",)),
    "variant": Concept("of an estimate"),
    "varied": Concept("what is drawn or changed between runs"),
    # under what assumption
    "arms": Concept("which arms count"),
    "carried_out": Concept("whether a threat is"),
    "coalition": Concept("who may act together"),
    "entrapment": Concept("whether a pact draws a member into a war"),
    "equilibrium": Concept("which, where there are several"),
    "goal": Concept("what is to be reached"),
    "offer": Concept("what is offered"),
    "outcome": Concept("which of several ends"),
    "own_loss": Concept("how a sender's own loss counts"),
    "pacts": Concept("which treaties count"),
    "plan": Concept("what became of a plan"),
    "prestige": Concept("whether standing is a cost"),
    "priors": Concept("under how many of the priors"),
    "prize": Concept("what is at stake, in years of income"),
    "risk": Concept("whether a risk is pushed to its end"),
    "scope": Concept("what is threatened"),
    "trade": Concept("how trade is spread over partners"),
}


def dimension(
    name: str,
    description: str = "",
    values: tuple[str, ...] = (),
    *,
    required: bool = True,
    many: bool | None = None,
    opens: bool | None = None,
    bounds: tuple[float, float] | None = None,
    formerly: tuple[str, ...] = (),
    groups: Mapping[str, tuple[str, ...]] | None = None,
    own: Own | None = None,
) -> Dimension:
    """Return a dimension of the vocabulary; a choice if ``values`` are given.

    What is left out is as the vocabulary has it.

    Raises:
        EngineError: the vocabulary has no such name, or it is of another kind.

    Example:
        >>> dimension("exporter").kind, dimension("index", values=("gdp", "cinc")).kind
        ('country', 'choice')
    """
    if name not in VOCABULARY:
        raise EngineError(f"no dimension {name!r}", hint=nearest(name, VOCABULARY))
    concept = VOCABULARY[name]
    kind: Kind = "choice" if values or concept.kinds == ("choice",) else concept.kinds[-1]
    if kind not in concept.kinds:
        raise EngineError(f"dimension {name} is of kind {' or '.join(concept.kinds)}")
    return Dimension(
        name,
        kind,
        values,
        required,
        description or concept.description,
        many,
        opens,
        bounds,
        formerly,
        groups=groups or {},
        own=own or concept.own,
    )
