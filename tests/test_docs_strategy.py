"""The page on strategy: its tables are what the engine says, its code runs, its words hold."""

from __future__ import annotations

import re

import pytest

from docs_page import Page
from multipolar.engines.strategy import alliance, engine
from multipolar.world import World

PAGE = Page("strategy")


@pytest.mark.parametrize("code", PAGE.examples)
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    PAGE.run(code)
    lines = capsys.readouterr().out.splitlines()
    assert "trade.real_income strategy.threat.threat" in lines
    assert all(line.startswith(("trade.", "power.", "money.")) for line in lines)


def test_what_the_page_says_of_threats_holds() -> None:
    """Partial threats do not work in any draw; the whole West's hangs on its own loss."""
    for threat, sender, central, draws, above, several, _ in PAGE.rows("concession"):
        assert float(several) < 3
        low, high = re.findall(r"[0-9.]+", draws)[1:]
        assert float(low) <= float(central) <= float(high)
        if threat == "whole West" and sender == "published":
            assert float(above) > 50 and float(central) > 0.5
        elif threat == "whole West" and sender == "equal":
            assert float(above) < 50 and float(central) < 0.5
        elif threat != "whole West":
            assert float(above) <= 5


def test_what_the_page_says_of_the_pact_holds() -> None:
    for _, entrapment, _, *values in PAGE.rows("pact"):
        rejected, accepted, as_is, difference, boxes = map(float, values)
        assert max(rejected, accepted, as_is) < 0.9
        assert difference == pytest.approx(rejected - accepted, abs=0.011)
        assert (boxes == 100) == (entrapment == "off")
        assert boxes > 0


def test_what_the_page_says_of_the_plan_holds() -> None:
    for prize, _, _, plain, *_ in PAGE.rows("refusal"):
        if float(prize) >= 1:
            assert all(0.45 < float(v) <= 0.5 for v in plain.split(" / "))


def test_the_page_names_every_metric_and_prior() -> None:
    for metric in engine.metrics(World.load()):
        assert f"`{metric.name}`" in PAGE.text, metric.name
    assert [r[0] for r in PAGE.rows("priors")] == list(alliance.NAMES)
