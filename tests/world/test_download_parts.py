"""What a download goes on with, the files it leaves, and the addresses and names it takes."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from multipolar.errors import DataError
from multipolar.world.download import download, get_json
from multipolar.world.part import Note, Part
from multipolar.world.web import address
from wire import BODY, MD5, OLD, Wire, get, refused, reply, serving


@pytest.fixture
def wire() -> Iterator[Wire]:
    with serving(Wire()) as found:
        yield found


# Going on -------------------------------------------------------------------------------------


RANGE = f"Content-Range: bytes 1000-{len(BODY) - 1}/{len(BODY)}"
TAG = 'ETag: "a"'


@pytest.mark.parametrize(
    "headers",
    [
        (RANGE, 'ETag: "b"'),
        (RANGE, 'ETag: W/"a"'),
        (RANGE, TAG, 'ETag: "b"'),
        (RANGE,),
        (TAG,),
        (RANGE, RANGE.replace("1000", "999"), TAG),
        (f"Content-Range: bytes 999-{len(BODY) - 1}/{len(BODY)}", TAG),
        (f"Content-Range: bytes 1001-{len(BODY) - 1}/{len(BODY)}", TAG),
        (f"Content-Range: bytes 1000-{len(BODY) - 1}/{len(BODY) + 1}", TAG),
        (f"Content-Range: bytes 1000-{len(BODY)}/{len(BODY)}", TAG),
        (RANGE, TAG, f"Content-Length: {len(BODY) - 1001}"),
        ("Content-Range: bytes 1000-999/*", TAG),
        (f"Content-Range: lines 1000-{len(BODY) - 1}/{len(BODY)}", TAG),
        ("Content-Range: bytes \x1b[31m", TAG),
        ("Content-Range: bytes -1000-5/6", TAG),
    ],
)
def test_a_part_of_something_else_is_not_joined(
    wire: Wire, tmp_path: Path, headers: tuple[str, ...]
) -> None:
    other = bytes(len(BODY) - 1000)
    first = reply(TAG)[: len(BODY) - 9240 - len(BODY)]  # all but 9,240 bytes: 1,000 of the file
    part = reply(*headers, body=other, status="206 Part", size=False)
    wire.answers = [first, part, reply(TAG)]
    found = get(wire, tmp_path)
    assert (found.resumed, found.path.read_bytes() == BODY) == (0, True)
    assert "Range: bytes=1000-" in wire.asked[1] and 'If-Range: "a"' in wire.asked[1]
    assert "Range" not in wire.asked[2]


@pytest.mark.parametrize("spans", [[(1000, 10239)], [(1000, 4999), (5000, 10239)]])
@pytest.mark.parametrize("whole", ["10240", "*"])
def test_parts_of_the_same_are_joined(
    wire: Wire, tmp_path: Path, spans: list[tuple[int, int]], whole: str
) -> None:
    wire.answers = [reply(TAG)[:-9240]]
    for first, last in spans:
        wire.answers.append(
            reply(
                f"Content-Range: bytes {first}-{last}/{whole}",
                TAG,
                body=BODY[first : last + 1],
                status="206 Part",
            )
        )
    assert get(wire, tmp_path).path.read_bytes() == BODY


def test_a_size_that_is_said_late_counts(wire: Wire, tmp_path: Path) -> None:
    rest = reply(RANGE, TAG, body=BODY[1000:], status="206 Part", size=False)
    first = reply(TAG, "Transfer-Encoding: chunked", body=b"3e8\r\n" + BODY[:1000], size=False)
    wire.answers = [first, rest[:-9]]
    assert "10,231 of 10,240 bytes arrived" in refused(wire, tmp_path, tries=2)
    wire.answers += [first, rest + b"more"]
    assert "10,244 bytes arrived where 10,240 were" in refused(wire, tmp_path / "new", tries=2)
    assert not list((tmp_path / "new").iterdir())


def test_what_was_said_of_a_file_does_not_stand_beside_another(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.answers = [reply(TAG)[:-100], reply('ETag: "b"')]
    refused(wire, tmp_path, tries=1)

    def stop(self: Part, note: Note) -> None:
        assert not self.place.exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(Part, "tell", stop)
    with pytest.raises(KeyboardInterrupt):
        get(wire, tmp_path)


@pytest.mark.parametrize(
    ("headers", "goes_on"),
    [
        ((TAG,), True),
        (('ETag: W/"a"',), False),
        (("ETag: a",), False),
        (('ETag: "a\x80"',), False),
        ((f'ETag: "{"a" * 999}"',), False),
        ((TAG, 'ETag: "b"'), False),
        ((f"Last-Modified: {OLD}",), False),  # and no Date: it may be as old as the answer
        ((f"Last-Modified: {OLD}", "Date: Wed, 01 Oct 2025 10:00:30 GMT"), False),
        ((f"Last-Modified: {OLD}", "Date: Wed, 01 Oct 2025 10:01:00 GMT"), True),
        (("Last-Modified: yesterday", "Date: Wed, 01 Oct 2025 10:01:00 GMT"), False),
        (('ETag: W/"a"', f"Last-Modified: {OLD}", "Date: Wed, 01 Oct 2025 11:00:00 GMT"), True),
    ],
)
def test_what_tells_that_a_file_is_the_same(
    wire: Wire, tmp_path: Path, headers: tuple[str, ...], goes_on: bool
) -> None:
    wire.answers = [reply(*headers)[:-9240], reply(*headers)]
    found = get(wire, tmp_path)
    assert (found.resumed, found.path.read_bytes() == BODY) == (0, True)  # it came whole
    assert ("Range" in wire.asked[1]) is goes_on


@pytest.mark.parametrize(
    "note",
    [
        "",
        "[]",
        "null",
        "{",
        "[" * 9999,
        '{"url": 1}',
        '{"url": URL, "size": "9"}',
        '{"url": URL, "validator": "\\"a\\"", "size": true}',
        '{"url": URL, "validator": "\\"a\\"", "size": -1}',
        '{"url": URL, "validator": "\\"a\\"\\r\\nX: y"}',
        '{"url": URL, "validator": ["a"]}',
        '{"url": URL, "validator": "\\u00e9"}',
        '{"url": "https://example.org", "validator": "a"}',
        '{"url": URL, "validator": "\\"a\\"", "size": 999}',  # what lies there is longer
        '{"url": URL, "validator": "\\"a\\"", "size": 1000}',
        '{"url": URL, "validator": "\\"a\\"", "complete": true}',
    ],
)
def test_a_note_that_is_not_as_we_write_it(wire: Wire, tmp_path: Path, note: str) -> None:
    (tmp_path / "file.csv.part").write_bytes(b"x" * 1000)
    (tmp_path / "file.csv.json").write_text(note.replace("URL", f'"{wire.url}"'), "utf-8")
    wire.answers = [reply(TAG)]
    found = get(wire, tmp_path)
    assert (found.resumed, found.path.read_bytes() == BODY) == (0, True)
    assert "Range" not in wire.asked[0]


def test_what_is_at_hand_is_the_servers_only_while_it_is_untouched(
    wire: Wire, tmp_path: Path
) -> None:
    same = reply(TAG, status="304 Same", size=False, body=b"")
    wire.answers = [reply(TAG), same]
    get(wire, tmp_path)
    assert get(wire, tmp_path).cached
    wire.answers += [reply('ETag: "b"', status="304 Same", size=False, body=b""), reply(TAG)]
    assert not get(wire, tmp_path).cached  # another file is called the same
    (tmp_path / "file.csv").write_bytes(b"mine")
    assert get(wire, tmp_path).size == len(BODY)
    assert "If-None-Match" not in wire.asked[-1]
    (tmp_path / "file.csv").write_bytes(BODY[::-1])  # of the same size
    assert get(wire, tmp_path, checksum=MD5).path.read_bytes() == BODY
    assert "If-None-Match" not in wire.asked[-1]


# Files beside the download ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["file.csv.part", "file.csv.json", "file.csv", ".file.csv.lock"])
@pytest.mark.parametrize("kind", ["link", "dangling", "hard", "pipe", "folder"])
def test_what_others_put_in_the_way_is_not_written_through(
    wire: Wire, tmp_path: Path, name: str, kind: str
) -> None:
    victim, into = tmp_path / "victim", tmp_path / "into"
    into.mkdir()
    victim.write_bytes(b"dear")
    place = into / name
    if kind in {"link", "dangling"}:
        place.symlink_to(victim if kind == "link" else tmp_path / "new")
    elif kind == "hard":
        os.link(victim, place)
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.mkdir()
    wire.answers = [reply(TAG)]
    try:
        assert get(wire, into, checksum=MD5).path.read_bytes() == BODY
    except DataError as fault:
        assert "cannot write" in str(fault) and str(into) in str(fault)
        assert kind == "folder" or name.endswith(".lock")
    assert victim.read_bytes() == b"dear" and not (tmp_path / "new").exists()


@pytest.mark.parametrize("hard", [True, False])
def test_a_planted_part_is_not_gone_on_with(wire: Wire, tmp_path: Path, hard: bool) -> None:
    part = Part(tmp_path / "file.csv")
    (tmp_path / "theirs").write_bytes(BODY[:1000])
    (os.link if hard else os.symlink)(tmp_path / "theirs", part.place)
    part.tell(Note(wire.url, '"a"', '"a"'))
    assert part.size() == 0
    wire.answers = [reply(TAG)]
    assert get(wire, tmp_path).resumed == 0
    assert (tmp_path / "theirs").read_bytes() == BODY[:1000]


def test_a_part_is_opened_where_nothing_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, victim = Part(tmp_path / "file.csv"), tmp_path / "victim"
    victim.write_bytes(b"dear")
    part.place.symlink_to(victim)
    with part.open(0) as file:
        file.write(b"new")
    assert (part.place.read_bytes(), victim.read_bytes()) == (b"new", b"dear")
    monkeypatch.setattr(Path, "unlink", lambda *a, **k: None)  # it was put there since
    with pytest.raises(FileExistsError), part.open(0):
        pass


def test_a_part_that_changes_between_looking_and_opening(tmp_path: Path) -> None:
    part = Part(tmp_path / "file.csv")
    part.place.write_bytes(b"four")
    with pytest.raises(OSError, match="changed from outside"), part.open(3):
        pass
    assert part.place.read_bytes() == b"four"


def test_two_runs_at_once(wire: Wire, tmp_path: Path) -> None:
    wire.answers = [reply()]
    with Part(tmp_path / "file.csv").alone():
        with pytest.raises(DataError, match="another run is downloading this file"):
            get(wire, tmp_path)
        assert download(wire.url, "other.csv", into=tmp_path).size == len(BODY)
    assert get(wire, tmp_path).size == len(BODY)
    assert not list(tmp_path.glob(".*"))


def test_a_lock_that_the_run_before_removes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")
    lock, real, calls = tmp_path / ".file.csv.lock", fcntl.flock, []

    def flock(handle: int, how: int) -> None:
        real(handle, how)
        calls.append(how)
        if len(calls) == 1:  # the run before ends between our opening and our locking
            lock.unlink()

    monkeypatch.setattr(fcntl, "flock", flock)
    with Part(tmp_path / "file.csv").alone():
        assert lock.exists() and len(calls) == 2


def test_many_runs_at_once_leave_one_whole_file(wire: Wire, tmp_path: Path) -> None:
    wire.answers = [reply(TAG)]
    found: list[bytes | str] = []

    def run() -> None:
        try:
            found.append(get(wire, tmp_path).path.read_bytes())
        except DataError as fault:
            found.append(fault.what)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 8 and BODY in found
    assert set(found) <= {BODY, "another run is downloading this file"}
    assert {p.name for p in tmp_path.iterdir()} == {"file.csv", "file.csv.json"}


def test_a_stale_lock_is_no_lock(wire: Wire, tmp_path: Path) -> None:
    (tmp_path / ".file.csv.lock").touch()  # of a run that was killed
    wire.answers = [reply()]
    assert get(wire, tmp_path).size == len(BODY)


# Addresses and names ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "begin with https://"),
        ("example.org/a", "begin with https://"),
        ("//example.org/a", "begin with https://"),
        ("file:///etc/passwd", "begin with https://"),
        ("javascript:alert(1)", "begin with https://"),
        ("https://", "no server is named"),
        ("https:///a", "no server is named"),
        ("https://example.org:0/", "no server is named"),
        ("https://example.org:65536/", "not an address"),
        ("https://example.org:x/", "not an address"),
        ("https://[::1", "not an address"),
        ("https://[::z]/", "not an address"),
        ("https://[fe80::1%25eth0]/", "not an address"),
        ("https://exa_mple..org/", "not an address"),
        ("https://" + "a" * 64 + ".org/", "not an address"),
        ("https://-a.org/", "not an address"),
        ("https://a%00b.org/", "not an address"),
        ("https://a.org\\@b.org/", "not an address"),
        ("https://a.org/b c", "not an address"),
        (" https://a.org/", "not an address"),
        ("https://a.org/\r\nX: y", "not an address"),
        ("https://a.org/\x00", "not an address"),
        ("https://a.org/\u202e", "not an address"),
        ("https://a.org/\ud800", "not an address"),
        ("https://a.org/" + "x" * 9000, "over 8,000 characters"),
        ("https://me@a.org/", "has a login"),
        ("https://me:secret@a.org/", "has a login"),
        ("http://a.org/", "http is not asked"),
        ("http://127.0.0.1.a.org/", "http is not asked"),
        ("http://localhost.a.org/", "http is not asked"),
        ("http://10.0.0.1/", "http is not asked"),
    ],
)
def test_addresses_that_are_not_asked(
    url: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: pytest.fail("it was asked"))
    for call in (lambda: download(url, "x", into=tmp_path), lambda: get_json(url)):
        with pytest.raises(DataError) as fault:
            call()
        text = str(fault.value)
        assert words in text and fault.value.hint
        assert text.isprintable() and len(text) < 500 and "secret" not in text


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("HTTPS://Example.ORG", "https://example.org/"),
        ("https://bücher.example/ü?ü=%20#x", "https://xn--bcher-kva.example/%C3%BC?%C3%BC=%20"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://[2001:DB8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
        ("http://localhost:80/a", "http://localhost:80/a"),
        ("http://127.9.9.9/a", "http://127.9.9.9/a"),
        ("http://[::1]/a", "http://[::1]/a"),
        ("http://\uff11\uff12\uff17.0.0.1/", "http://127.0.0.1/"),
    ],
)
def test_addresses_that_are_asked(url: str, right: str) -> None:
    assert address(url) == right == address(right)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "...",
        ". .",
        "a/b",
        "/a",
        "a\\b",
        "C:a",
        "a\0b",
        "a\nb",
        "a\x1b[31m",
        "a\u202eb",
        "a\ud800",
        ".hidden",
        "a" * 201,
        "\u00e9" * 101,
        "a.part",
        "a.JSON",
        "a.lock",
    ],
)
def test_names_that_are_no_names(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a file name") as fault:
        download("https://example.org/a", name, into=tmp_path / "new")
    assert str(fault.value).isprintable() and not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["a", "a b.csv", "\u00e9" * 100, "-a", "a..b", "a" * 200])
def test_names_that_are_names(wire: Wire, name: str, tmp_path: Path) -> None:
    wire.answers = [reply()]
    assert download(wire.url, name, into=tmp_path).path == tmp_path / name


@pytest.mark.parametrize("text", ["md5:", "md5:zz", "md5:" + "a" * 31, "crc32:12345678", "a" * 32])
def test_checksums_that_are_none(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a checksum"):
        download("https://example.org/a", "a", into=tmp_path, checksum=text)


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha256", "sha512"])
def test_checksums(wire: Wire, kind: str, tmp_path: Path) -> None:
    wire.answers = [reply()]
    right = f"{kind}:{hashlib.new(kind, BODY, usedforsecurity=False).hexdigest()}"
    assert get(wire, tmp_path, checksum=right.upper().replace(kind.upper(), kind)).checked == right
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    assert f"the {kind} checksum is" in refused(wire, tmp_path / "wrong", checksum=wrong)
    assert not list((tmp_path / "wrong").iterdir())
