"""States that are no more and unions: what tables have them, and in which years."""

from __future__ import annotations

import csv
import re
from importlib import resources

import pandas as pd
import pytest

from multipolar.errors import DataError
from multipolar.world import World, former
from multipolar.world.states import states

WORLD = World.load()
ISO = set(WORLD.table("countries")["iso3"])
TRADE = ("energy_trade", "minerals_trade", "trade_history")


def flows(table: str) -> pd.DataFrame:
    rows = WORLD.table(table, ("exporter", "importer", "year"))
    long = rows.melt(id_vars="year", value_vars=["exporter", "importer"], value_name="code")
    return long.astype({"code": str})[["year", "code"]].drop_duplicates()


SEEN = {table: flows(table) for table in TRADE}


@pytest.mark.parametrize("table", TRADE)
def test_every_code_of_a_table_of_trade_has_a_name(table: str) -> None:
    assert set(SEEN[table]["code"]) - ISO - set(former.former()) <= {"XXX"}


@pytest.mark.parametrize("table", TRADE)
def test_a_state_inside_another_has_no_rows_and_the_other_has(table: str) -> None:
    seen = set(zip(SEEN[table]["year"], SEEN[table]["code"], strict=True))
    years = sorted({y for y, _ in seen})
    inside = {(y, c): p for y in years for c in ISO if (p := former.part_of(c, y, table))}
    assert inside
    assert [k for k in inside if k in seen] == []
    assert {p.whole for p in inside.values()} <= set(SEEN[table]["code"])


def test_states_begin_in_a_table_when_they_leave_another() -> None:
    baci = SEEN["energy_trade"].groupby("code")["year"].agg(["min", "max"])
    assert baci.loc["SRB", "min"] == baci.loc["MNE", "min"] == baci.loc["SCG", "max"] + 1 == 2006
    assert baci.loc["LUX", "min"] == 1999
    assert set(baci.loc[["BWA", "LSO", "NAM", "SWZ"], "min"]) == {2000}
    assert baci.loc["SSD", "min"] == 2012
    assert baci.loc["CUW", "min"] == 2011


def test_dates_are_those_of_the_state_system() -> None:
    other = {s.iso3: s for s in states() if s.until < 9999}
    for code in ("CSK", "DDR", "YMD"):
        ours = former.former()[code]
        assert (ours.since, ours.until) == (other[code].since, other[code].until)


def listed(name: str) -> list[dict[str, str]]:
    file = resources.files("multipolar.world") / name
    return list(csv.DictReader(file.read_text("utf-8").splitlines()))


@pytest.mark.parametrize("name", ["former.csv", "parts.csv"])
def test_every_row_says_where_its_years_were_read(name: str) -> None:
    assert [r for r in listed(name) if not r["source"].strip()] == []


def test_a_part_ends_in_the_year_its_list_prints() -> None:
    printed = [(r, re.search(r"\(\.\.\.(\d{4})\)$", r["source"])) for r in listed("parts.csv")]
    ends = [(r, found[1]) for r, found in printed if found]
    assert len(ends) > 40
    # the last of these had rows of its own to 1980, and is inside from then on
    assert {r["part"] for r, year in ends if r["until"] != year} == {"VIR"}


@pytest.mark.parametrize(
    ("iso3", "year", "whole"),
    [
        ("ZMB", 1964, "RHO"),  # the federation ended on the last day of 1963
        ("ZMB", 1968, None),
        ("VIR", 1980, None),
        ("VIR", 1984, "USA"),
        ("RUS", 1990, "SUN"),
        ("RUS", 1991, None),  # UN Comtrade has the Soviet Union to 1990
        ("PLW", 1991, "PCI"),
    ],
)
def test_who_is_inside_whom_at_the_ends(iso3: str, year: int, whole: str | None) -> None:
    part = former.part_of(iso3, year, "trade_history")
    assert (part and part.whole) == whole


def test_north_vietnam_ended_a_year_after_the_south() -> None:
    assert [former.former()[c].until for c in ("RVN", "VDR")] == [1975, 1976]


def test_heirs_are_states_of_today_and_no_word_means_two() -> None:
    for state in former.former().values():
        assert set(state.heirs) <= ISO
        for word in (state.name, *state.also):
            found = former.named(word)
            assert found is not None
            assert found.code == state.code
    assert former.successors("USSR")[-2:] == ("UKR", "UZB")
    with pytest.raises(DataError, match="no former state 'Prussia'"):
        former.successors("Prussia")


@pytest.mark.parametrize("code", sorted(former.former()))
def test_no_name_of_a_former_state_is_that_of_one_of_today_or_a_group(code: str) -> None:
    state = former.former()[code]
    for word in (state.name, *state.also, code):
        with pytest.raises(DataError, match=r"ended in|is no state") as refused:
            WORLD.countries_named(word)
        assert refused.value.hint.startswith("name ")


def shipped() -> dict[str, set[str]]:
    """Former states that each shipped table has in a column of codes."""
    found: dict[str, set[str]] = {}
    for name in WORLD.names:
        info = WORLD.info(name)
        if not info.path.endswith(".parquet") or name == "countries":
            continue
        words = [f.name for f in info.fields if f.type == "string"]
        rows = WORLD.table(name, tuple(words)) if words else None
        for column in words if rows is not None else ():
            cells = rows[column].dropna().astype(str).unique()  # type: ignore[index]
            codes = {c for cell in cells if len(cell) < 80 for c in cell.split()}
            if have := codes & set(former.former()):
                found.setdefault(name, set()).update(have)
    return found


def test_every_table_that_has_a_former_state_is_asked_for_it_by_name() -> None:
    own = {c for c, f in former.former().items() if f.goes_as == c}
    added = {"baci", "sipri_arms", "sipri_milex"}
    assert {t: set(c & own) for t, c in former.HELD.items() if t not in added} == shipped()
    for codes in former.HELD.values():  # a part that goes on is there where the other one is
        assert ("DDR" in codes) == ("FRG" in codes)
        assert ("YMD" in codes) == ("YAR" in codes)
