"""Kill runs with SIGKILL, and see what is left of the dossier they were to replace.

Half of the runs are killed at a random moment, half as soon as something changes at the place they
write to. After each the folder has to hold the old dossier or the new one, whole; what else is left
has to be gone after the next run. ``make kills`` runs it; it takes some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

PROGRAM = [sys.executable, "-m", "multipolar.cli"]


def started(case: Path, out: Path) -> subprocess.Popen[bytes]:
    argv = [*PROGRAM, "run", str(case), "--draws", "1", "--out", str(out)]
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def dossier(out: Path) -> dict[str, bytes]:
    found = {p.name: p.read_bytes() for p in sorted(out.iterdir()) if p.is_file()}
    if "verdicts.json" in found:
        document = json.loads(found["verdicts.json"])
        document.pop("generated")
        found["verdicts.json"] = json.dumps(document).encode()
    return found


def marks(place: Path) -> list[tuple[str, int]]:
    """What changes when anything is written in a folder or in those it holds."""
    with os.scandir(place) as entries:
        found = [(e.name, e.stat(follow_symlinks=False).st_ino) for e in entries]
    return sorted([*found, ("", place.stat().st_mtime_ns)])


def killed_at_the_write(run: subprocess.Popen[bytes], place: Path) -> None:
    before = marks(place), marks(place / "out")
    while run.poll() is None:
        try:
            if (marks(place), marks(place / "out")) != before:
                break
        except OSError:
            break
    run.send_signal(signal.SIGKILL)


def main() -> int:
    """Kill, look, and say."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--runs", type=int, default=30)
    ask.add_argument("--seed", type=int, default=1)
    args = ask.parse_args()
    dice, found, strays = random.Random(args.seed), Counter[str](), 0
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        root = Path(folder)
        place = root / "place"
        place.mkdir()
        known, spent = {}, 0.0
        for name in ("old", "new"):
            subprocess.run([*PROGRAM, "new", str(root / name)], check=True, capture_output=True)
            at = time.monotonic()
            assert started(root / name, root / f"{name}-dossier").wait() == 0
            spent = time.monotonic() - at
            known[name] = dossier(root / f"{name}-dossier")
        for k in range(args.runs):
            assert started(root / "old", place / "out").wait() == 0
            assert dossier(place / "out") == known["old"], "the run before was not cleared"
            assert [p.name for p in place.iterdir()] == ["out"], "a stray was not cleared"
            run = started(root / "new", place / "out")
            if k % 2:
                killed_at_the_write(run, place)
            else:
                time.sleep(dice.uniform(0, 1.05 * spent))
                run.send_signal(signal.SIGKILL)
            run.wait()
            left = dossier(place / "out")
            kind = next((name for name in known if known[name] == left), "MIXED")
            stray = sorted(p.name for p in place.iterdir() if p.name != "out")
            strays += bool(stray)
            found[kind] += 1
            print(
                f"{k + 1:3} {'at the write' if k % 2 else 'at random':13}{kind:6}",
                *stray,
                flush=True,
            )
    print(
        f"{args.runs} runs killed: {dict(found)}; {strays} left something hidden, cleared by the next"
    )
    return 1 if found["MIXED"] else 0


if __name__ == "__main__":
    sys.exit(main())
