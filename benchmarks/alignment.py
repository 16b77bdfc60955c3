"""Speed, memory and accuracy of the alignment engine.

Usage: python -m benchmarks.alignment

Times are also given as a ratio within one run. What needs validation data is left out, with a
line that says so, where it is absent.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from benchmarks.measuring import report, seconds
from multipolar.engines.alignment import kernel
from multipolar.engines.alignment.ballots import RollCalls
from multipolar.engines.alignment.blocs import blocs, find_blocs, network
from multipolar.engines.alignment.ideal_points import (
    IdealPoints,
    Settings,
    _layout,
    _threads,
    estimate,
)
from multipolar.engines.alignment.similarity import lijphart
from multipolar.numerics.arrays import Floats
from validation import ideal_points as scores
from validation import unga_record

SESSION = 77  # of 2022
TIMES = 5  # as many iterations as it stopped at
# what a user does who has added the record: read it, estimate, and nothing else
PROCESS = r"""
import json, pathlib, re, time
start = time.perf_counter()
from multipolar.engines.alignment.ideal_points import Settings, estimate
from multipolar.engines.alignment.data import Record
from multipolar.world import World
from multipolar.numerics.arrays import Floats
from validation import ideal_points as scores
from validation import unga_record
calls = Record(World.load()).calls("all", linked=False)
read = time.perf_counter()
points = estimate(calls, Settings.published())
done = time.perf_counter()
# not ru_maxrss: a child takes over the peak of the process that started it
status = pathlib.Path("/proc/self/status").read_text()
peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024
print(json.dumps([read - start, done - read, peak, len(calls.vote), points.iterations]))
"""


def alignment() -> None:
    """Report every figure of the engine; say what is left out and why."""
    if scores.present():
        _accuracy()
    else:
        print("alignment: the published ideal points are not here", file=sys.stderr)
    if unga_record.present():
        _record()
    else:
        print("alignment: the votes of the General Assembly are not here", file=sys.stderr)


def _accuracy() -> None:
    calls = scores.ballots()
    size = f"{len(calls.vote)} ballots, {len(calls.items)} items"
    points = scores.fit()  # compiles
    warm = statistics.median(
        seconds(lambda: estimate(calls, scores.by_code(Settings.published()))) for _ in range(3)
    )
    each = f"{size}, {points.iterations} iterations, {_threads()} threads"
    report("alignment.seconds_full", warm, "s", f"compiled, all sessions: {each}; limit 20")
    found = scores.score(points)
    note = f"with the published series, {found.units} units"
    report("alignment.r_overall", found.r, "1", f"{note}; aim 0.992")
    report(
        "alignment.r_session_median",
        float(found.by_session.median()),
        "1",
        "correlation within a session, median; aim 0.9995",
    )
    report(
        "alignment.r_session_least",
        float(found.by_session.min()),
        "1",
        f"least, in session {found.by_session.idxmin()}; aim 0.96",
    )
    report("alignment.r_year_diff", found.r_change, "1", "of changes by session; aim 0.975")
    times = TIMES * points.iterations
    later = scores.score(scores.fit(Settings(least=times, most=times)))
    report(
        "alignment.r_change_5x",
        abs(later.r - found.r),
        "1",
        f"change of r_overall from {points.iterations} to {times} iterations; limit 0.002",
    )
    _pass(calls, points)


def _pass(calls: RollCalls, points: IdealPoints) -> None:
    """Time one pass over the units, in plain NumPy and in the kernel: the same sums."""
    lay = _layout(calls)
    items = [np.array(x) for x in (points.beta, points.g1, points.g2)]
    C = np.zeros((len(calls.items), 6))
    m, s2 = points.position, points.se**2
    for _ in range(30):  # to what the covariances settle at
        kernel.item_step(lay.by_item, lay.item_unit, calls.vote, m, s2, *items, C, 9.0, 1)
    G, H, B = (np.empty_like(m) for _ in range(3))

    def compiled() -> None:
        kernel.unit_step(
            lay.by_unit, lay.unit_item, lay.unit_vote, m, s2, *items, C, np.inf, G, H, B
        )

    unit = np.repeat(np.arange(m.size), np.diff(lay.by_unit))

    def plain() -> tuple[Floats, Floats, Floats]:
        return plain_pass(unit, lay.unit_item, lay.unit_vote, m, s2, *items, C)

    compiled()
    off = max(
        float(np.max(np.abs(a - b) / (1 + np.abs(b))))
        for a, b in zip(plain(), (G, H, B), strict=True)
    )
    pairs = [(seconds(plain), seconds(compiled)) for _ in range(7)]
    ratio = statistics.median(a / b for a, b in pairs)
    fast = 1000 * statistics.median(b for _, b in pairs)
    report("alignment.pass_ms", fast, "ms", "one pass over the units, one thread")
    report(
        "alignment.pass_ratio",
        ratio,
        "x plain NumPy",
        f"pairs taken in turn; the same sums to {off:.0e}",
    )


def plain_pass(
    unit: Floats,
    item: Floats,
    vote: Floats,
    m: Floats,
    s2: Floats,
    beta: Floats,
    g1: Floats,
    g2: Floats,
    C: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return G, H and B of every unit without the clip, as :func:`kernel.unit_step` has them."""
    n = m.size
    b, t, w2 = beta[item], m[unit], s2[unit]
    vb, v1, v2, c1, c2, c12 = C[item].T
    square = b * b + vb
    base = b * b * w2 + (t * t + w2) * vb
    E1, E2, slope = np.empty(b.size), np.empty(b.size), np.empty(b.size)
    for kind, sign, g, v, c in ((0, 1.0, g1, v1, c1), (2, -1.0, g2, v2, c2)):
        k = np.flatnonzero(vote == kind)
        mean = sign * (g[item[k]] - b[k] * t[k])
        sd = np.sqrt(3 * np.maximum(base[k] + v[k] - 2 * t[k] * c[k], 0))
        e1 = e2 = 0.0
        for w, node in ((1 / 6, -1), (2 / 3, 0), (1 / 6, 1)):
            y = mean + node * sd
            r = np.exp(-0.5 * y * y) / np.sqrt(2 * np.pi) / ndtr(y)
            e1, e2 = e1 + w * r, e2 + w * r * (y + r)
        E1[k], E2[k], slope[k] = sign * e1, e2, c[k]
    k = np.flatnonzero(vote == 1)
    middle = 0.25 * (v1 + v2 + 2 * c12)[k] - t[k] * (c1 + c2)[k]
    sd = np.sqrt(3 * np.maximum(base[k] + middle, 0))
    e1 = e2 = 0.0
    for w, node in ((1 / 6, -1), (2 / 3, 0), (1 / 6, 1)):
        x = node * sd - b[k] * t[k]
        high, low = g2[item[k]] + x, g1[item[k]] + x
        mass = np.where(low > 0, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))
        fa, fb = (np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi) / mass for z in (high, low))
        e1, e2 = e1 + w * (fa - fb), e2 + w * (high * fa - low * fb + (fa - fb) ** 2)
    E1[k], E2[k], slope[k] = e1, e2, 0.5 * (c1 + c2)[k]
    G = np.bincount(unit, -b * E1 + E2 * (slope - t * vb), n)
    return G, np.bincount(unit, square * E2, n), np.bincount(unit, square, n)


def _record() -> None:
    """Report a user's process on the full record, and the blocs of a session."""
    table = unga_record.record()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "record.parquet"
        table.to_parquet(copy, index=False)
        here = {**os.environ, "MULTIPOLAR_DATA": str(Path(folder) / "tables")}
        tool = str(Path(sys.executable).parent / "multipolar")
        subprocess.run(
            [tool, "data", "add", "unga", str(copy)], check=True, capture_output=True, env=here
        )
        empty = {**here, "NUMBA_CACHE_DIR": str(Path(folder) / "compiled")}

        def run(where: dict[str, str]) -> tuple[float, list[float]]:
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", PROCESS],
                check=True,
                capture_output=True,
                text=True,
                env=where,
            )
            return time.perf_counter() - start, json.loads(done.stdout)

        cold, (_, fitted, _, ballots, iterations) = run(empty)
        kept, (read, again, peak, _, _) = run(empty)
    of = f"full record to 2025, {ballots:.0f} ballots, {iterations:.0f} iterations"
    report(
        "alignment.seconds_cold",
        cold,
        "s",
        f"new process, nothing compiled: {of}; estimate {fitted:.1f} s; limit 40",
    )
    report(
        "alignment.seconds_process",
        kept,
        "s",
        f"the same, compiled before: start and reading {read:.1f} s, estimate {again:.1f} s",
    )
    report(
        "alignment.megabytes", peak, "MB", "peak of that process, which only reads and estimates"
    )
    rows = table[table["session"] == SESSION]
    value = rows["vote"].astype(str).map({"yes": 1.0, "abstain": 0.0, "no": -1.0})
    laid = rows.assign(value=value).pivot(index="rollcall", columns="country", values="value")
    laid = laid.dropna(axis=1, how="all")
    V, states = laid.to_numpy(float), tuple(map(str, laid.columns))
    size = f"session {SESSION}: {V.shape[0]} roll calls, {V.shape[1]} states"

    def once() -> object:
        return blocs(network(V), np.random.default_rng(1), codes=states)

    once()
    one = statistics.median(seconds(once) for _ in range(5))
    report("alignment.blocs_seconds", one, "s", f"network and best of ten partitions, {size}")
    report(
        "alignment.blocs_runs_seconds",
        seconds(lambda: find_blocs(V, states, "covariance")),
        "s",
        "160 runs over resampled votes, resolutions and seeds, with their consensus",
    )
    alike = statistics.median(seconds(lambda: lijphart(V)) for _ in range(9))
    report("alignment.similarity_ms", 1000 * alike, "ms", f"agreement of every pair, {size}")


if __name__ == "__main__":
    alignment()
