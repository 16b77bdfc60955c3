"""Anderson acceleration of a fixed point."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Anderson:
    """The next state of an iteration, from the last few states and their steps.

    Type II, on differences, with the Gram matrix of the steps' differences updated in place.
    Source: Walker & Ni (2011), SIAM Journal on Numerical Analysis 49:1715-1735.

    Args:
        size: of a state.
        dtype: of states and steps.
        depth: how many earlier steps are combined.

    Example:
        Two states, of which each plain step leaves 0.9 and 0.5 of the distance:

        >>> mixer, state = Anderson(2), np.ones(2)
        >>> for _ in range(4):
        ...     state = mixer.next(state, np.array([-0.1, -0.5]) * state)
        >>> bool(abs(state).max() < 1e-9)
        True
    """

    def __init__(self, size: int, dtype: DTypeLike = np.float64, depth: int = 8) -> None:
        self.depth = depth
        self.turns = np.empty((depth, size), dtype)  # differences of steps
        self.moves = np.empty((depth, size), dtype)  # differences of states, plus the above
        self.gram = np.zeros((depth, depth))
        self.seen = 0
        self.last: tuple[NDArray[Any], NDArray[Any]] | None = None

    def next(self, state: NDArray[Any], step: NDArray[Any]) -> NDArray[Any]:
        """Return the state to try next; state, step and result have shape (size,)."""
        ahead: NDArray[Any] = np.add(state, step)
        last, self.last = self.last, (ahead, step)
        if last is None:
            return ahead
        slot = self.seen % self.depth
        self.seen += 1
        n = min(self.seen, self.depth)
        np.subtract(step, last[1], out=self.turns[slot])
        np.subtract(ahead, last[0], out=self.moves[slot])
        self.gram[slot, :n] = self.gram[:n, slot] = self.turns[:n] @ self.turns[slot]
        gram = self.gram[:n, :n]
        if not np.isfinite(gram).all():
            return ahead  # the state is running away; whoever steps will see
        mix = np.linalg.lstsq(gram, self.turns[:n] @ step, rcond=1e-14)[0]
        return np.asarray(ahead - mix.astype(state.dtype) @ self.moves[:n])

    def move(self, off: NDArray[Any]) -> None:
        """Count states from a new origin, ``off`` the old one, shape (size,)."""
        if self.last is not None:
            self.last = (self.last[0] - off, self.last[1])
