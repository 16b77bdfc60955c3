"""Where official files are: addresses, checksums and terms, asked of their publishers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

from multipolar import limits
from multipolar.errors import DataError
from multipolar.text.clean import printable, visible
from multipolar.world.download import HASHES, checksum_of, get_json
from multipolar.world.part import check_name
from multipolar.world.votes_file import LIBRARY
from multipolar.world.web import address, shown

DOI = "doi:10.7910/DVN/LEJUQZ"
DATAVERSE, DATAVERSE_VARIABLE = "https://dataverse.harvard.edu", "MULTIPOLAR_DATAVERSE"
LIBRARY_FILES = "https://digitallibrary.un.org/api/v1/file?recid=4060887"
COW_NMC = "https://correlatesofwar.org/wp-content/uploads/NMCv7.zip"
# both as in many public programs that read them, and the first in the Bank's own manual
INDICATOR = "https://api.worldbank.org/v2/en/indicator/{code}?downloadformat=csv"
BACI = "https://www.cepii.fr/DATA_DOWNLOAD/baci/data/BACI_HS92_{release}.zip"
BACI_RELEASE = "V202601"
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
    if re.search(r"[?#]", base):
        raise DataError(
            "the address of a Dataverse has no ? or #",
            where=shown(base),
            hint=f"write it as {DATAVERSE}",
        )
    base = address(base).rstrip("/")
    url = f"{base}/api/datasets/:persistentId/?persistentId={quote(DOI, safe=':/')}"
    release = _Listed(get_json(url), shown(url)).part("data").part("latestVersion")
    files = [_deposited(f) for f in release.parts("files")]
    named = isinstance(release.at.get("license"), dict)  # older releases have a text instead
    name = release.part("license").text("name") if named else release.text("license")
    number, minor = release.number("versionNumber"), release.number("versionMinorNumber")
    return _remote(base, _choose(files, url), visible(name), f"{number}.{minor}" if number else "")


@dataclass(frozen=True, slots=True)
class _Listed:
    """A part of a listing, each of its entries read as what it has to be.

    Attributes:
        at: the entries.
        url: of the listing.
        path: of this part in it.
    """

    at: Any
    url: str
    path: str = "the answer"

    def __post_init__(self) -> None:
        if not isinstance(self.at, dict):
            self._wrong(self.path, "a set of entries")

    def _wrong(self, what: str, right: str) -> NoReturn:
        raise DataError(
            f"the listing is not in the form that is read: {what} is not {right}",
            where=self.url,
            hint=_BY_HAND_VOTES,
        )

    def part(self, key: str) -> _Listed:
        """Return an entry with entries of its own."""
        return _Listed(self.at.get(key), self.url, key)

    def parts(self, key: str) -> list[_Listed]:
        """Return the members of a list."""
        found = self.at.get(key)
        if not isinstance(found, list):
            self._wrong(key, "a list")
        return [_Listed(f, self.url, f"{key}[{n}]") for n, f in enumerate(found)]

    def text(self, key: str) -> str:
        """Return a text, empty where there is none."""
        found = self.at.get(key)
        if found is None:
            return ""
        if not isinstance(found, str) or len(found) > limits.NAME:
            self._wrong(key, f"a text of at most {limits.NAME} characters")
        return found

    def number(self, key: str) -> int:
        """Return a whole number, 0 where there is none."""
        found = self.at.get(key)
        if found is None:
            return 0
        if type(found) is not int or not 0 <= found < 10**18:
            self._wrong(key, "a whole number")
        return found


@dataclass(frozen=True, slots=True)
class _Deposited:
    """A file as Dataverse lists it: in its own form, ``kind``, and as deposited, ``original``."""

    id: int
    label: str
    kind: str
    size: int
    original: str
    original_name: str
    checksum: str


def _deposited(entry: _Listed) -> _Deposited:
    file = entry.part("dataFile")
    return _Deposited(
        file.number("id"),
        entry.text("label") or file.text("filename"),
        file.text("contentType"),
        file.number("filesize"),
        file.text("originalFileFormat"),
        file.text("originalFileName"),
        _checksum(file),
    )


def _remote(base: str, file: _Deposited, licence: str, version: str) -> Remote:
    url = f"{base}/api/access/datafile/{file.id}"
    terms = (
        "United Nations General Assembly Voting Data (Voeten, Strezhnev and Bailey), Harvard "
        f"Dataverse, https://doi.org/10.7910/DVN/LEJUQZ; licence: {licence or 'see there'}; cite "
        "Bailey, Strezhnev and Voeten (2017), https://doi.org/10.1177/0022002715595700"
    )
    label, checksum, why = file.label, file.checksum, ""
    if file.original and not _is_text(file.original):
        label, checksum = _with_ending(label, ".tab"), ""
        form = printable(file.original)
        why = f"Dataverse lists a checksum of the deposited file ({form}), not of this form"
    elif file.original:
        url += "?format=original"
        label = file.original_name or _with_ending(label, ".csv")
    elif not _is_text(file.kind) and not label.casefold().endswith((".csv", ".tab", ".zip")):
        raise DataError(
            f"{label} is {file.kind or 'of an unknown form'}, which is not read",
            where=shown(base),
            hint="turn it into CSV and use `multipolar data add unga FILE`",
        )
    if not checksum:
        why = why or "Dataverse lists no checksum of a kind that is known"
    return Remote(url, check_name(label, shown(base)), checksum, why, terms, licence, version)


def _with_ending(name: str, ending: str) -> str:
    stem, dot, _ = name.rpartition(".")
    return (stem if dot else name) + ending


def _checksum(file: _Listed) -> str:
    """Return the checksum of a file, empty where none of a kind that is known is listed."""
    listed = file.part("checksum") if file.at.get("checksum") is not None else None
    kind = listed.text("type").replace("-", "").casefold() if listed else ""
    text = f"{kind}:{listed.text('value')}" if listed and kind in HASHES else ""
    if not text:
        text = f"md5:{md5}" if (md5 := file.text("md5")) else ""
    try:
        return ":".join(checksum_of(text)) if text else ""
    except DataError as fault:
        raise fault.at(file.url) from None


def _is_text(kind: str) -> bool:
    return kind.partition(";")[0].strip().casefold() in _TEXT


def _choose(files: Iterable[_Deposited], url: str) -> _Deposited:
    """Return the file of votes: text before other forms, then the largest."""
    files = list(files)
    right = [f for f in files if _VOTES.search(f"{f.label} {f.original_name}") and f.id]
    if not right:
        names = ", ".join(sorted(printable(f.label) for f in files)[:8])
        raise DataError(
            f"no file is named UNVotes; there are {names or 'none'}",
            where=shown(url),
            hint=_BY_HAND_VOTES,
        )
    return max(right, key=lambda f: (_is_text(f.original or f.kind), bool(f.original), f.size))


def library_votes(url: str = "", *, listing: str = LIBRARY_FILES) -> Remote:
    """Return the UN Digital Library's file of recorded votes.

    Args:
        url: its address, which changes with each release; by default the Library is asked for it.
        listing: where to ask.

    Raises:
        DataError: no address was given, and the Library did not name one.
    """
    url = address(url) if url else _listed(listing)
    terms = (
        "General Assembly Voting Data, United Nations Dag Hammarskjöld Library, "
        f"{LIBRARY}; copyright United Nations: non-commercial use with attribution"
    )
    name = _name(url, "ga_voting.csv")
    return Remote(url, name, "", "the Library lists no checksum", terms, version=_version(name))


def _listed(listing: str) -> str:
    hint = f"find the address of ..._ga_voting.csv at {LIBRARY} and pass it with --url"
    try:
        answer = get_json(listing, tries=2)
    except DataError as fault:
        raise DataError(
            f"the Library does not say where its file is ({fault.what})",
            where=shown(listing),
            hint=hint,
        ) from None
    files = [f for f in answer if isinstance(f, dict)] if isinstance(answer, list) else []
    texts = [(f.get("name"), f.get("url")) for f in files]
    right = [
        url
        for name, url in texts
        if isinstance(name, str)
        and _LIBRARY.search(name)
        and isinstance(url, str)
        and ".csv" in url
    ]
    if not right:
        raise DataError("no file of votes is listed", where=shown(listing), hint=hint)
    try:
        return address(max(right, key=_day))
    except DataError as fault:
        raise DataError(
            f"the address the Library lists cannot be used ({fault.what})",
            where=shown(listing),
            hint=hint,
        ) from None


def _name(url: str, otherwise: str) -> str:
    return check_name(urlsplit(url).path.rpartition("/")[2] or otherwise, shown(url))


def _version(name: str) -> str:
    """Return the day a file's name begins with, as YYYY-MM-DD; empty if it begins with none."""
    day = re.match(r"([0-9]{4})_([0-9]{1,2})_([0-9]{1,2})", name)
    try:
        return date(*map(int, day.groups())).isoformat() if day else ""
    except ValueError:
        return ""


def _day(url: str) -> tuple[int, ...]:
    found = re.search(r"([0-9]{4})_([0-9]{1,2})_([0-9]{1,2})_ga_voting", url)
    return tuple(map(int, found.groups())) if found else (0,)


def cow_capabilities(url: str = "") -> Remote:
    """Return the archive of COW National Material Capabilities, version 7."""
    terms = (
        "National Material Capabilities, Correlates of War Project, "
        "https://correlatesofwar.org/data-sets/national-material-capabilities/; free for research "
        "with citation: Singer, Bremer and Stuckey (1972)"
    )
    url = address(url or COW_NMC)
    return Remote(url, _name(url, "NMC.zip"), "", "the project lists no checksum", terms)


def bank_indicator(code: str, url: str = "") -> Remote:
    """Return the archive of one indicator of the World Bank.

    Args:
        code: of the indicator, as ``NY.GDP.MKTP.CD``.
        url: of the archive, if it is not where the Bank's manual has it.

    Raises:
        DataError: that is no code.

    Example:
        >>> bank_indicator("SP.POP.TOTL").name
        'API_SP.POP.TOTL.zip'
    """
    if not re.fullmatch(r"[A-Za-z0-9_]{1,12}(\.[A-Za-z0-9_]{1,12}){1,5}", code):
        raise DataError(
            f"{printable(repr(code), limit=40)} is no code of an indicator",
            hint="take it from the address of the indicator's page: NY.GDP.MKTP.CD, say",
        )
    terms = (
        "World Development Indicators, World Bank, https://data.worldbank.org; Creative Commons "
        "Attribution 4.0"
    )
    url = address(url or INDICATOR.format(code=code))
    return Remote(url, f"API_{code}.zip", "", "the World Bank lists no checksum", terms)


def baci_release(release: str = "", url: str = "") -> Remote:
    """Return the archive of BACI with all years since 1995.

    Args:
        release: as ``V202601``; by default the newest that is known here.
        url: of the archive, if it is not where that release is.

    Raises:
        DataError: that is no release.
    """
    release = (release or BACI_RELEASE).upper()
    if not re.fullmatch(r"V20[0-9]{4}[A-Z]?", release):
        raise DataError(
            f"{printable(repr(release), limit=40)} is no release of BACI",
            hint="name one as its page does: V202601",
        )
    terms = (
        "BACI, CEPII (Gaulier and Zignago 2010), https://www.cepii.fr; Etalab Open Licence 2.0; "
        "about 2.4 gigabytes"
    )
    url = address(url or BACI.format(release=release))
    return Remote(url, f"BACI_HS92_{release}.zip", "", "the CEPII lists no checksum", terms)


_BY_HAND_VOTES = (
    "download UNVotes from https://doi.org/10.7910/DVN/LEJUQZ and use `multipolar data add unga "
    "FILE`"
)
