"""`multipolar data add` and `data fetch`, end to end against servers of our own."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from multipolar.cli import main
from multipolar.errors import DataError
from multipolar.world import World, official
from official_files import baci, worldbank
from voting_files import ATOP, LIBRARY, NMC, OWN, VOETEN

Out = pytest.CaptureFixture[str]


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


class Web:
    """Files by path, served over HTTP; what was asked for is kept."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut: dict[str, int] = {}
        self.asked: list[str] = []
        self.base = ""

    def dataset(self, *files: dict[str, Any], licence: Any = None) -> None:
        release = {
            "versionNumber": 33,
            "versionMinorNumber": 1,
            "license": licence or {"name": "CC0 1.0", "uri": "https://example.org"},
            "files": [{"label": f.pop("label"), "dataFile": f} for f in files],
        }
        path = "/api/datasets/:persistentId/?persistentId=doi:10.7910/DVN/LEJUQZ"
        self.files[path] = json.dumps({"status": "OK", "data": {"latestVersion": release}}).encode()


@pytest.fixture
def web() -> Iterator[Web]:
    state = Web()

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            state.asked.append(self.path)
            body = state.files.get(self.path)
            start = int(self.headers.get("Range", "bytes=0-")[6:].rstrip("-"))
            self.send_response(404 if body is None else 206 if start else 200)
            body = body or b""
            self.send_header("ETag", f'"{md5(body)}"')
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            end = state.cut.pop(self.path, len(body))
            self.wfile.write(body[start:end])

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.base = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MULTIPOLAR_DATA", str(tmp_path / "mine"))
    return tmp_path / "mine"


def voeten(web: Web, **more: Any) -> dict[str, Any]:
    """UNVotes as Dataverse lists a CSV that it has ingested."""
    web.files["/api/access/datafile/7?format=original"] = VOETEN.encode()
    return {
        "label": "UNVotes.tab",
        "id": 7,
        "filesize": 900,
        "md5": md5(VOETEN.encode()),
        "checksum": {"type": "MD5", "value": md5(VOETEN.encode())},
        "contentType": "text/tab-separated-values",
        "originalFileFormat": "text/csv",
        "originalFileName": "UNVotes.csv",
        "originalFileSize": len(VOETEN),
        **more,
    }


OTHERS = (
    {"label": "AgreementScores.tab", "id": 1, "filesize": 10**9, "contentType": "text/csv"},
    {"label": "IdealpointestimatesAll.csv", "id": 2, "filesize": 10**6, "contentType": "text/csv"},
)


def test_votes_from_dataverse(
    web: Web, mine: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.dataset(*map(dict, OTHERS), voeten(web))
    monkeypatch.setenv("MULTIPOLAR_DATAVERSE", web.base)
    assert main(["data", "fetch", "unga"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("United Nations General Assembly Voting Data (Voeten,")
    assert "licence: CC0 1.0" in out
    assert f"md5:{md5(VOETEN.encode())} is right" in out
    assert "7 votes of 7 states on 3 roll calls, sessions 1-74" in out
    assert (mine / "downloads" / "UNVotes.csv").read_bytes() == VOETEN.encode()
    world = World.load()
    assert len(world.table("unga")) == 7
    assert (world.info("unga").licence, world.info("unga").version) == ("CC0 1.0", "33.1")
    assert main(["data", "fetch", "unga"]) == 0
    out = capsys.readouterr().out
    assert "at hand already" in out and "it replaces the unga" in out
    assert web.asked.count("/api/access/datafile/7?format=original") == 1


def test_a_fetch_that_was_cut_off_goes_on(web: Web, capsys: Out) -> None:
    web.dataset(voeten(web))
    web.cut["/api/access/datafile/7?format=original"] = 800
    assert main(["data", "fetch", "unga", "--base", web.base]) == 0
    out = capsys.readouterr().out
    assert "800 of them by an earlier run" in out
    assert "is right" in out


def test_a_damaged_file_is_refused(web: Web, mine: Path, capsys: Out) -> None:
    web.dataset(voeten(web, checksum={"type": "MD5", "value": "0" * 32}))
    assert main(["data", "fetch", "unga", "--base", web.base]) == 2
    err = capsys.readouterr().err
    assert "md5 checksum is" in err and err.count("\n") == 1
    assert not (mine / "downloads" / "UNVotes.csv").exists()
    assert "unga" not in World.load().names


def test_a_deposit_that_is_not_text_is_taken_in_dataverses_form(web: Web, capsys: Out) -> None:
    tab = (
        "\n".join(line.replace('"', "") for line in VOETEN.splitlines())
        .replace(", with", " with")
        .replace("AMENDMENTS, RULES", "AMENDMENTS RULES")
        .replace(",", "\t")
    )
    web.files["/api/access/datafile/7"] = tab.encode()
    file = voeten(
        web, originalFileFormat="application/x-rlang-transport", originalFileName="UNVotes.RData"
    )
    web.dataset(file)
    assert main(["data", "fetch", "unga", "--base", web.base]) == 0
    out = capsys.readouterr().out
    assert "not checked: Dataverse lists a checksum of the deposited file" in out
    assert "7 votes of 7 states" in out


def test_what_dataverse_may_say(web: Web) -> None:
    with pytest.raises(DataError, match="no such file"):
        official.dataverse_votes(web.base)
    web.dataset(*map(dict, OTHERS))
    with pytest.raises(DataError, match="no file is named UNVotes; there are AgreementScores"):
        official.dataverse_votes(web.base)
    web.dataset({"label": "UNVotes.RData", "id": 9, "contentType": "application/gzip"})
    with pytest.raises(DataError, match="RData is application/gzip, which is not read"):
        official.dataverse_votes(web.base)
    plain = {"label": "UNVotes_2021.csv", "id": 8, "contentType": "text/csv", "md5": "ab" * 16}
    web.dataset({"label": "UNVotes.RData", "id": 9, "contentType": "application/gzip"}, plain)
    found = official.dataverse_votes(web.base)
    assert (found.url, found.checksum) == (f"{web.base}/api/access/datafile/8", f"md5:{'ab' * 16}")
    web.files["/api/datasets/:persistentId/?persistentId=doi:10.7910/DVN/LEJUQZ"] = b'{"data": 1}'
    with pytest.raises(DataError, match="data is not a set of entries"):
        official.dataverse_votes(web.base)


def test_votes_from_the_library(web: Web, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/record/4060887/files/2025_9_19_ga_voting.csv"
    web.files[path] = LIBRARY.encode()
    assert main(["data", "fetch", "unga", "--source", "undl", "--url", web.base + path]) == 0
    out = capsys.readouterr().out
    assert "non-commercial use with attribution" in out
    assert "not checked: the Library lists no checksum" in out
    assert World.load().info("unga").version == "2025-09-19"
    listing = [
        {"name": "2024_09_12_ga_voting", "url": f"{web.base}/2024_09_12_ga_voting.csv"},
        {"name": "2025_9_19_ga_voting", "url": web.base + path},
        {"name": "2025_09_19_ga_voting_md", "url": f"{web.base}/2025_09_19_ga_voting_md.md"},
    ]
    web.files["/list"] = json.dumps(listing).encode()
    assert official.library_votes(listing=f"{web.base}/list").url == web.base + path
    monkeypatch.setattr(official, "LIBRARY_FILES", f"{web.base}/gone")
    with pytest.raises(DataError, match="pass it with --url"):
        official.library_votes(listing=f"{web.base}/gone")
    web.files["/list"] = b"[]"
    with pytest.raises(DataError, match="no file of votes is listed"):
        official.library_votes(listing=f"{web.base}/list")


def test_capabilities_from_the_project(web: Web, capsys: Out) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("NMC-70-abridged.csv", NMC)
    web.files["/NMCv7.zip"] = archive.getvalue()
    assert main(["data", "fetch", "cow", "--url", f"{web.base}/NMCv7.zip"]) == 0
    out = capsys.readouterr().out
    assert "Correlates of War Project" in out
    assert "cow_nmc: 6 rows of 5 states, 1816-2016" in out
    assert len(World.load().table("cow_nmc")) == 6


def test_files_at_hand_are_added(tmp_path: Path, capsys: Out) -> None:
    paths = {}
    for name, text in {"v": VOETEN, "u": LIBRARY, "o": OWN, "n": NMC, "a": ATOP}.items():
        paths[name] = tmp_path / f"{name}.csv"
        paths[name].write_text(text, "utf-8")
    assert main(["data", "add", "unga", str(paths["v"]), str(paths["u"])]) == 0
    out = capsys.readouterr().out
    assert "3 roll calls of v.csv (Voeten's file)" in out
    assert "3 roll calls of u.csv (UN Digital Library)" in out
    assert "1 rows left out: no member" in out
    assert main(["data", "add", "cow", str(paths["n"])]) == 0
    assert "cow_nmc: 6 rows" in capsys.readouterr().out
    assert main(["data", "add", "alliances", str(paths["a"])]) == 0
    out = capsys.readouterr().out
    assert "alliances_dyads: 4 pairs and years" in out and "1 rows left out" in out
    assert {"unga", "cow_nmc", "alliances_dyads"} <= set(World.load().added)
    assert main(["data", "show", "unga", "--rows", "2"]) == 0
    assert "1945 + session" in capsys.readouterr().out
    assert main(["data", "remove", "unga"]) == 0
    assert "unga" not in World.load().names


def test_an_indicator_and_a_year_of_baci_are_fetched_and_added(web: Web, capsys: Out) -> None:
    code = "TX.VAL.MRCH.CD.WT"
    web.files[f"/v2/en/indicator/{code}?downloadformat=csv"] = worldbank()
    url = f"{web.base}/v2/en/indicator/{code}?downloadformat=csv"
    assert main(["data", "fetch", "worldbank", code, "--url", url]) == 0
    out = capsys.readouterr().out
    assert "World Development Indicators, World Bank" in out
    assert "not checked: the World Bank lists no checksum" in out
    assert "figures of Merchandise exports" in out
    web.files["/BACI_HS92_V202601.zip"] = baci()
    url = f"{web.base}/BACI_HS92_V202601.zip"
    assert main(["data", "fetch", "baci", "V202601", "--year", "2022", "--url", url]) == 0
    assert "baci_2022: 5 flows by product" in capsys.readouterr().out
    assert set(World.load().added) == {"baci_2022", "worldbank"}


def test_where_publishers_have_them() -> None:
    """As the World Bank's manual, and public programs that fetch both, write the addresses."""
    assert official.bank_indicator("SP.POP.TOTL").url == (
        "https://api.worldbank.org/v2/en/indicator/SP.POP.TOTL?downloadformat=csv"
    )
    assert official.baci_release().url == (
        "https://www.cepii.fr/DATA_DOWNLOAD/baci/data/BACI_HS92_V202601.zip"
    )


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["add", "unga", "a", "b", "c"], "3 files for unga"),
        (["add", "cow", "a", "b"], "2 files for cow"),
        (["add", "cow", "a", "--year", "2000"], "--year does not go with cow"),
        (["add", "unga", "/nowhere/a.csv"], "o such file"),
        (["add", "cow", "/nowhere/a.csv"], "no such file"),
        (["add", "alliances", "/nowhere/a.csv"], "no such file"),
        (["fetch", "unga", "--url", "http://127.0.0.1:9/x"], "--url goes with"),
        (["fetch", "unga", "--base", "nonsense"], "not an address"),
        (["fetch", "unga", "--base", "http://example.org"], "http is not asked"),
        (["fetch", "cow", "--url", "https://me:it@example.org/x"], "a login in it"),
        (["fetch", "cow", "NMC"], "cow takes no 'NMC'"),
        (["fetch", "unga", "--year", "2000"], "--year does not go with unga"),
        (["fetch", "worldbank"], "which indicator is not said"),
        (["fetch", "worldbank", "GDP"], "'GDP' is no code of an indicator"),
        (["fetch", "baci", "2026"], "'2026' is no release of BACI"),
        (["fetch", "cow", "--url", "https://example.org/\x1b[2J"], "not an address"),
        (["fetch", "unga", "--source", "undl", "--url", "file:///x.csv"], "not an address"),
        (["fetch", "cow", "--url", "https://example.org/" + "x" * 300], "not a file name"),
    ],
)
def test_wrong_input_is_one_line_and_status_2(argv: list[str], words: str, capsys: Out) -> None:
    assert main(["data", *argv]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.startswith("multipolar: ") and err.count("\n") == 1


@pytest.mark.parametrize("argv", [["add", "oecd", "x"], ["fetch", "icio"], ["add", "unga"]])
def test_what_the_parser_refuses(argv: list[str], capsys: Out) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["data", *argv])
    assert stopped.value.code == 2


def test_help_says_what_can_be_added(capsys: Out) -> None:
    for action, words in (("add", "YYYY_SML.csv"), ("fetch", "undl")):
        with pytest.raises(SystemExit):
            main(["data", action, "--help"])
        text = capsys.readouterr().out
        assert words in text and "--base" not in text
