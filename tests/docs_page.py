"""Pages of the docs as the tests read them: their tables, examples and notebooks."""

from __future__ import annotations

import json
import re
import sys
import types
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

DOCS = Path(__file__).parents[1] / "docs"
START, END = r"<!-- \[\[\[cog show\(\"(.*?)\"\) \]\]\] -->", r"<!-- \[\[\[end\]\]\] -->"


class Page:
    """A page: its text, its examples and what cog has put into it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = (DOCS / f"{name}.md").read_text("utf-8")
        self.examples: list[str] = re.findall(r"```python\n(.*?)```", self.text, re.S)
        blocks = re.findall(f"{START}\n(.*?){END}", self.text, re.S)
        self.tables = {title: block.strip() for title, block in blocks}

    def rows(self, name: str) -> list[list[str]]:
        """The cells of a table without its head, by its name on this page."""
        lines = self.tables[f"{self.name}.{name}"].splitlines()[2:]
        return [[c.strip() for c in x.strip("|").split("|")] for x in lines if x.startswith("|")]

    def numbers(self, name: str) -> dict[str, list[float]]:
        """The cells of a table that are numbers, by its first column."""
        rows = [[c.replace(",", "") for c in row] for row in self.rows(name)]
        plain = re.compile(r"[0-9.]+")
        return {r[0]: [float(c) for c in r[1:] if plain.fullmatch(c)] for r in rows}

    def run(self, code: str) -> None:
        """Run an example of the page."""
        exec(compile(code, f"docs/{self.name}.md", "exec"), {})


class _Drawing:
    """Takes every call on a figure or an axis; the charts are looked at, not tested."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __getitem__(self, key: object) -> Any:
        return self

    def __call__(self, *args: object, **more: object) -> Any:
        return self

    def __iter__(self) -> Any:
        return iter((self, self))


def run_notebook(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run a notebook's code without its charts, and return its names."""
    pyplot = types.ModuleType("matplotlib.pyplot")
    pyplot.subplots = _Drawing()  # type: ignore[attr-defined]
    package = types.ModuleType("matplotlib")
    package.pyplot = pyplot  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "matplotlib", package)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", pyplot)
    for kind in (pd.DataFrame, pd.Series):
        monkeypatch.setattr(kind, "plot", _Drawing())
    space: dict[str, Any] = {}
    cells = json.loads((DOCS / name).read_text("utf-8"))["cells"]
    with pd.option_context("display.float_format", None):
        for cell in cells:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), space)
    return space
