"""Downloads from servers that send what no server should: all is refused in one line."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from multipolar import limits
from multipolar.errors import DataError
from multipolar.world.download import download, get_json
from multipolar.world.part import Note, Part
from wire import BODY, MD5, OLD, Answer, Wire, chunked, get, refused, reply, serving


@pytest.fixture
def wire() -> Iterator[Wire]:
    with serving(Wire()) as found:
        yield found


# Headers and bodies ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "length",
    ["-5", "abc", "5, 6", "5\r\nContent-Length: 6", "9" * 30, "\xb2", "+5", "0x5", "5.0", "5 5"],
)
def test_a_length_that_is_not_one_number(wire: Wire, tmp_path: Path, length: str) -> None:
    wire.answers = [reply(f"Content-Length: {length}", size=False)]
    assert "a length that is not one number" in refused(wire, tmp_path)
    assert len(wire.asked) == 1


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Content-Encoding: gzip", "the file packed (gzip)"),
        ("Content-Encoding: identity, br", "the file packed (br)"),
        ("Content-Encoding: \x1b[31m" + "x" * 999, "the file packed (\\x1b[31mxxx"),
        ("Transfer-Encoding: gzip, chunked", "a form that is not read (gzip, chunked)"),
        ("not a header", "headers that cannot be read"),
        ("Content-Type: multipart/byteranges", "headers that cannot be read"),
        ("Content-Type: application/json", "sent a message, not the file"),
        ("Content-Type: TEXT/HTML;charset=x", "sent a web page, not the file"),
        ("\r\n".join(f"X-{n}: y" for n in range(200)), "not in HTTP: got more than 100 headers"),
        ("X: " + "y" * 70_000, "not in HTTP: got more than 65536 bytes"),
        ("\r\n".join(f"X-{n}: {'y' * 60_000}" for n in range(20)), "words have no end"),
    ],
)
def test_headers_that_make_something_else_of_the_bytes(
    wire: Wire, tmp_path: Path, header: str, words: str
) -> None:
    wire.answers = [reply(header, body=gzip.compress(BODY))]
    assert words in refused(wire, tmp_path, checksum=MD5)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "answer",
    [
        reply(f"Content-Length: {len(BODY)}"),
        reply(f"Content-Length: {len(BODY)}, {len(BODY)}", size=False),
        reply("Content-Encoding: identity"),
        reply(size=False),
        chunked(b"%x;x=y\r\n%b\r\n0\r\nX: y\r\n\r\n" % (len(BODY), BODY)),
        reply(
            "Transfer-Encoding: Chunked\r\nContent-Length: 5",
            size=False,
            body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
        ),
        b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" + reply(),
    ],
)
def test_what_is_unusual_and_right(wire: Wire, tmp_path: Path, answer: bytes) -> None:
    wire.answers = [answer]
    assert get(wire, tmp_path, tries=1).path.read_bytes() == BODY


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "closed the connection without an answer"),
        (b"SSH-2.0-OpenSSH_9\r\n", "the answer is not in HTTP"),
        (b"HTTP/1.1 abc\r\n\r\n", "the answer is not in HTTP"),
        (b"HTTP/2 200\r\n\r\n", "the answer is not in HTTP"),
        (b"\x1b]0;x\x07" * 9000, "the answer is not in HTTP"),
        (reply(status="204 No Content", size=False, body=b""), "no file (HTTP status 204)"),
        (reply(status="203 Changed"), "no file (HTTP status 203)"),
        (reply("Content-Range: bytes 0-9/10", status="206 Part"), "where the whole was asked for"),
        (reply(status="300 Many"), "no file (HTTP status 300)"),
        (reply(status="304 Same", size=False, body=b""), "no file (HTTP status 304)"),
        (reply(status="416 Range"), "refuses (HTTP status 416)"),
        (reply(status="999 \x1b[31m"), "refuses (HTTP status 999)"),
        (reply(body=b""), "empty file"),
        (reply(body=BODY)[:-9], "10,231 of 10,240 bytes arrived"),
        (chunked(b"%x\r\n%b" % (len(BODY), BODY)), "cut short after 10,240 bytes"),
        (chunked(b"%x\r\n%b" % (len(BODY), BODY[:9])), "cut short after 9 bytes"),
        (chunked(b"-9\r\n" + BODY), "a size below zero"),
        (chunked(b"zz\r\n" + BODY), "cut short after 0 bytes"),
        (chunked(b"f" * 70_000 + b"\r\n" + BODY), "not in HTTP"),
        (reply(body=b"<!-- <p> --> <?xml?>\n<html>"), "sent a web page"),
        (reply(body="\ufeff<!DOCTYPE HTML><p>".encode("utf-16-le")), "sent a web page"),
    ],
)
def test_answers_that_are_no_file(wire: Wire, tmp_path: Path, answer: bytes, words: str) -> None:
    wire.answers = [answer]
    assert words in refused(wire, tmp_path)


def test_a_page_that_comes_in_pieces(wire: Wire, tmp_path: Path) -> None:
    def send(connection: socket.socket) -> None:
        connection.sendall(reply(body=b"<html>")[:-3])
        time.sleep(0.05)
        connection.sendall(b"ml>")

    wire.answers = [send]
    assert "sent a web page" in refused(wire, tmp_path)


def test_a_page_is_told_in_no_time(wire: Wire, tmp_path: Path) -> None:
    body = b"<!---->" * 600 + b"x"  # each could end at any of the ends that follow
    wire.answers = [reply(body=body)]
    assert get(wire, tmp_path).path.read_bytes() == body


def endless(head: bytes, line: bytes) -> Callable[[socket.socket], None]:
    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(5000):
            connection.sendall(line * 100)

    return send


@pytest.mark.parametrize(
    ("head", "line"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 100 Continue\r\n", b"X: y\r\n" * 60),
        (chunked(b"1\r\nx\r\n0\r\n"), b"X: y\r\n"),
        (chunked(b""), b"1;" + b"x" * 9000 + b"\r\na\r\n"),
    ],
)
def test_words_without_end(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes, line: bytes
) -> None:
    monkeypatch.setattr(limits, "DOWNLOAD_BYTES", 100_000)
    wire.answers = [endless(head, line)]
    text = refused(wire, tmp_path)
    assert "words have no end" in text or "more than 100 headers" in text


def test_a_connection_that_is_torn_down(wire: Wire, tmp_path: Path) -> None:
    def tear(connection: socket.socket) -> None:
        connection.sendall(reply('ETag: "a"')[:-100])
        time.sleep(0.3)  # what was not read by then is lost
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    wire.answers = [tear]
    text = refused(wire, tmp_path, tries=1)
    assert "broke off (" in text and "goes on from there" in text
    got = (tmp_path / "file.csv.part").stat().st_size
    wire.answers = [
        reply(
            f"Content-Range: bytes {got}-{len(BODY) - 1}/{len(BODY)}",
            'ETag: "a"',
            body=BODY[got:],
            status="206 Part",
        )
    ]
    assert get(wire, tmp_path, checksum=MD5).resumed == got


# Size and speed -------------------------------------------------------------------------------


def test_a_file_that_is_too_large(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DOWNLOAD_BYTES", len(BODY))
    wire.answers = [reply()]
    assert get(wire, tmp_path / "right").size == len(BODY)
    monkeypatch.setattr(limits, "DOWNLOAD_BYTES", len(BODY) - 1)
    said = f"has {len(BODY):,} bytes or more, and over {len(BODY) - 1:,} are not read"
    assert said in refused(wire, tmp_path)
    wire.answers = [reply("Content-Length: " + "9" * 18, size=False)]
    assert "999,999,999,999,999,999 bytes" in refused(wire, tmp_path)
    for unsaid in (reply(size=False), chunked(b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY))):
        wire.answers = [unsaid]
        assert "are not read" in refused(wire, tmp_path)
    assert not list(tmp_path.glob("file*"))


def test_a_part_that_is_too_large_is_not_gone_on_with(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Part(tmp_path / "file.csv")
    part.place.write_bytes(BODY)
    part.tell(Note(wire.url, '"a"', '"a"'))
    monkeypatch.setattr(limits, "DOWNLOAD_BYTES", 100)
    wire.answers = [reply(body=b"a,b\n1,2\n")]
    assert get(wire, tmp_path).size == 8
    assert "Range" not in wire.asked[0]


@pytest.mark.parametrize("header", [True, False])
def test_a_server_that_trickles(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: bool
) -> None:
    monkeypatch.setattr(limits, "SLOW_SECONDS", 0.1)
    sent = reply('ETag: "a"', body=BODY)
    start = 0 if header else len(sent) - len(BODY) + 2000

    def trickle(connection: socket.socket) -> None:
        connection.sendall(sent[:start])
        for n in range(start, start + 200):
            connection.sendall(sent[n : n + 1])
            time.sleep(0.01)

    wire.answers = [trickle]
    text = refused(wire, tmp_path)
    assert "under 1,000 bytes a second for 0.1 s" in text
    assert len(wire.asked) == 1  # it would not be faster at once
    assert ("goes on from there" in text) is not header
    if header:
        return
    have = (tmp_path / "file.csv.part").stat().st_size
    assert have >= 2000
    wire.answers = [
        reply(
            f"Content-Range: bytes {have}-{len(BODY) - 1}/{len(BODY)}",
            'ETag: "a"',
            body=BODY[have:],
            status="206 Part",
        )
    ]
    assert get(wire, tmp_path, checksum=MD5).resumed == have


def test_a_server_that_falls_silent(wire: Wire, tmp_path: Path) -> None:
    def silent(connection: socket.socket) -> None:
        connection.sendall(reply('ETag: "a"')[:-100])
        connection.recv(1)  # until the other side hangs up

    wire.answers = [silent]
    text = refused(wire, tmp_path, timeout=0.5, tries=1)
    assert "nothing came in time after 10,140 bytes" in text and "goes on from there" in text


def test_listings_have_limits_too(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    def words(answer: Answer) -> str:
        wire.answers = [answer]
        with pytest.raises(DataError) as fault:
            get_json(wire.url, wait=lambda s: None)
        return str(fault.value)

    assert "not JSON" in words(reply(body=b"[" * 100_000))
    assert "not JSON" in words(reply(body=b'{"a": NaN}'))
    assert "not JSON" in words(reply(body=b"1" * 5000))
    assert "12 of 13 bytes arrived" in words(reply(body=b'{"a": [1, 2]}')[:-1])
    assert "packed (gzip)" in words(reply("Content-Encoding: gzip", body=gzip.compress(b"[]")))
    monkeypatch.setattr(limits, "LISTING_SECONDS", -1.0)
    assert "not whole after" in words(reply(body=b"[]"))
    monkeypatch.setattr(limits, "JSON_BYTES", 1)
    assert "over 1 bytes" in words(reply(body=b"[]"))


# Redirects --------------------------------------------------------------------------------------


def moved(to: str, status: str = "302 Found") -> bytes:
    return reply(f"Location: {to}", status=status, body=b"moved")


@pytest.mark.parametrize("status", ["301 X", "302 X", "303 X", "307 X", "308 X"])
def test_redirects_are_followed(wire: Wire, tmp_path: Path, status: str) -> None:
    part = Part(tmp_path / "file.csv")
    part.place.write_bytes(BODY[:100])
    part.tell(Note(wire.url, '"a"', '"a"', size=len(BODY)))
    end = reply(
        f"Content-Range: bytes 100-{len(BODY) - 1}/{len(BODY)}",
        'ETag: "a"',
        body=BODY[100:],
        status="206 Part",
    )
    wire.answers = [moved("../caf\xc3\xa9 1?x=1#y", status), end]
    assert get(wire, tmp_path, checksum=MD5).resumed == 100
    assert wire.asked[1].startswith("GET /caf%C3%A9%201?x=1 HTTP/1.1\r\n")
    for asked in wire.asked:
        names = {line.partition(":")[0] for line in asked.splitlines()[1:] if line}
        assert names == {"Host", "User-Agent", "Accept-Encoding", "Range", "If-Range", "Connection"}


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("http://example.org/a", "http is not asked"),
        ("//example.org/a", "http is not asked"),
        ("file:///etc/passwd", "does not begin with https://"),
        ("ftp://example.org/a", "does not begin with https://"),
        ("data:text/csv,a", "does not begin with https://"),
        ("https://me:secret@example.org/?key", "has a login in it"),
        ("https://[::1/", "not an address"),
        ("https://example.org:99999/", "not an address"),
        ("https://exa\x1bmple.org/", "not an address"),
        ("https://" + "a" * 9000, "over 8,000 characters"),
        ("", "does not say where to"),
    ],
)
def test_redirects_that_are_not_followed(wire: Wire, tmp_path: Path, to: str, words: str) -> None:
    wire.answers = [moved(to)]
    text = refused(wire, tmp_path)
    assert words in text and "the server sends us on" in text
    assert "secret" not in text and "key" not in text
    assert len(wire.asked) == 1


def test_redirects_end(wire: Wire, tmp_path: Path) -> None:
    wire.answers = [moved("/a"), moved("/b"), moved("/a")]
    assert "without end" in refused(wire, tmp_path)
    assert len(wire.asked) == 3
    wire.answers = [moved(f"/{n}") for n in range(99)]
    wire.asked.clear()
    assert "without end" in refused(wire, tmp_path)
    assert len(wire.asked) == limits.REDIRECTS + 1
    wire.answers = [*(moved(f"/{n}") for n in range(limits.REDIRECTS)), reply()]
    wire.asked.clear()
    assert get(wire, tmp_path).size == len(BODY)


@pytest.fixture
def safe(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate of our own for this machine, and a context that shows it."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("needs openssl to make a certificate")
    path = tmp_path_factory.mktemp("tls") / "own.pem"
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            path,
            "-out",
            path.with_suffix(".crt"),
            "-days",
            "2",
            "-subj",
            "/CN=own",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path.with_suffix(".crt"), path)
    return path.with_suffix(".crt"), context


def test_a_safe_connection(
    safe: tuple[Path, ssl.SSLContext], wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, context = safe
    with serving(Wire(), context) as other:
        other.answers = [reply()]
        text = refused(other, tmp_path)
        assert "does not prove who it is (self" in text and "SSL_CERT_FILE" in text
        assert not other.asked
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert get(other, tmp_path / "right").path.read_bytes() == BODY
        name = other.url.replace("127.0.0.1", "localhost")
        with pytest.raises(DataError, match=r"does not prove who it is \(Hostname mismatch"):
            download(name, "file.csv", into=tmp_path)
        wire.answers = [moved(other.url)]
        assert get(wire, tmp_path / "up").size == len(BODY)
        wire.answers, other.answers = [reply()], [moved(wire.url)]
        asked = len(wire.asked)
        assert "away from https" in refused(other, tmp_path)  # even to this machine
        assert len(wire.asked) == asked
        wire.url = wire.url.replace("http:", "https:")
        assert "no safe connection" in refused(wire, tmp_path)


# Connections ------------------------------------------------------------------------------------


def test_a_server_that_asks_us_to_wait(wire: Wire, tmp_path: Path) -> None:
    pauses: list[float] = []
    busy = reply("Retry-After: 7", status="429 X", body=b"")
    wire.answers = [busy, reply("Retry-After: soon", status="503 X"), reply()]
    assert get(wire, tmp_path / "a", wait=pauses.append).size == len(BODY)
    assert pauses == [7.0, 2.0]
    wire.answers = [busy]
    text = refused(wire, tmp_path, tries=2)
    assert "HTTP status 429; the server asks to wait 7 s" in text and "again later" in text
    when = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    for said, words in (("999999999", "999,999,999 s"), (when, "7,")):
        wire.answers, pauses = [reply(f"Retry-After: {said}", status="503 X")], []
        assert f"asks to wait {words}" in refused(wire, tmp_path, wait=pauses.append)
        assert not pauses
    wire.answers = [reply(f"Retry-After: {OLD}", status="503 X")]
    assert "asks to wait" not in refused(wire, tmp_path)


def test_a_name_that_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*args: Any, **more: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DataError, match="server's name is not found: Name or service") as fault:
        download("https://example.org/a", "a", into=tmp_path, tries=1)
    assert "check the connection" in fault.value.hint and "PROXY" not in fault.value.hint


def test_a_proxy_that_fails(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def words(proxy: str) -> str:
        monkeypatch.setenv("https_proxy", proxy)
        with pytest.raises(DataError) as fault:
            download("https://example.org/a", "a", into=tmp_path, tries=1)
        assert "no end" in fault.value.what or "proxy that HTTPS_PROXY names" in fault.value.hint
        text = str(fault.value)
        assert text.isprintable() and "secret" not in text and len(text) < 500
        return text

    monkeypatch.setenv("no_proxy", "")
    wire.answers = [reply(status="407 \x1b[31mLog in" + "n" * 999)]
    assert "Tunnel connection failed: 407 \\x1b[31mLog in" in words(wire.base)
    secret = words(wire.base.replace("//", "//me:secret@"))
    assert "407" in secret and "Proxy-Authorization: Basic" in wire.asked[-1]
    wire.answers = [endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")]
    assert "words have no end" in words(wire.base)
    words("http://127.0.0.1:9")
    words("http://127.0.0.1:port")
    words("http://")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    wire.answers, wire.asked = [reply()], []
    assert get(wire, tmp_path).size == len(BODY)  # this machine is asked without it
    assert wire.asked[0].startswith("GET /file.csv ")
