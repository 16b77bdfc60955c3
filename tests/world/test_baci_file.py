"""BACI in the layout of the CEPII's archive."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import multipolar.world.baci_file as baci_file
from multipolar.cli import main
from multipolar.errors import DataError
from multipolar.world import World, store
from multipolar.world.baci_file import read_baci, years_of
from official_files import BACI_1998, BACI_2022, BACI_COUNTRIES, baci, zipped


def archive(folder: Path, **changed: str) -> Path:
    path = folder / "BACI_HS92_V202601.zip"
    path.write_bytes(baci(**changed))
    return path


def rows(path: Path, year: int) -> dict[tuple[str, str, str], tuple[float, float, float]]:
    table = read_baci(path, year).table
    return {
        (r.exporter, r.importer, r.hs2): (r.value, r.quantity, r.unquantified)
        for r in table.itertuples()
    }


def test_flows_add_up_by_chapter_in_dollars(tmp_path: Path) -> None:
    found = rows(archive(tmp_path), 2022)
    # 1,000 and 500 thousand dollars of chapter 27, of which the gas has no quantity
    assert found["RUS", "CHN", "27"] == (1_500_000.0, 2000.0, 500_000.0)
    assert found["RUS", "IND", "27"] == (250_500.0, 400.0, 0.0)
    assert found["CHN", "IND", "84"] == (pytest.approx(23_685_927), 8047.4, 0.0)
    assert found["USA", "CHN", "01"] == (412.0, 0.002, 0.0)
    assert len(found) == 4  # a pair without a line has no row: it is not zero


def test_states_and_unions_that_are_gone_keep_their_codes(tmp_path: Path) -> None:
    found = read_baci(archive(tmp_path), 1998)
    pairs = set(zip(found.table["exporter"], found.table["importer"], strict=True))
    # Belgium with Luxembourg is not Belgium, the southern African union not South Africa
    assert pairs == {("BLX", "FRA"), ("CIV", "ZA1"), ("TWN", "SCG")}
    assert found.names["ZA1"] == "Southern African Customs Union (...1999)"
    assert found.names["CIV"] == "Côte d'Ivoire"
    known = rows(archive(tmp_path), 1998)
    assert known["BLX", "FRA", "01"] == (1250.0, 0.5, 0.0)
    value, quantity, without = known["BLX", "FRA", "84"]
    assert (value, without) == (12_000.0, 12_000.0) and math.isnan(quantity)


def test_the_list_of_an_older_release(tmp_path: Path) -> None:
    older = (
        "country_code,country_name_abbreviation,country_name_full,iso_2digit_alpha,"
        "iso_3digit_alpha\n"
        "58,Belgium-Luxembourg (...1998),Belgium-Luxembourg (...1998),BE,BEL\n"
        "251,France,France,FR,FRA\n384,Cote d'Ivoire,Cote d'Ivoire,CI,CIV\n"
        '490,"Other Asia, nes","Other Asia, not elsewhere specified",,\n'
        "711,So. African Customs Union,Southern African Customs Union (...1999),ZA,ZA1\n"
        "891,Serbia and Montenegro,Serbia and Montenegro (...2005),CS,SCG\n"
    )
    path = archive(tmp_path, countries=older)
    assert len(rows(path, 1998)) == 4


def test_batches_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # many products of few pairs, in no order, so that parts are added up on the way
    lines = [
        f"1998,{i},{j},{k:06},{k % 7 + 1}.5,{k % 5}"
        for k in range(10_000, 270_000, 997)
        for i in (56, 156, 251)
        for j in (842, 699)
        if k // 10_000 != 77
    ]
    text = "t,i,j,k,v,q\n" + "\n".join(lines[::-1]) + "\n"
    path = archive(tmp_path, y1998=text)
    whole = read_baci(path, 1998)
    monkeypatch.setattr("multipolar.world.text_file._BLOCK", 4000)
    monkeypatch.setattr(baci_file, "_PENDING", 50)
    parts = read_baci(path, 1998)
    assert parts.table.equals(whole.table) and parts.lines == len(lines)
    by_hand = sum(1000 * float(line.split(",")[4]) for line in lines)
    assert whole.table["value"].sum() == by_hand


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"y1998": BACI_1998.replace("1998,58,251,8", "1999,58,251,8")}, "of '1999', not of 1998"),
        ({"y1998": BACI_1998.replace("58,251,847130", "999,251,847130")}, "'999' is not in its"),
        ({"y1998": BACI_1998.replace("847130", "771234")}, "'771234' is no product"),
        ({"y1998": BACI_1998.replace("12.000", "-12.000")}, "column v has a number below zero"),
        ({"y1998": BACI_1998.replace("12.000", "twelve")}, "column v has a cell that is no"),
        ({"y1998": BACI_1998.replace("12.000", "")}, "a line has no value"),
        ({"y1998": BACI_1998 + BACI_1998.splitlines()[-1] + "\n"}, "two lines for one pair"),
        ({"y1998": BACI_1998.splitlines()[0] + "\n"}, "no lines"),
        ({"y1998": BACI_1998.replace("t,i,j,k", "t,i,j,l")}, "needs the column k"),
        ({"countries": BACI_COUNTRIES.replace("country_code,", "code,")}, "list of countries"),
    ],
)
def test_what_is_not_as_published_is_refused(
    tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    with pytest.raises(DataError, match=said) as refusal:
        read_baci(archive(tmp_path, **changed), 1998)
    assert "\n" not in str(refusal.value)


def test_other_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"BACI_HS92_Y2022_V202601.csv": BACI_2022}))
    with pytest.raises(DataError, match=r"no country_codes_V"):
        read_baci(path, 2022)
    with pytest.raises(DataError, match=r"no trade of 2020.*it has 2022"):
        read_baci(path, 2020)
    path.write_bytes(zipped({"a.csv": "a,b\n"}))
    with pytest.raises(DataError, match=r"no file BACI_HSrr"):
        years_of(path)
    path.write_text(BACI_2022, "utf-8")
    with pytest.raises(DataError, match="is not a zip archive"):
        years_of(path)


def test_the_command_adds_every_year_or_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "mine"))
    path = archive(tmp_path)
    assert main(["data", "add", "baci", str(path), "--year", "2022"]) == 0
    assert World.load().added == ("baci_2022",)
    assert main(["data", "add", "baci", str(path)]) == 0
    world = World.load()
    assert set(world.added) == {"baci_2022", "baci_1998"}
    info = world.info("baci_1998")
    assert (info.version, info.grade) == ("HS92, V202601", "official")
    assert "ZA1: Southern African Customs Union" in info.description
    assert world.table("baci_2022")["value"].sum() == pytest.approx(25_436_839)
    then = world.as_of("2023-12-31")  # the year 2022 came out in January 2024
    assert "baci_1998" in then.names and "baci_2022" not in then.names
    capsys.readouterr()
    assert main(["data", "add", "baci", str(path), "--year", "2001"]) == 2
    assert "no trade of 2001" in capsys.readouterr().err
