"""Work shared out to processes that end with this one and are not waited for without end.

A worker ends when its parent does, however that ends. One that is killed, or says nothing for
longer than the limit, is replaced and its part done again: rows hang on their number alone, so
that what comes out is the same.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, TypeAlias

from threadpoolctl import threadpool_limits

from multipolar.engines.contained import fault_text
from multipolar.errors import EngineFailed
from multipolar.limits import DRAW_SECONDS, DRAW_TRIES, HUNG_TRIES

LOG = logging.getLogger("multipolar")
PARTS = 8  # for each worker: fewer leave some idle at the end, more are handed out more often
TICK = 0.5  # seconds between two looks at whether the other side is still there
HELD = 0.1  # seconds that rows which are done may wait for others before they are sent
PR_SET_PDEATHSIG = 1

Work: TypeAlias = Callable[[int], Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """Stands for a row that could not be worked out: the sentence that says why.

    ``lost`` says that another machine, or another number of processes, might well have done it:
    what failed is no property of the row.
    """

    why: str
    lost: bool = False


def shared_out(
    work: Work, n: int, workers: int, *, limit: float = DRAW_SECONDS
) -> Generator[tuple[int, Any], None, None]:
    """Yield the number and the row of ``work(0)`` to ``work(n - 1)``, in the order they are done.

    With one worker, or where no process can be started, all is done in this process, without
    a limit. Closing the iterator ends the workers at once.

    Args:
        work: a row by its number; one that raises gives :class:`Failed`. Picklable where
            processes are not forked.
        n: number of rows.
        workers: processes.
        limit: seconds after which a worker that finished no row is taken to hang.

    Raises:
        EngineFailed: the same row cost several workers their life, or hung repeatedly.

    Example:
        >>> sorted(shared_out(float, 3, workers=1))
        [(0, 0.0), (1, 1.0), (2, 2.0)]
    """
    # a daemon, say a worker of somebody's own pool, may have no children
    if workers <= 1 or multiprocessing.current_process().daemon:
        with threadpool_limits(1):  # as in a worker, so that the last digit is the same
            yield from ((i, _row(work, i)) for i in range(n))
        return
    yield from _Pool(work, n, workers, limit).rows()


@dataclass(eq=False)
class _Worker:
    process: Any
    line: Connection
    part: range | None = None  # the rows it still owes
    silent: float = 0.0  # seconds since it last said something
    hung: bool = False


class _Pool:
    """Workers, what each is at, and what nobody has started on."""

    def __init__(self, work: Work, n: int, workers: int, limit: float) -> None:
        size = max(1, n // (PARTS * workers))
        self.work, self.limit = work, limit
        self.todo = deque(range(i, min(i + size, n)) for i in range(0, n, size))
        self.count = min(workers, len(self.todo))
        self.workers: list[_Worker] = []
        self.lost: Counter[int] = Counter()
        self.over = threading.Event()

    def rows(self) -> Iterator[tuple[int, Any]]:
        """Yield rows as they come in; whatever happens, no worker is left behind."""
        try:
            for _ in range(self.count):
                self._add()
            threading.Thread(target=self._watch, daemon=True).start()
            while self.todo or any(w.part for w in self.workers):
                yield from self._round()
            self._dismiss()
        finally:
            self.over.set()
            self._end()

    def _round(self) -> Iterator[tuple[int, Any]]:
        """Hand out work and take in what is done."""
        if not self.workers:  # none can be started
            part = self.todo.popleft()
            yield from ((i, _row(self.work, i)) for i in part)
            return
        for worker in tuple(self.workers):
            if worker.part is None and self.todo:
                self._give(worker, self.todo.popleft())
        ready = wait([w.line for w in self.workers if w.part], timeout=TICK)
        for worker in tuple(self.workers):
            if worker.line in ready:
                yield from self._take(worker)
            elif worker.part and not worker.process.is_alive() and not worker.line.poll():
                self._lose(worker)  # a child of its own may keep its end of the line open

    def _add(self) -> None:
        """Start a worker, if the system lets us."""
        ours, theirs = multiprocessing.Pipe()
        # with a fork server, the process that starts a worker is not this one
        parent = 0 if multiprocessing.get_start_method() == "forkserver" else os.getpid()
        process = multiprocessing.Process(
            target=_serve, args=(theirs, self.work, parent), daemon=True
        )
        try:
            with _interrupts_held():
                process.start()
        except Exception as fault:  # no memory, too many processes, work that cannot be pickled
            ours.close()
            if not self.workers:
                LOG.warning("no worker process can be started (%s): one is used", fault_text(fault))
            return
        finally:
            theirs.close()
        self.workers.append(_Worker(process, ours))

    def _give(self, worker: _Worker, part: range) -> None:
        worker.silent, worker.part = 0.0, part
        # done again, each row is sent at once, so that the one to blame is known
        held = 0.0 if self.lost[part.start] else HELD
        with suppress(OSError):  # it is gone, as reading from it will show
            worker.line.send((part, held))

    def _take(self, worker: _Worker) -> Iterator[tuple[int, Any]]:
        try:
            rows = worker.line.recv()
        except (EOFError, OSError):
            self._lose(worker)
            return
        worker.silent = 0.0
        assert worker.part is not None
        worker.part = worker.part[len(rows) :] or None
        yield from ((i, _unpacked(row)) for i, row in rows)

    def _lose(self, worker: _Worker) -> None:
        """Put a lost worker's part back, unless it has cost too many workers already."""
        self.workers.remove(worker)
        _ended([worker])
        part = worker.part
        assert part is not None
        first = not self.lost
        self.lost[part.start] += 1
        times = self.lost[part.start]
        why = f"said nothing for {self.limit:g} seconds" if worker.hung else _end_of(worker.process)
        if times >= (HUNG_TRIES if worker.hung else DRAW_TRIES):
            raise EngineFailed(
                f"a worker process {why}, at draw {part.start + 1}, tried {times} times",
                hint="draws in one process (workers=1) have no limit of time"
                if worker.hung
                else "it may be short of memory: free some, or use fewer workers",
            )
        level = logging.WARNING if first else logging.INFO  # one line, not one for each
        LOG.log(level, "a worker process %s; its draws are done again", why)
        self.todo.appendleft(part)  # at once: where none can live, that is known soon
        # where it goes on, memory may be short: fewer then share what there is
        if first or not self.workers:
            self._add()

    def _watch(self) -> None:
        """Kill workers that say nothing for too long: they may be stopped in mid-word."""
        before = time.monotonic()
        while not self.over.wait(TICK):
            now = time.monotonic()
            # a longer gap than we asked for: we were stopped ourselves, and maybe they with us
            passed, before = min(now - before, TICK), now
            for worker in tuple(self.workers):
                worker.silent += passed
                if worker.part and worker.silent > self.limit:
                    worker.hung = True
                    worker.process.kill()

    def _dismiss(self) -> None:
        """Let idle workers leave by themselves, and wait for them a moment."""
        for worker in self.workers:
            with suppress(OSError):
                worker.line.send(None)
        until = time.monotonic() + 1
        for worker in self.workers:
            worker.process.join(max(0.0, until - time.monotonic()))

    def _end(self) -> None:
        _ended(self.workers)


def _ended(workers: list[_Worker]) -> None:
    """Kill workers at once, all of them before any is waited for."""
    for worker in workers:
        worker.process.kill()
    for worker in workers:
        worker.process.join(1)
        worker.line.close()


def _end_of(process: Any) -> str:
    code = process.exitcode
    if code is None or code >= 0:
        return f"ended with status {code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let a child start with Ctrl-C held back, until it has said that it takes none."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# In the worker --------------------------------------------------------------------------------


def _serve(line: Connection, work: Work, parent: int) -> None:
    _take_no_signals()
    _end_with(parent)
    # one thread for linear algebra in each process: the processes already fill the cores
    threadpool_limits(1)
    with suppress(EOFError, OSError):  # nobody to work for
        while (task := line.recv()) is not None:
            _answer(line, work, *task)


def _answer(line: Connection, work: Work, part: range, held: float) -> None:
    done: list[tuple[int, bytes]] = []
    sent = time.monotonic()
    for i in part:
        done.append((i, _packed(_row(work, i))))
        now = time.monotonic()
        if now - sent >= held or i == part[-1]:
            line.send(done)
            done, sent = [], now


def _row(work: Work, i: int) -> Any:
    try:
        return work(i)
    except Exception as fault:
        return Failed(fault_text(fault), lost=isinstance(fault, MemoryError))


def _packed(row: Any) -> bytes:
    try:
        return pickle.dumps(row)
    except Exception as fault:
        return pickle.dumps(_stuck(fault))


def _unpacked(row: bytes) -> Any:
    try:
        return pickle.loads(row)
    except Exception as fault:
        return _stuck(fault)


def _stuck(fault: Exception) -> Failed:
    return Failed(f"what was read cannot leave its process: {fault_text(fault)}", lost=True)


def _take_no_signals() -> None:
    """Ctrl-C goes to every process of a terminal: the parent's part is to end its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # what a parent does about these is not for its workers, but ignoring them (nohup) is
        if number is not None and callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)


def _end_with(parent: int) -> None:
    """See to it that this process ends when the one it works for does."""
    if parent:
        if sys.platform == "linux":  # even one that is stopped, or deep in compiled code
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()


def _follow(starter: int) -> None:
    home = multiprocessing.parent_process()
    assert home is not None
    # the sentinel alone is not enough: workers forked later keep an end of it
    while os.getppid() == starter and not wait([home.sentinel], timeout=TICK):
        pass
    os._exit(1)


__all__ = ["Failed", "shared_out"]
