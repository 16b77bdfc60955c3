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
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import IO, Any

from multipolar.errors import DataError
from multipolar.world import store

TIMEOUT = 30.0  # seconds without a byte
TRIES = 4
_CHUNK = 1 << 18
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_AGAIN = "run the command again: it goes on from there"
_BY_HAND = "download the file with a browser and use `multipolar data add`"


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


class _CutOff(Exception):
    """A transfer that may go well if tried again."""


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
    timeout: float = TIMEOUT,
    tries: int = TRIES,
    wait: Callable[[float], object] = time.sleep,
) -> Fetched:
    """Download a file, or what is missing of it, and return it under its name.

    Args:
        url: address, ``http`` or ``https``.
        name: of the file in the folder.
        checksum: ``md5:...`` or ``sha256:...``; empty if none is known.
        into: folder; by default :func:`folder`.
        progress: show a bar on standard error; by default if it is a terminal.
        timeout: seconds to wait for a connection or for the next bytes.
        tries: attempts, with a pause of 1, 2, 4, ... seconds between them.
        wait: what pauses.

    Raises:
        DataError: no network, no such file, a web page in its place, a wrong checksum or size, or
            a folder that cannot be written to. Under its name there is no file then, or the one of
            an earlier download.
    """
    if Path(name).name != name or not name.strip(". "):
        raise DataError(f"{name!r} is not a file name", where=url)
    want = _checksum(checksum)
    place = into or folder()
    store.check_writable(place)
    job = _Job(url, place / name, want, progress, timeout)
    try:
        place.mkdir(parents=True, exist_ok=True)
        if want and job.path.is_file() and _digest(job.path, want[0]) == want[1]:
            return Fetched(job.path, job.path.stat().st_size, cached=True, checked=checksum)
        for attempt in range(tries):
            try:
                return job.run()
            except _CutOff as fault:
                if attempt + 1 == tries:
                    raise job.gave_up(str(fault)) from None
                wait(2.0**attempt)
    except OSError as fault:
        raise _disk(fault, place) from None
    raise DataError("no attempt was made", where=url, hint="allow at least one")


def get_json(url: str, *, timeout: float = TIMEOUT, tries: int = TRIES,
             wait: Callable[[float], object] = time.sleep) -> Any:  # fmt: skip
    """Return a JSON document.

    Raises:
        DataError: no network, no such document, or it is not JSON.
    """
    for attempt in range(tries):
        try:
            with _open(url, {"Accept": "application/json"}, timeout) as answer:
                content = answer.read(1 << 25)
            return json.loads(content)
        except _CutOff as fault:
            if attempt + 1 == tries:
                raise DataError(f"no answer ({fault})", where=url, hint=_connection()) from None
            wait(2.0**attempt)
        except (OSError, http.client.HTTPException) as fault:
            if attempt + 1 == tries:
                raise DataError(f"no answer ({fault})", where=url, hint=_connection()) from None
            wait(2.0**attempt)
        except ValueError:
            raise DataError("the answer is not JSON", where=url, hint=_BY_HAND) from None
    raise DataError("no attempt was made", where=url, hint="allow at least one")


# One attempt --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Job:
    url: str
    path: Path
    want: tuple[str, str] | None
    progress: bool | None
    timeout: float

    @property
    def part(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def run(self) -> Fetched:
        """Transfer what is missing, check the whole and give it its name."""
        told = self._told()
        have = self._have(told)
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": told["validator"]}
        elif self.path.is_file() and told.get("complete"):
            headers |= _unless_changed(told)
        with _open(self.url, headers, self.timeout) as answer:
            if answer.status == http.client.NOT_MODIFIED:
                return Fetched(self.path, self.path.stat().st_size, cached=True)
            if answer.status == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                self.part.unlink(missing_ok=True)  # it is another, shorter file now
                raise _CutOff("the file has changed")
            have = self._transfer(answer, have)
        return self._finish(have)

    def _told(self) -> dict[str, Any]:
        """Return what the server said of the file, if it was this file."""
        try:
            told = json.loads(self.note.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) and told.get("url") == self.url else {}

    def _have(self, told: Mapping[str, Any]) -> int:
        """Return how much has arrived that can be built on."""
        if not told.get("validator") or told.get("complete") or not self.part.is_file():
            return 0
        have = self.part.stat().st_size
        return have if have < told.get("size", float("inf")) else 0

    def _transfer(self, answer: http.client.HTTPResponse, have: int) -> int:
        """Write the answer to the partial file; return how much of an earlier run was kept."""
        size = _size(answer, have)
        if answer.status != http.client.PARTIAL_CONTENT or size is _OTHER:
            have = 0
        if size is _OTHER:
            self.part.unlink(missing_ok=True)
            raise _CutOff("the server sent another part than was asked for")
        kind = answer.headers.get_content_type()
        first = _next(answer, have)
        if kind in {"text/html", "application/xhtml+xml"} or (not have and _is_page(first)):
            raise DataError("the server sent a web page, not the file", where=self.url,
                            hint=_BY_HAND)  # fmt: skip
        validator = _validator(answer.headers)
        told = {"url": self.url, "validator": validator, "size": size,
                "etag": answer.headers.get("ETag", ""),
                "modified": answer.headers.get("Last-Modified", "")}  # fmt: skip
        self.note.write_text(json.dumps({k: v for k, v in told.items() if v}), "utf-8")
        with self.part.open("ab" if have else "wb") as file:
            arrived = self._pour(answer, first, file, have, size)
        if size is not None and arrived < size:
            raise _CutOff(f"{arrived:,} of {size:,} bytes arrived")
        if size is not None and arrived > size:
            self.part.unlink()
            raise _CutOff(f"{arrived:,} bytes arrived where {size:,} were announced")
        return have

    def _pour(
        self, answer: http.client.HTTPResponse, chunk: bytes, file: IO[bytes], have: int,
        size: int | None,
    ) -> int:  # fmt: skip
        from tqdm import tqdm

        quiet = not (sys.stderr.isatty() if self.progress is None else self.progress)
        with tqdm(total=size, initial=have, unit="B", unit_scale=True, desc=self.path.name,
                  leave=False, disable=quiet, file=sys.stderr) as bar:  # fmt: skip
            while chunk:
                file.write(chunk)
                have += len(chunk)
                bar.update(len(chunk))
                chunk = _next(answer, have)
        return have

    def _finish(self, resumed: int) -> Fetched:
        size = self.part.stat().st_size
        if not size:
            self.part.unlink()
            raise DataError("the server sent an empty file", where=self.url, hint=_BY_HAND)
        checked = ""
        if self.want:
            kind, digest = self.want
            found = _digest(self.part, kind)
            if found != digest:
                self.part.unlink()
                raise DataError(
                    f"the {kind} checksum is {found}, not {digest}: the file is damaged or is not "
                    "the one announced",
                    where=self.url,
                    hint="run the command again; if it stays wrong, " + _BY_HAND,
                )
            checked = f"{kind}:{digest}"
        told = self._told() | {"complete": True}
        self.part.replace(self.path)
        self.note.write_text(json.dumps(told), "utf-8")
        return Fetched(self.path, size, resumed, checked=checked)

    def gave_up(self, why: str) -> DataError:
        """Return the error after the last attempt."""
        some = self.part.is_file() and self.part.stat().st_size
        hint = _AGAIN if some and self._told().get("validator") else _connection()
        return DataError(f"the download broke off ({why})", where=self.url, hint=hint)


_OTHER = -1


def _next(answer: http.client.HTTPResponse, have: int) -> bytes:
    try:
        return answer.read(_CHUNK)
    except (OSError, http.client.HTTPException) as fault:
        raise _CutOff(f"{_why(fault)} after {have:,} bytes") from None


def _size(answer: http.client.HTTPResponse, have: int) -> int | None:
    """Return the size of the whole file, None where it is not said, -1 for a wrong part."""
    if answer.status == http.client.PARTIAL_CONTENT:
        unit, _, span = answer.headers.get("Content-Range", "").partition(" ")
        start, _, rest = span.partition("-")
        _, _, whole = rest.partition("/")
        if unit != "bytes" or start != str(have):
            return _OTHER
        return int(whole) if whole.isdigit() else None
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _open(url: str, headers: Mapping[str, str], timeout: float) -> http.client.HTTPResponse:
    """Send a request; what will not be better later is an error, what may be is a `_CutOff`."""
    if not url.startswith(("http://", "https://")):
        raise DataError("not an address", where=url, hint="use one with http:// or https://")
    request = urllib.request.Request(url, headers={"User-Agent": "multipolar", **headers})
    try:
        answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as fault:
        if fault.code in {304, 416}:
            return fault  # type: ignore[return-value]  # read as an answer
        fault.close()
        if fault.code in _LATER:
            raise _CutOff(f"HTTP status {fault.code}") from None
        raise _refused(url, fault.code) from None
    except (OSError, http.client.HTTPException) as fault:
        raise _CutOff(_why(fault)) from None
    except ValueError as fault:
        raise DataError(f"not an address ({fault})", where=url) from None
    return answer


def _refused(url: str, status: int) -> DataError:
    words = {
        401: ("asks for a login", _BY_HAND),
        403: ("does not let programs have the file", _BY_HAND),
        404: (
            "has no such file",
            "the address may have changed (--url takes that of the Library's or the COW file), or "
            + _BY_HAND,
        ),
        410: ("has the file no more", "pass another address with --url, or " + _BY_HAND),
    }  # fmt: skip
    what, hint = words.get(status, ("refuses", _BY_HAND))
    return DataError(f"the server {what} (HTTP status {status})", where=url, hint=hint)


def _why(fault: BaseException) -> str:
    reason = getattr(fault, "reason", None) or fault
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__


def _connection() -> str:
    return f"check the connection and try again, or {_BY_HAND}"


def _validator(headers: Message) -> str:
    """Return what tells whether the file is the same: a strong ETag, or the date of change."""
    etag = headers.get("ETag", "")
    return etag if etag.startswith('"') else headers.get("Last-Modified", "")


def _unless_changed(told: Mapping[str, Any]) -> dict[str, str]:
    if told.get("etag"):
        return {"If-None-Match": str(told["etag"])}
    return {"If-Modified-Since": str(told["modified"])} if told.get("modified") else {}


def _is_page(start: bytes) -> bool:
    head = start[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return head.startswith((b"<!doctype html", b"<html"))


def _checksum(text: str) -> tuple[str, str] | None:
    if not text:
        return None
    kind, _, digest = text.partition(":")
    if kind not in {"md5", "sha256"} or not digest:
        raise DataError(f"{text!r} is not a checksum", hint="write md5:... or sha256:...")
    return kind, digest.lower()


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
        where=str(place),
        hint=f"make room, or name another folder in {store.VARIABLE}",
    )
