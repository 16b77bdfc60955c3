"""The scenario on the page on cases is one."""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path

import yaml

from docs_page import Page
from multipolar.pipeline.checking import check
from multipolar.policy import Scenario
from multipolar.run import run_case
from multipolar.world import World


def test_the_scenario_of_the_page_is_one() -> None:
    text = Page("cases").text.split("## Scenarios")[1].split("```yaml")[1].split("```")[0]
    (row,) = yaml.safe_load(text)
    assert Scenario.model_validate(row).measures[0].measure == "secondary_sanction_threat"


HEAD = {
    "schema": 1, "case": "page", "title": "-", "deck": "-", "as_of": "2026-11-23",
    "engines": ["record", "gas"], "sources": {"A": {"title": "-", "author": "-", "stance": "-"}},
}  # fmt: skip
CLAIM = {"source": "A", "speaker": "-", "kind": "record", "topic": "-", "says": "-", "chosen": "-"}


def test_the_comparisons_made_of_several_readings_are_some(tmp_path: Path) -> None:
    text = Page("cases").text.split("**Made of several readings**")[1]
    parts = yaml.safe_load(text.split("```yaml")[1].split("```")[0])
    claims = [{**CLAIM, "id": f"A-{k}", "test": part} for k, part in enumerate(parts)]
    (tmp_path / "case.yaml").write_text(yaml.safe_dump({**HEAD, "claims": claims}), "utf-8")
    assert len(parts) == 5
    assert [str(m) for m in check(tmp_path)] == []


def test_the_table_of_ones_own_is_read(tmp_path: Path) -> None:
    text = Page("cases").text.split("## Tables of your own")[1]
    table, rest = text.split("```yaml")[1].split("```")[0], text.split("```csv\n")[1]
    test = yaml.safe_load(rest.split("```yaml")[1].split("```")[0])
    head = {**HEAD, "claims": [{**CLAIM, "id": "A-1", "test": test}]}
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(head), "utf-8")
    (tmp_path / "tables.yaml").write_text(table, "utf-8")
    (tmp_path / "gas-use.csv").write_text(rest.split("```")[0], "utf-8")
    (verdict,) = run_case(tmp_path, draws=2, cache=False, progress=False).verdicts
    assert verdict.parts[0].passed and verdict.parts[0].value == 3.24


def test_the_starters_table_has_the_figures_it_cites() -> None:
    template = files("multipolar") / "claims" / "template"
    (said,) = yaml.safe_load((template / "tables.yaml").read_text("utf-8"))
    rows = World.load().table("energy_year").query("fuel == 'gas' and series == 'consumption'")
    known = rows.set_index(["country", "year"])
    names = World.load().names_index
    for row in csv.DictReader((template / said["file"]).read_text("utf-8").splitlines()):
        at = known.loc[(names.country(row["country"]), int(row["year"]))]
        assert abs(at["value"] - float(row["value"])) <= 0.005
        assert (at["unit"], at["source"]) == (said["unit"], said["source"])
