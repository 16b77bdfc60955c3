"""What is wrong with a case: each thing with its file and line, and all of them as one error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from multipolar.errors import PART, CaseError, MultipolarError
from multipolar.policy.files import Marked, Problem, Steps, spoken
from multipolar.text.clean import one_line, printable

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong with a case, or, as a warning, that may be.

    Attributes:
        file: name of the file in the case's folder; blank where a case was not read from files.
        line: its line, from 1; 0 where there is no file.
        where: the claim, evidence or scenario, and the part of it.
        what: what is wrong, one sentence.
        hint: what to do.
        severity: an error stops a run, a warning does not.

    Example:
        >>> print(Mistake("claims.yaml", 7, "claim A-1, test", "no metric 'x'", "name another"))
        claims.yaml:7: claim A-1, test: no metric 'x'. Hint: name another
    """

    file: str
    line: int
    where: str
    what: str
    hint: str = ""
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """File and line, and the part of the case."""
        at = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(filter(None, (at, self.where)))

    def __str__(self) -> str:
        """Say it in one line."""
        text = f"{self.place}: {self.what}" if self.place else self.what
        return f"{text}. Hint: {self.hint}" if self.hint else text


class CaseMistakes(CaseError):
    """All mistakes of a case; as text a line each, and where there are several, their number.

    ``what``, ``where`` and ``hint`` are those of the first.

    Example:
        >>> print(CaseMistakes([Mistake("a.yaml", 1, "", "one"), Mistake("a.yaml", 2, "", "two")]))
        a.yaml:1: one
        a.yaml:2: two
        2 mistakes
    """

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        first = self.mistakes[0]
        super().__init__(first.what, where=first.place, hint=first.hint)

    def __str__(self) -> str:
        """Return a line for each mistake."""
        lines = [str(m) for m in self.mistakes]
        return "\n".join([*lines, f"{len(lines)} mistakes"] if len(lines) > 1 else lines)

    def __reduce__(self) -> tuple[object, ...]:
        return (CaseMistakes, (self.mistakes,))

    def at(self, where: str) -> MultipolarError:
        """Return the first of them placed at ``where``."""
        return CaseError(self.what, where=f"{where}: {self.where}", hint=self.hint)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a file one thing of a case stands."""

    marked: Marked
    steps: Steps = ()

    @property
    def value(self) -> Any:
        """What stands there."""
        found: Any = self.marked.value
        for step in self.steps:
            found = found[step]
        return found


@dataclass
class Book:
    """Where everything of a case stands, and what was found wrong with it.

    Things go by their kind and name: ``("claim", "A-1")``, ``("evidence", key)``,
    ``("scenario", name)``, and ``("case", "")`` for ``case.yaml`` itself.
    """

    spots: dict[tuple[str, str], Spot] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    _seen: set[Mistake] = field(default_factory=set, repr=False)
    _unsaid: set[tuple[str, str, Steps]] = field(default_factory=set, repr=False)

    def add(
        self,
        kind: str,
        name: str,
        steps: Sequence[str | int],
        what: str,
        hint: str = "",
        *,
        place: Sequence[str | int] | None = None,
        severity: Severity = "error",
    ) -> None:
        """Note something wrong with a part of a claim, an evidence, a scenario or the case."""
        if any((kind, name, tuple(steps[:n])) in self._unsaid for n in range(len(steps) + 1)):
            return
        spot = self.spots.get((kind, name))
        file = spot.marked.file if spot else ""
        line = spot.marked.line((*spot.steps, *steps)) if spot else 0
        own = "" if kind == "case" else f"{kind} {printable(name)}"
        where = ", ".join(filter(None, (own, spoken(steps if place is None else place))))
        what, where, hint = (printable(one_line(t), PART) for t in (what, where, hint))
        made = Mistake(file, line, where, what, hint, severity)
        if made not in self._seen:
            self._seen.add(made)
            self.mistakes.append(made)

    def unsaid(self, kind: str, name: str, cut: Iterable[Steps]) -> None:
        """Say nothing more of places for which something else stands."""
        self._unsaid |= {(kind, name, steps) for steps in cut}

    def problems(self, kind: str, name: str, found: Iterable[Problem], under: Steps = ()) -> None:
        """Note what was refused in the form of something."""
        for p in found:
            self.add(kind, name, (*under, *p.steps), p.what, p.hint, place=(*under, *p.place))

    def fault(self, kind: str, name: str, steps: Sequence[str | int], of: MultipolarError) -> None:
        """Note an error at a part of something."""
        self.add(kind, name, steps, of.what, of.hint)

    def unread(self, file: str, of: MultipolarError) -> None:
        """Note that a file could not be read."""
        place = of.where.removeprefix(f"{file}:{of.line}" if of.line else file).lstrip(": ")
        self.mistakes.append(Mistake(file, of.line, place, of.what, of.hint))

    def sorted(self) -> tuple[Mistake, ...]:
        """Return the mistakes by file and line."""
        return in_order(self.mistakes)

    def refuse(self) -> None:
        """Raise what is wrong, warnings apart.

        Raises:
            CaseMistakes: something is.
        """
        refuse(self.mistakes)


def in_order(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """Return mistakes by file and line."""
    return tuple(sorted(mistakes, key=lambda m: (m.file, m.line, m.severity)))


def refuse(mistakes: Iterable[Mistake]) -> None:
    """Raise the mistakes there are, warnings apart.

    Raises:
        CaseMistakes: there is one.
    """
    found = [m for m in in_order(mistakes) if m.severity == "error"]
    if found:
        raise CaseMistakes(found)


def rows(mistakes: Iterable[Mistake]) -> list[Mapping[str, Any]]:
    """Return mistakes as plain rows, for JSON."""
    names = ("file", "line", "where", "what", "hint", "severity")
    return [{n: getattr(m, n) for n in names} for m in mistakes]
