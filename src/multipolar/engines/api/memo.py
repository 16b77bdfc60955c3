"""Results made once: by key on an object, and what follows from a world alone once a world.

What hangs on an object and on nothing else is a :func:`functools.cached_property` there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from multipolar.world import World

P = ParamSpec("P")
T = TypeVar("T")


class Memo:
    """Results by key, each made once.

    On a dataclass it is a field that takes no part in comparing:
    ``memo: Memo = field(default_factory=Memo, repr=False, compare=False)``. A copy, in this process
    or in another, starts empty: what it would hold is made again from what it is made of.

    Example:
        >>> memo = Memo()
        >>> memo.once(("square", 3), lambda: 3**2), memo.once(("square", 3), lambda: 0)
        (9, 9)
    """

    __slots__ = ("_results",)

    def __init__(self) -> None:
        self._results: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the result of a key, made by ``make`` if it is asked for the first time."""
        if key not in self._results:
            self._results[key] = make()
        return cast("T", self._results[key])

    def __len__(self) -> int:
        return len(self._results)

    def __reduce__(self) -> tuple[type[Memo], tuple[()]]:
        return Memo, ()


def per_world(
    function: Callable[Concatenate[World, P], T],
) -> Callable[Concatenate[World, P], T]:
    """Make a function of a world, and of arguments that can be hashed, compute each result once.

    Results go with the world, so none may hold the world itself: it would never be freed.

    Example:
        >>> from multipolar.world import World
        >>> world = World.load()
        >>> @per_world
        ... def states(world):
        ...     return frozenset(world.table("un_votes")["country"])
        >>> states(world) is states(world)
        True
    """
    memos: WeakKeyDictionary[World, Memo] = WeakKeyDictionary()

    @wraps(function)
    def once(world: World, /, *args: P.args, **kwargs: P.kwargs) -> T:
        memo = memos.setdefault(world, Memo())
        key = (args, tuple(sorted(kwargs.items())))
        return memo.once(key, lambda: function(world, *args, **kwargs))

    return once
