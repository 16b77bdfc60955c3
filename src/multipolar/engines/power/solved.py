"""A scenario prepared, and solved at one value for each parameter; what it is read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from multipolar.engines.api.declare import Place
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.reader import some
from multipolar.engines.power.data import Indices, Weights, missing
from multipolar.engines.power.measures import Changes
from multipolar.errors import DataMissing


@dataclass(frozen=True)
class Prepared:
    """A scenario on a world, ready for any parameters; ``year`` is its own, if it has one."""

    changes: Changes
    year: int | None
    indices: Indices = field(repr=False)


@dataclass(frozen=True)
class Solved:
    """A scenario, the indices it is read from, and one value for each parameter."""

    indices: Indices
    changes: Changes
    year: int | None
    parameters: Mapping[str, float]

    @property
    def note(self) -> str:
        """What a reader of any number should know of how the scenario was read."""
        return self.changes.note

    @property
    def message(self) -> str:
        """The same, of the solve itself."""
        return self.changes.note


def codes(place: Place, name: str) -> tuple[str, ...]:
    """Return the states a dimension names; none if it was left out.

    Raises:
        DataMissing: it names the world.
    """
    value = place.get(name)
    found = tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)
    if value is None:
        return ()
    if EVERYBODY in found:
        raise DataMissing(f"{name}: the world has no weight beside itself", hint="name states")
    return found


def present(weights: Weights, states: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return those of ``states`` that have a weight, and a note on those that have none.

    A group in a table of all states may lack a few small ones; nobody else may lack any.

    Raises:
        DataMissing: a state has none.
    """
    have = tuple(s for s in states if s in weights.values)
    gone = [s for s in states if s not in weights.values]
    if gone and (not weights.whole or not have):
        raise missing(weights, gone)
    lacking = f"Counted without {some(gone)}, which the table does not tell apart."
    return have, lacking if gone else ""
