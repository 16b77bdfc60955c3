"""What the tools that compute the tables of a docs page share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def fill(page: Path, blocks: Mapping[str, Callable[[], str | None]], check: bool) -> int:
    """Write each table between its marks; with ``check`` only say by the status if one is stale.

    A table that cannot be computed here (None) is left as it is.
    """
    text = page.read_text("utf-8")
    new = text
    for name, build in blocks.items():
        found = build()
        if found is None:
            continue
        pattern = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.S)
        assert pattern.search(new), name
        new = pattern.sub(lambda m, t=found: f"{m[1]}\n{t}\n\n{m[2]}", new)
    if check:
        return int(new != text)
    page.write_text(new, "utf-8")
    return 0
