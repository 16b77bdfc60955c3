"""The engine on the shipped tables: published numbers, calibration, and what moves which way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.engines import Outcome
from multipolar.engines.api.model import Prepared
from multipolar.engines.corridors import engine
from multipolar.engines.corridors.calibrate import premium, theta_range
from multipolar.engines.corridors.data import ROUTES, read_tables
from multipolar.engines.corridors.kernel import scarcity
from multipolar.engines.corridors.solved import Solved
from multipolar.errors import DataMissing, EngineError, Infeasible
from multipolar.policy import BASELINE, Scenario
from multipolar.world import World

SHIPPED = Path(__file__).parents[3] / "src" / "multipolar" / "world" / "data"
WORLD = World.load(SHIPPED)
TABLES = read_tables(WORLD)
PARAMETERS = engine.parameters(WORLD)
CENTRAL = {p.name: p.value for p in PARAMETERS}
BASE = engine.prepare(WORLD, BASELINE)
SUEZ: Mapping[str, Any] = {
    "measure": "cut_link",
    "origin": "China",
    "destination": "Netherlands",
    "commodity": "sea",
    "name": "Suez",
}


def prepared(*measures: Mapping[str, Any], **more: Any) -> Prepared[Solved]:
    return engine.prepare(
        WORLD, Scenario.model_validate({"name": "cut", "measures": measures, **more})
    )


def outcome(made: Prepared[Solved] = BASE, **changes: float) -> Outcome:
    return engine.solve(made, {**CENTRAL, **changes})


def read(
    name: str,
    made: Prepared[Solved] = BASE,
    where: Mapping[str, Any] | None = None,
    **changes: float,
) -> float:
    return float(outcome(made, **changes).read(f"corridors.{name}", where or {}).value)


def drawn(u: list[float]) -> dict[str, float]:
    """One value of each parameter from its prior."""
    found = {}
    for p, x in zip(PARAMETERS, u, strict=True):
        assert p.prior is not None
        found[p.name] = p.prior.quantile(x)
    return found


draws = st.lists(st.floats(0, 1), min_size=len(PARAMETERS), max_size=len(PARAMETERS)).map(drawn)


# published and second-hand numbers


@pytest.mark.parametrize(
    ("route", "km"),
    [("sea-suez", 19531), ("sea-cape", 24939), ("northern-sea-route", 15425)],
)
def test_sea_distances(route: str, km: float) -> None:
    assert read("distance", where={"route": route}) == pytest.approx(km, abs=1)


def test_with_suez_alone_closed_searoute_goes_through_the_arctic() -> None:
    sea = pytest.importorskip("searoute", reason="a tool of the builders, not installed here")
    ends = ((121.8, 31.2), (4.1, 51.95))
    km = [
        sea.searoute(*ends, units="km", restrictions=r).properties["length"]
        for r in (["suez"], ["suez", "northwest"])
    ]
    assert km == pytest.approx([15425, 24939], abs=1)
    assert TABLES.distance["sea-cape"] == pytest.approx(km[1], abs=1)


def test_the_premium_of_2022_is_within_what_was_found_before() -> None:
    # 2.6 to 4.7 thousand USD, with sea rates that were assumptions
    low, high = (read("premium_2022", where={"theta": t}) for t in ("high", "low"))
    assert 2600 < low < high < 4700
    share = read("premium_2022_share", where={"theta": "low"})
    assert share == pytest.approx(100 * high / 50_000)


def test_the_premium_hardly_depends_on_theta() -> None:
    low, high = theta_range(TABLES)
    assert high / low > 5
    assert premium(TABLES, low) / premium(TABLES, high) < 1.5


@given(st.floats(0.05, 2))
def test_the_premium_accounts_for_the_fall_of_transit(theta: float) -> None:
    # with it the odds of the railway fall from 336.6 to 307.2 thousand TEU though the sea is dearer
    sea = TABLES.rate["2022-H1"] - TABLES.rate["2021-H1"]
    assert sea > 2000
    dearer = 2892 - 2670 + premium(TABLES, theta) - sea
    assert 336.6 * np.exp(-theta * dearer / 1000) == pytest.approx(307.2, rel=1e-9)


def test_theta_accounts_for_the_rise_of_transit() -> None:
    low, high = theta_range(TABLES)
    for theta, period, moved in ((high, "2020", 546.9), (low, "2021-H1", 2 * 336.6)):
        cheaper = TABLES.rate[period] - TABLES.rate["2019"]
        cheaper -= TABLES.rail_rate(period) - 2783
        assert 333 * np.exp(theta * cheaper / 1000) == pytest.approx(moved, rel=1e-9)


@pytest.mark.parametrize(
    ("demand", "elasticity", "percent"),
    [
        ("stated-2022", 2.0, 28),
        ("stated-2022", 0.5, 167),
        ("forecast-2030", 2.0, 2),
        ("forecast-2030", 0.5, 9),
    ],
)
def test_the_polygons_shadow_price(demand: str, elasticity: float, percent: int) -> None:
    value = read("polygon_shadow_price", where={"demand": demand}, polygon_elasticity=elasticity)
    assert round(value) == percent
    assert read("polygon_use", where={"demand": demand}) == 100


def test_the_polygon_with_room_has_no_price() -> None:
    assert read("polygon_shadow_price", where={"demand": "forecast-2030", "year": 2035}) > 0
    wide = prepared(
        {
            "measure": "set_capacity",
            "origin": "Russia",
            "destination": "China",
            "commodity": "rail",
            "name": "Eastern Polygon",
            "capacity": 270,
            "unit": "Mt/yr",
        }
    )
    assert read("polygon_shadow_price", wide, {"demand": "stated-2022"}) == 0
    assert read("polygon_use", wide, {"demand": "stated-2022"}) == pytest.approx(100 * 258 / 270)


@given(st.floats(1, 500), st.floats(1, 500), st.floats(0.3, 3))
def test_scarcity_rations_demand_to_capacity(demand: float, room: float, e: float) -> None:
    price = scarcity(demand, room, e)
    assert price >= 0
    assert demand * (1 + price) ** -e == pytest.approx(min(demand, room), rel=1e-9)


def test_the_polygon_and_the_containers_are_separate() -> None:
    tons = prepared(
        {
            "measure": "cut_link",
            "origin": "Russia",
            "destination": "China",
            "commodity": "rail",
            "name": "Eastern Polygon",
            "remaining": 0.5,
        }
    )
    boxes = prepared(SUEZ)
    for made, same in ((tons, "share"), (boxes, "polygon_shadow_price")):
        one, other = (outcome(m).array(f"corridors.{same}", {}).values for m in (BASE, made))
        np.testing.assert_array_equal(one, other)
    assert not np.nan_to_num(outcome(tons).array("corridors.trade_cost", {}).values).any()


def test_the_middle_corridor_takes_about_three_times_as_long() -> None:
    days = [read("days", where={"route": r, "between": "terminal"}) for r in ("middle", "northern")]
    assert 2.3 < days[0] / days[1] < 3.7
    assert days[0] > read("days", where={"route": "sea-suez", "between": "terminal"})


def test_the_rates_of_2021_are_those_published() -> None:
    # the composite index over the rail index was 3.8 in September 2021 and 3.3 in January 2022
    rows = WORLD.table("corridor_figures").query("quantity == 'rail_rate'").set_index("date")
    for period, composite, ratio in (("2021-09", 10377, 3.8), ("2022-01", 9545, 3.3)):
        assert composite / rows.loc[period, "value"] == pytest.approx(ratio, abs=0.005)


def test_rates_are_means_of_months_and_the_newest_known() -> None:
    # two readings of June 2021 count once: 8740, 8508.5, 7911, 7784.25, 9420.5, 10829
    assert TABLES.rate["2021-H1"] == pytest.approx(8865.5, abs=0.5)
    assert [TABLES.rail_rate(p) for p in ("2019", "2021-H1", "2022-H1", "2024")] == [
        2783,
        2670,
        2892,
        3289,
    ]


def test_figures_agree_with_the_table_of_facts() -> None:
    facts = WORLD.table("facts")
    transit = facts[facts["series"] == "rail.transit_containers"]
    assert len(transit) >= 5
    for row in transit.itertuples():
        period = str(row.date).replace("-06", "-H1")
        assert TABLES.transit["northern", period] == row.value
    rows = facts[(facts["series"] == "rail.capacity") & (facts["entity"] == "Eastern Polygon")]
    assert len(rows) >= 5
    for row in rows.itertuples():
        assert TABLES.polygon[int(row.date)] == row.value


# calibration


@given(draws)
@settings(max_examples=25, deadline=None)
def test_the_base_year_comes_out_exactly_at_any_draw(p: dict[str, float]) -> None:
    found = engine.solve(BASE, p).array("corridors.flow", {"year": 2019})
    assert found.sel(route="northern").item() == pytest.approx(333, rel=1e-9)
    assert found.sel(route="middle").item() == pytest.approx(21, rel=1e-9)
    assert found.sel(route="northern-sea-route").item() == pytest.approx(1, rel=1e-9)
    assert found.sum().item() == pytest.approx(TABLES.market[2019] + 333 + 21, rel=1e-12)


@given(draws)
@settings(max_examples=25, deadline=None)
def test_shares_rise_with_the_sea_rate(p: dict[str, float]) -> None:
    solved = engine.solve(BASE, p)
    before, dear = (
        solved.read("corridors.share", {"route": "northern", "year": y}).value for y in (2019, 2021)
    )
    assert float(dear) > float(before)
    assert solved.residual <= 1e-9


def test_what_was_carried_lies_near_the_range_that_the_note_gives() -> None:
    # out of sample: within a factor of two of the range over the priors, and 2023 inside
    for year in (2020, 2022, 2023, 2024):
        low, high = BASE.work.ranges(year)
        total = sum(read("flow", where={"route": r, "year": year}) for r in ROUTES)
        seen = 100 * TABLES.northern(year) / total
        k = ROUTES.index("northern")
        assert low[k] / 2 < seen < 2 * high[k]
    low, high = BASE.work.ranges(2023)
    assert low[2] < 100 * 211.1 / 23282 < high[2]


def test_the_note_of_a_share_gives_the_range() -> None:
    found = outcome().read("corridors.share", {"route": "northern"})
    assert "do not pin" in found.note
    assert "percentile" in found.note


# measures


def test_suez_closed_sends_ships_round_the_cape_and_fills_the_railway() -> None:
    made = prepared(SUEZ)
    flow = outcome(made).array("corridors.flow", {})
    assert flow.sel(route="sea-suez").item() == 0
    assert flow.sel(route="sea-cape").item() > 0.9 * flow.sum().item()
    assert read("share", made, {"route": "northern"}) > read("share", where={"route": "northern"})
    with pytest.raises(DataMissing, match="closed"):
        read("shadow_price", made, {"route": "sea-suez"})


@given(draws, st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_what_a_cut_leaves_never_makes_trade_cheaper(p: dict[str, float], left: float) -> None:
    cut = {
        "measure": "cut_link",
        "origin": "China",
        "destination": "Poland",
        "commodity": "rail",
        "name": "Northern route",
        "remaining": left,
    }
    found = engine.solve(prepared(cut), p).array("corridors.trade_cost", {})
    assert found.sel(exporter="CHN", importer="DEU").item() >= -1e-12
    # the others' boxes go by sea, whose cost does not move while there is room
    assert found.sel(exporter="JPN", importer="DEU").item() == pytest.approx(0, abs=1e-12)


def test_trade_costs_are_nought_in_the_baseline_and_between_others() -> None:
    base = outcome().array("corridors.trade_cost", {})
    assert base.dims == ("exporter", "importer")
    assert base["exporter"].values.tolist() == list(TABLES.countries)
    assert not np.nan_to_num(base.values).any()
    found = outcome(prepared(SUEZ)).array("corridors.trade_cost", {})
    np.testing.assert_array_equal(found.values, found.values.T)
    assert np.isnan(np.diag(found.values)).all()  # no cost of a state with itself
    for pair in (("USA", "DEU"), ("CHN", "USA"), ("DEU", "FRA"), ("CHN", "JPN"), ("RUS", "CHN")):
        assert found.sel(exporter=pair[0], importer=pair[1]).item() == 0
    touched = found.sel(exporter="CHN", importer="DEU").item()
    assert 0.01 < touched < 0.25
    # boxes that can also go by rail lose less
    assert found.sel(exporter="JPN", importer="DEU").item() > touched


def test_trade_cost_scales_with_the_share_in_containers() -> None:
    where = {"exporter": "CHN", "importer": "DEU"}
    made = prepared(SUEZ)
    half, whole = (read("trade_cost", made, where, containers=c) for c in (0.3, 0.6))
    assert whole == pytest.approx(2 * half)


@pytest.mark.parametrize("year", [2024, 2030])
def test_a_measure_before_its_day_does_nothing(year: int) -> None:
    later = prepared({**SUEZ, "since": "2031"}, year=year)
    assert not np.nan_to_num(outcome(later).array("corridors.trade_cost", {}).values).any()
    assert outcome(later).array("corridors.trade_cost", {"year": 2031}).values.any()


def test_a_year_without_rates_is_said_to_stand_on_another() -> None:
    found = outcome(prepared(year=2030)).read("corridors.share", {"route": "northern"})
    assert "2023 stand for 2030" in found.note
    assert found.value == read("share", where={"route": "northern"})


def test_no_way_by_sea_is_infeasible_and_named() -> None:
    cuts = [{**SUEZ, "name": n} for n in ("Suez", "Cape", "Northern Sea Route")]
    found = outcome(prepared(*cuts))
    assert found.status == "infeasible"
    with pytest.raises(Infeasible, match="northern, middle"):
        found.read("corridors.share", {"route": "northern"})


def link(**more: Any) -> dict[str, Any]:
    return {
        "measure": "set_capacity",
        "origin": "China",
        "destination": "Germany",
        "commodity": "rail",
        "capacity": 1e6,
        "unit": "TEU/yr",
        **more,
    }


@pytest.mark.parametrize(
    ("more", "route"),
    [
        ({"name": "Northern route"}, "northern"),
        ({"name": "trans-siberian"}, "northern"),
        ({"name": "Middle Corridor"}, "middle"),
        ({"via": ["Kazakhstan", "Azerbaijan", "Georgia"]}, "middle"),
        ({"via": ["Kazakhstan", "Russia", "Belarus"]}, "northern"),
        ({"name": "NSR", "commodity": "sea"}, "northern-sea-route"),
        ({"commodity": "sea", "via": ["Egypt"]}, "sea-suez"),
        ({"commodity": "sea", "via": ["South Africa"]}, "sea-cape"),
        ({"name": "Trans-Siberian", "destination": "Russia", "unit": "Mt/yr"}, "eastern-polygon"),
        ({"name": "BAM", "unit": "Mt/yr"}, "eastern-polygon"),
    ],
)
def test_a_link_is_found_by_its_name_or_its_way(more: dict[str, Any], route: str) -> None:
    made = prepared(link(**more))
    assert [c.route for c in made.work.changes.items] == [route]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": "Midle Corridor"}, "did you mean 'Middle Corridor'"),
        ({"unit": "Mt/yr", "name": "Suez"}, "use TEU/yr"),
        ({"name": "Eastern Polygon"}, "use Mt/yr"),
        ({"commodity": "road"}, "give it a name"),
    ],
)
def test_what_is_no_link_of_freight_is_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(EngineError, match=words):
        prepared(link(**more))


def test_links_of_other_goods_are_left_to_other_engines() -> None:
    pipe = link(commodity="pipeline_gas", unit="bcm/yr", name="Power of Siberia 2", capacity=50)
    made = prepared(pipe)
    assert not made.work.changes.items
    assert "pipeline gas" in made.work.note
    assert not np.nan_to_num(outcome(made).array("corridors.trade_cost", {}).values).any()


def test_a_new_link_adds_capacity_as_it_fills() -> None:
    made = prepared(
        link(
            measure="build_link",
            name="Middle Corridor",
            capacity=200_000,
            since="2022",
            ramp_years=4,
        ),
        year=2023,
    )
    assert made.work.changes.capacity("middle", 100.0, 2023) == pytest.approx(200)
    assert made.work.changes.capacity("middle", 100.0, 2021) == 100


@pytest.mark.parametrize(
    ("name", "value"),
    [("theta", 0.0), ("nest", 1.5), ("value", -1.0), ("cape_freight", -1.0)],
)
def test_parameters_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(EngineError, match=name):
        outcome(**{name: value})


def test_every_figure_says_where_it_is_from() -> None:
    for table in ("corridor_figures", "corridor_links"):
        rows = WORLD.table(table)
        assert set(rows["status"]) <= {"read", "second-hand", "computed", "assumption"}
        sourced = rows[rows["status"] != "assumption"]
        assert (sourced["source"].fillna("") != "").all()
