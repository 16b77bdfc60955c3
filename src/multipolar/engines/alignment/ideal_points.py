"""Dynamic ordinal ideal points: where each member of a legislature stands in each period.

The model is Bailey, Strezhnev and Voeten's (2017), https://doi.org/10.1177/0022002715595700; see
:mod:`~multipolar.engines.alignment.kernel` for its equation. Theirs is a Markov chain of some
24,000 sweeps. Here the same posterior is approached by variational expectation maximisation:
positions and items are Gaussian, and a pass over each member's random walk joins its periods.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.alignment import kernel
from multipolar.engines.alignment.ballots import Ints, RollCalls
from multipolar.engines.alignment.scales import scales
from multipolar.errors import DataError, NotConverged
from multipolar.numerics.arrays import Floats

Prior: TypeAlias = Literal["one-sided", "two-sided"]
Ridge: TypeAlias = Literal["information", "uniform"]

VARIANCE = 0.5  # of a step of the random walk, times n_t / (n_t + n_{t-1})
FIRST_ROUNDS = 4  # iterations that take more than one Newton step an item
SCALE_PASSES = 6
SCALE_ERROR = 1e-8
DENSE = 2000  # members up to which their products are laid out in full
PIECES = 4  # stretches a thread, so that none waits long for the last
ANCHORS = dict.fromkeys(("USA", "CAN", "GBR", "ISR"), 3.0) | dict.fromkeys(("RUS", "DDR"), -2.0)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the posterior is taken, and which features of the published sampler are kept.

    Attributes:
        prior: ``one-sided`` as the published sampler draws, each period given the one before it;
            ``two-sided`` as the random walk itself implies, by Kalman's filter and smoother.
        clip: bound of the latent votes; the published sampler cuts them at 9. None for no bound.
        ridge: how the unit variance of positions is imposed. The published sampler standardises in
            each sweep, which pulls on a position in proportion to what is known of it:
            ``information``. ``uniform`` is the plain constraint.
        anchors: starting positions by member, which set the direction; if none is a member, two
            members that disagree most.
        tolerance: largest change of a position at which iteration stops.
        most: iterations after which it has not converged.
        least: iterations made in any case, to see whether an answer stays where it stopped.
    """

    prior: Prior = "one-sided"
    clip: float | None = 9.0
    ridge: Ridge = "information"
    anchors: Mapping[str, float] = field(default_factory=lambda: dict(ANCHORS))
    tolerance: float = 1e-3
    most: int = 500
    least: int = 1

    @classmethod
    def published(cls) -> Settings:
        """Return the published sampler's features: one-sided prior, clip, weighted ridge."""
        return cls()

    @classmethod
    def smoothed(cls) -> Settings:
        """Return the model without the sampler's features: both neighbours in time, no clip."""
        return cls(prior="two-sided", clip=None)


@dataclass(frozen=True, slots=True)
class IdealPoints:
    """Positions of members by period, and what the items divide them on.

    Positions have mean nought and, with their uncertainty, variance one over all units of a scale.

    Attributes:
        members, periods, items: labels; an item that is on two scales comes twice.
        member, period: index of each unit, shape (units,); a unit is a member in a period.
        scale: scale of each unit, from 0, shape (units,); numbers on two scales say nothing of
            each other. The first is that which anchors of both sides vote on, else the one with
            the most ballots.
        position, se: posterior mean and standard deviation, shape (units,).
        ballots: contested votes behind each unit, shape (units,).
        beta, g1, g2: discrimination and cut points, shape (items,).
        pull: the multiplier that holds the first scale.
        iterations: passes made, most of any scale.
        change: largest change of a position in the last pass.
    """

    members: tuple[str, ...]
    periods: tuple[int, ...]
    items: tuple[int, ...]
    member: Ints
    period: Ints
    scale: Ints
    position: Floats
    se: Floats
    ballots: NDArray[np.int64]
    beta: Floats
    g1: Floats
    g2: Floats
    pull: float
    iterations: int
    change: float

    def table(self, values: Floats | None = None) -> Floats:
        """Lay positions, or another value, shape (units,), out by member and period; else NaN.

        Returns:
            Shape (members, periods).
        """
        found = np.full((len(self.members), len(self.periods)), np.nan)
        found[self.member, self.period] = self.position if values is None else values
        return found


@dataclass(slots=True)
class _State:
    """What iteration changes.

    Attributes:
        m, s2: mean and variance of each unit's position, shape (units,), sd and its square.
        beta, g1, g2: discrimination and cut points of each item, shape (items,).
        C: covariances of the three, as the kernel stores them, shape (items, 6).
        kappa: the multiplier that holds the scale.
    """

    m: Floats
    s2: Floats
    beta: Floats
    g1: Floats
    g2: Floats
    C: Floats
    kappa: float = 2.0


@dataclass(frozen=True, slots=True)
class _Layout:
    """Ballots in both orders, the chains of units, and stretches of items and units for threads.

    Attributes:
        by_item, by_unit: where the ballots of each begin, and their end; shape (items + 1,) and
            (units + 1,).
        item_unit: unit of each ballot, sorted by item, shape (ballots,).
        unit_item, unit_vote: item and vote of each ballot, sorted by unit, shape (ballots,).
        member, period: index of each unit, shape (units,).
        ballots: of each unit, shape (units,).
        chain: where each member's units begin, and their end, shape (members + 1,).
        v: prior variance of each unit's step, shape (units,).
    """

    calls: RollCalls
    by_item: NDArray[np.int64]
    item_unit: Ints
    by_unit: NDArray[np.int64]
    unit_item: Ints
    unit_vote: NDArray[np.int8]
    member: Ints
    period: Ints
    ballots: NDArray[np.int64]
    chain: NDArray[np.int64]
    v: Floats
    item_cuts: tuple[list[int], list[int]]
    unit_cuts: tuple[list[int], list[int]]


def estimate(
    calls: RollCalls,
    settings: Settings | None = None,
    *,
    watch: Callable[[int, float], None] | None = None,
) -> IdealPoints:
    """Estimate where each member stands in each period.

    Periods that nothing ties to each other are estimated apart, each on a scale of its own
    (:mod:`~multipolar.engines.alignment.scales`).

    Args:
        calls: the ballots.
        settings: features of the estimator; those of the published sampler if left out.
        watch: called after each iteration with its number and the largest change.

    Returns:
        Positions with standard errors.

    Raises:
        DataError: no two members are divided by a vote, so that there is no scale.
        NotConverged: the largest change is above the tolerance after ``settings.most`` iterations.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> truth = np.linspace(-2, 2, 20)
        >>> who, what = np.meshgrid(np.arange(20), np.arange(60), indexing="ij")
        >>> z = rng.normal(0, 1.5, 60)[what] * truth[who] + rng.normal(size=who.shape)
        >>> vote = np.where(z < -0.3, 0, np.where(z < 0.3, 1, 2)).ravel()
        >>> calls = RollCalls.build(who.ravel(), 0 * who.ravel(), what.ravel(), vote)
        >>> found = estimate(calls, Settings.smoothed())
        >>> bool(abs(np.corrcoef(found.table()[:, 0], truth)[0, 1]) > 0.95)
        True
    """
    settings = settings or Settings()
    parts = _parts(calls, settings.anchors)
    return _joined(calls, parts, [_estimate(p, settings, watch) for p in parts])


def _parts(calls: RollCalls, anchors: Mapping[str, float]) -> list[RollCalls]:
    """Return the ballots of each scale, the scale that holds the anchors first, then by size."""
    scale = scales(calls.member, calls.period, calls.item)
    parts = [p for k in range(int(scale.max(initial=-1)) + 1) if (p := calls.part(scale == k))]
    if not parts:
        raise DataError(
            "no roll call divides two members that share a scale",
            hint="give at least one vote on which two members differ",
        )

    def rank(part: RollCalls) -> tuple[bool, int]:
        return not _both_sides(part, anchors), -part.vote.size

    return sorted(parts, key=rank)


def _both_sides(calls: RollCalls, anchors: Mapping[str, float]) -> bool:
    here = set(calls.members)
    return len({np.sign(a) for name, a in anchors.items() if name in here}) > 1


def _joined(
    calls: RollCalls, parts: Sequence[RollCalls], found: Sequence[IdealPoints]
) -> IdealPoints:
    """Lay the estimates of several scales out as one, units by member and period."""
    if len(found) == 1 and parts[0] is calls:
        return found[0]
    who = {name: k for k, name in enumerate(calls.members)}
    when = {name: k for k, name in enumerate(calls.periods)}
    member = np.concatenate([np.array([who[n] for n in f.members])[f.member] for f in found])
    period = np.concatenate([np.array([when[n] for n in f.periods])[f.period] for f in found])
    scale = np.repeat(np.arange(len(found)), [f.position.size for f in found])
    order = np.lexsort((period, member))
    units = {
        name: np.concatenate([getattr(f, name) for f in found])[order]
        for name in ("position", "se", "ballots")
    }
    items = {
        name: np.concatenate([getattr(f, name) for f in found]) for name in ("beta", "g1", "g2")
    }
    return IdealPoints(
        calls.members,
        calls.periods,
        tuple(j for f in found for j in f.items),
        member[order].astype(np.int32),
        period[order].astype(np.int32),
        scale[order].astype(np.int32),
        **units,
        **items,
        pull=found[0].pull,
        iterations=max(f.iterations for f in found),
        change=max(f.change for f in found),
    )


def _estimate(
    calls: RollCalls, settings: Settings, watch: Callable[[int, float], None] | None
) -> IdealPoints:
    """Estimate positions on one scale."""
    layout = _layout(calls)
    state = _start(layout, settings)
    change = np.inf
    done = 0
    with ThreadPoolExecutor(_threads()) as crew:
        for done in range(1, settings.most + 1):
            rounds = 3 if done <= FIRST_ROUNDS else 1
            change = _iterate(layout, state, settings, rounds, crew)
            if watch is not None:
                watch(done, change)
            if change < settings.tolerance and done >= settings.least:
                break
    if not change < settings.tolerance:  # nor where it is no number
        raise NotConverged(
            f"ideal points still move by {change:.2g} after {done} iterations",
            hint="raise `most`, or look for members that almost never vote",
        )
    return IdealPoints(
        calls.members,
        calls.periods,
        calls.items,
        layout.member,
        layout.period,
        np.zeros_like(layout.member),
        state.m,
        np.sqrt(state.s2),
        layout.ballots,
        state.beta,
        state.g1,
        state.g2,
        state.kappa,
        done,
        change,
    )


def _layout(calls: RollCalls) -> _Layout:
    T = len(calls.periods)
    keys = calls.member.astype(np.int64) * T + calls.period
    units, unit = np.unique(keys, return_inverse=True)
    member, period = (units // T).astype(np.int32), (units % T).astype(np.int32)
    order = np.argsort(unit, kind="stable")
    ballots = np.bincount(unit, minlength=units.size)
    chain = kernel.offsets(member, len(calls.members))
    # a member's first period leans on its second, and takes its count for the one before
    opens = np.diff(member, prepend=-1) != 0
    before = np.where(opens, np.roll(ballots, -1), np.roll(ballots, 1))
    alone = np.diff(chain)[member] == 1
    by_item = kernel.offsets(calls.item, len(calls.items))
    by_unit = kernel.offsets(unit[order], units.size)
    return _Layout(
        calls=calls,
        by_item=by_item,
        item_unit=unit.astype(np.int32),
        by_unit=by_unit,
        unit_item=calls.item[order],
        unit_vote=calls.vote[order],
        member=member,
        period=period,
        ballots=ballots,
        chain=chain,
        v=np.where(alone, VARIANCE, VARIANCE * ballots / (ballots + before)),
        item_cuts=_stretches(by_item),
        unit_cuts=_stretches(by_unit),
    )


def _iterate(
    layout: _Layout, s: _State, settings: Settings, rounds: int, crew: ThreadPoolExecutor
) -> float:
    """Make one pass over items and units; return the largest change of a position."""
    clip = np.inf if settings.clip is None else float(settings.clip)
    first, votes = layout.by_item, layout.calls.vote

    def items(a: int, b: int) -> None:
        beta, g1, g2, C = (x[a:b] for x in (s.beta, s.g1, s.g2, s.C))
        kernel.item_step(
            first[a : b + 1], layout.item_unit, votes, s.m, s.s2, beta, g1, g2, C, clip, rounds
        )

    G, H, B = (np.empty_like(s.m) for _ in range(3))
    item = (s.beta, s.g1, s.g2, s.C)

    def units(a: int, b: int) -> None:
        ballots = (layout.by_unit[a : b + 1], layout.unit_item, layout.unit_vote)
        m, s2, score, known, full = (x[a:b] for x in (s.m, s.s2, G, H, B))
        kernel.unit_step(*ballots, m, s2, *item, clip, score, known, full)

    list(crew.map(items, *layout.item_cuts))
    list(crew.map(units, *layout.unit_cuts))
    old = s.m.copy()
    _scaled_pass(layout, s, settings, G, H, B)
    return float(np.max(np.abs(s.m - old)))


def _threads() -> int:
    """Return how many threads to use: the cores this process may."""
    count = getattr(os, "sched_getaffinity", None)
    return len(count(0)) if count else os.cpu_count() or 1


def _stretches(first: NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Cut items or units into stretches of about as many ballots; return starts and ends."""
    pieces = min(PIECES * _threads(), first.size - 1)
    cuts = np.searchsorted(first, np.linspace(0, first[-1], pieces + 1)[1:-1])
    edges = np.unique([0, *cuts.tolist(), first.size - 1]).tolist()
    return edges[:-1], edges[1:]


def _scaled_pass(
    layout: _Layout, state: _State, settings: Settings, G: Floats, H: Floats, B: Floats
) -> None:
    """Pass over the chains with the pull that gives positions unit variance, then set it exactly.

    The pull is found by the secant method, since variance falls smoothly in it.
    """
    weight = B + 1.0 / layout.v
    weight = weight / weight.mean() if settings.ridge == "information" else np.ones_like(weight)
    walk = kernel.forward_pass if settings.prior == "one-sided" else kernel.smoothing_pass
    new, new2 = np.empty_like(state.m), np.empty_like(state.m)

    def excess(kappa: float) -> float:
        walk(layout.chain, layout.v, G, H, state.m, state.s2, kappa * weight, new, new2)
        return float(new.var() + new2.mean() - 1.0)

    one, two = state.kappa, 1.05 * state.kappa + 0.01
    f1 = excess(one)
    for _ in range(SCALE_PASSES):
        if abs(f1) < SCALE_ERROR:
            break
        f2 = excess(two)
        slope = (f2 - f1) / (two - one) if two != one else 0.0
        one, f1 = two, f2
        if slope >= 0.0 or abs(f2) < SCALE_ERROR:
            break
        two = min(max(two - f2 / slope, 0.0), 100.0)
    state.kappa = one
    mean = float(new.mean())
    sd = float(np.sqrt(new.var() + new2.mean()))
    state.m, state.s2 = (new - mean) / sd, new2 / sd**2
    state.g1 -= state.beta * mean
    state.g2 -= state.beta * mean
    state.beta *= sd
    _move_covariance(state.C, mean, sd)


def _move_covariance(C: Floats, mean: float, sd: float) -> None:
    """Follow beta' = beta sd and g' = g - beta mean, in place."""
    b, c1, c2 = C[:, 0].copy(), C[:, 3].copy(), C[:, 4].copy()
    C[:, 1] += mean**2 * b - 2 * mean * c1
    C[:, 2] += mean**2 * b - 2 * mean * c2
    C[:, 5] += mean**2 * b - mean * (c1 + c2)
    C[:, 3] = sd * (c1 - mean * b)
    C[:, 4] = sd * (c2 - mean * b)
    C[:, 0] *= sd**2


def _start(layout: _Layout, settings: Settings) -> _State:
    """Start from the anchors: items lean the way the anchored members voted on them."""
    calls = layout.calls
    index = {name: k for k, name in enumerate(calls.members)}
    anchors = {index[k]: a for k, a in settings.anchors.items() if k in index}
    beta = _leaning(calls, anchors)
    if not _both_sides(calls, settings.anchors) or not beta.any():
        # none to start from, or they voted alike and tell no item from another
        anchors = _farthest(calls)
        beta = _leaning(calls, anchors)
    place = np.zeros(len(calls.members))
    place[list(anchors)] = list(anchors.values())
    m = place[layout.member]
    J = len(calls.items)
    counts = np.stack([np.bincount(calls.item, calls.vote == v, J) for v in range(3)])
    share = np.cumsum(counts + 0.5, axis=0)[:2] / (counts.sum(axis=0) + 1.5)
    g1, g2 = _probit(share[0]), _probit(share[1])
    return _State(
        m,
        np.full(m.size, 0.1),
        np.clip(beta, -1.0, 1.0),
        g1,
        np.maximum(g2, g1 + 0.05),
        np.zeros((J, 6)),
    )


def _leaning(calls: RollCalls, anchors: Mapping[int, float]) -> Floats:
    """Return how far the anchored members' votes on each item go with the side they are on."""
    sign = np.zeros(len(calls.members))
    sign[list(anchors)] = np.sign(list(anchors.values()))
    side = (calls.vote.astype(float) - 1.0) * sign[calls.member]
    J = len(calls.items)
    anchored = np.bincount(calls.item, np.abs(sign[calls.member]), J)
    return np.asarray(np.bincount(calls.item, side, J) / np.maximum(anchored, 1.0))


def _probit(p: Floats) -> Floats:
    from scipy.special import ndtri

    return np.asarray(ndtri(np.clip(p, 0.01, 0.99)), dtype=float)


def _farthest(calls: RollCalls) -> dict[int, float]:
    """Return two members at the ends of the main line of division, the direction by their order."""
    line = _main_line(calls)
    low, high = sorted((int(np.argmin(line)), int(np.argmax(line))))
    return {low: -2.0, high: 2.0}


def _main_line(calls: RollCalls) -> Floats:
    """Return the first principal component of votes, centred by item, over all periods.

    Members' places on it sum to nought as the votes on each item do, so that a start of equal
    entries would lie where the search for it cannot leave from.
    """
    from scipy.linalg import eigh
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import svds

    n, J = len(calls.members), len(calls.items)
    value = calls.vote.astype(float) - 1.0
    mean = np.bincount(calls.item, value, J) / np.bincount(calls.item, minlength=J)
    votes = csr_array((value - mean[calls.item], (calls.member, calls.item)), shape=(n, J))
    if n <= DENSE:
        products = (votes @ votes.T).toarray()
        return np.asarray(eigh(products, subset_by_index=[n - 1, n - 1])[1][:, 0])
    start = np.random.default_rng(0).standard_normal(min(n, J))  # fixed: the same digits each time
    return np.asarray(svds(votes, k=1, v0=start, return_singular_vectors="u")[0][:, 0])
