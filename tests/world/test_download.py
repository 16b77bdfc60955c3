"""Downloads over real HTTP, from a server of our own that can be told to misbehave."""

from __future__ import annotations

import errno
import hashlib
import http.server
import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from multipolar.errors import DataError
from multipolar.world import download as module
from multipolar.world.download import download, get_json
from multipolar.world.part import Part

BODY = bytes(range(256)) * 4000  # 1 MB: more than one chunk
OTHER = bytes(reversed(range(256))) * 3000
MD5 = "md5:" + hashlib.md5(BODY, usedforsecurity=False).hexdigest()


@dataclass
class Site:
    """What the server has, and how it behaves."""

    body: bytes = BODY
    etag: str = '"one"'
    modified: str = ""
    kind: str = "application/octet-stream"
    ranges: bool = True
    length: bool = True
    cut: list[int] = field(default_factory=list)  # bytes to send in each of the next answers
    status: list[int] = field(default_factory=list)  # to answer the next requests with
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


def handler(site: Site) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            site.asked.append(dict(self.headers))
            if site.status:
                self.send_response(site.status.pop(0))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if site.etag and self.headers.get("If-None-Match") == site.etag:
                self.send_response(304)
                self.end_headers()
                return
            start = self.start()
            body = site.body[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(site.body) - 1}/{len(site.body)}"
                )
            for name, value in (("ETag", site.etag), ("Last-Modified", site.modified)):
                if value:
                    self.send_header(name, value)
            self.send_header("Content-Type", site.kind)
            if site.length:
                self.send_header("Content-Length", str(len(body)))
            else:
                self.send_header("Connection", "close")
                self.close_connection = True
            self.end_headers()
            if site.cut:
                body = body[: site.cut.pop(0)]
                self.close_connection = True
            self.wfile.write(body)

        def start(self) -> int:
            asked, same = self.headers.get("Range", ""), self.headers.get("If-Range", "")
            if not (site.ranges and asked and same in {site.etag, site.modified} - {""}):
                return 0
            return int(asked.removeprefix("bytes=").rstrip("-"))

    return Handler


@pytest.fixture
def site() -> Iterator[Site]:
    state = Site()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(state))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/file.csv"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def get(site: Site, into: Path, **more: Any) -> module.Fetched:
    return download(site.url, "file.csv", into=into, wait=lambda s: None, **more)


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def test_a_file_comes_whole_and_checked(site: Site, tmp_path: Path) -> None:
    found = get(site, tmp_path / "new", checksum=MD5)
    assert found.path.read_bytes() == BODY
    assert (found.size, found.resumed, found.cached, found.checked) == (len(BODY), 0, False, MD5)
    assert names(tmp_path / "new") == {"file.csv", "file.csv.json"}


def test_an_interrupted_transfer_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    site.cut = [300_000]
    with pytest.raises(DataError, match="300,000 of 1,024,000 bytes") as fault:
        get(site, tmp_path, tries=1)
    assert "goes on from there" in str(fault.value)
    assert names(tmp_path) == {"file.csv.part", "file.csv.json"}  # no file under its name
    found = get(site, tmp_path, checksum=MD5)
    assert (found.resumed, found.path.read_bytes() == BODY) == (300_000, True)
    assert site.asked[-1]["Range"] == "bytes=300000-"
    assert site.asked[-1]["If-Range"] == '"one"'


def test_a_transfer_that_breaks_off_is_taken_up_again_at_once(site: Site, tmp_path: Path) -> None:
    site.cut = [300_000, 200_000]
    pauses: list[float] = []
    found = download(site.url, "file.csv", into=tmp_path, checksum=MD5, wait=pauses.append)
    assert found.path.read_bytes() == BODY
    assert pauses == [1.0, 2.0]
    assert [a.get("Range") for a in site.asked] == [None, "bytes=300000-", "bytes=500000-"]


def test_without_ranges_the_file_comes_from_the_start(site: Site, tmp_path: Path) -> None:
    site.cut, site.ranges = [300_000], False
    found = get(site, tmp_path, checksum=MD5)
    assert (found.resumed, found.path.read_bytes() == BODY) == (0, True)
    assert "Range" in site.asked[-1]


def test_a_file_that_changed_meanwhile_is_not_joined(site: Site, tmp_path: Path) -> None:
    site.cut = [300_000]
    with pytest.raises(DataError):
        get(site, tmp_path, tries=1)
    site.body, site.etag = OTHER, '"two"'
    found = get(site, tmp_path)
    assert (found.resumed, found.path.read_bytes() == OTHER) == (0, True)


def test_a_date_of_change_serves_where_the_tag_is_weak(site: Site, tmp_path: Path) -> None:
    site.etag, site.modified = 'W/"one"', "Wed, 01 Oct 2025 10:00:00 GMT"
    site.cut = [300_000]
    assert get(site, tmp_path).resumed == 300_000
    assert site.asked[-1]["If-Range"] == site.modified


def test_without_a_validator_nothing_is_joined(site: Site, tmp_path: Path) -> None:
    site.etag, site.cut = "", [300_000]
    found = get(site, tmp_path, checksum=MD5)
    assert (found.resumed, found.path.read_bytes() == BODY) == (0, True)
    assert "Range" not in site.asked[-1]


def test_another_address_does_not_go_on_with_this_part(site: Site, tmp_path: Path) -> None:
    site.cut = [300_000]
    with pytest.raises(DataError):
        get(site, tmp_path, tries=1)
    site.url += "?release=2"
    assert get(site, tmp_path).resumed == 0


def test_a_range_that_is_refused_starts_anew(site: Site, tmp_path: Path) -> None:
    site.cut, site.status = [300_000], []
    with pytest.raises(DataError):
        get(site, tmp_path, tries=1)
    site.status = [416]
    found = get(site, tmp_path, checksum=MD5)
    assert (found.resumed, found.path.read_bytes() == BODY) == (0, True)


def test_a_wrong_checksum_leaves_no_file(site: Site, tmp_path: Path) -> None:
    wrong = "sha256:" + "0" * 64
    with pytest.raises(DataError, match="sha256 checksum is"):
        get(site, tmp_path, checksum=wrong)
    assert names(tmp_path) == set()


def test_a_wrong_checksum_leaves_the_earlier_file(site: Site, tmp_path: Path) -> None:
    get(site, tmp_path, checksum=MD5)
    site.body, site.etag = OTHER, '"two"'
    with pytest.raises(DataError, match="checksum"):
        get(site, tmp_path, checksum="md5:" + "0" * 32)
    assert (tmp_path / "file.csv").read_bytes() == BODY


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html; charset=utf-8", b"a,b\n1,2\n"),
        ("text/csv", b"\n <!DOCTYPE html><title>Log in</title>"),
        ("text/csv", b"\xef\xbb\xbf<HTML>"),
    ],
)
def test_a_web_page_is_no_file(site: Site, tmp_path: Path, kind: str, body: bytes) -> None:
    site.kind, site.body = kind, body
    with pytest.raises(DataError, match="web page"):
        get(site, tmp_path)
    assert names(tmp_path) == set()


def test_an_empty_answer_is_no_file(site: Site, tmp_path: Path) -> None:
    site.body = b""
    with pytest.raises(DataError, match="empty file"):
        get(site, tmp_path)
    assert "file.csv" not in names(tmp_path)


@pytest.mark.parametrize(
    ("status", "words"), [(404, "no such file"), (403, "does not let programs"), (410, "no more")]
)
def test_a_refusal_is_not_tried_again(site: Site, tmp_path: Path, status: int, words: str) -> None:
    site.status = [status]
    with pytest.raises(DataError, match=words) as fault:
        get(site, tmp_path)
    assert str(status) in str(fault.value)
    assert len(site.asked) == 1
    assert names(tmp_path) == set()


def test_a_server_that_is_busy_is_asked_again(site: Site, tmp_path: Path) -> None:
    site.status = [503, 429]
    assert get(site, tmp_path, checksum=MD5).size == len(BODY)
    site.status = [503] * 9
    with pytest.raises(DataError, match="HTTP status 503"):
        download(site.url, "b.csv", into=tmp_path, wait=lambda s: None)


def test_no_network_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="broke off") as fault:
        download("http://127.0.0.1:9/x", "x", into=tmp_path, tries=2, wait=lambda s: None)
    assert "check the connection" in str(fault.value)
    assert "\n" not in str(fault.value)
    assert names(tmp_path) == set()


def test_the_same_file_is_not_transferred_twice(site: Site, tmp_path: Path) -> None:
    get(site, tmp_path)
    again = get(site, tmp_path)
    assert (again.cached, again.path.read_bytes() == BODY) == (True, True)
    assert site.asked[-1]["If-None-Match"] == '"one"'
    before = len(site.asked)
    assert get(site, tmp_path, checksum=MD5).cached
    assert len(site.asked) == before  # the checksum tells; nobody was asked
    site.body, site.etag = OTHER, '"two"'
    assert get(site, tmp_path).path.read_bytes() == OTHER


def test_a_length_that_is_not_said(site: Site, tmp_path: Path) -> None:
    site.length = False
    assert get(site, tmp_path, checksum=MD5).path.read_bytes() == BODY


class Full(io.BytesIO):
    def write(self, content: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_one_line(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Part, "open", lambda self, have: Full())
    with pytest.raises(DataError, match="the disk is full"):
        get(site, tmp_path)
    assert "file.csv" not in names(tmp_path)


def test_what_arrived_stays_when_the_user_stops_it(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = module.take, []

    def stop(answer: Any, have: int) -> bytes:
        calls.append(have)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(answer, have)

    monkeypatch.setattr(module, "take", stop)
    with pytest.raises(KeyboardInterrupt):
        get(site, tmp_path)
    assert "file.csv" not in names(tmp_path)
    part = (tmp_path / "file.csv.part").stat().st_size
    assert 0 < part < len(BODY)
    monkeypatch.setattr(module, "take", real)
    found = get(site, tmp_path, checksum=MD5)
    assert (found.resumed, found.path.read_bytes() == BODY) == (part, True)


@pytest.mark.parametrize("url", ["file:///etc/hosts", "ftp://example.org/x", "nonsense"])
def test_other_addresses_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not an address"):
        download(url, "x", into=tmp_path)


@pytest.mark.parametrize("name", ["../x", "a/b", "..", ""])
def test_a_name_does_not_leave_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a file name"):
        download("http://127.0.0.1:9/x", name, into=tmp_path)


def test_a_document_that_is_not_json(site: Site) -> None:
    site.body = b'{"a": [1, 2]}'
    assert get_json(site.url) == {"a": [1, 2]}
    site.body = b"<html>"
    with pytest.raises(DataError, match="not JSON"):
        get_json(site.url)
    site.status = [404]
    with pytest.raises(DataError, match="no such file"):
        get_json(site.url)
