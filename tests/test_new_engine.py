"""`multipolar new --engine` and `multipolar engines`, and the engine that docs/engines.md shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import multipolar
from multipolar.cli import main
from multipolar.engines import installed
from multipolar.engines.api import outcome
from multipolar.engines.catalogue import catalogue
from multipolar.engines.registry import Registry
from multipolar.errors import EngineError
from multipolar.policy import KINDS, resolve
from multipolar.policy.examples import EXAMPLES, scenarios
from multipolar.starters import unfit
from multipolar.world import World

PAGE = Path(__file__).parents[1] / "docs" / "engines.md"
SOURCES = Path(multipolar.__file__).parents[1]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "small letter"), ("a b", "small letter"), ("Weather", "small letter"),
        ("../weather", "small letter"), ("1st", "small letter"), ("we-ather", "small letter"),
        ("x" * 41, "small letter"), ("wea\x1b[2Jther", "small letter"), ("météo", "small letter"),
        ("gas", "engine of that name"), ("record", "engine of that name"),
        ("energy", "engine of that name"), ("class", "word of Python"), ("match", "word of Python"),
        ("json", "called so already"), ("numpy", "called so already"),
        ("multipolar", "called so already"),
    ],
)  # fmt: skip
def test_a_name_that_no_engine_can_have_is_refused_in_one_line(
    name: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert why in unfit(name)
    assert main(["new", "--engine", name, str(tmp_path / "new")]) == 2
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert said.strip().isprintable()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new"]) == 2
    assert "no folder is named" in capsys.readouterr().err


def test_it_goes_to_a_folder_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "--engine", "tides"]) == 0
    assert "cd tides && pip install -e" in capsys.readouterr().out
    files = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert files == {
        "tides/README.md",
        "tides/pyproject.toml",
        "tides/src/tides/__init__.py",
        "tides/tests/test_tides.py",
    }
    for path in tmp_path.rglob("*.*"):
        assert "my_engine" not in (path.read_text("utf-8") if path.is_file() else path.name)
    engine = (tmp_path / "tides/src/tides/__init__.py").read_text("utf-8")
    assert len([line for line in engine.splitlines() if line.strip()]) <= 32
    assert main(["new", "--engine", "tides"]) == 2
    assert "the folder exists already" in capsys.readouterr().err


@pytest.mark.parametrize("fails_at", [2, 3, 4])
def test_a_package_that_cannot_be_written_is_undone(
    fails_at: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    link, calls = os.link, []

    def full(*args: object, **options: object) -> None:
        calls.append(args)
        if len(calls) == fails_at:
            raise OSError(28, "No space left on device")
        link(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "link", full)
    assert main(["new", "--engine", "tides", str(tmp_path / "above" / "tides")]) == 2
    assert "the disk is full" in capsys.readouterr().err
    assert list(tmp_path.rglob("*")) == []


def test_engines_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engines", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = {row["name"]: row for row in found["engines"]}
    assert set(rows) >= set(installed())
    assert rows["record"]["basis"] == "record"
    assert rows["trade"]["package"] == "multipolar"
    assert rows["trade"]["supports"] == [
        "embargo", "export_control", "secondary_sanction_threat", "tariff", "trade_barrier",
    ]  # fmt: skip
    assert rows["trade"]["takes"]["corridors"] == ["corridors.trade_cost"]
    assert all(row["api"] == 1 and row["metrics"] > 0 for row in rows.values())
    assert main(["engines"]) == 0
    said = capsys.readouterr().out
    assert all(f"\n{name} [" in f"\n{said}" for name in rows)
    assert "    takes from trade: trade.real_income" in said


def test_engines_that_are_left_out_are_listed_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    why = "engine storm of stormy is left out: it fails with ImportError"
    registry = Registry(World.load(), {}, {"storm": why})
    assert catalogue(registry) == []
    monkeypatch.setattr(Registry, "default", lambda world: registry)
    assert main(["engines"]) == 0
    assert capsys.readouterr().out == f"{why}\n"


def test_the_page_names_every_key_of_a_resolved_measure() -> None:
    page = PAGE.read_text("utf-8")
    table = page[page.index("A resolved measure is plain data") : page.index("## Coupling")]
    rows = [row[1:].partition("|")[0] for row in table.splitlines() if row.startswith("| ")]
    told = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    world = World.load()
    held = {k for kind in KINDS for s in scenarios(kind) for k in resolve(s, world).measures[0]}
    assert told == held | {"since", "until", "note", "name"}  # which the examples do not give


def test_metrics_over_years_are_read_as_the_page_says() -> None:
    page = PAGE.read_text("utf-8")
    code = re.findall(r"```python\n(.*?)```", page[page.index("**Metrics over years.**") :], re.S)[
        0
    ]
    told: dict[str, Any] = {}
    exec(code, told)
    solved = SimpleNamespace(rain={2021: 1.0, 2022: 2.0, 2023: 3.0})
    found = outcome("rain", "baseline", (told["each"], told["usual"]), solved)
    assert found.array("rain.fallen", {}).to_series().to_dict() == solved.rain
    assert found.read("rain.usual", {}).value == 3.0


def test_every_kind_of_measure_has_examples() -> None:
    assert list(EXAMPLES) == list(KINDS)
    for kind in KINDS:
        for small in (False, True):
            found = [m.measure for s in scenarios(kind, small=small) for m in s.measures]
            assert found == [kind] * len(EXAMPLES[kind])


def test_a_world_of_some_tables_has_no_others() -> None:
    world = World.load()
    few = world.only({"facts"})
    assert set(few.names) == {"countries", "coalitions", "facts"}
    assert few.sha256 != world.sha256
    assert few.countries_named("Britain") == ("GBR",)
    assert world.only(world.names).sha256 == world.sha256
    with pytest.raises(multipolar.errors.DataError, match="no table 'io_2022'"):
        few.table("io_2022")


def test_the_suite_needs_no_pytest_to_be_imported() -> None:
    code = "import sys, multipolar.testing; sys.exit('pytest' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(SOURCES)}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=env).returncode == 0


def test_an_engine_that_takes_inputs_is_tested_as_the_page_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weather = ModuleType("weather")
    monkeypatch.setitem(sys.modules, "weather", weather)
    template = Path(multipolar.__file__).parent / "engines" / "template" / "engine.txt"
    exec(template.read_text("utf-8").replace("my_engine", "weather"), weather.__dict__)
    monkeypatch.setattr(multipolar, "solve", lambda scenario, *, engine: {engine: scenario})
    page = PAGE.read_text("utf-8")
    told: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", page[page.index("## Coupling") :], re.S)[1], told)
    assert told["alone"].value == pytest.approx(-1.0)
    with pytest.raises(EngineError, match=r"not handed trade\.real_income"):
        told["engine"].solve(told["prepared"], {"elasticity": 0.5})


@pytest.mark.slow
def test_the_engine_of_the_page_passes_the_tests_of_the_page(tmp_path: Path) -> None:
    page = PAGE.read_text("utf-8")
    section = page[page.index("## A whole engine") : page.index("## The parts")]
    engine, tests = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    (tmp_path / "shortfall.py").write_text(engine, "utf-8")
    (tmp_path / "test_shortfall.py").write_text(tests, "utf-8")
    paths = os.pathsep.join([str(tmp_path), str(SOURCES)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d\d passed", done.stdout)
