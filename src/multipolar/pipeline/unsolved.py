"""What engines were asked and did not answer: whole scenarios, and single draws."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from multipolar.pipeline.asks import Answer, Answered, Term


@dataclass(frozen=True, slots=True)
class Failure:
    """An engine that was asked about a scenario and did not answer, by no design of its own.

    What it refuses, a measure it does not read or a place it has no data on, is no failure.
    """

    engine: str
    scenario: str
    why: str


@dataclass(frozen=True, slots=True)
class FailedDraws:
    """Draws of an engine under a scenario that gave nothing to something it was asked.

    ``failed`` of ``draws``, each counted once; ``first`` is the sentence on the first.
    """

    engine: str
    scenario: str
    failed: int
    draws: int
    first: str


def failures(answers: Answered, shown: Iterable[Term] = ()) -> tuple[Failure, ...]:
    """Return who did not answer, in order of engine and scenario, each reason once.

    Args:
        answers: what was read for the case.
        shown: what sections of the page read besides, at the central parameters.

    Example:
        >>> from multipolar.errors import EngineFailed
        >>> from multipolar.pipeline.asks import Ask, unanswered
        >>> from multipolar.pipeline.solve import Answers
        >>> line = Term("toy", "ban", Ask("toy.line", ()))
        >>> answers = Answers({line: unanswered(EngineFailed("no draw did solve"))}, {})
        >>> failures(answers)
        (Failure(engine='toy', scenario='ban', why='no draw did solve'),)
    """
    asked = dict(answers.terms)
    for term in shown:
        if term.engine is not None and term.ask is not None and term not in asked:
            asked[term] = answers.at(term.engine, term.scenario, term.ask)
    found = {
        Failure(term.engine, term.scenario, answer.missing)
        for term, answer in asked.items()
        if term.engine is not None and answer.broke
    }
    return tuple(sorted(found, key=lambda f: (f.engine, f.scenario, f.why)))


def failed_draws(answers: Answered) -> tuple[FailedDraws, ...]:
    """Return how many draws failed, of each engine under each scenario where one did.

    Example:
        >>> from multipolar.pipeline.asks import Ask
        >>> from multipolar.pipeline.solve import Answers
        >>> line = Term("toy", "ban", Ask("toy.line", ()))
        >>> one = Answer(None, (1.0, None, 2.0), failure="it did not converge")
        >>> [(f.failed, f.draws, f.first) for f in failed_draws(Answers({line: one}, {}))]
        [(1, 3, 'it did not converge')]
    """
    places: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for term, answer in answers.terms.items():
        if term.engine is not None and answer.failed:
            places[term.engine, term.scenario].append(answer)
    return tuple(_counted(*place, given) for place, given in sorted(places.items()))


def _counted(engine: str, scenario: str, given: list[Answer]) -> FailedDraws:
    failed = {i for answer in given for i, v in enumerate(answer.values) if v is None}
    first = min(given, key=lambda answer: (_first(answer), answer.failure))
    draws = max(len(answer.values) for answer in given)
    return FailedDraws(engine, scenario, len(failed), draws, first.failure)


def _first(answer: Answer) -> int:
    return next(i for i, v in enumerate(answer.values) if v is None)


__all__ = ["FailedDraws", "Failure", "failed_draws", "failures"]
