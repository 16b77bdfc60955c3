"""Caliendo and Parro's model in exact changes: arrays in, arrays out.

Letters: j sector, k input, o origin, d destination; J sectors, N countries. A hat is new over old.

    unit cost   c^[j,d]  = w^[d]^labour[j,d] * prod_k P^[k,d]^inputs[d,k,j]
    price       P^[j,d]  = (sum_o share[j,o,d] * (cost^[j,o,d] c^[j,o])^-theta[j])^(-1/theta[j])
    share       pi[j,o,d] = share[j,o,d] * (cost^[j,o,d] c^[j,o] / P^[j,d])^-theta[j]
    spending    X[k,d]   = sum_j inputs[d,k,j] Y[j,d] + final[k,d] I[d]
    output      Y[j,o]   = sum_d pi[j,o,d] X[j,d] / (1 + tariff[j,o,d])
    income      I[d]     = w^[d] value_added[d] + tariff revenue[d] + deficit[d]
    labour      w^[d] value_added[d] = sum_j labour[j,d] Y[j,d]

The numeraire is world value added. Source: Caliendo & Parro (2015), Review of Economic Studies
82:1-44, equations 4 to 9 and 11.

Wages, prices and output are one joint fixed point, solved by Anderson acceleration. Most sweeps
work on differences from a state that was evaluated in double precision, and so can be in single.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from multipolar.numerics.anderson import Anderson
from multipolar.numerics.arrays import Floats

Rule: TypeAlias = Literal["fixed", "share", "balanced"]

TRUST = 3e-6  # how far violations may fall before the equations are evaluated anew in double
RUNAWAY = 1e4  # growth of the violations that counts as running away
# precision of each attempt, its largest share of the sweeps, and how far wages are slowed
ATTEMPTS = (
    (np.float32, 0.1, 1.0),
    (np.float64, 0.3, 1.0),
    (np.float64, 0.3, 0.3),
    (np.float64, 1.0, 0.1),
)
NOT_SETTLED = (
    "it did not settle: there may be no equilibrium, or a country is left with so little trade "
    "that its wage is hardly determined (an embargo ends such trade exactly)"
)
CLOSE = 1e-3  # violation from which the next attempt goes on instead of starting anew
FLOOR = 1e-2  # of a country's mean output: smaller cells are measured against this
BALANCED = 1e-9  # of world value added: a net balance that counts as none


@dataclass(frozen=True, slots=True)
class Economy:
    """A year's world economy.

    Attributes:
        share: of d's spending on j, what is bought from o; shape (J, N, N), sums to 1 over o
            wherever d spends anything on j.
        inputs: spending on input k per unit of output of j; shape (N, J, J), as [d, k, j].
        labour: value added per unit of output; shape (J, N). With ``inputs`` it sums to 1.
        final: shares of final spending; shape (J, N), sums to 1 over j.
        output: value of output at producers' prices; shape (J, N), money.
        value_added: shape (N,), money.
        deficit: final spending less value added and tariff revenue; shape (N,), money.
        tariff: ad valorem rates; shape (J, N, N), or None where there are none.
    """

    share: Floats
    inputs: Floats
    labour: Floats
    final: Floats
    output: Floats
    value_added: Floats
    deficit: Floats
    tariff: Floats | None = None


@dataclass(frozen=True, slots=True)
class Shock:
    """What changes, cell by cell of (J, N, N) flattened; cells not named stay as they are.

    Attributes:
        cells: flat indices, shape (cells,).
        log_cost: log of the change in the cost of trade, tariffs included; infinite where trade
            ends; shape (cells,).
        kept: share of the varieties that can still be had, before any change of cost; shape
            (cells,).
        tariff: the new rates, shape (J, N, N); None where there are none.
        rule: ``fixed``: each deficit stays what it is in units of world value added; ``share``:
            it stays its share of world income; ``balanced``: there are none.
    """

    cells: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    log_cost: Floats = field(default_factory=lambda: np.zeros(0))
    kept: Floats = field(default_factory=lambda: np.zeros(0))
    tariff: Floats | None = None
    rule: Rule = "fixed"


@dataclass(frozen=True, slots=True)
class Solution:
    """The new equilibrium, and how well it is one.

    Attributes:
        wage: change in wages, shape (N,); 1 is none.
        price: change in prices, shape (J, N).
        cost: change in unit costs, shape (J, N).
        weight, power, total: ``share`` is ``weight * power[:, :, None] / total[:, None, :]``;
            shapes (J, N, N), (J, N) and (J, N).
        sent: ``weight`` net of tariffs, shape (J, N, N).
        spending, output: shape (J, N), money.
        income, revenue, deficit: final spending, tariff revenue and deficit, shape (N,), money.
        residual: largest violation of an equation, relative.
        sweeps: evaluations of the whole system.
        converged: whether ``residual`` is below the tolerance; if not, the arrays are empty.
        message: why it did not converge.
        culprits: the (sector, country) for which there can be no equilibrium, by position.
    """

    wage: Floats
    price: Floats
    cost: Floats
    weight: Floats
    sent: Floats
    power: Floats
    total: Floats
    spending: Floats
    output: Floats
    income: Floats
    revenue: Floats
    deficit: Floats
    residual: float
    sweeps: int
    converged: bool = True
    message: str = ""
    culprits: tuple[tuple[int | None, int], ...] = ()

    @property
    def share(self) -> Floats:
        """Trade shares, shape (J, N, N)."""
        return np.asarray(self.weight * self.power[:, :, None] / self.total[:, None, :])

    @property
    def flows(self) -> Floats:
        """Trade net of tariffs, shape (J, N, N), money; over destinations it sums to output."""
        asked = self.spending / self.total
        return np.asarray(self.sent * self.power[:, :, None] * asked[:, None, :])


def solve(
    economy: Economy,
    theta: Floats,
    shock: Shock,
    *,
    tolerance: float = 1e-10,
    max_sweeps: int = 2000,
) -> Solution:
    """Return the equilibrium after a shock.

    Args:
        economy: the world before.
        theta: trade elasticity by sector, shape (J,), positive.
        shock: what changes.
        tolerance: largest relative violation of an equation that is accepted.
        max_sweeps: evaluations of the system before giving up.

    Returns:
        A solution; one with ``converged`` false holds a message and no numbers.

    Example:
        >>> half = np.full((1, 2, 2), 0.5)
        >>> pair = Economy(half, np.zeros((2, 1, 1)), np.ones((1, 2)), np.ones((1, 2)),
        ...                np.ones((1, 2)), np.ones(2), np.zeros(2))
        >>> apart = Shock(np.array([1, 2]), np.array([np.inf, np.inf]), np.ones(2))
        >>> solution = solve(pair, np.array([4.0]), apart)
        >>> (solution.income / solution.price[0]).round(4).tolist()  # 0.5 ** (1 / 4)
        [0.8409, 0.8409]
    """
    weight = weights(economy, theta, shock)
    fault, culprits = _impossible(economy, weight, shock.rule)
    if fault:
        return _unsolved(fault, np.inf, 0, culprits)
    unmoved = np.zeros(len(economy.value_added) + economy.labour.size)  # log wage and log price
    start = np.concatenate([unmoved, (economy.output / _scale(economy)).ravel()])
    brake = _brake(economy, theta)
    sweeps, residual, state = 0, np.inf, start
    # overflow is caught by what it leaves behind
    with np.errstate(all="ignore"):
        for precision, part, slower in ATTEMPTS:
            most = min(math.ceil(part * max_sweeps), max_sweeps - sweeps)
            system = _System(economy, theta, weight, shock, brake * slower, precision)
            near = state if residual < CLOSE else start
            state, residual, used = _iterate(system, near, tolerance, most)
            sweeps += used
            if residual < tolerance:
                return system.solution(residual, sweeps)
    return _unsolved(NOT_SETTLED, residual, sweeps)


def weights(economy: Economy, theta: Floats, shock: Shock) -> Floats:
    """Return ``share * kept * cost^ ** -theta``, shape (J, N, N).

    What a country does not buy at all is taken to be made at home, so that every price exists.
    """
    N = len(economy.value_added)
    weight = economy.share.copy()
    sector = shock.cells // (N * N)
    weight.reshape(-1)[shock.cells] *= shock.kept * np.exp(-theta[sector] * shock.log_cost)
    j, d = np.nonzero(economy.share.sum(axis=1) == 0)
    weight[j, d, d] = 1.0
    return weight


def _scale(economy: Economy) -> Floats:
    """Return what output is measured against, shape (J, N): its old value, or a floor."""
    least = FLOOR * economy.output.mean(axis=0)
    return np.maximum(economy.output, np.where(least > 0, least, 1.0))


def _brake(economy: Economy, theta: Floats) -> Floats:
    """Return how far wages follow excess demand: the inverse of its own slope, shape (N,).

    A country that sells much abroad, of goods easily replaced, loses much demand when its wage
    rises; following all the excess demand there overshoots.
    """
    paid = economy.labour * economy.output
    paid = paid / np.maximum(paid.sum(axis=0), 1e-300)
    abroad = 1 - np.einsum("jnn->jn", economy.share)
    return np.asarray(1 / (1 + (paid * abroad * theta[:, None]).sum(axis=0)))


def _impossible(
    economy: Economy, weight: Floats, rule: Rule
) -> tuple[str, tuple[tuple[int | None, int], ...]]:
    """Return why there can be no equilibrium, or nothing, and the (sector, country) concerned."""
    j, d = np.nonzero(weight.sum(axis=1) <= 0)
    if len(j):
        return "nobody is left to supply", tuple(zip(j.tolist(), d.tolist(), strict=True))
    links = weight.sum(axis=0) > 0
    if (links & links.T).all(axis=0).any():
        return "", ()  # somebody still buys from and sells to everybody
    from scipy.sparse.csgraph import connected_components  # half a second, and hardly ever needed

    _, group = connected_components(links, directed=False)
    if rule == "balanced":
        _, part = connected_components(links, connection="strong")
        of_part, of_group = np.bincount(part), np.bincount(group)
        # a part is one way where others of its group only sell to it, or only buy
        one_way = [p for p, n in enumerate(of_part) if n < of_group[group[part == p][0]]]
        if not one_way:
            return "", ()
        fewest = min(one_way, key=of_part.__getitem__)
        return (
            "trade goes one way only, so that it cannot be balanced, to or from",
            tuple((None, n) for n in np.flatnonzero(part == fewest).tolist()),
        )
    net = np.bincount(group, weights=economy.deficit)
    apart = np.flatnonzero(abs(net) > BALANCED * economy.value_added.sum())
    if not len(apart):
        return "", ()
    smallest = min(apart, key=lambda g: np.count_nonzero(group == g))
    return (
        "trading with nobody else, these cannot keep their balance with the rest of the world; "
        "use the rule that balances trade",
        tuple((None, n) for n in np.flatnonzero(group == smallest).tolist()),
    )


def _unsolved(
    message: str,
    residual: float,
    sweeps: int,
    culprits: tuple[tuple[int | None, int], ...] = (),
) -> Solution:
    o = np.zeros(0)
    # no numbers where there is no equilibrium
    return Solution(
        o,
        o,
        o,
        o,
        o,
        o,
        o,
        o,
        o,
        o,
        o,
        o,
        residual,
        sweeps,
        converged=False,
        message=message,
        culprits=culprits,
    )


class _System:
    """The joint map of (log wage, log price, output / scale), and its deviations from an anchor.

    ``anchor`` evaluates the equations at a state in double precision. Calling the system gives
    the step at a state some way off the anchor: the same equations, written in differences, so
    that single precision, which moves half the memory, loses nothing that matters.
    """

    def __init__(
        self,
        economy: Economy,
        theta: Floats,
        weight: Floats,
        shock: Shock,
        brake: Floats,
        precision: Any,
    ) -> None:
        J, N = economy.labour.shape
        self.shape, self.precision = (J, N), precision
        self.world = float(economy.value_added.sum())
        self.economy, self.weight = economy, weight
        self.theta, self.brake = theta[:, None], brake
        # money in units of world value added
        self.scale = _scale(economy) / self.world
        self.value_added = economy.value_added / self.world
        self.deficit = economy.deficit / self.world * (shock.rule != "balanced")
        self.old_income = world_income(economy) / self.world if shock.rule == "share" else None
        self.sent = weight if shock.tariff is None else weight / (1 + shock.tariff)
        self.taxed = shock.tariff is not None
        self.small: dict[str, Any] = {
            "weight": weight.astype(precision),
            "inputs": economy.inputs.astype(precision),
            "labour": economy.labour.astype(precision),
            "final": economy.final.astype(precision),
            "theta": self.theta.astype(precision),
            "per_theta": (-1 / self.theta).astype(precision),
            "scale": self.scale.astype(precision),
            "per_scale": (1 / self.scale).astype(precision),
            "brake": brake.astype(precision),
        }
        self.small["sent"] = self.sent.astype(precision) if self.taxed else self.small["weight"]

    def split(self, state: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return views of log wage, log price and output / scale, shapes (N,), (J, N), (J, N)."""
        J, N = self.shape
        return state[:N], state[N : N + J * N].reshape(J, N), state[N + J * N :].reshape(J, N)

    def anchor(self, state: Floats) -> tuple[Floats, float]:
        """Evaluate at a state (N + 2 J N,); return the step, of its shape, and worst violation."""
        e, precision = self.economy, self.precision
        log_wage, log_price, scaled = self.split(state)
        output = scaled * self.scale
        self.wage = np.exp(log_wage)
        earned = self.wage * self.value_added
        self.log_cost = e.labour * log_wage + _costs(log_price, e.inputs)
        power = np.exp(-self.theta * self.log_cost)
        total = np.matmul(power[:, None, :], self.weight)[:, 0]
        bought = _purchases(e.inputs, output)
        kept = np.ones_like(total)
        if self.taxed:
            kept = np.matmul(power[:, None, :], self.sent)[:, 0] / total
        self.on_inputs = ((1 - kept) * bought).sum(axis=0)
        self.on_final = ((1 - kept) * e.final).sum(axis=0)
        self.income = self._income(earned + self.on_inputs, self.on_final)
        self.spending = bought + e.final * self.income
        self.revenue = self.on_inputs + self.on_final * self.income
        self.power, self.total = power, total
        self.log_price = np.log(total) / -self.theta
        self.output = power * np.matmul(self.sent, (self.spending / total)[:, :, None])[:, :, 0]
        paid = (e.labour * self.output).sum(axis=0)
        excess, size = np.log(paid / earned), float(np.log(earned.sum()))
        step = np.empty_like(state)
        wage_step, price_step, output_step = self.split(step)
        wage_step[:] = self.brake * excess - size
        price_step[:] = self.log_price - log_price
        output_step[:] = (self.output - output) / self.scale
        worst = _worst(excess, step[len(log_wage) :], size)
        # what the differences start from
        self.at: dict[str, Any] = {
            "power": power.astype(precision),
            "per_total": (1 / total).astype(precision),
            "spending": self.spending.astype(precision),
            "output": self.output.astype(precision),
            "earned": earned.astype(precision),
            "per_paid": (1 / paid).astype(precision),
            "per_size": precision(1 / earned.sum()),
            "excess": excess.astype(precision),
            "size": precision(size),
            "step": step.astype(precision),
        }
        if self.taxed:
            self.at |= {
                "kept": kept.astype(precision),
                "bought": bought.astype(precision),
            }
        return step, worst

    def __call__(self, off: NDArray[Any]) -> tuple[NDArray[Any], float]:
        """Return the step at a state ``off`` the anchor by so much, and the worst violation."""
        at, fixed = self.at, self.small
        log_wage, log_price, scaled = self.split(off)
        step = np.empty_like(off)
        wage_step, price_step, output_step = self.split(step)
        log_cost = _costs(log_price, fixed["inputs"])
        log_cost += fixed["labour"] * log_wage
        log_cost *= fixed["theta"]
        power = np.expm1(np.negative(log_cost, out=log_cost), out=log_cost)
        bought = _purchases(fixed["inputs"], scaled * fixed["scale"])
        earned = at["earned"] * np.expm1(log_wage)
        # shares are weight * power / total: only what varies with the state is worked on
        total = np.matmul((power * at["power"])[:, None, :], fixed["weight"])[:, 0]
        total *= at["per_total"]
        income = self._more_income(power, total, bought, earned) if self.taxed else earned
        spending = bought + fixed["final"] * income
        # how the change in spending spreads over origins, at the anchor's costs
        asked = spending - total * at["spending"]
        asked *= at["per_total"] / (1 + total)
        sold = np.matmul(fixed["sent"], asked[:, :, None])[:, :, 0]
        sold *= at["power"]
        power *= at["output"] + sold
        sold += power  # the change in output
        excess = np.log1p((fixed["labour"] * sold).sum(axis=0) * at["per_paid"])
        excess -= log_wage
        size = np.log1p(earned.sum() * at["per_size"])
        np.multiply(np.log1p(total, out=total), fixed["per_theta"], out=price_step)
        np.multiply(sold, fixed["per_scale"], out=output_step)
        step -= off
        wage_step[:] = fixed["brake"] * excess
        wage_step -= size
        step += at["step"]
        excess += at["excess"]
        return step, _worst(excess, step[len(log_wage) :], float(size + at["size"]))

    def _more_income(
        self,
        power: NDArray[Any],
        total: NDArray[Any],
        bought: NDArray[Any],
        earned: NDArray[Any],
    ) -> NDArray[Any]:
        """Return the change in income where tariffs raise revenue, shape (N,)."""
        at, final = self.at, self.small["final"]
        kept = np.matmul((power * at["power"])[:, None, :], self.small["sent"])[:, 0]
        kept = (kept * at["per_total"] - total * at["kept"]) / (1 + total)
        on_inputs = ((1 - at["kept"]) * bought - kept * (at["bought"] + bought)).sum(axis=0)
        on_final = -(kept * final).sum(axis=0)
        more = self._income(
            earned + on_inputs + self.income * on_final, self.on_final + on_final, change=True
        )
        return more.astype(self.precision)

    def _income(
        self, fixed: NDArray[Any], per_income: NDArray[Any], *, change: bool = False
    ) -> NDArray[Any]:
        """Solve income = fixed + per_income * income + deficit."""
        per = 1 - per_income
        if self.old_income is None:
            return np.asarray((fixed + (0 if change else self.deficit)) / per)
        # deficits move with world income, itself the sum of incomes
        alone, moving = fixed / per, self.deficit / per / self.old_income
        return np.asarray(alone + moving * (alone.sum() / (1 - moving.sum())))

    def solution(self, residual: float, sweeps: int) -> Solution:
        """Return the anchor's state, in money of which the world's value added is what it was."""
        earned = self.wage * self.value_added
        unit = float(earned.sum())
        money = self.world / unit
        return Solution(
            wage=self.wage / unit,
            price=np.exp(self.log_price) / unit,
            cost=np.exp(self.log_cost) / unit,
            weight=self.weight,
            sent=self.sent,
            power=self.power,
            total=self.total,
            spending=self.spending * money,
            output=self.output * money,
            income=self.income * money,
            revenue=self.revenue * money,
            deficit=(self.income - earned - self.revenue) * money,
            residual=residual,
            sweeps=sweeps,
        )


def _costs(log_price: NDArray[Any], inputs: NDArray[Any]) -> NDArray[Any]:
    """Return sum_k log_price[k, d] * inputs[d, k, j], shape (J, N)."""
    return np.ascontiguousarray(np.matmul(log_price.T[:, None, :], inputs)[:, 0].T)


def _purchases(inputs: NDArray[Any], output: NDArray[Any]) -> NDArray[Any]:
    """Return sum_j inputs[d, k, j] * output[j, d], shape (J, N)."""
    return np.ascontiguousarray(np.matmul(inputs, output.T[:, :, None])[:, :, 0].T)


def _worst(excess: NDArray[Any], rest: NDArray[Any], size: float) -> float:
    return max(float(abs(excess).max()), float(rest.max()), -float(rest.min()), abs(size))


def world_income(economy: Economy) -> float:
    """Return final spending of the world, tariff revenue included, in money of the table."""
    revenue = 0.0
    if economy.tariff is not None:
        spending = purchases(economy)
        taxed = economy.tariff / (1 + economy.tariff)
        revenue = float((economy.share * taxed * spending[:, None, :]).sum())
    return float(economy.value_added.sum() + economy.deficit.sum()) + revenue


def purchases(economy: Economy) -> Floats:
    """Return spending before any shock, tariffs included, shape (J, N), money of the table."""
    bought = np.einsum("dkj,jd->kd", economy.inputs, economy.output)
    earned = economy.value_added + economy.deficit
    if economy.tariff is None:
        return np.asarray(bought + economy.final * earned)
    lost = (economy.share * economy.tariff / (1 + economy.tariff)).sum(axis=1)
    income = (earned + (lost * bought).sum(axis=0)) / (1 - (lost * economy.final).sum(axis=0))
    return np.asarray(bought + economy.final * income)


def _iterate(
    system: _System, start: Floats, tolerance: float, most: int
) -> tuple[Floats, float, int]:
    """Bring a system to its fixed point, anchored there; give up where it runs away.

    Returns the state at the last anchor, the worst violation there and the number of evaluations.
    """
    state, sweeps = start, 0
    mixer = Anderson(state.size, system.precision)
    anchored = best = np.inf
    while sweeps < most:
        _, anchored = system.anchor(state)
        sweeps += 1
        if not anchored < RUNAWAY * best:
            return state, np.inf, sweeps
        best = min(best, anchored)
        if anchored < tolerance:
            break
        off, step = np.zeros(state.size, system.precision), system.at["step"]
        goal = max(anchored * TRUST, tolerance / 2)
        worst = near = anchored
        while worst > goal and sweeps < most:
            off = mixer.next(off, step)
            step, worst = system(off)
            sweeps += 1
            if not worst < RUNAWAY * near:
                return state, np.inf, sweeps
            near = min(near, worst)
        state = state + off
        mixer.move(off)
    return state, anchored, sweeps
