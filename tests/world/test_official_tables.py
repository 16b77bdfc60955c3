"""The World Bank's, the IMF's, SWIFT's and SIPRI's figures in the layouts of their files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from multipolar.cli import main
from multipolar.errors import DataError
from multipolar.world import World, small_file, store
from multipolar.world.figaro_file import read_figaro
from multipolar.world.own_entry import Official
from multipolar.world.reserves_file import read_cofer, read_swift
from multipolar.world.sipri_file import read_arms, read_milex
from multipolar.world.worldbank_file import read_worldbank
from official_files import (
    ARMS,
    COFER_API,
    COFER_OLD,
    COFER_TABLE,
    FIGARO,
    FIGARO_MATRIX,
    SWIFT,
    WORLDBANK,
    figaro,
    milex,
    workbook,
    worldbank,
    zipped,
)

STATES = {
    "Russia": "RUS", "Yemen": "YEM", "Poland": "POL", "United States": "USA", "Albania": "ALB",
    "Thailand": "THA", "Ukraine": "UKR",
}  # fmt: skip
ISO2 = {"IT": "ITA", "ME": "MNE", "GR": "GRC"}
COUNTRIES = {"BRA", "XKX", "WLD"}


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    def put(held: str | bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(held.encode() if isinstance(held, str) else held)
        return path

    return put


def bank(path: Path, **more: object) -> Official:
    return read_worldbank(path, countries=COUNTRIES, **more)  # type: ignore[arg-type]


# The World Bank ---------------------------------------------------------------------------------


def test_indicators_of_the_world_bank(put: Callable[..., Path]) -> None:
    found = bank(put(worldbank(), "API.zip"))
    values = found.table.set_index(["country", "year"])["value"]
    assert values["BRA", 2022] == 334_136_000_000 and values["XKX", 2022] == 5.5e8
    assert ("XKX", 2021) not in values  # an empty cell is no zero
    assert len(values) == 6 and found.left_out == ("1 groups of countries left out",)
    row = found.table.iloc[0]
    assert (row["indicator"], row["unit"], row["vintage"]) == (
        "TX.VAL.MRCH.CD.WT", "USD", "2024-11-13",
    )  # fmt: skip
    assert bank(put(WORLDBANK)).table.equals(found.table)  # the file alone


def test_one_indicator_is_of_one_vintage(put: Callable[..., Path]) -> None:
    first = bank(put(WORLDBANK)).table
    more = WORLDBANK.replace("TX.VAL.MRCH.CD.WT", "SP.POP.TOTL").replace("2024-11-13", "2025-07-01")
    both = bank(put(more), before=first).table
    assert set(both["indicator"]) == {"TX.VAL.MRCH.CD.WT", "SP.POP.TOTL"} and len(both) == 12
    lines = WORLDBANK.splitlines(keepends=True)
    newer = "".join(lines[:6]).replace("2024-11-13", "2025-07-01").replace("339696", "339697")
    third = bank(put(newer), before=both)
    again = third.table[third.table["indicator"] == "TX.VAL.MRCH.CD.WT"]
    assert set(again["country"]) == {"BRA"} and set(again["vintage"]) == {"2025-07-01"}
    assert again["value"].max() == 339_697_000_000
    assert third.left_out == ("2 figures of another vintage of the same indicators dropped",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Last Updated Date", "Updated", "does not say when"),
        ("Country Code", "Code", "no line with the heads"),
        ('"334136000000"', '"n/a"', "no number"),
        ('"XKX"', '"BRA"', "two lines of TX.VAL.MRCH.CD.WT for BRA"),
        ('"XKX"', '"<b>"', "no code of a country"),
        ('"2021"', '"2020"', "a year has two columns"),
    ],
)
def test_a_wrong_file_of_the_world_bank(
    put: Callable[..., Path], old: str, new: str, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        bank(put(WORLDBANK.replace(old, new)))


# Reserves and payments --------------------------------------------------------------------------


def test_both_layouts_of_cofer_say_the_same(put: Callable[..., Path]) -> None:
    api, table = read_cofer(put(COFER_API)).table, read_cofer(put(COFER_TABLE)).table
    assert api.equals(table)
    shares = api.set_index(["currency", "period"])["share"]
    assert shares["USD", "2025-Q4"] == pytest.approx(56.77, abs=0.005)  # as the IMF announced it
    assert shares["USD", "2026-Q1"] == pytest.approx(57.13, abs=0.005)
    assert set(shares.index) == {("USD", "2025-Q4"), ("USD", "2026-Q1"), ("EUR", "2025-Q4")}
    assert set(api["known"]) == {"2026-04-01", "2026-06-30"}


def test_cofer_as_the_portal_gave_it_before_2025(put: Callable[..., Path]) -> None:
    found = read_cofer(put(COFER_OLD, "COFER_07-01-2023_timeSeries.csv")).table
    shares = found.set_index(["currency", "period"])["share"]
    assert shares["CNY", "2023-Q1"] == pytest.approx(2.58, abs=0.005)  # as the IMF announced it
    assert shares["USD", "2022-Q4"] == 58.52
    assert set(found["currency"]) == {"CNY", "EUR", "USD"} and len(found) == 7
    for old, new, said in (
        ("RAXGFXAREURORT_PT", "RAXGFXARUSDRT_PT", "two shares of USD"),
        ('"001"', '"999"', "no share of a currency"),
        ("58.52", "much", "no number"),
        ("58.52", "98.52", "add up to"),
    ):
        with pytest.raises(DataError, match=said):
            read_cofer(put(COFER_OLD.replace(old, new)))


def test_a_wrong_cofer(put: Callable[..., Path]) -> None:
    for old, new, said in (
        ("20.25", "120", "not from 0 to 100"),
        ("20.25", "50", "add up to 106.8%"),
        ("CI_EUR", "CI_USD", "two shares of USD in 2025-Q4"),
        ("SHRO_PT", "NV_USD", "no share of a currency"),
        ("20.25", "much", "no number"),
    ):
        with pytest.raises(DataError, match=said):
            read_cofer(put(COFER_API.replace(old, new)))


def test_swift_as_typed(put: Callable[..., Path]) -> None:
    found = read_swift(put(SWIFT))
    table = found.table.set_index(["currency", "period"])
    assert table.loc[("CNY", "2025-05"), "share"] == 2.9
    assert table.loc[("CNY", "2025-05"), "rank"] == 6
    assert table["rank"].isna().sum() == 1 and found.entry["grade"] == "report"
    for old, new, said in (
        ("2025-06", "June", "no month"),
        ("CNY", "yuan", "no code of a currency"),
        ("2.9,6", "2.9,0", "no whole number"),
        ("2.9,6", "-2.9,6", "not from 0 to 100"),
        ("2025-06", "2025-05", "two shares of CNY"),
    ):
        with pytest.raises(DataError, match=said):
            read_swift(put(SWIFT.replace(old, new)))


# SIPRI ------------------------------------------------------------------------------------------


def test_military_spending(put: Callable[..., Path]) -> None:
    found = read_milex(put(milex(), "SIPRI.xlsx"), code=STATES.get)
    table = found.table.set_index(["country", "year"])
    assert table.loc[("RUS", 2000), "current"] == 150.5
    assert table.loc[("RUS", 2000), "gdp_share"] == pytest.approx(3.42)
    assert table.loc[("SUN", 1990), "current"] == 800
    assert table.loc[("YEM", 1990), "current"] == 31 and table.loc[("YEM", 1991), "current"] == 40
    assert ("RUS", 1991) not in table.index  # not known, and not zero
    assert "EUU" not in found.table["country"].values
    assert found.left_out == ("European Union left out, which is no state",)
    assert "prices of 2023" in found.entry["version"]


def test_a_wrong_workbook(put: Callable[..., Path]) -> None:
    for line, said in (
        (["Ruritania", "", 1, 1, 1, 1], "'Ruritania' is no state"),
        (["Russia", "", 1, 1, 1, "much"], "no number"),
        (["Russia", "", 1, 1, 1, -1.5], "below zero"),
    ):
        with pytest.raises(DataError, match=said):
            read_milex(put(milex(current=[line]), "a.xlsx"), code=STATES.get)
    with pytest.raises(DataError, match=r"has no sheet Current US\$"):
        read_milex(put(workbook({"A": [["x"]]}), "a.xlsx"), code=STATES.get)
    with pytest.raises(DataError, match="not a workbook"):
        read_milex(put("a,b"), code=STATES.get)
    with pytest.raises(DataError, match="not a whole workbook"):
        read_milex(put(zipped({"a.txt": "x"}), "a.xlsx"), code=STATES.get)


def test_a_workbook_that_declares_names_is_not_unfolded(put: Callable[..., Path]) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "cccccccccc">]><workbook>&b;</workbook>'
    with pytest.raises(DataError, match="declares names of its own"):
        small_file.sheets_of(put(zipped({"xl/workbook.xml": bomb}), "a.xlsx"))


def test_arms_are_spread_over_the_years_of_delivery(put: Callable[..., Path]) -> None:
    found = read_arms(put(ARMS), code=STATES.get)
    table = found.table.set_index(["supplier", "recipient", "year"])["tiv"]
    assert table.to_dict() == {
        ("SUN", "POL", 1971): 10.0,
        ("SUN", "POL", 1973): 10.0,
        ("USA", "POL", 2022): pytest.approx(4 + 1 / 3),
        ("USA", "POL", 2023): pytest.approx(1 / 3),
        ("USA", "POL", 2024): pytest.approx(1 / 3),
        # its volume stands on a line of its own, cut off by a break in the comment
        ("UKR", "THA", 2010): 1.625,
        ("UKR", "THA", 2012): 1.625,
        ("ROW", "ROW", 2016): 0.5,
    }
    assert table.sum() == pytest.approx(20 + 4 + 1 + 3.25 + 0.5)  # nothing is lost or doubled
    assert found.left_out[0] == "1 deals left out, of which nothing was delivered"


def test_a_wrong_register(put: Callable[..., Path]) -> None:
    for old, new, said in (
        ("1971; 1973", "soon", "no list of years"),
        ("2,20,20", "2,20,lots", "no number"),
        ("0.03,0,0", "0.03,0,7", "a volume and no year"),
        (",0.25,3.5,3.25", ",0.25,3.5,", "is damaged"),
        ("Recipient", "Buyer", "no line with the heads"),
    ):
        with pytest.raises(DataError, match=said):
            read_arms(put(ARMS.replace(old, new)), code=STATES.get)


# FIGARO -----------------------------------------------------------------------------------------


def test_who_sells_whom_by_industry(put: Callable[..., Path]) -> None:
    found = read_figaro(put(figaro(), "f.zip"), codes=ISO2)
    values = found.table.set_index(["exporter", "importer", "sector", "part"])["value"]
    assert values.to_dict() == {
        ("ITA", "ITA", "A01", "intermediate"): 120.5,
        ("ITA", "MNE", "A01", "intermediate"): 3.0,
        ("ITA", "MNE", "A01", "final"): 3.75,  # inventories that are drawn down are below zero
        ("MNE", "ITA", "A01", "intermediate"): 7.0,
        ("ROW", "MNE", "C10T12", "final"): 9.0,
    }  # value added is no sale
    assert found.entry["name"] == "figaro_2024" and "edition of 2026" in found.entry["version"]


def test_figaro_as_a_matrix_says_the_same(put: Callable[..., Path]) -> None:
    matrix = put(FIGARO_MATRIX, "matrix_eu-ic-io_ind-by-ind_26ed_2024.csv")
    found, flat = (read_figaro(f, codes=ISO2) for f in (matrix, put(figaro(), "f.zip")))
    text = dict.fromkeys(("exporter", "importer", "sector", "part"), str)
    assert found.table.astype(text).equals(flat.table.astype(text))
    assert found.entry["name"] == "figaro_2024"
    for old, new, said in (
        ("ME_A01,7", "IT_A01,7", "stands twice"),
        ("ME_A01,7", "ME_P51G,7", "sells a final use"),
        ("ME_A01,7", "XX_A01,7", "'XX' is no area"),
        ("ME_A01,7", "ME_A01,", "no number"),
        ("ME_P5M", "ME_A01", "two columns are named"),
    ):
        text_ = FIGARO_MATRIX.replace(old, new)
        with pytest.raises(DataError, match=said):
            read_figaro(put(text_, "matrix_eu-ic-io_ind-by-ind_26ed_2024.csv"), codes=ISO2)


def test_a_wrong_figaro(put: Callable[..., Path]) -> None:
    for old, new, said in (
        (",ME,A01,IT,", ",XX,A01,IT,", "'XX' is no area"),
        ("IT,A01,IT,C10T12,20", "IT,A01,IT,A01,20", "stands twice"),
        ("100.5", "lots", "no number"),
        ("100.5", "", "no number"),
        ("IT,A01,ME,P51G", "IT,P51G,ME,P51G", "sells a final use"),
        ("obsValue", "value", "needs the column obsvalue"),
    ):
        with pytest.raises(DataError, match=said):
            read_figaro(put(figaro(FIGARO.replace(old, new)), "f.zip"), codes=ISO2)
    with pytest.raises(DataError, match="does not say edition and year"):
        read_figaro(put(FIGARO), codes=ISO2)


# The command ------------------------------------------------------------------------------------


def test_each_is_added_and_read_again(
    put: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "mine"))
    files = {
        "worldbank": put(worldbank(), "API.zip"),
        "cofer": put(COFER_TABLE, "cofer.csv"),
        "swift": put(SWIFT, "swift.csv"),
        "milex": put(milex(), "SIPRI.xlsx"),
        "arms": put(ARMS, "trade-register.csv"),
        "figaro": put(figaro(), "flat.zip"),
    }
    for kind, path in files.items():
        assert main(["data", "add", kind, str(path)]) == 0
        assert main(["data", "add", kind, str(path)]) == 0  # once more changes nothing
    world = World.load()
    names = {"worldbank", "cofer", "swift_payments", "sipri_milex", "sipri_arms", "figaro_2024"}
    assert set(world.added) == names
    for name in names:
        assert len(world.table(name)), name
        assert main(["data", "show", name]) == 0
    then = world.as_of("2024-03-31")
    arms = then.table("sipri_arms")
    assert arms["year"].max() == 2023  # deliveries of 2024 came out in March 2025
    assert "cofer" not in then.names
    capsys.readouterr()
    assert main(["data", "add", "milex", str(files["arms"])]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
