"""Give every loader changed files, and count what comes: a result, a refusal, or a fault.

    make fuzz                                   # 100,000 inputs
    make fuzz FUZZ_INPUTS=2000 FUZZ_SEED=7
    python tools/fuzz.py --only votes "votes in Parquet" --seconds 60

The files are the same for the same seed. They are read in processes of their own, so that one that
ends a process, hangs or takes all memory is counted like any other fault. Inputs that are faults go
to ``tests/corpus/found/LOADER/``, one for each kind of fault; fixed, they move to
``tests/corpus/LOADER/``, where the tests read them ever after.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
FOUND = ROOT / "tests" / "corpus" / "found"
BATCH = 50  # inputs given to a process at once
PATIENCE = 20.0  # seconds for one input; the slowest takes 0.1
MEMORY = 6 << 30  # bytes a process may map; what is read here has some kB


def main() -> int:
    """Run, say what was found, and return 1 if anything was."""
    args = _arguments()
    os.environ.setdefault("MULTIPOLAR_DATA", str(Path(tempfile.gettempdir()) / "no-tables"))
    import loaders

    names = args.only or list(loaders.LOADERS)
    for name in names:
        if name not in loaders.LOADERS:
            sys.exit(f"no loader {name!r}; there are {', '.join(loaders.LOADERS)}")
        loaders.seeds(name)  # made once, before the processes
    shutil.rmtree(args.found, ignore_errors=True)
    tally = _Tally(Path(args.found))
    start = time.monotonic()
    jobs = _jobs(names, args.inputs, args.seed)
    crew = [_Worker() for _ in range(args.workers)]
    try:
        _run(jobs, crew, tally, start + args.seconds if args.seconds else None, args.inputs)
    finally:
        for worker in crew:
            worker.end()
    tally.show(time.monotonic() - start)
    return 1 if tally.faults else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=0, help="stop after so long; 0: never")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", nargs="*", metavar="LOADER")
    parser.add_argument("--found", default=str(FOUND), help="folder for inputs that are faults")
    return parser.parse_args()


def _jobs(names: list[str], inputs: int, seed: int) -> collections.deque[list[tuple[str, int]]]:
    each = [(names[k % len(names)], seed * 1_000_000_000 + k // len(names)) for k in range(inputs)]
    return collections.deque(each[k : k + BATCH] for k in range(0, inputs, BATCH))


@dataclass
class _Tally:
    """What came, by loader."""

    folder: Path
    counts: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)
    faults: collections.Counter[tuple[str, str]] = field(default_factory=collections.Counter)

    def add(self, name: str, number: int, what: str) -> None:
        """Count an outcome; of a fault that is new, keep the input."""
        if what in ("read", "refused"):
            self.counts[name, what] += 1
            return
        self.counts[name, "fault"] += 1
        self.faults[name, what] += 1
        if self.faults[name, what] == 1:
            import loaders

            file, held = loaders.hostile(name, number)
            digest = hashlib.sha256(what.encode()).hexdigest()[:8]
            place = self.folder / name / f"{Path(file).stem}-{digest}{Path(file).suffix}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(held)

    def show(self, seconds: float) -> None:
        """Print counts by loader, then each fault with its number."""
        total = sum(self.counts.values())
        print(f"{total:,} inputs in {seconds:,.0f} s")
        for name in dict.fromkeys(n for n, _ in self.counts):
            read, refused, fault = (self.counts[name, k] for k in ("read", "refused", "fault"))
            print(f"  {name:28} read {read:>7,}   refused {refused:>7,}   faults {fault:>6,}")
        for (name, what), count in self.faults.most_common():
            print(f"{count:>7,}  {name}: {what}")
        if self.faults:
            print(f"inputs: {self.folder}")


class _Worker:
    """A process that reads inputs, and is replaced when it ends."""

    def __init__(self) -> None:
        self.job: list[tuple[str, int]] = []
        self._start()

    def _start(self) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(target=_work, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.heard = time.monotonic() + 60  # it has to load first

    def give(self, job: list[tuple[str, int]]) -> None:
        """Send a batch."""
        self.job = list(job)
        self.connection.send(job)

    def replace(self) -> None:
        """End the process and start another."""
        self.end()
        self._start()

    def end(self) -> None:
        """End the process: it goes by itself when nobody is at the other end."""
        self.connection.close()
        self.process.join(0 if self.job else 5)
        self.process.kill()
        self.process.join()


def _run(
    jobs: collections.deque[list[tuple[str, int]]],
    crew: list[_Worker],
    tally: _Tally,
    until: float | None,
    total: int,
) -> None:
    """Give the processes what there is to do, and listen."""
    told = time.monotonic()
    while True:
        late = until is not None and time.monotonic() > until
        for worker in crew:
            if not worker.job and jobs and not late:
                worker.give(jobs.popleft())
        busy = [w for w in crew if w.job]
        if not busy:
            return
        by_connection: dict[Any, _Worker] = {w.connection: w for w in busy}
        for ready in wait(list(by_connection), timeout=1.0):
            _hear(by_connection[ready], tally)
        for worker in busy:
            if worker.job and time.monotonic() - worker.heard > PATIENCE:
                _lost(worker, tally, f"no end within {PATIENCE:.0f} s")
        if time.monotonic() - told > 5:
            told = time.monotonic()
            done = sum(tally.counts.values())
            print(
                f"\r{done:,} of {total:,}, {sum(tally.faults.values()):,} faults",
                end="",
                file=sys.stderr,
                flush=True,
            )


def _hear(worker: _Worker, tally: _Tally) -> None:
    try:
        what = worker.connection.recv()
    except (EOFError, OSError):
        worker.process.join(5)
        _lost(worker, tally, f"the process ended with status {worker.process.exitcode}")
        return
    worker.heard = time.monotonic()
    name, number = worker.job.pop(0)
    tally.add(name, number, what)


def _lost(worker: _Worker, tally: _Tally, what: str) -> None:
    name, number = worker.job.pop(0)
    tally.add(name, number, what)
    rest = worker.job
    worker.replace()
    worker.job = []
    if rest:
        worker.give(rest)


def _work(connection: Connection) -> None:
    """Read inputs until there are no more, and say what came of each."""
    import loaders

    _limit_memory()
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)  # a library that ends the process says so there
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        while True:
            try:
                job = connection.recv()
            except (EOFError, OSError):
                return
            for loader, number in job:
                file, held = loaders.hostile(loader, number)
                try:
                    what = loaders.outcome(loader, file, held, folder)
                except BaseException as fault:
                    what = _said(fault)
                connection.send(what)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on every system
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _said(fault: BaseException) -> str:
    """Return the kind of a fault and where in the project it came up."""
    frames = traceback.extract_tb(fault.__traceback__)
    own = [f for f in frames if "multipolar" in f.filename or "loaders.py" in f.filename]
    last = own[-1] if own else frames[-1]
    place = f"{Path(last.filename).name}:{last.lineno} in {last.name}"
    return f"{type(fault).__name__} at {place}: {' '.join(str(fault).split())[:60]}"


if __name__ == "__main__":
    sys.exit(main())
