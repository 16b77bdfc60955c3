"""The layers import one way: world, policy, engines, uncertainty, claims, dossier, command."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "multipolar"
ORDER = [
    "limits",
    "text",
    "errors",
    "world",
    "policy",
    "numerics",
    "engines",
    "uncertainty",
    "claims",
    "pipeline",
    "testing",
    "render",
    "starters",
    "output",
    "commands",
    "cli",
]
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The parts of multipolar a module imports, at the top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        found |= {n for n in names if n.startswith("multipolar")}
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: relative import"
    return found


def part(name: str) -> str | None:
    words = name.split(".")
    return words[1] if len(words) > 1 and words[1] in ORDER else None


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    relative = path.relative_to(PACKAGE)
    if relative == Path("__init__.py"):
        return  # the public names; loaded on use
    own = relative.parts[0].removesuffix(".py")
    for name in imported(path):
        other = part(name)
        if other is None:
            continue
        assert ORDER.index(other) <= ORDER.index(own), f"{relative} imports {name}"


def test_engines_do_not_import_each_other() -> None:
    folders = {p.name for p in (PACKAGE / "engines").iterdir() if p.is_dir()}
    for path in (PACKAGE / "engines").rglob("*.py"):
        own = path.relative_to(PACKAGE / "engines").parts[0]
        for name in imported(path):
            words = name.split(".")
            if len(words) > 2 and words[1] == "engines" and words[2] in folders:
                assert words[2] == own, f"{path.name} of {own} imports {name}"


def test_modules_stay_readable() -> None:
    for path in MODULES:
        lines = path.read_text("utf-8").count("\n")
        assert lines <= 600, f"{path.relative_to(PACKAGE)} has {lines} lines"


def test_the_order_names_every_part() -> None:
    parts = {p.relative_to(PACKAGE).parts[0].removesuffix(".py") for p in MODULES} - {"__init__"}
    assert parts == set(ORDER)
