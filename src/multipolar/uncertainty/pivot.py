"""The pivot: what sorts the draws in which a test passes from those in which it fails.

One parameter cut at one value, where that does it; else a box of a few parameters; else nothing.
It is found on one half of the draws and has to stand on the other, whose figures are reported: what
chance has put together is not printed. It is led by a parameter that data or events can tell;
where the answer turns on others alone, that is said, and no value is named.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.api.contract import Parameter
from multipolar.uncertainty import prim
from multipolar.uncertainty.prim import Bools, Floats

LEAST_ACCURACY = 0.85  # of all draws, and of passing and failing ones averaged
LEAST_GAIN = 0.5  # share of the errors of always giving the commoner answer that are removed
LEAST_LEAD = 0.5  # what the first of a box adds to density, over what any other adds
MOST_BY_CHANCE = 0.01  # that the other half agrees so well by chance
SPLIT = 1999  # fixes which draws are in which half


@dataclass(frozen=True, slots=True)
class Bound:
    """One parameter held within limits, and what readers call it.

    ``low`` and ``high`` are in ``unit``; None where a side is free. ``label``, ``says`` and
    ``identified`` are those of :class:`~multipolar.engines.api.contract.Parameter`; ``options``
    are the values of one that is chosen, not measured, in the order of ``says``.
    """

    parameter: str
    low: float | None
    high: float | None
    unit: str = ""
    label: str = ""
    says: tuple[str, ...] = ()
    options: tuple[float, ...] = ()
    identified: bool = True
    description: str = ""

    def holds(self, values: Sequence[float] | Floats) -> Bools:
        """Say which values, shape (N,), lie within the limits."""
        x = np.asarray(values, dtype=float)
        low = -math.inf if self.low is None else self.low
        return np.asarray((x > low) & (x < (math.inf if self.high is None else self.high)))


@dataclass(frozen=True, slots=True)
class Cut:
    """One parameter cut at one value: the test passes within the bound, and fails outside.

    ``accuracy`` is the share of the ``draws`` held out that it puts on the right side,
    ``balanced`` the mean of that share among those that pass and among those that fail.
    """

    bound: Bound
    accuracy: float
    balanced: float
    draws: int

    @property
    def parameter(self) -> str:
        """The parameter that is cut."""
        return self.bound.parameter

    @property
    def at(self) -> float:
        """The value at which it is cut."""
        at = self.bound.low if self.bound.high is None else self.bound.high
        assert at is not None
        return at

    @property
    def direction(self) -> Literal["above", "below"]:
        """The side on which the test passes."""
        return "above" if self.bound.high is None else "below"


@dataclass(frozen=True, slots=True)
class Box:
    """A few parameters held within limits: there the test passes, or, if not ``passes``, fails.

    ``density`` is the share of the draws in the box that do so, ``coverage`` the share of those
    that do so that lie in the box, ``mass`` the share of all draws in it; all of the ``draws``
    held out. The first bound is of a parameter that is identified.
    """

    bounds: tuple[Bound, ...]
    coverage: float
    density: float
    mass: float
    draws: int
    passes: bool = True


@dataclass(frozen=True, slots=True)
class Assumed:
    """The answer turns on parameters that no data identify: they are named, without values."""

    bounds: tuple[Bound, ...]
    draws: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The answer turns on what is chosen: a source or a measure; it passes for some."""

    of: Literal["source", "measure"]
    passes_for: tuple[str, ...]
    fails_for: tuple[str, ...] = ()


Turning: TypeAlias = Cut | Box | Assumed | Choice
Drawn: TypeAlias = Mapping[str, Floats]


def find_pivot(
    parameters: Mapping[str, Sequence[float] | Floats],
    passes: Sequence[bool] | Bools,
    told: Mapping[str, Parameter] | None = None,
) -> Cut | Box | Assumed | None:
    """Return what sorts the draws that pass from those that fail, or None if nothing simple does.

    A cut of one parameter counts if it sorts at least 85% of the draws, of the passing and failing
    ones averaged too, and removes at least half of the errors that one would make by always giving
    the commoner answer. Else a box (:func:`multipolar.uncertainty.prim.find_box`) counts if its
    density is at least 0.8, its coverage at least 0.6, and it removes half of what the density
    without it lacks. Both have to hold on the half of the draws on which they were not found, and
    better than chance would have it in one case of a hundred; each half is tried. Draws at the
    same point go to the same half. These thresholds are conventions of ours. Limits are the
    roundest numbers that part the same draws.

    Args:
        parameters: the drawn values by name, each of shape (draws,).
        passes: whether the test passed, shape (draws,).
        told: the parameters by the same names, with what readers call them and whether they are
            identified; one that is not never leads, and takes part in a box at most.

    Example:
        >>> a = [0.1 * k for k in range(80)]
        >>> cut = find_pivot({"a": a}, [v > 4 for v in a])
        >>> cut.parameter, cut.at, cut.direction, cut.accuracy
        ('a', 4.1, 'above', 1.0)
    """
    about = told or {}
    y = np.asarray(passes, dtype=bool)
    varying = _varying(parameters)
    halves = _halves(varying, y)
    if halves is None:
        return None
    one, other = (_Half.of(varying, y, points) for points in halves)
    ways = ((one, other), (other, one))  # found on the first, confirmed on the second
    firm = [k for k in varying if k not in about or about[k].identified]
    soft = [k for k in varying if k not in firm]
    sought: list[Callable[[_Half, _Half], Cut | Box | Assumed | None]] = [
        lambda found, held: _cut(firm, found, held, about),
        lambda found, held: _box(found, held, about, frozenset(firm)),
        lambda found, held: _assumed(soft, found, held, about),
    ]
    tried = (seek(found, held) for seek in sought for found, held in ways)
    return next((t for t in tried if t is not None), None)


def _assumed(
    soft: Sequence[str], found: _Half, held: _Half, about: Mapping[str, Parameter]
) -> Assumed | None:
    """The parameters that nothing identifies, if they alone sort the draws."""
    if cut := _cut(soft, found, held, about):
        return Assumed((cut.bound,), cut.draws)
    box = _box(found.only(soft), held.only(soft), about, frozenset(soft)) if soft else None
    return Assumed(box.bounds, box.draws) if box else None


@dataclass(frozen=True, slots=True)
class _Half:
    """Half of the draws: values, whether they pass, and one row for each distinct point."""

    x: Drawn
    y: Bools
    one_each: NDArray[np.intp]

    @classmethod
    def of(cls, x: Drawn, y: Bools, points: NDArray[np.intp]) -> _Half:
        rows = np.flatnonzero(points >= 0)
        first = np.unique(points[rows], return_index=True)[1]
        return cls({k: v[rows] for k, v in x.items()}, y[rows], first)

    def only(self, names: Sequence[str]) -> _Half:
        return _Half({k: self.x[k] for k in names}, self.y, self.one_each)

    def by_chance(self, inside: Bools, outcome: Bools) -> float:
        """The chance that as many of those inside have the outcome (Fisher's exact test)."""
        a, b = inside[self.one_each], outcome[self.one_each]
        return _fisher(int((a & b).sum()), int(a.sum()), int(b.sum()), len(a))


def _varying(parameters: Mapping[str, Sequence[float] | Floats]) -> dict[str, Floats]:
    found = {k: np.asarray(parameters[k], dtype=float) for k in sorted(parameters)}
    return {k: v for k, v in found.items() if v.size and v.min() < v.max()}


def _halves(x: Drawn, y: Bools) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """For each half the number of each draw's point, -1 where the draw is in the other half.

    Points are shuffled, the same way whatever the order of the draws, and dealt out in turn, those
    that pass before those that fail. None where both halves would not hold both kinds.
    """
    if not x or y.all() or not y.any():
        return None
    _, point = np.unique(np.column_stack(list(x.values())), axis=0, return_inverse=True)
    point = point.reshape(-1)
    share = np.bincount(point, weights=y) / np.bincount(point)
    deck = np.random.default_rng(SPLIT).permutation(len(share))
    deck = deck[np.argsort(-share[deck], kind="stable")]
    first = np.zeros(len(share), dtype=bool)
    first[deck[::2]] = True
    mine = first[point]
    if any(y[half].all() or not y[half].any() for half in (mine, ~mine)):
        return None
    return np.where(mine, point, -1), np.where(mine, -1, point)


def _cut(
    names: Sequence[str], found: _Half, held: _Half, about: Mapping[str, Parameter]
) -> Cut | None:
    """The best cut of one parameter on one half, if it stands on the other."""
    cuts = [(k, *best_cut(found.x[k], found.y)) for k in names if np.ptp(found.x[k]) > 0]
    if not cuts:
        return None
    name, at, above, _ = max(cuts, key=lambda c: c[3])
    bound = _bound(name, at if above else None, None if above else at, about)
    if not _sorts(bound.holds(found.x[name]), found.y):
        return None
    inside = bound.holds(held.x[name])
    if not _sorts(inside, held.y) or held.by_chance(inside, held.y) > MOST_BY_CHANCE:
        return None
    return Cut(bound, float((inside == held.y).mean()), _balanced(inside, held.y), len(held.y))


def best_cut(values: Floats, passes: Bools) -> tuple[float, bool, float]:
    """Return the best cut of a parameter that varies: where, whether above passes, how well.

    The best has the highest mean of the shares of passing and of failing draws on the right side.
    Equal values are never parted. Where several cuts are equally good the middle one is given, at
    the roundest number between the two values that it parts.

    Example:
        >>> x = np.array([1.0, 2.0, 3.0, 4.0])
        >>> best_cut(x, x > 2.5)
        (2.5, True, 1.0)
    """
    order = np.argsort(values, kind="stable")
    x, ok = values[order], passes[order]
    edges = np.flatnonzero(np.diff(x) > 0)
    fails_below = np.cumsum(~ok)[edges] / max(1, (~ok).sum())
    passes_below = np.cumsum(ok)[edges] / max(1, ok.sum())
    above = (fails_below + 1 - passes_below) / 2
    score = np.round(np.maximum(above, 1 - above), 12)
    best = np.flatnonzero(score == score.max())
    k = best[(len(best) - 1) // 2]
    at = roundest(float(x[edges[k]]), float(x[edges[k] + 1]))
    return at, bool(above[k] >= 0.5), float(score[k])


def _sorts(inside: Bools, y: Bools) -> bool:
    right = float((inside == y).mean())
    commoner = max(float(y.mean()), 1 - float(y.mean()))
    gain = (right - commoner) / (1 - commoner)
    return min(right, _balanced(inside, y)) >= LEAST_ACCURACY and gain >= LEAST_GAIN


def _balanced(inside: Bools, y: Bools) -> float:
    return float((inside[y].mean() + 1 - inside[~y].mean()) / 2)


def _box(
    found: _Half, held: _Half, about: Mapping[str, Parameter], lead: frozenset[str]
) -> Box | None:
    """The better of the boxes in which the test passes and in which it fails."""
    if not lead:
        return None
    boxes = [
        b for passes in (True, False) if (b := _box_of(found, held, about, lead, passes=passes))
    ]
    return max(boxes, key=lambda b: b.coverage * b.density, default=None)


def _box_of(
    found: _Half,
    held: _Half,
    about: Mapping[str, Parameter],
    lead: frozenset[str],
    *,
    passes: bool,
) -> Box | None:
    wanted, held_wanted = found.y == passes, held.y == passes
    box = prim.find_box(found.x, wanted, lead=lead)
    if box is None:
        return None
    rows = sorted(box.restrictions, key=lambda r: r.parameter not in lead)  # stable: by lift
    if rows[0].lift < LEAST_LEAD * max(r.lift for r in rows):
        return None
    bounds = tuple(_rounded(r, found.x[r.parameter], about) for r in rows)
    inside = np.all([b.holds(held.x[b.parameter]) for b in bounds], axis=0)
    if not inside.any():
        return None
    density, coverage = float(held_wanted[inside].mean()), float(inside[held_wanted].mean())
    usual = float(held_wanted.mean())
    dense = density >= max(prim.LEAST_DENSITY, usual + LEAST_GAIN * (1 - usual))
    if not dense or coverage < prim.LEAST_COVERAGE:
        return None
    if held.by_chance(inside, held_wanted) > MOST_BY_CHANCE:
        return None
    return Box(bounds, coverage, density, float(inside.mean()), len(held.y), passes)


def _rounded(r: prim.Restriction, x: Floats, about: Mapping[str, Parameter]) -> Bound:
    """The limits at the roundest numbers that part the same draws."""
    low = high = None
    if math.isfinite(r.low):
        low = roundest(float(x[x < r.low].max()), float(x[x > r.low].min()))
    if math.isfinite(r.high):
        high = roundest(float(x[x < r.high].max()), float(x[x > r.high].min()))
    return _bound(r.parameter, low, high, about)


def _bound(
    name: str, low: float | None, high: float | None, about: Mapping[str, Parameter]
) -> Bound:
    p = about.get(name)
    if p is None:
        return Bound(name, low, high)
    return Bound(name, low, high, p.unit, p.label, p.says, p.options, p.identified, p.description)


def roundest(low: float, high: float) -> float:
    """Return the number with the fewest digits that lies between two, neither included.

    Example:
        >>> roundest(0.5931, 0.6012), roundest(2031.2, 2031.8), roundest(-3.0, 8.0)
        (0.6, 2031.5, 0.0)
    """
    middle = (low + high) / 2
    if low < 0 < high:
        return 0.0
    top = math.floor(math.log10(max(abs(low), abs(high)))) + 1
    for power in range(top, top - 16, -1):
        for part in (1, 2, 5):  # 10, 5, 2, and then 1 of the next power
            step = 10.0**power / part
            at = round(middle / step) * step
            near = float(f"{at:.14g}")
            if low < near < high:
                return near
    return middle


def _fisher(k: int, inside: int, wanted: int, n: int) -> float:
    """The chance of ``k`` or more of those wanted among those inside, if drawn blindly."""

    def log_ways(a: int, b: int) -> float:
        return math.lgamma(a + 1) - math.lgamma(b + 1) - math.lgamma(a - b + 1)

    total = log_ways(n, inside)
    return math.fsum(
        math.exp(log_ways(wanted, i) + log_ways(n - wanted, inside - i) - total)
        for i in range(k, min(inside, wanted) + 1)
        if inside - i <= n - wanted
    )
