"""The known answers on the table of 2022, observed and as shipped."""

from __future__ import annotations

import numpy as np
import pytest

from multipolar.engines.trade.data import REST, Table, read_table
from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import Shock, purchases
from multipolar.engines.trade.measures import embargo
from multipolar.world import World
from trade_economies import needs_icio, solved
from validation.economies import read_icio

EU27 = (
    "AUT BEL BGR HRV CYP CZE DNK EST FIN FRA DEU GRC HUN IRL ITA LVA LTU LUX MLT NLD POL PRT ROU "
    "SVK SVN ESP SWE"
)
WEST = tuple(f"USA CAN GBR AUS NZL JPN KOR CHE NOR ISL {EU27}".split())


@pytest.fixture(scope="module")
def shipped() -> Table:
    return read_table(World.load())


@pytest.fixture(scope="module")
def observed() -> Table:
    economy, countries = read_icio()
    return Table("observed", economy, (*countries[:-1], REST), tuple(map(str, range(50))))


def decoupled(table: Table) -> Effects:
    """All trade between Russia and the West ends; an elasticity of 4 in every industry."""
    theta = np.full(len(table.sectors), 4.0)
    shock = embargo(table, WEST, ["RUS"])
    assert len(shock.cells) == 50 * 2 * len(WEST)
    return Effects(table.economy, solved(table.economy, theta, shock, 1e-10))


def places(table: Table, codes: tuple[str, ...]) -> list[int]:
    return [table.countries.index(c) for c in codes]


@needs_icio
def test_embargo_between_russia_and_the_west(observed: Table) -> None:
    effects = decoupled(observed)
    russia, germany = (effects.real_income[observed.countries.index(c)] for c in ("RUS", "DEU"))
    west = effects.group(places(observed, WEST))
    assert [round(x, 2) for x in (float(russia), west, float(germany))] == [-3.96, -0.13, -0.35]


@needs_icio
def test_embargo_ends_the_trade_it_names_and_no_other(observed: Table) -> None:
    effects = decoupled(observed)
    russia, west = observed.countries.index("RUS"), places(observed, WEST)
    flows, before = effects.flows_after.sum(axis=0), effects.flows_before.sum(axis=0)
    assert flows[russia, west].sum() == flows[west, russia].sum() == 0
    assert before[russia, west].sum() > 1e5  # USD million
    turkey = observed.countries.index("TUR")
    assert flows[russia, turkey] > before[russia, turkey]
    assert flows[turkey, west].sum() > 0


@needs_icio
def test_shipped_table_answers_as_the_observed_one(observed: Table, shipped: Table) -> None:
    same = [c for c in observed.countries if c in shipped.countries]
    assert len(same) == 81
    ours, truth = decoupled(shipped), decoupled(observed)
    off = abs(
        ours.real_income[places(shipped, tuple(same))]
        - truth.real_income[places(observed, tuple(same))]
    )
    worst = same[int(off.argmax())]
    report = f"mean {off.mean():.4f} points, largest {off.max():.4f} ({worst})"
    assert off.mean() < 0.04, report
    assert abs(truth.real_income).mean() > 0.1, report  # and it is small against the effects


def test_shipped_table_no_shock(shipped: Table) -> None:
    exact(shipped)


@needs_icio
def test_observed_table_no_shock(observed: Table) -> None:
    exact(observed)


def exact(table: Table) -> None:
    solution = solved(table.economy, np.full(50, 4.0), Shock(), 1e-10)
    assert solution.sweeps == 1
    for hat in (solution.wage, solution.price, solution.cost):
        assert np.abs(hat - 1).max() < 1e-10
    money = table.economy.output
    assert np.abs(solution.output - money).max() < 1e-10 * money.max()
    assert np.abs(Effects(table.economy, solution).real_income).max() < 1e-8


def test_accounts_of_the_shipped_table(shipped: Table) -> None:
    e = shipped.economy
    bought = purchases(e) > 0
    assert e.share.sum(axis=1) == pytest.approx(np.where(bought, 1.0, 0.0), abs=1e-9)
    assert e.labour + e.inputs.sum(axis=1).T == pytest.approx(np.ones((50, 81)), abs=1e-9)
    assert e.final.sum(axis=0) == pytest.approx(np.ones(81), abs=1e-9)
    assert abs(e.deficit.sum()) < 1e-9 * e.value_added.sum()
