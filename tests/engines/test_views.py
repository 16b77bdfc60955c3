"""What built-in engines show of a case: nothing but what was answered, and never invented."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import xarray as xr

from multipolar.engines.alignment import views as alignment
from multipolar.engines.api.contract import Reading, Source
from multipolar.engines.api.views import (
    Answers,
    BeforeAfter,
    Beside,
    Brief,
    Change,
    Estimate,
    Exposure,
    Figure,
    FlowMap,
    Grid,
    GroupMap,
    Lines,
    Panels,
    Part,
    Question,
    Read,
    ScaleMap,
    Section,
    SideBySide,
    Text,
    View,
    Whiskers,
    ask,
    ask_all,
)
from multipolar.engines.discovery import unlike
from multipolar.engines.gas import views as gas
from multipolar.engines.power import views as power
from multipolar.errors import DataMissing, EngineError
from multipolar.policy import Scenario, resolve
from multipolar.world import World

WORLD = World.load()
STATES = ("CHN", "RUS", "USA", "BRA")
POSITION = dict(zip(STATES, (-1.5, -2.5, 1.0, 0.1), strict=True))
VOTES = (
    Read("alignment.position", (("CHN",),)),
    Read("alignment.position", (("RUS",),)),
    Read("alignment.position", (("BRA",),)),
    Read("votes.choice", (("RUS", "USA"),)),
    Read("alignment.position", (("",),)),  # a coalition
    Read("energy.trade_quantity", (("USA",), ("USA",))),
)
Answer = Callable[[Question], Any]


def brief(*measures: tuple[str, list[dict[str, Any]]], **more: Any) -> Brief:
    """A case with these scenarios, by name and measures."""
    scenarios = {
        name: Scenario.model_validate(
            {"name": name, "title": name.upper(), "measures": rows, **more}
        )
        for name, rows in measures
    }
    resolved = {name: resolve(s, WORLD).measures for name, s in scenarios.items()}
    return Brief(WORLD, ("alignment", "gas", "power"), scenarios, resolved, VOTES)


def show(view: View, of: Brief, answer: Answer) -> tuple[Section, ...]:
    """What a view shows, where questions are answered by a function, or by what it raises."""
    found = {}
    for question in view.asks(of):
        try:
            found[question] = answer(question)
        except DataMissing as gap:
            found[question] = gap
    sections = view.show(of, Answers(found))
    assert unlike(sections, tuple[Section, ...], "sections") == ""
    return sections


def only(section: Section, kind: type) -> Any:
    """The one figure of a kind in a section."""
    every = [f for i in section.items for f in getattr(i, "figures", (i,))]
    (found,) = (f for f in every if isinstance(f, kind))
    return found


# Briefs and answers -----------------------------------------------------------------------------


def test_a_list_counts_once_and_a_coalition_names_nobody() -> None:
    # Russia 1.5, China and Brazil 1, the United States half
    assert brief().named(alignment.VOTES) == ("RUS", "CHN", "BRA", "USA")
    assert brief().named(alignment.VOTES, 2) == ("RUS", "CHN")
    assert brief().named(("energy.",)) == ("USA",)


def test_why_there_is_no_answer_is_raised_as_it_was() -> None:
    size, other = ask("toy.size"), ask_all("toy.size")
    answers = Answers({size: EngineError("no toy", hint="buy one")})
    with pytest.raises(EngineError, match="no toy"):
        answers.reading(size)
    with pytest.raises(KeyError):
        answers.array(other)  # what was not asked is a mistake of the view


def test_values_are_those_known() -> None:
    size = ask_all("toy.size")
    array = xr.DataArray([1.0, np.nan], {"country": ["A", "B"]}, ["country"])
    assert Answers({size: array}).values(size) == {"A": 1.0}


def test_values_of_two_dimensions_are_refused() -> None:
    trade = ask_all("toy.trade")
    array = xr.DataArray([[1.0]], {"exporter": ["A"], "importer": ["B"]}, ["exporter", "importer"])
    with pytest.raises(EngineError, match=r"toy\.trade is open along exporter and importer.*array"):
        Answers({trade: array}).values(trade)
    with pytest.raises(EngineError, match="open along nothing"):
        Answers({trade: array[0, 0]}).values(trade)


def test_a_question_holds_lists_as_it_can_be_looked_up() -> None:
    assert ask("m.n", {"country": ["A", "B"]}) == ask("m.n", {"country": ("A", "B")})
    assert hash(ask("m.n", {"country": ["A", "B"]}))


# Votes ------------------------------------------------------------------------------------------


def votes(question: Question, *, record: bool = False, blocs: bool = True) -> Any:
    """Positions of four states; on the full record if there is one, with one year apart."""
    place, metric = dict(question.place), question.metric
    attrs = {"unit": "sd", "source": "Votes."}
    if metric == "alignment.blocs":
        return Reading(2.0, "blocs", note="Over 9 runs.")
    if metric == "power.share":
        return xr.DataArray([30.0, 20.0], {"country": ["USA", "CHN"]}, ["country"])
    if metric == "alignment.together":
        side = np.sign(list(POSITION.values()))
        share = (side[:, None] == side[None, :]) * 0.75
        coords = {"country": list(STATES), "partner": list(STATES)}
        return xr.DataArray(share, coords, ["country", "partner"], attrs=attrs)
    if metric == "alignment.bloc" and not blocs:
        raise DataMissing("no blocs")
    values = {
        "alignment.position": list(POSITION.values()),
        "alignment.position_error": [0.1, 0.2, 0.3, 0.4],
        "alignment.contested_votes": [10.0, 30.0, 30.0, 30.0],
        "alignment.bloc": [1.0, 1.0, 2.0, 0.0],
    }[metric]
    if place.get("votes") != "all":
        return xr.DataArray(values, {"country": list(STATES)}, ["country"], attrs=attrs)
    if not record:
        raise DataMissing("the record has not been added", hint="`multipolar data fetch it`")
    grid = np.repeat(np.array(values)[:, None], 2, axis=1)
    grid[STATES.index("CHN"), 0] = np.nan  # had no seat
    if place["variant"] == "linked":
        grid[:, 1] += [0.0, 0.5, 0.001, 0.0]
    coords = {"country": list(STATES), "year": [2021, 2022]}
    return xr.DataArray(grid, coords, ["country", "year"], attrs=attrs)


def test_positions_and_blocs_are_those_answered() -> None:
    (section,) = show(alignment, brief(), votes)
    places, strip, blocs = (only(section, k) for k in (ScaleMap, Whiskers, GroupMap))
    assert places.values == POSITION
    assert places.errors == dict(zip(STATES, (0.1, 0.2, 0.3, 0.4), strict=True))
    assert places.source == "Source: Votes."
    # the states that tests name most, by where they stand
    assert [r.name for r in strip.rows] == ["United States", "Brazil", "China", "Russia"]
    assert [(g.members, g.alone) for g in blocs.groups] == [
        (("CHN", "RUS"), False),
        (("USA",), False),
        (("BRA",), True),
    ]
    assert blocs.groups[0].legend == "2 states: China and Russia"  # China is the larger
    assert blocs.source == "Source: Votes. Over 9 runs."
    grid = only(section, Grid)
    assert grid.head == ("state", "BRA", "RUS", "CHN", "USA")
    assert [c.text for c in dict(grid.rows)["China"]] == ["0", "75", "", "0"]


def test_without_blocs_there_are_positions_all_the_same() -> None:
    (section,) = show(alignment, brief(), lambda q: votes(q, blocs=False))
    assert only(section, ScaleMap).values == POSITION
    assert not [i for i in section.items if isinstance(i, Beside) and len(i.figures) == 0]
    assert {r["metric"] for r in section.rows} == {"position"}


def test_without_the_record_it_is_said_what_brings_it() -> None:
    (section,) = show(alignment, brief(), votes)
    (text,) = (i for i in section.items if isinstance(i, Text))
    assert text.text == (
        "Positions over the years are not shown: the record has not been added; `multipolar data "
        "fetch it`."
    )


def test_over_years_only_what_there_is_and_only_what_differs() -> None:
    (section,) = show(alignment, brief(), lambda q: votes(q, record=True))
    panels = only(section, Panels)
    assert not [i for i in section.items if isinstance(i, Text)]
    assert [d.year for d in panels.lines["China"]] == [2022]
    assert [(d.year, d.value, d.error, d.observed) for d in panels.lines["Russia"]] == [
        (2021, -2.5, 0.2, 30.0),
        (2022, -2.5, 0.2, 30.0),
    ]
    assert panels.linked["Russia"] == {2022: -2.0}
    assert panels.linked["United States"] == {}  # a thousandth apart is the same
    assert panels.title.endswith("2021 to 2022")
    rows = [r for r in section.rows if r.get("variant") == "linked"]
    assert [(r["country"], r["year"], r["value"]) for r in rows] == [("RUS", 2022, -2.0)]


def test_a_case_about_no_state_shows_a_map_and_no_strip() -> None:
    (section,) = show(alignment, Brief(WORLD), votes)
    (beside, *_) = section.items
    assert isinstance(beside, Beside)
    assert [type(f) for f in beside.figures] == [ScaleMap]


# Weights and pacts ------------------------------------------------------------------------------

PACT = ("pact", [{"measure": "ally", "members": ["China", "Russia"]}])
MIXED = (
    "mixed",
    [
        {"measure": "ally", "members": ["China", "India"]},
        {"measure": "supply_arms", "senders": ["China"], "recipient": "India", "value": 1.0},
    ],
)
RATIO = {"CHN": 3.0, "RUS": 24.0, "USA": 0.5}


def weights(question: Question) -> Reading:
    """Poles by two indices; spending is known of some states only; a pact halves two ratios."""
    place, scenario = dict(question.place), question.scenario
    row = (Source("A table", unit="USD bn"),)
    if question.metric == "power.vulnerability":
        if place["country"] not in RATIO:
            raise DataMissing("no figure")
        half = scenario != "baseline" and place["country"] in ("CHN", "RUS")
        note = "Led by USA with 3 allies. Of 2022."
        return Reading(RATIO[str(place["country"])] / (2 if half else 1), "1", row, note=note)
    if question.metric == "power.attackers":
        who = "USA JPN" if scenario == "baseline" else "IND"
        return Reading(who, "word", row, note="Of 2022.")
    years = {"energy-exports": (2020, 2021, 2022), "military-spending": (2022,)}
    if place["year"] not in years.get(str(place["index"]), ()):
        raise DataMissing("no such year")
    spending = place["index"] == "military-spending"
    if question.metric == "power.share" and spending and "CAN" in place["country"]:  # type: ignore[operator]
        raise DataMissing("no figure of CAN")
    bound = "upper" if spending else ""
    return Reading(float(place["year"]) - 2015, "poles", row, bound=bound)  # type: ignore[arg-type]


def test_weights_are_of_the_years_that_can_be_read() -> None:
    (section,) = show(power, brief(PACT), weights)
    lines, grid = only(section, Lines), only(section, Grid)
    assert lines.lines == {
        "Energy exports": (("2020", 5.0), ("2021", 6.0), ("2022", 7.0)),
        "Military spending": (("2022", 7.0),),
    }
    assert lines.source.endswith("only some states are told apart: Military spending.")
    assert grid.head == ("index", "year", "poles", "CON", "China and Russia, %", "G7, %")
    rows = {name: [c.text or c.why for c in cells] for name, cells in grid.rows}
    assert rows == {
        "Military spending, USD bn": ["2022", "at most 7.0", "7.00", "7.0", "no figure of CAN"],
        "Energy exports, USD bn": ["2022", "7.0", "7.00", "7.0", "7.0"],
    }
    shares = [r for r in section.rows if r["metric"] == "share" and r["country"] == "CHN+RUS"]
    assert [(r["index"], r["year"], r["value"]) for r in shares] == [
        ("military-spending", 2022, 7.0),
        ("energy-exports", 2022, 7.0),
    ]


def test_a_pact_alone_is_set_against_the_world_as_it_is() -> None:
    (section,) = show(power, brief(PACT, MIXED), weights)
    (part,) = (i for i in section.items if isinstance(i, Part))  # the mixed one is no pact's effect
    assert part.title == "PACT"
    exposure = only(section, Exposure)
    assert [(r.label, r.before, r.after, r.remark) for r in exposure.rows] == [
        ("China", 3.0, 1.5, "United States, then India"),
        ("Russia", 24.0, 12.0, "United States, then India"),
        ("United States", 0.5, 0.5, "United States, then India"),
    ]  # none of Brazil is known
    assert exposure.source.endswith(" Of 2022.")  # what is true of every state, not of one alone
    assert not any(q.scenario == "mixed" for q in power.asks(brief(PACT, MIXED)))


def test_without_a_pact_the_states_named_most_are_weighed() -> None:
    (section,) = show(power, brief(), weights)
    assert only(section, Grid).head[-2:] == ("Russia and China, %", "G7, %")


def test_nothing_is_asked_of_years_without_figures() -> None:
    years = {dict(q.place)["year"] for q in power.asks(brief()) if q.metric == "power.poles"}
    assert 2022 in years
    assert 1960 not in years


# Gas --------------------------------------------------------------------------------------------

LINE: dict[str, Any] = {
    "measure": "build_link",
    "origin": "Russia",
    "destination": "China",
    "name": "Power of Siberia 2",
    "commodity": "pipeline_gas",
    "capacity": 50,
    "unit": "bcm/yr",
    "since": "2030",
}
RAIL = {**LINE, "commodity": "rail", "name": "a railway", "unit": "TEU/yr"}
BAN = {"measure": "embargo", "senders": "EU", "targets": "Russia", "scope": "gas"}
EVERYTHING = {**BAN, "scope": "all"}


def flows(question: Question) -> Any:
    """Gas of Russia to Central Europe by pipe and to China by ship; a line adds 10 to China."""
    place = dict(question.place)
    built = 10.0 if question.scenario != "baseline" else 0.0
    if question.metric == "gas.flow":
        sellers, buyers = ["RUS", "NOR"], ["CHN", "XCE"]
        piped = np.array([[built, 30.0], [0.0, 0.3]])
        shipped = np.array([[4.0, 0.0], [0.0, 0.0]])
        values = piped if place["carrier"] == "pipeline" else shipped
        attrs = {"unit": "bcm_ei/yr", "source": "Tables", "note": "of all gas"}
        coords = {"exporter": sellers, "importer": buyers}
        return xr.DataArray(values, coords, ["exporter", "importer"], attrs=attrs)
    if question.metric == "gas.dependence":
        raise DataMissing("no game")
    russia = "RUS" in (place.get("country"), place.get("price") and "RUS")
    return Reading(5.0 + built + russia, "USD bn")


def test_scenarios_of_gas_are_those_about_nothing_else() -> None:
    of = brief(
        ("line", [LINE]),
        ("rail", [RAIL]),
        ("ban", [BAN]),
        ("all", [EVERYTHING]),
        ("both", [LINE, RAIL]),
        PACT,
        ("none", []),
    )
    assert gas.tells(of) == ("line", "ban")
    assert {q.scenario for q in gas.asks(of)} == {"baseline", "line", "ban"}


def test_a_case_without_such_scenarios_asks_and_shows_nothing() -> None:
    assert gas.asks(brief(PACT)) == ()
    assert gas.show(brief(PACT), Answers({})) == ()


def test_all_is_of_the_last_year_that_a_scenario_plays_in() -> None:
    of = brief(("line", [LINE]), year=2032)
    assert {dict(q.place)["year"] for q in gas.asks(of)} == {2032}
    (section,) = show(gas, of, flows)
    assert (section.title, section.short) == ("Gas in 2032", "Routes")
    assert {dict(q.place)["year"] for q in gas.asks(brief(("ban", [BAN])))} == {2022}


def test_flows_are_drawn_from_where_gas_is_produced_to_where_it_is_used() -> None:
    (section,) = show(gas, brief(("line", [LINE])), flows)
    chart = only(section, FlowMap)
    by = {(f.exporter, f.importer, f.carrier): f for f in chart.flows}
    assert by["RUS", "CZE", "pipeline"].value == 30.0  # a group is drawn at one of its members
    assert chart.names["CZE"] == "Central Europe"
    assert by["RUS", "CZE", "pipeline"].start == gas.WEST_SIBERIA
    assert by["RUS", "CHN", "LNG"].start == gas.EAST_SIBERIA
    assert by["RUS", "CHN", "LNG"].end == gas.CHINA_COAST
    assert by["NOR", "CZE", "pipeline"].start == ()
    assert ("RUS", "CHN", "pipeline") not in by  # nothing flows
    assert chart.source == "Source: Tables. Engine gas: published form, our calibration."
    assert section.items[0] == Text("Of all gas.")


def test_a_change_is_what_a_scenario_adds_to_the_world_as_it_is() -> None:
    (section,) = show(gas, brief(("line", [LINE])), flows)
    change = only(section, BeforeAfter)
    assert [(r.label, r.before, r.after) for r in change.rows] == [
        ("Russia to China, pipe", 0.0, 10.0)
    ]
    table = only(section, SideBySide)
    assert table.sides == ("Russia", "China")
    pairs = {p.label: dict(p.values) for p in table.rows}
    assert pairs["Gain by the whole network, Shapley value"] == {
        "As it is": (6.0, 5.0),
        "LINE": (16.0, 15.0),
    }
    assert "Part of it that hangs on the other" not in pairs  # which has no answer


def test_a_scenario_that_is_not_answered_is_left_out() -> None:
    def refused(question: Question) -> Any:
        if question.scenario == "ban":
            raise DataMissing("not solved")
        return flows(question)

    (section,) = show(gas, brief(("line", [LINE]), ("ban", [BAN])), refused)
    assert [i.title for i in section.items if isinstance(i, Part)] == ["LINE"]
    assert show(gas, brief(("line", [LINE])), _none) == ()


def test_where_nothing_changes_it_is_said() -> None:
    (section,) = show(gas, brief(("ban", [BAN])), lambda q: flows(ask_all(q.metric, dict(q.place))))
    (part,) = (i for i in section.items if isinstance(i, Part))
    assert part.figures == ()
    assert part.without.startswith("No route changes")


def _none(question: Question) -> Any:
    raise DataMissing("no network")


DOCS = Path(__file__).parents[2] / "docs" / "engines.md"


def test_the_page_names_every_chart_with_its_fields() -> None:
    rows = [r for r in DOCS.read_text("utf-8").splitlines() if r.startswith("| `")]
    for chart in get_args(Figure):
        (row,) = (r for r in rows if r.startswith(f"| `{chart.__name__}` "))
        named = set(re.findall(r"`([a-z]+)`", row)) | {"title", "source"}
        assert {f.name for f in fields(chart)} <= named, chart


def test_the_view_in_the_docs_works() -> None:
    text = DOCS.read_text("utf-8")
    told = text[text.index("## What an engine shows") :]
    code = told[told.index("```python\n") + 10 :]
    view: dict[str, Any] = {}
    exec(code[: code.index("```")], view)

    def rain(question: Question) -> Any:
        if question.open:
            return xr.DataArray([3.0, np.nan], {"place": ["here", "there"]}, ["place"])
        if question.scenario == "ban":
            return EngineError("engine weather does not support embargo")
        return Reading(4.0 if question.scenario == "pact" else 3.0, "mm")

    of = brief(PACT, ("ban", [BAN]))
    questions = view["asks"](of)
    assert [q.scenario for q in questions] == ["baseline", "baseline", "pact", "ban"]
    (section,) = view["show"](of, Answers({q: rain(q) for q in questions}))
    assert unlike((section,), tuple[Section, ...], "show") == ""
    assert only(section, Whiskers).rows == (Estimate("here", 3.0, 1.0),)
    assert only(section, BeforeAfter).rows == (Change("PACT", 3.0, 4.0),)
    assert section.rows == ({"metric": "rain", "country": "here", "value": 3.0},)
