"""The official table: a small file in its layout, made from known arrays, and files that are not."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from multipolar.cli import main
from multipolar.errors import DataError
from multipolar.policy import SECTORS
from multipolar.world import World, icio_file, store
from multipolar.world.io_table import derive

COUNTRIES = ("CHN", "DEU", "ROW", "USA")  # as in the file
INDUSTRIES = ("A01", "B06", "C26", "G")
CATEGORIES = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")
CELLS = [f"{c}_{i}" for c in COUNTRIES for i in INDUSTRIES]
DEMAND = [f"{c}_{i}" for c in COUNTRIES for i in CATEGORIES]
N, K, C = len(COUNTRIES), len(INDUSTRIES), len(CATEGORIES)


def official(seed: int = 1) -> pd.DataFrame:
    """A table in the layout of the file; stocks run down in places, once below all other sales."""
    rng = np.random.default_rng(seed)
    uses = rng.lognormal(3, 1, (N * K, N * K))
    final = rng.lognormal(5, 1, (N * K, N, C))
    final[:, :, 4] *= rng.choice([-0.3, 0.5], (N * K, N))
    taken = final[CELLS.index("USA_B06"), COUNTRIES.index("DEU")]
    taken[4] = -50 - (taken.sum() - taken[4])
    frame = pd.DataFrame(0.0, [*CELLS, "TLS", "VA", "OUT"], [*CELLS, *DEMAND, "OUT"])
    frame.loc[CELLS, CELLS] = uses
    frame.loc[CELLS, DEMAND] = final.reshape(N * K, -1)
    return closed(frame)


def closed(frame: pd.DataFrame) -> pd.DataFrame:
    """Close the accounts: output from uses, value added from output."""
    cells = [c for c in frame.columns if c in frame.index and c != "OUT"]
    frame["OUT"] = frame.drop(columns="OUT").sum(axis=1)
    frame.loc["OUT", cells] = frame.loc[cells, "OUT"]
    added = frame.loc[cells, "OUT"] - frame.loc[cells, cells].sum()
    frame.loc["TLS", cells] = 0.1 * added
    frame.loc["TLS", [c for c in DEMAND if c in frame]] = 5.0
    frame.loc["VA", cells] = 0.9 * added
    frame.loc[["TLS", "VA", "OUT"], "OUT"] = 0.0
    return frame


def known(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arrays the file is made of, cell by cell, in the table's order."""
    order = [c for c in COUNTRIES if c != "ROW"] + ["ROW"]
    Z, F, G = np.zeros((K, N, N)), np.zeros((K, N, N)), np.zeros((N, K, K))
    for o, origin in enumerate(order):
        for k, made in enumerate(INDUSTRIES):
            row = frame.loc[f"{origin}_{made}"]
            for d, destination in enumerate(order):
                for j, using in enumerate(INDUSTRIES):
                    Z[k, o, d] += row[f"{destination}_{using}"]
                    G[d, k, j] += row[f"{destination}_{using}"]
                F[k, o, d] = max(sum(row[f"{destination}_{c}"] for c in CATEGORIES), 0)
    return Z, F, G


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "mine" / "tables"
    monkeypatch.setenv(store.VARIABLE, str(place))
    return place


@pytest.fixture
def frame() -> pd.DataFrame:
    return official()


@pytest.fixture
def file(tmp_path: Path, frame: pd.DataFrame) -> Path:
    return written(frame, tmp_path / "2022_SML.csv")


def written(frame: pd.DataFrame, path: Path, label: str = "V1") -> Path:
    frame.to_csv(path, index_label=label)
    return path


def add(path: Path, *more: str) -> int:
    return main(["data", "add", "icio", str(path), *more])


def refused(capsys: pytest.CaptureFixture[str], words: str, *argv: str) -> None:
    assert main(list(argv)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert words in err
    assert "Hint: " in err


def test_the_table_is_what_derive_gives_from_the_known_arrays(
    file: Path, frame: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(file) == 0
    out, err = capsys.readouterr()
    assert err == ""  # no progress bar where nobody looks
    assert "uses are within 0.1% of output in 16 of 16 industries, costs in 16" in out
    table = World.load().table("icio_2022")
    assert table["country"].values.tolist() == ["CHN", "DEU", "USA", "ROW"]
    assert table["sector"].values.tolist() == list(INDUSTRIES)
    Z, F, G = known(frame)
    assert F[INDUSTRIES.index("B06"), 2, 1] == 0  # what the United States took back from Germany
    for name, (dims, values) in derive(Z, F, G).items():
        assert table[name].dims == dims
        np.testing.assert_allclose(table[name].values, values, rtol=1e-12, atol=1e-9)
    np.testing.assert_array_equal(table["final_sales"].values > 0, F > 0)
    np.testing.assert_allclose(table["final_sales"].values, F, rtol=1e-12)


def test_the_table_has_the_files_own_accounts(file: Path, frame: pd.DataFrame) -> None:
    """Output is the file's but for what was set to zero; value added is VA and taxes on inputs."""
    add(file)
    table = World.load().table("icio_2022")
    more = known(frame)[1].sum() - frame.loc[CELLS, DEMAND].to_numpy().sum()
    assert more == pytest.approx(50)
    output = table["output"].sel(sector="G", country="DEU")
    assert float(output) == pytest.approx(frame.loc["DEU_G", "OUT"], rel=1e-12)
    assert float(table["output"].sum()) == pytest.approx(frame["OUT"].sum() + more, rel=1e-12)
    germany = [f"DEU_{i}" for i in INDUSTRIES]
    added = frame.loc[["VA", "TLS"], germany].to_numpy().sum()
    assert float(table["value_added"].sel(country="DEU")) == pytest.approx(added, rel=1e-12)
    share = f"{more / frame['OUT'].sum():.2%} of world output"
    assert share in World.load().info("icio_2022").description


def test_shares_sum_to_one_and_balances_close(file: Path) -> None:
    add(file)
    t: xr.Dataset = World.load().table("icio_2022")
    assert np.abs(t["trade_share"].sum("origin") - 1).max() < 1e-12
    assert np.abs(t["input_coefficient"].sum("input") - 1).max() < 1e-12
    assert np.abs(t["final_demand_share"].sum("sector") - 1).max() < 1e-12
    assert abs(float(t["balance"].sum())) < 1e-9 * float(t["value_added"].sum())
    b, Y = t["value_added_share"].values, t["output"].values
    spending = np.einsum("dkj,jd->kd", t["input_coefficient"].values, (1 - b) * Y)
    spending += t["final_demand_share"].values * t["final_spending"].values
    np.testing.assert_allclose(spending, t["spending"].values, rtol=1e-12)
    sold = np.einsum("kod,kd->ko", t["trade_share"].values, t["spending"].values)
    np.testing.assert_allclose(sold, Y, rtol=1e-12)


@pytest.mark.parametrize("label", ["V1", "v1", "", "Country_Industry"])
def test_the_first_header_may_be_any(frame: pd.DataFrame, tmp_path: Path, label: str) -> None:
    add(written(frame, tmp_path / "2022_SML.csv"))
    plain = World.load().info("icio_2022").sha256
    other = written(frame, tmp_path / "2022_sml.CSV", label)
    text = other.read_text("utf-8").replace("_a01", "_A01").replace("\n", "\r\n")
    other.write_bytes(b"\xef\xbb\xbf" + text.encode())
    add(other)
    assert World.load().info("icio_2022").sha256 == plain


def test_rows_and_columns_may_stand_in_any_order(frame: pd.DataFrame, tmp_path: Path) -> None:
    add(written(frame, tmp_path / "2022_SML.csv"))
    add(
        written(
            frame.sample(frac=1, random_state=1).sample(frac=1, axis=1, random_state=2),
            tmp_path / "2021_SML.csv",
        )
    )
    world = World.load()
    one, other = world.table("icio_2022"), world.table("icio_2021")
    assert other["sector"].values.tolist() == list(INDUSTRIES)
    assert other["country"].values[-1] == "ROW"
    xr.testing.assert_allclose(one, other.reindex_like(one), rtol=1e-12)


def test_a_file_read_in_many_blocks_is_the_same(
    file: Path, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(icio_file, "_BLOCK", 2000)  # a line has about 800 bytes
    found = icio_file.read_icio(file, industries=SECTORS)
    Z, F, G = known(frame)
    np.testing.assert_allclose(found.intermediate_sales, Z, rtol=1e-12)
    np.testing.assert_allclose(found.final_sales, F, rtol=1e-12)
    np.testing.assert_allclose(found.inputs, G, rtol=1e-12)


def test_an_archive_with_several_years(
    frame: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "2021-2022_SML.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for year, seed in (("2021", 7), ("2022", 1)):
            path = written(official(seed), tmp_path / f"{year}_SML.csv")
            packed.write(path, f"tables/{path.name}")
        packed.writestr("ReadMe.txt", "")
    refused(
        capsys, "several tables: 2021_SML.csv, 2022_SML.csv", "data", "add", "icio", str(archive)
    )
    refused(capsys, "no table of 2019", "data", "add", "icio", str(archive), "--year", "2019")
    assert add(archive, "--year", "2022") == 0
    assert World.load().added == ("icio_2022",)
    packed_one = World.load().info("icio_2022").sha256
    add(written(frame, tmp_path / "2022_SML.csv"))
    assert World.load().info("icio_2022").sha256 == packed_one


def test_another_year_of_the_same_release(tmp_path: Path) -> None:
    # the release of 2025 is cut into archives of five to seven years, of the same industries
    archive = tmp_path / "1995-2000_SML.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for year, seed in (("1995", 7), ("2000", 1)):
            path = written(official(seed), tmp_path / f"{year}_SML.csv")
            packed.write(path, path.name)
    assert add(archive, "--year", "1995") == 0
    assert add(archive, "--year", "2000") == 0
    world = World.load()
    assert set(world.added) == {"icio_1995", "icio_2000"}
    first, last = (world.table(n)["output"].sum().item() for n in ("icio_1995", "icio_2000"))
    assert first != last and first > 0
    then = world.as_of("2000-06-30")  # editions end three years before they come out
    assert "icio_1995" in then.names and "icio_2000" not in then.names


def test_the_year_is_the_file_names_or_the_one_given(
    frame: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = written(frame, tmp_path / "icio.csv")
    refused(capsys, "which year", "data", "add", "icio", str(plain))
    assert add(plain, "--year", "2019") == 0
    assert World.load().added == ("icio_2019",)


def test_the_table_is_listed_shown_hashed_and_used(
    file: Path,
    frame: pd.DataFrame,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from multipolar.engines.trade.data import read_table

    shipped = World.load()
    assert shipped.added == ()
    add(file)
    world = World.load()
    assert world.added == ("icio_2022",)
    assert set(world.names) == {*shipped.names, "icio_2022"}
    assert world.sha256 != shipped.sha256
    row = world.provenance.set_index("table").loc["icio_2022"]
    assert row["licence"] == "OECD terms and conditions"
    assert row["url"].startswith("https://www.oecd.org/")
    assert "2022_SML.csv" in row["source"]
    table = world.table("icio_2022")
    dictionary = {f.name for f in world.info("icio_2022").fields}
    assert dictionary >= set(table.data_vars)
    assert read_table(world).name == "icio_2022"
    capsys.readouterr()
    assert main(["data", "list"]) == 0
    assert f"yours, in {folder}: icio_2022" in capsys.readouterr().out
    assert main(["data", "show", "icio_2022"]) == 0
    shown = capsys.readouterr().out
    assert "nothing is reconstructed" in shown
    assert "lacks A02, A03" in shown
    alone = World.load(Path(icio_file.__file__).parent / "data")
    assert alone.names == shipped.names
    assert alone.sha256 == shipped.sha256


def test_a_second_add_replaces_and_says_so(
    file: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(file)
    first = World.load()
    capsys.readouterr()
    assert add(written(official(2), tmp_path / "2022_SML.csv")) == 0
    assert "it replaces the icio_2022 added on 20" in capsys.readouterr().out
    assert World.load().sha256 != first.sha256
    assert sorted(p.suffix for p in folder.iterdir()) == [".json", ".npz"]
    World.load().table("icio_2022")


def test_remove_takes_out_ones_own_tables_only(
    file: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = World.load().sha256
    refused(capsys, "no table 'icio_2022'", "data", "remove", "icio_2022")
    add(file)
    capsys.readouterr()
    refused(capsys, "use one of icio_2022", "data", "remove", "io_2022")
    assert main(["data", "remove", "icio_2022"]) == 0
    assert World.load().sha256 == shipped
    assert [p.name for p in folder.iterdir()] == ["datapackage.json"]


def test_industries_without_value_added_keep_some(tmp_path: Path, frame: pd.DataFrame) -> None:
    """Subsidies can leave an industry nothing: its purchases are cut, and the table says so."""
    frame.loc[[c for c in CELLS if c != "DEU_C26"], "DEU_C26"] *= 40
    frame = closed(frame)
    assert frame.loc["VA", "DEU_C26"] < 0
    add(written(frame, tmp_path / "2022_SML.csv"))
    world = World.load()
    share = world.table("icio_2022")["value_added_share"]
    assert float(share.min()) >= 0.99 * icio_file.LEAST_ADDED
    assert "(1 of 16 industries)" in world.info("icio_2022").description
    others = share.where(share > 0.03)
    assert int(others.count()) == share.size - 1


Break = Callable[[pd.DataFrame], pd.DataFrame]
BREAKS: dict[str, tuple[Break, str]] = {
    "no value added": (lambda f: f.drop("VA"), "1 row is missing, VA the first"),
    "no last rows": (lambda f: f.iloc[:-5], "5 rows are missing, USA_C26 the first"),
    "a row label of nobody": (lambda f: f.rename(index={"USA_G": "USA_G9"}), "row label 'USA_G9'"),
    "a row twice": (lambda f: f.rename(index={"USA_G": "USA_C26"}), "two rows are named 'USA_C26'"),
    "accounts twice": (lambda f: f.rename(index={"VA": "TLS"}), "two rows are named 'TLS'"),
    "no output column": (lambda f: f.drop(columns="OUT"), "no column OUT"),
    "a column missing": (lambda f: f.drop(columns="USA_G"), "1 column is missing, USA_G the first"),
    "a category missing": (lambda f: f.drop(columns="USA_DPABR"), "missing, USA_DPABR the first"),
    "a column twice": (lambda f: f.rename(columns={"USA_G": "USA_C26"}), "named 'USA_C26'"),
    "a column of nobody": (
        lambda f: f.rename(columns={"USA_HFCE": "USA HFCE"}),
        "column 'USA HFCE' is neither",
    ),
    "no final demand": (lambda f: f.drop(columns=DEMAND), "no columns of final demand"),
    "no rest of the world": (
        lambda f: f.rename(
            columns=lambda c: c.replace("ROW", "RUS"), index=lambda c: c.replace("ROW", "RUS")
        ),
        "no columns of the rest of the world",
    ),
    "China in parts": (
        lambda f: f.rename(
            columns=lambda c: c.replace("CHN_", "CN1_"), index=lambda c: c.replace("CHN_", "CN1_")
        ),
        "the extended table",
    ),
    "an older release": (
        lambda f: f.rename(
            columns=lambda c: c.replace("A01", "A01_02"), index=lambda c: c.replace("A01", "A01_02")
        ),
        "(A01_02), so it is of an older release",
    ),
    "rows that do not add up": (
        lambda f: f.assign(OUT=1.01 * f["OUT"]),
        "uses and output of 16 of 16",
    ),
    "columns that do not add up": (
        lambda f: f.mul(np.where(f.index == "VA", 2, 1), axis=0),
        "costs and output of 16",
    ),
    "one wrong row": (
        lambda f: f.assign(OUT=f["OUT"].where(f.index != "DEU_G", 2 * f["OUT"])),
        "of 1 of 16 industries differ by more than 0.1%, DEU_G the most",
    ),
    "much below zero": (
        lambda f: closed(f.mul(np.where(f.columns.str.endswith("GFCF"), -1.5, 1))),
        "sales below zero worth",
    ),
    "transposed": (lambda f: f.T, "is neither COUNTRY_INDUSTRY"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_file_that_is_not_the_table_is_refused(
    name: str, frame: pd.DataFrame, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, words = BREAKS[name]
    path = written(change(frame), tmp_path / "2022_SML.csv")
    refused(capsys, words, "data", "add", "icio", str(path))
    assert not folder.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a CSV with a table"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe", "not a CSV with a table"),
        (b"<!doctype html><title>Sign in</title>\n", "not a CSV with a table"),
        (b"V1;AGO_A01;AGO_HFCE;OUT\nAGO_A01;1;2;3\n", "not a CSV with a table"),
        (b"year,exporter,importer,value,OUT\n2022,a,b,1,2\n", "column 'EXPORTER' is neither"),
        (b"PK\x03\x04 cut short", "the archive cannot be read"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    content: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "2022_SML.csv"
    path.write_bytes(content)
    refused(capsys, words, "data", "add", "icio", str(path))


@pytest.mark.parametrize("part", [0.15, 0.4, 0.7, 0.999])
def test_a_file_cut_short_is_refused(
    part: float, file: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(part * len(content))])
    refused(capsys, "cut short", "data", "add", "icio", str(file))
    assert not folder.exists()


@pytest.mark.parametrize(
    ("cell", "words"), [("n.a", "not a number: 'n.a'"), ("inf", "not a finite number")]
)
def test_a_cell_that_is_not_a_number_is_named(
    cell: str, words: str, frame: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = frame.astype(object)
    frame.loc["DEU_G", "USA_A01"] = cell
    path = written(frame, tmp_path / "2022_SML.csv")
    refused(capsys, words, "data", "add", "icio", str(path))


def test_a_damaged_archive_is_refused(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "2022_SML.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(file, file.name)
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 0x01
    archive.write_bytes(content)
    assert add(archive) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("notes.txt", "")
    refused(capsys, "has no CSV", "data", "add", "icio", str(archive))
    refused(capsys, "is a folder", "data", "add", "icio", str(tmp_path))
    refused(capsys, "no such file", "data", "add", "icio", str(tmp_path / "2022_nowhere.csv"))


def test_a_folder_that_cannot_be_written_to(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(store.VARIABLE, str(file / "inside"))
    refused(capsys, "a part of the path is no folder", "data", "list")
    monkeypatch.setattr(store, "read_package", lambda folder: None)
    refused(capsys, "cannot write (not a folder)", "data", "add", "icio", str(file))


def test_a_write_that_fails_leaves_the_old_table(
    file: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(file)
    before = World.load().sha256
    move = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == store.PACKAGE:
            raise OSError(28, "No space left on device")
        return move(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DataError, match="the disk is full"):
        icio_file.add_icio(
            written(official(2), tmp_path / "2022_SML.csv"), industries=SECTORS, fields=()
        )
    assert World.load().sha256 == before
    World.load().table("icio_2022")
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "your data package cannot be read"),
        ("[]", "your data package cannot be read"),
        ("{}", "your data package cannot be read"),
        ('{"resources": [{"name": "a"}]}', "your data package cannot be read"),
        ('{"resources": [{"name": "a", "path": "../a.npz"}]}', "outside of the folder"),
        ('{"resources": [{"name": "a", "path": "a.npz"}]}', "the entry of table 'a'"),
        ('{"resources": [{"name": "facts", "path": "a.npz"}]}', "'facts' is one of the shipped"),
    ],
)
def test_a_broken_folder_is_one_clear_line(
    text: str, words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.mkdir(parents=True)
    (folder / store.PACKAGE).write_text(text, "utf-8")
    for argv in (["data", "list"], ["data", "show", "facts"], ["metrics"]):
        refused(capsys, words, *argv)
    if "'" in words:  # the hint says how to get out of it
        name = json.loads(text)["resources"][0]["name"]
        assert main(["data", "remove", name]) == 0
        assert main(["data", "list"]) == 0


def test_a_damaged_table_is_refused_and_the_others_are_read(
    file: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(file)
    capsys.readouterr()
    next(folder.glob("*.npz")).write_bytes(b"")
    refused(capsys, "hash differs", "data", "show", "icio_2022")
    assert main(["data", "show", "facts"]) == 0
    capsys.readouterr()
    next(folder.glob("*.npz")).unlink()
    refused(capsys, "multipolar data add", "data", "show", "icio_2022")


def test_where_tables_go_without_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, ""):
        monkeypatch.delenv(store.VARIABLE, raising=False)
        if value is not None:
            monkeypatch.setenv(store.VARIABLE, value)
        assert store.user_folder().is_absolute()
        assert "multipolar" in store.user_folder().parts
    assert os.environ[store.VARIABLE] == ""
