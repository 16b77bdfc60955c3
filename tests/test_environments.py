"""Odd surroundings: closed and full outputs, plain encodings, places that cannot be written."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from numba.core import caching

import multipolar
from multipolar import commands
from multipolar.cli import main
from multipolar.render.exports import FILES

SOURCES = Path(multipolar.__file__).parent
PROGRAM = [sys.executable, "-m", "multipolar.cli"]
ENV = os.environ | {"PYTHONPATH": str(SOURCES.parent)}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells and signals")


def shell(line: str, **env: str) -> subprocess.CompletedProcess[str]:
    text = line.replace("multipolar", f"'{sys.executable}' -m multipolar.cli")
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {text}"],
        capture_output=True,
        text=True,
        env=ENV | env,
        timeout=120,
        check=False,
    )


# Outputs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("multipolar --help >&-", 1, "standard output cannot be written: Bad file descriptor"),
        ("multipolar --help > /dev/full", 1, "standard output cannot be written: No space left"),
        ("multipolar --help >&- 2>&-", 1, ""),
        ("multipolar --help <&- >&- 2>/dev/full", 1, ""),
        ("multipolar --help | true", 0, ""),
        ("multipolar --help 2>&-", 0, ""),
        ("multipolar frobnicate 2>&-", 2, ""),
        ("multipolar frobnicate 2>/dev/full", 2, ""),
        ("multipolar frobnicate >&-", 2, "invalid choice"),
    ],
)
def test_an_output_that_takes_nothing_is_one_line(line: str, status: int, words: str) -> None:
    done = shell(line)
    assert done.returncode == status
    assert words in done.stderr
    assert done.stderr.count("\n") == bool(words)


def test_a_file_is_never_written_into_in_the_place_of_a_closed_output(tmp_path: Path) -> None:
    done = shell(f"multipolar new '{tmp_path / 'case'}' <&- >&- 2>&-")
    assert done.returncode == 1
    assert "# A case is a folder" in (tmp_path / "case" / "case.yaml").read_text()
    assert main(["check", str(tmp_path / "case")]) == 0


def test_two_runs_at_once_in_plain_surroundings(tmp_path: Path) -> None:
    """One in ASCII, from sources and a home that cannot be written; one in cp1252."""
    small(tmp_path / "case")
    shutil.copytree(SOURCES, tmp_path / "ro" / "multipolar", ignore=shutil.ignore_patterns("*.nb*"))
    home = tmp_path / "home"
    home.mkdir()
    for path in (home, *(tmp_path / "ro").rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    bare = {
        "HOME": str(home),
        "PYTHONPATH": str(tmp_path / "ro"),
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PATH": os.environ["PATH"],
    }
    west = ENV | {"PYTHONIOENCODING": "cp1252"}
    argv = [*PROGRAM, "run", str(tmp_path / "case"), "--out", str(tmp_path / "out"), "--draws"]
    runs = [
        subprocess.Popen(
            [*powerless(), *argv, "1"], env=bare, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ),
        subprocess.Popen([*argv, "2"], env=west, stdout=subprocess.PIPE, stderr=subprocess.PIPE),
    ]
    plain, other = (run.communicate(timeout=240) for run in runs)
    assert [run.returncode for run in runs] == [0, 0], (plain, other)
    assert "* holds              A-2" in plain[0].decode("ascii")
    assert "holds" in other[0].decode("cp1252")
    assert {p.name for p in (tmp_path / "out").iterdir()} == set(FILES)
    assert {p.name for p in tmp_path.iterdir()} == {"case", "ro", "home", "out"}
    assert not list((tmp_path / "ro").rglob("*.nbi")) + list(home.iterdir())


def small(folder: Path) -> None:
    """A case that reads no table, with as little to wait for."""
    assert main(["new", str(folder)]) == 0
    claims = yaml.safe_load((folder / "claims.yaml").read_text("utf-8"))
    (folder / "claims.yaml").write_text(json.dumps(claims[1:], default=str), "utf-8")
    case = yaml.safe_load((folder / "case.yaml").read_text("utf-8"))
    plain = {
        "schema": 1,
        "case": "small",
        "title": "Small −",
        "deck": "Of one claim.",
        "as_of": "2024-12-31",
        "engines": ["record"],
        "sources": case["sources"],
    }
    (folder / "case.yaml").write_text(json.dumps(plain, default=str), "utf-8")


def powerless() -> list[str]:
    """What makes root heed permissions, where tests run as root."""
    if os.geteuid() or not shutil.which("setpriv"):
        return []
    caps = "-dac_override,-dac_read_search"
    return ["setpriv", "--bounding-set", caps, "--inh-caps", caps]


# Disks ------------------------------------------------------------------------------------------


def test_a_case_that_does_not_fit_is_not_begun(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "new", str(tmp_path / "case")],
        capture_output=True,
        text=True,
        env=ENV,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert done.returncode == 2
    assert re.fullmatch(r"multipolar: .*cannot write \(it is larger .*Hint.*\n", done.stderr)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["run", "solve", "positions", "default"])
def test_a_bad_place_is_refused_before_the_work(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def worked(*_: Any, **__: Any) -> None:
        pytest.fail("solved first")

    monkeypatch.setattr("multipolar.run.run_case", worked)
    monkeypatch.setattr("multipolar.pipeline.scenarios.solve_pass", worked)
    monkeypatch.setattr("multipolar.engines.alignment.positions.positions", worked)
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("mine")
    Path("dossier").write_text("mine")
    Path("s.yaml").write_text("name: s\n")
    for place in ("file/x", "loop", "file/a.csv", "n" * 250 + ".csv/" + "m" * 250):
        argv = {
            "run": ["run", "critical-minerals-2023", "--out", place],
            "default": ["run", "critical-minerals-2023"],
            "solve": ["solve", "s.yaml", "--manifest", place],
            "positions": ["positions", "votes.csv", "--out", f"{place}/b.csv"],
        }[option]
        if place == "loop":
            Path("loop").symlink_to("loop")
        if option == "run" and place.startswith("n"):
            continue
        assert main(argv) == 2
        assert capsys.readouterr().err.count("\n") == 1
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(os, "write", lambda *_: (_ for _ in ()).throw(full))
    if option != "default":
        assert main([*argv[:-1], "a.csv"]) == 2
        assert "the disk is full" in capsys.readouterr().err
    assert {p.name for p in tmp_path.iterdir()} <= {"file", "dossier", "s.yaml", "loop"}


# Signals ----------------------------------------------------------------------------------------

WAITING = """
import sys, time
from multipolar import cli, commands
def wait(args):
    try:
        print("ready", flush=True)
        time.sleep(60)
    finally:
        print("cleared", flush=True)
        if "slow" in sys.argv:
            time.sleep(60)
commands.do_check = wait
sys.exit(cli.main(["check", "x"]))
"""


@pytest.mark.parametrize(
    ("signals", "status", "words"),
    [
        ([signal.SIGTERM], 143, "ended by SIGTERM"),
        ([signal.SIGHUP], 129, "ended by SIGHUP"),
        ([signal.SIGINT], 130, "stopped"),
        ([signal.SIGINT, signal.SIGINT], 130, ""),
        ([signal.SIGTERM, signal.SIGINT], 130, ""),
    ],
)
def test_a_signal_ends_in_order(signals: list[signal.Signals], status: int, words: str) -> None:
    slow = ["slow"] if len(signals) > 1 else []
    run = subprocess.Popen(
        [sys.executable, "-c", WAITING, *slow],
        env=ENV,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.stdout is not None
    for number, ready in zip(signals, ("ready", "cleared"), strict=False):
        assert run.stdout.readline().strip() == ready
        run.send_signal(number)
    out, err = run.communicate(timeout=30)
    assert run.returncode == status
    assert words in err
    assert err.count("\n") == bool(words)
    assert ("cleared" in out) == (len(signals) == 1)


def test_what_is_ignored_stays_ignored() -> None:
    run = subprocess.Popen(
        ["nohup", sys.executable, "-c", WAITING],
        env=ENV,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "ready\n"
    run.send_signal(signal.SIGHUP)
    time.sleep(0.1)
    assert run.poll() is None
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=30)
    assert run.returncode == 143


def test_handlers_are_put_back(capsys: pytest.CaptureFixture[str]) -> None:
    before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    assert main(["--version"]) == 0
    assert before == [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    assert capsys.readouterr().out.startswith("multipolar ")


# Last resort ------------------------------------------------------------------------------------


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("no text either")


def deep() -> None:
    deep()


@pytest.mark.parametrize(
    "fault",
    [
        KeyError("x\x1b[2J\ny"),
        MemoryError(),
        Mute(),
        OSError(5, "odd"),
        ValueError("v" * 999),
        deep,
    ],
)
def test_whatever_escapes_is_one_line_and_a_file(
    fault: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: object) -> None:
        if callable(fault):
            fault()
        raise fault

    monkeypatch.setattr(commands, "do_check", fails)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["check", "x"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert "\x1b" not in shown.err
    (file,) = tmp_path.iterdir()
    assert str(file) in shown.err
    assert file.stat().st_mode & 0o777 == 0o600
    assert "Traceback" in file.read_text("utf-8")
    assert "test_environments.py" in file.read_text("utf-8")
    file.unlink()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert main(["check", "x"]) == 1
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert "No file could be written" in shown.err
    assert "test_environments.py:" in shown.err


def test_the_whole_is_shown_to_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(commands, "do_check", fails)
    monkeypatch.setenv("MULTIPOLAR_DEBUG", "1")
    with pytest.raises(KeyError):
        main(["check", "x"])


# Caches -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["kept", "none", "damaged", "full"])
def test_compiled_functions_do_without_a_cache(
    state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "module.py"
    source.write_text(
        "from multipolar.numerics.compiled import compiled\n"
        "@compiled\ndef double(x):\n    return 2 * x\n"
    )

    def double() -> Any:
        spec = importlib.util.spec_from_file_location("module", source)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.double(4) == 8
        return module.double

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    if state == "none":
        monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    if state == "full":
        monkeypatch.setattr(caching.IndexDataCacheFile, "save", full)
    double()
    made = list((tmp_path / "__pycache__").glob("*.nb*"))
    assert len(made) == (2 if state in {"kept", "damaged"} else 0)
    for path in made if state == "damaged" else ():
        path.write_bytes(b"\x80damaged")
    hits = double().stats.cache_hits
    assert sum(hits.values()) == (state == "kept")


def test_every_compiled_function_is_made_in_the_one_place() -> None:
    for path in SOURCES.rglob("*.py"):
        assert path.name == "compiled.py" or "njit" not in path.read_text("utf-8"), path
