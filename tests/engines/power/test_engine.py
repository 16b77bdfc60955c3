"""The engine on the shipped tables, and on tables a user has added."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.engines.power import engine
from multipolar.engines.power.data import INDICES, Indices
from multipolar.engines.power.measures import Span
from multipolar.errors import DataMissing, EngineError
from multipolar.world import World
from power_world import add, capabilities, dyads, number, read, solved

WORLD = World.load()
BASE = solved(WORLD)
PACT = {"measure": "ally", "members": ["China", "Russia"]}


def get(name: str, **where: Any) -> float:
    return number(WORLD, BASE, name, **where)


# shares and poles


def test_shares_beside_published_ones() -> None:
    """SIPRI prints 39 and 37 percent for the United States; the facts hold 28.5 for the G7."""
    for year, printed in ((2022, 39), (2024, 37)):
        value = get("share", country="USA", index="military-spending", year=year)
        assert value == pytest.approx(printed, abs=0.5)
    assert get("share", country="Russia", index="warheads", year=2023) == pytest.approx(
        47.1, abs=0.1
    )
    facts = WORLD.table("facts").query("series == 'gdp.ppp_share' and entity == 'G7'")
    own = {str(r.date): r.value for r in facts.itertuples()}
    assert get("share", country="G7", index="gdp-ppp", year=2023) == pytest.approx(
        own["2023"], abs=1.0
    )


def test_the_record_and_the_engine_agree_on_value_added() -> None:
    io = WORLD.table("io_2022")
    added = io["value_added"].to_numpy()
    usa = list(io["country"].to_numpy()).index("USA")
    assert get("share", country="USA", index="value-added") == pytest.approx(
        100 * added[usa] / added.sum()
    )


def test_the_world_total_is_from_whoever_the_states_are_from() -> None:
    """The World Bank's total of military spending is a little below SIPRI's."""
    weights = Indices(WORLD).at("military-spending", 2022)
    assert weights.world == 2240
    assert weights.sources["World"].source.startswith("SIPRI")
    assert Indices(WORLD).at("gdp-ppp", 2022).sources["World"].source.startswith("World Bank")


def test_poles_of_two_years_count_the_same_states() -> None:
    for index in ("gdp-ppp", "military-spending"):
        first, second = (
            {s.source for s in read(WORLD, BASE, "poles", index=index, year=y).evidence}
            for y in (2022, 2024)
        )
        assert first
        assert second
        notes = [read(WORLD, BASE, "poles", index=index, year=y).note for y in (2022, 2024)]
        same = {n[n.index("The same states") :] for n in notes}
        assert len(same) == 1
    counted = Indices(WORLD).panel("gdp-ppp")
    assert "IND" in counted
    assert "KOR" not in counted  # no figure for 2024


def test_by_spending_more_poles_and_by_output_fewer_than_in_2022() -> None:
    """Whether the rest of the world is left out or counts as small states, the sign is the same."""
    for index, sign in (("military-spending", 1), ("gdp-ppp", -1)):
        states = list(Indices(WORLD).panel(index))
        for more in ({}, {"member": states}):
            change = get("poles", index=index, year=2024, **more) - get(
                "poles", index=index, year=2022, **more
            )
            assert change * sign > 0, (index, more)


def test_poles_from_their_definition() -> None:
    # those with figures in 2022 and in 2024, SIPRI
    states = ("USA", "CHN", "RUS", "UKR", "IND", "SAU", "GBR", "DEU", "FRA", "JPN")
    shares = [get("share", country=s, index="military-spending", year=2024) / 100 for s in states]
    assert get("poles", index="military-spending", year=2024) == pytest.approx(
        1 / sum(s * s for s in shares)
    )


def test_a_year_without_one_of_the_states_is_refused() -> None:
    with pytest.raises(DataMissing, match="IND for 2012"):
        get("poles", index="gdp-ppp", year=2012)
    value = get("poles", index="gdp-ppp", year=2012, member=["USA", "China", "Russia"])
    assert 1 < value < 3
    with pytest.raises(DataMissing, match="major powers holds from 1991"):
        get("concentration", index="cinc", year=1950)


def test_concentration_of_the_shipped_index_of_capabilities() -> None:
    assert get("concentration", index="cinc") == pytest.approx(0.485, abs=1e-3)
    assert get("poles", index="cinc", rule="majors") == pytest.approx(2.90, abs=5e-3)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(INDICES), st.data())
def test_shares_add_up_and_ratios_are_theirs(index: str, data: st.DataObject) -> None:
    years = Indices(WORLD).years(index)
    year = data.draw(st.sampled_from(years))
    names = sorted(Indices(WORLD).at(index, year).values)
    known = [s for s in names if s in WORLD.names_index.labels]
    one, other = data.draw(st.lists(st.sampled_from(known), min_size=2, max_size=2, unique=True))
    where = {"index": index, "year": year}
    a, b = get("share", country=one, **where), get("share", country=other, **where)
    assert get("share", country=[one, other], **where) == pytest.approx(a + b)
    if b > 0:
        assert get("ratio", country=one, partner=other, **where) == pytest.approx(a / b)


def test_a_group_with_a_state_that_has_no_figure() -> None:
    with pytest.raises(DataMissing, match="military-spending has no figure of"):
        get("share", country="NATO", index="military-spending")
    found = read(WORLD, BASE, "share", country="NATO", index="value-added", year=2022)
    assert "Counted without ALB, MKD, MNE" in found.note


# votes and coalitions


def test_voting_power_adds_up() -> None:
    array = BASE.array("power.shapley", {"index": "value-added"})
    assert float(array.sum()) == pytest.approx(1)
    assert array.to_series().idxmax() == "USA"
    assert float(BASE.array("power.banzhaf", {"index": "value-added"}).sum()) == pytest.approx(1)
    # who has more than the quota alone decides alone
    where = {"index": "military-spending", "year": 2024, "member": ["USA", "China", "Russia"]}
    assert get("shapley", country="USA", **where) == 1
    assert get("shapley", country="USA", quota="0.7", **where) < 1


@pytest.mark.parametrize("quota", ["1", "-0.1", "half"])
def test_a_quota_that_is_none_is_refused(quota: str) -> None:
    with pytest.raises(EngineError, match="quota is"):
        get("shapley", country="USA", index="gdp-ppp", quota=quota)


def test_coalitions_beside_the_pair() -> None:
    """By output at purchasing power China alone outweighs the United States."""
    pair = {"country": ["China", "Russia"], "opponent": "USA"}
    found = read(WORLD, BASE, "coalitions", **pair, index="gdp-ppp", threshold="1.0", year=2024)
    assert "without one of its members" in found.note
    assert "Among them: CHN;" in found.note
    # by spending the pair does not reach the United States, and no three others do without China
    found = read(
        WORLD, BASE, "coalitions", **pair, index="military-spending", threshold="0.5", year=2024
    )
    assert "itself does not reach it" in found.note
    few = get("coalitions", **pair, index="military-spending", threshold="0.5", year=2024)
    many = get("coalitions", **pair, index="military-spending", threshold="0.3", year=2024)
    assert few < many


def test_members_of_the_bloc_are_no_candidates() -> None:
    with pytest.raises(EngineError, match="DEU of opponent is in country too"):
        get("coalitions", country=["China", "Germany"], opponent="G7", index="value-added")


# contests


def test_ukraine_with_aid_is_91_percent_of_russia() -> None:
    found = read(WORLD, BASE, "aid_ratio", country="Ukraine", opponent="Russia")
    facts = WORLD.table("facts").query("series == 'military.spending_ratio'")["value"]
    assert found.value == pytest.approx(float(facts.iloc[0]), abs=0.6)
    assert {s.value for s in found.evidence} == {64.8, 35.0, 109.0}
    assert "in 2023" in found.note


def test_no_figure_of_aid_is_not_no_aid() -> None:
    with pytest.raises(DataMissing, match="no figures of aid of UKR for 2024"):
        get("win_probability", country="Ukraine", opponent="Russia", year=2024)
    # arms in the scenario stand for it
    arms = {"measure": "supply_arms", "senders": "USA", "recipient": "Ukraine", "value": 40}
    outcome = solved(WORLD, [arms])
    value = number(WORLD, outcome, "aid_ratio", country="Ukraine", opponent="Russia", year=2024)
    assert value == pytest.approx(100 * (64.7 + 40) / 149)


def test_arms_add_to_the_same_year() -> None:
    arms = {"measure": "supply_arms", "senders": "USA", "recipient": "Ukraine", "value": 20}
    sides = {"country": "Ukraine", "opponent": "Russia"}
    more = solved(WORLD, [arms])
    assert number(WORLD, more, "aid_ratio", **sides) == pytest.approx(100 * 119.8 / 109)
    assert number(WORLD, more, "win_probability", **sides) > get("win_probability", **sides)
    late = solved(WORLD, [{**arms, "since": "2024-06"}])
    found = read(WORLD, late, "aid_ratio", **sides)
    assert found.value == pytest.approx(100 * 99.8 / 109)
    assert "do not flow" in found.note


def test_what_one_billion_adds() -> None:
    sides = {"country": "Ukraine", "opponent": "Russia"}
    one = solved(
        WORLD, [{"measure": "supply_arms", "senders": "USA", "recipient": "Ukraine", "value": 0.01}]
    )
    step = number(WORLD, one, "win_probability", **sides) - get("win_probability", **sides)
    assert get("aid_effect", **sides) == pytest.approx(100 * step / 0.01, rel=1e-3)


def test_the_exponent_decides_how_far_means_do() -> None:
    sides = {"country": "USA", "opponent": "China", "year": 2024}
    p = [number(WORLD, solved(WORLD, exponent=g), "win_probability", **sides) for g in (0.5, 2.0)]
    ratio = 997.3 / 313.7
    assert p == pytest.approx([ratio**g / (1 + ratio**g) for g in (0.5, 2.0)])


# alliances


def test_a_pact_with_china_on_the_shipped_tables() -> None:
    """It does much for Russia, little for China; the two defend each other."""
    after = solved(WORLD, [PACT])
    change = {
        s: number(WORLD, after, "vulnerability", country=s, coalition="loyal")
        / get("vulnerability", country=s, coalition="loyal")
        for s in ("Russia", "China", "Ukraine", "USA")
    }
    assert change["Russia"] < 0.2
    assert 0.85 < change["China"] < 0.95
    assert change["Ukraine"] == 1
    assert change["USA"] > 1


def test_who_attacks_china() -> None:
    worst = str(read(WORLD, BASE, "attackers", country="China").value).split()
    assert worst[:3] == ["USA", "JPN", "DEU"]
    strength = [get("share", country=c, index="value-added") for c in worst]
    defence = sum(get("share", country=c, index="value-added") for c in ("China",))
    assert get("vulnerability", country="China") == pytest.approx(sum(strength) / defence)


def test_the_year_of_the_alliances() -> None:
    """Finland joined in April 2023, Russia and North Korea allied in December 2024."""
    for year, inside in ((2022, False), (2023, True)):
        note = str(read(WORLD, BASE, "attackers", country="Russia", year=year).value)
        assert ("FIN" in note.split()) == inside, year
    # North Korea is not told apart in the input-output table, so it is asked of the pacts
    from multipolar.engines.power.pacts import network

    for year, allied in ((2023, False), (2024, True)):
        assert network(WORLD, "listed", ("PRK", "RUS"), year).links[0, 1] == allied
    assert not network(WORLD, "listed", ("NZL", "USA"), 2024).links.any()
    with pytest.raises(DataMissing, match="do not cover 2021"):
        network(WORLD, "listed", ("PRK", "RUS"), 2021)


def test_a_treaty_holds_when_it_says() -> None:
    late = solved(WORLD, [{**PACT, "since": "2026-02"}])
    where = {"country": "Russia", "coalition": "loyal"}
    assert number(WORLD, late, "vulnerability", **where) < 5  # the year it starts, if none is asked
    found = read(WORLD, late, "vulnerability", **where, year=2024)
    assert found.value == get("vulnerability", **where, year=2024)
    assert "does not hold at the end of 2024" in found.note


@pytest.mark.parametrize(
    ("since", "until", "year", "holds"),
    [
        ("", "", 2024, True),
        ("2024-12-04", "", 2024, True),
        ("2025", "", 2024, False),
        ("2020", "2024-12-31", 2024, False),
        ("2020", "2025", 2024, True),
    ],
)
def test_dates(since: str, until: str, year: int, holds: bool) -> None:
    assert Span(since, until).holds(year) == holds


@pytest.mark.parametrize(
    ("measure", "why"),
    [
        ({**PACT, "obligation": "neutrality"}, "duty of neutrality"),
        ({"measure": "ally", "members": ["China"]}, "treaty of one"),
        ({"measure": "supply_arms", "senders": "USA", "recipient": "Ukraine"}, "without a value"),
    ],
)
def test_measures_that_lack_something_are_refused(measure: dict[str, Any], why: str) -> None:
    with pytest.raises(EngineError, match=why):
        solved(WORLD, [measure])


@pytest.mark.parametrize("name", ["exponent", "advantage", "depreciation"])
def test_parameters_out_of_range_are_refused(name: str) -> None:
    with pytest.raises(EngineError, match=name):
        solved(WORLD, **{name: -1.0})


def test_attackers_that_need_more_strength_threaten_fewer() -> None:
    counts = [
        number(WORLD, solved(WORLD, advantage=g), "vulnerable", index="value-added")
        for g in (1.0, 3.0, 30.0)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


# tables a user has added


def test_without_the_user_s_tables_the_error_says_what_brings_them() -> None:
    with pytest.raises(DataMissing, match="multipolar data fetch cow"):
        get("share", country="Brazil", index="cinc")
    with pytest.raises(DataMissing, match="multipolar data add alliances PATH"):
        get("vulnerability", country="China", pacts="dyads")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    add(tmp_path, "cow_nmc", capabilities())
    add(tmp_path, "alliances_dyads", dyads())
    monkeypatch.setenv("MULTIPOLAR_DATA", str(tmp_path))
    return World.load()


def test_the_engine_reads_capabilities_and_pairs(own: World) -> None:
    """The figures computed before from the same data, now through the engine."""
    where = {"index": "cinc", "year": 2022, "pacts": "dyads", "coalition": "loyal"}
    before, after = solved(own), solved(own, [PACT])
    for state, first, second in (
        ("RUS", 7.63, 1.30),
        ("CHN", 1.48, 1.28),
        ("USA", 0.68, 0.78),
        ("UKR", 42.9, 42.9),
    ):
        assert number(own, before, "vulnerability", country=state, **where) == pytest.approx(
            first, rel=5e-3
        )
        assert number(own, after, "vulnerability", country=state, **where) == pytest.approx(
            second, rel=5e-3
        )
    note = read(own, before, "vulnerability", country="RUS", **where).note
    assert "duties to defend of 2018, the newest up to 2022" in note
    assert number(own, before, "share", country="India", index="cinc", year=1950) > 1
    # shares of a release that adds up to 1.0071 are taken of that sum
    assert number(own, before, "share", country="CHN", index="cinc", year=2022) == pytest.approx(
        100 * 0.2341 / 1.0071, abs=0.01
    )


def test_a_small_table_of_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs count both ways, promises of other kinds do not, and years before the first fail."""
    nmc = pd.DataFrame(
        {
            "country": ["USA", "CHN", "RUS", "RUS", ""],
            "year": 2000,
            "cinc": [0.4, 0.1, 0.1, 0.05, 0.05],
        }
    ).astype({"country": "category"})
    pairs = pd.DataFrame(
        {
            "country": ["CHN", "USA", "RUS"],
            "other": ["RUS", "CHN", "USA"],
            "year": [2000] * 3,
            "defence": pd.array([True, False, None], dtype="boolean"),
        }
    ).astype({"country": "category", "other": "category"})
    add(tmp_path, "cow_nmc", nmc)
    add(tmp_path, "alliances_dyads", pairs)
    monkeypatch.setenv("MULTIPOLAR_DATA", str(tmp_path))
    world = World.load()
    outcome = solved(world)
    where = {"index": "cinc", "year": 2000, "pacts": "dyads"}
    found = [
        number(world, outcome, "vulnerability", country=c, **where) for c in nmc["country"][:3]
    ]
    assert found == pytest.approx([0.5, 2.0, 2.0])
    # the state without a code is in the total, and a state in two rows is counted once
    assert number(world, outcome, "share", country="USA", index="cinc") == pytest.approx(400 / 7)
    assert number(world, outcome, "share", country="RUS", index="cinc") == pytest.approx(100 / 7)
    with pytest.raises(DataMissing, match="1990"):
        number(world, outcome, "vulnerability", country="USA", **{**where, "year": 1990})


# the shipped table of pacts


def test_the_table_of_pacts() -> None:
    frame = WORLD.table("alliances")
    assert (frame["country"] < frame["other"]).all()
    assert not frame.duplicated(["pact", "country", "other"]).any()
    assert set(frame["country"]) | set(frame["other"]) <= set(WORLD.names_index.labels)
    assert frame["url"].str.startswith("http").all()
    assert (frame["until"].isna() | (frame["until"] > "2022-01-01")).all()
    held = frame[frame["since"].le("2024-12-31")].groupby("pact").size()
    assert held["NATO"] == 32 * 31 / 2
    assert held["EU"] == 27 * 26 / 2
    assert held["CSTO"] == 6 * 5 / 2


def test_engine_says_what_it_is() -> None:
    assert engine.basis == "published"
    assert {p.name for p in engine.parameters(WORLD)} == {"exponent", "depreciation", "advantage"}
    assert np.isfinite([p.value for p in engine.parameters(WORLD)]).all()


def test_a_reading_says_which_index_and_whether_it_is_a_bound() -> None:
    found = read(WORLD, BASE, "poles", index="military-spending", year=2024)
    assert (found.label, found.bound) == ("Military spending", "upper")
    assert "an upper bound" in found.note
    for where in ({"index": "value-added"}, {"index": "gdp-ppp", "rule": "majors"}):
        alone = read(WORLD, BASE, "poles", **where)
        assert alone.bound == ("upper" if "upper bound" in alone.note else "")
    assert read(WORLD, BASE, "share", country="China", index="cinc").label.startswith("Composite")


def test_states_and_indices_may_both_be_left_open() -> None:
    array = BASE.array("power.share", {"year": 2022})
    assert set(array.dims) == {"country", "index"}
    assert array.sizes["index"] == len(INDICES)
    one = get("share", country="China", index="gdp-ppp", year=2022)
    assert float(array.sel(country="CHN", index="gdp-ppp")) == pytest.approx(one)


def test_it_reads_no_table_but_those_it_names(own: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept answers hang on these, and on the names of countries."""
    seen: set[str] = set()
    table = World.table
    monkeypatch.setattr(
        World, "table", lambda w, name, *some: seen.add(name) or table(w, name, *some)
    )
    outcome = solved(own, [PACT])
    for index in INDICES:
        number(own, outcome, "poles", index=index)
    for pacts in ("listed", "dyads"):
        number(own, outcome, "vulnerability", country="CHN", pacts=pacts)
    number(own, outcome, "aid_ratio", country="Ukraine", opponent="Russia")
    assert engine.tables is not None
    assert engine.tables <= seen <= engine.tables | {"countries", "coalitions"}
