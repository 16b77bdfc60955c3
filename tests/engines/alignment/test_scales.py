"""Positions of bodies of any size, and what is not on one scale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from multipolar.engines.alignment.ballots import RollCalls
from multipolar.engines.alignment.ideal_points import Settings, estimate
from multipolar.engines.alignment.positions import named, positions
from multipolar.engines.alignment.scales import scales
from multipolar.errors import DataError
from voting_files import legislature


def names(n: int, letter: str = "M") -> list[str]:
    return [f"{letter}{k:03d}" for k in range(n)]


def line(frame: pd.DataFrame) -> float:
    """Rank correlation of positions with the order of names."""
    ordered = frame.sort_values("country")
    return float(spearmanr(ordered["position"], np.arange(len(ordered))).statistic)


# sizes


@pytest.mark.parametrize("n", [3, 4, 7, 8, 16, 31, 32, 64, 128])
def test_bodies_of_any_size_have_a_row_a_member(n: int) -> None:
    """Of a power of two, a start of equal entries lay exactly in the null space."""
    members = names(n)
    found = positions(legislature(members, 50))  # nobody is named: the direction is open
    assert found["country"].tolist() == members
    assert np.isfinite(found[["position", "se"]].to_numpy()).all()
    assert abs(line(found)) > 0.9
    asked = positions(legislature(members, 50), high=members[-1], low=members[0])
    assert line(asked) > 0.9


@pytest.mark.parametrize("n", [2, 4, 6, 8, 32])
def test_bodies_that_always_split_evenly(n: int) -> None:
    rng = np.random.default_rng(0)
    half = ["yes", "no"] * (n // 2)
    rows = [
        (1, k, m, v)
        for k in range(30)
        for m, v in zip(names(n), rng.permutation(half), strict=True)
    ]
    found = positions(pd.DataFrame(rows, columns=["session", "rollcall", "country", "vote"]))
    assert len(found) == n
    assert np.isfinite(found[["position", "se"]].to_numpy()).all()


@pytest.mark.parametrize("n", [2, 3, 8, 64])
def test_one_roll_call_tells_two_sides_apart(n: int) -> None:
    members = names(n)
    vote = ["yes" if k < (n + 1) // 2 else "no" for k in range(n)]
    table = pd.DataFrame({"session": 1, "rollcall": 5, "country": members, "vote": vote})
    found = positions(table, high=members[-1], low=members[0])["position"]
    assert found[: (n + 1) // 2].max() < 0 < found[(n + 1) // 2 :].min()


@pytest.mark.parametrize("n", [4, 8])
def test_members_that_always_voted_alike_tell_no_direction(n: int) -> None:
    table = legislature(names(n), 40)
    twin = table[table["country"] == names(n)[-1]].assign(country="TWIN")
    with pytest.raises(DataError, match="stand where those named low do"):
        positions(pd.concat([table, twin]), high=names(n)[-1], low="TWIN")


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.assign(vote="yes"),
        lambda f: f.assign(vote="absent"),
        lambda f: f[f["country"] == "M000"],
        lambda f: f[f["country"] == "M000"].assign(link=1),
    ],
    ids=["unanimous", "nobody there", "one member", "one member, who changes sides"],
)
def test_where_there_is_no_scale_it_is_said(change: object) -> None:
    with pytest.raises(DataError, match="no roll call divides"):
        positions(change(legislature(names(6), 20)))  # type: ignore[operator]


# scales


def test_sessions_without_a_member_in_common_are_not_compared() -> None:
    first, second = names(12), names(12, "X")
    one, other = legislature(first, 60, seed=5), legislature(second, 60, (2,), seed=6, first=1000)
    found = positions(pd.concat([one, other]), high="M011", low="M000")
    assert found.groupby("session")["scale"].unique().map(list).to_dict() == {1: [1], 2: [2]}
    assert line(found[found["session"] == 1]) > 0.9
    assert found.attrs["notes"][1:] == [
        "scale 1, session 1: its direction has M011 above and M000 below",
        "scale 2, session 2: nothing says which end is which",
    ]
    # the first is as if the second were not there
    alone = positions(one, high="M011", low="M000")
    assert np.allclose(alone["position"], found.loc[found["session"] == 1, "position"], atol=1e-9)
    # whichever session holds those named is the first scale
    found = positions(pd.concat([one, other]), high="X011", low="X000")
    assert found.groupby("session")["scale"].first().to_dict() == {1: 2, 2: 1}
    assert line(found[found["session"] == 2]) > 0.9


@pytest.mark.parametrize(("common", "scale"), [((), 2), ((5,), 2), ((3, 9), 2), ((1, 5, 9), 1)])
def test_few_members_in_common_tie_nothing(common: tuple[int, ...], scale: int) -> None:
    first = names(12)
    second = [m if k in common else f"X{k:03d}" for k, m in enumerate(first)]
    table = pd.concat([legislature(first, 40), legislature(second, 40, (2,), seed=8, first=900)])
    found = positions(table, high="M011", low="M000")
    assert set(found.loc[found["session"] == 2, "scale"]) == {scale}
    if scale == 1:
        late = found[found["session"] == 2].set_index("country").loc[second, "position"]
        assert spearmanr(late, np.arange(12)).statistic > 0.9


def test_an_anchor_that_is_alone_on_a_scale_still_turns_it() -> None:
    first = names(12)
    second = [m if k in (0, 11) else f"X{k:03d}" for k, m in enumerate(first)]
    table = pd.concat([legislature(first, 40), legislature(second, 40, (2,), seed=8, first=900)])
    for keep in ("M000", "M011"):
        gone = (table["session"] == 2) & (
            table["country"] == ("M011" if keep == "M000" else "M000")
        )
        found = positions(table[~gone], high="M011", low="M000")
        late = found[found["session"] == 2].set_index("country")["position"]
        order = [m for m in second if m in late.index]
        assert spearmanr(late[order], np.arange(len(order))).statistic > 0.9


def test_two_chambers_in_one_session_are_two_scales() -> None:
    lower, upper = legislature(names(9), 40), legislature(names(9, "U"), 40, seed=4, first=500)
    found = positions(pd.concat([lower, upper]), high="M008", low="M000")
    assert found.groupby(found["country"].str[0])["scale"].first().to_dict() == {"M": 1, "U": 2}


def test_a_session_in_between_ties_the_others() -> None:
    a, b, c = names(8), [*names(8)[4:], *names(4, "X")], [*names(4, "X"), *names(4, "Y")]
    parts = [legislature(m, 40, (s,), seed=s, first=100 * s) for s, m in enumerate((a, b, c), 1)]
    assert set(positions(pd.concat(parts))["scale"]) == {1}
    assert set(positions(pd.concat([parts[0], parts[2]]))["scale"]) == {1, 2}


@pytest.mark.parametrize(("shared", "number"), [(0, 2), (2, 2), (3, 1)])
def test_repeated_questions_tie_sessions_too(shared: int, number: int) -> None:
    """Four members a session, none in both, that vote on three questions each."""
    period = np.repeat([0, 1], 12)
    member = np.tile(np.arange(4), 6) + 4 * period
    question = np.tile(np.repeat([0, 1, 2], 4), 2)
    question = question + np.where((period == 1) & (question >= shared), 10, 0)
    assert scales(member, period, question).max() + 1 == number


def test_those_named_have_to_be_on_one_scale() -> None:
    one, other = legislature(names(6), 30), legislature(names(6, "X"), 30, (2,), first=100)
    with pytest.raises(DataError, match="no scale has members of both sides"):
        positions(pd.concat([one, other]), high="M005", low="X000")


def test_a_session_without_a_contested_vote_is_named() -> None:
    table = pd.concat(
        [legislature(names(6), 30), legislature(names(6), 3, (2,), first=90).assign(vote="no")]
    )
    found = positions(table)
    assert set(found["session"]) == {1}
    assert found.attrs["notes"] == [
        "no positions in 2: no vote there divided two members of a scale"
    ]


def test_the_estimate_says_which_scale_a_unit_is_on() -> None:
    calls = RollCalls.build(["A", "B", "C", "D"], [1, 1, 2, 2], [1, 1, 2, 2], [0, 2, 0, 2])
    found = estimate(calls, Settings(anchors={"C": 2.0, "D": -2.0}))
    assert found.scale.tolist() == [1, 1, 0, 0]  # that of the anchors first
    assert found.table().shape == (4, 2)
    assert np.isfinite(found.position).all()


# names


HILL = ["ADLER, Ann", "BAKER, Bo", 'O"NEIL', "Doe", "Doe, Jane", "Ñandú", "A,B", "A", "B"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ADLER, Ann", ["ADLER, Ann"]),
        ("  ADLER,  Ann ", ["ADLER, Ann"]),
        ("ADLER, Ann,BAKER, Bo", ["ADLER, Ann", "BAKER, Bo"]),
        ('"ADLER, Ann","BAKER, Bo"', ["ADLER, Ann", "BAKER, Bo"]),
        ('"ADLER, Ann", Doe', ["ADLER, Ann", "Doe"]),
        ("Doe, Jane", ["Doe, Jane"]),
        ('"Doe", "Doe, Jane"', ["Doe", "Doe, Jane"]),
        ('O"NEIL', ['O"NEIL']),
        ('"O""NEIL"', ['O"NEIL']),
        ("N\u0303andu\u0301", ["Ñandú"]),
        ("A,B", ["A,B"]),
        ("A, B", ["A", "B"]),
        ("A,A,,", ["A"]),
        ("", []),
        (" , ", []),
        ("ADLER", ["ADLER"]),
        ("ZZ, Ann,Doe", ["ZZ", "Ann", "Doe"]),
        ('"ADLER, Ann', ['"ADLER', "Ann"]),
    ],
)
def test_names_may_have_commas(text: str, found: list[str]) -> None:
    assert list(named(text, HILL)) == found


def test_names_with_commas_set_the_direction(tmp_path: Path) -> None:
    members = ["ADLER, Ann", "BAKER, Bo", "CRUZ, Cy", "DOE, Di", "EAST, Ed", "HILL, Hal"]
    table = legislature(members, 50)
    file = tmp_path / "votes.csv"
    table.to_csv(file, index=False)
    for votes in (file, table):
        up = positions(votes, high="HILL, Hal", low='"ADLER, Ann","BAKER, Bo"')
        place = up.set_index("country")["position"]
        assert place["HILL, Hal"] > 0 > place["ADLER, Ann"]
        assert (
            positions(votes, high=(" HILL, Hal ",), low=["ADLER, Ann"])["country"].tolist()
            == members
        )
    with pytest.raises(DataError, match=r"no member 'HILL'.*did you mean 'HILL, Hal'"):
        positions(table, high="HILL", low="ADLER, Ann")
