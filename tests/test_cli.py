from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from multipolar.claims import load_case
from multipolar.cli import main

WRITTEN = {
    "index.html",
    "verdicts.json",
    "verdicts.csv",
    "scenarios.csv",
    "standing.csv",
    "claimreview.json",
}


def run(*argv: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "multipolar.cli", *argv]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new") / "my-first"
    assert main(["new", str(folder)]) == 0
    return folder


def test_help_teaches_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    text = capsys.readouterr().out
    for name in ("run", "check", "solve", "compare", "metrics", "data", "new"):
        assert f"  {name} " in text


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["run", "moscow-2032"], "did you mean 'moscow-2023'"),
        (["run", "moscow-2023", "--draws", "0"], "less than 1"),
        (["run", "moscow-2023", "--seed", "x"], "not a whole number"),
        (["check", "/nowhere"], "no such case"),
        (["solve", "nowhere.yaml"], "no such file"),
        (["data", "show", "energy_trad"], "did you mean 'energy_trade'"),
        (["data", "add", "unga", "/nowhere.csv"], "o such file"),
        (["data", "fetch", "unga", "--base", "nowhere"], "not an address"),
        (["frobnicate"], "invalid choice"),
        (["run"], "required"),
    ],
)
def test_wrong_input_is_one_line_and_status_2(argv: list[str], words: str) -> None:
    done = run(*argv)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_starter_case_works_as_it_is(starter: Path, tmp_path: Path) -> None:
    assert run("check", str(starter)).returncode == 0
    done = run("run", str(starter), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.rsplit("\n", 2)[0].splitlines())) <= 80
    found = json.loads((tmp_path / "out" / "verdicts.json").read_text("utf-8"))
    assert found["case"] == "my-first"
    assert {c["verdict"] for c in found["claims"]} >= {"untestable"}
    assert (tmp_path / "out" / "index.html").stat().st_size < 1_000_000


def test_json_is_the_document_alone_and_nothing_is_written(starter: Path, tmp_path: Path) -> None:
    done = run("run", str(starter), "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["schema"] == "multipolar.verdicts/1"
    assert list(tmp_path.iterdir()) == []


def test_the_same_seed_gives_the_same_files(starter: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run("run", str(starter), "--out", str(tmp_path / name)).returncode == 0
    one = json.loads((tmp_path / "one" / "verdicts.json").read_text("utf-8"))
    two = json.loads((tmp_path / "two" / "verdicts.json").read_text("utf-8"))
    assert one.pop("generated")
    assert two.pop("generated")
    assert one == two
    for file in ("index.html", "verdicts.csv", "claimreview.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_folder_that_exists_is_left_alone(starter: Path) -> None:
    before = sorted(p.read_bytes() for p in starter.iterdir())
    done = run("new", str(starter))
    assert (done.returncode, "exists already" in done.stderr) == (2, True)
    assert sorted(p.read_bytes() for p in starter.iterdir()) == before


def test_a_place_that_cannot_be_written(starter: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("run", str(starter), "--out", str(tmp_path / "file" / "out"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_an_interrupt_leaves_no_half_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "multipolar.cli", "run", "moscow-2023", "--out", str(tmp_path)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    time.sleep(1.5)
    if child.poll() is None:
        os.kill(child.pid, signal.SIGINT)
    child.communicate(timeout=60)
    for path in tmp_path.iterdir():
        assert path.name in WRITTEN
        assert path.stat().st_size > 100


def test_metrics_and_tables_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)
    assert {"name", "unit", "dimensions", "basis"} <= set(metrics[0])
    assert "votes.agreement" in {m["name"] for m in metrics}
    assert main(["data", "list", "--json"]) == 0
    tables = {t["table"] for t in json.loads(capsys.readouterr().out)}
    assert {"io_2022", "energy_trade", "un_votes", "facts"} <= tables
    assert main(["data", "show", "un_votes"]) == 0
    assert "sha256" in capsys.readouterr().out


def test_a_scenario_no_engine_supports_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ban.yaml"
    file.write_text(
        "name: ban\nmeasures:\n- {measure: swap_line, lender: China, borrower: Russia}\n", "utf-8"
    )
    done = run("solve", str(file), "--engine", "record")
    assert done.returncode == 2
    assert "does not support swap_line" in done.stderr
    file.write_text("name: plain\n", "utf-8")
    done = run("compare", str(file), str(file), "--engine", "record", "--json")
    assert done.returncode == 0
    assert {row["difference"] for row in json.loads(done.stdout)} == {0.0}


BANKS = """
name: banks
measures:
  - {measure: payment_block, senders: [G7, EU], targets: Russia, channel: SWIFT}
  - {measure: secondary_sanction_threat, senders: USA, third_parties: China, targets: Russia,
     probability: 0.5, consequence: payment_block}
"""


def test_solve_says_what_was_passed_on_and_writes_a_manifest(tmp_path: Path) -> None:
    file, manifest = tmp_path / "banks.yaml", tmp_path / "banks.json"
    file.write_text(BANKS)
    done = run("solve", str(file), "--manifest", str(manifest))
    assert done.returncode == 0, done.stderr
    assert "money to trade: money.payment_cost under banks" in done.stdout
    assert "strategy.outcome_probability" in done.stdout
    assert "it does not read payment_block; engine money does" in done.stdout
    written = json.loads(manifest.read_text())
    assert {"money", "trade", "power", "strategy"} <= set(written["engines"])
    assert written["engines"]["money"]["basis"] == "ours"
    assert any(p["metric"] == "money.cost_scale" for p in written["passed"])
    assert written["scenario"]["measures"][1]["number"] == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "name: s\nmeasures:\n  - {measure: cut_link, origin: China, destination: Germany, "
            "commodity: power}",
            "does not read cut_link for power",
        ),
        (BANKS.replace("SWIFT", "XYZ"), "scenario banks: measure 1: channel: no currency"),
        (BANKS.replace("0.5", "1.5"), "probability"),
    ],
)
def test_a_scenario_nobody_can_read_leaves_the_manifest_as_it_was(
    tmp_path: Path, text: str, says: str
) -> None:
    file, manifest = tmp_path / "s.yaml", tmp_path / "kept.json"
    file.write_text(text)
    manifest.write_text("kept")
    done = run("solve", str(file), "--manifest", str(manifest))
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.strip().count("\n") == 0
    assert manifest.read_text() == "kept"


# Odd words --------------------------------------------------------------------------------------

LONG = "n" * 256


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["check", LONG], "more than 255 bytes"),
        (["check", f"x/{LONG}/y"], "more than 255 bytes"),
        (["check", "é" * 128], "more than 255 bytes"),
        (["check", "x/" * 2100], "more than 4000 bytes"),
        (["check", ""], "empty"),
        (["check", " "], "empty"),
        (["check", "a\0b"], "no name of a file holds"),
        (["check", "~nouser"], "no user's folder goes by '~nouser'"),
        (["check", "~no\x1b[2J/x"], r"goes by '~no\x1b[2J'"),
        (["run", "x", "--out", ""], "empty"),
        (["run", "x", "--out", "~nouser/out"], "no user's folder"),
        (["run", "x", "--draws", "1000000000"], "more than 100000"),
        (["run", "x", "--draws", "1e9"], "not a whole number"),
        (["run", "x", "--draws", "１０"], "not a whole number"),
        (["run", "x", "--draws", "1_0"], "not a whole number"),
        (["run", "x", "--draws", ""], "not a whole number"),
        (["run", "x", "--draws", "9" * 5000], "not a whole number"),
        (["run", "x", "--draws", "9" * 400], "9... is more than 100000"),
        (["run", "x", "--seed", "-1"], "less than 0"),
        (["run", "x", "--seed", str(2**63)], "more than 9223372036854775807"),
        (["run", "x", "--dra", "5"], "unrecognized arguments: --dra 5"),
        (["run", "x", "y\x1b[2J\ny"], r"unrecognized arguments: y\x1b[2J y"),
        (["solve", ""], "empty"),
        (["solve", f"{LONG}.yaml:name"], "more than 255 bytes"),
        (["solve", "x.yaml", "--engine", ""], "names nothing"),
        (["solve", "x.yaml", "--manifest", ""], "empty"),
        (["compare", "", "x"], "empty"),
        (["sanctions", "loss", "--senders", " , ", "--targets", "x"], "names nothing"),
        (["sanctions", "loss", "--senders", "x", "--targets", ""], "names nothing"),
        (["sanctions", "", "--senders", "x", "--targets", "x"], "invalid choice"),
        (["positions", "", "--out", "x.csv"], "empty"),
        (["positions", "--members", ""], "names nothing"),
        (["positions", "--since", "9" * 30], "more than 1000000"),
        (["data", "show", ""], "names nothing"),
        (["data", "show", "x", "--rows", "1000000000"], "more than 100000"),
        (["data", "remove", ""], "names nothing"),
        (["data", "add", "icio", "x", "--year", "99999"], "more than 2200"),
        (["data", "add", "icio", ""], "empty"),
        (["new", ""], "empty"),
        (["new", LONG], "more than 255 bytes"),
        (["\x1b]0;x\x07"], r"invalid choice: '\x1b]0;x\x07'"),
    ],
)
def test_odd_words_are_refused_in_one_line(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.err.count("\n") == 1
    assert len(shown.err) < 500
    assert shown.err.rstrip("\n").isprintable()
    assert shown.out == ""


def test_the_longest_names_still_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "n" * 255]) == 2
    assert "no such case" in capsys.readouterr().err
    assert main(["solve", f"{'n' * 250}.yaml:{'m' * 300}"]) == 2
    assert "no such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("my case", "my-case"),
        ("my-case-2", "my-case-2"),
        ("my case: #x", "my-case-x"),
        ("a: b #", "a-b"),
        ("x\ny", "x-y"),
        ("2023", "2023"),
        ("true", "true"),
        ("1e5", "1e5"),
        ("Énergie", "Energie"),
        ("-x", "x"),
        (".x", "x"),
        ("x" * 200, "x" * 64),
        ("'\"{[&*!|>%@`", None),
        ("北京", None),
        ("no", "no"),
        ("~", None),
        ("2023-01-01", "2023-01-01"),
        ("x\udcff\x1b[2J", "x-2J"),
        ("a.b_c-d", "a.b_c-d"),
    ],
)
def test_a_new_case_has_a_name_its_own_check_takes(
    name: str, key: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / name
    status = main(["new", str(folder)])
    shown = capsys.readouterr()
    assert all(c.isprintable() or c == "\n" for c in shown.out + shown.err)
    if key is None:
        assert status == 2
        assert shown.err.count("\n") == 1
        assert list(tmp_path.iterdir()) == []
        return
    assert status == 0
    assert load_case(folder).case.case == key
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_case_that_cannot_be_written_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    link, calls = os.link, []

    def full(*args: object, **options: object) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        link(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "link", full)
    assert main(["new", str(tmp_path / "above" / "case")]) == 2
    assert "the disk is full" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert main(["new", str(tmp_path / "above" / "case")]) == 0


def test_a_folder_of_no_user_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MULTIPOLAR_DATA", "~nouser/tables")
    assert main(["data", "list"]) == 2
    assert "nobody here is called" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("question", "more", "words"),
    [
        ("loss", ["--third", "China"], "--third goes with joins and threat"),
        ("loss", ["--scenario", "nothing.yaml"], "--scenario goes with potential"),
        ("potential", ["--scenario", "BLOCK"], "does not support payment_block"),
        ("potential", ["--scenario", "OVER"], "changes no trade by itself"),
    ],
)
def test_what_a_question_does_not_read_is_refused(
    question: str, more: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ban = "senders: EU, targets: Russia"
    files = {
        "BLOCK": f"{{name: a, measures: [{{measure: payment_block, {ban}}}]}}",
        "OVER": f"{{name: a, year: 2020, measures: [{{measure: tariff, {ban}, rate: 0.5, "
        "since: 2024}]}",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    argv = [str(tmp_path / f"{m}.yaml") if m in files else m for m in more]
    asked = ["sanctions", question, "--senders", "EU", "--targets", "Russia", *argv]
    assert main(asked) == 2
    assert words in capsys.readouterr().err
