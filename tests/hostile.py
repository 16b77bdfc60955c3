"""Engines that fail in every way, for tests: what each does is chosen by its ``deed``."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multipolar.engines import Outcome, Reading
from multipolar.engines.api.contract import Where
from toy import Toy


class Panic(BaseException):
    """What compiled extensions raise: not an Exception."""


class Mute(Exception):
    """A fault whose own words fail."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class Sticky(float):
    """A number that can be pickled and not be read back."""

    def __reduce__(self) -> Any:
        return (_refuse, ())


def _refuse() -> None:
    raise ValueError("not to be read back")


def _deep(n: int = 0) -> int:
    return _deep(n + 1) + 1


def _raise(fault: BaseException) -> Callable[[], object]:
    def deed() -> object:
        raise fault

    return deed


class Local(float):
    """A number that cannot be pickled."""

    def __reduce__(self) -> Any:
        raise TypeError("cannot pickle a lock")


FAULTS: dict[str, Callable[[], object]] = {
    "zero": lambda: 1 / 0,
    "memory": _raise(MemoryError()),
    "recursion": _deep,
    "exit": lambda: sys.exit(3),
    "panic": _raise(Panic("a panic\n\x1b[31min red")),
    "mute": _raise(Mute()),
    "assert": _raise(AssertionError()),
}


@dataclass(frozen=True)
class Hostile(Toy):
    """A toy whose draws with a slope above ``above`` do their ``deed``, once if ``mark`` is named."""

    deed: str = ""
    above: float = 1.5
    mark: str = ""

    def solve(self, prepared: str, parameters: Mapping[str, float]) -> Outcome:
        found = super().solve(prepared, parameters)
        if parameters["slope"] <= self.above or (self.mark and not _first(self.mark)):
            return found
        if self.deed in FAULTS:
            FAULTS[self.deed]()
        return _DEEDS.get(self.deed, lambda o: o)(found)


def _first(mark: str) -> bool:
    """Whether nobody was here before, in any process."""
    try:
        Path(mark).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _gives(value: object) -> Callable[[Outcome], Outcome]:
    def deed(found: Outcome) -> Outcome:
        def scalar(metric: str, where: Where) -> Reading:
            return Reading(value, "Mt", note="so it is")  # type: ignore[arg-type]

        return Outcome("toy", found.scenario, scalar, found.labelled)

    return deed


def _signals(number: int) -> Callable[[Outcome], Outcome]:
    def deed(found: Outcome) -> Outcome:
        os.kill(os.getpid(), number)
        time.sleep(0.05)  # a signal to oneself may take a moment
        return found

    return deed


def _leaves(status: int) -> Callable[[Outcome], Outcome]:
    def deed(found: Outcome) -> Outcome:
        os._exit(status)

    return deed


def _nothing(found: Outcome) -> Any:
    return None


_DEEDS: dict[str, Callable[[Outcome], Outcome]] = {
    "nan": _gives(float("nan")),
    "infinite": _gives(float("-inf")),
    "huge": _gives(10**400),
    "truth": _gives(True),
    "list": _gives([1.0]),
    "word": _gives("a word"),
    "sticky": _gives(Sticky(1.0)),
    "local": _gives(Local(1.0)),
    "nothing": _nothing,
    "killed": _signals(getattr(signal, "SIGKILL", signal.SIGTERM)),
    "stopped": _signals(getattr(signal, "SIGSTOP", signal.SIGTERM)),
    "leaves": _leaves(0),
}
