"""A world as of a date: what came out later is not in it, and cannot be read."""

from __future__ import annotations

import importlib
import json
import pickle
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from multipolar.errors import DataError, DataMissing
from multipolar.text.dates import last_day
from multipolar.world import World
from multipolar.world.public import Public, Withheld, dated, public_of
from multipolar.world.votes_file import add_votes

WORLD = World.load()
THEN = WORLD.as_of("2022-08-22")
DAYS = st.dates(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2026-12-31").date())


def test_where_nothing_is_withheld_it_is_the_world_itself() -> None:
    assert WORLD.as_of(WORLD.date) is WORLD
    assert WORLD.day == ""
    assert WORLD.withheld("facts") is None


def test_it_costs_nothing_where_nothing_is_withheld() -> None:
    world = World.load()
    start = time.perf_counter()
    for _ in range(10):
        world.as_of("2027")
    assert time.perf_counter() - start < 0.5  # ten times


def test_rows_of_each_kind_by_hand() -> None:
    assert THEN.table("un_votes")["date"].max() == "2022-04-07"
    assert THEN.table("energy_trade")["year"].max() == 2020  # 2021 is in the version of 2023
    assert WORLD.as_of("2023-02-01").table("energy_trade")["year"].max() == 2021
    assert THEN.table("governance")["year"].max() == 2020
    assert WORLD.as_of("2022-10-01").table("governance")["year"].max() == 2021
    assert THEN.table("production")["year"].max() == 2020
    assert THEN.table("facts")["known"].max() <= "2022-08-22"
    assert len(THEN.table("countries")) == len(WORLD.table("countries"))
    assert "io_2022" not in THEN.names


def test_an_end_that_was_still_to_come_is_not_known() -> None:
    before = WORLD.as_of("2019-06-30").table("coalitions")
    britain = before[(before.coalition == "EU") & (before.country == "GBR")]
    assert britain["until"].isna().all()
    after = WORLD.as_of("2020-06-30").table("coalitions")
    assert (
        after[(after.coalition == "EU") & (after.country == "GBR")]["until"].item() == "2020-02-01"
    )


def test_members_are_those_of_then_whatever_the_date_asked_for() -> None:
    assert "SWE" not in THEN.countries_named("NATO", "2025")
    assert "SWE" in WORLD.countries_named("NATO", "2025")
    with pytest.raises(DataMissing, match="no members by 31 December 2021"):
        WORLD.as_of("2021").countries_named("Russia sanctions coalition", "2022-12-31")
    with pytest.raises(DataError, match="no country or coalition 'Atlantis'"):
        THEN.countries_named("Atlantis")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("io_2022", "was published in 2025, after 22 August 2022"),
        ("elasticities", "was published in April 2023, after 22 August 2022"),
        ("corridor_figures", "was published on 10 March 2026, after 22 August 2022"),
    ],
)
def test_a_table_of_which_nothing_was_public_says_when_it_was(name: str, says: str) -> None:
    for read in (THEN.table, THEN.info):
        with pytest.raises(DataMissing, match=f"table {name} {says}"):
            read(name)
    gap = THEN.withheld(name)
    assert gap is not None and gap.whole and gap.first > "2022-08-22"


def test_a_year_without_a_day_is_taken_as_its_last() -> None:
    with pytest.raises(DataMissing, match="in 2025, taken as its last day, after 1 June 2025"):
        WORLD.as_of("2025-06-01").table("io_2022")


def test_a_table_there_is_not_is_told_from_one_that_was_not_public() -> None:
    with pytest.raises(DataError, match="no table 'io_2023'") as fault:
        THEN.table("io_2023")
    assert not isinstance(fault.value, DataMissing)
    with pytest.raises(DataError, match="no table"):
        THEN.withheld("io_2023")


def test_what_is_withheld_of_a_table_is_said() -> None:
    gap = THEN.withheld("un_votes")
    assert gap == Withheld("un_votes", "2022-08-22", "2022-10-12", "2025-02-24")
    assert str(gap) == (
        "rows of table un_votes published from 12 October 2022 to 24 February 2025 are not used, "
        "for they were not public by 22 August 2022"
    )
    assert THEN.withheld("countries") is None


def test_hashes_differ_where_a_table_is_cut_and_nowhere_else() -> None:
    same = {n for n in THEN.names if THEN.info(n).sha256 == WORLD.info(n).sha256}
    assert same == {
        "countries",
        "crisis_estimates",
        "distances",
        "gas_nodes",
        "gas_voyages",
        "corridor_links",
        "trade_history",  # to 2016
    }
    other = WORLD.as_of("2022-10-12")
    assert other.info("un_votes").sha256 != THEN.info("un_votes").sha256
    assert len({WORLD.sha256, THEN.sha256, other.sha256}) == 3


def test_a_view_is_made_once_and_goes_back_no_further_than_its_date() -> None:
    assert WORLD.as_of("2022-08-22") is THEN
    assert WORLD.as_of("2022-08").day == "2022-08-31"
    assert THEN.as_of("2024-01-01") is THEN
    assert THEN.as_of("2022-03-10").day == "2022-03-10"
    assert THEN.whole is WORLD


def test_tables_are_not_read_twice() -> None:
    world = World.load()
    world.as_of("2022-08-22").table("facts")
    assert world._tables.keys() == {"facts"}


def test_it_can_be_pickled_and_narrowed() -> None:
    found = pickle.loads(pickle.dumps(THEN))
    assert (found.day, found.names, found.sha256) == (THEN.day, THEN.names, THEN.sha256)
    assert len(found.table("facts")) == len(THEN.table("facts"))
    few = THEN.only({"un_votes", "io_2022"})
    assert set(few.names) == {"countries", "coalitions", "un_votes"}
    assert few.table("un_votes")["date"].max() == "2022-04-07"
    with pytest.raises(DataMissing):
        few.table("io_2022")
    with pytest.raises(DataError, match="no table 'facts'"):
        few.table("facts")


@pytest.mark.parametrize("date", ["", "yesterday", "2022-13", "22.08.2022"])
def test_a_date_that_is_none_is_refused(date: str) -> None:
    with pytest.raises(DataError, match="is not a date"):
        WORLD.as_of(date)


@settings(max_examples=10, deadline=None)
@given(DAYS.map(str))
@example("1990-01-01")
@example("2026-11-22")
def test_no_table_holds_what_came_out_later(day: str) -> None:
    world = WORLD.as_of(day)
    for name in world.names:
        public = WORLD.info(name).public
        if public.rule in ("column", "year", "spell") and public.state(day) == "part":
            table = world.table(name)
            assert len(table)
            assert public.dates(table).max() <= day
            if public.until:
                assert not (table[public.until].fillna("") > day).any()
    for name in set(WORLD.names) - set(world.names):
        gap = world.withheld(name)
        assert gap is not None and gap.whole and gap.first > day


@settings(max_examples=10, deadline=None)
@given(DAYS.map(str), DAYS.map(str))
def test_a_later_world_holds_all_that_an_earlier_one_does(one: str, other: str) -> None:
    early, late = (WORLD.as_of(day) for day in sorted((one, other)))
    assert set(early.names) <= set(late.names)
    for name in ("un_votes", "facts", "coalitions"):
        if name in early.names:
            assert len(early.table(name)) <= len(late.table(name))


# the dictionary


def test_the_dictionary_dates_every_table_and_says_why() -> None:
    for name in WORLD.names:
        public = WORLD.info(name).public
        assert len(public.why) > 10, name
        if public.rule in ("column", "year", "spell"):
            days = public.changes(WORLD.table(name))
            assert (public.first, public.last) == (days[0], days[-1]), name
        if public.rule == "at":
            assert public.first == min(last_day(public.date), WORLD.info(name).date), name
        assert public.last <= WORLD.info(name).date, name


def test_no_table_is_dated_by_a_year_that_was_not_over(monkeypatch: pytest.MonkeyPatch) -> None:
    # it would be public on the day it was made, and no case could read it before
    for name in WORLD.names:
        public = WORLD.info(name).public
        assert public.rule != "at" or last_day(public.date) <= WORLD.info(name).date, name
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "tools"))
    builder = importlib.import_module("publication")
    dates = pd.DataFrame({"dated": ["2024", "2026"]})
    with pytest.raises(ValueError, match="give the day it came out"):
        builder.publication({"rule": "at", "column": "dated"}, dates, "2026-11-25")


def test_rules_are_dated_by_hand() -> None:
    trade = Public("year", column="year", lag_days=396)
    assert (trade.of(2021), trade.of(2022)) == ("2023-01-31", "2024-01-31")
    assert Public("year", column="year", lag_days=273, begun="1999-10-31").of(1996) == "1999-10-31"
    assert Public("column", column="known").of("2022-03") == "2022-03-31"
    votes = Public("column", column="date", date="2026-11-23")
    assert votes.of("") == votes.of(None) == "2026-11-23"


ENTRY = {"date": "2026-11-23"}
GOOD = {"rule": "at", "date": "2025", "first": "2025-12-31", "last": "2025-12-31", "why": "x"}


def test_a_table_that_says_nothing_was_public_on_its_date() -> None:
    found = public_of(ENTRY)
    assert (found.rule, found.first, found.last) == ("at", "2026-11-23", "2026-11-23")
    assert public_of({"date": "some day"}).state("1990-01-01") == "all"


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "never"},
        {"first": "soon"},
        {"last": ""},
        {"lag_days": "396"},
        {"why": 3},
        {"odd": "x"},
    ],
)
def test_an_entry_that_is_not_as_the_format_has_it_is_refused(change: dict[str, object]) -> None:
    assert public_of({**ENTRY, "public": GOOD}).first == "2025-12-31"
    with pytest.raises((TypeError, ValueError)):
        public_of({**ENTRY, "public": {**GOOD, **change}})


def test_a_damaged_entry_of_a_user_is_told_with_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = {
        "name": "mine",
        "title": "t",
        "description": "d",
        "path": "mine.parquet",
        "sources": [{"title": "s"}],
        "licenses": [{"name": "l"}],
        "version": "1",
        "bytes": 0,
        "hash": "sha256:" + "0" * 64,
        "schema": {"fields": []},
        **ENTRY,
    }
    package = {"resources": [{**resource, "public": {"rule": "never"}}]}
    (tmp_path / "datapackage.json").write_text(json.dumps(package), "utf-8")
    monkeypatch.setenv("MULTIPOLAR_DATA", str(tmp_path))
    with pytest.raises(DataError, match="the entry of table 'mine' cannot be read"):
        World.load()
    package = {"resources": [resource]}
    (tmp_path / "datapackage.json").write_text(json.dumps(package), "utf-8")
    world = World.load()
    assert "mine" in world.names and "mine" not in world.as_of("2026-11-22").names
    assert world.as_of("2026-11-22").added == ()


# tables of a user's own


def test_added_votes_are_dated_by_the_day_they_were_cast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        "rollcall,session,country,vote,date,resolution",
        "1,76,China,yes,2021-12-06,A/RES/76/50",
        "1,76,India,no,2021-12-06,A/RES/76/50",
        "2,76,China,yes,2022-03-02,A/RES/ES-11/1",
        "2,76,India,yes,2022-03-02,A/RES/ES-11/1",
    ]
    (tmp_path / "votes.csv").write_text("\n".join(rows), "utf-8")
    add_votes(tmp_path / "votes.csv", folder=tmp_path / "data")
    monkeypatch.setenv("MULTIPOLAR_DATA", str(tmp_path / "data"))
    world = World.load()
    assert set(world.as_of("2022-01-01").table("unga")["rollcall"]) == {1}
    assert set(world.as_of("2022-03-02").table("unga")["rollcall"]) == {1, 2}
    assert "unga" not in world.as_of("2021-01-01").names
    assert world.as_of("2022-01-01").info("unga").sha256 != world.info("unga").sha256


def test_added_years_are_public_after_a_while_but_not_after_they_were_added() -> None:
    frame = pd.DataFrame({"year": [2016, 2022]})
    said = dated("year", frame, column="year", lag_days=1826, date="2025-11-01")
    assert (said["first"], said["last"]) == ("2021-12-31", "2025-11-01")
