"""The page on money: its tables are what the engine says, its code runs, its words hold."""

from __future__ import annotations

import re

import pytest

from docs_page import Page
from multipolar.engines.money import engine
from multipolar.engines.money.calibrate import MOMENTS
from multipolar.world import World

PAGE = Page("money")


@pytest.mark.parametrize("code", PAGE.examples)
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    PAGE.run(code)
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"[567]\d percent", first)
    assert second == "('exporter', 'importer') 0.0"


def test_misses_are_shown_as_misses_with_their_size() -> None:
    table = {row[0]: row[1:] for row in PAGE.rows("fit")}
    for moment in MOMENTS[2:5]:
        assert table[moment][4] == "hit"
    for moment in MOMENTS[5:]:
        assert re.fullmatch(r"miss by \d+", table[moment][4]), moment


def test_what_the_page_says_of_the_balance_holds() -> None:
    table = {row[0]: row[1:] for row in PAGE.rows("fit")}
    for year in ("2022", "2023"):
        aim, _, plain, _, _, _, balance = table[f"exports-yuan-{year}"]
        mended = (float(balance) - float(plain)) / (float(aim) - float(plain))
        assert 0.35 < mended < 0.65
    aim, _, plain, _, _, _, balance = table["imports-yuan-2023"]
    assert float(balance) < float(plain) < float(aim)


def test_the_page_names_every_metric() -> None:
    for metric in engine.metrics(World.load()):
        assert f"`{metric.name}`" in PAGE.text, metric.name
