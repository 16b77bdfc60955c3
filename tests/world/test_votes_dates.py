"""Dates of votes: read where the file shows how, and left out where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from multipolar.world.votes_dates import iso_dates
from multipolar.world.votes_file import read_votes


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        # one that can be read in one way alone tells the order of the others
        (["13/12/2019", "05/11/2019"], ["2019-12-13", "2019-11-05"]),
        (["05/11/2019", "12/13/2019"], ["2019-05-11", "2019-12-13"]),
        (["13.12.2019", "5.11.2019"], ["2019-12-13", "2019-11-05"]),
        (["13-12-2019", "05-11-2019 10:30"], ["2019-12-13", "2019-11-05"]),
        # nothing tells
        (["05/11/2019", "06/11/2019"], ["", ""]),
        (["05/11/2019", "2019-12-13"], ["", "2019-12-13"]),
        (["05/11/2019", "13.12.2019"], ["", "2019-12-13"]),
        # they contradict each other
        (["13/12/2019", "12/13/2019", "05/11/2019", "07/07/2019"], ["", "", "", ""]),
        (["07/07/2019", "1/1/1946"], ["2019-07-07", "1946-01-01"]),
        (["45/11/2019", "05/11/2019"], ["", ""]),
        # the year first, or a month in words
        (["2019-11-05", "2019/11/5", "2019.11.05", "20191105", "20191105.0"], ["2019-11-05"] * 5),
        (
            ["2019-11-05T23:59:59.5Z", "2019-11-05 00:00:00+09:00", "2019-11-05 1:00"],
            ["2019-11-05"] * 3,
        ),
        (
            ["5 November 2019", "05nov2019", "5-Nov-2019", "November 5, 2019", "Nov. 5th, 2019"],
            ["2019-11-05"] * 5,
        ),
        (["2 Sept 1999", "2 Sep 1999", "02 May 1999"], ["1999-09-02", "1999-09-02", "1999-05-02"]),
        # none
        (
            ["43774", "13/12/19", "2019", "2019-11", "5 Brumaire 2019", "yesterday", "", "NA"],
            [""] * 8,
        ),
        (
            ["2019-13-45", "2019-02-30", "0001-01-01", "9999-12-31", "2019-11-05x", "30/02/2019"],
            [""] * 6,
        ),
        (["２０１９-１１-０５", "٠٥/١١/٢٠١٩", "5 Novembre 2019"], [""] * 3),
    ],
)
def test_dates(texts: list[str], found: list[str]) -> None:
    assert iso_dates(texts) == found


@pytest.mark.parametrize(
    ("dates", "found", "undated"),
    [
        (("13/12/2019", "05/11/2019"), ["2019-12-13", "2019-11-05"], 0),
        (("04/11/2019", "05/11/2019"), ["", ""], 2),
        (("12/13/2019", "05/11/2019"), ["2019-12-13", "2019-05-11"], 0),
        (("13/12/2019", "12/13/2019"), ["", ""], 2),
    ],
)
def test_the_dates_of_a_file(
    tmp_path: Path, dates: tuple[str, str], found: list[str], undated: int
) -> None:
    rows = [
        f"{k},74,{who},{vote},{day}"
        for k, day in enumerate(dates)
        for who, vote in (("A", "yes"), ("B", "no"))
    ]
    file = tmp_path / "votes.csv"
    file.write_text("\n".join(["rollcall,session,country,vote,date", *rows]) + "\n")
    read = read_votes(file)
    assert read.table.drop_duplicates("rollcall")["date"].tolist() == found
    assert read.undated == undated
