"""Whatever happens while something is written, the old is there or the new, and nothing else."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import writing_killed as killed
from multipolar.errors import DataError
from multipolar.limits import PATH_BYTES
from multipolar.world import lock, store, writer

OLD, NEW = killed.OLD, killed.NEW
linux = pytest.mark.skipif(sys.platform != "linux", reason="forks, and unnamed files")


def whole(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


# Killed -----------------------------------------------------------------------------------------


@linux
@pytest.mark.parametrize("setting", ["fresh", "notes", "named deep"])
def test_a_kill_at_any_step_leaves_the_old_or_the_new(setting: str, tmp_path: Path) -> None:
    program = [sys.executable, killed.__file__, str(tmp_path), setting]
    env = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "caches")}  # on the same disk
    done = subprocess.run(program, capture_output=True, text=True, timeout=120, check=True, env=env)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    before = "none" if setting == "fresh" else "old"
    others = {"notes": ["link", "notes.txt"], "named deep": ["deep"]}.get(setting, [])
    assert [r["ended"] for r in rows] == [9] * (len(rows) - 1) + [0]
    found = [r["dead"]["out"] for r in rows]
    assert {found[0], found[-1]} == {before, "new"}
    if setting != "named deep":  # not exchanged: the files take their places one after the other
        assert set(found) == {before, "new"}
    for row in rows:
        assert row["dead"]["others"] == others
        assert row["dead"]["hidden"] == [] or "named" in setting
        assert row["next"] == {"out": "new", "others": others, "hidden": []}
    assert not (tmp_path / "caches" / "multipolar").exists()


# Failing ----------------------------------------------------------------------------------------

CALLS = ("mkdir", "link", "rename", "write", "fsync", "open")


@linux
@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
@pytest.mark.parametrize("fresh", [True, False])
def test_a_fault_at_any_step_leaves_the_old_or_the_new_and_nothing_else(
    fault: BaseException, fresh: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "above" / "out"
    if not fresh:
        writer.save_folder(out, OLD)
    count = at = 0

    def failing(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == at:
                raise fault
            return call(*args, **kwargs)

        return step

    faults = 0
    while True:
        count, at = 0, at + 1
        with monkeypatch.context() as patch:
            for name in CALLS:
                patch.setattr(os, name, failing(getattr(os, name)))
            try:
                writer.save_folder(out, NEW)
            except (DataError, KeyboardInterrupt) as said:
                faults += 1
                assert "\n" not in str(said)
                seen = whole(out) if out.exists() else None
                assert seen in ((None, NEW) if fresh else (OLD, NEW))
                assert fresh or not list(out.parent.glob(".*"))
                assert not (fresh and seen is None and out.parent.exists())
        if count < at:
            break
        if fresh and out.exists():
            for path in out.iterdir():
                path.unlink()
            out.rmdir()
            out.parent.rmdir()
        elif not fresh:
            writer.save_folder(out, OLD)
    assert faults > 5
    assert whole(out) == NEW


@pytest.mark.parametrize("name", ["write", "fsync", "open"])
def test_a_file_that_cannot_be_written_leaves_the_old_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.json"
    file.write_text("old")
    monkeypatch.setattr(os, name, full)
    with pytest.raises(DataError, match="disk is full") as said:
        writer.save(file, b"new")
    assert str(said.value).count("\n") == 0
    monkeypatch.undo()
    assert whole(tmp_path) == {"a.json": b"old"}


@pytest.mark.parametrize("code", [errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO])
def test_every_refusal_of_the_disk_is_one_line(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "write", refuse)
    for attempt in (
        lambda: writer.save(tmp_path / "a", b"x"),
        lambda: writer.save_folder(tmp_path / "out", NEW),
        lambda: writer.try_file(tmp_path / "a"),
        lambda: writer.try_folder(tmp_path / "out" / "deeper"),
        lambda: store.put(tmp_path / "data", {"name": "t", "format": "npz"}, b"x"),
    ):
        with pytest.raises(DataError, match=r"^[^\n]*cannot write[^\n]*Hint[^\n]*$"):
            attempt()
    assert whole(tmp_path) == {}


# Places -----------------------------------------------------------------------------------------


def test_permissions_are_the_umasks_or_those_of_before(tmp_path: Path) -> None:
    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    before = os.umask(0o027)
    try:
        writer.save(tmp_path / "new", b"1")
        writer.save_folder(tmp_path / "out", OLD)
        assert mode(tmp_path / "new") == 0o640
        assert mode(tmp_path / "out") == 0o750
        assert {mode(p) for p in (tmp_path / "out").iterdir()} == {0o640}
        (tmp_path / "new").chmod(0o600)
        (tmp_path / "out").chmod(0o700)
        (tmp_path / "out" / "a.csv").chmod(0o604)
        writer.save(tmp_path / "new", b"2")
        writer.save_folder(tmp_path / "out", NEW)
        assert mode(tmp_path / "new") == 0o600
        assert mode(tmp_path / "out") == 0o700
        assert mode(tmp_path / "out" / "a.csv") == 0o604
    finally:
        os.umask(before)


def test_a_link_is_followed_to_its_file_and_a_planted_one_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, victim = tmp_path / "place", tmp_path / "victim"
    place.mkdir()
    victim.write_text("precious")
    (place / "real").write_text("old")
    (place / "link").symlink_to("real")
    (place / "dangling").symlink_to("made")
    writer.save(place / "link", b"new")
    writer.save(place / "dangling", b"made")
    assert (place / "link").is_symlink()
    assert (place / "real").read_bytes() == b"new"
    assert (place / "made").read_bytes() == b"made"
    for name in (f".real.{os.getpid()}", f".real.{os.getpid()}.tmp"):
        (place / name).symlink_to(victim)
    for unnamed in (writer._UNNAMED, 0):  # and even where the name were guessed
        monkeypatch.setattr(writer, "_UNNAMED", unnamed)
        monkeypatch.setattr(writer, "_hidden", lambda goal: "guessed")
        monkeypatch.setattr(writer, "_bases", lambda folder: [folder])
        (place / "guessed").symlink_to(victim)
        with pytest.raises(DataError, match="exists"):
            writer.save(place / "real", b"evil")
        (place / "guessed").unlink(missing_ok=True)
    assert victim.read_text() == "precious"
    assert (place / "real").read_bytes() == b"new"


def test_an_empty_folder_of_any_name_is_filled(tmp_path: Path) -> None:
    for name in ("multipolar", "caches"):
        (tmp_path / name).mkdir()
        writer.save_folder(tmp_path / name, NEW)
        assert whole(tmp_path / name) == NEW


def test_a_dossier_behind_a_link_is_changed_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    found = writer.save_folder(tmp_path / "link", NEW)
    assert (tmp_path / "link").is_symlink()
    assert whole(tmp_path / "real") == NEW
    assert found["a.csv"] == tmp_path / "link" / "a.csv"


@pytest.mark.parametrize("where", [".", "inside"])
def test_a_folder_that_is_worked_in_stays_the_same_folder(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    (out / "inside").mkdir(parents=True)
    number = out.stat().st_ino
    monkeypatch.chdir(out / where)
    writer.save_folder(out, NEW)
    assert out.stat().st_ino == number
    assert Path.cwd().exists()
    assert {n: (out / n).read_bytes() for n in NEW} == NEW
    assert not list(tmp_path.glob(".*")) + list(out.glob(".*"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda d: "", "not the name"),
        (lambda d: d / "a\0b", "not the name"),
        (lambda d: d / "loop", "leads back to itself"),
        (lambda d: d / "loop" / "x", "not a folder"),
        (lambda d: d / "file" / "x", "not a folder"),
        (lambda d: d / ("x" * 256), "name is too long"),
        (lambda d: d / ("é" * 128), "name is too long"),
        (lambda d: d.joinpath(*["y" * 250] * (PATH_BYTES // 250)), "name is too long|no such"),
        (lambda d: "/proc/nothing", "No such file|no such folder|Permission|cannot write"),
    ],
)
def test_a_bad_place_is_refused_before_and_at_the_writing(
    make: Callable[[Path], Any], words: str, tmp_path: Path
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("mine")
    place = make(tmp_path)
    for attempt in (
        lambda: writer.try_folder(place),
        lambda: writer.save_folder(place, NEW),
        lambda: writer.try_file(place),
        lambda: writer.save(place, b"x"),
    ):
        with pytest.raises(DataError, match=words):
            attempt()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "loop"]


def test_what_is_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "out" / "a.csv").mkdir(parents=True)
    os.mkfifo(tmp_path / "fifo")
    for attempt in (writer.try_folder, lambda p: writer.save_folder(p, NEW)):
        with pytest.raises(DataError, match="not a folder"):
            attempt(tmp_path / "file")
        with pytest.raises(DataError, match="not a folder"):
            attempt(tmp_path / "fifo")
    for attempt in (lambda p: writer.try_folder(p, NEW), lambda p: writer.save_folder(p, NEW)):
        with pytest.raises(DataError, match=r"a\.csv: a folder is in the way"):
            attempt(tmp_path / "out")
    for attempt in (writer.try_file, lambda p: writer.save(p, b"x")):
        for name in ("out", "fifo"):
            with pytest.raises(DataError, match="not a file"):
                attempt(tmp_path / name)
    with pytest.raises(DataError, match="there is one already"):
        writer.save_folder(tmp_path / "out", {"b": b""}, fresh=True)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["a.csv"]


def test_trying_a_place_makes_nothing(tmp_path: Path) -> None:
    writer.try_folder(tmp_path / "a" / "b")
    writer.try_file(tmp_path / "c.json")
    assert list(tmp_path.iterdir()) == []


def test_what_others_lay_there_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    writer.save_folder(out, OLD)
    (out / ".notes").write_text("mine")
    kept = os.link(out / ".notes", tmp_path / "same")
    near = [tmp_path / ".multipolar-notes", tmp_path / f"{writer._prefix(tmp_path / 'other')}00"]
    for path in near:
        path.write_text("not of this dossier")
    writer.save_folder(out, NEW)
    assert whole(out) == NEW | {".notes": b"mine"}
    assert (out / ".notes").samefile(tmp_path / "same"), kept
    assert all(path.exists() for path in near)


def test_a_file_of_others_that_comes_while_the_folders_are_exchanged_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    writer.save_folder(out, OLD)
    (out / "notes").write_text("first")
    exchange = writer._exchanged

    def meanwhile(one: Path, other: Path) -> bool:
        (out / "late").write_text("late")
        (out / "notes").unlink()
        (out / "notes").write_text("second")
        os.utime(out / "notes", (2e9, 2e9))
        return exchange(one, other)

    monkeypatch.setattr(writer, "_exchanged", meanwhile)
    writer.save_folder(out, NEW)
    assert whole(out) == NEW | {"notes": b"second", "late": b"late"}


@pytest.mark.parametrize("apart", ["another disk", "gone", "read-only", "none"])
def test_where_caches_cannot_be_used_the_place_itself_will_do(
    apart: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caches = tmp_path / "caches"
    monkeypatch.setattr(writer, "_out_of_sight", lambda: caches)
    if apart == "none":
        caches.write_text("in the way")
    if apart == "gone":
        monkeypatch.setattr(writer, "_bases", lambda folder: [caches, folder])
    if apart in {"another disk", "read-only"}:
        number = errno.EXDEV if apart == "another disk" else errno.EROFS
        link, mkdir = os.link, os.mkdir

        def refusing(call: Callable[..., Any]) -> Callable[..., Any]:
            def step(*args: Any, **options: Any) -> Any:
                if any(str(a).startswith(f"{caches}/") for a in args):
                    raise OSError(number, os.strerror(number))
                return call(*args, **options)

            return step

        monkeypatch.setattr(os, "link", refusing(link))
        monkeypatch.setattr(os, "mkdir", refusing(mkdir))
    for contents in (OLD, NEW):
        writer.save_folder(tmp_path / "multipolar", contents)
        writer.save(tmp_path / "file", contents["a.csv"])
        assert whole(tmp_path / "multipolar") == contents
    assert {p.name for p in tmp_path.iterdir()} - {"caches"} == {"multipolar", "file"}


# Several at once --------------------------------------------------------------------------------


def test_runs_into_one_folder_do_not_mix(tmp_path: Path) -> None:
    out, faults = tmp_path / "out", []

    def write(k: int) -> None:
        try:
            for _ in range(5):
                writer.save_folder(out, dict.fromkeys(NEW, b"%d" % k))
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    while any(t.is_alive() for t in threads):
        time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert not faults
    assert len(set(whole(out).values())) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def add(folder: Path, k: int) -> None:
    for n in range(3):
        store.put(folder, {"name": f"t{k}{n}", "format": "npz"}, b"%d" % k)


def test_tables_added_at_once_are_all_there(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    context = multiprocessing.get_context("spawn")
    runs = [context.Process(target=add, args=(folder, k)) for k in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join(60)
    assert [run.exitcode for run in runs] == [0, 0, 0]
    package = store.read_package(folder)
    assert package is not None
    assert {r["name"] for r in package["resources"]} == {
        f"t{k}{n}" for k in range(3) for n in range(3)
    }
    assert {r["path"] for r in package["resources"]} | {store.PACKAGE} == set(whole(folder))


def test_waiting_for_another_run_ends_in_one_line(tmp_path: Path) -> None:
    with (
        lock.alone(tmp_path) as held,
        pytest.raises(DataError, match="another run"),
        lock.alone(tmp_path, wait=0.05),
    ):
        pass
    assert held
    with lock.alone(tmp_path, wait=0):  # let go
        pass


def test_a_table_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"name": "t", "format": "npz"}
    store.put(tmp_path / "data", entry, b"old")
    (tmp_path / "data" / "t-mine.npz").write_text("no table of ours")
    before = whole(tmp_path / "data")
    monkeypatch.setattr(store, "_write_package", full)
    with pytest.raises(DataError, match="disk is full"):
        store.put(tmp_path / "data", entry, b"new")
    with pytest.raises(DataError, match="disk is full"):
        store.put(tmp_path / "fresh" / "data", entry, b"new")
    assert whole(tmp_path / "data") == before
    assert not (tmp_path / "fresh").exists()
    monkeypatch.undo()
    orphan = tmp_path / "data" / "t-0123456789ab.npz"
    orphan.write_text("left by a run that was killed")
    store.put(tmp_path / "data", entry, b"new")
    assert not orphan.exists()
    assert (tmp_path / "data" / "t-mine.npz").exists()
    store.remove(tmp_path / "data", "t")
    assert set(whole(tmp_path / "data")) == {store.PACKAGE, "t-mine.npz"}
