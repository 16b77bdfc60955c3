"""The patient rule induction method: a box of few parameters in which a test passes.

Scenario discovery (Bryant and Lempert 2010) asks where among the draws an outcome lies. The box is
found by PRIM (Friedman and Fisher 1999): peeled, a small share of the draws at a time, from all
draws down; freed of the restrictions that chance would explain; and pasted, made larger again
where that costs no density. Terms are those of the EMA Workbench (Kwakkel 2017): *coverage* is the
share of the draws of interest that the box holds, *density* the share of the draws in the box that
are of interest, *mass* the share of all draws in the box.

References:
    Friedman, J. and Fisher, N. (1999), Bump hunting in high-dimensional data, Statistics and
    Computing 9, https://doi.org/10.1023/A:1008894516817
    Bryant, B. and Lempert, R. (2010), Thinking inside the box, Technological Forecasting and
    Social Change 77, https://doi.org/10.1016/j.techfore.2009.08.002
    Kwakkel, J. (2017), The Exploratory Modeling Workbench, Environmental Modelling and Software
    96, https://doi.org/10.1016/j.envsoft.2017.06.054
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

ALPHA = 0.05  # share of the draws in the box that one peel takes
LEAST_MASS = 0.05
LEAST_DENSITY, LEAST_COVERAGE = 0.8, 0.6
MOST_PARAMETERS = 3
MOST_QP = 0.05
EVENS = 0.5
PRICE = 0.05  # a further parameter has to add as much to the harmonic mean


@dataclass(frozen=True, slots=True)
class Restriction:
    """One parameter held within limits, in its unit; a side that is free is infinite.

    ``qp_low`` and ``qp_high`` are the quasi-p values of the two sides: the chance of so many draws
    of interest in the box if that side made no difference; 0 where the side is free. ``lift`` is
    the density that the restriction adds to the others.
    """

    parameter: str
    low: float
    high: float
    qp_low: float = 0.0
    qp_high: float = 0.0
    lift: float = 0.0

    @property
    def qp(self) -> float:
        """The larger quasi-p value of its sides."""
        return max(self.qp_low, self.qp_high)


@dataclass(frozen=True, slots=True)
class Found:
    """A box: restrictions, those that add most density first, and how well they do."""

    restrictions: tuple[Restriction, ...]
    coverage: float
    density: float
    mass: float

    def holds(self, parameters: Mapping[str, Sequence[float] | Floats]) -> Bools:
        """Say which draws lie in the box, shape (draws,)."""
        size = len(next(iter(parameters.values())))
        inside = np.ones(size, dtype=bool)
        for r in self.restrictions:
            x = np.asarray(parameters[r.parameter], dtype=float)
            inside &= (x >= r.low) & (x <= r.high)
        return inside


@dataclass(frozen=True, slots=True)
class _Limits:
    """A box over P parameters: the lowest and highest value let in, each of shape (P,)."""

    low: Floats
    high: Floats

    def holds(self, x: Floats) -> Bools:
        """Say which draws, shape (draws, parameters), lie within the box: shape (draws,)."""
        return np.asarray(((x >= self.low) & (x <= self.high)).all(axis=1))

    def sides(self) -> list[tuple[int, bool]]:
        """The restricted sides: column, and whether it is the upper one."""
        lower = [(int(k), False) for k in np.flatnonzero(np.isfinite(self.low))]
        return sorted(lower + [(int(k), True) for k in np.flatnonzero(np.isfinite(self.high))])

    def columns(self) -> list[int]:
        return sorted({k for k, _ in self.sides()})

    def moved(self, k: int, upper: bool, to: float) -> _Limits:
        name = "high" if upper else "low"
        side = getattr(self, name).copy()
        side[k] = to
        return replace(self, **{name: side})

    def freed(self, k: int, upper: bool) -> _Limits:
        return self.moved(k, upper, math.inf if upper else -math.inf)


def trajectory(
    parameters: Mapping[str, Sequence[float] | Floats],
    interest: Sequence[bool] | Bools,
    *,
    alpha: float = ALPHA,
    least_mass: float = LEAST_MASS,
) -> tuple[Found, ...]:
    """Return the boxes of the peeling in order, from all draws to the densest, before pasting.

    Args:
        parameters: the drawn values by name, each of shape (draws,). The order of the draws makes
            no difference, nor does any rising transformation of a parameter.
        interest: which draws the box is to hold, shape (draws,).
        alpha: share of the draws in the box that one peel takes.
        least_mass: share of all draws at which peeling ends.

    Example:
        >>> x = [k / 100 for k in range(100)]
        >>> boxes = trajectory({"x": x}, [v >= 0.5 for v in x])
        >>> [round(b.density, 2) for b in boxes[:3]], boxes[-1].density
        ([0.5, 0.53, 0.55], 1.0)
    """
    names, x, y = _arrays(parameters, interest)
    if not y.any():
        return ()
    return tuple(_found(names, b, x, y) for b in _peel(x, y, alpha, least_mass))


def find_box(
    parameters: Mapping[str, Sequence[float] | Floats],
    interest: Sequence[bool] | Bools,
    *,
    alpha: float = ALPHA,
    least_mass: float = LEAST_MASS,
    lead: frozenset[str] | None = None,
) -> Found | None:
    """Return the box that explains where the draws of interest lie, or None.

    It restricts three parameters at most, has a density of at least 0.8 and a coverage of at least
    0.6, and each side that it restricts has a quasi-p value of at most 0.05. Of several the one
    with the highest harmonic mean of coverage and density is taken; a further parameter has to add
    0.05 to it. These thresholds are conventions of ours.

    Args:
        parameters: the drawn values by name, each of shape (draws,).
        interest: which draws the box is to hold, shape (draws,).
        alpha: share of the draws in the box that one peel takes.
        least_mass: share of all draws at which peeling ends.
        lead: parameters of which the box has to restrict one; any, if None.

    Example:
        >>> a, b = np.meshgrid(np.arange(20.0), np.arange(20.0))
        >>> draws = {"a": a.ravel(), "b": b.ravel()}
        >>> box = find_box(draws, (draws["a"] > 8.5) & (draws["b"] < 12.5))
        >>> [(r.parameter, r.low, r.high) for r in box.restrictions]
        [('a', 8.5, inf), ('b', -inf, 12.5)]
        >>> box.coverage, box.density
        (1.0, 1.0)
    """
    names, x, y = _arrays(parameters, interest)
    if y.all() or not y.any():
        return None
    best, best_score = None, -math.inf
    seen: set[bytes] = set()
    for peeled in _peel(x, y, alpha, least_mass):
        if _density(peeled, x, y) < LEAST_DENSITY:
            continue  # what follows can only take restrictions away
        kept = _significant(peeled, x, y)
        key = kept.low.tobytes() + kept.high.tobytes()
        if key in seen:
            continue
        seen.add(key)
        columns = kept.columns()
        if not 1 <= len(columns) <= MOST_PARAMETERS:
            continue
        if lead is not None and not lead & {names[k] for k in columns}:
            continue
        box = _paste(kept, x, y, alpha)
        coverage, density = _measures(box, x, y)
        if density < LEAST_DENSITY or coverage < LEAST_COVERAGE:
            continue
        score = 2 * coverage * density / (coverage + density) - PRICE * len(columns)
        if score > best_score + 1e-12:
            best, best_score = box, score
    return None if best is None else _found(names, _midway(best, x), x, y)


def _arrays(
    parameters: Mapping[str, Sequence[float] | Floats], interest: Sequence[bool] | Bools
) -> tuple[list[str], Floats, Bools]:
    names = sorted(parameters)
    y = np.asarray(interest, dtype=bool)
    columns = [np.asarray(parameters[k], dtype=float) for k in names]
    return names, np.column_stack(columns) if columns else np.empty((len(y), 0)), y


def _peel(x: Floats, y: Bools, alpha: float, least_mass: float) -> Iterator[_Limits]:
    """Yield all draws, then each box that the best peel leaves.

    The best is the one that gains most density for each draw it takes away (the lenient objective
    of Friedman and Fisher, section 14.1), so that taking a whole option of a choice is not favoured
    over taking a few draws of a quantity. Where two are equal, a side that is restricted already
    is taken, or else the lower column.
    """
    free = np.full(x.shape[1], np.inf)
    box = _Limits(-free, free)
    xs, ys = x, y
    yield box
    while xs.shape[1] and 0 < ys.mean() < 1:
        below, above = _ends(xs, alpha)
        keep = np.concatenate([xs >= below, xs <= above], axis=1)  # (draws in box, 2 P)
        left = keep.sum(axis=0)
        allowed = (left < len(ys)) & (left >= max(1.0, least_mass * len(y)))
        if not allowed.any():
            return
        density = (keep & ys[:, None]).sum(axis=0) / np.maximum(left, 1)
        gain = (density - ys.mean()) / np.maximum(len(ys) - left, 1)
        held = np.isfinite(np.concatenate([box.low, box.high]))
        gain = np.where(allowed, np.round(gain, 12), -np.inf)
        best = int(np.argmax(np.where(gain == gain.max(), 1 + held, 0)))
        k, upper = best % x.shape[1], best >= x.shape[1]
        box = box.moved(k, upper, float((above if upper else below)[k]))
        xs, ys = xs[keep[:, best]], ys[keep[:, best]]
        yield box


def _ends(xs: Floats, alpha: float) -> tuple[Floats, Floats]:
    """For each parameter the lowest value kept by a peel from below, the highest from above.

    A peel takes a share ``alpha`` of the draws, one at least, and never parts equal values: where
    more than that share have the lowest value, all of them go.
    """
    n = len(xs)
    order = np.sort(xs, axis=0)
    take = min(max(1, math.floor(alpha * n)), n - 1)
    low, high = order[take], order[n - 1 - take]
    for k in np.flatnonzero(low == order[0]):
        more = order[order[:, k] > order[0, k], k]
        low[k] = more[0] if more.size else np.inf
    for k in np.flatnonzero(high == order[-1]):
        fewer = order[order[:, k] < order[-1, k], k]
        high[k] = fewer[-1] if fewer.size else -np.inf
    return low, high


def _significant(box: _Limits, x: Floats, y: Bools) -> _Limits:
    """Free the side that chance explains best, and again, until none is left that it explains.

    All that are likelier than not to be chance go at once, where others remain.
    """
    while sides := box.sides():
        values = _quasi_p(box, sides, x, y)
        if values.max() <= MOST_QP:
            return box
        chance = values > EVENS
        if chance.all() or not chance.any():
            chance = np.arange(len(sides)) == np.argmax(values)
        for k in np.flatnonzero(chance):
            box = box.freed(*sides[k])
    return box


def _quasi_p(box: _Limits, sides: Sequence[tuple[int, bool]], x: Floats, y: Bools) -> Floats:
    """For each side the chance of as many draws of interest in the box if it made no difference.

    Bryant and Lempert (2010), appendix: binomial, with the density of the box without that side.
    """
    outside = np.column_stack(
        [x[:, k] > box.high[k] if upper else x[:, k] < box.low[k] for k, upper in sides]
    )
    broken = outside.sum(axis=1)
    without = (broken[:, None] - outside) == 0  # (draws, sides)
    density = (without & y[:, None]).sum(axis=0) / without.sum(axis=0)
    inside = broken == 0
    return binomial_tail(int(y[inside].sum()), int(inside.sum()), density)


def binomial_tail(k: int, n: int, p: Floats) -> Floats:
    """Return the chance of ``k`` or more successes in ``n`` trials, for each chance ``p`` of
    one, shape (N,).

    Example:
        >>> binomial_tail(2, 2, np.array([0.5, 1.0]))
        array([0.25, 1.  ])
    """
    i = np.arange(k, n + 1)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    ways = log_factorial[n] - log_factorial[i] - log_factorial[n - i]
    inner = np.clip(p, 1e-300, 1 - 1e-16)[:, None]
    terms = np.exp(ways + i * np.log(inner) + (n - i) * np.log1p(-inner))
    return np.asarray(np.where(p >= 1, 1.0, np.minimum(1.0, terms.sum(axis=1).round(12))))


def _paste(box: _Limits, x: Floats, y: Bools, alpha: float) -> _Limits:
    """Move a side outwards where more draws come in and density does not fall; until none does."""
    while True:
        inside = box.holds(x)
        least, count = y[inside].mean(), int(inside.sum())
        wider = []
        for k, upper in box.sides():
            out = box.freed(k, upper).holds(x) & ~inside
            beyond = np.sort(x[out, k])
            if not beyond.size:
                continue
            for take in {1, min(max(1, math.floor(alpha * count)), len(beyond))}:
                to = beyond[take - 1] if upper else beyond[-take]
                larger = box.moved(k, upper, float(to))
                held = larger.holds(x)
                wider.append((float(y[held].mean()), int(held.sum()), larger))
        better = [w for w in wider if w[0] >= least]
        if not better:
            return box
        box = max(better, key=lambda w: w[:2])[2]


def _midway(box: _Limits, x: Floats) -> _Limits:
    """Put each limit midway between the last value let in and the next that is not."""
    for k, upper in box.sides():
        limit = (box.high if upper else box.low)[k]
        beyond = x[x[:, k] > limit, k] if upper else x[x[:, k] < limit, k]
        if not beyond.size:  # nothing lies outside: no restriction
            box = box.freed(k, upper)
            continue
        inner = x[x[:, k] <= limit, k].max() if upper else x[x[:, k] >= limit, k].min()
        box = box.moved(k, upper, float((inner + (beyond.min() if upper else beyond.max())) / 2))
    return box


def _density(box: _Limits, x: Floats, y: Bools) -> float:
    return float(y[box.holds(x)].mean())


def _measures(box: _Limits, x: Floats, y: Bools) -> tuple[float, float]:
    """Coverage and density."""
    inside = box.holds(x)
    return float(y[inside].sum() / y.sum()), float(y[inside].mean())


def _found(names: Sequence[str], box: _Limits, x: Floats, y: Bools) -> Found:
    inside = box.holds(x)
    sides = box.sides()
    qp = dict(zip(sides, _quasi_p(box, sides, x, y).tolist(), strict=True)) if sides else {}
    lifts = {k: _lift(box, x, y, k) for k in box.columns()}
    rows = [
        Restriction(
            names[k],
            float(box.low[k]),
            float(box.high[k]),
            qp.get((k, False), 0.0),
            qp.get((k, True), 0.0),
            lifts[k],
        )
        for k in sorted(lifts, key=lambda k: (-lifts[k], k))
    ]
    coverage, density = _measures(box, x, y)
    return Found(tuple(rows), coverage, density, float(inside.mean()))


def _lift(box: _Limits, x: Floats, y: Bools, k: int) -> float:
    """How much density the restrictions of one parameter add."""
    without = box.freed(k, upper=False).freed(k, upper=True)
    return round(_density(box, x, y) - _density(without, x, y), 12)
