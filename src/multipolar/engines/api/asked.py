"""A measure as an engine takes it apart: its words, what is said of it, and how it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from multipolar.errors import EngineError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """A measure as it was asked for, on an engine's tables.

    Attributes:
        words: of the resolved measure.
        tables: that the engine reads.
        notes: what is to be said of it is added here.

    Example:
        >>> cut = Asked({"scenario": "shut", "number": 1, "name": "Hormuz"}, None, [])
        >>> cut["name"], cut.get("share", 1.0), cut.when
        ('Hormuz', 1.0, {'since': '', 'until': ''})
        >>> print(cut.refused("no such strait", "name one"))
        scenario shut: measure 1: no such strait. Hint: name one
    """

    words: Mapping[str, Any]
    tables: T
    notes: list[str]

    def __getitem__(self, word: str) -> Any:
        return self.words[word]

    def get(self, word: str, default: Any = "") -> Any:
        """Return a word of the measure, or a default."""
        return self.words.get(word, default)

    @property
    def when(self) -> dict[str, Any]:
        """Its first day and the first on which it no longer holds, as far as it has them."""
        return {k: self.get(k) for k in ("since", "until")}

    def refused(self, what: str, hint: str, word: str = "") -> EngineError:
        """Return the error that says where the measure stands and what to do."""
        place = f"scenario {self['scenario']}: measure {self['number']}"
        return EngineError(what, where=f"{place}: {word}" if word else place, hint=hint)
