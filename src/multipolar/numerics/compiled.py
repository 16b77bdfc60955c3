"""Compiled functions, kept for the next run where there is a place to keep them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, overload

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


@overload
def compiled(function: F) -> F: ...
@overload
def compiled(**options: Any) -> Callable[[F], F]: ...
def compiled(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Return a function compiled at its first call, and typed as it was.

    The machine code is kept beside the source, in the user's folder of caches, or where
    ``NUMBA_CACHE_DIR`` says. Where none of these can be written, or what lies there is damaged or
    the disk is full, the function is compiled anew: a second or two, and the same numbers.

    Args:
        function: to compile; left out where options follow.
        options: passed to numba.

    Example:
        >>> @compiled(nogil=True)
        ... def double(x):
        ...     return 2 * x
        >>> double(4)
        8
    """
    if function is None:
        return lambda function: _compiled(function, options)
    return _compiled(function, options)


def _compiled(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    try:
        made = njit(cache=True, **options)(function)
    except RuntimeError:  # numba found no place that can be written
        return njit(**options)(function)
    cache = made._cache
    if hasattr(cache, "_guard_against_spurious_io_errors"):
        cache._guard_against_spurious_io_errors = _without_cache
    return made


@contextlib.contextmanager
def _without_cache() -> Iterator[None]:
    """Go on without what cannot be read or written; numba compiles what it does not find."""
    with contextlib.suppress(Exception):  # what is read may be anything; it is not what counts
        yield
