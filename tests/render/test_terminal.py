"""The table fits a terminal of any width, whatever a claim says."""

from __future__ import annotations

import re
import unicodedata

import pytest

from multipolar.render import table
from render import fakes


def columns(line: str) -> int:
    """Columns a terminal needs: wide characters take two, marks none."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in line)
    return len(line) + wide - sum(unicodedata.combining(c) > 0 for c in line)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("hostile", [False, True])
def test_it_fits(width: int, hostile: bool) -> None:
    for line in table(fakes.result(35, hostile=hostile), width=width).splitlines():
        assert columns(line) <= width


def test_colour_adds_no_columns() -> None:
    plain, coloured = (table(fakes.result(10), color=c) for c in (False, True))
    assert re.sub(r"\x1b\[\d*m", "", coloured) == plain


def test_a_claim_cannot_steer_the_terminal() -> None:
    result = fakes.result(5)
    claim = result.verdicts[0].claim.model_copy(update={"says": "a\x1b[2Jb\x07\x9b31m\u202ec\nd"})
    object.__setattr__(result.verdicts[0], "claim", claim)
    shown = table(result)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


def test_every_claim_and_the_counts_are_there() -> None:
    text = table(fakes.result(25))
    for k in range(25):
        assert f"C-{k:03}" in text
    counts = (
        "3 holds, 3 mostly holds, 5 split, 3 mostly fails, 3 fails, 3 unresolved, 3 untestable, "
        "2 by assumption"
    )
    assert f"25 claims: {counts}" in " ".join(text.split())
