"""Print one JSON object a line: name, value, unit, note. Times are medians over several runs.

Usage: python -m benchmarks.bench
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.alignment import alignment
from benchmarks.gas import gas
from benchmarks.measuring import median, paired, report
from benchmarks.strategy import strategy
from benchmarks.trade import trade
from validation import ROOT

TOOL = str(Path(sys.executable).parent / "multipolar")


def command_seconds(*command: str, answers: str = "off") -> float:
    """Run a command that keeps the engines' answers in a folder, or nowhere."""
    start = time.perf_counter()
    here = {**os.environ, "MULTIPOLAR_CACHE": answers}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT, env=here)
    return time.perf_counter() - start


def help_seconds() -> None:
    seconds, ratio = paired(
        lambda: command_seconds(TOOL, "--help"),
        lambda: command_seconds(sys.executable, "-c", "pass"),
        15,
    )
    report(
        "cli.help_seconds",
        seconds,
        "s",
        f"{ratio:.1f} times `python -c pass` in the same run; aim 8",
    )
    report("cli.help_ratio", ratio, "x python -c pass", "median of pairs taken in turn")


def world_load() -> None:
    code = (
        "import time; t = time.perf_counter(); from multipolar import World; w = World.load(); "
        "{}print(time.perf_counter() - t)"
    )

    def seconds(body: str) -> float:
        command = [sys.executable, "-c", code.format(body)]
        found = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
        return float(found.stdout)

    report(
        "world.load_seconds",
        median(lambda: seconds(""), 5),
        "s",
        "World.load() with imports, no table read",
    )
    every = "[w.table(n) for n in w.names]; "
    report(
        "world.load_all_seconds",
        median(lambda: seconds(every), 3),
        "s",
        "every table read and its hash checked",
    )


def founding_case() -> None:
    with tempfile.TemporaryDirectory() as out:
        seconds = median(lambda: command_seconds(TOOL, "run", "moscow-2023", "--out", out), 3)
        report("case.moscow_2023_seconds", seconds, "s", "whole command, page and exports written")
        size = (Path(out) / "index.html").stat().st_size
        report("dossier.kilobytes", size / 1000, "kB", "moscow-2023/index.html; limit 1000")


def edited_case() -> None:
    with tempfile.TemporaryDirectory() as folder:
        case, out = Path(folder) / "moscow-2023", str(Path(folder) / "out")
        shutil.copytree(ROOT / "cases" / "moscow-2023", case)
        claims, found = case / "claims-a.yaml", []
        text = claims.read_text("utf-8")
        for least in (3, 2, 4, 1):  # the first fills the folder
            claims.write_text(text.replace("at_least: 3}", f"at_least: {least}}}"), "utf-8")
            run = (TOOL, "run", str(case), "--out", out)
            found.append(command_seconds(*run, answers=str(Path(folder) / "answers")))
    report(
        "case.edited_seconds",
        statistics.median(found[1:]),
        "s",
        f"moscow-2023 with a threshold edited; {found[0]:.0f} s with nothing kept; limit 5",
    )


def trade_solve() -> None:
    scenario = f"{ROOT / 'cases' / 'moscow-2023' / 'scenarios.yaml'}:west-embargo-russia"

    def spent() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command_seconds(TOOL, "solve", scenario, "--engine", "trade")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    report("solve.trade_cpu_seconds", median(spent, 5), "s", "whole process, all cores; aim 1.0")


def engine_lines() -> None:
    template = ROOT / "src" / "multipolar" / "engines" / "template" / "engine.txt"
    lines = [line for line in template.read_text("utf-8").splitlines() if line.strip()]
    report("engine.lines", len(lines), "lines", "that `multipolar new --engine` writes; limit 25")


def wheel() -> None:
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", out, str(ROOT)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        size = sum(p.stat().st_size for p in Path(out).glob("*.whl"))
    report("wheel.megabytes", size / 1e6, "MB", "limit 15")


if __name__ == "__main__":
    report("machine.cores", len(os.sched_getaffinity(0)), "cores", sys.version.split()[0])
    for bench in (
        help_seconds,
        world_load,
        founding_case,
        edited_case,
        trade_solve,
        engine_lines,
        wheel,
    ):
        bench()
    for engine in (trade, gas, alignment, strategy):
        engine()
