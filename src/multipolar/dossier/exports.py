"""Writing a dossier: the page, JSON, CSV and schema.org ClaimReview, each in one move."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from multipolar.claims.result import CaseResult, ClaimVerdict
from multipolar.errors import DataError

RATING = {"holds": 3, "depends": 2, "fails": 1}
COLUMNS = (
    "id", "source", "paragraph", "kind", "speaker", "topic", "says", "verdict", "value", "unit",
    "threshold", "margin", "share", "draws", "engine", "scenario", "basis", "why",
)  # fmt: skip


def write(result: CaseResult, folder: str | Path) -> dict[str, Path]:
    """Write the page, the verdicts as JSON, CSV and ClaimReview, and what the other sections show.

    Each file is written beside its place and then moved there, so that an interrupt leaves the old
    file or the new one, never half of one.

    Returns:
        The paths by file name.

    Raises:
        DataError: the folder cannot be written.
    """
    from multipolar.dossier.page import page
    from multipolar.dossier.standing import standing_csv

    document = result.document()
    stamped = {"generated": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), **document}
    contents = {
        "index.html": page(result),
        "verdicts.json": json.dumps(stamped, ensure_ascii=False, indent=1) + "\n",
        "verdicts.csv": to_csv(document),
        "scenarios.csv": outlooks_csv(document),
        "standing.csv": standing_csv(result.standing),
        "claimreview.json": json.dumps(claim_reviews(result), ensure_ascii=False, indent=1) + "\n",
    }
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
        return {name: _replace(place / name, text) for name, text in contents.items()}
    except OSError as fault:
        raise DataError(
            f"cannot be written ({fault.strerror})", where=str(place), hint="name another --out"
        ) from None


def _replace(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def to_csv(document: dict[str, Any]) -> str:
    """Return the verdicts as CSV, one row a claim.

    Text that a spreadsheet would take for a formula is led by an apostrophe.
    """
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    for claim in document["claims"]:
        rows.writerow({k: safe(claim[k]) for k in COLUMNS})
    return out.getvalue()


def outlooks_csv(document: dict[str, Any]) -> str:
    """Return what each scenario does as CSV, one row a scenario and country."""
    out = io.StringIO()
    head = ("scenario", "horizon", "engine", "metric", "country", "value", "low", "high", "unit")
    rows = csv.DictWriter(out, head, extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    for outlook in document["outlooks"]:
        for code, band in outlook["countries"].items():
            rows.writerow({k: safe(v) for k, v in {**outlook, "country": code, **band}.items()})
    return out.getvalue()


def safe(value: Any) -> Any:
    """Return what is written to a cell: a text that begins like a formula is led by an apostrophe.

    Example:
        >>> safe("=1+1"), safe(-2.5)
        ("'=1+1", -2.5)
    """
    if isinstance(value, list):
        return " to ".join(map(str, value))
    if isinstance(value, str) and value[:1] in "=+-@\t\r":
        return f"'{value}"
    return value


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
        "reviewBody": v.why,
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
