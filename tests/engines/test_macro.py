"""What is read over the tables of accounts, prices, rates, energy and democracy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from multipolar.engines import Outcome, Reading, Registry
from multipolar.engines.record import engine
from multipolar.engines.record.listing import PANELS
from multipolar.errors import DataMissing, EngineError
from multipolar.policy import BASELINE
from multipolar.world import World

WORLD = World.load()


def _readers(world: World) -> tuple[Registry, Outcome]:
    registry = Registry(world, {"record": engine})
    return registry, engine.solve(engine.prepare(world, BASELINE), {})


def reader(world: World) -> Callable[..., Reading]:
    """Read as a case does, by the names that a person would write."""
    registry, outcome = _readers(world)

    def one(name: str, **where: Any) -> Reading:
        place = registry.resolve(registry.find(name)[1], where, complete=True)
        return outcome.read(name, place)

    return one


read = reader(WORLD)


def number(metric: str, **where: Any) -> float:
    return float(read(metric, **where).value)


def series(metric: str, **where: Any) -> pd.Series[Any]:
    registry, outcome = _readers(WORLD)
    place = registry.resolve(registry.find(metric)[1], where, complete=False)
    return outcome.array(metric, place).to_series()


def test_a_share_of_the_world_is_of_the_row_that_the_source_prints() -> None:
    """China's part of the product of 2024: 18.74 of 111.25."""
    share = number("economy.gdp_share", country="China", year=2024)
    assert share == pytest.approx(100 * 18.7438 / 111.253, abs=0.01)
    assert number("economy.gdp_share", country="World", year=2024) == 100
    parts = [number("economy.gdp_share", country=c, year=2024) for c in ("USA", "CHN")]
    both = number("economy.gdp_share", country=["USA", "CHN"], year=2024)
    assert both == pytest.approx(sum(parts))


def test_a_fuel_left_out_is_all_of_them_and_shares_add_up() -> None:
    place = {"country": "Germany", "year": 2023}
    whole = number("energy_balance.consumption", **place)
    assert whole == number("energy_balance.consumption", fuel="total", **place)
    mix = [
        number("energy_balance.mix", fuel=f, **place)
        for f in ("coal", "gas", "oil", "nuclear", "renewables")
    ]
    assert sum(mix) == pytest.approx(100, abs=0.5)
    some = number("energy_balance.mix", fuel=["coal", "gas"], **place)
    assert some == pytest.approx(mix[0] + mix[1])
    made = series("electricity.share", country="World", year=2024)
    assert float(made.sum()) == pytest.approx(100, abs=1e-3)


def test_a_month_left_out_is_the_mean_of_the_year() -> None:
    of_2024 = read("prices.price", commodity="brent", year=2024)
    months = [number("prices.price", commodity="brent", year=2024, month=m) for m in range(1, 13)]
    assert of_2024.value == pytest.approx(np.mean(months))
    assert of_2024.value == pytest.approx(80.7, abs=0.1)  # the World Bank's yearly file
    assert (of_2024.unit, of_2024.note) == ("USD/bbl", "Mean of 12 months.")
    part = read("prices.price", commodity="brent", year=2026)
    assert "Mean of 5 of 12 months, January to May." in part.note
    assert part.through == "2026-05-31"


def test_another_source_is_named_where_it_has_the_row() -> None:
    with pytest.raises(DataMissing, match="with source eia"):
        read("prices.price", commodity="brent", year=2026, month=7)
    july = read("prices.price", commodity="brent", year=2026, month=7, source="eia")
    assert july.evidence[0].source.startswith("US Energy Information Administration")
    with pytest.raises(DataMissing, match="with source cia"):
        read("economy.growth", country="Ukraine", year=2024)
    assert number("economy.growth", country="Ukraine", year=2022, source="cia") == -28.8
    with pytest.raises(EngineError, match="whole number from 1 to 12"):
        read("prices.price", commodity="brent", year=2026, month=6.5)


@pytest.mark.parametrize(
    ("metric", "where"),
    [
        ("economy.gdp", {"country": "Taiwan", "year": 2024}),
        ("economy.research_share", {"country": "China", "year": 2024}),
        ("economy.reserves", {"country": "World", "year": 2023}),
        ("energy_balance.production", {"country": "Saudi Arabia", "year": 1982, "fuel": "oil"}),
        ("electricity.generation", {"country": "France", "year": 1999}),
        ("currencies.rate", {"currency": "EUR", "year": 1998}),
        ("democracy.index", {"country": "Andorra", "year": 2024}),
    ],
)
def test_what_no_source_covers_is_refused_not_nought(metric: str, where: dict[str, Any]) -> None:
    with pytest.raises(DataMissing) as refused:
        read(metric, **where)
    assert refused.value.hint


def test_nought_is_read_where_the_source_prints_it() -> None:
    assert number("military.expenditure", country="Iceland", year=2020) == 0
    assert number("energy_balance.production", country="Denmark", year=2023, fuel="nuclear") == 0


def test_years_add_up_where_they_may() -> None:
    five = number("arms.exports", country="USA", year=list(range(2015, 2020)))
    each = [number("arms.exports", country="USA", year=y) for y in range(2015, 2020)]
    assert five == pytest.approx(sum(each))
    with pytest.raises(EngineError):
        read("economy.gdp", country="USA", year=[2020, 2021])


def test_what_was_public_by_a_date() -> None:
    """Accounts come out in July, prices early in the next month, V-Dem in March."""
    then = reader(WORLD.as_of("2022-08-22"))
    gold = {"commodity": "gold", "year": 2022}
    assert float(then("economy.gdp", country="USA", year=2021).value) > 23_000
    assert float(then("prices.price", **gold, month=7).value) > 1_500
    for metric, where in (
        ("economy.gdp", {"country": "USA", "year": 2022}),
        ("prices.price", {**gold, "month": 8}),
        ("democracy.index", {"country": "USA", "year": 2022}),
        ("emissions.co2", {"country": "USA", "year": 2021}),
        ("energy_balance.consumption", {"country": "USA", "year": 2021}),
    ):
        with pytest.raises(DataMissing, match="publi"):
            then(metric, **where)


def test_every_metric_says_how_far_it_can_be_off() -> None:
    for name, panel in PANELS.items():
        metric = panel.metric(WORLD)
        assert metric.error_of, name
        assert metric.quantity, name
    brent = read("prices.price", commodity="brent", year=2024, month=1)
    assert brent.error == pytest.approx(0.01 * float(brent.value))
    yearly = read("prices.price", commodity="brent", year=2024)
    assert yearly.error < brent.error
