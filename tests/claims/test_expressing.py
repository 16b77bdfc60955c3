"""Sums of readings, figures a head, and dimensions that another reading drops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from claims.conftest import HEAD, Run, claim
from multipolar.claims.load import Loaded
from multipolar.claims.schema import COMPARISONS, Case, Leaf
from multipolar.engines import Registry
from multipolar.engines.api.contract import Metric, Reading
from multipolar.errors import CaseError
from multipolar.pipeline.asks import Answer, answer
from multipolar.pipeline.compile import LeafPlan, cited_source, compile_leaf
from multipolar.pipeline.covering import Coverage
from multipolar.pipeline.framings import _shifted
from multipolar.pipeline.parts import Evaluated, _combinations, evaluate
from multipolar.pipeline.result import Part
from multipolar.pipeline.solve import Answers
from multipolar.policy import BASELINE
from multipolar.render.code import code
from multipolar.world import World
from toy import Toy

OIL = {"exporter": "Russia", "importer": "China", "commodity": "crude", "year": 2022}
VALUE: dict[str, Any] = {"metric": "energy.trade_value", "where": OIL}
GOODS = {
    "metric": "goods.trade_value",
    "where": {"exporter": "Russia", "importer": "China", "sector": "energy"},
}
GAS = {"metric": "gas.flow", "where": {"exporter": "Russia", "importer": "China"}}
MASS = {"says": "So it is.", "unit": "Mt", "date": "2022-12-31", "source": "A yearbook"}
EVIDENCE = {
    "five": {**MASS, "value": 5.0, "error": 0.3},
    "tonnes": {**MASS, "value": 4e6, "unit": "t", "error": 4e5},
    "dollars": {**MASS, "value": 7.0, "unit": "USD bn"},
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.default(World.load())


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    case = {**HEAD, "claims": [claim(test={"untestable": "-"})], "evidence": EVIDENCE}
    found = Case.model_validate(case)
    return Loaded(found, {BASELINE.name: BASELINE}, Path())


def planned(test: Mapping[str, Any], loaded: Loaded, registry: Registry) -> LeafPlan:
    held = {} if set(COMPARISONS) & set(test) else {"above": 0.0}
    leaf = Leaf.model_validate({**held, **test})
    return compile_leaf(leaf, loaded.case.claims[0], loaded, registry)


def read(test: Mapping[str, Any], loaded: Loaded, registry: Registry) -> Evaluated:
    """Make a comparison of what the record says."""
    plan = planned(test, loaded, registry)
    found = {}
    for term in plan.terms():
        if term.evidence is not None:
            row = loaded.case.evidence[term.evidence]
            source = cited_source(loaded, term.evidence)
            reading = Reading(row.value, row.unit, (source,), error=row.error or 0.0)
            found[term] = Answer(reading, (row.value,))
        else:
            assert term.ask is not None and term.engine == "record"
            engine, world = registry.engines["record"], registry.world
            outcome = engine.solve(engine.prepare(world, BASELINE), {})
            found[term] = answer(outcome, term.ask)
    return evaluate(plan, Answers(found, {}), "")


@pytest.fixture
def value(loaded: Loaded, registry: Registry) -> Any:
    def made(**test: Any) -> float:
        part = read(test, loaded, registry).part
        assert part.gap is None, part.gap
        assert isinstance(part.value, float)
        return part.value

    return made


def trade(registry: Registry, rows: str) -> float:
    return float(registry.world.table("energy_trade").query(rows)["value_usd"].sum()) / 1e6


CRUDE = "year == 2022 and commodity == 'crude'"


# Sums -------------------------------------------------------------------------------------------


def test_what_is_added_is_the_sum_of_the_table(value: Any, registry: Registry) -> None:
    both = value(metric="energy.trade_value", where=OIL, plus=[{"where": {"exporter": "Iraq"}}])
    rows = f"{CRUDE} and importer == 'CHN' and exporter in ['RUS', 'IRQ']"
    assert both == pytest.approx(trade(registry, rows))
    assert both == pytest.approx(
        value(metric="energy.trade_value", where={**OIL, "exporter": ["Russia", "Iraq"]})
    )


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ({"evidence": "five", "plus": [{"evidence": "five"}]}, "added to itself"),
        ({**VALUE, "plus": [{"where": {"exporter": "RUS"}}]}, "added to itself"),
        ({**VALUE, "plus": [VALUE]}, "added to itself"),
        ({**VALUE, "plus": [{"where": {"exporter": None}}]}, "holds already"),
        ({**VALUE, "plus": [{"where": {"exporter": "BRICS"}}]}, "holds already"),
        ({**VALUE, "plus": [{"where": {"commodity": ["crude", "lng"]}}]}, "holds already"),
        ({**GOODS, "plus": [{"where": {"sector": "oil"}}]}, "holds already"),
        ({**GAS, "plus": [{"where": {"carrier": "lng"}}]}, "holds already"),
    ],
)
def test_nothing_is_counted_twice_in_a_sum(
    test: dict[str, Any], says: str, loaded: Loaded, registry: Registry
) -> None:
    with pytest.raises(CaseError, match=says):
        planned(test, loaded, registry)


@pytest.mark.parametrize(
    "more", [{"exporter": "Iraq"}, {"year": 2021}, {"commodity": "lng"}, {"importer": "India"}]
)
def test_places_that_share_nothing_are_added(
    more: dict[str, Any], loaded: Loaded, registry: Registry
) -> None:
    plan = planned({**VALUE, "plus": [{"where": more}]}, loaded, registry)
    assert plan.gap is None
    assert len(plan.roles()) == 2


def test_the_order_of_a_sum_does_not_matter(value: Any) -> None:
    parts = [{"evidence": "five"}, {"evidence": "tonnes"}, {"metric": "energy.trade_quantity",
             "where": OIL}]  # fmt: skip
    found = {round(value(**first, plus=more, unit="Mt"), 9) for first, *more in permutations(parts)}
    assert len(found) == 1
    assert found.pop() == pytest.approx(9 + 86.2, abs=0.1)


class Twins(Toy):
    """The line twice, under two names."""

    def metrics(self, world: object) -> tuple[Metric, ...]:
        (line,) = super().metrics(world)
        return line, replace(line, name="toy.twin")


# the line at x = 1 is uniform on 0..2, and both together on 0..4, draw by draw
@pytest.mark.parametrize(("bound", "verdict"), [(0.3, "holds"), (3.7, "fails"), (2.0, "depends")])
def test_a_list_of_metrics_is_their_sum_in_every_draw(run: Run, bound: float, verdict: str) -> None:
    test = {"metric": ["toy.line", "toy.twin"], "where": {"x": "1"}, "at_least": bound}
    found = run([claim(test=test)], toy=Twins()).verdict("A-1")
    assert found.verdict == verdict
    assert found.parts[0].value == pytest.approx(2.0, abs=0.05)
    assert found.parts[0].label == "Height of the line (x 1), with 1 more added"


def test_a_sum_moves_as_a_whole_in_every_draw(run: Run) -> None:
    both = {"metric": ["toy.line", "toy.twin"], "where": {"x": "2"}}
    ratio = {**both, "over": {"where": {"x": "1"}}, "equals": 2, "within": 1e-9}
    rival = {**both, "exceeds": {"where": {"x": "1"}, "times": 1.0}}
    found = run([claim(test=ratio), claim("A-2", test=rival)], toy=Twins())
    assert [v.verdict for v in found.verdicts] == ["holds", "holds"]


def test_a_list_of_metrics_has_one_place() -> None:
    twice = Leaf.model_validate(
        {"metric": ["energy.trade_value", "minerals.trade_value"], "where": OIL, "above": 1.0}
    )
    assert [s.metric for s in twice.slots()] == ["energy.trade_value", "minerals.trade_value"]
    assert twice.plus[0].where == twice.where


def test_errors_of_what_is_added_go_together_as_roots_of_squares(
    loaded: Loaded, registry: Registry
) -> None:
    test = {"evidence": "five", "plus": [{"evidence": "tonnes"}], "above": 8.8}
    found = read(test, loaded, registry)
    assert found.part.value == pytest.approx(9.0)
    assert found.part.error == pytest.approx(0.5)  # 0.3 and 0.4 Mt
    assert found.part.near == 1
    assert [s.value for s in found.part.evidence] == [5.0, 4e6]
    assert found.reads == ("A yearbook",)


def test_what_does_not_add_up_is_refused(loaded: Loaded, registry: Registry) -> None:
    with pytest.raises(CaseError, match=r"USD bn \(USD\) does not convert to Mt \(mass\)"):
        planned({"evidence": "five", "plus": [{"evidence": "dollars"}]}, loaded, registry)
    mixed = {"metric": ["energy.trade_value", "energy.trade_quantity"], "where": OIL}
    with pytest.raises(CaseError, match="does not convert"):
        planned(mixed, loaded, registry)
    lacks = {"metric": ["energy.trade_value", "russia.trade_value"], "where": OIL}
    with pytest.raises(CaseError, match="no dimension 'exporter'"):
        planned(lacks, loaded, registry)
    unknown = {"metric": ["energy.trade_value", "energy.trade_valu"], "where": OIL}
    with pytest.raises(CaseError, match=r"metric 1: no metric|metric 2: no metric|no metric"):
        planned(unknown, loaded, registry)


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ({"metric": ["a.x"]}, "holds 2 to 13"),
        ({"metric": ["a.x", "a.x"]}, "named twice"),
        ({"metric": "a.x", "plus": [{}]}, "says nothing"),
        ({"metric": "a.x", "plus": [{"evidence": "e"}] * 13}, "at most 12"),
        ({"metric": "a.x", "plus": [{"evidence": "e", "per": "population"}]}, "takes no per"),
        ({"metric": "a.x", "plus": [{"metric": "a.y", "per": "population"}]}, "whole sum"),
        ({"evidence": "e", "per": "population"}, "names no country"),
        ({"metric": "a.x", "per": "area"}, "write `per: population`"),
        ({"metric": "a.x", "where": {"country": None}}, "no word and no number"),
    ],
)
def test_forms_that_say_nothing_are_refused(test: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Leaf.model_validate({"above": 1.0, **test})


def test_a_rank_takes_no_sum() -> None:
    ranked = {"metric": "a.x", "where": {"c": "x"}, "rank": {"of": "c"}}
    for more in ({"plus": [{"metric": "a.y"}]}, {"per": "population"}):
        with pytest.raises(ValidationError, match="a rank takes no"):
            Leaf.model_validate({**ranked, **more})


# Elsewhere --------------------------------------------------------------------------------------


def test_a_dropped_dimension_is_all_there_is_of_it(value: Any, registry: Registry) -> None:
    share = value(
        metric="energy.trade_value", where=OIL, over={"where": {"exporter": None}}, unit="percent"
    )
    known = value(metric="energy.trade_share", where=OIL)
    rows = f"{CRUDE} and importer == 'CHN'"
    assert share == pytest.approx(
        100 * trade(registry, f"{rows} and exporter == 'RUS'") / trade(registry, rows)
    )
    assert known > 0
    rest = value(**VALUE, minus={"where": {"exporter": None}}, above=-1.0)
    assert rest == pytest.approx(
        trade(registry, f"{rows} and exporter == 'RUS'") - trade(registry, rows)
    )


def test_a_share_of_what_is_added_up_counts_the_whole_once(value: Any) -> None:
    both = {"exporter": ["Russia", "Iraq"]}
    listed = value(
        metric="energy.trade_value", where={**OIL, **both}, over={"where": {"exporter": None}}
    )
    added = value(
        metric="energy.trade_value",
        where=OIL,
        plus=[{"where": {"exporter": "Iraq"}}],
        over={"where": {"exporter": None}},
    )
    assert added == pytest.approx(listed)
    fuels = {"metric": "energy.trade_value", "where": OIL}
    coal = {"where": {"commodity": "lng"}}
    share = value(**fuels, plus=[coal], over={"where": {"exporter": None}})
    whole = value(
        metric="energy.trade_value",
        where={**OIL, "commodity": ["crude", "lng"]},
        over={"where": {"exporter": None}},
    )
    assert share == pytest.approx(whole)


def test_a_change_of_a_sum_is_that_of_all_its_parts(value: Any) -> None:
    rises = {"rises": {"since": {"year": 2020}, "by": 0.1}}
    added = {
        "metric": "energy.trade_value",
        "where": OIL,
        "plus": [{"where": {"exporter": "Iraq"}}],
    }
    listed = {"metric": "energy.trade_value", "where": {**OIL, "exporter": ["Russia", "Iraq"]}}
    made = []
    for test in (added, listed):
        made.append(value(**test, **rises))
    assert made[0] == pytest.approx(made[1])
    assert made[0] > 0


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ({"over": {"where": {"year": None}}}, "does not add up over year"),
        ({"over": {"where": {"exporters": None}}}, "no dimension 'exporters'"),
        ({"over": {"where": {"commodity": None}}}, "does not add up over commodity"),
        ({"plus": [{"evidence": "five"}], "over": {"where": {"year": 2021}}}, "no other place"),
        ({"over": {"where": {"exporter": "Russia"}}}, "a reading with itself"),
    ],
)
def test_what_cannot_be_dropped_or_moved_is_refused(
    test: dict[str, Any], says: str, loaded: Loaded, registry: Registry
) -> None:
    with pytest.raises(CaseError, match=says):
        planned({"metric": "energy.trade_quantity", "where": OIL, **test}, loaded, registry)


def test_nothing_to_drop_is_said(loaded: Loaded, registry: Registry) -> None:
    where = {k: v for k, v in OIL.items() if k != "exporter"}
    test = {"metric": "energy.trade_value", "where": where, "over": {"where": {"exporter": None}}}
    with pytest.raises(CaseError, match="there is no exporter to drop"):
        planned(test, loaded, registry)
    mean = {"metric": "energy.unit_value", "where": OIL, "over": {"where": {"exporter": None}}}
    with pytest.raises(CaseError, match="does not add up over exporter"):
        planned(mean, loaded, registry)


# A head -----------------------------------------------------------------------------------------

PEOPLE = {"CHN": 1_412_175_000, "IND": 1_425_423_212}


def test_a_figure_a_head_is_over_the_people_of_the_year(value: Any, registry: Registry) -> None:
    world = registry.world.table("io_2022")
    output = float(world["value_added"].sel(country="CHN").sum())  # USD mn
    found = value(metric="gdp.output", where={"country": "China"}, per="population")
    assert found == pytest.approx(1e6 * output / PEOPLE["CHN"])
    assert 10_000 < found < 15_000  # the World Bank has USD 12,700
    coal = {"metric": "production.quantity", "where": {"country": "China", "commodity": "coal"}}
    for year, people in ((2019, 1_407_745_000), (2022, PEOPLE["CHN"])):
        at = {**coal["where"], "year": year}
        whole = value(metric=coal["metric"], where=at, unit="t")
        assert value(metric=coal["metric"], where=at, per="population") == pytest.approx(
            whole / people
        )


def test_a_head_of_several_is_sum_over_sum(value: Any) -> None:
    whole = {
        c: value(metric="gdp.output", where={"country": c}, unit="USD") for c in ("CHN", "IND")
    }
    both = sum(whole.values()) / sum(PEOPLE.values())
    listed = value(metric="gdp.output", where={"country": ["China", "India"]}, per="population")
    added = value(
        metric="gdp.output",
        where={"country": "China"},
        plus=[{"where": {"country": "India"}}],
        per="population",
    )
    assert listed == pytest.approx(both)
    assert added == pytest.approx(both)


def test_another_country_is_read_a_head_as_well(value: Any, loaded: Loaded, registry: Any) -> None:
    own = {"metric": "gdp.output", "where": {"country": "United States"}, "per": "population"}
    times = value(**own, over={"where": {"country": "China"}})
    assert times == pytest.approx(
        value(**own) / value(**own | {"where": {"country": "China"}}), rel=1e-9
    )
    rival = {**own, "exceeds": {"where": {"country": "China"}, "times": 5.0}}
    part = read(rival, loaded, registry).part
    assert (part.unit, part.passed) == ("USD a head", True)


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ({"metric": "energy.trade_value", "where": OIL}, "exporter and importer: it is not told"),
        ({"metric": "gdp.share", "where": {"country": "China"}}, "percent is not divided"),
        ({"metric": "governance.estimate", "where": {"country": "Iran", "year": 2022}}, "no sum|not divided"),
        ({"metric": "gdp.output", "where": {"country": "China"}, "unit": "USD bn"}, "does not convert"),
    ],
)  # fmt: skip
def test_what_is_not_divided_by_people_is_refused(
    test: dict[str, Any], says: str, loaded: Loaded, registry: Registry
) -> None:
    with pytest.raises(CaseError, match=says):
        planned({**test, "per": "population"}, loaded, registry)


def test_whose_people_can_be_named(value: Any) -> None:
    found = value(metric="energy.trade_value", where=OIL, per={"population": "importer"})
    whole = value(metric="energy.trade_value", where=OIL, unit="USD")
    assert found == pytest.approx(whole / PEOPLE["CHN"])


def test_years_and_places_without_people_are_said_by_check(
    loaded: Loaded, registry: Registry
) -> None:
    test = {"metric": "gdp.output", "where": {"country": "Taiwan"}, "per": "population"}
    ((steps, fault),) = Coverage(loaded, registry).faults(planned(test, loaded, registry))
    assert (steps, fault.what) == (("per",), "no population at the middle of the year for TWN 2022")
    far = {"metric": "facts.value", "per": {"population": "entity"}, "where": {
        "series": "military.spending", "entity": "Russia", "date": "1955"}}  # fmt: skip
    faults = [f for _, f in Coverage(loaded, registry).faults(planned(far, loaded, registry))]
    assert any("no population at the middle of the year for 1955" in f.what for f in faults)
    assert any("the table covers 1960 to 2024" in f.hint for f in faults)


# In words ---------------------------------------------------------------------------------------


def test_the_test_as_code(loaded: Loaded, registry: Registry) -> None:
    test = {
        "metric": ["energy.trade_value", "minerals.trade_value"],
        "where": {"exporter": "Russia", "year": 2022},
        "plus": [{"evidence": "dollars"}],
        "per": {"population": "exporter"},
        "above": 2.0,
    }
    leaf = Leaf.model_validate(test)
    part = replace(_blank(), leaf=leaf, where=leaf.where)
    assert code(part) == (
        "(energy.trade_value[exporter=Russia, year=2022] + "
        "minerals.trade_value[exporter=Russia, year=2022] + evidence[dollars]) "
        "/ population[exporter] > 2"
    )
    over = Leaf.model_validate(
        {"metric": "energy.trade_value", "over": {"where": {"exporter": None}}, "above": 2.0}
    )
    assert code(replace(part, leaf=over, where={})) == (
        "energy.trade_value / energy.trade_value[exporter=all] > 2"
    )


def _blank() -> Part:
    leaf = Leaf(metric="a.x", above=1.0)
    return Part(leaf, "", 1.0, "", 1.0, 0.0, True, {}, None)


def test_another_year_is_read_of_all_that_is_added() -> None:
    leaf = Leaf.model_validate(
        {"metric": ["a.x", "a.y"], "where": {"year": 2020}, "plus": [{"where": {"year": 2019}}],
         "above": 1.0}
    )  # fmt: skip
    assert [s.where["year"] for s in _shifted(leaf, 1).slots()] == [2021, 2021, 2020]
    moved = leaf.moved(year=2015)
    assert [s.where["year"] for s in moved.slots()] == [2015, 2015, 2019]


def test_a_sum_read_elsewhere_as_code() -> None:
    leaf = Leaf.model_validate(
        {"metric": ["a.x", "a.y"], "over": {"where": {"c": None}}, "above": 2.0}
    )
    assert code(replace(_blank(), leaf=leaf)) == "(a.x + a.y) / the same[c=all] > 2"


# Errors -----------------------------------------------------------------------------------------


def test_a_share_of_a_sum_is_off_by_what_a_share_of_a_list_is(
    loaded: Loaded, registry: Registry
) -> None:
    """Each exporter moves with the whole that it is part of, and by its own error alone."""
    all_of_it = {"over": {"where": {"exporter": None}}}
    own = {"metric": "energy.trade_value", "where": OIL, **all_of_it}
    share = read(own, loaded, registry).part
    both = read({**own, "plus": [{"where": {"exporter": "Iraq"}}]}, loaded, registry).part
    assert 0 < share.error < both.error


def test_heads_say_what_they_rest_on(loaded: Loaded, registry: Registry) -> None:
    test = {"metric": "gdp.output", "where": {"country": "China"}, "per": "population"}
    found = read(test, loaded, registry)
    assert [s.source.split(",")[0] for s in found.part.evidence][-1] == "World Bank"
    assert found.part.through == "2022-12-31"
    assert found.reads == ("gdp.output",)  # heads are no measure of their own
    assert "revision between vintages" in found.part.error_of


def test_many_sources_are_tried_one_at_a_time(loaded: Loaded, registry: Registry) -> None:
    assert len(_combinations([2, 3])) == 6
    many = _combinations([2] * 12)
    assert len(many) == 13
    assert many[0] == (0,) * 12
    assert all(sum(k > 0 for k in combo) == 1 for combo in many[1:])
