"""A cut is answered by what can be done in the time it has lasted."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from multipolar.engines.gas.model import GasEngine, central
from multipolar.policy import Scenario, events
from multipolar.world import World

WORLD = World.load()
ENGINE = GasEngine()


def gulf(left: float, **more: Any) -> dict[str, Any]:
    """A cut of the LNG of two sellers, of which a share is left."""
    return {
        "measure": "embargo",
        "senders": "World",
        "targets": ["Qatar", "United Arab Emirates"],
        "scope": "lng",
        "direction": "imports",
        "leakage": left,
        **more,
    }


def price(scenario: Scenario, country: str = "NLD") -> float:
    solved = ENGINE.solve(ENGINE.prepare(WORLD, scenario), central(WORLD))
    return float(solved.read("gas.price", {"country": country}).value)


@cache
def after(year: int, since: str | None, left: float = 0.16, horizon: str = "long") -> float:
    dated = {} if since is None else {"since": since}
    measures = [gulf(left, **dated)]
    scenario = {"name": "cut", "year": year, "horizon": horizon, "measures": measures}
    return price(Scenario.model_validate(scenario))


@cache
def plain(year: int) -> float:
    return price(Scenario.model_validate({"name": "none", "year": year}))


def test_a_closed_strait_moves_the_price_of_its_year_as_2022_did() -> None:
    """By a half at least; in 2022 TTF went from 16.0 to 37.5 USD/MMBtu (World Bank)."""
    assert price(events()["hormuz-2026-to-december"]) > 1.5 * plain(2026)


@pytest.mark.parametrize("year", [2030, 2035])
def test_what_is_left_to_do_grows_with_the_years(year: int) -> None:
    ages = [after(year, str(year - k)) for k in (0, 1, 3)]
    old, ever = after(year, "2020"), after(year, None)
    assert ages == sorted(ages, reverse=True) and ages[-1] > old
    assert old == pytest.approx(ever, rel=0.02)  # ten years and more are the long run
    assert ages[0] / plain(year) - 1 > 3 * (ever / plain(year) - 1)


def test_a_horizon_counts_where_there_is_no_date() -> None:
    assert after(2030, None, horizon="short") == pytest.approx(after(2030, "2030"), rel=1e-9)
    assert after(2030, None, horizon="medium") == pytest.approx(after(2030, "2028"), rel=1e-9)


@pytest.mark.parametrize("since", ["2030", "2027"])
def test_a_cut_of_nothing_leaves_the_year_as_it_is(since: str) -> None:
    """Whatever the elasticities, for demand and supply stand where they were."""
    assert after(2030, since, left=1.0) == pytest.approx(plain(2030), rel=1e-6)
