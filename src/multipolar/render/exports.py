"""Writing a dossier: the page, JSON, CSV and schema.org ClaimReview, all in one move."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from multipolar.pipeline.result import CaseResult, ClaimVerdict
from multipolar.render.document import document as content_of
from multipolar.render.sentences import why
from multipolar.render.words import label
from multipolar.text.forms import csv_text, json_text
from multipolar.world import writer

RATING = {"holds": 5, "mostly holds": 4, "split": 3, "mostly fails": 2, "fails": 1}
FILES = (
    *("index.html", "verdicts.json", "verdicts.csv", "scenarios.csv", "standing.csv"),
    "claimreview.json",
)
ELSEWHERE = "name another --out"
COLUMNS = (
    *("id", "source", "paragraph", "kind", "speaker", "topic", "says", "verdict", "grade", "label"),
    *("by_assumption", "in_part", "too_close", "value", "unit", "threshold", "margin", "share"),
    *("draws", "engine", "scenario", "basis", "evidence_grade", "data_through", "stale"),
    *("framings_stands", "framings_total", "why"),
)


def write(result: CaseResult, folder: str | Path) -> dict[str, Path]:
    """Write the page, the verdicts as JSON, CSV and ClaimReview, and what the other sections show.

    The files change together: an interrupt leaves the old dossier or the new one, whole. What
    others have put into the folder stays.

    Returns:
        The paths by file name.

    Raises:
        DataError: the folder cannot be written.
    """
    # what draws pages takes a while to load, and a table in the terminal does without it
    from multipolar.render.page import page
    from multipolar.render.views import views_csv

    document = content_of(result)
    stamped = {"generated": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), **document}
    texts = (
        page(result),
        json_text(stamped) + "\n",
        to_csv(document),
        outlooks_csv(document),
        views_csv(result.sections),
        json_text(claim_reviews(result)) + "\n",
    )
    # half a character, from a name that was no text, is written as its escape
    contents = {n: t.encode("utf-8", "backslashreplace") for n, t in zip(FILES, texts, strict=True)}
    return writer.save_folder(folder, contents, hint=ELSEWHERE)


def try_folder(folder: str | Path) -> None:
    """Refuse a place for a dossier before its case is run.

    Raises:
        DataError: the folder cannot be written.
    """
    writer.try_folder(folder, FILES, hint=ELSEWHERE)


def to_csv(document: dict[str, Any]) -> str:
    """Return the verdicts as CSV, one row a claim."""
    rows = ({**claim, **_framings(claim["framings"] or {})} for claim in document["claims"])
    return csv_text(rows, COLUMNS)


def _framings(found: dict[str, Any]) -> dict[str, Any]:
    return {f"framings_{name}": found.get(name) for name in ("stands", "total")}


def outlooks_csv(document: dict[str, Any]) -> str:
    """Return what each scenario does as CSV, one row a scenario and country."""
    head = ("scenario", "horizon", "engine", "metric", "country", "value", "low", "high", "unit")
    rows = (
        {**outlook, "country": code, **band}
        for outlook in document["outlooks"]
        for code, band in outlook["countries"].items()
    )
    return csv_text(rows, head)


def claim_reviews(result: CaseResult) -> list[dict[str, Any]]:
    """Return schema.org ClaimReview items for the decided claims.

    What comes out by assumption is reviewed without a number: it is no finding either way.
    """
    return [_review(result, v) for v in result.verdicts if v.grade in RATING]


def _review(result: CaseResult, v: ClaimVerdict) -> dict[str, Any]:
    source = result.case.sources[v.claim.source]
    appearance: dict[str, Any] = {"@type": "CreativeWork", "headline": source.title}
    if source.url:
        appearance["url"] = source.url
    if source.published:
        appearance["datePublished"] = source.published
    speaker = v.claim.speaker
    author = source.author if speaker in ("author", "the author") else speaker
    return {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "datePublished": result.case.as_of,
        "author": {"@type": "Organization", "name": "multipolar"},
        "claimReviewed": v.claim.says,
        "reviewBody": why(v),
        "itemReviewed": {
            "@type": "Claim",
            "author": {"@type": "Person", "name": author},
            "appearance": appearance,
        },
        "reviewRating": {"@type": "Rating", **_number(v), "alternateName": label(v)},
    }


def _number(v: ClaimVerdict) -> dict[str, int]:
    if v.by_assumption:
        return {}
    return {"ratingValue": RATING[v.grade], "worstRating": 1, "bestRating": max(RATING.values())}
