"""How times are taken and reported."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable


def report(name: str, value: float, unit: str, note: str) -> None:
    print(
        json.dumps({"name": name, "value": round(value, 4), "unit": unit, "note": note}), flush=True
    )


def seconds(measure: Callable[[], object]) -> float:
    start = time.perf_counter()
    measure()
    return time.perf_counter() - start


def milliseconds(measure: Callable[[], object], runs: int = 5) -> float:
    return 1000 * statistics.median(seconds(measure) for _ in range(runs))


def median(measure: Callable[[], float], runs: int) -> float:
    measure()
    return statistics.median(measure() for _ in range(runs))


def paired(one: Callable[[], float], two: Callable[[], float], runs: int) -> tuple[float, float]:
    """Median of one, and median of the ratio one/two over runs taken in turn."""
    one(), two()
    pairs = [(one(), two()) for _ in range(runs)]
    return statistics.median(a for a, _ in pairs), statistics.median(a / b for a, b in pairs)
