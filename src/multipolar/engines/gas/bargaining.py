"""Who gains by the network, and who needs whom: the cooperative game on it.

v(S) is the largest joint surplus of the players in S with the pipes, voyages and markets that they
can open among themselves, options to build included (Hubert and Ikonnikova 2011):

    v(S) = max  sum_n integral_0^Q[n] p[n](z) dz - cost of production - cost of moving gas

over the nodes of S and the links whose owners are all in S, with demand a straight line and nobody
holding back. A link that needs three players gives each of them the same Shapley gain in every
scenario (balanced contributions), so a share of one link's surplus cannot tell who holds the cards;
gains over standing alone, dependence and the range of prices can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.api.memo import Memo
from multipolar.engines.gas.data import Tables
from multipolar.engines.gas.kernel import Network, Solution, slope_of
from multipolar.engines.gas.market import settle
from multipolar.engines.gas.surplus import BILLION
from multipolar.engines.gas.years import Year
from multipolar.errors import EngineError, NotConverged
from multipolar.numerics.arrays import Flags, Floats, Ints

PLAYERS: Mapping[str, tuple[str, ...]] = {
    name: tuple(nodes.split())
    for name, nodes in {
        "RUS": "RUS-W RUS-E RUS-Y RUS-S",
        "CHN": "CHN",
        "MNG": "MNG",
        "Europe": "NOR GBR DEU ITA FRA ESP NLD BEL POL XNB XCE XSE UKR TUR",
        "Central Asia": "KAZ TKM UZB",
        "East Asia": "JPN KOR TWN",
        "LNG sellers": "QAT AUS USA OMN ARE NGA DZA EGY TTO MYS IDN PNG BRN CAN XAF",
    }.items()
}


@dataclass(frozen=True)
class Game:
    """A game on a year's network of N nodes, A pipes and V voyages.

    Attributes:
        network: the year with straight demand, no floors and no market power.
        players: their names, in the order of the bits of a coalition.
        owner: number of the player that each node belongs to, or -1, shape (N,).
        pipe_needs, voyage_needs: coalitions, as bits, without which a link is closed, shapes (A,)
            and (V,).
        near: an equilibrium of the year, from which those of coalitions are not far, if known.
        whole: the game that it was before two players lost their links, if any, and
        apart: the two, as bits.
        worth: the value of every set of players solved, by its bits.
    """

    network: Network
    players: tuple[str, ...]
    owner: Ints
    pipe_needs: NDArray[np.int64]
    voyage_needs: NDArray[np.int64]
    near: Solution | None = None
    whole: Game | None = None
    apart: int = 0
    worth: Memo = field(default_factory=Memo, repr=False, compare=False)

    @property
    def n(self) -> int:
        """Number of players."""
        return len(self.players)

    def without(self, one: int, other: int) -> Game:
        """Return the game in which two players have no link with each other."""
        both = (1 << one) | (1 << other)

        def left(room: Floats, needs: NDArray[np.int64]) -> Floats:
            return np.where(needs & both == both, 0.0, room)

        room = left(self.network.capacity, self.pipe_needs)
        most = left(self.network.most, self.voyage_needs)
        network = replace(self.network, capacity=room, most=most)
        return replace(self, network=network, whole=self, apart=both, worth=Memo())

    def values(self) -> Floats:
        """Return v(S) of every coalition, in USD bn, shape (2**n,), by bits."""
        return self.value(range(2**self.n))

    def value(self, coalitions: Sequence[int] | range) -> Floats:
        """Return v(S) of some coalitions, shape (len(coalitions),), USD bn a year.

        It is the sum over the parts that links join.
        """
        parts = self._parts(coalitions)
        return np.array([sum(self._one(part) for part in parts[s]) for s in coalitions])

    def _parts(self, coalitions: Sequence[int] | range) -> dict[int, list[int]]:
        """Return the connected parts of each coalition, as bits."""
        every = np.unique(np.concatenate([self.pipe_needs, self.voyage_needs])).tolist()
        links = [b for b in every if b & (b - 1)]
        found: dict[int, list[int]] = {}
        for s in coalitions:
            parts = [1 << k for k in range(self.n) if s >> k & 1]
            for b in links:
                if b & ~s:
                    continue
                joined = [p for p in parts if p & b]
                if len(joined) > 1:
                    parts = [p for p in parts if not p & b] + [sum(joined)]
            found[s] = parts
        return found

    def _one(self, part: int) -> float:
        if self.whole is not None and part & self.apart != self.apart:
            return self.whole._one(part)  # no link of its own was lost
        return self.worth.once(part, lambda: joint_surplus(*self.restricted(part)))

    def restricted(self, coalition: int) -> tuple[Network, Solution | None]:
        """Return the network that a coalition can open, closed links and nodes dropped, and what
        is known of an equilibrium near its own."""
        n = self.network
        nodes = (self.owner >= 0) & ((coalition >> np.maximum(self.owner, 0)) & 1 == 1)
        pipes, voyages = (b & ~coalition == 0 for b in (self.pipe_needs, self.voyage_needs))
        ports = (n.liquefaction[n.seller] > 0) & (n.regasification[n.buyer] > 0)
        pipes = pipes & nodes[n.tail] & nodes[n.head] & (n.capacity > 0)
        voyages = voyages & nodes[n.seller] & nodes[n.buyer] & (n.most > 0) & ports
        start = None if self.near is None else _part(self.near, nodes, pipes, voyages)
        return _keep(n, nodes, pipes, voyages), start


def _part(found: Solution, nodes: Flags, pipes: Flags, voyages: Flags) -> Solution:
    """Return what an equilibrium says of a part of a network in which nobody has power."""
    return replace(
        found,
        **{k: getattr(found, k)[nodes] for k in ("consumption", "production", "price")},
        **{k: getattr(found, k)[nodes] for k in ("plant_rent", "terminal_rent")},
        **{k: getattr(found, k)[pipes] for k in ("flow", "pipe_rent")},
        lng=found.lng[voyages],
        sold=np.zeros(0),
    )


def _keep(n: Network, nodes: Flags, pipes: Flags, voyages: Flags) -> Network:
    """Return a part of a network; no link may lead out of it."""
    at = np.cumsum(nodes) - 1
    per_node = (
        "demand price elasticity supply cost steep ceiling stock liquefaction regasification market"
    )
    kept = {
        **dict.fromkeys(per_node.split(), nodes),
        **dict.fromkeys(["tariff", "floor", "capacity", "power_pipe"], pipes),
        **dict.fromkeys(["freight", "usual", "spread", "least", "most", "power_voyage"], voyages),
    }
    ends = {"tail": pipes, "head": pipes, "seller": voyages, "buyer": voyages}
    own = {k: getattr(n, k)[keep] for k, keep in kept.items()}
    return replace(n, **own, **{k: at[getattr(n, k)[keep]] for k, keep in ends.items()})


def game_of(
    year: Year,
    tables: Tables,
    players: Mapping[str, Sequence[str]] = PLAYERS,
    via: Mapping[str, Sequence[str]] | None = None,
    near: Solution | None = None,
) -> Game:
    """Return the game on a year's network.

    Args:
        year: network and pipes.
        tables: the shipped tables.
        players: the nodes of each player; nodes of nobody are left out of the game.
        via: nodes that a pipe needs besides its ends, by the pipe's name.
        near: the year's equilibrium, to save time.

    Raises:
        EngineError: a node is unknown, or belongs to two players.
    """
    owner = np.full(len(tables.codes), -1, np.intp)
    for k, (name, nodes) in enumerate(players.items()):
        for node in nodes:
            if node not in tables.index:
                raise EngineError(f"{node} of player {name} is not a node", hint="see gas_nodes")
            if owner[tables.index[node]] >= 0:
                raise EngineError(f"{node} belongs to two players", hint="give it to one")
            owner[tables.index[node]] = k
    n = year.network
    bit = np.array([1 << (k if k >= 0 else 62) for k in owner.tolist()], np.int64)
    pipe_needs = bit[n.tail] | bit[n.head]
    for k, pipe in enumerate(year.pipes):
        for node in (via or {}).get(pipe.name, ()):
            pipe_needs[k] |= bit[tables.index[tables.home[node]]]
    none = np.zeros_like
    network = replace(
        n,
        linear=True,
        floor=none(n.floor),
        least=none(n.least),
        stock=none(n.stock),
        conjecture=np.zeros(0),
        abroad=np.zeros(0, np.intp),
        power_pipe=np.full(len(n.tail), -1, np.intp),
        power_voyage=np.full(len(n.seller), -1, np.intp),
    )
    return Game(network, tuple(players), owner, pipe_needs, bit[n.seller] | bit[n.buyer], near)


def joint_surplus(n: Network, start: Solution | None = None) -> float:
    """Return the largest joint surplus of a network with straight demand, in USD bn.

    It is what is used, at the area under demand, less the cost of making and moving it. The scatter
    of LNG costs nothing at usual flows.

    Args:
        n: the network; nobody in it has power over price.
        start: an equilibrium near its own.

    Raises:
        NotConverged: no equilibrium was found.
    """
    if not len(n.demand):
        return 0.0
    found = settle(n, start)
    if found.status != "converged":
        raise NotConverged("a coalition's surplus was not found", hint="try other parameters")
    q, s, v = found.consumption, found.production, found.lng
    top, slope = slope_of(n, np.zeros(len(q)))
    bend = n.spread / np.maximum(n.usual, 1e-9)
    worth = float(top @ q) - 0.5 * float(slope @ q**2)
    made = float((n.cost - n.steep * n.supply) @ s) + 0.5 * float(n.steep @ s**2)
    scatter = 0.5 * float(bend @ (v - n.usual) ** 2)
    return (worth - made - float(n.tariff @ found.flow) - float(n.freight @ v) - scatter) * BILLION


def share_lost(gain: float, left: float, total: float) -> float:
    """Return the share of a player's gain that is lost with its links to another, in percent.

    Args:
        gain: its gain over standing alone with the links, by some index.
        left: its gain without them.
        total: the gains of all; a player that gains nothing of it has no share to lose.

    Example:
        >>> share_lost(20.0, 15.0, 100.0)
        25.0
    """
    return 100 * (gain - left) / gain if gain > 1e-6 * total else float("nan")


def reservation_prices(
    linked: Floats, apart: Floats, moved: float, value: float, seller: Flags, buyer: Flags
) -> tuple[float, float]:
    """Return the least price the seller takes and the most the buyer pays, in USD/MMBtu.

    Args:
        linked: welfare by country with the trade, shape (C,), USD bn.
        apart: the same without it, shape (C,).
        moved: what is traded, bcm.
        value: what is paid for it in ``linked``, USD bn; both sides are compared without it.
        seller: which countries sell, shape (C,).
        buyer: which buy, shape (C,).
    """
    cost = float(apart[seller].sum() - (linked[seller].sum() - value))
    worth = float(linked[buyer].sum() + value - apart[buyer].sum())
    per_unit = BILLION * max(moved, 1e-9)
    return cost / per_unit, worth / per_unit
