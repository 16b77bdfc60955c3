"""A small world and a case written on the fly, tested with the toy engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from multipolar.engines import Registry, installed
from multipolar.pipeline import CaseResult
from multipolar.run import run_case
from multipolar.world import World
from toy import Toy


class Plain(yaml.SafeDumper):
    """Writes everything out: case files take no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def dump(value: Any) -> str:
    return yaml.dump(value, Dumper=Plain)


HEAD: dict[str, Any] = {
    "schema": 1,
    "case": "tiny",
    "title": "A tiny case",
    "deck": "For tests.",
    "as_of": "2024-06-30",
    "engines": ["toy", "record", "weather"],
    "sources": {
        "A": {
            "title": "One",
            "author": "X",
            "stance": "Says one thing.",
            "published": "2023-03-20",
        },
        "B": {"title": "Two", "author": "Y", "stance": "Says another.", "published": "2023-03-21"},
    },
}


def claim(id: str = "A-1", **more: Any) -> dict[str, Any]:
    base = {
        "id": id,
        "source": id[0],
        "paragraph": 1,
        "speaker": "the author",
        "kind": "record",
        "topic": "tests",
        "says": "Something is so.",
        "chosen": "To test it.",
    }
    return base | more


@pytest.fixture(scope="session")
def world() -> World:
    return World.load()


Run = Callable[..., CaseResult]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def writer(
        claims: list[dict[str, Any]], *, evidence: Any = None, scenarios: Any = None, **head: Any
    ) -> Path:
        (tmp_path / "case.yaml").write_text(dump(HEAD | head), "utf-8")
        (tmp_path / "claims.yaml").write_text(dump(claims), "utf-8")
        if evidence is not None:
            (tmp_path / "evidence.yaml").write_text(dump(evidence), "utf-8")
        if scenarios is not None:
            (tmp_path / "scenarios.yaml").write_text(dump(scenarios), "utf-8")
        return tmp_path

    return writer


@pytest.fixture
def run(write: Callable[..., Path], world: World) -> Run:
    def runner(
        claims: list[dict[str, Any]], toy: Toy | None = None, draws: int = 128, **more: Any
    ) -> CaseResult:
        folder = write(claims, **more)
        registry = Registry(world, {**installed(), "toy": toy or Toy()})  # type: ignore[dict-item]
        return run_case(folder, draws=draws, seed=1, workers=1, progress=False, registry=registry)

    return runner
