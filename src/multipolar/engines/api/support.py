"""Which measures an engine answers: kinds of them, or some of a kind by their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multipolar.policy.scopes import resolve_scope

if TYPE_CHECKING:
    from multipolar.policy import AnyMeasure

GOODS = "commodities"  # word of a Support: what a measure's scope holds


class Support(str):
    """A kind of measure that an engine answers where the measure's words are among some.

    It is the kind's name, so that ``"build_link" in engine.supports`` holds. A measure that lacks
    a word fits. The word ``commodities`` stands for what the measure's scope holds: one of them is
    enough. Measures of the kind that do not fit are left to engines that answer them.

    Example:
        >>> piped = Support("build_link", commodity=("pipeline_gas", "lng"))
        >>> piped == "build_link", piped.words
        (True, {'commodity': ('pipeline_gas', 'lng')})
        >>> from multipolar.policy import Embargo
        >>> ban = Embargo(senders="EU", targets="Russia", scope="coal")
        >>> Support("embargo", commodities=("crude",)).fits(ban)
        False
    """

    words: dict[str, tuple[str, ...]]

    def __new__(cls, measure: str, **words: tuple[str, ...]) -> Support:
        """Name the kind, and for each word what it may be."""
        made = super().__new__(cls, measure)
        made.words = words
        return made

    def fits(self, measure: AnyMeasure) -> bool:
        """Say whether a measure of the kind is one that is answered."""
        given = {w: getattr(measure, w, None) for w in self.words if w != GOODS}
        goods = self.words.get(GOODS)
        if goods is not None and not set(goods) & set(resolve_scope(measure.scope).commodities):  # type: ignore[union-attr]
            return False
        return all(v is None or v in self.words[w] for w, v in given.items())


def answers(supports: frozenset[str], measure: AnyMeasure) -> bool:
    """Say whether what an engine supports holds a measure.

    Example:
        >>> from types import SimpleNamespace as Measure
        >>> supports = frozenset({"embargo", Support("build_link", commodity=("lng",))})
        >>> answers(supports, Measure(measure="embargo"))
        True
        >>> answers(supports, Measure(measure="build_link", commodity="rail"))
        False
    """
    kinds = (s for s in supports if s == measure.measure)
    return any(not isinstance(s, Support) or s.fits(measure) for s in kinds)
