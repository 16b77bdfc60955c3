"""Processes of draws: they end with their parent, are replaced if lost, and say what went wrong."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from hostile import FAULTS, Hostile
from multipolar.errors import EngineError, EngineFailed
from multipolar.pipeline import Ask, sample
from multipolar.pipeline.solve import Sample
from multipolar.uncertainty import child_seed, design
from multipolar.uncertainty.workers import Failed, shared_out
from toy import Toy

ONE = Ask("toy.line", (("x", "1"),))
DECLARED = Toy(spread=1.0).parameters(None)
VALUES = {p.name: p.value for p in DECLARED}
DRAWN = design(DECLARED, 24, child_seed(9, "toy"))
EXPECTED = tuple((DRAWN["slope"] + DRAWN["shift"]).tolist())
BOTH = pytest.mark.parametrize("workers", [1, 2])
posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def run(toy: Toy, workers: int = 2, limit: float = 60.0) -> Sample:
    return sample(toy, "b", VALUES, [ONE], DRAWN, workers=workers, progress=False, limit=limit)


def only_one_line(fault: object) -> str:
    text = str(fault)
    assert text.isprintable(), text
    assert len(text) < 500
    return text


# What an engine's code raises ---------------------------------------------------------------------

SAID = {
    "zero": "ZeroDivisionError: division by zero",
    "memory": "MemoryError",
    "recursion": "RecursionError: maximum recursion depth exceeded",
    "exit": "SystemExit: 3",
    "panic": r"Panic: a panic \x1b[31min red",
    "mute": "Mute",
    "assert": "AssertionError",
}


def test_every_fault_has_its_words() -> None:
    assert SAID.keys() == FAULTS.keys()


@BOTH
@pytest.mark.parametrize("deed", sorted(SAID.keys() - {"memory"}))
def test_a_fault_in_a_draw_is_one_line(deed: str, workers: int) -> None:
    steep = DRAWN["slope"] > 1.5
    found = run(Hostile(deed=deed, spread=1.0), workers).answers[ONE]
    assert [v is None for v in found.values] == steep.tolist()
    assert (found.failed, found.missing) == (steep.sum(), "")
    text = only_one_line(found.failure)
    assert text.startswith("engine toy failed: ")
    assert SAID[deed] in text


@BOTH
def test_a_draw_that_found_no_memory_is_a_fault_of_the_machine(workers: int) -> None:
    failing = int((DRAWN["slope"] > 1.5).sum())
    with pytest.raises(EngineFailed) as refusal:
        run(Hostile(deed="memory", spread=1.0), workers)
    says = f"{failing} of 24 draws did not solve, the first: engine toy failed: MemoryError"
    assert only_one_line(refusal.value) == says


@pytest.mark.parametrize("deed", SAID)
def test_a_fault_at_the_central_point_is_one_line(deed: str) -> None:
    with pytest.raises(EngineError) as refusal:
        run(Hostile(deed=deed, above=0.0))
    assert only_one_line(refusal.value).startswith(f"engine toy failed: {SAID[deed]}")


@pytest.mark.parametrize("above", [0.0, 1.5])
def test_a_stop_by_the_user_is_no_fault_of_an_engine(above: float) -> None:
    class Stopped(Hostile):
        def solve(self, prepared: str, parameters: object) -> object:  # type: ignore[override]
            if parameters["slope"] > above:  # type: ignore[index]
                raise KeyboardInterrupt
            return super().solve(prepared, parameters)  # type: ignore[arg-type]

    with pytest.raises(KeyboardInterrupt):
        run(Stopped(), workers=1)


def test_what_is_no_outcome_is_said() -> None:
    with pytest.raises(EngineError, match="engine toy failed: AttributeError"):
        run(Hostile(deed="nothing", above=0.0), workers=1)


# What is read -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deed", "says"),
    [
        ("nan", "engine toy gave no finite number for toy.line: so it is"),
        ("infinite", "engine toy gave no finite number for toy.line: so it is"),
        ("truth", "engine toy gave no finite number for toy.line"),
        ("list", "engine toy gave no finite number for toy.line"),
        ("huge", "engine toy failed: OverflowError"),
        ("word", "draws gave a word, the rest a number"),
    ],
)
def test_what_is_no_number_is_no_answer(deed: str, says: str) -> None:
    found = run(Hostile(deed=deed, spread=1.0), workers=1).answers[ONE]
    if deed == "word":
        assert (found.central, found.values) == (None, ())
        assert says in found.missing
    else:
        assert [v is None for v in found.values] == (DRAWN["slope"] > 1.5).tolist()
        assert says in found.failure
    central = sample(Hostile(deed=deed, above=0.0), "b", VALUES, [ONE], {}).answers[ONE]
    assert (central.central is None) == (deed != "word")
    assert central.missing == "" if deed == "word" else says in central.missing


@pytest.mark.parametrize("deed", ["sticky", "local"])
def test_what_cannot_leave_its_process_is_said(deed: str) -> None:
    with pytest.raises(
        EngineError, match=r"what was read cannot leave its process: (Value|Type)Er"
    ):
        run(Hostile(deed=deed, spread=1.0))
    assert run(Hostile(deed=deed, spread=1.0), workers=1).answers[ONE].missing == ""


# Workers that are lost ----------------------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    ("deed", "limit", "says"),
    [
        ("killed", 60.0, "a worker process was ended by SIGKILL; its draws are done again"),
        ("leaves", 60.0, "a worker process ended with status 0; its draws are done again"),
        ("stopped", 1.0, "a worker process said nothing for 1 seconds; its draws are done again"),
    ],
)
def test_the_draws_of_a_lost_worker_are_done_again(
    deed: str, limit: float, says: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    toy = Hostile(deed=deed, spread=1.0, mark=str(tmp_path / "done"))
    with caplog.at_level(logging.WARNING, "multipolar"):
        assert run(toy, limit=limit).answers[ONE].values == EXPECTED
    assert [r.getMessage() for r in caplog.records] == [says]
    assert multiprocessing.active_children() == []


@posix
@pytest.mark.parametrize(
    ("deed", "limit", "says"),
    [
        ("killed", 60.0, r"was ended by SIGKILL, at draw \d+, tried 3 times\. Hint: .*memory"),
        ("stopped", 1.0, r"said nothing for 1 seconds, at draw \d+, tried 2 times\. Hint: .*limit"),
    ],
)
def test_a_draw_that_costs_every_worker_its_life_ends_the_run(
    deed: str, limit: float, says: str
) -> None:
    with pytest.raises(EngineError, match=says) as refusal:
        run(Hostile(deed=deed, above=1.9), limit=limit)
    assert str(refusal.value).startswith("engine toy: a worker process ")
    draw = int(str(refusal.value).partition("draw ")[2].partition(",")[0])
    assert DRAWN["slope"][draw - 1] > 1.9
    only_one_line(refusal.value)
    assert multiprocessing.active_children() == []


@dataclass(frozen=True)
class Number:
    """A row by its number; the 8th never comes."""

    stuck: int = 8

    def __call__(self, i: int) -> int:
        if i == self.stuck:
            time.sleep(600)
        return i


class Dying:
    """A row that ends whoever works on it."""

    def __call__(self, i: int) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return i


def test_what_is_no_longer_wanted_is_ended_at_once() -> None:
    with closing(shared_out(Number(), 64, workers=2)) as rows:
        next(rows)
        assert len(multiprocessing.active_children()) == 2
    assert multiprocessing.active_children() == []


def test_where_no_process_can_be_started_one_does_it_all(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(self: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(multiprocessing.Process, "start", full)
    with caplog.at_level(logging.WARNING, "multipolar"):
        assert run(Toy(spread=1.0)).answers[ONE].values == EXPECTED
    assert "BlockingIOError" in caplog.text


@BOTH
def test_a_row_that_raises_is_a_row(workers: int) -> None:
    rows = dict(shared_out(float.fromhex, 2, workers))  # type: ignore[arg-type]
    assert [type(r) for r in rows.values()] == [Failed, Failed]
    assert rows[0].why.startswith("TypeError: ")


@posix
def test_where_no_worker_lives_that_is_soon_known(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "multipolar"), pytest.raises(EngineError, match="3 times"):
        list(shared_out(Dying(), 1000, workers=2))
    assert [r.levelname for r in caplog.records] == [
        "WARNING",
        *["INFO"] * (len(caplog.records) - 1),
    ]
    assert len(caplog.records) <= 4


@pytest.mark.parametrize("n", [1, 3, 33])
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_every_row_comes_once(n: int, workers: int) -> None:
    assert sorted(shared_out(Number(stuck=-1), n, workers)) == [(i, i) for i in range(n)]


# A parent that ends -------------------------------------------------------------------------------

PARENT = """
import json, multiprocessing, sys
import numpy as np
from multipolar.pipeline import Ask, sample
from sleeper import Sleeper

if __name__ == "__main__":
    method, folder, seconds, limit = sys.argv[1:]
    multiprocessing.set_start_method(method)
    engine, ask = Sleeper(folder, float(seconds)), Ask("sleeper.a", ())
    try:
        found = sample(engine, None, {"a": -1.0}, [ask], {"a": np.arange(20.0)}, workers=2,
                       limit=float(limit))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)
    print(json.dumps(found.answers[ask].values))
"""
COUNTED = list(map(float, range(20)))
METHODS = [
    m for m in ("fork", "forkserver", "spawn") if m in multiprocessing.get_all_start_methods()
]
ENDS = [
    ("fork", "SIGTERM"),
    ("fork", "SIGHUP"),
    ("fork", "SIGINT"),
    ("fork", "SIGINT twice"),
    *((m, "SIGKILL") for m in METHODS),
]


@dataclass
class Child:
    """A run of draws in a process group of its own; its workers leave their numbers in a folder."""

    process: subprocess.Popen[str]
    folder: Path

    @property
    def workers(self) -> list[int]:
        return sorted(int(p.name) for p in self.folder.iterdir())


def start(folder: Path, method: str, seconds: float, limit: float) -> Child:
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, method, str(folder), str(seconds), str(limit)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        start_new_session=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return Child(process, folder)


@contextmanager
def started(
    folder: Path, runs: Mapping[str, tuple[str, float, float]]
) -> Iterator[dict[str, Child]]:
    """Start runs side by side, each with its method, seconds a draw and limit."""
    found = {name: start(folder / name, *settings) for name, settings in runs.items()}
    try:
        yield found
    finally:
        for child in found.values():
            for pid in (*child.workers, child.process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            child.process.communicate()


def alive(pid: int) -> bool:
    """Whether a process runs: one that only waits to be taken note of does not."""
    asked = ["ps", "-o", "stat=", "-p", str(pid)]
    state = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return bool(state) and not state.startswith("Z")


def eventually(true: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Child]]:
    """Runs that are to be ended: they would take minutes."""
    wanted = {f"{m} {s}": (m, 30.0, 60.0) for m, s in ENDS}
    with started(tmp_path_factory.mktemp("runs"), wanted) as found:
        yield found


@posix
@pytest.mark.parametrize(("method", "ending"), ENDS)
def test_no_worker_outlives_its_parent(method: str, ending: str, runs: dict[str, Child]) -> None:
    child = runs[f"{method} {ending}"]
    assert eventually(lambda: len(child.workers) == 2, 60)
    assert all(map(alive, child.workers))
    number = getattr(signal, ending.removesuffix(" twice"))
    if number == signal.SIGINT:  # as a terminal does, to every process
        os.killpg(child.process.pid, number)
        if ending.endswith("twice"):
            time.sleep(0.02)
            os.killpg(child.process.pid, number)
    else:
        child.process.send_signal(number)
    assert eventually(lambda: not any(map(alive, child.workers)), 2)
    _, said = child.process.communicate(timeout=5)
    if ending == "SIGINT":
        assert (child.process.returncode, said) == (130, "stopped\n")
    elif ending != "SIGINT twice":
        assert (child.process.returncode, said) == (-number, "")


@posix
def test_what_happens_to_workers_from_outside_changes_nothing(tmp_path: Path) -> None:
    wanted = {"killed": ("spawn", 0.06, 60.0), "stopped": ("fork", 0.06, 1.5)}
    with started(tmp_path, wanted) as runs:
        killed, stopped = runs["killed"], runs["stopped"]
        assert eventually(lambda: len(stopped.workers) == 2, 60)
        os.killpg(stopped.process.pid, signal.SIGSTOP)  # the parent too, as Ctrl-Z does
        until = time.monotonic() + 2.5  # longer than the limit
        assert eventually(lambda: len(killed.workers) >= 1, 60)
        os.kill(killed.workers[0], signal.SIGKILL)
        time.sleep(max(0.0, until - time.monotonic()))
        os.killpg(stopped.process.pid, signal.SIGCONT)
        for child in runs.values():
            given, said = child.process.communicate(timeout=60)
            assert json.loads(given) == COUNTED
            lost = "a worker process was ended by SIGKILL; its draws are done again\n"
            assert said == (lost if child is killed else "")
