"""Warheads, conflicts, deaths and vetoes: keys, null rules, and figures that others publish."""

from __future__ import annotations

import pandas as pd
import pytest

from multipolar.world import World

WORLD = World.load()
FORMER = {"CSK", "DDR", "YUG", "YMD"}  # states that are no more, by ISO 3166-3


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("warheads", ["country", "year"]),
        ("conflicts", ["conflict", "year"]),
        ("violence_year", ["country", "year", "kind"]),
        ("vetoes", ["text", "country"]),
    ],
)
def test_keys_are_unique_and_nothing_is_null(table: str, keys: list[str]) -> None:
    rows = WORLD.table(table)
    assert not rows.duplicated(keys).any()
    assert not rows.isna().any().any()


def test_every_state_is_one_or_was() -> None:
    known = set(WORLD.table("countries")["iso3"]) | FORMER
    for table in ("warheads", "violence_year", "vetoes"):
        assert set(WORLD.table(table)["country"]) <= known, table
    conflicts = WORLD.table("conflicts")
    assert set(" ".join(conflicts["countries"]).split()) <= known
    # only Hyderabad, and South Vietnam, have no code of their own
    nowhere = conflicts.loc[conflicts["countries"] == "", "location"]
    assert set(nowhere) == {"Hyderabad", "South Vietnam"}


def test_warheads_are_those_another_institute_counts() -> None:
    """SIPRI's stockpiles of January 2022 and 2023 are within three percent, the sum within one and a half."""
    ours = WORLD.table("warheads").set_index(["country", "year"])["warheads"]
    assert (ours["RUS", 2025], ours["USA", 2025], ours["CHN", 2025]) == (4299, 3700, 600)
    # the source's own figure for the world, 12,331, counts those that wait to be taken apart
    assert "WLD" not in ours.index.get_level_values("country")
    assert ours.xs(2025, level="year").sum() == 9604
    facts = WORLD.table("facts").query("series == 'warheads.stockpile'")
    assert len(facts) >= 6
    for row in facts.itertuples():
        year = int(str(row.date)[:4])
        mine = (
            ours.xs(year, level="year").sum() if row.entity == "World" else ours[row.entity, year]
        )
        assert mine == pytest.approx(row.value, rel=0.015 if row.entity == "World" else 0.03)


def test_a_state_has_no_row_before_it_had_warheads_or_after_it_gave_them_up() -> None:
    years = WORLD.table("warheads").groupby("country")["year"].agg(["min", "max"])
    assert (WORLD.table("warheads")["warheads"] > 0).all()
    assert years["min"].loc[["USA", "GBR", "FRA", "CHN", "IND"]].is_monotonic_increasing
    assert years.loc["ZAF", "max"] == 1989 and years.loc["USA", "max"] == 2025


def test_conflicts_are_as_many_as_the_source_says() -> None:
    """The programme's own counts: 61 in 2024, the most since 1946, of which 11 wars; 59 in 2023."""
    active = WORLD.table("conflicts")
    by = active.groupby("year").size()
    assert (by[2024], by[2023]) == (61, 59) and by.idxmax() == 2024
    assert int((active[active["year"] == 2024]["level"] == "war").sum()) == 11
    assert (active["since"].str[:4].astype(int) <= active["year"]).all()
    cut = active[(active["conflict"] == 11349) & (active["year"] == 2008)]
    assert cut[["countries", "level"]].to_numpy().tolist() == [["CHN", "minor"]]


def test_deaths_are_those_the_source_prints() -> None:
    deaths = WORLD.table("violence_year")
    fought = deaths[deaths["kind"] == "state-based"].set_index(["country", "year"])["best"]
    assert [fought["UKR", y] for y in (2022, 2023, 2024)] == [91485, 75080, 68099]
    rwanda = deaths.query("country == 'RWA' and year == 1994 and kind == 'one-sided'")[
        "best"
    ].item()
    assert rwanda > 500_000
    outside = (deaths["low"] > deaths["best"]) | (deaths["best"] > deaths["high"])
    assert outside.sum() <= 9  # as the source has them
    assert deaths.groupby(["country", "year"]).size().eq(3).all()


def test_vetoes_are_as_many_as_the_library_lists() -> None:
    cast = WORLD.table("vetoes")
    old = cast[cast["date"] <= "2022-07-08"]
    assert old["text"].nunique() == 214
    counted = {"USSR": 90, "Russia": 31, "USA": 82, "GBR": 29, "CHN": 17, "FRA": 16}
    seats = old["seat"].replace({"UK": "GBR", "China": "CHN", "France": "FRA"})
    assert seats.value_counts().to_dict() == counted
    assert set(cast["country"]) == {"RUS", "USA", "GBR", "CHN", "FRA"}
    # none of theirs since the invasion of Panama
    assert cast[cast["country"].isin(["GBR", "FRA"])]["date"].max() == "1989-12-23"
    assert (cast[cast["date"] > "2022-07-08"]["grade"] == "second-hand").all()


def test_a_date_is_of_its_year_and_rows_are_cut_at_a_date() -> None:
    cast = WORLD.table("vetoes")
    assert (pd.to_datetime(cast["date"]).dt.year == cast["year"]).all()
    then = WORLD.as_of("2022-06-01")
    assert then.table("vetoes")["date"].max() == "2022-05-26"
    assert then.table("conflicts")["year"].max() == 2020  # 2021 came out in the June
    assert then.table("violence_year")["year"].max() == 2020
    assert then.table("warheads")["year"].max() == 2021


def test_published_positions_are_whole_and_ordered() -> None:
    points = WORLD.table("ideal_points")
    assert not points.duplicated(["country", "year", "votes"]).any()
    assert not points.isna().any().any()
    assert (points["low"] <= points["high"]).all()
    inside = (points["low"] <= points["point"]) & (points["point"] <= points["high"])
    assert inside.mean() > 0.999
    known = set(WORLD.table("countries")["iso3"]) | FORMER
    assert set(points["country"]) <= known | {"EAZ"}
    assert points.groupby("votes")["year"].max().to_dict() == {"all": 2023, "final": 2024}
    assert points[points["year"] == 2023].groupby("votes").size().eq(192).all()


def test_events_have_a_source_each_and_states_that_are() -> None:
    events = WORLD.table("events")
    assert len(events) >= 80 and events["event"].is_unique
    assert events["url"].str.startswith("http").all() and (events["source"] != "").all()
    known = set(WORLD.table("countries")["iso3"])
    assert set(" ".join(events["who"]).split()) <= known
    late = events[events["until"] != ""]
    assert (late["until"] >= late["date"]).all()
    union = events.set_index("event").loc["eu-package-1", "by"].split()
    assert len(union) == 27 and "GBR" not in union
    # what is dated after the day the sources were read was adopted before
    to_come = events[events["date"] > WORLD.info("events").date]
    assert (to_come["kind"] == "ban").all() and to_come["note"].str.startswith("As adopted").all()


def test_tariffs_hold_one_at_a_time_and_say_where_they_were_read() -> None:
    rows = WORLD.table("tariffs")
    assert rows.groupby(["importer", "exporter", "product", "since"]).ngroups == len(rows)
    ends = rows["until"].dropna()
    assert (ends >= rows.loc[ends.index, "since"]).all()
    assert rows["url"].str.startswith("http").all() and rows["rate"].between(0, 400).all()
    typed = rows.drop_duplicates(["product", "rate", "since", "law", "source"])
    assert len(typed) >= 40
    known = set(WORLD.table("countries")["iso3"])
    assert set(rows["importer"]) <= known and set(rows["exporter"]) <= known | {"WLD"}
    # every tariff of the emergency act had ended when the court had struck them down
    emergency = rows[rows["law"] == "Emergency act"]
    assert len(emergency) and (emergency["until"] <= "2026-02-23").all()
