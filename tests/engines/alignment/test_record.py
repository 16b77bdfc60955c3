"""The engine on the shipped votes, and on a full record of three small sessions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from multipolar.cli import main
from multipolar.engines.alignment import engine
from multipolar.engines.alignment.data import Record
from multipolar.engines.alignment.positions import positions
from multipolar.engines.api.contract import Outcome
from multipolar.errors import DataError, DataMissing, EngineError
from multipolar.policy import BASELINE
from multipolar.world import World
from multipolar.world.votes_file import add_votes
from voting_files import legislature

WEST, EAST = ["USA", "GBR", "FRA", "DEU"], ["RUS", "CHN", "CUB", "IRN"]


def outcome(world: World) -> Outcome:
    return engine.solve(engine.prepare(world, BASELINE), {})


@pytest.fixture(scope="module")
def shipped() -> Outcome:
    return outcome(World.load())


def test_the_shipped_votes_give_known_agreement(shipped: Outcome) -> None:
    # China abstained on four of the six resolutions to 2023 and voted no with Russia on two
    pair = {"country": "CHN", "partner": "RUS", "year": 2023}
    read = {
        i: shipped.read("alignment.similarity", {**pair, "index": i}).value
        for i in ("lijphart", "s", "identical")
    }
    assert read == pytest.approx({"lijphart": 4 / 6, "s": 2 / 6, "identical": 2 / 6})
    # the pair's pooled choices: no 8 of 12, abstain 4 of 12; squared distance a quarter
    chance = 2 * (8 / 12) * (4 / 12) * 0.25
    pi = shipped.read("alignment.similarity", {**pair, "index": "pi"}).value
    assert pi == pytest.approx(1 - (4 / 6 * 0.25) / chance)


def test_a_list_is_the_mean_of_its_pairs_without_a_state_itself(shipped: Outcome) -> None:
    both = ("CHN", "RUS")
    where = {"country": both, "partner": both, "index": "lijphart", "year": 2023}
    assert shipped.read("alignment.similarity", where).value == pytest.approx(4 / 6)
    with pytest.raises(EngineError, match="RUS of partner is in country too"):
        shipped.read("alignment.similarity", {**where, "partner": "RUS"})


def test_distance_is_between_positions(shipped: Outcome) -> None:
    a, b = (shipped.read("alignment.position", {"country": c}).value for c in ("USA", "RUS"))
    gap = shipped.read("alignment.distance", {"country": "USA", "partner": "RUS"}).value
    assert isinstance(a, float) and isinstance(b, float)
    assert gap == pytest.approx(a - b)
    assert a > b


def test_states_that_voted_alike_stand_at_one_place(shipped: Outcome) -> None:
    assert (
        shipped.read("alignment.distance", {"country": "USA", "partner": "JPN", "year": 2023}).value
        == 0
    )


def test_who_took_no_part_is_said(shipped: Outcome) -> None:
    found = shipped.read("alignment.position", {"country": ("CHN", "TWN")})
    assert "TWN" in found.note
    with pytest.raises(DataMissing, match="TWN took no part"):
        shipped.read("alignment.position", {"country": "TWN"})


def test_allies_are_in_one_bloc_and_opponents_are_not(shipped: Outcome) -> None:
    def together(a: str, b: str) -> object:
        where = {"country": a, "partner": b, "network": "covariance", "year": 2023}
        return shipped.read("alignment.together", where).value

    assert together("USA", "GBR") == 1
    assert together("USA", "RUS") == 0


def test_cohesion_of_those_who_always_vote_yes(shipped: Outcome) -> None:
    for measure in ("rice", "agreement", "pairwise"):
        where = {"country": ("USA", "JPN", "DEU"), "measure": measure, "year": 2023}
        assert shipped.read("alignment.cohesion", where).value == 1


def test_a_year_of_the_shipped_votes_leaves_out_what_was_cast_after_it(shipped: Outcome) -> None:
    pair = {"country": "USA", "partner": "UKR", "index": "identical"}

    def alike(**year: int) -> float:
        return float(shipped.read("alignment.similarity", {**pair, **year}).value)

    # together on all six to 2023, apart on both of 2025: against and for, abstaining both
    assert [alike(year=y) for y in (2022, 2023, 2024)] == [1, 1, 1]
    assert alike(year=2025) == alike() == pytest.approx(7 / 8)
    assert shipped.read("alignment.similarity", {**pair, "year": 2024}).through == "2023-02-23"
    then = outcome(World.load().as_of("2024-01-01"))
    assert then.read("alignment.similarity", pair).value == 1
    place = [
        float(shipped.read("alignment.position", {"country": "USA", **at}).value)
        for at in ({"year": 2023}, {"year": 2025}, {})
    ]
    assert place[0] > place[1] == pytest.approx(place[2])
    for year in (2021, 2026):
        with pytest.raises(DataMissing):
            shipped.read("alignment.similarity", {**pair, "year": year})


def test_without_the_full_record_it_says_what_brings_it(shipped: Outcome) -> None:
    with pytest.raises(DataMissing, match="multipolar data fetch unga"):
        shipped.read("alignment.position", {"country": "CHN", "votes": "all", "year": 2018})


# a full record


def rows() -> Iterator[dict[str, object]]:
    """Sessions 74 to 76: two sides, titles that come back, parts, and an emergency session."""
    rng = np.random.default_rng(0)
    call = 0
    for session in (74, 75, 76):
        for k in range(40):
            call += 1
            emergency = session == 76 and k == 39
            said = {
                "rollcall": call,
                "session": session,
                "year": 1945 + session,
                "date": f"{1945 + session}-12-01",
                "resolution": "A/RES/ES-11/1" if emergency else f"A/RES/{session}/{k}",
                "title": f"Question {k}" if k < 10 else f"Only in {session}, {k}",
                "paragraph": k == 38,
                "amendment": False,
                "issues": "nu di" if k % 2 else "hr",
                "important": k < 5,
            }
            for who in [*WEST, *EAST]:
                side = ("yes", "abstain") if (who in WEST) == (k % 3 > 0) else ("no", "abstain")
                vote = side[int(rng.random() < 0.2)]
                # in the session of 2021 Cuba goes over to the other side
                if who == "CUB" and session == 76 and rng.random() < 0.9:
                    vote = {"yes": "no", "no": "yes"}.get(vote, vote)
                yield {**said, "country": who, "vote": "absent" if k == 7 else vote}


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("tables")
    file = folder / "votes.csv"
    pd.DataFrame(rows()).to_csv(file, index=False)
    add_votes(file, folder=folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MULTIPOLAR_DATA", str(folder / "data"))
        yield World.load()


@pytest.fixture(scope="module")
def full(added: World) -> Outcome:
    return outcome(added)


def test_parts_absences_and_emergency_sessions_are_left_out(added: World) -> None:
    record = Record(added)
    assert record.years == (2019, 2020, 2021)
    calls = record.full.drop_duplicates("rollcall").groupby("session").size().to_dict()
    assert calls == {74: 38, 75: 38, 76: 37}


def test_links_by_title_tie_late_sessions(added: World) -> None:
    record = Record(added)
    apart, tied = record.calls("all", linked=False), record.calls("all", linked=True)
    # nine questions come back twice after session 74 (one of the ten nobody voted on)
    assert len(apart.items) - len(tied.items) == 18
    assert len(apart.vote) == len(tied.vote)


def test_subjects_and_important_votes(full: Outcome, added: World) -> None:
    record = Record(added)
    assert len(record.votes("human-rights", 2020).matrix) == 19
    assert len(record.votes("nuclear", 2020).matrix) == 19
    assert len(record.votes("important", 2020).matrix) == 5
    with pytest.raises(DataMissing, match="no votes on colonialism in 2020"):
        record.votes("colonialism", 2020)
    with pytest.raises(EngineError, match="need a year"):
        record.votes("all", None)
    where = {
        "country": "USA",
        "partner": "GBR",
        "index": "lijphart",
        "votes": "nuclear",
        "year": 2020,
    }
    assert float(full.read("alignment.similarity", where).value) > 0.7


def test_positions_over_years(full: Outcome) -> None:
    table = full.array("alignment.position", {"votes": "all"})
    assert table.dims == ("country", "year")
    west = table.sel(country=WEST).mean("country")
    east = table.sel(country=["RUS", "CHN", "IRN"]).mean("country")
    assert bool((west > east + 0.5).all())
    cuba = table.sel(country="CUB")
    assert float(cuba.sel(year=2021)) > float(cuba.sel(year=2019)) + 0.5
    cell = full.read("alignment.position", {"country": "CUB", "votes": "all", "year": 2021})
    assert cell.value == pytest.approx(float(cuba.sel(year=2021)))
    assert "Thin" not in cell.note and "thin" not in cell.note


def test_positions_on_one_subject_are_refused(full: Outcome) -> None:
    with pytest.raises(EngineError, match="no positions on nuclear alone"):
        full.read("alignment.position", {"country": "USA", "votes": "nuclear", "year": 2020})
    with pytest.raises(DataMissing, match="no votes in 1950"):
        full.read("alignment.position", {"country": "USA", "votes": "all", "year": 1950})


# positions of any legislature


def test_positions_of_a_table_and_of_the_record_are_the_same(added: World) -> None:
    own = positions(world=added)
    assert list(own.columns) == ["session", "country", "position", "se", "votes", "thin", "scale"]
    assert set(own["scale"]) == {1}
    assert own.attrs["notes"] == []
    assert set(own["session"]) == {2019, 2020, 2021}
    frame = Record(added).full.assign(session=lambda f: f["year"].astype(int))
    again = positions(pd.DataFrame(frame[["session", "rollcall", "country", "vote"]]))
    assert np.allclose(own["position"], again["position"])


def test_the_direction_is_as_asked(added: World) -> None:
    frame = pd.DataFrame(rows()).query("session == 74")
    up = positions(frame, high=("USA",), low=("RUS",)).set_index("country")["position"]
    down = positions(frame, high=("RUS",), low=("USA",)).set_index("country")["position"]
    assert up["GBR"] > 0 > up["CHN"]
    assert down["GBR"] < 0 < down["CHN"]


def test_neighbours_named_high_and_low_keep_their_order(added: World) -> None:
    frame = pd.DataFrame(rows()).query("session == 74")
    for one, other in (("USA", "GBR"), ("GBR", "USA"), ("CHN", "CUB"), ("CUB", "CHN")):
        place = positions(frame, high=(one,), low=(other,)).set_index("country")["position"]
        assert place[one] >= place[other]


def test_a_word_that_is_no_choice_is_refused(shipped: Outcome) -> None:
    with pytest.raises(EngineError, match="index has no 'tau'"):
        shipped.read("alignment.similarity", {"country": "CHN", "partner": "RUS", "index": "tau"})


def test_why_there_is_no_value_is_said(shipped: Outcome) -> None:
    same = {"country": "CHN", "partner": "CHN", "index": "pi"}
    with pytest.raises(EngineError, match="are the same, CHN"):
        shipped.read("alignment.similarity", same)
    with pytest.raises(DataMissing, match="always voted the same one way"):
        shipped.read(
            "alignment.similarity", {**same, "country": "USA", "partner": "JPN", "year": 2023}
        )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop(columns="vote"), "no column vote"),
        (
            lambda f: f.assign(vote="aye"),
            "row 0 .*: column vote has 'aye', which is none of its words",
        ),
        (lambda f: f.assign(vote="yes"), "no roll call divides"),
    ],
)
def test_bad_tables_are_refused(change: object, words: str) -> None:
    frame = pd.DataFrame(rows()).query("session == 74")
    with pytest.raises(DataError, match=words):
        positions(change(frame))  # type: ignore[operator]
    with pytest.raises(DataError, match="only one side is named"):
        positions(frame, high=("USA",))
    with pytest.raises(DataError, match="'USA' is named on both sides"):
        positions(frame, high=("USA",), low=("RUS", "USA"))
    with pytest.raises(DataError, match="no member 'XXX'"):
        positions(frame, high=("XXX",), low=("USA",))


def test_the_command_writes_and_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], added: World
) -> None:
    file = tmp_path / "votes.csv"
    pd.DataFrame(rows()).to_csv(file, index=False)
    for ending in ("csv", "parquet", "json"):
        out = tmp_path / f"positions.{ending}"
        assert main(["positions", str(file), "--out", str(out)]) == 0
        reader = {"csv": pd.read_csv, "parquet": pd.read_parquet, "json": pd.read_json}[ending]
        assert len(reader(out)) == 24  # type: ignore[operator]
    capsys.readouterr()
    assert main(["positions", str(file), "--members", "USA,CUB", "--since", "76", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(r["session"], r["country"]) for r in found] == [(76, "CUB"), (76, "USA")]
    assert main(["positions", str(file), "--members", "UKR"]) == 2
    assert main(["positions", str(file), "--since", "99"]) == 2
    assert "there are 74 to 76" in capsys.readouterr().err
    assert main(["positions", str(file), "--out", str(tmp_path / "no" / "x.csv")]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert main(["positions", str(file), "--out", "positions.xlsx"]) == 2
    assert not list(tmp_path.glob(".*part"))


# years that nothing ties, and votes that divide nobody


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """A record of two sessions with other states in each, and of a third without a division."""
    folder = tmp_path_factory.mktemp("apart")
    others = ["BRA", "IND", "ZAF", "EGY", "MEX", "TUR"]
    parts = [
        legislature(["RUS", "CHN", "CUB", "FRA", "GBR", "USA"], 40, (70,)),
        legislature(others, 40, (71,), first=100),
        legislature(others, 4, (72,), first=200).assign(vote="yes"),
    ]
    pd.concat(parts).to_csv(folder / "votes.csv", index=False)
    add_votes(folder / "votes.csv", folder=folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MULTIPOLAR_DATA", str(folder / "data"))
        yield outcome(World.load())


def test_a_year_on_a_scale_of_its_own_has_no_position(apart: Outcome) -> None:
    def read(code: str, year: int) -> object:
        return apart.read(
            "alignment.position", {"country": code, "votes": "all", "year": year}
        ).value

    assert read("USA", 2015) > 0 > read("RUS", 2015)  # type: ignore[operator]
    with pytest.raises(DataMissing, match="positions in 2016 are on a scale of their own"):
        read("IND", 2016)
    with pytest.raises(DataMissing, match="no vote in 2017 divided two states"):
        read("IND", 2017)


@pytest.mark.parametrize(
    ("metric", "more"),
    [
        ("alignment.frustration", {"camps": "2"}),
        ("alignment.blocs", {"network": "covariance"}),
        ("alignment.bloc", {"network": "covariance", "country": "IND"}),
        ("alignment.similarity", {"index": "pi", "country": "IND", "partner": "BRA"}),
    ],
)
def test_votes_that_divide_nobody_tell_nothing(
    apart: Outcome, metric: str, more: dict[str, str]
) -> None:
    with pytest.raises(DataMissing):
        apart.read(metric, {"votes": "all", "year": 2017, **more})
    assert np.isfinite(float(apart.read(metric, {"votes": "all", "year": 2016, **more}).value))  # type: ignore[arg-type]


def test_who_has_no_value_is_named(apart: Outcome) -> None:
    where = {"country": ("IND", "USA"), "index": "agreement", "votes": "all", "year": 2016}
    with pytest.raises(DataMissing, match="two members that vote"):
        apart.read("alignment.cohesion", where)
    found = apart.read("alignment.cohesion", {**where, "country": ("IND", "BRA", "USA")})
    assert found.note == "Without USA, who took no part."
