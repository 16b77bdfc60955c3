"""A package of a stranger's: written by `multipolar new --engine`, built, installed, and tested."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import multipolar
from multipolar.cli import main

pytestmark = pytest.mark.slow
SOURCES = Path(multipolar.__file__).parents[1]
NAME = "weather"
TARIFF = "{measure: tariff, senders: United States, targets: China, rate: 0.6}"
CLAIM = """\
- id: A-1
  source: A
  paragraph: 1
  speaker: the author
  kind: causal
  topic: gas
  says: A high tariff makes China buy less food.
  test:
    metric: weather.food
    scenario: tariff
    where: {country: China}
    label: food bought in China
    below: 0
  chosen: By income alone.
"""


class Installed:
    """The package, built and put where nothing else of this environment sees it."""

    def __init__(self, place: Path) -> None:
        self.folder, self.site = place / NAME, place / "site"
        assert main(["new", "--engine", NAME, str(self.folder)]) == 0
        # without the network, where what builds it is here
        here = ["--no-build-isolation", "--no-index"] if find_spec("hatchling") else []
        self.pip("wheel", *here, "--wheel-dir", str(place), str(self.folder))
        (wheel,) = place.glob("*.whl")
        self.pip("install", "--no-index", "--target", str(self.site), str(wheel))

    def pip(self, command: str, *words: str) -> None:
        pip = [sys.executable, "-m", "pip", command, "--quiet", "--no-deps", *words]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def python(self, *words: str, cwd: Path, without: bool = False) -> str:
        """Run Python where the package is installed, or where it is not."""
        paths = [str(SOURCES)] if without else [str(self.site), str(SOURCES)]
        done = subprocess.run(
            [sys.executable, *words], cwd=cwd, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "MULTIPOLAR_CACHE": "off"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def multipolar(self, *words: str, cwd: Path, without: bool = False) -> Any:
        said = self.python("-m", "multipolar.cli", *words, "--json", cwd=cwd, without=without)
        return json.loads(said)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("plugin"))


def test_its_own_tests_pass(package: Installed) -> None:
    said = package.python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=package.folder)
    assert " passed" in said
    assert "failed" not in said


def test_it_is_listed_with_what_it_takes(package: Installed, tmp_path: Path) -> None:
    with_it = package.multipolar("engines", cwd=tmp_path)
    without = package.multipolar("engines", cwd=tmp_path, without=True)
    assert with_it["left_out"] == without["left_out"] == {}
    own = [row for row in with_it["engines"] if row not in without["engines"]]
    assert [(r["name"], r["package"], r["version"], r["api"]) for r in own] == [
        (NAME, NAME, "0.1.0", 1)
    ]
    assert own[0]["takes"] == {"trade": ["trade.real_income"]}
    assert (own[0]["metrics"], own[0]["parameters"], own[0]["supports"]) == (1, 1, [])


def test_it_answers_a_scenario(package: Installed, tmp_path: Path) -> None:
    file = tmp_path / "tariff.yaml"
    file.write_text(f"name: tariff\nmeasures:\n  - {TARIFF}\n", "utf-8")
    solve = ("solve", str(file), "--engine")
    rows = package.multipolar(*solve, NAME, cwd=tmp_path)
    trade = package.multipolar(*solve, "trade", cwd=tmp_path)
    food = {r["country"]: r["value"] for r in rows if r["metric"] == "weather.food"}
    income = {r["country"]: r["value"] for r in trade if r["metric"] == "trade.real_income"}
    assert food["CHN"] == pytest.approx(income["CHN"] / 2)
    assert food["CHN"] < 0


def test_a_case_asks_it(package: Installed, tmp_path: Path) -> None:
    folder = tmp_path / "food"
    assert main(["new", str(folder)]) == 0
    case = folder / "case.yaml"
    text = case.read_text("utf-8").replace("[record]", f"[{NAME}]")
    case.write_text(text[: text.index("\npairs:")] + "\n", "utf-8")
    (folder / "claims.yaml").write_text(CLAIM, "utf-8")
    (folder / "scenarios.yaml").write_text(f"- name: tariff\n  measures:\n  - {TARIFF}\n", "utf-8")
    found = package.multipolar("run", str(folder), "--draws", "2", "--workers", "1", cwd=tmp_path)
    assert [(c["id"], c["verdict"]) for c in found["claims"]] == [("A-1", "holds")]


def test_a_case_that_does_not_use_it_is_the_same_to_the_byte(
    package: Installed, tmp_path: Path
) -> None:
    run = ("-m", "multipolar.cli", "run", "critical-minerals-2023", "--draws", "2", "--json")
    one, two = (package.python(*run, cwd=tmp_path, without=w) for w in (False, True))
    assert json.loads(one)["claims"]
    assert one == two
