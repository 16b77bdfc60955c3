from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import validation
from multipolar.errors import DataError
from multipolar.world import World

DATA = Path(__file__).parents[2] / "src" / "multipolar" / "world" / "data"
TRUTH = validation.DATA / "trade" / "icio2022_81x50.npz"


@pytest.fixture(scope="module")
def world() -> World:
    return World.load()


@pytest.fixture(scope="module")
def io(world: World) -> xr.Dataset:
    return world.table("io_2022")


def test_every_table_is_what_its_dictionary_says(world: World) -> None:
    kinds = {"integer": "iu", "number": "f", "boolean": "b", "string": "OUT", "array": "O"}
    for name in world.names:
        info, table = world.info(name), world.table(name)
        assert info.source
        assert info.licence
        assert info.description
        if isinstance(table, xr.Dataset):
            derived = [f for f in info.fields if f.name in table]
            assert {f.name for f in derived} >= set(table.data_vars)
            for f in derived:
                assert table[f.name].dims == f.dims
            continue
        assert list(table.columns) == [f.name for f in info.fields]
        for f in info.fields:
            assert table[f.name].dtype.kind in kinds[f.type] or f.type == "string", (name, f.name)


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("countries", ["iso3"]),
        ("coalitions", ["coalition", "country", "since"]),
        ("un_votes", ["resolution", "country"]),
        ("facts", ["series", "entity", "date", "source"]),
        ("macro_2022", ["country"]),
        ("energy_trade", ["year", "exporter", "importer", "commodity"]),
        ("minerals_trade", ["year", "exporter", "importer", "commodity"]),
        ("production", ["commodity", "country", "year"]),
        ("governance", ["country", "year"]),
        ("population", ["country", "year"]),
    ],
)
def test_keys_are_unique(world: World, table: str, keys: list[str]) -> None:
    assert not world.table(table).duplicated(keys).any()


def test_a_trade_row_is_empty_exactly_where_its_flag_says(world: World) -> None:
    for name in ("energy_trade", "minerals_trade"):
        trade = world.table(name)
        missing = trade["quality"] == "missing_partner"
        assert (trade["value_usd"].isna() == missing).all()
        assert (trade["value_usd"].dropna() > 0).all()
        unweighed = trade["quantity_t"].isna()
        assert unweighed[missing | (trade["quality"] == "no_quantity")].all()
        assert not unweighed[trade["quality"].isin(["ok", "imputed"])].any()
    gas = world.table("energy_trade").query("exporter == 'RUS' and commodity == 'pipeline_gas'")
    share = gas[gas["quality"] == "imputed"].groupby("year")["quantity_t"].sum()
    share = (100 * share / gas.groupby("year")["quantity_t"].sum()).round()
    assert share.loc[2020:2024].tolist() == [5, 9, 37, 37, 46]


def test_political_stability_is_the_standard_normal_index(world: World) -> None:
    index = world.table("governance")
    assert index["estimate"].between(-4, 2.5).all()
    assert (index["standard_error"] > 0).all()
    by = index.set_index(["country", "year"])["estimate"]
    assert by["AFG", 2020] < by["RUS", 2020] < by["NZL", 2020]


def test_label_points_lie_where_the_countries_are(world: World) -> None:
    points = world.table("countries").set_index("iso3")
    for code, west, east, south, north in [
        ("RUS", 60, 130, 55, 70),
        ("USA", -110, -85, 32, 45),
        ("FRA", 0, 5, 44, 49),
        ("NOR", 10.5, 13.5, 60, 67),
        ("FJI", 176, 180, -19, -16),
        ("TUV", 178, 180, -10, -7),
    ]:
        assert west < points.loc[code, "lon"] < east, code
        assert south < points.loc[code, "lat"] < north, code
    assert points["lon"].between(-180, 180).all()
    assert points["un_group"].notna().equals(points["un_member"])


def test_country_codes_are_known_everywhere(world: World) -> None:
    known = set(world.table("countries")["iso3"])
    former = {"ANT", "PUS", "SCG"}  # the trade source's codes for territories that are no more
    for table in ("energy_trade", "minerals_trade"):
        trade = world.table(table)
        assert set(trade["exporter"]) | set(trade["importer"]) <= known | former
    for table, column in [
        ("coalitions", "country"),
        ("production", "country"),
        ("un_votes", "country"),
        ("macro_2022", "country"),
        ("governance", "country"),
        ("population", "country"),
    ]:
        strange = set(world.table(table)[column]) - known
        assert not strange, (table, strange)


def test_a_table_with_the_wrong_hash_is_refused(tmp_path: Path) -> None:
    for file in ("datapackage.json", "un_votes.parquet"):
        shutil.copy(DATA / file, tmp_path / file)
    with (tmp_path / "un_votes.parquet").open("ab") as file:
        file.write(b" ")
    world = World.load(tmp_path)
    with pytest.raises(DataError, match="hash differs"):
        world.table("un_votes")
    with pytest.raises(DataError, match="cannot be read"):
        world.table("facts")


def test_loading_reads_the_data_package_alone(tmp_path: Path) -> None:
    shutil.copy(DATA / "datapackage.json", tmp_path)
    world = World.load(tmp_path)
    assert {"io_2022", "energy_trade", "facts"} <= set(world.names)
    provenance = world.provenance.set_index("table")
    assert list(provenance.index) == list(world.names)
    assert "value_usd: USD" in provenance.loc["energy_trade", "units"]
    assert provenance["sha256"].str.fullmatch("[0-9a-f]{64}").all()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"resources": [{}]}', '{"resources": 3}', "\x00"]
)
def test_a_broken_data_package_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "datapackage.json").write_text(text, "utf-8")
    with pytest.raises(DataError, match="data package"):
        World.load(tmp_path)
    with pytest.raises(DataError, match="no data package"):
        World.load(tmp_path / "nowhere")


def test_unknown_tables_and_countries_name_the_nearest(world: World) -> None:
    with pytest.raises(DataError, match="did you mean 'energy_trade'"):
        world.table("energy_trad")
    with pytest.raises(DataError, match="did you mean 'Germany'"):
        world.countries_named("Germny")
    with pytest.raises(DataError, match="NATO has no members at 1948"):
        world.countries_named("NATO", "1948")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Russia", "RUS"),
        ("the kremlin".removeprefix("the "), "RUS"),
        ("Russian", "RUS"),
        ("UK", "GBR"),
        ("us", "USA"),
        ("America", "USA"),
        ("Türkiye", "TUR"),
        ("turkey", "TUR"),
        ("PRC", "CHN"),
        ("Côte d’Ivoire", "CIV"),
        ("ivory coast", "CIV"),
        ("South Korea", "KOR"),
        ("DRC", "COD"),
        ("Россия", "RUS"),
        ("中国", "CHN"),
        ("Deutschland", "DEU"),
        ("Burma", "MMR"),
    ],
)
def test_names_a_person_would_type(world: World, name: str, code: str) -> None:
    assert world.countries_named(name) == (code,)


@pytest.mark.parametrize(
    ("coalition", "date", "size", "member", "stranger"),
    [
        ("EU", "2019", 28, "GBR", "NOR"),
        ("EU", "2021", 27, "HRV", "GBR"),
        ("EU", "2020-01-31", 28, "GBR", "NOR"),
        ("EU", "2020-02-01", 27, "DEU", "GBR"),
        ("NATO", "2022", 30, "MKD", "FIN"),
        ("NATO", "2024", 32, "SWE", "UKR"),
        ("BRICS", "2022", 5, "ZAF", "IRN"),
        ("BRICS", "2025", 10, "IDN", "SAU"),
        ("SCO", "2022", 8, "IND", "IRN"),
        ("SCO", "2024", 10, "BLR", "TUR"),
        ("G7", "2022", 7, "JPN", "RUS"),
        ("OPEC", "2024", 12, "VEN", "AGO"),
        ("AUKUS", "2022", 3, "AUS", "NZL"),
        ("CSTO", "2022", 6, "ARM", "UZB"),
        ("G20", "2022", 19, "ARG", "ESP"),
    ],
)
def test_coalitions_at_a_date(
    world: World, coalition: str, date: str, size: int, member: str, stranger: str
) -> None:
    found = world.countries_named(coalition, date)
    assert len(found) == size
    assert member in found
    assert stranger not in found


def test_regional_groups_hold_every_member_once(world: World) -> None:
    frame = world.table("coalitions")
    groups = frame[frame["coalition"].str.startswith("UN ")]["country"]
    members = world.table("countries").query("un_member")["iso3"]
    assert sorted(groups) == sorted(members)


def test_votes_are_complete(world: World) -> None:
    votes = world.table("un_votes")
    counts = votes.groupby(["resolution", "vote"]).size().unstack(fill_value=0)
    expected = {
        "A/RES/ES-11/1": (141, 5, 35, 12),
        "A/RES/ES-11/3": (93, 24, 58, 18),
        "A/RES/ES-11/2": (140, 5, 38, 10),
        "A/RES/ES-11/5": (94, 14, 73, 12),
        "A/RES/ES-11/4": (143, 5, 35, 10),
        "A/RES/ES-11/6": (141, 7, 32, 13),
        "S/2022/155": (11, 1, 3, 0),
    }
    for resolution, numbers in expected.items():
        row = counts.loc[resolution]
        assert (row["yes"], row["no"], row["abstain"], row["absent"]) == numbers
    assert (votes.groupby("resolution").size().drop("S/2022/155") == 193).all()


def test_energy_trade_known_values_and_flags(world: World) -> None:
    trade = world.table("energy_trade").set_index(["exporter", "importer", "commodity", "year"])
    crude = trade["quantity_t"] / 1e6
    assert crude["RUS", "CHN", "crude", 2015] == pytest.approx(39.1, abs=0.05)
    assert crude["RUS", "CHN", "crude", 2024] == pytest.approx(108.5, abs=0.05)
    assert crude["SAU", "CHN", "crude", 2024] == pytest.approx(78.6, abs=0.05)
    quality = trade["quality"]
    # China publishes no tonnage of pipeline gas from 2022 on: BACI computes it
    assert quality["RUS", "CHN", "pipeline_gas", 2022] == "imputed"
    assert quality["RUS", "DEU", "pipeline_gas", 2021] == "missing_partner"
    assert np.isnan(crude["RUS", "DEU", "pipeline_gas", 2021])
    assert quality["NOR", "DEU", "pipeline_gas", 2022] == "doubtful"
    assert quality["USA", "CAN", "pipeline_gas", 2020] == "doubtful"
    iran = trade.query("exporter == 'IRN' and commodity == 'lng'")
    assert len(iran) > 10
    assert set(iran["quality"]) == {"doubtful"}
    assert quality["RUS", "CHN", "crude", 2022] == "ok"


def test_facts_name_their_sources(world: World) -> None:
    facts = world.table("facts")
    assert facts["source"].str.len().gt(3).all()
    assert (facts["value"].notna() ^ facts["text"].notna()).all()
    assert set(facts["reading"]) <= {"read", "computed", "second-hand"}
    urls = facts["url"].dropna()
    assert urls.str.match(r"https?://").all()


def test_io_shares_sum_to_one_and_balances_close(io: xr.Dataset) -> None:
    assert dict(io.sizes) == {
        "sector": 50,
        "origin": 81,
        "destination": 81,
        "country": 81,
        "input": 50,
    }
    sold = io["spending"].values > 0
    assert np.abs(io["trade_share"].sum("origin").values[sold] - 1).max() < 1e-12
    used = io["value_added_share"].transpose("country", "sector").values < 1
    assert np.abs(io["input_coefficient"].sum("input").values[used] - 1).max() < 1e-12
    assert np.abs(io["final_demand_share"].sum("sector") - 1).max() < 1e-12
    assert abs(float(io["balance"].sum())) < 1e-9 * float(io["value_added"].sum())
    for name in ("trade_share", "input_coefficient", "value_added_share", "final_demand_share"):
        assert float(io[name].min()) >= 0
    assert float(io["value_added_share"].min()) > 0


def test_the_null_counterfactual_is_exact(io: xr.Dataset) -> None:
    """With nothing changed the model's equations return the table, to 1e-10 of each total."""
    pi, g = io["trade_share"].values, io["input_coefficient"].values
    b, a = io["value_added_share"].values, io["final_demand_share"].values
    X, Y = io["spending"].values, io["output"].values
    D = io["balance"].values
    income = (b * Y).sum(axis=0)
    spending = np.einsum("dkj,jd->kd", g, (1 - b) * Y) + a * (income - D)
    assert np.abs(spending - X).max() / X.max() < 1e-10
    assert np.abs(np.einsum("kod,kd->ko", pi, X) - Y).max() / Y.max() < 1e-10
    exports = np.einsum("kod,kd->o", pi, X) - np.einsum("kdd,kd->d", pi, X)
    imports = X.sum(axis=0) - np.einsum("kdd,kd->d", pi, X)
    assert np.abs((exports - imports) - D).max() < 1e-10 * Y.sum()


@pytest.mark.skipif(not TRUTH.exists(), reason="the validation table is not here")
def test_io_final_demand_against_the_observed_table(io: xr.Dataset) -> None:
    with np.load(TRUTH, allow_pickle=False) as truth:
        flows_t = truth["pi_jod"] * truth["X_jd"][:, None, :]
        inputs_t = np.einsum(
            "dkj,jd->kd", truth["gamma_dkj"], (1 - truth["beta_jd"]) * truth["Y_jd"]
        )
        assert list(truth["countries"][:80]) == list(io["country"].values[:80])
    assert (inputs_t >= 0).all()
    n = 80
    flows = (io["trade_share"] * io["spending"].rename(country="destination")).transpose(
        "sector", "origin", "destination"
    )
    intermediate = flows.values[:, :n, :n] - io["final_sales"].values[:, :n, :n]
    final, observed = io["final_sales"].values[:, :n, :n], flows_t[:, :n, :n] - intermediate
    off = ~np.eye(n, dtype=bool)
    misplaced = np.abs(final - observed)[:, off].sum() / 2 / observed[:, off].sum()
    assert misplaced <= 0.20
    goods, goods_t = (f[:27, :n, :n].sum(axis=0)[off] for f in (flows.values, flows_t))
    large = goods_t > 1000
    assert np.corrcoef(np.log(goods[large]), np.log(goods_t[large]))[0, 1] >= 0.99
    assert float(io["balance"].sel(country="CHN")) > 0


def test_the_world_hash_is_over_the_tables(world: World) -> None:
    package = json.loads((DATA / "datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        content = (DATA / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["bytes"] == len(content)
    assert len(world.sha256) == 64
    assert pickle.loads(pickle.dumps(world)).sha256 == world.sha256


def test_a_table_handed_out_cannot_change_the_world(world: World) -> None:
    votes: pd.DataFrame = world.table("un_votes")
    votes.loc[:, "vote"] = "no"
    assert set(world.table("un_votes")["vote"]) == {"yes", "no", "abstain", "absent"}
    with pytest.raises(ValueError, match="read-only"):
        world.table("io_2022")["balance"].values[0] = 0.0


def test_some_columns_are_those_of_the_whole_table() -> None:
    columns = ("year", "commodity")
    alone, after = World.load(), World.load()
    whole = after.table("energy_trade")
    for world in (alone, after):
        found = world.table("energy_trade", columns)
        assert tuple(found.columns) == columns
        pd.testing.assert_frame_equal(found, whole[list(columns)])
    assert len(alone.table("energy_trade").columns) == len(whole.columns)
    for world in (alone, after):
        with pytest.raises(DataError, match="colour"):
            world.table("energy_trade", ("year", "colour"))
