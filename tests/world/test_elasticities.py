"""The table of trade elasticities: complete, sourced, and equal to what was published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from multipolar.policy import GROUPS, SECTORS
from multipolar.world import World
from validation import DATA

CALIBRATION = DATA / "trade" / "cp2015_nafta.npz"
HORIZONS = {
    "caliendo-parro": ["long"],
    "fontagne": ["long"],
    "flat": ["long"],
    "boehm": ["long", "medium", "short"],
}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    frame = World.load().table("elasticities")
    assert isinstance(frame, pd.DataFrame)
    return frame


def value(table: pd.DataFrame, name: str, sector: str, horizon: str = "long") -> float:
    rows = table.query("set == @name and sector == @sector and horizon == @horizon")
    return float(rows["value"].item())


def test_every_set_and_horizon_has_every_industry_once(table: pd.DataFrame) -> None:
    horizons = table.groupby("set")["horizon"].unique().map(sorted).to_dict()
    assert horizons == HORIZONS
    for key, rows in table.groupby(["set", "horizon"]):
        assert rows["sector"].tolist() == list(SECTORS), key


def test_values_are_positive_and_lie_in_their_range(table: pd.DataFrame) -> None:
    assert (table["value"] > 0).all()
    assert (table["std_error"].dropna() > 0).all()
    assert table["low"].isna().equals(table["high"].isna())
    ranged = table.dropna(subset=["low"])
    assert len(ranged) > 0
    assert (ranged["low"] < ranged["value"]).all()
    assert (ranged["value"] < ranged["high"]).all()


def test_every_row_has_its_source(table: pd.DataFrame) -> None:
    for column in ("source", "source_sector"):
        assert table[column].str.len().gt(0).all()
    assert table["url"].str.startswith("https://").all()
    assert set(table["basis"]) == {"published", "assigned"}
    assigned = table[table["basis"] == "assigned"]
    assert assigned["note"].str.len().gt(0).all()
    estimated = {"E", "H53", "J58T60", "M"}  # goods that belong to these industries are traded
    services = table[table["sector"].isin(GROUPS["services"]) & (table["basis"] == "published")]
    assert set(services["set"]) == {"fontagne"}
    assert set(services["sector"]) == estimated


@pytest.mark.skipif(not CALIBRATION.exists(), reason="the authors' calibration is not at hand")
def test_caliendo_parro_is_the_calibration_of_the_authors(table: pd.DataFrame) -> None:
    with np.load(CALIBRATION, allow_pickle=False) as archive:
        theta = dict(zip(archive["sectors"].tolist(), archive["theta_j"].tolist(), strict=True))
    rows = table[table["set"] == "caliendo-parro"]
    names = rows["source_sector"].str.split("; ")
    means = [np.mean([theta[name] for name in several]) for several in names]
    np.testing.assert_allclose(rows["value"], means, atol=1e-6)
    assert set(names.explode()) == set(theta)


def test_sets_hold_what_the_publications_say(table: pd.DataFrame) -> None:
    assert value(table, "caliendo-parro", "C19") == 64.85
    assert value(table, "caliendo-parro", "C26") == pytest.approx((12.95 + 3.95 + 8.71) / 3)
    assert value(table, "fontagne", "B06") == pytest.approx(5.43909311294556, abs=1e-6)
    assert value(table, "fontagne", "C24B") == pytest.approx(14.7777194976807, abs=1e-6)
    assert set(table.query("set == 'flat'")["value"]) == {4.0}
    steps = [value(table, "boehm", "C20", h) for h in ("short", "medium", "long")]
    assert steps == [0.76, 1.24, 2.0]


def test_industry_estimates_are_near_those_of_the_wider_sectors(table: pd.DataFrame) -> None:
    # Table 8 of the publication, for the sectors that are one industry in both classifications
    wider = {
        "C10T12": 4.17,
        "C13T15": 4.71,
        "C16": 8.80,
        "C17_18": 8.21,
        "C19": 3.67,
        "C22": 6.75,
        "C23": 4.79,
        "C25": 4.22,
        "C29": 8.92,
        "C31T33": 4.06,
    }
    for sector, theta in wider.items():
        assert value(table, "fontagne", sector) == pytest.approx(theta, rel=0.15), sector
