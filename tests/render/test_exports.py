"""What is written beside the page: whole files, stable bytes, forms others can read."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import pytest

from multipolar.errors import DataError
from multipolar.render import exports, write
from multipolar.render.document import document
from multipolar.render.words import label
from multipolar.world import writer
from render import fakes

RATINGS = {"holds": 5, "mostly holds": 4, "split": 3, "mostly fails": 2, "fails": 1}
FILES = {
    "index.html",
    "verdicts.json",
    "verdicts.csv",
    "scenarios.csv",
    "standing.csv",
    "claimreview.json",
}


def test_five_files_are_written_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    written = write(fakes.result(10), out)
    assert set(written) == FILES == {p.name for p in out.iterdir()}
    assert all(stat.S_IMODE(p.stat().st_mode) & 0o444 == 0o444 for p in out.iterdir())


def test_bytes_are_the_same_but_for_one_field(tmp_path: Path) -> None:
    one, two = tmp_path / "1", tmp_path / "2"
    write(fakes.result(10), one)
    write(fakes.result(10), two)
    for name in FILES - {"verdicts.json"}:
        assert (one / name).read_bytes() == (two / name).read_bytes()
    a, b = (json.loads((d / "verdicts.json").read_text("utf-8")) for d in (one, two))
    assert a.pop("generated") and b.pop("generated")
    assert a == b


def test_an_interrupt_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(fakes.result(5), tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(writer, "_exchanged", stopped)
    with pytest.raises(KeyboardInterrupt):
        write(fakes.result(25), tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="file"):
        write(fakes.result(5), tmp_path / "file" / "out")


def test_csv_has_a_row_a_claim_and_no_formula(tmp_path: Path) -> None:
    result = fakes.result(30, hostile=True)
    rows = list(csv.DictReader(exports.to_csv(document(result)).splitlines()))
    assert [r["id"] for r in rows] == [v.claim.id for v in result.verdicts]
    assert not [x for r in rows for k, x in r.items() if x[:1] in "=+@" and x]


def test_numbers_stay_numbers_in_csv() -> None:
    rows = list(csv.DictReader(exports.to_csv(document(fakes.result(5))).splitlines()))
    assert float(next(r for r in rows if r["verdict"] == "fails")["margin"]) == -1.0


def test_csv_says_what_a_verdict_must_not_be_read_without() -> None:
    rows = list(csv.DictReader(exports.to_csv(document(fakes.result(9))).splitlines()))
    names = ("grade", "label", "by_assumption", "in_part", "too_close", "evidence_grade")
    names += ("data_through", "stale", "framings_stands", "framings_total")
    found = {r["id"]: [r[n] for n in names] for r in rows}
    assert found["C-005"] == [
        *("mostly holds", "holds in part", "False", "True", "False", "second-hand"),
        *("2022", "True", "9", "12"),
    ]
    assert found["C-008"][:3] == ["holds", "by assumption", "True"]
    assert found["C-007"][:5] == ["split", "too close to call", "False", "True", "True"]
    assert found["C-000"][5:] == ["", "", "False", "", ""]


def test_claim_reviews_are_of_decided_claims_only() -> None:
    result = fakes.result(25)
    reviews = json.loads(json.dumps(exports.claim_reviews(result)))
    decided = [v for v in result.verdicts if v.verdict in ("holds", "fails", "depends")]
    assert len(reviews) == len(decided) == 19
    for review, v in zip(reviews, decided, strict=True):
        assert review["@context"] == "https://schema.org"
        assert review["@type"] == "ClaimReview"
        assert review["claimReviewed"] == v.claim.says
        assert review["datePublished"] == "2024-06-30"
        assert review["author"] == {"@type": "Organization", "name": "multipolar"}
        rating = review["reviewRating"]
        assert rating["alternateName"] == label(v)
        if v.by_assumption:  # no finding either way
            assert "ratingValue" not in rating
        else:
            assert (rating["worstRating"], rating["bestRating"]) == (1, 5)
            assert rating["ratingValue"] == RATINGS[v.grade]
        claim = review["itemReviewed"]
        assert claim["@type"] == "Claim"
        assert claim["author"]["name"]
        assert claim["appearance"]["url"].startswith("https://")
