"""Small gas markets for the tests: sellers in one market, two nodes, and random networks."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import permutations
from typing import Any

import numpy as np

from multipolar.engines.gas.kernel import Network, Solution, solve
from multipolar.numerics.arrays import Floats, Ints

EACH_NODE = (
    "demand",
    "price",
    "elasticity",
    "supply",
    "cost",
    "steep",
    "ceiling",
    "stock",
    "liquefaction",
    "regasification",
    "market",
)
EACH_PIPE = ("tail", "head", "tariff", "floor", "capacity", "power_pipe")
EACH_VOYAGE = ("seller", "buyer", "freight", "usual", "spread", "least", "most", "power_voyage")
EACH_EXPORTER = ("conjecture", "abroad")
VOLUMES = (
    "demand",
    "supply",
    "ceiling",
    "stock",
    "floor",
    "capacity",
    "usual",
    "least",
    "most",
    "liquefaction",
    "regasification",
)
MONEY = ("price", "cost", "steep", "tariff", "freight", "spread")
WHOLE = ("tail", "head", "seller", "buyer", "market", "power_pipe", "power_voyage", "abroad")
DEFAULTS = {
    "price": 1.0,
    "elasticity": 1.0,
    "power_pipe": -1,
    "power_voyage": -1,
    "usual": 1.0,
    "spread": 1.0,
    "most": np.inf,
}


def network(nodes: int, *, linear: bool = False, own_use: float = 0.0, **given: Any) -> Network:
    """A network in which what is not given is zero (or open, or nobody's); scalars are spread.

    Each node is a market of its own unless ``market`` is given.
    """
    size = dict.fromkeys(EACH_NODE, nodes)
    size |= dict.fromkeys(EACH_PIPE, len(given.get("tail", ())))
    size |= dict.fromkeys(EACH_VOYAGE, len(given.get("seller", ())))
    size |= dict.fromkeys(EACH_EXPORTER, len(given.get("abroad", ())))
    given.setdefault("market", np.arange(nodes))
    made = {
        name: np.broadcast_to(
            np.asarray(
                given.get(name, DEFAULTS.get(name, 0.0)), np.intp if name in WHOLE else float
            ),
            n,
        ).copy()
        for name, n in size.items()
    }
    assert set(given) <= set(made)
    return Network(**made, own_use=own_use, linear=linear)


def two_nodes(**changes: Any) -> Network:
    """A seller (node 0, marginal cost 2 and rising) and a buyer (node 1) joined by a pipe.

    The buyer takes 10 at a price of 4; the pipe has room for 20 and costs 1.
    """
    given: dict[str, Any] = {
        "demand": [0.0, 10.0], "price": [1.0, 4.0], "elasticity": [1.0, 0.5],
        "supply": [10.0, 0.0], "cost": [2.0, 0.0], "steep": [0.1, 0.0], "ceiling": [100.0, 0.0],
        "tail": [0], "head": [1], "tariff": 1.0, "capacity": 20.0,
    }  # fmt: skip
    return network(2, **{**given, **changes})


def one_market(a: float, b: float, costs: Floats, conjecture: float, parts: int = 1) -> Network:
    """Sellers with constant costs in a market with demand p = a - b Q, each with its own pipe.

    The market may be divided into equal ``parts``, each of which every seller reaches.
    """
    K = len(costs)
    nodes = K + parts
    here = np.arange(K, nodes)
    buys = np.isin(np.arange(nodes), here)
    return network(
        nodes,
        linear=True,
        demand=np.where(buys, a / (2 * b) / parts, 0.0),
        price=np.where(buys, a / 2, 1.0),
        cost=np.append(costs, np.zeros(parts)),
        ceiling=np.where(buys, 0.0, 100 * a / b),
        tail=np.repeat(np.arange(K), parts),
        head=np.tile(here, K),
        capacity=100 * a / b,
        power_pipe=np.repeat(np.arange(K), parts),
        market=np.minimum(np.arange(nodes), K),
        conjecture=np.full(K, conjecture),
        abroad=np.full(K, K),
    )


def random_network(
    rng: np.random.Generator,
    N: int,
    *,
    lng: bool = True,
    power: bool = False,
    floors: bool = False,
    transit: bool = False,
    linear: bool = False,
) -> Network:
    """A ring of pipes and some more, with capacities of which some bind and some are zero.

    All nodes use gas, unless the last one is there for ``transit`` alone; two thirds make it. With
    ``power``, two of the nodes have power over price in every market that they sell to.
    """
    demand, price = rng.uniform(5, 60, N), rng.uniform(4, 14, N)
    supply = np.where(np.arange(N) % 3 != 2, rng.uniform(5, 80, N), 0.0)
    if transit:
        demand[-1] = supply[-1] = 0.0
    ring = [(k, (k + 1) % N) for k in range(N)]
    others = [e for e in permutations(range(N), 2) if e not in ring]
    chosen = rng.choice(len(others), min(N // 2 + 1, len(others)), replace=False)
    tail, head = np.array(ring + [others[k] for k in sorted(chosen)], np.intp).T
    A = len(tail)
    shut = (np.arange(A) >= N) & (rng.random(A) < 0.3)
    capacity = np.where(shut, 0.0, rng.uniform(3, 25, A))
    cost = rng.uniform(1, 6, N)
    n = network(
        N,
        linear=linear,
        own_use=0.09,
        demand=demand,
        price=price,
        elasticity=rng.uniform(0.3, 1.2, N) / (3 if linear else 1),
        supply=supply,
        cost=cost,
        steep=cost / (rng.uniform(0.1, 0.8, N) * np.maximum(supply, 1.0)),
        ceiling=supply * rng.uniform(1.0, 1.6, N),
        stock=np.where(supply > 0, rng.uniform(-2, 2, N), 0),
        tail=tail,
        head=head,
        tariff=rng.uniform(0.1, 1.5, A),
        capacity=capacity,
        market=rng.permutation(N) // 2 if power else np.arange(N),
    )
    if floors:
        n = replace(
            n,
            floor=np.where(supply[tail] > 0, 0.25 * rng.random(A), 0.0)
            * np.minimum(capacity, supply[tail] / 3),
        )
    if lng:
        n = _with_voyages(rng, n)
    return _with_power(n, rng.uniform(0.1, 0.8)) if power else n


def _with_voyages(rng: np.random.Generator, n: Network) -> Network:
    N = len(n.demand)
    ends = [(i, j) for i in (0, 1) for j in range(2, N)]
    V = len(ends)
    plants = np.where(np.arange(N) < 2, rng.uniform(1, 15, N), 0.0)
    return replace(
        n,
        seller=np.array([i for i, _ in ends], np.intp),
        buyer=np.array([j for _, j in ends], np.intp),
        freight=rng.uniform(0.5, 4, V),
        usual=rng.uniform(0.2, 8, V),
        spread=rng.uniform(0.5, 7, V),
        least=np.zeros(V),
        most=np.where(rng.random(V) < 0.2, rng.uniform(0, 2, V), np.inf),
        power_voyage=np.full(V, -1, np.intp),
        liquefaction=plants,
        regasification=np.where(np.arange(N) < 2, 0.0, rng.uniform(0.5, 12, N)),
    )


def _with_power(n: Network, conjecture: float) -> Network:
    """The network in which the first and the fourth node have power abroad."""
    number: dict[tuple[int, int], int] = {}

    def whose(start: Ints, end: Ints) -> Ints:
        return np.array(
            [
                number.setdefault((int(i), int(n.market[j])), len(number))
                if i in {0, 3} and n.market[i] != n.market[j]
                else -1
                for i, j in zip(start, end, strict=True)
            ],
            np.intp,
        )

    pipe, voyage = whose(n.tail, n.head), whose(n.seller, n.buyer)
    return replace(
        n,
        power_pipe=pipe,
        power_voyage=voyage,
        conjecture=np.full(len(number), conjecture),
        abroad=np.array([m for _, m in number], np.intp),
    )


def solved(n: Network, **how: Any) -> Solution:
    """The equilibrium, which has to exist."""
    found = solve(n, **how)
    assert found.status == "converged", (found.status, found.residual, found.conflict)
    return found


def scaled(n: Network, names: tuple[str, ...], by: float) -> Network:
    """The network with some of its fields multiplied."""
    return replace(n, **{name: getattr(n, name) * by for name in names})


def relabelled(n: Network, order: Ints) -> Network:
    """The same network whose k-th node is what was ``order[k]``; pipes and voyages reversed."""
    now = np.argsort(order)
    moved: dict[str, Any] = {name: getattr(n, name)[order] for name in EACH_NODE}
    moved |= {name: getattr(n, name)[::-1] for name in (*EACH_PIPE, *EACH_VOYAGE)}
    moved |= {name: now[moved[name]] for name in ("tail", "head", "seller", "buyer")}
    return replace(n, **moved)


def imbalance(n: Network, found: Solution) -> Floats:
    """What comes to each node less what leaves it, counted pipe by pipe."""
    left = found.production + n.stock - found.consumption
    for i, j, f in zip(n.tail, n.head, found.flow, strict=True):
        left[i] -= f
        left[j] += f
    for i, j, v in zip(n.seller, n.buyer, found.lng, strict=True):
        left[i] -= (1 + n.own_use) * v
        left[j] += v
    return left


def welfare(n: Network, found: Solution) -> float:
    """What demand is worth beyond its reference less all cost: what a market maximises.

    The value of a use is the area under its demand from the reference to what is used.
    """
    here = n.demand > 0
    q, q0, p0, e = (x[here] for x in (found.consumption, n.demand, n.price, n.elasticity))
    if n.linear:
        worth = p0 * (q - q0) - 0.5 * p0 / (e * q0) * (q - q0) ** 2
    else:
        k = 1 - 1 / e  # never nought in the networks above
        worth = p0 * q0 / k * ((q / q0) ** k - 1)
    s, v = found.production, found.lng
    made = n.cost * s + n.steep * (s**2 / 2 - n.supply * s)
    shipped = n.freight * v + n.spread * (v**2 / (2 * n.usual) - v)
    return float(worth.sum() - made.sum() - n.tariff @ found.flow - shipped.sum())


assert {*EACH_NODE, *EACH_PIPE, *EACH_VOYAGE, *EACH_EXPORTER, "own_use", "linear"} == {
    f.name for f in fields(Network)
}
