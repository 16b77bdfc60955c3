"""What import-linter does not say of the modules: see the contracts in pyproject.toml."""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path

import grimp

PACKAGE = Path(__file__).parents[1] / "src" / "multipolar"


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph("multipolar", cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    TopologicalSorter(imports).prepare()  # its error names the circle


def test_modules_stay_readable() -> None:
    for path in PACKAGE.rglob("*.py"):
        lines = path.read_text("utf-8").count("\n")
        assert lines <= 600, f"{path.relative_to(PACKAGE)} has {lines} lines"
