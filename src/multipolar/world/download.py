"""Downloading one file over HTTP: resumed, checked, and whole or not at all.

What has arrived lies in ``NAME.part`` until it is complete and right, and what the server said of
the file in ``NAME.json``, so that a second run goes on where the first was cut off, if the file is
still the same (RFC 9110, sections 13 and 14: ``Range`` with ``If-Range``).
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, NoReturn

from multipolar import limits
from multipolar.errors import DataError
from multipolar.world import store
from multipolar.world.part import Note, Part, check_name
from multipolar.world.web import (
    BY_HAND,
    CutOff,
    ask,
    length,
    only,
    persist,
    shown,
    take,
    validator,
)

_AGAIN = "run the command again: it goes on from there"
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_WORDS = frozenset({"application/json", "application/problem+json"})
_PAGE = re.compile(
    rb"(?>\s+|<!--.*?-->|<\?xml[^>]*>)*+<(!doctype\s+html|html|head|body|title|meta|script)\b",
    re.DOTALL | re.IGNORECASE,
)
_LOOKED_AT = 1000  # bytes, for whether it is a web page
HASHES = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}  # digits


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was downloaded.

    Attributes:
        path: where it lies.
        size: in bytes.
        resumed: bytes of it that an earlier run had brought.
        cached: nothing was transferred: the one at hand is the server's.
        checked: the checksum it was compared with, as ``md5:...``; empty if there was none.
    """

    path: Path
    size: int
    resumed: int = 0
    cached: bool = False
    checked: str = ""


def folder() -> Path:
    """Return the folder of downloads: ``downloads`` among the user's tables."""
    return store.user_folder() / "downloads"


def download(
    url: str,
    name: str,
    *,
    checksum: str = "",
    into: Path | None = None,
    progress: bool | None = None,
    timeout: float | None = None,
    tries: int | None = None,
    wait: Callable[[float], object] = time.sleep,
) -> Fetched:
    """Download a file, or what is missing of it, and return it under its name.

    Args:
        url: address: ``https``, or ``http`` of this machine.
        name: of the file in the folder.
        checksum: as :func:`checksum_of` takes it; empty if none is known.
        into: folder; by default :func:`folder`.
        progress: show a bar on standard error; by default if it is a terminal.
        timeout: seconds to wait for a connection or for the next bytes; by default
            :data:`multipolar.limits.DOWNLOAD_TIMEOUT`.
        tries: attempts, with a pause of 1, 2, 4, ... seconds between them, or as long as the
            server asks; by default :data:`multipolar.limits.DOWNLOAD_TRIES`.
        wait: what pauses.

    Raises:
        DataError: no network, no such file, a web page in its place, a wrong checksum or size, a
            file that is too large or comes too slowly, another run at the same file, or a folder
            that cannot be written to. Under its name there is no file then, or the one of an
            earlier download.
    """
    check_name(name, shown(url))
    want = checksum_of(checksum) if checksum else None
    place = into or folder()
    store.check_writable(place)
    job = _Job(url, Part(place / name), want, progress, timeout or limits.DOWNLOAD_TIMEOUT)
    try:
        place.mkdir(parents=True, exist_ok=True)
        with job.part.alone():
            if want and job.path.is_file() and _digest(job.path, want[0]) == want[1]:
                return Fetched(job.path, job.path.stat().st_size, cached=True, checked=checksum)
            return persist(job.run, tries, wait, job.gave_up)
    except OSError as fault:
        raise _disk(fault, place) from None


def get_json(
    url: str,
    *,
    timeout: float | None = None,
    tries: int | None = None,
    wait: Callable[[float], object] = time.sleep,
) -> Any:
    """Return a JSON document.

    Raises:
        DataError: no network, no such document, it is too large, or it is not JSON.
    """

    def attempt() -> bytes:
        until = time.monotonic() + limits.LISTING_SECONDS
        with ask(url, {"Accept": "application/json"}, limit) as answer:
            size = length(answer, url)
            content = bytearray()
            while chunk := take(answer, len(content)):
                content += chunk
                if len(content) > limits.JSON_BYTES:
                    raise DataError(
                        f"the answer is over {limits.JSON_BYTES:,} bytes",
                        where=shown(url),
                        hint=BY_HAND,
                    )
                if time.monotonic() > until:
                    raise CutOff(f"not whole after {limits.LISTING_SECONDS:g} s", over=True)
        if size is not None and len(content) < size:
            raise CutOff(f"{len(content):,} of {size:,} bytes arrived")
        return bytes(content)

    def error(fault: CutOff) -> DataError:
        return DataError(f"no answer ({fault})", where=shown(url), hint=fault.hint)

    limit = timeout or limits.DOWNLOAD_TIMEOUT
    content = persist(attempt, tries, wait, error)
    try:
        return json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise DataError("the answer is not JSON", where=shown(url), hint=BY_HAND) from None


def checksum_of(text: str) -> tuple[str, str]:
    """Return the kind of a checksum and its digits.

    Raises:
        DataError: it is none of a kind that is known, or not of its length.

    Example:
        >>> checksum_of("md5:D41D8CD98F00B204E9800998ECF8427E")
        ('md5', 'd41d8cd98f00b204e9800998ecf8427e')
    """
    kind, _, digits = text.partition(":")
    if not re.fullmatch(r"[0-9a-fA-F]+", digits) or len(digits) != HASHES.get(kind):
        raise DataError(
            f"{text[:80]!r} is not a checksum",
            hint=f"write one of {', '.join(f'{k}:...' for k in HASHES)}",
        )
    return kind, digits.lower()


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not in JSON")


# One attempt --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Job:
    url: str
    part: Part
    want: tuple[str, str] | None
    progress: bool | None
    timeout: float

    @property
    def path(self) -> Path:
        return self.part.path

    def run(self) -> Fetched:
        """Transfer what is missing, check the whole and give it its name."""
        told = self.part.told(self.url)
        have = self._have(told)
        headers: dict[str, str] = {}
        if have:
            headers = {"Range": f"bytes={have}-", "If-Range": told.validator}
        elif not self.want and told.complete and _size(self.path) == told.size:
            headers = _unless_changed(told)
        with ask(self.url, headers, self.timeout) as answer:
            if answer.status == http.client.NOT_MODIFIED:
                self._check_unchanged(answer, told)
                return Fetched(self.path, told.size, cached=True)
            if have and not _goes_on(answer, told, have, self.url):
                self._anew(
                    "the file has changed"
                    if answer.status == 416
                    else "the server sent another part than was asked for"
                )
            have = self._transfer(answer, told, have if answer.status == 206 else 0)
        return self._finish(have)

    def _have(self, told: Note) -> int:
        """Return how much has arrived that can be built on."""
        if not told.validator or told.complete:
            return 0
        have = self.part.size()
        return have if have < (told.size or limits.DOWNLOAD_BYTES) else 0

    def _check_unchanged(self, answer: http.client.HTTPResponse, told: Note) -> None:
        etag = only(answer.headers, "ETag").removeprefix("W/")
        if etag and told.etag and etag != told.etag.removeprefix("W/"):
            self._anew("the server calls another file unchanged")

    def _anew(self, why: str) -> NoReturn:
        self.part.forget()
        raise CutOff(why)

    def _transfer(self, answer: http.client.HTTPResponse, told: Note, have: int) -> int:
        """Write the answer to the partial file; return how much of an earlier run was kept."""
        size = (told.size or _whole(answer)) if have else length(answer, self.url)
        self._check_size(size or 0)
        first = _start(answer, have)
        self._check_kind(answer, b"" if have else first)
        if not have:
            self.part.forget()  # first: what was said of the new must not stand beside the old
            self.part.tell(
                Note(
                    self.url,
                    validator(answer.headers),
                    _kept(answer, "ETag"),
                    _kept(answer, "Last-Modified"),
                    size or 0,
                )
            )
        with self.part.open(have) as file:
            arrived = self._pour(answer, first, file, have, size)
        if size is not None and arrived < size:
            raise CutOff(f"{arrived:,} of {size:,} bytes arrived")
        if size is not None and arrived > size:
            self._anew(f"{arrived:,} bytes arrived where {size:,} were announced")
        return have

    def _check_size(self, size: int) -> None:
        if size > limits.DOWNLOAD_BYTES:
            self.part.forget()
            raise DataError(
                f"the file has {size:,} bytes or more, and over {limits.DOWNLOAD_BYTES:,} are not "
                "read",
                where=shown(self.url),
                hint="look whether it is the right one",
            )

    def _check_kind(self, answer: http.client.HTTPResponse, start: bytes) -> None:
        """Refuse what servers send in place of a file."""
        kind = answer.headers.get_content_type()
        # a page in UTF-16 has a zero beside each letter
        text = start[: 4 * _LOOKED_AT].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff")
        page = _PAGE.match(text)
        what = "a web page" if kind in _PAGES or page else "a message" if kind in _WORDS else ""
        what = "several parts" if kind.startswith("multipart/") else what
        if what:
            raise DataError(
                f"the server sent {what}, not the file", where=shown(self.url), hint=BY_HAND
            )

    def _pour(
        self,
        answer: http.client.HTTPResponse,
        chunk: bytes,
        file: IO[bytes],
        have: int,
        size: int | None,
    ) -> int:
        from tqdm import tqdm

        quiet = not (sys.stderr.isatty() if self.progress is None else self.progress)
        with tqdm(
            total=size,
            initial=have,
            unit="B",
            unit_scale=True,
            desc=self.path.name,
            leave=False,
            disable=quiet,
            file=sys.stderr,
        ) as bar:
            while chunk:
                file.write(chunk)
                have += len(chunk)
                self._check_size(have)
                bar.update(len(chunk))
                chunk = take(answer, have)
        return have

    def _finish(self, resumed: int) -> Fetched:
        size = self.part.size()
        if not size:
            self.part.forget()
            raise DataError("the server sent an empty file", where=shown(self.url), hint=BY_HAND)
        checked = ""
        if self.want:
            kind, digest = self.want
            found = _digest(self.part.place, kind)
            if found != digest:
                self.part.forget()
                raise DataError(
                    f"the {kind} checksum is {found}, not {digest}: the file is damaged or is not "
                    "the one announced, and was deleted",
                    where=shown(self.url),
                    hint="run the command again; if it stays wrong, " + BY_HAND,
                )
            checked = f"{kind}:{digest}"
        self.part.finish(replace(self.part.told(self.url), size=size, complete=True))
        return Fetched(self.path, size, resumed, checked=checked)

    def gave_up(self, fault: CutOff) -> DataError:
        """Return the error after the last attempt."""
        some = self._have(self.part.told(self.url))
        return DataError(
            f"the download broke off ({fault})",
            where=shown(self.url),
            hint=_AGAIN if some else fault.hint,
        )


def _goes_on(answer: http.client.HTTPResponse, told: Note, have: int, url: str) -> bool:
    """Tell whether an answer is the whole file, or just the part of it that was asked for."""
    if answer.status != http.client.PARTIAL_CONTENT:
        return answer.status == http.client.OK
    span = re.fullmatch(
        r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)",
        only(answer.headers, "Content-Range"),
        re.IGNORECASE,
    )
    if not span:
        return False
    first, last = int(span[1]), int(span[2])
    size = told.size if span[3] == "*" else int(span[3])
    same = told.validator in {only(answer.headers, "ETag"), only(answer.headers, "Last-Modified")}
    fits = size == (told.size or size) and first == have <= last and (not size or last < size)
    return same and fits and length(answer, url) in {None, last - first + 1}


def _whole(answer: http.client.HTTPResponse) -> int | None:
    size = only(answer.headers, "Content-Range").rpartition("/")[2]
    return int(size) if size.isdigit() else None


def _start(answer: http.client.HTTPResponse, have: int) -> bytes:
    """Return the first bytes, enough to tell a web page by."""
    start = b""
    while len(start) < _LOOKED_AT and (chunk := take(answer, have + len(start))):
        start += chunk
    return start


def _kept(answer: http.client.HTTPResponse, name: str) -> str:
    text = only(answer.headers, name)
    return text if text.isascii() and text.isprintable() and len(text) <= 200 else ""


def _unless_changed(told: Note) -> dict[str, str]:
    if told.etag:
        return {"If-None-Match": told.etag}
    return {"If-Modified-Since": told.modified} if told.modified else {}


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        # for what the publisher lists, not for security
        return hashlib.file_digest(
            file, lambda: hashlib.new(kind, usedforsecurity=False)
        ).hexdigest()


def _disk(fault: OSError, place: Path) -> DataError:
    full = fault.errno in {errno.ENOSPC, errno.EDQUOT}
    return DataError(
        "the disk is full" if full else f"cannot write ({fault.strerror or fault})",
        where=str(fault.filename or place),
        hint=f"make room, or name another folder in {store.VARIABLE}",
    )
