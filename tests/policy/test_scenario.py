"""Measures, composition, dated coalitions, and refusals that say what, where and what to do."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from multipolar.errors import EngineError, MeasureError, MultipolarError, ScenarioError
from multipolar.policy import (
    BASELINE,
    GROUPS,
    KINDS,
    PRODUCTS,
    SECTORS,
    Ally,
    BuildLink,
    Embargo,
    Scenario,
    Tariff,
    check_supported,
    compose,
    load_scenario,
    load_scenarios,
    resolve,
    resolve_scope,
    sectors,
)
from multipolar.world import World
from multipolar.world.names import Names


class Small:
    """Four countries and two coalitions: a world small enough to count by hand."""

    def __init__(self) -> None:
        countries = pd.DataFrame(
            {
                "iso3": ["DEU", "FRA", "GBR", "RUS"],
                "iso2": ["DE", "FR", "GB", "RU"],
                "name": ["Germany", "France", "United Kingdom", "Russia"],
                "aliases": [[], [], ["Britain"], ["Russian Federation"]],
            }
        )
        rows = [
            ("EU", "DEU", "1958-01-01", None),
            ("EU", "FRA", "1958-01-01", None),
            ("EU", "GBR", "1973-01-01", "2020-02-01"),
            ("Solo", "FRA", "2000-01-01", None),
        ]
        coalitions = pd.DataFrame(rows, columns=["coalition", "country", "since", "until"])
        coalitions["name"] = coalitions["coalition"].map({"EU": "European Union", "Solo": "Solo"})
        self.names_index = Names.build(countries, coalitions)

    def countries_named(self, name: str, date: str | None = None) -> tuple[str, ...]:
        return (
            ("WLD",) if name == "World" else self.names_index.countries(name, date or "2024-12-31")
        )


SMALL = Small()
BAN = {"measure": "embargo", "senders": "EU", "targets": "Russia"}


def scenario(*measures: dict[str, Any], **fields: Any) -> Scenario:
    return Scenario.model_validate({"name": "s", "measures": list(measures), **fields})


def applied(*measures: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resolve(scenario(*measures, **fields), SMALL).applied()[
        "measures"
    ]
    return found


def read_all(file: Path, world: Any) -> list[dict[str, Any]]:
    library = load_scenarios(file)
    return [resolve(compose(name, library), world).applied() for name in library]


def refused(folder: Path, text: str, world: Any = SMALL) -> str:
    file = folder / "s.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_all(file, world)
    assert str(caught.value).isprintable()
    return str(caught.value)


# --- measures


@pytest.mark.parametrize("model", [*KINDS.values(), Scenario], ids=lambda m: m.__name__)
def test_every_field_is_described(model: Any) -> None:
    for name, info in model.model_fields.items():
        assert info.description, name


def test_measures_do_not_change() -> None:
    ban = Embargo(senders=("EU",), targets=("Russia",))
    with pytest.raises(ValidationError, match="frozen"):
        ban.leakage = 0.5  # type: ignore[misc]
    assert len({ban, Embargo(senders="EU", targets="Russia")}) == 1


@pytest.mark.parametrize("rate", [True, "0.5", float("nan"), float("inf"), -0.1, None])
def test_a_rate_is_a_finite_number(rate: Any) -> None:
    with pytest.raises(ValidationError):
        Tariff(senders="EU", targets="Russia", rate=rate)


@pytest.mark.parametrize("date", ["2023", "2023-03", "2024-02-29", 2030])
def test_dates_that_are(date: Any) -> None:
    assert Embargo(senders="EU", targets="Russia", since=date).since == str(date)


@pytest.mark.parametrize(
    "date", ["2023-13", "2023-02-29", "20230322", "soon", "2023-3-2", True, ""]
)
def test_dates_that_are_not(date: Any) -> None:
    with pytest.raises(ValidationError):
        Embargo(senders="EU", targets="Russia", since=date)


def test_a_measure_ends_after_it_starts() -> None:
    with pytest.raises(ValidationError, match="later than"):
        Ally(members=("EU", "Russia"), since="2023", until="2022")


# --- scopes


def test_groups_name_industries_only() -> None:
    for name, codes in {**GROUPS, **PRODUCTS}.items():
        assert codes, name
        assert set(codes) <= set(SECTORS), name
    assert not set(GROUPS) & set(PRODUCTS)
    assert set(GROUPS["goods"]) | set(GROUPS["services"]) == set(SECTORS)
    assert len(SECTORS) == len(set(SECTORS)) == 50


def test_industries_are_those_of_the_shipped_table() -> None:
    assert tuple(World.load().table("io_2022")["sector"].values.tolist()) == SECTORS


def test_gas_and_oil_share_an_industry_and_stay_apart() -> None:
    gas, crude = resolve_scope(("gas",)), resolve_scope(("crude",))
    assert gas.sectors == crude.sectors == ("B06",)
    assert (gas.commodities, crude.commodities) == (("pipeline_gas", "lng"), ("crude",))
    assert (gas.coarse, crude.coarse) == (("gas",), ("crude",))


def test_what_covers_a_whole_industry_is_not_coarse() -> None:
    assert resolve_scope(("coal",)).coarse == ()
    assert resolve_scope(("lng", "B06")).coarse == ()
    assert resolve_scope(("lng", "energy")).commodities == resolve_scope(("energy",)).commodities


@given(st.lists(st.sampled_from([*GROUPS, *PRODUCTS, *SECTORS]), min_size=1, max_size=6))
def test_a_wider_scope_never_covers_less(words: list[str]) -> None:
    one, all_of_them = resolve_scope(tuple(words[:1])), resolve_scope(tuple(words))
    assert set(one.sectors) <= set(all_of_them.sectors)
    assert set(one.commodities) <= set(all_of_them.commodities)
    assert resolve_scope(tuple(reversed(words))).sectors == all_of_them.sectors
    assert sectors(tuple(words)) == all_of_them.sectors


# --- composition


LIBRARY = {
    name: Scenario.model_validate(
        {"name": name, "base": base, "measures": [{**BAN, "note": name}], **fields}
    )
    for name, base, fields in (
        ("a", [], {}),
        ("b", ["a"], {"year": 2022}),
        ("c", ["a"], {"horizon": "short"}),
        ("d", ["b", "c"], {}),
        ("late", ["a"], {"year": 2030}),
        ("clash", ["b", "late"], {}),
        ("settled", ["b", "late"], {"year": 2025}),
        ("loop", ["pool"], {}),
        ("pool", ["loop"], {}),
        ("lost", ["aa"], {}),
    )
}


def test_bases_come_first_in_order_and_once() -> None:
    composed = compose("d", LIBRARY)
    assert [m.note for m in composed.measures] == ["a", "b", "c", "d"]
    assert [str(o) for o in composed.origins] == [f"scenario {n}: measure 1" for n in "abcd"]
    assert (composed.name, composed.base) == ("d", ())


def test_year_and_horizon_come_from_the_bases_unless_given() -> None:
    assert (compose("d", LIBRARY).year, compose("d", LIBRARY).horizon) == (2022, "short")
    assert compose("settled", LIBRARY).year == 2025
    assert compose("a", LIBRARY).horizon == "long"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "clash",
            "scenario clash: its bases differ in year (b: 2022, late: 2030). "
            "Hint: give it a year of its own",
        ),
        ("loop", "the bases run in a circle: loop -> pool -> loop. Hint: remove one of them"),
        ("lost", "base of lost: no scenario 'aa'. Hint: did you mean 'a'?"),
        ("setled", "no scenario 'setled'. Hint: did you mean 'settled'?"),
    ],
)
def test_what_does_not_compose(name: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        compose(name, LIBRARY)
    assert str(caught.value) == message


def test_a_long_chain_of_bases_is_refused() -> None:
    chain = {
        f"n{k}": Scenario(name=f"n{k}", base=(f"n{k + 1}",) if k < 5000 else ())
        for k in range(5001)
    }
    with pytest.raises(ScenarioError, match="more than 50 deep"):
        compose("n0", chain)


@given(st.permutations(list("abcd")))
def test_order_in_the_library_does_not_matter(order: list[str]) -> None:
    shuffled = {k: LIBRARY[k] for k in order}
    assert compose("d", shuffled).measures == compose("d", LIBRARY).measures


def test_the_baseline_is_always_known_and_does_nothing() -> None:
    assert compose("baseline", {}) == BASELINE
    on_top = compose("x", {"x": scenario(BAN, name="x", base="baseline")})
    assert len(on_top.measures) == 1
    assert resolve(BASELINE, SMALL).applied()["measures"] == []


def test_what_is_not_composed_is_refused_rather_than_half_applied() -> None:
    with pytest.raises(ScenarioError, match="not composed"):
        resolve(LIBRARY["b"], SMALL)
    with pytest.raises(ScenarioError, match="not composed"):
        check_supported("trade", frozenset(KINDS), LIBRARY["b"])


# --- resolving


@pytest.mark.parametrize(
    ("date", "britain"),
    [
        ("2019", True),
        ("2020-01-31", True),
        ("2020-01", True),
        ("2020-02", False),
        ("2020-02-01", False),
        ("2021", False),
    ],
)
def test_a_coalition_is_its_members_at_the_date(date: str, britain: bool) -> None:
    for world in (SMALL, World.load()):
        row = resolve(scenario({**BAN, "since": date}), world).measures[0]
        assert ("GBR" in row["senders"]) is britain
        assert row["targets"] == ["RUS"]


def test_the_scenarios_year_dates_what_has_no_date() -> None:
    assert applied(BAN, year=2019)[0]["senders"] == ["DEU", "FRA", "GBR"]
    assert applied({**BAN, "since": "2021"}, year=2019)[0]["senders"] == ["DEU", "FRA"]


def test_everybody_is_every_country() -> None:
    assert applied({**BAN, "senders": "World"})[0]["senders"] == ["DEU", "FRA", "GBR", "RUS"]


def test_names_that_overlap_count_once() -> None:
    row = applied({**BAN, "senders": ["Solo", "France", "EU"]})[0]
    assert row["senders"] == ["FRA", "DEU"]


def test_what_was_applied_says_all_and_is_json() -> None:
    rows = resolve(compose("d", LIBRARY), SMALL).applied()
    assert json.loads(json.dumps(rows)) == rows
    assert [m["scenario"] for m in rows["measures"]] == ["a", "b", "c", "d"]
    assert set(rows["measures"][0]) == {
        "measure",
        "senders",
        "targets",
        "scope",
        "scope_names",
        "commodities",
        "coarse",
        "direction",
        "leakage",
        "note",
        "scenario",
        "number",
    }
    rows["measures"][0]["targets"].append("FRA")
    assert "FRA" not in resolve(compose("d", LIBRARY), SMALL).applied()["measures"][0]["targets"]


def test_a_scenario_can_be_sent_to_another_process() -> None:
    composed = compose("d", LIBRARY)
    again = pickle.loads(pickle.dumps(composed))
    assert again == composed
    assert again.origins == composed.origins
    assert pickle.loads(pickle.dumps(resolve(again, SMALL))) == resolve(composed, SMALL)


def test_transit_and_ends_of_a_link_become_codes() -> None:
    link = BuildLink(
        origin="Russia",
        destination="Britain",
        via="Germany",
        commodity="pipeline_gas",
        capacity=50,
        unit="bcm/yr",
        since=2030,
    )
    row = resolve(Scenario(name="s", measures=(link,)), SMALL).measures[0]
    assert (row["origin"], row["via"], row["destination"]) == ("RUS", ["DEU"], "GBR")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{name: s, measures: [{measure: embargo, senders: EU, targets: [France, Rusia]}]}",
            "s.yaml: scenario s: measure 1: targets: no country or coalition 'Rusia'. "
            "Hint: did you mean 'Russia'?",
        ),
        (
            "{name: s, measures: [{measure: embargo, senders: Germny, targets: Russia}]}",
            "s.yaml: scenario s: measure 1: senders: no country or coalition 'Germny'. "
            "Hint: did you mean 'Germany'?",
        ),
        (
            "[{name: r}, {name: s, measures: [{measure: ally, members: EU}, "
            "{measure: embargo, senders: EU, targets: Russia, scope: tecnology}]}]",
            "s.yaml: scenario s: measure 2: scope: no industry or group 'tecnology'. "
            "Hint: did you mean 'technology'?",
        ),
        (
            "{name: s, measures: [{measure: embargo, senders: EU, targets: Russia, scop: gas}]}",
            "s.yaml: scenario s: measure 1: no field 'scop'. Hint: did you mean 'scope'?",
        ),
        (
            "{name: s, measures: [{measure: embrago, senders: EU, targets: Russia}]}",
            "s.yaml: scenario s: measure 1: no measure 'embrago'. Hint: did you mean 'embargo'?",
        ),
        (
            "{name: s, measures: [{measure: embargo, senders: EU, targets: Russia, leakage: 5}]}",
            "s.yaml: scenario s: measure 1: leakage: this should be less than or equal to 1, not 5",
        ),
        (
            "{name: s, measurs: []}",
            "s.yaml: scenario s: no field 'measurs'. Hint: did you mean 'measures'?",
        ),
        (
            "{name: s, measures: [{measure: swap_line, lender: EU, borrower: Russia}]}",
            "s.yaml: scenario s: measure 1: lender: this takes one country, and 'EU' stands for 2. "
            "Hint: name one, say DEU",
        ),
        (
            "{name: s, measures: [{measure: embargo, senders: Solo, targets: France}]}",
            "s.yaml: scenario s: measure 1: senders and targets are the same (['FRA']). "
            "Hint: change targets",
        ),
        (
            "{name: s, measures: [{measure: embargo, senders: EU, targets: Russia, since: 2023-02-30}]}",
            "s.yaml: scenario s: measure 1: since: '2023-02-30' is not a date: "
            "write 2022, 2022-03 or 2022-03-24",
        ),
        (
            "{name: s, schema: 2}",
            "s.yaml: scenario s: schema: no such choice as 2. Hint: use one of 1",
        ),
        (
            "{name: s, base: r}",
            "base of s: no scenario 'r'. Hint: use one of baseline, hormuz-2026, hormuz-2026-to-december, s",
        ),
        (
            "{name: baseline}",
            "s.yaml: scenario baseline: 'baseline' is the world as it is. Hint: rename it",
        ),
        ("[{name: s}, {name: s}]", "s.yaml: scenario 's' is given twice. Hint: rename one"),
        (
            "{title: s}",
            "s.yaml: scenario 1: name: not given. "
            "Hint: add name: what other scenarios and tests call it by",
        ),
        (
            "s",
            "s.yaml: scenario 1: a scenario holds names with values. "
            "Hint: write name:, measures: and so on",
        ),
    ],
)
def test_what_is_wrong_is_said_and_where(tmp_path: Path, text: str, message: str) -> None:
    assert refused(tmp_path, text) == message


@pytest.mark.parametrize(
    ("measure", "mistaken"),
    [
        ({"measure": "embargo", "senders": "EU", "targets": "Rusia"}, True),
        ({"measure": "embargo", "senders": "EU", "targets": "Russia", "scope": "gaz"}, True),
        ({"measure": "embargo", "senders": "Solo", "targets": "France"}, True),
        ({"measure": "swap_line", "lender": "EU", "borrower": "Russia"}, True),
        ({"measure": "embargo", "senders": "EU", "targets": "Russia"}, False),
    ],
)
def test_a_mistake_in_a_measure_has_its_type(measure: Any, mistaken: bool) -> None:
    scenario = Scenario.model_validate({"name": "s", "measures": [measure]})
    if mistaken:
        with pytest.raises(MeasureError):
            resolve(scenario, SMALL)
    else:
        assert resolve(scenario, SMALL).measures
    with pytest.raises(MeasureError):
        check_supported("toy", frozenset(), scenario)


def test_a_fault_in_a_base_is_placed_where_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(
        "{name: one, measures: [{measure: embargo, senders: EU, targets: Rusia}]}"
    )
    (tmp_path / "two.yaml").write_text("{name: two, base: one}")
    library = load_scenarios(tmp_path)
    with pytest.raises(ScenarioError, match=r"^one.yaml: scenario one: measure 1: targets"):
        resolve(compose("two", library), SMALL)


# --- files and folders


def test_one_of_several_is_picked_by_name(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("[{name: one, year: 2022}, {name: two, base: one}]")
    assert load_scenario(tmp_path / "s.yaml", "two").year == 2022
    with pytest.raises(ScenarioError, match=r"2 scenarios here.*one, two"):
        load_scenario(tmp_path)


def test_folders(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no scenario files"):
        load_scenarios(tmp_path)
    (tmp_path / "other.yaml").write_text("{name: other}")
    assert list(load_scenarios(tmp_path)) == ["other"]
    (tmp_path / "scenarios-a.yaml").write_text("{name: mine}")
    assert list(load_scenarios(tmp_path)) == ["mine"]
    with pytest.raises(ScenarioError, match="no such file"):
        load_scenarios(tmp_path / "none")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("{name: secret}")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "s.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(ScenarioError, match="outside its folder"):
        load_scenarios(inside)


WORDS = st.sampled_from([*KINDS, "EU", "Russia", "gas", "2022", "x\x1b\n", "", "s", "baseline"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**9) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["measure", "senders", "targets", "scope", "rate", "since", "x"]), inner
        )
    ),
    max_leaves=10,
)
FIELDS = ["name", "base", "measures", "year", "horizon", "schema", "title", "nmae"]


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.one_of(
        VALUES,
        st.dictionaries(st.sampled_from(FIELDS), VALUES),
        st.lists(
            st.fixed_dictionaries(
                {
                    "name": WORDS,
                    "measures": st.lists(
                        st.one_of(
                            VALUES,
                            st.fixed_dictionaries(
                                {"measure": st.sampled_from([*KINDS])},
                                optional={
                                    f: VALUES
                                    for m in KINDS.values()
                                    for f in m.model_fields
                                    if f != "measure"
                                },
                            ),
                        ),
                        max_size=3,
                    ),
                },
                optional={"base": VALUES},
            ),
            max_size=3,
        ),
    )
)
def test_whatever_a_file_holds_only_our_errors_come_out(tmp_path: Path, content: Any) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(json.dumps(content))
    try:
        json.dumps(read_all(file, SMALL))
    except ScenarioError as refusal:
        assert str(refusal).isprintable()


# --- engines


def test_a_measure_an_engine_does_not_know_is_refused() -> None:
    swap = {"measure": "swap_line", "lender": "China", "borrower": "Russia"}
    check_supported("trade", frozenset({"embargo"}), scenario(BAN))
    check_supported("record", frozenset(), BASELINE)
    with pytest.raises(EngineError) as caught:
        check_supported("trade", frozenset({"tariff", "embargo"}), scenario(BAN, swap))
    assert str(caught.value) == (
        "scenario s: measure 2: engine trade does not support swap_line. "
        "Hint: measures it supports: embargo, tariff"
    )
    assert isinstance(caught.value, MultipolarError)


def test_reading_scenarios_does_not_load_the_heavy_libraries() -> None:
    code = "import sys, multipolar.policy; print([m for m in ('pandas', 'xarray') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
