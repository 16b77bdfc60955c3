"""Tables of the pages: laid out in Markdown, and put where a page names them.

A page holds ``<!-- [[[cog show("power.known") ]]] -->``; cog runs it (``make tables``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True)
class Table:
    """A table of a page.

    Attributes:
        build: computes it; Markdown.
        needs: files it cannot do without.
        slow: whether it takes many seconds; such are made if ``MULTIPOLAR_SLOW_TABLES`` is set.
    """

    build: Callable[[], str]
    needs: Sequence[Path]
    slow: bool

    def text(self) -> str | None:
        """Return the table, or None if it is not made here."""
        here = all(f.exists() for f in self.needs)
        asked = not self.slow or bool(os.environ.get("MULTIPOLAR_SLOW_TABLES"))
        return self.build() if here and asked else None


TABLES: dict[str, Table] = {}


def table(*needs: Path, slow: bool = False) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Name a function as a table of a page: by its module and itself, as ``power.known``."""

    def named(build: Callable[[], str]) -> Callable[[], str]:
        module = build.__module__.rpartition(".")[2]
        TABLES[f"{module}.{build.__name__}"] = Table(build, needs, slow)
        return build

    return named


def show(name: str) -> None:
    """Write a table where cog runs; one that is not made here stays as it is."""
    import cog  # there while cog runs

    import_module(f"validation.{name.partition('.')[0]}")
    text = TABLES[name].text()
    cog.out(cog.previous if text is None else f"\n{text}\n\n")


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def number(value: float, digits: int = 2) -> str:
    """Write a number with a true minus, and none before nought."""
    text = f"{value:.{digits}f}"
    return f"{0:.{digits}f}" if float(text) == 0 else text.replace("-", "−")
