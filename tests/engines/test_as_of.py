"""What engines answer as of a date, and through which date their figures run."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from multipolar.claims import load_case
from multipolar.claims.load import Loaded
from multipolar.engines import Reading, Registry
from multipolar.engines.api import Declared, Dimension, Metric, Source, Value, outcome
from multipolar.engines.api.reader import through_of
from multipolar.engines.coupling import trace
from multipolar.engines.strategy.data import setting
from multipolar.engines.strategy.solved import Solved
from multipolar.errors import DataMissing, EngineError
from multipolar.pipeline import compile_case, make_plan
from multipolar.pipeline.asks import answer
from multipolar.pipeline.keys import Keys
from multipolar.pipeline.solve import Central
from multipolar.policy import BASELINE
from multipolar.run import run_case
from multipolar.text.dates import is_date
from multipolar.world import World

WORLD = World.load()
NOW = Registry.default(WORLD)
CRUDE = {"exporter": "RUS", "importer": "CHN", "commodity": "crude"}
# one place of each metric of the record, and of one of power that reads each kind of table
PLACES: dict[str, dict[str, Any]] = {
    **{
        f"energy.{name}": {**CRUDE, "year": 2020}
        for name in (
            "trade_value",
            "trade_quantity",
            "trade_share",
            "trade_share_quantity",
            "unit_value",
        )
    },
    "minerals.trade_value": {
        "exporter": "CHN", "importer": "USA", "commodity": "antimony_ore", "year": 2018
    },
    "production.share": {"country": "CHN", "commodity": "coal", "year": 2020},
    "production.quantity": {"country": "CHN", "commodity": "coal", "year": 2018},
    "governance.estimate": {"country": "CHN", "year": 2020},
    "goods.trade_value": {"sector": "goods"},
    "goods.trade_share": {"country": "RUS", "partner": "CHN", "sector": "goods"},
    "gdp.output": {"country": "USA"},
    "gdp.share": {"country": "USA"},
    "votes.choice": {"country": "IND", "resolution": "A/RES/ES-11/1"},
    "votes.change": {
        "country": "IND", "before": "A/RES/ES-11/1", "resolution": "A/RES/ES-11/4"
    },
    "votes.ideal_point": {"country": "IND", "year": 2020},
    "warheads.number": {"country": "USA", "year": 2020},
    "conflicts.count": {"year": 2020},
    "violence.deaths": {"country": "MLI", "year": 2020, "kind": "one-sided"},
    "vetoes.count": {"country": "RUS", "year": 2022},
    "votes.count": {"resolution": "A/RES/ES-11/4", "vote": "yes"},
    "votes.times": {"country": "IND", "vote": "abstain"},
    "votes.agreement": {"country": "IND", "partner": "CHN"},
    "facts.value": {"series": "gas.deliveries", "entity": "RUS-CHN", "date": "2035"},
}  # fmt: skip
POWER = {
    "power.share": {"country": "USA", "index": "military-spending"},
    "power.ratio": {"country": "CHN", "partner": "USA", "index": "energy-exports"},
    "power.aid_ratio": {"country": "UKR", "opponent": "RUS"},
    "power.vulnerability": {
        "country": "FIN", "index": "cinc", "pacts": "listed", "coalition": "any"
    },
}  # fmt: skip


LIGHT = {k: v for k, v in PLACES.items() if not k.startswith(("energy", "minerals"))}


def central(day: str | None) -> Central:
    return Central(NOW if day is None else NOW.as_of(day))


def ask(point: Central, metric: str, **where: Any) -> Reading:
    registry = point.registry
    engine, found = registry.find(metric)
    place = registry.resolve(found, where, complete=True)
    return point.plain(trace(registry, engine.name, BASELINE)).read(metric, place)


TODAY = central(None)


# through which date


@pytest.mark.parametrize(
    ("metric", "where", "through"),
    [
        ("energy.trade_value", {**CRUDE, "year": 2020}, "2020-12-31"),
        ("energy.trade_value", {**CRUDE, "year": [2018, 2020, 2019]}, "2020-12-31"),
        ("governance.estimate", {"country": "CHN", "year": 2022}, "2022-12-31"),
        ("gdp.share", {"country": "USA"}, "2022-12-31"),
        ("votes.choice", {"country": "IND", "resolution": "A/RES/ES-11/1"}, "2022-03-02"),
        ("votes.agreement", {"country": "IND", "partner": "CHN"}, "2025-02-24"),
        # a plan for 2035 is known as of its publication, a figure for a month at its end
        ("facts.value", PLACES["facts.value"], "2025-11-01"),
        ("power.share", {"country": "USA", "index": "value-added"}, "2022-12-31"),
        ("power.share", {"country": "USA", "index": "energy-exports"}, "2024-12-31"),
        ("power.share", {"country": "RUS", "index": "energy-exports", "year": 2019}, "2019-12-31"),
        ("power.aid_ratio", {"country": "UKR", "opponent": "RUS", "year": 2023}, "2023-12-31"),
        ("corridors.share", {"route": "northern", "year": 2022}, "2022-12-31"),
        ("corridors.share", {"route": "northern", "year": 2030}, "2024-12-31"),
        ("corridors.premium_2022", {"theta": "low"}, "2022-12-31"),
        ("corridors.polygon_use", {"demand": "forecast-2030"}, "2025-09-07"),
        ("money.official_yuan_share", {"source": "pboc-2023-9m"}, "2023-09-30"),
    ],
)  # fmt: skip
def test_a_reading_says_through_which_date_it_runs(
    metric: str, where: dict[str, Any], through: str
) -> None:
    assert ask(TODAY, metric, **where).through == through


def test_a_fact_says_since_when_its_source_is_public() -> None:
    found = ask(TODAY, "facts.value", **PLACES["facts.value"])
    assert [s.known for s in found.evidence] == ["2025-11-01"]


@pytest.mark.parametrize(
    ("metric", "where", "through"),
    [
        ("gas.consumption", {"country": "CHN", "year": 2035}, "2021-12-31"),
        ("money.world_share", {"currency": "USD", "basis": "invoicing"}, "2022-12-31"),
        ("trade.real_income", {"country": "RUS"}, "2022-12-31"),
    ],
)
def test_a_model_runs_through_the_year_it_is_built_on(
    metric: str, where: dict[str, Any], through: str
) -> None:
    assert ask(TODAY, metric, **where).through == through


def test_strategy_runs_through_the_year_of_its_setting() -> None:
    through: Any = Solved.through
    assert through.fget(SimpleNamespace(setting=setting())) == "2022-12-31"


def test_a_sum_runs_through_its_newest_part_and_what_is_solved_stands_in() -> None:
    class Sizes(dict[str, Value]):
        through = "2020-12-31"
        countries = ("CHN", "IND")

    size = Metric("toy.size", (Dimension("country", "country"),), "Mt", "Size", "sum")
    read = Declared[Sizes](size, lambda solved, at: solved[at["country"]])
    solved = Sizes(CHN=Value(1.0, through="2022-12-31"), IND=Value(2.0))
    found = outcome("toy", "baseline", [read], solved)
    assert found.read("toy.size", {"country": ("CHN", "IND")}).through == "2022-12-31"
    assert found.read("toy.size", {"country": "IND"}).through == "2020-12-31"


def test_rows_run_through_their_date_but_not_after_they_were_public() -> None:
    plan, count = Source("x", "2030", known="2025-11-01"), Source("x", "2024-06")
    assert through_of(plan) == "2025-11-01"
    assert through_of(count) == "2024-06-30"
    assert through_of(plan, count) == "2025-11-01"
    assert through_of(Source("x"), Source("x", "some day")) == ""


@pytest.mark.parametrize("case", ["critical-minerals-2023", "moscow-2023"])
def test_every_baseline_reading_of_the_cases_is_dated(case: str) -> None:
    program = compile_case(load_case(case), NOW)
    quick = ("record", "power", "money", "gas", "corridors", "trade")
    asked = {t for t in program.terms() if t.engine in quick and t.ask is not None}
    seen = 0
    for term in asked:
        if term.ask is None or term.ask.along is not None or term.scenario != "baseline":
            continue
        try:
            solved = TODAY.plain(trace(NOW, str(term.engine), BASELINE))
            found = solved.read(term.ask.metric, term.ask.place)
        except DataMissing:
            continue
        assert is_date(found.through), term
        assert len(found.through) == len("2022-12-31")
        assert found.through <= WORLD.date
        seen += 1
    assert seen > 5


# as of a date


@pytest.mark.parametrize("metric", PLACES)
def test_before_everything_each_reading_says_when_it_was_published(metric: str) -> None:
    with pytest.raises(DataMissing, match=r"published (on|in) .*, after 1 January 1990"):
        ask(BEFORE, metric, **PLACES[metric])


BEFORE = central("1990-01-01")
THEN = central("2022-08-22")


def test_what_was_not_public_yet_is_told_from_what_there_is_not() -> None:
    with pytest.raises(DataMissing, match="published in January 2023, after 22 August 2022"):
        ask(THEN, "energy.trade_value", **CRUDE, year=2021)
    with pytest.raises(DataMissing, match="no trade in crude for 1980"):
        ask(THEN, "energy.trade_value", **CRUDE, year=1980)
    with pytest.raises(DataMissing, match="published on 12 October 2022"):
        ask(THEN, "votes.choice", country="IND", resolution="A/RES/ES-11/4")
    with pytest.raises(DataMissing, match="published on 1 November 2025"):
        ask(THEN, "facts.value", **PLACES["facts.value"])
    with pytest.raises(DataMissing, match="has no figure for 1980"):
        ask(TODAY, "facts.value", **{**PLACES["facts.value"], "date": "1980"})
    with pytest.raises(DataMissing, match="figures of energy-exports for 2023 were not public"):
        ask(THEN, "power.share", country="USA", index="energy-exports", year=2023)
    with pytest.raises(DataMissing, match="no figures of energy-exports for 1950"):
        ask(THEN, "power.share", country="USA", index="energy-exports", year=1950)


def test_a_mistake_is_a_mistake_at_any_date() -> None:
    for point in (THEN, TODAY):
        with pytest.raises(EngineError, match="has no 'oils'"):
            ask(point, "energy.trade_value", **{**CRUDE, "commodity": "oils"}, year=2020)


def test_then_and_now_live_side_by_side() -> None:
    asked = {"country": "IND", "partner": "CHN"}
    before = ask(TODAY, "votes.agreement", **asked)
    then = ask(THEN, "votes.agreement", **asked)
    assert (then.value, then.through) == (pytest.approx(0.875), "2022-04-07")
    assert ask(TODAY, "votes.agreement", **asked) == before
    assert before.value == pytest.approx(8 / 9)  # by half in two of nine
    assert ask(THEN, "power.share", country="USA", index="energy-exports").through == "2020-12-31"
    assert ask(TODAY, "power.share", country="USA", index="energy-exports").through == "2024-12-31"


def test_what_can_be_asked_does_not_hang_on_the_date() -> None:
    assert set(BEFORE.registry.metrics) == set(NOW.metrics)
    for name in ("votes.choice", "facts.value", "energy.trade_value"):
        assert BEFORE.registry.find(name)[1] == NOW.find(name)[1]


@pytest.mark.parametrize("engine", ["corridors", "gas", "money", "strategy", "trade"])
@pytest.mark.parametrize("day", ["1990-01-01", "2023-05-01", "2025-12-30"])
def test_a_model_of_tables_that_were_not_public_is_missing_and_no_fault(
    engine: str, day: str
) -> None:
    point = central(day)
    with pytest.raises(DataMissing, match=r"published (on|in) .*, after "):
        point.plain(trace(point.registry, engine, BASELINE))


@settings(max_examples=4, deadline=None)
@given(st.dates(dt.date(2000, 1, 1), dt.date(2027, 1, 1)).map(str))
@example("2022-02-27")
@example("2022-03-02")
@example("2023-03-24")
@example("2025-12-31")
def test_nothing_read_is_of_later_than_the_date(day: str) -> None:
    point, answered = central(day), 0
    for metric, where in {**LIGHT, **POWER}.items():
        try:
            found = ask(point, metric, **where)
        except DataMissing:
            continue
        answered += 1
        assert found.through <= day
        assert all(s.known <= day for s in (*found.evidence, *found.alternatives))
    assert answered or day < "2022"


# keys of kept answers


def test_answers_of_different_dates_are_kept_apart_and_the_same_are_shared() -> None:
    late = NOW.as_of("2026-06-01")  # lacks figures on gas, and a few facts
    now, then = Keys(NOW), Keys(late)
    assert late.world.withheld("gas_figures") is not None
    for engine in ("alignment", "corridors", "money", "strategy"):
        assert now.engine(engine) == then.engine(engine)
    for engine in ("record", "power", "trade"):  # facts, and tariffs, are dated row by row
        assert now.engine(engine) != then.engine(engine)
    assert then.engine("gas") is None  # its figures were not public
    assert Keys(NOW.as_of("2022-08-22")).engine("record") != then.engine("record")


# cases


@pytest.fixture
def dated_2019() -> Loaded:
    loaded = load_case("critical-minerals-2023")
    return replace(loaded, case=loaded.case.model_copy(update={"as_of": "2019"}))


def test_a_case_is_tested_on_what_was_public_at_its_date(dated_2019: Loaded) -> None:
    found = run_case(dated_2019, draws=1, progress=False, cache=False)
    assert found.world.day == found.manifest["world"]["as_of"] == "2019-12-31"
    parts = [p for v in found.verdicts for p in v.parts]
    assert not any(p.evidence for p in parts if p.engine == "trade")
    assert {v.verdict for v in found.verdicts if v.parts and v.parts[0].metric} == {"unresolved"}


def test_a_date_that_is_named_goes_before_the_case_s_own(
    dated_2019: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(Exception): ...

    def stop(case: Loaded, registry: Any) -> None:
        found = registry if isinstance(registry, Registry) else registry(case)
        raise Stop(found.world.day)

    monkeypatch.setattr("multipolar.run.checked", stop)
    for as_of, day in ((None, "2019-12-31"), ("2022-08-22", "2022-08-22"), ("2027", "")):
        with pytest.raises(Stop, match=f"^{day}$"):
            run_case(dated_2019, as_of=as_of)
    with pytest.raises(Stop, match=r"^$"):
        run_case(dated_2019, registry=NOW)  # a world that is handed over is the one that is used


def test_the_founding_case_is_read_as_of_the_week_of_its_text() -> None:
    registry = NOW.as_of("2023-03-24")
    program = compile_case(load_case("moscow-2023"), registry)
    plan = make_plan(program, registry)
    point, missing, answered = Central(registry), set(), set()
    for step in plan.steps:
        try:
            point.plain(step)
        except DataMissing as gap:
            assert "after 24 March 2023" in str(gap)
            missing.add(step.engine)
        else:
            answered.add(step.engine)
    assert answered == {"alignment", "power", "record"}
    assert missing >= {"gas", "money", "strategy", "trade"}
    record = point.plain(trace(registry, "record", BASELINE))
    told = {"read": 0, "not public": 0}
    for ask in plan.drawn["record", "baseline"]:
        found = answer(record, ask)
        told["not public" if found.missing else "read"] += 1
        if found.central is not None and ask.along is None:
            assert found.central.through <= "2023-03-24"
    assert min(told.values()) > 20
