"""The record engine against known values, and what must hold for any place."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from multipolar.engines import Metric, Reading, Registry
from multipolar.engines.record import engine
from multipolar.engines.record.facts import _table as facts_of
from multipolar.errors import DataMissing, EngineError
from multipolar.policy import BASELINE
from multipolar.world import World

WORLD = World.load()
REGISTRY = Registry(WORLD, {"record": engine})
OUTCOME = engine.solve(engine.prepare(WORLD, BASELINE), {})


def metric(name: str) -> Metric:
    return REGISTRY.find(name)[1]


def read(name: str, **where: Any) -> Reading:
    """Read with names resolved, as a test of a case does."""
    return OUTCOME.read(name, REGISTRY.resolve(metric(name), where, complete=True))


def number(name: str, **where: Any) -> float:
    value = read(name, **where).value
    assert isinstance(value, float)
    return value


def series(name: str, **where: Any) -> pd.Series[Any]:
    array = OUTCOME.array(name, REGISTRY.resolve(metric(name), where, complete=False))
    return array.to_series()


# known values


def test_crude_from_russia_to_china() -> None:
    crude = {"exporter": "Russia", "importer": "China", "commodity": "crude"}
    assert number("energy.trade_quantity", **crude, year=2024) == pytest.approx(108.5, abs=0.2)
    assert number("energy.trade_quantity", **crude, year=2015) == pytest.approx(39.1, abs=0.2)
    # 60.68 bn USD for 107 Mt: BACI's value is fob
    assert number("energy.unit_value", **crude, year=2024) == pytest.approx(577, abs=3)


def test_saudi_arabia_was_china_s_first_supplier_of_crude_in_2022() -> None:
    ranked = series("energy.trade_quantity", importer="China", commodity="crude", year=2022)
    assert list(ranked.sort_values(ascending=False).index[:2]) == ["SAU", "RUS"]
    assert ranked["SAU"] == pytest.approx(87.5, abs=0.2)


def test_votes_of_march_2022() -> None:
    first = "A/RES/ES-11/1"
    assert number("votes.count", resolution=first, vote="yes") == 141
    assert number("votes.count", resolution=first, vote="no") == 5
    five = ["Brazil", "Russia", "India", "China", "South Africa"]
    assert number("votes.count", resolution=first, vote="yes", country=five) == 1
    assert read("votes.choice", resolution=first, country="India").value == "abstain"
    assert number("votes.times", country="Russia", vote="no") == 8


def test_agreement_of_china_and_russia_by_hand() -> None:
    votes = WORLD.table("un_votes").pivot(index="resolution", columns="country", values="vote")
    same = {("no", "no"): 1.0, ("abstain", "no"): 0.5, ("yes", "no"): 0.0}
    pairs = list(zip(votes["CHN"], votes["RUS"], strict=True))
    assert len(pairs) == 9
    by_hand = sum(same[p] for p in pairs) / len(pairs)
    assert number("votes.agreement", country="China", other="Russia") == pytest.approx(by_hand)
    # ES-11/1: China abstained, Russia voted against; ES-11/3: both against
    assert number("votes.agreement", country="CHN", other="RUS", resolution="A/RES/ES-11/1") == 0.5
    assert number("votes.agreement", country="CHN", other="RUS", resolution="A/RES/ES-11/3") == 1
    two = ["A/RES/ES-11/1", "A/RES/ES-11/3"]
    assert number("votes.agreement", country="CHN", other="RUS", resolution=two) == 0.75


def test_a_state_outside_the_council_had_no_vote_there() -> None:
    with pytest.raises(DataMissing, match="had no vote"):
        read("votes.choice", country="Germany", resolution="S/2022/155")
    council = series("votes.choice", resolution="S/2022/155")
    assert len(council) == 15
    assert council["RUS"] == "no"


def test_production_and_governance() -> None:
    # gallium comes nearly all from China, and nobody disputes it
    assert number("production.share", country="China", commodity="gallium", year=2023) > 95
    made = read("production.quantity", country="Russia", commodity="natural_gas", year=2022)
    assert made.unit == "million m3"
    assert isinstance(made.value, float)
    assert 550_000 < made.value < 700_000
    stable = read("governance.estimate", country="Switzerland", year=2023)
    assert isinstance(stable.value, float)
    assert stable.value > 0.5
    assert "Standard error" in stable.note
    pair = [number("governance.estimate", country=c, year=2023) for c in ("France", "Spain")]
    assert number("governance.estimate", country=["France", "Spain"], year=2023) == pytest.approx(
        np.mean(pair)
    )


def test_accounts() -> None:
    # World Bank, 2022: China 17.9 of 101 trn USD at market prices; value added is a little less
    assert number("gdp.share", country="China") == pytest.approx(17.5, abs=1)
    assert number("gdp.share", country="World") == pytest.approx(100)
    assert number("gdp.output", country="G7") == pytest.approx(
        sum(number("gdp.output", country=c) for c in WORLD.countries_named("G7"))
    )
    sold = number("goods.trade_value", exporter="China", importer="World", sector="goods")
    bought = number("goods.trade_value", exporter="World", importer="China", sector="goods")
    assert sold > bought  # China sells more goods than it buys


# facts


def fact(frame: pd.DataFrame, **where: str) -> pd.DataFrame:
    for key, value in where.items():
        frame = frame[frame[key] == value]
    return frame


def test_disagreeing_sources_stand_beside_each_other() -> None:
    place = {"series": "settlement.yuan_share_exports", "entity": "RUS", "date": "2022-01"}
    rows = fact(WORLD.table("facts"), **place)
    assert rows["value"].nunique() == 2
    reading = read("facts.value", **place)
    assert reading.unit == "percent"
    assert {reading.value, *(a.value for a in reading.alternatives)} == set(rows["value"])
    assert len(reading.evidence) + len(reading.alternatives) == len(rows)


def test_a_fact_says_how_good_its_source_is() -> None:
    deal = read("facts.value", series="gas.capacity", entity="Power of Siberia 1", date="2019")
    own = read("facts.value", series="warheads.inventory", entity="RUS", date="2023-01")
    votes = read("facts.value", series="votes.choice", entity="CHN on A/RES/ES-11/1", date="2022")
    sources = [r.evidence[0] for r in (deal, own, votes)]
    assert [s.grade for s in sources] == ["report", "report", "official"]
    assert [s.interested for s in sources] == [True, False, False]  # a firm on its own pipeline
    assert sources[1].known == "2023-06-12"  # of January, published in June


def test_a_fact_may_be_a_date() -> None:
    reading = read(
        "facts.value", series="summits.start", entity="Xi visit to Russia 2023", date="2023"
    )
    assert reading.value == "2023-03-20"
    assert reading.unit == "date"


def test_a_year_with_several_dates_names_them() -> None:
    with pytest.raises(DataMissing, match=r"2022-01.*2022-12"):
        read("facts.value", series="settlement.yuan_share_exports", entity="Russia", date="2022")


def test_every_fact_can_be_read() -> None:
    frame = WORLD.table("facts")
    for (one, entity, date), rows in frame.groupby(["series", "entity", "date"]):
        reading = read("facts.value", series=one, entity=entity, date=date)
        stated = {*rows["value"].dropna(), *rows["text"].dropna()}
        assert reading.value in stated
        assert reading.evidence[0].source in set(rows["source"])
        best = rows["confidence"].map({"high": 0, "medium": 1, "low": 2}).min()
        top = rows[rows["source"] == reading.evidence[0].source]["confidence"]
        assert best in set(top.map({"high": 0, "medium": 1, "low": 2}))


# gaps and quality


def test_years_outside_the_table_are_missing() -> None:
    crude = {"exporter": "Russia", "importer": "China", "commodity": "crude"}
    with pytest.raises(DataMissing, match="1995 to 2024"):
        read("energy.trade_value", **crude, year=1994)
    with pytest.raises(DataMissing, match="2018 to 2024"):
        read("production.share", country="China", commodity="gallium", year=2015)
    with pytest.raises(DataMissing, match="1997"):
        read("governance.estimate", country="China", year=1997)


GAS = {"commodity": "pipeline_gas", "year": 2021}


@pytest.mark.parametrize(
    "place",
    [
        {"exporter": "Russia", "importer": "Germany"},  # known to exist, not on record
        {"exporter": "Russia", "importer": "EU"},  # a sum with such a flow
        {"exporter": "Russia", "importer": "World"},
        {"exporter": "World", "importer": "Germany"},
        {"exporter": "Russia", "importer": "Malta"},  # absent, and Russia's list has gaps
    ],
)
def test_a_flow_that_is_not_on_record_is_not_a_zero(place: dict[str, str]) -> None:
    with pytest.raises(DataMissing, match="RUS to"):
        read("energy.trade_value", **place, **GAS)


def test_a_share_needs_the_whole_of_the_imports() -> None:
    with pytest.raises(DataMissing, match="RUS to DEU"):
        read("energy.trade_share", exporter="Norway", importer="Germany", **GAS)


def test_an_absent_flow_between_well_known_partners_is_zero() -> None:
    zero = read("energy.trade_value", exporter="Norway", importer="Malta", **GAS)
    assert zero.value == 0
    assert "No flow is on record" in zero.note


def test_missing_flows_are_nan_in_an_array() -> None:
    buyers = series("energy.trade_value", exporter="Russia", **GAS)
    assert np.isnan(buyers["DEU"])
    assert buyers["CHN"] == pytest.approx(1510.6, abs=0.1)


def test_the_quality_of_rows_is_said() -> None:
    gas = {"exporter": "Russia", "importer": "China", "commodity": "pipeline_gas", "year": 2022}
    assert "imputed" in read("energy.trade_quantity", **gas).note
    assert not read("energy.trade_value", **gas).note  # the value is not computed from anything
    total = read("energy.trade_quantity", commodity="crude", year=2022)
    assert "No quantity" in total.note


def test_units_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(DataMissing, match="add up"):
        read(
            "production.quantity", country="China", commodity=["gallium", "natural_gas"], year=2023
        )


def test_a_country_trades_with_others_not_with_itself() -> None:
    with pytest.raises(EngineError, match="are the same, CHN"):
        read("goods.trade_value", exporter="China", importer="China", sector="goods")
    abroad = {"exporter": ["China", "India"], "sector": "goods"}
    within = read("goods.trade_value", importer=["China", "India"], **abroad).value
    each = [
        read("goods.trade_value", exporter=a, importer=b, sector="goods").value
        for a, b in (("China", "India"), ("India", "China"))
    ]
    assert within == pytest.approx(sum(map(float, each)))
    with pytest.raises(DataMissing, match="80 countries"):
        read("goods.trade_value", exporter="China", importer="Mongolia", sector="goods")


def test_the_evidence_names_the_table() -> None:
    found = read("gdp.share", country="China").evidence[0]
    info = WORLD.info("io_2022")
    assert (found.source, found.date, found.url) == (info.source, info.date, info.url)
    assert info.version in found.note


def test_what_is_not_given_is_asked_for() -> None:
    with pytest.raises(EngineError, match="year"):
        OUTCOME.read("energy.trade_value", {"commodity": "crude"})
    with pytest.raises(EngineError, match="one value"):
        read("votes.choice", country="EU", resolution="A/RES/ES-11/1")
    with pytest.raises(EngineError, match="too large"):
        OUTCOME.array("energy.trade_value", {})


# invariants

TRADE = WORLD.table("energy_trade")
CODES = sorted(
    set(WORLD.table("countries")["iso3"]) & (set(TRADE["exporter"]) | set(TRADE["importer"]))
)
COMMODITIES = st.sampled_from(sorted(set(TRADE["commodity"]) - {"pipeline_gas"}))
YEARS = st.integers(1995, 2024)
STATES = st.sampled_from(sorted(WORLD.table("un_votes")["country"].unique()))


@given(COMMODITIES, YEARS)
@settings(max_examples=25, deadline=None)
def test_shares_over_exporters_sum_to_a_hundred(commodity: str, year: int) -> None:
    shares = series("energy.trade_share", importer="World", commodity=commodity, year=year)
    assert shares.sum() == pytest.approx(100)
    assert shares.between(0, 100 + 1e-9).all()


@given(COMMODITIES, YEARS)
@settings(max_examples=25, deadline=None)
def test_the_world_is_the_sum_of_exporters_and_of_rows(commodity: str, year: int) -> None:
    name = "energy.trade_value"
    world = number(name, exporter="World", importer="World", commodity=commodity, year=year)
    left_out = number(name, commodity=commodity, year=year)
    by_exporter = series(name, importer="World", commodity=commodity, year=year).sum()
    by_pair = series(name, commodity=commodity, year=year).sum()
    rows = TRADE[(TRADE["commodity"] == commodity) & (TRADE["year"] == year)]["value_usd"].sum()
    assert world == left_out
    assert [by_exporter, by_pair, rows / 1e6] == pytest.approx([world] * 3)


@given(
    st.lists(st.sampled_from(CODES), min_size=1, max_size=6, unique=True),
    st.lists(st.sampled_from(CODES), min_size=1, max_size=6, unique=True),
    COMMODITIES,
    YEARS,
)
@settings(max_examples=60, deadline=None)
def test_a_list_is_the_sum_of_its_members(
    exporters: list[str], importers: list[str], commodity: str, year: int
) -> None:
    name = "energy.trade_value"
    rest = {"commodity": commodity, "year": year}
    hit = TRADE["exporter"].isin(exporters) & TRADE["importer"].isin(importers)
    rows = TRADE[hit & (TRADE["commodity"] == commodity) & (TRADE["year"] == year)]

    def known(**where: Any) -> float:
        try:
            return number(name, **where, **rest)
        except DataMissing:  # a side was not there, or neither reports: no row may be lost so
            return 0.0

    assume(len({*exporters, *importers}) > 1)
    whole = known(exporter=exporters, importer=importers)
    parts = [known(exporter=e, importer=i) for e in exporters for i in importers if e != i]
    assert whole == pytest.approx(sum(parts))
    assert whole == pytest.approx(rows["value_usd"].sum() / 1e6)


@given(STATES, STATES)
@settings(max_examples=60, deadline=None)
def test_agreement_is_symmetric_and_within_bounds(one: str, two: str) -> None:
    assume(one != two)
    try:
        there = number("votes.agreement", country=one, other=two)
    except DataMissing:
        with pytest.raises(DataMissing):
            number("votes.agreement", country=two, other=one)
        return
    assert there == pytest.approx(number("votes.agreement", country=two, other=one))
    assert 0 <= there <= 1


def test_votes_add_up_to_the_members() -> None:
    for resolution in WORLD.table("un_votes")["resolution"].unique():
        cast = sum(
            number("votes.count", resolution=resolution, vote=v)
            for v in ("yes", "no", "abstain", "absent")
        )
        assert cast == (15 if resolution.startswith("S/") else 193)


@given(st.sampled_from(["China", "Germany", "Russia", "Brazil", "Egypt"]), st.booleans())
@settings(max_examples=10, deadline=None)
def test_partners_and_the_rest_make_a_country_s_trade(country: str, goods: bool) -> None:
    sector = "goods" if goods else "all"
    partners = series("goods.trade_share", country=country, sector=sector)
    rest = number("goods.trade_share", country=country, partner="World", sector=sector)
    assert rest == pytest.approx(100)
    assert partners.sum() <= 100 + 1e-9  # the rest of the world is nobody's partner by name
    assert partners.sum() > 50


def test_goods_and_services_make_all() -> None:
    parts = [
        number("goods.trade_value", exporter="China", importer="USA", sector=s)
        for s in ("goods", "services", "all")
    ]
    assert parts[0] + parts[1] == pytest.approx(parts[2])
    twice = number("goods.trade_value", exporter="China", importer="USA", sector=["goods", "C26"])
    assert twice == pytest.approx(parts[0])  # an industry counts once


def test_a_reading_takes_milliseconds() -> None:
    crude = {"exporter": "RUS", "importer": ("CHN", "IND"), "commodity": "crude"}
    OUTCOME.read("energy.trade_share", {**crude, "year": 2000})
    start = time.perf_counter()
    for year in range(1995, 2025):
        OUTCOME.read("energy.trade_share", {**crude, "year": year})
    assert (time.perf_counter() - start) / 30 < 0.02


def test_a_part_is_not_counted_beside_its_whole() -> None:
    where = {"country": "CHN", "year": 2022}
    whole = number("production.quantity", **where, commodity="coal")
    parts = number("production.quantity", **where, commodity=["steam_coal", "coking_coal"])
    assert whole == pytest.approx(parts)
    with pytest.raises(EngineError, match="part of coal"):
        number("production.quantity", **where, commodity=["coal", "steam_coal"])


def test_a_year_without_a_table_is_no_flow_of_nothing() -> None:
    where = {"importer": "USA", "year": 2022}
    with pytest.raises(DataMissing, match="no trade in germanium for 2022"):
        number("minerals.trade_value", **where, commodity=["germanium", "lithium_carbonate"])
    laid = OUTCOME.array("minerals.trade_value", {**where, "exporter": "WLD"})
    assert np.isnan(laid.sel(commodity="germanium").item())
    assert laid.sel(commodity="lithium_carbonate").item() > 0


def test_it_reads_no_table_that_it_does_not_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept answers of a case go by the hashes of those it names."""
    asked: set[str] = set()
    read = World.table
    monkeypatch.setattr(
        World, "table", lambda w, name, *some: (asked.add(name), read(w, name, *some))[1]
    )
    world = World.load()
    outcome = engine.solve(engine.prepare(world, BASELINE), {})
    where = {"country": "USA", "partner": "CHN", "sector": "all", "vote": "yes", "year": 2022}
    for metric in engine.metrics(world):
        names = {d.name for d in metric.dims}
        with suppress(DataMissing):  # a series that ended before
            assert outcome.array(metric.name, {k: v for k, v in where.items() if k in names}).size
    assert engine.tables is not None and engine.tables & set(world.names) <= asked
    assert asked - engine.tables <= {"countries", "coalitions"}


def test_a_fact_is_off_by_what_its_source_prints_or_by_its_rounding() -> None:
    metric = REGISTRY.find("facts.value")[1]
    table = facts_of(WORLD)
    at = {"series": "rail.days", "entity": "CHN-Europe by rail", "date": "2024-07-15"}
    plain = table.value(metric, at)
    assert (plain.value, plain.error, plain.error_of) == (7.31, 0.005, "rounding of the source")
    frame = table.frame.assign(error=table.frame["error"].where(table.frame["value"] != 7.31, 0.4))
    printed = replace(table, frame=frame).value(metric, at)
    assert (printed.value, printed.error) == (7.31, 0.4)
    assert printed.error_of == "error that the source prints"
    words = frame.assign(error=0.4)[frame["text"].notna()].iloc[0]
    word = {"series": words["series"], "entity": words["entity"], "date": words["date"]}
    assert replace(table, frame=frame.assign(error=0.4)).value(metric, word).error == 0
