"""Trade from the tariffs in force on a day: what is put on what, and what it does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from multipolar.engines.api.contract import Outcome
from multipolar.engines.trade import engine
from multipolar.engines.trade.data import read_table
from multipolar.engines.trade.inforce import schedule
from multipolar.errors import EngineError
from multipolar.policy import Scenario
from multipolar.world import World

WORLD = World.load()
TABLE = read_table(WORLD)
CENTRAL = {p.name: p.value for p in engine.parameters(WORLD)}


def solved(year: int, *measures: dict[str, Any], horizon: str = "short") -> Outcome:
    scenario = {"name": "case", "horizon": horizon, "measures": list(measures)}
    prepared = engine.prepare(WORLD, Scenario.model_validate(scenario))
    return engine.solve(prepared, {**CENTRAL, "tariffs_in_force": float(year)})


@pytest.fixture(scope="module")
def outcomes() -> dict[int, Outcome]:
    return {year: solved(year) for year in (0, 2022, 2025)}


def bought(outcome: Outcome, exporter: str, importer: str = "USA") -> float:
    where = {"exporter": exporter, "importer": importer, "sector": "goods"}
    return float(outcome.read("trade.flow", where).value)


@pytest.mark.parametrize(
    ("exporter", "importer", "sector", "rate"),
    [
        # of the orders of 2025, by the end of it, over those of 2022
        ("CHN", "USA", "C26", 0.20),
        ("IND", "USA", "C26", 0.50),
        ("USA", "CHN", "C26", 0.10),
        ("CHN", "USA", "C29", 0.25),  # Section 232 on cars and parts, in place of the general rate
        ("DEU", "USA", "C29", 0.15),  # exempt from it, within a ceiling
        ("DEU", "USA", "C24A", 0.50),  # steel: none in 2022, by a quota
        ("IND", "USA", "C24A", 1.5 / 1.25 - 1),  # 25% in 2022 already
        ("ROW", "USA", "C24A", 1.5 / 1.25 - 1),
        ("DEU", "FRA", "C26", 0.0),
        ("CHN", "USA", "J62_63", 0.0),  # services pay no duty
    ],
)
def test_which_rate_is_on_which_trade(
    exporter: str, importer: str, sector: str, rate: float
) -> None:
    added, note = schedule(WORLD, TABLE.countries).start(TABLE, 2025)
    j, o, d = (
        TABLE.sectors.index(sector), TABLE.countries.index(exporter),
        TABLE.countries.index(importer),
    )  # fmt: skip
    assert added[j, o, d] == pytest.approx(rate)
    assert "31 December 2025" in note
    assert "on part of an industry: " in note
    assert not np.einsum("jnn->jn", added).any()


def test_tariffs_of_the_year_of_the_table_change_nothing(outcomes: dict[int, Outcome]) -> None:
    for exporter in ("CHN", "MEX", "DEU"):
        own, same = (bought(outcomes[y], exporter) for y in (0, 2022))
        assert same == pytest.approx(own, rel=1e-9)


def test_those_of_2025_end_part_of_the_trade(outcomes: dict[int, Outcome]) -> None:
    """China's customs have 20% less for 2025, the American ones 28% less to October of it.

    (GACC, in Sputnik, 14 January 2026; US Census Bureau, in Statista: 287 after 401 bn.) Rates were
    higher for most of that year than at its end, and the model has the year after them.
    """
    short = bought(outcomes[2025], "CHN") / bought(outcomes[0], "CHN") - 1
    assert 287 / 401 - 1 < short < -0.05
    long = bought(solved(2025, horizon="long"), "CHN") / bought(outcomes[0], "CHN") - 1
    assert long < -0.2
    # Canada and China pay most, Vietnam less than they: what is bought there shifts
    assert bought(outcomes[2025], "VNM") / bought(outcomes[0], "VNM") - 1 > short


def test_without_measures_nobody_gains_or_loses(outcomes: dict[int, Outcome]) -> None:
    for code in ("USA", "CHN", "MEX"):
        found = outcomes[2025].read("trade.real_income", {"country": code})
        assert found.value == pytest.approx(0, abs=1e-7)
        assert "tariffs in force on 31 December 2025" in found.note


def test_what_ends_them_undoes_them(outcomes: dict[int, Outcome]) -> None:
    """A tariff on top of those in force raises the cost of trade as one of both together does."""
    more = {"measure": "tariff", "senders": "USA", "targets": "China", "scope": "goods",
            "rate": 0.1}  # fmt: skip
    both = bought(solved(2025, more), "CHN")
    assert both < bought(outcomes[2025], "CHN")
    assert both < bought(solved(0, more), "CHN")


def test_a_year_without_any_is_refused() -> None:
    with pytest.raises(EngineError, match="tariffs_in_force is 2010") as refused:
        solved(2010)
    assert "from 2018 to 2026" in refused.value.hint
