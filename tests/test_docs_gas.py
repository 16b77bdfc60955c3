"""The page and the notebook on gas: their tables are computed, their code runs, targets are met."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docs_page import Page, run_notebook
from multipolar.engines.api.memo import Memo
from multipolar.engines.gas.calibrate import calibrate
from multipolar.engines.gas.model import central
from validation import gas
from validation.runs import world

PAGE = Page("gas")


@pytest.mark.parametrize("name", gas.TARGETS)
def test_2022_given_the_volumes_of_russian_pipes(name: str) -> None:
    found = gas.changes(gas.central_run("volumes"))
    assert abs(found[name] / gas.actual()[name] - 1) <= gas.TARGETS[name]


def test_signs_and_order_of_prices_in_2022() -> None:
    found = gas.changes(gas.central_run("volumes"))
    for name, truth in gas.actual().items():
        if "MMBtu" not in name:
            assert found[name] * truth > 0, name
    assert found["TTF, USD/MMBtu"] > found["JKM, USD/MMBtu"]


def test_lng_by_exporter_is_nearer_than_persistence() -> None:
    ours, stay, _ = gas.errors_by_exporter()
    assert ours < 0.7 * stay


def test_2023_consumption_and_routes() -> None:
    table = gas.table_2023()
    for row in ("European consumption", "Power of Siberia 1"):
        (line,) = [x for x in table.splitlines() if x.startswith(f"| {row}")]
        assert "met, 30%" in line


def test_nothing_of_2022_is_known_to_the_calibration() -> None:
    """Later figures, turned upside down, leave 2021 and its wedges as they are."""
    t = gas.tables()
    twisted = t.figures.copy()
    late = twisted["since"].str[:4].between("2022", "2026") & ~twisted["quantity"].eq("pipe")
    twisted.loc[late, "bcm"] *= 7
    p = central(world())
    one = calibrate(t, p).wedges
    other = calibrate(replace(t, figures=twisted, memo=Memo()), p).wedges
    assert one.equals(other)


@pytest.mark.parametrize("code", PAGE.examples)
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    PAGE.run(code)
    assert len(capsys.readouterr().out.splitlines()) > 2


@pytest.mark.slow
def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    space = run_notebook("pos2.ipynb", monkeypatch)
    # what the prose says of the tables
    assert (space["volumes"][2030] < 98).all()
    full = space["full"]
    assert full.loc["central"].to_numpy().min() > 49.9
    gloomy = full.loc["low end of the priors"].xs("none", level="contract")
    assert (gloomy["1"] < 1).all()
    assert (gloomy["0"] > 40).all()
    assert (full.xs("take-or-pay", level="contract").to_numpy() > 40).all()
    one, other = space["hand"](space["solve"]()), space["hand"](space["solve"](space["STOP"]))
    assert other["Russia's gain, USD bn"] < 0.6 * one["Russia's gain, USD bn"]
    assert other["Russia on China, %"] > 1.8 * one["Russia on China, %"]
    assert other["China's gain"] == pytest.approx(one["China's gain"], rel=0.05)
