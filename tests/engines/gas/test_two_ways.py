"""The kernel against the same equilibrium found without a programme or a potential.

Here every condition is an equation: a condition that holds with slack or with a quantity at a limit
becomes a smoothed Fischer-Burmeister function, and all are solved at once for prices and
quantities. Demand is a function of price, and the margins are those of the demand at that price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import least_squares

from gas_networks import one_market, random_network, solved
from multipolar.engines.gas.kernel import Network, programme_of, rows_of, slope_of, violation
from multipolar.engines.gas.market import EXACT, settle
from multipolar.engines.gas.programme import optimise
from multipolar.numerics.arrays import Floats

Values = NDArray[np.complex128]
VOLUME = 10.0  # unit of the quantities that are solved for, bcm
SMOOTH = (3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-6, 1e-9, 0.0)
STARTS = 4
NEVER = 1e6  # a limit nothing comes near


def smooth_least(a: Values, b: Values, mu: float) -> Values:
    """A function that is zero where a, b >= 0 and a b = mu^2; smooth where mu > 0."""
    return np.asarray(a + b - np.sqrt(a * a + b * b + 2 * mu * mu + 1e-300))


def between(x: Values, low: Floats, high: Floats, gain: Values, mu: float) -> Values:
    """A function that is zero where ``gain`` > 0 only at ``high`` and < 0 only at ``low``."""
    return smooth_least(x - low, -smooth_least(high - x, gain, mu), mu)


@dataclass(frozen=True)
class Conditions:
    """The conditions of an equilibrium as equations in prices, quantities and rents."""

    n: Network

    def split(self, z: Values) -> list[Values]:
        """Log prices where gas is used (prices elsewhere), S, F, L, rents of plants, terminals."""
        n = self.n
        N = len(n.demand)
        sizes = [N, N, len(n.tail), len(n.seller), N, N]
        parts = np.split(z, np.cumsum(sizes)[:-1], axis=-1)
        return [p if k in {0, 4, 5} else VOLUME * p for k, p in enumerate(parts)]

    def demand(self, y: Values) -> tuple[Values, Values, Values]:
        """Price, consumption, and what consumption falls by when the price rises by one."""
        n = self.n
        here = n.demand > 0
        if n.linear:
            fall = n.elasticity * n.demand / n.price
            low = n.demand - fall * (y - n.price)
            return y, low * (low.real > 0), fall + 0 * y
        price = np.where(here, np.exp(np.where(here, y, 0.0)), y)
        used = n.demand * np.exp(-n.elasticity * (np.where(here, y, 0.0) - np.log(n.price)))
        return price, used, np.where(here, n.elasticity * used / np.where(here, price, 1.0), 0.0)

    def margin(self, flow: Values, lng: Values, fall: Values) -> Values:
        """What each exporter asks above cost: its sales over what its market's demand gives up."""
        n = self.n
        out = np.zeros((*flow.shape[:-1], len(n.conjecture) + 1), complex)  # the last: nobody
        for k, m in enumerate(n.abroad):
            sales = flow[..., n.power_pipe == k].sum(-1) + lng[..., n.power_voyage == k].sum(-1)
            out[..., k] = n.conjecture[k] * sales / fall[..., n.market == m].sum(-1)
        return out

    def __call__(self, z: Values, mu: float) -> Values:
        """The value of each equation at points z of shape (..., variables)."""
        n = self.n
        N = len(n.demand)
        y, s, f, v, plant, terminal = self.split(z)
        p, used, fall = self.demand(y)
        margin = self.margin(f, v, fall)
        starts, ends = (np.eye(N)[:, k] for k in (n.tail, n.head))
        sends, lands = (np.eye(N)[:, k] for k in (n.seller, n.buyer))
        balance = (
            s + n.stock - used + f @ (ends - starts).T + v @ (lands - (1 + n.own_use) * sends).T
        )
        pipe = p[..., n.head] - p[..., n.tail] - n.tariff - margin[..., n.power_pipe]
        ship = (
            p[..., n.buyer]
            - (1 + n.own_use) * p[..., n.seller]
            - n.freight
            - n.spread * (v / n.usual - 1)
            - margin[..., n.power_voyage]
            - plant[..., n.seller]
            - terminal[..., n.buyer]
        )
        parts = [
            balance,
            between(s, 0 * n.ceiling, n.ceiling, p - n.cost - n.steep * (s - n.supply), mu),
            between(f, n.floor, n.capacity, pipe, mu),
            between(v, n.least, np.minimum(n.most, NEVER), ship, mu),
            smooth_least(plant, n.liquefaction - v @ sends.T, mu),
            smooth_least(terminal, n.regasification - v @ lands.T, mu),
        ]
        return np.concatenate(parts, axis=-1)

    def derivative(self, z: Floats, mu: float) -> Floats:
        """By complex steps, exact to rounding: all columns at once."""
        step = 1e-30
        return np.asarray(self(z + 1j * step * np.eye(len(z)), mu).imag.T / step)

    def start(self, rng: np.random.Generator | None) -> Floats:
        """Reference prices, what is produced then, and every link half full; or near that."""
        n = self.n
        y = n.price if n.linear else np.where(n.demand > 0, np.log(n.price), 5.0)
        half = (n.floor + n.capacity) / 2 / VOLUME
        usual = np.minimum(n.usual, n.most) / VOLUME
        rents = np.ones(2 * len(n.demand))
        z = np.concatenate([y, n.supply / 2 / VOLUME, half, usual, rents])
        return z if rng is None else z * rng.uniform(0.7, 1.3, len(z))


def solve_conditions(n: Network) -> dict[str, Floats]:
    """Return price, consumption, production and LNG that meet all conditions."""
    conditions = Conditions(n)
    for start in range(STARTS):
        z = conditions.start(np.random.default_rng(start) if start else None)
        for mu in SMOOTH:
            answer: Any = least_squares(
                lambda z, mu: conditions(z.astype(complex), mu).real,
                z,
                conditions.derivative,
                method="lm",
                xtol=1e-15,
                ftol=1e-15,
                gtol=1e-15,
                max_nfev=60,
                args=(mu,),
            )
            z = answer.x
        if np.abs(answer.fun).max() < 1e-11:
            y, made, _, shipped, _, _ = conditions.split(z.astype(complex))
            price, used, _ = conditions.demand(y)
            found = {"price": price, "consumption": used, "production": made, "lng": shipped}
            return {name: value.real for name, value in found.items()}
    return pytest.fail(f"no start led to an equilibrium: {np.abs(answer.fun).max():.2g} is left")


KINDS: dict[str, dict[str, bool]] = {
    "pipes": {"lng": False},
    "lng": {},
    "floors": {"floors": True},
    "transit": {"transit": True},
    "power": {"power": True},
    "power and floors": {"power": True, "floors": True},
    "straight demand": {"linear": True, "lng": False},
    "power over straight demand": {"linear": True, "power": True},
}


EVERY = [(kind, seed) for kind in KINDS for seed in range(12)]


@pytest.mark.parametrize(("kind", "seed"), EVERY)
def test_programme_prices_and_conditions_agree(kind: str, seed: int) -> None:
    n = random_network(np.random.default_rng(seed), 3 + seed % 5, **KINDS[kind])
    theirs, buys = solve_conditions(n), n.demand > 0
    for ours, exact in ((solved(n), 1e-5), (settle(n), 1e-6)):
        assert ours.price[buys] == pytest.approx(theirs["price"][buys], rel=exact)
        assert ours.consumption == pytest.approx(theirs["consumption"], rel=exact, abs=1e-6)
        # unlike flows of pipes, these are unique: marginal cost rises
        assert ours.production == pytest.approx(theirs["production"], rel=exact, abs=10 * exact)
        assert ours.lng == pytest.approx(theirs["lng"], rel=exact, abs=10 * exact)


@pytest.mark.parametrize("kind", KINDS)
def test_prices_are_exact_and_the_programme_is_seldom_asked(kind: str) -> None:
    """By the conditions, which know nothing of how prices were found."""
    residuals = []
    for seed in range(30):
        n = random_network(np.random.default_rng(seed), 3 + seed % 5, **KINDS[kind])
        found = settle(n)
        slope = slope_of(n, found.consumption)[1]
        assert violation(n, found, slope) == pytest.approx(found.residual, abs=1e-12)
        residuals.append(found.residual)
        again = settle(n, found)
        assert again.iterations <= 6 or found.residual > EXACT
        assert again.price == pytest.approx(found.price, rel=1e-6)
    assert np.mean(np.array(residuals) < 1e-9) >= 0.9, residuals


def test_the_networks_have_what_makes_it_hard() -> None:
    """Among those above: full pipes, floors and plants that bind, voyages not made, margins."""
    seen = dict.fromkeys(
        (
            "full pipe",
            "empty pipe",
            "floor",
            "plant",
            "terminal",
            "voyage at its most",
            "no voyage",
            "ceiling",
            "nothing sold",
            "margin",
        ),
        0,
    )
    for seed in range(12):
        n = random_network(np.random.default_rng(seed), 3 + seed % 5, power=True, floors=True)
        found = solved(n)
        small = 1e-4
        shipped = np.bincount(n.seller, found.lng, len(n.demand))
        landed = np.bincount(n.buyer, found.lng, len(n.demand))
        seen["full pipe"] += ((found.flow > n.capacity - small) & (n.capacity > 0)).sum()
        seen["empty pipe"] += ((found.flow < small) & (n.capacity > 0)).sum()
        seen["floor"] += ((found.flow < n.floor + small) & (n.floor > small)).sum()
        seen["plant"] += ((shipped > n.liquefaction - small) & (shipped > small)).sum()
        seen["terminal"] += ((landed > n.regasification - small) & (landed > small)).sum()
        seen["voyage at its most"] += (found.lng > n.most - small).sum()
        seen["no voyage"] += (found.lng < small).sum()
        seen["ceiling"] += ((found.production > n.ceiling - small) & (n.ceiling > 0)).sum()
        seen["nothing sold"] += (found.sold < small).sum()
        seen["margin"] += ((found.sold > 1) & (n.conjecture > 0.1)).sum()
    assert min(seen.values()) >= 3, seen


def test_conditions_know_the_textbook() -> None:
    """The other way is right where the answer is known: 15, 10 and 5 units at 40."""
    n = one_market(100.0, 2.0, np.array([10.0, 20.0, 30.0]), 1.0)
    found = solve_conditions(n)
    assert found["price"][3] == pytest.approx(40, abs=1e-9)
    assert found["production"] == pytest.approx([15, 10, 5, 0], abs=1e-9)


@pytest.mark.parametrize(("kind", "seed"), EVERY)
def test_clarabel_and_piqp_agree(kind: str, seed: int) -> None:
    n = random_network(np.random.default_rng(seed), 3 + seed % 5, **KINDS[kind])
    one = solved(n)
    # ``solve`` turns to Clarabel where PIQP fails, so ask PIQP first
    programme = programme_of(n, rows_of(n), one.consumption)
    assert optimise(programme, "piqp").status == "solved"
    other = solved(n, solver="piqp")
    buys = n.demand > 0
    # a price is as exact as consumption over its elasticity
    exact = 3e-5 / n.elasticity.min()
    assert one.price[buys] == pytest.approx(other.price[buys], rel=exact)
    assert one.consumption == pytest.approx(other.consumption, rel=3e-5, abs=1e-6)
    assert one.production == pytest.approx(other.production, rel=3e-5, abs=1e-4)
    assert one.lng == pytest.approx(other.lng, rel=3e-5, abs=1e-4)
