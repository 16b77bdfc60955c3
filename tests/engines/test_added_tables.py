"""Metrics over tables a user has added: there where the table is, and what is not in it unknown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from multipolar.engines import Registry
from multipolar.engines.api.contract import Outcome, Reading
from multipolar.engines.api.gate import resolve
from multipolar.engines.record import engine
from multipolar.errors import DataMissing, EngineError
from multipolar.policy import BASELINE
from multipolar.world import World, baci_file, own_entry, reserves_file, sipri_file, store
from multipolar.world import worldbank_file as bank
from multipolar.world.figaro_file import read_figaro
from official_files import ARMS, COFER_TABLE, SWIFT, WORLDBANK, baci, figaro, milex


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("added")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(store.VARIABLE, str(folder / "mine"))
        names = World.load().names_index
        path = folder / "file.csv"

        def code(name: str) -> str | None:
            return names.country(name) if "*" not in name and "unknown" not in name else None

        path.write_bytes(baci())
        list(baci_file.add_baci(path))
        path.write_text(COFER_TABLE, "utf-8")
        own_entry.put(reserves_file.read_cofer(path))
        path.write_text(SWIFT, "utf-8")
        own_entry.put(reserves_file.read_swift(path))
        path.write_text(ARMS, "utf-8")
        own_entry.put(sipri_file.read_arms(path, code=code))
        path.write_text(WORLDBANK, "utf-8")
        own_entry.put(bank.read_worldbank(path, countries={"BRA", "XKX", "WLD"}))
        path.write_bytes(milex())
        own_entry.put(
            sipri_file.read_milex(path, code=lambda n: None if "Union" in n else names.country(n))
        )
        path = folder / "f.zip"
        path.write_bytes(figaro())
        own_entry.put(read_figaro(path, codes={"IT": "ITA", "ME": "MNE", "GR": "GRC"}))
        yield World.load()


@pytest.fixture(scope="module")
def solved(world: World) -> Outcome:
    return engine.solve(engine.prepare(world, BASELINE), {})


def read(solved: Outcome, metric: str, **where: Any) -> Reading:
    return solved.read(metric, where)


def test_they_are_there_where_the_table_is(world: World) -> None:
    there = {m.name for m in engine.metrics(world)}
    shipped = {m.name for m in engine.metrics(world.only(set(world.names) - set(world.added)))}
    assert there - shipped == {
        "baci.value", "baci.quantity", "baci.share", "worldbank.value", "cofer.share",
        "swift.share", "swift.rank", "sipri.spending", "sipri.spending_constant", "sipri.burden",
        "sipri.deliveries", "figaro.sales",
    }  # fmt: skip
    registry = Registry.default(world)
    assert registry.metrics["baci.value"][0].name == "record"  # found by the first word


def test_goods_by_pair_and_chapter(solved: Outcome) -> None:
    value = read(solved, "baci.value", exporter="RUS", importer="CHN", year=2022)
    assert (value.value, value.unit) == (1.5, "USD mn")
    both = {"exporter": "RUS", "importer": ("CHN", "IND"), "year": 2022}
    assert read(solved, "baci.value", **both).value == pytest.approx(1.7505)
    assert read(solved, "baci.value", **both, commodity="27").value == pytest.approx(1.7505)
    assert read(solved, "baci.value", **both, commodity="V").value == pytest.approx(1.7505)
    world = read(solved, "baci.value", exporter="WLD", importer="CHN", year=2022)
    assert world.value == pytest.approx(1.500412)
    share = read(solved, "baci.share", exporter="RUS", importer="CHN", year=2022)
    assert share.value == pytest.approx(100 * 1.5 / 1.500412)
    (source,) = value.evidence
    assert "CEPII" in source.source and "HS92, V202601" in source.note


def test_a_flow_that_is_not_listed_is_nothing_where_one_side_reports(solved: Outcome) -> None:
    """China reports its trade in 2022, Russia no more: BACI takes what either side reports."""
    none = read(solved, "baci.value", exporter="CHN", importer="RUS", year=2022)
    assert none.value == 0
    assert "No flow is on record" in none.note
    some = read(solved, "baci.value", exporter=("RUS", "USA"), importer=("CHN", "IND"), year=2022)
    assert some.value == pytest.approx(1.750912)
    assert "pairs" not in some.note  # the fourth is known to be nothing
    with pytest.raises(DataMissing, match="FRA: no trade at all for 2022"):
        read(solved, "baci.value", exporter=("RUS", "FRA"), importer="CHN", year=2022)
    with pytest.raises(EngineError, match="are the same, CHN"):
        read(solved, "baci.value", exporter="CHN", importer="CHN", year=2022)
    with pytest.raises(DataMissing, match=r"no baci.value for 2010.*1998, 2022 are at hand"):
        read(solved, "baci.value", exporter="RUS", importer="CHN", year=2010)


def test_a_register_and_a_complete_table_have_rules_of_their_own(solved: Outcome) -> None:
    with pytest.raises(DataMissing, match="may be nothing or unknown"):
        read(solved, "sipri.deliveries", exporter="POL", importer="USA", year=2024)
    none = read(solved, "figaro.sales", exporter="ITA", importer="MNE", year=2024, sector="C10T12")
    assert none.value == 0


def test_who_stands_in_a_union_is_told_where(solved: Outcome) -> None:
    """In 1998 BACI has Luxembourg with Belgium, whichever of their names the union goes by."""
    assert read(solved, "baci.value", exporter="WLD", importer="FRA", year=1998).value == 0.01325
    for name in ("BEL", "BLX"):
        found = read(solved, "baci.value", exporter=name, importer="FRA", year=1998)
        assert found.value == 0.01325
    with pytest.raises(DataMissing, match=r"Luxembourg is part of Belgium \(BEL\) to 1998"):
        read(solved, "baci.value", exporter="LUX", importer="FRA", year=1998)
    both = read(solved, "baci.value", exporter=("BEL", "LUX"), importer="FRA", year=1998)
    assert both.value == 0.01325
    assert "Luxembourg is in Belgium" in both.note
    with pytest.raises(DataMissing, match="RUS: no trade at all for 1971") as gone:
        read(solved, "sipri.deliveries", exporter="RUS", importer="POL", year=1971)
    assert "RUS was in Soviet Union (SUN), which it has" in gone.value.hint


def test_tonnes_are_refused_where_much_is_not_weighed(solved: Outcome) -> None:
    at = {"importer": "CHN", "year": 2022}
    with pytest.raises(DataMissing, match="33% of the value has no quantity"):
        read(solved, "baci.quantity", exporter="RUS", **at)
    weighed = read(solved, "baci.quantity", exporter="RUS", importer="IND", year=2022)
    assert (weighed.value, weighed.unit) == (400.0, "t")


def test_a_section_and_a_chapter_of_it_do_not_count_twice(solved: Outcome) -> None:
    with pytest.raises(EngineError, match="a section and a chapter"):
        read(solved, "baci.value", exporter="RUS", importer="CHN", year=2022, commodity=("V", "27"))


def test_labelled_answers_say_the_same(solved: Outcome) -> None:
    array = solved.labelled("baci.value", {"importer": "CHN", "year": 2022})
    assert array.sel(exporter="RUS").item() == 1.5
    assert float(array.sum()) == pytest.approx(1.500412)
    both = solved.labelled("baci.value", {"year": 2022})
    assert both.sel(exporter="CHN", importer="IND").item() == pytest.approx(23.685927)
    assert both.sel(exporter="USA", importer="IND").item() == 0
    shares = solved.labelled("baci.share", {"importer": "CHN", "year": 2022})
    assert float(shares.sum()) == pytest.approx(100)


def test_arms_by_pair_and_years(solved: Outcome, world: World) -> None:
    at = {"exporter": "USA", "importer": "POL"}
    one = read(solved, "sipri.deliveries", **at, year=2022)
    assert one.value == pytest.approx(4 + 1 / 3)
    three = read(solved, "sipri.deliveries", **at, year=(2022, 2023, 2024))
    assert three.value == pytest.approx(5)
    with pytest.raises(DataMissing, match="USA: no trade at all for 1971"):
        read(solved, "sipri.deliveries", **at, year=1971)
    place = {"exporter": "Soviet Union", "importer": "Poland", "year": 1971}
    metric = Registry.default(world).metrics["sipri.deliveries"][1]
    assert solved.read(metric.name, resolve(world, metric, place, complete=True)).value == 10


def test_sales_by_industry(solved: Outcome) -> None:
    at = {"exporter": "ITA", "importer": "MNE", "year": 2024}
    assert read(solved, "figaro.sales", **at).value == 6.75
    assert read(solved, "figaro.sales", **at, part="final").value == 3.75
    assert read(solved, "figaro.sales", **at, sector="A01").value == 6.75


def test_figures_of_panels(solved: Outcome) -> None:
    exports = read(solved, "worldbank.value", series="TX.VAL.MRCH.CD.WT", country="BRA", year=2022)
    assert (exports.value, exports.unit) == (334_136_000_000, "USD")
    assert exports.evidence[0].date == "2024-11-13"  # its vintage
    dollar = read(solved, "cofer.share", currency="USD", year=2025)
    assert dollar.value == pytest.approx(56.77, abs=0.005)  # the end of the year, if no quarter
    assert read(solved, "cofer.share", currency="USD", year=2026, month=3).value > 57
    with pytest.raises(DataMissing):
        read(solved, "cofer.share", currency="USD", year=2026)
    assert read(solved, "swift.share", currency="CNY", year=2025, month=6).value == 2.9
    assert read(solved, "swift.rank", currency="CNY", year=2025, month=5).value == 6
    assert read(solved, "sipri.spending", country="SUN", year=1990).value == 800
    assert read(solved, "sipri.burden", country="RUS", year=2000).value == pytest.approx(3.42)
    with pytest.raises(DataMissing):
        read(solved, "sipri.spending", country="RUS", year=1991)


def test_what_was_not_public_is_not_read(world: World) -> None:
    then = world.as_of("2023-06-30")
    solved = engine.solve(engine.prepare(then, BASELINE), {})
    assert solved.read("baci.value", {"exporter": "WLD", "importer": "FRA", "year": 1998}).value
    with pytest.raises(DataMissing):
        solved.read("baci.value", {"exporter": "RUS", "importer": "CHN", "year": 2022})
