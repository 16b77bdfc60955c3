"""Ideal points of the General Assembly against the published series and against known positions.

One estimate of all sessions, run to convergence, serves most tests.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from multipolar.engines.alignment.ballots import RollCalls
from multipolar.engines.alignment.data import ORDER, THIN, Record
from multipolar.engines.alignment.ideal_points import IdealPoints, Settings, estimate
from multipolar.engines.alignment.solved import Solved
from multipolar.world import World
from power_world import add
from validation import ideal_points as scores
from validation import unga_record

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not scores.present(), reason="the published ideal points are not here"),
    pytest.mark.xdist_group("published series"),
]
needs_record = pytest.mark.skipif(
    not unga_record.present(), reason="the votes of the General Assembly are not here"
)
UNITS = 10_469  # country-sessions of the published series


@pytest.fixture(scope="session")
def points() -> IdealPoints:
    return scores.fit()


@pytest.fixture(scope="session")
def found(points: IdealPoints) -> scores.Score:
    return scores.score(points)


def test_every_unit_has_as_many_votes_as_published(points: IdealPoints) -> None:
    d = scores.units(points)
    assert len(d) == len(points.position) == UNITS
    assert (d["ballots"] == d["n_votes"]).all()


def test_over_all_units(found: scores.Score) -> None:
    assert found.units == UNITS
    assert found.r >= 0.992


def test_within_sessions(found: scores.Score) -> None:
    r = found.by_session
    assert len(r) == 73
    assert r.median() >= 0.9995
    assert r.min() >= 0.96
    assert r[r.index >= 3].min() >= 0.995


@pytest.mark.parametrize("session", scores.NAMED)
def test_sessions_in_which_simpler_methods_fail(found: scores.Score, session: int) -> None:
    assert found.by_session[session] >= 0.99


def test_changes_from_one_session_to_the_next(found: scores.Score) -> None:
    assert found.r_change >= 0.975


def test_spread_and_location_of_sessions(found: scores.Score) -> None:
    late = found.spread.index >= scores.COMPARABLE
    assert found.spread[late].between(0.85, 1.15).all()
    assert (found.offset[late].abs() <= 0.2).all()


def test_standard_errors(found: scores.Score) -> None:
    assert 0.9 <= found.error_ratio <= 1.1


def test_the_scale_is_set(points: IdealPoints) -> None:
    assert points.position.mean() == pytest.approx(0, abs=1e-9)
    assert points.position.var() + (points.se**2).mean() == pytest.approx(1, abs=1e-9)


def test_the_answer_stays_where_it_stopped(points: IdealPoints, found: scores.Score) -> None:
    times = 3 * points.iterations
    later = scores.fit(Settings(least=times, most=times))
    assert later.iterations == times
    again = scores.score(later)
    assert abs(again.r - found.r) < 0.002
    assert abs(again.r_change - found.r_change) < 0.002
    assert again.by_session.min() >= 0.96


def test_known_positions_are_found_with_a_third_of_ballots_missing(points: IdealPoints) -> None:
    votes = scores.simulated(points, missing=0.3, seed=1)
    share = len(votes.vote) / len(scores.ballots().vote)
    assert 0.68 < share < 0.71
    again = scores.recovery(estimate(votes, scores.by_code(Settings.published())))
    assert again.r >= 0.975
    assert again.covered >= 0.83
    assert again.covered_centred >= 0.87


def test_the_order_of_rows_makes_no_difference() -> None:
    frame = pd.read_parquet(scores.BALLOTS)
    frame = frame[frame["session"].between(60, 66)]

    def positions(rows: pd.DataFrame) -> IdealPoints:
        calls = RollCalls.build(
            rows["ccode"].astype(str).to_numpy(),
            rows["session"].to_numpy(),
            rows["bsv_link_rcid"].to_numpy(),
            rows["cat"].to_numpy() - 1,
        )
        return estimate(calls, scores.by_code(Settings.published()))

    one, other = positions(frame), positions(frame.sample(frac=1.0, random_state=4))
    for name in ("position", "se", "beta", "g1", "g2"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


# the full record, as the engine reads it


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Record:
    folder = tmp_path_factory.mktemp("tables")
    add(folder, "unga", unga_record.record())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MULTIPOLAR_DATA", str(folder))
        return Record(World.load())


@needs_record
def test_the_record_has_the_ballots_of_the_published_series(full: Record) -> None:
    calls = full.calls("all", linked=False)
    year = np.array(calls.periods)[calls.period]
    frame = pd.read_parquet(scores.BALLOTS)
    assert (year <= 2018).sum() == (frame["session"] <= 73).sum() == 781_127
    ours = full.full
    ours = ours[ours["session"] <= 74]
    ours = ours.assign(cat=ours["vote"].astype(str).map(ORDER).astype(int) + 1)
    beside = frame.merge(
        ours[["cow", "session", "rollcall", "cat", "link"]],
        left_on=["ccode", "session", "rcid"],
        right_on=["cow", "session", "rollcall"],
        how="outer",
        indicator=True,
    )
    both = beside[beside["_merge"] == "both"]
    assert len(both) == len(frame) == 797_473
    assert (both["cat_x"] == both["cat_y"]).all()
    assert (both["bsv_link_rcid"] == both["link"]).all()
    more = beside[beside["_merge"] == "right_only"]
    divided = more.groupby(["session", "rollcall"])["cat_y"].nunique()
    divided = divided[divided > 1]
    # resolutions of 2020 that the session's published votes end before
    assert len(divided) == 5
    assert (divided.index.get_level_values("session") == 74).all()
    late = ours["rollcall"].isin(divided.index.get_level_values("rollcall"))
    assert ((year <= 2019).sum() - late.sum()) == 797_473


@pytest.fixture(scope="session")
def solved(full: Record) -> Solved:
    return Solved(full)


@needs_record
def test_the_record_reaches_the_present(full: Record, solved: Solved) -> None:
    points = solved.points("all", "published")
    assert points.periods == tuple(y for y in range(1946, 2026) if y != 1964)
    thin = {y for y in full.years if full.count[y] < THIN}
    assert thin >= {2024, 2025}
    assert not thin & set(range(2010, 2024))
    assert "thin" in solved.thin("all", 2025)
    assert not solved.thin("all", 2022)


@needs_record
@pytest.mark.parametrize("variant", ["published", "smoothed"])
def test_russia_moves_down_in_2022(solved: Solved, variant: str) -> None:
    points = solved.points("all", variant)
    place = points.table()
    row = points.members.index("RUS")
    before, after = (place[row, points.periods.index(y)] for y in (2021, 2022))
    error = points.table(points.se)[row, points.periods.index(2022)]
    assert after < before - error
