"""Where official files are: addresses, checksums and terms, asked of their publishers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from multipolar.errors import DataError
from multipolar.world.download import get_json
from multipolar.world.votes_file import LIBRARY

DOI = "doi:10.7910/DVN/LEJUQZ"
DATAVERSE, DATAVERSE_VARIABLE = "https://dataverse.harvard.edu", "MULTIPOLAR_DATAVERSE"
LIBRARY_FILES = "https://digitallibrary.un.org/api/v1/file?recid=4060887"
COW_NMC = "https://correlatesofwar.org/wp-content/uploads/NMCv7.zip"
_TEXT = ("text/csv", "text/comma-separated-values", "text/tsv", "text/tab-separated-values",
         "text/plain", "application/csv")  # fmt: skip
_VOTES = re.compile(r"un[ _-]?votes", re.IGNORECASE)
_LIBRARY = re.compile(r"ga_voting", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Remote:
    """An official file that can be downloaded.

    Attributes:
        url: address.
        name: under which it is kept.
        checksum: ``md5:...`` as the publisher lists it; empty if it lists none for these bytes.
        unchecked: why not, in words; empty if there is one.
        terms: who publishes it and on which terms, one line.
        licence: as the publisher names it; empty if it was not asked.
        version: of the release; empty if the publisher does not say.
    """

    url: str
    name: str
    checksum: str
    unchecked: str
    terms: str
    licence: str = ""
    version: str = ""


def dataverse_votes(base: str = "") -> Remote:
    """Return Voeten's UNVotes file, as Harvard Dataverse lists it now.

    Dataverse turns tables it knows into its own tab form; the checksum it lists is that of the
    file as it was deposited (https://github.com/IQSS/dataverse/issues/7275). So the deposited file
    is taken, if it is text, and checked; else Dataverse's own form is, which has no checksum.

    Args:
        base: address of the Dataverse; by default that in ``MULTIPOLAR_DATAVERSE``, or Harvard's.

    Raises:
        DataError: no answer, or no such file is listed.
    """
    base = (base or os.environ.get(DATAVERSE_VARIABLE, "") or DATAVERSE).rstrip("/")
    url = f"{base}/api/datasets/:persistentId/?persistentId={quote(DOI, safe=':/')}"
    answer = get_json(url)
    try:
        release = answer["data"]["latestVersion"]
        files = [f["dataFile"] | {"label": f.get("label", "")} for f in release["files"]]
    except (KeyError, TypeError):
        raise DataError("the answer lists no files", where=url, hint=_BY_HAND_VOTES) from None
    file = _choose(files, url)
    licence = release.get("license")
    name = licence.get("name", "") if isinstance(licence, Mapping) else str(licence or "")
    number, minor = release.get("versionNumber"), release.get("versionMinorNumber")
    return _remote(base, file, name, f"{number}.{minor or 0}" if number else "")


def _remote(base: str, file: Mapping[str, Any], licence: str, version: str) -> Remote:
    address = f"{base}/api/access/datafile/{file['id']}"
    label, kind = str(file["label"] or file.get("filename", "")), str(file.get("contentType", ""))
    original = str(file.get("originalFileFormat") or "")
    terms = (
        "United Nations General Assembly Voting Data (Voeten, Strezhnev and Bailey), Harvard "
        f"Dataverse, https://doi.org/10.7910/DVN/LEJUQZ; licence: {licence or 'see there'}; cite "
        "Bailey, Strezhnev and Voeten (2017), https://doi.org/10.1177/0022002715595700"
    )
    if original and not _is_text(original):
        why = f"Dataverse lists a checksum of the deposited file ({original}), not of this form"
        return Remote(address, f"{Path(label).stem}.tab", "", why, terms, licence, version)
    if original:
        address += "?format=original"
        label = str(file.get("originalFileName") or f"{Path(label).stem}.csv")
    elif not _is_text(kind) and not label.casefold().endswith((".csv", ".tab", ".zip")):
        raise DataError(
            f"{label} is {kind or 'of an unknown form'}, which is not read",
            where=base,
            hint="turn it into CSV and use `multipolar data add unga FILE`",
        )
    checksum = _checksum(file)
    why = "" if checksum else "Dataverse lists no MD5 or SHA-256 checksum"
    return Remote(address, Path(label).name, checksum, why, terms, licence, version)


def _checksum(file: Mapping[str, Any]) -> str:
    listed = file.get("checksum") or {}
    kind = str(listed.get("type", "")).replace("-", "").casefold()
    if kind in {"md5", "sha256"} and listed.get("value"):
        return f"{kind}:{listed['value']}"
    return f"md5:{file['md5']}" if file.get("md5") else ""


def _is_text(kind: str) -> bool:
    return kind.partition(";")[0].strip().casefold() in _TEXT


def _choose(files: Iterable[Mapping[str, Any]], url: str) -> Mapping[str, Any]:
    """Return the file of votes: text before other forms, then the largest."""
    files = list(files)
    right = [
        f for f in files
        if _VOTES.search(f"{f['label']} {f.get('originalFileName', '')}") and f.get("id")
    ]  # fmt: skip
    if not right:
        names = ", ".join(sorted(str(f["label"]) for f in files)[:8])
        raise DataError(f"no file is named UNVotes; there are {names or 'none'}", where=url,
                        hint=_BY_HAND_VOTES)  # fmt: skip
    return max(right, key=_rank)


def _rank(file: Mapping[str, Any]) -> tuple[bool, bool, int]:
    original = str(file.get("originalFileFormat") or "")
    kind = original or str(file.get("contentType", ""))
    return _is_text(kind), bool(original), int(file.get("filesize") or 0)


def library_votes(url: str = "", *, listing: str = LIBRARY_FILES) -> Remote:
    """Return the UN Digital Library's file of recorded votes.

    Args:
        url: its address, which changes with each release; by default the Library is asked for it.
        listing: where to ask.

    Raises:
        DataError: no address was given, and the Library did not name one.
    """
    if not url:
        url = _listed(listing)
    name = Path(urlsplit(url).path).name or "ga_voting.csv"
    day = re.match(r"(\d{4})_(\d{1,2})_(\d{1,2})", name)
    terms = (
        "General Assembly Voting Data, United Nations Dag Hammarskjöld Library, "
        f"{LIBRARY}; copyright United Nations: non-commercial use with attribution"
    )
    version = f"{day[1]}-{int(day[2]):02d}-{int(day[3]):02d}" if day else ""
    return Remote(url, name, "", "the Library lists no checksum", terms, version=version)


def _listed(listing: str) -> str:
    hint = f"find the address of ..._ga_voting.csv at {LIBRARY} and pass it with --url"
    try:
        answer = get_json(listing, tries=2)
    except DataError as fault:
        raise DataError(f"the Library does not say where its file is ({fault.what})",
                        where=listing, hint=hint) from None  # fmt: skip
    files = [f for f in answer if isinstance(f, Mapping)] if isinstance(answer, list) else []
    right = [
        str(f["url"]) for f in files
        if _LIBRARY.search(str(f.get("name", ""))) and ".csv" in str(f.get("url", ""))
    ]  # fmt: skip
    if not right:
        raise DataError("no file of votes is listed", where=listing, hint=hint)
    return max(right, key=_day)


def _day(url: str) -> tuple[int, ...]:
    found = re.search(r"(\d{4})_(\d{1,2})_(\d{1,2})_ga_voting", url)
    return tuple(map(int, found.groups())) if found else (0,)


def cow_capabilities(url: str = "") -> Remote:
    """Return the archive of COW National Material Capabilities, version 7."""
    terms = (
        "National Material Capabilities, Correlates of War Project, "
        "https://correlatesofwar.org/data-sets/national-material-capabilities/; free for research "
        "with citation: Singer, Bremer and Stuckey (1972)"
    )
    url = url or COW_NMC
    name = Path(urlsplit(url).path).name or "NMC.zip"
    return Remote(url, name, "", "the project lists no checksum", terms)


_BY_HAND_VOTES = (
    "download UNVotes from https://doi.org/10.7910/DVN/LEJUQZ and use `multipolar data add unga "
    "FILE`"
)
