"""Faults inside an engine's own code, told in one line with the engine's name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from multipolar.errors import EngineFailed, MultipolarError
from multipolar.text.clean import one_line, printable

TOLD = 200  # characters of what a fault says of itself


def fault_text(fault: BaseException) -> str:
    """Name a fault in one line: its type, and what it says.

    Example:
        >>> fault_text(ZeroDivisionError("division by zero")), fault_text(MemoryError())
        ('ZeroDivisionError: division by zero', 'MemoryError')
    """
    try:
        text = printable(one_line(str(fault)), limit=TOLD)
    except Exception:  # a fault whose own words fail
        text = ""
    return type(fault).__name__ + (f": {text}" if text else "")


@contextmanager
def contained(engine: str) -> Iterator[None]:
    """Turn whatever an engine's code raises into an :class:`EngineFailed` that names the engine.

    Errors of this package and a stop by the user pass. ``SystemExit`` does not: an engine ends
    no run; nor do faults of compiled code, some of which are no :class:`Exception`.

    Raises:
        EngineFailed: the code inside failed.

    Example:
        >>> with contained("gas"):
        ...     1 / 0
        Traceback (most recent call last):
        multipolar.errors.EngineFailed: engine gas failed: ZeroDivisionError: division by zero
    """
    try:
        with redirect_stdout(sys.stderr):  # what it prints is no output of ours
            yield
    except (MultipolarError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as fault:
        raise EngineFailed(f"engine {printable(engine)} failed: {fault_text(fault)}") from fault


__all__ = ["contained", "fault_text"]
