"""Names that have changed, are still read for one release, and are told once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_HEARD: ContextVar[dict[tuple[str, str], dict[str, None]] | None] = ContextVar(
    "former_names", default=None
)


def met(old: str, new: str, where: str) -> None:
    """Tell who listens, if anybody, that a former name was met somewhere."""
    heard = _HEARD.get()
    if heard is not None:
        heard.setdefault((old, new), {})[where] = None


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect a sentence for each former name that is met within; they are there at the end.

    Example:
        >>> with listening() as said:
        ...     met("buyer", "importer", "toy.odds")
        ...     met("buyer", "importer", "toy.sales")
        >>> said
        ['buyer is called importer now (toy.odds and 1 more); the next release does not read buyer']
    """
    heard: dict[tuple[str, str], dict[str, None]] = {}
    said: list[str] = []
    token = _HEARD.set(heard)
    try:
        yield said
    finally:
        _HEARD.reset(token)
        for (old, new), places in heard.items():
            first, *more = places
            rest = f" and {len(more)} more" if more else ""
            said.append(
                f"{old} is called {new} now ({first}{rest}); the next release does not read {old}"
            )
