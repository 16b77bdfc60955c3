"""The commands and the example of the page on finding and reading are right."""

from __future__ import annotations

import shlex

import pytest

from docs_page import Page
from multipolar.cli import main

PAGE = Page("finding")
COMMANDS = [
    line.removeprefix("multipolar ")
    for block in PAGE.text.split("```sh\n")[1:]
    for line in block.split("```")[0].splitlines()
]


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = PAGE.examples
    PAGE.run(code)
    said = capsys.readouterr().out
    assert said.startswith("series warheads.inventory count")
    assert "58377.5" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_answer(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(command)) == 0
    assert capsys.readouterr().out


def test_the_refusal_is_the_one_printed(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["exporter=Russia", "importer=China", "commodity=crude"]
    assert main(["read", "energy.trade_value", *words]) == 2
    assert capsys.readouterr().err.removeprefix("multipolar: ") in PAGE.text
