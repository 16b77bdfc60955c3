"""Writing a dossier: the page, JSON, CSV and schema.org ClaimReview, all in one move."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from multipolar.pipeline.result import CaseResult, ClaimVerdict
from multipolar.render.document import document as content_of
from multipolar.render.sentences import why
from multipolar.text.forms import csv_text, json_text
from multipolar.world import writer

RATING = {"holds": 3, "depends": 2, "fails": 1}
FILES = (
    *("index.html", "verdicts.json", "verdicts.csv", "scenarios.csv", "standing.csv"),
    "claimreview.json",
)
ELSEWHERE = "name another --out"
COLUMNS = (
    *("id", "source", "paragraph", "kind", "speaker", "topic", "says", "verdict", "value", "unit"),
    *("threshold", "margin", "share", "draws", "engine", "scenario", "basis", "why"),
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
    return csv_text(document["claims"], COLUMNS)


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
    """Return schema.org ClaimReview items for the decided claims."""
    return [_review(result, v) for v in result.verdicts if v.verdict in RATING]


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
        "reviewRating": {
            "@type": "Rating",
            "ratingValue": RATING[v.verdict],
            "worstRating": 1,
            "bestRating": 3,
            "alternateName": v.verdict,
        },
    }
