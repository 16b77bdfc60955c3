"""Speed of the trade engine: each figure as a ratio within one run, and plain for orientation."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measuring import milliseconds, report
from multipolar.engines.trade import engine
from multipolar.engines.trade.data import read_table
from multipolar.engines.trade.kernel import Economy, Shock, solve, weights
from multipolar.engines.trade.measures import embargo
from multipolar.numerics.arrays import Floats
from multipolar.pipeline import Ask, sample
from multipolar.policy import Scenario
from multipolar.uncertainty import child_seed, design
from multipolar.world import World
from validation import ROOT
from validation.economies import NAFTA, read_nafta

WEST = ("EU", "G7", "Australia", "New Zealand", "South Korea", "Norway", "Switzerland", "Iceland")
MEMORY = """
import resource
from multipolar.engines.trade.data import read_table
from multipolar.engines.trade.kernel import solve
from multipolar.engines.trade.measures import embargo
from multipolar.world import World
import numpy as np
table = read_table(World.load())
solve(table.economy, np.full(50, 4.0), embargo(table, ["DEU", "FRA"], ["RUS"]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def trade() -> None:
    """Report every figure of the engine."""
    world = World.load()
    table = read_table(world)
    economy, theta = table.economy, np.full(len(table.sectors), 4.0)
    west = [c for name in WEST for c in world.countries_named(name)]
    shock = embargo(table, west, ["RUS"])
    with threadpool_limits(1):
        solution = solve(economy, theta, shock)
        weight = weights(economy, theta, shock)
        u = np.ones((len(theta), 1, len(table.countries)))
        pairs = [
            (
                milliseconds(lambda: solve(economy, theta, shock), 1),
                milliseconds(lambda: np.matmul(u, weight), 50),
            )
            for _ in range(15)
        ]
        spent = statistics.median(a for a, _ in pairs)
        ratio = statistics.median(a / b for a, b in pairs)
        report(
            "trade.solve_ms_80x50",
            spent,
            "ms",
            f"one core, residual {solution.residual:.0e}, embargo of Russia by the West; aim 20",
        )
        report("trade.sweeps_80x50", solution.sweeps, "sweeps", "aim 80 at most")
        report(
            "trade.solve_in_contractions",
            ratio,
            "x u @ W",
            "the whole solve, set-up and all; aim 200: 80 sweeps of 2.5",
        )
        report("trade.sweep_in_contractions", ratio / solution.sweeps, "x u @ W", "aim 2.5")
        plain = milliseconds(lambda: solve_damped(economy, theta, shock), 1)
        wage, sweeps = solve_damped(economy, theta, shock)
        np.testing.assert_allclose(wage, solution.wage, rtol=1e-7)  # else it is no comparison
        report(
            "trade.speedup_vs_plain",
            plain / spent,
            "x",
            f"a damped iteration in {sweeps} sweeps to the same residual",
        )
        if NAFTA.exists():
            nafta()
    draws(world)
    found = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True, cwd=ROOT
    )
    report(
        "trade.peak_megabytes",
        float(found.stdout),
        "MB",
        "a whole process that loads the table and solves once; limit 300",
    )


def nafta() -> None:
    read = read_nafta()
    theta, shock = read.theta, replace(read.shocks()[1], rule="fixed")
    economy = replace(read.economy, deficit=np.zeros(len(read.regions)))
    solution = solve(economy, theta, shock)
    spent = milliseconds(lambda: solve(economy, theta, shock), 15)
    report(
        "trade.solve_ms_nafta_31x40",
        spent,
        "ms",
        f"one core, {solution.sweeps} sweeps, residual {solution.residual:.0e}, tariffs; aim 12",
    )


def draws(world: World) -> None:
    scenario = Scenario.model_validate(
        {
            "name": "embargo",
            "measures": [{"measure": "embargo", "senders": list(WEST), "targets": "Russia"}],
        }
    )
    prepared, parameters = engine.prepare(world, scenario), engine.parameters(world)
    values = {p.name: p.value for p in parameters}
    drawn = design(parameters, 256, child_seed(1, "trade"))
    ask = [Ask("trade.real_income", (), along="country")]

    def seconds(workers: int) -> float:
        start = time.perf_counter()
        sample(engine, prepared, values, ask, drawn, workers=workers, progress=False)
        return time.perf_counter() - start

    with threadpool_limits(1):
        pairs = [(seconds(1), seconds(2)) for _ in range(3)]
    report(
        "trade.draws_per_second",
        statistics.median(256 / b for _, b in pairs),
        "1/s",
        "two processes, each a solve at full size and its reading",
    )
    report(
        "trade.draws_scaling",
        statistics.median(a / b for a, b in pairs),
        "x one process",
        "two processes against one; aim 1.8",
    )


def solve_damped(
    economy: Economy,
    theta: Floats,
    shock: Shock,
    *,
    tolerance: float = 1e-10,
    damping: float = 0.3,
    most: int = 5000,
) -> tuple[Floats, int]:
    """Return wages and sweeps: every equation in turn, each step damped, no acceleration.

    Untaxed trade and fixed deficits only.
    """
    weight = weights(economy, theta, shock)
    th = theta[:, None]
    log_price = np.zeros_like(economy.labour)
    output, wage = economy.output.copy(), np.ones(len(economy.value_added))
    world = economy.value_added.sum()
    # the kernel's measure of a violation: small cells against a hundredth of the mean
    scale = np.maximum(output, 0.01 * output.mean(axis=0))
    for sweep in range(1, most + 1):
        cost = economy.labour * np.log(wage) + np.einsum("dkj,kd->jd", economy.inputs, log_price)
        power = np.exp(-th * cost)
        total = np.einsum("jo,jod->jd", power, weight)
        income = wage * economy.value_added + economy.deficit
        spending = np.einsum("dkj,jd->kd", economy.inputs, output) + economy.final * income
        sold = power * np.einsum("jod,jd->jo", weight, spending / total)
        paid = (economy.labour * sold).sum(axis=0)
        excess = np.log(paid / (wage * economy.value_added))
        gap = max(
            abs(-np.log(total) / th - log_price).max(),
            (abs(sold - output) / scale).max(),
            abs(excess).max(),
        )
        log_price, output = -np.log(total) / th, sold
        wage = wage * np.exp(damping * excess)
        wage *= world / (wage * economy.value_added).sum()
        if gap < tolerance:
            return wage, sweep
    return wage, most
