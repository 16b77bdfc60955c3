"""The fuzzer counts what ends a process, hangs or takes all memory, and goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[1] / "tools" / "fuzz.py"
LOADERS = """
import os, time

LOADERS = {"one": None, "two": None}

def seeds(name):
    return ()

def hostile(name, number):
    return "a.csv", f"{name} {number}".encode()

def outcome(name, file, held, folder):
    number = int(held.split()[-1]) if name == "one" else 0
    if number == 1:
        raise ValueError("of our own")
    if number == 2:
        os.abort()
    if number == 3:
        time.sleep(60)
    if number == 4:
        bytearray(1 << 40)
    if number == 5:
        os._exit(0)
    return "read" if number % 2 else "refused"
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of memory and signals")
def test_every_way_to_fail_is_counted_once_and_the_rest_is_read(tmp_path: Path) -> None:
    for name, text in (
        ("tools/fuzz.py", FUZZ.read_text("utf-8").replace("PATIENCE = 20.0", "PATIENCE = 2.0")),
        ("tests/loaders.py", LOADERS),
    ):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "tools/fuzz.py", "--inputs", "40", "--workers", "2"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "40 inputs" in done.stdout
    for words in (
        "one: ValueError at loaders.py",
        "one: the process ended with status -6",
        "one: no end within 2 s",
        "one: MemoryError at",
        "one: the process ended with status 0",
    ):
        assert f"1  {words}" in done.stdout, (words, done.stdout)
    counts = [line.split() for line in done.stdout.splitlines() if " read " in line]
    assert [[row[0], row[2], row[4], row[6]] for row in counts] == [
        ["one", "7", "8", "5"],
        ["two", "0", "20", "0"],
    ]
    assert len(list((tmp_path / "tests/corpus/found/one").iterdir())) == 5
