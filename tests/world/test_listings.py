"""Listings of files that publishers might send: each gives a file to fetch or one line."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar import limits
from multipolar.errors import DataError
from multipolar.world import official
from multipolar.world.download import checksum_of
from multipolar.world.official import Remote
from multipolar.world.part import check_name
from multipolar.world.web import address

BASE = "https://data.example.org"
MD5 = "0123456789abcdef" * 2
FILE = {
    "label": "UNVotes.tab",
    "dataFile": {
        "id": 7,
        "filename": "UNVotes.tab",
        "filesize": 900,
        "md5": MD5,
        "checksum": {"type": "MD5", "value": MD5},
        "contentType": "text/tab-separated-values",
        "originalFileFormat": "text/csv",
        "originalFileName": "UNVotes.csv",
    },
}
OTHER = {"label": "Scores.csv", "dataFile": {"id": 1, "filesize": 9, "contentType": "text/csv"}}
RELEASE = {
    "status": "OK",
    "data": {
        "latestVersion": {
            "versionNumber": 33,
            "versionMinorNumber": 1,
            "license": {"name": "CC0 1.0"},
            "files": [OTHER, FILE],
        }
    },
}
LIBRARY = [
    {"name": "2024_09_12_ga_voting", "url": f"{BASE}/2024_09_12_ga_voting.csv"},
    {"name": "2025_9_19_ga_voting", "url": f"{BASE}/2025_9_19_ga_voting.csv"},
]


def asked(listing: Any) -> Iterator[Remote | DataError]:
    """Ask both publishers, who send this listing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(official, "get_json", lambda *a, **k: listing)
        for ask in (lambda: official.dataverse_votes(BASE), official.library_votes):
            try:
                yield ask()
            except DataError as fault:
                yield fault


def sound(found: Remote | DataError) -> None:
    if isinstance(found, DataError):
        text = str(found)
        assert text.isprintable() and len(text) < 1200 and found.hint and found.where, text
        return
    assert found.url == address(found.url) and check_name(found.name, "") == found.name
    assert not found.checksum or checksum_of(found.checksum)
    assert bool(found.checksum) != bool(found.unchecked)
    shown = (found.terms, found.licence, found.version, found.unchecked)
    assert all(isinstance(t, str) and t.isprintable() for t in shown)


def test_the_listings_as_they_are() -> None:
    votes, _ = asked(RELEASE)
    assert isinstance(votes, Remote)
    assert votes.url == f"{BASE}/api/access/datafile/7?format=original"
    assert (votes.name, votes.checksum, votes.unchecked) == ("UNVotes.csv", f"md5:{MD5}", "")
    assert (votes.licence, votes.version) == ("CC0 1.0", "33.1")
    _, votes = asked(LIBRARY)
    assert isinstance(votes, Remote)
    assert votes.url == f"{BASE}/2025_9_19_ga_voting.csv"
    assert (votes.version, votes.checksum) == ("2025-09-19", "")


Path = tuple[str | int, ...]


def paths(tree: Any, at: Path = ()) -> Iterator[Path]:
    yield at
    if isinstance(tree, dict | list):
        for key, below in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from paths(below, (*at, key))


def changed(tree: Any, path: Path, new: Any) -> Any:
    """Return a listing with another entry there; without any, where the new one is ``...``."""
    if not path:
        return None if new is ... else new
    tree = copy.deepcopy(tree)
    below = tree
    for key in path[:-1]:
        below = below[key]
    if new is ...:
        del below[path[-1]]
    else:
        below[path[-1]] = new
    return tree


DEEP: Any = []
for _ in range(900):  # as deep as JSON is read
    DEEP = [DEEP]
ODD: list[Any] = [
    ...,
    None,
    True,
    False,
    0,
    -1,
    7.5,
    1e999,
    10**30,
    "",
    " ",
    "7",
    [],
    {},
    [[]],
    [None],
    {"": {}},
    "../../etc/UNVotes.csv",
    "/UNVotes.csv",
    "a\\UNVotes.csv",
    "UNVotes\0.csv",
    "UNVotes\x1b[2J.csv",
    "UNVotes\n.csv",
    "UNVotes\u202e.csv",
    "UNVotes\ud800.csv",
    "UNVotes" + "x" * 300,
    ".UNVotes",
    "UNVotes" + "\u00e9" * 120,
    "UNVotes" * 10**5,
    "UNVotes.json",
    "..",
    "SHA-256",
    "CRC32",
    "sha-1",
    "\u0661" * 32,
    "z" * 32,
    "a" * 31,
    "text/csv; x=\x07",
    "application/zip",
    FILE,
    [FILE, FILE],
    DEEP,
    "http://example.org/a_ga_voting.csv",
    "file:///a_ga_voting.csv",
    "a_ga_voting.csv",
    "https://u:p@x.org/a_ga_voting.csv",
    "https://[x/a_ga_voting.csv",
    "https://x/ga_voting.csv\n",
    "https://x.org/" + "a" * 300 + "_ga_voting.csv",
    "https://x.org/9999_99_99_ga_voting.csv",
    "https://x.org/" + "\u0661" * 4 + "_1_1_ga_voting.csv",
    "https://x.org/.csv",
]


def test_every_entry_replaced_by_every_odd_thing() -> None:
    tried = read = 0
    for listing in (RELEASE, LIBRARY):
        for path in paths(listing):
            for new in ODD:
                for found in asked(changed(listing, path, new)):
                    sound(found)
                    read += isinstance(found, Remote)
                    tried += 1
    assert tried > 3000 and 100 < read < tried / 2


TEXT = st.text(max_size=20) | st.sampled_from([o for o in ODD if isinstance(o, str)])
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
ANY = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([(t, p) for t in (RELEASE, LIBRARY) for p in paths(t)]),
    st.sampled_from([(t, p) for t in (RELEASE, LIBRARY) for p in paths(t)]),
    ANY,
    ANY,
)
def test_listings_of_any_kind(
    first: tuple[Any, Path], second: tuple[Any, Path], new: Any, newer: Any
) -> None:
    listing, path = first
    listing = changed(listing, path, new)
    if second[0] is first[0] and second[1] in set(paths(listing)):
        listing = changed(listing, second[1], newer)
    for found in asked(listing):
        sound(found)


@pytest.mark.parametrize(
    ("path", "new", "words"),
    [
        ((), [], "the answer is not a set of entries"),
        (("data",), ..., "data is not a set of entries"),
        (("data", "latestVersion", "files"), {}, "files is not a list"),
        (("data", "latestVersion", "files", 1), 7, "files[1] is not a set of entries"),
        (("data", "latestVersion", "files", 1, "dataFile"), ..., "dataFile is not a set"),
        (("data", "latestVersion", "files", 1, "label"), 7, "label is not a text"),
        (("data", "latestVersion", "files", 1, "dataFile", "id"), "7/..", "id is not a whole"),
        (("data", "latestVersion", "files", 1, "dataFile", "id"), True, "id is not a whole"),
        (("data", "latestVersion", "files", 1, "dataFile", "id"), ..., "no file is named UNVotes"),
        (("data", "latestVersion", "versionNumber"), 1e999, "versionNumber is not a whole"),
        (("data", "latestVersion", "license"), ["CC0"], "license is not a text"),
        (
            ("data", "latestVersion", "files", 1, "dataFile", "originalFileName"),
            "../UNVotes.csv",
            "is not a file name",
        ),
        (
            ("data", "latestVersion", "files", 1, "dataFile", "checksum", "value"),
            "0" * 31,
            "is not a checksum",
        ),
    ],
)
def test_what_is_wrong_with_a_listing_is_said(path: Path, new: Any, words: str) -> None:
    found, _ = asked(changed(RELEASE, path, new))
    assert isinstance(found, DataError)
    assert words in str(found) and found.hint


@pytest.mark.parametrize(
    ("kind", "digits", "right"),
    [("SHA-256", 64, "sha256"), ("SHA-1", 40, "sha1"), ("SHA-512", 128, "sha512")],
)
def test_checksums_of_every_kind_that_dataverse_has(kind: str, digits: int, right: str) -> None:
    listed = {"type": kind, "value": "A" * digits}
    path = ("data", "latestVersion", "files", 1, "dataFile", "checksum")
    found, _ = asked(changed(RELEASE, path, listed))
    assert isinstance(found, Remote) and found.checksum == f"{right}:{'a' * digits}"


def test_a_checksum_of_an_unknown_kind_is_none() -> None:
    release = json.loads(json.dumps(RELEASE))
    file = release["data"]["latestVersion"]["files"][1]["dataFile"]
    file["checksum"] = {"type": "CRC32", "value": "12345678"}
    del file["md5"]
    found, _ = asked(release)
    assert isinstance(found, Remote) and not found.checksum
    assert found.unchecked == "Dataverse lists no checksum of a kind that is known"


def test_the_address_of_a_dataverse() -> None:
    for base in ("https://x.org/?a=b", "https://x.org/#a"):
        with pytest.raises(DataError, match=r"has no \? or #"):
            official.dataverse_votes(base)
    for base in ("ftp://x.org", "x.org", "https://x .org", "http://x.org", "https://u:p@x.org"):
        with pytest.raises(DataError) as fault:
            official.dataverse_votes(base)
        assert fault.value.hint and "u:p" not in str(fault.value)


@pytest.mark.parametrize("ask", [official.library_votes, official.cow_capabilities])
def test_addresses_that_a_user_names(ask: Any) -> None:
    right = ask("https://Example.org/a/2025_9_19_ga_voting.csv?x=1#y")
    assert right.url == "https://example.org/a/2025_9_19_ga_voting.csv?x=1"
    assert right.name == "2025_9_19_ga_voting.csv"
    assert ask("https://example.org").name in {"ga_voting.csv", "NMC.zip"}
    for url in (
        "https://[x",
        "file:///a.csv",
        "https://x.org/a b",
        "https://x.org/.a",
        "https://x.org/a.json",
        "https://x.org/" + "a" * 300,
    ):
        with pytest.raises(DataError):
            ask(url)


def test_many_files_are_named_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [{"label": f"\x1b[{n}m" + "n" * 250, "dataFile": {"id": n + 1}} for n in range(3000)]
    found, _ = asked(changed(RELEASE, ("data", "latestVersion", "files"), files))
    sound(found)
    assert "no file is named UNVotes; there are \\x1b[" in str(found)
    assert len(files[0]["label"]) < limits.NAME
