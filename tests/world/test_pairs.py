"""Tables of pairs: figures known from elsewhere, keys, nulls, and one source beside another."""

from __future__ import annotations

import pandas as pd
import pytest

from multipolar.engines.record import widths
from multipolar.world import World

WORLD = World.load()
NEAR = WORLD.table("distances")
PAST = WORLD.table("trade_history")
LISTS = WORLD.table("trade_partners")
ISO = set(WORLD.table("countries")["iso3"])
BETWEEN = ["largest_cities", "capitals", "people", "people_harmonic"]
# land borders as atlases list them
RUSSIA = [
    "NOR",
    "FIN",
    "EST",
    "LVA",
    "LTU",
    "POL",
    "BLR",
    "UKR",
    "GEO",
    "AZE",
    "KAZ",
    "CHN",
    "MNG",
    "PRK",
]
CHINA = [
    "AFG",
    "BTN",
    "HKG",
    "IND",
    "KAZ",
    "KGZ",
    "LAO",
    "MAC",
    "MMR",
    "MNG",
    "NPL",
    "PAK",
    "PRK",
    "RUS",
    "TJK",
    "VNM",
]
SERBIA = ["BGR", "BIH", "HRV", "HUN", "MKD", "MNE", "ROU", "XKX"]
SOUTH_SUDAN = ["CAF", "COD", "ETH", "KEN", "SDN", "UGA"]


def flow(exporter: str, importer: str, year: int) -> float:
    rows = PAST[(PAST["year"] == year) & (PAST["exporter"] == exporter)]
    return float(rows[rows["importer"] == importer]["value_usd"].sum()) / 1e9


def test_distances_are_kept_once_and_in_order() -> None:
    assert (NEAR["one"] < NEAR["other"]).all()
    assert not NEAR.duplicated(["one", "other"]).any()
    assert {*NEAR["one"], *NEAR["other"]} - ISO == {"ANT", "SCG"}
    assert (NEAR[BETWEEN].min() >= 0).all()
    assert (NEAR[BETWEEN].max() < 20_040).all()  # half way round the Earth
    # what has no distance is there for its border alone
    alone = NEAR[NEAR["largest_cities"].isna()]
    assert alone[["capitals", "people", "language", "colony", "border_2011"]].isna().all().all()
    assert alone["border"].notna().all()


def test_a_distance_by_hand() -> None:
    row = NEAR.set_index(["one", "other"]).loc[("CHN", "RUS")]
    assert row["largest_cities"] == 5795  # as GeoDist's readme has it
    assert (row["border"], row["border_2011"]) == (1, 1)


def test_no_way_round_is_shorter() -> None:
    square = NEAR.pivot(index="one", columns="other", values="capitals")
    square = square.combine_first(square.T)
    some = [c for c in square if c in ("CHN", "USA", "BRA", "ZAF", "AUS", "DEU", "IND", "KAZ")]
    for a in some:
        for b in some:
            through = square[a] + square[b]
            assert a == b or square.loc[a, b] <= through.min() + 2


@pytest.mark.parametrize(
    ("state", "others"),
    [("RUS", RUSSIA), ("CHN", CHINA), ("SRB", SERBIA), ("SSD", SOUTH_SUDAN), ("ISL", [])],
)
def test_borders_are_those_an_atlas_lists(state: str, others: list[str]) -> None:
    rows = NEAR[(NEAR["border"] == 1) & ((NEAR["one"] == state) | (NEAR["other"] == state))]
    assert sorted({*rows["one"], *rows["other"]} - {state}) == sorted(others)


def test_borders_of_outlines_are_those_of_geodist_but_for_ten() -> None:
    both = NEAR.dropna(subset=["border", "border_2011"])
    differ = both[both["border"] != both["border_2011"]]
    assert len(both[both["border"] == 1]) > 280
    assert sorted(f"{r.one}-{r.other}" for r in differ.itertuples()) == [
        *("AGO-COG", "AND-ESP"),  # Cabinda; not in GeoDist
        "ARE-QAT",  # until Saudi Arabia took the land between
        "BRA-FRA",  # French Guiana
        "BWA-ZMB",  # 150 metres of river
        "COD-SDN",  # South Sudan, with Kenya and Uganda below
        "FRA-SUR",
        "KEN-SDN",
        "MYS-SGP",  # a causeway
        "SDN-UGA",
    ]


def test_measures_of_distance_differ_as_declared() -> None:
    gap = (NEAR["people"] / NEAR["largest_cities"] - 1).abs().dropna()
    assert 0.95 * widths.DISTANCE < gap.quantile(0.8) <= widths.DISTANCE


def test_trade_of_the_past_has_one_row_a_flow() -> None:
    assert not PAST.duplicated(["year", "exporter", "importer"]).any()
    assert (PAST["value_usd"] > 0).all()
    assert sorted(PAST["year"].unique()) == list(range(1964, 2017, 4))
    assert PAST["exporter"].notna().all()
    assert PAST["importer"].notna().all()


def test_trade_of_the_past_by_hand() -> None:
    assert flow("CHN", "RUS", 2016) == pytest.approx(37.3, abs=0.05)
    assert flow("RUS", "CHN", 2016) == pytest.approx(26.7, abs=0.05)
    assert flow("CHN", "USA", 2016) == pytest.approx(384.9, abs=0.05)
    assert PAST[PAST["year"] == 2016]["value_usd"].sum() / 1e12 == pytest.approx(13.9, abs=0.05)
    # the Soviet Union and China report nothing to the United Nations before their reforms
    assert flow("SUN", "DEU", 1980) == 0
    assert flow("DEU", "SUN", 1980) > flow("USA", "SUN", 1980) > 1


def test_lists_of_partners() -> None:
    keys = ["year", "exporter", "importer", "flow"]
    assert not LISTS.duplicated(keys).any()
    assert {*LISTS["exporter"], *LISTS["importer"]} <= ISO
    assert (LISTS["exporter"] != LISTS["importer"]).all()
    assert LISTS["share"].between(0, 100).all()
    assert (LISTS[LISTS["year"] == 2023].groupby(["reporter", "flow"])["share"].sum() <= 101).all()
    assert (LISTS["year"] == 2023).mean() > 0.97
    row = LISTS[(LISTS["reporter"] == "RUS") & (LISTS["flow"] == "imports")]
    assert row.set_index("exporter")["share"]["CHN"] == 53
    # the five largest of Kazakhstan, the Gambia among them, which is marked
    own = LISTS[(LISTS["reporter"] == "KAZ") & (LISTS["flow"] == "imports")]
    assert own.set_index("exporter")["quality"].to_dict() == {
        "CHN": "ok", "GMB": "doubtful", "RUS": "ok", "TUR": "ok", "USA": "ok",
    }  # fmt: skip


def test_a_flow_is_mirrored_where_the_exporter_s_list_leaves_it_out() -> None:
    sold = LISTS[LISTS["flow"] == "exports"]
    told = set(zip(sold["year"], sold["exporter"], sold["importer"], strict=True))
    bought = LISTS[LISTS["flow"] == "imports"]
    pairs = zip(bought["year"], bought["exporter"], bought["importer"], strict=True)
    assert list(bought["mirrored"]) == [p not in told for p in pairs]
    assert not sold["mirrored"].any()


def both_sides() -> pd.DataFrame:
    """Flows that both lists have, USD bn."""
    rows = LISTS[(LISTS["year"] == 2023) & (LISTS["quality"] == "ok")].dropna(subset=["total_usd"])
    rows = rows.assign(value=rows["share"] * rows["total_usd"] / 1e11)
    wide = rows.pivot(index=["exporter", "importer"], columns="flow", values="value")
    return wide.dropna()


def test_exporters_and_importers_differ_as_declared() -> None:
    sides = both_sides()
    gap = (sides["exports"] / sides["imports"] - 1).abs()
    assert len(gap) > 100
    assert 0.9 * widths.PARTNERS < gap.quantile(0.8) <= widths.PARTNERS
