"""Warheads, conflicts, deaths, vetoes, votes that changed, events and tariffs, as they are read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from multipolar.engines import Reading, Registry
from multipolar.engines.alignment import metrics as alignment
from multipolar.engines.record import engine, votes
from multipolar.errors import DataMissing, MultipolarError
from multipolar.policy import BASELINE
from multipolar.world import World

WORLD = World.load()
REGISTRY = Registry(WORLD, {"record": engine})
OUTCOME = engine.solve(engine.prepare(WORLD, BASELINE), {})


def read(name: str, *, at: World = WORLD, **where: Any) -> Reading:
    registry = REGISTRY if at is WORLD else Registry(at, {"record": engine})
    outcome = OUTCOME if at is WORLD else engine.solve(engine.prepare(at, BASELINE), {})
    return outcome.read(name, registry.resolve(registry.find(name)[1], where, complete=True))


def laid_out(name: str, **where: Any) -> xr.DataArray:
    return OUTCOME.array(name, REGISTRY.resolve(REGISTRY.find(name)[1], where, complete=False))


def number(metric: str, **where: Any) -> float:
    return float(read(metric, **where).value)


def test_warheads_are_read_added_up_and_shared() -> None:
    each = [number("warheads.number", country=c, year=2025) for c in ("USA", "Russia")]
    assert each == [3700, 4299]
    assert number("warheads.number", country=["USA", "Russia"], year=2025) == sum(each)
    share = read("warheads.share", country=["USA", "Russia"], year=2025)
    whole = number("warheads.number", country="World", year=2025)
    assert share.value == pytest.approx(100 * sum(each) / whole)
    assert 0 < share.error < 2
    # nobody says that Germany has none: it has no row
    with pytest.raises(DataMissing, match="CHN"):
        read("warheads.number", country="Germany", year=2020)
    with pytest.raises(DataMissing, match="1945 to 2025"):
        read("warheads.number", country="USA", year=1940)


def test_conflicts_are_counted_once_wherever_they_are_fought() -> None:
    assert number("conflicts.count", year=2024) == 61
    assert number("conflicts.count", year=2024, level="war") == 11
    levels = [number("conflicts.count", year=2024, level=k) for k in ("minor", "war")]
    assert sum(levels) == 61
    one = [number("conflicts.count", year=2024, country=c) for c in ("Russia", "Ukraine")]
    both = number("conflicts.count", year=2024, country=["Russia", "Ukraine"])
    assert max(one) <= both < sum(one)  # the war between them is one
    assert number("conflicts.count", year=2024, country="Switzerland") == 0
    with pytest.raises(DataMissing, match="1946 to 2024"):
        read("conflicts.count", year=2025)
    series = laid_out("conflicts.count")
    assert float(series.sel(year=2024)) == 61 and series.sizes == {"year": 79}


def test_deaths_come_with_the_range_of_the_source() -> None:
    deaths = read("violence.deaths", country="Ukraine", year=2022, kind="state-based")
    row = WORLD.table("violence_year").query(
        "country == 'UKR' and year == 2022 and kind == 'state-based'"
    )
    best, low, high = (int(row[c].item()) for c in ("best", "low", "high"))
    assert deaths.value == best == 91485
    assert deaths.error == max(high - best, best - low)
    years = [
        number("violence.deaths", country="Ukraine", year=y, kind="state-based")
        for y in (2022, 2023)
    ]
    assert number("violence.deaths", country="Ukraine", year=[2022, 2023], kind="state-based") == sum(years)  # fmt: skip


def test_vetoes_are_those_the_press_counted() -> None:
    # the sixth veto of a call for a ceasefire in Gaza was cast on 18 September 2025 (press reports)
    gaza = WORLD.table("vetoes").query("country == 'USA' and topic == 'Israel-Palestine'")
    gaza = gaza[(gaza["date"] >= "2023-10-07") & (gaza["kind"] == "draft")]
    assert len(gaza[~gaza["subject"].str.contains("Admission")]) == 6
    assert number("vetoes.count", country="France") == 16
    joint = number("vetoes.drafts", country=["China", "Russia"], year=2023)
    assert joint < number("vetoes.count", country=["China", "Russia"], year=2023)
    assert number("vetoes.count", country="France", year=2023) == 0
    assert "pieced together" in read("vetoes.count", country="Russia", year=2024).note


def test_who_changed_sides_on_the_war() -> None:
    pair = {"before": "A/RES/ES-11/6", "resolution": "A/RES/ES-11/7"}
    assert read("votes.change", country="USA", **pair).value == "yes, then no"
    assert read("votes.change", country="Germany", **pair).value == "yes both times"
    changed = read("votes.changed", **pair)
    assert (
        changed.value == 44
        and "yes, then no: HTI, HUN, ISR, MHL, NER, PLW and 1 more" in changed.note
    )
    words = laid_out("votes.change", **pair).to_series()
    took = words[~words.str.contains("absent")]
    assert int(took.str.contains(", then ").sum()) == 44
    # the same two the other way round
    back = {"before": pair["resolution"], "resolution": pair["before"]}
    assert number("votes.changed", **back) == 44
    assert number("votes.changed", before=pair["before"], resolution=pair["before"]) == 0


def test_the_votes_of_february_2025_are_as_the_assembly_counted() -> None:
    for symbol, counts in {"A/RES/ES-11/7": (93, 18, 65), "A/RES/ES-11/8": (93, 8, 73)}.items():
        cast = [number("votes.count", resolution=symbol, vote=v) for v in ("yes", "no", "abstain")]
        assert tuple(cast) == counts
    # coalitions are taken as they were at the last vote of the table, in both engines that say so
    last = WORLD.table("un_votes")["date"].max()
    assert votes.LAST == alignment.LAST == last


def test_published_positions_are_those_of_the_release() -> None:
    said = {"USA": 1.99, "Russia": -1.27, "China": -1.20, "India": -0.57}
    for country, point in said.items():
        found = read("votes.ideal_point", country=country, year=2023, votes="all")
        assert found.value == pytest.approx(point, abs=0.01) and 0 < found.error < 0.5
    assert number("votes.ideal_point", country="USA", year=2024) > 1.5
    with pytest.raises(DataMissing, match="votes final"):
        read("votes.ideal_point", country="USA", year=2024, votes="all")


def test_the_two_sets_of_votes_put_states_in_the_same_order() -> None:
    points = WORLD.table("ideal_points").pivot_table(
        index=["year", "country"], columns="votes", values="point", observed=True
    )
    both = points.dropna()
    r = both.groupby("year")[["all", "final"]].apply(lambda y: np.corrcoef(y.T)[0, 1])
    assert r.min() > 0.94 and r.median() > 0.98


@pytest.mark.parametrize(
    ("where", "rate"),
    [
        ({"importer": "USA", "exporter": "China", "commodity": "all goods", "date": "2025-04-20"}, 145),
        ({"importer": "USA", "exporter": "China", "commodity": "all goods", "date": "2025-06-01"}, 30),
        ({"importer": "USA", "exporter": "China", "commodity": "list 3", "date": "2019-05-09"}, 10),
        ({"importer": "USA", "exporter": "China", "commodity": "list 3", "date": "2019-05-10"}, 25),
        ({"importer": "USA", "exporter": "India", "commodity": "all goods", "date": "2025-09"}, 50),
        ({"importer": "USA", "exporter": "EU", "commodity": "all goods", "date": "2025-10"}, 15),
        ({"importer": "USA", "exporter": "Norway", "commodity": "all goods", "date": "2026-03-01"}, 10),
        ({"importer": "China", "exporter": "USA", "commodity": "all goods", "date": "2025-04-12"}, 125),
        ({"importer": "EU", "exporter": "China", "commodity": "electric cars of BYD", "date": "2024-12"}, 17),
        ({"importer": "Canada", "exporter": "China", "commodity": "electric cars", "date": "2025-01"}, 100),
    ],
)  # fmt: skip
def test_tariffs_at_a_date(where: dict[str, str], rate: float) -> None:
    found = read("tariffs.rate", **where)
    assert found.value == rate and found.unit == "percent"
    assert found.evidence[0].url.startswith("http") and found.note


@pytest.mark.parametrize(
    ("where", "said"),
    [
        # no rate of its own was read for that time: the base rate would be wrong
        ({"exporter": "Norway", "commodity": "all goods", "date": "2025-10"}, "2026-02-24"),
        ({"exporter": "Germany", "commodity": "cars", "date": "2025-12"}, "cars"),
        ({"exporter": "China", "commodity": "list 1", "date": "2018-07-05"}, "2018-07-06"),
        ({"exporter": ["India", "China"], "commodity": "all goods", "date": "2025-09"}, "differ"),
        ({"exporter": "China", "commodity": "all goods", "date": "2031"}, "not known"),
    ],
)
def test_a_tariff_that_is_not_on_record_is_not_nought(where: dict[str, Any], said: str) -> None:
    with pytest.raises(DataMissing) as caught:
        read("tariffs.rate", importer="USA", **where)
    assert said in f"{caught.value}"


def test_an_end_that_was_to_come_was_not_known() -> None:
    then = WORLD.as_of("2025-04-20")
    at = {"importer": "USA", "exporter": "China", "commodity": "all goods"}
    found = read("tariffs.rate", at=then, **at)
    assert found.value == 145 and " to " not in found.note
    with pytest.raises(MultipolarError, match=r"not known|published"):
        read("tariffs.rate", at=then, **at, date="2025-06-01")


def test_events_have_their_day_and_are_no_census() -> None:
    assert read("events.date", event="eu-gas-ban-adopted").value == "2026-01-26"
    assert number("events.count", kind="cut-off", country="Russia") == 6
    assert number("events.count", kind="sanctions", country="Germany", year=2022) >= 5
    with pytest.raises(DataMissing, match="may be others"):
        read("events.count", kind="summit", country="Peru")
