"""Ballots of any legislature: who voted when, on what, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import DataError

Ints: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class RollCalls:
    """Ballots cast: one entry each; absence is the lack of an entry.

    Attributes:
        members, periods: labels, in the order of their indices; periods in the order of time.
        items: one label each; repeats of a resolution may share an item.
        member, period, item: index of each ballot, shape (ballots,).
        vote: 0 yes, 1 abstain, 2 no, shape (ballots,).
    """

    members: tuple[str, ...]
    periods: tuple[int, ...]
    items: tuple[int, ...]
    member: Ints
    period: Ints
    item: Ints
    vote: NDArray[np.int8]

    @classmethod
    def build(
        cls,
        member: Any,
        period: Sequence[int] | NDArray[Any],
        item: Sequence[int] | NDArray[Any],
        vote: Sequence[int] | NDArray[Any],
    ) -> RollCalls:
        """Index labelled ballots, sort them, and leave out items on which all agreed.

        Args:
            member: who cast each ballot, shape (ballots,).
            period: when, same shape; numbers in the order of time.
            item: on what, same shape; the same label where a question is put again.
            vote: 0 yes, 1 abstain, 2 no, same shape.

        Raises:
            DataError: nothing divides the members, or a vote is none of the three.

        Example:
            >>> calls = RollCalls.build(["A", "B", "A", "B"], [1, 1, 1, 1], [7, 7, 8, 8],
            ...                         [0, 2, 0, 0])
            >>> calls.items, calls.vote.tolist()
            ((7,), [0, 2])
        """
        members, mi = _indexed(member)
        periods, pi = _indexed(period)
        items, ji = _indexed(item)
        cast = np.asarray(vote, dtype=np.int8)
        if cast.size and not np.isin(cast, (0, 1, 2)).all():
            raise DataError("a vote is 0 (yes), 1 (abstain) or 2 (no)", where="vote")
        seen = np.zeros((items.size, 3), dtype=bool)
        seen[ji, cast] = True
        keep = (seen.sum(axis=1) > 1)[ji]
        if not keep.any():
            raise DataError(
                "no roll call divides the members", hint="give at least one contested vote"
            )
        used, ji = _indexed(ji[keep])
        mi, pi, cast = mi[keep], pi[keep], cast[keep]
        order = np.lexsort((mi, pi, ji))
        return cls(
            tuple(map(str, members)),
            tuple(map(int, periods)),
            tuple(map(int, items[used])),
            mi[order],
            pi[order],
            ji[order],
            cast[order],
        )

    def part(self, keep: NDArray[np.bool_]) -> RollCalls | None:
        """Return the ballots kept, shape (ballots,), without items on which those agree.

        None if that leaves fewer than two members; the ballots themselves if it leaves all.
        """
        seen = np.zeros((len(self.items), 3), dtype=bool)
        seen[self.item[keep], self.vote[keep]] = True
        keep = keep & (seen.sum(axis=1) > 1)[self.item]
        who, mi = np.unique(self.member[keep], return_inverse=True)
        if who.size < 2:
            return None
        if keep.all():
            return self
        when, pi = np.unique(self.period[keep], return_inverse=True)
        what, ji = np.unique(self.item[keep], return_inverse=True)
        return RollCalls(
            tuple(self.members[k] for k in who),
            tuple(self.periods[k] for k in when),
            tuple(self.items[k] for k in what),
            mi.astype(np.int32),
            pi.astype(np.int32),
            ji.astype(np.int32),
            self.vote[keep],
        )


def _indexed(values: Any) -> tuple[NDArray[Any], Ints]:
    """Return the labels in order, and the index of each value among them.

    Categories of a pandas column are taken as they are, which spares a million strings.
    """
    if hasattr(values, "cat"):
        codes, at = np.unique(values.cat.codes.to_numpy(), return_inverse=True)
        labels = np.asarray(values.cat.categories)[codes]
        rank = np.argsort(np.argsort(labels)).astype(np.int32)
        return np.sort(labels), rank[at]
    labels, at = np.unique(np.asarray(values), return_inverse=True)
    return labels, at.astype(np.int32)
