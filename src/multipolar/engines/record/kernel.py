"""Arrays only: bilateral flows added up by slots, and how far states agree in their votes.

Codes are positions in a fixed list of countries. A block holds the rows of one commodity and
year; :func:`totals` adds them up by exporter slot and importer slot. Nothing here is labelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from multipolar.numerics.arrays import Floats

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Words: TypeAlias = NDArray[np.str_]


class Sum(IntEnum):
    """What :func:`totals` adds up, in the order of its first axis."""

    VALUE = 0  # USD
    QUANTITY = 1  # t
    PRICED = 2  # USD of the flows that have a quantity
    FLOWS = 3  # number of flows on record
    MISSING = 4  # number of flows known to exist and not on record
    IMPUTED = 5  # number whose quantity was computed from the value
    DOUBTFUL = 6  # number known to be wrong
    UNQUANTIFIED = 7  # number without a quantity


@dataclass(frozen=True, slots=True)
class Block:
    """The flows of one commodity in one year.

    Attributes:
        exporter, importer: positions of countries, shape (rows,).
        columns: what each row adds, shape (len(Sum), rows), in the units of :class:`Sum`.
        gaps_out, gaps_in: exporters and importers of whom a flow is known to be missing, shape
            (countries,).
    """

    exporter: Ints
    importer: Ints
    columns: Floats
    gaps_out: Bools
    gaps_in: Bools


def block(
    exporter: Ints, importer: Ints, value: Floats, quantity: Floats, quality: Words, n: int
) -> Block:
    """Arrange rows as a block over ``n`` countries.

    Args:
        exporter, importer: positions of countries, shape (rows,).
        value: USD, ``quantity`` t, NaN where there is none, shape (rows,).
        quality: what the table says of a row, shape (rows,).
        n: number of countries.
    """
    missing = quality == "missing_partner"
    known = ~missing
    has_quantity = np.isfinite(quantity)
    filled = np.where(known, np.nan_to_num(value), 0.0)
    columns = np.stack(
        [
            filled,
            np.nan_to_num(quantity),
            np.where(has_quantity, filled, 0.0),
            known,
            missing,
            (quality == "imputed") & known,
            quality == "doubtful",
            known & ~has_quantity,
        ]
    ).astype(float)
    gaps_out, gaps_in = np.zeros(n, bool), np.zeros(n, bool)
    gaps_out[exporter[missing]] = True
    gaps_in[importer[missing]] = True
    return Block(exporter, importer, columns, gaps_out, gaps_in)


def totals(rows: Block, out_slot: Ints, in_slot: Ints, shape: tuple[int, int]) -> Floats:
    """Add a block up by slots; a country of slot -1 is left out.

    Args:
        rows: the flows.
        out_slot: slot of each country as exporter, shape (countries,).
        in_slot: slot of each country as importer, shape (countries,).
        shape: number of exporter and of importer slots.

    Returns:
        Sums of shape (len(Sum), exporter slots, importer slots).

    Example:
        >>> one = np.array([0, 0]), np.array([1, 2]), np.array([5.0, 7.0]), np.array([1.0, np.nan])
        >>> rows = block(*one, np.array(["ok", "no_quantity"]), 3)
        >>> added = totals(rows, np.zeros(3, int), np.zeros(3, int), (1, 1))
        >>> float(added[Sum.VALUE, 0, 0]), float(added[Sum.UNQUANTIFIED, 0, 0])
        (12.0, 1.0)
    """
    e, i = out_slot[rows.exporter], in_slot[rows.importer]
    keep = (e >= 0) & (i >= 0)
    at = e[keep] * shape[1] + i[keep]
    size = shape[0] * shape[1]
    sums = [np.bincount(at, weights=c, minlength=size) for c in rows.columns[:, keep]]
    return np.asarray(np.stack(sums), dtype=float).reshape(len(Sum), *shape)


def unsure(rows: Block, out_slot: Ints, in_slot: Ints, shape: tuple[int, int]) -> Bools:
    """Mark slots with an exporter, or with an importer, whose list of partners has a gap.

    An absent flow between two such slots may be unrecorded rather than zero. Arguments are those of
    :func:`totals`; the marks have shape (exporter slots, importer slots).
    """
    e, i = np.zeros(shape[0], bool), np.zeros(shape[1], bool)
    e[out_slot[rows.gaps_out & (out_slot >= 0)]] = True
    i[in_slot[rows.gaps_in & (in_slot >= 0)]] = True
    return np.asarray(e[:, None] | i[None, :])


def agreement(positions: Floats) -> tuple[Floats, Floats]:
    """Return the summed agreement of each pair of states, and in how many votes both took part.

    Args:
        positions: 1 for yes, 0.5 for abstain, 0 for no, NaN for no part; shape (votes, states).

    Returns:
        Two arrays of shape (states, states). The same vote counts 1, abstaining against yes or no
        a half, yes against no nothing.

    Example:
        >>> score, both = agreement(np.array([[1.0, 0.5], [0.0, np.nan]]))
        >>> float(score[0, 1]), float(both[0, 1])
        (0.5, 1.0)
    """
    took_part = np.isfinite(positions).astype(float)
    both = took_part.T @ took_part
    gap = np.abs(positions[:, :, None] - positions[:, None, :])
    return np.nansum(np.where(np.isfinite(gap), 1.0 - gap, np.nan), axis=0), both
