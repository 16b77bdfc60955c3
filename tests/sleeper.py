"""An engine that takes its time, for tests that end its processes: quick to import, and no more."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multipolar.engines.api.contract import Outcome, Reading


@dataclass(frozen=True)
class Sleeper:
    """Gives its parameter back; a worker takes ``seconds``, and leaves its number in ``folder``."""

    folder: str
    seconds: float
    name: str = "sleeper"

    def solve(self, prepared: object, parameters: Mapping[str, float]) -> Outcome:
        if multiprocessing.parent_process() is not None:
            (Path(self.folder) / str(os.getpid())).touch()
            time.sleep(self.seconds)
        return Outcome(self.name, "any", _Value(parameters["a"]), _nothing)


@dataclass(frozen=True)
class _Value:
    value: float

    def __call__(self, metric: str, where: object) -> Reading:
        return Reading(self.value, "1")


def _nothing(metric: str, where: object) -> Any:
    raise AssertionError("nobody asks")
