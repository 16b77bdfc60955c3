"""Speed of the gas engine: each figure as a ratio within one run, and plain for orientation."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measuring import milliseconds, report
from multipolar.engines.gas import engine
from multipolar.engines.gas.bargaining import PLAYERS, Game, game_of
from multipolar.engines.gas.data import Tables
from multipolar.engines.gas.kernel import programme_of, rows_of, solve
from multipolar.engines.gas.market import settle
from multipolar.engines.gas.model import prepared_base
from multipolar.engines.gas.path import Option, solve_path
from multipolar.engines.gas.programme import optimise
from multipolar.engines.gas.surplus import BILLION
from multipolar.engines.gas.years import FIRST, LAST, Year, network_of
from multipolar.pipeline import Ask, sample
from multipolar.policy import Scenario
from multipolar.uncertainty import child_seed, design
from multipolar.world import World

TEN = {  # ten players: Europe in three, and the sellers of LNG in two
    **{k: v for k, v in PLAYERS.items() if k not in {"Europe", "LNG sellers"}},
    "North-West Europe": ("GBR", "DEU", "FRA", "NLD", "BEL", "XNB"),
    "Rest of Europe": ("ITA", "ESP", "POL", "XCE", "XSE", "TUR", "UKR"),
    "NOR": ("NOR",),
    "USA": ("USA", "CAN"),
    "Other LNG": ("QAT", "AUS", "OMN", "ARE", "NGA", "DZA", "EGY", "MYS", "IDN", "PNG", "BRN"),
}


def _part(task: tuple[Game, list[int]]) -> list[float]:
    game, coalitions = task
    with threadpool_limits(1):
        return [float(v) for v in game.value(coalitions)]


def gas() -> None:
    """Report every figure of the engine."""
    world = World.load()
    base, tables, p = prepared_base(world)
    made = network_of(base, tables, p, 2030)
    with threadpool_limits(1):
        settle(made.network)
        exact = milliseconds(lambda: settle(made.network))
        fast = milliseconds(lambda: solve(made.network, "piqp"))
        sure = milliseconds(lambda: solve(made.network))
    size = 2 * len(tables.codes) + len(made.pipes) + len(made.network.seller)
    report("gas.solve_ms", exact, "ms", f"2030, constant elasticity, {size} variables, Newton")
    report("gas.solve_ratio", fast / exact, "x", "the same by repeated programmes over Newton")
    report("gas.solve_clarabel_ratio", sure / fast, "x", "the same by Clarabel over PIQP")
    years = tuple(range(2024, LAST + 1))
    networks = [network_of(base, tables, p, y).network for y in range(FIRST, LAST + 1)]
    options = [
        Option(
            "pipe",
            next(k for k, x in enumerate(made.pipes) if x.name == "Power of Siberia 1"),
            1.2,
            50.0,
            2030,
        ),
        Option("liquefaction", tables.index["QAT"], 1.0, 50.0, 2028),
        Option("liquefaction", tables.index["USA"], 2.5, 100.0, 2028),
    ]
    with threadpool_limits(1):
        apart = milliseconds(lambda: [solve(n, "piqp") for n in networks], 3)
        together = milliseconds(
            lambda: solve_path(years, networks[-len(years) :], options, solver="piqp"), 3
        )
    report("gas.path_seconds", together / 1000, "s", "2024-2035 in one programme, 3 options")
    report("gas.path_ratio", together / apart, "x", "over 15 years one by one")
    _coalitions(made, tables)
    _draws(world)


def _in_full(game: Game, coalition: int) -> float:
    """Return v(S) the plain way: the whole programme with closed links bounded at zero.

    It is what the game's own way is measured against.
    """
    nodes = (game.owner >= 0) & ((coalition >> np.maximum(game.owner, 0)) & 1 == 1)
    n = game.network
    shut_pipe = ~((game.pipe_needs & ~coalition == 0) & nodes[n.tail] & nodes[n.head])
    shut_voyage = ~((game.voyage_needs & ~coalition == 0) & nodes[n.seller] & nodes[n.buyer])
    whole = replace(
        n,
        demand=np.where(nodes, n.demand, 0.0),
        ceiling=np.where(nodes, n.ceiling, 0.0),
        capacity=np.where(shut_pipe, 0.0, n.capacity),
        most=np.where(shut_voyage, 0.0, n.most),
    )
    programme = programme_of(whole, rows_of(whole), whole.demand)
    x = optimise(programme).x
    spread = 0.5 * float(n.spread[~shut_voyage] @ n.usual[~shut_voyage])
    return -BILLION * (
        0.5 * float(programme.curvature @ x**2) + float(programme.slope @ x) + spread
    )


def _coalitions(made: Year, tables: Tables) -> None:
    game = game_of(made, tables, TEN)
    every = list(range(2**game.n))
    some = every[:: len(every) // 48]
    with threadpool_limits(1):
        start = time.perf_counter()
        plain = np.array([_in_full(game, s) for s in some])
        slow = len(some) / (time.perf_counter() - start)
    fresh = game_of(made, tables, TEN)
    half = [[s for s in every if bin(s).count("1") % 2 == k] for k in (0, 1)]
    start = time.perf_counter()
    values = fresh.values()
    one = len(every) / (time.perf_counter() - start)
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_part, [(game_of(made, tables, TEN), [3])] * 2))
        start = time.perf_counter()
        list(pool.map(_part, [(game_of(made, tables, TEN), h) for h in half]))
        two = len(every) / (time.perf_counter() - start)
    off = float(np.max(np.abs(values[some] - plain)) / values[-1])
    report("gas.coalitions_per_second", max(one, two), "1/s", f"{game.n} players, all coalitions")
    report("gas.coalition_speedup", max(one, two) / slow, "x", "over whole programmes; aim 10")
    report("gas.coalition_difference", off, "1", "largest difference of the two ways, over v(N)")
    report(
        "gas.coalition_solves", float(len(fresh.worth)), "solves", f"for {len(every)} coalitions"
    )


def _draws(world: World) -> None:
    scenario = Scenario.model_validate(
        {
            "name": "line",
            "measures": [
                {
                    "measure": "build_link",
                    "origin": "Russia",
                    "destination": "China",
                    "via": ["Mongolia"],
                    "commodity": "pipeline_gas",
                    "name": "Power of Siberia 2",
                    "capacity": 50,
                    "unit": "bcm/yr",
                    "ramp_years": 5,
                }
            ],
        }
    )
    where = {"exporter": "RUS", "importer": "CHN", "carrier": "pipeline", "year": 2035}
    ask = [Ask("gas.flow", tuple(where.items()))]
    prepared, parameters = engine.prepare(world, scenario), engine.parameters(world)
    values = {p.name: p.value for p in parameters}
    points = design(parameters, 64, child_seed(1, "gas"))

    def seconds(workers: int) -> float:
        start = time.perf_counter()
        sample(engine, prepared, values, ask, points, workers=workers, progress=False)
        return time.perf_counter() - start

    one, two = seconds(1), seconds(2)
    report("gas.draws_per_second", 64 / two, "1/s", "calibration and two years, two processes")
    report("gas.draws_scaling", one / two, "x", "two processes over one")
