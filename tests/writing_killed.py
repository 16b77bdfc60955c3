"""Writes that end at once at their k-th step, for every k: run as a program, it forks a child each.

Prints one line of JSON a death: what lay in the folder and beside it then, and after the next run.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from multipolar.world import writer

OLD = {"index.html": b"old page" * 50, "a.csv": b"old table", "b.json": b"old"}
NEW = {"index.html": b"new page" * 90, "a.csv": b"new table", "b.json": b"new"}
STEPS = ("mkdir", "rmdir", "link", "rename", "replace", "unlink", "write", "fsync", "chmod", "open")


def dying(at: int) -> None:
    """Let the process die at its ``at``-th call, before or after it takes effect by turns."""
    count = 0

    def wrap(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == at:
                os._exit(9)
            return call(*args, **kwargs)

        return step

    for name in STEPS:
        setattr(os, name, wrap(getattr(os, name)))
    writer._exchanged = wrap(writer._exchanged)


def state(place: Path) -> dict[str, Any]:
    def kind(files: dict[str, bytes]) -> str:
        if all((place / "out" / n).is_file() for n in files):
            found = {n: (place / "out" / n).read_bytes() for n in files}
            return "old" if found == OLD else "new" if found == NEW else "mixed"
        return "none" if not any((place / "out" / n).exists() for n in files) else "part"

    own = {"out", *OLD}
    kept = sorted(p.name for p in (place / "out").iterdir()) if (place / "out").is_dir() else []
    hidden = [p.name for p in (*place.iterdir(), *(place / "out").glob(".m*")) if p.name not in own]
    return {
        "out": kind(NEW),
        "others": [n for n in kept if n not in own and n[0] != "."],
        "hidden": hidden,
    }


def main(place: Path, setting: str) -> None:
    if "named" in setting:
        writer._UNNAMED = 0
    if "apart" in setting:  # a disk without exchange
        writer._exchange_call = lambda: None
    at = 0
    while True:
        at += 1
        here = place / str(at)
        here.mkdir()
        if "fresh" not in setting:
            writer.save_folder(here / "out", OLD)
        if "notes" in setting:
            (here / "out" / "notes.txt").write_text("mine")
            (here / "out" / "link").symlink_to("notes.txt")
        if "deep" in setting:
            (here / "out" / "deep").mkdir()
        child = os.fork()
        if not child:
            dying(at)
            writer.save_folder(here / "out", NEW)
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        dead = state(here)
        writer.save_folder(here / "out", NEW)
        print(json.dumps({"at": at, "ended": ended, "dead": dead, "next": state(here)}))
        if ended == 0:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
